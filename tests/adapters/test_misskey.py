"""Misskey, where the contract does not reach: other instances, names, what a report says."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from adapters.errors import NotSent, Refused
from adapters.misskey import Misskey
from adapters.spec import Locator, Url
from tests.adapters.contract.case import KEY, Scene, compose, on_stage
from tests.adapters.contract.cases.misskey import (
    AP_SHOW,
    AT,
    CASE,
    COPY,
    ELSEWHERE,
    NOTE,
    NOTE_LOOK,
    REPORT,
    SITE,
    USER,
    USER_COPY,
    USER_ELSEWHERE,
    USER_LOOK,
    nothing,
    says,
)
from tests.adapters.contract.site import Answer, stored


@pytest.mark.parametrize(
    "address",
    [
        f"{SITE}/notes/9abcdefghi",
        f"{SITE}/notes/9abcdefghi/?x=1#y",
        "http://misskey.example/notes/9abcdefghi",
        "https://MISSKEY.example:443/notes/9abcdefghi",
        "https://misskey.example./notes/9abcdefghi",
    ],
)
def test_every_spelling_of_a_note_has_one_key(address: str) -> None:
    found = CASE.built().match(Url(address))

    assert found is not None
    assert (found.key, found.url) == (AT, AT)


def test_capitals_count_in_ids_and_not_in_names() -> None:
    keys = [
        _at(Misskey({}, {}, None), f"{SITE}/{path}").key
        for path in ("notes/9A", "notes/9a", "@Name", "@name", "@name@MISSKEY.example", "@name@b.c")
    ]

    assert keys[0] != keys[1]
    assert keys[2] == keys[3] == keys[4]
    assert keys[5] == f"{SITE}/@name@b.c"


def test_another_instance_is_known_by_its_software_without_any_setting() -> None:
    adapter = Misskey({}, {}, None)

    assert adapter.match(Url(ELSEWHERE)) is None
    assert adapter.match_at(Url(ELSEWHERE)) is not None
    assert adapter.match_at(Url("https://other.example/clips/x")) is None
    assert adapter.missing() == ("base_url", "token")


@pytest.mark.parametrize(
    ("address", "route", "reply", "asked", "wanted"),
    [
        (ELSEWHERE, AP_SHOW, "ap_note", {"uri": ELSEWHERE}, COPY),
        (USER_ELSEWHERE, AP_SHOW, "ap_user", {"uri": USER_ELSEWHERE}, USER_COPY),
        (AT, NOTE_LOOK, "note_copy", {"noteId": "9abcdefghi"}, COPY),  # the copy of it here
        (
            "https://other.example/@examplename",
            USER_LOOK,
            "user_copy",
            {"username": "examplename", "host": "other.example"},
            USER_COPY,
        ),
        (
            f"{SITE}/@examplename@other.example",
            USER_LOOK,
            "user_copy",
            {"username": "examplename", "host": "other.example"},
            USER_COPY,
        ),
        (
            f"{SITE}/@examplename",
            USER_LOOK,
            "user",
            {"username": "examplename", "host": None},
            USER,
        ),
    ],
)
async def test_both_spellings_of_a_thing_of_another_instance_meet(
    address: str, route: str, reply: str, asked: dict[str, Any], wanted: Locator
) -> None:
    scene = on_stage(CASE, {route: stored(f"misskey/{reply}.json")})

    found = await scene.adapter.resolve(_at(scene.adapter, address))

    assert (found.kind, found.key, found.parts) == (wanted.kind, wanted.key, wanted.parts)
    assert found.final
    assert _sent(scene) == {"i": "canary-token", **asked}


@pytest.mark.parametrize(
    ("route", "answer"),
    [
        (AP_SHOW, says("NO_SUCH_OBJECT")),  # Iceshrimp says so of an instance that it blocks
        (AP_SHOW, stored("misskey/ap_user.json")),  # not the note that was asked for
        (AP_SHOW, nothing),
    ],
)
async def test_what_cannot_be_resolved_is_asked_again_later(route: str, answer: Answer) -> None:
    scene = on_stage(CASE, {route: answer})

    with pytest.raises(NotSent):
        await scene.adapter.resolve(_at(scene.adapter, ELSEWHERE))


async def test_a_report_is_about_the_author_and_opens_with_the_note() -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(CASE.notice, KEY)

    report = _sent(scene)
    assert report["userId"] == "9author001"
    assert report["comment"].startswith(f"Note: {AT}\n\n{CASE.notice.text}")
    assert report["comment"].endswith("\n\n[EF-7K2M9Q]")


async def test_a_report_of_an_account_names_no_note() -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(compose(USER), KEY)

    assert not _sent(scene)["comment"].startswith("Note: ")


async def test_a_text_that_does_not_fit_is_not_cut() -> None:
    scene = on_stage(CASE)

    with pytest.raises(Refused, match="text_too_long"):
        await scene.adapter.send(compose(NOTE, text="x" * 2000), KEY)

    assert scene.site.calls(REPORT) == 0


async def test_a_look_carries_no_token() -> None:
    scene = on_stage(CASE)

    await scene.adapter.look(NOTE)

    assert _sent(scene) == {"noteId": "9abcdefghi"}


def _at(adapter: Any, address: str) -> Locator:
    found = adapter.match_at(Url(address))
    assert found is not None
    assert not found.final
    assert isinstance(found, Locator)
    return found


def _sent(scene: Scene) -> dict[str, Any]:
    request: httpx.Request = scene.site.seen[-1]
    body: dict[str, Any] = json.loads(request.content)
    return body
