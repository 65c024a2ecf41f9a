"""Connections that are not HTTP, over real sockets: where they may go, and by which way."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from adapters.base import Tools
from adapters.dial import Dial, dialling
from adapters.egress import Egress
from adapters.errors import Misconfigured, NotSent, PlatformError
from adapters.proxy import Proxy
from service import worker
from service.settings import Settings
from tests.connect_proxy import proxying

LOOPBACK = ("127.0.0.0/8",)
DATA_CENTRE = "149.154.167.51"


@dataclass
class Listener:
    """Greets who comes, and counts them."""

    port: int = 0
    comers: list[str] = field(default_factory=list)


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    there = Listener()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there.comers.append(writer.get_extra_info("peername")[0])
        writer.write(b"hello")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    there.port = server.sockets[0].getsockname()[1]
    try:
        yield there
    finally:
        server.close()
        await asyncio.sleep(0.01)


async def failure_of(dial: Dial, address: str, port: int) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await dial(address, port)
    return caught.value


async def test_an_allowed_address_is_called_directly() -> None:
    async with listening() as there:
        reader, writer = await dialling(Egress(LOOPBACK), timeout_s=10)("127.0.0.1", there.port)
        said = await reader.readexactly(5)
        writer.transport.abort()

    assert (said, there.comers) == (b"hello", ["127.0.0.1"])


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "localhost", "2130706433"])
async def test_what_is_not_public_is_not_called(address: str) -> None:
    async with listening() as there:
        error = await failure_of(dialling(Egress(), timeout_s=10), address, there.port)

    assert (type(error), error.reason) == (Misconfigured, "egress_denied")
    assert there.comers == []


@pytest.mark.parametrize(
    ("egress", "address", "port"),
    [
        (Egress(), "169.254.169.254", 443),
        (Egress(), DATA_CENTRE, 80),
        (Egress(LOOPBACK, public=False), DATA_CENTRE, 443),  # practice
    ],
)
async def test_where_it_may_not_go_not_even_a_socket_is_made(
    egress: Egress, address: str, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asyncio, "open_connection", _never)

    error = await failure_of(dialling(egress, timeout_s=10), address, port)

    assert (type(error), error.reason) == (Misconfigured, "egress_denied")


async def test_a_public_address_is_fit_to_be_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "open_connection", _never)

    with pytest.raises(AssertionError, match="called"):
        await dialling(Egress(), timeout_s=10)(DATA_CENTRE, 443)


async def test_a_proxy_is_never_passed_by() -> None:
    async with listening() as there, proxying(source="127.0.0.7") as proxy:
        dial = dialling(
            Egress(LOOPBACK), timeout_s=10, proxy=Proxy.of(f"http://127.0.0.1:{proxy.port}")
        )
        reader, writer = await dial("127.0.0.1", there.port)
        said = await reader.readexactly(5)
        writer.transport.abort()

    assert (said, there.comers) == (b"hello", ["127.0.0.7"])
    assert proxy.targets == [f"127.0.0.1:{there.port}"]


async def test_a_proxy_is_asked_for_no_address_that_is_closed() -> None:
    async with proxying() as proxy:
        dial = dialling(Egress(), timeout_s=10, proxy=Proxy.of(f"http://127.0.0.1:{proxy.port}"))
        error = await failure_of(dial, "10.0.0.1", 443)

    assert (type(error), error.reason) == (Misconfigured, "egress_denied")
    assert proxy.heads == []


async def test_a_proxy_that_refuses_leaves_nothing_sent() -> None:
    async def refuse(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 403 No\r\n\r\n")

    async with listening() as there, proxying(refuse) as proxy:
        dial = dialling(
            Egress(LOOPBACK), timeout_s=10, proxy=Proxy.of(f"http://127.0.0.1:{proxy.port}")
        )
        error = await failure_of(dial, "127.0.0.1", there.port)

    assert (type(error), error.reason) == (NotSent, "proxy_refused")
    assert there.comers == []


async def test_nobody_listening_and_nobody_answering_are_not_sent() -> None:
    async def hang(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with listening() as there:
        closed = there.port
    refused = await failure_of(dialling(Egress(LOOPBACK), timeout_s=10), "127.0.0.1", closed)
    async with proxying(hang) as proxy:
        dial = dialling(
            Egress(LOOPBACK), timeout_s=0.3, proxy=Proxy.of(f"http://127.0.0.1:{proxy.port}")
        )
        late = await failure_of(dial, "127.0.0.1", closed)

    assert [(type(e), e.reason) for e in (refused, late)] == [
        (NotSent, "connect_refused"),
        (NotSent, "connect_timeout"),
    ]
    shown = "".join(line for e in (refused, late) for line in traceback.format_exception(e))
    assert "Connect call failed" not in shown
    assert str(closed) not in shown


async def test_unless_it_is_given_there_is_no_such_connection() -> None:
    tools = Tools(http=None, mail=None, now=worker.now)  # type: ignore[arg-type]

    error = await failure_of(tools.dial, "127.0.0.1", 443)

    assert (type(error), error.reason) == (Misconfigured, "egress_denied")


@pytest.mark.parametrize("practice", [False, True])
async def test_the_product_dials_by_its_proxy_and_in_practice_only_here(
    tmp_path: Path, *, practice: bool
) -> None:
    key = tmp_path / "key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    async with listening() as there, proxying(source="127.0.0.7") as proxy:
        given = Settings.model_validate(
            {
                "database_url": "postgresql+asyncpg://nobody@localhost/nothing",
                "redis_url": "redis://localhost/0",
                "key_file": key,
                "egress_allow_cidrs": "127.0.0.0/8",
                "playground": practice,
                "egress_proxy": f"http://127.0.0.1:{proxy.port}",
            }
        )
        dial = worker._tools(given).dial
        _, writer = await dial("127.0.0.1", there.port)
        writer.transport.abort()
        await asyncio.sleep(0.05)
        outside = await failure_of(dial, DATA_CENTRE, 443) if practice else None

    assert there.comers == ["127.0.0.1" if practice else "127.0.0.7"]
    assert outside is None or outside.reason == "egress_denied"


async def _never(*_: object, **__: object) -> None:
    raise AssertionError("called")
