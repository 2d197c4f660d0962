"""The build: what it puts where, and that nothing is lost when it fails or is killed."""

from __future__ import annotations

import fcntl
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

import bilat
from bilat.build import build
from bilat.errors import StoreError
from bilat.export import export
from bilat.inputs import shipped
from bilat.namespaces import DERIVED_GRAPH, GRAPH
from bilat.store import open_store
from conftest import Run

OWN = """@prefix country: <https://w3id.org/bilat/id/country/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
country:SRB rdfs:comment "mine" .
"""


@pytest.fixture
def own_data(tmp_path: Path) -> Path:
    folder = tmp_path / "own data"
    folder.mkdir()
    (folder / "my notes.ttl").write_text(OWN, encoding="utf-8")
    return folder


def test_the_default_graph_is_the_union_of_the_named_graphs(kg: bilat.KnowledgeGraph) -> None:
    quads = list(kg.store.quads())
    named = {q.triple for q in quads if not isinstance(q.graph_name, ox.DefaultGraph)}
    default = [q.triple for q in quads if isinstance(q.graph_name, ox.DefaultGraph)]
    assert set(default) == named
    assert len(default) == len(set(default))


def test_every_source_file_is_a_graph_of_its_name(kg: bilat.KnowledgeGraph) -> None:
    stems = {path.stem for path in Path(shipped().folder("data", "sources")).glob("*.trig")}
    names = {name.removeprefix(GRAPH) for name in kg.store.graph_names()}
    assert names == stems | {"ontology", "reference", "derived"}


def test_what_is_stated_holds_nothing_derived(kg: bilat.KnowledgeGraph) -> None:
    stated = set(ox.parse(kg.store.stated(), format=ox.RdfFormat.N_TRIPLES))
    derived = list(kg.store.quads(ox.NamedNode(DERIVED_GRAPH)))
    assert derived
    assert not {ox.Quad(q.subject, q.predicate, q.object) for q in derived} & stated


def test_two_builds_export_the_same_bytes(tmp_path: Path, kg: bilat.KnowledgeGraph) -> None:
    build(shipped(), tmp_path)
    again = open_store(tmp_path)
    for format in ("turtle", "nquads"):
        assert export(again, format) == export(kg.store, format)


def test_own_data_is_added(tmp_path: Path, own_data: Path) -> None:
    build(shipped()._replace(data=str(own_data)), tmp_path / "store")
    rows = open_store(tmp_path / "store").select(
        "SELECT ?g { GRAPH ?g { ?s rdfs:comment 'mine' } }"
    )
    assert [row.g for row in rows] == [GRAPH + "my-notes"]


def test_a_missing_data_folder_is_named(run: Run, tmp_path: Path) -> None:
    result = run("--data", tmp_path / "none", "info")
    assert result.returncode == 2
    assert "none: no such directory" in result.stderr


