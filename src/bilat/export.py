"""The graph as files for others: deterministic serialisations, and what the data set is."""

from __future__ import annotations

from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

import pyoxigraph as ox

from bilat.errors import NotFoundError
from bilat.namespaces import BASE, GRAPH, NS, expand
from bilat.ordering import Ordering
from bilat.results import GRAPH_FORMATS, Rows, format_of, in_order, serialise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilat.loading import Progress
    from bilat.store import Store

DATASET = BASE + "dataset"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
IANA = "https://www.iana.org/assignments/media-types/"


def export(store: Store, format: str = "turtle", graph: str | None = None) -> bytes:
    """The graph as a document in one of :data:`bilat.results.GRAPH_FORMATS`; same data, same bytes.

    ``graph`` is the IRI or the last part of the name of one graph. Without it, formats that hold
    one graph get the merged default graph; TriG and N-Quads get every graph, the default one too.
    """
    output = BytesIO()
    write(store, output, format, graph)
    return output.getvalue()


def write(
    store: Store,
    output: IO[bytes],
    format: str = "turtle",
    graph: str | None = None,
    progress: Progress = lambda *_: None,
) -> None:
    """Write what :func:`export` gives to an open file.

    Of a large graph only a part is in memory; the rest waits in temporary files, which take about
    as much room as its N-Quads.
    """
    rdf_format = format_of(format)
    pattern: ox.NamedNode | ox.DefaultGraph | None = graph_called(store, graph) if graph else None
    if pattern is None and format not in ("trig", "nquads"):
        pattern = ox.DefaultGraph()
    with Ordering(progress) as ordered:
        ox.serialize(
            store.quads(pattern),
            output=ordered,  # type: ignore[arg-type]
            format=ox.RdfFormat.N_QUADS,
        )
        if rdf_format in (ox.RdfFormat.N_QUADS, ox.RdfFormat.N_TRIPLES):
            for text in ordered.texts(graphs=rdf_format.supports_datasets):
                output.write(text)
            return
        quads = ordered.quads()
        items: Iterable[Any] = (
            quads if rdf_format.supports_datasets else (quad.triple for quad in quads)
        )
        ox.serialize(items, output=output, format=rdf_format, prefixes=ordered.prefixes())


def graph_called(store: Store, name: str) -> ox.NamedNode:
    """The graph of that IRI or last part of a name; raises NotFoundError with near names."""
    known = store.graph_names()
    for iri in (name, GRAPH + name, GRAPH + name.removeprefix("graph:")):
        if iri in known:
            return ox.NamedNode(iri)
    from difflib import get_close_matches

    short = [iri.removeprefix(GRAPH) for iri in known]
    raise NotFoundError("graph", name, get_close_matches(name, short, n=3, cutoff=0.4))


def describe(store: Store, version: str, sha256: str) -> bytes:
    """The data set in VoID and DCAT, as Turtle: size, classes, sources, formats, licence."""
    dataset = ox.NamedNode(DATASET)
    quads = [
        *_catalogue(dataset, version, sha256),
        *_statistics(store, dataset),
        *(quad for name in GRAPH_FORMATS for quad in _distribution(dataset, name)),
    ]
    return serialise(in_order(quads), "turtle")


def _term(name: str) -> ox.NamedNode:
    return ox.NamedNode(expand(name))


def _number(value: int) -> ox.Literal:
    return ox.Literal(str(value), datatype=_term("xsd:integer"))


def _catalogue(dataset: ox.NamedNode, version: str, sha256: str) -> list[ox.Quad]:
    facts: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        ("rdf:type", _term("void:Dataset")),
        ("rdf:type", _term("dcat:Dataset")),
        ("dct:title", ox.Literal("bilat: a knowledge graph of bilateral relations", language="en")),
        (
            "dct:description",
            ox.Literal(
                "Who agreed what with whom, through which institutions, and which words say so.",
                language="en",
            ),
        ),
        ("dct:creator", ox.Literal("the bilat authors")),
        ("dct:license", ox.NamedNode(LICENCE)),
        ("dct:identifier", ox.Literal(sha256)),
        ("dcat:version", ox.Literal(version)),
        ("dct:conformsTo", ox.NamedNode(NS.removesuffix("#"))),
        ("void:uriSpace", ox.Literal(BASE + "id/")),
        ("void:vocabulary", ox.NamedNode(NS)),
    ]
    return [ox.Quad(dataset, _term(p), o) for p, o in facts]


def _statistics(store: Store, dataset: ox.NamedNode) -> list[ox.Quad]:
    def one(query: str) -> ox.Literal:
        return _number(int(store.select(query)[0].n))

    quads = [
        ox.Quad(dataset, _term("void:triples"), one("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")),
        ox.Quad(
            dataset,
            _term("void:distinctSubjects"),
            one("SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }"),
        ),
    ]
    for row in classes(store):
        part = ox.NamedNode(f"{DATASET}/class/{row[0].rpartition('#')[2]}")
        quads += [
            ox.Quad(dataset, _term("void:classPartition"), part),
            ox.Quad(part, _term("void:class"), ox.NamedNode(row[0])),
            ox.Quad(part, _term("void:entities"), _number(row[1])),
        ]
    for row in store.select("SELECT ?s { ?s bilat:sha256 ?h } ORDER BY ?s"):
        quads.append(ox.Quad(dataset, _term("dct:source"), ox.NamedNode(row.s)))
    return quads


def classes(store: Store) -> Rows:
    """The classes of bilat with the number of their members, by name."""
    return store.select(
        "SELECT ?class (COUNT(DISTINCT ?s) AS ?members) { ?s a ?class "
        f'FILTER(STRSTARTS(STR(?class), "{NS}")) }} GROUP BY ?class ORDER BY ?class'
    )


_MEDIA_TYPES = {name: format.media_type for name, format in GRAPH_FORMATS.items()}


def _distribution(dataset: ox.NamedNode, format: str) -> list[ox.Quad]:
    node = ox.NamedNode(f"{DATASET}/distribution/{format}")
    return [
        ox.Quad(dataset, _term("dcat:distribution"), node),
        ox.Quad(node, _term("rdf:type"), _term("dcat:Distribution")),
        ox.Quad(node, _term("dcat:mediaType"), ox.NamedNode(IANA + _MEDIA_TYPES[format])),
        ox.Quad(
            node, _term("dct:title"), ox.Literal(f"bilat.{GRAPH_FORMATS[format].file_extension}")
        ),
    ]
