"""SHACL validation of a graph or of files, as findings that a curator can act on.

Two engines give the same findings: pyshifty, fast, and pySHACL, the check on small data. Neither
infers: data types each entity explicitly. A blank node is named by an IRI below
``.well-known/genid/`` before any engine sees it, so that findings about it can be told apart.
"""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from bilat.errors import InputError, UnreadableError
from bilat.files import read_rdf, read_utf8
from bilat.findings import (
    MAX_LITERAL,
    SEVERITIES,
    SH,
    Finding,
    Node,
    Report,
    literal_of,
    shown,
    text_of,
)
from bilat.namespaces import BASE, PREFIXES, compact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from mmap import mmap
    from pathlib import Path

    from bilat.loading import Progress

LABELS = (ox.NamedNode(PREFIXES["rdfs"] + "label"), ox.NamedNode(PREFIXES["skos"] + "prefLabel"))

#: How many values a message lists.
MAX_VALUES = 5


#: From how many bytes of N-Triples on a graph is validated in parts.
LARGE = 8_000_000


def validate_graph(
    data: bytes,
    shapes: Sequence[Path],
    engine: str = "shifty",
    *,
    jobs: int | None = None,
    progress: Progress = lambda *_: None,
) -> list[Finding]:
    """The findings of the shapes over one graph in N-Triples, in order.

    ``engine`` is ``shifty`` or ``pyshacl``. A large graph goes through ``shifty`` in parts,
    ``jobs`` at a time (default: one for each processor). Raises InputError where the engine is
    another, or where the data or the shapes cannot be used.
    """
    return describe(*results_of(data, text_of_shapes(shapes), engine, jobs, progress))


def results_of(
    data: bytes | mmap, shapes: bytes, engine: str, jobs: int | None, progress: Progress
) -> tuple[set[Finding], bytes]:
    """The findings, not yet described, and the part of the graph that describes them.

    A large graph may be a file in memory: of that, only parts are held.
    """
    run = _prepare(engine, shapes)
    if isinstance(run, Shifty) and len(data) > LARGE:
        from bilat.shards import validate_in_parts

        parted = validate_in_parts(data, shapes, run, jobs=jobs, progress=progress)
        if parted is not None:
            return parted
    whole = data[:]
    if b"_:" in whole:
        whole = _without_blank_nodes(whole)
    return set(_results(run(whole))), whole


def describe(results: set[Finding], data: bytes) -> list[Finding]:
    """The findings in order, with labels and values from a graph in N-Triples."""
    if not results:
        return []
    graph = _Graph(data)
    return sorted({_described(result, graph) for result in results})


def text_of_shapes(shapes: Sequence[Path]) -> bytes:
    """All files of shapes in one, as engines take them."""
    return b"\n".join(map(read_utf8, shapes))


def shifty(shapes: bytes) -> Shifty:
    """The fast engine with these shapes; raises InputError where they cannot be used."""
    run = _prepare("shifty", shapes)
    assert isinstance(run, Shifty)
    return run


def validate_files(
    files: Sequence[Path],
    *,
    context: bytes | Callable[[], bytes],
    shapes: Sequence[Path],
    engine: str = "shifty",
    origins: Sequence[Path] = (),
    near: Callable[[list[ox.Triple]], list[Finding] | None] = lambda _: None,
    jobs: int | None = None,
    progress: Progress = lambda *_: None,
) -> Report:
    """The findings that the files cause when they are added to the graph at hand.

    ``context`` is that graph in N-Triples (reference data, vocabularies, other sources), without
    the files themselves. What is wrong in it already is not reported; where there are no files,
    the findings are its own, and ``origins`` the files that it was made from. A file that cannot
    be read is an ``error`` among the findings, and the others are checked. ``near`` may give the
    findings that the files' triples cause without the graph being looked at as a whole.
    """
    quads, errors = _read(files)
    triples = [quad.triple for part in quads.values() for quad in part]
    findings = near(triples)
    if findings is None:
        known = context() if callable(context) else context
        check = partial(validate_graph, shapes=shapes, engine=engine, jobs=jobs, progress=progress)
        findings = check(known + b"\n" + _serialize(triples))
        if findings and files:
            causes = {finding.cause for finding in check(known)}
            findings = [finding for finding in findings if finding.cause not in causes]
    return report(findings, files=list(quads), origins=origins, shapes=shapes, errors=errors)


