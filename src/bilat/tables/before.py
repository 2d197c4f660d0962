"""What an imported source was made from, and how that differs from what is at hand."""

from __future__ import annotations

import os
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from bilat.countries import resolver
from bilat.namespaces import GRAPH, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bilat.rdf.rows import About, TableFile

_TITLE, _COUNTRY, _NAME, _DIGEST = (
    PREFIXES[prefix] + name
    for prefix, name in (
        ("rdfs", "label"), ("dct", "spatial"), ("bilat", "fileName"), ("bilat", "sha256")
    )
)  # fmt: skip


class _Made(NamedTuple):
    """The title, the country as an IRI, the name and the digest of each file."""

    title: str
    country: str
    files: tuple[tuple[str, str], ...]


def differences(path: str, about: About, files: Sequence[TableFile]) -> tuple[str, ...]:
    """In what the source in the file was made otherwise; nothing where it is not there."""
    if not os.path.exists(path):
        return ()
    old = _read(path, about.identifier)
    if old is None:
        return ("it was not made by an import",)
    new = _Made(about.label, (about.country or "")[1:-1], tuple((f.name, f.sha256) for f in files))
    return tuple(_told(old, new))


def _told(old: _Made, new: _Made) -> Iterator[str]:
    lost, more = _without(old.files, new.files), _without(new.files, old.files)
    for name in sorted(lost & more):
        yield f"the file {name!r} had another content"
    for name in sorted(lost - more):
        yield f"it was made from {name!r}, too"
    for name in sorted(more - lost):
        yield f"it was not made from {name!r}"
    if old.country != new.country:
        yield f"it was made for {_label(old.country)}, not for {_label(new.country)}"
    if old.title != new.title:
        yield f"its profile was that of {old.title!r}, not of {new.title!r}"


def _without(files: Iterable[tuple[str, str]], others: Iterable[tuple[str, str]]) -> set[str]:
    """The names of the files whose content none of the others has."""
    there = {digest for _, digest in others}
    return {name for name, digest in files if digest not in there}


def _label(iri: str) -> str:
    return resolver().label(iri) if iri in resolver().states() else iri or "no country"


def _read(path: str, identifier: str) -> _Made | None:
    """What the head of the file says of the source; None where it is no head of an import."""
    source = f"{PREFIXES['source']}{identifier}"
    about = (f"<{GRAPH}{identifier}> ", f"<{source}> ", f"<{source}-")
    with open(path, encoding="utf-8", errors="replace") as file:
        head = "".join(takewhile(lambda line: line.startswith(about), file))
    said: dict[tuple[str, str], str] = {}
    try:
        for quad in ox.parse(head, format=ox.RdfFormat.N_QUADS):
            said[str(quad.subject)[1:-1], quad.predicate.value] = str(
                getattr(quad.object, "value", "")
            )
    except SyntaxError:
        return None
    names = ((node, name) for (node, term), name in said.items() if term == _NAME)
    files = tuple((name, said.get((node, _DIGEST), "")) for node, name in names)
    made = _Made(said.get((source, _TITLE), ""), said.get((source, _COUNTRY), ""), files)
    return made if files else None
