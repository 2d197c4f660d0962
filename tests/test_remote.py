"""Any SPARQL endpoint as a store: the same answers as from files, or an error, never less."""

from __future__ import annotations

import gzip
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import trustme

import bilat
from bilat.diagram import save
from bilat.errors import BilatError, InputError, StoreError
from bilat.inputs import shipped
from bilat.namespaces import PREFIXES
from bilat.network import VIEWS, to_bytes
from bilat.push import GraphStore, push
from bilat.questions import load
from bilat.remote import RemoteStore
from bilat.results import Rows
from bilat.store import EmbeddedStore
from conftest import Run
from servers import JSON, ONE_ROW, TRIPLES, Request, Scripted, answer, oxigraph

QUESTIONS = load(shipped().folder("queries", "questions"))
SECRET = "s3cret-t0ken"


@pytest.fixture(scope="module")
def url(kg: bilat.KnowledgeGraph) -> Iterator[str]:
    """A real server that the shipped graph was pushed to; never write to it."""
    with oxigraph() as place:
        assert isinstance(kg.store, EmbeddedStore)
        remote = RemoteStore(place)
        push(kg.store, remote, GraphStore(remote.endpoint))
        yield place


@pytest.fixture(scope="module")
def remote(url: str) -> bilat.KnowledgeGraph:
    return bilat.open(url)


# ---- The same answers ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_has_the_same_rows(
    name: str, remote: bilat.KnowledgeGraph, kg: bilat.KnowledgeGraph
) -> None:
    ours, theirs = kg.ask(name), remote.ask(name)
    assert theirs.variables == ours.variables
    assert theirs.terms == ours.terms


@pytest.mark.parametrize("name", QUESTIONS)
def test_triples_that_several_graphs_state_repeat_no_row(
    name: str, repeating: str, kg: bilat.KnowledgeGraph
) -> None:
    assert bilat.open(repeating).ask(name).terms == kg.ask(name).terms


@pytest.mark.parametrize("view", VIEWS)
def test_a_network_is_the_same(
    view: str, remote: bilat.KnowledgeGraph, kg: bilat.KnowledgeGraph
) -> None:
    assert to_bytes(remote.network(view), "json") == to_bytes(kg.network(view), "json")


@pytest.mark.parametrize("words", [("pair", "KZ", "RS"), ("timeline",)])
def test_a_diagram_is_the_same(
    words: tuple[str, ...],
    remote: bilat.KnowledgeGraph,
    kg: bilat.KnowledgeGraph,
    tmp_path: Path,
) -> None:
    for name, graph in (("ours", kg), ("theirs", remote)):
        save(graph.draw(*words), tmp_path / f"{name}.svg")
    assert (tmp_path / "ours.svg").read_bytes() == (tmp_path / "theirs.svg").read_bytes()


@pytest.mark.parametrize("graph", [None, "2026-02-27-kz-rs"])
@pytest.mark.parametrize("format", ["turtle", "nquads", "jsonld"])
def test_an_export_has_the_same_bytes(
    format: str, graph: str | None, remote: bilat.KnowledgeGraph, kg: bilat.KnowledgeGraph
) -> None:
    assert remote.export(format, graph) == kg.export(format, graph)


def test_what_is_said_of_the_data_is_the_same(
    remote: bilat.KnowledgeGraph, kg: bilat.KnowledgeGraph
) -> None:
    assert remote.describe() == kg.describe()
    assert remote.store.graph_names() == kg.store.graph_names()
    triples = (g.store.stated(without={PREFIXES["graph"] + "reference"}) for g in (remote, kg))
    first, second = (set(ox.parse(text, format=ox.RdfFormat.N_TRIPLES)) for text in triples)
    assert first == second


