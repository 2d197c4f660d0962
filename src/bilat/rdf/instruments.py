"""The instruments of a source with their parties."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from bilat.namespaces import compact
from bilat.rdf.draft import MAX_PASSAGES
from bilat.rdf.names import NAMED_ALONE, person_called
from bilat.rdf.naming import (
    FILLERS,
    bare_words,
    clean,
    english,
    enumerated,
    in_one_line,
    iri,
    local_name,
    shortened,
    slug,
    with_article,
)
from bilat.rdf.trig import Block

if TYPE_CHECKING:
    from bilat.rdf.background import Country
    from bilat.rdf.draft import Draft
    from bilat.rdf.entities import Entities
    from bilat.rdf.names import Naming
    from bilat.rdf.naming import Term
    from bilat.rdf.trig import Facts, Span
    from bilat.record import Instrument, Party

#: Types of instrument that no label of the scheme names.
INSTRUMENT_TYPES = {
    "memorandum of partnership": "memorandum-of-partnership-and-cooperation",
    "programme": "programme-of-cooperation",
    "other": "other-instrument",
}
#: Short forms in the slugs of instruments.
TYPE_SLUGS = {
    "memorandum-of-understanding": "mou",
    "memorandum-of-mutual-understanding": "mmu",
    "memorandum-of-cooperation": "moc",
    "memorandum-of-partnership-and-cooperation": "mpc",
    "letter-of-intent": "loi",
    "memorandum-of-intent": "moi",
    "programme-of-cooperation": "programme",
    "other-instrument": "document",
}


@dataclass
class _Side:
    """A party as it will be written."""

    country: Country
    body: Naming | None
    unnamed: bool
    quoted: str | None
    spans: list[Span]
    confidence: float
    party: Party | None = None


@dataclass(frozen=True)
class _Item:
    """An instrument with what was made of it; ``title`` is in one line."""

    instrument: Instrument
    title: str
    type: str
    fields: list[str]
    sides: list[_Side]

    @property
    def field(self) -> str | None:
        """The words for its field."""
        return self.instrument.field if clean(self.instrument.field or "") else None


class Instruments:
    """The instruments of a source; ``signed`` where the text says so, else nobody signed."""

    def __init__(self, draft: Draft, entities: Entities, *, signed: bool) -> None:
        self.draft, self.entities, self.signed = draft, entities, signed
        self.background = draft.background

    def describe(self) -> tuple[list[Block], list[tuple[ox.NamedNode, list[Span]]]]:
        """The instruments with their parties, and the passages of each instrument."""
        blocks: list[Block] = []
        concerned = []
        last = 0
        for instrument in self.draft.record.instruments:
            position = self._position(instrument, last)
            last = position or last
            written = self._instrument(instrument, position)
            if written:
                blocks += written
                concerned.append((written[0].subject, list(written[0].evidence)))
        return blocks, concerned

    def _position(self, instrument: Instrument, last: int) -> int | None:
        """The number that stands before the item, or the next one where a mark does."""
        span = self.draft.locate(instrument.evidence)
        if span is None:
            return None
        start = self.draft.about.text.rfind("\n", 0, span[0]) + 1
        before = self.draft.about.text[start : min(span[1], span[0] + 8)]
        if numbered := re.match(r"\s*(?:№\s*)?([1-9]\d{0,2})[.)]", before):
            return int(numbered[1])
        return last + 1 if re.match(r"\s*[-–—•*·▪●]", before) else None

    def _instrument(self, instrument: Instrument, position: int | None) -> list[Block]:
        """One instrument with its parties; nothing where no passage states it."""
        title = in_one_line(instrument.title)
        if not clean(title) or self.draft.locate(instrument.evidence) is None:
            self.draft.remark("an instrument without a title, or whose words are not in the text")
            return []
        named = f"“{shortened(title)}”"
        spans = self.draft.cite(instrument.evidence)
        if not spans:
            self.draft.remark(f"{named}: a source can have {MAX_PASSAGES} passages and no more")
            return []
        sides = self._sides(instrument, spans)
        fields = self._fields_of(instrument)
        item = _Item(instrument, title, self._type_of(instrument), fields, sides)
        node = self.draft.mint(self._slug_of(item), always_hashed=self.draft.year == "0000")
        if node.value in self.draft.without:
            self.draft.remark(f"{named} does not pass the shapes", instrument.evidence)
            return []
        spans += [s for s in self.draft.cite(instrument.field_evidence) if s not in spans]
        parties = [self._party(node, n, side, instrument) for n, side in enumerate(sides, 1)]
        label, where = self._label_of(item), self.draft.place_of(instrument.evidence)
        not_stated: list[Term] = [iri("status:not-stated")]
        facts: Facts = [
            ("rdf:type", [iri("bilat:Instrument")]),
            ("rdfs:label", [english(label)]),
            ("bilat:titleAsQuoted", [self.draft.quoted(title)]),
            ("bilat:instrumentType", [iri(f"instrument-type:{item.type}")]),
            ("bilat:field", [iri(f"field:{name}") for name in fields]),
            ("bilat:fieldStatus", [] if fields else not_stated),
        ]
        if item.field:
            words = " ".join(item.field.split())
            facts.append(("bilat:fieldAsQuoted", [self.draft.quoted(words)]))
            if not fields:
                note = f"the field “{shortened(words)}” is no concept; its words are kept"
                self.draft.notes.append(where + note)
        if position:
            facts.append(("bilat:listPosition", [ox.Literal(position)]))
        if level := self._level_of(title):
            facts.append(("bilat:level", [iri(f"level:{level}")]))
        facts += [
            ("bilat:hasParty", [party.subject for party in parties]),
            ("bilat:partyStatus", [] if parties else not_stated),
            ("bilat:confidence", self.draft.confidence(instrument.evidence.confidence)),
        ]
        if alike := self._alike(item):
            note = f"{named} may be the same as {' or '.join(map(compact, alike))}"
            self.draft.notes.append(where + note)
        comment = f"{position}. {label}" if position else label
        return [Block(node, [fact for fact in facts if fact[1]], tuple(spans), comment), *parties]

    def _alike(self, item: _Item) -> list[str]:
        """Instruments of that year, type and countries with the same title, or bodies and field."""
        bodies = {side.body.iri for side in item.sides if side.body}
        countries = {side.country.iri for side in item.sides}
        words = set(bare_words(item.title).split())
        # governments agree on many things a year
        telling = {body for body in bodies if body and not body.value.endswith("-government")}
        titled, found = [], []
        of_type = iri(f"instrument-type:{item.type}")
        for node in self.background.subjects("bilat:instrumentType", of_type):
            parties = self.background.values(node, "bilat:hasParty")
            acting, their = (
                {value for party in parties for value in self.background.values(party, name)}
                for name in ("bilat:onBehalfOf", "bilat:partyInstitution")
            )
            if not local_name(node).startswith(f"{self.draft.year}-") or acting != countries:
                continue
            titles = self.background.values(node, "bilat:titleAsQuoted")
            same_title = any(set(bare_words(t.value).split()) == words for t in titles)
            their_fields = {local_name(f) for f in self.background.values(node, "bilat:field")}
            unlike = (item.fields and their_fields) or not telling
            same_field = not unlike or their_fields & set(item.fields)
            if same_title:
                titled.append(node.value)
            elif len(bodies) > 1 and bodies == their and same_field:
                found.append(node.value)
        return titled or found

    def _type_of(self, instrument: Instrument) -> str:
        """The type that the head of the title names, else that of the record."""
        given = instrument.type
        by_title = self.background.concept_leading("instrument-type", instrument.title)
        by_record = INSTRUMENT_TYPES.get(given) or self.background.concept_called(
            "instrument-type", given
        )
        if by_title and given != "exchange of notes":
            return by_title
        return by_record or by_title or "other-instrument"

    def _level_of(self, title: str) -> str | None:
        """The level that a word of the title says."""
        found = self.background.concepts_in("level", title)
        return next((f for f in found if f.startswith("inter")), None)

    def _fields_of(self, instrument: Instrument) -> list[str]:
        """The fields that the phrase names: the whole phrase, else labels among its first words."""
        if not instrument.field:
            return []
        whole = self.background.concept_called("field", instrument.field)
        if whole:
            return [whole]
        # far down a long phrase, words are about something else
        return self.background.concepts_in("field", " ".join(instrument.field.split()[:8]))

    def _slug_of(self, item: _Item) -> str:
        """The prefixed name that it would have: year, countries, type and topic."""
        codes = self.draft.codes([side.country for side in item.sides] or self.draft.countries)
        type_ = TYPE_SLUGS.get(item.type, item.type)
        return f"instrument:{self.draft.year}-{codes}{type_}-{self._topic(item)}"

    def _topic(self, item: _Item) -> str:
        """What a slug says after countries and type: field, else parties, else title."""

        def words(text: str, most: int) -> str:
            return "-".join([w for w in slug(text, 40).split("-") if w not in FILLERS][:most])

        if item.field and self.draft.language == "en" and (found := words(item.field, 5)):
            return found
        if item.fields:
            return "-".join(item.fields[:2])
        names = [_short_name(side).partition(" under ")[0] for side in item.sides if side.body]
        bodies = [words(name, 4) for name in names]
        short = [re.sub(r"^(ministry|government|agency)-?(?=.)", "", body) for body in bodies]
        if found := "-".join(name for name in short[:2] if name):
            return found
        head = item.instrument.type
        own = item.title[len(head) :] if item.title.lower().startswith(head) else item.title
        return words(own, 6) or slug(item.title)

    def _label_of(self, item: _Item) -> str:
        """An English label: type, topic, countries and year."""
        kind = self.background.label(iri(f"instrument-type:{item.type}")) or "Document"
        bodies = [_short_name(side) for side in item.sides if side.body]
        if item.field and self.draft.language == "en":
            text = f"{kind} on {clean(item.field)}"
        elif item.fields:
            names = [self.background.label(iri(f"field:{name}")) or name for name in item.fields]
            text = f"{kind} on {enumerated([name.lower() for name in names])}"
        elif len(bodies) > 1:
            text = f"{kind} between {enumerated(bodies)}"
        elif self.draft.language == "en":
            text = clean(item.instrument.title)
        else:
            text = kind
        countries = [side.country for side in item.sides] or self.draft.countries
        short = "–".join(dict.fromkeys(c.name for c in countries))
        year = self.draft.year if self.draft.year != "0000" else "undated"
        return f"{text} ({short}, {year})" if short else f"{text} ({year})"

    def _sides(self, instrument: Instrument, spans: list[Span]) -> list[_Side]:
        """The parties that the model can hold; none where there are not two countries."""
        named = f"“{shortened(instrument.title)}”"
        found: list[_Side] = []
        for party in instrument.parties:
            side = self._side(party, instrument, named)
            if side is None:
                continue
            bodies = [s.body.iri for s in found if s.body]
            if side.body and side.body.iri in bodies:
                self.draft.remark(f"{named}: {side.body.label} is there twice", instrument.evidence)
                continue
            found.append(side)
        given = {side.country for side in found}
        others = [c for c in self.draft.countries if c not in given]
        if len(self.draft.countries) == 2 and len(given) < 2 and (not found or len(others) == 1):
            # the report is about two countries: the side that it does not name is the other's
            least = min((side.confidence for side in found), default=0.5)
            unnamed = [_Side(c, None, True, None, list(spans), min(least, 0.5)) for c in others]
            found = sorted([*found, *unnamed], key=lambda s: s.party is None)
            if instrument.parties:
                self.draft.remark(f"{named}: of one side no body is named", instrument.evidence)
        if len({side.country for side in found}) < 2:
            if instrument.parties:
                reason = "its parties are not of two countries that the text names"
                self.draft.remark(f"{named}: {reason}", instrument.evidence)
            return []
        for side in found:
            if side.body and side.body.iri:
                self.entities.note_body(side.body, side.body.iri, side.spans)
        return found

    def _side(self, party: Party, instrument: Instrument, named: str) -> _Side | None:
        """One party: a state, a body, or an unnamed body of a country."""
        spans = self.draft.cite(party.evidence) or self.draft.cite(instrument.evidence)
        country = self.background.country(party.country)
        body = None
        if party.kind != "country" and clean(party.name):
            body = self.draft.names.find("institution", party.name, party.country)
            if body and body.iri and country is None:
                country = self._country_of(body.iri)
        if country is None:
            self.draft.remark(
                f"{named}: the country of “{clean(party.name)}” is not known", party.evidence
            )
            return None
        unnamed = party.kind != "country"
        if body and body.iri is None:
            self.draft.remark(
                f"{named}: which “{clean(party.name)}” is meant is not decided", party.evidence
            )
        elif body and body.iri:
            own = self._country_of(body.iri)
            if own and own != country:
                what = f"{body.label} is of {own.name}, not of {country.name}"
                self.draft.remark(f"{named}: {what}", party.evidence)
            elif body.iri.value in self.draft.without:
                self.draft.remark(f"{body.label} does not pass the shapes", party.evidence)
            else:
                unnamed = False
        kept = None if unnamed else body
        return _Side(
            country,
            kept,
            unnamed,
            self._name_as_quoted(party, instrument, kept),
            spans,
            min(party.evidence.confidence, instrument.evidence.confidence),
            party,
        )

    def _country_of(self, node: ox.NamedNode) -> Country | None:
        """The country that the data gives a body."""
        stated = {value.value for value in self.background.values(node, "bilat:country")}
        return next((c for c in self.background.countries() if c.iri.value in stated), None)

    def _name_as_quoted(
        self, party: Party, instrument: Instrument, body: Naming | None
    ) -> str | None:
        """The name in the words of the text, where it is not the label's."""
        name = " ".join(party.name.split())
        if party.kind == "country" or not clean(name):
            return None
        words = " ".join(party.evidence.quote.split())
        if name not in " ".join(self.draft.about.text.split()):
            inside = words != " ".join(instrument.evidence.quote.split()) and len(words) <= 150
            name = words if inside and self.draft.locate(party.evidence) else ""
        label = body.label if body else ""
        same = name == label or label.startswith((f"{name} of ", f"{name} ("))
        return None if same or not name else name

    def _party(self, node: ox.NamedNode, number: int, side: _Side, instrument: Instrument) -> Block:
        """One side of an instrument."""
        facts: Facts = [("rdf:type", [iri("bilat:Party")])]
        if side.body and side.body.iri:
            facts.append(("bilat:partyInstitution", [side.body.iri]))
        elif side.unnamed:
            facts.append(("bilat:institutionStatus", [iri("status:not-stated")]))
        facts += [
            ("bilat:onBehalfOf", [side.country.iri]),
            ("bilat:partyOrder", [ox.Literal(number)]),
        ]
        if side.quoted:
            facts.append(("bilat:nameAsQuoted", [self.draft.quoted(side.quoted)]))
        if signers := self._signatories(side, instrument):
            facts.append(("bilat:signatory", list(signers)))
        facts.append(("bilat:confidence", self.draft.confidence(side.confidence)))
        local = local_name(node)
        return Block(iri(f"party:{local}-{number}"), facts, tuple(side.spans))

    def _signatories(self, side: _Side, instrument: Instrument) -> list[ox.NamedNode]:
        """Who signed for the side: persons of its country, where signing is what was done."""
        if not self.signed:
            return []
        found = []
        for name in instrument.signatories:
            person = person_called(self.draft.record, name)
            if person and self.background.country(person.country) == side.country:
                naming = self.entities.person(person)
                if naming and naming.iri:
                    found.append(naming.iri)
        return list(dict.fromkeys(found))


def _short_name(side: _Side) -> str:
    """The body's name without its country's, for a label that has the countries."""
    if side.body is None:
        return side.country.name
    name = side.body.label.removesuffix(f" of {with_article(side.country.name)}")
    alone = side.body.hint in NAMED_ALONE
    return name if alone else f"the {name}"
