"""What a change of a graph can make different: the focus nodes that see it, judged by themselves.

Where a few triples changed, most focus nodes see none of them and have the findings that they had.
The others are found by going the steps of :mod:`bilat.reach` backwards from what changed; a store
is asked for what they see, and the engine runs over no more than that.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from bilat.namespaces import BASE, DERIVED_GRAPH, PREFIXES
from bilat.reach import SUBCLASS, Reach, Step, Steps, merge, reach

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from collections.abc import Set as AbstractSet

    from bilat.findings import Finding
    from bilat.shards import Engine

#: From how many focus nodes on everything is validated instead.
MOST = 5_000
_SAMPLE = 1_000
_LABELS = tuple(
    ox.NamedNode(PREFIXES[p] + n) for p, n in (("rdfs", "label"), ("skos", "prefLabel"))
)


class TooMuchError(Exception):
    """What sees a change cannot be told, or is a good part of the graph."""


class Stated:
    """What a store of bilat's states, without some of its graphs, and with further triples."""

    def __init__(
        self, engine: ox.Store, without: Container[str] = (), added: Iterable[ox.Triple] = ()
    ) -> None:
        self._engine, self._without = engine, without
        self._added = ox.Store()
        self._added.extend(ox.Quad(t.subject, t.predicate, t.object) for t in added)
        self._known: dict[tuple[Any, Any, Any], frozenset[ox.Triple]] = {}

    def triples(self, subject: Any, predicate: Any, object: Any) -> frozenset[ox.Triple]:
        """All triples of that pattern; None stands for any term."""
        pattern = subject, predicate, object
        if pattern not in self._known:  # many shapes lead to the same node, some of many triples
            self._known[pattern] = frozenset(self._ask(*pattern))
        return self._known[pattern]

    def _ask(self, subject: Any, predicate: Any, object: Any) -> set[ox.Triple]:
        found = {q.triple for q in self._added.quads_for_pattern(subject, predicate, object)}
        for quad in self._engine.quads_for_pattern(subject, predicate, object):
            graph = quad.graph_name
            if not isinstance(graph, ox.NamedNode) or graph.value == DERIVED_GRAPH:
                continue
            if graph.value not in self._without:
                found.add(quad.triple)
        return found

    def fan_in(self, predicates: frozenset[str] | None) -> float:
        """About how many subjects a value has over triples with the predicates."""
        if predicates is None:
            return float("inf")
        objects = []
        for predicate in predicates:
            quads = self._engine.quads_for_pattern(None, ox.NamedNode(predicate), None)
            objects += [quad.object for quad in islice(quads, _SAMPLE)]
        return len(objects) / max(len(set(objects)), 1)


class Nearby:
    """The shapes, as far as they look at a graph from near by."""

    def __init__(self, shapes: bytes, graph: Stated) -> None:
        found = reach(shapes, graph.fan_in)
        if found is None or found.whole:
            raise TooMuchError
        self._tree = _one_tree(found)

    def touched(self, graph: Stated, changed: Iterable[ox.Triple]) -> set[Any]:
        """The focus nodes that may see one of the triples, which were added to it or removed.

        The way to the first of them is as it was, so the graph after the change tells it. Raises
        TooMuchError.
        """
        moves: dict[str, list[ox.Triple]] = {}
        for triple in changed:
            moves.setdefault(triple.predicate.value, []).append(triple)
        if SUBCLASS in moves:
            raise TooMuchError
        found = {triple.subject for triples in moves.values() for triple in triples}
        waiting: list[tuple[Steps, tuple[Step, ...]]] = [(self._tree, ())]
        while waiting:
            tree, path = waiting.pop()
            for step, rest in tree.items():
                if step.predicates is None:
                    raise TooMuchError
                seen = [t for name in step.predicates for t in moves.get(name, ())]
                starts = {t.object if step.inverse else t.subject for t in seen}
                found |= _back(graph, starts, (*path, step))
                waiting.append((rest, (*path, step)))
        if len(found) > MOST:
            raise TooMuchError
        return found

    def judged(self, graph: Stated, foci: set[Any], engine: Engine) -> set[Finding]:
        """The findings about the focus nodes, without labels."""
        failing = set(engine.failing(_lines(self._seen(graph, foci)), None))
        suspects = {node for node in foci if _term(node) in failing}
        if not suspects:
            return set()
        own = {_text(node) for node in suspects}
        results = engine.results(_lines(self._seen(graph, suspects)), None)
        return {finding for finding in results if finding.focus in own}

    def others(self, findings: Iterable[Finding], foci: set[Any]) -> set[Finding]:
        """The findings that are not about these focus nodes."""
        own = {_text(node) for node in foci}
        return {finding for finding in findings if finding.focus not in own}

    def _seen(self, graph: Stated, foci: set[Any]) -> set[ox.Triple]:
        out = set(graph.triples(None, ox.NamedNode(SUBCLASS), None))
        for node in foci:
            out |= _about(graph, node)
        waiting = [(self._tree, foci)]
        while waiting:
            tree, nodes = waiting.pop()
            for step, rest in tree.items():
                ends = _moved(graph, nodes, step, out)
                if rest and ends:
                    waiting.append((rest, ends))
        return out


