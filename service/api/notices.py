"""Requests, answers and notices: what a person reads and records about them."""

from __future__ import annotations

from uuid import UUID

from litestar import Response
from litestar.params import FromPath, JSONBody

from adapters.spec import Answer
from service.actions import answering, by_hand, writing
from service.actions.by_hand import Decision, Done, Filing
from service.actions.queries import notices as shown
from service.api.guards import Permission
from service.api.routes import Here, answer, route
from service.api.schemas.notices import (
    AnsweredBody,
    Decide,
    DoneBody,
    DoneLine,
    Filed,
    NewAnswer,
    NewReply,
    NoticeBody,
    ReplyBody,
    RequestBody,
)
from service.api.schemas.plain import LineProblem
from service.domain.errors import Conflict, NotFound

P = Permission


@route("GET", "/requests/{request_id:uuid}", may=P.READ_CASES, tag="requests", raises=(NotFound,))
async def read_request(call: Here, request_id: FromPath[UUID]) -> Response[RequestBody]:
    """Read a request.

    With its messages, its deadlines, and everything that was said about it.
    """
    found = await shown.request(call.ctx, call.caller, request_id)
    return answer(RequestBody.model_validate(found))


@route("POST", "/requests/{request_id:uuid}/reply", may=P.RECORD, tag="requests",
       status=202, raises=(NotFound, Conflict))  # fmt: skip
async def reply_to_question(
    call: Here, request_id: FromPath[UUID], data: JSONBody[NewReply]
) -> Response[ReplyBody]:
    """Answer what they ask.

    The answer goes out in the same thread after the undo time, and can be cancelled until then.
    Where the channel takes no further message it waits in `GET /todo` for a person to pass it on.
    Once it is out the request counts as asked again: while they wait for us, their silence is not
    counted.
    """
    found = await writing.reply(call.ctx, call.caller, request_id, data.templates, data.words)
    return answer(ReplyBody.model_validate(found), 202)


@route("POST", "/requests/{request_id:uuid}/preserve", may=P.RECORD, tag="requests",
       status=202, raises=(NotFound, Conflict))  # fmt: skip
async def ask_to_preserve(call: Here, request_id: FromPath[UUID]) -> Response[ReplyBody]:
    """Ask them to keep what they hold.

    For authorities that may ask them for it, also about what is gone by now. It goes out in the
    same thread after the undo time, and can be cancelled until then; where the channel takes no
    further message it waits in `GET /todo`. A hold delays it until it ends. Once for each request;
    it asks for nothing else.
    """
    found = await writing.preserve(call.ctx, call.caller, request_id)
    return answer(ReplyBody.model_validate(found), 202)


@route("POST", "/answers", may=P.RECORD, tag="requests", raises=(NotFound, Conflict))
async def record_answer(call: Here, data: JSONBody[NewAnswer]) -> Response[AnsweredBody]:
    """Record an answer that came to a person.

    It is kept always, and moves what it may move. `unspecified` moves nothing: it makes us look.
    """
    said = Answer(data.scope, data.answer, None, data.status, data.words, data.said_at)
    found = await answering.record_answer(
        call.ctx, call.caller, notice_id=data.notice_id, request_ids=data.request_ids,
        answer=said, how=data.how,
    )  # fmt: skip
    return answer(AnsweredBody.model_validate(found))


@route("GET", "/notices/{notice_id:uuid}", may=P.READ_CASES, tag="notices", raises=(NotFound,))
async def read_notice(call: Here, notice_id: FromPath[UUID]) -> Response[NoticeBody]:
    """Read a notice.

    Its exact text as it left, or as it would leave now; for a web form also the packet to file.
    """
    found = await shown.notice(call.ctx, call.caller, notice_id)
    return answer(NoticeBody.model_validate(found))


@route("POST", "/notices/filed", may=P.RECORD, tag="notices")
async def record_filed(call: Here, data: JSONBody[Filed]) -> Response[DoneBody]:
    """Say that forms were filed.

    Each line is settled by itself. The text and what it carries are fixed now.
    """
    filings = [
        Filing(f.notice_id, f.filed_at, f.reference, f.how, f.request_ids, f.rights_holder)
        for f in data.items
    ]
    return _done(await by_hand.filed(call.ctx, call.caller, filings))


@route("POST", "/notices/decide", may=P.DECIDE, tag="notices")
async def decide_notices(call: Here, data: JSONBody[Decide]) -> Response[DoneBody]:
    """Settle notices that nobody but a person can settle.

    Each line is settled by itself. What was set aside is a supervisor's.
    """
    decisions = [Decision(d.notice_id, d.decision, d.how, d.at) for d in data.items]
    return _done(await by_hand.decide(call.ctx, call.caller, decisions))


def _done(results: list[Done]) -> Response[DoneBody]:
    items = [
        DoneLine(
            notice_id=r.notice_id,
            status=r.status,  # type: ignore[arg-type]
            state=r.state,
            problem=LineProblem(code=r.code, detail=r.detail or "") if r.code else None,
        )
        for r in results
    ]
    return answer(DoneBody(items=items), sparse=True)


HANDLERS = (
    read_request, reply_to_question, ask_to_preserve, record_answer, read_notice, record_filed,
    decide_notices,
)  # fmt: skip
