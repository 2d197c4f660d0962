"""How things are called: slugs, romanised labels, IRIs and the identifiers of sources."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import TYPE_CHECKING
from unicodedata import category, normalize

import pyoxigraph as ox

from bilat.namespaces import expand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilat.record import Record

Term = ox.NamedNode | ox.Literal

_LATIN_OF = (
    "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya yo "
    "đ g ye i i j lj nj k u dž g a gh q ng o u u h"
)
_CYRILLIC = {
    letter: latin.strip("-")
    for letter, latin in zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюяёђѓєіїјљњќўџґәғқңөұүһ", _LATIN_OF.split(), strict=True
    )
}
_LATIN = {"ı": "i", "ø": "o", "đ": "d", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th",
          "ð": "d", "ə": "a"}  # fmt: skip

#: Words that a slug does without.
FILLERS = {"the", "a", "an", "of", "in", "on", "for", "to", "and", "with", "field", "area", "its"}

_BENT = re.compile(
    r"^([а-я-]{3,}?)(?:[иеыао][йеюяхм]|ого|его|ому|ему|[иы]ми|[ая]ми|[ая][мх]|ов|ев|ью|"
    r"и[яюийем]|иями|иях|ием|[аяоеуюыиьй])$"
)


# ---- IRIs and literals


def iri(name: str) -> ox.NamedNode:
    """The IRI of a prefixed name."""
    return ox.NamedNode(expand(name))


def local_name(node: Term) -> str:
    """The last part of an IRI."""
    return node.value.rpartition("/")[2]


def is_address(text: str) -> bool:
    """Whether the text is an address of http or https that can be an IRI."""
    if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`\x00-\x20\x7f]+", text):
        return False
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return all(category(c)[0] != "C" for c in text)


def english(text: str) -> ox.Literal:
    """The text as a literal in English."""
    return ox.Literal(text, language="en")


def day_literal(day: str) -> ox.Literal:
    """The day as an ``xsd:date``."""
    return ox.Literal(day, datatype=iri("xsd:date"))


def as_day(value: str | None) -> str | None:
    """The day, if it is one: YYYY-MM-DD."""
    try:
        return date.fromisoformat(value or "").isoformat()
    except ValueError:
        return None


def language_tag(tag: str | None) -> str:
    """The language tag, or ``und`` where it is not known."""
    return tag if tag and re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag) else "und"


# ---- slugs


def slug(text: str, words: int = 14) -> str:
    """Lower-case ASCII words joined by hyphens; a name without any such letter gets a checksum."""
    text = "".join(_LATIN.get(c, c) for c in romanised(text).lower())
    plain = re.sub(r"['’‘ʼ`´]", "", text)
    ascii_only = normalize("NFKD", plain).encode("ascii", "ignore").decode()
    found = [word for word in re.findall(r"[a-z0-9]+", ascii_only) if word != "the"]
    if found:
        return "-".join(word[:40] for word in found[:words])
    return "n" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def source_id(record: Record, sha256: str) -> str:
    """``<date>-<country codes>``: the day of publication, else of the event.

    Without any day it is ``0000-00-00-<codes>-<first 8 digits of the sha256>``, which stays the
    same whatever else is there; without any country the code is ``zz``.
    """
    codes = [code.lower() for code in record.countries if re.fullmatch(r"[A-Z]{2}", code)]
    countries = "-".join(dict.fromkeys(codes)) or "zz"
    day = as_day(record.published) or as_day(record.date)
    return f"{day}-{countries}" if day else f"0000-00-00-{countries}-{sha256[:8]}"


# ---- labels


def romanised(text: str) -> str:
    """The text with Cyrillic letters in Latin ones; other scripts stay as they are."""

    def letter(at: int, c: str) -> str:
        latin = _CYRILLIC.get(c.lower())
        if latin is None or c.islower():
            return c if latin is None else latin
        capitals = text[at + 1 : at + 2].isupper() or text[max(at - 1, 0) : at].isupper()
        return latin.upper() if capitals else latin.capitalize()

    return "".join(letter(at, c) for at, c in enumerate(text))


def is_latin(text: str) -> bool:
    """Whether all letters are Latin ones."""
    return all(ord(c) < 0x250 or 0x1E00 <= ord(c) < 0x1F00 for c in text if c.isalpha())


def clean(text: str) -> str:
    """The text in one line, without control and formatting characters."""
    kept = (" " if c.isspace() else c for c in text if c.isspace() or category(c)[0] != "C")
    return " ".join("".join(kept).split())


def in_one_line(text: str) -> str:
    """The words of the text as they stand, each space a single one; what no file can hold as ?."""
    return " ".join(text.encode("utf-8", "replace").decode().split())


def shortened(text: str) -> str:
    """The beginning of the text, for a remark."""
    text = clean(text)
    return text if len(text) <= 80 else text[:79].rstrip() + "…"


def bare_words(text: str) -> str:
    """The words of the text, lower-case and set off by single spaces, to look for phrases in.

    Words in Cyrillic lose their endings, as those languages bend them.
    """
    found = re.findall(r"[\w-]+", text.casefold().replace("’", "").replace("ё", "е"))
    return " " + " ".join(_BENT.sub(r"\1", word) for word in found) + " "


def enumerated(names: Sequence[str]) -> str:
    """``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def with_article(country: str) -> str:
    """The country's name as it stands after "of"."""
    plural = re.match(r"United |.*(Islands|Emirates|States)$", country)
    named = ("Netherlands", "Philippines", "Maldives", "Gambia", "Bahamas", "Comoros", "Seychelles")
    return f"the {country}" if plural or country in named else country
