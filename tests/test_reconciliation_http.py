"""The reconciliation service as its clients see it, among them a real one: Debian's OpenRefine."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlencode, urljoin

import pytest

from bilat.build import build
from bilat.inputs import shipped
from bilat.judgements import Judgements
from bilat.server import site as site_module
from bilat.server.answers import Refusal
from bilat.server.site import Site
from bilat.server.workers import Pool
from openrefine import OpenRefine, openrefine
from serving import Reply, Served, serving
from test_reconciliation import HEALTH, SCHEMAS

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def post(served: Served, **form: Any) -> Reply:
    body = urlencode({name: json.dumps(value) for name, value in form.items()}).encode()
    return served.ask("/reconcile", "POST", body, FORM)


def content(reply: Reply, schema: str) -> Any:
    assert (reply.status, reply.kind) == (200, "application/json"), reply.text
    assert reply.headers["access-control-allow-origin"] == "*"
    found = json.loads(reply.body)
    SCHEMAS[schema].validate(found)
    return found


def manifest(served: Served) -> Any:
    return content(served.ask("/reconcile"), "manifest")


def follow(served: Served, template: str, id: str) -> Reply:
    """What is at an address that the manifest has a template for."""
    for place in ("{{id}}", "${id}"):
        template = template.replace(place, quote(id, safe=""))
    assert template.startswith(served.address)
    return served.ask(template.removeprefix(served.address))


# ---- By hand -------------------------------------------------------------------------------------


def test_queries_come_by_get_and_post(served: Served) -> None:
    batch = {"a": {"query": "Serbia", "type": "Country"}, "b": {"query": "Kazakhstan", "limit": 1}}
    posted = content(post(served, queries=batch), "results")
    asked = urlencode({"queries": json.dumps(batch)})
    assert content(served.ask(f"/reconcile?{asked}"), "results") == posted
    assert [answer["result"][0]["match"] for answer in posted.values()] == [True, True]
    extension = {"ids": ["id/country/KAZ"], "properties": [{"id": "iso3166alpha2"}]}
    found = content(post(served, extend=extension), "extension")
    assert found["rows"] == {"id/country/KAZ": {"iso3166alpha2": [{"str": "KZ"}]}}
    asked = urlencode({"extend": json.dumps(extension)})
    assert content(served.ask(f"/reconcile?{asked}"), "extension") == found


def test_every_address_of_the_manifest_is_there(served: Served) -> None:
    about = manifest(served)
    assert follow(served, about["preview"]["url"], HEALTH).kind == "text/html"
    for kind, id in (("entity", HEALTH), ("property", "country"), ("type", "Country")):
        suggest = about["suggest"][kind]
        url = suggest["service_url"] + suggest["service_path"] + "?prefix=" + quote(id[:5])
        content(follow(served, url, ""), "suggestions")
        flyout = suggest["flyout_service_url"] + suggest["flyout_service_path"]
        assert content(follow(served, flyout, id), "flyout")["id"] == id
    propose = about["extend"]["propose_properties"]
    url = propose["service_url"] + propose["service_path"] + "?type=Person&limit=3"
    assert len(content(follow(served, url, ""), "proposal")["properties"]) == 3
    seen = follow(served, about["view"]["url"], HEALTH)
    assert (seen.status, seen.headers["location"]) == (303, urljoin(served.address, HEALTH))


def test_a_preview_may_be_shown_in_a_frame_and_nothing_else(served: Served) -> None:
    preview = follow(served, manifest(served)["preview"]["url"], HEALTH).headers
    assert "frame-ancestors *" in preview["content-security-policy"]
    assert "default-src 'none'" in preview["content-security-policy"]
    assert "x-frame-options" not in preview
    other = served.ask("/reconcile").headers
    assert "frame-ancestors 'none'" in other["content-security-policy"]
    assert other["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("target", "body", "status", "said"),
    [
        ("/reconcile?callback=f", None, 400, "JSONP"),
        ("/reconcile?query=Serbia", None, 400, "queries"),
        ("/reconcile?queries=%7B", None, 400, "JSON"),
        ("/reconcile?queries=%7B%7D&queries=%7B%7D", None, 400, "one of"),
        ("/reconcile?queries=%FF", None, 400, "UTF-8"),
        ("/reconcile", b"", 400, "queries"),
        ("/reconcile", b"queries=" + b"[" * 50_000, 400, "nests"),
        ("/reconcile", b"queries=%7B%22q%22%3A" + b"1" * 6000 + b"%7D", 400, "JSON"),
        ("/reconcile", b"queries=" + quote(json.dumps({str(n): {} for n in range(51)})).encode(),
         413, "at most 50"),
        ("/reconcile/preview?id=id/institution/none", None, 404, "none"),
        ("/reconcile/preview", None, 400, "id"),
        ("/reconcile/flyout/river?id=x", None, 400, "entity"),
        ("/reconcile/suggest/entity?prefix=a&cursor=-1", None, 400, "cursor"),
        ("/reconcile/suggest/entity?prefix=a&cursor=many", None, 400, "cursor"),
        ("/reconcile/suggest/entity?prefix=a&type=River", None, 400, "River"),
        ("/reconcile/extend/propose?type=Countri", None, 404, "Country"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_said(
    served: Served, target: str, body: bytes | None, status: int, said: str
) -> None:
    method = "GET" if body is None else "POST"
    reply = served.ask(target, method, body, FORM if body is not None else {})
    assert reply.status == status and reply.kind == "application/problem+json"
    detail = json.loads(reply.body)["detail"]
    assert said in detail and len(detail) < 600


def test_other_forms_and_methods_are_refused(served: Served) -> None:
    plain = {"Content-Type": "text/plain"}
    assert served.ask("/reconcile", "POST", b"queries={}", plain).status == 415
    assert served.ask("/reconcile", "DELETE").status == 405


def test_many_ask_at_once_and_a_killed_process_is_replaced(
    store_directory: Path, environment: dict[str, str]
) -> None:
    batch = {str(n): {"query": "Ministry of Health", "type": "Institution"} for n in range(10)}
    with serving("--store", store_directory, environment=environment) as own:
        first = content(post(own, queries=batch), "results")
        for pid in own.processes():
            os.kill(pid, signal.SIGKILL)

        def again(number: int) -> Any:
            return content(post(own, queries=batch | {f"x{number}": {"query": "x"}}), "results")

        with ThreadPoolExecutor(8) as threads:
            for found in threads.map(again, range(16)):
                assert {key: found[key] for key in first} == first


def test_judgements_and_a_store_built_anew_count_while_it_is_served(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    data, store = tmp_path / "data", tmp_path / "store"
    (data / "sources").mkdir(parents=True)
    judgements = Judgements.load(data / "judgements.tsv")
    about = {"kind": "institution", "country": "KZ", "decision": "same", "who": "me"}
    iri = "https://w3id.org/bilat/" + HEALTH
    judgements.add(name="Healers' House", iri=iri, why="as it signs", **about)
    asked = {"type": "Institution", "properties": [{"pid": "country", "v": "KZ"}]}
    names = ("Healers House", "Palace of Cures", "Bureau of Tides")
    batch = {name: {"query": name, **asked} for name in names}
    build(shipped(data), store)
    with serving("--store", store, "--data", data, environment=environment) as own:

        def matched() -> list[str]:
            found = content(post(own, queries=batch), "results")
            return [name for name in names if [c for c in found[name]["result"] if c["match"]]]

        assert matched() == ["Healers House"]
        judgements.add(name="Palace of Cures", iri=iri, why="so it is", **about)
        assert matched() == ["Healers House", "Palace of Cures"]
        (data / "sources" / "own.ttl").write_text(TIDES, "utf-8")
        build(shipped(data), store)
        for _ in range(600):
            if len(matched()) == 3:
                break
            time.sleep(0.1)
        assert matched() == [*names]


TIDES = """
@prefix bilat: <https://w3id.org/bilat/ns#> .
@prefix country: <https://w3id.org/bilat/id/country/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

