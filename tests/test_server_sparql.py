"""The SPARQL endpoint: formats, parameters, what is refused, and what is kept by whom."""

from __future__ import annotations

import gzip
import json
import re
from urllib.parse import quote, urlencode

import pyoxigraph as ox
import pytest

import bilat
from bilat.errors import InputError
from bilat.server.answers import Refusal
from bilat.server.negotiation import GRAPHS, HTML, ROWS, Format, best, chosen
from bilat.server.sparql import refuse_service
from serving import Served

AWARDS = "SELECT * { ?award a bilat:Award } ORDER BY ?award"
ONE = "CONSTRUCT { ?s ?p ?o } WHERE { BIND(country:KAZ AS ?s) ?s ?p ?o }"
JSON = "application/sparql-results+json"

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DIRECT = {"Content-Type": "application/sparql-query"}
UPDATE = "application/sparql-update"

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("format", ROWS, ids=[format.name for format in ROWS])
def test_rows_come_in_all_formats(format: Format, served: Served, kg: bilat.KnowledgeGraph) -> None:
    wanted = {str(term) for row in kg.sparql(AWARDS).terms for term in row}  # type: ignore[union-attr]
    name, types = format.name, format.media_types
    reply = served.query(AWARDS, types[0])
    assert (reply.status, reply.kind) == (200, types[0])
    assert served.query(AWARDS, format=name).body == reply.body
    if name in ("csv", "tsv"):
        lines = reply.text.split()[1:]
        found = {line if line.startswith("<") else f"<{line}>" for line in lines}
    else:
        parsed = ox.parse_query_results(reply.body, ox.QueryResultsFormat.from_media_type(types[0]))
        found = {str(row[0]) for row in parsed}  # type: ignore[union-attr]
    assert wanted and found == wanted


@pytest.mark.parametrize("format", GRAPHS, ids=[format.name for format in GRAPHS])
def test_triples_come_in_all_formats(
    format: Format, served: Served, kg: bilat.KnowledgeGraph
) -> None:
    name, types = format.name, format.media_types
    reply = served.query(ONE, types[0])
    assert (reply.status, reply.kind) == (200, types[0])
    parsed = ox.parse(reply.body, ox.RdfFormat.from_media_type(types[0]))
    assert {str(quad.triple) for quad in parsed} == {str(t) for t in kg.sparql(ONE)}  # type: ignore[union-attr]
    assert served.query(ONE, format=name).body == reply.body


def test_truth_comes_in_json_and_xml(served: Served) -> None:
    assert json.loads(served.query("ASK {}").body)["boolean"] is True
    assert "<boolean>true</boolean>" in served.query("ASK {}", "application/xml").text


@pytest.mark.parametrize(
    "accept, wanted",
    [
        ("", JSON),
        ("*/*", JSON),
        ("text/csv", "text/csv"),
        ("text/csv;q=0.4, application/sparql-results+xml;q=0.9", "application/sparql-results+xml"),
        ("text/tab-separated-values, */*;q=0.1", "text/tab-separated-values"),
        ("text/*;q=0.5, text/csv;q=0, */*;q=0.1", "text/tab-separated-values"),
        ("TEXT/CSV", "text/csv"),
        (f"{JSON};q=0, */*", "application/sparql-results+xml"),
        ("image/png, nonsense, text/csv;q=0.2", "text/csv"),
        ("image/png", None),
        ("application/json;q=0", None),
        (";;;,,,q", None),
    ],
)
def test_accept_is_weighed(accept: str, wanted: str | None) -> None:
    found = best(accept, ROWS)
    assert (found.media_type if found else None) == wanted


def test_a_browser_gets_a_page(served: Served) -> None:
    assert best(BROWSER, (*GRAPHS, HTML)) is HTML
    form = served.ask("/sparql", headers={"Accept": BROWSER})
    assert (form.status, form.kind) == (200, "text/html")
    assert '<textarea id="query" name="query"' in form.text
    rows = served.query("SELECT (country:KAZ AS ?c) ('<b>\u202e' AS ?x) {}", BROWSER)
    assert '<a href="/id/country/KAZ">country:KAZ</a>' in rows.text
    assert "&lt;b&gt; </td>" in rows.text
    example = re.search(r'href="(/sparql\?example=[^"]+)"', form.text)
    assert example
    shown = served.ask(example[1], headers={"Accept": BROWSER})
    assert "SELECT" in shown.text and shown.text != form.text
    assert served.ask("/sparql?example=nothing-like-it").status == 200  # RDF to who wants no page
    assert served.ask("/sparql?example=no", headers={"Accept": BROWSER}).status == 404


