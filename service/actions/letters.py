"""Mail that waits for a person: shown with the line that decided, settled in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from adapters.spec import Answer, AnswerKind, Scope
from service.actions import answering, take_mail
from service.actions.context import Caller, Context
from service.domain.errors import Conflict, NotFound
from service.mailbox.reading import Kind
from service.store import entries, keys
from service.store.unit import Unit

_SHOWN: Final = (
    "SELECT l.*, n.addressee, n.reference, ARRAY(SELECT k.request_id FROM carried k"
    " WHERE k.notice_id = l.notice_id ORDER BY k.position, k.request_id) AS request_ids"
    " FROM letters l JOIN notices n ON n.id = l.notice_id"
    " WHERE l.id = :id AND l.organisation_id = :org"
)


async def letter(ctx: Context, caller: Caller, letter_id: UUID) -> dict[str, Any]:
    """One letter with its new words, what we take it to say, and by which line. Raises
    `NotFound`.
    """

    async def work(u: Unit) -> dict[str, Any]:
        found = await u.run(_SHOWN, id=letter_id, org=caller.organisation_id)
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such letter.")
        key = await keys.case_key(u, row["case_id"])
        await entries.fact(
            u, ctx.now(), organisation_id=caller.organisation_id, case_id=row["case_id"],
            event="letter_read", actor=caller.actor, key_id=caller.key_id,
            facts={"subject": str(letter_id)}, key=key,
        )  # fmt: skip
        words = key.open_json(take_mail.WORDS, letter_id, row["words_sealed"])
        proposed = take_mail.ANSWERS.get(Kind(row["kind"]))
        return {**row, **words, "proposed": proposed}

    return await ctx.store.run(work)


async def decide(
    ctx: Context,
    caller: Caller,
    letter_id: UUID,
    *,
    answer: AnswerKind | None,
    scope: Scope,
    request_ids: Sequence[UUID],
) -> dict[str, Any]:
    """Say what a letter says; None: nothing that is to be recorded. Raises `NotFound`, `Conflict`,
    `Invalid`.
    """

    async def work(u: Unit) -> dict[str, Any]:
        row = await _waiting(u, caller, letter_id)
        key = await keys.case_key(u, row.case_id)
        found: Mapping[str, Any] = {"requests": [], "notice": None}
        if answer is not None:
            words = key.open_json(take_mail.WORDS, letter_id, row.words_sealed)["words"]
            await answering.own(u, caller, row.notice_id, request_ids)
            said = Answer(scope, answer, words=words, said_at=row.said_at)
            found = await answering.take(
                u, ctx, caller, row.notice_id, request_ids, said, take_mail.BY_MAIL
            )
        await u.run(
            "UPDATE letters SET state = 'done', decided_by = :key, decided_at = :now"
            " WHERE id = :id",
            id=letter_id, key=caller.key_id, now=ctx.now(),
        )  # fmt: skip
        await entries.fact(
            u, ctx.now(), organisation_id=caller.organisation_id, case_id=row.case_id,
            event="letter_decided", actor=caller.actor, key_id=caller.key_id,
            reason=answer.value if answer else "nothing", facts={"letter": str(letter_id)},
            key=key,
        )  # fmt: skip
        return {"letter_id": letter_id, **found}

    return await ctx.store.run(work)


async def _waiting(u: Unit, caller: Caller, letter_id: UUID) -> Any:
    """This letter, locked. Raises `NotFound`, and `Conflict` when it does not wait."""
    row = (
        await u.run(
            "SELECT * FROM letters WHERE id = :id AND organisation_id = :org FOR UPDATE",
            id=letter_id,
            org=caller.organisation_id,
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such letter.")
    if row.state != "waits":
        raise Conflict("This letter does not wait: what it says is on record.")
    return row
