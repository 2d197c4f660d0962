"""The names of a record, and what each stands for: an IRI of the data, a new one, or undecided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyoxigraph as ox

from bilat.names import countries, folded
from bilat.rdf.naming import as_day, bare_words, clean, english, romanised, slug, with_article
from bilat.reconcile import Known, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilat.rdf.background import Background, Country
    from bilat.reconcile import Decision, Reconciler
    from bilat.record import Person, Record

#: Kinds of party whose name does not need the country's to tell them apart.
NAMED_ALONE = {"company", "university", "bank", "city_or_region", "media"}


@dataclass(frozen=True)
class Naming:
    """What a name of the record stands for: ``iri`` is None where that is not decided."""

    name: str
    country: str | None
    kind: str
    decision: Decision
    iri: ox.NamedNode | None = None
    label: str = ""
    minted: bool = False
    hint: str | None = None


@dataclass(frozen=True)
class Mention:
    """A name of the record that may be known: ``kind`` is institution, person or place."""

    kind: str
    name: str
    country: str | None
    hint: str | None = None


def mentions(record: Record) -> list[Mention]:
    """The names that the record has, each once, in the order of the text."""
    found = [
        Mention("institution", party.name, party.country, party.kind)
        for instrument in record.instruments
        for party in instrument.parties
        if party.kind != "country"
    ]
    found += [Mention("person", person.name, person.country) for person in record.people]
    for award in record.awards:
        if award.recipient and person_called(record, award.recipient) is None:
            found.append(Mention("person", award.recipient, None))
    if record.place:
        found.append(Mention("place", record.place, _country_of(record.place, record)))
    unique = {(m.kind, m.name, m.country): m for m in reversed(found) if _is_name(m.name)}
    return list(reversed(unique.values()))


def _country_of(place: str, record: Record) -> str | None:
    """The one country that has a city of that name, of those of the record if several have."""
    known = countries().of_city(place)
    likely = known.intersection(record.countries) or known
    return next(iter(likely)) if len(likely) == 1 else None


def _is_name(text: str) -> bool:
    return bool(clean(text) and folded(text))


def person_called(record: Record, name: str) -> Person | None:
    """The person of the record that is meant, be it by the last name."""
    wanted = bare_words(name)
    full = [p for p in record.people if bare_words(p.name) == wanted]
    short = [p for p in record.people if bare_words(p.name).endswith(wanted)]
    return next(iter(full or (short if len(short) == 1 else [])), None)


class Names:
    """What the names of one record stand for: decided once, whoever asks again.

    ``settle`` is asked where a name is ambiguous, with the IRI that something new of that name
    would have; what it gives is the decision.
    """

    def __init__(
        self,
        record: Record,
        reconciler: Reconciler,
        background: Background,
        settle: Callable[[Mention, Decision, str | None], Decision] = lambda _, said, __: said,
    ) -> None:
        self._background = background
        self._minted: set[ox.NamedNode] = set()
        self._labels: set[str] = set()
        self._found: dict[tuple[str, str, str | None], Naming] = {}
        for mention in mentions(record):
            decision = decide(mention, record, reconciler)
            if decision.outcome is Outcome.AMBIGUOUS:
                new = self._new(mention)
                decision = self._apart(decision) or settle(mention, decision, new and new.value)
            naming = self._named(mention, decision)
            self._found[mention.kind, mention.name, mention.country] = naming
            if naming.minted and naming.iri:
                labels = tuple(dict.fromkeys((naming.label, clean(mention.name))))
                form = mention.hint
                known = Known(naming.iri.value, labels, mention.country, mention.kind, form=form)
                reconciler.learn(known)

    def find(self, kind: str, name: str, country: str | None) -> Naming | None:
        """What the name stands for; None for a name that the record does not have."""
        return self._found.get((kind, name, country))

    def place(self) -> Naming | None:
        """What the place of the record is."""
        return next((found for found in self._found.values() if found.kind == "place"), None)

    def all(self) -> tuple[Naming, ...]:
        """Every name, in the order of the text."""
        return tuple(self._found.values())

    def _apart(self, decision: Decision) -> Decision | None:
        """Unknown, where the name is only like names of the same text: those differ on purpose."""
        minted = {node.value for node in self._minted}
        like = {candidate.iri for candidate in decision.candidates}
        if decision.judged or not like or not like <= minted:
            return None
        return replace(decision, outcome=Outcome.UNKNOWN, candidates=(), reasons=())

    def _named(self, mention: Mention, decision: Decision) -> Naming:
        named = Naming(mention.name, mention.country, mention.kind, decision, hint=mention.hint)
        if decision.outcome is Outcome.MATCH and decision.iri:
            node = ox.NamedNode(decision.iri)
            earlier = (found.label for found in self._found.values() if found.iri == node)
            label = self._background.label(node) or next(earlier, self._label(mention))
            return replace(named, iri=node, label=label, minted=node in self._minted)
        new = ox.NamedNode(decision.iri) if decision.iri else self._new(mention)
        if decision.outcome is not Outcome.UNKNOWN or new is None:
            return named
        self._minted.add(new)
        return replace(named, iri=new, label=self._new_label(mention), minted=True)

    def _new(self, mention: Mention) -> ox.NamedNode | None:
        """The IRI for something new; none for a body without a country, which no party can be."""
        country = self._background.country(mention.country)
        is_body = mention.kind == "institution"
        if is_body and country is None:
            return None
        code = f"{country.alpha3.lower()}-" if country and is_body else ""
        wanted = f"{mention.kind}:{code}{slug(mention.name)}"
        return self._background.free(wanted, self._minted)

    def _new_label(self, mention: Mention) -> str:
        """A label for something new: two bodies of one label could not be told apart."""
        label = wanted = self._label(mention)
        number = 1
        while mention.kind == "institution" and (label in self._labels or self._is_label(label)):
            number += 1
            label = f"{wanted} ({number})"
        self._labels.add(label)
        return label

    def _is_label(self, label: str) -> bool:
        return bool(self._background.subjects("rdfs:label", english(label)))

    def _label(self, mention: Mention) -> str:
        """The name in Latin letters, for a body with its country's unless it is in it."""
        name = clean(romanised(mention.name))
        country = self._background.country(mention.country)
        if mention.kind != "institution" or country is None or mention.hint in NAMED_ALONE:
            return name
        return name if _names_country(name, country) else f"{name} of {with_article(country.name)}"


