"""A sender as it is often written: take a row that is due, call, mark it sent; when nobody marked
it in time, do it again.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

import asyncpg

from adapters.egress import Egress
from adapters.http import Call, Http, WireError
from tests.prove.recording_platform import CALLER

TABLE: Final = """
CREATE TABLE naive (url text PRIMARY KEY, sent boolean NOT NULL DEFAULT false,
                    lease_until timestamptz NOT NULL DEFAULT '-infinity')
"""
_TAKE: Final = """
UPDATE naive SET lease_until = now() + interval '1.5 seconds' WHERE url = (
  SELECT url FROM naive WHERE NOT sent AND lease_until < now() LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING url
"""
_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True)
class Orders:
    dsn: str
    base_url: str


async def _send(pool: asyncpg.Pool, http: Http, base_url: str) -> None:
    while True:
        url = await pool.fetchval(_TAKE)
        if url is None:
            await asyncio.sleep(0.05)
            continue
        headers = {"Idempotency-Key": url, CALLER: str(os.getpid())}
        try:
            await http.request(
                Call(
                    "POST", f"{base_url}/mute/reports", {"url": url}, headers=headers,
                    configured=True,
                )
            )  # fmt: skip
        except WireError:
            continue
        await pool.execute("UPDATE naive SET sent = true WHERE url = $1", url)


async def _work(orders: Orders, says: Connection) -> None:
    http = Http(Egress(allow_cidrs=("127.0.0.0/8",)))
    async with asyncpg.create_pool(orders.dsn, min_size=4, max_size=4) as pool:
        says.send("ready")
        await asyncio.gather(*(_send(pool, http, orders.base_url) for _ in range(_AT_ONCE)))


def main(orders: Orders, says: Connection) -> None:
    """The whole life of the process."""
    asyncio.run(_work(orders, says))
