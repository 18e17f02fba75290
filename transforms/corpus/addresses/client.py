"""Asks one address: connects, follows redirects, reads the answer within limits, tries again what may pass."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.request import getproxies

import aiohttp
from yarl import URL

from transforms.corpus.addresses.budget import Budget, Ticket
from transforms.corpus.addresses.faults import AddressError
from transforms.corpus.addresses.hosts import PublicResolver, Resolve, checked_socket, ip_of, require_public
from transforms.corpus.addresses.options import FetchOptions
from transforms.corpus.addresses.robots import opted_out

_CHUNK = 1 << 16
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MAY_PASS = frozenset((408, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524))
_TOO_MANY = frozenset((429, 503))
_PLAIN = frozenset(("", "identity", "none", "binary", "utf-8", "aws-chunked"))
_HOSTS_KEPT_ALIVE = 256
"""Of more hosts at once, connections are closed after each answer: they would be too many."""
_HOSTS_REMEMBERED = 4096
_FAILURES_IN_A_ROW = 8
"""Of a host, behind which it is left alone for a while, longer each time."""
_ROUNDS = 5
"""So often; then its addresses fail without being asked."""
_REST_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer of a server.

    Attributes:
      body: decompressed; None: it was not modified, or not asked for.
      is_modified: False: it is as the validators say that were sent.
      etag, last_modified: None where the server has none.
    """

    body: bytes | None
    is_modified: bool
    etag: str | None
    last_modified: str | None


@dataclass
class _Host:
    """A host that is being asked.

    Attributes:
      failures: of requests in a row.
      rounds: how often it was left alone in a row, the last time until `quiet_until`.
      fault: why its addresses are not asked until `rests_until`.
    """

    slots: asyncio.Semaphore
    users: int = 0
    failures: int = 0
    rounds: int = 0
    fault: AddressError | None = None
    rests_until: float = 0.0
    quiet_until: float = 0.0


