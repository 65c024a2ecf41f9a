"""Asking the network what an address stands for: handles, short links, who hosts a site. Until then
a takedown is `resolving`.

It is asked anew when who was asked first says that it does not stand before that site: whoever is
behind it waits for what is found. What is held meanwhile rests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from adapters import errors
from adapters.spec import Locator, Url
from service.actions import (
    accept_items,
    claims,
    handing_on,
    holding,
    lanes,
    looks,
    matters,
    reading,
)
from service.actions.context import Context
from service.actions.looks import Looking
from service.actions.matters import OpenCase
from service.domain import follow, notices
from service.domain.lanes import says_down
from service.domain.pace import doubling
from service.domain.states import Actor, Event, Machine, TakedownState
from service.domain.world import Move, Takedown, World
from service.store import ledger
from service.store.unit import Unit

TRIES_ANEW: Final = 5
"""Then it goes on with what was found first."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What came of asking. `locator` is None when it could not be asked."""

    looking: Looking
    at: datetime
    locator: Locator | None = None
    nothing_there: bool = False
    reason: str | None = None
    until: datetime | None = None


class Found(NamedTuple):
    """What an address stands for, or stood for: then nothing is there any more."""

    locator: Locator
    reason: str | None = None
    nothing_there: bool = False


async def take(ctx: Context, lane_id: str, slots: int) -> list[Looking]:
    """Lease due resolves of a lane."""
    spec = ctx.spec_of(lane_id)
    if spec is None:
        return []

    async def work(u: Unit) -> list[Looking]:
        now = ctx.now()
        lane = await u.run("SELECT 1 FROM lanes WHERE id = :id AND NOT killed", id=lane_id)
        if lane.scalar() is None:
            return []
        until = now + ctx.rules.pace.lease
        found = await claims.claim(u, claims.RESOLVE, lane_id, spec.lane, slots, now, until)
        return await looks.looking_at(u, ctx, lane_id, found)

    return await ctx.store.run(work)


async def call(ctx: Context, looking: Looking) -> Resolved:
    """Ask once, with no transaction open. Never raises."""
    try:
        locator = await looking.adapter.resolve(replace(looking.locator, final=False))
        return Resolved(looking, ctx.now(), locator)
    except errors.ContentGone as error:
        locator = replace(looking.locator, final=True)
        return Resolved(looking, ctx.now(), locator, nothing_there=True, reason=error.reason)
    except errors.WrongAddressee as error:
        locator = accept_items.of_nobody(Url(looking.locator.url))
        return Resolved(looking, ctx.now(), locator, reason=error.reason)
    except errors.Throttled as error:
        until = lanes.until_of(error, ctx.now())
        return Resolved(looking, ctx.now(), reason=error.reason, until=until)
    except errors.PlatformError as error:
        return Resolved(looking, ctx.now(), reason=error.reason)
    except Exception as error:  # noqa: BLE001 - a fault of ours; it is asked again
        return Resolved(looking, ctx.now(), reason=f"fault_{type(error).__name__.lower()}")


async def record_resolved(ctx: Context, resolved: Sequence[Resolved]) -> None:
    """Write down what was found, one takedown at a time: each plans requests of its own."""
    for one in resolved:
        await ctx.store.run(lambda u, one=one: _record(u, ctx, one))  # type: ignore[misc]


async def _record(u: Unit, ctx: Context, one: Resolved) -> None:
    now, takedown_id = ctx.now(), one.looking.takedown_id
    case, site = await _opened(u, takedown_id)
    world = await _world(u, ctx, now, case, takedown_id, one.locator, site)
    takedown = world.takedowns[takedown_id]
    moves: list[Move] = []
    if takedown.state is TakedownState.RESOLVING:
        gone, reason = one.nothing_there, one.reason
        not_theirs = gone or bool(one.locator and not one.locator.platform)
        if site and handing_on.is_unknown_there(takedown, reason, nothing_there=not_theirs):
            moves = await _take_back(u, ctx, world, case, takedown, site, reason)
        elif one.locator is None:
            _try_again(world, takedown)
        else:
            moves = await _settle(u, ctx, world, case, takedown, Found(one.locator, reason, gone))
    elif takedown.resolve_at is not None:
        moves = await _settle_anew(u, ctx, world, case, takedown, one)
    await ledger.record(u, world, moves)
    await claims.release(u, claims.RESOLVE, [takedown_id])
    failed = one.locator is None and says_down(one.reason)
    await lanes.heed(u, ctx, [lanes.Word(one.looking.lane, one.until, failed=failed)], now)


async def _opened(u: Unit, takedown_id: UUID) -> tuple[OpenCase, Locator | None]:
    """The case, locked, and the site if this was handed on."""
    row = (
        await u.run(
            "SELECT case_id, organisation_id, locator_sealed FROM takedowns WHERE id = :id",
            id=takedown_id,
        )
    ).one()
    case = await matters.open_case(u, row.organisation_id, row.case_id, lock=True)
    return case, handing_on.way_back(case, takedown_id, row.locator_sealed)


async def _world(
    u: Unit, ctx: Context, now: datetime, case: OpenCase, takedown_id: UUID, *may_be: Locator | None
) -> World:
    """One takedown, and all that asks about what it may turn out to be."""
    macs = [accept_items.mac_of(case, locator) for locator in may_be if locator]
    things = ([case.row.organisation_id] * len(macs), macs)
    return await ledger.open_world(
        u, ctx.rules, now, takedowns=[takedown_id], cases=[case.id], things=things
    )


