"""Places of triples: exact for every triple that the engine reads, in every syntax."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import cast

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilat.errors import UnreadableError
from bilat.files import GENID, read_rdf, read_utf8
from bilat.findings import Finding, Place, text_of
from bilat.namespaces import PREFIXES
from bilat.positions import READERS, locate
from bilat.positions.syntax import unreadable

ROOT = Path(__file__).parents[1]
FILES = [
    *sorted(ROOT.glob("data/sources/*.trig")),
    *sorted(ROOT.glob("data/reference/*.ttl")),
    *sorted(ROOT.glob("ontology/**/*.ttl")),
]
RDF = PREFIXES["rdf"]

TRICKY = Path(__file__).parent / "positions"

LINES = """<urn:a> <urn:p> "x" .
# a comment

  <urn:a>\t<urn:p>  "\\u00e9 \\" . <urn:no>"@en-GB <urn:g> . # more
_:b <urn:p> _:c .
<urn:\\u0061> <urn:p> "1"^^<urn:t> .
_:c<urn:p><urn:b><urn:g>.
"""


def places(path: Path) -> list[tuple[tuple[str, str, str], tuple[str, str, str]]]:
    """Each triple of the file with the text at its places."""
    data = read_utf8(path)
    text = READERS[path.suffix](data)
    found = []
    for stated in text.find({text_of(quad.subject) for quad in read_rdf(path)}, set()):
        spans = text.spans(stated.where)
        assert spans
        written = (data[span.start : span.end].decode() for span in spans)
        found.append((stated[:3], cast("tuple[str, str, str]", tuple(written))))
    return found


def stands_for(written: str, term: str, prologue: str) -> bool:
    """Whether a reader takes the text for the term."""
    if term.startswith(GENID):
        return True  # compared by the order of all triples
    if written in ("a", ")", "("):
        return term == {"a": RDF + "type"}.get(written, RDF + "nil") or term.startswith(RDF)
    if term in (RDF + "first", RDF + "rest"):
        return True  # written by a bracket or nothing
    (quad,) = ox.parse(f"{prologue}<urn:s> <urn:p> {written} .", format=ox.RdfFormat.TURTLE)
    return text_of(quad.object) == term


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_triple_of_the_shipped_files_has_its_place(path: Path) -> None:
    prologue = "\n".join(re.findall(r"^@prefix .*\.$", path.read_text("utf-8"), re.MULTILINE))
    check_all(path, prologue + "\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.nq", LINES),
        ("a.nt", LINES.replace(" <urn:g> .", " .").replace("<urn:g>.", ".")),
    ],
)
def test_every_triple_of_tricky_lines_has_its_place(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    check_all(tmp_path / name, "")


@pytest.mark.parametrize("name", ["tricky.ttl", "tricky.trig"])
def test_every_triple_of_a_tricky_text_has_its_place(name: str) -> None:
    head = (TRICKY / name).read_text("utf-8").split(":a :p")[0].split(":s :p")[0]
    check_all(TRICKY / name, head)


def check_all(path: Path, prologue: str) -> None:
    found = places(path)
    read = [(text_of(q.subject), q.predicate.value, text_of(q.object)) for q in read_rdf(path)]
    assert found and [triple for triple, _ in found] == read
    for triple, written in found:
        for term, text in zip(triple, written, strict=True):
            own = prologue.replace("urn:x:", "urn:y:") if "urn:y:" in term else prologue
            assert stands_for(text, term, own), (text, term)


def test_blank_nodes_and_cells_of_lists_are_told_apart_by_their_brackets(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text('@prefix : <urn:> .\n[ :p 1 ] :q ( "x" [ :p 2 ] ) .\n_:b :p [] .')
    numbered = [
        (re.sub(f"{GENID}.*-", "_:", subject), predicate.rpartition(":")[2], *written)
        for (subject, predicate, _), written in places(path)
    ]
    assert numbered == [
        ("_:1", "p", "[", ":p", "1"),
        ("_:1", "q", "[", ":q", "("),
        ("_:2", f"{RDF}rest".rpartition(":")[2], '"x"', '"x"', "["),
        ("_:2", f"{RDF}first".rpartition(":")[2], '"x"', '"x"', '"x"'),
        ("_:4", "p", "[", ":p", "2"),
        ("_:3", f"{RDF}first".rpartition(":")[2], "[", "[", "["),
        ("_:3", f"{RDF}rest".rpartition(":")[2], "[", "[", ")"),
        ("_:5", "p", "_:b", ":p", "["),
    ]


# ---- known positions: the token between ‹ and › is the one to be pointed at

KNOWN = [
    ("a.ttl", "ex:s ex:p ‹ex:o› .", "value"),
    ("a.ttl", "ex:s ex:n 1 ;\r\n\tex:p ex:x ,\r\n\t  ‹ex:o› .", "value"),
    ("a.ttl", "ex:s a ‹ex:T› .", "type"),
    ("a.ttl", "ex:s ‹ex:p› 1 , 2 .", "path"),
    ("a.ttl", 'ex:x ex:y """\n\n""" .\nex:x ex:z 1 . ‹ex:s› ex:y 1 .', "missing"),
    ("a.ttl", "ex:s ex:y 1 .\n<urn:e:x> ex:y 1 .\n‹<urn:e:s>› a ex:T .", "missing"),
    ("a.ttl", "ex:s ex:y ( 1 [ ex:z 2 ] ) ; ex:p ( 3 ) , # ex:o\n ‹ex:o› .", "value"),
    ("a.ttl", 'ex:s ex:y "čš😀" , ‹"""a\n b"""› .', '"a\\n b"'),
    ("a.ttl", "ex:x ex:y [ ex:y 1 ; ex:z [ ex:p ‹ex:o› ] ] .", "value of 2"),
    ("a.ttl", "ex:x ex:y [ ex:y 1 ; ex:z ‹[› ex:y ex:o ] ] .", "missing of 2"),
    ("a.trig", "graph ex:g { ex:x a ex:T .\n ex:s ex:p 1 ; ex:p ‹ex:o› }", "value"),
    ("a.trig", "ex:g { ex:s ex:y 1 }\nex:h { ‹ex:s› a ex:T }", "missing"),
    ("a.nq", "<urn:e:x> <urn:e:p> <urn:e:o> .\n<urn:e:s> <urn:e:p> ‹<urn:e:o>› <urn:g> .", "value"),
    ("a.nt", '<urn:e:s> <urn:e:y> "č" .\n<urn:e:s> ‹<urn:e:p>› "č" .', "path"),
    ("a.nt", "<urn:e:s> <urn:e:y> <urn:a> .\n‹<urn:e:s>› <TYPE> <urn:e:T> .", "missing"),
    ("a.nt", "_:x <urn:e:y> _:z .\n_:z <urn:e:p> ‹<urn:e:o>› .", "value of 2"),
    ("a.jsonld", '{"@id": "urn:e:s", "urn:e:p": [{"@id": "urn:x"}, {"@id": ‹"urn:e:o"›}]}',
     "value"),
    ("a.jsonld", '[{"@id": "urn:e:s",\n "@type": ["urn:e:U", ‹"urn:e:T"›]}]', "type"),
    ("a.jsonld", '{"@id": "urn:e:s", ‹"urn:e:p"›: [1, 2]}', "path"),
    ("a.jsonld", '{"@graph": [{"@id": "urn:e:s", "urn:e:y": 1},\n{"@type": "urn:e:T",'
     ' "@id": ‹"urn:e:s"›}]}', "missing"),
    ("a.jsonld", '{"@context": {"id": "@id", "p": "urn:e:p", "s": {"@id": "urn:e:y", "@type":'
     ' "@id"}, "n": {"@id": "urn:e:n", "@container": "@language"}}, "@graph": [{"id": "urn:e:s",'
     '\n"n": {"en": "č", "de": "x"}, "p": {"id": ‹"urn:e:o"›, "p": {"id": "urn:e:o"}}}]}', "value"),
    ("a.jsonld", '{"@id": "urn:e:x", "urn:e:y": {"urn:e:p": 1, "urn:e:z":\n{"urn:e:p":'
     ' {"@id": ‹"urn:e:o"›}}}}', "value of 2"),
    ("a.jsonld", '{"@id": "urn:e:x", "urn:e:y": {"urn:e:p": 1, "urn:e:z":\n ‹{›"urn:e:y":'
     ' {"@id": "urn:e:o"}}}}', "missing of 2"),
    ("a.jsonld", '{"@id": "urn:e:s", "urn:e:p": {"@list": [1, ‹"x"›, {"@value": 3}]}}',
     "cell of 2"),
]  # fmt: skip


def finding(
    focus: str = "urn:e:s", path: str | None = "urn:e:p", value: str | None = None
) -> Finding:
    return Finding("violation", focus, "", path, value, "", "", "")


def blank(path: Path, number: int) -> str:
    """The name that the reader gives to the blank node of that number."""
    nodes = {text_of(node) for q in read_rdf(path) for node in (q.subject, q.object)}
    return next(node for node in nodes if node.startswith(GENID) and node.endswith(f"-{number}"))


@pytest.mark.parametrize(("name", "text", "what"), KNOWN)
def test_known_positions(name: str, text: str, what: str, tmp_path: Path) -> None:
    before, _, rest = text.partition("‹")
    token, _, after = rest.partition("›")
    header = "@prefix ex: <urn:e:> .\n" if name in ("a.ttl", "a.trig") else ""
    path = tmp_path / name
    path.write_bytes((header + before + token + after).replace("TYPE", RDF + "type").encode())
    kind, _, number = what.partition(" of ")
    focus = blank(path, int(number)) if number else "urn:e:s"
    given = {
        "value": finding(focus, "urn:e:p", "urn:e:o"),
        "type": finding(focus, RDF + "type", "urn:e:T"),
        "path": finding(focus, "urn:e:p"),
        "missing": finding(focus, "urn:e:p"),
        "cell": finding(focus, RDF + "first", '"x"'),
    }.get(kind, finding(focus, "urn:e:y", kind))
    (found,) = locate([given], [path])
    place = found.place
    assert place
    line = (header + before).count("\n") + 1
    column = len((header + before).rpartition("\n")[2]) + 1
    assert (place.line, place.column) == (line, column)
    assert place.excerpt.startswith((header + before).rpartition("\n")[2] + token.split("\n")[0])
    if "\n" not in token:
        assert (place.end_line, place.end_column) == (line, column + len(token))


def test_rdf_xml_names_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.rdf"
    quad = ox.Triple(ox.NamedNode("urn:e:s"), ox.NamedNode("urn:e:p"), ox.Literal("x"))
    ox.serialize([quad], output=path, format=ox.RdfFormat.RDF_XML)
    (found,) = locate([finding(value='"x"')], [path])
    assert found.place == Place(str(path))


def test_the_place_of_a_triple_does_not_depend_on_where_its_subject_is(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text("<urn:e:s> a <urn:e:T> .")
    (tmp_path / "b.ttl").write_text("<urn:e:s>\n <urn:e:p> 1 .")
    (tmp_path / "c.nt").write_text('<urn:e:s> <urn:e:p> "2" .')
    files = [tmp_path / name for name in ("a.ttl", "b.ttl", "c.nt")]
    (value,) = locate([finding(value='"2"')], files)
    assert str(value.place) == f"{files[2]}:1:21"
    (path,) = locate([finding()], files)
    assert (str(path.place), *map(str, path.also)) == (f"{files[1]}:2:2", f"{files[2]}:1:11")
    (missing,) = locate([finding(path="urn:e:q")], files[::-1])
    assert (str(missing.place), missing.also) == (f"{files[0]}:1:1", ())


def test_a_node_that_is_no_subject_is_pointed_at_where_it_is_a_value(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text('<urn:e:x> <urn:e:p> <urn:e:s> , "lone" .')
    found = locate([finding(), finding('"lone"', None, '"lone"'), finding("urn:none")], [path])
    columns = {one.focus: one.column for one in found}
    assert columns == {"urn:e:s": 21, '"lone"': 33, "urn:none": None}


def test_what_is_read_from_a_table_names_its_row(tmp_path: Path) -> None:
    bilat, oa = PREFIXES["bilat"], PREFIXES["oa"]
    path = tmp_path / "a.nq"
    path.write_text(
        f"""<urn:e:s> <{bilat}evidence> <urn:row> <urn:g> .
