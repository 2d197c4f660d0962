"""Write a folder of invented own data of any size, in the form of the shipped sources.

    python bench/generate.py 1_000_000 -o DIR [--seed N] [--sources N] [--violations N] [--trig]

The folder is for ``bilat --data DIR``. Nothing is wrong in it but what ``DIR/violations.tsv``
lists: focus node, shape and file of each finding that validation has to give. The same arguments
give the same bytes. A source is held in memory only while it is written.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from bisect import bisect
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate, islice
from pathlib import Path
from random import Random

import pyoxigraph as ox

from bilat.inputs import shipped
from bilat.namespaces import GRAPH, PREFIXES

#: Triples of a source where the number of sources is not given; what the most passages allow.
USUAL, MOST = 1_500, 25_000

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
        shipped = {about.get(term("bilat:country"), "")[-4:-1] for about in self._shipped.values()}
        second = sorted(self.names.keys() & shipped - {*first})
        third = sorted(self.names.keys() - {*first, *second})
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
        shipped = [
            Body(iri, about[term("rdfs:label")], about[term("bilat:institutionKind")])
            for iri, about in self._shipped.items()
            if about.get(term("rdf:type")) == term("bilat:Institution")
            and about.get(term("bilat:country")) == term(f"country:{country}")
        ]
        shipped.sort(key=lambda body: (not body.kind.endswith("/ministry>"), body.iri))
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
        wanted = self._bodies - len(shipped)
        return shipped[: self._bodies] + list(islice(invented, max(wanted, 0)))

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


# ---- one source


@dataclass
class Source:
    """One report on two countries, while it is written."""

    world: World
    number: int
    published: date
    countries: tuple[str, str]
    rng: Random
    triples: list[Triple] = field(default_factory=list)
    shared: dict[str, list[Triple]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    length: int = 0
    instruments: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)

    @cached_property
    def id(self) -> str:
        """The stem of its file."""
        codes = "-".join(self.world.alpha2[code] for code in self.countries)
        return f"{self.published}-{codes}-{self.number:05}"

    @cached_property
    def iri(self) -> str:
        """The document."""
        return term(f"source:{self.id}")

    @property
    def name(self) -> str:
        """The two countries, for a label."""
        return "–".join(self.world.names[code] for code in self.countries)

    def passage(self, number: int) -> str:
        """The IRI of a passage."""
        return f"<{PREFIXES['passage']}{self.id}-{number:02}>"

    def quote(self, sentence: str) -> str:
        """Put the sentence into the text, and give the passage that quotes it."""
        start = self.length
        self.lines.append(sentence)
        self.length += len(sentence) + 1
        passage = self.passage(len(self.lines))
        self.triples += quoted(passage, self.iri, (len(self.lines), sentence, start))
        return passage

    def again(self, iri: str, passage: str, triples: list[Triple]) -> str:
        """State what other sources may state too, and that this passage says so; gives the IRI."""
        if iri not in self.shared:
            self.shared[iri] = triples
        self.triples.append((iri, term("bilat:evidence"), passage))
        return iri

    def body(self, country: str, passage: str) -> Body:
        """A body of the country."""
        body = self.world.body(self.rng, country)
        about = facts(
            body.iri,
            "bilat:Institution",
            ("rdfs:label", body.label),
            ("bilat:country", term(f"country:{country}")),
            ("bilat:institutionKind", body.kind),
        )
        self.again(body.iri, passage, about)
        return body

    def post(self, country: str, body: Body | None, kind: str) -> str:
        """The post that leads the body, or the country; gives its slug."""
        if body is None:
            local, title = f"{country.lower()}-{kind}", kind.replace("-", " ").capitalize()
            label = english(f"{title} of {self.world.names[country]}")
        else:
            local = f"{body.iri.rpartition('/')[2][:-1]}-head"
            label = english(f"Head of the {body.label[1:-4]}")
        about = facts(
            term(f"post:{local}"),
            "bilat:Post",
            ("rdfs:label", label),
            ("bilat:postOfCountry", term(f"country:{country}")),
            ("bilat:postKind", term(f"role:{kind}")),
            ("bilat:singleHolder", f'"true"^^<{PREFIXES["xsd"]}boolean>'),
            *([("org:postIn", body.iri)] if body else []),
        )
        self.shared.setdefault(term(f"post:{local}"), about)
        return local

    def holder(self, post: str, country: str, passage: str, on: date) -> Holder:
        """Who holds the post on the day, with the tenure."""
        holder = self.world.holder(post, on.year)
        about = facts(
            holder.person,
            "bilat:Person",
            ("rdfs:label", english(holder.name)),
            ("bilat:associatedCountry", term(f"country:{country}")),
        )
        self.again(holder.person, passage, about)
        about = facts(
            holder.tenure,
            "bilat:Tenure",
            ("org:member", holder.person),
            ("bilat:tenureOf", term(f"post:{post}")),
            ("bilat:startDate", day(holder.start)),
            ("bilat:endDate", day(holder.end)),
        )
        self.again(holder.tenure, passage, about)
        return holder


def quoted(passage: str, source: str, at: tuple[int, str, int]) -> list[Triple]:
    """A passage: line, sentence and start."""
    line, sentence, start = at
    selector = f"{passage[:-1]}-selector>"
    return [
        *facts(
            passage,
            "bilat:Passage",
            ("oa:hasSource", source),
            ("bilat:line", whole(line)),
            ("oa:hasSelector", selector),
        ),
        *facts(
            selector,
            "oa:TextQuoteSelector",
            ("rdf:type", term("oa:TextPositionSelector")),
            ("oa:exact", f'"{sentence}"'),
            ("oa:start", whole(start)),
            ("oa:end", whole(start + len(sentence))),
        ),
    ]


def instrument(source: Source, name: str = "") -> tuple[str, list[Triple]]:
    """An instrument of the source with its parties: its IRI and the triples about it."""
    rng, world = source.rng, source.world
    source.instruments += 1
    kind, (concept, words) = world.a_type(rng), world.a_field(rng)
    codes = "-".join(code.lower() for code in source.countries)
    local = f"{source.published.year}-{codes}-{TYPES[kind]}-{concept}"
    local = name or f"{local}-{source.number}-{source.instruments}"
    title = f"{kind.replace('-', ' ').capitalize()} on {words.lower()}"
    passage = source.quote(f"{source.instruments}. {title} between bodies of {source.name}")
    iri = term(f"instrument:{local}")
    stated = rng.random() < 0.7
    triples = facts(
        iri,
        "bilat:Instrument",
        ("rdfs:label", english(f"{title} ({source.name}, {source.published.year})")),
        ("bilat:titleAsQuoted", english(f"{title} between bodies of {source.name}")),
        ("bilat:instrumentType", term(f"instrument-type:{kind}")),
        ("bilat:listPosition", whole(source.instruments)),
        ("bilat:level", term("level:interdepartmental")),
        ("bilat:evidence", passage),
    )
    about = [("field", f"field:{concept}")] if stated else [("fieldStatus", "status:not-stated")]
    triples += [(iri, term(f"bilat:{name}"), term(value)) for name, value in about]
    if stated:
        triples.append((iri, term("bilat:fieldAsQuoted"), english(words.lower())))
    countries = [*source.countries]
    third = world.country(rng)
    if rng.random() < 0.03 and third not in countries:
        countries.append(third)
    for order, country in enumerate(countries, 1):
        party = term(f"party:{local}-{order}")
        triples.append((iri, term("bilat:hasParty"), party))
        triples += facts(
            party,
            "bilat:Party",
            ("bilat:partyInstitution", source.body(country, passage).iri),
            ("bilat:onBehalfOf", term(f"country:{country}")),
            ("bilat:partyOrder", whole(order)),
            ("bilat:evidence", passage),
        )
    return iri, triples


def event(
    source: Source, name: str, kinds: str, on: date, passage: str
) -> tuple[str, list[Triple]]:
    """An event of the source: its IRI and the triples about it; ``kinds`` is class and type."""
    cls, kind = kinds.split()
    iri = term(f"event:{on}-{source.number}-{name}")
    label = (
        f"{kind.replace('-', ' ').capitalize()} of {source.name}, {on} ({source.number}, {name})"
    )
    triples = facts(
        iri,
        "bilat:Event",
        ("rdf:type", term(f"bilat:{cls}")),
        ("rdfs:label", english(label)),
        ("bilat:eventType", term(f"event-type:{kind}")),
        ("bilat:onDate", day(on)),
        *(("bilat:country", term(f"country:{code}")) for code in source.countries),
        ("bilat:evidence", passage),
    )
    return iri, triples


def attend(source: Source, event: str, on: date, passage: str) -> None:
    """Let heads of state, heads of bodies and known persons take part in the event."""
    present: list[tuple[str, str | None, str]] = []
    for country in source.countries:
        if source.rng.random() < 0.4:
            post = source.post(country, None, "head-of-state")
        else:
            post = source.post(country, source.body(country, passage), "minister")
        holder = source.holder(post, country, passage, on)
        present.append((holder.person, term(f"post:{post}"), "principal"))
        for person, label in source.world.persons(country)[:1]:
            about = facts(person, "bilat:Person", ("rdfs:label", label))
            present.append((source.again(person, passage, about), None, "attendee"))
    for number, (person, capacity, role) in enumerate(present, 1):
        participation = term(f"participation:{event.rpartition('/')[2][:-1]}-{number}")
        source.triples.append((event, term("bilat:hasParticipation"), participation))
        source.triples += facts(
            participation,
            "bilat:Participation",
            ("bilat:participant", person),
            ("bilat:participationRole", term(f"role:{role}")),
            *([("bilat:inCapacityOf", capacity)] if capacity else []),
            ("bilat:evidence", passage),
        )


def ceremony(source: Source, number: int) -> Iterator[tuple[str, date]]:
    """A signing or an exchange, with its instruments; gives them with the day."""
    rng = source.rng
    on = source.published - timedelta(days=rng.randrange(4))
    act = "exchange" if rng.random() < 0.3 else "signing"
    passage = source.quote(f"Documents of {source.name} were dealt with on {on}, round {number}.")
    iri, triples = event(
        source, f"{act}-{number}", f"Ceremony document-{act}-ceremony", on, passage
    )
    stage = "exchanged" if act == "exchange" else "signed"
    triples.append((iri, term("rdf:type"), term("bilat:LifecycleEvent")))
    triples.append((iri, term("bilat:stage"), term(f"lifecycle-stage:{stage}")))
    triples.append((iri, term("bilat:place"), city(source)))
    source.triples += triples
    attend(source, iri, on, passage)
    for _ in range(rng.randint(4, 14)):
        made, about = instrument(source)
        source.triples += about
        source.triples.append((iri, term("bilat:concerns"), made))
        yield made, on


def city(source: Source) -> str:
    """The capital of the first country, as a place; gives its IRI."""
    code = source.countries[0]
    name, local = source.world.names[code], code.lower()
    iri, land = term(f"place:{local}-capital-city"), term(f"place:{local}-land")
    source.shared[iri] = facts(
        iri,
        "bilat:Place",
        ("rdfs:label", english(f"Capital of {name}")),
        ("bilat:placeKind", term("place-kind:city")),
        ("bilat:within", land),
        ("bilat:inCountry", term(f"country:{code}")),
    )
    source.shared[land] = facts(
        land,
        "bilat:Place",
        ("rdfs:label", english(f"Land of {name}")),
        ("bilat:placeKind", term("place-kind:territory")),
        ("bilat:territoryOf", term(f"country:{code}")),
    )
    return iri


def talks(source: Source) -> None:
    """Talks with topics, planned and held."""
    rng, on = source.rng, source.published - timedelta(days=1)
    kind = rng.choice(TALKS)
    passage = source.quote(f"Talks of {source.name} took place on {on}.")
    iri, triples = event(source, kind, f"Meeting {kind}", on, passage)
    planned, held, *_ = rng.sample(TOPICS, 3)
    triples.append((iri, term("bilat:plannedTopic"), term(f"topic:{planned}")))
    triples.append((iri, term("bilat:topic"), term(f"topic:{held}")))
    triples.append((iri, term("bilat:level"), term("level:high-level")))
    triples.append((iri, term("bilat:place"), city(source)))
    triples.append((iri, term("bilat:reportedBy"), source.body(source.countries[0], passage).iri))
    source.triples += triples
    attend(source, iri, on, passage)


def conferral(source: Source) -> None:
    """An award of the first country for a head of the second."""
    one, other = source.countries
    on = source.published
    passage = source.quote(f"An award of {source.world.names[one]} was conferred on {on}.")
    iri, triples = event(source, "conferral", "AwardConferral award-conferral", on, passage)
    giver = source.holder(source.post(one, None, "head-of-state"), one, passage, on)
    taker = source.holder(source.post(other, None, "head-of-government"), other, passage, on)
    award = term(f"award:{one.lower()}-order-of-friendship")
    source.shared[award] = facts(
        award,
        "bilat:Award",
        ("rdfs:label", english(f"Order of Friendship of {source.world.names[one]}")),
        ("bilat:awardOfCountry", term(f"country:{one}")),
    )
    triples.append((iri, term("bilat:award"), award))
    triples.append((iri, term("bilat:recipient"), taker.person))
    triples.append((iri, term("bilat:conferrer"), giver.person))
    capacity = term(f"post:{one.lower()}-head-of-state")
    triples.append((iri, term("bilat:conferrerCapacity"), capacity))
    triples.append((iri, term("bilat:reasonAsQuoted"), english("for contributions to friendship")))
    source.triples += triples


def entry_into_force(source: Source, signed: list[tuple[str, date]]) -> None:
    """What other sources had signed enters into force."""
    passage = source.quote(f"Documents entered into force on {source.published}.")
    name = "entry-into-force"
    iri, triples = event(source, name, f"LifecycleEvent {name}", source.published, passage)
    triples.append((iri, term("bilat:stage"), term("lifecycle-stage:entered-into-force")))
    triples += [(iri, term("bilat:concerns"), made) for made, _ in signed]
    source.triples += triples


def reorganised(source: Source) -> None:
    """A body that is gone, and the one that came after it."""
    country = source.countries[1]
    passage = source.quote(f"A body of {source.world.names[country]} was reorganised.")
    after = source.body(country, passage).iri
    before = term(f"institution:{country.lower()}-former-body-{source.number}")
    change = term(f"change:{country.lower()}-former-body-{source.number}")
    label = f"Former body No. {source.number} of {source.world.names[country]}"
    source.triples += facts(
        before,
        "bilat:Institution",
        ("rdfs:label", english(label)),
        ("bilat:country", term(f"country:{country}")),
        ("bilat:institutionKind", term("institution-kind:agency")),
        ("bilat:dissolvedOn", day(source.published)),
        ("org:changedBy", change),
        ("bilat:evidence", passage),
    )
    source.triples += facts(
        change,
        "bilat:InstitutionChange",
        ("bilat:changeKind", term("change-kind:reorganisation")),
        ("org:originalOrganization", before),
        ("org:resultingOrganization", after),
    )


def document(source: Source) -> list[Triple]:
    """The source itself, with the document that it refers to."""
    cited = term(f"source:{source.id}-cited")
    text = "\n".join(source.lines) + "\n"
    program = [("bilat:readBy", '"bilat 0.1.0"')] if source.number % 2 else []
    return [
        *facts(
            f"<{GRAPH}{source.id}>",
            "bilat:SourceGraph",
            ("prov:wasDerivedFrom", source.iri),
            *program,
        ),
        *facts(
            source.iri,
            "bilat:SourceDocument",
            ("rdfs:label", english(f"Report on {source.name}, {source.published}")),
            ("dct:identifier", f'"{source.id}"'),
            ("dct:issued", day(source.published)),
            ("dct:language", '"en"'),
            ("bilat:sha256", f'"{hashlib.sha256(text.encode()).hexdigest()}"'),
            ("bilat:characterCount", whole(len(text))),
            ("bilat:sourceUrl", f"<https://example.org/{source.id}>"),
            ("dct:references", cited),
            ("bilat:evidence", source.passage(1)),
        ),
        *facts(
            cited,
            "bilat:SourceDocument",
            ("rdfs:label", english(f"Another report on {source.name}, {source.published}")),
            ("bilat:retrievalStatus", term("status:not-retrieved")),
            ("bilat:evidence", source.passage(1)),
        ),
    ]


# ---- what is wrong on purpose: the part in one source and, for some, the part in another


def no_label(source: Source, name: str) -> None:
    iri, triples = instrument(source, name)
    source.triples += without(triples, iri, "rdfs:label")
    source.wrong.append((iri, "entity-label"))


def one_party(source: Source, name: str) -> None:
    iri, triples = instrument(source, name)
    second = term(f"party:{name}-2")
    source.triples += [t for t in triples if second not in t]
    source.wrong.append((iri, "instrument-parties"))


def unknown_type(source: Source, name: str) -> None:
    iri, triples = instrument(source, name)
    source.triples += without(triples, iri, "bilat:instrumentType")
    unknown = term("instrument-type:gentlemens-agreement")
    source.triples.append((iri, term("bilat:instrumentType"), unknown))
    source.wrong.append((iri, "instrument-type"))


def field_and_status(source: Source, name: str) -> None:
    iri, triples = instrument(source, name)
    source.triples += without(triples, iri, "bilat:field", "bilat:fieldStatus")
    source.triples.append((iri, term("bilat:field"), term("field:health")))
    source.triples.append((iri, term("bilat:fieldStatus"), term("status:not-stated")))
    source.wrong.append((iri, "instrument-field-or-status"))


def derived(source: Source, name: str) -> None:
    iri, triples = instrument(source, name)
    source.triples += triples
    source.triples.append((iri, term("bilat:inferredField"), term("field:health")))
    source.wrong.append((iri, "entity-derived"))


def same_as(source: Source, name: str) -> None:
    iri, triples = instrument(source, name)
    source.triples += triples
    source.triples.append((iri, term("owl:sameAs"), f"<https://example.org/{name}>"))
    source.wrong.append((iri, "entity-owl-same-as"))


def too_sure(source: Source, name: str) -> None:
    iri, triples = instrument(source, name)
    source.triples += triples
    sure = f'"1.7"^^<{PREFIXES["xsd"]}decimal>'
    source.triples.append((iri, term("bilat:confidence"), sure))
    source.wrong.append((iri, "entity-confidence"))


def capitals(source: Source, name: str) -> None:
    iri, triples = instrument(source, name.upper())
    source.triples += triples
    parties = [s for s, p, _ in triples if p == term("bilat:onBehalfOf")]
    source.wrong += [(focus, "entity-iri") for focus in (iri, *parties)]


def no_evidence(source: Source, name: str) -> None:
    _, triples = instrument(source, name)
    party = term(f"party:{name}-1")
    source.triples += without(triples, party, "bilat:evidence")
    source.wrong.append((party, "entity-evidence"))


def wrong_class(source: Source, name: str) -> None:
    _, triples = instrument(source, name)
    party = term(f"party:{name}-1")
    source.triples += without(triples, party, "bilat:partyInstitution")
    country = term(f"country:{source.countries[0]}")
    source.triples.append((party, term("bilat:partyInstitution"), country))
    source.wrong.append((party, "party-institution"))


def wrong_country(source: Source, name: str) -> None:
    _, triples = instrument(source, name)
    party = term(f"party:{name}-1")
    source.triples += without(triples, party, "bilat:onBehalfOf")
    other = next(c for c in source.world.countries[5:] if c not in source.countries)
    source.triples.append((party, term("bilat:onBehalfOf"), term(f"country:{other}")))
    source.wrong.append((party, "party-institution-country"))


def no_such_day(source: Source, name: str) -> None:
    passage = source.quote(f"Talks of which the day is ill-formed ({name}).")
    iri, triples = event(source, name, "Meeting talks", source.published, passage)
    source.triples += without(triples, iri, "bilat:onDate")
    ill = f"{source.published.year}-02-31"
    source.triples.append((iri, term("bilat:onDate"), day(ill)))
    source.wrong.append((iri, "date-on-date"))


def day_outside(source: Source, name: str) -> None:
    passage = source.quote(f"Talks of which the day is outside of its bounds ({name}).")
    iri, triples = event(source, name, "Meeting talks", source.published, passage)
    source.triples += triples
    before = source.published - timedelta(days=9)
    source.triples.append((iri, term("bilat:notAfter"), day(before)))
    source.wrong.append((iri, "date-within-bounds"))


def without_event(source: Source, name: str) -> None:
    passage = source.quote(f"Somebody took part ({name}).")
    iri = term(f"participation:{name}")
    source.triples += facts(
        iri,
        "bilat:Participation",
        ("bilat:participant", term(f"country:{source.countries[0]}")),
        ("bilat:evidence", passage),
    )
    source.wrong.append((iri, "participation-without-event"))


def without_tenure(source: Source, name: str) -> None:
    passage = source.quote(f"A former head took part in talks ({name}).")
    event_iri, triples = event(source, name, "Meeting talks", source.published, passage)
    country = source.countries[0]
    post = source.post(country, None, "head-of-state")
    on = source.published.replace(year=FIRST_DAY.year, day=1)
    later = source.published.replace(year=LAST_DAY.year, day=1)
    far = later if source.published.year < FIRST_DAY.year + 2 * TERM else on
    holder = source.holder(post, country, passage, far)
    iri = term(f"participation:{name}")
    source.triples += triples
    source.triples.append((event_iri, term("bilat:hasParticipation"), iri))
    source.triples += facts(
        iri,
        "bilat:Participation",
        ("bilat:participant", holder.person),
        ("bilat:inCapacityOf", term(f"post:{post}")),
        ("bilat:evidence", passage),
    )
    source.wrong.append((iri, "participation-tenure"))


def wrong_length(source: Source, name: str) -> None:
    before = len(source.triples)
    passage = source.quote(f"Of this sentence the length is wrong ({name}).")
    selector = f"{passage[:-1]}-selector>"
    source.triples[before:] = without(source.triples[before:], selector, "oa:end")
    source.triples.append((selector, term("oa:end"), whole(source.length - 3)))
    source.wrong.append((passage, "passage-quote-length"))


def end_before_start(source: Source, name: str) -> None:
    held(source, name, date(2010, 5, 1), date(2009, 5, 1))
    source.wrong.append((term(f"tenure:{name}"), "date-interval"))


def held(source: Source, name: str, start: date, end: date | None, of: str = "") -> None:
    """A person, a post (named anew, or as given) and a tenure with these dates."""
    passage = source.quote(f"Somebody held an office ({name}).")
    person, post = term(f"person:{name}"), term(f"post:{of or name}")
    evidence = ("bilat:evidence", passage)
    label = english(f"Holder {name}")
    source.triples += facts(person, "bilat:Person", ("rdfs:label", label), evidence)
    single = ("bilat:singleHolder", f'"true"^^<{PREFIXES["xsd"]}boolean>')
    label = english(f"Office {of or name}")
    source.triples += facts(post, "bilat:Post", ("rdfs:label", label), single)
    source.triples += facts(
        term(f"tenure:{name}"),
        "bilat:Tenure",
        ("org:member", person),
        ("bilat:tenureOf", post),
        ("bilat:startDate", day(start)),
        *([("bilat:endDate", day(end))] if end else []),
        evidence,
    )


def overlap(source: Source, name: str) -> None:
    held(source, name, date(2001, 1, 1), None)
    source.wrong.append((term(f"tenure:{name}"), "tenure-overlap"))


def overlap_elsewhere(source: Source, name: str) -> None:
    held(source, f"{name}-next", date(2004, 1, 1), None, name)


def named(source: Source, iri: str, label: str, name: str) -> str:
    """An institution of one country, whatever the source's are."""
    passage = source.quote(f"An institution is named ({name}).")
    source.triples += facts(
        iri,
        "bilat:Institution",
        ("rdfs:label", english(label)),
        ("bilat:country", term("country:KAZ")),
        ("bilat:institutionKind", term("institution-kind:agency")),
        ("bilat:evidence", passage),
    )
    return iri


