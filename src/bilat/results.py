"""What a query gives: rows of plain values, or triples, that show and convert themselves."""

from __future__ import annotations

import re
from collections import namedtuple
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from bilat.errors import InputError
from bilat.namespaces import PREFIXES, compact, prefix_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pandas
    import polars

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

XSD = PREFIXES["xsd"]
_INTEGERS = {
    XSD + name
    for name in (
        "integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger",
        "nonPositiveInteger", "negativeInteger", "unsignedLong", "unsignedInt", "unsignedShort",
        "unsignedByte",
    )
}  # fmt: skip
_NUMBERS = _INTEGERS | {XSD + name for name in ("decimal", "double", "float")}
_TEXTS = {XSD + "string", PREFIXES["rdf"] + "langString"}

#: File formats of a graph: the name on the command line, and the engine's own.
GRAPH_FORMATS = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "nquads": ox.RdfFormat.N_QUADS,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
}
ROW_FORMATS = ("table", "csv", "tsv", "json", "markdown", "turtle")


def to_python(term: Term | None) -> Any:
    """The term as a plain value: int, float, bool, ``datetime.date``, else its IRI or text.

    A literal that is not what its datatype says stays text.
    """
    if isinstance(term, ox.NamedNode):
        return term.value
    if not isinstance(term, ox.Literal):
        return None if term is None else str(term)
    datatype = term.datatype.value
    if datatype in _TEXTS:
        return term.value
    try:
        if datatype == XSD + "date":
            from datetime import date

            return date.fromisoformat(term.value)
        if datatype == XSD + "boolean":
            return {"true": True, "1": True, "false": False, "0": False}.get(term.value, term.value)
        # Python would also take 1_000, which is no number in XML Schema
        number = datatype in _NUMBERS and "_" not in term.value
        kind = int if datatype in _INTEGERS else float
        return kind(term.value) if number else term.value
    except ValueError:
        return term.value


