"""A name that leads outside when it is checked and inside when it is called: nobody is called.

The names are served by a DNS server of our own on loopback, over real sockets.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters import nodeinfo, rdap
from adapters.base import Tools
from adapters.egress import Egress
from adapters.errors import Misconfigured, NotSent
from adapters.http import Call, Http, Reply, WireError, ask
from adapters.peertube import PeerTube
from adapters.site import Site
from adapters.spec import Observation, Seen, Url
from tests.adapters.contract.site import NOW
from tests.adapters.test_transport import OK, Peer, serving, to

HOST = "turncoat.iana.org"
OUTSIDE, METADATA = "93.184.215.14", "169.254.169.254"
_HEADER = struct.Struct("!6H")
_RECORD = struct.Struct("!HHHIH")  # a pointer to the name, type, class, time to live, length


@dataclass
class Dns(asyncio.DatagramProtocol):
    """Answers each question for an A record with the next of its lists; the last one stays."""

    answers: list[list[str]]
    port: int = 0
    asked: int = 0
    _transport: Any = field(default=None, repr=False)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        number, *_ = _HEADER.unpack_from(data)
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        records = b"".join(
            _RECORD.pack(0xC00C, 1, 1, 0, 4) + socket.inet_aton(each) for each in found
        )
        head = _HEADER.pack(number, 0x8180, 1, len(found), 0, 0)
        self._transport.sendto(head + data[_HEADER.size :] + records, addr)


class Question(asyncio.DatagramProtocol):
    """One question and its answer."""

    def __init__(self, name: str) -> None:
        labels = (bytes([len(label)]) + label.encode() for label in name.split("."))
        self.asks = _HEADER.pack(7, 0x0100, 1, 0, 0, 0) + b"".join(labels) + b"\0\0\1\0\1"
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        transport.sendto(self.asks)

    def datagram_received(self, data: bytes, _addr: Any) -> None:
        self.answer.set_result(data)


@dataclass
class Resolver(AbstractResolver):
    """Asks that server, each time anew."""

    dns: Dns

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        question = Question(host)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: question, remote_addr=("127.0.0.1", self.dns.port)
        )
        try:
            data = await asyncio.wait_for(question.answer, 10)
        finally:
            transport.close()
        records = data[len(question.asks) :]
        assert family is not socket.AF_INET6
        return [
            ResolveResult(
                hostname=host,
                host=socket.inet_ntoa(records[at : at + 4]),
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for at in range(_RECORD.size, len(records), _RECORD.size + 4)
        ]

    async def close(self) -> None:
        pass


@asynccontextmanager
async def answering(*answers: list[str], allowed: str = "") -> AsyncIterator[tuple[Http, Dns]]:
    """A client whose names are served so."""
    dns = Dns(list(answers))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: dns, local_addr=("127.0.0.1", 0)
    )
    egress = Egress([allowed] if allowed else [], resolver=Resolver(dns))
    http = Http(egress, timeout_s=20.0, pause_s=0.0)
    try:
        yield http, dns
    finally:
        await http.aclose()
        transport.close()
        await asyncio.sleep(0)


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that a stream socket was told to connect to."""
    seen: list[str] = []
    original = socket.socket.connect

    def noted(self: socket.socket, address: Any) -> None:
        if self.type == socket.SOCK_STREAM:
            seen.append(address[0])
        original(self, address)

    monkeypatch.setattr(socket.socket, "connect", noted)
    return seen


def tools(http: Http) -> Tools:
    return Tools(http=http, mail=None, now=lambda: NOW)  # type: ignore[arg-type]


def site_of(http: Http, **settings: str) -> Site:
    return Site(settings, {}, tools(http))


async def look(http: Http) -> Observation:
    site = site_of(http)
    locator = site.match(Url(f"https://{HOST}/x"))
    assert locator is not None
    return await site.look(locator)


async def test_a_name_that_turns_inside_after_it_was_checked_is_not_called(
    dialled: list[str],
) -> None:
    async with answering([OUTSIDE], [METADATA]) as (http, dns):
        observation = await look(http)

        assert (observation.seen, observation.rule) == (Seen.CANNOT_SEE, "egress_denied_at_site")
        assert dns.asked == 2
    assert dialled == []


@pytest.mark.parametrize("inside", [METADATA, "127.0.0.1", "10.0.0.1", "100.100.100.200"])
async def test_a_name_that_leads_inside_at_all_is_not_called(
    dialled: list[str], inside: str
) -> None:
    for answer in ([inside], [OUTSIDE, inside], [inside, OUTSIDE]):
        async with answering(answer) as (http, _):
            outcome = await http.outcome(Call("HEAD", f"https://{HOST}/"))
            with pytest.raises(NotSent, match="egress_denied"):
                await http.addresses(HOST)

        assert isinstance(outcome, WireError)
        assert (outcome.reason, outcome.sent) == ("egress_denied", False)
    assert dialled == []


