"""What memory there is, and what of it a process of the server may take."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path, PurePosixPath

#: What a process may take at the least, where it can open a graph at all, and at the most.
LEAST, MOST = 256 << 20, 2 << 30

#: Of the memory there is, what the processes may take together; the system keeps parts of the
#: store in the rest.
_FOR_PROCESSES = 3 / 4

#: How many times what others may take is for a process that has to do with the whole graph.
FOR_WHOLES = 4


def share(workers: int, wholes: int, memory: int) -> int:
    """The bytes that each of so many workers may take, beside those that deal with the whole."""
    each = int(memory * _FOR_PROCESSES) // (workers + FOR_WHOLES * wholes)
    return min(max(each, LEAST), MOST)


def memory(root: str = "/") -> int:
    """The bytes of memory there are: the machine's, or the least that a control group has of it."""
    return min([_of_machine(Path(root)), *_of_groups(Path(root))])


def _of_machine(root: Path) -> int:
    with suppress(OSError):
        found = re.search(r"(?m)^MemTotal:\s+(\d+) kB$", (root / "proc/meminfo").read_text())
        if found:
            return int(found[1]) << 10
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _of_groups(root: Path) -> list[int]:
    """The limits of the control groups that this process is in, and of those around them."""
    found = []
    for folder, file in _groups(root):
        with suppress(OSError, ValueError):  # "max" is no limit, and the root has no file
            found.append(int((folder / file).read_text()))
    return found


def _groups(root: Path) -> list[tuple[Path, str]]:
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []  # no Linux
    found = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            place, file = "sys/fs/cgroup", "memory.max"
        elif "memory" in controllers.split(","):
            place, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
        else:
            continue
        inner = PurePosixPath(path.lstrip("/"))
        found += [(root / place / folder, file) for folder in (inner, *inner.parents)]
    return found
