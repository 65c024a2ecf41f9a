"""100,000 spellings of addresses, held against IANA's registries of special-purpose addresses.

Typed by hand as first and last address, from
https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry, as known on 2026-11-26. What IANA calls
globally reachable is open, except where the row here says why not.
"""

from __future__ import annotations

import bisect
import random
import socket
from collections.abc import Iterator, Sequence

import pytest
from yarl import URL

from adapters.egress import Denied, Egress
from adapters.site import Site

CLOSED_V4 = (
    ("0.0.0.0", "0.255.255.255"),  # this network, RFC 791
    ("10.0.0.0", "10.255.255.255"),  # private use, RFC 1918
    ("100.64.0.0", "100.127.255.255"),  # shared address space, RFC 6598
    ("127.0.0.0", "127.255.255.255"),  # loopback, RFC 1122
    ("168.63.129.16", "168.63.129.16"),  # a cloud's metadata service, in no registry
    ("169.254.0.0", "169.254.255.255"),  # link local, RFC 3927
    ("172.16.0.0", "172.31.255.255"),  # private use, RFC 1918
    ("192.0.0.0", "192.0.0.255"),  # protocol assignments, RFC 6890; two of them reach far: no site
    ("192.0.2.0", "192.0.2.255"),  # documentation, RFC 5737
    ("192.88.99.0", "192.88.99.255"),  # 6to4 relay, deprecated, RFC 7526
    ("192.168.0.0", "192.168.255.255"),  # private use, RFC 1918
    ("198.18.0.0", "198.19.255.255"),  # benchmarking, RFC 2544
    ("198.51.100.0", "198.51.100.255"),  # documentation, RFC 5737
    ("203.0.113.0", "203.0.113.255"),  # documentation, RFC 5737
    ("224.0.0.0", "239.255.255.255"),  # multicast, RFC 5771
    ("240.0.0.0", "255.255.255.255"),  # reserved, RFC 1112, and broadcast, RFC 8190
)
CLOSED_V6 = (
    # all below 2000:: is closed: unspecified, loopback, NAT64 (RFC 6052 and 8215), discard (RFC
    # 6666), dummy (RFC 9780), and what IANA has not opened; mapped addresses are judged as IPv4
    ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),  # protocol assignments, Teredo, RFC 2928
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),  # documentation, RFC 3849
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),  # 6to4, RFC 3056: leads to any IPv4
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),  # documentation, RFC 9637
    # all from 4000:: on: 5f00::/16 segment routing (RFC 9602), fc00::/7 unique local (RFC 4193),
    # fe80::/10 link local (RFC 4291), ff00::/8 multicast, and what IANA has not opened
    ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
)
SPELLINGS = 100_000


def number_of(text: str) -> int:
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    return int.from_bytes(socket.inet_pton(family, text), "big")


class Oracle:
    """Whether a number is open. `socket` reads the table, so that `ipaddress` judges alone."""

    def __init__(self, closed: Sequence[tuple[str, str]], bits: int) -> None:
        pairs = sorted((number_of(first), number_of(last)) for first, last in closed)
        self._firsts = [first for first, _ in pairs]
        self._lasts = [last for _, last in pairs]
        around = (edge + step for pair in pairs for edge in pair for step in (-1, 0, 1))
        self.edges = sorted({edge for edge in around if 0 <= edge < 1 << bits})

    def is_open(self, number: int) -> bool:
        at = bisect.bisect_right(self._firsts, number) - 1
        return at < 0 or number > self._lasts[at]


V4, V6 = Oracle(CLOSED_V4, 32), Oracle(CLOSED_V6, 128)


