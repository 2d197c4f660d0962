"""Events, instruments and offices in time: of all countries, or of two."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from bilat.diagram import words
from bilat.diagram.calendar import Axis, axis
from bilat.diagram.facts import Day, Event, Facts, Tenure, in_order, read, slug
from bilat.diagram.pair import between
from bilat.diagram.sheet import Key, Sheet
from bilat.diagram.style import (
    AWARD,
    FAINT,
    INK,
    LINE,
    MARGIN,
    NAME,
    SMALL,
    SOFT,
    UNSTATED,
    UNSTATED_PEN,
    WIDTH,
    Look,
    Pen,
    field_pens,
)
from bilat.diagram.text import measure, wrap
from bilat.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from matplotlib.figure import Figure

    from bilat.store import Store

_LABEL_WIDTH = 196.0
_LEFT, _RIGHT = MARGIN + _LABEL_WIDTH + 16, WIDTH - MARGIN
_ROW, _LANE_GAP = 17.0, 10.0
_DOT, _PITCH, _MOST_DOTS = 2.7, 7.0, 20
_OPEN = 26.0  # how far a bound is drawn into the unknown
_OPEN_DASHES = (0, (1.6, 1.4))
_LEAST_ROOM = 150.0
_OFFICE = Look(8.5, colour=SOFT)
_TEXT = Look(9)
_AWARD_TEXT = Look(9, colour=AWARD)
_HEADS = ("head-of-state", "head-of-government")


class Row(NamedTuple):
    """A line of a lane: when, what in words, and the pens of the instruments it concerns."""

    day: Day
    text: str
    pens: tuple[Pen, ...] = ()
    award: bool = False


class Span(NamedTuple):
    """A line of an office: known ends and the days on which it is attested."""

    text: str
    start: date | None
    end: date | None
    attested: tuple[date, ...]


class Scope(NamedTuple):
    """What a timeline shows."""

    title: str
    events: tuple[Event, ...]
    tenures: tuple[Tenure, ...]
    left_out: int
    instruments: frozenset[str]


def draw(store: Store, *countries: str) -> Figure:
    """The timeline of all countries, or of two given by their IRIs.

    Raises InputError where there is nothing with a date.
    """
    facts = read(store)
    scope = _pair_scope(facts, *countries) if countries else _whole_scope(facts)
    days = [day for event in scope.events for day in event.day if day]
    days = days or [d for t in scope.tenures for d in (t.start, t.end, *t.attested) if d]
    if not days:
        raise InputError("nothing in these data has a date; there is no timeline")
    pens = _pens(facts, scope.events)
    sheet = Sheet()
    y = sheet.header(scope.title, _subtitle(facts, scope))
    time = axis(days, _LEFT, _RIGHT)
    top = y = _draw_axis(sheet, y, time)
    label = _kind_label if countries else _countries_label
    y = _draw_lanes(sheet, y, time, _lanes(facts, scope.events, pens, label))
    y = _draw_offices(sheet, y, time, _offices(facts, scope.tenures))
    for day, _ in time.marks():
        sheet.line([(time.x(day), top), (time.x(day), y)], Pen(FAINT), 1.0, layer=1)
    y = sheet.legend(y + 16, _keys(facts, scope, pens)) + 12
    return sheet.close(y, _caption(facts, scope))


# What is shown


def _whole_scope(facts: Facts) -> Scope:
    tenures = [t for t in facts.tenures if facts.posts[t.post].kind in _HEADS]
    left_out = len(facts.tenures) - len(tenures)
    events = tuple(facts.events.values())
    return Scope(
        "What happened when", events, tuple(tenures), left_out, frozenset(facts.instruments)
    )


def _pair_scope(facts: Facts, left: str, right: str) -> Scope:
    content = between(facts, left, right)
    events = {event.iri: event for event in content.events}
    events |= {c.iri: facts.events[c.iri] for c in content.conferrals}
    people = {person for event in events.values() for person, _ in event.people}
    people |= {person for c in content.conferrals for person in (c.recipient, c.conferrer)}
    own = {post for post, about in facts.posts.items() if about.country in content.sides}
    tenures = [t for t in facts.tenures if t.person in people and t.post in own]
    title = f"{words.listed(content.names)} in time"
    instruments = frozenset(item.iri for item in content.instruments)
    return Scope(title, tuple(events.values()), tuple(tenures), 0, instruments)


def _pens(facts: Facts, events: Iterable[Event]) -> dict[str, Pen]:
    items = {item for event in events for item in event.concerns if item in facts.instruments}
    return field_pens(slug(f) for item in items for f in facts.instruments[item].fields)


def _lanes(
    facts: Facts, events: Iterable[Event], pens: Mapping[str, Pen],
    label: Callable[[Facts, Event], str],
) -> dict[str, list[Row]]:  # fmt: skip
    lanes: dict[str, list[Row]] = defaultdict(list)
    for event in in_order(events):
        lanes[label(facts, event)].append(_row(facts, event, pens))
    return lanes


def _row(facts: Facts, event: Event, pens: Mapping[str, Pen]) -> Row:
    items = [facts.instruments[item] for item in event.concerns if item in facts.instruments]
    drawn = sorted(
        (pens[slug(item.fields[0])] if item.fields else UNSTATED_PEN for item in items),
        key=[*pens.values(), UNSTATED_PEN].index,
    )
    awards = [c for c in facts.conferrals if c.iri == event.iri]
    what = "; ".join(f"{facts.name(c.award)} to {facts.name(c.recipient)}" for c in awards)
    if items and event.stage:
        number = words.count(len(items), "instrument")
        what = f"{number} {facts.name(event.stage).lower()}"
    what = (what or facts.name(event.type or event.iri)) + (f", {event.place}" * bool(event.place))
    known = words.when(event.day, brief=True) or "date not stated"
    return Row(event.day, f"{what} · {known}", tuple(drawn), bool(awards))


def _countries_label(facts: Facts, event: Event) -> str:
    return " – ".join(sorted(map(facts.name, _countries(facts, event)))) or "No country stated"


def _countries(facts: Facts, event: Event) -> frozenset[str]:
    if event.countries:
        return event.countries
    own = {c for a in facts.conferrals if a.iri == event.iri for c in (a.home, a.giver) if c}
    if len(own) != 1:
        return frozenset(own)
    # an award with one country known belongs to the events that its document tells of
    documents = set(facts.documents([event.iri]))
    for other in facts.events.values():
        if own < other.countries and documents & set(facts.documents([other.iri])):
            return other.countries
    return frozenset(own)


def _kind_label(facts: Facts, event: Event) -> str:
    if any(c.iri == event.iri for c in facts.conferrals):
        return "Awards"
    return "Instruments" if event.concerns else "Meetings and visits"


def _offices(facts: Facts, tenures: Iterable[Tenure]) -> list[Span]:
    ordered = sorted(
        tenures,
        key=lambda t: (facts.name(facts.posts[t.post].country), _begin(t), facts.name(t.person)),
    )
    return [
        Span(f"{facts.name(t.person)}, {facts.name(t.post)}", t.start, t.end, t.attested)
        for t in ordered
    ]


def _begin(tenure: Tenure) -> str:
    return str(tenure.start or min(tenure.attested, default=tenure.end))


# Drawing


def _draw_axis(sheet: Sheet, y: float, time: Axis) -> float:
    for day, name in time.marks():
        sheet.text((time.x(day), y + SMALL.size), name, SMALL, "center baseline")
    return y + SMALL.size + 7


def _draw_lanes(sheet: Sheet, y: float, time: Axis, lanes: Mapping[str, Sequence[Row]]) -> float:
    first: dict[str, str] = {label: str(rows[0].day.last or "~") for label, rows in lanes.items()}
    for label in sorted(lanes, key=lambda label: (first[label], label)):
        top = _draw_label(sheet, y, label, NAME)
        below = y + _LANE_GAP / 2
        for row in lanes[label]:
            below += _draw_row(sheet, below, time, row)
        y = max(top, below + _LANE_GAP / 2)
    sheet.line([(MARGIN, y), (_RIGHT, y)], Pen(LINE), 0.8)
    return y


def _draw_offices(sheet: Sheet, y: float, time: Axis, spans: Sequence[Span]) -> float:
    if not spans:
        return y
    sheet.text((MARGIN, y + 14), "In office", NAME)
    y += 14 + measure("In office", NAME)[1] + 5
    for span in spans:
        sheet.line([(MARGIN, y), (_RIGHT, y)], Pen(FAINT), 1.0, layer=1)
        text = wrap(span.text, _LABEL_WIDTH, _OFFICE)
        height = max(_ROW, measure(text, _OFFICE)[1] + 5)
        sheet.text((MARGIN, y + height / 2), text, _OFFICE, "left center")
        _draw_span(sheet, y + height / 2, time, span)
        y += height
    return y


def _draw_label(sheet: Sheet, y: float, label: str, look: Look) -> float:
    """The name of a lane; gives the y below it."""
    text = wrap(label, _LABEL_WIDTH, look)
    sheet.line([(MARGIN, y), (_RIGHT, y)], Pen(LINE), 0.8)
    top = y + _LANE_GAP / 2 + (_ROW - measure("x", look)[1]) / 2
    sheet.text((MARGIN, top), text, look)
    return top + measure(text, look)[1] + _LANE_GAP / 2


def _draw_row(sheet: Sheet, y: float, time: Axis, row: Row) -> float:
    """A row; gives its height."""
    colour = AWARD if row.award else INK
    last = row.day.last
    if last is None:
        return _draw_text(sheet, y, (_LEFT, _LEFT), row, _ROW)
    end = begin = time.x(last)
    dots = -(-len(row.pens) // _MOST_DOTS) * _PITCH
    middle = y + max(_ROW, dots + 4) / 2
    if row.day.on is None:
        begin = time.x(row.day.after) if row.day.after and row.day.before else end - _OPEN
        if row.day.before is None:
            begin, end = end, end + _OPEN
        known = row.day.after and row.day.before
        sheet.line([(begin, middle), (end, middle)],
                   Pen(colour, "solid" if known else _OPEN_DASHES), 2.0)  # fmt: skip
    sheet.line([(time.x(last), middle - 6), (time.x(last), middle + 6)], Pen(colour), 2.4)
    return _draw_text(sheet, y, (begin, end), row, max(_ROW, dots + 4))


def _draw_text(
    sheet: Sheet, y: float, taken: tuple[float, float], row: Row, height: float
) -> float:
    """Dots and words of a row beside its mark, on the side with more room; gives the height."""
    dots = min(len(row.pens), _MOST_DOTS) * _PITCH + (5 if row.pens else 0)
    to_right = _RIGHT - taken[1] >= taken[0] - _LEFT
    room = (_RIGHT - taken[1] if to_right else taken[0] - _LEFT) - 8 - dots
    if room < _LEAST_ROOM:  # the mark takes the whole width: below it
        return height + _draw_text(sheet, y + height, (_LEFT, _LEFT), row, _ROW)
    look = _AWARD_TEXT if row.award else _TEXT
    text = wrap(row.text, room, look)
    height = max(height, measure(text, look)[1] + 4)
    side = 1 if to_right else -1
    start = taken[1] + 8 if to_right else taken[0] - 8
    lines = -(-len(row.pens) // _MOST_DOTS)
    for n, pen in enumerate(row.pens if to_right else reversed(row.pens)):
        line, place = divmod(n, _MOST_DOTS)
        dy = (line - (lines - 1) / 2) * _PITCH
        sheet.mark((start + side * (place + 0.5) * _PITCH, y + height / 2 + dy), _DOT, pen)
    at = (start + side * dots, y + height / 2)
    sheet.text(at, text, look, "left center" if to_right else "right center")
    return height


def _draw_span(sheet: Sheet, y: float, time: Axis, span: Span) -> None:
    """A tenure: a bar as far as it is known, an open end where it is not."""
    days = [day for day in (span.start, span.end, *span.attested) if day]
    if not days:
        return
    begin, end = (min(max(_LEFT, time.x(day)), _RIGHT) for day in (min(days), max(days)))
    sheet.line([(begin, y), (end, y)], Pen(SOFT), 4.0)
    open_end = Pen(UNSTATED, _OPEN_DASHES)
    if span.start is None:
        sheet.line([(max(_LEFT, begin - _OPEN), y), (begin, y)], open_end, 2.0)
    if span.end is None:
        sheet.line([(end, y), (min(_RIGHT, end + _OPEN), y)], open_end, 2.0)
    for day in span.attested:
        if time.first <= day <= time.last:
            sheet.dot((time.x(day), y), 3.4, SOFT)


# Words


def _subtitle(facts: Facts, scope: Scope) -> str:
    items = {item for event in scope.events for item in event.concerns}
    parts = [words.counted(len(scope.events), "event")] if scope.events else []
    parts += [words.counted(len(items), "instrument")] if items else []
    people = len({tenure.person for tenure in scope.tenures})
    parts += [words.counted(people, "office holder")] if people else []
    known = {event.day for event in scope.events if event.day.last}
    days = [day.last for day in known if day.last]
    dated = words.at(next(iter(known))) if len(known) == 1 else words.period(days) if days else ""
    undated = sum(event.day.last is None for event in scope.events)
    rest = f"; {words.counted(undated, 'event')} without a date" if undated else ""
    return words.capital(f"{words.listed(parts)}{', ' * bool(dated)}{dated}{rest}")


def _keys(facts: Facts, scope: Scope, pens: Mapping[str, Pen]) -> list[Key]:
    concerned = {item for event in scope.events for item in event.concerns}
    items = [item for iri, item in facts.instruments.items() if iri in concerned]
    labels = {slug(f): facts.name(f) for item in items for f in item.fields}
    keys = [Key(labels[name], pen, dot=3.4) for name, pen in pens.items()]
    if any(not item.fields for item in items):
        keys.append(Key("field not stated", UNSTATED_PEN, dot=3.4))
    if any(event.day.last and not event.day.on for event in scope.events):
        keys.append(Key("day not known, only its bound", Pen(INK, _OPEN_DASHES), width=2.0))
    if any(tenure.attested for tenure in scope.tenures):
        keys.append(Key("in office on that day", Pen(SOFT), dot=3.4))
    if any(not tenure.start or not tenure.end for tenure in scope.tenures):
        keys.append(Key("begin or end not known", Pen(UNSTATED, _OPEN_DASHES), width=2.0))
    return keys


def _caption(facts: Facts, scope: Scope) -> str:
    things = [*(event.iri for event in scope.events), *(t.iri for t in scope.tenures)]
    notes = [words.sources(facts.documents(things))]
    if any(event.concerns for event in scope.events):
        notes.append("A dot is an instrument, in the colour of the first field that it states.")
    drawn = {item for event in scope.events for item in event.concerns}
    left_out = []
    if waiting := len(scope.instruments - drawn):
        left_out.append(f"{words.counted(waiting, 'instrument')} of which no event is told")
    if scope.left_out:
        offices = words.counted(scope.left_out, "office")
        left_out.append(f"{offices} below head of state or of government")
    if left_out:
        notes.append(f"Not drawn: {words.listed(left_out)}.")
    return " ".join(notes)
