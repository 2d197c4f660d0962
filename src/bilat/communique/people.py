"""Who took part in the event, with office and country as the text has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bilat.communique.names import NameFinder
from bilat.communique.offices import OfficeReader
from bilat.communique.sentences import Sentence, Stretches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilat.communique.scene import Scene

#: Ranks of those who lead a country.
LEADERS = ("head_of_state", "head_of_government")
#: And of those whom they meet.
LEADING = (*LEADERS, "counterpart")


#: A page that names people more often lists them; no event has as many.
_MOST = 500


@dataclass(slots=True)
class Figure:
    """A person as found, first named at ``first:last``; ``mentions`` are where the names begin.

    ``sure`` says that an office, a country or what is done makes the name that of somebody who
    took part.
    """

    first: int
    last: int
    name: str
    sentence: Sentence
    mentions: list[int] = field(default_factory=list)
    office: str | None = None
    country: str | None = None
    rank: str | None = None
    sure: bool = False


class PeopleReader:
    """Reads the people of one page."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.page = scene.page
        self.lexicon = scene.lexicon
        self.names = NameFinder(self.page)
        self.offices = OfficeReader(self.page, self.names)

    def people(self, titles: Iterable[tuple[int, int]]) -> list[Figure]:
        """The people of the page, each once, with what the words beside their names tell."""
        noise = Stretches((b.first, b.last) for b in self.scene.blocks if b.noise)
        figures = []
        for first, last in self.names.names(Stretches(titles)):
            sentence = self.scene.sentences.at(first)
            if sentence and first not in noise:
                figures.append(self._figure(first, last, sentence))
            if len(figures) == _MOST:
                break
        self._share_plural_offices(figures)
        return self._merged(figures)

    def _figure(self, first: int, last: int, sentence: Sentence) -> Figure:
        figure = Figure(first, last, self._nominative(first, last), sentence, [first])
        words = sum(self.page.is_word(k) for k in range(first, last))
        left = self.offices.left(first, sentence)
        right = self.offices.right(last, sentence)
        if left:
            figure.office, figure.country, figure.rank, _ = left
            figure.sure = True
        if right and left and left.apart:
            # "…, Secretary of the Ministry of Energy, NAME, Foreign Secretary": the office behind
            # the name is his.
            figure.office, figure.country, figure.rank, _ = right
        if right and (not left or (figure.country is None and right.country)):
            figure.office = figure.office or right.words
            figure.country = figure.country or right.country
            figure.rank = figure.rank or right.rank
            figure.sure = True
        if figure.country is None:
            figure.country = self.offices.country_behind(last, sentence)
            figure.sure = figure.sure or bool(figure.country and words >= 2)
        if figure.country is None:
            figure.country = self.scene.cell_countries.get(sentence.first)
        if words < 2:
            figure.sure = left is not None
        else:
            figure.sure = figure.sure or self._takes_part(figure, sentence)
        return figure

    def _nominative(self, first: int, last: int) -> str:
        """A name as it stands, or in the nominative where its words are in the instrumental."""
        text = self.page.string(first, last).rstrip(".")
        endings = self.lexicon.instrumental
        if not endings:
            return text
        changed = []
        for word in text.replace("-", " - ").split():
            bent = (e for e in endings if word.endswith(e) and len(word) - len(e) >= 2)
            ending = next(bent, None)
            changed.append(word if ending is None else word.removesuffix(ending) + endings[ending])
        if changed[-1] == text.split()[-1].split("-")[-1]:
            return text
        return " ".join(changed).replace(" - ", "-")

    # whether a bare name took part ------------------------------------------------------------

    def _takes_part(self, figure: Figure, sentence: Sentence) -> bool:
        """Whether a name without office or country is that of a leader, or of who signs."""
        if not sentence.earlier and self.lexicon.leader(figure.name):
            return True
        return self._is_agent(figure, sentence) or self._acts(figure, sentence)

    def _is_agent(self, figure: Figure, sentence: Sentence) -> bool:
        """ "Exchanged on the Serbian side by NAME": he did it, and for that country."""
        page = self.page
        i = self.offices.skip_titles_back(figure.first, sentence.first)
        if not sentence.done or i == sentence.first or page.low[i - 1] not in self.lexicon.by:
            return False
        for k in range(i - 1, max(sentence.first, i - 9) - 1, -1):
            named = page.either("adjective", "country", k)
            if named:
                figure.country = figure.country or named[1]
                break
        return True

    def _acts(self, figure: Figure, sentence: Sentence) -> bool:
        """Whether a name is the subject of what was done: "NAME signed", "NAME and NAME"."""
        page = self.page
        if self.scene.is_headline(sentence) or not (sentence.done or sentence.event):
            return False
        first, last = figure.first, figure.last
        if last < sentence.last and any(page.at(c, last) for c in ("done", "host", "and")):
            return True
        if first > sentence.first and page.at("and", first - 1):
            return True
        return page.ending("signed_by", first, max(sentence.first, first - 3)) is not None

    # offices of several -----------------------------------------------------------------------

    def _share_plural_offices(self, figures: list[Figure]) -> None:
        """ "Presidents NAME and NAME", "the Presidents of A and B, NAME and NAME"."""
        for i, (end, rank) in self.page.all_of("office").items():
            sentence = self.scene.sentences.at(i)
            if sentence is None or not self.offices.is_plural(i, end):
                continue
            start, _ = self.offices.start(i, sentence.first)
            office = self._singular(start, end)
            near = [f for f in figures if sentence.first <= f.first < sentence.last]
            chain = self._chain_behind(end, [f for f in near if f.first >= end])
            if not chain:
                before = [f for f in near if f.first < i]
                self._share_with_names_before(before, (i, end), office, rank, sentence)
                continue
            codes = [code for _, _, code in self.page.all_marks("country", end, chain[0].first)]
            codes = codes or self._codes_before(start, sentence.first)
            for number, figure in enumerate(chain):
                figure.office = figure.office or office
                figure.rank = figure.rank or rank
                figure.sure = True
                if figure.country is None and len(codes) == len(chain):
                    figure.country = codes[number]

    def _chain_behind(self, end: int, figures: list[Figure]) -> list[Figure]:
        """The names behind an office, up to the first that other words part from it."""
        chain = []
        for figure in figures:
            if not all(self._may_part_names(k) for k in range(end, figure.first)):
                break
            chain.append(figure)
            end = figure.last
        return chain

    def _may_part_names(self, k: int) -> bool:
        page = self.page
        return (
            not page.is_word(k)
            or page.low[k] in self.lexicon.of_or_articles
            or self.offices.is_portfolio(k)
            or page.within("country", k)
            or page.at("and", k) is not None
            or page.at("titles", k) is not None
        )

    def _share_with_names_before(
        self,
        figures: list[Figure],
        at: tuple[int, int],
        office: str,
        rank: str,
        sentence: Sentence,
    ) -> None:
        """ "NAME of A and NAME of B, the foreign ministers": the names stand before the office."""
        i, end = at
        behind = self.page.all_marks("country", end, min(end + 12, sentence.last))
        if 2 <= len(figures) == len(behind) and i - figures[-1].last <= 3:
            for figure, (_, _, code) in zip(figures, behind, strict=True):
                figure.country = figure.country or code
                figure.office = figure.office or office
                figure.rank, figure.sure = figure.rank or rank, True
            return
        open_figures = [f for f in figures if f.country and f.office is None]
        if len(open_figures) >= 2:
            for figure in open_figures:
                figure.office, figure.rank, figure.sure = office, rank, True

    def _codes_before(self, start: int, floor: int) -> list[str]:
        """ "The Kazakh and Serbian presidents": the countries before a plural office."""
        page = self.page
        codes: list[str] = []
        i = start
        while i > floor:
            named = page.either_ending("adjective", "country", i, max(floor, i - 5))
            if named:
                i = named[0]
                codes.insert(0, named[1])
            elif page.at("and", i - 1) or page.words[i - 1] in ",-":
                i -= 1
            else:
                break
        return codes

    def _singular(self, first: int, last: int) -> str:
        """A plural office as one of those who hold it has it."""
        page = self.page
        words = []
        for k in range(first, last):
            base = self.lexicon.office_singulars.get(page.low[k])
            if base and page.capital(k):
                base = base.capitalize()
            words.append(base or page.words[k])
        return " ".join(words).replace(" - ", "-")

    # each once --------------------------------------------------------------------------------

    def _merged(self, figures: list[Figure]) -> list[Figure]:
        """One figure per person: the fullest name, the first office and country."""
        kept: list[tuple[Figure, set[str]]] = []
        for figure in figures:
            words = self._stems_of_name(figure)
            if not words:
                continue
            own = set(words)
            for other, key in kept:
                if self._is_same(figure, own, words[-1], other, key):
                    fuller = len(own) > len(key)
                    known = other.sure and other.office and len(key) >= 2
                    if fuller and not known:
                        other.name, other.first, other.last = figure.name, figure.first, figure.last
                        key |= own
                    _complete(other, figure)
                    break
            else:
                kept.append((figure, own))
        return [figure for figure, _ in kept if figure.sure]

    def _stems_of_name(self, figure: Figure) -> list[str]:
        page = self.page
        return [
            self.lexicon.name_stem(page.low[k])
            for k in range(figure.first, figure.last)
            if page.is_word(k) and len(page.words[k]) > 1
        ]

    @staticmethod
    def _is_same(figure: Figure, own: set[str], surname: str, other: Figure, key: set[str]) -> bool:
        if not (own <= key or key <= own or _inflected(own, key)):
            return False
        if (
            figure.country
            and other.country
            and figure.country != other.country
            and not (len(own) > 1 and own == key)
        ):
            return False
        return len(own) > 1 or surname in key


def _inflected(one: set[str], other: set[str]) -> bool:
    """Whether two names of several words differ by the endings of a case alone."""
    return len(one) == len(other) > 1 and all(
        any(
            min(len(a), len(b)) >= 4
            and abs(len(a) - len(b)) <= 3
            and (a.startswith(b) or b.startswith(a))
            for b in other
        )
        for a in one
    )


def _complete(figure: Figure, mention: Figure) -> None:
    """Take over what a further mention of a person says."""
    figure.mentions += mention.mentions
    figure.office = figure.office or (mention.office if mention.sure else None)
    figure.country = figure.country or mention.country
    figure.rank = figure.rank or mention.rank
    figure.sure = figure.sure or mention.sure
