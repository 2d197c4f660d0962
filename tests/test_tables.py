"""Tables become sources: by the profiles that ship, on small files of the same form."""

from __future__ import annotations

import csv
import gzip
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilat.errors import InputError, NotFoundError
from bilat.ingest import init
from bilat.inputs import shipped
from bilat.namespaces import PREFIXES, compact
from bilat.tables import Imported, Options, check, import_tables, profiles_folder
from bilat.tables.dates import DateError, parse
from bilat.tables.profiles import load, names
from bilat.tables.rejects import HEADER
from bilat.validate import validate_graph
from conftest import Run, examples

HERE = Path(__file__).parent / "tables"
SHARED = Path(__file__).parents[2] / "shared" / "datasets"

#: The profiles that ship, each with small files of its form.
FORMS = {
    "argentina-treaties": ("register-es.csv",),
    "brazil-treaties": ("register-pt.csv",),
    "cabinet": ("holders.csv", "positions.csv"),
    "embassies": ("embassies.csv",),
    "manytreaties": ("parties.csv", "agreements.csv"),
    "reign": ("reign.csv",),
    "treaty-register": ("register-en.csv",),
    "un-votes": ("votes.csv",),
    "us-missions": ("us-missions.csv",),
    "world-leaders": ("world-leaders.csv",),
}
OPTIONS = {"treaty-register": Options(country="GB")}

