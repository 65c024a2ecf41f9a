"""What a notice will say if it starts now: who is still carried, in which words, as which bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from adapters.spec import Item, Locator, Notice, Office, Purpose, Spec
from service.actions import attempts, holding, matters, reading
from service.actions.context import Context, Desk
from service.actions.matters import OpenCase
from service.domain import mailing, notices, permission
from service.domain.notices import Done, Frame, Reply
from service.domain.states import Actor, Event, Machine, NoticeState, RequestState
from service.domain.world import Move, Request, World
from service.domain.world import Notice as NoticeRow
from service.store import keys
from service.store.unit import Unit

REPLY: Final = "notices.words"


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice that may start, as it would go out."""

    row: NoticeRow
    notice: Notice
    frozen: bytes


async def drafts(
    u: Unit, ctx: Context, world: World, desks: Mapping[str, Desk], due: Sequence[NoticeRow]
) -> tuple[list[Draft], list[Move]]:
    """Drafts of those that may start, and the moves of what may not: held takedowns, empty
    notices. `due` are of one lane, so of one organisation and one desk.
    """
    if not due:
        return [], []
    cases = await matters.open_cases(u, due[0].organisation_id, sorted({n.case_id for n in due}))
    wanted = {
        world.requests[link.request_id].takedown_id for n in due for link in world.carried_by(n)
    }
    locators = await reading.locators(u, sorted(wanted))
    digests = await approved_digests(u, sorted(wanted))
    threads = await _threads(u, [n for n in due if n.purpose is not Purpose.FIRST])
    said = await replies(u, [n.id for n in due if n.purpose is Purpose.REPLY])
    heard = [n.id for n in due if world.spec(n.addressee).office is Office.REGULATOR]
    told = await histories(u, ctx.rules.specs, heard)
    ready, moves = [], []
    for row in due:
        case = cases[row.case_id]
        moves += await _sort_out(u, ctx, world, case, desks, row, locators, digests)
        if instead := _instead(world, case, row):
            moves.append(instead)
            continue
        if _rests(world, row):
            continue
        carried = [world.requests[link.request_id] for link in world.carried_by(row)]
        frame = Frame(
            purpose=row.purpose,
            basis=row.basis,
            reference=row.reference,
            mark=row.id.hex[16:],  # random, and shown to nobody outside
            composed_at=world.now,
            thread=threads.get(row.id, ()),
            doubtful=row.purpose is Purpose.REMINDER and _doubtful(world, carried),
            reply=said.get(row.id),
            history=told.get(row.id, {}),
            still_up=still_up(row.purpose, [r.state for r in carried]),
        )
        notice = compose(desks[row.addressee], case, world, frame, carried, locators)
        ready.append(Draft(row, notice, notices.freeze(notice)))
    return ready, moves


def _instead(world: World, case: OpenCase, row: NoticeRow) -> Move | None:
    """What becomes of a notice that does not start: one that carries nothing any more, and a
    retraction, which no hold stops, when its desk is no longer where it was approved.
    """
    if not world.carried_by(row):
        return Move(Machine.NOTICE, row.id, Event.CANCEL, Actor.ENGINE, world.now, "empty")
    if row.purpose is Purpose.RETRACTION and _is_moved(case, row):
        row.reason = "address_changed"
        return Move(Machine.NOTICE, row.id, Event.HAND_OVER, Actor.ENGINE, world.now, row.reason)
    return None


def _rests(world: World, row: NoticeRow) -> bool:
    """Whether a hold keeps it here. It is tried again later: what rests stands apart."""
    first = world.requests[world.carried_by(row)[0].request_id]
    rests = mailing.rests(world, row, first)
    if rests:
        row.due_at = world.now + world.pace.rest
    return rests


def compose(
    desk: Desk,
    case: OpenCase,
    world: World,
    frame: Frame,
    carried: Sequence[Request],
    locators: Mapping[UUID, Locator],
) -> Notice:
    """The notice for these requests, by the facts of this moment."""
    first = world.takedowns[carried[0].takedown_id]
    matter = case.matter(first.content_class)
    items = [Item(str(r.id), locators[r.takedown_id]) for r in carried]
    return desk.addressed(notices.compose(desk.adapter.spec, matter, frame, items))


async def _sort_out(
    u: Unit,
    ctx: Context,
    world: World,
    case: OpenCase,
    desks: Mapping[str, Desk],
    row: NoticeRow,
    locators: Mapping[UUID, Locator],
    digests: Mapping[UUID, bytes],
) -> list[Move]:
    """Take out of a notice what it may not carry now. Returns the holds that this sets, and what
    puts apart what they only delay.

    Consent or a mandate may have ended, and nobody has noticed yet. Only a retraction leaves then.
    """
    moves: list[Move] = []
    ended = permission.holds(case.permission(), world.now)
    for link in world.carried_by(row):
        request = world.requests[link.request_id]
        takedown = world.takedowns[request.takedown_id]
        if not mailing.may_carry(world, row, request):
            if not mailing.rests(world, row, request):
                world.unlink(link)
            continue
        kinds = ended if row.purpose is not Purpose.RETRACTION else ()
        if row.purpose is Purpose.FIRST and not ended:
            found = matters.plan(case, takedown, locators[takedown.id], ctx.rules.specs, desks)
            kinds = forbidden(case, found, digests.get(takedown.id))
        elif row.purpose is not Purpose.RETRACTION and not ended and _is_moved(case, row):
            kinds = ("approval",)
        if kinds:
            moves += await holding.set_holds(u, world, takedown, kinds, case.key)
            if not mailing.rests(world, row, request):
                world.unlink(link)
    return [*moves, *mailing.set_apart(world, row, world.now)]


