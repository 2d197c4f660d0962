"""Diplomatic missions, and the level at which one country is represented in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilat.rdf.rows import END, ESTABLISHED, START, Thing, concept, key_slug, ref
from bilat.tables.cells import NO_COUNTRY
from bilat.tables.treaties import before
from bilat.tables.work import dated

if TYPE_CHECKING:
    from bilat.tables.cells import Cells
    from bilat.tables.states import Side
    from bilat.tables.work import Work

_RECEIVING = ref("bilat:receivingCountry")


class Missions:
    """Takes rows of missions and rows of levels of representation."""

    def __init__(self, work: Work) -> None:
        self._work, self._graph = work, work.graph
        self._labels: dict[tuple[str, str], int] = {}
        self._slugs: dict[str, int] = {}

    def run(self) -> None:
        """Take in every table."""
        self._work.each("mission", self._mission)
        self._work.each("level", self._level)

    # ---- missions

    def _mission(self, row: Cells) -> None:
        sender = row.state("sender", self._work.states)
        host = row.state("host", self._work.states)
        kind = next((coded for coded in row.coded("kind")), None)
        receivers = {side.iri for side in self._receivers(row, sender)}
        if not receivers and host != sender:  # an embassy in Rome may be that to the Holy See alone
            receivers = {host.iri}
        node = self._graph.row(*row.number)
        place = self._work.place(row, node, host)
        city = row.text("place")
        what = kind.word if kind else "mission"
        label = self._label(
            f"{what[:1].upper()}{what[1:]} of {sender.name} in {city or host.name}", sender
        )
        facts = [
            (ref("rdf:type"), ref("bilat:DiplomaticMission")),
            (ref("bilat:country"), sender.iri),
            (
                ref("bilat:institutionKind"),
                concept("institution-kind", (kind and kind.concept) or "diplomatic-mission"),
            ),
            *((_RECEIVING, iri) for iri in sorted(receivers)),
        ]
        if place:
            facts.append((ref("bilat:seat"), place))
        facts += dated(row, "established", ESTABLISHED, row.when("established"))
        slug = f"{self._graph.identifier}-{sender.slug}-{key_slug(label)}"
        qid = row.qid("qid") or ""
        thing = Thing("institution", "bilat:Institution", slug, label, qid, country=sender.iri)
        self._graph.described(thing, facts, node)

    def _label(self, label: str, sender: Side) -> str:
        """The label, with a number where the country has another mission of that label."""
        count = self._labels[label, sender.slug] = self._labels.get((label, sender.slug), 0) + 1
        return label if count == 1 else f"{label} ({count})"

    def _receivers(self, row: Cells, sender: Side) -> list[Side]:
        found = []
        for word, side in row.sides("receivers", self._work.states, None):
            if isinstance(side, str) or not side.iri:
                reason = side if isinstance(side, str) else NO_COUNTRY
                row.reject("receivers", reason, word)
            elif side == sender:
                row.reject("receivers", "a country is not represented in itself", word)
            else:
                found.append(side)
        return found

    # ---- levels of representation

    def _level(self, row: Cells) -> None:
        start, end = row.when("start"), row.when("end")
        if end and before(end, start):
            raise row.leave_out("end", "the end lies before the beginning")
        on = start.first if start else None
        states, sender = self._work.states, self._work.own_country
        if sender is None or row.has("sender"):
            sender = row.state("sender", states, on)
        receiver = row.state("receiver", states, on)
        if receiver == sender:
            raise row.leave_out("receiver", "a country is not represented in itself")
        level = next((coded for coded in row.coded("level")), None)
        if level is None or not level.concept:
            raise row.leave_out("level", "no level of the profile's code list")
        node = self._graph.row(*row.number)
        stem = f"{self._graph.identifier}-{sender.slug}-{receiver.slug}"
        count = self._slugs[stem] = self._slugs.get(stem, 0) + 1
        found = self._graph.representation(
            f"{stem}-{count}",
            (sender.iri, receiver.iri, concept("representation-level", level.concept)),
            node,
        )
        self._graph.state(found, *dated(row, "start", START, start), *dated(row, "end", END, end))
