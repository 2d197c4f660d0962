"""Which state a code or a name means: by explicit rules, on a day where that matters; no guesses.

The rules, in the order in which they decide:

- A code is looked up in its own list alone, a name among the names: English labels first, then
  other and former names. Case, marks, articles, the order of the words, “Rep.”, “St.” do not count.
- A state that ended is not today's. A former name or withdrawn code of a living one leads to it.
- With a day, what names a state that existed then, or bore the name then, goes before what names a
  state at all times. With a month or a year it has to have been so throughout.
- Without a day, an ISO code is the one in force, and a name one that is borne today. Codes of the
  Correlates of War and of Gleditsch and Ward that several states had are ambiguous without a day.
- Of two states that ended and had one code, the earlier had it until its end.
"""

from __future__ import annotations

import re
import tomllib
from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from bilat.errors import InputError, UnresolvedError
from bilat.inputs import shipped
from bilat.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
Scheme = Literal["iso2", "iso3", "numeric", "m49", "cow", "gw", "wikidata", "name", "any"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A state, and by which rule it is meant."""

    iri: str
    label: str
    rule: str
    former: bool = False  # it has ended
    then: str = ""  # the state that it continues, where that one existed on the day


class _Unresolved(NamedTuple):
    """What an UnresolvedError is made of."""

    text: str
    reason: str
    near: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    organisation: str = ""


@dataclass(slots=True)
class _State:
    iri: str
    label: str = ""
    former: bool = False
    start: str = ""
    end: str = ""
    continued_by: str = ""
    values: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def was(self, first: str, last: str) -> bool:
        """Whether the state existed throughout."""
        return self.start <= first and last <= self.end


class _Sense(NamedTuple):
    """One meaning of a code or name: the days are the first and last of it, empty where open."""

    iri: str
    rank: int
    rule: str
    start: str = ""
    end: str = ""

    def bounded(self) -> bool:
        return bool(self.start or self.end)

    def is_code(self) -> bool:
        return not self.rule.endswith("name") and not self.rule.startswith("former name")

    def meets(self, first: str, last: str) -> bool:
        return (not self.start or self.start <= last) and (not self.end or first <= self.end)

    def covers(self, first: str, last: str) -> bool:
        return (not self.start or self.start <= first) and (not self.end or last <= self.end)


#: List of codes, property and rank: codes in force first; what the rule is called.
_CODES = (
    ("iso2", "iso3166alpha2", 0, "ISO 3166-1 alpha-2"),
    ("iso3", "iso3166alpha3", 0, "ISO 3166-1 alpha-3"),
    ("numeric", "iso3166numeric", 0, "ISO 3166-1 numeric"),
    ("iso2", "formerAlpha2", 1, "withdrawn ISO 3166 alpha-2"),
    ("iso3", "formerAlpha3", 1, "withdrawn ISO 3166 alpha-3"),
    ("numeric", "formerNumeric", 1, "withdrawn ISO 3166 numeric"),
    ("iso2", "userAssignedCode", 2, "user-assigned code"),
    ("iso3", "userAssignedCode", 2, "user-assigned code"),
    ("cow", "cowCode", 0, "COW"),
    ("cow", "cowLetters", 0, "COW"),
    ("gw", "gwCode", 0, "Gleditsch-Ward"),
    ("gw", "gwLetters", 0, "Gleditsch-Ward"),
)
_OF_LISTS = ("COW", "Gleditsch-Ward")
#: Lists that give one code to several states, one after the other.
_BY_DAY = ("cow", "gw")

_SMALL = frozenset({
    "a", "and", "d", "da", "das", "de", "del", "der", "des", "di", "die", "do", "dos", "du", "e",
    "el", "et", "i", "l", "la", "las", "le", "les", "los", "of", "the", "und", "y",
})  # fmt: skip
_FORMAL = frozenset({
    "commonwealth", "ex", "former", "kingdom", "principality", "republic", "republica", "republika",
    "republique", "respublika", "respublikasy", "state",
})  # fmt: skip
#: What may stand in brackets after a name and says nothing of which state it is.
_ASIDE_WORDS = _FORMAL | {
    "arab", "bolivarian", "democratic", "federal", "federated", "federative", "islamic", "people",
    "peoples", "plurinational", "socialist", "states", "sultanate", "union", "united",
}  # fmt: skip
_WRITTEN_OUT = {"saint": "st", "sainte": "st", "ste": "st", "rep": "republic", "dem": "democratic",
                "fed": "federal", "is": "islands", "isl": "islands", "repub": "republic",
                "ppls": "peoples"}  # fmt: skip
_ASIDE = re.compile(r"^(.+?)\s*[(\[]([^()\[\]]+)[)\]]\s*(.*)$")
_DAY = re.compile(r"(-?\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T.*)?$")
_ITEM = re.compile(r"^(?:https?://www\.wikidata\.org/(?:entity|wiki)/|wd:)?(Q[1-9]\d*)$", re.I)
_ANY = ("iso3", "iso2", "wikidata", "name")


@cache
def resolver() -> Resolver:
    """The resolver of the states in the reference data, read once."""
    return Resolver()


class Resolver:
    """Knows the states, their codes and names; :func:`resolver` gives the one there is."""

    def __init__(self) -> None:
        self._states: dict[str, _State] = {}
        self._index: dict[str, dict[str, list[_Sense]]] = defaultdict(lambda: defaultdict(list))
        self._continued: dict[str, list[_State]] = defaultdict(list)
        self._none: dict[str, tuple[str, str]] = {}
        self._read_reference()
        self._read_lexicon()
        self._found = lru_cache(maxsize=262_144)(self._find)

    def resolve(self, text: str, scheme: Scheme = "name", on: date | str | None = None) -> Resolved:
        """The state that the text means in a list of codes, or as a name, on a day.

        ``on`` is a date or its ISO text, of which the year or the month is enough. ``any`` takes
        an IRI, an ISO code of letters, a Wikidata item or a name; a number needs its list. ``m49``
        is ISO's numeric code. Raises UnresolvedError with the reason and the states that may be
        meant.
        """
        found = self._found(text, scheme, "" if on is None else str(on))
        if isinstance(found, Resolved):
            return found
        raise UnresolvedError(*found)

    def label(self, iri: str) -> str:
        """The English label of a state; KeyError for what is none."""
        return self._states[iri].label

    def states(self) -> Iterable[str]:
        """The IRIs of all states, in order."""
        return sorted(self._states)

    # ---- Reading ---------------------------------------------------------------------------------

    def _read_reference(self) -> None:
        from pathlib import Path

        from bilat.files import read_rdf

        folder = Path(shipped().folder("data", "reference"))
        nodes: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
        for path in sorted(folder.glob("*.ttl")):
            for quad in read_rdf(path):
                predicate = re.split(r"[/#]", quad.predicate.value)[-1]
                value = quad.object
                text = getattr(value, "value", "")
                nodes[str(getattr(quad.subject, "value", ""))][predicate].append(
                    (text, getattr(value, "language", None) or "")
                )
        country, former = PREFIXES["bilat"] + "Country", PREFIXES["bilat"] + "FormerCountry"
        for iri, node in nodes.items():
            kinds = {text for text, _ in node["type"]}
            if country in kinds:
                self._states[iri] = _state(iri, node, former in kinds)
        for state in self._states.values():
            self._continued[state.continued_by].append(state)
            self._add_codes(state)
            self._add_names(state, nodes)

    def _add_codes(self, state: _State) -> None:
        for scheme, term, rank, rule in _CODES:
            for code in state.values[term]:
                if term != "userAssignedCode" or len(code) == int(scheme[-1]):
                    self._add(scheme, code, state, rank, f"{rule} {code}")
        for item in state.values["sameAs"]:
            code = item.rpartition("/")[2]
            self._add("wikidata", code, state, 0, f"Wikidata {code}")

    def _add(self, scheme: str, code: str, state: _State, rank: int, rule: str) -> None:
        sense = _Sense(state.iri, rank, rule, state.start, state.end)
        self._index[scheme][_code(code)].append(sense)

    def _add_names(self, state: _State, nodes: dict[str, dict[str, list[tuple[str, str]]]]) -> None:
        for term, rule in (("label", "name"), ("altLabel", "other name")):
            for text in state.values[term]:
                rank = 0 if text == state.label else 1
                self._add_name(text, _Sense(state.iri, rank, rule, state.start, state.end))
        for record in state.values["hasName"]:
            node = nodes[record]
            start, end = (
                node[term][0][0] if node[term] else "" for term in ("startDate", "endDate")
            )
            rule = f"former name, until {end[:4]}" if end else "other name"
            for text, _ in node["nameValue"]:
                self._add_name(text, _Sense(state.iri, 2 if end else 1, rule, start, end))

    def _add_name(self, text: str, sense: _Sense) -> None:
        senses = self._index["name"][_key(text)]
        if not any(s.iri == sense.iri and s[3:] == sense[3:] for s in senses):
            senses.append(sense)

    def _read_lexicon(self) -> None:
        """Names that communiqués use, where the reference data has none like them."""
        folder = shipped().folder("data", "lexicon")
        by_code = {key: _first(senses)[0].iri for key, senses in self._index["iso2"].items()}
        more: dict[str, set[str]] = defaultdict(set)
        for name in ("en", "ru"):
            with open(f"{folder}/countries.{name}.toml", "rb") as file:
                for code, words in tomllib.load(file).items():
                    for text in words.get("names", ()):
                        if code in by_code:
                            more[_key(text)].add(by_code[code])
        names = self._index["name"]
        for key, iris in more.items():
            if key not in names:
                names[key] = [_Sense(iri, 3, "name in communiqués") for iri in sorted(iris)]
        self._read_others(f"{folder}/not-countries.toml")

    def _read_others(self, path: str) -> None:
        with open(path, "rb") as file:
            tables = tomllib.load(file)
        for slug, names in tables["organisations"].items():
            for text in names:
                iri = PREFIXES["institution"] + slug
                self._none[_key(text)] = (f"is an organisation, {names[0]}, no country", iri)
        for code, names in tables["parts"].items():
            label = self._states[PREFIXES["country"] + code].label
            for text in names:
                self._none[_key(text)] = (f"is a part of {label}, no country of its own", "")

    # ---- Finding ---------------------------------------------------------------------------------

    def _find(self, text: str, scheme: Scheme, on: str) -> Resolved | _Unresolved:
        if scheme not in get_args(Scheme):
            raise InputError(
                f"{scheme!r} is no list of codes; known: {', '.join(get_args(Scheme))}"
            )
        period = _period(on) if on else None
        senses = self._senses(text.strip(), scheme)
        if not senses:
            return self._unknown(text, scheme)
        return self._choose(text, senses, period, scheme, on)

    def _senses(self, text: str, scheme: str) -> list[_Sense]:
        local = text.removeprefix(PREFIXES["country"]).removeprefix("country:")
        if local != text and (state := self._states.get(PREFIXES["country"] + local)):
            return [_Sense(state.iri, 0, "IRI")]
        if scheme == "name":
            return self._named(text)
        if scheme == "any":
            each = (self._senses(text, one) for one in _ANY)
            return next((senses for senses in each if senses), [])
        return self._index["numeric" if scheme == "m49" else scheme].get(_code(text, scheme), [])

    def _named(self, text: str) -> list[_Sense]:
        names, key = self._index["name"], _key(text)
        if key in self._none:
            return []
        if key in names:
            return names[key]
        if (match := _ASIDE.match(text)) and (senses := self._with_aside(*match.groups())):
            return senses
        parts = [self._named(part) for part in text.split("/")] if "/" in text else []
        if parts and all(parts):
            return [sense for part in parts for sense in part]
        short = " ".join(word for word in key.split() if word not in _FORMAL)
        return names.get(short, []) if short else []

    def _with_aside(self, before: str, aside: str, after: str) -> list[_Sense]:
        outer, inner = self._named(f"{before} {after}"), self._named(aside)
        if not inner and _ASIDE_WORDS.issuperset(_key(aside).split()):
            return outer
        return outer + inner if outer and inner else []

    def _choose(
        self, text: str, senses: list[_Sense], period: tuple[str, str] | None, scheme: str, on: str
    ) -> Resolved | _Unresolved:
        chosen = senses if period is None else _on(senses, *period)
        if period is None and scheme not in _BY_DAY:
            chosen = _first(chosen)
        states = _distinct(chosen or senses)
        if len(states) == 1:
            return self._resolved((chosen or senses)[0], period, on)
        labels = ", ".join(f"{self._states[i].label} ({i.rpartition('/')[2]})" for i in states)
        if period is None:
            reason = f"is ambiguous without a day: {labels}"
        elif chosen:
            reason = f"is ambiguous {_when(on)}: {labels}"
        else:
            reason = f"means none of these {_when(on)}: {labels}"
        return _Unresolved(text, reason, (), tuple(states))

    def _resolved(self, sense: _Sense, period: tuple[str, str] | None, on: str) -> Resolved:
        state, rule, then = self._states[sense.iri], sense.rule, ""
        if period:
            if rule.startswith(_OF_LISTS):
                rule = f"{rule} {_when(on)}: {state.label}"
            if state.end and state.end < period[0]:
                rule = f"{rule}; it had ended, on {state.end}"
            then = next((s.iri for s in self._continued.get(state.iri, ()) if s.was(*period)), "")
        return Resolved(state.iri, state.label, rule, state.former, then)

    def _unknown(self, text: str, scheme: str) -> _Unresolved:
        forms = (text, text.removeprefix("IO-"), text.partition(" ")[2])
        reason, iri = next((self._none[k] for k in map(_key, forms) if k in self._none), ("", ""))
        if not text.strip():
            return _Unresolved(text, "is empty")
        if reason:
            return _Unresolved(text, reason, (), (), iri)
        if scheme in ("name", "any"):
            if scheme == "any" and text.strip().isdigit():
                return _Unresolved(text, "is a number; say of which list: numeric, m49, cow or gw")
            from difflib import get_close_matches

            labels = {state.label for state in self._states.values()}
            near = tuple(get_close_matches(text.strip().title(), sorted(labels), n=3, cutoff=0.7))
            return _Unresolved(
                text, "is no name of a country" if scheme == "name" else "is no country", near
            )
        return _Unresolved(text, f"is no code of a country in the list {scheme}")


def _state(iri: str, node: dict[str, list[tuple[str, str]]], former: bool) -> _State:
    state = _State(iri, former=former)
    for predicate, values in node.items():
        state.values[predicate] += [text for text, _ in values]
    state.label = next((text for text, tag in node["label"] if tag == "en"), iri)
    if former:
        state.start = next(iter(state.values["startDate"]), "")
        state.end = next(iter(state.values["endDate"]), "")
        state.continued_by = next(iter(state.values["continuedBy"]), "")
    return state


def _on(senses: list[_Sense], first: str, last: str) -> list[_Sense]:
    """What is meant in the period: what held throughout it before what holds at all times."""
    bounded = [sense for sense in senses if sense.bounded()]
    if whole := _first([sense for sense in bounded if sense.covers(first, last)]):
        return [min(whole, key=lambda sense: sense.start)] if whole[0].is_code() else whole
    partly = [sense for sense in bounded if sense.meets(first, last)]
    always = [sense for sense in senses if not sense.bounded()]
    listed = bool(always) and always[0].rule.startswith(_OF_LISTS)
    if listed and last < min((sense.start for sense in bounded), default=""):
        always = []  # before the first state that had the code
    return partly + _first(always)


def _first(senses: list[_Sense]) -> list[_Sense]:
    """Those of the lowest rank."""
    rank = min((sense.rank for sense in senses), default=0)
    return [sense for sense in senses if sense.rank == rank]


def _distinct(senses: Iterable[_Sense]) -> list[str]:
    return sorted({sense.iri for sense in senses})


def _code(text: str, scheme: str = "") -> str:
    """A code as it is compared: capital letters, or a number without leading zeros."""
    if scheme == "wikidata":
        match = _ITEM.match(text)
        return match[1].upper() if match else ""
    text = text.upper().removesuffix(".0")
    return text.lstrip("0") if text.isdigit() else text


@lru_cache(maxsize=65_536)
def _key(text: str) -> str:
    """A name as it is compared: its words without articles, in a fixed order."""
    return " ".join(sorted(word for word in _words(text) if word not in _SMALL)) or text.casefold()


def _words(text: str) -> Iterator[str]:
    """The words; letters that stand alone, as in U.S.A., are one."""
    from bilat.names import tokens

    letters = ""
    for word in tokens(text):
        if len(word) == 1 and word.isalpha():
            letters += word
            continue
        if letters:
            yield letters
            letters = ""
        yield _WRITTEN_OUT.get(word, word)
    if letters:
        yield letters


def _checked(day: str) -> None:
    try:
        date.fromisoformat(day)
    except ValueError:
        raise InputError(f"{day!r} is no day of the calendar") from None


def _when(on: str) -> str:
    return f"on {on}" if len(on) > 7 else f"in {on}"


def _period(on: str) -> tuple[str, str]:
    """First and last day of a day, month or year; raises InputError."""
    match = _DAY.match(on)
    if not match:
        raise InputError(f"{on!r} is no date; expected one such as 1970-05-01, 1970-05 or 1970")
    year, month, day = match.groups()
    if day:
        _checked(on[:10])
        return f"{year}-{month}-{day}", f"{year}-{month}-{day}"
    if month and not 1 <= int(month) <= 12:
        raise InputError(f"{on!r} is no month; expected one such as 1970-05")
    if month:
        return f"{year}-{month}-01", f"{year}-{month}-{monthrange(int(year), int(month))[1]:02}"
    return f"{year}-01-01", f"{year}-12-31"
