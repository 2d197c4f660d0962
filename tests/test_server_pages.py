"""Linked data over HTTP: what each document has in it, in which form, and how it reads."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from html import unescape
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit
from xml.etree import ElementTree

import html5lib
import pyoxigraph as ox
import pytest
import rdflib
from html5lib.html5parser import ParseError

import bilat
from bilat.namespaces import BASE, ONTOLOGY_GRAPH
from bilat.questions import load
from bilat.server import documents
from bilat.server.addresses import FORMATS, iris_at, page_of
from serving import Reply, Served, serving

QUERIES = Path(__file__).parents[1] / "queries"
RDFLIB = {"ttl": "turtle", "jsonld": "json-ld", "nt": "nt", "rdf": "xml"}
KAZAKHSTAN = "/doc/country/KAZ"
INSTRUMENT = "/doc/instrument/2026-kaz-srb-mou-digitalization-egov"
PAGES = (
    "/", "/search", "/search?q=kazakh", "/search?q=Kasakhstan", "/list/country", "/list/event",
    "/list/institution", "/list/source", "/questions", "/questions/countries", "/data", "/api",
    "/ns", "/scheme", "/scheme/field", "/scheme/field/health", "/graph/2026-02-27-kz-rs",
    "/graph/derived", KAZAKHSTAN, INSTRUMENT, "/doc/country/SUN", "/doc/relation/KAZ-SRB",
    "/doc/person/kassym-jomart-tokayev", "/doc/post/kaz-president", "/doc/award/altyn-qyran",
    "/doc/event/2026-02-kaz-srb-exchange-ceremony", "/doc/source/2026-02-27-kz-rs",
    "/doc/place/akorda-presidential-palace", "/doc/passage/2026-02-27-kz-rs-05",
    "/doc/institution/kaz-ministry-of-agriculture", "/doc/country/KAZ?via=bilat:partyCountry",
    "/questions/who-cooperates-with?country=KZ&partner=Serbia", "/questions/holder-of-post",
    "/questions/who-cooperates-with?country=nowhere",
)  # fmt: skip


def asked(served: Served, path: str, accept: str = "text/html") -> Reply:
    return served.ask(path, headers={"Accept": accept})


def default_graph(kg: bilat.KnowledgeGraph) -> set[ox.Triple]:
    return {quad.triple for quad in kg.store.quads(ox.DefaultGraph())}


def triples(reply: Reply, format: ox.RdfFormat = ox.RdfFormat.TURTLE) -> set[ox.Triple]:
    assert reply.status == 200, reply.text
    return {quad.triple for quad in ox.parse(reply.body, format=format)}


@cache
def paths(served: Served) -> list[str]:
    """The paths of all documents, by the site map."""
    found = asked(served, "/sitemap.xml")
    assert found.status == 200
    places = [element.text or "" for element in ElementTree.fromstring(found.body).iter()]
    return [urlsplit(place).path for place in places if place.startswith("http")]


# ---- what the documents have in them


def test_the_turtle_of_all_documents_together_is_the_graph(
    served: Served, kg: bilat.KnowledgeGraph
) -> None:
    everything = default_graph(kg)
    turtle = [path for path in paths(served) if path != "/.well-known/void"]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda path: triples(asked(served, path, "text/turtle")), turtle))
    for path, has in zip(turtle, found, strict=True):
        assert has <= everything, path
    assert set().union(*found) == everything
    # a graph's document has all of it, so the others have to hold without those
    others = [has for path, has in zip(turtle, found, strict=True) if "/graph/" not in path]
    of_graphs = {t for t in everything if str(t.subject).startswith(f"<{BASE}graph/")}
    assert set().union(*others) >= everything - of_graphs


def test_the_documents_are_those_of_all_subjects(served: Served, kg: bilat.KnowledgeGraph) -> None:
    subjects = {str(triple.subject)[1:-1] for triple in default_graph(kg)}
    ours = {page_of(iri) for iri in subjects if iri.startswith(BASE)}
    assert {str(path).partition("#")[0] for path in ours} <= set(paths(served))
    assert len(paths(served)) == len(set(paths(served)))


@pytest.mark.parametrize("step", [23])
def test_rdflib_and_rapper_read_the_documents(served: Served, step: int, tmp_path: Path) -> None:
    for path in paths(served)[::step]:
        reply = asked(served, path, "text/turtle")
        by_rdflib = rdflib.Graph().parse(data=reply.body, format="turtle")
        assert len(by_rdflib) == len(triples(reply))
    if not shutil.which("rapper"):
        pytest.skip("rapper is not installed (Debian package raptor2-utils)")
    for path in paths(served)[:: 5 * step]:
        file = tmp_path / "document"
        for suffix, syntax in (("ttl", "turtle"), ("rdf", "rdfxml"), ("nt", "ntriples")):
            file.write_bytes(asked(served, f"{path}.{suffix}", "").body)
            command = ["rapper", "-q", "-i", syntax, "-o", "ntriples", str(file), "http://x.test/"]
            done = subprocess.run(command, capture_output=True)
            assert (done.returncode, done.stderr) == (0, b""), path
            assert len(set(ox.parse(done.stdout, format=ox.RdfFormat.N_TRIPLES))) == len(
                triples(asked(served, f"{path}.ttl"))
            )


@pytest.mark.parametrize("path", [KAZAKHSTAN, INSTRUMENT, "/scheme/field", "/ns", "/scheme",
                                  "/graph/2026-02-27-kz-rs"])  # fmt: skip
def test_all_forms_of_a_document_say_the_same(served: Served, path: str) -> None:
    reference = triples(asked(served, path, "text/turtle"))
    assert reference
    for suffix, format in FORMATS.items():
        if suffix in RDFLIB:
            by_suffix = asked(served, f"{path}.{suffix}", "text/html")
            by_accept = asked(served, path, format.media_type)
            assert by_suffix.body == by_accept.body
            assert by_suffix.kind == by_accept.kind == format.media_type
            graph = rdflib.Graph().parse(data=by_suffix.body, format=RDFLIB[suffix])
            assert len(graph) == len(reference)
            assert {tuple(map(str, t)) for t in graph} == {
                tuple(getattr(term, "value", "") for term in t) for t in reference
            }


def test_trig_tells_which_source_says_it(served: Served, kg: bilat.KnowledgeGraph) -> None:
    reply = asked(served, f"{INSTRUMENT}.trig")
    quads = set(ox.parse(reply.body, format=ox.RdfFormat.TRIG))
    assert quads <= set(kg.store.quads())
    graphs = {quad.graph_name for quad in quads}
    assert ox.NamedNode(BASE + "graph/2026-02-27-kz-rs") in graphs
    assert ox.DefaultGraph() not in graphs
    assert {quad.triple for quad in quads} == triples(asked(served, f"{INSTRUMENT}.ttl"))


def test_what_has_many_links_has_them_on_pages(
    served: Served, kg: bilat.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = triples(asked(served, f"{KAZAKHSTAN}.ttl"))
    monkeypatch.setattr(documents, "LINKS_ON_PAGE", 40)
    found, number, links = set(), 1, 'rel="next"'
    while 'rel="next"' in links:
        answer = documents.document(kg, KAZAKHSTAN, "ttl", number)
        part = {quad.triple for quad in ox.parse(answer.body, format=ox.RdfFormat.TURTLE)}
        subjects = [t for t in part if str(t.object) == f"<{BASE}id/country/KAZ>"]
        assert len(subjects) <= 40
        found |= part
        links = dict(answer.headers)["Link"]
        number += 1
    assert number > 3 and found == whole
    assert asked(served, f"{KAZAKHSTAN}.ttl?page=2").status == 404
    assert asked(served, f"{KAZAKHSTAN}?page=x").status == 400


# ---- how they are reached


def test_things_lead_to_their_documents(served: Served) -> None:
    reply = asked(served, "/id/country/KAZ", "text/turtle")
    assert (reply.status, reply.headers["location"]) == (303, KAZAKHSTAN)
    assert "Accept" in reply.headers["vary"]


def test_a_document_tells_of_its_forms(served: Served) -> None:
    for accept in ("text/html", "text/turtle"):
        reply = asked(served, KAZAKHSTAN, accept)
        assert "Accept" in reply.headers["vary"]
        link = reply.headers["link"]
        for suffix, format in FORMATS.items():
            assert f'<{KAZAKHSTAN}.{suffix}>; rel="alternate"; type="{format.media_type}"' in link
        assert f'<{BASE}id/country/KAZ>; rel="describes"' in link
        assert f'<{KAZAKHSTAN}>; rel="canonical"' in link
        assert 'rel="license"' in link and 'rel="describedby"' in link


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/turtle", "text/turtle"),
        ("application/rdf+xml, text/turtle;q=0.9", "application/rdf+xml"),
        ("text/html;q=0.1, application/ld+json;q=0.9", "application/ld+json"),
        ("application/n-triples", "application/n-triples"),
        ("application/trig", "application/trig"),
    ],
)
def test_the_form_goes_by_accept(served: Served, accept: str, kind: str) -> None:
    assert asked(served, KAZAKHSTAN, accept).kind == kind


def test_a_form_that_there_is_not_is_refused(served: Served) -> None:
    reply = asked(served, KAZAKHSTAN, "image/png")
    assert reply.status == 406
    assert "text/turtle" in reply.text


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/doc/country/KAZA", "no country is called 'KAZA'; did you mean 'KAZ'?"),
        ("/doc/country/KAX", "no country is called 'KAX'; did you mean 'KAZ'?"),
        ("/doc/country/kaz", "did you mean 'KAZ'"),
        ("/doc/institution/%3Cscript%3E", "no institution is called '<script>'"),
        ("/doc/institution/<b>", "no institution is called '<b>'"),
        ("/doc/person/kasym-jomart-tokayev", "kassym-jomart-tokayev"),
        ("/scheme/field/healht", "no field is called 'healht'; did you mean 'health'?"),
        ("/graph/2026-02-27-kz-sr", "2026-02-27-kz-rs"),
        ("/doc/nothing/of-the-sort", "no thing is called 'nothing/of-the-sort'"),
        ("/doc//country//KAZ", "no thing is called '/country//KAZ'"),
    ],
)
def test_an_unknown_iri_is_answered_with_near_names(served: Served, path: str, near: str) -> None:
    for accept in ("text/html", "text/turtle"):
        reply = asked(served, path, accept)
        assert reply.status == 404
        assert near in (unescape(reply.text) if accept == "text/html" else reply.text)


@pytest.mark.parametrize("path", ["/doc", "/doc/", "/id", "/id/", "/.well-known/genid/", "/list/"])
def test_what_only_begins_an_address_is_none(served: Served, path: str) -> None:
    reply = asked(served, path)
    for _ in range(3):
        if "location" in reply.headers:
            reply = asked(served, reply.headers["location"])
    assert reply.status == 404


@pytest.mark.parametrize("path", ["/search?q=ka", "/api/questions", "/list/country?page=2"])
def test_a_slash_too_many_leads_to_the_address_without(served: Served, path: str) -> None:
    bare, _, query = path.partition("?")
    reply = served.ask(f"{bare}/?{query}", headers={"Host": "elsewhere.example"})
    assert (reply.status, reply.headers["location"]) == (308, path)


def test_slashes_at_the_end_lead_to_the_page(served: Served) -> None:
    for path in (KAZAKHSTAN, "/ns", "/scheme", "/scheme/field"):
        reply = asked(served, f"{path}/")
        assert (reply.status, reply.headers["location"]) == (308, path)
    assert asked(served, "/id/country/KAZ/").headers["location"] == KAZAKHSTAN


@pytest.mark.parametrize(
    "path",
    [
        "/doc/../../../../etc/passwd", "/doc/%2e%2e/%2e%2e/etc/passwd", "/static/../app.py",
        "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/data/../../pyproject.toml",
        "/data/..%2f..%2fpyproject.toml", "/doc/country/%00", "/doc/country/KAZ%3E%20%3Chttp:x",
        "/doc/country/%22%7D", "/doc//evil.test", "/doc/%ED%A0%80", "/graph/%3E", "/scheme/field/<",
        "/doc/country/" + "K" * 5000, "/ns/9.9%2f..", "/questions/..%2fcountries",
        "/api/questions/..%2f..%2frules%2fparty", "/list/..", "/sitemap-x.xml",
        "/sitemap-99999.xml", "/list/country?page=99999999999999999999", "/list/country?page=0",
        "/doc/country/KAZ?via=%3E", "/doc/country/KAZ?via=bilat:country&page=99",
    ],
)  # fmt: skip
def test_odd_addresses_are_harmless(served: Served, path: str) -> None:
    reply = asked(served, path)
    assert reply.status in (303, 308, 400, 404, 414), (path, reply.status)
    assert b"root:" not in reply.body and b"Traceback" not in reply.body
    place = reply.headers.get("location", "/")
    assert urlsplit(urljoin("http://here.test/", place)).netloc == "here.test"


def test_iris_and_paths_lead_to_each_other() -> None:
    for local in ("person/Вучић", "person/a%20b", "x/a'b(c)", "x/a.ttl", "x/a;b=c,d", "x/é?q=1"):
        path = page_of(f"{BASE}id/{local}")
        assert path and path.isascii() and "?" not in path
        assert f"{BASE}id/{local}" in iris_at(path)
    assert page_of(f"{BASE}ns#Country") == "/ns#Country"
    assert page_of("http://www.wikidata.org/entity/Q1") is None
    assert iris_at("/doc/country/a%3Eb") == [f"{BASE}id/country/a%3Eb"]


# ---- how they read


def elements(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The elements of a page with their attributes; raises ParseError where it is not well made."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    for element in parser.parse(text).iter():
        if isinstance(element.tag, str):
            yield element.tag, dict(element.attrib)


def harmless(found: list[tuple[str, dict[str, str]]]) -> None:
    for tag, attributes in found:
        assert tag not in ("script", "style", "iframe", "object", "embed", "base"), tag
        for name, value in attributes.items():
            assert not name.lower().startswith("on") and name != "style", (tag, name)
            if name in ("href", "src", "action"):
                assert urlsplit(value).scheme in ("", "http", "https"), value


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_made(served: Served, path: str) -> None:
    reply = asked(served, path)
    assert reply.status in (200, 404) and reply.kind == "text/html"
    try:
        found = list(elements(reply.text))
    except ParseError as error:
        pytest.fail(f"{path}: {error}")
    harmless(found)
    tags = [tag for tag, _ in found]
    assert tags.count("h1") == 1 and tags.count("main") == 1 and tags.count("title") == 1
    assert dict(found[0][1]).get("lang") == "en"
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    for name in ("for", "aria-labelledby", "list"):
        assert {attributes[name] for _, attributes in found if name in attributes} <= set(ids)
    headings = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(b <= a + 1 for a, b in pairwise(headings))
    labelled = {attributes["for"] for tag, attributes in found if tag == "label"}
    inputs = {attributes.get("id") for tag, attributes in found if tag == "input"}
    assert inputs <= labelled
    fragments = {a["href"][1:] for t, a in found if t == "a" and a.get("href", "")[:1] == "#"}
    assert fragments <= set(ids)


def test_every_link_of_the_pages_leads_somewhere(served: Served) -> None:
    links: set[str] = set()
    for path in PAGES:
        base = served.address + path
        for tag, attributes in elements(asked(served, path).text):
            if tag in ("a", "link") and "href" in attributes:
                place = urlsplit(urljoin(base, unescape(attributes["href"])))
                if f"http://{place.netloc}" == served.address:
                    query = f"?{place.query}" if place.query else ""
                    links.add(place.path + query)
    # the first is another part's, and the others say what is wrong
    chosen = sorted(link for link in links if link != "/reconcile" and "=nowhere" not in link)
    chosen = chosen[:: len(chosen) // 250 + 1]

    def browsed(path: str) -> Reply:
        return asked(served, path, "text/html, */*;q=0.8")

    with ThreadPoolExecutor(4) as pool:
        for path, reply in zip(chosen, pool.map(browsed, chosen), strict=True):
            assert reply.status == 200, path


def test_a_country_shows_what_a_reader_wants_first(served: Served) -> None:
    text = asked(served, KAZAKHSTAN).text
    order = [text.index(f">{title}<") for title in
             ("Partners", "Offices and who holds them", "Latest instruments", "All facts",
              "What links here")]  # fmt: skip
    assert order == sorted(order)
    assert '<a href="/doc/relation/KAZ-SRB"' in text
    assert "Kassym-Jomart Tokayev" in text


def test_an_instrument_shows_its_parties_and_the_words_of_its_source(served: Served) -> None:
    text = unescape(asked(served, INSTRUMENT).text)
    assert "Office for Information Technologies and e-Government of Serbia" in text
    assert "<blockquote" in text
    assert "4. Memorandum of understanding on cooperation in the field of digitalization" in text
    assert ">2026-02-27-kz-rs</a>" in text  # the graph that says so
    assert 'href="/scheme/lifecycle-stage/exchanged"' in text


def test_labels_have_their_language(served: Served) -> None:
    text = asked(served, KAZAKHSTAN).text
    assert re.search(r'<span lang="ru"[^>]*>Казахстан</span>', text)
    assert re.search(r'<span lang="kk"[^>]*>Қазақстан</span>', text)


@pytest.mark.parametrize(
    "path", sorted((QUERIES / "pages").glob("*/*.rq")), ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_every_section_answers_its_example(path: Path, kg: bilat.KnowledgeGraph) -> None:
    question = load(path.parent)[path.stem]
    assert question.summary and list(question.params) == ["it"]
    rows = kg.store.select(question.text)
    assert len(rows) > 0 or path.stem == "6-missions"  # of which the shipped data has none
    assert re.search(r"ORDER BY [^\n]+\nLIMIT \d+\n\Z", question.text)


@pytest.fixture(scope="module")
def served_repeating(repeating: str, environment: dict[str, str]) -> Iterator[Served]:
    """`bilat serve` that passes questions on to a store which repeats triples."""
    with serving("--store", repeating, environment=environment) as server:
        yield server


@pytest.mark.parametrize(
    "path", sorted((QUERIES / "pages").glob("*/*.rq")), ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_no_section_repeats_a_row(path: Path, repeating: str, kg: bilat.KnowledgeGraph) -> None:
    text = path.read_text()
    rows = bilat.open(repeating).store.select(text)
    # which of the things of one day come last is the store's to say
    assert len(set(rows.terms)) == len(rows) == len(kg.store.select(text))


@pytest.mark.parametrize(
    "page",
    ["/", "/list/country", "/list/institution?page=2", "/scheme", "/scheme/field/digitalisation",
     "/doc/name/cod-congo-free-state", "/doc/relation/KAZ-TJK", "/doc/country/YUG",
     "/doc/country/IND?via=bilat:partyCountry", "/doc/country/KAX",
     "/doc/tenure/lka-secretary-of-ministry-of-digital-economy-varuna-sri-dhanapala"],
)  # fmt: skip
def test_a_page_of_a_store_that_repeats_triples_is_the_same(
    page: str, served_repeating: Served, served: Served
) -> None:
    theirs, ours = asked(served_repeating, page), asked(served, page)
    assert theirs.status == ours.status
    assert theirs.text == ours.text


# ---- the ontology


def test_the_page_of_the_ontology_has_every_term(served: Served, kg: bilat.KnowledgeGraph) -> None:
    text = unescape(asked(served, "/ns").text)
    rows = kg.store.select(
        "SELECT ?term ?label ?definition { ?term rdfs:isDefinedBy <https://w3id.org/bilat/ns> ; "
        "rdfs:label ?label ; skos:definition ?definition } ORDER BY ?term"
    )
    assert len(rows) > 150
    for row in rows:
        assert f'id="{row.term.rpartition("#")[2]}"' in text, row.term
        assert f">{row.label}</a>" in text
        assert row.definition in text
    assert "An instrument has exactly one type (bilat:instrumentType)" in text


def test_the_ontology_is_given_whole(served: Served, kg: bilat.KnowledgeGraph) -> None:
    found = triples(asked(served, "/ns", "text/turtle"))
    graph = {q.triple for q in kg.store.quads(ox.NamedNode(ONTOLOGY_GRAPH))}
    outside = {t for t in graph if not str(t.subject).startswith(f"<{BASE}scheme/")}
    assert outside <= found


# ---- what others may have put into their data


HOSTILE = """
@prefix bilat: <https://w3id.org/bilat/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix country: <https://w3id.org/bilat/id/country/> .
@prefix institution: <https://w3id.org/bilat/id/institution/> .
@prefix kind: <https://w3id.org/bilat/scheme/institution-kind/> .
<https://w3id.org/bilat/id/institution/kaz-hostile> a bilat:Institution ;
    rdfs:label "<script>alert(1)</script>\\" onmouseover=\\"alert(2)\\" '"@en ,
        "\\u202Egnorw\\u202C \\u0007 \\u2066x"@en-x-evil ,
        "</main><img src=x onerror=alert(3)>"@ar ;
    bilat:country country:KAZ ;
    bilat:institutionKind kind:ministry ;
    schema:sameAs <javascript:alert(4)> , <data:text/html,x> , <http://x.test/'onclick='a> ;
    rdfs:seeAlso <HTTPS://x.test/\\u202Etxt> , <http://x.test/a&b=c> .
