"""Every named point between two phases, and how a process is made to die there.

The product holds no hooks for this: functions are wrapped here, in the process that is to die.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import uvicorn

from service.actions import accept_items, attempts, claims, once, organisations, takedowns
from service.actions.context import Context, Platforms
from service.api import application
from service.embedded.postgres import EmbeddedPostgres
from service.embedded.redis import EmbeddedRedis
from service.engine import jobs, run, sequencer
from service.store import schema
from service.store.ledger import Rules
from service.store.sealing import Vault
from service.store.unit import Store, Unit, make_engine
from tests.flow import worker
from tests.flow.worker import PACE, Orders, die, dying_after, specs
from tests.prove.desks import Keyed, Whole

Arm = Callable[[], None]
DESKS: Final = (Whole, Keyed)


def _wrap(owner: Any, name: str, wrapping: Callable[[Any], Any] = dying_after) -> Arm:
    return lambda: setattr(owner, name, wrapping(getattr(owner, name)))


def _call_of(kind: str, wrapping: Callable[[Any], Any]) -> Arm:
    def arm() -> None:
        found = jobs.KINDS[kind]
        jobs.KINDS[kind] = dataclasses.replace(found, call=wrapping(found.call))

    return arm


def _record_of(kind: str) -> Arm:
    def arm() -> None:
        found = jobs.KINDS[kind]
        jobs.KINDS[kind] = dataclasses.replace(found, record=dying_after(found.record))

    return arm


def _instead(_: Any) -> Callable[..., Awaitable[Any]]:
    async def never(*_: Any, **__: Any) -> Any:
        die()

    return never


def _if_any(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Die after it, once it has brought anything."""

    async def wrapped(*given: Any, **named: Any) -> Any:
        result = await original(*given, **named)
        if result:
            die()
        return result

    return wrapped


