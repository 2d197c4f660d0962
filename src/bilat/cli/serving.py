"""The command that serves the graph over HTTP."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bilat.cli.terminal import INTERRUPTED, complain, headers, open_graph
from bilat.errors import InputError

if TYPE_CHECKING:
    import argparse


def serve(options: argparse.Namespace) -> int:
    """Serve the graph until Ctrl-C or a signal ends it."""
    try:
        from bilat.server import listening, machine
        from bilat.server.site import PREPARED
        from bilat.server.worker import Settings
        from bilat.server.workers import Limits
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("bilat"):
            raise
        raise InputError(
            f"`bilat serve` needs {error.name}, which is not installed: pip install 'bilat[server]'"
        ) from None
    base = _base(options.base_url)
    timeout = options.query_timeout
    cores = os.cpu_count() or 2
    workers = options.workers or 4 * cores + 4
    if options.memory is None:
        memory = machine.share(workers, PREPARED + 1, machine.memory())
    else:
        memory = options.memory << 20
    kg = open_graph(options)  # builds it where that is needed, and says what is wrong with it
    remote = {"headers": headers(options), "timeout": min(options.timeout or timeout, timeout)}
    settings = Settings(
        str(kg.directory),
        kg.inputs.data,
        memory=memory,
        root=urlsplit(base or "").path,
        **(remote if re.match("(?i)https?:", str(kg.directory)) else {}),
    )
    del kg
    socket = listening.bound(options.host, options.port)
    address = listening.address_of(socket)
    if not _is_loopback(address):
        complain(
            f"{options.host}: everyone who reaches this machine can ask; there is no encryption "
            "and no password, so put a web server in front of it that has what you need"
        )
        sys.stderr.flush()

    def started() -> None:
        known_as = f" as {base}/" if base else ""
        sys.stdout.write(f"{address}/ is served{known_as}; Ctrl-C ends it\n")
        sys.stdout.flush()

    limits = Limits(workers, max(workers // 3, 1), timeout=timeout)
    ended = listening.serve(
        socket, settings, limits, base=base, most=options.max_rows, started=started
    )
    return INTERRUPTED if ended == signal.SIGINT else 0


def _base(url: str | None) -> str | None:
    if url is not None and not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+(/[\w./~-]*)?", url):
        raise InputError(f"--base-url {url}: an address such as https://example.org is expected")
    return url and url.rstrip("/")


def _is_loopback(address: str) -> bool:
    return re.match(r"http://(127\.|\[::1\])", address) is not None
