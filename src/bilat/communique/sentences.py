"""The sentences of a page, and what each speaks of: what is done, planned or long past."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilat.communique.blocks import Block
    from bilat.communique.page import Page


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence in the block of this number, and which cues stand in it."""

    first: int
    last: int
    block: int
    number: int
    done: bool
    planned: bool
    earlier: bool
    event: bool
    visit: bool


class Sentences:
    """The sentences of all blocks but noise, in the order of the page."""

    def __init__(self, page: Page, blocks: list[Block]) -> None:
        self.page = page
        self.all: list[Sentence] = []
        for number, block in enumerate(blocks):
            if not block.noise:
                for begin, end in block.cells or [(block.first, block.last)]:
                    for first, last in page.sentences(begin, end):
                        self._add(first, last, number)
        self._firsts = [sentence.first for sentence in self.all]

    def _add(self, first: int, last: int, block: int) -> None:
        has = self.page.has
        self.all.append(
            Sentence(
                first,
                last,
                block,
                len(self.all),
                done=has("done", first, last),
                planned=has("planned", first, last),
                earlier=has("earlier", first, last),
                event=has("event", first, last),
                visit=has("visit_to", first, last),
            )
        )

    def at(self, i: int) -> Sentence | None:
        """The sentence that word ``i`` stands in."""
        number = bisect_right(self._firsts, i) - 1
        return self.all[number] if number >= 0 and i < self.all[number].last else None


class Stretches:
    """Stretches of words, asked whether they cover one."""

    def __init__(self, stretches: Iterable[tuple[int, int]]) -> None:
        self._covered = {i for first, last in stretches for i in range(first, last)}

    def __contains__(self, i: object) -> bool:
        return i in self._covered
