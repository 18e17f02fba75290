"""Which hosts may be asked, in whatever spelling."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import replace
from typing import Any

import pytest
from aiohttp.abc import ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.web_server import web_server
from tests.transforms.corpus.addresses.test_fetching import JPEG, LOCAL
from transforms.corpus.addresses.faults import AddressError
from transforms.corpus.addresses.fetching import Fetched, Fetcher
from transforms.corpus.addresses.hosts import ip_of, not_public

PRIVATE_4 = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.1.2",
    "169.254.169.254",
    "172.31.0.1",
    "192.168.1.1",
    "224.0.0.1",
    "255.255.255.255",
]
PUBLIC = replace(LOCAL, allow_private=False, tries=1)


def spellings(address: ipaddress.IPv4Address) -> st.SearchStrategy[str]:
    """An IPv4 address as `inet_aton` takes it: of one to four numbers, decimal, octal or hexadecimal."""
    value = int(address)
    first, second, third, fourth = value.to_bytes(4, "big")
    numbers = [[value], [first, value & 0xFFFFFF], [first, second, value & 0xFFFF], [first, second, third, fourth]]
    bases = st.sampled_from([str, lambda n: f"0{n:o}", hex, lambda n: f"0X00{n:X}"])
    return st.sampled_from(numbers).flatmap(
        lambda chosen: st.tuples(*(bases.map(lambda base, n=n: base(n)) for n in chosen)).map(".".join)
    )


@given(st.ip_addresses(v=4).flatmap(lambda ip: st.tuples(st.just(ip), spellings(ip), st.sampled_from(["", "."]))))
def test_every_spelling_of_an_address_is_that_address(case: tuple[ipaddress.IPv4Address, str, str]) -> None:
    address, spelling, dot = case
    assert ip_of(spelling + dot) == address
    assert socket.inet_aton(spelling) == address.packed


@given(st.ip_addresses(v=4))
def test_addresses_that_carry_another_are_as_public_as_it(inner: ipaddress.IPv4Address) -> None:
    expected = not_public(inner) is None
    number = int(inner)
    for carrier in (
        0xFFFF << 32 | number,
        0x64FF9B << 96 | number,
        0x2002 << 112 | number << 80,
        0xFFFF << 48 | number,
    ):
        assert (not_public(ipaddress.IPv6Address(carrier)) is None) == expected


@given(st.ip_addresses(v=4))
def test_what_python_calls_global_is_at_most_what_we_ask(address: ipaddress.IPv4Address) -> None:
    if not address.is_global:
        assert not_public(address) is not None
    if not_public(address) is None:
        assert not address.is_multicast and not address.is_reserved


@pytest.mark.parametrize(
    "host",
    [
        *PRIVATE_4,
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:db8::1",
        "2001::1",
        "100::1",
        "4000::1",
    ],
)
def test_private_addresses_are_none_of_the_public_internet(host: str) -> None:
    address = ip_of(host)
    assert address is not None and not_public(address)


@pytest.mark.parametrize("host", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_asked(host: str) -> None:
    address = ip_of(host)
    assert address is not None and not_public(address) is None


@pytest.mark.parametrize(
    "host", ["256.1.1.1", "1.2.3.4.5", "1.2.3.08", "0x", "1..2", "4294967296", "1.16777216", "a.b.1", ":::"]
)
def test_what_looks_like_an_address_and_is_none_is_refused(host: str) -> None:
    if host == "0x":
        assert ip_of(host) == ipaddress.IPv4Address(0)
        return
    with pytest.raises(AddressError, match="is no IP address"):
        ip_of(host)


def names(**found: str | list[str]) -> Any:
    """A resolver that knows these names, and gives the next of several addresses each time."""
    asked: dict[str, int] = {}

    async def resolve(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
        addresses = found.get(host.replace(".", "_"))
        if addresses is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        several = [addresses] if isinstance(addresses, str) else addresses
        place = asked[host] = asked.get(host, -1) + 1
        chosen = several[min(place, len(several) - 1)]
        return [
            {"hostname": host, "host": each, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
            for each in chosen.split("+")
        ]

    return resolve


def fetched(address: str, options: Any = PUBLIC, **found: str | list[str]) -> Fetched:
    with Fetcher(options, resolve=names(**found)) as fetcher:
        return fetcher.fetch([address])[0].result(60)


@pytest.mark.parametrize("found", ["127.0.0.1", "10.0.0.8", "8.8.8.8+127.0.0.1", "::1"])
def test_a_name_of_a_private_address_is_refused(found: str) -> None:
    with web_server({"/a.jpg": JPEG}) as server:
        state = fetched(server.url("/a.jpg", "images.example"), images_example=found).state
        private = found.rpartition("+")[2]
        assert state.error is not None
        assert state.error.startswith(f"PrivateAddress: images.example is {private}, which is ")
        assert not server.asked


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "[::1]",
        "[::ffff:7f00:1]",
        "127.0.0.1.",
        "１２７.0.0.1",
        "localhost",
    ],
)
def test_no_spelling_of_this_machine_is_asked(host: str) -> None:
    with web_server({"/a.jpg": JPEG}) as server:
        kind = fetched(server.url("/a.jpg", host), localhost="127.0.0.1").state.kind
        assert kind in ("PrivateAddress", "BadAddress") and not server.asked


def test_a_name_is_resolved_by_the_check_and_never_again() -> None:
    with web_server({"/a.jpg": JPEG}) as server:
        # The second answer would be a private one: rebinding.
        state = fetched(server.url("/a.jpg", "images.example"), images_example=["192.0.2.1", "127.0.0.1"]).state
        assert state.kind == "PrivateAddress" and not server.asked


def test_a_redirect_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with web_server({"/a.jpg": JPEG}) as server:
        # The server stands for a public one, as far as its first address goes.
        monkeypatch.setattr(
            "transforms.corpus.addresses.hosts.not_public",
            lambda address: None if str(address) == "127.0.0.1" else not_public(address),
        )
        for target in ("http://169.254.169.254/latest", "http://[::1]/", "http://10.0.0.1/", "http://inside.example/"):
            found = fetched(server.url(f"/to/{target}"), inside_example="192.168.0.7")
            assert found.state.kind == "PrivateAddress", target
        assert sum(server.asked.values()) == 4


def test_an_unknown_name_says_so() -> None:
    assert fetched("http://nowhere.example/a.jpg").state.error == (
        "UnknownHost: nowhere.example: there is no host of that name"
    )
