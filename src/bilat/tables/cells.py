"""A profile's table bound to a file: the cells of a row as texts, days, states and concepts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from bilat.errors import InputError
from bilat.rdf.rows import When
from bilat.tables.dates import DateError, between, parse
from bilat.tables.rejects import NOTHING, ROW, VALUE, Place, RowLeftOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bilat.tables.profiles import Column, Profile, TableProfile
    from bilat.tables.reading import Row, Table
    from bilat.tables.rejects import Rejects
    from bilat.tables.states import Side, States

# not U+200C and U+200D, which belong to the spelling of Persian and of Indian languages
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


#: Why a row or a value is left out.
NOTHING_STATED = "nothing is stated, and the row needs it"
NO_COUNTRY = "an organisation is no country"


class Field(NamedTuple):
    """A column of the profile with where its cells stand in the file."""

    slot: str
    column: Column
    at: tuple[int, ...]
    header: str


@dataclass(frozen=True)
class Coded:
    """A word of a cell and the concept that the profile's code list has for it, if any."""

    word: str
    concept: str | None
    language: str


class Bound:
    """A table of a profile and a file that has its columns.

    ``role`` tells the files of a source apart. Raises InputError where a column is missing or
    stands twice.
    """

    def __init__(self, profile: Profile, part: TableProfile, table: Table, role: str) -> None:
        self.profile, self.part, self.table, self.role = profile, part, table, role
        self.fields = {
            slot: tuple(f for c in columns if (f := self._field(slot, c)) is not None)
            for slot, columns in part.columns.items()
        }
        self.measures = tuple(
            Field(name, column, (at,), table.header[at])
            for name, column in part.measures.items()
            if (at := self._find(column.parts[0])) is not None
        )
        self.width = len(table.header)
        self.first: int | None = None
        self.count = 0

    def _field(self, slot: str, column: Column) -> Field | None:
        at = [self._find(names) for names in column.parts]
        found = tuple(i for i in at if i is not None)
        if len(found) < len(at):
            if column.optional:
                return None
            raise InputError(lacking(self.table, self.part, self.profile))
        header = "/".join(self.table.header[i] for i in found)
        return Field(slot, column, found, header)

    def _find(self, names: Sequence[str]) -> int | None:
        header = self.table.header
        for name in names:
            at = [i for i, known in enumerate(header) if known.casefold() == name.casefold()]
            if len(at) > 1:
                raise InputError(
                    f"{self.table.path}: has the column {name!r} {len(at)} times (columns "
                    f"{', '.join(str(i + 1) for i in at)}); rename all but one"
                )
            if at:
                return at[0]
        return None

    def rows(self, rejects: Rejects, done: Callable[[int], None]) -> Iterator[Cells]:
        """The rows of the file; one that has too few or too many cells is rejected."""
        for row in islice(self.table.rows(done), self.first):
            self.count += 1
            cells = Cells(self, row, rejects)
            if len(row.cells) != self.width:
                reason = "the row has not as many cells as the header"
                rejects.add(cells.place, "", str(len(row.cells)), reason, ROW)
                continue
            yield cells


def missing_columns(table: Table, part: TableProfile) -> list[tuple[str, ...]]:
    """The columns of the profile's table that the file has not, each with its alternatives."""
    there = {name.casefold() for name in table.header}
    lacks = (
        names
        for columns in (*part.columns.values(), part.measures.values())
        for column in columns
        for names in column.parts
        if not column.optional and not any(name.casefold() in there for name in names)
    )
    # several slots may read one column, and case does not matter
    alternatives = (tuple({name.casefold(): name for name in names}.values()) for names in lacks)
    return list(dict.fromkeys(alternatives))


def lacking(table: Table, part: TableProfile, profile: Profile) -> str:
    """What is wrong with a file that has not all columns of the profile's table."""
    lacks = ", ".join(" or ".join(map(repr, names)) for names in missing_columns(table, part))
    has = ", ".join(map(repr, table.header[:30])) or "none"
    split = f" (separated by {table.delimiter!r})" if table.delimiter else ""
    titled = table.delimiter and sum(map(bool, table.header)) == 1
    hint = "; take away titles above them, or say header = ROW in the profile" if titled else ""
    return (
        f"{table.path}: lacks the column {lacks} of the table {part.name!r} of the profile "
        f"{profile.name!r}; its columns{split} are {has}{hint}"
    )


