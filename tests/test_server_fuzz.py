"""Requests that nobody would send: none of them is the server's fault."""

from __future__ import annotations

import subprocess
import sys
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import examples
from serving import TIMEOUT, Served

WORDS = (
    "SELECT ASK CONSTRUCT DESCRIBE * { } ( ) . ; ?s ?p ?o FILTER OPTIONAL UNION GRAPH MINUS VALUES"
    " BIND AS a bilat:Award <http://example.org/> < > 'x' \" ''' \\ \\u0053 SERVICE service:x"
    " PREFIX : # FROM NAMED LIMIT 1 -1 1e999 REGEX REPLACE '(a+)+$' GROUP HAVING ORDER BY COUNT"
    " ! ^ / + | \0 \u202e 𝄞 \ud800 INSERT LOAD _:b [] @en ^^xsd:date"
)
PIECES = st.sampled_from([*WORDS.split(" "), "\n"])
QUERIES = st.lists(PIECES, max_size=25).map(" ".join)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "If-None-Match", "Origin"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
    max_size=3,
)
PATHS = st.sampled_from(["/sparql", "/graphs", "/", "/static/", "/openapi.json"])

FINE = {503, 504, *range(200, 500)}


@settings(max_examples=examples(60))
@given(
    query=QUERIES, headers=HEADERS, name=st.sampled_from(["query", "graph", "format", "default"])
)
def test_no_query_is_the_servers_fault(
    query: str, headers: dict[str, str], name: str, served: Served
) -> None:
    target = f"/sparql?{name}=" + quote(query, errors="surrogatepass")
    assert served.ask(target, headers=headers).status in FINE
    graph = f"/graphs?{name}=" + quote(query, errors="surrogatepass")
    assert served.ask(graph, headers=headers).status in FINE


@settings(max_examples=examples(60))
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]),
    path=PATHS,
    query=st.binary(max_size=40),
    body=st.binary(max_size=100),
    kind=st.sampled_from(
        ["application/x-www-form-urlencoded", "application/sparql-query", "multipart/form-data", ""]
    ),
)
def test_no_request_is_the_servers_fault(
    method: str, path: str, query: bytes, body: bytes, kind: str, served: Served
) -> None:
    target = f"{path}?{quote(query, safe='%&=;+')}"
    headers = {"Content-Type": kind} if kind else {}
    assert served.ask(target, method, body, headers).status in FINE


@pytest.mark.parametrize(
    ("phases", "most"),
    [
        ("examples,fuzzing", "2"),
        pytest.param("examples,coverage,fuzzing", "15", marks=pytest.mark.slow),
    ],
)
def test_what_the_description_says_holds(served: Served, phases: str, most: str) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", f"{served.address}/openapi.json",
            "--checks", "not_a_server_error", "--max-examples", most, "--seed", "1",
            "--generation-database", "none", "--phases", phases,
        ],
        capture_output=True,
        text=True,
        timeout=TIMEOUT * 3,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
