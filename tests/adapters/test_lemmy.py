"""Lemmy, where the contract does not reach: other instances, 1.0, what a look makes of flags."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from adapters.errors import AlreadyReported, ContentGone, Misconfigured, NotSent, Refused
from adapters.lemmy import Lemmy
from adapters.spec import Locator, Receipt, Seen, Url
from tests.adapters.contract.case import KEY, Scene, compose, on_stage
from tests.adapters.contract.cases.lemmy import (
    AT,
    CASE,
    COMMENT_COPY,
    COPY,
    ELSEWHERE,
    ELSEWHERE_COMMENT,
    POST,
    REPORT,
    RESOLVE,
    SITE,
)
from tests.adapters.contract.site import Answer, stored, told

V4 = f"{SITE}/api/v4"


@pytest.mark.parametrize(
    "address",
    [
        f"{SITE}/post/123",
        f"{SITE}/post/0123/",
        f"{SITE}/post/123?scrollToComments=true",
        "http://lemmy.example/post/123",
        "https://LEMMY.example:443/post/123",
        "https://lemmy.example./post/123",
    ],
)
def test_every_spelling_of_a_post_has_one_key(address: str) -> None:
    found = CASE.built().match(Url(address))

    assert found is not None
    assert (found.key, found.url) == (AT, AT)


def test_a_comment_below_its_post_is_the_comment() -> None:
    found = CASE.built().match(Url(f"{SITE}/post/123/comment/456"))

    assert found is not None
    assert found.key == f"{SITE}/comment/456"


def test_another_instance_is_known_by_its_software_without_any_setting() -> None:
    adapter = Lemmy({}, {}, None)

    assert adapter.match(Url(ELSEWHERE)) is None
    assert adapter.match_at(Url(ELSEWHERE)) is not None
    assert adapter.match_at(Url("https://other.example/u/examplename")) is None
    assert adapter.missing() == ("base_url", "username", "password")


@pytest.mark.parametrize(
    ("api", "address", "reply", "wanted"),
    [
        ("v3", ELSEWHERE, "resolved_post", COPY),
        ("v3", ELSEWHERE_COMMENT, "resolved_comment", COMMENT_COPY),
        ("v4", ELSEWHERE, "resolved_post_v4", COPY),
        ("v4", ELSEWHERE_COMMENT, "resolved_comment_v4", COMMENT_COPY),
    ],
)
async def test_what_another_instance_holds_gets_a_number_here(
    api: str, address: str, reply: str, wanted: Locator
) -> None:
    scene = _on(api, resolve_object=stored(f"lemmy/{reply}.json"))

    assert await scene.adapter.resolve(_elsewhere(scene, address)) == wanted
    assert scene.site.seen[-1].url.params["q"] == address


async def test_a_comment_where_a_post_was_meant_is_not_taken() -> None:
    scene = _on("v4", resolve_object=stored("lemmy/resolved_comment_v4.json"))

    with pytest.raises(NotSent, match="cannot_resolve"):
        await scene.adapter.resolve(_elsewhere(scene, ELSEWHERE))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (told({"error": "couldnt_find_object"}, 404), ContentGone),
        (told({"error": "couldnt_find_object"}, 400), NotSent),  # it could not be fetched
        (told({"error": "not_found", "cause": "NotFound"}, 404), ContentGone),
        (told({"error": "resolve_object_failed", "message": "x", "cause": "x"}, 400), NotSent),
        (told("not found", 404), NotSent),
    ],
)
async def test_only_what_is_surely_gone_is_called_gone(
    answer: Answer, error: type[Exception]
) -> None:
    scene = on_stage(CASE, {RESOLVE: answer})

    with pytest.raises(error):
        await scene.adapter.resolve(_elsewhere(scene, ELSEWHERE))


@pytest.mark.parametrize(("api", "flag"), [("v3", None), ("v4", True)])
async def test_a_report_of_1_0_is_for_the_admins_of_the_instance(
    api: str, flag: bool | None
) -> None:
    scene = _on(api)

    receipt = await scene.adapter.send(CASE.notice, KEY)

    assert receipt == CASE.receipt
    report = json.loads(scene.site.seen[-1].content)
    assert report["post_id"] == 123
    assert report["reason"].endswith("\n\n[EF-7K2M9Q]")
    assert report.get("violates_instance_rules") is flag


async def test_a_comment_is_reported_as_one() -> None:
    scene = on_stage(CASE)
    number = replace(POST, parts={"what": "comment", "id": "456"})

    receipt = await scene.adapter.send(compose(number), KEY)

    assert receipt == Receipt("32", receipt.grade)
    assert json.loads(scene.site.seen[-1].content)["comment_id"] == 456


async def test_1_0_has_another_word_for_a_report_it_has_already() -> None:
    answer = told({"error": "couldnt_create", "cause": "duplicate key"}, 400)
    scene = _on("v4", **{"post/report": answer})

    with pytest.raises(AlreadyReported):
        await scene.adapter.send(CASE.notice, KEY)


async def test_a_text_that_does_not_fit_is_not_cut() -> None:
    scene = on_stage(CASE)

    with pytest.raises(Refused, match="text_too_long"):
        await scene.adapter.send(compose(POST, text="x" * 990), KEY)

    assert scene.site.calls(REPORT) == 0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (told({"error": "incorrect_login"}, 401), "http_401"),
        (told({"error": "missing_totp_token"}, 400), "missing_totp_token"),
        (told({"error": "registration_application_is_pending"}, 400), "http_400"),
        (told("not found", 404), "http_404"),
    ],
)
async def test_a_refused_login_tells_the_operator_why(answer: Answer, reason: str) -> None:
    scene = on_stage(CASE, {f"POST {SITE}/api/v3/user/login": answer})

    with pytest.raises(Misconfigured, match=reason):
        await scene.adapter.send(CASE.notice, KEY)


@pytest.mark.parametrize(
    ("answer", "seen", "rule"),
    [
        (stored("lemmy/post_v4_deleted.json"), Seen.RESTRICTED, "deleted_by_author"),
        (stored("lemmy/post_v4_purged.json"), Seen.GONE, "deleted_by_author"),
        (told({"error": "not_found", "cause": "NotFound"}, 404), Seen.GONE, "not_found"),
        (told({"post_view": {"post": {"removed": 1}}}), Seen.CANNOT_SEE, "unreadable"),
    ],
)
async def test_what_1_0_still_hands_out_is_not_gone(answer: Answer, seen: Seen, rule: str) -> None:
    observed = await _on("v4", post=answer).adapter.look(POST)

    assert (observed.seen, observed.rule) == (seen, rule)


async def test_a_look_carries_no_session() -> None:
    scene = on_stage(CASE)
    await scene.adapter.send(CASE.notice, KEY)

    await scene.adapter.look(POST)

    assert "authorization" not in scene.site.seen[-1].headers


def _on(api: str, **answers: Answer) -> Scene:
    """A scene of 0.19 or 1.0, with these answers by path."""
    base = f"{SITE}/api/{api}"
    routes = {f"POST {V4}/account/auth/login": stored("lemmy/login.json")}
    routes |= {f"POST {V4}/post/report": stored("lemmy/reported_post_v4.json")}
    for path, answer in answers.items():
        routes |= {f"GET {base}/{path}": answer, f"POST {base}/{path}": answer}
    return on_stage(replace(CASE, settings={**CASE.settings, "api": api}), routes)


def _elsewhere(scene: Scene, address: str) -> Locator:
    found = scene.adapter.match_at(Url(address))
    assert found is not None
    return found
