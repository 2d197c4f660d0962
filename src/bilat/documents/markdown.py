"""Markdown becomes its lines of text: list markers stay, links and emphasis leave their words."""

from __future__ import annotations

import re
import string
from typing import NamedTuple


class Notes(NamedTuple):
    """The text of a Markdown document and what its front matter says of it."""

    text: str
    published: str | None
    title: str | None
    url: str | None


def is_markdown(text: str) -> bool:
    """Whether a text of unknown kind has what only Markdown has: headings or links."""
    return (
        re.search(r"^#{1,6} \S|^---\n(?:\w+:.*\n)+---$|\]\(https?://", text[:65536], re.M)
        is not None
    )


def read_markdown(text: str) -> Notes:
    """The text without marks; every line stays a line unless it held nothing but marks."""
    about, text = _front_matter(text)
    text = _without_comments(text)
    targets = dict(re.findall(r"^ {0,3}\[([^\]\n]{1,200})\]:[ \t]*(\S+)", text, re.M))
    lines = []
    fenced = False
    for line in text.split("\n"):
        if re.match(r"\s*(```|~~~)", line):
            fenced = not fenced
        elif fenced:
            lines.append(line)
        elif (plain := _plain(line, targets)) is not None:
            lines.append(plain)
    # a line of = or - below another made that one a heading
    kept = [
        line for line in lines if not re.fullmatch(r" {0,3}(=+|-{2,}|(?:[*_-] *){3,})\s*", line)
    ]
    heading = re.search(r"^ {0,3}# +(.+)$", text, re.M)
    title = about.get("title") or (_inline(heading[1].rstrip("# "), targets) if heading else None)
    published = about.get("published") or about.get("date")
    date = re.match(r"\d{4}-\d\d-\d\d", published or "")
    url = next((about[key] for key in ("url", "canonical", "source") if key in about), None)
    return Notes(
        re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n") + "\n",
        date[0] if date else None,
        title,
        url if url and url.startswith("http") else None,
    )


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    found = re.match(r"---\n((?:[^\n]*\n)*?)(?:---|\.\.\.)(?:\n|$)", text[:20_000])
    if found is None:
        return {}, text
    pairs = re.findall(r"^(\w+):(.*)$", found[1], re.M)
    about = {key.lower(): value.strip().strip("\"'") for key, value in pairs if value.strip()}
    return about, text[found.end() :]


def _without_comments(text: str) -> str:
    kept, place = [], 0
    while (start := text.find("<!--", place)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[place:start])
        place = end + 3
    return "".join(kept) + text[place:]


def _plain(line: str, targets: dict[str, str]) -> str | None:
    """The line without marks, or none where it held only marks."""
    if re.match(r" {0,3}\[[^\]]+\]:[ \t]*\S", line):
        return None
    line = re.sub(r"^ {0,3}(?:> ?)+", "", line)
    line = re.sub(r"^ {0,3}#{1,6}(?: +|$)", "", line)
    line = re.sub(r"^(\s*[-*+] )\[[ xX]\] ", r"\1", line)
    if re.match(r"\s*\|", line):
        if re.fullmatch(r"[\s|:-]+", line):
            return None
        cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
        line = " | ".join(cell.strip().replace("\\|", "|") for cell in cells)
    marker = re.match(r"\s*(?:[*+-]|\d{1,9}[.)])\s+", line)
    start = marker.end() if marker else 0
    return line[:start] + _inline(line[start:], targets).rstrip()


def _inline(text: str, targets: dict[str, str]) -> str:
    spans = re.split(r"(`{1,8})([^`]+)\1", text)
    # between the spans of code, which stay as they are; the pieces are text, fence, code
    for index in range(0, len(spans), 3):
        spans[index] = _words(spans[index], targets)
    for index in range(1, len(spans), 3):
        spans[index] = ""
    return "".join(spans)


# stand for the marks that a backslash makes plain: 32 code points that no text has
_PLAIN = dict(zip(string.punctuation, map(chr, range(0xFDD0, 0xFDF0)), strict=True))
_MARKS = str.maketrans({stand_in: mark for mark, stand_in in _PLAIN.items()})


def _words(text: str, targets: dict[str, str]) -> str:
    text = re.sub(r"\\([!-/:-@\[-`{-~])", lambda m: _PLAIN[m[1]], text)
    text = re.sub(r"!\[([^\]\[]*)\]\([^()]*\)", r"\1", text)
    text = re.sub(r"\[([^\]\[]+)\]\((?:[^()]|\([^()]*\))*\)", r"\1", text)
    text = re.sub(
        r"\[([^\]\[]+)\](?:\[([^\]\[]*)\])",
        lambda m: m[1] if (m[2] or m[1]) in targets else m[0],
        text,
    )
    text = re.sub(r"<(https?://[^\s<>]*)>", r"\1", text)
    text = re.sub(r"</?[a-zA-Z][^<>]*>", "", text)
    text = re.sub(r"\*{1,3}(?=\S)([^*]+?)(?<=\S)\*{1,3}", r"\1", text)
    text = re.sub(r"(?<!\w)_{1,3}(?=\S)([^_]+?)(?<=\S)_{1,3}(?!\w)", r"\1", text)
    text = re.sub(r"~~(?=\S)([^~]+?)(?<=\S)~~", r"\1", text)
    return text.translate(_MARKS)
