"""The practice t.me pages, the mail relay, and the replies of its help desk."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage

import aiohttp
import pytest

from service.playground import behaviours as story
from service.playground.script import Cut, Fault, Sight
from service.playground.serve import Playground

HOUR = story.HOUR_S
DESK = "abuse@telegram.org"


def mail(*urls: str, number: int = 1, thread: str = "", reference: str = "EF-1") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "centre@practice.test"
    message["To"] = DESK
    message["Subject"] = f"[{reference}] Intimate images, ünd more"
    message["Message-ID"] = f"<{number}@practice.test>"
    if thread:
        message["In-Reply-To"] = message["References"] = thread
    message.set_content("Please remove:\n" + "\n".join(urls) + "\n\nGrüße")
    return message


async def send(playground: Playground, message: EmailMessage) -> None:
    """In a thread, for `smtplib` blocks."""
    to = playground.addresses

    def _send() -> None:
        with smtplib.SMTP(to.smtp_host, to.smtp_port, timeout=5) as relay:
            relay.send_message(message)

    await asyncio.to_thread(_send)


async def page(http: aiohttp.ClientSession, playground: Playground, url: str) -> str:
    path = url.removeprefix("https://t.me")
    query = {"embed": "1", "mode": "tme"} if path.count("/") > 1 else {}
    async with http.get(playground.addresses.embed_url + path, params=query) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        return await answer.text()


@pytest.mark.parametrize(
    ("sight", "words"),
    [
        (Sight.UP, 'data-post="efface_practice_story/'),
        (Sight.VEILED, "Please open Telegram to view this post"),
        (Sight.OTHER, "Another practice post"),
        (Sight.GONE, '<div class="tgme_widget_message_error">Post not found</div>'),
        (Sight.PRIVATE, '<div class="tgme_widget_message_error">Channel is private</div>'),
        (Sight.RESTRICTED, "can't be displayed"),
    ],
)
async def test_the_embed_page_shows_each_sight(
    http: aiohttp.ClientSession, playground: Playground, sight: Sight, words: str
) -> None:
    url = playground.add("telegram", story.standing(sight, "standing", ""), "story")

    text = await page(http, playground, url)

    assert words in text
    assert ("tgme_widget_message_error" in text) is (sight not in ("up", "veiled", "other"))


async def test_an_unknown_post_and_an_unknown_channel(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    url = playground.add("telegram", story.ignored(), "story")

    assert "Post not found" in await page(http, playground, url + "9")
    assert "not found</div>" in await page(http, playground, "https://t.me/nobody_here/1")


async def test_a_channel_page_loses_its_subscribers_when_the_channel_goes(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    url = playground.add("telegram", story.removed(HOUR), "channel_whole")
    before = await page(http, playground, url)
    await send(playground, mail(url))
    playground.world.clock.forward(HOUR)

    after = await page(http, playground, url)

    assert 'class="tgme_page_extra">1 024 subscribers' in before
    assert "tgme_page_extra" not in after
    assert "Telegram: Contact @efface_practice_whole" in after


async def test_a_mail_is_kept_with_reference_recipients_and_urls(playground: Playground) -> None:
    one = playground.add("telegram", story.ignored())
    two = playground.add("telegram", story.removed())

    await send(playground, mail(one, two + ".", reference="EF-7"))

    [kept] = playground.mail.mails
    assert (kept.reference, kept.message_id, kept.recipients) == (
        "EF-7",
        "<1@practice.test>",
        (DESK,),
    )
    assert kept.urls == (one, two)
    assert "ünd" in kept.subject
    assert [len(playground.item(url).reports) for url in (one, two)] == [1, 1]


async def test_replies_fall_due_as_the_scripts_of_the_urls_say(playground: Playground) -> None:
    add = playground.add
    removed = add("telegram", story.removed(12 * HOUR))
    also = add("telegram", story.removed(12 * HOUR))
    scripts = (story.refused(10 * HOUR), story.asks(8 * HOUR), story.ignored(), story.accepts())
    rest = [add("telegram", script) for script in scripts]
    await send(playground, mail(removed, also, *rest))
    sent_at = playground.world.clock.at(playground.mail.mails[0].received_s)

    early = playground.mail.replies_due()
    playground.world.clock.forward(12 * HOUR)
    replies = playground.mail.replies_due()

    assert early == []
    assert [(reply.kind, reply.urls) for reply in replies] == [
        ("needs_info", (rest[1],)),
        ("refused", (rest[0],)),
        ("unspecified", (rest[3],)),
        ("says_removed", (removed, also)),
    ]
    assert {reply.reference for reply in replies} == {"EF-1"}
    assert len({reply.reply_id for reply in replies}) == 4
    assert all(reply.words and reply.due_at.tzinfo for reply in replies)
    assert replies[0].due_at > sent_at - (replies[3].due_at - replies[0].due_at) * 3


async def test_a_reminder_is_kept_and_not_answered_again(playground: Playground) -> None:
    url = playground.add("telegram", story.answers_twice(5 * HOUR, 20 * HOUR))
    await send(playground, mail(url))
    playground.world.clock.forward(10 * HOUR)
    await send(playground, mail(url, number=2, thread="<1@practice.test>"))
    playground.world.clock.forward(20 * HOUR)

    replies = playground.mail.replies_due()

    assert [(r.kind, r.message_id) for r in replies] == [
        ("acknowledged", "<1@practice.test>"),
        ("says_removed", "<1@practice.test>"),
    ]
    assert playground.mail.mails[1].thread == ("<1@practice.test>",)
    assert len(playground.item(url).reports) == 2


async def test_a_reminder_while_the_story_runs_opens_no_second_round(
    playground: Playground,
) -> None:
    url = playground.add("telegram", story.returns(8 * HOUR, 30 * HOUR))
    await send(playground, mail(url))
    playground.world.clock.forward(4 * HOUR)
    await send(playground, mail(url, number=2))
    playground.world.clock.forward(27 * HOUR)
    await send(playground, mail(url, number=3))

    assert [report.round_no for report in playground.item(url).reports] == [0, 0, 1]


async def test_a_mail_bounces_by_script_and_by_recipient(playground: Playground) -> None:
    url = playground.add("telegram", story.bounces())
    await send(playground, mail(url))
    playground.mail.bouncing.add(DESK)
    await send(playground, mail("https://example.org/x", number=2))
    playground.world.clock.forward(HOUR)

    bounced = {(r.message_id, r.kind) for r in playground.mail.replies_due()}

    assert bounced == {("<1@practice.test>", "bounced"), ("<2@practice.test>", "bounced")}


async def test_451_first_by_script_then_taken(playground: Playground) -> None:
    url = playground.add("telegram", story.ignored().meeting(sends=(Fault.broken(451),)))

    with pytest.raises(smtplib.SMTPDataError) as refusal:
        await send(playground, mail(url))
    await send(playground, mail(url))

    assert refusal.value.smtp_code == 451
    assert len(playground.item(url).reports) == 1


async def test_faults_by_recipient_come_at_rcpt(playground: Playground) -> None:
    playground.mail.prepare(DESK, Fault.broken(451), Fault.broken(550))

    for code in (451, 550):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
            await send(playground, mail("https://example.org/x"))
        assert refusal.value.recipients[DESK][0] == code
    await send(playground, mail("https://example.org/x"))

    assert len(playground.mail.mails) == 1


@pytest.mark.parametrize(
    ("fault", "reports"),
    [
        (Fault.lost(), 1),
        (Fault.lost(Cut.RESET), 1),
        (Fault.lost(Cut.HALF), 1),
        (Fault.reset(), 0),
    ],
)
async def test_the_connection_ends_after_data_with_and_without_the_mail(
    playground: Playground, fault: Fault, reports: int
) -> None:
    url = playground.add("telegram", story.ignored().meeting(sends=(fault,)))

    with pytest.raises((smtplib.SMTPException, ConnectionError)):
        await send(playground, mail(url))

    assert len(playground.item(url).reports) == reports == len(playground.mail.mails)


async def test_the_desk_shows_what_is_due_as_json(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    url = playground.add("telegram", story.refused(HOUR))
    await send(playground, mail(url))
    playground.world.clock.forward(HOUR)

    async with http.get(playground.addresses.embed_url + "/practice/replies") as answer:
        told = await answer.json()

    assert [row["reference"] for row in told["mails"]] == ["EF-1"]
    assert [(row["kind"], row["urls"]) for row in told["replies_due"]] == [("refused", [url])]