BROKEN = {
    "syntax.ttl": (b"@prefix a: <http://a/> .\na:b a:c a:d\na:e a:f a:g .", "syntax.ttl:3:"),
    "encoding.ttl": ('<http://a> <http://b> "é" .'.encode("latin-1"), "encoding.ttl:1:"),
    "cut.nq": (b"<http://a> <http://b> ", "cut.nq:1:"),
    "page.rdf": (b"<html><body>not RDF</body>", "page.rdf"),
    "odd.jsonld": (b"[1, 2", "odd.jsonld"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_leaves_the_old_store(
    name: str, tmp_path: Path, own_data: Path, run: Run
) -> None:
    store = tmp_path / "store"
    assert run("--store", store, "build").returncode == 0
    before = open_store(store).select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0].n
    content, place = BROKEN[name]
    (own_data / name).write_bytes(content)
    result = run("--store", store, "--data", own_data, "build")
    assert result.returncode == 2
    assert place in result.stderr and "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert open_store(store).select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0].n == before
    assert len(list(store.glob("store-*"))) == 1


@pytest.mark.parametrize("delay", [0.15, 0.3, 0.45, 0.6])
def test_kill_9_leaves_the_old_store(
    delay: float, tmp_path: Path, environment: dict[str, str]
) -> None:
    store = tmp_path / "store"
    build(shipped(), store)
    before = export(open_store(store), "ntriples")
    command = [sys.executable, "-m", "bilat", "--store", str(store), "build"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    time.sleep(delay)
    process.kill()
    process.wait()
    assert export(open_store(store), "ntriples") == before
    build(shipped(), store)
    assert export(open_store(store), "ntriples") == before
    assert len(list(store.glob("store-*"))) <= 2


def test_ctrl_c_ends_with_one_line(tmp_path: Path, environment: dict[str, str]) -> None:
    store = tmp_path / "store"
    build(shipped(), store)
    before = export(open_store(store), "ntriples")
    command = [sys.executable, "-m", "bilat", "--store", str(store), "build"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    while len(list(store.glob("store-*"))) < 2 and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert errors == "bilat: interrupted; no file or store was left half-written\n"
    assert export(open_store(store), "ntriples") == before
    assert len(list(store.glob("store-*"))) == 1


def test_a_full_disk_leaves_the_old_store(tmp_path: Path, environment: dict[str, str]) -> None:
    store = tmp_path / "store"
    build(shipped(), store)
    before = export(open_store(store), "ntriples")
    result = subprocess.run(
        [sys.executable, "-m", "bilat", "--store", str(store), "build"],
        env=environment,
        capture_output=True,
        text=True,
        # no file may grow past 100 kB: writes fail in the middle, as on a full disk
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert result.returncode == 2
    assert "cannot be written" in result.stderr and "Traceback" not in result.stderr
    assert export(open_store(store), "ntriples") == before


def test_two_builds_at_once_are_refused(tmp_path: Path, run: Run) -> None:
    with (tmp_path / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = run("--store", tmp_path, "build")
    assert result.returncode == 2
    assert "another build is running here" in result.stderr


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, run: Run) -> None:
    (tmp_path / "file").write_text("")
    result = run("--store", tmp_path / "file" / "store", "build")
    assert result.returncode == 2
    assert "cannot be written" in result.stderr and "--store DIR" in result.stderr


def foreign_store(path: Path) -> ox.Store:
    engine = ox.Store(str(path))
    node = ox.NamedNode("http://example.org/a")
    engine.add(ox.Quad(node, node, ox.Literal("elsewhere")))
    engine.flush()
    return engine


def test_another_programs_store_is_opened(tmp_path: Path, run: Run) -> None:
    engine = foreign_store(tmp_path)
    del engine
    result = run("--store", tmp_path, "sparql", "SELECT ?o { ?s ?p ?o }", "--format", "csv")
    assert result.stdout.split() == ["o", "elsewhere"]
    assert run("--store", tmp_path, "info").returncode == 0


def test_all_of_another_programs_store_is_validated(tmp_path: Path, run: Run) -> None:
    engine = foreign_store(tmp_path)
    tenure = ox.NamedNode("https://w3id.org/bilat/id/tenure/nobodys")
    rdf_type = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    engine.add(ox.Quad(tenure, rdf_type, ox.NamedNode("https://w3id.org/bilat/ns#Tenure")))
    engine.add(ox.Quad(tenure, rdf_type, rdf_type, ox.NamedNode("http://example.org/graph")))
    engine.flush()
    del engine
    result = run("--store", tmp_path, "validate")
    assert result.returncode == 1 and "tenure:nobodys" in result.stdout


def test_another_programs_store_is_not_built_over(tmp_path: Path) -> None:
    engine = foreign_store(tmp_path)
    del engine
    with pytest.raises(StoreError, match="another program's store"):
        build(shipped(), tmp_path)
    assert bilat.open(tmp_path).sparql("ASK { ?s ?p 'elsewhere' }") is True


def test_a_store_that_is_being_written_to_is_refused(tmp_path: Path, run: Run) -> None:
    engine = foreign_store(tmp_path)
    result = run("--store", tmp_path, "info")
    assert result.returncode == 2
    assert "another program is writing to this store" in result.stderr
    del engine


def damage_manifest(store: Path) -> None:
    (store / "bilat.json").write_text("{")


def scramble_manifest(store: Path) -> None:
    (store / "bilat.json").write_bytes(b"\xfa" * 5000)


def damage_tables(store: Path) -> None:
    for path in next(store.glob("store-*")).glob("*.sst"):
        path.write_bytes(b"damaged")


def lose_tables(store: Path) -> None:
    shutil.rmtree(next(store.glob("store-*")))


def empty(store: Path) -> None:
    shutil.rmtree(store)
    store.mkdir()


@pytest.mark.parametrize(
    "damage", [damage_manifest, scramble_manifest, damage_tables, lose_tables, empty]
)
def test_a_damaged_store_says_what_to_do(
    damage: Callable[[Path], None], tmp_path: Path, run: Run
) -> None:
    build(shipped(), tmp_path)
    damage(tmp_path)
    result = run("--store", tmp_path, "sparql", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert result.returncode == 2
    assert "build` makes" in result.stderr and "Traceback" not in result.stderr
    assert len(result.stderr) < 1000
    assert run("--store", tmp_path, "build").returncode == 0
    assert run("--store", tmp_path, "info").returncode == 0


def test_the_default_store_is_rebuilt_when_a_file_changes(own_data: Path, run: Run) -> None:
    ask = ("--data", own_data, "sparql", "SELECT ?c { ?s rdfs:comment ?c FILTER(?c != '') }")
    assert "mine" in run(*ask, "--format", "csv").stdout
    (own_data / "my notes.ttl").write_text(OWN.replace("mine", "changed"), encoding="utf-8")
    assert "changed" in run(*ask, "--format", "csv").stdout


def test_info_tells_what_is_in_it_and_where_from(run: Run, store_directory: Path) -> None:
    result = run("--store", store_directory, "info")
    assert result.returncode == 0
    for words in ("Instrument", "2026-02-27-kz-rs", "inputs sha256", str(store_directory)):
        assert words in result.stdout


def test_a_folder_with_other_files_is_not_built_over(tmp_path: Path, run: Run) -> None:
    (tmp_path / "store-1").mkdir()
    (tmp_path / "store-1" / "mine.txt").write_text("mine")
    result = run("--store", tmp_path, "build")
    assert result.returncode == 2 and "holds other files" in result.stderr
    assert (tmp_path / "store-1" / "mine.txt").read_text() == "mine"


def test_the_store_before_stays_for_readers_and_older_ones_go(tmp_path: Path) -> None:
    for _ in range(3):
        build(shipped(), tmp_path)
    (tmp_path / "store-front").mkdir()
    build(shipped(), tmp_path)
    names = {path.name for path in tmp_path.glob("store-*")}
    assert names == {"store-3", "store-4", "store-front"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("derived.ttl", "is taken by what the rules derive"),
        ("2026-02-27-kz-rs.ttl", "2026-02-27-kz-rs.trig; rename it"),
    ],
)
def test_own_files_may_not_take_another_graph(
    name: str, words: str, own_data: Path, run: Run
) -> None:
    (own_data / name).write_text(OWN, encoding="utf-8")
    result = run("--data", own_data, "info")
    assert result.returncode == 2 and words in result.stderr


def test_own_files_may_not_fill_the_derived_graph(own_data: Path, run: Run) -> None:
    (own_data / "sly.trig").write_text(f"<{DERIVED_GRAPH}> {{ <http://a> <http://b> 1 }}")
    result = run("--data", own_data, "info")
    assert result.returncode == 2 and "sly.trig: puts facts into" in result.stderr


def test_endings_in_capitals_are_read_and_none_is_said(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    result = run("--data", folder, "info")
    assert result.returncode == 2 and "holds no RDF file" in result.stderr
    (folder / "UPPER.TTL").write_text(OWN, encoding="utf-8")
    assert run("--data", folder, "sparql", "ASK { ?s rdfs:comment 'mine' }").stdout == "true\n"


@pytest.mark.parametrize(
    ("store", "data", "said"),
    [
        ("missing", "", "no store is here; `bilat --store {missing} build` makes one"),
        ("missing", "own", "no store is here; `bilat --store {missing} --data '{own}' build`"),
        ("missing", "nowhere", "{nowhere}: no such directory; --data names a folder"),
        ("notes.txt", "", "{notes.txt}: is a file; a store is a folder"),
        ("file:///etc", "", "file:///etc: no such store; an address begins with http:// or"),
        ("other", "own", "{other}: this store is another program's; leave --data out"),
    ],
)
def test_what_is_no_store_is_told(
    store: str, data: str, said: str, own_data: Path, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("no store")
    ox.Store(str(tmp_path / "other"))
    names = ("missing", "notes.txt", "other", "nowhere")
    places = {name: str(tmp_path / name) for name in names} | {"own": str(own_data)}
    options = ("--data", places[data]) if data else ()
    result = run("--store", places.get(store, store), *options, "serve", "--port", "0")
    assert result.returncode == 2
    for name, place in places.items():
        said = said.replace(f"{{{name}}}", place)
    assert said in result.stderr


def test_a_store_built_with_other_data_is_not_passed_off(own_data: Path, run: Run) -> None:
    store = own_data.parent / "store"
    assert run("--store", store, "build").returncode == 0
    result = run("--store", store, "--data", own_data, "info")
    assert result.returncode == 2
    assert f"{store}: this store was built with no --data, not with {own_data}" in result.stderr
    build = re.search(r"`bilat (.* build)`", result.stderr)
    assert build and run(*shlex.split(build[1])).returncode == 0
    assert str(own_data) in run("--store", store, "info").stdout


def test_many_first_questions_at_once_share_one_build(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "bilat", "ask", "countries"]
    fresh = {**environment, "HOME": str(tmp_path)}
    processes = [
        subprocess.Popen(command, env=fresh, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    answers = {process.communicate(timeout=60)[0] for process in processes}
    assert len(answers) == 1 and "Kazakhstan" in answers.pop()
    assert len(list(tmp_path.rglob("store-*"))) == 1


def test_a_damaged_store_in_the_cache_is_made_anew(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    fresh = {**environment, "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "bilat", "ask", "countries"]
    first = subprocess.run(command, env=fresh, capture_output=True, text=True)
    for path in tmp_path.rglob("*.sst"):
        path.write_bytes(b"damaged")
    again = subprocess.run(command, env=fresh, capture_output=True, text=True)
    assert again.stdout == first.stdout and first.stdout


def test_a_rule_that_changes_makes_the_store_stale(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for folder in ("ontology", "data", "queries"):
        shutil.copytree(shipped().folder(folder), root / folder)
    inputs = shipped()._replace(root=str(root))
    before = inputs.stamp()
    rule = root / "queries" / "rules" / "party.rq"
    rule.write_text(rule.read_text() + "# changed\n")
    assert inputs.stamp() != before
