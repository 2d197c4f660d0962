"""The edge table: one row for each instrument, with its parties, countries, fields, type and date.

It lies beside a store that bilat built, as ``edges.parquet``, made from the graph at each build;
of any other store the same rows are asked for. Network views, which look at all instruments, read
it many times faster than a graph of parties can be walked.
"""

from __future__ import annotations

import os
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from bilat.rules import Focused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars

    from bilat.rules import Select
    from bilat.store import Store

#: The table's file, in the folder of a store.
EDGES = "edges.parquet"

#: An instrument whose parties act for more countries than this is multilateral: it joins no pair.
MOST_COUNTRIES = 8

_PARTIES = Focused(
    "instrument",
    {"bilat:hasParty": ".", "bilat:onBehalfOf": "^bilat:hasParty",
     "bilat:partyInstitution": "^bilat:hasParty",
     "bilat:country": "bilat:concerns", "bilat:concerns": "bilat:concerns"},
    """
SELECT DISTINCT ?instrument ?country ?institution WHERE {
  {
    # focus ?instrument
    ?instrument bilat:hasParty ?party .
    ?party bilat:onBehalfOf ?country .
    OPTIONAL { ?party bilat:partyInstitution ?institution }
  } UNION {
    # focus ?instrument
    ?event bilat:concerns ?instrument ; bilat:country ?country , ?other .
    FILTER(?other != ?country)
    FILTER NOT EXISTS { ?instrument bilat:hasParty ?party }
    FILTER NOT EXISTS { ?event bilat:country ?third FILTER(?third != ?country && ?third != ?other) }
  }
}
""",
)  # fmt: skip
_FACTS = Focused(
    "instrument",
    {"rdf:type": ".", "rdfs:label": ".", "bilat:instrumentType": ".", "bilat:field": ".",
     "skos:prefLabel": "."},
    """
SELECT ?instrument ?type ?field ?name WHERE {
  # focus ?instrument
  ?instrument a bilat:Instrument .
  OPTIONAL { ?instrument bilat:instrumentType ?type }
  OPTIONAL { ?instrument bilat:field ?field }
  OPTIONAL {
    ?instrument rdfs:label|skos:prefLabel ?name
    FILTER(LANG(?name) = "" || LANGMATCHES(LANG(?name), "en"))
  }
}
""",
)  # fmt: skip
_DATES = Focused(
    "instrument",
    {"bilat:concerns": "bilat:concerns", "bilat:onDate": "bilat:concerns"},
    """
SELECT ?instrument ?date WHERE {
  # focus ?instrument
  ?event bilat:concerns ?instrument ; bilat:onDate ?date .
}
""",
)
#: The queries that the table is made of.
QUERIES = (_PARTIES, _FACTS, _DATES)


class Edge(NamedTuple):
    """An instrument and whom it joins; what is not known is ``""``, and all values are in order.

    ``parties`` are pairs of an institution and the country that it acts for; ``countries`` are
    those that any party acts for or, where no party is named, those of an event of two countries.
    ``date`` is the first day of an event that concerns the instrument.
    """

    instrument: str
    label: str
    type: str
    fields: list[str]
    date: str
    parties: list[tuple[str, str]]
    countries: list[str]

    @property
    def multilateral(self) -> bool:
        """Whether it has too many countries to join a pair."""
        return len(self.countries) > MOST_COUNTRIES


def edges(store: Store) -> list[Edge]:
    """The rows of the table, by instrument: from its file, or asked of the store."""
    if path := _table(store):
        import polars

        return [_edge(row) for row in polars.read_parquet(path).iter_rows()]
    return rows(lambda text: store.select(text).terms)  # type: ignore[arg-type, return-value]


class Pair(NamedTuple):
    """Two countries, the instruments that join them and the fields that those state."""

    first: str
    second: str
    instruments: list[str]
    fields: list[str]


