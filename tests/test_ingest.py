"""Documents come into the user's data whole or not at all, and once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings

from bilat import cli
from bilat.documents import Document
from bilat.errors import InputError
from bilat.ingest import Choice, Ingest, Ingested, Options, init, report, shown
from bilat.inputs import shipped
from bilat.judgements import Judgements
from bilat.namespaces import compact
from bilat.rdf import Mention
from bilat.reconcile import Decision
from bilat.record import Award, Evidence, Instrument, Party, Person, Record
from bilat.validate import validate_graph
from conftest import Run, examples
from terminals import Terminal
from test_rdf import records

TEXT = """Tirana, 8 May 2026

Albania and Estonia signed two documents in Tirana on 8 May 2026:

1. Memorandum of understanding on cooperation in the field of veterinary medicine between the Ministry of Agriculture of Albania and the Ministry of Rural Affairs of Estonia;
2. Agreement between the Ministry of Culture of Albania and the Ministry of Culture of Estonia on cooperation in the field of cinematography.
"""  # noqa: E501
WHO = ("ask", "who-cooperates-with", "--country", "AL", "--partner", "EE", "--format", "csv")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of own data."""
    folder = tmp_path / "my data"
    init(str(folder))
    return folder


def sources(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((data / "sources").iterdir())}


def file(folder: Path, name: str = "talks.txt", text: str = TEXT) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# ---- by hand-made records


def record_of(*names: tuple[str, str], text: str = "") -> tuple[str, Record]:
    """An agreement of each two bodies, and its text."""
    title = f"Agreement between {' and '.join(name for name, _ in names)}"
    text = text or f"They signed it.\n{title}\n"

    def words(quote: str) -> Evidence:
        start = text.index(quote)
        return Evidence(quote, start, start + len(quote), 0.9)

    parties = tuple(Party(name, code, "ministry", words(name)) for name, code in names)
    instrument = Instrument(title, "agreement", parties, None, words(title))
    countries = tuple(dict.fromkeys(code for _, code in names))
    return text, Record("en", "2026-05-09", countries=countries, instruments=(instrument,))


def take(
    data: Path, text: str, record: Record, options: Options | None = None, **more: object
) -> Ingested:
    def read(*_: object) -> Record:
        return record

    inputs = shipped(str(data))
    taking = Ingest(inputs, options or Options(), read, more.get("ask"))  # type: ignore[arg-type]
    return taking.take(document(text, str(more.get("name", "talks.txt"))))


def document(text: str, name: str) -> Document:
    return Document(name, text, "text/plain", None, None, None, "0" * 64)


NEW = (("Ministry of Fun", "AL"), ("Ministry of Play", "EE"))
#: Like a body of Kazakhstan that ships, and not the same name.
DOUBTFUL = (("Ministry of Culture", "KZ"), ("Ministry of Play", "EE"))


def test_what_is_written_passes_the_shapes_beside_the_shipped_data(data: Path) -> None:
    done = take(data, *record_of(*NEW))
    assert (done.state, done.identifier) == ("new", "2026-05-09-al-ee")
    inputs = shipped(str(data))
    assert done.path in [path for path, _ in inputs.files()]
    triples = {quad.triple for path, _ in inputs.files() for quad in ox.parse(path=path)}
    whole = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    assert validate_graph(whole, [Path(path) for path in inputs.shapes()]) == []


def test_a_second_document_matches_what_the_first_brought(data: Path) -> None:
    take(data, *record_of(*NEW))
    done = take(data, *record_of(NEW[0], ("Ministry of Chess", "EE")), name="b.txt")
    assert done.identifier == "2026-05-09-al-ee-2"
    matched = [n for n in done.graph.names if not n.minted]  # type: ignore[union-attr]
    assert [n.name for n in matched] == ["Ministry of Fun"]


def test_a_name_is_matched_as_the_text_had_it(data: Path) -> None:
    text, record = record_of(NEW[0], ("Fest", "EE"))
    take(data, text, record)
    done = take(data, *record_of(("Ministry of Tea", "AL"), ("Fest", "EE")), name="b.txt")
    assert done.graph is not None
    (naming,) = [n for n in done.graph.names if n.name == "Fest"]
    assert not naming.minted
    assert naming.decision.reasons == ("“Fest” is a name of it",)


