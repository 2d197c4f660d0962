"""What every request passes first: limits, answers given before, and what each answer carries."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from starlette.datastructures import Headers

from bilat.errors import BilatError
from bilat.server.answers import Refusal, fault, refusal_for
from bilat.server.site import Shelf, is_host, problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from bilat.server.site import Site

    Endpoint = Callable[[Request], Awaitable[Response]]
    HeaderLines = list[tuple[bytes, bytes]]
    Key = tuple[str | bytes | tuple[bytes, bytes], ...]

#: Bytes of a request's body, and of its address.
LARGEST_BODY, LONGEST_ADDRESS = 2 << 20, 16 << 10

#: Bytes that are read of a body that is too large, so that its client hears why it is refused.
_MOST_DRAINED = 32 << 20

#: Seconds after which a request is given up whose client has left; until then it may end by itself,
#: because making a worker anew costs more.
GRACE = 0.2

#: Bytes of whole responses that are kept to be given again.
KEPT = 64 << 20

_ALWAYS = [
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        b"base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link, Retry-After"),
]

_PREFLIGHT = [
    (b"access-control-allow-headers", b"Accept, Content-Type, If-None-Match, X-Requested-With"),
    (b"access-control-max-age", b"86400"),
]

#: Headers of a request that may change its answer.
_ASKING = frozenset((b"accept", b"accept-encoding", b"content-type", b"host", b"if-none-match"))

_BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class Given(NamedTuple):
    """A response that can be given again as long as the data are of this version."""

    version: str
    status: int
    #: The headers as they go over the wire.
    lines: bytes
    body: bytes

    @property
    def headers(self) -> HeaderLines:
        """The headers, each by itself."""
        pairs = (line.partition(b": ") for line in self.lines.split(b"\r\n") if line)
        return [(name, value) for name, _, value in pairs]


class Question:
    """A query by GET, which is answered without ASGI: that would be most of what it takes here.

    It is what the endpoint sees of the request, and what the protocol sees of its answering.
    """

    def __init__(self, key: Key, query: bytes, headers: HeaderLines) -> None:
        self.key = key
        self.scope: dict[str, Any] = {
            "method": "GET",
            "path": "/sparql",
            "raw_path": b"/sparql",
            "query_string": query,
            "headers": headers,
        }
        self.headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(headers)
        }
        self.keep_alive, self.disconnected = True, False
        self.response_started = self.response_complete = False  # it is sent in one piece
        self.message_event = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def leave(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give up answering, which nobody waits for."""
        if self.task and not self.task.done():
            loop.call_later(GRACE, self.task.cancel)


