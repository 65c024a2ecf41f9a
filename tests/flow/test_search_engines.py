"""Search engines take results away, not what they lead to: they are asked beside the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.spec import AnswerKind, ContentClass, Kind, Locator, Url
from service.actions import organisations
from service.actions.queries import notices, takedowns
from service.domain.errors import Invalid
from service.domain.wording import ENGLISH
from service.store.unit import Store
from tests.flow.adapters import Site, a_form
from tests.flow.office import Office


class Results(a_form("results", delists=True)):  # type: ignore[misc]
    def match(self, url: Url) -> Locator | None:
        here = url.host == "results.example"
        return Locator("results", Kind.SEARCH_RESULT, url.path_qs, str(url)) if here else None


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


async def test_what_they_refuse_leads_to_nobody_else(store: Store, desk: Site) -> None:
    host = Site("hosting", stands_behind=("desk",))
    adapters = (desk.adapter, host.adapter, a_form("engine", delists=True))
    async with Office(store, adapters=adapters) as office:
        await wants(office, "engine")
        await office.take_in(await office.case(), desk.url("a"))
        await office.work()
        await office.answer(await asked(office), AnswerKind.REFUSED)
        await office.later(hours=1)

        assert {r.addressee for r in await office.all("requests")} == {"desk", "engine"}
        assert host.calls == 0


async def test_a_search_result_is_asked_about_where_it_is_and_nowhere_else(store: Store) -> None:
    other = a_form("other", delists=True)
    async with Office(store, adapters=(Results, other)) as office:
        await wants(office, "results", "other")
        await office.take_in(await office.case(), "https://results.example/search?q=a")
        await office.work()

        (request,) = await office.all("requests")
        assert (request.addressee, request.basis) == ("results", "terms")


async def test_an_engine_that_is_not_installed_any_more_keeps_nobody_from_asking(
    store: Store, desk: Site
) -> None:
    adapters = (desk.adapter, a_form("engine", delists=True))
    async with Office(store, adapters=adapters) as office:
        await wants(office, "engine")
        del office.specs["engine"], office.ctx.platforms.classes["engine"]

        await office.take_in(await office.case(), desk.url("a"))
        await office.work()

        assert [m.urls for m in desk.messages] == [(desk.url("a"),)]


@pytest.mark.parametrize("closed", ["for such content", "for minors"])
async def test_an_engine_is_asked_only_for_what_it_takes(
    store: Store, desk: Site, closed: str
) -> None:
    of_engine: dict[str, Any] = {"publishes": True}
    if closed == "for such content":
        of_engine = {"classes": frozenset({ContentClass.PERSONAL_DETAILS})}
    adapters = (desk.adapter, a_form("engine", delists=True, **of_engine))
    async with Office(store, adapters=adapters) as office:
        await wants(office, "engine")
        await office.take_in(await office.case(depicted_as="minor"), desk.url("a"))
        await office.work()

        assert {r.addressee for r in await office.all("requests")} == {"desk"}


async def test_a_name_that_is_no_search_engine_is_refused(office: Office) -> None:
    with pytest.raises(Invalid) as raised:
        await wants(office, "desk")
    assert "engine, other" in raised.value.detail
    with pytest.raises(Invalid):
        await wants(office, "unknown")
