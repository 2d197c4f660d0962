"""W3C's suite of the SPARQL 1.1 Protocol, over HTTP, against a store that holds its graphs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from rdflib import Graph, Namespace, URIRef
from rdflib.collection import Collection

from serving import Reply, Served, serving

SUITE = Path(__file__).parents[2] / "shared/conformance/w3c-sparql11/sparql/sparql11"
MANIFEST = SUITE / "protocol" / "manifest.ttl"

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")

KINDS = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": {
        "application/sparql-results+json", "application/sparql-results+xml", "text/csv",
        "text/tab-separated-values",
    },
    "RDF": {"text/turtle", "application/n-triples", "application/rdf+xml"},
}  # fmt: skip

pytestmark = pytest.mark.skipif(
    not MANIFEST.exists(), reason="../shared/conformance has W3C's suite; it is not here"
)


def cases() -> list[tuple[str, Any, Graph]]:
    """The tests of the manifest: name, node and the graph that tells about them."""
    if not MANIFEST.exists():
        return []
    graph = Graph().parse(MANIFEST)
    entries = graph.value(URIRef(MANIFEST.as_uri()), MF.entries)
    assert entries
    return [(str(node).rpartition("#")[2], node, graph) for node in Collection(graph, entries)]


TESTS = cases()


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]
) -> Iterator[Served]:
    """The graphs of the suite, in a store that bilat did not build."""
    directory = tmp_path_factory.mktemp("w3c") / "store"
    store = ox.Store(str(directory))
    for number in (1, 2, 3):
        name = ox.NamedNode(f"http://kasei.us/2009/09/sparql/data/data{number}.rdf")
        store.load(path=str(SUITE / "protocol" / f"data{number}.nt"), to_graph=name)
    store.flush()
    del store
    with serving("--store", directory, environment=environment) as server:
        yield server


@pytest.mark.parametrize("name, node, graph", TESTS, ids=[test[0] for test in TESTS])
def test_w3c(name: str, node: Any, graph: Graph, served: Served) -> None:
    action = graph.value(node, MF.action)
    for request in Collection(graph, graph.value(action, HT.requests)):
        wanted = graph.value(request, HT.resp)
        statuses = {
            str(s).rpartition("#StatusCode")[2][0] for s in graph[wanted : MF.expectedStatus]
        }
        reply = sent(graph, request, served)
        if updates(name):
            assert 400 <= reply.status < 500
            return
        assert str(reply.status)[0] in statuses, reply.text
        format = graph.value(wanted, MF.expectedFormat)
        if format is not None:
            assert reply.kind in KINDS[str(format)]
        truth = graph.value(wanted, MF.expectedBoolean)
        if truth is not None:
            assert json.loads(reply.body)["boolean"] is (str(truth) == "true")


def updates(name: str) -> bool:
    """Whether a test means an update to be done, which a server that is read-only refuses."""
    return name.startswith("update_")


def test_all_of_the_suite_is_here() -> None:
    assert len(TESTS) == 34
    assert sum(updates(name) for name, _, _ in TESTS) == 7


def sent(graph: Graph, request: Any, served: Served) -> Reply:
    body = graph.value(request, HT.body)
    content = None
    if body is not None:
        encoding = str(graph.value(body, CNT.characterEncoding))
        content = str(graph.value(body, CNT.chars)).encode(encoding)
    listed = graph.value(request, HT.headers)
    headers = {
        str(graph.value(header, HT.fieldName)): str(graph.value(header, HT.fieldValue))
        for header in (Collection(graph, listed) if listed else ())
    }
    method = str(graph.value(request, HT.methodName))
    path = str(graph.value(request, HT.absolutePath))
    return served.ask(path, method, content, headers)
