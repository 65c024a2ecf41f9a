"""What a life costs the database, counted, so that it cannot creep up."""

from __future__ import annotations

import pytest

from adapters.spec import Answer, AnswerKind, Scope
from bench.floor.capture import Captured, Recording
from service.engine.jobs import KINDS
from service.store.unit import Store
from tests.flow.adapters import GONE, Site
from tests.flow.office import Office

TAKEN_IN = 16
"""Statements of one call of `accept_items`, for one address or for many."""
LIVED = {"send": 43, "poll": 29, "look": 27}
"""Statements of one take and one record of each kind, for one notice or for many."""


@pytest.mark.parametrize("count", [1, 50])
async def test_statements_are_few_and_do_not_grow_with_what_is_done_at_once(
    store: Store, count: int
) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        recording, case = Recording(store), await office.case()
        urls = [site.url(str(n)) for n in range(count)]
        with recording.of(taken := Captured()):
            await office.take_in(case, *urls)
        counts = {"take_in": taken.statements}

        for kind in LIVED:
            with recording.of(lived := Captured()):
                await _step(office, kind, count)
            counts[kind] = lived.statements
            for message in site.messages:
                site.says(message, Answer(Scope.ALL, AnswerKind.SAYS_REMOVED))
            site.sights = dict.fromkeys(urls, GONE)

        assert await office.states("takedowns") == {"gone": count}
        assert counts == {"take_in": TAKEN_IN, **LIVED}


async def _step(office: Office, kind: str, count: int) -> None:
    """Take, call, and write down what came of it, as a job does."""
    office.time.forward(minutes=20)  # past the first poll and look
    (row,) = await office.rows(
        "SELECT min(lane) AS send, min(lane_look) AS look FROM notices, takedowns"
    )
    lane = row.look if kind == "look" else row.send
    work = KINDS[kind]
    items = await work.take(office.ctx, lane, count)
    assert len(items) == count
    await work.record(office.ctx, [await work.call(office.ctx, item) for item in items])
