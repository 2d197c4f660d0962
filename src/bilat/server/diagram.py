"""A drawing of the ontology: the classes that matter most and how properties join them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bilat.namespaces import NS

if TYPE_CHECKING:
    from bilat.store import Store

#: Where the classes stand: column and row.
_PLACES = {
    "Place": (0, 0), "Event": (1, 0), "Instrument": (2, 0), "SourceDocument": (3, 0),
    "Participation": (1, 1), "Party": (2, 1), "Passage": (3, 1),
    "AwardConferral": (0, 2), "Person": (1, 2), "Institution": (2, 2), "Country": (3, 2),
    "Award": (0, 3), "Tenure": (1, 3), "Post": (2, 3), "BilateralRelation": (3, 3),
}  # fmt: skip

#: Which of them are joined by a line; lines through other classes would only confuse.
_LINES = (
    ("Event", "Place"), ("Event", "Instrument"), ("Event", "Participation"),
    ("Instrument", "Party"), ("Instrument", "Passage"), ("Party", "Passage"),
    ("Passage", "SourceDocument"), ("Participation", "Person"), ("Participation", "Post"),
    ("Party", "Person"), ("Party", "Institution"), ("Party", "Country"), ("Institution", "Country"),
    ("Institution", "Post"), ("Post", "Country"), ("Tenure", "Person"), ("Tenure", "Post"),
    ("AwardConferral", "Person"), ("AwardConferral", "Award"), ("BilateralRelation", "Country"),
)  # fmt: skip

#: Properties whose domain or range is not stated, or is wider or narrower than what is drawn.
_OTHERS = {
    ("Tenure", "Person"): "org:member", ("Passage", "SourceDocument"): "oa:hasSource",
    ("Event", "Instrument"): "concerns", ("Participation", "Person"): "participant",
    ("AwardConferral", "Person"): "recipient",
}  # fmt: skip

_WIDTH, _HEIGHT = 150, 38
_ACROSS, _DOWN = 285, 125


class Box(NamedTuple):
    """A class."""

    name: str
    x: float
    y: float


class Arrow(NamedTuple):
    """The properties that lead from one class to another."""

    x1: float
    y1: float
    x2: float
    y2: float
    names: list[str]


class Drawing(NamedTuple):
    """What the template draws."""

    width: int
    height: int
    box_width: int
    box_height: int
    boxes: list[Box]
    arrows: list[Arrow]


def diagram(store: Store) -> Drawing:
    """The drawing of the classes that the store's ontology has."""
    rows = store.select(
        """SELECT DISTINCT ?property ?from ?to {
          ?property a owl:ObjectProperty ;
            rdfs:domain|schema:domainIncludes ?from ;
            rdfs:range|schema:rangeIncludes ?to .
        } ORDER BY ?from ?to ?property"""
    )
    joined = {pair: [name] for pair, name in _OTHERS.items()}
    for property, source, target in rows:
        pair = (source.removeprefix(NS), target.removeprefix(NS))
        if pair in _LINES:
            joined.setdefault(pair, []).append(property.removeprefix(NS))
    boxes = [Box(name, 20 + x * _ACROSS, 20 + y * _DOWN) for name, (x, y) in _PLACES.items()]
    arrows = [_arrow(pair, names) for pair, names in joined.items()]
    return Drawing(
        3 * _ACROSS + _WIDTH + 40, 3 * _DOWN + _HEIGHT + 40, _WIDTH, _HEIGHT, boxes, arrows
    )


def _arrow(pair: tuple[str, str], names: list[str]) -> Arrow:
    (x1, y1), (x2, y2) = ((20 + x * _ACROSS + _WIDTH / 2, 20 + y * _DOWN + _HEIGHT / 2)
                          for x, y in (_PLACES[pair[0]], _PLACES[pair[1]]))  # fmt: skip
    return Arrow(*_edge(x1, y1, x2, y2), *_edge(x2, y2, x1, y1), names)


def _edge(x: float, y: float, to_x: float, to_y: float) -> tuple[float, float]:
    """Where a line from the middle of a box leaves it."""
    dx, dy = to_x - x, to_y - y
    scale = min(
        (_WIDTH / 2 + 3) / abs(dx) if dx else 9.0, (_HEIGHT / 2 + 3) / abs(dy) if dy else 9.0
    )
    return round(x + dx * scale, 1), round(y + dy * scale, 1)
