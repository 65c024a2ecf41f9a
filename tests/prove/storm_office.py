"""The office of a storm: it takes addresses in, and asks the desks when nobody else can tell."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, Self
from uuid import UUID

from adapters.base import Adapter
from service.actions import by_hand
from service.actions.by_hand import Decision
from service.actions.queries import todo
from service.store.unit import Store
from tests.flow.office import Office
from tests.flow.processes import Process
from tests.flow.worker import Orders, specs
from tests.prove import storm_worker
from tests.prove.desks import BY_MACHINE, DESKS
from tests.prove.recording_platform import RecordingPlatform

LINES: Final = 250
Desks = tuple[type[Adapter], ...]


class StormOffice(Office):
    """It takes addresses in, and asks the desks when nobody else can tell."""

    def __init__(self, store: Store, platform: RecordingPlatform, orders: Orders) -> None:
        super().__init__(store, adapters=DESKS, pace={"retry_first": timedelta()})
        self.platform_of_all, self.orders = platform, orders
        self.url_of: dict[UUID, str] = {}
        self.specs.update(specs(DESKS))

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        for desk in DESKS:
            settings = {"base_url": self.platform_of_all.base_url} if desk.spec.settings else {}
            await self.platform(desk.spec.name, settings, {})
        return self

    async def fill(self, count: int) -> None:
        """Hand in as many addresses in all, the same number for each desk, in a random order."""
        names = [desk.spec.name for desk in DESKS]
        every = [f"https://{n}.example/{i}" for n in names for i in range(count // len(names))]
        random.Random(count).shuffle(every)
        for first in range(0, len(every), LINES):
            lines = every[first : first + LINES]
            case = await self.case(f"case-{first}")
            self.url_of |= zip(await self.take_in(case, *lines), lines, strict=True)

    def urls(self, desks: Desks = DESKS) -> list[str]:
        """The addresses that belong to these desks."""
        begin = tuple(f"https://{desk.spec.name}." for desk in desks)
        return [url for url in self.url_of.values() if url.startswith(begin)]

    async def count(self, *states: str, desks: Desks = DESKS) -> int:
        """How many notices to these desks are in one of these states."""
        names = [desk.spec.name for desk in desks]
        (row,) = await self.rows(
            "SELECT count(*) AS n FROM notices WHERE state = ANY(:s) AND addressee = ANY(:desks)",
            s=list(states), desks=names,
        )  # fmt: skip
        return int(row.n)

    async def nothing_is_due(self) -> bool:
        return not await self.count("due")

    async def machines_are_done(self) -> bool:
        """Nothing is on its way, and what a machine can find out is found out."""
        moving = await self.count("due", "sending")
        return not moving and not await self.count("perhaps_sent", desks=BY_MACHINE)

    @asynccontextmanager
    async def one_more_worker(self) -> AsyncIterator[None]:
        """All leases of the dead have run out, and one worker that nobody kills is at work."""
        await self.change("UPDATE notices SET lease_until = now() WHERE state = 'sending'")
        async with Process(self.orders, storm_worker.main):
            yield

    async def doubtful(self) -> dict[UUID, str]:
        """The address of each notice that todo shows as doubtful."""
        found, cursor = set[UUID](), None
        while True:
            lines, cursor = await todo.page(self.ctx, self.worker, "perhaps_sent", 500, cursor)
            found |= {line["notice_id"] for line in lines}
            if cursor is None:
                break
        rows = await self.rows(
            "SELECT c.notice_id, r.takedown_id FROM carried c"
            " JOIN requests r ON r.id = c.request_id"
        )
        return {r.notice_id: self.url_of[r.takedown_id] for r in rows if r.notice_id in found}

    async def people_find_out(self, doubtful: dict[UUID, str]) -> None:
        """Ask each desk what it has, and say so."""
        there = self.platform_of_all.on_desk(doubtful.values())
        words = [
            Decision(notice, "sent" if there[url] else "not_sent", "they told us")
            for notice, url in doubtful.items()
        ]
        done = await by_hand.decide(self.ctx, self.worker, words)
        assert {one.status for one in done} <= {"done"}

    async def doubts(self) -> Counter[str]:
        """How often the notice about each address became doubtful."""
        rows = await self.rows(
            "SELECT r.takedown_id, count(*) AS n FROM entries e"
            " JOIN carried c ON c.notice_id = e.subject_id JOIN requests r ON r.id = c.request_id"
            " WHERE e.target = 'perhaps_sent' GROUP BY r.takedown_id"
        )
        return Counter({self.url_of[row.takedown_id]: int(row.n) for row in rows})

    async def waits_s(self) -> list[float]:
        """How long each answer waited for the transaction that wrote it down to begin."""
        rows = await self.rows(
            "SELECT extract(epoch FROM e.recorded_at - a.finished_at) AS s FROM attempts a"
            " JOIN entries e ON e.subject_id = a.notice_id AND e.happened_at = a.finished_at"
            " WHERE e.event = 'accepted' AND e.source = 'sending'"
        )
        return [float(row.s) for row in rows]
