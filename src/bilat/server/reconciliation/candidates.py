"""What a name that somebody wants reconciled may mean, by bilat's own rules, and why.

Institutions and persons go through :class:`bilat.reconcile.Reconciler` with the judgements of the
data, fields through one without, countries through :mod:`bilat.countries`. Nothing is a match that
these would not match by themselves; further properties can only speak against one.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import defaultdict
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox

from bilat.countries import resolver
from bilat.errors import InputError, StoreError, UnresolvedError
from bilat.judgements import FILE, Judgements
from bilat.names import countries, folded
from bilat.namespaces import PREFIXES
from bilat.reconcile import Known, Outcome, Reconciler, known_entities
from bilat.server.reconciliation.schema import (
    COUNTRY,
    COUNTRY_PROPERTY,
    DAY_PROPERTY,
    FIELD,
    INSTITUTION,
    KIND_PROPERTY,
    PERSON,
    TYPES,
    Property,
    Type,
    iri_of,
)
from bilat.server.reconciliation.values import iri_term, values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bilat.knowledge_graph import KnowledgeGraph
    from bilat.reconcile import Decision

#: What was given for a property: texts, and IRIs of what is reconciled already.
Given = tuple[str, ...]
#: The score of what only its properties speak for.
_UNNAMED = 50.0
_HEARD = (COUNTRY_PROPERTY, KIND_PROPERTY)
_KINDS = {INSTITUTION: "institution", PERSON: "person"}

_NAMING = """SELECT ?it ?p ?o WHERE {
  VALUES ?class { bilat:Institution bilat:Person bilat:NameRecord bilat:InstitutionChange }
  ?it a ?class .
  ?it ?p ?o FILTER(?p IN (
    rdf:type, rdfs:label, skos:prefLabel, skos:altLabel, skos:hiddenLabel, foaf:name,
    bilat:hasName, bilat:nameValue, bilat:endDate, bilat:institutionKind, bilat:country,
    bilat:associatedCountry, org:changedBy, org:originalOrganization, org:resultingOrganization,
    bilat:changeKind, bilat:onDate
  )) }"""


class Entity(NamedTuple):
    """Something that names are reconciled with."""

    iri: str
    name: str
    type: Type
    note: str  # what tells it from others of its name
    names: tuple[str, ...]


class Query(NamedTuple):
    """What somebody wants to know: entities of these types, of that name, with those properties."""

    text: str = ""
    types: tuple[Type, ...] = ()
    limit: int = 5
    given: tuple[tuple[Property, Given], ...] = ()

    @property
    def day(self) -> str | None:
        """The day that the text is of."""
        return next(iter(self.of(DAY_PROPERTY)), None)

    def of(self, property: str) -> Given:
        """What is given for that property."""
        return tuple(value for p, found in self.given if p.id == property for value in found)


class Hit(NamedTuple):
    """An entity that may be meant: how sure that is, from 0 to 100, and why."""

    entity: Entity
    score: float
    match: bool
    reasons: tuple[str, ...]
    features: dict[str, bool | float]

    def unmatched(self, reason: str) -> Hit:
        """The same, but not good enough to be taken without asking."""
        return self._replace(match=False, reasons=(*self.reasons, reason))


@lru_cache(maxsize=1)
def entities(kg: KnowledgeGraph) -> Entities:
    """Those of a graph, read once."""
    return Entities(kg)


class Entities:
    """All institutions, persons, countries and fields of a graph, to be found by their names."""

    def __init__(self, kg: KnowledgeGraph) -> None:
        self._store = kg.store
        self._data = kg.inputs.data or kg.manifest().get("data")
        #: Whether judgements may come to what there is, without the graph becoming another.
        self.may_be_judged = bool(self._data)
        known = _named(kg)
        self._reconciler = Reconciler(known)
        self._judged: tuple[int, int] | None = None
        countries_ = _terms(kg, COUNTRY, "?it a bilat:Country")
        fields = _terms(kg, FIELD, TYPES[FIELD].pattern)
        # a country or a field is of no country, so that none need be known
        self._terms = Reconciler(
            Known(e.iri, e.names, "", "place" if e.type.id == COUNTRY else "institution")
            for e in (*countries_, *fields)
        )
        found = (*(_entity(k) for k in {k.iri: k for k in known}.values()), *countries_, *fields)
        self.by_iri = {entity.iri: entity for entity in found}
        self._beginnings = self._all_beginnings()

    # ---- By what it is called --------------------------------------------------------------------

    def find(self, query: Query) -> list[Hit]:
        """The entities that may be meant, the likeliest first. Raises InputError."""
        self._read_judgements()
        hits = self._by_properties(query) if not query.text else self._by_text(query)
        hits = self._compared(hits, query)
        matched = [hit for hit in hits if hit.match]
        if len(matched) > 1:
            reason = f"{len(matched)} would match: {', '.join(h.entity.name for h in matched)}"
            hits = [hit.unmatched(reason) if hit.match else hit for hit in hits]
        hits.sort(key=lambda hit: (-hit.score, not hit.match, hit.entity.iri))
        return hits[: query.limit]

    def _read_judgements(self) -> None:
        """Judgements may be added while the graph stays as it is. Raises StoreError."""
        path = os.path.join(self._data, FILE) if self._data else ""
        try:
            stat = os.stat(path)
        except OSError:
            return
        if self._judged != (stat.st_mtime_ns, stat.st_size):
            try:
                self._reconciler.judgements = Judgements.load(path)
            except InputError as error:
                raise StoreError(str(error)) from None
            self._judged = stat.st_mtime_ns, stat.st_size

    def _by_text(self, query: Query) -> list[Hit]:
        wanted = query.types or tuple(TYPES.values())
        if (entity := self.by_iri.get(iri_of(query.text))) and entity.type in wanted:
            return [Hit(entity, 100.0, True, ("this is its identifier",), {"identifier": True})]
        if not folded(query.text):
            raise InputError(f"{query.text!r} is no name: it has no letter or digit")
        best: dict[str, Hit] = {}
        for type in wanted:
            for hit in self._of_type(type, query):
                old = best.get(hit.entity.iri)
                if old is None or (hit.match, hit.score) > (old.match, old.score):
                    best[hit.entity.iri] = hit
        return list(best.values())

    def _of_type(self, type: Type, query: Query) -> Iterator[Hit]:
        if type.id == COUNTRY:
            yield from self._countries(query)
        elif type.id == FIELD:
            yield from self._hits(
                self._terms.decide("institution", query.text, "", shown=query.limit)
            )
        else:
            yield from self._bodies(_KINDS[type.id], query)

    def _bodies(self, kind: str, query: Query) -> Iterator[Hit]:
        codes, notes = _codes(query)
        kinds = (text.rpartition("/")[2] for text in query.of(KIND_PROPERTY))
        form = next((kind.lower().replace(" ", "-") for kind in kinds), None)
        for code in codes or (None,):
            decision = self._reconciler.decide(
                kind, query.text, code, form, on=query.day, shown=query.limit
            )
            for hit in self._hits(decision):
                yield hit._replace(reasons=hit.reasons + notes)

    def _hits(self, decision: Decision) -> Iterator[Hit]:
        """The candidates of a decision; what was judged to be meant is one, whatever its name."""
        matched = decision.iri if decision.outcome is Outcome.MATCH else None
        likely = {c.iri: (c.score, c.reasons) for c in decision.candidates}
        if matched and (decision.judged or matched not in likely):
            likely[matched] = 1.0, decision.reasons
        first = max(likely, key=lambda iri: likely[iri][0], default=None)
        for iri, (score, reasons) in likely.items():
            if not matched and iri == first:
                reasons = tuple(dict.fromkeys((*reasons, *decision.reasons)))
            features: dict[str, bool | float] = {"name": round(score, 4)}
            if decision.judged:
                features["judged"] = iri == matched
            if decision.kind in _KINDS.values() and decision.country != "":
                features["country_known"] = decision.country is not None
            yield Hit(self.by_iri[iri], round(100 * score, 2), iri == matched, reasons, features)

    def _countries(self, query: Query) -> Iterator[Hit]:
        features: dict[str, bool | float] = {"name": 1.0}
        try:
            state = resolver().resolve(query.text, "any", query.day)
        except UnresolvedError as error:
            for iri in error.candidates:
                entity = self.by_iri.get(iri)
                if entity is not None:
                    yield Hit(entity, 90.0, False, (str(error),), {"name": 0.9})
            if not error.candidates:
                decision = self._terms.decide("place", query.text, "", shown=query.limit)
                for hit in self._hits(decision):
                    yield hit.unmatched(f"it {error.reason}") if hit.match else hit
            return
        if state.iri in self.by_iri:
            yield Hit(self.by_iri[state.iri], 100.0, True, (state.rule,), features)

    # ---- By what else is known -------------------------------------------------------------------

    def _by_properties(self, query: Query) -> list[Hit]:
        """Those that have one of the values for each property; without a name none is matched."""
        wanted = query.types or tuple(TYPES.values())
        types = " UNION ".join(f"{{ {type.pattern} }}" for type in wanted)
        given = [(p, found) for p, found in query.given if p.path]
        parts = []
        for number, (property, found) in enumerate(given):
            terms = {str(t) for value in found for t in _terms_of(property, value)}
            row = " ".join(sorted(terms))
            parts.append(f"VALUES ?v{number} {{ {row} }} ?it {property.path} ?v{number} .")
        if not parts:
            return []
        rows = self._store.select(
            f"SELECT DISTINCT ?it {{ {' '.join(parts)} {{ {types} }} }} "
            f"ORDER BY ?it LIMIT {query.limit}"
        )
        return [
            Hit(self.by_iri[row.it], _UNNAMED, False, ("no name is given",), {})
            for row in rows
            if row.it in self.by_iri
        ]

    def _compared(self, hits: list[Hit], query: Query) -> list[Hit]:
        """The same with what the properties say of them.

        What the country and the kind of a body have to say, the reconciler has heard already.
        """
        asked = [(p, given) for p, given in query.given if p.path and given]
        found = values(self._store, [h.entity.iri for h in hits], [p for p, _ in asked])
        out = []
        for hit in hits:
            features = dict(hit.features)
            for property, given in asked:
                has = found.get(hit.entity.iri, {}).get(property.id, [])
                said = {t for v in has for t in _said(v.name(), getattr(v.term, "value", ""))}
                said |= {folded(name) for v in has for name, _ in v.names}
                same = any(not said.isdisjoint(_said(value, value)) for value in given)
                if property.id == COUNTRY_PROPERTY:
                    same = same or bool(said & {iri for v in given for iri in _country_iris(v)})
                features[f"property:{property.id}"] = same
                if said and not same and property.id not in _HEARD:
                    other = ", ".join(sorted({v.name() for v in has}))
                    hit = hit.unmatched(f"{property.name}: {other}, not {' or '.join(given)}")
            out.append(hit._replace(features=features))
        return out

    # ---- By how a name begins --------------------------------------------------------------------

    def beginning(self, prefix: str, types: Iterable[Type]) -> list[Entity]:
        """Those of the types with a name, or a word in a name, that begins so, or that identifier.

        Whole names come first, then in the order of their names.
        """
        exact = self.by_iri.get(iri_of(prefix))
        wanted, key = set(types), folded(prefix)
        if exact is not None and exact.type in wanted:
            return [exact]
        best: dict[str, tuple[bool, str]] = {}
        at = bisect_left(self._beginnings, (key,)) if key else len(self._beginnings)
        while at < len(self._beginnings) and self._beginnings[at][0].startswith(key):
            text, inner, iri = self._beginnings[at]
            best[iri] = min(best.get(iri, (inner, text)), (inner, text))
            at += 1
        order = sorted(best, key=lambda iri: (*best[iri], iri))
        return [e for e in map(self.by_iri.__getitem__, order) if e.type in wanted]

    def _all_beginnings(self) -> list[tuple[str, bool, str]]:
        """What is left of each name from each of its words on, and whether words are before it."""
        found = set()
        for entity in self.by_iri.values():
            for name in entity.names:
                words = folded(name).split()
                for start in range(len(words)):
                    found.add((" ".join(words[start:]), start > 0, entity.iri))
        return sorted(found)


def _named(kg: KnowledgeGraph) -> list[Known]:
    """The institutions and persons of a graph, wherever it is."""
    rows: Any = kg.store.select(_NAMING).terms
    engine = ox.Store()
    engine.bulk_extend(ox.Quad(*row) for row in rows)
    del rows
    return [known for known in known_entities(engine) if known.labels]


def _entity(known: Known) -> Entity:
    type = TYPES[INSTITUTION if known.kind == "institution" else PERSON]
    country = countries().labels.get(known.country or "", "")
    form = (known.form or "").replace("-", " ") if type.id == INSTITUTION else ""
    note = ", ".join(part for part in (form, country) if part)
    if known.end:
        note += f" (until {known.end.on})" if known.end.on else " (is no more)"
    return Entity(known.iri, known.labels[0], type, note, (*known.labels, *known.former))


def _terms(kg: KnowledgeGraph, type: str, pattern: str) -> list[Entity]:
    """The countries or fields, with their names in all languages, the English one first."""
    # the pattern stands in each part: else the engine would read the names of everything
    parts = " UNION ".join(
        f"{{ {pattern} . ?it {property} ?name BIND({property} AS ?p) }}"
        for property in ("rdfs:label", "skos:prefLabel", "skos:altLabel", "skos:hiddenLabel")
    )
    rows: Any = kg.store.select(
        f"SELECT DISTINCT ?it ?p ?name {{ {parts} }}\nORDER BY ?it ?p ?name"
    )
    named: dict[str, list[tuple[bool, bool, str]]] = defaultdict(list)
    for it, predicate, name in rows.terms:
        other = predicate.value.endswith(("altLabel", "hiddenLabel"))
        named[it.value].append((other, name.language != "en", name.value))
    found = []
    for iri, names in named.items():
        texts = tuple(dict.fromkeys(text for _, _, text in sorted(names)))
        found.append(Entity(iri, texts[0], TYPES[type], _note(iri, type), texts))
    return found


def _note(iri: str, type: str) -> str:
    return iri.rpartition("/")[2] if type == COUNTRY else "field of cooperation"


def _codes(query: Query) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The alpha-2 codes of the countries that are given, and what is to be said of others."""
    codes, notes = [], []
    for value in query.of(COUNTRY_PROPERTY):
        try:
            state = resolver().resolve(iri_of(value), "any", query.day)
        except UnresolvedError as error:
            notes.append(str(error))
            continue
        code = countries().by_iri.get(state.iri)
        if code is None:
            notes.append(f"nothing is reconciled for {state.label}, which has no code today")
        else:
            codes.append(code)
    return tuple(dict.fromkeys(codes)), tuple(notes)


def _country_iris(value: str) -> Iterator[str]:
    try:
        yield folded(resolver().resolve(iri_of(value), "any").iri)
    except UnresolvedError:
        return


def _said(*texts: str) -> set[str]:
    """The texts as they are compared: an IRI by all of it, a name without case and marks."""
    return {folded(form) for text in texts for form in (text, iri_of(text)) if folded(form)}


def _terms_of(property: Property, value: str) -> Iterator[ox.NamedNode | ox.Literal]:
    """The terms that a text may stand for as a value of the property."""
    iris = [iri_of(value)]
    if property.values == COUNTRY:
        with suppress(UnresolvedError):
            iris.append(resolver().resolve(value, "any").iri)
    if property.id == KIND_PROPERTY:
        iris.append(PREFIXES["institution-kind"] + value)
    yield from (term for iri in iris if ":" in iri and (term := iri_term(iri)) is not None)
    for text in dict.fromkeys((value, value.upper())):
        yield ox.Literal(text)
        yield ox.Literal(text, language="en")
