"""What the routes of all parts share: addresses, answers kept, and what is said where none is."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import re
from collections import OrderedDict
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from starlette.responses import Response

from bilat.errors import StoreError
from bilat.results import printable
from bilat.server import machine
from bilat.server.answers import Answer, Job, Refusal, busy
from bilat.server.dumps import Dumps
from bilat.server.negotiation import HTML, Format, best
from bilat.server.rendering import filled
from bilat.server.workers import Pool

if TYPE_CHECKING:
    from starlette.requests import Request

#: How many processes there are that have prepared something.
PREPARED = 2

#: Seconds that a request waits until something is prepared, and after which that is given up.
PATIENCE, PREPARING = 10.0, 900.0

#: Bytes of answers that are kept.
KEPT = 64 << 20

#: Answers shorter than this are sent as they are; longer than the second compressed in a thread.
_SMALL, _LARGE = 1000, 100_000

#: Characters that are said at most where there is no answer.
_LONGEST = 1000

#: How long it is remembered that there was no time for an answer.
_SLOW_REMEMBERED = 60.0

# nothing is older than it seems: who keeps an answer asks whether it is still so
_CACHING = {"Cache-Control": "public, no-cache"}

# for caches on the way: an answer for one client may be in a form that another cannot read
_VARIES = {"Vary": "Accept, Accept-Encoding"}

Key = TypeVar("Key")
Value = TypeVar("Value")

_PROBLEM = Format("json", ("application/problem+json", "application/json"))


class Kept(NamedTuple):
    """An answer as it is kept: with its validator, and compressed where that is of use."""

    answer: Answer
    version: str
    etag: str
    zipped: bytes | None = None

    def size(self) -> int:
        """About how many bytes keeping it takes."""
        return 500 + len(self.answer.body) + len(self.zipped or b"")


class Site:
    """A graph that is served."""

    def __init__(
        self, pool: Pool, address: str, base: str | None = None, most: int = 100_000
    ) -> None:
        self.pool = pool
        #: How many rows or triples an answer to a query may have.
        self.most = most
        #: Where the server is for who runs it, without a slash at the end.
        self.address = (base or address).rstrip("/")
        self._fixed = base is not None
        self._kept: Shelf[tuple[str, str], Kept | Refusal] = Shelf(KEPT)
        #: What each job that is being done will give to others who ask the same; None where who
        #: asked first has left.
        self._running: dict[str, asyncio.Future[Kept | Refusal | None]] = {}
        self._too_slow: dict[tuple[str, str], tuple[float, Refusal]] = {}
        self._prepared: dict[str, asyncio.Task[Pool]] = {}
        self.dumps = Dumps(self)

    def base(self, request: Request) -> str:
        """What absolute addresses begin with: the base that was given, or where the client is."""
        host = request.headers.get("host", "")
        if self._fixed or not is_host(host):
            return self.address
        return f"{request.url.scheme}://{host}"

    def prepare(self, function: str) -> asyncio.Task[Pool]:
        """A few processes of their own that have called the function with the graph.

        They are made when they are asked for first, and keep what they have prepared.
        """
        task = self._prepared.get(function)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._prepared[function] = asyncio.create_task(self._prepare(function))
        return task

    async def _prepare(self, function: str) -> Pool:
        limits = self.pool.limits._replace(
            workers=PREPARED, slow=PREPARED, lasting=True, opening=PREPARING
        )
        settings, memory = self.pool.settings, machine.FOR_WHOLES * self.pool.settings.memory
        pool = Pool(settings._replace(prepare=function, memory=memory), limits)
        try:
            await pool.start()
        except StoreError:
            pool.close()
            raise busy("what this needs could not be prepared") from None
        except asyncio.CancelledError:
            pool.close()
            raise
        return pool

    async def when_prepared(self, function: str) -> Pool:
        """Those processes, once they are there; raises Refusal (503) where that takes long."""
        task = self.prepare(function)
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        if not done:
            raise busy("what this needs is being prepared", 10)
        return task.result()

    def close(self) -> None:
        """End all processes but those of the pool that was given, and remove all files."""
        self.dumps.close()
        for task in self._prepared.values():
            if task.done() and not task.cancelled() and not task.exception():
                task.result().close()
            task.cancel()

    async def answer(self, request: Request, job: Job) -> Response:
        """The response to a request: what the job gives; raises Refusal where it gives nothing.

        When this is cancelled, so is the job.
        """
        key = hashlib.blake2b(repr(job).encode("utf-8", "replace"), digest_size=16).hexdigest()
        kept = self._kept.get((self.pool.version, key))
        if isinstance(kept, Refusal):
            raise kept.again()
        etag = _etag(self.pool.version, key)
        again = kept is not None
        wanted = request.headers.get("if-none-match", "")
        # a validator of ours was only ever given with an answer; "*" could be anybody's
        if kept is None and not (etag and wanted != "*" and _names(wanted, etag)):
            kept = await self._once(job, key)
        if kept is None or (kept.etag and _names(wanted, kept.etag)):
            request.scope["bilat.version"] = kept.version if kept else self.pool.version
            headers = {"ETag": kept.etag if kept else etag, **_CACHING, **_VARIES}
            return Response(b"", 304, headers)
        may_zip = takes_gzip(request.headers.get("accept-encoding", "")[:200])
        if may_zip:
            kept = await self._zipped(kept, key)
        response = _response(kept, may_zip)
        if again and kept.etag and kept.answer.status == 200:
            # the front keeps the whole response; most of what is asked once is not asked again
            request.scope["bilat.version"] = kept.version
        return response

    async def _once(self, job: Job, key: str) -> Kept:
        """What the job gives to all who ask the same now; raises Refusal."""
        found: Kept | Refusal | None = None
        while found is None and key in self._running:
            found = await asyncio.shield(self._running[key])
        if isinstance(found, Kept) and not found.answer.lasting:  # such as the present time
            return await self._made(job, key)
        if found is None:
            told = self._running[key] = asyncio.get_running_loop().create_future()
            try:
                found = await self._made(job, key)
            except Refusal as refusal:
                found = refusal.again()
            finally:
                del self._running[key]
                told.set_result(found)
        if isinstance(found, Refusal):
            raise found.again()
        return found

    async def _made(self, job: Job, key: str) -> Kept:
        now = asyncio.get_running_loop().time()
        slow = self._too_slow.get((self.pool.version, key))
        if slow and now - slow[0] < _SLOW_REMEMBERED:
            raise slow[1].again()
        pool, before = self.pool, self.pool.version
        try:
            if job.prepared:
                # when the client leaves this goes on: ending it would cost what was prepared
                pool = await self.when_prepared(job.prepared)
                before = pool.version
                answer, version = await asyncio.shield(pool.run(job))
            else:
                answer, version = await pool.run(job)
        except Refusal as refusal:
            if before and before == pool.version == self.pool.version:
                self._remember(refusal.again(), (before, key))
            raise
        kept = Kept(answer, version, _etag(version, key) if answer.lasting else "")
        if kept.etag:
            self._kept.put((version, key), kept, kept.size())
        return kept

    def _remember(self, refusal: Refusal, key: tuple[str, str]) -> None:
        if 400 <= refusal.status < 500:
            self._kept.put(key, refusal, 1000 + len(refusal.reason))
        elif refusal.status == 504:
            if len(self._too_slow) > 1000:
                self._too_slow.clear()
            self._too_slow[key] = asyncio.get_running_loop().time(), refusal

    async def _zipped(self, kept: Kept, key: str) -> Kept:
        """The answer with its compressed form, which is made when somebody first takes it."""
        body = kept.answer.body
        if kept.zipped is not None or len(body) <= _SMALL:
            return kept
        if len(body) > _LARGE:
            zipped = await asyncio.to_thread(gzip.compress, body, 5, mtime=0)
        else:
            zipped = gzip.compress(body, 5, mtime=0)
        kept = kept._replace(zipped=zipped)
        if kept.etag:
            self._kept.put((kept.version, key), kept, kept.size())
        return kept


class Shelf(Generic[Key, Value]):
    """Values of up to so many bytes in all; those not asked for the longest go first."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """The value, if it is there."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: Key, value: Value, size: int) -> None:
        """Keep a value of so many bytes, unless it would take a quarter of the place."""
        if key in self._values:
            self._size -= self._values.pop(key)[1]
        if size > self._most // 4:
            return
        self._values[key] = value, size
        self._size += size
        while self._size > self._most:
            self._size -= self._values.popitem(last=False)[1][1]


