"""A process dies at every named point between two phases, once each, and another one goes on:
nothing is lost, nothing is sent twice, and the record is whole.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from service.actions import organisations, send_notice, upkeep
from service.domain.states import Actor
from service.embedded.postgres import EmbeddedPostgres
from service.store.unit import Store
from tests.e2e.conftest import ROOT, Up, start, stop
from tests.flow.office import Office
from tests.flow.processes import Process
from tests.flow.worker import Orders, specs
from tests.prove import crash_points, killed, scale
from tests.prove.conftest import Figure
from tests.prove.crash_points import API, DESKS, ENGINE, UP, Point
from tests.prove.recording_platform import RecordingPlatform

WITHIN_S: Final = 120
LEASE_S: Final = 60.0  # nobody who lives is late; the leases of the dead are ended by hand
FIRST: Final = "https://whole.example/1"
KEYED: Final = "https://keyed.example/1"
SHORT: Final = "https://whole.example/short/1"
key_file, vault = killed.key_file, killed.vault

# Without `make prove`, a few of each table: the others take their turn there.
ENGINE_NOW: Final = ENGINE if scale.FULL else (ENGINE[1], ENGINE[10])
API_NOW: Final = API if scale.FULL else API[3:4]
UP_NOW: Final = UP if scale.FULL else ()


class Scene:
    """One address on its way, whoever dies meanwhile."""

    def __init__(self, office: Office, platform: RecordingPlatform, orders: Orders) -> None:
        self.office, self.platform, self.orders = office, platform, orders

    def process(self, main: Callable[..., None], dies: str = "") -> Process:
        given = self.orders
        orders = Orders(given.database_url, given.redis_url, given.key_file, dies, lease_s=LEASE_S)
        return Process(orders, main)

    async def change(self, statement: str) -> None:
        await self.office.change(statement)

    async def leases_run_out(self) -> None:
        """Whatever the dead had leased may be taken by others."""
        past = "now() - interval '1 second'"
        await self.change(f"UPDATE notices SET lease_until = {past} WHERE state = 'sending'")
        await self.change(f"UPDATE notices SET poll_lease_until = {past}")
        await self.change(f"UPDATE takedowns SET look_lease_until = {past}")

    async def hand_in(self, url: str = FIRST) -> None:
        await self.office.take_in(await self.office.case(), url)

    async def called(self, url: str) -> None:
        """It is called and arrives, and nobody writes that down."""
        await self.hand_in(url)
        notice = await self.office.one("notices")
        (started,) = await send_notice.start(self.office.ctx, notice.lane, 1)
        await send_notice.call(self.office.ctx, started)
        await self.leases_run_out()

    async def doubted(self, url: str) -> None:
        await self.called(url)
        await upkeep.expire_leases(self.office.ctx)
        await self.change("UPDATE notices SET settle_at = now()")

    async def asked(self) -> None:
        await self.hand_in()
        await self.office.work("send")

    async def to_be_polled(self) -> None:
        await self.asked()
        await self.change("UPDATE notices SET poll_at = now()")

    async def to_be_looked_at(self) -> None:
        await self.asked()
        await self.change("UPDATE takedowns SET look_at = now()")

    # what must come in the end

    async def sent(self) -> bool:
        return await self.office.states("notices") == {"sent": 1}

    async def answered(self) -> bool:
        return await self.office.states("requests") == {"acknowledged": 1}

    async def looked_at(self) -> bool:
        return bool((await self.office.one("takedowns")).looks)

    async def numbered(self) -> bool:
        rows = await self.office.rows("SELECT seq FROM events ORDER BY seq")
        return await self.sent() and [r.seq for r in rows] == list(range(1, len(rows) + 1))

    async def is_whole(self, url: str) -> int:
        """The platform has it once, no attempt is open in doubt, and every chain holds."""
        arrived = url.replace("/short/", "/")
        assert self.platform.on_desk([arrived]) == Counter({arrived: 1})
        in_doubt = "SELECT 1 FROM attempts WHERE state IN ('intent', 'perhaps')"
        assert await self.office.rows(in_doubt) == []
        return await killed.chains_hold(self.office)


Before = Callable[[Scene], Awaitable[None]]
After = Callable[[Scene], Awaitable[bool]]
STORIES: Final[dict[str, tuple[str, Before, After, int]]] = {
    # the address, what is so before, what must be so in the end, and how many doubts there were
    "send": (FIRST, lambda s: s.hand_in(), Scene.sent, 0),
    "send again under the same key": (KEYED, lambda s: s.doubted(KEYED), Scene.sent, 1),
    "look a report up": (FIRST, lambda s: s.doubted(FIRST), Scene.sent, 1),
    "poll": (FIRST, Scene.to_be_polled, Scene.answered, 0),
    "look": (FIRST, Scene.to_be_looked_at, Scene.looked_at, 0),
    "resolve": (SHORT, lambda s: s.hand_in(SHORT), Scene.sent, 0),
    "expire a lease": (FIRST, lambda s: s.called(FIRST), Scene.sent, 1),
    "number events": (FIRST, lambda s: s.hand_in(), Scene.numbered, 0),
}


@pytest.fixture
def platform() -> Iterator[RecordingPlatform]:
    with RecordingPlatform(seed=1, late_s=0.4) as platform:
        yield platform


@pytest.fixture
async def scene(
    store: Store,
    platform: RecordingPlatform,
    migrated: EmbeddedPostgres,
    database: str,
    redis_url: str,
    key_file: Path,
) -> AsyncIterator[Scene]:
    orders = Orders(migrated.url("efface_app", database), redis_url, str(key_file))
    async with Office(store, adapters=DESKS) as office:
        office.specs.update(specs(DESKS))
        for desk in DESKS:
            await office.platform(desk.spec.name, {"base_url": platform.base_url}, {})
        yield Scene(office, platform, orders)


def test_the_table_of_crash_points_is_long_and_names_each_once(figure: Figure) -> None:
    """There is a crash between any two phases of API, engine, sequencer and `efface up`."""
    names = Counter(point.name for point in (*ENGINE, *API))

    assert max(names.values()) == 1
    assert {point.story for point in ENGINE} == set(STORIES)
    assert set(UP) == {point.moment for point in crash_points.up()}
    assert len(names) + len(UP) >= 20
    figure(f"{len(ENGINE)} points in the engine, {len(API)} in the API, {len(UP)} in `efface up`")


@pytest.mark.parametrize("point", ENGINE_NOW, ids=lambda point: point.name)
async def test_a_worker_that_dies_there_is_followed_by_one_that_ends_the_story(
    scene: Scene, point: Point, figure: Figure
) -> None:
    """A worker may die between any two phases: another one ends what it began, and the platform
    has the report once.
    """
    url, before, after, doubts = STORIES[point.story]
    await before(scene)

    victim = scene.process(crash_points.engine, point.name)
    victim.start()
    assert await victim.ended() == -signal.SIGKILL
    await scene.leases_run_out()
    async with scene.process(crash_points.engine):
        await scene.office.until(lambda: after(scene), WITHIN_S)

    lines = await scene.is_whole(url)
    rows = await scene.office.rows("SELECT 1 FROM entries WHERE target = 'perhaps_sent'")
    assert len(rows) == doubts + point.doubts
    figure(
        f"killed at {point.name!r}: on the desk once, {len(rows)} doubts, {lines} entries intact"
    )


class Caller:
    """A client that repeats a call whose reply it never got."""

    def __init__(self, token: str) -> None:
        self.headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "the-same"}

    async def post(self, port: object, path: str, body: Any) -> httpx.Response:
        base = f"http://127.0.0.1:{port}/api/v1"
        async with httpx.AsyncClient(base_url=base, timeout=60, trust_env=False) as client:
            return await client.post(path, json=body, headers=self.headers)


@pytest.mark.parametrize("point", API_NOW, ids=lambda point: point.name)
async def test_an_api_that_dies_there_has_done_the_whole_call_or_nothing(
    scene: Scene, point: Point, figure: Figure
) -> None:
    """An API process may die between any two phases of a call: who repeats the call with its key
    finds it done once.
    """
    office = scene.office
    made = await organisations.make_key(office.ctx, office.organisation, Actor.CASE_WORKER)
    caller, case = Caller(made.token), await office.case()
    path, body = "/takedowns", {"case_id": str(case.id), "items": [FIRST]}
    if point.story == "withdraw":
        (takedown,) = await office.take_in(case, FIRST)
        path, body = f"/takedowns/{takedown}/withdraw", {"reason": "wrong_url"}

    async with scene.process(crash_points.api, point.name) as victim:
        with pytest.raises(httpx.TransportError):
            await caller.post(await victim.said(), path, body)
        assert await victim.ended() == -signal.SIGKILL
    # the claim of a call that died may be taken over after a minute
    await scene.change("UPDATE idempotency SET created_at = created_at - interval '2 minutes'")
    async with scene.process(crash_points.api) as other:
        port = await other.said()
        replies = [await caller.post(port, path, body) for _ in range(2)]
    await office.work("send")

    assert replies[0].status_code == replies[1].status_code
    takedown_row = await office.one("takedowns")
    if point.story == "withdraw":
        assert takedown_row.state == "withdrawn"
        assert (await office.trace(takedown_row.id)).count("withdraw") == 1
        assert not scene.platform.arrived
        lines = await killed.chains_hold(office)
    else:
        assert replies[0].status_code == 202, replies[0].text
        assert replies[0].content == replies[1].content
        assert replies[0].json()["items"][0]["takedown_id"] == str(takedown_row.id)
        lines = await scene.is_whole(FIRST)
    figure(f"killed at {point.name!r}: done once when repeated, {lines} entries intact")


@pytest.mark.parametrize("moment", UP_NOW)
def test_a_start_that_was_killed_is_made_good_by_the_next(
    tmp_path: Path, moment: str, figure: Figure
) -> None:
    """`efface up` may be killed at any moment of its first start: the next start finds one centre,
    and the keys in the folder open it.
    """
    data = tmp_path / "efface"
    command = ["-m", "tests.prove.crash_points", moment, "up", "--data", str(data), "--port", "0"]
    first = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, timeout=300, check=False
    )
    assert first.returncode == -signal.SIGKILL, first.stderr.decode()[-2000:]

    up: Up = start(data)
    with up.client("admin") as api:
        found = api.get("/organisation")
        keys = api.get("/keys").json()["items"]

    assert stop(up) == 0
    assert found.status_code == 200
    assert sum(key["role"] == "admin" for key in keys) in (1, 2)  # one may have had no file yet
    figure(f"`efface up` killed when {moment}: the next start was ready after {up.ready_s:.1f} s")
