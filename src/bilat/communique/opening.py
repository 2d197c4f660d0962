"""How a page opens: its date of publication, its headline and the dateline of its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bilat.communique.blocks import Block
    from bilat.communique.days import Day
    from bilat.communique.page import Mark, Page


class City(NamedTuple):
    """A town at ``first:last``; the code of its country is "" where it is unknown."""

    first: int
    last: int
    country: str
    name: str


class Opening:
    """What the first blocks of a page say.

    ``published`` is the day of publication, given or found; ``header`` is its date in the text;
    ``title_block`` is the number of the headline, -1 without one; ``day`` and ``city`` are those of
    the dateline.
    """

    def __init__(
        self, page: Page, blocks: list[Block], days: list[Day], published: str | None
    ) -> None:
        self.page = page
        self.blocks = blocks
        self._days = days
        self._by_first = {day.first: day for day in days}
        self.published = published
        self.header: Day | None = None
        self.title_block = -1
        self.day: Day | None = None
        self.city: City | None = None
        self._find_header()
        if self.title_block < 0:
            self._find_headline()
        self._find_dateline()

    # the date of publication ------------------------------------------------------------------

    def _find_header(self) -> None:
        """A date that opens the page, alone on its line or before the headline."""
        page = self.page
        for number, block in enumerate(self.blocks[:8]):
            label = page.at("published", block.first)
            day = self._day_that_opens(block, label) or self._day_of_byline(block)
            if day is None or not day.year or self._is_place(block.first):
                continue
            rest = block.last - day.last
            alone = rest <= 4 or label or len(block.cells) > 1 or page.words[day.last] == "|"
            if alone or (number == 0 and self._is_headline(block)):
                self.header = day
                if self.published is None:
                    self.published = day.iso()
                if 3 < rest <= 30:
                    self.title_block = number
                return

    def _is_headline(self, block: Block) -> bool:
        """Whether a first line with a date is no text yet: "On 5 May the ministers signed …" is."""
        page = self.page
        return page.words[block.last - 1] != "." and not page.has("done", block.first, block.last)

    def _day_that_opens(self, block: Block, label: Mark | None) -> Day | None:
        """The date that a block begins with, behind "Published:", the time and the weekday."""
        page = self.page
        i = label[0] if label else block.first
        while i < block.last and (
            page.words[i] in ":|-,"
            or (
                label
                and page.words[i].isdecimal()
                and i + 1 < block.last
                and page.words[i + 1] in ":,"
            )
        ):
            i += 1
        return self._by_first.get(self._past_weekday(i, block.last))

    def _past_weekday(self, i: int, last: int) -> int:
        weekday = self.page.at("weekday", i)
        if weekday is None:
            return i
        end = weekday[0]
        return end + (end < last and self.page.words[end] == ",")

    def _day_of_byline(self, block: Block) -> Day | None:
        page = self.page
        if len(block) > 12:
            return None
        tells = page.has("done", block.first, block.last) or page.has(
            "event", block.first, block.last
        )
        if tells or self._is_place(block.first):
            return None
        for day in self._days:
            if block.first < day.first < block.last and day.year and block.last - day.last <= 4:
                return day
        return None

    def _is_place(self, i: int) -> bool:
        return self.page.either("city", "country", i) is not None

    def _in_header(self, block: Block) -> Day | None:
        """The date of the header, if it stands in a block."""
        header = self.header
        return header if header and block.first <= header.first < block.last else None

    def _find_headline(self) -> None:
        for number, block in enumerate(self.blocks[:4]):
            if block.noise or block.marker == "bullet":
                continue
            header = self._in_header(block)
            if header and block.last - header.last <= 4:
                continue
            short = len(block) <= 22 and self.page.words[block.last - 1] not in ".;:!"
            if short and number + 1 < len(self.blocks):
                self.title_block = number
            return

    # the dateline -----------------------------------------------------------------------------

    def _find_dateline(self) -> None:
        """ "ASTANA, 12 May 2024 –", at the start of a block or after the header's date."""
        for block in self.blocks[:10]:
            if not block.noise and block.marker in ("", "bullet"):
                header = self._in_header(block)
                if self._read_dateline(header.last if header else block.first, block.last):
                    return

    def _read_dateline(self, i: int, last: int) -> bool:
        """Take day and city from a line; whether no further line can say more."""
        page = self.page
        city, country = page.at("city", i), page.at("country", i)
        day = self._by_first.get(i)
        if day and day.last + 1 < last and page.words[day.last] in ",.":
            # "3 June, Ulaanbaatar."
            city = page.at("city", day.last + 1)
            if city and city[0] < last and page.words[city[0]] in ".-:(,":
                self.day, self.city = day, City(day.last + 1, city[0], *city[1])
                return True
        named = city or country
        if not named:
            self._read_unknown_city(i, last)
            return False
        k = self._past_country(named[0], last)
        parted = k < last and page.words[k] in ",-.:("
        day = self._by_first.get(self._past_weekday(k + parted, last))
        end = day.last if day else k
        if day and parted and (end >= last or page.words[end] in "-:.()|/,"):
            self.day = day
            if city:
                self.city = City(i, city[0], *city[1])
            return True
        if not city or end >= last:
            return False
        upper = page.words[i].isupper() and len(page.words[i]) > 2
        if upper and page.words[end] in "-:(":
            self.city = City(i, city[0], *city[1])
            return True
        if not day and self._opens_text(end, last):
            self.city = City(i, city[0], *city[1])
        return False

    def _past_country(self, i: int, last: int) -> int:
        """The word behind ", COUNTRY" or "(COUNTRY)"."""
        page = self.page
        country = page.at("country", i + 1) if i < last and page.words[i] in ",/(" else None
        if country is None:
            return i
        end = country[0]
        return end + (end < last and page.words[end] == ")")

    def _opens_text(self, i: int, last: int) -> bool:
        """Whether the sign at ``i`` parts a dateline from the text: "–", ":", ", AGENCY"."""
        page = self.page
        if page.words[i] == ",":
            return i + 1 < last and (page.words[i + 1].isupper() or page.words[i + 1] == '"')
        return page.words[i] == ":" or (page.words[i] == "-" and page.spaced(i))

    def _read_unknown_city(self, i: int, last: int) -> None:
        """ "TOWN – " before a longer text is a place, known or not."""
        page = self.page
        if self.city or last - i <= 12:
            return
        word = page.words[i]
        if (
            word.isupper()
            and word.isalpha()
            and len(word) > 3
            and not page.at("document", i)
            and page.words[i + 1] == "-"
            and page.spaced(i + 1)
        ):
            self.city = City(i, i + 1, "", word.title())
