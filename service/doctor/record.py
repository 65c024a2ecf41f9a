"""Reads the whole record in batches, in one snapshot, and judges it line by line."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.actions.attempts import BYTES
from service.doctor.chart import Chart
from service.doctor.replay import Line, Replay
from service.store.sealing import Key, SealBroken, Vault

BATCH: Final = 2000
_LINES: Final = """
SELECT id, organisation_id, case_id, machine, subject_id, version, source, event, target, actor,
       key_id, because, reason, happened_at, recorded_at, prev_id, prev_version, hash, commitment,
       sealed
  FROM entries ORDER BY subject_id, version
"""
_ROWS: Final = " UNION ALL ".join(
    f"SELECT '{table[:-1]}' AS machine, id, organisation_id, case_id, state, version, entry_id,"
    f" entry_hash FROM {table}"
    for table in ("takedowns", "requests", "notices")
)
_CASES: Final = "SELECT id, key_wrapped FROM cases ORDER BY id"
_ATTEMPTS: Final = (
    "SELECT id, case_id, bytes_hash, bytes_sealed FROM attempts"
    " WHERE bytes_sealed IS NOT NULL ORDER BY id"
)
_TAMPERED: Final = "Somebody has changed the record by hand: compare with a backup from before."
_SAID: Final = {
    "record.versions": "Lines that come where another one is missing or doubled",
    "record.hashes": "Lines that are not what was hashed when they were written",
    "record.chains": "Lines that do not go on where the one before ended",
    "record.moves": "Lines that say a move that is in no table of states",
    "record.states": "Rows that are not where their last line led to",
    "record.rows": "Rows without lines, and chains of lines without a row",
    "record.facts": "Lines whose details do not open, or are not those committed to",
    "record.keys": "Cases whose key does not open",
    "record.bytes": "Notices that do not open, or are not what was sent",
}
_FINE: Final = {
    "record.versions": "No line is missing.",
    "record.hashes": "Every line is what was hashed when it was written.",
    "record.chains": "Every line goes on where the one before ended.",
    "record.moves": "Every move is in the tables of states.",
    "record.states": "Every row is where its last line led to.",
    "record.rows": "Every row has its lines, and every line its row.",
    "record.facts": "Sealed details are those that were committed to.",
    "record.keys": "The key of each case opens.",
    "record.bytes": "Every notice is kept as it was sent.",
}


class Reader:
    """Statements read in batches through one open transaction, and keys as they are needed."""

    def __init__(self, driver: Any, vault: Vault, batch: int) -> None:
        self._driver, self._vault, self._batch = driver, vault, batch

    @classmethod
    async def of(cls, conn: AsyncConnection, vault: Vault, batch: int) -> Reader:
        """Rows come from the driver itself: a million of them are read."""
        await conn.execute(text("SELECT 1"))  # begins the snapshot
        raw = await conn.get_raw_connection()
        return cls(raw.driver_connection, vault, batch)

    async def batches(self, statement: str) -> AsyncIterator[Sequence[Line]]:
        cursor = await self._driver.cursor(statement)
        while batch := await cursor.fetch(self._batch):
            yield batch

    async def keys(self, lines: Sequence[Line]) -> Callable[[Line], Key | None]:
        """The keys that these lines are sealed by: their case's, or their organisation's."""
        owners = {
            "cases": {r["case_id"] for r in lines if r["case_id"]},
            "organisations": {r["organisation_id"] for r in lines if not r["case_id"]},
        }
        opened: dict[UUID, Key] = {}
        for table, wanted in owners.items():
            if wanted:
                found = await self._driver.fetch(
                    f"SELECT id, key_wrapped FROM {table} WHERE id = ANY($1)", list(wanted)
                )
                opened |= {row["id"]: key for row in found if (key := self.open(row))}
        return lambda line: opened.get(line["case_id"] or line["organisation_id"])

    def open(self, row: Line) -> Key | None:
        owner = UUID(bytes=row["id"].bytes)
        try:
            return self._vault.open_key(owner, row["key_wrapped"])
        except SealBroken:
            return None


async def examine(
    conn: AsyncConnection, chart: Chart, vault: Vault, *, opens: bool = True, batch: int = BATCH
) -> None:
    """Replay all lines against all rows. What is sealed is left out unless the key file `opens`."""
    reader = await Reader.of(conn, vault, batch)
    replay, began = Replay(), time.monotonic()
    await _replay(reader, replay, opens=opens)
    took = max(time.monotonic() - began, 1e-6)
    chart.figures |= {
        "entries": replay.lines,
        "subjects": replay.subjects,
        "entries_per_s": round(replay.lines / took),
    }
    if opens:
        await _keys(reader, replay)
        await _bytes(reader, replay)
    read = f"Read: {replay.lines:,} lines of {replay.subjects:,} chains"
    pace = f"{read}, {replay.lines / took:,.0f} a second."
    for check, fine in _FINE.items():
        sealed = check in ("record.facts", "record.keys", "record.bytes")
        if n := replay.wrong[check]:
            chart.wrong(check, f"{_SAID[check]}: {n:,}.", _TAMPERED)
        elif opens or not sealed:
            chart.close(check, f"{fine} {pace}" if check == "record.hashes" else fine)


async def _replay(reader: Reader, replay: Replay, *, opens: bool) -> None:
    rows = _Rows(reader.batches(f"{_ROWS} ORDER BY id"))
    async for batch in reader.batches(_LINES):
        sealed = [line for line in batch if line["sealed"] is not None] if opens else []
        key_of = await reader.keys(sealed)
        for line in batch:
            replay.line(line, key_of)
        await _compare(rows, replay)
    replay.end()
    await _compare(rows, replay)
    if not opens:
        del replay.wrong["record.facts"]
    while await rows.take() is not None:
        replay.wrong["record.rows"] += 1


async def _compare(rows: _Rows, replay: Replay) -> None:
    """Both are in the order of ids: what is behind has no counterpart."""
    for end in replay.ends:
        while (row := await rows.peek()) is not None and row["id"] < end["subject_id"]:
            replay.wrong["record.rows"] += 1
            await rows.take()
        if row is None or row["id"] != end["subject_id"]:
            replay.wrong["record.rows"] += 1
        else:
            replay.compare(end, row)
            await rows.take()
    replay.ends.clear()


class _Rows:
    """One row at a time out of batches."""

    def __init__(self, batches: AsyncIterator[Sequence[Line]]) -> None:
        self._batches = batches
        self._waiting: list[Line] = []

    async def peek(self) -> Line | None:
        if not self._waiting:
            async for batch in self._batches:
                self._waiting = list(reversed(batch))
                break
        return self._waiting[-1] if self._waiting else None

    async def take(self) -> Line | None:
        row = await self.peek()
        if row is not None:
            self._waiting.pop()
        return row


async def _keys(reader: Reader, replay: Replay) -> None:
    async for batch in reader.batches(_CASES):
        replay.wrong["record.keys"] += sum(1 for row in batch if reader.open(row) is None)


async def _bytes(reader: Reader, replay: Replay) -> None:
    """The notices as they left, which prove what was asked."""
    async for batch in reader.batches(_ATTEMPTS):
        key_of = await reader.keys(batch)
        replay.wrong["record.bytes"] += sum(1 for row in batch if not _is_frozen(row, key_of(row)))


def _is_frozen(row: Line, key: Key | None) -> bool:
    if key is None:
        return False
    try:
        frozen = key.open(BYTES, UUID(bytes=row["id"].bytes), row["bytes_sealed"])
    except SealBroken:
        return False
    return bool(hashlib.sha256(frozen).digest() == row["bytes_hash"])
