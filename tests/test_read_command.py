"""The command ``bilat read``: its formats, many files at once, and how it ends on bad input."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

import bilat
import bilat.communique
import bilat.rdf
from bilat.inputs import shipped
from bilat.reading import Way, outcomes
from conftest import Run
from terminals import Terminal

TALKS = """Presidents of Kazakhstan and Serbia hold talks

ASTANA, February 27, 2026 - The President of the Republic of Kazakhstan, Kassym-Jomart Tokayev, \
held talks with the President of the Republic of Serbia, Aleksandar Vučić.

The following documents were signed:

1. Memorandum of understanding on cooperation in the field of veterinary medicine between the \
Ministry of Agriculture of the Republic of Kazakhstan and the Ministry of Agriculture of the \
Republic of Serbia;
2. Agreement between the Government of the Republic of Kazakhstan and the Government of the \
Republic of Serbia on air services.
"""
WEATHER = "The weather was fine all week, and nobody went anywhere.\n"


@pytest.fixture
def talks(tmp_path: Path) -> Path:
    path = tmp_path / "talks.txt"
    path.write_text(TALKS, encoding="utf-8")
    return path


@pytest.fixture
def many(tmp_path: Path) -> list[Path]:
    """Good files with a bad one among them."""
    paths = []
    for number in range(12):
        path = tmp_path / f"{number:02}.txt"
        path.write_text(TALKS.replace("air services", f"topic {number}"), encoding="utf-8")
        paths.append(path)
    paths[5].write_bytes(b"\x89PNG\r\n\x1a\n")
    return paths


# ---- formats


def test_json_is_the_record_and_the_file_in_one_line(run: Run, talks: Path) -> None:
    result = run("read", talks)
    assert result.returncode == 0 and result.stderr == ""
    (line,) = result.stdout.splitlines()
    record = json.loads(line)
    assert record.pop("file") == str(talks)
    assert record == json.loads(json.dumps(bilat.read(talks).as_json()))
    assert record["countries"] == ["KZ", "RS"] and record["language"] == "en"
    assert [i["type"] for i in record["instruments"]] == [
        "memorandum of understanding",
        "agreement",
    ]
    for fact in [*record["people"], *record["instruments"]]:
        assert TALKS[fact["start"] : fact["end"]] == fact["quote"]


def test_the_table_is_made_to_be_read(run: Run, talks: Path) -> None:
    text = run("read", talks, "--format", "table").stdout
    assert text.startswith(f"{talks}\n═")
    for words in (
        "2026-02-27",
        "Kazakhstan, Serbia",
        "Kassym-Jomart Tokayev",
        "1  memorandum of understanding",
        "Ministry of Agriculture (KZ)",
        "2  agreement",
    ):
        assert words in text
    assert max(map(len, text.splitlines()[2:])) <= 100


def test_trig_is_a_graph_that_the_data_can_take(run: Run, talks: Path) -> None:
    result = run("read", talks, "--format", "trig")
    assert result.returncode == 0, result.stderr
    quads = list(ox.parse(result.stdout, format=ox.RdfFormat.TRIG))
    instrument = ox.NamedNode("https://w3id.org/bilat/ns#Instrument")
    assert sum(quad.object == instrument for quad in quads) == 2
    # what the shipped data knows keeps its IRI
    known = "https://w3id.org/bilat/id/institution/kaz-ministry-of-agriculture"
    assert any(quad.object == ox.NamedNode(known) for quad in quads)


def test_standard_input_and_explanations(run: Run, talks: Path) -> None:
    whole = run("read", "--explain", "-", stdin=TALKS).stdout
    assert "veterinary" in whole and "air services" in whole
    assert run("read", "--explain", talks).stdout.split("\n", 2)[2] == whole.split("\n", 2)[2]
    second = run("read", talks, "--explain", "2").stdout
    assert "air services" in second and "veterinary" not in second
    assert "no document" in run("read", "--explain", "9", talks).stdout


def test_a_text_that_states_nothing_gives_a_record_with_a_remark(run: Run) -> None:
    result = run("read", "-", stdin=WEATHER)
    record = json.loads(result.stdout)
    assert result.returncode == 0
    assert record["instruments"] == [] and record["remarks"][0]["message"]
    table = run("read", "-", "--format", "table", stdin=WEATHER)
    assert "line 1: " in table.stdout and "not stated" not in table.stdout


def test_the_day_of_publication_is_handed_on(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(f'<meta name="date" content="2026-02-28"><pre>{TALKS}</pre>', encoding="utf-8")
    assert json.loads(run("read", page).stdout)["published"] == "2026-02-28"
    given = run("read", page, "--published", "2026-03-01")
    assert json.loads(given.stdout)["published"] == "2026-03-01"


def test_remarks_on_the_bytes_are_among_those_on_the_words(run: Run, talks: Path) -> None:
    talks.write_bytes(TALKS.encode("cp1250"))
    remarks = json.loads(run("read", talks).stdout)["remarks"]
    assert any("windows-1250" in remark["message"] for remark in remarks)


def test_the_library_reads_too(talks: Path) -> None:
    assert len(bilat.read(talks).instruments) == 2
    with pytest.raises(bilat.InputError, match="2026-02-27"):
        bilat.read(talks, published="soon")
    with pytest.raises(bilat.InputError, match="en"):
        bilat.read(talks, language="tlh")


def test_shipped_digests_are_read() -> None:
    folder = shipped().folder("data", "communiques")
    paths = sorted(os.path.join(folder, name) for name in os.listdir(folder))
    for path in paths:
        assert bilat.read(path).language, path


# ---- many files


@pytest.mark.parametrize("format", ["json", "table", "trig"])
def test_several_processes_give_the_same_as_one(run: Run, many: list[Path], format: str) -> None:
    one = run("read", *many, "--format", format)
    several = run("read", *many, "--format", format, "--jobs", "3")
    assert one.stdout == several.stdout and one.stdout
    assert one.stderr == several.stderr
    assert one.returncode == several.returncode == 1


def test_one_bad_file_does_not_stop_the_others(run: Run, many: list[Path]) -> None:
    result = run("read", *many)
    assert result.returncode == 1
    files = [json.loads(line)["file"] for line in result.stdout.splitlines()]
    assert files == [str(path) for path in many if path != many[5]]
    assert result.stderr == (
        f"bilat: {many[5]}: is a PNG image; bilat reads plain text, Markdown, HTML and PDF, "
        "so save its text as one of these\n"
    )


@pytest.mark.parametrize("format", ["json", "trig"])
def test_a_fault_of_the_program_does_not_stop_the_others(
    format: str, many: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "bilat.communique.read" if format == "json" else "bilat.rdf.compose"
    works: Callable[..., object] = bilat.communique.read if format == "json" else bilat.rdf.compose

    def fails(given: object, *more: object, **options: object) -> object:
        if re.search(r"topic 1\b", str(given)):
            raise ZeroDivisionError("at\n the end")
        return works(given, *more, **options)

    monkeypatch.setattr(place, fails)
    found = list(outcomes([str(path) for path in many[:3]], Way(format)))
    assert [bool(outcome.text) for outcome in found] == [True, False, True]
    assert found[1].error == (
        f"{many[1]}: cannot be read: internal error (ZeroDivisionError: at the end); "
        "please report it with the text"
    )


def test_standard_input_among_files_in_processes(run: Run, many: list[Path]) -> None:
    result = run("read", "-", *many[:3], "--jobs", "2", stdin=WEATHER)
    files = [json.loads(line)["file"] for line in result.stdout.splitlines()]
    assert files == ["standard input", *map(str, many[:3])]


def test_results_are_streamed(many: list[Path]) -> None:
    results = outcomes([str(path) for path in many], Way(), jobs=2)
    assert json.loads(next(results).text)["file"] == str(many[0])
    results.close()


def test_a_file_is_written_whole(run: Run, many: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    result = run("read", *many, "-o", out)
    assert result.returncode == 1 and result.stdout == ""
    assert out.read_text(encoding="utf-8") == run("read", *many).stdout
    nothing = tmp_path / "nothing.jsonl"
    assert run("read", many[5], "-o", nothing).returncode == 2
    assert not nothing.exists()


def test_options_may_stand_between_files(run: Run, many: list[Path]) -> None:
    result = run("read", many[0], "--language", "en", many[1], "--jobs", "1", many[2])
    files = [json.loads(line)["file"] for line in result.stdout.splitlines()]
    assert files == [str(path) for path in many[:3]]


# ---- bad input


def test_bad_input_ends_in_a_clear_message(run: Run, talks: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty.txt").touch()
    (tmp_path / "blank.html").write_text("<html></html>")
    cases: dict[tuple[str, ...], str] = {
        (): "no file to read",
        ("--explain",): "no file to read",
        ("missing.txt",): "No such file",
        (".",): "is a directory",
        ("pipe",): "no regular file",
        ("empty.txt",): "is empty",
        ("blank.html",): "without text",
        ("-",): "standard input: is empty",
        ("talks.txt", "--published", "soon"): "expected one such as 2026-02-27",
        ("talks.txt", "--language", "tlh"): "no language 'tlh'",
        ("talks.txt", "--jobs", "0"): "1 or more",
        ("talks.txt", "--jobs", "many"): "--jobs",
        ("talks.txt", "--format", "xml"): "table",
        ("talks.txt", "-o", "talks.txt"): "one of the files to read",
        ("talks.txt", "-o", "nowhere/out.json"): "cannot be written",
    }
    before = sorted(tmp_path.iterdir())
    for arguments, words in cases.items():
        result = run("read", *arguments, cwd=tmp_path)
        assert result.returncode == 2, arguments
        assert words in result.stderr and "Traceback" not in result.stderr, arguments
    assert sorted(tmp_path.iterdir()) == before
    assert talks.read_text(encoding="utf-8") == TALKS


def test_a_closed_pipe_is_no_error(environment: dict[str, str], many: list[Path]) -> None:
    files = " ".join(str(path) for path in many if path != many[5])
    for jobs in (1, 2):
        result = subprocess.run(
            f"{sys.executable} -m bilat read {files} --jobs {jobs} | head -c 1",
            shell=True,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert result.stdout == "{" and result.stderr == ""


@pytest.mark.parametrize("wait", [0.2, 1.5])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_it_with_its_processes(
    jobs: str, wait: float, environment: dict[str, str], tmp_path: Path, talks: Path
) -> None:
    command = [sys.executable, "-m", "bilat", "read", *[str(talks)] * 3000]
    process = subprocess.Popen(
        [*command, "--jobs", jobs, "-o", str(tmp_path / "out.json")],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    time.sleep(wait)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    _, errors = process.communicate(timeout=30)  # ends only when none holds the pipe
    assert process.returncode in (130, -signal.SIGINT)
    if wait > 1:
        assert process.returncode == 130
        assert errors.decode() == "bilat: interrupted; no file or store was left half-written\n"
    assert not (tmp_path / "out.json").exists()


def test_a_terminal_gets_a_table_and_a_bar(environment: dict[str, str], many: list[Path]) -> None:
    with Terminal(environment, "read", *many) as terminal:
        assert terminal.end() == 1
    screen = terminal.shown()
    assert any("reading " in line and "█" in line and "12/12" in line for line in screen.erased)
    assert any("═══" in line for line in screen.lines)
    assert not any("reading" in line for line in screen.lines)


def test_the_answer_to_a_question_loads_no_reader(environment: dict[str, str]) -> None:
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bilat", "ask", "countries"],
        env=environment,
        capture_output=True,
        text=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert not {name for name in loaded if name.startswith(("bilat.documents", "bilat.reading"))}
    assert not loaded & {"trafilatura", "lxml", "pypdf", "charset_normalizer"}
