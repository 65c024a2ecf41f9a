"""The record is checked from the database's rows alone, with nothing of ours but its description.

What is computed here follows docs/record.md and uses the standard library and `rfc8785`.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785

from service.domain.states import Actor, Event, Machine
from service.store import entries, keys, ledger
from tests.store.ground import Ground, move, now


def hash_of(row: Any, prev_hash: bytes | None) -> bytes:
    """The hash of a line, as docs/record.md says it is made."""

    def when(at: datetime) -> str:
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    leaf = {
        "v": 1,
        "id": str(row.id),
        "organisation": str(row.organisation_id),
        "case": row.case_id and str(row.case_id),
        "machine": row.machine,
        "subject": str(row.subject_id),
        "version": row.version,
        "source": row.source,
        "event": row.event,
        "target": row.target,
        "actor": row.actor,
        "key": row.key_id and str(row.key_id),
        "because": row.because and str(row.because),
        "reason": row.reason,
        "happened_at": when(row.happened_at),
        "recorded_at": when(row.recorded_at),
        "prev": prev_hash and prev_hash.hex(),
        "commitment": row.commitment and row.commitment.hex(),
    }
    return hashlib.sha256(b"\x00" + rfc8785.dumps(leaf)).digest()


async def lived(ground: Ground) -> list[Any]:
    """The lines of one takedown that was asked about, bounced, seen gone and withdrawn."""
    (takedown,) = await ground.takedowns()
    (notice,) = await ground.notices()
    await ground.move_notices([notice], Event.START, Event.ACCEPTED, Event.BOUNCED)
    for event, by in ((Event.SEEN_GONE, Actor.ENGINE), (Event.WITHDRAW, Actor.CASE_WORKER)):
        line = move(takedown, event, by=by, reason="other", facts={"how": "in a letter", "n": 1})

        async def work(u: Any, world: Any, line: Any = line) -> None:
            await ledger.record(u, world, [line])

        await ground.in_world(work, takedowns=[takedown])
    return await ground.mine("entries")


async def test_every_chain_verifies_from_the_rows_alone(ground: Ground) -> None:
    rows = await lived(ground)
    by_id = {row.id: row for row in rows}

    assert {row.machine for row in rows} == {m.value for m in Machine}
    for row in rows:
        before = by_id.get(row.prev_id)
        assert row.hash == hash_of(row, before and before.hash)
        if before:
            assert (before.subject_id, before.version) == (row.subject_id, row.version - 1)
            assert before.target == row.source


async def test_the_rows_of_state_end_their_chains(ground: Ground) -> None:
    rows = await lived(ground)

    for table in ("takedowns", "requests", "notices"):
        for state in await ground.mine(table):
            chain = [row for row in rows if row.subject_id == state.id]
            last = max(chain, key=lambda row: row.version)
            assert sorted(row.version for row in chain) == list(range(1, state.version + 1))
            assert (state.entry_id, state.entry_hash) == (last.id, last.hash)
            assert state.state == last.target


async def test_what_follows_names_the_line_it_follows_from(ground: Ground) -> None:
    rows = await lived(ground)
    by_id = {row.id: row for row in rows}

    followed = [row for row in rows if row.because]
    assert {by_id[row.because].event for row in followed} >= {
        "resolved", "plan", "accepted", "bounced",
    }  # fmt: skip
    assert all(by_id[row.because].recorded_at == row.recorded_at for row in followed)
    assert {row.actor for row in followed} == {"engine"}


@pytest.mark.parametrize(
    "field", ["event", "reason", "happened_at", "actor", "commitment", "because", "case_id"]
)
async def test_a_changed_field_breaks_the_hash(ground: Ground, field: str) -> None:
    rows = await lived(ground)
    row = next(r for r in rows if (getattr(r, field) and r.version == 1) or getattr(r, field))
    by_id = {r.id: r for r in rows}
    before = by_id.get(row.prev_id)
    value = getattr(row, field)
    other = value + timedelta(microseconds=1) if isinstance(value, datetime) else None

    changed = type("Row", (), {**row._asdict(), field: other})

    assert hash_of(changed, before and before.hash) != row.hash


async def test_commitments_open_with_the_case_s_key(ground: Ground) -> None:
    rows = [row for row in await lived(ground) if row.commitment]

    async def work(u: Any) -> list[bytes]:
        key = await keys.case_key(u, ground.case)
        return [key.open("entries.sealed", row.id, row.sealed) for row in rows]

    opened = await ground.store.read(work)

    assert len(opened) >= 3
    for row, clear in zip(rows, opened, strict=True):
        salt, payload = clear[:32], clear[32:]
        assert row.commitment == hashlib.sha256(b"\x02" + salt + payload).digest()
    assert len({clear[:32] for clear in opened}) == len(opened)


async def test_a_line_holds_no_words(ground: Ground) -> None:
    rows = await lived(ground)

    assert b"in a letter" not in b"".join(repr(row).encode() for row in rows)


async def test_a_fact_stands_alone_and_hashes_the_same_way(ground: Ground) -> None:
    async def work(u: Any) -> Any:
        key = await keys.organisation_key(u, ground.organisation)
        told = await entries.fact(
            u, now(), organisation_id=ground.organisation, event="cases_listed",
            actor=Actor.AUDITOR, reason="audit", facts={"count": 3}, key=key,
        )  # fmt: skip
        bare = await entries.fact(
            u, now(), organisation_id=ground.organisation, event="lane_closed", actor=Actor.ENGINE
        )
        return key, told, bare

    key, told, bare = await ground.store.run(work)

    rows = {row.id: row for row in await ground.mine("entries")}
    assert rows[told].hash == hash_of(rows[told], None)
    assert rows[bare].hash == hash_of(rows[bare], None)
    assert rows[bare].commitment is None
    clear = key.open("entries.sealed", told, rows[told].sealed)
    assert clear[32:] == b'{"count":3}'


async def test_nothing_is_written_when_nothing_moved(ground: Ground) -> None:
    (takedown,) = await ground.takedowns()
    before = await ground.mine("entries")

    async def work(u: Any, world: Any) -> Any:
        return await ledger.record(u, world, [move(takedown, Event.STILL_GONE)])

    recorded = await ground.in_world(work, takedowns=[takedown])

    assert [state for _, state in recorded.refused] == ["open"]
    assert await ground.mine("entries") == before


def test_one_moment_has_one_spelling() -> None:
    here = datetime(2026, 1, 1, 9, 30, tzinfo=timezone(timedelta(hours=9)))

    assert entries.stamp(here) == "2026-01-01T00:30:00.000000Z"