def test_one_call_matches_what_its_first_document_brought(data: Path) -> None:
    given = iter([record_of(*NEW), record_of(NEW[0], ("Ministry of Chess", "EE"))])
    current: list[Record] = []
    taking = Ingest(shipped(str(data)), Options(), lambda *_: current[-1])
    for text, record in given:
        current.append(record)
        done = taking.take(document(text, f"{len(current)}.txt"))
    assert [n.minted for n in done.graph.names] == [False, True]  # type: ignore[union-attr]


def test_the_same_text_changes_nothing(data: Path) -> None:
    text, record = record_of(*NEW)
    take(data, text, record)
    before = sources(data)
    again = take(data, text, record, name="other-name.txt")
    assert (again.state, again.identifier) == ("known", "2026-05-09-al-ee")
    assert again.is_complete
    assert sources(data) == before


def test_a_text_that_ships_is_known(data: Path) -> None:
    path = Path(shipped().folder("data", "communiques")) / "2026-02-27-kz-rs.txt"
    done = take(data, path.read_text("utf-8"), record_of(*NEW)[1])
    assert (done.state, done.identifier, done.path) == ("known", "2026-02-27-kz-rs", None)
    assert sources(data) == {}


@pytest.mark.parametrize("url", [None, "https://example.org/a"])
def test_a_changed_text_needs_to_be_wanted(data: Path, url: str | None) -> None:
    text, record = record_of(*NEW)
    record = replace(record, source_url=url)
    take(data, text, record, Options(keep_text=True))
    before = sources(data)
    more = text + "\nMore.\n"
    done = take(data, more, record)
    assert (done.state, done.is_complete) == ("changed", False)
    assert "--replace" in report(done)
    assert sources(data) == before
    done = take(data, more, record, Options(replace=True))
    assert (done.state, done.identifier) == ("replaced", "2026-05-09-al-ee")
    (name,) = before
    assert list(sources(data)) == [name, f"{name}~"]
    assert sources(data)[name] != before[name]
    assert sources(data)[f"{name}~"] == before[name]
    # the kept text is no longer the one that is quoted
    (kept,) = (data / "communiques").iterdir()
    assert (kept.name, kept.read_text("utf-8")) == ("2026-05-09-al-ee.txt~", text)
    assert f"{name}~" in report(done) and kept.name in report(done)


def test_replacing_never_takes_the_place_of_what_the_same_call_wrote(data: Path) -> None:
    take(data, *record_of(*NEW))
    given = [
        record_of(("Ministry of Tea", "AL"), ("Ministry of Cake", "EE")),
        record_of(("Ministry of Rain", "AL"), ("Ministry of Snow", "EE")),
    ]
    current: list[Record] = []
    taking = Ingest(shipped(str(data)), Options(replace=True), lambda *_: current[-1])
    for _ in range(2):
        done = []
        for text, record in given:
            current.append(record)
            done.append(taking.take(document(text, "talks.txt")))
        if len(current) == 2:
            states = [(d.state, d.identifier) for d in done]
            assert states == [("replaced", "2026-05-09-al-ee"), ("new", "2026-05-09-al-ee-2")]
    assert [d.state for d in done] == ["known", "known"]
    assert [n for n in sources(data) if n.endswith(".trig")] == [
        "2026-05-09-al-ee-2.trig",
        "2026-05-09-al-ee.trig",
    ]


