"""Mail that came back: what a person reads of it, and says about it."""

from __future__ import annotations

from uuid import UUID

from litestar import Response
from litestar.params import FromPath, JSONBody

from service.actions import letters
from service.api.guards import Permission
from service.api.routes import Here, answer, route
from service.api.schemas.letters import DecideLetter, LetterBody, LetterDone
from service.domain.errors import Conflict, NotFound

P = Permission


@route("GET", "/letters/{letter_id:uuid}", may=P.READ_CASES, tag="notices", raises=(NotFound,))
async def read_letter(call: Here, letter_id: FromPath[UUID]) -> Response[LetterBody]:
    """Read a letter.

    A mail that came back on a notice: its new words, what it was taken for, and by which line.
    Links in it are as they were written: do not open them.
    """
    found = await letters.letter(call.ctx, call.caller, letter_id)
    return answer(LetterBody.model_validate(found))


@route("POST", "/letters/{letter_id:uuid}/decide", may=P.RECORD, tag="notices",
       raises=(NotFound, Conflict))  # fmt: skip
async def decide_letter(
    call: Here, letter_id: FromPath[UUID], data: JSONBody[DecideLetter]
) -> Response[LetterDone]:
    """Say what a letter says.

    One call: the answer is recorded as theirs, dated when they wrote it. Without `answer` nothing
    is recorded, and the letter waits no more.
    """
    found = await letters.decide(
        call.ctx, call.caller, letter_id,
        answer=data.answer, scope=data.scope, request_ids=data.request_ids,
    )  # fmt: skip
    return answer(LetterDone.model_validate(found))


HANDLERS = (read_letter, decide_letter)
