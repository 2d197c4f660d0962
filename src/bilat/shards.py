"""A large graph in parts, each with its own focus nodes and all that the shapes see from them.

Every focus node belongs to one part. A part has the triples of its focus nodes and those that
:mod:`bilat.reach` says the shapes look at from there, whatever source they are from; so a focus
node has the same findings in its part as in the whole. The parts go through the engine's quick
pass, which only says which focus nodes fail; the findings are then asked for of those alone.
"""

from __future__ import annotations

import io
import os
import re
from concurrent.futures import ThreadPoolExecutor, as_completed
from mmap import MADV_DONTNEED, mmap
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import polars as pl

from bilat.namespaces import BASE, PREFIXES
from bilat.reach import SUBCLASS, TYPE, Reach, Step, Steps, Target, reach

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bilat.findings import Finding
    from bilat.loading import Progress

#: Triples of focus nodes in one part. Larger parts need more memory, which each thread has of its
#: own; smaller ones have more triples that other parts have too.
PART_SIZE = 25_000

#: A triple as pyoxigraph writes it.
_TRIPLE = r"^(<[^ ]+>|_:\S+) <[^ ]+> (<[^ ]+>|_:\S+|\".*\"\S*) \.$"
_CHUNK = 1 << 23

#: Where the line of a triple begins, how long it is, and its nodes.
_ROW = {"start": pl.UInt64, "length": pl.UInt32, "s": pl.UInt64, "p": pl.UInt64, "o": pl.UInt64}

_LABELS = (PREFIXES["rdfs"] + "label", PREFIXES["skos"] + "prefLabel")

T = TypeVar("T")

#: Steps as values, those that lead on alike put together.
_Tree = tuple[tuple[Step, "_Tree"], ...]


class Engine(Protocol):
    """What validates a graph in N-Triples by its shapes, or by those named."""

    def failing(self, data: bytes, shapes: Sequence[str] | None) -> list[str]:
        """The focus nodes that have findings, in N-Triples syntax."""

    def results(self, data: bytes, shapes: Sequence[str] | None) -> list[Finding]:
        """The findings, without labels."""


def validate_in_parts(
    data: bytes | mmap,
    shapes: bytes,
    engine: Engine,
    *,
    jobs: int | None = None,
    progress: Progress = lambda *_: None,
    size: int = PART_SIZE,
) -> tuple[set[Finding], bytes] | None:
    """The findings of the whole graph, without labels, and what is to be known to describe them.

    ``jobs`` is how many parts are validated at once, by default one for each processor. None where
    no shape can be run on parts, or where the N-Triples are not as pyoxigraph writes them.
    """
    progress("the graph is put into parts", 0, 0)
    graph = Graph(data)
    found = reach(shapes, graph.fan_in) if graph.canonical else None
    if found is None:
        return None
    everything = graph.text(graph.rows["row"]) if found.whole else b""
    results = set(engine.results(everything, found.whole)) if found.whole else set()
    results |= _in_parts(Shards(graph, found), found, engine, jobs, progress, size)
    return results, graph.about(results)


def _in_parts(
    shards: Shards, reach: Reach, engine: Engine, jobs: int | None, progress: Progress, size: int
) -> set[Finding]:
    names = reach.divisible if reach.whole else None
    jobs = jobs or os.cpu_count() or 1

    def failing(part: Part) -> pl.Series:
        nodes = hashed(engine.failing(shards.text(part), names))
        return nodes.filter(nodes.is_in(part.foci.implode()))

    def results(part: Part) -> list[Finding]:
        found = engine.results(shards.text(part), names)
        own = hashed(map(_term, (finding.focus for finding in found)))
        return [
            f for f, is_own in zip(found, own.is_in(part.foci.implode()), strict=True) if is_own
        ]

    parts = shards.parts(size)
    suspects = list(_each(failing, parts, jobs, "parts", progress))
    if not suspects:
        return set()
    parts = shards.parts(size, pl.concat(suspects).unique())
    found = _each(results, parts, jobs, "parts that have findings", progress)
    return {finding for of_part in found for finding in of_part}


