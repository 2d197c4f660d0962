"""Files into the engine as one stream of N-Quads, each triple twice: in its graph and in none.

Nothing is held of a file but the lines at hand. Lines of N-Quads as most programs write them pass
as text, which the engine alone parses; what is written otherwise is parsed here first.
"""

from __future__ import annotations

import re
from hashlib import file_digest
from itertools import islice
from typing import TYPE_CHECKING

import pyoxigraph as ox

from bilat.errors import InputError
from bilat.files import RDF_FORMATS, naming, read_quads, read_rdf
from bilat.namespaces import DERIVED_GRAPH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    #: Told what is at hand, how much is done and of how much; 0 where that is not known.
    Progress = Callable[[str, int, int], None]

#: Bytes of a file that are read at once.
CHUNK = 1 << 22

_IRI = rb'<[^<>"{}|^`\\\x00-\x20]*>'
_LITERAL = rb'"[^"\\\n\r]*(?:\\.[^"\\\n\r]*)*"(?:\^\^' + _IRI + rb"|@[a-zA-Z]+(?:-[a-zA-Z0-9]+)*)?"
_LINE = rb"(?m)^(" + _IRI + rb" " + _IRI + rb" (?:" + _IRI + rb"|" + _LITERAL + rb"))"


class Loaded:
    """What loading found: of each file its sha256 and the graphs that it states facts in."""

    def __init__(self) -> None:
        self.sha256: dict[str, str] = {}
        self.graphs: dict[str, list[str]] = {}


def load(engine: ox.Store, files: list[tuple[Path, str]], progress: Progress) -> Loaded:
    """Load the files, bare triples into the graph beside the file; raises InputError."""
    loaded = Loaded()
    try:
        # one bulk load makes few tables, and a store of few tables opens fast
        bulk_load(engine, _chunks(files, loaded, progress))
    except SyntaxError:
        for path, _ in files:
            read_rdf(path)  # says which file it is, and where in it
        raise
    return loaded


def bulk_load(engine: ox.Store, chunks: Iterator[bytes]) -> None:
    """Load N-Quads as they come; an error of what gives them is raised as it is."""
    stream = _Stream(chunks)
    try:
        engine.bulk_load(stream, format=ox.RdfFormat.N_QUADS)  # type: ignore[arg-type]
    except SyntaxError:
        if stream.error is None:
            raise
    if stream.error is not None:
        raise stream.error


class _Stream:
    """A file of the chunks; an error ends it and is kept, as the engine would dress it up."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.error: BaseException | None = None
        self._chunks, self._rest = chunks, memoryview(b"")

    def read(self, size: int) -> bytes:
        try:
            while not self._rest:
                self._rest = memoryview(next(self._chunks))
        except StopIteration:
            return b""
        except BaseException as error:
            self.error = error
            return b""
        piece, self._rest = self._rest[:size], self._rest[size:]
        return bytes(piece)


def _chunks(files: list[tuple[Path, str]], loaded: Loaded, progress: Progress) -> Iterator[bytes]:
    total = sum(path.stat().st_size for path, _ in files) or 1
    done = 0
    for path, graph in files:
        progress(path.name, done, total)
        loaded.sha256[str(path)] = digest(path)
        names: set[bytes] = set()
        for read, chunk in _of_file(path, graph, names):
            yield chunk
            progress(path.name, min(done + read, total), total)
        done += path.stat().st_size
        loaded.graphs[str(path)] = sorted(name[1:-1].decode() for name in names)


def digest(path: Path) -> str:
    """The sha256 of a file; raises InputError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def _of_file(path: Path, graph: str, names: set[bytes]) -> Iterator[tuple[int, bytes]]:
    """Pairs of how many bytes are read by then, and N-Quads; ``names`` gets the graphs' IRIs."""
    if RDF_FORMATS.get(path.suffix.lower()) in (ox.RdfFormat.N_QUADS, ox.RdfFormat.N_TRIPLES):
        yield from _of_lines(path, graph, names)
        return
    for batch in _batches(in_graph(path, read_quads(path), graph)):
        yield 0, _as_text(batch, names)


def _of_lines(path: Path, graph: str, names: set[bytes]) -> Iterator[tuple[int, bytes]]:
    named = naming(path)
    read = lines = 0
    for chunk in _whole_lines(path):
        read += len(chunk)
        text = _doubled(chunk, graph, names)
        if text is None:
            quads = in_graph(path, read_quads(path, chunk, lines, named), graph)
            text = _as_text(quads, names)
        lines += chunk.count(b"\n")
        yield read, text


def _whole_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk + file.readline()


def _doubled(chunk: bytes, graph: str, names: set[bytes]) -> bytes | None:
    """Each line in its graph and again in none; None where a line is not in the plain form."""
    count = chunk.count(b"\n")
    ending = f" <{graph}> .\n".encode()
    if chunk.count(ending) != count:
        found = set(re.findall(rb" (" + _IRI + rb") \.\n", chunk))
        if f"<{DERIVED_GRAPH}>".encode() in found:
            return None  # it may be an object: the parser tells
        text, plain = re.subn(_LINE + rb" (" + _IRI + rb") \.\n", rb"\1 \2 .\n\1 .\n", chunk)
        named = set(re.findall(rb"(?m) (" + _IRI + rb") \.\n", text)) if plain == count else found
        names |= named & found if plain == count else set()
        return text if plain == count and b"\r" not in chunk else None
    text, plain = re.subn(_LINE + re.escape(ending), rb"\g<0>\1 .\n", chunk)
    if plain != count or not chunk.endswith(b"\n"):
        return None
    names.add(f"<{graph}>".encode())
    return text


def _batches(quads: Iterable[ox.Quad]) -> Iterator[list[ox.Quad]]:
    rest = iter(quads)
    while batch := list(islice(rest, 10_000)):
        yield batch


def _as_text(quads: Iterable[ox.Quad], names: set[bytes]) -> bytes:
    lines = []
    for quad in quads:
        names.add(str(quad.graph_name).encode())
        lines.append(f"{quad} .\n{quad.triple} .\n")
    return "".join(lines).encode()


def in_graph(path: Path, quads: Iterable[ox.Quad], graph: str) -> Iterator[ox.Quad]:
    """The quads, with those of the default graph put into the graph named.

    Raises InputError for the derived graph, which no file may fill.
    """
    name, derived = ox.NamedNode(graph), ox.NamedNode(DERIVED_GRAPH)
    for q in quads:
        if q.graph_name == derived:
            raise InputError(
                f"{path}: puts facts into {DERIVED_GRAPH}, which is for the rules alone"
            )
        bare = isinstance(q.graph_name, ox.DefaultGraph)
        yield ox.Quad(q.subject, q.predicate, q.object, name) if bare else q
