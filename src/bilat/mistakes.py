"""Where a query is wrong: the engine's parser tells only how far it has looked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from bilat.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable

# what may not be parted; how it is read otherwise is the engine's matter
_TOKEN = re.compile(
    r"""\#[^\r\n]* | <[^<>"{}|^`\\\s]*> | &&|\|\||\^\^|[<>!]=|<<\(?|\)?>>|\{\||\|\}
    | \"{3}(?:(?:"|"")?(?:[^"\\]|\\.))*\"{3} | '{3}(?:(?:'|'')?(?:[^'\\]|\\.))*'{3}
    | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*'
    | [?$]\w+ | [\w:%@?$\\-]+(?:\.[\w:%\\-]+)* | \S""",
    re.VERBOSE | re.DOTALL,
)

# more than the longest keyword, which the parser takes in one piece before it compares
_FAR = 40


# of what the parser says, what is said in words; the rest lists signs it could have gone on with
_IN_WORDS = r"Prefix not found|IRI parsing failed|The [A-Z][^,]*|[A-Z][a-z]+ [a-z]+ [^,]*"


def explained(sparql: str, message: str) -> str:
    """Line, column and what is wrong there, of a text that is no query."""
    start, token = place_of_mistake(sparql)
    line, column = line_and_column(sparql, start)
    words = re.search(_IN_WORDS, message)
    why = f"{token[:60]!r} cannot stand here" if token else "the query ends too early"
    if words:
        why = f"{token[:60]}: {words[0]}" if token else words[0]
    return f"line {line}, column {column}: {why}"


def place_of_mistake(sparql: str) -> tuple[int, str]:
    """Where the first token stands that no query can have there, and that token.

    At the end of the text, and empty, where the query could go on.
    """
    tokens = [match.span() for match in _TOKEN.finditer(sparql)]
    wrong = _first(len(tokens), lambda number: not _may_go_on(sparql[: tokens[number][1]]))
    if wrong == len(tokens):
        return len(sparql.rstrip()), ""
    start, end = tokens[wrong]
    return start, sparql[start:end]


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column of a place in a text, both from 1."""
    before = re.split(r"\r\n|\r|\n", text[:offset])
    return len(before), len(before[-1]) + 1


def _first(count: int, holds: Callable[[int], bool]) -> int:
    """The first number for which it holds, and for all after it; the count where there is none."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _may_go_on(beginning: str) -> bool:
    # the parser looks at what follows the spaces only if it could use something there
    text = beginning + "\n" + " " * _FAR
    try:
        ox.Store().query(text + "\0" * _FAR, prefixes=PREFIXES)
    except SyntaxError as error:
        place = re.match(r"error at (\d+):(\d+)", error.msg)
        lines = len(re.findall(r"\n", text)) + 1
        return place is not None and int(place[1]) == lines and int(place[2]) > _FAR
    return True
