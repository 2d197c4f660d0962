"""``/sparql``, the SPARQL 1.1 Protocol, and ``/graphs``, the reading half of its graph store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response

from bilat.errors import InputError
from bilat.server.answers import Job, Refusal, read_only
from bilat.server.negotiation import GRAPHS, HTML, ROWS, best, chosen, named, not_acceptable
from bilat.server.sparql import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bilat.server.site import Site

#: Characters that a query may have.
LONGEST_QUERY = 256 << 10

#: How many graphs a request may name, and fields a form may have.
_MOST_FIELDS = 1000

_ROWS = (*ROWS, HTML)


def _parameter(name: str, kind: str, about: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": kind}
    if kind == "array":
        schema["items"] = {"type": "string"}
    return {"in": "query", "name": name, "schema": schema, "description": about}


_QUERY = [
    _parameter("query", "string", "a SPARQL 1.1 query; the prefixes of the data are known"),
    _parameter("default-graph-uri", "array", "a graph whose triples are the default graph's"),
    _parameter("named-graph-uri", "array", "a graph that GRAPH may name"),
]
_FORMAT = [_parameter("format", "string", "the format by its name, instead of by Accept")]
_GRAPH = [
    _parameter("graph", "string", "the IRI of the graph"),
    _parameter("default", "string", "instead of that, for the default graph"),
]
_FIELDS = {"type": "object", "properties": {p["name"]: p["schema"] for p in _QUERY}}
_BODY = {
    "required": True,
    "content": {
        "application/x-www-form-urlencoded": {"schema": {**_FIELDS, "required": ["query"]}},
        "application/sparql-query": {"schema": {"type": "string"}},
    },
}
_PROBLEM: dict[str, Any] = {"application/problem+json": {}, "text/html": {}}
_ANSWERS = {
    "responses": {
        "200": {
            "description": "the whole answer",
            "content": {format.media_type: {} for format in (*ROWS, *GRAPHS, HTML)},
        },
        "4XX": {"description": "what is wrong with the request", "content": _PROBLEM},
        "503": {"description": "there is too much to do; try again", "content": _PROBLEM},
        "504": {"description": "the answer took too long", "content": _PROBLEM},
    }
}


def routes(site: Site) -> APIRouter:
    """The routes of the endpoint and the graph store."""
    router = APIRouter(tags=["SPARQL"])

    @router.get(
        "/sparql",
        summary="Answer a SPARQL query, or describe the service where there is none",
        response_class=Response,
        openapi_extra={"parameters": [*_QUERY, *_FORMAT], **_ANSWERS},
    )
    @router.get("/sparql/", include_in_schema=False)
    async def get_query(request: Request) -> Response:
        fields = parameters(request.scope["query_string"])
        if "update" in fields:
            raise read_only(403)
        if "query" in fields:
            return await _answered(site, request, fields)
        return await _described(site, request, fields)

    @router.post(
        "/sparql",
        summary="Answer a SPARQL query",
        response_class=Response,
        openapi_extra={"parameters": _FORMAT, "requestBody": _BODY, **_ANSWERS},
    )
    @router.post("/sparql/", include_in_schema=False)
    async def post_query(request: Request) -> Response:
        fields = parameters(request.scope["query_string"])
        kind = _content_type(request)
        if kind == "application/sparql-update":
            raise read_only(403)
        body = await request.body()
        if kind == "application/sparql-query":
            if "query" in fields:
                raise InputError("there are two queries: one in the address, one in the body")
            fields["query"] = [_text(body)]
        elif kind == "application/x-www-form-urlencoded":
            for name, values in parameters(body).items():
                fields.setdefault(name, []).extend(values)
        else:
            known = "application/x-www-form-urlencoded, application/sparql-query"
            raise Refusal(415, f"a query comes as one of {known}; this is {kind or 'of no type'}")
        if "update" in fields:
            raise read_only(403)
        return await _answered(site, request, fields)

    @router.get(
        "/graphs",
        summary="Give a whole graph",
        response_class=Response,
        openapi_extra={"parameters": [*_GRAPH, *_FORMAT], **_ANSWERS},
    )
    async def get_graph(request: Request) -> Response:
        fields = parameters(request.scope["query_string"])
        name, default = fields.get("graph"), "default" in fields
        if (name is None) == (not default) or len(name or ()) > 1:
            raise InputError("name one graph: /graphs?default or /graphs?graph=IRI")
        accept = request.headers.get("accept", "")
        format = chosen(accept, GRAPHS, _one(fields, "format"))
        iri = name[0] if name else None
        if iri == "":
            raise InputError("name the graph by its IRI: /graphs?graph=IRI")
        return await site.answer(request, Job("bilat.server.sparql:graph", (iri, format.name)))

    return router


async def _answered(site: Site, request: Request, fields: Mapping[str, Sequence[str]]) -> Response:
    text = _one(fields, "query")
    if text is None:
        raise InputError("the query is missing: it is the parameter named query")
    if len(text) > LONGEST_QUERY:
        raise Refusal(413, f"the query is longer than {LONGEST_QUERY:,} characters")
    accept, name = request.headers.get("accept", ""), _one(fields, "format")
    if name:
        rows, triples = named(name, _ROWS), named(name, GRAPHS)
    else:
        rows, triples = best(accept, _ROWS), best(accept, GRAPHS)
    if rows is None and triples is None:
        raise not_acceptable((*ROWS, *GRAPHS), name or accept)
    asked = Asked(
        text,
        tuple(fields.get("default-graph-uri", ())),
        tuple(fields.get("named-graph-uri", ())),
        rows and rows.name,
        triples and triples.name,
        f"{site.address}/sparql",
        site.most,
    )
    return await site.answer(request, Job("bilat.server.sparql:query", tuple(asked)))


async def _described(site: Site, request: Request, fields: Mapping[str, Sequence[str]]) -> Response:
    base, accept = site.base(request), request.headers.get("accept", "")
    format = chosen(accept, (*GRAPHS, HTML), _one(fields, "format"))
    if format is not HTML:
        job = Job("bilat.server.sparql:description", (f"{base}/sparql", format.name))
        return await site.answer(request, job)
    timeout = site.pool.limits.timeout
    arguments = base, _one(fields, "example"), site.most, timeout
    return await site.answer(request, Job("bilat.server.sparql:form", arguments))


def parameters(text: bytes) -> dict[str, list[str]]:
    """The fields of a form or of a query string; raises InputError where they are no UTF-8."""
    if text.count(b"&") >= _MOST_FIELDS:
        raise Refusal(413, f"there are more than {_MOST_FIELDS} fields")
    try:
        pairs = parse_qsl(
            text.decode("ascii" if b"%" in text else "utf-8"),
            keep_blank_values=True,
            errors="strict",
        )
    except UnicodeDecodeError:
        raise InputError("the parameters are not UTF-8 in percent-encoding") from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def parameter(request: Request, name: str) -> str | None:
    """A parameter of the address, which is there once at most; raises InputError."""
    return _one(parameters(request.scope["query_string"]), name)


def _one(fields: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = fields.get(name, ())
    if len(values) > 1:
        raise InputError(f"the parameter {name} is there {len(values)} times; once is meant")
    return values[0] if values else None


def _content_type(request: Request) -> str:
    kind, *parts = request.headers.get("content-type", "").lower().split(";")
    for part in parts:
        key, _, value = part.strip().partition("=")
        if key == "charset" and value.strip("\"' ") not in ("utf-8", "utf8", "us-ascii"):
            raise Refusal(415, f"queries come in UTF-8, not in {value[:40]}")
    return kind.strip()


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")  # some editors put a mark at the beginning
    except UnicodeDecodeError as error:
        raise InputError(f"the query is not UTF-8: byte {error.start}") from None
