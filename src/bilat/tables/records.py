"""The records that a table's rows can be, and what each of them has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a column may hold.
TEXT, KEY, DATE, STATE, CODE, QID, YEAR, COUNT = (
    "text", "key", "date", "state", "code", "qid", "year", "count",
)  # fmt: skip
_EVERY = frozenset({"column", "missing", "optional"})
_KEYS = {
    TEXT: _EVERY | {"default", "language"},
    KEY: _EVERY,
    DATE: _EVERY | {"year", "month", "day", "dates"},
    STATE: _EVERY | {"default", "states"},
    CODE: _EVERY | {"default", "language", "codes", "match"},
    QID: _EVERY | {"default"},
    YEAR: _EVERY | {"default"},
    COUNT: frozenset({"column"}),
}
#: What may be said of one column or another.
COLUMN_KEYS = frozenset[str]().union(*_KEYS.values(), {"split"})


@dataclass(frozen=True)
class Slot:
    """What a record can have: what its column holds, if it must, the scheme of its concepts."""

    holds: str
    required: bool = False
    scheme: str | None = None
    many: bool = False  # whether a cell may have several

    def keys(self) -> frozenset[str]:
        """What a profile may say of the column."""
        return _KEYS[self.holds] | ({"split"} if self.many else frozenset())


@dataclass(frozen=True)
class Kind:
    """What a profile can be of: the records of its tables, each with its slots."""

    records: Mapping[str, Mapping[str, Slot]]


_DATES_OF_PARTY = {name: Slot(DATE) for name in ("signed", "consented", "bound", "released")}
_TREATY = {
    "key": Slot(KEY),
    "title": Slot(TEXT, True),
    "language": Slot(TEXT),
    "type": Slot(CODE, scheme="instrument-type"),
    "field": Slot(CODE, scheme="field", many=True),
    "signed": Slot(DATE),
    "in_force": Slot(DATE),
    "ended": Slot(DATE),
    "place": Slot(TEXT),
    "status": Slot(CODE, scheme="lifecycle-stage", many=True),
    "partner": Slot(STATE, many=True),
}

KINDS = {
    "treaties": Kind(
        {
            "instrument": _TREATY,
            "party": {
                "instrument": Slot(KEY, True),
                "state": Slot(STATE, True),
                **_DATES_OF_PARTY,
                "title": Slot(TEXT),
                "opened": Slot(DATE),
                "in_force": Slot(DATE),
                "ended": Slot(DATE),
            },
        },
    ),
    "leaders": Kind(
        {
            "post": {
                "name": Slot(TEXT, True),
                "qid": Slot(QID),
                "state": Slot(STATE),
            },
            "tenure": {
                "person": Slot(TEXT, True),
                "person_qid": Slot(QID),
                "born": Slot(YEAR),
                "post": Slot(TEXT, True),
                "post_qid": Slot(QID),
                "kind": Slot(CODE, scheme="role"),
                "state": Slot(STATE),
                "start": Slot(DATE),
                "end": Slot(DATE),
            },
        },
    ),
    "missions": Kind(
        {
            "mission": {
                "qid": Slot(QID),
                "kind": Slot(CODE, scheme="institution-kind"),
                "sender": Slot(STATE, True),
                "host": Slot(STATE, True),
                "receivers": Slot(STATE, many=True),
                "place": Slot(TEXT),
                "place_qid": Slot(QID),
                "established": Slot(DATE),
            },
            "level": {
                "sender": Slot(STATE),
                "receiver": Slot(STATE, True),
                "level": Slot(CODE, True, scheme="representation-level"),
                "start": Slot(DATE),
                "end": Slot(DATE),
            },
        },
    ),
    "pairs": Kind(
        {
            "pair-year": {
                "year": Slot(YEAR, True),
                "a": Slot(STATE, True),
                "b": Slot(STATE, True),
            },
        },
    ),
}
