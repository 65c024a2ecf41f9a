"""One address of many is answered at once: the message was refused for it, the rest goes again."""

from __future__ import annotations

from typing import Any

from adapters.errors import AlreadyReported, WrongAddressee
from adapters.spec import Purpose
from service.store.unit import Store
from tests.flow.adapters import Site
from tests.flow.office import Office


async def pending(office: Office, url: str, urls: list[str]) -> Any:
    """The request about one of these addresses."""
    takedowns = await office.all("takedowns")
    return await office.one("requests", takedown_id=takedowns[urls.index(url)].id)


async def test_07_one_of_250_was_reported_before_and_249_go_out_again(store: Store) -> None:
    cdn = Site("cdn", urls=250)
    urls = [cdn.url(f"{n:03}") for n in range(250)]
    async with Office(store, adapters=(cdn.adapter,)) as office:
        await office.take_in(await office.case(), *urls)
        known = await pending(office, urls[7], urls)
        cdn.meet(AlreadyReported("dedupe", ref=str(known.id)), taken=False)
        await office.work()

        (message,) = cdn.messages
        assert set(message.urls) == {*urls} - {urls[7]}
        assert await office.states("requests") == {"asked": 249, "already_reported": 1}
        assert (await office.one("requests", id=known.id)).state == "already_reported"
        assert await office.states("notices") == {"rejected": 1, "sent": 1}
        await office.days(2)
        told = cdn.sent(Purpose.REMINDER)
        assert told, "the others are reminded of"
        assert all(urls[7] not in m.urls for m in told)
        assert (await office.one("takedowns", id=known.takedown_id)).looks > 1


async def test_08_what_is_not_behind_the_network_goes_to_its_host(store: Store) -> None:
    cdn, host = Site("cdn", urls=250), Site("hosting", stands_behind=("cdn",))
    urls = [cdn.url("a"), cdn.url("b")]
    async with Office(store, adapters=(cdn.adapter, host.adapter)) as office:
        await office.take_in(await office.case(), *urls)
        grey = await pending(office, urls[0], urls)
        cdn.meet(WrongAddressee("url_not_orange", ref=str(grey.id)), taken=False)
        await office.work()

        assert (await office.one("requests", id=grey.id)).state == "wrong_addressee"
        assert [m.urls for m in cdn.messages] == [(urls[1],)]
        assert [m.urls for m in host.messages] == [(urls[0],)]
        assert await office.states("requests") == {"wrong_addressee": 1, "asked": 2}
