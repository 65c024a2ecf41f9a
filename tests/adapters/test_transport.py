"""The outgoing client over real loopback sockets: it tells rightly whether bytes left."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import struct
import traceback
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.contract.site import Names
from adapters.egress import Egress
from adapters.http import Call, Http, Method, Reply, WireError

__all__ = ["Names"]  # others look for it here

Script = Callable[["Peer"], Awaitable[None]]
LOOPBACK = ("127.0.0.0/8",)
BOMB = gzip.compress(b" " * 50_000_000, 1)
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


@dataclass
class Peer:
    """One accepted connection, as a script sees it."""

    server: Server
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> bytes:
        """The whole request, headers and body."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        whole = head + await self.reader.readexactly(length)
        self.server.requests.append(whole)
        return whole

    async def say(self, words: bytes) -> None:
        self.writer.write(words)
        await self.writer.drain()
        self.server.said_bytes += len(words)

    def reset(self) -> None:
        """End with RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class Server:
    port: int = 0
    connections: int = 0
    said_bytes: int = 0
    requests: list[bytes] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}/canary-path?canary=query"


@asynccontextmanager
async def serving(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server()
    tasks: set[asyncio.Task[None] | None] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        task = asyncio.current_task()
        tasks.add(task)
        try:
            await script(Peer(server, reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            server.ended.set()
            tasks.discard(task)
            writer.close()

    listener = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in tuple(tasks):
            if task:
                task.cancel()
        await asyncio.sleep(0)


@asynccontextmanager
async def client(**options: Any) -> AsyncIterator[Http]:
    egress = options.pop("egress", None) or Egress(LOOPBACK)
    http = Http(egress, **{"timeout_s": 30.0, "connect_timeout_s": 10.0, **options})
    try:
        yield http
    finally:
        await http.aclose()
        await asyncio.sleep(0)


def to(method: Method, url: str, body: object = None) -> Call:
    """A call to a host that stands in somebody's settings."""
    return Call(method, url, body, configured=True)


async def reports(http: Http, url: str) -> Reply | WireError:
    return await http.outcome(to("POST", url, {"words": "canary-body"}))


async def reset_on_accept(peer: Peer) -> None:
    await asyncio.sleep(0.05)  # the request is in our buffers by then, unread
    peer.reset()


async def reset_after_body(peer: Peer) -> None:
    await peer.request()
    peer.reset()


async def close_on_accept(peer: Peer) -> None:
    await asyncio.sleep(0.05)
    peer.writer.close()


async def close_after_body(peer: Peer) -> None:
    await peer.request()
    peer.writer.close()


async def say_garbage(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"\x16\x03\x01 this is no HTTP \r\n\r\n")


async def break_off(peer: Peer) -> None:
    await peer.request()
    await peer.say(OK.replace(b"length: 2", b"length: 99"))


