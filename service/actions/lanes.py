"""The rows of lanes: making them, what they allow now, closing and opening them."""

from __future__ import annotations

import dataclasses
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from adapters.errors import Throttled
from adapters.spec import MOST_PER_DAY, Rate
from service.actions.context import Context, Desk
from service.domain.lanes import TOO_LONG, Lane, answered, failed, is_believable
from service.domain.states import Actor
from service.domain.world import lane_of, look_lane_of
from service.store import entries, keys
from service.store.unit import Unit

THROTTLED_FOR: Final = timedelta(seconds=60)  # when a platform says 429 and no time


@dataclass(frozen=True, slots=True)
class Word:
    """What a call brought about its lane: not before `until`, or not until a person mends it.

    `failed`: nobody answered, or somebody did; None: it does not show whether anybody is there.
    """

    lane: str
    until: datetime | None = None
    closes: str | None = None
    failed: bool | None = None


COLUMNS: Final = ", ".join(field.name for field in dataclasses.fields(Lane))


ROOM: Final = """(
SELECT CASE WHEN killed OR closed_because IS NOT NULL OR not_before > :now OR full_until > :now
                 OR probe_at > :now THEN 0
            WHEN down_since IS NOT NULL THEN 1
            WHEN :interval_s = 0 THEN :n
            ELSE LEAST(:n, GREATEST(0, :burst - ceil(
                 EXTRACT(EPOCH FROM GREATEST(tat, :now) - :now) / :interval_s - 0.001)))
       END FROM lanes WHERE id = :lane)"""
"""About how many messages may leave now, read without a lock, so that few are prepared in vain.
What is granted is decided under the lock.
"""


def room(rate: Rate) -> dict[str, float]:
    """What `ROOM` needs to know of a pace."""
    unlimited = math.isinf(rate.per_minute)
    return {"interval_s": 0.0 if unlimited else 60 / rate.per_minute, "burst": rate.burst}


def of(platform: str, organisation_id: UUID) -> dict[str, tuple[str, UUID | None]]:
    """The two lanes of one platform for one organisation: sends and polls; looks and resolves."""
    return {
        lane_of(platform, organisation_id): (platform, organisation_id),
        look_lane_of(platform, organisation_id): (platform, organisation_id),
    }


_ENSURE: Final = """
INSERT INTO lanes (id, platform, organisation_id, killed)
SELECT id, platform, org, false
  FROM unnest(CAST(:ids AS text[]), CAST(:platforms AS text[]), CAST(:orgs AS uuid[]))
    AS u (id, platform, org)
    ON CONFLICT (id) DO NOTHING"""


async def ensure(u: Unit, wanted: Mapping[str, tuple[str, UUID | None]]) -> None:
    """Make the lanes that are not there yet."""
    if wanted:
        ids = sorted(wanted)
        platforms, orgs = zip(*(wanted[lane] for lane in ids), strict=True)
        await u.run(_ENSURE, ids=ids, platforms=list(platforms), orgs=list(orgs))


def rate_of(ctx: Context, desk: Desk) -> Rate:
    """What a platform allows, and the centre: its own limit for a day counts where it is lower."""
    spec = desk.adapter.spec
    rate = ctx.rules.specs[spec.name].lane
    own = desk.adapter.settings.get(MOST_PER_DAY.name)
    if not own:
        return rate
    most = int(own) if rate.per_day is None else min(int(own), rate.per_day)
    return dataclasses.replace(rate, per_day=most)


async def heed(u: Unit, ctx: Context, words: Sequence[Word], now: datetime) -> None:
    """Retry-After is never undercut; a first 401, or a wait that nobody can mean, closes the lane.
    One where nobody answers is left alone for a while.

    What was demanded is kept as it is: a person who opens the lane can see it.
    """
    await _see_who_answers(u, ctx, words, now)
    words_by_lane: dict[str, list[Word]] = defaultdict(list)
    for word in words:
        if word.until or word.closes:
            words_by_lane[word.lane].append(word)
    for lane, said in sorted(words_by_lane.items()):
        until = max((w.until for w in said if w.until), default=None)
        closes = next((w.closes for w in said if w.closes), None)
        if until is not None:
            await _wait_until(u, lane, until)
            closes = closes or (None if is_believable(until, now) else TOO_LONG)
        if closes:
            await close(u, lane, closes, now, until)


async def _see_who_answers(u: Unit, ctx: Context, words: Iterable[Word], now: datetime) -> None:
    """Count what failed in a row. Most of the time everybody answers, and nothing is written."""
    said_by_lane: dict[str, list[bool]] = defaultdict(list)
    for word in words:
        if word.failed is not None:
            said_by_lane[word.lane].append(word.failed)
    for lane_id, said in sorted(said_by_lane.items()):
        if any(said) or await _has_failed(u, lane_id):
            await _count(u, ctx, lane_id, said, now)


