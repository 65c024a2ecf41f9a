"""Many rows in one statement: INSERT and UPDATE over `unnest` of arrays, in the order given.

Unsorted batches deadlock; callers hand rows over sorted by key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    TextClause,
    Uuid,
    bindparam,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

from service.store.unit import Unit

_SQL_TYPES: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (Uuid, "uuid"),
    (Boolean, "boolean"),
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Float, "double precision"),
    (DateTime, "timestamptz"),
    (LargeBinary, "bytea"),
    (String, "text"),
)


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model."""
    table = model.__table__  # type: ignore[attr-defined]
    assert isinstance(table, Table)
    return table


def _sql_type(table: Table, column: str) -> str:
    kind: Any = table.c[column].type
    if isinstance(kind, TypeDecorator):
        kind = kind.impl_instance
    return next(name for cls, name in _SQL_TYPES if isinstance(kind, cls))


def _unnest(table: Table, columns: Sequence[str]) -> str:
    return ", ".join(f"CAST(:{c} AS {_sql_type(table, c)}[])" for c in columns)


def _typed(statement: str, table: Table, columns: Sequence[str]) -> TextClause:
    binds = [bindparam(c, type_=ARRAY(table.c[c].type)) for c in columns]
    return text(_saying(statement)).bindparams(*binds)


def _saying(statement: str) -> str:
    """The statement, and the number of its transaction: a COMMIT without a reply is looked up."""
    return (
        f"WITH written AS ({statement}) SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)"
    )


@cache
def _insert(table: Table, columns: tuple[str, ...]) -> TextClause:
    names = ", ".join(columns)
    return _typed(
        f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({_unnest(table, columns)})",
        table,
        columns,
    )


@cache
def _update(table: Table, keys: tuple[str, ...], columns: tuple[str, ...]) -> TextClause:
    sets = ", ".join(f"{c} = u.{c}" for c in columns)
    where = " AND ".join(f"t.{k} = u.{k}" for k in keys)
    names = ", ".join((*keys, *columns))
    return _typed(
        f"UPDATE {table.name} AS t SET {sets}"
        f" FROM unnest({_unnest(table, (*keys, *columns))}) AS u ({names}) WHERE {where}",
        table,
        (*keys, *columns),
    )


async def insert(
    u: Unit, model: type[SQLModel], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows given as sequences in the order of `columns`. No rows: no statement."""
    await _write(u, _insert(table_of(model), tuple(columns)), _arrays(columns, rows))


async def update(
    u: Unit,
    model: type[SQLModel],
    keys: Sequence[str],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Set `columns` of the rows with these `keys`; each row is the keys' values, then the
    columns'.
    """
    statement = _update(table_of(model), tuple(keys), tuple(columns))
    await _write(u, statement, _arrays((*keys, *columns), rows))


async def _write(u: Unit, statement: TextClause, arrays: Mapping[str, list[Any]]) -> None:
    if arrays:
        u.txid = await u.conn.scalar(statement, arrays)


def _arrays(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Mapping[str, list[Any]]:
    turned = [list(values) for values in zip(*rows, strict=True)]
    return dict(zip(columns, turned, strict=True)) if turned else {}
