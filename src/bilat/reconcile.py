"""From names to the IRIs that are known: matched, ambiguous or unknown, each with its reasons.

A judgement that somebody recorded goes first. Then a name matches one known thing of its country
and kind that has the same name, as :mod:`bilat.names` compares them. What is alike is proposed,
never taken.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from rapidfuzz import fuzz, process

from bilat.errors import InputError
from bilat.files import RDF_FORMATS, read_rdf
from bilat.inputs import shipped
from bilat.judgements import FILE, Judgement, Judgements, Verdict
from bilat.names import KINDS, Likeness, Name, compare, countries, folded, other_marks, read
from bilat.namespaces import PREFIXES, compact, expand

if TYPE_CHECKING:
    from collections.abc import Container, Iterable


__all__ = [
    "Candidate", "Decision", "End", "Judgement", "Judgements", "Known", "Outcome", "Reconciler",
    "known_entities", "open_reconciler",
]  # fmt: skip

#: From this score on, a candidate makes the outcome ambiguous; below it is only shown.
PROPOSED = 0.6
#: How many candidates a decision has unless one says so, and how many names are looked at for them.
_SHOWN, _LOOKED_AT = 5, 15
#: How many names are looked at where the country is not known.
_LOOKED_AT_ALL = 60
#: How alike the words of two names must be, of 100, to be looked at.
_WORTH_A_LOOK = 50
#: Kinds of institution that are never each other.
_FORMS = (
    frozenset(("ministry",)),
    frozenset(("university",)),
    frozenset(("bank", "central-bank", "company", "private-company", "state-owned-company")),
    frozenset(("city_or_region", "city", "region")),
)


class Outcome(Enum):
    """What came of a name."""

    MATCH = "match"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something known that the name may mean; the score goes from 0 to 1."""

    iri: str
    label: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a name means; ``iri`` comes with a match, and with a body judged new but unknown yet."""

    name: str
    country: str | None
    kind: str
    outcome: Outcome
    iri: str | None
    candidates: tuple[Candidate, ...]
    reasons: tuple[str, ...]
    judged: bool = False

    def to_json(self) -> str:
        """All of it as a JSON object."""
        import json
        from dataclasses import asdict

        return json.dumps(
            {**asdict(self), "outcome": self.outcome.value}, ensure_ascii=False, indent=2
        )

    def to_table(self, width: int = 0) -> str:
        """What came of it and why, and the candidates in a table."""
        from bilat.results import table

        what = compact(self.iri) if self.iri else "no IRI"
        lines = [f"{self.outcome.value}: {what}", *(f"  {reason}" for reason in self.reasons)]
        rows = [
            [compact(c.iri), f"{c.score:.2f}", c.label, "; ".join(c.reasons)]
            for c in self.candidates
        ]
        if rows:
            lines += ["", table(["candidate", "score", "label", "reasons"], rows, width)]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class End:
    """A body is no more: by what kind of change, since when if known, and what came of it."""

    change: str
    on: str | None = None
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """Something that has an IRI, with its names; ``former`` are names that it had before.

    ``country`` is alpha-2, None where it is not known, empty for what is of no country;
    ``form`` is the kind of an institution, such as ``ministry``.
    """

    iri: str
    labels: tuple[str, ...]
    country: str | None
    kind: str
    former: tuple[str, ...] = ()
    form: str | None = None
    end: End | None = None


class _Label:
    """One name of something known, read for comparing."""

    __slots__ = ("former", "known", "name", "text")

    def __init__(self, known: Known, text: str, former: bool) -> None:
        self.known, self.text, self.former = known, text, former
        self.name: Name = read(known.kind, text, known.country)


class _Bucket:
    """The names of one kind and country, by what one may look for."""

    def __init__(self) -> None:
        self.labels: list[_Label] = []
        self._lines: list[str] = []
        self._by: dict[object, list[_Label]] = defaultdict(list)

    def add(self, known: Known) -> None:
        for texts, former in ((known.labels, False), (known.former, True)):
            for text in texts:
                label = _Label(known, text, former)
                self.labels.append(label)
                self._lines.append(label.name.line)
                for key in {("written", folded(text)), *_keys(label.name)}:
                    self._by[key].append(label)

    def called(self, text: str) -> list[_Label]:
        """Those whose name is written so, but for case, marks and quotes."""
        return self._by.get(("written", folded(text)), [])

    def near(self, name: Name, denied: Container[str] = ()) -> list[tuple[float, _Label]]:
        """Those worth comparing with the name: no others have the same name or are much like it.

        Each with how alike their words are, of 100, or more where they share what is rarer.
        """
        # what is abbreviated or written together shares no word with what it stands for
        near = {id(label): label for key in _keys(name) for label in self._by.get(key, ())}
        found = {
            key: (102.0 if label.name.words == name.words else 101.0, label)
            for key, label in near.items()
        }
        if name.kind != "person" and any(
            compare(name, label.name).same
            for label in near.values()
            if label.known.iri not in denied
        ):
            return list(found.values())
        lines = process.extract(
            name.line,
            self._lines,
            scorer=fuzz.token_set_ratio,
            limit=_LOOKED_AT,
            score_cutoff=_WORTH_A_LOOK,
        )
        for _, score, number in lines:
            label = self.labels[number]
            found.setdefault(id(label), (score, label))
        return list(found.values())


def _keys(name: Name) -> set[object]:
    """What two names may share that are alike without a word in common."""
    short = {name.joined, name.aside, *(i for i in name.initials if len(i) > 2)} - {""}
    return {name.words, *name.more, *short}


class Reconciler:
    """What is known, to put names to. Countries are alpha-2 codes.

    Without a country, or with something known that has none, nothing is matched automatically.
    """

    def __init__(self, known: Iterable[Known], judgements: Judgements | None = None) -> None:
        self.judgements = Judgements() if judgements is None else judgements
        self._buckets: dict[tuple[str, str | None], _Bucket] = defaultdict(_Bucket)
        self._known: dict[str, Known] = {}
        self._countries_of: dict[str, set[str | None]] = defaultdict(set)
        for entity in known:
            self.learn(entity)

    def learn(self, known: Known) -> None:
        """Know one more, so that the next name can be matched with it."""
        self._known[known.iri] = known
        self._countries_of[known.iri].add(known.country)
        self._buckets[known.kind, known.country].add(known)

    def check(self, iri: str, kind: str, country: str | None) -> None:
        """Raises InputError where no such thing is known, with what may be meant."""
        known = self._known.get(iri)
        if known is not None and known.kind != kind:
            article = "an" if known.kind[0] in "aeiou" else "a"
            raise InputError(
                f"{compact(iri)} is {article} {known.kind}, the name is said to be of kind {kind}; "
                f"say --kind {known.kind} if it is one"
            )
        codes = self._countries_of.get(iri, set())
        if known is not None and (country is None or codes & {country, None}):
            return
        if known is not None:
            where = " and ".join(sorted(code for code in codes if code))
            raise InputError(
                f"{compact(iri)} is of {where}, the name of {country}; "
                f"take one of {country}, or say --country {where.partition(' ')[0]}"
                + self._near(iri, kind, country)
            )
        raise InputError(
            f"{compact(iri)} is not known{self._near(iri, kind, country)}; `bilat reconcile NAME` "
            "lists candidates, --new says that the name is of something new"
        )

    def _near(self, iri: str, kind: str, country: str | None) -> str:
        """Whose IRI is most like it, for a message."""
        likely = {
            known.iri: f"{compact(known.iri)} ({_label(known)})"
            for known in self._known.values()
            if known.kind == kind and (country is None or known.country == country)
        }
        close = process.extract(iri, list(likely), limit=3, score_cutoff=_WORTH_A_LOOK)
        return f"; near are {', '.join(likely[found] for found, _, _ in close)}" if close else ""

    def institution(
        self, name: str, country: str | None, kind: str | None = None, *, on: str | None = None
    ) -> Decision:
        """What the name of a body means; ``kind`` is its kind, such as ``ministry``, if known.

        ``on`` is the day of the text: a body that ended only later was still there.
        """
        return self.decide("institution", name, country, kind, on=on)

    def person(self, name: str, country: str | None) -> Decision:
        """Whom a name means."""
        return self.decide("person", name, country)

    def place(self, name: str, country: str | None) -> Decision:
        """Where a name means."""
        return self.decide("place", name, country)

    def decide(
        self,
        kind: str,
        name: str,
        country: str | None,
        form: str | None = None,
        *,
        on: str | None = None,
        shown: int = _SHOWN,
    ) -> Decision:
        """What a name of that kind means, with so many candidates at most.

        Raises InputError for an empty name and unknown kinds.
        """
        if kind not in KINDS:
            raise InputError(f"{kind!r} is no kind; known are {', '.join(KINDS)}")
        if not folded(name):
            raise InputError(f"{name!r} is no name: it has no letter or digit")
        verdict = self.judgements.of(kind, name, country)
        found = self._found(kind, name, country, form, {j.iri for j in verdict.different})
        outcome, iri, reasons, more = self._outcome(found, country, on)
        if verdict.last is not None:
            outcome, iri, reasons = self._by_judgement(verdict.last)
        reasons += tuple(f"not {compact(j.iri)}: {_said(j)}" for j in verdict.different)
        likely = {f.known.iri: f.candidate() for f in (*found, *more)}
        best = sorted(likely.values(), key=lambda c: (-c.score, c.iri))[:shown]
        judged = verdict != Verdict()
        return Decision(name, country, kind, outcome, iri, tuple(best), reasons, judged)

    def _by_judgement(self, last: Judgement) -> tuple[Outcome, str | None, tuple[str, ...]]:
        iri = last.iri or None
        if last.decision == "unsure":
            return Outcome.AMBIGUOUS, None, (f"judged unsure: {_said(last)}",)
        if last.decision == "new" and iri not in self._known:
            return Outcome.UNKNOWN, iri, (f"judged new: {_said(last)}",)
        if iri not in self._known:
            reason = f"judged to be {compact(last.iri)}, which is not known: {_said(last)}"
            return Outcome.AMBIGUOUS, None, (reason,)
        return Outcome.MATCH, iri, (f"judged {last.decision}: {_said(last)}",)

    def _outcome(
        self, found: list[_Found], country: str | None, on: str | None
    ) -> tuple[Outcome, str | None, tuple[str, ...], list[_Found]]:
        same = [f for f in found if f.likeness.same]
        exact = [f for f in same if f.likeness.score == 1]
        if len(exact) == 1 or len(same) == 1:
            known, reasons = (exact or same)[0].known, (exact or same)[0].likeness.reasons
            if known.end is None:
                return Outcome.MATCH, known.iri, reasons, []
            if on and known.end.on and on < known.end.on:
                return Outcome.MATCH, known.iri, (*reasons, f"{_ended(known)}, later than {on}"), []
            more = [f for i in known.end.successors if (f := self._successor(known, i)) is not None]
            return Outcome.AMBIGUOUS, None, (_ended(known),), more
        if same:
            reason = f"{len(same)} have this name: {', '.join(compact(f.known.iri) for f in same)}"
            return Outcome.AMBIGUOUS, None, (reason,), []
        alike = sum(f.likeness.score >= PROPOSED for f in found)
        if alike:
            others = f" and {alike - 1} more" if alike > 1 else ""
            reason = f"somebody has to judge: {_label(found[0].known)}{others} may be meant"
            return Outcome.AMBIGUOUS, None, (reason,), []
        where = f" in {country}" if country else ""
        return Outcome.UNKNOWN, None, (f"nothing known{where} has a name that is like it",), []

    def _successor(self, ended: Known, iri: str) -> _Found | None:
        known = self._known.get(iri)
        if known is None:
            return None
        likeness = Likeness(0.9, False, (f"took the place of {_label(ended)}: {_ended(ended)}",))
        return _Found(known, _label(known), likeness)

    def _found(
        self, kind: str, name: str, country: str | None, form: str | None, denied: Container[str]
    ) -> list[_Found]:
        """The best name of each known thing that is alike and not denied, the most alike first."""
        best: dict[str, _Found] = {}
        for label, is_called in self._worth_a_look(kind, name, country, denied):
            likeness = _likeness(label, is_called, kind, name, country, form)
            found = _Found(label.known, label.text, likeness)
            old = best.get(label.known.iri)
            if likeness.score > 0.2 and (old is None or found.rank > old.rank):
                best[label.known.iri] = found
        return sorted(best.values(), key=lambda f: (-f.likeness.score, f.known.iri))

    def _worth_a_look(
        self, kind: str, name: str, country: str | None, denied: Container[str]
    ) -> list[tuple[_Label, bool]]:
        """The names to compare with, and of each whether it is written as the name is."""
        called: list[_Label] = []
        near: list[tuple[float, _Label]] = []
        for bucket_country in self._countries(kind, country):
            bucket = self._buckets[kind, bucket_country]
            own = [label for label in bucket.called(name) if label.known.iri not in denied]
            called += own
            if len({label.known.iri for label in own}) != 1 or country is None:
                near += bucket.near(read(kind, name, bucket_country), denied)
        near = [(score, label) for score, label in near if label.known.iri not in denied]
        if country is None:  # of all countries together
            near = sorted(near, key=lambda found: (-found[0], found[1].known.iri))[:_LOOKED_AT_ALL]
        return [(label, True) for label in called] + [
            (label, False) for _, label in near if label not in called
        ]

    def _countries(self, kind: str, country: str | None) -> list[str | None]:
        if country is None:
            return [known for of_kind, known in self._buckets if of_kind == kind]
        return [c for c in (country, None) if (kind, c) in self._buckets]


@dataclass(frozen=True, slots=True)
class _Found:
    """Something known, with the one of its names that is most like the name looked for."""

    known: Known
    text: str
    likeness: Likeness

    @property
    def rank(self) -> tuple[bool, float]:
        return self.likeness.same, self.likeness.score

    def candidate(self) -> Candidate:
        likeness = self.likeness
        return Candidate(self.known.iri, _label(self.known), likeness.score, likeness.reasons)


def _likeness(
    label: _Label, exactly: bool, kind: str, name: str, country: str | None, form: str | None
) -> Likeness:
    known = label.known
    asked = read(kind, name, known.country)
    if exactly:
        called = Likeness(1.0, True, (f"“{label.text}” is a name of it",))
        likeness = other_marks(asked, label.name) or called
    else:
        likeness = compare(asked, label.name)
    reasons = list(likeness.reasons)
    if label.former:
        reasons.append(f"“{label.text}” is a former name of it")
    elif not exactly and label.text != known.labels[0]:
        reasons.append(f"compared with its name “{label.text}”")
    same = likeness.same
    if country is None or known.country is None:
        same = False
        of_what = "the name" if country is None else "it"
        reasons.append(f"the country of {of_what} is not known")
    # a name that says itself what the body is goes before what its reader took it for
    told = exactly and asked.heads
    if form and known.form and not told and _differ(form, known.form):
        same = False
        reasons.append(f"it is a {known.form}, the name is of a {form}")
    score = likeness.score if same or not likeness.same else min(likeness.score, 0.9)
    return Likeness(score, same, tuple(reasons))


def _differ(one: str, other: str) -> bool:
    groups = [next((g for g in _FORMS if form in g), None) for form in (one, other)]
    return None not in groups and groups[0] != groups[1]


def _label(known: Known) -> str:
    return known.labels[0] if known.labels else compact(known.iri)


def _said(judgement: Judgement) -> str:
    return f"{judgement.why} ({judgement.who}, {judgement.when})"


def _ended(known: Known) -> str:
    end = known.end
    assert end is not None
    on = f" on {end.on}" if end.on else ""
    into = ", ".join(map(compact, end.successors)) or "nothing"
    return f"{_label(known)} is no more: {end.change}{on}, into {into}"


# ---- What is known -------------------------------------------------------------------------------

_CLASSES = {"Institution": "institution", "Person": "person", "Place": "place"}
_ENDS = ("reorganisation", "merger", "split", "absorption", "dissolution")


def known_entities(data: ox.Store | Iterable[str | os.PathLike[str]]) -> list[Known]:
    """The institutions, persons and places of a store, or of RDF files, by IRI.

    A name record with an end is a former name. A body is no more where a change of it
    (``org:changedBy``) is a merger, a split, a reorganisation, an absorption or a dissolution that
    does not result in the body itself.
    """
    graph = _Graph(data)
    found = []
    for name, kind in _CLASSES.items():
        for iri in sorted(graph.subjects("rdf:type", PREFIXES["bilat"] + name)):
            found += _known(graph, iri, kind)
    return found


class _Graph:
    """Triples to look up, whatever graph they are in."""

    def __init__(self, data: ox.Store | Iterable[str | os.PathLike[str]]) -> None:
        self._engine = data if isinstance(data, ox.Store) else ox.Store()
        if not isinstance(data, ox.Store):
            from pathlib import Path

            for path in data:
                self._engine.extend(read_rdf(Path(path)))

    def subjects(self, predicate: str, value: str) -> set[str]:
        """The IRIs of which the predicate has that IRI."""
        found: Any = self._engine.quads_for_pattern(
            None, _node(predicate), ox.NamedNode(value), None
        )
        return {quad.subject.value for quad in found}

    def values(self, iri: str, *predicates: str) -> list[str]:
        """Without repetition, sorted within each predicate."""
        found: dict[str, None] = {}
        for predicate in predicates:
            quads: Any = self._engine.quads_for_pattern(
                ox.NamedNode(iri), _node(predicate), None, None
            )
            found |= dict.fromkeys(sorted({quad.object.value for quad in quads}))
        return list(found)

    def value(self, iri: str, predicate: str) -> str | None:
        return next(iter(self.values(iri, predicate)), None)


@lru_cache(maxsize=64)
def _node(name: str) -> ox.NamedNode:
    return ox.NamedNode(expand(name))


def _known(graph: _Graph, iri: str, kind: str) -> list[Known]:
    labels = graph.values(
        iri, "rdfs:label", "skos:prefLabel", "skos:altLabel", "skos:hiddenLabel", "foaf:name"
    )
    former: list[str] = []
    for record in graph.values(iri, "bilat:hasName"):
        ended = graph.value(record, "bilat:endDate")
        (former if ended else labels).extend(graph.values(record, "bilat:nameValue"))
    form = graph.value(iri, "bilat:institutionKind")
    where = graph.values(
        iri, "bilat:country", "bilat:associatedCountry", "bilat:inCountry", "bilat:territoryOf"
    )
    codes = dict.fromkeys(countries().by_iri.get(country) for country in where)
    made = Known(
        iri,
        tuple(dict.fromkeys(labels)),
        None,
        kind,
        tuple(name for name in dict.fromkeys(former) if name not in labels),
        form.rpartition("/")[2] if form else None,
        _end(graph, iri) if kind == "institution" else None,
    )
    return [replace(made, country=code) for code in codes or (None,)]


def _end(graph: _Graph, iri: str) -> End | None:
    changes = set(graph.values(iri, "org:changedBy"))
    changes |= graph.subjects("org:originalOrganization", iri)
    for change in sorted(changes):
        kind = (graph.value(change, "bilat:changeKind") or "").rpartition("/")[2]
        into = graph.values(change, "org:resultingOrganization")
        if iri not in into and (kind in _ENDS or (not kind and into)):
            return End(kind or "change", graph.value(change, "bilat:onDate"), tuple(into))
    return None


def open_reconciler(data: str | os.PathLike[str] | None = None) -> Reconciler:
    """What the shipped data and a folder of own data know, with the judgements of that folder.

    The folder may have no RDF file yet.
    """
    files = [path for path, _ in shipped().files()]
    judgements = Judgements()
    if data is not None:
        if not os.path.isdir(data):
            raise InputError(f"{os.fspath(data)}: no such directory; --data names a folder")
        if any(n.lower().endswith(tuple(RDF_FORMATS)) for _, _, ns in os.walk(data) for n in ns):
            files = [path for path, _ in shipped(data).files()]
        judgements = Judgements.load(os.path.join(data, FILE))
    return Reconciler(known_entities(files), judgements)
