"""From terms to what a page shows: cells with links, and tables of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

import pyoxigraph as ox

from bilat.namespaces import PREFIXES, compact
from bilat.results import printable
from bilat.server.addresses import link_to, page_of
from bilat.server.facts import display_names, slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bilat.results import Rows, Term
    from bilat.store import Store

#: The longest text that a table shows whole.
_LONGEST = 1200

_KINDS = {PREFIXES["xsd"] + name: "number" for name in ("integer", "decimal", "double", "float")}
_KINDS[PREFIXES["xsd"] + "date"] = "date"


class Cell(NamedTuple):
    """A value as a page shows it."""

    text: str
    href: str = ""
    language: str = ""
    kind: str = "text"  # or number, date, thing, outside


class Table(NamedTuple):
    """Rows under headings."""

    headings: list[str]
    rows: list[list[Cell]]


def shown(text: str) -> str:
    """Text of others, without what would act on its surroundings."""
    # marks of direction, and what is no character at all, act on a page as on a terminal
    return re.sub("[\ud800-\udfff\ufffe\uffff\u200e\u200f\u061c]", " ", printable(text))


def words(name: str) -> str:
    """A name such as ``notBefore`` as words."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").replace("-", " ")
    return parted if parted.isupper() else parted[:1].upper() + parted[1:].lower()


class Display:
    """How terms are displayed: as cells, with the names of things looked up all at once."""

    def __init__(self, store: Store, things: Iterable[Term | str | None] = ()) -> None:
        self._store = store
        self._names: dict[str, ox.Literal] = {}
        self.learn(things)

    def learn(self, things: Iterable[Term | str | None]) -> None:
        """Look up what things are called, by their IRIs; values are left out."""
        nodes = (ox.NamedNode(thing) if isinstance(thing, str) else thing for thing in things)
        iris = [node.value for node in nodes if isinstance(node, ox.NamedNode)]
        ours = [iri for iri in iris if page_of(iri) and iri not in self._names]
        self._names.update(display_names(self._store, ours))

    def cell(self, term: Term | None, label: Term | None = None) -> Cell:
        """A term as it is shown; ``label`` goes where its IRI would."""
        if isinstance(term, ox.NamedNode):
            return self.thing(term.value, label if isinstance(label, ox.Literal) else None)
        if isinstance(term, ox.Literal):
            kind = _KINDS.get(term.datatype.value, "text")
            return Cell(_cut(term.value), language=term.language or "", kind=kind)
        return Cell("" if term is None else str(term))

    def thing(self, iri: str, name: ox.Literal | None = None) -> Cell:
        """A thing, by its own name where no other is given: a link to its page, here or outside."""
        name = name or self._names.get(iri) or ox.Literal(slug(iri))
        text, language = name.value, name.language or ""
        if page := page_of(iri):
            return Cell(_cut(text), link_to(page), language, "thing")
        # any other scheme could be one that a browser acts on
        href = iri if re.match(r"https?://", iri) else ""
        return Cell(_cut(text if text != slug(iri) else compact(iri)), href, language, "outside")

    def table(self, rows: Rows) -> Table:
        """Rows as a table: a column ``x`` is shown by its ``xLabel``."""
        index = {name: at for at, name in enumerate(rows.variables)}
        of = {at: index[name + "Label"] for name, at in index.items() if name + "Label" in index}
        columns = [at for at in index.values() if at not in of.values()]
        self.learn([row[at] for row in rows.terms for at in columns
                    if at not in of or row[of[at]] is None])  # fmt: skip
        lines = [
            [self.cell(row[at], row[of[at]] if at in of else None) for at in columns]
            for row in rows.terms
        ]
        kept = [n for n in range(len(columns)) if any(line[n].text for line in lines)]
        return Table(
            [words(rows.variables[columns[n]]) for n in kept],
            [[line[n] for n in kept] for line in lines],
        )


def _cut(text: str) -> str:
    text = shown(text)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def query_string(values: Mapping[str, object]) -> str:
    """``?a=b&c=d`` of the values that there are."""
    text = urlencode({key: value for key, value in values.items() if value not in (None, "")})
    return f"?{text}" if text else ""
