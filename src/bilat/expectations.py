"""What a constraint asks for, in words: read from its shape, where there is a finding."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from bilat.files import read_rdf
from bilat.findings import SH, literal_of, shown, text_of
from bilat.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bilat.findings import Finding

_Shapes = dict[str, dict[str, list[str]]]

_FIRST, _REST = PREFIXES["rdf"] + "first", PREFIXES["rdf"] + "rest"

#: For each constraint component of SHACL 1.0, whose parameter has its name, what it expects.
_WORDS = {
    "minCount": "at least {}",
    "maxCount": "at most {}",
    "class": "something of class {}",
    "datatype": "a literal of type {}",
    "nodeKind": "{}",
    "pattern": "text that matches {}",
    "in": "one of {}",
    "hasValue": "the value {}",
    "minInclusive": "{} or more",
    "maxInclusive": "{} or less",
    "minExclusive": "more than {}",
    "maxExclusive": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "languageIn": "text in one of the languages {}",
    "uniqueLang": "one value to a language",
    "closed": "no other property",
}

_KINDS = {
    "IRI": "an IRI",
    "Literal": "a literal",
    "BlankNode": "a blank node",
    "BlankNodeOrIRI": "an IRI or a blank node",
    "BlankNodeOrLiteral": "a blank node or a literal",
    "IRIOrLiteral": "an IRI or a literal",
}


def with_expectations(findings: Iterable[Finding], shapes: Sequence[Path]) -> list[Finding]:
    """The findings with what their constraints expect, where a parameter of the shape says it."""
    graph: _Shapes = defaultdict(lambda: defaultdict(list))
    for path in shapes:
        for quad in read_rdf(path):
            graph[text_of(quad.subject)][quad.predicate.value].append(text_of(quad.object))
    return [replace(finding, expected=_expected(finding, graph)) for finding in findings]


def _expected(finding: Finding, shapes: _Shapes) -> str:
    name = finding.component.removeprefix(SH).removesuffix("ConstraintComponent")
    parameter = name[:1].lower() + name[1:]
    values = shapes.get(finding.shape, {}).get(SH + parameter, [])
    if parameter not in _WORDS or len(values) != 1:
        return ""
    return _WORDS[parameter].format(_shown(parameter, values[0], shapes))


def _shown(parameter: str, value: str, shapes: _Shapes) -> str:
    if parameter == "nodeKind":
        return _KINDS.get(value.removeprefix(SH), shown(value))
    if parameter in ("in", "languageIn"):
        return ", ".join(_plain(item) for item in _items(value, shapes))
    plain = _plain(value)
    if parameter in ("minCount", "maxCount"):
        return f"{plain} value{'s'[: plain != '1']}"
    return plain


def _plain(value: str) -> str:
    return literal_of(value).value if value.startswith('"') else shown(value)


def _items(head: str, shapes: _Shapes) -> list[str]:
    items = []
    while firsts := shapes.get(head, {}).get(_FIRST):
        items += firsts
        head = shapes[head][_REST][0]
    return items
