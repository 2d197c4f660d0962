"""The base IRI, the namespaces below it and the prefixes of every file and query."""

BASE = "https://w3id.org/bilat/"

NS = BASE + "ns#"
SHAPES = BASE + "shapes#"
GRAPH = BASE + "graph/"

#: Named graphs that are not sources.
ONTOLOGY_GRAPH = GRAPH + "ontology"
REFERENCE_GRAPH = GRAPH + "reference"
DERIVED_GRAPH = GRAPH + "derived"

#: Types of entity: each is a prefix and the path segment after ``id/``.
ENTITIES = (
    "award", "change", "conferral", "country", "event", "institution", "instrument", "link",
    "media", "name", "participation", "party", "passage", "person", "place", "post", "relation",
    "representation", "row", "source", "table", "tenure",
)  # fmt: skip

#: Concept schemes: each is a prefix and the path segment after ``scheme/``.
SCHEMES = (
    "bindingness", "change-kind", "dac-sector", "event-type", "field", "institution-kind",
    "instrument-type", "level", "lifecycle-stage", "place-kind", "representation-level", "role",
    "status", "topic",
)  # fmt: skip

PREFIXES: dict[str, str] = {
    "bilat": NS,
    "graph": GRAPH,
    **{name: f"{BASE}id/{name}/" for name in ENTITIES},
    **{name: f"{BASE}scheme/{name}/" for name in SCHEMES},
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "void": "http://rdfs.org/ns/void#",
    "wd": "http://www.wikidata.org/entity/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def sparql_prologue() -> str:
    """The PREFIX lines of every known prefix, for queries that declare none."""
    return "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())


def compact(iri: str) -> str:
    """The IRI as ``prefix:name`` where a known namespace covers it, else unchanged.

    The longest namespace wins; a remainder that is no plain local name (it has ``/`` or ``#``)
    leaves the IRI as it is.
    """
    best = max(
        ((ns, name) for name, ns in PREFIXES.items() if iri.startswith(ns)),
        key=lambda pair: len(pair[0]),
        default=None,
    )
    if best is None:
        return iri
    local = iri[len(best[0]) :]
    plain = local and not set(local) & set("/#:?&=%()'\"<> ")
    return f"{best[1]}:{local}" if plain else iri
