"""Names find their IRIs: what matches, what is only proposed, what never does, and who decided."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from unicodedata import normalize

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bilat
from bilat.errors import InputError, NotFoundError
from bilat.judgements import FILE, Judgements
from bilat.names import compare, countries, read
from bilat.reconcile import (
    Decision,
    End,
    Known,
    Outcome,
    Reconciler,
    known_entities,
    open_reconciler,
)
from conftest import Run, examples
from pairs import Pair, pairs, score

BASE = "https://w3id.org/bilat/id/"
X = "https://example.org/"

SHIPPED = open_reconciler()


def body(slug: str, *labels: str, country: str | None = "KZ", **more: object) -> Known:
    return Known(X + slug, labels, country, "institution", **more)  # type: ignore[arg-type]


def shipped(name: str, country: str | None, kind: str = "institution") -> Decision:
    return SHIPPED.decide(kind, name, country)


# ---- The labelled pairs --------------------------------------------------------------------------


@pytest.mark.parametrize("half", ["tuned", "held", "unseen"])
def test_automatic_matches_are_right(half: str) -> None:
    result = score(pairs(half))
    print(f"{half}: precision {result.precision:.3f}, recall {result.recall:.3f}")
    assert result.precision >= 0.99, result.wrong
    # most of the rest is proposed; what only shared knowledge tells (new names) is not
    assert result.recall >= 0.75
    assert result.recall_with_proposals >= 0.85


def test_the_pairs_are_many_and_of_many_countries() -> None:
    found = pairs("tuned") + pairs("held")
    assert len(found) >= 200 and len(set(found)) == len(found)
    assert len({c for p in found for c in (p.country_a, p.country_b)}) >= 25
    assert {p.kind for p in found} == {"institution", "person", "place"}
    assert {p.verdict for p in found + pairs("unseen")} == {"same", "different"}


# ---- What the product promises -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "country", "slug"),
    [
        ("Ministry of Culture", "RS", "srb-ministry-of-culture"),
        ("the Ministry of Culture of the Republic of Serbia", "RS", "srb-ministry-of-culture"),
        ("Министарство културе", "RS", "srb-ministry-of-culture"),
        ("Health Ministry", "KZ", "kaz-ministry-of-health"),
        ("Ministry of Healthcare of the Republic of Kazakhstan", "KZ", "kaz-ministry-of-health"),
        ("Министерство здравоохранения Республики Казахстан", "KZ", "kaz-ministry-of-health"),
        ("General Prosecutor's Office", "KZ", "kaz-prosecutor-generals-office"),
        ("Ministry of Industry and Trade (MoIT)", "VN", "vnm-ministry-of-industry-and-trade"),
    ],
)
def test_a_body_is_found_by_any_of_its_names(name: str, country: str, slug: str) -> None:
    decision = SHIPPED.institution(name, country)
    assert (decision.outcome, decision.iri) == (Outcome.MATCH, f"{BASE}institution/{slug}")
    assert decision.reasons and not decision.judged


@pytest.mark.parametrize(
    ("kind", "name", "country", "slug"),
    [
        ("person", "Александр Вучич", "RS", "aleksandar-vucic"),
        ("person", "Касым-Жомарт Токаев", "KZ", "kassym-jomart-tokayev"),
        ("person", "Tokaev Kassym-Jomart", "KZ", "kassym-jomart-tokayev"),
        ("place", "Астана", "KZ", "astana"),
    ],
)
def test_persons_and_places_are_found_in_any_alphabet(
    kind: str, name: str, country: str, slug: str
) -> None:
    assert shipped(name, country, kind).iri == f"{BASE}{kind}/{slug}"


def test_ministries_of_two_countries_never_match() -> None:
    known = [body("rs", "Ministry of Culture of Serbia", country="RS")]
    name = "Ministry of Culture and Information of Kazakhstan"
    assert Reconciler(known).institution(name, "KZ").outcome is Outcome.UNKNOWN
    assert not Reconciler(known).institution("Ministry of Culture", "KZ").candidates


def test_a_portfolio_more_is_proposed_with_the_reason() -> None:
    decision = SHIPPED.institution("Ministry of Culture", "KZ")
    assert decision.outcome is Outcome.AMBIGUOUS and decision.iri is None
    assert [c.label for c in decision.candidates] == [
        "Ministry of Culture and Information of Kazakhstan"
    ]
    assert "“information”" in decision.candidates[0].reasons[0]
    assert 0 < decision.candidates[0].score < 1


def test_another_head_noun_or_word_is_unknown() -> None:
    known = [
        body("ministry", "Ministry of Tourism and Sports"),
        body("energy", "Ministry of Energy"),
    ]
    reconciler = Reconciler(known)
    assert (
        reconciler.institution("Committee of Tourism and Sports", "KZ").outcome is Outcome.UNKNOWN
    )
    assert (
        reconciler.institution("Ministry of Emergency Situations", "KZ").outcome is Outcome.UNKNOWN
    )


def test_two_with_one_name_are_ambiguous() -> None:
    known = [body("a", "Ministry of Health"), body("b", "Health Ministry of Kazakhstan")]
    decision = Reconciler(known).institution("Kazakhstan's Ministry of Health", "KZ")
    assert decision.outcome is Outcome.AMBIGUOUS
    assert {c.iri for c in decision.candidates} == {X + "a", X + "b"}


def test_without_a_country_nothing_is_matched() -> None:
    known = [body("a", "Ministry of Health"), body("b", "Akorda press service", country=None)]
    reconciler = Reconciler(known)
    assert reconciler.institution("Ministry of Health", None).outcome is Outcome.AMBIGUOUS
    decision = reconciler.institution("Akorda press service", "KZ")
    assert decision.outcome is Outcome.AMBIGUOUS
    assert any("country" in reason for reason in decision.candidates[0].reasons)


def test_of_many_countries_the_likest_names_are_looked_at() -> None:
    codes = sorted(countries().labels)
    known = [
        body(f"{code}-{slug}", f"{name} of {countries().labels[code]}", country=code)
        for code in codes
        for slug, name in (("h", "Ministry of Health"), ("t", "Ministry of Trade"))
    ]
    reconciler = Reconciler(known)
    for name in ("Ministry of Health of Fiji", "Fiji's Ministry of Helth"):
        assert reconciler.institution(name, None).candidates[0].iri == X + "FJ-h"
    decision = reconciler.decide("institution", "Ministry of Health", None, shown=9)
    assert [c.iri for c in decision.candidates] == [f"{X}{code}-h" for code in codes[:9]]


def test_a_company_is_no_ministry() -> None:
    known = [body("a", "Qazaq Energy", form="state-owned-company")]
    assert Reconciler(known).institution("Qazaq Energy", "KZ", "company").outcome is Outcome.MATCH
    assert (
        Reconciler(known).institution("Qazaq Energy", "KZ", "ministry").outcome is Outcome.AMBIGUOUS
    )


@pytest.mark.parametrize("form", ["company", "bank", "other"])
def test_a_company_with_the_very_name_of_a_bank_is_it(form: str) -> None:
    known = [Known("a", ("Société Générale",), "FR", "institution", form="bank")]
    decision = Reconciler(known).institution("Société Générale", "FR", form)
    assert (decision.outcome, decision.iri) == (Outcome.MATCH, "a")


def test_a_name_that_says_its_kind_goes_before_what_it_was_taken_for() -> None:
    known = [Known("a", ("Ministry of Energy of Kenya",), "KE", "institution", form="ministry")]
    decision = Reconciler(known).institution("Ministry of Energy of Kenya", "KE", "company")
    assert (decision.outcome, decision.iri) == (Outcome.MATCH, "a")


def test_abbreviations_are_proposed_and_recorded_ones_match() -> None:
    known = [body("a", "Ministry of Industry and Trade"), body("b", "Ministry of Labour", "MOL")]
    decision = Reconciler(known).institution("MIT", "KZ")
    assert decision.outcome is Outcome.AMBIGUOUS and decision.candidates[0].iri == X + "a"
    assert Reconciler(known).institution("mol", "KZ").iri == X + "b"


def test_what_was_learnt_is_known_to_the_next_name() -> None:
    reconciler = Reconciler([])
    assert reconciler.institution("Ministry of Health", "KZ").outcome is Outcome.UNKNOWN
    reconciler.learn(body("a", "Ministry of Health of Kazakhstan"))
    assert reconciler.institution("Health Ministry", "KZ").iri == X + "a"


def test_likeness_always_has_a_reason() -> None:
    one, other = read("institution", "Bank Serbia", "RS"), read("institution", "Bank", "RS")
    assert compare(one, other).reasons
    for decided in (pair.decide() for pair in ALL):
        assert all(candidate.reasons for candidate in decided.candidates)


def test_names_that_are_none_are_refused() -> None:
    for name in ("", "  ", "«»", "…"):
        with pytest.raises(InputError, match="no letter"):
            SHIPPED.institution(name, "KZ")
    with pytest.raises(InputError, match="no kind"):
        SHIPPED.decide("river", "Irtysh", "KZ")


def test_a_name_turned_round_is_another_for_a_university() -> None:
    known = [
        body("a", "University of Miami", country="US"),
        body("b", "Department of State", country="US"),
    ]
    reconciler = Reconciler(known)
    assert reconciler.institution("Miami University", "US").outcome is Outcome.AMBIGUOUS
    assert reconciler.institution("US State Department", "US").iri == X + "b"


def test_scripts_without_letter_case_are_kept_apart() -> None:
    known = [
        Known(X + "a", ("外交部",), "CN", "institution"),
        Known(X + "b", ("รัฐบาล",), "TH", "institution"),
    ]
    reconciler = Reconciler(known)
    assert reconciler.institution("外交部", "CN").iri == X + "a"
    assert reconciler.institution("商务部", "CN").outcome is Outcome.UNKNOWN
    assert reconciler.institution("รัฐบาล", "TH").iri == X + "b"
    assert reconciler.institution("รฐบาล", "TH").outcome is not Outcome.MATCH


# ---- New names and new bodies --------------------------------------------------------------------

CHANGES = """
@prefix bilat: <https://w3id.org/bilat/ns#> .
@prefix ck: <https://w3id.org/bilat/scheme/change-kind/> .
@prefix country: <https://w3id.org/bilat/id/country/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix x: <https://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

