"""Where the nodes of a network stand: each connected part for itself, then all on one paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bilat.network import components, part, plane

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bilat.network import Graph

    Points = NDArray[np.float64]
    Part = tuple[list[str], Points]

_CLEARANCE, _STEPS = 14.0, 60
_GAP = (1.7, 0.8)  # between parts, across and down, in lengths of an edge
_PILE, _PILED = 3, 0.55
_MOST_GAP = 120.0
_ROUND = 0.95


class Shape(NamedTuple):
    """A connected part of a graph: nodes, places with edges of mean length 1, ends of edges."""

    nodes: list[str]
    points: Points
    ends: NDArray[np.int64]


def shapes(graph: Graph) -> list[Shape]:
    """The connected parts of a graph, turned to lie, the largest first; the same for the same."""
    return [_shape(part(graph, nodes), nodes) for nodes in components(graph)]


def layout(
    parts: list[Shape], radius: Mapping[str, float], edge: float, room: float
) -> dict[str, tuple[float, float]]:
    """Positions in points; ``edge`` is the mean length of an edge.

    The parts are packed into rows of at most ``room``, where none of them is wider.
    """
    drawn = [
        (p.nodes, _apart(p.points * edge, p.ends, np.array([radius[n] for n in p.nodes])))
        for p in parts
    ]
    gap = min(edge, _MOST_GAP)
    return _packed(_piled(drawn, gap), gap, room)


def _shape(graph: Graph, nodes: list[str]) -> Shape:
    at = plane(graph)
    points = _lying(np.array([at[node] for node in nodes]))
    index = {node: n for n, node in enumerate(nodes)}
    ends = np.array([(index[first], index[second]) for first, second in graph.edges])
    lengths = np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1)
    return Shape(nodes, points / lengths.mean(), ends)


def _lying(points: Points) -> Points:
    """Turned so that the longest axis is horizontal, the first point on the left and upper side."""
    points = points - points.mean(axis=0)
    _, (long, short), axes = np.linalg.svd(points, full_matrices=False)
    # a shape as tall as long has no axis of its own: rounding would choose one
    turned = points @ axes.T if short < _ROUND * long else points
    signs = np.where(turned[0] > 1e-9, -1.0, 1.0)
    rounded: Points = np.round(turned * signs, 6)
    return rounded


def _apart(points: Points, ends: NDArray[np.int64], radius: Points) -> Points:
    """Nodes pushed away from each other and from lines that are not theirs."""
    least = radius[:, None] + radius + 3 * _CLEARANCE
    np.fill_diagonal(least, 0)
    aside = np.repeat(radius[:, None] + _CLEARANCE, len(ends), axis=1)
    for line, pair in enumerate(ends):
        aside[pair, line] = 0
    for _ in range(_STEPS):
        push = _push(points[:, None] - points, least)
        push += _push(points[:, None] - _nearest(points, ends), aside)
        if not push.any():
            break
        points = points + push / 2
    return points


def _push(away: Points, least: Points) -> Points:
    """How far each point is to go: along ``away``, so that these are as long as ``least``."""
    distance = np.maximum(np.linalg.norm(away, axis=2), 1e-6)
    lack = np.maximum(least - distance, 0) / distance
    total: Points = (away * lack[:, :, None]).sum(axis=1)
    return total


def _nearest(points: Points, ends: NDArray[np.int64]) -> Points:
    """For each point and each line, the point of the line that is nearest."""
    start, along = points[ends[:, 0]], points[ends[:, 1]] - points[ends[:, 0]]
    squared = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(((points[:, None] - start) * along).sum(axis=2) / squared, 0, 1)
    nearest: Points = start + share[:, :, None] * along
    return nearest


def _piled(parts: list[Part], edge: float) -> list[Part]:
    """Parts of two nodes in piles, which save room."""
    pairs = [part for part in parts if len(part[0]) == 2]
    piles: list[Part] = []
    for n in range(0, len(pairs), _PILE):
        pile = pairs[n : n + _PILE]
        shift = [np.array([0.0, k * _PILED * edge]) for k in range(len(pile))]
        points = np.concatenate([p + by for (_, p), by in zip(pile, shift, strict=True)])
        piles.append(([node for nodes, _ in pile for node in nodes], points))
    return [part for part in parts if len(part[0]) > 2] + piles


def _packed(parts: list[Part], edge: float, room: float) -> dict[str, tuple[float, float]]:
    shelves: list[list[Part]] = []
    used = room
    for nodes, points in parts:
        width = float(np.ptp(points[:, 0])) + _GAP[0] * edge
        if not shelves or used + width > room:
            shelves.append([])
            used = 0.0
        shelves[-1].append((nodes, points - points.min(axis=0)))
        used += width
    placed: dict[str, tuple[float, float]] = {}
    y = 0.0
    for shelf in shelves:
        sizes = np.array([points.max(axis=0) for _, points in shelf])
        x = (room - sizes[:, 0].sum() - _GAP[0] * edge * (len(shelf) - 1)) / 2
        tall = float(sizes[:, 1].max())
        for (nodes, points), (width, height) in zip(shelf, sizes, strict=True):
            for node, (dx, dy) in zip(nodes, points, strict=True):
                down = y + (tall - float(height)) / 2 + float(dy)
                placed[node] = (round(x + float(dx), 1), round(down, 1))
            x += width + _GAP[0] * edge
        y += tall + _GAP[1] * edge
    return placed
