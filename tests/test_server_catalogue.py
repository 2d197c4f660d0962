"""The ways in over HTTP: start page, search, lists, files, and what the data set says of itself."""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
import rdflib

import bilat
from bilat.export import DATASET
from bilat.inputs import shipped
from bilat.namespaces import DERIVED_GRAPH, PREFIXES
from bilat.server import catalogue, documents, dump, vocabulary
from bilat.server.answers import Refusal
from bilat.server.dump import FILES
from serving import Reply, Served

SITEMAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def asked(served: Served, path: str, accept: str = "text/html", **headers: str) -> Reply:
    return served.ask(path, headers={"Accept": accept, **headers})


def patiently(served: Served, path: str) -> Reply:
    """The answer for which one may be told to come again."""
    for _ in range(60):
        reply = asked(served, path)
        if reply.status != 503:
            break
        time.sleep(min(int(reply.headers["retry-after"]), 2))
    return reply


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_the_bytes_of_an_export(
    served: Served, kg: bilat.KnowledgeGraph, name: str
) -> None:
    reply = patiently(served, f"/data/{name}")
    assert reply.status == 200 and reply.kind == FILES[name].media_type
    assert reply.body == kg.export(FILES[name].name)
    tag = reply.headers["etag"]
    assert served.ask(f"/data/{name}", headers={"If-None-Match": tag}).status == 304
    assert served.ask(f"/data/{name}", "HEAD").headers["content-length"] == str(len(reply.body))


@pytest.mark.parametrize(
    "range_, part",
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=10-", slice(10, None)),
        ("bytes=-5", slice(-5, None)),
        ("bytes=9-1", None),
        ("bytes=x", None),
        ("bytes=0-1,5-6", None),
        ("lines=1-2", None),
        ("", None),
    ],
)
def test_a_part_of_a_file_is_given_and_what_is_no_range_is_left_out(
    range_: str, part: slice | None, served: Served
) -> None:
    whole = patiently(served, "/data/bilat.nt").body
    reply = served.ask("/data/bilat.nt", headers={"Range": range_})
    assert reply.status == (206 if part else 200)
    assert reply.body == (whole[part] if part else whole)


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
def test_a_file_is_not_read_for_its_head(served: Served) -> None:
    size = len(patiently(served, "/data/bilat.nt").body)

    def read() -> int:
        text = Path(f"/proc/{served.process.pid}/io").read_text()
        return int(text.partition("rchar: ")[2].split()[0])

    before = read()
    reply = served.ask("/data/bilat.nt", "HEAD")
    assert (reply.status, reply.headers["content-length"]) == (200, str(size))
    assert read() - before < size


def test_a_large_graph_comes_as_a_file(
    kg: bilat.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "LARGEST_GRAPH", 10)
    with pytest.raises(Refusal, match="comes as a file") as refused:
        documents.document(kg, "/graph/derived", "ttl")
    assert refused.value.status == 413
    assert documents.document(kg, "/graph/derived", "html").status == 200
    file = io.BytesIO()
    dump.write(kg, dump.file_of_graph(DERIVED_GRAPH, "ttl"), file)
    assert file.getvalue() == kg.export("turtle", "derived")


@pytest.mark.parametrize(
    "target, status, said",
    [
        ("/search?q=%ff", 400, "not UTF-8"),
        ("/api/questions/names-of-country?country=%ff", 400, "not UTF-8"),
        ("/questions/names-of-country?country=%ff", 400, "not UTF-8"),
        ("/questions/names-of-country?country=KZ&country=RS", 400, "2 times"),
        ("/search?q=a&q=b", 400, "q is there 2 times"),
        ("/list/country?page=1&page=2", 400, "page is there 2 times"),
        ("/doc/country/KAZ?via=%ff", 400, "not UTF-8"),
        ("/list/x", 404, "no list is called 'x'; there are /list/country, /list/institution"),
    ],
)
def test_what_cannot_be_listed_is_told(target: str, status: int, said: str, served: Served) -> None:
    reply = asked(served, target, "*/*")
    assert reply.status == status and said in json.loads(reply.body)["detail"]


def test_no_other_file_is_there(served: Served) -> None:
    reply = asked(served, "/data/bilat.csv")
    assert reply.status == 404 and "bilat.ttl" in reply.text


@pytest.mark.parametrize("path", ["/.well-known/void", "/dcat"])
def test_the_data_set_describes_itself(served: Served, kg: bilat.KnowledgeGraph, path: str) -> None:
    reply = asked(served, path, "text/turtle")
    graph = rdflib.Graph().parse(data=reply.body, format="turtle")
    assert set(rdflib.Graph().parse(data=kg.describe(), format="turtle")) <= set(graph)
    dataset = rdflib.URIRef(DATASET)
    void, dcat = rdflib.Namespace(PREFIXES["void"]), rdflib.Namespace(PREFIXES["dcat"])
    assert str(graph.value(dataset, void.sparqlEndpoint)) == f"{served.address}/sparql"
    addresses = {str(o) for o in graph.objects(dataset, void.dataDump)}
    assert addresses == {f"{served.address}/data/{name}" for name in FILES}
    assert {str(o) for o in graph.objects(None, dcat.downloadURL)} == addresses
    assert asked(served, path, "application/ld+json").kind == "application/ld+json"
    assert asked(served, f"{path}.ttl").body == reply.body
    assert asked(served, path).headers["location"] == "/data"
    assert asked(served, path, "*/*").body == reply.body
    assert asked(served, "/dataset").headers["location"] == "/.well-known/void"


