"""The documents that the sentences of a page speak of: which of them were done here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilat.communique.drafts import Draft, Reading
from bilat.communique.plurals import PluralReader
from bilat.communique.signatories import SignatoryReader
from bilat.communique.status import NOT_DONE, Status, status, status_of_clause

if TYPE_CHECKING:
    from bilat.communique.extent import Head
    from bilat.communique.sentences import Sentence
    from bilat.communique.title import Title

#: How much has to speak for a document in prose.
_ENOUGH = 2.0
#: With as many words behind its head, a title is not said in passing.
_DETAILED = 6
#: What is planned or refused can have nothing speak for it.
_RULED_OUT = -9.0


class ProseReader:
    """Reads the sentences of one page."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.page = reading.page
        self.lexicon = reading.page.lexicon
        self.scene = reading.scene
        self.titles = reading.titles
        self.extents = reading.titles.extents
        self.signatories = SignatoryReader(reading)
        self.plurals = PluralReader(reading, self.signatories)
        #: Where the documents of a sentence stand that lists several.
        self._listed: dict[int, set[int]] = {}

    def run(self) -> None:
        before: Status = ""
        block = -1
        for sentence in self.scene.sentences.all:
            if self.scene.is_item(sentence) and sentence.first in self.reading.used:
                # What follows a list of documents goes on with them.
                before, block = "done", sentence.block
            elif not self.scene.is_headline(sentence):
                if sentence.block - block > 2:
                    before = ""
                block = sentence.block
                own = status(self.page, sentence.first, sentence.last)
                if not self._names_signatories(sentence):
                    self._read(sentence, own, before)
                before = own or before

    def _names_signatories(self, sentence: Sentence) -> bool:
        """ "The signatories of the latter are A and B": the parties of the document before."""
        page = self.page
        first, last = sentence.first, sentence.last
        if not page.has("signed_by", first, min(first + 4, last)):
            return False
        before = [d for d in self.reading.drafts if d.title.first < first]
        if not before or page.has("document", first, last):
            return False
        title = max(before, key=lambda draft: draft.title.first).title
        if not title.sides:
            title.sides = self.signatories.explained(first, last)
            return bool(title.sides)
        return False

    def _read(self, sentence: Sentence, own: Status, before: Status) -> None:
        """Read the documents of a sentence whose status, and that of those before, is given."""
        at = sentence.first
        for head in self.extents.heads(sentence.first, sentence.last):
            if head[0] < at or head[0] in self.reading.used:
                continue
            title = self._title(head, at, sentence)
            several = self._several(title, sentence, own)
            if several:
                self.reading.drafts += several
                at = max(draft.title.last for draft in several)
                continue
            score = self._plausible(title, sentence, own, before)
            if score < _ENOUGH:
                continue
            draft = Draft(title, sentence, min(0.9, 0.5 + score / 10))
            draft.by_leaders = self.signatories.by_leaders(sentence, head)
            if not title.sides:
                self._find_sides(draft, sentence)
            self.reading.drafts.append(draft)
            at = title.last

    def _title(self, head: Head, floor: int, sentence: Sentence) -> Title:
        start = self.extents.start(head[0], floor, prose=True)
        quoted = self._quoted_end(start, sentence.last)
        end = quoted or self.extents.end(head[1], sentence.last, prose=True)
        return self.titles.read(start, end, head)

    def _quoted_end(self, start: int, last: int) -> int | None:
        """The end of a title that stands in quotation marks."""
        page = self.page
        if start == 0 or page.words[start - 1] != '"':
            return None
        for k in range(start, min(start + 80, last)):
            if page.words[k] == '"' and not self._opens_quotation(k, last):
                end = k - (page.words[k - 1] in ".,;")
                return end if end > start + 1 else None
        return None

    def _opens_quotation(self, k: int, last: int) -> bool:
        page = self.page
        return k + 1 < last and page.is_word(k + 1) and page.spaced(k) and not page.spaced(k + 1)

    def _several(self, title: Title, sentence: Sentence, own: Status) -> list[Draft]:
        if not title.plural or title.head[1] >= sentence.last or own in NOT_DONE:
            return []
        return self.plurals.drafts(title, sentence)

    def _find_sides(self, draft: Draft, sentence: Sentence) -> None:
        """Take the parties from "signed by" behind a title, or from the subject before it."""
        title, last = draft.title, sentence.last
        if self.page.has("signed_by", title.last, min(title.last + 3, last)):
            heads = self.extents.heads(title.last, last)
            title.sides = self.signatories.explained(title.last, heads[0][0] if heads else last)
        if not title.sides:
            self.signatories.subject(draft, sentence, title.first)

    # what speaks for a document ---------------------------------------------------------------

    def _plausible(self, title: Title, sentence: Sentence, own: Status, before: Status) -> float:
        """How much speaks for a document that was done here, and not one that is only named."""
        done = self._score_of_status(title, sentence, own, before)
        if done == _RULED_OUT:
            return done
        return (
            done
            + self._score_of_parts(title)
            + self._score_of_mention(title, sentence)
            + self._score_of_surroundings(title, sentence)
        )

    def _score_of_status(
        self, title: Title, sentence: Sentence, own: Status, before: Status
    ) -> float:
        """What the clause says of its documents, else the sentence, else those before it."""
        bounds = (sentence.first, sentence.last)
        clause = status_of_clause(self.page, bounds, title.first, title.last)
        said = clause or own
        if said in NOT_DONE:
            return _RULED_OUT
        score = 0.0
        if said == "earlier":
            score = -3
        elif said == "done":
            score = 2 if clause else 1.5
        if own == "":
            score += 1 if before == "done" else -2 if before in NOT_DONE else 0
        return score

    def _score_of_parts(self, title: Title) -> float:
        """What the title itself says: parties, a field, capitals."""
        page = self.page
        first = title.head[0]
        score = 1.5 * bool(title.sides) + 0.5 * (title.field is not None)
        if page.at("weak", first) and not page.capital(first) and not title.sides:
            score -= 1 if title.field else 2.5
        if title.plural:
            score -= 4 if self._has_unclear_sides(title) else 0.5
        declared = title.type in ("joint declaration", "joint statement")
        if title.field is None and not title.sides:
            if title.last - title.head[1] >= _DETAILED:
                score += 1.5
            if not declared:
                score -= 1.5
        if sum(page.capital(k) for k in range(title.first, title.last)) >= 3:
            score += 0.5
        if self._is_dated(title):
            score -= 4
        return score

    @staticmethod
    def _has_unclear_sides(title: Title) -> bool:
        return all(side.kind == "country" for side in title.sides) or not all(
            side.country or side.of_all for side in title.sides
        )

    def _score_of_mention(self, title: Title, sentence: Sentence) -> float:
        """What stands right before the title: "this", "the", "under the", a quotation mark."""
        page, lexicon = self.page, self.lexicon
        start = title.first
        capital = any(page.capital(k) for k in range(*title.head))
        score = 0.5 if capital and title.head[0] > sentence.first else 0.0
        if start <= sentence.first:
            return score
        before = page.low[start - 1]
        if before in lexicon.pointing and not title.sides:
            score -= 3
        elif before in lexicon.definite and title.field is None and not title.sides:
            score -= 1.5 if capital else 3
        if self._is_said_of_other(start, sentence) and not self._is_signed(start, sentence):
            score -= 1 if title.sides and capital else 2
        if page.words[start - 1] == '"':
            score += 1.5
        return score

    def _is_said_of_other(self, start: int, sentence: Sentence) -> bool:
        """ "Under the agreement on …", "implementation of the agreement": that is another."""
        page = self.page
        k = start - 1
        if page.at("about", k) or page.low[k] in self.lexicon.of:
            return True
        if page.low[k] not in self.lexicon.articles or k - 1 < sentence.first:
            return False
        return page.at("about", k - 1) is not None or page.low[k - 1] in self.lexicon.of

    def _is_signed(self, start: int, sentence: Sentence) -> bool:
        """Whether "signing of", "exchange of" or "signatures to" stands before a title."""
        for k in range(start - 1, sentence.first - 1, -1):
            if self.page.words[k] in ";:":
                return False
            if self.page.at("done", k):
                return True
        return False

    def _is_dated(self, title: Title) -> bool:
        """Whether a document was there before: "the Treaty of 25 May 1992"."""
        page, published = self.page, self.scene.published
        for day in self.scene.days:
            if title.head[1] < day.first <= title.last + 2 and day.year:
                before = day.first - 1
                if page.low[before] in self.lexicon.of or page.at("other_days", before):
                    return published is None or str(day.year) < published[:4]
        return False

    def _score_of_surroundings(self, title: Title, sentence: Sentence) -> float:
        """What the rest of the sentence says: leaders, offices, a list of documents, "also"."""
        page = self.page
        head: Head = (*title.head, title.type)
        score = 0.0
        if title.sides and page.has("office", sentence.first, sentence.last):
            score += 0.5
        if self.signatories.by_leaders(sentence, head):
            score += 1
        if self._is_enumerated(title, sentence):
            score += 1
        if page.has("ordinals", sentence.first, min(sentence.first + 3, title.first)):
            # "The third is an MoU on …"
            score += 1.5
        elif page.at("follow", sentence.first) and self.reading.drafts:
            score += 1
        return score

    def _is_enumerated(self, title: Title, sentence: Sentence) -> bool:
        """Whether a sentence lists documents: several, each with its matter or its parties."""
        page = self.page
        if sentence.number not in self._listed:
            self._listed[sentence.number] = {
                head[0]
                for head in self.extents.heads(sentence.first, sentence.last)
                if head[1] < sentence.last and (page.links(head[1]) or page.at("fields", head[1]))
            }
        listed = self._listed[sentence.number]
        return len(listed) >= 2 and title.head[0] in listed