x:education a bilat:Institution ; rdfs:label "Ministry of Education of India"@en ;
    bilat:country country:IND ; bilat:hasName x:name-1, x:name-2 .
x:name-1 a bilat:NameRecord ; bilat:nameValue "Ministry of Human Resource Development"@en ;
    bilat:endDate "2020-07-29"^^xsd:date .
x:name-2 a bilat:NameRecord ; bilat:nameValue "Шикша мантралая"@ru ;
    bilat:startDate "2020-07-30"^^xsd:date .

x:mard a bilat:Institution ;
    rdfs:label "Ministry of Agriculture and Rural Development of Viet Nam"@en ;
    bilat:country country:VNM ; org:changedBy x:merger .
x:monre a bilat:Institution ;
    rdfs:label "Ministry of Natural Resources and Environment of Viet Nam"@en ;
    bilat:country country:VNM ; org:changedBy x:merger .
x:mae a bilat:Institution ; rdfs:label "Ministry of Agriculture and Environment of Viet Nam"@en ;
    bilat:country country:VNM .
x:merger a bilat:InstitutionChange ; bilat:changeKind ck:merger ;
    bilat:onDate "2025-03-01"^^xsd:date ;
    org:originalOrganization x:mard , x:monre ; org:resultingOrganization x:mae .

