"""The practice PeerTube, called as a plain client calls the real one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from service.playground import behaviours as story
from service.playground.peertube_shapes import short_uuid
from service.playground.script import Fault, Script, Sight
from service.playground.serve import Playground

HOUR = story.HOUR_S


class Reporter:
    """A logged-in user of the practice instance."""

    def __init__(self, http: aiohttp.ClientSession, playground: Playground) -> None:
        self.http = http
        self.playground = playground
        self.base = playground.addresses.peertube_url + "/api/v1"
        self.headers: dict[str, str] = {}
        self.refresh = ""

    async def token(self, **form: str) -> tuple[int, dict[str, Any]]:
        async with self.http.get(f"{self.base}/oauth-clients/local") as answer:
            client = await answer.json()
        async with self.http.post(f"{self.base}/users/token", data={**client, **form}) as answer:
            return answer.status, await answer.json(content_type=None)

    async def log_in(self) -> Reporter:
        account = self.playground.world.account("peertube")
        login = {"username": account.name, "password": account.password}
        _, told = await self.token(grant_type="password", **login)
        self.headers = {"Authorization": f"Bearer {told['access_token']}"}
        self.refresh = told["refresh_token"]
        return self

    async def report(self, url: str, **more: Any) -> tuple[int, Any]:
        body = {"reason": "practice [EF-1]", "video": {"id": url.rpartition("/")[2]}, **more}
        async with self.http.post(f"{self.base}/abuses", json=body, headers=self.headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def abuses(self, **query: str) -> list[dict[str, Any]]:
        async with self.http.get(
            f"{self.base}/users/me/abuses", params=query, headers=self.headers
        ) as answer:
            rows: list[dict[str, Any]] = (await answer.json(content_type=None))["data"]
            return rows

    async def look(self, url: str) -> int:
        async with self.http.get(f"{self.base}/videos/{url.rpartition('/')[2]}") as answer:
            return answer.status


@pytest.fixture
async def reporter(http: aiohttp.ClientSession, playground: Playground) -> Reporter:
    return await Reporter(http, playground).log_in()


async def test_a_removed_video_is_accepted_then_deleted_then_404(
    reporter: Reporter, playground: Playground
) -> None:
    url = playground.add("peertube", story.removed(12 * HOUR))
    status, told = await reporter.report(url, predefinedReasons=["privacy", "rights"])
    assert (status, told) == (200, {"abuse": {"id": 1}})
    [before] = await reporter.abuses(id="1")
    assert before["state"] == {"id": 1, "label": "Pending"}
    assert await reporter.look(url) == 200

    playground.world.clock.forward(12 * HOUR)

    [after] = await reporter.abuses(id="1")
    assert after["state"] == {"id": 3, "label": "Accepted"}
    assert after["video"]["deleted"] is True
    assert after["updatedAt"] > after["createdAt"]
    assert await reporter.look(url) == 404


@pytest.mark.parametrize(
    ("script", "state", "deleted", "look"),
    [
        (story.ignored(), 1, False, 200),
        (story.refused(), 2, False, 200),
        (story.asks(), 1, False, 200),
        (story.contradicts(), 3, True, 200),
        (story.accepts(), 3, False, 200),
        (story.removed(says=False), 1, True, 404),
        (story.blocks(), 3, False, 401),
        (story.restricted(), 1, False, 451),
        (story.replaced(), 1, False, 200),
        (story.answers_twice(), 3, True, 404),
        (story.changes_mind(), 3, True, 404),
    ],
    ids=lambda value: value.name if isinstance(value, Script) else None,
)
async def test_each_story_ends_as_its_script_says(
    reporter: Reporter,
    playground: Playground,
    script: Script,
    state: int,
    deleted: bool,
    look: int,
) -> None:
    url = playground.add("peertube", script)
    await reporter.report(url)
    assert await reporter.look(url) == 200

    playground.world.clock.forward(72 * HOUR)

    [row] = await reporter.abuses()
    assert (row["state"]["id"], row["video"]["deleted"]) == (state, deleted)
    assert row["video"]["blacklisted"] is (script.name == "blocks")
    assert await reporter.look(url) == look


async def test_a_mind_is_changed_in_public(reporter: Reporter, playground: Playground) -> None:
    url = playground.add("peertube", story.changes_mind(6 * HOUR, 24 * HOUR))
    await reporter.report(url)

    states = []
    for _ in range(3):
        [row] = await reporter.abuses()
        states.append(row["state"]["id"])
        playground.world.clock.forward(12 * HOUR)

    assert states == [1, 2, 3]


async def test_a_moderator_asks_in_a_message_and_reads_the_reply(
    reporter: Reporter, playground: Playground
) -> None:
    await reporter.report(playground.add("peertube", story.asks(8 * HOUR)))
    playground.world.clock.forward(9 * HOUR)
    messages = f"{reporter.base}/abuses/1/messages"

    async with reporter.http.get(messages, headers=reporter.headers) as answer:
        [asked] = (await answer.json())["data"]
    said = {"message": "On behalf of the person shown."}
    async with reporter.http.post(messages, json=said, headers=reporter.headers) as answer:
        assert answer.status == 200

    assert asked["byModerator"] is True
    [row] = await reporter.abuses()
    assert row["countMessages"] == 2
    [item] = playground.world.items.values()
    assert (len(item.reports), item.messages, playground.sent("peertube")) == (1, 1, 2)


async def test_what_came_back_goes_for_good_after_a_second_report(
    reporter: Reporter, playground: Playground
) -> None:
    url = playground.add("peertube", story.returns(8 * HOUR, 30 * HOUR))
    clock = playground.world.clock
    looks = []
    await reporter.report(url)
    for hours in (9, 25, 0):
        clock.forward(hours * HOUR)
        looks.append(await reporter.look(url))
    await reporter.report(url)
    for hours in (1, 8, 100):
        clock.forward(hours * HOUR)
        looks.append(await reporter.look(url))

    assert looks == [404, 200, 200, 200, 404, 404]
    assert [report.round_no for report in playground.item(url).reports] == [0, 1]


async def test_what_is_gone_cannot_be_reported(reporter: Reporter, playground: Playground) -> None:
    url = playground.add("peertube", story.removed(8 * HOUR))
    await reporter.report(url)
    playground.world.clock.forward(9 * HOUR)

    status, told = await reporter.report(url)

    assert (status, told["detail"]) == (404, "Video not found")
    assert len(playground.item(url).reports) == 1
    assert playground.world.stray_reports == 0


@pytest.mark.parametrize(
    ("sight", "look", "report"),
    [(Sight.GONE, 404, 404), (Sight.PRIVATE, 401, 403), (Sight.RESTRICTED, 451, 200)],
)
async def test_what_cannot_be_seen_from_the_start(
    reporter: Reporter, playground: Playground, sight: Sight, look: int, report: int
) -> None:
    url = playground.add("peertube", story.standing(sight, "standing", ""))

    assert await reporter.look(url) == look
    assert (await reporter.report(url))[0] == report


async def test_errors_are_problem_json_with_peertubes_own_codes(
    reporter: Reporter, playground: Playground
) -> None:
    url = playground.add("peertube", story.ignored())
    unsaid = await reporter.report(url, reason="x")
    unknown = await reporter.report(url, predefinedReasons=["violentOrAbusive"])
    nothing = await reporter.report(url, video=None)
    playground.peertube.tokens.expire()
    expired = await reporter.report(url)
    refused = await reporter.token(grant_type="password", username="nobody", password="no")
    renewed = await reporter.token(grant_type="refresh_token", refresh_token=reporter.refresh)
    spent = await reporter.token(grant_type="refresh_token", refresh_token=reporter.refresh)

    assert (unsaid[0], list(unsaid[1]["invalid-params"])) == (400, ["reason"])
    assert (unknown[0], list(unknown[1]["invalid-params"])) == (400, ["predefinedReasons"])
    assert nothing[1]["detail"] == "video id or account id or comment id is required."
    assert (expired[0], expired[1]["code"]) == (401, "invalid_token")
    assert (refused[0], refused[1]["code"]) == (400, "invalid_grant")
    assert (renewed[0], renewed[1]["token_type"]) == (200, "Bearer")
    assert (spent[0], spent[1]["code"]) == (400, "invalid_grant")
    assert playground.item(url).reports == []


async def test_own_reports_are_filtered_sorted_and_paged(
    reporter: Reporter, playground: Playground
) -> None:
    script = replace(story.ignored())
    for _ in range(3):
        await reporter.report(playground.add("peertube", script))

    assert [row["id"] for row in await reporter.abuses(sort="id")] == [1, 2, 3]
    assert [row["id"] for row in await reporter.abuses(start="1", count="1")] == [2]
    assert [row["id"] for row in await reporter.abuses(id="3", state="1")] == [3]
    assert await reporter.abuses(state="2") == []


async def test_a_video_has_one_address_and_three_names(
    reporter: Reporter, playground: Playground
) -> None:
    url = playground.add("peertube", story.ignored(), "named")
    long_form = playground.peertube.key("named")
    async with reporter.http.get(f"{reporter.base}/videos/{long_form}") as answer:
        video = await answer.json()

    assert url == f"{playground.addresses.peertube_url}/w/{short_uuid(long_form)}"
    assert (video["uuid"], video["shortUUID"]) == (long_form, short_uuid(long_form))
    assert await reporter.look(str(video["id"])) == 200
    assert await reporter.look("not-an-id") == 400


async def test_html_comes_where_json_was_due(reporter: Reporter, playground: Playground) -> None:
    script = story.ignored().meeting(looks=(Fault.garbled(),))
    url = playground.add("peertube", script)
    short = url.rpartition("/")[2]
    async with reporter.http.get(f"{reporter.base}/videos/{short}") as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
    assert await reporter.look(url) == 200


async def test_an_account_is_reported_by_number_and_removed(
    reporter: Reporter, playground: Playground
) -> None:
    url = playground.add("peertube", story.removed(HOUR), "account_one")
    name = url.rpartition("/a/")[2]
    async with reporter.http.get(f"{reporter.base}/accounts/{name}") as answer:
        account = await answer.json()
    await reporter.report(url, video=None, account={"id": account["id"]})
    [row] = await reporter.abuses()
    playground.world.clock.forward(HOUR)

    async with reporter.http.get(f"{reporter.base}/accounts/{name}") as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")
    assert (row["video"], row["flaggedAccount"]["name"]) == (None, name)
    assert len(playground.item(url).reports) == 1
