"""Stories of looks that are told to wait, by the adapters as they ship: a platform is left alone as
one, and of all the sites on one lane only the host that said so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from adapters.contract.site import Answer, Names, Site
from adapters.egress import Egress
from adapters.http import Http
from adapters.site import Site as AnySite
from adapters.spec import Seen
from adapters.x import X
from service.actions import look_at, looks
from service.store.unit import Store
from tests.adapters.contract.cases import site, x
from tests.adapters.contract.site import told
from tests.flow.office import Office

WAIT: Final = timedelta(hours=1)
BUSY: Final = told({}, 429, {"retry-after": "3600"})
FOR_YEARS: Final = told({}, 429, {"retry-after": "999999999"})
OK, NOT_FOUND = told(None), told(None, 404)
ONE, TWO = "https://www.iana.org", "https://two.iana.org"


@dataclass
class Web:
    """What one centre looks at, from here and perhaps from elsewhere."""

    office: Office
    here: Site
    afar: Site

    async def look(self) -> None:
        await self.office.work("resolve", "look")

    async def wait(self, **by: float) -> None:
        await self.office.later(work=False, **by)
        await self.look()

    def answer(self, page: str, answer: Answer, *, there: bool = False) -> None:
        (self.afar if there else self.here).failing[f"HEAD {page}"] = answer

    def looks(self, page: str, *, there: bool = False) -> int:
        return (self.afar if there else self.here).calls(f"HEAD {page}")

    async def take_in(self, *pages: str, reference: str = "ref-1") -> list[UUID]:
        return await self.office.take_in(await self.office.case(reference), *pages)

    async def row(self, takedown: UUID) -> Any:
        return await self.office.one("takedowns", id=takedown)


def _network(platform: Site) -> Http:
    names = {"www.iana.org": ["93.184.215.14"], "two.iana.org": ["93.184.215.14"]}
    return Http(Egress(resolver=Names(names)), transport=platform, pause_s=0.0)


@asynccontextmanager
async def the_web(store: Store, *, twice: bool = False) -> AsyncIterator[Web]:
    """Pages of two sites, and X. `twice`: there is a second vantage."""
    routes: Mapping[str, Answer] = {
        **site.CASE.routes,
        **x.CASE.routes,
        "GET https://two.iana.org/.well-known/nodeinfo": told({}, 404),
        "GET https://rdap.org-registry.example/rdap/domain/two.iana.org": told({}, 404),
        **{f"HEAD {host}/{page}": OK for host in (ONE, TWO) for page in "abc"},
    }
    here, afar = Site(routes), Site(routes)
    second = _network(afar) if twice else None
    async with Office(store, adapters=(X, AnySite), here=_network(here), afar=second) as office:
        yield Web(office, here, afar)


async def test_a_platform_that_a_look_was_told_to_leave_alone_is_left_alone(store: Store) -> None:
    async with the_web(store) as web:
        web.here.failing[x.OEMBED] = BUSY
        found = await web.take_in(x.POST.url, x.POST.url.replace(x.ID, "7"))
        lane = (await web.row(found[0])).lane_look
        await web.look()
        before = web.here.calls(x.OEMBED)
        left = (await web.office.one("lanes", id=lane)).not_before - web.office.time()
        assert timedelta(minutes=59) < left <= WAIT

        web.here.failing.clear()
        await web.wait(minutes=59)
        assert web.here.calls(x.OEMBED) == before

        await web.wait(minutes=2)
        assert web.here.calls(x.OEMBED) > before


async def test_a_site_that_asks_to_wait_keeps_no_other_site_waiting(store: Store) -> None:
    async with the_web(store) as web:
        web.answer(f"{ONE}/a", BUSY)
        asked, other = await web.take_in(f"{ONE}/a", f"{TWO}/a")
        await web.look()

        assert (await web.row(asked)).saw_rule == "http_429"
        assert (await web.row(other)).seen == "up"
        await web.wait(minutes=30)

        assert web.looks(f"{TWO}/a") == 2
        lanes = await web.office.all("lanes")
        assert {(lane.not_before, lane.closed_because) for lane in lanes} == {(None, None)}


async def test_nothing_of_a_host_is_looked_at_before_its_time_whoever_asks(store: Store) -> None:
    async with the_web(store) as web:
        asked, beside = await web.take_in(f"{ONE}/a", f"{ONE}/b")
        (others,) = await web.take_in(f"{ONE}/b", reference="ref-2")
        await web.look()
        web.answer(f"{ONE}/a", BUSY)
        await look_at.recheck(web.office.ctx, web.office.worker, asked)
        await web.look()
        before = web.here.calls(f"HEAD {ONE}/b"), web.looks(f"{ONE}/a")

        web.here.failing.clear()
        for takedown in (asked, beside, others):
            await look_at.recheck(web.office.ctx, web.office.worker, takedown)
        (new,) = await web.take_in(f"{ONE}/c", reference="ref-2")
        await web.look()
        await web.wait(minutes=59)

        assert (web.looks(f"{ONE}/b"), web.looks(f"{ONE}/a")) == before
        assert web.looks(f"{ONE}/c") == 0
        row = await web.row(new)
        assert (row.saw, row.looked_at, row.looks) == (None, None, 0)
        await web.wait(minutes=2)
        assert {(await web.row(t)).saw for t in (asked, beside, others, new)} == {"up"}
        assert web.looks(f"{ONE}/c") == 1


async def test_what_was_told_is_forgotten_when_its_time_is_over(store: Store) -> None:
    async with the_web(store) as web:
        web.answer(f"{ONE}/a", BUSY)
        (asked,) = await web.take_in(f"{ONE}/a")
        await web.look()
        told_at = await web.office.rows("SELECT * FROM quiet_hosts")
        assert [ONE.encode() in bytes(row.host_mac) for row in told_at] == [False]
        assert (await web.row(asked)).look_at >= told_at[0].until

        await web.wait(minutes=61)
        web.here.failing.clear()
        await web.wait(hours=2)

        assert await web.office.rows("SELECT * FROM quiet_hosts") == []


async def test_a_host_that_never_wants_to_be_looked_at_keeps_no_notice_waiting(
    store: Store,
) -> None:
    async with the_web(store) as web:
        office = web.office
        (takedown,) = await web.take_in(f"{ONE}/a")
        await web.look()
        await office.change("UPDATE takedowns SET waits_look = true, look_at = now()")
        web.answer(f"{ONE}/a", FOR_YEARS)
        await look_at.recheck(office.ctx, office.worker, takedown)
        await web.look()
        await office.change("UPDATE takedowns SET waits_look = true")

        for _ in range(3):
            await web.wait(days=1, hours=1)

        assert web.looks(f"{ONE}/a") == 2, "never undercut"
        row = await web.row(takedown)
        assert not row.waits_look
        assert row.look_at < office.time() + timedelta(days=2), "nor forgotten"
        await office.see(takedown, Seen.GONE)
        assert await office.state("takedowns", takedown) == "gone"


@pytest.mark.parametrize("there", [False, True])
async def test_a_wait_that_one_place_is_told_is_kept_in_both(store: Store, *, there: bool) -> None:
    async with the_web(store, twice=True) as web:
        for page in "ab":
            web.answer(f"{ONE}/{page}", NOT_FOUND)
        web.answer(f"{ONE}/a", BUSY, there=there)
        _, beside = await web.take_in(f"{ONE}/a", f"{TWO}/a")
        await web.look()
        assert web.looks(f"{ONE}/a", there=True) == int(there)

        await web.take_in(f"{ONE}/b")
        await web.wait(minutes=59)

        assert web.looks(f"{ONE}/a") == 1
        assert web.looks(f"{ONE}/b") == web.looks(f"{ONE}/b", there=True) == 0
        assert (await web.row(beside)).seen == "up"
        await web.wait(minutes=2)
        assert web.looks(f"{ONE}/b") == 1


async def test_a_second_look_is_not_made_at_a_host_that_asked_to_wait_meanwhile(
    store: Store,
) -> None:
    async with the_web(store, twice=True) as web:
        ctx = web.office.ctx
        web.answer(f"{ONE}/a", NOT_FOUND)
        web.answer(f"{ONE}/b", BUSY)
        (first,) = await web.take_in(f"{ONE}/a")
        await web.office.work("resolve")
        (begun,) = await looks.take(ctx, (await web.row(first)).lane_look, 10)
        await web.take_in(f"{ONE}/b")
        await web.look()
        assert web.looks(f"{ONE}/b") == 1

        sight = await looks.call(ctx, begun)

        assert sight.vantage == "here, not DE"
        assert web.looks(f"{ONE}/a", there=True) == 0
