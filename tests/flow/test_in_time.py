"""Stories of what ends by time: it ends when it ends, and not what was renewed a moment before."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from service.actions import holding, upkeep
from service.actions.holding import NewHold
from service.domain.states import Actor
from service.store import ledger
from service.store.unit import Store, Unit
from tests.flow.adapters import Site
from tests.flow.office import Office

POLICE = {"authority": "Example Police", "file": "2026/1"}


async def test_a_hold_that_is_renewed_while_the_sweep_comes_for_it_goes_on(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        (takedown,) = await office.take_in(await office.case(), site.url("a"))
        until = office.time() + timedelta(hours=20)
        await office.hold(takedown, NewHold("police", until, POLICE))
        await office.later(hours=20, seconds=1, work=False)
        key = (await office.case()).key
        renewed, found = asyncio.Event(), asyncio.Event()

        async def renew(u: Unit) -> None:
            world = await ledger.open_world(
                u, office.ctx.rules, office.time(), takedowns=[takedown]
            )
            anew = NewHold("police", until + timedelta(hours=48))
            rows = [world.takedowns[takedown]]
            moves = await holding.set_hold(u, world, rows, anew, Actor.SUPERVISOR, key)
            await ledger.record(u, world, moves)
            renewed.set()
            await found.wait()

        async def sweep_waits() -> bool:
            return bool(
                await office.rows(
                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                    " AND wait_event_type = 'Lock'"
                )
            )

        renewing = asyncio.create_task(store.run(renew))
        await renewed.wait()
        ending = asyncio.create_task(upkeep.end_holds(office.ctx))
        await office.until(sweep_waits)
        found.set()
        await asyncio.gather(renewing, ending)

        await office.work()
        assert (await office.state("takedowns", takedown), site.calls) == ("held", 0)
        (hold,) = await office.all("holds", ended_at=None)
        assert hold.until == until + timedelta(hours=48)
        await office.later(hours=48)
        assert (await office.state("takedowns", takedown), site.calls) == ("open", 1)
