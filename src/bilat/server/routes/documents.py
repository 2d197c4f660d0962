"""Addresses of things: ``/id`` leads to ``/doc``, in the form that the client likes best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from bilat.server.addresses import FORMATS, link_to, split_suffix
from bilat.server.answers import Job, Refusal
from bilat.server.negotiation import chosen
from bilat.server.routes.sparql import parameter

if TYPE_CHECKING:
    from bilat.server.negotiation import Format
    from bilat.server.site import Site

#: The forms of a document; who takes any gets the first.
OFFERS = tuple(FORMATS.values())
_SUFFIXES = {format: suffix for suffix, format in FORMATS.items()}

#: The longest path after which a document is looked for.
_LONGEST = 2000


def routes(site: Site) -> APIRouter:
    """The addresses of documents about things."""
    router = APIRouter(include_in_schema=False)

    @router.get("/id/{rest:path}")
    async def see_other(request: Request, rest: str) -> Response:
        return other("/doc/" + path_of(request).removeprefix("/id/").rstrip("/"))

    async def thing(request: Request) -> Response:
        return await document(site, request)

    for start in ("/doc/", "/scheme/", "/.well-known/genid/"):
        router.add_api_route(start + "{rest:path}", thing)
    return router


async def document(site: Site, request: Request) -> Response:
    """The document at the path of a request."""
    path = path_of(request)
    if path.endswith("/"):
        return moved(path.rstrip("/"))
    path, suffix = form_of(request, path)
    number, via = page_number(request), parameter(request, "via") or ""
    arguments = (path, suffix, number, via[:500])
    return await site.answer(request, Job("bilat.server.documents:document", arguments))


def path_of(request: Request) -> str:
    """The path as it was sent, without what the server stands behind."""
    raw = request.scope.get("raw_path") or request.url.path.encode()
    path = raw.decode("latin-1").partition("?")[0]
    if len(path) > _LONGEST:
        raise Refusal(414, f"an address of a thing has at most {_LONGEST} bytes")
    return path


def form_of(request: Request, path: str, offers: tuple[Format, ...] = OFFERS) -> tuple[str, str]:
    """The path without a suffix, and the suffix of the form wanted."""
    stem, suffix = split_suffix(path)
    if suffix is None:
        accept = request.headers.get("accept", "")
        return stem, _SUFFIXES[chosen(accept, offers)]
    return stem, suffix


def page_number(request: Request) -> int:
    """The page asked for, from 1; raises Refusal (400)."""
    text = parameter(request, "page")
    if text is None:
        return 1
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:12]) < 10**9):
        raise Refusal(400, f"page is a number from 1, not {text[:50]!r}")
    return int(text)


def moved(path: str) -> Response:
    """Where a page is for good."""
    # two slashes at the start would name another server
    return Response(status_code=308, headers={"Location": "/" + link_to(path).lstrip("/")})


def other(path: str) -> Response:
    """Another page that says it."""
    return Response(status_code=303, headers={"Location": link_to(path), "Vary": "Accept"})
