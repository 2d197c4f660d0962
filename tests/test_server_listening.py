"""What the server bears of clients that are slow, many or broken, and how it starts."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from starlette.responses import Response

from bilat.server.front import Front, Question
from conftest import Run
from servers import Answer, Scripted, answer
from serving import TIMEOUT, Served, serving

# the limits as they are, but sooner
SOONER = """
from bilat.server import listening
listening.RECEIVING, listening.TAKING, listening.IDLE = 1.0, 1.0, 2
listening.MOST_CONNECTIONS = 5
from bilat.cli import main
main()
"""


@pytest.fixture(scope="module")
def impatient(store_directory: Path, environment: dict[str, str]) -> Iterator[Served]:
    """A server with little time for its clients."""
    program = (sys.executable, "-c", SOONER)
    with serving("--store", store_directory, environment=environment, program=program) as server:
        yield server


def received(connection: socket.socket) -> bytes:
    """What comes until the server closes the connection."""
    connection.settimeout(TIMEOUT)
    try:
        return b"".join(iter(lambda: connection.recv(65536), b""))
    except ConnectionResetError:
        return b""


def explained(answer: bytes) -> int:
    """The status of a refusal that says why, and carries what every answer carries."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert int(headers["content-length"]) == len(body) and headers["connection"] == "close"
    assert headers["content-type"] == "application/problem+json" and headers["date"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    said = json.loads(body)
    assert said["detail"] and f"http/1.1 {said['status']} {said['title'].lower()}" == status
    return int(said["status"])


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /sparql",
        b"GET /sparql HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nquery",
        b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nquery",
    ],
)
def test_who_sends_too_slowly_is_dropped(beginning: bytes, impatient: Served) -> None:
    with socket.create_connection(impatient.place) as connection:
        connection.sendall(beginning)
        answer = received(connection)
    assert explained(answer) == 408


def test_drops_of_a_request_do_not_prolong_it(impatient: Served) -> None:
    with socket.create_connection(impatient.place) as connection:
        connection.sendall(b"GET /sparql HTTP/1.1\r\nHost: localhost\r\n")
        end = time.monotonic() + TIMEOUT
        with pytest.raises(OSError):
            while time.monotonic() < end:
                connection.sendall(b"X: y\r\n")
                time.sleep(0.1)


def test_who_takes_nothing_is_dropped(impatient: Served) -> None:
    request = (
        b"GET /graphs?default HTTP/1.1\r\nHost: localhost\r\nAccept: application/n-triples\r\n\r\n"
    )
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(impatient.place)
        connection.sendall(request * 8)
        time.sleep(4)
        whole = impatient.ask("/graphs?default", headers={"Accept": "application/n-triples"})
        assert len(received(connection)) < 8 * len(whole.body)


def test_idle_connections_are_closed(impatient: Served) -> None:
    with socket.create_connection(impatient.place) as connection:
        for _ in range(2):  # the second answer is given from memory
            connection.sendall(b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.2)
        assert received(connection).count(b"HTTP/1.1 200") == 2


def test_there_are_only_so_many_connections(impatient: Served) -> None:
    connections = [socket.create_connection(impatient.place) for _ in range(9)]
    answers = [received(connection) for connection in connections]
    for connection in connections:
        connection.close()
    refused = [answer for answer in answers if explained(answer) == 503]
    assert len(refused) == 4
    assert all(b"\r\nretry-after: 2\r\n" in answer.lower() for answer in refused)
    assert impatient.query("ASK {}").status == 200


@pytest.mark.parametrize(
    "request_, status",
    [
        (b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 100_000, 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000, 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"HELLO\r\n\r\n", 400),
        (b"GET http://[/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", 400),
        (b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", 413),
    ],
)  # fmt: skip
def test_broken_requests_are_refused(request_: bytes, status: int, served: Served) -> None:
    with socket.create_connection(served.place) as connection:
        connection.sendall(request_)
        answer = received(connection)
    assert explained(answer) == status
    assert served.query("ASK {}").status == 200


@pytest.mark.parametrize(
    "beginning, endless",
    [
        (b"5\r\nASK{}\r\n0\r\n", b"a:b\r\n"),
        (b"5\r\nASK{}\r\n0\r\nX: ", b"yyyy"),
        (b"5\r\nASK{}\r\n0\r\n", b"yyyy"),
        (b"5;", b"yyyy"),
    ],
)
def test_what_follows_a_body_has_an_end(beginning: bytes, endless: bytes, served: Served) -> None:
    """Trailers and extensions of chunks, which a server keeps or looks through, are bounded."""
    sent = 0
    with socket.create_connection(served.place) as connection:
        connection.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: application/sparql-query\r\n\r\n" + beginning
        )
        with pytest.raises(OSError):
            while sent < 100 << 20:
                sent += connection.send(endless * 5000)
    assert served.query("ASK {}").status == 200


