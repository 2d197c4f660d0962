"""The title of a document taken apart: its type, its parties and what it is about.

A title is a noun phrase with a fixed build, whatever the language: a name of a document
("memorandum of understanding"), the sides ("between X of A and Y of B") and the matter ("on
cooperation in the field of Z"), in any order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bilat.communique.extent import ExtentFinder, Head
from bilat.communique.matter import MatterReader, Stretch
from bilat.communique.sides import Region, Side, SideReader

if TYPE_CHECKING:
    from bilat.communique.page import Page


@dataclass(slots=True)
class Title:
    """A title at ``first:last``; its head and its field are stretches of it."""

    first: int
    last: int
    type: str
    head: Stretch
    sides: list[Side] = field(default_factory=list)
    field: Stretch | None = None
    of_states: bool = False
    plural: bool = False


class TitleReader:
    """Reads titles on one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lexicon = page.lexicon
        self.extents = ExtentFinder(page)
        self.sides = SideReader(page, self.extents)
        self.matter = MatterReader(page, self.extents, self.sides)

    def read(self, first: int, last: int, head: Head) -> Title:
        """A title at ``first:last`` taken apart."""
        head_first, head_last, kind = head
        plural = self.extents.is_plural(head_first, head_last)
        title = Title(first, last, kind, (head_first, head_last), plural=plural)
        region = self.sides.region(head_last, last) or self.sides.region(first, head_first)
        if kind == "other" and self.lexicon.bare.intersection(self.page.low[head_first:head_last]):
            title.type = self._type_of_memorandum(head_last, last, region)
        if region:
            title.sides = self.sides.sides(region.first, region.last)
            if self._names_no_parties(title, region):
                title.sides, region = [], None
        if not title.sides:
            title.sides = (
                self._genitive_sides(head_last, last)
                or self._pair_of_countries(first, head_first, last)
                or self._with(head_last, last)
            )
        if title.type == "treaty" and title.sides and not any(map(_is_state, title.sides)):
            title.type = "contract"
        title.of_states = title.type in self.lexicon.of_states
        title.field = self._field(title, region)
        return title

    # the type ---------------------------------------------------------------------------------

    def _type_of_memorandum(self, first: int, last: int, region: Region | None) -> str:
        """What a bare memorandum is, by what it is about: "of cooperation", "of partnership"."""
        before = region is not None and region.between >= first
        found = self._memorandum_on(first, region.between if region and before else last, 6)
        if found == "other" and region and region.between - first <= 1:
            return self._memorandum_on(region.last, last, 14)
        return found

    def _memorandum_on(self, first: int, last: int, within: int) -> str:
        found = self.page.first_mark("memorandum_on", first, min(first + within, last))
        if found is None or self.page.has("fields", first, found[0]):
            return "other"
        return str(found[2])

    # the parties ------------------------------------------------------------------------------

    def _names_no_parties(self, title: Title, region: Region) -> bool:
        """Whether what stands after "between" is what the document is about: "a road between"."""
        page = self.page
        between = region.between
        if between <= title.head[1] + 1 or self._leads_to_parties(between):
            return False
        if between > title.head[1] + 4 and title.sides and self._are_towns(title):
            return True
        return not page.has("body", region.first, region.last) and not any(
            side.of_all or (side.country and side.why not in ("a place", "in the name"))
            for side in title.sides
        )

    def _are_towns(self, title: Title) -> bool:
        """Whether the sides are towns, and no twin towns: a bridge stands between them."""
        page = self.page
        stems = page.stems[title.first : title.last]
        return not self.lexicon.twinning_stems.intersection(stems) and all(
            side.kind == "city_or_region" and page.at("city", side.first) for side in title.sides
        )

    def _leads_to_parties(self, between: int) -> bool:
        """Whether "between" stands after "cooperation", "agreement", a name or a sign."""
        page = self.page
        before = between - 1
        return (
            page.words[before] in ')",'
            or page.capital(before)
            or any(
                page.ending(category, between, before - 4) is not None
                for category in ("nouns", "document", "fields")
            )
        )

    def _genitive_sides(self, first: int, last: int) -> list[Side]:
        """ "Agreement of the Government of A and the Government of B"."""
        page = self.page
        i = first
        if i < last and page.low[i] in self.lexicon.of:
            i += 1
        i = page.skip_articles(i, last)
        if not page.either("body", "country", i):
            return []
        end = self.sides.region_end(i, last)
        if not page.has("and", i, end):
            return []
        sides = self.sides.sides(i, end)
        whole = len(sides) >= 2 and all(side.country or side.of_all for side in sides)
        return sides if whole else []

    def _pair_of_countries(self, first: int, head: int, last: int) -> list[Side]:
        """ "A-B agreement", "the A–B strategic partnership": the countries as partners."""
        page = self.page
        for i in range(first, last):
            left = page.either("country", "adjective", i)
            if not left or left[0] >= last:
                continue
            second = self._second_of_pair(i, left[0], head)
            right = page.either("country", "adjective", second) if second is not None else None
            if second is None or not right or right[1] == left[1]:
                continue
            if i >= head and not self._pair_is_of_head(i):
                continue
            if i > head and not page.has("nouns", right[0], min(right[0] + 3, last)):
                # A border or an institute between two countries is not a side.
                continue
            return [
                self.sides.country(left[1], i, left[0], "a pair"),
                self.sides.country(right[1], second, right[0], "a pair"),
            ]
        return []

    def _second_of_pair(self, i: int, end: int, head: int) -> int | None:
        """Where the second country of a pair stands: after a dash, or right behind the first."""
        page = self.page
        if i < head and end < head and page.at("country", i) and page.at("country", end):
            return end
        return end + 1 if page.words[end] == "-" else None

    def _pair_is_of_head(self, i: int) -> bool:
        low = self.page.low
        if low[i - 1] in self.lexicon.of:
            return True
        return low[i - 1] in self.lexicon.articles and low[i - 2] in self.lexicon.of

    def _with(self, first: int, last: int) -> list[Side]:
        """ "MoU with the Export Credit Bank of B": the one side that is named."""
        page = self.page
        if first >= last or page.low[first] not in self.lexicon.with_words:
            return []
        side = self.sides.side(first + 1, self.sides.region_end(first + 1, last))
        if side is None:
            return []
        known = side.kind in ("country", "company") or page.has("body", side.first, side.last)
        return [side] if known else []

    # what it is about -------------------------------------------------------------------------

    def _field(self, title: Title, region: Region | None) -> Stretch | None:
        for first, last in self._stretches(title, region):
            found = self.matter.matter(first, last)
            if found:
                return found
        return self.matter.described(title.first, title.head)

    def _stretches(self, title: Title, region: Region | None) -> list[Stretch]:
        """Where the matter may stand: around the parties, or behind the head."""
        page = self.page
        head_last = title.head[1]
        if region and region.between >= head_last:
            stretches = [(head_last, region.between), (region.last, title.last)]
            cooperation = page.ending("nouns", region.between, region.between - 3)
            if page.at("fields", region.last) and cooperation is not None:
                # "To develop cooperation between A and B in the field of X"
                stretches.reverse()
            return stretches
        lead = title.sides[0] if title.sides and not region else None
        if lead and lead.first >= head_last and lead.why != "a pair":
            return [(self.sides.region_end(lead.first, title.last), title.last)]
        return [(head_last, title.last)]


def _is_state(side: Side) -> bool:
    return side.kind in ("country", "government") or side.of_all


def describe(page: Page, title: Title) -> list[tuple[str, str]]:
    """The parts of a title, for people: ``(part, words)`` in the order of the reading."""
    parts = [
        ("title", page.string(title.first, title.last)),
        ("document", f"{page.string(*title.head)} → {title.type}"),
    ]
    for side in title.sides:
        words = page.string(side.first, side.last)
        why = f"{side.kind}, {side.country or 'no country'}; {side.why or 'as named'}"
        parts.append(("party", f"{words} → {side.name} ({why})"))
    if title.field:
        parts.append(("field", page.string(*title.field)))
    return parts
