"""Who signed, where the title does not say it: words beside it, the subject, the leaders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilat.communique.people import LEADERS, LEADING

if TYPE_CHECKING:
    from bilat.communique.drafts import Draft, Reading
    from bilat.communique.extent import Head
    from bilat.communique.sentences import Sentence
    from bilat.communique.sides import Side

Stretch = tuple[int, int]


class SignatoryReader:
    """Reads who signed the documents of one page."""

    def __init__(self, reading: Reading) -> None:
        self.page = reading.page
        self.lexicon = reading.page.lexicon
        self.scene = reading.scene
        self.sides = reading.titles.sides

    def bodies(self, first: int, last: int) -> list[Side]:
        """The sides in a stretch, but for people."""
        return [side for side in self.sides.sides(first, last) if not self.is_person(side)]

    def is_person(self, side: Side) -> bool:
        """Whether a side is somebody, and no body such as "the Academy under the President"."""
        page = self.page
        for i, end, _ in page.all_marks("office", side.first, side.last):
            body = self._body_around(i, end, side.first)
            alone = body is None or (body == i and page.at("people_heads", i))
            if alone and not self._names_superior(i, side.first):
                return True
        return False

    def _body_around(self, first: int, last: int, floor: int) -> int | None:
        """The body whose name an office is part of: "Office of the Prosecutor General"."""
        for i in range(max(floor, first - 6), first + 1):
            body = self.page.at("body", i)
            if body and body[0] >= last:
                return i
        return None

    def _names_superior(self, i: int, floor: int) -> bool:
        """Whether "under the" or "of the" stands before an office."""
        low, under = self.page.low, self.lexicon.under_a_person
        if i > floor and low[i - 1] in under:
            return True
        return i - 2 >= floor and low[i - 1] in self.lexicon.articles and low[i - 2] in under

    # beside the title -------------------------------------------------------------------------

    def beside(self, draft: Draft, before: Stretch, after: Stretch, cells: list[Stretch]) -> None:
        """Give a draft the parties before its title, behind it or in other cells of its row."""
        page = self.page
        sides = self._before(*before)
        if sides:
            draft.confidence = 0.85
            bodies = [side for side in sides if not self.is_person(side)]
            if len(bodies) >= 2:
                draft.title.sides = bodies
                return
        first, last = after
        while first < last and page.words[first] in ":-,(*.\"'":
            first += 1
        explained = self.explained(first, last) if first < last else []
        if explained:
            draft.title.sides = explained
            draft.confidence = 0.85
            return
        for cell in cells:
            if page.has("body", *cell) or page.has("country", *cell):
                sides = self.bodies(*cell)
                if len(sides) >= 2 and all(s.kind != "other" or s.country for s in sides):
                    draft.title.sides = sides
                    return

    def _before(self, first: int, last: int) -> list[Side]:
        """The sides in "The X of A and the Y of B: memorandum", "… signed a memorandum"."""
        page = self.page
        while last > first and (
            page.words[last - 1] in ":-,(" or page.low[last - 1] in self.lexicon.articles
        ):
            last -= 1
        if not any(page.has(c, first, last) for c in ("body", "country", "hint")):
            return []
        verb = page.first_mark("done", first, last)
        sides = self.sides.sides(first, verb[0] if verb else last)
        if len(sides) < 2 or (verb and any(side.kind == "country" for side in sides)):
            return []
        return sides

    def explained(self, first: int, last: int) -> list[Side]:
        """The parties behind a title: ": between A and B", "Here the signatories are A and B"."""
        page = self.page
        between = page.first_mark("between", first, last)
        if between:
            return self.sides.sides(between[1], self.sides.region_end(between[1], last))
        for begin, end in page.sentences(first, last):
            signed = page.first_mark("signed_by", begin, end)
            if signed:
                begin = self._past_copula(signed[1], end)
            sides = self.bodies(begin, self._subject_end(begin, end))
            if (
                len(sides) >= 2
                and any(side.country for side in sides)
                and all(side.kind != "country" for side in sides)
                and all(side.kind != "other" or side.country for side in sides)
                and (signed or any(side.kind != "other" for side in sides))
            ):
                return sides
        return []

    def _past_copula(self, i: int, last: int) -> int:
        """The word behind "are", ":", "of the latter are the"."""
        page = self.page
        while i < last and not page.at("body", i):
            copula = (
                page.at("stops", i)
                or page.words[i] in ":-"
                or page.low[i] in self.lexicon.before_signatories
            )
            if not copula:
                break
            i += 1
        return i

    def _subject_end(self, first: int, last: int) -> int:
        page = self.page
        for k in range(first, last):
            if page.stops(k) or page.words[k] in ";:" or page.low[k] in self.lexicon.to_or_will:
                return k
        return last

    def subject(self, draft: Draft, sentence: Sentence, title: int) -> None:
        """ "The X of A and the Y of B signed an agreement": the subject names the parties."""
        page = self.page
        verbs = page.all_marks("done", sentence.first, title)
        if not verbs:
            return
        verb = verbs[-1][0]
        first = sentence.first
        for k in range(verb - 1, sentence.first, -1):
            if page.words[k] in ";:":
                first = k + 1
                break
        people = page.has("office", first, verb) or page.has("host", first, verb)
        if people or not page.has("body", first, verb):
            return
        sides = self.sides.sides(first, verb)
        if len(sides) >= 2 and all(
            side.kind != "country" and (side.country or side.of_all) for side in sides
        ):
            draft.title.sides = sides

    # the leaders themselves -------------------------------------------------------------------

    def by_leaders(self, sentence: Sentence, head: Head) -> bool:
        """Whether leaders sign: they are the subject, or "signed by the presidents"."""
        page = self.page
        if self.leaders_sign(sentence.first, head[0]):
            return True
        signed = page.first_mark("signed_by", head[1], sentence.last)
        if signed is None:
            return False
        after = signed[1]
        offices = page.all_marks("office", after, min(after + 6, sentence.last))
        return any(rank == "head_of_state" for _, _, rank in offices) or page.has(
            "leaders", after, min(after + 4, sentence.last)
        )

    def leaders_sign(self, first: int, last: int) -> bool:
        """Whether the subject of the last thing done is the leaders, with little in between."""
        page = self.page
        verb = self._last_verb(first, last)
        if verb is None:
            return False
        if self._is_pair_of_names(first, verb):
            # Two people without an office are those whom everybody knows.
            return True
        for k in range(verb - 1, first - 1, -1):
            if page.low[k] in self.lexicon.they:
                return self._spoke_of_leaders(first)
            office = page.at("office", k)
            if office and office[1] in LEADING:
                return True
            leaders = page.at("leaders", k)
            if leaders and self.lexicon.leader_words.intersection(page.low[k : leaders[0]]):
                return not page.at("host", k - 1)
            if not self._may_part_subject(k):
                return False
        return False

    def _last_verb(self, first: int, last: int) -> int | None:
        """Where the last thing done begins: "put their signatures to" with its first word."""
        verbs = [i for i, _, _ in self.page.all_marks("done", first, last)]
        if not verbs:
            return None
        verb = verbs.pop()
        for before in reversed(verbs):
            if verb - before <= 4:
                verb = before
        return verb

    def _is_pair_of_names(self, first: int, last: int) -> bool:
        page = self.page
        others = ("country", "city", "body", "adjective", "office", "leaders")
        return (
            page.has("and", first, last)
            and all(
                page.capital(k) or page.at("and", k) or page.words[k] in "-.,'"
                for k in range(first, last)
            )
            and not any(page.has(category, first, last) for category in others)
        )

    def _may_part_subject(self, k: int) -> bool:
        """Whether a word may stand between the leaders and their verb: a name, "both", "then"."""
        page = self.page
        word = page.words[k]
        return (
            word[0].isupper()
            or (not page.is_word(k) and word not in ";:.")
            or (word == "." and page.abbreviated(k))
            or word.isdigit()
            or page.low[k] in self.lexicon.between_subject_and_verb
            or any(page.within(category, k) for category in ("office", "country", "leaders"))
            or any(page.at(category, k) for category in ("and", "month", "stops"))
        )

    def _spoke_of_leaders(self, i: int) -> bool:
        """Whether "they" after word ``i`` are the leaders: sentences before speak of no others."""
        page = self.page
        steps = 0
        for _ in range(40):
            before = self.scene.sentences.at(i - 1) if i else None
            if before is None:
                return False
            first, last = before.first, before.last
            steps += page.low[first] not in self.lexicon.they
            if steps > 3 or any(
                self.lexicon.no_leaders.intersection(page.low[k:end])
                for k, end, _ in page.all_marks("leaders", first, last)
            ):
                return False
            if any(rank in LEADERS for _, _, rank in page.all_marks("office", first, last)):
                return True
            i = first
        return False
