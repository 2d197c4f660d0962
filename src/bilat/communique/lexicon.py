"""The words of the genre in one language: a lexicon file, its phrases ready to be found."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from bilat.communique.letters import folded, split_words
from bilat.errors import InputError
from bilat.record import EVENT_TYPES, INSTRUMENT_TYPES, PARTY_KINDS

_OFFICES = ("head_of_state", "head_of_government", "other", "counterpart")
#: Tables whose phrases are marked in a text with the key as the value: table → category.
_VALUED = {
    "instruments": "document",
    "memorandum_on": "memorandum_on",
    "bodies": "body",
    "offices": "office",
    "events": "event",
}
#: Lists whose phrases are marked in a text: table → key → category.
_MARKED = {
    "grammar": {
        key: key
        for key in ("and", "between", "about", "both", "stops", "signed_by", "titles", "ordinals")
    },
    "instrument_words": {"weak": "weak", "joint": "joint"},
    "body_words": {"people_heads": "people_heads"},
    "offices": {"side": "side"},
    "cues": {
        key: key
        for key in (
            "done", "planned", "earlier", "none", "follow", "host", "visit_to", "visit_words",
            "leaders", "at_place", "three",
        )
    },
    "noise": {"lines": "lines", "sections": "sections"},
    "awards": {"names": "award_names", "verbs": "award_verbs", "not_awards": "not_awards"},
    "cooperation": {key: key for key in ("nouns", "verbs", "modifiers", "fields", "periods")},
    "dates": {key: key for key in ("today", "yesterday", "published", "other_days")},
}  # fmt: skip
#: Lists that are asked word by word, or read in a way of their own.
_ASKED = {
    "": ("common", "endings", "name_endings", "plural_endings"),
    "grammar": (
        "abbreviations", "adjective_finals", "articles", "before_signatories", "by", "counted",
        "definite", "determiners", "from", "glue", "inside_names", "not", "of", "on_behalf",
        "particles", "to", "will", "with",
    ),
    "instrument_words": (
        "another", "bare", "generic_plurals", "of_states", "plain_modifiers", "pointing",
    ),
    "body_words": (
        "company_endings", "company_words", "national", "plain", "sides", "under_a_person",
    ),
    "offices": (
        "after", "before", "grades", "joints", "not_names", "plurals", "portfolios",
        "royal_names",
    ),
    "cues": (
        "between_subject_and_verb", "leader_words", "no_leaders", "past_perfect", "they",
    ),
    "awards": ("passive",),
    "cooperation": ("carriers", "field_heads", "meetings", "own_fields", "twinning"),
    "dates": (
        "city_words", "day_endings", "months", "on", "short_months", "weekdays", "year_words",
    ),
}  # fmt: skip
#: Keys with another form than a list of phrases.
_FORMS: dict[str, dict[str, type]] = {
    "": {"code": str, "shortest_stem": int},
    "offices": {"singular": dict, "instrumental": dict},
    "dates": {"other_months": dict, "capital_weekdays": bool},
}
#: Tables that a language fills as its grammar wants it.
_OPEN = ("adjective_endings", "genders")


class Phrase(NamedTuple):
    """Stems that follow one another, and the mark that they make; a name begins with a capital."""

    stems: tuple[str, ...]
    category: str
    value: Any
    capital: bool


class Lexicon:
    """One language: its phrases, found whatever their inflection, and its sets of words.

    ``index`` and ``name_index`` map the stem of a first word to the phrases that open with it, the
    longest first; names of countries, peoples and places are in the second, with stems of their
    own. Sets hold words in lower case, or stems where the name says so.
    """

    def __init__(
        self,
        words: Mapping[str, Any],
        countries: Mapping[str, Any],
        leaders: Mapping[str, Iterable[str]],
    ) -> None:
        self.code: str = words["code"]
        self._shortest: int = words["shortest_stem"]
        self._endings = _by_length(words["endings"])
        self._name_endings = _by_length(words["name_endings"])
        self._stems: dict[str, str] = {}
        self._name_stems: dict[str, str] = {}
        self.vocabulary = frozenset(_words_of(words))
        self._take_words(words)
        self.index: dict[str, list[Phrase]] = {}
        self.name_index: dict[str, list[Phrase]] = {}
        self._add_phrases(words)
        self._add_months_and_weekdays(words["dates"])
        #: What a country is called first, and how its names stand in the nominative, by stems.
        self.short: dict[str, str] = {}
        self.country_names: dict[tuple[str, ...], str] = {}
        self._add_countries(countries)
        for index in (self.index, self.name_index):
            for phrases in index.values():
                phrases.sort(key=lambda phrase: -len(phrase.stems))
        self._leaders = {folded(name): code for code, names in leaders.items() for name in names}

    def _take_words(self, words: Mapping[str, Any]) -> None:
        def stems(phrases: Iterable[str]) -> frozenset[str]:
            return frozenset(map(self.stem, phrases))

        grammar, titles = words["grammar"], words["instrument_words"]
        self.common = frozenset(words["common"])
        #: Names bend; and so do adjectives, and what belongs to a noun follows it in the genitive.
        self.names_bend = bool(words["name_endings"])
        self.genitive = bool(words["adjective_endings"])
        self.adjective_endings: dict[str, dict[str, str]] = words["adjective_endings"]
        self.genders = {g: tuple(ends) for g, ends in words["genders"].items()}
        self.plural_endings = tuple(words["plural_endings"])

        self.abbreviations = frozenset(grammar["abbreviations"])
        self.adjective_finals = tuple(grammar["adjective_finals"])
        self.and_words = frozenset(grammar["and"])
        self.articles = frozenset(grammar["articles"])
        self.before_signatories = frozenset(grammar["before_signatories"])
        self.by = frozenset(grammar["by"])
        self.counted = frozenset(grammar["counted"])
        self.definite = frozenset(grammar["definite"])
        self.determiners = frozenset(grammar["determiners"])
        self.from_words = frozenset(grammar["from"])
        self.glue = tuple(grammar["glue"])
        self.inside_names = frozenset(grammar["inside_names"])
        self.of = frozenset(grammar["of"])
        self.on_behalf = frozenset(grammar["on_behalf"])
        self.particles = frozenset(grammar["particles"])
        self.to = frozenset(grammar["to"])
        self.to_or_on = self.to | frozenset(words["dates"]["on"])
        self.to_or_will = self.to | frozenset(grammar["will"])
        self.before_verbs = self.to_or_will | frozenset(grammar["not"])
        self.with_words = frozenset(grammar["with"])
        self.of_or_articles = self.of | self.articles

        self.another = frozenset(titles["another"])
        self.bare = frozenset(titles["bare"])
        self.generic_plurals = frozenset(titles["generic_plurals"])
        self.of_states = frozenset(titles["of_states"])
        self.plain_modifier_stems = stems(titles["plain_modifiers"])
        self.pointing = frozenset(titles["pointing"])

        bodies = words["body_words"]
        self.company_endings = frozenset(bodies["company_endings"])
        self.company_words = frozenset(bodies["company_words"])
        self.national = frozenset(bodies["national"])
        self.plain_body_stems = stems(phrase.lower().split()[0] for phrase in bodies["plain"])
        self.sides = frozenset(bodies["sides"])
        self.under_a_person = frozenset(bodies["under_a_person"])
        #: The nominative singular of a body's noun, by its stem.
        self.body_nouns: dict[str, str] = {}
        for phrases in words["bodies"].values():
            for phrase in phrases:
                if " " not in phrase:
                    self.body_nouns.setdefault(self.stem(phrase.lower()), phrase)

        offices = words["offices"]
        self.grades = frozenset(offices["grades"])
        self.royal_names = frozenset(offices["royal_names"])
        self.before_office = self.grades | frozenset(offices["before"])
        self.after_name = self.grades | frozenset(offices["after"])
        self.office_joints = frozenset(offices["joints"])
        self.instrumental: dict[str, str] = offices["instrumental"]
        self.not_names = frozenset(offices["not_names"]) | self.determiners | self.common
        self.office_plurals = frozenset(offices["plurals"])
        self.office_singulars: dict[str, str] = offices["singular"]
        self.portfolio_stems = stems(offices["portfolios"])

        cues = words["cues"]
        self.between_subject_and_verb = (
            frozenset(cues["between_subject_and_verb"]) | self.particles | self.common
        )
        self.leader_words = frozenset(cues["leader_words"])
        self.no_leaders = frozenset(cues["no_leaders"])
        self.past_perfect = frozenset(cues["past_perfect"])
        self.they = frozenset(cues["they"])
        self.passive = frozenset(words["awards"]["passive"])
        #: Kinds of event, the most telling first.
        self.events = tuple(words["events"])

        cooperation, dates = words["cooperation"], words["dates"]
        self.carrier_stems = stems(cooperation["carriers"])
        self.field_head_stems = stems(cooperation["field_heads"])
        self.meeting_stems = stems(cooperation["meetings"])
        self.own_field_stems = stems(cooperation["own_fields"])
        self.twinning_stems = stems(cooperation["twinning"])
        self.capital_weekdays: bool = dates["capital_weekdays"]
        self.city_stems = stems(dates["city_words"])
        self.day_endings = tuple(dates["day_endings"])
        self.on = frozenset(dates["on"])
        self.year_stems = stems(dates["year_words"])

    def _add_phrases(self, words: Mapping[str, Any]) -> None:
        for table, category in _VALUED.items():
            for value in _OFFICES if table == "offices" else words[table]:
                for phrase in words[table][value]:
                    self._add(phrase, category, value)
        for table, categories in _MARKED.items():
            for key, category in categories.items():
                for phrase in words[table][key]:
                    self._add(phrase, category, key)

    def _add_months_and_weekdays(self, dates: Mapping[str, Any]) -> None:
        for table in ("months", "short_months"):
            for number, name in enumerate(dates[table], 1):
                self._add(name, "month", number)
        for name, number in dates["other_months"].items():
            self._add(name, "month", number)
        for number, name in enumerate(dates["weekdays"]):
            self._add(name, "weekday", number)

    def _add_countries(self, countries: Mapping[str, Any]) -> None:
        for code, country in countries.items():
            self.short[code] = country["names"][0]
            for name in country["names"]:
                self._add_name(name, "country", code)
                stems = tuple(self.name_stem(word.lower()) for word in split_words(name))
                self.country_names.setdefault(stems, name)
            for key, category in (("adjectives", "adjective"), ("people", "people")):
                for name in country.get(key, ()):
                    self._add_name(name, category, code)
            for name in country.get("cities", ()):
                self._add_name(name, "city", (code, name))
            for name in country.get("hints", ()):
                self._add_name(name, "hint", code)

    def _add(self, phrase: str, category: str, value: Any) -> None:
        stems = tuple(self.stem(word.lower()) for word in split_words(phrase))
        if stems:
            self.index.setdefault(stems[0], []).append(Phrase(stems, category, value, False))

    def _add_name(self, name: str, category: str, value: Any) -> None:
        words = split_words(name)
        stems = tuple(self.name_stem(word.lower()) for word in words)
        if stems:
            phrase = Phrase(stems, category, value, words[0][:1].isupper())
            self.name_index.setdefault(stems[0], []).append(phrase)

    def leader(self, name: str) -> str | None:
        """The country of a well-known holder of high office; middle names come and go."""
        key = folded(name)
        found = self._leaders.get(key)
        words = key.split()
        if found or len(words) <= 2:
            return found
        shorter = (f"{words[0]} {words[-1]}", " ".join(words[:2]), " ".join(words[-2:]))
        return next((self._leaders[key] for key in shorter if key in self._leaders), None)

    def stem(self, word: str) -> str:
        """A word in lower case without its ending."""
        return _remembered(self._stems, word, self._endings, self._shortest)

    def name_stem(self, word: str) -> str:
        """The same for a word of the name of a country or a place."""
        if not self._name_endings:
            return word
        return _remembered(self._name_stems, word, self._name_endings, self._shortest)


_Endings = tuple[tuple[int, frozenset[str]], ...]


def _by_length(endings: Iterable[str]) -> _Endings:
    endings = list(endings)
    lengths = sorted({len(ending) for ending in endings}, reverse=True)
    return tuple((n, frozenset(ending for ending in endings if len(ending) == n)) for n in lengths)


def _remembered(known: dict[str, str], word: str, endings: _Endings, shortest: int) -> str:
    found = known.get(word)
    if found is None:
        if len(known) > 50_000:
            known.clear()
        found = known[word] = _strip(word, endings, shortest)
    return found


def _strip(word: str, endings: _Endings, shortest: int) -> str:
    word = word.replace("ё", "е")
    for length, of_length in endings:
        if len(word) - length >= shortest and word[-length:] in of_length:
            return word[:-length]
    return word


def _words_of(table: Any) -> Iterator[str]:
    """Every word of a table of phrases, in lower case, but for the shortest."""
    if isinstance(table, str):
        yield from (word.lower() for word in split_words(table) if len(word) > 2)
    elif isinstance(table, Mapping):
        for value in table.values():
            yield from _words_of(value)
    elif isinstance(table, list):
        for value in table:
            yield from _words_of(value)


# files ------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def lexicons(folder: str) -> Mapping[str, Lexicon]:
    """The lexicons of a folder by language: each ``xx.toml`` with its ``countries.xx.toml``."""
    path = os.path.join(folder, "leaders.toml")
    leaders = _table(path) if os.path.exists(path) else {}
    found = {}
    for name in sorted(os.listdir(folder)):
        language, extension = os.path.splitext(name)
        if extension == ".toml" and 2 <= len(language) <= 3:
            words = _checked_words(os.path.join(folder, name))
            countries = _checked_countries(os.path.join(folder, f"countries.{language}.toml"))
            found[words["code"]] = Lexicon(words, countries, leaders)
    return found


def _table(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: no lexicon can be read from it: {error}") from None


def _checked_countries(path: str) -> dict[str, Any]:
    countries = _table(path)
    for code, country in countries.items():
        if not isinstance(country, dict) or not country.get("names"):
            raise InputError(f"{path}: [{code}] has no names")
    return countries


def _checked_words(path: str) -> dict[str, Any]:
    """The tables of a lexicon file, if all that is read is there, and nothing that is not."""
    words = _table(path)
    forms = _forms()
    for table, keys in forms.items():
        found = words.get(table) if table else words
        if not isinstance(found, dict):
            raise InputError(f"{path}: the table [{table}] is missing")
        where = f"[{table}] " if table else ""
        for key, form in keys.items():
            if key not in found:
                raise InputError(f"{path}: {where}{key} is missing")
            if not _is(found[key], form):
                raise InputError(f"{path}: {where}{key} is no {_FORM_NAMES[form]}")
        for key in found if table else found.keys() - forms.keys() - set(_OPEN):
            if key not in keys:
                raise InputError(f"{path}: {where}{key} is known to no part of the reader")
    for table in _OPEN:
        if not isinstance(words.get(table), dict):
            raise InputError(f"{path}: the table [{table}] is missing")
    return words


_FORM_NAMES = {str: "string", int: "number", bool: "true or false", dict: "table", list: "list"}


def _forms() -> dict[str, dict[str, type]]:
    """The form of each key of a lexicon file, by table; "" is the top of the file."""
    values = {
        "instruments": INSTRUMENT_TYPES,
        "memorandum_on": (
            "memorandum of cooperation",
            "memorandum of partnership",
            "letter of intent",
        ),
        "bodies": [kind for kind in PARTY_KINDS if kind != "country"],
        "offices": _OFFICES,
        "events": [kind for kind in EVENT_TYPES if kind != "other"],
    }
    tables = dict.fromkeys((*_ASKED, *_MARKED, *_VALUED))
    return {
        table: {
            **dict.fromkeys(
                (*values.get(table, ()), *_MARKED.get(table, ()), *_ASKED.get(table, ())), list
            ),
            **_FORMS.get(table, {}),
        }
        for table in tables
    }


def _is(value: object, form: type) -> bool:
    if form is list:
        return isinstance(value, list) and all(isinstance(phrase, str) for phrase in value)
    return isinstance(value, form)
