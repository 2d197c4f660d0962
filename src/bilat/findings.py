"""What a validation finds: findings, each with its place in a file, and a report of them."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, replace
from functools import total_ordering
from typing import TYPE_CHECKING, Any, Literal

import pyoxigraph as ox

from bilat.namespaces import PREFIXES, compact
from bilat.results import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Severity = Literal["error", "violation", "warning", "info"]
Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

SH = PREFIXES["sh"]
RDF_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")

#: The worst first; an ``error`` is a file that cannot be read, the others are SHACL's severities.
SEVERITIES: tuple[Severity, ...] = ("error", "violation", "warning", "info")

#: How many characters of one literal a message shows.
MAX_LITERAL = 120


@dataclass(frozen=True, order=True)
class Place:
    """Where in a file something stands: from a line and column (from 1, in characters) to an end.

    The end is exclusive. ``excerpt`` is the text of the first line, from ``excerpt_column`` on.
    """

    file: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    excerpt: str = ""
    excerpt_column: int = 1

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


@total_ordering
@dataclass(frozen=True)
class Finding:
    """One result of validation: which node breaks which constraint, why, and where.

    ``focus`` and ``value`` are an IRI, or a literal in N-Triples syntax (it begins with ``"``);
    ``path`` is the IRI of a property, or None where the constraint is on the node or a longer path.
    ``shape`` is the IRI of ``sh:sourceShape`` (empty where that is a blank node), ``component`` of
    ``sh:sourceConstraintComponent``. ``also`` are the places of other files that state the same.
    Findings sort by severity (worst first), place and focus.
    """

    severity: Severity
    focus: str
    focus_label: str
    path: str | None
    value: str | None
    message: str
    shape: str
    component: str
    place: Place | None = None
    also: tuple[Place, ...] = ()
    #: what the constraint asks for, in words; empty where only the message says it
    expected: str = ""
    #: the file and the row of the table that the focus was imported from
    row: tuple[str, int] | None = None

    @property
    def file(self) -> str | None:
        """The file in which it stands."""
        return self.place.file if self.place else None

    @property
    def line(self) -> int | None:
        """The line, from 1."""
        return self.place.line or None if self.place else None

    @property
    def column(self) -> int | None:
        """The column, from 1, in characters."""
        return self.place.column or None if self.place else None

    @property
    def cause(self) -> tuple[str | None, ...]:
        """What makes two findings the same, whatever their wording and place."""
        return (self.severity, self.focus, self.path, self.value, self.shape, self.component)

    def _order(self) -> tuple[object, ...]:
        place = self.place or Place("")
        about = (self.focus_label, self.focus, self.path or "", self.value or "")
        rule = (self.shape, self.component, self.message, self.expected)
        rest = (self.also, self.row or ("", 0))
        return (SEVERITIES.index(self.severity), place, *about, *rule, *rest)

    def __lt__(self, other: Finding) -> bool:
        return self._order() < other._order()


@dataclass(frozen=True)
class Report:
    """The findings of one validation, in order."""

    findings: tuple[Finding, ...] = ()

    @property
    def conforms(self) -> bool:
        """Whether there is no finding of any severity, as ``sh:conforms`` has it."""
        return not self.findings

    def to_json(self) -> str:
        """An object with ``conforms`` and ``findings``; each finding has all its fields."""
        findings = [_json(finding) for finding in self.findings]
        body = {"conforms": self.conforms, "findings": findings}
        return json.dumps(body, ensure_ascii=False, indent=2) + "\n"

    def to_turtle(self) -> str:
        """The ``sh:ValidationReport`` of SHACL 1.0; the same bytes for the same findings."""
        triples = _report_triples(self.findings)
        data = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes={"sh": SH})
        return (data or b"").decode()

    def to_table(self, width: int = 0) -> str:
        """The findings for people, one to a row, and a last line that counts them."""
        if not self.findings:
            return "no findings\n"
        header = ("severity", "file", "focus", "path", "value", "message")
        rows = [_table_row(finding) for finding in self.findings]
        return f"{table(header, rows, width)}\n\n{self.count()}\n"

    def to_text(self, width: int = 0, colour: bool = False) -> str:
        """The findings as a compiler writes them, each with the line of its file."""
        from bilat.reports import text

        return text(self, width, colour)

    def to_sarif(self) -> str:
        """A SARIF 2.1.0 log, which code hosts show beside the lines of a change."""
        from bilat.reports import sarif

        return sarif(self)

    def to_github(self) -> str:
        """Workflow commands that GitHub turns into annotations."""
        from bilat.reports import github

        return github(self)

    def relative_to(self, folder: str) -> Report:
        """The report with the files below the folder named from there."""

        def short(place: Place) -> Place:
            inside = place.file.startswith(folder.rstrip("/") + "/")
            return replace(place, file=os.path.relpath(place.file, folder)) if inside else place

        return Report(
            tuple(
                replace(f, place=f.place and short(f.place), also=tuple(map(short, f.also)))
                for f in self.findings
            )
        )

    def count(self) -> str:
        """How many findings there are of each severity, in words."""
        counts = Counter(finding.severity for finding in self.findings)
        named = [f"{counts[name]} {name}{'s'[: counts[name] != 1]}" for name in counts]
        return ", ".join(named) or "no findings"


def shown(text: str) -> str:
    """A node for people: ``prefix:name``, or a literal cut to a fair length."""
    if not text.startswith('"'):
        return compact(text)
    literal = literal_of(text)
    value = literal.value
    cut = value if len(value) <= MAX_LITERAL else value[:MAX_LITERAL] + "…"
    if literal.language:
        return f'"{cut}"@{literal.language}'
    kind = compact(literal.datatype.value)
    return f'"{cut}"' if kind == "xsd:string" else f'"{cut}"^^{kind}'


def text_of(node: Node) -> str:
    """The node as a finding has it: a bare IRI, or a literal in N-Triples syntax."""
    return node.value if isinstance(node, ox.NamedNode) else str(node)


def node_of(text: str) -> ox.NamedNode | ox.Literal:
    """The node of a text that :func:`text_of` gave."""
    return literal_of(text) if text.startswith('"') else ox.NamedNode(text)


def literal_of(text: str) -> ox.Literal:
    """The literal that N-Triples writes so."""
    line = f"<urn:s> <urn:p> {text} ."
    literal = next(iter(ox.parse(line, format=ox.RdfFormat.N_TRIPLES))).object
    assert isinstance(literal, ox.Literal)
    return literal


def _json(finding: Finding) -> dict[str, Any]:
    place = finding.place or Place("")
    return {
        "severity": finding.severity,
        "focus": finding.focus,
        "focus_label": finding.focus_label,
        "path": finding.path,
        "value": finding.value,
        "message": finding.message,
        "expected": finding.expected,
        "shape": finding.shape,
        "component": finding.component,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "end_line": place.end_line or None,
        "end_column": place.end_column or None,
        "also": [str(place) for place in finding.also],
        "table": finding.row and {"file": finding.row[0], "row": finding.row[1]},
    }


def _report_triples(findings: Sequence[Finding]) -> Iterator[ox.Triple]:
    def sh(name: str) -> ox.NamedNode:
        return ox.NamedNode(SH + name)

    report = ox.BlankNode("report")
    listed = [finding for finding in findings if finding.severity != "error"]
    results = [ox.BlankNode(f"result{n}") for n in range(1, len(listed) + 1)]
    yield ox.Triple(report, RDF_TYPE, sh("ValidationReport"))
    yield ox.Triple(report, sh("conforms"), ox.Literal(not findings))
    for result in results:
        yield ox.Triple(report, sh("result"), result)
    for result, finding in zip(results, listed, strict=True):
        yield ox.Triple(result, RDF_TYPE, sh("ValidationResult"))
        yield ox.Triple(result, sh("resultSeverity"), sh(finding.severity.capitalize()))
        terms = {
            "focusNode": finding.focus,
            "resultPath": finding.path,
            "value": finding.value,
            "sourceShape": finding.shape,
            "sourceConstraintComponent": finding.component,
        }
        for name, text in terms.items():
            if text:
                yield ox.Triple(result, sh(name), node_of(text))
        yield ox.Triple(result, sh("resultMessage"), ox.Literal(finding.message))


def _table_row(finding: Finding) -> list[str]:
    place = str(finding.place or "")
    path = compact(finding.path) if finding.path else ""
    focus = compact(finding.focus)
    named = focus if focus == finding.focus_label else f"{finding.focus_label} ({focus})"
    return [finding.severity, place, named, path, shown(finding.value or ""), finding.message]
