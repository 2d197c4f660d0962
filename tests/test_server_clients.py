"""Clients as people use them, against a server that runs."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, POST, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

import bilat
from serving import TIMEOUT, Served

QUERY = """PREFIX bilat: <https://w3id.org/bilat/ns#>
SELECT ?award WHERE { ?award a bilat:Award } ORDER BY ?award"""

CLIENTS = Path(__file__).parent / "clients"
COMUNICA = CLIENTS / "node_modules" / ".bin" / "comunica-sparql"


@pytest.fixture(scope="module")
def awards(kg: bilat.KnowledgeGraph) -> list[str]:
    found = [row.award for row in kg.sparql(QUERY)]  # type: ignore[union-attr]
    assert found
    return found


@pytest.mark.parametrize("method", ["GET", POST])
def test_sparqlwrapper(method: str, served: Served, awards: list[str]) -> None:
    client = SPARQLWrapper(f"{served.address}/sparql")
    client.setMethod(method)
    client.setQuery(QUERY)
    client.setReturnFormat(JSON)
    result: Any = client.queryAndConvert()
    assert [row["award"]["value"] for row in result["results"]["bindings"]] == awards
    client.setReturnFormat(XML)
    document: Any = client.queryAndConvert()
    assert [node.firstChild.data for node in document.getElementsByTagName("uri")] == awards
    client.setReturnFormat(CSV)
    table: Any = client.queryAndConvert()
    assert table.decode().split() == ["award", *awards]
    client.setQuery("PREFIX c: <https://w3id.org/bilat/id/country/> DESCRIBE c:KAZ")
    for format in (TURTLE, XML):
        client.setReturnFormat(format)
        graph: Any = client.queryAndConvert()
        parsed = graph if isinstance(graph, Graph) else Graph().parse(graph, format="turtle")
        assert (URIRef("https://w3id.org/bilat/id/country/KAZ"), None, None) in parsed
    client.setQuery("SELECT nothing")
    with pytest.raises(QueryBadFormed, match="line 1, column 8"):
        client.query()


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_the_store_of_rdflib(method: str, served: Served, awards: list[str]) -> None:
    graph = Graph(SPARQLStore(f"{served.address}/sparql", method=method))
    assert [str(row[0]) for row in graph.query(QUERY)] == awards  # type: ignore[index]
    assert graph.query("ASK {}").askAnswer
    award = URIRef(awards[0])
    assert len(list(graph.triples((award, None, None)))) > 1
    described = graph.query(f"CONSTRUCT {{ <{award}> ?p ?o }} WHERE {{ <{award}> ?p ?o }}").graph
    assert described is not None and (award, None, None) in described


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(served: Served, awards: list[str], tmp_path: Path) -> None:
    query = tmp_path / "query.rq"
    query.write_text(QUERY)
    where = f"{served.address}/sparql"

    def curl(*arguments: str) -> str:
        command = ["curl", "--silent", "--show-error", "--fail-with-body", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT, check=True
        ).stdout

    direct = ("--header", "Content-Type: application/sparql-query", "--data-binary", f"@{query}")
    for way in (
        ("--get", "--data-urlencode", f"query@{query}"),
        ("--data-urlencode", f"query@{query}"),
        direct,
        ("--compressed", *direct),
        ("--header", "Expect: 100-continue", *direct),
    ):
        assert curl("--header", "Accept: text/csv", *way, where).split() == ["award", *awards]
    assert "200 OK" in curl("--head", f"{where}?query=ASK%7B%7D")
    turtle = curl("--get", "--data-urlencode", "query=DESCRIBE country:KAZ", where)
    assert "country:KAZ" in turtle


@pytest.mark.skipif(
    not COMUNICA.exists(), reason="Comunica is not installed: `npm ci` in tests/clients does that"
)
def test_comunica(served: Served, awards: list[str]) -> None:
    types = "application/sparql-results+json"
    for kind in ("sparql@", ""):  # told what it is, and finding it out by the service description
        done = subprocess.run(
            [str(COMUNICA), f"{kind}{served.address}/sparql", "-q", QUERY, "-t", types],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        rows = json.loads(done.stdout)["results"]["bindings"]
        assert [row["award"]["value"] for row in rows] == awards
