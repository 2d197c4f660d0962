"""Who held which post, from when to when: persons, posts and tenures of a table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bilat.names import folded
from bilat.rdf.rows import END, START, Thing, concept, key_slug, ref
from bilat.tables.treaties import before
from bilat.tables.work import dated

if TYPE_CHECKING:
    from bilat.tables.cells import Cells
    from bilat.tables.states import Side
    from bilat.tables.work import Work


class _Post(NamedTuple):
    """A post that a table of posts has: its item, if known, its name and its state."""

    qid: str
    name: str
    state: Side | None


class Leaders:
    """Takes the rows of posts, where a table has them, and those of tenures after them."""

    def __init__(self, work: Work) -> None:
        self._work, self._graph = work, work.graph
        self._posts: dict[str, _Post] = {}
        self._only: Side | None = work.own_country
        self._states: set[Side] = set()
        self._tenures: dict[str, int] = {}

    def run(self) -> None:
        """Take in every table, posts first."""
        self._work.each("post", self._post)
        if self._only is None and len(self._states) == 1:
            self._only = next(iter(self._states))
        self._work.each("tenure", self._tenure)

    def _post(self, row: Cells) -> None:
        """Remember a post; it is described where somebody holds it."""
        name = row.needed("name")
        state = row.state("state", self._work.states) if row.text("state") else None
        if state:
            self._states.add(state)
        post = _Post(row.qid("qid") or "", name, state)
        for known in {folded(name), folded(_without_country(name, state))}:
            self._posts.setdefault(known, post)

    def _tenure(self, row: Cells) -> None:
        name = row.needed("person")
        start, end = row.when("start"), row.when("end")
        if end and before(end, start):
            raise row.leave_out("end", "the end lies before the beginning")
        on = start.first if start else None
        title = row.needed("post")
        held = self._posts.get(folded(title)) or _Post(row.qid("post_qid") or "", title, None)
        state = held.state or self._only
        if row.has("state"):
            state = row.state("state", self._work.states, on)
        if state is None:
            raise row.leave_out("post", "the state of the post is not known; --country says it")
        node = self._graph.row(*row.number)
        post = self._described_post(row, held, state)
        person = self._person(row, name, state, node)
        stem = f"{self._graph.identifier}-{_slug(post)}-{_slug(person)}"
        count = self._tenures[stem] = self._tenures.get(stem, 0) + 1
        tenure = self._graph.tenure(stem if count == 1 else f"{stem}-{count}", post, person, node)
        self._graph.state(tenure, *dated(row, "start", START, start), *dated(row, "end", END, end))

    def _described_post(self, row: Cells, post: _Post, state: Side) -> str:
        name = post.name
        label = name if _without_country(name, state) != name else f"{name} of {state.name}"
        facts = [(ref("bilat:postOfCountry"), state.iri)]
        kinds = [coded.concept for coded in row.coded("kind") if coded.concept]
        if kinds:
            facts.append((ref("bilat:postKind"), concept("role", kinds[0])))
        slug = f"{state.slug}-{key_slug(_without_country(name, state))}"
        return self._graph.described(
            Thing("post", "bilat:Post", slug, label, post.qid), facts, None
        )

    def _person(self, row: Cells, name: str, state: Side, node: str) -> str:
        qid, born = row.qid("person_qid") or "", row.text("born")
        slug = f"{self._graph.identifier}-{state.slug}-{key_slug(name)}"
        slug += f"-{key_slug(born)}" if born else ""
        thing = Thing("person", "bilat:Person", slug, name, qid, country=state.iri)
        facts = [(ref("bilat:associatedCountry"), state.iri)]
        return self._graph.described(thing, [] if qid else facts, node)


def _without_country(name: str, state: Side | None) -> str:
    """The name of a post without "of" its country."""
    if state is None:
        return name
    of = rf" of (the )?((Republic|Kingdom|Government) of )?{re.escape(state.name)}$"
    return re.sub(of, "", name)


def _slug(node: str) -> str:
    return node.rstrip(">").rpartition("/")[2]
