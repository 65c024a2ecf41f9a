"""Captured statements as a script for pgbench: prepared once, then executed with their values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from bench.floor.capture import Captured


def write(operations: Iterable[Captured]) -> str:
    """One script that does all of them, one after the other. A statement that is alone needs no
    transaction.
    """
    names: dict[str, str] = {}
    lines: list[str] = []
    for operation in operations:
        for transaction in operation.transactions:
            sent = []
            for statement in transaction:
                name = names.setdefault(statement.sql, f"s{len(names)}")
                sent.append(_execute(name, statement.values))
            lines += sent if len(sent) == 1 else ["BEGIN;", *sent, "COMMIT;"]
    prepared = [f"PREPARE {name} AS {_one_line(sql)};" for sql, name in names.items()]
    return "\n".join([*prepared, *lines, ""])


def _one_line(sql: str) -> str:
    return " ".join(sql.split())


def _execute(name: str, values: Sequence[Any]) -> str:
    listed = f"({', '.join(literal(value) for value in values)})" if values else ""
    return f"EXECUTE {name}{listed};"


def literal(value: Any) -> str:
    """A value as SQL: in quotes, so that it takes the type that the statement gives it."""
    if value is None:
        return "NULL"
    text = _array(value) if isinstance(value, list | tuple | set) else _text(value)
    return "'" + text.replace("'", "''") + "'"


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case bytes():
            return f"\\x{value.hex()}"
        case datetime():
            return value.isoformat()
        case Enum():
            return str(value.value)
        case float():  # a whole one may stand where the statement has an integer
            return str(int(value)) if value.is_integer() else str(value)
        case UUID() | int() | str():
            return str(value)
    raise TypeError(type(value).__name__)


def _array(values: Iterable[Any]) -> str:
    return "{" + ",".join(_element(value) for value in values) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    escaped = _text(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
