"""Files: RDF is read with errors that name the place, and no file is left half-written."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from bilat.errors import InputError
from bilat.namespaces import BASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

#: RDF syntaxes by the ending of the file's name.
RDF_FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".trig": ox.RdfFormat.TRIG,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".rdf": ox.RdfFormat.RDF_XML,
}


def read_rdf(path: Path) -> list[ox.Quad]:
    """The quads of an RDF file, in the order of the text.

    A blank node becomes an IRI below ``.well-known/genid/`` (RDF 1.1 Concepts, section 3.5) that
    depends on the file's bytes alone, so that reading again gives the same. Raises InputError
    ``file:line:column: reason`` for what cannot be read.
    """
    syntax = RDF_FORMATS.get(path.suffix.lower())
    if syntax is None:
        known = ", ".join(RDF_FORMATS)
        raise InputError(f"{path}: unknown kind of file {path.suffix!r}; known are {known}")
    from hashlib import sha256

    data = read_utf8(path)
    try:
        quads = list(ox.parse(data, format=syntax))
    except SyntaxError as error:
        reason = re.sub(r"^Parser error at [^:]*: ", "", error.msg)
        place = f":{error.lineno}:{error.offset}" if error.lineno else ""
        raise InputError(f"{path}{place}: {reason}") from None
    if any(isinstance(node, ox.Triple) for quad in quads for node in (quad.subject, quad.object)):
        raise InputError(f"{path}: has triple terms of RDF 1.2, which bilat does not take")
    return list(_without_blank_nodes(quads, sha256(data).hexdigest()[:12]))


def read_utf8(path: Path) -> bytes:
    """The bytes of a UTF-8 file, without a byte order mark; raises InputError for others."""
    try:
        return path.read_bytes().decode("utf-8-sig").encode()
    except UnicodeDecodeError as error:
        lines = error.object[: error.start].decode().split("\n")
        wrong = f"the byte 0x{error.object[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise InputError(f"{path}:{len(lines)}:{len(lines[-1]) + 1}: {wrong}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def _without_blank_nodes(quads: Iterable[ox.Quad], tag: str) -> Iterator[ox.Quad]:
    names: dict[ox.BlankNode, ox.NamedNode] = {}

    def named(node: Any) -> Any:
        if not isinstance(node, ox.BlankNode):
            return node
        number = len(names) + 1
        return names.setdefault(node, ox.NamedNode(f"{BASE}.well-known/genid/{tag}-{number}"))

    for quad in quads:
        yield ox.Quad(
            named(quad.subject), quad.predicate, named(quad.object), named(quad.graph_name)
        )


def replace_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Write the file so that it is there whole, or as it was before."""
    draft = f"{os.fspath(path)}.part"
    try:
        with open(draft, "wb") as file:
            file.write(content)
        os.replace(draft, path)
    except BaseException:
        if os.path.exists(draft):
            os.unlink(draft)
        raise
