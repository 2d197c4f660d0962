"""The questions over HTTP: the same answers as in process, described exactly, and as pages."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jsonschema
import pyoxigraph as ox
import pytest

import bilat
from bilat.inputs import shipped
from bilat.questions import load
from bilat.results import Rows, to_python
from serving import Reply, Served

QUESTIONS = load(shipped().folder("queries", "questions"))


def asked(
    served: Served, path: str, accept: str = "application/json", **values: str | int
) -> Reply:
    query = "?" + urlencode(values) if values else ""
    return served.ask(path + query, headers={"Accept": accept})


def api(served: Served, name: str, **values: str | int) -> dict[str, Any]:
    reply = asked(served, f"/api/questions/{name}", "application/json", **values)
    assert reply.status == 200 and reply.kind == "application/json", reply.text
    found: dict[str, Any] = json.loads(reply.body)
    return found


def plain(value: object) -> object:
    """A value of the JSON as the library gives it."""
    return value["iri"] if isinstance(value, dict) else value


def test_the_questions_are_listed(served: Served) -> None:
    listed = json.loads(asked(served, "/api/questions").body)["questions"]
    assert [question["name"] for question in listed] == list(QUESTIONS)
    found = next(question for question in listed if question["name"] == "who-cooperates-with")
    assert found["parameters"][0] == {
        "name": "country", "kind": "country", "label": "Country", "default": "country:KAZ",
    }  # fmt: skip
    assert found["url"] == f"{served.address}/api/questions/who-cooperates-with"


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_has_the_rows_of_the_library(
    served: Served, kg: bilat.KnowledgeGraph, name: str
) -> None:
    rows = kg.ask(name)
    found = api(served, name)
    assert found["question"] == name and found["next"] is None
    shown = [column for column in rows.variables if column in found["columns"]]
    at = {column: rows.variables.index(column) for column in shown}
    assert len(found["rows"]) == len(rows)
    for row, terms in zip(found["rows"], rows.terms, strict=True):
        assert list(row) == shown
        for column in shown:
            expected = to_python(terms[at[column]])
            plainly = expected if isinstance(expected, str | int | float | bool) else None
            assert plain(row[column]) == (
                plainly if plainly is not None or expected is None else str(expected)
            )


def test_a_thing_has_its_iri_and_its_label(served: Served) -> None:
    found = api(served, "who-cooperates-with", country="KZ", partner="Сербия")
    assert found["parameters"] == {
        "country": {"iri": "https://w3id.org/bilat/id/country/KAZ", "label": "Kazakhstan"},
        "partner": {"iri": "https://w3id.org/bilat/id/country/SRB", "label": "Serbia"},
    }
    assert found["columns"] == ["institution", "counterpart", "instruments"]
    first = found["rows"][0]
    assert first["institution"]["label"] == "Ministry of Culture and Information of Kazakhstan"
    assert first["instruments"] == 2


@pytest.mark.parametrize(
    ("format", "media_type"),
    [
        ("csv", "text/csv"),
        ("tsv", "text/tab-separated-values"),
        ("sparql-json", "application/sparql-results+json"),
        ("markdown", "text/markdown"),
        ("table", "text/plain"),
    ],
)
def test_other_forms_are_those_of_the_command(
    served: Served, kg: bilat.KnowledgeGraph, format: str, media_type: str
) -> None:
    expected = kg.ask("partners-of-country", country="KZ").to_text(format.removeprefix("sparql-"))
    path = "/api/questions/partners-of-country"
    by_name = asked(served, path, country="KZ", format=format)
    by_accept = asked(served, path, media_type, country="KZ")
    assert by_name.kind == by_accept.kind == media_type
    assert by_name.text == by_accept.text == expected


def test_long_answers_come_in_parts(served: Served) -> None:
    whole = api(served, "countries")["rows"]
    assert len(whole) > 10
    parts: list[object] = []
    following: str | None = f"{served.address}/api/questions/countries?limit=7"
    while following:
        assert following.startswith(served.address)
        reply = asked(served, following.removeprefix(served.address))
        found = json.loads(reply.body)
        assert 0 < len(found["rows"]) <= 7
        parts += found["rows"]
        following = found["next"]
        assert (f'<{following}>; rel="next"' in reply.headers.get("link", "")) == bool(following)
    assert parts == whole
    text = asked(served, "/api/questions/countries", format="csv", limit=3, offset=2).text
    names = [row["countryLabel"] for row in csv.DictReader(io.StringIO(text))]
    assert names == [row["country"]["label"] for row in whole[2:5]]


@pytest.mark.parametrize(
    ("values", "status", "words"),
    [
        ({"country": "Kazakhstania"}, 404, "'Kazakhstan'"),
        ({"country": "https://w3id.org/bilat/id/country/XXX"}, 404, "country"),
        ({"country": ""}, 400, "country"),
        ({"country": "K" * 500}, 400, "country"),
        ({"partner": "Korea"}, 400, "Korea"),
        ({"countri": "KZ"}, 400, "countri"),
        ({"format": "xlsx"}, 400, "xlsx"),
        ({"limit": "0"}, 400, "limit"),
        ({"limit": "1e3"}, 400, "limit"),
        ({"offset": "-1"}, 400, "offset"),
        ({"country": "country:\u0000<>"}, 400, "IRI"),
        ({"country": "} UNION { ?s ?p ?o"}, 404, "UNION"),
    ],
)
def test_wrong_parameters_are_refused(
    served: Served, values: dict[str, str], status: int, words: str
) -> None:
    reply = asked(served, "/api/questions/who-cooperates-with", **values)
    assert (reply.status, reply.kind) == (status, "application/problem+json"), reply.text
    problem = json.loads(reply.body)
    assert problem["status"] == status and words in problem["detail"]


def test_a_form_that_there_is_not_is_refused(served: Served) -> None:
    reply = asked(served, "/api/questions/countries", accept="image/png")
    assert reply.status == 406 and "text/csv" in json.loads(reply.body)["detail"]


def test_what_is_given_twice_is_refused(served: Served) -> None:
    reply = asked(served, "/api/questions/who-cooperates-with?country=KZ&country=RS")
    assert reply.status == 400


def test_an_unknown_question_is_answered_with_near_names(served: Served) -> None:
    reply = asked(served, "/api/questions/who-cooperate-with")
    assert reply.status == 404 and "who-cooperates-with" in reply.text
    page = asked(served, "/questions/who-cooperate-with", "text/html")
    assert page.status == 404 and "who-cooperates-with" in page.text


# ---- the description


def description(served: Served) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asked(served, "/openapi.json").body)
    return found


def test_the_description_has_every_question_with_its_parameters(served: Served) -> None:
    paths = description(served)["paths"]
    for name, question in QUESTIONS.items():
        operation = paths[f"/api/questions/{name}"]["get"]
        assert operation["summary"] == question.summary
        names = [parameter["name"] for parameter in operation["parameters"]]
        assert names == [*question.params, "format", "limit", "offset"]
        assert {"200", "304", "400", "404", "503"} <= set(operation["responses"])
        assert all(p["description"] for p in operation["parameters"])


@pytest.mark.parametrize("name", ["who-cooperates-with", "timeline", "holder-of-post"])
def test_answers_are_as_described(served: Served, name: str) -> None:
    operation = description(served)["paths"][f"/api/questions/{name}"]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator(schema).validate(api(served, name))
    for parameter in operation["parameters"]:
        if "example" in parameter:  # an example is a value that it takes
            assert api(served, name, **{parameter["name"]: parameter["example"]})["rows"]


def test_schemathesis_finds_nothing_that_is_not_described(served: Served, tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{served.address}/openapi.json",
        "--include-path-regex", "^/api/questions/holder-of-post$",
        "--max-examples", "6", "--seed", "1", "--no-color", "--generation-database", "none",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


# ---- as pages


def test_the_page_of_a_question_answers_it(served: Served) -> None:
    page = asked(served, "/questions/who-cooperates-with", "text/html", country="KZ", partner="RS")
    assert page.status == 200 and page.kind == "text/html"
    assert '<input id="p-country" name="country" value="KZ"' in page.text
    assert 'href="/doc/institution/kaz-ministry-of-culture"' not in page.text
    assert 'href="/doc/institution/srb-ministry-of-culture"' in page.text
    assert "VALUES ?country { &lt;https://w3id.org/bilat/id/country/KAZ&gt; }" in page.text
    assert (
        "/api/questions/who-cooperates-with?country=KZ&amp;partner=RS&amp;format=csv" in page.text
    )


def test_the_query_on_a_page_gives_its_rows(served: Served, kg: bilat.KnowledgeGraph) -> None:
    from html import unescape

    page = asked(served, "/questions/partners-of-country", "text/html", country="Serbia")
    query = unescape(page.text.partition("<pre><code>")[2].partition("</code>")[0])
    rows = kg.sparql(query)
    assert isinstance(rows, Rows)
    assert rows.terms == kg.ask("partners-of-country", country="RS").terms
    assert isinstance(rows.terms[0][0], ox.NamedNode)


@pytest.mark.parametrize(("value", "status"), [("nowhere", 404), ("Korea", 400)])
def test_a_wrong_name_is_said_beside_the_form(served: Served, value: str, status: int) -> None:
    page = asked(served, "/questions/partners-of-country", "text/html", country=value)
    assert page.status == status
    assert 'role="alert"' in page.text and f'value="{value}"' in page.text