def test_the_site_map_has_absolute_addresses(served: Served) -> None:
    root = ElementTree.fromstring(asked(served, "/sitemap.xml").body)
    assert root.tag == f"{SITEMAPS}urlset"
    places = [element.text or "" for element in root.iter(f"{SITEMAPS}loc")]
    assert f"{served.address}/doc/country/KAZ" in places
    assert all(place.startswith(served.address + "/") for place in places)
    assert f"Sitemap: {served.address}/sitemap.xml" in asked(served, "/robots.txt").text


def test_a_large_site_map_is_an_index_of_parts(kg: bilat.KnowledgeGraph, tmp_path: Path) -> None:
    file = tmp_path / "paths.txt"
    paths = [f"/doc/x/{number}&{'é' if number % 2 else ''}" for number in range(100_001)]
    file.write_text("\n".join(paths) + "\n", encoding="utf-8")

    def places(part: int) -> tuple[str, list[str]]:
        root = ElementTree.fromstring(catalogue.sitemap(kg, str(file), "http://x.test", part).body)
        return root.tag, [element.text or "" for element in root.iter(f"{SITEMAPS}loc")]

    tag, parts = places(0)
    assert tag == f"{SITEMAPS}sitemapindex"
    assert parts == [f"http://x.test/sitemap-{number}.xml" for number in (1, 2, 3)]
    found = [places(number)[1] for number in (1, 2, 3)]
    assert [len(part) for part in found] == [50_000, 50_000, 1]
    assert [place for part in found for place in part] == ["http://x.test" + p for p in paths]


def test_the_context_is_that_of_the_ontology(served: Served) -> None:
    reply = asked(served, "/context.jsonld")
    assert reply.kind == "application/ld+json"
    assert reply.body == Path(shipped().folder("ontology", "context.jsonld")).read_bytes()
    assert json.loads(reply.body)["@context"]


def test_the_start_page_shows_the_way(served: Served) -> None:
    text = asked(served, "/").text
    for link in ("/list/country", "/questions", "/sparql", "/openapi.json", "/reconcile", "/ns",
                 "/data", "/doc/country/KAZ", "/doc/source/2026-02-27-kz-rs"):  # fmt: skip
        assert f'href="{link}"' in text
    assert 'action="/search"' in text


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("kazakhstan", "/doc/country/KAZ"),
        ("KZ", "/doc/country/KAZ"),
        ("казахстан", "/doc/country/KAZ"),
        ("Tokayev", "/doc/person/kassym-jomart-tokayev"),
        ("Qaziform", "/doc/institution/kaz-qazinform"),
        ("health ministry of kaz", "/doc/institution/kaz-ministry-of-health"),
        ("2026-02-27-kz-rs", "/doc/source/2026-02-27-kz-rs"),
    ],
)
def test_a_search_finds_by_any_name(served: Served, text: str, path: str) -> None:
    from urllib.parse import quote

    page = asked(served, f"/search?q={quote(text)}").text
    assert f'href="{path}"' in page.partition('<ul class="hits">')[2]


def test_a_search_for_what_is_not_there_gives_near_names(served: Served) -> None:
    page = asked(served, "/search?q=Kazakstan").text
    assert "Did you mean" in page and 'href="/search?q=kazakhstan"' in page.lower()
    assert asked(served, f"/search?q={'x' * 300}").status == 400


def test_lists_are_in_order(served: Served) -> None:
    import re

    names = re.findall(
        r'<li><a href="/doc/country/[^>]*>([^<]*)<', asked(served, "/list/country").text
    )
    assert len(names) == 100 and names == sorted(names, key=str.lower)
    dates = re.findall(r'class="date"><span[^>]*>([\d-]+)<', asked(served, "/list/event").text)
    assert len(dates) > 20 and dates == sorted(dates, reverse=True)
    assert asked(served, "/list/nothing").status == 404


def test_all_shapes_are_in_one_document(served: Served) -> None:
    reply = asked(served, "/shapes.ttl")
    shapes = set(ox.parse(reply.body, format=ox.RdfFormat.TURTLE))
    named = {q.subject for p in shipped().shapes() for q in ox.parse(path=p)}
    assert {n for n in named if isinstance(n, ox.NamedNode)} <= {q.subject for q in shapes}


def test_every_process_gives_the_same_shapes(served: Served, kg: bilat.KnowledgeGraph) -> None:
    assert vocabulary.shapes(kg, "nt").body == asked(served, "/shapes.nt").body
