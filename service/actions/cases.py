"""Cases: opening, changing, pausing, closing, and what consent does to what may leave."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from service.actions import holding, matters, reading
from service.actions.context import Caller, Context
from service.actions.holding import NewHold
from service.actions.matters import OpenCase
from service.domain import follow, ids, permission
from service.domain.errors import CaseClosed, CaseStillOpen, Conflict, Forbidden, Stale
from service.domain.permission import Permission
from service.domain.states import Actor, TakedownState
from service.domain.world import Move, World
from service.store import entries, keys, ledger
from service.store.unit import Unit

PLACE_REFERENCE: Final = "cases.reference"
CLEAR: Final = (
    "depicted_as", "person_now", "jurisdictions", "content_class", "synthetic", "urgent",
)  # fmt: skip
DETAILS: Final = ("mandate", "consent", "statements", "over_withdrawal")
KEPT: Final = ("mandate", "consent", "statements", "depicted_as", "person_now")
"""What the entry of a change keeps in full, sealed: who allowed what, who stands behind which words
and who is how old is never lost to a change.
"""
REPLACED: Final = ("statements", "depicted_as", "person_now")
"""Kept as it was before, too: no earlier entry need have it."""
OF_PERMISSION: Final = ("consent", "age")
ASKABLE: Final = (TakedownState.OPEN, TakedownState.RESTRICTED, TakedownState.HELD)
"""Where desks are asked, or were, and have to hear that it is a minor; what is held, later."""


async def open_or_find(
    ctx: Context, caller: Caller, reference: str, fields: Mapping[str, Any]
) -> tuple[OpenCase, bool]:
    """The case with this reference, which is a read of it; made when there is none (then True).
    `fields` are `CLEAR` and `DETAILS`.
    """
    case_id = ids.new_id()
    _no_machine_attests(caller, statements=bool(fields.get("statements")))
    wanted = _with_authority(caller, fields)

    async def work(u: Unit) -> tuple[OpenCase, bool]:
        organisation_key = await keys.organisation_key(u, caller.organisation_id)
        mac = organisation_key.mac("reference", reference)
        found = (
            await u.run(
                "SELECT id FROM cases WHERE organisation_id = :org AND reference_mac = :mac",
                org=caller.organisation_id,
                mac=mac,
            )
        ).scalar()
        if found is not None:
            return await _read(u, ctx.now(), caller, found), False
        await _insert(u, ctx.now(), caller, case_id, mac, reference, wanted)
        return await matters.open_case(u, caller.organisation_id, case_id), True

    return await ctx.store.run(work)


async def _insert(
    u: Unit,
    now: datetime,
    caller: Caller,
    case_id: UUID,
    mac: bytes,
    reference: str,
    fields: Mapping[str, Any],
) -> None:
    key, wrapped = u.vault.new_key(case_id)
    details = {name: fields.get(name) for name in DETAILS}
    await u.run(
        "INSERT INTO cases (id, organisation_id, reference_mac, reference_sealed, details_sealed,"
        " key_wrapped, depicted_as, person_now, jurisdictions, content_class, synthetic, urgent,"
        " consent, consent_until, judge_at, state, paused, version, created_at, updated_at) VALUES"
        " (:id, :org, :mac, :reference, :details, :wrapped, :depicted_as, :person_now,"
        " :jurisdictions, :content_class, :synthetic, :urgent, :consent, :until, :judge_at, 'open',"
        " false, 1, :now, :now)",
        id=case_id,
        org=caller.organisation_id,
        mac=mac,
        reference=key.seal(PLACE_REFERENCE, case_id, reference.encode()),
        details=key.seal_json(matters.DETAILS, case_id, details),
        wrapped=wrapped,
        **_of_time(details, fields["person_now"], now),
        now=now,
        **{name: fields[name] for name in CLEAR},
    )
    await entries.fact(
        u, now, organisation_id=caller.organisation_id, case_id=case_id, event="case_opened",
        actor=caller.actor, key_id=caller.key_id, facts=_kept(fields), key=key,
    )  # fmt: skip


async def read(ctx: Context, caller: Caller, case_id: UUID) -> OpenCase:
    """One case, and the entry that says that it was read. Raises `NotFound`."""
    return await ctx.store.run(lambda u: _read(u, ctx.now(), caller, case_id))


async def _read(u: Unit, now: datetime, caller: Caller, case_id: UUID) -> OpenCase:
    case = await matters.open_case(u, caller.organisation_id, case_id)
    await entries.fact(
        u, now, organisation_id=caller.organisation_id, case_id=case_id,
        event="case_read", actor=caller.actor, key_id=caller.key_id,
    )  # fmt: skip
    return case


async def change(
    ctx: Context, caller: Caller, case_id: UUID, version: int, changes: Mapping[str, Any]
) -> OpenCase:
    """Change a case and judge anew what may leave. Consent is not among it: see `add_consent`.

    Raises `NotFound`, `Stale`, and `Forbidden` for what only a person may change or release.
    """
    _no_machine_attests(caller, statements="statements" in changes)
    if "mandate" in changes and caller.actor is Actor.INTEGRATOR:
        raise Forbidden("The mandate of a case is changed by a case worker; leave it out.")
    wanted = _with_authority(caller, changes)
    return await _changing(ctx, caller, case_id, version, lambda _: wanted, changes)


async def _changing(
    ctx: Context,
    caller: Caller,
    case_id: UUID,
    version: int | None,
    work_out: Callable[[OpenCase], Mapping[str, Any]],
    said: Mapping[str, Any],
) -> OpenCase:
    """Change a case to what is worked out under its lock; `said` is what the entry keeps."""

    async def work(u: Unit) -> OpenCase:
        now = ctx.now()
        case = await matters.open_case(u, caller.organisation_id, case_id, lock=True)
        if version is not None and case.row.version != version:
            raise Stale("Read the case again and repeat the change.")
        await update(u, case, work_out(case), now)
        changed = await matters.open_case(u, caller.organisation_id, case_id)
        _no_machine_releases(caller, case, changed, now)
        await judge_anew(u, ctx, caller, changed, now)
        if case.row.depicted_as == "adult" != changed.row.depicted_as:
            await _turned_minor(u, ctx, case_id, now)
        await entries.fact(
            u, now, organisation_id=caller.organisation_id, case_id=case_id,
            event="case_changed", actor=caller.actor, key_id=caller.key_id,
            facts=_kept(said, case), key=case.key,
        )  # fmt: skip
        return changed

    return await ctx.store.run(work)


def _kept(said: Mapping[str, Any], case: OpenCase | None = None) -> dict[str, Any]:
    """What the entry of a change holds: which fields, some of them in full, and what `case` said
    before.
    """
    kept = {"fields": sorted(said), **{name: said[name] for name in KEPT if name in said}}
    if case is None:
        return kept
    was = {"depicted_as": case.row.depicted_as, "person_now": case.row.person_now,
           "statements": case.details.get("statements") or []}  # fmt: skip
    return {**kept, "before": {name: was[name] for name in REPLACED if name in said}}


def _with_authority(caller: Caller, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same, and whether the mandate in it stands over withdrawn consent."""
    if "mandate" not in fields:
        return fields
    over = permission.stands_over_withdrawal(caller.actor, fields["mandate"])
    return {**fields, "over_withdrawal": over}


