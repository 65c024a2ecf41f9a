"""The contract of desks that are reached by mail or by form, as rules like those of `rules`.

They stand apart because the model platform of the suite's own test is an API, spared nothing there.
"""

from __future__ import annotations

import asyncio
import email.policy
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Final

from adapters.base import Adapter, Tools
from adapters.contract.case import KEY, Case, compose
from adapters.contract.failing import overheard, told_by
from adapters.contract.relay import Act, Relay, relay
from adapters.contract.relay_failures import FAILURES, judged
from adapters.contract.rules import Rule
from adapters.contract.site import NOW, Site
from adapters.egress import Egress
from adapters.errors import NeedsPerson, PlatformError
from adapters.form import WebForm
from adapters.http import Http
from adapters.mail import Mail
from adapters.spec import Channel, Field, Item, Notice, Sender, Spec, Statement

__all__ = ["DESK_RULES"]

MAIL: Final = frozenset({Channel.MAIL})
FORM: Final = frozenset({Channel.FORM})
EARLIER: Final = ("<first@centre.example>", "<second@centre.example>")


@dataclass(frozen=True)
class Desk:
    """An adapter between a relay over real sockets and a platform in memory."""

    adapter: Adapter
    relay: Relay
    site: Site


@asynccontextmanager
async def desk(
    case: Case, replies: Mapping[str, bytes | Act] | None = None, timeout_s: float = 10.0
) -> AsyncIterator[Desk]:
    async with relay(replies) as there:
        site = Site(case.routes)
        tools = Tools(
            http=Http(Egress(), transport=site),
            mail=Mail(host="127.0.0.1", port=there.port, tls="none", timeout_s=timeout_s),
            now=lambda: NOW,
        )
        yield Desk(case.adapter(case.settings, case.secrets, tools), there, site)


def letter(case: Case) -> Notice:
    """A notice as mail needs it: with our Message-ID. Its marks may be told to nobody else."""
    assert case.locator is not None
    return compose(
        case.locator,
        message_id="<0192f7a1.EF-7K2M9Q@centre.example>",
        subject="Canary Subject: published without consent",
    )


def opened(body: bytes) -> EmailMessage:
    """A message as its addressee reads it."""
    unstuffed = body.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
    return BytesParser(policy=email.policy.default).parsebytes(unstuffed)


async def one_message_to_a_published_address(case: Case) -> None:
    notice = letter(case)
    async with desk(case) as there:
        receipt = await there.adapter.send(notice, KEY)
        published = {*there.adapter.settings.values(), *_found_desks(notice)}
    assert receipt == case.receipt, "not the receipt of a relay"
    assert len(there.relay.bodies) == 1, "not exactly one message"
    message = opened(there.relay.bodies[0])
    assert f"MAIL FROM:<{notice.sender.email}>\r\n".encode() in there.relay.heard, "sender"
    assert f"RCPT TO:<{message['To']}>\r\n".encode() in there.relay.heard, "recipient"
    assert str(message["To"]) in published, "an address that nobody published"
    assert f"[{notice.reference}]" in str(message["Subject"]), "our reference did not go out"
    assert message["Message-ID"] == notice.message_id, "another Message-ID"
    assert message.get_content_type() == "text/plain", "more than text"
    told = message.get_content().splitlines()
    assert all(item.locator.url in told for item in notice.items), "a link did not go out"
    assert there.site.seen == [], "called somebody, too"


async def certainty_comes_from_the_dialogue(case: Case) -> None:
    async def fail(
        name: str, replies: Mapping[str, bytes | Act], kind: type[PlatformError], reason: str
    ) -> None:
        async def attempt(wait_s: float) -> PlatformError | None:
            async with desk(case, replies, wait_s) as there:
                error = await _failure(there.adapter, letter(case))
            assert there.relay.talks <= 1, f"{name}: tried again"
            return error

        error = await judged(reason, attempt)
        said = f"{type(error).__name__}, {error.reason}" if error else "no error"
        assert type(error) is kind, f"{name}: {said}"

    told = await asyncio.gather(*(fail(*failure) for failure in FAILURES), return_exceptions=True)
    for wrong in filter(None, told):
        raise wrong


async def the_same_notice_gives_the_same_message(case: Case) -> None:
    bodies = set()
    for _ in range(2):
        async with desk(case) as there:
            await there.adapter.send(letter(case), KEY)
        bodies |= set(there.relay.bodies)
    assert len(bodies) == 1, "two different messages"


async def what_follows_stands_in_the_thread(case: Case) -> None:
    async with desk(case) as there:
        await there.adapter.send(replace(letter(case), thread=EARLIER), KEY)
    message = opened(there.relay.bodies[0])
    assert message["In-Reply-To"] == EARLIER[-1], "answers nothing"
    assert tuple(str(message["References"]).split()) == EARLIER, "the thread is broken"


async def no_header_can_be_broken(case: Case) -> None:
    for broken in ("x\r\nBcc: everyone@else.example", "x\nBcc: everyone@else.example"):
        async with desk(case) as there:
            error = await _failure(there.adapter, replace(letter(case), subject=broken))
        assert error is not None, "sent"
        assert there.relay.heard == [], "half sent"


