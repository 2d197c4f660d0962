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
from bilat.store import is_url

if TYPE_CHECKING:
    import argparse

    from bilat.server.worker import Settings

#: Seconds that a remote endpoint has to show that it is one.
_LOOKING = 10.0


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
    root = urlsplit(base or "").path
    settings = Settings(str(kg.directory), kg.inputs.data, memory=memory, root=root)
    place = options.store or os.environ.get("BILAT_STORE") or ""
    if is_url(place):  # with what may be secret in it, which the graph does not show
        patience = min(options.timeout or timeout, timeout)
        settings = settings._replace(store=place, headers=headers(options), timeout=patience)
        _refuse_unfit(settings)
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


def _refuse_unfit(settings: Settings) -> None:
    """Raise StoreError where no store answers at the address; one that is slow is only told of."""
    from bilat.endpoint import BUSY, Refused, TooLate
    from bilat.remote import RemoteStore

    assert settings.timeout
    remote = RemoteStore(settings.store, settings.headers, min(settings.timeout, _LOOKING))
    try:
        remote.query("ASK { ?s ?p ?o }")
    except (TooLate, Refused) as error:
        if isinstance(error, Refused) and error.status not in BUSY:
            raise
        complain(f"{error}. It is served all the same")
        sys.stderr.flush()


def _base(url: str | None) -> str | None:
    if url is not None and not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+(/[\w./~-]*)?", url):
        raise InputError(f"--base-url {url}: an address such as https://example.org is expected")
    return url and url.rstrip("/")


def _is_loopback(address: str) -> bool:
    return re.match(r"http://(127\.|\[::1\])", address) is not None
