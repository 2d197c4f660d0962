"""Reports of findings for people at a terminal and for code hosts."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bilat.files import GENID
from bilat.findings import shown
from bilat.namespaces import SHAPES, compact
from bilat.results import printable
from bilat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilat.findings import Finding, Place, Report

#: How wide a line of a file is shown where the output has no width.
WIDTH = 100

_COLOURS = {"error": "31", "violation": "31", "warning": "33", "info": "36"}


# ---- text, as compilers write it


def text(report: Report, width: int, colour: bool) -> str:
    """Each finding with its line of the file, and a last line that counts them."""
    blocks = ("\n".join(_block(f, width or WIDTH, colour)) for f in report.findings)
    return "\n\n".join([*blocks, report.count()]) + "\n"


def _block(finding: Finding, width: int, colour: bool) -> Iterator[str]:
    def paint(text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if colour else text

    hue = _COLOURS[finding.severity]
    name = paint(f"{finding.severity}[{rule(finding)}]", f"1;{hue}")
    yield f"{name}{paint(': ' + _in_line(finding.message), '1')}"
    place = finding.place
    gutter = " " * len(str(place.line if place else 0))
    bar = paint("|", "1;34")
    if place:
        yield f"{gutter}{paint('-->', '1;34')} {printable(str(place))}"
    if place and place.line:
        line, caret = excerpt(place, max(width - len(gutter) - 3, 20))
        yield f"{gutter} {bar}"
        yield f"{paint(str(place.line), '1;34')} {bar} {line}".rstrip()
        yield f"{gutter} {bar} {paint(caret, f'1;{hue}')}"
    for word, value in _notes(finding):
        yield f"{gutter} {paint('=', '1;34')} {paint(word + ':', '1')} {_in_line(value)}"


def _in_line(text: str) -> str:
    """The text in one line: what begins a line of a log may be a command to who reads it."""
    return " ".join(printable(text).splitlines())


def _notes(finding: Finding) -> Iterator[tuple[str, str]]:
    if finding.row:
        yield "row", f"{finding.row[0]} row {finding.row[1]}"
    if finding.severity != "error":
        yield "focus", _focus(finding)
    if finding.expected:
        yield "expected", finding.expected
    if finding.shape:
        yield "shape", f"{_shape(finding)} ({compact(finding.component)})"
    for place in finding.also:
        yield "also", str(place)


def _focus(finding: Finding) -> str:
    if finding.focus.startswith(GENID):
        return "a node without a name"
    focus = shown(finding.focus)
    same = finding.focus_label in (focus, "")
    return focus if same else f"{finding.focus_label} ({focus})"


def rule(finding: Finding) -> str:
    """What the finding breaks, in a word: its shape, else the constraint's component."""
    return _shape(finding) if finding.shape else compact(finding.component)


def _shape(finding: Finding) -> str:
    inside = finding.shape.startswith(SHAPES)
    return f"shape:{finding.shape[len(SHAPES) :]}" if inside else compact(finding.shape)


def excerpt(place: Place, width: int) -> tuple[str, str]:
    """The line of the place and the marks below it, both cut to so many columns."""
    begin = place.column - place.excerpt_column
    same = place.end_line == place.line
    end = place.end_column - place.excerpt_column if same else len(place.excerpt)
    cells = [_cell(character) for character in place.excerpt]
    widths = [_columns(cell) for cell in cells]
    # before the marks at most a half, the rest after
    first = begin
    while first and sum(widths[first - 1 : begin]) <= width // 2:
        first -= 1
    last = first
    while last < len(cells) and sum(widths[first : last + 1]) <= width - 2:
        last += 1
    if last == len(cells):
        while first and sum(widths[first - 1 :]) <= width - 2:
            first -= 1
    left = "…" if first or place.excerpt_column > 1 else ""
    right = "…" if last < len(cells) else ""
    marks = max(sum(widths[begin : min(end, last)]), 1)
    caret = " " * (len(left) + sum(widths[first:begin])) + "^" * marks
    return left + "".join(cells[first:last]) + right, caret


