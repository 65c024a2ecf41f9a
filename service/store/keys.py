"""Opening the keys of cases and organisations inside a transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from service.store.sealing import Key
from service.store.unit import Unit

_CASES: Final = text("SELECT id, key_wrapped FROM cases WHERE id = ANY(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(Uuid()))
)
_ORGANISATION: Final = text("SELECT key_wrapped FROM organisations WHERE id = :id").bindparams(
    bindparam("id", type_=Uuid())
)


async def case_keys(u: Unit, cases: Iterable[UUID]) -> dict[UUID, Key]:
    """The opened keys of these cases, by case. Each is read once in a transaction."""
    wanted = set(cases)
    unread = wanted - u.case_keys.keys()
    if unread:
        for row in (await u.conn.execute(_CASES, {"ids": list(unread)})).all():
            u.case_keys[row.id] = u.vault.open_key(row.id, row.key_wrapped)
    return {case_id: u.case_keys[case_id] for case_id in wanted & u.case_keys.keys()}


async def case_key(u: Unit, case_id: UUID) -> Key:
    """One case's opened key. Raises KeyError when there is no such case."""
    return (await case_keys(u, (case_id,)))[case_id]


async def organisation_key(u: Unit, organisation_id: UUID) -> Key:
    """An organisation's opened key. Raises KeyError when there is no such organisation."""
    wrapped = await u.conn.scalar(_ORGANISATION, {"id": organisation_id})
    if wrapped is None:
        raise KeyError(organisation_id)
    return u.vault.open_key(organisation_id, wrapped)
