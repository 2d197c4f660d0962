"""The commands that answer: questions, ask, sparql."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from bilat.cli.commands import add_places, formatter
from bilat.cli.terminal import FAILED, interruptible, open_graph, width, write
from bilat.errors import InputError
from bilat.results import ROW_FORMATS

if TYPE_CHECKING:
    from bilat.questions import Question


_ASK_USAGE = """usage: bilat ask NAME [--PARAMETER VALUE ...] [--format FORMAT]

Answer a question. `bilat questions` lists them; `bilat ask NAME --help` explains one.

example:
  bilat ask who-cooperates-with --country KZ --partner Serbia"""


def questions(options: argparse.Namespace) -> int:
    """List the questions."""
    import pyoxigraph as ox

    from bilat.results import Rows

    questions = open_graph(options).questions().values()
    cells = ((q.name, q.summary, " ".join(q.params)) for q in questions)
    rows = Rows(["name", "answers", "parameters"], [[ox.Literal(c) for c in row] for row in cells])
    write(rows.to_text(options.format, width=width()))
    return 0


def ask(options: argparse.Namespace) -> int:
    """Answer a question."""
    common = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    common.add_argument("name", nargs="?")
    add_places(common, argparse.SUPPRESS)
    _, rest = common.parse_known_args(options.rest, options)
    if options.name is None:
        print(_ASK_USAGE)
        return 0 if rest else FAILED
    kg = open_graph(options)
    given = vars(_question_parser(kg.question(options.name)).parse_args(rest))
    format = given.pop("format")
    values = {key: value for key, value in given.items() if value is not None}
    rows = interruptible(lambda: kg.ask(options.name, **values))
    write(rows.to_text(format, width=width()))
    return 0


def _question_parser(question: Question) -> argparse.ArgumentParser:
    from bilat.namespaces import compact

    parser = argparse.ArgumentParser(
        f"bilat ask {question.name}",
        description=f"{question.summary} {question.description}",
        formatter_class=formatter,
    )
    for name, param in question.params.items():
        example = compact(param.default.strip("<>"))
        parser.add_argument(
            f"--{name}", metavar=param.type.upper(), help=f"{param.label} (default: {example})"
        )
    parser.add_argument("--format", choices=ROW_FORMATS, default="table")
    return parser


def sparql(options: argparse.Namespace) -> int:
    """Run a SPARQL query."""
    from bilat.results import Rows

    kg = open_graph(options)
    text = _query_text(options.query)
    result = interruptible(lambda: kg.sparql(text))
    if isinstance(result, bool):
        write(_truth(result, options.format or "table"))
    elif isinstance(result, Rows):
        write(result.to_text(options.format or "table", width=width()))
    else:
        write(result.to_text(options.format or "turtle"))
    return 0


def _truth(value: bool, format: str) -> str:
    word = str(value).lower()
    if format == "json":
        return f'{{"head": {{}}, "boolean": {word}}}'
    if format == "turtle":
        return (
            "@prefix rs: <http://www.w3.org/2001/sw/DataAccess/tests/result-set#> .\n"
            f"[] a rs:ResultSet ; rs:boolean {word} ."
        )
    if format not in ROW_FORMATS:
        raise InputError(f"a truth value cannot be written as {format!r}; choose json or turtle")
    return word


def _query_text(given: str) -> str:
    """The query in a file of that name, on standard input for ``-``, or else the text given."""
    is_query = any(character in given for character in " \t\n{")
    if given != "-" and is_query and not os.path.isfile(given):
        return given
    try:
        with open(0 if given == "-" else given, encoding="utf-8-sig", closefd=given != "-") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise InputError(f"{given}: is not UTF-8 ({error.reason} at {error.start})") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{given}: neither a query nor a file that holds one ({error})") from None