async def no_mail_leaks(case: Case) -> None:
    notice = letter(case)
    with overheard() as lines:
        said = [repr(case.adapter(case.settings, case.secrets, None))]
        answered = [failure for failure in FAILURES if not failure[3].endswith("_timeout")]
        for _, replies, _, _ in answered:
            async with desk(case, replies) as there:
                error = await _failure(there.adapter, notice)
            said += [told_by(error)] if error else []
        said += [repr(there.adapter.tools.mail), *lines]
    desks = [value for value in there.adapter.settings.values() if "@" in value]
    desks += _found_desks(notice)
    for mark in ("Canary", notice.sender.email, notice.items[0].locator.url, *desks):
        assert not any(mark in words for words in said), f"leaked: {mark[:6]}"


async def cancelling_a_mail_is_clean(case: Case) -> None:
    async with desk(case, {"end": Act.HANG}) as there:
        before = asyncio.all_tasks()
        sending = asyncio.create_task(there.adapter.send(letter(case), KEY))
        await there.relay.in_body.wait()
        sending.cancel()
        await asyncio.wait({sending}, timeout=10)
        assert sending.cancelled(), "swallowed the cancellation"
        left = asyncio.all_tasks() - before - there.relay.tasks
        assert left == set(), "left a task behind"


async def no_machine_files_a_form(case: Case) -> None:
    async with desk(case) as there:
        error = await _failure(there.adapter, letter(case))
    assert type(error) is NeedsPerson, type(error).__name__
    assert there.site.seen == [], "called the platform"
    assert there.relay.heard == [], "wrote a mail"


async def a_packet_is_whole_and_shows_nothing(case: Case) -> None:
    assert issubclass(case.adapter, WebForm), "a form without a packet"
    form = case.adapter(case.settings, case.secrets, None)
    notice = _full(letter(case), _said(case.adapter.spec))
    packet = form.packet(notice)
    assert packet == form.packet(notice), "two packets of one notice"
    assert packet.form.startswith("https://"), "no form"
    assert packet.limit == case.adapter.spec.carries.urls, "another limit"
    values = "\n".join(step.value for step in packet.steps)
    carried = _carried(notice)
    for shown, words in carried.items():
        for each in words:
            wanted = shown in case.adapter.spec.discloses
            assert (each in values) is wanted, f"{shown}: not what the spec says"
    assert (notice.reference in values) is bool(case.adapter.spec.discloses), "our reference"
    told = f"{packet!r}{packet.steps!r}"
    hidden = [notice.reference, *(each for words in carried.values() for each in words)]
    assert not any(words in told for words in hidden), "shows what it holds"
    child = form.packet(replace(notice, depicted_minor=True))
    assert set(packet.never) < set(child.never), "says nothing of children"


DESK_RULES: Final = (
    Rule("M01_one_message_to_a_published_address", MAIL, one_message_to_a_published_address),
    Rule("M02_certainty_comes_from_the_dialogue", MAIL, certainty_comes_from_the_dialogue),
    Rule("M03_same_notice_same_message", MAIL, the_same_notice_gives_the_same_message),
    Rule("M04_what_follows_stands_in_the_thread", MAIL, what_follows_stands_in_the_thread),
    Rule("M05_no_header_can_be_broken", MAIL, no_header_can_be_broken),
    Rule("M06_no_mail_leaks", MAIL, no_mail_leaks),
    Rule("M07_cancelling_a_mail_is_clean", MAIL, cancelling_a_mail_is_clean),
    Rule("F01_no_machine_files_a_form", FORM, no_machine_files_a_form),
    Rule("F02_a_packet_is_whole_and_shows_nothing", FORM, a_packet_is_whole_and_shows_nothing),
)


def _found_desks(notice: Notice) -> set[str]:
    """Addresses that a registry published, as `resolve` put them into the parts."""
    parts = [part for item in notice.items for part in item.locator.parts.items()]
    return {value for name, value in parts if name.endswith("_email")}


def _said(spec: Spec) -> tuple[str, ...]:
    """The kinds of statements that its notices quote."""
    return ("rights",) if spec.rights_in else ("no_consent", "good_faith", "authority", "accuracy")


def _full(notice: Notice, kinds: Sequence[str]) -> Notice:
    """With something in every place, each unlike the others."""
    second = Item("r2", replace(notice.items[0].locator, url="https://canary.example/2"))
    return replace(
        notice,
        items=(*notice.items, second),
        statements=tuple(Statement(kind, f"Canary statement: {kind}.", "en") for kind in kinds),
        sender=Sender(
            name="Canary Centre",
            email="canary@centre.example",
            address="1 Canary Road",
            signatory="Canary Signatory",
            statuses=("Canary designation 7",),
        ),
    )


def _carried(notice: Notice) -> Mapping[Field, Sequence[str]]:
    """What of a notice an addressee may learn, by the name that its spec gives to it."""
    return {
        Field.URLS: [item.locator.url for item in notice.items],
        Field.STATEMENTS: [statement.words for statement in notice.statements],
        Field.CONTENT_CLASS: [notice.summary],
        Field.CENTRE_NAME: [notice.sender.name],
        Field.CENTRE_EMAIL: [notice.sender.email],
        Field.CENTRE_ADDRESS: [notice.sender.address],
        Field.SIGNATORY: [notice.sender.signatory],
        Field.AUTHORITY: notice.sender.statuses,
    }


async def _failure(adapter: Adapter, notice: Notice) -> PlatformError | None:
    """The platform error of a send, None when it succeeds. Anything else is the rule broken."""
    failure = None
    try:
        await adapter.send(notice, KEY)
    except PlatformError as error:
        failure = error
    except Exception as error:
        raise AssertionError(f"raised {type(error).__name__}") from error
    return failure
