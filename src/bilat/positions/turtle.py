"""Places in Turtle and TriG.

What a file states is for the engine to say, here as everywhere. The text is cut into its
statements, the engine reads them, and the grammar only tells where in a statement the triples
stand that the engine found there: the two give the same triples in the same order.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from bilat.files import naming
from bilat.findings import node_of, text_of
from bilat.positions.text import Span, Spans, Stated

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    Parsed = Tree[Token]

#: Statements that are given to the engine at a time.
_TOGETHER = 256

_BLANK = re.compile(rb"(?:\s|\#[^\n\r]*)*+")

# a statement ends at a dot or a brace that is in no name, number, string, IRI or comment
_STATEMENT = re.compile(
    rb"""
    (?> \s++ | \#[^\n\r]*+
      | <[^<>"{}|^`\s]*+>
      | \"{3} [^"\\]*+ (?:(?: \\. | "(?!"") ) [^"\\]*+ )*+ \"{3}
      | '{3}  [^'\\]*+ (?:(?: \\. | '(?!'') ) [^'\\]*+ )*+ '{3}
      | "(?!"") [^"\\\n\r]*+ (?: \\. [^"\\\n\r]*+ )*+ "
      | '(?!'') [^'\\\n\r]*+ (?: \\. [^'\\\n\r]*+ )*+ '
      | @(?!prefix|base)[a-zA-Z]++(?:-[a-zA-Z0-9]++)*+
      | [+-]?(?: (?: [0-9]++\.?[0-9]*+ | \.[0-9]++ )[eE][+-]?[0-9]++ | [0-9]*+\.[0-9]++ | [0-9]++ )
      | [\[\](),;^]
      | (?: [^\s<>"'\#.{}\[\](),;^\\+] | \\. ) (?: [^\s<>"'\#.{}\[\](),;^\\] | \\.
          | \.++ (?= [^\s<>"'\#.{}\[\](),;^] ) )*+
    )*+
    (?P<end> [.{}] | \Z )
    """,
    re.VERBOSE | re.DOTALL,
)

_MAYBE_BLANK = re.compile(rb"_:|[\[(]")

_DIRECTIVE = re.compile(
    rb"(?i:prefix)(?:\s|\#[^\n\r]*)++[^\s:<>]*+:(?:\s|\#[^\n\r]*)*+<[^>]*+>"
    rb"|(?i:base)(?:\s|\#[^\n\r]*)*+<[^>]*+>"
)


class _Part(NamedTuple):
    """Statements that follow each other in one graph, and what the file says to all of them."""

    directives: bytes
    graph: bytes | None
    statements: list[tuple[int, int]]

    def text(self, data: bytes) -> bytes:
        """The part as a document of its own."""
        body = b"\n.\n".join(data[start:end] for start, end in self.statements)
        if self.graph is None:
            return self.directives + body + b"\n."
        return self.directives + self.graph + b"{" + body + b"\n}"

    def alone(self, data: bytes, start: int, end: int) -> bytes:
        """One statement of it as a document of its own; the graph does not matter then."""
        return self.directives + data[start:end] + b"\n."


#: The number of a triple in its part, and its terms.
_Numbered = tuple[int, str, str, str]


class TurtleText:
    """A file in Turtle or TriG, whose bytes the engine has read without complaint."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def find(self, subjects: Collection[str], objects: Collection[str]) -> Iterator[Stated]:
        """What the file states with one of the subjects, or of the objects, in order."""
        try:
            yield from list(self._in_parts(subjects, objects))
        except SyntaxError:  # the text is cut where it should not be: say what, but not where
            named = naming(self.data)
            for quad in _quads(self.data):
                subject, object = text_of(named(quad.subject)), text_of(named(quad.object))
                named(quad.graph_name)
                if subject in subjects or object in objects:
                    yield Stated(subject, quad.predicate.value, object, None)

    def _in_parts(self, subjects: Collection[str], objects: Collection[str]) -> Iterator[Stated]:
        named = naming(self.data)
        nodes = {node_of(subject) for subject in subjects}
        values = {node_of(object) for object in objects}
        for part in _parts(self.data):
            text = part.text(self.data)
            found = []
            has_blank = _MAYBE_BLANK.search(text) is not None
            for number, quad in enumerate(_quads(text)):
                subject, object = quad.subject, quad.object
                if has_blank:
                    subject, object = named(subject), named(object)
                    named(quad.graph_name)
                if subject in nodes or (values and object in values):
                    terms = text_of(subject), quad.predicate.value, text_of(object)
                    found.append((number, *terms))
            if found:
                yield from self._numbered(part, found)

    def _numbered(self, part: _Part, found: list[_Numbered]) -> Iterator[Stated]:
        rest = iter(found)
        number, subject, predicate, object = next(rest)
        before = 0
        for start, end in part.statements:
            after = before + sum(1 for _ in _quads(part.alone(self.data, start, end)))
            while number < after:
                yield Stated(subject, predicate, object, (start, end, number - before))
                following = next(rest, None)
                if following is None:
                    return
                number, subject, predicate, object = following
            before = after

    def spans(self, where: tuple[int, int, int] | None) -> Spans | None:
        """Where the terms of a triple stand that :meth:`find` gave."""
        if where is None:
            return None
        start, end, number = where
        text, found = _statement(self.data[start:end])
        if len(found) <= number:  # the grammar does not know the statement: where it begins
            return Spans(*[Span(start, start + 1)] * 3)

        def in_file(characters: int) -> int:
            return start + len(text[:characters].encode())

        return Spans(*(Span(*map(in_file, span)) for span in found[number]))


def _quads(document: bytes) -> Iterator[ox.Quad]:
    return iter(ox.parse(document, format=ox.RdfFormat.TRIG))


def _parts(data: bytes) -> Iterator[_Part]:
    """The statements of a file in parts."""
    directives, graph = b"", None
    statements: list[tuple[int, int]] = []
    for kind, start, end in _cut(data):
        if kind == "statement":
            statements.append((start, end))
        # an anonymous graph would be another one in each part
        enough = len(statements) >= _TOGETHER and b"[" not in (graph or b"")
        if statements and (enough or kind != "statement"):
            yield _Part(directives, graph, statements)
            statements = []
        if kind == "directive":
            directives += data[start:end] + b"\n"
        elif kind == "{":
            graph = data[start:end]
        elif kind == "}":
            graph = None
    if statements:
        yield _Part(directives, graph, statements)


def _cut(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Directives, statements, and the braces around a graph (the first with the graph's name)."""
    position, in_graph = 0, False
    while (position := _after_blank(data, position)) < len(data):
        directive = None if in_graph else _DIRECTIVE.match(data, position)
        if directive:
            yield "directive", position, directive.end()
            position = directive.end()
            continue
        match = _STATEMENT.match(data, position)
        if match is None:
            yield "statement", position, len(data)
            return
        end, stop = match.start("end"), match["end"].decode()
        if stop == "{":
            yield "{", position, end
        elif data.startswith((b"@prefix", b"@base"), position):
            yield "directive", position, match.end()
        elif end > position:
            yield "statement", position, end
        in_graph = stop == "{" or (in_graph and stop != "}")
        if stop == "}":
            yield "}", end, end + 1
        position = match.end()


def statement_at(data: bytes, offset: int) -> tuple[int, bool]:
    """Where the statement begins that has the byte in it, and whether that is in a graph's braces.

    For a file that cannot be read: what comes before the byte is sound.
    """
    position, in_graph = 0, False
    for kind, start, end in _cut(data[:offset]):
        if kind in "{}":
            in_graph = kind == "{"
            position = end + 1 if in_graph else end
        else:
            position = start
    return position, in_graph


def _after_blank(data: bytes, position: int) -> int:
    match = _BLANK.match(data, position)
    return match.end() if match else position


@lru_cache(maxsize=1)
def grammar() -> Lark:
    """The parser of Turtle and TriG: of a document, of a graph's inside, or of one statement."""
    return Lark(
        Path(__file__).with_name("turtle.lark").read_text(encoding="utf-8"),
        parser="lalr",
        start=["document", "members", "triples"],
        keep_all_tokens=True,
    )


# ---- the triples of a statement, in the order in which the engine finds them


@lru_cache(maxsize=64)
def _statement(statement: bytes) -> tuple[str, list[Spans]]:
    """Its text, and where in that, in characters, the terms of each of its triples stand.

    There are none where the grammar does not know it.
    """
    text = statement.decode()
    try:
        tree = grammar().parse(text, start="triples")
    except UnexpectedInput:
        return text, []
    found = sorted(_triples(tree, text), key=lambda item: item[0])
    return text, [spans for _, spans in found]


#: The engine knows a triple when it has read some token. Where it learns several from one token,
#: it gives that of a string which it did not know to be whole last, and the triple of the token
#: itself before the link to the cell of a list that holds it.
_STRING, _LINK, _TERM = 0, -1, -2

_Found = tuple[tuple[int, int], Spans]


def _triples(tree: Parsed, text: str) -> Iterator[_Found]:
    first = _child(tree, 0)
    here = _span(first)
    todo: list[tuple[Span, Span, Parsed]] = []
    if first.data == "subject":
        inner = _child(first, 0)
        if inner.data == "list":
            yield from _list(inner, todo)
        todo += _properties(_child(tree, 1), here)
    else:
        todo += _properties(_child(first, 1), here)
        if len(tree.children) > 1:
            todo += _properties(_child(tree, 1), here)
    while todo:
        subject, predicate, object = todo.pop()
        spans = Spans(subject, predicate, _span(object))
        if object.data == "list" and len(object.children) > 2:
            yield (_span(_child(object, 1)).start, _LINK), spans
            yield from _list(object, todo)
            continue
        if object.data == "node":
            todo += _properties(_child(object, 1), spans.object)
        yield _known(object, text), spans


def _properties(tree: Parsed, subject: Span) -> Iterator[tuple[Span, Span, Parsed]]:
    predicate = subject
    for part in tree.children:
        if isinstance(part, Token):
            continue
        if part.data == "verb":
            token = _token(part)
            predicate = Span(_start(token), _end(token))
        else:
            for object in part.children:
                if isinstance(object, Tree):
                    yield subject, predicate, object


def _list(tree: Parsed, todo: list[tuple[Span, Span, Parsed]]) -> Iterator[_Found]:
    """The links between the cells of a list; what each cell holds is left to do."""
    items = [child for child in tree.children if isinstance(child, Tree)]
    for item in items:
        todo.append((_span(item), _span(item), item))
    for item, following in pairwise(items):
        here = _span(item)
        yield (_span(following).start, _LINK), Spans(here, here, _span(following))
    if items:
        last, close = _span(items[-1]), _last(tree)
        end = Span(_start(close), _end(close))
        yield (end.start, _LINK), Spans(last, last, end)


def _known(object: Parsed, text: str) -> tuple[int, int]:
    """When the engine knows the object to be whole: at which character, and in what turn."""
    token = _last(object)
    if token.type != "STRING":
        return _start(token), _TERM
    # a language or a type may follow
    after = re.compile(r"(?:\s|\#[^\n\r]*)*+").match(text, _end(token))
    return (after.end() if after else _end(token)), _STRING


def _span(tree: Parsed) -> Span:
    """The term; of a node or a list in brackets the bracket."""
    first = _token(tree)
    whole = tree.data == "literal" or (tree.data == "subject" and first.value not in "[(")
    return Span(_start(first), _end(_last(tree) if whole else first))


def _child(tree: Parsed, number: int) -> Parsed:
    child = tree.children[number]
    assert isinstance(child, Tree)
    return child


def _token(tree: Parsed) -> Token:
    node: Parsed | Token = tree
    while isinstance(node, Tree):
        node = node.children[0]
    return node


def _last(tree: Parsed) -> Token:
    node: Parsed | Token = tree
    while isinstance(node, Tree):
        node = node.children[-1]
    return node


def _start(token: Token) -> int:
    assert token.start_pos is not None
    return token.start_pos


def _end(token: Token) -> int:
    assert token.end_pos is not None
    return token.end_pos
