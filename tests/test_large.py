"""The large benchmark: its peers are asked the same, its processes end, its tables can be read."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import bilat
import large
from bilat.namespaces import DERIVED_GRAPH
from large_tables import section

NARY = Path(large.__file__).parent / "nary"


@pytest.fixture(scope="module")
def plain(kg: bilat.KnowledgeGraph) -> ox.Store:
    """The shipped data without what rules derive."""
    store = ox.Store()
    for q in kg.store.quads():
        if isinstance(q.graph_name, ox.NamedNode) and q.graph_name.value != DERIVED_GRAPH:
            store.add(q)
            store.add(ox.Quad(q.subject, q.predicate, q.object))
    return store


@pytest.mark.parametrize("path", sorted(NARY.glob("*.rq")), ids=lambda path: path.stem)
def test_a_peer_is_asked_the_same_as_bilat(
    path: Path, kg: bilat.KnowledgeGraph, plain: ox.Store
) -> None:
    question = kg.question(path.stem)
    theirs: Any = plain.query(path.read_text(encoding="utf-8"))
    ours, rows = len(kg.ask(path.stem)), len(list(theirs))
    if "inferredField" in question.text or path.stem == "facts-not-from-sources":
        assert 0 < rows < ours  # rules give the rest
    else:
        assert rows == ours


def run(*command: str, limit: float = 20) -> large.Result:
    """How a process ended."""
    return large.Process(command, dict(os.environ), os.open(os.devnull, os.O_WRONLY)).wait(limit)


def test_a_process_tells_its_time_and_memory() -> None:
    result = run(sys.executable, "-c", "import time; x = bytearray(300_000_000); time.sleep(0.3)")
    assert result["ended"] == "done"
    assert result["seconds"] >= 0.3
    assert result["mb"] >= 300
    assert run(sys.executable, "-c", "raise SystemExit(3)")["ended"] == "failed"


def test_memory_is_that_of_all_that_a_process_starts() -> None:
    code = "import time; x = bytearray(150_000_000); time.sleep(2)"
    shell = f"'{sys.executable}' -c '{code}' & '{sys.executable}' -c '{code}' & wait"
    assert run("sh", "-c", shell)["mb"] >= 300


def test_a_process_that_takes_too_long_is_ended_with_what_it_started() -> None:
    process = large.Process(("sh", "-c", "sleep 600 & sleep 600"), dict(os.environ))
    assert process.wait(0.5)["ended"] == "limit"
    deadline = time.monotonic() + 30  # what is killed takes a moment to go
    while large.memory(process.process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert large.memory(process.process.pid) == 0


@pytest.mark.parametrize("ended", ["done", "limit", "memory", "failed", "left out"])
def test_whatever_happened_tables_have_a_cell_for_every_column(ended: str) -> None:
    result = {"seconds": 2.5, "mb": 70, "ended": ended, "lines": [[1.5, 10, 20]]}
    if ended == "left out":
        result = {"ended": ended}
    keys = [
        "build_changed", "build_changed_back", "load_rdflib", "open_bilat", "open_pyoxigraph",
        *(f"validate_{who}" for who in ("bilat", "pyshifty", "topbraid", "pyshacl")),
        *(f"network_{who} countries" for who in ("bilat", "pyoxigraph", "weights", "rdflib")),
        *(f"export_{who} turtle" for who in ("bilat", "pyoxigraph", "rdflib")),
    ]  # fmt: skip
    of = dict.fromkeys(keys, result)
    of["load_pyoxigraph"] = {**result, "disk_mb": 3}
    of["build"] = {
        "seconds": 3.0, "mb": 90, "ended": "done", "inner": 2.9, "disk_mb": 5,
        "stages": {"reading": 1.9, "deriving": 1.0},
    }  # fmt: skip
    answers = {"countries": [0.1, 5], "timeline": [None, None]}
    of["questions_bilat"] = {"answers": answers, "limit": 20, "mb": 60}
    of["questions_pyoxigraph"] = of["questions_bilat"]
    lines = section({"100k": of, "1M": of})
    tables = "\n".join(lines).split("\n\n")
    for table in (t.splitlines() for t in tables if t.startswith("|")):
        assert len({row.count(" | ") for row in table}) == 1
        assert len(table) > 2
    assert sum(line.startswith("### ") for line in lines) == 7
