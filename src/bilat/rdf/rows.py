"""From the facts of a table's rows to N-Quads, line by line: for tables that no memory holds.

Each entity has the row that states it as its evidence; a row is known by its number in the file.
Lines come in the order in which facts are stated, so the same rows give the same bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bilat.namespaces import BASE, GRAPH, PREFIXES, expand
from bilat.rdf.naming import is_address, slug
from bilat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TO_ESCAPE = re.compile(r'[\\"\n\r\t]')

#: What a date in digits is written in: no language at all (BCP 47).
NO_LANGUAGE = "zxx"


# ---- terms in N-Triples


def ref(name: str) -> str:
    """The IRI of a prefixed name."""
    return f"<{expand(name)}>"


def entity(kind: str, name: str) -> str:
    """The IRI of an entity, by its kind and its slug."""
    return f"<{BASE}id/{kind}/{name}>"


def concept(scheme: str, name: str) -> str:
    """The IRI of a concept."""
    return f"<{BASE}scheme/{scheme}/{name}>"


def text(value: str, language: str | None = None) -> str:
    """A string, or a text in a language."""
    if _TO_ESCAPE.search(value):
        value = _TO_ESCAPE.sub(lambda found: _ESCAPED[found[0]], value)
    return f'"{value}"@{language}' if language else f'"{value}"'


def day(value: str) -> str:
    """An ``xsd:date``."""
    return f'"{value}"^^<{PREFIXES["xsd"]}date>'


def number(value: int) -> str:
    """An ``xsd:integer``."""
    return f'"{value}"^^<{PREFIXES["xsd"]}integer>'


def key_slug(key: str) -> str:
    """The slug of a key of a table."""
    return slug(key, 30)


# ---- facts


@dataclass(frozen=True)
class When:
    """What a cell says of a day: the earliest and the latest that it can be, as YYYY-MM-DD.

    Both are None where the cell only doubts; ``quoted`` is the cell.
    """

    first: str | None
    last: str | None
    quoted: str

    @property
    def day(self) -> str | None:
        """The day, where it is known to the day."""
        return self.first if self.first == self.last else None

    @property
    def is_doubtful(self) -> bool:
        """Whether the cell only doubts."""
        return self.first is None and self.last is None


@dataclass(frozen=True)
class Bounds:
    """The properties that state one kind of day: the day itself, or what it lies between."""

    day: str
    first: str
    last: str

    @classmethod
    def called(cls, day: str, bounds: str) -> Bounds:
        """``bilat:<day>``, or ``bilat:<bounds>NotBefore`` and ``bilat:<bounds>NotAfter``."""
        return cls(
            ref(f"bilat:{day}"), *(ref(f"bilat:{bounds}Not{e}") for e in ("Before", "After"))
        )


@dataclass(frozen=True)
class TableFile:
    """A file that was read: its name without folder, what the source calls it, its digest."""

    name: str
    role: str
    sha256: str


@dataclass(frozen=True)
class About:
    """What is said of the source of imported rows."""

    identifier: str
    label: str
    licence: str | None = None
    attribution: str | None = None
    url: str | None = None
    country: str | None = None  # whose register it is, as the IRI in N-Triples


@dataclass(frozen=True)
class Treaty:
    """An instrument as a row states it; ``slug`` ends its IRI."""

    slug: str
    title: str
    language: str
    label: str
    type: str
    fields: tuple[str, ...] = ()
    fields_quoted: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Act:
    """What happened to an instrument, and when: a stage, the type of its event, how it is named."""

    stage: str
    type: str
    label: str


SIGNED = Act("signed", "document-signing-ceremony", "Signature")
IN_FORCE = Act("entered-into-force", "entry-into-force", "Entry into force")
ENDED = Act("ended", "termination", "End")
#: What a status in a table says has happened, by the stage.
STAGES = {
    act.stage: act
    for act in (
        SIGNED,
        Act("ratified", "ratification", "Ratification"),
        IN_FORCE,
        ENDED,
        Act("terminated", "termination", "Termination"),
        Act("expired", "termination", "Expiry"),
        Act("superseded", "termination", "Replacement"),
        Act("withdrawn", "termination", "Withdrawal"),
    )
}

#: The days of one party, by the name that a profile has for them.
PARTY_DAYS = {
    "signed": Bounds.called("signedOn", "signed"),
    "consented": Bounds.called("consentedOn", "consented"),
    "bound": Bounds.called("boundOn", "bound"),
    "released": Bounds.called("releasedOn", "released"),
}
START = Bounds.called("startDate", "start")
END = Bounds.called("endDate", "end")
ESTABLISHED = Bounds.called("establishedOn", "established")
_ON = Bounds(ref("bilat:onDate"), ref("bilat:notBefore"), ref("bilat:notAfter"))

_TYPE = ref("rdf:type")
_LABEL = ref("rdfs:label")
_EVIDENCE = ref("bilat:evidence")
_QUOTED = ref("bilat:dateAsQuoted")


@dataclass(frozen=True)
class Thing:
    """Something with a name: its IRI ends in the item of Wikidata, if known, else in the slug.

    ``language`` is that of the label, where that is not English; ``country`` is whose it is, as a
    term, which tells who of that name is meant.
    """

    kind: str
    type: str
    slug: str
    label: str
    qid: str = ""
    language: str | None = None
    country: str | None = None


class Others(Protocol):
    """What other sources say: of an IRI its label and the like, and the IRI of what is the same.

    And what somebody judged that a name means.
    """

    def label(self, node: str, /) -> str | None: ...

    def value(self, node: str, predicate: str, /) -> str | None: ...

    def same(self, address: str, /) -> str | None: ...

    def judged(self, kind: str, name: str, country: str | None, item: str | None, /) -> str: ...


class RowGraph:
    """The graph of one source: what is stated goes to ``write``, a line of N-Quads each."""

    def __init__(self, identifier: str, write: Callable[[str], object], known: Others) -> None:
        self.identifier = identifier
        self._known = known
        self.count = 0
        self._write = write
        self._end = f" <{GRAPH}{identifier}> .\n"
        self._tables: dict[str, str] = {}
        self._rows: set[tuple[str, int]] = set()
        self._described: set[str] = set()

    def state(self, subject: str, *facts: tuple[str, str]) -> None:
        """Write facts of a subject: predicate and object, each a term in N-Triples."""
        end = self._end
        self._write(
            "".join([f"{subject} {predicate} {object}{end}" for predicate, object in facts])
        )
        self.count += len(facts)

    def source(self, about: About, files: Iterable[TableFile]) -> None:
        """The graph, its source and the files of it."""
        graph, source = f"<{GRAPH}{about.identifier}>", entity("source", about.identifier)
        self.state(
            graph,
            (_TYPE, ref("bilat:SourceGraph")),
            (ref("prov:wasDerivedFrom"), source),
            (ref("bilat:readBy"), text(f"bilat {__version__}")),
        )
        facts = [
            (_TYPE, ref("bilat:SourceDocument")),
            (_LABEL, text(about.label, "en")),
            (ref("dct:identifier"), text(about.identifier)),
        ]
        if about.licence:
            is_iri = is_address(about.licence)
            terms = f"<{about.licence}>" if is_iri else text(about.licence, "en")
            facts.append((ref("dct:license") if is_iri else ref("dct:rights"), terms))
        if about.attribution:
            facts.append((ref("dct:bibliographicCitation"), text(about.attribution, "en")))
        if about.url:
            facts.append((ref("bilat:sourceUrl"), f"<{about.url}>"))
        if about.country:
            facts.append((ref("dct:spatial"), about.country))
        self.state(source, *facts)
        for file in files:
            self._table(file, source)

    def _table(self, file: TableFile, source: str) -> None:
        name = f"{self.identifier}-{file.role}"
        node = self._tables[file.role] = entity("source", name)
        self.state(source, (ref("dct:hasPart"), node))
        self.state(
            node,
            (_TYPE, ref("bilat:SourceDocument")),
            (_TYPE, ref("bilat:Table")),
            (_LABEL, text(f"{file.name}, a file of {self.identifier}", "en")),
            (ref("dct:identifier"), text(name)),
            (ref("bilat:fileName"), text(file.name)),
            (ref("bilat:sha256"), text(file.sha256)),
        )

    def row(self, role: str, row: int, line: int) -> str:
        """The node of a row; its line is stated where it is not the number of the row."""
        node = entity("row", f"{self.identifier}-{role}-{row}")
        if (role, row) not in self._rows:
            self._rows = {(role, row)}  # the rows of a table come one after the other
            facts = [
                (_TYPE, _ROW),
                (_SOURCE, self._tables[role]),
                (_ROW_NUMBER, number(row)),
            ]
            if line != row:
                facts.append((_LINE, number(line)))
            self.state(node, *facts)
        return node

    def beside(self, name: str, what: str) -> None:
        """That a table is kept beside the graph, and what is in it."""
        self.state(
            entity("table", self.identifier),
            (_TYPE, ref("dcat:Distribution")),
            (_LABEL, text(f"The figures of {self.identifier}", "en")),
            (ref("dct:identifier"), text(name)),
            (ref("dct:description"), text(what, "en")),
            (ref("dcat:mediaType"), _PARQUET),
            (ref("dct:source"), entity("source", self.identifier)),
        )

    # ---- instruments

    def treaty(self, treaty: Treaty, row: str) -> str:
        """An instrument without its parties; gives its IRI."""
        node = entity("instrument", treaty.slug)
        facts = [
            (_TYPE, ref("bilat:Instrument")),
            (_LABEL, text(treaty.label, "en")),
            (ref("bilat:titleAsQuoted"), text(treaty.title, treaty.language)),
            (ref("bilat:instrumentType"), concept("instrument-type", treaty.type)),
            (_EVIDENCE, row),
        ]
        facts += [(_FIELD, concept("field", field)) for field in treaty.fields]
        facts += [(_FIELD_QUOTED, text(words, tag)) for words, tag in treaty.fields_quoted]
        if not treaty.fields:
            facts.append((ref("bilat:fieldStatus"), concept("status", "not-stated")))
        self.state(node, *facts)
        return node

    def act(
        self, treaty: Treaty, act: Act, when: When | None, row: str, place: str | None = None
    ) -> None:
        """Something that happened to the instrument, with its day or what that lies between."""
        node = entity("event", f"{treaty.slug}-{act.stage}")
        facts = [
            (_TYPE, ref("bilat:Event")),
            (_TYPE, ref("bilat:LifecycleEvent")),
            (_LABEL, text(f"{act.label}: {treaty.label}", "en")),
            (ref("bilat:eventType"), concept("event-type", act.type)),
            (ref("bilat:stage"), concept("lifecycle-stage", act.stage)),
            (ref("bilat:concerns"), entity("instrument", treaty.slug)),
            *(stated(_ON, when) if when else ()),
        ]
        if when and when.day is None:
            facts.append((_QUOTED, text(when.quoted, NO_LANGUAGE)))
        if place:
            facts.append((ref("bilat:place"), place))
        self.state(node, *facts, (_EVIDENCE, row))

    def party(self, treaty: str, order: int, slug: str, side: tuple[str, str], row: str) -> str:
        """A side of the instrument whose slug is given: the country or the body that is it."""
        node = entity("party", f"{treaty}-{slug}")
        self.state(entity("instrument", treaty), (_HAS_PARTY, node))
        self.state(node, (_TYPE, _PARTY), side, (_PARTY_ORDER, number(order)), (_EVIDENCE, row))
        return node

    def party_again(self, treaty: str, slug: str, row: str) -> str:
        """The same side stated by another row."""
        node = entity("party", f"{treaty}-{slug}")
        self.state(node, (_EVIDENCE, row))
        return node

    def parties_incomplete(self, treaty: str, status: str) -> None:
        """That not all sides of the instrument are here."""
        self.state(
            entity("instrument", treaty), (ref("bilat:partyStatus"), concept("status", status))
        )

    # ---- what several sources may describe

    def described(self, thing: Thing, facts: Iterable[tuple[str, str]], row: str | None) -> str:
        """A person, body, post or place, described where it is first met; gives its IRI.

        The description stands without those of other sources. It has their label and their word of
        what is one for each thing, so that all together agree; its own label is a further name.
        """
        same = f"{PREFIXES['wd']}{thing.qid}" if thing.qid else None
        slug = thing.qid.lower() if thing.qid else thing.slug
        known = self._known.same(same) if same else None
        known = known or self._known.judged(thing.kind, thing.label, thing.country, same)
        node = f"<{known}>" if known else entity(thing.kind, slug)
        if node in self._described:
            return node
        self._described.add(node)
        label = self._known.label(node[1:-1]) or thing.label
        found = [(_TYPE, ref(thing.type)), (_LABEL, text(label, "en"))]
        for predicate, own in facts:
            other = self._known.value(node[1:-1], predicate) if predicate in OF_ONE else None
            found.append((predicate, other or own))
        if label != thing.label:
            found.append((ref("skos:altLabel"), text(thing.label, "en")))
        if thing.language:
            found.append((ref("skos:altLabel"), text(thing.label, thing.language)))
        if same:
            found.append((ref("schema:sameAs"), f"<{same}>"))
        if row:
            found.append((_EVIDENCE, row))
        self.state(node, *found)
        return node

    def organisation(self, name: str, language: str | None, row: str) -> str:
        """An international organisation."""
        thing = Thing("institution", "bilat:Institution", slug(name), name, language=language)
        kind = concept("institution-kind", "international-organisation")
        return self.described(thing, [(_KIND, kind)], row)

    def place(self, thing: Thing, row: str) -> str:
        """A city."""
        facts = [(ref("bilat:placeKind"), concept("place-kind", "city"))]
        if thing.country:
            facts.append((ref("bilat:inCountry"), thing.country))
        return self.described(thing, facts, None)

    def tenure(self, slug: str, post: str, person: str, row: str) -> str:
        """Somebody's holding of a post, without its days."""
        node = entity("tenure", slug)
        self.state(
            node,
            (_TYPE, ref("bilat:Tenure")),
            (ref("bilat:tenureOf"), post),
            (ref("org:member"), person),
            (_EVIDENCE, row),
        )
        return node

    def representation(self, slug: str, what: tuple[str, str, str], row: str) -> str:
        """How high one country is represented in another, without the days."""
        node = entity("representation", slug)
        sender, receiver, level = what
        self.state(
            node,
            (_TYPE, ref("bilat:DiplomaticRepresentation")),
            (ref("bilat:sendingCountry"), sender),
            (ref("bilat:receivingCountry"), receiver),
            (ref("bilat:representationLevel"), level),
            (_EVIDENCE, row),
        )
        return node


