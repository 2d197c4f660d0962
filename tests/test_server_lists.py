"""Lists of things and their names: the register that is made once has what the store has."""

from __future__ import annotations

import time
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bilat
from bilat.namespaces import PREFIXES
from bilat.server import catalogue
from bilat.server.dump import REGISTER, write
from bilat.server.lists import KINDS, Asked, Lists, Register, lists, write_register
from bilat.store import EmbeddedStore
from serving import serving

ALL = 1_000_000


@pytest.fixture(scope="module")
def file(kg: bilat.KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("register") / REGISTER
    with open(path, "wb") as output:
        write(kg, REGISTER, output)
    return str(path)


@pytest.fixture(scope="module")
def register(file: str) -> Register:
    return Register(file)


@pytest.fixture(scope="module")
def asked(kg: bilat.KnowledgeGraph) -> Asked:
    return Asked(kg.store)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_things_are_listed(register: Register, asked: Asked, kind: str) -> None:
    whole = register.things(kind, ALL)
    assert register.count(kind) == asked.count(kind) == len(whole) > 0
    assert whole.variables == asked.things(kind, 1).variables
    assert set(whole.terms) == set(asked.things(kind, ALL).terms)
    pages = [register.things(kind, 7, start).terms for start in range(0, len(whole), 7)]
    assert [row for page in pages for row in page] == whole.terms


@pytest.mark.parametrize("kind", ["instrument", "event", "source"])
def test_the_latest_come_first_in_both(register: Register, asked: Asked, kind: str) -> None:
    for known in (register, asked):
        days = [row.date.isoformat() if row.date else "" for row in known.things(kind, ALL)]
        assert days == sorted(days, reverse=True) and days[0]


def test_things_without_days_come_by_their_names(
    register: Register, asked: Asked, kg: bilat.KnowledgeGraph
) -> None:
    found = [row.it for row in register.things("country", ALL)]
    assert found == [row.it for row in asked.things("country", ALL)]
    assert found.index("https://w3id.org/bilat/id/country/KAZ") < found.index(
        "https://w3id.org/bilat/id/country/SRB"
    )


@pytest.mark.parametrize(
    "text", ["Agriculture", "ministry of", "казахстан", "KZ", "' OR 1 --", "100%", "_", "İ", "\0"]
)
def test_the_same_is_called_so(register: Register, asked: Asked, text: str) -> None:
    found, other = register.called(text), asked.called(text)
    assert set(found) == set(other) and len(found) < 1000
    assert len(set(found)) == len(found)
    assert [named.name.lower() for named in found] == [n.name.lower() for n in other]


@given(text=st.text(min_size=1, max_size=5))
def test_any_text_is_looked_for(register: Register, text: str) -> None:
    low = text.lower()
    assert all(low in named.name.lower() for named in register.called(text))
    assert all(name.lower().startswith(low) for name in register.beginning(text))


def test_the_same_names_begin_so(register: Register, asked: Asked) -> None:
    for text in ("Ka", "се", "zz"):
        assert set(register.beginning(text)) == set(asked.beginning(text))


def test_pages_are_the_same_with_and_without_a_register(
    kg: bilat.KnowledgeGraph, file: str
) -> None:
    for text in ("agriculture", "KAZ", "Kazakstan", "nothing like it"):
        assert catalogue.search(kg, text, file) == catalogue.search(kg, text)
    for kind in ("country", "relation", "award"):
        assert catalogue.listing(kg, kind, 1, file) == catalogue.listing(kg, kind, 1)


def test_what_has_no_label_or_day_is_listed_last(tmp_path: Path) -> None:
    named, unnamed = (ox.NamedNode(f"https://w3id.org/bilat/id/x/{n}") for n in "ba")
    a, label = ox.NamedNode(PREFIXES["rdf"] + "type"), ox.NamedNode(PREFIXES["rdfs"] + "label")
    engine = ox.Store()
    for kind in ("Person", "Event"):
        for node in (named, unnamed):
            engine.add(ox.Quad(node, a, ox.NamedNode(PREFIXES["bilat"] + kind)))
    for text in ("Zoë", "Ana"):  # a second name is no second person
        engine.add(ox.Quad(named, label, ox.Literal(text, language="en")))
    day = ox.Literal("2020-02-29", datatype=ox.NamedNode(PREFIXES["xsd"] + "date"))
    engine.add(ox.Quad(named, ox.NamedNode(PREFIXES["bilat"] + "onDate"), day))
    store, path = EmbeddedStore(engine), str(tmp_path / "register")
    write_register(store, path)
    found: Lists = Register(path)
    assert [row.it for row in found.things("person", ALL)] == [unnamed.value, named.value]
    assert found.things("event", ALL).terms == [(named, day), (unnamed, None)]
    assert [n.name for n in found.called("ZO")] == ["Zoë"]


def test_a_register_that_is_gone_is_none(kg: bilat.KnowledgeGraph, tmp_path: Path) -> None:
    assert isinstance(lists(kg.store, str(tmp_path / "gone")), Asked)


def test_the_server_goes_over_to_the_register(
    store_directory: Path, environment: dict[str, str]
) -> None:
    with serving("--store", store_directory, environment=environment) as served:
        first = served.ask("/list/award")
        for time_asked in range(600):  # each by an address that nothing is kept for
            reply = served.ask(f"/list/award?again={time_asked}")
            if reply.headers["etag"] != first.headers["etag"]:
                break
            time.sleep(0.1)
        assert reply.headers["etag"] != first.headers["etag"] and reply.body == first.body