<urn:row> <{bilat}rowNumber> "17"^^<{PREFIXES["xsd"]}integer> <urn:g> .
<urn:row> <{oa}hasSource> <urn:table> <urn:g> .
<urn:table> <{bilat}fileName> "treaties.csv" <urn:g> .
<urn:e:t> <{bilat}evidence> <urn:bad> <urn:g> .
<urn:bad> <{bilat}rowNumber> "x" <urn:g> .
<urn:bad> <{oa}hasSource> <urn:table> <urn:g> .
"""
    )
    found = locate([finding(), finding("urn:e:t")], [path])
    assert [one.row for one in found] == [("treaties.csv", 17), None]


def test_a_long_line_is_not_kept_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.nt"
    path.write_text(f'<urn:e:s> <urn:e:p> "{"š" * 5000}" .\n<urn:e:s> <urn:e:q> "y" .')
    (found,) = locate([finding()], [path])
    assert found.place and found.place.column == 11 and len(found.place.excerpt) < 1000
    text = json.dumps({"@id": "urn:e:s", "urn:e:q": "é" * 5000, "urn:e:p": "y"}, ensure_ascii=False)
    (tmp_path / "a.jsonld").write_text(text, encoding="utf-8")
    (found,) = locate([finding(value='"y"')], [tmp_path / "a.jsonld"])
    place = found.place
    assert place and place.column == text.index('"y"') + 1 and len(place.excerpt) < 1000
    assert place.excerpt[place.column - place.excerpt_column :].startswith('"y"')


# ---- violations at random places

WORDS = st.text("aé😀ж.;{}#'\\ ", max_size=4)
NAMES = st.sampled_from(["ex:a", "ex:é.b", "<urn:e:c>", "ex:d\\,e"])
PLAIN = st.sampled_from(["1", "-.5", "2e3", "true", "'t'@en", '"x"^^ex:t', "()", "[]", "_:b"])
BLANKS = st.sampled_from([" ", "\n", "\t ", " # a . comment { \n", "\r\n  "])
LONG = WORDS.map(lambda text: f'"""{text}\n"{text}'.replace("\\", "\\\\") + ' """')


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(NAMES, inner).map(" ".join)
    node = st.lists(pairs, min_size=1, max_size=3).map(lambda p: f"[ {' ; '.join(p)} ]")
    return node | st.lists(inner, max_size=3).map(lambda items: f"( {' '.join(items)} )")


