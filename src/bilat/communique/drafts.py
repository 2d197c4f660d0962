"""Documents on their way to the record, and which mentions are of one document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bilat.communique.blocks import Block
    from bilat.communique.page import Page
    from bilat.communique.scene import Scene
    from bilat.communique.sentences import Sentence
    from bilat.communique.title import Title, TitleReader
    from bilat.record import Remark


@dataclass(slots=True)
class Draft:
    """A document as found: in an item of a list, or in a sentence of prose."""

    title: Title
    sentence: Sentence | None
    confidence: float
    item: bool = False
    run: int = -1
    by_leaders: bool = False
    #: What it is about, where that stands beside the title.
    field_text: tuple[int, int] | None = None


@dataclass(slots=True)
class Reading:
    """One page, and all that was found on it so far."""

    page: Page
    blocks: list[Block]
    titles: TitleReader
    scene: Scene
    drafts: list[Draft] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    #: The words of the items that were read, or left out on purpose.
    used: set[int] = field(default_factory=set)


def settle(reading: Reading) -> None:
    """Drop a mention of a document that another draft states more fully."""
    _Settler(reading.page).settle(reading.drafts)


class _Settler:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.kept: list[Draft] = []
        # Where to look for another mention: by the type and a word of the title, by the type
        # alone, and in the title that reaches furthest.
        self._by_word: dict[tuple[str, str], list[int]] = {}
        self._bare: dict[str, int] = {}
        self._furthest = -1

    def settle(self, drafts: list[Draft]) -> None:
        drafts.sort(key=lambda draft: (draft.title.first, -draft.title.last))
        for draft in drafts:
            words = self._content(draft)
            near = sorted(self._candidates(draft.title.type, words))
            double = next((n for n in near if self._same(self.kept[n], draft)), None)
            if double is None:
                double = len(self.kept)
                self.kept.append(draft)
            elif _is_fuller(draft, self.kept[double]):
                self.kept[double] = draft
            else:
                continue
            self._note(double, draft, words)
        drafts[:] = self.kept

    def _candidates(self, kind: str, words: set[str]) -> set[int]:
        """The drafts that may be of the same document: a few, so that long pages take no longer."""
        near = {n for word in words or {""} for n in self._by_word.get((kind, word), ())[:20]}
        if kind in self._bare:
            near.add(self._bare[kind])
        if self._furthest >= 0:
            near.add(self._furthest)
        return near

    def _note(self, number: int, draft: Draft, words: set[str]) -> None:
        kind = draft.title.type
        for word in (*words, ""):
            self._by_word.setdefault((kind, word), []).append(number)
        if not words:
            self._bare.setdefault(kind, number)
        if self._furthest < 0 or draft.title.last > self.kept[self._furthest].title.last:
            self._furthest = number

    def _same(self, one: Draft, other: Draft) -> bool:
        """Whether two mentions are of one document; those of one list or sentence never are."""
        if one.item and other.item:
            return False
        if one.sentence is not None and one.sentence is other.sentence:
            return False
        if one.title.first <= other.title.first and other.title.last <= one.title.last:
            return True
        if one.title.type != other.title.type:
            return False
        words, others = self._content(one), self._content(other)
        if not words or not others:
            return True
        if len(words & others) < max(1, 0.75 * min(len(words), len(others))):
            return False
        sides, other_sides = _sides(one), _sides(other)
        return sides <= other_sides or other_sides <= sides

    def _content(self, draft: Draft) -> set[str]:
        """The stems of a title's words that say something of its matter or its parties."""
        page = self.page
        head_first, head_last = draft.title.head
        return {
            page.stems[k]
            for k in range(draft.title.first, draft.title.last)
            if not head_first <= k < head_last
            and page.is_word(k)
            and page.low[k] not in page.lexicon.common
            and page.low[k] not in page.lexicon.determiners
            and not page.at("nouns", k)
            and not page.at("fields", k)
        }


def _sides(draft: Draft) -> set[tuple[str, str | None]]:
    return {(side.name.lower(), side.country) for side in draft.title.sides}


def _is_fuller(one: Draft, other: Draft) -> bool:
    """Whether a mention says more than an earlier one; an item says more than prose."""
    if one.item != other.item:
        return one.item
    if other.title.first <= one.title.first and one.title.last <= other.title.last:
        return False
    return _fullness(one) > _fullness(other)


def _fullness(draft: Draft) -> tuple[int, int]:
    return len(draft.title.sides), draft.title.last - draft.title.first
