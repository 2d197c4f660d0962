"""What somebody decided about a name: a line of ``judgements.tsv``, kept and used from then on."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

from bilat.errors import InputError
from bilat.files import only_writer, read_utf8, replace_file
from bilat.names import KINDS, folded

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The file in a folder of own data.
FILE = "judgements.tsv"

DECISIONS = ("same", "different", "new", "unsure")


@dataclass(frozen=True, slots=True)
class Judgement:
    """One line. ``when`` is UTC in ISO 8601, ``country`` an alpha-2 code or empty.

    ``same`` and ``different`` are said of an IRI; ``new`` may give the IRI that is to be minted;
    ``unsure`` keeps the name from being matched.
    """

    when: str
    who: str
    kind: str
    name: str
    country: str
    decision: str
    iri: str
    why: str


_COLUMNS = tuple(field.name for field in fields(Judgement))
_HEADER = "\t".join(_COLUMNS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds of a name by all its judgements: a later one goes before an earlier one."""

    last: Judgement | None = None  # the last that is not “different”
    different: tuple[Judgement, ...] = ()


class Judgements:
    """The judgements of one file, or of none: then they are kept in memory alone."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = None if path is None else os.fspath(path)
        self._of: dict[tuple[str, str, str], list[Judgement]] = defaultdict(list)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Judgements:
        """The judgements in the file; none where it is missing. InputError for a bad line."""
        judgements = cls(path)
        if os.path.exists(path):
            from pathlib import Path

            for judgement in _parse(read_utf8(Path(path)).decode(), os.fspath(path)):
                judgements._take(judgement)
        return judgements

    def __iter__(self) -> Iterator[Judgement]:
        return (judgement for found in self._of.values() for judgement in found)

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def of(self, kind: str, name: str, country: str | None) -> Verdict:
        """What holds of the name; case, marks, quotes and alphabet do not matter."""
        last, different = None, {}
        for judgement in self._of.get((kind, folded(name), country or ""), ()):
            if judgement.decision == "different":
                different[judgement.iri] = judgement
                if last is not None and last.iri == judgement.iri:
                    last = None
            else:
                last = judgement
                different.pop(judgement.iri, None)
        return Verdict(last, tuple(different.values()))

    def add(
        self,
        *,
        kind: str,
        name: str,
        country: str | None,
        decision: str,
        iri: str | None = None,
        why: str,
        who: str,
        when: str | None = None,
    ) -> Judgement:
        """Keep a judgement, in the file as well: it is there whole, or not at all.

        Many programs may add to one file at a time. Raises InputError for values that make no
        judgement and for a file that cannot be written.
        """
        from datetime import UTC, datetime

        given = when or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        values = (given, who, kind, name, country or "", decision, iri or "", why)
        judgement = Judgement(*(" ".join(value.split()) for value in values))
        if problem := _problem(judgement):
            raise InputError(f"no judgement: {problem}")
        if self.path is not None:
            _append(self.path, "\t".join(astuple(judgement)))
        self._take(judgement)
        return judgement

    def _take(self, judgement: Judgement) -> None:
        key = judgement.kind, folded(judgement.name), judgement.country
        self._of[key].append(judgement)


def user(named: str | None = None) -> str:
    """Who decides: as the environment names the user, else the account."""
    import pwd

    if named and named.strip():
        return named
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _parse(text: str, path: str) -> Iterator[Judgement]:
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0] != _HEADER and text:
        raise InputError(f"{path}:1: the first line names the columns: {_HEADER!r}, with tabs")
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != len(_COLUMNS):
            raise InputError(
                f"{path}:{number}: has {len(cells)} cells, expected {len(_COLUMNS)}: {_HEADER!r}"
            )
        judgement = Judgement(*cells)
        if problem := _problem(judgement):
            raise InputError(f"{path}:{number}: {problem}")
        yield judgement


def _problem(judgement: Judgement) -> str | None:
    if judgement.kind not in KINDS:
        return f"{judgement.kind!r} is no kind; known are {', '.join(KINDS)}"
    if judgement.decision not in DECISIONS:
        return f"{judgement.decision!r} is no decision; known are {', '.join(DECISIONS)}"
    if not folded(judgement.name):
        return "the name is empty"
    country = judgement.country
    if country and not (len(country) == 2 and country.isascii() and country.isupper()):
        return f"{country!r} is no ISO 3166-1 alpha-2 code such as KZ"
    if judgement.decision in ("same", "different") and not judgement.iri:
        return f"{judgement.decision!r} needs the IRI that it is said of"
    if judgement.iri and not _is_iri(judgement.iri):
        return f"{judgement.iri!r} is no IRI"
    if not judgement.who:
        return "it has to say who decided"
    if not judgement.why:
        return "it has to say why"
    return None


def _is_iri(text: str) -> bool:
    import pyoxigraph as ox

    try:
        return bool(ox.NamedNode(text))
    except ValueError:
        return False


def _append(path: str, line: str) -> None:
    """Add a line; the file is replaced by a longer one, as a killed write could halve a line."""
    with only_writer(os.path.dirname(os.path.realpath(path))):
        try:
            with open(path, "rb") as file:
                old = file.read()
        except FileNotFoundError:
            old = b""
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror})") from None
        if not old.strip():
            old = _HEADER.encode() + b"\n"
        if not old.endswith(b"\n"):  # a last line that an editor left without its end
            old += b"\n"
        _remove_drafts(path)
        replace_file(path, old + line.encode() + b"\n")


def _remove_drafts(path: str) -> None:
    """Remove what killed writers left; no other writes now."""
    folder, name = os.path.split(os.path.realpath(path))
    for draft in os.listdir(folder):
        if draft.startswith(f".{name}."):
            os.unlink(os.path.join(folder, draft))
