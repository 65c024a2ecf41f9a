"""Beginning calls of a lane: first what is sent again under the same key, then what is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from adapters.spec import Settle
from service.actions import attempts, lanes, send_notice
from service.actions.composing import Draft
from service.actions.context import Context, Desk
from service.actions.send_notice import Started
from service.domain import mailing, notices
from service.domain.lanes import take_sends
from service.domain.pace import doubling
from service.domain.states import Actor, Event, Machine, NoticeState
from service.domain.world import Move, Notice, World
from service.store import keys, ledger
from service.store.unit import Unit


async def start(ctx: Context, lane_id: str, slots: int) -> list[Started]:
    """Calls to make now: class (a) doubts that are due go again with the same bytes and key, then
    due notices.
    """
    again = await resend(ctx, lane_id, slots)
    if len(again) < slots:
        again += await send_notice.start(ctx, lane_id, slots - len(again))
    return again


_BYTES = text(
    "SELECT id, notice_id, case_id, bytes_sealed FROM attempts"
    " WHERE notice_id = ANY(:ids) AND state = 'perhaps'"
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))


async def resend(ctx: Context, lane_id: str, slots: int) -> list[Started]:
    """Doubtful notices of a platform that honours our key, under that key. One transaction. A
    repeat is a sending: what may not be carried now is not repeated.
    """
    spec = ctx.spec_of(lane_id)
    if spec is None or spec.perhaps_sent is not Settle.SAME_KEY:
        return []

    async def work(u: Unit) -> list[Started]:
        await lanes.take_turns(u, lane_id)
        now = ctx.now()
        rows = await u.run(
            "SELECT id, organisation_id FROM notices WHERE lane = :lane"
            " AND state = 'perhaps_sent' AND settle_at <= :now ORDER BY settle_at LIMIT :n",
            lane=lane_id,
            now=now,
            n=slots,
        )
        picked = rows.all()
        if not picked:
            return []
        desk = (await ctx.platforms.of(u, picked[0].organisation_id))[spec.name]
        return await _resend(u, ctx, lane_id, desk, [row.id for row in picked])

    return await ctx.store.run(work)


async def _resend(
    u: Unit, ctx: Context, lane_id: str, desk: Desk, picked: Sequence[UUID]
) -> list[Started]:
    now = ctx.now()
    world = await ledger.open_world(u, ctx.rules, now, notices=picked)
    doubtful = [
        n for i in picked
        if (n := world.notices[i]).state is NoticeState.PERHAPS_SENT
        and n.settle_at is not None and n.settle_at <= now
    ]  # fmt: skip
    moves: list[Move] = []
    since = await attempts.doubted_since(u, [n.id for n in doubtful])
    frozen = await _frozen(u, [n.id for n in doubtful])
    for notice in list(doubtful):
        why_not = _why_not_again(world, desk, notice, frozen[notice.id])
        if why_not:
            doubtful.remove(notice)
            moves += _leave_to_people(world, notice, since[notice.id], why_not)
    lane = await lanes.lock(u, lane_id)
    if lane is None or not desk.ready:
        return []
    busy = await send_notice.in_flight(u, lane_id)
    rate, lease = lanes.rate_of(ctx, desk), send_notice.lease_of(ctx, desk)
    granted = doubtful[: take_sends(lane, rate, ctx.now(), len(doubtful), busy, lease)]
    await lanes.keep(u, lane)
    started = []
    for notice in granted:
        draft = Draft(notice, notices.thaw(frozen[notice.id]), frozen[notice.id])
        started.append((send_notice.intend(ctx, world, desk, draft), draft.frozen))
        moves.append(Move(Machine.NOTICE, notice.id, Event.RESEND, Actor.ENGINE, now, "same_key"))
    await attempts.close_open(u, [n.id for n in granted], Event.RESEND, now)
    await ledger.record(u, world, moves)
    await attempts.begin(u, started, world)
    return [one for one, _ in started]


def _leave_to_people(world: World, notice: Notice, at: datetime, reason: str) -> list[Move]:
    """Not now, and where it may pass it is looked at again. Meanwhile nobody can tell, as in class
    (d): people have until the first reminder is due.
    """
    until, pace = at + world.pace.unconfirmed_after, world.pace
    if until > world.now:
        notice.settle_step += 1  # so it is in sight of people (`perhaps_sent` in what waits)
        wait = doubling(pace.retry_first, pace.settle_most, notice.settle_step)
        notice.settle_at = min(until, world.now + wait)
        return []
    return [Move(Machine.NOTICE, notice.id, Event.UNCONFIRM, Actor.ENGINE, at, reason)]


def _why_not_again(world: World, desk: Desk, notice: Notice, frozen: bytes) -> str | None:
    """Never while something that it carries may not leave, and never to another address than
    before.
    """
    carried = (world.requests[link.request_id] for link in world.carried_by(notice))
    if not all(mailing.may_carry(world, notice, request) for request in carried):
        return "not_repeated"
    told_here = desk.adapter.is_who_was_told(notices.thaw(frozen))
    return None if told_here else "address_changed"


async def _frozen(u: Unit, wanted: Sequence[UUID]) -> dict[UUID, bytes]:
    rows: Any = (await u.conn.execute(_BYTES, {"ids": list(wanted)})).all()
    opened = await keys.case_keys(u, {row.case_id for row in rows})
    return {
        row.notice_id: opened[row.case_id].open(attempts.BYTES, row.id, row.bytes_sealed)
        for row in rows
    }
