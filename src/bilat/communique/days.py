"""The dates in a text."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bilat.communique.page import Page


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """A date at ``first:last``; the year is ``None`` where it is not said."""

    first: int
    last: int
    year: int | None
    month: int
    day: int

    def iso(self, year: int | None = None) -> str | None:
        """``YYYY-MM-DD``, with the given year where it has none of its own."""
        year = self.year or year
        if year is None:
            return None
        try:
            return datetime.date(year, self.month, self.day).isoformat()
        except ValueError:
            return None


def find_days(page: Page) -> list[Day]:
    """The dates of a page: "5 May 2020", "May 5", "05.05.2020", "2020-05-05"."""
    finder = _Finder(page)
    found = []
    i, size = 0, len(page)
    while i < size:
        day, i = finder.step(i)
        if day:
            found.append(day)
    return found


class _Finder:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.months = page.all_of("month")

    def step(self, i: int) -> tuple[Day | None, int]:
        """The date at or around word ``i``, and the word where to go on."""
        if i not in self.months:
            day = self._in_numbers(i) if self.page.words[i][0].isdecimal() else None
        else:
            day = self._before_month(i)
            if day is None:
                day, past = self._after_month(i)
                if past:
                    return None, past
        return day, day.last if day else i + 1

    def _before_month(self, i: int) -> Day | None:
        """ "5 May 2020", "5th of May"; no range such as "5-7 May"."""
        page = self.page
        end, month = self.months[i]
        before = i - 1
        if before >= 0 and (page.low[before] in page.lexicon.of or page.words[before] == "-"):
            before -= 1
        day = self._number(before, 31)
        if day is None or self._ends_range(before):
            return None
        k = self._past(".", end)
        k = self._past(",-", k)
        year = self._year(k)
        if year:
            end = self._past_year_word(k + 1)
        return Day(before, end, year, month, day)

    def _ends_range(self, i: int) -> bool:
        page = self.page
        return (
            i > 0
            and page.words[i - 1] in "-."
            and self._number(i - 2, 31) is not None
            and not page.spaced(i - 1)
        )

    def _after_month(self, i: int) -> tuple[Day | None, int]:
        """ "May 5, 2020"; of a range the word behind it instead."""
        page = self.page
        end, month = self.months[i]
        at = self._past(".", end)
        day = self._number(at, 31)
        if day is None or not page.capital(i):
            return None, 0
        k = at + 1
        tight = k + 1 < len(page) and page.words[k] == "-" and not page.spaced(k)
        if tight and self._number(k + 1, 31) is not None:
            return None, k + 2
        k = self._past(",", k)
        year = self._year(k)
        return Day(i, k + 1 if year else at + 1, year, month, day), 0

    def _in_numbers(self, i: int) -> Day | None:
        """ "05.05.2020", "5/5/20" or "2020-05-05"."""
        page = self.page
        if i + 4 >= len(page):
            return None
        sign, second = page.words[i + 1], page.words[i + 3]
        if sign not in "./-" or sign != second or page.spaced(i + 1) or page.spaced(i + 2):
            return None
        month = self._number(i + 2, 12)
        year, day = self._year(i), self._number(i + 4, 31)
        if not (year and month and day):
            year, day = self._year(i + 4), self._number(i, 31)
            short = page.words[i + 4]
            two_digits = len(short) == 2 and short.isdecimal() and len(page.words[i + 2]) == 2
            if year is None and sign != "-" and two_digits:
                year = 2000 + int(short)
        return Day(i, i + 5, year, month, day) if year and month and day else None

    def _past(self, signs: str, i: int) -> int:
        return i + (i < len(self.page) and self.page.words[i] in signs)

    def _past_year_word(self, i: int) -> int:
        """The word behind "year", "г.", if it stands at ``i``."""
        page = self.page
        if i >= len(page) or page.stems[i] not in page.lexicon.year_stems:
            return i
        stop = i + 1 < len(page) and page.words[i + 1] == "." and len(page.words[i]) == 1
        return i + 1 + stop

    def _number(self, i: int, top: int) -> int | None:
        """The number at ``i`` from 1 to ``top``, "5th" too."""
        if not 0 <= i < len(self.page):
            return None
        digits = self.page.low[i]
        for ending in self.page.lexicon.day_endings:
            if digits.endswith(ending):
                digits = digits.removesuffix(ending)
                break
        if len(digits) > 2 or not digits.isdecimal() or not digits.isascii():
            return None
        return int(digits) if 1 <= int(digits) <= top else None

    def _year(self, i: int) -> int | None:
        if not 0 <= i < len(self.page):
            return None
        word = self.page.words[i]
        if len(word) != 4 or not word.isdecimal() or not word.isascii():
            return None
        return int(word) if 1900 <= int(word) <= 2100 else None
