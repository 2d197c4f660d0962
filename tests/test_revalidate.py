"""Validation of what a change can reach: the findings of a full run, after any edits."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilat import revalidate, validate
from bilat.build import build
from bilat.errors import StoreError
from bilat.findings import Finding, Report
from bilat.inputs import shipped as shipped_inputs
from bilat.knowledge_graph import KnowledgeGraph
from bilat.nearby import Stated
from bilat.revalidate import carried_over, findings_of_files
from bilat.store import open_store
from bilat.validate import describe
from conftest import examples
from test_shards import PREFIX_LINES, cases, query, shapes, shipped, whole

GRAPH = ox.NamedNode("https://w3id.org/bilat/graph/a")


def triples(lines: Iterable[str]) -> list[ox.Triple]:
    parsed = ox.parse("".join(sorted(lines)), format=ox.RdfFormat.N_TRIPLES)
    return [quad.triple for quad in parsed]


def store_of(lines: set[str]) -> ox.Store:
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object, GRAPH) for t in triples(lines))
    return store


def sample() -> list[str]:
    """Cases of all constraints, and one shipped source in seven."""
    sources = [line for line in shipped() if "/2018-" in line or "/scheme/" in line]
    return sources + cases()


def edited(choose: random.Random, lines: list[str]) -> tuple[set[str], set[str]]:
    """A graph before and after some edits: triples left out, added, and moved to other nodes."""
    before = set(choose.sample(lines, int(len(lines) * choose.choice([0.9, 1]))))
    after = before - set(choose.sample(sorted(before), choose.choice([1, 5, 40])))
    after |= set(choose.sample(lines, choose.choice([0, 5, 40])))
    for _ in range(choose.choice([0, 1, 5, 30])):
        subject, predicate, _ = choose.choice(lines).split(" ", 2)
        other, _, object_ = choose.choice(lines).split(" ", 2)
        after.add(f"{choose.choice([subject, other])} {predicate} {object_}")
    return before, after


@settings(max_examples=examples(6), deadline=None)
@given(st.integers(0, 2**32))
def test_findings_carried_over_are_those_of_a_full_run(seed: int) -> None:
    before, after = edited(random.Random(seed), sample())
    kept, expected = (whole("".join(sorted(part)).encode(), shapes()) for part in (before, after))
    subjects = {triple.subject for triple in triples(before ^ after)}
    old, new = Stated(store_of(before)), Stated(store_of(after))
    found = carried_over(kept, old, new, subjects, shapes())
    hierarchy = any("subClassOf" in line for line in before ^ after)
    assert found == (None if hierarchy else expected)


@settings(max_examples=examples(3), deadline=None)
@given(st.integers(0, 2**32))
def test_files_bring_in_what_two_full_runs_differ_by(seed: int) -> None:
    before, after = edited(random.Random(seed), sample())
    common = before & after
    store = store_of(common)
    other = ox.NamedNode("https://w3id.org/bilat/graph/replaced")
    store.extend(ox.Quad(t.subject, t.predicate, t.object, other) for t in triples(before - common))
    # what is replaced is wrong no more, and not new
    known, full = (whole("".join(sorted(part)).encode(), shapes()) for part in (common, after))
    causes = {finding.cause for finding in known}
    expected = {finding for finding in full if finding.cause not in causes}
    found = findings_of_files(store, triples(after), {other.value}, shapes())
    assert found is not None
    assert [f.cause for f in found] == [
        f.cause for f in describe(expected, validate._without_blank_nodes("".join(after).encode()))
    ]


def test_what_cannot_be_told_is_left_to_a_full_run() -> None:
    store = store_of(set(cases()))
    new = triples(cases()[:5])
    everywhere = query("?value a ex:B")
    assert findings_of_files(store, new, set(), everywhere) is None
    below = triples(["<urn:a> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <urn:b> ."])
    assert findings_of_files(store, below, set(), shapes()) is None


# ---- beside a store

PARTY = "party:a a bilat:Party ; bilat:partyOrder 1 .\n"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A folder of own data and one for stores, small ones being treated as large."""
    monkeypatch.setattr(revalidate, "LARGE_STORE", 0)
    data = tmp_path / "data"
    data.mkdir()
    write(data / "a.ttl", PARTY)
    write(data / "b.ttl", "name:b a bilat:NameRecord .\n")
    return data, tmp_path / "stores"


