"""PeerTube, where the contract does not reach: spellings of a video, paging, messages."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Adapter
from adapters.errors import ContentGone, Misconfigured, NotSent, Refused
from adapters.peertube import PeerTube, long_uuid, short_uuid
from adapters.spec import ContentClass, Item, Key, Kind, Locator, Purpose, Seen, Url
from tests.adapters.contract.case import KEY, Routes, compose, on_stage, thing
from tests.adapters.contract.cases.peertube import (
    API,
    CASE,
    CHANNEL,
    CHANNELS,
    COMMENT,
    COPY,
    LOOK,
    OWN,
    REMOTE_ACCOUNT,
    REPORT,
    SITE,
    UUID,
    VIDEO,
    VIDEOS,
)
from tests.adapters.contract.site import stored, told

MESSAGE = f"POST {API}/abuses/31/messages"
TOKEN = f"POST {API}/users/token"
NOT_FOUND = stored("peertube/not_found.json", 404)
ELSEWHERE = COPY.url
WATCHED = f"https://other.example/videos/watch/{UUID}"


@pytest.mark.parametrize(
    ("long_form", "short_form"),
    [
        # framatube.org shows "What is PeerTube?" under both
        ("9c9de5e8-0a1e-484a-b099-e80766180a6d", "kkGMgK9ZtnKfYAgnEtQxbv"),
        # the README of short-uuid, which PeerTube uses
        ("a44521d0-0fb8-4ade-8002-3385545c3318", "mhvXdrZT4jP5T8vBxuvm75"),
        ("00000000-0000-4000-8000-000000000000", None),
    ],
)
def test_both_forms_of_a_uuid_are_one(long_form: str, short_form: str | None) -> None:
    short_form = short_form or short_uuid(long_form)

    assert short_uuid(long_form) == short_form
    assert long_uuid(short_form) == long_form


@given(st.uuids())
def test_shortening_loses_nothing(number: uuid.UUID) -> None:
    assert long_uuid(short_uuid(str(number))) == str(number)
    assert len(short_uuid(str(number))) == 22


@pytest.mark.parametrize("words", ["", "kkGMgK9ZtnKfYAgnEtQxb", "0" * 22, "Z" * 22, "é" * 22])
def test_what_is_no_short_form_has_no_long_one(words: str) -> None:
    assert long_uuid(words) is None


@pytest.mark.parametrize(
    "address",
    [
        f"{SITE}/w/{UUID}",
        f"{SITE}/w/{UUID.upper()}",
        f"{SITE}/w/kkGMgK9ZtnKfYAgnEtQxbv",
        f"{SITE}/w/kkGMgK9ZtnKfYAgnEtQxbv/",
        f"{SITE}/w/kkGMgK9ZtnKfYAgnEtQxbv?start=1m2s",
        f"{SITE}/videos/watch/{UUID}",
        f"{SITE}/videos/watch/kkGMgK9ZtnKfYAgnEtQxbv#x",
        f"{SITE}/videos/embed/{UUID}?autoplay=1",
        f"http://peertube.example/w/{UUID}",
        f"https://PeerTube.example:443/w/{UUID}",
        f"https://peertube.example./w/{UUID}",
    ],
)
def test_every_spelling_of_a_video_has_one_key(address: str) -> None:
    assert _found(address) == VIDEO


def test_a_name_of_this_instance_needs_no_host() -> None:
    keys = {_found(f"{SITE}/a/alice{host}").key for host in ("", "@peertube.example", "/videos")}

    assert keys == {"peertube.example/a/alice"}


def test_a_site_that_is_not_where_the_api_is_can_be_set() -> None:
    settings = {"base_url": "http://127.0.0.1:9001", "site_url": "https://video.practice.test"}
    adapter = PeerTube(settings, {}, None)

    assert adapter.match(Url(f"https://video.practice.test/w/{UUID}")) is not None
    assert adapter.match(Url(f"http://127.0.0.1:9001/w/{UUID}")) is None


def test_without_an_instance_it_is_not_set_up_and_matches_nothing() -> None:
    adapter = PeerTube({}, {}, None)

    assert adapter.missing() == ("base_url", "username", "password")
    assert adapter.match(Url(f"{SITE}/w/{UUID}")) is None


def test_another_instance_is_known_by_its_software_without_any_setting() -> None:
    adapter = PeerTube({}, {}, None)

    assert adapter.match(Url(ELSEWHERE)) is None
    for words in (f"w/{UUID}", "w/42", "a/alice", "c/films/videos"):
        found = adapter.match_at(Url(f"https://other.example/{words}"))
        assert found is not None
        assert not found.final
    assert adapter.match_at(Url(f"{ELSEWHERE};threadId=5")) is None, "a number of theirs"
    assert adapter.match_at(Url("https://other.example/w/p/x")) is None


def test_at_home_both_ways_to_read_an_address_are_one() -> None:
    adapter = CASE.built()

    assert adapter.match_at(Url(f"{SITE}/w/{UUID};threadId=5")) == COMMENT
    assert adapter.match_at(Url(f"{SITE}/w/{UUID}")) == VIDEO


@pytest.mark.parametrize(
    ("address", "changes", "key", "parts", "asked"),
    [
        (ELSEWHERE, {}, VIDEO.key, {"video": UUID, "remote": "yes"}, WATCHED),
        (f"{ELSEWHERE}?start=1s", {}, VIDEO.key, {"video": UUID, "remote": "yes"}, WATCHED),
        (
            "https://other.example/w/42",
            {},
            VIDEO.key,
            {"video": UUID, "remote": "yes"},
            "https://other.example/videos/watch/42",
        ),
        (
            ELSEWHERE,  # a copy there of what is ours
            {VIDEOS: told({"total": 1, "data": [{"uuid": UUID, "isLocal": True}]})},
            VIDEO.key,
            {"video": UUID},
            WATCHED,
        ),
        (
            "https://other.example/a/examplename",
            {},
            "peertube.example/a/examplename@other.example",
            {"account": "examplename@other.example", "account_id": "7"},
            None,
        ),
        (
            "https://other.example/accounts/examplename@peertube.example",  # ours, seen there
            {},
            "peertube.example/a/examplename",
            {"account": "examplename", "account_id": "7"},
            None,
        ),
        (
            "https://other.example/c/examplechannel/videos",
            {},
            "peertube.example/c/examplechannel@other.example",
            {"channel": "examplechannel@other.example", "account_id": "7"},
            None,
        ),
        (
            "https://other.example/c/examplechannel",
            {CHANNEL: NOT_FOUND},
            "peertube.example/c/examplechannel@other.example",
            {"channel": "examplechannel@other.example", "account_id": "7"},
            "examplechannel@other.example",
        ),
    ],
)
async def test_the_spelling_of_another_instance_meets_the_one_of_ours(
    address: str, changes: Routes, key: str, parts: Mapping[str, str], asked: str | None
) -> None:
    scene = on_stage(CASE, changes)

    found = await scene.adapter.resolve(_at(scene.adapter, address))

    assert (found.key, found.parts, found.final) == (key, parts, True)
    assert Url(found.url).host == "other.example"
    assert scene.site.seen[-1].url.params.get("search") == asked
    assert {request.url.host for request in scene.site.seen} == {"peertube.example"}


@pytest.mark.parametrize(
    ("address", "changes"),
    [
        (ELSEWHERE, {VIDEOS: stored("peertube/none.json")}),
        (ELSEWHERE, {VIDEOS: told({"data": [{"uuid": UUID.replace("9", "8")}]})}),
        (ELSEWHERE, {VIDEOS: told({"data": [{}]})}),
        ("https://other.example/a/examplename", {REMOTE_ACCOUNT: NOT_FOUND}),
        (
            "https://other.example/c/examplechannel",
            {CHANNEL: NOT_FOUND, CHANNELS: stored("peertube/none.json")},
        ),
        (f"{SITE}/a/examplename@other.example", {REMOTE_ACCOUNT: NOT_FOUND}),
    ],
)
async def test_what_our_instance_does_not_know_is_not_gone(address: str, changes: Routes) -> None:
    scene = on_stage(CASE, changes)

    with pytest.raises(NotSent, match="cannot_resolve"):
        await scene.adapter.resolve(_at(scene.adapter, address))


async def test_a_copy_is_reported_by_the_id_that_all_instances_know() -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(compose(COPY), KEY)

    assert json.loads(scene.site.seen[-1].content)["video"] == {"id": UUID}


@pytest.mark.parametrize(
    ("locator", "changes", "rule"),
    [
        (COPY, {}, "copy_shown"),
        (COPY, {LOOK: NOT_FOUND}, "no_copy_here"),
        (
            thing("peertube", "k", SITE, Kind.ACCOUNT, account="examplename@other.example"),
            {REMOTE_ACCOUNT: NOT_FOUND},
            "no_copy_here",
        ),
    ],
)
async def test_a_look_at_a_copy_proves_nothing(
    locator: Locator, changes: Routes, rule: str
) -> None:
    observed = await on_stage(CASE, changes).adapter.look(locator)

    assert (observed.rule, observed.proof) == (rule, False)


async def test_a_report_says_what_and_why_and_carries_our_mark() -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(CASE.notice, KEY)

    report = json.loads(scene.site.seen[-1].content)
    assert report["video"] == {"id": UUID}
    assert report["predefinedReasons"] == ["privacy", "rights", "serverRules"]
    assert report["reason"].endswith("\n\n[EF-7K2M9Q 0192f7a1c0de]")


async def test_the_login_is_the_form_that_peertube_reads() -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(CASE.notice, KEY)

    login = next(request for request in scene.site.seen if "token" in request.url.path)
    assert login.headers["content-type"] == "application/x-www-form-urlencoded"
    assert dict(httpx.QueryParams(login.content.decode())) == {
        "client_id": "client-id-of-the-instance",
        "client_secret": "client-secret-of-the-instance",
        "grant_type": "password",
        "username": "canary-user",
        "password": "canary-password",
    }


@pytest.mark.parametrize(
    ("reply", "status", "reason"),
    [("invalid_grant", 400, "invalid_grant"), ("missing_two_factor", 401, "missing_two_factor")],
)
async def test_a_refused_login_tells_the_operator_why(reply: str, status: int, reason: str) -> None:
    scene = on_stage(CASE, {TOKEN: stored(f"peertube/{reply}.json", status)})

    with pytest.raises(Misconfigured, match=reason):
        await scene.adapter.send(CASE.notice, KEY)


@pytest.mark.parametrize(
    ("parts", "subject"),
    [
        ({"video": UUID}, {"video": {"id": UUID}}),
        ({"video": UUID, "comment": "5"}, {"comment": {"id": 5}}),
        ({"account": "alice", "account_id": "7"}, {"account": {"id": 7}}),
        ({"channel": "films", "account_id": "7"}, {"account": {"id": 7}}),
    ],
)
async def test_a_report_is_about_a_video_a_comment_or_an_account(
    parts: Mapping[str, str], subject: dict[str, object]
) -> None:
    scene = on_stage(CASE)
    about = Item("r1", replace(VIDEO, parts=parts))

    await scene.adapter.send(replace(CASE.notice, items=(about,)), KEY)

    report = json.loads(scene.site.seen[-1].content)
    assert {name: report[name] for name in subject} == subject


@pytest.mark.parametrize("content_class", ContentClass)
async def test_every_class_has_reasons_that_peertube_knows(content_class: ContentClass) -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(compose(VIDEO, content_class=content_class), KEY)

    known = {"hatefulOrAbusive", "privacy", "rights", "serverRules"}
    assert set(json.loads(scene.site.seen[-1].content)["predefinedReasons"]) <= known


async def test_a_text_that_does_not_fit_is_not_cut() -> None:
    scene = on_stage(CASE)

    with pytest.raises(Refused, match="text_too_long"):
        await scene.adapter.send(compose(VIDEO, text="x" * 2990), KEY)

    assert scene.site.seen == []


@pytest.mark.parametrize("purpose", [Purpose.REMINDER, Purpose.SUPPLEMENT, Purpose.RETRACTION])
async def test_what_follows_is_a_message_on_the_same_report(purpose: Purpose) -> None:
    scene = on_stage(CASE)
    notice = compose(VIDEO, purpose=purpose, thread=("31",))

    receipt = await scene.adapter.send(notice, KEY)

    assert receipt == CASE.receipt
    assert (scene.site.calls(MESSAGE), scene.site.calls(REPORT)) == (1, 0)
    assert await scene.adapter.find(notice, KEY) == CASE.receipt
    assert await scene.adapter.find(notice, Key("f" * 32)) is None


async def test_a_message_on_a_deleted_report_says_nothing_about_the_video() -> None:
    scene = on_stage(CASE, {MESSAGE: stored("peertube/abuse_not_found.json", 404)})

    with pytest.raises(Refused, match="report_gone"):
        await scene.adapter.send(compose(VIDEO, purpose=Purpose.REMINDER, thread=("31",)), KEY)


async def test_a_reminder_without_a_report_is_refused() -> None:
    with pytest.raises(Refused, match="no_report_to_write_on"):
        await on_stage(CASE).adapter.send(compose(VIDEO, purpose=Purpose.REMINDER), KEY)


async def test_our_report_is_found_on_a_later_page_though_others_vanish_meanwhile() -> None:
    rows = [_row(number) for number in range(400, 100, -1)]
    rows[103]["reason"] = "x\n\n[EF-7K2M9Q 0192f7a1c0de]"
    scene = on_stage(CASE, {OWN: _pages(rows, vanish=8)})

    receipt = await scene.adapter.find(CASE.notice, KEY)

    assert receipt is not None
    assert receipt.reference == str(rows[103]["id"])


async def test_the_search_ends_where_reports_are_older_than_the_notice() -> None:
    rows = [_row(number, "2026-11-01T00:00:00.000Z") for number in range(400, 100, -1)]
    scene = on_stage(CASE, {OWN: _pages(rows)})

    assert await scene.adapter.find(CASE.notice, KEY) is None
    assert scene.site.calls(OWN) == 1


async def test_more_reports_than_can_be_read_leave_it_open() -> None:
    endless = {"total": 10**6, "data": [_row(number) for number in range(100)]}
    scene = on_stage(CASE, {OWN: told(endless)})

    with pytest.raises(NotSent, match="too_many_reports"):
        await scene.adapter.find(CASE.notice, KEY)


async def test_what_a_moderator_writes_is_kept_in_their_words() -> None:
    scene = on_stage(CASE, {OWN: stored("peertube/pending_asked.json")})
    assert CASE.receipt is not None

    answers = await scene.adapter.poll(CASE.receipt)

    assert answers.answers[0].status == "Pending"
    assert answers.answers[1].words == "Which part of the video?"
    assert answers.answers[1].said_at is not None


async def test_a_number_that_leads_nowhere_is_gone() -> None:
    scene = on_stage(CASE, {f"GET {API}/videos/42": stored("peertube/not_found.json", 404)})

    with pytest.raises(ContentGone):
        await scene.adapter.resolve(_found(f"{SITE}/w/42"))


@pytest.mark.parametrize(
    ("reply", "status", "rule"),
    [
        ("not_public", 401, "not_public"),
        ("needs_password", 401, "video_requires_password"),
        ("not_followed", 403, "does_not_respect_follow_constraints"),
    ],
)
async def test_a_look_says_which_wall_it_met(reply: str, status: int, rule: str) -> None:
    scene = on_stage(CASE, {LOOK: stored(f"peertube/{reply}.json", status)})

    observed = await scene.adapter.look(VIDEO)

    assert (observed.seen, observed.rule) == (Seen.CANNOT_SEE, rule)


async def test_a_look_carries_no_session() -> None:
    scene = on_stage(CASE)
    await scene.adapter.send(CASE.notice, KEY)

    await scene.adapter.look(VIDEO)

    assert "authorization" not in scene.site.seen[-1].headers


def _at(adapter: Adapter, address: str) -> Locator:
    found = adapter.match_at(Url(address))
    assert found is not None
    return found


def _found(address: str) -> Locator:
    locator = CASE.built().match(Url(address))
    assert locator is not None
    return locator


def _row(number: int, created: str = "2026-11-22T11:00:00.000Z") -> dict[str, object]:
    return {"id": number, "reason": "another", "createdAt": created, "state": {"id": 1}}


def _pages(rows: list[dict[str, object]], vanish: int = 0):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """A list that loses `vanish` of its newest rows after each page."""
    left = list(rows)

    def page(request: httpx.Request) -> httpx.Response:
        start, count = int(request.url.params["start"]), int(request.url.params["count"])
        data = left[start : start + count]
        del left[:vanish]
        return httpx.Response(200, json={"total": len(left), "data": data})

    return page
