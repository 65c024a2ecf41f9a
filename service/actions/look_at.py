"""What looks saw, and what a person saw: what it moves, and when to look again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from adapters.spec import Observation, Seen
from service.actions import claims, holding, lanes, matters, quiet, told
from service.actions.context import Caller, Context
from service.domain import clocks, follow, ids, mailing, permission, sight
from service.domain.errors import NotFound
from service.domain.lanes import LONGEST_WAIT, says_down
from service.domain.states import Actor, Event, Machine, RequestState
from service.domain.world import Move, Takedown, World
from service.store import bulk, keys, ledger, tables
from service.store.sealing import Key
from service.store.unit import Unit

HOW: Final = "observations.how"
CAME_BACK: Final = (Event.REAPPEARED, Event.REAPPEARED_RESTRICTED)
COLUMNS: Final = (
    "id", "organisation_id", "case_id", "takedown_id", "seen", "at", "recorded_at", "method",
    "rule", "vantage", "proof", "by", "how_sealed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look, or one person, saw. `until`: what its lane, or its host alone, asked for."""

    takedown_id: UUID
    observation: Observation
    at: datetime
    by: Actor = Actor.ENGINE
    key_id: UUID | None = None
    how: str = ""
    lane: str | None = None
    until: datetime | None = None
    vantage: str = ""
    host: bytes | None = None
    made: bool = True  # else nobody looked, because its host asked to be left alone


async def record_sights(ctx: Context, sights: Sequence[Sight]) -> None:
    """Write down what looks saw, in one transaction."""
    if not sights:
        return

    async def work(u: Unit) -> None:
        now = ctx.now()
        ids_seen = [s.takedown_id for s in sights]
        world = await ledger.open_world(u, ctx.rules, now, takedowns=ids_seen)
        moves, rows = [], []
        for one in sights:
            takedown = world.takedowns[one.takedown_id]
            if one.at == takedown.looked_at:
                continue  # on record already, though whoever wrote it was not told
            moved = take_in(world, takedown, one)
            moves += moved
            if one.made:
                if _is_news(takedown, one, moved) or _is_for_deadline(world, takedown, one):
                    rows.append(_row(takedown, one, now, None))
                _remember(takedown, one)
            if one.by is Actor.ENGINE and takedown.look_at is not None:
                _look_again(world, takedown, one)
        moves += await _hold_what_is_back(u, world, moves)
        await ledger.record(u, world, moves)
        await bulk.insert(u, tables.Observation, COLUMNS, rows)
        await claims.release(u, claims.LOOK, ids_seen)
        await quiet.keep(
            u,
            [
                quiet.Wait(s.host, world.takedowns[s.takedown_id].organisation_id, s.until)
                for s in sights
                if s.host and s.until and s.made
            ],
        )
        words = [
            lanes.Word(s.lane, None if s.host else s.until, failed=_failed(s))
            for s in sights
            if s.lane
        ]
        await lanes.heed(u, ctx, words, now)

    await ctx.store.run(work)


def _failed(one: Sight) -> bool:
    return one.observation.seen is Seen.CANNOT_SEE and says_down(one.observation.rule)


def take_in(world: World, takedown: Takedown, one: Sight) -> list[Move]:
    """What a sight moves; what waited for a look may leave now."""
    seen = one.observation.seen
    proof = one.observation.proof or one.by is not Actor.ENGINE
    spec = world.specs.get(takedown.platform or "")
    needs_up = spec is not None and spec.gone_needs_up
    event = sight.judge(takedown, seen, one.at, world.pace, proof=proof, needs_up=needs_up)
    moves = []
    if event is not None:
        moves.append(
            Move(
                Machine.TAKEDOWN, takedown.id, event, one.by, one.at, one.observation.rule,
                key_id=one.key_id,
            )
        )  # fmt: skip
    if takedown.waits_look and not _still_waits(takedown, seen):
        takedown.waits_look = False
        if event not in (Event.SEEN_GONE, *CAME_BACK):
            moves += _send_what_waited(world, takedown)
    if seen is Seen.UP:  # against the word of somebody who says removed, perhaps
        moves += follow.climb(world, takedown, one.at)
    return moves


async def _hold_what_is_back(u: Unit, world: World, moves: Sequence[Move]) -> list[Move]:
    """What came back is not asked about where consent, or the mandate, has ended since."""
    held: list[Move] = []
    for takedown in [world.takedowns[m.id] for m in moves if m.event in CAME_BACK]:
        case = await matters.open_case(u, takedown.organisation_id, takedown.case_id)
        kinds = permission.holds(case.permission(), world.now)
        held += await holding.set_holds(u, world, takedown, kinds, case.key)
    return held


def _still_waits(takedown: Takedown, seen: Seen) -> bool:
    """A first look of two that says gone: wait for the second."""
    return seen in (Seen.GONE, Seen.OTHER_CONTENT) and takedown.seen is not Seen.GONE


