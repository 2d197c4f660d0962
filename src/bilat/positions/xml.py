"""Places in RDF/XML: the file alone, for XML says one thing in too many ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from bilat.files import naming
from bilat.findings import text_of
from bilat.positions.text import Stated

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


class XmlText:
    """A file in RDF/XML, whose bytes the engine has read without complaint."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def find(self, subjects: Collection[str], objects: Collection[str]) -> Iterator[Stated]:
        """What the file states with one of the subjects, or of the objects, in order."""
        named = naming(self.data)
        for quad in ox.parse(self.data, format=ox.RdfFormat.RDF_XML):
            subject, object = text_of(named(quad.subject)), text_of(named(quad.object))
            if subject in subjects or object in objects:
                yield Stated(subject, quad.predicate.value, object, None)

    def spans(self, where: None) -> None:
        """Nothing: no place in the text is known."""
