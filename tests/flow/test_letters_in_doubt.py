"""Mail about what nobody was sure of: it settles the doubt, or it waits for a person. One mail
stops no other.
"""

from __future__ import annotations

from typing import Any

import pytest

from adapters.errors import Uncertain
from service.actions import answering, send_notice
from service.mailbox import letter as letters
from tests.flow import test_letters as mails
from tests.flow.test_letters import DESK, REMOVED, Post

post = mails.post
TICKET = "Your ticket number is 4711. We will get back to you."
AWAY = "I am out of the office until Monday."


def bounce(post: Post) -> bytes:
    """The mail system of the desk gives it back."""
    report = (
        "This is a MIME-encapsulated message\n--b\nContent-Type: text/plain\n\n"
        "Your message could not be delivered.\n--b\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; relay.example\n\n"
        f"Final-Recipient: rfc822; {DESK}\nAction: failed\nStatus: 5.1.1\n\n--b\n"
        f"Content-Type: message/rfc822\n\nMessage-ID: {post.message_id}\n"
        f"Subject: Intimate images [{post.reference}]\n\n--b--"
    )
    return post.write(
        report, sender="mailer-daemon@relay.example", subject="Undelivered Mail",
        Content_Type='multipart/report; report-type=delivery-status; boundary="b"',
        Return_Path="<>",
    )  # fmt: skip


async def killed(post: Post) -> Any:
    """The relay has taken the message, and the worker died before it could say so. Returns the
    started call.
    """
    office = post.office
    await office.take_in(await office.case(), post.site.url("a"))
    office.time.forward(minutes=10)
    (notice,) = await office.all("notices")
    (started,) = await send_notice.start(office.ctx, notice.lane, 1)
    await started.adapter.send(started.notice, started.key)
    office.time.forward(minutes=1)
    return started


async def given_up(post: Post) -> Any:
    """It arrived, nobody knew, and a person said that it had not. Returns the notice."""
    post.site.meet(Uncertain("body_timeout"), taken=True)
    await post.ask("a")
    (notice,) = await post.office.all("notices")
    assert (await post.office.decide(notice, "not_sent")).state == "due"
    return notice


@pytest.mark.parametrize(
    ("words", "becomes"), [(TICKET, "acknowledged"), (REMOVED, "says_removed")]
)
async def test_an_answer_while_the_call_is_out_proves_it(
    post: Post, words: str, becomes: str
) -> None:
    await killed(post)

    await post.comes(post.write(words))

    (letter,) = await post.kept()
    assert letter.state == "done"
    assert await post.requests() == {becomes: 1}
    await post.office.days(3)
    assert await post.office.states("notices", purpose="first") == {"sent": 1}
    assert len(post.site.sent()) == 1


async def test_a_bounce_while_the_call_is_out_is_what_became_of_it(post: Post) -> None:
    started = await killed(post)

    await post.comes(bounce(post))

    assert await post.office.states("notices") == {"bounced": 1}
    assert await post.office.states("attempts") == {"bounced": 1}
    assert await post.requests() == {"not_reached": 1}
    result = await send_notice.call(post.office.ctx, started)  # its worker lived, and says so late
    await send_notice.record_results(post.office.ctx, [result])
    assert await post.office.states("notices") == {"bounced": 1}
    assert (await post.office.one("attempts")).evidence_sealed is not None


async def test_an_answer_to_what_a_person_gave_up_is_in_time_to_stop_the_second_report(
    post: Post,
) -> None:
    notice = await given_up(post)

    await post.comes(post.write(TICKET))
    await post.office.days(1)

    (letter,) = await post.kept()
    assert letter.state == "done"
    assert (await post.office.trace(notice.id))[-2:] == ["not_sent", "proven"]
    assert await post.requests() == {"acknowledged": 1}
    assert len(post.site.sent()) == 1


async def test_what_a_machine_of_theirs_says_proves_that_it_arrived_and_nothing_else(
    post: Post,
) -> None:
    await given_up(post)

    await post.comes(post.write(AWAY, Auto_Submitted="auto-replied"))

    (letter,) = await post.kept()
    assert (letter.kind, letter.state) == ("auto_reply", "kept")
    assert await post.office.states("notices") == {"sent": 1}
    assert await post.requests() == {"asked": 1}
    assert await post.office.all("answers") == []
    await post.office.later(hours=20)
    assert len(post.site.sent()) == 1


async def test_a_machine_elsewhere_proves_nothing(post: Post) -> None:
    await given_up(post)

    await post.comes(
        post.write(AWAY, sender="someone@elsewhere.example", Auto_Submitted="auto-replied")
    )

    assert await post.office.states("notices") == {"due": 1}


async def test_an_answer_to_what_cannot_be_settled_any_more_waits_for_a_person(post: Post) -> None:
    post.site.meet(Uncertain("body_timeout"), taken=True)
    await post.ask("a")
    (notice,) = await post.office.all("notices")
    await post.office.decide(notice, "cancel")

    await post.comes(post.write(REMOVED))

    (letter,) = await post.kept()
    assert letter.state == "waits"
    assert await post.requests() == {"not_reached": 1}


async def test_a_mail_about_a_message_that_carries_nothing_any_more_stops_no_other(
    post: Post,
) -> None:
    notice = await given_up(post)
    (takedown,) = await post.office.all("takedowns")
    await post.office.withdraw(takedown.id, "consent")
    assert await post.office.state("notices", notice.id) == "cancelled"
    stray = post.write(TICKET)
    await post.ask("b")

    round_ = await post.comes(stray, post.write("Your ticket number is 4712."))

    assert round_.taken == 2
    first, second = await post.kept()
    assert (first.notice_id, first.kind, first.state) == (notice.id, "ticket_opened", "waits")
    assert second.state == "done"
    assert await post.requests() == {"withdrawn": 1, "acknowledged": 1}
    assert (await post.office.one("mailboxes")).uid == 2


async def test_a_mail_that_cannot_be_acted_on_waits_for_a_person_and_stops_no_other(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.ask("a")
    whole, taken = answering.take, 0

    async def fails(*args: Any, **more: Any) -> Any:
        nonlocal taken
        taken += 1
        if taken == 1:
            raise ZeroDivisionError
        return await whole(*args, **more)

    monkeypatch.setattr(answering, "take", fails)

    await post.comes(post.write(TICKET), post.write("Your ticket number is 4712."))

    first, second = await post.kept()
    assert (first.state, first.kind, second.state) == ("waits", "ticket_opened", "done")
    assert await post.requests() == {"acknowledged": 1}
    assert (await post.office.todo())["letter"] == [str(first.id)]
    assert (await post.office.one("mailboxes")).uid == 2


async def test_a_mail_that_cannot_be_read_at_all_is_kept_and_stops_no_other(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.ask("a")
    whole, bad = letters.read, post.write("This one breaks what reads it.")

    def fails(raw: bytes) -> letters.Letter:
        if raw == bad:
            raise RecursionError
        return whole(raw)

    monkeypatch.setattr(letters, "read", fails)

    await post.comes(bad, post.write(TICKET))

    first, second = await post.kept()
    assert (first.state, first.kind, second.state) == ("waits", "unclear", "done")
    assert (await post.office.one("mailboxes")).uid == 2
