"""The neighbourhood of an institution, or of a country's institutions: partners by country."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from bilat.diagram import rows, words
from bilat.diagram.columns import Label, column, roomy
from bilat.diagram.facts import Facts, is_country, read, slug
from bilat.diagram.sheet import Key, Sheet
from bilat.diagram.style import EDGE, MARGIN, NAME, UNSTATED_PEN, WIDTH, Look, Pen, field_pens
from bilat.diagram.text import measure, wrap
from bilat.errors import InputError
from bilat.namespaces import PREFIXES
from bilat.network import network

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bilat.store import Store

_NAME_WIDTH = 240.0
_BAR = (MARGIN + _NAME_WIDTH + 10, WIDTH - MARGIN - _NAME_WIDTH - 10)
_SECTION = Look(11.5, bold=True)
_NUMBER = Look(8, bold=True)
_MIXED = Pen(EDGE)
_ROW, _HEAD = 24.0, 34.0


class Link(NamedTuple):
    """A row: an institution in focus and a partner, with the instruments between them."""

    own: str
    partner: str
    instruments: tuple[str, ...]


class _Line(NamedTuple):
    """A row as drawn: the name of a country above its institutions, or a link."""

    country: str
    link: Link | None = None


def draw(store: Store, focus: str) -> Figure:
    """The figure around an institution or a country, given by its IRI.

    Raises InputError where no instrument joins it to a named institution of another country.
    """
    facts = read(store)
    links = _links(store, focus)
    if not links:
        raise InputError(
            f"no instrument joins {facts.name(focus)} to a named institution of another country"
        )
    of = _countries(store)
    sheet = Sheet()
    y = sheet.header(*_heading(facts, focus, links, of))
    pens = _pens(facts, links)
    y = _draw_links(sheet, y, facts, _lines(links, of, facts), of, pens)
    y = sheet.legend(y + 14, _keys(facts, links, pens)) + 12
    return sheet.close(y, _caption(facts, focus, links))


def _links(store: Store, focus: str) -> list[Link]:
    graph = network(store, "institutions")
    home = slug(focus) if is_country(focus) else ""
    joint: dict[tuple[str, str], list[str]] = defaultdict(list)
    for first, second, data in graph.edges(data=True):
        for own, partner in ((first, second), (second, first)):
            if own == focus or (home and graph.nodes[own]["country"] == home):
                joint[own, partner].append(data["instrument"])
    return [Link(*ends, tuple(sorted(items))) for ends, items in sorted(joint.items())]


def _countries(store: Store) -> dict[str, str]:
    """The alpha-3 code of each institution's country."""
    graph = network(store, "institutions")
    return {node: data["country"] for node, data in graph.nodes(data=True)}


def _lines(links: list[Link], of: dict[str, str], facts: Facts) -> list[_Line]:
    """Links below the names of the partners' countries, most instruments first."""
    total = Counter(of[link.partner] for link in links for _ in link.instruments)
    lines = []
    for code, _ in sorted(total.items(), key=lambda item: (-item[1], item[0])):
        own = [link for link in links if of[link.partner] == code]
        own.sort(key=lambda link: (facts.name(link.own), facts.name(link.partner)))
        lines.append(_Line(code))
        sequence = rows.order([rows.Row((link.own,), (link.partner,)) for link in own])
        lines += [_Line(code, own[index]) for index in sequence]
    return lines


def _draw_links(
    sheet: Sheet, y: float, facts: Facts, lines: list[_Line], of: dict[str, str],
    pens: dict[Link, Pen],
) -> float:  # fmt: skip
    ends = [
        [[line.link.own] if line.link else [] for line in lines],
        [[line.link.partner] if line.link else [] for line in lines],
    ]
    labels = [{n: _label(facts, n, of[n]) for names in side for n in names} for side in ends]
    heights = [_ROW if line.link else _HEAD for line in lines]
    for side in (0, 1):
        heights = roomy(labels[side], ends[side], heights)
    places = [column(labels[side], ends[side], heights) for side in (0, 1)]
    for side, align in ((0, "right center"), (1, "left center")):
        for place in places[side].values():
            sheet.bar(_BAR[side], y + place.top, y + place.bottom)
            at = (_BAR[side] + (10 if side else -10), y + place.centre)
            sheet.text(at, place.label.text, place.label.look, align)
    for n, line in enumerate(lines):
        if line.link is None:
            below = y + sum(heights[: n + 1]) - 6
            name = facts.name(PREFIXES["country"] + line.country)
            sheet.text((_BAR[1] - 2, below), name, _SECTION, "left bottom")
        else:
            own, partner = (places[side][ends[side][n][0]].ports[n] for side in (0, 1))
            _draw_link(sheet, (y + own, y + partner), pens[line.link], len(line.link.instruments))
    return y + sum(heights)