@pytest.mark.parametrize("decision", ["same", "new"])
def test_what_was_left_to_decide_is_taken_in_later(data: Path, decision: str) -> None:
    text, record = record_of(*DOUBTFUL)
    first = Options(url="https://example.org/a", licence="CC BY 4.0", keep_text=True)
    record = replace(record, source_url=first.url)
    done = take(data, text, record, first)
    (open_,) = done.undecided
    again = take(data, text, record, Options(licence="other"))
    assert (again.state, again.settled, again.is_complete) == ("known", (), True)
    assert "--licence: ignored without --replace" in report(again)
    candidate = open_.decision.candidates[0].iri if decision == "same" else None
    Judgements.load(data / "judgements.tsv").add(
        kind="institution", name=open_.name, country="KZ", decision=decision, iri=candidate,
        why="so", who="Ana",
    )  # fmt: skip
    told = take(data, text, record)
    assert (told.state, told.is_complete) == ("known", False)
    assert "--replace takes it in" in report(told)
    taken = take(data, text, record, Options(replace=True))
    assert (taken.state, taken.identifier, taken.undecided) == ("replaced", done.identifier, [])
    content = sources(data)[f"{done.identifier}.trig"].decode()
    assert "CC BY 4.0" in content and "status:not-stated ;\n    bilat:nameAs" not in content
    assert (data / "communiques" / f"{done.identifier}.txt").read_text("utf-8") == text
    assert take(data, text, record).is_complete


def test_another_document_of_that_day_gets_a_number(data: Path) -> None:
    take(data, *record_of(*NEW))
    done = take(data, *record_of(("Ministry of Tea", "AL"), ("Ministry of Cake", "EE")), name="b")
    assert done.identifier == "2026-05-09-al-ee-2"
    assert len(sources(data)) == 2


@pytest.mark.parametrize(
    ("name", "published"), [("talks.txt", "2026-05-10"), ("standard input", "2026-05-09")]
)
def test_a_text_is_a_changed_one_only_where_that_is_clear(
    data: Path, name: str, published: str
) -> None:
    take(data, *record_of(*NEW), name=name)
    text, record = record_of(("Ministry of Tea", "AL"), ("Ministry of Cake", "EE"))
    assert take(data, text, replace(record, published=published), name=name).state == "new"


def test_nothing_read_is_nothing_written(data: Path) -> None:
    done = take(data, "Rain.", Record())
    assert (done.state, done.is_complete) == ("empty", False)
    assert sources(data) == {}


def test_a_dry_run_writes_nothing(data: Path) -> None:
    done = take(data, *record_of(*NEW), Options(dry_run=True, keep_text=True))
    assert done.state == "new"
    assert "would be written" in report(done, dry_run=True)
    assert sources(data) == {}
    assert not (data / "communiques").joinpath("2026-05-09-al-ee.txt").exists()


def test_the_text_is_kept_only_where_it_may_be(data: Path) -> None:
    text, record = record_of(*NEW)
    take(data, text, record, Options(keep_text=True))
    assert (data / "communiques" / "2026-05-09-al-ee.txt").read_text("utf-8") == text


def test_a_doubtful_name_is_left_out_and_listed(data: Path) -> None:
    done = take(data, *record_of(*DOUBTFUL))
    assert [n.name for n in done.undecided] == ["Ministry of Culture"]
    assert not done.is_complete
    assert "to decide" in report(done)
    (trig,) = (content.decode() for content in sources(data).values())
    assert "bilat:institutionStatus status:not-stated" in trig
    assert 'bilat:nameAsQuoted "Ministry of Culture"@en' in trig


@pytest.mark.parametrize("decision", ["same", "new", "unsure"])
def test_what_is_decided_is_kept_and_holds_from_then_on(data: Path, decision: str) -> None:
    asked: list[str] = []

    def ask(mention: Mention, found: Decision) -> Choice:
        asked.append(mention.name)
        return Choice(decision, found.candidates[0].iri if decision == "same" else None)

    done = take(data, *record_of(*DOUBTFUL), ask=ask)
    (judgement,) = Judgements.load(data / "judgements.tsv")
    assert (judgement.name, judgement.decision) == ("Ministry of Culture", decision)
    (naming,) = [n for n in done.graph.names if n.name == "Ministry of Culture"]  # type: ignore[union-attr]
    assert (naming.iri is None, naming.minted) == {
        "same": (False, False), "new": (False, True), "unsure": (True, False),
    }[decision]  # fmt: skip
    again = take(data, *record_of(DOUBTFUL[0], ("Ministry of Tea", "EE")), name="b", ask=ask)
    (second,) = [n for n in again.graph.names if n.name == "Ministry of Culture"]  # type: ignore[union-attr]
    assert second.iri == naming.iri
    assert asked == ["Ministry of Culture"]


