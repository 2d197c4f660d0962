"""The Reconciliation Service API 0.2 of the W3C's Entity Reconciliation Community Group.

https://reconciliation-api.github.io/specs/0.2/ — each function here answers one kind of request.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bilat.errors import InputError, NotFoundError
from bilat.results import printable
from bilat.server.answers import Answer, Refusal
from bilat.server.reconciliation.candidates import Entity, Hit, Query, entities
from bilat.server.reconciliation.schema import (
    IDENTIFIERS,
    PROPERTIES,
    SCHEMA,
    TYPES,
    Property,
    Type,
    identifier,
    iri_of,
    property_of,
    type_of,
)
from bilat.server.reconciliation.values import Value, values
from bilat.server.rendering import filled, page
from bilat.spelling import near
from bilat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilat.knowledge_graph import KnowledgeGraph

#: How many queries a batch has at most, and entities and properties a data extension.
BATCH, EXTENDED, EXTENDING = 50, 1000, 25
#: How long a name or value may be, how many candidates are given, how many suggestions at a time.
LONGEST, MOST_CANDIDATES, SUGGESTED = 500, 50, 10
_MOST_VALUES = 20
_STRICT = ("any", "all", "should")
#: Any site may show a preview in a frame.
_PREVIEW_POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)


def manifest(kg: KnowledgeGraph, base: str) -> Answer:
    """What the service is and can do; ``base`` is the address of the site, without a last slash."""

    def suggest(kind: str) -> dict[str, str]:
        return {
            "service_url": base,
            "service_path": f"/reconcile/suggest/{kind}",
            "flyout_service_url": base,
            "flyout_service_path": f"/reconcile/flyout/{kind}?id=${{id}}",
        }

    return _json(
        {
            "versions": ["0.2"],
            "name": "bilat: bodies, persons, countries and fields of bilateral relations",
            "identifierSpace": IDENTIFIERS,
            "schemaSpace": SCHEMA,
            "documentation": f"{base}/ns",
            "serviceVersion": __version__,
            "defaultTypes": [_ref(type) for type in TYPES.values()],
            "view": {"url": f"{base}/reconcile/view?id={{{{id}}}}"},
            "preview": {
                "url": f"{base}/reconcile/preview?id={{{{id}}}}", "width": 400, "height": 240,
            },
            "suggest": {kind: suggest(kind) for kind in ("entity", "property", "type")},
            "extend": {
                "propose_properties": {
                    "service_url": base, "service_path": "/reconcile/extend/propose",
                },
                "property_settings": _SETTINGS,
            },
            "batchSize": BATCH,
        }
    )  # fmt: skip


_SETTINGS = [
    {
        "name": "limit",
        "label": "Limit",
        "type": "number",
        "default": 0,
        "help_text": "How many values at most; 0 for all",
    },
    {
        "name": "language",
        "label": "Language",
        "type": "text",
        "default": "en",
        "help_text": "In which language to name what is a value, such as ru, where it is named so",
    },
    {
        "name": "count",
        "label": "Count",
        "type": "checkbox",
        "default": False,
        "help_text": "Give the number of values instead of the values",
    },
]


# ---- Reconciling ---------------------------------------------------------------------------------


def answers(kg: KnowledgeGraph, text: str) -> Answer:
    """The candidates for each query of a batch, in JSON.

    A query that cannot be answered has none, and says why; the others are answered all the same.
    """
    batch = _object(text, "queries", "a JSON object of queries by their keys")
    if len(batch) > BATCH:
        raise Refusal(413, f"the batch has {len(batch)} queries; at most {BATCH} are taken")
    found = _json({key: _answer(kg, asked) for key, asked in batch.items()})
    return found._replace(lasting=not entities(kg).may_be_judged)


def _answer(kg: KnowledgeGraph, asked: object) -> dict[str, object]:
    try:
        return {"result": [_candidate(hit) for hit in entities(kg).find(_query(asked))]}
    except InputError as error:
        return {"result": [], "error": str(error)}


def _candidate(hit: Hit) -> dict[str, object]:
    entity = hit.entity
    about = ": ".join(part for part in (entity.note, "; ".join(hit.reasons)) if part)
    return {
        "id": identifier(entity.iri),
        "name": entity.name,
        "description": about,
        "type": [_ref(entity.type)],
        "score": hit.score,
        "match": hit.match,
        "features": [{"id": id, "value": value} for id, value in hit.features.items()],
    }


def _query(asked: object) -> Query:
    if not isinstance(asked, dict):
        raise InputError("a query is a JSON object")
    name = asked.get("query", "")
    if not isinstance(name, str) or len(name) > LONGEST:
        raise InputError(f"“query” is a text of at most {LONGEST} characters")
    given = _properties(asked.get("properties") or [])
    if not name.strip() and not given:
        raise InputError("a query has a text in “query”, or “properties”")
    # whichever it is, what is of none of the types is never meant, and nothing is of two
    if (asked.get("type_strict") or "any") not in _STRICT:
        raise InputError(f"“type_strict” is one of {', '.join(_STRICT)}")
    types = _types(asked.get("type") or [])
    return Query(name.strip(), types, _limit(asked.get("limit")), given)


def _types(asked: object) -> tuple[Type, ...]:
    listed = asked if isinstance(asked, list) else [asked]
    found = []
    for one in listed:
        name = one.get("id") if isinstance(one, dict) else one
        type = type_of(name) if isinstance(name, str) else None
        if type is None:
            raise InputError(f"{_shown(name)} is no type; known are {', '.join(TYPES)}")
        found.append(type)
    return tuple(dict.fromkeys(found))


def _limit(asked: object) -> int:
    if asked is None:
        return Query().limit
    if isinstance(asked, bool) or not isinstance(asked, int | float) or asked < 1 or asked % 1:
        raise InputError("“limit” is a whole number from 1 on")
    return int(min(asked, MOST_CANDIDATES))


def _properties(asked: object) -> tuple[tuple[Property, tuple[str, ...]], ...]:
    if not isinstance(asked, list) or len(asked) > EXTENDING:
        raise InputError(f"“properties” is a list of at most {EXTENDING}")
    found = []
    for one in asked:
        if not isinstance(one, dict) or not isinstance(one.get("pid"), str) or "v" not in one:
            raise InputError("a property has a “pid”, which is a text, and a “v”")
        property = property_of(one["pid"])
        if property is None:
            known = ", ".join(PROPERTIES)
            raise InputError(f"{_shown(one['pid'])} is no property; known are {known}")
        if given := _given(one["v"]):
            found.append((property, given))
    return tuple(found)


def _given(asked: object) -> tuple[str, ...]:
    """The texts of one or many property values; an entity is given by its identifier."""
    listed = asked if isinstance(asked, list) else [asked]
    if len(listed) > _MOST_VALUES:
        raise InputError(f"a property has at most {_MOST_VALUES} values")
    found = []
    for one in listed:
        value = one.get("id") if isinstance(one, dict) else one
        if isinstance(value, bool):
            value = str(value).lower()
        if not isinstance(value, str | int | float) or len(str(value)) > LONGEST:
            raise InputError(
                "the value of a property is a text, a number, true or false, or has an “id”; "
                f"it has at most {LONGEST} characters"
            )
        if str(value).strip():
            found.append(str(value).strip())
    return tuple(found)


# ---- Data extension ------------------------------------------------------------------------------


def extension(kg: KnowledgeGraph, text: str) -> Answer:
    """The values that properties of entities have, in JSON. Raises InputError and Refusal."""
    asked = _object(text, "extend", "a JSON object with “ids” and “properties”")
    ids, wanted = asked.get("ids"), asked.get("properties")
    if not isinstance(ids, list) or not all(isinstance(i, str) and len(i) <= LONGEST for i in ids):
        raise InputError("“ids” is a list of identifiers, which are texts")
    if not isinstance(wanted, list):
        raise InputError("“properties” is a list of objects that have an “id”")
    if len(ids) > EXTENDED or len(wanted) > EXTENDING:
        raise Refusal(413, f"at most {EXTENDED} ids and {EXTENDING} properties are taken")
    properties = [_extending(one) for one in wanted]
    iris = {id: iri_of(id) for id in ids}
    found = values(kg.store, iris.values(), [property for property, _ in properties])
    rows = {
        id: {
            property.id: _cells(found.get(iri, {}).get(property.id, []), settings)
            for property, settings in properties
        }
        for id, iri in iris.items()
    }
    return _json({"meta": [_meta(property) for property, _ in properties], "rows": rows})


def _extending(asked: object) -> tuple[Property, dict[str, Any]]:
    id = asked.get("id") if isinstance(asked, dict) else None
    property = property_of(id) if isinstance(id, str) else None
    if property is None or not property.path:
        known = ", ".join(p.id for p in PROPERTIES.values() if p.path)
        raise InputError(f"{_shown(id)} is no property to extend by; known are {known}")
    settings = (asked.get("settings") or {}) if isinstance(asked, dict) else {}
    if not isinstance(settings, dict):
        raise InputError("the “settings” of a property are a JSON object")
    return property, settings


def _cells(found: list[Value], settings: dict[str, Any]) -> list[dict[str, object]]:
    if settings.get("count") in (True, "true", "on"):
        return [{"int": len(found)}]
    limit = settings.get("limit") or 0
    try:
        most = int(limit)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"the setting “limit” is a whole number, not {_shown(limit)}") from None
    language = str(settings.get("language") or "en")
    return [value.cell(language) for value in (found[:most] if most > 0 else found)]


def _meta(property: Property) -> dict[str, object]:
    about: dict[str, object] = {"id": property.id, "name": property.name}
    return {**about, "type": _ref(TYPES[property.values])} if property.values else about


def proposals(kg: KnowledgeGraph, type: str, limit: int | None) -> Answer:
    """The properties that the entities of a type may have; of all types where none is given."""
    if type and type_of(type) is None:
        raise NotFoundError("type", type, near(type[:LONGEST], TYPES))
    of = type_of(type)
    found = [p for p in PROPERTIES.values() if p.path and (of is None or of.id in p.types)]
    answer: dict[str, object] = {"type": type, "properties": [_ref(p) for p in found[:limit]]}
    return _json(answer if limit is None else {**answer, "limit": limit})


# ---- Suggesting and showing ----------------------------------------------------------------------


def suggestions(kg: KnowledgeGraph, kind: str, prefix: str, cursor: int, types: str) -> Answer:
    """What of a kind (entity, property or type) begins so, from the ``cursor``-th on."""
    if kind == "entity":
        wanted = _types(types.split(",")) if types else tuple(TYPES.values())
        found = entities(kg).beginning(prefix[:LONGEST], wanted)
        shown = [_suggested(entity) for entity in found[cursor : cursor + SUGGESTED]]
        return _json({"result": shown})
    known: Iterable[Property | Type] = (TYPES if kind == "type" else PROPERTIES).values()
    fitting = [item for item in known if _begins(item, prefix)]
    return _json({"result": [_described(i) for i in fitting[cursor : cursor + SUGGESTED]]})


def _begins(item: Property | Type, prefix: str) -> bool:
    wanted = prefix.strip().casefold()
    words = f" {item.name}".casefold()
    return item.id.casefold().startswith(wanted) or f" {wanted}" in words


def _suggested(entity: Entity) -> dict[str, object]:
    about = {"id": identifier(entity.iri), "name": entity.name, "description": entity.note}
    return {**about, "notable": [_ref(entity.type)]}


def _described(item: Property | Type) -> dict[str, str]:
    about = item.about if isinstance(item, Property) else ""
    return {**_ref(item), "description": about} if about else _ref(item)


def flyout(kg: KnowledgeGraph, kind: str, id: str) -> Answer:
    """A few words in HTML on what has the identifier, for who points at a suggestion."""
    if kind == "entity":
        return _json({"id": id, "html": filled("entity.html", _shown_entity(kg, id)).decode()})
    item = property_of(id) if kind == "property" else type_of(id)
    if item is None:
        raise NotFoundError(
            kind, id, near(id[:LONGEST], PROPERTIES if kind == "property" else TYPES)
        )
    text = item.about if isinstance(item, Property) else ""
    about = {"name": item.name, "note": text, "identifier": item.id, "facts": ()}
    return _json({"id": id, "html": filled("entity.html", about).decode()})


def preview(kg: KnowledgeGraph, id: str) -> Answer:
    """A small page on an entity, which any site may show in a frame."""
    headers = (("Content-Security-Policy", _PREVIEW_POLICY),)
    return page("preview.html", _shown_entity(kg, id), headers=headers)


def view(kg: KnowledgeGraph, id: str, base: str) -> Answer:
    """The way to the page of an entity, which is on the site at ``base`` if it is of bilat."""
    iri = _known(kg, id).iri
    place = f"{base}/{identifier(iri)}" if iri.startswith(IDENTIFIERS) else iri
    return Answer(b"", "text/plain", 303, (("Location", quote(place, ":/?#[]@!$&'()*+,;=%~")),))


def _known(kg: KnowledgeGraph, id: str) -> Entity:
    found = entities(kg).by_iri.get(iri_of(id))
    if found is None:
        start, _, last = id[:LONGEST].rpartition("/")
        ids = map(identifier, entities(kg).by_iri)
        alike = {i.rpartition("/")[2]: i for i in ids if not start or i.startswith(f"{start}/")}
        raise NotFoundError("entity", id[:LONGEST], [alike[name] for name in near(last, alike)])
    return found


def _shown_entity(kg: KnowledgeGraph, id: str) -> dict[str, object]:
    """The name of an entity and its few most telling facts."""
    entity = _known(kg, id)
    asked = [p for p in PROPERTIES.values() if entity.type.id in p.types and p.path]
    found = values(kg.store, [entity.iri], asked).get(entity.iri, {})
    facts = [
        (p.name, [printable(v.name()) for v in found[p.id][:5]], len(found[p.id]) - 5)
        for p in asked
        if p.id in found and p.id != "label"
    ]
    name, note = printable(entity.name), printable(entity.note)
    return {"name": name, "note": note, "identifier": identifier(entity.iri), "facts": facts}


# ---- JSON ----------------------------------------------------------------------------------------


def _ref(item: Type | Property) -> dict[str, str]:
    return {"id": item.id, "name": item.name}


def _object(text: str, parameter: str, expected: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise InputError(f"“{parameter}” nests too deep; expected is {expected}") from None
    except ValueError as error:
        raise InputError(f"“{parameter}” is no JSON: {error}; expected is {expected}") from None
    if not isinstance(found, dict):
        raise InputError(f"“{parameter}” is {_shown(found)}; expected is {expected}")
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number there")


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:60] + "…"


def _json(content: object) -> Answer:
    return Answer(json.dumps(content, ensure_ascii=False).encode(), "application/json")