def _who(mention: Mention, record: Record, reconciler: Reconciler) -> Decision:
    """The person; one that is known of another country of the record has to be judged."""
    decision = reconciler.person(mention.name, mention.country)
    if decision.outcome is not Outcome.UNKNOWN or decision.judged:
        return decision
    for country in record.countries:
        other = reconciler.person(mention.name, country)
        if other.outcome is Outcome.MATCH:
            of = f" of {mention.country}" if mention.country else ""
            reason = f"one of that name is known of {country}, none{of}"
            likely = tuple(replace(c, reasons=(*c.reasons, reason)) for c in other.candidates)
            return replace(
                decision, outcome=Outcome.AMBIGUOUS, candidates=likely, reasons=(reason,)
            )
    return decision


def _names_country(name: str, country: Country) -> bool:
    """Whether the country's name, or what is formed from it, is a word of the name."""
    stem = country.name.casefold()[: max(4, len(country.name) - 3)]
    return f" {stem}" in f" {name.casefold()}"


def decide(mention: Mention, record: Record, reconciler: Reconciler) -> Decision:
    """What the reconciler says; a place of no known country may be in any of the record's."""
    if mention.kind == "institution":
        day = as_day(record.date) or as_day(record.published)
        return reconciler.institution(mention.name, mention.country, mention.hint, on=day)
    if mention.kind == "person":
        return _who(mention, record, reconciler)
    codes = (mention.country,) if mention.country else record.countries
    decisions = [reconciler.place(mention.name, country) for country in codes]
    matches = [d for d in decisions if d.outcome is Outcome.MATCH]
    if len({d.iri for d in matches}) == 1:
        return matches[0]
    open_ = [d for d in decisions if d.outcome is not Outcome.UNKNOWN]
    return next(iter(open_ or decisions), None) or reconciler.place(mention.name, None)