def _cell(character: str) -> str:
    if character == "\t":
        return "    "
    joined = unicodedata.category(character) in ("Mn", "Me")
    return character if character.isprintable() or joined else "�"


def _columns(cell: str) -> int:
    if len(cell) > 1:
        return len(cell)
    if unicodedata.category(cell) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(cell) in "WF" else 1


# ---- SARIF 2.1.0, which code hosts show beside the lines of a change

#: How many characters of a description code hosts take.
_MOST = 1000

_LEVELS = {"error": "error", "violation": "error", "warning": "warning", "info": "note"}


def sarif(report: Report) -> str:
    """The findings as a SARIF 2.1.0 log with one run.

    https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
    """
    rules = sorted({rule(finding) for finding in report.findings})
    driver = {
        "name": "bilat",
        "semanticVersion": __version__,
        "rules": [_sarif_rule(name, report.findings) for name in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(finding, rules) for finding in report.findings],
    }
    schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
    log = {"$schema": schema + "sarif-schema-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _sarif_rule(name: str, findings: Sequence[Finding]) -> dict[str, Any]:
    finding = next(finding for finding in findings if rule(finding) == name)
    is_file = finding.severity == "error"
    short = "A file can be read." if is_file else f"The data conforms to {name}."
    asked = short if is_file else finding.message.partition(" Found: ")[0]
    described: dict[str, Any] = {
        "id": name,
        "shortDescription": {"text": short},
        "fullDescription": {"text": asked[:_MOST]},
        "help": {"text": f"{asked[:_MOST]}\n{finding.shape}".strip()},
    }
    if finding.shape.startswith(("http://", "https://")):
        described["helpUri"] = finding.shape
    return described


def _sarif_result(finding: Finding, rules: list[str]) -> dict[str, Any]:
    name = rule(finding)
    expected = f" Expected: {finding.expected}." if finding.expected else ""
    row = f" ({finding.row[0]} row {finding.row[1]})" if finding.row else ""
    cause = "\n".join(part or "" for part in finding.cause)
    result: dict[str, Any] = {
        "ruleId": name,
        "ruleIndex": rules.index(name),
        "level": _LEVELS[finding.severity],
        "message": {"text": _sentence(finding.message) + expected + row},
        "partialFingerprints": {"cause/v1": hashlib.sha256(cause.encode()).hexdigest()},
    }
    if finding.place:
        about = {"fullyQualifiedName": finding.focus, "name": finding.focus_label}
        result["locations"] = [_sarif_location(finding.place) | {"logicalLocations": [about]}]
    if finding.also:
        result["relatedLocations"] = [_sarif_location(place) for place in finding.also]
    return result


def _sentence(text: str) -> str:
    """The text with a full stop, if it has no end yet: the messages of parsers have none."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _sarif_location(place: Place) -> dict[str, Any]:
    path = place.file.replace("\\", "/")
    uri = ("file://" if path.startswith("/") else "") + quote(path, safe="/~")
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if place.line:
        physical["region"] = {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        }
    return {"physicalLocation": physical}


# ---- commands to GitHub's runners, which become annotations

_COMMANDS = {"error": "error", "violation": "error", "warning": "warning", "info": "notice"}


def github(report: Report) -> str:
    """One workflow command for each finding, and a last line that counts them.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    return "\n".join([*map(_command, report.findings), report.count()]) + "\n"


def _command(finding: Finding) -> str:
    given: dict[str, object] = {}
    place = finding.place
    if place:
        given["file"] = place.file
    if place and place.line:
        given |= {"line": place.line, "endLine": place.end_line, "col": place.column}
        if place.end_line == place.line:
            given["endColumn"] = place.end_column
    given["title"] = f"{finding.severity} {rule(finding)}"
    notes = [f"{word}: {value}" for word, value in _notes(finding) if word != "shape"]
    words = "\n".join([finding.message, *notes])
    options = ",".join(f"{name}={_option(str(value))}" for name, value in given.items())
    return f"::{_COMMANDS[finding.severity]} {options}::{_data(words)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _option(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