def _meanwhile(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Die while it is out; an answer that is quicker, or a loop that is slow, is not waited for."""

    async def wrapped(*given: Any, **named: Any) -> Any:
        asyncio.get_running_loop().call_later(0.2, die)
        await original(*given, **named)
        await asyncio.Event().wait()

    return wrapped


def _numbered(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Die after the statement that numbers events, with its transaction open."""

    async def wrapped(self: Unit, statement: Any, /, **values: Any) -> Any:
        result = await original(self, statement, **values)
        if statement is sequencer._NUMBER and result.rowcount:
            die()
        return result

    return wrapped


def _after_sync(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapped(*given: Any, **named: Any) -> Any:
        result = original(*given, **named)
        die()
        return result

    return wrapped


class _DeadlyBell:
    """Whoever rings it, dies: what it would have told of is committed."""

    def ring(self, rings: Any) -> None:
        if rings:
            die()


@dataclass(frozen=True, slots=True)
class Point:
    """One place to die at. `story` names what is going on there."""

    story: str
    moment: str
    arm: Arm
    doubts: int = 0  # notices that nobody is sure of because of it

    @property
    def name(self) -> str:
        return f"{self.story}: {self.moment}"


def _sending(story: str, doubts: int) -> list[Point]:
    return [
        Point(story, "intent written, not committed", _wrap(attempts, "begin", dying_after)),
        Point(story, "intent committed, not called", _call_of("send", _instead), doubts),
        Point(story, "the call is out", _call_of("send", _meanwhile), doubts),
        Point(story, "answered, not written", _call_of("send", dying_after), doubts),
        Point(story, "written, not committed", _wrap(attempts, "finish"), doubts),
        Point(story, "committed", _record_of("send")),
    ]


def _asking(story: str, kind: str) -> list[Point]:
    return [
        Point(story, "leased, not committed", _wrap(claims, "claim", _if_any)),
        Point(story, "leased, not called", _call_of(kind, _instead)),
        Point(story, "the call is out", _call_of(kind, _meanwhile)),
        Point(story, "answered, not written", _call_of(kind, dying_after)),
        Point(story, "written, not committed", _wrap(claims, "release")),
        Point(story, "committed", _record_of(kind)),
    ]


ENGINE: Final = (
    *_sending("send", 1),
    *_sending("send again under the same key", 1),
    *_asking("look a report up", "poll"),
    *_asking("poll", "poll"),
    *_asking("look", "look"),
    *_asking("resolve", "resolve"),
    Point("expire a lease", "written, not committed", _wrap(attempts, "close_open")),
    Point("number events", "written, not committed", _wrap(Unit, "run", _numbered)),
    Point("number events", "committed", _wrap(sequencer, "number_events", _if_any)),
)
API: Final = (
    Point("take addresses in", "key claimed", _wrap(once, "claim")),
    Point("take addresses in", "written, not committed", _wrap(accept_items, "_store")),
    Point("take addresses in", "committed, not rung", lambda: None),
    Point("take addresses in", "committed, no reply", _wrap(accept_items, "accept_items")),
    Point("take addresses in", "reply kept, not given", _wrap(once, "keep")),
    Point("withdraw", "committed, no reply", _wrap(takedowns, "withdraw")),
)


def up() -> tuple[Point, ...]:
    from service import home  # noqa: PLC0415 - a worker needs none of it
    from service import up as starting  # noqa: PLC0415

    listening = _wrap(starting, "_listening")
    return tuple(
        Point("efface up", moment, arm)
        for moment, arm in (
            ("the database runs", _wrap(EmbeddedPostgres, "start", _after_sync)),
            ("Redis runs", _wrap(EmbeddedRedis, "start", _after_sync)),
            ("the sealing key is made", _wrap(Vault, "make_file", _after_sync)),
            ("migrated", _wrap(schema, "migrate")),
            ("the organisation is made", _wrap(organisations, "make_organisation")),
            ("the first key is made, not written", _wrap(organisations, "make_key")),
            ("the first key is written", _wrap(home, "write_private", _after_key)),
            ("ringing", _wrap(run.EngineWorker, "start")),
            ("listening, not ready", listening),
        )
    )


def _after_key(original: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(path: Path, text: str) -> None:
        original(path, text)
        if path.suffix == ".key":
            die()

    return wrapped


UP: Final = (
    "the database runs",
    "Redis runs",
    "the sealing key is made",
    "migrated",
    "the organisation is made",
    "the first key is made, not written",
    "the first key is written",
    "ringing",
    "listening, not ready",
)
POINTS: Final = {point.name: point for point in (*ENGINE, *API)}


def engine(orders: Orders, says: Connection) -> None:
    """A worker that dies at the point that `orders` name, or not at all."""
    if orders.dies:
        POINTS[orders.dies].arm()
    with contextlib.suppress(BrokenPipeError):
        says.send(asyncio.run(worker.work(orders, says, DESKS)))


async def _never_asked() -> Any:
    raise NotImplementedError


async def _serve(orders: Orders, says: Connection) -> None:
    store = Store(make_engine(orders.database_url), Vault.from_file(Path(orders.key_file)))
    if orders.dies == "take addresses in: committed, not rung":
        store.bell = _DeadlyBell()
    pace = dataclasses.replace(PACE, undo=timedelta())
    rules = Rules(specs(DESKS), pace)
    ctx = Context(store, rules, Platforms(DESKS, None), lambda: datetime.now(UTC))
    app = application.make(ctx, _never_asked)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    says.send("ready")
    says.send(server.servers[0].sockets[0].getsockname()[1])
    await serving


def api(orders: Orders, says: Connection) -> None:
    """An API that dies at the point that `orders` name, or not at all."""
    if orders.dies:
        POINTS[orders.dies].arm()
    asyncio.run(_serve(orders, says))


if __name__ == "__main__":  # efface up, to die at the moment that is named first
    from service.cli import main

    moment = sys.argv.pop(1)
    next(point for point in up() if point.moment == moment).arm()
    main()
