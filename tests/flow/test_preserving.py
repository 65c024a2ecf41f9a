"""They are asked to keep what they hold for the authorities, also about what is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from adapters.errors import NotSent
from adapters.spec import IN_THREAD, AnswerKind, Purpose, Seen, Settle
from service.actions import writing
from service.actions.holding import NewHold
from service.actions.queries import timeline
from service.domain.errors import Conflict, NotFound
from service.domain.wording import ENGLISH
from service.store.unit import Store
from tests.flow.adapters import GONE, Gate, Site, a_form
from tests.flow.office import STATEMENTS, Office

SOON = ENGLISH.ask[Purpose.PRESERVE].format(s="")


@pytest.fixture
def desk() -> Site:
    return Site("desk", purposes=IN_THREAD, settle=Settle.RECEIPT)


@pytest.fixture
async def office(store: Store, desk: Site) -> AsyncIterator[Office]:
    async with Office(store, adapters=(desk.adapter, a_form("form"))) as office:
        yield office


async def asked(office: Office, desk: Site) -> tuple[UUID, UUID]:
    """A takedown and its request."""
    (takedown,) = await office.take_in(await office.case(), desk.url("a"))
    await office.work()
    return takedown, (await office.one("requests")).id


async def preserve(office: Office, request: UUID) -> Any:
    return await writing.preserve(office.ctx, office.worker, request)


async def test_it_goes_out_in_the_thread_and_asks_for_nothing_else(
    office: Office, desk: Site
) -> None:
    takedown, request = await asked(office, desk)
    clocks = await office.all("clocks")

    told = await preserve(office, request)
    assert told["state"] == "due"
    await office.work()

    (message,) = desk.sent(Purpose.PRESERVE)
    assert SOON in message.notice.text
    assert desk.url("a") in message.notice.text
    assert STATEMENTS[0]["words"] not in message.notice.text
    assert message.notice.thread == (desk.messages[0].notice.reference,)
    assert (await office.one("requests")).state == "asked"
    assert await office.all("clocks") == clocks
    lines = await timeline.page(office.ctx, office.worker, takedown, 100, None, words=True)
    assert "keep it" in str(lines)
    with pytest.raises(Conflict):
        await preserve(office, request)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("said", [True, False])
async def test_it_goes_out_about_what_is_gone_too(
    office: Office, desk: Site, when: str, said: bool
) -> None:
    takedown, request = await asked(office, desk)
    if when == "before":
        await preserve(office, request)
    if said:
        await office.answer(await office.one("notices", purpose="first"), AnswerKind.SAYS_REMOVED)
    await office.see(takedown, Seen.GONE)
    if when == "after":
        await preserve(office, request)
    await office.work()

    assert len(desk.sent(Purpose.PRESERVE)) == 1
    assert (await office.one("takedowns")).state == "gone"


@pytest.mark.parametrize("seen", [Seen.UP, Seen.GONE])
async def test_a_hold_delays_it_and_loses_nothing(office: Office, desk: Site, seen: Seen) -> None:
    takedown, request = await asked(office, desk)
    if seen is Seen.GONE:
        desk.sights[desk.url("a")] = GONE
        await office.see(takedown, seen)
    told = await preserve(office, request)
    await office.hold(takedown, NewHold("safety"))
    await office.later(hours=3)

    assert desk.sent(Purpose.PRESERVE) == []
    with pytest.raises(Conflict):
        await preserve(office, request)

    await office.release(takedown, "safety")
    await office.later(minutes=11)

    assert len(desk.sent(Purpose.PRESERVE)) == 1
    assert await office.state("notices", told["notice_id"]) == "sent"
    assert (await office.one("takedowns")).state == ("gone" if seen is Seen.GONE else "open")


async def test_it_is_not_asked_for_while_it_is_held(office: Office, desk: Site) -> None:
    takedown, request = await asked(office, desk)
    await office.hold(takedown, NewHold("safety"))

    with pytest.raises(Conflict):
        await preserve(office, request)

    assert not await office.all("notices", purpose="preserve")


async def test_what_is_withdrawn_while_it_rests_is_not_asked_for(
    office: Office, desk: Site
) -> None:
    takedown, request = await asked(office, desk)
    told = await preserve(office, request)
    await office.hold(takedown, NewHold("safety"))

    await office.withdraw(takedown, "consent")
    await office.later(minutes=11)

    assert desk.sent(Purpose.PRESERVE) == []
    assert await office.state("notices", told["notice_id"]) == "cancelled"


async def test_a_packet_that_rests_waits_for_nobody_until_the_hold_ends(store: Store) -> None:
    site = Site("desk")  # it takes no such message by machine
    async with Office(store, adapters=(site.adapter,)) as office:
        takedown, request = await asked(office, site)
        told = await preserve(office, request)
        assert (await office.todo())["by_hand"] == [str(told["notice_id"])]

        await office.hold(takedown, NewHold("safety"))
        assert "by_hand" not in await office.todo()

        await office.release(takedown, "safety")
        assert (await office.todo())["by_hand"] == [str(told["notice_id"])]


@pytest.mark.parametrize("held", [True, False])
async def test_a_packet_that_was_not_filed_after_all_is_still_to_be_filed(
    store: Store, held: bool
) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        takedown, request = await asked(office, site)
        packet = await office.one("notices", id=(await preserve(office, request))["notice_id"])
        await office.file(packet)
        if held:
            await office.hold(takedown, NewHold("safety"))

        assert (await office.decide(packet, "not_filed")).state == "by_hand"

        if held:
            await office.release(takedown, "safety")
        assert (await office.todo())["by_hand"] == [str(packet.id)]
        assert (await office.file(packet)).state == "sent"


@pytest.mark.parametrize("in_time", [True, False])
async def test_what_did_not_leave_before_the_hold_leaves_behind_it(
    office: Office, desk: Site, in_time: bool
) -> None:
    takedown, request = await asked(office, desk)
    await preserve(office, request)
    gate = Gate()
    desk.meet(NotSent("connect_refused"), taken=False, gate=gate)
    sending = asyncio.create_task(office.work("send"))
    await gate.entered.wait()
    if in_time:
        await office.hold(takedown, NewHold("safety"))
    gate.opened.set()
    await sending
    if not in_time:
        await office.hold(takedown, NewHold("safety"))
    await office.later(hours=3)
    assert desk.sent(Purpose.PRESERVE) == []

    await office.release(takedown, "safety")
    await office.later(minutes=11)

    assert len(desk.sent(Purpose.PRESERVE)) == 1


async def test_who_was_not_asked_is_asked_for_nothing(office: Office, desk: Site) -> None:
    await office.take_in(await office.case(), desk.url("a"))
    request = (await office.one("requests")).id

    with pytest.raises(Conflict):
        await preserve(office, request)
    with pytest.raises(NotFound):
        await preserve(office, UUID(int=7))


async def test_what_bounced_is_asked_anew_though_it_is_to_be_kept(
    office: Office, desk: Site
) -> None:
    _, request = await asked(office, desk)
    await preserve(office, request)
    first = await office.one("notices", purpose="first")
    assert (await office.decide(first, "bounced")).status == "done"
    assert (await office.one("requests")).state == "not_reached"
    with pytest.raises(Conflict):
        await preserve(office, request)

    assert (await office.decide(first, "retry")).status == "done"
    await office.work()

    assert len(desk.sent(Purpose.FIRST)) == 2
    assert (await office.one("requests")).state == "asked"
