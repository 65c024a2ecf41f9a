"""Faults planted one at a time around the database: settings, clocks, Redis, relay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from adapters.contract.relay import Relay, relay
from service.doctor.chart import Level
from service.store.sealing import Vault
from tests.doctor.patient import Patient, ills


@pytest.mark.parametrize(("seconds", "level"), [(5, Level.WARN), (3600, Level.WRONG)])
async def test_a_clock_that_is_ahead(patient: Patient, seconds: float, level: Level) -> None:
    patient.ahead = timedelta(seconds=seconds)

    assert {"time.database", "time.redis"} <= await patient.ails(level)


@pytest.mark.parametrize(
    ("changes", "check", "level"),
    [
        ({"playground": True}, "settings.practice", Level.WRONG),
        ({"undo_s": 0}, "settings.practice", Level.WARN),
        ({"trusted_proxies": "0.0.0.0/1"}, "settings.proxies", Level.WRONG),
        ({"host": "0.0.0.0"}, "settings.proxies", Level.WARN),
        ({"egress_allow_cidrs": "::/0"}, "settings.egress", Level.WRONG),
        ({"egress_allow_cidrs": "127.0.0.0/8"}, "settings.egress", Level.WARN),
    ],
)
async def test_a_setting_that_is_allowed_and_unwise(
    patient: Patient, changes: dict[str, object], check: str, level: Level
) -> None:
    patient.changed.update(changes)

    assert await patient.ails(level) == {check}


async def test_real_settings_on_practice_data(patient: Patient) -> None:
    await patient.plant("UPDATE organisations SET name = 'Practice centre' WHERE name = 'Other'")

    assert await patient.ails() == {"settings.practice"}


async def test_settings_that_are_wrong_are_told_at_once(patient: Patient, tmp_path: Path) -> None:
    key = tmp_path / "open.key"
    Vault.make_file(key)
    key.chmod(0o644)
    patient.changed |= {"key_file": key, "smtp_host": "relay.example", "port": 99999}

    says = " ".join(f.says for f in (await patient.chart()).findings)
    for name in ("EFFACE_KEY_FILE: others may read", "EFFACE_SMTP_TLS: mail to", "EFFACE_PORT"):
        assert name in says
    assert "relay.example" not in says
    assert "99999" not in says


async def test_a_proxy_that_is_none_is_told_with_the_other_settings(patient: Patient) -> None:
    patient.changed |= {"egress_proxy": "socks5://u:s3cret@out.example:1080", "port": 99999}

    says = " ".join(f.says for f in (await patient.chart()).findings)
    for name in ("EFFACE_EGRESS_PROXY: it must be http://host:port", "EFFACE_PORT"):
        assert name in says
    assert "s3cret" not in says
    assert "out.example" not in says


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("closed_because = 'http_401'", "an error has closed"),
        ("closed_because = 'http_401', killed = true", "an error has closed"),
        ("killed = true", "switched off"),
        ("not_before = now() + interval '25 hours'", "must wait for more than a day"),
        ("not_before = now() + interval '23 hours'", None),
    ],
)
async def test_a_lane_with_work_is_shut(patient: Patient, change: str, says: str | None) -> None:
    await patient.plant(
        f"UPDATE lanes SET {change} WHERE id ="
        " (SELECT lane FROM notices WHERE state = 'due' LIMIT 1)"
    )

    chart = await patient.chart(replay=False)

    (lanes,) = (f for f in chart.findings if f.check == "lanes.open")
    assert (lanes.level is Level.WARN, says is None or says in lanes.says) == (
        says is not None,
        True,
    )


@pytest.mark.parametrize("lookups", [True, False])
async def test_a_lane_of_looks_or_lookups_that_is_shut_is_told_too(
    patient: Patient, lookups: bool
) -> None:
    row = "(SELECT id FROM takedowns WHERE lane_look IS NOT NULL ORDER BY id LIMIT 1)"
    due = "look_at = NULL, resolve_at = now()" if lookups else "look_at = now(), resolve_at = NULL"
    await patient.plant(
        "UPDATE takedowns SET look_at = NULL, resolve_at = NULL",
        f"UPDATE takedowns SET {due} WHERE id = {row}",
        "UPDATE lanes SET killed = true WHERE id ="
        f" (SELECT lane_look FROM takedowns WHERE id = {row})",
    )

    assert await patient.ails(Level.WARN) == {"lanes.open"}


@pytest.fixture
async def redis(patient: Patient) -> AsyncIterator[Redis]:
    """The patient's Redis, put back as it was."""
    line = Redis.from_url(patient.redis.url)
    yield line
    await line.replicaof("NO", "ONE")
    await line.flushall()
    await line.config_set("maxmemory-policy", "noeviction")
    await line.aclose()


