"""What is seen there? Stories of what comes back, cannot be seen, or is hidden from some."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.spec import AnswerKind, Seen
from service.playground.behaviours import HOUR_S, ignored, restricted, returns, standing
from service.playground.script import Sight
from service.playground.serve import Playground
from service.store.unit import Store
from tests.flow.adapters import GONE, UP, Site, unseen
from tests.flow.office import Office

DAY_S = 24 * HOUR_S


async def test_04_what_comes_back_after_it_was_closed_is_asked_for_again(
    store: Store, playground: Playground
) -> None:
    url = playground.add("peertube", returns(8 * HOUR_S, 120 * DAY_S))
    async with Office(store, playground=playground) as office:
        (takedown,) = await office.take_in(await office.case(), url)
        await office.work()
        await office.later(hours=9)
        first_gone = (await office.one("takedowns")).gone_at
        assert await office.state("takedowns", takedown) == "gone"
        await office.days(9)
        closed = await office.one("takedowns")
        assert closed.state == "closed"
        assert closed.closed_at - first_gone >= timedelta(days=7)

        # looks go on: weekly for ninety days, then monthly
        assert closed.look_at - office.time() <= timedelta(days=7)
        for _ in range(13):
            await office.later(days=7)
        weekly = await office.one("takedowns")
        assert weekly.looks >= closed.looks + 12
        assert weekly.look_at - office.time() > timedelta(days=20)
        assert playground.sent("peertube") == 1
        await office.later(days=31)  # it is back

        back = await office.one("takedowns")
        assert (back.state, back.round, back.reappeared) == ("open", 2, 1)
        earlier, now = await office.all("requests")
        assert (earlier.round, earlier.state, earlier.carrying) == (
            1,
            "removed_without_word",
            False,
        )
        assert (now.round, now.carrying) == (2, True)
        assert now.state in ("asked", "acknowledged")
        clocks = await office.all("clocks")
        assert [c.request_id for c in clocks] == [earlier.id, now.id]
        assert clocks[1].state == "running"
        assert len(playground.item(url).reports) == 2

        await office.days(2)
        again = await office.one("takedowns")
        assert again.state == "gone"
        assert again.first_gone_at == first_gone
        assert again.gone_at > first_gone + timedelta(days=100)
        assert await office.trace(takedown) == [
            "accept", "resolved", "seen_gone", "still_gone", "reappeared", "seen_gone",
        ]  # fmt: skip


async def test_16_behind_a_login_wall_only_a_person_sees(
    store: Store, playground: Playground
) -> None:
    walled = playground.add("peertube", standing(Sight.PRIVATE, "private", "Members only."))
    private = "https://t.me/c/1234567890/55"
    async with Office(store, playground=playground) as office:
        await office.targets(removal_days=2)
        (takedown,) = await office.take_in(await office.case("ref-1"), private)
        (nobody_looks,) = await office.take_in(
            await office.case("ref-2"), "https://t.me/c/1234567890/66"
        )
        (seen_by_none,) = await office.take_in(await office.case("ref-3"), walled)
        await office.work()
        row = await office.one("takedowns", id=takedown)
        assert (row.state, row.saw, row.saw_rule) == ("open", "cannot_see", "private")
        assert (await office.one("takedowns", id=seen_by_none)).saw == "cannot_see"

        await office.later(hours=1)
        await office.see(takedown, Seen.UP)
        notice = await office.one("notices", case_id=row.case_id)
        await office.later(hours=1)
        await office.answer(notice, AnswerKind.SAYS_REMOVED)
        await office.later(minutes=1)
        assert await office.state("takedowns", takedown) == "open"  # still nobody can see it
        await office.days(2)

        # reminders stopped for what they say is removed, and go on for what they said nothing of
        request = await office.one("requests", takedown_id=takedown)
        assert (request.state, request.reminders, request.remind_at) == ("says_removed", 0, None)
        assert (await office.one("requests", takedown_id=nobody_looks)).reminders == 2
        sights = await office.all("observations", takedown_id=takedown)
        assert {(s.seen, s.by, s.method) for s in sights} == {
            ("cannot_see", "engine", "page"),
            ("up", "case_worker", "person"),
        }
        clock = {c.request_id: c.state for c in await office.all("clocks", ends_on="removal")}
        other = await office.one("requests", takedown_id=nobody_looks)
        assert (clock[request.id], clock[other.id]) == ("passed", "not_seen")

        await office.see(takedown, Seen.GONE)
        assert (
            await office.state("takedowns", takedown) == "gone"
        )  # one sight of a person is enough
        await office.days(8)
        assert (
            await office.state("takedowns", takedown) == "gone"
        )  # what nobody sees proves nothing
        await office.see(takedown, Seen.GONE)
        assert await office.state("takedowns", takedown) == "closed"
        assert await office.state("takedowns", nobody_looks) == "open"


async def test_28_a_link_whose_signature_has_expired_is_not_gone(store: Store) -> None:
    site = Site("files")
    url = site.url("film.mp4?expires=1700000000&signature=abc")
    site.sights[url] = UP
    async with Office(store, adapters=(site.adapter,)) as office:
        (takedown,) = await office.take_in(await office.case(), url)
        await office.work()

        site.sights[url] = unseen("signature_expired")  # its 404 says that we may not look
        await office.days(3)

        row = await office.one("takedowns")
        assert (row.state, row.seen, row.saw, row.saw_rule) == (
            "open", "up", "cannot_see", "signature_expired",
        )  # fmt: skip
        assert (await office.one("requests")).state == "asked"
        assert await office.trace(takedown) == ["accept", "resolved"]
        # looks that say the same as the one before are counted, not stored
        assert [s.seen for s in await office.all("observations")] == ["up", "cannot_see"]
        assert row.looks == site.looks > 2
        assert (await office.one("clocks")).state == "running"

        site.sights[url] = GONE
        await office.days(1)
        assert await office.state("takedowns", takedown) == "gone"


async def test_29_blocked_in_one_country_is_restricted_and_stops_no_clock(
    store: Store, playground: Playground
) -> None:
    url = playground.add("peertube", restricted(12 * HOUR_S))
    other = playground.add("peertube", ignored())
    async with Office(store, playground=playground) as office:
        await office.targets(removal_days=3, answer_days=5)
        takedown, up = await office.take_in(await office.case(), url, other)
        await office.work()
        await office.days(1)

        assert await office.state("takedowns", takedown) == "restricted"
        request = await office.one("requests", takedown_id=takedown)
        assert request.state == "acknowledged"
        clocks = await office.all("clocks", request_id=request.id)
        assert [c.state for c in clocks] == ["running", "running"]

        await office.days(5)
        clocks = await office.all("clocks", request_id=request.id)
        assert {c.ends_on: c.state for c in clocks} == {"answer": "passed", "removal": "passed"}
        assert (await office.one("requests", id=request.id)).state == "no_answer"
        assert request.id in {
            r.id for r in await office.all("requests") if r.reminders or r.remind_at
        }
        assert await office.states("takedowns") == {"restricted": 1, "open": 1}
        assert (await office.one("takedowns", id=takedown)).gone_at is None
        assert (await office.one("takedowns", id=up)).state == "open"


@pytest.mark.parametrize("gone", [False, True], ids=["still_up", "gone_by_then"])
async def test_what_was_there_at_the_deadline_is_on_record(store: Store, *, gone: bool) -> None:
    site = Site("desk")
    pace = {"look_first": timedelta(days=1)}  # without a deadline nobody would look that day
    async with Office(store, adapters=(site.adapter,), pace=pace) as office:
        await office.targets(answer_days=30, removal_days=2.5)
        (takedown,) = await office.take_in(await office.case(), site.url("a"))
        await office.work()
        (deadline,) = [c.due_at for c in await office.all("clocks") if c.ends_on == "removal"]
        while (next_ := (await office.one("takedowns")).look_at) < deadline:
            if gone and deadline - next_ < timedelta(hours=1):
                site.sights[site.url("a")] = GONE
            await office.later(seconds=(next_ - office.time()).total_seconds() + 1)
        await office.later(seconds=(deadline - office.time()).total_seconds() + 180)

        seen = [(o.seen, o.at - deadline) for o in await office.all("observations")]
        (clock,) = [c for c in await office.all("clocks") if c.ends_on == "removal"]
        if gone:
            (_, up), (_, gone_at) = [(s, at) for s, at in seen if s in ("up", "gone")][-2:]
            assert up < gone_at < timedelta()
            assert (clock.state, seen[-1][0]) == ("met", "gone")
        else:
            (before, early), (after, late) = seen[-2:]
            assert (before, after, clock.state) == ("up", "up", "passed")
            assert -2 * office.pace.look_before < early < timedelta()
            assert timedelta() < late < timedelta(minutes=5)
        assert (await office.state("takedowns", takedown)) == ("gone" if gone else "open")
