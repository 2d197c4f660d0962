"""Labels beside dots, so that no label touches another label, a dot or the edge of the paper."""

from __future__ import annotations

from math import cos, radians, sin
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ROUNDS = 4
_ANGLES = (0, 180, 90, 270, 315, 225, 45, 135, 340, 200, 20, 160, 290, 250, 70, 110)
_SHARES = (0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26, 0.74)
_FORBIDDEN, _CROSSED, _RANKED = 1000.0, 10.0, 0.15
_MARGIN = 2.0


class Rect(NamedTuple):
    """A rectangle: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    def grown(self, across: float, down: float | None = None) -> Rect:
        """The rectangle, larger on each side."""
        down = across if down is None else down
        return Rect(self.left - across, self.top - down, self.right + across, self.bottom + down)


class Dot(NamedTuple):
    """A dot with its label's width and height."""

    x: float
    y: float
    radius: float
    width: float
    height: float

    @property
    def rect(self) -> Rect:
        """The square around the dot."""
        return Rect(self.x, self.y, self.x, self.y).grown(self.radius)


class Line(NamedTuple):
    """A straight line between two points."""

    x1: float
    y1: float
    x2: float
    y2: float


def candidates(dot: Dot) -> list[Rect]:
    """Places for the label of a dot, best first: beside, below, above, then all around."""
    places = []
    for gap in (4.0, 11.0, 20.0):
        for angle in _ANGLES:
            across, down = cos(radians(angle)), sin(radians(angle))
            # the nearest point of the label is at the gap from the dot
            x = dot.x + across * (dot.radius + gap) + _side(across) * dot.width / 2
            y = dot.y + down * (dot.radius + gap) + _side(down) * dot.height / 2
            places.append(Rect(x, y, x, y).grown(dot.width / 2, dot.height / 2))
    return places


def _side(part: float) -> float:
    return 0.0 if abs(part) < 0.2 else 1.0 if part > 0 else -1.0


def on_line(line: Line, size: tuple[float, float], taken: Sequence[Rect]) -> Rect:
    """A place for a text of that size on the line, in its middle if that is free."""
    rects = []
    for share in _SHARES:
        x = line.x1 + share * (line.x2 - line.x1)
        y = line.y1 + share * (line.y2 - line.y1)
        rects.append(Rect(x, y, x, y).grown(size[0] / 2, size[1] / 2))
    return rects[int(np.argmin(_met(np.array(rects), taken)))]


def place(
    dots: Sequence[Dot], lines: Sequence[Line], taken: Sequence[Rect]
) -> tuple[list[Rect], float]:
    """A rectangle for the label of each dot, and how bad the whole is: under 1000 nothing overlaps.

    Labels keep clear of dots, of each other and of what is ``taken``, and of lines if they can.
    """
    choices = np.array([candidates(dot) for dot in dots])
    flat = choices.reshape(-1, 4)
    fixed = [*taken, *(dot.rect for dot in dots)]
    alone = _FORBIDDEN * _met(flat, fixed) + _CROSSED * crossings(flat, lines)
    alone = alone.reshape(choices.shape[:2]) + _RANKED * np.arange(choices.shape[1])
    chosen = np.full((len(dots), 4), np.inf)  # nowhere yet
    for _ in range(_ROUNDS):
        for index in np.lexsort((np.arange(len(dots)), -alone.min(axis=1))):
            chosen[index] = np.inf
            costs = alone[index] + _FORBIDDEN * _met(choices[index], chosen)
            best = int(np.argmin(costs))
            chosen[index] = choices[index, best]
    rects = [Rect(*map(float, rect)) for rect in chosen]
    picked = (choices == chosen[:, None]).all(axis=2).argmax(axis=1)
    total = float(alone[np.arange(len(dots)), picked].sum())
    return rects, total + clashes(rects)


def clashes(rects: Sequence[Rect]) -> float:
    """How bad it is that some of these meet: 1000 for each two."""
    grid = np.array(rects).reshape(-1, 4)
    return float(_FORBIDDEN * (_met(grid, rects).sum() - len(rects)) / 2)


def _met(rects: Floats, others: Sequence[Rect] | Floats) -> Floats:
    """How many of the others each rectangle meets, or nearly meets."""
    a, b = rects[:, None], np.array(others, dtype=float).reshape(-1, 4)
    near = (a[..., :2] - _MARGIN < b[:, 2:]) & (b[:, :2] < a[..., 2:] + _MARGIN)
    counts: Floats = near.all(axis=2).sum(axis=1).astype(float)
    return counts


def crossings(rects: Floats, lines: Sequence[Line]) -> Floats:
    """How many of the lines pass through each rectangle (Liang and Barsky's clipping)."""
    counts = np.zeros(len(rects))
    low, high = rects[:, :2] - 1, rects[:, 2:] + 1
    for line in lines:
        start, step = np.array(line[:2]), np.array(line[2:]) - np.array(line[:2])
        with np.errstate(divide="ignore", invalid="ignore"):
            one, two = (low - start) / step, (high - start) / step
        first, last = np.fmin(one, two), np.fmax(one, two)
        inside = (low < start) & (start < high)
        flat = step == 0  # along this axis the line is a point, inside or outside
        first = np.where(flat, np.where(inside, -np.inf, np.inf), first)
        last = np.where(flat, np.inf, last)
        enters, leaves = np.maximum(first.max(axis=1), 0), np.minimum(last.min(axis=1), 1)
        counts += enters < leaves
    return counts
