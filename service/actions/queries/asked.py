"""What was asked of whom: requests with their deadlines, and the messages that carried them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from service.store.unit import Unit

Row = Any


async def requests_of(u: Unit, column: str, value: UUID) -> list[dict[str, Any]]:
    """Requests with their clocks. One that is joined shows who speaks for it, without its case."""
    rows = (
        await u.run(
            "SELECT r.*, k.state AS k_state, k.asked_at AS k_asked_at, k.said_at AS k_said_at"
            " FROM requests r LEFT JOIN LATERAL ("
            "  SELECT state, asked_at, said_at FROM requests c WHERE r.state = 'joined'"
            "   AND c.carrying AND c.organisation_id = r.organisation_id"
            "   AND c.addressee = r.addressee AND c.basis = r.basis"
            f"   AND c.locator_mac = r.locator_mac) k ON true WHERE r.{column} = :value"
            " ORDER BY r.id",
            value=value,
        )
    ).all()
    clocks = await _clocks(u, [row.id for row in rows])
    return [{**_request(row), "clocks": clocks.get(row.id, [])} for row in rows]


def _request(row: Row) -> dict[str, Any]:
    carrier = row.k_state and {
        "state": row.k_state,
        "asked_at": row.k_asked_at,
        "said_at": row.k_said_at,
    }
    return {**row._mapping, "carrier": carrier or None}  # noqa: SLF001 - how SQLAlchemy names it


async def _clocks(u: Unit, requests: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    rows = await u.run(
        "SELECT * FROM clocks WHERE request_id = ANY(:ids) ORDER BY id", ids=list(requests)
    )
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows.mappings():
        found.setdefault(row["request_id"], []).append(dict(row))
    return found


async def notices_of(u: Unit, column: str, value: UUID) -> list[dict[str, Any]]:
    """The messages that carried a request, or any request of a takedown, oldest first."""
    rows = await u.run(
        "SELECT n.id, n.addressee, n.purpose, n.state, n.reference, n.due_at, n.sent_at, n.filed,"
        " n.reason FROM notices n WHERE n.id IN (SELECT k.notice_id FROM carried k"
        f" JOIN requests r ON r.id = k.request_id WHERE {column} = :value) ORDER BY n.id",
        value=value,
    )
    return [dict(row) for row in rows.mappings()]
