"""Pushing a build into a server: all of it, each graph whole, and nothing twice."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest

import bilat
from bilat.build import build
from bilat.endpoint import Endpoint
from bilat.errors import InputError, NotFoundError, StoreError
from bilat.inputs import shipped
from bilat.namespaces import GRAPH
from bilat.push import GraphStore, Pushed, Wish, graph_store_url, push
from bilat.remote import PUSHED_GRAPH, RemoteStore
from bilat.store import EmbeddedStore, open_store
from conftest import Run
from servers import Request, Scripted, answer, oxigraph, passing_on

SEED = "2026-02-27-kz-rs"
FACT = "<https://w3id.org/bilat/id/place/{0}> <http://www.w3.org/2000/01/rdf-schema#label> '{0}' ."


@pytest.fixture
def url() -> Iterator[str]:
    """A real server, empty."""
    with oxigraph() as place:
        yield place


@pytest.fixture(scope="module")
def store(store_directory: Path) -> EmbeddedStore:
    return open_store(store_directory)


def pushed(store: EmbeddedStore, url: str, wish: Wish | None = None) -> Pushed:
    remote = RemoteStore(url)
    return push(store, remote, GraphStore(remote.endpoint), wish or Wish())


def in_step(store: EmbeddedStore, url: str) -> bool:
    """Whether the server has exactly what the store has."""
    return set(RemoteStore(url).quads()) == set(store.quads())


def test_everything_is_there_and_a_second_push_sends_nothing(
    store: EmbeddedStore, url: str
) -> None:
    first = pushed(store, url)
    assert first.sent == [*(n.removeprefix(GRAPH) for n in store.graph_names()), "default"]
    assert first.triples == sum(1 for _ in store.quads())
    assert in_step(store, url)
    with Scripted(passing_on(url, lambda _: None, lambda _: None)) as between:
        remote = RemoteStore(between.url)
        again = push(store, remote, GraphStore(remote.endpoint, between.url[:-6] + "store"))
    assert (again.sent, again.removed, again.triples) == ([], [], 0)
    assert again.unchanged == first.sent
    assert {request.method for request in between.requests} == {"POST"}
    assert all(request.path == "/sparql" for request in between.requests)


def test_only_what_changed_is_sent_and_what_is_gone_is_removed(url: str, tmp_path: Path) -> None:
    data, place = tmp_path / "data", tmp_path / "store"
    data.mkdir()

    def rebuilt(**files: str) -> EmbeddedStore:
        for path in data.iterdir():
            path.unlink()
        for name, text in files.items():
            (data / f"{name}.ttl").write_text(text)
        build(shipped(data), place)
        return open_store(place)

    pushed(rebuilt(one=FACT.format("a"), two=FACT.format("b")), url)
    # as many triples as before, so that numbers alone do not tell
    done = pushed(rebuilt(one=FACT.format("c"), two=FACT.format("b")), url)
    assert (done.sent, done.removed) == (["one", "default"], [])
    second = rebuilt(two=FACT.format("b"), three=FACT.format("b"))
    done = pushed(second, url, Wish(dry_run=True))
    assert (done.sent, done.removed) == (["three", "default"], ["one"])
    assert pushed(second, url) == done
    assert in_step(second, url)


def test_a_line_that_moved_to_the_next_file_is_noticed(url: str, tmp_path: Path) -> None:
    """All files together have the same bytes then."""
    data, lines = tmp_path / "data", [FACT.format(name) + "\n" for name in "abc"]
    data.mkdir()
    for parts in (1, 2):
        (data / "one.nt").write_text("".join(lines[:parts]).replace("'", '"'))
        (data / "two.nt").write_text("".join(lines[parts:]).replace("'", '"'))
        build(shipped(data), tmp_path / "store")
        done = pushed(open_store(tmp_path / "store"), url)
    assert done.sent == ["one", "two"]
    assert in_step(open_store(tmp_path / "store"), url)


def test_a_graph_that_somebody_else_changed_is_sent_again(store: EmbeddedStore, url: str) -> None:
    pushed(store, url)
    graphs = GraphStore(Endpoint(url))
    node = ox.NamedNode(GRAPH + SEED)
    graphs.add(node, [ox.Triple(node, node, node)])
    graphs.remove(ox.NamedNode(GRAPH + "reference"))
    assert pushed(store, url).sent == [SEED, "reference"]
    assert in_step(store, url)


def test_one_graph_by_its_name(store: EmbeddedStore, url: str) -> None:
    assert pushed(store, url, Wish(SEED)).sent == [SEED]
    assert pushed(store, url, Wish(SEED)).unchanged == [SEED]
    remote = RemoteStore(url)
    assert remote.graph_names() == [GRAPH + SEED]
    assert remote.manifest() == {}, "not all of the build is there"
    with pytest.raises(NotFoundError, match=SEED):
        pushed(store, url, Wish("2026-02-27-kz"))
    assert SEED not in pushed(store, url).sent
    assert RemoteStore(url).manifest() == {k: store.manifest()[k] for k in ("version", "sha256")}


@pytest.mark.parametrize("graph", [None, ox.NamedNode(GRAPH + SEED)])
def test_what_others_put_there_is_kept(
    graph: ox.NamedNode | None, store: EmbeddedStore, url: str
) -> None:
    graphs, node = GraphStore(Endpoint(url)), ox.NamedNode("http://example.org/theirs")
    graphs.add(graph or ox.DefaultGraph(), [ox.Triple(node, node, node)])
    graphs.add(node, [ox.Triple(node, node, node)])
    for wish in (Wish(), Wish(dry_run=True)):
        with pytest.raises(StoreError, match="--replace"):
            pushed(store, url, wish)
    pushed(store, url, Wish(replace=True))
    assert node.value in RemoteStore(url).graph_names(), "a graph that is in nobody's way stays"
    graphs.remove(node)
    assert in_step(store, url)


def test_what_others_put_there_is_kept_after_a_push_of_one_graph_too(
    store: EmbeddedStore, url: str
) -> None:
    graphs, node = GraphStore(Endpoint(url)), ox.NamedNode("http://example.org/theirs")
    graphs.add(ox.DefaultGraph(), [ox.Triple(node, node, node)])
    pushed(store, url, Wish(SEED))
    with pytest.raises(StoreError, match="--replace"):
        pushed(store, url)
    assert RemoteStore(url).ask(f"ASK {{ {node} {node} {node} }}") is True
    pushed(store, url, Wish(replace=True))
    assert in_step(store, url)


def test_a_server_whose_default_graph_is_the_union_gets_no_other(
    store: EmbeddedStore, kg: bilat.KnowledgeGraph
) -> None:
    with oxigraph("--union-default-graph") as url:
        done = pushed(store, url)
        assert "default" not in done.sent
        assert pushed(store, url).sent == []
        remote = bilat.open(url)
        for name in ("who-cooperates-with", "countries", "partners-of-country"):
            assert remote.ask(name).terms == kg.ask(name).terms


def named(request: Request) -> str | None:
    """The graph that a request writes; ``None`` where it is none of the data."""
    query = parse_qs(urlsplit(request.path).query, keep_blank_values=True)
    graph = query.get("graph", ["default" if "default" in query else PUSHED_GRAPH])[0]
    return None if graph == PUSHED_GRAPH else graph


@pytest.mark.parametrize("moment", sorted(Random(4).sample(range(3, 45), 2)))
@pytest.mark.parametrize("carried_out", [False, True])
def test_a_push_that_was_killed_goes_on(
    moment: int, carried_out: bool, store: EmbeddedStore, store_directory: Path, url: str,
    environment: dict[str, str],
) -> None:  # fmt: skip
    """Killed with a request on its way, or before its answer comes back."""
    process: list[subprocess.Popen[bytes]] = []
    written: list[tuple[str, str | None]] = []

    def kill(request: Request) -> None:
        if len(written) == moment:
            os.kill(process[0].pid, signal.SIGKILL)
            process[0].wait()

    def before(request: Request) -> None:
        written.append((request.method, named(request)))
        if not carried_out:
            kill(request)

    def after(request: Request) -> None:
        if carried_out:
            kill(request)

    with Scripted(passing_on(url, before, after)) as between:
        command = [sys.executable, "-m", "bilat", "--store", str(store_directory), "push"]
        store_url = url.replace("/query", "/store").split("/", 3)[3]
        where = ["--graph-store", between.url.replace("/sparql", f"/{store_url}")]
        process.append(subprocess.Popen([*command, between.url, *where], env=environment))
        assert process[0].wait(60) == -signal.SIGKILL
    whole = [graph for method, graph in written[:-2] if method == "PUT" and graph]
    done = pushed(store, url)
    assert in_step(store, url)
    assert {GRAPH + name for name in done.unchanged} >= set(whole[:-1]) - {"default"}
    assert len(done.sent) + len(done.unchanged) == len(store.graph_names()) + 1


def test_a_push_that_is_refused_says_so(store_directory: Path, run: Run) -> None:
    nothing = '{"head": {"vars": ["g", "n"]}, "results": {"bindings": []}}'
    zero = (
        '{"head": {"vars": ["n"]}, "results": {"bindings": [{"n": {"type": "literal", "value": "0",'
        ' "datatype": "http://www.w3.org/2001/XMLSchema#integer"}}]}}'
    )
    for status, words in (
        (405, "--graph-store"), (401, "--header"), (507, "no space left"),
    ):  # fmt: skip
        answers = (answer(nothing), answer(nothing), answer(zero), answer(nothing))
        refusal = answer("no space left", status, "text/plain")
        with Scripted(*answers, refusal) as server:
            result = run("--store", store_directory, "push", server.url)
        assert result.returncode == 2
        assert words in result.stderr and "Traceback" not in result.stderr
        assert server.requests[-1].method == "PUT"
        assert server.requests[-1].headers["content-type"] == "application/n-triples"


def test_a_graph_is_sent_again_whole_when_the_server_was_busy(
    store: EmbeddedStore, url: str
) -> None:
    seen: list[Request] = []

    def busy(request: Request, connection: object) -> None:
        seen.append(request)
        if len(seen) % 2:
            connection.sendall(answer("", 503))  # type: ignore[attr-defined]
        else:
            passing(request, connection)  # type: ignore[operator,arg-type]

    passing = passing_on(url, lambda _: None, lambda _: None)
    with Scripted(busy) as between:
        graphs = GraphStore(Endpoint(between.url), between.url.replace("/sparql", "/store"))
        remote = RemoteStore(url)
        done = push(store, remote, graphs, Wish(SEED))
    assert done.sent == [SEED]
    assert [request.body for request in seen[::2]] == [request.body for request in seen[1::2]]
    assert max(len(request.body) for request in seen) > 10_000


def test_the_command_tells_what_it_does(store_directory: Path, url: str, run: Run) -> None:
    push = ("--store", store_directory, "push", url)
    dry = run(*push, "--dry-run")
    assert dry.returncode == 0 and "would send: 2018-04-25-az-tr, " in dry.stdout
    assert "nothing was sent" in dry.stdout
    assert RemoteStore(url).graph_names() == []
    assert run(*push).stdout.startswith("pushed in ")
    assert "0 graphs with 0 triples" in run(*push).stdout
    assert run("--store", url, "push", url).returncode == 2
    assert run("push", "my-data").returncode == 2
    secret = run(*push, "--graph-store", "https://me:secret@example.org/store")
    assert secret.returncode == 2 and "secret" not in secret.stderr and "netrc" in secret.stderr


@pytest.mark.parametrize(
    ("query", "graphs"),
    [
        ("http://localhost:7878/query", "http://localhost:7878/store"),
        ("http://localhost:7878/sparql", "http://localhost:7878/store"),
        ("https://example.org:3030/ds/sparql", "https://example.org:3030/ds/data"),
        ("https://example.org/a/ds/query/", "https://example.org/a/ds/data"),
        ("http://g:7200/repositories/X", "http://g:7200/repositories/X/rdf-graphs/service"),
        ("http://g/rdf4j-server/repositories/X", "http://g/rdf4j-server/repositories/X/rdf-graphs/service"),
    ],
)  # fmt: skip
def test_where_graphs_are_stored(query: str, graphs: str) -> None:
    assert graph_store_url(query) == graphs


@pytest.mark.parametrize("query", ["http://localhost:7878", "http://localhost/repositories"])
def test_where_graphs_are_stored_is_not_guessed_wildly(query: str) -> None:
    with pytest.raises(InputError, match="--graph-store"):
        graph_store_url(query)


def test_half_an_upload_changes_nothing(store: EmbeddedStore, url: str) -> None:
    """What a client leaves behind that is killed while it sends a graph."""
    pushed(store, url, Wish(SEED))
    before = set(RemoteStore(url).quads())
    host, port = url.removeprefix("http://").removesuffix("/query").split(":")
    head = (
        f"PUT /store?graph={GRAPH}{SEED} HTTP/1.1\r\nHost: {host}\r\n"
        "Content-Type: application/n-triples\r\nContent-Length: 100000\r\n\r\n"
    )
    line = b"<http://example.org/a> <http://example.org/b> <http://example.org/c> .\n"
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + line * 100)
    assert set(RemoteStore(url).quads()) == before
