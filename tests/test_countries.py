"""The reference data on countries is complete, and the resolver keeps its rules."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bilat
import make_countries
from bilat.countries import Scheme, resolver
from bilat.errors import InputError, UnresolvedError
from bilat.lookup import term
from bilat.namespaces import PREFIXES

FILE = Path(__file__).parents[1] / "data" / "reference" / "countries.ttl"
HISTORIC = FILE.with_name("historic-states.ttl")
DATASETS = Path(__file__).parents[2] / "shared" / "datasets"
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
    assert len({item for _, item in found}) == len(found) == 251
    without = "SELECT ?a { ?c bilat:iso3166alpha3 ?a FILTER NOT EXISTS { ?c schema:sameAs ?w } }"
    assert rows(store, without) == [("ESH",)]


# ---- the resolver


def meant(text: str, scheme: Scheme = "name", on: str | None = None) -> str:
    return resolver().resolve(text, scheme, on).iri.removeprefix(PREFIXES["country"])


@cache
def everything() -> ox.Store:
    both = ox.Store()
    both.load(path=FILE, format=ox.RdfFormat.TURTLE)
    both.load(path=HISTORIC, format=ox.RdfFormat.TURTLE)
    return both


#: Properties of codes and the list that the resolver takes them in.
LISTS: dict[str, Scheme] = {
    "iso3166alpha2": "iso2", "iso3166alpha3": "iso3", "iso3166numeric": "numeric",
    "formerAlpha2": "iso2", "formerAlpha3": "iso3", "formerNumeric": "numeric",
    "cowCode": "cow", "cowLetters": "cow", "gwCode": "gw", "gwLetters": "gw",
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_every_code_leads_to_its_state_on_some_day(name: str) -> None:
    query = f"""SELECT ?c ?code ?end {{ ?c bilat:{name} ?code OPTIONAL {{ ?c bilat:endDate ?last }}
      BIND(IF(BOUND(?last), STR(?last), "2020-05-01") AS ?end) }}"""
    found = rows(everything(), query)
    assert found
    shared = {"CS", "AI", "BQ"}  # withdrawn from one, then given to another that is there today
    for country, code, end in found:
        for text in (code, code.lower(), f" {code} "):
            if code not in shared:
                assert resolver().resolve(text, LISTS[name], end).iri == country, (code, end)


def test_every_english_label_leads_to_its_state() -> None:
    query = 'SELECT ?c ?l { ?c a bilat:Country ; rdfs:label ?l FILTER(LANG(?l) = "en") }'
    for country, label in rows(everything(), query):
        for text in (label, label.upper(), label.lower(), f"The {label}"):
            assert resolver().resolve(text).iri == country, text


def test_every_name_leads_to_its_state_or_names_it_among_others() -> None:
    query = "SELECT ?c ?l { ?c a bilat:Country ; rdfs:label|skos:altLabel ?l }"
    ambiguous = set()
    for country, label in rows(everything(), query):
        try:
            assert resolver().resolve(label).iri == country, label
        except UnresolvedError as error:
            assert country in error.candidates, label
            ambiguous.add(label)
    assert ambiguous == {"Конго"}


def test_every_successor_is_a_state_and_every_former_one_has_ended() -> None:
    query = "SELECT ?s { ?c bilat:succeededBy|bilat:continuedBy ?s FILTER NOT EXISTS { ?s a ?t } }"
    assert rows(everything(), query) == []
    query = """SELECT ?c { ?c a bilat:FormerCountry ; bilat:startDate ?a ; bilat:endDate ?b
      FILTER(?b < ?a) }"""
    assert rows(everything(), query) == []


@pytest.mark.parametrize(
    ("text", "on", "slug"),
    [
        ("SOVIET UNION", None, "SUN"),
        ("Soviet Union", "1995-01-01", "SUN"),
        ("U.S.S.R.", "1950", "SUN"),
        ("YUGOSLAVIA", None, "YUG"),
        ("Yugoslavia", "1995", "SCG"),
        ("ZAIRE", None, "COD"),
        ("Congo, Democratic Republic of the (Zaire)", None, "COD"),
        ("Congo", None, "COG"),
        ("KOREA, REPUBLIC OF", None, "KOR"),
        ("Korea (North)", None, "PRK"),
        ("Korea", "1900", "korea"),
        ("Burma", None, "MMR"),
        ("Rhodesia", None, "ZWE"),
        ("Ceylon", "1960", "LKA"),
        ("Western Samoa", None, "WSM"),
        ("Samoa", None, "WSM"),
        ("Germany", "1980", "DEU"),
        ("Germany (Prussia)", "1850", "prussia"),
        ("East Germany", None, "DDR"),
        ("Italy/Sardinia", "1850", "sardinia"),
        ("Turkey", "1900", "ottoman-empire"),
        ("Turkey", None, "TUR"),
        ("Yemen", "1980", "yemen-arab-republic"),
        ("Yemen", None, "YEM"),
        ("Tanganyika", None, "tanganyika"),
        ("St. Kitts & Nevis", None, "KNA"),
        ("Dem. Rep. of the Congo", None, "COD"),
        ("Micronesia (Federated States of)", None, "FSM"),
        ("China, People's Republic of", None, "CHN"),
        ("Republic of China", "1930", "CHN"),
        ("Republic of China", None, "TWN"),
        ("Niger", None, "NER"),
        ("Nigeria", None, "NGA"),
        ("Guinea, Equatorial", None, "GNQ"),
        ("Papua New Guinea", None, "PNG"),
        ("Ireland", None, "IRL"),
        ("Macedonia", "2000", "MKD"),
        ("Côte d'Ivoire", None, "CIV"),
        ("ALLEMAGNE", None, "DEU"),
        ("Estados Unidos", None, "USA"),
        ("СОВЕТСКИЙ СОЮЗ", None, "SUN"),
        ("Kosovo", None, "kosovo"),
        ("Hong Kong", None, "HKG"),
    ],
)
def test_a_name_means_a_state_by_rule(text: str, on: str | None, slug: str) -> None:
    assert meant(text, on=on) == slug


@pytest.mark.parametrize(
    ("text", "scheme", "on", "slug"),
    [
        ("365", "cow", "1970-05-01", "SUN"),
        ("365", "cow", "1992-01-01", "RUS"),
        ("365", "cow", "1919", "RUS"),
        ("365", "gw", "1900", "russian-empire"),
        ("255", "cow", "1850", "prussia"),
        ("255", "cow", "1936", "DEU"),
        ("260", "gw", None, "DEU"),
        ("345", "cow", "1900", "kingdom-of-serbia"),
        ("345", "cow", "1970", "YUG"),
        ("YUG", "cow", "2000", "SCG"),
        ("YUG", "cow", "2017", "SRB"),
        ("340", "gw", "2010", "SRB"),
        ("678", "gw", "1980", "yemen-arab-republic"),
        ("678", "gw", "2000", "YEM"),
        ("679", "cow", None, "YEM"),
        ("510", "cow", "1962", "tanganyika"),
        ("816", "cow", "1960", "VDR"),
        ("816", "cow", "1980", "VNM"),
        ("002", "cow", None, "USA"),
        ("YE", "iso2", "1980", "yemen-arab-republic"),
        ("YE", "iso2", None, "YEM"),
        ("CS", "iso2", "1992-12-04", "CSK"),
        ("CS", "iso2", "2005", "SCG"),
        ("ROM", "iso3", None, "ROU"),
        ("DDR", "iso3", None, "DDR"),
        ("4", "m49", None, "AFG"),
        ("004", "numeric", None, "AFG"),
        ("http://www.wikidata.org/entity/Q232", "wikidata", None, "KAZ"),
        ("Q159583", "any", None, "VAT"),
        ("country:SUN", "any", None, "SUN"),
        ("kaz", "any", None, "KAZ"),
        ("XK", "iso2", None, "kosovo"),
    ],
)
def test_a_code_means_a_state_by_rule(text: str, scheme: Scheme, on: str, slug: str) -> None:
    assert meant(text, scheme, on) == slug


@pytest.mark.parametrize(
    ("text", "scheme", "on", "reason"),
    [
        ("365", "cow", None, "ambiguous without a day: Russia (RUS), Soviet Union (SUN), Russian"),
        ("365", "cow", "1991", "ambiguous in 1991: Russia (RUS), Soviet Union (SUN)"),
        ("345", "cow", "1850", "none of these in 1850"),
        ("CS", "iso2", None, "ambiguous without a day: Czechoslovakia (CSK), Serbia and Mont"),
        ("Korea", "name", None, "ambiguous without a day: South Korea (KOR), North Korea (PRK)"),
        ("Vietnam", "name", "1960", "ambiguous in 1960: Democratic Republic of Vietnam (VDR)"),
        ("European Union", "name", None, "is an organisation, European Union, no country"),
        ("EEC", "any", None, "is an organisation, European Economic Community, no country"),
        ("Northern Ireland", "name", None, "is a part of United Kingdom"),
        ("Kazakhstn", "name", None, "did you mean 'Kazakhstan'?"),
        ("Atlantis", "name", None, "is no name of a country"),
        ("Yemen (Aden)", "name", None, "is no name of a country"),
        ("365", "any", None, "say of which list"),
        ("ZZ", "iso2", None, "is no code of a country in the list iso2"),
        ("KAZ", "iso2", None, "is no code"),
        ("", "name", None, "is empty"),
    ],
)
def test_what_means_no_one_state_says_why(
    text: str, scheme: Scheme, on: str | None, reason: str
) -> None:
    with pytest.raises(UnresolvedError) as caught:
        resolver().resolve(text, scheme, on)
    assert reason in str(caught.value)


def test_what_is_found_says_by_which_rule_and_whether_it_has_ended() -> None:
    former = resolver().resolve("365", "cow", "1970-05-01")
    assert (former.rule, former.former) == ("COW 365 on 1970-05-01: Soviet Union", True)
    renamed = resolver().resolve("ZAIRE")
    assert (renamed.rule, renamed.former) == ("former name, until 1997", False)
    late = resolver().resolve("Soviet Union", on="1995-01-01")
    assert late.rule == "name; it had ended, on 1991-12-25"
    assert resolver().resolve("KAZ", "iso3").rule == "ISO 3166-1 alpha-3 KAZ"


def test_a_state_that_continues_another_says_so_on_a_day_of_that_one() -> None:
    assert resolver().resolve("RU", "iso2", "1970").then == PREFIXES["country"] + "SUN"
    assert resolver().resolve("RU", "iso2", "2000").then == ""


@pytest.mark.parametrize("on", ["May 1970", "1970-13", "1991-02-31", "12/05/1970"])
def test_what_is_no_date_is_refused(on: str) -> None:
    with pytest.raises(InputError, match="is no"):
        resolver().resolve("KZ", "iso2", on)


@given(st.text(max_size=40), st.sampled_from(["name", "any", "iso2", "cow", "wikidata"]))
def test_any_text_is_resolved_or_refused(text: str, scheme: Scheme) -> None:
    try:
        assert resolver().resolve(text, scheme).iri in resolver().states()
    except UnresolvedError as error:
        assert error.reason


@pytest.mark.parametrize("name", ["Soviet Union", "SOVIET UNION", "country:SUN", "USSR"])
def test_a_former_state_is_asked_for_by_name(name: str, kg: bilat.KnowledgeGraph) -> None:
    assert term(kg.store, "country", name).value == PREFIXES["country"] + "SUN"


def test_a_country_is_asked_for_by_a_former_or_inverted_name(kg: bilat.KnowledgeGraph) -> None:
    assert term(kg.store, "country", "Zaire").value == PREFIXES["country"] + "COD"
    assert term(kg.store, "country", "Korea, Republic of").value == PREFIXES["country"] + "KOR"
    with pytest.raises(InputError, match="'Korea' is ambiguous"):
        term(kg.store, "country", "Korea")


# ---- real tables


def table(name: str) -> list[dict[str, str]]:
    path = DATASETS / name
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("scheme", ["cow", "gw"])
def test_all_codes_of_the_missions_lead_to_a_state(scheme: Scheme) -> None:
    """The list of COW starts Serbia two days before the state union ends in public law."""
    unlike: set[tuple[str, str]] = set()
    for row in table(f"us_diplomatic_missions/mission_status_range_{scheme}_v0.1.csv"):
        for end in ("date_start", "date_end"):
            on = row[end]
            number = resolver().resolve(row[f"country_code_{scheme}"], scheme, on)
            letters = resolver().resolve(row[f"country_abbrev_{scheme}"], scheme, on)
            if number.iri != letters.iri:
                unlike.add((row[f"country_abbrev_{scheme}"], on))
    assert unlike == ({("SRB", "2006-06-03")} if scheme == "cow" else set())


def test_all_codes_of_the_leaders_lead_to_a_state_but_one_before_its_independence() -> None:
    failed = set()
    for row in table("reign_leaders/leaderlist_3_21.csv"):
        day = f"{row['syear']}-{int(row['smonth']):02}-{int(row['sdate']):02}"
        for code in (row["ccode"], row["stateabb"]):
            try:
                resolver().resolve(code, "cow", day)
            except UnresolvedError:
                failed.add((code, day))
    assert failed == {("510", "1961-11-09"), ("TAZ", "1961-11-09")}


def test_items_of_wikidata_agree_with_another_list() -> None:
    for row in table("country_reference/country_names_qid.csv"):
        if row["wikidata_qid"] and row["iso3"] != "ESH":
            assert meant(row["wikidata_qid"], "wikidata") == row["iso3"]


@pytest.mark.parametrize("column", ["name_en", "name_kk", "name_ru", "name_sr"])
def test_names_of_another_list_lead_to_the_same_state_or_to_none(column: str) -> None:
    unknown = 0
    for row in table("country_reference/country_names_qid.csv"):
        try:
            assert meant(row[column]) == row["iso3"], row[column]
        except UnresolvedError:
            unknown += 1
    assert unknown <= 5
