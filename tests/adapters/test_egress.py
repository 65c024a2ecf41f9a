"""Where a call may go, held against an oracle typed by hand: ranges as first and last address."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yarl import URL

from adapters.contract.site import Names
from adapters.egress import Denied, Egress

# First and last address of what is never public, as RFC 6890 and the clouds' manuals print them.
_CLOSED_V4 = (
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("168.63.129.16", "168.63.129.16"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "255.255.255.255"),
)


def _number(dotted: str) -> int:
    return int.from_bytes(socket.inet_aton(dotted), "big")


_EDGES = sorted(
    edge
    for first, last in _CLOSED_V4
    for edge in (_number(first) - 1, _number(first), _number(last), _number(last) + 1)
    if 0 <= edge < 2**32
)
_NUMBERS = st.one_of(st.sampled_from(_EDGES), st.integers(0, 2**32 - 1))


def _is_open(number: int) -> bool:
    return not any(_number(first) <= number <= _number(last) for first, last in _CLOSED_V4)


def _dotted(number: int) -> str:
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def _spellings(number: int) -> list[str]:
    a, b, c, d = (number >> shift & 255 for shift in (24, 16, 8, 0))
    return [
        str(number),
        hex(number),
        f"0{number:o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        f"{a}.{b}.{c}.{d}.",
        f"0{a:o}.{b}.{c:#x}.{d}",
    ]


def _wrapped(number: int) -> list[str]:
    """IPv6 addresses that lead to this IPv4 address, other than the mapped one."""
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    return [
        f"::{high}:{low}",  # compatible
        f"64:ff9b::{high}:{low}",  # NAT64
        f"64:ff9b:1::{high}:{low}",
        f"2002:{high}:{low}::1",  # 6to4
        f"2001:0:{high}:{low}::1",  # Teredo's server
        f"2001::{number >> 16 ^ 0xFFFF:x}:{number & 0xFFFF ^ 0xFFFF:x}",  # Teredo's client
        f"::ffff:0:{high}:{low}",  # translated
        f"fe80::{high}:{low}",
    ]


@settings(max_examples=1500, deadline=None, database=None)
@given(_NUMBERS)
@example(0xA9FEA9FE)
def test_an_address_is_public_as_the_table_says(number: int) -> None:
    plain = _dotted(number)

    assert Egress().is_public(plain) is _is_open(number)
    assert Egress().is_public(f"::ffff:{plain}") is _is_open(number)
    for address in _wrapped(number):
        ipaddress.ip_address(address)
        assert Egress().is_public(address) is False, address


@settings(max_examples=800, deadline=None, database=None)
@given(_NUMBERS, st.sampled_from(["http", "https"]))
def test_no_spelling_of_an_address_gets_past(number: int, scheme: str) -> None:
    open_to_all = Egress(["0.0.0.0/0"])
    for host in [_dotted(number), *_spellings(number), *(f"[{a}]" for a in _wrapped(number))]:
        try:
            url = URL(f"{scheme}://{host}/")
        except ValueError:
            continue
        with pytest.raises(Denied):
            Egress().check(url)
    for host in _spellings(number):  # even where the network is open: one usual spelling only
        with pytest.raises(Denied):
            open_to_all.check(URL(f"{scheme}://{host}/"))
    open_to_all.check(URL(f"{scheme}://{_dotted(number)}:8080/"))


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("2a00:1450:4001::1", True),
        ("2000::", True),
        ("1fff:ffff::", False),
        ("4000::", False),
        ("::", False),
        ("::1", False),
        ("100::1", False),
        ("2001::1", False),
        ("2001:1ff::", False),
        ("2001:200::", True),
        ("2001:db8::1", False),
        ("2002::1", False),
        ("3ffe::1", True),
        ("3fff::1", False),
        ("3fff:fff::1", False),
        ("3fff:1000::1", True),
        ("5f00::1", False),
        ("fc00::1", False),
        ("fd00:ec2::254", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("2a00:1450:4001::1%1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("nonsense", False),
    ],
)
def test_an_ipv6_address_is_public_as_the_table_says(address: str, is_public: bool) -> None:
    assert Egress().is_public(address) is is_public


@pytest.mark.parametrize(
    "address",
    [
        "https://user@host.example/",
        "https://user:word@host.example/",
        "https://:word@host.example/",
        "ftp://host.example/",
        "file:///etc/passwd",
        "//host.example/",
        "https:///path",
        "https://-host.example/",
        "https://ho st.example/",
        "http://host.example:443/",
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 127 + "example/",
        "https://host..example/",
    ],
)
def test_an_address_of_the_wrong_shape_is_denied(address: str) -> None:
    try:
        url = URL(address, encoded=True)
    except ValueError:
        return

    with pytest.raises(Denied):
        Egress(["0.0.0.0/0"]).check(url)


@pytest.mark.parametrize("port", [80, 22, 8443, 0])
async def test_another_port_is_only_for_an_allowed_network(port: int) -> None:
    names = Names({"host.example": ["93.184.215.14"], "inside.example": ["10.1.2.3"]})

    with pytest.raises(Denied):
        await Egress(["10.0.0.0/8"], resolver=names).resolve("host.example", port)
    found = await Egress(["10.0.0.0/8"], resolver=names).resolve("inside.example", port)

    assert [entry["host"] for entry in found] == ["10.1.2.3"]


async def test_every_address_of_a_name_must_be_fit() -> None:
    names = Names({"host.example": ["93.184.215.14", "2a00:1450:4001::1", "10.1.2.3"]})

    with pytest.raises(Denied):
        await Egress(resolver=names).resolve("host.example", 443)
    assert len(await Egress(["10.1.2.3/32"], resolver=names).resolve("host.example", 443)) == 3


async def test_practice_reaches_what_is_allowed_and_nothing_else() -> None:
    asked = Names({"example.com": ["93.184.216.34"], "localhost": ["127.0.0.1"]})
    egress = Egress(allow_cidrs=("127.0.0.0/8",), public=False, resolver=asked)

    egress.check(URL("http://127.0.0.1:8080/x"))
    assert await egress.resolve("localhost", 8080)
    with pytest.raises(Denied):
        await egress.resolve("example.com", 443)
    with pytest.raises(Denied):
        egress.check(URL("https://93.184.216.34/x"))


def test_an_ipv6_network_can_be_allowed() -> None:
    Egress(["::1/128"]).check(URL("http://[::1]:8080/"))

    with pytest.raises(Denied):
        Egress(["::1/128"]).check(URL("http://[::2]:8080/"))


def test_a_network_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="bad"):
        Egress(["bad"])
