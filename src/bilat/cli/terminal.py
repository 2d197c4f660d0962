"""What all commands share: streams, errors, progress, the graph and the folder that are meant."""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock, start_new_thread
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Self, TypeVar

from bilat.errors import InputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence

    from bilat.knowledge_graph import KnowledgeGraph

Answer = TypeVar("Answer")

FOUND, FAILED, INTERRUPTED = 1, 2, 130


def open_streams() -> None:
    """Buffered UTF-8 output, whatever the locale; a closed stream swallows what it gets.

    Python's own would lose the rest of a short write where it is unbuffered.
    """
    errors = "backslashreplace"
    for number, name in ((1, "stdout"), (2, "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
        setattr(sys, name, os.fdopen(os.dup(number), "w", encoding="utf-8", errors=errors))


def decoded(arguments: Sequence[str]) -> list[str]:
    """The arguments; raises InputError where one is not UTF-8."""
    for argument in arguments:
        if any("\udc80" <= character <= "\udcff" for character in argument):
            raise InputError(f"the argument {argument!a} is not UTF-8")
    return list(arguments)


def complain(message: str) -> int:
    """Write an error to standard error; gives the exit code."""
    sys.stderr.write(f"bilat: {message}\n")
    return FAILED


def open_graph(options: argparse.Namespace) -> KnowledgeGraph:
    """The graph that the options mean, built first where that is needed."""
    from bilat.knowledge_graph import open

    with Bar("building") as progress:
        return open(
            options.store or os.environ.get("BILAT_STORE"),
            data=data_folder(options),
            headers=headers(options),
            timeout=options.timeout,
            progress=progress,
        )


def headers(options: argparse.Namespace) -> dict[str, str]:
    """What goes with each request to a SPARQL endpoint: each ``--header``, and ``BILAT_HEADER``."""
    found = {}
    for line in [*os.environ.get("BILAT_HEADER", "").splitlines(), *(options.header or ())]:
        name, colon, value = line.partition(":")
        if not colon:  # without what was given: it may be a secret
            raise InputError("a header is 'Name: value', such as 'Authorization: Bearer TOKEN'")
        found[name.strip()] = value.strip()
    return found


def data_folder(options: argparse.Namespace) -> str | None:
    """The folder of own data: the one named, else the current directory where it is one."""
    from bilat.inputs import is_data_directory

    named = options.data or os.environ.get("BILAT_DATA")
    if named or options.store or os.environ.get("BILAT_STORE"):
        return named
    return "." if is_data_directory(".") else None


class Bar:
    """How far a command has come, in one line of standard error where that is a terminal.

    It is a :data:`bilat.loading.Progress` within ``with``, whose end erases it, however it ends.
    """

    def __init__(self, verb: str, *, hidden: bool = False) -> None:
        self._verb, self._shown = verb, False
        self._seen = not hidden and sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.erase()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that so much is done of a total, which is 0 where nobody knows it."""
        if not self._seen:
            return
        from bilat.results import printable

        what = printable(what).replace("\n", " ")
        bar = f"{'█' * (20 * done // total):<20} {done:,}/{total:,} " if total else ""
        count = f"{done:,} " if done and not total else ""
        self._shown = True  # first: Ctrl-C may come in between
        # the terminal cuts what is too long: of a line that went on below, half could be erased
        sys.stderr.write(f"\r\033[K\033[?7l{self._verb} {bar}{count}{what}\033[?7h")
        sys.stderr.flush()

    def erase(self) -> None:
        """Take the bar away, until there is more to show."""
        if self._shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
            self._shown = False


def interruptible(query: Callable[[], Answer]) -> Answer:
    """What the query gives; Ctrl-C ends the wait, which the engine itself would not notice."""
    done: list[Answer] = []
    failed: list[BaseException] = []
    lock = allocate_lock()
    lock.acquire()

    def work() -> None:
        try:
            done.append(query())
        except BaseException as error:
            failed.append(error)
        finally:
            lock.release()

    start_new_thread(work, ())
    lock.acquire()
    if failed:
        raise failed[0]
    return done[0]


def width() -> int:
    """Characters to a line of the terminal; 0 where there is none."""
    if not sys.stdout.isatty():
        return 0
    import shutil

    return shutil.get_terminal_size().columns


def write(text: str) -> None:
    """Write text to standard output, with a line end."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def save(content: bytes, path: str) -> None:
    """Write to the file, whole or not at all, or to standard output for ``-``."""
    with saving(path) as file:
        file.write(content)


@contextmanager
def saving(path: str) -> Iterator[IO[bytes]]:
    """A file to write, which is there whole or not at all, or standard output for ``-``."""
    if path == "-":
        sys.stdout.flush()
        yield sys.stdout.buffer
        return
    from bilat.files import replacing

    with replacing(path) as file:
        yield file
