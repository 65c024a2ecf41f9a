"""The caller's organisation, and its keys."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, JSONBody

from service.actions import organisations
from service.api.guards import Permission
from service.api.routes import Here, answer, route
from service.api.schemas.organisation import (
    KeyBody,
    KeyMade,
    KeyPage,
    NewKeyBody,
    OrganisationBody,
    OrganisationChange,
)
from service.domain.errors import NotFound
from service.domain.states import Actor

P = Permission


@route("GET", "/organisation", may=P.READ_ORGANISATION, tag="organisation", tagged=True)
async def read_organisation(call: Here) -> Response[OrganisationBody]:
    """Read the centre's profile and policy."""
    row = await organisations.read_organisation(call.ctx, call.caller)
    return call.tagged(OrganisationBody.model_validate(row), row.version)


@route("PATCH", "/organisation", may=P.SET_ORGANISATION, tag="organisation", tagged=True,
       changes_version=True)  # fmt: skip
async def change_organisation(
    call: Here, data: JSONBody[OrganisationChange]
) -> Response[OrganisationBody]:
    """Change the centre's profile or policy.

    What is not named stays, in the profile too.
    """
    changes = data.model_dump(exclude_unset=True)
    row = await organisations.change_organisation(call.ctx, call.caller, call.version(), changes)
    return call.tagged(OrganisationBody.model_validate(row), row.version)


@route("GET", "/keys", may=P.KEYS, tag="keys")
async def list_keys(call: Here) -> Response[KeyPage]:
    """List the organisation's keys.

    Newest first, in one page; revoked ones stay listed. Secrets are kept nowhere.
    """
    rows = await organisations.list_keys(call.ctx, call.caller)
    return answer(KeyPage(items=[KeyBody.model_validate(row) for row in rows]))


@route(
    "POST", "/keys", may=P.KEYS, tag="keys", status=201,
    unkept="Its token was shown once and is kept nowhere. If it was lost: GET /keys lists the key,"
    " revoke it and make another.",
)  # fmt: skip
async def make_key(call: Here, data: JSONBody[NewKeyBody]) -> Response[KeyMade]:
    """Make a key.

    Its token is in this answer and never again: the same call under the same `Idempotency-Key`
    makes no second key, and is answered with `already_done`.
    """
    made = await organisations.make_key(
        call.ctx, call.caller.organisation_id, Actor(data.role), scopes=data.scopes,
        label=data.label, life=timedelta(days=data.days), by=call.caller,
    )  # fmt: skip
    return answer(KeyMade.model_validate(made), 201)


@route("DELETE", "/keys/{key_id:uuid}", may=P.KEYS, tag="keys", status=204, raises=(NotFound,))
async def revoke_key(call: Here, key_id: FromPath[UUID]) -> None:
    """Revoke a key.

    It ends now. Its line stays.
    """
    await organisations.revoke_key(call.ctx, call.caller, key_id)


HANDLERS = (read_organisation, change_organisation, list_keys, make_key, revoke_key)
