"""What other sources describe already: so that one person has one IRI and one label."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from bilat.files import read_rdf
from bilat.judgements import FILE, Judgements
from bilat.names import countries
from bilat.namespaces import BASE, ONTOLOGY_GRAPH, PREFIXES
from bilat.rdf.rows import OF_ONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bilat.inputs import Inputs

    Object = ox.NamedNode | ox.Literal
    _Said = tuple[str, str, Object]

_LABEL, _SAME = PREFIXES["rdfs"] + "label", PREFIXES["schema"] + "sameAs"
_KINDS = ("institution", "person", "place", "post")
_NODES = tuple(f"{BASE}id/{kind}/" for kind in _KINDS)
_READ = frozenset((_LABEL, _SAME, *(name[1:-1] for name in OF_ONE)))
_LINE = re.compile(
    rf"<{re.escape(BASE)}id/(?:{'|'.join(_KINDS)})/[^>]+> "
    rf"<(?:{'|'.join(map(re.escape, sorted(_READ)))})> ".encode()
)
_BEGINNINGS = tuple(f"<{node}".encode() for node in _NODES)


class Known:
    """Labels and the like by IRI, and IRIs by what they are the same as, of all sources but one.

    They are read when first asked for: many tables name neither persons nor bodies.
    """

    def __init__(self, inputs: Inputs, without: str) -> None:
        self._inputs, self._without = inputs, os.path.abspath(without)
        self._said: dict[tuple[str, str], Object] = {}
        self._same: dict[str, str] = {}
        self._items: dict[str, str] = {}
        self._read = False
        path = os.path.join(inputs.data, FILE) if inputs.data else None
        self._judgements = Judgements.load(path) if path else Judgements()

    def label(self, node: str) -> str | None:
        """The label that another source gives."""
        self._load()
        found = self._said.get((node, _LABEL))
        return found.value if found else None

    def value(self, node: str, predicate: str) -> str | None:
        """What another source says of which there is only one, as N-Triples have both."""
        self._load()
        found = self._said.get((node, predicate[1:-1]))
        return str(found) if found else None

    def same(self, address: str) -> str | None:
        """The IRI of what another source says is the same as the address."""
        self._load()
        return self._same.get(address)

    def judged(
        self, kind: str, name: str, country: str | None = None, item: str | None = None
    ) -> str:
        """The IRI that somebody judged the name to mean, if any.

        Of two with one name and different items of Wikidata, one at most is meant.
        """
        code = countries().by_iri.get(country[1:-1]) if country else None
        last = self._judgements.of(kind, name, code).last if len(self._judgements) else None
        if last is None or last.decision == "unsure" or not last.iri:
            return ""
        self._load()
        if item and self._items.setdefault(last.iri, item) != item:
            return ""
        return last.iri

    def _load(self) -> None:
        if self._read:
            return
        self._read = True
        for path, graph in self._inputs.files():
            if os.path.abspath(path) == self._without or graph == ONTOLOGY_GRAPH:
                continue
            stat = os.stat(path)
            said = _scanned(path) if path.endswith(".nq") else _said(path, stat.st_mtime_ns)
            for node, predicate, value in said:
                if predicate == _SAME:
                    self._same.setdefault(value.value, node)
                    self._items.setdefault(node, value.value)
                else:
                    self._said.setdefault((node, predicate), value)


def _scanned(path: str) -> Iterable[_Said]:
    """What a file says in lines that tell it: a source that was imported may be large."""
    with open(path, "rb") as file:
        lines = [line for line in file if line.startswith(_BEGINNINGS) and _LINE.match(line)]
    try:
        return list(_taken(ox.parse(b"".join(lines), format=ox.RdfFormat.N_QUADS)))
    except SyntaxError:  # edited by hand: the whole file says where
        return list(_taken(read_rdf(Path(path))))


@lru_cache(maxsize=256)
def _said(path: str, changed: int) -> tuple[_Said, ...]:
    """What a file says; kept until it changes."""
    return tuple(_taken(read_rdf(Path(path))))


def _taken(quads: Iterable[ox.Quad]) -> Iterator[_Said]:
    for quad in quads:
        node, predicate, value = quad.subject, quad.predicate.value, quad.object
        if predicate not in _READ or not isinstance(value, ox.NamedNode | ox.Literal):
            continue
        if predicate == _LABEL and not (isinstance(value, ox.Literal) and value.language == "en"):
            continue
        if isinstance(node, ox.NamedNode) and node.value.startswith(_NODES):
            yield node.value, predicate, value
