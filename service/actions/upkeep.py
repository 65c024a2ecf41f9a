"""What time alone brings: leases that ran out, clocks that passed, reminders, ends of holds, things
left behind.

Each function takes a bounded number of rows and returns how many it moved; the sweep calls them in
turn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from adapters.spec import Purpose, Settle
from service.actions import attempts, holding
from service.actions.context import Context
from service.actions.takedowns import start_clocks_anew
from service.domain import clocks, follow, mailing
from service.domain.states import Actor, Event, Machine, NoticeState, RequestState
from service.domain.world import Move, World
from service.store import ledger
from service.store.unit import Unit

BATCH: Final = 200
N, R, E = NoticeState, RequestState, Event

# What each of these functions finds, for the sweep to ask about all at once.
LEASES_OVER: Final = "FROM notices WHERE state = 'sending' AND lease_until < :now ORDER BY id"
DOUBTS_OVER: Final = (
    "FROM notices WHERE state = 'perhaps_sent' AND settle_at <= :now"
    " AND addressee = ANY(:silent) ORDER BY id"
)
CLOCKS_OVER: Final = "FROM clocks WHERE state = 'running' AND due_at <= :now ORDER BY due_at"
TO_REMIND: Final = "FROM requests WHERE remind_at <= :now AND carrying ORDER BY remind_at"
HOLDS_OVER: Final = "FROM holds WHERE ended_at IS NULL AND until <= :now ORDER BY until"
UNFILED: Final = (
    "FROM notices n WHERE n.state = 'by_hand' AND n.purpose = 'first' AND n.due_at <= :unfiled"
    " AND EXISTS (SELECT 1 FROM carried c JOIN requests r"
    " ON r.id = c.request_id WHERE c.notice_id = n.id AND r.state = 'pending') ORDER BY n.id"
)
UNCARRIED: Final = (
    "FROM requests r JOIN takedowns t ON t.id = r.takedown_id"
    " WHERE r.uncarried AND t.state IN ('open', 'restricted') AND NOT t.waits_look"
    " AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.takedown_id = t.id"
    "  AND h.ended_at IS NULL) ORDER BY r.id"
)


def values(ctx: Context) -> dict[str, Any]:
    """What stands for itself in these, now."""
    silent = [
        s.name
        for s in ctx.rules.specs.values()
        if s.perhaps_sent in (Settle.RECEIPT, Settle.NOBODY)
    ]
    now = ctx.now()
    return {"now": now, "unfiled": now - ctx.rules.pace.unfiled_after, "silent": silent}


async def _find(ctx: Context, columns: str, wanted: str) -> list[Any]:
    async def work(u: Unit) -> list[Any]:
        rows = await u.run(f"SELECT {columns} {wanted} LIMIT {BATCH}", **values(ctx))
        return list(rows.all())

    return await ctx.store.read(work)


async def expire_leases(ctx: Context) -> int:
    """A call whose lease ran out may have arrived: never due again, doubtful."""
    found = await _find(ctx, "id", LEASES_OVER)
    return await ctx.store.run(lambda u: _expire(u, ctx, [r.id for r in found])) if found else 0


async def _expire(u: Unit, ctx: Context, found: Sequence[UUID]) -> int:
    now = ctx.now()
    world = await ledger.open_world(u, ctx.rules, now, notices=found)
    late = [
        n
        for i in found
        if (n := world.notices[i]).state is N.SENDING and n.lease_until and n.lease_until < now
    ]
    for notice in late:
        notice.starts += 1
    moves = [
        Move(Machine.NOTICE, n.id, E.LEASE_EXPIRED, Actor.ENGINE, now, "lease_expired")
        for n in late
    ]
    await ledger.record(u, world, moves)
    await attempts.close_open(u, [n.id for n in late], E.LEASE_EXPIRED, now)
    return len(late)


async def give_up_doubt(ctx: Context) -> int:
    """Nobody can tell, and the first reminder would be due: treated as asked, unconfirmed."""
    found = await _find(ctx, "id", DOUBTS_OVER)
    return await ctx.store.run(lambda u: _give_up(u, ctx, [r.id for r in found])) if found else 0


async def _give_up(u: Unit, ctx: Context, found: Sequence[UUID]) -> int:
    world = await ledger.open_world(u, ctx.rules, ctx.now(), notices=found)
    started = await attempts.doubted_since(u, found)
    moves = [
        Move(
            Machine.NOTICE, i, E.UNCONFIRM, Actor.ENGINE, started.get(i, world.now), "nobody_knows"
        )
        for i in found
        if world.notices[i].state is N.PERHAPS_SENT
    ]  # fmt: skip
    await ledger.record(u, world, moves)
    return len(moves)


async def pass_clocks(ctx: Context) -> int:
    """Deadlines that have come. Silence on an answer clock is recorded as silence."""
    found = await _find(ctx, "request_id", CLOCKS_OVER)
    if not found:
        return 0
    return await ctx.store.run(lambda u: _pass(u, ctx, sorted({r.request_id for r in found})))


async def _pass(u: Unit, ctx: Context, requests: Sequence[UUID]) -> int:
    now = ctx.now()
    world = await ledger.open_world(u, ctx.rules, now, requests=requests)
    moves, passed = [], 0
    for request_id in requests:
        request = world.requests[request_id]
        takedown = world.takedowns[request.takedown_id]
        for clock in world.clocks_by_request[request_id]:
            if clock.state != "running" or clock.due_at > now:
                continue
            passed += 1
            clocks.expire(clock, takedown)
            silent = clocks.is_silence(clock) and ctx.rules.specs[request.addressee].answers
            if silent and request.state in (R.ASKED, R.ACKNOWLEDGED, R.IN_REVIEW):
                moves.append(
                    Move(
                        Machine.REQUEST, request_id, E.SILENCE, Actor.ENGINE, clock.due_at,
                        clock.rule,
                    )
                )  # fmt: skip
            if clock.state == "passed":
                moves += follow.climb(world, takedown, clock.due_at)
    await ledger.record(u, world, moves)
    return passed


async def send_reminders(ctx: Context) -> int:
    """One reminder for all open items of a case at one desk."""
    found = await _find(ctx, "case_id, addressee", TO_REMIND)
    desks: dict[tuple[UUID, str], list[UUID]] = defaultdict(list)
    for row in found:
        desks[row.case_id, row.addressee] = []
    for case_id, addressee in desks:
        await ctx.store.run(lambda u, c=case_id, a=addressee: _remind(u, ctx, c, a))  # type: ignore[misc]
    return len(desks)


async def _remind(u: Unit, ctx: Context, case_id: UUID, addressee: str) -> None:
    now = ctx.now()
    rows = await u.run(
        "SELECT id FROM requests WHERE case_id = :case AND addressee = :addressee AND carrying"
        " AND remind_at IS NOT NULL ORDER BY id",
        case=case_id,
        addressee=addressee,
    )
    wanted = list(rows.scalars())
    world = await ledger.open_world(u, ctx.rules, now, requests=wanted, cases=[case_id])
    due, quiet = [], []
    for request in (world.requests[i] for i in wanted):
        takedown = world.takedowns[request.takedown_id]
        fits = request.state in mailing.MAY_CARRY[Purpose.REMINDER]
        if fits and world.may_leave(takedown) and not _reminder_waits(world, request):
            due.append(request)
        else:
            quiet.append(request)
    moves: list[Move] = []
    if any(r.remind_at and r.remind_at <= now for r in due):
        moves += mailing.reminder(world, due)
    for request in quiet:
        if request.remind_at and request.remind_at <= now:
            request.remind_at = mailing.next_reminder(world, request)
    await ledger.record(u, world, moves)


def _reminder_waits(world: World, request: Any) -> bool:
    """One that has not left yet is enough."""
    unsent = (*follow.UNSENT, N.SENDING, N.PERHAPS_SENT)
    return bool(world.notices_of(request, unsent))


async def end_holds(ctx: Context) -> int:
    """Holds whose time is over."""
    found = await _find(ctx, "takedown_id", HOLDS_OVER)
    takedowns = dict.fromkeys(row.takedown_id for row in found)
    for takedown_id in takedowns:
        await ctx.store.run(lambda u, t=takedown_id: _end_holds(u, ctx, t))  # type: ignore[misc]
    return len(takedowns)


async def _end_holds(u: Unit, ctx: Context, takedown_id: UUID) -> None:
    """What is over under its lock: a person may have renewed it since it was found."""
    world = await ledger.open_world(u, ctx.rules, ctx.now(), takedowns=[takedown_id])
    takedown = world.takedowns[takedown_id]
    rows = await u.run(
        "SELECT kind FROM holds WHERE takedown_id = :id AND ended_at IS NULL AND until <= :now"
        " ORDER BY kind",
        id=takedown_id,
        now=world.now,
    )
    over = list(rows.scalars())
    moves = await holding.end_holds(u, world, [takedown], over, Actor.ENGINE)
    if "police" in over:
        start_clocks_anew(world, takedown)
    await ledger.record(u, world, moves)


async def miss_filings(ctx: Context) -> int:
    """Forms that nobody filed in time: their requests did not reach anybody, the next rung may
    start.
    """
    found = await _find(ctx, "n.id", UNFILED)
    return await ctx.store.run(lambda u: _miss(u, ctx, [r.id for r in found])) if found else 0


async def _miss(u: Unit, ctx: Context, found: Sequence[UUID]) -> int:
    world = await ledger.open_world(u, ctx.rules, ctx.now(), notices=found)
    for i in found:  # it rises in the list of what waits for a person
        world.notices[i].priority = max(world.notices[i].priority - 1, 0)
    moves = [
        Move(
            Machine.REQUEST, link.request_id, E.NOT_REACHED, Actor.ENGINE, world.now,
            "nobody_filed",
        )
        for i in found
        if world.notices[i].state is N.BY_HAND
        for link in world.carried_by(world.notices[i])
        if world.requests[link.request_id].state is R.PENDING
    ]  # fmt: skip
    await ledger.record(u, world, moves)
    return len(moves)


async def pick_up(ctx: Context) -> int:
    """Requests that nothing carries although they may go: put them into a notice again."""
    found = await _find(ctx, "r.takedown_id", UNCARRIED)
    if not found:
        return 0
    return await ctx.store.run(lambda u: _pick_up(u, ctx, sorted({r.takedown_id for r in found})))


async def _pick_up(u: Unit, ctx: Context, takedowns: Sequence[UUID]) -> int:
    world = await ledger.open_world(u, ctx.rules, ctx.now(), takedowns=takedowns)
    moves: list[Move] = []
    for takedown in (world.takedowns[i] for i in takedowns):
        for request in world.requests_of(takedown):
            free = world.may_leave(takedown) and not takedown.waits_look
            if free and world.is_uncarried(request):
                moves += mailing.first_notice(world, request, world.now)[1]
    await ledger.record(u, world, moves)
    return len(moves)
