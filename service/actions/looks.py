"""Looks that are due: taking them, and making each with no transaction open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters import errors
from adapters.base import Adapter
from adapters.spec import Ability, Locator, Observation, Seen
from service.actions import claims, lanes, quiet, reading, second_look
from service.actions.context import Context
from service.actions.look_at import Sight
from service.domain import sight
from service.store.unit import Unit


@dataclass(frozen=True, slots=True)
class Looking:
    """One look to make."""

    takedown_id: UUID
    lane: str
    adapter: Adapter
    locator: Locator
    afar: Adapter | None = None  # the same platform from the second vantage
    split: bool = False  # the two disagreed when they last looked
    host: bytes | None = None  # where its lane is of many hosts
    not_before: datetime | None = None  # its host asked for that


async def take(ctx: Context, lane_id: str, slots: int) -> list[Looking]:
    """Lease due looks of a lane. A platform without looks is left to people: its rows stop being
    due.
    """
    spec = ctx.spec_of(lane_id)
    if spec is None:
        return []

    async def work(u: Unit) -> list[Looking]:
        now = ctx.now()
        lane = await u.run("SELECT 1 FROM lanes WHERE id = :id AND NOT killed", id=lane_id)
        if lane.scalar() is None:
            return []
        if Ability.LOOK not in spec.can:
            await u.run(
                "UPDATE takedowns SET look_at = NULL WHERE lane_look = :lane AND look_at <= :now",
                lane=lane_id,
                now=now,
            )
            return []
        until = now + ctx.rules.pace.lease
        found = await claims.claim(u, claims.LOOK, lane_id, spec.lane, slots, now, until)
        return await looking_at(u, ctx, lane_id, found)

    return await ctx.store.run(work)


async def looking_at(u: Unit, ctx: Context, lane_id: str, found: list[UUID]) -> list[Looking]:
    if not found:
        return []
    locators = await reading.locators(u, found)
    rows = await u.run(
        "SELECT id, organisation_id, platform, saw_rule FROM takedowns WHERE id = ANY(:ids)",
        ids=found,
    )
    picked = rows.all()
    org = picked[0].organisation_id  # one lane is one organisation's
    hosts = await quiet.hosts(u, ctx.spec_of(lane_id), org, locators)
    waits = await quiet.waits(u, hosts.values(), ctx.now()) if hosts else {}
    desks = {org: await ctx.platforms.of(u, org) for org in {r.organisation_id for r in picked}}
    looks = []
    for r in picked:
        desk = desks[r.organisation_id][r.platform]
        looks.append(
            Looking(
                r.id, lane_id, desk.adapter, locators[r.id], desk.afar,
                split=sight.is_split(r.saw_rule),
                host=hosts.get(r.id),
                not_before=waits.get(hosts.get(r.id, b"")),
            )
        )  # fmt: skip
    return looks


async def call(ctx: Context, looking: Looking) -> Sight:
    """Look, with no transaction open; what is not up by nobody's proof, from a second vantage too.

    Never raises: what could not be seen is `CANNOT_SEE`. No call to a host that asked to wait.
    """
    if looking.not_before is not None:
        return Sight(
            looking.takedown_id, quiet.LEFT_ALONE, ctx.now(), until=looking.not_before,
            host=looking.host, made=False,
        )  # fmt: skip
    observation, until = await _seen_by(ctx, looking.adapter, looking.locator)
    vantage = sight.HERE
    if looking.afar is not None and until is None and sight.needs_second(observation):
        observation, vantage, until = await _with_second(ctx, looking, looking.afar, observation)
    return Sight(
        looking.takedown_id, observation, ctx.now(), lane=looking.lane, until=until,
        vantage=vantage, host=looking.host,
    )  # fmt: skip


async def _with_second(
    ctx: Context, looking: Looking, afar: Adapter, here: Observation
) -> tuple[Observation, str, datetime | None]:
    there, until = second_look.NOT_MADE, None
    if await second_look.may(ctx, looking.takedown_id, looking.lane, looking.host):
        there, until = await _seen_by(ctx, afar, looking.locator)
    country = ctx.platforms.vantage.country if ctx.platforms.vantage else ""
    return *sight.together(here, there, country, split=looking.split), until


async def _seen_by(
    ctx: Context, adapter: Adapter, locator: Locator
) -> tuple[Observation, datetime | None]:
    """One look, and until when the platform wants to be left alone."""
    try:
        return await adapter.look(locator), None
    except errors.Throttled as error:
        until = lanes.until_of(error, ctx.now())
        return Observation(Seen.CANNOT_SEE, error.reason, "machine"), until
    except Exception as error:  # noqa: BLE001 - a fault of ours proves nothing
        rule = f"fault_{type(error).__name__.lower()}"
        return Observation(Seen.CANNOT_SEE, rule, "machine"), None
