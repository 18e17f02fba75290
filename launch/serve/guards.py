"""Stands before the routes: who may ask, from where, and what a browser may do with the answers."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from launch.serve.replies import refusal

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self';"
    " manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_UNCACHED = (b"cache-control", b"no-store")
OPEN = ("/health", "/", "/page/")
"""What is answered without a token: whether it is up, and the page, which holds nothing and asks for the token."""


class Guards:
    """Refuses requests to other hosts, and those without the token; adds headers of security to every answer.

    A page of another site cannot read the answers, for there is no CORS. One whose name is made to point at this machine
    (DNS rebinding) sends its own name as the host, and is refused.

    Args:
      hosts: names under which the service may be asked; empty: under any.
      token: that requests must carry as `Authorization: Bearer TOKEN`; "": none.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], token: str) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message["headers"]
                is_cached = any(name == b"cache-control" for name, _ in own)
                message["headers"] = [*own, *_HEADERS] if is_cached else [*own, *_HEADERS, _UNCACHED]
            await send(message)

        headers = Headers(scope=scope)
        if self._hosts and _name_of(headers.get("host", "")) not in self._hosts:
            await refusal(421, "this service is not asked under that name: start it with --allow-host NAME")(
                scope, receive, sent
            )
        elif self._token and not self._is_open(scope["path"]) and not self._has_token(headers):
            response = refusal(401, "a token is needed: send Authorization: Bearer TOKEN")
            response.headers["WWW-Authenticate"] = "Bearer"
            await response(scope, receive, sent)
        else:
            await self._app(scope, receive, sent)

    def _is_open(self, path: str) -> bool:
        return path in OPEN or path.startswith("/page/")

    def _has_token(self, headers: Headers) -> bool:
        kind, _, given = headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name_of(host: str) -> str:
    """The name or address in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
