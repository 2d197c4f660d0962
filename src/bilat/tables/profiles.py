"""Profiles: which column of a table is what, in which code list and which form of dates.

A profile is a TOML file; ``data/profiles`` has those that ship, and README.md there says how to
write one. A key or a value that means nothing is an error that names it and what was expected.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from bilat.errors import InputError, NotFoundError
from bilat.inputs import shipped
from bilat.rdf.naming import is_address, language_tag
from bilat.tables.dates import FORMS, DateError, parse
from bilat.tables.records import COLUMN_KEYS, COUNT, KINDS, Slot
from bilat.tables.states import resolved, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STATE_SCHEMES = ("name", "iso2", "iso3", "numeric", "m49", "cow", "gw", "wikidata", "any")

_TABLE_KEYS = {
    "record", "columns", "missing", "sheet", "delimiter", "encoding", "header", "optional",
    "measures",
}  # fmt: skip
_PROFILE_KEYS = {
    "kind", "title", "licence", "attribution", "url", "language", "country", "tables", "codes",
    "states", "organisations", "organisation_words", "encoding",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """How a slot is filled: the header's alternative names, and how the cell is read.

    ``parts`` has, for each of the columns taken together, the names that it may have; a date may
    be in columns for ``year``, ``month`` and ``day``.
    """

    parts: tuple[tuple[str, ...], ...] = ()
    role: tuple[str, ...] = ()
    dates: tuple[str, ...] = ("edtf",)
    codes: str | None = None
    split: str | None = None
    language: str | None = None
    missing: frozenset[str] = frozenset()
    states: str = "any"
    default: str | None = None
    optional: bool = False
    match: str = "whole"


@dataclass(frozen=True)
class TableProfile:
    """One table of a profile: the record that a row is, and its columns by slot."""

    name: str
    record: str
    columns: Mapping[str, tuple[Column, ...]]
    missing: frozenset[str] = frozenset()
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    optional: bool = False
    measures: Mapping[str, Column] = field(default_factory=dict)
    header: int = 1


@dataclass(frozen=True)
class Profile:
    """A profile as its file has it, checked."""

    name: str
    path: str
    kind: str
    title: str
    tables: tuple[TableProfile, ...]
    licence: str | None = None
    attribution: str | None = None
    url: str | None = None
    language: str = "und"
    country: str | None = None
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    states: Mapping[str, Any] = field(default_factory=dict)
    organisations: Mapping[str, str] = field(default_factory=dict)
    organisation_words: tuple[str, ...] = ()


def names(folder: str) -> list[str]:
    """The profiles that ship."""
    found = (os.path.splitext(name) for name in os.listdir(folder))
    return sorted(stem for stem, suffix in found if suffix == ".toml")


def load(name: str, folder: str) -> Profile:
    """The profile that ships under the name, or the one in the file.

    Raises NotFoundError for a name that none has, InputError for a file that is no profile.
    """
    is_file = name.endswith(".toml") or os.sep in name
    path = name if is_file else os.path.join(folder, f"{name}.toml")
    if not is_file and not os.path.exists(path):
        from difflib import get_close_matches

        raise NotFoundError("profile", name, get_close_matches(name, names(folder), 3, 0.4))
    try:
        with open(path, "rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no TOML: {error}") from None
    return _Checked(path).profile(content)


@cache
def concepts(scheme: str) -> frozenset[str]:
    """The names of the concepts of a scheme."""
    path = os.path.join(shipped().folder("ontology", "vocabularies"), f"{scheme}.ttl")
    with open(path, encoding="utf-8") as file:
        return frozenset(re.findall(rf"^{scheme}:(\S+) a skos:Concept", file.read(), re.MULTILINE))


class _Checked:
    """Takes the content of a file apart; whatever is not as it should be is an InputError."""

    def __init__(self, path: str) -> None:
        self.path = path

    def fail(self, where: str, what: str) -> InputError:
        return InputError(f"{self.path}: {where}: {what}")

    def profile(self, content: dict[str, Any]) -> Profile:
        self.known("the profile", content, _PROFILE_KEYS)
        kind = self.text("the profile", content, "kind", needed=True)
        if kind not in KINDS:
            raise self.fail("kind", f"{kind!r} is none of {', '.join(KINDS)}")
        codes = self.mapping(content, "codes")
        self._check_words(content, codes)
        self._check_states(content)
        tables = content.get("tables")
        if not isinstance(tables, dict) or not tables:
            raise self.fail("tables", "missing; a profile has a [tables.NAME] for each file")
        optional = ("licence", "attribution", "url", "country")
        profile = Profile(
            name=os.path.splitext(os.path.basename(self.path))[0],
            path=self.path,
            kind=str(kind),
            title=str(self.text("the profile", content, "title", needed=True)),
            tables=tuple(self.table(n, t, str(kind), content) for n, t in tables.items()),
            language=self.language("the profile", content) or "und",
            codes={n: {w.casefold(): c for w, c in words.items()} for n, words in codes.items()},
            states=self.mapping(content, "states"),
            organisations=self.mapping(content, "organisations"),
            organisation_words=self.texts("the profile", content, "organisation_words"),
            **{name: self.text("the profile", content, name) for name in optional},
        )
        self._check_use(profile)
        return profile

    def known(self, where: str, given: Any, keys: Iterable[str]) -> None:
        if not isinstance(given, dict):
            raise self.fail(where, "expected a table of TOML")
        unknown = sorted(set(given) - set(keys))
        if unknown:
            raise self.fail(
                where, f"unknown key {unknown[0]!r}; known are {', '.join(sorted(keys))}"
            )

    def text(self, where: str, given: dict[str, Any], key: str, needed: bool = False) -> str | None:
        value = given.get(key)
        if value is None and needed:
            raise self.fail(where, f"the key {key!r} is missing")
        if value is not None and not (isinstance(value, str) and value.strip()):
            raise self.fail(where, f"{key} = {value!r}: expected a text")
        return value

    def texts(self, where: str, given: dict[str, Any], key: str) -> tuple[str, ...]:
        value = given.get(key, [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            raise self.fail(where, f"{key} = {value!r}: expected a text or a list of texts")
        return tuple(listed)

    def flag(self, where: str, given: dict[str, Any], key: str) -> bool:
        value = given.get(key, False)
        if not isinstance(value, bool):
            raise self.fail(where, f"{key} = {value!r}: expected true or false")
        return value

    def language(self, where: str, given: dict[str, Any]) -> str | None:
        value = self.text(where, given, "language")
        if value is not None and language_tag(value) != value:
            raise self.fail(where, f"language = {value!r} is no tag such as en or sr-Latn")
        return value

    def delimiter(self, where: str, given: dict[str, Any]) -> str | None:
        value = given.get("delimiter")
        if value is None or (isinstance(value, str) and len(value) == 1 and value not in '\r\n"'):
            return value
        raise self.fail(where, f"delimiter = {value!r}: expected one sign")

    def header(self, where: str, given: dict[str, Any]) -> int:
        value = given.get("header", 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            what = "expected the number of the row with the names of the columns"
            raise self.fail(where, f"header = {value!r}: {what}")
        return value

    def mapping(self, given: dict[str, Any], key: str) -> dict[str, Any]:
        value = given.get(key, {})
        if not isinstance(value, dict):
            raise self.fail(key, "expected a table of TOML")
        return value

    def table(self, name: str, given: Any, kind: str, content: dict[str, Any]) -> TableProfile:
        where = f"tables.{name}"
        self.known(where, given, _TABLE_KEYS)
        records = KINDS[kind].records
        record = self.text(where, given, "record", needed=True)
        if record not in records:
            raise self.fail(where, f"record = {record!r} is none of {', '.join(records)}")
        slots = records[str(record)]
        columns = given.get("columns")
        self.known(f"{where}.columns", columns, slots)
        missing = frozenset(self.texts(where, given, "missing"))
        read = {
            slot: self.columns(f"{where}.columns.{slot}", value, slots[slot], content)
            for slot, value in columns.items()
        }
        for slot, wanted in slots.items():
            if wanted.required and slot not in read:
                raise self.fail(f"{where}.columns", f"the key {slot!r} is missing")
        return TableProfile(
            name,
            str(record),
            read,
            missing,
            self.text(where, given, "sheet"),
            self.delimiter(where, given),
            self.text(where, given, "encoding") or self.text("the profile", content, "encoding"),
            self.flag(where, given, "optional"),
            self.measures(where, given, str(record), content),
            self.header(where, given),
        )

    def columns(
        self, where: str, given: Any, slot: Slot, content: dict[str, Any]
    ) -> tuple[Column, ...]:
        listed = given if isinstance(given, list) and _has_tables(given) else [given]
        return tuple(self.column(where, one, slot, content) for one in listed)

    def column(self, where: str, given: Any, slot: Slot, content: dict[str, Any]) -> Column:
        if not isinstance(given, dict):
            given = {"column": given}
        self._check_keys(where, given, slot)
        roles = ("column",) if "column" in given else ("year", "month", "day")
        named = {role: self.texts(where, given, role) for role in roles if role in given}
        default = self.text(where, given, "default")
        if not named and default is None:
            raise self.fail(where, 'names no column: column = "…"')
        codes = self.text(where, given, "codes")
        self._check_codes(where, codes, slot, content)
        dates = self.texts(where, given, "dates") or ("edtf",)
        for form in dates:
            if form not in FORMS:
                raise self.fail(where, f"dates = {form!r} is none of {', '.join(FORMS)}")
        states = self.text(where, given, "states") or "any"
        if states not in STATE_SCHEMES:
            raise self.fail(where, f"states = {states!r} is none of {', '.join(STATE_SCHEMES)}")
        return Column(
            tuple(named.values()),
            tuple(named),
            dates,
            codes,
            self.text(where, given, "split") if given.get("split") != "\n" else "\n",
            self.language(where, given),
            frozenset(self.texts(where, given, "missing")),
            states,
            default,
            self.flag(where, given, "optional") or not named,
            self._match(where, given),
        )

    def measures(
        self, where: str, given: dict[str, Any], record: str, content: dict[str, Any]
    ) -> dict[str, Column]:
        """The columns of figures by the names that they get."""
        found = self.mapping(given, "measures")
        if bool(found) != (record == "pair-year"):
            raise self.fail(f"{where}.measures", "the figures of a table of pairs, and of no other")
        for name in found:
            if not name.isidentifier() or name in ("year", "a", "b", "row"):
                raise self.fail(f"{where}.measures", f"{name!r} cannot be the name of a figure")
        at = f"{where}.measures"
        return {n: self.column(f"{at}.{n}", one, Slot(COUNT), content) for n, one in found.items()}

    def _check_words(self, content: dict[str, Any], codes: dict[str, Any]) -> None:
        tables = {f"codes.{name}": words for name, words in codes.items()}
        tables["organisations"] = self.mapping(content, "organisations")
        for where, words in tables.items():
            if not isinstance(words, dict) or not all(isinstance(w, str) for w in words.values()):
                raise self.fail(where, "expected a table of words and what they mean, as texts")
            seen: dict[str, str] = {}
            for word in words:
                self._check_word(where, word)
                if (other := seen.setdefault(word.casefold(), word)) != word:
                    what = f"{other!r} and {word!r} are one word: case does not matter"
                    raise self.fail(where, what)
        url = self.text("the profile", content, "url")
        if url is not None and not is_address(url):
            raise self.fail("url", f"{url!r} is no address of http or https")

    def _check_word(self, where: str, word: str) -> None:
        if not word or word != " ".join(word.split()):
            what = "expected what a cell says, in one line and without spaces around it"
            raise self.fail(where, f"{word!r}: {what}")

    def _check_keys(self, where: str, given: Any, slot: Slot) -> None:
        """Raise InputError for what cannot be said of a column that holds what the slot does."""
        self.known(where, given, COLUMN_KEYS)
        misplaced = sorted(set(given) - slot.keys())
        if misplaced:
            article = "one" if misplaced[0] == "split" else "a"
            what = f"{misplaced[0]!r} is not said of {article} {slot.holds}"
            raise self.fail(where, f"{what}; what may be said is {', '.join(sorted(slot.keys()))}")
        parts = [role for role in ("year", "month", "day") if role in given]
        if parts and "column" in given:
            raise self.fail(where, f"names a column and one for the {parts[0]}; keep either")
        if parts and "year" not in given:
            raise self.fail(where, "the key 'year' is missing: year = \"…\"")

    def _check_use(self, profile: Profile) -> None:
        """Each code list is that of a column."""
        columns = (c for t in profile.tables for cs in t.columns.values() for c in cs)
        unused = sorted(profile.codes.keys() - {column.codes for column in columns})
        if unused:
            what = f"no column uses it; one that does has codes = {unused[0]!r}"
            raise self.fail(f"codes.{unused[0]}", what)

    def _check_states(self, content: dict[str, Any]) -> None:
        """Each is a state, or a list of states with the days from and until which they hold."""
        for word, given in self.mapping(content, "states").items():
            where = f"states.{word}"
            self._check_word("states", word)
            spans = given if isinstance(given, list) and given else [None]
            for span in [{"code": given}] if isinstance(given, str) else spans:
                if not isinstance(span, dict) or "code" not in span:
                    raise self.fail(where, 'expected a code, or a list of { code = "…" }')
                self._check_span(where, span)
        country = self.text("the profile", content, "country")
        if country is not None:
            self._check_state("country", country)

    def _check_span(self, where: str, span: dict[str, Any]) -> None:
        self.known(where, span, ("code", "from", "until"))
        for key in span:
            self.text(where, span, key)
        self._check_state(where, span["code"])
        for key in ("from", "until"):
            if key in span and not _is_date(span[key]):
                what = f"{key} = {span[key]!r} is no date such as 1991, 1991-12 or 1991-12-25"
                raise self.fail(where, what)
        if not within(span.get("from", ""), span.get("from"), span.get("until")):
            raise self.fail(where, f"it ends in {span['until']}, before it begins")

    def _check_state(self, where: str, code: str) -> None:
        found = resolved(code, "any", None)
        reason = found if isinstance(found, str) else "" if found.iri else "it is an organisation"
        if reason:
            expected = "expected a state by code or name, such as country:NLD"
            raise self.fail(where, f"{code!r}: {reason}; {expected}")

    def _match(self, where: str, given: dict[str, Any]) -> str:
        """How a cell is looked up in the code list: ``whole``, or by what it starts with."""
        match = self.text(where, given, "match") or "whole"
        if match not in ("whole", "start"):
            raise self.fail(where, f"match = {match!r} is none of whole, start")
        return match

    def _check_codes(
        self, where: str, codes: str | None, slot: Slot, content: dict[str, Any]
    ) -> None:
        if codes is None:
            return
        listed = self.mapping(content, "codes").get(codes)
        if not isinstance(listed, dict):
            raise self.fail(where, f"codes = {codes!r}: the profile has no [codes.{codes}]")
        known = concepts(slot.scheme or "")
        for word, name in listed.items():
            if name not in known:
                what = f"{word} = {name!r} is no concept of {slot.scheme}"
                raise self.fail(f"codes.{codes}", f"{what}; there are {', '.join(sorted(known))}")


def _is_date(text: str) -> bool:
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}", text):
        return False
    try:
        return bool(parse(text, "edtf"))
    except DateError:
        return False


def _has_tables(given: list[Any]) -> bool:
    return any(isinstance(item, dict) for item in given)
