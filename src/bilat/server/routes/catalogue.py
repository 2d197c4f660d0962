"""Addresses of the start page, of lists, of the vocabularies, and of what all data are in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse

from bilat.server.addresses import FORMATS, iris_at
from bilat.server.answers import Job, Refusal
from bilat.server.dump import DESCRIPTION, FILES, PATHS, REGISTER, file_of_graph
from bilat.server.routes.documents import (
    OFFERS,
    document,
    form_of,
    moved,
    other,
    page_number,
    path_of,
)
from bilat.server.routes.sparql import parameter

if TYPE_CHECKING:
    from bilat.server.site import Site

#: The longest text that is searched for.
_LONGEST = 200

#: What describes the data set is for programs first.
_DATA_FIRST = (*OFFERS[1:], OFFERS[0])

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(site: Site) -> APIRouter:
    """The addresses of the ways in."""
    router = APIRouter(include_in_schema=False)
    for path, endpoint in {**_pages(site), **_vocabulary(site), **_wholes(site)}.items():
        router.add_api_route(path, endpoint)
    return router


def _pages(site: Site) -> dict[str, Endpoint]:
    def job(name: str, *arguments: object) -> Job:
        return Job(f"bilat.server.catalogue:{name}", arguments)

    def register() -> str:
        return site.dumps.ready(REGISTER)

    async def home(request: Request) -> Response:
        return await site.answer(request, job("home", register()))

    async def search(request: Request) -> Response:
        text = parameter(request, "q") or ""
        if len(text) > _LONGEST:
            raise Refusal(400, f"a search has at most {_LONGEST} characters")
        return await site.answer(request, job("search", text, register()))

    async def listing(request: Request) -> Response:
        kind = request.path_params["kind"]
        arguments = kind, page_number(request), register()
        return await site.answer(request, job("listing", *arguments))

    async def downloads(request: Request) -> Response:
        return await site.answer(request, job("downloads"))

    return {"/": home, "/search": search, "/list/{kind}": listing, "/data": downloads,
            "/graph": downloads}  # fmt: skip


def _vocabulary(site: Site) -> dict[str, Endpoint]:
    def by_form(name: str) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            _, suffix = form_of(request, request.url.path)
            if suffix == "html" and name in ("shapes", "alignments"):
                return other("/ns")  # whose page has them in words
            job = Job(f"bilat.server.vocabulary:{name}", (suffix,))
            return await site.answer(request, job)

        return endpoint

    async def context(request: Request) -> Response:
        return await site.answer(request, Job("bilat.server.vocabulary:context"))

    async def version(request: Request) -> Response:
        return moved("/ns")

    async def slash(request: Request) -> Response:
        return moved(request.url.path.rstrip("/"))

    pages: dict[str, Endpoint] = {"/context.jsonld": context, "/ns/{version}": version}
    for path, name in (("/ns", "ontology"), ("/shapes", "shapes"), ("/alignments", "alignments"),
                       ("/scheme", "schemes")):  # fmt: skip
        pages |= {path: by_form(name), path + "/": slash}
        pages |= {f"{path}.{suffix}": by_form(name) for suffix in FORMATS}
    return pages


def _wholes(site: Site) -> dict[str, Endpoint]:
    def of_file(function: str, name: str, *arguments: object) -> Job:
        return Job(f"bilat.server.catalogue:{function}", (name, *arguments))

    async def described(request: Request) -> Response:
        _, suffix = form_of(request, request.url.path, _DATA_FIRST)
        if suffix == "html":
            return other("/data")
        file = await site.dumps.path(DESCRIPTION)
        return await site.answer(request, of_file("described", file, suffix, site.base(request)))

    async def dataset(request: Request) -> Response:
        return other("/.well-known/void")

    async def sitemap(request: Request) -> Response:
        part = request.path_params.get("part", "0")
        if not part.isdecimal() or len(part) > 6:
            raise Refusal(404, "no part of the site map is called so")
        file = await site.dumps.path(PATHS)
        return await site.answer(request, of_file("sitemap", file, site.base(request), int(part)))

    async def robots(request: Request) -> Response:
        return await site.answer(request, of_file("robots", site.base(request)))

    async def file(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in FILES:
            raise Refusal(404, f"no file is called {name[:100]!r}; there are {', '.join(FILES)}")
        return await sent(request, name, FILES[name].media_type)

    async def graph(request: Request) -> Response:
        try:
            return await document(site, request)
        except Refusal as refusal:
            if refusal.status != 413:
                raise
        path, suffix = form_of(request, path_of(request))
        name = file_of_graph(iris_at(path)[-1], suffix)
        return await sent(request, name, FORMATS[suffix].media_type)

    async def sent(request: Request, name: str, media_type: str) -> Response:
        headers = {"Vary": "Accept"}
        if site.pool.version:
            key = hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
            headers["ETag"] = f'"{site.pool.version[:32]}-{key}"'
            if headers["ETag"] in request.headers.get("if-none-match", ""):
                return Response(status_code=304, headers=headers)
        _keep_plain_ranges(request)
        if "bilat.head" in request.scope:  # else the whole file would be read for nothing
            request.scope["method"] = "HEAD"
        return FileResponse(await site.dumps.path(name), headers=headers, media_type=media_type)

    pages: dict[str, Endpoint] = {
        "/dataset": dataset, "/dataset/{rest:path}": dataset, "/sitemap.xml": sitemap,
        "/sitemap-{part}.xml": sitemap, "/robots.txt": robots, "/data/{name}": file,
        "/graph/{rest:path}": graph,
    }  # fmt: skip
    for path in ("/.well-known/void", "/dcat"):
        pages |= {path: described} | {f"{path}.{suffix}": described for suffix in FORMATS}
    return pages


def _keep_plain_ranges(request: Request) -> None:
    """Leave a ``Range`` header out that does not ask for one part in bytes: it is to be ignored."""
    found = re.fullmatch(r"bytes=(\d{1,18})?-(\d{1,18})?", request.headers.get("range", ""))
    first, last = found.groups() if found else (None, None)
    if (first or last) and int(first or 0) <= int(last or first or 0):
        return
    headers = request.scope["headers"]
    request.scope["headers"] = [header for header in headers if header[0] != b"range"]
