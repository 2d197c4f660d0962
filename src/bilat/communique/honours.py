"""The orders and medals given at the event, and who got them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilat.communique.people import LEADING, Figure

if TYPE_CHECKING:
    from bilat.communique.page import Page
    from bilat.communique.sentences import Sentence, Sentences


@dataclass(frozen=True, slots=True)
class Honour:
    """An honour named at ``first:last``."""

    first: int
    last: int
    name: str
    recipient: Figure | None


def find_honours(page: Page, sentences: Sentences, people: list[Figure]) -> list[Honour]:
    """The honours that somebody is said to give or get, each once."""
    found: list[Honour] = []
    seen: set[str] = set()
    for sentence in sentences.all:
        verb = page.first_mark("award_verbs", sentence.first, sentence.last)
        if verb is None:
            continue
        for i, end, _ in page.all_marks("award_names", sentence.first, sentence.last):
            if page.at("not_awards", i) or (i > 0 and page.at("not_awards", i - 1)):
                continue
            first, last = _extent(page, i, end, sentence)
            if last - first < 2 or (found and found[-1].last > first):
                continue
            name = page.string(first, last)
            if name.lower() not in seen:
                seen.add(name.lower())
                recipient = _recipient(page, sentence, verb[:2], people)
                found.append(Honour(first, last, name, recipient))
    return found


def _recipient(
    page: Page, sentence: Sentence, verb: tuple[int, int], people: list[Figure]
) -> Figure | None:
    """Who was honoured: the subject of "was awarded" or "received", else who stands behind it."""
    placed = sorted(
        (at, number)
        for number, figure in enumerate(people)
        for at in figure.mentions
        if sentence.first <= at < sentence.last
    )
    before = [people[number] for at, number in placed if at < verb[0]]
    after = [people[number] for at, number in placed if at > verb[0]]
    passive = page.lexicon.passive.intersection(
        page.low[max(sentence.first, verb[0] - 3) : verb[1]]
    )
    if passive and before:
        return before[-1]
    if after:
        return after[0]
    return _other_leader(page, sentence, verb[1], before[-1], people) if before else None


def _other_leader(
    page: Page, sentence: Sentence, i: int, giver: Figure, people: list[Figure]
) -> Figure | None:
    """ "X presented the Order to the Turkmen leader": the leader of that, or of another country."""
    named = page.first_mark("adjective", i, sentence.last)
    others = [
        figure
        for figure in people
        if figure.country and figure.country != giver.country and figure.rank in LEADING
    ]
    of_named = (figure for figure in others if named and figure.country == named[2])
    return next(of_named, others[0] if others else None)


def _extent(page: Page, first: int, end: int, sentence: Sentence) -> tuple[int, int]:
    """The whole name of an honour, of which the words up to ``end`` are known."""
    last = end
    while first > sentence.first and _goes_back(page, first):
        first -= 1
    while last < sentence.last and _goes_on(page, last, sentence.last):
        last += 1
    while last > end and not page.is_word(last - 1) and page.words[last - 1] != '"':
        last -= 1
    while last > end and _is_joint(page, last - 1):
        last -= 1
    return first, last


def _is_joint(page: Page, i: int) -> bool:
    return page.low[i] in page.lexicon.of_or_articles or page.at("and", i) is not None


def _goes_back(page: Page, first: int) -> bool:
    """Whether the word before ``first`` belongs to the name too."""
    k = first - 1
    if page.words[k] == '"' or (page.words[k] == "-" and not page.spaced(first)):
        return True
    return (
        page.is_word(k)
        and page.capital(k)
        and page.low[k] not in page.lexicon.articles
        and not page.either("adjective", "country", k)
    )


def _goes_on(page: Page, i: int, last: int) -> bool:
    """Whether word ``i`` belongs to the name too."""
    word, before = page.words[i], page.words[i - 1]
    if word == '"' or (page.is_word(i) and page.capital(i)):
        return True
    if not page.spaced(i) and (before == "-" or (word == "-" and page.is_word(i - 1))):
        return True
    if not _is_joint(page, i) and word != "-":
        return False
    return i + 1 < last and (
        page.capital(i + 1) or page.words[i + 1] == '"' or page.low[i + 1] in page.lexicon.articles
    )
