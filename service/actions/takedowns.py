"""What a person decides about takedowns: approve, withdraw, hold, release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from service.actions import holding, matters, reading
from service.actions.context import Caller, Context
from service.actions.holding import NewHold
from service.actions.look_at import own
from service.actions.matters import OpenCase, Plan
from service.domain import clocks, ids, permission
from service.domain.errors import Conflict, DigestStale, Forbidden, Invalid, NotFound, Problem
from service.domain.states import LIVE, Actor, Event, Machine, TakedownState
from service.domain.world import Move, Takedown, World
from service.store import entries, ledger
from service.store.unit import Unit

POLICE_MOST: Final = timedelta(hours=72)
SUPERVISORS: Final = frozenset({"police", "disputed"})
BY_PERSON: Final = ("consent", "age", "evidence", "police", "safety", "disputed", "paused")
WITHDRAW_REASONS: Final = (
    "consent", "wrong_url", "wrong_person", "lawful", "police", "duplicate", "other",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Approved:
    """What became of one approval."""

    takedown_id: UUID
    status: str  # approved | failed
    code: str | None = None
    detail: str | None = None


async def approve(
    ctx: Context, caller: Caller, items: Sequence[tuple[UUID, bytes]]
) -> list[Approved]:
    """Release takedowns that are held for approval, each if what would be sent is still what was
    looked at.
    """
    results = []
    for takedown_id, digest in items:
        try:
            await ctx.store.run(lambda u, i=takedown_id, d=digest: _approve(u, ctx, caller, i, d))  # type: ignore[misc]
            results.append(Approved(takedown_id, "approved"))
        except Problem as problem:
            results.append(Approved(takedown_id, "failed", problem.code, problem.detail))
    return results


async def _approve(u: Unit, ctx: Context, caller: Caller, takedown_id: UUID, digest: bytes) -> None:
    now = ctx.now()
    case_id = await own(u, caller, takedown_id)
    case = await matters.open_case(u, caller.organisation_id, case_id, lock=True)
    world = await ledger.open_world(u, ctx.rules, now, takedowns=[takedown_id])
    takedown = world.takedowns[takedown_id]
    if takedown.state is TakedownState.WITHDRAWN:
        raise Conflict("It was withdrawn.")
    if "approval" not in world.held[takedown_id]:
        if await _approved_before(u, takedown_id, digest):
            return
        raise Conflict(_not_waiting(world.held[takedown_id]))
    found = await plan_of(u, ctx, case, takedown)
    if found.digest != digest:
        raise DigestStale("Fetch the takedown again: it shows the new text and its digest.")
    await u.run(
        "UPDATE takedowns SET approved_digest = :digest, approved_at = :now WHERE id = :id",
        id=takedown_id,
        digest=digest,
        now=now,
    )
    await _keep_approval(u, caller, takedown, found, now)
    moves = await holding.end_holds(u, world, [takedown], ["approval"], caller.actor, caller)
    await ledger.record(u, world, moves)
    await entries.fact(
        u, now, organisation_id=caller.organisation_id, case_id=case_id, event="approved",
        actor=caller.actor, key_id=caller.key_id,
        facts={"takedown": str(takedown_id), "digest": digest.hex()}, key=case.key,
    )  # fmt: skip


async def _approved_before(u: Unit, takedown_id: UUID, digest: bytes) -> bool:
    found = await u.run("SELECT approved_digest FROM takedowns WHERE id = :id", id=takedown_id)
    before = found.scalar()
    return before is not None and bytes(before) == digest


def _not_waiting(held: Iterable[str]) -> str:
    holds = ", ".join(sorted(held))
    return f"It is held for: {holds}. That comes first." if holds else "It waits for no approval."


async def _keep_approval(
    u: Unit, caller: Caller, takedown: Takedown, found: Plan, now: datetime
) -> None:
    for spec in found.specs:
        await u.run(
            "INSERT INTO approvals (id, organisation_id, case_id, takedown_id, addressee,"
            " discloses, digest, key_id, at) VALUES (:id, :org, :case, :takedown, :addressee,"
            " :discloses, :digest, :key, :now)",
            id=ids.new_id(),
            org=takedown.organisation_id,
            case=takedown.case_id,
            takedown=takedown.id,
            addressee=spec.name,
            discloses=sorted(f.value for f in spec.discloses),
            digest=found.digest,
            key=caller.key_id,
            now=now,
        )


async def plan_of(u: Unit, ctx: Context, case: OpenCase, takedown: Takedown) -> Plan:
    """What one takedown would send now."""
    locator = (await reading.locators(u, [takedown.id]))[takedown.id]
    desks = await ctx.platforms.of(u, takedown.organisation_id)
    return matters.plan(case, takedown, locator, ctx.rules.specs, desks)


async def withdraw(
    ctx: Context, caller: Caller, takedown_id: UUID, reason: str, how: str = ""
) -> None:
    """Stop asking. For our own mistakes a retraction goes to all who were or may have been asked.

    Raises `NotFound`, `Invalid`, `Forbidden`, `Conflict`.
    """
    if reason not in WITHDRAW_REASONS:
        raise Invalid(f"The reason must be one of: {', '.join(WITHDRAW_REASONS)}.")

    async def work(u: Unit) -> None:
        now = ctx.now()
        await own(u, caller, takedown_id)
        world = await ledger.open_world(u, ctx.rules, now, takedowns=[takedown_id])
        takedown = world.takedowns[takedown_id]
        if takedown.state is TakedownState.WITHDRAWN:
            raise Conflict("It was withdrawn before.")
        if world.held[takedown_id] & SUPERVISORS and caller.actor is not Actor.SUPERVISOR:
            raise Forbidden("It is held for the police or in dispute: a supervisor decides.")
        moves = [
            Move(
                Machine.TAKEDOWN, takedown_id, Event.WITHDRAW, caller.actor, now, reason,
                facts={"how": how} if how else {}, key_id=caller.key_id,
            )
        ]  # fmt: skip
        await _end_all_holds(u, world, takedown, caller)
        await ledger.record(u, world, moves)

    await ctx.store.run(work)


async def _end_all_holds(u: Unit, world: World, takedown: Takedown, caller: Caller) -> None:
    """A withdrawn takedown has no holds; that is part of the withdrawal and no release."""
    await u.run(
        "UPDATE holds SET ended_at = :now, ended_by = :by"
        " WHERE takedown_id = :id AND ended_at IS NULL",
        id=takedown.id,
        now=world.now,
        by=caller.actor.value,
    )
    world.held[takedown.id].clear()


async def hold(ctx: Context, caller: Caller, takedown_id: UUID, wanted: NewHold) -> None:
    """Let nothing leave. Raises `NotFound`, `Invalid`, `Forbidden`, `Conflict`."""
    _check_hold(ctx, caller, wanted)

    async def work(u: Unit) -> None:
        now = ctx.now()
        case_id = await own(u, caller, takedown_id)
        case = await matters.open_case(u, caller.organisation_id, case_id)
        world = await ledger.open_world(u, ctx.rules, now, takedowns=[takedown_id])
        takedown = world.takedowns[takedown_id]
        if takedown.state is TakedownState.WITHDRAWN:
            raise Conflict("It was withdrawn: nothing leaves any more.")
        moves = await holding.set_hold(
            u, world, [takedown], wanted, caller.actor, case.key, caller.key_id
        )
        if wanted.kind == "police":
            _stop_clocks(world, takedown)
        await ledger.record(u, world, moves)

    await ctx.store.run(work)


def _check_hold(ctx: Context, caller: Caller, wanted: NewHold) -> None:
    if wanted.kind not in BY_PERSON:
        raise Invalid(f"The kind of hold must be one of: {', '.join(BY_PERSON)}.")
    if wanted.kind in SUPERVISORS and caller.actor is not Actor.SUPERVISOR:
        raise Forbidden("Holds of police and disputes are set by a supervisor.")
    if wanted.until is not None and wanted.until <= ctx.now():
        raise Invalid("The hold would have ended already.")
    if wanted.kind == "police":
        detail = wanted.detail or {}
        if not detail.get("authority") or not detail.get("file"):
            raise Invalid("A police hold names the authority and its file.")
        if wanted.until is None or wanted.until - ctx.now() > POLICE_MOST:
            raise Invalid("A police hold ends within 72 hours; a supervisor may renew it.")


def _stop_clocks(world: World, takedown: Takedown) -> None:
    """The time held for the police is never charged to the platform: running clocks are void."""
    for request in world.by_takedown[takedown.id]:
        for clock in world.clocks_by_request[request.id]:
            if clock.state == "running":
                clock.state, clock.ended_at = "void", world.now


async def release(ctx: Context, caller: Caller, takedown_id: UUID, kind: str) -> None:
    """End one hold. Raises `NotFound`, `Forbidden`, `Conflict`."""
    if kind in SUPERVISORS and caller.actor is not Actor.SUPERVISOR:
        raise Forbidden("Holds of police and disputes are ended by a supervisor.")
    if kind == "approval":
        raise Conflict("Approve it instead: an approval says what was looked at.")
    if kind == "element_missing":
        raise Conflict("Complete the case or the organisation's profile; the hold then ends.")

    async def work(u: Unit) -> None:
        case_id = await own(u, caller, takedown_id)
        case = await matters.open_case(u, caller.organisation_id, case_id)
        world = await ledger.open_world(u, ctx.rules, ctx.now(), takedowns=[takedown_id])
        takedown = world.takedowns[takedown_id]
        if kind not in world.held[takedown_id]:
            raise NotFound("It has no open hold of that kind.")
        if kind in permission.holds(case.permission(), world.now):
            raise Conflict("The case still lacks it: enter the consent or the mandate first.")
        moves = await holding.end_holds(u, world, [takedown], [kind], caller.actor, caller)
        if kind == "police":
            start_clocks_anew(world, takedown)
        await ledger.record(u, world, moves)

    await ctx.store.run(work)


def start_clocks_anew(world: World, takedown: Takedown) -> None:
    """When a police hold ends, a new clock starts for everybody who was asked and has not
    answered.
    """
    for request in world.requests_of(takedown):
        if request.state in LIVE:
            clocks.start(world, request, world.now)
