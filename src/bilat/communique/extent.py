"""Where the titles of documents stand: the names of documents, and how far a title reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bilat.communique.page import Page

#: A name of a document as ``(first, last, type)``.
Head = tuple[int, int, str]

#: No title has more words behind its head.
_LONGEST = 250
_SIGNS = ",-:;(*\"'"


class ExtentFinder:
    """Finds the names of documents on one page, and where their titles begin and end."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lexicon = page.lexicon

    # the name of the document -----------------------------------------------------------------

    def heads(self, first: int, last: int) -> list[Head]:
        """Names of documents in order; "another on …" is of the kind of the one before."""
        found: list[Head] = []
        for head in self.page.all_marks("document", first, last):
            if found:
                found += self._others(found[-1], head[0])
            if self._is_verb(head) or self._opens_name_of_body(head):
                continue
            if found and self._is_compound(found[-1], head):
                found[-1] = head
            else:
                found.append(head)
        return found + self._others(found[-1], last) if found else found

    def _others(self, head: Head, last: int) -> list[Head]:
        page = self.page
        return [
            (k, k + 1, head[2])
            for k in range(head[1], last - 1)
            if page.low[k] in self.lexicon.another
            and page.at("about", k + 1)
            and (page.at("and", k - 1) or page.words[k - 1] == ",")
        ]

    def _is_verb(self, head: Head) -> bool:
        """Whether "plan" or "document" is a verb: "to plan", "will document"."""
        page = self.page
        first, last, _ = head
        return (
            last - first == 1
            and first > 0
            and page.low[first - 1] in self.lexicon.before_verbs
            and page.words[first][0].islower()
            and page.at("weak", first) is not None
            and not page.has("fields", last, last + 4)
            and (last >= len(page) or page.low[last] not in self.lexicon.of)
        )

    def _opens_name_of_body(self, head: Head) -> bool:
        """Whether a body is called after the document: "Action Plan Committee"."""
        page = self.page
        first, last, _ = head
        return (
            last - first == 1
            and page.at("body", last) is not None
            and page.capital(first)
            and page.capital(last)
            and page.at("between", last) is None
        )

    def _is_compound(self, before: Head, head: Head) -> bool:
        """Whether two names are one: a "Joint Venture and License Agreement" is an agreement."""
        page = self.page
        between = range(before[1], head[0])
        return (
            before[2] == "other"
            and len(between) <= 4
            and page.capital(head[0]) == page.capital(before[0])
            and not any(self._parts_heads(k) for k in between)
        )

    def _parts_heads(self, k: int) -> bool:
        page = self.page
        return (
            not page.is_word(k)
            or page.links(k)
            or page.low[k] in self.lexicon.determiners
            or page.stops(k)
        )

    def is_plural(self, first: int, last: int) -> bool:
        return any(self.page.low[k] in self.lexicon.generic_plurals for k in range(first, last))

    # where it begins --------------------------------------------------------------------------

    def start(self, head: int, floor: int, *, prose: bool) -> int:
        """Where the title begins: with what stands before its head and describes it."""
        page = self.page
        near = head - floor <= _LONGEST
        if not prose and near and not any(self._parts_title(k) for k in range(floor, head)):
            return page.skip_articles(floor, head)
        i = head
        while i > floor and self._describes(i - 1, head, floor):
            i -= 1
        while i < head and (page.words[i] in ("-", "'", "'s") or self._is_article(i)):
            i += 1
        return i

    def _is_article(self, i: int) -> bool:
        return self.page.low[i] in self.lexicon.articles

    def _parts_title(self, k: int) -> bool:
        """Whether word ``k`` of an item cannot stand in a title before its head."""
        page = self.page
        return (
            page.words[k] in ":;"
            or page.stops(k)
            or page.at("body", k) is not None
            or page.at("between", k) is not None
            or page.at("about", k) is not None
            or (page.words[k] == "." and not page.abbreviated(k))
        )

    def _describes(self, k: int, head: int, floor: int) -> bool:
        """Whether word ``k`` belongs to what describes a head that all words up to it describe."""
        page = self.page
        word = page.words[k]
        if word == "-":
            return not page.spaced(k) and not page.spaced(k + 1)
        if word == "'s":
            return True
        if head - k > 8 or not page.is_word(k) or self._cannot_describe(k):
            return False
        if word.isdecimal() and not page.is_year(k) and page.words[k + 1] != "-":
            return False
        if self.lexicon.adjective_finals:
            # Only an adjective or a name does, where others follow in the genitive.
            named = page.capital(k) and k > floor
            adjective = page.low[k].endswith(self.lexicon.adjective_finals)
            return named or adjective or page.words[k + 1] == "-"
        return True

    def _cannot_describe(self, k: int) -> bool:
        page, low = self.page, self.page.low[k]
        return (
            low in self.lexicon.determiners
            or low in self.lexicon.common
            or low in self.lexicon.of
            or page.stops(k)
            or (page.at("document", k) is not None and page.at("weak", k) is None)
            or any(
                page.at(category, k)
                for category in ("and", "ordinals", "about", "done", "both", "planned", "leaders")
            )
        )

    # where it ends ----------------------------------------------------------------------------

    def end(self, head_last: int, last: int, *, prose: bool) -> int:
        """Where the title ends: before a verb, an explanation, the next document."""
        page = self.page
        i = self._limit(head_last, min(last, head_last + _LONGEST), prose)
        while i > head_last and page.words[i - 1] in _SIGNS and not self._closes(i - 1, head_last):
            i -= 1
        if i > head_last and self._is_article(i - 1):
            i -= 1
        return max(i, head_last)

    def _limit(self, head_last: int, last: int, prose: bool) -> int:
        page = self.page
        depth = 0
        i = head_last
        while i < last:
            word = page.words[i]
            if word == "(":
                if i + 1 < last and any(
                    page.at(category, i + 1) for category in ("signed_by", "done", "none")
                ):
                    return i
                depth += 1
            elif word == ")":
                if depth == 0:
                    return i
                depth -= 1
            elif depth == 0:
                if word == ":":
                    quoted = self._past_quotation(i + 1, last)
                    if quoted is None:
                        return i
                    i = quoted
                    continue
                if self._names_signatory(i, last):
                    return i
                if page.stops(i):
                    return self._back_to_clause(i, head_last)
                if prose and page.verb_after_country(i, head_last):
                    return i
                if self._ends_at(i, last, prose):
                    return i
            i += 1
        return i

    def _ends_at(self, i: int, last: int, prose: bool) -> bool:
        page = self.page
        word = page.words[i]
        if word in ";!?|":
            return True
        if word == ".":
            return self._ends_sentence(i, last)
        if word == "*":
            return i + 1 < last and page.words[i + 1] == "*"
        if word == "-":
            return self._ends_at_dash(i, last, prose)
        if word == ",":
            return self._ends_at_comma(i, last, prose)
        joint = page.at("and", i)
        if joint:
            return self._new_document(joint[0], last, prose)
        return prose and self._time_or_place(i, last)

    def _names_signatory(self, i: int, last: int) -> bool:
        """Whether "signed by" or "by the President" stands at ``i``."""
        page = self.page
        if page.at("signed_by", i) and page.low[i] not in self.lexicon.from_words:
            return True
        return page.low[i] in self.lexicon.by and page.has("office", i + 1, min(i + 6, last))

    def _past_quotation(self, i: int, last: int) -> int | None:
        """The word behind a quotation of no great length that begins at ``i``."""
        page = self.page
        if i + 1 >= last or page.words[i] not in "\"'" or not page.spaced(i):
            return None
        quote = page.words[i]
        closing = (k for k in range(i + 1, min(i + 24, last)) if page.words[k] == quote)
        k = next(closing, None)
        return None if k is None else k + 1

    def _ends_sentence(self, i: int, last: int) -> bool:
        page = self.page
        if page.abbreviated(i):
            return False
        if i + 1 >= last or page.spaced(i + 1):
            return True
        return page.capital(i + 1) and page.words[i - 1].islower()

    def _ends_at_dash(self, i: int, last: int, prose: bool) -> bool:
        page = self.page
        after = i + 1
        if after < last and not page.spaced(after):
            return False
        if page.at("signed_by", after) or page.at("done", after):
            return True
        apart = prose and after < last and page.spaced(i)
        return apart and bool(self.heads(after, min(after + 3, last)))

    def _ends_at_comma(self, comma: int, last: int, prose: bool) -> bool:
        page = self.page
        i = comma + 1
        if i >= last or page.at("signed_by", i) or page.stops(i):
            return True
        if i + 1 < last and page.capital(i) and page.stops(i + 1) and not page.at("body", i):
            return True
        k = page.past("and", i)
        if k > i and page.stops(k):
            return True
        if prose:
            named = page.either("adjective", "country", k)
            if page.at("office", k) or (named and page.at("office", named[0])):
                return True
        return self._new_document(k, last, prose) or (prose and self._time_or_place(i, last))

    def _closes(self, i: int, first: int) -> bool:
        """Whether ``i`` is a quotation mark that closes one opened in the title."""
        words = self.page.words
        return words[i] in "\"'" and words[first : i + 1].count(words[i]) % 2 == 0

    def _back_to_clause(self, verb: int, floor: int) -> int:
        """The start of a verb's clause, if its subject stands right before it."""
        page = self.page
        for i in range(verb - 1, max(floor, verb - 4), -1):
            if self._is_article(i):
                before = i - 1
                goes_on = page.links(before) or page.at("and", before) or page.words[before] == ","
                return verb if goes_on else i
        return verb

    def _new_document(self, i: int, last: int, prose: bool) -> bool:
        """Whether another title begins at ``i``: an article and the name of a document, not far."""
        page = self.page
        if i + 1 < last and page.low[i] in self.lexicon.another and page.at("about", i + 1):
            return True
        determined = i < last and page.low[i] in self.lexicon.determiners
        i += determined
        carried = i + 1 < last and page.stems[i] in self.lexicon.carrier_stems
        if carried and page.low[i + 1] in self.lexicon.of:
            # "And the renewal of the MoU between …"
            i = page.skip_articles(i + 2, last)
            determined = True
        for k in range(i, min(i + (6 if prose else 4), last)):
            document = page.at("document", k)
            if document:
                return determined or self._stands_alone(k, document[0], last, prose)
            if page.at("body", k) or page.links(k) or page.words[k] in ",;" or page.at("and", k):
                return False
        return False

    def _stands_alone(self, first: int, end: int, last: int, prose: bool) -> bool:
        """Whether the name of a document at ``first:end`` begins a title without an article."""
        page = self.page
        linked = prose and end < last and page.links(end)
        if page.at("weak", first) and not page.capital(first) and not linked:
            return False
        quoted = prose and end < last and page.words[end] == '"'
        return linked or quoted or end - first > 1

    def _time_or_place(self, i: int, last: int) -> bool:
        """Whether "in CITY", "on Monday" or "on May 5" begins here."""
        page = self.page
        if i + 1 >= last:
            return False
        if page.at("at_place", i):
            city = page.at("city", i + 1)
            if city and (city[0] >= last or page.words[city[0]] in ".,;"):
                return True
        if not page.at("about", i):
            return False
        if page.at("weekday", i + 1):
            return True
        return (
            page.low[i] in self.lexicon.on
            and page.at("month", i + 1) is not None
            and page.capital(i + 1)
            and i + 2 < last
            and page.words[i + 2].isdecimal()
        )
