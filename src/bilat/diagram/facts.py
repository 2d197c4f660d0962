"""What the figures show, read from the store once and held as plain values."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from bilat.diagram import words
from bilat.namespaces import PREFIXES
from bilat.network import labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from bilat.store import Store

_BROADER = """
SELECT ?concept (MIN(?wider) AS ?broader) (MIN(?order) AS ?number) WHERE {
  ?concept a skos:Concept .
  OPTIONAL { ?concept skos:broader ?wider }
  OPTIONAL { ?concept bilat:stageOrder ?order }
} GROUP BY ?concept ORDER BY ?concept
"""
_INSTRUMENTS = """
SELECT ?instrument (MIN(?type) AS ?is) (MIN(?number) AS ?position)
  (GROUP_CONCAT(DISTINCT STR(?stated); SEPARATOR=" ") AS ?fields) WHERE {
  ?instrument a bilat:Instrument .
  OPTIONAL { ?instrument bilat:instrumentType ?type }
  OPTIONAL { ?instrument bilat:listPosition ?number }
  OPTIONAL { ?instrument bilat:field ?stated }
} GROUP BY ?instrument ORDER BY ?instrument
"""
_PHRASES = """
SELECT DISTINCT ?instrument (STR(?quoted) AS ?phrase) WHERE {
  ?instrument a bilat:Instrument ; bilat:fieldAsQuoted ?quoted .
} ORDER BY ?instrument ?phrase
"""
_PARTIES = """
SELECT ?instrument ?party (MIN(?number) AS ?order) (MIN(?for) AS ?country)
  (MIN(?body) AS ?institution) (MIN(?unnamed) AS ?status) WHERE {
  ?instrument bilat:hasParty ?party .
  ?party bilat:onBehalfOf ?for .
  OPTIONAL { ?party bilat:partyOrder ?number }
  OPTIONAL { ?party bilat:partyInstitution ?body }
  OPTIONAL { ?party bilat:institutionStatus ?unnamed }
} GROUP BY ?instrument ?party ORDER BY ?instrument ?order ?party
"""
_EVENTS = """
SELECT ?event (MIN(?type) AS ?is) (MIN(?phase) AS ?stage) (MIN(?day) AS ?on) (MIN(?first) AS ?after)
  (MIN(?last) AS ?before) (GROUP_CONCAT(DISTINCT STR(?state); SEPARATOR=" ") AS ?countries)
  (GROUP_CONCAT(DISTINCT STR(?item); SEPARATOR=" ") AS ?concerns) WHERE {
  ?event a bilat:Event .
  OPTIONAL { ?event bilat:eventType ?type }
  OPTIONAL { ?event bilat:stage ?phase }
  OPTIONAL { ?event bilat:onDate ?day }
  OPTIONAL { ?event bilat:notBefore ?first }
  OPTIONAL { ?event bilat:notAfter ?last }
  OPTIONAL { ?event bilat:country ?state }
  OPTIONAL { ?event bilat:concerns ?item }
} GROUP BY ?event ORDER BY ?event
"""
_PLACES = """
SELECT DISTINCT ?event ?where ?city WHERE {
  ?event bilat:place ?place .
  OPTIONAL { ?place bilat:territoryOf ?country }
  BIND(COALESCE(?country, ?place) AS ?where)
  OPTIONAL { ?place bilat:within ?city .
    FILTER NOT EXISTS { ?city bilat:placeKind place-kind:territory } }
} ORDER BY ?event ?where ?city
"""
_PEOPLE = """
SELECT DISTINCT ?event ?person ?post WHERE {
  ?event bilat:hasParticipation ?participation .
  ?participation bilat:participant ?person .
  ?person a bilat:Person .
  OPTIONAL { ?participation bilat:inCapacityOf ?post }
} ORDER BY ?event ?person ?post
"""
_CONFERRALS = """
SELECT DISTINCT ?conferral ?award ?recipient ?home ?conferrer ?from ?givingCountry WHERE {
  ?conferral bilat:award ?award ; bilat:recipient ?recipient .
  OPTIONAL { ?recipient bilat:associatedCountry ?home }
  OPTIONAL { ?conferral bilat:conferrer ?conferrer
    OPTIONAL { ?conferrer bilat:associatedCountry ?from } }
  OPTIONAL { ?award bilat:awardOfCountry ?givingCountry }
} ORDER BY ?conferral ?recipient ?home ?conferrer ?from ?givingCountry
"""
_TENURES = """
SELECT DISTINCT ?tenure ?person ?post ?start ?end ?attested WHERE {
  ?tenure org:member ?person ; bilat:tenureOf ?post .
  OPTIONAL { ?tenure bilat:startDate ?start }
  OPTIONAL { ?tenure bilat:endDate ?end }
  OPTIONAL { ?tenure bilat:attestedOn ?attested }
} ORDER BY ?tenure ?person ?post ?start ?end ?attested
"""
_POSTS = """
SELECT ?post (MIN(?state) AS ?country) (MIN(?office) AS ?kind) WHERE {
  ?post a bilat:Post .
  OPTIONAL { ?post bilat:postOfCountry ?state }
  OPTIONAL { ?post bilat:postKind ?office }
} GROUP BY ?post ORDER BY ?post
"""
_SOURCES = """
SELECT DISTINCT ?thing ?name ?issued WHERE {
  VALUES ?class { bilat:Instrument bilat:Event bilat:Tenure }
  ?thing a ?class ; bilat:evidence/oa:hasSource ?source .
  ?source dct:identifier ?name .
  OPTIONAL { ?source dct:issued ?issued }
} ORDER BY ?thing ?name ?issued
"""


class Day(NamedTuple):
    """When something was: a day, or the bounds that are known, or nothing."""

    on: date | None = None
    after: date | None = None
    before: date | None = None

    @property
    def first(self) -> date | None:
        """The earliest day that is known to be possible."""
        return self.on or self.after

    @property
    def last(self) -> date | None:
        """The latest day that is known to be possible, else the earliest."""
        return self.on or self.before or self.after


class Party(NamedTuple):
    """Who acts for a country: an institution, ``""`` for the state itself or a body not named."""

    country: str
    institution: str
    unnamed: bool


@dataclass(frozen=True)
class Instrument:
    """An instrument; ``fields`` are top-level concepts, ``phrases`` the source's words."""

    iri: str
    type: str
    position: int | None
    fields: tuple[str, ...]
    phrases: tuple[str, ...]
    parties: tuple[Party, ...]
    countries: frozenset[str]


