"""A build after a change: the same store as a build of everything, for random changes."""

from __future__ import annotations

import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import relations as made
from bilat import changes, derived, edges
from bilat.build import build
from bilat.inputs import shipped
from bilat.namespaces import GRAPH, sparql_prologue
from bilat.store import open_store, read_manifest
from conftest import examples

if TYPE_CHECKING:
    from bilat.inputs import Inputs

CODES = ("KAZ", "SRB", "HUN")
BODIES = tuple(f"{code.lower()}-{n}" for code in CODES for n in (1, 2))
instruments = st.builds(
    lambda slug, parties, field: made.instrument(slug, parties, field),
    st.sampled_from("pqr"),
    st.lists(st.sampled_from(BODIES + CODES), max_size=4),
    st.sampled_from(["health", "sport", ""]),
)
bodies = st.builds(
    lambda slug, label: made.institution(slug, label),
    st.sampled_from(BODIES),
    st.sampled_from(["Ministry of Health", "Ministry of Sport", "Office of Tides"]),
)
events = st.builds(
    lambda slug, countries, concerns, day: made.event(
        slug, countries, concerns, f'bilat:onDate "2026-01-0{day}"^^xsd:date'
    ),
    st.sampled_from("st"),
    st.lists(st.sampled_from(CODES), max_size=3),
    st.lists(st.sampled_from("pqr"), max_size=2),
    st.integers(1, 3),
)
others = st.one_of(
    st.builds(made.country, st.sampled_from(CODES), st.sampled_from(["Here", "There"])),
    st.builds(made.conferral, st.just("star"), st.just("Star"), st.sampled_from("ab")),
    st.builds(
        lambda who, end: (
            f"tenure:{who} a bilat:Tenure ; bilat:tenureOf post:x ; org:member person:{who} {end}."
        ),
        st.sampled_from("ab"),
        st.sampled_from(["", '; bilat:endDate "2026-01-01"^^xsd:date ']),
    ),
    st.just("field:tides bilat:mandateTerm 'tides' ; rdfs:label 'Tides' . [] rdfs:label 'x' ."),
)
contents = st.lists(st.one_of(instruments, bodies, events, others), max_size=5)
#: What each of a few files holds, or None where it is not there.
states = st.fixed_dictionaries(
    {name: st.none() | contents for name in ("a.ttl", "b.nq", "c.trig", "d.ttl")}
)


def write(folder: Path, state: dict[str, list[str] | None]) -> None:
    for name, pieces in state.items():
        path = folder / name
        if pieces is None:
            path.unlink(missing_ok=True)
            continue
        turtle = sparql_prologue() + "\n".join(pieces)
        if path.suffix == ".nq":
            quads = ox.parse(turtle, format=ox.RdfFormat.TURTLE)
            path.write_bytes(
                ox.serialize((q.triple for q in quads), format=ox.RdfFormat.N_TRIPLES) or b""
            )
        else:
            path.write_text(turtle, encoding="utf-8")


def store(directory: Path) -> Path:
    return directory / read_manifest(str(directory / "bilat.json"))["store"]


def content(directory: Path) -> tuple[Any, ...]:
    """Everything that a reader of the store can see, and what later builds go by."""
    it, folder = open_store(directory), store(directory)
    named = {q.value for q in it.engine.named_graphs() if isinstance(q, ox.NamedNode)}
    table = polars.read_parquet(folder / derived.DERIVED)
    record = changes.read(folder)
    assert record is not None
    return (
        {str(quad) for quad in it.engine},
        named,
        edges.edges(it),
        sorted(table.iter_rows()),
        record.files,
        read_manifest(str(directory / "bilat.json"))["sha256"],
    )


def small(root: Path, own: Path) -> Inputs:
    """The rules and the ontology's terms, without the rest of what is shipped."""
    given = shipped(own)
    shutil.copytree(given.folder("queries", "rules"), root / "queries" / "rules")
    for name in ("ontology/vocabularies", "data/reference", "data/sources"):
        (root / name).mkdir(parents=True)
    shutil.copy(Path(given.folder("ontology"), "bilat.ttl"), root / "ontology")
    return given._replace(root=str(root))


def built(inputs: Inputs, directory: Path) -> object:
    build(inputs, directory)
    return content(directory)