def test_a_body_may_come_in_the_smallest_chunks(served: Served) -> None:
    query = b"ASK{}" + b" " * 200_000
    body = b"".join(b"1\r\n%c\r\n" % byte for byte in query) + b"0\r\nX: y\r\n\r\n"
    answer = served.raw(
        b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        b"Connection: close\r\nContent-Type: application/sparql-query\r\n\r\n" + body
    )
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_requests_in_one_piece_are_answered_in_order(served: Served) -> None:
    queries = ["ASK%7B%7D", "SELECT%20(1%20AS%20%3Fx)%20%7B%7D", "ASK%7B%7D", "ASK%7B"]
    text = "".join(f"GET /sparql?query={q} HTTP/1.1\r\nHost: localhost\r\n\r\n" for q in queries)
    for _ in range(3):  # asked, asked again, and given from memory
        last = "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        answer = served.raw((text + last).encode()).decode()
        assert re.findall(r"HTTP/1.1 (\d+)", answer) == ["200", "200", "200", "400", "404"]
        assert re.findall(r'"boolean"|"bindings"', answer) == [
            '"boolean"',
            '"bindings"',
            '"boolean"',
        ]


@pytest.mark.parametrize(
    "version, more, lasts",
    [("1.1", "", True), ("1.1", "Connection: close\r\n", False), ("1.0", "", False)],
)
def test_a_connection_lasts_as_its_client_wishes(
    version: str, more: str, lasts: bool, served: Served
) -> None:
    query = f"ASK%7B%7D%23{uuid4()}"
    request = f"GET /sparql?query={query} HTTP/{version}\r\nHost: localhost\r\n{more}\r\n".encode()
    for _ in range(3):  # asked, asked again, and given from memory
        with socket.create_connection(served.place, timeout=30) as connection:
            answer = b""
            for _ in range(2 if lasts else 1):
                connection.sendall(request)
                answer = connection.recv(65536)
                assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b'"boolean":true}')
            assert lasts or connection.recv(1) == b""
    assert (b"connection: close" in answer.lower()) is not lasts


def test_a_query_is_answered_alike_however_it_comes(served: Served) -> None:
    form = urlencode({"query": f"SELECT ?x {{ VALUES ?x {{ 1 2 }} }} # {uuid4()}"})
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    replies = [
        served.ask(f"/sparql?{form}"),
        served.ask(f"/sparql?{form}"),
        served.ask(f"/sparql/?{form}"),
        served.ask(f"/sparql?{form}", "GET", b"a body that means nothing"),
        served.ask(f"/sparql?x=y&{form}"),
        served.ask("/sparql", "POST", form.encode(), kind),
        served.ask(f"/sparql?{form}", "HEAD"),
    ]
    assert [reply.status for reply in replies] == [200] * 7
    assert {reply.body for reply in replies[:-1]} == {replies[0].body}
    for reply in replies[1:]:
        assert {**reply.headers, "date": ""} == {**replies[0].headers, "date": ""}


def test_a_fault_of_the_server_is_told() -> None:
    async def broken(_: object) -> Response:
        raise ZeroDivisionError("a secret")

    site = SimpleNamespace(pool=SimpleNamespace(version="1"))
    front = Front(cast(Any, None), cast(Any, site), broken, cast(Any, None))
    asked = front.given(b"/sparql?query=ASK%7B%7D", [(b"host", b"localhost")])
    assert isinstance(asked, Question)
    answer = asyncio.run(front.answer(asked))
    assert answer.status == 500
    assert b"fault of the server" in answer.body and b"secret" not in answer.body


def test_rubbish_after_a_query_ends_both(served: Served) -> None:
    pattern = f"?a%20?b%20?c.?d%20?e%20?f.?g%20?h%20%22{uuid4()}%22"
    target = f"/sparql?query=SELECT%20(COUNT(*)%20AS%20?n)%20%7B{pattern}%7D"
    with socket.create_connection(served.place, timeout=30) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        connection.sendall(b"\x00 rubbish\r\n\r\n")
        assert received(connection).startswith(b"HTTP/1.1 ")
    assert served.query("ASK {}").status == 200


def test_a_port_in_use_is_told(run: Run, store_directory: Path, served: Served) -> None:
    port = str(served.place[1])
    done = run("--store", store_directory, "serve", "--port", port)
    assert done.returncode == 2
    assert re.fullmatch(rf"bilat: 127\.0\.0\.1 port {port}: .*in use.*--port.*\n", done.stderr)


