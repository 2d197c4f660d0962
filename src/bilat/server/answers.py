"""What goes between the process that takes requests and those that answer them."""

from __future__ import annotations

from typing import NamedTuple

from bilat.errors import (
    BilatError,
    InputError,
    NotFoundError,
    StoreError,
    UnresolvedError,
    UpdateError,
)


class Job(NamedTuple):
    """A function of bilat (``module:name``) and the plain values it takes after the graph.

    It gives an :class:`Answer`; the same job on the same data gives the same bytes. It is done
    where the function named by ``prepared``, if any, was called with the graph before.
    """

    function: str
    arguments: tuple[object, ...] = ()
    prepared: str = ""


class Answer(NamedTuple):
    """A whole answer: nothing is sent before all of it is there.

    One that is not ``lasting`` would be another the next time, such as the present time.
    """

    body: bytes
    media_type: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    lasting: bool = True


class Refusal(BilatError):
    """A request that gets no answer: its status, and why, in words for who asked.

    InputError stands for 400, NotFoundError for 404 and StoreError for 503 without this.
    """

    def __init__(self, status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.status, self.reason, self.headers = status, reason, headers
        super().__init__(reason)

    def again(self) -> Refusal:
        """One to raise of a refusal that is kept: raising adds to it what was going on."""
        return Refusal(self.status, self.reason, self.headers)

    def __reduce__(self) -> tuple[type[Refusal], tuple[int, str, tuple[tuple[str, str], ...]]]:
        return Refusal, (self.status, self.reason, self.headers)


def refusal_for(error: BilatError) -> Refusal:
    """The refusal that an error stands for."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, NotFoundError | UnresolvedError):
        return Refusal(404, str(error))
    if isinstance(error, UpdateError):  # whose text names folders as well
        return read_only(400)
    if isinstance(error, StoreError):  # whose text is for who runs the server: it names folders
        return busy("the graph cannot be read just now")
    return Refusal(400 if isinstance(error, InputError) else 500, str(error))


def number_of_pages(things: int, on_page: int, asked: int, of: str) -> int:
    """How many pages so many things fill; raises Refusal (404) where the one asked for is none."""
    pages = max(1, -(-things // on_page))
    if not 1 <= asked <= pages:
        raise Refusal(404, f"there is no page {asked} of this {of}; it has {pages}")
    return pages


def read_only(status: int) -> Refusal:
    """A refusal of what would change the graph."""
    reason = "this is read-only: facts come in where the data are kept, and are checked there"
    return Refusal(status, reason)


def busy(reason: str, seconds: int = 2) -> Refusal:
    """A refusal that says to try again."""
    return Refusal(503, f"{reason}; try again in a moment", (("Retry-After", str(seconds)),))


def fault() -> Refusal:
    """What is said where it is not the client who did something wrong."""
    return Refusal(500, "this cannot be answered, which is a fault of the server")
