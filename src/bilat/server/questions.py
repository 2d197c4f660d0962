"""The questions as a programming interface without SPARQL, and as pages with a form."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from bilat.errors import InputError, NotFoundError
from bilat.lookup import term
from bilat.namespaces import compact
from bilat.results import Rows, to_python
from bilat.server.addresses import link_to
from bilat.server.answers import Answer
from bilat.server.cells import Display, query_string, words
from bilat.server.facts import labels
from bilat.server.negotiation import Format
from bilat.server.rendering import page

if TYPE_CHECKING:
    from bilat.knowledge_graph import KnowledgeGraph
    from bilat.questions import Question
    from bilat.server.cells import Cell

#: The formats of an answer by the name that ``format`` takes.
FORMATS = {
    name: Format(name, (media_type,), title=name)
    for name, media_type in (
        ("json", "application/json"),
        ("csv", "text/csv"),
        ("tsv", "text/tab-separated-values"),
        ("sparql-json", "application/sparql-results+json"),
        ("markdown", "text/markdown"),
        ("table", "text/plain"),
    )
}

#: How many rows an answer has at most, and how many it has unless another number is asked for.
MOST_ROWS, USUAL_ROWS = 10_000, 1_000

#: How many rows a page shows.
ROWS_ON_PAGE = 200

Values = tuple[tuple[str, str], ...]


class Result(NamedTuple):
    """An answered question: the terms it was asked with, its rows and whether there are more."""

    terms: dict[str, ox.NamedNode | ox.Literal]
    rows: Rows
    more: bool


def catalogue(kg: KnowledgeGraph, base: str) -> Answer:
    """All questions with their parameters, as JSON."""
    items = [
        {
            "name": question.name,
            "summary": question.summary,
            "description": question.description,
            "parameters": [
                {"name": name, "kind": p.type, "label": p.label, "default": example(p.default)}
                for name, p in question.params.items()
            ],
            "url": f"{base}/api/questions/{question.name}",
            "page": f"{base}/questions/{question.name}",
        }
        for question in kg.questions().values()
    ]
    return Answer(_json({"questions": items}), FORMATS["json"].media_type)


def answer(kg: KnowledgeGraph, name: str, values: Values, format: str, start: int, limit: int,
           base: str) -> Answer:  # fmt: skip
    """The rows that answer a question, from number ``start`` on, counted from 0."""
    question = kg.question(name)
    result = _ask(kg, question, values, start, limit)
    here = f"{base}/api/questions/{name}"
    asked = {**dict(values), "format": "" if format == "json" else format, "limit": limit}
    following = here + query_string({**asked, "offset": start + limit}) if result.more else None
    headers = (("Link", f'<{following}>; rel="next"'),) if following else ()
    if format == "json":
        things = [value.value for value in result.terms.values() if isinstance(value, ox.NamedNode)]
        called = labels(kg.store, things)
        body = _json(
            {
                "question": name,
                "summary": question.summary,
                "parameters": {
                    key: _plain(term, called.get(term.value)) for key, term in result.terms.items()
                },
                "columns": [c for c in result.rows.variables if not _is_label(c, result.rows)],
                "rows": _objects(result.rows),
                "next": following,
            }
        )
    else:
        body = result.rows.to_text("json" if format == "sparql-json" else format).encode()
    return Answer(body, FORMATS[format].media_type, headers=headers)


def _ask(kg: KnowledgeGraph, question: Question, values: Values, start: int, limit: int) -> Result:
    terms: dict[str, ox.NamedNode | ox.Literal] = {}
    for key, text in values:
        if key not in question.params:
            raise NotFoundError(f"parameter of {question.name}", key, list(question.params))
        terms[key] = term(kg.store, question.params[key].type, text)
    # a question ends with its order, so that what is cut is said at its end
    rows = kg.store.select(f"{question.bind(terms)}\nLIMIT {limit + 1} OFFSET {start}")
    return Result(terms, Rows(rows.variables, rows.terms[:limit]), len(rows) > limit)


def example(default: str) -> str:
    """The example of a parameter, as one would type it."""
    if default.startswith("<"):
        return compact(default.strip("<>"))
    return default.split('"')[1] if default.startswith('"') else default


def _is_label(column: str, rows: Rows) -> bool:
    return column.endswith("Label") and column.removesuffix("Label") in rows.variables


def _objects(rows: Rows) -> list[dict[str, object]]:
    index = {name: at for at, name in enumerate(rows.variables)}
    columns = [(name, at, index.get(name + "Label")) for name, at in index.items()
               if not _is_label(name, rows)]  # fmt: skip
    return [
        {
            name: _plain(row[at], None if label is None else row[label])
            for name, at, label in columns
        }
        for row in rows.terms
    ]


def _plain(term: object, label: object) -> object:
    if isinstance(term, ox.NamedNode):
        text = label.value if isinstance(label, ox.Literal) else None
        return {"iri": term.value, "label": text}
    if isinstance(term, ox.Literal):
        value = to_python(term)
        return value if isinstance(value, bool | int | float | str) else term.value
    return None if term is None else str(term)


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


# ---- as pages


class Field(NamedTuple):
    """A field of the form: the parameter, what stands in it, and what may be chosen."""

    name: str
    label: str
    kind: str
    value: str
    example: str
    choices: list[str]


def index(kg: KnowledgeGraph) -> Answer:
    """The list of the questions."""
    return page("questions.html", {"questions": list(kg.questions().values())})


def interface(kg: KnowledgeGraph, base: str) -> Answer:
    """The page for who programs against this."""
    values = {
        "base": base,
        "questions": [
            (question, [(name, param, example(param.default))
                        for name, param in question.params.items()])
            for question in kg.questions().values()
        ],
        "formats": FORMATS,
        "most": MOST_ROWS,
        "usual": USUAL_ROWS,
    }  # fmt: skip
    return page("api.html", values)


def form(kg: KnowledgeGraph, name: str, values: Values, number: int) -> Answer:
    """A question with a form for its parameters, and its answer."""
    question = kg.question(name)
    values = tuple((key, text) for key, text in values if text.strip())
    error, status, result = "", 200, None
    try:
        result = _ask(kg, question, values, ROWS_ON_PAGE * (number - 1), ROWS_ON_PAGE)
    except NotFoundError as problem:
        error, status = str(problem), 404
    except InputError as problem:
        error, status = str(problem), 400
    display = Display(kg.store)
    here = link_to(f"/questions/{name}") + query_string(dict(values))
    data = link_to(f"/api/questions/{name}")
    return page(
        "question.html",
        {
            "question": question,
            "fields": _fields(kg, question, dict(values), display),
            "error": error,
            "asked": _asked(question, result, display) if result else {},
            "table": display.table(result.rows) if result else None,
            "number": number,
            "more": bool(result and result.more),
            "here": here + ("&" if values else "?"),
            "text": re.sub(r"(?m)^#\+.*\n", "", question.bind(result.terms if result else {})),
            "formats": [
                (data + query_string({**dict(values), "format": name}), format)
                for name, format in FORMATS.items()
            ],
        },
        status,
    )


def _examples(question: Question) -> dict[str, ox.NamedNode | ox.Literal]:
    """What the parameters are in the question's own text."""
    return {
        name: ox.NamedNode(param.default.strip("<>"))
        if param.default.startswith("<")
        else ox.Literal(example(param.default))
        for name, param in question.params.items()
    }


