"""What the graph says of one thing: its facts and their sources, what links to it, and names."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from bilat.namespaces import PREFIXES, compact, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bilat.results import Term
    from bilat.store import Store

TYPE = PREFIXES["rdf"] + "type"
EVIDENCE = PREFIXES["bilat"] + "evidence"

#: How many things one query asks for at once.
_MANY = 500

#: How a thing that has no label of its own is called: by what these lead to, in this order.
_NAMED_BY = (
    "bilat:titleAsQuoted", "bilat:nameValue", "bilat:partyInstitution", "bilat:participant",
    "org:member", "bilat:tenureOf", "bilat:recipient", "bilat:award", "bilat:betweenCountry",
    "bilat:sendingCountry", "bilat:receivingCountry", "bilat:joins", "bilat:onBehalfOf",
    "oa:hasSelector", "oa:exact", "oa:hasSource", "bilat:rowNumber", "dct:title", "sh:message",
)  # fmt: skip


#: Those of them that say enough by themselves.
_ENOUGH = {"bilat:titleAsQuoted", "bilat:nameValue", "oa:hasSelector", "oa:exact", "sh:message"}

#: The longest name that is made so.
_LONGEST_NAME = 140


class Fact(NamedTuple):
    """A triple about a thing, without the thing."""

    predicate: str
    object: Term


class Sources(NamedTuple):
    """Graphs that say so, and how many more do."""

    graphs: tuple[str, ...] = ()
    more: int = 0


class Quote(NamedTuple):
    """Words of a source: the passage that has them and where the source says them."""

    text: str
    language: str
    passage: str
    source: str
    line: str


def facts_of(store: Store, iri: str) -> list[Fact]:
    """What is said of the thing, by predicate and object."""
    facts = set()
    for predicate, object in store.select(f"SELECT ?p ?o {{ {ox.NamedNode(iri)} ?p ?o }}").terms:
        assert isinstance(predicate, ox.NamedNode) and object is not None
        facts.add(Fact(predicate.value, object))
    return sorted(facts, key=lambda f: (f.predicate != TYPE, f.predicate, str(f.object)))


def sources_of(store: Store, iri: str, facts: Iterable[Fact], most: int) -> dict[Fact, Sources]:
    """Which graphs say these facts of the thing, at most so many for each.

    Which of more are given is the store's order; no query can ask for a fact with a blank node.
    """
    node = ox.NamedNode(iri)
    asked = [f for f in facts if isinstance(f.object, ox.NamedNode | ox.Literal)]
    found: dict[Fact, Sources] = {}
    for at in range(0, len(asked), _MANY):
        where = _said(node, asked[at : at + _MANY])
        rows = store.select(f"SELECT ?p ?o (COUNT(?g) AS ?n) {{ {where} }} GROUP BY ?p ?o")
        counts = {_fact(p, o): int(getattr(n, "value", "0")) for p, o, n in rows.terms}
        few = [fact for fact, count in counts.items() if 0 < count <= most]
        graphs: dict[Fact, list[str]] = defaultdict(list)
        for p, o, g in store.select(f"SELECT ?p ?o ?g {{ {_said(node, few)} }}").terms:
            graphs[_fact(p, o)].append(getattr(g, "value", ""))
        for fact, count in counts.items():
            if count > most:
                where = f"GRAPH ?g {{ {node} {ox.NamedNode(fact.predicate)} {fact.object} }}"
                graphs[fact] = [
                    row.g for row in store.select(f"SELECT ?g {{ {where} }} LIMIT {most}")
                ]
        found |= {f: Sources(tuple(sorted(g)), counts[f] - len(g)) for f, g in graphs.items()}
    return found


def _said(node: ox.NamedNode, facts: Iterable[Fact]) -> str:
    listed = " ".join(f"({ox.NamedNode(fact.predicate)} {fact.object})" for fact in facts)
    return f"VALUES (?p ?o) {{ {listed} }} GRAPH ?g {{ {node} ?p ?o }}"


def _fact(predicate: Term | None, object: Term | None) -> Fact:
    assert isinstance(predicate, ox.NamedNode) and object is not None
    return Fact(predicate.value, object)


def counts_of_links(store: Store, iri: str) -> dict[str, int]:
    """How many things link to the thing, by predicate."""
    rows = store.select(
        f"SELECT ?p (COUNT(DISTINCT ?s) AS ?n) {{ ?s ?p {ox.NamedNode(iri)} }} "
        "GROUP BY ?p ORDER BY ?p"
    )
    return {row.p: row.n for row in rows}


def linking(store: Store, iri: str, predicate: str, limit: int, offset: int = 0) -> list[str]:
    """Some of the things that link to the thing so, sorted.

    Which of many are given is the store's order: sorting all of them would read all of them.
    """
    rows = store.select(
        f"SELECT DISTINCT ?s {{ ?s {ox.NamedNode(predicate)} {ox.NamedNode(iri)} "
        f"FILTER(ISIRI(?s)) }} LIMIT {limit} OFFSET {offset}"
    )
    return sorted(row.s for row in rows)


def labels(store: Store, iris: Iterable[str]) -> dict[str, ox.Literal]:
    """What things are called, English before other languages; nothing for what has no label."""
    found: dict[str, list[ox.Literal]] = defaultdict(list)
    for part in _parts(iris):
        rows = store.select(
            f"SELECT ?x ?label {{ VALUES ?x {{ {part} }} ?x rdfs:label|skos:prefLabel ?label }}"
        )
        for thing, label in rows.terms:
            if isinstance(thing, ox.NamedNode) and isinstance(label, ox.Literal):
                found[thing.value].append(label)
    return {iri: min(options, key=_by_language) for iri, options in found.items()}


def _by_language(label: ox.Literal) -> tuple[int, str, str]:
    language = label.language or ""
    rank = 0 if language.partition("-")[0].lower() == "en" else 1 if not language else 2
    return rank, language, label.value


def _parts(iris: Iterable[str]) -> list[str]:
    nodes = [str(ox.NamedNode(iri)) for iri in sorted(set(iris))]
    return [" ".join(nodes[at : at + _MANY]) for at in range(0, len(nodes), _MANY)]


def display_names(store: Store, iris: Sequence[str]) -> dict[str, ox.Literal]:
    """The labels of things; for those without, words that tell which one is meant."""
    known = labels(store, iris)
    without = [iri for iri in dict.fromkeys(iris) if iri not in known]
    parts = _naming_parts(store, without)
    linked = {value.value for options in parts.values() for value in options
              if isinstance(value, ox.NamedNode)}  # fmt: skip
    deeper = labels(store, linked) | _quotes_of(store, linked)
    for iri, options in parts.items():
        words = [
            deeper[value.value] if isinstance(value, ox.NamedNode) else value
            for value in options
            if not isinstance(value, ox.NamedNode) or value.value in deeper
        ]
        if words:
            languages = {word.language for word in words}
            text = " – ".join(dict.fromkeys(word.value for word in words))
            if len(text) > _LONGEST_NAME:
                text = text[:_LONGEST_NAME].rpartition(" ")[0] + " …"
            language = languages.pop() if len(languages) == 1 else None
            known[iri] = ox.Literal(text, language=language)
    return known


def _naming_parts(store: Store, iris: Iterable[str]) -> dict[str, list[ox.NamedNode | ox.Literal]]:
    """For each thing, at most two of the values that it can be called by."""
    properties = ", ".join(_NAMED_BY)
    order = {expand(name): rank for rank, name in enumerate(_NAMED_BY)}
    found: dict[str, list[tuple[int, str, ox.NamedNode | ox.Literal]]] = defaultdict(list)
    for part in _parts(iris):
        rows = store.select(
            f"SELECT DISTINCT ?x ?p ?v {{ VALUES ?x {{ {part} }} ?x ?p ?v "
            f"FILTER(?p IN ({properties})) }}"
        )
        for thing, property, value in rows.terms:
            assert isinstance(thing, ox.NamedNode) and isinstance(property, ox.NamedNode)
            if isinstance(value, ox.NamedNode | ox.Literal):
                found[thing.value].append((order[property.value], str(value), value))
    enough = {order[expand(name)] for name in _ENOUGH}
    names = {}
    for iri, options in found.items():
        best = sorted(options, key=lambda o: o[:2])[:2]
        names[iri] = [value for _, _, value in (best[:1] if best[0][0] in enough else best)]
    return names


def _quotes_of(store: Store, iris: Iterable[str]) -> dict[str, ox.Literal]:
    found: dict[str, ox.Literal] = {}
    for part in _parts(iris):
        rows = store.select(
            f"SELECT ?x ?words {{ VALUES ?x {{ {part} }} ?x oa:exact ?words }} ORDER BY ?x ?words"
        )
        for thing, words in rows.terms:
            if isinstance(thing, ox.NamedNode) and isinstance(words, ox.Literal):
                found.setdefault(thing.value, words)
    return found


def quotes(store: Store, passages: Sequence[str]) -> list[Quote]:
    """The words of passages, in the order of their sources."""
    found: list[tuple[str, int, Quote]] = []
    for part in _parts(passages):
        rows = store.select(
            f"""SELECT DISTINCT ?passage ?words ?source ?line {{
              VALUES ?passage {{ {part} }}
              ?passage oa:hasSelector/oa:exact ?words .
              OPTIONAL {{ ?passage oa:hasSource ?source }}
              OPTIONAL {{ ?passage bilat:line ?line }}
            }}"""
        )
        for passage, words, source, line in rows.terms:
            assert isinstance(passage, ox.NamedNode)
            if isinstance(words, ox.Literal):
                place = source.value if isinstance(source, ox.NamedNode) else ""
                number = line.value if isinstance(line, ox.Literal) else ""
                quote = Quote(words.value, words.language or "", passage.value, place, number)
                found.append((place, int(number) if number.isdecimal() else 0, quote))
    return [quote for _, _, quote in sorted(found)]


def slug(iri: str) -> str:
    """An IRI in few letters, for what has no name."""
    short = compact(iri)
    return short.rpartition("/")[2] or short if short == iri else short
