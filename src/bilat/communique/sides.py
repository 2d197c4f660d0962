"""The parties of a document: "the X of A and the Y of B" taken apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bilat.communique.bodies import BodyNames

if TYPE_CHECKING:
    from bilat.communique.extent import ExtentFinder
    from bilat.communique.page import Page

#: How much has to speak for a new party after "and"; after a comma or "&" one more.
_SURE = 4


@dataclass(frozen=True, slots=True)
class Side:
    """A party as found, at ``first:last``; ``why`` says what gave its country."""

    name: str
    country: str | None
    kind: str
    first: int
    last: int
    why: str = ""
    #: "Foreign ministries": the same body of every country of the event.
    of_all: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """The stretch that names the parties; ``between`` is where the word before it stands."""

    between: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Cut:
    """A place where a stretch may be parted: the sign stands at ``at``, the rest follows."""

    at: int
    after: int
    sign: str
    score: int = 0

    @property
    def sure(self) -> bool:
        return self.score >= _SURE + (self.sign in ("&", "comma"))


class SideReader:
    """Reads the parties of documents on one page."""

    def __init__(self, page: Page, extents: ExtentFinder) -> None:
        self.page = page
        self.lexicon = page.lexicon
        self.extents = extents
        self.names = BodyNames(page)

    # the stretch that names them --------------------------------------------------------------

    def region(self, first: int, last: int) -> Region | None:
        """The stretch after "between", unless years stand there."""
        page = self.page
        while True:
            found = page.first_mark("between", first, last)
            if found is None:
                return None
            begin, after, _ = found
            if after >= last or not page.words[after].isdecimal():
                return Region(begin, after, self.region_end(after, last))
            first = after

    def region_end(self, first: int, last: int) -> int:
        """Where the names of the parties end, as what follows says what the document is about."""
        page = self.page
        joined = False
        depth = 0
        for i in range(first, last):
            word = page.words[i]
            if word == "(":
                depth += 1
            elif word == ")":
                depth = max(0, depth - 1)
            elif depth:
                continue
            elif page.at("and", i) or word in "&/":
                joined = True
            elif word in ";:":
                return i
            elif word in '"-,':
                if joined and self._sign_ends_region(i, last):
                    return i
            elif self.opens_matter(i, first, last):
                if joined or self._complete(first, i):
                    return i
            elif joined and page.verb_after_country(i, first):
                return i
        return last

    def _sign_ends_region(self, i: int, last: int) -> bool:
        page = self.page
        word, after = page.words[i], i + 1
        if word == "-":
            return page.spaced(i) or (after < last and page.spaced(after))
        if after >= last:
            return False
        if page.at("about", after):
            return True
        return word == "," and bool(
            page.at("fields", after) or self.extents.heads(after, min(after + 2, last))
        )

    def opens_matter(self, i: int, first: int, last: int) -> bool:
        """Whether "on", "for", "in the field of" at ``i`` opens what the document is about."""
        page = self.page
        if page.at("fields", i):
            return True
        about = page.at("about", i)
        inside_body = page.within("body", i) and page.at("body", i) is None
        if about is None or i == first or inside_body:
            return False
        k = page.skip_articles(about[0], last)
        if k >= last:
            return False
        if page.words[k].isdecimal() or page.low[i] not in self.lexicon.inside_names:
            return True
        if page.at("at_place", i) and page.either("country", "city", k):
            return False
        return not self._goes_on_with_name(i, k, first)

    def _goes_on_with_name(self, i: int, k: int, first: int) -> bool:
        """Whether the preposition at ``i`` belongs to the body before it: "Agency for Youth"."""
        page = self.page
        body = page.ending("body", i, max(first, i - 5))
        if body is None or self.names.is_plural(body, i) or page.at("nouns", k):
            return False
        lower_name = not page.at("verbs", k) and page.low[i] not in self.lexicon.to_or_on
        return page.capital(k) or self.lexicon.genitive or lower_name

    def _complete(self, first: int, last: int) -> bool:
        """Whether a stretch without "and" names all sides: "the two governments"."""
        page = self.page
        if first > 0 and page.low[first - 1] in self.lexicon.with_words:
            return True
        return page.has("both", first, last) or any(
            self.names.is_plural(i, end) for i, end, _ in page.all_marks("body", first, last)
        )

    # one after the other ----------------------------------------------------------------------

    def sides(self, first: int, last: int) -> list[Side]:
        """The parties named in a stretch such as "the X of A and the Y of B"."""
        while last > first and self.page.words[last - 1] in ",.;:-":
            last -= 1
        chunks = self._chunks(first, last)
        found = [self.side(*chunk) for chunk in chunks]
        shared = self._of_plural(chunks, found)
        if shared is not None:
            return shared
        return self._same_body([side for side in found if side is not None])

    def _chunks(self, first: int, last: int) -> list[tuple[int, int]]:
        """The stretch parted where a new party begins."""
        cuts = self._scored(self._cuts(first, last), first, last)
        taken = [cut for cut in cuts if cut.sure]
        if all(cut.sign == "comma" for cut in taken):
            # A list of bare names: "A, B and C".
            rest = [cut for cut in cuts if cut.sign == "and" and not cut.sure]
            rest = rest or [cut for cut in cuts if cut.sign in ("&", ";") and not cut.sure]
            if rest:
                best = max(rest, key=lambda cut: (cut.score, -abs(2 * cut.at - first - last)))
                if best.score >= 1 or len(rest) == 1:
                    taken = sorted([*taken, best], key=lambda cut: cut.at)
        chunks = []
        begin = first
        for cut in taken:
            if cut.at > begin:
                chunks.append((begin, cut.at))
            begin = cut.after
        if last > begin or not taken:
            chunks.append((begin, last))
        return chunks

    def _cuts(self, first: int, last: int) -> list[_Cut]:
        """Where "and", a comma, a dash or a slash may part two parties."""
        page = self.page
        inside = {
            k
            for category in ("body", "country", "city")
            for i, end, _ in page.all_marks(category, first, last)
            for k in range(i + 1, end)
        }
        cuts = []
        depth = 0
        i = first
        while i < last:
            word = page.words[i]
            if word == "(":
                depth += 1
            elif word == ")":
                depth = max(0, depth - 1)
            cut = self._cut(i, first, last) if not depth and i > first and i not in inside else None
            if cut:
                cuts.append(cut)
            i = cut.after if cut else i + 1
        return cuts

    def _cut(self, i: int, first: int, last: int) -> _Cut | None:
        page = self.page
        word = page.words[i]
        joint = page.at("and", i)
        if joint:
            return _Cut(i, joint[0], "and")
        if word == "," and self._only_locates(i, first, last):
            return None
        dash = word == "-" and page.spaced(i) and i + 1 < last and page.spaced(i + 1)
        if word not in ",;&/" and not dash:
            return None
        after = page.past("and", i + 1)
        if word in ";&":
            return _Cut(i, after, word)
        return _Cut(i, after, "comma" if word == "," and after == i + 1 else "and")

    def _only_locates(self, comma: int, first: int, last: int) -> bool:
        """Whether a comma only puts the country behind a name: "Port Organization, Iran and …"."""
        page = self.page
        country = page.at("country", page.skip_articles(comma + 1, last))
        if country is None:
            return False
        end = country[0]
        if end < last and page.words[end] not in ",;" and not page.at("and", end):
            return False
        begin = first
        for k in range(comma - 1, first - 1, -1):
            joins = page.at("and", k) and page.at("country", max(first, k - 1))
            if page.words[k] in ",;" or joins:
                begin = k + 1
                break
        return page.has("body", begin, comma) and not page.has("country", begin, comma)

    def _scored(self, cuts: list[_Cut], first: int, last: int) -> list[_Cut]:
        """Each cut with what speaks for it, the sure ones before it taken as made."""
        begin = first
        scored = []
        for cut, following in zip(cuts, [*(cut.at for cut in cuts[1:]), last], strict=False):
            cut = replace(cut, score=self._speaks_for(cut, begin, following, last))
            scored.append(cut)
            if cut.sure:
                begin = cut.after
        return scored

    def _speaks_for(self, cut: _Cut, begin: int, following: int, last: int) -> int:
        """How much speaks for a new party between the words before a cut and those behind it."""
        page = self.page
        right = page.skip_articles(cut.after, last)
        if right >= last:
            return -9
        opens_name = self.names.opens_name(right)
        score = 0
        if opens_name or page.either("country", "adjective", right):
            score += 2
        if page.low[right] in self.lexicon.company_endings and page.words[right].isupper():
            # "JSC Kazakhstan Railways"
            score += 3
        if self._is_whole(begin, cut.at):
            score += 2
        elif page.ending("body", cut.at, max(begin, cut.at - 4)) is not None:
            score += 1
        if right > cut.after:
            score += 1
        if page.capital(right) or not page.words[right][0].isalpha():
            score += 1
        elif not opens_name:
            score -= 2
        if page.has("body", right, following):
            score += 1
        if page.has("hint", right, following) and not opens_name:
            score += 1
        headless = not any(
            page.has(category, begin, cut.at) for category in ("body", "country", "adjective")
        )
        if headless and page.capital(begin):
            # Companies and places have no head: nothing in them could go on after "and".
            score += 1
        return score

    def _is_whole(self, first: int, last: int) -> bool:
        """Whether a name is complete: its country is said, or its bracket is closed."""
        page = self.page
        first = page.skip_articles(first, last)
        if last <= first:
            return False
        ending = page.low[last - 1].rstrip(".")
        if page.words[last - 1] in ')"' or ending in self.lexicon.company_endings:
            return True
        for category in ("country", "adjective"):
            found = page.at(category, first)
            if found and found[0] < last and page.has("body", found[0], last):
                return True
        floor = max(first, last - 9)
        return any(page.ending(c, last, floor) is not None for c in ("country", "city"))

    def _same_body(self, sides: list[Side]) -> list[Side]:
        """ "The Government of A and B": the second is its government too."""
        for i in range(1, len(sides)):
            before, side = sides[i - 1], sides[i]
            if (
                side.kind == "country"
                and before.kind not in ("country", "company")
                and before.country
                and side.country != before.country
                and not self.page.at("country", self.page.skip_articles(before.first, before.last))
            ):
                sides[i] = replace(side, name=before.name, kind=before.kind)
        return sides

    # plurals ----------------------------------------------------------------------------------

    def _of_plural(
        self, chunks: list[tuple[int, int]], found: list[Side | None]
    ) -> list[Side] | None:
        """The parties of a plural: "Health Ministries of A and B", "the two governments"."""
        page = self.page
        for number, (first, last) in enumerate(chunks):
            for i, end, kind in page.all_marks("body", first, last):
                if self.names.is_plural(i, end):
                    if kind == "city_or_region":
                        return self._regions(number, i, end, chunks)
                    return self._of_bodies(number, (i, end, kind), chunks[number], found)
        for first, last in chunks:
            if page.has("both", first, last):
                return self._of_both(first, last)
        return None

    def _of_bodies(
        self,
        number: int,
        head: tuple[int, int, str],
        chunk: tuple[int, int],
        found: list[Side | None],
    ) -> list[Side] | None:
        others = [side for i, side in enumerate(found) if i != number]
        if any(side is None or side.kind != "country" for side in others):
            # "The Ministries of Energy of A and the Ministry of Energy of B": a slip, each stands
            # for itself.
            return None
        name, countries = self.names.singular(*chunk, *head[:2])
        sides: list[Side] = []
        for i, side in enumerate(found):
            if i == number:
                sides += [Side(name, code, head[2], *chunk, "plural") for code in countries]
            elif side is not None and side.country:
                sides.append(Side(name, side.country, head[2], side.first, side.last, "plural"))
        return sides or [Side(name, None, head[2], *chunk, "plural", of_all=True)]

    def _of_both(self, first: int, last: int) -> list[Side]:
        body = self.page.first_mark("body", first, last)
        if body is None:
            return [Side("", None, "country", first, last, "both", of_all=True)]
        name, _ = self.names.singular(first, last, *body[:2])
        return [Side(name, None, body[2], first, last, "both", of_all=True)]

    def _regions(
        self, number: int, head: int, head_last: int, chunks: list[tuple[int, int]]
    ) -> list[Side]:
        """ "Andijan and Osh regions", "the cities of X and Y": each by its name alone."""
        of = self.lexicon.of
        sides = []
        for i, (first, last) in enumerate(chunks):
            if i == number:
                if head_last < last and (not of or self.page.low[head_last] in of):
                    first = head_last + bool(of)
                elif head > first:
                    last = head
            side = self.side(first, last)
            if side is not None:
                sides.append(replace(side, kind="city_or_region"))
        return sides

    # one party --------------------------------------------------------------------------------

    def side(self, first: int, last: int) -> Side | None:
        """One party: its name without the country, its country and its kind."""
        page = self.page
        first = page.skip_articles(first, last)
        while last > first and (page.words[last - 1] in ",.;:-*" or page.at("and", last - 1)):
            if self._is_abbreviated(last - 1):
                break
            last -= 1
        if not any(page.is_word(i) for i in range(first, last)):
            return None
        end, country, why = self._without_brackets(first, last)
        alone = self._country_alone(first, end)
        if alone:
            return alone
        end, country, why = self._without_country_behind(first, end, country, why)
        begin, country, why = self._without_country_before(first, end, country, why)
        named = page.at("adjective", begin)
        if named and named[0] < end:
            if country is None or not self.lexicon.genitive:
                country, why = country or named[1], why or "a demonym"
            following = page.at("body", named[0])
            if following and following[1] in ("ministry", "government"):
                begin = named[0]
            elif page.low[named[0]] in self.lexicon.sides and named[0] + 1 >= end:
                return self.country(named[1], first, last, "a side")
        if country is None:
            country, why = self._country_inside(begin, end)
        end = self._without_superior(begin, end)
        head = self.names.head(begin, end)
        if head and head[2] == "city_or_region":
            begin, end, head = self._of_town(begin, end, head)
        name = self.names.place(begin, end) or self.names.nominative(
            begin, end, head[:2] if head else None, singular=False
        )
        kind = head[2] if head else self._kind_without_head(begin, end)
        return Side(name, country, kind, begin, end, why) if name else None

    def _of_town(
        self, first: int, last: int, head: tuple[int, int, str]
    ) -> tuple[int, int, tuple[int, int, str]]:
        """ "The city of Kazan of the Republic of Tatarstan": the town alone."""
        page, of = self.page, self.lexicon.of
        name = head[1] + 1
        if head[0] > first + 1 or name >= last or page.low[name - 1] not in of:
            return first, last, head
        if not page.capital(name):
            return first, last, head
        end = next((k for k in range(name + 1, last) if page.low[k] in of), last)
        return name, end, (name, name, head[2])

    def _is_abbreviated(self, i: int) -> bool:
        return self.names.is_abbreviated(i, 0)

    def country(self, code: str, first: int, last: int, why: str) -> Side:
        """A country as a party, by its short name."""
        return Side(self.lexicon.short.get(code, code), code, "country", first, last, why)

    def _country_alone(self, first: int, last: int) -> Side | None:
        """The side that is nothing but a country: "Kazakhstan", "the Kazakh"."""
        page = self.page
        bare = page.at("country", first)
        if bare and bare[0] >= last:
            name = page.string(first, last)
            if self.lexicon.genitive:
                stems = tuple(map(self.lexicon.name_stem, page.low[first:last]))
                name = self.lexicon.country_names.get(stems, name)
            return Side(name, bare[1], "country", first, last, "a country")
        bare = page.at("adjective", first)
        if bare and bare[0] >= last:
            return self.country(bare[1], first, last, "a demonym")
        return None

    def _without_brackets(self, first: int, last: int) -> tuple[int, str | None, str]:
        """The end before brackets that hold a country or an abbreviation, and the country."""
        page = self.page
        country: str | None = None
        while last > first + 1 and page.words[last - 1] == ")":
            opened = self._opening_bracket(first, last - 1)
            if opened <= first:
                break
            inside = page.first_mark("country", opened + 1, last - 1) or page.first_mark(
                "adjective", opened + 1, last - 1
            )
            if inside and country is None and inside[1] >= last - 2:
                country = inside[2]
            last = opened
        return last, country, "in brackets" if country else ""

    def _opening_bracket(self, first: int, closing: int) -> int:
        page = self.page
        depth = 1
        for k in range(closing - 1, first, -1):
            depth += (page.words[k] == ")") - (page.words[k] == "(")
            if depth == 0:
                return k
        return first

    def _without_country_behind(
        self, first: int, last: int, country: str | None, why: str
    ) -> tuple[int, str | None, str]:
        """ "… of the Republic of A": the end before it, and the country."""
        page = self.page
        for i in range(max(first + 1, last - 10), last):
            mark = page.at("country", i)
            if mark is None or mark[0] != last or not self._belongs(i):
                continue
            located = page.at("at_place", i - 1) or (
                page.low[i - 1] in self.lexicon.articles and page.at("at_place", i - 2)
            )
            cut = i
            while cut > first and self._leads_to_country(cut - 1):
                cut -= 1
            # "The embassy in A" is one in A; a name without a body is one with its place.
            if cut > first and not (located and not page.has("body", first, cut)):
                last = cut
            return last, mark[1], "of the country"
        return last, country, why

    def _belongs(self, i: int) -> bool:
        """Whether the country at ``i`` is that of what stands before it."""
        page, low, of = self.page, self.page.low, self.lexicon.of
        if self.lexicon.genitive or low[i - 1] in of or page.words[i - 1] == ",":
            return True
        if page.at("at_place", i - 1):
            return True
        after_article = i >= 2 and low[i - 1] in self.lexicon.articles
        return after_article and (low[i - 2] in of or page.at("at_place", i - 2) is not None)

    def _leads_to_country(self, i: int) -> bool:
        page = self.page
        return (
            page.low[i] in self.lexicon.of_or_articles
            or page.at("at_place", i) is not None
            or page.words[i] == ","
        )

    def _without_country_before(
        self, first: int, last: int, country: str | None, why: str
    ) -> tuple[int, str | None, str]:
        """ "A's …", "A Ministry of …": where the name begins behind it, and the country."""
        page = self.page
        mark = page.at("country", first)
        if mark is None or mark[0] >= last:
            return first, country, why
        after, code = mark
        if page.words[after] == "'s" or (page.words[after] == "'" and not page.spaced(after)):
            return page.skip_articles(after + 1, last), country or code, "a possessive"
        if country is not None:
            return first, country, why
        begin = after if page.at("body", after) and self.names.is_plain(after) else first
        return begin, code, "in the name"

    def _country_inside(self, first: int, last: int) -> tuple[str | None, str]:
        for category, why in (
            ("country", "in the name"),
            ("adjective", "in the name"),
            ("hint", "a known name"),
            ("city", "a place"),
        ):
            found = self.page.first_mark(category, first, last)
            if found:
                return found[2][0] if category == "city" else found[2], why
        return None, ""

    def _without_superior(self, first: int, last: int) -> int:
        """ "The Institute of X of the Government": whose it is has been said."""
        page = self.page
        superior = (
            last - 2 > first
            and self.names.is_plain(last - 1)
            and page.low[last - 2] in self.lexicon.articles
            and page.low[last - 3] in self.lexicon.of
        )
        return last - 3 if superior else last

    def _kind_without_head(self, first: int, last: int) -> str:
        page = self.page
        if (
            page.low[last - 1] in self.lexicon.company_endings
            or page.has("hint", first, last)
            or any(low in self.lexicon.company_words for low in page.low[first:last])
        ):
            return "company"
        city = page.at("city", first)
        return "city_or_region" if city and city[0] >= last else "other"
