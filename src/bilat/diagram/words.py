"""Numbers, dates and sources as a figure's words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilat.diagram.facts import Day, Source

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_WITH_ARTICLE = {"Bahamas", "Comoros", "Gambia", "Maldives", "Netherlands", "Philippines"}


def number(value: int) -> str:
    """A number, in letters up to ten."""
    return _NUMBERS[value] if value < len(_NUMBERS) else f"{value:,}"


def count(value: int, noun: str, plural: str = "") -> str:
    """A number of things: ``3 events``."""
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


def counted(value: int, noun: str, plural: str = "") -> str:
    """A number of things, in letters up to ten: ``three events``."""
    return f"{number(value)} {noun if value == 1 else plural or noun + 's'}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """``a, b and c``."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def the(country: str) -> str:
    """The name of a country as it stands in a sentence: ``the Netherlands``."""
    with_article = country.startswith("United ") or country.endswith((" Islands", " Republic"))
    return f"the {country}" if with_article or country in _WITH_ARTICLE else country


def capital(text: str) -> str:
    """The text with a capital letter first."""
    return text[:1].upper() + text[1:]


def day(value: date, brief: bool = False) -> str:
    """``27 February 2026``, or in brief ``27 Feb 2026``."""
    return f"{value.day} {_month(value, brief)}"


def when(known: Day, brief: bool = False) -> str:
    """A day or its bounds: ``by 27 February 2026``; "" where nothing is known."""
    if known.on:
        return day(known.on, brief)
    if known.after and known.before:
        return _bounds(known.after, known.before, brief)
    if known.before:
        return f"by {day(known.before, brief)}"
    return f"after {day(known.after, brief)}" if known.after else ""


def at(known: Day) -> str:
    """The same to follow a verb: ``on 27 February 2026``."""
    return f"on {when(known)}" if known.on else when(known)


def _month(value: date, brief: bool) -> str:
    name = _MONTHS[value.month - 1]
    return f"{name[:3] if brief else name} {value.year}"


def _bounds(first: date, last: date, brief: bool) -> str:
    next_day = last + timedelta(days=1) if last < date.max else last
    if first.day == next_day.day == 1:  # whole months
        if (first.year, first.month) == (last.year, last.month):
            return f"in {_month(first, brief)}"
        if first.month == next_day.month == 1 and first.year == last.year:
            return f"in {first.year}"
    return f"between {day(first, brief)} and {day(last, brief)}"


def period(days: Sequence[date]) -> str:
    """``from 12 November 2025 to 27 February 2026``, or ``on`` the one day."""
    first, last = min(days), max(days)
    return f"on {day(first)}" if first == last else f"from {day(first)} to {day(last)}"


def sources(documents: Sequence[Source]) -> str:
    """What the figure rests on, and of which days."""
    days = [source.issued for source in documents if source.issued]
    if not documents:
        return "The data name no source."
    if len(documents) == 1:
        published = f", published {period(days)}" if days else ""
        return f"Source: digest {documents[0].name}{published}."
    names = f" ({', '.join(s.name for s in documents)})" if len(documents) <= 4 else ""
    undated = len(documents) - len(days)
    published = f", published {period(days)}" if days else ""
    rest = f", {number(undated)} without a date" if days and undated else ""
    return f"Sources: {len(documents)} digests{names}{published}{rest}."
