"""Bluesky, where the contract does not reach: subjects, reasons, sessions, and who hid a post."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest

from adapters.bluesky import Bluesky
from adapters.errors import ContentGone, Misconfigured, Refused, Throttled
from adapters.spec import ContentClass, Item, Locator, Seen, Url
from tests.adapters.contract.case import KEY, compose, on_stage
from tests.adapters.contract.cases.bluesky import (
    ACCOUNT,
    CASE,
    DID,
    EMPTY,
    HANDLE,
    LOGIN,
    POST,
    POSTS,
    RECORD,
    REFRESH,
    REPORT,
    RKEY,
)
from tests.adapters.contract.site import NOW, stored, told

CID = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"


async def test_a_report_names_the_post_by_uri_and_cid_and_goes_to_the_labeler() -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(CASE.notice, KEY)

    request = scene.site.seen[-1]
    report = json.loads(request.content)
    labeler = "did:plc:ar7c4by46qjdydhdevvrndac#atproto_labeler"
    assert request.headers["atproto-proxy"] == labeler
    assert request.headers["authorization"] == "Bearer access-jwt-of-the-centre"
    assert report["reasonType"] == "tools.ozone.report.defs#reasonSexualNCII"
    assert report["subject"] == {
        "$type": "com.atproto.repo.strongRef",
        "uri": f"at://{DID}/app.bsky.feed.post/{RKEY}",
        "cid": CID,
    }


async def test_a_cid_that_is_known_is_not_asked_for_again() -> None:
    scene = on_stage(CASE)
    resolved = await scene.adapter.resolve(
        _found(f"https://bsky.app/profile/a.example/post/{RKEY}")
    )
    assert resolved.parts["cid"] == CID
    scene.site.seen.clear()

    await scene.adapter.send(compose(resolved), KEY)

    assert scene.site.calls(POSTS) == 0


async def test_an_account_is_reported_by_its_did() -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(replace(CASE.notice, items=(Item("r1", ACCOUNT),)), KEY)

    subject = json.loads(scene.site.seen[-1].content)["subject"]
    assert subject == {"$type": "com.atproto.admin.defs#repoRef", "did": DID}


async def test_a_post_that_is_no_longer_shown_is_not_reported() -> None:
    scene = on_stage(CASE, {POSTS: EMPTY})

    with pytest.raises(ContentGone):
        await scene.adapter.send(CASE.notice, KEY)

    assert scene.site.calls(REPORT) == 0


async def test_a_handle_that_leads_nowhere_is_gone() -> None:
    scene = on_stage(CASE, {HANDLE: stored("bluesky/handle_unknown.json", 400)})

    with pytest.raises(ContentGone):
        await scene.adapter.resolve(_found("https://bsky.app/profile/a.example"))


@pytest.mark.parametrize("minor", [True, False])
@pytest.mark.parametrize("content_class", ContentClass)
async def test_every_class_has_a_reason_of_its_lexicon(
    content_class: ContentClass, minor: bool
) -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(compose(POST, content_class=content_class, depicted_minor=minor), KEY)

    reason = json.loads(scene.site.seen[-1].content)["reasonType"].partition("#reason")[2]
    family = "ChildSafety" if minor else ("Sexual", "Harassment")
    assert reason.startswith(family)


async def test_a_labeler_without_our_reason_gets_the_report_once_as_other() -> None:
    stored_reports: list[str] = []

    def only_other(request: httpx.Request) -> httpx.Response:
        reason = json.loads(request.content)["reasonType"]
        if reason != "com.atproto.moderation.defs#reasonOther":
            return _body("invalid_reason", 400)
        stored_reports.append(reason)
        return _body("reported", 200)

    scene = on_stage(CASE, {REPORT: only_other})

    assert await scene.adapter.send(CASE.notice, KEY) == CASE.receipt
    assert (len(stored_reports), scene.site.calls(REPORT)) == (1, 2)


async def test_a_labeler_that_takes_neither_refuses() -> None:
    scene = on_stage(CASE, {REPORT: stored("bluesky/invalid_reason.json", 400)})

    with pytest.raises(Refused, match="reason_unknown") as caught:
        await scene.adapter.send(CASE.notice, KEY)

    assert type(caught.value) is Refused


async def test_an_expired_session_is_refreshed_and_the_report_goes_once() -> None:
    scene = on_stage(CASE)
    await scene.adapter.send(CASE.notice, KEY)

    def expired(request: httpx.Request) -> httpx.Response:
        is_new = request.headers["authorization"] == "Bearer second-access-jwt"
        return _body("reported", 200) if is_new else _body("expired_token", 400)

    scene.site.failing[REPORT] = expired
    await scene.adapter.send(CASE.notice, KEY)

    refresh = next(r for r in scene.site.seen if r.url.path.endswith("refreshSession"))
    assert refresh.headers["authorization"] == "Bearer refresh-jwt-of-the-centre"
    assert refresh.content == b""
    assert (scene.site.calls(LOGIN), scene.site.calls(REFRESH)) == (1, 1)


async def test_a_refresh_that_is_refused_leads_to_a_login() -> None:
    scene = on_stage(CASE, {REFRESH: stored("bluesky/expired_token.json", 400)})
    await scene.adapter.send(CASE.notice, KEY)
    scene.site.failing[REPORT] = stored("bluesky/expired_token.json", 400)

    with pytest.raises(Misconfigured):
        await scene.adapter.send(CASE.notice, KEY)

    assert scene.site.calls(LOGIN) == 2


@pytest.mark.parametrize(
    ("reply", "reason"),
    [("wrong_password", "http_401"), ("second_factor", "AuthFactorTokenRequired")],
)
async def test_a_refused_login_tells_the_operator(reply: str, reason: str) -> None:
    scene = on_stage(CASE, {LOGIN: stored(f"bluesky/{reply}.json", 401)})

    with pytest.raises(Misconfigured, match=reason):
        await scene.adapter.send(CASE.notice, KEY)


async def test_a_rate_limit_is_told_in_seconds_since_1970() -> None:
    until = int(NOW.timestamp()) + 300
    headers = {"ratelimit-reset": str(until), "ratelimit-policy": "30;w=300"}
    scene = on_stage(CASE, {LOGIN: told({"error": "RateLimitExceeded"}, 429, headers)})

    with pytest.raises(Throttled) as caught:
        await scene.adapter.send(CASE.notice, KEY)

    assert caught.value.until is not None
    assert caught.value.until.timestamp() == until


@pytest.mark.parametrize(
    ("reply", "status", "rule"),
    [
        ("record", 200, "hidden_by_label"),
        ("record_deleted", 400, "record_deleted"),
        ("repo_gone", 400, "account_gone"),
        ("invalid_request", 400, "not_in_get_posts"),
    ],
)
async def test_a_look_says_who_took_it_away(reply: str, status: int, rule: str) -> None:
    scene = on_stage(CASE, {POSTS: EMPTY, RECORD: stored(f"bluesky/{reply}.json", status)})

    observed = await scene.adapter.look(POST)

    assert (observed.seen, observed.rule, observed.proof) == (Seen.GONE, rule, True)


async def test_a_handle_is_not_looked_at_before_it_is_resolved() -> None:
    scene = on_stage(CASE)

    observed = await scene.adapter.look(_found("https://bsky.app/profile/a.example"))

    assert (observed.seen, scene.site.seen) == (Seen.CANNOT_SEE, [])


async def test_a_text_that_does_not_fit_is_not_cut() -> None:
    with pytest.raises(Refused, match="text_too_long"):
        await on_stage(CASE).adapter.send(compose(POST, text="x" * 1999), KEY)


def test_nobody_answers_by_this_channel() -> None:
    assert Bluesky.spec.answers is False


def _found(address: str) -> Locator:
    locator = CASE.built().match(Url(address))
    assert locator is not None
    return locator


def _body(name: str, status: int) -> httpx.Response:
    answered = stored(f"bluesky/{name}.json", status)(httpx.Request("GET", "https://x.example"))
    assert isinstance(answered, httpx.Response)
    return answered
