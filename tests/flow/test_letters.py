"""Mail that comes back: read once, tied to its notice, and taken for no more than it says."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from adapters.errors import NeedsPerson, Uncertain
from adapters.mail import Mailbox
from adapters.spec import AnswerKind, Channel, Notice, Scope, Setting, Settle
from service.actions import letters, take_mail
from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.states import Actor
from service.engine import run
from service.mailbox import letter, reading, senders
from service.mailbox.inbox import InboxAway, Mail, Parcel
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office
from tests.mailbox.server import mail_server

DESK = "abuse@desk.example"
ELSEWHERE = "abuse@elsewhere.example"


@dataclass
class Pile:
    """A mailbox in memory. `away`: it cannot be read."""

    mails: list[bytes] = field(default_factory=list)
    uid_validity: int = 7
    away: str | None = None
    after: list[tuple[int, int]] = field(default_factory=list)

    def fetch(self, uid_validity: int, after_uid: int) -> Parcel:
        self.after.append((uid_validity, after_uid))
        if self.away:
            raise InboxAway(self.away)
        first = after_uid if uid_validity == self.uid_validity else 0
        found = tuple(Mail(n, raw) for n, raw in enumerate(self.mails, 1) if n > first)
        return Parcel(self.uid_validity, found, more=False)


class Post:
    """A centre that asks one desk by mail, and what comes back."""

    def __init__(self, office: Office, site: Site) -> None:
        self.office, self.site, self.pile = office, site, Pile()

    async def ask(self, *names: str) -> list[UUID]:
        """Addresses that were asked about, in one message."""
        takedowns = await self.office.take_in(
            await self.office.case(), *(self.site.url(name) for name in names)
        )
        await self.office.later(minutes=10)
        return takedowns

    @property
    def reference(self) -> str:
        return self.site.messages[-1].notice.reference

    @property
    def message_id(self) -> str:
        return self.site.messages[-1].notice.message_id

    def write(self, words: str, *, sender: str = DESK, subject: str = "", **more: str) -> bytes:
        """A mail in the thread of the last notice."""
        headers = {
            "From": f"Desk <{sender}>",
            "To": "notices@centre.example",
            "Subject": subject or f"Re: Intimate images [{self.reference}]",
            "Message-ID": f"<{len(self.pile.mails)}.{len(words)}@desk.example>",
            "Authentication-Results": "mx.centre.example; dmarc=pass",
            "Date": self.office.time().strftime("%a, %d %b %Y %H:%M:%S +0000"),
            **{name.replace("_", "-"): value for name, value in more.items()},
        }
        lines = [f"{name}: {value}" for name, value in headers.items() if value]
        return "\r\n".join([*lines, "", *words.splitlines(), ""]).encode()

    async def comes(self, *mails: bytes) -> take_mail.Round:
        """These arrive, and the mailbox is looked into."""
        self.pile.mails += mails
        return await take_mail.look(self.office.ctx, self.pile)

    async def kept(self) -> list[Any]:
        return sorted(await self.office.all("letters"), key=lambda row: row.id)

    async def requests(self) -> dict[str, int]:
        return dict(await self.office.states("requests"))


def desk(channel: Channel) -> Site:
    there = Setting("desk", "Where notices go", DESK)
    return Site(
        "desk", settle=Settle.RECEIPT, urls=50, gathers=True, settings=(there,), channel=channel
    )


@pytest.fixture
async def post(store: Store) -> AsyncIterator[Post]:
    """The desk is written to by mail."""
    site = desk(Channel.MAIL)

    class Desk(site.adapter, Mailbox):  # type: ignore[name-defined, misc]
        def recipient(self, notice: Notice) -> str:
            return str(self.settings["desk"])

    async with Office(store, adapters=(Desk,)) as office:
        yield Post(office, site)


@pytest.fixture
async def by_api(store: Store) -> AsyncIterator[Post]:
    """The desk is asked by its API, and answers by mail all the same."""
    site = desk(Channel.API)
    async with Office(store, adapters=(site.adapter,)) as office:
        yield Post(office, site)


REMOVED = "Hello,\nwe have removed the content you reported.\nRegards"
REFUSED = "After review we will not remove this content: it does not violate our rules."


async def test_a_removal_about_the_one_address_is_taken_as_their_word(post: Post) -> None:
    (takedown,) = await post.ask("a")

    await post.comes(post.write(REMOVED))

    assert await post.requests() == {"says_removed": 1}
    (row,) = await post.kept()
    assert (row.kind, row.state, row.trusted) == ("says_removed", "done", True)
    # the word is theirs; whether it is gone is for a look to say
    assert await post.office.state("takedowns", takedown) in ("open", "gone")
    (answer,) = await post.office.all("answers")
    assert (answer.kind, answer.by, answer.moved) == ("says_removed", "engine", True)


@pytest.mark.parametrize(("sender", "is_trusted"), [(DESK, True), (ELSEWHERE, False)])
async def test_only_where_a_notice_went_may_answer_it_whatever_is_set_now(
    post: Post, sender: str, is_trusted: bool
) -> None:
    await post.ask("a")
    await post.office.platform("desk", {"desk": ELSEWHERE}, {})

    await post.comes(post.write(REFUSED, sender=sender))

    (letter,) = await post.kept()
    assert letter.trusted is is_trusted
    assert await post.requests() == {"refused" if is_trusted else "asked": 1}


async def test_among_several_addresses_nobody_knows_which_is_meant(post: Post) -> None:
    await post.ask("a", "b")

    await post.comes(post.write(REMOVED))

    assert await post.requests() == {"asked": 2}
    assert list((await post.office.todo())["unspecified_answer"])


async def test_each_mail_is_taken_once_however_often_it_is_fetched(post: Post) -> None:
    await post.ask("a")
    mail = post.write(REFUSED)
    await post.comes(mail)

    post.pile.uid_validity = 8  # the server has numbered its mails anew
    await post.comes()
    await post.comes(mail)

    assert len(await post.kept()) == 1
    assert len(await post.office.all("answers")) == 1
    assert post.pile.after[-1] == (8, 1)


async def test_a_crash_after_one_mail_loses_none_and_doubles_none(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.ask("a", "b")
    first, second = post.write("Ticket number: 4711"), post.write("Which picture do you mean?")
    whole, taken = take_mail._keep, 0

    async def dies(*args: Any, **more: Any) -> None:
        nonlocal taken
        taken += 1
        if taken == 2:
            raise KeyboardInterrupt
        await whole(*args, **more)

    monkeypatch.setattr(take_mail, "_keep", dies)
    with pytest.raises(KeyboardInterrupt):
        await post.comes(first, second)
    assert len(await post.kept()) == 1
    assert await take_mail.look(post.office.ctx, post.pile) == take_mail.Round()  # the lease holds

    post.office.time.forward(minutes=6)
    await post.comes()

    assert len(await post.kept()) == 2
    assert post.pile.after == [(0, 0), (7, 1)]


async def test_an_outcome_from_elsewhere_waits_for_a_person(post: Post) -> None:
    await post.ask("a")

    await post.comes(post.write(REMOVED, sender="uploader@elsewhere.example"))

    assert await post.requests() == {"asked": 1}
    (row,) = await post.kept()
    assert (row.state, row.trusted) == ("waits", False)
    assert await post.office.todo() | {"letter": [str(row.id)]} == await post.office.todo()


async def test_a_forged_sender_moves_nothing(post: Post) -> None:
    await post.ask("a")

    await post.comes(post.write(REMOVED, Authentication_Results="mx.centre.example; dmarc=fail"))

    assert await post.requests() == {"asked": 1}
    (row,) = await post.kept()
    assert (row.state, row.trusted) == ("waits", False)


@pytest.mark.parametrize(
    "told",
    [
        "",
        "mx.centre.example; dmarc=none; spf=softfail smtp.mailfrom=evil.example",
        "mx.centre.example; dmarc=permerror; dkim=pass header.d=evil.example",
        "mx.centre.example; dmarc=pass header.from=evil.example",
    ],
)
async def test_a_sender_for_whom_our_mail_server_does_not_vouch_moves_nothing(
    post: Post, told: str
) -> None:
    await post.ask("a")

    await post.comes(post.write(REMOVED, Authentication_Results=told))

    assert await post.requests() == {"asked": 1}
    (row,) = await post.kept()
    assert (row.state, row.trusted) == ("waits", False)
    caller = await post.office.key(Actor.CASE_WORKER)
    shown = await letters.letter(post.office.ctx, caller, row.id)
    assert shown["proposed"] is AnswerKind.SAYS_REMOVED  # one click, and nothing is lost


async def test_a_sender_whose_own_domain_signed_is_believed_without_dmarc(post: Post) -> None:
    await post.ask("a")
    signed = "mx.centre.example; dmarc=none; dkim=pass header.d=desk.example"

    await post.comes(post.write(REMOVED, Authentication_Results=signed))

    assert await post.requests() == {"says_removed": 1}


async def test_where_our_mail_server_is_named_no_other_vouches(post: Post) -> None:
    await post.ask("a")
    post.pile.mails += [
        post.write(REMOVED, Authentication_Results="mx.evil.example; dmarc=pass"),
        post.write(REFUSED, Authentication_Results="mx.centre.example; dmarc=pass"),
    ]

    await take_mail.look(post.office.ctx, post.pile, "mx.centre.example")

    assert await post.requests() == {"refused": 1}
    assert [row.trusted for row in await post.kept()] == [False, True]


async def test_a_desk_in_a_comment_is_nobody_s_word(post: Post) -> None:
    await post.ask("a")

    await post.comes(post.write(REMOVED, From=f"<mail@evil.example> (<{DESK}>)"))
    await post.comes(post.write(REFUSED, From=f"mail@evil.example, {DESK}"))

    assert await post.requests() == {"asked": 1}
    rows = await post.kept()
    assert [(row.state, row.trusted) for row in rows] == [("waits", False)] * 2
    caller = await post.office.key(Actor.CASE_WORKER)
    shown = [(await letters.letter(post.office.ctx, caller, row.id))["sender"] for row in rows]
    assert shown == ["mail@evil.example", f"mail@evil.example, {DESK}"]


@pytest.mark.parametrize(
    ("sender", "desk", "trusted"),
    [
        ("abuse@host.example", "abuse@host.example", True),
        ("Ticket@HOST.example", "abuse@host.example", True),
        ("noreply@mail.host.example", "abuse@host.example", True),
        ("noreply@support.host.example", "abuse@host.example", True),
        ("noreply@host.example", "abuse@support.host.example", True),
        ("root@vps-17.host.example", "abuse@host.example", False),
        ("x@mail.vps-17.host.example", "abuse@host.example", False),
        ("noreply@host.example", "abuse@vps-17.host.example", False),
        ("x@mail.co.example", "abuse@support.co.example", False),
        ("abuse@rented.example", "abuse@acme.rented.example", False),
        ("abuse@other.rented.example", "abuse@acme.rented.example", False),
        ("abuse@acme.rented.example", "abuse@rented.example", False),
        ("x@example", "abuse@mail.example", False),
        ("x@localhost", "abuse@localhost", False),
        ("x@mail.gmail.com", "desk@gmail.com", False),
        ("x@gmail.com", "desk@mail.gmail.com", False),
        ("abuse@otherhost.example", "abuse@host.example", False),
        ("abuse@host.example.evil.example", "abuse@host.example", False),
        ("desk@gmail.com", "desk@gmail.com", True),
        ("uploader@gmail.com", "desk@gmail.com", False),
        ("", "abuse@host.example", False),
        ("abuse@host.example", "", False),
    ],
)
def test_who_sits_where_the_desk_does(sender: str, desk: str, trusted: bool) -> None:
    assert senders.is_from(sender, [desk]) is trusted


@pytest.mark.parametrize("subject", ["Your report", "Re: [EF-AAAA-BBBB-CCCC]"])
async def test_a_mail_that_belongs_to_no_notice_changes_nothing(post: Post, subject: str) -> None:
    await post.ask("a")

    await post.comes(post.write(REMOVED, subject=subject))

    assert await post.requests() == {"asked": 1}
    (row,) = await post.kept()
    assert (row.state, row.words_sealed, row.raw_sealed) == ("unmatched", None, None)
    assert "letter" not in await post.office.todo()


def report(post: Post, *blocks: str, returned: str | None = None) -> str:
    """The body of a delivery report: one block for each recipient, and what was sent back."""
    message_id = post.message_id if returned is None else returned
    parts = [
        "Content-Type: text/plain\n\nYour message could not be delivered.",
        "\n\n".join(
            ["Content-Type: message/delivery-status\n\nReporting-MTA: dns; relay.example", *blocks]
        ),
        f"Content-Type: message/rfc822\n\nMessage-ID: {message_id}\nSubject: Images\n",
    ]
    return "".join(f"--b\n{part}\n" for part in parts[: 3 if message_id else 2]) + "--b--"


def block(
    final: str = DESK, original: str = "", action: str = "failed", code: str = "5.1.1"
) -> str:
    first = f"Original-Recipient: rfc822;{original}\n" if original else ""
    return f"{first}Final-Recipient: rfc822; {final}\nAction: {action}\nStatus: {code}"


def bounce(post: Post, body: str, **more: str) -> bytes:
    kind = 'multipart/report; report-type=delivery-status; boundary="b"'
    given = {
        "sender": "mailer-daemon@relay.example", "subject": f"Undelivered [{post.reference}]",
        "Content_Type": kind, "Return_Path": "<>", "Authentication_Results": "", **more,
    }  # fmt: skip
    return post.write(body, **given)


@pytest.mark.parametrize(
    "one", [block(), block("someone@inner.example", DESK), block(DESK.upper())], ids=[1, 2, 3]
)
async def test_a_bounce_ends_what_ran_and_the_notice_was_never_silence(
    post: Post, one: str
) -> None:
    await post.ask("a")

    await post.comes(bounce(post, report(post, one)))

    assert await post.office.states("notices") == {"bounced": 1}
    assert await post.requests() == {"not_reached": 1}
    assert await post.office.states("attempts") == {"bounced": 1}
    (row,) = await post.kept()
    assert (row.state, row.trusted) == ("done", True)


async def waits(post: Post, mail: bytes) -> None:
    """It comes, moves nothing, and a person reads it."""
    await post.comes(mail)

    assert await post.office.states("notices") == {"sent": 1}
    assert await post.requests() == {"asked": 1}
    (row,) = await post.kept()
    assert (row.kind, row.state, row.trusted) == ("bounce_hard", "waits", False)
    assert (await post.office.todo())["letter"] == [str(row.id)]


@pytest.mark.parametrize(
    "blocks",
    [
        (block("somebody@elsewhere.example"),),
        (block("other@desk.example", "other@desk.example"),),
        (block("somebody@elsewhere.example"), block(action="delayed", code="4.4.1")),
        (block("somebody@elsewhere.example"), block(code="5.2.2")),
        (block("one@inner.example", DESK), block("two@inner.example", DESK, "relayed", "2.0.0")),
    ],
    ids=["another", "a neighbour", "late to us", "full to us", "handed on by half"],
)
async def test_a_bounce_to_somebody_else_is_none_of_ours(
    post: Post, blocks: tuple[str, ...]
) -> None:
    await post.ask("a")

    await waits(post, bounce(post, report(post, *blocks)))


@pytest.mark.parametrize(
    "returned",
    ["", "<other@centre.example>", "<ef-aaaa-bbbb-cccc@c.example>", "<{reference}@centre.example>"],
)
async def test_a_bounce_without_our_message_is_anybody_s_word(post: Post, returned: str) -> None:
    """Nor does who was shown its reference know what it is called."""
    await post.ask("a")
    returned = returned.format(reference=post.reference.lower())

    await waits(post, bounce(post, report(post, block(), returned=returned)))


async def test_a_bounce_that_returns_another_s_mail_with_ours_in_it_is_not_ours(
    post: Post,
) -> None:
    await post.ask("a")
    within = f"<x@evil.example>\nContent-Type: message/rfc822\n\nMessage-ID: {post.message_id}"

    await waits(post, bounce(post, report(post, block(), returned=within)))


async def test_a_forged_bounce_moves_nothing(post: Post) -> None:
    await post.ask("a")
    forged = "mx.centre.example; dmarc=fail header.from=relay.example"

    await waits(post, bounce(post, report(post, block()), Authentication_Results=forged))


async def test_what_went_by_no_mail_cannot_come_back_by_mail(by_api: Post) -> None:
    await by_api.ask("a")

    await waits(by_api, bounce(by_api, report(by_api, block())))


async def test_what_a_person_sent_comes_back_to_a_person(post: Post) -> None:
    post.site.meet(NeedsPerson("several_desks"), taken=True)
    await post.ask("a")
    (notice,) = await post.office.all("notices")
    await post.office.file(notice)

    await waits(post, bounce(post, report(post, block())))


WORDS = f"The following address failed:\n\n  {DESK}\n    550 5.1.1 no such user"


async def test_a_mail_system_s_own_words_move_nothing(post: Post) -> None:
    await post.ask("a")
    said = f"{WORDS}\n\n------ This is a copy of your message ------\n\nMessage-ID: "

    mail = bounce(post, f"{said}{post.message_id}", Content_Type="text/plain",
                  X_Failed_Recipients=DESK)  # fmt: skip

    await waits(post, mail)


async def test_a_mail_system_s_own_words_with_our_message_are_a_bounce(post: Post) -> None:
    await post.ask("a")
    returned = f"Content-Type: text/rfc822-headers\n\nMessage-ID: {post.message_id}\n"
    body = f"--b\nContent-Type: text/plain\n\n{WORDS}\n--b\n{returned}\n--b--"

    await post.comes(bounce(post, body, X_Failed_Recipients=f"x@y.example, {DESK}"))

    assert await post.office.states("notices") == {"bounced": 1}


async def test_a_mail_system_s_own_words_about_another_with_our_message_are_none(
    post: Post,
) -> None:
    await post.ask("a")
    returned = f"Content-Type: text/rfc822-headers\n\nMessage-ID: {post.message_id}\n"
    body = f"--b\nContent-Type: text/plain\n\n{WORDS}\n--b\n{returned}\n--b--"

    await waits(post, bounce(post, body, X_Failed_Recipients="x@y.example"))


@pytest.mark.parametrize(
    "date",
    ["Mon, 01 Jan 1990 00:00:00 +0000", "Fri, 01 Jan 2100 00:00:00 +0000", "yesterday", ""],
)
async def test_a_mail_says_so_between_our_notice_and_now_whatever_its_date(
    post: Post, date: str
) -> None:
    await post.ask("a")
    notice = await post.office.one("notices")

    await post.comes(post.write(REFUSED, Date=date))

    assert await post.requests() == {"refused": 1}
    (row,) = await post.kept()
    assert notice.created_at <= row.said_at <= post.office.time()


async def test_a_receipt_proves_a_message_that_was_in_doubt(post: Post) -> None:
    post.site.meet(Uncertain("body_timeout"), taken=True)
    await post.ask("a")
    assert await post.office.states("notices") == {"perhaps_sent": 1}

    await post.comes(post.write("Your ticket number is 4711. We will get back to you."))

    assert await post.office.states("notices") == {"sent": 1}
    assert await post.requests() == {"acknowledged": 1}
    assert len(post.site.messages) == 1


async def test_a_question_is_theirs_and_waits_for_a_reply(post: Post) -> None:
    await post.ask("a")

    await post.comes(post.write("Please send us a copy of your identity card before we proceed."))

    assert await post.requests() == {"needs_info": 1}
    assert "needs_info" in await post.office.todo()


async def test_a_person_says_in_one_call_what_a_letter_says(post: Post) -> None:
    await post.ask("a")
    mail = post.write(REFUSED, sender="someone@elsewhere.example")
    await post.comes(mail)
    (row,) = await post.kept()
    caller = await post.office.key(Actor.CASE_WORKER)

    shown = await letters.letter(post.office.ctx, caller, row.id)
    assert shown["proposed"] is AnswerKind.REFUSED
    assert shown["line"] in REFUSED
    assert shown["sender"] == "someone@elsewhere.example"
    done = await letters.decide(
        post.office.ctx, caller, row.id, answer=shown["proposed"], scope=Scope.ALL, request_ids=()
    )

    assert [r["state"] for r in done["requests"]] == ["refused"]
    assert "letter" not in await post.office.todo()
    with pytest.raises(Conflict):
        await letters.decide(
            post.office.ctx, caller, row.id, answer=None, scope=Scope.ALL, request_ids=()
        )


async def test_a_letter_that_says_nothing_is_put_away(post: Post) -> None:
    await post.ask("a")
    await post.comes(post.write("You will hear from my lawyer.", sender="x@elsewhere.example"))
    (row,) = await post.kept()
    caller = await post.office.key(Actor.CASE_WORKER)

    await letters.decide(
        post.office.ctx, caller, row.id, answer=None, scope=Scope.ALL, request_ids=()
    )

    assert await post.requests() == {"asked": 1}
    assert await post.office.all("answers") == []


async def test_another_centre_s_letter_is_not_there(post: Post, store: Store) -> None:
    await post.ask("a")
    await post.comes(post.write(REFUSED, sender="someone@elsewhere.example"))
    (row,) = await post.kept()
    async with Office(store, adapters=(post.site.adapter,), name="Other") as other:
        caller = await other.key(Actor.SUPERVISOR)
        with pytest.raises(NotFound):
            await letters.letter(other.ctx, caller, row.id)
        with pytest.raises(NotFound):
            await letters.decide(
                other.ctx, caller, row.id, answer=None, scope=Scope.ALL, request_ids=()
            )


async def test_requests_that_are_not_there_are_not_found_and_never_locked(
    post: Post, store: Store
) -> None:
    await post.ask("a")
    await post.comes(post.write(REFUSED, sender="someone@elsewhere.example"))
    (row,) = await post.kept()
    case = await post.office.case("ref-2")
    await post.office.take_in(case, post.site.url("b"))
    caller = await post.office.key(Actor.CASE_WORKER)

    async def decide(request: UUID) -> None:
        said = letters.decide(
            post.office.ctx, caller, row.id, answer=AnswerKind.REFUSED, scope=Scope.THESE,
            request_ids=[request],
        )  # fmt: skip
        await asyncio.wait_for(said, 5)

    async with Office(store, adapters=(post.site.adapter,), name="Other") as other:
        await other.take_in(await other.case(), post.site.url("c"))
        theirs = (await other.all("requests"))[-1].id
        lock = text("SELECT 1 FROM requests WHERE id = :id FOR UPDATE")
        async with store.engine.connect() as held:
            await held.execute(lock, {"id": theirs})
            with pytest.raises(NotFound) as foreign:
                await decide(theirs)
    with pytest.raises(NotFound) as unknown:
        await decide(uuid4())
    with pytest.raises(Invalid):
        await decide(next(r.id for r in await post.office.all("requests", case_id=case.id)))

    assert str(foreign.value) == str(unknown.value)
    assert [kept.state for kept in await post.kept()] == ["waits"]


async def test_a_mailbox_that_is_away_is_tried_again(post: Post) -> None:
    await post.ask("a")
    post.pile.away = "login_refused"
    assert await post.comes(post.write(REFUSED)) == take_mail.Round(reason="login_refused")
    (box,) = await post.office.all("mailboxes")
    assert box.failing_since is not None

    post.pile.away = None
    assert (await post.comes()).taken == 1
    (box,) = await post.office.all("mailboxes")
    assert (box.failing_since, box.lease_until) == (None, None)


async def test_mail_is_read_beside_the_loop_and_before_its_transaction(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.ask("a")
    pool: Any = post.office.ctx.store.engine.pool
    seen, whole = [], reading.classify

    def classify(found: letter.Letter) -> reading.Reading:
        seen.append((threading.current_thread() is threading.main_thread(), pool.checkedout()))
        return whole(found)

    monkeypatch.setattr(reading, "classify", classify)
    mail = post.write(REFUSED)
    await post.comes(mail)
    await post.comes(mail)  # known: not read again

    assert seen == [(False, 0)]
    assert await post.requests() == {"refused": 1}


async def raw_of(post: Post, row: Any) -> bytes:
    (case,) = await post.office.all("cases", id=row.case_id)
    key = post.office.ctx.store.vault.open_key(row.case_id, case.key_wrapped)
    return key.open(take_mail.RAW, row.id, row.raw_sealed)


def breaks(*_: Any) -> Any:
    raise RecursionError


def sleeps(*_: Any) -> Any:
    time.sleep(1)


@pytest.mark.parametrize("reads", [breaks, sleeps])
async def test_a_mail_that_cannot_be_read_waits_unread_and_keeps_no_other_out(
    post: Post, monkeypatch: pytest.MonkeyPatch, reads: Any
) -> None:
    await post.ask("a", "b")
    with monkeypatch.context() as patched:
        patched.setattr(take_mail, "READ_S", 0.2, raising=False)
        patched.setattr(reading, "classify", reads)
        found = await post.comes(post.write(REMOVED))
    assert (await post.comes(post.write("Your ticket number is 4711."))).taken == 1

    assert len(found.unread) == 1
    assert await post.requests() == {"acknowledged": 2}
    unread, _ = await post.kept()
    assert (unread.kind, unread.rule, unread.state) == ("unclear", "unread", "waits")
    assert (await post.office.todo())["letter"] == [str(unread.id)]
    assert REMOVED.replace("\n", "\r\n").encode() in await raw_of(post, unread)
    caller = await post.office.key(Actor.CASE_WORKER)
    assert (await letters.letter(post.office.ctx, caller, unread.id))["words"] == ""


async def test_of_a_mail_that_cannot_be_taken_apart_no_picture_is_kept(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.ask("a")
    monkeypatch.setattr(letter, "walk", breaks)

    found = await post.comes(post.write("Q0FOQVJZLVBJWEVMUw=="))

    assert found.unread == ("RecursionError",)
    (row,) = await post.kept()
    raw = await raw_of(post, row)
    assert post.reference.encode() in raw
    assert b"Q0FOQVJZ" not in raw


async def test_an_unread_mail_that_names_no_notice_leaves_its_hash(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.ask("a")
    monkeypatch.setattr(letter, "walk", breaks)

    await post.comes(post.write("Hello", subject="Hello"))
    await post.comes()

    (row,) = await post.kept()
    assert (row.state, row.rule, row.raw_sealed) == ("unmatched", "unread", None)
    assert post.pile.after[-1] == (7, 1)


async def test_a_mail_that_cannot_be_acted_on_waits_with_its_words(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.ask("a")
    monkeypatch.setattr(senders, "is_from", breaks)

    found = await post.comes(post.write(REFUSED), post.write("Your ticket number is 4711."))

    assert (found.taken, found.unread) == (2, ("RecursionError", "RecursionError"))
    rows = await post.kept()
    assert [(row.kind, row.state, row.trusted) for row in rows] == [
        ("says_refused", "waits", False),
        ("ticket_opened", "waits", False),
    ]
    assert await post.requests() == {"asked": 1}


async def test_pictures_are_dropped_unopened_and_their_hashes_kept(post: Post) -> None:
    await post.ask("a")
    body = (
        "--b\nContent-Type: text/plain\n\nIs it this one?\n--b\n"
        'Content-Type: image/png; name="canary.png"\nContent-Transfer-Encoding: base64\n\n'
        "Q0FOQVJZLVBJWEVMUw==\n--b--"
    )
    mail = post.write(body, Content_Type='multipart/mixed; boundary="b"', MIME_Version="1.0")

    await post.comes(mail)

    (row,) = await post.kept()
    caller = await post.office.key(Actor.CASE_WORKER)
    (attachment,) = (await letters.letter(post.office.ctx, caller, row.id))["attachments"]
    assert attachment["media_type"] == "image/png"
    assert len(attachment["sha256"]) == 64
    raw = await raw_of(post, row)
    assert b"Q0FOQVJZ" not in raw
    assert b"CANARY" not in raw


async def test_a_worker_reads_the_mailbox_by_itself(post: Post, redis_url: str) -> None:
    await post.ask("a")
    async with mail_server() as server:
        await server.deliver(post.write(REFUSED))
        worker = run.EngineWorker(
            post.office.ctx, redis_url, slots=4, sweep_s=1, drain_s=5,
            mailbox=run.Mailbox(server.inbox, 0.1, "mx.centre.example"),
        )  # fmt: skip
        await worker.start()

        async def taken() -> bool:
            return await post.requests() == {"refused": 1}

        await post.office.until(taken)
        await worker.stop()
    await asyncio.sleep(0)
