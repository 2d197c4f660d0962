"""How far a command has come is seen in a terminal, and nothing is left of it at the end."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bilat.ingest import init
from bilat.inputs import shipped
from conftest import Run
from servers import oxigraph
from terminals import Screen, Terminal

TABLES = Path(__file__).parent / "tables"
RULES = [Path(path).stem for path in shipped().rules()]

#: A bar, as it may stand in the last line.
BAR = "█"

Open = Callable[..., Terminal]

#: ``bilat``, for which every graph is so large that it is validated in parts.
IN_PARTS = (
    "-c",
    "import sys, bilat.cli, bilat.validate as v; v.LARGE = 0; bilat.cli.main(sys.argv[1:])",
)


@pytest.fixture
def opened(environment: dict[str, str]) -> Iterator[Open]:
    """Opens terminals, which are closed at the end."""
    terminals: list[Terminal] = []

    def open(*arguments: str | Path, **options: int | tuple[str, ...]) -> Terminal:
        terminals.append(Terminal(environment, *arguments, **options))  # type: ignore[arg-type]
        return terminals[-1]

    yield open
    for terminal in terminals:
        terminal.__exit__()


def bars(screen: Screen) -> list[str]:
    """Each bar that was shown, once."""
    return list(dict.fromkeys(line for line in screen.erased if line))


def left(screen: Screen) -> list[str]:
    """The lines that are left on the screen."""
    return [line.rstrip() for line in screen.lines if line.strip()]


def test_a_build_shows_files_then_rules_and_leaves_its_result(opened: Open, tmp_path: Path) -> None:
    terminal = opened("--store", tmp_path / "store", "build")
    assert terminal.end() == 0
    screen = terminal.shown()
    shown = bars(screen)
    assert all(line.startswith("building ") for line in shown)
    names = [line.rpartition("rules: ")[2] for line in shown if "rules: " in line]
    assert names == RULES and f"0/{len(RULES)} rules: {RULES[0]}" in "".join(shown)
    assert shown[0].endswith(".ttl") or shown[0].endswith(".trig")
    assert [line for line in left(screen) if line.startswith("built in")] == left(screen)[:1]
    assert not any("building" in line or BAR in line for line in left(screen))


def test_a_question_builds_first_and_shows_that(
    opened: Open, environment: dict[str, str], tmp_path: Path
) -> None:
    with Terminal({**environment, "HOME": str(tmp_path)}, "ask", "countries") as terminal:
        assert terminal.end() == 0
    assert any(line.startswith("building ") for line in bars(terminal.shown()))
    assert left(terminal.shown())[0].startswith("country")


def test_a_validation_in_parts_shows_the_parts(
    opened: Open, store_directory: Path, tmp_path: Path
) -> None:
    flaw = tmp_path / "flaw.ttl"
    flaw.write_text("<https://w3id.org/bilat/id/party/x> a <https://w3id.org/bilat/ns#Party> .")
    terminal = opened("--store", store_directory, "validate", flaw, command=IN_PARTS)
    assert terminal.end() == 1
    shown = bars(terminal.shown())
    assert any(line.startswith("validating ") and "1/1 parts" in line for line in shown)
    assert any("1/1 parts that have findings" in line for line in shown)
    assert left(terminal.shown())[0].startswith("violation[")
    assert not any("validating" in line for line in left(terminal.shown()))


def test_an_import_shows_its_files(opened: Open, tmp_path: Path) -> None:
    init(str(tmp_path))
    files = [TABLES / "parties.csv", TABLES / "agreements.csv"]
    terminal = opened("import", "manytreaties", *files, "-o", tmp_path)
    assert terminal.end() in (0, 1)
    shown = bars(terminal.shown())
    assert {"parties.csv", "agreements.csv"} <= {line.split()[-1] for line in shown}
    assert all(line.startswith("importing ") for line in shown)
    assert shown[-1] == "importing compared with what is there"
    assert not any(line.startswith("importing") for line in left(terminal.shown()))


def test_a_push_and_an_export_show_how_far_they_are(opened: Open, store_directory: Path) -> None:
    with oxigraph() as url:
        terminal = opened("--store", store_directory, "push", url)
        assert terminal.end() == 0
    shown = bars(terminal.shown())
    assert all(line.startswith("pushing ") for line in shown)
    assert any(line.endswith(" default") for line in shown)
    assert [line[:6] for line in left(terminal.shown())][:1] == ["pushed"]
    terminal = opened("--store", store_directory, "export", "-o", store_directory / "all.ttl")
    assert terminal.end() == 0
    shown = bars(terminal.shown())
    assert shown[0].endswith(" read") and shown[-1].endswith(" written") and BAR in shown[-1]
    assert left(terminal.shown()) == []
    terminal = opened("--store", store_directory, "export", "--graph", "2026-02-27-kz-rs")
    assert terminal.end() == 0
    assert bars(terminal.shown()) == []


def test_nothing_of_it_outside_a_terminal(run: Run, store_directory: Path, tmp_path: Path) -> None:
    assert run("--store", tmp_path / "store", "build").stderr == ""
    assert run("--store", tmp_path / "store", "export", "-o", tmp_path / "all.nq").stderr == ""
    init(str(tmp_path))
    assert run("import", "reign", TABLES / "reign.csv", "-o", tmp_path).stderr == ""


def test_an_error_leaves_itself_alone(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "wrong.ttl").write_text("<urn:a> <urn:b> .")
    terminal = opened("--data", tmp_path, "--store", tmp_path / "store", "build")
    assert terminal.end() == 2
    assert bars(terminal.shown())
    first = left(terminal.shown())[0]
    assert first.startswith("bilat: ") and "wrong.ttl:1:17" in "".join(left(terminal.shown()))


def test_ctrl_c_leaves_one_line(opened: Open, tmp_path: Path) -> None:
    init(str(tmp_path))
    with (tmp_path / "sources" / "long.nt").open("w") as file:  # so that there is time
        file.writelines(f"<urn:a> <urn:b> <urn:c{number}> .\n" for number in range(200_000))
    terminal = opened("--data", tmp_path, "--store", tmp_path / "store", "build")
    terminal.read("building")
    terminal.type("\x03")
    assert terminal.end() == 130
    assert left(terminal.shown()) == ["bilat: interrupted; no file or store was left half-written"]
    assert not list((tmp_path / "store").glob("store-*"))


def test_a_name_longer_than_the_line_leaves_nothing(opened: Open, tmp_path: Path) -> None:
    init(str(tmp_path))
    table = tmp_path / f"{'very-long-' * 12}\nname\033[2J.csv"
    shutil.copy(TABLES / "reign.csv", table)
    terminal = opened("import", "reign", table, "-o", tmp_path, "--id", "x", columns=60)
    assert terminal.end() in (0, 1)
    shown = bars(terminal.shown())
    assert any("very-long" in line for line in shown) and max(map(len, shown)) == 60
    assert left(terminal.shown())[0].startswith("x (new)")