def _each(
    work: Callable[[Part], T], parts: Sequence[Part], jobs: int, what: str, progress: Progress
) -> Iterator[T]:
    """What the work gives for each part; the engine lets other threads run meanwhile."""
    pool = ThreadPoolExecutor(jobs)
    progress(what, 0, len(parts))
    try:
        waiting = [pool.submit(work, part) for part in parts]
        for done, future in enumerate(as_completed(waiting), 1):
            progress(what, done, len(parts))
            yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _term(text: str) -> str:
    return text if text.startswith('"') else f"<{text}>"


class Graph:
    """The triples of a graph as a table: where its line of N-Triples is, and its three nodes.

    A node is the hash of its text. Were two the same, a part would have triples too many, which
    changes nothing. The text itself may be a file in memory, of which only parts are looked at.
    """

    def __init__(self, data: bytes | mmap) -> None:
        self._data = data
        #: Whether each line is a triple as pyoxigraph writes it.
        self.canonical = True
        self._blank = data.find(b"_:") >= 0
        tables, start = [], 0
        while start < len(data):  # the text of all lines at once would be as large as the graph
            end = data.find(b"\n", start + _CHUNK) + 1 or len(data)
            tables.append(self._table(start, data[start:end]))
            self._looked_at()
            start = end
        rows = pl.concat([pl.DataFrame(schema=_ROW), *tables])
        del tables
        self.rows = rows.unique(["s", "p", "o"], maintain_order=True).with_row_index("row")

    def _table(self, start: int, text: bytes) -> pl.DataFrame:
        text += b"" if text.endswith(b"\n") else b"\n"
        lines = pl.read_csv(
            io.BytesIO(text),
            has_header=False,
            separator="\x00",
            quote_char=None,
            schema={"line": pl.String},
        ).fill_null("")
        line = pl.col("line")
        length = line.str.len_bytes()
        end = (length + 1).cast(pl.UInt64).cum_sum() + start
        lines = lines.with_columns((end - length - 1).alias("start"), length.alias("length"))
        # another kind of end of a line would leave some bytes uncounted
        self.canonical &= lines.select(end.last()).item() == start + len(text)
        lines = lines.filter(line != "")
        self.canonical &= bool(lines["line"].str.contains(_TRIPLE).all())
        terms = _without_blank_nodes(line) if self._blank else line
        terms = terms.str.strip_suffix(" .").str.splitn(" ", 3)
        nodes = [terms.struct.field(f"field_{n}").hash().alias(c) for n, c in enumerate("spo")]
        return lines.select("start", "length", *nodes)

    def where(self, column: str, nodes: pl.Series | Iterable[str]) -> pl.DataFrame:
        """The rows that have one of the nodes, or of the IRIs, in a column."""
        if not isinstance(nodes, pl.Series):
            nodes = hashed(f"<{iri}>" for iri in nodes)
        return self.rows.filter(pl.col(column).is_in(nodes.implode()))

    def lines(self, rows: pl.Series) -> list[bytes]:
        """The lines of the rows, as they are in the text."""
        own, data = self.rows.select("start", "length")[rows], self._data
        found = [data[start : start + length] for start, length in own.iter_rows()]
        self._looked_at()
        return found

    def _looked_at(self) -> None:
        """Let a file's text leave memory again."""
        if isinstance(self._data, mmap):
            self._data.madvise(MADV_DONTNEED)

    def names(self, rows: pl.Series) -> pl.Series:
        """The local names of the subjects of the rows."""
        texts = (line.partition(b"> ")[0].decode() for line in self.lines(rows))
        return pl.Series("name", texts, dtype=pl.String).str.extract("([^/#]*)$")

    def text(self, rows: pl.Series) -> bytes:
        """The lines of the rows, without blank nodes."""
        text = b"\n".join(self.lines(rows)) + b"\n"
        if not self._blank:
            return text
        named: str = pl.select(_without_blank_nodes(pl.lit(text.decode()))).item()
        return named.encode()

    def about(self, findings: Iterable[Finding]) -> bytes:
        """The triples of the focus nodes, and the labels of all nodes that findings speak of."""
        own = self.where("s", hashed({_term(finding.focus) for finding in findings}))
        named = {_term(finding.value) for finding in findings if finding.value}
        for finding in findings:
            iris = re.findall(r"[a-z][a-z0-9+.-]*:[^\s<>\"]*", finding.message)
            named |= {f"<{form}>" for iri in iris for form in (iri, iri.rstrip(",;.:)"))}
        labels = self.where("p", _LABELS)
        nodes = pl.concat([hashed(named), own["o"]])
        return self.text(pl.concat([own, labels.filter(pl.col("s").is_in(nodes.implode()))])["row"])

    def fan_in(self, predicates: frozenset[str] | None) -> float:
        """How many subjects a value has on average over triples with the predicates."""
        if predicates is None:
            return len(self.rows)
        values = self.where("p", predicates)["o"]
        return len(values) / max(values.n_unique(), 1)


