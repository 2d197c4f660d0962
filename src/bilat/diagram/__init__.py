"""Diagrams as matplotlib figures: drawn from the store, neither saved nor shown.

The same data give the same figure and, by :func:`save`, the same bytes.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, NamedTuple

import matplotlib

from bilat.diagram import countries, focus, heatmap, pair, timeline
from bilat.errors import InputError
from bilat.files import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from matplotlib.figure import Figure

    from bilat.store import Store

__all__ = ["ENDINGS", "KINDS", "Kind", "draw", "save"]


class Kind(NamedTuple):
    """A kind of diagram: what it shows, what it takes and how it is drawn."""

    summary: str
    takes: str
    numbers: tuple[int, ...]
    build: Callable[..., Figure]


def _network(store: Store, *around: str) -> Figure:
    return focus.draw(store, *around) if around else countries.draw(store)


#: The kinds of diagram by name; what each takes are IRIs.
KINDS: Mapping[str, Kind] = {
    "pair": Kind("institutions of two countries and their instruments", "two countries", (2,),
                 pair.draw),
    "network": Kind("countries and the number of their instruments, or one neighbourhood",
                    "nothing, or one country or institution", (0, 1), _network),
    "fields": Kind("countries and their fields of cooperation", "nothing", (0,), heatmap.draw),
    "timeline": Kind("events, instruments and offices in time", "nothing, or two countries", (0, 2),
                     timeline.draw),
}  # fmt: skip

#: What a file may be, by its ending, with the metadata that matplotlib would fill in.
ENDINGS: Mapping[str, Mapping[str, str | None]] = {
    ".svg": {"Date": None, "Creator": "bilat"},
    ".png": {"Software": None},
    ".pdf": {"CreationDate": None, "Creator": "bilat", "Producer": None},
}


def draw(store: Store, kind: str, *things: str) -> Figure:
    """A figure of one of :data:`KINDS`, of the things with these IRIs.

    Raises InputError for an unknown kind, a wrong number of things, and where there is nothing
    to draw.
    """
    if kind not in KINDS:
        raise InputError(f"{kind!r} is no kind of diagram; known are {', '.join(KINDS)}")
    if len(things) not in KINDS[kind].numbers:
        raise InputError(f"the diagram {kind!r} takes {KINDS[kind].takes}, not {len(things)}")
    return KINDS[kind].build(store, *things)


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write the figure to a file, as SVG, PNG or PDF by the file's ending.

    The same figure gives the same bytes. A file is replaced only when the new one is complete.
    """
    ending = os.path.splitext(os.fspath(path))[1].lower()
    if ending not in ENDINGS:
        raise InputError(f"{path}: unknown kind of picture; known are {', '.join(ENDINGS)}")
    stream = io.BytesIO()
    metadata = {**ENDINGS[ending], "Title": str(figure.get_label())}
    with _own_settings():
        figure.savefig(stream, format=ending[1:], metadata=metadata)
    replace_file(path, stream.getvalue())


def _own_settings() -> AbstractContextManager[None]:
    """No chance in names within a file, and nothing of what a reader has set for plots."""
    return matplotlib.rc_context(
        {
            "svg.hashsalt": "bilat", "svg.fonttype": "path", "pdf.fonttype": 42,
            "savefig.dpi": "figure", "savefig.bbox": None, "savefig.facecolor": "auto",
            "savefig.edgecolor": "auto", "savefig.transparent": False, "path.sketch": None,
            "text.hinting": "no_hinting", "lines.scale_dashes": True,
        }
    )  # fmt: skip
