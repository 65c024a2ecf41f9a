"""YouTube, where the contract does not reach: spellings of a video, reasons, what goes out."""

from __future__ import annotations

import json
from collections.abc import Mapping

import httpx
import pytest

from adapters.errors import Misconfigured, NeedsPerson, NotSent, Throttled
from adapters.spec import ContentClass, Url
from tests.adapters.contract.case import KEY, compose, on_stage
from tests.adapters.contract.cases.youtube import CASE, ID, LOOK, REASONS, REPORT, SIGN_IN, VIDEO
from tests.adapters.contract.site import stored, told


@pytest.mark.parametrize(
    "address",
    [
        f"https://www.youtube.com/watch?v={ID}",
        f"http://youtube.com/watch/?feature=share&v={ID}&t=10s",
        f"https://M.YouTube.com./watch?v={ID}#t=1",
        f"https://music.youtube.com/watch?v={ID}&list=RDAMVM{ID}",
        f"https://youtu.be/{ID}?si=example",
        f"https://www.youtube.com/shorts/{ID}/",
        f"https://www.youtube.com/live/{ID}?feature=share",
        f"https://www.youtube.com/v/{ID}",
        f"https://www.youtube-nocookie.com:443/embed/{ID}?autoplay=1",
    ],
)
def test_every_spelling_of_a_video_is_one_thing(address: str) -> None:
    assert CASE.built().match(Url(address)) == VIDEO


def test_capitals_tell_two_videos_apart() -> None:
    assert CASE.built().match(Url(f"https://youtu.be/{ID.lower()}")) != VIDEO


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({}, ("N", "32")),
        ({"content_class": ContentClass.THREAT}, ("V", "37")),
        ({"content_class": ContentClass.THREAT, "depicted_minor": True}, ("N", "33")),
    ],
)
async def test_a_report_names_the_reason_that_fits(
    changes: Mapping[str, object], ids: tuple[str, str]
) -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(compose(VIDEO, **changes), KEY)

    sent = json.loads(scene.site.seen[-1].content)
    assert (sent["videoId"], sent["reasonId"], sent["secondaryReasonId"]) == (ID, *ids)


async def test_a_reason_that_is_no_longer_listed_is_left_to_a_person() -> None:
    scene = on_stage(CASE, {REASONS: told({"items": [{"id": "N", "snippet": {"label": "Sex"}}]})})

    with pytest.raises(NeedsPerson):
        await scene.adapter.send(CASE.notice, KEY)

    assert scene.site.calls(REPORT) == 0


async def test_nothing_is_taken_where_only_reasons_were_asked_for() -> None:
    scene = on_stage(CASE, {REASONS: lambda _request: httpx.Response(204)})

    with pytest.raises(NotSent):
        await scene.adapter.send(CASE.notice, KEY)


async def test_a_refresh_token_that_was_withdrawn_closes_the_lane() -> None:
    scene = on_stage(CASE, {SIGN_IN: stored("youtube/invalid_grant.json", 400)})

    with pytest.raises(Misconfigured):
        await scene.adapter.send(CASE.notice, KEY)


async def test_a_quota_that_is_used_up_keeps_looks_waiting_too() -> None:
    scene = on_stage(CASE, {LOOK: stored("youtube/quota.json", 403)})

    with pytest.raises(Throttled):
        await scene.adapter.look(VIDEO)
