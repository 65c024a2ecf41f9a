"""Sending: say what we are about to do (commit), call, say what happened (commit).

START takes only what is called at once. What it returns has an intent on record, so a process that
dies here
leaves a doubt, never a loss. Results come back in batches, each matched to its own attempt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from adapters import errors
from adapters.base import Adapter
from adapters.spec import AnswerKind, Channel, Grade, ItemOutcome, Key, Notice, Receipt
from service.actions import attempts, composing, lanes
from service.actions.context import Context, Desk
from service.domain import follow, ids
from service.domain.lanes import says_down, take_sends
from service.domain.states import Actor, Event, Machine, NoticeState
from service.domain.world import Move, World
from service.domain.world import Notice as NoticeRow
from service.store import ledger
from service.store.unit import Unit

N, E = NoticeState, Event
STARTS_MAX: Final = 3
BEGIN_WITHIN: Final = 3  # this part of the lease: the call itself has the rest


@dataclass(frozen=True, slots=True)
class Started:
    """One call to make now, and not after `begin_by`. `attempt_id` is the lease token."""

    attempt_id: UUID
    notice_id: UUID
    organisation_id: UUID
    case_id: UUID
    lane: str
    adapter: Adapter
    notice: Notice
    key: Key
    begin_by: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one call: the event, and all that is known about it."""

    started: Started
    event: Event
    at: datetime
    reason: str | None = None
    receipt: Receipt | None = None
    outcomes: tuple[ItemOutcome, ...] = ()
    until: datetime | None = None
    closes: str | None = None  # why the lane is to be closed


EVENT_OF: Final[dict[type[errors.PlatformError], Event]] = {
    errors.NotSent: E.NOT_SENT,
    errors.Throttled: E.NOT_SENT,
    errors.Misconfigured: E.NOT_SENT,
    errors.Uncertain: E.UNCERTAIN,
    errors.NeedsPerson: E.NEEDS_PERSON,
    errors.Refused: E.REJECTED,
    errors.AlreadyReported: E.ACCEPTED,
    errors.WrongAddressee: E.ACCEPTED,
    errors.ContentGone: E.ACCEPTED,
}
"""The whole error policy of sending. About one item only, the last three refuse the message
instead.
"""
OUTCOME_OF: Final[dict[type[errors.PlatformError], AnswerKind]] = {
    errors.AlreadyReported: AnswerKind.ALREADY_REPORTED,
    errors.WrongAddressee: AnswerKind.WRONG_ADDRESSEE,
    errors.ContentGone: AnswerKind.CONTENT_GONE,
}


def key_of(notice_id: UUID, frozen: bytes) -> Key:
    """The same bytes of the same notice always go under the same key."""
    return Key(hashlib.sha256(notice_id.bytes + frozen).hexdigest()[:32])


async def start(ctx: Context, lane_id: str, slots: int) -> list[Started]:
    """Begin as many due notices of a lane as there are slots and the lane allows. One
    transaction.
    """
    spec = ctx.spec_of(lane_id)
    if spec is None:
        return []

    async def work(u: Unit) -> list[Started]:
        await lanes.take_turns(u, lane_id)
        now = ctx.now()
        rows = await u.run(
            "SELECT id, organisation_id, addressee FROM notices"
            " WHERE lane = :lane AND state = 'due' AND due_at <= :now"
            f" ORDER BY priority, due_at LIMIT {lanes.ROOM}",
            lane=lane_id,
            now=now,
            n=slots,
            **lanes.room(spec.lane),
        )
        picked = rows.all()
        if not picked:
            return []
        desks = await ctx.platforms.of(u, picked[0].organisation_id)
        if not desks[spec.name].ready:
            await lanes.close(u, lane_id, "not_set_up", now)
            return []
        return await _start(u, ctx, lane_id, desks, [row.id for row in picked], now)

    return await ctx.store.run(work)


