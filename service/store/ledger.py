"""The only writer of state.

A transaction opens a `World` (locks rows in one order: case, takedown, request, notice; by id), and
ends with one
call of `record`, which decides the moves, lets follow what follows, and writes rows, entries,
clocks and events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from operator import attrgetter
from typing import Any, Final, TypeVar, get_args, get_type_hints
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Uuid, bindparam, text
from sqlmodel import SQLModel

from adapters.spec import AnswerKind, Channel, ContentClass, Spec
from service.domain import follow
from service.domain.pace import Pace
from service.domain.states import NoticeState, RequestState, State
from service.domain.world import (
    Carried,
    Case,
    Clock,
    Move,
    Moved,
    Notice,
    Request,
    Row,
    Takedown,
    World,
)
from service.store import bulk, entries, tables
from service.store.unit import Again, Unit

V = TypeVar("V", Takedown, Request, Notice, Clock)

_COLUMNS: Final[dict[type, tuple[str, ...]]] = {
    cls: tuple(f.name for f in fields(cls)) for cls in (Takedown, Request, Notice, Clock)
}


def _members(hint: Any) -> dict[str, Enum] | None:
    """The members of an enumeration by value, where a field holds one or None."""
    kinds = [k for k in (hint, *get_args(hint)) if isinstance(k, type) and issubclass(k, Enum)]
    return {member.value: member for member in kinds[0]} if kinds else None


_ENUM_AT: Final = {
    cls: [(columns.index(n), m) for n, hint in get_type_hints(cls).items() if (m := _members(hint))]
    for cls, columns in _COLUMNS.items()
}
_MODELS: Final[dict[type, type[SQLModel]]] = {
    Takedown: tables.Takedown,
    Request: tables.Request,
    Notice: tables.Notice,
    Clock: tables.Clock,
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of `record`: the lines that were written and the moves that the tables refused."""

    moved: Sequence[Moved]
    refused: Sequence[tuple[Move, State | None]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What every transaction needs to know beside the rows: specs by name, and the pace."""

    specs: Mapping[str, Spec]
    pace: Pace


async def record(u: Unit, world: World, moves: Sequence[Move]) -> Recorded:
    """Move things and leave their trace: state, entry, follow-up work, outgoing event. Nothing else
    writes `state`.

    Called once per transaction, with the world that it opened. Decides each move by itself: a
    refused move stays
    in `Recorded.refused` and never undoes its neighbours.
    """
    follow.apply(world, moves)
    for request in world.requests.values():
        request.uncarried = world.is_uncarried(request)
    await _write(u, world)
    for kind, lane in _rings(world):
        u.ring(kind, lane)
    return Recorded(world.moved, world.refused)


async def open_world(
    u: Unit,
    rules: Rules,
    now: datetime,
    *,
    takedowns: Iterable[UUID] = (),
    requests: Iterable[UUID] = (),
    notices: Iterable[UUID] = (),
    cases: Iterable[UUID] = (),
    things: Things = ((), ()),
) -> World:
    """Lock these rows and everything that a move of theirs can touch. Raises `Again` when that
    changed meanwhile.

    Cases are locked too when they are named or when takedowns are: planning in one case is one at a
    time.
    `things`: organisations and locator MACs, side by side, that new takedowns are about to be
    planned for.
    """
    world = World(now, rules.pace, rules.specs)
    reach = await _reach(u, set(takedowns), set(requests), set(notices), things)
    lock_cases = set(cases) | (reach.cases if takedowns else set())
    await _load_cases(u, world, lock_cases, reach.cases | set(cases))
    for row in await _locked(u, Takedown, reach.takedowns):
        world.add(row)
    for request in await _locked(u, Request, reach.requests):
        world.add(request)
    if await _siblings(u, world, things) - reach.requests:
        raise Again
    world.whole = lock_cases
    gathering = await _gathering(u, world, lock_cases)
    for notice in await _locked(u, Notice, reach.notices | gathering):
        world.add(notice)
    await _load_links(u, world, set(notices))
    await _load_taken(u, world)
    await _load_clocks(u, world)
    await _load_holds(u, world)
    world.before = {
        row.id: (row.entry_id, row.entry_hash, _values(row))
        for rows in (world.takedowns, world.requests, world.notices)
        for row in rows.values()
    } | {clock.id: (None, None, _values(clock)) for clock in world.clocks.values()}
    return world


Things = tuple[Sequence[UUID], Sequence[bytes]]


@dataclass(slots=True)
class _Reach:
    cases: set[UUID]
    takedowns: set[UUID]
    requests: set[UUID]
    notices: set[UUID]


def _ids(statement: str, *names: str) -> Any:
    binds: list[Any] = [bindparam(n, type_=ARRAY(Uuid())) for n in names]
    if ":macs" in statement:
        binds.append(bindparam("macs", type_=ARRAY(LargeBinary())))
    return text(statement).bindparams(*binds)


_REACH: Final = _ids(
    """
WITH RECURSIVE mine AS (
  SELECT id FROM requests WHERE takedown_id = ANY(:takedowns)
  UNION SELECT id FROM requests WHERE id = ANY(:requests)
  UNION SELECT request_id FROM carried WHERE notice_id = ANY(:notices)
), told AS (
  SELECT id FROM mine
  UNION SELECT r.id FROM requests r JOIN told ON r.follows_id = told.id
), beside AS (
  SELECT id FROM requests
   WHERE takedown_id IN (SELECT takedown_id FROM requests WHERE id IN (SELECT id FROM told))
), things AS (
  SELECT organisation_id, locator_mac FROM takedowns
   WHERE id = ANY(:takedowns) AND locator_mac IS NOT NULL
  UNION SELECT organisation_id, locator_mac FROM requests WHERE id IN (SELECT id FROM mine)
  UNION SELECT * FROM unnest(CAST(:organisations AS uuid[]), CAST(:macs AS bytea[]))
), reached AS (
  SELECT id FROM beside
  UNION SELECT r.id FROM requests r JOIN things USING (organisation_id, locator_mac)
   WHERE r.carrying OR r.state = 'joined'
)
SELECT r.id, r.takedown_id, r.case_id,
       ARRAY(SELECT notice_id FROM carried c WHERE c.request_id = r.id) AS notices
  FROM requests r WHERE r.id IN (SELECT id FROM reached)
""",
    "takedowns",
    "requests",
    "notices",
    "organisations",
)
_CASES_OF: Final = _ids(
    "SELECT case_id FROM takedowns WHERE id = ANY(:takedowns)"
    " UNION SELECT case_id FROM notices WHERE id = ANY(:notices)",
    "takedowns",
    "notices",
)


async def _reach(
    u: Unit, takedowns: set[UUID], requests: set[UUID], notices: set[UUID], things: Things
) -> _Reach:
    values = {"takedowns": list(takedowns), "requests": list(requests), "notices": list(notices)}
    about = {"organisations": list(things[0]), "macs": list(things[1])}
    rows = (await u.conn.execute(_REACH, {**values, **about})).all()
    reach = _Reach(set(), set(takedowns), set(requests), set(notices))
    for row in rows:
        reach.requests.add(row.id)
        reach.takedowns.add(row.takedown_id)
        reach.cases.add(row.case_id)
        reach.notices.update(row.notices)
    if takedowns or notices:
        values.pop("requests")
        reach.cases.update((await u.conn.execute(_CASES_OF, values)).scalars())
    return reach


_SIBLINGS: Final = _ids(
    """
SELECT r.id FROM requests r WHERE (r.carrying OR r.state = 'joined') AND
 (r.organisation_id, r.locator_mac) IN (
   SELECT organisation_id, locator_mac FROM requests WHERE id = ANY(:requests)
   UNION SELECT organisation_id, locator_mac FROM takedowns WHERE id = ANY(:takedowns)
   UNION SELECT * FROM unnest(CAST(:organisations AS uuid[]), CAST(:macs AS bytea[])))
""",
    "requests",
    "takedowns",
    "organisations",
)


async def _siblings(u: Unit, world: World, things: Things) -> set[UUID]:
    """Who asks about the same things, read once more under lock."""
    if not world.takedowns and not world.requests and not things[0]:
        return set()
    values = {
        "requests": list(world.requests),
        "takedowns": list(world.takedowns),
        "organisations": list(things[0]),
        "macs": list(things[1]),
    }
    found: set[UUID] = set((await u.conn.execute(_SIBLINGS, values)).scalars())
    return found


_GATHERING: Final = text(
    "SELECT id FROM notices WHERE case_id = ANY(:cases) AND addressee = ANY(:desks)"
    " AND state IN ('due', 'by_hand')"
).bindparams(bindparam("cases", type_=ARRAY(Uuid())))


async def _gathering(u: Unit, world: World, cases: set[UUID]) -> set[UUID]:
    """Unsent notices that may take in more requests of these cases."""
    desks = [s.name for s in world.specs.values() if s.gathers or s.channel is Channel.FORM]
    if not cases or not desks:
        return set()
    found = await u.conn.execute(_GATHERING, {"cases": list(cases), "desks": desks})
    return set(found.scalars())


_TAKEN: Final = _ids(
    "SELECT n.id FROM notices n JOIN takes k ON k.organisation_id = n.organisation_id"
    " AND k.todo_id = 'by_hand:' || n.id AND k.until > :now WHERE n.id = ANY(:ids)",
    "ids",
)


async def _load_taken(u: Unit, world: World) -> None:
    """Which packets somebody files now: nothing joins them."""
    packets = [n.id for n in world.notices.values() if n.state is NoticeState.BY_HAND]
    if packets:
        found = await u.conn.execute(_TAKEN, {"ids": packets, "now": world.now})
        world.taken = set(found.scalars())


def _select(cls: type) -> Any:
    table = bulk.table_of(_MODELS[cls]).name
    return _ids(
        f"SELECT {', '.join(_COLUMNS[cls])} FROM {table} WHERE id = ANY(:ids)"
        " ORDER BY id FOR NO KEY UPDATE",
        "ids",
    )


# NO KEY: a second UPDATE of one row in a transaction checks its foreign keys again, and would wait
# for a stronger lock on its case out of the one order
_LOCKED: Final[dict[type, Any]] = {cls: _select(cls) for cls in (Takedown, Request, Notice)}


async def _locked(u: Unit, cls: type[V], wanted: set[UUID]) -> list[V]:
    if not wanted:
        return []
    rows = (await u.conn.execute(_LOCKED[cls], {"ids": sorted(wanted)})).all()
    return [_value(cls, tuple(row)) for row in rows]


def _value(cls: type[V], row: Sequence[Any]) -> V:
    values = list(row)
    for at, members in _ENUM_AT[cls]:
        if values[at] is not None:
            values[at] = members[values[at]]
    return cls(*values)


_CASES: Final = (
    "SELECT c.id, c.organisation_id, c.jurisdictions, c.depicted_as, o.answer_days, o.removal_days"
    " FROM cases c JOIN organisations o ON o.id = c.organisation_id"
    " WHERE c.id = ANY(:ids)"
)
_READ_CASES: Final = _ids(_CASES, "ids")
_LOCK_CASES: Final = _ids(f"{_CASES} ORDER BY c.id FOR NO KEY UPDATE OF c", "ids")


async def _load_cases(u: Unit, world: World, locked: set[UUID], wanted: set[UUID]) -> None:
    for statement, some in ((_LOCK_CASES, locked), (_READ_CASES, wanted - locked)):
        rows = (await u.conn.execute(statement, {"ids": sorted(some)})).all() if some else ()
        for row in rows:
            world.cases[row.id] = Case(
                id=row.id,
                organisation_id=row.organisation_id,
                jurisdictions=tuple(row.jurisdictions),
                minor=row.depicted_as != "adult",
                answer_days=row.answer_days,
                removal_days=row.removal_days,
            )


_LINKS: Final = _ids(
    "SELECT notice_id, request_id, position, outcome FROM carried WHERE notice_id = ANY(:ids)",
    "ids",
)


async def _load_links(u: Unit, world: World, seeds: set[UUID]) -> None:
    if not world.notices:
        return
    absent: set[UUID] = set()
    for row in (await u.conn.execute(_LINKS, {"ids": list(world.notices)})).all():
        if row.request_id not in world.requests and row.notice_id in seeds:
            raise Again
        outcome = AnswerKind(row.outcome) if row.outcome else None
        if row.request_id not in world.requests:
            absent.add(row.request_id)
        world.link(Carried(row.notice_id, row.request_id, row.position, outcome))
    world.links_before = {k: (c.position, c.outcome) for k, c in world.carried.items()}
    if absent:
        for row in (await u.conn.execute(_ABSENT, {"ids": list(absent)})).all():
            world.absent[row.id] = (ContentClass(row.content_class), RequestState(row.state))


_ABSENT: Final = _ids(
    "SELECT r.id, r.state, t.content_class FROM requests r JOIN takedowns t ON t.id = r.takedown_id"
    " WHERE r.id = ANY(:ids)",
    "ids",
)


_CLOCKS: Final = _ids(
    f"SELECT {', '.join(_COLUMNS[Clock])} FROM clocks WHERE request_id = ANY(:ids) ORDER BY id",
    "ids",
)


async def _load_clocks(u: Unit, world: World) -> None:
    if world.requests:
        for row in (await u.conn.execute(_CLOCKS, {"ids": list(world.requests)})).all():
            world.add(_value(Clock, tuple(row)))


_HOLDS: Final = _ids(
    "SELECT takedown_id, kind FROM holds WHERE takedown_id = ANY(:ids) AND ended_at IS NULL",
    "ids",
)


async def _load_holds(u: Unit, world: World) -> None:
    if world.takedowns:
        for row in (await u.conn.execute(_HOLDS, {"ids": list(world.takedowns)})).all():
            world.held[row.takedown_id].add(row.kind)


_VALUES: Final = {cls: attrgetter(*columns) for cls, columns in _COLUMNS.items()}


def _values(row: Row | Clock) -> tuple[Any, ...]:
    """A row's values in the order of its columns; its enumerations are strings."""
    values: tuple[Any, ...] = _VALUES[type(row)](row)
    return values


async def _write(u: Unit, world: World) -> None:
    await entries.write(u, world)
    await _write_rows(u, world, Takedown)
    await _write_rows(u, world, Request)
    await _write_rows(u, world, Notice)
    await _write_links(u, world)
    await _write_clocks(u, world)
    await _write_events(u, world)


_ROWS: Final = {Takedown: "takedowns", Request: "requests", Notice: "notices"}
_FIXED: Final = ("id", "organisation_id", "case_id", "created_at")
"""Written once. A lease on a poll or a look is no business of the ledger's and ends by itself."""
_CHANGING: Final = {
    cls: tuple(c for c in columns if c not in _FIXED) for cls, columns in _COLUMNS.items()
}
_id: Final = attrgetter("id")


async def _write_rows(u: Unit, world: World, cls: type[Any]) -> None:
    """New rows at their first state, then every change; who stops carrying before who starts."""
    rows: dict[UUID, Any] = getattr(world, _ROWS[cls])
    new = [row for id_, row in sorted(rows.items()) if id_ not in world.before]
    changed = [
        row
        for id_, row in sorted(rows.items())
        if id_ in world.before and world.before[id_][2] != _values(row)
    ]
    if cls is Request:
        releasing = [r for r in changed if not r.carrying]
        await _update_rows(u, world, cls, releasing)
        changed = [r for r in changed if r.carrying]
    await _insert_rows(u, world, cls, new)
    await _update_rows(u, world, cls, [*changed, *(r for r in new if r.version > 1)])


async def _insert_rows(u: Unit, world: World, cls: type[Any], rows: Sequence[Any]) -> None:
    if not rows:
        return
    first = {m.row.id: m for m in reversed(world.moved)}
    columns = _COLUMNS[cls]
    extra = sorted({name for row in rows for name in world.extras.get(row.id, {})})
    stamp = ["updated_at"] if cls is not Request else []
    values = []
    for row in rows:
        entry = first[row.id]
        born = {
            "state": entry.target.value,
            "version": 1,
            "entry_id": entry.entry_id,
            "entry_hash": world.hashes[entry.entry_id],
        }
        line = [born.get(c, value) for c, value in zip(columns, _values(row), strict=True)]
        line += [world.extras.get(row.id, {}).get(c) for c in extra]
        values.append([*line, *([world.now] if stamp else [])])
    await bulk.insert(u, _MODELS[cls], (*columns, *extra, *stamp), values)


async def _update_rows(u: Unit, world: World, cls: type[Any], rows: Sequence[Any]) -> None:
    """Only columns in which any of these rows has changed: arrays are costly on both ends."""
    if not rows:
        return
    columns = _changed(world, cls, rows)
    get = attrgetter("id", *columns)
    stamp, at = (["updated_at"], (world.now,)) if cls is not Request else ([], ())
    values = [(*get(row), *at) for row in sorted(rows, key=_id)]
    await bulk.update(u, _MODELS[cls], ("id",), (*columns, *stamp), values)


def _changed(world: World, cls: type[Any], rows: Sequence[Any]) -> tuple[str, ...]:
    columns, differ = _COLUMNS[cls], set()
    for row in rows:
        before = world.before.get(row.id)
        if before is None:  # new, and moved on at once
            return _CHANGING[cls]
        now = _values(row)
        differ |= {i for i, old in enumerate(before[2]) if old != now[i]}
    return tuple(columns[i] for i in sorted(differ))


_UNLINK: Final = text(
    "DELETE FROM carried c USING unnest(CAST(:notices AS uuid[]), CAST(:requests AS uuid[]))"
    " AS u (notice_id, request_id)"
    " WHERE c.notice_id = u.notice_id AND c.request_id = u.request_id"
).bindparams(bindparam("notices", type_=ARRAY(Uuid())), bindparam("requests", type_=ARRAY(Uuid())))


async def _write_links(u: Unit, world: World) -> None:
    gone = sorted(k for k in world.unlinked if k in world.links_before)
    if gone:
        notices, requests = [k[0] for k in gone], [k[1] for k in gone]
        await u.conn.execute(_UNLINK, {"notices": notices, "requests": requests})
    new, changed = [], []
    for key, link in sorted(world.carried.items()):
        values = (link.position, link.outcome)
        line = (*key, link.position, link.outcome)
        if key not in world.links_before:
            new.append(line)
        elif world.links_before[key] != values:
            changed.append(line)
    keys = ("notice_id", "request_id")
    await bulk.insert(u, tables.Carried, (*keys, "position", "outcome"), new)
    await bulk.update(u, tables.Carried, keys, ("position", "outcome"), changed)


async def _write_clocks(u: Unit, world: World) -> None:
    columns = _COLUMNS[Clock]
    new = [_values(c) for id_, c in sorted(world.clocks.items()) if id_ not in world.before]
    changed = [
        _values(c)
        for id_, c in sorted(world.clocks.items())
        if id_ in world.before and world.before[id_][2] != _values(c)
    ]
    await bulk.insert(u, tables.Clock, columns, new)
    await bulk.update(u, tables.Clock, ("id",), columns[1:], changed)


_TOLD: Final = (
    "id", "organisation_id", "case_id", "takedown_id", "machine", "subject_id", "event", "state",
    "at",
)  # fmt: skip


_TOLD_VALUES: Final = attrgetter(*_TOLD)


async def _write_events(u: Unit, world: World) -> None:
    await bulk.insert(
        u,
        tables.EventRow,
        _TOLD,
        (_TOLD_VALUES(told) for told in world.told),
    )


def _rings(world: World) -> set[tuple[str, str]]:
    """Lanes whose work is due now because of what was just written."""
    rings = set()
    for takedown in world.takedowns.values():
        if takedown.lane_look and takedown.look_at and takedown.look_at <= world.now:
            rings.add(("look", takedown.lane_look))
        if takedown.lane_look and takedown.resolve_at and takedown.resolve_at <= world.now:
            rings.add(("resolve", takedown.lane_look))
    for notice in world.notices.values():
        if notice.state is NoticeState.DUE and notice.due_at <= world.now:
            rings.add(("send", notice.lane))
        if notice.poll_at and notice.poll_at <= world.now:
            rings.add(("poll", notice.lane))
    return rings