x:big a bilat:Institution ; rdfs:label "Ministry of Energy of Egypt"@en ;
    bilat:country country:EGY .
x:small a bilat:Institution ; rdfs:label "Ministry of Oil of Egypt"@en ; bilat:country country:EGY .
x:absorption a bilat:InstitutionChange ; bilat:changeKind ck:absorption ;
    org:originalOrganization x:big , x:small ; org:resultingOrganization x:big .
x:transfer a bilat:InstitutionChange ; bilat:changeKind ck:transfer-of-functions ;
    org:originalOrganization x:big ; org:resultingOrganization x:small .
"""


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Reconciler:
    path = tmp_path_factory.mktemp("changes") / "changes.ttl"
    path.write_text(CHANGES, encoding="utf-8")
    return Reconciler(known_entities([path]))


def test_a_renamed_body_keeps_its_iri(changed: Reconciler) -> None:
    for name in ("Ministry of Human Resource Development", "Education Ministry", "Шикша мантралая"):
        assert changed.institution(name, "IN").iri == X + "education"
    decision = changed.institution("Human Resource Development Ministry", "IN")
    assert any("former name" in reason for reason in decision.reasons)


def test_a_merged_body_is_pointed_to_its_successor(changed: Reconciler) -> None:
    for name in (
        "Ministry of Agriculture and Rural Development",
        "Ministry of Agriculture and Rural Development of Viet Nam",
    ):
        decision = changed.institution(name, "VN")
        assert (decision.outcome, decision.iri) == (Outcome.AMBIGUOUS, None)
        assert {X + "mard", X + "mae"} <= {c.iri for c in decision.candidates}
        assert "merger" in decision.reasons[0] and "2025-03-01" in decision.reasons[0]
    assert changed.institution("Ministry of Agriculture and Environment", "VN").iri == X + "mae"


def test_a_text_from_before_a_merger_means_the_old_body(changed: Reconciler) -> None:
    name = "Ministry of Agriculture and Rural Development"
    assert changed.institution(name, "VN", on="2024-08-19").iri == X + "mard"
    assert changed.institution(name, "VN", on="2025-03-01").outcome is Outcome.AMBIGUOUS


def test_what_takes_in_another_goes_on(changed: Reconciler) -> None:
    assert changed.institution("Ministry of Energy", "EG").iri == X + "big"
    assert changed.institution("Ministry of Oil", "EG").outcome is Outcome.AMBIGUOUS


def test_a_former_name_that_another_body_has_now_is_ambiguous() -> None:
    known = [
        body("old", "Ministry of Trade and Integration", former=("Ministry of Trade",)),
        body("new", "Ministry of Trade"),
        body("gone", "Ministry of Sport", end=End("dissolution")),
    ]
    reconciler = Reconciler(known)
    assert reconciler.institution("Ministry of Trade", "KZ").outcome is Outcome.AMBIGUOUS
    assert reconciler.institution("Ministry of Sports", "KZ").outcome is Outcome.AMBIGUOUS


def test_known_from_the_store_is_known_from_the_files(kg: bilat.KnowledgeGraph) -> None:
    from_files = known_entities([path for path, _ in kg.inputs.files()])
    engine = ox.Store()
    engine.extend(kg.store.quads())
    assert known_entities(engine) == from_files
    assert {known.kind for known in from_files} == {"institution", "person", "place"}
    health = next(k for k in from_files if k.iri.endswith("/kaz-ministry-of-health"))
    assert (health.country, health.form, health.end) == ("KZ", "ministry", None)
    assert "Health Ministry of Kazakhstan" in health.labels


def test_everything_shipped_is_found_by_its_own_labels(kg: bilat.KnowledgeGraph) -> None:
    missed = [
        (label, decision.outcome)
        for known in known_entities([path for path, _ in kg.inputs.files()])
        for label in known.labels
        if known.country
        and (decision := SHIPPED.decide(known.kind, label, known.country)).iri != known.iri
    ]
    assert missed == []


# ---- Judgements ----------------------------------------------------------------------------------


def judged(
    judgements: Judgements, decision: str, iri: str = "", name: str = "Ministry of Health"
) -> None:
    judgements.add(
        kind="institution",
        name=name,
        country="KZ",
        decision=decision,
        iri=iri,
        why="seen on its site",
        who="Ana",
    )


def test_a_judgement_goes_before_any_score(tmp_path: Path) -> None:
    path = tmp_path / FILE
    known = [body("a", "Ministry of Health"), body("b", "Directorate of Zoos")]
    judged(Judgements.load(path), "same", X + "b")
    decision = Reconciler(known, Judgements.load(path)).institution("«MINISTRY of health»", "KZ")
    assert (decision.outcome, decision.iri, decision.judged) == (Outcome.MATCH, X + "b", True)
    assert "seen on its site" in decision.reasons[0] and "Ana" in decision.reasons[0]
    other = Reconciler([body("c", "Ministry of Health", country="UZ")], Judgements.load(path))
    assert not other.institution("Ministry of Health", "UZ").judged


def test_different_takes_a_candidate_out() -> None:
    judgements = Judgements()
    reconciler = Reconciler([body("a", "Ministry of Health")], judgements)
    judged(judgements, "different", X + "a")
    decision = reconciler.institution("Ministry of Health", "KZ")
    assert (decision.outcome, decision.candidates) == (Outcome.UNKNOWN, ())
    assert any("not https://example.org/a" in reason for reason in decision.reasons)
    judged(judgements, "same", X + "a")
    assert reconciler.institution("Ministry of Health", "KZ").iri == X + "a"
    judged(judgements, "different", X + "a")
    assert reconciler.institution("Ministry of Health", "KZ").outcome is Outcome.UNKNOWN


def test_what_is_denied_gives_way_to_the_next() -> None:
    judgements = Judgements()
    known = [
        body("a", "Ministry of Health"),
        body("b", "Health Ministry"),
        body("c", "Ministry of Health and Sport"),
    ]
    reconciler = Reconciler(known, judgements)
    assert reconciler.institution("Ministry of Health", "KZ").iri == X + "a"
    judged(judgements, "different", X + "a")
    assert reconciler.institution("Ministry of Health", "KZ").iri == X + "b"
    judged(judgements, "different", X + "b")
    decision = reconciler.institution("Ministry of Health", "KZ")
    assert decision.outcome is Outcome.AMBIGUOUS and [c.iri for c in decision.candidates] == [
        X + "c"
    ]


def test_new_stays_unknown_until_it_is_minted() -> None:
    judgements = Judgements()
    reconciler = Reconciler([body("a", "Ministry of Health")], judgements)
    judged(judgements, "new", X + "b")
    decision = reconciler.institution("Ministry of Health", "KZ")
    assert (decision.outcome, decision.iri, decision.judged) == (Outcome.UNKNOWN, X + "b", True)
    reconciler.learn(body("b", "Ministry of Health"))
    assert reconciler.institution("Ministry of Health", "KZ").iri == X + "b"
    judged(judgements, "unsure")
    assert reconciler.institution("Ministry of Health", "KZ").outcome is Outcome.AMBIGUOUS


def test_a_judgement_is_one_line_with_all_its_columns(tmp_path: Path) -> None:
    path = tmp_path / FILE
    judgements = Judgements.load(path)
    judgements.add(
        kind="person",
        name="A\tB\nC",
        country=None,
        decision="unsure",
        why="two\r\nlines",
        who="Ana",
        when="2026-01-02",
    )
    header, line = path.read_text(encoding="utf-8").splitlines()
    assert header == "when\twho\tkind\tname\tcountry\tdecision\tiri\twhy"
    assert line == "2026-01-02\tAna\tperson\tA B C\t\tunsure\t\ttwo lines"
    assert list(Judgements.load(path)) == list(judgements)


HEADER = "when\twho\tkind\tname\tcountry\tdecision\tiri\twhy\n"


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("what\n", ":1:", "columns"),
        (HEADER + "2026\tAna\n", ":2:", "2 cells"),
        (HEADER + "\n2026\tAna\triver\tX\tKZ\tnew\t\twhy\n", ":3:", "'river' is no kind"),
        (HEADER + "2026\tAna\tplace\tX\tKAZ\tnew\t\twhy\n", ":2:", "alpha-2"),
        (HEADER + "2026\tAna\tplace\tX\tKZ\tperhaps\t\twhy\n", ":2:", "no decision"),
        (HEADER + "2026\tAna\tplace\tX\tKZ\tsame\t\twhy\n", ":2:", "needs the IRI"),
        (HEADER + "2026\tAna\tplace\tX\tKZ\tsame\tno iri\twhy\n", ":2:", "no IRI"),
        (HEADER + "2026\t\tplace\tX\tKZ\tnew\t\twhy\n", ":2:", "who"),
        (HEADER + "2026\tAna\tplace\tX\tKZ\tnew\t\t\n", ":2:", "why"),
    ],
)
def test_a_bad_line_is_named(text: str, place: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        Judgements.load(path)
    assert f"{path}{place}" in str(error.value) and reason in str(error.value)


def test_a_file_that_an_editor_left_is_taken(tmp_path: Path) -> None:
    path = tmp_path / FILE
    line = "2026\tAna\tplace\tX\tKZ\tnew\t\twhy"
    path.write_bytes(b"\xef\xbb\xbf" + (HEADER + line).replace("\n", "\r\n").encode())
    judgements = Judgements.load(path)
    assert len(judgements) == 1
    judged(judgements, "unsure")
    assert len(Judgements.load(path)) == 2


ADD = """
import sys
from bilat.judgements import Judgements
judgements = Judgements.load(sys.argv[1])
for number in range(int(sys.argv[3])):
    name, why = f"{sys.argv[2]} {number}", "w" * 500
    judgements.add(kind="place", name=name, country="KZ", decision="new", why=why, who="A")
    print(number, flush=True)
