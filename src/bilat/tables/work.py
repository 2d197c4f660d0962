"""What the importers of all kinds of table share: the graph, the rejects, states and names."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from bilat.rdf.rows import Thing, key_slug, stated
from bilat.tables.rejects import RowLeftOut

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bilat.loading import Progress
    from bilat.rdf.rows import Bounds, RowGraph, When
    from bilat.tables.cells import Bound, Cells
    from bilat.tables.rejects import Rejects
    from bilat.tables.states import Side, States


class Importer(Protocol):
    """Takes in the tables of one kind."""

    def run(self) -> None: ...


def dated(row: Cells, slot: str, bounds: Bounds, when: When | None) -> list[tuple[str, str]]:
    """The facts that state a day, or what it lies between; a doubt is left out."""
    if when and when.is_doubtful:
        row.reject(slot, "the day is doubtful, which can be said of an event alone")
    return stated(bounds, when) if when else []


class Work:
    """One import: where statements and rejects go, and how far it has come."""

    def __init__(
        self,
        tables: Sequence[Bound],
        graph: RowGraph,
        rejects: Rejects,
        states: States,
        own_country: Side | None = None,
        progress: Progress = lambda *_: None,
    ) -> None:
        self.tables, self.graph, self.rejects, self.states = tables, graph, rejects, states
        self.own_country = own_country
        #: Files that belong to the source beside its graph, by their paths in the folder.
        self.beside: dict[str, bytes] = {}
        self._progress = progress
        self._total = sum(bound.table.size for bound in tables)
        self._before = 0

    @property
    def rows(self) -> int:
        """How many rows have been read."""
        return sum(bound.count for bound in self.tables)

    def each(self, record: str, take: Callable[[Cells], None]) -> None:
        """Take each row of the tables of that record; what cannot be taken is in the rejects."""
        for bound in self.tables:
            if bound.part.record != record:
                continue
            before = self._before

            def done(read: int, name: str = bound.table.name, before: int = before) -> None:
                self._progress(name, before + read, self._total)

            for row in bound.rows(self.rejects, done):
                with suppress(RowLeftOut):
                    take(row)
            self._before += bound.table.size
            done(bound.table.size)

    def place(self, row: Cells, node: str, country: Side | None) -> str | None:
        """The IRI of the place that the row names, if it names one."""
        name = row.text("place")
        if name is None:
            return None
        qid = row.qid("place_qid") or ""
        iri = country.iri if country else None
        thing = Thing("place", "bilat:Place", key_slug(name), name, qid, country=iri)
        return self.graph.place(thing, node)
