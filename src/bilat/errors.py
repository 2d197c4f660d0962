"""What bilat raises: one root, and leaves that are also the matching builtin."""

from __future__ import annotations


class BilatError(Exception):
    """Root of every error that bilat raises on purpose; its text is fit to be shown to a user."""


class InputError(BilatError, ValueError):
    """A file, argument or query that cannot be used; says where and what was expected."""


class UpdateError(InputError):
    """A SPARQL update, where only queries are answered."""


class UnreadableError(InputError):
    """A file that cannot be read; tells the file, and the line and column where they are known."""

    def __init__(self, file: str, reason: str, line: int = 0, column: int = 0) -> None:
        self.file, self.reason, self.line, self.column = file, reason, line, column
        place = ":".join(str(part) for part in (file, line, column) if part)
        super().__init__(f"{place}: {reason}")

    def __reduce__(self) -> tuple[type[UnreadableError], tuple[str, str, int, int]]:
        return UnreadableError, (self.file, self.reason, self.line, self.column)


class NotFoundError(BilatError, LookupError):
    """A name that nothing carries; ``near`` holds the closest names there are, best first."""

    def __init__(self, kind: str, name: str, near: list[str]) -> None:
        self.kind, self.name, self.near = kind, name, near
        hint = f"; did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
        super().__init__(f"no {kind} is called {name!r}{hint}")


class UnresolvedError(BilatError, LookupError):
    """A code or name that means no one state; says why.

    ``near`` holds names like it, ``candidates`` the IRIs of the states that may be meant,
    ``organisation`` the IRI of the institution where the text names one.
    """

    def __init__(
        self,
        text: str,
        reason: str,
        near: tuple[str, ...] = (),
        candidates: tuple[str, ...] = (),
        organisation: str = "",
    ) -> None:
        self.text, self.reason, self.near = text, reason, near
        self.candidates, self.organisation = candidates, organisation
        hint = f"; did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
        super().__init__(f"{text!r} {reason}{hint}")


class StoreError(BilatError, OSError):
    """A store that is missing, locked, damaged or cannot be written."""
