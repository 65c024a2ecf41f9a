"""They ask us something: what we answer, what we never send, and whose silence it is meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.errors import NotSent
from adapters.spec import IN_THREAD, AnswerKind, Channel, Purpose, Settle
from service.actions import writing
from service.actions.context import Caller
from service.actions.holding import NewHold
from service.actions.queries import notices, timeline
from service.domain.errors import Conflict, NotFound
from service.domain.states import Actor
from service.domain.wording import ENGLISH, Template
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office

NO_CARD = Template.NO_IDENTITY_DOCUMENT


@pytest.fixture
def desk() -> Site:
    """A mail desk: a further message joins the thread."""
    return Site("desk", purposes=IN_THREAD, settle=Settle.RECEIPT)


@pytest.fixture
async def office(store: Store, desk: Site) -> AsyncIterator[Office]:
    async with Office(store, adapters=(desk.adapter,)) as office:
        yield office


async def asked_back(office: Office, site: Site) -> tuple[UUID, UUID]:
    """A takedown and its request, about which they ask for an identity card."""
    (takedown,) = await office.take_in(await office.case(), site.url("a"))
    await office.work()
    notice = await office.one("notices", purpose="first")
    await office.answer(notice, AnswerKind.NEEDS_INFO)
    request = await office.one("requests")
    assert request.state == "needs_info"
    return takedown, request.id


async def reply(office: Office, request: UUID, *templates: Template, words: str = "") -> Any:
    return await writing.reply(office.ctx, office.worker, request, templates, words)


async def test_19_a_card_is_refused_and_their_silence_counts_only_from_our_answer(
    office: Office, desk: Site
) -> None:
    takedown, request = await asked_back(office, desk)
    assert (await office.todo())["needs_info"] == [str(request)]
    await office.days(20)
    assert await office.states("requests") == {"needs_info": 1}, "our silence is not theirs"
    assert not await office.all("clocks", kind="own_answer", state="passed")

    told = await reply(office, request, NO_CARD, words="Ask for me by telephone.")
    assert told["state"] == "due"
    assert "needs_info" not in await office.todo()
    await office.work()

    (message,) = desk.sent(Purpose.REPLY)
    assert ENGLISH.replies[NO_CARD] in message.notice.text
    assert "Ask for me by telephone." in message.notice.text
    assert desk.url("a") in message.notice.text
    assert message.notice.thread == (desk.messages[0].notice.reference,)
    assert await office.states("requests") == {"asked": 1}
    lines = await timeline.page(office.ctx, office.worker, takedown, 100, None, words=True)
    assert "We answered the question of Desk." in str(lines)
    await office.days(20)
    assert await office.states("requests") == {"no_answer": 1}


async def test_what_they_ask_is_answered_once(office: Office, desk: Site) -> None:
    _, request = await asked_back(office, desk)
    first = await reply(office, request, NO_CARD)

    with pytest.raises(Conflict):
        await reply(office, request, NO_CARD)
    await office.decide(await office.one("notices", id=first["notice_id"]), "cancel")
    assert (await office.todo())["needs_info"] == [str(request)]
    await reply(office, request, words="Yes.")
    await office.work()

    assert len(desk.sent(Purpose.REPLY)) == 1
    with pytest.raises(Conflict):
        await reply(office, request, NO_CARD)


async def test_an_answer_that_did_not_leave_has_answered_nothing(
    office: Office, desk: Site
) -> None:
    _, request = await asked_back(office, desk)
    await reply(office, request, NO_CARD)
    desk.meet(NotSent("connect_refused"), taken=False)
    await office.work()
    assert await office.states("requests") == {"needs_info": 1}

    await office.later(hours=1)

    assert len(desk.sent(Purpose.REPLY)) == 1
    assert await office.states("requests") == {"asked": 1}


async def test_nothing_is_answered_about_what_is_held_or_another_s(
    office: Office, desk: Site
) -> None:
    takedown, request = await asked_back(office, desk)
    await office.hold(takedown, NewHold("disputed", detail={"words": "it is theirs"}))
    with pytest.raises(Conflict):
        await reply(office, request, NO_CARD)
    stranger = Caller(uuid4(), None, Actor.CASE_WORKER)
    with pytest.raises(NotFound):
        await writing.reply(office.ctx, stranger, request, (NO_CARD,), "")

    assert not await office.all("notices", purpose="reply")


async def test_held_while_it_waits_it_does_not_leave(office: Office, desk: Site) -> None:
    takedown, request = await asked_back(office, desk)
    await reply(office, request, NO_CARD)
    await office.hold(takedown, NewHold("disputed", detail={"words": "it is theirs"}))
    await office.later(minutes=10)

    assert desk.sent(Purpose.REPLY) == []


async def test_where_no_machine_can_answer_a_person_passes_it_on(store: Store) -> None:
    site = Site("form", channel=Channel.API)
    async with Office(store, adapters=(site.adapter,)) as office:
        _, request = await asked_back(office, site)
        told = await reply(office, request, NO_CARD, words="By telephone, please.")
        assert (told["state"], told["due_at"]) == ("by_hand", None)
        assert (await office.todo())["by_hand"] == [str(told["notice_id"])]
        shown = await notices.notice(office.ctx, office.worker, told["notice_id"])
        assert ENGLISH.replies[NO_CARD] in shown["text"]
        assert "By telephone, please." in shown["text"]

        await office.file(await office.one("notices", purpose="reply"))

        assert await office.states("requests") == {"asked": 1}
        kept = await notices.notice(office.ctx, office.worker, told["notice_id"])
        assert kept["text"] == shown["text"]
        assert len(site.messages) == 1


async def test_the_undo_time_is_kept(store: Store, desk: Site) -> None:
    undo = {"undo": timedelta(minutes=5)}
    async with Office(store, adapters=(desk.adapter,), pace=undo) as office:
        (_,) = await office.take_in(await office.case(), desk.url("a"))
        await office.later(minutes=6)
        await office.answer(await office.one("notices"), AnswerKind.NEEDS_INFO)
        await reply(office, (await office.one("requests")).id, NO_CARD)
        await office.later(minutes=4)
        assert desk.sent(Purpose.REPLY) == []
        await office.later(minutes=2)
        assert len(desk.sent(Purpose.REPLY)) == 1
