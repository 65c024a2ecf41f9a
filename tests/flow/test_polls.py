"""Asking what became of a report: only where there is something to ask by, and nothing of that kind
keeps others from being asked about.
"""

from __future__ import annotations

import asyncio

import pytest

from adapters.errors import AlreadyReported, Uncertain
from adapters.spec import Answer, AnswerKind, Rate, Scope, Settle
from service.store.unit import Store
from tests.flow.adapters import Gate, Site
from tests.flow.office import Office

IN_FLIGHT = 4
NARROW = Rate(per_minute=float("inf"), in_flight=IN_FLIGHT)


@pytest.mark.parametrize("settled", ["doubtful", "unconfirmed", "due"])
async def test_what_a_person_says_arrived_keeps_no_other_from_being_asked_about(
    store: Store, settled: str
) -> None:
    site = Site("desk", lane=NARROW)
    for _ in range(IN_FLIGHT):
        site.meet(Uncertain("read_timeout"), taken=True)
    async with Office(store, adapters=(site.adapter,)) as office:
        office.specs[site.name] = site.adapter.spec
        case = await office.case()
        await office.take_in(case, *(site.url(str(n)) for n in range(IN_FLIGHT)))
        await office.work("send")
        if settled == "unconfirmed":
            await office.later(hours=25, work=False)
            await office.work("none")
        for notice in await office.all("notices", purpose="first"):
            if settled == "due":
                await office.decide(notice, "not_sent")
            assert (await office.decide(notice, "sent")).state == "sent"
        await office.take_in(case, site.url("another"))
        await office.work("send")

        await office.later(hours=1)

        assert site.polls > 0
        (asked,) = await office.all("notices", purpose="first", polls=1)
        assert len(await office.carried(asked)) == 1
        others = [n for n in await office.all("notices", purpose="first") if n.id != asked.id]
        assert [n.poll_at for n in others] == [None] * IN_FLIGHT


async def test_an_answer_at_once_that_names_no_report_is_not_asked_about(store: Store) -> None:
    site = Site("desk")
    site.meet(AlreadyReported("duplicate"), taken=False)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        await office.work()

        await office.later(days=1)

        assert (await office.one("requests")).state == "already_reported"
        assert site.polls == 0
        assert (await office.one("notices")).poll_at is None


async def test_a_receipt_that_came_too_late_for_its_attempt_still_says_what_to_ask_by(
    store: Store,
) -> None:
    site, gate = Site("desk", settle=Settle.NOBODY), Gate()
    site.meet(None, taken=True, gate=gate)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        notice = await office.one("notices")
        sending = asyncio.create_task(office.jobs.run("send", notice.lane))
        await gate.entered.wait()
        await office.later(seconds=91, work=False)
        await office.work("none")
        await office.decide(notice, "not_sent")
        gate.opened.set()
        await sending
        assert await office.state("notices", notice.id) == "sent"
        assert (await office.one("attempts")).state == "not_sent"  # a person's word stands

        site.says(site.messages[0], Answer(Scope.ALL, AnswerKind.REFUSED))
        await office.later(hours=1)

        assert site.polls > 0
        assert (await office.one("requests")).state == "refused"
        assert len(site.messages) == 1
