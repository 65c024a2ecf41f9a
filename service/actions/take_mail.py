"""Reading the centre's mailbox: each mail once, tied to the notice that it answers, and taken for
no more than it says.

What a rule is certain of, from where the notice went, moves what it may move; so does the notice
itself, come back. Everything else waits for a person. Mail is never answered.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from adapters.spec import Answer, AnswerKind, Scope
from service.actions import answering, attempts, ties
from service.actions.context import Caller, Context
from service.actions.ties import Tie
from service.domain import ids
from service.domain.states import Actor, Event, Machine, NoticeState, allowed
from service.domain.world import Move
from service.mailbox import letter as letters
from service.mailbox import reading
from service.mailbox.inbox import InboxAway, Mail, Parcel
from service.mailbox.letter import Letter
from service.mailbox.reading import Kind, Reading
from service.store import entries, keys, ledger
from service.store.unit import DatabaseAway, Unit

T = TypeVar("T")

LEASE: Final = timedelta(minutes=5)
READ_S: Final = 60.0  # of one mail, a fifth of the lease; a long one takes a second
WORDS: Final = "letters.words"
RAW: Final = "letters.raw"
RAW_BYTES: Final = 2_000_000  # kept of one mail, without its media
SHOWN: Final = 20_000  # characters
BY_MAIL: Final = "mail"
UNREAD: Final = Reading(Kind.UNCLEAR, "", "", "unread", certain=False)
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_HEAD_BYTES: Final = 4000  # kept of a mail of which nobody knows where a picture is in it

ANSWERS: Final[Mapping[Kind, AnswerKind]] = {
    Kind.TICKET_OPENED: AnswerKind.ACKNOWLEDGED,
    Kind.NEEDS_INFO: AnswerKind.NEEDS_INFO,
    Kind.SAYS_REMOVED: AnswerKind.SAYS_REMOVED,
    Kind.SAYS_REFUSED: AnswerKind.REFUSED,
    Kind.FORWARDED: AnswerKind.FORWARDED,
}
"""What a letter of this kind says about the requests that its notice carried."""
ABOUT_ALL: Final = frozenset({Kind.TICKET_OPENED, Kind.NEEDS_INFO})
"""Said of a message as a whole. Any other outcome may be that of one address among several."""
QUIET: Final = frozenset({Kind.AUTO_REPLY, Kind.BOUNCE_SOFT, Kind.UNRELATED})
"""Kept, and nobody is asked to read them."""


class Fetches(Protocol):
    """Something that fetches mail; it blocks."""

    def fetch(self, uid_validity: int, after_uid: int) -> Parcel: ...


@dataclass(frozen=True, slots=True)
class Round:
    """What one look into the mailbox came to. `reason`: why it could not be read. `unread`: what
    went wrong with single mails, which a person reads.
    """

    taken: int = 0
    more: bool = False
    reason: str | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Opened:
    """A mail, and what is kept of its bytes. `fault`: what went wrong with it; then it moves
    nothing.
    """

    letter: Letter
    reading: Reading
    kept: bytes
    fault: str = ""


async def look(ctx: Context, inbox: Fetches, server: str = "") -> Round:
    """Take in what came, unless another worker does so now. A crash between two mails repeats the
    one that was not written down, and no other. `server` is the name with which the mail server
    signs what it says of senders.
    """
    place = await ctx.store.run(lambda u: _lease(u, ctx.now()))
    if place is None:
        return Round()
    try:
        parcel = await asyncio.to_thread(inbox.fetch, *place)
    except InboxAway as away:
        await ctx.store.run(lambda u: _failed(u, ctx.now()))
        return Round(reason=away.reason)
    faults = [await _take_in(ctx, parcel.uid_validity, mail, server) for mail in parcel.mails]
    await ctx.store.run(lambda u: _done(u, ctx.now(), parcel.uid_validity))
    return Round(len(parcel.mails), parcel.more, unread=tuple(filter(None, faults)))


async def _lease(u: Unit, now: datetime) -> tuple[int, int] | None:
    row = (
        await u.run(
            "INSERT INTO mailboxes (id, uid_validity, uid, lease_until) VALUES (1, 0, 0, :until)"
            " ON CONFLICT (id) DO UPDATE SET lease_until = :until"
            " WHERE mailboxes.lease_until IS NULL OR mailboxes.lease_until <= :now"
            " RETURNING uid_validity, uid",
            until=now + LEASE,
            now=now,
        )
    ).one_or_none()
    return (row.uid_validity, row.uid) if row else None


async def _failed(u: Unit, now: datetime) -> None:
    await u.run(
        "UPDATE mailboxes SET lease_until = NULL, failing_since = COALESCE(failing_since, :now)",
        now=now,
    )


async def _done(u: Unit, now: datetime, uid_validity: int) -> None:
    await u.run(
        "UPDATE mailboxes SET lease_until = NULL, failing_since = NULL, read_at = :now,"
        " uid = CASE WHEN uid_validity = :validity THEN uid ELSE 0 END, uid_validity = :validity",
        now=now,
        validity=uid_validity,
    )


async def _take_in(ctx: Context, uid_validity: int, mail: Mail, server: str) -> str:
    """One mail, read beside the loop and before the transaction that writes it down. What goes
    wrong with it goes to a person, or it would keep all others out. Returns what did.
    """
    raw_hash = (await asyncio.to_thread(hashlib.sha256, mail.raw)).digest()

    async def is_known(u: Unit) -> bool:
        known = await u.run("SELECT 1 FROM letters WHERE raw_hash = :hash", hash=raw_hash)
        return known.scalar() is not None

    async def take(u: Unit) -> None:
        if opened is not None and not await is_known(u):
            await _keep(u, ctx, opened, raw_hash, server)
        await u.run(
            "UPDATE mailboxes SET uid_validity = :validity, uid = :uid, lease_until = :until",
            validity=uid_validity,
            uid=mail.uid,
            until=ctx.now() + LEASE,
        )

    passed_over = not mail.raw or await ctx.store.read(is_known)
    opened = None if passed_over else await _open(mail.raw)
    try:
        await ctx.store.run(take)
    except DatabaseAway:
        raise
    except Exception as error:
        if opened is None:
            raise
        opened = replace(opened, fault=type(error).__name__)
        await ctx.store.run(take)
    return opened.fault if opened else ""


async def _open(raw: bytes) -> _Opened:
    """Read a mail in a thread, and wait no longer than that may take: what is still read then is
    read for nobody.
    """
    kept = await _within(letters.stripped, raw)
    read = await _within(_read, raw)
    head = _HEAD_END.split(raw[:_HEAD_BYTES], 1)[0]
    found, said = (letters.seen(raw), UNREAD) if isinstance(read, str) else read
    faults = [one for one in (kept, read) if isinstance(one, str)]
    return _Opened(found, said, head if isinstance(kept, str) else kept, *faults[-1:])


def _read(raw: bytes) -> tuple[Letter, Reading]:
    found = letters.read(raw)
    return found, reading.classify(found)


async def _within(work: Callable[[bytes], T], raw: bytes) -> T | str:
    """What comes of it, or else what went wrong."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(work, raw), READ_S)
    except Exception as error:  # noqa: BLE001 - whatever a stranger's bytes bring about
        return type(error).__name__


