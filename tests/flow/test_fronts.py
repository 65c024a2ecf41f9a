"""A network stands before a site and hides who hosts it: it is asked first."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from adapters.base import Adapter
from adapters.errors import NotSent, Refused, WrongAddressee
from adapters.spec import AnswerKind, Carries, Channel, Kind, Locator, Secret, Seen, Url
from service.actions.holding import NewHold
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office

NETWORK = "network"
ADDRESS = "https://far.example/p/1"
DESK = {"host_email": "abuse@network.example", "host_name": "The network's own desk"}


class Sites(Site):
    """Every site there is. `parts`: what is found out about one."""

    def __init__(self) -> None:
        super().__init__("sites")
        self.parts: dict[str, str] = {"network": NETWORK, **DESK}
        sites, plain = self, self.adapter

        class AnySite(plain):  # type: ignore[valid-type, misc]
            def match(self, url: Url) -> Locator | None:
                return Locator(sites.name, Kind.POST, str(url), str(url), final=False)

            async def resolve(self, locator: Locator) -> Locator:
                found = await super().resolve(locator)
                return locator if locator.final else dataclasses.replace(found, parts=sites.parts)

        self.adapter = AnySite


def front(**spec: Any) -> Site:
    return Site("front", fronts=(NETWORK,), hosts=(), **spec)


def a_registrar(site: Site) -> type[Adapter]:
    spec = dataclasses.replace(site.adapter.spec, stands_behind=("sites",))
    return type("Registrar", (site.adapter,), {"spec": spec})


@pytest.fixture
def sites() -> Sites:
    return Sites()


async def test_who_stands_before_a_site_is_asked_first(store: Store, sites: Sites) -> None:
    before, registrar = front(), Site("registrar")
    adapters = (before.adapter, sites.adapter, a_registrar(registrar))
    async with Office(store, adapters=adapters) as office:
        (takedown,) = await office.take_in(await office.case(), ADDRESS)
        await office.work()

        (row,) = await office.all("takedowns", id=takedown)
        assert (row.platform, row.front) == ("sites", "front")
        assert [m.urls for m in before.messages] == [(ADDRESS,)]
        assert not sites.messages

        before.meet(Refused("no"), taken=True)
        await office.take_in(await office.case(), "https://far.example/p/2")
        await office.work()

        (message,) = sites.messages
        (item,) = message.notice.items
        assert not set(DESK) & set(item.locator.parts), "that desk is the network's"
        assert not registrar.messages, "it stands behind the site, not beside it"


async def test_where_it_does_not_stand_who_hosts_is_found_anew(store: Store, sites: Sites) -> None:
    """Story 8: the site has moved away from the network since it was looked up."""
    before, registrar = front(), Site("registrar")
    adapters = (before.adapter, sites.adapter, a_registrar(registrar))
    async with Office(store, adapters=adapters) as office:
        before.meet(WrongAddressee("url_not_orange"), taken=False)
        (takedown,) = await office.take_in(await office.case(), ADDRESS)
        await office.work("resolve")
        host = {"host_email": "abuse@host.example"}
        sites.parts = host
        await office.work()

        (message,) = sites.messages
        assert dict(message.notice.items[0].locator.parts) == host
        assert not registrar.messages
        rungs = {r.addressee: (r.rung, r.state) for r in await office.all("requests")}
        assert rungs == {"front": (1, "wrong_addressee"), "sites": (2, "asked")}
        (row,) = await office.all("takedowns", id=takedown)
        assert (row.resolve_at, sites.resolves) == (None, 2)


async def test_nobody_is_asked_on_old_facts_while_they_are_looked_up(
    store: Store, sites: Sites
) -> None:
    before = front()
    async with Office(store, adapters=(before.adapter, sites.adapter)) as office:
        before.meet(WrongAddressee("url_not_orange"), taken=False)
        await office.take_in(await office.case(), ADDRESS)
        await office.work("resolve")
        sites.short = NotSent("not_found_out")
        await office.work()
        assert not sites.messages

        for _ in range(6):  # nobody can be found: what was found first has to do
            await office.later(hours=6)
        assert [m.urls for m in sites.messages] == [(ADDRESS,)]


async def test_what_waits_for_facts_while_sites_are_switched_off_is_kept_and_then_goes_on(
    store: Store, sites: Sites
) -> None:
    """Asking who hosts a site calls the site and registries: whoever switches it off means that
    too.
    """
    before = front()
    async with Office(store, adapters=(before.adapter, sites.adapter)) as office:
        before.meet(WrongAddressee("url_not_orange"), taken=False)
        (moved,) = await office.take_in(await office.case(), ADDRESS)
        await office.work("resolve")
        (new,) = await office.take_in(await office.case(), "https://near.example/p/2")
        await office.switch("sites", on=False)
        await office.work("send")  # only now it says that it does not stand before it
        calls = (sites.calls, sites.resolves, sites.looks)
        host = {"host_email": "abuse@host.example"}
        sites.parts = host

        for hours in (1, 30):
            await office.later(hours=hours)

        assert (sites.calls, sites.resolves, sites.looks) == calls
        assert [await office.state("takedowns", one) for one in (moved, new)] == [
            "open", "resolving",
        ]  # fmt: skip
        assert {r.addressee for r in await office.all("requests")} == {"front"}
        await office.switch("sites", on=True)
        await office.later(minutes=30)
        assert [dict(m.notice.items[0].locator.parts) for m in sites.messages] == [host] * 2
        assert await office.states("requests", addressee="sites") == {"asked": 2}


async def test_what_is_gone_meanwhile_is_not_looked_up(store: Store, sites: Sites) -> None:
    before = front()
    async with Office(store, adapters=(before.adapter, sites.adapter)) as office:
        before.meet(WrongAddressee("url_not_orange"), taken=False)
        (takedown,) = await office.take_in(await office.case(), ADDRESS)
        await office.work("resolve")
        sites.short = NotSent("not_found_out")
        await office.work()
        await office.see(takedown, Seen.GONE)

        (row,) = await office.all("takedowns", id=takedown)
        assert (row.state, row.resolve_at) == ("gone", None)


async def test_while_it_is_held_nobody_is_looked_up(store: Store, sites: Sites) -> None:
    before = front()
    async with Office(store, adapters=(before.adapter, sites.adapter)) as office:
        (takedown,) = await office.take_in(await office.case(), ADDRESS)
        await office.work()
        notice = await office.one("notices", addressee="front")
        await office.hold(takedown, NewHold("safety"))
        await office.answer(notice, AnswerKind.WRONG_ADDRESSEE)
        await office.work()
        assert (sites.resolves, sites.messages) == (1, [])

        sites.parts = {"host_email": "abuse@host.example"}
        await office.release(takedown, "safety")
        await office.work()
        assert sites.resolves == 2
        assert [dict(m.notice.items[0].locator.parts) for m in sites.messages] == [sites.parts]


async def test_another_desk_than_the_one_approved_waits_for_a_person(
    store: Store, sites: Sites
) -> None:
    before = front()
    adapters = (before.adapter, sites.adapter)
    sites.adapter.spec = dataclasses.replace(sites.adapter.spec, channel=Channel.MAIL)
    written_to = staticmethod(lambda notice: notice.items[0].locator.parts.get("host_email", ""))
    sites.adapter.goes_to = written_to  # type: ignore[method-assign, assignment]
    async with Office(store, adapters=adapters, approval="every") as office:
        (takedown,) = await office.take_in(await office.case(), ADDRESS)
        await office.work()
        await office.approve(takedown)
        before.meet(WrongAddressee("url_not_orange"), taken=False)
        sites.parts = {"host_email": "abuse@host.example"}
        await office.work()

        assert sites.messages == []
        assert (await office.one("takedowns")).state == "held"
        await office.approve(takedown)
        await office.work()
        assert len(sites.messages) == 1


async def test_a_front_that_is_not_set_up_is_passed_by(store: Store, sites: Sites) -> None:
    before = front(needs=(Secret("token", "From its settings."),))
    async with Office(store, adapters=(before.adapter, sites.adapter)) as office:
        await office.take_in(await office.case(), ADDRESS)
        await office.work()

        (message,) = sites.messages
        assert message.notice.items[0].locator.parts == sites.parts
        assert not before.messages


async def test_a_message_for_one_host_holds_one_host(store: Store, sites: Sites) -> None:
    before = front(urls=3, carries=Carries(urls=3, same_host=True))
    pace = {"undo": timedelta(minutes=5)}
    async with Office(store, adapters=(before.adapter, sites.adapter), pace=pace) as office:
        urls = [f"https://{host}.example/p/{n}" for n in range(4) for host in ("near", "far")]
        await office.take_in(await office.case(), *urls)
        await office.work()
        await office.later(minutes=11)

        found = [{Url(url).host for url in m.urls} for m in before.messages]
        assert all(len(hosts) == 1 for hosts in found)
        assert sorted(len(m.urls) for m in before.messages) == [1, 1, 3, 3]

        await office.days(2)
        reminders = before.messages[4:]
        assert reminders
        assert all(len({Url(url).host for url in m.urls}) == 1 for m in reminders)
