"""Requests that nobody would send: none of them is the server's fault."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import examples
from serving import TIMEOUT, Served, serving
from test_server_listening import SOONER

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
PATHS = st.sampled_from(
    [
        "/", "/sparql", "/graphs", "/static/", "/openapi.json", "/ns", "/id/country/KAZ", "/id/",
        "/doc/country/KAZ", "/doc/%ff", "/doc/..%2f..", "/scheme/", "/reconcile", "/sitemap.xml",
        "/reconcile/suggest/entity", "/reconcile/flyout/x", "/reconcile/extend/propose", "/dcat",
        "/api/questions", "/api/questions/names-of-country", "/questions/countries",
        "/list/country", "/.well-known/void", "/.well-known/genid/x", "/context.jsonld",
        "/robots.txt", "/doc/a%5Bb", "/doc/%25zz", "/scheme/%23x%23", "/graph/%EE%80%80",
    ]
)  # fmt: skip

#: Requests as clients send them, to be spoilt.
REAL = (
    b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nAccept: text/csv;q=0.5, */*;q=0.1\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 31\r\n\r\nquery=ASK+%7B%7D&named-graph-uri",
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query; charset=utf-8\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n4\r\nASK \r\n2\r\n{}\r\n0\r\n\r\n",
    b"GET /graphs?graph=https%3A%2F%2Fw3id.org%2Fbilat%2Fgraph%2Freference HTTP/1.1\r\n"
    b"Host: [::1]:80\r\nAccept: text/turtle\r\nAccept-Encoding: gzip;q=1, br\r\n\r\n",
    b'HEAD /doc/country/KAZ HTTP/1.1\r\nHost: x\r\nIf-None-Match: W/"a-b", "c"\r\n\r\n',
    b"POST /reconcile HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 59\r\n\r\nqueries=%7B%22q0%22%3A%7B%22query%22%3A%22Astana%22%7D%7D&x=y",
    b"GET /reconcile/suggest/entity?prefix=Kaz&cursor=1 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/questions/names-of-country?country=KZ&limit=3 HTTP/1.0\r\n\r\n",
    b"OPTIONS /sparql HTTP/1.1\r\nHost: x\r\nOrigin: http://example.org\r\n"
    b"Access-Control-Request-Method: POST\r\nExpect: 100-continue\r\n\r\n",
)

#: What is put into them.
SPOILS = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [
            b"\r\n", b"\r\n\r\n", b"\n", b"\0", b"%", b"%00", b"%ed%a0%80", b"..%2f", b"\xff\xfe",
            b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n",
            b"Host: y\r\n", b"ffffffffffffffff\r\n", b"Connection: close\r\n", b"Upgrade: h2c\r\n",
            b"[[[[[[[[", b"%7B" * 2000, b"a" * 70_000, b"&" * 2000, b";q=1e999", b" HTTP/9.9",
        ]
    ),
)  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """One or two real requests, with things put in, left out and said again."""
    data = b"".join(draw(st.lists(st.sampled_from(REAL), min_size=1, max_size=2)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 20)))
        middle = draw(st.one_of(SPOILS, st.just(data[start:end] * 2)))
        data = data[:start] + middle + data[end:]
    return data


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


@pytest.fixture(scope="module")
def hasty(store_directory: Path, environment: dict[str, str]) -> Iterator[Served]:
    """A server that does not wait for what is missing of a request."""
    program = (sys.executable, "-c", SOONER)
    with serving("--store", store_directory, environment=environment, program=program) as server:
        yield server


@settings(max_examples=examples(60))
@given(data=st.one_of(spoilt(), st.binary(max_size=200)))
def test_no_bytes_are_the_servers_fault(data: bytes, hasty: Served) -> None:
    """A last request follows that is answered by itself, or is taken for part of the first."""
    last = b"\r\n\r\nGET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.create_connection(hasty.place, TIMEOUT) as connection:
        with suppress(ConnectionError):  # it need not take what is wrong already
            connection.sendall(data + last)
        answer = bytearray()
        with suppress(ConnectionError):
            while part := connection.recv(65536):
                answer += part
    statuses = {int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)}
    assert statuses <= FINE | {100}
    assert hasty.query("ASK {}").status == 200


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
