"""Pages: templates filled in, with everything in them escaped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from bilat.server.addresses import link_to
from bilat.server.cells import shown

if TYPE_CHECKING:
    from collections.abc import Mapping


def page(template: str, values: Mapping[str, object]) -> bytes:
    """The page that a template gives with these values."""
    return _environment().get_template(template).render(values).encode("utf-8", "replace")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bilat.server"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["root"] = link_to("")
    environment.filters.update(shown=shown, number="{:,}".format)
    return environment
