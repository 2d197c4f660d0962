"""HTTP to a SPARQL server: who asks, how long to wait, what to try again, and what went wrong."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from time import monotonic, sleep
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

import urllib3
from urllib3 import exceptions as http

from bilat.errors import InputError, StoreError
from bilat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from urllib3.response import BaseHTTPResponse

#: Seconds that a question may take.
TIMEOUT = 60.0

#: Headers that belong to the request, not to who asks.
_OWN = {
    "accept", "accept-encoding", "connection", "content-length", "content-type", "host",
    "transfer-encoding",
}  # fmt: skip

#: Seconds before the second attempt, the third and the fourth.
_PAUSES = (0.25, 0.5, 1.0)

#: "Try again" in HTTP: too many requests, and a gateway or server that is not up to it just now.
BUSY = (429, 502, 503, 504)

_CONNECT = 10.0

_NETRC_LINE = "write `machine HOST login NAME password WORD` into ~/.netrc"


class Refused(StoreError):
    """A server's answer that is no success; ``status`` is its HTTP status, ``reason`` its words."""

    def __init__(self, message: str, status: int, reason: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(message)


class TooLate(StoreError):
    """A server that did not answer in time."""

    def __init__(self, place: str, timeout: float | None = None) -> None:
        within = f"within {timeout:g} s" if timeout else "in time"
        super().__init__(f"{place}: did not answer {within}; --timeout SECONDS waits longer")


class Endpoint:
    """A server that is asked over HTTP, with what it wants to know of who asks.

    ``headers`` go with every request; without an ``Authorization`` among them, ``~/.netrc`` is
    looked into. ``timeout`` is in seconds: of an answer as a whole, of an upload for each pause.
    Certificates are checked against those that the system trusts, redirects are not followed.
    """

    def __init__(
        self, url: str, headers: Mapping[str, str] | None = None, timeout: float = TIMEOUT
    ) -> None:
        self.url = checked_url(url)
        if not timeout > 0:
            raise InputError(f"{timeout:g} s is no time-out; give a number of seconds above 0")
        self.timeout = timeout
        self._headers = _checked_headers(headers or {})
        self._pool = urllib3.PoolManager(
            retries=False, headers={"User-Agent": f"bilat/{__version__}"}, maxsize=1
        )

    def send(
        self,
        method: str,
        url: str,
        body: bytes | IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to a request that does no harm when it is sent twice.

        Raises Refused for any status but those of success, StoreError where there is no answer.
        """
        asked = {**(headers or {}), **self._headers, **self._login(urlsplit(url))}
        deadline = monotonic() + self.timeout
        for pause in (*_PAUSES, None):
            try:
                answer = self._attempt(method, url, body, asked, deadline)
                failure: StoreError | None = answer.failure(authenticated=_knows_who(asked))
                if failure is None:
                    return answer
                pause = answer.pause(pause)
            except http.HTTPError as error:
                failure = _explained(url, error, self.timeout)
                pause = pause if _passes(error) else None
            if pause is None or monotonic() + pause > deadline:
                raise failure
            sleep(pause)
        raise AssertionError("the last attempt has no pause after it")

    def _attempt(
        self,
        method: str,
        url: str,
        body: bytes | IO[bytes] | None,
        headers: Mapping[str, str],
        deadline: float,
    ) -> Answer:
        left = max(deadline - monotonic(), 0.001)
        wait = min(left, _CONNECT)
        if body is not None and not isinstance(body, bytes):
            body.seek(0)
            wait = left  # which is also the time that each piece has to be taken
        response = self._pool.request(
            method,
            url,
            body=body,
            headers={**self._pool.headers, **headers},
            timeout=urllib3.Timeout(connect=wait, read=left),
            redirect=False,
            preload_content=False,
        )
        return Answer(url, response, deadline)

    def _login(self, url: SplitResult) -> dict[str, str]:
        if _knows_who(self._headers):
            return {}
        from netrc import NetrcParseError, netrc

        try:
            found = netrc().authenticators(url.hostname or "")
        except FileNotFoundError:
            return {}
        except (NetrcParseError, OSError, UnicodeError) as error:
            line = getattr(error, "lineno", None)  # and none of its words, which may be secret
            raise StoreError(
                f"~/.netrc: cannot be used{f', because of line {line}' if line else ''}; mend it "
                "(`chmod 600 ~/.netrc` where others may read it), or say who asks with --header"
            ) from None
        if found is None:
            return {}
        word = b64encode(f"{found[0]}:{found[2]}".encode()).decode()  # RFC 7617
        return {"Authorization": f"Basic {word}"}


class Answer:
    """What a server says to a request; its body is read as it comes. Close it, or use ``with``."""

    def __init__(self, url: str, response: BaseHTTPResponse, deadline: float) -> None:
        self.url, self.status = shown(url), response.status
        self._response = response
        self.body = io.BufferedReader(_Body(self.url, response, deadline), 1 << 16)

    def __enter__(self) -> Answer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Have done with it; a connection of which all was read serves again."""
        if not self._response.closed:
            self._response.close()
        self._response.release_conn()

    def header(self, name: str) -> str:
        """The value of a header, or ``""``."""
        return str(self._response.headers.get(name, ""))

    @property
    def media_type(self) -> str:
        """The type of the body, in lower case, without parameters."""
        return _plain(self.header("Content-Type").partition(";")[0].lower())

    def is_page(self) -> bool:
        """Whether the body is a web page, which no answer to a query is."""
        return self.media_type in ("text/html", "application/xhtml+xml")

    def pause(self, planned: float | None) -> float | None:
        """Seconds until another attempt may succeed; ``None`` for never."""
        if planned is None or self.status not in BUSY:
            return None
        asked = self.header("Retry-After")
        return max(planned, float(asked)) if asked.isdecimal() else planned

    def failure(self, *, authenticated: bool) -> Refused | None:
        """The error that the status stands for; the body is read for it then."""
        if 200 <= self.status < 300 and self.status != 206:
            return None
        reason = self._reason()
        said = f": {reason}" if reason else ""
        message = f"{self.url}: {self._meaning(authenticated)} (HTTP status {self.status}{said})"
        self.close()
        return Refused(message, self.status, reason)

    def _meaning(self, authenticated: bool) -> str:
        if 300 <= self.status < 400:
            to = self.header("Location")
            return f"sends one elsewhere; give that address, if you trust it: {_plain(shown(to))}"
        if self.status in (401, 403, 407):
            return (
                "does not take who asks, or does not allow this; look at --header and ~/.netrc"
                if authenticated
                else "wants to know who asks: give --header 'Authorization: Bearer TOKEN', or "
                f"{_NETRC_LINE}"
            )
        if self.status in BUSY:
            return "is busy or too slow; try again later, with a longer --timeout, or ask for less"
        meanings = {
            206: "gives a part of the answer only: its own limits are too low for this query",
            400: "does not understand the request",
            404: "has nothing at this address; look it up in the server's manual",
            405: "does not take this kind of request at this address",
            413: "does not take requests of this size",
            415: "does not take this kind of content",
        }
        return meanings.get(self.status, "failed")

    def _reason(self) -> str:
        """The first line of the body that says anything."""
        if self.is_page():
            return ""
        try:
            text = self.body.read(4096).decode("utf-8", "replace")
        except StoreError:
            return ""
        return next((said for line in text.splitlines() if (said := _plain(line))), "")


class _Body(io.RawIOBase):
    """The bytes of an answer; what comes late, or not to its end, is an error."""

    def __init__(self, url: str, response: BaseHTTPResponse, deadline: float) -> None:
        self._url, self._response, self._deadline = url, response, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TooLate(self._url)
        if sock := getattr(self._response.connection, "sock", None):
            sock.settimeout(left)
        try:
            data = self._response.read1(len(buffer), decode_content=True)
        except http.ReadTimeoutError:
            raise TooLate(self._url) from None
        except http.HTTPError as error:
            raise StoreError(f"{self._url}: the answer broke off ({_reason_of(error)})") from None
        buffer[: len(data)] = data
        return len(data)


def shown(url: str) -> str:
    """The address without what may be secret in it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def checked_url(url: str) -> str:
    """The address; raises InputError for one that is none, or that names who asks."""
    example = "expected one such as https://example.org/sparql"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InputError(f"this address cannot be used ({error}); {example}") from None
    if parts.username is not None or parts.password is not None:
        raise InputError(
            f"{shown(url)}: an address is no place for a name and password, which others see in "
            f"the list of processes; {_NETRC_LINE}"
        )
    wrong = re.search(r"[\x00-\x20\x7f]", url) or parts.fragment or port == 0
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or wrong:
        raise InputError(f"{shown(url)!a}: no address of a server; {example}")
    return url


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
            raise InputError(f"{name!r} is no name of an HTTP header, such as Authorization")
        if name.lower() in _OWN:
            raise InputError(f"the header {name} is set by bilat itself; leave it out")
        if not re.fullmatch(r"[\x20-\x7e\xa0-\xff\t]*", value):
            raise InputError(f"the value of the header {name} has characters that none may have")
    return dict(headers)


def _knows_who(headers: Mapping[str, str]) -> bool:
    return any(name.lower() == "authorization" for name in headers)


def _passes(error: http.HTTPError) -> bool:
    """Whether it may be otherwise in a moment."""
    lost = isinstance(error, http.ProtocolError | http.NewConnectionError)
    return lost and not isinstance(error, http.NameResolutionError)


def _explained(url: str, error: http.HTTPError, timeout: float) -> StoreError:
    place = shown(url)
    if isinstance(error, http.SSLError):
        return StoreError(
            f"{place}: its TLS certificate or protocol is not to be trusted ({_reason_of(error)}); "
            "where the certificate is your own, name its file in SSL_CERT_FILE"
        )
    if isinstance(error, http.NameResolutionError):
        return StoreError(f"{place}: no such host is known; look at the address")
    if isinstance(error, http.ReadTimeoutError):
        return TooLate(place, timeout)
    return StoreError(
        f"{place}: cannot be reached ({_reason_of(error)}); look at the address, and whether the "
        "server runs"
    )


def _reason_of(error: BaseException) -> str:
    """What the innermost error says, without names of classes and objects."""
    while inner := error.__cause__ or error.__context__ or _wrapped(error):
        error = inner
    text = str(getattr(error, "strerror", None) or getattr(error, "verify_message", "") or error)
    return _plain(re.sub(r"^.*?: ", "", text) if text.startswith("<") else text)


def _plain(text: str) -> str:
    """What a stranger's words are on one line of a terminal, with no effect on it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


def _wrapped(error: BaseException) -> BaseException | None:
    return next((part for part in reversed(error.args) if isinstance(part, BaseException)), None)