def _etag(version: str, key: str) -> str:
    return f'"{version}-{key}"' if version else ""


def _names(header: str, etag: str) -> bool:
    """Whether ``If-None-Match`` has the validator, in which the encoding is left out."""
    if not header:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or etag in tags or f'{etag[:-1]}-gzip"' in tags


def _response(kept: Kept, may_zip: bool) -> Response:
    answer, zipped = kept.answer, kept.zipped
    text = answer.media_type.startswith("text/")
    media_type = f"{answer.media_type}; charset=utf-8" if text else answer.media_type
    headers = {"Content-Type": media_type, **dict(answer.headers), **_VARIES}
    if answer.lasting:
        headers |= _CACHING
    else:
        headers["Cache-Control"] = "no-store"
    if kept.etag:
        headers["ETag"] = kept.etag
    if may_zip and zipped and len(zipped) < len(answer.body):
        headers["Content-Encoding"] = "gzip"
        if kept.etag:
            headers["ETag"] = f'{kept.etag[:-1]}-gzip"'
        return Response(zipped, answer.status, headers)
    return Response(answer.body, answer.status, headers)


def problem(refusal: Refusal, accept: str) -> Response:
    """What is sent instead of an answer: a page to who prefers one, else RFC 9457's JSON."""
    title = HTTPStatus(refusal.status).phrase
    headers = {**dict(refusal.headers), "Cache-Control": "no-store", "Vary": "Accept"}
    detail = refusal.reason
    if len(detail) > _LONGEST:  # where what was asked for is named in it
        detail = f"{detail[:_LONGEST]}…"
    if best(accept, (_PROBLEM, HTML)) is HTML:
        reason = printable(detail)
        values = {"status": refusal.status, "title": title, "reason": reason}
        headers["Content-Type"] = "text/html; charset=utf-8"
        return Response(filled("problem.html", values), refusal.status, headers)
    what = {"type": "about:blank", "title": title, "status": refusal.status}
    body = json.dumps({**what, "detail": detail}, ensure_ascii=False)
    headers["Content-Type"] = _PROBLEM.media_type
    # what stands alone of a broken pair of characters cannot be sent
    return Response(body.encode("utf-8", "backslashreplace"), refusal.status, headers)


@lru_cache(maxsize=1024)
def takes_gzip(accept: str) -> bool:
    """Whether an ``Accept-Encoding`` header admits gzip."""
    for part in accept.lower().split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip() in ("gzip", "*"):
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return False


def is_host(text: str) -> bool:
    """Whether a ``Host`` header is a name or address, with a port or without."""
    return len(text) <= 260 and _is_host(text)


@lru_cache(maxsize=1024)
def _is_host(text: str) -> bool:
    host = r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?"
    return re.fullmatch(host, text) is not None
