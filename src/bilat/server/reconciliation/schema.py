"""What the reconciliation service speaks of: its types, their properties, and how IRIs are written.

An identifier is an IRI without the space that it is in (``id/country/KAZ``), or the whole IRI of
what is elsewhere; prefixed names are understood as well.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bilat.namespaces import BASE, NS, PREFIXES

#: The prefix of the identifiers of entities, and that of types and properties.
IDENTIFIERS, SCHEMA = BASE, NS


class Type(NamedTuple):
    """A type of entity; ``pattern`` holds of ``?it``."""

    id: str
    name: str
    pattern: str


class Property(NamedTuple):
    """A property of the entities of some types; ``path`` leads from an entity to its values.

    One without a path is no property that anything has: it says more about a name.
    """

    id: str
    name: str
    types: tuple[str, ...]
    path: str
    values: str = ""  # the type of its values, where they are of a type
    about: str = ""


INSTITUTION, COUNTRY, PERSON = "Institution", "Country", "Person"
FIELD = BASE + "scheme/field"

TYPES = {
    type.id: type
    for type in (
        Type(INSTITUTION, "Institution", "?it a bilat:Institution"),
        Type(COUNTRY, "Country", "?it a bilat:Country"),
        Type(PERSON, "Person", "?it a bilat:Person"),
        Type(FIELD, "Field of cooperation", f"?it skos:inScheme <{FIELD}>"),
    )
}

_ALL, _OF_COUNTRY = tuple(TYPES), (INSTITUTION, PERSON)
_COUNTRY = "(bilat:country|bilat:associatedCountry)"
_NAME = "(rdfs:label|skos:prefLabel)"
COUNTRY_PROPERTY, KIND_PROPERTY, DAY_PROPERTY = "country", "institutionKind", "date"

PROPERTIES = {
    property.id: property
    for property in (
        Property("label", "Name", _ALL, _NAME),
        Property("altLabel", "Other name", _ALL, "(skos:altLabel|skos:hiddenLabel)"),
        Property(
            COUNTRY_PROPERTY, "Country", _OF_COUNTRY, _COUNTRY, COUNTRY,
            "A name is matched with a body or person of its country only.",
        ),
        Property(
            "country/iso3166alpha2", "Code of its country, two letters", _OF_COUNTRY,
            _COUNTRY + "/bilat:iso3166alpha2",
        ),
        Property(
            "country/iso3166alpha3", "Code of its country, three letters", _OF_COUNTRY,
            _COUNTRY + "/bilat:iso3166alpha3",
        ),
        Property(
            KIND_PROPERTY, "Kind of institution", (INSTITUTION,), "bilat:institutionKind",
            about="Such as ministry: no ministry is matched with the name of a company.",
        ),
        Property(
            DAY_PROPERTY, "Day of the text", (INSTITUTION, COUNTRY), "",
            about="YYYY-MM-DD: a body or state that ended only later was still there.",
        ),
        Property(
            "underAuthorityOf", "Under the authority of", (INSTITUTION,), "bilat:underAuthorityOf"
        ),
        Property("cooperatesWith", "Cooperates with", (INSTITUTION, COUNTRY),
                 "bilat:cooperatesWith"),
        Property("iso3166alpha2", "ISO 3166 code, two letters", (COUNTRY,), "bilat:iso3166alpha2"),
        Property("iso3166alpha3", "ISO 3166 code, three letters", (COUNTRY,),
                 "bilat:iso3166alpha3"),
        Property("iso3166numeric", "ISO 3166 code, digits", (COUNTRY,), "bilat:iso3166numeric"),
        Property("startDate", "Start", (COUNTRY,), "bilat:startDate"),
        Property("endDate", "End", (COUNTRY,), "bilat:endDate"),
        Property("continuedBy", "Continued by", (COUNTRY,), "bilat:continuedBy", COUNTRY),
        Property("instrumentCount", "Number of instruments", (COUNTRY,), "bilat:instrumentCount"),
        Property("partnerCount", "Number of partner countries", (COUNTRY,), "bilat:partnerCount"),
        Property("holdsPost", "Holds the post", (PERSON,), "bilat:holdsPost"),
        Property("sameAs", "Same as", (COUNTRY, PERSON), "schema:sameAs"),
        Property("definition", "Definition", (FIELD,), "skos:definition"),
        Property("broader", "Broader field", (FIELD,), "skos:broader", FIELD),
        Property("exactMatch", "The same concept elsewhere", (FIELD,), "skos:exactMatch"),
        Property("closeMatch", "A like concept elsewhere", (FIELD,), "skos:closeMatch"),
    )
}  # fmt: skip


def identifier(iri: str) -> str:
    """How the service writes the IRI of an entity."""
    return iri.removeprefix(IDENTIFIERS)


def iri_of(text: str) -> str:
    """The IRI that an identifier, a prefixed name or an IRI means; any other text is left as is."""
    prefix, colon, local = text.partition(":")
    if colon and prefix in PREFIXES and not local.startswith("//"):
        return PREFIXES[prefix] + local
    return BASE + text if re.match(r"(id|scheme)/", text) else text


def type_of(text: str) -> Type | None:
    """The type of that identifier, prefixed name or IRI."""
    return TYPES.get(iri_of(text).removeprefix(SCHEMA))


def property_of(text: str) -> Property | None:
    """The property of that identifier, prefixed name or IRI."""
    return PROPERTIES.get(iri_of(text).removeprefix(SCHEMA))