async def _start(
    u: Unit,
    ctx: Context,
    lane_id: str,
    desks: Mapping[str, Desk],
    picked: Sequence[UUID],
    now: datetime,
) -> list[Started]:
    world = await ledger.open_world(u, ctx.rules, now, notices=picked)
    due = [n for i in picked if (n := world.notices[i]).state is N.DUE and n.due_at <= now]
    moves = [
        Move(Machine.NOTICE, n.id, E.SET_ASIDE, Actor.ENGINE, now, "three_dead_starts")
        for n in due
        if n.starts >= STARTS_MAX
    ]
    due = [n for n in due if n.starts < STARTS_MAX]
    drafts, held = await composing.drafts(u, ctx, world, desks, due)
    lane = await lanes.lock(u, lane_id)
    if lane is None:
        return []
    busy = await in_flight(u, lane_id)
    desk = desks[world.notices[picked[0]].addressee]
    rate, lease = lanes.rate_of(ctx, desk), lease_of(ctx, desk)
    granted = take_sends(lane, rate, ctx.now(), len(drafts), busy, lease)
    await lanes.keep(u, lane)
    moves += held
    started = []
    for draft in drafts[:granted]:
        started.append(intend(ctx, world, desk, draft))
        moves.append(
            Move(
                Machine.NOTICE, draft.row.id, E.START, Actor.ENGINE, now,
                facts={"bytes": hashlib.sha256(draft.frozen).hexdigest()},
            )
        )  # fmt: skip
    await ledger.record(u, world, moves)
    await attempts.begin(u, [(s, d.frozen) for s, d in zip(started, drafts, strict=False)], world)
    return started


def intend(ctx: Context, world: World, desk: Desk, draft: composing.Draft) -> Started:
    """Begin an attempt: what is called after the commit, and until when that may take."""
    row = draft.row
    row.attempt_id = ids.new_id()
    row.lease_until = world.now + lease_of(ctx, desk)
    row.tries += 1
    return Started(
        attempt_id=row.attempt_id,
        notice_id=row.id,
        organisation_id=row.organisation_id,
        case_id=row.case_id,
        lane=row.lane,
        adapter=desk.adapter,
        notice=draft.notice,
        key=key_of(row.id, draft.frozen),
        begin_by=world.now + lease_of(ctx, desk) / BEGIN_WITHIN,
    )


def lease_of(ctx: Context, desk: Desk) -> timedelta:
    """Longer than a call may take: a mail is a dialogue of many replies."""
    times = 4 if desk.adapter.spec.channel is Channel.MAIL else 1
    return times * ctx.rules.pace.lease


async def in_flight(u: Unit, lane_id: str) -> int:
    """How many calls of a lane are out, in all workers."""
    found = await u.run(
        "SELECT count(*) FROM notices WHERE lane = :lane AND state = 'sending'", lane=lane_id
    )
    return int(found.scalar_one())


async def call(ctx: Context, started: Started) -> Result:
    """Make one call, with no transaction open. Never raises: what is not known is `UNCERTAIN`.

    A process that lay frozen since START does not call any more: somebody else may have settled the
    doubt meanwhile, and sent again.
    """
    if ctx.now() > started.begin_by:
        return Result(started, E.NOT_SENT, ctx.now(), "begun_too_late")
    try:
        receipt = await started.adapter.send(started.notice, started.key)
    except errors.PlatformError as error:
        return _failed(ctx, started, error)
    except Exception as error:  # noqa: BLE001 - bytes may have left before our fault
        return Result(started, E.UNCERTAIN, ctx.now(), f"fault_{type(error).__name__.lower()}")
    return Result(started, E.ACCEPTED, ctx.now(), receipt=receipt, outcomes=tuple(receipt.outcomes))


