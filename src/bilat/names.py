"""How names of institutions, persons and places are read and compared, whatever the language.

Two names are the same when they have the same words: whatever their order, case, marks, alphabet,
brackets, legal form and mention of their country. What is merely alike is said to be, with a score
and the reasons.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache, lru_cache
from os import listdir
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import category, normalize

from rapidfuzz.distance import Levenshtein

from bilat.errors import InputError, NotFoundError
from bilat.files import read_rdf
from bilat.inputs import shipped
from bilat.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

KINDS = ("institution", "person", "place")

#: Stands for the name of the body's own country.
_OWN = "·"
#: Words this alike are taken for one word spelt in two ways, which is a reason to ask.
_SPELT_ALIKE = 0.8


class Likeness(NamedTuple):
    """How alike two names are, from 0 to 1; ``same`` where they can be taken for one name."""

    score: float
    same: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is compared: made by :func:`read`."""

    text: str
    kind: str
    words: frozenset[str]  # what it is compared by
    heads: frozenset[str]  # those of the words that say what a body is
    sequence: str  # its words as they come, its country by a sign
    joined: str  # the same without spaces
    initials: frozenset[str]
    more: frozenset[frozenset[str]] = frozenset()  # other ways to read the words of a person's name
    extra: frozenset[str] = frozenset()  # words that may be left out: patronymics
    aside: str = ""  # what stands in brackets
    under: str = ""  # whom it is under
    order: tuple[str, ...] = ()  # the words as they come, without its country
    marked: Mapping[str, str] = field(default_factory=dict, compare=False)  # words that have marks
    shown: Mapping[str, str] = field(default_factory=dict, compare=False)  # its words as they stand

    @property
    def line(self) -> str:
        """The words in a fixed order, for a first search among many."""
        return " ".join(sorted(self.words))


def read(kind: str, text: str, country: str | None) -> Name:
    """The name as it is compared; ``country`` is an alpha-2 code."""
    if kind == "person":
        return _read_person(text)
    return _read_institution(text, country) if kind == "institution" else _read_place(text)


def compare(a: Name, b: Name) -> Likeness:
    """How alike two names of one kind and country are; the same whichever comes first."""
    return _compare_persons(a, b) if a.kind == "person" else _compare_bodies(a, b)


def folded(text: str) -> str:
    """The text without what does not tell names apart: case, marks, quotes, spacing, alphabet."""
    return " ".join(tokens(text))


# ---- Letters and words ---------------------------------------------------------------------------

_LETTERS = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґђјљњћџәғқңөұүһ",
        "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya yo i yi ye g "
        "d j lj nj c dz a g q n o u u h".replace("_", "\0").split(" "),
        strict=True,
    )
)
_LETTERS |= {"ı": "i", "ə": "a", "đ": "d", "ð": "d", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe"}
_TO_LATIN = str.maketrans({letter: latin.strip("\0") for letter, latin in _LETTERS.items()})
_APOSTROPHES = "'’‘ʼ`´ʻʹ′＇"
_POSSESSIVE = re.compile(rf"[{_APOSTROPHES}][sS]\b")
_APOSTROPHE = re.compile(rf"[{_APOSTROPHES}]")
_NO_WORD = re.compile(r"[\W_]+")
_ASIDE = re.compile(r"[(\[]([^()\[\]]*)[)\]]")

#: Spellings that languages and romanisations differ in, one after the other.
_SPELLINGS = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        ("dzh|dj|zh", "ʒ"), ("kh", "h"), ("sh", "s"), ("ch|ts|tz", "c"), ("gh", "g"), ("ph", "f"),
        ("ck|q", "k"), ("w", "v"), ("x", "ks"), ("ou", "u"), ("y", "i"), ("i+", "i"), ("ie", "e"),
        (r"([bcdfghklmnprstvzʒj])\1", r"\1"),
    )
)  # fmt: skip


