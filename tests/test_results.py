"""Rows and triples: values, formats, conversions."""

from __future__ import annotations

import csv
import datetime
import io
import json

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from bilat.errors import InputError
from bilat.namespaces import PREFIXES
from bilat.results import ROW_FORMATS, Rows, Triples, table, to_python
from bilat.store import EmbeddedStore

XSD = PREFIXES["xsd"]


def typed(value: str, datatype: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode(XSD + datatype))


@pytest.mark.parametrize(
    ("term", "value"),
    [
        (None, None),
        (ox.NamedNode("http://a/b"), "http://a/b"),
        (ox.Literal("a"), "a"),
        (ox.Literal("a", language="en"), "a"),
        (typed("7", "integer"), 7),
        (typed("0.5", "decimal"), 0.5),
        (typed("true", "boolean"), True),
        (typed("2026-02-27", "date"), datetime.date(2026, 2, 27)),
        (typed("27 February", "date"), "27 February"),
        (typed("many", "integer"), "many"),
        (typed("1_000", "integer"), "1_000"),
        (typed("7", "positiveInteger"), 7),
        (typed("2026", "gYear"), "2026"),
    ],
)
def test_terms_become_plain_values(term: ox.Literal | None, value: object) -> None:
    assert to_python(term) == value


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
literals = st.builds(ox.Literal, texts) | st.builds(
    ox.Literal, texts, language=st.sampled_from(["en", "kk"])
)
grids = st.lists(st.tuples(literals, st.none() | literals), max_size=5)


def by_engine(
    rows: list[tuple[ox.Literal, ox.Literal | None]], format: ox.QueryResultsFormat
) -> bytes:
    """The same rows, written by Oxigraph."""
    values = " ".join(f"({a} {b or 'UNDEF'})" for a, b in rows)
    result = ox.Store().query(f"SELECT ?a ?b {{ VALUES (?a ?b) {{ {values} }} }}")
    assert isinstance(result, ox.QuerySolutions)
    written = result.serialize(format=format)
    assert written is not None
    return written


@given(grids)
def test_json_is_what_the_engine_writes(grid: list[tuple[ox.Literal, ox.Literal | None]]) -> None:
    ours = json.loads(Rows(["a", "b"], grid).to_text("json"))
    assert ours == json.loads(by_engine(grid, ox.QueryResultsFormat.JSON))


@given(grids)
def test_csv_is_what_the_engine_writes(grid: list[tuple[ox.Literal, ox.Literal | None]]) -> None:
    ours = list(csv.reader(io.StringIO(Rows(["a", "b"], grid).to_text("csv"), newline="")))
    theirs = by_engine(grid, ox.QueryResultsFormat.CSV).decode()
    assert ours == list(csv.reader(io.StringIO(theirs, newline="")))


@given(grids)
def test_tsv_is_read_back_by_the_engine(grid: list[tuple[ox.Literal, ox.Literal | None]]) -> None:
    text = Rows(["a", "b"], grid).to_text("tsv")
    back = ox.parse_query_results(text, format=ox.QueryResultsFormat.TSV)
    assert isinstance(back, ox.QuerySolutions)
    assert [tuple(solution) for solution in back] == grid


def test_a_table_for_people_shows_labels_and_short_names() -> None:
    rows = Rows(
        ["country", "countryLabel", "kind"],
        [
            [
                ox.NamedNode(PREFIXES["country"] + "SRB"),
                ox.Literal("Serbia", language="en"),
                ox.NamedNode(PREFIXES["institution-kind"] + "ministry"),
            ]
        ],
    )
    assert rows.to_text().splitlines() == [
        "country  kind",
        "───────  ─────────────────────────",
        "Serbia   institution-kind:ministry",
        "1 row",
    ]
    assert rows.to_text("markdown").splitlines()[2] == "| Serbia | institution-kind:ministry |"
    assert "<td>Serbia</td>" in rows._repr_html_()


def test_what_has_no_label_is_shown_by_its_short_name() -> None:
    serbia = ox.NamedNode(PREFIXES["country"] + "SRB")
    assert "country:SRB" in Rows(["it", "itLabel"], [[serbia, None]]).to_text()


def test_hostile_text_acts_on_no_terminal_and_no_page() -> None:
    evil = ox.Literal("a\x1b[2J\u202eb<script>|")
    rows = Rows(["x"], [[evil]])
    assert "\x1b" not in rows.to_text() and "\u202e" not in rows.to_text()
    assert "<script>" not in rows._repr_html_()
    assert "\\|" in rows.to_text("markdown")


@given(
    st.lists(st.lists(st.text("ab ", max_size=40), min_size=2, max_size=2), min_size=1, max_size=4),
    st.integers(30, 60),
)
def test_a_wrapped_table_stays_within_its_width(lines: list[list[str]], width: int) -> None:
    assert all(len(line) <= width for line in table(["a", "b"], lines, width).split("\n"))


def test_rows_become_frames() -> None:
    rows = Rows(["a", "n"], [[ox.Literal("x"), typed("1", "integer")], [ox.Literal("y"), None]])
    assert rows[0].a == "x" and rows[1].n is None
    assert rows.to_pandas()["a"].tolist() == ["x", "y"]
    assert rows.to_polars()["n"].to_list() == [1, None]


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(InputError, match=", ".join(ROW_FORMATS)):
        Rows(["a"], []).to_text("xlsx")
    with pytest.raises(InputError, match="turtle, trig"):
        Triples([]).to_text("xlsx")


