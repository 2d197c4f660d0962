"""The questions of ``queries/questions``: reading their headers, binding their parameters."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from bilat.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bilat.results import Term


class Param(NamedTuple):
    """A parameter: what kind of thing it takes, and the term that the file has for it."""

    type: str
    label: str
    default: str


class Question(NamedTuple):
    """A SELECT that runs unaltered in any SPARQL 1.1 engine, with what its header says."""

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    params: dict[str, Param]
    text: str

    def bind(self, values: Mapping[str, Term]) -> str:
        """The query with the one row of each parameter's VALUES block replaced."""
        text = self.text
        for name, term in values.items():
            if name not in self.params:
                raise NotFoundError(f"parameter of {self.name}", name, list(self.params))
            row = f"VALUES ?{name} {{ {term} }}"
            text = _values(name).sub(lambda _, row=row: row, text)  # type: ignore[misc]
        return text


def _values(name: str) -> re.Pattern[str]:
    return re.compile(rf"VALUES\s+\?{name}\s*\{{\s*(.*?)\s*\}}(?=\s*\n)")


def read(path: str) -> Question:
    """The question in a ``.rq`` file; raises InputError where its header is wrong."""
    import json

    with open(path, encoding="utf-8") as file:
        text = file.read()
    header: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#+"):
            break
        key, colon, value = line[2:].strip().partition(": ")
        if not colon:
            raise InputError(f"{path}:{number}: expected '#+ key: value', found {line!r}")
        header[key] = value
    try:
        declared = json.loads(header.get("params", "{}"))
        tags = tuple(json.loads(header.get("tags", "[]")))
    except ValueError as error:
        raise InputError(f"{path}: params and tags must be JSON ({error})") from None
    params = {
        name: Param(spec["type"], spec.get("label", name), _default(path, text, name))
        for name, spec in declared.items()
    }
    return Question(
        os.path.basename(path).removesuffix(".rq"),
        header.get("summary", ""),
        header.get("description", ""),
        tags,
        params,
        text,
    )


def _default(path: str, text: str, name: str) -> str:
    match = _values(name).search(text)
    if not match:
        raise InputError(f"{path}: parameter {name!r} has no line 'VALUES ?{name} {{ term }}'")
    return match[1]


def load(directory: str | os.PathLike[str]) -> dict[str, Question]:
    """All questions of a directory by name, in alphabetical order."""
    return {name: read(os.path.join(directory, f"{name}.rq")) for name in _names(directory)}


def find(directory: str | os.PathLike[str], name: str) -> Question:
    """The question of that name; raises NotFoundError with near names."""
    path = os.path.join(directory, f"{name}.rq")
    if re.fullmatch(r"[a-z0-9-]+", name) and os.path.isfile(path):
        return read(path)
    from difflib import get_close_matches

    near = get_close_matches(name, _names(directory), n=3, cutoff=0.5)
    raise NotFoundError("question", name, near)


def _names(directory: str | os.PathLike[str]) -> list[str]:
    files = os.listdir(directory)
    return sorted(name.removesuffix(".rq") for name in files if name.endswith(".rq"))
