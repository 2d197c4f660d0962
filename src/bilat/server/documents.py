"""Documents about things: what the graph says of each, as RDF and as a page.

A document has every triple whose subject is the thing, the triples that link to it (a thousand on a
page of the document, the others on its next pages) and the labels of what is linked: only triples
of the graph, so that all documents together are the graph. What is said of a document itself stands
in the headers of the answer. TriG and N-Quads have the same by source.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

import pyoxigraph as ox

from bilat import spelling
from bilat.errors import InputError, NotFoundError
from bilat.export import graph_called
from bilat.namespaces import BASE, GRAPH, PREFIXES, compact, expand
from bilat.server.addresses import DATA_FORMATS, iris_at, link_header, link_to, page_of
from bilat.server.answers import Answer, Refusal, number_of_pages
from bilat.server.cells import Cell, Display, words
from bilat.server.facts import (
    EVIDENCE,
    TYPE,
    Fact,
    Quote,
    Sources,
    counts_of_links,
    facts_of,
    linking,
    quotes,
    sources_of,
)
from bilat.server.rendering import page, triples
from bilat.server.sections import GLANCE, kind_of, questions_about, sections

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilat.knowledge_graph import KnowledgeGraph
    from bilat.store import Store

#: How many triples that link to a thing are on one page of its document.
LINKS_ON_PAGE = 1000

#: How many things one list of a page has, how many values of one property, how many sources of a
#: value, and how many quotes.
LISTED, VALUES, SOURCES, QUOTES = 100, 50, 10, 20

#: The most triples of a graph that a worker makes a document of; larger ones are files.
LARGEST_GRAPH = 100_000


def document(kg: KnowledgeGraph, path: str, suffix: str, number: int = 1, via: str = "") -> Answer:
    """The document at a path, in the form of a suffix; ``number`` is its page.

    ``via`` names a property, prefixed or as an IRI: what links to the thing by it is then listed.
    Raises NotFoundError with near names.
    """
    iri, shown_as = _found(kg.store, path, suffix)
    if via and shown_as == "html":
        return _listing(kg.store, iri, _property(via), number)
    if shown_as == "html":
        return _page(kg, iri)
    if iri.startswith(GRAPH):
        return _graph(kg.store, iri, shown_as)
    return _rdf(kg.store, iri, shown_as, number)


def _found(store: Store, path: str, suffix: str) -> tuple[str, str]:
    """The IRI that a path is about, and the form that is meant by it."""
    for iri in iris_at(path):
        if _is_known(store, iri):
            return iri, suffix
    for iri in iris_at(f"{path}.{suffix}"):  # whose name only looks as if it had a suffix
        if _is_known(store, iri):
            return iri, "html"
    raise _nothing_at(store, path)


def _is_known(store: Store, iri: str) -> bool:
    try:
        node = ox.NamedNode(iri)
    except ValueError:  # it only looks like one
        return False
    return bool(store.query(f"ASK {{ {{ {node} ?p ?o }} UNION {{ ?s ?p {node} }} }}")) or (
        iri.startswith(GRAPH) and iri in store.graph_names()
    )


def _nothing_at(store: Store, path: str) -> NotFoundError:
    """The error for an IRI that nothing is said of, with near ones."""
    wanted = re.sub(r"^/(doc/|id/)?", "", unquote(path))
    kind, _, name = wanted.rpartition("/")
    if kind == "graph":
        there = [graph.removeprefix(GRAPH) for graph in store.graph_names()]
    elif kind in _CLASSES:
        there = _like(store, f"?s a {_CLASSES[kind]}", f"{BASE}id/{kind}/")
    elif re.fullmatch("scheme/[a-z-]+", kind):
        there = _like(store, f"?s skos:inScheme {ox.NamedNode(BASE + kind)}", f"{BASE}{kind}/")
    else:
        return NotFoundError("thing", wanted, [])
    return NotFoundError(kind.removeprefix("scheme/"), name, spelling.near(name, there))


def _like(store: Store, pattern: str, start: str) -> list[str]:
    """Names of things whose IRIs begin so, as many as can be compared in a moment."""
    rows = store.select(f"SELECT DISTINCT ?s {{ {pattern} }} LIMIT 2000")
    return sorted(row.s.removeprefix(start) for row in rows if row.s.startswith(start))


_CLASSES = {
    "country": "bilat:Country", "institution": "bilat:Institution", "person": "bilat:Person",
    "instrument": "bilat:Instrument", "event": "bilat:Event", "source": "bilat:SourceDocument",
    "post": "bilat:Post", "place": "bilat:Place", "relation": "bilat:BilateralRelation",
    "award": "bilat:Award",
}  # fmt: skip


def _property(text: str) -> str:
    iri = expand(text) if text.partition(":")[0] in PREFIXES else text
    try:
        return ox.NamedNode(iri).value
    except ValueError:
        raise InputError(f"{text!r} is no property; expected one such as bilat:country") from None


# ---- as RDF

#: Suffixes of the formats that have the triples of each source by themselves.
_BY_SOURCE = ("trig", "nq")


def _rdf(store: Store, iri: str, suffix: str, number: int) -> Answer:
    total = sum(counts_of_links(store, iri).values())
    pages = number_of_pages(total, LINKS_ON_PAGE, number, "document")
    quads = _quads(store, iri, number, by_source=suffix in _BY_SOURCE)
    path = page_of(iri) or ""
    address, link = link_to(f"{path}.{suffix}"), link_header(path, iri)
    for relation, other in (("prev", number - 1), ("next", number + 1)):
        if 1 <= other <= pages:
            link += f', <{address}?page={other}>; rel="{relation}"'
    headers = (
        ("Content-Location", address + (f"?page={number}" if number > 1 else "")),
        ("Link", link),
    )
    return triples(quads, DATA_FORMATS[suffix], headers)


def _quads(store: Store, iri: str, number: int, by_source: bool) -> set[ox.Quad]:
    node = ox.NamedNode(iri)
    found: set[ox.Quad] = set()
    if number == 1:
        found |= _matching(store, f"VALUES ?s {{ {node} }}", by_source)
    for property, limit, offset in _slice(counts_of_links(store, iri), number):
        given = ox.NamedNode(property)
        pattern = f"SELECT DISTINCT ?s {{ ?s {given} {node} }} LIMIT {limit} OFFSET {offset}"
        pattern = f"{{ {pattern} }} BIND({node} AS ?o)"
        found |= _matching(store, pattern, by_source, str(given))
    near = {term.value for quad in found for term in (quad.subject, quad.object)
            if isinstance(term, ox.NamedNode)} - {iri}  # fmt: skip
    return found | _labels(store, near, by_source)


def _slice(counts: dict[str, int], number: int) -> Iterable[tuple[str, int, int]]:
    """What of each property is on a page: how many links, after how many."""
    start = LINKS_ON_PAGE * (number - 1)
    left = LINKS_ON_PAGE
    for property, count in counts.items():
        here = min(max(count - start, 0), left)
        if here:
            yield property, here, start
        start, left = max(start - count, 0), left - here


def _matching(store: Store, pattern: str, by_source: bool, property: str = "?p") -> set[ox.Quad]:
    """The triples by a property of the subjects in a pattern, or the quads that say them."""
    triple = f"?s {property} ?o"
    triple = f"GRAPH ?g {{ {triple} }}" if by_source else triple
    given = "" if property == "?p" else f"BIND({property} AS ?p)"
    rows = store.select(
        f"SELECT ?s ?p ?o {'?g' if by_source else ''} {{ {pattern} {triple} {given} }}"
    )
    found = set()
    for terms in rows.terms:
        subject, predicate, object = terms[:3]
        assert isinstance(subject, ox.NamedNode | ox.BlankNode)
        assert isinstance(predicate, ox.NamedNode) and object is not None
        graph = terms[3] if by_source else ox.DefaultGraph()
        assert isinstance(graph, ox.NamedNode | ox.DefaultGraph)
        found.add(ox.Quad(subject, predicate, object, graph))
    return found


def _labels(store: Store, iris: Iterable[str], by_source: bool) -> set[ox.Quad]:
    nodes = [str(ox.NamedNode(iri)) for iri in sorted(iris)]
    found: set[ox.Quad] = set()
    for at in range(0, len(nodes), 500):
        values = " ".join(nodes[at : at + 500])
        for property in ("rdfs:label", "skos:prefLabel"):
            found |= _matching(store, f"VALUES ?s {{ {values} }}", by_source, property)
    return found


def _graph(store: Store, iri: str, suffix: str) -> Answer:
    """A named graph: what it says, as its name promises."""
    node = graph_called(store, iri) if iri in store.graph_names() else None
    if _is_larger(store, iri, LARGEST_GRAPH):
        raise Refusal(
            413, f"this graph has more than {LARGEST_GRAPH:,} triples: it comes as a file"
        )
    about = _matching(store, f"VALUES ?s {{ {ox.NamedNode(iri)} }}", False)
    by_source = suffix in _BY_SOURCE
    quads = {
        quad if by_source else ox.Quad(quad.subject, quad.predicate, quad.object)
        for quad in (store.quads(node) if node else ())
    }
    path = page_of(iri) or ""
    headers = (
        ("Content-Location", link_to(f"{path}.{suffix}")),
        ("Link", link_header(path, iri)),
    )
    return triples(quads if by_source else quads | about, DATA_FORMATS[suffix], headers)


def _is_larger(store: Store, graph: str, most: int) -> bool:
    some = f"SELECT * {{ GRAPH {ox.NamedNode(graph)} {{ ?s ?p ?o }} }} LIMIT {most + 1}"
    return bool(store.select(f"SELECT (COUNT(*) AS ?n) {{ {{ {some} }} }}")[0].n > most)


# ---- as a page


class Property(NamedTuple):
    """A property of the thing with its values, as a page shows them."""

    name: Cell
    values: list[tuple[Cell, list[Cell], int]]  # each with sources that say so, and how many more
    more: int


class Incoming(NamedTuple):
    """Things that link to the thing by a property: some, and how many there are."""

    name: Cell
    things: list[Cell]
    number: int
    href: str


def _page(kg: KnowledgeGraph, iri: str) -> Answer:
    store = kg.store
    facts = facts_of(store, iri)
    kind = kind_of(facts, iri)
    counts = counts_of_links(store, iri)
    incoming = {p: linking(store, iri, p, 10) for p in counts}
    linked = [subject for subjects in incoming.values() for subject in subjects]
    shown = _shown(facts)
    sources = sources_of(store, iri, shown, SOURCES)
    terms = [term for fact in shown for term in fact]
    display = Display(store, [iri, *terms, *counts, *linked])
    path = page_of(iri) or ""
    address = link_to(path)
    properties = _properties(facts, sources, display)
    glance = [p for p in GLANCE.get(kind, ()) if p in properties]
    return page(
        "document.html",
        {
            "iri": iri,
            "title": display.thing(iri),
            "kinds": [display.cell(f.object) for f in facts if f.predicate == TYPE],
            "glance": [properties[p] for p in glance],
            "sections": sections(kg, kind, iri, display, path),
            "questions": questions_about(kg, kind, iri),
            "quotes": _quotes(store, facts, display),
            "properties": list(properties.values()),
            "incoming": [
                Incoming(
                    display.thing(p),
                    [display.thing(s) for s in incoming[p]],
                    counts[p],
                    f"{address}?via={_quoted(p)}",
                )
                for p in counts
            ],
            "formats": [(f"{address}.{suffix}", f) for suffix, f in DATA_FORMATS.items()],
        },
        headers=(("Link", link_header(path, iri)),),
    )


def _quoted(property: str) -> str:
    return quote(compact(property), ":")


def _shown(facts: list[Fact]) -> list[Fact]:
    """Those that the page has: of each property the first values."""
    by_property: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_property[fact.predicate].append(fact)
    return [fact for values in by_property.values() for fact in values[:VALUES]]


def _properties(
    facts: list[Fact], sources: dict[Fact, Sources], display: Display
) -> dict[str, Property]:
    found: dict[str, Property] = {}
    counts = Counter(fact.predicate for fact in facts)
    for predicate, shown in groupby(_shown(facts), lambda fact: fact.predicate):
        cells = []
        for fact in shown:
            said = sources.get(fact, Sources())
            by = [display.thing(g, ox.Literal(g.removeprefix(GRAPH))) for g in said.graphs]
            cells.append((display.cell(fact.object), by, said.more))
        cells.sort(key=lambda row: (row[0].kind, row[0].language, row[0].text))
        name = display.thing(predicate)
        found[compact(predicate)] = Property(
            name._replace(text=_capital(name.text, predicate)),
            cells,
            counts[predicate] - len(cells),
        )
    return found


def _capital(text: str, property: str) -> str:
    """The name of a property as a heading; that of a foreign one is made of its IRI."""
    if text == compact(property):
        return words(re.split(r"[#/:]", text)[-1])
    return text[:1].upper() + text[1:]


def _quotes(store: Store, facts: list[Fact], display: Display) -> list[tuple[Quote, Cell, Cell]]:
    """The words that say so: those of the passages that are evidence, or of the thing itself."""
    passages = [f.object.value for f in facts
                if f.predicate == EVIDENCE and isinstance(f.object, ox.NamedNode)]  # fmt: skip
    found = quotes(store, passages[: 2 * QUOTES])[:QUOTES]
    display.learn(quote.source for quote in found if quote.source)
    return [
        (
            quote,
            display.thing(quote.passage, ox.Literal(f"line {quote.line}")),
            display.thing(quote.source) if quote.source else Cell(""),
        )
        for quote in found
    ]


def _listing(store: Store, iri: str, property: str, number: int) -> Answer:
    """What links to a thing by one property, a page of many."""
    count = counts_of_links(store, iri).get(property, 0)
    pages = number_of_pages(count, LISTED, number, "list")
    things = linking(store, iri, property, LISTED, LISTED * (number - 1))
    display = Display(store, [iri, property, *things])
    path = page_of(iri) or ""
    here = link_to(f"{path.partition('#')[0]}?via={_quoted(property)}")
    return page(
        "listing.html",
        {
            "thing": display.thing(iri),
            "property": display.thing(property),
            "things": [display.thing(x) for x in things],
            "count": count,
            "number": number,
            "pages": pages,
            "here": here,
        },
    )
