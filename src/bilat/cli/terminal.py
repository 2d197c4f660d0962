"""What all commands share: streams, errors, progress, the graph and the folder that are meant."""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock, start_new_thread
from typing import TYPE_CHECKING, TypeVar

from bilat.errors import InputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from bilat.knowledge_graph import KnowledgeGraph
    from bilat.loading import Progress

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
    erase = "\r\033[K" if sys.stderr.isatty() else ""  # a progress bar may stand there
    sys.stderr.write(f"{erase}bilat: {message}\n")
    return FAILED


def open_graph(options: argparse.Namespace) -> KnowledgeGraph:
    """The graph that the options mean, built first where that is needed."""
    from bilat.knowledge_graph import open

    return open(
        options.store or os.environ.get("BILAT_STORE"),
        data=data_folder(options),
        headers=headers(options),
        timeout=options.timeout,
        progress=bar("building"),
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


def bar(verb: str) -> Progress:
    """A bar of what is done on standard error where that is a terminal, else nothing."""
    if not sys.stderr.isatty():
        return lambda *_: None

    def show(what: str, done: int, total: int) -> None:
        bar = "█" * (20 * done // max(total, 1))
        end = "\r\033[K" if what in ("deriving", "checking") else ""
        sys.stderr.write(f"\r\033[K{verb} {bar:<20} {done:,}/{total:,} {what}{end}")
        sys.stderr.flush()

    return show


def validating() -> Progress:
    """A bar of parts validated on standard error where that is a terminal, else nothing."""
    if not sys.stderr.isatty():
        return lambda *_: None

    def show(what: str, done: int, total: int) -> None:
        end = "\r\033[K" if done == total else ""
        sys.stderr.write(f"\r\033[K{what} {'█' * (20 * done // total):<20} {done}/{total}{end}")
        sys.stderr.flush()

    return show


def counter(total: int) -> tuple[Callable[[], None], Callable[[int], None]]:
    """What takes a bar of the documents read away, and what shows it: on a terminal, for many."""
    if total < 10 or not sys.stderr.isatty():
        return lambda: None, lambda _: None

    def show(done: int) -> None:
        bar = "█" * (20 * done // total)
        sys.stderr.write(f"\r\033[Kreading {bar:<20} {done}/{total}")
        sys.stderr.flush()

    def erase() -> None:
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()

    show(0)
    return erase, show


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
    if path == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    from bilat.files import replace_file

    replace_file(path, content)
