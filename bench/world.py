"""The invented world that benchmarks write about: countries, bodies, posts and their holders.

It depends on a seed alone, whatever is written of it. Terms are written as N-Triples has them.
"""

from __future__ import annotations

import os
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import accumulate, islice
from pathlib import Path
from random import Random

import pyoxigraph as ox

from bilat.inputs import shipped
from bilat.namespaces import PREFIXES

FIRST_DAY, LAST_DAY = date(1992, 1, 1), date(2025, 12, 31)

Triple = tuple[str, str, str]

# ---- terms, as N-Triples writes them


@lru_cache(maxsize=100_000)
def term(name: str) -> str:
    """The IRI of a prefixed name."""
    prefix, _, local = name.partition(":")
    return f"<{PREFIXES[prefix]}{local}>"


def english(text: str) -> str:
    """A text with its language."""
    return f'"{text}"@en'


def day(value: date | str) -> str:
    """A day, which may be ill-formed where that is asked for."""
    return f'"{value}"^^<{PREFIXES["xsd"]}date>'


def whole(value: int) -> str:
    """A whole number."""
    return f'"{value}"^^<{PREFIXES["xsd"]}integer>'


def decimal(value: str) -> str:
    """A decimal number."""
    return f'"{value}"^^<{PREFIXES["xsd"]}decimal>'


#: The value of a flag.
TRUE = f'"true"^^<{PREFIXES["xsd"]}boolean>'


def facts(subject: str, kind: str, *pairs: tuple[str, str]) -> list[Triple]:
    """The triples of one subject: its class, then pairs of property and value."""
    named = [(subject, term(name), value) for name, value in pairs]
    return [(subject, term("rdf:type"), term(kind)), *named]


def without(triples: Iterable[Triple], subject: str, *properties: str) -> list[Triple]:
    """The triples, those with the subject and one of the properties left out."""
    left_out = {term(name) for name in properties}
    return [t for t in triples if t[0] != subject or t[1] not in left_out]


# ---- the invented world: it depends on the seed alone, whatever is written of it


@dataclass(frozen=True)
class Body:
    """An institution."""

    iri: str
    label: str
    kind: str


@dataclass(frozen=True)
class Holder:
    """A person in a post, for one term."""

    person: str
    name: str
    tenure: str
    start: date
    end: date


@dataclass(frozen=True)
class Skewed:
    """Few are taken often, many seldom: the weight of the nth is 1 ÷ n to the power given."""

    number: int
    power: float = 1.0

    @cached_property
    def _sums(self) -> list[float]:
        return list(accumulate(1 / n**self.power for n in range(1, self.number + 1)))

    def one(self, rng: Random) -> int:
        """An index."""
        return bisect(self._sums, rng.random() * self._sums[-1], hi=self.number - 1)


BODIES = {
    "Department of": "government-office", "Agency for": "agency", "Academy of": "academy",
    "Institute of": "research-institute", "Committee on": "inspectorate-or-committee",
    "Bureau of": "government-office", "Chamber of": "chamber", "Fund for": "other-institution",
    "Service for": "agency", "Company for": "state-owned-company",
}  # fmt: skip
TYPES = {
    "memorandum-of-understanding": "mou", "agreement": "agr", "memorandum-of-cooperation": "moc",
    "protocol": "prt", "action-plan": "plan", "programme-of-cooperation": "prg",
    "joint-declaration": "decl", "contract": "con", "treaty": "trt", "roadmap": "road",
}  # fmt: skip
TOPICS = ("political-dialogue", "trade-and-economic-ties", "regional-security", "energy-security")
TALKS = ("talks", "state-visit", "official-visit", "working-visit", "extended-talks", "summit")
FIRST = (
    "Aigul", "Marko", "Lena", "Omar", "Ines", "Pavel", "Sara", "Tomas", "Nadia", "Erik", "Leyla",
    "Viktor", "Amina", "Jonas", "Rosa", "Samir", "Dilnoza", "Hugo", "Mei", "Kofi", "Anil", "Petra",
)  # fmt: skip
LAST = (
    "Akhmet", "Novak", "Silva", "Haddad", "Keller", "Ivanov", "Tanaka", "Okoye", "Larsen", "Costa",
    "Demir", "Petrov", "Rahman", "Weber", "Moreau", "Singh", "Kovac", "Mendes", "Aliyev", "Chen",
)  # fmt: skip
TERM = 4  # years

#: A country that nobody of this world acts for.
NOBODYS = term("country:ATA")


