"""A source graph in the making: its record, its passages, and what is said of what was left out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import pyoxigraph as ox

from bilat.rdf.naming import as_day, clean, day_literal, in_one_line, iri, language_tag

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from bilat.rdf.background import Background, Country
    from bilat.rdf.names import Names, Naming
    from bilat.rdf.naming import Term
    from bilat.rdf.trig import Facts, Span
    from bilat.record import Evidence, Record

#: A passage's number has at most three digits; the last ones are kept for what all facts rest on.
MAX_PASSAGES = 999
RESERVED_PASSAGES = 9


@dataclass(frozen=True)
class About:
    """What is said of the source itself; ``licence`` is an address or a phrase."""

    identifier: str
    text: str
    title: str | None = None
    file_name: str | None = None
    licence: str | None = None


class Draft:
    """What the parts of a graph share while it is made.

    ``without`` has IRIs of what is to be left out, with what depends on it. ``spans`` are the
    places of the text that were cited so far.
    """

    def __init__(
        self,
        record: Record,
        about: About,
        names: Names,
        background: Background,
        without: AbstractSet[str],
    ) -> None:
        self.record, self.about, self.names = record, about, names
        self.background, self.without = background, without
        self.spans: set[Span] = set()
        self.remarks: list[str] = []
        self.notes: list[str] = []
        self._minted: set[ox.NamedNode] = set()
        self.language = language_tag(record.language)
        self.published = self.day(record.published, "publication")
        self.held = self.day(record.date, "event")
        found = [background.country(code) for code in record.countries]
        self.countries = list(dict.fromkeys(c for c in found if c))
        for code, country in zip(record.countries, found, strict=True):
            if country is None:
                self.remark(f"no country has the code {clean(code)!r}")

    # -- what is left out

    def remark(self, message: str, evidence: Evidence | None = None) -> None:
        """Note what was left out, with the line of the text that it is about."""
        if (text := self.place_of(evidence) + message) not in self.remarks:
            self.remarks.append(text)

    def place_of(self, evidence: Evidence | None) -> str:
        """The line of the quote, for the beginning of a remark."""
        span = self.locate(evidence) if evidence else None
        return f"line {self.line(span[0])}: " if span else ""

    def day(self, value: str | None, what: str) -> str | None:
        """The day, or None with a remark where it is none."""
        day = as_day(value)
        if value and day is None:
            self.remark(f"the date of the {what}, {clean(value)!r}, is no day YYYY-MM-DD")
        return day

    def line(self, start: int) -> int:
        """The number of the line, from 1."""
        return self.about.text.count("\n", 0, start) + 1

    def locate(self, evidence: Evidence | None) -> Span | None:
        """Where the quote stands: at its offsets, else at its only occurrence."""
        if evidence is None or not evidence.quote.strip():
            return None
        text, quote = self.about.text, evidence.quote
        if evidence.start >= 0 and text[evidence.start : evidence.end] == quote:
            return evidence.start, evidence.start + len(quote)
        start = text.find(quote)
        if start < 0 or text.find(quote, start + 1) >= 0:
            return None
        return start, start + len(quote)

    def cite(self, *evidence: Evidence | None, spare: int = RESERVED_PASSAGES) -> list[Span]:
        """The places of the quotes, as far as they are found and passages can be numbered."""
        found = [span for e in evidence if (span := self.locate(e))]
        kept = []
        for span in found:
            if span in self.spans or len(self.spans) < MAX_PASSAGES - spare:
                self.spans.add(span)
                kept.append(span)
        return kept

    def quoted(self, text: str) -> ox.Literal:
        """The words with the language of the source."""
        return ox.Literal(text.encode("utf-8", "replace").decode(), language=self.language)

    def mint(self, wanted: str, *, always_hashed: bool = False) -> ox.NamedNode:
        """An IRI of this source's own; without a date it carries the text's checksum."""
        if always_hashed:
            wanted = f"{wanted}-{self.sha256[:8]}"
        node = self.background.free(wanted, self._minted)
        self._minted.add(node)
        return node

    @cached_property
    def sha256(self) -> str:
        """The checksum of the text."""
        return hashlib.sha256(self.about.text.encode()).hexdigest()

    @cached_property
    def year(self) -> str:
        """The year in slugs and labels."""
        return (self.held or self.published or "0000")[:4]

    @cached_property
    def when(self) -> str:
        """The end of an event's label."""
        if self.held:
            day = date.fromisoformat(self.held)
            return f", {day.day} {day:%B} {day.year}"
        if self.published:
            day = date.fromisoformat(self.published)
            return f", reported in {day:%B} {day.year}"
        return ", undated"

    def codes(self, countries: Iterable[Country]) -> str:
        """The alpha-3 codes for a slug, in alphabetical order."""
        return "".join(f"{code}-" for code in sorted({c.alpha3.lower() for c in countries}))

    def confidence(self, *values: float) -> list[Term]:
        """The least of the confidences, as a decimal."""
        least = min((min(max(v, 0.0), 1.0) if v == v else 0.0 for v in values), default=0.0)
        return [ox.Literal(f"{least:.2f}", datatype=iri("xsd:decimal"))]

    # -- facts that several parts write

    def dates(self) -> Facts:
        """The day of the event with its words, or the day of the report as the latest one."""
        if self.held is None:
            return [("bilat:notAfter", [day_literal(self.published)])] if self.published else []
        said = self.record.evidence.get("date")
        short = said and self.locate(said) and len(said.quote) <= 40 and "\n" not in said.quote
        quoted: Facts = (
            [("bilat:dateAsQuoted", [self.quoted(said.quote)])] if said and short else []
        )
        return [("bilat:onDate", [day_literal(self.held)]), *quoted]

    def other_names(self, naming: Naming, names: Iterable[str]) -> Facts:
        """The names of the text that are not the label, with the language."""
        texts = dict.fromkeys(in_one_line(name) for name in names)
        other = [text for text in texts if text and text != naming.label]
        return [("skos:altLabel", [self.quoted(text) for text in other])] if other else []

    def known(self, node: ox.NamedNode, *predicates: str) -> Facts:
        """What the data states already, for a file that can be read alone."""
        found = [(name, self.background.values(node, name)) for name in predicates]
        return [(name, values) for name, values in found if values]
