"""From what a person types to a term: codes, names in any language, prefixed names, IRIs, dates."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING
from unicodedata import normalize

import pyoxigraph as ox

from bilat.errors import InputError, NotFoundError, UnresolvedError
from bilat.namespaces import PREFIXES

if TYPE_CHECKING:
    from bilat.store import Store

_PATTERNS = {
    "award": "?it a bilat:Award",
    "country": "?it a bilat:Country",
    "event": "?it a bilat:Event",
    "field": "?it skos:inScheme ?scheme FILTER(STRENDS(STR(?scheme), '/scheme/field'))",
    "institution": "?it a bilat:Institution",
    "instrument": "?it a bilat:Instrument",
    "person": "?it a bilat:Person",
    "place": "?it a bilat:Place",
    "post": "?it a bilat:Post",
    "relation": "?it a bilat:BilateralRelation",
    "source": "?it a bilat:SourceDocument",
    "tenure": "?it a bilat:Tenure",
}
_NAMES = (
    "rdfs:label|skos:prefLabel|skos:altLabel|skos:hiddenLabel|dct:identifier"
    "|bilat:iso3166alpha2|bilat:iso3166alpha3|bilat:iso3166numeric"
)

_LANGUAGES = ("en", "kk", "ru", "sr-Cyrl", "sr-Latn")


def term(store: Store, kind: str, text: str) -> ox.NamedNode | ox.Literal:
    """The term that the text names, among things of that kind.

    ``kind`` is a type of entity such as ``country``, or ``date`` (YYYY-MM-DD) or ``text``. Case
    does not matter. Raises NotFoundError with near names, InputError for a name that several carry.
    """
    if kind == "text":
        return ox.Literal(text)
    if kind == "date":
        return _date(text)
    if kind not in _PATTERNS:
        raise InputError(f"{kind!r} is no kind of thing; known are {', '.join(_PATTERNS)}")
    text = normalize("NFC", text.strip())
    if not text:
        raise InputError(f"an empty name is no {kind}")
    iri = _as_iri(kind, text)
    if iri and store.query(f"ASK {{ VALUES ?it {{ {iri} }} {_PATTERNS[kind]} }}"):
        return iri
    found = _exactly(store, kind, text) or _in_any_case(store, kind, text)
    if len(found) > 1:
        raise InputError(f"{text!r} names more than one {kind}: {', '.join(found)}; give the IRI")
    if not found and kind == "country":
        found = _by_rules(store, text)
    if not found:
        raise _not_found(store, kind, text)
    return ox.NamedNode(found[0])


def _by_rules(store: Store, text: str) -> list[str]:
    """The country that a former name or code, or one in another form, leads to."""
    from bilat.countries import resolver

    try:
        country = ox.NamedNode(resolver().resolve(text, "any").iri)
    except UnresolvedError as error:
        if error.candidates:
            raise InputError(f"{error}; give the IRI") from None
        return []
    found = store.query(f"ASK {{ VALUES ?it {{ {country} }} {_PATTERNS['country']} }}")
    return [country.value] if found else []


def _exactly(store: Store, kind: str, text: str) -> list[str]:
    # an index answers this in a fraction of the time that reading all names takes
    plain = {ox.Literal(text), ox.Literal(text.upper())}
    tagged = {ox.Literal(text, language=language) for language in _LANGUAGES}
    values = " ".join(map(str, plain | tagged))
    return _found(store, f"VALUES ?name {{ {values} }} ?it {_NAMES} ?name . {_PATTERNS[kind]}")


def _in_any_case(store: Store, kind: str, text: str) -> list[str]:
    wanted = ox.Literal(text.lower())
    pattern = f"{_PATTERNS[kind]} . ?it {_NAMES} ?name FILTER(LCASE(STR(?name)) = {wanted})"
    return _found(store, pattern)


def _found(store: Store, pattern: str) -> list[str]:
    return [row.it for row in store.select(f"SELECT DISTINCT ?it {{ {pattern} }} ORDER BY ?it")]


def _date(text: str) -> ox.Literal:
    from datetime import date

    try:
        value = date.fromisoformat(text).isoformat()
    except ValueError:
        raise InputError(f"{text!r} is no date; expected one such as 2026-02-27") from None
    return ox.Literal(value, datatype=ox.NamedNode(PREFIXES["xsd"] + "date"))


def _as_iri(kind: str, text: str) -> ox.NamedNode | None:
    prefix, colon, local = text.partition(":")
    if re.fullmatch(r"[A-Za-z0-9._-]+", text) and "-" in text:
        text = PREFIXES.get(kind, "") + text  # the slug alone
    elif colon and prefix in PREFIXES and not local.startswith("//"):
        text = PREFIXES[prefix] + local
    elif not re.match(r"[a-z]+://", text):
        return None
    try:
        return ox.NamedNode(text)
    except ValueError:
        raise InputError(f"{text!r} is no valid IRI") from None


def _not_found(store: Store, kind: str, text: str) -> NotFoundError:
    from bilat.spelling import near

    rows = store.select(
        f"SELECT DISTINCT ?name WHERE {{ {_PATTERNS[kind]} . ?it {_NAMES} ?name }} ORDER BY ?name"
    )
    names = [row.name for row in rows]
    wanted = text.rpartition("/")[2].replace("-", " ")
    alike = near(wanted, names)
    parts = (name for name in names if wanted.lower() in name.lower() and name not in alike)
    return NotFoundError(kind, text, [*alike, *islice(parts, 3 - len(alike))])
