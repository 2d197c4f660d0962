"""What happened: the meeting or visit, the act on the instruments, and awards conferred."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bilat.rdf.draft import MAX_PASSAGES
from bilat.rdf.names import person_called
from bilat.rdf.naming import (
    FILLERS,
    bare_words,
    clean,
    english,
    enumerated,
    iri,
    local_name,
    romanised,
    slug,
    with_article,
)
from bilat.rdf.trig import Block

if TYPE_CHECKING:
    import pyoxigraph as ox

    from bilat.rdf.draft import Draft
    from bilat.rdf.entities import Entities
    from bilat.rdf.trig import Facts, Span
    from bilat.record import Award


class EventKind(NamedTuple):
    """How an event type of the record is said in the model."""

    concept: str
    classes: tuple[str, ...]
    slug: str
    label: str


EVENTS = {
    "state visit": EventKind("state-visit", ("bilat:Visit",), "state-visit", "State visit between"),
    "official visit": EventKind(
        "official-visit", ("bilat:Visit",), "official-visit", "Official visit between"
    ),
    "summit": EventKind("summit", ("bilat:Meeting",), "summit", "Summit of"),
    "talks": EventKind("talks", ("bilat:Meeting",), "talks", "Talks of"),
    "intergovernmental commission": EventKind(
        "intergovernmental-commission-session",
        ("bilat:Meeting",),
        "intergovernmental-commission",
        "Session of the intergovernmental commission of",
    ),
}
_ACT = ("bilat:Ceremony", "bilat:LifecycleEvent")
EXCHANGE = EventKind(
    "document-exchange-ceremony", _ACT, "exchange-ceremony", "Exchange of documents of"
)
SIGNING = EventKind(
    "document-signing-ceremony", _ACT, "signing-ceremony", "Signing of documents of"
)

#: Words of the text that say by which act documents were made; signing first.
ACTS = (
    (
        SIGNING,
        "signed",
        r"\bsign(?:ed|ing|atur|ator|s\b)|\binked\b|подпис|потпис|potpis|қол қой|підпис|imzala",
    ),
    (
        EXCHANGE,
        "exchanged",
        r"\bexchang|\bswap|\bchanged hands|\bhanded over|обмен|размен|razmen|алмас|обмін",
    ),
)

#: How far from the instruments such a word may stand, in characters.
BEFORE, BEHIND = 400, 200
#: Words that only look like those of the act, or tell of an earlier one.
OTHER_ACTS = r"\bsigns\s+of\b|\bsigned\s+in\s+\d{4}\b|\btreat(?:y|ies)\s+signed\b"

EVENT_TYPES_STATED = {
    **{name: (kind.concept,) for name, kind in EVENTS.items()},
    "exchange ceremony": (EXCHANGE.concept,),
}


class Act(NamedTuple):
    """By which act the instruments were made, its stage, and the sentence that says so."""

    kind: EventKind
    stage: str
    sentence: Span | None


def find_act(draft: Draft) -> Act | None:
    """The act that the record or a word of the text says."""
    if draft.record.event_type == "exchange ceremony":
        return Act(EXCHANGE, "exchanged", draft.locate(draft.record.evidence.get("event_type")))
    text = draft.about.text
    stated = [span for i in draft.record.instruments if (span := draft.locate(i.evidence))]
    first = min((start for start, _ in stated), default=0)
    last = max((end for _, end in stated), default=len(text))
    others = [found.span() for found in re.finditer(OTHER_ACTS, text, re.IGNORECASE)]
    found = [
        (at, Act(kind, stage, _sentence(text, at)))
        for kind, stage, words in ACTS
        for at in (match.start() for match in re.finditer(words, text, re.IGNORECASE))
        if max(0, first - BEFORE) <= at < last + BEHIND
        and not any(start <= at < end for start, end in others)
    ]
    # the words that lead to the instruments go before those that follow
    if leading := [(at, act) for at, act in found if at < first]:
        _, nearest = max(leading, key=lambda each: each[0])
        found = [each for each in leading if each[1].sentence == nearest.sentence]
    return found[0][1] if found else None


def _sentence(text: str, at: int) -> Span:
    """The sentence around a place, within its line."""
    ends = [m.end() for m in re.finditer(r"[.!?…]+[”\"»’)]*(?=\s)|\n", text)]
    start = max((end for end in ends if end <= at), default=0)
    end = min((end for end in ends if end > at), default=len(text))
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return start, start + len(piece.strip())


class Events:
    """The events of a source, in which the entities take part."""

    def __init__(self, draft: Draft, entities: Entities, act: Act | None) -> None:
        self.draft, self.entities, self.act = draft, entities, act
        self.background = draft.background
        self.awards: dict[ox.NamedNode, Block] = {}

    def describe(
        self,
        concerned: list[tuple[ox.NamedNode, list[Span]]],
        posts: dict[ox.NamedNode, ox.NamedNode],
        spans: list[Span],
    ) -> list[Block]:
        """The meeting or visit, the act on the instruments, and who took part in the first."""
        events: list[tuple[EventKind, Facts, list[Span]]] = []
        kind = EVENTS.get(self.draft.record.event_type)
        at = spans or [span for _, found in concerned for span in found][:3]
        at = at or [span for _, found, _ in self.entities.persons.values() for span in found][:3]
        if kind and at:
            events.append((kind, [], list(at)))
        if concerned and self.act:
            act, stage, sentence = self.act
            facts: Facts = [
                ("bilat:stage", [iri(f"lifecycle-stage:{stage}")]),
                ("bilat:concerns", [node for node, _ in concerned]),
            ]
            if sentence and sentence not in at and len(self.draft.spans) < MAX_PASSAGES:
                self.draft.spans.add(sentence)
                at = [*at, sentence]
            events.append((act, facts, list(at)))
        elif concerned:
            self.draft.remark(
                "no word of the text says that the instruments were signed or exchanged"
            )
        elif self.draft.record.event_type == "exchange ceremony" and at:
            events.append((EXCHANGE._replace(classes=("bilat:Ceremony",)), [], list(at)))
        place = self._place()
        blocks: list[Block] = []
        for number, (kind_, facts, found) in enumerate(events):
            node = self._event_iri(kind_)
            if node.value in self.draft.without:
                self.draft.remark(f"the event “{kind_.label} …” does not pass the shapes")
                continue
            taking_part = self._participations(node, posts) if number == 0 else []
            blocks.append(self._event(node, kind_, facts, found, place, taking_part))
            blocks += taking_part
        if not events and self.entities.persons:
            self.draft.remark(
                "what sort of event it was is not said: who took part in it is left out"
            )
        return blocks

    def _event_iri(self, kind: EventKind) -> ox.NamedNode:
        """``<day, month or 0000-00>-<countries>-<kind>``."""
        day = self.draft.held or (self.draft.published or "0000-00")[:7]
        wanted = f"event:{day}-{self.draft.codes(self.draft.countries)}{kind.slug}"
        return self.draft.mint(wanted, always_hashed=day == "0000-00")

    def _event(
        self,
        node: ox.NamedNode,
        kind: EventKind,
        facts: Facts,
        spans: list[Span],
        place: ox.NamedNode | None,
        taking_part: list[Block],
    ) -> Block:
        """One event."""
        between = (
            enumerated([with_article(c.name) for c in self.draft.countries])
            or "countries not named"
        )
        where = f" in {self.entities.places[place].facts[1][1][0].value}" if place else ""
        label = f"{kind.label} {between}{where}{self.draft.when}"
        by_name = dict(facts)
        written: Facts = [
            ("rdf:type", [iri(name) for name in ("bilat:Event", *kind.classes)]),
            ("rdfs:label", [english(label)]),
            ("bilat:eventType", [iri(f"event-type:{kind.concept}")]),
            ("bilat:stage", by_name.get("bilat:stage", [])),
            *self.draft.dates(),
            ("bilat:country", [c.iri for c in self.draft.countries]),
            ("bilat:place", [place] if place else []),
            ("bilat:concerns", by_name.get("bilat:concerns", [])),
            ("bilat:hasParticipation", [block.subject for block in taking_part]),
        ]
        if kind.concept in EVENT_TYPES_STATED.get(self.draft.record.event_type, ()):
            said = self.draft.record.evidence.get("event_type")
            written.append(
                ("bilat:confidence", self.draft.confidence(said.confidence if said else 0.5))
            )
        else:
            written.append(("bilat:confidence", self.draft.confidence(0.5)))
        return Block(node, [fact for fact in written if fact[1]], tuple(spans), label)

    def _participations(
        self, event: ox.NamedNode, posts: dict[ox.NamedNode, ox.NamedNode]
    ) -> list[Block]:
        """Everybody of the record, in the post if there is one; the part played is not read."""
        found: dict[ox.NamedNode, Block] = {}
        for person in self.draft.record.people:
            naming = self.draft.names.find("person", person.name, person.country)
            if naming is None or naming.iri not in self.entities.persons or naming.iri is None:
                continue
            node = iri(f"participation:{local_name(event)}-{local_name(naming.iri)}")
            if node in found or node.value in self.draft.without:
                continue
            facts: Facts = [
                ("rdf:type", [iri("bilat:Participation")]),
                ("bilat:participant", [naming.iri]),
            ]
            if naming.iri in posts:
                facts.append(("bilat:inCapacityOf", [posts[naming.iri]]))
            facts.append(("bilat:confidence", self.draft.confidence(person.evidence.confidence)))
            spans = tuple(self.draft.cite(person.evidence)) or tuple(
                self.entities.persons[naming.iri][1]
            )
            found[node] = Block(node, facts, spans)
        return list(found.values())

    def _place(self) -> ox.NamedNode | None:
        """The city, with what it lies within as far as the data knows."""
        name = self.draft.record.place
        if not name or not clean(name):
            return None
        naming = self.draft.names.place()
        if naming is None or naming.iri is None or naming.iri.value in self.draft.without:
            self.draft.remark(f"which place “{clean(name)}” is is not decided")
            return None
        self.entities.note_place(naming.iri, naming)
        return naming.iri

    def describe_awards(self) -> list[Block]:
        """The awards, and what was conferred on whom."""
        conferrals: dict[ox.NamedNode, Block] = {}
        for award in self.draft.record.awards:
            block = self._conferral(award)
            if block and block.subject not in conferrals:
                conferrals[block.subject] = block
        return [*self.awards.values(), *conferrals.values()]

    def _conferral(self, award: Award) -> Block | None:
        """One giving of an award."""
        named = f"“{clean(award.name)}”"
        if not clean(award.name) or not award.recipient or not clean(award.recipient):
            self.draft.remark(f"{named}: who received it is not said", award.evidence)
            return None
        person = person_called(self.draft.record, award.recipient)
        naming = (
            self.entities.person(person)
            if person
            else self.entities.note_person(
                self.draft.names.find("person", award.recipient, None), award.evidence
            )
        )
        spans = self.draft.cite(award.evidence)
        if naming is None or naming.iri is None or not spans:
            self.draft.remark(f"{named}: its recipient, or the words that state it, are not found")
            return None
        node = self._award(award)
        conferral = iri(f"conferral:{local_name(node)}-{local_name(naming.iri)}")
        if conferral.value in self.draft.without or node.value in self.draft.without:
            self.draft.remark(f"{named}: its conferral does not pass the shapes", award.evidence)
            return None
        known = self.background.label(conferral)
        name = self.awards[node].facts[1][1][0].value
        label = known or f"Conferral of the {name} on {naming.label}{self.draft.when}"
        facts: Facts = [
            ("rdf:type", [iri("bilat:Event"), iri("bilat:AwardConferral")]),
            ("rdfs:label", [english(label)]),
            ("bilat:eventType", [iri("event-type:award-conferral")]),
            ("bilat:award", [node]),
            ("bilat:recipient", [naming.iri]),
        ]
        if known:  # a source has reported it: what it says of the giver and the day stands
            facts += self.draft.known(conferral, "bilat:conferrer", "bilat:conferrerStatus",
                                "bilat:onDate", "bilat:notAfter", "bilat:country")  # fmt: skip
            return Block(conferral, facts, tuple(spans), label)
        giver = self.background.country(award.conferred_by_country)
        countries = list(dict.fromkeys([*([giver] if giver else []), *self.draft.countries]))
        facts += [
            ("bilat:conferrer", [giver.iri])
            if giver
            else ("bilat:conferrerStatus", [iri("status:not-stated")]),
            *[fact for fact in self.draft.dates() if fact[0] != "bilat:dateAsQuoted"],
            ("bilat:country", [c.iri for c in countries]),
            ("bilat:confidence", self.draft.confidence(award.evidence.confidence)),
        ]
        return Block(conferral, [fact for fact in facts if fact[1]], tuple(spans), label)

    def _award(self, award: Award) -> ox.NamedNode:
        """The award of that name, whatever the order of its words; else a new one."""
        wanted = set(bare_words(award.name).split()) - FILLERS
        kinds = {"order", "medal", "orden", "орден", "medalja"}
        for node in self.background.subjects("rdf:type", iri("bilat:Award")):
            label = self.background.label(node) or ""
            if set(bare_words(label).split()) - FILLERS == wanted:
                facts: Facts = [
                    ("rdf:type", [iri("bilat:Award")]),
                    ("rdfs:label", [english(label)]),
                    *self.draft.known(node, "bilat:awardOfCountry"),
                ]
                self.awards[node] = Block(node, facts)
                return node
        words = [word for word in slug(award.name).split("-") if word not in kinds | FILLERS]
        node = iri(f"award:{'-'.join(words) or slug(award.name)}")
        known = self.background.label(node)
        if node not in self.awards:
            label = known or clean(romanised(award.name))
            self.awards[node] = Block(
                node,
                [("rdf:type", [iri("bilat:Award")]), ("rdfs:label", [english(label)])],
            )
        return node
