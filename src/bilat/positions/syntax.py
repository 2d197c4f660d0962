"""What a file that cannot be read should have had where its reader stopped."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lark.exceptions import UnexpectedInput

from bilat.findings import Finding, Place
from bilat.namespaces import PREFIXES
from bilat.positions.jsonld import fault
from bilat.positions.lines import TERM
from bilat.positions.text import Lines, Span
from bilat.positions.turtle import grammar, statement_at

if TYPE_CHECKING:
    from collections.abc import Set

    from bilat.errors import UnreadableError

#: What a finding about a file has for a constraint: on what is in it, or on the file itself.
SYNTAX, FILE = "syntax", "file"


def unreadable(error: UnreadableError) -> Finding:
    """The error as a finding, with its line and what was expected there."""
    data = _bytes(error.file)
    lines = Lines(error.file, data)
    suffix = Path(error.file).suffix.lower()
    offset = _offset(data, error.line, error.column)
    if suffix in (".nt", ".nq") and error.column == 1 and "dot" in error.reason:
        offset -= 1  # the line that should have ended with it
    where = lines.place(Span(offset, offset)) if error.line else Place(error.file)
    if suffix == ".jsonld" and not error.line:
        where = lines.place(fault(data))
    is_text = error.line and not error.reason.startswith("the byte ")
    words = _EXPECTED.get(suffix) if is_text else None
    return Finding(
        severity="error",
        focus=error.file,
        focus_label=error.file,
        path=None,
        value=None,
        message=error.reason,
        shape="",
        component=SYNTAX if data else FILE,
        place=where,
        expected=words(data, offset, error.reason) if words else "",
    )


def _bytes(file: str) -> bytes:
    try:
        return Path(file).read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError:
        return b""


def _offset(data: bytes, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = data.find(b"\n", start) + 1
    text = data[start:].split(b"\n", 1)[0].decode(errors="replace")
    before = text[: max(column - 1, 0)]
    return min(start + len(before.encode()), len(data)) if "\ufffd" not in before else start


# ---- Turtle and TriG

_TERMINALS = {
    "IRIREF": "an IRI in <…>",
    "PNAME": "a prefixed name",
    "BLANK": "a blank node",
    "STRING": "a literal",
    "NUMBER": "a number",
    "BOOLEAN": "true or false",
    "LANGUAGE": "a language tag",
    "AT_PREFIX": "a directive",
    "$END": "the end of the file",
}


def _turtle(data: bytes, offset: int, reason: str, never: Set[str] = frozenset()) -> str:
    undeclared = re.match(r"The prefix (\S*): has not been declared", reason)
    if undeclared:
        iri = PREFIXES.get(undeclared[1], "…")
        return f"a declaration before it: @prefix {undeclared[1]}: <{iri}> ."
    if reason.startswith("Unexpected end") and data[offset : offset + 1] in (b'"', b"'"):
        return "the quotation mark that ends the text"
    start, in_graph = statement_at(data, offset)
    text = data[start:offset].decode(errors="replace")
    parser = grammar().parse_interactive(text, start="members" if in_graph else "document")
    with suppress(UnexpectedInput):
        parser.exhaust_lexer()
    accepted: Set[str] = parser.accepts()  # type: ignore[no-untyped-call]
    if in_graph:
        accepted = accepted - {"$END"} | {"RBRACE"}
    return _listed(accepted - never)


def _turtle_alone(data: bytes, offset: int, reason: str) -> str:
    return _turtle(data, offset, reason, {"LBRACE", "GRAPH"})


def _listed(terminals: Set[str]) -> str:
    signs = {t.name: t.pattern.value for t in grammar().terminals if len(t.pattern.value) == 1}
    named = [words for name, words in _TERMINALS.items() if name in terminals]
    named += sorted(f"“{sign}”" for name, sign in signs.items() if name in terminals)
    return " or ".join(filter(None, [", ".join(named[:-1]), *named[-1:]]))


# ---- the others

_LINE = (
    "an IRI in <…> or a blank node",
    "an IRI in <…>",
    "an IRI in <…>, a blank node or a literal",
)


def _line(data: bytes, offset: int, reason: str) -> str:
    start = data.rfind(b"\n", 0, offset) + 1
    terms = TERM.findall(data, start, offset)
    return _LINE[len(terms)] if len(terms) < len(_LINE) else "“.” at the end of the line"


_JSON = {
    "Expecting value": "a value",
    "Expecting property name enclosed in double quotes": "a name in quotation marks",
}


def _json(data: bytes, offset: int, reason: str) -> str:
    try:
        json.loads(data)
    except json.JSONDecodeError as error:
        sign = re.match(r"Expecting '(.)' delimiter", error.msg)
        return f"“{sign[1]}”" if sign else _JSON.get(error.msg, "")
    except (UnicodeDecodeError, RecursionError):
        return ""
    return ""


_EXPECTED = {".ttl": _turtle_alone, ".trig": _turtle, ".nt": _line, ".nq": _line, ".jsonld": _json}
