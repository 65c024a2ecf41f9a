"""The API over real sockets: who is believed about an address, and how long a body may take."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn

from service import app, settings
from service.api import application
from service.api.guards import Failures
from service.domain.states import Actor
from service.settings import Settings
from tests.api.house import House


def loaded(tmp_path: Path, **given: Any) -> Settings:
    key = tmp_path / "key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    return settings.load(
        database_url="postgresql+asyncpg://nobody@127.0.0.1:1/nothing",
        redis_url="redis://127.0.0.1:1/0",
        key_file=str(key),
        port=0,
        **given,
    )


@asynccontextmanager
async def served(house: House, found: Settings) -> AsyncIterator[int]:
    made = application.make(house.ctx, cast("Any", None), body_within_s=0.3)
    server = uvicorn.Server(uvicorn.Config(cast("Any", made), **app.serving(found)))
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.02)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


async def exchange(port: int, sent: bytes) -> bytes:
    """What comes back until they close."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()
        await writer.wait_closed()


async def test_an_unfinished_body_is_dropped(house: House, tmp_path: Path) -> None:
    head = (
        f"POST /api/v1/cases HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {house.ours.tokens[Actor.CASE_WORKER]}\r\n"
        f'Content-Length: 100\r\n\r\n{{"reference": '
    )

    async with served(house, loaded(tmp_path)) as port:
        reply = await exchange(port, head.encode())

    status, _, rest = reply.partition(b"\r\n")
    assert b" 408 " in status
    assert b"connection: close" in rest.lower()
    assert json.loads(rest.partition(b"\r\n\r\n")[2])["code"] == "too_slow"
    assert (await house.rows("cases"))["cases"] == 0


@pytest.mark.parametrize(("trusted", "last"), [("", b" 429 "), ("127.0.0.1", b" 401 ")])
async def test_only_a_named_proxy_is_believed_about_who_calls(
    house: House, tmp_path: Path, trusted: str, last: bytes
) -> None:
    async with served(house, loaded(tmp_path, trusted_proxies=trusted)) as port:
        for n in range(Failures.MOST + 1):
            reply = await exchange(
                port,
                b"GET /api/v1/cases HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                b"Authorization: Bearer ef_0123456789ab_wrong\r\n"
                b"X-Forwarded-For: 192.0.2.%d\r\n\r\n" % n,
            )

    assert last in reply.partition(b"\r\n")[0]
