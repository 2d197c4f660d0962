"""Servers on loopback: a real Oxigraph, one that answers as it is told to, and one in between."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

JSON = "application/sparql-results+json"
TRIPLES = "application/n-triples"

ONE_ROW = json.dumps(
    {
        "head": {"vars": ["it"]},
        "results": {"bindings": [{"it": {"type": "uri", "value": "http://example.org/one"}}]},
    }
)


@contextmanager
def oxigraph(*options: str) -> Iterator[str]:
    """A server of its own, empty and in memory; gives where it answers queries."""
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent))
    assert program, "the package oxigraph, of the extra dev, is not installed"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    place = f"127.0.0.1:{port}"
    process = subprocess.Popen(
        [program, "serve", "--bind", place, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _listens(port):
            assert process.poll() is None, "oxigraph serve ended at once"
            time.sleep(0.01)
        yield f"http://{place}/query"
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Request(NamedTuple):
    """What came in; names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answer = bytes | Callable[[Request, socket.socket], None]


def answer(
    body: str | bytes = ONE_ROW, status: int = 200, type: str = JSON, extra: str = ""
) -> bytes:
    """The bytes of an HTTP answer; ``extra`` holds further lines of its head."""
    content = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 {status} Fine\r\nContent-Type: {type}\r\nContent-Length: {len(content)}\r\n"
    return (head + extra + "\r\n").encode() + content


class Scripted:
    """Gives one answer after another, the last one again and again, and keeps the requests."""

    def __init__(self, *answers: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self._answers, self._tls = list(answers), tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://localhost:{self.port}/sparql"
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                if (request := _read(connection)) is None:
                    return
                self.requests.append(request)
                wanted = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                if isinstance(wanted, bytes):
                    connection.sendall(wanted)
                else:
                    wanted(request, connection)
                connection.shutdown(socket.SHUT_WR)


def _read(connection: socket.socket) -> Request | None:
    stream = connection.makefile("rb")
    words = stream.readline().decode().split()
    if not words:
        return None
    headers: dict[str, str] = {}
    while line := stream.readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return Request(words[0], words[1], headers, body)


def passing_on(
    url: str, before: Callable[[Request], None], after: Callable[[Request], None]
) -> Answer:
    """An answer that is another server's, with something done before and after asking it."""
    host, path = url.removeprefix("http://").split("/", 1)

    def act(request: Request, connection: socket.socket) -> None:
        before(request)
        other = http.client.HTTPConnection(host)
        target = request.path.replace("/sparql", f"/{path}", 1)
        other.request(request.method, target, request.body, dict(request.headers))
        got = other.getresponse()
        content = got.read()
        other.close()
        after(request)
        type = got.headers.get("Content-Type", TRIPLES)
        connection.sendall(answer(content, got.status, type, "Connection: close\r\n"))

    return act
