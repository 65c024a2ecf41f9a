"""Stories of the machine: a credential revoked, Redis wiped, a worker that wakes too late."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from adapters.errors import NeedsPerson, Refused, Uncertain
from adapters.spec import Key, Notice, Receipt, Settle
from service.actions import send_notice
from service.actions.context import Context, Platforms
from service.domain import ids
from service.engine.jobs import KINDS, Jobs
from service.engine.run import EngineWorker
from service.playground.behaviours import ignored
from service.playground.serve import Playground
from service.store.ledger import Rules
from service.store.unit import Silent, Store
from tests.flow.adapters import Gate, Site
from tests.flow.office import PRACTICE_ACCOUNTS, Office

PEERTUBE = "peertube"


async def test_11_a_revoked_credential_closes_the_lane_and_charges_nobody(
    store: Store, playground: Playground
) -> None:
    many = 200
    urls = [playground.add(PEERTUBE, ignored()) for _ in range(many)]
    account = playground.world.account(PEERTUBE)
    good, account.password = account.password, "revoked"
    async with Office(store, playground=playground) as office:
        case = await office.case()
        await office.take_in(case, *urls)
        await office.work("send")

        assert await office.states("notices") == {"due": many}
        assert playground.sent(PEERTUBE) == 0
        assert all(n.tries == 0 and n.starts == 0 for n in await office.all("notices"))
        closed = await office.facts("lane_closed")
        assert len(closed) == 1
        assert (await office.todo())["lane_closed"] == [PEERTUBE]
        assert await office.states("requests") == {"pending": many}
        attempts = await office.states("attempts")
        assert attempts["not_sent"] == attempts.total() < 100  # the rest was never begun

        account.password = good
        base = {"base_url": playground.addresses.peertube_url}
        settings = {**base, "site_url": "https://video.practice.test"}
        await office.platform(PEERTUBE, settings, PRACTICE_ACCOUNTS[PEERTUBE])
        await office.work("send")
        assert playground.sent(PEERTUBE) > many // 2  # those that were tried wait their turn
        await office.later(minutes=1, work=False)
        await office.work("send")

        assert await office.states("notices") == {"sent": many}
        assert playground.sent(PEERTUBE) == many
        assert all(len(playground.item(url).reports) == 1 for url in urls)
        assert "lane_closed" not in await office.todo()


@asynccontextmanager
async def at_work(office: Office, redis_url: str) -> AsyncIterator[EngineWorker]:
    """The worker as it ships, over arq."""
    worker = EngineWorker(office.ctx, redis_url, slots=16, sweep_s=1.0, drain_s=5)
    await worker.start()

    async def listens() -> bool:
        return worker.listener.listening

    await office.until(listens)
    try:
        yield worker
    finally:
        await worker.stop()


async def test_21_redis_is_wiped_after_ringing_and_nothing_is_lost_or_doubtful(
    store: Store, redis: Redis, redis_url: str
) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        async with at_work(office, redis_url) as worker:
            # rings are in Redis and nobody has taken them when it is wiped
            worker.listener.pick_no_more()
            urls = [site.url(f"a{n}") for n in range(20)]
            await office.take_in(await office.case(), *urls)

            async def rung() -> bool:
                return bool(await redis.exists("efface"))

            await office.until(rung)
            await redis.flushall()
            assert not site.calls

        async with at_work(office, redis_url):

            async def all_sent() -> bool:
                return await office.states("notices") == {"sent": 20}

            await office.until(all_sent)
            await redis.flushall()
            await office.take_in(await office.case("ref-2"), site.url("later"))

            async def later_sent() -> bool:
                return await office.states("notices") == {"sent": 21}

            await office.until(later_sent)

        assert sorted(m.urls[0] for m in site.messages) == sorted([*urls, site.url("later")])
        assert await office.states("attempts") == {"accepted": 21}
        assert not await office.all("entries", event="uncertain")
        assert not await office.all("entries", event="lease_expired")


@pytest.mark.parametrize("settle", list(Settle))
async def test_22_a_worker_that_wakes_after_its_lease_settles_the_doubt_with_its_own_answer(
    store: Store, settle: Settle
) -> None:
    site, gate = Site("desk", settle=settle), Gate()
    site.meet(None, taken=True, gate=gate)
    async with Office(store, adapters=(site.adapter,)) as office:
        spec = office.specs["desk"]
        office.specs["desk"] = dataclasses.replace(spec, settle_after=office.pace.settle_most)
        await office.take_in(await office.case(), site.url("a"))
        sending = asyncio.create_task(office.jobs.run("send", (await office.one("notices")).lane))
        await gate.entered.wait()

        await office.later(seconds=91, work=False)  # it lies frozen past its lease
        await office.work("none")
        notice, request = await office.one("notices"), await office.one("requests")
        attempt = await office.one("attempts")
        gate.opened.set()
        await sending

        assert (notice.state, attempt.state) == ("perhaps_sent", "perhaps")
        assert request.state == "pending"
        assert await office.state("notices", notice.id) == "sent"
        assert (await office.one("requests")).state == "asked"
        assert (await office.one("attempts")).state == "accepted"
        assert await office.trace(notice.id) == ["plan", "start", "lease_expired", "accepted"]
        await office.later(hours=2)
        assert len(site.messages) == site.calls == 1


@pytest.mark.parametrize("settle", list(Settle))
async def test_a_late_word_that_a_person_is_needed_ends_the_doubt_and_the_next_call_asks_for_one(
    store: Store, settle: Settle
) -> None:
    site, gate = Site("desk", settle=settle), Gate()
    site.meet(NeedsPerson("captcha"), taken=False, gate=gate)
    site.meet(NeedsPerson("captcha"), taken=False)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        sending = asyncio.create_task(office.jobs.run("send", (await office.one("notices")).lane))
        await gate.entered.wait()
        await office.later(seconds=91, work=False)
        await office.work("none")

        gate.opened.set()
        await sending

        notice = await office.one("notices")
        assert notice.state == "due"
        assert (await office.one("attempts")).state == "not_sent"
        await office.later(hours=1)
        assert await office.state("notices", notice.id) == "by_hand"


async def test_a_worker_that_froze_between_start_and_call_does_not_call(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        lane = (await office.one("notices")).lane
        (started,) = await send_notice.start(office.ctx, lane, 1)

        office.time.forward(seconds=31)
        result = await send_notice.call(office.ctx, started)
        await send_notice.record_results(office.ctx, [result])

        assert (site.calls, result.reason) == (0, "begun_too_late")
        assert (await office.one("notices")).state == "due"
        await office.later(hours=1)
        assert len(site.messages) == 1


async def test_work_that_found_every_slot_reserved_begins_when_they_are_given_back(
    store: Store,
) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        lane = (await office.one("notices")).lane

        await asyncio.gather(office.jobs.run("poll", lane), office.jobs.run("send", lane))

        async def sent() -> bool:
            return await office.states("notices") == {"sent": 1}

        await office.until(sent, within_s=3)
        assert len(site.messages) == 1


class Witness(Site):
    """Looks, whenever it is called, at what another connection can see of the calls of ours."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.saw: list[list[str]] = []
        self.attempts: Callable[[], Awaitable[Sequence[Any]]] | None = None

    async def take(self, notice: Notice, key: Key) -> Receipt:
        assert self.attempts is not None
        self.saw.append([attempt.state for attempt in await self.attempts()])
        return await super().take(notice, key)