def report(
    findings: Sequence[Finding],
    *,
    files: Sequence[Path],
    origins: Sequence[Path] = (),
    shapes: Sequence[Path],
    errors: Sequence[UnreadableError] = (),
) -> Report:
    """The findings with what was expected and with their places, and the errors.

    A place is looked for in the files, and then in the origins. Where there is nothing to tell,
    nothing is looked for or loaded.
    """
    if not findings and not errors:
        return Report()
    from bilat.expectations import with_expectations
    from bilat.positions import locate
    from bilat.positions.syntax import unreadable

    told = locate(with_expectations(findings, shapes), files) if findings else []
    lost = [finding for finding in told if finding.place is None]
    if lost:
        told = [finding for finding in told if finding.place] + locate(lost, origins)
    return Report(tuple(sorted([*told, *map(unreadable, errors)])))


def _read(files: Sequence[Path]) -> tuple[dict[Path, list[ox.Quad]], list[UnreadableError]]:
    quads: dict[Path, list[ox.Quad]] = {}
    errors = []
    for path in files:
        try:
            quads[path] = read_rdf(path)
        except UnreadableError as error:
            errors.append(error)
    return quads, errors


def graphs_of(files: Sequence[Path]) -> set[str]:
    """IRIs of the named graphs that those of the files have that can be read."""
    quads = (quad for part in _read(files)[0].values() for quad in part)
    return {q.graph_name.value for q in quads if isinstance(q.graph_name, ox.NamedNode)}


def _without_blank_nodes(data: bytes) -> bytes:
    def named(node: Any) -> Any:
        blank = isinstance(node, ox.BlankNode)
        return ox.NamedNode(f"{BASE}.well-known/genid/{node.value}") if blank else node

    try:
        quads = list(ox.parse(data, format=ox.RdfFormat.N_TRIPLES))
    except SyntaxError as error:
        raise InputError(f"the graph cannot be read: {error.msg}") from None
    return _serialize(ox.Triple(named(q.subject), q.predicate, named(q.object)) for q in quads)


def _serialize(
    triples: Iterable[ox.Triple],
    syntax: ox.RdfFormat = ox.RdfFormat.N_TRIPLES,
    prefixes: dict[str, str] | None = None,
) -> bytes:
    data = ox.serialize(triples, format=syntax, prefixes=prefixes)
    assert data is not None  # pyoxigraph returns None only where it writes to a file
    return data


# ---- engines: shapes in Turtle → a function from data to a report, both in N-Triples


@lru_cache(maxsize=8)
def _prepare(engine: str, shapes: bytes) -> Callable[[bytes], bytes]:
    engines: dict[str, Callable[[bytes], Callable[[bytes], bytes]]]
    engines = {"shifty": Shifty, "pyshacl": _pyshacl}
    if engine not in engines:
        raise InputError(f"no engine is called {engine!r}; there are {' and '.join(engines)}")
    return engines[engine](shapes)


class Shifty:
    """The shapes in pyshifty."""

    def __init__(self, shapes: bytes) -> None:
        from shifty._shifty import PreparedValidator

        try:
            self._validator = PreparedValidator(shapes=shapes, shapes_format="turtle")
        except ValueError as error:
            raise InputError(f"the shapes cannot be used: {error}") from error

    def __call__(self, data: bytes, shapes: Sequence[str] | None = None) -> bytes:
        report = self._run(self._validator.validate_w3c, data, shapes)
        text: str = report._report_ntriples
        return text.encode()

    def results(self, data: bytes, shapes: Sequence[str] | None) -> list[Finding]:
        """The findings by the shapes named, or by all."""
        return list(_results(self(data, shapes)))

    def failing(self, data: bytes, shapes: Sequence[str] | None) -> list[str]:
        """The focus nodes of findings, in N-Triples syntax, which is found out much faster."""
        violations = self._run(self._validator.validate_algebra, data, shapes).violations
        return [violation.focus_node for violation in violations]

    def _run(self, method: Callable[..., Any], data: bytes, shapes: Sequence[str] | None) -> Any:
        try:
            return method(
                data=data,
                data_format="ntriples",
                graph_mode="data",
                run_infer=False,
                on_unsupported="error",
                sort_results=False,
                entry_shape_names=None if shapes is None else list(shapes),
            )
        except ValueError as error:
            raise InputError(f"validation cannot run: {error}") from error


def _pyshacl(shapes: bytes) -> Callable[[bytes], bytes]:
    import pyshacl
    import rdflib
    from pyparsing import ParseBaseException
    from pyshacl.errors import ReportableRuntimeError

    failures = (ReportableRuntimeError, rdflib.exceptions.Error, ParseBaseException, SyntaxError)
    with _literals_as_written():
        try:
            shapes_graph = rdflib.Graph().parse(data=shapes, format="turtle")
        except failures as error:
            raise InputError(f"the shapes cannot be used: {error}") from error

    def run(data: bytes) -> bytes:
        with _literals_as_written():
            try:
                graph = rdflib.Graph().parse(data=data, format="nt")
                _, report, text = pyshacl.validate(
                    graph, shacl_graph=shapes_graph, inference="none", advanced=False
                )
            except (*failures, ValueError, re.error) as error:
                raise InputError(f"validation cannot run: {error}") from error
            if not isinstance(report, rdflib.Graph):
                raise InputError(f"validation cannot run: {text}")
            return bytes(report.serialize(format="nt", encoding="utf-8"))

    return run


