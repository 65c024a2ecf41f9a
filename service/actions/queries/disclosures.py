"""Who received what about a case, from the messages as they were frozen; never their text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from adapters.spec import Purpose, Spec
from service.actions import attempts, matters
from service.actions.context import Caller, Context
from service.actions.matters import OpenCase
from service.domain import disclosures, notices
from service.domain.disclosures import Disclosure, Message, Try
from service.domain.states import NoticeState
from service.store import entries
from service.store.sealing import Key
from service.store.unit import Unit

READ_AT_ONCE: Final = 200
PREPARED: Final = (NoticeState.DUE, NoticeState.BY_HAND, NoticeState.SET_ASIDE)
_NOTICES: Final = (
    "SELECT id, addressee, purpose, state, grade, filed FROM notices"
    " WHERE case_id = :case AND id > :after ORDER BY id LIMIT :n"
)
_TRIES: Final = (
    "SELECT id, notice_id, state, started_at, bytes_sealed, evidence_sealed FROM attempts"
    " WHERE notice_id = ANY(:ids) ORDER BY notice_id, started_at, n"
)
_BY_OTHER_CASES: Final = """
SELECT r.addressee, count(DISTINCT t.id) AS addresses
  FROM takedowns t JOIN requests r ON r.takedown_id = t.id
 WHERE t.case_id = :case AND t.state <> 'withdrawn'
   AND (r.state = 'joined' OR r.follows_id IS NOT NULL)
   AND EXISTS (SELECT 1 FROM takedowns o JOIN requests k ON k.takedown_id = o.id
        WHERE o.organisation_id = t.organisation_id AND o.locator_mac = r.locator_mac
          AND o.case_id <> t.case_id AND k.addressee = r.addressee AND k.asked_at IS NOT NULL)
 GROUP BY r.addressee ORDER BY r.addressee
"""


@dataclass(frozen=True, slots=True)
class Disclosures:
    """What left, what is ready to, and how many addresses another case's messages told. `specs`
    lacks the platforms of the past.
    """

    as_of: datetime
    told: Sequence[Disclosure]
    prepared: Mapping[str, int]
    by_other_cases: Mapping[str, int]
    specs: Mapping[str, Spec]


async def read(ctx: Context, caller: Caller, case_id: UUID) -> Disclosures:
    """Everybody who received anything about this case, or may have. Raises `NotFound`."""
    now, specs = ctx.now(), ctx.rules.specs

    async def work(u: Unit) -> Disclosures:
        case = await matters.open_case(u, caller.organisation_id, case_id)
        messages, prepared = await _messages(u, case)
        told = disclosures.by_addressee(messages, {n: s.discloses for n, s in specs.items()})
        others = await u.run(_BY_OTHER_CASES, case=case_id)
        await entries.fact(
            u, now, organisation_id=caller.organisation_id, case_id=case_id,
            event="disclosures_read", actor=caller.actor, key_id=caller.key_id,
            facts={"count": len(told)}, key=case.key,
        )  # fmt: skip
        by_others = {row.addressee: row.addresses for row in others}
        return Disclosures(now, told, dict(sorted(prepared.items())), by_others, specs)

    return await ctx.store.run(work)


async def _messages(u: Unit, case: OpenCase) -> tuple[list[Message], Counter[str]]:
    """The case's messages of which a try left, and how many wait, by addressee."""
    messages: list[Message] = []
    prepared = Counter[str]()
    after = UUID(int=0)
    while rows := (await u.run(_NOTICES, case=case.id, after=after, n=READ_AT_ONCE)).all():
        tries = await _tries(u, case.key, [row.id for row in rows])
        for row in rows:
            state = NoticeState(row.state)
            left = disclosures.left(state, tries[row.id])
            if left:
                messages += _by_place(row, left)
            elif state in PREPARED:
                prepared[row.addressee] += 1
        after = rows[-1].id
    return messages, prepared


async def _tries(u: Unit, key: Key, ids: Sequence[UUID]) -> Mapping[UUID, list[Try]]:
    found: dict[UUID, list[Try]] = defaultdict(list)
    for row in await u.run(_TRIES, ids=list(ids)):
        frozen = row.bytes_sealed and key.open(attempts.BYTES, row.id, row.bytes_sealed)
        notice = notices.thaw(frozen) if frozen else None
        found[row.notice_id].append(Try(row.state, row.started_at, notice, _is_proven(key, row)))
    return found


def _is_proven(key: Key, row: Any) -> bool:
    """Whether something came for it, after it was closed, that shows that it had arrived."""
    if row.evidence_sealed is None:
        return False
    evidence = key.open_json(attempts.EVIDENCE, row.id, row.evidence_sealed)
    return disclosures.shows_arrival(evidence)


def _by_place(row: Any, left: Sequence[Try]) -> Iterator[Message]:
    """One message for each place that its tries left for, as it was frozen with them."""
    places: dict[str | None, list[Try]] = defaultdict(list)
    for each in left:
        known = None if row.filed else each.notice  # where a person sent it is for them to say
        places[disclosures.place_of(known) if known else None].append(each)
    for sent_to, tries in places.items():
        yield Message(
            addressee=row.addressee,
            sent_to=sent_to,
            purpose=Purpose(row.purpose),
            arrival=disclosures.arrival(NoticeState(row.state), row.grade),
            tries=tries,
        )
