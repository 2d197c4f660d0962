"""The ways in: start page, search, lists, what the data set is, site map and files."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

import pyoxigraph as ox

from bilat.export import DATASET
from bilat.namespaces import expand
from bilat.server.addresses import DATA_FORMATS, link_to
from bilat.server.answers import Answer, Refusal, number_of_pages
from bilat.server.cells import Cell, Display
from bilat.server.dump import FILES
from bilat.server.lists import KINDS, Lists, lists
from bilat.server.rendering import page, triples

if TYPE_CHECKING:
    from bilat.knowledge_graph import KnowledgeGraph
    from bilat.results import Rows
    from bilat.store import Store

#: How many addresses a site map may have (sitemaps.org), and how many things a list shows.
ON_MAP, LISTED = 50_000, 100

#: How many names a search gives.
FOUND = 50


class Hit(NamedTuple):
    """What a search found: the thing, what it is, and the name that fits where it is another."""

    thing: Cell
    kind: str
    name: str


def home(kg: KnowledgeGraph, register: str = "") -> Answer:
    """The start page; ``register`` is a file of :mod:`bilat.server.lists`, if there is one."""
    known = lists(kg.store, register)
    display = Display(kg.store)
    values = {
        "figures": [(known.count(kind), kind) for kind in _COUNTED],
        "countries": display.table(_busiest(kg.store)),
        "sources": display.table(known.things("source", 8)),
        "events": display.table(known.things("event", 8)),
        "questions": [kg.questions()[name] for name in _FIRST_QUESTIONS if name in kg.questions()],
    }
    return page("home.html", values)


_COUNTED = ("country", "institution", "person", "instrument", "event", "source")

_FIRST_QUESTIONS = (
    "who-cooperates-with", "instruments-between", "partners-of-country", "holder-of-post",
    "fields-of-relation", "timeline",
)  # fmt: skip


def _busiest(store: Store) -> Rows:
    return store.select(
        """SELECT DISTINCT ?country ?instruments ?partners {
          ?country bilat:instrumentCount ?instruments ; bilat:partnerCount ?partners ;
            a bilat:Country
        } ORDER BY DESC(?instruments) ?country LIMIT 12"""
    )


def listing(kg: KnowledgeGraph, kind: str, number: int, register: str = "") -> Answer:
    """All things of a kind, a page of them."""
    if kind not in KINDS:
        there = ", ".join(f"/list/{name}" for name in KINDS)
        raise Refusal(404, f"no list is called {kind[:50]!r}; there are {there}")
    known = lists(kg.store, register)
    count = known.count(kind)
    pages = number_of_pages(count, LISTED, number, "list")
    rows = known.things(kind, LISTED, LISTED * (number - 1))
    values = {
        "kind": kind,
        "table": Display(kg.store).table(rows),
        "count": count,
        "number": number,
        "pages": pages,
        "here": link_to(f"/list/{kind}?"),
    }
    return page("list.html", values)


# ---- search


def search(kg: KnowledgeGraph, text: str, register: str = "") -> Answer:
    """What has a name like the text."""
    text = text.strip()
    known = lists(kg.store, register)
    hits = _hits(kg.store, known, text) if text else []
    near = [] if hits or not text else _near(known, text)
    values = {"text": text, "hits": hits, "near": near, "most": FOUND}
    return page("search.html", values)


def _hits(store: Store, known: Lists, text: str) -> list[Hit]:
    code = ox.Literal(text.upper())
    exact = store.select(
        f"SELECT DISTINCT ?it {{ ?it bilat:iso3166alpha2|bilat:iso3166alpha3 {code} }} ORDER BY ?it"
    )
    names: dict[str, str] = {row.it: "" for row in exact}
    for named in known.called(text):
        names.setdefault(named.iri, named.name)
    iris = list(names)[:FOUND]
    display = Display(store, [ox.NamedNode(iri) for iri in iris])
    kinds = _kinds(store, iris)
    hits = []
    for iri in iris:
        cell = display.cell(ox.NamedNode(iri))
        other = names[iri] if names[iri] and names[iri] != cell.text else ""
        hits.append(Hit(cell, kinds.get(iri, ""), other))
    return hits


def _kinds(store: Store, iris: list[str]) -> dict[str, str]:
    values = " ".join(str(ox.NamedNode(iri)) for iri in iris)
    rows = store.select(
        f"SELECT ?it (MIN(?name) AS ?kind) {{ VALUES ?it {{ {values} }} ?it a/rdfs:label ?name }} "
        "GROUP BY ?it ORDER BY ?it"
    )
    return {row.it: row.kind for row in rows}


def _near(known: Lists, text: str) -> list[str]:
    """Names like one that nothing carries, among those that begin with the same two letters."""
    from difflib import get_close_matches

    names = {name.lower(): name for name in known.beginning(text[:2])}
    return [names[name] for name in get_close_matches(text.lower(), sorted(names), 8, 0.6)]


# ---- what the data set is


def described(kg: KnowledgeGraph, file: str, suffix: str, base: str) -> Answer:
    """The description in a file of :mod:`bilat.server.dump`, with this server's addresses."""
    dataset = ox.NamedNode(DATASET)
    with open(file, "rb") as stream:
        quads = set(ox.parse(stream, format=ox.RdfFormat.TURTLE))

    def add(subject: ox.NamedNode, name: str, address: str) -> None:
        quads.add(ox.Quad(subject, ox.NamedNode(expand(name)), ox.NamedNode(base + address)))

    add(dataset, "void:sparqlEndpoint", "/sparql")
    add(dataset, "void:uriLookupEndpoint", "/search?q=")
    add(dataset, "dcat:landingPage", "/")
    for name, format in FILES.items():
        add(dataset, "void:dataDump", f"/data/{name}")
        distribution = ox.NamedNode(f"{DATASET}/distribution/{format.name}")
        add(distribution, "dcat:downloadURL", f"/data/{name}")
    return triples(quads, DATA_FORMATS[suffix])