def test_what_there_is_not_is_named(served: Served) -> None:
    for reply in (
        served.query(AWARDS, "image/png"),
        served.query(AWARDS, format="yaml"),
        served.query(AWARDS, "text/turtle"),
        served.query(ONE, "text/csv"),
        served.ask("/sparql", headers={"Accept": "image/png"}),
        served.ask("/graphs?default", headers={"Accept": "image/png"}),
    ):
        assert (reply.status, reply.kind) == (406, "application/problem+json")
        assert re.search(r"there is (application|text)/", json.loads(reply.body)["detail"])
    with pytest.raises(Refusal, match="not there"):
        chosen("image/png", GRAPHS)


def test_the_service_describes_itself(served: Served) -> None:
    reply = served.ask("/sparql")
    assert (reply.status, reply.kind) == (200, "text/turtle")
    sd = "http://www.w3.org/ns/sparql-service-description#"
    store = ox.Store()
    store.load(reply.body, ox.RdfFormat.TURTLE)
    assert store.query(
        f"PREFIX sd: <{sd}> ASK {{ ?s a sd:Service ; sd:endpoint <{served.address}/sparql> ;"
        " sd:supportedLanguage sd:SPARQL11Query ; sd:defaultDataset [ a sd:Dataset ;"
        " sd:defaultGraph [ a sd:Graph ] ] }"
    )
    for format in GRAPHS:
        assert (
            served.ask("/sparql", headers={"Accept": format.media_type}).kind == format.media_type
        )


def test_the_default_graph_is_that_of_the_command_line(
    served: Served, kg: bilat.KnowledgeGraph
) -> None:
    for query in (
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
        "SELECT (COUNT(*) AS ?n) FROM graph:reference { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) FROM NAMED graph:reference { GRAPH ?g { ?s ?p ?o } }",
        "SELECT (COUNT(*) AS ?n) FROM <http://example.org/none> { ?s ?p ?o }",
    ):
        found = json.loads(served.query(query, JSON).body)["results"]["bindings"][0]["n"]["value"]
        assert int(found) == kg.sparql(query)[0].n  # type: ignore[index]


def test_graphs_that_are_named_are_those_asked(served: Served) -> None:
    def count(pattern: str, **graphs: str) -> int:
        reply = served.query(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}", JSON, **graphs)
        return int(json.loads(reply.body)["results"]["bindings"][0]["n"]["value"])

    reference, none = "https://w3id.org/bilat/graph/reference", "http://example.org/none"
    some, triple, named = {"default-graph-uri": reference}, "?s ?p ?o", "GRAPH ?g { ?s ?p ?o }"
    assert 0 < count(triple, **some) < count(triple)
    assert count(named, **some) == 0
    assert count(triple, **{"named-graph-uri": reference}) == 0
    assert count(named, **{"named-graph-uri": reference}) == count(triple, **some)
    assert count(triple, **{"default-graph-uri": none}) == 0
    assert served.query("ASK {}", **{"default-graph-uri": "no iri"}).status == 400


def test_forms_and_bodies_carry_queries(served: Served) -> None:
    direct = {"Content-Type": "application/sparql-query; charset=utf-8"}
    query = 'SELECT ("é€𝄞" AS ?x) {}'
    wanted = served.query(query).body
    assert "é€𝄞" in wanted.decode()
    encoded = urlencode({"query": query}).encode()
    assert served.ask("/sparql", "POST", encoded, FORM).body == wanted
    assert served.ask("/sparql", "POST", query.encode(), direct).body == wanted
    assert served.ask("/sparql?format=csv", "POST", encoded, FORM).kind == "text/csv"


def test_an_update_is_refused_in_words_for_who_sent_it(served: Served) -> None:
    update = "INSERT DATA { <http://a> <http://b> 1 }"
    said = [
        served.query(update).text,
        served.ask("/sparql?" + urlencode({"update": update})).text,
        served.ask("/sparql", "POST", update.encode(), DIRECT).text,
        served.ask("/sparql", "POST", update.encode(), {"Content-Type": UPDATE}).text,
    ]
    for text in said:
        assert "this is read-only: facts come in where the data are kept" in text
        assert "bilat" not in text and "--data" not in text


