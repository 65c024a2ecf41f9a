"""Seen from two places, over real sockets: what is hidden from here is not gone."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.base import Adapter
from adapters.egress import Egress
from adapters.errors import NotSent, Throttled
from adapters.http import Call, Http, Reply, WireTransport, ask, cannot_see
from adapters.proxy import Proxy
from adapters.spec import Locator, Observation, Rate, Secret, Seen, Setting
from service import settings, worker
from service.actions import second_look
from service.actions.queries import timeline
from service.settings import Settings
from service.store.sealing import Vault
from service.store.unit import Store
from tests.connect_proxy import ConnectProxy, proxying
from tests.flow.adapters import Site
from tests.flow.office import Office

HERE, AFAR = "127.0.0.1", "127.0.0.2"
BUSY = 418  # how this platform says that it wants to be left alone
SEEN = {200: Seen.UP, 404: Seen.GONE, 451: Seen.RESTRICTED}


@dataclass
class Platform:
    """A web site that answers by where a call comes from."""

    says: dict[str, int]
    url: str = ""
    asked: list[str] = field(default_factory=list)
    with_token: set[str] = field(default_factory=set)
    adapter: type[Adapter] = Adapter

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            place = writer.get_extra_info("peername")[0]
            self.asked.append(place)
            if b"authorization" in head.lower():
                self.with_token.add(place)
            status = self.says[place]
            wait = b"retry-after: 3600\r\n" if status == 429 else b""
            end = b"content-length: 0\r\nconnection: close\r\n\r\n"
            writer.write(b"HTTP/1.1 %d Said\r\n%b%b" % (status, wait, end))
            await writer.drain()
        finally:
            writer.close()


def adapter() -> type[Adapter]:
    site = Site(
        "geo",
        settings=(Setting("base_url", "Where it is"),),
        needs=(Secret("token", "Who we are"),),
    )

    class Geo(site.adapter):  # type: ignore[misc, name-defined]
        async def look(self, locator: Locator) -> Observation:
            token = self.secrets.get("token")
            headers: Mapping[str, str] = {"Authorization": token} if token else {}
            assert locator.final
            try:
                reply = await ask(self, self.settings["base_url"], headers=headers)
            except NotSent as failure:
                return cannot_see(failure, "page")
            if reply.status == BUSY:
                raise Throttled("http_403")
            seen = SEEN.get(reply.status, Seen.CANNOT_SEE)
            return Observation(seen, f"http_{reply.status}", "page")

    return Geo


@dataclass
class Place:
    """A centre, a platform, and a proxy that stands elsewhere."""

    office: Office
    platform: Platform
    proxy: ConnectProxy

    async def look(self, times: int = 1) -> Any:
        """Hand in one address, and look so many times."""
        (takedown,) = await self.office.take_in(
            await self.office.case(), "https://geo.example/picture"
        )
        await self.office.work()
        for _ in range(times - 1):
            await self.office.later(hours=1)
        return await self.office.one("takedowns", id=takedown)

    async def sights(self) -> set[tuple[str, str, str]]:
        return {(o.seen, o.rule, o.vantage) for o in await self.office.all("observations")}


def client(proxy: Proxy | None) -> Http:
    egress = Egress(("127.0.0.0/8",))
    wire = WireTransport(egress, timeout_s=2, connect_timeout_s=2, proxy=proxy)
    return Http(egress, timeout_s=2, pause_s=0, transport=wire)


@asynccontextmanager
async def place(store: Store, here: int, afar: int, **lane: Any) -> AsyncIterator[Place]:
    """What the platform answers here and there. `lane`: its pace, if it has one."""
    platform = Platform({HERE: here, AFAR: afar}, adapter=adapter())
    server = await asyncio.start_server(platform.serve, HERE, 0)
    platform.url = f"http://{HERE}:{server.sockets[0].getsockname()[1]}/"
    async with proxying(source=AFAR) as proxy:
        http = client(Proxy(HERE, proxy.port))
        try:
            async with Office(store, adapters=(platform.adapter,), afar=http) as office:
                if lane:
                    spec = office.specs["geo"]
                    office.specs["geo"] = dataclasses.replace(spec, lane=Rate(**lane))
                await office.platform("geo", {"base_url": platform.url}, {"token": "canary"})
                yield Place(office, platform, proxy)
        finally:
            await http.aclose()
            server.close()
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("here", "afar"), [(404, 200), (451, 200), (403, 200), (404, 451), (451, 404)]
)
async def test_what_two_places_see_differently_is_restricted_and_never_gone(
    store: Store, here: int, afar: int
) -> None:
    async with place(store, here, afar) as at:
        row = await at.look(times=3)

        assert (row.state, row.gone_at, row.first_gone_at) == ("restricted", None, None)
        rule = f"http_{here}_here_http_{afar}_in_de"
        assert await at.sights() == {("restricted", rule, "here and DE")}
        assert at.platform.asked == [HERE, AFAR] * row.looks
        lines, _ = await timeline.page(
            at.office.ctx, at.office.worker, row.id, 50, None, words=True
        )
        assert any(f"page: {rule}, from here and DE" in line["text"] for line in lines)


async def test_what_both_places_call_gone_is_gone_as_soon_as_without_a_second(
    store: Store,
) -> None:
    async with place(store, 404, 404) as at:
        row = await at.look()
        assert row.state == "open"
        await at.office.later(hours=1)

        row = await at.office.one("takedowns")
        assert (row.state, row.looks) == ("gone", 2)
        assert await at.sights() == {("gone", "http_404", "here and DE")}
        assert at.platform.asked == [HERE, AFAR] * 2


async def test_while_the_second_place_is_away_one_look_counts_and_says_so(store: Store) -> None:
    async with place(store, 404, 404) as at:
        at.proxy.answer = refuse
        row = await at.look(times=2)

        assert row.state == "gone"
        assert await at.sights() == {("gone", "http_404", "here, not DE")}
        assert at.platform.asked == [HERE] * 2


async def test_what_is_hidden_from_here_is_not_gone_while_the_second_place_is_away(
    store: Store,
) -> None:
    async with place(store, 404, 200) as at:
        row = await at.look()
        assert row.state == "restricted"
        at.proxy.answer = refuse
        for _ in range(3):
            await at.office.later(hours=1)

        row = await at.office.one("takedowns")
        assert (row.state, row.saw_rule) == ("restricted", "http_404_here_unseen_in_de")
        at.proxy.answer, at.platform.says[AFAR] = None, 404
        await at.office.days(2)
        assert (await at.office.one("takedowns")).state == "gone"


async def test_what_makes_it_gone_is_kept_with_all_who_saw_it(store: Store) -> None:
    async with place(store, 404, 404) as at:
        at.proxy.answer = refuse
        await at.look()
        at.proxy.answer = None
        await at.office.later(hours=1)

        assert {vantage for _, _, vantage in await at.sights()} == {"here, not DE", "here and DE"}


@pytest.mark.parametrize(("here", "state"), [(200, "open"), (500, "open")])
async def test_what_is_up_or_cannot_be_seen_is_not_looked_at_twice(
    store: Store, here: int, state: str
) -> None:
    async with place(store, here, 200) as at:
        row = await at.look()

        assert row.state == state
        assert AFAR not in at.platform.asked
        assert {vantage for _, _, vantage in await at.sights()} == {"here"}


@pytest.mark.parametrize("here", [429, BUSY])
async def test_a_platform_that_asks_to_wait_is_not_called_from_elsewhere(
    store: Store, here: int
) -> None:
    async with place(store, here, 200) as at:
        row = await at.look()
        await at.office.change("UPDATE lanes SET not_before = now() + interval '1 hour'")

        assert at.platform.asked == [HERE]
        assert not await second_look.may(at.office.ctx, row.id, row.lane_look)


async def test_a_wait_that_is_asked_for_elsewhere_is_kept_here(store: Store) -> None:
    async with place(store, 404, 429) as at:
        row = await at.look()

        lane = await at.office.one("lanes", id=row.lane_look)
        assert lane.not_before > at.office.time() + timedelta(minutes=59)
        assert await at.sights() == {("gone", "http_404", "here, not DE")}
        await at.office.later(minutes=30)
        assert at.platform.asked == [HERE, AFAR]


async def test_the_second_look_is_counted_in_the_lane(store: Store) -> None:
    async with place(store, 404, 404, per_minute=0.5, burst=3) as at:
        row = await at.look()

        lane = await at.office.one("lanes", id=row.lane_look)
        assert lane.tat - row.looked_at > timedelta(seconds=200)  # two intervals of 120 s


async def test_a_lane_without_a_turn_makes_no_second_look(store: Store) -> None:
    async with place(store, 404, 404, per_minute=0.5, burst=1) as at:
        await at.look()

        assert await at.sights() == {("gone", "http_404", "here, not DE")}
        assert at.platform.asked == [HERE]


async def test_no_credential_is_shown_to_a_platform_from_the_second_place(store: Store) -> None:
    async with place(store, 404, 404) as at:
        await at.look()

        assert at.platform.asked == [HERE, AFAR]
        assert at.platform.with_token == {HERE}


def loaded(tmp_path: Path, **given: Any) -> Settings:
    key = tmp_path / "key"
    Vault.make_file(key)
    return settings.load(
        database_url="postgresql+asyncpg://app@localhost/none",
        redis_url="redis://localhost/0",
        key_file=key,
        egress_allow_cidrs="127.0.0.0/8",
        **given,
    )


@pytest.mark.parametrize("practice", [False, True])
async def test_practice_calls_go_through_no_proxy(tmp_path: Path, *, practice: bool) -> None:
    platform = Platform({HERE: 200, AFAR: 404})
    server = await asyncio.start_server(platform.serve, HERE, 0)
    address = f"http://{HERE}:{server.sockets[0].getsockname()[1]}/"
    async with proxying(source=AFAR) as proxy:
        given = loaded(
            tmp_path,
            playground=practice,
            egress_proxy=f"http://{HERE}:{proxy.port}",
            vantage_proxy="http://elsewhere.example:3128",
        )
        ctx = worker.build(given)
        http = worker._tools(given).http
        outcome = await http.outcome(Call("GET", address, configured=True))
        await http.aclose()
        await worker.close(ctx)
    server.close()
    await asyncio.sleep(0)

    assert isinstance(outcome, Reply)
    assert outcome.status == (200 if practice else 404)
    assert (ctx.platforms.vantage is None) is practice


async def refuse(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n")