<https://w3id.org/bilat/id/institution/kaz-very-long> a bilat:Institution ;
    rdfs:label "LONG"@en ;
    bilat:underAuthorityOf <https://w3id.org/bilat/id/institution/kaz-hostile> ;
    bilat:country country:KAZ .
<https://w3id.org/bilat/id/person/\\u0412\\u0443\\u0447\\u0438\\u045B> a bilat:Person ;
    rdfs:label "{{ 7 * 7 }} ]]> --> %3Cscript%3E"@en .
<https://w3id.org/bilat/id/person/a%20b> a bilat:Person ; rdfs:label "escaped"@en .
<https://w3id.org/bilat/id/person/looks.ttl> a bilat:Person ; rdfs:label "no suffix"@en .
<http://other.test/thing> rdfs:label "foreign"@en .
[] a bilat:Person ; rdfs:label "nameless"@en .
"""


@pytest.fixture(scope="module")
def hostile(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("hostile")
    text = HOSTILE.replace("LONG", "A" * 100_000)
    (folder / "hostile.ttl").write_text(text, encoding="utf-8")
    own = tmp_path_factory.mktemp("hostile-home")
    with serving("--data", folder, environment={**environment, "HOME": str(own)}) as server:
        yield server


def test_hostile_labels_are_shown_harmlessly(hostile: Served) -> None:
    for path in ("/doc/institution/kaz-hostile", "/doc/institution/kaz-very-long", KAZAKHSTAN,
                 "/list/institution", "/search?q=script", "/search?q=%3Cscript%3E%22%27",
                 "/doc/person/" + quote("Вучић"), "/graph/hostile",
                 "/doc/country/KAZ?via=bilat:country",
                 "/questions/partners-of-institution?institution=" + quote("<script>\"'\u202e"),
                 "/questions/name-of-institution?institution=kaz-hostile"):  # fmt: skip
        reply = asked(hostile, path)
        assert reply.status in (200, 404), path
        harmless(list(elements(reply.text)))
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", reply.text), path
        assert len(reply.body) < 150_000
    text = asked(hostile, "/doc/institution/kaz-hostile").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "javascript:alert(4)" in text  # said, and no link
    assert "49" not in asked(hostile, "/doc/person/" + quote("Вучић")).text


def test_odd_iris_of_own_data_resolve(hostile: Served) -> None:
    found: set[ox.Triple] = set()
    for path in ("/doc/person/" + quote("Вучић"), "/doc/person/a%20b", "/doc/person/looks.ttl",
                 "/doc/person/looks.ttl.ttl"):  # fmt: skip
        assert asked(hostile, path).status == 200, path
    found = triples(asked(hostile, "/graph/hostile.ttl"))
    nameless = next(str(t.subject)[1:-1] for t in found if "nameless" in str(t.object))
    page = page_of(nameless)
    assert page and page in paths(hostile)
    assert "nameless" in asked(hostile, page).text
    assert any("other.test/thing" in str(t.subject) for t in found)
    everything = {path for path in paths(hostile) if path.startswith("/doc/person/")}
    assert {
        "/doc/person/" + quote("Вучић"),
        "/doc/person/a%20b",
        "/doc/person/looks.ttl",
    } <= everything
