"""Ontology, vocabularies, alignments and JSON-LD context hold together, and with the data."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import owlrl
import pyoxigraph as ox
import pytest
import rdflib
from owlrl.Namespaces import ERRNS

from bilat.namespaces import NS, PREFIXES

ROOT = Path(__file__).parents[1]
ONTOLOGY = ROOT / "ontology" / "bilat.ttl"
ALIGNMENTS = ROOT / "ontology" / "alignments.ttl"
CONTEXT = ROOT / "ontology" / "context.jsonld"
VOCABULARIES = sorted((ROOT / "ontology" / "vocabularies").glob("*.ttl"))
SHAPES = sorted((ROOT / "ontology" / "shapes").glob("*.ttl"))
DATA = sorted([*ROOT.glob("data/reference/*.ttl"), *ROOT.glob("data/sources/*.trig")])
RULES = sorted((ROOT / "queries" / "rules").glob("*.rq"))

Triple = tuple[str, str, str]


def iri(name: str) -> str:
    """The IRI of a prefixed name."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


def quads(*paths: Path) -> list[ox.Quad]:
    return [quad for path in paths for quad in ox.parse(path=path)]


def merged(*paths: Path, extra: str = "") -> ox.Store:
    """One default graph of the files and of further Turtle that needs no prefix lines."""
    store = ox.Store()
    store.extend(ox.Quad(q.subject, q.predicate, q.object) for q in quads(*paths))
    head = "".join(f"@prefix {name}: <{ns}> .\n" for name, ns in PREFIXES.items())
    store.load(input=head + extra, format=ox.RdfFormat.TURTLE)
    return store


def ask_rows(store: ox.Store, query: str) -> list[tuple[str, ...]]:
    """Text of every cell of a SELECT without unbound variables."""
    solutions = store.query(query, prefixes=PREFIXES)
    assert isinstance(solutions, ox.QuerySolutions)
    return [tuple(cell.value for cell in row) for row in solutions]


@cache
def ontology() -> ox.Store:
    return merged(ONTOLOGY)


@cache
def vocabularies() -> ox.Store:
    return merged(*VOCABULARIES)


@cache
def declared() -> frozenset[str]:
    """Local names of the terms that the ontology defines."""
    rows = ask_rows(ontology(), f"SELECT ?t {{ ?t rdfs:isDefinedBy <{NS.rstrip('#')}> }}")
    return frozenset(term.removeprefix(NS) for (term,) in rows)


# ---- terms


def test_the_ontology_says_what_it_is() -> None:
    rows = ask_rows(
        ontology(),
        """SELECT ?o ?version ?number ?creator ?licence WHERE { ?o a owl:Ontology ;
        owl:versionIRI ?version ; owl:versionInfo ?number ; dct:creator ?creator ;
        dct:license ?licence ; dct:title ?title ; dct:description ?description }""",
    )
    assert rows == [
        (
            "https://w3id.org/bilat/ns",
            "https://w3id.org/bilat/ns/0.1.0",
            "0.1.0",
            "the bilat authors",
            "https://creativecommons.org/licenses/by/4.0/",
        )
    ]


@pytest.mark.parametrize("predicate", ["rdfs:label", "skos:definition"])
def test_every_term_is_labelled_and_defined_once_in_english(predicate: str) -> None:
    rows = ask_rows(
        ontology(),
        f"""SELECT ?t ?text WHERE {{ ?t a ?kind ; {predicate} ?text . FILTER(LANG(?text) = "en")
        FILTER(?kind IN (owl:Class, owl:ObjectProperty, owl:DatatypeProperty,
                         owl:AnnotationProperty)) }}""",
    )
    assert Counter(term.removeprefix(NS) for term, _ in rows) == dict.fromkeys(declared(), 1)
    assert [text for _, text in rows if not text.strip()] == []


def test_every_term_names_one_vocabulary_that_defines_it() -> None:
    rows = ask_rows(
        ontology(),
        """SELECT ?t (COUNT(DISTINCT ?by) AS ?n) WHERE { ?t a ?kind . FILTER(?kind != owl:Ontology)
        OPTIONAL { ?t rdfs:isDefinedBy ?by } } GROUP BY ?t""",
    )
    assert {term for term, _ in rows} >= {NS + name for name in declared()}
    assert [term for term, count in rows if count != "1"] == []