OBJECTS = st.recursive(NAMES | PLAIN | LONG, nested, max_leaves=6)
STATEMENT = st.tuples(NAMES, NAMES, st.lists(OBJECTS, min_size=1, max_size=3))


def written(statement: tuple[str, str, list[str]], gap: str) -> str:
    subject, predicate, objects = statement
    return f"{subject}{gap}{predicate} {f'{gap}, '.join(objects)}{gap}"


SHAPES = ["{}", "1 , {}", "[] , {} , 2", "( 1 ) , {}", "'x'@en , {}", '"""\n""" , {}']
WRONG = st.sampled_from(["ex:wrong", "<urn:e:wrong>", '"wrong"', "'''wrong'''", '"wr\\u006fng"'])


@given(data=st.data())
def test_a_violation_placed_at_random_is_found_there(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    gap = data.draw(BLANKS)
    before, after = (
        [written(one, gap) for one in data.draw(st.lists(STATEMENT, max_size=5))] for _ in range(2)
    )
    token, shape = data.draw(WRONG), data.draw(st.sampled_from(SHAPES))
    holder = data.draw(st.sampled_from(["ex:s ex:p {}", "ex:x ex:y [ ex:z 1 ; ex:p {} ]"]))
    head, tail = holder.replace("{}", shape.replace("{}", "‹›")).split("‹›")
    in_graph = data.draw(st.booleans())
    opening, closing = (f"ex:g{gap}{{{gap}", "}") if in_graph else ("", "")
    start = "@prefix ex: <urn:e:> .\n" + opening + "".join(f"{one}.\n" for one in before) + head
    text = start + token + tail + gap + "." + "".join(f"\n{one}." for one in after) + closing
    path = tmp_path_factory.mktemp("random") / "a.trig"
    path.write_bytes(text.encode())
    (focus, value) = next(
        (text_of(q.subject), text_of(q.object))
        for q in read_rdf(path)
        if "wrong" in text_of(q.object)
    )
    (found,) = locate([finding(focus, "urn:e:p", value)], [path])
    assert (found.line, found.column) == (start.count("\n") + 1, len(start.rpartition("\n")[2]) + 1)


JSON_VALUES = st.recursive(
    st.integers(0, 9) | st.booleans() | WORDS | st.just({"@id": "urn:e:o"}),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["urn:e:a", "urn:e:b", "urn:e:c"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
JSON_NODES = st.dictionaries(st.sampled_from(["urn:e:a", "urn:e:b"]), JSON_VALUES, max_size=2)


@given(
    nodes=st.lists(JSON_NODES, max_size=3),
    own=JSON_NODES,
    at=st.integers(0, 3),
    indent=st.sampled_from([None, 1]),
)
def test_a_violation_placed_at_random_in_json_is_found_there(
    nodes: list[dict[str, object]],
    own: dict[str, object],
    at: int,
    indent: int | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    inner = {**own, "urn:e:p": [1, {"@id": "urn:e:wrong"}, own]}
    nodes = [*nodes[:at], {"urn:e:z": inner}, *nodes[at:]]
    text = json.dumps({"@graph": nodes}, indent=indent, ensure_ascii=False)
    path = tmp_path_factory.mktemp("random") / "a.jsonld"
    path.write_text(text, encoding="utf-8")
    focus = next(text_of(q.subject) for q in read_rdf(path) if "wrong" in text_of(q.object))
    (found,) = locate([finding(focus, "urn:e:p", "urn:e:wrong")], [path])
    start = text.index('"urn:e:wrong"')
    line, column = text[:start].count("\n") + 1, len(text[:start].rpartition("\n")[2]) + 1
    assert (found.line, found.column) == (line, column)


# ---- what cannot be read

WRONG_TEXTS = [
    ("a.ttl", "<urn:a> <urn:b> 1\n<urn:c> <urn:d> 2 .", (2, 1), "“,”, “.” or “;”"),
    ("a.ttl", "<urn:a> <urn:b> .", (1, 17), "an IRI in <…>, a prefixed name, a blank node, a "
     "literal, a number, true or false, “(” or “[”"),
    ("a.ttl", "bilat:a a 1 .", (1, 1), "a declaration before it: @prefix bilat: "
     "<https://w3id.org/bilat/ns#> ."),
    ("a.ttl", "<urn:a> <urn:b>\n 'x .", (2, 2), "the quotation mark that ends the text"),
    ("a.ttl", "<urn:a> <urn:b> [ <urn:c> 1 .", (1, 29), "“,”, “;” or “]”"),
    ("a.trig", "<urn:g> { <urn:a> <urn:b> 1 ", (1, 29), "“,”, “.”, “;” or “}”"),
    ("a.nq", "<urn:a> <urn:b> .\n", (1, 17), "an IRI in <…>, a blank node or a literal"),
    ("a.nt", "<urn:a> <urn:b> <urn:c>\n<urn:a> <urn:b> 1 .", (1, 24), "“.” at the end of the line"),
    ("a.jsonld", '{"@id": "urn:a",\n "urn:b" 5}', (2, 10), "“:”"),
    ("a.jsonld", '{"@id": "urn:a",\n "urn:b": 5,}', (2, 13), "a name in quotation marks"),
    ("a.jsonld", '{"@id": "urn:a",\n "urn:b": {"@id": 5}}', (2, 12), ""),
    ("a.rdf", "<a>\n<b></a>", (2, 6), ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "place", "expected"), WRONG_TEXTS)
def test_what_cannot_be_read_is_shown_with_what_was_expected(
    name: str, text: str, place: tuple[int, int], expected: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(UnreadableError) as caught:
        read_rdf(path)
    found = unreadable(caught.value)
    assert (found.line, found.column) == place
    assert found.place and found.place.excerpt == text.split("\n")[place[0] - 1]
    assert found.expected == expected