async def _count(u: Unit, ctx: Context, lane_id: str, said: Iterable[bool], now: datetime) -> None:
    lane = await lock(u, lane_id)
    if lane is None:
        return
    was_down = lane.down_since is not None
    for fails in said:
        if fails:
            failed(lane, now, ctx.rules.pace)
        else:
            answered(lane)
    await keep(u, lane)
    is_down = lane.down_since is not None
    if was_down != is_down:
        await _tell(u, lane_id, now, is_down=is_down)
    if was_down and not is_down:
        for kind in ("look", "resolve") if _is_for_looks(lane) else ("send",):
            u.ring(kind, lane_id)


def _is_for_looks(lane: Lane) -> bool:
    return lane.id.startswith(f"{lane.platform}/look/")


async def _has_failed(u: Unit, lane_id: str) -> bool:
    row = await u.run("SELECT 1 FROM lanes WHERE id = :id AND failures > 0", id=lane_id)
    return row.scalar() is not None


async def _tell(u: Unit, lane_id: str, now: datetime, *, is_down: bool) -> None:
    """A line: from when on nothing was sent, or from when on it was again."""
    row = await u.run("SELECT organisation_id FROM lanes WHERE id = :id", id=lane_id)
    organisation_id = row.scalar()
    if organisation_id is None:
        return
    await entries.fact(
        u, now, organisation_id=organisation_id, event="lane_down" if is_down else "lane_up",
        actor=Actor.ENGINE, facts={"lane": lane_id},
        key=await keys.organisation_key(u, organisation_id),
    )  # fmt: skip


async def close(
    u: Unit, lane: str, because: str, now: datetime, until: datetime | None = None
) -> None:
    """Stop a lane until its settings change. The first who does leaves a line."""
    closed = await u.run(
        "UPDATE lanes SET closed_because = :because, closed_at = :now"
        " WHERE id = :id AND closed_because IS NULL RETURNING organisation_id",
        id=lane,
        because=because,
        now=now,
    )
    organisation_id = closed.scalar()
    if organisation_id is None:
        return
    facts = {"lane": lane, **({"until": entries.stamp(until)} if until else {})}
    await entries.fact(
        u, now, organisation_id=organisation_id, event="lane_closed", actor=Actor.ENGINE,
        reason=because, facts=facts, key=await keys.organisation_key(u, organisation_id),
    )  # fmt: skip


async def open_again(u: Unit, lane: str) -> None:
    """The settings were changed: try again, also what was told to wait, for it may be elsewhere."""
    await u.run(
        "UPDATE lanes SET closed_because = NULL, closed_at = NULL, not_before = NULL,"
        " full_until = NULL, failures = 0, down_since = NULL, probe_at = NULL WHERE id = :id",
        id=lane,
    )


async def lock(u: Unit, lane_id: str) -> Lane | None:
    """The lane's row, locked: always the last lock of a transaction."""
    row = (
        await u.run(f"SELECT {COLUMNS} FROM lanes WHERE id = :id FOR UPDATE", id=lane_id)
    ).one_or_none()
    return Lane(*tuple(row)) if row else None


def until_of(error: Throttled, now: datetime) -> datetime:
    """Until when a platform that said "slow down" is left alone."""
    return error.until or now + THROTTLED_FOR


async def take_turns(u: Unit, lane_id: str) -> None:
    """One START of a lane at a time, over all workers: two would pick the same rows and wait for
    each other. It is the first lock of a transaction, and nobody who holds a row waits for it.
    """
    await u.run("SELECT pg_advisory_xact_lock(hashtextextended(:lane, 0))", lane=lane_id)


async def keep(u: Unit, lane: Lane) -> None:
    """Write down how far a lane's time has moved, what is spent, and whether anybody is there."""
    await u.run(
        "UPDATE lanes SET tat = :tat, spent = CAST(:spent AS jsonb), full_until = :full_until,"
        " failures = :failures, down_since = :down_since, probe_at = :probe_at WHERE id = :id",
        id=lane.id,
        tat=lane.tat,
        spent=json.dumps(lane.spent),
        full_until=lane.full_until,
        failures=lane.failures,
        down_since=lane.down_since,
        probe_at=lane.probe_at,
    )


async def _wait_until(u: Unit, lane_id: str, until: datetime) -> None:
    """Nobody calls before `until`; an earlier word never shortens a later one."""
    await u.run(
        "UPDATE lanes SET not_before = GREATEST(not_before, :until) WHERE id = :id",
        id=lane_id,
        until=until,
    )
