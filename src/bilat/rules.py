"""The rules: what each derives, and which of it depends on what changed.

A rule is a CONSTRUCT that runs unaltered anywhere. Two things in it are for a build that follows a
change. A comment ``# focus ?x`` in each group that has the variable is the place to name the things
that are to be looked at; what joins them to the rest of the group may follow after ``;``. A header
``reached`` says for each predicate of the rule how a thing is reached from the subject of a triple:
by a SPARQL path, ``.`` where it is the subject itself, or not at all (null), which means that the
whole rule runs again. A build of everything copies just those triples into memory and asks there;
of ``rdf:type`` it takes the classes that are written as ``a bilat:Instrument``.
"""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from bilat.errors import InputError
from bilat.namespaces import PREFIXES, expand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    Select = Callable[[str], Iterable[tuple[ox.NamedNode | ox.Literal | None, ...]]]

#: More things than this to look at, and looking at all of them is the faster way.
MANY = 4_000

_VARIABLE = "urn:x-variable:"
_CLASS = re.compile(r"\ba ([\w-]*:[\w-]+)")
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
    return f"<{expand(name)}>"


class Rule(NamedTuple):
    """A rule: its name, its query as a SELECT, and the triples that it makes of a row."""

    name: str
    query: Focused
    template: tuple[ox.Triple, ...]

    def filled(self) -> Iterator[tuple[str, ...]]:
        """The template's triples: each term in N-Triples syntax, or a variable with its ``?``."""
        for triple in self.template:
            yield tuple(
                str(term)[1:-1].replace(_VARIABLE, "?") if _VARIABLE in str(term) else str(term)
                for term in triple
            )


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


def excerpt(engine: ox.Store, queries: Iterable[Focused]) -> ox.Store:
    """What the queries look at, in memory, where they take a quarter of the time and less.

    A query that does not say what that is gets the store as it is.
    """
    asked = list(queries)
    if not all(query.reached for query in asked):
        return engine
    classes = {name for query in asked for name in _CLASS.findall(query.text)}
    names = {name for query in asked for name in query.reached} - {"rdf:type"}
    patterns = [f"?s {name} ?o" for name in sorted(names)]
    patterns += [f"?s a {name}" for name in sorted(classes)]

    def lines(pattern: str) -> bytes:
        found = engine.query(f"CONSTRUCT {{ {pattern} }} WHERE {{ {pattern} }}", prefixes=PREFIXES)
        assert isinstance(found, ox.QueryTriples)
        return found.serialize(format=ox.RdfFormat.N_TRIPLES) or b""

    memory = ox.Store()
    with ThreadPoolExecutor(1) as pool:  # the engine reads the next while this one is written
        for text in pool.map(lines, patterns):
            memory.load(text, format=ox.RdfFormat.N_TRIPLES)
    return memory


def selector(engine: ox.Store) -> Select:
    """A function that gives the rows of a SELECT over the engine."""

    def select(text: str) -> Iterator[tuple[ox.NamedNode | ox.Literal | None, ...]]:
        result = engine.query(text, prefixes=PREFIXES)
        if isinstance(result, ox.QuerySolutions):
            for solution in result:
                yield tuple(solution)

    return select
