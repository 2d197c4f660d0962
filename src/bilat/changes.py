"""What a store was made from, file by file, and what has changed since.

In the folder of a store, ``inputs.json`` has for each file the graph of its bare triples, size,
time of change, sha256 and the graphs that it states facts in; and ``changes.json`` says what the
store holds that the one before it did not, and the reverse::

    {"previous": "store-6",          the folder before, null where nothing is known of it
     "graphs": ["https://…/graph/x"], the named graphs whose facts changed, null for all
     "subjects": ["https://…"]}       IRIs with stated triples added or removed, null for all

Both lists are sorted. What the rules derive is not in them.
"""

from __future__ import annotations

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox

from bilat.files import read_quads
from bilat.loading import digest, in_graph
from bilat.namespaces import ONTOLOGY_GRAPH, REFERENCE_GRAPH
from bilat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilat.inputs import Inputs
    from bilat.loading import Loaded

INPUTS, CHANGES = "inputs.json", "changes.json"

#: Where more than this part of the bytes changed, building anew is the faster way.
MOST_CHANGED = 0.3


class File(NamedTuple):
    """A file that a store was made from."""

    graph: str
    size: int
    mtime: int
    sha256: str
    graphs: list[str]


class Record(NamedTuple):
    """All files and rules that a store was made from."""

    version: str
    files: dict[str, File]
    rules: dict[str, str]

    def sha256(self) -> str:
        """One digest for the bytes of all, in their order."""
        parts = [file.sha256 for file in self.files.values()] + list(self.rules.values())
        return sha256("\n".join(parts).encode()).hexdigest()


class Change(NamedTuple):
    """What changed in the stated facts, and the record after it."""

    record: Record
    added: set[ox.Quad]
    removed: set[ox.Quad]


def record(inputs: Inputs, loaded: Loaded) -> Record:
    """The record of a store that was loaded from the inputs."""
    files = {}
    for path, graph in inputs.files():
        stat = os.stat(path)
        files[path] = File(
            graph, stat.st_size, stat.st_mtime_ns, loaded.sha256[path], loaded.graphs[path]
        )
    return Record(__version__, files, _rules(inputs))


def _rules(inputs: Inputs) -> dict[str, str]:
    return {path: digest(Path(path)) for path in inputs.rules()}


def save(folder: Path, made_from: Record, previous: str | None, change: Change | None) -> None:
    """Write both files into the folder of a store; without a change, all of it is new."""
    (folder / INPUTS).write_text(json.dumps(made_from._asdict()), encoding="utf-8")
    quads = change.added | change.removed if change else set()
    told = {
        "previous": previous,
        "graphs": sorted({_iri(q.graph_name) for q in quads}) if change else None,
        "subjects": sorted({_iri(q.subject) for q in quads}) if change else None,
    }
    (folder / CHANGES).write_text(json.dumps(told, indent=0), encoding="utf-8")


def _iri(node: Any) -> str:
    return str(node.value)


