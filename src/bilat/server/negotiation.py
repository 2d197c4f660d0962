"""Which format an answer comes in: by ``Accept`` with its q-values, or by a name in the address."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import mimeparse

from bilat.server.answers import Refusal

# characters of an Accept header that are looked at
_LONGEST = 2000


class Format(NamedTuple):
    """A format of answers: its name, the media types it is asked by, first the one it is sent as.

    ``names`` are further words for it, such as endings of files; ``title`` is what people call it.
    """

    name: str
    media_types: tuple[str, ...]
    names: tuple[str, ...] = ()
    title: str = ""

    @property
    def media_type(self) -> str:
        """What the answer says it is."""
        return self.media_types[0]


HTML = Format("html", ("text/html", "application/xhtml+xml"), title="HTML")

TURTLE = Format("turtle", ("text/turtle", "application/x-turtle"), ("ttl", "n3"), "Turtle")
NTRIPLES = Format(
    "ntriples", ("application/n-triples", "text/plain"), ("nt", "n-triples"), "N-Triples"
)
JSONLD = Format(
    "jsonld", ("application/ld+json", "application/json"), ("json-ld", "json"), "JSON-LD"
)
RDFXML = Format(
    "rdfxml",
    ("application/rdf+xml", "application/xml", "text/xml"),
    ("rdf", "rdf+xml", "rdf/xml", "xml"),
    "RDF/XML",
)
TRIG = Format("trig", ("application/trig",), title="TriG, with the sources")
NQUADS = Format("nquads", ("application/n-quads",), title="N-Quads, with the sources")

#: Formats of triples, the preferred one first; their names are those of results.GRAPH_FORMATS.
GRAPHS = (TURTLE, JSONLD, NTRIPLES, RDFXML)

#: Formats of the rows of a SELECT and the truth of an ASK, the preferred one first.
ROWS = (
    Format("json", ("application/sparql-results+json", "application/json"), ("srj",)),
    Format("xml", ("application/sparql-results+xml", "application/xml", "text/xml"), ("srx",)),
    Format("csv", ("text/csv",)),
    Format("tsv", ("text/tab-separated-values",)),
)


def best(accept: str, offers: tuple[Format, ...]) -> Format | None:
    """The format that an ``Accept`` header likes best; None where it admits none of those offered.

    No header admits all; among equals the earlier offer wins.
    """
    return _best(accept[:_LONGEST], offers)


@lru_cache(maxsize=1024)
def _best(accept: str, offers: tuple[Format, ...]) -> Format | None:
    if not accept.strip():
        return offers[0]
    ranges = [part for part in accept.lower().split(",") if _is_media_range(part)]
    asked = {part.partition(";")[0].strip() for part in ranges}
    # a further name of a format counts where it is said, not where a wildcard covers it too
    types = [o.media_type for o in offers]
    types += [other for o in offers for other in o.media_types[1:] if other in asked]
    # mimeparse prefers the later of equals
    found = mimeparse.best_match(types[::-1], ",".join(ranges)) if ranges else ""
    return next((offer for offer in offers if found in offer.media_types), None)


def named(name: str, offers: tuple[Format, ...]) -> Format | None:
    """The format of that name, ending or media type."""
    word = name.strip().lower().removeprefix(".")
    return next((o for o in offers if word in (o.name, *o.names, *o.media_types)), None)


def chosen(accept: str, offers: tuple[Format, ...], name: str | None = None) -> Format:
    """The format by its name where there is one, else by ``Accept``; raises Refusal (406)."""
    found = named(name, offers) if name else best(accept, offers)
    if found is None:
        raise not_acceptable(offers, name or accept)
    return found


def not_acceptable(offers: tuple[Format, ...], asked: str) -> Refusal:
    """What is said to who asks for none of the formats that there are."""
    there = ", ".join(f"{offer.media_type} ({offer.name})" for offer in offers)
    return Refusal(406, f"this is not there as {asked[:100]!r}; there is {there}")


def _is_media_range(text: str) -> bool:
    try:
        kind, subtype, _ = mimeparse.parse_media_range(text)
    except ValueError:
        return False
    return bool(kind and subtype)
