"""A column of names beside rows: where each name and its bar stand, and where lines leave it."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from bilat.diagram.rows import run, spread
from bilat.diagram.text import measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bilat.diagram.style import Look

_BAR, _PORT, _GAP = 18.0, 7.0, 9.0


class Label(NamedTuple):
    """A wrapped text and its look."""

    text: str
    look: Look

    @property
    def height(self) -> float:
        """Its height in points."""
        return measure(self.text, self.look)[1]


class Place(NamedTuple):
    """A name's label, the ends of its bar, and by row where a line leaves the bar."""

    label: Label
    top: float
    bottom: float
    ports: Mapping[int, float]

    @property
    def centre(self) -> float:
        """The height at which the label stands."""
        return (self.top + self.bottom) / 2


def column(
    labels: Mapping[str, Label], ends: Sequence[Sequence[str]], heights: Sequence[float]
) -> dict[str, Place]:
    """Set names beside rows, ``ends`` naming those of each row; 0 is the top of the first row.

    A name stands at the longest run of consecutive rows that it is in, its bar as long as the run:
    lines to these rows are straight, those to others bend.
    """
    edges = [sum(heights[:n]) for n in range(len(heights) + 1)]
    middles = [(a + b) / 2 for a, b in pairwise(edges)]
    places = {name: _place(labels[name], of, middles) for name, of in _rows_of(ends).items()}
    wanted = {name: place.centre for name, place in places.items()}
    sizes = {n: max(p.bottom - p.top, p.label.height) for n, p in places.items()}
    centres = spread(wanted, sizes, _GAP / 2)
    return {name: _moved(place, centres[name] - wanted[name]) for name, place in places.items()}


def roomy(
    labels: Mapping[str, Label], ends: Sequence[Sequence[str]], heights: Sequence[float]
) -> list[float]:
    """The heights of the rows, made larger where the labels of their names would not fit."""
    needed = list(heights)
    for name, of in _rows_of(ends).items():
        first, last = run(of)
        lack = labels[name].height + _GAP - sum(needed[first : last + 1])
        for row in range(first, last + 1):
            needed[row] += max(0.0, lack) / (last + 1 - first)
    return needed


def _rows_of(ends: Sequence[Sequence[str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for row, names in enumerate(ends):
        for name in names:
            found[name].append(row)
    return found


def _place(label: Label, of: Sequence[int], middles: Sequence[float]) -> Place:
    first, last = run(of)
    above, below = [r for r in of if r < first], [r for r in of if r > last]
    top = middles[first] - _BAR / 2 - _PORT * len(above)
    bottom = middles[last] + _BAR / 2 + _PORT * len(below)
    ports = {row: middles[row] for row in of if first <= row <= last}
    ports |= {row: top + _PORT * (n + 0.5) for n, row in enumerate(above)}
    ports |= {row: bottom - _PORT * (len(below) - n - 0.5) for n, row in enumerate(below)}
    return Place(label, top, bottom, ports)


def _moved(place: Place, by: float) -> Place:
    ports = {row: y + by for row, y in place.ports.items()}
    return Place(place.label, place.top + by, place.bottom + by, ports)
