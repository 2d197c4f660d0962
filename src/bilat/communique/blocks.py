"""The lines of a page as blocks: what stands in a list or a table, in prose, or is noise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bilat.communique.page import Page

_BULLETS = frozenset(">›-•●▪◦‣·*✓►▶➤■□○∙⁃➢✔▸→~+¬")
#: Bullets that are nothing else in the middle of a line.
_SURE_BULLETS = "•●▪◦■►➢✔▸"


@dataclass(slots=True)
class Block:
    """Words that belong together: an item of a list, a row of a table, a paragraph, a heading.

    ``marker`` is "" or the kind of list mark that was taken off, ``number`` what it counts;
    ``cells`` are the stretches of a row; the items of one list have the same ``run``.
    """

    first: int
    last: int
    line: int
    marker: str = ""
    number: int | None = None
    cells: list[tuple[int, int]] = field(default_factory=list)
    noise: bool = False
    item: bool = False
    run: int = -1

    def __len__(self) -> int:
        return self.last - self.first

    @property
    def plain(self) -> bool:
        """Whether it is neither an item nor noise."""
        return not (self.noise or self.item)


def blocks_of(page: Page) -> list[Block]:
    """The page's blocks in order: wrapped lines are joined, lists inside a line taken apart."""
    blocks = _Layout(page).blocks()
    _Noise(page, blocks).find()
    _number_lists(blocks)
    return blocks


