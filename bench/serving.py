"""How `bilat serve` bears load, beside other servers on the same data: ``python bench/serving.py``.

It asks servers on loopback that it starts and ends itself, for a bounded time. The shipped
questions and small queries go to each alone; then good and hostile queries go to each together.
rdflib-endpoint is measured where ``--rdflib-endpoint`` names its program.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import bilat
from bilat.namespaces import sparql_prologue
from bilat.questions import Question

PREFIXES = sparql_prologue()

#: Each has a number in it, so that no two that are asked are the same.
SMALL = (
    "SELECT * {{ ?award a bilat:Award . FILTER(?award != <http://example.org/{}>) }}",
    "ASK {{ ?agreement a bilat:Instrument . FILTER(?agreement != <http://example.org/{}>) }}",
    "SELECT * {{ ?agreement a bilat:Instrument ; rdfs:label ?label . "
    "FILTER(?agreement != <http://example.org/{}>) }} LIMIT 5",
)
HOSTILE = (
    "SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?a != <http://x/{}>) }}",
    "SELECT * {{ ?s (!<http://example.org/{}>)* ?o }}",
    "SELECT * {{ ?s ?p ?o . ?x ?y ?z . FILTER(REGEX(CONCAT(STR(?o), STR(?z)), '(a|aa|{})+$')) }}",
    "SELECT DISTINCT ?a ?d ?g {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?g != <http://x/{}>) }} "
    "ORDER BY ?c ?f",
    "SELECT * {{ VALUES ?a {{ " + " ".join(map(str, range(3000))) + " }} "
    "VALUES ?b {{ " + " ".join(map(str, range(3000))) + " }} FILTER(?a * ?b = -{}) }}",
)

NUMBERS = count()

Ask = Callable[[random.Random], str]


class Server(NamedTuple):
    """A program that answers queries: what it is called, how it is started, where it is asked."""

    name: str
    command: list[str]
    path: str


class Result(NamedTuple):
    """What came of the requests of one kind: statuses, and seconds of each in order."""

    statuses: Counter[str]
    seconds: list[float]

    def text(self, during: float) -> str:
        """Requests per second, p50, p99 and what was not answered, as cells of a table."""
        if not self.seconds:
            return "| – | – | – | – "
        failed = {status: n for status, n in sorted(self.statuses.items()) if status != "200"}
        p50, p99 = (self.seconds[int(len(self.seconds) * part)] * 1000 for part in (0.5, 0.99))
        told = ", ".join(f"{n} × {status}" for status, n in failed.items()) or "none"
        return f"| {len(self.seconds) / during:,.0f} | {p50:.1f} | {p99:.1f} | {told} "


def main() -> None:
    """Measure and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of own data, as `bilat --data` has it")
    parser.add_argument("--seconds", type=float, default=5, help="for each question")
    parser.add_argument("--load", type=float, default=60, help="seconds of the mixed load")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--hostile", type=int, default=16, help="of these connections")
    parser.add_argument("--rdflib-endpoint", metavar="PROGRAM")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        servers = prepared(Path(folder), options.data, options.rdflib_endpoint)
        alone(servers, options.seconds)
        together(servers, options.load, options.connections, options.hostile)


def prepared(folder: Path, data: str | None, rdflib_endpoint: str | None) -> list[Server]:
    """A store, and the servers that serve it."""
    store, places = folder / "store", ["--data", data] if data else []
    program = [sys.executable, "-m", "bilat", "--store", str(store), *places]
    subprocess.run([*program, "build"], check=True)
    built = next(path for path in store.glob("store-*") if path.is_dir())
    found = [Server("bilat serve", [*program, "serve", "--port", "{}"], "/sparql")]
    if oxigraph := shutil.which("oxigraph", path=os.path.dirname(sys.executable)):
        command = [oxigraph, "serve-read-only", "--location", str(built), "--bind", "127.0.0.1:{}"]
        found.append(Server("oxigraph serve-read-only", command, "/query"))
    if rdflib_endpoint:
        dump = folder / "graph.nt"
        dump.write_bytes(bilat.open(store).export("ntriples"))
        command = [rdflib_endpoint, "serve", "--host", "127.0.0.1", "--port", "{}", str(dump)]
        found.append(Server("rdflib-endpoint", command, "/"))
    return found