@pytest.mark.parametrize(
    ("axiom", "hint"),
    [("rdfs:domain", "schema:domainIncludes"), ("rdfs:range", "schema:rangeIncludes")],
)
def test_every_property_has_either_an_axiom_or_a_hint(axiom: str, hint: str) -> None:
    kinds = "FILTER(?kind IN (owl:ObjectProperty, owl:DatatypeProperty))"
    properties = {p for (p,) in ask_rows(ontology(), f"SELECT ?p {{ ?p a ?kind {kinds} }}")}
    ours = {p for p in properties if p.startswith(NS)}
    with_axiom = {p for (p,) in ask_rows(ontology(), f"SELECT ?p {{ ?p {axiom} ?c }}")}
    with_hint = {p for (p,) in ask_rows(ontology(), f"SELECT ?p {{ ?p {hint} ?c }}")}
    assert with_axiom | with_hint == ours
    assert with_axiom & with_hint == set()


def test_derived_terms_name_their_rules_and_rules_their_terms() -> None:
    named = {rule for (rule,) in ask_rows(ontology(), "SELECT ?rule { ?t bilat:derivedBy ?rule }")}
    assert named == {path.stem for path in RULES}


def test_rules_derive_only_terms_that_are_marked_so() -> None:
    rows = ask_rows(ontology(), "SELECT ?t ?rule { ?t bilat:derivedBy ?rule }")
    marked = defaultdict(set)
    for term, rule in rows:
        marked[rule].add(term.removeprefix(NS))
    for path in RULES:
        head = path.read_text(encoding="utf-8").partition("CONSTRUCT")[2].partition("WHERE")[0]
        assert set(names_in(head)) == marked[path.stem], path.name


# ---- use of terms


def names_in(text: str) -> list[str]:
    """Local names that follow ``bilat:`` in a text."""
    return re.findall(r"\bbilat:([A-Za-z]\w*)", text)


def names_in_rdf(*paths: Path) -> Counter[str]:
    """Terms of bilat in any position of the files, and in the queries inside their strings."""
    found: Counter[str] = Counter()
    for quad in quads(*paths):
        for term in (quad.subject, quad.predicate, quad.object):
            if isinstance(term, ox.NamedNode) and term.value.startswith(NS):
                found[term.value.removeprefix(NS)] += 1
            elif isinstance(term, ox.Literal):
                found.update(names_in(term.value))
    return found


@cache
def used() -> frozenset[str]:
    """Terms of bilat used in shapes, vocabularies, data, queries and code."""
    texts = [*ROOT.glob("queries/**/*.rq"), *ROOT.glob("src/**/*.py")]
    in_text = {name for path in texts for name in names_in(path.read_text(encoding="utf-8"))}
    return frozenset(in_text | names_in_rdf(*SHAPES, *VOCABULARIES, *DATA).keys())


def test_every_term_used_is_declared() -> None:
    assert sorted(used() - declared()) == []


def test_every_term_declared_is_used() -> None:
    inside = ask_rows(
        ontology(),
        "SELECT DISTINCT ?t { { ?s ?t ?o } UNION { ?s rdfs:subPropertyOf ?t } }",
    )
    assert sorted(declared() - used() - {term.removeprefix(NS) for (term,) in inside}) == []


def test_every_property_and_class_in_the_data_is_declared_in_the_ontology() -> None:
    """Those of other vocabularies too, so that the ontology stands alone."""
    known = {term for (term,) in ask_rows(ontology(), "SELECT ?t { ?t a ?kind }")}
    core = tuple(PREFIXES[name] for name in ("rdf", "rdfs", "owl"))
    met = set()
    for quad in quads(ONTOLOGY, ALIGNMENTS, *VOCABULARIES, *DATA):
        met.add(quad.predicate.value)
        if quad.predicate.value == iri("rdf:type") and isinstance(quad.object, ox.NamedNode):
            met.add(quad.object.value)
    assert sorted(term for term in met - known if not term.startswith(core)) == []


@pytest.mark.parametrize("path", [ONTOLOGY, *VOCABULARIES, *DATA], ids=lambda p: p.name)
def test_files_use_the_prefixes_of_the_package(path: Path) -> None:
    parser = ox.parse(path=path)
    assert sum(1 for _ in parser) > 0
    assert parser.prefixes.items() <= PREFIXES.items()