<https://example.org/tides> a bilat:Institution ; rdfs:label "Bureau of Tides"@en ;
    bilat:country country:KAZ .
"""

# ---- OpenRefine ----------------------------------------------------------------------------------

TABLE = """body,state
Ministry of Health,Kazakhstan
Министерство здравоохранения,KZ
ministry of culture of serbia,Србија
Ministry of Helth,Kazakhstan
Ministry of Culture,Казахстан
Ministry of Silly Walks,GB
Ministry of Health,
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenRefine]:
    if shutil.which("openrefine") is None:
        pytest.skip("openrefine, a Debian package, is not installed; `make debian` installs it")
    with openrefine(tmp_path_factory.mktemp("openrefine")) as running:
        yield running


def test_a_table_of_names_comes_back_matched(served: Served, client: OpenRefine) -> None:
    service = f"{served.address}/reconcile"
    project = client.create(TABLE)
    institution = {"id": "Institution", "name": "Institution"}
    client.reconcile(project, "body", service, institution, country="state")
    template = (
        '{{jsonize([cells["body"].value, cells["body"].recon.judgment,'
        ' cells["body"].recon.match.id, cells["body"].recon.candidates[0].id])}}'
    )
    culture = "id/institution/srb-ministry-of-culture"
    proposed = "id/institution/kaz-ministry-of-culture-and-information"
    assert client.export(project, template) == [
        ["Ministry of Health", "matched", HEALTH, HEALTH],
        ["Министерство здравоохранения", "matched", HEALTH, HEALTH],
        ["ministry of culture of serbia", "matched", culture, culture],
        ["Ministry of Helth", "none", None, HEALTH],
        ["Ministry of Culture", "none", None, proposed],
        ["Ministry of Silly Walks", "none", None, None],
        ["Ministry of Health", "none", None, HEALTH],
    ]
    client.extend(project, "body", service, "country", "country/iso3166alpha2")
    template = (
        '{{jsonize([cells["Country"].recon.match.id,'
        ' cells["Code of its country, two letters"].value])}}'
    )
    found = client.export(project, template)
    kazakhstan, serbia = ["id/country/KAZ", "KZ"], ["id/country/SRB", "RS"]
    assert found == [kazakhstan, kazakhstan, serbia, *[[None, None]] * 4]


def test_who_asks_before_the_names_are_prepared_is_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def asked() -> Refusal:
        site = Site(cast("Pool", None), "http://x.test")
        monkeypatch.setattr(site_module, "PATIENCE", 0.01)
        preparing: asyncio.Task[Pool] = asyncio.create_task(asyncio.sleep(60))  # type: ignore[arg-type]
        monkeypatch.setattr(site, "prepare", lambda _: preparing)
        with pytest.raises(Refusal) as refused:
            await site.when_prepared("x:y")
        assert not preparing.done()  # it goes on for who comes again
        preparing.cancel()
        return refused.value

    refusal = asyncio.run(asked())
    assert refusal.status == 503 and dict(refusal.headers)["Retry-After"].isdecimal()
