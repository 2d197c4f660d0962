"""Lists of things and of their names: from the store, or from a register that is made of it once.

The register is a file (an SQLite database). What a large store takes a second for, it gives in
milliseconds; until it is there, the store is asked. Both have the same, but for which names are
left out where too many fit; and the store gives those without days unsorted where they are many.
"""

from __future__ import annotations

import os
import sqlite3
from abc import ABC, abstractmethod
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import pyoxigraph as ox

from bilat.results import Rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bilat.store import EmbeddedStore, Store

#: What is listed by itself: the class, and by which property the latest come first.
KINDS = {
    "country": ("bilat:Country", ""),
    "institution": ("bilat:Institution", ""),
    "person": ("bilat:Person", ""),
    "instrument": ("bilat:Instrument", "^bilat:concerns/(bilat:onDate|bilat:notAfter)"),
    "event": ("bilat:Event", "bilat:onDate|bilat:notAfter"),
    "source": ("bilat:SourceDocument", "dct:issued"),
    "relation": ("bilat:BilateralRelation", ""),
    "post": ("bilat:Post", ""),
    "place": ("bilat:Place", ""),
    "award": ("bilat:Award", ""),
}

#: How many names that fit are looked at, and how many of the same beginning are compared.
_FITTING, _COMPARED = 1000, 3000

#: The most names that the store puts in order; of more, its own order is kept.
_SORTED = 5_000

_NAMES = "rdfs:label|skos:prefLabel|skos:altLabel|skos:hiddenLabel|dct:identifier"


class Named(NamedTuple):
    """Something that has a name with a text in it."""

    iri: str
    name: str


class Lists(ABC):
    """What there is of each kind, and what it is called."""

    @abstractmethod
    def count(self, kind: str) -> int:
        """How many things of a kind there are."""

    @abstractmethod
    def things(self, kind: str, limit: int, start: int = 0) -> Rows:
        """Some of a kind: the latest first, with their days, or by name where it has no days."""

    @abstractmethod
    def called(self, text: str) -> list[Named]:
        """What has the text in a name, in whatever case; some where it is much."""

    @abstractmethod
    def beginning(self, text: str) -> list[str]:
        """Names that begin so, in whatever case; some where they are many."""