@lru_cache(maxsize=65536)
def tokens(text: str) -> tuple[str, ...]:
    """The words in small Latin letters without marks; of other alphabets only Cyrillic changes."""
    text = normalize("NFC", normalize("NFKC", _POSSESSIVE.sub("", text)).casefold())
    text = _APOSTROPHE.sub("", _POSSESSIVE.sub("", text)).translate(_TO_LATIN)
    text = "".join(c for c in normalize("NFKD", text) if not "\u0300" <= c <= "\u036f").translate(
        _TO_LATIN
    )
    if text.isascii():
        return tuple(_NO_WORD.sub(" ", text).split())
    # the vowels of many scripts are marks
    return tuple("".join(c if c.isalnum() or category(c)[0] == "M" else " " for c in text).split())


@lru_cache(maxsize=65536)
def _spelling(word: str, j: str = "ʒ") -> str:
    """The word as every romanisation of it comes out."""
    for pattern, to in _SPELLINGS:
        word = pattern.sub(to, word)
    return re.sub("i+", "i", word.replace("j", j))


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.isascii():
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and word[-2] not in "sui" else word


def _plain_word(word: str) -> str:
    return _spelling(_singular(word.replace("isation", "ization")))


# ---- The word list -------------------------------------------------------------------------------


class _Phrase(NamedTuple):
    pattern: tuple[str, ...]
    what: str  # the table: short, heads, words, legal or dropped
    means: tuple[str, ...]


class _WordList:
    """The phrases of data/reconciliation/words.toml, and the sets that rules ask for."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._exact: dict[str, list[_Phrase]] = defaultdict(list)
        self._open: dict[str, list[_Phrase]] = defaultdict(list)
        dropped, persons = tables["dropped"], tables["persons"]
        for what in ("short", "heads", "words"):
            for means, phrases in tables[what].items():
                self._add(what, tuple(map(_plain_word, means.split())), phrases)
        self._add("legal", (), dropped["legal"])
        self._add("dropped", (), dropped["words"])
        for index in (self._exact, self._open):
            for found in index.values():
                found.sort(key=lambda phrase: -len(phrase.pattern))
        self.heads = frozenset(map(_plain_word, tables["heads"]))
        self.sovereign = frozenset(map(_plain_word, tables["sovereign"]["heads"]))
        self.turned = frozenset(map(_plain_word, tables["turned"]["heads"]))
        self.titles = _patterns(dropped["titles"])
        self.superior = _patterns(dropped["superior"])
        self.under = frozenset(t for word in dropped["under"] for t in tokens(word))
        self.near = _ordered_pairs(
            [frozenset(self.meaning(tokens(phrase))) for phrase in group]
            for group in dropped["near"]
        )
        self.person_titles = frozenset(t for word in persons["titles"] for t in tokens(word))
        self.styles = frozenset(t for word in persons["styles"] for t in tokens(word))
        self.particles = frozenset(persons["particles"])
        self.patronymics = tuple(t for word in persons["patronymics"] for t in tokens(word))
        self.given = {
            _spelling(n, j): _spelling(g[0]) for g in persons["given"] for n in g for j in "iʒ"
        }
        self.places = {
            "".join(_spelling(t) for t in tokens(name)): _spelling(group[0])
            for group in tables["places"]["names"]
            for name in group
        }

    def _add(self, what: str, means: tuple[str, ...], phrases: Iterable[str]) -> None:
        for pattern in (tuple(_patterns(phrase.split())) for phrase in phrases):
            first = pattern[0]
            index = self._open if first.endswith("*") else self._exact
            index[first.rstrip("*")].append(_Phrase(pattern, what, means))

    def phrases(self, words: tuple[str, ...]) -> Iterator[tuple[_Phrase | None, tuple[str, ...]]]:
        """The words cut into known phrases, the longest first, and single unknown words."""
        at = 0
        while at < len(words):
            found = self._at(words, at)
            length = len(found.pattern) if found else 1
            yield found, words[at : at + length]
            at += length

    def _at(self, words: tuple[str, ...], at: int) -> _Phrase | None:
        word = words[at]
        several = [*self._exact.get(word, ()), *self._exact.get(_singular(word), ())]
        for end in range(len(word), max(len(word) - 6, 1), -1):
            several += self._open.get(word[:end], ())
        fitting = (p for p in several if _fits(p.pattern, words[at : at + len(p.pattern)]))
        return max(fitting, key=lambda p: len(p.pattern), default=None)

    def meaning(self, words: tuple[str, ...]) -> list[str]:
        """What the words mean, as far as it is known."""
        return [m for phrase, own in self.phrases(words) for m in _meaning(phrase, own)]


def _ordered_pairs(
    groups: Iterable[list[frozenset[str]]],
) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Each two of a group, both ways round, in an order that is always the same."""
    pairs = [{one, other} for group in groups for one in group for other in group if one != other]
    in_order = sorted(
        {tuple(sorted(pair, key=sorted)) for pair in pairs},
        key=lambda two: [sorted(words) for words in two],
    )
    return [way for one, other in in_order for way in ((one, other), (other, one))]


