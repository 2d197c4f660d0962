"""Small made-up relations for tests: pieces of Turtle, and stores of them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pyoxigraph as ox

from bilat.namespaces import PREFIXES, sparql_prologue
from bilat.store import EmbeddedStore, Store

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTRY = PREFIXES["country"]
INSTITUTION = PREFIXES["institution"]
INSTRUMENT = PREFIXES["instrument"]
FIELD = PREFIXES["field"]
PERSON = PREFIXES["person"]
EVENT = PREFIXES["event"]

FIELDS = (
    "health", "digitalisation", "agriculture", "culture", "education", "trade", "industry",
    "science-and-technology", "transport", "justice-and-law-enforcement", "energy", "sport",
)  # fmt: skip
TYPES = (
    "memorandum-of-understanding", "memorandum-of-partnership-and-cooperation", "agreement",
    "roadmap", "programme-of-cooperation",
)  # fmt: skip


def store(*pieces: str) -> Store:
    """A store of these pieces of Turtle; bilat's prefixes are known."""
    engine = ox.Store()
    engine.load(sparql_prologue() + "\n".join(pieces), format=ox.RdfFormat.TURTLE)
    return EmbeddedStore(engine)


def country(code: str, name: str) -> str:
    """A country."""
    return f'country:{code} a bilat:Country ; rdfs:label "{name}"@en .'


def institution(slug: str, label: str, kind: str = "ministry") -> str:
    """An institution of the country that its slug begins with."""
    return (
        f'institution:{slug} a bilat:Institution ; rdfs:label "{label}"@en ; '
        f"bilat:country country:{slug[:3].upper()} ; "
        f"bilat:institutionKind institution-kind:{kind} ."
    )


def instrument(
    slug: str, parties: Sequence[str], field: str = "", phrase: str = "", position: int = 0
) -> str:
    """An instrument; a party is an institution's slug, a country's code, or a code with ``?``."""
    kind = TYPES[position % len(TYPES)]
    lines = [
        f"instrument:{slug} a bilat:Instrument",
        f'rdfs:label "{slug}"@en',
        f"bilat:instrumentType instrument-type:{kind}",
        f"bilat:field field:{field}" if field else "bilat:fieldStatus status:not-stated",
    ]
    if phrase:
        lines.append(f'bilat:fieldAsQuoted "{phrase}"@en')
    if position:
        lines.append(f"bilat:listPosition {position}")
    lines += [f"bilat:hasParty party:{slug}-{n}" for n in range(1, len(parties) + 1)]
    sides = [_party(f"{slug}-{n}", party, n) for n, party in enumerate(parties, 1)]
    return "\n".join([" ;\n  ".join(lines) + " .", *sides])


def _party(slug: str, party: str, order: int) -> str:
    lines = [
        f"party:{slug} a bilat:Party",
        f"bilat:onBehalfOf country:{party[:3].upper()}",
        f"bilat:partyOrder {order}",
    ]
    if party.endswith("?"):
        lines.append("bilat:institutionStatus status:not-stated")
    elif len(party) > 3:
        lines.append(f"bilat:partyInstitution institution:{party}")
    return " ; ".join(lines) + " ."


def event(
    slug: str, countries: Sequence[str], concerns: Sequence[str] = (), dates: str = "",
    people: Sequence[tuple[str, str]] = (), kind: str = "talks",
) -> str:  # fmt: skip
    """An event; ``dates`` is Turtle such as ``bilat:onDate "…"^^xsd:date``, people have posts."""
    lines = [
        f"event:{slug} a bilat:Event",
        f'rdfs:label "{slug}"@en',
        f"bilat:eventType event-type:{kind}",
        *(f"bilat:country country:{code}" for code in countries),
        *(f"bilat:concerns instrument:{item}" for item in concerns),
        *([dates] if dates else []),
        *(["bilat:stage lifecycle-stage:signed"] if concerns else []),
    ]
    lines += [f"bilat:hasParticipation participation:{slug}-{who}" for who, _ in people]
    parts = [_participation(f"{slug}-{who}", who, post) for who, post in people]
    return "\n".join([" ;\n  ".join(lines) + " .", *parts])


def _participation(slug: str, who: str, post: str) -> str:
    capacity = f" ; bilat:inCapacityOf post:{post}" if post else ""
    return (
        f"participation:{slug} a bilat:Participation ; bilat:participant person:{who} ; "
        f"bilat:participationRole role:attendee{capacity} ."
    )


def person(slug: str, name: str, code: str) -> str:
    """A person of a country."""
    return (
        f'person:{slug} a bilat:Person ; rdfs:label "{name}"@en ; '
        f"bilat:associatedCountry country:{code} ."
    )


