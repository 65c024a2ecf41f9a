"""Holds: why nothing may leave, set and released as rows; the takedown is `held` while one is
open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from service.actions.context import Caller
from service.domain import follow, ids
from service.domain.errors import Conflict
from service.domain.states import Actor, Event, Machine, TakedownState
from service.domain.world import Move, Takedown, World
from service.store import bulk, entries, keys, tables
from service.store.sealing import Key
from service.store.unit import Unit

PLACE = "holds.detail"
JUDGED = frozenset({"consent", "age"})
"""Kinds that begin and end by what the case says."""
_COLUMNS = (
    "id", "organisation_id", "case_id", "takedown_id", "kind", "set_by", "set_at", "until",
    "detail_sealed",
)  # fmt: skip
HOLDABLE = (
    TakedownState.OPEN,
    TakedownState.RESTRICTED,
    TakedownState.GONE,
    TakedownState.CLOSED,
)


@dataclass(frozen=True, slots=True)
class NewHold:
    """A hold to be set. `detail` is sealed: the police's file, the reason in words."""

    kind: str
    until: datetime | None = None
    detail: Mapping[str, Any] | None = None


async def insert_holds(
    u: Unit, wanted: Iterable[tuple[Takedown, str]], actor: Actor, now: datetime
) -> None:
    """Rows only, for takedowns whose move to `held` is recorded in the same transaction."""
    rows = [
        (ids.new_id(), t.organisation_id, t.case_id, t.id, kind, actor.value, now, None, None)
        for t, kind in wanted
    ]
    await bulk.insert(u, tables.Hold, _COLUMNS, sorted(rows, key=lambda r: (r[3], r[4])))


async def set_hold(
    u: Unit,
    world: World,
    takedowns: Sequence[Takedown],
    hold: NewHold,
    by: Actor,
    key: Key,
    key_id: UUID | None = None,
) -> list[Move]:
    """Set one hold on each takedown that has none of its kind; the moves are for `record`.

    A hold of the same kind that is open already is renewed: its row ends and a new one begins, so
    that both stay on record. What is not given anew stays. Raises `Conflict`.
    """
    moves: list[Move] = []
    rows = []
    before = await _open_holds(u, [t.id for t in takedowns if hold.kind in world.held[t.id]], hold)
    for takedown in takedowns:
        old = before.get(takedown.id)
        new = hold if old is None else _renewed(old, hold, by, key)
        if new is None:
            continue
        is_first = not world.held[takedown.id]  # another one has held it, or is about to
        world.held[takedown.id].add(hold.kind)
        hold_id = ids.new_id()
        sealed = key.seal_json(PLACE, hold_id, dict(new.detail)) if new.detail else None
        rows.append(
            (hold_id, takedown.organisation_id, takedown.case_id, takedown.id, hold.kind,
             by.value, world.now, new.until, sealed)
        )  # fmt: skip
        if is_first and takedown.state in HOLDABLE:
            moves.append(
                Move(Machine.TAKEDOWN, takedown.id, Event.HOLD, by, world.now, hold.kind,
                     facts=_facts(new), key_id=key_id)
            )  # fmt: skip
            continue
        await entries.fact(
            u, world.now, organisation_id=takedown.organisation_id, case_id=takedown.case_id,
            event="hold_set" if old is None else "hold_renewed", actor=by, key_id=key_id,
            reason=hold.kind, facts={"takedown": str(takedown.id), **_facts(new)}, key=key,
        )  # fmt: skip
    await _close(u, [before[r[3]].id for r in rows if r[3] in before], by, world.now)
    await bulk.insert(u, tables.Hold, _COLUMNS, rows)
    return moves


async def set_holds(
    u: Unit, world: World, takedown: Takedown, kinds: Iterable[str], key: Key
) -> list[Move]:
    """Hold one takedown for what it lacks, as the engine does."""
    return [
        move
        for kind in kinds
        for move in await set_hold(u, world, [takedown], NewHold(kind), Actor.ENGINE, key)
    ]


def _facts(hold: NewHold) -> dict[str, Any]:
    """What the entry commits to: the words and the end of a hold."""
    until = {"until": entries.stamp(hold.until)} if hold.until else {}
    return {**until, **({"detail": dict(hold.detail)} if hold.detail else {})}


async def _open_holds(u: Unit, takedowns: Sequence[UUID], hold: NewHold) -> dict[UUID, Any]:
    if not takedowns:
        return {}
    rows = await u.run(
        "SELECT id, takedown_id, until, detail_sealed FROM holds"
        " WHERE takedown_id = ANY(:ids) AND kind = :kind AND ended_at IS NULL",
        ids=list(takedowns),
        kind=hold.kind,
    )
    return {row.takedown_id: row for row in rows}


def _renewed(old: Any, hold: NewHold, by: Actor, key: Key) -> NewHold | None:
    """What an open hold becomes; None when nothing about it is new.

    What a case lacks is judged by what it says: such a hold ends by that, and no time ends it.
    """
    if by is Actor.ENGINE:
        return NewHold(hold.kind, None, _detail(old, key)) if old.until else None
    if hold.until and hold.kind in JUDGED:
        raise Conflict("It is held for that already, until the case says otherwise.")
    return NewHold(hold.kind, hold.until or old.until, hold.detail or _detail(old, key))


def _detail(old: Any, key: Key) -> Mapping[str, Any] | None:
    if old.detail_sealed is None:
        return None
    found: Mapping[str, Any] = key.open_json(PLACE, old.id, old.detail_sealed)
    return found


async def _close(u: Unit, holds: Sequence[UUID], by: Actor, now: datetime) -> None:
    if holds:
        await u.run(
            "UPDATE holds SET ended_at = :now, ended_by = :by WHERE id = ANY(:ids)",
            ids=list(holds),
            by=by.value,
            now=now,
        )


_END = text(
    "UPDATE holds SET ended_at = :now, ended_by = :by"
    " WHERE takedown_id = ANY(:ids) AND kind = ANY(:kinds) AND ended_at IS NULL"
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))


async def end_holds(
    u: Unit,
    world: World,
    takedowns: Sequence[Takedown],
    kinds: Sequence[str],
    by: Actor,
    caller: Caller | None = None,
) -> list[Move]:
    """End holds of these kinds; a takedown without any other is released to what was last seen."""
    moves = []
    ended = [t for t in takedowns if world.held[t.id] & set(kinds)]
    if not ended:
        return []
    await u.conn.execute(
        _END,
        {"ids": [t.id for t in ended], "kinds": list(kinds), "now": world.now, "by": by.value},
    )
    opened = await keys.case_keys(u, {t.case_id for t in ended})
    for takedown in ended:
        world.held[takedown.id] -= set(kinds)
        if takedown.state is TakedownState.HELD and not world.held[takedown.id]:
            moves.append(
                Move(Machine.TAKEDOWN, takedown.id, follow.release_event(takedown), by, world.now,
                     "+".join(kinds), key_id=caller.key_id if caller else None)
            )  # fmt: skip
        else:
            await entries.fact(
                u, world.now, organisation_id=takedown.organisation_id, case_id=takedown.case_id,
                event="hold_ended", actor=by, key_id=caller.key_id if caller else None,
                reason="+".join(kinds), facts={"takedown": str(takedown.id)},
                key=opened[takedown.case_id],
            )  # fmt: skip
    return moves
