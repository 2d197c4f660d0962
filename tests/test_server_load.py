"""Clients that mean harm, and processes that end, hurt nobody who asks for what there is."""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox
import pytest

import hostile
from serving import Served, serving
from test_server_workers import eventually, linux, ticks

#: What each process may use, in MiB, and how many there are.
MEMORY, WORKERS = 300, 8

ASKED = {
    "names": "SELECT ?name { country:KAZ rdfs:label ?name } ORDER BY ?name",
    "awards": "SELECT * { ?award a bilat:Award ; bilat:conferredBy ?who } ORDER BY ?award ?who",
    "truth": "ASK { country:KAZ a bilat:Country }",
}

DOUBLED = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(40))

#: What takes too much: time, memory or rows, or others wait.
TOO_MUCH = {422, 503, 504}

#: Queries that nobody should get an answer to, and what is said instead.
HOSTILE = {
    **{kind: (text, TOO_MUCH) for kind, text in hostile.queries().items()},
    "doubled text": (f'SELECT ?x40 {{ BIND("ab" AS ?x0) {DOUBLED} }}', TOO_MUCH),
    "joined text": ("SELECT (GROUP_CONCAT(STR(?c)) AS ?x) { ?a ?b ?c . ?d ?e ?f }", TOO_MUCH),
    "depth": ("ASK " + "{" * 5000 + "}" * 5000, {400, 503}),
    "length": (f"ASK {{ FILTER('{'x' * 300_000}' = '') }}", {413}),
    "larger body": ("#" + "x" * 3_000_000, {413}),
}


@pytest.fixture(scope="module")
def strict(store_directory: Path, environment: dict[str, str]) -> Iterator[Served]:
    """A server with narrow limits."""
    options = ("--query-timeout", "1", "--memory", str(MEMORY), "--workers", str(WORKERS))
    with serving("--store", store_directory, environment=environment, options=options) as server:
        yield server


class Clients:
    """Some who ask for what there is, until they are told to end, and what went wrong."""

    def __init__(self, served: Served, count: int) -> None:
        self.served, self.failures = served, list[str]()
        self.answered = 0
        self.done = threading.Event()
        self.expected = {name: served.query(text).body for name, text in ASKED.items()}
        self._pool = ThreadPoolExecutor(count)
        self._running = [self._pool.submit(self._ask, number) for number in range(count)]

    def _ask(self, number: int) -> None:
        while not self.done.is_set():
            number += 1000
            for name, text in ASKED.items():
                reply = self.served.query(f"{text} #{number}")
                self.answered += 1
                if reply.status != 200 or reply.body != self.expected[name]:
                    self.failures.append(f"{name}: {reply.status}: {reply.text[:200]}")

    def end(self) -> None:
        """Have them end; raises what went wrong with their connections."""
        self.done.set()
        for each in self._running:
            each.result()
        self._pool.shutdown()


def private(pid: int) -> int:
    """Bytes that a process has for itself."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next(
        (int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("RssAnon")),
        0,
    )


@linux
def test_a_hostile_mix_fails_nobody_else(strict: Served) -> None:
    clients = Clients(strict, 6)
    came = defaultdict[str, set[int]](set)
    largest = [0]

    def attack(number: int) -> None:
        for kind, (text, _) in random.Random(number).sample(sorted(HOSTILE.items()), len(HOSTILE)):
            body = f"{text}\n# {chr(97 + number)}".encode()
            headers = {"Content-Type": "application/sparql-query"}
            came[kind].add(strict.ask("/sparql", "POST", body, headers).status)

    def watch() -> None:
        while not clients.done.wait(0.05):
            largest[0] = max(largest[0], *map(private, strict.processes()), 0)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(4) as attackers:
            for each in [attackers.submit(attack, number) for number in range(4)]:
                each.result()
    finally:
        clients.end()
        watcher.join()
    assert not clients.failures and clients.answered
    for kind, (_, fine) in HOSTILE.items():
        assert came[kind] and came[kind] <= fine, kind
    assert 0 < largest[0] <= MEMORY << 20
    eventually(lambda: len(strict.processes()) == WORKERS)
    assert strict.query(ASKED["truth"] + " # afterwards").body == clients.expected["truth"]


@linux
def test_workers_killed_under_load_fail_no_request(strict: Served) -> None:
    eventually(lambda: len(strict.processes()) == WORKERS)
    clients = Clients(strict, 4)
    try:
        for number in range(12):
            time.sleep(0.1)
            processes = strict.processes()
            os.kill(processes[number % len(processes)], signal.SIGKILL)
    finally:
        clients.end()
    assert not clients.failures and clients.answered
    eventually(lambda: len(strict.processes()) == WORKERS)


@linux
def test_queries_end_of_all_clients_that_leave(
    store_directory: Path, environment: dict[str, str]
) -> None:
    options = ("--query-timeout", "600", "--workers", str(WORKERS))
    with serving("--store", store_directory, environment=environment, options=options) as server:
        texts = [text for text in hostile.queries().values() if len(text) < 1000]
        connections = []
        for number in range(24):
            body = f"{texts[number % len(texts)]} # {chr(97 + number)}".encode()
            connection = socket.create_connection(server.place)
            head = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
            asked = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
            # some send the next request before the first is answered
            connection.sendall(asked + number % 2 * b"GET /sparql HTTP/1.1\r\nHost: x\r\n\r\n")
            connections.append(connection)
        eventually(lambda: _at_work(server))
        for connection in connections:
            connection.close()
        eventually(lambda: not _at_work(server))
        eventually(lambda: len(server.processes()) == WORKERS)
        assert server.query(ASKED["truth"]).status == 200


def _at_work(served: Served) -> bool:
    """Whether a process that answers has the processor."""
    before = {pid: ticks(pid) for pid in served.processes()}
    time.sleep(0.5)
    return any(ticks(pid) > before.get(pid, 0) + 2 for pid in served.processes() if pid in before)


def test_hostile_queries_are_queries() -> None:
    for text in hostile.queries(3).values():
        ox.Store().query(text)
