"""Graphs for network analysis: views of the store as NetworkX graphs, and files of them.

All graphs are undirected: that two bodies agreed on something has no direction. Nodes are IRIs,
in order of IRI; edges too. Attributes are plain text and numbers, so that every file format holds
them; several values in one attribute are joined by ``"; "`` and an unknown one is ``""``.

Every node has ``label`` and ``kind`` (institution, country, field, person or event); those of a
bipartite graph have ``bipartite``, 0 or 1.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree

import networkx as nx

from bilat.edges import edges, pairs
from bilat.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bilat.edges import Edge
    from bilat.store import Store

    Graph = nx.Graph[str]

SEPARATOR = "; "

_LABELS = """
SELECT ?thing (MIN(STR(?name)) AS ?label) WHERE {
  VALUES ?class {
    bilat:Country bilat:Institution bilat:Instrument bilat:Person bilat:Post bilat:Event
    bilat:Award bilat:Place skos:Concept
  }
  ?thing a ?class ; rdfs:label|skos:prefLabel ?name .
  FILTER(LANG(?name) = "" || LANGMATCHES(LANG(?name), "en"))
} GROUP BY ?thing ORDER BY ?thing
"""
# from the things to their classes: the other way, an engine reads all that is in a class
_LABELS_OF = """
SELECT ?thing (MIN(STR(?name)) AS ?label) WHERE {
  VALUES ?thing { %s }
  ?thing rdfs:label|skos:prefLabel ?name ; a ?class .
  FILTER(LANG(?name) = "" || LANGMATCHES(LANG(?name), "en"))
  FILTER(?class IN (
    bilat:Country, bilat:Institution, bilat:Instrument, bilat:Person, bilat:Post, bilat:Event,
    bilat:Award, bilat:Place, skos:Concept
  ))
} GROUP BY ?thing ORDER BY ?thing
"""
_INSTITUTION_FIELDS = """
SELECT DISTINCT ?instrument ?institution ?field WHERE {
  ?instrument bilat:field ?field ; bilat:hasParty/bilat:partyInstitution ?institution .
} ORDER BY ?institution ?field ?instrument
"""
_INSTITUTION_FACTS = """
SELECT ?institution (MIN(?country) AS ?of) (MIN(?kind) AS ?is) WHERE {
  ?institution a bilat:Institution .
  OPTIONAL { ?institution bilat:country ?country }
  OPTIONAL { ?institution bilat:institutionKind ?kind }
} GROUP BY ?institution ORDER BY ?institution
"""
_PARTICIPANTS = """
SELECT DISTINCT ?event ?person ?role ?post WHERE {
  { ?event bilat:hasParticipation ?participation .
    ?participation bilat:participant ?person .
    OPTIONAL { ?participation bilat:participationRole ?role }
    OPTIONAL { ?participation bilat:inCapacityOf ?post } }
  UNION { ?event bilat:recipient ?person . BIND("recipient" AS ?role) }
  UNION { ?event bilat:conferrer ?person . BIND("conferrer" AS ?role)
    OPTIONAL { ?event bilat:conferrerCapacity ?post } }
  ?person a bilat:Person .
} ORDER BY ?event ?person ?role ?post
"""
_EVENTS = """
SELECT ?event (MIN(?type) AS ?is) (MIN(?on) AS ?day) (MIN(?after) AS ?from) (MIN(?before) AS ?to)
WHERE {
  ?event a bilat:Event .
  OPTIONAL { ?event bilat:eventType ?type }
  OPTIONAL { ?event bilat:onDate ?on }
  OPTIONAL { ?event bilat:notBefore ?after }
  OPTIONAL { ?event bilat:notAfter ?before }
} GROUP BY ?event ORDER BY ?event
"""
_PERSONS = """
SELECT ?person (GROUP_CONCAT(DISTINCT STR(?country); SEPARATOR=" ") AS ?countries) WHERE {
  ?person a bilat:Person ; bilat:associatedCountry ?country .
} GROUP BY ?person ORDER BY ?person
"""


class View(NamedTuple):
    """A way to see the data as a graph: its name, what it shows in one line, and how it is made."""

    name: str
    summary: str
    build: Callable[[Store], Graph]


def network(store: Store, view: str) -> Graph:
    """The data as a NetworkX graph, undirected; the views are in :data:`VIEWS`.

    A view that finds nothing gives a graph without nodes. Raises InputError for an unknown view.
    """
    if view not in VIEWS:
        raise InputError(f"{view!r} is no view of the network; known are {', '.join(VIEWS)}")
    return VIEWS[view].build(store)


def institutions(store: Store) -> Graph:
    """MultiGraph of institutions: an edge for each instrument that joins two, keyed by its IRI.

    Only institutions that act for different countries are joined, and only those are nodes; they
    have ``country`` (alpha-3) and ``institution_kind``. Edges have ``instrument``, ``label``,
    ``instrument_type`` and ``fields`` (those stated). An instrument of more than 8 countries is
    multilateral and joins nobody.
    """
    facts = _institution_facts(store)
    found = [edge for edge in edges(store) if not edge.multilateral]
    acts_for: dict[str, str] = {}
    joint: list[tuple[str, str, Edge]] = []
    for edge in found:
        sides: dict[str, str] = {}
        for body, country in edge.parties:
            sides.setdefault(body, country)
        acts_for.update(sides)
        joint += [
            (first, second, edge)
            for first, second in combinations(sorted(sides), 2)
            if sides[first] != sides[second]
        ]
    nodes = sorted({end for edge in joint for end in edge[:2]})
    concepts = {iri for *_, edge in joint for iri in (edge.type, *edge.fields) if iri}
    names = labels(store, [*nodes, *sorted(concepts)])
    graph: nx.MultiGraph[str] = nx.MultiGraph(name="institutions")
    for iri in nodes:
        graph.add_node(iri, **_institution(iri, names, facts, acts_for[iri]))
    for first, second, edge in sorted(joint, key=lambda e: (*e[:2], e[2].instrument)):
        graph.add_edge(first, second, key=edge.instrument, **_instrument(edge, names))
    return graph


def countries(store: Store) -> Graph:
    """Graph of countries: an edge's ``weight`` is the number of instruments that both are party to.

    Where a source names no party of an instrument, the two countries of its event count. Nodes
    have ``country`` (alpha-3) and ``instrument_count``; edges also ``fields`` (those stated) and
    ``instruments`` (their IRIs). An instrument of more than 8 countries is multilateral and joins
    nobody.
    """
    count, joined = pairs(store)
    names = labels(store, sorted(count.keys() | {iri for pair in joined for iri in pair.fields}))
    graph: Graph = nx.Graph(name="countries")
    for iri, number in count.items():
        graph.add_node(iri, label=_label(names, iri), kind="country",
                       country=_slug(iri), instrument_count=number)  # fmt: skip
    for first, second, instruments, stated in joined:
        named = (_label(names, iri) for iri in stated)
        graph.add_edge(first, second, weight=len(instruments), fields=_joined(named),
                       instruments=SEPARATOR.join(instruments))  # fmt: skip
    return graph


def fields(store: Store) -> Graph:
    """Bipartite graph of institutions (0) and fields (1) that their instruments state.

    ``weight`` of an edge is the number of those instruments, ``instruments`` are their IRIs.
    """
    names, facts = labels(store), _institution_facts(store)
    joint: dict[tuple[str, str], list[str]] = defaultdict(list)
    for instrument, institution, field in store.select(_INSTITUTION_FIELDS):
        joint[institution, field].append(instrument)
    graph: Graph = nx.Graph(name="fields")
    for iri in sorted({institution for institution, _ in joint}):
        graph.add_node(iri, **_institution(iri, names, facts, ""), bipartite=0)
    for iri in sorted({field for _, field in joint}):
        graph.add_node(iri, label=_label(names, iri), kind="field", bipartite=1)
    for (institution, field), items in sorted(joint.items()):
        graph.add_edge(institution, field, weight=len(items), instruments=_joined(items))
    return graph


def events(store: Store) -> Graph:
    """Bipartite graph of persons (0) and the events (1) that they took part in.

    Edges have ``role`` and ``capacity`` (the post held). Persons have ``country``; events have
    ``event_type`` and the dates ``on_date``, ``not_before`` and ``not_after``.
    """
    names = labels(store)
    roles: dict[tuple[str, str], set[str]] = defaultdict(set)
    posts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for event, person, role, post in store.select(_PARTICIPANTS):
        roles[person, event].add(_label(names, role) if role else "")
        posts[person, event].add(_label(names, post) if post else "")
    of = {person: found.split() for person, found in store.select(_PERSONS)}
    about = {row.event: row for row in store.select(_EVENTS)}
    graph: Graph = nx.Graph(name="events")
    for iri in sorted({person for person, _ in roles}):
        graph.add_node(iri, label=_label(names, iri), kind="person",
                       country=_joined(map(_slug, of.get(iri, []))), bipartite=0)  # fmt: skip
    for iri in sorted({event for _, event in roles}):
        graph.add_node(iri, **_event(iri, names, about.get(iri)), bipartite=1)
    for edge in sorted(roles):
        graph.add_edge(*edge, role=_joined(roles[edge]), capacity=_joined(posts[edge]))
    return graph


#: The views by name.
VIEWS: Mapping[str, View] = {
    view.name: view
    for view in (
        View("institutions", "institutions of two countries, joined by instruments", institutions),
        View("countries", "countries, joined by the number of their instruments", countries),
        View("fields", "institutions and the fields that their instruments state", fields),
        View("events", "persons and the events that they took part in", events),
    )
}


def labels(store: Store, iris: Iterable[str] | None = None) -> dict[str, str]:
    """The English label of everything that a graph or a figure can show, or of those, by IRI."""
    if iris is None:
        return dict(store.select(_LABELS))
    return dict(store.select(_LABELS_OF % " ".join(f"<{iri}>" for iri in iris)))


def neighbourhood(graph: Graph, node: str, radius: int = 1) -> Graph:
    """The part of the graph within ``radius`` edges of the node, in the graph's order.

    Raises NotFoundError for a node that the graph has not, InputError for a negative radius.
    """
    if node not in graph:
        from difflib import get_close_matches

        raise NotFoundError("node", node, get_close_matches(node, list(graph), n=3, cutoff=0.8))
    if radius < 0:
        raise InputError(f"a radius of {radius} edges cannot be; expected 0 or more")
    near = nx.single_source_shortest_path_length(graph, node, cutoff=radius)
    return part(graph, near)


def part(graph: Graph, nodes: Iterable[str]) -> Graph:
    """The graph of these nodes and the edges between them, in the graph's order."""
    kept = set(nodes)
    result = graph.__class__()
    result.graph.update(graph.graph)
    result.add_nodes_from((node, graph.nodes[node]) for node in graph if node in kept)
    for edge in _edges(graph):
        if edge.first in kept and edge.second in kept:
            key = {"key": edge.key} if edge.key else {}
            result.add_edge(edge.first, edge.second, **key, **edge.data)
    return result


