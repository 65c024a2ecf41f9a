"""The embedded Redis as the product uses it."""

from __future__ import annotations

import re
import stat
import time
from pathlib import Path

import pytest
import redis

from service.embedded.errors import FolderInUse, NotPrivate
from service.embedded.redis import EmbeddedRedis


def client(server: EmbeddedRedis) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def test_it_answers_on_a_private_socket_and_no_port(own_redis: EmbeddedRedis, home: Path) -> None:
    own_redis.start()

    with client(own_redis) as line:
        settings = line.config_get()

    assert settings["port"] == "0"
    assert settings["save"] == ""
    assert settings["appendonly"] == "no"
    assert settings["maxmemory-policy"] == "noeviction"
    assert stat.S_IMODE((home / "redis.sock").stat().st_mode) == 0o700
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_it_starts_again_and_has_forgotten_everything(own_redis: EmbeddedRedis, end: str) -> None:
    own_redis.start()
    with client(own_redis) as line:
        line.set("kept", "no")
    getattr(own_redis, end)()

    began = time.monotonic()
    own_redis.start()

    assert time.monotonic() - began < 2  # 0.05 s on an idle machine
    with client(own_redis) as line:
        assert line.get("kept") is None


def test_it_leaves_no_file_with_what_it_held(own_redis: EmbeddedRedis, home: Path) -> None:
    own_redis.start()
    with client(own_redis) as line:
        line.set("canary", "canary")

    own_redis.stop()

    assert {path.name for path in home.iterdir()} == {"redis.lock", "redis.log"}
    assert "canary" not in (home / "redis.log").read_text()


def test_a_server_that_outlived_its_parent_is_ended_first(
    own_redis: EmbeddedRedis, home: Path
) -> None:
    own_redis.start()
    with client(own_redis) as line:
        line.set("kept", "no")
    own_redis._lock.release()  # as the system does for a dead process

    second = EmbeddedRedis(home)
    second.start()
    try:
        with client(second) as line:
            assert line.get("kept") is None
    finally:
        second.stop()


def test_two_never_share_a_folder(own_redis: EmbeddedRedis, home: Path) -> None:
    own_redis.start()

    with pytest.raises(FolderInUse, match=re.escape(str(home))):
        EmbeddedRedis(home).start()


def test_a_folder_open_to_others_is_refused(home: Path) -> None:
    home.mkdir()
    home.chmod(0o750)

    with pytest.raises(NotPrivate):
        EmbeddedRedis(home).start()


@pytest.mark.parametrize("name", ["long" * 40, "50% & more 한글"])
def test_a_path_no_socket_can_have_gets_its_socket_elsewhere(home: Path, name: str) -> None:
    server = EmbeddedRedis(home / name)
    server.start()
    folder = Path(server.url.removeprefix("unix://")).parent
    try:
        with client(server) as line:
            assert line.ping()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        server.stop()

    assert not folder.exists()
