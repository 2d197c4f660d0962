"""The values that properties of entities have, and how the reconciliation service writes them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox

from bilat.namespaces import compact
from bilat.results import to_python
from bilat.server.reconciliation.schema import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilat.results import Term
    from bilat.server.reconciliation.schema import Property
    from bilat.store import Store

#: Values by entity and property.
Values = dict[str, dict[str, list["Value"]]]


class Value(NamedTuple):
    """A value, and where it is an entity, its names: text and language, in order."""

    term: Term
    names: tuple[tuple[str, str], ...] = ()

    def name(self, language: str = "en") -> str:
        """What to call it: in that language if it can be, else in English or any other."""
        if isinstance(self.term, ox.Literal):
            return self.term.value
        wanted = [language, "en"]
        ranks = sorted(
            self.names, key=lambda n: wanted.index(n[1]) if n[1] in wanted else len(wanted)
        )
        return ranks[0][0] if ranks else compact(getattr(self.term, "value", str(self.term)))

    def cell(self, language: str = "en") -> dict[str, object]:
        """As a data extension response has it."""
        if isinstance(self.term, ox.NamedNode):
            if self.names:
                return {"id": identifier(self.term.value), "name": self.name(language)}
            return {"str": self.term.value}
        plain = to_python(self.term)
        if isinstance(plain, bool):
            return {"str": str(plain).lower()}
        if isinstance(plain, int | float):
            return {"int" if isinstance(plain, int) else "float": plain}
        if hasattr(plain, "isoformat"):
            return {"date": f"{plain.isoformat()}T00:00:00Z"}
        return {"str": str(plain)}


def iri_term(iri: str) -> ox.NamedNode | None:
    """The IRI as a term of a query; None for what is no IRI."""
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


def values(store: Store, iris: Iterable[str], properties: Iterable[Property]) -> Values:
    """What the entities have for the properties, in a fixed order; what is no IRI has nothing."""
    terms = [term for iri in dict.fromkeys(iris) if (term := iri_term(iri)) is not None]
    asked = [p for p in dict.fromkeys(properties) if p.path]
    if not terms or not asked:
        return {}
    parts = " UNION ".join(
        f"{{ VALUES ?it {{ {' '.join(map(str, terms))} }} ?it {p.path} ?value "
        f"BIND({ox.Literal(p.id)} AS ?property) }}"
        for p in asked
    )
    rows: Any = store.select(
        f"SELECT DISTINCT ?it ?property ?value {{ {parts} }} ORDER BY ?it ?property ?value"
    ).terms
    # one query for both would have the engine read the names of everything
    names = _labels(store, {value for _, _, value in rows if isinstance(value, ox.NamedNode)})
    out: Values = defaultdict(lambda: defaultdict(list))
    for it, property, value in rows:
        out[it.value][property.value].append(Value(value, tuple(names.get(value, ()))))
    return out


def _labels(store: Store, terms: set[ox.NamedNode]) -> dict[Term, list[tuple[str, str]]]:
    """The labels of things in all languages, each with its language."""
    listed = " ".join(sorted(map(str, terms)))
    found: dict[Term, list[tuple[str, str]]] = defaultdict(list)
    if listed:
        rows: Any = store.select(
            f"SELECT DISTINCT ?it ?name {{ VALUES ?it {{ {listed} }} "
            "?it rdfs:label|skos:prefLabel ?name } ORDER BY ?it ?name"
        )
        for it, name in rows.terms:
            found[it].append((name.value, getattr(name, "language", None) or ""))
    return found
