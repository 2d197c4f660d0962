"""Countries and fields of cooperation: how many instruments of a country state a field."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from bilat.diagram import words
from bilat.diagram.facts import Facts, read
from bilat.diagram.sheet import Key, Sheet
from bilat.diagram.style import FAINT, MARGIN, NAME, WIDTH, Look, Pen
from bilat.diagram.text import measure, wrap
from bilat.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from bilat.store import Store

_CELL_HEIGHT, _GAP, _TOTAL_WIDTH = 22.0, 2.0, 52.0
_CELL_WIDTHS = (28.0, 46.0)
_HEADER = Look(9)
_COUNT = Look(9)
_TOTAL = Look(9, bold=True)
_HEADER_LENGTH = 118.0
# from pale to dark in one hue, and the same in grey: read alike by all eyes
_BLUES = ((222, 235, 247), (107, 174, 214), (8, 69, 148))
_GREYS = ((232, 234, 237), (160, 168, 176), (82, 92, 102))
_DARK = 0.22  # the luminance below which white is easier to read than ink
_NOT_STATED = ""


class _Table(NamedTuple):
    countries: list[str]
    fields: list[str]
    counts: Counter[tuple[str, str]]
    by_country: Counter[str]
    by_field: Counter[str]

    def most(self, stated: bool) -> int:
        """The largest number of a country's instruments with one field, or without any."""
        numbers = (n for (_, field), n in self.counts.items() if bool(field) == stated)
        return max(numbers, default=0)

    def fill(self, number: int, field: str) -> str:
        """The colour of a cell; grey for instruments that state no field."""
        if not number:
            return FAINT
        share = (number - 1) / max(1, self.most(bool(field)) - 1)
        return _shade(_BLUES if field else _GREYS, share)


def draw(store: Store) -> Figure:
    """The table of countries and fields; raises InputError where no instrument has a country."""
    facts = read(store)
    table = _table(facts)
    if not table.countries:
        raise InputError("the data hold no instrument with a country; there is nothing to count")
    names = max(measure(facts.name(country), NAME)[0] for country in table.countries)
    left = MARGIN + names + 12
    room = (WIDTH - MARGIN - _TOTAL_WIDTH - left) / len(table.fields)
    cell = max(_CELL_WIDTHS[0], min(_CELL_WIDTHS[1], room))
    sheet = Sheet(max(WIDTH, left + cell * len(table.fields) + _TOTAL_WIDTH + MARGIN))
    y = sheet.header("Fields of cooperation", _subtitle(facts, table))
    left += (sheet.width - MARGIN - _TOTAL_WIDTH - left - cell * len(table.fields)) / 2
    y = _draw_header(sheet, (left, y), cell, facts, table)
    y = _draw_table(sheet, (left, y), cell, facts, table)
    y = sheet.legend(y + 16, _keys(table)) + 12
    note = " An instrument counts for each of its countries and for each of its fields."
    return sheet.close(y, words.sources(facts.documents(facts.instruments)) + note)


def _table(facts: Facts) -> _Table:
    counts: Counter[tuple[str, str]] = Counter()
    by_country: Counter[str] = Counter()
    by_field: Counter[str] = Counter()
    for item in facts.instruments.values():
        fields = item.fields or (_NOT_STATED,)
        by_country.update(item.countries)
        by_field.update(fields if item.countries else ())
        counts.update((country, field) for country in item.countries for field in fields)
    stated = [field for field in by_field if field != _NOT_STATED]
    columns = sorted(stated, key=lambda f: (-by_field[f], f))
    columns += [_NOT_STATED] if _NOT_STATED in by_field else []
    countries = sorted(by_country, key=lambda c: (-by_country[c], facts.name(c)))
    return _Table(countries, columns, counts, by_country, by_field)


