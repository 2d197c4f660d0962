"""Answers as they are written: templates filled in, with everything escaped, and triples."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from bilat.results import in_order, serialise
from bilat.server.addresses import link_to
from bilat.server.answers import Answer
from bilat.server.cells import shown
from bilat.server.negotiation import HTML

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyoxigraph as ox

    from bilat.server.negotiation import Format


#: Headers of an answer: names and values.
Headers = tuple[tuple[str, str], ...]


def page(
    template: str, values: Mapping[str, object], status: int = 200, headers: Headers = ()
) -> Answer:
    """The page that a template gives with these values."""
    return Answer(filled(template, values), HTML.media_type, status, headers)


def triples(quads: Iterable[ox.Quad], format: Format, headers: Headers = ()) -> Answer:
    """Triples, or quads by their graphs, in their order."""
    return Answer(serialise(in_order(quads), format.name), format.media_type, headers=headers)


def filled(template: str, values: Mapping[str, object]) -> bytes:
    """A template filled in with these values."""
    return _environment().get_template(template).render(values).encode("utf-8", "replace")


def load() -> None:
    """Have all templates ready, so that no page has to wait for that."""
    environment = _environment()
    for name in environment.list_templates():
        environment.get_template(name)


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