@dataclass(frozen=True)
class Event:
    """An event with the instruments that it concerns and (person, post or "") that took part.

    ``stage`` is what happened to the instruments, ``rank`` the place of that in their life.
    """

    iri: str
    type: str
    stage: str
    rank: int
    day: Day
    countries: frozenset[str]
    concerns: tuple[str, ...]
    place: str
    people: tuple[tuple[str, str], ...]


class Conferral(NamedTuple):
    """An award to a person; ``giver`` is the conferring country, "" where none is stated."""

    iri: str
    award: str
    recipient: str
    home: str
    conferrer: str
    giver: str


class Tenure(NamedTuple):
    """Somebody in a post, as far as known."""

    iri: str
    person: str
    post: str
    start: date | None
    end: date | None
    attested: tuple[date, ...]


class Post(NamedTuple):
    """The country of a post and what kind of office it is, both as far as known."""

    country: str
    kind: str


class Source(NamedTuple):
    """A document: its identifier and the day of its publication."""

    name: str
    issued: date | None


@dataclass(frozen=True)
class Facts:
    """All that the figures draw, by IRI and in order of IRI."""

    names: Mapping[str, str]
    broader: Mapping[str, str]
    instruments: Mapping[str, Instrument]
    events: Mapping[str, Event]
    acts: Mapping[str, tuple[Event, ...]]
    conferrals: tuple[Conferral, ...]
    tenures: tuple[Tenure, ...]
    posts: Mapping[str, Post]
    sources: Mapping[str, tuple[Source, ...]]

    def name(self, iri: str) -> str:
        """The English label, else what the IRI ends in."""
        return self.names.get(iri) or words.capital(slug(iri).replace("-", " "))

    def short(self, iri: str, country: str) -> str:
        """The label without the "of Country" at its end."""
        label, home = self.name(iri), self.name(country)
        for tail in (f" of {home}", f" of the {home}"):
            if label.endswith(tail) and len(label) > len(tail):
                return label.removesuffix(tail)
        return label

    def top(self, concept: str) -> str:
        """The widest concept above this one, or itself."""
        seen = {concept}
        while (wider := self.broader.get(concept, "")) and wider not in seen:
            seen.add(wider)
            concept = wider
        return concept

    def documents(self, things: Iterable[str]) -> list[Source]:
        """The sources that speak of these things, by name."""
        return sorted({s for thing in things for s in self.sources.get(thing, ())}, key=str)

    def events_of(self, instrument: str) -> list[Event]:
        """The events that concern an instrument, earliest first."""
        return in_order(self.acts.get(instrument, ()))


