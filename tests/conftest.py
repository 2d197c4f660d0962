"""One built graph for all tests of a worker, and the command as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import urllib3
from hypothesis import settings

import bilat
from bilat.build import build
from bilat.inputs import shipped
from servers import oxigraph
from serving import Served, serving

# how long an example takes says nothing of whether it holds
settings.register_profile("bilat", deadline=None, max_examples=30)
settings.register_profile("thorough", deadline=None, max_examples=100)
settings.load_profile("bilat")


def examples(most: int) -> int:
    """How many examples to try where `make test-all` is to try so many."""
    return max(3, most * settings().max_examples // 100)


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def store_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store built from the shipped data; never write to it."""
    directory = tmp_path_factory.mktemp("built")
    build(shipped(), directory)
    return directory


@pytest.fixture(scope="session")
def kg(store_directory: Path) -> bilat.KnowledgeGraph:
    """The shipped knowledge graph."""
    return bilat.open(store_directory)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home directory of the tests' own, so that no user's cache is touched."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def environment(home: Path) -> dict[str, str]:
    """The environment for commands: that home, and no settings of the user's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BILAT_")}
    return {**kept, "HOME": str(home), "COLUMNS": "100"}


@pytest.fixture(scope="session")
def run(environment: dict[str, str]) -> Run:
    """Run ``bilat`` with arguments in a process of its own; ``stdin`` and ``cwd`` may be given."""

    def command(
        *arguments: str | Path, stdin: str = "", cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bilat", *map(str, arguments)],
            input=stdin,
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return command


@pytest.fixture(scope="session")
def served(store_directory: Path, environment: dict[str, str]) -> Iterator[Served]:
    """`bilat serve` with the shipped data, as a process of its own."""
    with serving("--store", store_directory, environment=environment) as server:
        yield server


@pytest.fixture(scope="session")
def repeating(kg: bilat.KnowledgeGraph) -> Iterator[str]:
    """A real server that has each triple twice and more: its default graph is the union of all."""
    quads = ox.serialize(kg.store.quads(), format=ox.RdfFormat.N_QUADS)
    with oxigraph("--union-default-graph") as url:
        headers = {"Content-Type": "application/n-quads"}
        place = url.replace("/query", "/store")
        assert urllib3.request("POST", place, body=quads, headers=headers).status == 204
        yield url
