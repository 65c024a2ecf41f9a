"""A desk whose address is changed: what left stays told of where it went, and what has not left
waits for a person.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.base import Adapter
from adapters.errors import Uncertain
from adapters.mail import Mailbox
from adapters.spec import Channel, Notice, Purpose, Setting, Settle
from service.actions.matters import OpenCase
from service.actions.queries import disclosures
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office

FIRST, SECOND = "abuse@desk.example", "abuse@elsewhere.example"
ADDRESS = Setting("abuse_address", "Where notices go", FIRST)
PLACE = Setting("base_url", "The instance", "https://one.example")
ELSEWHERE = {"base_url": "https://two.example/api"}


def by_mail(site: Site) -> type[Adapter]:
    """The same site, reached by mail at the address that is set."""

    class Desk(site.adapter, Mailbox):  # type: ignore[misc, name-defined]
        def recipient(self, notice: Notice) -> str:
            return self.settings["abuse_address"]

    return Desk


def a_desk() -> Site:
    return Site("desk", channel=Channel.MAIL, settle=Settle.RECEIPT, settings=(ADDRESS,))


async def told(office: Office, case: OpenCase) -> dict[str | None, list[str]]:
    """For what each place was written to, as it is told."""
    found = await disclosures.read(office.ctx, office.worker, case.id)
    return {line.sent_to: sorted(line.purposes) for line in found.told}


async def test_what_left_is_told_to_have_gone_where_it_went(store: Store) -> None:
    async with Office(store, adapters=(by_mail(a_desk()),)) as office:
        case = await office.case()
        await office.take_in(case, "https://desk.example/a")
        await office.work()

        await office.platform("desk", {"abuse_address": SECOND}, {})
        before = await told(office, case)
        await office.later(hours=25)

        assert before == {FIRST: ["first"]}
        assert await told(office, case) == {FIRST: ["first"], SECOND: ["reminder"]}


async def test_of_what_is_called_the_host_is_told(store: Store) -> None:
    site = Site("desk", settings=(PLACE,))
    async with Office(store, adapters=(site.adapter,)) as office:
        case = await office.case()
        await office.take_in(case, site.url("a"))
        await office.work()
        await office.platform("desk", ELSEWHERE, {})
        await office.take_in(case, site.url("b"))
        await office.work()

        assert await told(office, case) == {"one.example": ["first"], "two.example": ["first"]}


async def test_what_was_approved_for_one_address_does_not_go_to_another(store: Store) -> None:
    site = a_desk()
    pace = {"undo": timedelta(minutes=5)}
    async with Office(store, adapters=(by_mail(site),), approval="every", pace=pace) as office:
        (takedown,) = await office.take_in(await office.case(), site.url("a"))
        await office.approve(takedown)
        await office.platform("desk", {"abuse_address": SECOND}, {})

        await office.later(minutes=10)

        assert site.messages == []
        assert [h.kind for h in await office.all("holds") if h.ended_at is None] == ["approval"]

        await office.approve(takedown)
        await office.later(minutes=10)

        assert [message.notice.goes_to for message in site.messages] == [SECOND]


async def test_where_it_is_only_looked_is_no_part_of_what_is_approved(store: Store) -> None:
    look = Setting("embed_url", "Where posts are looked at", "https://looks.example")
    site = Site("desk", channel=Channel.MAIL, settle=Settle.RECEIPT, settings=(look, ADDRESS))
    pace = {"undo": timedelta(minutes=5)}
    async with Office(store, adapters=(by_mail(site),), approval="every", pace=pace) as office:
        (takedown,) = await office.take_in(await office.case(), site.url("a"))
        await office.approve(takedown)
        await office.platform("desk", {"embed_url": "https://other-looks.example"}, {})

        await office.later(minutes=10)

        assert len(site.messages) == 1


@pytest.mark.parametrize("settle", [Settle.SAME_KEY, Settle.LOOK_UP])
async def test_a_doubt_about_one_address_is_never_settled_at_another(
    store: Store, settle: Settle
) -> None:
    site = Site("desk", settle=settle, settings=(PLACE,))
    site.meet(Uncertain("read_timeout"), taken=True)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        await office.work()
        there = list(site.messages)
        site.messages.clear()  # who stands at the new address was told nothing

        await office.platform("desk", ELSEWHERE, {})
        for _ in range(8):
            await office.later(hours=1)

        assert len(there) == 1
        assert site.messages == []
        assert await office.states("notices") == {"perhaps_sent": 1}


async def test_a_doubt_is_settled_where_it_arose(store: Store) -> None:
    site = Site("desk", settle=Settle.LOOK_UP, settings=(PLACE,))
    site.meet(Uncertain("read_timeout"), taken=True)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        await office.work()
        await office.platform("desk", ELSEWHERE, {})
        await office.later(hours=1)

        await office.platform("desk", {}, {})
        await office.later(hours=8)

        first: list[Any] = site.sent(Purpose.FIRST)
        assert (len(first), await office.states("notices")) == (1, {"sent": 1})


async def a_case_that_was_approved(office: Office, site: Site) -> tuple[OpenCase, UUID]:
    """One address of it was approved, and asked for."""
    case = await office.case()
    (takedown,) = await office.take_in(case, site.url("a"))
    await office.approve(takedown)
    await office.later(minutes=1)
    assert [message.notice.goes_to for message in site.messages] == [FIRST]
    return case, takedown


async def held(office: Office) -> list[str]:
    return [hold.kind for hold in await office.all("holds") if hold.ended_at is None]


async def test_approved_once_in_a_case_is_not_approved_for_another_address(store: Store) -> None:
    site = a_desk()
    async with Office(store, adapters=(by_mail(site),), approval="first_of_case") as office:
        case, _ = await a_case_that_was_approved(office, site)
        await office.take_in(case, site.url("b"))
        assert await held(office) == []

        await office.platform("desk", {"abuse_address": SECOND}, {})
        await office.take_in(case, site.url("c"))

        assert await held(office) == ["approval"]


async def test_a_first_notice_that_waited_stops_at_its_start(store: Store) -> None:
    site = a_desk()
    pace = {"undo": timedelta(minutes=5)}
    async with Office(
        store, adapters=(by_mail(site),), approval="first_of_case", pace=pace
    ) as office:
        case = await office.case()
        (first,) = await office.take_in(case, site.url("a"))
        await office.approve(first)
        await office.later(minutes=10)
        await office.take_in(case, site.url("b"))

        await office.platform("desk", {"abuse_address": SECOND}, {})
        await office.later(minutes=10)

        assert len(site.messages) == 1
        assert await held(office) == ["approval"]


async def test_nor_does_a_reminder_go_there_until_a_person_has_seen_it(store: Store) -> None:
    site = a_desk()
    async with Office(store, adapters=(by_mail(site),), approval="first_of_case") as office:
        _, takedown = await a_case_that_was_approved(office, site)
        await office.platform("desk", {"abuse_address": SECOND}, {})

        await office.later(hours=25)

        assert len(site.messages) == 1
        assert await held(office) == ["approval"]

        await office.approve(takedown)
        await office.later(hours=25)

        assert [m.notice.goes_to for m in site.sent(Purpose.REMINDER)] == [SECOND]


async def test_a_retraction_to_another_address_is_for_a_person(store: Store) -> None:
    site = a_desk()
    async with Office(store, adapters=(by_mail(site),), approval="first_of_case") as office:
        _, takedown = await a_case_that_was_approved(office, site)
        await office.platform("desk", {"abuse_address": SECOND}, {})

        await office.withdraw(takedown, "wrong_person")
        await office.work()

        assert len(site.messages) == 1
        waits = await office.one("notices", purpose="retraction")
        assert (waits.state, waits.reason) == ("by_hand", "address_changed")


async def test_where_nobody_approves_a_reminder_goes_to_the_new_address(store: Store) -> None:
    site = a_desk()
    async with Office(store, adapters=(by_mail(site),), approval="none") as office:
        await office.take_in(await office.case(), site.url("a"))
        await office.work()
        await office.platform("desk", {"abuse_address": SECOND}, {})

        await office.later(hours=25)

        assert [m.notice.goes_to for m in site.sent(Purpose.REMINDER)] == [SECOND]
