"""What a shape looks at: the steps that lead from a focus node to all triples it depends on.

The steps are read off the shapes: paths, classes of values, and the triple patterns of queries as
far as they hang together with ``$this``. They may give too much, never too little. A shape of which
that cannot be said (a query about all of the graph, a construct unknown here) is not divisible, and
has to be run over everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pyoxigraph as ox

from bilat.errors import InputError
from bilat.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SH, RDF, RDFS = PREFIXES["sh"], PREFIXES["rdf"], PREFIXES["rdfs"]
TYPE = RDF + "type"
SUBCLASS = RDFS + "subClassOf"


class Step(NamedTuple):
    """One move along triples: with these predicates (None: any), or against them.

    ``repeated`` stands for any number of moves, none included.
    """

    predicates: frozenset[str] | None
    inverse: bool = False
    repeated: bool = False


#: A tree: from a set of nodes each step leads to further nodes, from which others lead on.
Steps = dict[Step, "Steps"]


class Target(NamedTuple):
    """A set of focus nodes: instances of a class, subjects or objects of a predicate."""

    kind: Literal["targetClass", "targetSubjectsOf", "targetObjectsOf"]
    iri: str


class Reach(NamedTuple):
    """The steps from the focus nodes of each target, and the shapes that they hold for."""

    steps: dict[Target, Steps]
    divisible: tuple[str, ...]
    whole: tuple[str, ...]


#: How many subjects a value has on average, over triples with such predicates.
FanIn = Callable[[frozenset[str] | None], float]


def _shacl(names: str) -> frozenset[str]:
    return frozenset(SH + name for name in names.split())


#: Parameters that look at the focus or value node itself and at nothing else. ``sh:closed`` is in
#: no list here: the quick pass of the engine judges it otherwise than its report does.
_OF_THE_NODE = _shacl(
    "minCount maxCount datatype nodeKind in hasValue pattern flags minLength maxLength minInclusive"
    " maxInclusive minExclusive maxExclusive uniqueLang languageIn qualifiedMinCount"
    " qualifiedMaxCount message severity name description order group defaultValue path"
    " targetClass targetSubjectsOf targetObjectsOf deactivated"
)
_SHAPES_OF_THE_NODE = _shacl("node not qualifiedValueShape")
_LISTS_OF_SHAPES = _shacl("and or xone")
_PAIRS = _shacl("equals disjoint lessThan lessThanOrEquals")
#: What a query may have beside its text; that it is an ``sh:SPARQLConstraint`` need not be said.
_OF_A_QUERY = _shacl("select message prefixes severity") | {TYPE}
#: What defines constraint components or kinds of target.
_EXTENSIONS = _shacl("parameter validator nodeValidator propertyValidator")
_TARGETS = ("targetClass", "targetSubjectsOf", "targetObjectsOf")
#: What makes a node of the shapes graph a shape with focus nodes.
_TARGETING = _shacl("targetClass targetSubjectsOf targetObjectsOf targetNode target")
_CLASSES = {RDFS + "Class", PREFIXES["owl"] + "Class"}
_SHAPES = _shacl("NodeShape PropertyShape")


class _IndivisibleError(Exception):
    """What the shape looks at cannot be told."""


def reach(shapes: bytes, fan_in: FanIn) -> Reach | None:
    """What the shapes, in Turtle, look at; None where no shape can be run on a part of a graph.

    ``fan_in`` says how many subjects a value has on average over triples with such predicates; by
    it the shorter of two ways is taken.
    """
    graph = _graph(shapes)
    if any(_EXTENSIONS & fields.keys() for fields in graph.values()):
        return None
    steps: dict[Target, Steps] = {}
    divisible, whole = [], []
    for shape in sorted(_targeting(graph), key=str):
        if not isinstance(shape, ox.NamedNode):
            return None  # it could not be named to an engine that is to run it alone
        try:
            tree: Steps = {}
            _Walk(graph, fan_in).shape(shape, tree, ())
            targets = list(_targets(graph, shape))
        except _IndivisibleError:
            whole.append(shape.value)
            continue
        divisible.append(shape.value)
        for target in targets:
            merge(steps.setdefault(target, {}), tree)
    return Reach(steps, tuple(divisible), tuple(whole)) if divisible else None


Graph = dict[Any, dict[str, list[Any]]]


def _graph(shapes: bytes) -> Graph:
    graph: Graph = {}
    try:
        for quad in dict.fromkeys(ox.parse(shapes, format=ox.RdfFormat.TURTLE)):
            fields = graph.setdefault(quad.subject, {})
            fields.setdefault(quad.predicate.value, []).append(quad.object)
    except SyntaxError as error:
        raise InputError(f"the shapes cannot be used: {error.msg}") from None
    return graph


def _targeting(graph: Graph) -> Iterator[Any]:
    """The shapes that have focus nodes of their own."""
    for node, fields in graph.items():
        types = {type.value for type in fields.get(TYPE, ())}
        if fields.keys() & _TARGETING or (types & _CLASSES and types & _SHAPES):
            yield node


def _targets(graph: Graph, shape: Any) -> Iterator[Target]:
    fields = graph[shape]
    # a node named by a shape need not be in the graph, and then in no part of it
    if fields.keys() & _shacl("targetNode target"):
        raise _IndivisibleError
    for name in _TARGETS:
        for value in fields.get(SH + name, ()):
            yield Target(name, value.value)  # type: ignore[arg-type]
    if not fields.keys() & _TARGETING:
        yield Target("targetClass", shape.value)


def merge(into: Steps, other: Steps) -> None:
    """Put the steps of one tree into another."""
    for step, rest in other.items():
        merge(into.setdefault(step, {}), rest)


def _only(values: Sequence[Any]) -> Any:
    """The one value that there can be."""
    if len(values) != 1:
        raise _IndivisibleError
    return values[0]


def _list(graph: Graph, node: Any) -> list[Any]:
    items = []
    while node != ox.NamedNode(RDF + "nil"):
        fields = graph.get(node, {})
        items.append(_only(fields.get(RDF + "first", ())))
        node = _only(fields.get(RDF + "rest", ()))
        if len(items) > 10_000:
            raise _IndivisibleError
    return items


# ---- paths: a step, a sequence of paths, or alternatives, in one form for SHACL and SPARQL


class _Sequence(tuple[Any, ...]):
    pass


class _Either(tuple[Any, ...]):
    pass


def _inverted(path: Any) -> Any:
    if isinstance(path, Step):
        return path._replace(inverse=not path.inverse)
    parts = [_inverted(part) for part in path]
    return _Sequence(reversed(parts)) if isinstance(path, _Sequence) else _Either(parts)


def _repeated(path: Any) -> Any:
    """Any number of times the path; only where that is one step or alternatives of one kind."""
    parts = list(path) if isinstance(path, _Either) else [path]
    if not all(isinstance(part, Step) for part in parts):
        raise _IndivisibleError
    inverse = _only(list({part.inverse for part in parts}))
    named = [part.predicates for part in parts]
    union = None if None in named else frozenset[str]().union(*named)
    return Step(union, inverse, repeated=True)


def _follow(path: Any, starts: list[Steps]) -> list[Steps]:
    """The nodes that the path leads to, written into the trees."""
    if isinstance(path, Step):
        ends = [start.setdefault(path, {}) for start in starts]
        return [*starts, *ends] if path.repeated else ends
    if isinstance(path, _Either):
        return [end for part in path for end in _follow(part, starts)]
    for part in path:
        starts = _follow(part, starts)
    return starts


def _shacl_path(graph: Graph, node: Any) -> Any:
    if isinstance(node, ox.NamedNode):
        return Step(frozenset([node.value]))
    fields = graph.get(node, {})
    if RDF + "first" in fields:
        return _Sequence(_shacl_path(graph, item) for item in _list(graph, node))
    name, values = _only([*fields.items()])
    of = _only(values)
    if name == SH + "inversePath":
        return _inverted(_shacl_path(graph, of))
    if name == SH + "alternativePath":
        return _Either(_shacl_path(graph, item) for item in _list(graph, of))
    if name in (SH + "zeroOrMorePath", SH + "oneOrMorePath", SH + "zeroOrOnePath"):
        return _repeated(_shacl_path(graph, of))
    raise _IndivisibleError


def _sparql_path(path: Any) -> Any:
    from rdflib import URIRef, Variable, paths

    if isinstance(path, Step):
        return path
    if isinstance(path, URIRef):
        return Step(frozenset([str(path)]))
    if isinstance(path, Variable):
        return Step(None)
    if isinstance(path, paths.SequencePath):
        return _Sequence(map(_sparql_path, path.args))
    if isinstance(path, paths.AlternativePath):
        return _Either(map(_sparql_path, path.args))
    if isinstance(path, paths.InvPath):
        return _inverted(_sparql_path(path.arg))
    if isinstance(path, paths.MulPath):
        return _repeated(_sparql_path(path.path))
    raise _IndivisibleError


# ---- shapes


class _Walk:
    """Writes what a shape looks at into a tree that begins at its focus node."""

    def __init__(self, graph: Graph, fan_in: FanIn) -> None:
        self._graph, self._fan_in = graph, fan_in

    def shape(self, shape: Any, focus: Steps, outer: tuple[Any, ...]) -> None:
        fields = self._graph.get(shape, {})
        if shape in outer:
            raise _IndivisibleError
        values: list[Steps] = [focus]
        if paths := fields.get(SH + "path"):
            values = _follow(_shacl_path(self._graph, _only(paths)), values)
        for name, parameters in fields.items():
            for parameter in parameters if name.startswith(SH) else ():
                self._constraint(name, parameter, focus, values, (*outer, shape))

    def _constraint(
        self, name: str, parameter: Any, focus: Steps, values: list[Steps], outer: tuple[Any, ...]
    ) -> None:
        if name == SH + "sparql":
            self._query(parameter, focus)
        elif name == SH + "class":
            _follow(Step(frozenset([TYPE])), values)
        elif name in _PAIRS:
            _follow(_shacl_path(self._graph, parameter), [focus])
        elif name == SH + "property" and SH + "path" in self._graph[outer[-1]]:
            raise _IndivisibleError  # its findings are about the values, which may be elsewhere
        elif name == SH + "property" or name in _SHAPES_OF_THE_NODE:
            for value in values:
                self.shape(parameter, value, outer)
        elif name == SH + "qualifiedValueShapesDisjoint":
            raise _IndivisibleError  # it looks at the shapes beside it too
        elif name in _LISTS_OF_SHAPES:
            for inner in _list(self._graph, parameter):
                for value in values:
                    self.shape(inner, value, outer)
        elif name not in _OF_THE_NODE:
            raise _IndivisibleError

    def _query(self, constraint: Any, focus: Steps) -> None:
        fields = self._graph.get(constraint, {})
        text = _only(fields.get(SH + "select", ())).value
        parameter = re.search(r"[$?](PATH|currentShape|shapesGraph)\b", text)
        if parameter or not fields.keys() <= _OF_A_QUERY:
            raise _IndivisibleError
        prefixes = tuple(sorted(self._prefixes(fields.get(SH + "prefixes", ()))))
        pattern = _solutions(_parsed(text, prefixes))
        _Scope({"this": [focus]}, {"this"}, self._fan_in).read(pattern)

    def _prefixes(self, holders: Sequence[Any]) -> Iterator[tuple[str, str]]:
        for holder in holders:
            for entry in self._graph.get(holder, {}).get(SH + "declare", ()):
                declared = self._graph.get(entry, {})
                prefix, iri = (_only(declared.get(SH + n, ())) for n in ("prefix", "namespace"))
                yield prefix.value, iri.value


# ---- queries


@lru_cache(maxsize=256)
def _parsed(text: str, prefixes: tuple[tuple[str, str], ...]) -> Any:
    from rdflib.plugins.sparql import prepareQuery

    try:
        return prepareQuery(text, initNs=dict(prefixes)).algebra
    except Exception as error:  # rdflib has no class of its own for a prefix that it does not know
        raise _IndivisibleError from error


def _solutions(algebra: Any) -> Any:
    """The pattern under the query's modifiers, of those that treat each focus node by itself."""
    while algebra.name in ("SelectQuery", "Project", "Distinct", "Reduced", "OrderBy"):
        if algebra.name == "SelectQuery" and algebra.datasetClause:
            raise _IndivisibleError
        algebra = algebra.p
    return _grouped(algebra) or algebra