def test_a_mark_at_the_beginning_of_a_query_is_no_part_of_it(served: Served) -> None:
    assert served.ask("/sparql", "POST", "\ufeffASK {}".encode(), DIRECT).status == 200


@pytest.mark.parametrize("start", ["/", "/api/questions/", "/static/", "/graphs?graph=http://"])
def test_what_is_long_is_named_in_short(start: str, served: Served) -> None:
    reply = served.ask(start + 9000 * "a")
    assert reply.status == 404 and len(reply.body) < 1200


@pytest.mark.parametrize(
    "method, target, body, headers, status",
    [
        ("GET", "/sparql?query=ASK%20%7B", None, {}, 400),
        ("GET", "/sparql?query=ASK{}&query=ASK{}", None, {}, 400),
        ("GET", "/sparql?query=", None, {}, 400),
        ("GET", "/sparql?query=%zz", None, {}, 400),
        ("GET", "/sparql?query=ASK{}%ff", None, {}, 400),
        ("GET", "/%ff", None, {}, 400),
        ("GET", "/sparql?update=CLEAR%20ALL", None, {}, 403),
        ("GET", "/sparql?query=CLEAR%20ALL", None, {}, 400),
        ("GET", "/sparql?query=LOAD%20%3Chttp://127.0.0.1/%3E", None, {}, 400),
        ("GET", "/sparql?query=ASK{}&default-graph-uri=%20", None, {}, 400),
        ("GET", "/sparql?query=" + "x" * 20000, None, {}, 414),
        ("GET", "/nothing", None, {}, 404),
        ("GET", "/static/../../pyproject.toml", None, {}, 404),
        ("GET", "/static/..%2f..%2f__init__.py", None, {}, 404),
        ("GET", "/sparql", None, {"Host": "a b"}, 400),
        ("GET", "/sparql", None, {"Host": "x/../y"}, 400),
        ("PUT", "/sparql", b"x", {}, 405),
        ("DELETE", "/sparql", None, {}, 405),
        ("POST", "/sparql", b"ASK {}", {}, 415),
        ("POST", "/sparql", b"ASK {}", {"Content-Type": "text/plain"}, 415),
        ("POST", "/sparql", b"\xff", DIRECT, 400),
        ("POST", "/sparql", b"", FORM, 400),
        ("POST", "/sparql", b"&=&&query", FORM, 400),
        ("POST", "/sparql", b"a&" * 2000, FORM, 413),
        ("POST", "/sparql", b"update=x", FORM, 403),
        ("POST", "/sparql", b"x", {**DIRECT, "Content-Encoding": "gzip"}, 415),
        ("POST", "/sparql", b"x", {"Content-Type": UPDATE}, 403),
        ("POST", "/sparql?query=ASK{}", b"ASK{}", DIRECT, 400),
        ("POST", "/sparql", b"#" * (300 << 10), DIRECT, 413),
        ("POST", "/sparql", b"#" * (5 << 20), DIRECT, 413),
        ("GET", "/graphs", None, {}, 400),
        ("GET", "/graphs?default&graph=http://example.org/", None, {}, 400),
        ("GET", "/graphs?graph=http://example.org/none", None, {}, 404),
        ("GET", "/graphs?graph=no%20iri", None, {}, 400),
        ("GET", "/graphs?graph=", None, {}, 400),
        ("PUT", "/graphs?default", b"", {}, 405),
        ("POST", "/graphs?default", b"", {}, 405),
        ("DELETE", "/graphs?default", None, {}, 405),
        ("PATCH", "/graphs?default", b"", {}, 405),
    ],
)  # fmt: skip
def test_bad_requests_are_told_so(
    method: str,
    target: str,
    body: bytes | None,
    headers: dict[str, str],
    status: int,
    served: Served,
) -> None:
    if "Host" in headers:
        answer = served.raw(
            f"GET {target} HTTP/1.1\r\nHost: {headers['Host']}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        return
    reply = served.ask(quote(target, safe="/?&=%:.{}"), method, body, headers)
    assert reply.status == status, reply.text
    assert reply.kind == "application/problem+json"
    problem = json.loads(reply.body)
    assert problem["status"] == status and problem["detail"]
    assert not re.search(r"Traceback|File \"|site-packages|/src/", reply.text)
    if status == 405:
        post = {"POST"} if target == "/sparql" else set()
        assert set(reply.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"} | post


def test_a_malformed_query_is_told_where(served: Served) -> None:
    reply = served.query("SELECT * {\n  ?s ?p ?o .\n  FILTER(?o = )\n}")
    assert reply.status == 400
    assert "line 3, column 15" in json.loads(reply.body)["detail"]
    page = served.query("SELECT * { <script> }", BROWSER)
    assert (page.status, page.kind) == (400, "text/html")
    assert "line 1, column" in page.text


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { service <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { SeRvIcE<http://127.0.0.1:9/>{ ?s ?p ?o } }",
        "SELECT * { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { SERVICE ?g { ?s ?p ?o } }",
        "SELECT * { SERVICE#\n<http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o OPTIONAL { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } } }",
        "SELECT * { { SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } } } }",
        "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } } }",
        "SELECT * { ?s ?p ?o MINUS { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } } }",
        "SELECT * { GRAPH ?g { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } } }",
        "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "ASK { ?s ?p 'service' . SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "ASK { ?s ?p '''it's a \"service\"''' . SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "ASK { FILTER(1<2)SERVICE<http://127.0.0.1:9/>{} FILTER(2>1) }",
        "PREFIX service: <http://127.0.0.1:9/> ASK { SERVICE service:x { ?s ?p ?o } }",
        "PREFIX service: <http://127.0.0.1:9/> ASK { {} SERVICE service:{ ?s ?p ?o } }",
        r"SELECT * { \u0053ERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        r"SELECT * { SERVIC\U00000065 <http://127.0.0.1:9/> { ?s ?p ?o } }",
    ],
)
def test_service_is_refused_however_it_is_written(query: str, served: Served) -> None:
    reply = served.query(query)
    assert reply.status == 403, reply.text
    with pytest.raises((Refusal, InputError)):
        refuse_service(query, also_decoded=True)


@pytest.mark.parametrize(
    "query",
    [
        "ASK { VALUES ?x { 'SERVICE <http://127.0.0.1:9/> {}' } }",
        'ASK { VALUES ?x { "SERVICE" "service"@en } }',
        "ASK { VALUES ?x { '''a\nSERVICE <x> {}''' } }",
        "# SERVICE <http://127.0.0.1:9/> {}\nASK {}",
        "ASK { # SERVICE <x> {}\n }",
        "ASK { VALUES ?x { <http://example.org/service> } }",
        "ASK { BIND(1 AS ?service) FILTER(?service = 1) }",
        "ASK { BIND(1 AS ?SERVICE) FILTER($SERVICE = 1) }",
        "PREFIX service: <http://example.org/> ASK { VALUES ?x { service:service } }",
        "ASK { { SELECT (1 AS ?foreignService) {} } }",
    ],
)
def test_the_letters_of_service_are_no_service(query: str, served: Served) -> None:
    reply = served.query(query)
    assert reply.status == 200, reply.text
    assert json.loads(reply.body)["boolean"] is True


def test_a_mistake_beside_the_word_service_is_told_where(served: Served) -> None:
    reply = served.query("ASK { VALUES ?x { 'a service' } }\n}")
    assert reply.status == 400
    assert "line 2, column" in reply.text and "zervice" not in reply.text


def test_whole_graphs_are_given(served: Served, kg: bilat.KnowledgeGraph) -> None:
    name = "https://w3id.org/bilat/graph/reference"
    wanted = {str(quad.triple) for quad in kg.store.quads(ox.NamedNode(name))}
    target = "/graphs?graph=" + quote(name, safe="")
    for format in GRAPHS:
        reply = served.ask(target, headers={"Accept": format.media_type})
        assert (reply.status, reply.kind) == (200, format.media_type)
        parsed = ox.parse(reply.body, ox.RdfFormat.from_media_type(format.media_type))
        assert {str(quad.triple) for quad in parsed} == wanted
        head = served.ask(target, "HEAD", headers={"Accept": format.media_type})
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-length"] == str(len(reply.body))
    everything = served.ask("/graphs?default", headers={"Accept": "application/n-triples"})
    assert everything.body.count(b"\n") == sum(1 for _ in kg.store.quads(ox.DefaultGraph()))


def test_answers_have_validators(served: Served) -> None:
    target = "/sparql?" + urlencode({"query": AWARDS})
    first = served.ask(target)
    tag = first.headers["etag"]
    assert not tag.startswith("W/") and "no-cache" in first.headers["cache-control"]
    for known in (tag, f'"x", {tag}', "*"):
        again = served.ask(target, headers={"If-None-Match": known})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == tag
    assert served.ask(target, headers={"If-None-Match": '"x"'}).status == 200
    assert served.ask("/sparql?query=ASK", headers={"If-None-Match": "*"}).status == 400
    other = served.ask(target, headers={"Accept": "text/csv"}).headers["etag"]
    assert other != tag
    fresh = urlencode({"query": "SELECT (NOW() AS ?t) {}"})
    changing = served.ask(f"/sparql?{fresh}")
    assert "etag" not in changing.headers and changing.headers["cache-control"] == "no-store"
    assert served.ask(f"/sparql?{fresh}").body != changing.body


def test_answers_are_compressed_for_who_takes_that(served: Served) -> None:
    target = "/sparql?" + urlencode({"query": "SELECT * { ?s ?p ?o } LIMIT 100"})
    plain = served.ask(target)
    packed = served.ask(target, headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 3
    assert "content-encoding" not in plain.headers
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert packed.headers["etag"] != plain.headers["etag"]
    known = {"If-None-Match": packed.headers["etag"], "Accept-Encoding": "gzip"}
    same = served.ask(target, headers=known)
    assert same.status == 304 and same.headers["vary"] == packed.headers["vary"]
    refused = served.ask(target, headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


@pytest.mark.parametrize("path", ["/doc/country/KAZ", "/ns", "/api/questions", "/dcat.ttl", "/"])
def test_caches_keep_what_is_compressed_apart(path: str, served: Served) -> None:
    packed = served.ask(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert {"Accept", "Accept-Encoding"} <= set(packed.headers["vary"].split(", "))


def test_pages_of_others_may_ask(served: Served) -> None:
    headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    before = served.ask("/sparql", "OPTIONS", headers=headers)
    assert before.status == 204
    assert before.headers["access-control-allow-origin"] == "*"
    assert "POST" in before.headers["access-control-allow-methods"]
    assert "Content-Type" in before.headers["access-control-allow-headers"]
    for reply in (served.query("ASK {}"), served.query("ASK {"), served.ask("/nothing")):
        assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "target, post",
    [("/", False), ("/sparql", True), ("/sparql/", True), ("/graphs?default", False),
     ("/reconcile", True), ("/doc/country/KAZ", False), ("/static/bilat.css", False),
     ("/openapi.json", False), ("/data/bilat.ttl", False), ("/api/questions/countries", False)],
)  # fmt: skip
def test_what_an_address_takes_is_told(target: str, post: bool, served: Served) -> None:
    reply = served.ask(target, "OPTIONS")
    allowed = set(reply.headers["allow"].split(", "))
    assert (reply.status, reply.body) == (204, b"")
    assert allowed == {"GET", "HEAD", "OPTIONS"} | ({"POST"} if post else set())
    assert reply.headers["access-control-allow-methods"] == reply.headers["allow"]
    refused = served.ask(target, "DELETE")
    assert (refused.status, set(refused.headers["allow"].split(", "))) == (405, allowed)
    assert served.ask(target, "HEAD").status == 200


def test_an_address_that_has_nothing_takes_nothing(served: Served) -> None:
    assert served.ask("/nothing", "OPTIONS").headers["allow"] == "OPTIONS"


def test_every_answer_is_guarded(served: Served) -> None:
    for reply in (
        served.ask("/sparql?query=ASK%7B%7D", headers={"If-None-Match": "*"}),
        served.ask("/nothing", "HEAD"),
        served.ask("/", "DELETE"),
        served.ask("/", "OPTIONS"),
        served.ask("/id/country/KAZ"),
        served.ask("/%zz"),
        served.query("ASK {}"),
        served.query("ASK {}"),  # given again
        served.query("ASK {"),
        served.ask("/nothing"),
        served.ask("/static/bilat.css"),
        served.ask("/sparql", headers={"Accept": BROWSER}),
    ):
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert "server" not in reply.headers
