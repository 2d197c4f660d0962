"""Names that are spelled like one that nothing carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: How much of two names has to be the same.
_ALIKE = 0.6

#: How many names that are alike are compared letter by letter.
_COMPARED = 50


def near(text: str, names: Iterable[str], most: int = 3) -> list[str]:
    """The names that the fewest letters make of the text, those that begin like it first.

    At most half of the letters may differ: of a code of three, one. Case does not matter.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA, Indel, Prefix

    wanted = text.casefold()
    folded = {name: name.casefold() for name in dict.fromkeys(names)}
    alike = process.extract(
        wanted, folded, scorer=Indel.normalized_similarity, score_cutoff=_ALIKE, limit=_COMPARED
    )

    def place(name: str) -> tuple[int, int, str]:
        other = folded[name]
        return OSA.distance(wanted, other), -Prefix.similarity(wanted, other), name

    places = sorted(place(name) for _, _, name in alike)
    return [name for changes, _, name in places if changes <= max(len(text) // 2, 1)][:most]
