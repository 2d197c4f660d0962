"""Listening: the server's process, and what it bears of clients that are slow, many or broken."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import resource
import signal
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from bilat.errors import InputError
from bilat.server.addresses import serve_behind
from bilat.server.answers import Refusal, busy
from bilat.server.front import Given, Question, last
from bilat.server.site import Site
from bilat.server.workers import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bilat.server.front import Front
    from bilat.server.worker import Settings
    from bilat.server.workers import Limits

#: Seconds for a whole request to come in, for a client to take some of an answer, and between two
#: requests of one connection.
RECEIVING, TAKING, IDLE = 20.0, 20.0, 10

#: Bytes that the head of a request may have.
LARGEST_HEAD = 64 << 10

#: Connections at a time, and bytes of answers that wait for their clients.
MOST_CONNECTIONS, MOST_UNSENT = 512, 512 << 20

#: Files that may be open: each connection may have one sent, and each worker has some.
OPEN_FILES = 4 * MOST_CONNECTIONS

#: When objects in circles are looked for: seldom, as each look at all the answers that are kept
#: takes tens of milliseconds, and answering makes next to no circles.
COLLECTED = 50_000, 20, 1000

#: States of TCP in which the other side has closed the connection: CLOSE and CLOSE_WAIT.
_CLOSED = (7, 8)


class Connection(HttpToolsProtocol):
    """A connection whose client has to send and take within a time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there."""
        super().connection_made(transport)
        self._since: float | None = self.loop.time()  # of the request that is coming in
        self._head = 0  # bytes of its head so far; -1 when it is whole
        self._rest = 0  # bytes after that which are no body: what chunks and trailers say
        self._unsent, self._unsent_since = 0, 0.0
        self._front: Front = self.config.app  # type: ignore[assignment]
        self._given: Given | Question | None = None  # to the request that is coming in
        self._answered = 0.0
        self._unanswered: list[Any] = []  # requests, of which several may be sent at once
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(busy("there are too many connections"))

    def data_received(self, data: bytes) -> None:
        """Some of a request."""
        if self._since is None and (self.cycle is None or self.cycle.response_complete):
            self._since = self.loop.time()
        if self._head >= 0:
            self._head += len(data)
        else:
            self._rest += len(data)
        super().data_received(data)
        self._rest = max(self._rest, 0)
        if max(self._head, self._rest) > LARGEST_HEAD:
            self._refuse(Refusal(431, f"the head of a request may have {LARGEST_HEAD:,} bytes"))

    def on_message_begin(self) -> None:
        """A request begins."""
        self._head = max(self._head, 0)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head of a request is whole."""
        self._head = -1
        idle = self.cycle is None or self.cycle.response_complete
        if idle and not self.pipeline and self.parser.get_method() == b"GET":
            self._given = self._front.given(self.url, self.headers)
        if isinstance(self._given, Given):
            return
        self._answered = 0.0  # what is answered otherwise has a timer of its own
        if self._given is None:
            super().on_headers_complete()
        else:
            self._given.keep_alive = self._is_kept()
            self.cycle = self._given  # type: ignore[assignment]
        waiting = [cycle for cycle in self._unanswered if not cycle.response_complete]
        self._unanswered = [*waiting, self.cycle]

    def on_body(self, body: bytes) -> None:
        """Some of what follows the head."""
        self._rest -= 8 * len(body)  # a chunk of one byte has five more around it
        if self._given is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is whole."""
        self._since, self._head, self._rest = None, 0, 0
        given, self._given = self._given, None
        if given is None:
            super().on_message_complete()
        elif isinstance(given, Given):
            self._give(given, lasts=self._is_kept())
        else:
            given.task = self.loop.create_task(self._answer(given))
            self.tasks.add(given.task)
            given.task.add_done_callback(self.tasks.discard)

    def _is_kept(self) -> bool:
        """Whether the request that is coming in may be followed by others."""
        return self.parser.should_keep_alive() and self.parser.get_http_version() != "1.0"

    async def _answer(self, question: Question) -> None:
        given = await self._front.answer(question)
        question.response_complete = True
        if not question.disconnected:
            self._give(given, lasts=question.keep_alive)
            if self.pipeline:
                self.on_response_complete()

    def _give(self, given: Given, *, lasts: bool) -> None:
        dated = [b"%s: %s\r\n" % header for header in self.server_state.default_headers]
        close = b"" if lasts else b"connection: close\r\n"
        status = STATUS_LINE[given.status]
        self.transport.writelines([status, *dated, close, given.lines, given.body])
        self._answered = self.loop.time()
        if not lasts:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """What came is no request."""
        self._refuse(Refusal(400, "what was sent is no request of HTTP/1.1"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is not there any more."""
        self._leave()
        super().connection_lost(exc)

    def _leave(self) -> None:
        """End what is being answered on a connection that is closed."""
        for cycle in self._unanswered:
            cycle.disconnected = True
            cycle.message_event.set()
            if isinstance(cycle, Question):
                cycle.leave(self.loop)
        self._unanswered = []

    def look(self, now: float) -> None:
        """Drop the client where it is too slow."""
        if self._since is not None and now - self._since > RECEIVING:
            self._refuse(Refusal(408, f"a request has to come in within {RECEIVING:g} seconds"))
        idle = self._since is None and (self.cycle is None or self.cycle.response_complete)
        if idle and self._answered and now - self._answered > IDLE:
            self.transport.close()
        unsent = self.transport.get_write_buffer_size()
        if unsent != self._unsent:
            self._unsent, self._unsent_since = unsent, now
        elif unsent and now - self._unsent_since > TAKING:
            self.transport.abort()
        if self.flow.read_paused and self._has_left():
            self.transport.abort()

    def _has_left(self) -> bool:
        """Whether the client closed the connection while nothing is read of it."""
        connection = self.transport.get_extra_info("socket")
        if connection is None or not hasattr(socket, "TCP_INFO"):
            return False
        return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] in _CLOSED

    def _refuse(self, refusal: Refusal) -> None:
        """Say why, unless an answer is on its way, and close the connection."""
        if self.transport.is_closing():
            return
        open_ones = (cycle for cycle in self._unanswered if not cycle.response_complete)
        if not any(cycle.response_started for cycle in open_ones):
            response = last(refusal, "")
            headers = [*self.server_state.default_headers, *response.raw_headers]
            lines = [b"%s: %s\r\n" % header for header in headers]
            status = STATUS_LINE[refusal.status]
            self.transport.writelines([status, *lines, b"\r\n", bytes(response.body)])
        self.transport.close()
        self._leave()


