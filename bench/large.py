"""Measure bilat on large invented data against peers, each in a process of its own.

    python bench/large.py [--sizes 100k,1M,10M] [--only load,questions,…]

Results go to ``out/bench-large.json`` and, as tables, into the section of BENCHMARKS.md. What has
a limit and reaches it is ended; what a smaller size says would reach it is not begun.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OUT = ROOT / "out" / "large"
RESULTS = ROOT / "out" / "bench-large.json"
BENCH = Path(__file__).parent

#: Seconds after which a thing is ended, up to a million triples and above; for questions, each.
LIMITS = {
    "load": (600, 2400), "question": (60, 20), "question of others": (20, 20), "network": (60, 60),
    "validation": (600, 1500), "topbraid": (400, 0), "pyshacl": (150, 0), "export": (100, 600),
    "again": (300, 300),
}  # fmt: skip

#: Bytes of memory at which a process is ended, so that the machine goes on.
MEMORY = 0.85 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

Result = dict[str, Any]


def say(text: str) -> None:
    """Progress."""
    print(f"{time.strftime('%T')} {text}", file=sys.stderr, flush=True)


# ---- one process


@dataclass
class Process:
    """A process with all that it starts, its time and its memory."""

    command: Sequence[str]
    environment: dict[str, str]
    output: int = subprocess.PIPE
    codes: tuple[int, ...] = (0,)  # of an end without failure

    def __post_init__(self) -> None:
        self.started = time.perf_counter()
        self.peak = 0
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdout=self.output,
            stderr=self.output if self.output == subprocess.DEVNULL else None,
            bufsize=0,  # so that select tells of every line
            start_new_session=True,
        )

    def wait(self, limit: float) -> Result:
        """Wait for its end, or end it; gives seconds, memory in MB and how it ended."""
        ended, deadline = "", self.started + limit
        pid = self.process.pid
        handle = os.pidfd_open(pid)
        with os.fdopen(handle):
            while not select.select([handle], [], [], 0.5)[0]:
                self.peak = max(self.peak, memory(pid))
                if time.perf_counter() > deadline or self.peak > MEMORY:
                    ended = "memory" if self.peak > MEMORY else "limit"
                    self.kill()
        seconds = time.perf_counter() - self.started
        _, status, usage = os.wait4(pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.kill()
        self.peak = max(self.peak, usage.ru_maxrss * 1024)
        ended = ended or ("done" if self.process.returncode in self.codes else "failed")
        return {"seconds": seconds, "mb": self.peak // 1_000_000, "ended": ended}

    def kill(self) -> None:
        """End it and what it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def memory(session: int) -> int:
    """Bytes that the processes of a session have together, what they share counted once."""
    total = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError, IndexError, ValueError):
                stat = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
                if int(stat[3]) == session:
                    total += process_memory(int(entry))
    return total


def process_memory(pid: int) -> int:
    """Bytes that a process has, with its part of what it shares; 0 where it has ended."""
    with suppress(OSError):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        pss = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
        return int(pss.split()[1]) * 1024
    return 0


# ---- one size


