"""Quads put into order with little of them in memory: sorted runs in temporary files, merged.

The order is that of :func:`bilat.results.in_order`. A quad is a line whose parts stand in the order
in which they are compared, so that comparing bytes compares quads: a tab between parts, and the end
of the line, are below every sign that a part may have.
"""

from __future__ import annotations

import re
from heapq import merge
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Self

import pyoxigraph as ox

from bilat.errors import StoreError
from bilat.namespaces import PREFIXES, prefix_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bilat.loading import Progress

#: Bytes of text that are taken in at once, and bytes of a run.
CHUNK, RUN = 1 << 22, 1 << 26

_QUAD = re.compile(
    rb"(?m)^(\S+) <([^>]*)> "
    rb'(<[^<>]*>|_:\S+|"[^"\\]*(?:\\.[^"\\]*)*"\S*|<<\(.*\)>>) (?:(\S+) )?\.$'
)
_TYPE = PREFIXES["rdf"].encode() + b"type"
_DEFAULT = b"DEFAULT"  # the default graph comes after the graphs with IRIs


class Ordering:
    """Takes N-Quads as the engine writes them, and gives them back in order."""

    def __init__(self, progress: Progress = lambda *_: None) -> None:
        self._progress = progress
        self._chunk, self._size = bytearray(), 0
        self._lines: list[bytes] = []
        self._spilt: list[IO[bytes]] = []
        self._prefixes: set[str | None] = set()
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._spilt:
            file.close()

    def write(self, text: bytes) -> int:
        """Take more of the text, which may end anywhere."""
        self._chunk += text
        if len(self._chunk) >= CHUNK:
            self._take()
        return len(text)

    def flush(self) -> None:
        """Nothing: what is taken in is given back at the end."""

    def prefixes(self) -> dict[str, str]:
        """Those of bilat's prefixes that occur."""
        self._take()
        return {name: iri for name, iri in PREFIXES.items() if name in self._prefixes}

    def texts(self, *, graphs: bool = True) -> Iterator[bytes]:
        """The quads, or the triples alone, as N-Quads, many lines at a time."""
        self._take()
        self._lines.sort()
        done, lines = 0, merge(*self._spilt, self._lines) if self._spilt else iter(self._lines)
        while batch := list(islice(lines, 10_000)):
            yield b"".join(_as_nquad(line, graphs) for line in batch)
            done += len(batch)
            self._progress("written", done, self._count)

    def quads(self) -> Iterator[ox.Quad]:
        """The quads one after the other."""
        for text in self.texts():
            yield from ox.parse(text, format=ox.RdfFormat.N_QUADS)

    def _take(self) -> None:
        end = self._chunk.rfind(b"\n") + 1
        quads = _QUAD.findall(self._chunk[:end])
        assert len(quads) == self._chunk.count(b"\n", 0, end)
        del self._chunk[:end]
        self._prefixes |= _prefixes(quads)
        self._lines += [
            b"%b\t%b\t%b\t%b\n" % (g or _DEFAULT, s, b"" if p == _TYPE else p, o)
            for s, p, o, g in quads
        ]
        self._count += len(quads)
        self._progress("read", self._count, 0)
        self._size += end
        if self._size >= RUN:
            self._spill()

    def _spill(self) -> None:
        self._lines.sort()
        try:
            file = TemporaryFile()  # noqa: SIM115
            self._spilt.append(file)
            file.writelines(self._lines)
            file.seek(0)
        except OSError as error:
            raise StoreError(
                f"what is to be put in order cannot be written to a temporary file ({error}); "
                "make room, or name another place as TMPDIR"
            ) from None
        self._lines, self._size = [], 0


def _as_nquad(line: bytes, graphs: bool) -> bytes:
    g, s, p, o = line[:-1].split(b"\t")
    if graphs and g != _DEFAULT:
        return b"%b <%b> %b %b .\n" % (s, p or _TYPE, o, g)
    return b"%b <%b> %b .\n" % (s, p or _TYPE, o)


def _prefixes(quads: Iterable[tuple[bytes, bytes, bytes, bytes]]) -> set[str | None]:
    nodes = {node for s, _, o, g in quads for node in (s, o, g)}
    iris = {node[1:-1] for node in nodes if node.startswith(b"<")}
    iris.update(p for _, p, _, _ in quads)
    found = {prefix_of(iri.decode()) for iri in iris}
    for kind in {node[node.rfind(b'"') + 1 :] for node in nodes if node.startswith(b'"')}:
        if kind.startswith(b"^^"):
            found.add(prefix_of(kind[3:-1].decode()))
        else:  # a text is of a datatype too
            found.add("rdf" if kind else "xsd")
    return found