class Rows:
    """The rows of a SELECT, in order: named tuples of plain values, ``None`` where unbound."""

    def __init__(self, variables: Sequence[str], terms: Iterable[Sequence[Term | None]]) -> None:
        self.variables = tuple(variables)
        self.terms = [tuple(row) for row in terms]

    @cached_property
    def _rows(self) -> list[Any]:
        row: Any = namedtuple("Row", self.variables, rename=True)  # type: ignore[misc]
        return [row(*map(to_python, terms)) for terms in self.terms]

    def __len__(self) -> int:
        return len(self.terms)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def __getitem__(self, index: int) -> Any:
        return self._rows[index]

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        from html import escape

        header, lines = self._for_people()
        head = "".join(f"<th>{escape(name)}</th>" for name in header)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>"
            for line in lines
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas DataFrame with a column for each variable."""
        import pandas

        return pandas.DataFrame(self._rows, columns=list(self.variables))

    def to_polars(self) -> polars.DataFrame:
        """A polars DataFrame with a column for each variable."""
        import polars

        columns = {name: [row[i] for row in self._rows] for i, name in enumerate(self.variables)}
        return polars.DataFrame(columns, strict=False)

    def to_text(self, format: str = "table", width: int = 0) -> str:
        """The rows as text in one of :data:`ROW_FORMATS`.

        ``csv``, ``tsv`` and ``json`` are W3C's result formats with every column, and ``turtle``
        states the rows in the result-set vocabulary of W3C's SPARQL tests; ``table`` and
        ``markdown`` are for people: a column ``x`` gives way to its ``xLabel``, IRIs are shortened.
        ``width`` wraps a table to so many characters; 0 leaves it as wide as it is.
        """
        writers: dict[str, Callable[[], str]] = {
            "table": lambda: table(*self._for_people(), width=width) + f"\n{self._count()}\n",
            "markdown": lambda: _markdown(*self._for_people()),
            "csv": self._csv,
            "tsv": self._tsv,
            "json": self._json,
            "turtle": self._turtle,
        }
        if format not in writers:
            raise InputError(
                f"rows cannot be written as {format!r}; choose one of {', '.join(ROW_FORMATS)}"
            )
        return writers[format]()

    def _count(self) -> str:
        return "1 row" if len(self) == 1 else f"{len(self)} rows"

    def _for_people(self) -> tuple[list[str], list[list[str]]]:
        index = {name: i for i, name in enumerate(self.variables)}
        # a label goes where its IRI would, which is shown for what has no label
        pairs = {i: index[name + "Label"] for name, i in index.items() if name + "Label" in index}
        shown = [i for i in index.values() if i not in pairs.values()]
        header = [self.variables[i] for i in shown]
        lines = [[_cell(row[pairs.get(i, i)] or row[i]) for i in shown] for row in self.terms]
        return header, lines

    def _csv(self) -> str:
        import csv
        import io

        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(self.variables)
        for row in self.terms:
            writer.writerow(["" if t is None else _csv_cell(t) for t in row])
        return out.getvalue()

    def _tsv(self) -> str:
        lines = ["\t".join("?" + name for name in self.variables)]
        # a tab inside a literal would end its column
        lines += [
            "\t".join("" if t is None else str(t).replace("\t", "\\t") for t in row)
            for row in self.terms
        ]
        return "\n".join(lines) + "\n"

    def _json(self) -> str:
        import json

        bindings = [
            {name: _json_term(t) for name, t in zip(self.variables, row, strict=True) if t}
            for row in self.terms
        ]
        document = {"head": {"vars": self.variables}, "results": {"bindings": bindings}}
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"

    def _turtle(self) -> str:
        def node(name: str) -> ox.NamedNode:
            return ox.NamedNode("http://www.w3.org/2001/sw/DataAccess/tests/result-set#" + name)

        rdf_type, results = ox.NamedNode(PREFIXES["rdf"] + "type"), ox.BlankNode("results")
        quads = [ox.Quad(results, rdf_type, node("ResultSet"))]
        quads += [ox.Quad(results, node("resultVariable"), ox.Literal(v)) for v in self.variables]
        for number, row in enumerate(self.terms, 1):
            solution = ox.BlankNode(f"row{number}")
            index = ox.Literal(str(number), datatype=ox.NamedNode(XSD + "integer"))
            quads += [
                ox.Quad(results, node("solution"), solution),
                ox.Quad(solution, node("index"), index),
            ]
            for name, term in zip(self.variables, row, strict=True):
                if term is not None:
                    binding = ox.BlankNode(f"row{number}-{name}")
                    quads += [
                        ox.Quad(solution, node("binding"), binding),
                        ox.Quad(binding, node("variable"), ox.Literal(name)),
                        ox.Quad(binding, node("value"), term),
                    ]
        return serialise(quads, "turtle").decode()


def sorted_rows(
    rows: Sequence[Sequence[Term | None]], keys: Sequence[tuple[Sequence[int], bool]]
) -> list[Sequence[Term | None]] | None:
    """The rows as SPARQL 1.1 orders them by columns, or None where that is for an engine to say.

    A key has columns, of which the first that is bound counts, and whether it is descending.
    """
    found = list(rows)
    for columns, descending in reversed(keys if len(found) > 1 else []):
        first, *others = columns
        places = _places(
            [next((row[i] for i in columns if row[i] is not None), None) for row in found]
            if others
            else [row[first] for row in found]
        )
        if places is None:
            return None
        order = sorted(range(len(found)), key=places.__getitem__, reverse=descending)
        found = [found[i] for i in order]
    return found


def _places(terms: Sequence[Term | None]) -> Sequence[Any] | None:
    """What orders the terms of a column, or None where they are not of kinds known here."""
    if set(map(type, terms)) == {ox.NamedNode}:
        return [term.value for term in terms]  # type: ignore[union-attr]
    places = [_place(term) for term in terms]
    kinds = {kind for kind, _ in places} - {_UNBOUND, _IRI}
    return None if len(kinds) > 1 or _OTHER in kinds else places


_UNBOUND, _IRI, _TEXT, _INTEGER, _DAY, _OTHER = range(6)


def _place(term: Term | None) -> tuple[int, str | int]:
    """Where a term stands among others: its kind, and what orders it among its kind."""
    if term is None:
        return _UNBOUND, ""
    if isinstance(term, ox.NamedNode):
        return _IRI, term.value
    if isinstance(term, ox.Literal):
        datatype, text = term.datatype.value, term.value
        if datatype == XSD + "string":
            return _TEXT, text
        if datatype == XSD + "integer" and text.removeprefix("-").isdigit() and text.isascii():
            return _INTEGER, int(text)
        # without a time zone, and of a year of four digits, days are in order as text
        if datatype == XSD + "date" and len(text) == 10 and not isinstance(to_python(term), str):
            return _DAY, text
    return _OTHER, ""


class Triples:
    """The triples of a CONSTRUCT or DESCRIBE, sorted, without repeats."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.triples = in_order({ox.Quad(t.subject, t.predicate, t.object) for t in triples})

    def __len__(self) -> int:
        return len(self.triples)

    def __iter__(self) -> Iterator[ox.Triple]:
        return (quad.triple for quad in self.triples)

    def __repr__(self) -> str:
        return self.to_text()

    def to_text(self, format: str = "turtle") -> str:
        """The triples in one of :data:`GRAPH_FORMATS`."""
        return serialise(self.triples, format).decode()


