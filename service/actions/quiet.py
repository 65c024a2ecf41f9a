"""Hosts that want to be left alone, on a lane of many hosts: one site keeps no other site waiting.

A host is kept by a MAC under its organisation's key, and forgotten when its time is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from adapters.spec import Locator, Observation, Seen, Spec, Url
from service.actions.context import Context
from service.store import keys
from service.store.unit import Unit

OVER: Final = "FROM quiet_hosts WHERE until <= :now ORDER BY host_mac"
LEFT_ALONE: Final = Observation(Seen.CANNOT_SEE, "left_alone", "machine")
"""What is said of a look that was not made because its host asked to wait."""


class Wait(NamedTuple):
    """What one host asked for."""

    host: bytes
    organisation_id: UUID
    until: datetime


async def hosts(
    u: Unit, spec: Spec | None, organisation_id: UUID, locators: Mapping[UUID, Locator]
) -> Mapping[UUID, bytes]:
    """The host of each locator, where one lane is of many hosts; none where it is of one
    platform.
    """
    if spec is None or "*" not in spec.api_hosts:
        return {}
    key = await keys.organisation_key(u, organisation_id)
    return {id_: key.mac("quiet", Url(at.url).raw_host or "") for id_, at in locators.items()}


async def waits(u: Unit, wanted: Iterable[bytes], now: datetime) -> Mapping[bytes, datetime]:
    """Until when those of these hosts want to be left alone that do so now."""
    rows = await u.run(
        "SELECT host_mac, until FROM quiet_hosts WHERE host_mac = ANY(:macs) AND until > :now",
        macs=sorted(set(wanted)),
        now=now,
    )
    return {bytes(row.host_mac): row.until for row in rows}


async def keep(u: Unit, told: Iterable[Wait]) -> None:
    """Nobody looks there before that; an earlier word never shortens a later one."""
    for wait in sorted(told):
        await u.run(
            "INSERT INTO quiet_hosts (host_mac, organisation_id, until)"
            " VALUES (:host, :org, :until) ON CONFLICT (host_mac)"
            " DO UPDATE SET until = GREATEST(quiet_hosts.until, EXCLUDED.until)",
            host=wait.host,
            org=wait.organisation_id,
            until=wait.until,
        )


async def forget_over(ctx: Context) -> int:
    """Forget the hosts whose time is over. Returns how many."""

    async def work(u: Unit) -> int:
        gone = await u.run(
            f"DELETE FROM quiet_hosts WHERE host_mac IN (SELECT host_mac {OVER}"
            " FOR UPDATE SKIP LOCKED)",
            now=ctx.now(),
        )
        return gone.rowcount

    return await ctx.store.run(work)