def _patterns(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(t + "*" * word.endswith("*") for word in words for t in tokens(word))


def _fits(pattern: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return len(pattern) == len(words) and all(map(_fits_word, pattern, words))


def _fits_word(pattern: str, word: str) -> bool:
    if pattern.endswith("*"):
        return word.startswith(pattern[:-1]) and len(word) - len(pattern) < 5
    return pattern in (word, _singular(word))


def _meaning(phrase: _Phrase | None, words: tuple[str, ...]) -> tuple[str, ...]:
    return (_plain_word(words[0]),) if phrase is None else phrase.means


@cache
def _words() -> _WordList:
    path = shipped().folder("data", "reconciliation") + "/words.toml"
    try:
        with open(path, "rb") as file:
            return _WordList(tomllib.load(file))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise InputError(f"{path}: is no list of words for reconciling ({error!r})") from None


# ---- Countries -----------------------------------------------------------------------------------


class Countries:
    """The names of countries as they stand in names of bodies, whatever their ending."""

    def __init__(self) -> None:
        self._patterns: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._codes: dict[str, str] = {}
        self._cities: dict[str, set[str]] = defaultdict(set)
        self.by_iri: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self._read_reference()
        self._read_lexicon()

    def _read_reference(self) -> None:
        from pathlib import Path

        ns = PREFIXES["bilat"]
        names: dict[str, list[tuple[str, str]]] = defaultdict(list)
        quads: list[Any] = read_rdf(Path(shipped().folder("data", "reference")) / "countries.ttl")
        for quad in quads:
            iri, predicate, value = quad.subject.value, quad.predicate.value, quad.object
            if predicate == ns + "iso3166alpha2":
                self.by_iri[iri] = value.value
            if predicate.startswith(ns + "iso3166alpha") or predicate.endswith("abel"):
                names[iri].append((value.value, getattr(value, "language", None) or ""))
        for iri, code in self.by_iri.items():
            for name, language in names[iri]:
                self._codes.setdefault(folded(name), code)
                if language == "en":
                    self.labels.setdefault(code, name)
                if language in ("en", "kk", "ru", "sr-cyrl", "sr-latn"):
                    self._add(code, name, bends=language != "en")

    def _read_lexicon(self) -> None:
        folder = shipped().folder("data", "lexicon")
        try:
            files = [n for n in sorted(listdir(folder)) if re.fullmatch(r"countries\.\w+\.toml", n)]
        except OSError:
            return
        for name in files:
            with open(f"{folder}/{name}", "rb") as file:
                countries = tomllib.load(file)
            for code, words in countries.items():
                for table in ("names", "adjectives"):
                    for phrase in words.get(table, ()):
                        self._add(code, phrase, bends=name != "countries.en.toml")
                for city in words.get("cities", ()):
                    self._cities[folded(city)].add(code)

    def _add(self, code: str, name: str, *, bends: bool) -> None:
        pattern = tuple(map(_spelling, tokens(name)))
        if bends:
            pattern = tuple(
                f"{word.rstrip('aeiou')}*" if len(word) > 3 else word for word in pattern
            )
        if pattern:
            self._patterns[code].add(pattern)

    def code(self, text: str) -> str:
        """The alpha-2 code of a country named by code or name; raises NotFoundError."""
        code = self._codes.get(folded(text)) or self.by_iri.get(text)
        if code is None:
            from difflib import get_close_matches

            near = get_close_matches(text, self.labels.values(), n=3)
            raise NotFoundError("country", text, near)
        return code

    def of_city(self, name: str) -> frozenset[str]:
        """The codes of the countries that have a city or region of that name, as far as known."""
        return frozenset(self._cities.get(folded(name), ()))

    def marked(self, words: tuple[str, ...], country: str | None) -> tuple[str, ...]:
        """The words with the name of that country, its titles included, replaced by one sign."""
        patterns = _by_first(self, country) if country else {}
        out: list[str] = []
        spelt = tuple(map(_spelling, words))
        at = 0
        while at < len(words):
            found = _longest(patterns, spelt, at)
            if found:
                _drop_titles(out)
                out.append(_OWN)
                at += found
                if at < len(words) and words[at] in ("republic", "federation"):
                    at += 1
            else:
                out.append(words[at])
                at += 1
        return tuple(out)

    def patterns(self, country: str) -> set[tuple[str, ...]]:
        """How the country's name may stand there; a word with ``*`` takes endings."""
        return self._patterns.get(country, set())


@lru_cache(maxsize=512)
def _by_first(countries: Countries, country: str) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for pattern in countries.patterns(country):
        found[pattern[0][:2]].append(pattern)
    return {key: sorted(patterns, key=lambda p: (-len(p), p)) for key, patterns in found.items()}


def _longest(patterns: Mapping[str, list[tuple[str, ...]]], words: tuple[str, ...], at: int) -> int:
    for pattern in patterns.get(words[at][:2], ()):
        piece = words[at : at + len(pattern)]
        if len(piece) == len(pattern) and all(map(_is_country_word, pattern, piece)):
            return len(pattern)
    return 0


def _is_country_word(pattern: str, word: str) -> bool:
    if not pattern.endswith("*"):
        return pattern == word
    return word.startswith(pattern[:-1]) and bool(_ENDING.fullmatch(word, len(pattern) - 1))


#: How names of countries and their adjectives end in Russian, Serbian, Ukrainian and Kazakh, as
#: spelt above.
_ENDING = re.compile(
    "|[aeiou]|[eoi]i|[eo]m|am|ah|ami|i[aue]|iei|(i|ai|an|ian)?sk(i|aia|oe|ogo|oi|om|ie|ih|im|a|e|u|og)|[ndt]in|[gdt][ae]"
)


def _drop_titles(words: list[str]) -> None:
    """Take “Republic of” and the like from the end of the words."""
    titles = _words().titles
    keep = end = len(words)
    while end and (
        words[end - 1] in ("of", "the") or any(_fits_word(t, words[end - 1]) for t in titles)
    ):
        end -= 1
        if words[end] not in ("of", "the"):
            keep = end
    del words[keep:]


@cache
def countries() -> Countries:
    """The names of the countries, read once."""
    return Countries()


# ---- Institutions and places ---------------------------------------------------------------------


@lru_cache(maxsize=65536)
def _read_institution(text: str, country: str | None) -> Name:
    known = _words()
    asides = [countries().marked(tokens(aside), country) for aside in _ASIDE.findall(text)]
    words = countries().marked(tokens(_ASIDE.sub(" ", text)) or tokens(text), country)
    words, under = _without_superior(words)
    # an aside of several words is part of the name, a short one an abbreviation
    words += tuple(
        w for aside in asides if len(aside) > 1 or len("".join(aside)) > 6 for w in aside
    )
    aside = "".join("".join(a) for a in asides if len(a) == 1 and len(a[0]) <= 6).replace(_OWN, "")
    found = list(known.phrases(words))
    meant = [_meaning(phrase, own) for phrase, own in found]
    if not any(word != _OWN for means in meant for word in means):  # a legal form alone
        meant = [means or own for means, (_, own) in zip(meant, found, strict=True)]
    flat = [word for means in meant for word in means]
    if len(flat) > 3 and flat[-2:] == ["government", _OWN]:  # “…, Government of India”
        flat = flat[:-2]
    bag = frozenset(flat)
    heads = bag & known.heads
    named = bag - {_OWN}
    if (heads and named - heads) or (named and named <= known.sovereign):
        bag = named
    plain = [w for p, own in found if not p or p.means or own == ("of",) for w in own]
    return Name(
        text,
        "institution",
        bag,
        heads,
        " ".join(plain),
        "".join(_spelling(w) for w in tokens(_ASIDE.sub(" ", text)) if w not in _ARTICLES),
        _initials([w for p, own in found if not p or p.what != "legal" for w in own]),
        aside=aside,
        under=under,
        order=tuple(w for w in flat if w != _OWN),
        shown=_shown(found),
    )


def _shown(found: Iterable[tuple[_Phrase | None, tuple[str, ...]]]) -> dict[str, str]:
    return {word: " ".join(own) for phrase, own in found for word in _meaning(phrase, own) or own}


def _initials(words: list[str]) -> frozenset[str]:
    kept = [w for w in words if w not in _ARTICLES and w != _OWN]
    return frozenset(("".join(w[0] for w in kept), "".join(w[0] for w in kept if w not in _SMALL)))


def _without_superior(words: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The words without “under the President” and the like, and whom it is under."""
    known = _words()
    for at, word in enumerate(words):
        tail = [w for w in words[at + 1 :] if w not in ("of", "the", _OWN)]
        if (
            at
            and tail
            and word in known.under
            and all(any(_fits_word(p, w) for p in known.superior) for w in tail)
        ):
            return words[:at], tail[0][:8]
    return words, ""


@lru_cache(maxsize=65536)
def _read_place(text: str) -> Name:
    known = _words()
    words = tokens(text)
    found = [
        (p, own)
        for p, own in known.phrases(words)
        if not p or p.what in ("heads", "words", "dropped")
    ]
    flat = [w for p, own in found for w in (p.means if p else (_spelling(own[0]),))] or list(words)
    heads = frozenset(flat) & known.heads
    own_name = "".join(_spelling(word) for word in flat if word not in heads)
    joined = known.places.get(own_name, own_name)
    bag = heads | {joined} if own_name in known.places else frozenset(flat)
    return Name(
        text,
        "place",
        bag,
        heads,
        " ".join(flat),
        joined + "".join(sorted(heads)),
        frozenset(),
        order=(joined,),
        marked=_marked(text),
        shown=_shown(found),
    )


def _marked(text: str) -> dict[str, str]:
    """The words that have marks on Latin letters, by their letters alone."""
    words = re.findall(r"\w+", normalize("NFC", text).casefold())
    return {
        "".join(tokens(word)): word
        for word in words
        if re.search("[a-z][\u0300-\u036f]", normalize("NFD", word))
    }


def other_marks(a: Name, b: Name) -> Likeness | None:
    """Where both names have marks on a word, but other ones: in Vietnamese that is another name."""
    for word in a.marked.keys() & b.marked.keys():
        if a.marked[word] != b.marked[word]:
            both = " and ".join(sorted((f"“{a.marked[word]}”", f"“{b.marked[word]}”")))
            return Likeness(0.85, False, (f"{both} differ in their marks",))
    return None


def _compare_bodies(a: Name, b: Name) -> Likeness:
    if a.words == b.words:
        return _same_words(a, b)
    if a.joined == b.joined and a.heads == b.heads:
        return Likeness(0.98, True, ("the same letters, divided into words in another way",))
    if (acronym := _acronym(a, b)) is not None:
        return acronym
    common = a.words & b.words
    pairs, left, right = _pair_up(a, b)
    left, right = left - {_OWN}, right - {_OWN}
    reasons = [reason for _, _, _, reason in pairs]
    content = frozenset(common) - a.heads - b.heads - {_OWN}
    rest = (left | right) - a.heads - b.heads
    shared = len(content) + sum(score for _, _, score, _ in pairs)
    share = shared / (shared + len(rest)) if shared else 0.0
    for name, more in ((a, left), (b, right)):
        if more - name.heads:
            reasons.append(f"only “{name.text}” has {_listed(more - name.heads, name)}")
    if a.heads == b.heads and not reasons:
        reasons.append("the same words but for the name of the country")
    elif a.heads != b.heads:
        reasons.append(
            f"“{a.text}” is {_listed(a.heads, a) or 'no kind of body'}, "
            f"“{b.text}” {_listed(b.heads, b) or 'no kind of body'}"
        )
        if a.heads and b.heads:
            return Likeness(round(0.45 * share, 2), False, tuple(reasons))
    if left and right:
        return Likeness(round(0.15 + 0.4 * share, 2), False, tuple(reasons))
    if left or right:
        return Likeness(round(0.5 + 0.4 * share, 2), False, tuple(reasons))
    worst = min((score for _, _, score, _ in pairs), default=0.9)
    return Likeness(round(0.5 + 0.45 * worst, 2), False, tuple(reasons))


def _same_words(a: Name, b: Name) -> Likeness:
    if a.kind == "place" and (other := other_marks(a, b)):
        return other
    if a.aside and b.aside and a.aside != b.aside:
        return Likeness(0.8, False, (f"the same words, but ({a.aside}) is not ({b.aside})",))
    if a.under and b.under and a.under != b.under:
        return Likeness(0.8, False, ("the same words, but they are under different heads",))
    if not a.words - a.heads - {_OWN} and a.kind == "institution" and a.sequence != b.sequence:
        if a.words <= _words().sovereign and len(a.words) == 1:
            return Likeness(0.97, True, (f"both are the {_listed(a.words, a)} of the country",))
        return Likeness(0.8, False, ("the same words, but too few to tell bodies apart",))
    if a.order != b.order and not a.heads & _words().turned:
        what = " and ".join(sorted({_listed(a.heads, n) for n in (a, b)} - {""})) or "such a body"
        return Likeness(
            0.9, False, (f"the same words in another order: for {what} that may be another one",)
        )
    ones, others = ([w for w in n.sequence.split() if w not in ("of", _OWN)] for n in (a, b))
    if sorted(ones) == sorted(others):
        order = "in the same order" if ones == others else "in another order"
        country = "" if (_OWN in a.sequence) == (_OWN in b.sequence) else ", the country left out"
        return Likeness(0.97, True, (f"the same words {order}{country}",))
    english = sorted((a, b), key=lambda name: (not name.text.isascii(), name.text))
    return Likeness(0.97, True, (f"both mean {_listed(a.words - {_OWN}, *english)}",))


def _acronym(a: Name, b: Name) -> Likeness | None:
    for short, long in ((a, b), (b, a)):
        letters = "".join(tokens(short.text))
        if 3 <= len(letters) <= 6 and " " not in short.sequence and long.kind == "institution":
            if letters == long.aside:
                return Likeness(
                    0.9, False, (f"“{long.text}” gives {letters.upper()} as its abbreviation",)
                )
            if letters in long.initials:
                return Likeness(
                    0.75, False, (f"{letters.upper()} may be the initials of “{long.text}”",)
                )
    return None


_ARTICLES = frozenset(("the", "a", "an"))
_SMALL = frozenset(("of", "and", "for", "the", "in", "on", "i", "и", _OWN))


def _pair_up(
    a: Name, b: Name
) -> tuple[list[tuple[str, str, float, str]], frozenset[str], frozenset[str]]:
    """Words of the two that are alike in meaning or spelling, and those that are left."""
    left, right = a.words - b.words, b.words - a.words
    pairs: list[tuple[str, str, float, str]] = []
    for one, other in _words().near:
        if one <= left and other <= right:
            left, right = left - one, right - other
            words = _listed(one, a), _listed(other, b)
            pairs.append((*words, 0.9, f"{words[0]} and {words[1]} may mean the same here"))
    alike = sorted(
        (
            (Levenshtein.normalized_similarity(x, y), x, y)
            for x in left
            for y in right
            if min(len(x), len(y)) > 3
        ),
        key=lambda found: (-found[0], sorted(found[1:])),
    )
    for score, x, y in alike:
        if score >= _SPELT_ALIKE and x in left and y in right:
            left, right = left - {x}, right - {y}
            pairs.append(
                (x, y, score, f"{_listed((x,), a)} and {_listed((y,), b)} are spelt alike")
            )
    return pairs, left, right


def _listed(words: Iterable[str], *names: Name) -> str:
    """The words as they stand in the first of the names that has them."""
    shown = {next((n.shown[w] for n in names if w in n.shown), w) for w in words}
    return ", ".join(f"“{word}”" for word in sorted(shown))


# ---- Persons -------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def _read_person(text: str) -> Name:
    known = _words()
    words = [w for w in tokens(text) if w not in known.person_titles and w not in known.particles]
    plain = [w for w in words if w not in known.styles]
    words = (plain if len(plain) > 1 else words) or list(tokens(text))
    ways = [[known.given.get(s, s) for w in words for s in (_spelling(w, j),)] for j in "ʒi"]
    end = known.patronymics
    extra = (
        frozenset(s for w, s in zip(words, ways[0], strict=True) if w.endswith(end))
        if len(words) > 2
        else ()
    )
    return Name(
        text,
        "person",
        frozenset(ways[0]),
        frozenset(),
        " ".join(ways[0]),
        "".join(ways[0]),
        frozenset(),
        frozenset(frozenset(way) for way in ways),
        frozenset(extra),
        marked=_marked(text),
        shown={s: w for way in ways for s, w in zip(way, words, strict=True)},
    )


def _compare_persons(a: Name, b: Name) -> Likeness:
    if a.more & b.more:
        if len(a.words) < 2:
            return Likeness(
                0.85, False, ("the same single word: too little to tell persons apart",)
            )
        same_order = a.sequence == b.sequence
        if other := other_marks(a, b):
            return other
        return Likeness(
            0.98, True, (f"the same words in {'the same' if same_order else 'another'} order",)
        )
    if a.joined == b.joined and min(len(a.words), len(b.words)) > 1:
        return Likeness(0.97, True, ("the same letters, divided into words in another way",))
    found = [
        _compare_ways(a, x, b, y)
        for x in sorted(a.more, key=sorted)
        for y in sorted(b.more, key=sorted)
    ]
    return max(found)


def _compare_ways(a: Name, x: frozenset[str], b: Name, y: frozenset[str]) -> Likeness:
    common, left, right = x & y, x - y, y - x
    extra = (left - a.extra) | (right - b.extra)
    if len(common) > 1 and not extra and not (left and right):
        return Likeness(
            0.95, True, (f"the same but for the patronymic {_listed(left | right, a, b)}",)
        )
    if not left or not right:
        share = len(common) / len(x | y)
        longer = a if left else b
        score = 0.45 + 0.5 * share if len(common) > 1 else 0.6
        return Likeness(
            round(score, 2), False, (f"only “{longer.text}” has {_listed(left | right, longer)}",)
        )
    if len(left) == len(right) and common and _are_initials(left, right):
        return Likeness(
            0.75,
            False,
            (f"{_listed(left, a)} and {_listed(right, b)}: one may be short for the other",),
        )
    pairs, left, right = _spelt_alike(left, right)
    if not left and not right:
        worst = min(score for score, _, _ in pairs)
        reasons = tuple(
            f"{_listed((x,), a)} and {_listed((y,), b)} are spelt alike" for _, x, y in pairs
        )
        return Likeness(round(0.3 + 0.6 * worst, 2), False, reasons)
    share = (len(common) + len(pairs)) / len(x | y)
    reason = f"“{a.text}” has {_listed(x - y, a)}, “{b.text}” has {_listed(y - x, b)}"
    return Likeness(round(0.55 * share, 2), False, (reason,))


def _are_initials(left: frozenset[str], right: frozenset[str]) -> bool:
    ones, others = sorted(left), sorted(right)
    return all(
        one[0] == other[0] and 1 in (len(one), len(other))
        for one, other in zip(ones, others, strict=True)
    )


def _spelt_alike(
    left: frozenset[str], right: frozenset[str]
) -> tuple[list[tuple[float, str, str]], frozenset[str], frozenset[str]]:
    pairs = []
    alike = ((Levenshtein.normalized_similarity(x, y), x, y) for x in left for y in right)
    for score, x, y in sorted(alike, key=lambda found: (-found[0], sorted(found[1:]))):
        if score >= _SPELT_ALIKE and x in left and y in right:
            left, right = left - {x}, right - {y}
            pairs.append((score, x, y))
    return pairs, left, right