def _is_moved(case: OpenCase, row: NoticeRow) -> bool:
    """Whether a further message would go to another address than any that a person approved."""
    return row.addressee in case.outdated and case.organisation.approval != "none"


def forbidden(case: OpenCase, found: matters.Plan, approved: bytes | None) -> tuple[str, ...]:
    """The hold that stops a first notice at its start: the facts are no longer those that were
    approved.
    """
    if found.missing:
        return ("element_missing",)
    if approved is not None:
        return () if approved == found.digest else ("approval",)
    needs = permission.needs_approval(case.organisation.approval, case.approved, found.specs)
    return ("approval",) if needs else ()


_DIGESTS = text(
    "SELECT id, approved_digest FROM takedowns WHERE id = ANY(:ids) AND approved_digest IS NOT NULL"
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))


async def approved_digests(u: Unit, takedowns: Sequence[UUID]) -> Mapping[UUID, bytes]:
    """What a person has approved, by takedown."""
    rows = (await u.conn.execute(_DIGESTS, {"ids": list(takedowns)})).all()
    return {row.id: bytes(row.approved_digest) for row in rows}


def _doubtful(world: World, carried: Sequence[Request]) -> bool:
    """Whether nobody knows that any of these was ever received."""
    return all(
        not world.notices_of(r, (NoticeState.SENT,))
        and bool(world.notices_of(r, (NoticeState.UNCONFIRMED,)))
        for r in carried
    )


def still_up(purpose: str, states: Sequence[str | None]) -> bool:
    """Whether a complaint is about a removal that is said and not so."""
    return purpose == Purpose.COMPLAINT and RequestState.SAYS_REMOVED in states


async def histories(
    u: Unit, specs: Mapping[str, Spec], wanted: Sequence[UUID]
) -> Mapping[UUID, Mapping[str, Sequence[Done]]]:
    """What came of asking everybody else, by notice and carried request: only for regulators."""
    if not wanted:
        return {}
    found: dict[UUID, dict[str, list[Done]]] = {}
    for row in (await u.conn.execute(_HISTORIES, {"ids": list(wanted)})).all():
        spec = specs.get(row.addressee)
        if spec is None or not spec.office:
            done = Done(spec.title if spec else row.addressee, row.asked_at, row.state, row.at)
            found.setdefault(row.notice_id, {}).setdefault(str(row.ref), []).append(done)
    return found


_HISTORIES = text(
    """
SELECT k.notice_id, k.request_id AS ref, o.addressee, o.asked_at, o.state,
       COALESCE(o.said_at, e.happened_at) AS at
  FROM carried k
  JOIN requests r ON r.id = k.request_id
  JOIN requests o ON o.takedown_id = r.takedown_id AND o.round = r.round AND o.id <> r.id
  JOIN entries e ON e.id = o.entry_id
 WHERE k.notice_id = ANY(:ids) AND o.asked_at IS NOT NULL
 ORDER BY k.notice_id, k.position, o.rung, o.asked_at, o.id
"""
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))


async def replies(u: Unit, wanted: Sequence[UUID]) -> Mapping[UUID, Reply]:
    """What a person answers, by notice."""
    if not wanted:
        return {}
    rows = (await u.conn.execute(_REPLIES, {"ids": list(wanted)})).all()
    opened = await keys.case_keys(u, {row.case_id for row in rows})
    return {
        row.id: Reply.of(opened[row.case_id].open_json(REPLY, row.id, row.words_sealed))
        for row in rows
    }


_REPLIES = text(
    "SELECT id, case_id, words_sealed FROM notices"
    " WHERE id = ANY(:ids) AND words_sealed IS NOT NULL"
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))
_THREADS = text(
    """
SELECT m.id AS notice_id, a.id AS attempt_id, a.case_id, a.receipt_sealed, f.reference
  FROM notices m
  JOIN carried c ON c.notice_id = m.id
  JOIN carried e ON e.request_id = c.request_id AND e.notice_id <> m.id
  JOIN notices f ON f.id = e.notice_id AND f.state IN ('sent', 'unconfirmed')
  JOIN attempts a ON a.notice_id = f.id AND a.state IN ('accepted', 'perhaps')
 WHERE m.id = ANY(:ids)
 ORDER BY m.id, a.started_at
"""
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))


async def _threads(u: Unit, rows: Sequence[NoticeRow]) -> Mapping[UUID, tuple[str, ...]]:
    """For each notice, what the addressee called the earlier messages about the same requests."""
    if not rows:
        return {}
    found = (await u.conn.execute(_THREADS, {"ids": [r.id for r in rows]})).all()
    opened = await keys.case_keys(u, {row.case_id for row in found})
    threads: dict[UUID, list[str]] = {}
    for row in found:
        if row.receipt_sealed is None:
            continue
        values = opened[row.case_id].open_json(attempts.RECEIPT, row.attempt_id, row.receipt_sealed)
        earlier = threads.setdefault(row.notice_id, [])
        if values["reference"] and values["reference"] not in earlier:
            earlier.append(values["reference"])
    return {notice_id: tuple(earlier) for notice_id, earlier in threads.items()}