def pairs(store: Store) -> tuple[dict[str, int], list[Pair]]:
    """How many instruments join each country to others, and its pairs with them, in order."""
    import polars

    path = _table(store)
    table = polars.scan_parquet(path) if path else _frame(edges(store)).lazy()
    first, number = polars.col("first"), polars.col("countries").list.len()
    sides = (
        table.filter((number > 1) & (number <= MOST_COUNTRIES))
        .select("instrument", "fields", first="countries")
        .collect()
        .explode("first")
    )
    count = sides.group_by("first").len().sort("first")
    found = (
        sides.join(sides.select("instrument", second="first"), on="instrument")
        .filter(first < polars.col("second"))
        .group_by("first", "second")
        .agg(
            polars.col("instrument").sort(),
            polars.col("fields").explode().drop_nulls().unique().sort(),
        )
        .sort("first", "second")
    )
    return dict(count.iter_rows()), [Pair(*row) for row in found.iter_rows()]


def _table(store: Store) -> str | None:
    path = os.path.join(store.folder or "", EDGES)
    return path if store.folder is not None and os.path.isfile(path) else None


def _edge(row: tuple[Any, ...]) -> Edge:
    iri, label, kind, fields, date, institutions, acting, countries = row
    parties = list(zip(institutions, acting, strict=True))
    return Edge(iri, label, kind, fields, date, parties, countries)


def rows(select: Select, foci: Iterable[str] | None = None) -> list[Edge]:
    """The rows of these instruments (N-Triples terms), or of all, from the graph."""
    about = list(foci) if foci is not None else None
    parties, countries, kinds, fields, names, dates = (_sets() for _ in range(6))
    for instrument, country, institution in select(_PARTIES.about(about)):
        countries[_text(instrument)].add(_text(country))
        if institution is not None:
            parties[_text(instrument)].add((_text(institution), _text(country)))
    for instrument, kind, field, name in select(_FACTS.about(about)):
        for found, value in ((kinds, kind), (fields, field), (names, name)):
            found[_text(instrument)] |= {_text(value)} if value is not None else set()
    for instrument, date in select(_DATES.about(about)):
        dates[_text(instrument)].add(_text(date))
    return [
        Edge(
            iri,
            min(names[iri], default=""),
            min(kinds[iri], default=""),
            sorted(fields[iri]),
            min(dates[iri], default=""),
            sorted(parties[iri]),
            sorted(countries[iri]),
        )
        for iri in sorted(countries.keys() | kinds.keys())
    ]


def _sets() -> Mapping[str, set[Any]]:
    return defaultdict(set)


def _text(term: Any) -> str:
    return str(term.value)


def write(folder: str | os.PathLike[str], found: list[Edge]) -> None:
    """Write the rows as the table of the store in the folder."""
    _frame(found).write_parquet(os.path.join(folder, EDGES), compression="lz4")


def _frame(found: list[Edge]) -> polars.DataFrame:
    import polars

    texts, lists = polars.String, polars.List(polars.String)
    columns: dict[str, Any] = {
        "instrument": texts, "label": texts, "type": texts, "fields": lists, "date": texts,
        "institutions": lists, "acting_for": lists, "countries": lists,
    }  # fmt: skip
    data = [
        (*edge[:5], [body for body, _ in edge.parties], [c for _, c in edge.parties], edge[6])
        for edge in found
    ]
    return polars.DataFrame(data, schema=columns, orient="row")


def update(
    old: str | os.PathLike[str],
    new: str | os.PathLike[str],
    select: Select,
    foci: set[str] | None,
) -> None:
    """Write the table of a new store from that of the old: these instruments anew, or all."""
    import polars

    if foci is None:
        return write(new, rows(select))
    path = os.path.join(old, EDGES)
    gone = {focus[1:-1] for focus in foci}
    kept = polars.read_parquet(path).filter(~polars.col("instrument").is_in(sorted(gone)))
    write(new, rows(select, sorted(foci)))
    fresh = polars.read_parquet(os.path.join(new, EDGES))
    whole = polars.concat([kept, fresh]).sort("instrument")
    whole.write_parquet(os.path.join(new, EDGES), compression="lz4")
