"""The rules: what each derives, and which of it depends on what changed.

A rule is a CONSTRUCT that runs unaltered anywhere. Two things in it are for a build that follows a
change. A comment ``# focus ?x`` in each group that has the variable is the place to name the things
that are to be looked at; what joins them to the rest of the group may follow after ``;``. A header
``reached`` says for each predicate of the rule how a thing is reached from the subject of a triple:
by a SPARQL path, ``.`` where it is the subject itself, or not at all (null), which means that the
whole rule runs again.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from bilat.errors import InputError
from bilat.namespaces import DERIVED_GRAPH, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    Select = Callable[[str], Iterable[tuple[ox.NamedNode | ox.Literal | None, ...]]]

#: A focus and a triple that follows from what is around it, as N-Triples terms.
Support = tuple[str, str, str, str]

#: More things than this to look at, and looking at all of them is the faster way.
MANY = 4_000

_VARIABLE = "urn:x-variable:"
_MARK = re.compile(r"#[ ]focus[ ]\?(\w+)(?:[ ];[ ](.*))?")


class Focused(NamedTuple):
    """A query about things one by one: how they are reached, and the query itself."""

    variable: str
    reached: Mapping[str, str | None]
    text: str

    def about(self, foci: Iterable[str] | None) -> str:
        """The query about those things alone, or about all."""
        if foci is None:
            return self.text
        values = f"VALUES ?{self.variable} {{ {' '.join(foci)} }}"
        return _MARK.sub(lambda mark: f"{values} {mark[2] or ''}", self.text)

    def touched(self, select: Select, changed: Mapping[str, set[str]]) -> set[str] | None:
        """The things that changed triples reach in a graph, or None for all of them.

        ``changed`` has the subjects of those triples by predicate.
        """
        if not self.variable:
            return None
        found: set[str] = set()
        for predicate, path in self.reached.items():
            subjects = changed.get(_iri(predicate), set())
            if subjects and path is None:
                return None
            if path == ".":
                found |= subjects
            elif subjects:
                found |= _follow(select, sorted(subjects), str(path))
        return found if len(found) <= MANY else None


def _follow(select: Select, subjects: list[str], path: str) -> set[str]:
    text = f"SELECT DISTINCT ?x {{ VALUES ?from {{ {' '.join(subjects)} }} ?from {path} ?x }}"
    return {str(row[0]) for row in select(text)}


def _iri(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"<{PREFIXES[prefix]}{local}>"


class Rule(NamedTuple):
    """A rule: its name, its query as a SELECT, and the triples that it makes of a row."""

    name: str
    query: Focused
    template: tuple[ox.Triple, ...]

    def derive(self, select: Select, foci: Iterable[str] | None = None) -> Iterator[Support]:
        """What the rule gives about those things, or about all; the same may come twice."""
        names = self._names()
        for row in select(self.query.about(foci)):
            bound = dict(zip(names, row, strict=True))
            focus = str(bound[self.query.variable]) if self.query.variable else ""
            for triple in self.template:
                s, p, o = (_filled(term, bound) for term in triple)
                if s is not None and p is not None and o is not None and s[0] != '"':
                    yield focus, s, p, o

    def _names(self) -> list[str]:
        head = re.search(r"SELECT((?: \?\w+)+)", self.query.text)
        return [name[1:] for name in head[1].split()] if head else []


def _filled(term: object, bound: Mapping[str, object]) -> str | None:
    if isinstance(term, ox.NamedNode) and term.value.startswith(_VARIABLE):
        value = bound.get(term.value.removeprefix(_VARIABLE))
        return None if value is None else str(value)
    return str(term)


def read(path: Path) -> Rule:
    """The rule in a file; raises InputError where it is no CONSTRUCT or its header is wrong."""
    text = path.read_text(encoding="utf-8")
    parts = re.fullmatch(r"(.*?)\bCONSTRUCT\s*\{(.*?)\}\s*WHERE\b(.*)", text, re.DOTALL)
    if parts is None:
        _refuse_other_queries(path, text)
        raise InputError(f"{path}: a rule must be a CONSTRUCT")
    head, template, body = parts.groups()
    turtle = head + re.sub(r"[?$](\w+)", rf"<{_VARIABLE}\1>", template)
    try:
        triples = tuple(q.triple for q in ox.parse(turtle, format=ox.RdfFormat.TURTLE))
        ox.Store().query(text)
    except SyntaxError as error:
        raise InputError(f"{path}: not a SPARQL CONSTRUCT: {error.msg}") from None
    reached, focus = _header(path, text), _MARK.search(text)
    variables = set(re.findall(r"[?$](\w+)", template)) | ({focus[1]} if focus else set())
    names = " ".join(f"?{name}" for name in sorted(variables))
    query = Focused(focus[1] if focus else "", reached, f"{head}SELECT {names} WHERE{body}")
    return Rule(path.stem, query, triples)


def _refuse_other_queries(path: Path, text: str) -> None:
    try:
        ox.Store().query(text)
    except SyntaxError as error:
        raise InputError(f"{path}: not a SPARQL CONSTRUCT: {error.msg}") from None


def _header(path: Path, text: str) -> dict[str, str | None]:
    line = re.search(r"^#\+ reached: (.*)$", text, re.MULTILINE)
    try:
        return dict(json.loads(line[1])) if line else {}
    except ValueError as error:
        raise InputError(f"{path}: reached must be JSON ({error})") from None


def derive(engine: ox.Store, rules: Iterable[Path]) -> list[ox.Quad]:
    """What the rules give over the default graph, as quads of the derived graph, sorted.

    No rule sees what another derives, so their order does not matter.
    """
    select = selector(engine)
    found = {support[1:] for path in rules for support in read(path).derive(select)}
    text = "".join(f"{s} {p} {o} <{DERIVED_GRAPH}> .\n" for s, p, o in sorted(found))
    return list(ox.parse(text, format=ox.RdfFormat.N_QUADS))


def selector(engine: ox.Store) -> Select:
    """A function that gives the rows of a SELECT over the engine."""

    def select(text: str) -> Iterator[tuple[ox.NamedNode | ox.Literal | None, ...]]:
        result = engine.query(text, prefixes=PREFIXES)
        if isinstance(result, ox.QuerySolutions):
            for solution in result:
                yield tuple(solution)

    return select
