"""From files to a store: read, derive, write, and only then take the old store's place."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
from contextlib import contextmanager
from pathlib import Path
from traceback import clear_frames
from typing import IO, TYPE_CHECKING

import pyoxigraph as ox

from bilat.errors import InputError, StoreError
from bilat.files import read_rdf, replace_file
from bilat.namespaces import DERIVED_GRAPH
from bilat.store import MANIFEST, is_built_from, read_manifest
from bilat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bilat.inputs import Inputs

    Progress = Callable[[str, int, int], None]


def derive(engine: ox.Store, rules: Iterable[Path]) -> list[ox.Quad]:
    """What the rules give over the default graph, as quads of the derived graph, sorted.

    No rule sees what another derives, so their order does not matter.
    """
    graph = ox.NamedNode(DERIVED_GRAPH)
    derived: set[ox.Quad] = set()
    for path in rules:
        try:
            result = engine.query(path.read_text(encoding="utf-8"))
        except SyntaxError as error:
            raise InputError(f"{path}: not a SPARQL CONSTRUCT: {error.msg}") from None
        if not isinstance(result, ox.QueryTriples):
            raise InputError(f"{path}: a rule must be a CONSTRUCT")
        derived.update(ox.Quad(t.subject, t.predicate, t.object, graph) for t in result)
    return sorted(derived, key=str)


def fill(engine: ox.Store, inputs: Inputs, progress: Progress) -> str:
    """Load everything and derive; gives the sha256 over the files' bytes.

    Each triple goes into its graph and, once, into the default graph.
    """
    files = [(Path(path), graph) for path, graph in inputs.files()]
    rules = [Path(path) for path in inputs.rules()]

    def quads() -> Iterator[ox.Quad]:
        for number, (path, graph) in enumerate(files, 1):
            progress(path.name, number, len(files))
            yield from _in_graph(_not_derived(path, read_rdf(path)), graph)

    # one bulk load makes few tables, and a store of few tables opens fast
    engine.bulk_extend(_with_default(quads()))
    progress("deriving", len(files), len(files))
    engine.bulk_extend(_with_default(derive(engine, rules)))
    digest = hashlib.sha256()
    for path in [*(path for path, _ in files), *rules]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _not_derived(path: Path, quads: list[ox.Quad]) -> list[ox.Quad]:
    if any(q.graph_name == ox.NamedNode(DERIVED_GRAPH) for q in quads):
        raise InputError(f"{path}: puts facts into {DERIVED_GRAPH}, which is for the rules alone")
    return quads


def _in_graph(quads: Iterable[ox.Quad], graph: str) -> Iterator[ox.Quad]:
    """The quads, with those of the default graph put into the graph named."""
    name = ox.NamedNode(graph)
    for q in quads:
        bare = isinstance(q.graph_name, ox.DefaultGraph)
        yield ox.Quad(q.subject, q.predicate, q.object, name) if bare else q


def _with_default(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    for q in quads:
        yield q
        yield ox.Quad(q.subject, q.predicate, q.object)


def build(
    inputs: Inputs,
    directory: Path,
    progress: Progress = lambda *_: None,
    *,
    only_if_stale: bool = False,
) -> None:
    """Build a store from the inputs and put it in the place of the directory's old one.

    The new store is written beside the old one; replacing one small file then makes it the store,
    so a build that fails or is killed at any moment leaves the old one as it was. ``only_if_stale``
    waits for another build here to end and takes its store where that is what was wanted. Raises
    InputError for a bad file, StoreError for a place that cannot be written, that holds something
    else, or where another build runs.
    """
    stamp = inputs.stamp()
    with _only_builder(directory, wait=only_if_stale):
        if only_if_stale and is_built_from(str(directory), stamp):
            return
        old = _current(directory)
        new = directory / f"store-{int(old.name.partition('-')[2]) + 1 if old else 1}"
        shutil.rmtree(new, ignore_errors=True)
        try:
            sha256 = _write(new, inputs, progress)
            manifest = {
                "store": new.name,
                "inputs": stamp,
                "data": inputs.data or "",
                "sha256": sha256,
                "version": __version__,
            }
            replace_file(directory / MANIFEST, json.dumps(manifest).encode())
        except BaseException as error:
            # an engine held by a frame of the traceback would go on writing in the background
            clear_frames(error.__traceback__)
            shutil.rmtree(new, ignore_errors=True)
            if isinstance(error, OSError):
                raise StoreError(
                    f"{directory}: the store cannot be written ({error}); the old one is untouched"
                ) from None
            raise
        # the store before this one stays for those who are still reading it
        for folder in directory.glob("store-*"):
            if folder not in (old, new) and re.fullmatch(r"store-\d+", folder.name):
                shutil.rmtree(folder, ignore_errors=True)


def _write(directory: Path, inputs: Inputs, progress: Progress) -> str:
    engine = ox.Store(str(directory))
    sha256 = fill(engine, inputs, progress)
    engine.optimize()
    engine.flush()
    return sha256


def _current(directory: Path) -> Path | None:
    try:
        return directory / read_manifest(str(directory / MANIFEST))["store"]
    except StoreError:
        return None


@contextmanager
def _only_builder(directory: Path, wait: bool) -> Iterator[None]:
    lock = _lock_file(directory)
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise StoreError(f"{directory}: another build is running here; wait for it") from None
        yield


def _lock_file(directory: Path) -> IO[str]:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / "build.lock"
        # asked in this order, another build that begins meanwhile is seen by its lock
        empty = not any(directory.iterdir())
        if empty or path.exists() or (directory / MANIFEST).exists():
            return open(path, "w")
    except OSError as error:
        raise StoreError(
            f"{directory}: cannot be written ({error.strerror}); name another with --store DIR"
        ) from None
    what = "another program's store" if (directory / "CURRENT").exists() else "other files"
    raise StoreError(f"{directory}: holds {what}; name another directory, or an empty one")