every_form = pytest.mark.parametrize("profile", FORMS)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of own data."""
    folder = tmp_path / "my data"
    init(str(folder))
    return folder


def paths(profile: str) -> list[str]:
    return [str(HERE / name) for name in FORMS[profile]]


def take(data: Path, profile: str, *files: str | Path, options: Options | None = None) -> Imported:
    given = [str(file) for file in files] or paths(profile)
    return import_tables(profile, given, str(data), options or OPTIONS.get(profile, Options()))


def quads(done: Imported) -> list[ox.Quad]:
    return list(ox.parse(path=done.path))


def facts(done: Imported) -> dict[str, dict[str, list[str]]]:
    """What is said of each subject: predicates and values, IRIs with prefixes."""
    found: dict[str, dict[str, list[str]]] = {}
    for quad in quads(done):
        value = quad.object
        text = compact(value.value) if isinstance(value, ox.NamedNode) else value.value  # type: ignore[union-attr]
        subject = found.setdefault(compact(quad.subject.value), {})  # type: ignore[union-attr]
        subject.setdefault(compact(quad.predicate.value), []).append(text)
    return found


def rejects(done: Imported) -> list[dict[str, str]]:
    if done.rejects_path is None:
        return []
    with open(done.rejects_path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def findings(data: Path) -> list[str]:
    """What the shapes have to say of the folder beside the shipped data."""
    inputs = shipped(str(data))
    triples = {quad.triple for path, _ in inputs.files() for quad in ox.parse(path=path)}
    whole = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    found = validate_graph(whole, [Path(path) for path in inputs.shapes()])
    return [f"{compact(f.focus)}: {f.message}" for f in found]


def files(data: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(data)): path.read_bytes()
        for path in sorted(data.rglob("*"))
        if path.is_file()
    }


def table(folder: Path, text: str, name: str = "treaties.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


# ---- every profile


def test_every_profile_that_ships_has_its_small_files() -> None:
    assert names(profiles_folder()) == sorted(FORMS)


def test_what_all_profiles_make_passes_the_shapes(data: Path) -> None:
    for profile in FORMS:
        assert take(data, profile).state == "new"
    assert findings(data) == []


@every_form
def test_importing_twice_changes_nothing(data: Path, profile: str) -> None:
    take(data, profile)
    before, times = files(data), os.stat(data / "sources")
    again = take(data, profile)
    assert again.state == "known"
    assert files(data) == before
    assert os.stat(again.path).st_mtime_ns <= times.st_mtime_ns


@every_form
def test_the_order_of_the_files_does_not_matter(data: Path, profile: str) -> None:
    one = take(data, profile)
    before = files(data)
    other = take(data, profile, *reversed(paths(profile)))
    assert (other.state, other.identifier) == ("known", one.identifier)
    assert files(data) == before


@every_form
def test_every_line_is_a_quad_of_the_source_and_stands_once(data: Path, profile: str) -> None:
    done = take(data, profile)
    found = quads(done)
    assert {q.graph_name.value for q in found} == {PREFIXES["graph"] + done.identifier}  # type: ignore[union-attr]
    assert len(found) == len(set(found)) == done.statements


@every_form
def test_what_is_stated_leads_to_file_and_row(data: Path, profile: str) -> None:
    done = take(data, profile)
    about = facts(done)
    stated = [s for s in about.values() if "bilat:evidence" in s]
    assert stated or profile == "un-votes"
    for subject in stated:
        for row in subject["bilat:evidence"]:
            (source,) = about[row]["oa:hasSource"]
            assert about[source]["bilat:fileName"][0] in FORMS[profile]
            assert int(about[row]["bilat:rowNumber"][0]) > 1


@every_form
def test_no_row_is_lost_without_a_word(data: Path, profile: str) -> None:
    done = take(data, profile)
    left = {(r["file"], r["row"]) for r in rejects(done) if r["left_out"] == "row"}
    about = facts(done)
    taken = {
        (about[row["oa:hasSource"][0]]["bilat:fileName"][0], row["bilat:rowNumber"][0])
        for row in about.values()
        if row.get("rdf:type") == ["bilat:Row"]
    }
    assert len(left) == done.rows_left_out
    assert not left & taken
    if profile not in ("un-votes", "cabinet"):  # which keep rows in a table, or posts by name
        assert len(left) + len(taken) == done.rows


@every_form
def test_a_check_writes_nothing_and_explains(data: Path, profile: str) -> None:
    before = files(data)
    text = check(profile, paths(profile), OPTIONS.get(profile, Options()))
    assert files(data) == before
    assert "is the table" in text
    assert all(name in text for name in FORMS[profile])


@every_form
def test_a_dry_run_counts_and_writes_nothing(data: Path, profile: str) -> None:
    before = files(data)
    given = OPTIONS.get(profile, Options())
    dry = take(data, profile, options=Options(country=given.country, dry_run=True))
    assert files(data) == before
    done = take(data, profile)
    assert (dry.rows, dry.statements, dry.rejects) == (done.rows, done.statements, done.rejects)


@every_form
def test_strict_stops_at_the_first_thing_left_out(data: Path, profile: str) -> None:
    before = files(data)
    given = OPTIONS.get(profile, Options())
    with pytest.raises(InputError, match=r"\.csv:\d+: row \d+"):
        take(data, profile, options=Options(country=given.country, strict=True))
    assert {k: v for k, v in files(data).items() if k not in before} == {}


# ---- several sources of one thing

#: Sources that describe the same persons, posts, bodies and places, by their identifiers.
SHARED_THINGS = {
    "reign": ("reign", "reign.csv", "", ""),
    "leaders": ("world-leaders", "world-leaders.csv", "", ""),
    "same": ("world-leaders", "world-leaders.csv", "", ""),
    "other-names": ("world-leaders", "world-leaders.csv", ",Ada Snow,", ",Snøw (\\),"),
    "missions": ("embassies", "embassies.csv", "", ""),
    "other-missions": ("embassies", "embassies.csv", "embassy,", "consulate,"),
    "treaties": ("manytreaties", "", "", ""),
    "parties": ("manytreaties", "", "KAZ", "SRB"),
}


def take_shared(data: Path, identifier: str) -> Imported:
    """Import a source under its identifier from files with other words in them."""
    profile, _, word, other = SHARED_THINGS[identifier]
    folder = data.parent / identifier
    folder.mkdir(exist_ok=True)
    given = []
    for path in map(Path, paths(profile)):
        text = path.read_text("utf-8")
        given.append(table(folder, text.replace(word, other) if word else text, path.name))
    return take(data, profile, *given, options=Options(identifier=identifier))


@pytest.mark.parametrize("seed", range(3))
def test_importing_twice_changes_nothing_whatever_the_order(data: Path, seed: int) -> None:
    chance = random.Random(seed)
    order = list(SHARED_THINGS)
    chance.shuffle(order)
    for identifier in order:
        assert take_shared(data, identifier).state == "new"
    before = files(data)
    chance.shuffle(order)
    for identifier in order:
        assert take_shared(data, identifier).state == "known", (identifier, order)
    assert files(data) == before


def test_each_source_stands_without_the_others(data: Path) -> None:
    made = [take_shared(data, identifier) for identifier in SHARED_THINGS]
    assert findings(data) == []
    aside = data.parent / "aside"
    os.rename(data / "sources", aside)
    (data / "sources").mkdir()
    for done in made:
        if done.identifier not in ("same", "other-names", "other-missions", "parties"):
            continue  # it was the first to describe what it names
        path = Path(done.path)
        os.rename(aside / path.name, path)
        assert findings(data) == [], done.identifier
        os.rename(path, aside / path.name)


def test_what_two_sources_call_differently_has_one_label(data: Path) -> None:
    first, second = (facts(take_shared(data, name)) for name in ("leaders", "other-names"))
    assert first["person:q99900002"]["rdfs:label"] == ["Ada Snow"]
    assert second["person:q99900002"]["rdfs:label"] == ["Ada Snow"]
    assert second["person:q99900002"]["skos:altLabel"] == ["Snøw (\\)"]
    os.unlink(data / "sources" / "leaders.nq")
    again = take_shared(data, "other-names")
    assert again.state == "replaced"
    assert facts(again)["person:q99900002"]["rdfs:label"] == ["Snøw (\\)"]
    third = facts(take_shared(data, "leaders"))
    assert third["person:q99900002"]["rdfs:label"] == ["Snøw (\\)"]
    assert third["person:q99900002"]["skos:altLabel"] == ["Ada Snow"]


def test_what_two_sources_call_alike_is_written_alike_in_any_order(data: Path) -> None:
    def both(*order: str) -> dict[str, bytes]:
        done = [take_shared(data, name) for name in order]
        written = files(data)
        for each in done:
            os.unlink(each.path)
        return written

    assert both("leaders", "same") == both("same", "leaders")


def test_what_a_source_says_is_kept_where_another_describes_the_thing(data: Path) -> None:
    take_shared(data, "missions")
    about = facts(take_shared(data, "other-missions"))["institution:q99900010"]
    assert about["bilat:institutionKind"] == ["institution-kind:embassy"], "there is one kind"
    assert sorted(about["bilat:receivingCountry"]) == ["country:MNE", "country:SRB"]
    assert about["bilat:seat"] and about["bilat:establishedOn"]
    assert about["skos:altLabel"] == ["Consulate of Kazakhstan in Belgrade"]


def test_a_source_that_was_edited_into_no_quads_is_named_with_its_line(data: Path) -> None:
    done = take_shared(data, "leaders")
    with open(done.path, "a", encoding="utf-8") as file:
        file.write(f"<{PREFIXES['person']}x> <{PREFIXES['rdfs']}label> nothing .\n")
    with pytest.raises(InputError, match=r"leaders\.nq:\d+"):
        take_shared(data, "same")


# ---- what was judged

HEAD = "when\twho\tkind\tname\tcountry\tdecision\tiri\twhy\n"


def judge(data: Path, *lines: tuple[str, str, str, str, str]) -> None:
    """Record judgements: kind, name, country, decision and IRI."""
    rows = ("\t".join(("2026-01-01T00:00:00Z", "ada", *line, "known")) for line in lines)
    (data / "judgements.tsv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def test_a_person_gets_the_iri_that_was_judged(data: Path) -> None:
    before = facts(take(data, "reign"))
    (lantern,) = (name for name in before if name.startswith("person:") and "lantern" in name)
    tokayev = PREFIXES["person"] + "kassym-jomart-tokayev"
    judge(data, ("person", "lantern", "KZ", "same", tokayev))
    done = take(data, "reign")
    assert done.state == "replaced"
    about = facts(done)
    assert lantern not in about
    assert about["person:kassym-jomart-tokayev"]["rdfs:label"] == ["Kassym-Jomart Tokayev"]
    assert "Lantern" in about["person:kassym-jomart-tokayev"]["skos:altLabel"]
    assert take(data, "reign").state == "known"
    judge(
        data,
        ("person", "Lantern", "KZ", "same", tokayev),
        ("person", "Lantern", "KZ", "unsure", ""),
    )
    assert lantern in facts(take(data, "reign"))


def test_a_person_gets_the_new_iri_that_was_judged_in_that_country_alone(data: Path) -> None:
    new = PREFIXES["person"] + "ada-the-snow"
    judge(data, ("person", "Ada Snow", "SE", "new", new), ("person", "Eve Snow", "NO", "new", new))
    about = facts(take(data, "world-leaders"))
    assert "person:q99900002" in about
    assert about["person:ada-the-snow"]["rdfs:label"] == ["Eve Snow"]


def test_of_two_items_of_one_name_one_is_who_was_judged(data: Path, tmp_path: Path) -> None:
    head, *rows = (HERE / "world-leaders.csv").read_text("utf-8").splitlines()
    twin = rows[1].replace("Q99900002", "Q99900077")
    new = PREFIXES["person"] + "ada-the-snow"
    judge(data, ("person", "Ada Snow", "NO", "new", new))
    about = facts(take(data, "world-leaders", table(tmp_path, "\n".join([head, rows[1], twin]))))
    assert about["person:ada-the-snow"]["schema:sameAs"] == ["wd:Q99900002"]
    assert about["person:q99900077"]["schema:sameAs"] == ["wd:Q99900077"]


def test_a_partner_that_was_judged_is_the_organisation(data: Path, tmp_path: Path) -> None:
    text = "Title,Partner,Signed\nTreaty of Tea,OFID,1/2/1990\n"
    done = register(data, table(tmp_path, text))
    assert [r["value"] for r in rejects(done)] == ["OFID"]
    fund = PREFIXES["institution"] + "opec-fund"
    judge(data, ("institution", "OFID", "", "new", fund))
    done = register(data, tmp_path / "treaties.csv")
    assert not done.rejects
    assert parties_of(facts(done), "Treaty of Tea") == ["country:GBR", "institution:opec-fund"]
    assert "institution:opec-fund" in check(
        "treaty-register", [str(tmp_path / "treaties.csv")], Options(country="GB"), str(data)
    )


# ---- treaties of two files


def parties_of(about: dict[str, dict[str, list[str]]], title: str) -> list[str]:
    (node,) = (s for s in about.values() if title in s.get("bilat:titleAsQuoted", []))
    return [
        (about[p].get("bilat:onBehalfOf") or about[p]["bilat:partyInstitution"])[0]
        for p in sorted(node.get("bilat:hasParty", []), key=lambda p: about[p]["bilat:partyOrder"])
    ]


def test_agreements_and_parties_are_joined_by_key_and_title(data: Path) -> None:
    about = facts(take(data, "manytreaties"))
    assert parties_of(about, "Agreement Between Kazakhstan And Serbia On Lanterns") == [
        "country:KAZ",
        "country:SRB",
    ]
    bells = "Protocol Between France And Italy On Bells"
    assert parties_of(about, f"{bells}, With An Annex") == ["country:FRA", "country:ITA"]
    assert parties_of(about, f"{bells} And Their Ringing") == []
    assert parties_of(about, "Agreement Of Norway And Denmark On Sleighs") == [
        "country:NOR",
        "country:DNK",
    ]


def test_a_party_that_is_no_state_does_not_take_the_treaty_along(data: Path) -> None:
    done = take(data, "manytreaties")
    about = facts(done)
    assert parties_of(about, "Convention On Everything") == [
        "country:DEU",
        "institution:european-union",
    ]
    (node,) = (s for s in about.values() if "Convention On Everything" in s.get("rdfs:label", []))
    assert node["bilat:partyStatus"] == ["status:incomplete"]
    (union,) = (about[k] for k in about if k == "institution:european-union")
    assert union["bilat:institutionKind"] == ["institution-kind:international-organisation"]
    (left,) = (r for r in rejects(done) if r["value"] == "QQQ")
    assert (left["file"], left["row"], left["column"]) == ("parties.csv", "9", "stateID")


def test_a_treaty_without_parties_says_so(data: Path) -> None:
    about = facts(take(data, "manytreaties"))
    (node,) = (s for s in about.values() if s.get("rdfs:label") == ["Declaration Of Nobody"])
    assert node["bilat:partyStatus"] == ["status:not-stated"]
    assert not any("lonely-1991a-ended" in name for name in about), "9999 is no day"


def test_dates_of_parties_are_days_or_bounds(data: Path) -> None:
    about = facts(take(data, "manytreaties"))
    srb = about["party:manytreaties-agreements-parties-kaz-srb-2001a-srb"]
    assert srb["bilat:signedNotBefore"] == ["2001-05-01"]
    assert srb["bilat:signedNotAfter"] == ["2001-05-31"]
    assert srb["bilat:boundOn"] == ["2002-01-01"]
    assert "bilat:releasedOn" not in srb, "it would end before it begins"
    germany = about["party:manytreaties-agreements-parties-xxxx-1990a-deu"]
    assert sorted(germany["bilat:signedOn"]) == ["1990-01-01", "1990-01-02"]
    assert len(germany["bilat:evidence"]) == 2


def test_events_have_days_bounds_or_only_the_words(data: Path) -> None:
    about = facts(take(data, "manytreaties"))
    stem = "event:manytreaties-agreements-parties-fra-ita-1958p"
    assert about[f"{stem}-signed"]["bilat:notBefore"] == ["1958-03-01"]
    assert about[f"{stem}-signed"]["bilat:dateAsQuoted"] == ["1958-03"]
    assert about[f"{stem}-ended"]["bilat:notAfter"] == ["1963-12-31"]
    doubtful = about[f"{stem}-2-signed"]
    assert doubtful["bilat:dateAsQuoted"] == ["1958-04-01?"]
    assert not {"bilat:onDate", "bilat:notBefore", "bilat:notAfter"} & set(doubtful)


def test_types_and_fields_come_from_the_code_lists_and_words_are_kept(data: Path) -> None:
    about = facts(take(data, "manytreaties"))
    lanterns = about["instrument:manytreaties-agreements-parties-kaz-srb-2001a"]
    assert lanterns["bilat:instrumentType"] == ["instrument-type:agreement"]
    assert lanterns["bilat:field"] == ["field:trade"]
    assert sorted(lanterns["bilat:fieldAsQuoted"]) == ["Lanterns", "Trade"]
    nobody = about["instrument:manytreaties-agreements-parties-lonely-1991a"]
    assert nobody["bilat:instrumentType"] == ["instrument-type:other-instrument"]
    assert nobody["bilat:fieldStatus"] == ["status:not-stated"]


# ---- registers


def test_a_register_in_spanish(data: Path) -> None:
    done = take(data, "argentina-treaties")
    about = facts(done)
    nuclear = about["instrument:argentina-treaties-register-es-1001"]
    assert nuclear["rdfs:label"] == ["Agreement of Argentina and Chile, 1976"]
    assert nuclear["bilat:field"] == ["field:nuclear-energy", "field:science-and-technology"]
    culture = about["instrument:argentina-treaties-register-es-1002"]
    assert culture["bilat:field"] == ["field:culture", "field:education"]
    assert parties_of(about, "Convenio de cooperación cultural") == ["country:ARG", "country:SUN"]
    tapirs = parties_of(about, "Memorando de entendimiento sobre visitas de estudio")
    assert tapirs == ["country:ARG", "institution:organizacion-mundial-del-tapir"]
    assert about["event:argentina-treaties-register-es-1002-signed"]["bilat:notAfter"] == [
        "1986-05-31"
    ]


def test_what_a_register_cannot_mean_is_rejected_with_the_reason(data: Path) -> None:
    left = {(r["row"], r["column"]): r for r in rejects(take(data, "argentina-treaties"))}
    own = left["5", "Contraparte"]
    assert own["reason"] == "the partner is the register's own country"
    assert (own["left_out"], own["value"]) == ("row", "Argentina")
    assert left["6", "Fecha de firma"]["reason"] == "there is no such day"
    assert left["7", "Contraparte"]["value"] == "Atlantis"
    assert "before" in left["8", "Entrada en vigor"]["reason"]
    # the cultural agreement takes two lines
    assert (left["5", "Contraparte"]["row"], left["5", "Contraparte"]["line"]) == ("5", "6")


def test_a_treaty_does_not_end_before_it_enters_into_force(data: Path, tmp_path: Path) -> None:
    head = "Title,Partner,Signed,Entry into Force,Terminated"
    text = f"{head}\nTreaty of Tea,Norway,1/2/1990,1/2/1992,1/2/1991\n"
    (left,) = rejects(register(data, table(tmp_path, text)))
    assert (left["column"], left["value"]) == ("Terminated", "1/2/1991")
    assert left["reason"] == "the day lies before that of the entry into force"


def test_a_partner_that_is_not_known_leaves_the_treaty_incomplete(data: Path) -> None:
    about = facts(take(data, "argentina-treaties"))
    assert parties_of(about, "Canje de notas sobre visas") == ["country:ARG"]
    node = about["instrument:argentina-treaties-register-es-1006"]
    assert node["bilat:partyStatus"] == ["status:incomplete"]


def test_a_register_in_portuguese_lists_its_own_country_among_the_parties(data: Path) -> None:
    done = take(data, "brazil-treaties")
    about = facts(done)
    tourism = parties_of(about, "Acordo de cooperação em turismo")
    assert tourism == ["country:BRA", "country:PRT"]
    assert [r["row"] for r in rejects(done)] == ["4"]
    visas = "event:brazil-treaties-register-pt-8-signed"
    assert about[visas]["bilat:notBefore"] == ["1991-05-01"]


def test_a_register_of_nobody_is_told_to_lack_a_side(data: Path) -> None:
    done = take(data, "treaty-register", options=Options())
    wanted = "the other side is not named; --country says whose it is"
    assert [r["row"] for r in rejects(done) if r["reason"] == wanted] == ["2", "3", "4", "5"]


def test_a_register_in_english_of_the_country_named(data: Path) -> None:
    about = facts(take(data, "treaty-register"))
    parties = parties_of(about, "Convention on Consular Matters")
    assert parties == ["country:GBR", "country:SUN"], "a state that is gone is one of its own"
    ended = about["event:treaty-register-register-en-14-ended"]
    assert ended["bilat:stage"] == ["lifecycle-stage:ended"]


# ---- leaders


def test_terms_begin_on_a_day_and_end_in_a_month(data: Path) -> None:
    done = take(data, "reign")
    about = facts(done)
    (lantern,) = (t for n, t in about.items() if n.startswith("tenure:") and "lantern" in n)
    assert lantern["bilat:startDate"] == ["1990-04-24"]
    assert lantern["bilat:endNotBefore"] == ["2019-03-01"]
    assert lantern["bilat:endNotAfter"] == ["2019-03-31"]
    snow = {r["row"]: r for r in rejects(done)}["5"]
    assert snow["reason"] == "the end lies before the beginning"
    sleigh = [n for n in about if n.startswith("tenure:") and "sleigh" in n]
    assert len(sleigh) == 2
    people = [n for n in about if n.startswith("person:") and "sleigh" in n]
    assert len(people) == 1, "one name, one country and one year of birth"


def test_a_post_of_an_organisation_is_that_of_no_country(data: Path, tmp_path: Path) -> None:
    text = "id,position,country,jurisdiction,start,end\nQ99900003,Minister of Lanterns,{},,,\n"
    own = (Path(profiles_folder()) / "cabinet.toml").read_text("utf-8")
    profile = table(tmp_path, own.replace('states = "wikidata"', 'states = "name"'), "mine.toml")
    posts = table(tmp_path, text.format("European Union"), "positions.csv")
    options = Options(country="KZ")
    done = import_tables(str(profile), [str(posts), str(HERE / "holders.csv")], str(data), options)
    assert [r["reason"] for r in rejects(done) if r["file"] == "positions.csv"] == [
        "an organisation is no country"
    ]
    assert quads(done)


def test_a_post_bears_the_name_that_the_table_of_posts_has(data: Path, tmp_path: Path) -> None:
    text = (HERE / "positions.csv").read_text("utf-8").replace("Q99900003", "")
    about = facts(take(data, "cabinet", table(tmp_path, text, "posts.csv"), HERE / "holders.csv"))
    assert about["post:kaz-minister-of-lanterns"]["rdfs:label"] == [
        "Minister of Lanterns of Kazakhstan"
    ]


def test_a_year_of_birth_that_is_doubted_is_no_part_of_an_iri(data: Path, tmp_path: Path) -> None:
    text = (HERE / "reign.csv").read_text("utf-8").replace(",1940,", ",c. 1940?,")
    done = take(data, "reign", table(tmp_path, text))
    assert any(name.endswith("-lantern-c-1940") for name in facts(done))


def test_a_doubtful_day_of_a_term_is_left_out_with_a_word(data: Path, tmp_path: Path) -> None:
    text = (HERE / "holders.csv").read_text("utf-8").replace("2003-06-11", "2003-06-11?")
    done = take(data, "cabinet", table(tmp_path, text, "who.csv"), HERE / "positions.csv")
    (left,) = (r for r in rejects(done) if r["value"] == "2003-06-11?")
    assert left["left_out"] == "value" and "doubtful" in left["reason"]


def test_a_person_known_by_wikidata_is_one_whoever_names_him(data: Path) -> None:
    about = facts(take(data, "world-leaders"))
    (tenure,) = (
        t for t in about.values() if "person:kassym-jomart-tokayev" in t.get("org:member", [])
    )
    assert tenure["bilat:tenureOf"] == ["post:kaz-president"]
    assert tenure["bilat:startNotBefore"] == ["2019-01-01"]
    assert about["person:kassym-jomart-tokayev"]["rdfs:label"] == ["Kassym-Jomart Tokayev"]


def test_holders_get_the_items_of_their_positions(data: Path) -> None:
    about = facts(take(data, "cabinet"))
    lanterns = about["post:q99900003"]
    assert lanterns["bilat:postOfCountry"] == ["country:KAZ"]
    assert lanterns["schema:sameAs"] == ["wd:Q99900003"]
    assert about["post:q99900004"]["rdfs:label"] == ["Minister of Bells of Kazakhstan"]
    assert about["post:kaz-minister-of-sleighs"]["bilat:postOfCountry"] == ["country:KAZ"]


def test_the_latest_holder_is_told_from_one_whose_end_is_only_bounded(data: Path) -> None:
    take(data, "reign")
    engine = ox.Store()
    for path, _ in shipped(str(data)).files():
        engine.extend(ox.Quad(*quad.triple) for quad in ox.parse(path=path))
    rule = Path(shipped().folder("queries", "rules")) / "holds-post.rq"
    held = {t.subject.value for t in engine.query(rule.read_text("utf-8"))}  # type: ignore[union-attr]
    assert any("bell" in person for person in held)
    assert not any("lantern-1940" in person for person in held)


# ---- missions


def test_a_mission_has_sender_receivers_kind_and_seat(data: Path) -> None:
    about = facts(take(data, "embassies"))
    embassy = about["institution:q99900010"]
    assert embassy["rdfs:label"] == ["Embassy of Kazakhstan in Belgrade"]
    assert embassy["bilat:country"] == ["country:KAZ"]
    assert sorted(embassy["bilat:receivingCountry"]) == ["country:MNE", "country:SRB"]
    assert embassy["bilat:institutionKind"] == ["institution-kind:embassy"]
    assert embassy["bilat:establishedOn"] == ["1996-12-10"]
    (seat,) = embassy["bilat:seat"]
    assert about[seat]["bilat:inCountry"] == ["country:SRB"]


def test_a_mission_is_to_those_that_it_is_accredited_to(data: Path, tmp_path: Path) -> None:
    head, first = (HERE / "embassies.csv").read_text("utf-8").splitlines()[:2]
    rows = [
        first.replace("Q403|Q236", "Q236"),  # to Montenegro, from Belgrade
        first.replace("Q403|Q236", "").replace("010", "020"),
        first.replace("Q403|Q236", "Q232|Q236").replace("010", "030"),
    ]
    done = take(data, "embassies", table(tmp_path, "\n".join([head, *rows])))
    about = facts(done)
    found = [about[f"institution:q999000{n}0"]["bilat:receivingCountry"] for n in (1, 2, 3)]
    assert found == [["country:MNE"], ["country:SRB"], ["country:MNE"]]
    (left,) = rejects(done)
    assert (left["value"], left["left_out"]) == ("Q232", "value")


def test_a_mission_that_stands_twice_is_described_once(data: Path, tmp_path: Path) -> None:
    head, first = (HERE / "embassies.csv").read_text("utf-8").splitlines()[:2]
    text = "\n".join([head, first, first.replace("1996-12-10", "1997-01-01")])
    about = facts(take(data, "embassies", table(tmp_path, text)))
    assert about["institution:q99900010"]["bilat:establishedOn"] == ["1996-12-10"]


def test_the_first_of_january_is_a_year_in_wikidata(data: Path) -> None:
    done = take(data, "embassies")
    consulate = facts(done)["institution:q99900011"]
    assert "bilat:establishedOn" not in consulate
    assert consulate["bilat:establishedNotBefore"] == ["2001-01-01"]
    assert consulate["bilat:establishedNotAfter"] == ["2001-12-31"]
    assert {r["column"] for r in rejects(done)} == {"jurisdictionQIDs", "operatorQID"}


def test_levels_of_representation_hold_for_intervals(data: Path) -> None:
    done = take(data, "us-missions")
    about = facts(done)
    levels = [s for n, s in about.items() if n.startswith("representation:")]
    assert [s["bilat:representationLevel"] for s in levels] == [
        ["representation-level:none"],
        ["representation-level:embassy"],
        ["representation-level:legation"],
    ]
    assert "bilat:endDate" not in levels[1], "the data end, the embassy does not"
    assert levels[2]["bilat:receivingCountry"] == ["country:russian-empire"]
    assert [r["reason"] for r in rejects(done)] == [
        "the end lies before the beginning",
        "no level of the profile's code list",
        "a country is not represented in itself",
    ]


# ---- country pairs by year


def test_pairs_are_kept_as_a_table_beside_the_graph(data: Path) -> None:
    done = take(data, "un-votes")
    frame = pl.read_parquet(data / "tables" / f"{done.identifier}.parquet")
    assert frame.columns == ["year", "a", "b", "common_votes", "same_votes", "row"]
    assert frame.rows() == [
        (1990, "NOR", "YUG", 80, 41, 2),
        (1995, "NOR", "SCG", 60, 40, 3),
        (2010, "NOR", "SRB", 70, 50, 4),
    ]
    assert [r["row"] for r in rejects(done)] == ["5", "6", "7", "8"]
    about = facts(done)[f"table:{done.identifier}"]
    assert about["dct:identifier"] == [f"{done.identifier}.parquet"]


# ---- forms of files

REGISTER = (
    "ID,Title,Participant,Signature Date,Subject\n1,Treaty of Tea,Kazakhstan,31/05/1999,Tea\n"
)


def register(
    data: Path, *paths: Path, encoding: str | None = None, strict: bool = False
) -> Imported:
    options = Options(country="GB", encoding=encoding, strict=strict)
    return take(data, "treaty-register", *paths, options=options)


def graph_of(done: Imported) -> set[str]:
    """The statements but for the names of the file."""
    said = {str(q.triple) for q in quads(done)}
    return {
        line
        for line in said
        if not any(name in line for name in ("fileName", "sha256", "a file of"))
    }


@pytest.fixture
def plain(data: Path, tmp_path: Path) -> set[str]:
    """What the register says, read from CSV."""
    done = register(data, table(tmp_path, REGISTER))
    said = graph_of(done)
    os.unlink(done.path)
    return said


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_any_delimiter_will_do(data: Path, tmp_path: Path, plain: set[str], delimiter: str) -> None:
    done = register(data, table(tmp_path, REGISTER.replace(",", delimiter)))
    assert graph_of(done) == plain


@pytest.mark.parametrize(
    ("before", "end", "encoding"),
    [("\ufeff", "\n", "utf-8"), ("", "\r\n", "utf-8"), ("", "\n", "cp1252"), ("", "\n", "utf-16")],
)
def test_marks_line_ends_and_encodings(
    data: Path, tmp_path: Path, plain: set[str], before: str, end: str, encoding: str
) -> None:
    path = table(tmp_path, before + REGISTER.replace("\n", end), encoding=encoding)
    done = register(data, path, encoding=None if encoding == "utf-8" else encoding)
    assert graph_of(done) == plain


def as_frame() -> pl.DataFrame:
    header, *rows = csv.reader(REGISTER.splitlines())
    return pl.DataFrame(rows, schema=header, orient="row")


def test_excel_gives_the_same_with_the_same_rows(
    data: Path, tmp_path: Path, plain: set[str]
) -> None:
    done = register(data, sheet(tmp_path / "treaties.xlsx", csv.reader(REGISTER.splitlines())))
    assert graph_of(done) == plain


def test_parquet_gives_the_same_with_records_from_1(
    data: Path, tmp_path: Path, plain: set[str]
) -> None:
    path = tmp_path / "treaties.parquet"
    as_frame().write_parquet(path)
    said = graph_of(register(data, path))
    assert {
        line.replace("register-1>", "register-2>") for line in said if "rowNumber" not in line
    } == {line for line in plain if "rowNumber" not in line}
    assert any('rowNumber> "1"' in line for line in said)


def test_gzip_gives_the_same(data: Path, tmp_path: Path, plain: set[str]) -> None:
    path = tmp_path / "treaties.csv.gz"
    path.write_bytes(gzip.compress(REGISTER.encode()))
    done = register(data, path)
    assert graph_of(done) == plain


def sheet(path: Path, rows: Iterable[Iterable[str]]) -> Path:
    """A spreadsheet of texts: the least that makes one."""
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in row) + "</row>"
        for row in rows
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/><Default Extension="rels" ContentType="application/'
        'vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="a" '
        'sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData>'
        "</worksheet>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


# ---- bad input


def refused(data: Path, path: Path, reason: str, **options: str) -> None:
    """The file is refused with the reason, and everything is as it was."""
    before = files(data)
    with pytest.raises(InputError, match=reason):
        register(data, path, **options)  # type: ignore[arg-type]
    assert files(data) == before


BAD_TEXTS = {
    "a missing column": (REGISTER.replace("Title", "Words"), "lacks the column 'Title' or"),
    "a doubled column": (REGISTER.replace("Subject", "title"), "has the column 'Title' 2 times"),
    "quotes that never close": (
        REGISTER + '2,"Treaty of Milk,Norway,,\n',
        r":3: row 3.*never closed",
    ),
    "text after quotes": (REGISTER + '2,"Treaty" of Milk,Norway,,\n', ":3: row 3.*do not match"),
    "an unknown delimiter": (
        REGISTER.replace(",", "^"),
        r"lacks the column.*its columns.*ID\^Title",
    ),
    "nothing": ("", "treaties.csv: is empty; expected the names of the columns and rows"),
    "empty lines": ("\n \r\n;;;\n\n", "holds nothing but empty lines; expected the names"),
    "a spreadsheet by another name": ("PK\x03\x04 and so on", "is no text"),
}


@pytest.mark.parametrize("what", BAD_TEXTS)
def test_a_file_is_refused_for(what: str, data: Path, tmp_path: Path) -> None:
    text, reason = BAD_TEXTS[what]
    refused(data, table(tmp_path, text), reason)


def test_bytes_of_another_encoding_are_named_with_their_line(data: Path, tmp_path: Path) -> None:
    path = table(tmp_path, REGISTER + "2,Treaty of Café,Norway,,\n", encoding="cp1252")
    refused(data, path, r":3: the byte 0xe9 is not UTF-8.*--encoding cp1252")
    assert "Treaty of Café" in str(graph_of(register(data, path, encoding="cp1252")))


def test_what_is_in_utf_16_is_told_so(data: Path, tmp_path: Path) -> None:
    path = table(tmp_path, REGISTER, encoding="utf-16")
    refused(data, path, "--encoding utf-16")
    assert register(data, path, encoding="utf-16").state == "new"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-7", "idna", "punycode"])
def test_what_is_not_in_the_encoding_named_is_refused(
    data: Path, tmp_path: Path, encoding: str
) -> None:
    path = table(tmp_path, REGISTER + "2,Treaty of +Café,Norway,,\n", encoding="cp1252")
    refused(data, path, path.name, encoding=encoding)


def test_what_joins_letters_is_part_of_a_title(data: Path, tmp_path: Path) -> None:
    title = "Treaty of می\u200cشود"
    done = register(data, table(tmp_path, REGISTER + f"2,{title},Norway,,\n"))
    assert any(f'"{title}"@en' in line for line in graph_of(done)) and not done.rejects


def test_an_unknown_encoding_is_refused(data: Path, tmp_path: Path) -> None:
    refused(data, table(tmp_path, REGISTER), "encoding", encoding="klingon")


@pytest.mark.parametrize("identifier", ["a b>c", "../x", "derived", "ontology", "2026-02-27-kz-rs"])
def test_an_identifier_that_no_graph_can_have_is_refused(data: Path, identifier: str) -> None:
    before = files(data.parent)
    with pytest.raises(InputError, match="--id"):
        take(data, "reign", options=Options(identifier=identifier))
    assert files(data.parent) == before
    assert shipped(str(data)).files()  # none of which has the graph of another


def test_a_file_that_is_named_twice_is_refused(data: Path, tmp_path: Path) -> None:
    path = table(tmp_path, REGISTER)
    with pytest.raises(InputError, match="named twice"):
        register(data, path, tmp_path / ".." / tmp_path.name / path.name)


def test_a_parquet_file_that_was_cut_is_refused(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "treaties.parquet"
    as_frame().write_parquet(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    refused(data, path, "no whole Parquet file")
    path.write_bytes(whole[:8] + b"\0" * 200 + whole[208:])
    refused(data, path, "cannot be read")
    path.write_bytes(whole[:20] + whole[-300:])  # both ends are there, the middle is not
    refused(data, path, "cannot be read")
    path.write_bytes(b"PAR1")
    refused(data, path, "cannot be read")


def test_a_gzip_file_that_was_cut_is_refused(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "treaties.csv.gz"
    packed = gzip.compress((REGISTER + "2,Treaty of Tea,Norway,,\n" * 9000).encode())
    path.write_bytes(packed[: len(packed) // 2])
    refused(data, path, "damaged or cut off")
    path.write_bytes(b"no gzip at all")
    refused(data, path, "cannot be read")


def test_a_bomb_is_refused_before_it_goes_off(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "treaties.csv.gz"
    with gzip.open(path, "wb") as file:
        file.write(REGISTER.encode())
        for _ in range(24):
            file.write(b"0" * (1 << 20))
    refused(data, path, "unpacks to more than 16 MiB")
    book = sheet(tmp_path / "treaties.xlsx", [["Title"], ["x" * 20_000_000]])
    refused(data, book, "unpacks to more than 19 MiB")


@pytest.mark.parametrize("name", ["treaties.xlsx", "treaties.xls", "treaties.ods"])
def test_what_is_no_spreadsheet_is_refused(data: Path, tmp_path: Path, name: str) -> None:
    refused(data, table(tmp_path, "no spreadsheet", name), "no spreadsheet that can be read")


def test_a_column_that_several_things_are_read_from_is_missed_once(
    data: Path, tmp_path: Path
) -> None:
    path = table(tmp_path, REGISTER.replace("Title", "Words"))
    with pytest.raises(InputError, match="lacks the column") as raised:
        register(data, path)
    assert str(raised.value).count("'Treaty Title'") == 1
    spanish = table(tmp_path, REGISTER.replace("Title", "Words"), "es.csv")
    with pytest.raises(InputError, match="lacks the column") as raised:
        take(data, "argentina-treaties", spanish)
    alternatives = str(raised.value).partition(" of the table ")[0].casefold().split(" or ")
    assert len(alternatives) == len(set(alternatives))


@pytest.mark.parametrize("before", ["\n", "\n\n \n", ",,,,\n", "\ufeff\r\n,,\r\n"])
def test_empty_lines_above_the_header_are_passed_over(
    data: Path, tmp_path: Path, plain: set[str], before: str
) -> None:
    done = register(data, table(tmp_path, before + REGISTER))
    above = before.count("\n")
    assert done.rows == 1 and not done.rejects
    (row,) = (node for node in facts(done) if node.startswith("row:"))
    assert row.endswith(f"-{2 + above}"), "rows are counted as the file has them"
    assert len(graph_of(done)) == len(plain)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_profile_says_in_which_row_the_header_is(data: Path, tmp_path: Path, suffix: str) -> None:
    own = table(tmp_path, PROFILE.replace("record =", "header = 3\nrecord =", 1), "mine.toml")
    text = f"Treaties, as of 2024\n\n{REGISTER.replace(',', ';')}"
    path = table(tmp_path, text, "r.csv")
    if suffix == "xlsx":
        path = sheet(tmp_path / "r.xlsx", csv.reader(text.splitlines(), delimiter=";"))
    done = import_tables(str(own), [str(path)], str(data), Options(country="GB", strict=True))
    about = facts(done)
    assert parties_of(about, "Treaty of Tea") == ["country:GBR", "country:KAZ"]
    assert any(name.startswith("row:") and name.endswith("-4") for name in about)


def test_a_title_above_the_header_is_told(data: Path, tmp_path: Path) -> None:
    path = table(tmp_path, f"Treaties of 2024,,,,\n{REGISTER}")
    refused(data, path, "its columns.*'Treaties of 2024'.*take away titles above them, or say head")


def test_empty_rows_of_a_sheet_are_passed_over(data: Path, tmp_path: Path) -> None:
    rows = [["", ""], *csv.reader(REGISTER.splitlines()), ["  "]]
    done = register(data, sheet(tmp_path / "treaties.xlsx", rows))
    assert done.rows == 1 and not done.rejects
    with pytest.raises(InputError, match="holds nothing but empty lines"):
        register(data, sheet(tmp_path / "empty.xlsx", [[""], [" "]]))


def test_an_unknown_kind_of_file_is_refused(data: Path, tmp_path: Path) -> None:
    refused(data, table(tmp_path, REGISTER, "treaties.docx"), "unknown kind of table '.docx'")


def test_a_missing_file_is_refused(data: Path, tmp_path: Path) -> None:
    refused(data, tmp_path / "nothing.csv", "cannot be read")


def test_a_row_of_another_width_is_rejected(data: Path, tmp_path: Path) -> None:
    done = register(data, table(tmp_path, REGISTER + "2,Treaty of Milk,Norway\n3,a,Norway,,\n"))
    (left,) = rejects(done)
    assert left["reason"] == "the row has not as many cells as the header"
    assert (left["row"], left["left_out"]) == ("3", "row")
    assert done.rows == 3


def test_control_characters_are_taken_out_and_told(data: Path, tmp_path: Path) -> None:
    done = register(data, table(tmp_path, REGISTER.replace("Treaty of", "Treaty\x1b[31m\x00of")))
    (left,) = rejects(done)
    assert "U+001B" in left["reason"]
    titles = [q.object.value for q in quads(done) if q.predicate.value.endswith("titleAsQuoted")]  # type: ignore[union-attr]
    assert titles == ["Treaty[31mof Tea"]


def test_a_wrong_code_list_rejects_each_row(data: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    text = (Path(profiles_folder()) / "us-missions.toml").read_text("utf-8")
    own.write_text(text.replace('states = "cow"', 'states = "iso2"'), encoding="utf-8")
    done = import_tables(str(own), [str(HERE / "us-missions.csv")], str(data))
    assert done.rows_left_out == done.rows == 6
    assert {r["column"] for r in rejects(done)} == {"date_end", "country_code_cow"}


def test_the_rejects_have_the_columns_that_are_promised(data: Path) -> None:
    done = take(data, "argentina-treaties")
    assert done.rejects_path == str(data / "rejects" / "argentina-treaties-register-es.csv")
    assert tuple(rejects(done)[0]) == HEADER
    assert HEADER[:5] == ("file", "row", "column", "value", "reason")
    counted: Counter[str] = Counter(r["left_out"] for r in rejects(done))
    assert counted.total() == done.rejects.total()


def test_rejects_that_are_mended_leave_no_file(data: Path, tmp_path: Path) -> None:
    path = table(tmp_path, REGISTER.replace("31/05", "31/02"))
    first = register(data, path)
    assert first.rejects_path
    table(tmp_path, REGISTER)
    options = Options(country="GB", replace=True)
    assert take(data, "treaty-register", path, options=options).state == "replaced"
    assert not os.path.exists(first.rejects_path)


def test_other_files_do_not_replace_a_source_unasked(data: Path, tmp_path: Path) -> None:
    path = table(tmp_path, REGISTER)
    register(data, path)
    before = files(data)
    table(tmp_path, REGISTER.replace("Tea", "Milk"))
    done = register(data, path)
    assert (done.state, done.is_complete) == ("changed", False)
    assert done.differs == ("the file 'treaties.csv' had another content",)
    assert files(data) == before


#: What is imported as what was made from parties.csv and agreements.csv or for Great Britain.
OTHERWISE: dict[str, tuple[str, list[str], str | None, str]] = {
    "another country": (
        "treaty-register", ["register-en.csv"], "NO",
        "it was made for United Kingdom, not for Norway",
    ),
    "no country": (
        "treaty-register", ["register-en.csv"], None,
        "it was made for United Kingdom, not for no country",
    ),
    "another profile": (
        "argentina-treaties", ["register-es.csv"], "GB",
        "its profile was that of 'Treaties of one country, from its treaty register', not of "
        "'Treaties of Argentina, from its treaty register'",
    ),
    "another file": (
        "treaty-register", ["more.csv"], "GB",
        "it was not made from 'more.csv'",
    ),
    "a file more": (
        "treaty-register", ["register-en.csv", "more.csv"], "GB",
        "it was not made from 'more.csv'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERWISE)
def test_a_source_is_not_replaced_unasked_by(what: str, data: Path, tmp_path: Path) -> None:
    profile, names_, country, reason = OTHERWISE[what]
    for name in ("register-en.csv", "register-es.csv"):
        shutil.copy(HERE / name, tmp_path)
    table(tmp_path, REGISTER, "more.csv")
    first = Options(identifier="mine", country="GB")
    take(data, "treaty-register", tmp_path / "register-en.csv", options=first)
    before = files(data)
    paths_ = [tmp_path / name for name in names_]
    done = take(data, profile, *paths_, options=Options(identifier="mine", country=country))
    assert done.state == "changed"
    assert reason in done.differs
    assert files(data) == before
    wanted = Options(identifier="mine", replace=True, country=country)
    assert take(data, profile, *paths_, options=wanted).state == "replaced"


def test_the_order_of_files_of_one_table_does_not_matter(data: Path, tmp_path: Path) -> None:
    both = [table(tmp_path, REGISTER), table(tmp_path, REGISTER.replace("Tea", "Milk"), "more.csv")]
    register(data, *both)
    before = files(data)
    assert register(data, *reversed(both)).state == "known"
    assert files(data) == before


def test_fewer_files_do_not_replace_a_source_unasked(data: Path, tmp_path: Path) -> None:
    options = Options(identifier="mine", country="GB")
    both = [table(tmp_path, REGISTER), table(tmp_path, REGISTER.replace("Tea", "Milk"), "more.csv")]
    take(data, "treaty-register", *both, options=options)
    before = files(data)
    done = take(data, "treaty-register", both[0], options=options)
    assert (done.state, done.differs) == ("changed", ("it was made from 'more.csv', too",))
    assert files(data) == before


def test_what_no_import_made_is_not_replaced_unasked(data: Path, tmp_path: Path) -> None:
    path = data / "sources" / "mine.nq"
    for text in (b"", b"<a:b> <a:c> <a:d> .\n", b"\xff\xfe"):
        path.write_bytes(text)
        options = Options(identifier="mine", country="GB")
        done = take(data, "treaty-register", table(tmp_path, REGISTER), options=options)
        assert (done.state, done.differs) == ("changed", ("it was not made by an import",))
        assert path.read_bytes() == text


def test_the_command_says_what_differs(run: Run, data: Path, tmp_path: Path) -> None:
    path = table(tmp_path, REGISTER)
    words = ("import", "treaty-register", path, "-o", data, "--country")
    assert run(*words, "GB").returncode == 0
    again = run(*words, "Norway")
    assert again.returncode == 1
    assert "it was made for United Kingdom, not for Norway" in again.stdout
    assert "--replace" in again.stdout


def test_a_folder_that_is_no_folder_of_own_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="bilat init"):
        take(tmp_path, "reign")
    assert list(tmp_path.iterdir()) == []


# ---- profiles

PROFILE = """
kind = "treaties"
title = "Mine"
[tables.mine]
record = "instrument"
[tables.mine.columns]
title = "Title"
partner = { column = "Participant", states = "name" }
signed = { column = "Signature Date", dates = "dmy" }
field = { column = "Subject", codes = "mine" }
[codes.mine]
Tea = "agriculture"
"""

BAD_PROFILES = {
    "no TOML": ("kind = ", "no TOML"),
    "codes that are no table": (
        PROFILE + '\n[codes]\nmore = "x"\n',
        "codes.more: expected a table",
    ),
    "an organisation that is a number": (
        PROFILE + "\n[organisations]\nEU = 3\n",
        "organisations: expected a table",
    ),
    **{
        f"a state that is {given}": (PROFILE + f"\n[states]\nHOL = {given}\n", "states.HOL: ")
        for given in (
            "3",
            "[]",
            '["x"]',
            '{code = "country:NLD"}',
            '[{cod = "x"}]',
            '[{code = "x", until = 1991-12-31}]',
        )
    },
    "a language that is no tag": (
        'language = "Norsk bokmål"\n' + PROFILE.replace('language = "en"\n', ""),
        "no tag",
    ),
    "an address that is none": ('url = "https://x y"\n' + PROFILE, "no address"),
    "two signs as a delimiter": (
        PROFILE.replace("record =", 'delimiter = ";;"\nrecord =', 1),
        "expected one sign",
    ),
    "no kind": (PROFILE.replace('kind = "treaties"', ""), "the key 'kind' is missing"),
    "an unknown kind": (PROFILE.replace('"treaties"', '"cakes"'), "'cakes' is none of"),
    "no tables": ('kind = "treaties"\ntitle = "x"\n', "tables: missing"),
    "an unknown key": (PROFILE.replace("title =", "titel =", 1), "unknown key 'titel'"),
    "an unknown record": (PROFILE.replace('"instrument"', '"cake"'), "'cake' is none of"),
    "an unknown slot": (PROFILE.replace("partner", "parter"), "unknown key 'parter'"),
    "a slot that is missing": (
        PROFILE.replace('title = "Title"', ""),
        "the key 'title' is missing",
    ),
    "an unknown form of dates": (PROFILE.replace('"dmy"', '"ymdd"'), "'ymdd' is none of"),
    "an unknown code of states": (PROFILE.replace('"name"', '"names"'), "'names' is none of"),
    "no such code list": (PROFILE.replace('codes = "mine"', 'codes = "x"'), r"no \[codes.x\]"),
    "no such concept": (
        PROFILE.replace('"agriculture"', '"tea"'),
        "'tea' is no concept of field; there are .*agriculture, ",
    ),
    **{
        f"a header in row {given}": (
            PROFILE.replace("record =", f"header = {given}\nrecord =", 1),
            "tables.mine: header = .*: expected the number of the row",
        )
        for given in ("0", "-1", "1.5", '"x"')
    },
    "no column": (PROFILE.replace('title = "Title"', "title = {}"), "names no column"),
    "a code list that nothing uses": (
        PROFILE + '[codes.spare]\nMilk = "agriculture"\n',
        r"codes.spare: no column uses it; .* codes = 'spare'",
    ),
    "one word twice in a code list": (
        PROFILE + 'tea = "trade"\n',
        "codes.mine: 'Tea' and 'tea' are one word",
    ),
    "a word that no cell says": (PROFILE + '" Milk" = "trade"\n', "codes.mine: ' Milk': expected"),
    "a state that no cell says": (PROFILE + '[states]\n"" = "NLD"\n', "states: '': expected"),
    **{
        f"what is no state, {given}": (PROFILE + f"[states]\nHOL = {given}\n", reason)
        for given, reason in (
            (
                '"country:NLDD"',
                "states.HOL: 'country:NLDD': no state: it is no country.*country:NLD",
            ),
            ('"European Union"', "states.HOL: 'European Union': it is an organisation"),
            ('[{code = "528"}]', "states.HOL: '528': no state: it is a number"),
            ('[{code = "NLD", until = "1991-13"}]', "states.HOL: until = '1991-13' is no date"),
            ('[{code = "NLD", from = "soon"}]', "states.HOL: from = 'soon' is no date"),
            ('[{code = "NLD", from = "1992", until = "1991-12"}]', "it ends in 1991-12, before"),
        )
    },
    "a country that is none": ('country = "NORR"\n' + PROFILE, "country: 'NORR': no state"),
    **{
        f"{said} for a title": (
            PROFILE.replace('"Title"', f"{{ column = 'x', {said} }}", 1),
            f"columns.title: {reason}",
        )
        for said, reason in (
            ('codes = "mine"', "'codes' is not said of a text; what may be said is column"),
            ('dates = "dmy"', "'dates' is not said of a text"),
            ('split = ";"', "'split' is not said of one text"),
            ('optional = "no"', "optional = 'no': expected true or false"),
            ('year = "y"', "'year' is not said of a text"),
        )
    },
    "a date in two ways": (
        PROFILE.replace('dates = "dmy"', 'year = "Y"'),
        "columns.signed: names a column and one for the year",
    ),
    "a date without a year": (
        PROFILE.replace('{ column = "Signature Date", dates = "dmy" }', '{ month = "M" }'),
        "columns.signed: the key 'year' is missing",
    ),
    "a number for a text": (PROFILE.replace('"Title"', "7"), "expected a text"),
}


def test_a_user_writes_an_own_profile(data: Path, tmp_path: Path) -> None:
    own = table(tmp_path, PROFILE, "mine.toml")
    path = table(tmp_path, REGISTER)
    done = import_tables(str(own), [str(path)], str(data), Options(country="GB"))
    about = facts(done)
    assert done.identifier == "mine-treaties"
    assert parties_of(about, "Treaty of Tea") == ["country:GBR", "country:KAZ"]
    assert findings(data) == []


@pytest.mark.parametrize("what", BAD_PROFILES)
def test_a_profile_is_refused_for(what: str, data: Path, tmp_path: Path) -> None:
    text, reason = BAD_PROFILES[what]
    own = table(tmp_path, text, "mine.toml")
    with pytest.raises(InputError, match=f"mine.toml.*{reason}"):
        import_tables(str(own), [str(table(tmp_path, REGISTER))], str(data))


@pytest.mark.parametrize(
    ("day", "state"), [("1991-05-03", "YUG"), ("1992", "SCG"), ("2006-02", "SCG"), ("2007", "SRB")]
)
def test_a_year_that_ends_a_state_of_the_profile_belongs_to_it(
    data: Path, tmp_path: Path, day: str, state: str
) -> None:
    states = """
    [states]
    YU = [{ code = "country:YUG", until = "1991" },
        { code = "country:SCG", from = "1992", until = "2006-06-02" },
        { code = "country:SRB", from = "2006-06-03" }]
    """
    own = table(tmp_path, PROFILE.replace('"dmy"', '"edtf"') + states, "mine.toml")
    rows = f"Title,Participant,Signature Date,Subject\nTreaty of Tea,YU,{day},Tea\n"
    options = Options(country="GB", strict=True)
    done = import_tables(str(own), [str(table(tmp_path, rows))], str(data), options)
    assert parties_of(facts(done), "Treaty of Tea") == ["country:GBR", f"country:{state}"]


#: Rows of which one cell names several states, by the profile that takes one there.
SEVERAL = {
    "reign": (
        "ccode,leader,birthyear,syear,smonth,sdate,eyear,emonth\n"
        "{},Ada Snow,1950,1990,1,1,1991,1\n",
        "385;705",
        "ccode",
    ),
    "us-missions": (
        "country_code_cow,us_mission_status,date_start,date_end\n{},Embassy,1990-01-01,1991-01-01\n",
        "385;705",
        "country_code_cow",
    ),
    "un-votes": (
        "year,iso2_a,iso2_b,n_common_votes,n_same_vote\n1990,NO,{},70,50\n",
        "KZ;RS",
        "iso2_b",
    ),
}


@pytest.mark.parametrize("profile", SEVERAL)
@pytest.mark.parametrize("sign", [";", "|", "\r\n"])
def test_a_cell_of_several_states_is_never_read_as_its_first(
    data: Path, tmp_path: Path, profile: str, sign: str
) -> None:
    text, cell, column = SEVERAL[profile]
    path = table(tmp_path, text.format('"' + cell.replace(";", sign) + '"'))
    done = take(data, profile, path)
    (left,) = rejects(done)
    assert (left["row"], left["column"], left["left_out"]) == ("2", column, "row")
    assert left["reason"].startswith("no state: it ")
    assert done.rows_left_out == done.rows == 1


@pytest.mark.parametrize(
    ("profile", "column"),
    [
        ("reign", '{ column = "ccode"'),
        ("us-missions", '{ column = "country_code_cow"'),
        ("un-votes", '{ column = ["iso2_b", "b"]'),
        ("manytreaties", '{ column = "stateID"'),
    ],
)
def test_a_profile_does_not_split_what_a_record_has_once(
    data: Path, tmp_path: Path, profile: str, column: str
) -> None:
    text = (Path(profiles_folder()) / f"{profile}.toml").read_text("utf-8")
    own = table(tmp_path, text.replace(column, f'{column}, split = ";"'), "mine.toml")
    with pytest.raises(InputError, match="'split' is not said of one state; what may be said"):
        import_tables(str(own), paths(profile), str(data))


def test_a_licence_that_is_no_address_is_kept_as_a_phrase(data: Path) -> None:
    done = take(data, "reign", options=Options(licence="https://example.org/a b>c"))
    assert facts(done)[f"source:{done.identifier}"]["dct:rights"] == ["https://example.org/a b>c"]


def test_a_profile_that_is_not_there_has_near_names(data: Path) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'manytreaties'"):
        take(data, "manytreatys", HERE / "reign.csv")
    with pytest.raises(InputError, match="cannot be read"):
        take(data, "./nothing.toml", HERE / "reign.csv")


def test_a_table_of_a_profile_that_no_file_has_is_named(data: Path) -> None:
    with pytest.raises(InputError, match=r"no file has the table 'parties'.*stateID"):
        take(data, "manytreaties", HERE / "agreements.csv")


def test_every_profile_is_sound() -> None:
    for name in names(profiles_folder()):
        profile = load(name, profiles_folder())
        assert profile.title and profile.name == name


# ---- dates

FORMS_OF_DATES = [
    ("edtf", "1999-05-31", "1999-05-31", "1999-05-31"),
    ("edtf", "1999-02", "1999-02-01", "1999-02-28"),
    ("edtf", "2000-02", "2000-02-01", "2000-02-29"),
    ("edtf", "1999", "1999-01-01", "1999-12-31"),
    ("edtf", "199X", "1990-01-01", "1999-12-31"),
    ("edtf", "1999-XX-XX", "1999-01-01", "1999-12-31"),
    ("edtf", "1964-XX-16", "1964-01-16", "1964-12-16"),
    ("edtf", "1999-05-XX", "1999-05-01", "1999-05-31"),
    ("edtf", "1999-05..1999-07", "1999-05-01", "1999-07-31"),
    ("edtf", "1999-05/1999-07-02", "1999-05-01", "1999-07-02"),
    ("edtf", "1999..", "1999-01-01", None),
    ("edtf", "../1999", None, "1999-12-31"),
    ("edtf", "{1999-05-31,2001-01-01}", "1999-05-31", "2001-01-01"),
    ("edtf", "[..1999]", None, "1999-12-31"),
    ("edtf", "[1999-05..]", "1999-05-01", None),
    ("edtf", "[1998,1999..2001]", "1998-01-01", "2001-12-31"),
    ("edtf", "1999-05-31?", None, None),
    ("edtf", "1999~", None, None),
    ("dmy", "31/05/1999", "1999-05-31", "1999-05-31"),
    ("dmy", "1.5.1999", "1999-05-01", "1999-05-01"),
    ("dmy", "05/1999", "1999-05-01", "1999-05-31"),
    ("dmy", "00/05/1999", "1999-05-01", "1999-05-31"),
    ("dmy", "00/00/1999", "1999-01-01", "1999-12-31"),
    ("dmy", "1999", "1999-01-01", "1999-12-31"),
    ("dmy", "1999-05-31T00:00:00Z", "1999-05-31", "1999-05-31"),
    ("mdy", "05/31/1999", "1999-05-31", "1999-05-31"),
    ("ymd", "1999/05/31", "1999-05-31", "1999-05-31"),
    ("ymd", "1999/05", "1999-05-01", "1999-05-31"),
    ("named", "31 May 1999", "1999-05-31", "1999-05-31"),
    ("named", "May 31, 1999", "1999-05-31", "1999-05-31"),
    ("named", "1º de mayo de 1999", "1999-05-01", "1999-05-01"),
    ("named", "maio de 1999", "1999-05-01", "1999-05-31"),
    ("named", "31 de Maio de 1999", "1999-05-31", "1999-05-31"),
    ("year", "1999", "1999-01-01", "1999-12-31"),
    ("wikidata", "1999-01-01T00:00:00Z", "1999-01-01", "1999-12-31"),
    ("wikidata", "1999-05-31T00:00:00Z", "1999-05-31", "1999-05-31"),
]
NO_DATES = [
    ("edtf", "1999-02-31", "there is no such day"),
    ("edtf", "1999-13", "there is no such month"),
    ("edtf", "-0300", "not one from 1 to 9999"),
    ("edtf", "0000", "not one from 1 to 9999"),
    ("edtf", "2001..1999", "ends before it begins"),
    ("edtf", "1999-5-1", "no date in EDTF"),
    ("edtf", "2010-XX-XX-", "no date in EDTF"),
    ("edtf", "soon", "no date in EDTF"),
    ("edtf", "1999-02-31?", "there is no such day"),
    ("dmy", "31/02/1999", "there is no such day"),
    ("dmy", "29/02/1900", "there is no such day"),
    ("dmy", "45/00/1999", "there is no such day"),
    ("edtf", "1999-XX-45", "there is no such day"),
    ("dmy", "05/31/1999", "there is no such month"),
    ("dmy", "31/05/99", "no date such as 31/05/1999"),
    ("dmy", "1/2/3/4", "no date such as"),
    ("named", "31 Brumaire 1999", "no date such as 31 May 1999"),
    ("year", "99", "no year"),
    ("wikidata", "1999", "no moment"),
]


@pytest.mark.parametrize(("form", "text", "first", "last"), FORMS_OF_DATES)
def test_a_date_gives_bounds(form: str, text: str, first: str | None, last: str | None) -> None:
    when = parse(text, form)
    assert (when.first, when.last, when.quoted) == (first, last, text)


@pytest.mark.parametrize(("form", "text", "reason"), NO_DATES)
def test_what_is_no_date_says_why(form: str, text: str, reason: str) -> None:
    with pytest.raises(DateError, match=reason):
        parse(text, form)


@given(st.dates())
def test_every_day_is_read_in_every_form(day: object) -> None:
    iso = str(day)
    year, month, date = iso.split("-")
    for form, text in (
        ("edtf", iso),
        ("dmy", f"{date}/{month}/{year}"),
        ("mdy", f"{month}/{date}/{year}"),
        ("ymd", f"{year}.{month}.{date}"),
    ):
        assert parse(text, form).day == iso


@given(st.text(max_size=14), st.sampled_from(["edtf", "dmy", "mdy", "ymd", "named", "year"]))
def test_any_text_is_a_date_or_is_said_not_to_be(text: str, form: str) -> None:
    try:
        when = parse(text, form)
    except DateError:
        return
    assert when.first is None or when.last is None or when.first <= when.last


# ---- hostile cells


@settings(max_examples=examples(30))
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=5, max_size=5))
def test_any_cells_are_taken_or_left_out_and_the_rest_goes_on(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("cells")
    init(str(folder / "data"))
    with open(folder / "t.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["ID", "Title", "Participant", "Signature Date", "Subject"], cells])
        writer.writerow(["99", "Treaty of Tea", "Kazakhstan", "31/05/1999", "Tea"])
    done = register(folder / "data", folder / "t.csv")
    assert any("Treaty of Tea" in line for line in graph_of(done))
    shutil.rmtree(folder)


# ---- what may happen meanwhile


def large(folder: Path, rows: int = 40_000) -> Path:
    path = folder / "treaties.csv"
    with open(path, "w", encoding="utf-8") as file:
        file.write("ID,Title,Participant,Signature Date\n")
        for number in range(rows):
            file.write(f"{number},Treaty number {number},Kazakhstan,31/05/1999\n")
    return path


COMMAND = (
    sys.executable,
    "-m",
    "bilat",
    "import",
    "treaty-register",
    "--country",
    "GB",
    "--replace",
)


def test_a_killed_import_leaves_the_old_source(
    data: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    register(data, table(tmp_path, REGISTER))
    before = files(data)
    path = large(tmp_path)
    chance = random.Random(4)
    for _ in range(10):
        child = subprocess.Popen([*COMMAND, path, "-o", data], env=environment)
        time.sleep(chance.uniform(0.05, 1.2))
        child.send_signal(signal.SIGKILL)
        if child.wait() == -signal.SIGKILL:
            kept = {name: text for name, text in files(data).items() if "/." not in name}
            assert kept == before
        else:
            before = files(data)
    done = register(data, table(tmp_path, REGISTER), strict=True)
    assert done.state in ("known", "changed")
    take(data, "treaty-register", path, options=Options(country="GB", replace=True))
    assert not [name for name in files(data) if "/." in name], "drafts of the killed are gone"


def test_a_full_disk_leaves_the_old_source(
    data: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    register(data, table(tmp_path, REGISTER))
    before = files(data)

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    result = subprocess.run(
        [*COMMAND, large(tmp_path), "-o", data],
        env=environment,
        preexec_fn=small_files,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 2
    assert "cannot be written (File too large)" in result.stderr
    assert "Traceback" not in result.stderr
    assert files(data) == before


def test_memory_does_not_grow_with_the_rows(
    data: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    peaks = []
    for rows in (1_000, 16_000):
        path = large(tmp_path, rows)
        script = (
            "import resource, sys; from bilat.tables import import_tables, Options;"
            "import_tables('treaty-register', [sys.argv[1]], sys.argv[2],"
            " Options(country='GB', replace=True));"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        result = subprocess.run(
            [sys.executable, "-c", script, path, data],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        peaks.append(int(result.stdout))
    assert peaks[1] < peaks[0] + 15_000, "kilobytes"


# ---- the command


def test_the_command_imports_and_reports(run: Run, data: Path) -> None:
    done = run("import", "manytreaties", *paths("manytreaties"), "-o", data)
    assert done.returncode == 1, done.stderr
    assert "manytreaties-agreements-parties (new): 16 rows" in done.stdout
    assert "left out: stateID" in done.stdout in done.stdout
    again = run("import", "manytreaties", *paths("manytreaties"), "-o", data)
    assert "nothing has changed" in again.stdout


def test_the_command_lists_profiles_and_checks(run: Run, data: Path) -> None:
    listed = run("import")
    assert all(name in listed.stdout for name in FORMS)
    checked = run("import", "reign", HERE / "reign.csv", "--check")
    assert checked.returncode == 0, checked.stderr
    assert "start        'syear/smonth/sdate'" in checked.stdout
    assert 'bilat:startDate "1990-04-24"^^xsd:date' in checked.stdout


def test_the_command_says_what_it_could_not_do(run: Run, data: Path) -> None:
    for arguments, reason in (
        (("import", "reign", "-o", data), "no file to import"),
        (("import", "regin", HERE / "reign.csv", "-o", data), "did you mean 'reign'"),
        (("import", "reign", HERE / "votes.csv", "-o", data), "lacks the column"),
        (("import", "reign", HERE / "reign.csv", "-o", data, "--strict"), "row 4"),
        (("import", "treaty-register", HERE / "register-en.csv", "-o", data, "--country", "XX"),
         "--country 'XX'"),
    ):  # fmt: skip
        result = run(*arguments)
        assert result.returncode == 2, arguments
        assert reason in result.stderr
        assert "Traceback" not in result.stderr


# ---- real data

REAL = {
    "manytreaties": ("manytreaties_ggo/ggo_agreements.csv", "manytreaties_ggo/ggo_parties.csv"),
    "reign": ("reign_leaders/leaderlist_3_21.csv",),
    "embassies": ("embassies_wikidata/embassies.csv",),
}


@pytest.mark.parametrize("profile", REAL)
def test_real_tables_are_taken_in(data: Path, profile: str) -> None:
    if not SHARED.is_dir():
        pytest.skip(f"the real tables are not at {SHARED}")
    done = take(data, profile, *(SHARED / name for name in REAL[profile]))
    assert done.rows_left_out < done.rows / 50
    with open(done.path, "rb") as file:
        assert sum(1 for _ in file) == done.statements


def test_the_tables_of_figures_are_listed(run: Run, data: Path) -> None:
    none = run("--data", data, "table")
    assert (none.returncode, none.stdout) == (0, f"there is no table of figures in {data}\n")
    take(data, "un-votes")
    assert run("--data", data, "table").stdout == "un-votes-votes\n"
    shipped_only = run("table", cwd=data.parent)
    assert shipped_only.returncode == 0
    assert "--data DIR" in shipped_only.stdout


def test_a_table_of_figures_is_shown_whole_or_for_a_pair(run: Run, data: Path) -> None:
    take(data, "un-votes")
    shown = run("--data", data, "table", "un-votes", "Norway", "RS", "--format", "csv")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout == "year,a,b,common_votes,same_votes,row\n2010,NOR,SRB,70,50,4\n"
    assert run("--data", data, "table", "un-votes").stdout.count("NOR") == 3
    unknown = run("--data", data, "table", "trade")
    assert unknown.returncode == 2
    assert "no table is called 'trade'; did you mean 'un-votes-votes'?" in unknown.stderr