class _Layout:
    """Takes lines apart and puts them together."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._widest: dict[int, int] = {}

    def blocks(self) -> list[Block]:
        page = self.page
        found: list[Block] = []
        blank = True
        for number in range(len(page.line_starts) - 1):
            first, last = page.line_starts[number], page.line_starts[number + 1]
            if first >= last:
                blank = True
                continue
            for begin, end in self._items_in_line(first, last):
                block = self._without_marker(begin, end, number + 1)
                if block.first < block.last:
                    joinable = bool(found) and not blank and begin == first
                    if joinable and self._continues(found[-1], block):
                        self._join(found[-1], block)
                    else:
                        found.append(block)
                blank = False
        return found

    @staticmethod
    def _join(before: Block, block: Block) -> None:
        before.last = block.last
        if before.cells:
            before.cells[-1] = (before.cells[-1][0], block.last)

    # one line ---------------------------------------------------------------------------------

    def _items_in_line(self, first: int, last: int) -> list[tuple[int, int]]:
        """The items of a list that runs on in one line, or the line itself."""
        numbers = self._numbers_in_line(first, last)
        if len(numbers) >= 2:
            return _cut(first, last, numbers)
        bullets = self._bullets_in_line(first, last)
        if len(bullets) >= 2 or (bullets and self._bullet_opens_list(bullets[0], first, last)):
            return _cut(first, last, bullets)
        return [(first, last)]

    def _numbers_in_line(self, first: int, last: int) -> list[int]:
        """Where "1.", "2)" stand that count up from one."""
        page = self.page
        words = page.words
        found: list[int] = []
        for i in range(first, last - 2):
            expected = len(found) + 1
            if (
                self._is_number(i)
                and int(words[i]) == expected
                and words[i + 1] in ".)"
                and page.spaced(i + 2)
                and not page.spaced(i + 1)
                and (i == first or words[i - 1] in '.;:,)"' or expected > 1 or page.capital(i + 2))
            ):
                found.append(i)
        return found

    def _bullets_in_line(self, first: int, last: int) -> list[int]:
        page = self.page
        words = page.words
        return [
            i
            for i in range(first, last - 2)
            if words[i] in _BULLETS
            and page.spaced(i)
            and page.spaced(i + 1)
            and (i == first or words[i - 1] in ".;:" or words[i] in _SURE_BULLETS)
        ]

    def _bullet_opens_list(self, i: int, first: int, last: int) -> bool:
        """Whether a lone bullet stands after a colon, or after a sentence and before a title."""
        page = self.page
        if i == first:
            return False
        before = page.words[i - 1]
        return before == ":" or (before in ".;:" and page.has("document", i + 1, min(i + 4, last)))

    def _is_number(self, i: int) -> bool:
        return self.page.words[i].isdecimal() and len(self.page.words[i]) <= 3

    def _without_marker(self, first: int, last: int, line: int) -> Block:
        """A line as a block, its list mark taken off."""
        page = self.page
        words = page.words
        cells = self._cells(first, last)
        if len(cells) > 1:
            number = int(words[first]) if self._is_number(first) else None
            return Block(cells[0][0], last, line, "row", number, cells)
        i = first
        counted = self._counted(i + (words[i] == "("), last, line)
        if counted is not None:
            return counted
        if words[i] in _BULLETS and (i + 1 >= last or page.spaced(i + 1)):
            while i < last and words[i] in _BULLETS:
                i += 1
            inner = self._without_marker(i, last, line) if i < last else Block(i, last, line)
            return Block(inner.first, last, line, inner.marker or "bullet", inner.number)
        if words[i] in _BULLETS and i + 1 < last and page.is_word(i + 1):
            return Block(i + 1, last, line, "bullet")
        if words[i] == "#" and i + 1 < last:
            while i < last and words[i] == "#":
                i += 1
            return Block(i, last, line, "heading")
        ordinal = page.past("ordinals", i)
        if i < ordinal < last and words[ordinal] in ",:-":
            return Block(ordinal + 1, last, line, "ordinal")
        return Block(first, last, line)

    def _counted(self, i: int, last: int, line: int) -> Block | None:
        """A line that begins with "1.", "(2)", "№ 3:" or "a)"."""
        page = self.page
        words = page.words
        if i + 1 < last and words[i] in ("№", "#") and words[i + 1].isdecimal():
            i += 1
        if i + 1 >= last:
            return None
        if self._is_number(i) and words[i + 1] in ".)]:-":
            # "1.5 million" is no mark, nor is "3-year".
            joined = i + 2 < last and words[i + 2].isdecimal() and not page.spaced(i + 2)
            apart = words[i + 1] != "-" or page.spaced(i + 2) or not page.spaced(i + 1)
            if not joined and apart:
                rest = i + 2
                if rest + 1 < last and words[rest] in ".)-":
                    rest += 1
                return Block(rest, last, line, "number", int(words[i]))
        if len(words[i]) == 1 and words[i].isalpha() and words[i + 1] == ")":
            return Block(i + 2, last, line, "letter", ord(words[i].lower()) - ord("a") + 1)
        return None

    def _cells(self, first: int, last: int) -> list[tuple[int, int]]:
        """The cells of a line that bars or tabs divide."""
        page = self.page
        line = page.plain[page.starts[first] : page.ends[last - 1]]
        if "|" not in line and "\t" not in line:
            return []
        cells = []
        begin = first
        for i in range(first, last):
            if page.words[i] == "|":
                if i > begin:
                    cells.append((begin, i))
                begin = i + 1
            elif i > begin and "\t" in page.plain[page.ends[i - 1] : page.starts[i]]:
                cells.append((begin, i))
                begin = i
        if last > begin:
            cells.append((begin, last))
        return cells

    # one line after another -------------------------------------------------------------------

    def _continues(self, before: Block, block: Block) -> bool:
        """Whether a line goes on with the one before it: it was wrapped."""
        page = self.page
        if block.marker or before.marker in ("row", "heading"):
            return False
        last, word = page.words[before.last - 1], page.words[block.first]
        if last == ":" and word in "\"'":
            return True
        if last in '.;:!?"' and not page.abbreviated(before.last - 1):
            return False
        if page.at("document", block.first) and page.capital(block.first) and last not in ",-(":
            return False
        open_end = last in ",-(&" or page.low[before.last - 1] in page.lexicon.common
        if open_end or word[0].islower() or word[0] in "(,;)&":
            return True
        begins_document = page.has("document", block.first, min(block.first + 5, block.last))
        wide = self._width(page.lines[before.last - 1]) >= 45
        if before.marker and wide and page.low[block.first] not in page.lexicon.determiners:
            # The items of a list have marks: a line without one goes on.
            return not begins_document
        return self._no_room(before, block) and not begins_document

    def _no_room(self, before: Block, block: Block) -> bool:
        """Whether a line was cut as the next word was too long: the widest line is the measure."""
        line = self.page.lines[before.last - 1]
        width, widest = self._width(line), self._widest_around(line)
        room = widest - width
        return 40 <= widest <= 120 and width >= 40 and len(self.page.words[block.first]) + 3 > room

    def _widest_around(self, line: int) -> int:
        """The widest line of the paragraph that a line is in."""
        if line not in self._widest:
            starts = self.page.line_starts
            first = last = line
            while first > 1 and starts[first - 1] > starts[first - 2]:
                first -= 1
            while last < len(starts) - 1 and starts[last] > starts[last - 1]:
                last += 1
            paragraph = range(first, min(last, len(starts) - 1) + 1)
            self._widest |= dict.fromkeys(paragraph, max(map(self._width, paragraph)))
        return self._widest[line]

    def _width(self, line: int) -> int:
        first, last = self.page.line_starts[line - 1], self.page.line_starts[line]
        return self.page.ends[last - 1] - self.page.starts[first] if last > first else 0


def _cut(first: int, last: int, cuts: list[int]) -> list[tuple[int, int]]:
    if cuts[0] > first:
        cuts = [first, *cuts]
    return list(zip(cuts, [*cuts[1:], last], strict=True))


class _Noise:
    """Finds what is not of the text: captions, buttons, boxes of links to other pages."""

    def __init__(self, page: Page, blocks: list[Block]) -> None:
        self.page = page
        self.blocks = blocks
        self._counted: list[Block] = []

    def find(self) -> None:
        aside = False
        for block in self.blocks:
            if aside and not block.marker:
                # A paragraph that names documents goes on with the page after a box of links.
                if len(block) < 22 or not self.page.has("document", block.first, block.last):
                    block.noise = True
                    continue
                aside = False
            block.noise = not block.marker and self._is_caption(block)
            if self._opens_box(block):
                block.noise = aside = True
            elif aside:
                block.noise = not self._goes_on_counting(block)
            if block.marker == "number" and not block.noise:
                self._counted.append(block)

    def _is_caption(self, block: Block) -> bool:
        """Whether a short line opens with "Photo", "Source:", "Read more"."""
        page = self.page
        opening = page.at("lines", block.first)
        if opening is None:
            return False
        end = opening[0]
        whole = end >= block.last
        sign = not whole and page.words[end] in ":|"
        if len(block) > (40 if sign else 14):
            return False
        return (
            whole
            or sign
            or page.words[end] in "-."
            or len(block) <= 4
            or end - block.first > 1
            or (len(block) <= 9 and not page.has("document", block.first, block.last))
        )

    def _opens_box(self, block: Block) -> bool:
        """Whether a line is a heading such as "Related news"; "5 Related news" too."""
        page = self.page
        counted = page.words[block.first].isdecimal() and len(block) > 1
        section = page.at("sections", block.first + counted)
        return section is not None and block.last - section[0] <= 2 + counted

    def _goes_on_counting(self, block: Block) -> bool:
        """Whether an item counts on from the last in the lines above."""
        above = (b.number for b in reversed(self._counted) if b.line < block.line)
        last = next(above, None)
        return block.marker == "number" and last is not None and block.number == last + 1


def _number_lists(blocks: list[Block]) -> None:
    """Give the items of each list a number: marks of one kind, with little else between them."""
    for number, block in enumerate(blocks):
        beside = blocks[max(0, number - 1) : number + 2]
        lone = block.marker == "row" and sum(b.marker == "row" for b in beside) == 1
        if lone and block.number is None:
            # A sign in a headline makes no table.
            block.marker, block.cells = "", []
    run = -1
    last: Block | None = None
    apart = False
    for block in blocks:
        if block.noise:
            continue
        if block.marker in ("", "heading"):
            apart = True
            continue
        if last is None or _opens_list(block, last, apart):
            run += 1
        block.run, block.item = run, True
        last, apart = block, False


def _opens_list(block: Block, last: Block, apart: bool) -> bool:
    """Whether an item is the first of another list than the item before it."""
    if block.marker != last.marker:
        return True
    heads_table = block.marker == "row" and last.number is None
    if block.number == 1 and block.marker in ("number", "row", "letter") and not heads_table:
        return True
    counts_on = last.number is not None and block.number == last.number + 1
    return apart and not counts_on
