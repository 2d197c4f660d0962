"""Places in N-Triples and N-Quads, where each statement is a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from bilat.files import naming
from bilat.findings import text_of
from bilat.positions.text import Span, Spans, Stated

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

TERM = re.compile(
    rb'<[^>]*+>|_:[^\s<>"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"(?:@[a-zA-Z0-9-]++|\s*+\^\^\s*+<[^>]*+>)?'
)

# lines that begin with the same term
_RUN = re.compile(rb"[ \t\r]*+(?:(\S++)[^\n]*+(?:\n\1[ \t][^\n]*+)*+)?\n?")


class LinesText:
    """A file in N-Triples or N-Quads, whose bytes the engine has read without complaint."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def find(self, subjects: Collection[str], objects: Collection[str]) -> Iterator[Stated]:
        """What the file states with one of the subjects, or of the objects, in order."""
        named = naming(self.data)
        for start, line in self._lines(subjects, everything=bool(objects)):
            for quad in ox.parse(line, format=ox.RdfFormat.N_QUADS):
                subject, object = text_of(named(quad.subject)), text_of(named(quad.object))
                named(quad.graph_name)
                if subject in subjects or object in objects:
                    yield Stated(subject, quad.predicate.value, object, start)

    def _lines(self, subjects: Collection[str], everything: bool) -> Iterator[tuple[int, bytes]]:
        """The lines that may be about the subjects; all where blank nodes are to be counted."""
        everything = everything or b"_:" in self.data
        written = {f"<{subject}>".encode() for subject in subjects}
        for run in _RUN.finditer(self.data):
            first = run[1] or b""
            # what is not plain in the first term is for the engine to read
            plain = first.endswith(b">") and b"\\" not in first
            if first and (everything or not plain or first in written):
                start = run.start()
                for line in run[0].split(b"\n"):
                    yield start, line
                    start += len(line) + 1

    def spans(self, where: int) -> Spans:
        """Where the terms of a triple stand that :meth:`find` gave."""
        terms = []
        for _ in range(3):
            match = TERM.search(self.data, where)
            assert match, f"no term at byte {where} of what the engine has read"
            terms.append(Span(*match.span()))
            where = match.end()
        return Spans(*terms)