def _asked(question: Question, result: Result, display: Display) -> dict[str, Cell]:
    """What the parameters turned out to mean."""
    terms = {**_examples(question), **result.terms}
    display.learn(list(terms.values()))
    return {question.params[name].label: display.cell(term) for name, term in terms.items()}


def _fields(
    kg: KnowledgeGraph, question: Question, values: dict[str, str], display: Display
) -> list[Field]:
    examples = _examples(question)
    display.learn(list(examples.values()))
    return [
        Field(
            name,
            param.label or words(name),
            param.type,
            values.get(name, ""),
            display.cell(examples[name]).text,
            _choices(kg, param.type),
        )
        for name, param in question.params.items()
    ]


def _choices(kg: KnowledgeGraph, kind: str) -> list[str]:
    """The names to choose from, where they are few enough for a list."""
    patterns = {
        "country": "?it a bilat:Country ; rdfs:label ?name",
        "field": "?it skos:inScheme <https://w3id.org/bilat/scheme/field> ; skos:prefLabel ?name",
    }
    if kind not in patterns:
        return []
    rows = kg.store.select(
        f'SELECT DISTINCT ?name {{ {patterns[kind]} FILTER(LANG(?name) = "en") }} ORDER BY ?name'
    )
    return [row.name for row in rows]