def _no_machine_attests(caller: Caller, *, statements: bool) -> None:
    """Statements are made, and taken back, by a person, never by another system on their behalf."""
    if statements and caller.actor is Actor.INTEGRATOR:
        raise Forbidden("Statements are entered by a case worker; leave them out.")


def _no_machine_releases(caller: Caller, case: OpenCase, changed: OpenCase, now: datetime) -> None:
    """What keeps a case from going out ends by a person's word, whether or not it has takedowns."""
    before, after = (set(permission.holds(c.permission(), now)) for c in (case, changed))
    freed = ", ".join(sorted(before - after))
    if freed and caller.actor is Actor.INTEGRATOR:
        raise Forbidden(
            f"It would end what the case is held for ({freed}): a case worker does that."
        )


async def update(u: Unit, case: OpenCase, changes: Mapping[str, Any], now: datetime) -> None:
    """Write down what a case says now, and what time makes of its consent."""
    details = {
        **case.details,
        **{name: changes[name] for name in DETAILS if name in changes},
    }
    clear = {name: changes.get(name, getattr(case.row, name)) for name in CLEAR}
    await u.run(
        "UPDATE cases SET details_sealed = :details, depicted_as = :depicted_as,"
        " person_now = :person_now, jurisdictions = :jurisdictions,"
        " content_class = :content_class, synthetic = :synthetic, urgent = :urgent,"
        " consent = :consent, consent_until = :until, judge_at = :judge_at,"
        " version = version + 1, updated_at = :now"
        " WHERE id = :id",
        id=case.id,
        details=case.key.seal_json(matters.DETAILS, case.id, details),
        **_of_time(details, clear["person_now"], now),
        now=now,
        **clear,
    )


