"""VK, where the contract does not reach: spellings, what each kind of thing is reported with."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

import pytest

from adapters.errors import ContentGone, NeedsPerson, NotSent
from adapters.spec import ContentClass, Locator
from tests.adapters.contract.case import KEY, compose, found, on_stage
from tests.adapters.contract.cases.vk import (
    ACCOUNT,
    API,
    CASE,
    COMMENT,
    GROUP,
    NAMES,
    PHOTO,
    POST,
    SITE,
    VIDEO,
)
from tests.adapters.contract.site import stored


@pytest.mark.parametrize(
    ("address", "thing"),
    [
        ("http://M.VK.com./wall-12345_678?from=feed", POST),
        (f"{SITE}/examplename?w=wall-12345_678", POST),
        (f"{SITE}/wall-12345_678?reply=901&thread=900", COMMENT),
        (f"{SITE}/examplename?z=photo12345_678%2Fwall-12345_9", PHOTO),
        ("https://vk.ru:443/clip-12345_678", VIDEO),
        (f"{SITE}/clips-12345?z=clip-12345_678", VIDEO),
        (f"{SITE}/videos-12345?z=video-12345_678%2Fpl_-12345_-2", VIDEO),
        (f"{SITE}/video_ext.php?oid=-12345&id=678&hash=0123456789abcdef", VIDEO),
        ("https://vkvideo.ru/video-12345_678", VIDEO),
        (f"{SITE}/id12345", ACCOUNT),
        (f"{SITE}/public6789", GROUP),
    ],
)
def test_every_spelling_of_a_thing_is_one(address: str, thing: Locator) -> None:
    locator = found(CASE, address)

    assert (locator.kind, locator.key, locator.parts) == (thing.kind, thing.key, thing.parts)


MINOR = {"depicted_minor": True}
THREAT = {"content_class": ContentClass.THREAT}


@pytest.mark.parametrize(
    ("thing", "changes", "method", "sent"),
    [
        (POST, {}, "wall.reportPost", {"owner_id": "-12345", "post_id": "678", "reason": "5"}),
        (POST, MINOR, "wall.reportPost", {"owner_id": "-12345", "post_id": "678", "reason": "1"}),
        (
            COMMENT,
            THREAT,
            "wall.reportComment",
            {"owner_id": "-12345", "comment_id": "901", "reason": "6"},
        ),
        (PHOTO, {}, "photos.report", {"owner_id": "12345", "photo_id": "678", "reason": "5"}),
        (ACCOUNT, {}, "users.report", {"user_id": "12345", "type": "porn"}),
        (ACCOUNT, THREAT, "users.report", {"user_id": "12345", "type": "insult"}),
    ],
)
async def test_each_kind_goes_out_by_its_own_method(
    thing: Locator, changes: Mapping[str, object], method: str, sent: Mapping[str, str]
) -> None:
    scene = on_stage(CASE, {f"POST {API}/{method}": stored("vk/reported.json")})

    await scene.adapter.send(compose(thing, **changes), KEY)

    form = dict(parse_qsl(scene.site.seen[-1].content.decode()))
    words = form.pop("comment", "")
    assert form == {**sent, "v": "5.199"}
    assert ("EF-7K2M9Q" in words) is (thing is ACCOUNT)


async def test_a_community_is_left_to_a_person() -> None:
    scene = on_stage(CASE, {NAMES: stored("vk/name_group.json")})

    locator = await scene.adapter.resolve(found(CASE, f"{SITE}/examplename"))

    assert locator == GROUP
    with pytest.raises(NeedsPerson):
        await scene.adapter.send(compose(locator), KEY)


@pytest.mark.parametrize(
    ("reply", "error"),
    [("name_none", ContentGone), ("not_found", ContentGone), ("server_error", NotSent)],
)
async def test_a_name_that_nobody_has_is_told_from_one_that_could_not_be_asked(
    reply: str, error: type[Exception]
) -> None:
    scene = on_stage(CASE, {NAMES: stored(f"vk/{reply}.json")})

    with pytest.raises(error):
        await scene.adapter.resolve(found(CASE, f"{SITE}/examplename"))