def to_bytes(graph: Graph, format: str) -> bytes:
    """The graph as a file's content, in one of :data:`FORMATS`; the same graph, the same bytes."""
    if format not in FORMATS:
        raise InputError(f"{format!r} is no format of a network; known are {', '.join(FORMATS)}")
    return FORMATS[format](graph)


class _Edge(NamedTuple):
    first: str
    second: str
    key: str
    data: dict[str, Any]


def _edges(graph: Graph) -> list[_Edge]:
    if isinstance(graph, nx.MultiGraph):
        return [_Edge(*edge) for edge in graph.edges(keys=True, data=True)]
    return [_Edge(first, second, "", data) for first, second, data in graph.edges(data=True)]


def components(graph: Graph) -> list[list[str]]:
    """The connected parts of the graph as lists of nodes, the largest first."""
    return sorted(map(sorted, nx.connected_components(graph)), key=lambda p: (-len(p), p))


def plane(graph: Graph) -> dict[str, tuple[float, float]]:
    """Places in the plane for the nodes of a connected graph, by Kamada and Kawai (1989).

    All edges weigh the same. The same graph gives the same places.
    """
    bare: Graph = nx.Graph()
    bare.add_nodes_from(graph)
    bare.add_edges_from(edge[:2] for edge in _edges(graph))
    at = nx.circular_layout(bare)
    if len(bare) > 2:
        at = nx.kamada_kawai_layout(bare, pos=at, weight=None)
    return {node: (float(x), float(y)) for node, (x, y) in at.items()}


