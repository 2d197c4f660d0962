"""The ontology, the shapes and the vocabularies: as RDF, and as pages that explain each term."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from bilat.namespaces import BASE, NS, ONTOLOGY_GRAPH, PREFIXES, SHAPES, compact
from bilat.results import Triples
from bilat.server.addresses import DATA_FORMATS, link_header, link_to
from bilat.server.answers import Answer
from bilat.server.cells import Cell, Display
from bilat.server.diagram import diagram
from bilat.server.negotiation import GRAPHS
from bilat.server.rendering import page, triples

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilat.knowledge_graph import KnowledgeGraph
    from bilat.server.negotiation import Format
    from bilat.store import Store

ONTOLOGY = NS.removesuffix("#")
_SCHEMES = BASE + "scheme/"

Value = ox.NamedNode | ox.Literal

#: The classes in the groups of the page, each in the order of reading.
GROUPS = {
    "Countries, institutions and persons": (
        "Country", "FormerCountry", "Institution", "Person", "NameRecord", "InstitutionChange",
    ),
    "Posts and tenures": ("Post", "Tenure"),
    "Instruments and their parties": ("Instrument", "Party"),
    "Events and participations": (
        "Event", "Meeting", "Ceremony", "Visit", "LifecycleEvent", "Participation",
    ),
    "Diplomatic missions and representation": ("DiplomaticMission", "DiplomaticRepresentation"),
    "Awards": ("Award", "AwardConferral"),
    "Places": ("Place",),
    "Sources and the words that say so": (
        "SourceDocument", "SourceGraph", "MediaItem", "Passage", "Table", "Row",
    ),
    "Derived relations": ("BilateralRelation", "CooperationLink"),
}  # fmt: skip


class Term(NamedTuple):
    """A class or property with all that its entry says."""

    name: str  # without the namespace: its anchor
    label: str
    definition: str
    kind: str
    relations: list[tuple[str, list[Cell]]]
    rules: list[str]
    shapes: list[str]
    example: tuple[Cell, ...]


def ontology(kg: KnowledgeGraph, suffix: str) -> Answer:
    """The ontology: what is said of its terms, and of those of others that it uses."""
    headers = (("Link", link_header("/ns", ONTOLOGY)),)
    if suffix != "html":
        quads = _quads(
            kg.store,
            f"{{ SELECT DISTINCT ?s {{ GRAPH <{ONTOLOGY_GRAPH}> {{ ?s a ?class }} "
            f'FILTER(!STRSTARTS(STR(?s), "{_SCHEMES}")) }} }} ?s ?p ?o',
        )
        return triples(quads, DATA_FORMATS[suffix], headers)
    display = Display(kg.store)
    terms = _terms(kg, display)
    by_class: dict[str, list[Term]] = defaultdict(list)
    classes = _class_of_each(kg.store)
    for term in terms.values():
        by_class[classes.get(term.name, "")].append(term)
    placed = {name for names in GROUPS.values() for name in names}
    groups = [
        (title, [(terms[name], by_class[name]) for name in names if name in terms])
        for title, names in GROUPS.items()
    ]
    others = [
        term
        for name, found in by_class.items() if name not in placed
        for term in found if term.name not in placed
    ]  # fmt: skip
    values = {
        "about": _about(kg.store),
        "groups": groups,
        "others": others,
        "terms": len(terms),
        "diagram": diagram(kg.store),
        "formats": _forms("/ns"),
    }
    return page("ontology.html", values, headers=headers)


def shapes(kg: KnowledgeGraph, suffix: str) -> Answer:
    """The SHACL shapes as one graph."""
    headers = (("Link", link_header("/shapes", SHAPES)),)
    return triples(_shapes(tuple(kg.inputs.shapes())), DATA_FORMATS[suffix], headers)


def context(kg: KnowledgeGraph) -> Answer:
    """The JSON-LD context."""
    with open(kg.inputs.folder("ontology", "context.jsonld"), "rb") as file:
        return Answer(file.read(), "application/ld+json")


def alignments(kg: KnowledgeGraph, suffix: str) -> Answer:
    """The terms of other vocabularies that come nearest."""
    headers = (("Link", link_header("/alignments", BASE + "alignments")),)
    quads = ox.parse(path=kg.inputs.folder("ontology", "alignments.ttl"))
    return triples(quads, DATA_FORMATS[suffix], headers)


def schemes(kg: KnowledgeGraph, suffix: str) -> Answer:
    """The list of the vocabularies."""
    if suffix != "html":
        quads = _quads(kg.store, "?s a skos:ConceptScheme ; ?p ?o")
        return triples(quads, DATA_FORMATS[suffix])
    rows = kg.store.select(
        """SELECT DISTINCT ?vocabulary (STR(?name) AS ?vocabularyLabel) ?concepts ?definition {
          { SELECT ?vocabulary (COUNT(DISTINCT ?concept) AS ?concepts) {
              ?vocabulary a skos:ConceptScheme . ?concept skos:inScheme ?vocabulary
            } GROUP BY ?vocabulary }
          OPTIONAL { ?vocabulary skos:prefLabel ?name FILTER(LANG(?name) = "en") }
          OPTIONAL { ?vocabulary skos:definition ?definition }
        } ORDER BY ?name ?vocabulary ?definition"""
    )
    values = {
        "title": "Vocabularies",
        "lead": "The lists of concepts that the data use, in SKOS.",
        "table": Display(kg.store).table(rows),
        "formats": _forms("/scheme"),
    }
    return page("table.html", values)


def _forms(page: str) -> list[tuple[str, Format]]:
    """The addresses of a page as triples."""
    formats = {suffix: format for suffix, format in DATA_FORMATS.items() if format in GRAPHS}
    return [(link_to(f"{page}.{suffix}"), format) for suffix, format in formats.items()]


def _quads(store: Store, pattern: str) -> set[ox.Quad]:
    found = store.query(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}")
    assert isinstance(found, Triples)
    return {ox.Quad(t.subject, t.predicate, t.object) for t in found}


# ---- the entries of the page

_KINDS = {
    "Class": "class", "ObjectProperty": "property, leads to a thing",
    "DatatypeProperty": "property, has a value", "AnnotationProperty": "annotation",
}  # fmt: skip

#: What an entry says of a term, with the words for it.
_RELATIONS = {
    "rdfs:subClassOf": "Is a kind of",
    "rdfs:subPropertyOf": "Is a case of",
    "rdfs:domain": "Of",
    "schema:domainIncludes": "Of, among others",
    "rdfs:range": "Leads to",
    "schema:rangeIncludes": "Leads to, as a rule",
    "owl:disjointWith": "Is never a",
}


def _terms(kg: KnowledgeGraph, display: Display) -> dict[str, Term]:
    """The terms of bilat by name."""
    facts: dict[str, dict[str, list[Value]]] = defaultdict(lambda: defaultdict(list))
    rows = kg.store.select(
        f"SELECT DISTINCT ?s ?p ?o {{ ?s rdfs:isDefinedBy <{ONTOLOGY}> ; ?p ?o }} ORDER BY ?s ?p ?o"
    )
    for subject, predicate, object in rows.terms:
        if isinstance(subject, ox.NamedNode) and isinstance(predicate, ox.NamedNode):
            assert isinstance(object, Value)
            facts[subject.value][compact(predicate.value)].append(object)
    rules = _messages(tuple(kg.inputs.shapes()))
    examples = _examples(kg.store, sorted(facts))
    display.learn([term for triple in examples.values() for term in triple])
    display.learn([v for f in facts.values() for r in _RELATIONS for v in f[r]])
    return {
        iri.removeprefix(NS): _term(iri, found, display, rules.get(iri, []), examples.get(iri, ()))
        for iri, found in facts.items()
        if iri.startswith(NS)
    }


def _term(
    iri: str,
    facts: dict[str, list[Value]],
    display: Display,
    messages: list[str],
    example: tuple[Value, ...],
) -> Term:
    kinds = [compact(kind.value).removeprefix("owl:") for kind in facts["rdf:type"]]
    return Term(
        iri.removeprefix(NS),
        facts["rdfs:label"][0].value if facts["rdfs:label"] else iri.removeprefix(NS),
        facts["skos:definition"][0].value if facts["skos:definition"] else "",
        next((_KINDS[kind] for kind in kinds if kind in _KINDS), "term"),
        [
            (text, [display.cell(value) for value in facts[name]])
            for name, text in _RELATIONS.items()
            if facts[name]
        ],
        [rule.value for rule in facts["bilat:derivedBy"]],
        messages,
        tuple(display.cell(term) for term in example),
    )


def _class_of_each(store: Store) -> dict[str, str]:
    """The class that each property is of, by its domain before what is only expected."""
    rows = store.select(
        """SELECT ?property ?class {
          { ?property rdfs:domain ?class BIND(0 AS ?rank) }
          UNION { ?property schema:domainIncludes ?class BIND(1 AS ?rank) }
        } ORDER BY ?property ?rank ?class"""
    )
    found: dict[str, str] = {}
    for property, class_ in rows:
        found.setdefault(property.removeprefix(NS), class_.removeprefix(NS))
    return found


def _examples(store: Store, iris: Iterable[str]) -> dict[str, tuple[Value, ...]]:
    """A use of each term that there is one of: a member, or a thing and what it leads to."""
    found: dict[str, tuple[Value, ...]] = {}
    for iri in iris:
        node = ox.NamedNode(iri)
        rows = store.select(
            f"SELECT ?s ?o {{ {{ ?s a {node} }} UNION {{ ?s {node} ?o }} FILTER(ISIRI(?s)) }} "
            "LIMIT 1"
        )
        for row in rows.terms:
            found[iri] = tuple(t for t in row if isinstance(t, Value))
    return found


def _about(store: Store) -> dict[str, str]:
    """The title, version and such of the ontology."""
    rows = store.select(f"SELECT ?p ?o {{ <{ONTOLOGY}> ?p ?o }} ORDER BY ?p ?o")
    return {
        compact(p.value).partition(":")[2]: o.value
        for p, o in rows.terms
        if isinstance(p, ox.NamedNode) and isinstance(o, ox.Literal)
    }


# ---- the shapes in words


@cache
def _shapes(paths: tuple[str, ...]) -> frozenset[ox.Quad]:
    found = ox.Dataset(quad for path in paths for quad in ox.parse(path=path))
    # else each process would give the nodes without a name other labels
    found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(found)


def _messages(paths: tuple[str, ...]) -> dict[str, list[str]]:
    """What the shapes demand, in words, of the members of a class or of a property."""
    store = ox.Store()
    store.extend(_shapes(paths))
    found: dict[str, list[str]] = defaultdict(list)
    # what a shape is about is its path, else the class whose members it looks at
    solutions = store.query(
        """SELECT DISTINCT ?term ?message {
          { ?shape sh:path ?term ; sh:message ?message FILTER(ISIRI(?term)) }
          UNION { ?shape sh:targetClass ?term ; sh:message ?message
                  FILTER NOT EXISTS { ?shape sh:path ?path FILTER(ISIRI(?path)) } }
          UNION { ?shape sh:targetClass ?term ; sh:sparql/sh:message ?message }
          UNION { ?shape sh:targetSubjectsOf ?term ; sh:sparql/sh:message ?message }
        } ORDER BY ?term ?message""",
        prefixes=PREFIXES,
    )
    assert isinstance(solutions, ox.QuerySolutions)
    for solution in solutions:
        term, message = solution["term"], solution["message"]
        if isinstance(term, ox.NamedNode) and isinstance(message, ox.Literal):
            found[term.value].append(re.sub(r"\{[?$]\w+\}\.?", "…", message.value))
    return found
