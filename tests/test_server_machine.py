"""What each process of the server may take follows the memory that there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilat.server import machine

GIB = 1 << 30


def invented(root: Path, total: int, groups: str = "", limits: dict[str, str] | None = None) -> str:
    """A machine with so many bytes of memory, in these control groups with these limits."""
    files = {
        "proc/meminfo": f"MemTotal:       {total >> 10} kB\nMemFree:          100 kB\n",
        "proc/self/cgroup": groups,
        **(limits or {}),
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return str(root)


def test_a_machine_without_limits_has_what_it_has(tmp_path: Path) -> None:
    root = invented(tmp_path, 8 * GIB, "0::/\n", {"sys/fs/cgroup/cgroup.procs": "1\n"})
    assert machine.memory(root) == 8 * GIB


@pytest.mark.parametrize(
    ("groups", "limits"),
    [
        # of the group itself, of one around it, and as a container sees its own
        ("0::/a/b\n", {"a/b/memory.max": f"{GIB}\n", "a/memory.max": "max\n"}),
        ("0::/a/b\n", {"a/b/memory.max": "max\n", "a/memory.max": f"{GIB}\n"}),
        ("0::/\n", {"memory.max": f"{GIB}\n"}),
        ("0::/../../elsewhere\n", {"memory.max": f"{GIB}\n"}),
        # of version 1, which has a number for no limit, and others' groups beside it
        (
            "5:cpu,cpuacct:/c\n4:memory:/a/b\n0::/\n",
            {
                "memory/a/b/memory.limit_in_bytes": "9223372036854771712\n",
                "memory/a/memory.limit_in_bytes": f"{GIB}\n",
                "cpu/c/memory.limit_in_bytes": "1\n",
            },
        ),
        ("4:memory:/not/seen/here\n", {"memory/memory.limit_in_bytes": f"{GIB}\n"}),
    ],
)
def test_the_least_limit_counts(tmp_path: Path, groups: str, limits: dict[str, str]) -> None:
    files = {f"sys/fs/cgroup/{name}": text for name, text in limits.items()}
    assert machine.memory(invented(tmp_path, 8 * GIB, groups, files)) == GIB


def test_a_limit_above_what_the_machine_has_is_none(tmp_path: Path) -> None:
    files = {"sys/fs/cgroup/memory.max": f"{64 * GIB}\n"}
    assert machine.memory(invented(tmp_path, 8 * GIB, "0::/\n", files)) == 8 * GIB


def test_this_machine_has_memory() -> None:
    assert machine.memory() > 64 << 20


def test_no_linux_has_memory_too(tmp_path: Path) -> None:
    assert machine.memory(str(tmp_path)) > 64 << 20


@pytest.mark.parametrize(
    ("gib", "cores", "mib"),
    [(2, 2, 256), (12, 2, 384), (24, 2, 768), (64, 2, 2048), (16, 16, 256), (256, 16, 2048)],
)
def test_shares_of_machines(gib: int, cores: int, mib: int) -> None:
    assert machine.share(4 * cores + 4, 3, gib * GIB) >> 20 == mib


@given(st.integers(1, 2000), st.integers(0, 10), st.integers(0, 2**44))
def test_a_share_is_in_bounds_and_all_fit_where_they_can(
    workers: int, wholes: int, memory: int
) -> None:
    share = machine.share(workers, wholes, memory)
    assert machine.LEAST <= share <= machine.MOST
    assert share == machine.LEAST or share * (workers + machine.FOR_WHOLES * wholes) <= memory
