"""What a person has written to an addressee about a request: an answer to what it asks, and that it
keep what the authorities may need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from adapters.spec import Purpose
from service.actions import composing
from service.actions.context import Caller, Context
from service.domain import mailing
from service.domain.errors import Conflict, NotFound
from service.domain.notices import Reply
from service.domain.states import NoticeState, RequestState
from service.domain.wording import Template
from service.domain.world import Notice, Request, World
from service.store import entries, keys, ledger
from service.store.unit import Unit

WAITING: Final = (
    NoticeState.DUE, NoticeState.BY_HAND, NoticeState.SENDING, NoticeState.PERHAPS_SENT,
    NoticeState.SET_ASIDE,
)  # fmt: skip
"""A message in one of these states has not arrived for certain, and may still."""
ARRIVED: Final = (NoticeState.SENT, NoticeState.UNCONFIRMED)


async def reply(
    ctx: Context, caller: Caller, request_id: UUID, templates: Sequence[Template], words: str
) -> Mapping[str, Any]:
    """Answer in the thread, or leave it to a person where the channel has none. The request is
    asked again once the answer is out: until then it waits for us. Raises `NotFound`, `Conflict`.
    """

    async def work(u: Unit) -> Mapping[str, Any]:
        await _own(u, caller, request_id)
        world = await ledger.open_world(u, ctx.rules, ctx.now(), requests=[request_id])
        request = world.requests[request_id]
        _check(world, request)
        notice, moves = mailing.reply(world, request)
        key = await keys.case_key(u, request.case_id)
        said = Reply(tuple(templates), words)
        sealed = key.seal_json(composing.REPLY, notice.id, said.values())
        world.extras[notice.id] = {"words_sealed": sealed}
        await ledger.record(u, world, moves)
        await entries.fact(
            u, world.now, organisation_id=caller.organisation_id, case_id=request.case_id,
            event="reply_written", actor=caller.actor, key_id=caller.key_id,
            facts={"notice": str(notice.id), **said.values()}, key=key,
        )  # fmt: skip
        return _told(notice)

    return await ctx.store.run(work)


async def preserve(ctx: Context, caller: Caller, request_id: UUID) -> Mapping[str, Any]:
    """Ask who was asked to keep what it holds, also about what is gone: once for each request.

    Raises `NotFound`, `Conflict`.
    """

    async def work(u: Unit) -> Mapping[str, Any]:
        await _own(u, caller, request_id)
        world = await ledger.open_world(u, ctx.rules, ctx.now(), requests=[request_id])
        request = world.requests[request_id]
        reached = request.was_asked and request.state is not RequestState.NOT_REACHED
        if not reached or not mailing.may_be_kept(world, request):
            raise Conflict("Nothing was asked of them about this address, or it is held now.")
        if _preserving(world, request):
            raise Conflict("They were asked to keep it, or are about to be.")
        await ledger.record(u, world, list(mailing.preserve(world, request, world.now)))
        (newest,) = _preserving(world, request)
        await entries.fact(
            u, world.now, organisation_id=caller.organisation_id, case_id=request.case_id,
            event="preservation_wanted", actor=caller.actor, key_id=caller.key_id,
            facts={"notice": str(newest.id)}, key=await keys.case_key(u, request.case_id),
        )  # fmt: skip
        return _told(newest)

    return await ctx.store.run(work)


def _preserving(world: World, request: Request) -> list[Notice]:
    made = world.all_notices_of(request, (*WAITING, *ARRIVED))
    return [notice for notice in made if notice.purpose is Purpose.PRESERVE]


def _check(world: World, request: Request) -> None:
    if request.state is not RequestState.NEEDS_INFO:
        raise Conflict("They have asked nothing about this request that is open.")
    if not world.may_leave(world.takedowns[request.takedown_id]):
        raise Conflict("Nothing leaves about this address now: it is held or closed.")
    waiting = world.notices_of(request, WAITING)
    if any(notice.purpose is Purpose.REPLY for notice in waiting):
        raise Conflict("An answer to this question is on its way. Cancel it to write another.")


def _told(notice: Notice) -> dict[str, Any]:
    by_hand = notice.state is NoticeState.BY_HAND
    return {
        "notice_id": notice.id, "state": notice.state,
        "due_at": None if by_hand else notice.due_at,
    }  # fmt: skip


async def _own(u: Unit, caller: Caller, request_id: UUID) -> None:
    found = await u.run(
        "SELECT 1 FROM requests WHERE id = :id AND organisation_id = :org",
        id=request_id,
        org=caller.organisation_id,
    )
    if found.scalar() is None:
        raise NotFound("There is no such request.")