def _draw_header(
    sheet: Sheet, at: tuple[float, float], cell: float, facts: Facts, table: _Table
) -> float:
    x, y = at
    labels = [
        wrap(facts.name(field) if field else "field not stated", _HEADER_LENGTH,
             _HEADER._replace(italic=not field))
        for field in table.fields
    ]  # fmt: skip
    bottom = y + max(measure(label, _HEADER)[0] for label in labels) + 4
    for n, (field, label) in enumerate(zip(table.fields, labels, strict=True)):
        look = _HEADER._replace(italic=not field)
        sheet.text((x + (n + 0.5) * cell, bottom), label, look, "center bottom", turned=True)
    end = x + cell * len(table.fields)
    sheet.text((end + _TOTAL_WIDTH / 2, bottom), "all", _TOTAL, "center bottom")
    return bottom + 6


def _draw_table(
    sheet: Sheet, at: tuple[float, float], cell: float, facts: Facts, table: _Table
) -> float:
    x, y = at
    end = x + cell * len(table.fields) + _TOTAL_WIDTH / 2
    for row, country in enumerate(table.countries):
        middle = y + (row + 0.5) * _CELL_HEIGHT
        sheet.text((x - 12, middle), facts.name(country), NAME, "right center")
        for n, field in enumerate(table.fields):
            corner = (x + n * cell, y + row * _CELL_HEIGHT)
            number = table.counts[country, field]
            _draw_cell(sheet, corner, cell, number, table.fill(number, field))
        sheet.text((end, middle), str(table.by_country[country]), _TOTAL, "center center")
    bottom = y + len(table.countries) * _CELL_HEIGHT
    middle = bottom + _CELL_HEIGHT * 0.6
    sheet.text((x - 12, middle), "all instruments", _TOTAL, "right center")
    for n, field in enumerate(table.fields):
        at = (x + (n + 0.5) * cell, middle)
        sheet.text(at, str(table.by_field[field]), _TOTAL, "center center")
    total = sum(bool(item.countries) for item in facts.instruments.values())
    sheet.text((end, middle), str(total), _TOTAL, "center center")
    return middle + _CELL_HEIGHT / 2


def _draw_cell(
    sheet: Sheet, corner: tuple[float, float], width: float, number: int, fill: str
) -> None:
    x, y = corner
    size = (width - _GAP, _CELL_HEIGHT - _GAP)
    sheet.box((x + _GAP / 2, y + _GAP / 2), size, Pen(fill), fill, 2.0)
    if number:
        look = _COUNT._replace(colour="white" if _luminance(fill) < _DARK else _COUNT.colour)
        middle = (x + width / 2, y + _CELL_HEIGHT / 2)
        sheet.text(middle, str(number), look, "center center")


def _shade(scale: Sequence[tuple[int, int, int]], share: float) -> str:
    first, second = (scale[0], scale[1]) if share < 0.5 else (scale[1], scale[2])
    part = share * 2 if share < 0.5 else share * 2 - 1
    mixed = (round(a + (b - a) * part) for a, b in zip(first, second, strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _luminance(colour: str) -> float:
    """Relative luminance as in WCAG 2.2."""
    values = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _keys(table: _Table) -> list[Key]:
    most = table.most(stated=True)
    steps = sorted({1, (most + 1) // 2, most} - {0})
    keys = [
        Key(words.count(step, "instrument"), Pen(table.fill(step, "a field")), width=10.0)
        for step in steps
    ]
    if _NOT_STATED in table.fields:
        grey = Pen(_shade(_GREYS, 0.5))
        keys.append(Key("in grey: the source states no field", grey, width=10.0))
    return keys


def _subtitle(facts: Facts, table: _Table) -> str:
    placed = [item for item in facts.instruments.values() if item.countries]
    stated = sum(bool(item.fields) for item in placed)
    total = words.counted(len(placed), "instrument")
    text = f"{total} of {words.counted(len(table.countries), 'country', 'countries')}"
    leading = [f for f in table.fields if f][:3]
    if not leading:
        return words.capital(f"{text}; no field is stated")
    most = words.listed([f"{facts.name(f).lower()} ({table.by_field[f]})" for f in leading])
    return words.capital(f"{text}; a field is stated for {words.number(stated)}, most often {most}")
