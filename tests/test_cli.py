"""The command line: what it prints, how it ends, and what it says about bad input."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyoxigraph as ox
import pytest

import bilat
from bilat.cli import COMMANDS
from bilat.inputs import shipped
from conftest import Run


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, run: Run) -> None:
    result = run(command, "--help")
    assert result.returncode == 0
    assert f"bilat {command}" in result.stdout


def test_help_lists_every_command_with_examples(run: Run) -> None:
    text = run("--help").stdout
    assert all(re.search(rf"^  {name}\b", text, re.MULTILINE) for name in COMMANDS)
    assert "examples:" in text and "exit codes:" in text


def test_validate_says_where_in_every_format(run: Run, tmp_path: Path) -> None:
    text = '@prefix bilat: <https://w3id.org/bilat/ns#> .\n<urn:x>\n  bilat:onDate "soon" .'
    (tmp_path / "a.ttl").write_text(text)
    shown = run("validate", "a.ttl", cwd=tmp_path)
    assert shown.returncode == 1 and "\033" not in shown.stdout
    assert (
        ' --> a.ttl:3:16\n  |\n3 |   bilat:onDate "soon" .\n  |                ^^^^^^\n'
        in shown.stdout
    )
    body = json.loads(run("validate", "a.ttl", "--format", "json", cwd=tmp_path).stdout)
    places = {(f["file"], f["line"], f["column"], f["end_column"]) for f in body["findings"]}
    assert places == {("a.ttl", 3, 16, 22)}
    result = run("validate", "a.ttl", "--format", "sarif", "-o", "a.sarif", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert json.loads((tmp_path / "a.sarif").read_text())["version"] == "2.1.0"


def test_validate_checks_the_other_files_of_a_folder_that_cannot_be_built(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "a.ttl").write_text('<urn:x> <https://w3id.org/bilat/ns#onDate> "soon" .')
    (tmp_path / "b.nq").write_text("<urn:x> <urn:y> .")
    whole = run("--data", tmp_path, "validate", cwd=tmp_path)
    assert whole.returncode == 2 and whole.stderr == ""
    assert "error[syntax]" in whole.stdout and "--> b.nq:1:17\n" in whole.stdout
    assert "--> a.ttl:1:44\n" in whole.stdout
    turtle = run("--data", tmp_path, "validate", "--format", "turtle", cwd=tmp_path)
    assert turtle.returncode == 2 and "b.nq:1:17" in turtle.stderr and '"soon"' in turtle.stdout
    one = run("--data", tmp_path, "validate", tmp_path / "b.nq", "missing.ttl", cwd=tmp_path)
    assert one.returncode == 2 and one.stdout.endswith("2 errors\n")
    assert "error[file]" in one.stdout and "--> missing.ttl\n" in one.stdout


def test_validate_is_coloured_in_a_terminal_alone(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "a.nt").write_text("<urn:x>")
    command = [sys.executable, "-m", "bilat", "validate", "a.nt"]
    for settings, coloured in ({}, True), ({"NO_COLOR": "1"}, False):
        leader, follower = pty.openpty()
        env = {**environment, **settings}
        subprocess.run(command, cwd=tmp_path, env=env, stdout=follower, stderr=subprocess.DEVNULL)
        os.close(follower)
        shown = os.read(leader, 4096).decode()
        os.close(leader)
        assert "error[syntax]" in shown and ("\033[" in shown) is coloured


def test_version(run: Run) -> None:
    assert run("--version").stdout == f"bilat {bilat.__version__}\n"


def test_ask_by_code_name_and_iri_gives_the_same(run: Run) -> None:
    ask = ("ask", "who-cooperates-with", "--format", "csv")
    by_code = run(*ask, "--country", "KZ", "--partner", "RS")
    by_name = run(*ask, "--country", "Қазақстан", "--partner", "Serbia")
    iri = "https://w3id.org/bilat/id/country/"
    by_iri = run(*ask, "--country", f"{iri}KAZ", "--partner", "country:SRB")
    assert by_code.returncode == 0
    assert len(by_code.stdout.splitlines()) == 10
    assert by_code.stdout == by_name.stdout == by_iri.stdout


def test_ask_without_parameters_keeps_the_questions_own(run: Run) -> None:
    assert (
        run("ask", "holder-of-post").stdout
        == run(
            "ask", "holder-of-post", "--post", "President of Serbia", "--date", "2026-02-27"
        ).stdout
    )


def test_ask_name_help_tells_its_parameters(run: Run) -> None:
    text = run("ask", "who-cooperates-with", "--help").stdout
    assert "--country COUNTRY" in text and "country:KAZ" in text


@pytest.mark.parametrize("format", ["table", "csv", "tsv", "json", "markdown", "turtle"])
def test_every_row_format(format: str, run: Run) -> None:
    result = run("ask", "countries", "--format", format)
    assert result.returncode == 0 and "Kazakhstan" in result.stdout


def test_the_first_column_of_questions_is_the_name(run: Run, kg: bilat.KnowledgeGraph) -> None:
    rows = list(csv.reader(io.StringIO(run("questions", "--format", "csv").stdout)))
    assert rows[0][0] == "name"
    assert [row[0] for row in rows[1:]] == list(kg.questions())


def test_sparql_from_argument_file_and_standard_input(run: Run, tmp_path: Path) -> None:
    query = "SELECT ?label { country:SRB rdfs:label ?label } ORDER BY ?label"
    (tmp_path / "query.rq").write_text(query)
    answers = {
        run("sparql", query, "--format", "csv").stdout,
        run("sparql", tmp_path / "query.rq", "--format", "csv").stdout,
        run("sparql", "-", "--format", "csv", stdin=query).stdout,
    }
    assert len(answers) == 1 and "Serbia" in answers.pop()


def test_sparql_ask_construct_and_describe(run: Run) -> None:
    assert run("sparql", "ASK { ?s ?p ?o }").stdout == "true\n"
    constructed = run("sparql", "CONSTRUCT WHERE { ?i a bilat:Award }")
    assert "award:altyn-qyran a bilat:Award" in constructed.stdout
    described = run("sparql", "DESCRIBE country:SRB", "--format", "ntriples").stdout
    assert any(ox.parse(described, format=ox.RdfFormat.N_TRIPLES))


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <http://a> <http://b> <http://c> }",
        "# drop it\nPREFIX a: <http://a/> DROP ALL",
        "DELETE WHERE { ?s ?p ?o }",
        "LOAD <http://example.org/>; CLEAR ALL",
    ],
)
def test_updates_are_refused(update: str, run: Run) -> None:
    result = run("sparql", "-", stdin=update)
    assert result.returncode == 2
    assert "read-only" in result.stderr


def test_json_answers_parse(run: Run) -> None:
    document = json.loads(run("sparql", "SELECT * { ?s a bilat:Award }", "--format", "json").stdout)
    assert document["head"]["vars"] == ["s"]


BAD = {
    "unknown command": (["fly"], "invalid choice: 'fly'"),
    "no command": ([], "required: COMMAND"),
    "unknown option": (["info", "--fast"], "--fast"),
    "unknown country": (["ask", "partners-of-country", "--country", "Kazakhstn"], "'Kazakhstan'"),
    "unknown question": (["ask", "who-cooperate-with"], "'who-cooperates-with'"),
    "question outside": (["ask", "../rules/party"], "no question"),
    "unknown parameter": (["ask", "countries", "--planet", "Mars"], "--planet"),
    "bad date": (["ask", "holder-of-post", "--date", "soon"], "2026-02-27"),
    "unknown format": (["ask", "countries", "--format", "xlsx"], "table"),
    "turtle of rows": (["sparql", "SELECT * { ?s a bilat:Award }", "--format", "rdfxml"], "csv"),
    "rows of triples": (["sparql", "CONSTRUCT WHERE { ?s ?p 1 }", "--format", "csv"], "turtle"),
    "malformed query": (["sparql", "SELECT * { ?s a }"], "line 1"),
    "missing query file": (["sparql", "missing.rq"], "missing.rq"),
    "folder as query": (["sparql", "."], "neither a query nor a file"),
    "unknown view": (["network", "planets"], "institutions"),
    "unknown network format": (["network", "countries", "--format", "dot"], "graphml"),
    "unknown diagram": (["draw", "pie"], "pair"),
    "unknown ending": (["draw", "fields", "-o", "fields.gif"], ".svg"),
    "one country": (["draw", "pair", "KZ"], "two countries"),
    "pair of nothing": (["draw", "pair", "KZ", "Brazil"], "Brazil"),
    "unknown engine": (["validate", "--engine", "magic"], "shifty"),
    "missing store": (["--store", "nowhere", "info"], "nowhere"),
    "unknown graph": (["export", "--graph", "2026-02-27-kz-sr"], "2026-02-27-kz-rs"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_ends_in_one_clear_message(case: str, run: Run, tmp_path: Path) -> None:
    arguments, words = BAD[case]
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c < ?f) }"


@pytest.mark.parametrize(
    "arguments", [["sparql", ENDLESS], ["draw", "timeline", "-o", "t.svg"], ["validate"]]
)
def test_ctrl_c_ends_any_command(
    arguments: list[str], environment: dict[str, str], store_directory: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "bilat", "--store", str(store_directory), *arguments]
    process = subprocess.Popen(
        command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    time.sleep(1)  # past the start of Python, within the endless query
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode in (130, 0)
    if arguments[1:] == [ENDLESS]:
        assert process.returncode == 130
    assert b"Traceback" not in errors
    assert not [path for path in tmp_path.iterdir() if path.name != "t.svg"]


@pytest.mark.parametrize(
    "setting", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}]
)
def test_any_locale_gets_the_same_bytes(
    setting: dict[str, str], environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "bilat", "ask", "awards-to-foreign-office-holders"]
    result = subprocess.run(command, env={**environment, **setting}, capture_output=True)
    assert result.returncode == 0 and "Vučić" in result.stdout.decode()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_end_without_a_traceback(closed: str, environment: dict[str, str]) -> None:
    line = f"{sys.executable} -m bilat sparql - {closed}"
    result = subprocess.run(
        line, shell=True, env=environment, capture_output=True, text=True, input="ASK {}"
    )
    assert result.returncode in (0, 2)
    assert "Traceback" not in result.stderr


def test_a_short_write_is_an_error_even_when_unbuffered(
    environment: dict[str, str], tmp_path: Path
) -> None:
    result = subprocess.run(
        f"ulimit -f 8; {sys.executable} -m bilat export > {tmp_path}/out.ttl",
        shell=True,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2 and "File too large" in result.stderr


def test_bytes_that_are_no_utf8_are_refused(environment: dict[str, str]) -> None:
    command: list[str | bytes] = [sys.executable, "-m", "bilat"]
    given = subprocess.run(
        [*command, "sparql", "-"],
        env=environment,
        input=b'ASK { ?s ?p "\xe9" }',
        capture_output=True,
    )
    assert given.returncode == 2 and b"is not UTF-8" in given.stderr
    named = subprocess.run(
        [*command, "ask", "partners-of-country", "--country", b"\xe9"],
        env=environment,
        capture_output=True,
    )
    assert named.returncode == 2 and b"is not UTF-8" in named.stderr


def test_a_query_that_nests_too_deeply_is_refused(run: Run) -> None:
    result = run("sparql", "-", stdin="ASK " + "{" * 3000 + "}" * 3000)
    assert result.returncode == 2 and "levels deep" in result.stderr


def test_without_a_home_a_place_is_asked_for(environment: dict[str, str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "bilat", "info"],
        env={**environment, "HOME": "nowhere"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2 and "--store DIR" in result.stderr


@pytest.mark.parametrize(
    ("format", "words"), [("json", '"boolean": true'), ("turtle", "rs:boolean true")]
)
def test_truth_in_other_formats(format: str, words: str, run: Run) -> None:
    assert words in run("sparql", "ASK { ?s ?p ?o }", "--format", format).stdout


@pytest.mark.parametrize(
    ("view", "focus"),
    [("events", "Aleksandar Vučić"), ("fields", "health care"), ("countries", "RS")],
)
def test_any_node_can_be_the_focus(view: str, focus: str, run: Run) -> None:
    result = run("network", view, "--focus", focus, "--format", "csv")
    assert result.returncode == 0 and len(result.stdout.splitlines()) > 1


def test_a_file_that_is_in_the_graph_is_checked_as_it_is_now(run: Run, tmp_path: Path) -> None:
    source = shipped().folder("data", "sources") + "/2026-02-27-kz-rs.trig"
    copy = tmp_path / "copy.trig"
    text = Path(source).read_text(encoding="utf-8")
    copy.write_text(text.replace("bilat:listPosition 5", 'bilat:listPosition "five"'))
    result = run("validate", copy)
    assert result.returncode == 1 and "five" in result.stdout
    own = tmp_path / "own"
    own.mkdir()
    (own / "bad.ttl").write_text("<http://a> a <https://w3id.org/bilat/ns#Tenure> .")
    assert run("--data", own, "validate", own / "bad.ttl").returncode == 1
    whole = run("--data", own, "validate")
    assert whole.returncode == 1 and "bad.ttl" in whole.stdout


def test_an_empty_graph_says_so(run: Run, tmp_path: Path) -> None:
    ox.Store(str(tmp_path / "empty")).flush()
    place = ("--store", tmp_path / "empty")
    assert "0 rows" in run(*place, "ask", "countries").stdout
    assert run(*place, "export").returncode == 0
    assert run(*place, "network", "countries", "--format", "csv").returncode == 0
    result = run(*place, "draw", "network", "-o", tmp_path / "n.svg")
    assert result.returncode == 2 and "Traceback" not in result.stderr
    result = run(*place, "draw", "pair", "KZ", "RS", "-o", tmp_path / "n.svg")
    assert result.returncode == 2 and "no country is called 'KZ'" in result.stderr


def test_a_closed_pipe_is_no_error(environment: dict[str, str]) -> None:
    result = subprocess.run(
        f"{sys.executable} -m bilat export --format ntriples | head -1",
        shell=True,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.stdout.count("\n") == 1
    assert result.stderr == ""


def test_settings_from_the_environment(environment: dict[str, str], store_directory: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "bilat", "info"],
        env={**environment, "BILAT_STORE": str(store_directory)},
        capture_output=True,
        text=True,
    )
    assert str(store_directory) in result.stdout


def test_light_commands_load_nothing_heavy(environment: dict[str, str]) -> None:
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bilat", "ask", "countries"],
        env=environment,
        capture_output=True,
        text=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert "pyoxigraph" in loaded
    assert not loaded & {"matplotlib", "networkx", "rdflib", "pyshacl", "shifty", "numpy", "pandas"}
