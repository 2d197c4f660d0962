"""SHACL validation of a graph or of files, as findings that a curator can act on.

Two engines give the same findings: pyshifty, fast, and pySHACL, the check on small data. Neither
infers: data types each entity explicitly. A blank node is named by an IRI below
``.well-known/genid/`` before any engine sees it, so that findings about it can be told apart.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, total_ordering
from typing import TYPE_CHECKING, Any, Literal

import pyoxigraph as ox

from bilat.errors import InputError
from bilat.files import read_rdf, read_utf8
from bilat.namespaces import BASE, PREFIXES, compact
from bilat.results import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

Severity = Literal["violation", "warning", "info"]
Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

SH = PREFIXES["sh"]
RDF_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
LABELS = (ox.NamedNode(PREFIXES["rdfs"] + "label"), ox.NamedNode(PREFIXES["skos"] + "prefLabel"))

SEVERITIES: tuple[Severity, ...] = ("violation", "warning", "info")

#: How many values a message lists, and how many characters of one literal it shows.
MAX_VALUES = 5
MAX_LITERAL = 120


@total_ordering
@dataclass(frozen=True)
class Finding:
    """One result of validation: which node breaks which constraint, and why.

    ``focus`` and ``value`` are an IRI, or a literal in N-Triples syntax (it begins with ``"``);
    ``path`` is the IRI of a property, or None where the constraint is on the node or a longer path.
    ``shape`` is the IRI of ``sh:sourceShape`` (empty where that is a blank node), ``component`` of
    ``sh:sourceConstraintComponent``. Findings sort by severity (worst first), file and focus.
    """

    severity: Severity
    focus: str
    focus_label: str
    path: str | None
    value: str | None
    message: str
    shape: str
    component: str
    file: str | None = None
    line: int | None = None
    column: int | None = None

    @property
    def cause(self) -> tuple[str | None, ...]:
        """What makes two findings the same, whatever their wording and place."""
        return (self.severity, self.focus, self.path, self.value, self.shape, self.component)

    def _order(self) -> tuple[object, ...]:
        place = (self.file or "", self.line or 0, self.column or 0)
        about = (self.focus_label, self.focus, self.path or "", self.value or "")
        rule = (self.shape, self.component, self.message)
        return (SEVERITIES.index(self.severity), *place, *about, *rule)

    def __lt__(self, other: Finding) -> bool:
        return self._order() < other._order()


@dataclass(frozen=True)
class Report:
    """The findings of one validation, in order."""

    findings: tuple[Finding, ...] = ()

    @property
    def conforms(self) -> bool:
        """Whether there is no finding of any severity, as ``sh:conforms`` has it."""
        return not self.findings

    def to_json(self) -> str:
        """An object with ``conforms`` and ``findings``; each finding has all its fields."""
        body = {"conforms": self.conforms, "findings": [asdict(f) for f in self.findings]}
        return json.dumps(body, ensure_ascii=False, indent=2) + "\n"

    def to_turtle(self) -> str:
        """The ``sh:ValidationReport`` of SHACL 1.0; the same bytes for the same findings."""
        triples = _report_triples(self.findings)
        return _serialize(triples, ox.RdfFormat.TURTLE, {"sh": SH}).decode()

    def to_table(self, width: int = 0) -> str:
        """The findings for people, one to a row, and a last line that counts them."""
        if not self.findings:
            return "no findings\n"
        counts = Counter(finding.severity for finding in self.findings)
        total = ", ".join(f"{counts[name]} {name}{'s'[: counts[name] != 1]}" for name in counts)
        header = ("severity", "file", "focus", "path", "value", "message")
        return f"{table(header, [_row(finding) for finding in self.findings], width)}\n\n{total}\n"


def validate_graph(data: bytes, shapes: Sequence[Path], engine: str = "shifty") -> list[Finding]:
    """The findings of the shapes over one graph in N-Triples, in order.

    ``engine`` is ``shifty`` or ``pyshacl``. Raises InputError where it is another, or where the
    data or the shapes cannot be used.
    """
    if b"_:" in data:
        data = _without_blank_nodes(data)
    run = _prepare(engine, b"\n".join(map(read_utf8, shapes)))
    results = set(_results(run(data)))
    if not results:
        return []
    graph = _Graph(data)
    return sorted({_described(result, graph) for result in results})


def validate_files(
    files: Sequence[Path],
    *,
    context: bytes,
    shapes: Sequence[Path],
    engine: str = "shifty",
    origins: Sequence[Path] = (),
) -> Report:
    """The findings that the files cause when they are added to the graph at hand.

    ``context`` is that graph in N-Triples (reference data, vocabularies, other sources), without
    the files themselves. What is wrong in it already is not reported; where there are no files,
    the findings are its own, and ``origins`` the files that it was made from. A finding names its
    file where its focus is a subject of that file only. Raises InputError, which says
    ``file:line:column: reason``, where a file cannot be read.
    """
    triples = {str(path): [quad.triple for quad in read_rdf(path)] for path in files}
    merged = context + b"\n" + b"".join(map(_serialize, triples.values()))
    findings = validate_graph(merged, shapes, engine)
    if findings and files:
        known = {finding.cause for finding in validate_graph(context, shapes, engine)}
        findings = [finding for finding in findings if finding.cause not in known]
    if findings and not files:
        triples = {str(path): [quad.triple for quad in read_rdf(path)] for path in origins}
    subjects = {name: {_text(t.subject) for t in graph} for name, graph in triples.items()}
    return Report(tuple(sorted(_located(finding, subjects) for finding in findings)))


def graphs_of(files: Sequence[Path]) -> set[str]:
    """IRIs of the named graphs that the files have."""
    quads = (quad for path in files for quad in read_rdf(path))
    return {q.graph_name.value for q in quads if isinstance(q.graph_name, ox.NamedNode)}


def _located(finding: Finding, subjects: dict[str, set[str]]) -> Finding:
    files = [name for name, nodes in subjects.items() if finding.focus in nodes]
    return replace(finding, file=files[0]) if len(files) == 1 else finding


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
    engines = {"shifty": _shifty, "pyshacl": _pyshacl}
    if engine not in engines:
        raise InputError(f"no engine is called {engine!r}; there are {' and '.join(engines)}")
    return engines[engine](shapes)


def _shifty(shapes: bytes) -> Callable[[bytes], bytes]:
    from shifty._shifty import PreparedValidator

    try:
        validator = PreparedValidator(shapes=shapes, shapes_format="turtle")
    except ValueError as error:
        raise InputError(f"the shapes cannot be used: {error}") from error

    def run(data: bytes) -> bytes:
        try:
            report = validator.validate_w3c(
                data=data,
                data_format="ntriples",
                graph_mode="data",
                run_infer=False,
                on_unsupported="error",
            )
        except ValueError as error:
            raise InputError(f"validation cannot run: {error}") from error
        return report._report_ntriples.encode()

    return run


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
    severity = _text(fields["resultSeverity"]).removeprefix(SH).lower()
    return Finding(
        severity=next((name for name in SEVERITIES if name == severity), "info"),
        focus=_text(fields["focusNode"]),
        focus_label="",
        path=path.value if isinstance(path, ox.NamedNode) else None,
        value=None if value is None else _text(value),
        message=message.value if isinstance(message, ox.Literal) else "",
        shape=shape.value if isinstance(shape, ox.NamedNode) else "",
        component=_text(fields["sourceConstraintComponent"]),
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
            return _shown(text)
        label = self.label(text)
        return f"{label} ({compact(text)})" if label else compact(text)

    def name_iris(self, message: str, value: str | None) -> str:
        """The message with each IRI named (engines write them differently), a long literal cut."""
        literal = _literal(value).value if value and value.startswith('"') else ""
        if len(literal) > MAX_LITERAL:
            message = message.replace(literal, literal[:MAX_LITERAL] + "…")
        iri = r"<([a-z][a-z0-9+.-]*:[^\s<>\"]*)>|(https?://[^\s<>\"]*[^\s<>\",;.:)])"
        return re.sub(iri, lambda match: self.name(match[1] or match[2]), message)

    def found(self, finding: Finding) -> str:
        """What the constraint met, as a sentence: the value, or all values of the path."""
        if finding.value is None and finding.path is not None:
            values = sorted(map(_text, self._objects(finding.focus, ox.NamedNode(finding.path))))
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


def _shown(text: str) -> str:
    literal = _literal(text)
    value = literal.value
    cut = value if len(value) <= MAX_LITERAL else value[:MAX_LITERAL] + "…"
    if literal.language:
        return f'"{cut}"@{literal.language}'
    kind = compact(literal.datatype.value)
    return f'"{cut}"' if kind == "xsd:string" else f'"{cut}"^^{kind}'


def _text(node: Node) -> str:
    return node.value if isinstance(node, ox.NamedNode) else str(node)


def _node(text: str) -> ox.NamedNode | ox.Literal:
    return _literal(text) if text.startswith('"') else ox.NamedNode(text)


def _literal(text: str) -> ox.Literal:
    line = f"<urn:s> <urn:p> {text} ."
    literal = next(iter(ox.parse(line, format=ox.RdfFormat.N_TRIPLES))).object
    assert isinstance(literal, ox.Literal)
    return literal


# ---- from findings to text


def _report_triples(findings: Sequence[Finding]) -> Iterator[ox.Triple]:
    def sh(name: str) -> ox.NamedNode:
        return ox.NamedNode(SH + name)

    report = ox.BlankNode("report")
    results = [ox.BlankNode(f"result{n}") for n in range(1, len(findings) + 1)]
    yield ox.Triple(report, RDF_TYPE, sh("ValidationReport"))
    yield ox.Triple(report, sh("conforms"), ox.Literal(not findings))
    for result in results:
        yield ox.Triple(report, sh("result"), result)
    for result, finding in zip(results, findings, strict=True):
        yield ox.Triple(result, RDF_TYPE, sh("ValidationResult"))
        yield ox.Triple(result, sh("resultSeverity"), sh(finding.severity.capitalize()))
        terms = {
            "focusNode": finding.focus,
            "resultPath": finding.path,
            "value": finding.value,
            "sourceShape": finding.shape,
            "sourceConstraintComponent": finding.component,
        }
        for name, text in terms.items():
            if text:
                yield ox.Triple(result, sh(name), _node(text))
        yield ox.Triple(result, sh("resultMessage"), ox.Literal(finding.message))


def _row(finding: Finding) -> list[str]:
    place = ":".join(str(x) for x in (finding.file, finding.line, finding.column) if x)
    value = finding.value or ""
    shown = _shown(value) if value.startswith('"') else compact(value)
    path = compact(finding.path) if finding.path else ""
    focus = compact(finding.focus)
    named = focus if focus == finding.focus_label else f"{finding.focus_label} ({focus})"
    return [finding.severity, place, named, path, shown, finding.message]
