"""Which state, or which organisation, a cell means on a day."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bilat.countries import resolver
from bilat.errors import UnresolvedError
from bilat.names import folded
from bilat.rdf.rows import key_slug

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilat.countries import Scheme
    from bilat.tables.profiles import Profile


class Side(NamedTuple):
    """A state, by its IRI, or an international organisation, which is no country."""

    slug: str
    name: str
    iri: str = ""
    language: str | None = None

    @property
    def code(self) -> str:
        """What ends the IRI of a state: its alpha-3 code, if it has one."""
        return self.iri.rstrip(">").rpartition("/")[2]


class States:
    """Finds states by what a profile says of its codes and names, else by the resolver's rules.

    ``judged`` gives the IRI of the organisation that somebody judged a name to mean.
    """

    def __init__(self, profile: Profile, judged: Callable[[str], str] = lambda _: "") -> None:
        self._judged = judged
        self._own = profile.states
        self._organisations = {folded(k): v for k, v in profile.organisations.items()}
        self._words = frozenset(map(folded, profile.organisation_words))
        language = profile.language
        self._language = None if language.startswith("en") else language
        self.find = lru_cache(maxsize=200_000)(self._find)

    def _find(self, text: str, scheme: Scheme, on: str | None) -> Side | str:
        """The state or organisation; else the reason why it is none."""
        if text in self._own:
            return self._by_profile(text, on)
        if name := self._organisations.get(folded(text)):
            return Side(key_slug(name), name)
        side = resolved(text, scheme, on)
        if isinstance(side, str) and (body := self._judged(text)):
            return Side(body.rpartition("/")[2], text)
        if isinstance(side, str) and self._words & set(folded(text).split()):
            return Side(key_slug(text), text, language=self._language)
        return side

    def _by_profile(self, text: str, on: str | None) -> Side | str:
        given = self._own[text]
        if isinstance(given, str):
            return resolved(given, "any", on)
        for span in given:
            if within(on, span.get("from"), span.get("until")):
                return resolved(span["code"], "any", None)
        return "the profile has no state of that code on that day"


def within(on: str | None, first: str | None, last: str | None) -> bool:
    """Whether a day lies between two, each of which may be a month or a year, or open."""

    def after(one: str | None, other: str | None) -> bool:
        if not one or not other:
            return False
        known = min(len(one), len(other))
        return one[:known] > other[:known]

    return not after(first, on) and not after(on, last)


def resolved(text: str, scheme: Scheme, on: str | None) -> Side | str:
    """The state; of one that continues another, the one that existed on the day."""
    try:
        found = resolver().resolve(text, scheme, on)
    except UnresolvedError as error:
        if error.organisation:
            name = error.reason.removeprefix("is an organisation, ").removesuffix(", no country")
            return Side(error.organisation.rpartition("/")[2], name)
        return f"no state: it {error.reason}"
    iri = found.then or found.iri
    label = resolver().label(iri) if found.then else found.label
    return Side(iri.rpartition("/")[2].lower(), label, f"<{iri}>")
