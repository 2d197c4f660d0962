"""Invented sources in the form of the shipped ones: a report on two countries, part by part."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from random import Random

from bilat.namespaces import GRAPH, PREFIXES
from world import (
    TALKS,
    TOPICS,
    TRUE,
    TYPES,
    Body,
    Holder,
    Triple,
    World,
    day,
    english,
    facts,
    term,
    whole,
)


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
    found: list[tuple[str, str]] = field(default_factory=list)

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

    def say(self, subject: str, name: str, value: str) -> None:
        """State one triple."""
        self.triples.append((subject, term(name), value))

    def finds(self, focus: str, shape: str) -> None:
        """Note what validation has to find."""
        self.found.append((focus, shape))

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
            ("bilat:singleHolder", TRUE),
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


def event(source: Source, name: str, kinds: str, on: date, passage: str) -> str:
    """State an event, of which ``kinds`` is class and type; gives its IRI."""
    cls, kind = kinds.split()
    iri = term(f"event:{on}-{source.number}-{name}")
    label = (
        f"{kind.replace('-', ' ').capitalize()} of {source.name}, {on} ({source.number}, {name})"
    )
    source.triples += facts(
        iri,
        "bilat:Event",
        ("rdf:type", term(f"bilat:{cls}")),
        ("rdfs:label", english(label)),
        ("bilat:eventType", term(f"event-type:{kind}")),
        ("bilat:onDate", day(on)),
        *(("bilat:country", term(f"country:{code}")) for code in source.countries),
        ("bilat:evidence", passage),
    )
    return iri


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
        source.say(event, "bilat:hasParticipation", participation)
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
    iri = event(source, f"{act}-{number}", f"Ceremony document-{act}-ceremony", on, passage)
    stage = "exchanged" if act == "exchange" else "signed"
    source.say(iri, "rdf:type", term("bilat:LifecycleEvent"))
    source.say(iri, "bilat:stage", term(f"lifecycle-stage:{stage}"))
    source.say(iri, "bilat:place", city(source))
    attend(source, iri, on, passage)
    for _ in range(rng.randint(4, 14)):
        made, about = instrument(source)
        source.triples += about
        source.say(iri, "bilat:concerns", made)
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
    iri = event(source, kind, f"Meeting {kind}", on, passage)
    planned, held, *_ = rng.sample(TOPICS, 3)
    source.say(iri, "bilat:plannedTopic", term(f"topic:{planned}"))
    source.say(iri, "bilat:topic", term(f"topic:{held}"))
    source.say(iri, "bilat:level", term("level:high-level"))
    source.say(iri, "bilat:place", city(source))
    source.say(iri, "bilat:reportedBy", source.body(source.countries[0], passage).iri)
    attend(source, iri, on, passage)


def conferral(source: Source) -> None:
    """An award of the first country for a head of the second."""
    one, other = source.countries
    on = source.published
    passage = source.quote(f"An award of {source.world.names[one]} was conferred on {on}.")
    iri = event(source, "conferral", "AwardConferral award-conferral", on, passage)
    giver = source.holder(source.post(one, None, "head-of-state"), one, passage, on)
    taker = source.holder(source.post(other, None, "head-of-government"), other, passage, on)
    award = term(f"award:{one.lower()}-order-of-friendship")
    source.shared[award] = facts(
        award,
        "bilat:Award",
        ("rdfs:label", english(f"Order of Friendship of {source.world.names[one]}")),
        ("bilat:awardOfCountry", term(f"country:{one}")),
    )
    source.say(iri, "bilat:award", award)
    source.say(iri, "bilat:recipient", taker.person)
    source.say(iri, "bilat:conferrer", giver.person)
    capacity = term(f"post:{one.lower()}-head-of-state")
    source.say(iri, "bilat:conferrerCapacity", capacity)
    source.say(iri, "bilat:reasonAsQuoted", english("for contributions to friendship"))


def entry_into_force(source: Source, signed: list[tuple[str, date]]) -> None:
    """What other sources had signed enters into force."""
    passage = source.quote(f"Documents entered into force on {source.published}.")
    name = "entry-into-force"
    iri = event(source, name, f"LifecycleEvent {name}", source.published, passage)
    source.say(iri, "bilat:stage", term("lifecycle-stage:entered-into-force"))
    source.triples += [(iri, term("bilat:concerns"), made) for made, _ in signed]


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
