"""The practice Bluesky, called as a plain XRPC client calls the real one."""

from __future__ import annotations

import time
from typing import Any

import aiohttp
import pytest

from service.playground import behaviours as story
from service.playground.bluesky_shapes import CENTRE_DID, LABELER_DID, POSTS, did_of
from service.playground.script import Fault, Round, Script, Shown, Sight
from service.playground.serve import Playground

HOUR = story.HOUR_S
NCII = "tools.ozone.report.defs#reasonSexualNCII"


class Caller:
    def __init__(self, http: aiohttp.ClientSession, playground: Playground) -> None:
        self.http = http
        self.playground = playground
        self.base = playground.addresses.pds_url + "/xrpc/"
        self.token = ""
        self.refresh = ""

    async def get(self, method: str, **query: Any) -> tuple[int, Any]:
        async with self.http.get(self.base + method, params=query) as answer:
            return answer.status, await answer.json(content_type=None)

    async def post(self, method: str, body: Any = None, token: str = "") -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        async with self.http.post(self.base + method, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def log_in(self, password: str = "") -> tuple[int, Any]:
        account = self.playground.world.account("bluesky")
        login = {"identifier": account.name, "password": password or account.password}
        status, told = await self.post("com.atproto.server.createSession", login)
        self.token, self.refresh = told.get("accessJwt", ""), told.get("refreshJwt", "")
        return status, told

    async def report(self, subject: dict[str, str], reason_type: str = NCII) -> tuple[int, Any]:
        body = {"reasonType": reason_type, "reason": "practice", "subject": subject}
        return await self.post("com.atproto.moderation.createReport", body)

    async def subject(self, name: str) -> dict[str, str]:
        did, _, rkey = self.playground.bluesky.key(name).partition("/")
        query = {"repo": did, "collection": POSTS, "rkey": rkey}
        _, record = await self.get("com.atproto.repo.getRecord", **query)
        strong = {"$type": "com.atproto.repo.strongRef"}
        return {**strong, "uri": record["uri"], "cid": record["cid"]}

    async def sees(self, name: str) -> tuple[int, int]:
        """How many posts `getPosts` shows, and the status of `getRecord`."""
        did, _, rkey = self.playground.bluesky.key(name).partition("/")
        query = {"repo": did, "collection": POSTS, "rkey": rkey}
        _, posts = await self.get("app.bsky.feed.getPosts", uris=f"at://{did}/{POSTS}/{rkey}")
        status, _ = await self.get("com.atproto.repo.getRecord", **query)
        return len(posts["posts"]), status


@pytest.fixture
async def caller(http: aiohttp.ClientSession, playground: Playground) -> Caller:
    caller = Caller(http, playground)
    await caller.log_in()
    return caller


async def test_an_address_leads_to_a_did_a_record_and_a_report(
    caller: Caller, playground: Playground
) -> None:
    url = playground.add("bluesky", story.removed(12 * HOUR), "story")
    handle = url.split("/")[4]
    resolved = await caller.get("com.atproto.identity.resolveHandle", handle=handle)
    subject = await caller.subject("story")

    status, report = await caller.report(subject)

    assert resolved == (200, {"did": did_of("story")})
    assert url == f"https://bsky.app/profile/{handle}/post/{subject['uri'].rpartition('/')[2]}"
    assert status == 200
    assert report.pop("createdAt").endswith("Z")
    assert report == {
        "id": 1,
        "reasonType": NCII,
        "reason": "practice",
        "subject": subject,
        "reportedBy": CENTRE_DID,
    }
    assert [taken.reference for taken in playground.item(url).reports] == ["1"]


async def test_a_moderators_removal_empties_get_posts_and_leaves_the_record(
    caller: Caller, playground: Playground
) -> None:
    playground.add("bluesky", story.removed(12 * HOUR), "story")
    await caller.report(await caller.subject("story"))
    before = await caller.sees("story")
    playground.world.clock.forward(12 * HOUR)

    did, _, rkey = playground.bluesky.key("story").partition("/")
    uri = f"at://{did}/{POSTS}/{rkey}"
    _, told = await caller.get("com.atproto.label.queryLabels", uriPatterns=uri)

    assert (before, await caller.sees("story")) == ((1, 200), (0, 200))
    assert [label["val"] for label in told["labels"]] == ["!takedown"]


@pytest.mark.parametrize(
    ("sight", "posts", "record"),
    [
        (Sight.UP, 1, 200),
        (Sight.VEILED, 1, 200),
        (Sight.OTHER, 1, 200),
        (Sight.BLOCKED, 1, 200),
        (Sight.GONE, 0, 200),
        (Sight.DELETED, 0, 400),
        (Sight.PRIVATE, 0, 400),
    ],
)
async def test_what_a_look_finds(
    caller: Caller, playground: Playground, sight: Sight, posts: int, record: int
) -> None:
    playground.add("bluesky", story.standing(sight, "standing", ""), "story")

    assert await caller.sees("story") == (posts, record)


async def test_a_blocked_post_bears_the_labelers_hide(
    caller: Caller, playground: Playground
) -> None:
    playground.add("bluesky", story.standing(Sight.BLOCKED, "standing", ""), "story")
    did, _, rkey = playground.bluesky.key("story").partition("/")
    uris = f"at://{did}/{POSTS}/{rkey}"

    _, told = await caller.get("app.bsky.feed.getPosts", uris=uris)

    [label] = told["posts"][0]["labels"]
    assert (label["val"], label["src"]) == ("!hide", LABELER_DID)


async def test_a_replaced_post_has_another_cid(caller: Caller, playground: Playground) -> None:
    playground.add("bluesky", story.replaced(12 * HOUR), "story")
    before = await caller.subject("story")
    await caller.report(before)
    playground.world.clock.forward(12 * HOUR)

    after = await caller.subject("story")

    assert before["uri"] == after["uri"]
    assert before["cid"] != after["cid"]


async def test_restricted_answers_451(caller: Caller, playground: Playground) -> None:
    playground.add("bluesky", story.standing(Sight.RESTRICTED, "standing", ""), "story")
    did, _, rkey = playground.bluesky.key("story").partition("/")
    uris = f"at://{did}/{POSTS}/{rkey}"

    async with caller.http.get(
        caller.base + "app.bsky.feed.getPosts", params={"uris": uris}
    ) as answer:
        assert answer.status == 451


@pytest.mark.parametrize(
    ("sight", "name"),
    [(Sight.GONE, "AccountTakedown"), (Sight.PRIVATE, "AccountDeactivated")],
)
async def test_an_account_is_reported_and_suspended(
    caller: Caller, playground: Playground, sight: Sight, name: str
) -> None:
    script = Script("account", "", (Round((), (Shown(HOUR, sight),)),))
    url = playground.add("bluesky", script, "account_one")
    did = did_of("account_one")
    before = await caller.get("app.bsky.actor.getProfile", actor=did)
    await caller.report({"$type": "com.atproto.admin.defs#repoRef", "did": did})
    playground.world.clock.forward(HOUR)

    status, told = await caller.get("app.bsky.actor.getProfile", actor=did)

    assert url == "https://bsky.app/profile/account-one.practice.test"
    assert (before[0], before[1]["did"]) == (200, did)
    assert (status, told["error"]) == (400, name)


async def test_errors_have_the_envelope_of_xrpc(caller: Caller, playground: Playground) -> None:
    playground.add("bluesky", story.ignored(), "story")
    subject = await caller.subject("story")

    reason = await caller.report(subject, "tools.ozone.report.defs#nothing")
    no_cid = await caller.report({"$type": subject["$type"], "uri": subject["uri"]})
    nobody = await caller.get("com.atproto.identity.resolveHandle", handle="no.practice.test")
    missing = await caller.get("com.atproto.repo.getRecord", repo=did_of("story"), rkey="x")
    unknown = await caller.get("app.bsky.nothing")

    assert reason == (
        400,
        {
            "error": "InvalidRequest",
            "message": "Invalid reason type: tools.ozone.report.defs#nothing",
        },
    )
    assert (no_cid[0], no_cid[1]["error"]) == (400, "InvalidRequest")
    assert nobody[1] == {"error": "InvalidRequest", "message": "Unable to resolve handle"}
    assert (missing[0], missing[1]["error"]) == (400, "InvalidRequest")
    assert (unknown[0], unknown[1]["error"]) == (501, "MethodNotImplemented")
    assert playground.world.stray_reports == 0


async def test_429_bears_the_headers_of_the_pds(caller: Caller, playground: Playground) -> None:
    script = story.ignored().meeting(sends=(Fault.throttled(2.0),))
    playground.add("bluesky", script, "story")
    body = {"reasonType": NCII, "subject": await caller.subject("story")}
    headers = {"Authorization": f"Bearer {caller.token}"}
    url = caller.base + "com.atproto.moderation.createReport"

    async with caller.http.post(url, json=body, headers=headers) as answer:
        told = await answer.json()

    assert (answer.status, told["error"]) == (429, "RateLimitExceeded")
    assert answer.headers["Retry-After"] == "2"
    assert 1 <= int(answer.headers["RateLimit-Reset"]) - time.time() <= 3


async def test_a_session_expires_is_refreshed_once_and_can_be_revoked(
    caller: Caller, playground: Playground
) -> None:
    playground.add("bluesky", story.ignored(), "story")
    subject = await caller.subject("story")
    playground.bluesky.tokens.expire()

    expired = await caller.report(subject)
    renewed = await caller.post("com.atproto.server.refreshSession", token=caller.refresh)
    spent = await caller.post("com.atproto.server.refreshSession", token=caller.refresh)
    caller.token = renewed[1]["accessJwt"]
    good = await caller.report(subject)
    playground.bluesky.tokens.revoke()
    revoked = await caller.report(subject)
    locked = await caller.log_in("another")

    assert (expired[0], expired[1]["error"]) == (400, "ExpiredToken")
    assert (spent[0], spent[1]["error"]) == (400, "ExpiredToken")
    assert good[0] == 200
    assert (revoked[0], revoked[1]["error"]) == (400, "InvalidToken")
    assert (locked[0], locked[1]["error"]) == (401, "AuthenticationRequired")
    assert len(playground.bluesky.reports) == 1