class Asked(Lists):
    """Those that a store gives."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def count(self, kind: str) -> int:
        """How many there are."""
        query = f"SELECT (COUNT(DISTINCT ?it) AS ?n) {{ ?it a {KINDS[kind][0]} }}"
        return int(self._store.select(query)[0].n)

    def things(self, kind: str, limit: int, start: int = 0) -> Rows:
        """Some of a kind; those without days in order only where they are not too many."""
        name, date = KINDS[kind]
        part = f"LIMIT {limit} OFFSET {start}"
        if date:
            return self._store.select(
                f"SELECT ?{kind} (MAX(?day) AS ?date) {{ "
                f"?{kind} a {name} OPTIONAL {{ ?{kind} {date} ?day }} }} "
                f"GROUP BY ?{kind} ORDER BY DESC(?date) ?{kind} {part}"
            )
        order = "ORDER BY LCASE(STR(?name)) ?it" if self.count(kind) <= _SORTED else ""
        return self._store.select(
            f"SELECT DISTINCT ?it {{ ?it a {name} OPTIONAL {{ ?it rdfs:label ?name "
            f'FILTER(LANGMATCHES(LANG(?name), "en")) }} }} {order} {part}'
        )

    def called(self, text: str) -> list[Named]:
        """What has the text in a name."""
        rows = self._store.select(
            f"SELECT DISTINCT ?it ?name {{ ?it {_NAMES} ?name FILTER(CONTAINS("
            f"LCASE(STR(?name)), {ox.Literal(text.lower())}) && ISIRI(?it)) }} LIMIT {_FITTING}"
        )
        found = {Named(row.it, str(row.name)) for row in rows}  # whatever language it is in
        return sorted(found, key=lambda named: (_fit(named.name.lower(), text.lower()), named))

    def beginning(self, text: str) -> list[str]:
        """Names that begin so."""
        rows = self._store.select(
            f"SELECT DISTINCT ?name {{ ?it {_NAMES} ?name FILTER(STRSTARTS("
            f"LCASE(STR(?name)), {ox.Literal(text.lower())})) }} LIMIT {_COMPARED}"
        )
        return [str(row.name) for row in rows]


def _fit(name: str, text: str) -> tuple[int, int, str]:
    """The better a name fits a text, the less; both are in small letters."""
    rank = 0 if name == text else 1 if name.startswith(text) else 2 if f" {text}" in name else 3
    return rank, len(name), name


class Register(Lists):
    """Those of a file that :func:`write_register` has made."""

    def __init__(self, file: str) -> None:
        self._file = file

    def _rows(self, query: str, *values: object) -> list[Any]:
        # nobody writes to it any more, so that no lock is needed
        with closing(
            sqlite3.connect(f"file:{quote(self._file)}?immutable=1", uri=True)
        ) as register:
            return register.execute(query, values).fetchall()

    def count(self, kind: str) -> int:
        """How many there are."""
        return int(self._rows("SELECT count(*) FROM thing WHERE kind = ?", kind)[0][0])

    def things(self, kind: str, limit: int, start: int = 0) -> Rows:
        """Some of a kind, in their order."""
        rows = self._rows(
            "SELECT iri, day, type FROM thing WHERE kind = ? AND place >= ? AND place < ? "
            "ORDER BY place",
            *(kind, start, start + limit),
        )
        if not KINDS[kind][1]:
            return Rows(["it"], ((ox.NamedNode(iri),) for iri, _, _ in rows))
        days = (day and ox.Literal(day, datatype=ox.NamedNode(type)) for _, day, type in rows)
        iris = (ox.NamedNode(iri) for iri, _, _ in rows)
        return Rows([kind, "date"], zip(iris, days, strict=True))

    def called(self, text: str) -> list[Named]:
        """What has the text in a name, the best first."""
        low = text.lower()
        rows = self._rows(
            "SELECT iri, name, low FROM name WHERE instr(low, ?) "
            "ORDER BY CASE WHEN low = ? THEN 0 WHEN substr(low, 1, ?) = ? THEN 1 "
            "WHEN instr(low, ?) THEN 2 ELSE 3 END, length(low), low, iri LIMIT ?",
            *(low, low, len(low), low, f" {low}", _FITTING),
        )
        return [Named(iri, name) for iri, name, _ in rows]

    def beginning(self, text: str) -> list[str]:
        """Names that begin so."""
        rows = self._rows(
            "SELECT DISTINCT name FROM name WHERE low >= ? AND low < ? ORDER BY low LIMIT ?",
            *(text.lower(), text.lower() + chr(0x10FFFF), _COMPARED),
        )
        return [name for (name,) in rows]


def lists(store: Store, register: str) -> Lists:
    """Those of a register, which is a file, or of the store where there is none yet."""
    return Register(register) if os.path.isfile(register) else Asked(store)


def write_register(store: EmbeddedStore, file: str) -> None:
    """Make the register of a store in an empty file."""
    with closing(sqlite3.connect(file)) as register:
        # whoever makes it throws away what is not whole
        register.execute("PRAGMA journal_mode = OFF")
        register.execute("PRAGMA synchronous = OFF")
        register.execute(
            "CREATE TABLE name (low TEXT, name TEXT, iri TEXT, PRIMARY KEY (low, name, iri)) "
            "WITHOUT ROWID"
        )
        register.execute(
            "CREATE TABLE thing (kind TEXT, place INTEGER, iri TEXT, day TEXT, type TEXT, "
            "PRIMARY KEY (kind, place)) WITHOUT ROWID"
        )
        # row by row: a large store has more names than there may be memory for
        store.run(
            f"SELECT ?it ?name {{ ?it {_NAMES} ?name }}",
            lambda rows: register.executemany(
                "INSERT OR IGNORE INTO name VALUES (?, ?, ?)", _names(rows)
            ),
        )
        for kind in KINDS:
            things = ((kind, place, *row) for place, row in enumerate(_in_order(store, kind)))
            register.executemany("INSERT INTO thing VALUES (?, ?, ?, ?, ?)", things)
        register.commit()


def _names(rows: Iterable[Any]) -> Iterator[tuple[str, str, str]]:
    for it, name in rows:
        if isinstance(it, ox.NamedNode) and not isinstance(name, ox.BlankNode):
            yield name.value.lower(), name.value, it.value


def _in_order(store: EmbeddedStore, kind: str) -> list[tuple[str, str | None, str | None]]:
    """All of a kind: the IRI of each, with its day and what type that is of, if it has one."""
    name, date = KINDS[kind]
    by = f"?it {date} ?by" if date else "?it rdfs:label ?by FILTER(LANGMATCHES(LANG(?by), 'en'))"
    query = f"SELECT ?it ?by {{ ?it a {name} OPTIONAL {{ {by} }} }}"
    found = store.run(query, lambda rows: _firsts(rows, latest=bool(date)))
    values = {iri: by.value if by else "" for iri, by in found.items()}
    iris = sorted(found)
    if not date:
        iris.sort(key=lambda iri: values[iri].lower())
        return [(iri, None, None) for iri in iris]
    iris.sort(key=lambda iri: values[iri], reverse=True)
    days = (found[iri] for iri in iris)
    return [
        (iri, day and day.value, day and day.datatype.value)
        for iri, day in zip(iris, days, strict=True)
    ]


def _firsts(rows: Iterable[Any], latest: bool) -> dict[str, ox.Literal | None]:
    """Of each thing what it comes by: the latest of its days, or the first of its names."""
    found: dict[str, ox.Literal | None] = {}
    for it, literal in rows:
        if isinstance(it, ox.NamedNode):
            old = found.setdefault(it.value, None)
            if isinstance(literal, ox.Literal) and (
                old is None or (literal.value > old.value) == latest
            ):
                found[it.value] = literal
    return found
