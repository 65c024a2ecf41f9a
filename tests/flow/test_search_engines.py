"""Search engines take results away, not what they lead to: they are asked beside the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.spec import AnswerKind
from service.actions import organisations
from service.actions.queries import notices, takedowns
from service.domain.errors import Invalid
from service.domain.wording import ENGLISH
from service.store.unit import Store
from tests.flow.adapters import Site, a_form
from tests.flow.office import Office


@pytest.fixture
def desk() -> Site:
    return Site("desk")


@pytest.fixture
async def office(store: Store, desk: Site) -> AsyncIterator[Office]:
    adapters = (desk.adapter, a_form("engine", delists=True), a_form("other", delists=True))
    async with Office(store, adapters=adapters) as office:
        yield office


async def wants(office: Office, *names: str) -> None:
    row = await organisations.read_organisation(office.ctx, office.supervisor)
    changes = {"search_engines": list(names)}
    await organisations.change_organisation(office.ctx, office.supervisor, row.version, changes)


async def asked(office: Office) -> Any:
    """The notice to the search engine, filed by a person."""
    (packet,) = (await office.todo())["by_hand"]
    notice = await office.one("notices", id=packet)
    assert (await office.file(notice)).status == "done"
    return notice


async def test_only_those_that_the_centre_wants_are_asked(office: Office, desk: Site) -> None:
    case = await office.case()
    await office.take_in(case, desk.url("before"))
    await wants(office, "engine")
    await office.take_in(case, desk.url("a"), desk.url("b"))
    await office.work()

    notice = await asked(office)
    assert notice.addressee == "engine"
    shown = await notices.notice(office.ctx, office.worker, notice.id)
    assert [item["url"] for item in shown["items"]] == [desk.url("a"), desk.url("b")]
    assert ENGLISH.delist.format(s="es") in shown["text"]
    assert ENGLISH.basis[notice.basis.__class__("terms")] not in shown["text"]
    assert len(desk.messages) == 3


async def test_what_was_approved_before_is_not_held_by_a_later_wish(
    store: Store, desk: Site
) -> None:
    adapters = (desk.adapter, a_form("engine", delists=True))
    async with Office(store, adapters=adapters, approval="every") as office:
        (takedown,) = await office.take_in(await office.case(), desk.url("a"))
        await office.approve(takedown)
        await wants(office, "engine")
        await office.work()

        assert len(desk.messages) == 1
        assert await office.states("takedowns") == {"open": 1}


async def test_what_they_say_is_not_about_the_content(office: Office, desk: Site) -> None:
    await wants(office, "engine")
    (takedown,) = await office.take_in(await office.case(), desk.url("a"))
    await office.work()
    notice = await asked(office)
    before = await office.one("takedowns")
    await office.answer(notice, AnswerKind.SAYS_REMOVED)

    after = await office.one("takedowns")
    assert (after.look_at, after.waits_look) == (before.look_at, False), "nothing says it is gone"
    await office.later(hours=1)
    row = await takedowns.one(office.ctx, office.worker, takedown)
    assert (row["state"], row["derived"]["contradicted"]) == ("open", False)
    assert "says_removed" not in row["answers"]
    await office.days(9)
    assert {c.request_id for c in await office.all("clocks")} == {
        (await office.one("requests", addressee="desk")).id
    }


async def test_a_name_that_is_no_search_engine_is_refused(office: Office) -> None:
    with pytest.raises(Invalid) as raised:
        await wants(office, "desk")
    assert "engine, other" in raised.value.detail
    with pytest.raises(Invalid):
        await wants(office, "unknown")
