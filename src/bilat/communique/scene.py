"""The event of a page: which countries it speaks of, when and where it was, and of what kind."""

from __future__ import annotations

import datetime
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from bilat.communique.days import Day, find_days
from bilat.communique.opening import Opening
from bilat.communique.sentences import Sentence, Sentences, Stretches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilat.communique.blocks import Block
    from bilat.communique.page import Page

#: How much each mention of a country counts, by how it is named.
_MENTIONS = (("country", 1.0), ("adjective", 0.8), ("people", 0.3), ("city", 0.3))


class Finding(NamedTuple):
    """A value and the words behind it."""

    value: str
    first: int
    last: int
    confidence: float


class Scene:
    """What surrounds the documents of one page."""

    def __init__(self, page: Page, blocks: list[Block], published: str | None) -> None:
        self.page = page
        self.lexicon = page.lexicon
        self.blocks = blocks
        self.sentences = Sentences(page, blocks)
        self.days = find_days(page)
        self.opening = Opening(page, blocks, self.days, published)
        self.published = self.opening.published
        #: The country of a table's cell, by its first word, where the column has one.
        self.cell_countries: dict[int, str] = {}

    @cached_property
    def last_item(self) -> int:
        """The number of the last block that is an item; that of the last block without one."""
        items = (n for n, block in enumerate(self.blocks) if block.item and not block.noise)
        return max(items, default=len(self.blocks))

    def is_headline(self, sentence: Sentence) -> bool:
        return sentence.block == self.opening.title_block

    def is_item(self, sentence: Sentence) -> bool:
        return self.blocks[sentence.block].item

    # when -------------------------------------------------------------------------------------

    def date(self, titles: Iterable[tuple[int, int]]) -> Finding | None:
        """The day of the event; dates inside the titles of documents are none of it."""
        inside = Stretches(titles)
        best: tuple[float, str, Day] | None = None
        for day in self.days:
            iso = day.iso(self._year_for(day))
            sentence = self.sentences.at(day.first)
            if day is self.opening.header or day.first in inside or not sentence or not iso:
                continue
            score = 6.0 if day is self.opening.day else self._score_of_day(day, iso, sentence)
            if score > (best[0] if best else 0.9):
                best = (score, iso, day)
        relative = self._relative_day(inside)
        if best is None or best[0] < 1.5:
            return relative
        score, iso, day = best
        if relative and self._is_surer(relative, score, day):
            return relative
        return Finding(iso, day.first, day.last, min(0.99, 0.6 + score / 15))

    def _is_surer(self, relative: Finding, score: float, day: Day) -> bool:
        """Whether "today" or "on Monday" says more than the best of the dates."""
        vague = not day.year or day is self.opening.day
        if vague and self.page.at("yesterday", relative.first):
            return True
        return score < (2.4 if day.year else 4)

    def _score_of_day(self, day: Day, iso: str, sentence: Sentence) -> float:
        """How much speaks for a date as that of the event."""
        page = self.page
        block = self.blocks[sentence.block]
        opens = sentence.number <= 3 and not block.item
        score = 1.0
        if len(block) <= 10 and not (sentence.done or page.has("event", block.first, block.last)):
            # A byline.
            score -= 3
        if block.item:
            score -= 4 if sentence.done else 2
        if sentence.done:
            score += 3
        if sentence.event or sentence.visit:
            score += 2
        if sentence.earlier:
            score -= 3
        if sentence.planned:
            score -= 2
        if self._is_of_other_day(day.first, sentence):
            score -= 4
        if self.published and iso > self.published:
            score -= 4
        elif self.published and _days_between(iso, self.published) > 31:
            score -= 1 if opens and day.year and not sentence.earlier else 5
        base = self._iso_of_dateline()
        if base and not 0 <= _days_between(iso, base) <= 7:
            score -= 6
        elif self.opening.day and not block.item and (sentence.done or sentence.event):
            score += 2
        if self.is_headline(sentence) and day.year:
            score += 2
        if opens:
            score += 1.5
        return score - min(2.0, sentence.block / 10)

    def _is_of_other_day(self, i: int, sentence: Sentence) -> bool:
        """Whether "since", "until", "born" stands before a date."""
        return self.page.has("other_days", max(sentence.first, i - 3), i)

    def _iso_of_dateline(self) -> str | None:
        day = self.opening.day
        return day.iso(self._year_for(day)) if day else None

    def _year_for(self, day: Day) -> int | None:
        """The year of a day; the publication gives the latest that is not after it."""
        if day.year or self.published is None:
            return day.year
        published = datetime.date.fromisoformat(self.published)
        try:
            late = datetime.date(published.year, day.month, day.day) - published
        except ValueError:
            return published.year
        return published.year - 1 if late.days > 60 else published.year

    def _relative_day(self, inside: Stretches) -> Finding | None:
        """ "Today" and the days of the week, as the dateline or the publication give them."""
        year = int(self.published[:4]) if self.published else None
        base = (self.opening.day.iso(year) if self.opening.day else None) or self.published
        if not base:
            return None
        for sentence in self.sentences.all:
            if not self._may_tell_day(sentence):
                continue
            for category in ("today", "yesterday", "weekday"):
                mark = self._first_outside(category, sentence, inside)
                if mark is None or (category == "weekday" and not self._is_weekday(mark[0])):
                    continue
                day = datetime.date.fromisoformat(base)
                if category == "yesterday":
                    day -= datetime.timedelta(days=1)
                elif category == "weekday":
                    day -= datetime.timedelta(days=(day.weekday() - mark[2]) % 7)
                return Finding(day.isoformat(), mark[0], mark[1], 0.8)
        return None

    def _may_tell_day(self, sentence: Sentence) -> bool:
        if self.is_headline(sentence) or self.is_item(sentence):
            return False
        if not (sentence.number <= 3 or sentence.done or sentence.event or sentence.visit):
            return False
        if sentence.planned and not sentence.done:
            return False
        # "Earlier today" is today.
        return not sentence.earlier or self.page.has("today", sentence.first, sentence.last)

    def _is_weekday(self, i: int) -> bool:
        return self.page.capital(i) or not self.lexicon.capital_weekdays

    def _first_outside(
        self, category: str, sentence: Sentence, inside: Stretches
    ) -> tuple[int, int, int] | None:
        for mark in self.page.all_marks(category, sentence.first, sentence.last):
            if mark[0] not in inside and not self._is_of_other_day(mark[0], sentence):
                return mark
        return None

    # which countries --------------------------------------------------------------------------

    def salience(self, titles: Iterable[tuple[int, int]]) -> list[tuple[str, float]]:
        """The countries of the page with their weight, in the order of their first mention."""
        page = self.page
        inside = Stretches(titles)
        weigh = self._weights_of_words()
        weights: dict[str, float] = {}
        first: dict[str, int] = {}
        for category, factor in _MENTIONS:
            for i, (_, value) in page.all_of(category).items():
                if i not in weigh:
                    continue
                code = value[0] if category == "city" else value
                weight = weigh[i] * factor
                if i in inside:
                    weight *= 0.8
                sentence = self.sentences.at(i)
                if sentence and sentence.earlier and not sentence.done:
                    weight *= 0.4
                if page.has("office", max(0, i - 4), i + 3):
                    weight *= 1.8
                weights[code] = weights.get(code, 0.0) + weight
                if category == "city":
                    first.setdefault(code, i)
                elif category != "people":
                    first[code] = min(first.get(code, i), i)
        return sorted(((code, weights[code]) for code in first), key=lambda pair: first[pair[0]])

    def _weights_of_words(self) -> dict[int, float]:
        """How much a word counts: that of the headline most, what comes after the list least."""
        weights: dict[int, float] = {}
        for number, block in enumerate(self.blocks):
            if block.noise:
                continue
            weight = 1.0 if block.item else 2.0
            if number == self.opening.title_block:
                weight = 3.0
            if number > max(0, self.last_item) and not block.item:
                weight = 0.7
            weights |= dict.fromkeys(range(block.first, block.last), weight)
        return weights

    # where ------------------------------------------------------------------------------------

    def place(
        self, titles: Iterable[tuple[int, int]], countries: set[str], date: str | None
    ) -> Finding | None:
        """The town where the event took place."""
        inside = Stretches(titles)
        year = (date or self.published or "")[:4]
        best: tuple[float, int, int, str] | None = None
        for i, (end, (code, name)) in self.page.all_of("city").items():
            sentence = self.sentences.at(i)
            if i in inside or i == 0 or sentence is None:
                continue
            if (countries and code not in countries) or self._goes_on_as_name(end, sentence):
                continue
            score = self._score_of_place(i, end, sentence, year)
            if score is not None and (best is None or score > best[0]):
                best = (score, i, end, name)
        line = self.opening.city
        found = best if best and best[0] > 0 else None
        if found and (found[0] >= 3 or line is None):
            return self._city(*found[1:], min(0.95, 0.6 + found[0] / 15))
        if line and (not countries or line.country in countries or not line.country):
            return self._city(line.first, line.last, line.name, 0.85)
        return self._city(*found[1:], 0.5) if found else None

    def _city(self, first: int, last: int, name: str, confidence: float) -> Finding:
        if not self.lexicon.names_bend:
            text = self.page.string(first, last)
            name = text.title() if text.isupper() else text
        return Finding(name, first, last, confidence)

    def _goes_on_as_name(self, end: int, sentence: Sentence) -> bool:
        """Whether a town is the first word of a name: "Paris Agreement"."""
        page = self.page
        return end < sentence.last and page.capital(end) and page.is_word(end)

    def _score_of_place(self, i: int, end: int, sentence: Sentence, year: str) -> float | None:
        """How much speaks for a town as the place of the event, if anything does."""
        page = self.page
        before = self._before_city(i)
        at = self._stands_at(i, before, sentence)
        visited = self._is_visited(before, sentence)
        if not at and not visited and not self._opens_report(i, end, sentence):
            return None
        score = 1.0
        if not (sentence.done or sentence.event or visited or not at):
            score -= 1.5
        if year and any(
            page.is_year(k) and page.words[k] != year for k in range(sentence.first, sentence.last)
        ):
            score -= 3
        if sentence.done:
            score += 3
        if sentence.event:
            score += 1.5
        if sentence.number <= 2:
            score += 1
        if not at and visited:
            score -= 0.5
        if sentence.earlier:
            score -= 2
        if sentence.planned:
            score -= 2.5
        if self.is_item(sentence):
            score -= 3
        if self.is_headline(sentence):
            score += 0.5
        return score

    def _before_city(self, i: int) -> int:
        """The word before a town, "the city of" left out."""
        page = self.page
        k = i - 1
        while k >= 0 and (
            page.low[k] in self.lexicon.articles
            or page.stems[k] in self.lexicon.city_stems
            or (page.words[k] == "." and page.abbreviated(k))
        ):
            k -= 1
        return k

    def _stands_at(self, i: int, before: int, sentence: Sentence) -> bool:
        """Whether "in" stands before a town: "in ASTANA", "at the State House, NAIROBI"."""
        page = self.page
        if before >= sentence.first and page.at("at_place", before):
            return True
        return page.words[i - 1] == "," and page.has("at_place", max(sentence.first, i - 7), i - 1)

    def _is_visited(self, before: int, sentence: Sentence) -> bool:
        """Whether "visit to" or "arrived … to" ends with the word before a town."""
        page = self.page
        if before < sentence.first:
            return False
        floor = max(sentence.first, before - 2)
        return page.ending("visit_to", before + 1, floor) is not None or (
            page.low[before] in self.lexicon.to and page.has("visit_words", sentence.first, before)
        )

    def _opens_report(self, i: int, end: int, sentence: Sentence) -> bool:
        """Whether a town opens the report: "ASTANA hosted", "On Monday, ASTANA saw"."""
        page = self.page
        opens = i == sentence.first or (page.words[i - 1] == "," and i - sentence.first <= 6)
        return (
            opens
            and not sentence.planned
            and sentence.block <= self.opening.title_block + 2
            and sentence.number <= 2
            and end < sentence.last
            and page.is_word(end)
            and not page.capital(end)
            and not page.at("and", end)
        )

    # of what kind -----------------------------------------------------------------------------

    def event_type(self) -> Finding | None:
        """The kind of event, the most telling word first."""
        order = self.lexicon.events
        best: tuple[int, int, int] | None = None
        for i, (end, value) in sorted(self.page.all_of("event").items()):
            sentence = self.sentences.at(i)
            if sentence and not self.is_item(sentence) and sentence.block <= self.last_item:
                rank = order.index(value)
                if best is None or rank < best[0]:
                    best = (rank, i, end)
        return Finding(order[best[0]], best[1], best[2], 0.8) if best else None


def _days_between(iso: str, later: str) -> int:
    return (datetime.date.fromisoformat(later) - datetime.date.fromisoformat(iso)).days
