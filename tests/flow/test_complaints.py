"""They refuse, or say removed of what is still there: one complaint, beside whoever is next."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from adapters.spec import IN_THREAD, AnswerKind, Purpose, Seen, Settle
from service.actions.holding import NewHold
from service.domain.wording import ENGLISH
from service.store.unit import Store
from tests.flow.adapters import GONE, Site
from tests.flow.office import Office

MAY: dict[str, Any] = {
    "purposes": IN_THREAD | {Purpose.COMPLAINT}, "settle": Settle.RECEIPT, "urls": 10,
}  # fmt: skip
SOON = {"undo": timedelta(minutes=5)}


@pytest.fixture
def desk() -> Site:
    return Site("desk", **MAY)


@pytest.fixture
async def office(store: Store, desk: Site) -> AsyncIterator[Office]:
    host = Site("hosting", stands_behind=("desk",))
    async with Office(store, adapters=(desk.adapter, host.adapter), pace=SOON) as office:
        yield office


async def asked(office: Office, *urls: str) -> Any:
    """All of them are asked in one message."""
    await office.take_in(await office.case(), *urls)
    await office.later(minutes=6)
    return await office.one("notices", addressee="desk", purpose="first")


async def test_a_refusal_is_complained_of_once_beside_the_next_rung(
    office: Office, desk: Site
) -> None:
    notice = await asked(office, desk.url("a"), desk.url("b"))
    await office.answer(notice, AnswerKind.REFUSED)
    assert {r.addressee for r in await office.all("requests")} == {"desk", "hosting"}
    await office.later(minutes=6)

    (message,) = desk.sent(Purpose.COMPLAINT)
    assert set(message.urls) == {desk.url("a"), desk.url("b")}
    assert "review that decision" in message.notice.text
    assert "Article 20" not in message.notice.text  # nobody of the case is in the EEA
    assert message.notice.thread == (notice.reference,)
    await office.answer(notice, AnswerKind.IN_REVIEW)
    await office.answer(notice, AnswerKind.REFUSED)
    await office.days(3)
    assert len(desk.sent(Purpose.COMPLAINT)) == 1


async def test_a_false_removal_is_complained_of_in_its_own_words(
    office: Office, desk: Site
) -> None:
    notice = await asked(office, desk.url("a"))
    await office.answer(notice, AnswerKind.SAYS_REMOVED)
    await office.later(minutes=30)
    await office.later(minutes=6)

    (message,) = desk.sent(Purpose.COMPLAINT)
    assert ENGLISH.still_up.format(s="") in message.notice.text
    assert "review that decision" not in message.notice.text


async def test_what_went_meanwhile_is_not_complained_of(office: Office, desk: Site) -> None:
    notice = await asked(office, desk.url("a"), desk.url("b"))
    await office.answer(notice, AnswerKind.REFUSED)
    desk.sights[desk.url("a")] = GONE
    for takedown in await office.all("takedowns"):
        await office.see(takedown.id, Seen.UP)
    await office.later(minutes=1)
    await office.work("look")
    await office.later(minutes=6)

    gone = [t for t in await office.all("takedowns") if t.state == "gone"]
    assert len(gone) == 1
    (message,) = desk.sent(Purpose.COMPLAINT)
    assert message.urls == (desk.url("b"),)


async def test_one_that_a_hold_took_back_is_made_again_when_it_ends(
    office: Office, desk: Site
) -> None:
    notice = await asked(office, desk.url("a"))
    await office.answer(notice, AnswerKind.REFUSED)
    takedown = (await office.one("takedowns")).id
    await office.hold(takedown, NewHold("safety"))
    await office.later(hours=1)
    assert desk.sent(Purpose.COMPLAINT) == []

    await office.release(takedown, "safety")
    await office.later(minutes=6)

    assert len(desk.sent(Purpose.COMPLAINT)) == 1


async def test_the_law_is_named_where_it_can_apply(store: Store, desk: Site) -> None:
    async with Office(store, adapters=(desk.adapter,)) as office:
        case = await office.case(jurisdictions=["DE"])
        await office.take_in(case, desk.url("a"))
        await office.work()
        await office.answer(await office.one("notices"), AnswerKind.REFUSED)
        await office.work()

        (message,) = desk.sent(Purpose.COMPLAINT)
        assert "Where Article 20 of Regulation (EU) 2022/2065 applies to you" in message.notice.text


async def test_where_a_complaint_cannot_be_made_none_is(store: Store) -> None:
    deaf = Site("deaf", purposes=IN_THREAD)
    async with Office(store, adapters=(deaf.adapter,)) as office:
        await office.take_in(await office.case(), deaf.url("a"))
        await office.work()
        await office.answer(await office.one("notices"), AnswerKind.REFUSED)
        await office.days(2)

        assert not await office.all("notices", purpose="complaint")