def read(folder: Path) -> Record | None:
    """The record of the store in the folder; None where there is none that can be understood."""
    try:
        found = json.loads((folder / INPUTS).read_text(encoding="utf-8"))
        files = {path: File(*values) for path, values in found["files"].items()}
        return Record(found["version"], files, dict(found["rules"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def since(before: Record, engine: ox.Store, inputs: Inputs) -> Change | None:
    """What changed in the inputs since the store that the engine holds was made.

    None where all is to be built anew: nothing changed, which asks for a fresh store; ontology,
    reference data, rules or the program did, or much of the data, or a file that shares a graph
    with another. Raises InputError.
    """
    if before.version != __version__ or before.rules != _rules(inputs):
        return None
    files = {path: _now(path, graph, before.files.get(path)) for path, graph in inputs.files()}
    old = {path: file for path, file in before.files.items() if _differs(file, files.get(path))}
    new = {path: file for path, file in files.items() if _differs(file, before.files.get(path))}
    changed = [*old.values(), *new.values()]
    if not changed or any(file.graph in (ONTOLOGY_GRAPH, REFERENCE_GRAPH) for file in changed):
        return None
    if sum(f.size for f in changed) > MOST_CHANGED * sum(f.size for f in files.values()):
        return None
    stated: set[ox.Quad] = set()
    for path, file in new.items():
        quads = set(in_graph(Path(path), read_quads(Path(path)), file.graph))
        files[path] = file._replace(graphs=sorted({_iri(q.graph_name) for q in quads}))
        stated |= quads
    touched = {g for path in old for g in old[path].graphs}
    touched |= {g for path in new for g in files[path].graphs}
    if _are_shared(
        touched, [before.files[path].graphs for path in before.files if path not in old]
    ):
        return None
    if _are_shared(touched, [file.graphs for path, file in files.items() if path not in new]):
        return None
    if sum(len(files[path].graphs) for path in new) > len(
        {g for path in new for g in files[path].graphs}
    ):
        return None
    known = {q for g in touched for q in engine.quads_for_pattern(None, None, None, _node(g))}
    return Change(Record(__version__, files, before.rules), stated - known, known - stated)


def _now(path: str, graph: str, before: File | None) -> File:
    stat = os.stat(path)
    if before and (before.size, before.mtime) == (stat.st_size, stat.st_mtime_ns):
        return before._replace(graph=graph)
    graphs = before.graphs if before else []
    return File(graph, stat.st_size, stat.st_mtime_ns, digest(Path(path)), graphs)


def _differs(file: File, other: File | None) -> bool:
    return other is None or (file.sha256, file.graph) != (other.sha256, other.graph)


def _are_shared(graphs: set[str], others: Iterable[list[str]]) -> bool:
    return any(graphs.intersection(other) for other in others)


def _node(iri: str) -> ox.NamedNode:
    return ox.NamedNode(iri)


def clone(old: Path, new: Path) -> None:
    """A copy of a closed store; what never changes in it is not copied but linked to."""
    new.mkdir()
    for path in old.iterdir():
        if path.suffix == ".sst":
            try:
                os.link(path, new / path.name)
                continue
            except OSError:
                pass  # a file system without links
        if path.name != "LOCK" and path.suffix not in (".parquet", ".json"):
            shutil.copy2(path, new / path.name)


def apply(
    engine: ox.Store,
    change: Change,
    lost: Iterable[ox.Triple] = (),
    come: Iterable[ox.Triple] = (),
    graph: str = "",
) -> None:
    """Bring the change into the store, or into its one graph what is lost and what comes.

    A triple leaves the default graph where no named graph has it any more.
    """
    removed, added = change.removed, change.added
    if graph:
        removed = {_quad(triple, graph) for triple in lost}
        added = {_quad(triple, graph) for triple in come}
    _remove(engine, removed)
    engine.extend([*added, *(ox.Quad(q.subject, q.predicate, q.object) for q in added)])
    bare = [ox.Quad(q.subject, q.predicate, q.object) for q in removed]
    _remove(engine, [q for q in bare if not _is_stated(engine, q)])
    for name in {q.graph_name for q in removed}:
        if next(engine.quads_for_pattern(None, None, None, name), None) is None:
            engine.remove_graph(name)


def _quad(triple: ox.Triple, graph: str) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object, _node(graph))


def _is_stated(engine: ox.Store, bare: ox.Quad) -> bool:
    found = engine.quads_for_pattern(bare.subject, bare.predicate, bare.object, None)
    return any(quad.graph_name != bare.graph_name for quad in found)


def _remove(engine: ox.Store, quads: Iterable[ox.Quad]) -> None:
    lines = []
    for q in quads:
        bare = isinstance(q.graph_name, ox.DefaultGraph)
        lines.append(f"{q.triple} ." if bare else f"GRAPH {q.graph_name} {{ {q.triple} }}")
    if lines:
        engine.update("DELETE DATA {\n" + "\n".join(lines) + "\n}")
