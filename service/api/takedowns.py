"""Takedowns: taking addresses in, showing them, and what a person does about one."""

from __future__ import annotations

from uuid import UUID

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from service.actions import accept_items, look_at, takedowns
from service.actions.holding import NewHold
from service.actions.queries import feed, previews, timeline
from service.actions.queries import search as searching
from service.actions.queries import takedowns as shown
from service.api.guards import Permission
from service.api.routes import BATCH_BYTES, Call, Here, answer, page, route
from service.api.schemas.acts import (
    FoundBody,
    NewHoldBody,
    NewObservation,
    Release,
    Search,
    Withdraw,
)
from service.api.schemas.intake import (
    Approve,
    ApprovedBody,
    ApprovedItem,
    BatchBody,
    BatchMade,
    NewTakedowns,
    PreviewBody,
)
from service.api.schemas.plain import LineProblem, Paged
from service.api.schemas.takedowns import (
    FindTakedowns,
    TakedownBody,
    TakedownPage,
    TimelinePage,
)
from service.domain.errors import CaseClosed, Conflict, NotFound

P = Permission


async def _whole(call: Call, takedown_id: UUID) -> Response[TakedownBody]:
    found = await shown.one(call.ctx, call.caller, takedown_id)
    return call.tagged(TakedownBody.model_validate(found), found["version"])


@route("POST", "/takedowns", may=P.WRITE_CASES, tag="takedowns", status=202, repeatable=True,
       largest_bytes=BATCH_BYTES, raises=(NotFound, CaseClosed))  # fmt: skip
async def submit(call: Here, data: JSONBody[NewTakedowns]) -> Response[BatchMade]:
    """Take addresses in.

    Every line gets its own result, in the order of the lines; one bad line never spoils the rest.
    `repeated`: this case has it already, and the same takedown is returned.
    """
    lines = [item.line() for item in data.items]
    batch_id, results = await accept_items.accept_items(
        call.ctx, call.caller, data.case_id, lines, call.batch_id
    )
    body = BatchMade.model_validate({"batch_id": batch_id, "items": [r.values() for r in results]})
    return answer(body, 202, sparse=True, headers={"Location": f"/api/v1/batches/{batch_id}"})


@route("POST", "/takedowns/preview", may=P.WRITE_CASES, tag="takedowns", keyed=False,
       largest_bytes=BATCH_BYTES, raises=(NotFound,))  # fmt: skip
async def preview(call: Here, data: JSONBody[NewTakedowns]) -> Response[PreviewBody]:
    """See what would leave.

    The same body as for taking in. Per line: addressees, channel, wording, disclosed fields,
    clocks, missing elements, and the digest that an approval names. Of the wording, what lines
    share is there once, in `paragraphs`. No takedown is made.
    """
    lines = [item.line() for item in data.items]
    found = await previews.of_items(call.ctx, call.caller, data.case_id, lines)
    return answer(PreviewBody.model_validate(found), sparse=True)


@route("POST", "/takedowns/approve", may=P.APPROVE, tag="takedowns")
async def approve(call: Here, data: JSONBody[Approve]) -> Response[ApprovedBody]:
    """Approve what was looked at.

    Each line is settled by itself. A digest that is not the present one changes nothing and says
    `digest_stale`.
    """
    wanted = [(item.takedown_id, bytes.fromhex(item.digest)) for item in data.items]
    results = await takedowns.approve(call.ctx, call.caller, wanted)
    items = [
        ApprovedItem(takedown_id=r.takedown_id, status=r.status, problem=_problem(r.code, r.detail))  # type: ignore[arg-type]
        for r in results
    ]
    return answer(ApprovedBody(items=items), sparse=True)


def _problem(code: str | None, detail: str | None) -> LineProblem | None:
    return LineProblem(code=code, detail=detail or "") if code else None


@route("GET", "/takedowns", may=P.READ_CASES, tag="takedowns")
async def list_takedowns(
    call: Here, find: NamedDependency[SkipValidation[FindTakedowns]]
) -> Response[TakedownPage]:
    """List takedowns.

    Newest first. `due` finds those whose next step of ours is due by then. Without `case` no
    address is named: `POST /takedowns/search` finds one in all cases, for a reason.
    """
    filters = find.model_dump(exclude={"limit", "cursor"})
    items, cursor = await shown.page(call.ctx, call.caller, filters, find.limit, find.cursor)
    return page(call, TakedownPage.model_validate({"items": items, "next_cursor": cursor}))


@route("POST", "/takedowns/search", may=P.SEARCH, tag="takedowns", keyed=False)
async def search(call: Here, data: JSONBody[Search]) -> Response[FoundBody]:
    """Find an address in all cases.

    The reason is put on record, with what was found.
    """
    items = await searching.search(call.ctx, call.caller, data.url, data.reason)
    return answer(FoundBody.model_validate({"items": items}))


