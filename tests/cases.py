"""The labelled communiqués in ``communiques/``, and how well a reader reads them."""

from __future__ import annotations

import json
import tempfile
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from rapidfuzz import fuzz

from bilat.communique import read

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "tests" / "communiques"
#: Further cases and their scorer, where there are any.
SHARED = ROOT.parent / "shared" / "communiques"
#: Of those, the third that no rule was written for.
KEPT_ASIDE = frozenset({"003", "006", "009", "012", "015", "018", "032", "045", "060"})

MEASURES = (
    "instruments", "type", "parties", "field", "countries", "people", "awards", "date", "place",
)  # fmt: skip

#: What a record or a gold record is here: the JSON of it.
Json = dict[str, Any]


class Case(NamedTuple):
    """A text and what a careful reader finds in it."""

    name: str
    text: str
    gold: Json

    def read(self) -> Json:
        """What bilat finds in it."""
        return read(self.text).as_json()


@cache
def cases(folder: Path) -> tuple[Case, ...]:
    """The cases of a folder, by name."""
    return tuple(
        Case(
            path.stem,
            path.with_suffix(".txt").read_text(encoding="utf-8"),
            json.loads(path.read_text(encoding="utf-8")),
        )
        for path in sorted(folder.glob("*.json"))
    )


def digests() -> dict[str, str]:
    """The texts that ship, by the name of their source."""
    paths = sorted((ROOT / "data" / "communiques").glob("*.txt"))
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


def predict(of: Iterable[Case], then: Callable[[Path], Json]) -> Json:
    """What comes of a folder that holds what bilat reads in the cases, a file each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case in of:
            (folder / f"{case.name}.json").write_text(json.dumps(case.read()), encoding="utf-8")
        return then(folder)


class Figures(NamedTuple):
    """Of what should be found, what was found: counts over all cases."""

    right: int
    expected: int
    found: int

    @property
    def precision(self) -> float:
        """Of what was found, the share that is right."""
        return self.right / self.found if self.found else float(not self.expected)

    @property
    def recall(self) -> float:
        """Of what should be found, the share that was."""
        return self.right / self.expected if self.expected else float(not self.found)

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def plus(self, right: int, expected: int, found: int) -> Figures:
        """These counts with some more."""
        return Figures(self.right + right, self.expected + expected, self.found + found)


def score(of: Iterable[Case]) -> dict[str, Figures]:
    """How well bilat reads the cases, by measure.

    Names and titles count as right where they are much alike; what is said of an instrument counts
    only where the instrument itself was found.
    """
    figures = dict.fromkeys(MEASURES, Figures(0, 0, 0))
    for case in of:
        for measure, counts in _counts(case.gold, case.read()).items():
            figures[measure] = figures[measure].plus(*counts)
    return figures


def _counts(gold: Json, read: Json) -> dict[str, tuple[int, int, int]]:
    wanted, found = gold["instruments"], read["instruments"]
    pairs = _pairs(wanted, found, lambda a, b: _alike(a["title"], b["title"]) >= 75)
    of_wanted = dict(pairs)
    parties = [0, sum(len(i["parties"]) for i in wanted), sum(len(i["parties"]) for i in found)]
    types = fields = 0
    for i, j in of_wanted.items():
        parties[0] += len(_pairs(wanted[i]["parties"], found[j]["parties"], _same_party))
        types += wanted[i]["type"] == found[j]["type"]
        stated = wanted[i]["field"], found[j]["field"]
        fields += all(stated) and _alike(*stated) >= 65
    counts: dict[str, tuple[int, int, int]] = {
        "instruments": (len(pairs), len(wanted), len(found)),
        "type": (types, len(wanted), len(found)),
        "parties": (parties[0], parties[1], parties[2]),
        "field": (fields, _stated(wanted), _stated(found)),
        "countries": _overlap(set(gold["countries"]), set(read["countries"])),
    }
    for key, same in (("people", _same_person), ("awards", _same_award)):
        counts[key] = (len(_pairs(gold[key], read[key], same)), len(gold[key]), len(read[key]))
    for key in ("date", "place"):
        stated = gold[key], read[key]
        said = {_folded(x) for x in stated[:1] if x}, {_folded(x) for x in stated[1:] if x}
        counts[key] = _overlap(*said)
    return counts


def _stated(instruments: list[Json]) -> int:
    return sum(bool(instrument["field"]) for instrument in instruments)


def _overlap(wanted: set[str], found: set[str]) -> tuple[int, int, int]:
    return len(wanted & found), len(wanted), len(found)


def _pairs(
    wanted: list[Json], found: list[Json], same: Callable[[Json, Json], bool]
) -> list[tuple[int, int]]:
    """Each expected thing with the first one found that is the same and not yet taken."""
    free = dict(enumerate(found))
    pairs = []
    for i, one in enumerate(wanted):
        j = next((j for j, other in free.items() if same(one, other)), None)
        if j is not None:
            del free[j]
            pairs.append((i, j))
    return pairs


def _same_party(one: Json, other: Json) -> bool:
    # with or without "of COUNTRY"
    return one["country"] == other["country"] and _alike(one["name"], other["name"], True) >= 85


def _same_person(one: Json, other: Json) -> bool:
    return one["country"] == other["country"] and _alike(one["name"], other["name"]) >= 85


def _same_award(one: Json, other: Json) -> bool:
    return min(_alike(one[key] or "", other[key] or "") for key in ("name", "recipient")) >= 75


def _alike(one: str, other: str, within: bool = False) -> float:
    """How much alike two phrases are, of 100; with ``within`` one may be a part of the other."""
    a, b = _folded(one), _folded(other)
    if not a or not b:
        return 100.0 * (a == b)
    return max(
        fuzz.ratio(a, b),
        fuzz.token_sort_ratio(a, b),
        fuzz.token_set_ratio(a, b) if within else 0,
    )


def _folded(text: str) -> str:
    """A phrase without case, diacritics and signs."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(
        "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split()
    )


