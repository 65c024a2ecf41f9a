"""The notice that a letter belongs to, and whether the letter may be believed about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from adapters.errors import PlatformError
from adapters.mail import Mailbox
from adapters.spec import Notice
from service.actions import attempts
from service.actions.context import Context, Desk
from service.domain import notices
from service.domain.states import NoticeState
from service.mailbox import reports, senders
from service.mailbox.letter import Letter
from service.mailbox.reading import Kind
from service.store import keys
from service.store.unit import Unit

BOUNCES: Final = frozenset({Kind.BOUNCE_HARD, Kind.BOUNCE_SOFT})


@dataclass(frozen=True, slots=True)
class Tie:
    """A notice, and whether a letter comes from where it went, or is the notice come back."""

    id: UUID
    organisation_id: UUID
    case_id: UUID
    created_at: datetime
    state: NoticeState
    trusted: bool
    carries: int


async def tie(
    u: Unit, ctx: Context, found: Letter, kind: Kind, server: str, *, doubted: bool
) -> Tie | None:
    """The notice whose reference a letter holds: sixty random bits that its addressee alone was
    told. Whoever else has them had them from there, so it is looked at who wrote, too, unless
    something went wrong with it already. `server` is our mail server's name.
    """
    row = (
        await u.run(
            "SELECT n.id, n.organisation_id, n.case_id, n.created_at, n.state, n.addressee,"
            " n.filed, (SELECT count(*) FROM carried k WHERE k.notice_id = n.id) AS carries,"
            " a.id AS attempt_id, a.bytes_sealed FROM notices n LEFT JOIN LATERAL"
            " (SELECT b.id, b.bytes_sealed FROM attempts b WHERE b.notice_id = n.id"
            " AND b.bytes_sealed IS NOT NULL ORDER BY b.n DESC LIMIT 1) a ON true"
            " WHERE n.reference = ANY(:found) AND n.tries > 0"
            " ORDER BY array_position(:found, n.reference) LIMIT 1",
            found=list(found.our_references),
        )
    ).one_or_none()
    if row is None:
        return None
    trusted = not doubted and await _is_theirs(u, ctx, row, found, kind, server)
    state = NoticeState(row.state)
    return Tie(
        row.id, row.organisation_id, row.case_id, row.created_at, state, trusted, row.carries
    )


async def _is_theirs(
    u: Unit, ctx: Context, row: Any, found: Letter, kind: Kind, server: str
) -> bool:
    desk = (await ctx.platforms.of(u, row.organisation_id)).get(row.addressee)
    if desk is None:
        return False
    written = await _written(u, desk, row)
    if kind in BOUNCES:  # of one that a person sent nobody knows by which way, nor to whom
        if written is None or row.filed or senders.is_forged(found.authentication):
            return False
        return _came_back(*written, found)
    addresses = [written[1]] if written else desk.adapter.settings.values()
    is_there = senders.is_from(found.sender, [one for one in addresses if "@" in one])
    return is_there and senders.is_vouched_for(found.sender, found.authentication, server)


async def _written(u: Unit, desk: Desk, row: Any) -> tuple[Notice, str] | None:
    """The message as it was frozen, and the one address that it was frozen for; None where its desk
    is asked by other ways than mail.
    """
    if not isinstance(desk.adapter, Mailbox) or row.bytes_sealed is None:
        return None
    key = await keys.case_key(u, row.case_id)
    notice = notices.thaw(key.open(attempts.BYTES, row.attempt_id, row.bytes_sealed))
    if notice.goes_to:
        return notice, notice.goes_to
    try:  # of before it was frozen too
        return notice, desk.adapter.recipient(notice)
    except PlatformError:  # there are several
        return None


def _came_back(notice: Notice, recipient: str, found: Letter) -> bool:
    """Whether a mail system gave up on this message to this recipient, and shows that it had it: a
    reference in the text is known to whoever was shown our mail.
    """
    returned = found.returned_ids[:1] == (notice.message_id,)
    return returned and reports.gives_up_on(recipient, found.deliveries, found.failed_recipients)