def descriptions(graph: Stated, findings: Iterable[Finding]) -> bytes:
    """The triples of the focus nodes, and the labels of all nodes that findings speak of."""
    out: set[ox.Triple] = set()
    for finding in findings:
        own = _about(graph, _node(finding.focus))
        named = {finding.value or ""} | {_text(triple.object) for triple in own}
        for iri in re.findall(r"[a-z][a-z0-9+.-]*:[^\s<>\"]*", finding.message):
            named |= {iri, iri.rstrip(",;.:)")}
        out |= own
        for name in named:
            for label in _LABELS:
                out |= graph.triples(_node(name), label, None) if _node(name) else set()
    return _lines(out)


def _one_tree(found: Reach) -> Steps:
    tree: Steps = {}
    for target, steps in found.steps.items():
        merge(tree, steps)
        if target.kind == "targetObjectsOf":
            tree.setdefault(Step(frozenset([target.iri]), inverse=True), {})
    return tree


def _back(graph: Stated, ends: set[Any], path: tuple[Step, ...]) -> set[Any]:
    """From where the path leads to the ends of all its steps but the last, or along that."""
    nodes = ends
    if nodes and path[-1].repeated:
        nodes = nodes | _moved(graph, nodes, _turned(path[-1]), set())
    for step in reversed(path[:-1]):
        if len(nodes) > MOST:
            raise TooMuchError
        nodes = _moved(graph, nodes, _turned(step), set())
    return nodes


def _turned(step: Step) -> Step:
    return step._replace(inverse=not step.inverse)


def _moved(graph: Stated, nodes: set[Any], step: Step, out: set[ox.Triple]) -> set[Any]:
    """Where the step leads from the nodes; the triples that it goes along are put into ``out``."""
    seen, new = set(nodes) if step.repeated else set(), nodes
    while new:
        ends = set()
        for node in new:
            found = _along(graph, node, step)
            out |= found
            ends |= {t.subject if step.inverse else t.object for t in found}
        new = ends - seen if step.repeated else set()
        seen |= ends
    return seen


def _along(graph: Stated, node: Any, step: Step) -> AbstractSet[ox.Triple]:
    if isinstance(node, ox.Literal) and not step.inverse:
        return set()
    if step.predicates is None:
        return graph.triples(None, None, node) if step.inverse else graph.triples(node, None, None)
    if not step.inverse:  # a node has few triples, and a step may have many predicates
        own = graph.triples(node, None, None)
        return {triple for triple in own if triple.predicate.value in step.predicates}
    predicates = map(ox.NamedNode, step.predicates)
    return {triple for p in predicates for triple in graph.triples(None, p, node)}


def _about(graph: Stated, node: Any) -> AbstractSet[ox.Triple]:
    known = isinstance(node, ox.NamedNode | ox.BlankNode)
    return graph.triples(node, None, None) if known else set()


_GENID = BASE + ".well-known/genid/"


def _text(node: Any) -> str:
    """The node as a finding names it."""
    if isinstance(node, ox.BlankNode):
        return _GENID + node.value
    return str(node.value) if isinstance(node, ox.NamedNode) else str(node)


def _term(node: Any) -> str:
    """The node as the engine's quick pass names it."""
    text = _text(node)
    return text if text.startswith('"') else f"<{text}>"


def _node(text: str) -> Any:
    """The node that a finding names; None where the text is no IRI."""
    if text.startswith(_GENID):
        return ox.BlankNode(text.removeprefix(_GENID))
    try:
        return ox.NamedNode(text)
    except ValueError:
        return None


def _lines(triples: Iterable[ox.Triple]) -> bytes:
    def named(node: Any) -> Any:
        return ox.NamedNode(_text(node)) if isinstance(node, ox.BlankNode) else node

    lines = (ox.Triple(named(t.subject), t.predicate, named(t.object)) for t in triples)
    return ox.serialize(lines, format=ox.RdfFormat.N_TRIPLES) or b""