def post(slug: str, label: str, kind: str = "minister") -> str:
    """A post of the country that its slug begins with."""
    return (
        f'post:{slug} a bilat:Post ; rdfs:label "{label}"@en ; '
        f"bilat:postOfCountry country:{slug[:3].upper()} ; bilat:postKind role:{kind} ."
    )


def conferral(slug: str, award: str, recipient: str, conferrer: str = "") -> str:
    """An award to a person, and by whom if that is stated."""
    by = f"bilat:conferrer {conferrer}" if conferrer else "bilat:conferrerStatus status:not-stated"
    return (
        f'award:{slug} a bilat:Award ; rdfs:label "{award}"@en .\n'
        f"conferral:{slug} a bilat:Event , bilat:AwardConferral ; bilat:award award:{slug} ;\n"
        f"  bilat:recipient person:{recipient} ; {by} ."
    )


TOPICS = ("Agriculture", "Finance", "Water", "Mines", "Education", "Trade", "Transport", "Culture")
NAMES = {"NOR": "Northern Archipelago", "SOU": "Southern Highlands"}
OFFICES = (
    "President", "Prime Minister", "Minister of Foreign Affairs and Foreign Trade",
    "Minister of Industry", "Minister of Health", "Head of the Development Agency",
)  # fmt: skip


def two_countries(number: int) -> Store:
    """``number`` instruments with long names between two countries, and events, people, awards.

    The same number gives the same store.
    """
    dice = random.Random(number)
    items = [f"item-{n}" for n in range(number)]
    bodies = {c: [f"{c.lower()}-body-{n}" for n in range(number * 2 // 3 + 1)] for c in NAMES}
    pieces = [country(code, name) for code, name in {**NAMES, "EAS": "Eastern Plains"}.items()]
    for code, slugs in bodies.items():
        for n, slug in enumerate(slugs):
            chosen = ", ".join(dice.sample(TOPICS, 1 + n % 5))
            pieces.append(institution(slug, f"Ministry No. {n} of {chosen} of {NAMES[code]}"))
    for n, item in enumerate(items, 1):
        field = dice.choice(FIELDS) if n % 3 else ""
        phrase = " ".join(dice.choices([*TOPICS, "standardisation"], k=2 + n % 12))
        parties = _parties(n, dice, bodies)
        pieces.append(instrument(item, parties, field, phrase if field else "", n))
    return store(*pieces, *_meetings(items))


def _parties(n: int, dice: random.Random, bodies: dict[str, list[str]]) -> list[str]:
    if n % 11 == 0:
        return ["NOR?", "SOU"]
    parties = [dice.choice(bodies["NOR"]), dice.choice(bodies["SOU"])]
    parties += [dice.choice(bodies["SOU"])] if n % 9 == 0 else []
    parties += ["EAS"] if n % 7 == 0 else []
    return list(dict.fromkeys(parties))


def _meetings(items: Sequence[str]) -> list[str]:
    pieces, people = [], []
    for code, name in NAMES.items():
        for n, office in enumerate(OFFICES):
            slug = f"{code.lower()}-{n}"
            kind = ("head-of-state", "head-of-government")[n] if n < 2 else "minister"
            pieces.append(post(slug, f"{office} of {name}", kind))
            pieces.append(person(slug, f"Maximiliána-Đorđe Žižkovićová {n}", code))
            people.append((slug, slug))
    for n in range(8):
        day = f'bilat:onDate "20{10 + n}-0{1 + n}-1{n}"^^xsd:date'
        talks = event(f"talks-{n}", list(NAMES), items[n::8], day, people if n == 2 else ())
        pieces.append(talks)
    pieces.append(event("undated", list(NAMES), kind="summit"))
    pieces.append(conferral("star", "Grand Order of the Star", "sou-0", "person:nor-0"))
    pieces.append(conferral("sun", "Order of the Sun", "nor-1", "country:SOU"))
    return pieces


def many_countries(number: int, pairs: int) -> Store:
    """Countries with long names, and instruments between ``pairs`` pairs of them."""
    dice = random.Random(number)
    codes = [f"{a}{b}{c}" for a in "ABC" for b in "DEFGH" for c in "IJKLMN"][:number]
    pieces = [country(code, f"{code.title()}istan and Islands") for code in codes]
    for n in range(pairs):
        parties = dice.sample(codes[: 4 + n], 2) if n < number - 4 else dice.sample(codes, 2)
        for k in range(dice.choice([1, 1, 2, 12])):
            pieces.append(instrument(f"item-{n}-{k}", parties, dice.choice(FIELDS)))
    return store(*pieces)
