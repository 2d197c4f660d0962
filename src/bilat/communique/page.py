"""A text as words with offsets, and where the phrases of a lexicon stand in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bilat.communique.letters import PLAIN, WORD, compose

if TYPE_CHECKING:
    from bilat.communique.lexicon import Lexicon, Phrase

#: Two words run together: a page lost its line breaks.
_GLUED = re.compile(r"[a-zа-яё]{2}[A-ZА-ЯЁ][a-zа-яё]{2}")
_SEAM = re.compile(r"(?<=[a-zа-яё]{2})(?=[A-ZА-ЯЁ][a-zа-яё]{2})")
#: A sentence of more words is cut, so that what is looked up in one costs no more than this.
_LONGEST_SENTENCE = 800
#: Categories that are asked for any of their words, not the first alone.
_COVERING = ("country", "adjective", "city", "body", "office", "titles", "leaders")

#: The word behind the last of a phrase, and what the phrase stands for.
Mark = tuple[int, Any]


class Page:
    """The words of a text.

    Word ``i`` is ``words[i]``, at ``starts[i]:ends[i]`` of the composed text, on ``lines[i]``;
    ``low`` has it in lower case and ``stems`` without its ending. Stretches of words are given by
    the first and the one behind the last. ``marks[category][first] = (last, value)`` are the
    phrases of the lexicon, once it is given to ``mark``.
    """

    lexicon: Lexicon

    def __init__(self, text: str) -> None:
        self.original = text
        self.text, self._at = compose(text)
        self.plain = self.text.translate(PLAIN)
        self.words: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.lines: list[int] = []
        self.line_starts: list[int] = []
        self._split(None)
        self.low = [word.lower() for word in self.words]
        self.stems: list[str] = []
        self.marks: dict[str, dict[int, Mark]] = {}
        self._covered: dict[str, set[int]] = {}

    def __len__(self) -> int:
        return len(self.words)

    # words ------------------------------------------------------------------------------------

    def _split(self, known: frozenset[str] | None) -> None:
        """Take the text apart in words; where words are known, those run together are parted."""
        for each in (self.words, self.starts, self.ends, self.lines):
            each.clear()
        line = 1
        self.line_starts = [0]
        for match in WORD.finditer(self.plain):
            word = match.group()
            if word == "\n":
                line += 1
                self.line_starts.append(len(self.words))
                continue
            start = match.start()
            for part in [word] if known is None or len(word) < 6 else self._parted(word, known):
                self.words.append(part)
                self.starts.append(start)
                start += len(part)
                self.ends.append(start)
                self.lines.append(line)
        self.line_starts.append(len(self.words))

    def _parted(self, word: str, known: frozenset[str]) -> list[str]:
        return [
            part
            for piece in _SEAM.split(word)
            for part in ([piece] if piece.lower() in known else self._unglued(piece, known))
        ]

    def _unglued(self, piece: str, known: frozenset[str]) -> list[str]:
        low = piece.lower()
        for glue in self.lexicon.glue:
            if low.startswith(glue) and low[len(glue) :] in known:
                return [piece[: len(glue)], piece[len(glue) :]]
            if low.endswith(glue) and low[: -len(glue)] in known:
                return [piece[: -len(glue)], piece[-len(glue) :]]
        return [piece]

    def _unglue(self) -> None:
        """Part the words that run together, where the text shows that it has such."""
        if len(set(_GLUED.findall(self.plain))) < 2:
            return
        glue = self.lexicon.glue
        own = {
            word
            for word in self.low
            if len(word) > 2 and not word.startswith(glue) and not word.endswith(glue)
        }
        self._split(self.lexicon.vocabulary | own)
        self.low = [word.lower() for word in self.words]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where the words stand in the original text."""
        start, end = self.starts[first], self.ends[last - 1]
        return (start, end) if self._at is None else (self._at[start], self._at[end])

    def string(self, first: int, last: int) -> str:
        """The words as they stand, line breaks and runs of blanks as one blank."""
        if last <= first:
            return ""
        return " ".join(self.text[self.starts[first] : self.ends[last - 1]].split())

    def spaced(self, i: int) -> bool:
        """Whether there is room before word ``i``."""
        return i == 0 or self.starts[i] > self.ends[i - 1]

    def capital(self, i: int) -> bool:
        return self.words[i][0].isupper()

    def is_word(self, i: int) -> bool:
        """Whether ``i`` is a word or a number, and no sign."""
        return self.words[i][0].isalnum()

    def is_year(self, i: int) -> bool:
        """Whether ``i`` is a number of four digits."""
        return len(self.words[i]) == 4 and self.words[i].isdecimal()

    def abbreviated(self, i: int) -> bool:
        """Whether the full stop at ``i`` ends an abbreviation or an initial, and no sentence."""
        if i == 0 or self.words[i] != "." or self.spaced(i):
            return False
        word = self.words[i - 1]
        if (len(word) == 1 and word.isupper()) or self.low[i - 1] in self.lexicon.abbreviations:
            return True
        if len(word) == 2 and word[0].isupper() and word[1].islower() and i + 1 < len(self.words):
            # "A.Kh.": an initial of two letters stands right before the name.
            return i >= 2 and self.words[i - 2] == "." and not self.spaced(i - 1)
        return False

    def skip_articles(self, i: int, last: int) -> int:
        """The first word from ``i`` that is no article and no opening sign."""
        articles = self.lexicon.articles
        while i < last and (self.low[i] in articles or self.words[i] in "\"'(*_"):
            i += 1
        return i

    # marks ------------------------------------------------------------------------------------

    def mark(self, lexicon: Lexicon) -> None:
        """Find the phrases of a lexicon, of each category the longest at a place."""
        self.lexicon = lexicon
        self._unglue()
        stem, name_stem = lexicon.stem, lexicon.name_stem
        self.stems = [stem(word) for word in self.low]
        names = [name_stem(word) for word in self.low] if lexicon.names_bend else self.low
        self.marks = {}
        taken: dict[str, int] = {}
        size = len(self.words)
        indexes: tuple[tuple[list[str], dict[str, list[Phrase]]], ...] = (
            (self.stems, lexicon.index),
            (names, lexicon.name_index),
        )
        for i in range(size):
            for stems, index in indexes:
                for phrase, category, value, capital in index.get(stems[i], ()):
                    if i < taken.get(category, 0):
                        continue
                    last = i + len(phrase)
                    if len(phrase) > 1 and (last > size or tuple(stems[i:last]) != phrase):
                        continue
                    if capital and not self.words[i][0].isupper():
                        continue
                    self.marks.setdefault(category, {})[i] = (last, value)
                    taken[category] = last
        self._settle_short_names()
        self._drop_bodies_in_countries()
        self._covered = {
            category: self._words_under(category)
            for category in _COVERING
            if category in self.marks
        }

    def _settle_short_names(self) -> None:
        """ "Congo" after "the Democratic Republic of the Congo" is that one."""
        marks = self.marks.get("country", {})
        full: dict[str, set[str]] = {}
        for i, (last, code) in marks.items():
            if last - i > 1:
                full.setdefault(self.low[last - 1], set()).add(code)
        if not full:
            return
        for i, (last, code) in list(marks.items()):
            codes = full.get(self.low[i]) if last - i == 1 else None
            if codes and code not in codes and len(codes) == 1:
                marks[i] = (last, next(iter(codes)))

    def _drop_bodies_in_countries(self) -> None:
        """The "States" of the United States are no body."""
        named = self._words_under("country")
        bodies = self.marks.get("body", {})
        for i in [i for i in bodies if i in named and bodies[i][0] - 1 in named]:
            del bodies[i]

    def _words_under(self, category: str) -> set[int]:
        return {k for i, (last, _) in self.marks.get(category, {}).items() for k in range(i, last)}

    def all_of(self, category: str) -> dict[int, Mark]:
        """The marks of a category on the whole page, by their first word."""
        return self.marks.get(category, {})

    def at(self, category: str, i: int) -> Mark | None:
        """The mark of a category that begins at word ``i``."""
        found = self.marks.get(category)
        return found.get(i) if found else None

    def either(self, category: str, other: str, i: int) -> Mark | None:
        """The mark that begins at word ``i``: of the one category, else of the other."""
        return self.at(category, i) or self.at(other, i)

    def past(self, category: str, i: int) -> int:
        """The word behind the mark of a category at ``i``; ``i`` itself where there is none."""
        mark = self.at(category, i)
        return mark[0] if mark else i

    def covered(self, category: str) -> set[int]:
        """All words of the phrases of a category, for those that are asked for any of them."""
        return self._covered.get(category, set())

    def within(self, category: str, i: int) -> bool:
        """Whether word ``i`` belongs to a phrase of the category."""
        return i in self._covered.get(category, ())

    def has(self, category: str, first: int, last: int) -> bool:
        """Whether a phrase of the category begins in a stretch."""
        found = self.marks.get(category)
        return found is not None and any(i in found for i in range(first, last))

    def ending(self, category: str, i: int, floor: int) -> int | None:
        """Where a mark begins, not before ``floor``, whose last word stands right before ``i``."""
        found = self.marks.get(category)
        if found:
            for k in range(max(0, floor), i):
                if k in found and found[k][0] == i:
                    return k
        return None

    def either_ending(
        self, category: str, other: str, i: int, floor: int
    ) -> tuple[int, Any] | None:
        """The nearest mark of two categories that ends before ``i``: where, and its value."""
        for k in range(i - 1, floor - 1, -1):
            mark = self.either(category, other, k)
            if mark and mark[0] == i:
                return k, mark[1]
        return None

    def first_mark(self, category: str, first: int, last: int) -> tuple[int, int, Any] | None:
        """The first mark that begins in a stretch, as ``(first, last, value)``."""
        found = self.marks.get(category)
        if found:
            for i in range(first, last):
                if i in found:
                    return i, *found[i]
        return None

    def all_marks(self, category: str, first: int, last: int) -> list[tuple[int, int, Any]]:
        """The marks that lie in a stretch as a whole."""
        found = self.marks.get(category)
        if not found:
            return []
        return [(i, *found[i]) for i in range(first, last) if i in found and found[i][0] <= last]

    def stops(self, i: int) -> bool:
        """Whether a verb or a relative clause begins at ``i``; with a capital it is a name."""
        return self.at("stops", i) is not None and not self.capital(i)

    def verb_after_country(self, i: int, floor: int) -> bool:
        """Whether what stands behind the name of a country can only be a verb: "A and B agreed"."""
        if self.lexicon.genitive or self.ending("country", i, max(floor, i - 6)) is None:
            return False
        word = self.words[i]
        return (
            word.isalpha()
            and word.islower()
            and not self.links(i)
            and word not in self.lexicon.common
            and word not in self.lexicon.inside_names
            and not any(self.at(c, i) for c in ("and", "periods", "fields", "body", "nouns"))
        )

    def links(self, i: int) -> bool:
        """Whether "on", "between" or "of" stands at ``i``: what a document is about, or whose."""
        return (
            self.low[i] in self.lexicon.of
            or self.at("about", i) is not None
            or self.at("between", i) is not None
        )

    # sentences --------------------------------------------------------------------------------

    def sentences(self, first: int, last: int) -> list[tuple[int, int]]:
        """The sentences of a stretch of words."""
        found = []
        begin = first
        depth = 0
        for i in range(first, last):
            word = self.words[i]
            if word == "(":
                depth += 1
            elif word == ")":
                depth = max(0, depth - 1)
            if i - begin >= _LONGEST_SENTENCE and (
                word in ",;" or i - begin > _LONGEST_SENTENCE + 50
            ):
                found.append((begin, i + 1))
                begin = i + 1
                continue
            if word not in ".!?" or i + 1 >= last or self.abbreviated(i):
                continue
            after = i + 1
            if self.words[after] in "\")'" and after + 1 < last and not self.spaced(after):
                after += 1
            lost_blank = self.capital(after) and self.words[i - 1].islower()
            if word == "." and not self.spaced(after) and not lost_blank:
                continue
            # A bracket that was opened three times was never closed.
            if self.words[after][0].islower() or (0 < depth < 3 and word == "."):
                continue
            found.append((begin, after))
            begin = after
        if begin < last:
            found.append((begin, last))
        return found
