"""A terminal of its own for a command: what is typed into it, and what its screen shows."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path

_PIECE = re.compile(r"\033\[([?\d;]*)([A-Za-z])|[^\033]|\033")


class Screen:
    """What a terminal of so many columns shows; of its commands, those that bilat uses."""

    def __init__(self, columns: int) -> None:
        self._columns, self._column, self._wraps = columns, 0, True
        self.lines = [""]
        #: What the last line showed each time before it was taken away.
        self.erased: list[str] = []

    def show(self, text: str) -> None:
        for piece in _PIECE.finditer(text):
            if piece[2]:
                self._obey(piece[2], piece[1])
            elif piece[0] == "\r":
                self._column = 0
            elif piece[0] == "\n":
                self.lines.append("")
            else:
                self._put(piece[0])

    def _obey(self, command: str, given: str) -> None:
        if command == "K":
            self.erased.append(self.lines[-1])
            self.lines[-1] = self.lines[-1][: self._column]
        elif (given, command) in (("?7", "l"), ("?7", "h")):
            self._wraps = command == "h"
        else:
            assert command == "m", f"the terminal does not know {given}{command}"

    def _put(self, sign: str) -> None:
        if self._column == self._columns:
            self._column = 0 if self._wraps else self._columns - 1
            self.lines += [""] if self._wraps else []
        line = self.lines[-1].ljust(self._column)
        self.lines[-1] = line[: self._column] + sign + line[self._column + 1 :]
        self._column += 1


class Terminal:
    """A command, or arguments for ``bilat``, with a terminal of its own."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *arguments: str | Path,
        command: tuple[str, ...] = ("-m", "bilat"),
        columns: int = 100,
    ) -> None:
        self.screen, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self._columns = columns
        self.process = subprocess.Popen(
            [sys.executable, *command, *map(str, arguments)],
            env=environment,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
            # the terminal that a Ctrl-C in it interrupts
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(inside)
        self._seen = b""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.screen)

    @property
    def seen(self) -> str:
        """All that was written to the terminal."""
        return self._seen.decode(errors="ignore")

    def read(self, until: str, seconds: float = 180) -> str:
        """What was shown up to those words."""
        end = time.monotonic() + seconds
        while until not in self.seen:
            ready, _, _ = select.select([self.screen], [], [], max(0, end - time.monotonic()))
            assert ready, f"{until!r} was not shown: {self.seen}"
            try:
                self._seen += os.read(self.screen, 4096)
            except OSError:  # the other end is closed
                break
        return self.seen

    def type(self, text: str) -> None:
        os.write(self.screen, text.encode())

    def end(self) -> int:
        """The exit code, when all has been shown."""
        self.read("\0")
        return self.process.wait(180)

    def shown(self) -> Screen:
        """The screen as it is now."""
        screen = Screen(self._columns)
        screen.show(self.seen)
        return screen
