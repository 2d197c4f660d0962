"""Validation of graphs and files: findings, reports, errors, engines, hostile input."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilat.errors import InputError, UnreadableError
from bilat.files import RDF_FORMATS, read_rdf
from bilat.findings import Finding, Place, Report
from bilat.namespaces import PREFIXES, SHAPES
from bilat.validate import validate_files, validate_graph
from conftest import examples

ROOT = Path(__file__).parents[1]
SHAPE_FILES = sorted((ROOT / "ontology" / "shapes").glob("*.ttl"))
ENGINES = ("shifty", "pyshacl")
SH = PREFIXES["sh"]

HEADER = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())

CONTEXT = """
instrument-type:memorandum-of-cooperation a skos:Concept ;
    skos:prefLabel "Memorandum of cooperation"@en ;
    skos:inScheme <https://w3id.org/bilat/scheme/instrument-type> .
institution-kind:ministry a skos:Concept ;
    skos:prefLabel "Ministry"@en ; skos:inScheme <https://w3id.org/bilat/scheme/institution-kind> .
field:health a skos:Concept ;
    skos:prefLabel "Health"@en ; skos:inScheme <https://w3id.org/bilat/scheme/field> .
country:KAZ a bilat:Country ; rdfs:label "Kazakhstan"@en ; bilat:iso3166alpha3 "KAZ" .
country:SRB a bilat:Country ; rdfs:label "Serbia"@en ; bilat:iso3166alpha3 "SRB" .
institution:srb-ministry-of-health a bilat:Institution ;
    rdfs:label "Ministry of Health of Serbia"@en ; bilat:country country:SRB ;
    bilat:institutionKind institution-kind:ministry ; bilat:evidence passage:2026-02-27-kz-rs-01 .
source:2026-02-27-kz-rs a bilat:SourceDocument ;
    rdfs:label "Digest"@en ; dct:identifier "2026-02-27-kz-rs" ; dct:issued "2026-02-27"^^xsd:date ;
    dct:language "en" ; bilat:characterCount 2650 ;
    bilat:sha256 "ca851bbb7d257b36263f8533cae76c62a668513c7a9dbeb93a66b01eb66635f2" .
passage:2026-02-27-kz-rs-01 a bilat:Passage ;
    oa:hasSource source:2026-02-27-kz-rs ; bilat:line 1 ;
    oa:hasSelector passage:2026-02-27-kz-rs-01-selector .
passage:2026-02-27-kz-rs-01-selector a oa:TextQuoteSelector , oa:TextPositionSelector ;
    oa:exact "Vučić" ; oa:start 10 ; oa:end 15 .
"""

MEMORANDUM = """
instrument:moc a bilat:Instrument ;
    rdfs:label "Memorandum on health"@en ; bilat:titleAsQuoted "Memorandum"@en ;
    bilat:instrumentType instrument-type:memorandum-of-cooperation ; bilat:field field:health ;
    bilat:hasParty party:moc-1 , party:moc-2 ; bilat:evidence passage:2026-02-27-kz-rs-01 .
party:moc-1 a bilat:Party ;
    bilat:onBehalfOf country:KAZ ; bilat:partyOrder 1 ; bilat:evidence passage:2026-02-27-kz-rs-01 .
party:moc-2 a bilat:Party ; bilat:partyInstitution institution:srb-ministry-of-health ;
    bilat:onBehalfOf country:SRB ; bilat:partyOrder 2 ; bilat:evidence passage:2026-02-27-kz-rs-01 .
