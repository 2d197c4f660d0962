"""Every question: its header, its form, and its answers from two engines over an invented world.

Beside `world.trig`, `questions/<question>.csv` holds the rows expected, in order, and
`questions/<question>.json` the parameters where they are not the defaults.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from functools import cache
from itertools import zip_longest
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.query import ResultRow

from bilat.derived import derive, nquads
from bilat.namespaces import BASE, DERIVED_GRAPH, ONTOLOGY_GRAPH, PREFIXES, REFERENCE_GRAPH
from bilat.questions import Param, Question, load
from bilat.rules import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    import bilat

QUERIES = Path(__file__).parents[1] / "queries"
WORLD = Path(__file__).parent / "questions"
QUESTIONS = load(QUERIES / "questions")
XSD_DATE = ox.NamedNode(PREFIXES["xsd"] + "date")
TYPES = {
    "award", "country", "date", "event", "field", "institution", "instrument", "person", "post",
    "relation", "source", "tenure", "text",
}  # fmt: skip

pytestmark = pytest.mark.filterwarnings("ignore:Dataset.*deprecated:DeprecationWarning")
Table = list[list[str]]
every_question = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)


def store_of(quads: list[ox.Quad]) -> ox.Store:
    """As bilat stores it: each quad in its graph, and once in the default graph."""
    store = ox.Store()
    for quad in quads:
        store.add(quad)
        store.add(ox.Quad(quad.subject, quad.predicate, quad.object))
    return store


def dataset_of(quads: list[ox.Quad]) -> rdflib.Dataset:
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data="".join(f"{quad} .\n" for quad in quads), format="nquads")
    return dataset


@cache
def world() -> list[ox.Quad]:
    """The invented world with what the rules derive from it."""
    quads = list(ox.parse(path=str(WORLD / "world.trig")))
    rules = [read(path) for path in sorted((QUERIES / "rules").glob("*.rq"))]
    text = b"".join(nquads(derive(rules, store_of(quads), lambda *_: None)))
    derived = ox.NamedNode(DERIVED_GRAPH)
    parsed = ox.parse(text, format=ox.RdfFormat.N_QUADS)
    return quads + [quad for quad in parsed if quad.graph_name == derived]


@cache
def world_store() -> ox.Store:
    return store_of(world())


@cache
def world_dataset() -> rdflib.Dataset:
    return dataset_of(world())


def text_of(cell: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    assert isinstance(cell, ox.NamedNode | ox.Literal)
    return cell.value


def in_oxigraph(store: ox.Store, sparql: str) -> Table:
    result = store.query(sparql)
    assert isinstance(result, ox.QuerySolutions)
    header = [variable.value for variable in result.variables]
    return [header] + [["" if cell is None else text_of(cell) for cell in row] for row in result]


def in_rdflib(dataset: rdflib.Dataset, sparql: str) -> Table:
    result = dataset.query(sparql)
    header = [str(variable) for variable in result.vars or []]
    rows = [row for row in result if isinstance(row, ResultRow)]
    return [header] + [["" if cell is None else str(cell) for cell in row] for row in rows]


def body(question: Question) -> str:
    """The query without comments, IRIs and strings."""
    lines = [line for line in question.text.splitlines() if not line.startswith("#+")]
    return re.sub(r'<[^>\s]*>|"[^"]*"', "", "\n".join(lines))


def term(param: Param, value: str) -> ox.NamedNode | ox.Literal:
    return ox.Literal(value, datatype=XSD_DATE) if param.type == "date" else ox.NamedNode(value)


def asked(question: Question) -> str:
    """The question with the parameters of its expected rows."""
    path = WORLD / f"{question.name}.json"
    values = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return question.bind({n: term(question.params[n], value) for n, value in values.items()})


def expected(question: Question) -> Table:
    text = (WORLD / f"{question.name}.csv").read_text(encoding="utf-8")
    return list(csv.reader(text.splitlines()))


# ---- Form ----------------------------------------------------------------------------------------


def test_each_competency_question_is_answered_by_one_file() -> None:
    tags = Counter(tag for question in QUESTIONS.values() for tag in question.tags)
    assert tags == Counter(f"CQ{number:02}" for number in range(1, 35))
    assert len(QUESTIONS) <= 40


@every_question
def test_header_is_complete(question: Question) -> None:
    lines = question.text.splitlines()
    keys = [line.split(":")[0] for line in lines if line.startswith("#+")]
    assert keys == ["#+ summary", "#+ description", "#+ tags", "#+ params"]
    assert keys[-1] in lines[3], "the header comes first"
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", question.name)
    assert question.summary.endswith("?")
    assert question.description.endswith(".")
    assert all(param.type in TYPES and param.label for param in question.params.values())


@every_question
def test_each_parameter_has_one_default_on_a_line_of_its_own(question: Question) -> None:
    rows = re.findall(r"^ *VALUES \?(\w+) \{ (\S+) \}$", question.text, re.MULTILINE)
    assert rows == [(name, param.default) for name, param in question.params.items()]
    for param in question.params.values():
        written = rf'"\d{{4}}-\d\d-\d\d"\^\^xsd:date|<{BASE}(id|scheme)/[\w/-]+>'
        assert re.fullmatch(written, param.default)
        assert ("xsd:date" in param.default) == (param.type == "date")


@every_question
def test_prefixes_are_those_used(question: Question) -> None:
    declared = dict(re.findall(r"^PREFIX (\S+): <(.*)>$", question.text, re.MULTILINE))
    used = re.findall(r"(?<![\w?:-])([a-z][\w-]*):[A-Za-z]", body(question))
    assert list(declared) == sorted(set(used))
    assert declared == {name: PREFIXES[name] for name in declared}


@every_question
def test_order_by_names_every_column_but_labels_and_aggregates(question: Question) -> None:
    text = body(question)
    aggregates = set(re.findall(r"\((?:COUNT|MIN)\([^)]*\) AS \?(\w+)\)", text))
    columns = {column for column in expected(question)[0] if not column.endswith("Label")}
    order = text.rpartition("ORDER BY")[2]
    assert columns - aggregates <= set(re.findall(r"\?(\w+)", order))


@every_question
def test_rows_cannot_repeat(question: Question) -> None:
    assert "SELECT DISTINCT" in question.text or "GROUP BY" in question.text
    assert not re.search(r"SELECT (DISTINCT )?\*", question.text), "columns are named"


@every_question
def test_each_iri_has_its_label_beside_it(question: Question) -> None:
    header, *rows = expected(question)
    cells = [pair for row in rows for pair in zip(header, row, strict=True)]
    for name in {name for name, cell in cells if "://" in cell}:
        assert header[header.index(name) + 1] == f"{name}Label"


# ---- Answers -------------------------------------------------------------------------------------


@every_question
def test_answer_in_oxigraph(question: Question) -> None:
    assert in_oxigraph(world_store(), asked(question)) == expected(question)
    assert len(expected(question)) > 1


@every_question
def test_answer_in_rdflib(question: Question) -> None:
    assert in_rdflib(world_dataset(), asked(question)) == expected(question)


@pytest.fixture(scope="module")
def shuffled() -> tuple[ox.Store, rdflib.Dataset]:
    quads = world().copy()
    Random(1).shuffle(quads)
    return store_of(quads), dataset_of(quads)


@every_question
def test_answer_does_not_depend_on_the_order_of_the_data(
    question: Question, shuffled: tuple[ox.Store, rdflib.Dataset]
) -> None:
    store, dataset = shuffled
    assert in_oxigraph(store, asked(question)) == expected(question)
    assert in_rdflib(dataset, asked(question)) == expected(question)


@pytest.mark.parametrize(
    ("question", "name"), [(q, name) for q in QUESTIONS.values() for name in q.params]
)
def test_each_parameter_is_heeded(question: Question, name: str) -> None:
    """What nothing carries gives no rows, so the parameter reaches every part of the query."""
    param = question.params[name]
    nothing = term(param, "0999-01-01" if param.type == "date" else f"{BASE}id/none/none")
    text = question._replace(text=asked(question)).bind({name: nothing})
    assert in_oxigraph(world_store(), text)[1:] == []
    assert in_rdflib(world_dataset(), text)[1:] == []


def test_every_expectation_belongs_to_a_question() -> None:
    stems = {path.stem for path in WORLD.glob("*.*")} - {"world"}
    assert stems == set(QUESTIONS)


#: Further cases: question, parameters, and of each row the cells that matter; IRIs by their slug.
EDGES = [
    ("holder-of-post", "post=srb-high-lamplighter date=2019-12-31", []),
    (
        "holder-of-post",
        "post=srb-high-lamplighter date=2028-05-31",
        ["person=cyril-bell since=2020-01-01 until=2028-05-31 certainty=known"],
    ),
    # two sources differ on the start, and neither says until when
    (
        "holder-of-post",
        "post=srb-high-lamplighter date=2030-05-11",
        [
            "person=boris-clock since=2028-05-31 until= certainty=possible",
            "person=boris-clock since=2028-06-01 until= certainty=possible",
        ],
    ),
    # only one day is attested
    (
        "holder-of-post",
        "post=kaz-high-lamplighter date=2030-05-09",
        ["person=ada-lantern since= until= certainty=possible"],
    ),
    (
        "holder-of-post",
        "post=kaz-high-lamplighter date=2030-05-10",
        ["person=ada-lantern since= until= certainty=known"],
    ),
    ("instruments-in-force", "date=2030-06-30", []),
    ("instruments-in-force", "date=2030-07-01", ["instrument=2030-kaz-srb-mou-higher-education"]),
    ("instruments-in-force", "date=2032-01-01", ["instrument=2031-hun-srb-agreement-health"]),
    ("name-of-institution", "institution=kaz-ministry-of-tides date=2014-12-31", []),
    *(
        ("name-of-institution", f"institution=kaz-ministry-of-tides date={day}", [f"since={since}"])
        for day, since in {
            "2015-01-01": "2015-01-01",
            "2025-12-31": "2015-01-01",
            "2026-01-01": "2026-01-01",
        }.items()
    ),
    # an institution that takes in another is not its own successor
    ("successors-of-institution", "institution=kaz-night-transport-agency", []),
    (
        "successors-of-institution",
        "institution=kaz-day-transport-agency",
        ["kind=absorption successor=kaz-night-transport-agency"],
    ),
    # not those of the other ministry that was merged
    (
        "instruments-of-institution",
        "institution=srb-ministry-of-bells",
        ["instrument=2031-hun-srb-agreement-health", "instrument=2032-hun-kaz-srb-mou-three-lamps"],
    ),
    # no words for the field are recorded: every passage
    (
        "quote-for-field",
        "instrument=2031-hun-srb-agreement-health field=health",
        ["line=1 words="],
    ),
    ("timeline", "country=SRB partner=SRB", []),
    ("instruments-between", "country=SRB partner=SRB", []),
]


def pairs(text: str) -> dict[str, str]:
    return dict(part.split("=") for part in text.split())


@pytest.mark.parametrize(("name", "values", "rows"), EDGES)
def test_edge_of_a_question(name: str, values: str, rows: list[str]) -> None:
    params = QUESTIONS[name].params
    terms = {
        key: term(params[key], PREFIXES.get(params[key].type, "") + value)
        for key, value in pairs(values).items()
    }
    text = QUESTIONS[name].bind(terms)
    wanted = [pairs(row) for row in rows]
    for table in (in_oxigraph(world_store(), text), in_rdflib(world_dataset(), text)):
        assert [
            slugs(table[0], row, want) for row, want in zip_longest(table[1:], wanted)
        ] == wanted


def slugs(header: list[str], row: list[str] | None, columns: Iterable[str] | None) -> object:
    """The cells of those columns, each IRI by its slug; the row itself where none is expected."""
    if row is None or columns is None:
        return row
    return {name: row[header.index(name)].rpartition("/")[2] for name in columns}


# ---- The world and the shipped data --------------------------------------------------------------


def test_the_world_names_concepts_as_the_ontology_does(kg: bilat.KnowledgeGraph) -> None:
    for quad in world():
        if quad.graph_name in (ox.NamedNode(ONTOLOGY_GRAPH), ox.NamedNode(REFERENCE_GRAPH)):
            triple = f"{quad.subject} {quad.predicate} {quad.object}"
            assert kg.store.query(f"ASK {{ {triple} }}"), triple


@every_question
def test_defaults_are_in_the_shipped_data(question: Question, kg: bilat.KnowledgeGraph) -> None:
    for param in question.params.values():
        if param.type not in ("date", "text"):
            assert kg.store.query(f"ASK {{ {param.default} ?property ?value }}"), param.default


@every_question
def test_question_runs_over_the_shipped_data(question: Question, kg: bilat.KnowledgeGraph) -> None:
    rows = kg.store.select(question.text)
    assert list(rows.variables) == expected(question)[0]
