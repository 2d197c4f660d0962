"""The examples in the docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import bilat

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(bilat.__path__, "bilat.")
    if module.name != "bilat.__main__"
)


@pytest.mark.parametrize("name", ["bilat", *MODULES])
def test_examples(name: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home))
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0


def test_the_library_has_examples() -> None:
    finder = doctest.DocTestFinder()
    examples = finder.find(importlib.import_module("bilat.knowledge_graph"))
    assert sum(len(test.examples) for test in examples) >= 14
