"""The wheel alone, in an empty environment outside the checkout, does the main job."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def call(*command: str | Path, cwd: Path, environment: dict[str, str]) -> str:
    result = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    out = tmp_path_factory.mktemp("dist")
    options = ("--wheel", "--no-isolation", "--outdir", out)
    call(sys.executable, "-m", "build", *options, ROOT, cwd=out, environment=environment)
    return next(out.glob("bilat-*.whl"))


def test_the_wheel_holds_ontology_data_and_queries(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("ontology", "data", "queries"):
        files = [p for p in (ROOT / folder).rglob("*") if p.is_file()]
        assert files
        assert {f"bilat/{p.relative_to(ROOT)}" for p in files} <= names
    for folder in ("templates", "static"):
        shown = list((ROOT / "src" / "bilat" / "server" / folder).iterdir())
        assert shown and {str(p.relative_to(ROOT / "src")) for p in shown} <= names
    assert {name.rpartition("/")[2] for name in names} >= {"LICENSE", "LICENSE-DATA"}


TALKS = """TIRANA, 8 May 2026 – The sides signed:

1. Agreement between the Ministry of Culture of Albania and the Ministry of Culture of Estonia.
"""


def empty_environment(tmp_path: Path, environment: dict[str, str], *options: str) -> Path:
    """A Python environment of its own; gives its interpreter."""
    command = (sys.executable, "-m", "venv", *options, "env")
    call(*command, cwd=tmp_path, environment=environment)
    return tmp_path / "env" / "bin" / "python"


def installed(wheel: Path, tmp_path: Path, environment: dict[str, str]) -> Path:
    """An environment with what an installation of the wheel gives."""
    python = empty_environment(tmp_path, environment)
    # the versions of the lock file, so that this tests the wheel and not what was released today
    options = ("--quiet", "--disable-pip-version-check", "--constraint", tmp_path / "pins")
    pins = [line.split()[0] for line in (ROOT / "requirements.lock").open() if "==" in line]
    (tmp_path / "pins").write_text("\n".join(pins))
    call(python, "-m", "pip", "install", *options, wheel, cwd=tmp_path, environment=environment)
    return python


def lent(wheel: Path, tmp_path: Path, environment: dict[str, str]) -> Path:
    """An environment with the wheel; what it needs is that of the tests' own environment."""
    python = empty_environment(tmp_path, environment, "--without-pip")
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index")
    pip = (sys.executable, "-m", "pip", "--python", python, "install")
    call(*pip, *options, wheel, cwd=tmp_path, environment=environment)
    (packages,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    # a path alone: what is installed there to be edited, as bilat is, does not come with it
    (packages / "lent.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return python


@pytest.mark.parametrize("kind", [lent, pytest.param(installed, marks=pytest.mark.slow)])
def test_the_main_job_runs_from_the_wheel(
    kind: Callable[[Path, Path, dict[str, str]], Path],
    wheel: Path,
    tmp_path: Path,
    environment: dict[str, str],
) -> None:
    environment = {k: v for k, v in environment.items() if k != "PYTHONPATH"}
    python = kind(wheel, tmp_path, environment)
    environment = {**environment, "HOME": str(tmp_path)}
    bilat = tmp_path / "env" / "bin" / "bilat"
    printed = call(bilat, "tour", "out", cwd=tmp_path, environment=environment)
    assert "All done" in printed and "Ministry of Culture of Serbia" in printed
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"kz-rs.svg", "network.svg", "bilat.ttl", "void.ttl"} <= written
    (tmp_path / "talks.txt").write_text(TALKS, encoding="utf-8")
    for words, expected in (
        ("read talks.txt --format table", "Ministry of Culture (EE)"),
        ("init own", "own/sources"),
        ("--data own ingest talks.txt", "institution:est-ministry-of-culture"),
        ("--data own ask partners-of-country --country Albania", "Estonia"),
        ("--data own reconcile Kulturministerium --country EE", "unknown"),
        ("--data own reconcile Министерство&культуры --country EE", "match: institution:est-"),
    ):
        command = [word.replace("&", " ") for word in words.split()]
        printed = call(bilat, *command, cwd=tmp_path, environment=environment)
        assert expected in printed, words
    code = "import bilat; print(bilat.__file__, len(bilat.open().ask('countries')))"
    place, count = call(python, "-c", code, cwd=tmp_path, environment=environment).split()
    assert str(tmp_path) in place and int(count) >= 20