def two_labels(source: Source, name: str) -> None:
    iri = named(source, term(f"institution:{name}"), f"Office for {name}", name)
    source.wrong.append((iri, "entity-label"))


def two_labels_elsewhere(source: Source, name: str) -> None:
    named(source, term(f"institution:{name}"), f"Bureau for {name}", name)


def duplicate(source: Source, name: str) -> None:
    iri = named(source, term(f"institution:{name}"), f"Office for {name}", name)
    source.wrong.append((iri, "institution-duplicate"))


def duplicate_elsewhere(source: Source, name: str) -> None:
    iri = named(source, term(f"institution:{name}-again"), f"Office for {name}", name)
    source.wrong.append((iri, "institution-duplicate"))


def before_signature(source: Source, name: str) -> None:
    iri, triples = instrument(source, name)
    passage = source.quote(f"It was signed ({name}).")
    kinds = "LifecycleEvent document-signing-ceremony"
    signing, about = event(source, f"{name}-signed", kinds, source.published, passage)
    about.append((signing, term("bilat:stage"), term("lifecycle-stage:signed")))
    about.append((signing, term("bilat:concerns"), iri))
    source.triples += triples + about
    source.wrong.append((iri, "instrument-lifecycle-order"))


def before_signature_elsewhere(source: Source, name: str) -> None:
    passage = source.quote(f"It entered into force ({name}).")
    on = FIRST_DAY - timedelta(days=500)
    iri, triples = event(source, f"{name}-force", "LifecycleEvent entry-into-force", on, passage)
    triples.append((iri, term("bilat:stage"), term("lifecycle-stage:entered-into-force")))
    triples.append((iri, term("bilat:concerns"), term(f"instrument:{name}")))
    source.triples += triples


