"""Stories of lanes that let nothing through for a while: who is told why, until when, and who may
change it.
"""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from adapters.errors import Misconfigured, NotSent, Uncertain
from adapters.spec import MOST_PER_DAY, Purpose, Rate, Seen, Settle
from service.actions import platforms
from service.actions.due import lanes_with_work
from service.actions.queries import takedowns as takedown_queries
from service.domain.errors import Invalid
from service.domain.lanes import FAILURES_TO_STOP
from service.domain.world import lane_of
from service.store.unit import Store
from tests.flow.adapters import Site, unseen
from tests.flow.office import Office


async def shown(office: Office, site: Site) -> dict[str, Any]:
    """The platform's way out, as it is shown to people."""
    _, rows = await platforms.one(office.ctx, office.worker, site.name)
    (send,) = [row for row in rows if "/look/" not in row.id]
    return platforms.health(send, office.time())


async def test_a_centre_s_own_limit_for_a_day_holds_until_it_is_raised(store: Store) -> None:
    site = Site("desk", settings=(MOST_PER_DAY,), remind=None)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.platform(site.name, {"most_per_day": "2"}, {})
        case = await office.case()
        found = await office.take_in(case, *(site.url(str(n)) for n in range(6)))

        await office.work()

        assert site.calls == 2
        (lane,) = [row for row in await office.all("lanes") if row.full_until]
        health = await shown(office, site)
        assert (health["state"], health["because"]) == ("used_up", "daily_limit")
        assert health["not_before"] == lane.full_until > office.time() + timedelta(hours=24)
        assert (await office.todo())["daily_limit"] == [site.name]
        await office.later(minutes=20)  # polls and looks go on
        assert site.calls == 2
        assert site.looks > 0
        waiting = [t for t in found if "pending" in await answers(office, t)]
        row = await takedown_queries.one(office.ctx, office.worker, waiting[0])
        assert row["next_action_at"] < lane.full_until  # a look

        await office.platform(site.name, {"most_per_day": "5"}, {})
        await office.work()

        assert site.calls == 5
        await office.later(hours=25)
        assert site.calls == 6
        assert await office.states("notices") == {"sent": 6}
        assert "daily_limit" not in await office.todo()


async def answers(office: Office, takedown: Any) -> list[str]:
    return [r.state for r in await office.all("requests", takedown_id=takedown)]


async def test_the_lower_of_two_limits_counts(store: Store) -> None:
    rate = Rate(per_minute=float("inf"), in_flight=100, per_day=3)
    site = Site("desk", settings=(MOST_PER_DAY,))
    async with Office(store, adapters=(site.adapter,)) as office:
        office.specs[site.name] = dataclasses.replace(site.adapter.spec, lane=rate)
        await office.platform(site.name, {"most_per_day": "9"}, {})
        await office.take_in(await office.case(), *(site.url(str(n)) for n in range(6)))

        await office.work()

        assert site.calls == 3


@pytest.mark.parametrize("wrong", ["0", "-1", "2.5", "many", "1000000", " 3"])
async def test_a_limit_is_a_whole_number(store: Store, wrong: str) -> None:
    site = Site("desk", settings=(MOST_PER_DAY,))
    async with Office(store, adapters=(site.adapter,)) as office:
        with pytest.raises(Invalid):
            await office.platform(site.name, {"most_per_day": wrong}, {})


async def test_a_platform_that_does_not_answer_is_shown_as_down_and_comes_back(
    store: Store,
) -> None:
    site = Site("desk")
    for _ in range(FAILURES_TO_STOP):
        site.meet(NotSent("connect_refused"), taken=False)
    async with Office(store, adapters=(site.adapter,)) as office:
        found = await office.take_in(
            await office.case(), *(site.url(str(n)) for n in range(FAILURES_TO_STOP))
        )
        await office.work("send")

        health = await shown(office, site)
        assert (health["state"], health["because"]) == ("down", "no_answer")
        row = await takedown_queries.one(office.ctx, office.worker, found[0])
        assert row["next_action_at"] is not None
        assert "platform_down" not in await office.todo()
        assert "send" not in {kind for kind, _ in await lanes_with_work(office.ctx)}

        office.time.forward(hours=2)
        assert (await office.todo())["platform_down"] == [site.name]
        await office.work("send")

        assert (await shown(office, site))["state"] == "open"
        assert "platform_down" not in await office.todo()
        assert await office.states("notices") == {"sent": FAILURES_TO_STOP}
        assert len(await office.facts("lane_down")) == len(await office.facts("lane_up")) == 1


