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


_NAMES = {iri: name for name, iri in PREFIXES.items()}
_NOT_LOCAL = frozenset(":?&=%()'\"<> ")


def prefix_of(iri: str) -> str | None:
    """The prefix whose namespace is all of the IRI but a plain local name, if there is one."""
    end = max(iri.rfind("/"), iri.rfind("#")) + 1  # all namespaces end in one of them
    plain = end < len(iri) and _NOT_LOCAL.isdisjoint(iri[end:])
    return _NAMES.get(iri[:end]) if plain else None


def expand(name: str) -> str:
    """The IRI of a prefixed name."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


def compact(iri: str) -> str:
    """The IRI as ``prefix:name`` where a known namespace covers it, else unchanged."""
    name = prefix_of(iri)
    return iri if name is None else f"{name}:{iri[len(PREFIXES[name]) :]}"
