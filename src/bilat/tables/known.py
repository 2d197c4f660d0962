"""What other sources describe already: so that one person has one IRI and one label."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from bilat.files import read_rdf
from bilat.namespaces import BASE, ONTOLOGY_GRAPH, PREFIXES

if TYPE_CHECKING:
    from bilat.inputs import Inputs

_LABEL, _SAME = PREFIXES["rdfs"] + "label", PREFIXES["schema"] + "sameAs"
_KINDS = ("institution", "person", "place", "post")
_NODES = tuple(f"{BASE}id/{kind}/" for kind in _KINDS)
_LINE = re.compile(
    rf"<({re.escape(BASE)}id/(?:{'|'.join(_KINDS)})/[^>]+)> <(?:({re.escape(_LABEL)})|"
    rf'{re.escape(_SAME)})> (?:"((?:[^"\\]|\\.)*)"@en|<([^>]+)>) '.encode(),
)
_BEGINNINGS = tuple(f"<{node}".encode() for node in _NODES)


class Known:
    """Labels by IRI, and IRIs by what they are the same as, of all sources but one.

    They are read when first asked for: many tables name neither persons nor bodies.
    """

    def __init__(self, inputs: Inputs, without: str) -> None:
        self._inputs, self._without = inputs, os.path.abspath(without)
        self._labels: dict[str, str] = {}
        self._same: dict[str, str] = {}
        self._read = False

    def label(self, node: str) -> str | None:
        """The label that another source gives."""
        self._load()
        return self._labels.get(node)

    def same(self, address: str) -> str | None:
        """The IRI of what another source says is the same as the address."""
        self._load()
        return self._same.get(address)

    def _load(self) -> None:
        if self._read:
            return
        self._read = True
        for path, graph in self._inputs.files():
            if os.path.abspath(path) != self._without and graph != ONTOLOGY_GRAPH:
                self._scan(path) if path.endswith(".nq") else self._parse(path)

    def _parse(self, path: str) -> None:
        stat = os.stat(path)
        for node, is_label, value in _named(path, stat.st_mtime_ns):
            (self._labels if is_label else self._same).setdefault(
                *((node, value) if is_label else (value, node))
            )

    def _scan(self, path: str) -> None:
        """Line by line: a source that was imported may be large."""
        with open(path, "rb") as file:
            for line in file:
                found = _LINE.match(line) if line.startswith(_BEGINNINGS) else None
                if found is None:
                    continue
                node = found[1].decode()
                if found[2] and found[3] is not None:
                    self._labels.setdefault(node, found[3].decode())
                elif found[4]:
                    self._same.setdefault(found[4].decode(), node)


@lru_cache(maxsize=256)
def _named(path: str, changed: int) -> tuple[tuple[str, bool, str], ...]:
    """Nodes of a file with a label, or with what they are the same as; kept until it changes."""
    found = []
    for quad in read_rdf(Path(path)):
        node, predicate, value = quad.subject, quad.predicate.value, quad.object
        if predicate not in (_LABEL, _SAME) or not isinstance(value, ox.NamedNode | ox.Literal):
            continue
        if isinstance(node, ox.NamedNode) and node.value.startswith(_NODES):
            found.append((node.value, predicate == _LABEL, value.value))
    return tuple(found)
