"""Measure `bilat serve` against the oxigraph server and rdflib-endpoint, on the same data.

    python bench/serve.py [--sizes shipped,1M] [--only small,questions,hostile,overhead]

Each server is a process of its own, and so is each client. Results go to ``out/bench-serve.json``
and, as tables, into the section of BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pyoxigraph as ox

import bilat
import hostile
from clients import MARK
from large import Process, free_port, listens, process_memory, say, triples

ROOT = Path(__file__).parents[1]
BENCH = Path(__file__).parent
OUT = ROOT / "out" / "serve"
RESULTS = ROOT / "out" / "bench-serve.json"

#: Connections of a client that measures answers a second, and seconds that it asks.
CONNECTIONS, SMALL_SECONDS, QUESTION_SECONDS = 8, 3, 1

#: Connections of the hostile mix, how many of them are hostile, and seconds.
ALL_CONNECTIONS, HOSTILE, MIX_SECONDS = 64, 16, 60

#: Seconds that a query may take, where the server can be told, and bytes that the processes of the
#: peers may have each, so that the machine goes on.
TIMEOUT, MEMORY = 15, 4 << 30

#: Seconds after which an answer is not waited for; a server may take so long to start.
PATIENCE, START = 20, 900

JSON = "application/sparql-results+json"

#: The oxigraph server as it has to be started to end queries.
WITH_LIMIT = f"oxigraph --timeout-s {TIMEOUT}"

#: The hostile kind that ends a server at once, and what is noted of one that has ended.
UNIONS, ENDED = "thousands of UNIONs", "it had ended"

Result = dict[str, Any]

SMALL = {
    "ASK": "ASK { country:KAZ a bilat:Country }",
    "all about one": "SELECT ?p ?o { country:KAZ ?p ?o }",
    "names": 'SELECT ?name { country:KAZ rdfs:label ?name FILTER(LANG(?name) = "en") }',
    "ten of a kind": "SELECT ?it ?name { ?it a bilat:Instrument ; rdfs:label ?name } LIMIT 10",
    "two steps": "SELECT DISTINCT ?body { ?party bilat:onBehalfOf country:KAZ ; "
    "bilat:partyInstitution ?body } LIMIT 20",
}


@dataclass
class Server:
    """A server that runs, and what it and all that it started take."""

    name: str
    host: str
    port: int
    path: str
    process: Process
    peak: int = 0
    started_mb: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    @property
    def pid(self) -> int:
        """Its first process."""
        return self.process.process.pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.process.process.poll() is None

    def target(self, query: str) -> str:
        """The address of a query."""
        return f"{self.path}?query={quote(query, safe='')}"

    def ask(self, target: str, accept: str = JSON) -> tuple[int, bytes, float]:
        """Status, answer and seconds of one request; status 0 where there is none in time."""
        started = time.perf_counter()
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        try:
            connection.request("GET", target, headers={"Accept": accept})
            answer = connection.getresponse()
            return answer.status, answer.read(), time.perf_counter() - started
        except (OSError, http.client.HTTPException):
            return 0, b"", time.perf_counter() - started
        finally:
            connection.close()

    def recovers(self) -> bool:
        """Wait until it answers again after a question that it did not answer in time."""
        return any(self.ask(self.target("ASK {}"))[0] == 200 for _ in range(10) if self.runs)

    def megabytes(self) -> int:
        """What it takes now."""
        return sum(map(process_memory, family(self.pid))) // 1_000_000

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            self.peak = max(self.peak, self.megabytes())

    def end(self) -> None:
        """End it and all of its processes."""
        self._ended.set()
        for pid in reversed(family(self.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        self.process.process.wait(30)


def family(pid: int) -> list[int]:
    """A process, those that it started, those that they did, and so on."""
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError, IndexError, ValueError):
                stat = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(stat[1]), []).append(int(entry))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


# ---- one size


class Size:
    """Everything measured on one size of data, and its files."""

    def __init__(self, name: str, results: dict[str, Result]) -> None:
        self.name = name
        self.results = results.setdefault(name, {})
        self.folder = OUT / name
        self.store = self.folder / "store"
        self.quads = self.folder / "named.nq"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BILAT_")},
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT / "src"),
        }

    def ready(self) -> None:
        """Build the store, and write its named graphs for who reads files."""
        self.folder.mkdir(parents=True, exist_ok=True)
        of = ["--store", str(self.store)]
        if self.name != "shipped":
            data = ROOT / "out" / "large" / self.name / "data"
            if not data.exists():
                generate = [sys.executable, BENCH / "generate.py", triples(self.name), "-o", data]
                subprocess.run([*map(str, generate)], check=True, env=self.environment)
            of += ["--data", str(data)]
        self.arguments = of
        build = [sys.executable, "-m", "bilat", *of, "build"]
        subprocess.run(build, check=True, env=self.environment, stdout=subprocess.DEVNULL)
        self.kg = bilat.open(self.store)
        count = self.kg.store.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0].n
        self.results["triples"] = count
        with open(self.quads, "wb") as out:
            named = (q for q in self.kg.store.quads() if isinstance(q.graph_name, ox.NamedNode))
            ox.serialize(named, out, ox.RdfFormat.N_QUADS)
        self.questions = {name: q.text for name, q in self.kg.questions().items()}

    def commands(self, port: int) -> dict[str, tuple[list[object], str]]:
        """How each server is started, and where it answers queries."""
        python, scripts = sys.executable, Path(sys.executable).parent
        limited = ["prlimit", f"--data={MEMORY}", "--"]
        own = [python, "-m", "bilat", *self.arguments, "serve", "--port", port]
        folder = self.kg.store.folder
        oxigraph = [scripts / "oxigraph", "serve-read-only", "--location", folder]
        oxigraph += ["--bind", f"127.0.0.1:{port}"]
        rdflib = [scripts / "rdflib-endpoint", "serve", "--host", "127.0.0.1", "--port", port]
        return {
            "bilat": ([*own, "--query-timeout", TIMEOUT], "/sparql"),
            "oxigraph": ([*limited, *oxigraph], "/query"),
            # which keeps a thread of each query for so long, so it is not what rates are of
            WITH_LIMIT: ([*limited, *oxigraph, "--timeout-s", TIMEOUT], "/query"),
            "rdflib-endpoint": ([*limited, *rdflib, self.quads], "/"),
        }

    @contextmanager
    def server(self, name: str) -> Iterator[Server]:
        """A server that answers."""
        port = free_port()
        command, path = self.commands(port)[name]
        process = Process([*map(str, command)], self.environment, subprocess.DEVNULL)
        server = Server(name, "127.0.0.1", port, path, process)
        try:
            listens(f"127.0.0.1:{port}", START)
            status, _, _ = server.ask(server.target("ASK {}"))
            assert status == 200, f"{name} answers {status}"
            time.sleep(3)  # until all of its processes are there
            server.started_mb = server.megabytes()
            yield server
        finally:
            server.end()

    def measure(self, parts: list[str]) -> None:
        """Measure parts, with one server after the other."""
        for name in ("bilat", "oxigraph", "rdflib-endpoint"):
            of = self.results.setdefault(name, {})
            for part in parts:
                if part == "hostile" or (name, part) in self.left_out():
                    continue
                with self.server(name) as server:
                    say(f"{self.name} {name} {part}")
                    PARTS[part](self, server, of)
                    of.setdefault("memory", {})[part] = [server.started_mb, server.peak]
                self.note()
        if "hostile" in parts:
            self.hostile()

    def left_out(self) -> set[tuple[str, str]]:
        """What is not measured: only bilat's overhead is, and rdflib is too slow for large data."""
        found = {("oxigraph", "overhead"), ("rdflib-endpoint", "overhead")}
        return found if self.name == "shipped" else {*found, ("rdflib-endpoint", "questions")}

    def note(self) -> None:
        """Keep what there is."""
        known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        RESULTS.write_text(json.dumps({**known, self.name: self.results}, indent=1), "utf-8")

    # ---- parts

    def small(self, server: Server, of: Result) -> None:
        """Small queries, each by itself: cold, then warm."""
        of["small"] = {}
        for name, query in SMALL.items():
            text = with_prefixes(query)
            of["small"][name] = {
                how: self.rate(server, [text], how, SMALL_SECONDS) for how in ("cold", "warm")
            }

    def ask_questions(self, server: Server, of: Result) -> None:
        """The shipped questions: each by itself, and all in turn."""
        of["questions"] = {}
        for name, text in self.questions.items():
            status, body, took = server.ask(server.target(text))
            found: Result = {"rows": rows(body) if status == 200 else None, "first": took}
            if status == 200 and took < QUESTION_SECONDS / 2:
                found["cold"] = self.rate(server, [text], "cold", QUESTION_SECONDS)
                if server.name == "bilat":  # the others keep no answers
                    found["warm"] = self.rate(server, [text], "warm", QUESTION_SECONDS)
            elif status == 200:  # one after the other, as far as can be told from one
                found["cold"] = {"rate": 1 / took, "p50": 1000 * took, "p99": None}
            of["questions"][name] = found
            if not status and not server.recovers():
                return
        slow = [each for each in of["questions"].values() if each["first"] > QUESTION_SECONDS]
        if not slow:
            texts = list(self.questions.values())
            for how in ("cold", "warm"):
                of[f"all {how}"] = self.rate(server, texts, how, 2 * SMALL_SECONDS)

    def rate(self, server: Server, queries: list[str], how: str, seconds: float) -> Result | None:
        """What wrk finds; None where nothing was answered."""
        targets = self.folder / "targets"
        targets.write_text("".join(server.target(query) + "\n" for query in queries))
        first = str(random.randrange(10**9, 10**10))
        lasting = max(1, round(seconds))
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{lasting}s", "--timeout", "30s"]
        command += ["-H", f"Accept: {JSON}", "-s", str(BENCH / "ask.lua")]
        command += [f"http://{server.host}:{server.port}", "--", str(targets), how, first]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        line = next(line for line in done.stdout.splitlines() if line.startswith("{"))
        found: Result = json.loads(line.replace("nan", "null"))
        if not found["answers"]:
            return None
        return {**found, "rate": found["answers"] / found["seconds"]}

    def overhead(self, server: Server, of: Result) -> None:
        """A small query over HTTP and in process."""
        of["overhead"] = self.client(["overhead", self.store, server.host, server.port], 120)

    def client(self, arguments: list[object], seconds: float) -> Any:
        """What a client of clients.py says."""
        command = [sys.executable, BENCH / "clients.py", *arguments]
        done = subprocess.run(
            [*map(str, command)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,
        )
        return json.loads(done.stdout)

    def hostile(self) -> None:
        """Good and hostile requests at the same time, and the good ones alone before that."""
        for name in ("bilat", "oxigraph", WITH_LIMIT, "rdflib-endpoint"):
            of = self.results.setdefault(name, {})
            self.mix(name, of, "alone", 10, {})
            kinds = hostile.queries()
            self.mix(name, of, "mix", MIX_SECONDS, kinds)
            if of["mix"]["after"] == ENDED:  # once more without what ends it
                del kinds[UNIONS]
                self.mix(name, of, f"mix without {UNIONS}", MIX_SECONDS, kinds)

    def mix(self, name: str, of: Result, part: str, seconds: int, bad: dict[str, str]) -> None:
        """Good requests beside those of some hostile kinds."""
        with self.server(name) as server:
            say(f"{self.name} {name} {part}")
            file = self.folder / "mix.json"
            file.write_text(json.dumps(self.told(server, bad)), encoding="utf-8")
            counts = [ALL_CONNECTIONS - HOSTILE, HOSTILE if bad else 0]
            found = self.client(["mix", file, seconds, *counts], 10 * MIX_SECONDS)
            status, _, _ = server.ask(server.target("ASK {}"))
            found["after"] = status if server.runs else ENDED
            found["mb"] = [server.started_mb, server.peak]
            of[part] = found
            self.note()

    def told(self, server: Server, kinds: dict[str, str]) -> Result:
        """What the client of a mix is told."""
        texts = [with_prefixes(query) for query in SMALL.values()]
        good = [("SPARQL", server.target(f"{text}\n#{MARK}"), JSON) for text in texts]
        texts = [text for name, text in self.questions.items() if self.is_quick(name)]
        good += [("question", server.target(f"{text}\n#{MARK}"), JSON) for text in texts]
        if server.name == "bilat":
            good += self.pages(server)
        bad = {kind: f"{text}\n# {MARK}" for kind, text in kinds.items()}
        place = {"host": server.host, "port": server.port, "path": server.path}
        return {**place, "good": good, "hostile": bad}

    def is_quick(self, name: str) -> bool:
        """Whether a question takes all of the servers less than a second, if it is small."""
        return name not in SLOW_ELSEWHERE if self.name == "shipped" else name in STEADY

    def pages(self, server: Server) -> list[tuple[str, str, str]]:
        """Addresses of pages that there are: those of some of the data, and of questions."""
        found = self.kg.store.select(
            "SELECT DISTINCT ?it { ?it a ?kind FILTER(STRSTARTS(STR(?it), "
            '"https://w3id.org/bilat/id/")) } ORDER BY ?it LIMIT 2000'
        )
        paths = [row.it.removeprefix("https://w3id.org/bilat/id/") for row in found]
        targets = [f"/doc/{path}" for path in paths[:: max(1, len(paths) // 40)]]
        targets += [f"/api/questions/countries?{urlencode({'limit': n})}" for n in range(5, 8)]
        pages = [("page", target, "text/html") for target in (*targets, "/ns", "/")]
        return [page for page in pages if server.ask(page[1], page[2])[0] == 200]


#: Questions on the shipped data that take rdflib-endpoint more than a second.
SLOW_ELSEWHERE = ("contradicting-sources", "fields-of-relation", "who-cooperates-in-field")

#: Questions whose answers are small whatever the size of the data.
STEADY = (
    "holder-of-post", "name-of-institution", "names-of-country", "institutions-under-authority",
    "instruments-of-event", "participants-of-event", "where-event-happened", "quote-for-field",
    "evidence-of-instrument", "successors-of-institution", "who-conferred-award",
)  # fmt: skip

PARTS: dict[str, Callable[[Size, Server, Result], None]] = {
    "small": Size.small,
    "questions": Size.ask_questions,
    "overhead": Size.overhead,
}


def rows(body: bytes) -> int:
    """How many rows there are in an answer."""
    return len(json.loads(body)["results"]["bindings"])


def with_prefixes(query: str) -> str:
    """The query as other servers understand it."""
    from bilat.store import prologue_for

    return prologue_for(query) + query


def main() -> None:
    """Measure what is asked for, note it and write the section."""
    parser = argparse.ArgumentParser(description="Measure bilat serve.")
    parser.add_argument("--sizes", default="shipped,1M", help="default: shipped,1M")
    every = [*PARTS, "hostile"]
    parser.add_argument("--only", default=",".join(every), help=f"default: {','.join(every)}")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed; on Debian: apt-get install wrk")
    results: dict[str, Result] = {}
    if RESULTS.exists():
        results = json.loads(RESULTS.read_text(encoding="utf-8"))
    for name in options.sizes.split(","):
        size = Size(name, results)
        size.ready()
        size.measure(options.only.split(","))
    from bench import replace_section
    from serve_tables import section

    replace_section(section(results))


if __name__ == "__main__":
    main()