def _of_time(details: Mapping[str, Any], person_now: str, now: datetime) -> dict[str, Any]:
    """What a case shows of its consent, and when it is to be judged anew."""
    grants = details.get("consent") or ()
    return {
        "consent": permission.consent_state(grants, now),
        "until": permission.consent_until(grants, now),
        "judge_at": permission.changes_at(Permission.said(details, person_now), now),
    }


async def add_consent(
    ctx: Context, caller: Caller, case_id: UUID, grant: Mapping[str, Any]
) -> OpenCase:
    """Add a grant, or withdraw what was granted when it has `withdrawn_at`. Nothing is taken out.

    A mandate over a withdrawal has to be decided on after it. Raises `NotFound`, and `Forbidden`
    for a grant that is no person's entry.
    """
    if caller.actor is Actor.INTEGRATOR and not grant.get("withdrawn_at"):
        raise Forbidden("Consent is added by a case worker; this key may only withdraw it.")

    def grants(case: OpenCase) -> Mapping[str, Any]:
        earlier = list(case.details.get("consent") or ())
        if grant.get("withdrawn_at"):
            ended = [
                g if g.get("withdrawn_at") else {**g, "withdrawn_at": grant["withdrawn_at"]}
                for g in earlier
            ]
            return {"consent": ended or [grant], "over_withdrawal": False}
        return {"consent": [*earlier, grant]}

    return await _changing(ctx, caller, case_id, None, grants, {"consent": [grant]})


async def judge_anew(
    u: Unit, ctx: Context, caller: Caller | None, case: OpenCase, now: datetime
) -> None:
    """Set and end the holds of consent and age on every takedown of a case, by what it says now.

    A change by another system ends none: a person may have set it, whatever the case says. Without
    a caller, what is closed in a closed case is left as it is: nothing of it leaves. It is judged
    when it comes back.
    """
    may_release = caller is None or caller.actor is not Actor.INTEGRATOR
    wanted = set(permission.holds(case.permission(), now))
    takedowns = await takedowns_of(u, case.id)
    world = await ledger.open_world(u, ctx.rules, now, takedowns=takedowns, cases=(case.id,))
    mine = [world.takedowns[t] for t in takedowns]
    rests = case.row.state == "closed" and caller is None
    awake = [t for t in mine if not rests or t.state is not TakedownState.CLOSED]
    moves: list[Move] = []
    for kind in OF_PERMISSION:
        if kind in wanted:
            moves += await holding.set_hold(u, world, awake, NewHold(kind), Actor.ENGINE, case.key)
        elif may_release:
            moves += await holding.end_holds(u, world, mine, [kind], Actor.ENGINE, caller)
    moves += await _judge_elements(u, ctx, caller, case, world)
    _stop_looks(case, world, wanted)
    await ledger.record(u, world, moves)


async def _turned_minor(u: Unit, ctx: Context, case_id: UUID, now: datetime) -> None:
    takedowns = await takedowns_of(u, case_id)
    world = await ledger.open_world(u, ctx.rules, now, takedowns=takedowns, cases=(case_id,))
    asked = [t for t in map(world.takedowns.__getitem__, takedowns) if t.state in ASKABLE]
    await ledger.record(u, world, [m for t in asked for m in follow.turned_minor(world, t)])


async def _judge_elements(
    u: Unit, ctx: Context, caller: Caller | None, case: OpenCase, world: World
) -> list[Move]:
    """End `element_missing` where the case now says everything that its notices need."""
    waiting = [
        t for t in world.takedowns.values()
        if t.case_id == case.id and "element_missing" in world.held[t.id]
    ]  # fmt: skip
    locators = await reading.locators(u, [t.id for t in waiting])
    desks = await ctx.platforms.of(u, case.row.organisation_id)
    complete = [
        t for t in waiting
        if not matters.plan(case, t, locators[t.id], ctx.rules.specs, desks).missing
    ]  # fmt: skip
    return await holding.end_holds(u, world, complete, ["element_missing"], Actor.ENGINE, caller)


def _stop_looks(case: OpenCase, world: World, wanted: set[str]) -> None:
    """Withdrawn consent stops looks too, and the search for whom to ask; given again, they go
    on.
    """
    stops = stops_looks(case, wanted)
    for takedown in world.takedowns.values():
        if takedown.case_id != case.id or takedown.state is TakedownState.WITHDRAWN:
            continue
        if stops:
            takedown.look_at = takedown.resolve_at = None
        elif takedown.state is TakedownState.RESOLVING:
            takedown.resolve_at = takedown.resolve_at or world.now
        elif takedown.look_at is None:
            takedown.look_at = world.now


