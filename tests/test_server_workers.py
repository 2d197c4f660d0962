"""The processes that answer: ended, replaced, limited, and gone over to a new store."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlencode

import pyoxigraph as ox
import pytest

import bilat
from bilat.server import sparql
from bilat.server.answers import Job, Refusal
from bilat.server.worker import Settings, held_in_memory
from bilat.server.workers import Limits, Pool
from bilat.store import EmbeddedStore
from serving import Reply, Served, children, serving

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?a != <http://x/%d>) }"
QUICK = "ASK { ?a a bilat:Award . FILTER(?a != <http://x/%d>) }"

linux = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")


def eventually(holds: Callable[[], object], seconds: float = 30) -> None:
    """Wait until it holds; fail where it never does."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


def busiest(served: Served) -> int:
    """The worker that has the processor for longest now, once one has had it for some time."""
    before = {pid: ticks(pid) for pid in served.processes()}
    found: list[tuple[int, int]] = []

    def one_is_busy() -> bool:
        found[:] = [(ticks(pid) - before.get(pid, 0), pid) for pid in served.processes()]
        return bool(found) and max(found)[0] >= 0.2 * os.sysconf("SC_CLK_TCK")

    eventually(one_is_busy)
    return max(found)[1]


def ticks(pid: int) -> int:
    """What a process has had of the processor."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11])


@pytest.fixture(scope="module")
def strict(store_directory: Path, environment: dict[str, str]) -> Iterator[Served]:
    """A server with narrow limits."""
    options = ("--query-timeout", "2", "--memory", "300", "--max-rows", "10", "--workers", "4")
    with serving("--store", store_directory, environment=environment, options=options) as server:
        yield server


@linux
def test_a_killed_worker_is_replaced(strict: Served) -> None:
    eventually(lambda: len(strict.processes()) == 4)
    before = strict.processes()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    for number in range(20):
        assert strict.query(QUICK % number).status == 200
    eventually(lambda: len(strict.processes()) == 4)
    assert not set(before) & set(strict.processes())


@linux
def test_the_parent_of_workers_is_replaced(strict: Served) -> None:
    (parent,) = children(strict.process.pid)
    os.kill(parent, signal.SIGKILL)
    eventually(lambda: children(strict.process.pid) not in ([], [parent]))
    eventually(lambda: strict.query(QUICK % 100).status == 200)


@linux
def test_who_asked_a_killed_worker_is_told(served: Served) -> None:
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(served.query, ENDLESS % 1)
        # once killed, it is tried again; killed again, it is told
        for _ in range(2):
            pid = busiest(served)
            os.kill(pid, signal.SIGKILL)
            eventually(lambda pid=pid: pid not in served.processes())  # type: ignore[misc]
        reply = asked.result()
    assert reply.status == 503 and int(reply.headers["retry-after"]) > 0
    assert served.query(QUICK % 101).status == 200


def test_a_query_that_takes_too_long_is_ended(strict: Served) -> None:
    reply = strict.query(ENDLESS % 2)
    assert reply.status == 504 and "2 seconds" in json.loads(reply.body)["detail"]
    assert strict.query(ENDLESS % 2).status == 504  # remembered
    assert strict.query(QUICK % 102).status == 200


def test_a_query_that_takes_too_much_memory_is_ended(
    store_directory: Path, environment: dict[str, str]
) -> None:
    options = ("--memory", "200", "--query-timeout", "60", "--workers", "2")
    with serving("--store", store_directory, environment=environment, options=options) as server:
        reply = server.query("SELECT DISTINCT ?a ?d ?c ?f { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f")
        assert reply.status == 422 and "memory" in json.loads(reply.body)["detail"]
        assert server.query(QUICK % 103).status == 200


@pytest.mark.parametrize("format", ["json", "xml", "csv", "tsv", "html"])
@pytest.mark.parametrize(
    "rows", ["SELECT * { VALUES ?x { %s } }", "SELECT ?é { VALUES ?é { %s } }"]
)
def test_an_answer_has_so_many_rows_or_none(rows: str, format: str, strict: Served) -> None:
    whole = strict.query(rows % " ".join(f"'{n} }},{{'" for n in range(10)), format=format)
    assert whole.status == 200
    cut = strict.query(rows % " ".join(f"'{n}'" for n in range(11)), format=format)
    assert cut.status == 422 and "10 rows" in cut.text


def test_rows_without_values_are_rows(strict: Served) -> None:
    rows = "SELECT ?y { VALUES ?x { %s } }"
    assert strict.query(rows % " ".join(map(str, range(10)))).status == 200
    assert strict.query(rows % " ".join(map(str, range(11)))).status == 422


def test_who_asks_for_something_new_each_time_gets_it(served: Served) -> None:
    query = "SELECT (UUID() AS ?new) (COUNT(*) AS ?n) { ?a ?b ?c . ?d a bilat:Country }"
    with ThreadPoolExecutor(8) as threads:
        replies = [*threads.map(served.query, [query] * 16)]
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 16


def test_a_fault_of_ours_is_told_as_one(store_directory: Path) -> None:
    async def answered() -> None:
        pool = Pool(Settings(str(store_directory)), Limits(workers=1, slow=1))
        try:
            await pool.start()
            with pytest.raises(Refusal) as refused:
                await pool.run(Job("builtins:abs"))
            assert refused.value.status == 500
            await pool.run(Job("bilat.server.sparql:query", ("ASK {}",)))
        finally:
            pool.close()

    asyncio.run(answered())


@linux
def test_refusals_that_are_kept_take_no_more_memory(served: Served) -> None:
    def taken() -> int:
        status = Path(f"/proc/{served.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1])

    def ask(times: int) -> None:
        with closing(http.client.HTTPConnection(*served.place, timeout=60)) as connection:
            for _ in range(times):
                connection.request("GET", "/sparql?query=SELECT%20%7B")
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 400

    ask(1000)
    before = taken()
    ask(3000)
    assert taken() - before < 6_000


def test_an_answer_has_so_many_triples_or_none(strict: Served) -> None:
    query = "CONSTRUCT { ?s ?p ?o } WHERE { { SELECT * { ?s ?p ?o } LIMIT %d } }"
    assert strict.query(query % 10).status == 200
    assert strict.query(query % 11).status == 422


def test_an_answer_has_so_many_bytes_or_none(
    kg: bilat.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sparql, "MOST_BYTES", 1000)
    assert sparql.query(kg, "ASK {}").status == 200
    asks: list[Callable[[], object]] = [
        lambda: sparql.query(kg, "SELECT * { ?s ?p ?o } LIMIT 100"),
        lambda: sparql.query(kg, "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 100"),
        lambda: sparql.graph(kg, None, "turtle"),
    ]
    for ask in asks:
        with pytest.raises(Refusal, match="MiB") as refused:
            ask()
        assert refused.value.status == 422


@linux
def test_the_leaving_of_the_client_ends_its_query(served: Served) -> None:
    with socket.create_connection(served.place) as connection:
        target = "/sparql?query=" + quote(ENDLESS % 3, safe="")
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        pid = busiest(served)
    eventually(lambda: pid not in served.processes())
    assert served.query(QUICK % 104).status == 200


def test_quick_queries_are_answered_beside_endless_ones(strict: Served) -> None:
    done = threading.Event()

    def hostile(number: int) -> set[int]:
        statuses = set()
        while not done.is_set():
            number += 100
            statuses.add(strict.query(ENDLESS % number + " #" + "x" * (number % 7)).status)
        return statuses

    with ThreadPoolExecutor(16) as threads:
        bad = [threads.submit(hostile, number) for number in range(6)]
        good = [strict.query(QUICK % number).status for number in range(200, 260)]
        done.set()
        refused = set().union(*(each.result() for each in bad))
    assert set(good) == {200}
    assert refused <= {503, 504}


@linux
def test_nothing_is_left_when_the_server_is_killed(
    store_directory: Path, environment: dict[str, str]
) -> None:
    with serving("--store", store_directory, environment=environment) as server:
        parents = children(server.process.pid)
        with ThreadPoolExecutor() as threads:
            asked = threads.submit(_quietly, server.query, ENDLESS % 4)
            busiest(server)
            workers = server.processes()
            server.process.kill()
            asked.result()
        gone = [Path(f"/proc/{pid}/cmdline") for pid in (*parents, *workers)]
        eventually(lambda: not any(_runs(path) for path in gone))


@linux
def test_no_file_is_made_for_a_server_that_is_gone(
    store_directory: Path, environment: dict[str, str]
) -> None:
    with serving("--store", store_directory, environment=environment) as server:
        before = set(children(server.process.pid))
        with ThreadPoolExecutor() as threads:
            asked = threads.submit(_quietly, server.ask, "/data/bilat.rdf")
            eventually(lambda: set(children(server.process.pid)) - before)
            (making,) = set(children(server.process.pid)) - before
            process = Path(f"/proc/{making}")
            eventually(lambda: _is_held(process))
            file = Path(process.joinpath("cmdline").read_text().split("\0")[-2])
            os.kill(making, signal.SIGSTOP)
            server.process.kill()
            asked.result()
            os.kill(making, signal.SIGCONT)
        eventually(lambda: not _runs(process / "cmdline"))
        assert file.read_bytes() == b""
        shutil.rmtree(file.parent)


@pytest.mark.parametrize("whole", [False, True])
def test_no_file_is_left_when_the_server_ends(
    whole: bool, store_directory: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    own = {**environment, "TMPDIR": str(tmp_path)}
    with (
        serving("--store", store_directory, environment=own) as server,
        ThreadPoolExecutor() as threads,
    ):
        asked = threads.submit(_quietly, server.ask, "/data/bilat.nt")
        eventually(lambda: list(tmp_path.glob("bilat-*/*")))
        if whole:
            assert asked.result()
        server.process.terminate()
        assert server.process.wait(30) == 0
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_server_left_is_removed_when_the_next_one_starts(
    store_directory: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    own = {**environment, "TMPDIR": str(tmp_path)}
    mine = tmp_path / "bilat-of-mine"
    mine.mkdir()
    with serving("--store", store_directory, environment=own) as server:
        whole = server.ask("/data/bilat.nt").body
        server.process.kill()
        server.process.wait(30)
    (left,) = set(tmp_path.iterdir()) - {mine}
    assert [file.read_bytes() for file in left.iterdir()] == [whole]
    with serving("--store", store_directory, environment=own) as server:
        assert list(tmp_path.iterdir()) == [mine]
        assert server.ask("/data/bilat.nt").body == whole
        with serving("--store", store_directory, environment=own):
            assert server.ask("/data/bilat.nt").body == whole  # is that of a server that runs
    assert list(tmp_path.iterdir()) == [mine]


def test_a_file_that_cannot_be_made_is_told_to_both_sides(
    store_directory: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    own = {**environment, "TMPDIR": str(gone)}
    log = (tmp_path / "log").open("w+")
    with serving("--store", store_directory, environment=own, errors=log) as server:
        assert server.ask("/data/bilat.nt").status == 200
        shutil.rmtree(gone)
        reply = server.ask("/data/bilat.ttl")
        assert reply.status == 503 and str(gone) not in reply.text
        assert "could not be made" in reply.text and int(reply.headers["retry-after"]) > 0
    log.seek(0)
    assert f"no file can be made: [Errno 2] No such file or directory: '{gone}/" in log.read()


def _is_held(process: Path) -> bool:
    """Whether the end of its standard input ends the process."""
    found = re.search(r"flags:\s*(\d+)", process.joinpath("fdinfo", "0").read_text())
    assert found
    return bool(int(found[1], 8) & os.O_ASYNC)


def _runs(path: Path) -> bool:
    try:
        return b"bilat.server." in path.read_bytes()
    except OSError:
        return False


def _quietly(ask: Callable[[str], Reply], target: str) -> Reply | None:
    try:
        return ask(target)
    except OSError:
        return None
    except Exception as error:  # what http.client makes of a server that is gone
        assert "Disconnected" in type(error).__name__
        return None


@linux
@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_at_once(
    number: int, code: int, store_directory: Path, environment: dict[str, str]
) -> None:
    with serving("--store", store_directory, environment=environment) as server:
        with ThreadPoolExecutor() as threads:
            threads.submit(_quietly, server.query, ENDLESS % 5)
            busiest(server)
            workers = server.processes()
            server.process.send_signal(number)
            assert server.process.wait(30) == code
        eventually(lambda: not any(_runs(Path(f"/proc/{pid}/cmdline")) for pid in workers))


def test_a_new_store_is_gone_over_to_without_a_failed_request(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    store, data = tmp_path / "store", tmp_path / "data"
    data.mkdir()
    triple = "<http://example.org/s> <http://example.org/p> '%s' .\n"
    (data / "own.ttl").write_text(triple % "old")
    places = ("--store", store, "--data", data)
    build = [sys.executable, "-m", "bilat", *map(str, places), "build"]
    subprocess.run(build, env=environment, check=True, capture_output=True)
    query = "SELECT * { <http://example.org/s> <http://example.org/p> ?o }"
    target = "/sparql?" + urlencode({"query": query})
    done, replies = threading.Event(), list[Reply]()

    def ask(number: int) -> None:
        while not done.is_set():
            replies.append(server.query(f"{query} #{number}"))
            number += 10

    with serving(*places, environment=environment) as server, ThreadPoolExecutor() as threads:
        tag = server.ask(target).headers["etag"]
        asking = [threads.submit(ask, number) for number in range(3)]
        try:
            (data / "own.ttl").write_text(triple % "new")
            subprocess.run(build, env=environment, check=True, capture_output=True)
            eventually(lambda: "new" in server.ask(target).text)
            (data / "own.ttl").write_text(triple % "newest")
            subprocess.run(build, env=environment, check=True, capture_output=True)
            eventually(lambda: "newest" in server.ask(target).text)
        finally:
            done.set()
        for each in asking:
            each.result()
        assert {reply.status for reply in replies} == {200}
        again = server.ask(target, headers={"If-None-Match": tag})
        assert again.status == 200 and again.headers["etag"] != tag
        # what is no store does not take its place
        (store / "bilat.json").write_text("{}")
        time.sleep(1)
        assert "newest" in server.query(f"{query} # once more").text
        eventually(lambda: len(children(server.process.pid)) == 1)  # those of old stores are gone


def test_a_graph_answers_the_same_in_memory_and_on_disk(store_directory: Path) -> None:
    questions = bilat.open(store_directory).questions().values()
    jobs = [Job("bilat.server.sparql:query", (question.text,)) for question in questions]

    async def answered(in_memory: int) -> tuple[str, list[list[str]]]:
        settings = Settings(str(store_directory), in_memory=in_memory)
        pool = Pool(settings, Limits(workers=1, slow=1))
        try:
            await pool.start()
            answers = [(await pool.run(job))[0].body for job in jobs]
        finally:
            pool.close()
        rows = [json.loads(answer)["results"]["bindings"] for answer in answers]
        return pool.version, [sorted(map(json.dumps, each)) for each in rows]

    on_disk, in_memory = asyncio.run(answered(0)), asyncio.run(answered(1 << 40))
    assert any(in_memory[1])
    assert in_memory == on_disk


def test_only_a_small_graph_is_held_in_memory(tmp_path: Path, store_directory: Path) -> None:
    held = held_in_memory(Settings(str(store_directory)))
    assert held and isinstance(held.kg.store, EmbeddedStore)
    there = bilat.open(store_directory).store
    assert held.kg.store.graph_names() == there.graph_names()
    assert set(held.kg.store.quads()) == set(there.quads())
    assert held_in_memory(Settings(str(store_directory), in_memory=1000)) is None
    assert held_in_memory(Settings(str(tmp_path / "missing"))) is None
    assert held_in_memory(Settings("http://localhost:1/sparql")) is None


# the pause as it is, but shorter
SOONER = """
from bilat.server import workers
workers.RETRYING = 0.1
from bilat.cli import main
main()
"""


def test_a_new_store_that_could_not_be_opened_is_tried_again(
    store_directory: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    store, log = tmp_path / "store", (tmp_path / "log").open("w+")
    shutil.copytree(store_directory, store)
    about = json.loads((store / "bilat.json").read_text())
    program = (sys.executable, "-c", SOONER)
    with serving("--store", store, environment=environment, program=program, errors=log) as server:
        tag = server.query(QUICK % 1).headers["etag"]
        new = {**about, "store": "store-77", "sha256": "of another"}
        (store / "bilat.json").write_text(json.dumps(new))
        eventually(lambda: log.seek(0) or "stays" in log.read())
        time.sleep(1)  # for some attempts
        assert server.query(QUICK % 1).headers["etag"] == tag
        shutil.copytree(store / about["store"], store / "store-77")
        eventually(lambda: server.query(QUICK % 1).headers["etag"] != tag)
    log.seek(0)
    (line,) = [line for line in log.read().splitlines() if "stays" in line]
    assert line.startswith("bilat: the store that was there stays until the new one opens: ")
    assert str(store) in line


def test_a_remote_endpoint_is_asked_in_turn(
    served: Served, environment: dict[str, str], kg: bilat.KnowledgeGraph
) -> None:
    with serving("--store", f"{served.address}/sparql", environment=environment) as between:
        for accept in ("application/sparql-results+xml", "text/csv", "text/turtle"):
            query = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o . FILTER(?s = country:KAZ) }"
            if accept != "text/turtle":
                query = "SELECT * { ?a a bilat:Award } ORDER BY ?a"
            assert between.query(query, accept).body == served.query(query, accept).body
        assert json.loads(between.query("ASK {}").body)["boolean"] is True
        assert "etag" not in between.query("ASK {}").headers
        graph = {"default-graph-uri": "https://w3id.org/bilat/graph/reference"}
        count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
        assert between.query(count, **graph).body == served.query(count, **graph).body
        reply = between.ask("/graphs?graph=" + quote(graph["default-graph-uri"], safe=""))
        reference = kg.store.quads(ox.NamedNode(graph["default-graph-uri"]))
        wanted = {str(quad.triple) for quad in reference}
        assert {str(quad.triple) for quad in ox.parse(reply.body, ox.RdfFormat.TURTLE)} == wanted
        assert between.query("SELECT * { ?s }").status == 400
        service = "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"
        assert between.query(service).status == 403
        hidden = r"ASK { FILTER('\u0027 != '') SERVICE <http://127.0.0.1:9/> {} FILTER('' != '') }"
        assert between.query(hidden).status in (400, 403)


def test_another_store_of_oxigraph_is_served(tmp_path: Path, environment: dict[str, str]) -> None:
    store = ox.Store(str(tmp_path / "store"))
    node = ox.NamedNode("http://example.org/it")
    store.add(ox.Quad(node, node, ox.Literal("here"), node))
    store.flush()
    del store
    with serving("--store", tmp_path / "store", environment=environment) as server:
        assert "here" not in server.query("SELECT * { ?s ?p ?o }").text
        assert "here" in server.query("SELECT * { GRAPH ?g { ?s ?p ?o } }").text
        assert "here" in server.ask("/graphs?graph=http%3A%2F%2Fexample.org%2Fit").text
        assert "UnionDefaultGraph" not in server.ask("/sparql").text


def test_a_damaged_store_is_no_store_to_serve(
    store_directory: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(store_directory, damaged)
    for table in damaged.glob("store-*/*.sst"):
        table.write_bytes(b"no table")
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("no store")
    for place in ("damaged", "empty", "other", "missing"):
        command = [sys.executable, "-m", "bilat", "--store", str(tmp_path / place), "serve"]
        done = subprocess.run(
            [*command, "--port", "0"], env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 2, place
        assert done.stderr.startswith("bilat: ") and "Traceback" not in done.stderr
        assert str(tmp_path / place) in done.stderr
