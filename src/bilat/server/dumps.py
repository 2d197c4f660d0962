"""Files of the whole data set, which are made once for each version of the data and then kept.

They are too large for an answer of a worker: :mod:`bilat.server.dump` writes each in a process of
its own, and the process that takes requests sends it from the disk.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import sys
import tempfile
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from bilat.server.answers import busy
from bilat.server.dump import SMALL

if TYPE_CHECKING:
    from bilat.server.site import Site

#: Seconds that a request waits for a file, and after which making one is given up.
PATIENCE, LONGEST = 10.0, 3600.0

#: Seconds that a file of data without a version is kept.
KEPT = 900


#: What the names of the folders of all servers begin with.
PREFIX = "bilat-made-"


class Folder:
    """A folder for files, locked as long as its server runs: a killed one cannot remove its own."""

    def __init__(self) -> None:
        while True:
            self.path = tempfile.mkdtemp(prefix=PREFIX)
            self._lock = os.open(self.path, os.O_RDONLY)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            if os.path.isdir(self.path):  # else it was taken for one that was left behind
                return
            os.close(self._lock)

    def remove(self) -> None:
        """Remove the folder with all files."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def remove_left_behind() -> None:
    """Remove the folders of servers that are gone."""
    with suppress(OSError):
        for entry in os.scandir(tempfile.gettempdir()):
            ours = entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False)
            if ours and entry.stat(follow_symlinks=False).st_uid == os.getuid():
                _remove_unlocked(entry.path)


def _remove_unlocked(path: str) -> None:
    with suppress(OSError):
        lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(lock)


class Dumps:
    """The files, in a folder of this server's own; those of the version before are kept a while."""

    def __init__(self, site: Site) -> None:
        remove_left_behind()
        self._site = site
        self._folder: Folder | None = None
        self._processes: set[asyncio.subprocess.Process] = set()
        self._tasks: dict[tuple[str, str], asyncio.Task[str]] = {}
        self._versions: list[str] = []
        self._turn = asyncio.Lock()

    def close(self) -> None:
        """Give up what is being made, and remove all files."""
        for task in self._tasks.values():
            task.cancel()
        for process in self._processes:
            if process.returncode is None:
                process.kill()
        if self._folder:
            self._folder.remove()

    async def path(self, name: str) -> str:
        """Where the file is; raises Refusal (503) while it is being made."""
        version = self._version()
        task = self._begun(version, name)
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        if not done:
            raise busy("the file is being made", 15)
        if task.cancelled():  # the data changed meanwhile
            raise busy("the file is to be made anew", 2)
        if task.exception():
            self._tasks.pop((version, name), None)
        return task.result()

    def ready(self, name: str) -> str:
        """Where the file is; empty as long as it is being made, and where it could not be.

        For data without a version none is made.
        """
        if not self._site.pool.version:
            return ""
        task = self._begun(self._version(), name)
        made = task.done() and not task.cancelled() and not task.exception()
        return task.result() if made else ""

    def _begun(self, version: str, name: str) -> asyncio.Task[str]:
        task = self._tasks.get((version, name))
        if task is None:
            task = self._tasks[version, name] = asyncio.create_task(self._make(name))
            # what nobody waits for may fail without a word: it is asked for in another way
            task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        return task

    def _version(self) -> str:
        """The version of the data now; files of those before the last one are removed."""
        # where the version cannot be told, a file is kept for some minutes
        minutes = f"{asyncio.get_running_loop().time() // KEPT}"
        version = self._site.pool.version or minutes
        if version not in self._versions:
            self._versions = [*self._versions[-1:], version]
            for key in [key for key in self._tasks if key[0] not in self._versions]:
                task = self._tasks.pop(key)
                if not task.cancel() and not task.exception():
                    with suppress(OSError):
                        os.unlink(task.result())
        return version

    async def _make(self, name: str) -> str:
        async with nullcontext() if name in SMALL else self._turn:  # others may take gigabytes
            try:
                self._folder = self._folder or Folder()
                handle, path = tempfile.mkstemp(dir=self._folder.path)
            except OSError as error:
                print(f"bilat: no file can be made: {error}", file=sys.stderr, flush=True)
                raise busy("the file could not be made", 60) from None
            os.close(handle)
            status = await self._run(name, path)
        if status:
            with suppress(OSError):
                os.unlink(path)
            raise busy("the file could not be made", 60)
        return path

    async def _run(self, name: str, path: str) -> int | None:
        """Have a process make the file; gives its exit status."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "bilat.server.dump", name, path,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self._processes.add(process)
        assert process.stdin
        process.stdin.write(json.dumps(self._site.pool.settings._asdict()).encode() + b"\n")
        try:
            await asyncio.wait_for(process.wait(), LONGEST)
        except TimeoutError:
            return 1
        finally:
            process.stdin.close()
            if process.returncode is None:
                process.kill()
            self._processes.discard(process)
        return process.returncode