async def test_a_redis_that_drops_keys(patient: Patient, redis: Redis) -> None:
    await redis.config_set("maxmemory-policy", "allkeys-lru")

    assert await patient.ails() == {"redis.keeps"}


async def test_a_redis_that_only_follows(patient: Patient, redis: Redis) -> None:
    await redis.replicaof("127.0.0.1", "1")

    assert await patient.ails() == {"redis.version"}


@pytest.mark.parametrize("job", [b"\x80\x04pickled", b'{"f": "run", "a": []}'])
async def test_jobs_that_are_not_ours(patient: Patient, redis: Redis, job: bytes) -> None:
    await redis.zadd("efface", {"one": 1})
    await redis.set("arq:job:one", job)

    assert await patient.ails() == {"redis.jobs"}


async def test_a_redis_that_is_away(patient: Patient, tmp_path: Path) -> None:
    patient.changed["redis_url"] = f"unix://{tmp_path}/nobody.sock"

    assert await patient.ails() == {"redis.reachable"}


@pytest.mark.parametrize(
    ("replies", "changes", "says"),
    [
        ({"auth": b"535 no\r\n"}, {"smtp_username": "c", "smtp_password": "p"}, "let us in"),
        ({}, {"smtp_tls": "starttls"}, "STARTTLS"),
        ({"ehlo": b"550 no\r\n"}, {}, "greeting"),
        ({"banner": b"554 no\r\n"}, {}, "does not answer"),
    ],
)
async def test_a_relay_that_will_not_have_us(
    patient: Patient, replies: dict[str, bytes], changes: dict[str, object], says: str
) -> None:
    async with relay(replies) as post:
        patient.changed |= {"smtp_port": post.port, **changes}

        chart = await patient.chart(replay=False)

    (found,) = (f for f in chart.findings if f.check == "mail.relay")
    assert (found.level, says in found.says) == (Level.WRONG, True)
    assert post.bodies == []


async def test_addresses_that_are_none(patient: Patient) -> None:
    patient.changed |= {"redis_url": "redis://host:s3cret/0", "smtp_helo": "not a name"}

    chart = await patient.chart(replay=False)

    assert ills(chart) == {"redis.reachable", "mail.relay"}
    assert "s3cret" not in chart.lines()


@pytest.mark.parametrize("name", ["egress_proxy", "vantage_proxy"])
async def test_a_proxy_that_is_not_there(patient: Patient, name: str) -> None:
    patient.changed[name] = "http://user:s3cret@127.0.0.1:1"

    chart = await patient.chart(replay=False)

    assert ills(chart) == {"egress.proxies"}
    assert f"EFFACE_{name.upper()}" in chart.lines()
    assert "s3cret" not in chart.lines()


async def test_practice_asks_no_proxy(patient: Patient) -> None:
    patient.changed |= {"playground": True, "egress_proxy": "http://127.0.0.1:1"}

    assert await patient.ails() == {"settings.practice"}


async def test_a_proxy_that_is_there_is_asked_for_nothing(patient: Patient, post: Relay) -> None:
    patient.changed["egress_proxy"] = f"http://127.0.0.1:{post.port}"

    chart = await patient.chart(replay=False)

    assert ills(chart) == set()
    (found,) = (f for f in chart.findings if f.check == "egress.proxies")
    assert found.level is Level.OK
    assert post.heard == [b"EHLO localhost\r\n", b"QUIT\r\n"], "the relay's own check"


async def test_a_relay_that_is_not_there(patient: Patient) -> None:
    patient.changed["smtp_port"] = 1

    assert await patient.ails() == {"mail.relay"}
