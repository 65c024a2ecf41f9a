"""All practice platforms of one playground: started together, stopped together, on loopback.

Tests use `Playground` in process and add items with scripts of their own; the demo runs `__main__`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Self

from aiohttp import web

from service.playground.behaviours import behaviour
from service.playground.bluesky import Bluesky
from service.playground.bluesky_shapes import ACCOUNT
from service.playground.clock import Clock
from service.playground.door import Door
from service.playground.front import Site, bind_address
from service.playground.item import Item
from service.playground.peertube import PeerTube
from service.playground.samples import SAMPLES
from service.playground.script import Op, Script
from service.playground.smtp import MailDesk, MailServer
from service.playground.telegram import CHANNEL, Telegram
from service.playground.world import World
from service.playground.x import SHORT, X

__all__ = ["Addresses", "Playground"]

_PREFIX = re.compile(f"^({ACCOUNT}|{CHANNEL}|{SHORT})")
_STOP_S = 1.0  # what runs is waiting on the closing event, so this is not used up


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the practice platforms listen, as the settings of the adapters want it."""

    peertube_url: str
    pds_url: str
    appview_url: str
    embed_url: str
    oembed_url: str
    short_url: str
    form_url: str
    smtp_host: str
    smtp_port: int


class Playground:
    """`speed` is the compression of story time; `peertube_site` is where videos are addressed, if
    not where the API listens (`https://video.practice.test`).
    """

    def __init__(self, *, speed: float = 1.0, peertube_site: str | None = None) -> None:
        self.world = World(clock=Clock(speed))
        self.peertube = PeerTube(self.world, peertube_site)
        self.bluesky = Bluesky(self.world)
        self.telegram = Telegram(self.world)
        self.x = X(self.world)
        self.mail = MailDesk(self.world)
        self.telegram.desk = self.mail
        self._sites: dict[str, Site] = {
            site.platform: site for site in (self.peertube, self.bluesky, self.telegram, self.x)
        }
        self._doors: dict[str, Door] = {}
        self._runners: list[web.AppRunner] = []
        self._mail_connections: set[MailServer] = set()
        self._numbers = count(1)

    async def start(self, host: str = "127.0.0.1") -> Addresses:
        """Listen on free ports. Raises `NotLoopback` for any other host, and opens nothing."""
        bind_address(host)
        if self._doors:
            raise RuntimeError("this playground runs already")
        try:
            for site in self._sites.values():
                await self._open(site, host)
            self._doors["smtp"] = Door(host, self._mail_server)
            await self._doors["smtp"].open()
        except BaseException:
            await self.stop()
            raise
        return self.addresses

    async def stop(self) -> None:
        """End every connection and task of this playground. Safe to call twice."""
        self.world.closing.set()
        for door in self._doors.values():
            await door.shut()
        for connection in tuple(self._mail_connections):
            await connection.end()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        self._doors.clear()

    @property
    def addresses(self) -> Addresses:
        url = {name: door.url for name, door in self._doors.items()}
        smtp = self._doors["smtp"]
        return Addresses(
            peertube_url=url["peertube"],
            pds_url=url["bluesky"],
            appview_url=url["bluesky"],
            embed_url=url["telegram"],
            oembed_url=url["x"] + "/oembed",
            short_url=url["x"] + "/t.co",
            form_url=url["x"] + "/forms/take-it-down",
            smtp_host=smtp.host,
            smtp_port=smtp.port,
        )

    def add(self, platform: str, script: Script, name: str = "") -> str:
        """Put an item there and return its public address. The same name gives the same address."""
        site = self._sites[platform]
        name = name or f"item_{next(self._numbers)}"
        item = Item(platform, name, script, site.key(name), site.address(name))
        return self.world.add(item).url

    def add_samples(self) -> list[Item]:
        """The demo's items, in the order of their table."""
        for platform, name in SAMPLES:
            self.add(platform, behaviour(_PREFIX.sub("", name)), name)
        return list(self.world.items.values())

    def item(self, url: str) -> Item:
        """The item of this public address. Raises `KeyError`."""
        return {item.url: item for item in self.world.items.values()}[url]

    def sent(self, platform: str) -> int:
        """How many report calls came, whatever became of them."""
        return self.world.calls[platform, Op.SEND]

    def door(self, name: str) -> Door:
        """The door of a platform, or of `smtp`."""
        return self._doors[name]

    @asynccontextmanager
    async def shut(self, name: str) -> AsyncIterator[None]:
        """While inside, connections to this platform are refused."""
        await self._doors[name].shut()
        try:
            yield
        finally:
            await self._doors[name].open()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _open(self, site: Site, host: str) -> None:
        runner = web.AppRunner(
            site.app(), access_log=None, handler_cancellation=True, shutdown_timeout=_STOP_S
        )
        await runner.setup()
        self._runners.append(runner)
        server = runner.server
        if server is None:
            raise RuntimeError("aiohttp made no server")
        door = self._doors[site.platform] = Door(host, server)
        await door.open()
        site.base_url = door.url

    def _mail_server(self) -> asyncio.BaseProtocol:
        return MailServer(self.mail, self._mail_connections)