async def break_off_a_chunk(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n20\r\n{")


async def break_off_gzip(peer: Peer) -> None:
    await peer.request()
    packed = gzip.compress(b'{"a": "0123456789"}')[:-9]
    await peer.say(_headers(len(packed), b"content-encoding: gzip\r\n") + packed)


async def hang(peer: Peer) -> None:
    await peer.request()
    await asyncio.sleep(60)


async def drip_headers(peer: Peer) -> None:
    await peer.request()
    for byte in OK:
        await peer.say(bytes((byte,)))
        await asyncio.sleep(0.1)


async def drip_body(peer: Peer) -> None:
    await peer.request()
    await peer.say(_headers(1000))
    while True:
        await peer.say(b" ")
        await asyncio.sleep(0.1)


async def flood(peer: Peer) -> None:
    await peer.request()
    await peer.say(_headers(1_000_000_000))
    while True:
        await peer.say(b" " * 65_536)


async def flood_without_length(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
    while True:
        await peer.say(b" " * 65_536)


async def bomb(peer: Peer) -> None:
    await peer.request()
    await peer.say(_headers(len(BOMB), b"content-encoding: gzip\r\n") + BOMB)


async def other_packing(peer: Peer) -> None:
    await peer.request()
    await peer.say(_headers(2, b"content-encoding: br\r\n") + b"{}")


async def answer(peer: Peer) -> None:
    await peer.request()
    await peer.say(OK)


def _headers(length: int, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\n%bcontent-length: %d\r\n\r\n" % (more, length)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (reset_on_accept, "reset"),
        (reset_after_body, "reset"),
        (close_on_accept, "reset|closed"),  # unread bytes make the kernel say RST
        (close_after_body, "closed"),
        (say_garbage, "garbled"),
        (break_off, "truncated"),
        (break_off_a_chunk, "truncated"),
        (break_off_gzip, "truncated"),
        (hang, "read_timeout"),
        (drip_headers, "read_timeout"),
        (drip_body, "read_timeout"),
        (flood, "too_large"),
        (flood_without_length, "too_large"),
        (bomb, "too_large"),
        (other_packing, "encoding_refused"),
    ],
)
async def test_what_fails_after_bytes_left_is_told_as_sent(script: Script, reason: str) -> None:
    timeout_s = 0.5 if reason == "read_timeout" else 30.0
    async with serving(script) as server, client(timeout_s=timeout_s) as http:
        outcome = await reports(http, server.url())

        assert isinstance(outcome, WireError)
        assert outcome.sent is True
        assert outcome.reason in reason.split("|")
        assert server.connections == 1


async def test_a_refused_connection_is_told_as_not_sent() -> None:
    async with client() as http:
        outcome = await reports(http, f"http://127.0.0.1:{_closed_port()}/canary-path")

    assert isinstance(outcome, WireError)
    assert (outcome.sent, outcome.reason) == (False, "connect_refused")


async def test_an_unknown_name_is_told_as_not_sent() -> None:
    async with client(egress=Egress(LOOPBACK, resolver=Names({}))) as http:
        outcome = await reports(http, "https://nowhere.invalid/canary-path")

    assert isinstance(outcome, WireError)
    assert (outcome.sent, outcome.reason) == (False, "dns_failed")


async def test_a_full_queue_of_connections_is_told_as_not_sent() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [_knock(listener) for _ in range(4)]
        async with client(connect_timeout_s=0.3) as http:
            outcome = await reports(http, f"http://127.0.0.1:{listener.getsockname()[1]}/")
        for each in waiting:
            each.close()

    assert isinstance(outcome, WireError)
    assert (outcome.sent, outcome.reason) == (False, "connect_timeout")


async def test_a_connection_that_nobody_accepts_may_have_taken_the_bytes() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        async with client(timeout_s=0.3) as http:
            outcome = await reports(http, f"http://127.0.0.1:{listener.getsockname()[1]}/")

    assert isinstance(outcome, WireError)
    assert (outcome.sent, outcome.reason) == (True, "read_timeout")


async def test_a_certificate_that_is_not_trusted_is_told_as_not_sent(tmp_path: Path) -> None:
    names = Names({"tls.example": ["127.0.0.1"]})
    async with (
        serving(answer, _certificate(tmp_path)[0]) as server,
        client(egress=Egress(LOOPBACK, resolver=names)) as http,
    ):
        outcome = await reports(http, server.url("https", "tls.example"))

        assert isinstance(outcome, WireError)
        assert (outcome.sent, outcome.reason) == (False, "tls_failed")
        assert server.requests == []


async def test_a_certificate_of_another_name_is_told_as_not_sent(tmp_path: Path) -> None:
    ours, trusting = _certificate(tmp_path)
    names = Names({"other.example": ["127.0.0.1"]})
    async with (
        serving(answer, ours) as server,
        client(egress=Egress(LOOPBACK, resolver=names), tls=trusting) as http,
    ):
        outcome = await reports(http, server.url("https", "other.example"))

        assert isinstance(outcome, WireError)
        assert (outcome.sent, outcome.reason) == (False, "tls_failed")
        assert server.requests == []


async def test_a_trusted_certificate_lets_the_request_through(tmp_path: Path) -> None:
    ours, trusting = _certificate(tmp_path)
    names = Names({"tls.example": ["127.0.0.1"]})
    async with (
        serving(answer, ours) as server,
        client(egress=Egress(LOOPBACK, resolver=names), tls=trusting) as http,
    ):
        reply = await reports(http, server.url("https", "tls.example"))

        assert isinstance(reply, Reply)
        assert (reply.status, reply.json()) == (200, {})


@pytest.mark.parametrize("script", [reset_on_accept, close_on_accept, say_garbage])
async def test_what_fails_in_the_handshake_is_told_as_not_sent(script: Script) -> None:
    async def before_tls(peer: Peer) -> None:
        await peer.reader.read(1)
        peer.reset() if script is reset_on_accept else await peer.say(b"no TLS here\r\n")

    names = Names({"tls.example": ["127.0.0.1"]})
    async with (
        serving(before_tls) as server,
        client(egress=Egress(LOOPBACK, resolver=names)) as http,
    ):
        outcome = await reports(http, server.url("https", "tls.example"))

        assert isinstance(outcome, WireError)
        assert outcome.sent is False
        assert outcome.reason in ("tls_failed", "connect_failed")


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with serving(answer) as elsewhere, client() as http:

        async def lead_away(peer: Peer) -> None:
            await peer.request()
            location = f"location: {elsewhere.url()}\r\n".encode()
            await peer.say(b"HTTP/1.1 307 Moved\r\n%bcontent-length: 0\r\n\r\n" % location)

        async with serving(lead_away) as server:
            reply = await reports(http, server.url())

            assert isinstance(reply, Reply)
            assert reply.status == 307
            assert (server.connections, elsewhere.connections) == (1, 0)


@pytest.mark.parametrize(
    "kind", ["image/png", "VIDEO/mp4", "audio/ogg", "application/octet-stream"]
)
async def test_media_is_refused_before_any_byte_of_it_is_there(kind: str) -> None:
    bodies: list[bytes] = []

    async def show(peer: Peer) -> None:
        await peer.request()
        await peer.say(_headers(5, b"content-type: %b\r\n" % kind.encode()))
        if await peer.reader.read() != b"":  # the client hangs up before the body is sent
            raise AssertionError
        bodies.append(b"")

    async with serving(show) as server, client() as http:
        outcome = await http.outcome(to("GET", server.url()))
        await asyncio.wait_for(server.ended.wait(), 20)

        assert isinstance(outcome, WireError)
        assert (outcome.reason, bodies) == ("media_refused", [b""])


async def test_a_bomb_does_not_go_off_in_memory() -> None:
    async with serving(bomb) as server, client() as http:
        tracemalloc.start()
        try:
            outcome = await reports(http, server.url())
            _, peak_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert isinstance(outcome, WireError)
        assert peak_bytes < 10_000_000


async def test_gzip_is_unpacked() -> None:
    packed = gzip.compress(b'{"a": 1}')

    async def pack(peer: Peer) -> None:
        await peer.request()
        await peer.say(_headers(len(packed), b"content-encoding: gzip\r\n") + packed)

    async with serving(pack) as server, client() as http:
        reply = await http.request(to("GET", server.url()))

        assert reply.json() == {"a": 1}


async def test_a_write_takes_a_connection_of_its_own_and_a_read_keeps_one() -> None:
    async def keep_answering(peer: Peer) -> None:
        while True:
            await answer(peer)

    async with serving(keep_answering) as server, client() as http:
        for _ in range(3):
            await http.request(to("GET", server.url()))
        kept = server.connections
        for _ in range(3):
            await http.request(to("POST", server.url(), {}))

        assert (kept, server.connections) == (1, 4)


async def test_no_proxy_and_no_cookie_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{_closed_port()}")

    async def bake(peer: Peer) -> None:
        await peer.request()
        await peer.say(OK.replace(b"\r\n\r\n", b"\r\nset-cookie: canary=1\r\n\r\n"))

    async with serving(bake) as server, client() as http:
        for _ in range(2):
            await http.request(to("GET", server.url()))

        assert b"cookie" not in b"".join(server.requests).lower()


async def test_many_calls_run_at_once() -> None:
    async def slowly(peer: Peer) -> None:
        await peer.request()
        await asyncio.sleep(0.2)
        await peer.say(OK)

    async with serving(slowly) as server, client() as http:
        started = asyncio.get_running_loop().time()
        outcomes = await asyncio.gather(*(reports(http, server.url()) for _ in range(40)))

        assert all(isinstance(outcome, Reply) for outcome in outcomes)
        assert asyncio.get_running_loop().time() - started < 40 * 0.2


async def test_a_cancelled_call_hangs_up() -> None:
    async def wait_for_the_end(peer: Peer) -> None:
        await peer.request()
        assert await peer.reader.read() == b""

    async with serving(wait_for_the_end) as server, client() as http:
        calling = asyncio.create_task(reports(http, server.url()))
        while not server.requests:
            await asyncio.sleep(0.01)
        calling.cancel()
        await asyncio.wait({calling})
        await asyncio.wait_for(server.ended.wait(), 20)

        assert calling.cancelled()


@pytest.mark.parametrize("script", [reset_after_body, say_garbage, break_off, bomb])
async def test_a_failure_holds_no_address_and_no_body(script: Script) -> None:
    async with serving(script) as server, client() as http:
        with pytest.raises(WireError) as caught:
            await http.request(to("POST", server.url(), {"words": "canary-body"}))

        error = caught.value
        shown = [str(error), repr(error), repr(error.args), *traceback.format_exception(error)]
        assert "canary" not in "".join(line for line in shown if "server.url" not in line)
        assert str(server.port) not in "".join(shown)
        assert error.__context__ is None
        assert error.__cause__ is None


async def test_a_name_that_leads_inside_is_never_called() -> None:
    async with serving(answer) as server:
        for addresses in (["127.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["::ffff:127.0.0.1"], []):
            names = Names({"rebound.example": addresses})
            async with client(egress=Egress(resolver=names)) as http:
                outcome = await reports(http, server.url("https", "rebound.example"))

            assert isinstance(outcome, WireError)
            assert (outcome.sent, outcome.reason) == (False, "egress_denied")
        assert server.connections == 0


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "localhost"]
)
async def test_loopback_is_never_called_unless_it_is_allowed(host: str) -> None:
    async with serving(answer) as server, client(egress=Egress()) as http:
        for scheme in ("http", "https"):
            outcome = await reports(http, server.url(scheme, host))

            assert isinstance(outcome, WireError)
            assert (outcome.sent, outcome.reason) == (False, "egress_denied")
        assert server.connections == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_allowed_network_is_for_hosts_in_somebodys_settings_alone(method: Method) -> None:
    """Also by its number, by another scheme or port, and where a connection was kept."""
    names = Names({"evil.example": ["127.0.0.1"]})

    async def keep_answering(peer: Peer) -> None:
        while True:
            await answer(peer)

    async with (
        serving(keep_answering) as server,
        client(egress=Egress(LOOPBACK, resolver=names)) as http,
    ):
        for url in (server.url(), server.url(host="evil.example")):
            allowed = await http.outcome(to(method, url))
            refused = await http.outcome(Call(method, url))

            assert isinstance(allowed, Reply)
            assert isinstance(refused, WireError)
            assert (refused.reason, refused.sent) == ("egress_denied", False)
        called = server.connections
        for url in ("https://evil.example/", "http://evil.example/"):
            refused = await http.outcome(Call(method, url))
            assert isinstance(refused, WireError)
            assert refused.reason == "egress_denied"
        assert (server.connections, len(server.requests)) == (called, 2)


async def test_practice_reaches_its_platforms_by_whatever_name_they_are_called() -> None:
    practice = Egress(LOOPBACK, public=False)
    async with serving(answer) as server, client(egress=practice) as http:
        reply = await http.outcome(Call("GET", server.url()))
        elsewhere = await http.outcome(Call("GET", "https://www.iana.org/"))

        assert isinstance(reply, Reply)
        assert isinstance(elsewhere, WireError)
        assert elsewhere.reason == "egress_denied"


def _closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _knock(listener: socket.socket) -> socket.socket:
    sock = socket.socket()
    sock.setblocking(False)
    sock.connect_ex(listener.getsockname())
    return sock


def _certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for `tls.example`, signed by itself, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tls.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("tls.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "tls.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(path)
    return ours, ssl.create_default_context(cafile=str(path))