def write(path: Path, text: str) -> None:
    path.write_text(PREFIX_LINES + text, encoding="utf-8")


def built(data: Path, directory: Path) -> KnowledgeGraph:
    inputs = shipped_inputs(data)
    build(inputs, directory)
    return KnowledgeGraph(open_store(directory), inputs, str(directory))


def tell(directory: Path, previous: str | None, subjects: list[str] | None) -> None:
    folder = directory / json.loads((directory / "bilat.json").read_text())["store"]
    told = {"previous": previous, "graphs": [], "subjects": subjects}
    (folder / "changes.json").write_text(json.dumps(told))


def refused(**_: object) -> bytes:
    raise AssertionError("the whole graph was asked for")


def causes(report: Report) -> list[tuple[str | None, ...]]:
    return [finding.cause for finding in report.findings]


def full(graph: KnowledgeGraph) -> list[tuple[str | None, ...]]:
    found = validate.validate_graph(graph.store.stated(), [Path(p) for p in graph.inputs.shapes()])
    return sorted((finding.cause for finding in found), key=str)


def test_a_changed_source_is_validated_alone(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, stores = folders
    graph = built(data, stores)
    first = graph.validate()
    assert sorted(causes(first), key=str) == full(graph)
    write(data / "a.ttl", PARTY + "instrument:i bilat:hasParty party:a , party:c .\n")
    graph = built(data, stores)
    expected = full(graph)
    told = json.loads((stores / "store-2" / "changes.json").read_text())
    assert told["previous"] == "store-1" and told["subjects"], "the build followed the change"
    for name in ("stated", "stated_file"):
        monkeypatch.setattr(graph.store, name, refused)
    again = graph.validate()
    assert sorted(causes(again), key=str) == expected != sorted(causes(first), key=str)
    assert graph.validate() == again


def test_in_doubt_everything_is_validated(folders: tuple[Path, Path]) -> None:
    data, stores = folders
    built(data, stores).validate()
    kept, new = (stores / name / "findings.json" for name in ("store-1", "store-2"))
    good = kept.read_bytes()
    write(data / "a.ttl", "")
    graph = built(data, stores)
    expected = full(graph)
    told: list[tuple[str | None, list[str] | None, bytes]] = [
        ("store-1", None, good),
        ("store-0", [], good),
        ("store-1", [], good.replace(b'"shapes": "', b'"shapes": "0')),
        ("store-1", [], good.replace(b'"pyshifty": "', b'"pyshifty": "0')),
        ("store-1", [], good[:-3]),
        (None, [], good),
    ]
    for previous, subjects, content in told:
        kept.write_bytes(content)
        new.write_bytes(good)  # a copy of another store's findings
        tell(stores, previous, subjects)
        assert sorted(causes(graph.validate()), key=str) == expected
    new.write_bytes(good)
    (stores / "store-2" / "changes.json").unlink()
    assert sorted(causes(graph.validate()), key=str) == expected


def test_a_store_that_cannot_be_written_is_validated(folders: tuple[Path, Path]) -> None:
    data, stores = folders
    graph = built(data, stores)
    (stores / "store-1" / "findings.json").mkdir()
    assert sorted(causes(graph.validate()), key=str) == full(graph)


def test_a_place_without_room_for_what_is_validated_is_told(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = built(*folders)
    monkeypatch.setattr("tempfile.tempdir", str(folders[1] / "missing"))
    with pytest.raises(StoreError, match="TMPDIR"):
        graph.validate()


def test_a_file_is_validated_by_what_it_touches(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data, stores = folders
    graph = built(data, stores)
    path = tmp_path / "c.ttl"
    write(path, "instrument:i a bilat:Instrument ; bilat:hasParty party:a , party:c .\n")
    monkeypatch.setattr(revalidate, "LARGE_STORE", 1 << 60)
    expected = graph.validate(path, data / "a.ttl")
    monkeypatch.setattr(revalidate, "LARGE_STORE", 0)
    for name in ("stated", "stated_file"):
        monkeypatch.setattr(graph.store, name, refused)
    assert graph.validate(path, data / "a.ttl") == expected
    assert expected.findings and isinstance(expected.findings[0], Finding)