class Front:
    """The ASGI application: what is the same for all requests, around the routes.

    ``query`` is the endpoint that answers a query by GET; ``methods`` names those of an address.
    """

    def __init__(
        self, app: ASGIApp, site: Site, query: Endpoint, methods: Callable[[Scope], str]
    ) -> None:
        self._app, self._site, self._query, self._methods = app, site, query, methods
        self._given: Shelf[Key, Given] = Shelf(KEPT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        try:
            _check(scope)
            if scope["method"] == "OPTIONS":
                allowed = self._methods(scope).encode()
                own = [(b"allow", allowed), (b"access-control-allow-methods", allowed)]
                await _say(send, 204, [*own, *_PREFLIGHT, *_ALWAYS])
                return
            body = b"" if scope["method"] in ("GET", "HEAD") else await _body(scope, receive)
        except Refusal as refusal:
            accept = Headers(scope=scope).get("accept", "")
            response = last(refusal, accept)
            await _say(send, refusal.status, response.raw_headers, bytes(response.body))
            return
        query = scope["query_string"]
        address = scope["raw_path"] + b"?" + query if query else scope["raw_path"]
        key = _key(scope["method"], address, body, scope["headers"])
        if given := self._current(key):
            await _say(send, given.status, given.headers, given.body)
        else:
            await self._asked(key, scope, _with(body, receive), send)

    def given(self, address: bytes, headers: HeaderLines) -> Given | Question | None:
        """What a GET of this address got before, where that is still so; else what it asks.

        None where that is no query, or something is wrong with the request.
        """
        key = _key("GET", address, b"", headers)
        if given := self._current(key):
            return given
        path, _, query = address.partition(b"?")
        if path != b"/sparql" or not query.startswith(b"query="):
            return None
        question = Question(key, query, headers)
        try:
            _check(question.scope)
        except Refusal:
            return None
        return question

    async def answer(self, question: Question) -> Given:
        """The response to a query."""
        accept = question.headers.get("accept", "")
        try:
            response = await self._query(cast("Request", question))
        except BilatError as error:
            response = problem(refusal_for(error), accept)
        except Exception:  # which the client must not wait for
            logging.getLogger("uvicorn.error").exception("a query by GET")
            response = problem(fault(), accept)
        headers = _with_always(response.raw_headers)
        version = question.scope.get("bilat.version", "")
        return self._keep(
            question.key, version, response.status_code, headers, bytes(response.body)
        )

    def _current(self, key: Key) -> Given | None:
        given = self._given.get(key)
        return given if given and given.version == self._site.pool.version else None

    def _keep(
        self, key: Key, version: str, status: int, headers: HeaderLines, body: bytes
    ) -> Given:
        """A response as it goes over the wire, kept where it is of a version of the data."""
        lines = b"".join([b"%s: %s\r\n" % header for header in headers]) + b"\r\n"
        given = Given(version, status, lines, body)
        if version:
            self._given.put(key, given, 2000 + len(lines) + len(body) + _size(key))
        return given

    async def _asked(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the routes answer, and keep what they give where it can be given again."""
        # the server itself leaves the body out where the request was HEAD
        is_head = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET", "bilat.head": True} if is_head else scope
        start: Message = {}

        async def finish(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = {**message, "headers": _with_always(message["headers"])}
                await send(start)
                return
            version = inner.get("bilat.version")
            if version and not message.get("more_body"):
                self._keep(key, version, start["status"], start["headers"], message["body"])
            await send(message)

        await _unless_left(receive, self._app(inner, receive, finish))


def _key(method: str, address: bytes, body: bytes, headers: HeaderLines) -> Key:
    """What the same answer is given to."""
    return method, address, body, *(header for header in headers if header[0] in _ASKING)


def _size(key: Key) -> int:
    return sum(sum(map(len, part)) if isinstance(part, tuple) else len(part) for part in key)


async def _unless_left(receive: Receive, answering: Awaitable[None]) -> None:
    """Answer, unless the client leaves."""
    task = asyncio.ensure_future(answering)
    leaving = None
    try:
        done, _ = await asyncio.wait({task}, timeout=GRACE)
        if not done:
            leaving = asyncio.create_task(_left(receive))
            await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if leaving:
            leaving.cancel()
        if not task.cancel():
            await task


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def last(refusal: Refusal, accept: str) -> Response:
    """What is said on a connection that is closed then."""
    response = problem(refusal, accept)
    response.raw_headers += [*_ALWAYS, (b"connection", b"close")]
    return response


def _check(scope: Scope) -> None:
    """Refuse what no route should see."""
    path, query = scope["raw_path"], scope["query_string"]
    if len(path) + len(query) > LONGEST_ADDRESS:
        raise Refusal(414, f"an address may have {LONGEST_ADDRESS:,} bytes; send a form by POST")
    if b"%" in path or b"%" in query:
        for part in (path, query):
            if _BROKEN.search(part):
                raise Refusal(400, "the address has a % that no two hexadecimal digits follow")
        if "\ufffd" in scope["path"] and b"%EF%BF%BD" not in path.upper():
            raise Refusal(400, "the address is not UTF-8 in percent-encoding")
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if not hosts and scope.get("http_version", "1.1") == "1.1":
        raise Refusal(400, "the Host header is missing")
    if len(hosts) > 1 or (hosts and not is_host(hosts[0].decode("latin-1"))):
        raise Refusal(400, "the Host header names no host")


async def _body(scope: Scope, receive: Receive) -> bytes:
    headers = dict(scope["headers"])
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Refusal(415, "a body comes as it is, without Content-Encoding")
    length = int(headers.get(b"content-length", b"0"))
    too_large = Refusal(413, f"a request may have {LARGEST_BODY:,} bytes")
    if length > _MOST_DRAINED or (length > LARGEST_BODY and b"expect" in headers):
        raise too_large
    found, size, more = bytearray(), 0, True
    while more and size <= _MOST_DRAINED:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "the request ended too early")
        part, more = message.get("body", b""), message.get("more_body", False)
        size += len(part)
        if size <= LARGEST_BODY:
            found += part
    if size > LARGEST_BODY:
        raise too_large
    return bytes(found)


def _with_always(own: Iterable[tuple[bytes, bytes]]) -> HeaderLines:
    """The headers that every answer carries besides its own, which go first.

    An answer that has a policy of its own says there who may show it in a frame.
    """
    there = {name.lower() for name, _ in own}
    if b"content-security-policy" in there:
        there.add(b"x-frame-options")
    return [*own, *(header for header in _ALWAYS if header[0] not in there)]


def _with(body: bytes, receive: Receive) -> Receive:
    """What is received where the body is known already."""
    rest = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return rest.pop() if rest else await receive()

    return again


async def _say(send: Send, status: int, headers: HeaderLines, body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
