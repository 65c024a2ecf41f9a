"""How far apart messages are to one desk, and what one message may say of several things."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from adapters.spec import IN_THREAD, AnswerKind, ContentClass, Every, Purpose, Seen
from service.actions import writing
from service.actions.accept_items import Line
from service.actions.holding import NewHold
from service.domain.wording import Template
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office

LATER: Final = {"undo": timedelta(minutes=5)}


async def test_a_reminder_waits_its_time_from_our_answer_to_their_question(store: Store) -> None:
    site = Site("desk", purposes=IN_THREAD, remind=Every(hours=72))
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        await office.work()
        await office.answer(await office.one("notices"), AnswerKind.NEEDS_INFO)
        await office.days(4)

        request = await office.one("requests")
        await writing.reply(
            office.ctx, office.worker, request.id, (Template.NO_IDENTITY_DOCUMENT,), ""
        )
        await office.work()

        assert len(site.sent(Purpose.REPLY)) == 1
        await office.later(hours=71)
        assert site.sent(Purpose.REMINDER) == []
        await office.later(hours=2)
        assert len(site.sent(Purpose.REMINDER)) == 1


async def test_who_takes_over_reminds_no_sooner_than_the_one_before(store: Store) -> None:
    site = Site("desk", remind=Every(hours=24))
    async with Office(store, adapters=(site.adapter,)) as office:
        (mine,) = await office.take_in(await office.case("ref-1"), site.url("a"))
        await office.take_in(await office.case("ref-2"), site.url("a"))
        await office.work()
        await office.later(hours=24, minutes=1)
        assert len(site.sent(Purpose.REMINDER)) == 1

        await office.hold(mine, NewHold("disputed"))
        await office.later(hours=23)

        assert len(site.sent(Purpose.REMINDER)) == 1
        await office.later(hours=1)
        assert len(site.sent(Purpose.REMINDER)) == 2
        assert await office.states("requests") == {"asked": 2}


async def test_a_message_speaks_of_one_class_though_the_second_came_in_another_call(
    store: Store,
) -> None:
    site = Site("desk", urls=10)
    async with Office(store, adapters=(site.adapter,), pace=LATER) as office:
        case = await office.case()
        await office.take_in(case, Line(site.url("a"), content_class=ContentClass.NCII))
        await office.later(minutes=1)
        other = Line(site.url("b"), content_class=ContentClass.PERSONAL_DETAILS)
        await office.take_in(case, other)
        await office.later(minutes=1)
        await office.take_in(case, Line(site.url("c"), content_class=ContentClass.NCII))

        await office.later(minutes=12)

        said = {tuple(i.locator.url for i in m.notice.items) for m in site.messages}
        assert said == {(site.url("a"), site.url("c")), (site.url("b"),)}


async def test_a_second_complaint_joins_the_first_on_the_same_ground(store: Store) -> None:
    site = Site("desk", urls=10, purposes=IN_THREAD | {Purpose.COMPLAINT})
    async with Office(store, adapters=(site.adapter,), pace=LATER) as office:
        a, b = await office.take_in(await office.case(), site.url("a"), site.url("b"))
        await office.later(minutes=6)
        await office.answer(await office.one("notices"), AnswerKind.SAYS_REMOVED)
        await office.later(minutes=1, work=False)

        await office.see(a, Seen.UP)
        await office.see(b, Seen.UP)
        await office.later(minutes=12)

        (complaint,) = site.sent(Purpose.COMPLAINT)
        assert len(complaint.notice.items) == 2


async def test_who_follows_asks_no_desk_again_that_it_did_not_reach(store: Store) -> None:
    desk, host = Site("desk"), Site("hosting", stands_behind=("desk",))
    async with Office(store, adapters=(desk.adapter, host.adapter)) as office:
        (mine,) = await office.take_in(await office.case("ref-1"), desk.url("a"))
        (theirs,) = await office.take_in(await office.case("ref-2"), desk.url("a"))
        await office.work()
        first = await office.one("notices")
        await office.hold(mine, NewHold("disputed"))  # the other case goes on with what was asked
        while not await office.all("requests", addressee="hosting"):
            await office.days(1)  # silence leads to the host, for the other
        at_host = await office.one("requests", takedown_id=theirs, addressee="hosting")
        assert at_host.state == "asked"
        (notice,) = await office.all("notices", addressee="hosting", purpose="first")
        await office.decide(notice, "bounced")
        assert (await office.one("requests", id=at_host.id)).state == "not_reached"

        await office.answer(first, AnswerKind.REFUSED)
        await office.work()

        asked = await office.all("requests", takedown_id=theirs, addressee="hosting")
        assert [r.state for r in asked] == ["not_reached"]
        assert len(host.sent()) == 1
