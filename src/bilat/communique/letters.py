"""The letters and signs of a text: which stand for one another, and where a word ends."""

from __future__ import annotations

import re
import unicodedata

_BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
#: Signs that stand for one another, one to one, so that offsets hold.
PLAIN = {
    ord(sign): plain
    for plain, signs in {
        " ": f"{_BLANKS}\u202f\u205f\u3000",
        "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d",
        "'": "\u2018\u2019\u201a\u201b\u02bc\u2032\u00b4`",
        '"': "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u300c\u300d",
        "\n": "\x0b\x0c\x85\u2028\u2029\r",
    }.items()
    for sign in signs
}
#: Shown as nothing, and often in the middle of a word.
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]|\r(?=\n)"
)
#: A word, the end of a line, or a sign; the "s" of a possessive is a word of its own.
WORD = re.compile(r"'s(?![^\W_])|[^\W_]+|\n|[^\s\w]|_")


def split_words(phrase: str) -> list[str]:
    """The words and signs of a phrase, quotes and dashes in their plain forms."""
    return WORD.findall(phrase.translate(PLAIN))


def compose(text: str) -> tuple[str, list[int] | None]:
    """The text in NFC without invisible characters, and where each was, if that changed."""
    if unicodedata.is_normalized("NFC", text) and not _INVISIBLE.search(text):
        return text, None
    out: list[str] = []
    at: list[int] = []
    cluster: list[str] = []
    begin = 0

    def close() -> None:
        composed = unicodedata.normalize("NFC", "".join(cluster))
        out.append(composed)
        at.extend([begin] * len(composed))

    for i, c in enumerate(text):
        if _INVISIBLE.match(text, i):
            continue
        # The vowels and finals of Hangul join the consonant before them.
        if cluster and not unicodedata.combining(c) and not "\u1161" <= c <= "\u11ff":
            close()
            cluster, begin = [c], i
        else:
            if not cluster:
                begin = i
            cluster.append(c)
    if cluster:
        close()
    at.append(len(text))
    return "".join(out), at


def folded(name: str) -> str:
    """A name without case, diacritics and signs."""
    lower = name.lower().replace("ё", "е").replace("đ", "d").replace("ı", "i")
    letters = (c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())
