"""What every test may ask for, a real Postgres and a real Redis, and what none may: the outside."""

from __future__ import annotations

import gc
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from redis.asyncio import Redis
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from service.embedded.postgres import EmbeddedPostgres
from service.embedded.redis import EmbeddedRedis
from tests.database import clones, database, migrated, store, vault

TOGETHER: Final = ("tests/doctor/", "tests/e2e/", "tests/prove/test_redis.py")
"""What one process runs, for what is made for all of it at the start, or because two of them at
once are too much for two cores.
"""
# A machine that stands still for a second fails no test.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

__all__ = ["clones", "database", "migrated", "store", "vault"]


class Apart(LoadScopeScheduling):  # type: ignore[misc]
    """Every test goes to the process that is free, but for those that stay together."""

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Apart:
    """How xdist shares tests out. (Its own groups are lost on pytest 9.)"""
    return Apart(config, log)


def pytest_collection_finish() -> None:
    """What was imported stays: looking through it for garbage again and again takes an eighth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One Postgres for each test process, with the roles made and no tables."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Redis for each test process. Who needs it empty, or leaves something, takes `redis`."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client to an empty Redis, which is emptied again afterwards."""
    client: Redis = Redis.from_url(redis_url)
    await client.flushall()
    yield client
    await client.flushall()
    await client.aclose()


@pytest.fixture(autouse=True)
def _stay_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sockets reach loopback and Unix sockets only, and names resolve to nothing else."""
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, _only_here(getattr(socket.socket, name)))
    monkeypatch.setattr(socket, "getaddrinfo", _only_known_names(socket.getaddrinfo))


def _only_here(original: Any) -> Any:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        address = arguments[-1]
        if self.family != socket.AF_UNIX and not _is_loopback(address[0]):
            pytest.fail(f"a test tried to reach {address[0]}")
        return original(self, *arguments)

    return guarded


def _only_known_names(original: Any) -> Any:
    def guarded(host: Any, *arguments: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in (None, "", "localhost") or _is_address(name):
            return original(host, *arguments, **named)
        raise socket.gaierror(socket.EAI_NONAME, "names are not looked up in tests")

    return guarded


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
