"""Two countries: their institutions left and right, what they agreed on between them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bilat.diagram import rows, words
from bilat.diagram.columns import Label, Place, column, roomy
from bilat.diagram.facts import Event, Facts, Instrument, Party, in_order, read, slug
from bilat.diagram.sheet import Key, Sheet
from bilat.diagram.style import (
    AWARD,
    BOX,
    BOX_NUMBER,
    BOX_SOFT,
    HEADING,
    MARGIN,
    NAME,
    NAME_UNSTATED,
    SMALL,
    UNSTATED_PEN,
    WIDTH,
    Look,
    Pen,
    field_pens,
)
from bilat.diagram.text import measure, wrap
from bilat.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bilat.diagram.facts import Conferral
    from bilat.store import Store

_NAME_WIDTH = 214.0
_BAR = (MARGIN + _NAME_WIDTH + 10, WIDTH - MARGIN - _NAME_WIDTH - 10)
_BOX_WIDTH = 270.0
_BOX_X = (WIDTH - _BOX_WIDTH) / 2
_PAD, _INDENT, _GAP, _LEADING = 7.5, 31.0, 11.0, 2.0
_MOST_PEOPLE, _MOST_EVENTS = 5, 6
_OFFICES = ["head-of-state", "head-of-government", "minister", "ambassador", "other-office", ""]
_AWARD_LOOK = Look(9.5, colour=AWARD)


@dataclass(frozen=True)
class Content:
    """What joins two countries: ``sides`` are their IRIs, left and right."""

    facts: Facts
    sides: tuple[str, str]
    instruments: tuple[Instrument, ...]
    events: tuple[Event, ...]
    conferrals: tuple[Conferral, ...]

    @property
    def names(self) -> tuple[str, str]:
        """The names of the two countries."""
        return self.facts.name(self.sides[0]), self.facts.name(self.sides[1])

    @property
    def in_a_sentence(self) -> tuple[str, str]:
        """The names with an article where they take one."""
        return words.the(self.names[0]), words.the(self.names[1])


class Box(NamedTuple):
    """An instrument as drawn: its texts with their looks, from top to bottom, and its pens."""

    number: str
    texts: tuple[tuple[str, Look], ...]
    pens: tuple[Pen, ...]

    @property
    def height(self) -> float:
        """Height with the padding."""
        return sum(measure(*text)[1] + _LEADING for text in self.texts) - _LEADING + 2 * _PAD


def draw(store: Store, left: str, right: str) -> Figure:
    """The figure of two countries, given by their IRIs.

    Raises InputError where nothing joins them.
    """
    content = between(read(store), left, right)
    sheet = Sheet()
    y = sheet.header(" and ".join(content.names), _subtitle(content))
    y = _draw_countries(sheet, y, content)
    pens = field_pens(
        slug(field) for instrument in content.instruments for field in instrument.fields
    )
    y = _draw_rows(sheet, y + 8, content, pens) if content.instruments else y + 10
    y = sheet.legend(y, _keys(content, pens)) + 12
    return sheet.close(y, _caption(content))


def between(facts: Facts, left: str, right: str) -> Content:
    """The instruments, events and awards that join two countries; InputError if none does."""
    pair = {left, right}
    instruments = [i for i in facts.instruments.values() if pair <= i.countries]
    own = {i.iri for i in instruments}
    awards = {conferral.iri for conferral in facts.conferrals}
    events = [
        event
        for event in facts.events.values()
        if event.iri not in awards and (pair <= event.countries or own & set(event.concerns))
    ]
    known = {s.name for s in facts.documents([*own, *(event.iri for event in events)])}
    conferrals = [c for c in facts.conferrals if _joins(facts, c, pair, known)]
    if left == right or not (instruments or events or conferrals):
        raise InputError(_nothing(facts, left, right))
    return Content(
        facts, (left, right), tuple(_chronological(facts, instruments)), tuple(in_order(events)),
        tuple(conferrals),
    )  # fmt: skip


def _joins(facts: Facts, conferral: Conferral, pair: set[str], known: set[str]) -> bool:
    event = facts.events.get(conferral.iri)
    if event and pair <= event.countries:
        return True
    if conferral.home not in pair:
        return False
    if conferral.giver:
        return conferral.giver in pair and conferral.giver != conferral.home
    # who conferred it is not stated: the document that tells of it is about these two
    return bool(known & {source.name for source in facts.documents([conferral.iri])})


def _nothing(facts: Facts, left: str, right: str) -> str:
    names = words.the(facts.name(left)), words.the(facts.name(right))
    if left == right:
        return f"{names[0]} was given twice; a pair needs two countries"
    partners = {c for i in facts.instruments.values() if left in i.countries for c in i.countries}
    listed = words.listed(sorted(map(facts.name, partners - {left})))
    hint = f"the data join {names[0]} to {listed}" if listed else f"nor {names[0]} and any other"
    return f"no instrument, event or award joins {names[0]} and {names[1]}; {hint}"


def _chronological(facts: Facts, instruments: list[Instrument]) -> list[Instrument]:
    def key(item: Instrument) -> tuple[str, str, int, str]:
        events = facts.events_of(item.iri)
        last = str(events[0].day.last or "~") if events else "~"
        return last, str(facts.documents([item.iri])[:1]), item.position or 9999, item.iri

    return sorted(instruments, key=key)


# What the figure says in words


def _subtitle(content: Content) -> str:
    if not content.instruments:
        events = len(content.events)
        parts = [words.counted(events, "event")] if events else []
        awards = len(content.conferrals)
        parts += [words.counted(awards, "award")] if awards else []
        return words.capital(f"{words.listed(parts)}; the data hold no instrument of the two")
    total = len(content.instruments)
    stated = sum(bool(item.fields) for item in content.instruments)
    all_stated = f"the field is stated{' for all' if total > 1 else ''}"
    field = {total: all_stated, 0: "no field is stated"}.get(
        stated, f"a field is stated for {words.number(stated)}"
    )
    return words.capital(f"{_noun(content)} {_bodies(content)}{_stages(content)}; {field}")


def _noun(content: Content) -> str:
    facts = content.facts
    kinds = {slug(facts.top(item.type)) for item in content.instruments}
    if kinds == {"memorandum"}:
        return words.counted(len(content.instruments), "memorandum", "memoranda")
    return words.counted(len(content.instruments), "instrument")


def _bodies(content: Content) -> str:
    found = [
        {p.institution for i in content.instruments for p in i.parties if p.country == side} - {""}
        for side in content.sides
    ]
    if not all(found):
        return f"between {words.listed(content.in_a_sentence)}"
    left, right = (
        f"{words.counted(len(bodies), 'institution') if not n else words.number(len(bodies))}"
        f" of {content.in_a_sentence[n]}"
        for n, bodies in enumerate(found)
    )
    return f"between {left} and {right}"


def _stages(content: Content) -> str:
    events = [e for i in content.instruments for e in content.facts.events_of(i.iri) if e.stage]
    if not events:
        return ""
    moved = [i for i in content.instruments if any(e.stage for e in content.facts.events_of(i.iri))]
    verbs = words.listed(_verbs(content.facts, events), "or")
    if len(moved) < len(content.instruments):
        verbs = f"{words.number(len(moved))} of them {verbs}"
    known = {e.day for e in events}
    if len(known) == 1:
        return f", {verbs} {words.at(next(iter(known)))}".rstrip()
    days = [e.day.last for e in events if e.day.last]
    return f", {verbs} {words.period(days)}" if days else f", {verbs}"


def _verbs(facts: Facts, events: list[Event]) -> list[str]:
    stages = dict.fromkeys(e.stage for e in sorted(events, key=lambda e: (e.rank, e.stage)))
    return [facts.name(stage).lower() for stage in stages]


def _caption(content: Content) -> str:
    things = [*(i.iri for i in content.instruments), *(e.iri for e in content.events)]
    things += [conferral.iri for conferral in content.conferrals]
    colours = " A colour is a field that the source states." if content.instruments else ""
    return words.sources(content.facts.documents(things)) + colours


def _keys(content: Content, pens: dict[str, Pen]) -> list[Key]:
    labels = {slug(f): content.facts.name(f) for i in content.instruments for f in i.fields}
    keys = [Key(labels[name], pen) for name, pen in pens.items()]
    if any(not item.fields for item in content.instruments):
        keys.append(Key("field not stated by the source", UNSTATED_PEN))
    return keys


# Above the rows: the countries, who spoke for them, events and awards


def _draw_countries(sheet: Sheet, y: float, content: Content) -> float:
    bottom = y
    for side, x in enumerate(_BAR):
        align = "right top" if side == 0 else "left top"
        sheet.text((x, y), content.names[side], HEADING, align)
        below = y + measure(content.names[side], HEADING)[1] + 5
        for line in _people(content, content.sides[side]):
            text = wrap(line, _NAME_WIDTH + 10, SMALL)
            sheet.text((x, below), text, SMALL, align)
            below += measure(text, SMALL)[1] + 4
        bottom = max(bottom, below)
    centre = _draw_awards(sheet, y + 1, content)
    room = _BAR[1] - _BAR[0] - 40
    for line in _event_lines(content):
        text = wrap(line, room, SMALL)
        sheet.text((WIDTH / 2, centre), text, SMALL, "center top")
        centre += measure(text, SMALL)[1] + 3
    return max(bottom, centre) + 12


def _people(content: Content, side: str) -> list[str]:
    facts = content.facts
    held: dict[tuple[int, str], None] = {}
    for event in content.events:
        for person, post in event.people:
            if post and facts.posts[post].country == side:
                rank = _OFFICES.index(facts.posts[post].kind)
                held[rank, f"{facts.name(person)}, {facts.short(post, side)}"] = None
    lines = [line for _, line in sorted(held)]
    if len(lines) <= _MOST_PEOPLE:
        return lines
    rest = len(lines) - _MOST_PEOPLE + 1
    return [*lines[: _MOST_PEOPLE - 1], f"and {words.count(rest, 'other office holder')}"]


def _draw_awards(sheet: Sheet, y: float, content: Content) -> float:
    left, right = _BAR[0] + 16, _BAR[1] - 16
    for conferral in content.conferrals:
        text = wrap(_award_line(content, conferral), right - left, _AWARD_LOOK)
        sheet.text((WIDTH / 2, y), text, _AWARD_LOOK, "center top")
        y += measure(text, _AWARD_LOOK)[1] + 7
        start, end = (left, right) if conferral.home == content.sides[1] else (right, left)
        if not conferral.conferrer:  # an open end: nobody says who gave it
            start = (left + right) / 2
        sheet.arrow((start, y), (end, y), Pen(AWARD))
        if not conferral.conferrer:
            sheet.dot((start, y), 3.0, "white", AWARD)
        y += 9
    return y


def _award_line(content: Content, conferral: Conferral) -> str:
    facts = content.facts
    award, who = facts.name(conferral.award), facts.name(conferral.recipient)
    if conferral.conferrer:
        return f"{award}, conferred on {who} by {facts.name(conferral.conferrer)}"
    return f"{award} conferred on {who} (by whom is not stated)"


def _event_lines(content: Content) -> list[str]:
    events = content.events
    hidden = events[: len(events) - _MOST_EVENTS + 1] if len(events) > _MOST_EVENTS else ()
    lines = [_event_line(content.facts, event) for event in events[len(hidden) :]]
    if hidden:
        days = [event.day.last for event in hidden if event.day.last]
        dated = f" {words.period(days)}" if days else ""
        lines.insert(0, f"{words.count(len(hidden), 'earlier event')}{dated}")
    return lines


def _event_line(facts: Facts, event: Event) -> str:
    kind = facts.name(event.type) if event.type else facts.name(event.iri)
    place = f", {event.place}" if event.place else ""
    known = words.when(event.day)
    return f"{kind}{place} · {known}" if known else f"{kind}{place}"


# The rows


def _draw_rows(sheet: Sheet, y: float, content: Content, pens: dict[str, Pen]) -> float:
    labels: tuple[dict[str, Label], ...] = ({}, {})
    ends = [_row(content, item, labels) for item in content.instruments]
    boxes = _boxes(content, pens)
    sequence = rows.order(ends)
    ends, boxes = [ends[i] for i in sequence], [boxes[i] for i in sequence]
    heights = [box.height + _GAP for box in boxes]
    for side in (0, 1):
        heights = roomy(labels[side], [end[side] for end in ends], heights)
    for side in (0, 1):
        drawn = column(labels[side], [end[side] for end in ends], heights)
        _draw_column(sheet, y, side, drawn)
        for n, box in enumerate(boxes):
            ports = [y + drawn[name].ports[n] for name in ends[n][side]]
            _draw_links(sheet, side, ports, y + sum(heights[:n]) + heights[n] / 2, box)
    for n, box in enumerate(boxes):
        _draw_box(sheet, y + sum(heights[:n]) + heights[n] / 2, box)
    return y + sum(heights) + 14


def _row(content: Content, item: Instrument, labels: tuple[dict[str, Label], ...]) -> rows.Row:
    sides = []
    for side, country in enumerate(content.sides):
        parties = [party for party in item.parties if party.country == country]
        ends = dict(
            _end(content.facts, item, party)
            for party in parties or [Party(country, "", unnamed=True)]
        )
        labels[side].update(ends)
        sides.append(tuple(ends))
    return rows.Row(*sides)


def _end(facts: Facts, item: Instrument, party: Party) -> tuple[str, Label]:
    country = facts.name(party.country)
    if party.institution:
        name = facts.short(party.institution, party.country)
        return party.institution, Label(wrap(name, _NAME_WIDTH, NAME), NAME)
    if party.unnamed:
        # each stands alone: nobody says that two bodies not named are the same
        text = wrap(f"{country} (body not named)", _NAME_WIDTH, NAME_UNSTATED)
        return f"{party.country} {item.iri}", Label(text, NAME_UNSTATED)
    return party.country, Label(wrap(country, _NAME_WIDTH, NAME), NAME)


def _boxes(content: Content, pens: dict[str, Pen]) -> list[Box]:
    positions = Counter(item.position for item in content.instruments)
    as_listed = max(positions.values()) == 1 and None not in positions
    acts = _acts(content)
    return [
        Box(
            str(item.position if as_listed else n),
            tuple(_box_texts(content, item, acts.get(item.iri, ""))),
            tuple(pens[slug(field)] for field in item.fields) or (UNSTATED_PEN,),
        )
        for n, item in enumerate(content.instruments, 1)
    ]


def _acts(content: Content) -> dict[str, str]:
    """What became of each instrument and when, where that is not the same for all."""
    facts = content.facts
    events = {i.iri: [e for e in facts.events_of(i.iri) if e.stage] for i in content.instruments}
    one_day = len({e.day for own in events.values() for e in own}) == 1
    acts = {}
    for iri, own in events.items():
        if one_day:
            acts[iri] = words.listed(_verbs(facts, own))
        else:
            parts = (f"{facts.name(e.stage).lower()} {words.when(e.day, brief=True)}" for e in own)
            acts[iri] = words.listed([*dict.fromkeys(part.rstrip() for part in parts)])
    return acts if len(set(acts.values())) > 1 else {}


def _box_texts(content: Content, item: Instrument, act: str) -> list[tuple[str, Look]]:
    facts = content.facts
    dots = 12.0 * len(item.fields) if len(item.fields) > 1 else 0.0
    room = _BOX_WIDTH - _INDENT - 13 - dots
    others = sorted(words.the(facts.name(c)) for c in item.countries - set(content.sides))
    found = [
        (facts.name(item.type) if item.type else "Instrument", BOX),
        ("; ".join(item.phrases) or ", ".join(map(facts.name, item.fields)), BOX_SOFT),
        (f"also with {words.listed(others)}" if others else "", BOX_SOFT._replace(italic=True)),
        (act, BOX_SOFT._replace(italic=True)),
    ]
    return [(wrap(text, room, look), look) for text, look in found if text]


def _draw_column(sheet: Sheet, y: float, side: int, drawn: dict[str, Place]) -> None:
    x, sign = _BAR[side], (-1, 1)[side]
    align = ("right center", "left center")[side]
    for place in drawn.values():
        sheet.bar(x, y + place.top, y + place.bottom)
        sheet.text((x + sign * 10, y + place.centre), place.label.text, place.label.look, align)


def _draw_links(sheet: Sheet, side: int, ports: list[float], middle: float, box: Box) -> None:
    x = (_BOX_X, _BOX_X + _BOX_WIDTH)[side]
    pen = box.pens[-side]
    for number, port in enumerate(sorted(ports)):
        at = middle + (number - (len(ports) - 1) / 2) * 7
        sheet.curve((_BAR[side], port), (x, at), pen, 2.6)


def _draw_box(sheet: Sheet, centre: float, box: Box) -> None:
    top = centre - box.height / 2
    sheet.box((_BOX_X, top), (_BOX_WIDTH, box.height), box.pens[0])
    y = top + _PAD
    sheet.text((_BOX_X + 22, y), box.number, BOX_NUMBER, "right top")
    for text, look in box.texts:
        sheet.text((_BOX_X + _INDENT, y), text, look)
        y += measure(text, look)[1] + _LEADING
    for number, pen in enumerate(box.pens if len(box.pens) > 1 else ()):
        x = _BOX_X + _BOX_WIDTH - 12 * (len(box.pens) - number)
        sheet.mark((x, centre), 3.6, pen)