def _graphml(graph: Graph) -> bytes:
    if isinstance(graph, nx.MultiGraph):
        graph = _with_own_keys(graph)
    stream = io.BytesIO()
    # nx picks lxml where that is installed, and lxml writes other bytes
    nx.write_graphml_xml(graph, stream, prettyprint=True)
    return stream.getvalue() + b"\n"


def _with_own_keys(graph: nx.MultiGraph[str]) -> nx.MultiGraph[str]:
    """The graph with a key for each edge: GraphML wants the ids of edges unique in the file."""
    result: nx.MultiGraph[str] = nx.MultiGraph(**graph.graph)
    result.add_nodes_from(graph.nodes(data=True))
    seen: Counter[str] = Counter()
    for first, second, key, data in _edges(graph):
        seen[key] += 1
        own = key if seen[key] == 1 else f"{key}#{seen[key]}"
        result.add_edge(first, second, key=own, **data)
    return result


def _gexf(graph: Graph) -> bytes:
    writer = nx.readwrite.gexf.GEXFWriter(graph, encoding="utf-8", version="1.2draft")
    for meta in writer.xml.iter("meta"):
        meta.attrib.pop("lastmodifieddate", None)  # the day of writing is no part of the data
    ElementTree.indent(writer.xml)
    stream = io.BytesIO()
    ElementTree.ElementTree(writer.xml).write(stream, encoding="utf-8", xml_declaration=True)
    return stream.getvalue() + b"\n"


