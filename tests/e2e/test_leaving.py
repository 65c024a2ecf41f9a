"""An API that is told to stop: what is on its way is answered, and who asks is sent elsewhere."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from service.embedded.postgres import EmbeddedPostgres
from service.store.sealing import Vault
from tests.flow.office import Office
from tests.prove.fleet import ROOT, Member, Place, environment, free_port, office_at, until
from tests.prove.load import token_of


@asynccontextmanager
async def serving(
    migrated: EmbeddedPostgres, database: str, folder: Path, drain_s: float
) -> AsyncIterator[tuple[Office, Member]]:
    """One API of a centre, without any worker and without Redis."""
    place = Place(migrated.url("efface_app", database), "redis://127.0.0.1:1/0", folder)
    port = free_port()
    async with office_at(place) as office:
        told = environment(place, EFFACE_PORT=str(port), EFFACE_API_DRAIN_S=str(drain_s))
        member = Member("api", told, folder / "api.log", port)
        try:
            await member.start()
            yield office, member
        finally:
            await member.kill()


def half_a_call(token: str) -> tuple[bytes, bytes]:
    """The beginning of a call, and its end; the API says once it has begun to read the body."""
    body = json.dumps({"reference": "on its way"}).encode()
    head = (
        "POST /api/v1/cases HTTP/1.1\r\nHost: efface\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    return head.encode(), body


async def refuses(member: Member) -> bool:
    """Whether nothing listens there any more."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", member.port)
    except ConnectionRefusedError:
        return True
    writer.close()
    await writer.wait_closed()
    return False


async def test_what_is_on_its_way_is_answered_after_the_door_has_shut(
    migrated: EmbeddedPostgres, database: str, tmp_path: Path
) -> None:
    async with serving(migrated, database, tmp_path, drain_s=0) as (office, member):
        first, rest = half_a_call(await token_of(office))
        reader, writer = await asyncio.open_connection("127.0.0.1", member.port)
        idle, idle_writer = await asyncio.open_connection("127.0.0.1", member.port)
        writer.write(first)
        assert await reader.readline() == b"HTTP/1.1 100 Continue\r\n"

        stopping = asyncio.create_task(member.stop())
        await until(lambda: refuses(member))
        writer.write(rest)
        reply = (await reader.read()).decode().lstrip()
        await stopping

        assert reply.startswith("HTTP/1.1 201 "), reply
        assert "connection: close" in reply.lower()
        assert await idle.read() == b""
        assert member.codes == [0]
        assert len(await office.all("cases")) == 1
        for each in (writer, idle_writer):
            each.close()
            await each.wait_closed()


async def test_it_says_that_it_leaves_while_it_still_serves_and_a_second_signal_hurries_it(
    migrated: EmbeddedPostgres, database: str, tmp_path: Path
) -> None:
    async with (
        serving(migrated, database, tmp_path, drain_s=300) as (office, member),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{member.port}", trust_env=False) as client,
    ):
        key = {"Authorization": f"Bearer {await token_of(office)}"}
        before = await client.get("/health/ready")

        os.kill(member.pid, signal.SIGTERM)

        async def leaving() -> bool:
            return (await client.get("/health/ready")).status_code == 503

        await until(leaving)
        ready = await client.get("/health/ready")
        live = await client.get("/health/live")
        served = await client.get("/api/v1/todo", headers=key)
        await member.stop()

    assert (before.status_code, "connection" in before.headers) == (200, False)
    assert (ready.json()["status"], ready.json()["reasons"]) == ("away", ["stopping"])
    assert (live.status_code, served.status_code) == (200, 200)
    assert served.headers["connection"] == "close"
    assert member.codes == [0]


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    Vault.make_file(tmp_path / "seal.key")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        place = Place("postgresql+asyncpg://efface_app@nowhere/efface", "redis://nowhere", tmp_path)
        refused = subprocess.run(
            [sys.executable, "-m", "service.cli", "api"],
            cwd=ROOT, env=environment(place, EFFACE_PORT=str(port)), capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    assert refused.returncode == 1
    assert refused.stderr == (
        f"Nothing can listen at 127.0.0.1, port {port}: Address already in use."
        " Set EFFACE_HOST and EFFACE_PORT.\n"
    )