def two_instruments(source: Source, name: str) -> None:
    _, triples = instrument(source, name)
    source.triples += triples
    source.wrong.append((term(f"party:{name}-1"), "party-of-two-instruments"))


def two_instruments_elsewhere(source: Source, name: str) -> None:
    iri, triples = instrument(source, f"{name}-other")
    source.triples += triples
    source.triples.append((iri, term("bilat:hasParty"), term(f"party:{name}-1")))
    # the party stolen has the place of another
    source.wrong.append((iri, "instrument-party-order"))


def circle(source: Source, name: str) -> None:
    lies(source, name, f"{name}-again")


def circle_elsewhere(source: Source, name: str) -> None:
    lies(source, f"{name}-again", name)


def lies(source: Source, name: str, within: str) -> None:
    """A place within another."""
    iri, label = term(f"place:{name}"), ("rdfs:label", english(f"Place {name}"))
    source.triples += facts(iri, "bilat:Place", label, ("bilat:within", term(f"place:{within}")))
    source.wrong.append((iri, "place-circle"))


Part = Callable[[Source, str], None]

KINDS: dict[str, tuple[Part, ...]] = {
    "no-label": (no_label,),
    "one-party": (one_party,),
    "unknown-type": (unknown_type,),
    "field-and-status": (field_and_status,),
    "derived": (derived,),
    "same-as": (same_as,),
    "too-sure": (too_sure,),
    "capitals": (capitals,),
    "no-evidence": (no_evidence,),
    "wrong-class": (wrong_class,),
    "wrong-country": (wrong_country,),
    "no-such-day": (no_such_day,),
    "day-outside": (day_outside,),
    "without-event": (without_event,),
    "without-tenure": (without_tenure,),
    "wrong-length": (wrong_length,),
    "end-before-start": (end_before_start,),
    "overlap": (overlap, overlap_elsewhere),
    "two-labels": (two_labels, two_labels_elsewhere),
    "duplicate": (duplicate, duplicate_elsewhere),
    "before-signature": (before_signature, before_signature_elsewhere),
    "two-instruments": (two_instruments, two_instruments_elsewhere),
    "circle": (circle, circle_elsewhere),
}


