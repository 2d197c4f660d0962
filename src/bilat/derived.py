"""What the rules derived and from what, kept beside the store so that a change redoes but its part.

``derived.parquet`` has a row for each rule, thing and triple: the triple follows from what is
around the thing. A triple goes when the last row that has it goes.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import polars
import pyoxigraph as ox

from bilat.namespaces import DERIVED_GRAPH, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bilat.loading import Progress
    from bilat.rules import Rule

#: The table's file, in the folder of a store.
DERIVED = "derived.parquet"
_TRIPLE = ("subject", "predicate", "object")
#: How TSV writes some literals, and their types.
_BARE = {r"^[+-]?\d+$": "integer", r"^[+-]?\d*\.\d+$": "decimal", "^(true|false)$": "boolean"}
#: Triples that become text at once.
_SLICE = 100_000
_SCHEMA = dict.fromkeys(("rule", "focus", *_TRIPLE), polars.String)


def derive(rules: Sequence[Rule], engine: ox.Store, progress: Progress) -> polars.DataFrame:
    """What all rules give over the default graph, with what it follows from."""
    frames = [_nothing()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = [pool.submit(_frame, rule, engine, None) for rule in rules]
        for number, (rule, frame) in enumerate(zip(rules, waiting, strict=True)):
            progress(f"rules: {rule.name}", number, len(rules))
            frames.append(frame.result())
    return polars.concat(frames)


def _nothing() -> polars.DataFrame:
    return polars.DataFrame(schema=_SCHEMA)


def _frame(rule: Rule, engine: ox.Store, foci: list[str] | None) -> polars.DataFrame:
    rows, variable = _rows(engine, rule.query.about(foci)), rule.query.variable
    focus = polars.col(f"?{variable}") if variable else polars.lit("")
    support = [polars.lit(rule.name).alias("rule"), focus.alias("focus")]
    parts = [_nothing()]
    for terms in rule.filled():
        triple = [
            (polars.col(term) if term.startswith("?") else polars.lit(term)).alias(name)
            for term, name in zip(terms, _TRIPLE, strict=True)
        ]
        parts.append(rows.select(*support, *triple))
    whole = polars.concat(parts).drop_nulls(_TRIPLE)
    return whole.filter(~polars.col("subject").str.starts_with('"')).unique().sort(*_SCHEMA)


def _rows(engine: ox.Store, text: str) -> polars.DataFrame:
    """The rows of a SELECT, as N-Triples terms; what is unbound is null."""
    found = engine.query(text, prefixes=PREFIXES)
    assert isinstance(found, ox.QuerySolutions)
    lines = found.serialize(format=ox.QueryResultsFormat.TSV) or b""
    table = polars.read_csv(lines, separator="\t", quote_char=None, infer_schema=False)
    return table.with_columns(_term(polars.col(name)) for name in table.columns)


def _term(column: polars.Expr) -> polars.Expr:
    """Terms of TSV in N-Triples syntax: there most numbers, true and false stand bare."""
    term = column
    for form, kind in _BARE.items():
        typed = polars.format(f'"{{}}"^^<{PREFIXES["xsd"]}{kind}>', column)
        term = polars.when(column.str.contains(form)).then(typed).otherwise(term)
    return term.alias(column.meta.output_name())


def nquads(table: polars.DataFrame) -> Iterator[bytes]:
    """The triples of the table, in the derived graph and again in none, as N-Quads."""
    triples = table.select(_TRIPLE).unique().sort(_TRIPLE)
    line = polars.concat_str(_TRIPLE, separator=" ")
    both = polars.format(f"{{}} <{DERIVED_GRAPH}> .\n{{}} .\n", line, line)
    for part in triples.iter_slices(_SLICE):
        yield part.select(both.str.join("")).item().encode()


def save(table: polars.DataFrame, folder: str | os.PathLike[str]) -> None:
    """Write the table into the folder of a store."""
    table.write_parquet(os.path.join(folder, DERIVED), compression="lz4")


def update(
    folder: str | os.PathLike[str],
    rules: Sequence[Rule],
    touched: Mapping[str, set[str] | None],
    engine: ox.Store,
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
            come.append(_frame(rule, engine, None if foci is None else sorted(foci)))
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
