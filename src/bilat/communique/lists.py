"""The documents that a page lists: items, rows of tables, lines that are titles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from bilat.communique.blocks import Block
from bilat.communique.drafts import Draft, Reading
from bilat.communique.signatories import SignatoryReader, Stretch
from bilat.communique.status import NOT_DONE, is_put_off, status
from bilat.record import Remark

if TYPE_CHECKING:
    from bilat.communique.extent import Head
    from bilat.communique.page import Page
    from bilat.communique.sides import Side
    from bilat.communique.title import Title, TitleReader

#: So many sentences say what a page is about.
_OPENING = 12
#: The run of fragments, behind those of all other lists.
_FRAGMENTS = 9999


def with_fragments(page: Page, titles: TitleReader, blocks: list[Block]) -> list[Block]:
    """The blocks, a paragraph of fragments after "11 memoranda:" taken apart as a list.

    "Between A and B. in the field of X. …": each is an item.
    """
    found: list[Block] = []
    opened = False
    for block in blocks:
        starts = any(page.at(c, block.first) for c in ("about", "between", "fields"))
        if opened and starts and block.plain:
            found += _fragments(page, block)
            continue
        found.append(block)
        if not block.noise:
            heads = titles.extents.heads(block.first, block.last)
            opened = page.words[block.last - 1] == ":" and any(
                titles.extents.is_plural(*head[:2]) for head in heads
            )
    return found


def _fragments(page: Page, block: Block) -> list[Block]:
    ends = [k for k in range(block.first, block.last) if page.words[k] in ".;"]
    ends = [k for k in ends if not page.abbreviated(k)]
    firsts = [block.first, *(k + 1 for k in ends)]
    return [
        Block(first, last, page.lines[first], "fragment", item=True, run=_FRAGMENTS)
        for first, last in zip(firsts, [*ends, block.last], strict=True)
        if last > first
    ]


@dataclass(frozen=True, slots=True)
class _List:
    """What a list says of its items.

    ``elliptical`` lists leave the name of the document out, ``heads`` are those that the words
    before the list announce, ``columns`` the countries of a table's columns.
    """

    run: int
    elliptical: bool
    heads: list[Head]
    by_leaders: bool
    columns: dict[int, str]
    has_header: bool


class ListReader:
    """Reads the lists of one page."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.page = reading.page
        self.lexicon = reading.page.lexicon
        self.blocks = reading.blocks
        self.extents = reading.titles.extents
        self.signatories = SignatoryReader(reading)

    def run(self) -> None:
        self._find_plain_lists()
        runs: dict[int, list[int]] = {}
        for number, block in enumerate(self.blocks):
            if block.item and not block.noise:
                runs.setdefault(block.run, []).append(number)
        for run, numbers in sorted(runs.items()):
            self._read_list(run, numbers)

    # lists without marks ----------------------------------------------------------------------

    def _find_plain_lists(self) -> None:
        """Lines without marks that are titles one after the other are a list too."""
        run = max((block.run for block in self.blocks), default=-1) + 1
        after_colon = open_run = announced = False
        for number, block in enumerate(self.blocks):
            if block.noise:
                continue
            if block.item:
                after_colon = open_run = announced = False
            elif announced and self._is_like_field(block):
                run += not open_run
                block.item, block.run, block.marker = True, run, "plain"
                open_run = True
            elif number != self.reading.scene.opening.title_block:
                if self._is_plain_item(number, after_colon, open_run):
                    run += not open_run
                    block.item, block.run, block.marker = True, run, "plain"
                    after_colon, open_run = False, True
                else:
                    after_colon = self.page.words[block.last - 1] == ":"
                    announced = after_colon and any(
                        self.extents.is_plural(*head[:2])
                        for head in self.extents.heads(block.first, block.last)
                    )
                    open_run = open_run and not after_colon and len(block) <= 25

    def _is_plain_item(self, number: int, after_colon: bool, open_run: bool) -> bool:
        block = self.blocks[number]
        end = self.page.words[block.last - 1]
        if self._is_like_title(block) and (
            after_colon or open_run or end == ";" or self._is_beside_title(number)
        ):
            return True
        if len(block) >= 60:
            return False
        if open_run and end == ";":
            return True
        return after_colon and end in ";," and number + 1 < len(self.blocks)

    def _was_done(self, i: int) -> bool:
        """Whether the text up to word ``i`` says that documents were signed, and plans none."""
        before = [s for s in self.reading.scene.sentences.all[:_OPENING] if s.last <= i]
        return any(s.done for s in before) and not any(s.planned for s in before)

    def _is_like_field(self, block: Block) -> bool:
        """Whether a line after "The agreements are for:" says no more than what one is about."""
        return (
            len(block) <= 25
            and self.page.words[block.last - 1] not in ".:!?"
            and not self._has_verb(block.first, block.last)
            and not self.extents.heads(block.first, block.last)
        )

    def _is_like_title(self, block: Block) -> bool:
        """Whether a block is a title and nothing else."""
        page = self.page
        heads = self.extents.heads(block.first, block.last)
        if not heads:
            return False
        head = heads[0]
        if self.extents.is_plural(*head[:2]) and not self._is_counted(head[0]):
            # "Documents signed between A and B" heads a list.
            return False
        colon = next((k for k in range(block.first, head[0]) if page.words[k] == ":"), None)
        if colon is not None and head[0] - colon <= 4:
            return self._are_parties(block.first, colon)
        start = self.extents.start(head[0], block.first, prose=False)
        if start != page.skip_articles(block.first, head[0]) or head[0] - block.first > 9:
            return False
        end = self.extents.end(head[1], block.last, prose=False)
        if block.last - end <= 2 or page.words[end] in ";:(-" or page.at("signed_by", end):
            return True
        return page.words[end] == "." and page.words[end + 1] in "(["

    def _are_parties(self, first: int, colon: int) -> bool:
        """ "X (A) – Y (B): memorandum on …" """
        sides = self.signatories.sides.sides(first, colon)
        return (
            len(sides) >= 2
            and all(side.country for side in sides)
            and not self._has_verb(first, colon)
        )

    def _has_verb(self, first: int, last: int) -> bool:
        return any(self.page.stops(k) for k in range(first, last))

    def _is_beside_title(self, number: int) -> bool:
        """Whether the block before or behind is a title too."""
        for step in (-1, 1):
            k = number + step
            while 0 <= k < len(self.blocks) and self.blocks[k].noise:
                k += step
            if not 0 <= k < len(self.blocks) or k == self.reading.scene.opening.title_block:
                continue
            block = self.blocks[k]
            if (not block.item or block.marker == "plain") and self._is_like_title(block):
                return True
        return False

    # one list ---------------------------------------------------------------------------------

    def _read_list(self, run: int, numbers: list[int]) -> None:
        page = self.page
        blocks = [self.blocks[n] for n in numbers]
        first, last = self._intro(numbers[0])
        intro = status(page, first, last)
        titled = [b for b in blocks if self.extents.heads(b.first, b.last)]
        if intro in NOT_DONE or (intro == "earlier" and not page.has("done", first, last)):
            if titled:
                message = f"the {len(blocks)} items below are {intro}, not done; left out"
                self.reading.remarks.append(Remark(blocks[0].line, message))
            for block in blocks:
                self.reading.used.update(range(block.first, block.last))
            return
        heads = page.all_marks("document", first, last)
        announced = any(self.extents.is_plural(*head[:2]) for head in heads)
        share = len(titled) / len(blocks)
        if len(blocks) == 1 and not titled and blocks[0].marker == "row":
            return
        open_end = last > first and (page.words[last - 1] in ":-" or page.at("about", last - 1))
        done = intro == "done" or (not intro and self._was_done(first))
        said = done and announced and bool(open_end) and len(blocks) > 1
        elliptical = share >= 0.5 or said
        if not titled and not elliptical:
            return
        if share < 0.5 and not (intro == "done" and heads):
            elliptical = elliptical and all(map(self._has_parts, titled))
        listed = _List(
            run,
            elliptical,
            heads,
            by_leaders=announced and self.signatories.leaders_sign(first, last),
            columns=self._columns(blocks[0]),
            has_header=blocks[0].number is None and any(b.number is not None for b in blocks),
        )
        for block in blocks:
            for column, code in listed.columns.items():
                if column < len(block.cells):
                    self.reading.scene.cell_countries[block.cells[column][0]] = code
        sides = self._heading_sides(first, last)
        for position, block in enumerate(blocks):
            draft = self._read_item(block, position, listed)
            if draft:
                draft.title.sides = draft.title.sides or list(sides)
                self.reading.drafts.append(draft)

    def _intro(self, number: int) -> Stretch:
        """The words before a list: the last sentence, and the one before if that says nothing."""
        page = self.page
        k = self._plain_before[number]
        if k < 0:
            return (0, 0)
        block = self.blocks[k]
        sentences = page.sentences(block.first, block.last)
        first, last = sentences[-1]
        if status(page, first, last):
            return first, last
        if len(sentences) > 1:
            return sentences[-2][0], last
        if k > 0 and self.blocks[k - 1].plain and len(block) < 14:
            above = self.blocks[k - 1]
            before = page.sentences(above.first, above.last)[-1]
            if status(page, *before):
                return before[0], last
        return first, last

    @cached_property
    def _plain_before(self) -> list[int]:
        """Of each block, the number of the last before it that is no item and no noise."""
        found = []
        latest = -1
        for number, block in enumerate(self.blocks):
            found.append(latest)
            if block.plain:
                latest = number
        return found

    def _has_parts(self, block: Block) -> bool:
        return any(self.page.has(c, block.first, block.last) for c in ("between", "fields"))

    def _heading_sides(self, first: int, last: int) -> list[Side]:
        """The countries of a heading such as "Documents signed between A and B"."""
        page = self.page
        between = page.first_mark("between", first, last)
        if between is None or last - first > 30:
            return []
        begin = between[1]
        verbs = (k for k in range(begin, last) if page.stops(k) or page.words[k] in ":.")
        reader = self.signatories.sides
        sides = reader.sides(begin, reader.region_end(begin, next(verbs, last)))
        states = ("country", "government", "ministry", "agency")
        fit = all(side.country and side.kind in states for side in sides)
        return sides if fit and len(sides) >= 2 else []

    def _columns(self, block: Block) -> dict[int, str]:
        """The countries of a table's columns, from its first row: "Indian Side | Uzbek Side"."""
        page = self.page
        found = {}
        for column, (first, last) in enumerate(block.cells):
            named = page.first_mark("adjective", first, last) or page.first_mark(
                "country", first, last
            )
            body = last - first > 3 and page.has("body", first, last)
            if named and last - first <= 5 and not body and not page.has("document", first, last):
                found[column] = str(named[2])
        return found if len(set(found.values())) >= 2 else {}

    # one item ---------------------------------------------------------------------------------

    def _read_item(self, block: Block, position: int, listed: _List) -> Draft | None:
        """The document of an item, if it names one or leaves its name out."""
        page = self.page
        first, last = block.first, block.last
        cells: list[Stretch] = []
        if block.cells:
            chosen = self._title_cell(block)
            if chosen is None:
                return None
            first, last = chosen
            cells = [cell for cell in block.cells if cell != chosen]
        head = next(iter(self.extents.heads(first, last)), None)
        if head is None:
            if not listed.elliptical or (block.cells and block.number is None):
                return None
            return self._read_elliptical(first, last, listed)
        if status(page, first, last) == "planned" and self._is_planned(first, last, head[0]):
            self.reading.remarks.append(Remark(block.line, "a document that is planned; left out"))
            self.reading.used.update(range(first, last))
            return None
        start = self.extents.start(head[0], first, prose=False)
        prose = start > page.skip_articles(first, head[0]) and page.has("done", first, start)
        end = self.extents.end(head[1], last, prose=prose)
        if is_put_off(page, max(head[1], end - 3), last):
            self.reading.remarks.append(Remark(block.line, "a document not signed; left out"))
            self.reading.used.update(range(first, last))
            return None
        title = self.reading.titles.read(start, end, head)
        if self._is_only_named(title, first, block, position, listed):
            return None
        if block.cells and not title.sides:
            title.sides = self._sides_in_cells(block, (first, last), listed.columns)
        if self._heads_items(title, block, position, listed):
            return None
        draft = Draft(title, None, 0.95, True, listed.run, listed.by_leaders)
        if not title.sides:
            self.signatories.beside(draft, (first, start), (end, last), cells)
        if title.field is None:
            draft.field_text = self._field_beside(first, start, cells)
        # Further down in a list a declaration may be anybody's.
        title.of_states = (
            title.of_states
            and not title.sides
            and (position == 0 or title.type == "joint statement")
        )
        self.reading.used.update(range(first, end))
        return draft

    def _is_planned(self, first: int, last: int, head: int) -> bool:
        page = self.page
        return page.has("planned", first, head) and not page.has("done", first, last)

    def _is_only_named(
        self, title: Title, first: int, block: Block, position: int, listed: _List
    ) -> bool:
        """Whether a word that may name a document has nothing beside it that speaks for one."""
        if title.sides or title.field is not None:
            return False
        weak = self.page.at("weak", title.head[0]) and title.first > first
        if weak and not listed.elliptical:
            return True
        return block.marker == "row" and position == 0 and len(block.cells) > 1

    def _heads_items(self, title: Title, block: Block, position: int, listed: _List) -> bool:
        """Whether an item is a heading: "Memoranda between A and B", the first row of a table."""
        of_countries = all(side.kind == "country" for side in title.sides)
        if title.plural and of_countries and not self._is_counted(title.first):
            return True
        headed = bool(listed.columns) or listed.has_header
        return block.marker == "row" and position == 0 and headed

    def _is_counted(self, start: int) -> bool:
        """Whether a number stands before a plural: "two MoUs"."""
        low = self.page.low
        return any(
            low[k] in self.lexicon.counted or low[k].isdecimal()
            for k in range(max(0, start - 1), start + 1)
        )

    def _field_beside(self, first: int, start: int, cells: list[Stretch]) -> Stretch | None:
        """The field in "Energy: memorandum of understanding", or in another cell of the row."""
        page = self.page
        labelled = first < start <= first + 12 and page.words[start - 1] in ":-"
        if labelled and not page.has("country", first, start):
            return (first, start - 1) if start - 1 > first else None
        return self._field_cell(cells)

    def _read_elliptical(self, first: int, last: int, listed: _List) -> Draft | None:
        """An item without the name of a document: it is of the kind that the list announces."""
        page = self.page
        end = self._before_gloss(first, self.extents.end(first, last, prose=False))
        kinds = [kind for _, _, kind in listed.heads]
        known = [kind for kind in kinds if kind != "other"] or kinds
        kind = known[-1] if known else self._kind_before(first, end, listed.run)
        if kind is None or end <= first:
            return None
        start = page.skip_articles(first, end)
        while start < end and not page.at("fields", start):
            about = page.at("about", start)
            if about is None:
                break
            start = page.skip_articles(about[0], end)
        title = self.reading.titles.read(start, end, (start, start, kind))
        title.type = kind
        if title.field is None and not title.sides:
            title.field = self.reading.titles.matter.matter_or_all(start, end)
        draft = Draft(title, None, 0.7, True, listed.run)
        if not title.sides:
            self.signatories.beside(draft, (first, start), (end, last), [])
        self.reading.used.update(range(first, end))
        return draft

    def _before_gloss(self, first: int, end: int) -> int:
        """ "Mining – to combat smuggling": the gloss is no part of the title."""
        page = self.page
        if page.has("body", first, end):
            return end
        for k in range(first + 1, end):
            dash = page.words[k] == "-" and k + 1 < end and page.spaced(k) and page.spaced(k + 1)
            if dash or page.words[k] == ":":
                return k
        return end

    def _kind_before(self, first: int, end: int, run: int) -> str | None:
        """The kind of the item before; of another one where the item has parties of its own."""
        before = self.reading.drafts[-1] if self.reading.drafts else None
        if before is None or before.run != run:
            return None
        return "other" if self.page.has("between", first, end) else before.title.type

    # rows of a table --------------------------------------------------------------------------

    def _title_cell(self, block: Block) -> Stretch | None:
        """The cell that a title opens, else one with the name of a document, else the longest."""
        best: tuple[int, Stretch] | None = None
        for cell in block.cells:
            heads = self.extents.heads(*cell)
            if heads:
                start = self.extents.start(heads[0][0], cell[0], prose=False)
                score = 2 if start <= self.page.skip_articles(*cell) else 1
                if best is None or score > best[0]:
                    best = (score, cell)
        if best:
            return best[1]
        longest = max(block.cells, key=lambda cell: cell[1] - cell[0])
        return longest if longest[1] - longest[0] >= 2 else None

    def _sides_in_cells(self, block: Block, chosen: Stretch, columns: dict[int, str]) -> list[Side]:
        """The parties that have cells of their own."""
        page = self.page
        sides = []
        for column, cell in enumerate(block.cells):
            body = page.has("body", *cell) and not page.has("and", *cell)
            if cell == chosen or not (column in columns if columns else body):
                continue
            side = self._party_cell(cell)
            if side:
                sides.append(replace(side, country=side.country or columns.get(column)))
        return sides if len(sides) >= 2 else []

    def _party_cell(self, cell: Stretch) -> Side | None:
        """The party that a cell names, unless it names a person."""
        page = self.page
        if page.has("office", *cell) and "," in page.words[cell[0] : cell[1]]:
            return None
        side = self.signatories.sides.side(*cell)
        return None if side is None or self.signatories.is_person(side) else side

    def _field_cell(self, cells: list[Stretch]) -> Stretch | None:
        """The first cell that says what the document is about, and no more."""
        for first, last in cells:
            words = [k for k in range(first, last) if self.page.is_word(k)]
            numbered = bool(words) and self.page.words[words[0]].isdecimal()
            if 0 < len(words) <= 12 and not numbered and self._may_be_field(first, last, words):
                return first, last
        return None

    def _may_be_field(self, first: int, last: int, words: list[int]) -> bool:
        page = self.page
        others = ("body", "office", "done", "month", "document")
        if self._has_verb(first, last) or any(page.has(c, first, last) for c in others):
            return False
        countries = ("country", "adjective", "and")
        return not all(any(page.at(c, k) for c in countries) for k in words)
