"""All countries as a network: who has instruments with whom, and how many."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from bilat.diagram import words
from bilat.diagram.facts import read
from bilat.diagram.placing import Dot, Line, Rect, clashes, on_line, place
from bilat.diagram.plane import Shape, layout, shapes
from bilat.diagram.sheet import Key, Sheet
from bilat.diagram.style import ACCENT, EDGE, MARGIN, NAME, WIDTH, Look, Pen
from bilat.diagram.text import measure
from bilat.errors import InputError
from bilat.network import SEPARATOR, network

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bilat.diagram.facts import Facts
    from bilat.network import Graph
    from bilat.store import Store

_LABEL = NAME._replace(edged=True)
_IN_DOT = Look(7.5, bold=True, colour="white")
_ON_LINE = Look(8, bold=True)
_LENGTHS = (112, 130, 150, 180, 215, 260, 320, 390)  # of an edge, in points, the first that will do
_GOOD_ENOUGH = 3.0  # for each label: somewhat less than one line through three of them


class _Drawing(NamedTuple):
    dots: dict[str, Dot]
    lines: dict[tuple[str, str], Line]
    numbers: dict[tuple[str, str], Rect]
    labels: list[Rect]
    badness: float

    @property
    def rects(self) -> list[Rect]:
        """All that takes room."""
        return [*self.labels, *self.numbers.values(), *(dot.rect for dot in self.dots.values())]


def draw(store: Store) -> Figure:
    """The network of countries; raises InputError where no instrument joins two."""
    graph = network(store, "countries")
    if not graph:
        raise InputError("no instrument in the data joins two countries; there is no network")
    facts = read(store)
    drawing = _arranged(graph)
    left, right = min(r.left for r in drawing.rects), max(r.right for r in drawing.rects)
    sheet = Sheet(max(WIDTH, right - left + 2 * MARGIN))
    top = sheet.header("Who cooperates with whom", _subtitle(graph))
    drawing = _shifted(drawing, sheet.width, top)
    _draw_network(sheet, graph, drawing)
    bottom = max(rect.bottom for rect in drawing.rects)
    y = sheet.legend(bottom + 26, _keys(graph)) + 12
    return sheet.close(y, _caption(graph, facts))


def _arranged(graph: Graph) -> _Drawing:
    """The tightest arrangement in which every label has its place."""
    parts = shapes(graph)
    best = _arrange(graph, parts, _LENGTHS[0])
    for length in _LENGTHS[1:]:
        if best.badness < _GOOD_ENOUGH * len(graph):
            break
        best = min(best, _arrange(graph, parts, length), key=lambda drawing: drawing.badness)
    return best


def _arrange(graph: Graph, parts: list[Shape], length: float) -> _Drawing:
    radius = {node: 5 + 2.6 * sqrt(graph.nodes[node]["instrument_count"]) for node in graph}
    at = layout(parts, radius, length, WIDTH - 2 * MARGIN - 160)
    dots = {
        node: Dot(*at[node], radius[node], *measure(graph.nodes[node]["label"], _LABEL))
        for node in graph
    }
    lines = {(a, b): Line(*at[a], *at[b]) for a, b in graph.edges}
    numbers = _numbers(graph, dots)
    labels, badness = place(list(dots.values()), list(lines.values()), list(numbers.values()))
    return _Drawing(dots, lines, numbers, labels, badness + clashes(list(numbers.values())))


def _numbers(graph: Graph, dots: dict[str, Dot]) -> dict[tuple[str, str], Rect]:
    """Places for the numbers above one, each on what is seen of its line."""
    numbers: dict[tuple[str, str], Rect] = {}
    for (a, b), weight in _weights(graph).items():
        if weight > 1:
            width, height = measure(str(weight), _ON_LINE)
            taken = [*numbers.values(), *(dot.rect for dot in dots.values())]
            seen = _seen(dots[a], dots[b])
            numbers[a, b] = on_line(seen, (width + 8, height + 2), taken)
    return numbers


def _seen(first: Dot, second: Dot) -> Line:
    """The part of the line between two dots that they do not hide."""
    dx, dy = second.x - first.x, second.y - first.y
    length = sqrt(dx**2 + dy**2)
    start, end = first.radius / length, 1 - second.radius / length
    return Line(first.x + start * dx, first.y + start * dy, first.x + end * dx, first.y + end * dy)


def _shifted(drawing: _Drawing, width: float, top: float) -> _Drawing:
    """The arrangement in the middle of the paper, below its header."""
    left, right = (min(r.left for r in drawing.rects), max(r.right for r in drawing.rects))
    dx, dy = (width - left - right) / 2, top - min(r.top for r in drawing.rects)

    def moved(rect: Rect) -> Rect:
        return Rect(rect.left + dx, rect.top + dy, rect.right + dx, rect.bottom + dy)

    return _Drawing(
        {node: dot._replace(x=dot.x + dx, y=dot.y + dy) for node, dot in drawing.dots.items()},
        {e: Line(a + dx, b + dy, c + dx, d + dy) for e, (a, b, c, d) in drawing.lines.items()},
        {edge: moved(rect) for edge, rect in drawing.numbers.items()},
        [moved(rect) for rect in drawing.labels],
        drawing.badness,
    )


def _draw_network(sheet: Sheet, graph: Graph, drawing: _Drawing) -> None:
    for edge, (x1, y1, x2, y2) in drawing.lines.items():
        sheet.line([(x1, y1), (x2, y2)], Pen(EDGE), _thickness(graph.edges[edge]["weight"]))
    for edge, rect in drawing.numbers.items():
        size = (rect.right - rect.left, rect.bottom - rect.top)
        sheet.box((rect.left, rect.top), size, Pen("white"), "white")
        sheet.text(_centre(rect), str(graph.edges[edge]["weight"]), _ON_LINE, "center center")
    for (node, dot), rect in zip(drawing.dots.items(), drawing.labels, strict=True):
        sheet.dot((dot.x, dot.y), dot.radius, ACCENT)
        number = str(graph.nodes[node]["instrument_count"])
        sheet.text((dot.x, dot.y), number, _IN_DOT, "center center")
        sheet.text(_centre(rect), graph.nodes[node]["label"], _LABEL, "center center")


def _centre(rect: Rect) -> tuple[float, float]:
    return (rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2


def _thickness(weight: int) -> float:
    return 0.6 + 1.1 * sqrt(weight)


def _weights(graph: Graph) -> dict[tuple[str, str], int]:
    return {(a, b): data["weight"] for a, b, data in graph.edges(data=True)}


def _instruments(graph: Graph) -> set[str]:
    edges = graph.edges(data=True)
    return {item for *_, data in edges for item in data["instruments"].split(SEPARATOR)}


def _subtitle(graph: Graph) -> str:
    ranked = sorted(graph, key=lambda n: (-graph.nodes[n]["instrument_count"], n))[:3]
    most = [f"{graph.nodes[n]['label']} ({graph.nodes[n]['instrument_count']})" for n in ranked]
    total = words.counted(len(_instruments(graph)), "instrument")
    members = words.number(len(graph))
    pairs = words.counted(graph.number_of_edges(), "pair")
    leading = f"; most have {words.listed(most)}" if len(graph) > 3 else ""
    return words.capital(f"{total} between {members} countries in {pairs}{leading}")


def _keys(graph: Graph) -> list[Key]:
    keys = [Key("a country, with the number of its instruments", Pen(ACCENT), 6.0)]
    if max(_weights(graph).values()) > 1:
        return [*keys, Key("instruments of two countries, with their number if over one",
                           Pen(EDGE), width=3.5)]  # fmt: skip
    return [*keys, Key("an instrument of two countries", Pen(EDGE), width=2.0)]


def _caption(graph: Graph, facts: Facts) -> str:
    drawn = _instruments(graph)
    several = sum(len(facts.instruments[item].countries) > 2 for item in drawn)
    left_out = len(facts.instruments) - len(drawn)
    notes = [words.sources(facts.documents(drawn))]
    if several:
        is_are = "counts" if several == 1 else "count"
        notes.append(f"{words.capital(words.counted(several, 'instrument'))} of more than two "
                     f"countries {is_are} for each pair.")  # fmt: skip
    if left_out:
        notes.append(f"Not drawn: {words.counted(left_out, 'instrument')} whose source does not "
                     "say between which countries.")  # fmt: skip
    return " ".join(notes)
