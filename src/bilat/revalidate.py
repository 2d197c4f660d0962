"""Validation of a large store that looks only at what is new: findings are kept beside it.

The findings of a store are in its folder, with the shapes and programs that gave them. After a
build that changed little, those of the store before are taken over where the change is not seen.
Wherever anything is missing or in doubt, everything is validated.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from bilat.errors import InputError
from bilat.findings import Finding
from bilat.nearby import MOST, Nearby, Stated, TooMuchError, descriptions
from bilat.validate import describe, shifty
from bilat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

#: From how many bytes of a store on it is worth while to look at parts of it only.
LARGE_STORE = 40_000_000

#: What an engine gives of a finding, in the order in which it is made.
_FIELDS = ("severity", "focus", "focus_label", "path", "value", "message", "shape", "component")

FINDINGS, CHANGES = "findings.json", "changes.json"


def is_large(folder: str) -> bool:
    """Whether the folder of a store has so much in it."""
    with os.scandir(folder) as entries:
        return sum(entry.stat().st_size for entry in entries) >= LARGE_STORE


def findings_of_store(
    engine: ox.Store, folder: str, shapes: bytes, everything: Callable[[], set[Finding]]
) -> list[Finding]:
    """The findings of a store of bilat's in that folder: those kept, or what ``everything`` gives.

    What is kept is the engine's results; names and values in messages are those of today.
    """
    stated = Stated(engine)
    results = _kept(folder, shapes)
    if results is None:
        results = _after_change(stated, folder, shapes)
        if results is None:
            results = everything()
        _keep(folder, shapes, results)
    return describe(results, descriptions(stated, results))


def findings_of_files(
    engine: ox.Store,
    triples: Collection[ox.Triple],
    replaced: Collection[str],
    shapes: bytes,
) -> list[Finding] | None:
    """What the triples would bring into a store, in the place of the graphs that they replace.

    None where so much would change that everything has to be validated.
    """
    before, after = Stated(engine, replaced), Stated(engine, replaced, triples)
    new = [t for t in triples if not before.triples(t.subject, t.predicate, t.object)]
    fast = shifty(shapes)
    try:
        near = Nearby(shapes, after)
        foci = near.touched(after, new)
        known = {finding.cause for finding in near.judged(before, foci, fast)}
        results = {f for f in near.judged(after, foci, fast) if f.cause not in known}
    except TooMuchError:
        return None
    return describe(results, descriptions(after, results))


def carried_over(
    kept: set[Finding],
    before: Stated,
    after: Stated,
    subjects: Collection[Any],
    shapes: bytes,
) -> set[Finding] | None:
    """The findings after a change, from those before it; None where all is to be validated.

    ``subjects`` has every node of which triples were added or removed.
    """
    changed: set[ox.Triple] = set()
    for node in subjects:
        changed |= before.triples(node, None, None) ^ after.triples(node, None, None)
    try:
        near = Nearby(shapes, after)
        foci = near.touched(after, changed)
        new = near.judged(after, foci, shifty(shapes))
    except TooMuchError:
        return None
    return near.others(kept, foci) | new


def _after_change(stated: Stated, folder: str, shapes: bytes) -> set[Finding] | None:
    """The findings carried over from the store before, where it is known what changed."""
    try:
        with open(os.path.join(folder, CHANGES), encoding="utf-8") as file:
            told = json.load(file)
        subjects = [_subject(text) for text in told["subjects"]]
        old = os.path.join(os.path.dirname(folder), told["previous"])
        kept = _kept(old, shapes)
        if kept is None or len(subjects) > MOST:
            return None
        before = Stated(ox.Store.read_only(old))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):
        return None
    return carried_over(kept, before, stated, subjects, shapes)


def _subject(text: str) -> Any:
    try:
        return ox.NamedNode(text)
    except ValueError:  # no IRI: the label of a blank node
        return ox.BlankNode(text)


def _state(folder: str, shapes: bytes) -> dict[str, str]:
    """What findings depend on beside the store itself."""
    from importlib.metadata import version

    return {
        "store": os.path.basename(folder),  # a copy of the folder is not this store
        "shapes": sha256(shapes).hexdigest(),
        "bilat": __version__,
        "pyshifty": version("pyshifty"),
    }


def _kept(folder: str, shapes: bytes) -> set[Finding] | None:
    try:
        with open(os.path.join(folder, FINDINGS), encoding="utf-8") as file:
            told = json.load(file)
        if told["state"] != _state(folder, shapes):
            return None
        return {Finding(*fields) for fields in told["findings"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(folder: str, shapes: bytes, results: set[Finding]) -> None:
    from bilat.files import replace_file

    rows = [[getattr(finding, name) for name in _FIELDS] for finding in sorted(results)]
    told = {"state": _state(folder, shapes), "findings": rows}
    with suppress(InputError):  # a folder that cannot be written: the next time takes as long
        replace_file(os.path.join(folder, FINDINGS), json.dumps(told).encode())
