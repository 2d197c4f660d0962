"""What the cells of a table say of days: each form gives the earliest and the latest it can be."""

from __future__ import annotations

import calendar
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bilat.rdf.rows import When

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Bounds = tuple[str | None, str | None]

_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "january jan enero ene janeiro janvier",
            "february feb febrero fevereiro fev février",
            "march mar marzo março mars",
            "april apr abril abr avril",
            "may mayo maio mai",
            "june jun junio junho juin",
            "july jul julio julho juillet",
            "august aug agosto ago août",
            "september sep sept septiembre setiembre set setembro septembre",
            "october oct octubre outubro out octobre",
            "november nov noviembre novembro novembre",
            "december dec diciembre dic dezembro dez décembre",
        ),
        1,
    )
    for word in words.split()
}

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
)
_EDTF = re.compile(r"([0-9X]{4})(?:-([0-9X]{2}))?(?:-([0-9X]{2}))?")
_NUMBERS = re.compile(r"(\d{1,4})(?:[/.\-](\d{1,4}))?(?:[/.\-](\d{1,4}))?")
_NAMED = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th|º|°|er)?\.? )?(?:(?:de|of) )?([^\W\d]+)\.?,? "
    r"(?:(?:de|del) )?(\d{4})"
)
_NAMED_FIRST = re.compile(r"([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")


class DateError(ValueError):
    """A cell that is no date in the form expected; its text is the reason."""


def parse(text: str, form: str) -> When:
    """What a cell in that form says; raises DateError with the reason."""
    first, last = _bounds(text, form)
    return When(first, last, text)


@lru_cache(maxsize=50_000)
def _bounds(text: str, form: str) -> Bounds:
    exact = _ISO.fullmatch(text)
    if exact and form != "wikidata":  # whatever the form: spreadsheets give their dates so
        only = _day(int(exact[1]), int(exact[2]), int(exact[3]))
        return only, only
    return _FORMS[form](text)


def between(year: int, month: int | None = None, day: int | None = None) -> Bounds:
    """The earliest and the latest day of a year, a month of it, or a day; None is not known."""
    if not 1 <= year <= 9999:
        raise DateError("the year is not one from 1 to 9999")
    if month is None and day is None:
        return f"{year:04}-01-01", f"{year:04}-12-31"
    if month is None:
        if not day or not 1 <= day <= 31:
            raise DateError("there is no such day")
        return f"{year:04}-01-{day:02}", f"{year:04}-12-{day:02}"
    if not 1 <= month <= 12:
        raise DateError("there is no such month")
    if day is None:
        return f"{year:04}-{month:02}-01", f"{year:04}-{month:02}-{_length(year, month):02}"
    only = _day(year, month, day)
    return only, only


def _day(year: int, month: int, day: int) -> str:
    if year < 1:
        raise DateError("the year is not one from 1 to 9999")
    if not 1 <= month <= 12:
        raise DateError("there is no such month")
    if not 1 <= day <= _length(year, month):
        raise DateError("there is no such day")
    return f"{year:04}-{month:02}-{day:02}"


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


# ---- forms


def _edtf(text: str) -> Bounds:
    """EDTF of ISO 8601-2, level 1 and what of level 2 is in use, and its likes with two dots."""
    if re.fullmatch(r"[{\[].*[}\]]", text):
        inner = text[1:-1].strip()
        first, last = _widest([_edtf(p.strip()) for p in re.split(r",|\.\.", inner) if p.strip()])
        # one of these and all before them, or all after
        return None if inner.startswith("..") else first, None if inner.endswith("..") else last
    for sign in ("..", "/"):
        start, found, end = text.partition(sign)
        if found:
            lower = None if start in ("", "..") else _edtf(start)[0]
            upper = None if end in ("", "..") else _edtf(end)[1]
            if lower and upper and upper < lower:
                raise DateError("the interval ends before it begins")
            return lower, upper
    if text.endswith(("?", "~", "%")):
        _edtf(text[:-1])
        return None, None  # doubtful: it is kept as it stands, and no day is stated
    if text.startswith("-"):
        raise DateError("the year is not one from 1 to 9999")
    found_parts = _EDTF.fullmatch(text)
    if not found_parts:
        raise DateError("no date in EDTF (ISO 8601-2), such as 1999-05-31, 1999-05 or 199X")
    return _widest([between(*known) for known in _choices(*found_parts.groups())])


def _choices(
    year: str, month: str | None, day: str | None
) -> Iterator[tuple[int, int | None, int | None]]:
    """The earliest and the latest that the digits can be."""
    known_month = int(month) if month and "X" not in month else None
    known_day = int(day) if day and "X" not in day else None
    for digit in "09":
        value = int(year.replace("X", digit))
        yield max(value, 1) if "X" in year else value, known_month, known_day


def _widest(parts: list[Bounds]) -> Bounds:
    firsts, lasts = [p[0] for p in parts], [p[1] for p in parts]
    if not parts or None in firsts or None in lasts:
        return None, None
    return min(f for f in firsts if f), max(last for last in lasts if last)


def _in_numbers(order: str) -> Callable[[str], Bounds]:
    """Days in numbers: ``dmy`` for 31/05/1999, and 05/1999 and 1999; a zero is not known."""

    def read(text: str) -> Bounds:
        found = _NUMBERS.fullmatch(text)
        parts = [part for part in found.groups() if part] if found else []
        wanted = {3: order, 2: "my" if order != "ymd" else "ym", 1: "y"}.get(len(parts), "")
        named = dict(zip(wanted, parts, strict=True)) if wanted else {}
        if len(named.get("y", "")) != 4:
            raise DateError(f"no date such as {_EXAMPLES[order]}")
        month, day = int(named.get("m", 0)) or None, int(named.get("d", 0)) or None
        return between(int(named["y"]), month, day)

    return read


def _named(text: str) -> Bounds:
    """Days with the name of the month: 31 May 1999, 31 de mayo de 1999, mayo de 1999, 1999."""
    if re.fullmatch(r"\d{4}", text):
        return between(int(text))
    folded = " ".join(text.casefold().replace(",", ", ").split())
    found = _NAMED.fullmatch(folded)
    day, month, year = found.groups() if found else (None, "", "")
    if not found and (other := _NAMED_FIRST.fullmatch(folded)):
        month, day, year = other.groups()
    if month not in _MONTHS:
        raise DateError("no date such as 31 May 1999")
    return between(int(year), _MONTHS[month], int(day) if day else None)


def _wikidata(text: str) -> Bounds:
    """A moment as Wikidata's query service gives it: the first of January stands for a year."""
    exact = _ISO.fullmatch(text)
    if not exact:
        raise DateError("no moment such as 1999-05-31T00:00:00Z")
    year, month, day = (int(part) for part in exact.groups())
    return between(year) if (month, day) == (1, 1) else between(year, month, day)


def _year(text: str) -> Bounds:
    if not re.fullmatch(r"\d{4}", text):
        raise DateError("no year of four digits")
    return between(int(text))


_EXAMPLES = {"dmy": "31/05/1999", "mdy": "05/31/1999", "ymd": "1999/05/31"}
_FORMS: dict[str, Callable[[str], Bounds]] = {
    "edtf": _edtf,
    "dmy": _in_numbers("dmy"),
    "mdy": _in_numbers("mdy"),
    "ymd": _in_numbers("ymd"),
    "named": _named,
    "year": _year,
    "wikidata": _wikidata,
}
FORMS = tuple(_FORMS)
