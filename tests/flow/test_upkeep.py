"""What a sweep does for those who were cut off, what it forgets, and what leases keep apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from adapters.x import X
from service.actions import judging, once, organisations, takedowns
from service.actions.once import Claim
from service.domain.errors import Conflict
from service.engine.jobs import KINDS
from service.engine.sweep import sweep
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office

LACKING: Mapping[str, Any] = {"mandate": {"kind": "self"}, "consent": []}


async def test_a_hold_for_want_of_consent_is_not_released_by_anybody(store: Store) -> None:
    async with Office(store) as office:
        case = await office.case(**LACKING)
        (held,) = await office.hand_in(case, "https://x.com/name/status/1914125985582109731")
        assert held.takedown_id is not None

        with pytest.raises(Conflict):
            await takedowns.release(office.ctx, office.supervisor, held.takedown_id, "consent")

        assert await office.state("takedowns", held.takedown_id) == "held"


async def test_a_completed_profile_ends_its_holds_even_when_the_call_was_cut_off(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Office(store, adapters=(X,)) as office:
        await _profile(office, {"email": ""})
        (held,) = await office.hand_in(
            await office.case(), "https://x.com/name/status/1914125985582109731"
        )
        assert held.takedown_id is not None
        assert await office.state("takedowns", held.takedown_id) == "held"

        async def cut_off(_: object) -> int:
            return 0

        with monkeypatch.context() as dying:
            dying.setattr(judging, "judge_waiting", cut_off)
            await _profile(office, {"email": "notices@centre.example"})
        assert await office.state("takedowns", held.takedown_id) == "held"
        await office.later(days=3, work=False)  # the power was off
        await sweep(office.ctx)

        assert await office.state("takedowns", held.takedown_id) == "open"


async def test_what_still_lacks_something_is_judged_until_nobody_can_have_read_the_old_profile(
    store: Store,
) -> None:
    async with Office(store, adapters=(X,)) as office:
        await _profile(office, {"email": ""})
        await office.hand_in(await office.case(), "https://x.com/name/status/1914125985582109731")

        judged = []
        for minutes in (1, 5, 5):
            await office.later(minutes=minutes, work=False)
            judged.append(await judging.judge_waiting(office.ctx))

        assert judged == [1, 1, 0]


async def _profile(office: Office, changes: dict[str, str]) -> None:
    found = await organisations.read_organisation(office.ctx, office.worker)
    await organisations.change_organisation(
        office.ctx, office.worker, found.version, {"profile": changes}
    )


async def test_replies_of_keyed_calls_are_forgotten_after_a_week(store: Store) -> None:
    async with Office(store) as office:
        assert isinstance(await once.claim(office.ctx, office.worker, "key", b"call"), Claim)

        await office.later(days=6, work=False)
        kept = await once.forget_old(office.ctx)
        await office.later(days=2, work=False)
        forgotten = await once.forget_old(office.ctx)

        assert (kept, forgotten) == (0, 1)


@pytest.mark.parametrize("kind", ["look", "poll"])
async def test_what_one_worker_looks_at_or_asks_about_others_leave_alone_until_its_lease_is_over(
    store: Store, kind: str
) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"), site.url("b"))
        await office.work("send")
        await office.later(hours=1, work=False)
        lane = f"desk{'/look' if kind == 'look' else ''}/{office.organisation}"
        take = KINDS[kind].take

        first = await take(office.ctx, lane, 10)
        second = await take(office.ctx, lane, 10)
        await office.later(minutes=2, work=False)
        third = await take(office.ctx, lane, 10)

        assert [len(taken) for taken in (first, second, third)] == [2, 0, 2]
