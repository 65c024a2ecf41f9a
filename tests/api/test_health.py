"""Readiness says of each part how it is, in plain words; liveness asks nobody."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from service import app
from service.actions import take_mail
from service.actions.queries import health
from service.actions.queries.health import Part, Readiness
from service.embedded.postgres import EmbeddedPostgres
from service.engine import sweep
from service.settings import load
from service.store.sealing import Vault
from tests.api.house import House
from tests.database import plain_dsn
from tests.mailbox.server import mail_server

SWEEP = timedelta(seconds=5)


async def beat(house: House, name: str = "w", *, redis: bool = True) -> None:
    async def work(u: Any) -> None:
        await u.run(
            "INSERT INTO workers (id, started_at, beat_at, redis) VALUES (:id, :now, :now, :redis)"
            " ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at, redis = excluded.redis",
            id=name,
            now=house.now(),
            redis=redis,
        )

    await house.store.run(work)


async def found(house: House, *, redis: bool | None = None) -> tuple[Readiness, dict[str, Any]]:
    """Readiness as the API asks for it, and its parts by name. `redis`: whether it answers."""

    async def ping() -> bool:
        return bool(redis)

    seen = await health.readiness(house.ctx, SWEEP, None if redis is None else ping)
    return seen, {part.name: part for part in seen.parts}


async def test_everything_is_well(house: House) -> None:
    await beat(house)
    await sweep.sweep(house.ctx)

    reply = await house.get("/health/ready", role=None)

    body = reply.json()
    assert (reply.status_code, body["status"], body["reasons"]) == (200, "ready", [])
    assert [(p["name"], p["state"]) for p in body["parts"]] == [
        (name, "ok") for name in ("database", "migrations", "redis", "workers", "sweep")
    ]
    assert all(p["detail"].endswith(".") for p in body["parts"])


async def test_life_needs_nothing(house: House) -> None:
    await house.lose_database()

    reply = await house.get("/health/live", role=None)

    assert (reply.status_code, reply.json()) == (200, {"status": "alive"})


async def test_without_a_worker_work_is_kept(house: House) -> None:
    reply = await house.get("/health/ready", role=None)

    body = reply.json()
    assert (reply.status_code, body["status"]) == (200, "degraded")
    assert body["reasons"] == ["no_worker"]
    (part,) = [p for p in body["parts"] if p["name"] == "workers"]
    assert "efface worker" in part["detail"]


async def test_a_worker_that_is_silent_is_no_worker(house: House) -> None:
    await beat(house)
    house.ahead = health.BEATS * SWEEP - timedelta(seconds=1)
    early, _ = await found(house)

    house.ahead = timedelta(minutes=3)
    late, parts = await found(house)

    assert early.status == "ready"
    assert "no_worker" in late.reasons
    assert "3 min" in parts["workers"].detail


async def test_workers_that_cannot_hear_redis_are_counted(house: House) -> None:
    await beat(house, "a")
    await beat(house, "b", redis=False)

    seen, parts = await found(house)

    assert (seen.status, seen.reasons) == ("degraded", ("redis_away",))
    assert parts["redis"].detail.startswith("1 of 2 workers")


async def test_a_redis_that_does_not_answer_the_api_degrades_it(house: House) -> None:
    await beat(house)

    seen, parts = await found(house, redis=False)
    well, _ = await found(house, redis=True)

    assert (seen.status, seen.reasons) == ("degraded", ("redis_away",))
    assert "Work goes on" in parts["redis"].detail
    assert well.status == "ready"


async def test_a_sweep_that_does_not_come_is_late(house: House) -> None:
    await sweep.sweep(house.ctx)
    house.ahead = health.SWEEPS * SWEEP + timedelta(seconds=2)
    await beat(house)

    late, parts = await found(house)
    await sweep.sweep(house.ctx)
    again, _ = await found(house)

    assert (late.status, late.reasons) == ("degraded", ("sweep_late",))
    assert "ago" in parts["sweep"].detail
    assert again.status == "ready"


async def test_a_worker_that_never_sweeps_is_late_too(house: House) -> None:
    await beat(house)
    first, parts = await found(house)
    house.ahead = health.SWEEPS * SWEEP + timedelta(seconds=2)
    await beat(house)

    seen, _ = await found(house)

    assert (first.status, parts["sweep"].state) == ("ready", "ok")
    assert seen.reasons == ("sweep_late",)


EVERY = timedelta(seconds=30)


async def with_mailbox(house: House) -> tuple[Readiness, Part]:
    """Readiness where a mailbox is set, and what it says of that."""
    seen = await health.readiness(house.ctx, SWEEP, None, EVERY)
    (part,) = [part for part in seen.parts if part.name == "mailbox"]
    return seen, part


async def test_a_mailbox_that_cannot_be_read_for_long_degrades_it(house: House) -> None:
    async with mail_server() as server:
        await take_mail.look(house.ctx, server.inbox)
        await beat(house)
        well, read = await with_mailbox(house)
        await take_mail.look(house.ctx, server.with_password("c4n4ry"))
        first, _ = await with_mailbox(house)
        house.ahead = health.READS * EVERY + timedelta(seconds=5)
        await beat(house)
        await sweep.sweep(house.ctx)
        await take_mail.look(house.ctx, server.with_password("c4n4ry"))

        late, part = await with_mailbox(house)
        await take_mail.look(house.ctx, server.inbox)
        again, _ = await with_mailbox(house)

    assert [(w.status, w.reasons) for w in (well, first, again)] == [("ready", ())] * 3
    assert read.detail.startswith("It was last read ")
    assert (late.status, late.reasons) == ("degraded", ("mailbox_away",))
    assert part.detail.startswith("It could not be read for 2 min.")
    assert "efface doctor" in part.detail


async def test_a_mailbox_that_nobody_reads_degrades_it(house: House) -> None:
    async with mail_server() as server:
        await take_mail.look(house.ctx, server.inbox)
    house.ahead = health.READS * EVERY + health.LONGEST_LOOK - timedelta(seconds=20)
    early, _ = await with_mailbox(house)
    house.ahead += timedelta(seconds=25)

    late, part = await with_mailbox(house)

    assert "mailbox_away" not in early.reasons
    assert "mailbox_away" in late.reasons
    assert part.detail.startswith("Nobody has read it for 12 min.")


async def test_a_worker_that_never_reads_the_mailbox_is_late_too(house: House) -> None:
    _, nobody = await with_mailbox(house)
    await beat(house)
    _, new = await with_mailbox(house)
    house.ahead = health.READS * EVERY + health.LONGEST_LOOK + timedelta(seconds=5)
    await beat(house)

    late, part = await with_mailbox(house)

    assert [(p.state, p.reason) for p in (nobody, new)] == [("unknown", None), ("ok", None)]
    assert ("mailbox_away" in late.reasons, part.state) == (True, "degraded")


async def test_where_no_mailbox_is_set_nothing_is_said_of_it(house: House) -> None:
    async with mail_server() as server:
        await take_mail.look(house.ctx, server.with_password("wrong"))
    house.ahead = timedelta(days=1)

    seen, parts = await found(house)

    assert "mailbox" not in parts
    assert "mailbox_away" not in seen.reasons


async def test_the_settings_say_whether_there_is_a_mailbox(house: House, tmp_path: Path) -> None:
    Vault.make_file(tmp_path / "seal.key")
    given = {
        "database_url": "postgresql+asyncpg://nobody@127.0.0.1:1/nothing",
        "redis_url": f"unix://{tmp_path}/nobody.sock",
        "key_file": tmp_path / "seal.key",
    }
    box = {"imap_host": "mail.example", "imap_username": "u", "imap_password": "p"}

    named = []
    for settings in (load(**given), load(**given, **box)):
        ready = app.make_app(house.ctx, settings).state.health
        named.append("mailbox" in [part.name for part in (await ready()).parts])

    assert named == [False, True]


async def test_without_a_database_nobody_knows_of_the_mailbox(house: House) -> None:
    await house.lose_database()

    seen, part = await with_mailbox(house)

    assert (seen.reasons, part.state) == (("database_away",), "unknown")


async def change(server: EmbeddedPostgres, database: str, statement: str) -> None:
    conn = await asyncpg.connect(plain_dsn(server.superuser_url(database)))
    try:
        await conn.execute(statement)
    finally:
        await conn.close()


@pytest.mark.parametrize(
    ("statement", "part", "reason"),
    [
        ("UPDATE alembic_version SET version_num = 'older'", "migrations", "migration_pending"),
        ("DELETE FROM alembic_version", "migrations", "migration_pending"),
        ("REVOKE SELECT ON alembic_version FROM efface_app", "database", "database_"),
        ("DROP TABLE workers", "database", "database_"),
    ],
)
async def test_another_shape_is_not_ready(
    house: House, migrated: EmbeddedPostgres, database: str,
    statement: str, part: str, reason: str,
) -> None:  # fmt: skip
    await change(migrated, database, statement)

    reply = await house.get("/health/ready", role=None)

    body = reply.json()
    assert (reply.status_code, body["status"]) == (503, "away")
    assert [r.startswith(reason) for r in body["reasons"]] == [True]
    (wrong,) = [p for p in body["parts"] if p["state"] == "away"]
    assert wrong["name"] == part
    assert "efface migrate" in wrong["detail"]


async def test_a_database_that_never_answers_is_away_in_time(
    house: House, migrated: EmbeddedPostgres, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "ANSWERS_WITHIN_S", 0.3)
    conn = await asyncpg.connect(plain_dsn(migrated.superuser_url(database)))
    try:
        held = conn.transaction()
        await held.start()
        await conn.execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")

        seen, parts = await found(house, redis=True)

        await held.rollback()
    finally:
        await conn.close()
    assert (seen.status, seen.reasons) == ("away", ("database_away",))
    states = {name: part.state for name, part in parts.items()}
    assert states == {
        "database": "away",
        "migrations": "unknown",
        "workers": "unknown",
        "sweep": "unknown",
        "redis": "ok",
    }


async def test_nothing_that_is_said_names_a_place(house: House) -> None:
    await house.lose_database("c4n4ry")

    reply = await house.get("/health/ready", role=None)

    assert reply.status_code == 503
    assert "c4n4ry" not in json.dumps(reply.json())
