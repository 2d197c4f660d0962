"""The labelled pairs of names in ``reconciliation/``, and how well they are told apart."""

from __future__ import annotations

import csv
import zlib
from pathlib import Path
from typing import NamedTuple

from bilat.reconcile import Decision, Known, Outcome, Reconciler

FOLDER = Path(__file__).parent / "reconciliation"


class Pair(NamedTuple):
    """Two names, each with its country, and whether they are of one thing."""

    name_a: str
    country_a: str
    name_b: str
    country_b: str
    kind: str
    verdict: str
    note: str

    def decide(self) -> Decision:
        """What the first name means where the second alone is known."""
        known = Known("https://example.org/b", (self.name_b,), self.country_b, self.kind)
        return Reconciler([known]).decide(self.kind, self.name_a, self.country_a)

    def turned(self) -> Pair:
        """The same pair the other way round."""
        return self._replace(
            name_a=self.name_b,
            country_a=self.country_b,
            name_b=self.name_a,
            country_b=self.country_a,
        )


class Score(NamedTuple):
    """How many pairs there are, how many were matched or proposed, and which wrongly."""

    pairs: int
    same: int
    matched: int
    proposed: int
    wrong: list[Pair]

    @property
    def precision(self) -> float:
        """Of the automatic matches, the share that is right."""
        return self.matched / (self.matched + len(self.wrong))

    @property
    def recall(self) -> float:
        """Of the pairs of one thing, the share that is matched."""
        return self.matched / self.same

    @property
    def recall_with_proposals(self) -> float:
        """Of the pairs of one thing, the share that is matched or proposed."""
        return (self.matched + self.proposed) / self.same


def pairs(half: str) -> list[Pair]:
    """``tuned``: the half the rules were tuned on; ``held``: the other; ``unseen``: later ones."""
    name = "unseen.tsv" if half == "unseen" else "pairs.tsv"
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        assert tuple(next(rows)) == Pair._fields
        found = [Pair(*row) for row in rows]
    if half == "unseen":
        return found
    return [pair for pair in found if zlib.crc32("\t".join(pair).encode()) % 2 == (half == "held")]


def score(found: list[Pair]) -> Score:
    """How well the pairs are told apart."""
    outcomes = [(pair, pair.decide().outcome) for pair in found]
    same = [outcome for pair, outcome in outcomes if pair.verdict == "same"]
    wrong = [
        pair
        for pair, outcome in outcomes
        if pair.verdict == "different" and outcome is Outcome.MATCH
    ]
    return Score(
        len(found), len(same), same.count(Outcome.MATCH), same.count(Outcome.AMBIGUOUS), wrong
    )