def _grouped(algebra: Any) -> Any:
    """The pattern whose solutions are grouped, where each group is of one focus node."""
    from rdflib import Variable

    while algebra.name in ("Filter", "Extend") and not any(_existence(algebra.expr)):
        algebra = algebra.p
    if algebra.name != "AggregateJoin" or any(_existence(algebra.A)):
        return None
    group = algebra.p
    return group.p if Variable("this") in (group.expr or ()) else None


class _Scope:
    """The variables of a group of patterns, with the nodes of the tree that they stand for.

    ``given`` are those that have their values before the group is looked at, as ``$this`` has.
    """

    def __init__(self, known: dict[str, list[Steps]], given: set[str], fan_in: FanIn) -> None:
        self.known, self.given, self._fan_in = known, given, fan_in
        self.bound: set[str] = set()

    def read(self, pattern: Any) -> None:
        """Add what the pattern looks at; all of it has to hang together with what is known."""
        group = _Group([], [], [])
        group.take(pattern)
        for triple in group.triples:
            self.bound |= {str(term) for term in triple if _is_variable(term)}
        predicates = dict(_predicates(group.conditions))
        group.triples[:] = [(s, predicates.get(p, p), o) for s, p, o in group.triples]
        while group.triples or group.parts:
            if not (
                self._forward(group.triples)
                or self._part(group.parts)
                or self._backward(group.triples)
            ):
                raise _IndivisibleError
        # a condition sees the values of its own group, not those of the groups around it
        seen = self.given | self.bound
        for inner in _existence(group.conditions):
            known = {name: self.known[name] for name in seen & self.known.keys()}
            _Scope(known, seen, self._fan_in).read(inner)

    def _forward(self, triples: list[Any]) -> bool:
        for triple in triples:
            start, path, end = triple
            if _is_variable(start) and str(start) in self.known:
                ends = _follow(_sparql_path(path), self.known[str(start)])
                if _is_variable(end):
                    self.known.setdefault(str(end), ends)
                triples.remove(triple)
                return True
        return False

    def _backward(self, triples: list[Any]) -> bool:
        """Take the pattern with the fewest subjects to a value that is known."""
        found = [t for t in triples if _is_variable(t[2]) and str(t[2]) in self.known]
        if not found:
            return False
        start, path, end = triple = min(found, key=lambda t: self._subjects(_sparql_path(t[1])))
        starts = _follow(_inverted(_sparql_path(path)), self.known[str(end)])
        if _is_variable(start):
            self.known[str(start)] = starts
        triples.remove(triple)
        return True

    def _subjects(self, path: Any) -> float:
        if isinstance(path, Step):
            return self._fan_in(path.predicates) * (100 if path.repeated else 1)
        return sum(map(self._subjects, path))

    def _part(self, parts: list[_Part]) -> bool:
        """Read alternatives or an optional part where they hang together with what is known."""
        for part in parts:
            try:
                scopes = [self._branch(branch) for branch in part.branches]
            except _IndivisibleError:
                continue
            if not part.optional:
                # what one alternative leaves open would match anything in the patterns beside it
                names = set.intersection(*(scope.bound for scope in scopes))
                for name in sorted(names - self.known.keys()):
                    self.known[name] = [step for scope in scopes for step in scope.known[name]]
                self.bound |= names
            parts.remove(part)
            return True
        return False

    def _branch(self, pattern: Any) -> _Scope:
        scope = _Scope(dict(self.known), self.given, self._fan_in)
        scope.read(pattern)
        return scope


