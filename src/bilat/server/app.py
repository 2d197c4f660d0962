"""The application: the routes of all parts together."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match

from bilat.errors import BilatError
from bilat.server.answers import Refusal, fault, refusal_for
from bilat.server.front import Front
from bilat.server.routes import catalogue, documents, questions, reconcile, sparql
from bilat.server.routes.documents import moved
from bilat.server.site import problem
from bilat.version import __version__

if TYPE_CHECKING:
    from starlette.types import Scope

    from bilat.server.site import Site


#: Modules that each give some of the routes.
PARTS = (sparql, documents, catalogue, questions, reconcile)


def create_app(site: Site) -> Front:
    """The ASGI application that serves a site."""
    app = FastAPI(
        title="bilat", version=__version__, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    routers = [part.routes(site) for part in PARTS]
    for router in routers:
        app.include_router(router)
    app.add_api_route("/static/{name}", _static, include_in_schema=False)

    def methods(scope: Scope) -> str:
        """The methods that all routes of an address have together."""
        routes = [*app.routes, *(route for router in routers for route in router.routes)]
        here = (route for route in routes if route.matches(scope)[0] is not Match.NONE)
        found = {"OPTIONS"}.union(*(getattr(route, "methods", None) or () for route in here))
        return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))

    async def not_allowed(request: Request, _: Exception) -> Response:
        reason = f"{request.method} is not for {request.url.path}"
        refusal = Refusal(405, reason, (("Allow", methods(request.scope)),))
        return problem(refusal, request.headers.get("accept", ""))

    async def not_found(request: Request, error: Exception) -> Response:
        """Lead from an address with a slash too many to the one without, where that is one."""
        path = request.url.path
        bare = path.rstrip("/")
        if bare != path and "GET" in methods({**request.scope, "path": bare}):
            query = f"?{request.url.query}" if request.url.query else ""
            return moved(quote(bare) + query)
        return await refused(request, error)

    async def refused(request: Request, error: Exception) -> Response:
        refusal = _refusal(request, error)
        return problem(refusal, request.headers.get("accept", ""))

    app.add_exception_handler(404, not_found)
    app.add_exception_handler(405, not_allowed)
    for kind in (BilatError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, refused)
    query = next(
        route.endpoint
        for route in routers[PARTS.index(sparql)].routes
        if isinstance(route, APIRoute)
        and route.path == "/sparql"
        and "GET" in (route.methods or ())
    )
    return Front(app, site, query, methods)


def _refusal(request: Request, error: Exception) -> Refusal:
    if isinstance(error, HTTPException):
        reason = {404: f"nothing is at {request.url.path}"}.get(error.status_code, error.detail)
        return Refusal(error.status_code, reason, tuple((error.headers or {}).items()))
    if isinstance(error, RequestValidationError):
        wrong = "; ".join(f"{e['loc'][-1]}: {e['msg']}" for e in error.errors())
        return Refusal(400, wrong)
    if isinstance(error, BilatError):
        return refusal_for(error)
    return fault()


_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


async def _static(name: str) -> Response:
    for file in files("bilat.server").joinpath("static").iterdir():
        if file.name == name:
            headers = {"Cache-Control": "public, max-age=3600"}
            return Response(file.read_bytes(), 200, headers, _TYPES[name.rpartition(".")[2]])
    raise Refusal(404, f"no file is called {name}")