async def test_looks_leave_a_platform_alone_that_does_not_answer(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        urls = [site.url(str(n)) for n in range(30)]
        await office.take_in(await office.case(), *urls)
        await office.work("send")
        for url in urls:
            site.sights[url] = unseen("connect_timeout")
        rate = Rate(per_minute=float("inf"), in_flight=4)
        office.specs[site.name] = dataclasses.replace(site.adapter.spec, lane=rate)
        await office.later(minutes=1, work=False)
        await office.work("look")

        async def is_down() -> bool:
            return any(row.down_since for row in await office.all("lanes"))

        await office.until(is_down, within_s=60)
        assert FAILURES_TO_STOP <= site.looks <= FAILURES_TO_STOP + rate.in_flight
        (lane,) = [row for row in await office.all("lanes") if row.down_since]
        assert "/look/" in lane.id
        for url in urls:
            del site.sights[url]
        await office.later(hours=1, work=False)
        for _ in range(9):
            await office.work("look")

        async def all_seen() -> bool:
            return {t.seen for t in await office.all("takedowns")} == {Seen.UP}

        await office.until(all_seen, within_s=60)


async def test_a_lane_that_was_full_goes_on_when_its_calls_end_and_waits_for_no_sweep(
    store: Store,
) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        rate = Rate(per_minute=float("inf"), in_flight=4)
        office.specs[site.name] = dataclasses.replace(site.adapter.spec, lane=rate)
        await office.take_in(await office.case(), *(site.url(str(n)) for n in range(20)))

        office.jobs.ring("send", lane_of(site.name, office.organisation))

        async def all_sent() -> bool:
            return await office.states("notices") == {"sent": 20}

        await office.until(all_sent, within_s=60)


async def test_a_platform_that_is_switched_off_is_not_contacted_and_then_goes_on(
    store: Store,
) -> None:
    """Neither a message nor a question, a look or a lookup: whoever switches it off means all."""
    site = Site("desk", settle=Settle.LOOK_UP)
    async with Office(store, adapters=(site.adapter,)) as office:
        case = await office.case()
        await office.take_in(case, site.url("asked"))
        await office.work()
        site.meet(Uncertain("read_timeout"), taken=False)
        await office.take_in(case, site.url("doubtful"))
        await office.work("send")
        await office.take_in(case, site.url("due"))
        site.short = NotSent("http_500")
        (short,) = await office.take_in(case, site.url("short"))
        site.short = None
        before = (site.calls, site.polls, site.looks, site.resolves)

        await office.switch(site.name, on=False)
        for hours in (0, 1, 24):
            await office.later(hours=hours)

        assert (site.calls, site.polls, site.looks, site.resolves) == before
        assert (await shown(office, site))["state"] == "switched_off"
        assert await office.state("takedowns", short) == "resolving"
        await office.switch(site.name, on=True)
        await office.later(minutes=30)
        await office.later(minutes=5)  # what was doubtful did not arrive
        assert await office.states("requests") == {"asked": 4}
        assert await office.state("takedowns", short) == "open"
        assert (site.polls > before[1], site.looks > before[2]) == (True, True)


async def test_a_question_that_meets_a_401_closes_the_lane_and_looks_go_on(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"), site.url("b"))
        await office.work()
        looks = site.looks
        for message in site.messages:
            site.answers[message.notice.reference] = Misconfigured("http_401")
        office.specs[site.name] = dataclasses.replace(
            site.adapter.spec, lane=Rate(per_minute=float("inf"), in_flight=1)
        )

        await office.later(hours=1)
        await office.later(hours=25)

        assert site.polls == 1
        assert (await office.todo())["lane_closed"] == [site.name]
        assert site.looks > looks
        assert site.sent(Purpose.REMINDER) == []


async def test_a_credential_that_was_refused_once_is_not_used_again(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        one_at_a_time = Rate(per_minute=float("inf"), in_flight=1)
        office.specs[site.name] = dataclasses.replace(site.adapter.spec, lane=one_at_a_time)
        site.meet(Misconfigured("http_401"), taken=False)
        await office.take_in(await office.case(), *(site.url(str(n)) for n in range(3)))

        await office.work("send")
        await office.later(hours=1, work=False)
        await office.work("send")

        assert site.calls == 1
        assert await office.states("notices") == {"due": 3}
        assert (await office.todo())["lane_closed"] == [site.name]
