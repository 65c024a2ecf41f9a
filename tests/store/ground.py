"""One centre with one case in a real database, and the shortest way to rows in any state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from adapters.spec import ContentClass, Kind
from service.domain import ids
from service.domain.pace import Pace
from service.domain.states import Actor, Event, Machine
from service.domain.world import Move, Notice, Takedown, World, look_lane_of
from service.store import ledger
from service.store.ledger import Recorded, Rules
from service.store.unit import Store, Unit
from tests.database import plain_dsn
from tests.domain.worlds import SPECS

T = TypeVar("T")
RULES = Rules(SPECS, Pace(undo=timedelta()))


class Ground:
    """An organisation and cases of it; everything else is made by the ledger."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.organisation = ids.new_id()
        self.case = ids.new_id()

    async def lay(self) -> Ground:
        await self.store.run(self._organisation)
        await self.new_case(self.case)
        return self

    async def _organisation(self, u: Unit) -> None:
        _, wrapped = u.vault.new_key(self.organisation)
        await u.run(
            "INSERT INTO organisations (id, name, profile, approval, answer_days,"
            " search_engines, key_wrapped, version, created_at, updated_at)"
            " VALUES (:id, :name, '{}', 'none', 7, '{}', :key, 1, now(), now())",
            id=self.organisation,
            name=str(self.organisation),
            key=wrapped,
        )

    async def new_case(self, case: UUID | None = None) -> UUID:
        case = case or ids.new_id()

        async def work(u: Unit) -> None:
            key, wrapped = u.vault.new_key(case)
            await u.run(
                "INSERT INTO cases (id, organisation_id, reference_mac, reference_sealed,"
                " details_sealed, key_wrapped, depicted_as, person_now, jurisdictions,"
                " content_class, synthetic, urgent, consent, state, paused, version, created_at,"
                " updated_at) VALUES (:id, :org, :mac, '', :details, :key, 'adult', 'adult',"
                " ARRAY['KR'], 'ncii', 'real', false, 'given', 'open', false, 1, now(), now())",
                id=case,
                org=self.organisation,
                mac=case.bytes,
                details=key.seal_json("cases.details", case, {}),
                key=wrapped,
            )

        await self.store.run(work)
        return case

    def new_takedown(self, case: UUID, mac: bytes, platform: str = "video") -> Takedown:
        return Takedown(
            id=ids.new_id(), organisation_id=self.organisation, case_id=case, kind=Kind.POST,
            content_class=ContentClass.NCII, urgent=False, platform=platform, locator_mac=mac,
            created_at=now(), lane_look=look_lane_of(platform, self.organisation),
        )  # fmt: skip

    async def takedowns(
        self, n: int = 1, *, case: UUID | None = None, platform: str = "video",
        macs: Sequence[bytes] = (), opened: bool = True,
    ) -> list[UUID]:  # fmt: skip
        """New takedowns in one transaction, accepted and opened, with requests and notices."""
        case = case or self.case
        macs = macs or [ids.new_id().bytes for _ in range(n)]

        async def work(u: Unit) -> list[UUID]:
            things = ([self.organisation] * len(macs), list(macs))
            world = await ledger.open_world(u, RULES, now(), cases=(case,), things=things)
            rows = [self.new_takedown(case, mac, platform) for mac in macs]
            moves = []
            for row in rows:
                world.add(row)
                sealed = {
                    "url_sealed": b"-",
                    "locator_sealed": b"-",
                    "dedupe_mac": row.id.bytes,
                    "given_mac": b"-",
                }
                world.extras[row.id] = sealed
                moves.append(move(row.id, Event.ACCEPT, by=Actor.CASE_WORKER))
                if opened:
                    moves.append(move(row.id, Event.RESOLVED, facts={"how": "by the test"}))
            await ledger.record(u, world, moves)
            return [row.id for row in rows]

        return await self.store.run(work)

    async def notices(self, state: str = "due") -> list[UUID]:
        return [row.id for row in await self.mine("notices") if row.state == state]

    async def mine(self, table: str) -> list[Any]:
        """Whole rows of this centre."""
        return await self.rows(
            f"SELECT * FROM {table} WHERE organisation_id = :org ORDER BY id",
            org=self.organisation,
        )

    async def move_notices(self, ids_: Sequence[UUID], *events: Event) -> Recorded:
        """Move each notice along these events, all in one transaction."""

        async def work(u: Unit) -> Recorded:
            world = await ledger.open_world(u, RULES, now(), notices=ids_)
            moves = [move(i, e, Machine.NOTICE) for i in ids_ for e in events]
            return await ledger.record(u, world, moves)

        return await self.store.run(work)

    async def in_world(self, work: Callable[[Unit, World], Awaitable[T]], **seeds: Any) -> T:
        """Run something in a transaction that has opened a world."""

        async def run(u: Unit) -> T:
            return await work(u, await ledger.open_world(u, RULES, now(), **seeds))

        return await self.store.run(run)

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async def work(u: Unit) -> list[Any]:
            return list((await u.run(statement, **values)).all())

        return await self.store.read(work)

    async def intend(self, notice: Notice | UUID, state: str = "intent") -> UUID:
        """An attempt's row, as START writes it."""
        attempt = ids.new_id()

        async def work(u: Unit) -> None:
            await u.run(
                "INSERT INTO attempts (id, organisation_id, case_id, notice_id, n, state,"
                " started_at) VALUES (:id, :org, :case, :notice, 1, :state, now())",
                id=attempt,
                org=self.organisation,
                case=self.case,
                notice=notice if isinstance(notice, UUID) else notice.id,
                state=state,
            )

        await self.store.run(work)
        return attempt


def now() -> datetime:
    return datetime.now(UTC)


def move(
    row: UUID,
    event: Event,
    machine: Machine = Machine.TAKEDOWN,
    by: Actor = Actor.ENGINE,
    **more: Any,
) -> Move:
    return Move(machine, row, event, by, now(), **more)


@asynccontextmanager
async def connected(store: Store) -> Any:
    """The product's own role and address, for SQL that the product never says."""
    url = store.engine.url.render_as_string(hide_password=False)
    conn = await asyncpg.connect(plain_dsn(url))
    try:
        yield conn
    finally:
        await conn.close()
