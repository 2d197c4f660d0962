"""Where in its file each finding stands: the triple, or the subject's block where one is missing.

Loaded only where there is a finding. A file is searched by its reader's ``find``; only what is
pointed at is looked up in the text.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bilat.files import read_utf8
from bilat.findings import RDF_TYPE, Finding, Place, literal_of
from bilat.namespaces import PREFIXES
from bilat.positions.jsonld import JsonText
from bilat.positions.lines import LinesText
from bilat.positions.text import Lines
from bilat.positions.turtle import TurtleText
from bilat.positions.xml import XmlText

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from bilat.positions.text import Stated, Text

READERS: dict[str, Callable[[bytes], Text]] = {
    ".ttl": TurtleText,
    ".trig": TurtleText,
    ".nt": LinesText,
    ".nq": LinesText,
    ".jsonld": JsonText,
    ".rdf": XmlText,
}

#: How many other places of a finding are told.
MAX_ALSO = 3

_EVIDENCE, _ROW = PREFIXES["bilat"] + "evidence", PREFIXES["bilat"] + "rowNumber"
_SOURCE, _NAME = PREFIXES["oa"] + "hasSource", PREFIXES["bilat"] + "fileName"


class _At(NamedTuple):
    """A triple in one of the files."""

    text: Text
    lines: Lines
    stated: Stated

    def place(self, term: int) -> Place:
        """Where the subject, the predicate or the object stands."""
        spans = self.text.spans(self.stated.where)
        return self.lines.place(spans[term] if spans else None)


def locate(findings: Iterable[Finding], files: Sequence[Path]) -> list[Finding]:
    """The findings, in order, each with the place in the files where it stands.

    It points at the value where that is known, at the property where that has any value, else at
    the subject where its type is stated. What no file states keeps no place.
    """
    findings = list(findings)
    texts = _Texts(files)
    focuses = {finding.focus for finding in findings}
    literals = {focus for focus in focuses if focus.startswith('"')}
    stated = texts.about(focuses - literals, literals)
    missing = focuses - stated.keys()
    if missing:
        stated |= texts.about((), missing)
    rows = _rows(texts, stated)
    return sorted(_located(finding, stated.get(finding.focus, []), rows) for finding in findings)


class _Texts:
    """The files, of which those that were of use are kept in memory."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = list(dict.fromkeys(files))
        self._kept: dict[Path, tuple[Text, Lines]] = {}

    def with_rows(self) -> _Texts:
        """Those of use that may have rows of tables in them: a row is where its facts are."""
        texts = _Texts([])
        texts._kept = {
            file: (text, lines)
            for file, (text, lines) in self._kept.items()
            if b"rowNumber" in text.data
        }
        texts._files = list(texts._kept)
        return texts

    def about(self, subjects: Collection[str], objects: Collection[str]) -> dict[str, list[_At]]:
        """What the files state about each of the subjects, or with each of the objects."""
        found: dict[str, list[_At]] = defaultdict(list)
        for file in self._files:
            text, lines = self._kept.get(file) or (
                READERS[file.suffix.lower()](read_utf8(file)),
                None,
            )
            for stated in text.find(subjects, objects):
                lines = lines or Lines(str(file), text.data)
                node = stated.subject if stated.subject in subjects else stated.object
                found[node].append(_At(text, lines, stated))
                self._kept[file] = text, lines
        return dict(found)


def _located(finding: Finding, stated: list[_At], rows: dict[str, tuple[str, int]]) -> Finding:
    if not stated:
        return finding
    term, those = _pointed(finding, stated)
    first, *also = dict.fromkeys(at.place(term) for at in those[: MAX_ALSO + 1])
    return replace(finding, place=first, also=tuple(also), row=rows.get(finding.focus))


_SUBJECT, _PREDICATE, _OBJECT = range(3)


def _pointed(finding: Finding, stated: list[_At]) -> tuple[int, list[_At]]:
    """Which term to point at, and in which triples."""
    own = [at for at in stated if at.stated.subject == finding.focus]
    if not own:
        return _OBJECT, stated
    if finding.path:
        same = [at for at in own if at.stated.predicate == finding.path]
        exact = [at for at in same if at.stated.object == finding.value]
        if same:
            return (_OBJECT, exact) if exact else (_PREDICATE, same)
    elif finding.value not in (None, finding.focus):
        exact = [at for at in own if at.stated.object == finding.value]
        if exact:
            return _OBJECT, exact
    # of a block that many lines make up the first is meant
    typed = [at for at in own if at.stated.predicate == RDF_TYPE.value] or own
    return _SUBJECT, list({at.lines.file: at for at in reversed(typed)}.values())[::-1]


def _rows(texts: _Texts, stated: dict[str, list[_At]]) -> dict[str, tuple[str, int]]:
    """The file and row of the table that each of the nodes was imported from."""

    def values(about: dict[str, list[_At]], predicate: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for node, those in about.items():
            for at in those:
                if at.stated.subject == node and at.stated.predicate == predicate:
                    found.setdefault(node, at.stated.object)
        return found

    evidence = values(stated, _EVIDENCE)
    texts = texts.with_rows()
    about_rows = texts.about(set(evidence.values()), ())
    numbers, tables = values(about_rows, _ROW), values(about_rows, _SOURCE)
    about_tables = texts.about(set(tables.values()), ()) if numbers else {}
    names = values(about_tables, _NAME)
    return {
        node: (literal_of(names[tables[row]]).value, int(literal_of(numbers[row]).value))
        for node, row in evidence.items()
        if row in numbers
        and tables.get(row) in names
        and literal_of(numbers[row]).value.isdecimal()
    }