def test_who_cannot_hold_the_post_is_left_out_with_a_remark(data: Path) -> None:
    text = "They signed it.\nAgreement between A and B\nJohn Doe\n"
    _, record = record_of(("A", "KZ"), ("B", "RS"), text=text)
    start = text.index("John Doe")
    person = Person("John Doe", "President", "RS", Evidence("John Doe", start, start + 8))
    record = replace(record, people=(person,), published="2026-02-27")
    done = take(data, text, record)
    assert done.graph is not None
    assert [r for r in done.graph.remarks if "at odds with the data" in r]
    assert done.graph.count("bilat:Person") == 1
    assert done.graph.count("bilat:Tenure") == 0


def test_names_that_are_no_plain_text_do_no_harm(data: Path) -> None:
    names = [
        'Ministry of "Quotes"\\',
        "<script>alert(1)</script>",
        "Ministry of \x1b[31mRed\x00",
        "Министерство веселья",
        "وزارة المرح",
        "\u202eMinistry\u202c",
    ]
    text = "\n".join([*names, "signed"])
    places = [(name, text.index(name)) for name in names]
    words = [Evidence(name, at, at + len(name)) for name, at in places]
    instruments = tuple(
        Instrument(
            name,
            "agreement",
            (
                Party(name, "AL", "ministry", said),
                Party("Ministry of Play", "EE", "ministry", said),
            ),
            name,
            said,
        )
        for name, said in zip(names, words, strict=True)
    )
    record = Record(
        "ru",
        "2026-05-09",
        place=names[2],
        countries=("AL", "EE"),
        event_type="talks",
        people=tuple(Person(w.quote, w.quote, "AL", w) for w in words),
        awards=tuple(Award(w.quote, w.quote, "AL", w) for w in words),
        instruments=instruments,
    )
    done = take(data, text, record, name="a\x1b[2J\u202eb.txt")
    told = report(done)
    assert not [c for c in told if c != "\n" and not c.isprintable()]
    (content,) = sources(data).values()
    assert len({q.subject for q in ox.parse(content, format=ox.RdfFormat.TRIG)}) > 20
    assert not [c for c in content.decode() if c != "\n" and not c.isprintable()]


@settings(
    max_examples=examples(25),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(records())
def test_whatever_was_read_passes_or_is_left_out(data: Path, given_: tuple[str, Record]) -> None:
    text, record = given_
    done = take(data, text, record, Options(dry_run=True))
    assert done.state in ("new", "empty")
    assert not [c for c in report(done, True) if c != "\n" and not c.isprintable()]


def test_what_is_shown_cannot_move_the_cursor() -> None:
    assert shown("a\x1b[31m\u202eb\n") == "a\\x1b[31m\\x202eb\\x0a"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": "javascript:alert(1)"}, "an address of http"),
        ({"published": "27.2.2026"}, "no date"),
        ({"published": "20260227"}, "no date"),
    ],
)
def test_bad_options_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Options(**options)  # type: ignore[arg-type]


def test_a_folder_must_be_one_of_own_data(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="bilat init"):
        Ingest(shipped(str(tmp_path)), Options(), lambda *_: Record())


# ---- the commands