@settings(max_examples=examples(15))
@given(st.lists(states, min_size=2, max_size=4))
def test_a_build_after_changes_is_as_a_build_of_everything(
    steps: list[dict[str, list[str] | None]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder, "own")
        own.mkdir()
        (own / "always.ttl").write_text("")
        inputs = small(Path(folder, "root"), own)
        for number, state in enumerate(steps):
            write(own, state)
            assert built(inputs, Path(folder, "kept")) == built(inputs, Path(folder, str(number)))
            told = json.loads((store(Path(folder, "kept")) / changes.CHANGES).read_text())
            assert (
                number == 0
                or told["graphs"] is None
                or set(told["graphs"]) <= {GRAPH + name.partition(".")[0] for name in state}
            )


def test_a_change_is_told_and_the_store_before_stays(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "a.ttl").write_text("<http://a> <http://p> <http://b> . <http://c> <http://p> 1 .")
    build(shipped(own), tmp_path / "store")
    before = content(tmp_path / "store")
    told = json.loads((tmp_path / "store" / "store-1" / changes.CHANGES).read_text())
    assert told == {"previous": None, "graphs": None, "subjects": None}
    shutil.copytree(tmp_path / "store" / "store-1", tmp_path / "copy")
    (own / "a.ttl").write_text("<http://a> <http://p> <http://b> . <http://c> <http://p> 2 .")
    build(shipped(own), tmp_path / "store")
    told = json.loads((tmp_path / "store" / "store-2" / changes.CHANGES).read_text())
    assert told == {"previous": "store-1", "graphs": [GRAPH + "a"], "subjects": ["http://c"]}
    for path in (tmp_path / "copy").iterdir():
        assert (tmp_path / "store" / "store-1" / path.name).read_bytes() == path.read_bytes()
    assert content(tmp_path / "store") != before


#: Two states of one small source, so that a build from one to the other follows the change.
STATES: list[dict[str, list[str] | None]] = [
    {"a.ttl": [made.instrument("p", ["kaz-1", "srb-1"], "health"), made.institution("kaz-1", "x")]},
    {"a.ttl": [made.instrument("q", ["kaz-1", "hun-1"], "sport"), made.institution("kaz-1", "y")]},
]
#: Says when it begins, so that a kill does not only hit the start of the program.
BUILD = (
    "import sys; from pathlib import Path; from bilat.build import build;"
    "from bilat.inputs import shipped; from bilat.cli import main; print(flush=True);"
    "sys.argv = ['bilat', '--data', sys.argv[1], '--store', sys.argv[2], 'build']; main()"
)


def begun(own: Path, directory: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", BUILD, str(own), str(directory)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def lasting(directory: Path) -> object:
    """The content without the times at which files were written."""
    *parts, files, digest = content(directory)
    return *parts, {path: file._replace(mtime=0) for path, file in files.items()}, digest


def follows_a_change(directory: Path) -> bool:
    told = json.loads((store(directory) / changes.CHANGES).read_text())
    return told["subjects"] is not None


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[object]]:
    """A folder of own data, and what a store built of each of its states holds."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "own").mkdir()
    found = []
    for number, state in enumerate(STATES):
        write(folder / "own", state)
        build(shipped(folder / "own"), folder / str(number))
        found.append(lasting(folder / str(number)))
    return folder / "own", found


def test_kill_9_in_a_build_that_follows_a_change_leaves_the_old_store_or_the_new(
    whole: tuple[Path, list[object]], tmp_path: Path, environment: dict[str, str]
) -> None:
    own, contents = whole
    chance, now = random.Random(5), 0
    write(own, STATES[now])
    build(shipped(own), tmp_path)
    write(own, STATES[1 - now])
    process = begun(own, tmp_path, environment)
    start = time.perf_counter()
    process.communicate()
    takes = time.perf_counter() - start
    assert follows_a_change(tmp_path)
    now = 1
    for _ in range(10):
        write(own, STATES[1 - now])
        process = begun(own, tmp_path, environment)
        time.sleep(chance.uniform(0, takes))
        process.kill()
        process.communicate()
        found = lasting(tmp_path)
        assert found in contents
        now = contents.index(found)
    write(own, STATES[1 - now])
    build(shipped(own), tmp_path)
    assert lasting(tmp_path) == contents[1 - now]
    assert follows_a_change(tmp_path)
    assert len(list(tmp_path.glob("store-*"))) == 2


@pytest.mark.parametrize("limit", [1_000, 20_000, 60_000])
def test_a_full_disk_in_a_build_that_follows_a_change_leaves_the_old_store(
    limit: int, whole: tuple[Path, list[object]], tmp_path: Path, environment: dict[str, str]
) -> None:
    own, contents = whole
    write(own, STATES[0])
    build(shipped(own), tmp_path)
    write(own, STATES[1])
    result = subprocess.run(
        [sys.executable, "-m", "bilat", "--data", own, "--store", tmp_path, "build"],
        env=environment,
        capture_output=True,
        text=True,
        # no file may grow past the limit: writes fail in the middle, as on a full disk
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert result.returncode == 2, result.stdout + result.stderr
    assert "cannot be written" in result.stderr and "Traceback" not in result.stderr
    assert lasting(tmp_path) == contents[0]
    assert len(list(tmp_path.glob("store-*"))) == 1
