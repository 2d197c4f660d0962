"""A figure to draw on in points, from the top left corner down, as tall as its content."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from bilat.diagram.style import (
    CAPTION,
    DOTTED,
    DPI,
    INK,
    LINE,
    MARGIN,
    SMALL,
    SUBTITLE,
    TITLE,
    WIDTH,
    Pen,
)
from bilat.diagram.text import fold, font, measure, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist

    from bilat.diagram.style import Look

_POINTS = 72


class Key(NamedTuple):
    """An entry of a legend: the sample of a line, or of a dot of that radius, and what it means."""

    label: str
    pen: Pen
    dot: float = 0.0
    width: float = 3.0


class Sheet:
    """A figure whose one coordinate system counts points; ``y`` grows downwards.

    Layers, from the back: 1 grounds, 2 lines, 3 boxes and dots, 4 text.
    """

    def __init__(self, width: float = WIDTH) -> None:
        self.width = width
        self.figure = Figure(dpi=DPI, facecolor="white")
        self.figure.set_layout_engine("none")
        self.axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set_axis_off()
        self.axes.set_autoscale_on(False)

    def text(
        self, at: tuple[float, float], text: str, look: Look, align: str = "left top",
        turned: bool = False,
    ) -> None:  # fmt: skip
        """Write at a point; ``align`` says which part of the text is there, as ``right center``."""
        horizontal, vertical = align.split()
        artist = self.axes.text(
            *at, text, fontproperties=font(look), color=look.colour, ha=horizontal, va=vertical,
            multialignment=horizontal, rotation=90 if turned else 0,
            parse_math=False, usetex=False, zorder=4,
        )  # fmt: skip
        if look.edged:
            artist.set_path_effects([withStroke(linewidth=3, foreground="white")])

    def line(
        self, points: Sequence[tuple[float, float]], pen: Pen, width: float = 1.0, layer: int = 2
    ) -> None:
        """A line through the points."""
        self._add(_outline(Path(list(points)), pen, width, layer))

    def bar(self, x: float, top: float, bottom: float) -> None:
        """An upright bar, on which lines end."""
        self.box((x - 2, top), (4, bottom - top), Pen(INK), INK, radius=1.5)

    def curve(
        self, start: tuple[float, float], end: tuple[float, float], pen: Pen, width: float
    ) -> None:
        """A line that leaves and arrives horizontally."""
        middle = (start[0] + end[0]) / 2
        points = [start, (middle, start[1]), (middle, end[1]), end]
        codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
        self._add(_outline(Path(points, codes), pen, width, 2))

    def box(
        self, corner: tuple[float, float], size: tuple[float, float], pen: Pen, fill: str = "white",
        radius: float = 6.0,
    ) -> None:  # fmt: skip
        """A box with round corners; ``corner`` is the top left one."""
        style = f"round,pad=0,rounding_size={min(radius, size[0] / 2, size[1] / 2)}"
        self._add(
            FancyBboxPatch(
                corner, *size, boxstyle=style, facecolor=fill, edgecolor=pen.colour,
                linestyle=pen.dashes, linewidth=1.5 if pen.colour != fill else 0.0, zorder=3,
            )
        )  # fmt: skip

    def dot(self, at: tuple[float, float], radius: float, fill: str, edge: str = "white") -> None:
        """A round dot."""
        self._add(Circle(at, radius, facecolor=fill, edgecolor=edge, linewidth=1.2, zorder=3))

    def mark(self, at: tuple[float, float], radius: float, pen: Pen) -> None:
        """A small sign for a pen: its colour, and a shape for its line style."""
        x, y = at
        if pen.dashes == "solid":
            self.dot(at, radius, pen.colour, pen.colour)
        elif pen.dashes == DOTTED:
            size = (2 * radius, 2 * radius)
            self.box((x - radius, y - radius), size, Pen(pen.colour), pen.colour, 0.0)
        else:
            self.dot(at, radius, "white", pen.colour)

    def polygon(self, points: Sequence[tuple[float, float]], fill: str) -> None:
        """A filled shape."""
        path = Path([*points, points[0]], closed=True)
        self._add(PathPatch(path, facecolor=fill, edgecolor="none", zorder=3))

    def arrow(self, start: tuple[float, float], end: tuple[float, float], pen: Pen) -> None:
        """A horizontal arrow."""
        back = 7.0 if start[0] < end[0] else -7.0
        tip, base = end, end[0] - back
        self.line([start, (base, end[1])], pen, 1.6)
        self.polygon([tip, (base, end[1] - 3.5), (base, end[1] + 3.5)], pen.colour)

    def header(self, title: str, subtitle: str) -> float:
        """Title and subtitle; gives the y below them."""
        self.figure.set_label(title)
        y = MARGIN
        room = self.width - 2 * MARGIN
        for text, look, gap in ((title, TITLE, 9.0), (subtitle, SUBTITLE, 25.0)):
            lines = wrap(text, room, look)
            self.text((MARGIN, y), lines, look)
            y += measure(lines, look)[1] + gap
        return y

    def legend(self, y: float, keys: Sequence[Key]) -> float:
        """The keys in as many rows as needed; gives the y below them."""
        widths = [_sample(key) + 7 + measure(key.label, SMALL)[0] for key in keys]
        for row in fold(widths, _KEY_GAP, self.width - 2 * MARGIN):
            total = sum(widths[index] for index in row) + _KEY_GAP * (len(row) - 1)
            x = (self.width - total) / 2
            for index in row:
                self._key((x, y + _KEY_HEIGHT / 2), keys[index])
                x += widths[index] + _KEY_GAP
            y += _KEY_HEIGHT
        return y

    def _key(self, at: tuple[float, float], key: Key) -> None:
        x, y = at
        end = x + _sample(key)
        if key.dot:
            self.mark(((x + end) / 2, y), key.dot, key.pen)
        else:
            self.line([(x, y), (end, y)], key.pen, key.width)
        # on one base line, whatever letters a label has
        self.text((end + 7, y + SMALL.size * 0.36), key.label, SMALL, "left baseline")

    def close(self, y: float, caption: str) -> Figure:
        """Write the caption at y, fit the figure to its content and give it."""
        lines = wrap(caption, self.width - 2 * MARGIN, CAPTION)
        self.line([(MARGIN, y), (self.width - MARGIN, y)], Pen(LINE), 0.8)
        self.text((MARGIN, y + 8), lines, CAPTION)
        height = y + 8 + measure(lines, CAPTION)[1] + MARGIN * 0.7
        self.figure.set_size_inches(self.width / _POINTS, height / _POINTS)
        self.axes.set_xlim(0, self.width)
        self.axes.set_ylim(height, 0)
        return self.figure

    def _add(self, artist: Artist) -> None:
        self.axes.add_artist(artist)


_SAMPLE, _KEY_GAP, _KEY_HEIGHT = 30.0, 24.0, 17.0


def _sample(key: Key) -> float:
    return 2 * key.dot or _SAMPLE


def _outline(path: Path, pen: Pen, width: float, layer: int) -> PathPatch:
    return PathPatch(
        path, facecolor="none", edgecolor=pen.colour or INK, linestyle=pen.dashes, linewidth=width,
        capstyle="butt", joinstyle="round", zorder=layer,
    )  # fmt: skip
