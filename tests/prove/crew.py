"""Workers of one office that work when they are told to, each with connections of its own, on a
clock that the test moves. What each is granted, and what it calls, is noted as it happens.
"""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from adapters.base import Tools
from adapters.mail import Mail
from adapters.spec import Rate
from service.actions import send_notice, settling
from service.actions.context import Context, Platforms
from service.actions.send_notice import Result, Started
from service.domain import ids
from service.domain.lanes import Lane, opens_at, take_sends
from service.domain.world import lane_of
from service.engine import jobs
from service.engine.jobs import Jobs
from service.store.unit import Silent, Store, make_engine
from tests.flow.adapters import Site
from tests.flow.office import Office

SECOND: Final = timedelta(seconds=1)


@dataclasses.dataclass(slots=True)
class Watch:
    """What happened, in the order in which it did: `order` counts it."""

    granted: list[tuple[datetime, int]] = dataclasses.field(default_factory=list)
    began: dict[UUID, int] = dataclasses.field(default_factory=dict)  # START, by attempt
    called: list[tuple[UUID, datetime]] = dataclasses.field(default_factory=list)
    waits: list[tuple[int, datetime]] = dataclasses.field(default_factory=list)  # on record since
    _order: Any = dataclasses.field(default_factory=itertools.count)

    def early(self) -> int:
        """Calls that went before their time although their START began when it was on record."""
        return sum(
            any(known < self.began[attempt] and at < until for known, until in self.waits)
            for attempt, at in self.called
        )

    def most_within(self, window: timedelta) -> int:
        """The most that was granted in any window of this length, its end not counted."""
        return max(
            sum(n for at, n in self.granted if began <= at < began + window)
            for began, _ in self.granted
        )

    def put_on(self, monkeypatch: pytest.MonkeyPatch, now: Callable[[], datetime]) -> None:
        """Note what passes through START, the call and the record of sends."""
        send = jobs.KINDS["send"]

        def granting(lane: Lane, rate: Rate, at: datetime, *rest: Any) -> int:
            granted = take_sends(lane, rate, at, *rest)
            if granted:
                self.granted.append((at, granted))
            return granted

        async def take(ctx: Context, lane: str, slots: int) -> Sequence[Started]:
            order = next(self._order)
            started: Sequence[Started] = await send.take(ctx, lane, slots)
            self.began |= {one.attempt_id: order for one in started}
            return started

        async def call(ctx: Context, one: Started) -> Result:
            self.called.append((one.attempt_id, now()))
            result: Result = await send.call(ctx, one)
            return result

        async def record(ctx: Context, results: Sequence[Result]) -> None:
            await send.record(ctx, results)
            order = next(self._order)
            self.waits += [(order, r.until) for r in results if r.until is not None]

        monkeypatch.setitem(jobs.KINDS, "send", jobs.Kind(take, call, record))
        for module in (send_notice, settling):
            monkeypatch.setattr(module, "take_sends", granting)


@dataclasses.dataclass(frozen=True, slots=True)
class Crew:
    """Several workers of one office, and the lane that they share."""

    office: Office
    workers: tuple[Jobs, ...]
    lane: str

    async def once(self, workers: int | None = None) -> int:
        """Every worker (or so many) does what its slots and the lane allow now."""
        wanted = self.workers[:workers]
        return sum(await asyncio.gather(*(w.run("send", self.lane) for w in wanted)))

    async def opens(self) -> datetime | None:
        """When one more message may leave by the lane; None while a person keeps it shut."""
        names = ", ".join(field.name for field in dataclasses.fields(Lane))
        (row,) = await self.office.rows(f"SELECT {names} FROM lanes WHERE id = :id", id=self.lane)
        rate = self.office.specs[row.platform].lane
        return opens_at(Lane(*tuple(row)), rate, self.office.time(), sends=True)

    async def next_due(self) -> datetime:
        """When the next message is due and its lane open; now, when none waits."""
        (row,) = await self.office.rows(
            "SELECT min(due_at) AS at FROM notices WHERE state = 'due' AND lane = :lane",
            lane=self.lane,
        )
        opens = await self.opens()
        assert opens is not None, "a person keeps it shut"
        due_at: datetime = row.at or self.office.time()
        return max(due_at, opens)

    def on(self, site: Site, office: Office | None = None) -> Crew:
        """The same workers, for the lane of another platform, perhaps of another centre."""
        office = office or self.office
        return Crew(office, self.workers, lane_of(site.name, office.organisation))

    def to(self, at: datetime) -> None:
        """Let time pass until then, if it has not come."""
        self.office.time.ahead += max(timedelta(), at - self.office.time())

    async def hand_in(self, site: Site, count: int, **case: Any) -> None:
        """As many addresses of one case, each to go out in a message of its own."""
        opened = await self.office.case(f"ref-{ids.new_id()}", **case)
        urls = [site.url(f"{opened.id}/{n}") for n in range(count)]
        for some in range(0, count, 500):
            await self.office.take_in(opened, *urls[some : some + 500])


@asynccontextmanager
async def crew(
    office: Office, url: str, site: Site, *, workers: int, slots: int
) -> AsyncIterator[Crew]:
    """So many workers of an office, with so many slots each; for the lane of one platform first."""
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(workers):
            store = Store(make_engine(url, pool_size=3), office.store.vault)
            stack.push_async_callback(store.close)
            mail = Mail(host="127.0.0.1", port=1, tls="none")
            classes = tuple(office.ctx.platforms.classes.values())
            desks = Platforms(classes, Tools(office.http, mail, office.time))
            made.append(Jobs(Context(store, office.ctx.rules, desks, office.time), slots, Silent()))
            stack.push_async_callback(made[-1].drain, 30)
        yield Crew(office, tuple(made), lane_of(site.name, office.organisation))
