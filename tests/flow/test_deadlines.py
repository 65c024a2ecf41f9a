"""By when must they act? Clocks that a law or a promise sets, beside the centre's own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from adapters.spec import AnswerKind, Channel, Field, Promise, Regime, Settle, Source
from service.actions.holding import NewHold
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office

WORD: Final = Source("https://desk.example/promise", date(2026, 11, 26))
BOUND: Final[dict[str, Any]] = {
    "discloses": tuple(Field),
    "regimes": (Regime.US_TAKE_IT_DOWN,),
    "promises": (Promise("answer", 12, WORD),),
}


async def test_what_they_promised_may_pass_and_only_the_centre_s_own_clock_says_no_answer(
    store: Store,
) -> None:
    site = Site("desk", **BOUND)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(jurisdictions=["US"]), site.url("a"))
        await office.work()
        assert (await office.one("notices")).grade == "accepted_by_addressee"

        await office.later(hours=40)  # and it is seen up
        await office.later(hours=10)

        found = {c.rule: (c.kind, c.state) for c in await office.all("clocks")}
        assert found == {
            "own_answer_1": ("own", "running"),
            "desk_answer_1": ("promised", "passed"),
            "us_take_it_down_1": ("legal", "passed"),
        }
        assert await office.states("requests") == {"asked": 1}

        await office.later(days=6)

        assert await office.states("requests") == {"no_answer": 1}


async def test_a_form_that_they_acknowledge_counts_by_law_from_then_and_anew_after_the_police(
    store: Store,
) -> None:
    site = Site("form", channel=Channel.FORM, settle=Settle.NOBODY, **BOUND)
    async with Office(store, adapters=(site.adapter,)) as office:
        (takedown,) = await office.take_in(await office.case(jurisdictions=["US"]), site.url("a"))
        await office.work("none")
        await office.file(await office.one("notices"))
        notice = await office.one("notices")
        assert (notice.state, notice.grade) == ("sent", "stated_by_person")
        assert {c.kind for c in await office.all("clocks")} == {"own", "promised"}

        await office.answer(notice, AnswerKind.ACKNOWLEDGED)

        assert (await office.one("notices")).grade == "acknowledged"
        law = await office.one("clocks", kind="legal")
        assert (law.state, law.due_at - law.starts_at) == ("running", timedelta(hours=48))

        until = office.time() + timedelta(hours=20)
        await office.hold(
            takedown, NewHold("police", until, {"authority": "Example Police", "file": "2026/1"})
        )
        await office.later(hours=21)

        first, anew = await office.all("clocks", kind="legal")
        assert (first.id, first.state, anew.state) == (law.id, "void", "running")
        assert anew.starts_at >= until
