"""The graph of a source as blocks, quads and TriG in the form of the files in ``data/sources``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unicodedata import category

import pyoxigraph as ox

from bilat.namespaces import GRAPH, PREFIXES, compact
from bilat.rdf.naming import Term, clean, iri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilat.rdf.names import Naming

#: Where words stand in the text: from, to.
Span = tuple[int, int]
#: Predicates with their values, in the order of the file.
Facts = list[tuple[str, list[Term]]]


@dataclass(frozen=True)
class Block:
    """What is stated of one subject, in the order of the file; ``evidence`` is where it says so."""

    subject: ox.NamedNode
    facts: Facts
    evidence: tuple[Span, ...] = ()
    comment: str = ""


@dataclass(frozen=True)
class SourceGraph:
    """The graph of one source: blocks by section, and the names in it.

    ``remarks`` say what was left out, ``notes`` what else one may want to look at.
    """

    identifier: str
    sections: tuple[tuple[str, tuple[Block, ...]], ...]
    names: tuple[Naming, ...]
    remarks: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def blocks(self) -> Iterator[Block]:
        """All blocks in the order of the file."""
        for _, blocks in self.sections:
            yield from blocks

    def quads(self) -> list[ox.Quad]:
        """The graph's quads, in the order of the file."""
        graph = ox.NamedNode(GRAPH + self.identifier)
        return [
            ox.Quad(block.subject, iri(predicate), value, graph)
            for block in self.blocks()
            for predicate, values in block.facts
            for value in values
        ]

    def count(self, class_: str) -> int:
        """How many things of a class the graph describes."""
        wanted = iri(class_)
        return sum(
            wanted in values for b in self.blocks() for p, values in b.facts if p == "rdf:type"
        )

    def trig(self) -> str:
        """The graph as TriG, in the form of the files in ``data/sources``."""
        body = []
        for title, blocks in self.sections:
            if blocks:
                gap = "\n" if title == "Passages" else "\n\n"
                body += [f"# {title}", gap.join(map(_block_text, blocks))]
        text = f"graph:{self.identifier} {{\n\n" + "\n\n".join(body) + "\n\n}\n"
        used = set(re.findall(r"([a-z-]+):", re.sub(r'"(?:[^"\\]|\\.)*"|<[^>]*>|#.*', "", text)))
        head = (f"@prefix {name}: <{ns}> .\n" for name, ns in PREFIXES.items() if name in used)
        return "".join(head) + "\n" + text


def _block_text(block: Block) -> str:
    comment = f"# {clean(block.comment)}\n".replace('"', "'") if block.comment else ""
    (_, types), *rest = block.facts
    lines = [f"{_term_text(block.subject)} a {' , '.join(map(_term_text, types))}"]
    for predicate, values in rest:
        texts = [_term_text(value) for value in values]
        line = f"    {predicate} {' , '.join(texts)}"
        if len(texts) > 1 and len(line) > 120:
            line = f"    {predicate}\n        " + " ,\n        ".join(texts)
        lines.append(line)
    return comment + " ;\n".join(lines) + " ."


def _term_text(term: Term) -> str:
    if isinstance(term, ox.NamedNode):
        short = compact(term.value)
        local = short.partition(":")[2]
        plain = re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", local)
        return short if plain and short != term.value else f"<{term.value}>"
    kind = compact(term.datatype.value)
    if kind in ("xsd:integer", "xsd:decimal", "xsd:boolean"):
        return term.value
    text = f'"{_escaped(term.value)}"'
    if term.language:
        return f"{text}@{term.language}"
    return text if kind == "xsd:string" else f"{text}^^{kind}"


def _escaped(text: str) -> str:
    """The text for a literal; what cannot be seen, or turns the line round, as its number."""
    named = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}

    def written(c: str) -> str:
        if c in named:
            return named[c]
        if category(c) in ("Cc", "Cf", "Co", "Cn", "Zl", "Zp"):
            return f"\\u{ord(c):04X}" if ord(c) < 0x10000 else f"\\U{ord(c):08X}"
        return c

    return "".join(map(written, text))