def hashed(texts: Iterable[str]) -> pl.Series:
    """The nodes with these texts, in N-Triples syntax."""
    return pl.Series("node", list(texts), dtype=pl.String).hash()


def _without_blank_nodes(lines: pl.Expr) -> pl.Expr:
    named = f"<{BASE}.well-known/genid/${{1}}>"
    subjects = lines.str.replace_all(r"(?m)^_:(\S+)", named)
    return subjects.str.replace_all(r"(?m) _:(\S+) \.$", f" {named} .")


class Part(NamedTuple):
    """Some rows of a graph, and the nodes that are judged by them."""

    rows: pl.Series
    foci: pl.Series


class Shards:
    """A graph with what the shapes look at in it."""

    def __init__(self, graph: Graph, reach: Reach) -> None:
        self._graph = graph
        self._edges: dict[Step, pl.DataFrame] = {}
        self._foci = {target: self._targeted(target) for target in reach.steps}
        self._roots = _roots(reach.steps)
        self._hierarchy = graph.where("p", [SUBCLASS])["row"]

    def parts(self, size: int, foci: pl.Series | None = None) -> list[Part]:
        """All focus nodes, or those given, in parts of about so many triples of their own."""
        nodes = self._divided(size, foci)
        rows = pl.concat([self._own(nodes), *self._seen(nodes)]).unique().sort("part", "row")
        lengths = dict(rows.group_by("part").len().iter_rows())
        start, parts = 0, []
        for (number,), judged in nodes.group_by("part", maintain_order=True):
            length = lengths.get(number, 0)  # a focus node may be in no triple that counts
            seen = rows["row"][start : start + length]
            parts.append(Part(pl.concat([self._hierarchy, seen]), judged["node"]))
            start += length
        return parts

    def text(self, part: Part) -> bytes:
        """The part in N-Triples."""
        return self._graph.text(part.rows)

    def _targeted(self, target: Target) -> pl.Series:
        graph = self._graph
        if target.kind == "targetSubjectsOf":
            return graph.where("p", [target.iri])["s"].unique()
        if target.kind == "targetObjectsOf":
            return graph.where("p", [target.iri])["o"].unique()
        below = graph.where("p", [SUBCLASS])
        classes, new = pl.Series(dtype=pl.UInt64), hashed([f"<{target.iri}>"])
        while len(new):
            classes = pl.concat([classes, new])
            new = below.filter(pl.col("o").is_in(new.implode()))["s"].unique()
            new = new.filter(~new.is_in(classes.implode()))
        typed = graph.where("p", [TYPE])
        return typed.filter(pl.col("o").is_in(classes.implode()))["s"].unique()

    def _divided(self, size: int, foci: pl.Series | None) -> pl.DataFrame:
        """Focus nodes with their parts; those of one name, whatever their type, come together."""
        nodes = pl.concat(list(self._foci.values())).unique()
        if foci is not None:
            nodes = nodes.filter(nodes.is_in(foci.implode()))
        row, weight = pl.col("row").first(), pl.len().alias("weight")
        subjects = self._graph.where("s", nodes).group_by("s").agg(row, weight)
        subjects = subjects.with_columns(self._graph.names(subjects["row"]))
        order = pl.DataFrame({"node": nodes}).join(
            subjects, left_on="node", right_on="s", how="left"
        )
        part = (pl.col("weight").fill_null(1).cum_sum() - 1) // size
        return order.sort("name", "node").select("node", part.cast(pl.UInt32).alias("part"))

    def _own(self, nodes: pl.DataFrame) -> pl.DataFrame:
        own = self._graph.rows.select("s", "row").join(nodes, left_on="s", right_on="node")
        return own.select("row", "part")

    def _seen(self, nodes: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """The rows that each part needs beside those of its focus nodes."""
        for targets, step, tree in self._roots:
            foci = pl.concat([self._foci[target] for target in targets]).unique()
            start = nodes.filter(pl.col("node").is_in(foci.implode()))
            yield from self._followed(step, tree, start)

    def _followed(self, step: Step, tree: _Tree, start: pl.DataFrame) -> Iterator[pl.DataFrame]:
        seen, new = start, start
        while len(new):
            found = new.join(self._moves(step), on="node")
            yield found.select("row", "part")
            new = found.select(pl.col("to").alias("node"), "part").unique()
            if not step.repeated:
                seen = new
                break
            new = new.join(seen, on=["node", "part"], how="anti")
            seen = pl.concat([seen, new])
        for further, rest in tree:
            yield from self._followed(further, rest, seen)

    def _moves(self, step: Step) -> pl.DataFrame:
        """Where the step leads from each node, and by which row."""
        if step not in self._edges:
            start, end = ("o", "s") if step.inverse else ("s", "o")
            rows = self._graph.rows
            if step.predicates is not None:
                rows = self._graph.where("p", step.predicates)
            self._edges[step] = rows.select(
                pl.col(start).alias("node"), pl.col(end).alias("to"), "row"
            )
        return self._edges[step]


def _roots(steps: dict[Target, Steps]) -> list[tuple[tuple[Target, ...], Step, _Tree]]:
    """First steps and the targets from which they are made; what leads on alike is one step."""
    merged: dict[tuple[Step, _Tree], tuple[set[Target], set[str]]] = {}
    for target, tree in steps.items():
        if target.kind == "targetObjectsOf":
            tree = {Step(frozenset([target.iri]), inverse=True): {}, **tree}
        for step, rest in _grouped(tree):
            if (
                step.inverse or step.repeated or rest
            ):  # else it only looks at the node's own triples
                kind = step if step.predicates is None else step._replace(predicates=frozenset())
                targets, predicates = merged.setdefault((kind, rest), (set(), set()))
                targets.add(target)
                predicates |= step.predicates or set()
    return [
        (tuple(sorted(targets)), _with(step, predicates), rest)
        for (step, rest), (targets, predicates) in merged.items()
    ]


def _grouped(steps: Steps) -> _Tree:
    merged: dict[tuple[Step, _Tree], set[str]] = {}
    for step, rest in steps.items():
        kind = step if step.predicates is None else step._replace(predicates=frozenset())
        merged.setdefault((kind, _grouped(rest)), set()).update(step.predicates or ())
    return tuple(
        (_with(step, names), rest) for (step, rest), names in sorted(merged.items(), key=str)
    )


def _with(step: Step, predicates: set[str]) -> Step:
    return step if step.predicates is None else step._replace(predicates=frozenset(predicates))
