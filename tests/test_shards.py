"""Validation in parts: the findings of one run over everything, however small the parts are."""

from __future__ import annotations

import random
from functools import cache
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilat import shards, validate
from bilat.errors import InputError
from bilat.findings import Finding
from bilat.namespaces import PREFIXES
from bilat.reach import _LISTS_OF_SHAPES, _OF_THE_NODE, _PAIRS, _SHAPES_OF_THE_NODE, reach
from bilat.shards import validate_in_parts
from bilat.validate import validate_graph
from conftest import examples
from test_shapes import CASE_FILES, SHAPE_FILES, read_case

ROOT = Path(__file__).parents[1]
#: An instrument that breaks shapes, whose party has no name; the last line has no end.
BLANK = f"""_:i <{PREFIXES["rdf"]}type> <https://w3id.org/bilat/ns#Instrument> .
_:i <https://w3id.org/bilat/ns#hasParty> _:p .
_:p <http://www.w3.org/2000/01/rdf-schema#label> "_:i <x> _:p .\u2028 é" ."""
PREFIX_LINES = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())


@cache
def shapes() -> bytes:
    return b"\n".join(path.read_bytes() for path in SHAPE_FILES)


@cache
def shipped() -> list[str]:
    """The triples of the shipped data, all sources merged."""
    parts = ("ontology/vocabularies/*.ttl", "data/reference/*.ttl", "data/sources/*.trig")
    files = [path for part in parts for path in sorted(ROOT.glob(part))]
    return sorted({f"{quad.triple} .\n" for path in files for quad in ox.parse(path=path)})


@cache
def cases() -> list[str]:
    """The triples of all cases of all constraints, merged."""
    return sorted({line for path in CASE_FILES for line in lines_of(read_case(path).data)})


def lines_of(data: bytes) -> list[str]:
    return data.decode().splitlines(keepends=True)


def whole(data: bytes, rules: bytes) -> set[Finding]:
    named = validate._without_blank_nodes(data)
    return set(validate.shifty(rules).results(named, None))


def in_parts(data: bytes, rules: bytes, size: int) -> set[Finding]:
    engine = validate.shifty(rules)
    found = validate_in_parts(data, rules, engine, jobs=1, size=size)
    return whole(data, rules) if found is None else found[0]


# ---- the shipped shapes


def test_all_shipped_shapes_can_be_run_on_parts() -> None:
    found = reach(shapes(), lambda _: 1.0)
    assert found and found.whole == ()


def test_each_focus_node_of_all_cases_apart() -> None:
    data = "".join(cases()).encode()
    expected = whole(data, shapes())
    assert len({finding.shape for finding in expected}) > 100
    assert in_parts(data, shapes(), size=1) == expected


@settings(max_examples=examples(5), deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([100, 1000, 5000]))
def test_mutated_data_has_the_same_findings(seed: int, size: int) -> None:
    data = mutated(random.Random(seed)).encode()
    assert in_parts(data, shapes(), size) == whole(data, shapes())


def mutated(choose: random.Random) -> str:
    """Shipped data and cases with triples left out, and with subjects and objects exchanged."""
    lines = shipped() + choose.sample(cases(), 300)
    lines = choose.sample(lines, int(len(lines) * choose.choice([0.5, 0.9, 0.99])))
    for _ in range(choose.choice([10, 200])):
        first, second = choose.randrange(len(lines)), choose.randrange(len(lines))
        subject, predicate, _ = lines[first].split(" ", 2)
        other, _, object_ = lines[second].split(" ", 2)
        lines.append(f"{choose.choice([subject, other])} {predicate} {object_}")
    return "".join(lines)


def test_a_large_graph_is_validated_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    data = "".join(shipped() + cases()).encode()
    expected = validate_graph(data, SHAPE_FILES)
    steps: list[tuple[str, int, int]] = []
    monkeypatch.setattr(validate, "LARGE", 0)
    found = validate_graph(data, SHAPE_FILES, jobs=2, progress=lambda *step: steps.append(step))
    assert found == expected and len(expected) > 500
    parts = max(total for _, _, total in steps)
    assert [done for what, done, _ in steps if what == "parts"] == list(range(parts + 1))
    assert steps[-2:] == [("parts that have findings", done, 1) for done in (0, 1)]


def test_a_graph_in_a_file_is_validated_as_one_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = shipped() + cases() + ["\n", *BLANK.splitlines(keepends=True), "\n"]
    data = "".join(lines).encode()
    path = tmp_path / "graph.nt"
    path.write_bytes(data)
    monkeypatch.setattr(shards, "_CHUNK", 10_000)
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as mapped:
        found = validate_in_parts(mapped, shapes(), validate.shifty(shapes()), size=2_000)
    assert found and found[0] == whole(data, shapes())
    assert any("genid" in finding.focus for finding in found[0])


