"""What only a person can settle: forms that were filed, and notices that nobody knows about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.spec import Grade, Item, Purpose, Receipt
from service.actions import attempts, composing, matters, reading, rights, told
from service.actions.context import Caller, Context
from service.domain import ids, notices
from service.domain.errors import Conflict, Forbidden, NotFound, Problem
from service.domain.notices import Frame
from service.domain.states import (
    Actor,
    Event,
    Machine,
    NoticeState,
    RequestState,
    allowed,
)
from service.domain.world import Move, Notice, Request, World
from service.store import ledger
from service.store.unit import Unit

N, E = NoticeState, Event


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one line."""

    notice_id: UUID
    status: str  # done | failed
    state: str | None = None
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """A form that a person filed. `reference` is what the platform gave them, `requests` what they
    filed of it: None is all of it. `rights_holder`: whoever holds the rights wants it filed.
    """

    notice_id: UUID
    filed_at: datetime
    reference: str | None = None
    how: str = ""
    requests: Sequence[UUID] | None = None
    rights_holder: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word about one notice: `sent`, `not_sent`, `bounced`, `not_filed`, `retry` or
    `cancel`.
    """

    notice_id: UUID
    decision: str
    how: str = ""
    at: datetime | None = None


async def filed(ctx: Context, caller: Caller, filings: Sequence[Filing]) -> list[Done]:
    """Say that forms were filed: bytes and carried requests are fixed now."""
    return [
        await _one(ctx, filing.notice_id, lambda u, f=filing: _file(u, ctx, caller, f))  # type: ignore[misc]
        for filing in filings
    ]


async def decide(ctx: Context, caller: Caller, decisions: Sequence[Decision]) -> list[Done]:
    """Settle notices, each by itself."""
    return [
        await _one(ctx, d.notice_id, lambda u, d=d: _decide(u, ctx, caller, d))  # type: ignore[misc]
        for d in decisions
    ]


async def _one(ctx: Context, notice_id: UUID, work: Callable[[Unit], Any]) -> Done:
    try:
        state: NoticeState = await ctx.store.run(work)
    except Problem as problem:
        return Done(notice_id, "failed", None, problem.code, problem.detail)
    return Done(notice_id, "done", state.value)


async def _open(u: Unit, ctx: Context, caller: Caller, notice_id: UUID) -> tuple[World, Notice]:
    found = await u.run(
        "SELECT 1 FROM notices WHERE id = :id AND organisation_id = :org",
        id=notice_id,
        org=caller.organisation_id,
    )
    if found.scalar() is None:
        raise NotFound("There is no such notice.")
    world = await ledger.open_world(u, ctx.rules, ctx.now(), notices=[notice_id])
    return world, world.notices[notice_id]


async def _file(u: Unit, ctx: Context, caller: Caller, filing: Filing) -> NoticeState:
    world, notice = await _open(u, ctx, caller, filing.notice_id)
    if notice.state is not N.BY_HAND:
        raise Conflict("This notice does not wait to be filed.")
    at = told.possible(filing.filed_at, world.now, notice.created_at)
    left = [] if filing.requests is None else _leave_out(world, notice, set(filing.requests))
    await rights.check_filing(u, world, notice, said=filing.rights_holder)
    frozen = await _freeze(u, ctx, world, notice)
    notice.filed, notice.tries = True, notice.tries + 1
    notice.attempt_id = ids.new_id()
    receipt = Receipt(filing.reference, Grade.STATED_BY_PERSON)
    values = attempts.receipt_values(receipt)
    move = Move(
        Machine.NOTICE, notice.id, E.FILED, caller.actor, at,
        facts={"receipt": values, **rights.FACT} if filing.rights_holder else {"receipt": values},
        key_id=caller.key_id,
    )  # fmt: skip
    again = [
        Move(
            Machine.REQUEST, r.id, E.ASK_ANEW, caller.actor, world.now, "left_out",
            key_id=caller.key_id,
        )
        for r in left
        if r.state is RequestState.NOT_REACHED
    ]  # fmt: skip
    await ledger.record(u, world, [move, *again])
    await attempts.by_person(u, world, notice, frozen, values, at, filing.how)
    return _state(notice)


def _leave_out(world: World, notice: Notice, filed: set[UUID]) -> list[Request]:
    """Those that were not filed with it: they wait for another packet. Raises `Conflict`."""
    carried = world.carried_by(notice)
    if not filed or not filed <= {link.request_id for link in carried}:
        raise Conflict("Name requests that this notice carries. Read it again.")
    left = [link for link in carried if link.request_id not in filed]
    if left and notice.purpose is not Purpose.FIRST:
        raise Conflict("Only a first notice can be filed in part.")
    for link in left:
        world.unlink(link)
    return [world.requests[link.request_id] for link in left]


async def _freeze(u: Unit, ctx: Context, world: World, notice: Notice) -> bytes:
    """The notice as it reads at this moment."""
    desk = (await ctx.platforms.of(u, notice.organisation_id))[notice.addressee]
    case = await matters.open_case(u, notice.organisation_id, notice.case_id)
    carried = [world.requests[link.request_id] for link in world.carried_by(notice)]
    locators = await reading.locators(u, [r.takedown_id for r in carried])
    said = await composing.replies(u, [notice.id])
    told = await composing.histories(u, ctx.rules.specs, [notice.id])
    frame = Frame(
        notice.purpose, notice.basis, notice.reference, world.now,
        reply=said.get(notice.id), history=told.get(notice.id, {}),
        still_up=composing.still_up(notice.purpose, [r.state for r in carried]),
    )  # fmt: skip
    return notices.freeze(composing.compose(desk, case, world, frame, carried, locators))


async def packet(ctx: Context, caller: Caller, notice_id: UUID) -> Any:
    """The notice as a value, as it was frozen or as it would be now, with its row. Raises
    `NotFound`.
    """

    async def work(u: Unit) -> Any:
        row = (
            await u.run(
                "SELECT n.*, a.id AS bytes_of, a.bytes_sealed FROM notices n"
                " LEFT JOIN attempts a ON a.notice_id = n.id AND a.bytes_sealed IS NOT NULL"
                " AND n.state <> 'by_hand'"  # what a person files is written anew
                " WHERE n.id = :id AND n.organisation_id = :org ORDER BY a.n DESC LIMIT 1",
                id=notice_id,
                org=caller.organisation_id,
            )
        ).one_or_none()
        if row is None:
            raise NotFound("There is no such notice.")
        case = await matters.open_case(u, row.organisation_id, row.case_id)
        desk = (await ctx.platforms.of(u, row.organisation_id))[row.addressee]
        if row.bytes_sealed is not None:
            frozen = case.key.open(attempts.BYTES, row.bytes_of, row.bytes_sealed)
            return row, notices.thaw(frozen), desk
        carried = (
            await u.run(
                "SELECT r.id, r.takedown_id, r.state, t.content_class FROM carried c"
                " JOIN requests r ON r.id = c.request_id JOIN takedowns t ON t.id = r.takedown_id"
                " WHERE c.notice_id = :id ORDER BY c.position, r.id",
                id=notice_id,
            )
        ).all()
        locators = await reading.locators(u, [c.takedown_id for c in carried])
        items = [Item(str(c.id), locators[c.takedown_id]) for c in carried]
        matter = case.matter(matters.content_class(carried, case))
        said = await composing.replies(u, [row.id])
        told = await composing.histories(u, ctx.rules.specs, [row.id])
        frame = Frame(
            Purpose(row.purpose), matters.regime(row.basis), row.reference, ctx.now(),
            reply=said.get(row.id), history=told.get(row.id, {}),
            still_up=composing.still_up(row.purpose, [c.state for c in carried]),
        )  # fmt: skip
        return row, notices.compose(desk.adapter.spec, matter, frame, items), desk

    return await ctx.store.read(work)


def _decided(notice: Notice, decision: str) -> Event | None:
    state = notice.state
    if decision == "sent":
        return E.PROVEN if state in (N.UNCONFIRMED, N.DUE) else E.ACCEPTED
    return {
        "not_sent": E.NOT_SENT,
        "bounced": E.BOUNCED,
        "not_filed": E.UNFILED,
        "retry": E.RETRY,
        "cancel": E.CANCEL,
    }.get(decision)


async def _decide(u: Unit, ctx: Context, caller: Caller, decision: Decision) -> NoticeState:
    world, notice = await _open(u, ctx, caller, decision.notice_id)
    event = _decided(notice, decision.decision)
    if decision.decision == "retry" and notice.state in (N.REJECTED, N.BOUNCED):
        return await _ask_anew(u, world, notice, caller)
    state = _state(notice)
    if event is None or event not in allowed(Machine.NOTICE, state, caller.actor):
        if event in allowed(Machine.NOTICE, state, Actor.SUPERVISOR):
            raise Forbidden("That is for a supervisor to decide.")
        raise Conflict(f"A notice that is {state.value} cannot be decided so.")
    at = told.possible(decision.at, world.now, notice.created_at)
    move = Move(
        Machine.NOTICE, notice.id, event, caller.actor, at, decision.decision,
        facts={"how": decision.how} if decision.how else {}, key_id=caller.key_id,
    )  # fmt: skip
    recorded = await ledger.record(u, world, [move])
    if recorded.refused:
        raise Conflict(f"A notice that is {state.value} cannot be decided so.")
    if event in attempts.STATE_AFTER and event is not E.PROVEN:
        await attempts.close_open(u, [notice.id], event, world.now, attempts.DECIDED)
    return _state(notice)


async def _ask_anew(u: Unit, world: World, notice: Notice, caller: Caller) -> NoticeState:
    """Requests that did not reach anybody are put into a new notice."""
    moves = [
        Move(
            Machine.REQUEST, link.request_id, E.ASK_ANEW, caller.actor, world.now, "retry",
            key_id=caller.key_id,
        )
        for link in world.carried_by(notice)
        if world.requests[link.request_id].state is RequestState.NOT_REACHED
    ]  # fmt: skip
    if not moves:
        raise Conflict("None of its requests waits to be asked again.")
    await ledger.record(u, world, moves)
    return _state(notice)


def _state(notice: Notice) -> NoticeState:
    assert notice.state is not None
    return notice.state
