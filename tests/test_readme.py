"""The README is true: its commands print what it shows, its Python and Turtle hold."""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
from pathlib import Path

import pyoxigraph as ox
import pytest

import bilat
from bilat.cli import COMMANDS
from bilat.namespaces import PREFIXES
from conftest import Run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language]


def commands() -> list[tuple[str, str]]:
    """Each ``$ bilat …`` of the README with the lines that it shows below."""
    found: list[tuple[str, str]] = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output.strip("\n")))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the README's reader makes."""
    for text in blocks("sh"):
        subprocess.run(["sh", "-euc", text], cwd=tmp_path, check=True)
    return tmp_path


def test_commands_print_what_is_shown(run: Run, folder: Path) -> None:
    # one after another in one folder, as somebody who follows it would
    shown, printed = [], []
    for command, output in commands():
        if command.startswith("bilat "):
            result = run(*shlex.split(command)[1:], cwd=folder)
            assert result.returncode == 0, f"{command}: {result.stderr}"
            shown += [f"$ {command}", *output.splitlines()]
            printed += [f"$ {command}", *result.stdout.strip("\n").splitlines()]
    assert printed and printed == shown


def test_every_command_is_named() -> None:
    assert [name for name in COMMANDS if f"`bilat {name}`" not in README] == []


def test_the_readme_shows_at_least_five_questions() -> None:
    assert len({c for c, _ in commands() if c.startswith("bilat ask ")}) >= 5


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"make (\w+)", "\n".join(text for _, text in BLOCKS)))
    assert named and named <= targets


def test_python_sessions_are_true(
    home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(folder)
    examples = doctest.DocTestParser().get_doctest(
        "\n".join(blocks("python")), {}, "README", "README.md", 0
    )
    assert len(examples.examples) >= 4
    assert doctest.DocTestRunner().run(examples).failed == 0


def test_the_turtle_is_in_the_graph(kg: bilat.KnowledgeGraph) -> None:
    everything = {quad.triple for quad in kg.store.quads()}
    prologue = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    for text in blocks("turtle"):
        shown = {q.triple for q in ox.parse(prologue + text, format=ox.RdfFormat.TURTLE)}
        assert shown and shown <= everything


@pytest.mark.parametrize(
    ("name", "words"), [("kz-rs", ("pair", "KZ", "RS")), ("network", ("network",))]
)
def test_the_pictures_are_what_the_program_draws(
    name: str, words: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    assert f"(docs/{name}.svg)" in README
    assert run("draw", *words, "-o", tmp_path / "drawn.svg").returncode == 0
    # letter by letter; positions may differ in the last digit between processors
    shown, drawn = (
        re.findall(r'href="#(DejaVu[^"]+)"', path.read_text(encoding="utf-8"))
        for path in (ROOT / "docs" / f"{name}.svg", tmp_path / "drawn.svg")
    )
    assert shown and shown == drawn


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
