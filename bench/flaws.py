"""What is wrong on purpose in an invented source, and what validation has to find of it.

A flaw has a part in one source and, for those that no source shows alone, a part in another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from sources import Source, event, instrument
from world import (
    FIRST_DAY,
    LAST_DAY,
    NOBODYS,
    TERM,
    TRUE,
    day,
    decimal,
    english,
    facts,
    term,
    whole,
    without,
)  # fmt: skip

Part = Callable[[Source, str], None]


def changed(shape: str, properties: str, *values: str, party: bool = False) -> Part:
    """An instrument, or its first party, whose properties have these values instead, or none."""
    first, *_ = named = properties.split()

    def part(source: Source, name: str) -> None:
        iri, triples = instrument(source, name)
        focus = term(f"party:{name}-1") if party else iri
        source.triples += without(triples, focus, *named)
        source.triples += [(focus, term(first), value) for value in values]
        source.finds(focus, shape)

    return part


def one_party(source: Source, name: str) -> None:
    """An instrument without its second party."""
    iri, triples = instrument(source, name)
    source.triples += [t for t in triples if term(f"party:{name}-2") not in t]
    source.finds(iri, "instrument-parties")


def capitals(source: Source, name: str) -> None:
    """An instrument with IRIs in capital letters."""
    iri, triples = instrument(source, name.upper())
    source.triples += triples
    for focus in (iri, *(s for s, p, _ in triples if p == term("bilat:onBehalfOf"))):
        source.finds(focus, "entity-iri")


def talks(source: Source, name: str) -> str:
    """Talks on the day of publication; gives their IRI."""
    passage = source.quote(f"Talks took place ({name}).")
    return event(source, name, "Meeting talks", source.published, passage)


def no_such_day(source: Source, name: str) -> None:
    """Talks on the last of a February of 31 days."""
    iri = talks(source, name)
    source.triples = without(source.triples, iri, "bilat:onDate")
    source.say(iri, "bilat:onDate", day(f"{source.published.year}-02-31"))
    source.finds(iri, "date-on-date")


def day_outside(source: Source, name: str) -> None:
    """Talks that took place after the last day on which they may have."""
    iri = talks(source, name)
    source.say(iri, "bilat:notAfter", day(source.published - timedelta(days=9)))
    source.finds(iri, "date-within-bounds")


def without_event(source: Source, name: str) -> None:
    """A participation in nothing."""
    iri, passage = term(f"participation:{name}"), source.quote(f"Somebody took part ({name}).")
    participant = term(f"country:{source.countries[0]}")
    about = (("bilat:participant", participant), ("bilat:evidence", passage))
    source.triples += facts(iri, "bilat:Participation", *about)
    source.finds(iri, "participation-without-event")


def without_tenure(source: Source, name: str) -> None:
    """A participation in an office that the person held many years before or after."""
    passage, country = source.quote(f"A former head took part ({name})."), source.countries[0]
    late = source.published.year >= FIRST_DAY.year + 2 * TERM
    post = source.post(country, None, "head-of-state")
    holder = source.holder(post, country, passage, FIRST_DAY if late else LAST_DAY)
    iri = term(f"participation:{name}")
    source.say(talks(source, name), "bilat:hasParticipation", iri)
    source.triples += facts(
        iri,
        "bilat:Participation",
        ("bilat:participant", holder.person),
        ("bilat:inCapacityOf", term(f"post:{post}")),
        ("bilat:evidence", passage),
    )
    source.finds(iri, "participation-tenure")


def wrong_length(source: Source, name: str) -> None:
    """A quote of which start and end are not as far apart as it is long."""
    passage = source.quote(f"Of this sentence the length is wrong ({name}).")
    selector = f"{passage[:-1]}-selector>"
    source.triples = without(source.triples, selector, "oa:end")
    source.say(selector, "oa:end", whole(source.length - 3))
    source.finds(passage, "passage-quote-length")


def held(source: Source, name: str, post: str, *bounds: int) -> str:
    """A person who held the post from one year to another; gives the tenure."""
    evidence = ("bilat:evidence", source.quote(f"Somebody held an office ({name})."))
    person, tenure, office = term(f"person:{name}"), term(f"tenure:{name}"), term(f"post:{post}")
    label, title = english(f"Holder {name}"), english(f"Office {post}")
    single = ("bilat:singleHolder", TRUE)
    source.triples += facts(person, "bilat:Person", ("rdfs:label", label), evidence)
    source.triples += facts(office, "bilat:Post", ("rdfs:label", title), single)
    about = ("org:member", person), ("bilat:tenureOf", office), evidence
    dates = zip(("bilat:startDate", "bilat:endDate"), bounds, strict=False)
    days = ((name, day(date(year, 5, 1))) for name, year in dates)
    source.triples += facts(tenure, "bilat:Tenure", *about, *days)
    return tenure


def end_before_start(source: Source, name: str) -> None:
    """A tenure that ends a year before it starts."""
    source.finds(held(source, name, name, 2010, 2009), "date-interval")


def overlap(source: Source, name: str) -> None:
    """A tenure without end, of a post that another has later; the earlier is in focus."""
    source.finds(held(source, name, name, 2001), "tenure-overlap")


def overlap_elsewhere(source: Source, name: str) -> None:
    """The later tenure."""
    held(source, f"{name}-next", name, 2004)


def office(shape: str, iri: str, label: str) -> Part:
    """An institution with this IRI and label, after the name of the flaw."""

    def part(source: Source, name: str) -> None:
        passage, focus = source.quote(f"An office ({name})."), term(f"institution:{name}{iri}")
        source.triples += facts(
            focus,
            "bilat:Institution",
            ("rdfs:label", english(f"{label} {name}")),
            ("bilat:country", term("country:KAZ")),
            ("bilat:institutionKind", term("institution-kind:agency")),
            ("bilat:evidence", passage),
        )
        if shape:
            source.finds(focus, shape)

    return part


def before_signature(source: Source, name: str) -> None:
    """An instrument signed after it entered into force."""
    iri, triples = instrument(source, name)
    source.triples += triples
    kinds = "LifecycleEvent document-signing-ceremony"
    passage = source.quote(f"It was signed ({name}).")
    signing = event(source, f"{name}-signed", kinds, source.published, passage)
    source.say(signing, "bilat:stage", term("lifecycle-stage:signed"))
    source.say(signing, "bilat:concerns", iri)
    source.finds(iri, "instrument-lifecycle-order")


def before_signature_elsewhere(source: Source, name: str) -> None:
    """Its entry into force."""
    passage, on = source.quote(f"It entered into force ({name})."), FIRST_DAY - timedelta(days=500)
    iri = event(source, f"{name}-force", "LifecycleEvent entry-into-force", on, passage)
    source.say(iri, "bilat:stage", term("lifecycle-stage:entered-into-force"))
    source.say(iri, "bilat:concerns", term(f"instrument:{name}"))


def two_instruments(source: Source, name: str) -> None:
    """An instrument, a party of which another has too."""
    source.triples += instrument(source, name)[1]
    source.finds(term(f"party:{name}-1"), "party-of-two-instruments")


def two_instruments_elsewhere(source: Source, name: str) -> None:
    """The other, which so has two first parties."""
    iri, triples = instrument(source, f"{name}-other")
    source.triples += triples
    source.say(iri, "bilat:hasParty", term(f"party:{name}-1"))
    source.finds(iri, "instrument-party-order")


def place(suffix: str, within: str) -> Part:
    """A place within another, both after the name of the flaw."""

    def part(source: Source, name: str) -> None:
        iri, label = term(f"place:{name}{suffix}"), english(f"Place {name}{suffix}")
        within_what = ("bilat:within", term(f"place:{name}{within}"))
        source.triples += facts(iri, "bilat:Place", ("rdfs:label", label), within_what)
        source.finds(iri, "place-circle")

    return part


FLAWS: dict[str, tuple[Part, ...]] = {
    "no-label": (changed("entity-label", "rdfs:label"),),
    "unknown-type": (
        changed("instrument-type", "bilat:instrumentType", term("instrument-type:x")),
    ),
    "no-field": (changed("instrument-field-or-status", "bilat:field bilat:fieldStatus"),),
    "derived": (changed("entity-derived", "bilat:inferredField", term("field:health")),),
    "same-as": (changed("entity-owl-same-as", "owl:sameAs", term("wd:Q1")),),
    "too-sure": (changed("entity-confidence", "bilat:confidence", decimal("1.7")),),
    "no-evidence": (changed("entity-evidence", "bilat:evidence", party=True),),
    "no-body": (changed("party-institution", "bilat:partyInstitution", NOBODYS, party=True),),
    "foreign": (changed("party-institution-country", "bilat:onBehalfOf", NOBODYS, party=True),),
    "one-party": (one_party,),
    "capitals": (capitals,),
    "no-such-day": (no_such_day,),
    "day-outside": (day_outside,),
    "without-event": (without_event,),
    "without-tenure": (without_tenure,),
    "wrong-length": (wrong_length,),
    "end-before-start": (end_before_start,),
    "overlap": (overlap, overlap_elsewhere),
    "two-labels": (office("entity-label", "", "Office"), office("", "", "Bureau")),
    "duplicate": (
        office("institution-duplicate", "", "Office"),
        office("institution-duplicate", "-again", "Office"),
    ),
    "before-signature": (before_signature, before_signature_elsewhere),
    "two-instruments": (two_instruments, two_instruments_elsewhere),
    "circle": (place("", "-again"), place("-again", "")),
}
