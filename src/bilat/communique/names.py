"""Stretches of a text that look like the name of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

    from bilat.communique.page import Page

_JOINERS = "-'"
_NUMERALS = ("II", "III", "IV", "VI")
#: What begins with one of these is no name of a person, whatever its capital.
_OTHER = (
    "country", "adjective", "people", "month", "weekday", "office", "document", "titles",
    "published", "event", "fields", "award_names", "sections",
)  # fmt: skip
_OTHER_INSIDE = ("country", "city", "body", "adjective", "office", "titles")


class NameFinder:
    """Finds names of people on one page: capitals, initials, particles and hyphens."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lexicon = page.lexicon
        self._other = {i for category in _OTHER for i in page.all_of(category)}
        self._other.update(*map(page.covered, _OTHER_INSIDE))

    def names(self, excluded: Container[int]) -> list[tuple[int, int]]:
        """The stretches that look like a name, in order."""
        found = []
        size = len(self.page)
        i = 0
        while i < size:
            opens = self.page.capital(i) and i not in excluded
            begin = self._opens(i) if opens else None
            if begin is None:
                i += 1
                continue
            end, parts = self._read(i, begin, excluded)
            if parts:
                found.append((i, end))
            i = max(end, i + 1)
        return found

    def is_name_word(self, i: int) -> bool:
        """Whether a word may be part of a name: with a capital, and nothing else that is known."""
        page = self.page
        word = page.words[i]
        if not word[0].isalpha() or not word[0].isupper():
            return False
        if len(word) == 1 or self._is_title_in_name(i):
            return True
        if i in self._other:
            return False
        capitals = word.isupper() or sum(c.isupper() for c in word) >= 3
        if capitals and not self._is_pair_of_initials(i):
            return False
        return (
            page.low[i] not in self.lexicon.not_names
            and page.stems[i] not in self.lexicon.portfolio_stems
        )

    def _is_title_in_name(self, i: int) -> bool:
        """ "Datuk Seri Amir Hamzah": the name of an office between a title and a name."""
        page = self.page
        office = page.at("office", i)
        return (
            office == (i + 1, "head_of_state")
            and i > 0
            and page.within("titles", i - 1)
            and i + 1 < len(page)
            and page.capital(i + 1)
        )

    def _is_pair_of_initials(self, i: int) -> bool:
        """Two initials without stops: "AK Abdul Momen"."""
        page = self.page
        after = page.words[i + 1] if i + 1 < len(page) else ""
        capitalised = after[:1].isupper() and after[1:].islower()
        return len(page.words[i]) == 2 and capitalised and page.within("office", i - 1)

    def _opens(self, i: int) -> int | None:
        """The first word that is sure to be of a name that opens at ``i``, if one does."""
        page = self.page
        if self.is_name_word(i):
            return i
        short = (
            0 < i < len(page) - 1
            and page.words[i].isalpha()
            and page.low[i] in self.lexicon.common
            and page.within("office", i - 1)
            and self.is_name_word(i + 1)
        )
        # A common word begins a name after an office: "President To Lam".
        return i + 1 if short else None

    def _read(self, first: int, k: int, excluded: Container[int]) -> tuple[int, int]:
        """Where a name ends, and how many words with a capital it has."""
        page = self.page
        parts = 0
        while k < len(page) and k not in excluded and not self._is_apart(k, first):
            part = self._past_part(k, first)
            after = part or self._past_joint(k, first)
            if after is None and parts == 1 and self._is_place_as_surname(k, first):
                part = after = k + 1
            if after is None:
                break
            parts += part is not None
            k = after
        while k > first and page.words[k - 1] in _JOINERS:
            k -= 1
        return k, parts

    def _is_apart(self, k: int, first: int) -> bool:
        """Whether an empty line stands before a word."""
        return k > first and self.page.lines[k] - self.page.lines[k - 1] > 1

    def _past_part(self, k: int, first: int) -> int | None:
        """The word behind a part of a name at ``k``; an initial takes its stop along."""
        page = self.page
        if self.is_name_word(k) or (k > first and self._is_title(k)):
            initial = len(page.words[k]) <= 2
            stop = k + 1 < len(page) and page.words[k + 1] == "." and not page.spaced(k + 1)
            return k + 1 + (initial and stop)
        if k > first and self._is_royal(k):
            return k + 1
        nickname = self._past_nickname(k) if k > first else None
        if nickname:
            return nickname
        in_capitals = page.words[k] in _NUMERALS or self._is_surname_in_capitals(k)
        named = in_capitals and k > first and not page.either("country", "city", k)
        return k + 1 if named else None

    def _is_royal(self, k: int) -> bool:
        """ "Tiong King Sing", "Omar bin Sultan Al Olama": a rank that is a name."""
        page = self.page
        office = page.at("office", k)
        return (
            office == (k + 1, "head_of_state")
            and page.low[k] in self.lexicon.royal_names
            and page.words[k][1:].islower()
            and page.capital(k)
            and k + 1 < len(page)
            and (self.is_name_word(k + 1) or page.low[k + 1] in self.lexicon.particles)
        )

    def _past_nickname(self, k: int) -> int | None:
        """Joko "Jokowi" Widodo: the word behind the quotation."""
        page = self.page
        if k + 3 >= len(page) or page.words[k] != '"' or page.words[k + 2] != '"':
            return None
        return k + 3 if page.capital(k + 1) and self.is_name_word(k + 3) else None

    def _is_title(self, k: int) -> bool:
        page = self.page
        return (
            page.within("titles", k)
            and page.words[k][1:].islower()
            and k + 1 < len(page)
            and page.words[k + 1] != "."
        )

    def _is_surname_in_capitals(self, k: int) -> bool:
        word = self.page.words[k]
        return word.isupper() and len(word) > 3 and word.isalpha() and self.page.spaced(k)

    def _is_place_as_surname(self, k: int, first: int) -> bool:
        """ "Minister of Finance Siniša Mali" """
        page = self.page
        place = page.either("country", "city", k)
        return (
            k > first
            and page.capital(k)
            and page.within("office", first - 1)
            and (place is None or place[0] == k + 1)
            and (page.within("country", k) or page.within("city", k))
            and self.is_name_word(k - 1)
        )

    def _past_joint(self, k: int, first: int) -> int | None:
        """The word behind a hyphen, an apostrophe or a particle inside a name."""
        page = self.page
        if k + 1 >= len(page):
            return None
        word, after = page.words[k], page.words[k + 1]
        if word in _JOINERS and k > first:
            tight = not page.spaced(k) and not page.spaced(k + 1)
            if tight and after[0].isalpha() and not page.at("adjective", k + 1):
                return k + 1 if self.is_name_word(k + 1) else k + 2
        if page.low[k] in self.lexicon.particles:
            named = (
                self.is_name_word(k + 1) or page.within("titles", k + 1) or self._is_royal(k + 1)
            )
            if after == "-" or (after[0].isupper() and named):
                return k + 1
        return None