@given(grids)
def test_turtle_holds_the_rows(grid: list[tuple[ox.Literal, ox.Literal | None]]) -> None:
    graph = rdflib.Graph().parse(data=Rows(["a", "b"], grid).to_text("turtle"), format="turtle")
    query = """
    PREFIX rs: <http://www.w3.org/2001/sw/DataAccess/tests/result-set#>
    SELECT ?a ?b {
      [] rs:solution ?row . ?row rs:index ?index ; rs:binding [ rs:variable "a" ; rs:value ?a ]
      OPTIONAL { ?row rs:binding [ rs:variable "b" ; rs:value ?b ] }
    } ORDER BY ?index
    """
    found = [(str(a), None if b is None else str(b)) for a, b in graph.query(query)]  # type: ignore[misc]
    assert found == [(a.value, b.value if b else None) for a, b in grid]


days = st.dates(datetime.date(1000, 1, 1)).map(lambda day: typed(day.isoformat(), "date"))
numbers = st.integers(-20, 20).map(lambda number: typed(str(number), "integer"))
odd = st.sampled_from(
    [typed("many", "integer"), typed("0.5", "decimal"), typed("2026-13-01", "date"),
     typed("-0001-01-01", "date"), typed("2026-01-01Z", "date"), typed("x", "boolean"),
     ox.Literal("é", language="fr")]
)  # fmt: skip
iris = st.text("abé/", max_size=3).map(lambda end: ox.NamedNode("http://a/" + end))
columns = st.sampled_from([iris, days, numbers, texts.map(ox.Literal), odd | numbers | iris])


@st.composite
def tables_of_terms(draw: st.DrawFn) -> list[tuple[object, ...]]:
    kinds = draw(st.tuples(columns, columns, columns))
    return draw(st.lists(st.tuples(*(st.none() | kind for kind in kinds)), max_size=12))


@pytest.mark.parametrize(
    "order", ["?a ?b ?c", "DESC(?b) ?a ?c", "COALESCE(?c, ?a) DESC(COALESCE(?b, ?a))\n  ?b ?c ?a"]
)
@given(tables_of_terms(), st.sampled_from(["", "LIMIT 3", "LIMIT 2 OFFSET 1\n", "LIMIT 0"]))
def test_rows_come_in_the_order_that_the_engine_gives(
    order: str, rows: list[tuple[object]], part: str
) -> None:
    values = " ".join(f"({' '.join(str(t or 'UNDEF') for t in row)})" for row in rows)
    query = f"SELECT ?a ?b ?c {{\n VALUES (?a ?b ?c) {{ {values} }} }}\nORDER BY {order}\n{part}"
    by_engine = ox.Store().query(query)
    assert isinstance(by_engine, ox.QuerySolutions)
    assert EmbeddedStore(ox.Store()).select(query).terms == [tuple(row) for row in by_engine]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?a { VALUES ?a { 3 1 2 } }\nORDER BY ?a LIMIT 2",
        "SELECT ?a { VALUES (?a ?b) { (1 3) (2 2) (3 1) } }\nORDER BY ?b",
        "SELECT ?a { VALUES ?a { 3 1 2 } }\nORDER BY ?a\nOFFSET 1 LIMIT 1",
        "SELECT ?a { { SELECT ?a { VALUES ?a { 3 1 2 } }\nORDER BY ?a\nLIMIT 2 } }",
        "SELECT ?a { VALUES ?a { 3 1 2 } }\nORDER BY ABS(?a)",
        "SELECT ?a { VALUES ?a { 3 1 2 } }\nORDER BY ASC(?a)",
        "SELECT ?a { VALUES ?a { 3 1 2 } }\nORDER BY COALESCE() ?a",
        "SELECT ?a { VALUES ?a { 3 1 2 } }\nORDER BY DESC(?a)\n# ORDER BY ?a",
        "SELECT ?a { { SELECT ?a { VALUES ?a { 3 1 2 } }\nORDER BY ?a } }\nORDER BY DESC(?a)",
    ],
)
def test_other_orders_are_the_engine_s(query: str) -> None:
    by_engine = ox.Store().query(query)
    assert isinstance(by_engine, ox.QuerySolutions)
    assert EmbeddedStore(ox.Store()).select(query).terms == [tuple(row) for row in by_engine]


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("SELECT ?a { ?a ?b ?c\nORDER BY ?a", "line 2, column 1: 'ORDER'"),
        ("SELECT ?a ?b { ?a ?b ?c }\nORDER BY ?a, ?b", "line 2, column 12: ','"),
        ("SELECT ?a ?b { ?a ?b ?c }\nORDER BY DESC(?a, ?b)", "line 2, column 17: ','"),
        ("SELECT ?a { ?a ?b ?c } LIMIT 2\nORDER BY ?a", "line 2, column 1: 'ORDER'"),
        ("SELECT ?a { ?a ?b ?c } ORDER BY ?a\nORDER BY DESC(?a)", "line 2, column"),
        ("SELECT ?a { ?a ?b ?c } VALUES ?a { <a:b> }\nORDER BY ?a", "line 2, column"),
    ],
)
def test_a_wrong_query_is_told_where_it_is_wrong(query: str, place: str) -> None:
    with pytest.raises(InputError, match=place):
        EmbeddedStore(ox.Store()).query(query)