def downloads(kg: KnowledgeGraph) -> Answer:
    """The page of the files."""
    about = kg.manifest()
    values = {
        "files": list(FILES.items()),
        "version": about.get("version", ""),
        "sha256": about.get("sha256", ""),
        "graphs": Display(kg.store).table(
            kg.store.select(
                "SELECT ?graph (COUNT(*) AS ?triples) { GRAPH ?graph { ?s ?p ?o } } "
                "GROUP BY ?graph ORDER BY ?graph"
            )
        ) if len(kg.store.graph_names()) <= LISTED else None,
    }  # fmt: skip
    return page("data.html", values)


def sitemap(kg: KnowledgeGraph, file: str, base: str, part: int) -> Answer:
    """The site map: one file, or an index (part 0) of files of 50,000 addresses."""
    with open(file, encoding="utf-8") as stream:  # which may have millions of lines
        parts = -(-sum(1 for _ in stream) // ON_MAP)
        if part > parts:
            raise Refusal(404, f"the site map has {parts} parts")
        if parts > 1 and part == 0:
            items = [f"{base}/sitemap-{number}.xml" for number in range(1, parts + 1)]
            return _xml("sitemapindex", "sitemap", items)
        stream.seek(0)
        start = ON_MAP * max(part - 1, 0)
        paths = [line.rstrip("\n") for line in islice(stream, start, start + ON_MAP)]
    return _xml("urlset", "url", [base + path for path in paths])


def _xml(root: str, item: str, addresses: list[str]) -> Answer:
    lines = "".join(f"<{item}><loc>{escape(a)}</loc></{item}>\n" for a in addresses)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}</{root}>\n'
    )
    return Answer(body.encode(), "application/xml")


def robots(kg: KnowledgeGraph, base: str) -> Answer:
    """What crawlers are asked to leave alone."""
    text = (
        "User-agent: *\nDisallow: /sparql\nDisallow: /reconcile\nDisallow: /search\n"
        f"Disallow: /data/\nDisallow: /api/\n\nSitemap: {base}/sitemap.xml\n"
    )
    return Answer(text.encode(), "text/plain")
