"""Addresses of the questions: one for each, with its parameters described exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from bilat import questions
from bilat.inputs import shipped
from bilat.server.answers import Job, Refusal
from bilat.server.negotiation import chosen
from bilat.server.questions import FORMATS, MOST_ROWS, USUAL_ROWS, example
from bilat.server.routes.documents import page_number
from bilat.server.routes.sparql import parameter, parameters

if TYPE_CHECKING:
    from bilat.questions import Question
    from bilat.server.site import Site

FURTHEST = 10_000_000

#: The longest value of a parameter.
_LONGEST = 400


def routes(site: Site) -> APIRouter:
    """The addresses of the questions."""
    router = APIRouter()

    async def catalogue(request: Request) -> Response:
        _only(request, ())
        job = Job("bilat.server.questions:catalogue", (site.base(request),))
        return await site.answer(request, job)

    async def index(request: Request) -> Response:
        return await site.answer(request, Job("bilat.server.questions:index"))

    async def interface(request: Request) -> Response:
        job = Job("bilat.server.questions:interface", (site.base(request),))
        return await site.answer(request, job)

    async def form(request: Request) -> Response:
        fields = _fields(request)
        values = tuple((key, text[:_LONGEST]) for key, text in fields.items() if key != "page")
        arguments = (request.path_params["name"], values, page_number(request))
        return await site.answer(request, Job("bilat.server.questions:form", arguments))

    async def unknown(request: Request) -> Response:
        arguments = (request.path_params["name"], (), "json", 0, 1, "")
        return await site.answer(request, Job("bilat.server.questions:answer", arguments))

    router.add_api_route(
        "/api/questions",
        catalogue,
        summary="The questions with their parameters",
        openapi_extra=_described((), {"200": _listed()}),
        tags=["questions"],
        response_class=Response,
        operation_id="questions",
    )
    for question in questions.load(shipped().folder("queries", "questions")).values():
        _add(router, site, question)
    router.add_api_route("/api/questions/{name}", unknown, include_in_schema=False)
    router.add_api_route("/api", interface, include_in_schema=False)
    router.add_api_route("/questions", index, include_in_schema=False)
    router.add_api_route("/questions/{name}", form, include_in_schema=False)
    return router


def _fields(request: Request) -> dict[str, str]:
    """The parameters; raises InputError where one is there twice, or is not UTF-8."""
    names = parameters(request.scope["query_string"])
    return {name: parameter(request, name) or "" for name in names}


def _add(router: APIRouter, site: Site, question: Question) -> None:
    async def answer(request: Request) -> Response:
        given = _fields(request)
        _only(request, (*question.params, "format", "limit", "offset"))
        values = tuple((name, given[name]) for name in question.params if name in given)
        for name, text in values:
            if not text.strip() or len(text) > _LONGEST:
                raise Refusal(400, f"{name} is a text of 1 to {_LONGEST} characters")
        format = _format(request, given.get("format"))
        start = _number("offset", given.get("offset", "0"), 0, FURTHEST)
        limit = _number("limit", given.get("limit", str(USUAL_ROWS)), 1, MOST_ROWS)
        arguments = (question.name, values, format, start, limit, site.base(request))
        return await site.answer(request, Job("bilat.server.questions:answer", arguments))

    router.add_api_route(
        f"/api/questions/{question.name}",
        answer,
        summary=question.summary,
        description=question.description,
        openapi_extra=_described(_parameters(question), _answers(question)),
        tags=["questions"],
        response_class=Response,
        operation_id=question.name,
    )


def _only(request: Request, known: tuple[str, ...]) -> None:
    """Refuse parameters that are not there."""
    for name in _fields(request):
        if name not in known:
            there = ", ".join(known) or "none"
            raise Refusal(400, f"there is no parameter {name[:100]!r}; there are {there}")


def _format(request: Request, name: str | None) -> str:
    if name is not None:
        if name not in FORMATS:
            raise Refusal(400, f"format is one of {', '.join(FORMATS)}, not {name[:50]!r}")
        return name
    return chosen(request.headers.get("accept", ""), tuple(FORMATS.values())).name


def _number(name: str, text: str, least: int, most: int) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= 12 and least <= int(text) <= most:
        return int(text)
    raise Refusal(400, f"{name} is a number from {least} to {most}, not {text[:50]!r}")


# ---- what the OpenAPI description says

_KINDS = {
    "date": "a day, as YYYY-MM-DD",
    "text": "a text",
}


def _parameters(question: Question) -> tuple[dict[str, Any], ...]:
    found = []
    for name, param in question.params.items():
        kind = _KINDS.get(param.type, f"the {param.type}: a name in any language, code or IRI")
        schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": _LONGEST}
        if param.type == "date":
            schema = {"type": "string", "format": "date"}
        found.append(
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": f"{param.label}: {kind}. Left out, it is the example.",
                "schema": {**schema, "default": example(param.default)},
                "example": example(param.default),
            }
        )
    return (*found, *_COMMON)


def _integer(name: str, least: int, most: int, usual: int, words: str) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": least, "maximum": most, "default": usual}
    return {"name": name, "in": "query", "required": False, "description": words, "schema": schema}


_COMMON: tuple[dict[str, Any], ...] = (
    {
        "name": "format",
        "in": "query",
        "required": False,
        "description": "The form of the answer; without it, Accept decides.",
        "schema": {"type": "string", "enum": [*FORMATS]},
    },
    _integer("limit", 1, MOST_ROWS, USUAL_ROWS, "How many rows at most."),
    _integer("offset", 0, FURTHEST, 0, "How many rows to leave out before the first."),
)

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, and names near those given."},
    },
}


def _problem(words: str) -> dict[str, Any]:
    content: dict[str, Any] = {"application/problem+json": {"schema": _PROBLEM}}
    return {"description": words, "content": content | {"text/html": {}}}


_ERRORS = {
    "400": _problem("A parameter that cannot be understood, or that there is not."),
    "404": _problem("A name that nothing carries, with names like it."),
    "406": _problem("A form that there is not."),
    "503": _problem("The server is busy; Retry-After says when to ask again."),
    "504": _problem("The answer took too long."),
}


def _described(parameters: tuple[dict[str, Any], ...], answers: dict[str, Any]) -> dict[str, Any]:
    unchanged = {"description": "The answer is what If-None-Match names."}
    return {"parameters": list(parameters), "responses": {**answers, "304": unchanged, **_ERRORS}}


_THING = {
    "type": "object",
    "required": ["iri", "label"],
    "properties": {
        "iri": {"type": "string"},
        "label": {"type": ["string", "null"]},
    },
}


def _answers(question: Question) -> dict[str, Any]:
    value = {"anyOf": [_THING, {"type": ["string", "number", "boolean", "null"]}]}
    whole = {
        "type": "object",
        "required": ["question", "summary", "parameters", "columns", "rows", "next"],
        "properties": {
            "question": {"type": "string", "const": question.name},
            "summary": {"type": "string"},
            "parameters": {"type": "object", "additionalProperties": value},
            "columns": {"type": "array", "items": {"type": "string"}},
            "rows": {"type": "array", "items": {"type": "object", "additionalProperties": value}},
            "next": {"type": ["string", "null"], "description": "Address of the next rows."},
        },
    }
    content: dict[str, Any] = {"application/json": {"schema": whole}}
    for format in FORMATS.values():
        content.setdefault(format.media_type, {"schema": {"type": "string"}})
    content["application/sparql-results+json"] = {"schema": {"type": "object"}}
    return {"200": {"description": "The rows, in the question's order.", "content": content}}


def _listed() -> dict[str, Any]:
    text = {"type": "string"}
    parameter = dict.fromkeys(("name", "kind", "label", "default"), text)
    question = {
        **dict.fromkeys(("name", "summary", "description", "url", "page"), text),
        "parameters": {"type": "array", "items": {"type": "object", "properties": parameter}},
    }
    schema = {
        "type": "object",
        "required": ["questions"],
        "properties": {
            "questions": {"type": "array", "items": {"type": "object", "properties": question}}
        },
    }
    return {"description": "The questions.", "content": {"application/json": {"schema": schema}}}