async def take_back_late(ctx: Context) -> int:
    """What was handed on, and nobody there could tell in time: those who host it are asked."""
    found = await handing_on.overdue(ctx)
    for takedown_id in found:
        await ctx.store.run(lambda u, t=takedown_id: _take_back_late(u, ctx, t))  # type: ignore[misc]
    return len(found)


async def _take_back_late(u: Unit, ctx: Context, takedown_id: UUID) -> None:
    case, site = await _opened(u, takedown_id)
    world = await _world(u, ctx, ctx.now(), case, takedown_id, site)
    takedown = world.takedowns[takedown_id]
    moves: list[Move] = []
    if site and takedown.state is TakedownState.RESOLVING:
        moves = await _take_back(u, ctx, world, case, takedown, site, handing_on.LATE)
    await ledger.record(u, world, moves)


async def _take_back(
    u: Unit,
    ctx: Context,
    world: World,
    case: OpenCase,
    takedown: Takedown,
    site: Locator,
    reason: str | None,
) -> list[Move]:
    await handing_on.take_back(u, world, case, takedown, site, reason)
    return await _settle(u, ctx, world, case, takedown, Found(site))


def _try_again(world: World, takedown: Takedown) -> None:
    takedown.resolve_step += 1
    wait = doubling(world.pace.retry_first, world.pace.retry_most, takedown.resolve_step)
    takedown.resolve_at = world.now + wait


async def _settle(
    u: Unit, ctx: Context, world: World, case: OpenCase, takedown: Takedown, found: Found
) -> list[Move]:
    known = await handing_on.by_software(u, ctx, takedown, found.locator)
    if known is not None:
        await handing_on.hand_on(u, world, case, takedown, found.locator, known)
        return []
    takedown.resolve_at = takedown.handed_on_at = None
    mac = accept_items.mac_of(case, found.locator)
    twin = (
        await u.run(
            "SELECT id FROM takedowns WHERE case_id = :case AND dedupe_mac = :mac"
            " AND state <> 'withdrawn' AND id <> :id",
            case=takedown.case_id,
            mac=mac,
            id=takedown.id,
        )
    ).scalar()
    if twin is not None:
        return [_move(takedown, Event.WITHDRAW, world.now, "duplicate")]
    takedown.locator_mac, takedown.kind = mac, found.locator.kind
    if not found.locator.platform:  # it leads away from there: a person has to see where to
        takedown.platform = takedown.lane_look = None
    takedown.host_mac = accept_items.host_mac_of(case, found.locator)
    takedown.waits_look = found.nothing_there
    locator = await _find_front(u, ctx, takedown, found.locator)
    await _keep(u, case, takedown, locator, mac)
    desks = await ctx.platforms.of(u, takedown.organisation_id)
    planned = matters.plan(case, takedown, locator, ctx.rules.specs, desks)
    wanted = matters.wanted_holds(case, planned, world.now)
    for kind in wanted:
        await holding.set_hold(u, world, [takedown], holding.NewHold(kind), Actor.ENGINE, case.key)
    if world.held[takedown.id]:
        return [_move(takedown, Event.HOLD, world.now, "+".join(sorted(world.held[takedown.id])))]
    return [_move(takedown, Event.RESOLVED, world.now, found.reason)]


async def _settle_anew(
    u: Unit, ctx: Context, world: World, case: OpenCase, takedown: Takedown, one: Resolved
) -> list[Move]:
    """The same thing on the same ladder; only who hosts it may have changed. Then it goes on."""
    if one.locator is None and takedown.resolve_step < TRIES_ANEW:
        _try_again(world, takedown)
        return []
    takedown.resolve_at = None
    if one.nothing_there:  # a look says whether it is gone, before anybody else is asked
        takedown.waits_look = True
        follow.look_now(world, takedown)
    if one.locator is not None and one.locator.platform:
        locator = await _find_front(u, ctx, takedown, one.locator)
        await _keep(u, case, takedown, locator, accept_items.mac_of(case, locator))
    return list(follow.climb(world, takedown, world.now))


async def _find_front(u: Unit, ctx: Context, takedown: Takedown, locator: Locator) -> Locator:
    """Put a platform that is set up before a site that stands behind it.

    The desk that was found for the host is then that platform's own: the locator loses it. Who was
    put there once stays, so that rungs keep their order.
    """
    if "network" not in locator.parts:
        return locator
    front = accept_items.front_of(await ctx.platforms.of(u, takedown.organisation_id), locator)
    if front is None:
        return locator
    takedown.front = front
    await lanes.ensure(u, lanes.of(front, takedown.organisation_id))
    parts = {k: v for k, v in locator.parts.items() if not k.startswith("host_")}
    return replace(locator, parts=parts)


async def _keep(u: Unit, case: OpenCase, takedown: Takedown, locator: Locator, mac: bytes) -> None:
    values = notices.locator_values(locator)
    await u.run(
        "UPDATE takedowns SET dedupe_mac = :mac, locator_sealed = :sealed WHERE id = :id",
        id=takedown.id,
        mac=mac,
        sealed=case.key.seal_json(reading.PLACE_LOCATOR, takedown.id, values),
    )


def _move(takedown: Takedown, event: Event, at: datetime, reason: Any) -> Move:
    return Move(Machine.TAKEDOWN, takedown.id, event, Actor.ENGINE, at, reason)