def test_findings_are_the_same(
    remote: bilat.KnowledgeGraph, kg: bilat.KnowledgeGraph, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.ttl"
    path.write_text(
        "@prefix bilat: <https://w3id.org/bilat/ns#> .\n"
        "<https://w3id.org/bilat/id/instrument/wrong> a bilat:Instrument ; bilat:field 7 .\n"
    )
    ours, theirs = kg.validate(path), remote.validate(path)
    assert not ours.conforms
    assert theirs.to_json() == ours.to_json()


QUERIES = [
    "SELECT ?name { country:KAZ rdfs:label ?name } ORDER BY ?name",
    "ASK { country:KAZ bilat:cooperatesWith country:SRB }",
    "ASK { country:KAZ bilat:cooperatesWith country:KAZ }",
    "CONSTRUCT { ?a bilat:cooperatesWith ?b } WHERE { ?a bilat:cooperatesWith ?b }",
    "DESCRIBE country:SRB",
    # a prefix of one's own is one's own, and a comment may hold anything
    "PREFIX bilat: <http://example.org/>\nSELECT ?it { ?it a bilat:Country }",
    "# bilat:Country, PREFIX country: <http://example.org/>\nASK { country:KAZ ?p ?o }",
    "BASE <https://w3id.org/bilat/id/> SELECT ?o { <country/KAZ> a ?o } ORDER BY ?o",
    'SELECT (1 AS ?int) (1.5 AS ?dec) ("a\\tb\\"c\\n" AS ?text) ("x"@sr-Latn AS ?tag) ?none {}',
    "SELECT * { VALUES ?date { '2026-02-30'^^xsd:date '2026-02-27'^^xsd:date UNDEF } }",
    "SELECT (COUNT(*) AS ?n) { GRAPH graph:derived { ?s ?p ?o } }",
    "SELECT DISTINCT ?g { GRAPH ?g { country:KAZ ?p ?o } } ORDER BY ?g",
    "SELECT ?s { ?s ?p ?o } LIMIT 0",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_has_the_same_answer(
    query: str, remote: bilat.KnowledgeGraph, kg: bilat.KnowledgeGraph
) -> None:
    ours, theirs = kg.sparql(query), remote.sparql(query)
    if isinstance(ours, Rows):
        assert isinstance(theirs, Rows) and theirs.terms == ours.terms
    else:
        assert str(theirs) == str(ours)


WRONG = [
    "SELECT * { ?s ?p }",
    "PREFIX a: <http://a/>\n\nSELECT * {\n  ?s a:b ; }} ",
    "ASK { unknown:thing ?p ?o }",
    "\ufeffASK { ?s ?p ?o }",
    "",
    "who cooperates with whom?",
    "INSERT DATA { <http://a> <http://b> <http://c> }",
    "# a comment\rDROP ALL",
    "PREFIX a: <http://a/> DELETE WHERE { ?s ?p ?o }",
    "SELECT * { " + "{" * 600 + "}" * 600 + " }",
]


@pytest.mark.parametrize("query", WRONG)
def test_a_wrong_query_has_the_same_error(
    query: str, remote: bilat.KnowledgeGraph, kg: bilat.KnowledgeGraph
) -> None:
    with pytest.raises(InputError) as ours:
        kg.sparql(query)
    with pytest.raises(InputError) as theirs:
        remote.sparql(query)
    assert str(theirs.value) == str(ours.value)


def test_commands_take_an_address_for_a_store(url: str, run: Run, tmp_path: Path) -> None:
    ask = ("ask", "who-cooperates-with", "--country", "Қазақстан", "--partner", "RS")
    for place in (("--store", url, *ask), (*ask, "--store", url)):
        assert run(*place).stdout == run(*ask).stdout != ""
    shown = run("--store", url, "info").stdout
    assert f"store         {url}\npushed        from a build by bilat" in shown
    assert ".well-known" not in shown
    assert run("--store", url, "ask", "no-such-question").returncode == 2
    built = run("--store", url, "build")
    assert built.returncode == 2 and "bilat push URL" in built.stderr
    other = run("--store", url, "--data", tmp_path, "info")
    assert other.returncode == 2 and "push" in other.stderr


def test_the_environment_names_store_and_header(environment: dict[str, str]) -> None:
    with Scripted(answer('{"head": {}, "boolean": true}')) as server:
        extra = {"BILAT_STORE": server.url, "BILAT_HEADER": f"X-Key: {SECRET}"}
        result = subprocess.run(
            [sys.executable, "-m", "bilat", "sparql", "ASK { ?s ?p ?o }"],
            env={**environment, **extra}, capture_output=True, text=True,
        )  # fmt: skip
    assert result.stdout == "true\n"
    assert server.requests[0].headers["x-key"] == SECRET


def test_quads_come_as_they_are_sent() -> None:
    taken = threading.Event()
    row = {x: {"type": "uri", "value": f"http://example.org/{x}"} for x in "spo"}

    def slowly(request: Request, connection: socket.socket) -> None:
        head = '{"head": {"vars": ["s", "p", "o"]}, "results": {"bindings": ['
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n\r\n{head}".encode())
        connection.sendall((json.dumps(row) + ",").encode() * 5000)
        assert taken.wait(30)
        connection.sendall((json.dumps(row) + "]}}").encode())

    with Scripted(slowly) as server:
        quads = RemoteStore(server.url).quads(ox.DefaultGraph())
        assert next(quads).predicate.value == "http://example.org/p"
        taken.set()
        assert sum(1 for _ in quads) == 5000


# ---- What servers do -----------------------------------------------------------------------------


def ask(server: Scripted, query: str = "SELECT ?it { ?it ?p ?o }", timeout: float = 20) -> Rows:
    return RemoteStore(server.url, timeout=timeout).select(query)


def drop(request: Request, connection: socket.socket) -> None:
    """Hang up without a word."""


@pytest.mark.parametrize(
    "trouble",
    [
        answer("", 503),
        answer("", 429, extra="Retry-After: 1\r\n"),
        answer("", 502, extra="Retry-After: Fri, 27 Feb 2026 00:00:00 GMT\r\n"),
        answer("", 504, extra="Retry-After: nan\r\n"),
        drop,
    ],
)
def test_what_passes_is_tried_again(trouble: bytes) -> None:
    with Scripted(trouble, answer()) as server:
        assert len(ask(server)) == 1
    assert len(server.requests) == 2
    assert server.requests[0].body == server.requests[1].body


@pytest.mark.parametrize(
    ("trouble", "words", "tries"),
    [
        (answer("out of memory\nat line 7", 500), "out of memory", 1),
        (answer("", 503), "busy", 4),
        (answer("", 503, extra="Retry-After: 86400\r\n"), "busy", 1),
        (drop, "cannot be reached", 4),
        (answer("\x1b]0;", 500, extra="Server: x\r\n"), "failed", 1),
        (
            answer("", 301, extra=f"Location: https://else.example/?key={SECRET}\r\n"),
            "else.example/ (",
            1,
        ),
        (answer("", 401), "--header 'Authorization: Bearer TOKEN'", 1),
        (answer("", 403), "netrc", 1),
        (answer("", 404), "nothing at this address", 1),
        (answer(status=206), "a part", 1),
        (answer("<h1>Hello</h1>", type="text/html; charset=utf-8"), "web page", 1),
        (answer("it\n1\n", type="text/csv"), "answers with text/csv", 1),
        (answer("", 400), "does not say why", 1),
        (answer("{}"), "not whole", 1),
        (answer("[]"), "not whole", 1),
        (answer(ONE_ROW[:-5]), "not whole", 1),
        (answer(ONE_ROW)[:-5], "broke off", 1),
        (answer(ONE_ROW, extra="Content-Encoding: gzip\r\n"), "broke off", 1),
        (answer(gzip.compress(ONE_ROW.encode())[:40], extra="Content-Encoding: gzip\r\n"), "", 1),
        (answer(ONE_ROW + "cancelled"), "not whole", 1),
        (answer(ONE_ROW, extra="X-SPARQL-MaxRows: 1\r\n"), "no more than 1 rows", 1),
        (b"SSH-2.0-\x1b[31mOpenSSH_9.2\r\n\r\n", "cannot be reached", 4),
    ],
)
def test_what_is_no_answer_is_an_error(trouble: bytes, words: str, tries: int) -> None:
    with Scripted(trouble) as server, pytest.raises(BilatError) as error:
        ask(server)
    message = str(error.value)
    assert message.startswith(f"http://localhost:{server.port}/sparql: ") and words in message
    assert message.isprintable() and not re.search(r"object at|\w(Error|Exception)", message)
    assert len(server.requests) == tries


def chunked(*chunks: str, type: str = JSON, end: bool = True) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = "".join(f"{len(chunk):x}\r\n{chunk}\r\n" for chunk in chunks)
    return (head + body + ("0\r\n\r\n" if end else "")).encode()


def test_chunks_and_compression_are_read() -> None:
    packed = answer(gzip.compress(ONE_ROW.encode()), extra="Content-Encoding: gzip\r\n")
    with Scripted(chunked(ONE_ROW[:9], ONE_ROW[9:]), packed) as server:
        store = RemoteStore(server.url)
        assert store.select("SELECT * {}").terms == store.select("SELECT * {}").terms
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "cut",
    [
        chunked(ONE_ROW[:9], end=False),
        chunked(ONE_ROW, end=False)[:-9],
        chunked(ONE_ROW[:-4], "The operation has been cancelled"),
    ],
)
def test_chunks_that_stop_are_an_error(cut: bytes) -> None:
    with Scripted(cut) as server, pytest.raises(StoreError, match=r"broke off|not whole"):
        ask(server)


LINE = "<http://example.org/a> <http://example.org/b> <http://example.org/c> .\n"


@pytest.mark.parametrize(
    "cut",
    [
        answer(LINE * 3, type=TRIPLES)[: -len(LINE)],
        chunked(LINE, type=TRIPLES, end=False),
        chunked(LINE, LINE[:30], type=TRIPLES),
        chunked(LINE, "The operation has been cancelled", type=TRIPLES),
    ],
)
def test_triples_that_stop_are_an_error(cut: bytes) -> None:
    with Scripted(cut) as server, pytest.raises(StoreError, match=r"broke off|not whole"):
        RemoteStore(server.url).query("CONSTRUCT WHERE { ?s ?p ?o }")


@pytest.mark.parametrize("piece", [b"", b" "])
def test_a_server_that_takes_too_long_is_given_up(piece: bytes) -> None:
    over = threading.Event()

    def trickle(request: Request, connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n\r\n".encode())
        while not over.wait(0.05):
            connection.sendall(piece)

    with Scripted(trickle) as server, pytest.raises(StoreError, match="--timeout"):
        ask(server, timeout=0.5)
    over.set()
    assert len(server.requests) == 1


def test_a_time_limit_of_the_servers_own_is_noticed(kg: bilat.KnowledgeGraph) -> None:
    assert isinstance(kg.store, EmbeddedStore)
    with oxigraph("--timeout-s", "1") as place:
        store = RemoteStore(place)
        push(kg.store, store, GraphStore(store.endpoint))
        unending = "{ ?a ?b ?c . ?d ?e ?f FILTER(REGEX(STR(?f), CONCAT(STR(?c), '.*.*'))) }"
        for query in (f"SELECT ?a {unending}", f"CONSTRUCT {{ ?a ?b ?f }} {unending}"):
            with pytest.raises(StoreError, match="not whole"):
                store.query(query)


def test_nobody_listens(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    result = run("--store", f"http://127.0.0.1:{port}/sparql", "ask", "countries")
    assert result.returncode == 2
    assert "cannot be reached (Connection refused)" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_endpoint_without_a_merged_default_graph_is_told() -> None:
    with oxigraph() as place:
        store = RemoteStore(place)
        country = f"{PREFIXES['bilat']}Country"
        ask_for_it = f"SELECT ?it {{ ?it a <{country}> }}"
        with pytest.raises(StoreError, match="holds nothing"):
            store.select(ask_for_it)
        node = ox.NamedNode("http://example.org/here")
        fact = ox.Triple(node, ox.NamedNode(PREFIXES["rdf"] + "type"), ox.NamedNode(country))
        GraphStore(store.endpoint).add(node, [fact])
        with pytest.raises(StoreError, match="its default graph is empty"):
            store.select(ask_for_it)
        with pytest.raises(StoreError, match="its default graph is empty"):
            list(store.quads(ox.DefaultGraph()))
        assert store.select(f"SELECT ?g {{ GRAPH ?g {{ ?it a <{country}> }} }}").terms == [(node,)]
        assert store.graph_names() == [node.value]


# ---- Who asks ------------------------------------------------------------------------------------

TRUE = answer('{"head": {}, "boolean": true}')


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (f"https://me:{SECRET}@example.org/sparql", "netrc"),
        (f"https://{SECRET}@example.org/sparql", "netrc"),
        ("https:///sparql", "no address"),
        ("http://example.org:port/sparql", "port|Port"),
        ("http://example.org:99999/sparql", "port|Port"),
        ("http://example.org/a b", "no address"),
        ("http://example.org/\r\nX-Evil: 1", "no address"),
        ("http://[::1/sparql", "cannot be used"),
        ("http://example.org/sparql#there", "no address"),
    ],
)
def test_an_address_that_is_none_is_refused(address: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        bilat.open(address)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    "headers",
    [
        {"": "a"},
        {"A B": "a"},
        {"A": f"{SECRET}\r\nB: c"},
        {"A\n": "a"},
        {"A": "ключ"},
        {"hOst": SECRET},
    ],
)
def test_a_header_that_is_none_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(InputError) as error:
        bilat.open("https://example.org/sparql", headers=headers)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_time_that_is_none_is_refused(timeout: float) -> None:
    with pytest.raises(InputError, match="seconds"):
        bilat.open("https://example.org/sparql", timeout=timeout)


def test_headers_are_sent_and_never_shown(run: Run) -> None:
    def check(request: Request, connection: socket.socket) -> None:
        known = request.headers.get("authorization") == f"Bearer {SECRET}"
        connection.sendall(TRUE if known else answer("who are you?", 401))

    with Scripted(check) as server:
        ask = ("sparql", "ASK { ?s ?p ?o }", "--store", server.url)
        assert run(*ask, "--header", f"Authorization: Bearer {SECRET}").stdout == "true\n"
        nobody = run(*ask)
        assert nobody.returncode == 2 and "who are you?" in nobody.stderr
        wrong = run(*ask, "--header", f"Authorization: Bearer {SECRET}x", "--header", "X-A: b")
        assert wrong.returncode == 2 and "does not take who asks" in wrong.stderr
        assert SECRET not in wrong.stderr
        assert server.requests[-1].headers["x-a"] == "b"
        missing = run(*ask, "--header", SECRET)
        assert missing.returncode == 2 and SECRET not in missing.stderr


@pytest.mark.parametrize(
    ("entry", "mode"),
    [
        (f"machine localhost login me password {SECRET}ё", 0o600),
        (f"machine localhost login me password {SECRET}", 0o644),
        (f"machine localhost login me passwd {SECRET}", 0o600),
        (f"{SECRET} \udcff", 0o600),
    ],
)
def test_netrc_is_used_where_only_its_owner_reads_it(
    entry: str, mode: int, environment: dict[str, str], tmp_path: Path
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_bytes(entry.encode("utf-8", "surrogateescape"))
    netrc.chmod(mode)
    with Scripted(TRUE) as server:
        result = subprocess.run(
            [sys.executable, "-m", "bilat", "--store", server.url, "sparql", "ASK {}"],
            env={**environment, "HOME": str(tmp_path)}, capture_output=True, text=True,
        )  # fmt: skip
    if "ё" in entry:
        assert result.stdout == "true\n"
        word = server.requests[0].headers["authorization"].removeprefix("Basic ")
        assert b64decode(word).decode() == f"me:{SECRET}ё"
    else:
        assert result.returncode == 2 and "chmod 600" in result.stderr
        assert server.requests == []
    assert SECRET not in result.stderr


def test_a_header_goes_before_netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine localhost login me password word\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    with Scripted(TRUE) as server:
        bilat.open(server.url, headers={"authorization": "Bearer mine"}).sparql("ASK {}")
    assert server.requests[0].headers["authorization"] == "Bearer mine"


def test_a_certificate_that_nobody_vouches_for_is_refused(
    environment: dict[str, str], tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with Scripted(TRUE, tls=context) as server:
        command = [sys.executable, "-m", "bilat", "--store", server.url, "sparql", "ASK {}"]
        trusting = {**environment, "SSL_CERT_FILE": str(tmp_path / "authority.pem")}
        strict, own = (
            subprocess.run(command, env=env, capture_output=True, text=True)
            for env in (environment, trusting)
        )
        assert strict.returncode == 2
        assert "certificate" in strict.stderr and "Traceback" not in strict.stderr
        assert own.stdout == "true\n"
        plain = server.url.replace("https:", "http:")
        with pytest.raises(StoreError):
            bilat.open(plain, timeout=5).sparql("ASK {}")
        elsewhere = server.url.replace("localhost", "127.0.0.1")
        named = subprocess.run(
            [*command[:4], elsewhere, *command[5:]], env=trusting, capture_output=True, text=True
        )
        assert named.returncode == 2 and "certificate" in named.stderr
    assert len(server.requests) == 1


def test_one_connection_serves_many_questions() -> None:
    with oxigraph() as place:
        store = RemoteStore(place)
        for query in ("ASK {}", "SELECT (1 AS ?n) {}", "DESCRIBE country:KAZ", "ASK {}"):
            store.ask(query)
        pool = store.endpoint._pool.connection_from_url(place)
    assert (pool.num_connections, pool.num_requests) == (1, 4)


def test_the_client_is_not_loaded_for_a_directory(
    environment: dict[str, str], store_directory: Path
) -> None:
    code = (
        "import bilat, sys; "
        f"bilat.open({os.fspath(store_directory)!r}).ask('countries'); "
        "print('urllib3' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert result.stdout == "False\n"
