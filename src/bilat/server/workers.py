"""The pool of processes that answer: warm, watched, and ended when they take too long.

How strangers' queries are kept from starving each other: a job that has run for a moment gets less
of the processor; one that runs on counts as slow, gets what nobody else wants, and only some of the
workers may be slow at a time. What looks like a job that was slow a while ago waits until nobody
else does. Where others have to wait, those end first that have had the most. What bilat itself asks
gives way as well, but is ended at the time-out only. A process that was slowed down ends with its
job.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections import OrderedDict, deque
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from bilat.errors import StoreError
from bilat.server.answers import Answer, Refusal, busy
from bilat.server.processes import Ended, Nursery, Worker, why_ended
from bilat.store import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bilat.server.answers import Job
    from bilat.server.worker import Settings

#: Seconds of processor time after which a job gives way to others, and after which it is slow.
GIVES_WAY, SLOW = 0.1, 0.5

#: A job that waits for a remote endpoint, not for the processor, is slow after so many seconds.
SLOW_WAITING = 3.0

#: Seconds that a job waits for a worker, that a worker may take to open the graph, and between
#: two looks at whether the store was built anew.
PATIENCE, OPENING, LOOKING = 10.0, 60.0, 0.5

#: Seconds until a store that was built anew and could not be opened is tried again.
RETRYING = 5.0

#: Bytes of jobs that a lasting worker hears before another takes its place.
MOST_HEARD = 8 << 20

#: Seconds in which no more jobs begin than there are processors: most are done by then, and a
#: worker that goes on at once has all it needs in the processor's caches.
FRESH = 0.005

_TICK = 0.05

_PROCESSORS = os.cpu_count() or 2

#: Jobs that run what strangers write.
STRANGERS = frozenset(("bilat.server.sparql:query",))

#: Seconds that others wait before the job that has had the most is ended.
_PRESSURE = 0.1

#: How many shapes of slow jobs are remembered, and for how many seconds.
_SHAPES, _REMEMBERED = 1000, 60.0


class Limits(NamedTuple):
    """What there may be at a time: workers, slow ones among them, jobs that wait for one.

    Where ``lasting``, no worker is let go for how long a job took: it has prepared something.
    It is when it has heard much, so that what it remembers of that stays bounded.
    """

    workers: int
    slow: int
    waiting: int = 256
    timeout: float = 15.0
    lasting: bool = False
    opening: float = OPENING


class Place(NamedTuple):
    """A place in the queue: who waits gets a worker there."""

    worker: asyncio.Future[Worker]
    since: float
    suspect: bool


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
        self._waiting: deque[Place] = deque()
        self._suspects: deque[Place] = deque()
        self._slow_shapes: OrderedDict[int, float] = OrderedDict()
        self._background: set[asyncio.Task[None]] = set()
        self._seen = self._look()
        self._failures = 0
        self._retired: list[Nursery] = []
        self._looking: asyncio.TimerHandle | None = None
        self._ticking = self._closed = False

    async def start(self) -> None:
        """Make all workers; returns as soon as one is ready. Raises StoreError."""
        first = self._new(self._generation)
        try:
            await self._make(first)
        except (Ended, TimeoutError):
            raise StoreError(
                f"{self.settings.store}: no process could open it; look at what is said above, "
                "and whether --memory is too little"
            ) from None
        self.version = first.version
        self._put(first)
        self._fill()
        self._do(self._watch())

    async def run(self, job: Job) -> tuple[Answer, str]:
        """What comes of a job, and the version of the data that it is of; raises Refusal.

        When this is cancelled, the job's process is ended.
        """
        for last in (False, True):
            if self._closed:
                raise busy("the server is ending")
            worker = await self._taken(self._is_suspect(job))
            try:
                return await worker.ask(job), worker.version
            except Ended as ended:
                refusal = ended.refusal or why_ended(ended.status)
                # what somebody else killed can be tried again: nothing is changed by an answer
                if refusal is None and not last:
                    await asyncio.sleep(_TICK)  # until others that were killed with it are known
                    continue
                if refusal:
                    raise refusal.again() from None
                raise busy("the process that was answering was ended") from None
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
        """End everything, at once."""
        self._closed = True
        for task in self._background:
            task.cancel()
        for nursery in (self.nursery, *self._retired):
            nursery.close()

    def lost(self, worker: Worker) -> None:
        """A worker has ended: another takes its place."""
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.ready.done() and not worker.ready.exception():
            self._fill()

    async def _taken(self, suspect: bool) -> Worker:
        crowded = self._is_crowded()
        if not crowded and not (suspect and self._may_not_be_slow()):
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    return self._take(worker, suspect)
        queue = self._suspects if suspect else self._waiting
        if len(queue) >= self.limits.waiting:
            raise busy("too many requests wait for an answer")
        place = Place(self.loop.create_future(), self.loop.time(), suspect)
        queue.append(place)
        self._begin_to_tick()
        if crowded and not self._looking:
            self._looking = self.loop.call_later(FRESH, self._look_for_room)
        try:
            return await place.worker
        except asyncio.CancelledError:
            if not place.worker.cancelled() and not place.worker.exception():
                self._put(place.worker.result())
            with suppress(ValueError):
                queue.remove(place)
            raise

    def _is_crowded(self) -> bool:
        """Whether as many jobs as there are processors have only just begun."""
        since = self.loop.time() - FRESH
        return sum([worker.started > since for worker in self._busy]) >= _PROCESSORS

    def _look_for_room(self) -> None:
        """Let jobs begin that wait for others which turn out to take longer."""
        self._looking = None
        while self._idle and not self._is_crowded() and (place := self._next_place()):
            self._hand_over(place)
        if self._idle and self._waiting:
            self._looking = self.loop.call_later(FRESH, self._look_for_room)

    def _take(self, worker: Worker, suspect: bool) -> Worker:
        self._busy.add(worker)
        worker.started, worker.spent, worker.suspect = self.loop.time(), 0.0, suspect
        self._begin_to_tick()
        return worker

    def _put(self, worker: Worker) -> None:
        """Give a worker that is free to who waits."""
        self._busy.discard(worker)
        if not worker.alive:
            return
        used_up = self.limits.lasting and worker.heard > MOST_HEARD
        if worker.gives_way or used_up or worker.generation != self._generation:
            worker.let_go()
            return
        place = self._next_place()
        if place:
            place.worker.set_result(self._take(worker, place.suspect))
        else:
            self._idle.append(worker)

    def _next_place(self) -> Place | None:
        for queue in (self._waiting, self._suspects):
            while queue and not (queue is self._suspects and self._may_not_be_slow()):
                place = queue.popleft()
                if not place.worker.done():
                    return place
        return None

    def _may_not_be_slow(self) -> bool:
        return sum(worker.slow or worker.suspect for worker in self._busy) >= self.limits.slow

    def _is_suspect(self, job: Job) -> bool:
        """Whether a job like this one was slow a while ago."""
        if not self._slow_shapes or job.function not in STRANGERS:
            return False
        since = self._slow_shapes.get(_shape(job))
        return since is not None and self.loop.time() - since < _REMEMBERED

    def _suspect(self, job: Job | None) -> None:
        if job is not None:
            shape = _shape(job)
            self._slow_shapes[shape] = self.loop.time()
            self._slow_shapes.move_to_end(shape)
            if len(self._slow_shapes) > _SHAPES:
                self._slow_shapes.popitem(last=False)

    def _begin_to_tick(self) -> None:
        if not self._ticking:
            self._ticking = True
            self.loop.call_later(_TICK, self._tick)

    def _tick(self) -> None:
        now = self.loop.time()
        for worker in list(self._busy):
            if worker.alive and now - worker.started >= _TICK:
                self._judge(worker, now - worker.started)
        self._make_room(now)
        self._send_away(now)
        while self._idle and (place := self._next_place()):
            self._hand_over(place)
        self._ticking = bool(self._busy or self._waiting or self._suspects)
        if self._ticking:
            self.loop.call_later(_TICK, self._tick)

    def _hand_over(self, place: Place) -> None:
        worker = self._idle.pop()
        if worker.alive:
            place.worker.set_result(self._take(worker, place.suspect))
        else:
            (self._suspects if place.suspect else self._waiting).appendleft(place)

    def _judge(self, worker: Worker, age: float) -> None:
        limit = self.limits.timeout
        if age > limit:
            self._suspect(worker.job)
            reason = f"the answer took longer than {limit:g} seconds; ask for less"
            worker.end(Refusal(504, reason))
            return
        if self.limits.lasting:
            return
        worker.watch(age)
        if not worker.gives_way and worker.spent > GIVES_WAY:
            worker.gives_way = True
            worker.slow_down(10)
        waits = not worker.version and age > SLOW_WAITING
        if not worker.slow and (worker.spent > SLOW or waits):
            worker.slow = worker.gives_way = True
            self._suspect(worker.job)
            worker.slow_down(19)

    def _make_room(self, now: float) -> None:
        """End a job where too many are slow, or where others wait: what it asks for is too much."""
        running = sorted((w for w in self._busy if w.alive), key=lambda w: w.started)
        running = [w for w in running if w.job and w.job.function in STRANGERS]
        slow = [w for w in running if w.slow]
        if len(slow) > self.limits.slow:
            slow[-1].end(busy("too many slow queries are being answered", 10))
        elif self._waiting and now - self._waiting[0].since > _PRESSURE:
            others = [w for w in running if w.gives_way and w not in slow]
            if others:
                most = max(others, key=lambda w: w.spent)
                self._suspect(most.job)
                most.end(busy("others wait, and this takes longer than most", 10))

    def _send_away(self, now: float) -> None:
        """Tell those that have waited for too long."""
        patience = min(PATIENCE, self.limits.timeout)
        for queue in (self._waiting, self._suspects):
            while queue and now - queue[0].since > patience:
                place = queue.popleft()
                if not place.worker.done():
                    place.worker.set_exception(busy("all are at work on other requests"))

    def _fill(self) -> None:
        """Make as many workers as there should be."""
        if self._closed:
            return
        now = [w for w in self._workers if w.generation == self._generation]
        for _ in range(self.limits.workers - len(now)):
            self._do(self._add(self._new(self._generation)))

    async def _add(self, worker: Worker) -> None:
        try:
            await self._make(worker)
        except (StoreError, Ended, OSError) as error:
            self._failures += 1
            if self._failures == 1:
                print(f"bilat: a process cannot answer: {error!r}", file=sys.stderr, flush=True)
            await asyncio.sleep(min(self._failures, 5))
            self._fill()
        else:
            self._failures = 0
            self._put(worker)

    def _new(self, generation: int) -> Worker:
        if not self.nursery.alive:
            self.nursery = Nursery(self.settings, self.loop)
        worker = Worker(self.nursery, generation, self.lost)
        self._workers.add(worker)
        return worker

    async def _make(self, worker: Worker) -> None:
        """Have the worker made and wait until it is ready; StoreError where it cannot open."""
        try:
            connection = worker.nursery.make(worker)
            await self.loop.create_unix_connection(lambda: worker, sock=connection)
            await asyncio.wait_for(asyncio.shield(worker.ready), self.limits.opening)
        except (StoreError, Ended, OSError):
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
        failed, again = None, 0.0  # what could not be opened, and when it is tried again
        while True:
            await asyncio.sleep(LOOKING)
            seen, now = self._look(), self.loop.time()
            if seen is None or seen == self._seen or (seen == failed and now < again):
                continue
            try:
                await self._renew()
                self._seen = seen
            except (StoreError, Ended, OSError) as error:
                if seen != failed:
                    why = error if isinstance(error, StoreError) else "no process could open it"
                    message = (
                        f"bilat: the store that was there stays until the new one opens: {why}"
                    )
                    print(message, file=sys.stderr, flush=True)
                failed, again = seen, now + RETRYING

    async def _renew(self) -> None:
        """Warm workers of the new store, then let those of the old one go as they end."""
        nursery = Nursery(self.settings, self.loop)
        first = Worker(nursery, self._generation + 1, self.lost)
        self._workers.add(first)
        try:
            await self._make(first)
        except (StoreError, Ended, OSError):
            nursery.close()
            raise
        self._retired = [*(old for old in self._retired if old.alive), self.nursery]
        self.nursery.retire()
        self.nursery = nursery
        self._generation += 1
        self.version = first.version
        old, self._idle = self._idle, []
        for worker in old:
            worker.let_go()
        self._put(first)
        self._fill()


def _shape(job: Job) -> int:
    """What jobs have in common that differ in numbers and texts only."""
    parts = (part for part in job.arguments if isinstance(part, str))
    return hash((job.function, *(_VALUES.sub("", part) for part in parts)))


_VALUES = re.compile(r"\d+|\"[^\"]*\"|'[^']*'")
