"""From files to a store: read, derive, write, and only then take the old store's place.

Where but a few files changed since the old store was made, the new one begins as a copy of it that
shares its tables, and only what depends on the change is read and derived again, with the same
result as a build of everything. What a store holds beside the engine's files is told in
:mod:`bilat.changes`, :mod:`bilat.derived` and :mod:`bilat.edges`.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from traceback import clear_frames
from typing import IO, TYPE_CHECKING

import pyoxigraph as ox

from bilat.changes import Change, apply, clone, record, since
from bilat.changes import read as read_record
from bilat.changes import save as save_record
from bilat.derived import DERIVED, derive, nquads
from bilat.derived import save as save_derived
from bilat.derived import update as update_derived
from bilat.edges import EDGES, QUERIES, rows
from bilat.edges import update as update_edges
from bilat.edges import write as write_edges
from bilat.errors import BilatError, StoreError
from bilat.files import replace_file
from bilat.loading import bulk_load, load
from bilat.namespaces import DERIVED_GRAPH
from bilat.rules import excerpt, selector
from bilat.rules import read as read_rule
from bilat.store import MANIFEST, is_built_from, read_manifest
from bilat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilat.inputs import Inputs
    from bilat.loading import Progress
    from bilat.rules import Focused, Rule

#: What a change moves a store by: the old store's folder, its engine and what changed.
Step = tuple[Path, ox.Store, Change]


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
            sha256 = _write(new, old, inputs, progress)
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


def _write(new: Path, old: Path | None, inputs: Inputs, progress: Progress) -> str:
    """Write the new store; gives the sha256 of its record."""
    rules = [read_rule(Path(path)) for path in inputs.rules()]
    try:
        if old and (sha256 := _update_if_few(new, old, inputs, rules, progress)):
            return sha256
    except BilatError:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        # the old store is damaged, which a new one need not be
        clear_frames(error.__traceback__)
        shutil.rmtree(new, ignore_errors=True)
    return _fill(new, old, inputs, rules, progress)


def _update_if_few(
    new: Path, old: Path, inputs: Inputs, rules: list[Rule], progress: Progress
) -> str | None:
    before = read_record(old)
    if before is None or not all((old / name).is_file() for name in (DERIVED, EDGES)):
        return None
    engine = ox.Store.read_only(str(old))
    change = since(before, engine, inputs)
    if change is None:
        return None
    return _update(new, (old, engine, change), rules, progress)


def _fill(
    new: Path, old: Path | None, inputs: Inputs, rules: list[Rule], progress: Progress
) -> str:
    """Load everything, derive and make the table."""
    files = [(Path(path), graph) for path, graph in inputs.files()]
    engine = ox.Store(str(new))
    loaded = load(engine, files, progress)
    progress("what the rules look at is read", 0, 0)
    read = excerpt(engine, [*(rule.query for rule in rules), *QUERIES])
    table = derive(rules, read, progress)
    save_derived(table, new)
    progress("the table of edges is made", 0, 0)
    write_edges(new, rows(selector(read)))
    del read
    progress("what was derived is stored", 0, 0)
    bulk_load(engine, nquads(table))
    progress("the store is put in order", 0, 0)
    engine.optimize()
    engine.flush()
    made_from = record(inputs, loaded)
    save_record(new, made_from, old.name if old else None, None)
    return made_from.sha256()


def _update(new: Path, step: Step, rules: list[Rule], progress: Progress) -> str:
    """Make the new store from the old one and what changed, with the same result."""
    old, engine_before, change = step
    progress("what changed is stored", 0, 0)
    clone(old, new)
    engine = ox.Store(str(new))
    apply(engine, change)
    changed = _by_predicate(change)
    then, now = selector(engine_before), selector(engine)

    def touched(query: Focused) -> set[str] | None:
        found = query.touched(then, changed), query.touched(now, changed)
        return None if None in found else set().union(*filter(None, found))

    table, lost, come = update_derived(
        old, rules, {rule.name: touched(rule.query) for rule in rules}, engine, progress
    )
    save_derived(table, new)
    apply(engine, change, lost, come, DERIVED_GRAPH)
    parts = [touched(query) for query in QUERIES]
    foci = None if None in parts else set().union(*filter(None, parts))
    progress("the table of edges is made", 0, 0)
    update_edges(old, new, now, foci)
    engine.flush()
    save_record(new, change.record, old.name, change)
    return change.record.sha256()


def _by_predicate(change: Change) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for quad in change.added | change.removed:
        found[str(quad.predicate)].add(str(quad.subject))
    return found


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