class World:
    """Countries, bodies, posts and persons, most of them invented."""

    def __init__(self, seed: int, bodies: int) -> None:
        self.seed = seed
        self._bodies = bodies
        self._shipped: dict[str, dict[str, str]] = defaultdict(dict)
        for path in sorted(Path(shipped().folder("data", "sources")).glob("*.trig")):
            for q in ox.parse(path=str(path)):
                self._shipped[str(q.subject)][str(q.predicate)] = str(q.object)
        self.names, self.alpha2 = self._countries()
        self.countries = self._ranked()
        self.fields = self._fields()
        self._country = Skewed(len(self.countries), 0.8)
        self._body = Skewed(bodies, 0.9)
        self._field = Skewed(len(self.fields), 0.7)
        self._type = Skewed(len(TYPES))

    def _ranked(self) -> list[str]:
        """The countries, the most active first: those of the questions, then of shipped sources."""
        first = ["KAZ", "SRB"]
        known = {about.get(term("bilat:country"), "")[-4:-1] for about in self._shipped.values()}
        second = sorted(self.names.keys() & known - {*first})
        third = sorted(self.names.keys() - {*first, *second, "ATA"})
        for some in (second, third):
            Random(f"{self.seed}/countries").shuffle(some)
        return first + second + third

    def _countries(self) -> tuple[dict[str, str], dict[str, str]]:
        names, alpha2 = {}, {}
        for q in ox.parse(
            path=os.path.join(shipped().folder("data", "reference"), "countries.ttl")
        ):
            code, value = str(q.subject)[-4:-1], q.object
            if isinstance(value, ox.Literal):
                if str(q.predicate) == term("bilat:iso3166alpha2"):
                    alpha2[code] = value.value.lower()
                elif str(q.predicate) == term("rdfs:label") and value.language == "en":
                    names[code] = value.value
        return names, alpha2

    def _fields(self) -> list[tuple[str, str]]:
        """Fields of cooperation: slug and label."""
        path = os.path.join(shipped().folder("ontology", "vocabularies"), "field.ttl")
        start = term("field:")[:-1]
        found = {
            str(q.subject)[len(start) : -1]: q.object.value
            for q in ox.parse(path=path)
            if str(q.subject).startswith(start)
            and str(q.predicate) == term("skos:prefLabel")
            and isinstance(q.object, ox.Literal)
            and q.object.language == "en"
        }
        fields = sorted(found.items())
        Random(f"{self.seed}/fields").shuffle(fields)
        return fields

    @lru_cache(maxsize=300)  # noqa: B019 - there is one world in a process
    def bodies(self, country: str) -> list[Body]:
        """The institutions of a country, the most active first, shipped ministries ahead."""
        known = [
            Body(iri, about[term("rdfs:label")], about[term("bilat:institutionKind")])
            for iri, about in self._shipped.items()
            if about.get(term("rdf:type")) == term("bilat:Institution")
            and about.get(term("bilat:country")) == term(f"country:{country}")
        ]
        known.sort(key=lambda body: (not body.kind.endswith("/ministry>"), body.iri))
        invented = (
            Body(
                term(f"institution:{country.lower()}-{slug(name)}-{slug(label)}{number}"),
                english(f"{name} {label} of {self.names[country]}{number.replace('-', ', No. ')}"),
                term(f"institution-kind:{kind}"),
            )
            for number in ("", "-2", "-3", "-4", "-5")
            for name, kind in BODIES.items()
            for _, label in self.fields
        )
        taken = {body.iri for body in known}
        wanted = self._bodies - len(known)
        others = (body for body in invented if body.iri not in taken)
        return known[: self._bodies] + list(islice(others, max(wanted, 0)))

    @lru_cache(maxsize=300)  # noqa: B019
    def persons(self, country: str) -> list[tuple[str, str]]:
        """Persons of shipped sources: IRI and label."""
        return sorted(
            (iri, about[term("rdfs:label")])
            for iri, about in self._shipped.items()
            if about.get(term("rdf:type")) == term("bilat:Person")
            and about.get(term("bilat:associatedCountry")) == term(f"country:{country}")
        )

    def country(self, rng: Random) -> str:
        """A country, by its alpha-3 code."""
        return self.countries[self._country.one(rng)]

    def body(self, rng: Random, country: str) -> Body:
        """A body of the country."""
        return self.bodies(country)[self._body.one(rng)]

    def a_field(self, rng: Random) -> tuple[str, str]:
        """Slug and label of a field."""
        return self.fields[self._field.one(rng)]

    def a_type(self, rng: Random) -> str:
        """Slug of a type of instrument."""
        return list(TYPES)[self._type.one(rng)]

    @lru_cache(maxsize=50_000)  # noqa: B019
    def holder(self, post: str, year: int) -> Holder:
        """Who holds the post in the year."""
        number = (year - FIRST_DAY.year) // TERM
        rng = Random(f"{self.seed}/{post}/{number}")
        name = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
        start = FIRST_DAY.year + TERM * number
        return Holder(
            term(f"person:{slug(name)}-{post}-{number + 1}"),
            name,
            term(f"tenure:{post}-{number + 1}"),
            date(start, 1, 1),
            date(start + TERM - 1, 12, 31),
        )


def slug(text: str) -> str:
    """The text as a part of an IRI."""
    words = "".join(c if c.isalnum() and c.isascii() else " " for c in text.lower())
    return "-".join(words.split())
