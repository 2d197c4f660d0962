"""What was left out of an import: a line for each, counted by reason."""

from __future__ import annotations

import csv
from collections import Counter
from typing import IO, NamedTuple

from bilat.errors import InputError

HEADER = ("file", "row", "column", "value", "reason", "line", "left_out")

#: What a line of the rejects says was left out.
ROW, VALUE, NOTHING = "row", "value", "nothing"


class Place(NamedTuple):
    """Where in which file: row and line."""

    file: str
    row: int
    line: int


class RowLeftOut(Exception):
    """Ends the reading of a row that cannot be taken in; the reason has been told already."""


class Rejects:
    """Takes what is left out; with ``strict`` the first of it is an InputError."""

    def __init__(self, file: IO[str] | None, strict: bool = False) -> None:
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self._strict = strict
        self._writer = csv.writer(file, lineterminator="\n") if file else None
        if self._writer:
            self._writer.writerow(HEADER)

    def __len__(self) -> int:
        return self.counts.total()

    @property
    def rows(self) -> int:
        """How many rows were left out."""
        return sum(count for (what, _, _), count in self.counts.items() if what == ROW)

    def add(self, place: Place, column: str, value: str, reason: str, what: str = VALUE) -> None:
        """A cell that cannot be read, or a row that it keeps out.

        What follows a colon in the reason is of the one cell, and not counted apart.
        """
        if self._strict:
            where = f"{place.file}:{place.line}: row {place.row}"
            cell = f", column {column!r}: {value!r}" if column else ""
            raise InputError(f"{where}{cell}: {reason}")
        self.counts[what, column, reason.partition(":")[0]] += 1
        if self._writer:
            self._writer.writerow((place.file, place.row, column, value, reason, place.line, what))