class Cells:
    """One row, its cells by the slots of the profile.

    What cannot be read is rejected: the value alone, or the row (RowLeftOut) where the slot needs
    one.
    """

    __slots__ = ("_bound", "_cleaned", "_rejects", "_row", "incomplete")

    def __init__(self, bound: Bound, row: Row, rejects: Rejects) -> None:
        self._bound, self._row, self._rejects = bound, row, rejects
        self._cleaned: set[int] = set()  # columns of which it has been told
        self.incomplete = False  # whether something that the row names is left out

    @property
    def place(self) -> Place:
        return Place(self._bound.table.name, self._row.number, self._row.line)

    @property
    def number(self) -> tuple[str, int, int]:
        """The file's role, the row and the line."""
        return self._bound.role, self._row.number, self._row.line

    def has(self, slot: str) -> bool:
        """Whether the file has a column for the slot."""
        return bool(self._bound.fields.get(slot))

    # ---- rejecting

    def reject(self, slot: str, reason: str, value: str | None = None) -> None:
        """Leave out a value."""
        self._rejects.add(self.place, self._header(slot), self._shown(slot, value), reason, VALUE)

    def leave_out(self, slot: str, reason: str, value: str | None = None) -> RowLeftOut:
        """Leave out the row; to be raised."""
        self._rejects.add(self.place, self._header(slot), self._shown(slot, value), reason, ROW)
        return RowLeftOut()

    def _header(self, slot: str) -> str:
        return "/".join(dict.fromkeys(f.header for f in self._bound.fields.get(slot, ())))

    def _shown(self, slot: str, value: str | None) -> str:
        if value is not None:
            return value
        fields = self._bound.fields.get(slot, ())
        return "/".join(self._row.cells[i] for f in fields for i in f.at)

    # ---- values

    def _cell(self, field: Field, index: int) -> str | None:
        value = self._row.cells[index]
        if not value:
            return None
        value = value.strip()
        if value in field.column.missing or value in self._bound.part.missing:
            return None
        if _CONTROL.search(value):
            value = self._without_control(index, value)
        return value or None

    def _value(self, field: Field) -> str | None:
        """What the cell of the column says, else what the profile says in its place."""
        value = self._cell(field, field.at[0]) if field.at else None
        return value or field.column.default

    def _without_control(self, index: int, value: str) -> str:
        found = _CONTROL.search(value)
        if found and index not in self._cleaned:
            self._cleaned.add(index)
            reason = f"the control character U+{ord(found[0]):04X} was taken out; the rest is kept"
            self._rejects.add(self.place, self._bound.table.header[index], value, reason, NOTHING)
        return _CONTROL.sub("", value).strip()

    def text(self, slot: str) -> str | None:
        """The text in one line."""
        for field in self._bound.fields.get(slot, ()):
            if value := self._value(field):
                return " ".join(value.split())
        return None

    def needed(self, slot: str) -> str:
        """The text; without one the row is left out."""
        value = self.text(slot)
        if value is None:
            raise self.leave_out(slot, NOTHING_STATED)
        return value

    def key(self, slot: str) -> tuple[str, ...] | None:
        """The columns that together are a key; None where the first is empty."""
        found = []
        for field in self._bound.fields.get(slot, ()):
            value = self._cell(field, field.at[0])
            found.append(" ".join((value or "").split()))
        return tuple(found) if found and found[0] else None

    def qid(self, slot: str) -> str | None:
        """The item of Wikidata, be it given by its address."""
        value = self.text(slot)
        if value is None:
            return None
        found = re.fullmatch(r"(?:https?://www\.wikidata\.org/(?:entity|wiki)/)?(Q[1-9]\d*)", value)
        if not found:
            self.reject(slot, "no item of Wikidata such as Q232", value)
            return None
        return found[1]

    def year(self, slot: str) -> int:
        """The year; without one the row is left out."""
        value = self.needed(slot).removesuffix(".0")
        if not re.fullmatch(r"[1-9]\d{0,3}", value):
            raise self.leave_out(slot, "no year from 1 to 9999", value)
        return int(value)

    def figure(self, name: str) -> float:
        """A figure of the table; without one the row is left out."""
        ((index,),) = (f.at for f in self._bound.measures if f.slot == name)
        value = self._row.cells[index].strip()
        try:
            found = float(value)
        except ValueError:
            found = float("nan")
        if not -1e15 < found < 1e15:
            self._rejects.add(self.place, self._bound.table.header[index], value, "no number", ROW)
            raise RowLeftOut
        return found

    def language(self, slot: str) -> str:
        """The language of the texts of the slot."""
        for field in self._bound.fields.get(slot, ()):
            if field.column.language:
                return field.column.language
        return self._bound.profile.language

    def when(self, slot: str) -> When | None:
        """The day, or what it lies between; None where there is none or it cannot be read."""
        for field in self._bound.fields.get(slot, ()):
            if field.column.role != ("column",):
                found = self._in_parts(slot, field)
            else:
                value = self._cell(field, field.at[0])
                found = self._read(slot, field, value) if value else None
            if found:
                return found
        return None

    def _read(self, slot: str, field: Field, value: str) -> When | None:
        reason = ""
        for form in field.column.dates:
            try:
                return parse(value, form)
            except DateError as error:
                # of several forms, the one that says most: a form that fits, but no such day
                reason = str(error) if not reason or "no date" in reason else reason
        self.reject(slot, reason, value)
        return None

    def _in_parts(self, slot: str, field: Field) -> When | None:
        """A date of which year, month and day stand in columns of their own."""
        values = {
            role: self._cell(field, at)
            for role, at in zip(field.column.role, field.at, strict=True)
        }
        if not values.get("year"):
            return None
        quoted = "-".join(values[role] or "" for role in ("year", "month", "day") if role in values)
        numbers = []
        for role in ("year", "month", "day"):
            value = values.get(role)
            if value is not None and not re.fullmatch(r"\d{1,4}(\.0)?", value):
                self.reject(slot, f"the {role} is no number", value)
                return None
            numbers.append(int(value.removesuffix(".0")) if value else None)
        try:
            first, last = between(numbers[0] or 0, numbers[1], numbers[2])
        except DateError as error:
            self.reject(slot, str(error))
            return None
        return When(first, last, quoted.rstrip("-"))

    def coded(self, slot: str) -> list[Coded]:
        """The words of the slot's columns, with the concepts of their code lists."""
        found = []
        for field in self._bound.fields.get(slot, ()):
            column = field.column
            value = self._value(field)
            if not value:
                continue
            codes = self._bound.profile.codes.get(column.codes or "", {})
            tag = column.language or self._bound.profile.language
            for word in _parts(value, column.split):
                found.append(Coded(word, _look_up(word.casefold(), codes, column.match), tag))
        return found

    def sides(self, slot: str, states: States, on: str | None) -> Iterator[tuple[str, Side | str]]:
        """Each state or organisation that the slot names, or the reason why it is none."""
        for field in self._bound.fields.get(slot, ()):
            for word in _parts(self._value(field) or "", field.column.split):
                yield word, states.find(word, field.column.states, on)

    def side(self, slot: str, states: States, on: str | None = None) -> Side:
        """The state or organisation that the slot names; without one the row is left out."""
        for field in self._bound.fields.get(slot, ()):
            if value := self._value(field):
                word = " ".join(value.split())
                found = states.find(word, field.column.states, on)
                if isinstance(found, str):
                    raise self.leave_out(slot, found, word)
                return found
        raise self.leave_out(slot, NOTHING_STATED)

    def state(self, slot: str, states: States, on: str | None = None) -> Side:
        """The state that the slot names; without one the row is left out."""
        found = self.side(slot, states, on)
        if not found.iri:
            raise self.leave_out(slot, NO_COUNTRY)
        return found


def _look_up(word: str, codes: Mapping[str, str], match: str) -> str | None:
    if match == "whole":
        return codes.get(word)
    starts = [known for known in codes if re.match(rf"{re.escape(known)}\b", word)]
    return codes[max(starts, key=len)] if starts else None


def _parts(value: str, split: str | None) -> list[str]:
    """The words of a cell: whole, or between the separators and line ends."""
    parts = re.split(f"[{re.escape(split)}\n\r]+", value) if split else [value]
    return [word for part in parts if (word := " ".join(part.split()))]
