"""The pool of processes that answer: warm, watched, and ended when they take too long.

How strangers' queries are kept from starving each other: a job that has run for a moment gets less
of the processor, one that runs on counts as slow and gets what nobody else wants, and only some of
the workers may be slow at a time. What a slow job leaves behind goes with its process.
"""

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
from typing import TYPE_CHECKING, NamedTuple, cast

from bilat.errors import StoreError
from bilat.server.answers import Answer, Refusal, busy
from bilat.server.worker import ENDED, FRAME, KILL, MADE, MAKE, ORDER, SLOW_DOWN, too_much
from bilat.store import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bilat.server.answers import Job
    from bilat.server.worker import Settings

#: Seconds of processor time after which a job gives way to others, and after which it is slow.
GIVES_WAY, SLOW = 0.1, 0.5

#: A job that waits for others, not for the processor, is slow after this many seconds.
SLOW_WAITING = 3.0

#: Seconds that a job waits for a worker, that a worker may take to open the graph, and between
#: two looks at whether the store was built anew.
PATIENCE, OPENING, LOOKING = 10.0, 60.0, 0.5

_TICK = 0.05


class Limits(NamedTuple):
    """What there may be at a time: workers, slow ones among them, jobs that wait for one."""

    workers: int
    slow: int
    waiting: int = 256
    timeout: float = 15.0


class Ended(Exception):
    """A worker ended before its job did; ``refusal`` says why where it was we who ended it."""

    def __init__(self, refusal: Refusal | None = None, status: int = 0) -> None:
        self.refusal, self.status = refusal, status


class Worker(asyncio.Protocol):
    """One process, as the server sees it: it is asked, and answers or ends."""

    def __init__(self, pool: Pool, nursery: Nursery, generation: int) -> None:
        self.pool, self.nursery, self.generation = pool, nursery, generation
        self.pid = 0
        self.version = ""
        self.ready: asyncio.Future[None] = pool.loop.create_future()
        self.status: asyncio.Future[int] = pool.loop.create_future()
        self.started = 0.0
        self.seen = -1.0  # when the job began that is being watched
        self.spent = 0.0  # processor time before that
        self.gives_way = self.slow = False
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
        received = self._received
        received += data
        if len(received) < FRAME.size:
            return
        pickled, body = FRAME.unpack_from(received)
        start = FRAME.size + pickled
        if len(received) < start + body:
            return
        what = pickle.loads(received[FRAME.size : start])
        content = bytes(received[start : start + body])
        received.clear()
        self._take(what, content)

    def _take(self, what: object, content: bytes) -> None:
        if not self.ready.done():
            if isinstance(what, tuple):
                self.version = str(what[0])
                self.ready.set_result(None)
            else:
                self.ready.set_exception(StoreError(str(what)))
        elif self._result and not self._result.done():
            if isinstance(what, Answer):
                self._result.set_result(what._replace(body=content))
            elif isinstance(what, Refusal):
                self._result.set_exception(what)

    def connection_lost(self, exc: Exception | None) -> None:
        """The process has ended, or is about to."""
        self.alive = False
        if not self.ready.done():
            self.ready.set_exception(Ended())
            self.ready.exception()
        if self._result and not self._result.done():
            self._result.set_exception(Ended(self._doom))
        self.pool.lost(self)

    async def ask(self, request: bytes) -> Answer:
        """What comes of the pickled job; raises Refusal, or Ended."""
        assert self._transport
        self._result = self.pool.loop.create_future()
        self.started = self.pool.loop.time()
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
        self._loop = loop
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
        self.alive = True
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

    def close(self) -> None:
        """End all workers, and this process."""
        if self.alive:
            self.alive = False
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            assert self._process.stdin
            self._process.stdin.close()


