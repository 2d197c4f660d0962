"""The application: the routes of all parts together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

if TYPE_CHECKING:
    from bilat.server.site import Site


def create_app(site: Site) -> FastAPI:
    """The ASGI application that serves a site."""
    app = FastAPI(title="bilat", docs_url=None, redoc_url=None)
    return app
