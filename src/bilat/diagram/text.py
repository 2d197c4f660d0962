"""Measuring and wrapping text, in points, before anything is drawn."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from bilat.diagram.style import DPI, FONT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilat.diagram.style import Look

# Agg hints glyphs to whole pixels, so a text's width depends on the resolution: what is measured is
# the widest of these. The first is the figures' own, the last is as good as none (SVG and PDF).
_RESOLUTIONS = (DPI, 100, 200, 720)


def font(look: Look) -> FontProperties:
    """The font of a look."""
    return FontProperties(
        family=FONT, size=look.size, weight="bold" if look.bold else "normal",
        style="italic" if look.italic else "normal",
    )  # fmt: skip


@lru_cache(maxsize=len(_RESOLUTIONS))
def _canvas(dpi: int) -> FigureCanvasAgg:
    return FigureCanvasAgg(Figure(figsize=(1, 1), dpi=dpi))


@lru_cache(maxsize=20_000)
def measure(text: str, look: Look) -> tuple[float, float]:
    """Width and height of a text in points, lines broken at newlines."""
    sizes = [_extent(text, look, dpi) for dpi in _RESOLUTIONS]
    return max(width for width, _ in sizes), max(height for _, height in sizes)


def _extent(text: str, look: Look, dpi: int) -> tuple[float, float]:
    canvas = _canvas(dpi)
    artist = Text(0, 0, text, fontproperties=font(look), parse_math=False)
    artist.set_figure(canvas.figure)
    extent = artist.get_window_extent(canvas.get_renderer())  # type: ignore[no-untyped-call]
    return float(extent.width) * 72 / dpi, float(extent.height) * 72 / dpi


def wrap(text: str, width: float, look: Look) -> str:
    """The text on as few lines as the width allows, of about equal length.

    Only a word that is wider than a line is broken; nothing is ever left out.
    """
    text = re.sub(r"\s+(?=[–—·](\s|$))", "\N{NO-BREAK SPACE}", text)  # no line begins with these
    words = [part for word in re.split(r"[ \t\r\n]+", text) for part in _parts(word, width, look)]
    space = measure("n n", look)[0] - measure("nn", look)[0]
    lines = fold([measure(word, look)[0] for word in words], space, width)
    return "\n".join(" ".join(words[index] for index in line) for line in lines)


def fold(widths: Sequence[float], gap: float, room: float) -> list[list[int]]:
    """Indices of things set in as few lines as the room allows, in lines of about equal length."""
    lines = _greedy(widths, gap, room)
    low, high = max(widths, default=0.0), room
    while high - low > 1:  # the narrowest room that needs no further line
        middle = (low + high) / 2
        if len(_greedy(widths, gap, middle)) > len(lines):
            low = middle
        else:
            high = middle
    return _greedy(widths, gap, high)


def _greedy(widths: Sequence[float], gap: float, room: float) -> list[list[int]]:
    lines: list[list[int]] = []
    used = 0.0
    for index, width in enumerate(widths):
        if lines and used + gap + width <= room:
            lines[-1].append(index)
            used += gap + width
        else:
            lines.append([index])
            used = width
    return lines


def _parts(word: str, width: float, look: Look) -> list[str]:
    if len(word) < 2 or measure(word, look)[0] <= width:
        return [word]
    pieces = [piece for piece in re.split(r"(?<=[-/–])", word) if piece]
    if len(pieces) > 1:
        return [part for piece in pieces for part in _parts(piece, width, look)]
    end = len(word) - 1
    while end > 1 and measure(word[:end] + "-", look)[0] > width:
        end -= 1
    return [word[:end] + "-", *_parts(word[end:], width, look)]
