"""What the readers of places have in common: what is stated, and from where to where."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from bilat.findings import Place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


#: How many bytes of a line are kept on both sides.
AROUND = 400


class Span(NamedTuple):
    """From the first to before the last; of bytes, where nothing else is said."""

    start: int
    end: int


class Spans(NamedTuple):
    """Where the terms of a triple stand."""

    subject: Span
    predicate: Span
    object: Span


class Stated(NamedTuple):
    """A triple that a file states, as findings write nodes, and for its reader to know where."""

    subject: str
    predicate: str
    object: str
    where: Any


class Text(Protocol):
    """A file that can tell where it states something."""

    data: bytes

    def find(self, subjects: Collection[str], objects: Collection[str]) -> Iterator[Stated]:
        """What the file states with one of the subjects, or of the objects, in order."""

    def spans(self, where: Any) -> Spans | None:
        """Where the terms of a triple stand that :meth:`find` gave; None where that is unknown."""


class Lines:
    """The lines of a file, to tell places in it."""

    def __init__(self, file: str, data: bytes) -> None:
        self.file, self._data = file, data
        self._starts = [0, *(match.end() for match in re.finditer(b"\n", data))]

    def place(self, span: Span | None) -> Place:
        """The place of the bytes; without them the file alone."""
        if span is None:
            return Place(self.file)
        data = self._data
        line, column = self._position(span.start)
        line_end = data.find(b"\n", span.start)
        # a file may be one line
        line_end = min(line_end if line_end >= 0 else len(data), span.start + AROUND)
        cut = max(self._starts[line - 1], span.start - AROUND)
        while data[cut : cut + 1] and data[cut] & 0xC0 == 0x80:  # inside a character
            cut += 1
        excerpt = data[cut:line_end].decode(errors="ignore").rstrip("\r")
        end = self._position(span.end)
        return Place(self.file, line, column, *end, excerpt, self._position(cut)[1])

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, len(self._data[self._starts[line - 1] : offset].decode()) + 1
