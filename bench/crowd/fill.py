"""A million of everything: 200 centres, of which few have much and most have little (Zipf).

The product takes in one address for each centre. Its rows are then copied in the database, all of
them, each copy with ids, MACs and times of its own, so that every copy is what the product would
have written. Foreign keys are not checked while rows are copied, because all are copied together;
they are there, like every other constraint and index, when anything is measured. What is sealed is
bound to its row: it is sealed anew where somebody will read it, and elsewhere has the right length.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
from yarl import URL

from adapters.peertube import PeerTube
from adapters.spec import Locator
from bench.calls import video_url
from bench.ground import CASE, SITE, Ground, acting, settle_in, shipped
from service.actions import accept_items, cases
from service.actions.accept_items import Line
from service.actions.context import Context
from service.actions.reading import PLACE_LOCATOR
from service.domain import notices
from service.engine.sequencer import number_events
from service.store.sealing import Vault

LANES: Final = 200
LOOK_AGAIN_H: Final = 24
_NEW_ID: Final = """
CREATE FUNCTION copy_of(id uuid, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CAST(lpad(to_hex(1800000000000 + n), 12, '0') || '7000'
              || right(replace(CAST(id AS text), '-', ''), 16) AS uuid)
$$
"""
"""Ordered by `n`, as ids of the product are by time; its last half is that of the row copied."""
_MAC: Final = "sha256(t.{} || int8send(s.n))"
_TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "entries": {c: f"copy_of(t.{c}, s.n)" for c in ("id", "subject_id", "prev_id", "because")},
    "takedowns": {
        **{c: f"copy_of(t.{c}, s.n)" for c in ("id", "entry_id")},
        **{c: _MAC.format(c) for c in ("given_mac", "dedupe_mac", "locator_mac")},
        "look_at": "now() + (random() - :part) * interval ':hours hours'",
    },
    "requests": {
        **{c: f"copy_of(t.{c}, s.n)" for c in ("id", "takedown_id", "entry_id")},
        "locator_mac": _MAC.format("locator_mac"),
    },
    "notices": {
        **{c: f"copy_of(t.{c}, s.n)" for c in ("id", "entry_id")},
        "reference": "upper(left(md5(t.reference || s.n), 14))",
        "due_at": "t.due_at - random() * interval '1 hour'",
    },
    "carried": {c: f"copy_of(t.{c}, s.n)" for c in ("notice_id", "request_id")},
    "events": {
        **{c: f"copy_of(t.{c}, s.n)" for c in ("id", "takedown_id", "subject_id")},
        "seq": "s.n * 100 + t.seq",
    },
}


@dataclass(frozen=True, slots=True)
class Crowd:
    """What was filled: copies by organisation, the largest first."""

    copies: Mapping[uuid.UUID, int]


def zipf(total: int, lanes: int = LANES) -> list[int]:
    """So many things over so many lanes: the second has half of the first, and so on."""
    weight = total / sum(1 / rank for rank in range(1, lanes + 1))
    return [max(1, round(weight / rank)) for rank in range(1, lanes + 1)]


async def fill(ground: Ground, total: int, due_looks: float, lanes: int = LANES) -> Crowd:
    """A database with `total` open requests, each with a notice that is due. Of the looks, the part
    `due_looks` is due.
    """
    async with acting(ground.url, ground.key_file, shipped()) as ctx:
        organisations = [await _template(ctx, ground, number) for number in range(lanes)]
        while await number_events(ctx.store):
            pass
    crowd = Crowd(dict(zip(organisations, zipf(total, lanes), strict=True)))
    conn = await asyncpg.connect(ground.dsn())
    await _copy_all(conn, crowd, due_looks)
    await conn.execute("VACUUM ANALYZE")
    await conn.execute("CHECKPOINT")
    await conn.close()
    return crowd


async def _template(ctx: Context, ground: Ground, number: int) -> uuid.UUID:
    centre = await settle_in(ctx, ground.stub.url, f"Bench {number}")
    case, _ = await cases.open_or_find(ctx, centre.caller, "bench", CASE)
    lines = [Line(video_url(str(uuid.uuid4())))]
    await accept_items.accept_items(ctx, centre.caller, case.id, lines)
    return centre.caller.organisation_id


async def _copy_all(conn: asyncpg.Connection, crowd: Crowd, due_looks: float) -> None:
    """Indexes that hold no constraint are made when the rows are there: it takes half the time."""
    await conn.execute("SET session_replication_role = replica")
    await conn.execute(
        "SET maintenance_work_mem = '512MB'; SET work_mem = '1GB'; SET synchronous_commit = off"
    )
    await conn.execute(_NEW_ID)
    await conn.execute("CREATE TEMP TABLE shares (organisation_id uuid, copies bigint)")
    await conn.copy_records_to_table("shares", records=list(crowd.copies.items()))
    await conn.execute("ANALYZE shares")
    for table, changed in _TABLES.items():
        indexes = await _drop_indexes(conn, table)
        values = {"part": str(due_looks), "hours": str(LOOK_AGAIN_H)}
        await _copy(conn, table, {c: _put(sql, values) for c, sql in changed.items()})
        for statement in indexes:
            await conn.execute(statement)
    await conn.execute("DROP FUNCTION copy_of; RESET session_replication_role")


def _put(sql: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        sql = sql.replace(f":{name}", value)
    return sql


async def _drop_indexes(conn: asyncpg.Connection, table: str) -> list[str]:
    rows = await conn.fetch(
        "SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS made FROM pg_index i"
        " WHERE indrelid = $1::regclass AND NOT EXISTS"
        " (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)",
        table,
    )
    for row in rows:
        await conn.execute(f"DROP INDEX {row['name']}")
    return [row["made"] for row in rows]


async def _copy(conn: asyncpg.Connection, table: str, changed: Mapping[str, str]) -> None:
    columns = [
        row["attname"]
        for row in await conn.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0"
            " AND NOT attisdropped ORDER BY attnum",
            table,
        )
    ]
    source, whose = f"{table} t", "t.organisation_id"
    if table == "carried":  # the only one that does not say whose its rows are
        source, whose = f"{source} JOIN requests r ON r.id = t.request_id", "r.organisation_id"
    only = "WHERE t.machine <> 'fact'" if table == "entries" else ""
    picked = ", ".join(changed.get(c, f"t.{c}") for c in columns)
    await conn.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {picked} FROM {source}"
        f" JOIN shares h ON h.organisation_id = {whose}"
        f" CROSS JOIN LATERAL generate_series(1, h.copies) AS s (n) {only} ORDER BY s.n"
    )


async def seal(ground: Ground, takedowns: str, *values: Any) -> int:
    """Give these takedowns (a query of their ids) an address that can be read. Returns how many."""
    conn = await asyncpg.connect(ground.dsn())
    rows = await conn.fetch(
        "SELECT t.id, t.case_id, c.key_wrapped FROM takedowns t JOIN cases c ON c.id = t.case_id"
        f" WHERE t.id IN ({takedowns})",
        *values,
    )
    sealed = _sealed(ground, rows)
    await conn.execute("CREATE TEMP TABLE sealed (id uuid, locator bytea)")
    await conn.copy_records_to_table("sealed", records=sealed)
    await conn.execute(
        "UPDATE takedowns t SET locator_sealed = s.locator FROM sealed s WHERE t.id = s.id"
    )
    await conn.close()
    return len(sealed)


def _sealed(ground: Ground, rows: Sequence[Any]) -> list[tuple[uuid.UUID, bytes]]:
    vault = Vault.from_file(ground.key_file)
    adapter = PeerTube({"base_url": ground.stub.url, "site_url": SITE}, {}, None)
    found = []
    for row in rows:
        locator: Locator | None = adapter.match(URL(video_url(str(uuid.uuid4()))))
        assert locator is not None
        key = vault.open_key(row["case_id"], row["key_wrapped"])
        values = notices.locator_values(locator)
        found.append((row["id"], key.seal_json(PLACE_LOCATOR, row["id"], values)))
    return found