class Client:
    """Asks addresses; lives in one event loop.

    Args:
      resolve: asks for a name's IP addresses; None: the operating system.
    """

    def __init__(self, options: FetchOptions, *, resolve: Resolve | None = None) -> None:
        self._options = options
        self._hosts: dict[str, _Host] = {}
        self._slots = asyncio.Semaphore(options.connections)
        self.budget = Budget(options.buffer_bytes)
        connector = aiohttp.TCPConnector(
            limit=0,
            resolver=PublicResolver(resolve=resolve, allow_private=options.allow_private),
            socket_factory=checked_socket(options.allow_private),
            keepalive_timeout=5,
            ttl_dns_cache=60,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            # Behind a proxy nobody here can check which host is asked.
            trust_env=options.allow_private and bool(getproxies()),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=options.connect_seconds, sock_read=options.silence_seconds
            ),
            headers={"User-Agent": options.user_agent, "Accept": "image/*,*/*;q=0.8", "Accept-Encoding": "identity"},
            read_bufsize=_CHUNK,
        )

    async def close(self) -> None:
        """Closes all connections."""
        await self._session.close()

    async def ask(
        self,
        address: str,
        *,
        ticket: Ticket,
        etag: str | None = None,
        last_modified: str | None = None,
        wants_body: Callable[[Answer], bool] = lambda answer: True,
    ) -> Answer:
        """The answer of an address, after redirects and as many tries as it takes.

        Args:
          etag, last_modified: of the last answer: one that is the same is not sent again.
          wants_body: whether the body of such an answer is to be read.

        Raises:
          AddressError: there is none.
        """
        headers = {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": last_modified} if last_modified else {}
        delay = self._options.backoff_seconds
        for left in range(self._options.tries - 1, -1, -1):
            try:
                return await self._follow(address, headers, ticket, wants_body)
            except AddressError as error:
                self.budget.release(ticket.counted)
                ticket.counted = 0
                if not error.may_pass or not left:
                    raise
                wait = error.retry_after if error.retry_after is not None else delay * random.uniform(0.5, 1.5)
            await asyncio.sleep(min(wait, self._options.max_retry_after))
            delay *= 2
        raise AssertionError("a client has a try at least")

    async def _follow(
        self, address: str, headers: dict[str, str], ticket: Ticket, wants_body: Callable[[Answer], bool]
    ) -> Answer:
        url = _parsed(address)
        for _ in range(self._options.redirects + 1):
            found = await self._once(url, headers, ticket, wants_body)
            if isinstance(found, Answer):
                return found
            url = found
        raise AddressError("TooManyRedirects", f"it redirects more than {self._options.redirects} times")

    async def _once(
        self, url: URL, headers: dict[str, str], ticket: Ticket, wants_body: Callable[[Answer], bool]
    ) -> Answer | URL:
        """The answer of one request, or where it redirects to."""
        name = url.raw_host or ""
        literal = ip_of(name)
        if literal is not None:
            if not self._options.allow_private:
                require_public(literal, name)
            if literal.version == 4:  # in whatever spelling
                url = url.with_host(str(literal))
        async with self._host(name) as host, self._slots:
            try:
                response = await asyncio.wait_for(
                    self._session.get(url, headers=headers, allow_redirects=False),
                    self._options.connect_seconds + self._options.silence_seconds,
                )
                keep = False
                try:
                    answer = await self._understood(response, url, host, bool(headers), ticket, wants_body)
                    keep = host.users > 1 and len(self._hosts) <= _HOSTS_KEPT_ALIVE
                    return answer
                finally:
                    if keep and response.content.at_eof():
                        response.release()
                    else:
                        response.close()
            except AddressError as error:
                if error.kind == "UnknownHost":
                    self._trouble(host, error)
                raise
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError, zlib.error) as error:
                fault = _fault(error)
                if isinstance(error, aiohttp.ClientConnectionError) and not isinstance(
                    error, aiohttp.ClientPayloadError
                ):
                    self._trouble(host, fault)
                raise fault from error

    def _trouble(self, host: _Host, fault: AddressError, wait: float | None = None) -> None:
        """Leaves a host alone that asks for it, or that failed many times in a row; gives it up for a while if it never helps."""
        host.failures += 1
        now = time.monotonic()
        if now < host.quiet_until or (wait is None and host.failures < _FAILURES_IN_A_ROW):
            return
        host.rounds += 1
        wait = self._options.backoff_seconds * 2 ** (host.rounds - 1) if wait is None else wait
        host.quiet_until = now + min(wait, self._options.max_retry_after)
        if host.rounds > _ROUNDS:
            host.rests_until, host.fault = now + _REST_SECONDS, fault

    async def _understood(
        self,
        response: aiohttp.ClientResponse,
        url: URL,
        host: _Host,
        is_conditional: bool,
        ticket: Ticket,
        wants_body: Callable[[Answer], bool],
    ) -> Answer | URL:
        status = response.status
        if status not in _TOO_MANY:
            host.failures = host.rounds = 0
        directive = opted_out(response.headers.getall("X-Robots-Tag", []), self._options.agent_token)
        if directive is not None:
            raise AddressError("OptedOut", f"its server opts out: X-Robots-Tag: {directive}")
        if status in _REDIRECTS and "Location" in response.headers:
            return _next(url, response.headers["Location"])
        answer = Answer(
            body=None,
            is_modified=status != HTTPStatus.NOT_MODIFIED,
            etag=response.headers.get("ETag"),
            last_modified=response.headers.get("Last-Modified"),
        )
        if status == HTTPStatus.NOT_MODIFIED and is_conditional:
            return answer
        if not 200 <= status < 300:
            raise self._refused(response, host)
        if not wants_body(answer):
            return answer
        body = await self._body(response, ticket)
        return Answer(body=body, is_modified=True, etag=answer.etag, last_modified=answer.last_modified)

    def _refused(self, response: aiohttp.ClientResponse, host: _Host) -> AddressError:
        status = response.status
        wait = _seconds(response.headers.get("Retry-After"))
        words = str(status)
        with suppress(ValueError):
            words = f"{status} {HTTPStatus(status).phrase}"
        fault = AddressError("HttpStatus", words, may_pass=status in _MAY_PASS, retry_after=wait)
        if status in _TOO_MANY:
            self._trouble(host, fault, wait)
        return fault

    async def _body(self, response: aiohttp.ClientResponse, ticket: Ticket) -> bytes:
        """The body, decompressed, as far as the limits allow."""
        options = self._options
        most = options.max_bytes
        too_large = AddressError("TooLarge", f"it has more than {most:,} bytes: --max-image-bytes sets the limit")
        if (response.content_length or 0) > most:
            raise too_large
        coding = response.headers.get("Content-Encoding", "").strip().lower()
        decoder = _decoder(coding)
        pieces: list[bytes] = []
        size = received = 0
        paused = ticket.paused
        started = checked = time.monotonic()
        mark = 0
        self.budget.open(ticket)
        try:
            while True:
                piece = await response.content.readany()
                if not piece:
                    break
                received += len(piece)
                if decoder is not None:
                    piece = decoder.decompress(piece, most + 1 - size)
                size += len(piece)
                if size > most or received > most:
                    raise too_large
                if piece:
                    pieces.append(piece)
                    await self.budget.take(ticket, len(piece))
                # Time that went by while nothing was read is not the server's.
                now = time.monotonic() - (ticket.paused - paused)
                if now - started > options.total_seconds:
                    raise AddressError("TimedOut", f"it was not sent within {options.total_seconds:g} s")
                if now - checked >= options.rate_seconds:
                    if received - mark < options.min_rate * (now - checked):
                        raise AddressError("TooSlow", f"it sends fewer than {options.min_rate:,.0f} bytes a second")
                    checked, mark = now, received
        finally:
            self.budget.close(ticket)
        if decoder is not None and size and not decoder.eof:
            raise AddressError("CutOff", f"its {coding} body ends too soon")
        return b"".join(pieces)

    @asynccontextmanager
    async def _host(self, name: str) -> AsyncIterator[_Host]:
        """One of the host's slots, when the host may be asked."""
        host = self._hosts.setdefault(name, _Host(asyncio.Semaphore(self._options.per_host)))
        host.users += 1
        try:
            async with host.slots:
                while (wait := host.quiet_until - time.monotonic()) > 0:
                    await asyncio.sleep(wait)
                if host.fault is not None and host.rests_until > time.monotonic():
                    words = f"{host.fault}, as for {host.failures} requests to its host in a row"
                    raise AddressError(host.fault.kind, words, may_pass=True)
                yield host
        finally:
            host.users -= 1
            if not host.users and (not host.failures or len(self._hosts) > _HOSTS_REMEMBERED):
                self._hosts.pop(name, None)


