"""From a record to the graph of its source: the one place where IRIs are minted.

The graph has the form of the files in ``data/sources``: source, passages, events, instruments with
their parties, institutions, persons with posts and tenures, places, awards; each fact with the
passage that states it. A name is an IRI of the data or a new one as the reconciler says; what the
model cannot hold is left out, and a remark says so.
"""

from __future__ import annotations

from bilat.rdf.background import Background
from bilat.rdf.composing import compose
from bilat.rdf.draft import About
from bilat.rdf.names import Mention, Names, Naming
from bilat.rdf.naming import clean, iri, is_address, romanised, slug, source_id
from bilat.rdf.trig import Block, SourceGraph

__all__ = [
    "About",
    "Background",
    "Block",
    "Mention",
    "Names",
    "Naming",
    "SourceGraph",
    "clean",
    "compose",
    "iri",
    "is_address",
    "romanised",
    "slug",
    "source_id",
]