def _failed(ctx: Context, started: Started, error: errors.PlatformError) -> Result:
    kind = next(cls for cls in type(error).__mro__ if cls in EVENT_OF)
    event, now = EVENT_OF[kind], ctx.now()
    result = Result(started, event, now, error.reason)
    if isinstance(error, errors.Throttled):
        until = lanes.until_of(error, now)
        return Result(started, event, now, error.reason, until=until)
    if isinstance(error, errors.Misconfigured):
        return Result(started, event, now, error.reason, closes=error.reason)
    if kind in OUTCOME_OF:
        refs = [item.ref for item in started.notice.items if error.ref in (None, item.ref)]
        outcomes = tuple(ItemOutcome(ref, OUTCOME_OF[kind]) for ref in refs)
        whole = len(outcomes) == len(started.notice.items)
        receipt = Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE, outcomes) if whole else None
        event = E.ACCEPTED if whole else E.REJECTED
        return Result(started, event, now, error.reason, receipt=receipt, outcomes=outcomes)
    return result


async def record_results(ctx: Context, results: Sequence[Result]) -> None:
    """Write down what came of calls: one transaction for many, each decided by itself."""
    if not results:
        return

    async def work(u: Unit) -> None:
        now = ctx.now()
        world = await ledger.open_world(
            u, ctx.rules, now, notices={r.started.notice_id for r in results}
        )
        known = await attempts.locked(u, [r.started.attempt_id for r in results])
        moves, changes = [], []
        for result in results:
            move, change = _judge(world, known[result.started.attempt_id], result)
            changes.append(change)
            if move:
                moves.append(move)
        await ledger.record(u, world, moves)
        await attempts.let_go(u, world)
        await attempts.finish(u, changes, now)
        words = [
            lanes.Word(r.started.lane, r.until, r.closes, _nobody_answered(r)) for r in results
        ]
        await lanes.heed(u, ctx, words, now)

    await ctx.store.run(work)


def _nobody_answered(result: Result) -> bool:
    """A doubt counts too: a platform that times out is not to collect hundreds of them."""
    unsent = result.event is E.NOT_SENT and says_down(result.reason)
    return unsent or result.event is E.UNCERTAIN


def _judge(world: World, attempt: Any, result: Result) -> tuple[Move | None, attempts.Change]:
    """What one result moves. The attempt says whose answer it is; the lease only said who may
    call.
    """
    row = world.notices[result.started.notice_id]
    if attempt.repeats and result.event in (E.NOT_SENT, E.NEEDS_PERSON):
        # this one did not leave, and says nothing about the one before: the doubt stays as it was
        result = replace(result, event=E.UNCERTAIN)
    event = result.event
    change = attempts.Change(attempt, result)
    if attempt.state == "intent" and row.state is N.SENDING:
        pass
    elif attempt.state == "perhaps" and row.state is N.PERHAPS_SENT:
        if event is E.UNCERTAIN:
            return None, change
        if event is E.NEEDS_PERSON:  # surely not taken: the next call hears it in time
            event = E.NOT_SENT
    elif event is E.ACCEPTED and (proof := follow.proof_of(row)):
        event = proof
    else:
        _evidence(world, row, result, attempt.started_at)
        return None, change
    row.starts = 0
    if event in (E.NOT_SENT, E.UNCERTAIN) and (result.until or result.closes):
        row.tries -= 1  # their limit or our setting: nobody is charged
    _take_outcomes(world, row, result.outcomes)
    row.reason = result.reason
    at = result.at if event is E.ACCEPTED else min(result.at, world.now)
    return (
        Move(
            Machine.NOTICE, row.id, event, Actor.ENGINE, at, result.reason,
            facts=attempts.facts(result.started.attempt_id, result.receipt),
        ),
        change,
    )  # fmt: skip


def _evidence(world: World, row: NoticeRow, result: Result, started_at: datetime) -> None:
    """A late proof about a closed attempt moves nothing, but an earlier proven start corrects the
    clock.
    """
    if result.event is E.ACCEPTED:
        follow.prove_earlier(world, row, started_at)


def _take_outcomes(world: World, row: NoticeRow, outcomes: Sequence[ItemOutcome]) -> None:
    for outcome in outcomes:
        link = world.carried.get((row.id, UUID(outcome.ref)))
        if link is not None:
            link.outcome = outcome.kind
