"""The reference data on countries: made by its script, complete, and fit for look-up by name."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest

import make_countries
from bilat.namespaces import PREFIXES

FILE = Path(__file__).parents[1] / "data" / "reference" / "countries.ttl"
LANGUAGES = ["en", "kk", "ru", "sr-cyrl", "sr-latn"]


@pytest.fixture(scope="module")
def store() -> ox.Store:
    store = ox.Store()
    store.load(path=FILE, format=ox.RdfFormat.TURTLE)
    return store


def rows(store: ox.Store, query: str) -> list[tuple[str, ...]]:
    """Text of every cell of a SELECT without unbound variables."""
    solutions = store.query(query, prefixes=PREFIXES)
    assert isinstance(solutions, ox.QuerySolutions)
    return [tuple(cell.value for cell in row) for row in solutions]


def named(store: ox.Store) -> dict[str, set[str]]:
    """Alpha-3 codes by English name in any letter case."""
    found = defaultdict(set)
    query = """SELECT ?name ?code WHERE {
      ?c rdfs:label|skos:altLabel ?name ; bilat:iso3166alpha3 ?code . FILTER(LANG(?name) = "en")
    }"""
    for name, code in rows(store, query):
        found[name.casefold()].add(code)
    return found


def test_the_file_is_what_its_script_makes() -> None:
    made = make_countries.countries_turtle()
    assert FILE.read_text(encoding="utf-8") == made, "run scripts/make_countries.py -o on the file"


def test_the_script_prints_or_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_countries.main([])
    make_countries.main(["-o", str(tmp_path / "countries.ttl")])
    written = (tmp_path / "countries.ttl").read_text(encoding="utf-8")
    assert capsys.readouterr().out == written == FILE.read_text(encoding="utf-8")


def test_all_countries_of_iso_3166_are_there_in_order(store: ox.Store) -> None:
    codes = [code for (code,) in rows(store, "SELECT ?a { ?c bilat:iso3166alpha3 ?a } ORDER BY ?a")]
    in_file = [line.split()[0] for line in FILE.read_text("utf-8").splitlines() if " a " in line]
    assert len(codes) == 249
    assert in_file == [f"country:{code}" for code in codes]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("iso3166alpha2", "^[A-Z]{2}$"),
        ("iso3166alpha3", "^[A-Z]{3}$"),
        ("iso3166numeric", "^[0-9]{3}$"),
    ],
)
def test_each_country_has_one_code_of_each_sort(store: ox.Store, name: str, form: str) -> None:
    query = f'SELECT ?c ?v {{ ?c a bilat:Country ; bilat:{name} ?v FILTER REGEX(?v, "{form}") }}'
    found = rows(store, query)
    assert len(found) == len({c for c, _ in found}) == len({v for _, v in found}) == 249


def test_each_country_has_one_label_in_each_language(store: ox.Store) -> None:
    query = """SELECT ?c (LCASE(LANG(?l)) AS ?tag) WHERE { ?c a bilat:Country ; rdfs:label ?l }"""
    tags = defaultdict(list)
    for country, tag in rows(store, query):
        tags[country].append(tag)
    assert {c: sorted(found) for c, found in tags.items() if sorted(found) != LANGUAGES} == {}


def test_labels_are_those_of_cldr(store: ox.Store) -> None:
    query = "SELECT (LCASE(LANG(?l)) AS ?tag) ?l WHERE { country:SRB rdfs:label ?l }"
    assert sorted(rows(store, query)) == [
        ("en", "Serbia"),
        ("kk", "Сербия"),
        ("ru", "Сербия"),
        ("sr-cyrl", "Србија"),
        ("sr-latn", "Srbija"),
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Russian Federation", "RUS"),
        ("Republic of Kazakhstan", "KAZ"),
        ("Republic of Serbia", "SRB"),
        ("Türkiye", "TUR"),
        ("Turkey", "TUR"),
        ("Democratic Republic of the Congo", "COD"),
        ("UAE", "ARE"),
        ("USA", "USA"),
        ("UK", "GBR"),
        ("Viet Nam", "VNM"),
        ("Bosnia and Herzegovina", "BIH"),
    ],
)
def test_names_in_use_lead_to_their_country(store: ox.Store, name: str, code: str) -> None:
    assert named(store)[name.casefold()] == {code}


def test_no_english_name_is_shared_or_inverted(store: ox.Store) -> None:
    names = named(store)
    assert {name: codes for name, codes in names.items() if len(codes) > 1} == {}
    assert [name for name in names if ", " in name] == []


def test_items_of_wikidata_are_those_of_the_table(store: ox.Store) -> None:
    """What is not stated was not confirmed by a second list."""
    found = rows(store, "SELECT ?c ?w WHERE { ?c schema:sameAs ?w }")
    assert {(PREFIXES["country"] + "KAZ", PREFIXES["wd"] + "Q232")} < set(found)
    assert len({item for _, item in found}) == len(found) == 250
    without = "SELECT ?a { ?c bilat:iso3166alpha3 ?a FILTER NOT EXISTS { ?c schema:sameAs ?w } }"
    assert rows(store, without) == [("ESH",)]
