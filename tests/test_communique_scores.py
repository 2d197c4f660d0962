"""How well communiqués are read does not fall: floors for every measure of every set of cases."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from bilat.record import EVENT_TYPES, INSTRUMENT_TYPES, PARTY_KINDS
from cases import FOLDER, MEASURES, SHARED, Json, cases, predict, score

#: The least precision and recall of each measure, a little under what is reached.
FLOORS: dict[str, dict[str, tuple[float, float]]] = {
    "tuned": {
        "instruments": (0.95, 0.92),
        "type": (0.95, 0.92),
        "parties": (0.94, 0.89),
        "field": (0.91, 0.87),
        "countries": (0.98, 0.97),
        "people": (0.88, 0.87),
        "awards": (0.86, 0.78),
        "date": (0.94, 0.94),
        "place": (0.87, 0.85),
    },
    "unseen": {
        "instruments": (0.90, 0.90),
        "type": (0.90, 0.90),
        "parties": (0.93, 0.90),
        "field": (0.84, 0.84),
        "countries": (0.98, 0.98),
        "people": (0.84, 0.90),
        "awards": (0.48, 0.31),
        "date": (0.98, 0.94),
        "place": (0.91, 0.91),
    },
    "dev": {
        "instruments": (0.97, 0.92),
        "type": (0.96, 0.92),
        "parties": (0.95, 0.93),
        "field": (0.95, 0.89),
        "countries": (0.98, 0.98),
        "people": (0.92, 0.91),
        "awards": (0.98, 0.98),
        "date": (0.98, 0.93),
        "place": (0.98, 0.93),
    },
}


@cache
def own(name: str) -> dict[str, tuple[float, float]]:
    """Precision and recall over the project's own cases."""
    return {m: (f.precision, f.recall) for m, f in score(cases(FOLDER / name)).items()}


@cache
def theirs() -> dict[str, tuple[float, float]]:
    """Precision and recall over the shared cases, by their own scorer."""
    program, gold = SHARED / "score.py", SHARED / "dev"
    if not program.is_file():
        pytest.skip(f"no further cases are in {SHARED}")
    figures = predict(cases(gold), lambda folder: _run(program, gold, folder))
    return {measure: (figures[measure]["p"], figures[measure]["r"]) for measure in MEASURES}


def _run(program: Path, gold: Path, predicted: Path) -> Json:
    command = [sys.executable, str(program), str(gold), str(predicted), "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    figures: Json = json.loads(result.stdout)
    return figures


@pytest.mark.parametrize(
    ("name", "measure"), [(name, measure) for name in FLOORS for measure in MEASURES]
)
def test_reading_does_not_get_worse(name: str, measure: str) -> None:
    precision, recall = (theirs() if name == "dev" else own(name))[measure]
    least = FLOORS[name][measure]
    assert precision >= least[0] and recall >= least[1], (precision, recall)


@pytest.mark.parametrize("name", ["tuned", "unseen"])
def test_the_cases_are_what_their_readme_says(name: str) -> None:
    found = cases(FOLDER / name)
    assert len(found) >= (80 if name == "tuned" else 30)
    texts = sorted(path.stem for path in (FOLDER / name).glob("*.txt"))
    assert texts == [case.name for case in found]
    for case in found:
        text, gold = "".join(case.text.split()), case.gold
        assert set(gold) == {
            "source_url", "language", "date", "place", "countries", "event_type", "people",
            "awards", "instruments",
        }, case.name  # fmt: skip
        assert gold["event_type"] in EVENT_TYPES
        quoted = [
            *(instrument["title"] for instrument in gold["instruments"]),
            *(person["name"] for person in gold["people"]),
        ]
        assert [words for words in quoted if "".join(words.split()) not in text] == [], case.name
        for instrument in gold["instruments"]:
            assert set(instrument) == {"title", "type", "parties", "field"}
            assert instrument["type"] in INSTRUMENT_TYPES
            assert {party["kind"] for party in instrument["parties"]} <= {*PARTY_KINDS}


def test_the_tuned_and_the_unseen_share_no_event() -> None:
    urls = {
        name: {case.gold["source_url"] for case in cases(FOLDER / name)} - {None}
        for name in ("tuned", "unseen")
    }
    assert not urls["tuned"] & urls["unseen"]