# ---- profile and consistency

#: Of the datatypes of OWL 2 RL (section 4.2 of the profiles), those that bilat may want. It has
#: neither xsd:date nor rdf:langString.
RL_DATATYPES = {
    iri(f"xsd:{name}") for name in ("string", "integer", "decimal", "boolean", "anyURI", "dateTime")
}
KINDS = {
    iri(f"owl:{name}"): name
    for name in ("Ontology", "Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
}
ANNOTATIONS = {
    iri(n) for n in ("rdfs:label", "rdfs:isDefinedBy", "owl:versionIRI", "owl:versionInfo")
}


def outside_profile(triples: set[Triple]) -> set[Triple]:
    """The triples that are not plainly OWL 2 RL.

    A strict syntactic check of a fragment: axioms between named, declared classes and properties
    of one kind. Class expressions, blank nodes and every construct not listed are refused, also
    those few that OWL 2 RL would allow.
    """
    kind = {s: KINDS[o] for s, p, o in triples if p == iri("rdf:type") and o in KINDS}
    return {triple for triple in triples if not in_fragment(triple, kind)}


def in_fragment(triple: Triple, kind: dict[str, str]) -> bool:
    s, p, o = triple
    of_s, of_o = kind.get(s), kind.get(o)
    is_property = of_s in ("ObjectProperty", "DatatypeProperty")
    if p == iri("rdf:type"):
        symmetric = o == iri("owl:SymmetricProperty") and of_s == "ObjectProperty"
        return symmetric or (o in KINDS and of_s == KINDS[o])
    if p in (iri("rdfs:subClassOf"), iri("owl:disjointWith")):
        return of_s == of_o == "Class"
    if p == iri("rdfs:subPropertyOf"):
        return is_property and of_s == of_o
    if p == iri("rdfs:domain"):
        return is_property and of_o == "Class"
    if p == iri("rdfs:range"):
        return of_o == "Class" if of_s == "ObjectProperty" else o in RL_DATATYPES and is_property
    return of_s is not None and (p in ANNOTATIONS or kind.get(p) == "AnnotationProperty")


def triples_of(store: ox.Store) -> set[Triple]:
    """Triples as text; a blank node never equals a declared name."""
    return {(value(q.subject), value(q.predicate), value(q.object)) for q in store}


def value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return str(term) if isinstance(term, ox.Triple) else term.value


def test_the_ontology_is_in_owl_2_rl() -> None:
    assert outside_profile(triples_of(ontology())) == set()


@pytest.mark.parametrize(
    "axiom",
    [
        "bilat:participant rdfs:range [ owl:unionOf ( bilat:Person bilat:Country ) ] .",
        "bilat:Party rdfs:subClassOf [ owl:onProperty bilat:relation ; owl:hasSelf true ] .",
        "bilat:Party rdfs:subClassOf [ owl:onProperty bilat:hasParty ; owl:minCardinality 2 ] .",
        "bilat:Event owl:disjointUnionOf ( bilat:Visit bilat:Meeting ) .",
        "bilat:Party rdfs:subClassOf owl:Thing .",
        "bilat:Party rdfs:subClassOf bilat:NoSuchClass .",
        "bilat:within a owl:ReflexiveProperty .",
        "bilat:within rdfs:subPropertyOf owl:topObjectProperty .",
        "bilat:within rdfs:subPropertyOf bilat:sha256 .",
        "bilat:sha256 a owl:ObjectProperty .",
        "bilat:onDate rdfs:range xsd:date .",
        "bilat:nameValue rdfs:range rdf:langString .",
        "bilat:onDate rdfs:domain xsd:date .",
    ],
)
def test_what_owl_2_rl_does_not_allow_is_noticed(axiom: str) -> None:
    assert outside_profile(triples_of(merged(ONTOLOGY, extra=axiom))) != set()


def closure(store: ox.Store) -> rdflib.Graph:
    """The store's triples and all that follows from them by the rules of OWL 2 RL."""
    graph = rdflib.Graph()
    dump = store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    graph.parse(data=dump or b"", format="nt")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    return graph


def contradictions(graph: rdflib.Graph) -> list[str]:
    """What owlrl reports: it adds each contradiction to the closure as a message node."""
    return sorted(str(message) for message in graph.objects(None, ERRNS.error))


def types(triples: set[Triple]) -> set[tuple[str, str]]:
    """Entities with their classes of bilat."""
    return {(s, o) for s, p, o in triples if p == iri("rdf:type") and o.startswith(NS)}


def types_only_inferred(store: ox.Store, graph: rdflib.Graph) -> set[tuple[str, str]]:
    inferred = {(str(s), str(p), str(o)) for s, p, o in graph}
    return types(inferred) - types(triples_of(store))


@pytest.fixture(scope="module")
def everything() -> ox.Store:
    """Ontology, vocabularies and data with what the rules derive, in one graph."""
    store = merged(ONTOLOGY, *VOCABULARIES, *DATA)
    for path in RULES:
        derived = store.query(path.read_text(encoding="utf-8"))
        assert isinstance(derived, ox.QueryTriples)
        store.extend([ox.Quad(*triple) for triple in derived])
    return store


@pytest.mark.parametrize(
    "number", [pytest.param(2, id="some"), pytest.param(0, id="all", marks=pytest.mark.slow)]
)
def test_ontology_and_data_do_not_contradict_each_other(everything: ox.Store, number: int) -> None:
    """Nor does a domain or range give an entity a class that the data does not state."""
    closed = closure(merged(ONTOLOGY, *DATA[-number:]) if number else everything)
    assert contradictions(closed) == []
    assert types_only_inferred(everything, closed) == set()


@pytest.mark.parametrize(
    ("facts", "classes"),
    [
        ("country:KAZ a bilat:Person , bilat:Country .", ["Country", "Person"]),
        ("institution:x a bilat:Institution , bilat:Place .", ["Institution", "Place"]),
        ("country:KAZ a bilat:Country . party:x bilat:partyInstitution country:KAZ .",
         ["Country", "Institution"]),
        ("event:x a bilat:Visit . event:y bilat:concerns event:x .", ["Event", "Instrument"]),
    ],
)  # fmt: skip
def test_contradictions_are_noticed(facts: str, classes: list[str]) -> None:
    (message,) = contradictions(closure(merged(ONTOLOGY, extra=facts)))
    assert all(NS + name in message for name in classes)


def test_a_country_may_be_a_place() -> None:
    store = merged(ONTOLOGY, extra="country:KAZ a bilat:Country , bilat:Place .")
    assert contradictions(closure(store)) == []


def test_a_class_that_only_follows_is_noticed() -> None:
    store = merged(ONTOLOGY, extra="event:x a bilat:Event ; bilat:tenureOf post:y .")
    assert types_only_inferred(store, closure(store)) == {
        (iri("event:x"), NS + "Tenure"),
        (iri("post:y"), NS + "Post"),
    }


def test_cooperation_is_symmetric() -> None:
    facts = "country:KAZ a bilat:Country ; bilat:cooperatesWith country:SRB ."
    back = (rdflib.URIRef(iri("country:SRB")), rdflib.URIRef(NS + "cooperatesWith"))
    graph = closure(merged(ONTOLOGY, extra=facts))
    assert (*back, rdflib.URIRef(iri("country:KAZ"))) in graph


@pytest.mark.parametrize("name", ["field", "inferredField"])
def test_stated_and_inferred_fields_are_fields(name: str) -> None:
    graph = closure(merged(ONTOLOGY, extra=f"instrument:x bilat:{name} field:health ."))
    any_field = rdflib.URIRef(NS + "anyField")
    assert (
        rdflib.URIRef(iri("instrument:x")),
        any_field,
        rdflib.URIRef(iri("field:health")),
    ) in graph


# ---- alignments


def test_alignments_only_point_from_declared_terms_elsewhere() -> None:
    terms = [q for q in quads(ALIGNMENTS) if getattr(q.subject, "value", "").startswith(NS)]
    assert {q.predicate.value for q in terms} == {iri("rdfs:seeAlso")}
    assert {value(q.subject).removeprefix(NS) for q in terms} <= declared()
    assert [q for q in terms if value(q.object).startswith(NS)] == []


def test_no_file_imports_another() -> None:
    imports = [q for q in quads(ONTOLOGY, ALIGNMENTS) if q.predicate.value == iri("owl:imports")]
    assert imports == []


# ---- JSON-LD context


def context() -> dict[str, object]:
    found = json.loads(CONTEXT.read_text(encoding="utf-8"))["@context"]
    assert isinstance(found, dict)
    return found


def test_the_context_has_the_prefixes_of_the_package() -> None:
    assert {k: v for k, v in context().items() if isinstance(v, str) and "://" in v} == PREFIXES


def coercions() -> dict[str, str | None]:
    """The JSON-LD type that each declared term needs, from its kind and range."""
    rows = ask_rows(
        ontology(),
        """SELECT ?t ?kind (COALESCE(STR(?r), "") AS ?range) WHERE { ?t a ?kind .
        FILTER(?kind IN (owl:Class, owl:ObjectProperty, owl:DatatypeProperty,
                         owl:AnnotationProperty))
        OPTIONAL { ?t rdfs:range|schema:rangeIncludes ?r } }""",
    )
    typed: dict[str, str | None] = {
        iri(f"xsd:{n}"): f"xsd:{n}" for n in ("date", "integer", "boolean")
    }
    return {
        term: "@id" if kind == iri("owl:ObjectProperty") else typed.get(range_)
        for term, kind, range_ in rows
    }


def test_the_context_covers_every_term_with_its_type() -> None:
    entries = {k: v for k, v in context().items() if isinstance(v, dict)}
    assert all(entry["@id"] == name for name, entry in entries.items())
    types_by_term = {iri(name): entry.get("@type") for name, entry in entries.items()}
    expected = coercions()
    assert types_by_term.keys() == expected.keys()
    ours = {term for term in expected if term.startswith(NS)}
    assert {t: types_by_term[t] for t in ours} == {t: expected[t] for t in ours}


SAMPLE = {
    "id": "instrument:2026-kaz-srb-moc-healthcare",
    "type": "bilat:Instrument",
    "rdfs:label": {
        "@value": "Memorandum of cooperation in the field of healthcare",
        "@language": "en",
    },
    "bilat:instrumentType": "instrument-type:memorandum-of-cooperation",
    "bilat:field": ["field:health"],
    "bilat:listPosition": 1,
    "bilat:hasParty": {
        "id": "party:2026-kaz-srb-moc-healthcare-1",
        "type": "bilat:Party",
        "bilat:onBehalfOf": "country:KAZ",
        "bilat:partyOrder": "1",
    },
    "bilat:evidence": {
        "id": "passage:2026-02-27-kz-rs-04",
        "oa:hasSource": {
            "id": "source:2026-02-27-kz-rs",
            "dct:issued": "2026-02-27",
            "dct:isPartOf": "media:x",
        },
        "oa:hasSelector": {
            "id": "passage:x-selector",
            "oa:exact": "health",
            "oa:start": 3,
            "oa:end": 9,
        },
    },
}
SAMPLE_TURTLE = """
instrument:2026-kaz-srb-moc-healthcare a bilat:Instrument ;
    rdfs:label "Memorandum of cooperation in the field of healthcare"@en ;
    bilat:instrumentType instrument-type:memorandum-of-cooperation ;
    bilat:field field:health ;
    bilat:listPosition 1 ;
    bilat:hasParty party:2026-kaz-srb-moc-healthcare-1 ;
    bilat:evidence passage:2026-02-27-kz-rs-04 .
party:2026-kaz-srb-moc-healthcare-1 a bilat:Party ;
    bilat:onBehalfOf country:KAZ ;
    bilat:partyOrder 1 .
passage:2026-02-27-kz-rs-04 oa:hasSource source:2026-02-27-kz-rs ;
    oa:hasSelector passage:x-selector .
source:2026-02-27-kz-rs dct:issued "2026-02-27"^^xsd:date ; dct:isPartOf media:x .
passage:x-selector oa:exact "health" ; oa:start 3 ; oa:end 9 .
"""


def test_a_document_with_the_context_means_the_same_as_turtle() -> None:
    document = json.dumps({"@context": context(), **SAMPLE})
    turtle = merged(extra=SAMPLE_TURTLE)
    plain = rdflib.Graph().parse(
        data=turtle.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph()) or b"",
        format="nt",
    )
    assert set(rdflib.Graph().parse(data=document, format="json-ld")) == set(plain)
    assert set(ox.parse(document, format=ox.RdfFormat.JSON_LD)) == set(turtle)
