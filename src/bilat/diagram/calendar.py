"""A time axis: from days to places on paper, and the days that are worth a mark."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORTEST = 120  # days: a narrower span would show a precision that nobody needs
_STEPS = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200)  # months between marks
_LEAST_GAP = 52.0
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun",
           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # fmt: skip


class Axis(NamedTuple):
    """Days from ``first`` to ``last`` between two places on paper."""

    first: date
    last: date
    left: float
    right: float

    def x(self, day: date) -> float:
        """Where a day is."""
        share = (day - self.first) / (self.last - self.first)
        return self.left + share * (self.right - self.left)

    def marks(self) -> list[tuple[date, str]]:
        """First days of months or years, as close as their labels allow."""
        per_day = (self.right - self.left) / (self.last - self.first).days
        step = next((s for s in _STEPS if s * 30.4 * per_day >= _LEAST_GAP), _STEPS[-1])
        month = -(-(self.first.year * 12 + self.first.month - 1) // step) * step
        found = []
        while month // 12 <= 9999 and (day := date(month // 12, month % 12 + 1, 1)) <= self.last:
            if day >= self.first and self.x(day) <= self.right - _LEAST_GAP / 4:
                name = str(day.year) if step >= 12 else f"{_MONTHS[day.month - 1]} {day.year}"
                found.append((day, name))
            month += step
        return found


def axis(days: Sequence[date], left: float, right: float) -> Axis:
    """An axis on which all these days have their place, with a margin."""
    first, last = min(days), max(days)
    span = max((last - first).days, _SHORTEST)
    spare = timedelta(days=(span - (last - first).days) // 2 + span // 25)
    begin, end = max(first, date.min + spare) - spare, min(last, date.max - spare) + spare
    return Axis(begin, end, left, right)
