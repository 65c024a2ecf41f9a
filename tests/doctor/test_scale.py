"""A record that is longer than what is held in memory: chains go on from one batch to the next."""

from __future__ import annotations

import pytest

from service import settings
from service.doctor import database, record
from service.doctor.chart import Chart, Level
from service.store.sealing import Vault
from tests.doctor.patient import Patient, ills
from tests.doctor.planted import LONG


async def read(patient: Patient, batch: int) -> Chart:
    chart = Chart()
    found = settings.load(**patient.settings())
    async with database.read_only(found) as conn:
        await record.examine(conn, chart, Vault.from_file(found.key_file), batch=batch)
    return chart


@pytest.mark.parametrize("batch", [1, 7])
async def test_batches_end_anywhere(patient: Patient, batch: int) -> None:
    whole, parts = await read(patient, 10_000), await read(patient, batch)

    assert ills(parts) == ills(parts, Level.WARN) == set()
    assert parts.figures["entries"] == whole.figures["entries"] > batch * 10
    assert parts.figures["subjects"] == whole.figures["subjects"]


async def test_a_gap_is_seen_where_a_batch_ends(patient: Patient) -> None:
    await patient.plant(f"DELETE FROM entries WHERE subject_id = {LONG} AND version = 2")

    assert ills(await read(patient, 1)) == {"record.versions"}
