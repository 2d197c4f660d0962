"""Every constraint against its cases in ``shapes/``, in both engines, and every constraint deleted.

A case is one file in the form of the W3C's data-shapes tests: data, the constraint that it is about
(``mf:feature``) and the expected report. All shapes run over the data, which is as small as that
constraint allows; only the results of that constraint are compared, and those exactly.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest

from bilat.findings import Finding
from bilat.namespaces import PREFIXES, SHAPES
from bilat.validate import validate_graph

ROOT = Path(__file__).parents[1]
SHAPE_FILES = sorted((ROOT / "ontology" / "shapes").glob("*.ttl"))
CASE_FILES = sorted((Path(__file__).parent / "shapes").glob("*.ttl"))
ENGINES = ("shifty", "pyshacl")

SH = PREFIXES["sh"]
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"
TARGETS = ("targetClass", "targetSubjectsOf", "targetObjectsOf")
TESTS = ("sparql", "xone", "or", "pattern", "class", "path")
PARAMETERS = (
    *("minCount", "maxCount", "class", "datatype", "nodeKind", "node", "in", "hasValue"),
    *("pattern", "minLength", "minInclusive", "uniqueLang", "languageIn"),
    *("qualifiedValueShape", "qualifiedMinCount", "sparql", "xone", "or", "property", "severity"),
)
SILENT = (
    *("path", "alternativePath", "message"),
    *("select", "prefixes", "declare", "prefix", "namespace"),
)

#: Cases in which pySHACL has a finding too many, and why.
DIFFERENCES = {
    "date-within-bounds-003": "rdflib compares an ill-formed date by its text; SPARQL has an error",
}

Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Result = tuple[str, str | None, str | None, str, str]


class Case(NamedTuple):
    """What one file says: its data, its constraint and where that is, the expected results."""

    name: str
    label: str
    data: bytes
    constraint: str
    shapes_file: str
    expected: frozenset[Result]


def parse(path: Path) -> list[ox.Quad]:
    return list(ox.parse(path=path, base_iri=path.absolute().as_uri()))


@cache
def read_case(path: Path) -> Case:
    quads = parse(path)
    fields: dict[Node, dict[str, str]] = {}
    for quad in quads:
        value = quad.object.value if isinstance(quad.object, ox.NamedNode) else str(quad.object)
        fields.setdefault(quad.subject, {})[quad.predicate.value] = value
    test = next(node for node in fields.values() if MF + "feature" in node)
    action = next(node for node in fields.values() if SHT + "shapesGraph" in node)
    expected = [node for node in fields.values() if SH + "focusNode" in node]
    return Case(
        name=path.stem,
        label=test[PREFIXES["rdfs"] + "label"],
        data=ox.serialize((q.triple for q in quads), format=ox.RdfFormat.N_TRIPLES) or b"",
        constraint=test[MF + "feature"],
        shapes_file=action[SHT + "shapesGraph"],
        expected=frozenset(map(expected_result, expected)),
    )


def expected_result(fields: dict[str, str]) -> Result:
    severity = fields[SH + "resultSeverity"].removeprefix(SH).lower()
    component = fields[SH + "sourceConstraintComponent"]
    path, value = fields.get(SH + "resultPath"), fields.get(SH + "value")
    return (fields[SH + "focusNode"], path, value, severity, component)


def results(findings: list[Finding], constraint: str) -> frozenset[Result]:
    return frozenset(
        (f.focus, f.path, f.value, f.severity, f.component)
        for f in findings
        if f.shape == constraint
    )


@cache
def findings_of(path: Path, engine: str) -> list[Finding]:
    return validate_graph(read_case(path).data, SHAPE_FILES, engine)


# ---- the shapes as a graph


@cache
def shapes() -> list[ox.Triple]:
    return [quad.triple for path in SHAPE_FILES for quad in parse(path)]


def with_predicate(*names: str) -> list[ox.Triple]:
    iris = {SH + name for name in names}
    return [triple for triple in shapes() if triple.predicate.value in iris]


@cache
def constraints() -> frozenset[ox.NamedNode]:
    """The shapes that have a target and test something; the properties of those with a target."""
    targeted = {triple.subject for triple in with_predicate(*TARGETS)}
    testing = {triple.subject for triple in with_predicate(*TESTS)}
    properties = {t.object for t in with_predicate("property") if t.subject in targeted}
    found = (targeted & testing) | properties
    return frozenset(node for node in found if isinstance(node, ox.NamedNode))


@cache
def parts() -> dict[Node, frozenset[Node]]:
    """What each node of the shapes refers to, directly or not, itself included."""
    links: dict[Node, set[Node]] = {}
    for triple in shapes():
        links.setdefault(triple.subject, set()).add(triple.object)
    return {node: frozenset(reachable(node, links)) for node in links}


def reachable(start: Node, links: dict[Node, set[Node]]) -> set[Node]:
    seen, waiting = {start}, [start]
    while waiting:
        new = links.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen


def affected(node: Node) -> list[Path]:
    """The cases of every constraint that the node is part of, or that is part of the node."""
    whole = {c.value for c in constraints() if node in parts()[c] or c in parts()[node]}
    return [path for path in CASE_FILES if read_case(path).constraint in whole]


def shown(value: object) -> str:
    """A short name for a test: the case, or the shape, the parameter and its value."""
    if isinstance(value, Path):
        return value.stem
    if isinstance(value, ox.Triple):
        return " ".join(shown(part) for part in value)
    return (
        "[]" if isinstance(value, ox.BlankNode) else re.sub(r".*[#/]", "", str(value).strip("<>"))
    )


# ---- tests


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", CASE_FILES, ids=shown)
def test_case(path: Path, engine: str) -> None:
    case = read_case(path)
    found = results(findings_of(path, engine), case.constraint)
    if engine == "pyshacl" and case.name in DIFFERENCES:
        assert found > case.expected, DIFFERENCES[case.name]
    else:
        assert found == case.expected, case.label


@pytest.mark.parametrize("path", CASE_FILES, ids=shown)
def test_engines_agree_on_every_finding(path: Path) -> None:
    fast, slow = (set(findings_of(path, engine)) for engine in ENGINES)
    assert fast <= slow
    assert (fast == slow) == (path.stem not in DIFFERENCES)


@pytest.mark.parametrize("triple", with_predicate(*PARAMETERS, *TARGETS), ids=shown)
def test_a_case_fails_without(triple: ox.Triple, tmp_path: Path) -> None:
    mutated = tmp_path / "shapes.ttl"
    rest = [other for other in shapes() if other != triple]
    mutated.write_bytes(ox.serialize(rest, format=ox.RdfFormat.N_TRIPLES) or b"")
    cases = map(read_case, affected(triple.subject))
    assert any(
        results(validate_graph(case.data, [mutated]), case.constraint) != case.expected
        for case in cases
    )


def test_every_parameter_in_use_is_deleted_once() -> None:
    used = {
        t.predicate.value.removeprefix(SH) for t in shapes() if t.predicate.value.startswith(SH)
    }
    assert used == {*PARAMETERS, *TARGETS, *SILENT}


def test_every_constraint_has_a_failing_and_a_passing_case() -> None:
    cases = [read_case(path) for path in CASE_FILES]
    names = {shown(c.value) for c in constraints()}
    assert {shown(case.constraint) for case in cases if case.expected} == names
    assert {shown(case.constraint) for case in cases if not case.expected} == names


def test_case_is_named_after_its_constraint_and_names_its_file() -> None:
    homes = {quad.subject: path for path in SHAPE_FILES for quad in parse(path)}
    for case in map(read_case, CASE_FILES):
        assert re.fullmatch(r"(.+)-\d{3}", case.name)
        assert SHAPES + case.name[:-4] == case.constraint
        home = homes[ox.NamedNode(case.constraint)]
        assert case.shapes_file == home.absolute().as_uri(), case.name


def test_property_shapes_and_queries_have_iris_and_constraints_have_messages() -> None:
    for triple in with_predicate("path", "select"):
        assert isinstance(triple.subject, ox.NamedNode)
    speaking = {triple.subject for triple in with_predicate("message")}
    for constraint in constraints():
        assert speaking & parts()[constraint], constraint


def test_messages_are_sentences_without_placeholders_that_stay() -> None:
    for engine in ENGINES:
        for finding in (f for path in CASE_FILES for f in findings_of(path, engine)):
            assert re.match(r"[^{}<>]+\.$|[^{}<>]+\?$", finding.message), finding.message