"""


def adding(path: Path, who: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", ADD, str(path), who, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_many_may_add_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / FILE
    running = [adding(path, f"writer {number}", 25) for number in range(4)]
    assert [process.communicate()[0].count("\n") for process in running] == [25] * 4
    names = [judgement.name for judgement in Judgements.load(path)]
    assert len(names) == len(set(names)) == 100


def test_a_killed_writer_loses_and_halves_nothing(tmp_path: Path) -> None:
    path = tmp_path / FILE
    kept = 0
    for round_ in range(8):
        with adding(path, f"round {round_}", 100_000) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.01 * round_)
            process.send_signal(signal.SIGKILL)
            kept += 1 + process.stdout.read().count("\n")
        found = Judgements.load(path)
        assert kept <= len(found) <= kept + round_ + 1  # a line may be there before it was reported
        assert all(len(judgement.why) == 500 for judgement in found)
    judged(Judgements.load(path), "unsure")
    assert [file.name for file in tmp_path.iterdir()] == [FILE]  # no draft is left lying about


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        judged(Judgements.load(tmp_path / "missing" / FILE), "new")


# ---- Properties ----------------------------------------------------------------------------------

ALL = pairs("tuned") + pairs("held")
a_pair = st.sampled_from(ALL)
a_way = st.sampled_from(
    [
        str.upper,
        str.lower,
        str.title,
        lambda name: normalize("NFD", name),
        lambda name: normalize("NFC", name),
        lambda name: re.sub("[\u0300-\u036f]", "", normalize("NFD", name)),
        lambda name: f"“{name}”",
        lambda name: f"  «{name}» ",
        lambda name: name.replace("'", "’").replace("-", "–"),
        lambda name: name.replace(" ", "\u00a0 "),
    ]
)
CYRILLIC = re.compile("[\u0400-\u04ff]")


@given(a_pair)
def test_it_does_not_matter_which_name_is_known(pair: Pair) -> None:
    one, other = pair.decide(), pair.turned().decide()
    assert one.outcome is other.outcome
    assert [c.score for c in one.candidates] == [c.score for c in other.candidates]


@given(a_pair, st.lists(a_way, min_size=1, max_size=3))
def test_case_marks_quotes_and_normal_forms_do_not_matter(pair: Pair, ways: list[object]) -> None:
    name = pair.name_a
    for way in ways:
        # a mark makes another letter in Cyrillic: “й” is no “и”
        written = normalize("NFC", way(name))  # type: ignore[operator]
        if not CYRILLIC.search(name) or written == normalize("NFC", name).strip():
            name = way(name)  # type: ignore[operator]
    changed, plain = pair._replace(name_a=name).decide(), pair.decide()
    assert changed.outcome is plain.outcome, (name, changed, plain)


@given(a_pair, st.sampled_from(["KZ", "RS", "FR", "JP", "BR"]))
def test_another_country_never_matches(pair: Pair, country: str) -> None:
    decision = pair._replace(country_a=country).decide()
    assert country == pair.country_b or (
        decision.outcome is Outcome.UNKNOWN and not decision.candidates
    )


@given(a_pair)
def test_a_name_matches_itself(pair: Pair) -> None:
    assert (
        pair._replace(name_b=pair.name_a, country_b=pair.country_a).decide().outcome
        is Outcome.MATCH
    )


@given(a_pair, st.sampled_from(["same", "different", "new", "unsure"]))
def test_a_judgement_wins_over_the_score(pair: Pair, decision: str) -> None:
    known = [
        Known(X + "a", (pair.name_b,), pair.country_a, pair.kind),
        body("other", "Something else"),
    ]
    judgements = Judgements()
    iri = {"same": X + "other", "different": X + "a"}.get(decision)
    judgements.add(
        kind=pair.kind,
        name=pair.name_a,
        country=pair.country_a,
        decision=decision,
        iri=iri,
        why="so",
        who="A",
    )
    found = Reconciler(known, judgements).decide(pair.kind, pair.name_a, pair.country_a)
    expected = {"same": Outcome.MATCH, "unsure": Outcome.AMBIGUOUS}.get(decision, Outcome.UNKNOWN)
    assert (found.outcome, found.judged) == (expected, True)
    assert found.iri == (X + "other" if decision == "same" else None)


@given(
    st.text(min_size=1, max_size=40),
    st.text(min_size=1, max_size=40),
    st.sampled_from(["institution", "person", "place"]),
)
@settings(max_examples=examples(300))
def test_any_text_is_taken_or_refused(one: str, other: str, kind: str) -> None:
    pair = Pair(one, "KZ", other, "KZ", kind, "", "")
    try:
        decision = pair.decide()
    except InputError:
        return
    assert all(0 <= c.score <= 1 and c.reasons for c in decision.candidates)
    assert (decision.iri is not None) == (decision.outcome is Outcome.MATCH)


# ---- The command and the folder of own data ------------------------------------------------------


def test_the_command_says_what_and_why(run: Run) -> None:
    result = run("reconcile", "Health Ministry", "--country", "Казахстан")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("match: institution:kaz-ministry-of-health\n")
    given_json = json.loads(
        run("reconcile", "Ministry of Culture", "--country", "KZ", "--format", "json").stdout
    )
    assert given_json["outcome"] == "ambiguous" and given_json["candidates"][0]["reasons"]


def test_the_command_records_and_uses_a_decision(run: Run, tmp_path: Path) -> None:
    culture = ("reconcile", "Ministry of Culture", "--country", "KZ", "--data", tmp_path)
    iri = "institution:kaz-ministry-of-culture-and-information"
    done = run(*culture, "--same", iri, "--why", "its site says so", "--who", "Ana")
    assert done.returncode == 0 and done.stdout.startswith(f"match: {iri}\n"), done.stderr
    again = run("reconcile", "ministry of culture", "--country", "kz", "--data", tmp_path)
    assert again.stdout.startswith(f"match: {iri}\n") and "its site says so" in again.stdout
    person = run(
        *("reconcile", "V. Putin", "--kind", "person", "--country", "RU", "--data", tmp_path),
        *("--new", "--why", "a namesake", "--who", "Ana"),
    )
    assert person.stdout.startswith("unknown: no IRI\n")
    assert len(Judgements.load(tmp_path / FILE)) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--country", "Kazakstan"), "did you mean 'Kazakhstan'"),
        (("--new", "--who", "A", "--why", "w"), "--data DIR"),
        (("--new", "--unsure", "--why", "w"), "exclude each other"),
        (("--new", "--who", "A"), "--why TEXT"),
        (("--data", "nowhere"), "no such directory"),
    ],
)
def test_the_command_says_what_is_missing(words: tuple[str, ...], message: str, run: Run) -> None:
    result = run("reconcile", "X", *words)
    assert result.returncode == 2 and message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--same", "institution:kaz-ministry-of-helth"), "near are institution:kaz-ministry-of-h"),
        (("--different", "institution:kaz-ministry-of-helth"), "is not known"),
        (("--same", "institution:srb-ministry-of-culture"), "is of RS, the name of KZ"),
        (("--same", "place:astana"), "is a place"),
    ],
)
def test_an_iri_that_cannot_be_meant_is_refused(
    words: tuple[str, ...], message: str, run: Run, tmp_path: Path
) -> None:
    name = ("reconcile", "Ministry of Culture", "--country", "KZ", "--data", tmp_path)
    result = run(*name, *words, "--why", "w", "--who", "Ana")
    assert (result.returncode, "Traceback" in result.stderr) == (2, False)
    assert message in result.stderr
    assert not (tmp_path / FILE).exists()


def test_a_judgement_of_something_unknown_is_no_match() -> None:
    judgements = Judgements()
    judged(judgements, "same", X + "gone")
    decision = Reconciler([body("culture", "Ministry of Culture")], judgements).institution(
        next(iter(judgements)).name, "KZ"
    )
    assert (decision.outcome, decision.iri) == (Outcome.AMBIGUOUS, None)
    assert "not known" in decision.reasons[0]


def test_who_decides_is_the_user_by_any_account(run: Run, tmp_path: Path) -> None:
    done = run("reconcile", "X", "--country", "KZ", "--data", tmp_path, "--new", "--why", "w")
    assert done.returncode == 0, done.stderr
    assert next(iter(Judgements.load(tmp_path / FILE))).who


def test_own_data_is_known(tmp_path: Path) -> None:
    assert (
        open_reconciler(tmp_path).institution("Ministry of Culture", "RS").outcome is Outcome.MATCH
    )
    (tmp_path / "own.ttl").write_text(CHANGES, encoding="utf-8")
    assert open_reconciler(tmp_path).institution("Education Ministry", "IN").iri == X + "education"


def test_countries_go_by_any_name() -> None:
    assert {
        countries().code(name) for name in ("KZ", "kaz", "Kazakhstan", "Қазақстан", "КАЗАХСТАН")
    } == {"KZ"}
    assert countries().code(f"{BASE}country/SRB") == "RS"
    with pytest.raises(NotFoundError, match="did you mean"):
        countries().code("Serbya")
