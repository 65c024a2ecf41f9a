"""Lanes under fire: limits, outages and revoked credentials cost time, and nothing else."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from adapters.base import Tools
from adapters.egress import Egress
from adapters.errors import Misconfigured, NotSent, PlatformError, Uncertain
from adapters.http import Api, Http
from adapters.spec import Grade, Key, Notice, Rate, Receipt
from service.actions import due
from service.domain.lanes import FAILURES_TO_STOP
from service.embedded.postgres import EmbeddedPostgres
from service.engine.slots import OF_ORGANISATION, SHARE
from service.store.unit import Store
from tests.flow.adapters import Gate, Site
from tests.flow.office import Office, Time
from tests.prove import scale
from tests.prove.conftest import Figure
from tests.prove.crew import SECOND, Crew, Watch, crew

SLOTS = 400  # of which one lane holds a hundred
HOUR_S = 3600
INSTANT = timedelta(milliseconds=1)


@pytest.fixture
def url(migrated: EmbeddedPostgres, database: str) -> str:
    """The database of this test."""
    return migrated.url("efface_app", database)


class BrownedOut(Site):
    """Takes a few messages, then answers 429 until a time that it names, by seconds or a date."""

    def __init__(self, name: str, takes: int, rate: Rate) -> None:
        super().__init__(name, lane=rate)
        self.chance = random.Random(429)
        self.takes = self._left = takes
        self.until: datetime | None = None
        self.named: list[datetime] = []  # each time it named
        self.came: list[tuple[datetime, int]] = []  # when, and with which status it was met
        plain = self.adapter

        class Served(Api, plain):  # type: ignore[misc, valid-type]
            async def send(self, notice: Notice, key: Key) -> Receipt:
                await self.call("POST", f"https://{name}.example/reports", write=True, json={})
                return Receipt(notice.reference, Grade.ACCEPTED_BY_ADDRESSEE)

            def __init__(self, settings: Any, secrets: Any, tools: Tools | None) -> None:
                assert tools is not None
                answers = httpx.MockTransport(lambda _: site.answer(tools.now()))
                http = Http(Egress(), transport=answers)
                super().__init__(settings, secrets, Tools(http, tools.mail, tools.now))

        site, self.adapter = self, Served

    def answer(self, now: datetime) -> httpx.Response:
        self.calls += 1
        if self.until is not None and now >= self.until:
            self.until, self._left = None, self.chance.randint(1, 2 * self.takes)
        if self.until is None and self._left:
            self._left -= 1
            self.came.append((now, 201))
            return httpx.Response(201, json={"id": self.calls})
        if self.until is None:
            wait = self.chance.choice((1, 2, 7, 60, 600, HOUR_S))
            self.until = (now + wait * SECOND).replace(microsecond=0)
            self.named.append(self.until)
        self.came.append((now, 429))
        return httpx.Response(429, headers={"Retry-After": self._words(now, self.until)}, json={})

    def _words(self, now: datetime, until: datetime) -> str:
        if self.chance.random() < 0.5:
            return format_datetime(until, usegmt=True)
        return str(-((now - until) // SECOND))  # whole seconds, never less than are left


async def test_nobody_is_called_before_the_time_that_a_platform_named(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    """Once a 429 is on record, no call begins before the time that it names, and then calls come
    back at the configured pace.
    """
    wanted = scale.of(500, 10_000)
    rate = Rate(per_minute=6000, burst=100, in_flight=100)
    site, watch = BrownedOut("busy", 12, rate), Watch()
    eager = {"retry_first": INSTANT, "retry_most": INSTANT}  # only the lane holds them back
    async with Office(store, adapters=(site.adapter,), pace=eager) as office:
        office.specs[site.name] = site.adapter.spec
        async with crew(office, url, site, workers=3, slots=SLOTS) as staff:
            watch.put_on(monkeypatch, office.time)
            await staff.hand_in(site, wanted // 4)
            late = await _through(staff, site, wanted)

        sent = sum(status == 201 for _, status in site.came)
        attempts = await office.states("attempts")
        assert attempts == {"accepted": sent, "not_sent": site.calls - sent}
        assert all(n.tries <= 1 for n in await office.all("notices"))  # 429 charges nobody
    early, burst = watch.early(), watch.most_within(SECOND)
    assert early == 0
    assert burst <= rate.burst + rate.per_minute / 60
    late.sort()
    figure(
        f"{site.calls:,} calls, {len(site.named)} times told to wait, {early} early;"
        f" first call p50 {_ms(late, 0.5)}, p99 {_ms(late, 0.99)} after the time named;"
        f" at most {burst} granted in a second ({rate.burst} at once and 100/s)"
    )


async def _through(staff: Crew, site: BrownedOut, wanted: int) -> list[float]:
    """Work until the platform was called so often. Returns how late each first call was."""
    late = []
    while site.calls < wanted and (await staff.office.states("notices"))["due"]:
        await staff.once()
        if site.until is None:
            staff.to(await staff.next_due())
            continue
        until, before = site.until, site.calls
        staff.to(until - 30 * SECOND)  # more than a busy machine needs for one round
        if staff.office.time() < until - 29 * SECOND:
            await staff.once()
            assert site.calls == before, "it was not time yet"
        staff.to(max(until, await staff.next_due()))
        since = len(site.came)
        began = staff.office.time()
        await staff.once()
        if len(site.came) > since:
            late.append((site.came[since][0] - began).total_seconds())
    return late


def _ms(values: list[float], part: float) -> str:
    return f"{1000 * values[min(len(values) - 1, int(part * len(values)))]:.0f} ms"


class Still(Time):
    """A clock that only moves when it is told to, so that ten workers begin in one instant."""

    def __init__(self) -> None:
        super().__init__()
        self._at = super().__call__()

    def __call__(self) -> datetime:
        return self._at + self.ahead


async def test_ten_workers_on_one_lane_keep_its_pace_together(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    """Ten workers that share a lane and begin in one instant are together never faster than it
    allows, and never slower either.
    """
    per_second, chance = 10, random.Random(10)
    wanted = scale.of(11, 150)
    site, watch = Site("shared", lane=Rate(per_minute=60 * per_second, in_flight=100)), Watch()
    office = Office(store, adapters=(site.adapter,))
    office.time = Still()
    async with office:
        office.specs[site.name] = site.adapter.spec
        async with crew(office, url, site, workers=10, slots=16) as staff:
            watch.put_on(monkeypatch, office.time)
            await staff.hand_in(site, wanted)

            began, instants = office.time(), 0
            while site.calls < wanted:
                made, instants = await staff.once(), instants + 1
                assert made == 1, "the lane was open for exactly one"
                staff.to(began + (instants - chance.uniform(0.001, 1)) * SECOND / per_second)
                assert await staff.once() == 0, "it was not time yet"
                staff.to(began + instants * SECOND / per_second)

        assert await office.states("notices") == {"sent": wanted}
        assert len({m.notice.reference for m in site.messages}) == site.calls == wanted
    granted = watch.most_within(SECOND)
    assert granted == per_second
    figure(
        f"{wanted} sent by 10 workers at {per_second}/s, {20 * instants:,} STARTs:"
        f" at most {granted} in any second, overshoot {granted - per_second}, none late"
    )


async def test_one_platform_that_hangs_leaves_the_slots_to_the_others(
    store: Store, url: str, figure: Figure
) -> None:
    """While platforms hang, each holds at most a quarter of a worker's slots, one centre of several
    at most half of them, and what goes to others is sent.
    """
    slots, count = 32, scale.of(40, 200)
    gate, works = Gate(), Site("works")
    hung = [Site(f"hung{n}") for n in range(3)]
    for site in hung:
        for _ in range(count):
            site.meet(None, taken=True, gate=gate)
    adapters = [site.adapter for site in (*hung, works)]
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(Office(store, adapters=adapters))
        theirs = await stack.enter_async_context(Office(store, adapters=adapters, name="Another"))
        staff = await stack.enter_async_context(crew(ours, url, works, workers=1, slots=slots))
        stack.callback(gate.opened.set)
        for site in (*hung, works):
            await staff.on(site).hand_in(site, count)
        await staff.on(works, theirs).hand_in(works, count)

        hanging = [asyncio.create_task(staff.on(hung[0]).once())]
        await gate.entered.wait()
        alone_s = await _sends(staff, works, count)
        one = hung[0].calls
        theirs_s = asyncio.create_task(_sends(staff.on(works, theirs), works, 2 * count))
        await asyncio.sleep(0)
        hanging += [asyncio.create_task(staff.on(site).once()) for site in hung[1:]]
        beside_s = await theirs_s
        all_ = sum(site.calls for site in hung)
        assert not any(task.done() for task in hanging)
        gate.opened.set()
        await asyncio.gather(*hanging)
        for site in hung:
            while site.calls < count:
                await staff.on(site).once()

        assert await ours.states("notices") == {"sent": 5 * count}
        assert all(site.calls == len(site.messages) == count for site in hung)
    assert 1 < one <= slots // SHARE
    assert one < all_ <= slots // OF_ORGANISATION
    figure(
        f"of {slots} slots {one} held by one platform that hangs and {all_} by one centre with"
        f" three; meanwhile {count} of its own at {count / alone_s:.0f}/s and {count} of another"
        f" centre at {count / beside_s:.0f}/s; {5 * count:,} sent once, 0 lost"
    )


async def _sends(staff: Crew, site: Site, until: int) -> float:
    """Work until the platform was called so often. Returns the seconds that it took."""
    began = staff.office.time()
    while site.calls < until:
        await staff.once()
    return (staff.office.time() - began).total_seconds()


class Broken(Site):
    """Meets every call with the same trouble, until that is over."""

    def __init__(self, name: str, trouble: PlatformError, rate: Rate) -> None:
        super().__init__(name, lane=rate)
        self.trouble: PlatformError | None = trouble

    async def take(self, notice: Notice, key: Key) -> Receipt:
        if self.trouble is not None:
            self.calls += 1
            await asyncio.sleep(0)
            raise self.trouble
        return await super().take(notice, key)

    @property
    def references(self) -> set[str]:
        return {message.notice.reference for message in self.messages}


async def test_the_first_401_hands_the_rest_back_untouched(
    store: Store, url: str, figure: Figure
) -> None:
    """A credential that was revoked closes the lane at the first 401: what waits stays as it was,
    and leaves once when a person has mended the settings.
    """
    wanted, rate = scale.of(100, 500), Rate(per_minute=float("inf"), in_flight=8)
    site = Broken("revoked", Misconfigured("http_401"), rate)
    async with Office(store, adapters=(site.adapter,)) as office:
        office.specs[site.name] = site.adapter.spec
        async with crew(office, url, site, workers=3, slots=SLOTS) as staff:
            await staff.hand_in(site, wanted)

            await staff.once()
            called = site.calls
            office.time.forward(hours=1)
            await staff.once()

            assert site.calls == called <= 3 * rate.in_flight
            notices = await office.all("notices")
            assert {(n.state, n.tries, n.starts) for n in notices} == {("due", 0, 0)}
            assert await office.states("attempts") == {"not_sent": called}
            assert await staff.opens() is None
            assert (await office.todo())["lane_closed"] == [site.name]

            site.trouble = None
            await office.platform(site.name, {}, {})
            while len(site.messages) < wanted:
                await staff.once()

        assert await office.states("notices") == {"sent": wanted}
    assert site.calls == called + wanted
    assert len(site.references) == wanted
    figure(
        f"{wanted} waited, {called} were called before the 401 was on record, {wanted} untouched"
        f" (0 tries charged); {wanted} left once after the settings were mended"
    )


async def test_a_day_s_budget_is_kept_to_the_message_by_all_workers(
    store: Store, url: str, figure: Figure
) -> None:
    """No 24 hours hold more messages than the day's budget; the urgent go first, and what is over
    it waits for the next day and leaves then.
    """
    a_day = scale.of(20, 200)
    site = Site("limited", lane=Rate(per_minute=float("inf"), in_flight=100, per_day=a_day))
    days = []
    async with Office(store, adapters=(site.adapter,)) as office:
        office.specs[site.name] = site.adapter.spec
        async with crew(office, url, site, workers=3, slots=SLOTS) as staff:
            await staff.hand_in(site, a_day * 3 // 2)
            await staff.hand_in(site, a_day // 2, depicted_as="minor", person_now="adult")
            await staff.hand_in(site, a_day // 2, urgent=True)
            while (await office.states("notices"))["due"]:
                before = site.calls
                for minutes in (0, 1, 23 * 60):
                    office.time.forward(minutes=minutes)
                    await staff.once()
                days.append(site.calls - before)
                if opens := await staff.opens():
                    assert ("send", staff.lane) not in await due.lanes_with_work(office.ctx)
                    staff.to(opens)

        assert await office.states("notices") == {"sent": sum(days)}
        first = [n.priority for n in await office.rows(
            "SELECT n.priority FROM notices n ORDER BY sent_at LIMIT :n", n=a_day
        )]  # fmt: skip
        assert max(first) < 2
    assert days == [a_day, a_day, a_day // 2]
    assert len({m.notice.reference for m in site.messages}) == sum(days)
    figure(
        f"{sum(days)} messages by 3 workers at {a_day} a day: {', '.join(map(str, days))};"
        f" minors and urgent ones first, 0 over, 0 lost"
    )


@pytest.mark.parametrize(
    "trouble", [NotSent("connect_refused"), Uncertain("read_timeout")], ids=["refuses", "times_out"]
)
async def test_a_platform_that_is_down_is_left_alone_and_then_gets_everything(
    store: Store, url: str, figure: Figure, trouble: PlatformError
) -> None:
    """While a platform is down it is called a handful of times, whatever waits; nobody else's tries
    are charged, doubts stay few, and afterwards everything leaves once.
    """
    wanted, hours, rate = scale.of(40, 200), 6, Rate(per_minute=float("inf"), in_flight=8)
    site = Broken("down", trouble, rate)
    async with Office(store, adapters=(site.adapter,)) as office:
        office.specs[site.name] = site.adapter.spec
        async with crew(office, url, site, workers=3, slots=SLOTS) as staff:
            await staff.hand_in(site, wanted)
            down_at = office.time()
            while True:
                await staff.once()
                assert ("send", staff.lane) not in await due.lanes_with_work(office.ctx)
                if office.time() > down_at + timedelta(hours=hours):
                    break  # just after a probe: it takes longest to be noticed
                staff.to(await staff.next_due())
            called = site.calls
            waited = [n for n in await office.all("notices") if n.state == "due"]
            doubtful = wanted - len(waited)
            charged = sum(n.tries for n in await office.all("notices"))

            site.trouble = None
            up_at = office.time()
            for doubt in await office.all("notices", state="perhaps_sent"):
                await office.decide(doubt, "not_sent")
            while (await office.states("notices"))["due"]:
                staff.to(await staff.next_due())
                await staff.once()
            back_s = (office.time() - up_at).total_seconds()

        assert await office.states("notices") == {"sent": wanted}
        assert [
            f.event for f in await office.all("entries", machine="fact") if "lane" in f.event
        ] == ["lane_down", "lane_up"]
    probes = sum(1 for _ in _probes(office, hours))
    assert called == charged <= rate.in_flight + FAILURES_TO_STOP + probes
    assert doubtful == (called if isinstance(trouble, Uncertain) else 0)
    assert site.calls == called + wanted
    assert len(site.references) == wanted
    figure(
        f"{wanted} waited for a platform that was down {hours} h: {called} calls,"
        f" {doubtful} doubts, the others untouched; all sent once, at most"
        f" {back_s / 60:.0f} min after it was back"
    )


def _probes(office: Office, hours: int) -> Iterator[timedelta]:
    """The probes of so long an outage: waits double up to the most."""
    at, wait = timedelta(), office.pace.probe_first
    while at < timedelta(hours=hours):
        yield at
        at += wait
        wait = min(max(at, office.pace.probe_first), office.pace.probe_most)