class Pool:
    """Workers that have the graph open, given one job each at a time."""

    def __init__(self, settings: Settings, limits: Limits) -> None:
        self.settings, self.limits = settings, limits
        self.loop = asyncio.get_running_loop()
        self.nursery = Nursery(settings, self.loop)
        #: What the data are now; empty where that cannot be told.
        self.version = ""
        self._generation = 0
        self._workers: set[Worker] = set()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._background: set[asyncio.Task[None]] = set()
        self._seen = self._look()
        self._failures = 0
        self._ticking = False

    async def start(self) -> None:
        """Make all workers; returns as soon as one is ready. Raises StoreError."""
        first = self._new(self._generation)
        await self._make(first)
        self.version = first.version
        self._put(first)
        self._fill()
        self._do(self._watch())

    async def run(self, job: Job) -> tuple[Answer, str]:
        """What comes of a job, and the version of the data that it is of; raises Refusal.

        When this is cancelled, the job's process is ended.
        """
        request = pickle.dumps(job)
        for last in (False, True):
            worker = await self._taken()
            try:
                return await worker.ask(request), worker.version
            except Ended as ended:
                refusal = ended.refusal or _why(ended.status)
                # what somebody else killed can be tried again: nothing is changed by an answer
                if refusal is None and not last:
                    continue
                raise refusal or busy("the process that was answering was ended") from None
            except Refusal as refusal:
                # the store of an old worker may be gone by now
                if last or refusal.status != 503 or worker.generation == self._generation:
                    raise
            except asyncio.CancelledError:
                worker.end()
                raise
            finally:
                self._put(worker)
        raise AssertionError

    def close(self) -> None:
        """End everything."""
        for task in self._background:
            task.cancel()
        self.nursery.close()

    def lost(self, worker: Worker) -> None:
        """A worker has ended: another takes its place."""
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.ready.done() and not worker.ready.exception():
            self._fill()

    async def _taken(self) -> Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return self._take(worker)
        if len(self._waiting) >= self.limits.waiting:
            raise busy("too many requests wait for an answer")
        place: asyncio.Future[Worker] = self.loop.create_future()
        self._waiting.append(place)
        try:
            return await asyncio.wait_for(place, PATIENCE)
        except TimeoutError:
            raise busy("all are at work on other requests") from None
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._put(place.result())
            raise
        finally:
            with suppress(ValueError):
                self._waiting.remove(place)

    def _take(self, worker: Worker) -> Worker:
        self._busy.add(worker)
        worker.started = self.loop.time()
        if not self._ticking:
            self._ticking = True
            self.loop.call_later(_TICK, self._tick)
        return worker

    def _put(self, worker: Worker) -> None:
        self._busy.discard(worker)
        if not worker.alive:
            return
        if worker.gives_way or worker.generation != self._generation:
            worker.let_go()
            return
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(self._take(worker))
                return
        self._idle.append(worker)

    def _tick(self) -> None:
        now = self.loop.time()
        for worker in self._busy:
            if worker.alive and now - worker.started >= _TICK:
                self._judge(worker, now - worker.started)
        slow = [w for w in self._busy if w.slow and w.alive]
        if len(slow) > self.limits.slow:
            youngest = max(slow, key=lambda w: w.started)
            youngest.end(busy("too many slow queries are being answered", 10))
        self._ticking = bool(self._busy)
        if self._ticking:
            self.loop.call_later(_TICK, self._tick)

    def _judge(self, worker: Worker, age: float) -> None:
        limit = self.limits.timeout
        if age > limit:
            reason = f"the answer took longer than {limit:g} seconds; ask for less"
            worker.end(Refusal(504, reason))
            return
        if worker.seen != worker.started:
            worker.seen, worker.spent = worker.started, _processor_time(worker.pid, -_TICK)
            return
        spent = _processor_time(worker.pid, age - _TICK) - worker.spent
        if age > SLOW_WAITING:
            spent = age
        if not worker.gives_way and spent > GIVES_WAY:
            worker.gives_way = True
            worker.slow_down(10)
        if not worker.slow and spent > SLOW:
            worker.slow = True
            worker.slow_down(19)

    def _fill(self) -> None:
        """Make as many workers as there should be."""
        now = [w for w in self._workers if w.generation == self._generation]
        for _ in range(self.limits.workers - len(now)):
            self._do(self._add(self._new(self._generation)))

    async def _add(self, worker: Worker) -> None:
        try:
            await self._make(worker)
        except (StoreError, Ended, TimeoutError) as error:
            self._failures += 1
            if self._failures == 1:
                print(f"bilat: a process cannot answer: {error}", file=sys.stderr, flush=True)
            await asyncio.sleep(min(self._failures, 5))
            self._fill()
        else:
            self._failures = 0
            self._put(worker)

    def _new(self, generation: int) -> Worker:
        if not self.nursery.alive:
            self.nursery = Nursery(self.settings, self.loop)
        worker = Worker(self, self.nursery, generation)
        self._workers.add(worker)
        return worker

    async def _make(self, worker: Worker) -> None:
        """Have the worker made and wait until it is ready; StoreError where it cannot open."""
        connection = worker.nursery.make(worker)
        try:
            await self.loop.create_unix_connection(lambda: worker, sock=connection)
            await asyncio.wait_for(asyncio.shield(worker.ready), OPENING)
        except (StoreError, Ended, TimeoutError):
            self._workers.discard(worker)
            worker.end()
            raise

    def _do(self, work: Coroutine[None, None, None]) -> None:
        task = self.loop.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _look(self) -> object:
        """What changes when a build puts another store into the place of this one."""
        try:
            found = os.stat(os.path.join(self.settings.store, MANIFEST))
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOKING)
            seen = self._look()
            if seen is not None and seen != self._seen:
                self._seen = seen
                await self._renew()

    async def _renew(self) -> None:
        """Warm workers of the new store, then let those of the old one go as they end."""
        first = self._new(self._generation + 1)
        try:
            await self._make(first)
        except (StoreError, Ended, TimeoutError) as error:
            print(f"bilat: the store that was there stays: {error}", file=sys.stderr, flush=True)
            return
        self._generation += 1
        self.version = first.version
        old, self._idle = self._idle, []
        for worker in old:
            worker.let_go()
        self._put(first)
        self._fill()


def _why(status: int) -> Refusal | None:
    """What is said of a process that ended so; None where somebody else killed it."""
    if os.WIFSIGNALED(status):
        killed = os.WTERMSIG(status) in (signal.SIGKILL, signal.SIGTERM)
        return None if killed else too_much()
    return Refusal(500, "this cannot be answered, which is a fault of the server")


def _processor_time(pid: int, otherwise: float) -> float:
    """Seconds that a process has had of the processor, where the system tells it."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return otherwise
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
