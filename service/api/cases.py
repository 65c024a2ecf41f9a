"""Cases."""

from __future__ import annotations

from uuid import UUID

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from service.actions import cases
from service.actions.matters import OpenCase
from service.actions.queries import cases as shown
from service.actions.queries import disclosures
from service.api.guards import Permission
from service.api.routes import Call, Here, answer, page, route
from service.api.schemas.cases import (
    CaseBody,
    CaseChange,
    CaseLine,
    FindCases,
    Grant,
    InLanguage,
    NewCase,
    SummaryBody,
    Why,
)
from service.api.schemas.disclosures import DisclosuresBody
from service.api.schemas.plain import Page
from service.domain.errors import CaseClosed, CaseStillOpen, Conflict, Forbidden, NotFound

P = Permission


class CasePage(Page[CaseLine]):
    """A part of the cases, in the order of their last change."""


def _shown(call: Call, case: OpenCase, status: int = 200) -> Response[CaseBody]:
    return call.tagged(CaseBody.of(case, shown.reference(case)), case.row.version, status)


@route(
    "POST", "/cases", may=P.WRITE_CASES, tag="cases", status=201, tagged=True, repeatable=True,
    raises=(Forbidden,), also=((200, "The case that has this reference already."),),
    unkept="The case is read anew.",
)  # fmt: skip
async def open_case(call: Here, data: JSONBody[NewCase]) -> Response[CaseBody]:
    """Open a case.

    The same reference again returns the same case, unchanged, with status 200, also under the same
    `Idempotency-Key`; each time is put on record as a read.
    """
    case, made = await cases.open_or_find(call.ctx, call.caller, data.reference, data.fields())
    return _shown(call, case, 201 if made else 200)


@route("GET", "/cases", may=P.READ_CASES, tag="cases")
async def list_cases(
    call: Here, find: NamedDependency[SkipValidation[FindCases]]
) -> Response[CasePage]:
    """List cases.

    In the order of their last change, so that `updated_since` with the time of the last one seen
    misses nothing.
    """
    filters = find.model_dump(exclude={"limit", "cursor"})
    items, cursor = await shown.page(call.ctx, call.caller, filters, find.limit, find.cursor)
    return page(call, CasePage(items=items, next_cursor=cursor))  # type: ignore[arg-type]


@route("GET", "/cases/{case_id:uuid}", may=P.READ_CASES, tag="cases", tagged=True,
       raises=(NotFound,))  # fmt: skip
async def read_case(call: Here, case_id: FromPath[UUID]) -> Response[CaseBody]:
    """Read a case."""
    return _shown(call, await cases.read(call.ctx, call.caller, case_id))


@route("PATCH", "/cases/{case_id:uuid}", may=P.WRITE_CASES, tag="cases", tagged=True,
       changes_version=True, raises=(NotFound, Forbidden))  # fmt: skip
async def change_case(
    call: Here, case_id: FromPath[UUID], data: JSONBody[CaseChange]
) -> Response[CaseBody]:
    """Change a case.

    What may leave is judged anew at once: holds of consent, age and missing elements begin and end.
    The mandate and the statements are changed by a person, and so is what ends such a hold, as that
    the person is an adult: an integrator's key may not.
    """
    changes = data.fields(only_given=True)
    case = await cases.change(call.ctx, call.caller, case_id, call.version(), changes)
    return _shown(call, case)


@route("POST", "/cases/{case_id:uuid}/consent", may=P.WRITE_CASES, tag="cases", tagged=True,
       raises=(NotFound, Forbidden))  # fmt: skip
async def add_consent(
    call: Here, case_id: FromPath[UUID], data: JSONBody[Grant]
) -> Response[CaseBody]:
    """Add or withdraw consent.

    A grant is added to those before, by a person; nothing is taken out. With `withdrawn_at`, what
    was granted before ends: nothing leaves any more, and looking stops too. An integrator's key may
    only withdraw.
    """
    grant = data.model_dump(mode="json", by_alias=True, exclude_none=True)
    return _shown(call, await cases.add_consent(call.ctx, call.caller, case_id, grant))


@route("POST", "/cases/{case_id:uuid}/pause", may=P.WRITE_CASES, tag="cases", tagged=True,
       raises=(NotFound,))  # fmt: skip
async def pause_case(
    call: Here, case_id: FromPath[UUID], data: JSONBody[Why]
) -> Response[CaseBody]:
    """Pause a case.

    Holds everything of it that has not left.
    """
    return _shown(call, await cases.pause(call.ctx, call.caller, case_id, data.reason))


@route("POST", "/cases/{case_id:uuid}/resume", may=P.RELEASE, tag="cases", tagged=True,
       raises=(NotFound,))  # fmt: skip
async def resume_case(
    call: Here, case_id: FromPath[UUID], data: JSONBody[Why]
) -> Response[CaseBody]:
    """Resume a case.

    Ends the pause; other holds stay.
    """
    return _shown(call, await cases.resume(call.ctx, call.caller, case_id, data.reason))


@route("POST", "/cases/{case_id:uuid}/close", may=P.WRITE_CASES, tag="cases", tagged=True,
       raises=(NotFound, CaseClosed, CaseStillOpen))  # fmt: skip
async def close_case(call: Here, case_id: FromPath[UUID]) -> Response[CaseBody]:
    """Close a case.

    Refused while one of its takedowns is neither closed nor withdrawn.
    """
    return _shown(call, await cases.close(call.ctx, call.caller, case_id))


@route("POST", "/cases/{case_id:uuid}/reopen", may=P.WRITE_CASES, tag="cases", tagged=True,
       raises=(NotFound, Conflict))  # fmt: skip
async def reopen_case(
    call: Here, case_id: FromPath[UUID], data: JSONBody[Why]
) -> Response[CaseBody]:
    """Open a closed case again.

    It takes addresses again. What may leave is judged anew: consent may have ended meanwhile.
    """
    return _shown(call, await cases.reopen(call.ctx, call.caller, case_id, data.reason))


@route("GET", "/cases/{case_id:uuid}/summary", may=P.READ_CASES, tag="cases", raises=(NotFound,))
async def summarise_case(
    call: Here, case_id: FromPath[UUID], find: NamedDependency[SkipValidation[InLanguage]]
) -> Response[SummaryBody]:
    """Read a case's summary.

    Counts and plain sentences, without addresses and names of platforms: fit to be read out.
    """
    found = await shown.summed_up(call.ctx, call.caller, case_id, find.lang)
    body = SummaryBody(
        case_id=case_id, language=found.language, counts=dict(found.counts),
        sentences=list(found.sentences),
    )  # fmt: skip
    return answer(body)


@route("GET", "/cases/{case_id:uuid}/disclosures", may=P.READ_CASES, tag="cases",
       raises=(NotFound,))  # fmt: skip
async def read_disclosures(call: Here, case_id: FromPath[UUID]) -> Response[DisclosuresBody]:
    """Read who received what about a case.

    One line for each addressee that received anything, or may have: which fields, how many
    addresses, when, for what, and how sure it is that it arrived. A try that surely was not taken
    is not counted. No address that was reported and no text is shown: `GET /notices/{id}` has them.
    """
    found = await disclosures.read(call.ctx, call.caller, case_id)
    return answer(DisclosuresBody.of(case_id, found))


HANDLERS = (
    open_case, list_cases, read_case, change_case, add_consent, pause_case, resume_case,
    close_case, reopen_case, summarise_case, read_disclosures,
)  # fmt: skip