"""

#: The memorandum with three faults: a type that is text, one country twice, the same order twice.
FAULTY = (
    MEMORANDUM.replace("instrument-type:memorandum-of-cooperation", '"MoU"')
    .replace("bilat:onBehalfOf country:KAZ", "bilat:onBehalfOf country:KAZ , country:SRB")
    .replace("bilat:partyOrder 2", "bilat:partyOrder 1")
)


def ntriples(turtle: str) -> bytes:
    quads = ox.parse(HEADER + turtle, format=ox.RdfFormat.TURTLE)
    return ox.serialize((q.triple for q in quads), format=ox.RdfFormat.N_TRIPLES) or b""


@cache
def known() -> bytes:
    return ntriples(CONTEXT)


def check(*files: Path, engine: str = "shifty", context: bytes | None = None) -> Report:
    graph = known() if context is None else context
    return validate_files(files, context=graph, shapes=SHAPE_FILES, engine=engine)


def write(folder: Path, name: str, turtle: str) -> Path:
    path = folder / name
    path.write_text(HEADER + turtle, encoding="utf-8")
    return path


def names(report: Report) -> list[str]:
    return [finding.shape.removeprefix(SHAPES) for finding in report.findings]


# ---- findings


@pytest.mark.parametrize("engine", ENGINES)
def test_a_complete_file_conforms(tmp_path: Path, engine: str) -> None:
    report = check(write(tmp_path, "moc.ttl", MEMORANDUM), engine=engine)
    assert report.conforms
    assert report.findings == ()


@pytest.mark.parametrize("engine", ENGINES)
def test_findings_say_what_is_wrong_where(tmp_path: Path, engine: str) -> None:
    path = write(tmp_path, "faulty.ttl", FAULTY)
    report = check(path, engine=engine)
    assert [(f.file, f.focus_label, f.message) for f in report.findings] == [
        (
            str(path),
            "Memorandum on health",
            "Two parties have the same bilat:partyOrder, 1; number the parties as the title "
            "names them.",
        ),
        (
            str(path),
            "Memorandum on health",
            "An instrument has exactly one type (bilat:instrumentType), a concept of the "
            'instrument-type vocabulary. Found: "MoU".',
        ),
        (
            str(path),
            "party:moc-1",
            "A party acts for one bilat:Country (bilat:onBehalfOf). Found: Kazakhstan "
            "(country:KAZ), Serbia (country:SRB).",
        ),
    ]
    typed = report.findings[1]
    assert typed.severity == "violation"
    assert typed.focus == PREFIXES["instrument"] + "moc"
    assert typed.path == PREFIXES["bilat"] + "instrumentType"
    assert typed.value == '"MoU"'
    assert typed.shape == SHAPES + "instrument-type"
    assert typed.component == SH + "NodeConstraintComponent"
    line = (HEADER + FAULTY).split('"MoU"')[0].count("\n") + 1
    assert (typed.line, typed.column) == (line, len("    bilat:instrumentType ") + 1)


def test_a_message_lists_a_few_values_only(tmp_path: Path) -> None:
    many = " , ".join(f"{n}" for n in range(1, 9))
    report = check(write(tmp_path, "a.ttl", f"party:a bilat:partyOrder {many} ; a bilat:Party ."))
    message = next(f.message for f in report.findings if "place in the title" in f.message)
    assert message.endswith('"5"^^xsd:integer, and 3 more.')


def test_a_warning_sorts_after_violations(tmp_path: Path) -> None:
    report = check(write(tmp_path, "a.ttl", "person:a a bilat:Person ."))
    assert [f.severity for f in report.findings] == ["violation", "warning"]
    assert not report.conforms


@pytest.mark.parametrize("engine", ENGINES)
def test_literals_are_reported_as_written(tmp_path: Path, engine: str) -> None:
    path = write(tmp_path, "a.ttl", 'event:a bilat:onDate "2026-02-27Z"^^xsd:date .')
    (finding,) = check(path, engine=engine).findings
    assert finding.value == f'"2026-02-27Z"^^<{PREFIXES["xsd"]}date>'
    assert finding.message.endswith('Found: "2026-02-27Z"^^xsd:date.')


@pytest.mark.parametrize("engine", ENGINES)
def test_blank_nodes_have_a_name_that_stays(tmp_path: Path, engine: str) -> None:
    path = write(tmp_path, "a.ttl", "[] a bilat:Party . _:x a bilat:Party . [] a bilat:Party .")
    first, second = (check(path, engine=engine) for _ in range(2))
    assert first == second
    focuses = {finding.focus for finding in first.findings}
    assert {focus.rpartition("-")[2] for focus in focuses} == {"1", "2", "3"}
    assert all(finding.file == str(path) for finding in first.findings)


@pytest.mark.parametrize("engine", ENGINES)
def test_blank_nodes_of_a_graph_are_named_by_their_labels(engine: str) -> None:
    (finding,) = validate_graph(ntriples("_:x a bilat:NameRecord ."), SHAPE_FILES, engine)
    assert finding.focus == "https://w3id.org/bilat/.well-known/genid/x"


def test_blank_nodes_of_two_files_stay_apart(tmp_path: Path) -> None:
    texts = ["_:x a bilat:NameRecord .", "_:x a bilat:NameRecord ; bilat:startDate 1 ."]
    paths = [write(tmp_path, f"{n}.ttl", text) for n, text in enumerate(texts)]
    found = [finding.file for finding in check(*paths).findings]
    assert found == [str(paths[0]), str(paths[1]), str(paths[1])]


def test_the_shipped_graph_conforms() -> None:
    parts = ("ontology/vocabularies/*.ttl", "data/reference/*.ttl", "data/sources/*.trig")
    files = [path for part in parts for path in sorted(ROOT.glob(part))]
    assert check(*files, context=b"").to_table() == "no findings\n"


# ---- where


WRONG_VALUES = [
    match.span(1)
    for match in re.finditer(
        r"(?:instrumentType|field|evidence|onBehalfOf|partyOrder|partyInstitution) ([\w:-]+)",
        HEADER + MEMORANDUM,
    )
]


@pytest.mark.parametrize("span", WRONG_VALUES, ids=str)
def test_a_wrong_value_is_pointed_at(tmp_path: Path, span: tuple[int, int]) -> None:
    start, end = span
    text = HEADER + MEMORANDUM
    text = text[:start] + '"""o\nops"""' + text[end:]
    path = tmp_path / "a.ttl"
    path.write_text(text, encoding="utf-8")
    wrong = [f for f in check(path).findings if f.value == '"o\\nops"']
    line, column = text[:start].count("\n") + 1, start - text.rindex("\n", 0, start)
    assert wrong and {(f.line, f.column) for f in wrong} == {(line, column)}
    assert {(f.place.end_line, f.place.end_column) for f in wrong if f.place} == {(line + 1, 7)}


def test_what_the_shape_expects_is_said(tmp_path: Path) -> None:
    text = MEMORANDUM.replace("country:KAZ", "country:KAZ , 7").replace("Order 1", "Order 0")
    found = check(write(tmp_path, "a.ttl", text)).findings
    assert {f.expected for f in found} >= {"at most 1 value", "1 or more"}
    assert "something of class bilat:Country" in {f.expected for f in found}


def test_a_clean_run_loads_nothing_to_tell_places_with(tmp_path: Path) -> None:
    path = write(tmp_path, "moc.ttl", MEMORANDUM)
    (tmp_path / "context.nt").write_bytes(known())
    code = f"""if True:
        import sys
        from pathlib import Path
        from bilat.validate import validate_files
        shapes = sorted(Path({str(ROOT)!r}, "ontology/shapes").glob("*.ttl"))
        context = Path("context.nt").read_bytes()
        report = validate_files([Path({str(path)!r})], context=context, shapes=shapes)
        assert report.to_json() and report.to_text() == "no findings\\n"
        late = {{"lark", "bilat.positions", "bilat.expectations"}}
        print(report.conforms, sorted(late & set(sys.modules)))"""
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert result.stdout == "True []\n", result.stderr


# ---- what the files cause


def test_what_was_wrong_before_is_not_reported(tmp_path: Path) -> None:
    graph = known() + ntriples("party:old a bilat:Party .")
    assert check(write(tmp_path, "moc.ttl", MEMORANDUM), context=graph).conforms


def test_without_files_the_graph_itself_is_reported() -> None:
    assert check().conforms
    report = check(context=known() + ntriples("name:old a bilat:NameRecord ."))
    assert [(f.focus, f.file) for f in report.findings] == [(PREFIXES["name"] + "old", None)]


def test_a_finding_in_the_graph_that_a_file_causes_is_reported(tmp_path: Path) -> None:
    twin = """institution:srb-min-health a bilat:Institution ;
        rdfs:label "Ministry of Health of Serbia"@en ; bilat:country country:SRB ;
        bilat:institutionKind institution-kind:ministry ;
        bilat:evidence passage:2026-02-27-kz-rs-01 ."""
    path = write(tmp_path, "twin.ttl", twin)
    report = check(path)
    assert names(report) == ["institution-duplicate"] * 2
    assert {f.focus.rpartition("/")[2]: f.file for f in report.findings} == {
        "srb-ministry-of-health": None,
        "srb-min-health": str(path),
    }


def test_a_focus_in_two_files_names_both(tmp_path: Path) -> None:
    paths = [write(tmp_path, name, "name:x a bilat:NameRecord .") for name in ("a.ttl", "b.ttl")]
    (finding,) = check(*paths).findings
    assert [finding.file, *(place.file for place in finding.also)] == [str(p) for p in paths]


def test_two_files_complete_each_other(tmp_path: Path) -> None:
    half, rest = MEMORANDUM.split("party:moc-1 a")
    first, second = write(tmp_path, "a.ttl", half), write(tmp_path, "b.ttl", "party:moc-1 a" + rest)
    assert not check(first).conforms
    assert check(first, second).conforms


# ---- files


@pytest.mark.parametrize("suffix", RDF_FORMATS)
def test_every_syntax_gives_the_same_findings(tmp_path: Path, suffix: str) -> None:
    expected = check(write(tmp_path, "faulty.ttl", FAULTY))
    path = tmp_path / f"graph{suffix}"
    quads = ox.parse(HEADER + FAULTY, format=ox.RdfFormat.TURTLE)
    ox.serialize((q.triple for q in quads), output=path, format=RDF_FORMATS[suffix])
    assert [f.cause for f in check(path).findings] == [f.cause for f in expected.findings]


def test_named_graphs_are_merged(tmp_path: Path) -> None:
    path = tmp_path / "graphs.trig"
    parties = MEMORANDUM.split("party:moc-1 a")
    text = f"graph:a {{ {parties[0]} }}\ngraph:b {{ party:moc-1 a {parties[1]} }}"
    path.write_text(HEADER + text, encoding="utf-8")
    assert check(path).conforms


def test_an_extension_in_capitals_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = tmp_path / "MOC.TTL"
    path.write_text(HEADER + MEMORANDUM, encoding="utf-8-sig")
    assert check(path).conforms


@pytest.mark.parametrize("name", ["a.ttl", "a.trig", "a.nt", "a.nq", "a.rdf"])
def test_an_empty_file_conforms(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert check(tmp_path / name).conforms


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.ttl", b"<urn:a> <urn:b> .", r"a\.ttl:1:17: \. is not a valid RDF object"),
        ("a.ttl", b"\n\n ex:a a ex:B .", r"a\.ttl:3:2: The prefix ex: has not been declared"),
        ("a.ttl", b"<urn:a> a <urn:b c> .", r"a\.ttl:1:11: Invalid IRI code point ' '"),
        ("a.ttl", b"<a> a <b> .", r"a\.ttl:1:1: No scheme found in an absolute IRI"),
        ("a.ttl", b'<urn:a> <urn:b> "x"@toolonglanguage .', r"a\.ttl:1:21: A subtag"),
        ("a.ttl", "<urn:č>".encode("iso-8859-2"), r"a\.ttl:1:6: the byte"),
        ("a.ttl", 'š\n š "'.encode() + b"\xff", r"a\.ttl:2:5: the byte 0xff is not UTF-8"),
        ("a.ttl", (HEADER + MEMORANDUM).encode("utf-16"), r"a\.ttl:1:1: the byte 0xff is not UTF"),
        ("a.ttl", b"<urn:a> <urn:b> " + b"[" * 100_000, r"a\.ttl:1:\d+: "),
        (
            "a.ttl",
            b"<urn:a> <urn:b> <<( <urn:a> <urn:b> <urn:c> )>> .",
            r"a\.ttl: has triple terms",
        ),
        ("a.nq", b"<urn:a> <urn:b>", r"a\.nq:1:\d+: "),
        ("a.jsonld", b"", r"a\.jsonld:1:1: Unexpected end of file"),
        ("a.jsonld", b'{"@id":', r"a\.jsonld:1:8: Unexpected end of file"),
        ("a.jsonld", b'{"@context": "https://example.org/c", "@id": "urn:a"}', r"a\.jsonld:1:2: "),
        ("a.jsonld", b'{"urn:a":' * 9000 + b"1" + b"}" * 9000, r"a\.jsonld: is nested more than"),
        ("a.rdf", b"<rdf:RDF>", r"a\.rdf:1:1: unbound prefix"),
        ("a.csv", b"a,b", r"a\.csv: unknown kind of file '\.csv'; known are \.ttl, \.trig, \.nt"),
        ("README", b"", r"README: unknown kind of file ''"),
    ],
)
def test_an_unreadable_file_is_an_error_and_the_others_are_checked(
    tmp_path: Path, name: str, content: bytes, error: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableError):
        read_rdf(tmp_path / name)
    other = write(tmp_path, "faulty.ttl", FAULTY)
    found, *others = check(tmp_path / name, other).findings
    assert found.severity == "error" and not check(tmp_path / name).conforms
    assert re.search(error, f"{found.place}: {found.message}")
    assert others == list(check(other).findings)
    assert check(tmp_path / name).findings == (found,), "alone, the same is said of it"


def test_a_missing_file_and_a_directory_are_errors(tmp_path: Path) -> None:
    (tmp_path / "folder.ttl").mkdir()
    report = check(tmp_path / "none.ttl", tmp_path / "folder.ttl")
    assert [(f.file, f.component, f.message[:14]) for f in report.findings] == [
        (str(tmp_path / name), "file", "cannot be read") for name in ("folder.ttl", "none.ttl")
    ]


# ---- shapes and engines

BROKEN_QUERY = f"""@prefix sh: <{SH}> .
<urn:s> a sh:NodeShape ; sh:targetNode <urn:a> ;
    sh:sparql [ sh:select "SELECTED $this WHERE {{ ?s ?p ?o }}" ] ."""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("content", ["no turtle", BROKEN_QUERY])
def test_unusable_shapes_are_refused(tmp_path: Path, engine: str, content: str) -> None:
    shapes = tmp_path / "shapes.ttl"
    shapes.write_text(content)
    with pytest.raises(InputError, match=r"the shapes cannot be used|validation cannot run"):
        validate_graph(known(), [shapes], engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_data_that_is_no_ntriples_is_refused(engine: str) -> None:
    for data in (b"no triples", b"_:a no triples"):
        with pytest.raises(InputError, match=r"validation cannot run|the graph cannot be read"):
            validate_graph(data, SHAPE_FILES, engine)


def test_a_missing_shape_file_and_an_unknown_engine_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.ttl: cannot be read"):
        validate_graph(b"", [tmp_path / "none.ttl"])
    with pytest.raises(InputError, match="no engine is called 'topbraid'; there are shifty and py"):
        validate_graph(b"", SHAPE_FILES, "topbraid")


@pytest.mark.parametrize(
    "shape",
    [
        "<urn:s> a sh:NodeShape ; sh:targetNode <urn:a> ;"
        " sh:property [ sh:path <urn:p> ; sh:minCount 1 ] .",
        "<urn:s> a sh:NodeShape ; sh:targetNode <urn:a> ; sh:property <urn:q> ."
        " <urn:q> sh:path [ sh:inversePath <urn:p> ] ; sh:minCount 1 ; sh:severity sh:Info .",
    ],
)
def test_shapes_of_others_may_use_blank_nodes(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "own.ttl"
    path.write_text(HEADER + shape)
    fast, slow = (validate_graph(b"", [path], engine) for engine in ENGINES)
    assert [replace(f, message="") for f in fast] == [replace(f, message="") for f in slow]
    assert [finding.focus for finding in fast] == ["urn:a"]


def test_importing_and_the_fast_engine_leave_rdflib_alone() -> None:
    code = (
        "import sys; from pathlib import Path; import bilat.validate as v;"
        "assert not {'rdflib', 'pyshacl', 'shifty'} & set(sys.modules);"
        f"v.validate_graph(b'', [Path({str(SHAPE_FILES[0])!r})]);"
        "assert not {'rdflib', 'pyshacl'} & set(sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_pyshacl_leaves_rdflib_as_it_was() -> None:
    import rdflib

    validate_graph(known(), SHAPE_FILES, "pyshacl")
    assert rdflib.NORMALIZE_LITERALS


# ---- hostile input


@pytest.mark.parametrize("engine", ENGINES)
def test_odd_terms_give_the_same_findings(tmp_path: Path, engine: str) -> None:
    odd = r"""
        passage:p a bilat:Passage ; oa:hasSelector "text" , "text"@en , true ;
            oa:hasSource source:d .
        source:d a bilat:SourceDocument ; dct:identifier "a(b[" .
        instrument:i a bilat:Instrument ; bilat:listPosition 99999999999999999999 ;
            bilat:titleAsQuoted "\u202E\u200F{?value} <urn:x>"@en ; bilat:level "" .
        country:XXX a bilat:Country ; bilat:iso3166alpha3 <urn:z> .
    """
    path = write(tmp_path, "odd.ttl", odd)
    assert check(path, engine=engine) == check(path)
    assert not check(path).conforms


def test_a_huge_literal_is_cut_in_texts_and_kept_in_json(tmp_path: Path) -> None:
    huge = "x" * 1_000_000
    path = write(tmp_path, "huge.ttl", MEMORANDUM.replace("field:health", f'"{huge}"'))
    report = check(path)
    assert names(report) == ["instrument-field"]
    assert len(report.findings[0].message) < 300
    assert len(report.to_table(width=100)) < 2000
    assert huge in report.to_json()


def test_a_huge_quote_is_cut_in_its_message(tmp_path: Path) -> None:
    quote = f"""passage:2026-02-27-kz-rs-02 a bilat:Passage ; bilat:line 1 ;
        oa:hasSource source:2026-02-27-kz-rs ; oa:hasSelector passage:2026-02-27-kz-rs-02-selector .
        passage:2026-02-27-kz-rs-02-selector a oa:TextQuoteSelector , oa:TextPositionSelector ;
            oa:exact "{"x" * 100_000}" ; oa:start 0 ; oa:end 9 ."""
    (finding,) = check(write(tmp_path, "a.ttl", quote)).findings
    assert "100000 code points" in finding.message
    assert len(finding.message) < 300


# ---- order


@settings(max_examples=examples(25), deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_triples_does_not_matter(shuffler: random.Random) -> None:
    lines = (known() + ntriples(FAULTY)).splitlines(keepends=True)
    expected = validate_graph(b"".join(lines), SHAPE_FILES)
    assert len(expected) == 3
    shuffler.shuffle(lines)
    assert validate_graph(b"".join(lines + lines[:5]), SHAPE_FILES) == expected


texts = st.sampled_from(["", "a", "b"])
maybe = st.none() | texts
findings = st.builds(
    Finding,
    *(st.sampled_from(["error", "violation", "warning", "info"]), texts, texts, maybe, maybe),
    *(texts, texts, texts, st.none() | st.builds(Place, texts, st.integers(0, 2))),
)


@given(st.lists(findings, max_size=6), st.randoms(use_true_random=False))
def test_findings_have_one_order(items: list[Finding], shuffler: random.Random) -> None:
    expected = [f.message for f in sorted(items)]
    shuffler.shuffle(items)
    assert [f.message for f in sorted(items)] == expected
    ranks = [("error", "violation", "warning", "info").index(f.severity) for f in sorted(items)]
    assert ranks == sorted(ranks)


# ---- reports


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return check(write(tmp_path_factory.mktemp("report"), "faulty.ttl", FAULTY))


def test_json_has_every_field(report: Report) -> None:
    body = json.loads(report.to_json())
    assert body["conforms"] is False
    own = ("severity", "focus", "focus_label", "path", "value", "message", "shape", "component")
    places = ("file", "line", "column")
    for written, finding in zip(body["findings"], report.findings, strict=True):
        assert {name: written[name] for name in own + places} == {
            name: getattr(finding, name) for name in own + places
        }


def test_turtle_is_a_validation_report(report: Report) -> None:
    quads = {(q.subject, q.predicate.value.removeprefix(SH)): q.object for q in parsed(report)}
    assert quads[ox.BlankNode("report"), "conforms"] == ox.Literal(False)
    for number, finding in enumerate(report.findings, 1):
        node = ox.BlankNode(f"result{number}")
        assert quads[node, "focusNode"] == ox.NamedNode(finding.focus)
        assert quads[node, "resultSeverity"] == ox.NamedNode(SH + "Violation")
        assert quads[node, "resultMessage"] == ox.Literal(finding.message)
        assert quads[node, "sourceShape"] == ox.NamedNode(finding.shape)
    assert quads[ox.BlankNode("result2"), "value"] == ox.Literal("MoU")
    assert (ox.BlankNode("result3"), "value") not in quads


def parsed(report: Report) -> list[ox.Quad]:
    return list(ox.parse(report.to_turtle(), format=ox.RdfFormat.TURTLE))


def test_outputs_are_the_same_each_time(report: Report) -> None:
    shuffled = report.findings[::-1]
    again = Report(tuple(sorted(shuffled)))
    assert again.to_turtle() == report.to_turtle()
    assert again.to_json() == report.to_json()


def test_table_is_wrapped_and_counted(report: Report) -> None:
    assert report.to_table().endswith("\n\n3 violations\n")
    row = next(line for line in report.to_table().splitlines() if '"MoU"' in line)
    assert "Memorandum on health (instrument:moc)" in row and "bilat:instrumentType" in row
    assert max(map(len, report.to_table(width=110).splitlines())) <= 110


def test_the_table_names_the_place() -> None:
    finding = Finding(
        "warning", "urn:a", "urn:a", None, "urn:a", "Look.", "", "", Place("a.ttl", 3, 5)
    )
    lines = Report((finding,)).to_table().splitlines()
    assert lines[0].split() == ["severity", "file", "focus", "path", "value", "message"]
    assert lines[2].split() == ["warning", "a.ttl:3:5", "urn:a", "urn:a", "Look."]


def test_nothing_found_is_said() -> None:
    assert Report().to_table() == "no findings\n"
    assert json.loads(Report().to_json()) == {"conforms": True, "findings": []}
    assert {q.predicate.value for q in parsed(Report())} == {
        PREFIXES["rdf"] + "type",
        SH + "conforms",
    }
