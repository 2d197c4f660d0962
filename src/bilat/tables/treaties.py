"""Treaties of a table: instruments, what happened to them, and their sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bilat.rdf.naming import language_tag
from bilat.rdf.rows import (
    ENDED,
    IN_FORCE,
    ON_BEHALF_OF,
    PARTY_DAYS,
    PARTY_INSTITUTION,
    SIGNED,
    STAGES,
    Treaty,
    key_slug,
)
from bilat.tables.cells import NOTHING_STATED
from bilat.tables.rejects import RowLeftOut
from bilat.tables.work import dated

if TYPE_CHECKING:
    from bilat.rdf.rows import When
    from bilat.tables.cells import Cells
    from bilat.tables.states import Side
    from bilat.tables.work import Work


@dataclass
class _Entry:
    """A treaty whose parties stand in another table: its slug, when it was signed, its sides."""

    slug: str
    signed: str | None
    sides: dict[str, int] = field(default_factory=dict)
    incomplete: bool = False


class Treaties:
    """Takes the rows of instruments, and those of parties after them."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._graph, self._states = work.graph, work.states
        self._with_parties = any(t.part.record == "party" for t in work.tables)
        self._by_key: dict[tuple[str, ...], _Entry] = {}
        self._by_first: dict[str, list[_Entry]] = {}
        self._slugs: dict[str, int] = {}

    def run(self) -> None:
        """Take in every table, instruments first."""
        for record, take in (("instrument", self._instrument), ("party", self._party)):
            self._work.each(record, take)
        for entry in self._entries():
            status = "incomplete" if entry.sides else "not-stated"
            if entry.incomplete or len(entry.sides) < 2:
                self._graph.parties_incomplete(entry.slug, status)

    def _entries(self) -> list[_Entry]:
        return [entry for entries in self._by_first.values() for entry in entries]

    # ---- instruments

    def _instrument(self, row: Cells) -> None:
        title = row.needed("title")
        key = row.key("key")
        if key in self._by_key:
            raise row.leave_out("key", "an earlier row has the same key")
        signed = row.when("signed")
        sides = None if self._with_parties else self._partners(row, signed)
        node = self._graph.row(*row.number)
        treaty = self._describe(row, key, title, signed, sides)
        self._graph.treaty(treaty, node)
        self._acts(row, treaty, signed, node)
        entry = _Entry(treaty.slug, _first(signed))
        if sides is None:
            self._by_key[key or (treaty.slug,)] = entry
            self._by_first.setdefault((key or (treaty.slug,))[0], []).append(entry)
            return
        for side in sides:
            self._side(entry, side, node)
        if len(entry.sides) < 2 or row.incomplete:
            status = "incomplete" if entry.sides else "not-stated"
            self._graph.parties_incomplete(entry.slug, status)

    def _describe(
        self,
        row: Cells,
        key: tuple[str, ...] | None,
        title: str,
        signed: When | None,
        sides: list[Side] | None,
    ) -> Treaty:
        language = language_tag((row.text("language") or "").lower() or row.language("title"))
        types = row.coded("type")
        type_ = next((t.concept for t in types if t.concept), None)
        fields = row.coded("field")
        year = (signed.first or "")[:4] if signed else ""
        names = " and ".join(side.name for side in sides or ())
        label = title
        if not language.startswith("en"):
            what = (type_ or "other-instrument").replace("-", " ").capitalize()
            label = ", ".join(filter(None, (f"{what} of {names}" if names else what, year)))
        stem = key[0] if key else f"{year} {names} {title}"
        return Treaty(
            slug=self._free(f"{self._graph.identifier}-{key_slug(stem)}"),
            title=title,
            language=language,
            label=label,
            type=type_ or "other-instrument",
            fields=tuple(dict.fromkeys(f.concept for f in fields if f.concept)),
            fields_quoted=tuple(dict.fromkeys((f.word, f.language) for f in fields)),
        )

    def _free(self, slug: str) -> str:
        """The slug, with a number where it is taken."""
        number = self._slugs[slug] = self._slugs.get(slug, 0) + 1
        return slug if number == 1 else self._free(f"{slug}-{number}")

    def _acts(self, row: Cells, treaty: Treaty, signed: When | None, node: str) -> None:
        place = self._work.place(row, node, None) if row.has("place") else None
        done = set()
        if signed:
            self._graph.act(treaty, SIGNED, signed, node, place)
            done.add(SIGNED.stage)
        earlier = {"the signature": signed}
        for slot, act in (("in_force", IN_FORCE), ("ended", ENDED)):
            when = row.when(slot)
            if when and (late := next((w for w, d in earlier.items() if before(when, d)), None)):
                row.reject(slot, f"the day lies before that of {late}")
            elif when:
                earlier["the entry into force"] = when
                self._graph.act(treaty, act, when, node)
                done.add(act.stage)
        for word in row.coded("status"):
            told = STAGES.get(word.concept or "")  # of other stages nothing is stated
            if told and told.stage not in done:
                self._graph.act(treaty, told, None, node)
                done.add(told.stage)

    # ---- sides

    def _partners(self, row: Cells, signed: When | None) -> list[Side]:
        """The register's own country and its partners, each once."""
        own = self._work.own_country
        found = {own.slug: own} if own else {}
        named = list(row.sides("partner", self._states, _first(signed)))
        if own and named and all(side == own for _, side in named):
            raise row.leave_out("partner", "the partner is the register's own country")
        if own is None and len(named) == 1:
            row.reject("partner", "the other side is not named; --country says whose it is")
            row.incomplete = True
        for word, side in named:
            if isinstance(side, str):
                row.reject("partner", side, word)
                row.incomplete = True
            else:
                found.setdefault(side.slug, side)
        return list(found.values())

    def _side(self, entry: _Entry, side: Side, node: str) -> str:
        if side.slug in entry.sides:
            return self._graph.party_again(entry.slug, side.slug, node)
        entry.sides[side.slug] = order = len(entry.sides) + 1
        if side.iri:
            fact = (ON_BEHALF_OF, side.iri)
        else:
            fact = (PARTY_INSTITUTION, self._graph.organisation(side.name, side.language, node))
        return self._graph.party(entry.slug, order, side.slug, fact, node)

    def _party(self, row: Cells) -> None:
        key = row.key("instrument")
        if key is None:
            raise row.leave_out("instrument", NOTHING_STATED)
        entry = self._entry(row, key)
        days = {slot: row.when(slot) for slot in PARTY_DAYS if row.has(slot)}
        on = next((w.first for w in days.values() if w and w.first), entry.signed)
        try:
            side = row.side("state", self._states, on)
        except RowLeftOut:
            entry.incomplete = True
            raise
        released, bound = days.get("released"), days.get("bound")
        if released and before(released, bound):
            row.reject("released", "the end lies before the beginning")
            days["released"] = None
        again = side.slug in entry.sides
        node = self._side(entry, side, self._graph.row(*row.number))
        for slot, when in days.items():
            if when and again and when.day is None:
                row.reject(slot, "no exact day, and an earlier row is of the same party")
            else:
                self._graph.state(node, *dated(row, slot, PARTY_DAYS[slot], when))

    def _entry(self, row: Cells, key: tuple[str, ...]) -> _Entry:
        """The treaty that the row is of, described by it where no table of instruments has it."""
        entry = self._by_key.get(key)
        if entry:
            return entry
        alike = self._by_first.get(key[0], [])
        if len(alike) == 1:
            return alike[0]
        if alike:
            raise row.leave_out("instrument", "several instruments have this key, none the title")
        if not row.has("title"):
            raise row.leave_out("instrument", "no instrument has this key")
        signed = row.when("opened")
        treaty = self._describe(row, key, row.needed("title"), signed, None)
        node = self._graph.row(*row.number)
        self._graph.treaty(treaty, node)
        self._acts(row, treaty, signed, node)
        entry = self._by_key[key] = _Entry(treaty.slug, _first(signed))
        self._by_first[key[0]] = [entry]
        return entry


def _first(when: When | None) -> str | None:
    return when.first if when else None


def before(one: When, other: When | None) -> bool:
    """Whether one certainly lies before the other."""
    return bool(other and one.last and other.first and one.last < other.first)