# ---- texts that a careless reader chokes on


class Large(NamedTuple):
    """A text of ``size`` pieces, or of more or less of them."""

    make: Callable[[int], str]
    size: int

    def text(self, share: float = 1) -> str:
        """The text, with that share of the pieces."""
        return START + self.make(int(self.size * share))


START = "Kazakhstan and Serbia signed documents in Astana on 12 May 2024. "
AGREEMENT = "They signed an agreement between Kazakhstan and Serbia. "
PEOPLE = "President A{:x} Tokayev. "
LARGE = {
    "a megabyte": Large(lambda n: digests()["2026-02-27-kz-rs"] * n, 350),
    "one line": Large(lambda n: AGREEMENT * n, 1800),
    "a long word": Large(lambda n: "a" * n, 100_000),
    "nested brackets": Large(lambda n: "(" * n + "Agreement" + ")" * n, 10_000),
    "brackets in a title": Large(lambda n: "\n1. Agreement between " + "(" * n + "Serbia", 10_000),
    "bullets": Large(lambda n: "\n" + "- Agreement\n" * n, 100_000),
    "empty bullets": Large(lambda n: "\n" + "-\n" * n, 100_000),
    "blanks": Large(lambda n: " " * n + "Agreement", 1_000_000),
    "empty lines": Large(lambda n: "\n" * n + "Agreement", 1_000_000),
    "commas": Large(lambda n: "Agreement between A" + ", B" * n, 50_000),
    "and": Large(lambda n: "Agreement between A" + " and B" * n, 20_000),
    "capitals": Large(lambda n: "Aleksandar " * n, 20_000),
    "people": Large(lambda n: "".join(map(PEOPLE.format, range(n))), 2000),
    "dates": Large(lambda n: "12 May 2024 " * n, 20_000),
    "quotation marks": Large(lambda n: '"a ' * n, 20_000),
    "documents": Large(lambda n: "agreement " * n, 5_000),
    "documents on documents": Large(lambda n: "signed Agreement on " * n, 4_000),
    "cells": Large(lambda n: "\n" + "| Agreement " * n, 4_000),
    "places": Large(lambda n: "in Astana, " * n, 20_000),
    "zero-width spaces": Large(lambda n: "a\u200b" * n, 50_000),
    "combining marks": Large(lambda n: "a" + "\u0301" * n, 50_000),
    "links": Large(lambda n: "\nRelated posts\n" + "1. x\n" * n, 20_000),
}
