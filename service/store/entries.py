"""Lines of the audit log: hashed, chained per subject, with their payload sealed and committed to.

An entry holds ids, enumerations, times and a salted commitment; never an address, a name or free
text.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from service.domain import ids
from service.domain.states import Actor
from service.domain.world import Moved, World
from service.store import bulk, sealing, tables
from service.store.keys import case_keys
from service.store.sealing import Key
from service.store.unit import Unit

SEALED: Final = "entries.sealed"
_SALT_BYTES: Final = 32
_COLUMNS: Final = (
    "id", "organisation_id", "case_id", "machine", "subject_id", "version", "source", "event",
    "target", "actor", "key_id", "because", "reason", "happened_at", "recorded_at", "prev_id",
    "prev_version", "hash", "commitment", "sealed",
)  # fmt: skip


def stamp(at: datetime) -> str:
    """RFC 3339, UTC, microseconds: one spelling for one moment."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def leaf(values: Mapping[str, Any], prev_hash: bytes | None) -> bytes:
    """The bytes that are hashed: what a later log holds and an auditor checks."""
    return sealing.canonical(
        {
            "v": 1,
            "id": str(values["id"]),
            "organisation": str(values["organisation_id"]),
            "case": str(values["case_id"]) if values["case_id"] else None,
            "machine": values["machine"],
            "subject": str(values["subject_id"]),
            "version": values["version"],
            "source": values["source"],
            "event": values["event"],
            "target": values["target"],
            "actor": values["actor"],
            "key": str(values["key_id"]) if values["key_id"] else None,
            "because": str(values["because"]) if values["because"] else None,
            "reason": values["reason"],
            "happened_at": stamp(values["happened_at"]),
            "recorded_at": stamp(values["recorded_at"]),
            "prev": prev_hash.hex() if prev_hash else None,
            "commitment": values["commitment"].hex() if values["commitment"] else None,
        }
    )


def leaf_hash(values: Mapping[str, Any], prev_hash: bytes | None) -> bytes:
    """RFC 6962 §2.1: SHA-256 over 0x00 and the leaf."""
    return hashlib.sha256(b"\x00" + leaf(values, prev_hash)).digest()


async def write(u: Unit, world: World) -> None:
    """Write the lines of all moves and give each row the hash of its last one."""
    if not world.moved:
        return
    keys = await case_keys(u, {m.row.case_id for m in world.moved if m.move.facts})
    rows = [_row(world, moved, keys) for moved in world.moved]
    rows.sort(key=lambda row: row[0])
    await bulk.insert(u, tables.Entry, _COLUMNS, rows)


def _row(world: World, moved: Moved, keys: Mapping[UUID, Key]) -> list[Any]:
    move, row = moved.move, moved.row
    prev_id, prev_hash = world.tails.get(row.id) or world.before.get(row.id, (None, None))[:2]
    commitment, sealed = (
        _commit(keys[row.case_id], moved.entry_id, move.facts) if move.facts else (None, None)
    )
    values: dict[str, Any] = {
        "id": moved.entry_id,
        "organisation_id": row.organisation_id,
        "case_id": row.case_id,
        "machine": move.machine.value,
        "subject_id": row.id,
        "version": moved.version,
        "source": moved.source.value if moved.source else None,
        "event": move.event.value,
        "target": moved.target.value,
        "actor": move.by.value,
        "key_id": move.key_id,
        "because": moved.because,
        "reason": move.reason,
        "happened_at": move.at,
        "recorded_at": world.now,
        "prev_id": prev_id,
        "prev_version": moved.version - 1 or None,
        "commitment": commitment,
        "sealed": sealed,
    }
    values["hash"] = leaf_hash(values, prev_hash)
    world.tails[row.id] = (moved.entry_id, values["hash"])
    world.hashes[moved.entry_id] = values["hash"]
    row.entry_hash = values["hash"]
    return [values[c] for c in _COLUMNS]


def _commit(key: Key, entry_id: UUID, facts: Mapping[str, Any]) -> tuple[bytes, bytes]:
    salt = os.urandom(_SALT_BYTES)
    return (
        sealing.commitment(salt, facts),
        key.seal(SEALED, entry_id, salt + sealing.canonical(facts)),
    )


def facts_of(key: Key, entry_id: UUID, sealed: bytes | None) -> Mapping[str, Any]:
    """The details that a line commits to, opened; empty when it has none."""
    if sealed is None:
        return {}
    found: Mapping[str, Any] = json.loads(key.open(SEALED, entry_id, sealed)[_SALT_BYTES:])
    return found


def is_committed(key: Key, entry_id: UUID, sealed: bytes, commitment: bytes) -> bool:
    """Whether the sealed details of a line are those that it commits to. Raises `SealBroken`."""
    clear = key.open(SEALED, entry_id, sealed)
    salt, facts = clear[:_SALT_BYTES], json.loads(clear[_SALT_BYTES:])
    return sealing.commitment(salt, facts) == commitment


async def fact(  # noqa: PLR0913 - the columns of a line
    u: Unit,
    now: datetime,
    *,
    organisation_id: UUID,
    event: str,
    actor: Actor,
    case_id: UUID | None = None,
    key_id: UUID | None = None,
    because: UUID | None = None,
    reason: str | None = None,
    facts: Mapping[str, Any] | None = None,
    key: Key | None = None,
) -> UUID:
    """Write one line about something that is no move: a read, a hold, a change of settings, an
    approval.

    `facts` need a `key` (the case's, or the organisation's) to be sealed by. Returns the entry's
    id.
    """
    entry_id = ids.new_id()
    commitment, sealed = (None, None)
    if facts and key:
        commitment, sealed = _commit(key, entry_id, facts)
    values: dict[str, Any] = {
        "id": entry_id,
        "organisation_id": organisation_id,
        "case_id": case_id,
        "machine": "fact",
        "subject_id": entry_id,
        "version": 1,
        "source": None,
        "event": event,
        "target": None,
        "actor": actor.value,
        "key_id": key_id,
        "because": because,
        "reason": reason,
        "happened_at": now,
        "recorded_at": now,
        "prev_id": None,
        "prev_version": None,
        "commitment": commitment,
        "sealed": sealed,
    }
    values["hash"] = leaf_hash(values, None)
    row = [values[c] for c in _COLUMNS]
    await bulk.insert(u, tables.Entry, _COLUMNS, [row])
    return entry_id
