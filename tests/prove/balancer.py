"""A load balancer as centres run them: it asks each API whether it is ready, sends calls to those
that are in turn, and tries another only where a call surely never left.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, Self

import httpx

CHECK_S: Final = 0.2
IDLE_S: Final = 2.0  # shorter than the API keeps an idle connection, as in front of any server
NOBODY_S: Final = 60.0


class Balancer:
    """Counts what its clients saw: replies by status, and calls that got none."""

    def __init__(self, ports: Sequence[int], token: str) -> None:
        self._headers = {"Authorization": f"Bearer {token}"}
        self._ready = dict.fromkeys(ports, False)
        self._turn = itertools.cycle(ports)
        self.statuses: Counter[int] = Counter()
        self.unanswered: list[str] = []
        self.refusals: Counter[int] = Counter()  # readiness said no, by port

    async def __aenter__(self) -> Self:
        limits = httpx.Limits(max_connections=None, keepalive_expiry=IDLE_S)
        self._clients = {
            port: httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=60, trust_env=False
            )
            for port in self._ready
        }
        self._watchers = [asyncio.create_task(self._watch(port)) for port in self._ready]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._watchers:
            task.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        for client in self._clients.values():
            await client.aclose()

    async def _watch(self, port: int) -> None:
        address = f"http://127.0.0.1:{port}/health/ready"
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            while True:
                try:
                    reply = await client.get(address, headers={"Connection": "close"})
                    self._ready[port] = reply.status_code == 200
                    self.refusals[port] += reply.status_code != 200
                except httpx.HTTPError:
                    self._ready[port] = False
                await asyncio.sleep(CHECK_S)

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of the reply; None where there was none, or none that is good."""
        async with asyncio.timeout(NOBODY_S):
            while True:
                port = await self._next()
                try:
                    reply = await self._clients[port].request(
                        method, f"/api/v1{path}", json=body, headers=self._headers
                    )
                except httpx.ConnectError:
                    self._ready[port] = False  # nothing was sent: another may have it
                    continue
                except httpx.HTTPError as error:
                    self.unanswered.append(f"{method} {path}: {type(error).__name__}")
                    return None
                self.statuses[reply.status_code] += 1
                return reply.json() if reply.is_success else None

    async def _next(self) -> int:
        while not any(self._ready.values()):
            await asyncio.sleep(CHECK_S / 4)
        return next(port for port in self._turn if self._ready[port])
