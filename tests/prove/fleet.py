"""API and worker processes as they ship, each by its own command, on one Postgres and one Redis."""

from __future__ import annotations

import asyncio
import importlib
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from service import app, cli
from service.playground.serve import Playground
from service.store.sealing import Vault
from service.store.unit import Store, make_engine
from tests.flow import worker as worker_in_flow
from tests.flow.office import SITE, Office
from tests.prove import scale

ROOT: Final = Path(__file__).parents[2]
READY_S: Final = 120.0  # a busy machine is no failure
SPEED: Final = 60.0  # an hour of waiting is a minute; no reminder is due while a test runs
DRAIN_S: Final = 1.0
_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([worker_in_flow.__name__, app.__name__, cli.__name__, __name__])
_OURS: Final = ("EFFACE_", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything of one fleet is."""

    database_url: str
    redis_url: str
    folder: Path

    @property
    def key_file(self) -> Path:
        return self.folder / "seal.key"


@asynccontextmanager
async def office_at(place: Place) -> AsyncIterator[Office]:
    """A centre with practice platforms, seen from outside the processes that work for it."""
    Vault.make_file(place.key_file)
    store = Store(make_engine(place.database_url), Vault.from_file(place.key_file))
    try:
        async with (
            Playground(speed=SPEED, peertube_site=SITE) as playground,
            Office(store, playground=playground) as office,
        ):
            yield office
    finally:
        await store.close()


def environment(place: Place, **more: str) -> dict[str, str]:
    """What a process of the fleet is told. Nothing of ours leaks into it."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(_OURS)}
    return kept | {
        "EFFACE_DATABASE_URL": place.database_url,
        "EFFACE_REDIS_URL": place.redis_url,
        "EFFACE_KEY_FILE": str(place.key_file),
        "EFFACE_PLAYGROUND": "true",
        "EFFACE_PRACTICE_SPEED": str(SPEED),
        "EFFACE_UNDO_S": "0",
        "EFFACE_SWEEP_S": "1",
        "EFFACE_API_DRAIN_S": str(DRAIN_S),
        "EFFACE_EGRESS_ALLOW_CIDRS": "127.0.0.0/8",
        **more,
    }


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Member:
    """One process, started again and again under the same settings."""

    command: str
    environment: dict[str, str]
    log: Path
    port: int = 0
    module: str = "service.cli"
    codes: list[int] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)
    pid: int = 0
    _code: Callable[[], int | None] = field(default=lambda: 0, repr=False)

    async def start(self) -> None:
        """Return when it says that it works."""
        said = len(self._ready_lines())
        self.pid, self._code = (_run if scale.LONG else _fork)(self)
        end = time.monotonic() + READY_S
        while len(self._ready_lines()) <= said:
            assert self._code() is None, self.log.read_text()[-2000:]
            assert time.monotonic() < end, "it never was ready"
            await asyncio.sleep(0.05)

    def _ready_lines(self) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line.get("event") == f"{self.command}.ready"]

    async def stop(self) -> None:
        """SIGTERM, as whoever runs it stops it; how it ended is kept."""
        began = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        self.codes.append(await self._ended())
        self.took_s.append(time.monotonic() - began)

    async def kill(self) -> None:
        """End it however it is."""
        if self._code() is None:
            os.kill(self.pid, signal.SIGKILL)
            await self._ended()

    async def _ended(self) -> int:
        async with asyncio.timeout(READY_S):
            while (code := self._code()) is None:
                await asyncio.sleep(0.02)
        return code

    def lines(self) -> list[dict[str, Any]]:
        """What it logged; what is no JSON counts as an error."""
        if not self.log.exists():
            return []
        text = self.log.read_text(errors="replace")
        return [_line(line) for line in text.splitlines()]

    def errors(self) -> list[dict[str, Any]]:
        """What it logged as gone wrong."""
        return [line for line in self.lines() if line["level"] in ("error", "critical")]


def _run(member: Member) -> tuple[int, Callable[[], int | None]]:
    """By its command, as it ships: that costs seconds, to import everything anew."""
    with member.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", member.module, member.command],
            cwd=ROOT, env=member.environment, stdout=log, stderr=log,
        )  # fmt: skip
    return process.pid, process.poll


def _fork(member: Member) -> tuple[int, Callable[[], int | None]]:
    """The same command, in a process that has imported everything and done nothing."""
    given = (member.module, member.command, member.environment, str(member.log))
    process = _FORKS.Process(target=_command, args=given, daemon=True)
    process.start()
    assert process.pid is not None
    return process.pid, lambda: process.exitcode


def _command(module: str, name: str, environment: dict[str, str], log: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    importlib.import_module(module).main([name])


def _line(text: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError:
        return {"level": "error", "text": text}
    return found


@asynccontextmanager
async def fleet_at(
    place: Place, *, apis: int = 2, workers: int = 2, module: str = "service.cli", **told: str
) -> AsyncIterator[tuple[list[Member], list[Member]]]:
    """So many of each, working; none is left afterwards."""
    made_apis = []
    for number in range(apis):
        port = free_port()
        its = environment(place, EFFACE_PORT=str(port), **told)
        made_apis.append(Member("api", its, place.folder / f"api{number}.log", port, module))
    its = environment(place, **told)
    made_workers = [
        Member("worker", its, place.folder / f"worker{n}.log", module=module)
        for n in range(workers)
    ]
    try:
        await asyncio.gather(*(member.start() for member in (*made_apis, *made_workers)))
        yield made_apis, made_workers
    finally:
        await asyncio.gather(*(member.kill() for member in (*made_apis, *made_workers)))


async def until(met: Callable[[], Awaitable[bool]], within_s: float = READY_S) -> None:
    """Wait in real time."""
    end = time.monotonic() + within_s
    while not await met():
        assert time.monotonic() < end, "it never came"
        await asyncio.sleep(0.2)


async def all_sent(office: Office, count: int, within_s: float = 10 * READY_S) -> None:
    """Wait until so many notices are there and every one is sent."""
    end = time.monotonic() + within_s
    while True:
        rows = await office.rows("SELECT state, count(*) AS n FROM notices GROUP BY state")
        states = {row.state: row.n for row in rows}
        if states == {"sent": count}:
            return
        assert time.monotonic() < end, f"of {count}: {states}"
        await asyncio.sleep(0.5)


async def doubts(office: Office) -> int:
    """How many notices nobody was sure of at some time."""
    (row,) = await office.rows(
        "SELECT count(DISTINCT subject_id) AS n FROM entries WHERE target = 'perhaps_sent'"
    )
    return int(row.n)


def reports(office: Office, urls: Iterable[str]) -> dict[int, int]:
    """How many of these addresses the platforms got how many reports about."""
    by_url = {item.url: item for item in office.playground.world.items.values()}
    found: dict[int, int] = {}
    for url in urls:
        count = len(by_url[url].reports)
        found[count] = found.get(count, 0) + 1
    return found
