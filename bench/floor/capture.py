"""The statements that the product sends, as they are sent: with their values, and where each
transaction begins and ends.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection

from service.store.unit import Store


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its values, in the order of `$1`, `$2`, and so on."""

    sql: str
    values: tuple[Any, ...]


@dataclass(slots=True)
class Captured:
    """What one operation sent: its transactions in order, each a list of statements. Each statement
    of what only reads stands alone.
    """

    transactions: list[list[Statement]] = field(default_factory=list)

    @property
    def statements(self) -> int:
        return sum(len(transaction) for transaction in self.transactions)


class Recording:
    """Listens to one store, whose operations must come one after the other."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine.sync_engine
        self._taken: Captured | None = None

    @contextlib.contextmanager
    def of(self, taken: Captured) -> Iterator[None]:
        """Add everything that is sent inside to `taken`. What is rolled back counts too."""
        listeners: dict[str, Any] = {"begin": self._begin, "before_cursor_execute": self._execute}
        self._taken = taken
        for name, listener in listeners.items():
            event.listen(self._engine, name, listener)
        try:
            yield
        finally:
            for name, listener in listeners.items():
                event.remove(self._engine, name, listener)
            taken.transactions = [t for t in taken.transactions if t]

    def _begin(self, _conn: Connection) -> None:
        assert self._taken is not None
        self._taken.transactions.append([])

    def _execute(self, conn: Connection, _cursor: Any, sql: str, values: Any, *rest: Any) -> None:
        assert self._taken is not None
        assert not rest[-1], "a statement for many rows at once: it would be counted as one"
        if conn.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
            self._taken.transactions.append([])
        self._taken.transactions[-1].append(Statement(sql, tuple(values)))
