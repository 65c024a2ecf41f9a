"""Redis: it may vanish at any moment, but while it is there it should ring, and forget nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError

from service.doctor import skew
from service.doctor.chart import Chart
from service.doctor.configured import is_loopback
from service.engine.jobs import KINDS
from service.engine.queue import QUEUE, connect, deserialise
from service.settings import Settings

OLDEST: Final = 6
LOOKED_AT: Final = 200
FULL: Final = 0.9
_JOB: Final = "arq:job:"
_TICK: Final = "sweep"


async def examine(chart: Chart, settings: Settings, now: Callable[[], datetime]) -> None:
    """Everything about Redis. One that is away is told once, and the rest is left out."""
    url = settings.redis_url.get_secret_value()
    try:
        redis: Redis = connect(url)
    except ValueError:
        chart.wrong(
            "redis.reachable", "The address of Redis cannot be read.", "Correct EFFACE_REDIS_URL."
        )
        return
    try:
        server: dict[str, Any] = await redis.info()
        chart.close("redis.reachable", "Redis answers.")
        _private(chart, url)
        _version(chart, server)
        _keeps(chart, server)
        await _jobs(chart, redis)

        async def time() -> datetime:
            seconds, micro = await redis.time()
            return datetime.fromtimestamp(seconds + micro / 1e6, UTC)

        await skew.examine(chart, "Redis", time, now)
    except (RedisError, OSError, TimeoutError) as error:
        _away(chart, error)
    finally:
        await redis.aclose(close_connection_pool=True)


def _away(chart: Chart, error: Exception) -> None:
    shut = isinstance(error, AuthenticationError | NoPermissionError) or (
        isinstance(error, ResponseError) and "AUTH" in str(error).upper()
    )
    says = "Redis does not let us in." if shut else "Redis cannot be reached."
    do = "Check user and password" if shut else "Start it, or correct its address"
    chart.wrong("redis.reachable", says, f"{do} in EFFACE_REDIS_URL. Meanwhile sweeps do the work.")


def _private(chart: Chart, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "redis" and not is_loopback(parts.hostname or ""):
        chart.warn(
            "redis.private",
            "The way to Redis's machine is not encrypted.",
            "Use rediss:// in EFFACE_REDIS_URL, or a private network.",
        )
    chart.close("redis.private", "Nobody between us and Redis can read along.")


def _version(chart: Chart, server: dict[str, Any]) -> None:
    version = str(server.get("redis_version", "0"))
    if int(version.partition(".")[0]) < OLDEST:
        chart.wrong("redis.version", f"Redis {version} is too old.", f"Move to {OLDEST} or newer.")
    if server.get("role") == "slave":
        chart.wrong(
            "redis.version",
            "This Redis is a replica: it takes nothing.",
            "Name the one that it follows in EFFACE_REDIS_URL.",
        )
    chart.close("redis.version", f"Redis {version}.")


def _keeps(chart: Chart, server: dict[str, Any]) -> None:
    most, used = int(server.get("maxmemory", 0)), int(server.get("used_memory", 0))
    policy = server.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        level = chart.wrong if most else chart.warn
        level(
            "redis.keeps",
            "Redis drops keys when memory is short, so rings get lost without a word.",
            "Set maxmemory-policy to noeviction.",
        )
    if most and used > FULL * most:
        chart.warn("redis.keeps", "Redis has hardly any memory left.", "Give it more maxmemory.")
    chart.close("redis.keeps", "Redis drops nothing and has memory left.")


async def _jobs(chart: Chart, redis: Redis) -> None:
    """The oldest that wait. One that was taken meanwhile is no longer there."""
    waiting = [id_.decode() for id_ in await redis.zrange(QUEUE, 0, LOOKED_AT - 1)]
    raw = await redis.mget([_JOB + id_ for id_ in waiting]) if waiting else []
    strange = sum(1 for one in raw if one is not None and not _is_ours(one))
    if strange:
        chart.wrong(
            "redis.jobs",
            f"Jobs that are not efface's, or not JSON: {strange}.",
            "Let nobody else use this Redis, or give efface a number of its own in its address.",
        )
    chart.close("redis.jobs", f"What waits is ours: {len(waiting)}.")


def _is_ours(raw: bytes) -> bool:
    try:
        job = deserialise(raw)
        kind, lanes = job["f"], job["a"]
    except (ValueError, KeyError, TypeError):
        return False
    return kind in {*KINDS, _TICK} and all(isinstance(lane, str) for lane in lanes)
