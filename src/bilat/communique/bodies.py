"""The names of ministries, companies and towns: which word is the head, and how one calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bilat.communique.page import Page


class BodyNames:
    """Reads the names of bodies on one page and gives them in the nominative singular."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lexicon = page.lexicon

    def is_plural(self, first: int, last: int) -> bool:
        """Whether the noun of a body stands in the plural: "ministries"."""
        page = self.page
        for k in range(first, last):
            singular = self.lexicon.body_nouns.get(page.stems[k])
            bent = singular is not None and singular != page.low[k]
            if bent and page.low[k].endswith(self.lexicon.plural_endings):
                return True
        return False

    def is_plain(self, i: int) -> bool:
        """Whether a body is called by its head alone, before its country: "Government"."""
        return self.page.stems[i] in self.lexicon.plain_body_stems

    def opens_name(self, i: int) -> bool:
        """Whether a name begins with its head at ``i``: "Ministry of", "Agency for"."""
        page = self.page
        body = page.at("body", i)
        if body is None:
            return False
        after, kind = body
        lone = after - i == 1 and page.low[i] not in self.lexicon.company_endings
        if kind in ("company", "media") and lone:
            return False
        return (
            self.lexicon.genitive
            or self.is_plain(i)
            or (after < len(page) and page.low[after] in self.lexicon.inside_names)
            or after - i > 1
        )

    def head(self, first: int, last: int) -> tuple[int, int, str] | None:
        """The head noun of a name: the last before the first preposition, in English."""
        page = self.page
        before_stop = page.all_marks("body", first, self._first_preposition(first, last))
        marks = page.all_marks("body", first, last)
        if not before_stop:
            return marks[0] if marks else None
        # The head comes first where what belongs to it follows in the genitive.
        head = before_stop[0] if self.lexicon.genitive else before_stop[-1]
        for mark in marks:
            if mark[0] <= head[0] and mark[1] > head[1]:
                head = mark
        return head

    def _first_preposition(self, first: int, last: int) -> int:
        page, lexicon = self.page, self.lexicon
        for i in range(first + 1, last):
            low = page.low[i]
            if low in lexicon.of or low in lexicon.inside_names or page.words[i] in '(,"':
                return i
        return last

    # how it is called -------------------------------------------------------------------------

    def nominative(
        self, first: int, last: int, head: tuple[int, int] | None, *, singular: bool
    ) -> str:
        """The name in the nominative, in the singular where asked, without what is in brackets."""
        page = self.page
        first = page.skip_articles(first, last)
        while last > first and page.words[last - 1] in ",.;:-(*":
            if self.is_abbreviated(last - 1, first):
                break
            last -= 1
        if head is None or not (singular or self.lexicon.genitive):
            return self._without_brackets(first, last, {})
        return self._without_brackets(first, last, self._changes(first, last, head))

    def is_abbreviated(self, i: int, first: int) -> bool:
        """Whether ``i`` is the full stop of an abbreviation in a name: "Ltd."."""
        page = self.page
        if page.words[i] != "." or i - 1 < first:
            return False
        return len(page.words[i - 1]) == 1 or page.low[i - 1] in self.lexicon.abbreviations

    def place(self, first: int, last: int) -> str | None:
        """A place alone, in the nominative, where names bend."""
        city = self.page.at("city", first)
        return str(city[1][1]) if city and city[0] >= last and self.lexicon.genitive else None

    def singular(self, first: int, last: int, head: int, head_last: int) -> tuple[str, list[str]]:
        """The name of a plural in the singular, and the countries that were taken out of it."""
        page = self.page
        first = page.skip_articles(first, last)
        last = self._before_brackets(first, last, head)
        both = page.first_mark("both", first, last)
        if both and both[0] >= head_last:
            last = self._before_genitive(both[0], head_last)
        begin, countries = self._past_countries(first, head)
        behind = [(i, code) for i, _, code in page.all_marks("country", head_last, last)]
        if behind:
            countries.append(behind[0][1])
            last = self._before_genitive(behind[0][0], head_last)
        return self.nominative(begin, last, (head, head_last), singular=True), countries

    def _before_brackets(self, first: int, last: int, head: int) -> int:
        """The end of a name without the brackets, signs and "both countries" behind it."""
        page = self.page
        while last > first and (page.words[last - 1] in ",.;:)" or page.at("both", last - 1)):
            if page.words[last - 1] != ")":
                last -= 1
                continue
            opened = max((k for k in range(first, last) if page.words[k] == "("), default=first)
            if opened <= head:
                break
            last = opened
        return last

    def _before_genitive(self, i: int, floor: int) -> int:
        """The word before "of the" that stands before ``i``."""
        while i > floor and self.page.low[i - 1] in self.lexicon.of_or_articles:
            i -= 1
        return i

    def _past_countries(self, first: int, head: int) -> tuple[int, list[str]]:
        """Where a name begins, behind the countries and pronouns before it; and the countries."""
        page = self.page
        countries: list[str] = []
        i = first
        while i < head:
            named = page.either("adjective", "country", i)
            joint = page.either("and", "both", i)
            if named:
                countries.append(named[1])
                i = named[0]
            elif joint:
                i = joint[0]
            elif self._says_whose(i, head):
                i += 1
            else:
                break
        return i, countries

    def _says_whose(self, i: int, head: int) -> bool:
        page, low = self.page, self.page.low[i]
        return (
            low in self.lexicon.articles
            or low in self.lexicon.determiners
            or page.words[i] in ("-", "'", "'s")
            or (low in self.lexicon.national and self.is_plain(head))
        )

    def _changes(self, first: int, last: int, head: tuple[int, int]) -> dict[int, str]:
        """The words that a name's nominative singular has other than the text."""
        page, nouns = self.page, self.lexicon.body_nouns
        candidates = (k for k in range(head[0], min(head[1], last)) if page.stems[k] in nouns)
        noun = next(candidates, None)
        if noun is None:
            return {}
        base = nouns[page.stems[noun]]
        changes = {} if base == page.low[noun] else {noun: _cased(base, page.words[noun])}
        return changes | self._adjectives(first, noun) if self.lexicon.genitive else changes

    def _adjectives(self, first: int, noun: int) -> dict[int, str]:
        """Adjectives before a noun, as they agree with it in the nominative."""
        page = self.page
        base = self.lexicon.body_nouns.get(page.stems[noun], page.low[noun])
        genders = (g for g, ends in self.lexicon.genders.items() if base.endswith(ends))
        gender = next(genders, "masculine")
        changes = {}
        for k in range(first, noun):
            word = page.words[k]
            for ending, forms in self.lexicon.adjective_endings.items():
                if word.lower().endswith(ending) and len(word) - len(ending) >= 3:
                    changes[k] = word[: -len(ending)] + forms[gender]
                    break
        return changes

    def _without_brackets(self, first: int, last: int, changes: dict[int, str]) -> str:
        page = self.page
        parts: list[str] = []
        depth = 0
        for i in range(first, last):
            word = page.words[i]
            if word == "(":
                depth += 1
            elif word == ")":
                depth = max(0, depth - 1)
            elif not depth:
                if parts and page.spaced(i):
                    parts.append(" ")
                parts.append(changes.get(i) or page.text[page.starts[i] : page.ends[i]])
        return " ".join("".join(parts).split()).strip(" ,;:*")


def _cased(base: str, like: str) -> str:
    """A word in the case of letters of another."""
    if like.isupper() and len(like) > 1:
        return base.upper()
    return base[:1].upper() + base[1:] if like[:1].isupper() else base
