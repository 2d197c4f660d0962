"""The institutions, persons, posts, tenures and places that a source names."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from bilat.errors import InputError
from bilat.inputs import shipped
from bilat.rdf.naming import (
    clean,
    day_literal,
    english,
    iri,
    is_latin,
    local_name,
    slug,
    with_article,
)
from bilat.rdf.trig import Block

if TYPE_CHECKING:
    from bilat.rdf.draft import Draft
    from bilat.rdf.names import Naming
    from bilat.rdf.trig import Facts, Span
    from bilat.record import Evidence, Person

#: Kinds of party that no label of the scheme names, and the kind for a name that tells no more.
INSTITUTION_KINDS = {
    "company": "private-company",
    "prosecutor": "prosecution-office",
    "city_or_region": "subnational-government",
    "media": "other-institution",
    "other": "other-institution",
}
#: What the words of a name say more exactly, by the kind that the record gives.
NARROWER_KINDS = {
    "company": {"state-owned-company", "chamber-of-commerce"},
    "bank": {"central-bank"},
    "city_or_region": {"city", "region"},
    "media": {"news-agency", "broadcaster", "press-service"},
    "parliament": {"chamber"},
    "agency": {"inspectorate-or-committee"},
    "other": {
        "academy", "agency", "armed-forces", "broadcaster", "chamber-of-commerce", "city", "court",
        "cultural-institution", "embassy", "inspectorate-or-committee", "region",
        "international-organisation", "non-governmental-organisation", "research-institute",
        "university",
    },
}  # fmt: skip

#: Patterns of offices in English, with the kind of post.
ROLES = (
    (r"(president|king|queen|emir|amir|sultan|head of state|grand duke)", "head-of-state"),
    (r"(prime minister|premier|federal chancellor|head of government)", "head-of-government"),
    (r"ambassador\b.*", "ambassador"),
    (r"(foreign |first )?minister\b.*|.*\bminister", "minister"),
)


class Noted(NamedTuple):
    """What is to be described: its name, the passages that state it, its names in the text."""

    naming: Naming
    spans: list[Span]
    names: list[str]


@cache
def _offices() -> dict[str, str]:
    """Posts as the data calls them, by the offices that other languages name."""
    path = shipped().folder("data", "reconciliation") + "/offices.toml"
    try:
        with open(path, "rb") as file:
            posts = tomllib.load(file)
        return {office: post for post, offices in posts.items() for office in offices}
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{path}: is no list of offices ({error!r})") from None


class Entities:
    """What the graph is about, noted where it is named and described in the end."""

    def __init__(self, draft: Draft) -> None:
        self.draft, self.background = draft, draft.background
        self.bodies: dict[ox.NamedNode, Noted] = {}
        self.persons: dict[ox.NamedNode, Noted] = {}
        self.places: dict[ox.NamedNode, Block] = {}

    # -- institutions

    def note_body(self, naming: Naming, node: ox.NamedNode, spans: list[Span]) -> None:
        """The institution for the file, with the passages that name it."""
        _, at, names = self.bodies.setdefault(node, Noted(naming, [], []))
        at += [span for span in spans if span not in at]
        names.append(naming.name)

    def describe_bodies(self) -> list[Block]:
        """The institutions, in the order of the text."""
        return [self._body(node) for node in self.bodies]

    def _body(self, node: ox.NamedNode) -> Block:
        """An institution: as the data has it, or new."""
        naming, spans, names = self.bodies[node]
        facts: Facts = [
            ("rdf:type", [iri("bilat:Institution")]),
            ("rdfs:label", [english(naming.label)]),
        ]
        facts += self.draft.other_names(naming, names)
        if naming.minted:
            country = self.background.country(naming.country)
            facts += [
                ("bilat:country", [country.iri] if country else []),
                ("bilat:institutionKind", [iri(f"institution-kind:{self._kind(naming)}")]),
            ]
            if not is_latin(naming.name):
                facts.append(("bilat:nameStatus", [iri("status:inferred")]))
        else:
            facts += self.draft.known(
                node, "bilat:country", "bilat:institutionKind", "bilat:nameStatus"
            )
        return Block(node, [fact for fact in facts if fact[1]], tuple(spans))

    def _kind(self, naming: Naming) -> str:
        """The kind of the record, or a narrower one that the words of the name say."""
        given = naming.hint or "other"
        general = INSTITUTION_KINDS.get(given) or self.background.concept_called(
            "institution-kind", given
        )
        said = self.background.concepts_in("institution-kind", naming.name)
        narrower = NARROWER_KINDS.get(given, set())
        return next((kind for kind in said if kind in narrower), general or "other-institution")

    # -- persons, posts and tenures

    def person(self, person: Person) -> Naming | None:
        """The person, noted for the file; None where it is not decided who is meant."""
        naming = self.draft.names.find("person", person.name, person.country)
        return self.note_person(naming, person.evidence)

    def note_person(self, naming: Naming | None, evidence: Evidence) -> Naming | None:
        """The person, noted with the passage, where known and the passage is found."""
        if naming is None or naming.iri is None or naming.iri.value in self.draft.without:
            if naming is not None:
                self.draft.remark(f"who “{clean(naming.name)}” is is not decided", evidence)
            return None
        spans = self.draft.cite(evidence)
        if not spans and naming.iri not in self.persons:
            self.draft.remark(f"the words that name {naming.label} are not in the text")
            return None
        _, at, names = self.persons.setdefault(naming.iri, Noted(naming, [], []))
        at += [span for span in spans if span not in at]
        if naming.name not in names:
            names.append(naming.name)
        return naming

    def describe_persons(self) -> list[Block]:
        """The persons, in the order in which they were noted."""
        return [self._person(node) for node in self.persons]

    def _person(self, node: ox.NamedNode) -> Block:
        """A person: as the data has it, or new."""
        naming, spans, names = self.persons[node]
        facts: Facts = [
            ("rdf:type", [iri("bilat:Person")]),
            ("rdfs:label", [english(naming.label)]),
            *self.draft.other_names(naming, names),
        ]
        if naming.minted:
            country = self.background.country(naming.country)
            facts += [("bilat:associatedCountry", [country.iri])] if country else []
        else:
            facts += self.draft.known(node, "bilat:associatedCountry", "schema:sameAs")
        return Block(node, facts, tuple(spans))

    def describe_offices(self) -> tuple[dict[ox.NamedNode, ox.NamedNode], list[Block]]:
        """Notes every person of the record; gives each one's first post, and posts and tenures."""
        first: dict[ox.NamedNode, ox.NamedNode] = {}
        posts: dict[ox.NamedNode, Block] = {}
        tenures: dict[ox.NamedNode, Block] = {}
        for person in self.draft.record.people:
            naming = self.person(person)
            if naming is None or naming.iri is None or not person.office:
                continue
            post = self._post(person)
            if post is None:
                continue
            node = iri(f"tenure:{local_name(post.subject)}-{local_name(naming.iri)}")
            if node.value in self.draft.without:
                remark = f"that {naming.label} held the post is at odds with the data"
                self.draft.remark(remark, person.evidence)
                continue
            facts: Facts = [
                ("rdf:type", [iri("bilat:Tenure")]),
                ("org:member", [naming.iri]),
                ("bilat:tenureOf", [post.subject]),
            ]
            if day := self.draft.held or self.draft.published:
                facts.append(("bilat:attestedOn", [day_literal(day)]))
            spans = self.draft.cite(person.evidence) or self.persons[naming.iri].spans
            tenures[node] = Block(node, facts, tuple(spans))
            posts[post.subject] = post
            # people take part in their first post, and hold the others too
            first.setdefault(naming.iri, post.subject)
        return first, [*posts.values(), *tenures.values()]

    def _post(self, person: Person) -> Block | None:
        """The post of a country that the office is."""
        office = clean(person.office or "")
        office = _offices().get(office.casefold(), office)
        country = self.background.country(person.country)
        if country is None or not is_latin(office) or not office:
            self.draft.remark(
                f"the office “{office}” is no post that can be named", person.evidence
            )
            return None
        name = re.sub(rf"\s+of (the )?{re.escape(country.name)}$", "", office)
        node = iri(f"post:{country.alpha3.lower()}-{slug(name)}")
        if node.value in self.draft.without:
            self.draft.remark(f"the post “{name}” does not pass the shapes", person.evidence)
            return None
        known = self.background.label(node)
        if known:
            facts: Facts = [
                ("rdf:type", [iri("bilat:Post")]),
                ("rdfs:label", [english(known)]),
                *self.draft.known(
                    node,
                    "bilat:postOfCountry",
                    "bilat:postKind",
                    "bilat:singleHolder",
                    "schema:sameAs",
                ),
            ]
            return Block(node, facts)
        kind = next((r for p, r in ROLES if re.fullmatch(p, name.casefold())), "other-office")
        facts = [
            ("rdf:type", [iri("bilat:Post")]),
            ("rdfs:label", [english(f"{name} of {with_article(country.name)}")]),
            ("bilat:postOfCountry", [country.iri]),
            ("bilat:postKind", [iri(f"role:{kind}")]),
        ]
        if kind in ("head-of-state", "head-of-government"):
            facts.append(("bilat:singleHolder", [ox.Literal(True)]))
        return Block(node, facts)

    # -- places

    def note_place(self, node: ox.NamedNode, naming: Naming | None = None) -> None:
        """The place for the file, and the larger ones around it."""
        if node in self.places:
            return
        label = naming.label if naming else self.background.label(node) or local_name(node)
        facts: Facts = [
            ("rdf:type", [iri("bilat:Place")]),
            ("rdfs:label", [english(label)]),
            *(self.draft.other_names(naming, [naming.name]) if naming else []),
        ]
        if naming and naming.minted:
            facts.append(("bilat:placeKind", [iri("place-kind:city")]))
            if country := self.background.country(naming.country):
                facts.append(("bilat:inCountry", [country.iri]))
        names = ("bilat:placeKind", "bilat:within", "bilat:territoryOf", "bilat:inCountry",
                 "schema:sameAs")  # fmt: skip
        facts += self.draft.known(node, *names)
        self.places[node] = Block(node, facts)
        for larger in self.background.values(node, "bilat:within"):
            if isinstance(larger, ox.NamedNode):
                self.note_place(larger)
