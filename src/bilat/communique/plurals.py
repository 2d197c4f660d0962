"""Several documents under one name: "three protocols: on A, on B and on C"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilat.communique.drafts import Draft, Reading
from bilat.communique.title import Title

if TYPE_CHECKING:
    from bilat.communique.sentences import Sentence
    from bilat.communique.signatories import SignatoryReader, Stretch


class PluralReader:
    """Takes titles in the plural apart, where the words behind them tell one from the other."""

    def __init__(self, reading: Reading, signatories: SignatoryReader) -> None:
        self.reading = reading
        self.page = reading.page
        self.titles = reading.titles
        self.signatories = signatories

    def drafts(self, title: Title, sentence: Sentence) -> list[Draft]:
        """A draft for each document that a title in the plural names; none if it names one."""
        listed = self._behind_colon(title, sentence)
        if listed is not None:
            return listed
        return (
            self._by_matter(title, sentence)
            or self._by_field(title, sentence)
            or self._by_pair_of_regions(title, sentence)
        )

    def _behind_colon(self, title: Title, sentence: Sentence) -> list[Draft] | None:
        """ "Three protocols: on A, on B and on C" """
        page = self.page
        head_last, last = title.head[1], sentence.last
        colons = (k for k in range(head_last, min(head_last + 4, last)) if page.words[k] == ":")
        colon = next(colons, None)
        if colon is None or colon + 1 >= last or not page.at("about", colon + 1):
            return None
        starts = [colon + 1]
        for k in range(colon + 2, last - 1):
            after = self._past_joint(k, ",;")
            if after is not None and after != starts[-1] and self._is_again(after, colon + 1):
                starts.append(after)
        end = self.titles.extents.end(starts[-1] + 1, last, prose=True)
        drafts = []
        for begin, following in zip(starts, [*starts[1:], end], strict=True):
            end = following
            while end > begin and (page.words[end - 1] in ",;." or page.at("and", end - 1)):
                end -= 1
            first = page.skip_articles(page.past("about", begin), end)
            if end > first:
                part = Title(first, end, title.type, (first, first))
                part.field = self.titles.matter.matter_or_all(first, end)
                draft = Draft(part, sentence, 0.75)
                self.signatories.subject(draft, sentence, title.head[0])
                drafts.append(draft)
        return drafts

    def _by_matter(self, title: Title, sentence: Sentence) -> list[Draft]:
        """ "Agreements on A, on B and on C" """
        page = self.page
        about = page.first_mark("about", title.head[1], title.last)
        if about is None:
            return []
        cuts: list[tuple[int, int]] = []
        for k in range(about[0] + 1, title.last - 1):
            after = self._past_joint(k, ",", title.last)
            if after is None or after >= title.last - 1 or not self._is_again(after, about[0]):
                continue
            if not cuts or cuts[-1][1] != after:
                cuts.append((k, after))
        if not cuts:
            return []
        head = (*title.head, title.type)
        lead = self.titles.read(title.first, cuts[0][0], head)
        drafts = [Draft(lead, sentence, 0.7)]
        for (_, after), end in zip(cuts, [*(k for k, _ in cuts[1:]), title.last], strict=True):
            begin = page.skip_articles(page.past("about", after), end)
            if end > begin:
                part = Title(begin, end, lead.type, (begin, begin), list(lead.sides))
                part.field = self.titles.matter.matter_or_all(after, end)
                drafts.append(Draft(part, sentence, 0.7))
        return drafts

    def _past_joint(self, k: int, signs: str, last: int | None = None) -> int | None:
        """The word behind "and", a sign, or a sign and "and", if that stands at ``k``."""
        page = self.page
        after = k + 1 if page.words[k] in signs else page.past("and", k)
        if after == k:
            return None
        return after if last is not None and after >= last else page.past("and", after)

    def _is_again(self, i: int, about: int) -> bool:
        """Whether the preposition at ``about`` stands at ``i`` again."""
        return self.page.at("about", i) is not None and self.page.low[i] == self.page.low[about]

    def _by_field(self, title: Title, sentence: Sentence) -> list[Draft]:
        """ "Six agreements on A, B, C and D": each is a document of its own."""
        drafts = []
        for number, (begin, end) in enumerate(self._listed_fields(title, sentence)):
            part = self._part(title, number, begin, end)
            part.field = (begin, end)
            drafts.append(Draft(part, sentence, 0.65))
        return drafts

    @staticmethod
    def _part(title: Title, number: int, begin: int, end: int) -> Title:
        """One of the documents of a title; the first keeps the name of them all."""
        if number == 0:
            return Title(title.first, end, title.type, title.head)
        return Title(begin, end, title.type, (begin, begin))

    def _listed_fields(self, title: Title, sentence: Sentence) -> list[Stretch]:
        page = self.page
        parties = title.sides or page.has("between", title.head[1], title.last)
        if title.field is None or parties or self._sums_up(sentence):
            return []
        first, last = title.field[0], title.last
        commas = [k for k in range(first, last) if page.words[k] == ","]
        cuts: list[tuple[int, int]] = []
        for k in range(first, last):
            joint = page.at("and", k)
            # Of several "and"s, the one behind the last comma comes before the last field.
            if page.words[k] != "," and not (joint and cuts and k > commas[-1]):
                continue
            after = joint[0] if joint else k + 1
            again = page.at("and", after)
            after = again[0] if again else after
            if not cuts or k >= cuts[-1][1]:
                cuts.append((k, after))
            if joint or again:
                break
        if len(cuts) < 2 or page.words[cuts[0][0]] != ",":
            return []
        begins = [first, *(after for _, after in cuts)]
        ends = [*(k for k, _ in cuts), last]
        found = [(begin, end) for begin, end in zip(begins, ends, strict=True) if end > begin]
        return found if all(end - begin <= 9 for begin, end in found) else []

    def _sums_up(self, sentence: Sentence) -> bool:
        """Whether a list at the head of a page only says in short what follows."""
        if sentence.block > self.reading.scene.opening.title_block + 1:
            return False
        return any(
            len(block) > 8 and self.titles.extents.heads(block.first, block.last)
            for block in self.reading.blocks[sentence.block + 2 :]
            if not block.noise
        )

    def _by_pair_of_regions(self, title: Title, sentence: Sentence) -> list[Draft]:
        """ "Programmes between A and B regions, C and D regions" """
        page = self.page
        between = page.first_mark("between", title.head[1], title.last)
        pairs = self._pairs_of_regions(between[1], title.last) if between else []
        drafts = []
        for number, (first, last) in enumerate(pairs if len(pairs) > 1 else []):
            part = self._part(title, number, page.skip_articles(first, last), last)
            part.sides = self.titles.sides.sides(first, last)
            drafts.append(Draft(part, sentence, 0.8))
        return drafts

    def _pairs_of_regions(self, first: int, last: int) -> list[Stretch]:
        page = self.page
        pairs = []
        begin = first
        joined = False
        for k in range(first, last):
            if page.at("and", k):
                joined = True
            elif joined and page.words[k] in ",;" and self._names_region(begin, k):
                pairs.append((begin, k))
                begin, joined = k + 1, False
        while begin < last and page.at("and", begin):
            begin = page.past("and", begin)
        if joined and self._names_region(begin, last):
            pairs.append((begin, last))
        single = all(len(page.all_marks("and", *pair)) == 1 for pair in pairs)
        return pairs if single else []

    def _names_region(self, first: int, last: int) -> bool:
        bodies = self.page.all_marks("body", first, last)
        return any(kind == "city_or_region" for _, _, kind in bodies)
