"""Addresses that only the network can explain, and what they lead to."""

from __future__ import annotations

from adapters.errors import NotSent, WrongAddressee
from adapters.spec import Seen
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office

ELSEWHERE = WrongAddressee("short_link_elsewhere")


async def test_one_that_leads_away_from_its_platform_waits_for_a_person(store: Store) -> None:
    site = Site("desk")
    site.short = ELSEWHERE
    async with Office(store, adapters=(site.adapter,)) as office:
        (takedown,) = await office.take_in(await office.case(), site.url("a"))
        await office.work()

        assert (await office.todo())["no_addressee"] == [str(takedown)]
        row = await office.one("takedowns")
        assert (row.state, row.platform) == ("open", None)
        await office.days(2)
        assert (site.resolves, site.calls, site.looks) == (1, 0, 0)
        again = await office.hand_in(await office.case(), site.url("a"))
        assert [(r.status, r.takedown_id) for r in again] == [("repeated", takedown)]
        await office.see(takedown, Seen.GONE)
        assert await office.state("takedowns", takedown) == "gone"


async def test_one_that_leads_away_is_held_like_any_other(store: Store) -> None:
    site = Site("desk")
    site.short = ELSEWHERE
    async with Office(store, adapters=(site.adapter,)) as office:
        case = await office.case(mandate={"kind": "self"}, consent=[])
        await office.take_in(case, site.url("a"))
        await office.work()

        assert await office.states("takedowns") == {"held": 1}
        assert "no_addressee" not in await office.todo()


async def test_one_that_cannot_be_read_is_tried_again(store: Store) -> None:
    site = Site("desk")
    site.short = NotSent("short_link_unreadable")
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        await office.work()
        assert await office.states("takedowns") == {"resolving": 1}

        site.short = None
        await office.later(minutes=5)
        await office.work()

        assert await office.states("requests") == {"asked": 1}
