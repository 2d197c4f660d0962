"""What a reader wants first of a thing: for each kind, queries whose rows are shown as tables.

They are the files of ``queries/pages/<kind>``, in the form of the questions: the summary is the
heading, the one parameter the thing, and the tag is the address that has the rest where more rows
match than the query's LIMIT lets through less one (``{}`` in it stands for the last part of the
thing's IRI; one that begins with ``?`` goes on from the thing's own page).
"""

from __future__ import annotations

import os
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import pyoxigraph as ox

from bilat import questions
from bilat.namespaces import BASE, GRAPH, NS, PREFIXES
from bilat.server.addresses import link_to
from bilat.server.facts import TYPE

if TYPE_CHECKING:
    from bilat.knowledge_graph import KnowledgeGraph
    from bilat.questions import Question
    from bilat.server.cells import Display, Table
    from bilat.server.facts import Fact

#: The kind of page that the members of a class have, the first that fits.
_KINDS = {
    NS + "Country": "country",
    NS + "FormerCountry": "country",
    NS + "Institution": "institution",
    NS + "Person": "person",
    NS + "Instrument": "instrument",
    NS + "Event": "event",
    NS + "BilateralRelation": "relation",
    NS + "SourceDocument": "source",
    NS + "Post": "post",
    NS + "Award": "award",
    NS + "Place": "place",
    NS + "SourceGraph": "graph",
    PREFIXES["skos"] + "ConceptScheme": "scheme",
    PREFIXES["skos"] + "Concept": "concept",
}

#: The properties that stand at the head of a page, by kind.
GLANCE = {
    "country": ("bilat:iso3166alpha2", "bilat:iso3166alpha3", "bilat:startDate", "bilat:endDate",
                "bilat:partnerCount", "bilat:instrumentCount", "bilat:continuedBy",
                "bilat:succeededBy", "schema:sameAs"),
    "institution": ("bilat:country", "bilat:institutionKind", "bilat:underAuthorityOf",
                    "bilat:receivingCountry", "bilat:establishedOn", "bilat:dissolvedOn",
                    "bilat:nameStatus", "skos:altLabel", "schema:sameAs"),
    "person": ("bilat:associatedCountry", "bilat:holdsPost", "skos:altLabel", "schema:sameAs"),
    "instrument": ("bilat:titleAsQuoted", "bilat:instrumentType", "bilat:partyCountry",
                   "bilat:field", "bilat:fieldAsQuoted", "bilat:inferredField",
                   "bilat:fieldStatus", "bilat:level", "bilat:bindingness", "bilat:supersedes",
                   "bilat:amends", "bilat:implements", "bilat:relation"),
    "event": ("bilat:eventType", "bilat:stage", "bilat:onDate", "bilat:notBefore",
              "bilat:notAfter", "bilat:dateAsQuoted", "bilat:place", "bilat:country",
              "bilat:topic", "bilat:plannedTopic", "bilat:reportedBy"),
    "relation": ("bilat:betweenCountry",),
    "source": ("dct:issued", "dct:publisher", "dct:language", "bilat:sourceUrl",
               "bilat:retrievalStatus", "dct:references", "dct:license"),
    "graph": ("prov:wasDerivedFrom", "bilat:readBy"),
    "post": ("bilat:postOfCountry", "bilat:postKind", "org:postIn", "schema:sameAs"),
    "award": ("bilat:awardOfCountry", "skos:altLabel", "schema:sameAs"),
    "place": ("bilat:placeKind", "bilat:within", "bilat:inCountry", "bilat:territoryOf",
              "schema:sameAs"),
    "concept": ("skos:definition", "skos:inScheme", "skos:broader", "skos:altLabel",
                "skos:related", "skos:exactMatch", "skos:closeMatch"),
    "scheme": ("skos:definition",),
}  # fmt: skip


class Section(NamedTuple):
    """A heading with a table, and the address of the rest where there is more."""

    title: str
    note: str
    table: Table
    more: str


def kind_of(facts: list[Fact], iri: str) -> str:
    """The kind of page that a thing has; empty for one without a plan of its own."""
    types = {f.object.value for f in facts
             if f.predicate == TYPE and isinstance(f.object, ox.NamedNode)}  # fmt: skip
    found = next((kind for name, kind in _KINDS.items() if name in types), "")
    return found or ("graph" if iri.startswith(GRAPH) else "")


def sections(kg: KnowledgeGraph, kind: str, iri: str, display: Display, page: str) -> list[Section]:
    """The tables of a page that have rows, in their order."""
    found = []
    for question in _questions(kg.inputs.folder("queries", "pages", kind)) if kind else ():
        rows = kg.store.select(question.bind({"it": ox.NamedNode(iri)}))
        if len(rows):
            most = _limit(question) - 1
            table = display.table(rows)
            more = _more(question.tags, iri, page) if len(rows) > most else ""
            found.append(
                Section(question.summary, question.description,
                        table._replace(rows=table.rows[:most]), more)
            )  # fmt: skip
    return found


def questions_about(kg: KnowledgeGraph, kind: str, iri: str) -> list[tuple[str, str]]:
    """The questions that can be asked of a thing alone, with their addresses."""
    last = iri.rpartition("/")[2]
    given = {kind: last}
    if kind == "relation":
        country, _, partner = last.partition("-")
        given |= {"country": country, "partner": partner}
    if kind == "concept" and iri.startswith(PREFIXES["field"]):
        given["field"] = last
    found = []
    for question in _questions(kg.inputs.folder("queries", "questions")):
        names = [name for name, param in question.params.items() if param.type != "date"]
        if names and set(names) <= set(given) and (kind != "relation" or names != ["country"]):
            values = "&".join(f"{name}={quote(given[name], '')}" for name in names)
            found.append((question.summary, link_to(f"/questions/{question.name}?{values}")))
    return found


@cache
def _questions(folder: str) -> tuple[Question, ...]:
    return tuple(questions.load(folder).values()) if os.path.isdir(folder) else ()


def _limit(question: Question) -> int:
    match = re.search(r"LIMIT (\d+)\s*\Z", question.text)
    return int(match[1]) if match else 1_000_000


def _more(tags: tuple[str, ...], iri: str, page: str) -> str:
    last = quote(iri.removeprefix(BASE).partition("/")[2].partition("/")[2], "")
    address = tags[0].replace("{}", last) if tags else ""
    return address and link_to(page + address if address.startswith("?") else address)