def plan(sources: int, each: int) -> dict[int, list[tuple[Part, str]]]:
    """Which parts go into which source: every kind as often as said, spread over all sources."""
    planned: dict[int, list[tuple[Part, str]]] = defaultdict(list)
    names = [(kind, number) for number in range(1, each + 1) for kind in KINDS]
    for place, (kind, number) in enumerate(names):
        for offset, part in enumerate(KINDS[kind]):
            where = place * sources // len(names) + offset * max(1, sources // 3)
            planned[where % sources].append((part, f"seeded-{kind}-{number}"))
    return planned


# ---- all sources


def sources(world: World, number: int, each: int, target: int) -> Iterator[Source]:
    """The sources, from the oldest to the newest, together about as many triples as said."""
    planned = plan(number, each)
    described: set[str] = set()
    signed: deque[tuple[str, date]] = deque(maxlen=60)
    count = 0
    for index in range(number):
        source = blank(world, index, number)
        source.quote(f"Published: {source.published}")
        for part, name in planned[index]:
            part(source, name)
        talks(source)
        if source.rng.random() < 0.2:
            conferral(source)
        if source.rng.random() < 0.1:
            reorganised(source)
        if len(signed) > 10 and source.rng.random() < 0.5:
            entry_into_force(source, source.rng.sample(list(signed), 8))
        rounds = 0
        while count + size(source, described) < target * (index + 1) // number:
            rounds += 1
            signed.extend(ceremony(source, rounds))
        source.triples += document(source)
        count += size(source, described)
        described.update(source.shared)
        yield source


