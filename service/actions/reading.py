"""Opening sealed columns of takedowns for those who may read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from adapters.spec import Locator
from service.domain import notices
from service.store import keys
from service.store.unit import Unit

PLACE_LOCATOR = "takedowns.locator"

_SEALED = text("SELECT id, case_id, locator_sealed FROM takedowns WHERE id = ANY(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(Uuid()))
)


async def locators(u: Unit, takedowns: Sequence[UUID]) -> Mapping[UUID, Locator]:
    """The locators of these takedowns, opened."""
    if not takedowns:
        return {}
    rows: Sequence[Any] = (await u.conn.execute(_SEALED, {"ids": list(takedowns)})).all()
    opened = await keys.case_keys(u, {row.case_id for row in rows})
    return {
        row.id: notices.locator_from(
            opened[row.case_id].open_json(PLACE_LOCATOR, row.id, row.locator_sealed)
        )
        for row in rows
    }
