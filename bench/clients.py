"""Clients that `serve.py` has ask a server, each a process of its own, over sockets.

    python bench/clients.py mix FILE SECONDS GOOD HOSTILE
    python bench/clients.py overhead STORE HOST PORT

The first has so many connections ask what a server is for, and so many what hurts it, and says what
came of both; the second asks a small query in this process and over HTTP in turn.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import random
import statistics
import string
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple
from urllib.parse import quote

#: Seconds that a client waits for an answer.
PATIENCE = 30.0

#: Stands in a request where each has other letters, so that nothing that was kept answers it.
MARK = "xyzzyxyz"


class Request(NamedTuple):
    """What is sent: its kind, its bytes, and how many bytes a whole answer to it has."""

    kind: str
    data: bytes
    size: int | None = None


class Connection:
    """A client with one connection, made anew where the server closes it."""

    def __init__(self, host: str, port: int) -> None:
        self._place = host, port
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, data: bytes) -> tuple[str, int]:
        """What came of a request: its status or what went wrong, and the bytes of the answer."""
        status = ""
        try:
            async with asyncio.timeout(PATIENCE):
                if self._writer is None:
                    self._reader, self._writer = await asyncio.open_connection(*self._place)
                self._writer.write(data)
                head = await self._reader.readuntil(b"\r\n\r\n")
                status = head[9:12].decode()
                size, lasts = await self._rest(head.lower())
        except TimeoutError:
            self.close()
            return f"{status} not ended".strip(), 0
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            return f"{status}, cut" if status else "no answer", 0
        if not lasts:
            self.close()
        return status, size

    async def _rest(self, head: bytes) -> tuple[int, bool]:
        lasts = b"\r\nconnection: close" not in head
        if b"\r\ntransfer-encoding: chunked" not in head:
            length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0] or b"0")
            left = length
            while left:
                part = await self._reader.read(min(left, 1 << 20))
                if not part:
                    raise asyncio.IncompleteReadError(part, left)
                left -= len(part)
            return length, lasts
        size = 0
        while length := int(await self._reader.readuntil(b"\r\n"), 16):
            size += len(await self._reader.readexactly(length + 2)) - 2
        await self._reader.readuntil(b"\r\n")
        return size, lasts

    def close(self) -> None:
        """Leave."""
        if self._writer:
            self._writer.transport.abort()
            self._writer = None


def get(kind: str, target: str, accept: str) -> Request:
    """A request for an address."""
    return Request(kind, f"GET {target} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n\r\n".encode())


def post(kind: str, path: str, query: str) -> Request:
    """A query as the body of a request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nAccept: application/sparql-results+json\r\n"
        f"Content-Type: application/sparql-query\r\nContent-Length: {len(query.encode())}\r\n\r\n"
    )
    return Request(kind, (head + query).encode())


class Mix:
    """Requests of both sorts at the same time, and what came of them."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.place: tuple[str, int] = told["host"], told["port"]
        self.good = [get(*each) for each in told["good"]]
        self.hostile = [post(kind, told["path"], text) for kind, text in told["hostile"].items()]
        self.took: dict[str, list[float]] = defaultdict(list)
        self.failed: Counter[str] = Counter()
        self.came: dict[str, Counter[str]] = defaultdict(Counter)
        self.random = random.Random(1)

    async def run(self, seconds: float, good: int, hostile: int) -> dict[str, Any]:
        """Ask for so long, over so many connections; what was asked by then is awaited."""
        left_out = await self._learn()
        self.end = perf_counter() + seconds
        attackers = [asyncio.create_task(self._attack()) for _ in range(hostile)]
        await asyncio.gather(*(self._ask() for _ in range(good)))
        for attacker in attackers:
            attacker.cancel()
        every = [each for kind in self.took.values() for each in kind]
        kinds = {kind: figures(each, seconds) for kind, each in sorted(self.took.items())}
        return {
            "good": figures(every, seconds) if every else None,
            "kinds": kinds,
            "failed": dict(self.failed),
            "hostile": {kind: dict(came) for kind, came in sorted(self.came.items())},
            "left_out": left_out,
        }

    async def _learn(self) -> list[str]:
        """See how large each answer is; those are left out that cannot be had in peace either."""
        connection, known, left_out = Connection(*self.place), [], []
        for request in self.good:
            status, size = await connection.ask(self._marked(request.data))
            if status == "200":
                known.append(request._replace(size=size))
            else:
                left_out.append(f"{request.kind}: {status}: {request.data[:200]!r}")
        connection.close()
        self.good = known
        return left_out

    def _marked(self, data: bytes) -> bytes:
        letters = "".join(self.random.choices(string.ascii_lowercase, k=len(MARK)))
        return data.replace(MARK.encode(), letters.encode())

    async def _ask(self) -> None:
        connection = Connection(*self.place)
        while perf_counter() < self.end and self.good:
            request = self.random.choice(self.good)
            started = perf_counter()
            status, size = await connection.ask(self._marked(request.data))
            took = perf_counter() - started
            if status == "200" and size == request.size:
                self.took[request.kind].append(took)
            else:
                self.failed[status if status != "200" else "200, another answer"] += 1
                await asyncio.sleep(0.1)  # where nobody listens any more
        connection.close()

    async def _attack(self) -> None:
        connection = Connection(*self.place)
        while True:
            request = self.random.choice(self.hostile)
            status, _ = await connection.ask(self._marked(request.data))
            self.came[request.kind][status] += 1
            await asyncio.sleep(0.1)


def figures(seconds: list[float], during: float) -> dict[str, float]:
    """Answers a second, and milliseconds that they took."""
    ordered = sorted(seconds)
    return {
        "answers": len(ordered),
        "rate": len(ordered) / during,
        "p50": 1000 * ordered[len(ordered) // 2],
        "p99": 1000 * ordered[int(len(ordered) * 0.99)],
        "worst": 1000 * ordered[-1],
    }


def mix(file: str, seconds: str, good: str, hostile: str) -> None:
    """Ask what the file says."""
    told = json.loads(Path(file).read_text(encoding="utf-8"))
    found = asyncio.run(Mix(told).run(float(seconds), int(good), int(hostile)))
    print(json.dumps(found))


def overhead(store: str, host: str, port: str) -> None:
    """Ask the same small query, other each time, in this process and over one connection."""
    from bilat.server.sparql import query
    from bilat.server.worker import Settings, held_in_memory, opened

    settings = Settings(store)
    kg = (held_in_memory(settings) or opened(settings)).kg
    text = "SELECT ?p ?o { country:KAZ ?p ?o } # "
    inside, outside = [], []
    with closing(http.client.HTTPConnection(host, int(port))) as connection:
        for number in range(1000):
            started = perf_counter()
            query(kg, f"{text}{number}")
            between = perf_counter()
            connection.request("GET", f"/sparql?query={quote(f'{text}{number}', safe='')}")
            connection.getresponse().read()
            outside.append(perf_counter() - between)
            inside.append(between - started)
    milliseconds = {
        "inside": 1000 * statistics.median(inside),
        "outside": 1000 * statistics.median(outside),
        "outside_p99": 1000 * sorted(outside)[990],
    }
    print(json.dumps(milliseconds))


if __name__ == "__main__":
    clients: dict[str, Callable[..., None]] = {"mix": mix, "overhead": overhead}
    clients[sys.argv[1]](*sys.argv[2:])
