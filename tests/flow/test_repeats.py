"""A repeat under the same key is a sending: what may not leave now is not repeated, and the doubt
stays in sight.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from adapters.errors import Uncertain
from adapters.spec import AnswerKind, Purpose, Seen, Settle
from service.actions.holding import NewHold
from service.store.unit import Store
from tests.flow.adapters import GONE, Site
from tests.flow.office import Office

SELF = {"kind": "self"}
GRANT = {"what": "removal", "given_by": "self"}


async def doubtful(office: Office, site: Site, **case: Any) -> Any:
    """One takedown whose report may have arrived; it would be repeated in a minute."""
    site.meet(Uncertain("read_timeout"), taken=True)
    (takedown,) = await office.take_in(await office.case(**case), site.url("a"))
    await office.work("send")
    assert await office.states("notices") == {"perhaps_sent": 1}
    return takedown


async def held(office: Office, site: Site, takedown: Any) -> None:
    await office.hold(takedown, NewHold("safety"))


async def consent_withdrawn(office: Office, site: Site, takedown: Any) -> None:
    case = await office.case(mandate=SELF, consent=[GRANT])  # the same one
    await office.consent(case, withdrawn_at=office.time())


async def seen_gone(office: Office, site: Site, takedown: Any) -> None:
    site.sights[site.url("a")] = GONE
    await office.see(takedown, Seen.GONE)


Stops = Callable[[Office, Site, Any], Awaitable[None]]


@pytest.mark.parametrize("stops", [held, consent_withdrawn, seen_gone])
async def test_what_may_not_leave_any_more_is_not_repeated_and_nobody_forgets_it(
    store: Store, stops: Stops
) -> None:
    site = Site("desk", settle=Settle.SAME_KEY)
    async with Office(store, adapters=(site.adapter,)) as office:
        takedown = await doubtful(office, site, mandate=SELF, consent=[GRANT])
        notice = await office.one("notices")
        await stops(office, site, takedown)

        await office.later(hours=23)

        assert site.calls == 1
        assert await office.state("notices", notice.id) == "perhaps_sent"
        assert (await office.todo())["perhaps_sent"] == [str(notice.id)]
        await office.later(hours=2)
        assert site.calls == 1
        assert await office.state("notices", notice.id) == "unconfirmed"


async def test_what_may_leave_again_is_repeated_again(store: Store) -> None:
    site = Site("desk", settle=Settle.SAME_KEY)
    async with Office(store, adapters=(site.adapter,)) as office:
        takedown = await doubtful(office, site)
        await office.hold(takedown, NewHold("safety"))
        await office.later(hours=5)
        assert site.calls == 1

        await office.release(takedown, "safety")
        await office.later(hours=1, minutes=10)

        assert site.calls == 2
        assert len(site.reports) == 1
        assert await office.states("notices", purpose="first") == {"sent": 1}
        assert "perhaps_sent" not in await office.todo()


async def test_a_doubt_that_the_machine_settles_waits_for_no_person(store: Store) -> None:
    site = Site("desk", settle=Settle.SAME_KEY)
    async with Office(store, adapters=(site.adapter,)) as office:
        await doubtful(office, site)

        assert "perhaps_sent" not in await office.todo()


async def test_a_retraction_is_repeated_whatever_holds_the_rest(store: Store) -> None:
    site = Site("desk", settle=Settle.SAME_KEY)
    async with Office(store, adapters=(site.adapter,)) as office:
        (takedown,) = await office.take_in(await office.case(), site.url("a"))
        await office.work("send")
        site.meet(Uncertain("read_timeout"), taken=True)
        await office.withdraw(takedown, "wrong_url")
        await office.work("send")
        assert await office.states("notices", purpose="retraction") == {"perhaps_sent": 1}

        await office.later(minutes=5)

        first, again = site.sent(Purpose.RETRACTION)
        assert first.key == again.key
        assert await office.states("notices", purpose="retraction") == {"sent": 1}


async def test_a_reminder_is_not_repeated_once_they_have_answered(store: Store) -> None:
    site = Site("desk", settle=Settle.SAME_KEY)
    async with Office(store, adapters=(site.adapter,)) as office:
        await office.take_in(await office.case(), site.url("a"))
        await office.work("send")
        notice = await office.one("notices")
        site.meet(Uncertain("read_timeout"), taken=True)
        await office.later(hours=25, work=False)
        await office.work("send")
        assert await office.states("notices", purpose="reminder") == {"perhaps_sent": 1}

        await office.answer(notice, AnswerKind.REFUSED)
        await office.later(hours=1)

        assert len(site.sent(Purpose.REMINDER)) == 1
