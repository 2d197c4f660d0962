"""The processes that answer: the parent of them all, and those, each with the graph opened once.

The parent imports what they need and then does nothing but make copies of itself, which takes
milliseconds, and signal them: so whoever kills a process never kills another that got its number.
A small graph it has in memory, which they all share.
All are one process group, which the kernel ends when the server that holds their standard input is
gone, however it went and whatever they are doing.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import json
import os
import pickle
import resource
import select
import signal
import socket
import struct
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from bilat.errors import BilatError, StoreError
from bilat.server.addresses import serve_behind
from bilat.server.answers import Answer, Job, Refusal, refusal_for
from bilat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilat.knowledge_graph import KnowledgeGraph

#: What is said to the parent (what to do, to which process, how much) and by it (what is so).
ORDER = struct.Struct("!ciI")
MAKE, KILL, SLOW_DOWN = b"m", b"k", b"s"
MADE, ENDED = b"M", b"E"

#: Before each message between server and worker: the length of its pickle and of its body. A job
#: and an answer go as plain tuples, of an answer without the body, which stands after the pickle.
FRAME = struct.Struct("!QQ")

# bytes that a worker needs at least, so that too little memory shows before the first job
_ROOM = 16 << 20

# bytes that are read at first, which is all of most jobs; of an answer that goes in one piece
_AT_ONCE, _TOGETHER = 4096, 64 << 10

#: Bytes that the files of a store may have for it to be held in memory, where they take twice that.
IN_MEMORY = 32 << 20

#: Modules of jobs, loaded once for all workers.
JOBS = (
    "bilat.server.sparql",
    "bilat.server.documents",
    "bilat.server.vocabulary",
    "bilat.server.catalogue",
    "bilat.server.questions",
    "bilat.server.reconciliation.service",
)


class Settings(NamedTuple):
    """Which graph a worker opens, and what it may use."""

    store: str
    data: str | None = None
    headers: dict[str, str] | None = None
    timeout: float | None = None
    memory: int = 0
    #: What the paths of the server stand behind.
    root: str = ""
    #: A function (``module:name``) that is called with the graph before the first job.
    prepare: str = ""
    #: Bytes up to which the graph is held in memory.
    in_memory: int = IN_MEMORY


def main() -> None:
    """Be the parent: take orders on the socket of the number given until the server is gone."""
    from bilat.server import rendering

    control = socket.socket(fileno=int(sys.argv[1]))
    settings = Settings(**json.loads(sys.stdin.buffer.readline()))
    for name in (*JOBS, "bilat.knowledge_graph", "bilat.lookup", "bilat.questions"):
        import_module(name)
    serve_behind(settings.root)
    rendering.load()  # which takes that up
    graph = held_in_memory(settings)
    gc.collect()
    gc.freeze()  # so that the pages of what is there now stay shared
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    select.select([control.fileno()], [], [])  # until the server has written all to the input
    end_with_the_server()
    with suppress(ConnectionError):  # the server is gone
        _take_orders(control, wake, settings, graph)


def _take_orders(
    control: socket.socket, wake: int, settings: Settings, graph: Opened | None
) -> None:
    children: set[int] = set()
    while True:
        ready = select.select([control.fileno(), wake], [], [])[0]
        if wake in ready:
            os.read(wake, 4096)
            _report_the_dead(control, children)
        if control.fileno() in ready:
            _obey(control, settings, graph, children)


def end_with_the_server() -> None:
    """Have the kernel end this group of processes when nobody holds its standard input."""
    if sys.platform == "linux":  # elsewhere idle ones end as their sockets close
        fcntl.fcntl(0, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)


def _report_the_dead(control: socket.socket, children: set[int]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        children.discard(pid)
        control.sendall(ORDER.pack(ENDED, pid, status))


def _obey(
    control: socket.socket, settings: Settings, graph: Opened | None, children: set[int]
) -> None:
    message, descriptors, _, _ = socket.recv_fds(control, ORDER.size, 1)
    if len(message) < ORDER.size:
        os._exit(0)
    order, pid, amount = ORDER.unpack(message)
    if order == MAKE:
        child = os.fork()
        if child == 0:
            control.close()
            try:
                with suppress(ConnectionError):
                    _work(socket.socket(fileno=descriptors[0]), settings, graph)
            except Exception:  # a fault of ours: the server is told by how this ends
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        os.close(descriptors[0])
        children.add(child)
        control.sendall(ORDER.pack(MADE, child, 0))
    elif pid in children:  # else it has ended, and its number may be another's
        if order == KILL:
            os.kill(pid, signal.SIGKILL)
        else:
            least = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, pid, min(19, least + amount))


def _work(server: socket.socket, settings: Settings, graph: Opened | None) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if settings.memory:
        resource.setrlimit(resource.RLIMIT_DATA, (settings.memory, settings.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        kg, version = graph or opened(settings)
        bytearray(_ROOM)
        if settings.prepare:
            _function(settings.prepare)(kg)
    except MemoryError:
        return
    except BilatError as error:
        _send(server, str(error))
        return
    _send(server, (version,))
    while (job := _next_job(server)) is not None:
        result = done(kg, job)
        if isinstance(result, Answer):
            _send(server, result[1:], result.body)
        else:
            _send(server, result)


class Opened(NamedTuple):
    """A graph, and the version of its data, which is empty where nobody can tell."""

    kg: KnowledgeGraph
    version: str


def opened(settings: Settings) -> Opened:
    """The graph that is served."""
    from bilat.knowledge_graph import open

    kg = open(
        settings.store, data=settings.data, headers=settings.headers, timeout=settings.timeout
    )
    return Opened(kg, version_of(kg, settings.root))


def held_in_memory(settings: Settings) -> Opened | None:
    """The graph, in memory; None where it is too large for that, or cannot be opened."""
    from bilat.store import EmbeddedStore, is_url

    if is_url(settings.store):
        return None
    with suppress(BilatError, OSError):  # which each worker will find and tell
        folders = os.walk(settings.store)
        files = (os.path.join(folder, name) for folder, _, names in folders for name in names)
        if sum(map(os.path.getsize, files)) <= settings.in_memory:
            kg, version = opened(settings)
            if isinstance(kg.store, EmbeddedStore):
                kg.store = kg.store.in_memory()
                return Opened(kg, version)
    return None


def version_of(kg: KnowledgeGraph, root: str = "") -> str:
    """What changes with the data, the program and what paths stand behind.

    It is empty for a store behind an address.
    """
    from bilat.store import EmbeddedStore

    if not isinstance(kg.store, EmbeddedStore):
        return ""
    about = kg.manifest()
    if about:
        what = [about["store"], about["sha256"]]
    else:
        what = [
            f"{e.name}:{e.stat().st_size}:{e.stat().st_mtime_ns}" for e in os.scandir(kg.directory)
        ]
    return hashlib.sha256("\n".join([__version__, root, *sorted(what)]).encode()).hexdigest()[:12]


def done(kg: KnowledgeGraph, job: Job) -> Answer | Refusal:
    """What comes of a job."""
    try:
        answer: Answer = _function(job.function)(kg, *job.arguments)
    except StoreError as error:
        print(f"bilat: {error}", file=sys.stderr, flush=True)
        return refusal_for(error)
    except BilatError as error:
        return refusal_for(error)
    except (MemoryError, RecursionError):
        return too_much()
    return answer


def _function(name: str) -> Callable[..., Any]:
    module, _, name = name.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


def too_much() -> Refusal:
    """What is said where an answer needs more memory than there may be."""
    return Refusal(422, "the answer needs more memory than one may have here; ask for less")


def _next_job(server: socket.socket) -> Job | None:
    received = bytearray(server.recv(_AT_ONCE))
    while len(received) < FRAME.size or len(received) < FRAME.size + FRAME.unpack_from(received)[0]:
        more = server.recv(1 << 20)
        if not more:
            return None
        received += more
    return Job(*pickle.loads(memoryview(received)[FRAME.size :]))


def _send(server: socket.socket, what: object, body: bytes = b"") -> None:
    pickled = pickle.dumps(what)
    head = FRAME.pack(len(pickled), len(body)) + pickled
    if len(body) <= _TOGETHER:
        server.sendall(head + body)
    else:
        server.sendall(head)
        server.sendall(body)


if __name__ == "__main__":
    main()
