"""Gives each organisation's events their gapless numbers, after the fact.

Only what is older than every open transaction is numbered, so a number once given never has a
smaller one
come after it. One sequencer works at a time, held by an advisory lock.
"""

from __future__ import annotations

from typing import Final

from service.store.unit import Store, Unit

EVERY_S: Final = 0.25
BATCH: Final = 5000
_LOCK: Final = 7077086

_NUMBER: Final = """
WITH ready AS (
  SELECT id, organisation_id, txid FROM events
   WHERE seq IS NULL AND txid < pg_snapshot_xmin(pg_current_snapshot())
   ORDER BY txid, id LIMIT :n
), numbered AS (
  SELECT r.id,
         COALESCE((SELECT max(e.seq) FROM events e
                    WHERE e.organisation_id = r.organisation_id), 0)
         + row_number() OVER (PARTITION BY r.organisation_id ORDER BY r.txid, r.id) AS seq
    FROM ready r
)
UPDATE events SET seq = numbered.seq FROM numbered WHERE events.id = numbered.id
"""


async def number_events(store: Store) -> int:
    """Number what is ready. Returns how many; 0 also when another sequencer is at work."""

    async def work(u: Unit) -> int:
        mine = (await u.run("SELECT pg_try_advisory_xact_lock(:key)", key=_LOCK)).scalar_one()
        if not mine:
            return 0
        return (await u.run(_NUMBER, n=BATCH)).rowcount

    return await store.run(work)
