"""`bilat serve` as a process of its own, and requests to it as they go over the wire."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import urlencode, urlsplit

TIMEOUT = 60


class Reply(NamedTuple):
    """What came back; names of headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def kind(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0]


class Served(NamedTuple):
    """A server that runs: its address and its process."""

    address: str
    process: subprocess.Popen[str]

    @property
    def place(self) -> tuple[str, int]:
        """Where it listens."""
        parts = urlsplit(self.address)
        assert parts.hostname and parts.port
        return parts.hostname, parts.port

    def ask(
        self,
        target: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
    ) -> Reply:
        """The answer to one request."""
        connection = http.client.HTTPConnection(*self.place, timeout=TIMEOUT)
        try:
            named = "Host" in headers
            connection.putrequest(method, target, skip_host=named, skip_accept_encoding=True)
            length = {} if body is None else {"Content-Length": str(len(body))}
            for name, value in {**length, **headers}.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, found, answer.read())
        finally:
            connection.close()

    def query(self, sparql: str, accept: str = "", **more: str) -> Reply:
        """The answer to a query by GET."""
        headers = {"Accept": accept} if accept else {}
        return self.ask("/sparql?" + urlencode({"query": sparql, **more}), headers=headers)

    def raw(self, data: bytes) -> bytes:
        """All that comes back on a connection that sends these bytes."""
        with socket.create_connection(self.place, timeout=TIMEOUT) as connection:
            connection.sendall(data)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def processes(self) -> list[int]:
        """The processes that answer: all of the group of their parent."""
        parents = children(self.process.pid)
        return [pid for parent in parents for pid in children(parent)]


def children(pid: int) -> list[int]:
    """The processes that a process made and that run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(path.parent.name))
    return sorted(found)


@contextmanager
def serving(
    *arguments: str | Path,
    environment: Mapping[str, str],
    options: tuple[str, ...] = (),
    program: tuple[str, ...] = (sys.executable, "-m", "bilat"),
    errors: IO[str] | None = None,
) -> Iterator[Served]:
    """A server on a free port, with arguments before ``serve`` and options after it.

    ``errors`` gets what it writes to standard error.
    """
    command = [*program, *map(str, arguments), "serve", "--port", "0"]
    process = subprocess.Popen(
        [*command, *options],
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        found = re.match(r"(http://\S+)/ is served", line)
        assert found, f"bilat serve said {line!r}"
        yield Served(found[1], process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(TIMEOUT)
        finally:
            process.kill()
            process.wait()