def _send_what_waited(world: World, takedown: Takedown) -> list[Move]:
    moves = []
    for request in world.requests_of(takedown):
        waits = request.state is RequestState.PENDING and request.carrying
        carried = world.notices_of(request, (*follow.UNSENT, *follow.OUT))
        if waits and not carried and world.may_leave(takedown):
            notice, made = mailing.first_notice(world, request, world.now)
            if made:  # what it joins keeps its time for a change of mind
                notice.due_at = world.now
            moves += made
    return moves


def _is_news(takedown: Takedown, one: Sight, moved: Sequence[Move]) -> bool:
    """Looks that say the same as the one before are counted, not stored; but what moves something
    is kept where more than one place had a say.
    """
    observation = one.observation
    same = takedown.saw is observation.seen and takedown.saw_rule == observation.rule
    if moved and one.vantage != sight.HERE:
        return True
    return one.by is not Actor.ENGINE or not same or takedown.saw_by != one.by.value


def _is_for_deadline(world: World, takedown: Takedown, one: Sight) -> bool:
    deadlines = clocks.deadlines(world, takedown)
    return sight.is_for_deadline(takedown, one.at, world.pace, deadlines)


def _remember(takedown: Takedown, one: Sight) -> None:
    if takedown.looked_at is None or one.at >= takedown.looked_at:
        takedown.saw, takedown.saw_rule = one.observation.seen, one.observation.rule
        takedown.saw_by, takedown.looked_at = one.by.value, one.at
    takedown.looks += 1


def _look_again(world: World, takedown: Takedown, one: Sight) -> None:
    """No host is looked at before its time; one that asks for more than a day is seen to daily."""
    waits = min(one.until, world.now + LONGEST_WAIT) if one.host and one.until else world.now
    if not one.made:
        takedown.look_at = waits
        return
    deadlines = clocks.deadlines(world, takedown)
    at = sight.next_look(takedown, world.now, world.pace, deadlines)
    takedown.look_at = max(at, waits) if at else None
    takedown.look_step += 1


def _row(takedown: Takedown, one: Sight, now: datetime, key: Any) -> tuple[Any, ...]:
    id_ = ids.new_id()
    observation = one.observation
    sealed = key.seal_json(HOW, id_, {"how": one.how}) if key and one.how else None
    proof = observation.proof or one.by is not Actor.ENGINE
    return (
        id_, takedown.organisation_id, takedown.case_id, takedown.id, observation.seen.value,
        one.at, now, observation.method, observation.rule, one.vantage, proof, one.by.value, sealed,
    )  # fmt: skip


async def observe(
    ctx: Context, caller: Caller, takedown_id: UUID, seen: Seen, seen_at: datetime, how: str
) -> None:
    """What a person saw. It counts at once and is marked as theirs. Raises `NotFound`."""

    async def work(u: Unit) -> None:
        now = ctx.now()
        await own(u, caller, takedown_id)
        world = await ledger.open_world(u, ctx.rules, now, takedowns=[takedown_id])
        takedown = world.takedowns[takedown_id]
        at = told.possible(seen_at, now, takedown.created_at)
        key = await keys.case_key(u, takedown.case_id)
        moves, row = await by_person(u, world, takedown, seen, at, caller, key, how)
        await ledger.record(u, world, moves)
        await bulk.insert(u, tables.Observation, COLUMNS, [row])

    await ctx.store.run(work)


async def by_person(
    u: Unit,
    world: World,
    takedown: Takedown,
    seen: Seen,
    at: datetime,
    caller: Caller,
    key: Key,
    how: str,
) -> tuple[list[Move], tuple[Any, ...]]:
    """What a person's sight moves, and its row. The moves are recorded before the row is stored."""
    observation = Observation(seen, "seen_by_person", "person", proof=True)
    one = Sight(takedown.id, observation, at, caller.actor, caller.key_id, how)
    moves = take_in(world, takedown, one)
    moves += await _hold_what_is_back(u, world, moves)
    _remember(takedown, one)
    return moves, _row(takedown, one, world.now, key)


async def recheck(ctx: Context, caller: Caller, takedown_id: UUID) -> None:
    """Look again at once. Raises `NotFound`."""

    async def work(u: Unit) -> None:
        await own(u, caller, takedown_id)
        world = await ledger.open_world(u, ctx.rules, ctx.now(), takedowns=[takedown_id])
        follow.look_now(world, world.takedowns[takedown_id])
        await ledger.record(u, world, [])

    await ctx.store.run(work)


async def own(u: Unit, caller: Caller, takedown_id: UUID) -> UUID:
    """The case of a takedown of the caller's organisation. Raises `NotFound`."""
    found = (
        await u.run(
            "SELECT case_id FROM takedowns WHERE id = :id AND organisation_id = :org",
            id=takedown_id,
            org=caller.organisation_id,
        )
    ).scalar()
    if found is None:
        raise NotFound("There is no such takedown.")
    return UUID(str(found))