def alone(servers: list[Server], seconds: float) -> None:
    """Each question over and over from 16 connections, then small queries that all differ."""
    asks: dict[str, Ask] = {name: said(question.text) for name, question in questions().items()}
    asks["small, all different"] = small
    print(f"\n| asked | server | requests/s | p50 ms | p99 ms | not answered |\n{'|---' * 6}|")
    for server in servers:
        with running(server) as port:
            for name, ask in asks.items():
                (result,) = load(port, server.path, seconds, [(ask, 16)])
                print(f"| {name} | {server.name} {result.text(seconds)}|", flush=True)


def together(servers: list[Server], seconds: float, connections: int, hostile: int) -> None:
    """Good and hostile queries together."""
    texts = [question.text for question in questions().values()]

    def good(chance: random.Random) -> str:
        return chance.choice(texts) if chance.random() < 0.3 else small(chance)

    print(
        f"\n| connections | server | requests/s | p50 ms | p99 ms | not answered |\n{'|---' * 6}|"
    )
    for server in servers:
        with running(server) as port:
            kinds = [(good, connections - hostile), (bad, hostile)]
            results = load(port, server.path, seconds, kinds)
            for name, (_, number), result in zip(("good", "hostile"), kinds, results, strict=True):
                print(f"| {number} {name} | {server.name} {result.text(seconds)}|", flush=True)


def questions() -> dict[str, Question]:
    """The shipped questions."""
    return bilat.open().questions()


def said(text: str) -> Ask:
    """The same query each time."""
    return lambda _: text


def small(chance: random.Random) -> str:
    """A small query that was not asked before."""
    return PREFIXES + chance.choice(SMALL).format(next(NUMBERS))


def bad(chance: random.Random) -> str:
    """A query that would take for ever, and was not asked before."""
    return chance.choice(HOSTILE).format(next(NUMBERS))


@contextmanager
def running(server: Server) -> Iterator[int]:
    """The server on a free port; gives the port when it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [part.format(port) for part in server.command]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        process.wait()


def load(port: int, path: str, seconds: float, kinds: list[tuple[Ask, int]]) -> list[Result]:
    """What comes of so many connections of each kind asking for so many seconds."""

    async def run() -> list[Result]:
        results = [Result(Counter(), []) for _ in kinds]
        end = time.monotonic() + seconds
        async with asyncio.timeout(seconds + 90):
            await asyncio.gather(
                *(
                    client(port, path, end, ask, random.Random(number), result)
                    for (ask, connections), result in zip(kinds, results, strict=True)
                    for number in range(connections)
                )
            )
        for result in results:
            result.seconds.sort()
        return results

    return asyncio.run(run())


async def client(
    port: int, path: str, end: float, ask: Ask, chance: random.Random, result: Result
) -> None:
    """One connection, made anew where the server closes it."""
    stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    while time.monotonic() < end:
        started = time.perf_counter()
        try:
            stream = stream or await asyncio.open_connection("127.0.0.1", port)
            async with asyncio.timeout(60):
                status, stays = await request(*stream, path, ask(chance))
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            status, stays = type(error).__name__, False
            await asyncio.sleep(0.05)
        if stream and not stays:
            stream[1].close()
            stream = None
        result.statuses[status] += 1
        result.seconds.append(time.perf_counter() - started)


async def request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, query: str
) -> tuple[str, bool]:
    """Ask once; gives the status, and whether the connection stays."""
    target = f"{path}?{urlencode({'query': query})}"
    head = f"GET {target} HTTP/1.1" if len(target) < 8000 else f"POST {path} HTTP/1.1"
    body = b"" if head.startswith("GET") else urlencode({"query": query}).encode()
    lines = [head, "Host: localhost", "Accept: application/sparql-results+json"]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    fields = dict(line.split(": ", 1) for line in answer.split("\r\n")[1:] if ": " in line)
    if "content-length" in fields:
        await reader.readexactly(int(fields["content-length"]))
    elif "chunked" in fields.get("transfer-encoding", ""):
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    return answer.split()[1], fields.get("connection") != "close"


if __name__ == "__main__":
    main()