async def test_when_a_message_leaves_its_intent_is_on_record(store: Store) -> None:
    site = Witness("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        site.attempts = lambda: office.all("attempts")
        await office.take_in(await office.case(), site.url("a"))

        await office.work("send")

        assert site.saw == [["intent"]]
        assert await office.states("notices") == {"sent": 1}


async def test_a_late_answer_to_one_attempt_decides_nothing_about_the_next(store: Store) -> None:
    site, first, second = Site("desk", settle=Settle.SAME_KEY), Gate(), Gate()
    site.meet(Refused("http_400"), taken=True, gate=first)
    site.meet(None, taken=True, gate=second)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        notice = await office.one("notices")
        frozen = asyncio.create_task(office.jobs.run("send", notice.lane))
        await first.entered.wait()
        await office.later(seconds=91, work=False)
        await office.work("none")
        await office.later(minutes=5, work=False)
        again = asyncio.create_task(office.jobs.run("send", notice.lane))
        await second.entered.wait()

        first.opened.set()
        await frozen
        meanwhile = await office.state("notices", notice.id)
        late, out = await office.all("attempts")
        second.opened.set()
        await again

        assert meanwhile == "sending"
        assert (late.state, out.state) == ("superseded", "intent")
        assert late.evidence_sealed is not None
        assert await office.state("notices", notice.id) == "sent"


@pytest.mark.parametrize("settle", [s for s in Settle if s is not Settle.SAME_KEY])
async def test_a_ring_sends_no_doubt_again_where_the_platform_does_not_know_our_key(
    store: Store, settle: Settle
) -> None:
    site = Site("desk", settle=settle)
    site.meet(Uncertain("read_timeout"), taken=True)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        await office.work("send")
        notice = await office.one("notices")
        assert notice.state == "perhaps_sent"
        await office.later(days=2, work=False)  # long after anybody could have settled it

        await office.jobs.run("send", notice.lane)

        assert await office.state("notices", notice.id) == "perhaps_sent"
        assert site.calls == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_ring_about_a_platform_that_a_worker_does_not_know_is_left_to_others(
    store: Store, kind: str
) -> None:
    """One of an older version, while a newer one is rolled out; or the ring is another centre's
    whose rings lie in the same Redis.
    """
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.platform(site.name, {}, {})
        await office.take_in(await office.case(), site.url("a"))
        knows_none = Context(store, Rules({}, office.pace), Platforms((), None), office.time)
        older = Jobs(knows_none, 8, Silent())
        lanes = [row.id for row in await office.all("lanes")]

        with capture_logs() as lines:
            for lane in (*lanes, f"elsewhere/{ids.new_id()}"):
                assert await older.run(kind, lane) == 0

        assert lines == []
        assert (site.calls, site.looks) == (0, 0)
        await office.work()
        assert await office.states("notices") == {"sent": 1}
        assert site.looks == 1
