"""What a person files: who joins the packet, and what of it was filed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.spec import Kind, Locator, Office, Url
from service.actions import by_hand, taking
from service.actions.by_hand import Filing
from service.actions.queries import notices
from service.store.unit import Store
from tests.flow.adapters import Site, a_form
from tests.flow.office import Office as Centre

SOON = {"undo": timedelta(minutes=5)}


class AForm(a_form("form")):  # type: ignore[misc]
    def match(self, url: Url) -> Locator | None:
        here = url.host == "form.example"
        return Locator("form", Kind.POST, url.path, str(url)) if here else None


@pytest.fixture
def desk() -> Site:
    return Site("desk")


@pytest.fixture
async def centre(store: Store, desk: Site) -> AsyncIterator[Centre]:
    offices = (
        a_form("line", office=Office.HOTLINE),
        a_form("board", office=Office.REGULATOR, country="GB"),
    )
    async with Centre(store, adapters=(AForm, desk.adapter, *offices), pace=SOON) as centre:
        yield centre


async def packets(centre: Centre, addressee: str = "form") -> list[int]:
    """How many addresses each packet that waits there holds, the oldest first."""
    waiting = await centre.all("notices", addressee=addressee, state="by_hand")
    return [len(await centre.carried(notice)) for notice in waiting]


async def file(centre: Centre, notice: Any, *requests: UUID) -> by_hand.Done:
    filing = Filing(notice.id, centre.time(), requests=requests)
    return (await by_hand.filed(centre.ctx, centre.worker, [filing]))[0]


async def test_an_office_gets_one_packet_until_somebody_takes_it(centre: Centre) -> None:
    case = await centre.case(depicted_as="minor", jurisdictions=["FR"])
    for n in range(3):
        await centre.take_in(case, f"https://desk.example/{n}")
        await centre.later(days=1)
    assert await packets(centre, "line") == [3]

    (notice,) = await centre.all("notices", addressee="line")
    await taking.take(centre.ctx, centre.worker, f"by_hand:{notice.id}")
    await centre.take_in(case, "https://desk.example/3")
    assert await packets(centre, "line") == [3, 1]


async def test_nothing_joins_a_packet_that_somebody_files_now(centre: Centre) -> None:
    case = await centre.case()
    await centre.take_in(case, "https://form.example/1")
    (notice,) = await centre.all("notices")
    await taking.take(centre.ctx, centre.worker, f"by_hand:{notice.id}")
    await centre.take_in(case, "https://form.example/2")
    assert await packets(centre) == [1, 1]


async def test_what_was_not_filed_waits_for_another_packet(centre: Centre) -> None:
    case = await centre.case()
    await centre.take_in(case, *(f"https://form.example/{n}" for n in range(3)))
    (notice,) = await centre.all("notices")
    first, second, third = [r.id for r in await centre.carried(notice)]

    assert (await file(centre, notice, first, third)).status == "done"
    await centre.work()

    states = {r.id: r.state for r in await centre.all("requests")}
    assert states == {first: "asked", second: "pending", third: "asked"}
    assert await packets(centre) == [1]
    (left,) = await centre.all("notices", state="by_hand")
    assert [r.id for r in await centre.carried(left)] == [second]


async def test_what_was_left_out_after_a_day_is_not_lost(centre: Centre) -> None:
    case = await centre.case()
    await centre.take_in(case, *(f"https://form.example/{n}" for n in range(2)))
    (notice,) = await centre.all("notices")
    first, second = [r.id for r in await centre.carried(notice)]
    await centre.days(2)
    assert await centre.states("requests") == {"not_reached": 2}

    assert (await file(centre, notice, first)).status == "done"
    await centre.work()

    states = {r.id: r.state for r in await centre.all("requests")}
    assert states == {first: "asked", second: "pending"}
    assert await packets(centre) == [1]


async def test_what_time_brings_joins_the_packet_that_waits(centre: Centre, desk: Site) -> None:
    """Silence leads to the regulator, case by case in one packet, on whatever day it falls."""
    case = await centre.case(jurisdictions=["GB"])
    for n in range(3):
        await centre.take_in(case, desk.url(f"{n}"))
        await centre.later(days=2)
    await centre.days(12)

    assert await packets(centre, "board") == [3]


async def test_the_record_holds_what_was_filed_and_no_more(centre: Centre) -> None:
    case = await centre.case()
    urls = [f"https://form.example/{n}" for n in range(3)]
    await centre.take_in(case, *urls)
    (notice,) = await centre.all("notices")
    first, _, third = [r.id for r in await centre.carried(notice)]

    await file(centre, notice, first, third)

    shown = await notices.notice(centre.ctx, centre.worker, notice.id)
    assert [item["url"] for item in shown["items"]] == [urls[0], urls[2]]
    assert "form.example/1" not in str(shown)
    assert {c.request_id for c in await centre.all("clocks")} == {first, third}


async def test_what_was_left_out_is_filed_by_its_own_packet(centre: Centre) -> None:
    case = await centre.case()
    await centre.take_in(case, *(f"https://form.example/{n}" for n in range(2)))
    (notice,) = await centre.all("notices")
    first, second = [r.id for r in await centre.carried(notice)]
    await file(centre, notice, first)
    await centre.work()
    (left,) = await centre.all("notices", state="by_hand")

    assert (await file(centre, left, second)).status == "done"
    again = await file(centre, notice, first)

    assert await centre.states("requests") == {"asked": 2}
    assert (again.status, again.code) == ("failed", "conflict")
    assert await packets(centre) == []


async def test_what_takes_a_mistake_back_is_filed_whole(centre: Centre) -> None:
    """In part, the rest would never be taken back: nothing plans a second one."""
    case = await centre.case()
    found = await centre.take_in(case, *(f"https://form.example/{n}" for n in range(2)))
    (notice,) = await centre.all("notices")
    await file(centre, notice, *[r.id for r in await centre.carried(notice)])
    for takedown in found:
        await centre.withdraw(takedown, "wrong_person")
    (back,) = await centre.all("notices", purpose="retraction")
    first, second = [r.id for r in await centre.carried(back)]

    done = await file(centre, back, first)

    assert (done.status, done.code) == ("failed", "conflict")
    assert await packets(centre) == [2]
    assert (await file(centre, back, first, second)).status == "done"


@pytest.mark.parametrize("named", ["nothing", "something else"])
async def test_a_filing_names_what_the_packet_holds(centre: Centre, named: str) -> None:
    case = await centre.case()
    await centre.take_in(case, "https://form.example/1")
    (notice,) = await centre.all("notices")

    wrong = () if named == "nothing" else (notice.id,)
    done = await file(centre, notice, *wrong)

    assert (done.status, done.code) == ("failed", "conflict")
    assert await packets(centre) == [1]
