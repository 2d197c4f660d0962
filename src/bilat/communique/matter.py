"""What a document is about: the field in "on cooperation in the field of X"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bilat.communique.extent import ExtentFinder
    from bilat.communique.page import Page
    from bilat.communique.sides import SideReader

#: A document of these types may be what another one changes or carries out.
_CHANGED = {
    "agreement",
    "memorandum of understanding",
    "memorandum of cooperation",
    "other",
    "convention",
    "treaty",
    "programme",
}
#: An agreement on an agreement on an agreement says no more.
_DEEPEST = 4
Stretch = tuple[int, int]


class MatterReader:
    """Reads what the documents of one page are about."""

    def __init__(self, page: Page, extents: ExtentFinder, sides: SideReader) -> None:
        self.page = page
        self.lexicon = page.lexicon
        self.extents = extents
        self.sides = sides

    def matter(self, first: int, last: int, depth: int = 0) -> Stretch | None:
        """The field in "on cooperation in the field of X", "of economic cooperation"."""
        if depth > _DEEPEST:
            return None
        page, of = self.page, self.lexicon.of
        first = self._past_period(self._past_signs(first, last), last)
        if first >= last:
            return None
        genitive = self.lexicon.genitive and not page.at("about", first)
        if not page.at("fields", first) and (page.low[first] in of or genitive):
            # "Decision of the Supreme Council on X": who decided is not what it is about.
            about = self._next_matter(first, last)
            decider = min(last if about is None else about, first + 7)
            if page.has("body", first, decider):
                if about is not None:
                    return self.matter(about, last, depth + 1)
                if page.low[first] in of:
                    return None
        changed = self._matter_of_changed(first, last, depth)
        if changed:
            return changed
        for k in range(first, min(first + 9, last)):
            fields = page.at("fields", k)
            if fields and page.ending("nouns", k, max(first, k - 3)) is not None:
                # "On measures to develop cooperation in the field of X": X.
                return self._trimmed(fields[0], last)
        return self._after_leads(first, last)

    def matter_or_all(self, first: int, last: int) -> Stretch | None:
        """The field of a title that is nothing but one."""
        return self.matter(first, last) or self._trimmed(first, last)

    def _past_signs(self, first: int, last: int) -> int:
        words = self.page.words
        while first < last and words[first] in ',:-")':
            first += 1
        if first < last and words[first] == "(":
            closed = next((k for k in range(first, last) if words[k] == ")"), None)
            return first if closed is None else closed + 1
        return first

    def _next_matter(self, first: int, last: int) -> int | None:
        """Where "on" or "in the field of" stands further on, and no years behind it."""
        page = self.page
        for k in range(first + 1, last):
            if page.either("about", "fields", k) and self.sides.opens_matter(k, first, last):
                after = page.past("about", k)
                if after < len(page) and not page.words[after].isdecimal():
                    return k
        return None

    def _matter_of_changed(self, first: int, last: int, depth: int) -> Stretch | None:
        """The matter of the document that this one changes or carries out: it is that of both."""
        page = self.page
        for head, end, kind in self.extents.heads(first, min(first + 12, last)):
            if head - first <= 8 and kind in _CHANGED:
                if end < last and not page.at("weak", head) and self._only_changes(first, head):
                    return self.matter(end, last, depth + 1)
                return None
        return None

    def _only_changes(self, first: int, last: int) -> bool:
        """Whether a stretch only says "to the", "on amendments to the"."""
        page = self.page
        return all(
            page.low[k] in self.lexicon.of_or_articles
            or page.stems[k] in self.lexicon.carrier_stems
            or page.words[k].isdecimal()
            or any(page.at(category, k) for category in ("about", "and", "verbs"))
            for k in range(first, last)
        )

    # words that only lead to it ---------------------------------------------------------------

    def _after_leads(self, first: int, last: int) -> Stretch | None:
        """The field behind "on strengthening of mutual cooperation in the field of"."""
        page = self.page
        opened = False
        i = first
        for _ in range(6):
            i = self._past_period(i, last)
            step = self._lead(i, last)
            if step is None:
                break
            i, explicit = step
            opened = opened or explicit
        if i >= last:
            return None
        if i > first or opened or page.at("about", i) or page.low[i] in self.lexicon.of:
            return self._trimmed(i, last)
        bare_genitive = (
            self.lexicon.genitive
            and page.is_word(i)
            and not page.has("body", i, last)
            and not page.at("between", i)
        )
        # "Программа культурного обмена": the genitive needs no preposition.
        return self._trimmed(i, last) if bare_genitive else None

    def _lead(self, i: int, last: int) -> tuple[int, bool] | None:
        """One step over what only leads to the field, and whether "in the field of" was said."""
        page = self.page
        if i >= last:
            return None
        if page.words[i] in ',:-"' and i + 1 < last:
            return i + 1, False
        fields = page.at("fields", i)
        if fields:
            return fields[0], True
        about = page.at("about", i)
        if about:
            after = page.skip_articles(about[0], last)
            rest = self._lead(after, last)
            return rest if rest and rest[1] else (after, False)
        if page.low[i] in self.lexicon.of and i + 1 < last:
            return page.skip_articles(i + 1, last), False
        return self._past_cooperation(i, last)

    def _past_cooperation(self, i: int, last: int) -> tuple[int, bool] | None:
        """ "Strengthening of mutual cooperation in …": a run of such words and a preposition."""
        page = self.page
        k, noun_end = self._run_of_cooperation(i, last)
        if noun_end is None:
            return None
        if k >= last:
            # "Strategic partnership" is a field of its own.
            own = self.lexicon.own_field_stems.intersection(page.stems[i:last])
            return None if own else (last, False)
        fields = page.at("fields", k)
        if fields:
            return fields[0], True
        about = page.at("about", noun_end) if noun_end < last else None
        if about and page.low[noun_end] not in self.lexicon.of:
            after = page.skip_articles(about[0], last)
            if after < last:
                return after, True
        return None

    def _run_of_cooperation(self, i: int, last: int) -> tuple[int, int | None]:
        """Where a run of words of cooperation ends, and its last noun, if it has one."""
        page = self.page
        noun_end: int | None = None
        k = i
        while k < last and not page.at("fields", k):
            noun, verb, modifier = (page.at(c, k) for c in ("nouns", "verbs", "modifiers"))
            if noun:
                k = noun_end = noun[0]
            elif verb:
                k = verb[0]
            elif modifier:
                linked = page.at("about", k) or page.low[k] in self.lexicon.of
                if noun_end is not None and linked:
                    break
                k = modifier[0]
            elif page.low[k] in self.lexicon.articles:
                k += 1
            elif noun_end is None:
                named = page.within("country", k) or page.within("adjective", k)
                if not named and not (page.words[k] == "-" and k > i):
                    break
                k += 1
            elif page.words[k] == ",":
                k += 1
            else:
                break
        return k, noun_end

    def _past_period(self, i: int, last: int) -> int:
        """The word after "for 2024-2026", if that stands here."""
        page = self.page
        mark = page.at("periods", i)
        if mark is None:
            return i
        k = page.skip_articles(mark[0], last)
        if k >= last or not page.is_year(k):
            return i
        while k < last and self._in_period(k, last):
            k += 1
        return k

    def _in_period(self, k: int, last: int) -> bool:
        page = self.page
        word = page.words[k]
        if word.isdecimal() or word in "-/," or page.stems[k] in self.lexicon.year_stems:
            return True
        return page.at("and", k) is not None and k + 1 < last and page.words[k + 1].isdecimal()

    def _trimmed(self, first: int, last: int) -> Stretch | None:
        """A field without the quotation marks, the period and the parties around it."""
        page = self.page
        if self.lexicon.meeting_stems.intersection(page.stems[first : min(first + 3, last)]):
            return None
        last = self._before_period(first, self._before_parties(first, last))
        while last > first and page.words[last - 1] in ",.;:-*(":
            last -= 1
        first = page.skip_articles(first, last)
        if self._closes_outside(first, last):
            last -= 1
        while last > first and (
            page.words[last - 1] in ",.;:-*("
            or page.low[last - 1] in self.lexicon.of
            or page.at("and", last - 1)
        ):
            last -= 1
        return (first, last) if any(page.is_word(k) for k in range(first, last)) else None

    def _before_parties(self, first: int, last: int) -> int:
        found = self.page.first_mark("between", first, last)
        if found is None:
            return last
        between, after, _ = found
        years = after < last and self.page.words[after].isdecimal()
        return between if between > first + 1 and after < last and not years else last

    def _before_period(self, first: int, last: int) -> int:
        """The end before "for 2024-2026" or "(2024" at the end of a field."""
        page = self.page
        for i in range(first + 1, last):
            if page.at("periods", i) and i < last <= self._past_period(i, last):
                return i
            if page.words[i] == "(" and i + 1 < last and page.is_year(i + 1):
                return i
        return last

    def _closes_outside(self, first: int, last: int) -> bool:
        """Whether the quotation mark at the end was opened before the field."""
        words = self.page.words
        return (
            last - first >= 2
            and words[last - 1] == '"'
            and words[first - 1] == '"'
            and words[first:last].count('"') == 1
        )

    # before the head --------------------------------------------------------------------------

    def described(self, first: int, head: tuple[int, int]) -> Stretch | None:
        """The field said before the head: "Cultural Exchange Program"."""
        page = self.page
        last = head[0]
        if not any(page.is_word(k) for k in range(first, last)):
            return None
        begin = self._past_parties(first, last)
        content = {k for k in range(begin, last) if self._says_field(k)}
        if not content:
            return None
        while begin not in content and not page.at("nouns", begin):
            begin += 1
        while last > begin and not page.is_word(last - 1):
            last -= 1
        if page.stems[head[0]] in self.lexicon.field_head_stems and head[1] - head[0] > 1:
            # "Trade cooperation agreement": the head took cooperation in, but it is of the field.
            last = head[0] + 1
        return (begin, last) if last > begin else None

    def _past_parties(self, first: int, last: int) -> int:
        """The word behind the countries, pronouns and signs that open a title."""
        page = self.page
        countries = page.all_marks("country", first, last)
        i = countries[-1][1] if len(countries) >= 2 else first
        while i < last:
            country = page.either("country", "adjective", i)
            if country:
                i = country[0]
            elif (
                page.words[i] in ("-", "'", '"', "(", "'s")
                or page.low[i] in self.lexicon.determiners
                or page.words[i].isdecimal()
                or page.at("joint", i)
            ):
                i += 1
            else:
                break
        return i

    def _says_field(self, k: int) -> bool:
        page = self.page
        return (
            page.is_word(k)
            and not page.words[k].isdecimal()
            and page.stems[k] not in self.lexicon.plain_modifier_stems
            and page.low[k] not in self.lexicon.of
            and not any(
                page.at(category, k)
                for category in (
                    "modifiers", "nouns", "and", "country", "adjective", "city", "about",
                )
            )
        )  # fmt: skip