async def _keep(u: Unit, ctx: Context, opened: _Opened, raw_hash: bytes, server: str) -> None:
    now, letter_id = ctx.now(), ids.new_id()
    found, read = opened.letter, opened.reading
    matched = await ties.tie(u, ctx, found, read.kind, server, doubted=bool(opened.fault))
    values: dict[str, Any] = {
        "id": letter_id, "hash": raw_hash, "now": now, "said_at": None, "kind": read.kind.value,
        "detail": read.detail, "rule": read.rule, "trusted": False, "state": "unmatched",
        "org": None, "case": None, "notice": None, "words": None, "raw": None,
    }  # fmt: skip
    if matched is not None:
        said_at = min(max(found.date or now, matched.created_at), now)
        state = "waits" if opened.fault else await _act(u, ctx, matched, found, read, said_at)
        key = await keys.case_key(u, matched.case_id)
        values |= {
            "org": matched.organisation_id, "case": matched.case_id, "notice": matched.id,
            "said_at": said_at, "trusted": matched.trusted, "state": state,
            "words": key.seal_json(WORDS, letter_id, _shown(found, read)),
            "raw": key.seal(RAW, letter_id, opened.kept[:RAW_BYTES]),
        }  # fmt: skip
        await entries.fact(
            u, now, organisation_id=matched.organisation_id, case_id=matched.case_id,
            event="mail_received", actor=Actor.ENGINE, reason=read.kind.value, key=key,
            facts={"letter": str(letter_id), "notice": str(matched.id), "sha256": raw_hash.hex()},
        )  # fmt: skip
    await u.run(
        "INSERT INTO letters (id, organisation_id, case_id, notice_id, raw_hash, received_at,"
        " said_at, kind, detail, rule, trusted, state, words_sealed, raw_sealed) VALUES (:id, :org,"
        " :case, :notice, :hash, :now, :said_at, :kind, :detail, :rule, :trusted, :state, :words,"
        " :raw)",
        **values,
    )


def _shown(found: Letter, read: Reading) -> dict[str, Any]:
    return {
        "subject": found.subject,
        "sender": found.sender or found.from_line,
        "words": found.words[:SHOWN],
        "line": read.line,
        "attachments": [
            {"sha256": a.sha256, "media_type": a.media_type, "bytes": a.size}
            for a in found.attachments
        ],
    }


async def _act(
    u: Unit, ctx: Context, matched: Tie, found: Letter, read: Reading, said_at: datetime
) -> str:
    """Let a letter move what it may move. Returns whether it waits for a person."""
    caller = Caller(matched.organisation_id, None, Actor.ENGINE)
    if read.kind in QUIET and read.certain:
        if read.kind is Kind.AUTO_REPLY and matched.trusted:  # a machine that has it
            await answering.prove(u, ctx, caller, matched.id, said_at)
        return "kept"
    if not matched.trusted or not read.certain:
        return "waits"
    if read.kind is Kind.BOUNCE_HARD:
        return await _bounced(u, ctx, matched, said_at)
    kind = ANSWERS.get(read.kind)
    if kind is None:
        return "waits"
    whole = read.kind in ABOUT_ALL or matched.carries == 1
    scope = Scope.ALL if whole else Scope.UNSPECIFIED
    answer = Answer(scope, kind, status=read.detail, words=found.words[:SHOWN], said_at=said_at)
    heard = await answering.take(u, ctx, caller, matched.id, (), answer, BY_MAIL)
    return "done" if heard["notice"]["state"] is NoticeState.SENT else "waits"


async def _bounced(u: Unit, ctx: Context, matched: Tie, at: datetime) -> str:
    if Event.BOUNCED not in allowed(Machine.NOTICE, matched.state, Actor.ENGINE):
        return "kept"
    world = await ledger.open_world(u, ctx.rules, ctx.now(), notices=[matched.id])
    move = Move(Machine.NOTICE, matched.id, Event.BOUNCED, Actor.ENGINE, at, "bounced")
    recorded = await ledger.record(u, world, [move])
    if recorded.refused:
        return "waits"
    await attempts.close_open(u, [matched.id], Event.BOUNCED, world.now, "bounced")
    return "done"