def test_init_makes_a_folder_and_is_content_with_one(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "new"
    assert run("init", folder).returncode == 0
    made = sorted(path.name for path in folder.iterdir())
    assert made == ["README.md", "communiques", "judgements.tsv", "sources"]
    (folder / "README.md").write_text("mine")
    again = run("init", folder)
    assert (again.returncode, "nothing to do" in again.stdout) == (0, True)
    assert (folder / "README.md").read_text() == "mine"
    blocked = run("init", folder / "README.md")
    assert (blocked.returncode, "Traceback" in blocked.stderr) == (2, False)


def test_questions_diagrams_and_exports_see_what_was_ingested(
    data: Path, run: Run, tmp_path: Path
) -> None:
    before = run("--data", data, *WHO)
    assert "Albania" not in before.stdout
    done = run("--data", data, "ingest", file(tmp_path), "--published", "2026-05-09")
    assert done.returncode in (0, 1), done.stderr
    assert "2026-05-09-al-ee" in done.stdout
    asked = run("--data", data, *WHO).stdout
    assert "Ministry of Rural Affairs of Estonia" in asked
    assert "Ministry of Culture of Estonia" in asked
    shipped_too = run("--data", data, "ask", "who-cooperates-with", "--format", "csv").stdout
    assert "Kazakh Invest" in shipped_too
    assert run("--data", data, "validate").returncode == 0
    exported = run("--data", data, "export", "--graph", "2026-05-09-al-ee", "--format", "trig")
    assert "Ministry of Rural Affairs of Estonia" in exported.stdout
    picture = tmp_path / "al-ee.svg"
    assert run("--data", data, "draw", "pair", "AL", "EE", "-o", picture).returncode == 0
    assert "Rural" in picture.read_text("utf-8")


def test_in_the_folder_itself_it_need_not_be_named(data: Path, run: Run, tmp_path: Path) -> None:
    path = file(tmp_path)
    assert run("ingest", path, cwd=data).returncode in (0, 1)
    assert "Rural" in run(*WHO, cwd=data).stdout
    outside = run("ingest", path, cwd=tmp_path)
    assert (outside.returncode, "bilat init" in outside.stderr) == (2, True)


def test_ingesting_twice_changes_nothing(data: Path, run: Run, tmp_path: Path) -> None:
    path = file(tmp_path)
    run("--data", data, "ingest", path)
    before = sources(data)
    assert before
    again = run("--data", data, "ingest", path)
    assert (again.returncode, "nothing to do" in again.stdout) == (0, True)
    assert sources(data) == before


def test_one_bad_file_does_not_keep_the_others_out(data: Path, run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n")
    found = run("--data", data, "ingest", tmp_path / "none.txt", bad, file(tmp_path))
    assert found.returncode == 2
    assert "none.txt" in found.stderr and "bad.txt" in found.stderr
    assert "Traceback" not in found.stderr
    assert len(sources(data)) == 1


@pytest.mark.parametrize("place", ["bilat.communique.read", "bilat.ingest.compose"])
def test_a_fault_of_the_program_keeps_one_file_out(
    place: str,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    module, _, name = place.rpartition(".")
    works = getattr(import_module(module), name)

    def fails_once(*given: object, **more: object) -> object:
        monkeypatch.setattr(place, works)
        raise KeyError("a\nb")

    monkeypatch.setattr(place, fails_once)
    other = file(tmp_path, "other.txt", TEXT.replace("Estonia", "Latvia"))
    code = cli.run(["--data", str(data), "ingest", str(file(tmp_path)), str(other)])
    assert code == 2
    assert capsys.readouterr().err == (
        f"bilat: {tmp_path / 'talks.txt'}: cannot be read: internal error (KeyError: 'a\\nb'); "
        "please report it with the text\n"
    )
    assert list(sources(data)) == ["2026-05-08-al-lv.trig"]


def test_doubts_about_the_bytes_are_notes(data: Path, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "talks.txt"
    path.write_bytes(TEXT.replace(":", ", – said Vučić:", 1).encode("cp1250"))
    found = run("--data", data, "ingest", path)
    assert len(sources(data)) == 1
    assert [line for line in found.stdout.splitlines() if "note " in line and "windows-" in line]
    path.write_bytes("Nothing was done in Niš, said Vučić – and nobody was there.".encode("cp1250"))
    nothing = run("--data", data, "ingest", path)
    assert "windows-" in nothing.stdout and "nothing written" in nothing.stdout


def test_a_text_from_a_pipe_is_not_waited_for(data: Path, run: Run) -> None:
    found = run("--data", data, "ingest", "-", stdin=TEXT)
    assert found.returncode in (0, 1), found.stderr
    assert len(sources(data)) == 1


def test_the_help_says_what_the_exit_codes_mean(run: Run) -> None:
    told = run("ingest", "--help").stdout
    assert "exit codes: 0 everything is in, 1" in told


def test_a_folder_that_cannot_be_written_to_is_left_as_it_was(
    data: Path, run: Run, tmp_path: Path
) -> None:
    path = file(tmp_path)
    (data / "sources").chmod(0o555)
    try:
        if os.access(data / "sources", os.W_OK):
            pytest.skip("whoever runs this may write to read-only folders")
        found = run("--data", data, "ingest", path)
    finally:
        (data / "sources").chmod(0o755)
    assert found.returncode == 2
    assert "cannot be written" in found.stderr and "Traceback" not in found.stderr
    assert sources(data) == {}


def test_a_write_that_fails_leaves_nothing_behind(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.replace

    def fail(draft: str, path: str) -> None:
        if path.endswith(".trig"):
            raise OSError(28, "No space left on device")
        rename(draft, path)

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(InputError, match="No space left"):
        take(data, *record_of(*NEW), Options(keep_text=True))
    assert sources(data) == {}
    assert list((data / "communiques").iterdir()) == []


def command(environment: dict[str, str], *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bilat", *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def test_killed_at_any_moment_it_leaves_whole_files(
    data: Path, environment: dict[str, str], run: Run, tmp_path: Path
) -> None:
    path = file(tmp_path)
    for wait in (0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.05):
        process = command(environment, "--data", data, "ingest", path)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        for name, content in sources(data).items():
            if name.endswith(".trig"):
                assert list(ox.parse(content, format=ox.RdfFormat.TRIG))
    assert run("--data", data, "ingest", path).returncode in (0, 1)
    assert [name for name in sources(data) if name.endswith(".trig")] == ["2026-05-08-al-ee.trig"]
    assert run("--data", data, "validate").returncode == 0


def test_two_at_once_do_not_take_each_others_place(
    data: Path, environment: dict[str, str], run: Run, tmp_path: Path
) -> None:
    texts = [TEXT, TEXT.replace("cinematography", "healthcare"), TEXT.replace("Rural", "Urban")]
    paths = [file(tmp_path, f"{n}.txt", text) for n, text in enumerate(texts)]
    running = [command(environment, "--data", data, "ingest", path) for path in paths]
    for process in running:
        _, complaint = process.communicate(timeout=120)
        assert process.returncode in (0, 1), complaint
    assert list(sources(data)) == [
        "2026-05-08-al-ee-2.trig",
        "2026-05-08-al-ee-3.trig",
        "2026-05-08-al-ee.trig",
    ]
    assert run("--data", data, "validate").returncode == 0


# ---- in a terminal


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    text = TEXT.replace("Albania", "Kazakhstan")
    return file(tmp_path, "doubtful.txt", text)  # fmt: skip


@pytest.fixture
def terminal(data: Path, environment: dict[str, str], doubtful: Path) -> Iterator[Terminal]:
    with Terminal(environment, "--data", data, "ingest", doubtful) as opened:
        yield opened


def test_in_a_terminal_it_asks_and_remembers(
    terminal: Terminal, data: Path, run: Run, doubtful: Path
) -> None:
    terminal.read("> ")
    assert "Which institution is “Ministry of Culture” (KZ)?" in terminal.seen
    terminal.type("yes\n")
    terminal.read("a number of the list, n or u")
    terminal.type("1\n")
    terminal.end()
    (judgement,) = Judgements.load(data / "judgements.tsv")
    assert (judgement.decision, judgement.name) == ("same", "Ministry of Culture")
    (trig,) = (content.decode() for content in sources(data).values())
    assert f"bilat:partyInstitution {compact(judgement.iri)} ;" in trig


def test_a_terminal_that_hangs_up_decides_nothing(terminal: Terminal, data: Path) -> None:
    terminal.read("> ")
    terminal.type("\x04")
    assert terminal.end() == 1
    assert list(Judgements.load(data / "judgements.tsv")) == []
    assert "to decide" in terminal.seen


def test_interrupted_at_a_question_it_writes_nothing(terminal: Terminal, data: Path) -> None:
    terminal.read("> ")
    os.kill(terminal.process.pid, signal.SIGINT)
    assert terminal.end() == 130
    assert sources(data) == {}


def test_yes_asks_nothing(data: Path, environment: dict[str, str], doubtful: Path) -> None:
    with Terminal(environment, "--data", data, "ingest", "--yes", doubtful) as opened:
        assert opened.end() == 1
    assert "to decide" in opened.seen
    assert len(sources(data)) == 1
