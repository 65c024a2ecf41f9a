"""Telegram is told by one channel at a time: by mail, unless the centre set its account up, and
then by the account first. Both adapters are the product's own, before a real relay and a data
centre.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from adapters.contract.desks import opened
from adapters.contract.relay import Relay, relay
from adapters.contract.site import Answer, Site
from adapters.egress import Egress
from adapters.http import Http
from adapters.spec import AnswerKind, ContentClass
from adapters.telegram import Telegram
from adapters.telegram_mtproto import TelegramAccount
from service.actions import cases
from service.actions.accept_items import Line
from service.actions.matters import OpenCase
from service.actions.queries import previews
from service.store.unit import Store
from tests.adapters.contract.cases.telegram_mtproto import CASE, NAME, REPORT, ROUTES
from tests.adapters.contract.data_centre import DataCentre, error, fails
from tests.flow.office import Office

POST = "https://t.me/examplechannel/123"
PRIVATE = "https://t.me/c/1234567890/55"


@dataclass
class Scene:
    office: Office
    centre: DataCentre
    relay: Relay

    @property
    def reports(self) -> int:
        return self.centre.calls(REPORT)

    @property
    def letters(self) -> Sequence[str]:
        return [opened(body).get_content() for body in self.relay.bodies]

    async def set_up(self) -> None:
        await self.office.platform("telegram_mtproto", {}, CASE.secrets)

    async def switch_off(self) -> None:
        await self.office.platform("telegram_mtproto", {}, {}, enabled=False)

    async def asked(self) -> dict[str, tuple[int, str]]:
        """Rung and state of each request, by addressee."""
        rows = await self.office.all("requests")
        return {row.addressee: (row.rung, row.state) for row in rows}


@asynccontextmanager
async def telegram(store: Store, **changes: Answer) -> AsyncIterator[Scene]:
    async def nothing(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(404, text="", headers={"content-type": "text/html"})

    class Pages(Site):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return await nothing(request)

    centre = DataCentre(ROUTES)
    centre.failing.update(changes)
    http = Http(Egress(), transport=Pages({}))
    adapters = (Telegram, TelegramAccount)
    async with (
        relay() as there,
        Office(
            store, adapters=adapters, here=http, relay_port=there.port, dial=centre.dial
        ) as office,
    ):
        yield Scene(office, centre, there)


async def test_unless_it_is_set_up_all_goes_by_mail(store: Store) -> None:
    async with telegram(store) as scene:
        await scene.office.take_in(await scene.office.case(), POST)
        await scene.office.work()

        assert await scene.asked() == {"telegram": (1, "asked")}
        assert [POST in letter for letter in scene.letters] == [True]
        assert scene.centre.dials == 0


async def test_once_it_is_set_up_the_account_tells_and_no_mail_does(store: Store) -> None:
    async with telegram(store) as scene:
        await scene.set_up()
        (takedown,) = await scene.office.take_in(await scene.office.case(), POST)
        await scene.office.work()

        (row,) = await scene.office.all("takedowns", id=takedown)
        assert (row.platform, row.front) == ("telegram", "telegram_mtproto")
        assert await scene.asked() == {"telegram_mtproto": (1, "asked")}
        assert (scene.reports, scene.letters) == (1, [])


async def test_what_was_handed_in_before_goes_on_as_it_began(store: Store) -> None:
    async with telegram(store) as scene:
        case = await scene.office.case()
        (takedown,) = await scene.office.take_in(case, POST)
        await scene.set_up()
        await scene.office.work()

        (row,) = await scene.office.all("takedowns", id=takedown)
        assert row.front is None
        assert (scene.centre.dials, len(scene.letters)) == (0, 1)


async def test_the_account_is_used_once_at_a_time(store: Store) -> None:
    """Telegram ends a session that is in use by two connections."""
    async with telegram(store) as scene:
        scene.office.specs["telegram_mtproto"] = TelegramAccount.spec  # at its own pace
        await scene.set_up()
        posts = [f"https://t.me/examplechannel/{n}" for n in (123, 124, 125)]
        await scene.office.take_in(await scene.office.case(), *posts)
        for dials in (1, 2, 3):
            await scene.office.work()
            assert (scene.centre.dials, scene.reports) == (dials, dials)
            await scene.office.later(seconds=31, work=False)
        assert TelegramAccount.spec.lane.in_flight == 1, "also while one takes long"


async def test_what_has_no_public_name_goes_by_mail_all_the_same(store: Store) -> None:
    async with telegram(store) as scene:
        await scene.set_up()
        await scene.office.take_in(await scene.office.case(), PRIVATE)
        await scene.office.work()

        assert await scene.asked() == {"telegram": (1, "asked")}
        assert scene.centre.dials == 0


async def test_what_its_menus_have_no_words_for_goes_by_mail(store: Store) -> None:
    async with telegram(store) as scene:
        await scene.set_up()
        threat = Line(POST, content_class=ContentClass.THREAT)
        await scene.office.take_in(await scene.office.case(), threat)
        await scene.office.work()

        assert await scene.asked() == {"telegram": (1, "asked")}
        assert (scene.centre.dials, len(scene.letters)) == (0, 1)


@pytest.mark.parametrize("depicted_as", ["minor", "not_known"])
async def test_of_who_may_be_a_minor_the_desk_for_that_is_written_to_at_once(
    store: Store, depicted_as: str
) -> None:
    async with telegram(store) as scene:
        await scene.set_up()
        case = await scene.office.case(depicted_as=depicted_as)
        await scene.office.take_in(case, POST)
        await scene.office.work()

        assert await scene.asked() == {"telegram": (1, "asked")}
        assert (scene.centre.dials, len(scene.letters)) == (0, 1)


async def test_who_turns_out_to_be_a_minor_before_it_is_told_goes_by_mail(store: Store) -> None:
    async with telegram(store) as scene:
        await scene.set_up()
        office = scene.office
        case = await office.case()
        await office.take_in(case, POST)
        await cases.change(
            office.ctx, office.worker, case.id, case.row.version, {"depicted_as": "minor"}
        )
        await office.work()

        assert await scene.asked() == {
            "telegram_mtproto": (1, "not_reached"), "telegram": (1, "asked")
        }  # fmt: skip
        assert scene.centre.dials == 0


async def test_switched_off_it_tells_no_more_and_mail_follows_where_a_person_says_so(
    store: Store,
) -> None:
    async with telegram(store) as scene:
        await scene.set_up()
        case = await scene.office.case()
        await scene.office.take_in(case, POST)
        await scene.switch_off()
        await scene.office.take_in(case, "https://t.me/examplechannel/124")
        await scene.office.work()
        assert scene.centre.dials == 0
        assert [POST in letter for letter in scene.letters] == [False]

        waiting = await scene.office.one("notices", addressee="telegram_mtproto")
        await scene.office.decide(waiting, "cancel")
        await scene.office.work()

        assert (waiting.state, scene.centre.dials) == ("due", 0)
        assert [POST in letter for letter in scene.letters] == [False, True]


async def test_what_the_account_cannot_reach_goes_by_mail_next(store: Store) -> None:
    async with telegram(store) as scene:
        scene.centre.failing[REPORT] = error(400, "CHANNEL_PRIVATE")
        await scene.set_up()
        await scene.office.take_in(await scene.office.case(), POST)
        await scene.office.work()

        assert await scene.asked() == {
            "telegram_mtproto": (1, "not_reached"),
            "telegram": (2, "asked"),
        }
        assert len(scene.letters) == 1


async def test_silence_of_a_week_leads_to_the_mail_desk(store: Store) -> None:
    async with telegram(store) as scene:
        await scene.set_up()
        await scene.office.take_in(await scene.office.case(), POST)
        await scene.office.days(6)
        assert scene.letters == []

        await scene.office.days(2)
        assert len(scene.letters) >= 1
        assert scene.reports == 1, "told again by the account"


async def test_a_doubt_is_for_a_person_and_no_mail_goes_meanwhile(store: Store) -> None:
    async with telegram(store) as scene:
        scene.centre.failing[REPORT] = fails(lambda line, _number: line.end())
        await scene.set_up()
        await scene.office.take_in(await scene.office.case(), POST)
        await scene.office.work()
        await scene.office.later(hours=2)

        notice = await scene.office.one("notices")
        assert (notice.addressee, notice.state) == ("telegram_mtproto", "perhaps_sent")
        assert (scene.reports, scene.letters) == (1, [])
        assert "perhaps_sent" in await scene.office.todo()


async def test_a_wait_that_it_names_is_kept(store: Store) -> None:
    async with telegram(store) as scene:
        scene.centre.failing[NAME] = error(420, "FLOOD_WAIT_3600")
        await scene.set_up()
        await scene.office.take_in(await scene.office.case(), POST)
        await scene.office.work()
        scene.centre.failing.clear()
        await scene.office.later(minutes=59)
        assert scene.centre.dials == 1

        await scene.office.later(minutes=2)
        assert (scene.centre.dials, scene.reports, scene.letters) == (2, 1, [])


async def test_a_preview_shows_who_would_be_told_first(store: Store) -> None:
    async with telegram(store) as scene:
        case = await scene.office.case()
        before = await _previewed(scene, case)
        await scene.set_up()

        assert before == [("telegram", 1)]
        assert await _previewed(scene, case) == [("telegram_mtproto", 1), ("telegram", 2)]


async def test_a_wrong_addressee_sends_nobody_looking_for_a_host(store: Store) -> None:
    """Only who can resolve is asked anew who hosts it. Nobody hosts for Telegram."""
    async with telegram(store) as scene:
        await scene.set_up()
        (takedown,) = await scene.office.take_in(await scene.office.case(), POST)
        await scene.office.work()
        notice = await scene.office.one("notices", addressee="telegram_mtproto")
        await scene.office.answer(notice, AnswerKind.WRONG_ADDRESSEE)
        await scene.office.work()

        (row,) = await scene.office.all("takedowns", id=takedown)
        assert row.resolve_at is None
        assert len(scene.letters) == 1


async def _previewed(scene: Scene, case: OpenCase) -> list[tuple[str, int]]:
    office = scene.office
    found = await previews.of_items(office.ctx, office.worker, case.id, [Line(POST)])
    (item,) = found["items"]
    return [(n["addressee"], n["rung"]) for n in item["preview"]["notices"]]