def in_order(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """The quads by graph, subject, predicate (``rdf:type`` first) and object."""
    rdf_type = PREFIXES["rdf"] + "type"

    def key(quad: ox.Quad) -> tuple[str, str, bool, str, str]:
        predicate = quad.predicate.value
        return (
            str(quad.graph_name),
            str(quad.subject),
            predicate != rdf_type,
            predicate,
            str(quad.object),
        )

    return sorted(quads, key=key)


def serialise(quads: Sequence[ox.Quad], format: str) -> bytes:
    """The quads as a document in one of :data:`GRAPH_FORMATS`, in the order given.

    Formats that hold one graph lose the graph names. Only prefixes that occur are declared.
    """
    rdf_format = format_of(format)
    items: Iterable[Any] = (
        quads if rdf_format.supports_datasets else (quad.triple for quad in quads)
    )
    return ox.serialize(items, format=rdf_format, prefixes=_used_prefixes(quads)) or b""


def format_of(name: str) -> ox.RdfFormat:
    """The engine's format of that name; raises InputError for a name that is none."""
    if name not in GRAPH_FORMATS:
        raise InputError(
            f"a graph cannot be written as {name!r}; choose one of {', '.join(GRAPH_FORMATS)}"
        )
    return GRAPH_FORMATS[name]


def _used_prefixes(quads: Iterable[ox.Quad]) -> dict[str, str]:
    iris: set[str] = set()
    for quad in quads:
        iris.update(
            node.value
            for node in (quad.graph_name, quad.subject, quad.predicate, quad.object)
            if isinstance(node, ox.NamedNode)
        )
        if isinstance(quad.object, ox.Literal):
            iris.add(quad.object.datatype.value)
    used = set(map(prefix_of, iris))
    return {name: iri for name, iri in PREFIXES.items() if name in used}


def table(header: Sequence[str], lines: Sequence[Sequence[str]], width: int = 0) -> str:
    """Columns for a terminal, two spaces apart; the widest wrapped to fit ``width``."""
    lines = [[printable(cell) for cell in line] for line in lines]
    columns = list(zip(header, *lines, strict=True)) if header else []
    widths = [max(len(part) for cell in column for part in cell.split("\n")) for column in columns]
    while width and sum(widths) + 2 * len(widths) - 2 > width and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    rule = ["─" * w for w in widths]
    out = [*_wrapped(header, widths), "  ".join(rule)]
    for line in lines:
        out += _wrapped(line, widths)
    return "\n".join(out)


def _wrapped(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    if all(
        len(cell) <= width and "\n" not in cell for cell, width in zip(cells, widths, strict=True)
    ):
        parts = [[cell] for cell in cells]
    else:
        import textwrap

        parts = [
            [piece for part in cell.split("\n") for piece in textwrap.wrap(part, width) or [""]]
            for cell, width in zip(cells, widths, strict=True)
        ]
    height = max(map(len, parts), default=1)
    rows = ([part[i] if i < len(part) else "" for part in parts] for i in range(height))
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _markdown(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    def row(cells: Sequence[str]) -> str:
        return "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |"

    return "\n".join([row(header), row(["---"] * len(header)), *map(row, lines)]) + "\n"


# Controls and direction overrides in a source's text must not act on the reader's terminal.
_UNPRINTABLE = r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"


def printable(text: str) -> str:
    """The text with what would act on a terminal replaced by spaces."""
    return text if text.isprintable() else re.sub(_UNPRINTABLE, " ", text)


def _cell(term: Term | None) -> str:
    if isinstance(term, ox.NamedNode):
        return compact(term.value)
    return "" if term is None else printable(_csv_cell(term))


def _csv_cell(term: Term) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def _json_term(term: Term) -> dict[str, Any]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
        return {"type": "triple", "value": {k: _json_term(v) for k, v in parts.items()}}
    out = {"type": "literal", "value": term.value}
    if term.language:
        return {**out, "xml:lang": term.language}
    plain = term.datatype.value == XSD + "string"
    return out if plain else {**out, "datatype": term.datatype.value}