def _numbers(chance: random.Random, edges: Sequence[int], bits: int) -> Iterator[int]:
    """The edges first, then numbers near to them, and any others."""
    yield from edges
    while True:
        near = chance.choice(edges) ^ chance.getrandbits(chance.randrange(1, bits // 2))
        yield chance.choice((near, chance.getrandbits(bits)))


def _written_v4(chance: random.Random, number: int) -> str:
    """In one of the ways in which a lenient reader takes an IPv4 address."""
    count = chance.randrange(1, 5)
    parts = [number >> 8 * (3 - at) & 255 for at in range(count - 1)]
    parts.append(number & (1 << 8 * (5 - count)) - 1)
    forms = ("{}", "0{:o}", "00{:o}", "{:#x}", "0X{:X}", "0x0{:x}")
    return ".".join(chance.choice(forms).format(part) for part in parts) + chance.choice(("", "."))


def _written_v6(chance: random.Random, number: int) -> str:
    short = socket.inet_ntop(socket.AF_INET6, number.to_bytes(16, "big"))
    digits = f"{number:032x}"
    whole = ":".join(digits[at : at + 4] for at in range(0, 32, 4))
    return chance.choice((short, whole, short.upper()))


def test_a_hundred_thousand_addresses_are_judged_as_iana_lists_them() -> None:
    chance, egress = random.Random(20261126), Egress()
    v4s, v6s = _numbers(chance, V4.edges, 32), _numbers(chance, V6.edges, 128)
    disagreements = []
    for _ in range(SPELLINGS // 4):
        v4, v6 = next(v4s), next(v6s)
        plain = socket.inet_ntoa(v4.to_bytes(4, "big"))
        lenient, wrapped = _written_v4(chance, v4), _written_v6(chance, v6)
        if egress.is_public(plain) is not V4.is_open(v4):
            disagreements.append(plain)
        if egress.is_public(f"::ffff:{plain}") is not V4.is_open(v4):
            disagreements.append(f"::ffff:{plain}")
        if v6 >> 32 != 0xFFFF and egress.is_public(wrapped) is not V6.is_open(v6):
            disagreements.append(wrapped)
        if lenient != plain and egress.is_public(lenient):
            disagreements.append(lenient)

    assert disagreements == []


def test_no_spelling_of_a_number_is_a_host() -> None:
    chance, egress = random.Random(11262026), Egress()
    v4s = _numbers(chance, V4.edges, 32)
    for _ in range(3_000):
        host = _written_v4(chance, next(v4s))
        assert is_refused(egress, f"https://{host}/"), host


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1"),
        *("017700000001", "0x7F.1", "00000177.0x0.0.1", "127.0.0.1.", "2130706433.", "0x7f.1."),
        *(
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[0:0:0:0:0:ffff:7f00:1]",
            "[::127.0.0.1]",
        ),
        *(
            "[64:ff9b::a9fe:a9fe]",
            "[64:ff9b::169.254.169.254]",
            "[2002:7f00:1::]",
            "[fe80::1%25lo]",
        ),
        *(
            "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
            "\u2460\u2461\u2466.0.0.1",
            "127\u30020\u30020\u30021",
        ),
        *(
            "127\uff0e0\uff0e0\uff0e1",
            "127\uff610\uff610\uff611",
        ),
        *(
            "\U0001d7cf\U0001d7d0\U0001d7d5.0.0.1",
            "%31%32%37.0.0.1",
            "127.0.0.1%2e",
            "127%2e0%2e0%2e1",
        ),
        *("169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518"),
        *("localhost..", "..localhost", "127.0.0.1..", "a..b", "host.example..", ".host.example"),
        *("1.2.3.0x", "host.0x", "host.123", "host.0x7f", "-a.b", "a-.b", "a b"),
    ],
)
def test_no_host_that_may_be_read_as_a_number_gets_past(host: str) -> None:
    assert is_refused(Egress(), f"https://{host}/x")


def test_digits_of_other_scripts_that_are_no_digits_of_a_number_stay_a_name() -> None:
    assert (URL("https://\u0661\u0662\u0667.\u0660.\u0660.\u0661/").raw_host or "")[:4] == "xn--"


def is_refused(egress: Egress, address: str) -> bool:
    """Refused by the door, and never claimed by the adapter that takes any host."""
    try:
        url = URL(address)
    except ValueError:
        return True
    claimed = Site({}, {}, None).match(url)
    try:
        egress.check(url)
    except Denied:
        return claimed is None
    return False
