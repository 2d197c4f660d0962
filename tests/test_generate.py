"""Invented data for benchmarks: always the same, accepted by a build, wrong where it says so."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

import bilat
from bilat.build import build
from bilat.inputs import shipped
from generate import generate

SIZE = 6_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a few sources with every flaw once."""
    directory = tmp_path_factory.mktemp("generated") / "data"
    generate(SIZE, directory, each=1)
    return directory


def contents(directory: Path) -> dict[str, bytes]:
    """The bytes of every file, by name."""
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def triples(directory: Path) -> set[ox.Triple]:
    """What all files state, each triple once."""
    files = (path for path in directory.iterdir() if path.suffix != ".tsv")
    return {quad.triple for path in files for quad in ox.parse(path=str(path))}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    folder: Path, tmp_path: Path
) -> None:
    generate(SIZE, tmp_path / "same", each=1)
    generate(SIZE, tmp_path / "other", each=1, seed=2)
    assert contents(tmp_path / "same") == contents(folder)
    assert contents(tmp_path / "other") != contents(folder)


def test_the_size_is_about_what_was_asked_for(tmp_path: Path) -> None:
    generate(20_000, tmp_path / "data", each=1)
    assert 0.97 < len(triples(tmp_path / "data")) / 20_000 < 1.03


def test_a_few_large_sources_can_be_had_but_not_larger_ones_than_passages_allow(
    tmp_path: Path,
) -> None:
    generate(20_000, tmp_path / "data", each=1, number=1)
    assert len(list((tmp_path / "data").glob("*.nq"))) == 1
    with pytest.raises(ValueError, match="2 sources are needed"):
        generate(50_000, tmp_path / "more", number=1)


def test_trig_states_the_same(folder: Path, tmp_path: Path) -> None:
    generate(SIZE, tmp_path / "trig", each=1, trig=True)
    assert triples(tmp_path / "trig") == triples(folder)


def test_validation_finds_what_the_list_says_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    build(shipped(folder), tmp_path / "store")
    found = bilat.open(tmp_path / "store", data=folder).validate().findings
    _, *lines = (folder / "violations.tsv").read_text(encoding="utf-8").splitlines()
    listed = [line.split("\t") for line in lines]
    assert Counter((f.focus, f.shape) for f in found) == Counter((a, b) for a, b, _ in listed)
    assert len({shape for _, shape, _ in listed}) >= 20
    files = {
        (f.focus, f.shape): {Path(place.file).name for place in (f.place, *f.also) if place}
        for f in found
    }
    assert all(file in files[a, b] for a, b, file in listed if files[a, b])
    assert sum(map(bool, files.values())) > len(files) / 2


def test_a_folder_without_flaws_has_no_finding(tmp_path: Path) -> None:
    generate(SIZE, tmp_path / "data", each=0)
    build(shipped(tmp_path / "data"), tmp_path / "store")
    assert bilat.open(tmp_path / "store", data=tmp_path / "data").validate().conforms
