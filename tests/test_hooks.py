"""The hook for commits and the example of a workflow do what they say, in a repository of git."""

from __future__ import annotations

import json
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bilat.files import RDF_FORMATS
from bilat.namespaces import PREFIXES

ROOT = Path(__file__).parents[1]
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
WORKFLOW = yaml.safe_load((ROOT / "docs" / "validate-data.yml").read_text("utf-8"))

GOOD = f"""@prefix bilat: <{PREFIXES["bilat"]}> . @prefix xsd: <{PREFIXES["xsd"]}> .
<https://example.org/x> bilat:onDate "2026-02-27"^^xsd:date .
"""
WRONG = GOOD.replace('"2026-02-27"^^xsd:date', '"soon"').replace("org/x", "org/y")
BROKEN = GOOD.replace(" .\n<", "\n<")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one sound file in it."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "good.ttl").write_text(GOOD)
    git(folder, "add", ".")
    return folder


def git(folder: Path, *words: str) -> str:
    result = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return result.stdout


@pytest.fixture
def shell(tmp_path: Path, environment: dict[str, str]) -> dict[str, str]:
    """An environment in which ``bilat`` is a command."""
    command = tmp_path / "bin" / "bilat"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m bilat "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return {**environment, "PATH": f"{command.parent}:{environment['PATH']}"}


def hook(folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the hook as its framework does: on those of the files to be committed that match."""
    staged = git(folder, "diff", "--cached", "--name-only", "-z").split("\0")[:-1]
    chosen = [name for name in staged if re.search(HOOK["files"], name)]
    words = [*shlex.split(HOOK["entry"]), *chosen]
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True)


def test_the_hook_chooses_every_syntax_and_nothing_else() -> None:
    assert all(re.search(HOOK["files"], f"data/a{suffix}") for suffix in RDF_FORMATS)
    assert not re.search(HOOK["files"], "README.md") and not re.search(HOOK["files"], "a.ttl.bak")
    assert {"id", "name", "entry", "language"} <= HOOK.keys() and HOOK["require_serial"]


def test_the_hook_stops_a_commit_with_a_finding(repository: Path, shell: dict[str, str]) -> None:
    assert hook(repository, shell).returncode == 0
    (repository / "notes.txt").write_text("not RDF")
    (repository / "my wrong.ttl").write_text(WRONG)
    git(repository, "add", ".")
    result = hook(repository, shell)
    assert result.returncode == 1
    assert "--> my wrong.ttl:2:38\n" in result.stdout and "2 | <https" in result.stdout
    (repository / "broken.ttl").write_text(BROKEN)
    git(repository, "add", ".")
    result = hook(repository, shell)
    assert result.returncode == 2
    assert "--> broken.ttl:2:1\n" in result.stdout and "--> my wrong.ttl:2:38" in result.stdout


def steps() -> list[dict[str, Any]]:
    (job,) = WORKFLOW["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


def test_the_workflow_annotates_and_uploads_what_it_finds(
    repository: Path, shell: dict[str, str]
) -> None:
    env = {**shell, "DATA": WORKFLOW["env"]["DATA"]}
    annotate, write = (step["run"] for step in steps() if "bilat " in step.get("run", "")[:6])

    def run(command: str) -> subprocess.CompletedProcess[str]:
        words = ["bash", "-e", "-c", command]
        return subprocess.run(words, cwd=repository, env=env, capture_output=True, text=True)

    assert run(annotate).returncode == 0
    (repository / "wrong.ttl").write_text(WRONG)
    (repository / "broken.ttl").write_text(BROKEN)
    result = run(annotate)
    assert result.returncode == 2
    assert "::error file=wrong.ttl,line=2,endLine=2,col=38," in result.stdout
    assert "::error file=broken.ttl,line=2,endLine=2,col=1," in result.stdout
    assert run(write).returncode == 0
    (upload,) = (step["with"] for step in steps() if "upload-sarif" in step.get("uses", ""))
    log = json.loads((repository / upload["sarif_file"]).read_text("utf-8"))
    found = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in log["runs"][0]["results"]
    ]
    assert found == ["broken.ttl", "wrong.ttl"]