class Server(uvicorn.Server):
    """Tells when it listens, looks after its clients, and ends at once when it is told to."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None], pool: Pool) -> None:
        super().__init__(config)
        self._listening, self._pool = listening, pool
        self.ended_by: int | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self._listening()

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second; true ends the server."""
        if counter % 10 == 0:
            now = asyncio.get_running_loop().time()
            for connection in self._connections():
                connection.look(now)
        _bound_what_waits(self._connections())
        return await super().on_tick(counter)

    def _connections(self) -> list[Connection]:
        return [c for c in self.server_state.connections if isinstance(c, Connection)]

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Have the signals that end a program end the server."""
        loop = asyncio.get_running_loop()

        def end(number: int) -> None:
            self.ended_by, self.should_exit = number, True
            self._pool.close()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, end, number)
        yield


def _bound_what_waits(connections: list[Connection]) -> None:
    """Drop those that have most to take where all together have too much."""
    waiting = {c: c.transport.get_write_buffer_size() for c in connections}
    total = sum(waiting.values())
    for connection in sorted(waiting, key=waiting.__getitem__, reverse=True):
        if total <= MOST_UNSENT:
            break
        total -= waiting[connection]
        connection.transport.abort()


def bound(host: str, port: int) -> socket.socket:
    """A socket at that address; raises InputError where it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        found = socket.socket(family, kind, protocol)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
    except socket.gaierror as error:
        raise InputError(f"--host {host}: no such address ({error.strerror})") from None
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise InputError(f"--host {host}: this machine does not have the address") from None
        hint = "; name another with --port, or 0 for any that is free" if port else ""
        raise InputError(f"{host} port {port}: {error.strerror}{hint}") from None
    return found


def address_of(listening: socket.socket) -> str:
    """The address under which the socket is asked."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    listening: socket.socket,
    settings: Settings,
    limits: Limits,
    *,
    base: str | None,
    most: int,
    started: Callable[[], None],
) -> int:
    """Serve until a signal ends it; gives the signal's number. Raises StoreError."""

    async def run() -> int:
        pool = Pool(settings, limits)
        site = Site(pool, address_of(listening), base, most)
        try:
            from bilat.server.app import create_app  # while the first process is being made

            app = create_app(site)
            await pool.start()
            server = Server(_config(app), started, pool)
            await server.serve([listening])
            return server.ended_by or 0
        finally:
            site.close()
            pool.close()

    _allow_files()
    serve_behind(settings.root)
    gc.freeze()
    gc.set_threshold(*COLLECTED)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # not what clients do wrong
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        with suppress(asyncio.CancelledError):
            return runner.run(run())
        return signal.SIGINT


def _allow_files() -> None:
    """Have as many connections and files at a time as there may be."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    if now != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(now, wanted), most))


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Connection,
        interface="asgi3",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=1,
    )