def test_lines_with_other_ends_are_left_to_the_engine() -> None:
    for text in ("\r\n".join(BLANK.splitlines()), "\ufeff" + BLANK):
        engine = validate.shifty(shapes())
        assert validate_in_parts(text.encode(), shapes(), engine) is None


# ---- other shapes

DATA = """
ex:a a ex:A ; ex:p ex:b , "x"@en , "tab\\t\\"q\\" \\\\ \\u0001 ü" , 01 , 1 ; ex:q ex:c ; ex:n 1 .
ex:b a ex:B ; ex:p ex:a ; ex:q ex:d ; ex:n 2 .
ex:c ex:p ex:d ; ex:r ex:a ; ex:n 2 .
ex:d a ex:C ; ex:r ex:b , ex:e ; ex:q "x"@en .
_:e a ex:A ; ex:p _:f , ex:b ; ex:q ex:a . _:f a ex:B ; ex:r _:e .
ex:B rdfs:subClassOf ex:A . ex:C rdfs:subClassOf ex:B .
"""

PATHS = [
    "ex:p",
    "[ sh:inversePath ex:p ]",
    "( ex:p ex:q )",
    "( ex:p [ sh:inversePath ex:r ] ex:n )",
    "[ sh:alternativePath ( ex:p ( ex:q ex:r ) ) ]",
    "[ sh:zeroOrMorePath ex:r ]",
    "[ sh:oneOrMorePath [ sh:alternativePath ( ex:p ex:q ) ] ]",
    "( [ sh:zeroOrOnePath ex:q ] [ sh:oneOrMorePath [ sh:inversePath ex:p ] ] ex:r )",
    "[ sh:inversePath ( ex:p [ sh:zeroOrMorePath ex:q ] ) ]",
    "[ sh:zeroOrMorePath ( ex:p ex:q ) ]",
]
CONSTRAINTS = [
    "sh:maxCount 0",
    "sh:minCount 2",
    "sh:class ex:A",
    "sh:datatype xsd:integer",
    "sh:nodeKind sh:IRI",
    "sh:in ( ex:a ex:b 1 )",
    "sh:hasValue ex:b",
    'sh:pattern "^[A-Z]" ; sh:flags "i"',
    "sh:minLength 2 ; sh:maxLength 20",
    "sh:minInclusive 1 ; sh:maxInclusive 1",
    "sh:minExclusive 1 ; sh:maxExclusive 3",
    "sh:uniqueLang true",
    'sh:languageIn ( "en" )',
    "sh:equals ex:q",
    "sh:disjoint ex:r",
    "sh:lessThan ex:n",
    "sh:lessThanOrEquals ex:n",
    "sh:node [ sh:property [ sh:path ex:r ; sh:class ex:B ] ]",
    'sh:property [ sh:path ex:q ; sh:minCount 1 ; sh:severity sh:Info ; sh:message "m" ]',
    "sh:not [ sh:property [ sh:path [ sh:inversePath ex:r ] ; sh:minCount 1 ] ]",
    "sh:qualifiedValueShape [ sh:class ex:B ] ; sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 1",
    "sh:or ( [ sh:class ex:C ] [ sh:property [ sh:path ex:q ; sh:maxCount 0 ] ] )",
    "sh:xone ( [ sh:class ex:A ] [ sh:property [ sh:path ex:r ; sh:minCount 1 ] ] )",
    "sh:and ( [ sh:class ex:A ] [ sh:property [ sh:path ex:q ; sh:maxCount 1 ] ] )",
    "sh:class ex:C ; sh:deactivated true",
    "sh:closed true ; sh:ignoredProperties ( rdf:type )",
]
TARGETS = [
    "sh:targetClass ex:A",
    "sh:targetSubjectsOf ex:p",
    "sh:targetObjectsOf ex:p",
    "sh:targetNode ex:nowhere , ex:a",
    "a rdfs:Class",
]


def turtle(text: str) -> bytes:
    header = PREFIX_LINES + "@prefix ex: <http://example.org/> .\n"
    return (
        ox.serialize(
            (quad.triple for quad in ox.parse(header + text, format=ox.RdfFormat.TURTLE)),
            format=ox.RdfFormat.N_TRIPLES,
        )
        or b""
    )


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_paths_and_constraints_of_others(constraint: str) -> None:
    for target, path in [*zip(TARGETS * 2, PATHS, strict=True), (TARGETS[2], PATHS[1])]:
        rules = turtle(f"""ex:A a sh:NodeShape ; {target} ; sh:property ex:A-property .
            ex:A-property sh:path {path} ; {constraint} .""")
        assert in_parts(turtle(DATA), rules, size=1) == whole(turtle(DATA), rules), (target, path)


