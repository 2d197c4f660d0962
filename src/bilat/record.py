"""What a communiqué states, as plain values: what reading gives and ingesting takes.

Offsets are code points of the text that was read, the end excluded, so that ``text[start:end] ==
quote``. Countries are ISO 3166-1 alpha-2 codes, dates are ``YYYY-MM-DD``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

INSTRUMENT_TYPES = (
    "memorandum of understanding",
    "memorandum of cooperation",
    "memorandum of partnership",
    "agreement",
    "protocol",
    "joint declaration",
    "joint statement",
    "action plan",
    "roadmap",
    "programme",
    "letter of intent",
    "contract",
    "convention",
    "treaty",
    "exchange of notes",
    "other",
)
PARTY_KINDS = (
    "ministry",
    "agency",
    "government",
    "country",
    "company",
    "university",
    "bank",
    "prosecutor",
    "court",
    "parliament",
    "city_or_region",
    "academy",
    "media",
    "other",
)
EVENT_TYPES = (
    "exchange ceremony",
    "state visit",
    "official visit",
    "summit",
    "talks",
    "intergovernmental commission",
    "other",
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words of the text behind a fact, and how sure the reader is of it (0 to 1)."""

    quote: str
    start: int
    end: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who took part in the event, with the office as the text has it."""

    name: str
    office: str | None
    country: str | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Award:
    """An honour given at the event."""

    name: str
    recipient: str | None
    conferred_by_country: str | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Party:
    """A side of an instrument; ``name`` is singular and without the country."""

    name: str
    country: str | None
    kind: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Instrument:
    """A document that was signed, exchanged, adopted or concluded, and never a planned one.

    Parties are in the order of the text; ``signatories`` are names of people of the record.
    """

    title: str
    type: str
    parties: tuple[Party, ...]
    field: str | None
    evidence: Evidence
    field_evidence: Evidence | None = None
    signatories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the reader could not place; ``line`` counts from 1."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Record:
    """What one document states.

    ``evidence`` holds the words behind facts that are plain strings, by ``date``, ``place``,
    ``event_type``, ``published`` and ``countries/KZ``, one for each country.
    """

    language: str | None = None
    published: str | None = None
    date: str | None = None
    place: str | None = None
    countries: tuple[str, ...] = ()
    event_type: str = "other"
    people: tuple[Person, ...] = ()
    awards: tuple[Award, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    remarks: tuple[Remark, ...] = ()
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    source_url: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The record in the schema of communiqué cases.

        Each fact has its evidence beside its parts: ``quote``, ``start``, ``end``, ``confidence``.
        """

        def words(evidence: Evidence) -> dict[str, Any]:
            return {
                "quote": evidence.quote,
                "start": evidence.start,
                "end": evidence.end,
                "confidence": round(evidence.confidence, 2),
            }

        return {
            "source_url": self.source_url,
            "language": self.language,
            "published": self.published,
            "date": self.date,
            "place": self.place,
            "countries": list(self.countries),
            "event_type": self.event_type,
            "people": [
                {"name": p.name, "office": p.office, "country": p.country, **words(p.evidence)}
                for p in self.people
            ],
            "awards": [
                {
                    "name": a.name,
                    "recipient": a.recipient,
                    "conferred_by_country": a.conferred_by_country,
                    **words(a.evidence),
                }
                for a in self.awards
            ],
            "instruments": [
                {
                    "title": i.title,
                    "type": i.type,
                    "parties": [
                        {"name": p.name, "country": p.country, "kind": p.kind, **words(p.evidence)}
                        for p in i.parties
                    ],
                    "field": i.field,
                    "signatories": list(i.signatories),
                    "field_evidence": words(i.field_evidence) if i.field_evidence else None,
                    **words(i.evidence),
                }
                for i in self.instruments
            ],
            "evidence": {name: words(evidence) for name, evidence in self.evidence.items()},
            "remarks": [{"line": r.line, "message": r.message} for r in self.remarks],
        }


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, ``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
