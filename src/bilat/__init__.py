"""bilat: a knowledge graph of bilateral relations that can be checked, asked and shown.

>>> import bilat
>>> kg = bilat.open()
>>> kg.ask("who-cooperates-with", country="KZ", partner="Serbia")[0].institution
'https://w3id.org/bilat/id/institution/kaz-ministry-of-culture-and-information'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilat.errors import BilatError, InputError, NotFoundError, StoreError
from bilat.knowledge_graph import KnowledgeGraph, open
from bilat.version import __version__

if TYPE_CHECKING:
    import os

    from bilat.record import Record

__all__ = [
    "BilatError",
    "InputError",
    "KnowledgeGraph",
    "NotFoundError",
    "StoreError",
    "__version__",
    "open",
    "read",
]


def read(
    path: str | os.PathLike[str], *, language: str | None = None, published: str | None = None
) -> Record:
    """What a document states: text, Markdown, HTML or PDF in a file, or ``-`` for standard input.

    ``published`` is the day of publication, such as ``2026-02-27``, where the document does not
    tell it; ``language`` is found out where it is not given. Raises InputError for a file that
    cannot be read; what was found in it but not understood is in the record's remarks.
    """
    from bilat.documents import load
    from bilat.reading import Way, read_document

    way = Way(language=language, published=published)
    return read_document(load(path), way)
