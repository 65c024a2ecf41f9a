"""A host that nobody knows by its name may run software that a platform of ours speaks."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from adapters.base import Adapter
from adapters.spec import Kind, Locator, Secret, Url
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office

SOFTWARE = "fedisoft"


def any_site(site: Site) -> type[Adapter]:
    """Claims every address, and finds out what runs there."""

    class AnySite(site.adapter):  # type: ignore[name-defined, misc]
        def match(self, url: Url) -> Locator | None:
            return Locator(site.name, Kind.POST, str(url), str(url), final=False)

        async def resolve(self, locator: Locator) -> Locator:
            parts = {"software": SOFTWARE}
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
