"""Rows between two columns: an order with few crossings, and room for every name."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Beyond this many rows that hang together, the sweeps alone must do.
_MOVE_UP_TO = 60
_MOST_PASSES = 6


class Row(NamedTuple):
    """What a row joins: names of the left column and names of the right column."""

    left: tuple[str, ...]
    right: tuple[str, ...]


def order(rows: Sequence[Row]) -> list[int]:
    """Indices of the rows, from top to bottom, so that few lines cross.

    Rows that hang together stay together, these groups and whatever can stay keep the given order.
    Sweeps as by Sugiyama, Tagawa and Toda (1981), then moves of single rows.
    """
    return [index for group in _groups(rows) for index in _order_group(rows, group)]


def _groups(rows: Sequence[Row]) -> list[list[int]]:
    root = list(range(len(rows)))
    first: dict[tuple[int, str], int] = {}
    for index, row in enumerate(rows):
        for end in _ends(row):
            root[_find(root, index)] = _find(root, first.setdefault(end, index))
    groups: dict[int, list[int]] = defaultdict(list)
    for index in range(len(rows)):
        groups[_find(root, index)].append(index)
    return sorted(groups.values())


def _find(root: list[int], index: int) -> int:
    while root[index] != index:
        index = root[index]
    return index


def _ends(row: Row) -> list[tuple[int, str]]:
    return [(side, name) for side, names in enumerate(row) for name in names]


def _order_group(rows: Sequence[Row], group: list[int]) -> list[int]:
    if len(group) < 3:
        return group
    best, least = group, _cost(rows, group)
    for start in (group, _swept(rows, group, 0), _swept(rows, group, 1)):
        candidate = start
        for sweep in range(8):
            if (cost := _cost(rows, candidate)) < least:
                best, least = candidate, cost
            candidate = _swept(rows, candidate, sweep % 2)
    return _moved(rows, best) if len(best) <= _MOVE_UP_TO else best


def _swept(rows: Sequence[Row], sequence: list[int], side: int) -> list[int]:
    """Rows by the place of the names on one side, which brings a name's rows together."""
    anchors = _anchors(rows, sequence)
    place = {index: number for number, index in enumerate(sequence)}

    def key(index: int) -> tuple[float, str, int]:
        names = rows[index][side]
        mean = sum(anchors[side, name] for name in names) / len(names) if names else place[index]
        return mean, names[0] if names else "", place[index]

    return sorted(sequence, key=key)


def _anchors(rows: Sequence[Row], sequence: Iterable[int]) -> dict[tuple[int, str], float]:
    places: dict[tuple[int, str], list[int]] = defaultdict(list)
    for number, index in enumerate(sequence):
        for end in _ends(rows[index]):
            places[end].append(number)
    return {end: sum(run(found)) / 2 for end, found in places.items()}


def _cost(rows: Sequence[Row], sequence: Sequence[int]) -> tuple[int, float, int]:
    """Crossings, length of the bent lines, and rows out of their given order."""
    anchors = _anchors(rows, sequence)
    crossings, length = 0, 0.0
    for side in (0, 1):
        lines = [
            (number, anchors[side, name])
            for number, index in enumerate(sequence)
            for name in rows[index][side]
        ]
        starts, ends = np.array(lines or [(0, 0.0)]).T
        crossings += int(((starts[:, None] < starts) & (ends[:, None] > ends)).sum())
        length += float(np.abs(starts - ends).sum())
    order = np.array(sequence)
    return crossings, length, int(np.triu(order[:, None] > order, 1).sum())


def _moved(rows: Sequence[Row], sequence: list[int]) -> list[int]:
    """Every row at the place where it does best, until no move helps."""
    best, least = list(sequence), _cost(rows, sequence)
    for _ in range(_MOST_PASSES):
        before = least
        for index in sequence:
            rest = [other for other in best if other != index]
            for at in range(len(best)):
                candidate = [*rest[:at], index, *rest[at:]]
                if (cost := _cost(rows, candidate)) < least:
                    best, least = candidate, cost
        if least == before:
            break
    return best


def run(places: Sequence[int]) -> tuple[int, int]:
    """First and last of the longest run of consecutive numbers, that nearest to their mean."""
    numbered = enumerate(sorted(places))
    runs = [[p for _, p in group] for _, group in groupby(numbered, lambda pair: pair[1] - pair[0])]
    mean = sum(places) / len(places)
    longest = min(runs, key=lambda r: (-len(r), abs((r[0] + r[-1]) / 2 - mean)))
    return longest[0], longest[-1]


def spread(
    wanted: Mapping[str, float], height: Mapping[str, float], gap: float
) -> dict[str, float]:
    """Centres of blocks in a column, as near to those wanted as is possible without overlap.

    Least squares under a fixed order (pool adjacent violators).
    """
    names = sorted(wanted, key=lambda name: (wanted[name], name))
    offsets, total = {}, 0.0
    for before, name in zip([None, *names], names, strict=False):
        total += (height[before] + height[name]) / 2 + gap if before else 0.0
        offsets[name] = total

    def mean(pool: list[str]) -> float:
        return sum(wanted[name] - offsets[name] for name in pool) / len(pool)

    pools: list[list[str]] = []
    for name in names:
        pools.append([name])
        while len(pools) > 1 and mean(pools[-2]) >= mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    return {name: mean(pool) + offsets[name] for pool in pools for name in pool}
