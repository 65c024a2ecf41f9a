"""The practice X: oEmbed, short links, and the form that a person fills in."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from service.playground import behaviours as story
from service.playground.script import Sight
from service.playground.serve import Playground


async def embed(http: aiohttp.ClientSession, playground: Playground, url: str) -> tuple[int, Any]:
    async with http.get(playground.addresses.oembed_url, params={"url": url}) as answer:
        is_json = answer.content_type == "application/json"
        return answer.status, await (answer.json() if is_json else answer.text())


@pytest.mark.parametrize(
    ("sight", "status"),
    [(Sight.UP, 200), (Sight.GONE, 404), (Sight.PRIVATE, 403), (Sight.RESTRICTED, 451)],
)
async def test_oembed_answers_by_sight(
    http: aiohttp.ClientSession, playground: Playground, sight: Sight, status: int
) -> None:
    url = playground.add("x", story.standing(sight, "standing", ""))

    assert (await embed(http, playground, url))[0] == status


async def test_a_post_is_shown_without_any_media(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    url = playground.add("x", story.ignored())
    number = url.rpartition("/")[2]

    _, told = await embed(http, playground, f"https://twitter.com/i/web/status/{number}")

    assert told["url"] == f"https://twitter.com/efface_practice/status/{number}"
    assert (told["type"], told["version"], told["provider_name"]) == ("rich", "1.0", "Twitter")


async def test_the_form_says_practice_and_takes_a_report(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    url = playground.add("x", story.removed(story.HOUR_S))
    form = playground.addresses.form_url
    async with http.get(form) as answer:
        empty = await answer.text()
    async with http.post(form, data={"urls": f"{url}\n{url}\nhttps://x.com/a/status/1"}) as answer:
        filed = await answer.text()
    before = await embed(http, playground, url)
    playground.world.clock.forward(story.HOUR_S)

    assert "Practice form" in empty
    assert "Practice reference" in filed
    assert (before[0], (await embed(http, playground, url))[0]) == (200, 404)
    assert len(playground.item(url).reports) == 1
    assert playground.world.stray_reports == 1


async def test_a_short_link_leads_to_its_post(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    url = playground.add("x", story.ignored(), "short_one")
    base = playground.addresses.short_url
    code = url.rpartition("/")[2]

    async with http.head(f"{base}/{code}", allow_redirects=False) as answer:
        found = (answer.status, answer.headers["Location"])
    async with http.head(f"{base}/nothing", allow_redirects=False) as answer:
        unknown = answer.status

    assert url == f"https://t.co/{code}"
    assert found == (301, f"https://x.com/efface_practice/status/{playground.x.key('short_one')}")
    assert unknown == 404


async def test_some_things_vanish_without_anybody_asking(
    http: aiohttp.ClientSession, playground: Playground
) -> None:
    url = playground.add("x", story.vanishes(story.HOUR_S))
    before = await embed(http, playground, url)
    playground.world.clock.forward(story.HOUR_S)

    assert (before[0], (await embed(http, playground, url))[0]) == (200, 404)
