"""Stories of several cases and several addressees: who is asked once, who takes over, who waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.errors import Refused
from adapters.spec import AnswerKind
from service.actions.queries import cases as case_queries
from service.actions.queries import takedowns as takedown_queries
from service.actions.queries import timeline
from service.domain.summary import PARTS
from service.playground.behaviours import HOUR_S, ignored, removed, restricted
from service.playground.serve import Playground
from service.store.unit import Store
from tests.flow.adapters import GONE, UP, Site
from tests.flow.office import Office


async def test_05_a_second_case_of_one_centre_joins_and_learns_nothing_about_the_first(
    store: Store, playground: Playground
) -> None:
    url = playground.add("peertube", ignored())
    async with Office(store, playground=playground) as office:
        first = await office.case("ref-first")
        (mine,) = await office.take_in(first, url)
        await office.work()
        await office.later(minutes=1)
        second = await office.case("ref-second")
        (result,) = await office.hand_in(second, url)
        assert result.takedown_id is not None
        theirs = result.takedown_id
        await office.work()

        carrier = await office.one("requests", takedown_id=mine)
        joined = await office.one("requests", takedown_id=theirs)
        assert (result.status, joined.state, joined.carrying) == ("joined", "joined", False)
        assert (carrier.state, carrier.carrying) == ("acknowledged", True)
        shown = repr(result.values())
        shown += repr(await takedown_queries.one(office.ctx, office.worker, theirs))
        shown += repr(await timeline.page(office.ctx, office.worker, theirs, 100, None, words=True))
        for secret in (first.id, mine, carrier.id, "ref-first"):
            assert str(secret) not in shown
        assert len(playground.item(url).reports) == 1

        await office.withdraw(mine, "consent")
        await office.work()

        joined = await office.one("requests", id=joined.id)
        assert joined.carrying
        assert await office.trace(joined.id) == ["plan", "join", "take_over", "asked"]
        assert len(playground.item(url).reports) == 2
        assert await office.states("notices") == {"sent": 2}


async def test_05_who_joined_takes_over_when_the_first_was_not_reached(store: Store) -> None:
    site = Site("desk")
    site.meet(Refused("http_400"), taken=False)
    async with Office(store, adapters=(site.adapter,)) as office:
        (mine,) = await office.take_in(await office.case("ref-1"), site.url("a"))
        (theirs,) = await office.take_in(await office.case("ref-2"), site.url("a"))

        await office.work()

        first = await office.one("requests", takedown_id=mine)
        second = await office.one("requests", takedown_id=theirs)
        assert (first.state, first.carrying) == ("not_reached", False)
        assert (second.state, second.carrying) == ("asked", True)
        assert (site.calls, len(site.messages)) == (2, 1)
        assert [c.state for c in await office.all("clocks")] == ["running"]


@pytest.mark.parametrize("gone", [True, False], ids=["gone", "still_up"])
async def test_12_what_was_about_to_be_asked_waits_for_a_look_when_they_say_removed(
    store: Store, *, gone: bool
) -> None:
    desk, host = Site("desk"), Site("hosting", stands_behind=("desk",))
    pace = {
        "undo": timedelta(minutes=5),
        "look_first": timedelta(hours=2),
        "look_soon": timedelta(minutes=30),
    }
    async with Office(store, adapters=(desk.adapter, host.adapter), pace=pace) as office:
        (takedown,) = await office.take_in(await office.case(), desk.url("a"))
        await office.later(minutes=6)
        first = await office.one("notices")
        await office.answer(first, AnswerKind.REFUSED)
        rung_2 = await office.one("requests", addressee="hosting")
        assert (rung_2.state, rung_2.rung) == ("pending", 2)

        await office.answer(first, AnswerKind.SAYS_REMOVED)
        desk.sights[desk.url("a")] = GONE if gone else UP
        await office.later(minutes=10)  # its notice would have left
        assert host.calls == 0
        assert (await office.one("takedowns")).waits_look
        await office.later(minutes=25)

        rung_2 = await office.one("requests", addressee="hosting")
        (facts,) = await office.rows("SELECT * FROM takedown_facts WHERE id = :id", id=takedown)
        if gone:
            assert (rung_2.state, rung_2.asked_at) == ("removed_without_word", None)
            assert await office.states("notices", addressee="hosting") == {"cancelled": 1}
            assert (await office.one("takedowns")).state == "gone"
        else:
            assert rung_2.state == "asked"
            assert facts.contradicted
        assert host.calls == (0 if gone else 1)
        assert len(desk.messages) == 1


async def test_27_how_many_are_left_in_korean_without_addresses(
    store: Store, playground: Playground
) -> None:
    urls = [
        *(playground.add("peertube", removed(2 * HOUR_S)) for _ in range(3)),
        *(playground.add("peertube", ignored()) for _ in range(2)),
        playground.add("peertube", restricted(2 * HOUR_S)),
        playground.add("x", ignored()),
    ]
    async with Office(store, playground=playground) as office:
        case = await office.case()
        found = await office.take_in(case, *urls, "https://nobody.example/z")
        await office.work()
        await office.later(hours=3)
        await office.withdraw(found[-1], "duplicate")

        summary = await case_queries.summed_up(office.ctx, office.worker, case.id, "ko")

        states = await office.states("takedowns")
        assert states == {"gone": 3, "open": 3, "restricted": 1, "withdrawn": 1}
        counts = summary.counts
        assert counts["total"] == sum(states.values()) == sum(counts[part] for part in PARTS)
        assert (counts["removed"], counts["online"]) == (states["gone"], states["open"])
        assert (counts["restricted"], counts["withdrawn"]) == (1, 1)
        said = " ".join(summary.sentences)
        assert summary.language == "ko"
        assert any("\uac00" <= letter <= "\ud7a3" for letter in said)
        for number in (8, 3, 1):
            assert str(number) in said
        for name in ("http", "peertube", "PeerTube", "x.com", "practice", "nobody"):
            assert name not in said