def size(source: Source, described: set[str]) -> int:
    """How many triples the source has that no source before it has."""
    new = (len(about) for iri, about in source.shared.items() if iri not in described)
    return len(source.triples) + sum(new)


def blank(world: World, index: int, number: int) -> Source:
    """The source with this index, without any content."""
    rng = Random(f"{world.seed}/{index}")
    published = FIRST_DAY + (LAST_DAY - FIRST_DAY) * (index + 1) // number
    one = other = world.country(rng)
    while other == one:
        other = world.country(rng)
    return Source(world, index + 1, published, (one, other), rng)


def write(source: Source, directory: Path, trig: bool) -> Path:
    """Write the source's file, in the graph of its name."""
    graph = f"<{GRAPH}{source.id}>"
    triples = [*source.triples, *(t for about in source.shared.values() for t in about)]
    lines = (f"{s} {p} {o} {graph} .\n" for s, p, o in dict.fromkeys(triples))
    data = "".join(lines).encode()
    if trig:
        quads = ox.parse(data, format=ox.RdfFormat.N_QUADS)
        data = ox.serialize(quads, format=ox.RdfFormat.TRIG, prefixes=PREFIXES) or b""
    path = directory / f"{source.id}.{'trig' if trig else 'nq'}"
    path.write_bytes(data)
    return path