async def test_an_address_handed_in_leads_into_no_network_that_is_allowed(
    dialled: list[str],
) -> None:
    """The operator opened it for a platform of the centre: it tells nobody what else is in it."""
    async with answering(["127.0.0.1"], allowed="127.0.0.0/8") as (http, _):
        site = site_of(http)
        observation = await look(http)
        software = await nodeinfo.software_at(site, HOST)
        with pytest.raises(NotSent, match="egress_denied"):
            await http.addresses(HOST)

    assert (observation.seen, observation.rule) == (Seen.CANNOT_SEE, "egress_denied_at_site")
    assert (software, dialled) == ("", [])


async def test_nor_does_a_server_that_a_reply_names(dialled: list[str]) -> None:
    """The bootstrap file stands in a setting, so it may be read; what it names is not called."""
    listed = json.dumps({"services": [[["org"], [f"https://{HOST}/"]]]}).encode()

    async def script(peer: Peer) -> None:
        await peer.request()
        length = str(len(listed)).encode()
        head = OK.replace(b"content-length: 2", b"content-length: " + length)
        await peer.say(head.removesuffix(b"{}") + listed)

    async with (
        serving(script) as server,
        answering(["127.0.0.1"], allowed="127.0.0.0/8") as (http, _),
    ):
        mirror = f"http://127.0.0.1:{server.port}"
        found = await rdap.Rdap(site_of(http, bootstrap_url=mirror), mirror).of_name("iana.org")

        assert (found.desk, found.why_not, len(server.requests)) == (None, "egress_denied", 1)
    assert dialled == ["127.0.0.1"]


async def test_a_platform_of_the_centres_own_is_reached_there(dialled: list[str]) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(OK)

    async with (
        serving(script) as server,
        answering(["127.0.0.1"], allowed="127.0.0.0/8") as (http, _),
    ):
        own = server.url(host=HOST).removesuffix("/canary-path?canary=query")
        tube = PeerTube({"base_url": own, "site_url": f"https://{HOST}"}, {}, tools(http))
        locator = tube.match(Url(f"https://{HOST}/w/kkGMgK9ZtnKfYAgnEtQxbv"))
        assert locator is not None
        observation = await tube.look(locator)

        assert (observation.rule, len(server.requests)) == ("unreadable", 1)
    assert dialled == ["127.0.0.1"]


async def test_what_is_called_is_the_address_that_was_checked(dialled: list[str]) -> None:
    """The name is asked for once a call, so there is no second answer to be fooled by."""

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))

    async with (
        serving(script) as server,
        answering(["127.0.0.1"], [METADATA], allowed="127.0.0.1/32") as (http, dns),
    ):
        first = await http.outcome(to("GET", server.url(host=HOST)))
        asked = dns.asked
        second = await http.outcome(to("GET", server.url(host=HOST)))

        assert isinstance(first, Reply)
        assert isinstance(second, WireError)
        assert (asked, dns.asked, server.connections) == (1, 2, 1)
    assert dialled == ["127.0.0.1"]


class Silent(AbstractResolver):
    """A resolver in trouble."""

    def __init__(self, trouble: OSError | None) -> None:
        self._trouble = trouble

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if self._trouble is not None:
            raise self._trouble
        await asyncio.Event().wait()
        raise AssertionError(host, port, family)

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "trouble", [socket.gaierror(socket.EAI_AGAIN, "x"), OSError(None, "x"), None], ids=str
)
async def test_a_resolver_in_trouble_says_nothing_about_a_name(trouble: OSError | None) -> None:
    http = Http(Egress(resolver=Silent(trouble)), timeout_s=0.05)

    with pytest.raises(NotSent, match="dns_failed"):
        await http.addresses(HOST)


async def test_a_name_that_nobody_has_leads_nowhere() -> None:
    http = Http(Egress(resolver=Silent(socket.gaierror(socket.EAI_NONAME, "x"))))

    assert await http.addresses(HOST) == ()


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f.1", "a b", "", "x" * 300, "::1"])
async def test_what_is_no_name_is_not_looked_up(host: str) -> None:
    http = Http(Egress(resolver=Silent(None)), timeout_s=0.05)

    with pytest.raises(NotSent, match="egress_denied"):
        await http.addresses(host)


@pytest.mark.parametrize("url", ["http://iana.org/", "https://iana.org:8443/", "ftp://iana.org/"])
async def test_any_public_host_means_its_usual_port_by_https(url: str) -> None:
    async with answering([OUTSIDE]) as (http, dns):
        with pytest.raises(Misconfigured, match="host_not_allowed"):
            await ask(site_of(http), url)

        assert dns.asked == 0
