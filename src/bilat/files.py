"""Files: RDF is read with errors that name the place, and no file is left half-written."""

from __future__ import annotations

import codecs
import os
import re
from contextlib import contextmanager
from itertools import accumulate
from typing import IO, TYPE_CHECKING, Any

import pyoxigraph as ox

from bilat.errors import BilatError, InputError, UnreadableError
from bilat.namespaces import BASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

#: Where blank nodes get a name (RDF 1.1 Concepts, section 3.5).
GENID = BASE + ".well-known/genid/"

#: RDF syntaxes by the ending of the file's name.
RDF_FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".trig": ox.RdfFormat.TRIG,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".rdf": ox.RdfFormat.RDF_XML,
}


#: How deep JSON-LD may be nested: the engine ends the process where it is thousands.
MAX_DEPTH = 200


def read_rdf(path: Path) -> list[ox.Quad]:
    """The quads of an RDF file, in the order of the text.

    A blank node becomes an IRI below ``.well-known/genid/`` (RDF 1.1 Concepts, section 3.5) that
    depends on the file's bytes alone, so that reading again gives the same. Raises UnreadableError
    for what cannot be read.
    """
    return list(read_quads(path))


def read_quads(
    path: Path,
    text: bytes | None = None,
    lines: int = 0,
    named: Callable[[Any], Any] | None = None,
) -> Iterator[ox.Quad]:
    """The quads of a file one after the other, as :func:`read_rdf` gives them.

    ``text`` is a part of a file of lines that begins after so many of them; ``named``, from
    :func:`naming`, then names its blank nodes together with those of the parts before it.
    """
    syntax = RDF_FORMATS.get(path.suffix.lower())
    if syntax is None:
        known = ", ".join(RDF_FORMATS)
        raise UnreadableError(str(path), f"unknown kind of file {path.suffix!r}; known are {known}")
    data = read_utf8(path) if text is None else text.removeprefix(codecs.BOM_UTF8)
    if syntax == ox.RdfFormat.JSON_LD and _depth_of_json(data) > MAX_DEPTH:
        raise UnreadableError(str(path), f"is nested more than {MAX_DEPTH} deep")
    quads = _without_blank_nodes(ox.parse(data, format=syntax), named or naming(data))
    try:
        for quad in quads:
            if _is_new(quad.subject) or _is_new(quad.object):
                reason = "has triple terms or directions of RDF 1.2; bilat takes RDF 1.1, "
                reason += "as most other programs do"
                raise UnreadableError(str(path), reason)
            yield quad
    except SyntaxError as error:
        read_utf8(path)  # another encoding is said first
        reason = re.sub(r"^Parser error (?:at|between) [^:]*: ", "", error.msg)
        if "LoadDocumentCallback" in reason:
            reason = "its context is at an address, and nothing is fetched; write it into the file"
        line, column = error.lineno or 0, error.offset or 0
        if not line and syntax == ox.RdfFormat.RDF_XML:
            reason, line, column = _xml_error(data) or (reason, 0, 0)
        line += lines if line else 0
        raise UnreadableError(str(path), reason, line, column) from None


def _depth_of_json(data: bytes) -> int:
    without_text = re.sub(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', b"", data, flags=re.DOTALL)
    steps = (1 if sign in b"{[" else -1 for sign in re.sub(rb"[^\[\]{}]+", b"", without_text))
    return max(accumulate(steps), default=0)


def _xml_error(data: bytes) -> tuple[str, int, int] | None:
    """What makes the file no XML, with its line and column; the engine does not tell where."""
    from xml.parsers import expat

    try:
        expat.ParserCreate(namespace_separator=" ").Parse(data, True)
    except expat.ExpatError as error:
        return expat.errors.messages[error.code], error.lineno, error.offset + 1
    return None


def _is_new(node: object) -> bool:
    directed = isinstance(node, ox.Literal) and node.direction is not None
    return directed or isinstance(node, ox.Triple)


def read_utf8(path: Path) -> bytes:
    """The bytes of a UTF-8 file, without a byte order mark; raises UnreadableError for others."""
    try:
        return path.read_bytes().decode("utf-8-sig").encode()
    except UnicodeDecodeError as error:
        lines = error.object[: error.start].decode().split("\n")
        wrong = f"the byte 0x{error.object[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise UnreadableError(str(path), wrong, len(lines), len(lines[-1]) + 1) from None
    except OSError as error:
        raise UnreadableError(str(path), f"cannot be read ({error.strerror})") from None


def naming(data: bytes | Path) -> Callable[[Any], Any]:
    """What names the blank nodes of a file with these bytes, given its nodes in their order.

    The bytes of a path are only read where there is a blank node.
    """
    names: dict[ox.BlankNode, ox.NamedNode] = {}
    prefix = ""

    def named(node: Any) -> Any:
        nonlocal prefix
        if not isinstance(node, ox.BlankNode):
            return node
        if not prefix:
            from hashlib import sha256

            content = data if isinstance(data, bytes) else read_utf8(data)
            prefix = f"{GENID}{sha256(content).hexdigest()[:12]}-"
        return names.setdefault(node, ox.NamedNode(f"{prefix}{len(names) + 1}"))

    return named


def _without_blank_nodes(
    quads: Iterable[ox.Quad], named: Callable[[Any], Any]
) -> Iterator[ox.Quad]:
    for quad in quads:
        yield ox.Quad(
            named(quad.subject), quad.predicate, named(quad.object), named(quad.graph_name)
        )


def replace_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Write the file as :func:`replacing` does."""
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A file to write, which is there whole at the end, or as it was before, with the mode it had.

    What is no regular file, such as a device or a pipe, is written to. Raises InputError where the
    file cannot be written.
    """
    target = os.path.realpath(path)
    special = os.path.exists(target) and not os.path.isfile(target)
    try:
        with open(target, "wb") if special else _draft(target) as file:
            yield file
    except BilatError:
        raise
    except OSError as error:
        raise InputError(f"{os.fspath(path)}: cannot be written ({error.strerror})") from None


@contextmanager
def _draft(target: str) -> Iterator[IO[bytes]]:
    from tempfile import NamedTemporaryFile

    folder, name = os.path.split(target)
    with NamedTemporaryFile(dir=folder, prefix=f".{name}.", delete=False) as draft:
        try:
            yield draft
            draft.flush()
            os.fsync(draft.fileno())
            os.chmod(draft.name, _mode(target))
            os.replace(draft.name, target)
        except BaseException:
            os.unlink(draft.name)
            raise


def _mode(target: str) -> int:
    if os.path.exists(target):
        return os.stat(target).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


@contextmanager
def only_writer(folder: str) -> Iterator[None]:
    """Nobody else who asks for it writes in the folder meanwhile; waits until that is so.

    The folder itself is locked: files are replaced, and a lock file would lie about.
    """
    import fcntl

    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror})") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
