"""Stories of platforms that tell us to wait: believed for a day, put before a person beyond it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from adapters.errors import Throttled
from service.store.unit import Store
from tests.flow.adapters import Gate, Site
from tests.flow.office import Office

Meeting = Callable[[Office, Site, datetime], Awaitable[Callable[[], int]]]
"""Meets a 429 in one kind of work. Returns how many calls of that kind there were."""


async def test_a_platform_that_one_organisation_must_wait_for_is_looked_at_by_the_others(
    store: Store,
) -> None:
    site = Site("desk")
    async with (
        Office(store, adapters=(site.adapter,), name="Another Centre") as theirs,
        Office(store, adapters=(site.adapter,)) as ours,
    ):
        site.sights[site.url("a")] = Throttled("http_429", ours.time() + timedelta(hours=1))
        await theirs.take_in(await theirs.case(), site.url("a"))
        await theirs.work("look")
        (takedown,) = await ours.take_in(await ours.case(), site.url("b"))

        await ours.work("look")

        assert (await ours.one("takedowns", id=takedown)).saw == "up"
        assert site.looks == 2


async def test_setting_a_platform_up_anew_ends_every_wait_for_it(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        site.sights[site.url("a")] = Throttled("http_429", office.time() + timedelta(hours=20))
        await office.take_in(await office.case(), site.url("a"))
        await office.work("look")
        await office.later(hours=1)
        assert site.looks == 1

        site.sights.clear()
        await office.platform("desk", {}, {})
        await office.work("look")

        assert site.looks == 2
        assert {lane.not_before for lane in await office.all("lanes")} == {None}


async def meet_a_look(office: Office, site: Site, until: datetime) -> Callable[[], int]:
    site.sights[site.url("a")] = Throttled("http_429", until)
    await office.take_in(await office.case(), site.url("a"))
    await office.work("look")
    site.sights.clear()
    return lambda: site.looks


async def meet_a_send(office: Office, site: Site, until: datetime) -> Callable[[], int]:
    site.meet(Throttled("http_429", until), taken=False)
    await office.take_in(await office.case(), site.url("a"))
    await office.work("send")
    return lambda: site.calls


async def meet_a_poll(office: Office, site: Site, until: datetime) -> Callable[[], int]:
    await office.take_in(await office.case(), site.url("a"))
    await office.work("send")
    site.answers[site.messages[0].notice.reference] = Throttled("http_429", until)
    await office.later(minutes=1, work=False)
    await office.work("poll")
    site.answers.clear()
    return lambda: site.polls


async def meet_a_resolve(office: Office, site: Site, until: datetime) -> Callable[[], int]:
    site.short = Throttled("http_429", until)
    await office.take_in(await office.case(), site.url("a"))
    await office.work("resolve")
    site.short = None
    return lambda: site.resolves


MEETINGS = (meet_a_look, meet_a_send, meet_a_poll, meet_a_resolve)


@pytest.mark.parametrize("meet", MEETINGS)
async def test_a_wait_beyond_belief_closes_the_lane_until_a_person_opens_it(
    store: Store, meet: Meeting
) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        calls = await meet(office, site, datetime.max.replace(tzinfo=UTC))
        assert calls() == 1
        assert (await office.todo())["lane_closed"] == ["desk"]
        assert [f.reason for f in await office.facts("lane_closed")] == ["wait_too_long"]
        (closed,) = [lane for lane in await office.all("lanes") if lane.closed_because]
        assert closed.not_before.year == 9999  # what was demanded is on record

        await office.days(3)
        assert calls() == 1

        await office.platform("desk", {}, {})
        await office.work()
        assert calls() > 1
        assert "lane_closed" not in await office.todo()


@pytest.mark.parametrize("meet", MEETINGS)
async def test_a_wait_of_a_day_is_kept_to_its_end_and_closes_nothing(
    store: Store, meet: Meeting
) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        until = office.time() + timedelta(hours=23)
        calls = await meet(office, site, until)
        assert "lane_closed" not in await office.todo()

        office.time.ahead += until - office.time() - timedelta(minutes=1)
        await office.work()
        assert calls() == 1

        await office.later(minutes=2)
        assert calls() > 1


async def test_a_shorter_wait_that_is_told_later_does_not_end_a_longer_one(store: Store) -> None:
    site, gate = Site("desk"), Gate()
    async with Office(store, adapters=(site.adapter,)) as office:
        now = office.time()
        site.meet(Throttled("http_429", now + timedelta(hours=1)), taken=False)
        site.meet(Throttled("http_429", now + timedelta(minutes=1)), taken=False, gate=gate)
        await office.take_in(await office.case(), site.url("a"), site.url("b"))
        lane = (await office.all("notices"))[0].lane
        sending = asyncio.create_task(office.jobs.run("send", lane))
        await gate.entered.wait()

        async def told() -> bool:
            return any(row.not_before for row in await office.all("lanes"))

        await office.until(told)
        gate.opened.set()
        await sending

        await office.later(minutes=30)
        assert site.calls == 2
        await office.later(minutes=31)
        assert site.calls == 4
