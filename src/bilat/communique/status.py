"""What the words of a sentence say of its documents: that they are done, planned or long past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilat.communique.page import Page

Status = Literal["done", "planned", "earlier", "none", ""]
#: Of these, nothing gets into the record.
NOT_DONE = ("planned", "none")


def status(page: Page, first: int, last: int) -> Status:
    """The status that a stretch gives to its documents; "" where it says nothing."""
    if page.has("none", first, last):
        return "none"
    planned = page.all_marks("planned", first, last)
    earlier = page.all_marks("earlier", first, last)
    covered = _covered(planned, 3) | _covered(earlier, 0)
    done = {cue for _, cue in _done_cues(page, first, last, covered)}
    if planned and "done" not in done:
        return "planned"
    if earlier or "earlier" in done:
        return "earlier"
    return "done" if done else ""


def status_of_clause(page: Page, sentence: tuple[int, int], first: int, last: int) -> Status:
    """The status of a title by the nearest cue between two semicolons, before it or else behind."""
    begin, end = sentence
    for k in range(first - 1, begin, -1):
        if page.words[k] == ";":
            begin = k + 1
            break
    for k in range(last, end):
        if page.words[k] == ";":
            end = k
            break
    if page.has("none", begin, end):
        return "none"
    planned = page.all_marks("planned", begin, end)
    earlier = page.all_marks("earlier", begin, end)
    if any(i < first for i, _, _ in earlier):
        return "earlier"
    cues: list[tuple[int, Status]] = [(i, "planned") for i, _, _ in planned]
    cues += [(i, "earlier") for i, _, _ in earlier]
    cues += _done_cues(page, begin, end, _covered(planned, 3) | _covered(earlier, 0))
    before = [cue for cue in cues if cue[0] < first]
    after = [cue for cue in cues if cue[0] >= last]
    return max(before)[1] if before else min(after)[1] if after else ""


def is_put_off(page: Page, first: int, last: int) -> bool:
    """Whether words behind a title say that it was not signed, or only will be."""
    return page.has("none", first, last) or any(
        page.has("done", i, min(end + 3, last))
        for i, end, _ in page.all_marks("planned", first, last)
    )


def _covered(marks: list[tuple[int, int, object]], more: int) -> set[int]:
    """Words whose being done is not meant: "will be signed", "expected to sign"."""
    return {k for first, last, _ in marks for k in range(first, last + more)}


def _done_cues(
    page: Page, first: int, last: int, covered: set[int]
) -> Iterator[tuple[int, Status]]:
    """What is done, and where; "had signed" is earlier."""
    for i, _, _ in page.all_marks("done", first, last):
        if i not in covered:
            past = page.lexicon.past_perfect.intersection(page.low[max(first, i - 4) : i])
            yield i, "earlier" if past or _of_year(page, page.past("done", i), last) else "done"


def _of_year(page: Page, i: int, last: int) -> bool:
    """Whether "in 2010" stands at ``i``: nobody dates the news by the year alone."""
    return i + 1 < last and page.at("at_place", i) is not None and page.is_year(i + 1)
