"""Decides which hosts may be asked: those of the public internet alone, by the IP address that is connected to.

Networks: IANA's registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890 and what came later), and the IPv4
addresses inside those IPv6 addresses that only carry one (mapped, compatible, NAT64, 6to4, Teredo).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from transforms.corpus.addresses.faults import AddressError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NOT_PUBLIC_4 = {
    "0.0.0.0/8": "of this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared by a provider's customers",
    "127.0.0.0/8": "this machine's own",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "reserved",
    "192.0.2.0/24": "for documentation",
    "192.88.99.0/24": "reserved",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "for benchmarks",
    "198.51.100.0/24": "for documentation",
    "203.0.113.0/24": "for documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
}
_NOT_PUBLIC_6 = {
    "2001::/23": "reserved",
    "2001:db8::/32": "for documentation",
    "3fff::/20": "for documentation",
    "5f00::/16": "reserved",
    "fc00::/7": "private",
    "fe80::/10": "link-local",
    "fec0::/10": "private",
    "ff00::/8": "multicast",
}
_NETWORKS_4 = [(ipaddress.IPv4Network(network), what) for network, what in _NOT_PUBLIC_4.items()]
_NETWORKS_6 = [(ipaddress.IPv6Network(network), what) for network, what in _NOT_PUBLIC_6.items()]
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
# Where the IPv4 address begins, in bits from the right.
_CARRIERS = [
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
]


def not_public(address: IPAddress) -> str | None:
    """Why an IP address is none of the public internet, in words; None where it is."""
    if isinstance(address, ipaddress.IPv4Address):
        return next((what for network, what in _NETWORKS_4 if address in network), None)
    if address.scope_id is not None:
        return "link-local"
    if address.is_loopback:
        return "this machine's own"
    for network, shift in _CARRIERS:
        if address in network:
            inner = ipaddress.IPv4Address(int(address) >> shift & 0xFFFFFFFF)
            what = not_public(inner)
            return None if what is None else f"{what}, as {inner} inside it"
    special = next((what for network, what in _NETWORKS_6 if address in network), None)
    return special or (None if address in _GLOBAL_6 else "reserved")


_NUMBER = re.compile(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)\Z")


def ip_of(host: str) -> IPAddress | None:
    """The IP address that a host's name is in any spelling that a browser or `inet_aton` takes; None: it is a name.

    Raises:
      AddressError: BadAddress: it looks like an IP address and is none.
    """
    if ":" in host:
        try:
            return ipaddress.IPv6Address(host)
        except ValueError as error:
            raise AddressError("BadAddress", f"{host[:60]} is no IP address") from error
    labels = host.removesuffix(".").split(".")
    if not _NUMBER.match(labels[-1]):
        return None
    try:
        numbers = [_number(label) for label in labels]
        *firsts, last = numbers
        if len(numbers) > 4 or any(number > 255 for number in firsts) or last >= 256 ** (5 - len(numbers)):
            raise ValueError
    except ValueError as error:
        raise AddressError("BadAddress", f"{host[:60]} is no IP address") from error
    value = last + sum(number << 8 * (3 - place) for place, number in enumerate(firsts))
    return ipaddress.IPv4Address(value)


def _number(label: str) -> int:
    """A label as `inet_aton` reads it: hexadecimal behind 0x, octal behind 0."""
    if not _NUMBER.match(label):
        raise ValueError(label)
    if label[:2].lower() == "0x":
        return int(label[2:] or "0", 16)
    return int(label, 8) if len(label) > 1 and label.startswith("0") else int(label)


def require_public(address: IPAddress, host: str) -> None:
    """Checks an IP address.

    Raises:
      AddressError: PrivateAddress: it is none of the public internet.
    """
    what = not_public(address)
    if what is not None:
        named = str(address) if host == str(address) else f"{host[:100]} is {address}, which"
        raise AddressError("PrivateAddress", f"{named} is {what}: --allow-private permits such hosts")


Resolve = Callable[[str, int, socket.AddressFamily], Awaitable[list[ResolveResult]]]


class PublicResolver(AbstractResolver):
    """Resolves names for aiohttp, which connects to what this returns and to nothing else.

    Args:
      resolve: asks for a name's addresses; None: the operating system.
      allow_private: return every address that a name has.
    """

    def __init__(self, *, resolve: Resolve | None = None, allow_private: bool) -> None:
        self._resolve = resolve
        self._system: ThreadedResolver | None = None
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name.

        Raises:
          AddressError: PrivateAddress: one of them is none of the public internet. UnknownHost: it has none.
        """
        try:
            found = await self._ask(host, port, family)
        except (OSError, UnicodeError) as error:
            gone = not (isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN)
            why = "there is no host of that name" if gone else "its name cannot be resolved now"
            raise AddressError("UnknownHost", f"{host[:100]}: {why}", may_pass=not gone) from error
        if not found:
            raise AddressError("UnknownHost", f"{host[:100]}: there is no host of that name")
        if not self._allow_private:
            for each in found:
                require_public(ipaddress.ip_address(each["host"]), host)
        return found

    async def _ask(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
        if self._resolve is not None:
            return await self._resolve(host, port, family)
        if self._system is None:
            self._system = ThreadedResolver()
        return await self._system.resolve(host, port, family)

    async def close(self) -> None:
        """Nothing is open."""


def checked_socket(allow_private: bool) -> Callable[[Any], socket.socket]:
    """Makes sockets for aiohttp, and looks once more at the address that each is to connect to."""

    def make(info: Any) -> socket.socket:
        family, kind, protocol, _, target = info
        if not allow_private:
            require_public(ipaddress.ip_address(target[0]), target[0])
        return socket.socket(family=family, type=kind, proto=protocol)

    return make