def generate(
    triples: int,
    directory: Path,
    seed: int = 1,
    *,
    number: int = 0,
    each: int = 4,
    trig: bool = False,
) -> int:
    """Write a folder of about that many triples; gives the number of violations in it.

    ``number`` is that of sources, ``each`` how often there is a violation of each kind. Raises
    ValueError where the sources would be too large, or the folder holds something.
    """
    number = number or max(3, triples // USUAL)
    if triples / number > MOST:
        raise ValueError(
            f"a source takes {MOST:,} triples at most: {-(-triples // MOST)} are needed"
        )
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise ValueError(f"{directory}: is not empty")
    world = World(seed, bodies=min(max(20, triples // 25_000), 1_000))
    rows = []
    for source in sources(world, number, each, triples):
        path = write(source, directory, trig)
        shapes = PREFIXES["bilat"].replace("/ns#", "/shapes#")
        rows += [f"{focus[1:-1]}\t{shapes}{shape}\t{path.name}\n" for focus, shape in source.wrong]
    text = "focus\tshape\tfile\n" + "".join(sorted(rows))
    (directory / "violations.tsv").write_text(text, encoding="utf-8")
    return len(rows)


def main() -> int:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "triples", type=int, help="about how many distinct triples, such as 1_000_000"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--sources", type=int, default=0, metavar="N", help="few for big files")
    parser.add_argument("--violations", type=int, default=4, metavar="N", help="of each kind (4)")
    parser.add_argument("--trig", action="store_true", help="TriG instead of N-Quads")
    options = parser.parse_args()
    try:
        found = generate(
            options.triples,
            options.output,
            options.seed,
            number=options.sources,
            each=options.violations,
            trig=options.trig,
        )
    except ValueError as error:
        print(f"generate.py: {error}", file=sys.stderr)
        return 2
    print(f"{options.output}: {found} violations are in violations.tsv")
    return 0


if __name__ == "__main__":
    sys.exit(main())