@route("GET", "/takedowns/{takedown_id:uuid}", may=P.READ_CASES, tag="takedowns", tagged=True,
       raises=(NotFound,))  # fmt: skip
async def read_takedown(call: Here, takedown_id: FromPath[UUID]) -> Response[TakedownBody]:
    """Read a takedown.

    Its requests, notices, sights, deadlines and holds; while it waits for approval also what would
    leave, with the digest.
    """
    return await _whole(call, takedown_id)


@route("GET", "/takedowns/{takedown_id:uuid}/timeline", may=P.READ_HISTORY, tag="takedowns",
       raises=(NotFound,))  # fmt: skip
async def read_timeline(
    call: Here, takedown_id: FromPath[UUID], find: NamedDependency[SkipValidation[Paged]]
) -> Response[TimelinePage]:
    """Read what happened to a takedown.

    Whether it arrived, what they answered and what was seen are separate lines, each with when it
    happened and when it was recorded. An auditor reads no free text.
    """
    items, cursor = await timeline.page(
        call.ctx, call.caller, takedown_id, find.limit, find.cursor, words=call.may(P.READ_CASES)
    )
    return page(call, TimelinePage.model_validate({"items": items, "next_cursor": cursor}))


@route("POST", "/takedowns/{takedown_id:uuid}/withdraw", may=P.WRITE_CASES, tag="takedowns",
       tagged=True, raises=(NotFound, Conflict))  # fmt: skip
async def withdraw(
    call: Here, takedown_id: FromPath[UUID], data: JSONBody[Withdraw]
) -> Response[TakedownBody]:
    """Withdraw a takedown.

    For our own mistakes a retraction goes to all who were or may have been asked.
    """
    await takedowns.withdraw(call.ctx, call.caller, takedown_id, data.reason, data.how)
    return await _whole(call, takedown_id)


@route("POST", "/takedowns/{takedown_id:uuid}/recheck", may=P.WRITE_CASES, tag="takedowns",
       tagged=True, raises=(NotFound,))  # fmt: skip
async def recheck(call: Here, takedown_id: FromPath[UUID]) -> Response[TakedownBody]:
    """Have it looked at now.

    The look is made by a worker as soon as its lane allows.
    """
    await look_at.recheck(call.ctx, call.caller, takedown_id)
    return await _whole(call, takedown_id)


@route("POST", "/takedowns/{takedown_id:uuid}/hold", may=P.WRITE_CASES, tag="takedowns",
       tagged=True, raises=(NotFound, Conflict))  # fmt: skip
async def hold(
    call: Here, takedown_id: FromPath[UUID], data: JSONBody[NewHoldBody]
) -> Response[TakedownBody]:
    """Hold a takedown.

    Nothing leaves while any hold is open. Holds of police and disputes are a supervisor's.
    """
    wanted = NewHold(data.kind, data.until, data.detail())
    await takedowns.hold(call.ctx, call.caller, takedown_id, wanted)
    return await _whole(call, takedown_id)


@route("POST", "/takedowns/{takedown_id:uuid}/release", may=P.RELEASE, tag="takedowns",
       tagged=True, raises=(NotFound, Conflict))  # fmt: skip
async def release(
    call: Here, takedown_id: FromPath[UUID], data: JSONBody[Release]
) -> Response[TakedownBody]:
    """End a hold.

    The takedown goes on when it was the last one.
    """
    await takedowns.release(call.ctx, call.caller, takedown_id, data.kind)
    return await _whole(call, takedown_id)


@route("POST", "/takedowns/{takedown_id:uuid}/observations", may=P.WRITE_CASES, tag="takedowns",
       tagged=True, raises=(NotFound,))  # fmt: skip
async def observe(
    call: Here, takedown_id: FromPath[UUID], data: JSONBody[NewObservation]
) -> Response[TakedownBody]:
    """Say what a person saw.

    It counts at once, and is marked as theirs.
    """
    await look_at.observe(call.ctx, call.caller, takedown_id, data.seen, data.seen_at, data.how)
    return await _whole(call, takedown_id)


@route("GET", "/batches/{batch_id:uuid}", may=P.READ_CASES, tag="takedowns", raises=(NotFound,))
async def read_batch(call: Here, batch_id: FromPath[UUID]) -> Response[BatchBody]:
    """Read what a call that took addresses in was answered."""
    found = await feed.batch(call.ctx, call.caller, batch_id)
    return answer(BatchBody.model_validate(found), sparse=True)


HANDLERS = (
    submit, preview, approve, list_takedowns, search, read_takedown, read_timeline, withdraw,
    recheck, hold, release, observe, read_batch,
)  # fmt: skip