class Size:
    """Everything measured on one size of data, and its files."""

    def __init__(self, name: str, results: dict[str, Result], smaller: Result) -> None:
        self.name, self.smaller = name, smaller
        self.triples = triples(name)
        self.results = results.setdefault(name, {})
        self.folder = OUT / name
        self.data, self.plain = self.folder / "data", self.folder / "plain"
        self.quads, self.stated = self.folder / "quads.nq", self.folder / "stated.nt"
        self.shapes = self.folder / "shapes.ttl"
        self.home = self.folder / "home"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BILAT_")},
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT / "src"),
        }

    def limit(self, of: str) -> int:
        """Seconds after which a thing is ended."""
        return LIMITS[of][self.triples > 1_000_000]

    @property
    def store(self) -> str:
        """The store that bilat built."""
        return str(self.results["build"]["directory"])

    def measure(
        self, key: str, command: Sequence[object], limit: float, codes: tuple[int, ...] = (0,)
    ) -> Result | None:
        """Run a command and note what it cost and gave; None where it is not begun."""
        before = self.smaller.get(key)
        if before and (before["ended"] != "done" or before["seconds"] * 10 > limit):
            say(f"{self.name} {key}: left out, as the smaller size took {shown(before)}")
            self.results[key] = {"ended": "left out"}
            return None
        lines = self.folder / "lines"
        with open(lines, "wb") as file:
            process = Process([*map(str, command)], self.environment, file.fileno(), codes)
            result = process.wait(limit)
        result["lines"] = read_lines(lines)
        self.results[key] = result
        say(f"{self.name} {key}: {shown(result)}")
        return result

    def peer(self, action: str, *arguments: object, key: str = "", limit: float) -> Result | None:
        """An action of peers.py."""
        command = [sys.executable, BENCH / "peers.py", action, *arguments]
        return self.measure(key or action, command, limit)

    def bilat(self, *arguments: object, key: str, limit: float) -> Result | None:
        """A command of bilat."""
        # 1 says that validation found something
        return self.measure(key, [sys.executable, "-m", "bilat", *arguments], limit, (0, 1))

    def ready(self) -> None:
        """Make the files that everything is measured on, where they are not there."""
        if self.shapes.exists():
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        generate = [sys.executable, BENCH / "generate.py", self.triples, "-o", self.data]
        self.measure("generate", generate, self.limit("load"))
        self.peer(
            "prepare", self.data, self.quads, self.stated, self.shapes, limit=self.limit("load")
        )

    @property
    def is_built(self) -> bool:
        """Whether the stores that most parts are measured on are there."""
        return "directory" in self.results.get("build", {}) and Path(self.store).exists()

    # ---- parts

    def load(self) -> None:
        """Build, and the bare load of the same quads."""
        for old in (self.home, self.plain):
            shutil.rmtree(old, ignore_errors=True)
            old.mkdir(parents=True)
        built = self.peer("build", self.data, limit=self.limit("load"))
        if not built or built["ended"] != "done":
            raise SystemExit(f"{self.name}: the build did not end; nothing else can be measured")
        built["inner"], built["stages"], built["directory"] = built.pop("lines")[-1]
        built["disk_mb"] = weight(Path(self.store))
        loaded = self.peer("load_pyoxigraph", self.quads, self.plain, limit=self.limit("load"))
        if loaded:
            loaded["disk_mb"] = weight(self.plain)
        if self.triples <= 1_000_000:
            self.peer("load_rdflib", self.quads, limit=self.limit("load"))

    def questions(self) -> None:
        """Every shipped question, by bilat and by peers that know nothing of links."""
        names = sorted(path.stem for path in (BENCH / "nary").glob("*.rq"))
        limit, others = self.limit("question"), self.limit("question of others")
        self.each("questions_bilat", [self.store], names, (limit, 0))
        self.each("questions_pyoxigraph", [str(self.plain)], names, (limit, 0))
        with self.server(others) as url:  # which, like rdflib, is given its limit
            self.each("questions_server", [url, str(others)], names, (others, 20))
        if self.triples <= 100_000:
            words = [str(self.quads), str(others)]
            self.each("questions_rdflib", words, names, (others, 120))

    def each(
        self, action: str, arguments: list[str], names: list[str], limit: tuple[int, int]
    ) -> None:
        """Ask each question; one that takes too long is ended, and the others are asked anew.

        ``limit`` has the seconds for a question, and those for what the process does before.
        """
        before = self.smaller.get(action, {}).get("answers", {})
        slow = 2 * limit[0] / 10  # too slow with ten times the data, most probably
        answers: dict[str, list[Any]] = {}
        left = [name for name in names if (before.get(name, [0])[0] or 0) <= slow]
        left = [name for name in left if before.get(name) != [None, None]]
        peak = 0
        while left:
            command = [sys.executable, str(BENCH / "peers.py"), action, *arguments, *left]
            process = Process(command, self.environment)
            for name, seconds, rows in process_lines(process, sum(limit)):
                answers[name] = [seconds, rows]
            result = process.wait(1)
            peak = max(peak, result["mb"])
            left = [name for name in left if name not in answers]
            if left:  # the first of them was too slow, or its failure stands above
                say(f"{self.name} {action}: {left[0]} is not answered within {sum(limit)} s")
                answers[left.pop(0)] = [None, None]
        self.results[action] = {"answers": answers, "mb": peak, "limit": limit[0], "ended": "done"}
        total = sum(seconds or 0 for seconds, _ in answers.values())
        say(f"{self.name} {action}: {len(answers)} asked, {total:.1f} s together")

    @contextmanager
    def server(self, limit: int) -> Iterator[str]:
        """The oxigraph server on the plain store, which ends a query after the limit."""
        address = f"127.0.0.1:{free_port()}"
        program = Path(sys.executable).parent / "oxigraph"
        command = [program, "serve-read-only", "--location", self.plain, "--bind", address]
        words = [*map(str, command), "--timeout-s", str(limit)]
        process = Process(words, self.environment, subprocess.DEVNULL)
        try:
            listens(address)
            yield f"http://{address}"
        finally:
            process.kill()
            # that of the server is of interest, not that of who asks it
            of = self.results.setdefault("questions_server", {})
            of["mb"] = process.wait(5)["mb"]

    def networks(self) -> None:
        """The views, and opening the store."""
        limit = self.limit("network")
        for view in ("countries", "institutions"):
            for peer, store in {**self.peers(), "weights": self.plain}.items():
                key = f"network_{peer} {view}"
                self.peer(f"network_{peer}", store, view, key=key, limit=limit)
        self.peer("open_bilat", self.store, limit=limit)
        self.peer("open_pyoxigraph", self.plain, limit=limit)

    def peers(self) -> dict[str, object]:
        """Who is asked, and what of."""
        found: dict[str, object] = {"bilat": self.store, "pyoxigraph": self.plain}
        return {**found, "rdflib": self.quads} if self.triples <= 100_000 else found

    def validation(self) -> None:
        """SHACL by bilat and by peers; what was seeded and what only some find."""
        limit = self.limit("validation")
        arguments = ("--store", self.store, "--data", self.data, "validate", "--format", "json")
        result = self.bilat(*arguments, key="validate_bilat", limit=limit)
        if result and result["ended"] == "done":
            result["lines"] = []
            found = json.loads((self.folder / "lines").read_text(encoding="utf-8"))["findings"]
            rows = [[f["focus"], f["component"], f["path"] or "", f["shape"]] for f in found]
            self.note("validate_bilat", rows)
        peers = {"pyshifty": limit}
        if self.triples <= 1_000_000 and shutil.which("java"):
            peers["topbraid"] = self.limit("topbraid")
        if self.triples <= 100_000:
            peers["pyshacl"] = self.limit("pyshacl")
        for peer, seconds in peers.items():
            report = self.folder / f"{peer}.{'ttl' if peer == 'topbraid' else 'nt'}"
            paths = (self.stated, self.shapes, report)
            result = self.peer(f"validate_{peer}", *paths, limit=seconds)
            if result and result["ended"] == "done":
                listed = self.peer("findings", report, limit=limit)
                self.note(f"validate_{peer}", listed["lines"] if listed else [])
            self.results.pop("findings", None)

    def note(self, key: str, rows: list[list[str]]) -> None:
        """How many findings there are, how many of those seeded, and which are not bilat's."""
        _, *lines = (self.data / "violations.tsv").read_text(encoding="utf-8").splitlines()
        seeded = {tuple(line.split("\t")[:2]) for line in lines}
        found = Counter(tuple(row[:3]) for row in rows)
        result = self.results[key]
        result["findings"] = len(rows)
        result["seeded"] = len(seeded)
        result["seeded_found"] = len(seeded & {(row[0], row[3]) for row in rows})
        if key == "validate_bilat":
            result["rows"] = sorted(map(list, found))
        else:
            ours = {tuple(row) for row in self.results["validate_bilat"].get("rows", [])}
            result["only_here"] = sorted(map(list, found.keys() - ours))
            result["only_bilat"] = sorted(map(list, ours - found.keys()))

    def export(self) -> None:
        """Files of everything."""
        limit = self.limit("export")
        for syntax in ("turtle", "nquads"):
            file = self.folder / f"export.{syntax}"
            words = ("--store", self.store, "export", "--format", syntax, "-o", file)
            self.bilat(*words, key=f"export_bilat {syntax}", limit=limit)
            for peer, store in self.peers().items():
                if peer != "bilat":
                    key = f"export_{peer} {syntax}"
                    self.peer(f"export_{peer}", store, syntax, file, key=key, limit=limit)
            file.unlink(missing_ok=True)

    def incremental(self) -> None:
        """Build after one source has one triple more, and after it has it no more."""
        sources = sorted(self.data.glob("*.nq"))
        path = sources[len(sources) // 2]
        before = path.read_bytes()
        subject = before.partition(b" ")[0]
        graph = before.splitlines()[0].rpartition(b" <")[2]
        label = b'<http://www.w3.org/2004/02/skos/core#altLabel> "Changed"@en'
        for key, data in (
            ("build_changed", before + subject + b" " + label + b" <" + graph + b"\n"),
            ("build_changed_back", before),
        ):
            path.write_bytes(data)
            self.bilat("--data", self.data, "build", key=key, limit=self.limit("again"))
            self.results.get(key, {}).pop("lines", None)


PARTS: dict[str, Callable[[Size], None]] = {
    "load": Size.load,
    "questions": Size.questions,
    "networks": Size.networks,
    "validation": Size.validation,
    "export": Size.export,
    "incremental": Size.incremental,
}


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return int(any_port.getsockname()[1])


def listens(address: str, seconds: int = 30) -> None:
    """Wait until a server does; raises ConnectionError where it does not within the seconds."""
    host, _, port = address.partition(":")
    for _ in range(10 * seconds):
        with suppress(ConnectionRefusedError), socket.create_connection((host, int(port))):
            return
        time.sleep(0.1)
    raise ConnectionError(f"the server does not listen at {address}")


def process_lines(process: Process, limit: float) -> Iterator[list[Any]]:
    """The lines of a process, until it ends or none comes within the limit, when it is ended."""
    pipe = process.process.stdout
    assert pipe is not None
    with pipe:
        while select.select([pipe], [], [], limit)[0]:
            line = pipe.readline()
            if not line:
                return
            yield json.loads(line)
        process.kill()


def read_lines(path: Path) -> list[Any]:
    """Lines of JSON, or of text where they are none."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    with suppress(ValueError):
        return [json.loads(line) for line in lines]
    return lines


def shown(result: Result) -> str:
    """How a process ended, for people."""
    if result["ended"] == "left out":
        return "left out"
    cost = f"{result['seconds']:.1f} s, {result['mb']:,} MB"
    return cost if result["ended"] == "done" else f"{result['ended']} at {cost}"


def weight(folder: Path) -> int:
    """Megabytes on disk."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 1_000_000


def triples(size: str) -> int:
    """The number that 100k, 1M or 250000 is."""
    units = {"k": 1_000, "m": 1_000_000}
    unit = units.get(size[-1].lower())
    return int(size[:-1]) * unit if unit else int(size)


def main() -> None:
    """Measure what is asked for, note it and write the section."""
    parser = argparse.ArgumentParser(description="Measure bilat on large invented data.")
    parser.add_argument("--sizes", default="100k,1M,10M", help="default: 100k,1M,10M")
    parser.add_argument("--only", default=",".join(PARTS), help=f"default: {','.join(PARTS)}")
    options = parser.parse_args()
    results: dict[str, Result] = {}
    if RESULTS.exists():
        results = json.loads(RESULTS.read_text(encoding="utf-8"))
    for name in sorted(options.sizes.split(","), key=triples):
        below = [other for other in results if triples(other) * 10 == triples(name)]
        size = Size(name, results, results[below[0]] if below else {})
        size.ready()
        parts = options.only.split(",")
        for part in parts if "load" in parts or size.is_built else ["load", *parts]:
            PARTS[part](size)
            RESULTS.write_text(json.dumps(results, indent=1), encoding="utf-8")
    from bench import replace_section
    from large_tables import section

    replace_section(section(results))


if __name__ == "__main__":
    main()
