"""The whole product in this process: API on a real port, worker, servers, practice platforms."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from service import app, settings, worker
from service.actions import organisations
from service.app import Server
from service.domain.states import Actor
from service.playground.serve import Playground
from service.store.sealing import Vault

SITE = "https://video.practice.test"
SPEED = 900.0
ROLES = (Actor.ADMIN, Actor.CASE_WORKER, Actor.SUPERVISOR, Actor.AUDITOR, Actor.INTEGRATOR)


@dataclass
class Whole:
    """A running efface with one organisation that has set nothing up yet."""

    address: str
    practice: Playground
    tokens: dict[str, str]

    def client(self, role: str = "case_worker") -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"{self.address}/api/v1",
            headers={"Authorization": f"Bearer {self.tokens[role]}"},
            timeout=30,
            trust_env=False,
        )


@asynccontextmanager
async def running(database_url: str, redis_url: str, folder: Path) -> AsyncIterator[Whole]:
    """Everything up inside, everything down after."""
    key_file = folder / "seal.key"
    Vault.make_file(key_file)
    async with Playground(speed=SPEED, peertube_site=SITE) as practice:
        found = settings.load(
            database_url=database_url, redis_url=redis_url, key_file=key_file, playground=True,
            practice_speed=SPEED, undo_s=0, sweep_s=1, egress_allow_cidrs="127.0.0.0/8",
            smtp_host=practice.addresses.smtp_host, smtp_port=practice.addresses.smtp_port,
            log_level="ERROR", port=0,
        )  # fmt: skip
        ctx = worker.build(found)
        engine = worker.make_worker(ctx, found)
        await engine.start()
        config = uvicorn.Config(
            app.make_app(ctx, found), host="127.0.0.1", port=0, log_config=None, access_log=False
        )
        server = Server(config)
        serving = asyncio.create_task(server.serve())
        try:
            while not server.started:
                await asyncio.sleep(0.02)
            port = server.servers[0].sockets[0].getsockname()[1]
            owner = await organisations.make_organisation(ctx, f"Centre {os.getpid()}")
            tokens = {
                role.value: (await organisations.make_key(ctx, owner, role)).token for role in ROLES
            }
            yield Whole(f"http://127.0.0.1:{port}", practice, tokens)
        finally:
            server.should_exit = True
            await serving
            await engine.stop()
            await worker.close(ctx)


async def call(client: httpx.AsyncClient, method: str, path: str, **values: Any) -> Any:
    """One call that must succeed."""
    reply = await client.request(method, path, **values)
    assert reply.is_success, (method, path, reply.status_code, reply.text)
    return reply.json() if reply.content else None


async def change(client: httpx.AsyncClient, method: str, path: str, body: Any) -> Any:
    """A change of something with a version."""
    read = await client.get(path.removesuffix("/settings"))
    match = {"If-Match": read.headers["etag"]}
    return await call(client, method, path, json=body, headers=match)
