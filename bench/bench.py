"""Measure bilat against named peers in one run, as ratios, and write BENCHMARKS.md."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import pyoxigraph as ox
import rdflib

import bilat
from bilat.build import build
from bilat.inputs import shipped
from bilat.results import serialise
from bilat.validate import validate_graph

ROOT = Path(__file__).parents[1]
REPEATS = 5

#: Seconds after which a question to rdflib is given up; it then counts as that.
LIMIT = 20


def median(action: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median seconds of the action."""
    times = []
    for _ in range(repeats):
        started = perf_counter()
        action()
        times.append(perf_counter() - started)
    return statistics.median(times)


class TooSlowError(Exception):
    """The time allowed is over."""


def at_most(action: Callable[[], object]) -> float:
    """Median seconds as above; LIMIT where one run would take longer, one run where it is slow."""

    def stop(*_: object) -> None:
        raise TooSlowError

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT)
    try:
        first = median(action, 1)
    except TooSlowError:
        return LIMIT
    finally:
        signal.alarm(0)
    return first if first > 1 else median(action)


def measure_build() -> list[str]:
    """Build of the shipped data against rdflib parsing the same files into one Dataset."""
    directory = Path(tempfile.mkdtemp())

    def rdflib_parse() -> None:
        dataset = rdflib.Dataset()
        for path, _ in shipped().files():
            dataset.parse(path)

    ours = median(lambda: build(shipped(), directory))
    theirs = median(rdflib_parse)
    shutil.rmtree(directory)
    return [
        "## Build of the shipped data",
        "",
        "bilat parses, derives, writes the store to disk and swaps it in; rdflib only parses.",
        "",
        "| | s |",
        "|---|---|",
        f"| `bilat build` | {ours:.2f} |",
        f"| rdflib, parse alone | {theirs:.2f} |",
        f"| **rdflib ÷ bilat** | **{theirs / ours:.1f}** |",
    ]


def measure_questions(kg: bilat.KnowledgeGraph) -> list[str]:
    """Each question in Oxigraph, rows made Python values, against rdflib on the same triples."""
    named = [q for q in kg.store.engine if isinstance(q.graph_name, ox.NamedNode)]
    graph = rdflib.Dataset(default_union=True)
    graph.parse(data=serialise(named, "nquads"), format="nquads")
    lines = []
    sums = [0.0, 0.0]
    for name, question in kg.questions().items():
        ours = median(lambda text=question.text: kg.store.select(text))  # type: ignore[misc]
        theirs = at_most(lambda text=question.text: list(graph.query(text)))  # type: ignore[misc]
        sums[0] += ours
        sums[1] += theirs
        more = "> " if theirs >= LIMIT else ""
        lines.append(
            f"| {name} | {1000 * ours:.1f} | {more}{1000 * theirs:.1f} "
            f"| {more}{theirs / ours:.0f} |"
        )
    return [
        "## Questions, each with the parameters of its file",
        "",
        f"Where rdflib takes over 1 s it is run once, and given up after {LIMIT} s, which it then "
        "counts as: the last line is a lower bound.",
        "",
        "| question | bilat ms | rdflib ms | rdflib ÷ bilat |",
        "|---|---|---|---|",
        *lines,
        f"| **all {len(lines)} together** | **{1000 * sums[0]:.0f}** | **{1000 * sums[1]:.0f}** "
        f"| **{sums[1] / sums[0]:.0f}** (to reach: 20) |",
    ]


def measure_validation(kg: bilat.KnowledgeGraph) -> list[str]:
    """SHACL over all that is stated: the fast engine as bilat calls it, against pySHACL alone."""
    data, shapes = kg.store.stated(), [Path(path) for path in shipped().shapes()]
    ours = median(lambda: validate_graph(data, shapes, "shifty"))
    theirs = median(lambda: validate_graph(data, shapes, "pyshacl"))
    return [
        "## Validation of the shipped data",
        "",
        "| | s |",
        "|---|---|",
        f"| `bilat validate` (pyshifty) | {ours:.2f} |",
        f"| pySHACL, the same shapes and data | {theirs:.2f} |",
        f"| **pySHACL ÷ bilat** | **{theirs / ours:.0f}** (to reach: 20) |",
    ]


def measure_start(kg: bilat.KnowledgeGraph) -> list[str]:
    """``bilat ask`` from the shell, start-up included, against importing the engine in Python."""
    # byte code is kept, as pip keeps it for an installed package
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    scripts = Path(sys.executable).parent

    def call(*command: str | Path) -> Callable[[], object]:
        return lambda: subprocess.run(
            [str(word) for word in command],
            env=environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )

    bare = median(call(sys.executable, "-c", "import pyoxigraph"), 25)
    lines = []
    for words in (
        ("ask", "who-cooperates-with", "--country", "KZ", "--partner", "Serbia"),
        ("ask", "holder-of-post"),
    ):
        seconds = median(call(scripts / "bilat", *words), 25)
        lines.append(f"| `bilat {' '.join(words)}` | {1000 * seconds:.0f} | {seconds / bare:.1f} |")
    return [
        "## Start-up (medians of 25)",
        "",
        "| | ms | ÷ first line (to reach: under 4) |",
        "|---|---|---|",
        f'| `python -c "import pyoxigraph"` | {1000 * bare:.0f} | 1 |',
        *lines,
    ]


def main() -> None:
    """Measure everything and write BENCHMARKS.md beside pyproject.toml."""
    kg = bilat.open()
    size = kg.store.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0].n
    peers = ", ".join(
        f"{name} {version(name)}" for name in ("pyoxigraph", "rdflib", "pyshifty", "pyshacl")
    )
    parts = [
        [
            "# Benchmarks",
            "",
            "Written by `make bench`, medians of 5 in one run unless said otherwise; "
            "trust the ratios, not the digits.",
            "",
            f"bilat {bilat.__version__}, {size:,} triples in the default graph; Python "
            f"{platform.python_version()}, {os.cpu_count()} cores, {platform.system()} "
            f"{platform.machine()}; {peers}.",
        ],
        measure_start(kg),
        measure_build(),
        measure_questions(kg),
        measure_validation(kg),
    ]
    text = "\n\n".join("\n".join(part) for part in parts) + "\n"
    (ROOT / "BENCHMARKS.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
