"""What is on record: how stories read the tables, and change what no story could."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from service.store.unit import Store, Unit


class Record:
    """The rows of one database, by table and column."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async def work(u: Unit) -> list[Any]:
            return list((await u.run(statement, **values)).all())

        return await self.store.read(work)

    async def change(self, statement: str, **values: Any) -> None:
        """What time or an operator would do to the rows."""

        async def work(u: Unit) -> None:
            await u.run(statement, **values)

        await self.store.run(work)

    async def all(self, table: str, **where: Any) -> list[Any]:
        """The rows that fit, oldest first."""
        test = " AND ".join(
            f"{name} IS NULL" if value is None else f"{name} = :{name}"
            for name, value in where.items()
        )
        where = {name: value for name, value in where.items() if value is not None}
        return await self.rows(f"SELECT * FROM {table} WHERE {test or 'true'} ORDER BY id", **where)

    async def one(self, table: str, **where: Any) -> Any:
        """The only row that fits."""
        found = await self.all(table, **where)
        assert len(found) == 1, f"{len(found)} {table} where {where}"
        return found[0]

    async def state(self, table: str, id_: UUID) -> str:
        found: str = (await self.one(table, id=id_)).state
        return found

    async def states(self, table: str, **where: Any) -> Counter[str]:
        """How many rows are in which state."""
        return Counter(row.state for row in await self.all(table, **where))

    async def trace(self, id_: UUID) -> list[str]:
        """Everything that happened to one takedown, request or notice, as its entries have it."""
        rows = await self.rows(
            "SELECT event FROM entries WHERE subject_id = :id ORDER BY version", id=id_
        )
        return [row.event for row in rows]

    async def carried(self, notice: Any) -> list[Any]:
        """The requests that a notice carries, in its own order."""
        return await self.rows(
            "SELECT r.*, c.outcome FROM carried c JOIN requests r ON r.id = c.request_id"
            " WHERE c.notice_id = :notice ORDER BY c.position, r.id",
            notice=notice.id,
        )

    async def facts(self, name: str) -> list[Any]:
        """Entries about what is no move: reads, holds, closed lanes, approvals."""
        return await self.all("entries", machine="fact", event=name)
