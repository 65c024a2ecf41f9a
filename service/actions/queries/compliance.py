"""The histories that the figures on compliance are counted from, and the entry that says that they
were read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from adapters.spec import Spec
from service.actions.context import Caller, Context
from service.domain import figures
from service.domain.figures import Count, History, Row, Sight, Window, Word
from service.domain.states import RequestState
from service.store import entries, keys
from service.store.unit import Unit

READ_AT_ONCE: Final = 2_000
_REQUESTS: Final = """
SELECT r.id, r.case_id, r.takedown_id, r.addressee, r.state, r.asked_at,
       t.up_at, t.seen, t.seen_at, t.gone_at, t.first_gone_at
  FROM requests r JOIN takedowns t ON t.id = r.takedown_id
 WHERE r.organisation_id = :org AND r.id > :after AND r.basis <> 'other'
   AND (r.asked_at >= :began AND r.asked_at < :ended
        AND r.state NOT IN ('pending', 'joined', 'not_reached')
     OR r.state = 'not_reached' AND EXISTS (SELECT 1 FROM entries e WHERE e.id = r.entry_id
        AND e.happened_at >= :began AND e.happened_at < :ended))
 ORDER BY r.id LIMIT :n
"""
_WORDS: Final = """
SELECT subject_id, target, happened_at, happened_at < recorded_at AS dated FROM entries
 WHERE subject_id = ANY(:ids) AND machine = 'request' AND target = ANY(:told)
 ORDER BY subject_id, version
"""
_SIGHTS: Final = """
SELECT takedown_id, seen, at FROM observations
 WHERE takedown_id = ANY(:ids) AND seen IN ('up', 'restricted')
UNION ALL
SELECT subject_id, 'gone', happened_at FROM entries
 WHERE subject_id = ANY(:ids) AND machine = 'takedown' AND event = 'seen_gone'
"""
_CLOCKS: Final = """
SELECT request_id, kind, state FROM clocks
 WHERE request_id = ANY(:ids) AND ends_on = 'answer' AND state IN ('met', 'passed')
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """One row for each platform that is known here, by name. `specs` lacks those of the past."""

    window: Window
    as_of: datetime
    rows: Sequence[Row]
    specs: dict[str, Spec]


async def read(ctx: Context, caller: Caller, first: date | None, until: date | None) -> Figures:
    """What was asked in a window, and what came of it up to now. Raises `Invalid`."""
    now = ctx.now()
    window = figures.window(first, until, now)
    specs = {name: spec for name, spec in ctx.rules.specs.items() if not spec.office}
    mute = frozenset(name for name, spec in specs.items() if not spec.answers)

    async def work(u: Unit) -> Figures:
        count = Count(now, mute)
        after = UUID(int=0)
        while rows := await _page(u, caller.organisation_id, window, after):
            count.take(await _histories(u, rows))
            after = rows[-1].id
        names = sorted({*specs, *count.addressees})
        await entries.fact(
            u, now, organisation_id=caller.organisation_id, event="compliance_read",
            actor=caller.actor, key_id=caller.key_id,
            facts={"from": f"{window.first}", "until": f"{window.until}", "count": count.requests},
            key=await keys.organisation_key(u, caller.organisation_id),
        )  # fmt: skip
        return Figures(window, now, [count.row(name) for name in names], specs)

    return await ctx.store.run(work)


async def _page(u: Unit, organisation_id: UUID, window: Window, after: UUID) -> Sequence[Any]:
    found = await u.run(
        _REQUESTS,
        org=organisation_id,
        after=after,
        began=window.began_at,
        ended=window.ended_at,
        n=READ_AT_ONCE,
    )
    return found.all()


async def _histories(u: Unit, rows: Sequence[Any]) -> Iterator[History]:
    """The same requests with what was said, what was seen, and how their answer clocks ended."""
    ids, takedowns = [row.id for row in rows], list({row.takedown_id for row in rows})
    words: dict[UUID, list[Word]] = defaultdict(list)
    for row in await u.run(_WORDS, ids=ids, told=[state.value for state in figures.TOLD]):
        words[row.subject_id].append(Word(RequestState(row.target), row.happened_at, row.dated))
    sights: dict[UUID, list[Sight]] = defaultdict(list)
    for row in await u.run(_SIGHTS, ids=takedowns):
        sights[row.takedown_id].append(Sight(row.seen, row.at))
    clocks: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for row in await u.run(_CLOCKS, ids=ids):
        clocks[row.request_id].append((row.kind, row.state))
    return (
        History(
            row.case_id,
            row.addressee,
            RequestState(row.state),
            row.asked_at,
            words[row.id],
            [*sights[row.takedown_id], *_remembered(row)],
            clocks[row.id],
        )
        for row in rows
    )


def _remembered(row: Any) -> Iterator[Sight]:
    """Sights that the takedown remembers: looks that change nothing leave no row of their own."""
    marks = (("up", row.up_at), (row.seen, row.seen_at), ("gone", row.gone_at),
             ("gone", row.first_gone_at))  # fmt: skip
    return (Sight(seen, at) for seen, at in marks if seen and at)
