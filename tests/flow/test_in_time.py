"""Stories of what ends by time: it ends when it ends, and not what was renewed a moment before."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.spec import Purpose, Seen
from service.actions import cases, holding, upkeep
from service.actions.holding import NewHold
from service.actions.matters import OpenCase
from service.domain.states import Actor
from service.playground.behaviours import ignored
from service.playground.serve import Playground
from service.store import ledger
from service.store.unit import Store, Unit
from tests.flow.adapters import GONE, Site
from tests.flow.office import Office

POLICE = {"authority": "Example Police", "file": "2026/1"}


async def test_a_hold_that_is_renewed_while_the_sweep_comes_for_it_goes_on(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        (takedown,) = await office.take_in(await office.case(), site.url("a"))
        until = office.time() + timedelta(hours=20)
        await office.hold(takedown, NewHold("police", until, POLICE))
        await office.later(hours=20, seconds=1, work=False)
        key = (await office.case()).key
        renewed, found = asyncio.Event(), asyncio.Event()

        async def renew(u: Unit) -> None:
            world = await ledger.open_world(
                u, office.ctx.rules, office.time(), takedowns=[takedown]
            )
            anew = NewHold("police", until + timedelta(hours=48))
            rows = [world.takedowns[takedown]]
            moves = await holding.set_hold(u, world, rows, anew, Actor.SUPERVISOR, key)
            await ledger.record(u, world, moves)
            renewed.set()
            await found.wait()

        async def sweep_waits() -> bool:
            return bool(
                await office.rows(
                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                    " AND wait_event_type = 'Lock'"
                )
            )

        renewing = asyncio.create_task(store.run(renew))
        await renewed.wait()
        ending = asyncio.create_task(upkeep.end_holds(office.ctx))
        await office.until(sweep_waits)
        found.set()
        await asyncio.gather(renewing, ending)

        await office.work()
        assert (await office.state("takedowns", takedown), site.calls) == ("held", 0)
        (hold,) = await office.all("holds", ended_at=None)
        assert hold.until == until + timedelta(hours=48)
        await office.later(hours=48)
        assert (await office.state("takedowns", takedown), site.calls) == ("open", 1)


MINOR = {"depicted_as": "minor", "person_now": "minor"}
BY_SELF = {"what": "removal", "given_by": "self", "given_how": "on paper"}


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ({"mandate": "police"}, {"consent"}),
        ({"mandate": "centre_by_law", **MINOR}, {"consent", "age"}),
        ({"mandate": "guardian", "consent": [BY_SELF], **MINOR}, {"age"}),
        ({"mandate": "lawyer", "consent": [BY_SELF], **MINOR}, {"age"}),
    ],
)
async def test_when_a_mandate_ends_nothing_leaves_any_more(
    store: Store, said: dict[str, Any], kinds: set[str]
) -> None:
    site, host = Site("desk"), Site("hosting", stands_behind=("desk",))
    async with Office(store, adapters=(site.adapter, host.adapter)) as office:
        until = (office.time() + timedelta(hours=30)).isoformat()
        case = await office.case(**{**said, "mandate": {"kind": said["mandate"], "until": until}})
        (asked,) = await office.take_in(case, site.url("a"))
        await office.work()
        await office.days(1)
        await office.later(minutes=1)
        assert len(site.sent(Purpose.REMINDER)) == 1

        await office.later(hours=7)

        assert await office.state("takedowns", asked) == "held"
        assert {h.kind for h in await office.all("holds", ended_at=None)} == kinds
        assert [f.actor for f in await office.facts("mandate_lapsed")] == ["engine"]
        written = await office.all("entries", event="hold") + await office.facts("hold_set")
        assert {entry.reason for entry in written} == kinds
        await office.days(9)
        (late,) = await office.take_in(case, site.url("late"))
        assert await office.state("takedowns", late) == "held"
        assert (len(site.messages), host.calls) == (2, 0)

        row = (await office.case()).row
        changes = {"mandate": {"kind": said["mandate"]}}
        await cases.change(office.ctx, office.supervisor, case.id, row.version, changes)
        await office.work()
        assert await office.states("takedowns") == {"open": 2}
        assert (len(site.sent(Purpose.FIRST)), host.calls) == (2, 1)


@pytest.mark.parametrize("leaves", [Purpose.FIRST, Purpose.REMINDER])
async def test_what_starts_after_the_end_does_not_leave_however_late_the_sweep_is(
    store: Store, leaves: Purpose
) -> None:
    site = Site("desk")
    async with Office(
        store, adapters=(site.adapter,), pace={"undo": timedelta(minutes=5)}
    ) as office:
        ends = {Purpose.FIRST: timedelta(minutes=4), Purpose.REMINDER: timedelta(hours=25)}
        until = (office.time() + ends[leaves]).isoformat()
        case = await office.case(mandate={"kind": "police", "until": until})
        (takedown,) = await office.take_in(case, site.url("a"))
        if leaves is Purpose.REMINDER:
            await office.later(minutes=6)
            await office.later(hours=24, work=False)
            await office.work("none")
        (waiting,) = await office.all("notices", state="due")
        assert waiting.purpose == leaves
        before = site.calls

        await office.later(hours=1, work=False)
        await office.jobs.run("send", waiting.lane)

        assert site.calls == before
        assert await office.state("notices", waiting.id) == "cancelled"
        assert await office.state("takedowns", takedown) == "held"
        assert [h.kind for h in await office.all("holds")] == ["consent"]


async def closed(office: Office, url: str) -> tuple[OpenCase, UUID]:
    """A case whose only address is gone for good, and whose consent lasts a month."""
    until = (office.time() + timedelta(days=30)).isoformat()
    case = await office.case(mandate={"kind": "self"}, consent=[{**BY_SELF, "until": until}])
    (takedown,) = await office.take_in(case, url)
    await office.work()
    for notice in await office.all("notices", state="by_hand"):
        await office.file(notice)
    await office.see(takedown, Seen.GONE)
    await office.later(days=8, work=False)
    await office.see(takedown, Seen.GONE)
    assert await office.state("takedowns", takedown) == "closed"
    await cases.close(office.ctx, office.worker, case.id)
    return case, takedown


async def test_what_comes_back_after_consent_has_ended_is_not_asked_about(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        site.sights[site.url("a")] = GONE
        case, takedown = await closed(office, site.url("a"))
        messages = len(site.messages)
        await office.days(24)
        row = await office.one("takedowns")
        assert (row.state, row.round) == ("closed", 1), "nothing leaves, so nothing is held"
        assert (await office.case()).row.consent == "lapsed"

        site.sights.clear()
        await office.days(8)

        row = await office.one("takedowns")
        assert (row.state, row.reappeared, row.seen) == ("held", 1, "up")
        assert len(site.messages) == messages
        assert await office.todo() == {"consent_missing": [str(takedown)]}
        await office.consent(case, **BY_SELF)
        await office.work()
        assert await office.state("takedowns", takedown) == "open"
        assert len(site.messages) == messages + 1
        assert site.messages[-1].notice.purpose is Purpose.FIRST


async def test_no_form_is_prepared_for_what_comes_back_after_consent_has_ended(
    store: Store, playground: Playground
) -> None:
    async with Office(store, playground=playground) as office:
        url = playground.add("x", ignored())
        _, takedown = await closed(office, url)
        forms = len(await office.all("notices"))
        await office.later(days=30, work=False)

        await office.see(takedown, Seen.UP)

        row = await office.one("takedowns")
        assert (row.state, row.reappeared) == ("held", 1)
        assert len(await office.all("notices")) == forms


async def test_what_came_back_to_a_closed_case_is_held_when_its_consent_ends(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        _, takedown = await closed(office, site.url("a"))
        await office.work()
        assert await office.state("takedowns", takedown) == "open"
        messages = len(site.messages)
        assert messages == 2

        await office.later(days=30)

        assert await office.state("takedowns", takedown) == "held"
        assert len(site.messages) == messages


async def test_consent_that_begins_later_lets_it_leave_then(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        begins = (office.time() + timedelta(days=1)).isoformat()
        case = await office.case(mandate={"kind": "self"}, consent=[{**BY_SELF, "from": begins}])
        await office.take_in(case, site.url("a"))
        await office.later(hours=23)
        assert (await office.states("takedowns"), site.calls) == ({"held": 1}, 0)

        await office.later(hours=2)

        assert (await office.states("takedowns"), site.calls) == ({"open": 1}, 1)
        assert (await office.case()).row.consent == "given"
        assert len(await office.facts("consent_began")) == 1


async def test_when_the_last_grant_beside_a_withdrawn_one_ends_looks_end_too(
    store: Store,
) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        now = office.time()
        grants = [
            {**BY_SELF, "withdrawn_at": now.isoformat()},
            {**BY_SELF, "until": (now + timedelta(hours=5)).isoformat()},
        ]
        case = await office.case(mandate={"kind": "self"}, consent=grants)
        await office.take_in(case, site.url("a"))
        await office.later(hours=4)
        looks = site.looks
        assert looks > 0

        await office.later(hours=2)
        await office.days(2)

        row = await office.one("takedowns")
        assert (row.state, row.look_at) == ("held", None)
        assert site.looks == looks


async def test_an_end_that_changes_nothing_leaves_the_case_as_it_was(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        ends = [(office.time() + timedelta(days=n)).isoformat() for n in (1, 3)]
        grants = [{**BY_SELF, "until": end} for end in ends]
        case = await office.case(mandate={"kind": "self"}, consent=grants)
        await office.take_in(case, site.url("a"))

        await office.days(2)

        row = (await office.case()).row
        assert (row.version, row.updated_at) == (case.row.version, case.row.updated_at)
        assert await office.states("takedowns") == {"open": 1}
        assert await office.facts("consent_lapsed") == []
        await office.days(2)
        assert await office.states("takedowns") == {"held": 1}
        assert len(await office.facts("consent_lapsed")) == 1


async def test_a_case_of_before_this_was_noticed_is_judged_once(store: Store) -> None:
    site = Site("desk")
    async with Office(store, adapters=(site.adapter,)) as office:
        until = office.time() + timedelta(hours=1)
        mandate = {"kind": "police", "until": until.isoformat()}
        await office.take_in(await office.case(mandate=mandate), site.url("a"))
        await office.work()
        await office.later(hours=2, work=False)

        await office.change("UPDATE cases SET judge_at = :now", now=office.time())
        await office.work()

        assert await office.states("takedowns") == {"held": 1}
        assert (await office.one("cases")).judge_at is None