#: What each thing has one of, whatever its sources.
OF_ONE = frozenset(
    ref(f"bilat:{name}")
    for name in (
        "country",
        "inCountry",
        "institutionKind",
        "placeKind",
        "postKind",
        "postOfCountry",
    )
)
_PARQUET = "<https://www.iana.org/assignments/media-types/application/vnd.apache.parquet>"
_ROW = ref("bilat:Row")
_SOURCE = ref("oa:hasSource")
_ROW_NUMBER = ref("bilat:rowNumber")
_LINE = ref("bilat:line")
_FIELD = ref("bilat:field")
_FIELD_QUOTED = ref("bilat:fieldAsQuoted")
_HAS_PARTY = ref("bilat:hasParty")
_PARTY = ref("bilat:Party")
_PARTY_ORDER = ref("bilat:partyOrder")
_KIND = ref("bilat:institutionKind")
ON_BEHALF_OF = ref("bilat:onBehalfOf")
PARTY_INSTITUTION = ref("bilat:partyInstitution")


def stated(bounds: Bounds, when: When) -> list[tuple[str, str]]:
    """The facts that state a day, or what it lies between."""
    if when.day:
        return [(bounds.day, day(when.day))]
    facts = [(bounds.first, day(when.first))] if when.first else []
    return [*facts, (bounds.last, day(when.last))] if when.last else facts
