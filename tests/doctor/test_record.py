"""Faults planted one at a time into the database and its record: each is found and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.doctor.chart import Level
from service.store.sealing import Vault
from tests.doctor.patient import Patient, ills
from tests.doctor.planted import DATABASE, RECORD, SENT


@pytest.mark.parametrize(("statement", "check"), RECORD.values(), ids=RECORD)
async def test_a_fault_in_the_record(patient: Patient, statement: str, check: str) -> None:
    await patient.plant(statement)

    assert await patient.ails() == {check}


@pytest.mark.parametrize(("statement", "check"), DATABASE.values(), ids=DATABASE)
async def test_a_fault_in_the_database(patient: Patient, statement: str, check: str) -> None:
    await patient.plant("SET allow_system_table_mods = on", statement)

    assert check in await patient.ails()


async def test_two_open_attempts(patient: Patient) -> None:
    await patient.plant(
        "DROP INDEX attempts_one_open",
        f"UPDATE attempts SET notice_id = {SENT} WHERE id = (SELECT id FROM attempts"
        f" WHERE state = 'accepted' AND notice_id <> {SENT} LIMIT 1)",
    )

    assert await patient.ails() == {"record.attempts", "database.shape"}


async def test_a_call_that_never_ended(patient: Patient) -> None:
    await patient.plant(
        "UPDATE notices SET state = 'sending', lease_until = now() - interval '1 hour'"
        f" WHERE id = {SENT}"
    )

    assert await patient.ails() == {"record.leases", "record.states"}


async def test_guards_that_are_off_for_our_role(patient: Patient) -> None:
    await patient.plant(
        f"ALTER ROLE efface_app IN DATABASE {patient.database}"
        " SET session_replication_role = replica"
    )

    assert await patient.ails() == {"database.shape"}


async def test_commits_that_may_be_lost(patient: Patient) -> None:
    await patient.plant(
        f"ALTER ROLE efface_app IN DATABASE {patient.database} SET synchronous_commit = off"
    )

    assert "synchronous_commit" in (await patient.chart()).lines()


async def test_a_database_without_fsync(patient: Patient) -> None:
    assert "the power fails: fsync is off" in (await patient.chart(replay=False)).lines()


async def test_a_superuser(patient: Patient) -> None:
    patient.changed["database_url"] = patient.server.superuser_url(patient.database)

    assert await patient.ails() == {"database.role"}


async def test_a_member_of_the_owners(patient: Patient) -> None:
    patient.changed["database_url"] = patient.server.url("efface_migrator", patient.database)

    assert "database.role" in await patient.ails()


async def test_too_few_connections(patient: Patient) -> None:
    patient.changed["database_pool"] = 200

    assert await patient.ails(Level.WARN) == {"database.connections"}


async def test_an_empty_database(patient: Patient) -> None:
    patient.changed["database_url"] = patient.server.superuser_url("postgres")

    assert await patient.ails() == {"database.migrated"}


@pytest.mark.parametrize("name", ["nobody_is_here", "nowhere"])
async def test_a_database_that_is_away(patient: Patient, name: str, tmp_path: Path) -> None:
    urls = {
        "nobody_is_here": f"postgresql+asyncpg://efface_app@/efface?host={tmp_path}",
        "nowhere": patient.server.url("efface_app", "nowhere"),
    }
    patient.changed["database_url"] = urls[name]

    chart = await patient.chart()
    assert ills(chart) == {"database.reachable"}
    assert "record.hashes" in chart.unseen()
    assert "nowhere" not in chart.lines()


async def test_a_key_file_of_another_database(patient: Patient, tmp_path: Path) -> None:
    Vault.make_file(tmp_path / "other.key")
    patient.changed["key_file"] = tmp_path / "other.key"

    chart = await patient.chart()
    assert ills(chart) == {"database.key"}
    assert {"record.facts", "record.keys", "record.bytes"} == set(chart.unseen())


async def test_a_case_whose_key_is_broken(patient: Patient) -> None:
    await patient.plant(
        "UPDATE cases SET key_wrapped = substr(key_wrapped, 1, 20)"
        " WHERE id = (SELECT case_id FROM attempts WHERE bytes_sealed IS NOT NULL LIMIT 1)"
    )

    assert await patient.ails() == {"record.keys", "record.facts", "record.bytes"}
