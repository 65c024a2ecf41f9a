"""What every test that kills processes needs: the key that seals, and the record gone through."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.store import entries
from service.store.sealing import Vault
from tests.flow.record import Record

_STATES = ("takedowns", "requests", "notices")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """The key that seals, where another process can read it."""
    path = tmp_path / "key"
    Vault.make_file(path)
    return path


@pytest.fixture
def vault(key_file: Path) -> Vault:
    """The same key, here."""
    return Vault.from_file(key_file)


async def chains_hold(record: Record) -> int:
    """Every line of the log has the hash it must have, its subject's lines follow each other
    without a gap, and each state is what the last of them says. Returns how many lines there are.
    """
    rows = await record.rows("SELECT * FROM entries ORDER BY subject_id, version")
    last: dict[object, tuple[int, bytes, str | None]] = {}
    for row in rows:
        version, before, state = last.get(row.subject_id, (0, None, None))
        assert row.version == version + 1, "a line is missing"
        assert row.source == state, "a line begins elsewhere than the one before it ended"
        assert bytes(row.hash) == entries.leaf_hash(row._mapping, before), "a line was changed"
        last[row.subject_id] = (row.version, bytes(row.hash), row.target)
    for table in _STATES:
        for row in await record.rows(f"SELECT id, state, version, entry_hash FROM {table}"):
            ends = (row.version, bytes(row.entry_hash), row.state)
            assert last[row.id] == ends, "a state is not what the log says"
    return len(rows)