class _Part(NamedTuple):
    branches: tuple[Any, ...]
    optional: bool


class _Group(NamedTuple):
    """A group taken apart: triple patterns; groups within; conditions on its solutions."""

    triples: list[Any]
    parts: list[_Part]
    conditions: list[Any]

    def take(self, pattern: Any, *, nested: bool = False) -> None:
        if pattern.name == "BGP":
            self.triples.extend(pattern.triples)
        elif pattern.name == "Join":
            self.take(pattern.p1, nested=True)
            self.take(pattern.p2, nested=True)
        elif pattern.name == "Filter" and nested:
            self.parts.append(_Part((pattern,), optional=False))
        elif pattern.name == "Filter":
            self.conditions.append(pattern.expr)
            self.take(pattern.p)
        elif pattern.name == "Extend" and not any(_existence(pattern.expr)):
            self.take(pattern.p, nested=nested)
        elif pattern.name == "Union":
            self.parts.append(_Part((pattern.p1, pattern.p2), optional=False))
        elif pattern.name == "LeftJoin" and not any(_existence(pattern.expr)):
            self.take(pattern.p1, nested=True)
            self.parts.append(_Part((pattern.p2,), optional=True))
        elif pattern.name != "ToMultiSet" or pattern.p.name != "values":
            raise _IndivisibleError


def _predicates(conditions: list[Any]) -> Iterator[tuple[Any, Step]]:
    """The predicates that a variable is confined to: ``FILTER(?path IN (…))``."""
    from rdflib import URIRef, Variable

    waiting = list(conditions)
    while waiting:
        condition = waiting.pop()
        if getattr(condition, "name", "") == "ConditionalAndExpression":
            waiting += [condition.expr, *condition.other]
        elif getattr(condition, "name", "") == "RelationalExpression" and condition.op == "IN":
            terms = condition.other
            if isinstance(condition.expr, Variable) and all(isinstance(t, URIRef) for t in terms):
                yield condition.expr, Step(frozenset(map(str, terms)))


def _is_variable(term: Any) -> bool:
    from rdflib import BNode, Variable

    return isinstance(term, Variable | BNode)


def _existence(expression: Any) -> Iterator[Any]:
    """The patterns of EXISTS and NOT EXISTS anywhere in an expression."""
    from rdflib.plugins.sparql.parserutils import CompValue

    if isinstance(expression, CompValue):
        if expression.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            yield expression.graph
            return
        expression = list(expression.values())
    if isinstance(expression, list | tuple):
        for part in expression:
            yield from _existence(part)
