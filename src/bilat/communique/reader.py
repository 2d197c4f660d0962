"""Text to record."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bilat.communique.blocks import blocks_of
from bilat.communique.drafts import Reading, settle
from bilat.communique.lexicon import Lexicon, lexicons
from bilat.communique.lists import ListReader, with_fragments
from bilat.communique.page import Page
from bilat.communique.prose import ProseReader
from bilat.communique.scene import Scene
from bilat.communique.title import TitleReader, describe
from bilat.communique.writer import Writer
from bilat.errors import InputError
from bilat.inputs import shipped
from bilat.record import Record, Remark, is_day

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The share of a text that the common words of its language have at least.
_KNOWN = 0.08


def languages() -> tuple[str, ...]:
    """The codes of the languages that can be read: one lexicon file each."""
    return tuple(_lexicons())


def read(
    text: str,
    *,
    published: str | None = None,
    language: str | None = None,
    source_url: str | None = None,
) -> Record:
    """What a communiqué states.

    ``published`` is the day of publication, ``YYYY-MM-DD``, where the text itself does not say it;
    ``language`` is a code of ``languages()``, found out where it is not given. A text in no known
    language gives an empty record with a remark. ``InputError`` if ``published`` is no such day.
    """
    _check_day(published)
    reading = _reading(text, language, published)
    if reading is None:
        reason = _unread() if Page(text).words else "the text is empty"
        return Record(published=published, source_url=source_url, remarks=(Remark(1, reason),))
    return Writer(reading, source_url).record()


def explain(
    text: str, item: int | None = None, *, published: str | None = None, language: str | None = None
) -> str:
    """How the titles were taken apart, or that of document number ``item``, counted from 1."""
    _check_day(published)
    reading = _reading(text, language, published)
    if reading is None:
        return _unread()
    # The parties get their countries when the record is written.
    Writer(reading, None).record()
    lines = []
    for number, draft in enumerate(reading.drafts, 1):
        if item in (None, number):
            line = reading.page.lines[draft.title.first]
            where = "an item of a list" if draft.item else "prose"
            lines.append(f"{number}. line {line}, {where}, confidence {draft.confidence:.2f}")
            parts = describe(reading.page, draft.title)
            lines += [f"   {part:9} {words}" for part, words in parts]
    return "\n".join(lines)


def _lexicons() -> Mapping[str, Lexicon]:
    return lexicons(shipped().folder("data", "lexicon"))


def _check_day(published: str | None) -> None:
    if published is not None and not is_day(published):
        raise InputError(f"published: {published!r} is no day; expected one such as 2026-02-27")


def _unread() -> str:
    return "the language is none of those known: " + ", ".join(languages())


def _reading(text: str, language: str | None, published: str | None) -> Reading | None:
    """Everything that a text states; ``None`` where its language is not known."""
    page = Page(text)
    known = _lexicons()
    lexicon = known.get(language) if language else _choose(page, known)
    if lexicon is None:
        return None
    page.mark(lexicon)
    titles = TitleReader(page)
    blocks = with_fragments(page, titles, blocks_of(page))
    reading = Reading(page, blocks, titles, Scene(page, blocks, published))
    ListReader(reading).run()
    ProseReader(reading).run()
    settle(reading)
    return reading


def _choose(page: Page, known: Mapping[str, Lexicon]) -> Lexicon | None:
    """The lexicon whose common words a text uses most, or ``None`` where it uses those of none."""
    counts = Counter(page.low)
    total = sum(n for word, n in counts.items() if word[0].isalpha())
    used = {code: sum(counts[word] for word in known[code].common) for code in known}
    best = max(used, key=lambda code: used[code], default=None)
    return known[best] if best and total and used[best] / total >= _KNOWN else None