def _json(graph: Graph) -> bytes:
    data = nx.node_link_data(graph, edges="edges")
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def _csv(graph: Graph) -> bytes:
    edges = _edges(graph)
    titles = {node: data["label"] for node, data in graph.nodes(data=True)}
    names = sorted({name for edge in edges for name in edge.data})
    stream = io.StringIO()
    out = csv.writer(stream, lineterminator="\n")
    out.writerow(["source", "target", "source_label", "target_label", *names])
    for edge in edges:
        values = [edge.data.get(name, "") for name in names]
        out.writerow([edge.first, edge.second, titles[edge.first], titles[edge.second], *values])
    return stream.getvalue().encode()


#: Formats of a graph file: GraphML, GEXF 1.2, node-link JSON, and a CSV of the edges.
FORMATS: Mapping[str, Callable[[Graph], bytes]] = {
    "graphml": _graphml, "gexf": _gexf, "json": _json, "csv": _csv,
}  # fmt: skip


def _label(names: Mapping[str, str], iri: str) -> str:
    return names.get(iri) or _slug(iri)


def _slug(iri: str) -> str:
    return iri.rpartition("/")[2]


def _joined(values: Iterable[str]) -> str:
    return SEPARATOR.join(sorted({value for value in values if value}))


def _institution_facts(store: Store) -> dict[str, tuple[str, str]]:
    rows = store.select(_INSTITUTION_FACTS)
    return {iri: (_slug(of or ""), _slug(kind or "")) for iri, of, kind in rows}


def _institution(
    iri: str, names: Mapping[str, str], facts: Mapping[str, tuple[str, str]], acts_for: str
) -> dict[str, str]:
    country, kind = facts.get(iri, ("", ""))
    return {
        "label": _label(names, iri), "kind": "institution",
        "country": country or _slug(acts_for), "institution_kind": kind,
    }  # fmt: skip


def _instrument(edge: Edge, names: Mapping[str, str]) -> dict[str, str]:
    return {
        "instrument": edge.instrument, "label": edge.label or _slug(edge.instrument),
        "instrument_type": _label(names, edge.type) if edge.type else "",
        "fields": _joined(_label(names, iri) for iri in edge.fields),
    }  # fmt: skip


def _event(iri: str, names: Mapping[str, str], about: Any) -> dict[str, str]:
    def text(value: date | str | None) -> str:
        return value.isoformat() if isinstance(value, date) else value or ""

    kind, *dates = about[1:] if about else (None, None, None, None)
    on_date, not_before, not_after = map(text, dates)
    return {
        "label": _label(names, iri), "kind": "event", "event_type": _slug(kind or ""),
        "on_date": on_date, "not_before": not_before, "not_after": not_after,
    }  # fmt: skip
