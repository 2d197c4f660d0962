"""Names are reconciled as the Reconciliation Service API 0.2 says: what is asked, what comes back.

The schemas in ``reconciliation_api`` say what the text of the specification says, of requests and
answers: https://reconciliation-api.github.io/specs/0.2/
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

import bilat
from bilat.build import build
from bilat.errors import InputError, NotFoundError, StoreError
from bilat.inputs import shipped
from bilat.judgements import Judgements
from bilat.push import GraphStore, push
from bilat.reconcile import Outcome, open_reconciler
from bilat.remote import RemoteStore
from bilat.server.answers import Answer, Refusal
from bilat.server.reconciliation import service
from bilat.server.reconciliation.candidates import entities
from bilat.server.reconciliation.schema import PROPERTIES, TYPES, identifier, iri_of
from bilat.store import EmbeddedStore
from conftest import examples
from servers import oxigraph

SCHEMAS = {
    path.stem: Draft7Validator(json.loads(path.read_text("utf-8")))
    for path in Path(__file__).with_name("reconciliation_api").glob("*.json")
}
FIELD = "https://w3id.org/bilat/scheme/field"
HEALTH = "id/institution/kaz-ministry-of-health"


def content(answer: Answer, schema: str) -> Any:
    """What the answer says, which is as the schema has it."""
    assert (answer.status, answer.media_type) == (200, "application/json")
    found = json.loads(answer.body)
    SCHEMAS[schema].validate(found)
    return found


def ask(kg: bilat.KnowledgeGraph, **queries: Any) -> dict[str, list[dict[str, Any]]]:
    SCHEMAS["queries"].validate(queries)
    found = content(service.answers(kg, json.dumps(queries)), "results")
    assert list(found) == list(queries)
    assert not [answer for answer in found.values() if "error" in answer]
    return {key: answer["result"] for key, answer in found.items()}


def one(kg: bilat.KnowledgeGraph, query: str = "", **more: Any) -> list[dict[str, Any]]:
    """The candidates for one query; further arguments are properties, but for type and limit."""
    asked: dict[str, Any] = {name: more.pop(name) for name in ("type", "limit") if name in more}
    asked |= {"query": query} if query else {}
    asked |= {"properties": [{"pid": p, "v": v} for p, v in more.items()]} if more else {}
    return ask(kg, q=asked)["q"]


def extended(kg: bilat.KnowledgeGraph, ids: list[str], *properties: Any) -> Any:
    listed = [asked if isinstance(asked, dict) else {"id": asked} for asked in properties]
    asked = {"ids": ids, "properties": listed}
    SCHEMAS["extension-query"].validate(asked)
    return content(service.extension(kg, json.dumps(asked)), "extension")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> bilat.KnowledgeGraph:
    """The shipped graph with own data: a name to be careful with, an end, and judgements."""
    data, store = (tmp_path_factory.mktemp(name) for name in ("data", "store"))
    (data / "sources").mkdir()
    (data / "sources" / "own.ttl").write_text(OWN, "utf-8")
    judgements = Judgements.load(data / "judgements.tsv")
    about = {"kind": "institution", "country": "KZ", "who": "me"}
    judgements.add(
        name="Healers' House", decision="same", iri=iri_of(HEALTH), why="as it signs", **about
    )
    judgements.add(name="Energy Ministry", decision="unsure", why="which one", **about)
    inputs = shipped(data)
    build(inputs, store)
    return bilat.open(store, data=data)


OWN = """
@prefix bilat: <https://w3id.org/bilat/ns#> .
@prefix ck: <https://w3id.org/bilat/scheme/change-kind/> .
@prefix country: <https://w3id.org/bilat/id/country/> .
@prefix ik: <https://w3id.org/bilat/scheme/institution-kind/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix x: <https://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

x:script a bilat:Institution ; rdfs:label "<script>alert('\\u202Exyz')</script> Bureau"@en ;
    bilat:country country:FJI ; bilat:institutionKind ik:agency .
x:bank a bilat:Institution ; rdfs:label "Suva Savings"@en ;
    bilat:country country:FJI ; bilat:institutionKind ik:bank .
x:old a bilat:Institution ; rdfs:label "Ministry of Sugar of Fiji"@en ;
    bilat:country country:FJI ; bilat:institutionKind ik:ministry ; org:changedBy x:merger .
