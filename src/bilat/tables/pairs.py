"""Figures for each pair of countries and year: kept as Parquet beside the graph, described in it.

Nearly a million rows of a few figures would be many millions of triples that no question joins;
as columns they are read in a moment, by country or whole.
"""

from __future__ import annotations

import os
from array import array
from io import BytesIO
from typing import TYPE_CHECKING

from bilat.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from bilat.tables.cells import Cells
    from bilat.tables.work import Work

#: The folder of a folder of own data that holds such tables.
TABLES = "tables"


class Pairs:
    """Takes rows of a year, two countries and figures."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._codes: list[str] = []
        self._of_code: dict[str, int] = {}
        self._seen: set[int] = set()
        part = work.tables[0].part
        self._measures = tuple(part.measures)
        # of each row: year, both countries, number of the row; and the figures
        self._columns = [array("i") for _ in range(4)]
        self._figures = [array("d") for _ in self._measures]

    def run(self) -> None:
        """Take in every row and write the table."""
        self._work.each("pair-year", self._take)
        self._write()

    def _take(self, row: Cells) -> None:
        year = row.year("year")
        on = f"{year:04}"
        one, other = (self._country(row, slot, on) for slot in ("a", "b"))
        if one == other:
            raise row.leave_out("b", "the two countries are one")
        low, high = sorted((one, other), key=self._codes.__getitem__)
        key = (year * 4096 + low) * 4096 + high
        if key in self._seen:
            raise row.leave_out("year", "an earlier row has the same countries and year")
        figures = [row.figure(name) for name in self._measures]
        self._seen.add(key)
        for column, value in zip(self._columns, (year, low, high, row.number[1]), strict=True):
            column.append(value)
        for measured, figure in zip(self._figures, figures, strict=True):
            measured.append(figure)

    def _country(self, row: Cells, slot: str, on: str) -> int:
        code = row.state(slot, self._work.states, on).code
        if code not in self._of_code:
            self._of_code[code] = len(self._codes)
            self._codes.append(code)
        return self._of_code[code]

    def _write(self) -> None:
        """The table in the order of years and countries, and its description in the graph."""
        import polars as pl

        year, a, b, number = self._columns
        codes = pl.Series(self._codes, dtype=pl.String)
        frame = pl.DataFrame(
            {
                "year": pl.Series(year, dtype=pl.Int16),
                "a": codes.gather(pl.Series(a, dtype=pl.UInt32)),
                "b": codes.gather(pl.Series(b, dtype=pl.UInt32)),
                **{
                    name: _whole(pl.Series(column, dtype=pl.Float64))
                    for name, column in zip(self._measures, self._figures, strict=True)
                },
                "row": pl.Series(number, dtype=pl.UInt32),
            }
        ).sort("year", "a", "b")
        content = BytesIO()
        frame.write_parquet(content)
        identifier = self._work.graph.identifier
        self._work.beside[os.path.join(TABLES, f"{identifier}.parquet")] = content.getvalue()
        years = f" of {min(year)} to {max(year)}" if year else ""
        self._work.graph.beside(
            f"{identifier}.parquet",
            f"{len(frame):,} rows{years}: {', '.join(frame.columns)}",
        )


def _whole(series: object) -> object:
    """The figures as whole numbers, where all are."""
    import polars as pl

    assert isinstance(series, pl.Series)
    whole = series.cast(pl.Int64, strict=False)
    return whole if (whole.cast(pl.Float64) == series).all() else series


def table_names(directory: str | None) -> list[str]:
    """The tables of the folder of own data."""
    folder = os.path.join(directory or "", TABLES)
    there = sorted(os.listdir(folder)) if directory and os.path.isdir(folder) else []
    return [file.removesuffix(".parquet") for file in there if file.endswith(".parquet")]


def read_table(directory: str | None, name: str, countries: Sequence[str]) -> pl.DataFrame:
    """The rows of a table of the folder of own data, of all pairs or those of the countries.

    Raises NotFoundError with the tables there are.
    """
    import polars as pl

    folder, names = os.path.join(directory or "", TABLES), table_names(directory)
    found = [n for n in names if n == name] or [n for n in names if n.startswith(name)]
    if len(found) != 1:
        raise NotFoundError("table", name, names[:3])
    frame = pl.scan_parquet(os.path.join(folder, f"{found[0]}.parquet"))
    for code in countries:
        frame = frame.filter((pl.col("a") == code) | (pl.col("b") == code))
    return frame.collect()
