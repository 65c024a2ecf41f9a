"""Whether the product can do its work: the database, its shape, Redis, workers that are alive, the
sweep, and the mailbox where one is set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, Literal

from service.actions.context import Context
from service.store import schema
from service.store.unit import DatabaseAway, Unit

BEATS: int = 3
"""A worker that missed this many sweeps counts as gone."""
SWEEPS: Final = 6
"""So many intervals without a sweep are too many; a slow one takes two or three."""
READS: Final = 4
"""A mailbox that could not be read for so many intervals is away."""
AWAY_MIN: Final = timedelta(minutes=1)
"""However short they are: one look may take half of that."""
LONGEST_LOOK: Final = timedelta(minutes=10)
"""A look that nobody ended is given up after half of that, and many mails take their time."""
ANSWERS_WITHIN_S: Final = 5.0
"""A load balancer asks again within seconds: what takes longer is away."""
_ASK: Final = "`efface doctor` and the workers' logs say why."
_ORDER: Final = ("away", "degraded")

Ping = Callable[[], Awaitable[bool]]
"""Whether Redis answers this process."""


@cache
def _head() -> str:
    return schema.head()


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that the work needs, and how it is, in words for who must act. `reason` is the same
    in a word that does not change.
    """

    name: str
    state: Literal["ok", "degraded", "away", "unknown"]
    detail: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """`away`: calls would fail. `degraded`: everything is taken in, some of it later."""

    status: Literal["ready", "degraded", "away"]
    reasons: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


async def readiness(
    ctx: Context, sweep: timedelta, ping: Ping | None = None, mail: timedelta | None = None
) -> Readiness:
    """What an operator and a load balancer need to know. Never raises.

    `ping` asks Redis from here; without it, what workers say of Redis counts alone. `mail` is how
    often the mailbox is looked into; without it none is set, and nothing is said of it.
    """
    later = ("migrations", "workers", "sweep", *(("mailbox",) if mail else ()))
    answers = await ping() if ping else None
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            found = await ctx.store.read(_found)
    except (DatabaseAway, TimeoutError):
        said = "It cannot be reached."
        return _of([*_unasked("database_away", said, later), _redis(answers, [])])
    except Exception as error:  # noqa: BLE001 - no table, no right: not ready, whatever it is
        reason = f"database_{type(error).__name__.lower()}"
        said = "It answers, but not as it should. `efface migrate` gives it its shape and rights."
        return _of([*_unasked(reason, said, later), _redis(answers, [])])
    now = ctx.now()
    alive = [w for w in found.workers if w.beat_at > now - BEATS * sweep]
    return _of(
        [
            Part("database", "ok", "It answers."),
            _migrations(found.version),
            _redis(answers, [w.redis for w in alive]),
            _workers(found.workers, alive, now),
            _sweep(found.swept_at, alive, now, sweep),
            *([_mailbox(found.mailbox, alive, now, mail)] if mail else []),
        ]
    )


@dataclass(frozen=True, slots=True)
class _Found:
    version: str | None
    workers: Sequence[Any]
    swept_at: datetime | None
    mailbox: Any = None


async def _found(u: Unit) -> _Found:
    version = (await u.run("SELECT version_num FROM alembic_version")).scalar()
    if version != _head():
        return _Found(version, (), None)
    workers = (await u.run("SELECT started_at, beat_at, redis FROM workers")).all()
    swept_at = (await u.run("SELECT ended_at FROM sweeps")).scalar()
    mailbox = (await u.run("SELECT read_at, failing_since FROM mailboxes")).one_or_none()
    return _Found(version, workers, swept_at, mailbox)


def _of(parts: Sequence[Part]) -> Readiness:
    states = {part.state for part in parts}
    status: Any = next((state for state in _ORDER if state in states), "ready")
    wrong = [p for state in _ORDER for p in parts if p.state == state and p.reason]
    if status == "away":  # what else is wrong follows from it
        wrong = [p for p in wrong if p.state == "away"]
    return Readiness(status, tuple(p.reason for p in wrong if p.reason), tuple(parts))


def _unasked(reason: str, said: str, names: Sequence[str]) -> list[Part]:
    left = "The database would tell."
    return [Part("database", "away", said, reason), *(Part(n, "unknown", left) for n in names)]


def _migrations(version: str | None) -> Part:
    if version == _head():
        return Part("migrations", "ok", "The database has the shape that this version needs.")
    said = "The database has another shape than this version needs. Run `efface migrate`."
    return Part("migrations", "away", said, "migration_pending")


def _redis(answers: bool | None, heard: Sequence[bool]) -> Part:  # noqa: FBT001 - what a ping says
    later = "Work goes on, each piece up to one sweep later."
    if answers is False:
        return Part("redis", "degraded", f"It does not answer the API. {later}", "redis_away")
    if not all(heard):
        deaf = f"{heard.count(False)} of {len(heard)} workers cannot hear it."
        return Part("redis", "degraded", f"{deaf} {later}", "redis_away")
    if answers is None and not heard:
        return Part("redis", "unknown", "A worker would tell.")
    return Part("redis", "ok", "It answers.")


def _workers(known: Sequence[Any], alive: Sequence[Any], now: datetime) -> Part:
    if alive:
        count = "One is" if len(alive) == 1 else f"{len(alive)} are"
        return Part("workers", "ok", f"{count} alive.")
    said = "None is alive. What comes in is kept, and nothing is sent. Start `efface worker`."
    if known:
        last = max(w.beat_at for w in known)
        said = f"The last sign of life is {_ago(last, now)} old. {said}"
    return Part("workers", "degraded", said, "no_worker")


def _sweep(
    swept_at: datetime | None, alive: Sequence[Any], now: datetime, every: timedelta
) -> Part:
    since = swept_at or min((w.started_at for w in alive), default=None)
    if since is None:
        return Part("sweep", "unknown", "There was none yet.")
    if now - since > SWEEPS * every:
        said = f"The last one ended {_ago(since, now)} ago. What time alone brings is late."
        return Part("sweep", "degraded", said, "sweep_late")
    if swept_at is None:
        return Part("sweep", "ok", "The first one is to come.")
    return Part("sweep", "ok", f"The last one ended {_ago(swept_at, now)} ago.")


def _mailbox(row: Any, alive: Sequence[Any], now: datetime, every: timedelta) -> Part:
    read_at, failing = (row.read_at, row.failing_since) if row else (None, None)
    late = max(READS * every, AWAY_MIN)
    if failing and now - failing > late:
        said = f"It could not be read for {_ago(failing, now)}. Replies wait in it. {_ASK}"
        return Part("mailbox", "degraded", said, "mailbox_away")
    since = read_at or failing or min((w.started_at for w in alive), default=None)
    if since is None:
        return Part("mailbox", "unknown", "Nobody has looked into it yet.")
    if now - since > late + LONGEST_LOOK:
        said = f"Nobody has read it for {_ago(since, now)}. Replies wait in it. {_ASK}"
        return Part("mailbox", "degraded", said, "mailbox_away")
    if read_at is None:
        return Part("mailbox", "ok", "The first reading is to come.")
    return Part("mailbox", "ok", f"It was last read {_ago(read_at, now)} ago.")


def _ago(at: datetime, now: datetime) -> str:
    seconds = max(0, round((now - at).total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
