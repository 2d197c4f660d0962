"""What ontology, vocabularies, reference data and sources state already, to look things up in."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from bilat.namespaces import BASE, SCHEMES
from bilat.rdf.naming import Term, bare_words, iri, local_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet


class Country(NamedTuple):
    """A country with its codes and its short English name."""

    iri: ox.NamedNode
    alpha2: str
    alpha3: str
    name: str


class Background:
    """What ontology, reference data and sources state already, to look things up in."""

    def __init__(self, engine: ox.Store) -> None:
        self.engine = engine

    def values(self, subject: Term, predicate: str) -> list[Term]:
        """The values of a property in any graph, each once, sorted."""
        if isinstance(subject, ox.Literal):
            return []
        quads = self.engine.quads_for_pattern(subject, iri(predicate), None, None)
        found = {q.object for q in quads if isinstance(q.object, ox.NamedNode | ox.Literal)}
        return sorted(found, key=str)

    def is_taken(self, subject: ox.NamedNode) -> bool:
        """Whether anything is stated of it."""
        return (
            next(iter(self.engine.quads_for_pattern(subject, None, None, None)), None) is not None
        )

    def subjects(self, predicate: str, value: Term) -> list[ox.NamedNode]:
        """What has the value for the property, sorted."""
        quads = self.engine.quads_for_pattern(None, iri(predicate), value, None)
        found = {q.subject for q in quads if isinstance(q.subject, ox.NamedNode)}
        return sorted(found, key=str)

    def label(self, subject: ox.NamedNode) -> str | None:
        """The English label."""
        for predicate in ("rdfs:label", "skos:prefLabel"):
            for value in self.values(subject, predicate):
                if isinstance(value, ox.Literal) and value.language == "en":
                    return value.value
        return None

    @cached_property
    def _countries(self) -> dict[str, Country]:
        found = {}
        for node in self.subjects("rdf:type", iri("bilat:Country")):
            for code in self.values(node, "bilat:iso3166alpha2"):
                alpha3 = local_name(node)
                found[code.value] = Country(node, code.value, alpha3, self.label(node) or alpha3)
        return found

    def countries(self) -> Iterable[Country]:
        """All countries."""
        return self._countries.values()

    def country(self, alpha2: str | None) -> Country | None:
        """The country with that code."""
        return self._countries.get(alpha2 or "")

    @cached_property
    def _phrases(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {name: [] for name in SCHEMES}
        names = ("skos:prefLabel", "skos:altLabel", "skos:hiddenLabel", "bilat:mandateTerm")
        for scheme, phrases in found.items():
            for concept in self.subjects("skos:inScheme", ox.NamedNode(f"{BASE}scheme/{scheme}")):
                slug_ = local_name(concept)
                for name in names:
                    phrases += [(bare_words(v.value), slug_) for v in self.values(concept, name)]
            # the longest first, so that it wins; the label before a mandate term of another
            phrases.sort(key=lambda pair: -len(pair[0]))
        return found

    def concepts_in(self, scheme: str, text: str) -> list[str]:
        """The concepts whose labels stand in the text as whole words, longest label first."""
        words, found = bare_words(text), []
        for phrase, concept in self._phrases[scheme]:
            if phrase.strip() and phrase in words:
                # what a longer label covers says nothing of its own
                words = words.replace(phrase, " \0 ")
                found.append(concept)
        return list(dict.fromkeys(found))

    def concept_called(self, scheme: str, text: str) -> str | None:
        """The concept that has this very label."""
        wanted = bare_words(text)
        return next((slug_ for phrase, slug_ in self._phrases[scheme] if phrase == wanted), None)

    def concept_leading(self, scheme: str, text: str) -> str | None:
        """The concept whose label the text begins with, the longest one."""
        words = bare_words(text)
        leading = (slug_ for phrase, slug_ in self._phrases[scheme] if words.startswith(phrase))
        return next(leading, None)

    def free(self, wanted: str, minted: AbstractSet[ox.NamedNode]) -> ox.NamedNode:
        """The IRI of a prefixed name that nothing has yet, with a number where it is needed."""
        number, node = 1, iri(wanted)
        while node in minted or self.is_taken(node):
            number += 1
            node = iri(f"{wanted}-{number}")
        return node