def in_order(events: Iterable[Event]) -> list[Event]:
    """Events by their last possible day, those without any at the end; on one day by stage."""
    return sorted(events, key=lambda e: (str(e.day.last or "~"), e.rank, e.iri))


def is_country(iri: str) -> bool:
    """Whether the IRI is one of a country."""
    return iri.startswith(PREFIXES["country"])


def slug(iri: str) -> str:
    """What an IRI ends in."""
    return iri.rpartition("/")[2]


def read(store: Store) -> Facts:
    """Everything that the figures show."""
    concepts = list(store.select(_BROADER))
    names = labels(store)
    ranks = {c: number for c, _, number in concepts if number is not None}
    events = {event.iri: event for event in _events(store, names, ranks)}
    facts = Facts(
        names=names,
        broader={c: wider for c, wider, _ in concepts if wider},
        instruments={},
        events=events,
        acts=_grouped((item, event) for event in events.values() for item in event.concerns),
        conferrals=tuple(_conferrals(store)),
        tenures=tuple(_tenures(store)),
        posts={post: Post(of or "", slug(kind or "")) for post, of, kind in store.select(_POSTS)},
        sources=_grouped((thing, Source(*source)) for thing, *source in store.select(_SOURCES)),
    )
    return _with_instruments(facts, store)


def _grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return {key: tuple(values) for key, values in found.items()}


def _with_instruments(facts: Facts, store: Store) -> Facts:
    phrases = _grouped(store.select(_PHRASES))
    parties = _grouped(
        (instrument, Party(country, body or "", status is not None))
        for instrument, _, _, country, body, status in store.select(_PARTIES)
    )
    found = {}
    for iri, kind, position, stated in store.select(_INSTRUMENTS):
        own = parties.get(iri, ())
        found[iri] = Instrument(
            iri, kind or "", position, tuple(dict.fromkeys(map(facts.top, (stated or "").split()))),
            phrases.get(iri, ()), own, _countries(facts, iri, own),
        )  # fmt: skip
    return replace(facts, instruments=found)


def _countries(facts: Facts, instrument: str, parties: tuple[Party, ...]) -> frozenset[str]:
    if parties:
        return frozenset(party.country for party in parties)
    # no party is named at all: the two countries of an event that concerns it, as in rule relation
    pairs = (e.countries for e in facts.events_of(instrument) if len(e.countries) == 2)
    return next(pairs, frozenset())


def _events(store: Store, names: Mapping[str, str], ranks: Mapping[str, int]) -> Iterable[Event]:
    people = _grouped((event, (who, post or "")) for event, who, post in store.select(_PEOPLE))
    places: dict[str, list[str]] = defaultdict(list)
    for event, place, city in store.select(_PLACES):
        name, around = names.get(place, slug(place)), names.get(city, "")
        places[event].append(name if name.endswith(around) else f"{name}, {around}")
    for iri, kind, stage, on, after, before, countries, concerns in store.select(_EVENTS):
        known = Day(on or (after if after == before else None), after, before)
        yield Event(
            iri, kind or "", stage or "", ranks.get(stage, 0), known,
            frozenset((countries or "").split()), tuple((concerns or "").split()),
            "; ".join(places.get(iri, [])), people.get(iri, ()),
        )  # fmt: skip


def _conferrals(store: Store) -> Iterable[Conferral]:
    seen = set()
    for iri, award, recipient, home, conferrer, of_conferrer, of_award in store.select(_CONFERRALS):
        if (iri, recipient) not in seen:
            seen.add((iri, recipient))
            giver = (conferrer if is_country(conferrer or "") else of_conferrer) or of_award or ""
            yield Conferral(iri, award, recipient, home or "", conferrer or "", giver)


def _tenures(store: Store) -> Iterable[Tenure]:
    rows = _grouped((row[0], row[1:]) for row in store.select(_TENURES))
    for iri, found in rows.items():
        person, post, start, end, _ = found[0]
        days = sorted({attested for *_, attested in found if attested})
        yield Tenure(iri, person, post, start, end, tuple(days))
