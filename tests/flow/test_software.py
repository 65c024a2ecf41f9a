"""A host that nobody knows by its name may run software that a platform of ours speaks."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from adapters.base import Adapter
from adapters.errors import ContentGone, Misconfigured, NotSent, Throttled, WrongAddressee
from adapters.spec import Ability, Kind, Locator, Observation, Rate, Secret, Seen, Url
from service.actions import handing_on
from service.actions.queries import timeline
from service.actions.queries.sentences import HANDED
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office

SOFTWARE = "fedisoft"
ADDRESS = "https://far.example/post/1"
FOUND = {"host_email": "abuse@host.example", "registrar_email": "abuse@registrar.example"}
AWAY = NotSent("connect_timeout")
UNKNOWN = NotSent("cannot_resolve")


def any_site(site: Site, **found: str) -> type[Adapter]:
    """Claims every address, and finds out what runs there."""

    class AnySite(site.adapter):  # type: ignore[name-defined, misc]
        def match(self, url: Url) -> Locator | None:
            return Locator(site.name, Kind.POST, str(url), str(url), final=False)

        async def resolve(self, locator: Locator) -> Locator:
            parts = {"software": SOFTWARE, **FOUND, **found}
            return dataclasses.replace(locator, final=True, parts=parts)

    return AnySite


def of_software(site: Site, **spec: Any) -> type[Adapter]:
    """Claims its own instance, and reads addresses of all others that run the same."""

    class OfSoftware(site.adapter):  # type: ignore[name-defined, misc]
        spec = dataclasses.replace(site.adapter.spec, software=(SOFTWARE,))

        def match_at(self, url: Url) -> Locator | None:
            here = super().match(Url(f"https://{site.name}.example{url.path_qs}"))
            if url.path == "/nothing" or here is None:
                return None
            return Locator(site.name, here.kind, f"{url.host}{url.path}", str(url), final=False)

    OfSoftware.spec = dataclasses.replace(OfSoftware.spec, **spec)
    return OfSoftware


@pytest.mark.parametrize(("path", "asked"), [("/post/1", "instances"), ("/nothing", "anysite")])
async def test_what_runs_there_decides_who_is_asked(store: Store, path: str, asked: str) -> None:
    known, unknown = Site("instances"), Site("anysite")
    adapters = (of_software(known), any_site(unknown))
    async with Office(store, adapters=adapters) as office:
        (takedown,) = await office.take_in(await office.case(), f"https://far.example{path}")
        await office.work()

        (row,) = await office.all("takedowns", id=takedown)
        assert (row.platform, row.state) == (asked, "open")
        site = known if asked == "instances" else unknown
        (message,) = site.messages
        assert message.urls == (f"https://far.example{path}",)
        assert len(known.messages) + len(unknown.messages) == 1
        assert known.resolves == (1 if asked == "instances" else 0)


async def test_a_platform_that_is_not_set_up_is_passed_by(store: Store) -> None:
    known, unknown = Site("instances"), Site("anysite")
    needs = {"needs": (Secret("token", "From its settings."),)}
    async with Office(store, adapters=(of_software(known, **needs), any_site(unknown))) as office:
        await office.take_in(await office.case(), "https://far.example/post/1")
        await office.work()

        assert (len(known.messages), len(unknown.messages)) == (0, 1)


async def test_two_spellings_of_one_thing_meet(store: Store) -> None:
    known, unknown = Site("instances"), Site("anysite")
    async with Office(store, adapters=(of_software(known), any_site(unknown))) as office:
        case = await office.case()
        await office.take_in(case, "https://far.example/post/1")
        await office.work()
        await office.take_in(case, "https://far.example/post/1?lang=en")
        await office.work()

        assert len(known.messages) == 1
        assert dict(await office.states("takedowns")) == {"open": 1, "withdrawn": 1}


@asynccontextmanager
async def handed_on(store: Store, says: Any, **spec: Any) -> AsyncIterator[tuple[Office, Any, Any]]:
    """An address on a site that says what it runs, handed in; the instance that is asked about it
    says this.
    """
    known, unknown = Site("instances"), Site("anysite")
    known.short = says
    adapters = (of_software(known, **spec), any_site(unknown))
    async with Office(store, adapters=adapters) as office:
        await office.take_in(await office.case(), ADDRESS)
        yield office, known, unknown


async def asked(office: Office, minutes: float, every: float = 1) -> None:
    """So many minutes pass at a worker that does what is due."""
    await office.work()
    for _ in range(round(minutes / every)):
        await office.later(minutes=every)


async def test_a_site_that_only_says_what_it_runs_is_written_to_all_the_same(store: Store) -> None:
    async with handed_on(store, UNKNOWN) as (office, known, unknown):
        await office.work()
        assert not unknown.messages
        await office.later(days=7)

        (message,) = unknown.messages
        assert not known.messages
        (item,) = message.notice.items
        assert item.locator.url == ADDRESS
        assert dict(item.locator.parts) == {"software": SOFTWARE, **FOUND}
        (row,) = await office.all("takedowns")
        assert (row.platform, row.state, row.resolve_at) == ("anysite", "open", None)


async def test_what_its_instance_does_not_know_goes_back_within_minutes(store: Store) -> None:
    async with handed_on(store, UNKNOWN) as (office, known, unknown):
        await asked(office, 5)

        assert (len(unknown.messages), known.resolves) == (1, handing_on.TRIES)


async def test_the_record_tells_that_it_went_there_and_why_it_came_back(store: Store) -> None:
    async with handed_on(store, UNKNOWN) as (office, _, _):
        await office.take_in(await office.case(), f"{ADDRESS}?lang=en")
        await asked(office, 8)

        first, _ = await office.all("takedowns")
        lines, _ = await timeline.page(office.ctx, office.worker, first.id, 50, None, words=False)
        assert [line["text"] for line in lines if line["event"] in HANDED] == [
            f"{HANDED['handed_on']} (instances)",
            f"{HANDED['handed_back']} (cannot_resolve)",
        ]


@pytest.mark.parametrize(
    "says", [AWAY, NotSent("http_400"), Misconfigured("http_401"), Throttled("http_429")], ids=str
)
async def test_an_instance_that_cannot_answer_has_a_quarter_of_an_hour(
    store: Store, says: Any
) -> None:
    async with handed_on(store, says) as (office, known, unknown):
        await asked(office, 14)
        assert not unknown.messages
        assert known.resolves > 1
        await asked(office, 2)

        assert len(unknown.messages) == 1
        (back,) = await office.facts("handed_back")
        assert back.reason == "not_in_time"


LANE = "instances/look/"
SHUT = {
    "retry_after": "not_before = :later",
    "closed": "closed_because = 'http_401', closed_at = :later",
    "killed": "killed = true",
    "down": "failures = 9, down_since = :later, probe_at = :later",
}


@pytest.mark.parametrize("shut", SHUT)
async def test_an_instance_that_must_not_be_called_keeps_nothing(store: Store, shut: str) -> None:
    async with handed_on(store, None) as (office, known, unknown):
        await office.work("resolve")  # its lane is there from now on
        await office.withdraw((await office.one("takedowns")).id, "other")
        later = office.time() + timedelta(hours=12)
        values = {"later": later} if ":later" in SHUT[shut] else {}
        await office.change(f"UPDATE lanes SET {SHUT[shut]} WHERE platform = 'instances'", **values)
        known.messages.clear()
        known.resolves = 0
        await office.take_in(await office.case(), ADDRESS)
        await asked(office, 14)
        assert not unknown.messages
        await asked(office, 2)

        assert ([m.urls for m in unknown.messages], known.resolves) == ([(ADDRESS,)], 0)


NO_LOOKS = frozenset({Ability.POLL, Ability.RESOLVE})


@pytest.mark.parametrize(("turn", "asked_there"), [(30, 2), (90, 1)])
async def test_what_waits_for_its_turn_there_waits_an_hour(
    store: Store, turn: int, asked_there: int
) -> None:
    """A centre hands in many addresses on real instances, and the platform has its pace."""
    async with handed_on(store, None, can=NO_LOOKS) as (office, known, unknown):
        slow = Rate(per_minute=1 / turn, burst=1)
        office.specs["instances"] = dataclasses.replace(office.specs["instances"], lane=slow)
        await office.take_in(await office.case(), "https://far.example/post/2")
        await asked(office, 58, every=2)
        assert (known.resolves, len(unknown.messages)) == (asked_there, 0)
        await asked(office, 6, every=2)

        assert (known.resolves, len(unknown.messages)) == (asked_there, 2 - asked_there)


async def test_that_nothing_is_there_proves_nothing_about_anothers_site(store: Store) -> None:
    """A site can show an instance what it likes: it is written to at once."""
    async with handed_on(store, ContentGone("not_found")) as (office, known, unknown):
        unknown.sights[ADDRESS] = Observation(Seen.GONE, "http_404", "head")
        await office.work()

        assert (len(unknown.messages), known.resolves) == (1, 1)


async def test_what_its_instance_says_leads_elsewhere_is_the_site_s_again(store: Store) -> None:
    async with handed_on(store, WrongAddressee("elsewhere")) as (office, known, unknown):
        await office.work()

        assert (len(unknown.messages), known.resolves) == (1, 1)
        assert (await office.one("takedowns")).platform == "anysite"


async def test_what_its_instance_finds_at_last_is_asked_about_there_alone(store: Store) -> None:
    async with handed_on(store, AWAY) as (office, known, unknown):
        await asked(office, 6)
        known.short = None
        await asked(office, 6)
        await office.later(days=1)

        assert (len(known.sent()), len(unknown.messages)) == (1, 0)
        (takedown,) = await office.all("takedowns")
        assert (takedown.platform, takedown.handed_on_at) == ("instances", None)
        assert await office.trace(takedown.id) == ["accept", "resolved"]
        assert len(await office.facts("handed_on")) == 1
        assert await office.facts("handed_back") == []


async def test_what_nobody_has_confirmed_is_no_double(store: Store) -> None:
    """Its software would read both as one post; a site that only says so may show two."""
    async with handed_on(store, UNKNOWN) as (office, _, unknown):
        await office.take_in(await office.case(), f"{ADDRESS}?lang=en")
        await asked(office, 8)

        asked_about = sorted(url for m in unknown.messages for url in m.urls)
        assert asked_about == [ADDRESS, f"{ADDRESS}?lang=en"]


async def test_what_is_withdrawn_while_it_is_there_stays_withdrawn(store: Store) -> None:
    async with handed_on(store, UNKNOWN) as (office, known, unknown):
        await office.work()
        (takedown,) = await office.all("takedowns")
        await office.withdraw(takedown.id, "other")
        await asked(office, 30, every=5)

        assert await office.trace(takedown.id) == ["accept", "withdraw"]
        assert (len(known.messages), len(unknown.messages)) == (0, 0)
        assert (await office.one("takedowns")).handed_on_at is None


async def test_what_comes_back_is_held_for_approval_like_any_site(store: Store) -> None:
    known, unknown = Site("instances"), Site("anysite")
    known.short = UNKNOWN
    adapters = (of_software(known), any_site(unknown))
    async with Office(store, adapters=adapters, approval="every") as office:
        (takedown,) = await office.take_in(await office.case(), ADDRESS)
        await asked(office, 8)
        assert await office.trace(takedown) == ["accept", "hold"]
        assert not unknown.messages
        await office.approve(takedown)
        await office.work()

        assert len(unknown.messages) == 1


async def test_who_stands_before_what_comes_back_is_asked_first(store: Store) -> None:
    known, unknown = Site("instances"), Site("anysite", remind=None)
    before = Site("front", fronts=("network",), hosts=())
    known.short = UNKNOWN
    adapters = (of_software(known), before.adapter, any_site(unknown, network="network"))
    async with Office(store, adapters=adapters) as office:
        await office.take_in(await office.case(), ADDRESS)
        await asked(office, 8)

        assert ([m.urls for m in before.messages], unknown.messages) == ([(ADDRESS,)], [])


@pytest.mark.parametrize("hours", [1, 3])
async def test_an_address_that_nobody_can_make_out_waits_for_a_person(
    store: Store, hours: int
) -> None:
    known = Site("instances")
    known.short = AWAY
    async with Office(store, adapters=(known.adapter,)) as office:
        (takedown,) = await office.take_in(await office.case(), known.url("s/1"))
        await office.work()
        await office.later(hours=hours)
        waiting = await office.todo()
        assert waiting.get("unresolved", []) == ([str(takedown)] if hours > 2 else [])
        known.short = None
        await office.later(hours=12)

        assert "unresolved" not in await office.todo()
        assert len(known.messages) == 1