@contextmanager
def _literals_as_written() -> Iterator[None]:
    """Keep rdflib from rewriting literals and from logging those that are findings anyway."""
    import rdflib

    log = logging.getLogger("rdflib.term")
    before = rdflib.NORMALIZE_LITERALS, log.level
    rdflib.NORMALIZE_LITERALS = False
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        rdflib.NORMALIZE_LITERALS = before[0]
        log.setLevel(before[1])


# ---- from a report to findings


def _results(report: bytes) -> Iterator[Finding]:
    """The results of a report, not yet described; details inside a result are left out."""
    nodes: dict[object, dict[str, Node]] = {}
    listed = []
    for quad in ox.parse(report, format=ox.RdfFormat.N_TRIPLES):
        name = quad.predicate.value.removeprefix(SH)
        if name == "result":
            listed.append(quad.object)
        nodes.setdefault(quad.subject, {})[name] = quad.object
    for node in listed:
        yield _result(nodes[node])


def _result(fields: dict[str, Node]) -> Finding:
    path, value, shape = (fields.get(n) for n in ("resultPath", "value", "sourceShape"))
    message = fields.get("resultMessage")
    severity = text_of(fields["resultSeverity"]).removeprefix(SH).lower()
    return Finding(
        severity=next((name for name in SEVERITIES if name == severity), "info"),
        focus=text_of(fields["focusNode"]),
        focus_label="",
        path=path.value if isinstance(path, ox.NamedNode) else None,
        value=None if value is None else text_of(value),
        message=message.value if isinstance(message, ox.Literal) else "",
        shape=shape.value if isinstance(shape, ox.NamedNode) else "",
        component=text_of(fields["sourceConstraintComponent"]),
    )


def _described(finding: Finding, graph: _Graph) -> Finding:
    """The finding with the label of its focus, and with names and values in its message."""
    about_value = finding.component != SH + "SPARQLConstraintComponent"
    message = graph.name_iris(finding.message, finding.value)
    found = graph.found(finding) if about_value else ""
    label = graph.label(finding.focus) or compact(finding.focus)
    return replace(finding, focus_label=label, message=message + found)


class _Graph:
    """Labels and values, looked up in the validated graph."""

    def __init__(self, data: bytes) -> None:
        self._store = ox.Store()
        self._store.bulk_load(data, format=ox.RdfFormat.N_TRIPLES)

    def label(self, node: str) -> str | None:
        """The English label, the first in alphabetical order where there are several."""
        for path in LABELS:
            terms = self._objects(node, path)
            found = sorted(t.value for t in terms if isinstance(t, ox.Literal) and _english(t))
            if found:
                return found[0]
        return None

    def name(self, text: str) -> str:
        """A node for people: ``label (prefix:slug)``, or a literal cut to a fair length."""
        if text.startswith('"'):
            return shown(text)
        label = self.label(text)
        return f"{label} ({compact(text)})" if label else compact(text)

    def name_iris(self, message: str, value: str | None) -> str:
        """The message with each IRI named (engines write them differently), a long literal cut."""
        literal = literal_of(value).value if value and value.startswith('"') else ""
        if len(literal) > MAX_LITERAL:
            message = message.replace(literal, literal[:MAX_LITERAL] + "…")
        iri = r"<([a-z][a-z0-9+.-]*:[^\s<>\"]*)>|(https?://[^\s<>\"]*[^\s<>\",;.:)])"
        return re.sub(iri, lambda match: self.name(match[1] or match[2]), message)

    def found(self, finding: Finding) -> str:
        """What the constraint met, as a sentence: the value, or all values of the path."""
        if finding.value is None and finding.path is not None:
            values = sorted(map(text_of, self._objects(finding.focus, ox.NamedNode(finding.path))))
        elif finding.component == SH + "PatternConstraintComponent" or finding.path:
            values = [finding.value or ""]
        else:
            return ""
        names = [self.name(value) for value in values[:MAX_VALUES]]
        more = [f"and {len(values) - MAX_VALUES} more"] if len(values) > MAX_VALUES else []
        return f" Found: {', '.join(names + more) or 'none'}."

    def _objects(self, node: str, path: ox.NamedNode) -> list[Node]:
        if node.startswith('"'):
            return []
        return [q.object for q in self._store.quads_for_pattern(ox.NamedNode(node), path, None)]


def _english(literal: ox.Literal) -> bool:
    return (literal.language or "").split("-")[0].lower() == "en"
