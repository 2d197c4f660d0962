"""Which address on the server has what is said of an IRI, the other way round, and links there."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from bilat.namespaces import BASE, NS, SHAPES
from bilat.server.negotiation import HTML, JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE

#: The formats of data by the suffix of an address, the most wanted first.
DATA_FORMATS = {
    "ttl": TURTLE,
    "jsonld": JSONLD,
    "nt": NTRIPLES,
    "rdf": RDFXML,
    "trig": TRIG,
    "nq": NQUADS,
}

#: Those of a document, which is a page first.
FORMATS = {"html": HTML, **DATA_FORMATS}

#: What stands in a path unescaped; a % too, so that an escape in an IRI stays what it is.
_SAFE = "/%:@!$&'()*+,;=~-._"

#: Beginnings of IRIs of the data set, with the path below which their documents are.
_PLACES = (
    ("id/", "/doc/"),
    ("scheme/", "/scheme/"),
    ("graph/", "/graph/"),
    (".well-known/genid/", "/.well-known/genid/"),
)

#: What all paths of this process's server stand behind: see serve_behind.
_behind = ""


def serve_behind(path: str) -> None:
    """Say what the paths of the server stand behind: once, where a process of it begins."""
    global _behind
    _behind = path


def link_to(path: str) -> str:
    """The path as links have it: with what the server stands behind."""
    return _behind + path


def page_of(iri: str) -> str | None:
    """The path of the document about an IRI; None where it is not of this data set."""
    for prefix, page in ((NS, "/ns"), (SHAPES, "/shapes")):
        if iri.startswith(prefix) or iri == prefix[:-1]:
            fragment = iri[len(prefix) :]
            return f"{page}#{quote(fragment, _SAFE)}" if fragment else page
    if iri.startswith(BASE + "dataset"):
        return "/.well-known/void"
    for start, path in _PLACES:
        if iri.startswith(BASE + start) and len(iri) > len(BASE + start):
            return path + quote(iri[len(BASE + start) :], _SAFE)
    return None


def iris_at(path: str) -> list[str]:
    """The IRIs that the document at a path, as it stands in the request, may be about."""
    for start, place in _PLACES:
        if path.startswith(place):
            rest = path[len(place) :]
            found = [BASE + start + text for text in (rest, _unescaped(rest)) if _is_iri(text)]
            return list(dict.fromkeys(found))
    return []


def _unescaped(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def _is_iri(text: str) -> bool:
    # what may not stand between < and > in Turtle and SPARQL
    return bool(text) and not re.search(r'[\x00-\x20<>"{}|^`\\\x7f-\x9f\ud800-\udfff]', text)


def split_suffix(path: str) -> tuple[str, str | None]:
    """The path without the suffix of a format, and that suffix."""
    stem, dot, suffix = path.rpartition(".")
    found = dot and suffix in FORMATS and not stem.endswith("/")
    return (stem, suffix) if found else (path, None)


def link_header(page: str, iri: str = "") -> str:
    """The value of a ``Link`` header: every form of a page, and what the page is about."""
    parts = [f'<{link_to(page)}>; rel="canonical"']
    parts += [
        f'<{link_to(page)}.{suffix}>; rel="alternate"; type="{format.media_type}"'
        for suffix, format in FORMATS.items()
    ]
    if iri:
        parts.append(f'<{quote(iri, _SAFE + "#?")}>; rel="describes"')
    parts.append(f'<{link_to("/.well-known/void")}>; rel="describedby"; type="text/turtle"')
    parts.append('<https://creativecommons.org/licenses/by/4.0/>; rel="license"')
    return ", ".join(parts)
