"""Calls through an operator's proxy, over real sockets: what left, what did not, and to whom."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters import tunnel
from adapters.egress import Egress
from adapters.http import Call, Http, Reply, WireError
from adapters.proxy import Proxy
from adapters.wire import WireTransport
from tests.adapters.test_transport import (
    LOOPBACK,
    Names,
    Peer,
    _certificate,
    _closed_port,
    answer,
    close_after_body,
    hang,
    reports,
    reset_after_body,
    say_garbage,
    serving,
    to,
)
from tests.connect_proxy import Answer, proxying

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def through(port: int, *, credential: str = "", **options: Any) -> AsyncIterator[Http]:
    """A client whose proxy listens on this port."""
    egress = options.pop("egress", None) or Egress(LOOPBACK)
    proxy = Proxy.of(f"http://{credential}127.0.0.1:{port}")
    given = {"timeout_s": 30.0, "connect_timeout_s": 10.0, **options}
    http = Http(egress, transport=WireTransport(egress, proxy=proxy, **given))
    try:
        yield http
    finally:
        await http.aclose()
        await asyncio.sleep(0)


def saying(words: bytes) -> Answer:
    async def say(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await writer.drain()

    return say


async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_the_proxy_gets_the_checked_address_and_tls_is_with_the_name(
    tmp_path: Path, scheme: str
) -> None:
    ours, trusting = _certificate(tmp_path)
    names = Names({"tls.example": ["127.0.0.1"]})
    async with (
        serving(answer, ours if scheme == "https" else None) as server,
        proxying() as proxy,
        through(proxy.port, egress=Egress(LOOPBACK, resolver=names), tls=trusting) as http,
    ):
        reply = await reports(http, server.url(scheme, "tls.example"))

        assert isinstance(reply, Reply)
        assert (reply.status, proxy.targets) == (200, [f"127.0.0.1:{server.port}"])
        (request,) = server.requests
        assert f"host: tls.example:{server.port}".encode() in request.lower()
        assert b"tls.example" not in b"".join(proxy.heads)
        assert (b"canary" in proxy.carried) is (scheme == "http")


async def test_a_certificate_of_another_name_counts_through_a_tunnel_too(tmp_path: Path) -> None:
    ours, trusting = _certificate(tmp_path)
    names = Names({"other.example": ["127.0.0.1"]})
    async with (
        serving(answer, ours) as server,
        proxying() as proxy,
        through(proxy.port, egress=Egress(LOOPBACK, resolver=names), tls=trusting) as http,
    ):
        outcome = await reports(http, server.url("https", "other.example"))

        assert isinstance(outcome, WireError)
        assert (outcome.sent, outcome.reason, server.requests) == (False, "tls_failed", [])


@pytest.mark.parametrize("host", ["inside.example", "169.254.169.254", "localhost"])
async def test_what_may_not_be_called_is_not_asked_of_the_proxy_either(host: str) -> None:
    names = Names({"inside.example": ["10.0.0.1"], "localhost": ["127.0.0.1"]})
    async with (
        proxying() as proxy,
        through(proxy.port, egress=Egress(resolver=names)) as http,
    ):
        outcome = await reports(http, f"https://{host}/")

        assert isinstance(outcome, WireError)
        assert (outcome.sent, outcome.reason, proxy.heads) == (False, "egress_denied", [])


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
         "proxy_refused"),
        (b"HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\n\r\nnope", "proxy_refused"),
        (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\n\r\n", "proxy_refused"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "tunnel_failed"),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "tunnel_failed"),
        (b"HTTP/1.1 504 Gateway Timeout\r\n\r\n", "tunnel_failed"),
        (b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", "proxy_away"),
        (b"HTTP/1.1 200 OK\r\n", "proxy_away"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 10_000, "proxy_away"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "proxy_away"),
        (b"", "proxy_away"),
    ],
    ids=lambda told: told[:15].decode() if isinstance(told, bytes) else told,
)  # fmt: skip
async def test_no_tunnel_is_told_as_not_sent(said: bytes, reason: str) -> None:
    async with (
        serving(answer) as server,
        proxying(saying(said)) as proxy,
        through(proxy.port) as http,
    ):
        outcome = await reports(http, server.url())

        assert isinstance(outcome, WireError)
        assert (outcome.sent, outcome.reason) == (False, reason)
        assert (len(proxy.heads), server.connections) == (1, 0)
        assert b"canary" not in b"".join(proxy.heads)


async def test_a_proxy_that_does_not_answer_is_told_as_not_sent() -> None:
    async with (
        proxying(silent) as proxy,
        through(proxy.port, connect_timeout_s=0.2) as http,
    ):
        outcome = await reports(http, "http://127.0.0.1:9/canary-path")

    assert isinstance(outcome, WireError)
    assert (outcome.sent, outcome.reason) == (False, "connect_timeout")


async def test_a_proxy_that_is_away_is_told_as_not_sent_and_nobody_is_called_directly() -> None:
    async with serving(answer) as server, through(_closed_port()) as http:
        outcome = await reports(http, server.url())

        assert isinstance(outcome, WireError)
        assert (outcome.sent, outcome.reason, server.connections) == (False, "proxy_away", 0)


async def test_a_proxy_that_cannot_be_dialled_in_time_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tunnel, "_DIAL_S", 0.0)
    async with proxying() as proxy, through(proxy.port) as http:
        outcome = await reports(http, "http://127.0.0.1:9/")

    assert isinstance(outcome, WireError)
    assert (outcome.sent, outcome.reason) == (False, "proxy_away")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (reset_after_body, "reset|closed"),  # a proxy may hand on a reset as an end
        (close_after_body, "closed"),
        (say_garbage, "garbled"),
        (hang, "read_timeout"),
    ],
)
async def test_what_fails_in_the_tunnel_after_bytes_left_is_told_as_sent(
    script: Any, reason: str
) -> None:
    timeout_s = 0.5 if reason == "read_timeout" else 30.0
    async with (
        serving(script) as server,
        proxying() as proxy,
        through(proxy.port, timeout_s=timeout_s) as http,
    ):
        outcome = await reports(http, server.url())

        assert isinstance(outcome, WireError)
        assert outcome.sent is True
        assert outcome.reason in reason.split("|")
        assert (len(proxy.heads), server.connections) == (1, 1)


async def test_a_tunnel_that_breaks_before_tls_stands_is_told_as_not_sent() -> None:
    async def hang_up(peer: Peer) -> None:
        await peer.reader.read(1)

    async with (
        serving(hang_up) as server,
        proxying() as proxy,
        through(proxy.port) as http,
    ):
        outcome = await reports(http, server.url("https"))

        assert isinstance(outcome, WireError)
        assert outcome.sent is False
        assert server.connections == 1


async def test_an_answer_of_the_platform_is_not_taken_for_one_of_the_proxy() -> None:
    async def refuse(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")

    async with serving(refuse) as server, proxying() as proxy, through(proxy.port) as http:
        reply = await reports(http, server.url())

        assert isinstance(reply, Reply)
        assert reply.status == 502


async def test_other_addresses_of_a_name_are_tried_before_it_is_given_up() -> None:
    names = Names({"two.example": ["127.0.0.9", "127.0.0.1"]})
    async with (
        serving(answer) as server,
        proxying() as proxy,
        through(proxy.port, egress=Egress(LOOPBACK, resolver=names)) as http,
    ):
        reply = await reports(http, server.url(host="two.example"))
        tried = [target.partition(":")[0] for target in proxy.targets]

    assert isinstance(reply, Reply)
    assert tried == ["127.0.0.9", "127.0.0.1"]


async def test_a_read_keeps_its_tunnel_and_a_write_takes_a_new_one() -> None:
    async def keep_answering(peer: Peer) -> None:
        while True:
            await answer(peer)

    async with (
        serving(keep_answering) as server,
        proxying() as proxy,
        through(proxy.port) as http,
    ):
        for _ in range(3):
            await http.request(to("GET", server.url()))
        kept = len(proxy.heads)
        for _ in range(3):
            await http.request(to("POST", server.url(), {}))

        assert (kept, len(proxy.heads)) == (1, 4)


async def test_the_credential_goes_to_the_proxy_alone_and_is_never_shown() -> None:
    async with (
        serving(answer) as server,
        proxying() as proxy,
        through(proxy.port, credential="centre:s3cret%3A%20word@") as http,
    ):
        await http.request(to("GET", server.url()))
        proxy.answer = saying(b"HTTP/1.1 407 No\r\n\r\n")
        with pytest.raises(WireError) as caught:
            await http.request(to("POST", server.url(), {}))

        expected = b"Proxy-Authorization: Basic Y2VudHJlOnMzY3JldDogd29yZA=="
        assert expected in proxy.heads[0]
        assert b"authorization" not in b"".join(server.requests).lower()
        shown = [repr(caught.value), *traceback.format_exception(caught.value)]
        shown.append(repr(Proxy.of("http://centre:s3cret@proxy.example:3128")))
        assert not [line for line in shown if "s3cret" in line or "Y2Vu" in line]
        assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("address", "host", "port", "knows"),
    [
        ("http://proxy.example:3128", "proxy.example", 3128, False),
        ("http://proxy.example:3128/", "proxy.example", 3128, False),
        ("http://u:p@[2001:db8::1]:80", "2001:db8::1", 80, True),
    ],
)
def test_which_addresses_are_a_proxy(address: str, host: str, port: int, *, knows: bool) -> None:
    proxy = Proxy.of(address)

    assert (proxy.host, proxy.port, bool(proxy.credential)) == (host, port, knows)


@pytest.mark.parametrize(
    "address",
    [
        "", "proxy.example:3128", "https://proxy.example:3128", "socks5://proxy.example:1080",
        "http://proxy.example", "http://proxy.example:0", "http://proxy.example:99999",
        "http://:3128", "http://proxy.example:3128/path", "http://proxy.example:3128?q",
        "http://proxy.example:3128#f", "http://user@proxy.example:3128",
        "http://:p@proxy.example:3128", "http://u:@proxy.example:3128",
        "http://u%3A:p@proxy.example:3128", "http://u:p%0d%0aX: y@proxy.example:3128",
        "http://[proxy.example:3128", "http://pr\u043exy.example:3128",
        "http://proxy..example:3128", f"http://{'a' * 64}.example:3128",
    ],
)  # fmt: skip
def test_which_are_none(address: str) -> None:
    with pytest.raises(ValueError, match=r"^(it must be|nothing may|user name|a user name)"):
        Proxy.of(address)


async def test_no_tunnel_leads_a_stranger_into_an_allowed_network() -> None:
    names = Names({"evil.example": ["127.0.0.1"]})
    async with (
        serving(answer) as server,
        proxying() as proxy,
        through(proxy.port, egress=Egress(LOOPBACK, resolver=names)) as http,
    ):
        for host in ("evil.example", "127.0.0.1"):
            outcome = await http.outcome(Call("GET", server.url(host=host)))

            assert isinstance(outcome, WireError)
            assert (outcome.reason, outcome.sent) == ("egress_denied", False)
        assert (proxy.targets, server.connections) == ([], 0)
