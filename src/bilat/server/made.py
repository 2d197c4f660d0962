"""The files that are too large to be made while a client waits: kept for each version of the data.

The process that takes requests starts one that makes the file, and sends it from the disk.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

from bilat.server.answers import Refusal, busy

if TYPE_CHECKING:
    from bilat.server.site import Site

#: Seconds that a request waits for a file, and after which making one is given up.
PATIENCE, LONGEST = 10.0, 3600.0


class Made:
    """Files in a folder of this server's own."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._folder: tempfile.TemporaryDirectory[str] | None = None  # removed at the end
        self._tasks: dict[tuple[str, str], asyncio.Task[str]] = {}

    async def path(self, name: str) -> str:
        """Where the file is; raises Refusal (503) while it is being made."""
        version = self._site.pool.version
        key = (version, name)
        self._forget(version)
        if key not in self._tasks:
            self._tasks[key] = asyncio.create_task(self._make(name))
        task = self._tasks[key]
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        if not done:
            raise busy(f"{name} is being made", 15)
        if not version:
            del self._tasks[key]
        try:
            return task.result()
        except Refusal:
            self._tasks.pop(key, None)
            raise

    def _forget(self, version: str) -> None:
        for key in [key for key in self._tasks if key[0] != version]:
            task = self._tasks.pop(key)
            task.cancel()
            if task.done() and not task.cancelled() and not task.exception():
                with suppress(OSError):
                    os.unlink(task.result())

    async def _make(self, name: str) -> str:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="bilat-")
        handle, path = tempfile.mkstemp(dir=self._folder.name)
        os.close(handle)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "bilat.server.making", name, path,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        settings = json.dumps(self._site.pool.settings._asdict()).encode()
        try:
            await asyncio.wait_for(process.communicate(settings), LONGEST)
        except TimeoutError:
            raise busy(f"{name} took too long to be made", 600) from None
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode:
            os.unlink(path)
            raise busy(f"{name} could not be made", 60)
        return path