def test_every_parameter_that_is_known_is_tried_here() -> None:
    written = " ".join(CONSTRAINTS + TARGETS)
    silent = {"path", "name", "description", "order", "group", "defaultValue"}
    known = _OF_THE_NODE | _PAIRS | _SHAPES_OF_THE_NODE | _LISTS_OF_SHAPES
    names = {iri.removeprefix(PREFIXES["sh"]) for iri in known} - silent
    assert {name for name in names if f"sh:{name} " not in written} == set()


def query(body: str) -> bytes:
    text = (
        f'"""SELECT $this ?value WHERE {{ {body} }}"""' if "SELECT" not in body else f'"""{body}"""'
    )
    return turtle(f"""ex:S a sh:NodeShape ; sh:targetClass ex:A ; sh:sparql ex:S-query .
        ex:S-query a sh:SPARQLConstraint ; sh:message "m" ; sh:select {text} ; sh:prefixes ex:P .
        ex:P sh:declare ex:P-ex . ex:P-ex sh:prefix "ex" ;
            sh:namespace "http://example.org/"^^xsd:anyURI .""")


DIVISIBLE = [
    "$this ex:p ?value",
    "?value ex:p $this",
    "$this ?path ?x . ?value ?path ?x FILTER(?value != $this)",
    "$this ex:p/ex:q+ ?value",
    "?value ^ex:p|ex:r $this FILTER NOT EXISTS { ?value ex:n ?n FILTER EXISTS { ?n ^ex:n $this } }",
    "{ $this ex:p ?value } UNION { ?value ex:r $this } ?value ex:q ?x",
    "$this ex:p ?x OPTIONAL { ?x ex:q ?value . ?value ex:r ?y } FILTER(!BOUND(?y))",
    "{ ?value ex:p ?x FILTER EXISTS { ?x ex:r ?z } } $this ex:q ?x",
    "$this ex:n ?n . ?value ex:n ?n",
    "{ { $this ex:n ?n } UNION { ?x ex:r $this . ?x ex:n ?n } } ?value ex:n ?n",
    "FILTER NOT EXISTS { ?x ex:q $this . ?x ex:r ?y }",
    "SELECT $this (COUNT(?x) AS ?value) WHERE { $this ex:p ?x } GROUP BY $this",
    "SELECT $this ?value WHERE { $this ex:p|ex:q ?x . ?value ex:p|ex:r ?x } "
    "GROUP BY $this ?value HAVING (COUNT(DISTINCT ?x) > 1)",
]
INDIVISIBLE = [
    "?value a ex:B",
    "$this ex:n ?n . ?value ex:n ?m . FILTER(?m = ?n)",
    "$this ex:p ?x OPTIONAL { ?x ex:q ?y } ?value ex:r ?y",
    "{ $this ex:p ?x } UNION { $this ex:q ?y } ?value ex:r ?x",
    "$this ex:p ?x . { ?value ex:q ?y FILTER NOT EXISTS { ?x ex:r ?z } } ?value ex:r ?w",
    "$this ex:p ?value . FILTER EXISTS { ex:d ex:r ?x }",
    "$this ex:p ?value . BIND(EXISTS { ?a ex:r ?b } AS ?c) FILTER(?c)",
    "$this !ex:p ?value",
]


@pytest.mark.parametrize("body", DIVISIBLE + INDIVISIBLE)
def test_queries_of_others(body: str) -> None:
    found = reach(query(body), lambda _: 1.0)
    assert (found is not None) == (body in DIVISIBLE)
    expected = whole(turtle(DATA), query(body))
    assert in_parts(turtle(DATA), query(body), size=1) == expected
    assert expected or body.startswith("$this ex:p ?x . {")


def test_a_shape_about_everything_stands_beside_one_of_parts() -> None:
    rules = query(DIVISIBLE[0]) + query(INDIVISIBLE[0]).replace(b"/S", b"/T")
    found = reach(rules, lambda _: 1.0)
    assert found and found.whole == ("http://example.org/T",)
    assert in_parts(turtle(DATA), rules, size=1) == whole(turtle(DATA), rules)


def test_a_graph_written_otherwise_is_validated_too(monkeypatch: pytest.MonkeyPatch) -> None:
    data = "".join(cases()).encode()
    expected = validate_graph(data, SHAPE_FILES)
    monkeypatch.setattr(validate, "LARGE", 0)
    otherwise = data.replace(b" <", b"\t<") + b"# a remark\n\n"
    assert validate_graph(otherwise, SHAPE_FILES) == expected


def test_what_is_no_graph_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validate, "LARGE", 0)
    with pytest.raises(InputError, match="validation cannot run"):
        validate_graph(b"no triples", SHAPE_FILES)
    assert validate_graph(b"\n", SHAPE_FILES) == []