def _parsed(address: str) -> URL:
    """An address as something to ask.

    Raises:
      AddressError: BadAddress: it is none.
    """
    try:
        url = _url(address)
        if url.scheme not in ("http", "https") or not url.raw_host or url.port is None:
            raise ValueError("it has no host")
    except (ValueError, UnicodeError) as error:
        raise AddressError("BadAddress", "it is no address of a web server") from error
    if len(url.raw_host) > 253 or "%" in url.raw_host:
        raise AddressError("BadAddress", "its host has no valid name")
    return url


def _url(text: str) -> URL:
    """An address as it is written, to the letter: a signature may be part of it; what must be encoded is."""
    return URL(text, encoded=text.isascii() and text.isprintable() and " " not in text)


def _next(url: URL, location: str) -> URL:
    """Where a redirect leads; credentials stay with the host that they are for."""
    try:
        found = url.join(_url(location))
    except ValueError as error:
        raise AddressError("BadRedirect", "it redirects to no valid address") from error
    if found.scheme not in ("http", "https") or not found.raw_host:
        raise AddressError("BadRedirect", f"it redirects to {found.scheme or 'no'} address, which is not followed")
    if found.user is None and url.user is not None and found.origin() == url.origin():
        found = found.with_user(url.user).with_password(url.password)
    return _parsed(str(found.with_fragment(None)))


def _decoder(coding: str) -> zlib._Decompress | None:
    if coding in _PLAIN:
        return None
    if coding in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    raise AddressError("BadEncoding", f"its body is compressed by {coding[:20]}, which was not asked for")


def _seconds(value: str | None) -> float | None:
    """Retry-After in seconds: a number, or a date."""
    if value is None:
        return None
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None


def _fault(error: Exception) -> AddressError:
    """A failure of the client library as a dead letter; its own words may hold credentials, and are left out."""
    if isinstance(error, (aiohttp.InvalidURL, UnicodeError)):
        return AddressError("BadAddress", "it is no address of a web server")
    if isinstance(error, (ssl.SSLError, aiohttp.ClientSSLError)):
        return AddressError("BadCertificate", "its server has no valid certificate, or does not speak TLS")
    if isinstance(error, asyncio.TimeoutError):
        return AddressError("TimedOut", "its server does not answer in time")
    if isinstance(error, aiohttp.ClientPayloadError):
        return AddressError("CutOff", "its body ends too soon")
    if isinstance(error, zlib.error):
        return AddressError("BadEncoding", "its body is not compressed as its header says")
    if isinstance(error, OSError):
        words = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
        return AddressError("NoConnection", f"its server cannot be reached{words[:100]}")
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return AddressError("NoConnection", "its server closed the connection")
    return AddressError("BadAnswer", f"its server's answer cannot be understood ({type(error).__name__})")
