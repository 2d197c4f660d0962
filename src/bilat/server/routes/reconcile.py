"""The reconciliation service's addresses: what comes in, and which job answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from bilat.errors import InputError
from bilat.server.answers import Job, Refusal
from bilat.server.routes.sparql import parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bilat.server.site import Site

_JOBS = {"queries": "answers", "extend": "extension"}
#: The jobs that need the names of everything, and what prepares these.
_OF_NAMES = {"answers", "suggestions", "flyout", "preview", "view"}
_NAMES = "bilat.server.reconciliation.candidates:entities"
_FORM = "application/x-www-form-urlencoded"
_BODY = {
    "type": "object",
    "properties": {name: {"type": "string", "description": "in JSON"} for name in _JOBS},
    "minProperties": 1,
    "maxProperties": 1,
}

Kind = Literal["entity", "property", "type"]
Identifier = Annotated[str, Query(min_length=1, max_length=2000)]


def routes(site: Site) -> APIRouter:
    """The routes below ``/reconcile``."""
    router = APIRouter(prefix="/reconcile", tags=["reconciliation"])

    @router.get("", summary="The manifest, or a batch of queries")
    async def get(
        request: Request, queries: str | None = None, extend: str | None = None
    ) -> Response:
        fields = parameters(request.scope["query_string"])
        if fields:
            return await site.answer(request, _asked(fields))
        site.prepare(_NAMES)  # who asks for the manifest will soon ask for more
        return await site.answer(request, _job("manifest", site.base(request)))

    @router.post(
        "",
        summary="A batch of queries, or a data extension, in a form",
        openapi_extra={"requestBody": {"required": True, "content": {_FORM: {"schema": _BODY}}}},
    )
    async def post(request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _FORM:
            raise Refusal(415, f"queries come as {_FORM}; this is {kind or 'of no type'}")
        return await site.answer(request, _asked(parameters(await request.body())))

    @router.get("/extend/propose", summary="Properties to extend the entities of a type by")
    async def propose(
        request: Request,
        type: str = "",
        limit: Annotated[int | None, Query(ge=0, le=1000)] = None,
    ) -> Response:
        return await site.answer(request, _job("proposals", type, limit))

    @router.get("/suggest/{kind}", summary="What begins so")
    async def suggest(
        request: Request,
        kind: Kind,
        prefix: Annotated[str, Query(max_length=2000)] = "",
        cursor: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        type: str = "",
    ) -> Response:
        return await site.answer(request, _job("suggestions", kind, prefix, cursor, type))

    @router.get("/flyout/{kind}", summary="A few words on something suggested")
    async def flyout(request: Request, kind: Kind, id: Identifier) -> Response:
        return await site.answer(request, _job("flyout", kind, id))

    @router.get("/preview", summary="A small page on an entity")
    async def preview(request: Request, id: Identifier) -> Response:
        return await site.answer(request, _job("preview", id))

    @router.get("/view", summary="The way to the page of an entity")
    async def view(request: Request, id: Identifier) -> Response:
        return await site.answer(request, _job("view", id, site.base(request)))

    return router


def _job(name: str, *arguments: object) -> Job:
    prepared = _NAMES if name in _OF_NAMES else ""
    return Job(f"bilat.server.reconciliation.service:{name}", arguments, prepared)


def _asked(fields: Mapping[str, Sequence[str]]) -> Job:
    """The job of a request to the service's own address."""
    if "callback" in fields:
        raise InputError("JSONP is not offered: any site may read the answers as they are (CORS)")
    found = [(name, text) for name in _JOBS for text in fields.get(name, ())]
    if len(found) != 1:
        raise InputError(
            "give one of “queries”, a batch of queries in JSON, and “extend”, a data extension "
            "query in JSON; GET without either gives the manifest"
        )
    name, text = found[0]
    return _job(_JOBS[name], text)
