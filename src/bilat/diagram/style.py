"""What every figure looks like: sizes, inks, and a fixed colour for each field of cooperation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

FONT = "DejaVu Sans"  # comes with matplotlib; has Cyrillic and all Latin diacritics

#: Sizes are in points, of which 72 make an inch; 960 is the width of a slide (13.3 in).
WIDTH = 960.0
DPI = 144
MARGIN = 36.0

INK = "#1b2733"
SOFT = "#52606d"
LINE = "#c3ccd5"
FAINT = "#eef1f4"
UNSTATED = "#8c959f"
ACCENT = "#0072b2"
EDGE = "#9fb4c7"
AWARD = "#8a5a00"


class Look(NamedTuple):
    """How a text is set: size in points, weight, slant, colour, and a white edge over lines."""

    size: float
    bold: bool = False
    italic: bool = False
    colour: str = INK
    edged: bool = False


TITLE = Look(22, bold=True)
SUBTITLE = Look(11.5, colour=SOFT)
HEADING = Look(14, bold=True)
NAME = Look(10.5)
NAME_UNSTATED = Look(9.5, italic=True, colour=SOFT)
BOX = Look(9.5)
BOX_NUMBER = Look(9.5, bold=True)
BOX_SOFT = Look(8.5, colour=SOFT)
SMALL = Look(9, colour=SOFT)
CAPTION = Look(8.5, colour=SOFT)


Dashes = str | tuple[float, tuple[float, ...]]


class Pen(NamedTuple):
    """How a line is drawn: its colour and matplotlib's line style."""

    colour: str
    dashes: Dashes = "solid"


UNSTATED_PEN = Pen(UNSTATED, (0, (2.6, 1.6)))

# Okabe and Ito's colours, which colour-blind people tell apart; yellow is too pale for lines on
# white. Fields that share a colour are told apart by the style of their line, in this order.
_COLOURS = {
    "#009e73": ("health", "environment", "sport"),
    "#56b4e9": ("digitalisation", "trade", "space"),
    "#e69f00": ("agriculture", "energy", "tourism"),
    "#d55e00": ("culture", "industry", "emergency-management"),
    "#0072b2": ("education", "transport", "finance"),
    "#cc79a7": ("science-and-technology", "justice-and-law-enforcement",
                "labour-and-social-protection"),
    "#000000": ("political-dialogue", "security-and-defence", "public-administration"),
}  # fmt: skip
DOTTED = (0, (1.0, 0.8))
_DASHES: tuple[Dashes, ...] = ("solid", (0, (3.4, 0.9, 1.0, 0.9)), DOTTED)
_RANK = {slug: rank for rank, slug in enumerate(s for slugs in _COLOURS.values() for s in slugs)}
_COLOUR_OF = {slug: colour for colour, slugs in _COLOURS.items() for slug in slugs}


def field_pens(slugs: Iterable[str]) -> dict[str, Pen]:
    """A pen for each top-level field that a figure draws.

    A field's colour is the same in every figure. Where two of one colour meet in a figure, the
    later one has another line style; only from the fourth of one colour on are two pens equal.
    """
    pens: dict[str, Pen] = {}
    used: dict[str, int] = {}
    for slug in sorted(set(slugs), key=lambda s: (_RANK.get(s, len(_RANK)), s)):
        colour = _COLOUR_OF.get(slug) or list(_COLOURS)[sum(map(ord, slug)) % len(_COLOURS)]
        rank = used.get(colour, 0)
        pens[slug] = Pen(colour, _DASHES[rank % len(_DASHES)])
        used[colour] = rank + 1
    return pens
