"""The office next to a person's name, and the country that it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bilat.communique.names import NameFinder
    from bilat.communique.page import Page
    from bilat.communique.sentences import Sentence

#: Signs that may stand inside the name of an office.
_INSIDE = {"&", ",", "-", "'", "'s", '"'}


class Office(NamedTuple):
    """An office as the text has it; ``words`` is ``None`` where only the country is said."""

    words: str | None
    country: str | None
    rank: str | None
    #: A comma stands between it and the name.
    apart: bool = False


class OfficeReader:
    """Reads the words beside the names of people on one page."""

    def __init__(self, page: Page, names: NameFinder) -> None:
        self.page = page
        self.lexicon = page.lexicon
        self.names = names

    def is_plural(self, first: int, last: int) -> bool:
        return any(self.page.low[k] in self.lexicon.office_plurals for k in range(first, last))

    def is_portfolio(self, i: int) -> bool:
        """Whether a word says of what an office is one: "foreign", "energy"."""
        return self.page.stems[i] in self.lexicon.portfolio_stems

    # before the name --------------------------------------------------------------------------

    def left(self, name: int, sentence: Sentence) -> Office | None:
        """The office before a name: "Turkish Foreign Minister NAME", "President of A, NAME"."""
        page = self.page
        offices = page.all_of("office")
        floor = sentence.first
        i = self.skip_titles_back(name, floor)
        comma = i > floor and page.words[i - 1] in ",:"
        if comma:
            i = self.skip_titles_back(i - 1, floor)
        for k in range(i - 1, max(floor - 1, i - 17), -1):
            word = page.words[k]
            if word in ";:()" or (word == "." and not page.abbreviated(k)):
                return None
            if k in offices:
                if offices[k][0] <= i:
                    return self._left_office(k, i, floor, comma)
            elif word == "," and not comma and not self._lists_portfolios(k):
                return None
        return None

    def _left_office(self, k: int, i: int, floor: int, comma: bool) -> Office | None:
        """The office whose first word of all is at ``k``, for the name or the comma at ``i``."""
        page = self.page
        end, rank = page.all_of("office")[k]
        if rank == "counterpart":
            return Office(self._office_before(k), self._country_before(k, floor), rank)
        if not self._only_says_of_what(end, i) if end < i else comma:
            return None
        if self.is_plural(k, end):
            return None
        start, country = self.start(k, floor)
        if country is None:
            # "Bangladesh High Commissioner in Malaysia": whose, before where.
            inside = page.first_mark("country", end, i) or page.first_mark("adjective", end, i)
            country = inside[2] if inside else None
        return Office(page.string(start, self._before_country(end, i)), country, rank, comma)

    def _before_country(self, end: int, i: int) -> int:
        """Where an office ends whose name goes on from ``end`` to ``i``: before its country."""
        page = self.page
        if end == i:
            return end
        country = page.first_mark("country", end, i)
        stop = country[0] if country else i
        while stop > end and (
            page.low[stop - 1] in self.lexicon.of_or_articles or page.words[stop - 1] in ",-"
        ):
            stop -= 1
        return stop

    def skip_titles_back(self, i: int, floor: int) -> int:
        """The first of the titles right before word ``i``: "H.E. Mr."."""
        page = self.page
        while i > floor:
            k = i - 1
            if page.words[k] == "." and k > floor and not page.spaced(k):
                k -= 1
            for back in range(max(floor, k - 3), k + 1):
                mark = page.at("titles", back)
                if mark and mark[0] in (i, k + 1) and page.capital(back):
                    i = back
                    break
            else:
                return i
        return i

    def _lists_portfolios(self, comma: int) -> bool:
        """ "Minister of Trade, Industry and Energy" """
        page = self.page
        after = comma + 1
        if after >= len(page):
            return False
        return self.is_portfolio(after) or (page.capital(after) and self.is_portfolio(comma - 1))

    def _only_says_of_what(self, first: int, last: int) -> bool:
        """Whether the words between an office and a name only say of what the office is."""
        page = self.page
        if page.at("and", last - 1):
            return False
        k = first
        begun = False
        while k < last:
            named = page.either("country", "adjective", k) or page.at("body", k)
            if named:
                k = named[0]
                begun = True
            elif self._joins_office(k):
                k += 1
                begun = True
            elif self._may_stand_in_office(k, last, begun):
                k += 1
            else:
                return False
        return True

    def _joins_office(self, k: int) -> bool:
        page, low = self.page, self.page.low[k]
        return (
            low in self.lexicon.of_or_articles
            or low in self.lexicon.office_joints
            or low in self.lexicon.and_words
            or low in _INSIDE
            or page.at("about", k) is not None
        )

    def _may_stand_in_office(self, k: int, last: int, begun: bool) -> bool:
        page = self.page
        word = page.words[k]
        lower = begun and word.isalpha() and word.islower() and last - k <= 10
        if lower and page.has("body", k + 1, last):
            return True
        named = page.is_word(k) and (page.capital(k) or self.lexicon.names_bend)
        return (
            (begun and named)
            or self.is_portfolio(k)
            or page.at("city", k) is not None
            or page.at("office", k) is not None
        )

    def start(self, i: int, floor: int) -> tuple[int, str | None]:
        """Where the office at ``i`` begins, with what describes it, and the country before it."""
        page = self.page
        while i > floor:
            named = page.either_ending("country", "adjective", i, max(floor, i - 6))
            if named:
                return i, named[1]
            if page.words[i - 1] in ("'s", "'"):
                owner = page.ending("country", i - 1, max(floor, i - 7))
                return i, None if owner is None else page.all_of("country")[owner][1]
            before = self._office_joined(i, floor)
            if before is not None:
                i = before
            elif self._describes_office(i - 1):
                i -= 1
            elif i - 2 >= floor and self._joins(i - 1) and self.is_portfolio(i - 2):
                i -= 2
            else:
                break
        return i, None

    def _joins(self, i: int) -> bool:
        return self.page.at("and", i) is not None or self.page.words[i] == ","

    def _describes_office(self, i: int) -> bool:
        page = self.page
        return (self.is_portfolio(i) and page.is_word(i)) or page.low[
            i
        ] in self.lexicon.before_office

    def _office_joined(self, i: int, floor: int) -> int | None:
        """The office that goes on at ``i``: "Deputy Prime Minister - Minister of"."""
        page = self.page
        offices = page.all_of("office")
        for back in range(max(floor, i - 7), i):
            if back in offices:
                end = offices[back][0]
                joined = page.at("and", i - 1) or page.words[i - 1] in "-,"
                if end == i or (end == i - 1 and joined):
                    return back
        return None

    def _country_before(self, i: int, floor: int) -> str | None:
        for back in range(i - 1, max(floor, i - 4) - 1, -1):
            named = self.page.either("adjective", "country", back)
            if named:
                return str(named[1])
        return None

    def _office_before(self, i: int) -> str | None:
        """The office of the nearest person before, for "his counterpart"."""
        offices = self.page.all_of("office")
        for k in range(i - 1, max(-1, i - 40), -1):
            if k in offices and offices[k][1] != "counterpart":
                start, _ = self.start(k, max(0, k - 6))
                return self.page.string(start, offices[k][0])
        return None

    # behind the name --------------------------------------------------------------------------

    def right(self, name_end: int, sentence: Sentence) -> Office | None:
        """The office behind a name: "NAME, Foreign Secretary of India", "NAME (A)"."""
        page = self.page
        i, last = name_end, sentence.last
        if i >= last or page.words[i] not in ",(-":
            return None
        bracket = page.words[i] == "("
        i += 1
        while i < last and page.low[i] in self.lexicon.articles:
            i += 1
        if page.at("and", i):
            # "NAME, and Prime Minister NAME"
            return None
        begin = i
        limit = min(last, i + 7)
        country: str | None = None
        while i < limit:
            office = page.at("office", i)
            if office:
                return self._right_office(begin, i, country, sentence, bracket)
            named = page.either("country", "adjective", i)
            if named:
                country = country or named[1]
                i = named[0]
                if i < last and bracket and page.words[i] == ")":
                    return Office(None, country, None)
                i += i < last and page.words[i] in ("'s", "'")
                begin = i
            elif self.is_portfolio(i) or page.low[i] in self.lexicon.after_name:
                i += 1
            else:
                return None
        return None

    def _right_office(
        self, begin: int, i: int, country: str | None, sentence: Sentence, bracket: bool
    ) -> Office | None:
        page = self.page
        end, rank = page.all_of("office")[i]
        if rank == "counterpart" or self.is_plural(i, end):
            return None
        stop, behind = self._end(end, sentence.last)
        followed = stop < min(sentence.last, len(page)) and self.names.is_name_word(stop)
        if followed and not bracket:
            # "NAME, President NAME": the office is of the name behind it.
            return None
        return Office(page.string(begin, stop), country or behind, rank)

    def _end(self, i: int, last: int) -> tuple[int, str | None]:
        """Where an office ends, without its country, and the country."""
        page = self.page
        k = end = i
        while k < last and k - i < 16:
            country, body = page.at("country", k), page.at("body", k)
            if country:
                return end, country[1]
            if self._goes_on(k, last):
                k += 1
            elif body:
                k = end = body[0]
            elif (
                page.is_word(k)
                and (page.capital(k) or self.is_portfolio(k))
                and not page.at("done", k)
            ):
                k += 1
                end = k
            else:
                break
        return end, None

    def _goes_on(self, k: int, last: int) -> bool:
        """Whether an office goes on behind "of", "for", "and Trade"."""
        page, low = self.page, self.page.low[k]
        if low in self.lexicon.of_or_articles or low in self.lexicon.office_joints:
            return True
        if k + 1 >= last:
            return False
        if page.words[k] == ",":
            return self.is_portfolio(k + 1)
        return page.at("and", k) is not None and (self.is_portfolio(k + 1) or page.capital(k + 1))

    def country_behind(self, name_end: int, sentence: Sentence) -> str | None:
        """The country in "NAME of A", "NAME (A)", "NAME, for A", "NAME … signed for A"."""
        page, lexicon = self.page, self.lexicon
        i, last = name_end, sentence.last
        if i < last:
            low = page.low[i]
            linked = low in lexicon.of or low in lexicon.from_words or page.words[i] == "("
            if linked or (lexicon.names_bend and page.at("country", i)):
                i += linked
                while i < last and page.low[i] in lexicon.articles:
                    i += 1
                country = page.at("country", i)
                if country:
                    return str(country[1])
        k = i + (i < last and page.words[i] in ",(")
        if k + 1 < last and page.low[k] in lexicon.on_behalf:
            country = page.at("country", k + 1) or page.at("country", k + 2)
            if country:
                return str(country[1])
        return self._signs_for(name_end, last)

    def _signs_for(self, name_end: int, last: int) -> str | None:
        """ "NAME, Director of X, signed for Kazakhstan" """
        page = self.page
        for k in range(name_end, min(name_end + 14, last)):
            done = page.at("done", k)
            if done and done[0] < last:
                behalf = page.low[done[0]] in self.lexicon.on_behalf
                if behalf or page.at("signed_by", k):
                    country = page.first_mark("country", done[0], min(done[0] + 4, last))
                    if country:
                        return str(country[2])
            if done or page.at("and", k):
                break
        return None