@pytest.mark.parametrize(
    "options, said",
    [
        (("--host", "no.such.host.invalid"), "no such address"),
        (("--host", "192.0.2.1"), "--host 192.0.2.1: this machine does not have the address"),
        (("--port", "99999"), "invalid port value"),
        (("--base-url", "ftp://example.org"), "--base-url"),
        (("--query-timeout", "0"), "invalid seconds value"),
        (("--max-rows", "0"), "invalid positive value"),
        (("--memory", "5"), "--memory is too little"),
    ],
)
def test_wrong_options_are_told(
    options: tuple[str, str], said: str, run: Run, store_directory: Path
) -> None:
    done = run("--store", store_directory, "serve", *options)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "given, said",
    [
        (answer("<html>", type="text/html"), "answers with a web page, so it is no SPARQL"),
        (answer("gone", 404, "text/plain"), "has nothing at this address; look it up"),
        (answer("who?", 401, "text/plain"), "wants to know who asks: give --header"),
        (answer('{"head": {}, "boolean": false}'), "holds nothing; `bilat push` puts a build"),
        (b"SSH-2.0-OpenSSH\r\n", "cannot be reached (SSH-2.0-OpenSSH); look at the address"),
    ],
)
def test_what_is_no_endpoint_is_told_at_the_start(given: bytes, said: str, run: Run) -> None:
    with Scripted(given) as other:
        done = run("--store", other.url, "serve", "--port", "0")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"bilat: {other.url}: {said}")


def test_an_endpoint_that_cannot_be_reached_is_told_at_the_start(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = f"http://127.0.0.1:{free.getsockname()[1]}/sparql"
    done = run("--store", place, "serve", "--port", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"bilat: {place}: cannot be reached (Connection refused); look")


@pytest.mark.parametrize("first", ["slow", "busy"])
def test_an_endpoint_that_is_slow_is_served(first: str, environment: dict[str, str]) -> None:
    """Its first answer comes too late, or is that it is busy; later ones are as they should be."""
    slow: Answer = lambda _, connection: time.sleep(3)  # noqa: E731
    begins = [slow] if first == "slow" else [answer("later", 503, "text/plain")] * 4
    true = answer('{"head": {}, "boolean": true}')
    options = ("--query-timeout", "2")
    with (
        Scripted(*begins, true) as other,
        serving("--store", other.url, environment=environment, options=options) as server,
    ):
        assert json.loads(server.query("ASK {}").body)["boolean"] is True


def test_an_endpoint_is_asked_at_the_address_that_was_given(environment: dict[str, str]) -> None:
    with Scripted(answer('{"head": {}, "boolean": true}')) as other:
        place = f"{other.url}?key=1"
        with serving("--store", place, environment=environment) as server:
            assert server.query("ASK {}").status == 200
        assert {request.path for request in other.requests} == {"/sparql?key=1"}


def test_a_missing_part_is_named(store_directory: Path, environment: dict[str, str]) -> None:
    program = "import sys; sys.modules['uvicorn'] = None\nfrom bilat.cli import main\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--store", str(store_directory), "serve", "--port", "0"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert done.returncode == 2
    assert "pip install 'bilat[server]'" in done.stderr and "Traceback" not in done.stderr


def test_the_world_is_warned_of(store_directory: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "bilat", "--store", str(store_directory), "serve"]
    options = ["--host", "0.0.0.0", "--port", "0", "--base-url", "https://data.example.org/kg/"]
    process = subprocess.Popen(
        [*command, *options],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stderr
    assert "everyone who reaches this machine" in process.stderr.readline()
    assert " is served as https://data.example.org/kg/;" in process.stdout.readline()
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(TIMEOUT) == 0


def test_a_base_address_is_that_of_all_addresses(
    store_directory: Path, environment: dict[str, str]
) -> None:
    options = ("--base-url", "https://data.example.org/kg")
    with serving("--store", store_directory, environment=environment, options=options) as server:
        assert "<https://data.example.org/kg/sparql>" in server.ask("/sparql").text
        relative = server.query("SELECT (<x> AS ?x) {}")
        assert "https://data.example.org/kg/x" in relative.text
        rows = "/sparql?format=html&query=SELECT*%7B%3Fs+a+bilat:Country%7DLIMIT+2"
        preview = "/reconcile/preview?id=id/country/KAZ"
        for path in ("/", "/doc/country/KAZ", "/sparql", rows, "/nothing", "/%zz", preview):
            page = server.ask(path, headers={"Accept": "text/html"}).text
            links = re.findall(r'(?:href|src|action)="(/[^"]*)', page)
            assert links and [link for link in links if not link.startswith("/kg/")] == []
