"""A search says something about the attempt that it was about, and about no other."""

from __future__ import annotations

from adapters.errors import Uncertain
from adapters.spec import Settle
from service.actions import poll_notice
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office


async def in_doubt(office: Office, site: Site, *, taken: bool = True) -> str:
    """One notice that nobody knows about, due to be searched for. Returns its lane."""
    site.meet(Uncertain("read_timeout"), taken=taken)
    await office.take_in(await office.case(), site.url("a"))
    await office.work("send")
    notice = await office.one("notices")
    assert notice.state == "perhaps_sent"
    await office.later(hours=1, work=False)
    lane: str = notice.lane
    return lane


async def search(office: Office, lane: str) -> poll_notice.Said:
    """What a worker finds and has not written down yet."""
    (asking,) = await poll_notice.take(office.ctx, lane, 4)
    return await poll_notice.call(office.ctx, asking)


async def test_a_stale_search_says_nothing_about_the_next_attempt(store: Store) -> None:
    """Two workers searched; the one that found nothing writes it down when all has moved on."""
    site = Site("desk", settle=Settle.LOOK_UP)
    async with Office(store, adapters=(site.adapter,)) as office:
        lane = await in_doubt(office, site, taken=False)
        stale = await search(office, lane)
        site.meet(Uncertain("read_timeout"), taken=True)
        await office.later(minutes=10, work=False)
        for kind in ("poll", "send"):
            await office.work(kind)
            await office.later(minutes=10, work=False)
        notice = await office.one("notices")
        first, second = await office.all("attempts")
        assert (notice.state, first.state, second.state) == ("perhaps_sent", "not_sent", "perhaps")

        await poll_notice.record_said(office.ctx, [stale])

        assert await office.state("notices", notice.id) == "perhaps_sent"
        assert (await office.all("attempts"))[1].state == "perhaps"
        await office.later(hours=2)
        assert await office.state("notices", notice.id) == "sent"
        assert len(site.messages) == 1


async def test_a_search_that_could_not_ask_delays_no_later_one(store: Store) -> None:
    site = Site("desk", settle=Settle.LOOK_UP)
    async with Office(store, adapters=(site.adapter,)) as office:
        lane = await in_doubt(office, site)
        said = await search(office, lane)
        notice = await office.one("notices")
        await office.decide(notice, "not_sent")
        site.meet(Uncertain("read_timeout"), taken=True)
        await office.later(hours=1, work=False)
        await office.work("send")
        before = await office.one("notices")

        nothing = poll_notice.Said(said.asking, office.time(), reason="http_503")
        await poll_notice.record_said(office.ctx, [nothing])

        after = await office.one("notices")
        assert (after.settle_step, after.settle_at) == (before.settle_step, before.settle_at)
