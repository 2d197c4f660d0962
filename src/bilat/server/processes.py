"""Processes as the server sees them: one that makes workers, and the workers that are asked."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from bilat.errors import StoreError
from bilat.server.answers import Answer, Refusal, fault
from bilat.server.worker import ENDED, FRAME, KILL, MADE, MAKE, ORDER, SLOW_DOWN, too_much

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilat.server.answers import Job
    from bilat.server.worker import Settings


class Ended(Exception):
    """A worker ended before its job did; ``refusal`` says why where it was we who ended it."""

    def __init__(self, refusal: Refusal | None = None, status: int = signal.SIGKILL) -> None:
        self.refusal, self.status = refusal, status


class Worker(asyncio.Protocol):
    """One process, as the server sees it: it is asked, and answers or ends."""

    def __init__(self, nursery: Nursery, generation: int, lost: Callable[[Worker], None]) -> None:
        self.nursery, self.generation, self._lost = nursery, generation, lost
        self._loop = nursery.loop
        self.pid = 0
        self.version = ""
        self.ready: asyncio.Future[None] = self._loop.create_future()
        self.status: asyncio.Future[int] = self._loop.create_future()
        self.started = 0.0
        self.job: Job | None = None
        self._watched = -1.0  # when the job began that is being watched
        self._before = 0.0  # processor time before that
        self.spent = 0.0  # what the job has had of the processor
        self.heard = 0  # bytes of all jobs so far
        self.gives_way = self.slow = self.suspect = False
        self.alive = True
        self._doom: Refusal | None = None
        self._result: asyncio.Future[Answer] | None = None
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Part of what the process says."""
        received: bytes | bytearray = data
        if self._received:
            self._received += data
            received = self._received
        if len(received) >= FRAME.size:
            pickled, body = FRAME.unpack_from(received)
            start = FRAME.size + pickled
            if len(received) >= start + body:
                what = pickle.loads(memoryview(received)[FRAME.size : start])
                self._received = bytearray()
                self._take(what, bytes(received[start:]))
                return
        if received is data:
            self._received += data

    def _take(self, what: object, content: bytes) -> None:
        if not self.ready.done():
            if isinstance(what, tuple):
                self.version = str(what[0])
                self.ready.set_result(None)
            else:
                self.ready.set_exception(StoreError(str(what)))
        elif self._result and not self._result.done():
            if isinstance(what, Refusal):
                self._result.set_exception(what)
            else:
                self._result.set_result(Answer(content, *cast("tuple[Any, ...]", what)))

    def connection_lost(self, exc: Exception | None) -> None:
        """The process has ended, or is about to."""
        self.alive = False
        if not self.ready.done():
            self.ready.set_exception(Ended())
            self.ready.exception()
        if self._result and not self._result.done():
            self._result.set_exception(Ended(self._doom))
        self._lost(self)

    async def ask(self, job: Job) -> Answer:
        """What comes of a job; raises Refusal, or Ended."""
        if not self.alive or not self._transport:
            raise Ended(self._doom)
        self._result = self._loop.create_future()
        self.job = job
        request = pickle.dumps(tuple(job))
        self.heard += len(request)
        self._transport.write(FRAME.pack(len(request), 0) + request)
        try:
            return await self._result
        except Ended as ended:
            if ended.refusal is None:
                with suppress(TimeoutError):
                    ended.status = await asyncio.wait_for(asyncio.shield(self.status), 1)
            raise
        finally:
            self._result = None

    def end(self, why: Refusal | None = None) -> None:
        """End the process at once; ``why`` is what its client is told."""
        self._doom = self._doom or why
        if self.pid:  # else it is not made yet, and will be ended when it is
            self.nursery.order(KILL, self.pid)
        self.alive = False
        if self._transport:
            self._transport.abort()

    def watch(self, age: float) -> None:
        """See how much of the processor the job has had, which has run for so long."""
        now = _processor_time(self.pid)
        if self._watched != self.started:
            self._watched, self._before = self.started, now or 0.0
        self.spent = age if now is None else now - self._before

    def slow_down(self, amount: int) -> None:
        """Give the process less of the processor."""
        self.nursery.order(SLOW_DOWN, self.pid, amount)

    def let_go(self) -> None:
        """Have the process end by itself: it has nothing to do."""
        self.alive = False
        if self._transport:
            self._transport.close()


class Nursery:
    """The process that makes workers, and signals them."""

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        ours, theirs = socket.socketpair()
        program = [sys.executable, "-P", "-m", "bilat.server.worker", str(theirs.fileno())]
        self._process = subprocess.Popen(
            program,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        assert self._process.stdin
        self._process.stdin.write(json.dumps(settings._asdict()).encode() + b"\n")
        self._process.stdin.flush()
        self._socket = ours
        self._making: deque[Worker] = deque()
        self._workers: dict[int, Worker] = {}
        self.alive, self._retired = True, False
        loop.add_reader(ours.fileno(), self._listen)

    def order(self, order: bytes, pid: int = 0, amount: int = 0) -> None:
        """Have something done to one of the workers."""
        with suppress(OSError):
            self._socket.sendall(ORDER.pack(order, pid, amount))

    def make(self, worker: Worker) -> socket.socket:
        """Have a process made for the worker; gives the socket to talk to it."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._making.append(worker)
            with suppress(OSError):
                socket.send_fds(self._socket, [ORDER.pack(MAKE, 0, 0)], [theirs.fileno()])
        return ours

    def _listen(self) -> None:
        message = b""
        with suppress(ConnectionError):  # it was killed
            message = self._socket.recv(ORDER.size, socket.MSG_WAITALL)
        if len(message) < ORDER.size:
            self.close()
            return
        order, pid, status = ORDER.unpack(message)
        if order == MADE:
            worker = self._workers[pid] = self._making.popleft()
            worker.pid = pid
            if not worker.alive:
                self.order(KILL, pid)
        elif order == ENDED and (ended := self._workers.pop(pid, None)):
            ended.status.set_result(status)
            self._close_if_done()

    def retire(self) -> None:
        """Make no more workers, and end with the last of those that there are."""
        self._retired = True
        self._close_if_done()

    def _close_if_done(self) -> None:
        if self._retired and not self._workers and not self._making:
            self.close()

    def close(self) -> None:
        """End all workers, and this process."""
        if self.alive:
            self.alive = False
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            for worker in self._workers.values():
                worker.status.set_result(signal.SIGKILL)
            self._workers.clear()
            self.loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self._process.wait()
            assert self._process.stdin
            self._process.stdin.close()


def why_ended(status: int) -> Refusal | None:
    """What is said of a process that ended so; None where somebody else killed it."""
    if os.WIFSIGNALED(status):
        killed = os.WTERMSIG(status) in (signal.SIGKILL, signal.SIGTERM)
        return None if killed else too_much()
    return fault()


def _processor_time(pid: int) -> float | None:
    """Seconds that a process has had of the processor, where the system tells it."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
