"""What the rules derived and from what, kept beside the store so that a change redoes but its part.

``derived.parquet`` has a row for each rule, thing and triple: the triple follows from what is
around the thing. A triple goes when the last row that has it goes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import polars
import pyoxigraph as ox

from bilat.namespaces import DERIVED_GRAPH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bilat.loading import Progress
    from bilat.rules import Rule, Select

#: The table's file, in the folder of a store.
DERIVED = "derived.parquet"
_TRIPLE = ("subject", "predicate", "object")
_SCHEMA = dict.fromkeys(("rule", "focus", *_TRIPLE), polars.String)


def derive(rules: Sequence[Rule], select: Select, progress: Progress) -> polars.DataFrame:
    """What all rules give over the default graph, with what it follows from."""
    frames = [_nothing()]
    for number, rule in enumerate(rules):
        progress(f"rules: {rule.name}", number, len(rules))
        frames.append(_frame(rule, select, None))
    return polars.concat(frames)


def _nothing() -> polars.DataFrame:
    return polars.DataFrame(schema=_SCHEMA)


def _frame(rule: Rule, select: Select, foci: list[str] | None) -> polars.DataFrame:
    found = sorted(set(rule.derive(select, foci)))
    data = [(rule.name, *support) for support in found]
    return polars.DataFrame(data, schema=_SCHEMA, orient="row")


def nquads(table: polars.DataFrame) -> bytes:
    """The triples of the table, in the derived graph and again in none, as N-Quads."""
    lines = (
        f"{s} {p} {o} <{DERIVED_GRAPH}> .\n{s} {p} {o} .\n"
        for s, p, o in table.select(_TRIPLE).unique().sort(_TRIPLE).iter_rows()
    )
    return "".join(lines).encode()


def save(table: polars.DataFrame, folder: str | os.PathLike[str]) -> None:
    """Write the table into the folder of a store."""
    table.write_parquet(os.path.join(folder, DERIVED), compression="lz4")


def update(
    folder: str | os.PathLike[str],
    rules: Sequence[Rule],
    touched: Mapping[str, set[str] | None],
    select: Select,
    progress: Progress,
) -> tuple[polars.DataFrame, list[ox.Triple], list[ox.Triple]]:
    """The table of the folder after a change, with the triples that go and those that come.

    ``touched`` has by rule the things that the change reached, or None for all.
    """
    old = polars.read_parquet(os.path.join(folder, DERIVED))
    kept, gone, come = [], [_nothing()], [_nothing()]
    for number, rule in enumerate(rules):
        progress(f"rules: {rule.name}", number, len(rules))
        foci, of_rule = touched[rule.name], polars.col("rule") == rule.name
        mine = old.filter(of_rule)
        again = polars.lit(True) if foci is None else polars.col("focus").is_in(sorted(foci))
        kept.append(mine.filter(~again))
        gone.append(mine.filter(again))
        if foci is None or foci:
            come.append(_frame(rule, select, None if foci is None else sorted(foci)))
    stays = polars.concat([*kept, *come])
    before, after = (polars.concat(part).select(_TRIPLE).unique() for part in (gone, come))
    lost = before.join(after, on=_TRIPLE, how="anti").join(stays, on=_TRIPLE, how="anti")
    # a triple that came may have been there, from another rule or thing
    new = after.join(before, on=_TRIPLE, how="anti")
    new = new.join(polars.concat([*kept, _nothing()]), on=_TRIPLE, how="anti")
    return stays, _triples(lost), _triples(new)


def _triples(table: polars.DataFrame) -> list[ox.Triple]:
    text = "".join(f"{s} {p} {o} .\n" for s, p, o in table.sort(_TRIPLE).iter_rows())
    return [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES)]