def _label(facts: Facts, institution: str, code: str) -> Label:
    name = facts.short(institution, PREFIXES["country"] + code)
    return Label(wrap(name, _NAME_WIDTH, NAME), NAME)


def _draw_link(sheet: Sheet, heights: tuple[float, float], pen: Pen, number: int) -> None:
    left, right = heights
    sheet.curve((_BAR[0], left), (_BAR[1], right), pen, 1.2 + 1.2 * number**0.5)
    if number > 1:
        width, height = measure(str(number), _NUMBER)
        corner = (_BAR[1] - 26 - width / 2, right - height / 2)
        sheet.box((corner[0] - 3, corner[1]), (width + 6, height), Pen("white"), "white", 3.0)
        sheet.text((_BAR[1] - 26, right), str(number), _NUMBER, "center center")


def _pens(facts: Facts, links: list[Link]) -> dict[Link, Pen]:
    """The pen of a field where all instruments of a link state that one."""
    stated = {
        link: {slug(f) for item in link.instruments for f in facts.instruments[item].fields}
        for link in links
    }
    complete = {
        link: all(facts.instruments[item].fields for item in link.instruments) for link in links
    }
    single = {link: next(iter(f)) for link, f in stated.items() if len(f) == 1 and complete[link]}
    pens = field_pens(single.values())
    return {
        link: pens[single[link]] if link in single else _MIXED if fields else UNSTATED_PEN
        for link, fields in stated.items()
    }


def _keys(facts: Facts, links: list[Link], pens: dict[Link, Pen]) -> list[Key]:
    named: dict[Pen, str] = {}
    for link in links:
        fields = facts.instruments[link.instruments[0]].fields
        if pens[link] not in (_MIXED, UNSTATED_PEN):
            named[pens[link]] = facts.name(fields[0])
    keys = [Key(name, pen) for pen, name in sorted(named.items(), key=lambda item: item[1])]
    if _MIXED in pens.values():
        keys.append(Key("several fields", _MIXED))
    if UNSTATED_PEN in pens.values():
        keys.append(Key("field not stated by the source", UNSTATED_PEN))
    return keys


def _heading(facts: Facts, focus: str, links: list[Link], of: dict[str, str]) -> tuple[str, str]:
    items = words.counted(len({i for link in links for i in link.instruments}), "instrument")
    others = words.counted(
        len({of[link.partner] for link in links}), "other country", "other countries"
    )
    partners = len({link.partner for link in links})
    if not is_country(focus):
        text = f"{items} with {words.counted(partners, 'institution')} of {others}"
        return f"Partners of the {facts.name(focus)}", words.capital(text)
    name = words.the(facts.name(focus))
    own = words.counted(len({link.own for link in links}), "institution")
    text = f"{items} between {own} of {name} and {words.number(partners)} of {others}"
    return f"The institutions of {name} and their partners", words.capital(text)


def _caption(facts: Facts, focus: str, links: list[Link]) -> str:
    drawn = {item for link in links for item in link.instruments}
    notes = [words.sources(facts.documents(drawn))]
    if any(len(link.instruments) > 1 for link in links):
        notes.append("A number on a line counts its instruments.")
    others = sum(focus in i.countries for i in facts.instruments.values() if i.iri not in drawn)
    if others:
        notes.append(f"Not drawn: {words.counted(others, 'instrument')} of states, or of bodies "
                     "that are not named.")  # fmt: skip
    return " ".join(notes)