x:new a bilat:Institution ; rdfs:label "Ministry of Crops of Fiji"@en ;
    bilat:country country:FJI ; bilat:institutionKind ik:ministry ; org:changedBy x:merger .
x:merger a bilat:InstitutionChange ; bilat:changeKind ck:merger ;
    bilat:onDate "2020-05-01"^^xsd:date ;
    org:originalOrganization x:old ; org:resultingOrganization x:new .
"""


# ---- The manifest --------------------------------------------------------------------------------


def test_the_manifest_says_what_there_is(kg: bilat.KnowledgeGraph) -> None:
    found = content(service.manifest(kg, "https://example.org/bilat"), "manifest")
    assert found["versions"] == ["0.2"]
    assert [type["id"] for type in found["defaultTypes"]] == list(TYPES)
    assert found["view"]["url"].startswith("https://example.org/bilat/")


def test_the_schemas_refuse_what_the_specification_does() -> None:
    bad: dict[str, list[Any]] = {
        "manifest": [{}, {"versions": ["0.1"], "name": "n", "identifierSpace": "x"}],
        "queries": [[], {"q": {}}, {"q": {"query": 1}}, {"q": {"properties": []}}, {"q": "text"}],
        "results": [[], {"q": {}}, {"q": {"result": [{"id": "x", "name": "y"}]}}],
        "extension-query": [{}, {"ids": ["x"]}, {"ids": "x", "properties": []}],
        "extension": [{"rows": {}}, {"meta": [], "rows": {"x": {"p": [{"date": "2020-01-01"}]}}}],
        "suggestions": [{}, {"result": [{"id": "x"}]}],
        "flyout": [{"id": "x"}],
        "proposal": [{"properties": [{"id": "x"}], "type": "t"}],
    }
    assert bad.keys() == SCHEMAS.keys()
    for schema, contents in bad.items():
        assert not [c for c in contents if SCHEMAS[schema].is_valid(c)], schema


# ---- Names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "type", "country", "found"),
    [
        ("Ministry of Health", "Institution", "Kazakhstan", HEALTH),
        ("Министерство здравоохранения", "Institution", "KZ", HEALTH),
        ("Ministry of Health", "Institution", {"id": "id/country/KAZ", "name": "?"}, HEALTH),
        ("Ministry of Health", "Institution", {"id": "country:KAZ"}, HEALTH),
        ("Ministry of Culture", "Institution", "Србија", "id/institution/srb-ministry-of-culture"),
        ("Tokaev Kassym-Jomart", "Person", "KAZ", "id/person/kassym-jomart-tokayev"),
        ("Сербия", "Country", None, "id/country/SRB"),
        ("kz", "Country", None, "id/country/KAZ"),
        ("энергетика", FIELD, None, "scheme/field/energy"),
    ],
)
def test_what_the_project_matches_is_a_match(
    kg: bilat.KnowledgeGraph, name: str, type: str, country: Any, found: str
) -> None:
    candidates = one(kg, name, type=type, **({"country": country} if country else {}))
    assert (candidates[0]["id"], candidates[0]["match"]) == (found, True)
    assert candidates[0]["score"] >= 90
    assert candidates[0]["type"][0]["id"] == type
    assert not any(candidate["match"] for candidate in candidates[1:])


@pytest.mark.parametrize(
    ("name", "country", "found", "why"),
    [
        ("Ministry of Helth", "KZ", HEALTH, "spelt alike"),
        ("Ministry of Culture", "KZ", "id/institution/kaz-ministry-of-culture-and-information",
         "“information”"),
        ("Ministry of Health of Kazakhstan", "", HEALTH, "the country of the name is not known"),
        ("Ministry of Health of Kazakhstan", "Narnia", HEALTH, "Narnia"),
    ],
)  # fmt: skip
def test_what_somebody_has_to_judge_is_a_candidate_with_the_reason(
    kg: bilat.KnowledgeGraph, name: str, country: str, found: str, why: str
) -> None:
    given = {"country": country} if country else {}
    candidates = one(kg, name, type="Institution", **given)
    assert candidates[0]["id"] == found and why in candidates[0]["description"]
    assert not any(candidate["match"] for candidate in candidates)
    assert 0 < candidates[0]["score"] < 95


def test_a_match_is_what_the_reconciler_matches(kg: bilat.KnowledgeGraph) -> None:
    reconciler = open_reconciler()
    known = [e for e in entities(kg).by_iri.values() if e.type.id in ("Institution", "Person")]
    matched = 0
    for entity in known:
        country = extended(kg, [identifier(entity.iri)], "country/iso3166alpha2")
        codes = [cell["str"] for cell in country["rows"][identifier(entity.iri)].popitem()[1]]
        for name in (entity.name, entity.name.partition(" of ")[0], entity.name.lower()):
            decision = reconciler.decide(entity.type.name.lower(), name, (codes or [None])[0])
            asked = {"country": codes[0]} if codes else {}
            match = [c["id"] for c in one(kg, name, type=entity.type.id, **asked) if c["match"]]
            wanted = [identifier(decision.iri or "")] if decision.outcome is Outcome.MATCH else []
            assert match == wanted, (name, codes)
            matched += len(match)
    assert matched > len(known)


def test_without_a_type_all_are_searched_and_two_matches_are_none(kg: bilat.KnowledgeGraph) -> None:
    assert one(kg, "Serbia")[0] | {"features": 0, "description": 0} == {
        "id": "id/country/SRB", "name": "Serbia", "type": [{"id": "Country", "name": "Country"}],
        "score": 100.0, "match": True, "features": 0, "description": 0,
    }  # fmt: skip
    types = {c["type"][0]["id"] for c in one(kg, "health", limit=20)}
    assert {"Institution", FIELD} <= types


def test_an_identifier_is_taken_for_what_it_identifies(kg: bilat.KnowledgeGraph) -> None:
    for text in (HEALTH, "https://w3id.org/bilat/" + HEALTH, "institution:kaz-ministry-of-health"):
        assert [(c["id"], c["score"], c["match"]) for c in one(kg, text)] == [(HEALTH, 100, True)]
    assert HEALTH not in [c["id"] for c in one(kg, HEALTH, type="Person")]


def test_properties_speak_against_a_match_and_are_features(kg: bilat.KnowledgeGraph) -> None:
    (right,) = one(kg, "Kazakhstan", type="Country", iso3166alpha2="kz")
    (wrong,) = one(kg, "Kazakhstan", type="Country", iso3166alpha2=["RS", "AL"])
    assert right["match"] and not wrong["match"]
    assert {"id": "property:iso3166alpha2", "value": True} in right["features"]
    assert {"id": "property:iso3166alpha2", "value": False} in wrong["features"]
    assert "KZ, not RS or AL" in wrong["description"]


def test_the_kind_of_a_body_and_the_day_of_the_text_count(own: bilat.KnowledgeGraph) -> None:
    asked = {"type": "Institution", "country": "Fiji"}
    then = one(own, "Ministry of Sugar", date="2019-01-01", **asked)
    assert then[0]["match"] and then[0]["id"] == "https://example.org/old"
    today = one(own, "Ministry of Sugar", **asked)
    assert not any(candidate["match"] for candidate in today)
    assert {c["id"] for c in today} >= {"https://example.org/old", "https://example.org/new"}
    assert "is no more: merger on 2020-05-01" in json.dumps(today)
    (state,) = one(own, "Russia", type="Country", date="1970-01-01")
    assert state["id"] in ("id/country/RUS", "id/country/SUN")
    for kind, match in (("bank", True), ("State-owned company", True), ("ministry", False)):
        (bank,) = one(own, "Suva Savings", institutionKind=kind, **asked)
        assert bank["match"] == match
        assert {"id": "property:institutionKind", "value": kind == "bank"} in bank["features"]


def test_judgements_go_first_and_count_at_once(own: bilat.KnowledgeGraph) -> None:
    def judged(name: str) -> list[dict[str, Any]]:
        return one(own, name, type="Institution", country="KZ")

    (same,) = judged("Healers' House")
    assert (same["id"], same["score"], same["match"]) == (HEALTH, 100, True)
    assert {"id": "judged", "value": True} in same["features"] and "as it signs" in str(same)
    assert not any(candidate["match"] for candidate in judged("Energy Ministry"))
    assert not judged("Palace of Cures")
    path = Path(str(own.inputs.data)) / "judgements.tsv"
    before = path.read_bytes()
    Judgements.load(path).add(
        kind="institution", name="Palace of Cures", country="KZ", decision="same",
        iri=iri_of(HEALTH), why="so it is", who="me",
    )  # fmt: skip
    try:
        assert judged("Palace of Cures")[0]["match"]
        path.write_bytes(before + b"no judgement\n")
        with pytest.raises(StoreError):
            judged("Palace of Cures")
    finally:
        path.write_bytes(before)


def test_without_a_name_properties_find(kg: bilat.KnowledgeGraph) -> None:
    (found,) = one(kg, iso3166alpha2="KZ")
    assert found["id"] == "id/country/KAZ" and not found["match"]
    ministries = one(kg, country="Kazakhstan", institutionKind="ministry", limit=3)
    assert len(ministries) == 3 and all("kaz-ministry" in c["id"] for c in ministries)
    assert one(kg, country="Kazakhstan", institutionKind="ministry", type="Person") == []
    assert one(kg, date="2020-01-01") == []


def test_answers_do_not_depend_on_each_other_and_are_in_order(kg: bilat.KnowledgeGraph) -> None:
    names = ["Ministry of Health", "Ministry of Energy", "Kazakhstan", "culture", "Vučić"]
    together = ask(kg, **{name: {"query": name, "limit": 20} for name in names})
    for name in names:
        assert ask(kg, **{name: {"query": name, "limit": 20}})[name] == together[name]
        scores = [candidate["score"] for candidate in together[name]]
        assert scores == sorted(scores, reverse=True) and all(0 <= s <= 100 for s in scores)
        assert together[name] and all(c["description"] for c in together[name])
        assert one(kg, name, limit=2) == together[name][:2]


# ---- What cannot be asked ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "“query”"), (5, "JSON object"), ({"query": 5}, "text"), ({"query": "…"}, "no letter"),
        ({"query": "x" * 501}, "at most 500"), ({"query": "x", "type": "River"}, "River"),
        ({"query": "x", "type": {"id": 3}}, "type"), ({"query": "x", "limit": 0}, "limit"),
        ({"query": "x", "limit": True}, "limit"), ({"query": "x", "type_strict": 1}, "type_strict"),
        ({"query": "x", "properties": {}}, None), ({"query": "x", "properties": [1]}, "pid"),
        ({"query": "x", "properties": [{"pid": "colour", "v": 1}]}, "colour"),
        ({"query": "x", "properties": [{"pid": "country", "v": {}}]}, "value"),
        ({"query": "x", "properties": [{"pid": "country", "v": ["a"] * 21}]}, "20"),
        ({"query": "x", "type": "Country", "properties": [{"pid": "date", "v": "soon"}]}, "soon"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_answered_says_why_and_harms_no_other(
    kg: bilat.KnowledgeGraph, query: Any, said: str | None
) -> None:
    batch = json.dumps({"bad": query, "good": {"query": "Serbia"}})
    found = content(service.answers(kg, batch), "results")
    assert found["good"]["result"][0]["match"]
    assert found["bad"]["result"] == [] if said else "error" not in found["bad"]
    assert said is None or said in found["bad"]["error"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "5", "null", "NaN", '{"q": NaN}', "[" * 100_000, '{"q": {"query": "\\ud800"}}',
     "1" * 5000],
)  # fmt: skip
def test_what_is_no_batch_is_refused(kg: bilat.KnowledgeGraph, text: str) -> None:
    with pytest.raises(InputError, match="queries"):
        service.answers(kg, text)
    with pytest.raises(InputError, match="extend"):
        service.extension(kg, text)


def test_too_many_queries_are_too_many(kg: bilat.KnowledgeGraph) -> None:
    with pytest.raises(Refusal) as refused:
        service.answers(kg, json.dumps({str(n): {"query": "x"} for n in range(10_000)}))
    assert refused.value.status == 413 and "50" in str(refused.value)
    assert content(service.answers(kg, "{}"), "results") == {}


_TEXT = st.text(max_size=12) | st.sampled_from(
    ["Ministry of Health", "KZ", "id/country/KAZ", "a:b", "http://", "(", "\x00", "<x>", '"', "١"]
)
_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_PROPERTY = st.fixed_dictionaries(
    {"pid": st.sampled_from([*PROPERTIES]) | _VALUE, "v": _VALUE | st.builds(dict, id=_TEXT)}
)
_QUERY = st.fixed_dictionaries(
    {},
    optional={
        "query": _TEXT | _VALUE,
        "type": st.sampled_from([*TYPES]) | _VALUE,
        "limit": st.integers(1, 9) | _VALUE,
        "properties": st.lists(_PROPERTY, max_size=3) | _VALUE,
        "type_strict": st.sampled_from(["any", "should", "all"]) | _VALUE,
    },
)


@settings(max_examples=examples(150))
@given(batch=st.dictionaries(_TEXT, _QUERY | _VALUE, max_size=3))
def test_any_batch_is_answered_or_refused(kg: bilat.KnowledgeGraph, batch: Any) -> None:
    try:
        found = content(service.answers(kg, json.dumps(batch)), "results")
    except InputError:
        return
    assert found.keys() == batch.keys()
    for answer in found.values():
        order = [(-candidate["score"], not candidate["match"]) for candidate in answer["result"]]
        assert order == sorted(order)
        assert sum(candidate["match"] for candidate in answer["result"]) <= 1


@settings(max_examples=examples(100))
@given(
    query=_VALUE
    | st.fixed_dictionaries(
        {
            "ids": st.lists(_TEXT, max_size=3) | _VALUE,
            "properties": _VALUE
            | st.lists(
                st.fixed_dictionaries(
                    {"id": st.sampled_from([*PROPERTIES]) | _VALUE},
                    optional={"settings": _VALUE | st.builds(dict, limit=_VALUE, count=_VALUE)},
                ),
                max_size=3,
            ),
        }
    )
)
def test_any_extension_is_answered_or_refused(kg: bilat.KnowledgeGraph, query: Any) -> None:
    try:
        found = content(service.extension(kg, json.dumps(query)), "extension")
    except InputError:
        return
    assert set(found["rows"]) == set(query["ids"])
    asked = {p["id"] for p in found["meta"]}
    assert all(set(row) == asked for row in found["rows"].values())


@settings(max_examples=examples(60))
@given(text=st.text(max_size=30) | _TEXT, cursor=st.integers(0, 50))
def test_any_beginning_is_answered(kg: bilat.KnowledgeGraph, text: str, cursor: int) -> None:
    for kind in ("entity", "property", "type"):
        content(service.suggestions(kg, kind, text, cursor, ""), "suggestions")
        try:
            content(service.flyout(kg, kind, text), "flyout")
        except NotFoundError:
            continue


def test_a_graph_behind_an_address_gives_the_same_answers(kg: bilat.KnowledgeGraph) -> None:
    assert isinstance(kg.store, EmbeddedStore)
    names = ("Ministry of Health", "Kazakhstan", "culture", "Tokaev", "")
    given = [{"pid": "country", "v": "KZ"}]
    batch = json.dumps({name: {"query": name, "properties": given} for name in names})
    wanted = {"ids": [HEALTH], "properties": [{"id": "country"}, {"id": "cooperatesWith"}]}
    with oxigraph() as place:
        remote = RemoteStore(place)
        push(kg.store, remote, GraphStore(remote.endpoint))
        other = bilat.open(place)
        assert service.answers(other, batch) == service.answers(kg, batch)
        for asked in (service.extension, lambda kg, text: service.preview(kg, HEALTH)):
            assert asked(other, json.dumps(wanted)) == asked(kg, json.dumps(wanted))


# ---- Data extension ------------------------------------------------------------------------------


def test_extension_brings_values_of_each_kind(kg: bilat.KnowledgeGraph) -> None:
    ids = [HEALTH, "id/country/SRB", "id/country/SUN", "nothing/known", "no IRI"]
    found = extended(
        kg, ids, "country", "country/iso3166alpha2", "instrumentCount", "endDate", "sameAs"
    )
    rows = found["rows"]
    assert list(rows) == ids and not any(rows["no IRI"].values())
    assert rows[HEALTH]["country"] == [{"id": "id/country/KAZ", "name": "Kazakhstan"}]
    assert rows[HEALTH]["country/iso3166alpha2"] == [{"str": "KZ"}]
    assert rows["id/country/SRB"]["instrumentCount"] == [{"int": 10}]
    assert rows["id/country/SRB"]["sameAs"] == [{"str": "http://www.wikidata.org/entity/Q403"}]
    assert rows["id/country/SUN"]["endDate"] == [{"date": "1991-12-25T00:00:00Z"}]
    assert found["meta"][0] == {
        "id": "country", "name": "Country", "type": {"id": "Country", "name": "Country"},
    }  # fmt: skip


def test_extension_keeps_to_its_settings(kg: bilat.KnowledgeGraph) -> None:
    def cells(**settings: Any) -> list[dict[str, Any]]:
        asked = {"id": "altLabel", "settings": settings}
        found: list[dict[str, Any]] = extended(kg, ["id/country/KAZ"], asked)["rows"][
            "id/country/KAZ"
        ]["altLabel"]
        return found

    everything = cells()
    assert len(everything) > 1 and cells(limit=1) == everything[:1] and cells(limit=0) == everything
    assert cells(count=True) == [{"int": len(everything)}]
    asked = {"id": "country", "settings": {"language": "ru"}}
    assert extended(kg, [HEALTH], asked)["rows"][HEALTH]["country"][0]["name"] == "Казахстан"
    with pytest.raises(InputError, match="limit"):
        cells(limit="few")


def test_extension_refuses_what_it_has_not_and_what_is_too_much(kg: bilat.KnowledgeGraph) -> None:
    for id in ("colour", "date"):
        with pytest.raises(InputError, match=id):
            extended(kg, [HEALTH], id)
    with pytest.raises(Refusal) as refused:
        extended(kg, ["x"] * 1001, "country")
    assert refused.value.status == 413


def test_properties_are_proposed_by_type(kg: bilat.KnowledgeGraph) -> None:
    def proposed(type: str, limit: int | None = None) -> list[str]:
        found = content(service.proposals(kg, type, limit), "proposal")
        assert found["type"] == type and found.get("limit") == limit
        return [property["id"] for property in found["properties"]]

    assert "country/iso3166alpha2" in proposed("Institution")
    assert "country" not in proposed("Country") and "broader" in proposed(FIELD)
    assert proposed("", 2) == proposed("")[:2] and "date" not in proposed("")
    with pytest.raises(NotFoundError, match="Institution"):
        proposed("Institutions")


# ---- Suggesting and showing ----------------------------------------------------------------------


def pages(kg: bilat.KnowledgeGraph, kind: str, prefix: str, types: str = "") -> Iterator[str]:
    """The identifiers of all that is suggested, page after page."""
    at = 0
    while True:
        found = content(service.suggestions(kg, kind, prefix, at, types), "suggestions")["result"]
        if not found:
            return
        yield from (item["id"] for item in found)
        at += len(found)


def test_suggestions_begin_so_and_come_in_pages(kg: bilat.KnowledgeGraph) -> None:
    found = list(pages(kg, "entity", "ministry of"))
    assert len(found) == len(set(found)) > 20
    known = entities(kg).by_iri
    assert all("ministry of" in str(known[iri_of(id)].names).lower() for id in found)
    assert "id/institution/kaz-ministry-of-health" in pages(kg, "entity", "healt", "Institution")
    assert next(pages(kg, "entity", "serb", "Country")) == "id/country/SRB"
    assert list(pages(kg, "entity", HEALTH)) == [HEALTH]
    assert not list(pages(kg, "entity", "«")) and not list(pages(kg, "entity", "zzzz"))


def test_types_and_properties_are_suggested(kg: bilat.KnowledgeGraph) -> None:
    assert list(pages(kg, "type", "")) == list(TYPES)
    assert list(pages(kg, "type", "inst")) == ["Institution"]
    assert "country" in pages(kg, "property", "coun")
    assert list(pages(kg, "property", "")) == list(PROPERTIES)


def test_what_is_suggested_and_found_can_be_looked_at(kg: bilat.KnowledgeGraph) -> None:
    for kind in ("entity", "property", "type"):
        for id in list(pages(kg, kind, "co"))[:5]:
            assert content(service.flyout(kg, kind, id), "flyout")["id"] == id
    page = service.preview(kg, HEALTH)
    assert page.media_type == "text/html" and "Kazakhstan" in page.body.decode()
    seen = service.view(kg, HEALTH, "http://x")
    assert (seen.status, dict(seen.headers)["Location"]) == (303, f"http://x/{HEALTH}")
    with pytest.raises(NotFoundError, match="kaz-ministry-of-health"):
        service.preview(kg, "id/institution/ministry-of-healt")
    for id in ("id/country/KAX", "KAX"):
        with pytest.raises(NotFoundError, match="did you mean 'id/country/KAZ'"):
            service.preview(kg, id)


def test_names_are_shown_harmlessly(own: bilat.KnowledgeGraph) -> None:
    id = "https://example.org/script"
    (found,) = one(own, id)
    assert found["name"].startswith("<script>")
    for html in (
        service.preview(own, id).body.decode(),
        content(service.flyout(own, "entity", id), "flyout")["html"],
    ):
        assert "<script" not in html and "\u202e" not in html and "&lt;script&gt;" in html
    assert dict(service.view(own, id, "http://x").headers)["Location"] == id
