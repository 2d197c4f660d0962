"""From a record to the graph of its source."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pyoxigraph as ox

from bilat.namespaces import GRAPH
from bilat.rdf.draft import About, Draft
from bilat.rdf.entities import Entities
from bilat.rdf.events import Events, find_act
from bilat.rdf.instruments import Instruments
from bilat.rdf.naming import (
    clean,
    day_literal,
    english,
    enumerated,
    iri,
    is_address,
    with_article,
)
from bilat.rdf.trig import Block, SourceGraph
from bilat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from bilat.rdf.background import Background
    from bilat.rdf.names import Names
    from bilat.rdf.naming import Term
    from bilat.rdf.trig import Facts, Span
    from bilat.record import Record


def compose(
    record: Record,
    about: About,
    names: Names,
    background: Background,
    without: AbstractSet[str] = frozenset(),
) -> SourceGraph:
    """The graph of one source.

    ``without`` has IRIs of what is to be left out, with what depends on it. Raises nothing for a
    record that says too little or too much: remarks tell what was left out.
    """
    draft = Draft(record, about, names, background, without)
    source = _source(draft)
    event_spans = draft.cite(
        *(record.evidence.get(name) for name in ("date", "place", "event_type")),
        *(record.evidence.get(f"countries/{code}") for code in record.countries),
        *([] if draft.held else [record.evidence.get("published")]),
        spare=0,
    )
    entities, act = Entities(draft), find_act(draft)
    signed = act is not None and act.stage == "signed"
    instruments, concerned = Instruments(draft, entities, signed=signed).describe()
    posts, offices = entities.describe_offices()
    events = Events(draft, entities, act)
    happened = events.describe(concerned, posts, event_spans)
    awarded = events.describe_awards()
    sections: list[tuple[str, list[Block]]] = [
        ("Source", source),
        ("Events", happened),
        ("Instruments", instruments),
        ("Institutions", entities.describe_bodies()),
        (
            "Persons, posts and tenures",
            [*entities.describe_persons(), *offices],
        ),
        ("Places", list(entities.places.values())),
        ("Awards", awarded),
    ]
    spans = {span for _, blocks in sections for block in blocks for span in block.evidence}
    numbered = _numbered(about.identifier, spans)
    finished = [
        (title, tuple(_with_evidence(block, numbered) for block in blocks))
        for title, blocks in sections
    ]
    finished.insert(1, ("Passages", tuple(_passages(draft, numbered))))
    read = (f"line {r.line}: {clean(r.message)}" for r in record.remarks if r.message)
    return SourceGraph(
        about.identifier,
        tuple(finished),
        names.all(),
        tuple(dict.fromkeys((*read, *draft.remarks))),
        tuple(dict.fromkeys(draft.notes)),
    )


def _numbered(identifier: str, spans: AbstractSet[Span]) -> dict[Span, ox.NamedNode]:
    """The passages in the order of the text."""
    ordered = sorted(spans, key=_text_order)
    return {span: iri(f"passage:{identifier}-{n:02d}") for n, span in enumerate(ordered, 1)}


def _passages(draft: Draft, numbered: dict[Span, ox.NamedNode]) -> Iterator[Block]:
    """Each passage with its selector."""
    source = iri(f"source:{draft.about.identifier}")
    for (start, end), node in numbered.items():
        selector = ox.NamedNode(f"{node.value}-selector")
        yield Block(
            node,
            [
                ("rdf:type", [iri("bilat:Passage")]),
                ("oa:hasSource", [source]),
                ("bilat:line", [ox.Literal(draft.line(start))]),
                ("oa:hasSelector", [selector]),
            ],
        )
        yield Block(
            selector,
            [
                ("rdf:type", [iri("oa:TextQuoteSelector"), iri("oa:TextPositionSelector")]),
                ("oa:exact", [ox.Literal(draft.about.text[start:end])]),
                ("oa:start", [ox.Literal(start)]),
                ("oa:end", [ox.Literal(end)]),
            ],
        )


def _source(draft: Draft) -> list[Block]:
    """The graph, with the program that read it, and the document."""
    about, record = draft.about, draft.record
    source = iri(f"source:{about.identifier}")
    countries = enumerated([with_article(c.name) for c in draft.countries]) or "unknown countries"
    label = f"Report on {countries}"
    if draft.published:
        day = date.fromisoformat(draft.published)
        label += f", published on {day.day} {day:%B} {day.year}"
    elif draft.held:
        day = date.fromisoformat(draft.held)
        label += f", on an event of {day.day} {day:%B} {day.year}"
    facts: Facts = [
        ("rdf:type", [iri("bilat:SourceDocument")]),
        ("rdfs:label", [english(label)]),
    ]
    if title := clean(about.title or ""):
        facts.append(("dct:title", [draft.quoted(title)]))
    facts.append(("dct:identifier", [ox.Literal(about.identifier)]))
    if draft.published:
        facts.append(("dct:issued", [day_literal(draft.published)]))
    facts += [
        ("dct:language", [ox.Literal(draft.language)]),
        ("bilat:sha256", [ox.Literal(draft.sha256)]),
        ("bilat:characterCount", [ox.Literal(len(about.text))]),
    ]
    if name := clean(about.file_name or ""):
        facts.append(("bilat:fileName", [ox.Literal(name)]))
    if record.source_url:
        if is_address(record.source_url):
            facts.append(("bilat:sourceUrl", [ox.NamedNode(record.source_url)]))
        else:
            draft.remark(f"{clean(record.source_url)!r} is no address of http or https")
    facts.append(("bilat:publisherStatus", [iri("status:not-stated")]))
    if licence := clean(about.licence or ""):
        known = is_address(licence)
        facts.append(
            ("dct:license", [ox.NamedNode(licence)])
            if known
            else ("dct:rights", [ox.Literal(licence)])
        )
    spans = tuple(draft.cite(record.evidence.get("published"), spare=0))
    graph: Facts = [
        ("rdf:type", [iri("bilat:SourceGraph")]),
        ("prov:wasDerivedFrom", [source]),
        ("bilat:readBy", [ox.Literal(f"bilat {__version__}")]),
    ]
    return [
        Block(ox.NamedNode(GRAPH + about.identifier), graph),
        Block(source, facts, spans),
    ]


def _with_evidence(block: Block, numbered: dict[Span, ox.NamedNode]) -> Block:
    passages: list[Term] = [numbered[span] for span in sorted(set(block.evidence), key=_text_order)]
    if not passages:
        return block
    return replace(block, facts=[*block.facts, ("bilat:evidence", passages)])


def _text_order(span: Span) -> Span:
    # of two that begin together the longer first
    return span[0], -span[1]