def stops_looks(case: OpenCase, holds: Collection[str]) -> bool:
    """Whether not even a look may be taken at what a case handed in."""
    return "consent" in holds and case.row.consent == "withdrawn"


async def takedowns_of(u: Unit, case_id: UUID) -> Sequence[UUID]:
    """The takedowns of a case that were not withdrawn."""
    rows = await u.run(
        "SELECT id FROM takedowns WHERE case_id = :id AND state <> 'withdrawn' ORDER BY id",
        id=case_id,
    )
    return list(rows.scalars())


async def pause(ctx: Context, caller: Caller, case_id: UUID, reason: str) -> OpenCase:
    """Hold everything of a case that has not left. Raises `NotFound`."""
    return await _pausing(ctx, caller, case_id, paused=True, reason=reason)


async def resume(ctx: Context, caller: Caller, case_id: UUID, reason: str) -> OpenCase:
    """End the pause; other holds stay. Raises `NotFound`."""
    return await _pausing(ctx, caller, case_id, paused=False, reason=reason)


async def _pausing(
    ctx: Context, caller: Caller, case_id: UUID, *, paused: bool, reason: str
) -> OpenCase:
    async def work(u: Unit) -> OpenCase:
        now = ctx.now()
        case = await matters.open_case(u, caller.organisation_id, case_id, lock=True)
        takedowns = await takedowns_of(u, case_id)
        world = await ledger.open_world(u, ctx.rules, now, takedowns=takedowns, cases=(case_id,))
        mine = [world.takedowns[t] for t in takedowns]
        if paused:
            hold = NewHold("paused", detail={"reason": reason} if reason else None)
            moves = await holding.set_hold(
                u, world, mine, hold, caller.actor, case.key, caller.key_id
            )
        else:
            moves = await holding.end_holds(u, world, mine, ["paused"], caller.actor, caller)
        await ledger.record(u, world, moves)
        await u.run(
            "UPDATE cases SET paused = :paused, version = version + 1, updated_at = :now"
            " WHERE id = :id",
            id=case_id,
            paused=paused,
            now=now,
        )
        await entries.fact(
            u, now, organisation_id=caller.organisation_id, case_id=case_id,
            event="case_paused" if paused else "case_resumed", actor=caller.actor,
            key_id=caller.key_id, facts={"reason": reason} if reason else None, key=case.key,
        )  # fmt: skip
        return await matters.open_case(u, caller.organisation_id, case_id)

    return await ctx.store.run(work)


async def close(ctx: Context, caller: Caller, case_id: UUID) -> OpenCase:
    """Close a case whose takedowns are all over. Raises `NotFound`, `CaseClosed`,
    `CaseStillOpen`.
    """

    async def work(u: Unit) -> OpenCase:
        now = ctx.now()
        case = await matters.open_case(u, caller.organisation_id, case_id, lock=True)
        if case.row.state != "open":
            raise CaseClosed("It was closed before.")
        left = (
            await u.run(
                "SELECT count(*) FROM takedowns"
                " WHERE case_id = :id AND state NOT IN ('closed', 'withdrawn')",
                id=case_id,
            )
        ).scalar_one()
        if left:
            raise CaseStillOpen(f"{left} takedowns are neither closed nor withdrawn.")
        await u.run(
            "UPDATE cases SET state = 'closed', version = version + 1, updated_at = :now"
            " WHERE id = :id",
            id=case_id,
            now=now,
        )
        await entries.fact(
            u, now, organisation_id=caller.organisation_id, case_id=case_id,
            event="case_closed", actor=caller.actor, key_id=caller.key_id,
        )  # fmt: skip
        return await matters.open_case(u, caller.organisation_id, case_id)

    return await ctx.store.run(work)


async def reopen(ctx: Context, caller: Caller, case_id: UUID, reason: str) -> OpenCase:
    """Open a closed case again and judge anew what may leave. Raises `NotFound`, `Conflict`."""

    async def work(u: Unit) -> OpenCase:
        now = ctx.now()
        case = await matters.open_case(u, caller.organisation_id, case_id, lock=True)
        if case.row.state == "open":
            raise Conflict("The case is open.")
        await u.run("UPDATE cases SET state = 'open' WHERE id = :id", id=case_id)
        await update(u, case, {}, now)
        opened = await matters.open_case(u, caller.organisation_id, case_id)
        await judge_anew(u, ctx, caller, opened, now)
        await entries.fact(
            u, now, organisation_id=caller.organisation_id, case_id=case_id,
            event="case_reopened", actor=caller.actor, key_id=caller.key_id,
            facts={"reason": reason} if reason else None, key=case.key,
        )  # fmt: skip
        return opened

    return await ctx.store.run(work)
