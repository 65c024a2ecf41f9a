"""Pixelfed, where the contract does not reach."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from adapters.errors import WrongAddressee
from adapters.spec import Item, Locator, Url
from tests.adapters.contract.case import KEY, compose, on_stage
from tests.adapters.contract.cases.pixelfed import ACCOUNT, API, AUTHOR, CASE, ID, POST, SITE
from tests.adapters.contract.site import stored


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (f"p/ExampleName/{ID}", ID),
        (f"i/web/post/{ID}", ID),
        ("p/niwp7sMUuH", ID),
        ("examplename", "@examplename"),
        ("@ExampleName", "@examplename"),
        ("users/examplename", "@examplename"),
        ("@examplename@pixelfed.example", "@examplename"),
        (f"i/web/profile/{AUTHOR}", AUTHOR),
    ],
)
def test_spellings_of_one_thing_meet(path: str, key: str) -> None:
    locator = CASE.built().match(Url(f"{SITE}/{path}"))

    assert locator is not None
    assert locator.key == f"pixelfed.example/{key}"


def test_other_instances_are_not_claimed_as_reports_do_not_travel() -> None:
    assert CASE.built().match_at(Url(f"https://other.example/p/examplename/{ID}")) is None


async def test_a_copy_of_what_lives_elsewhere_is_not_its_to_take_down() -> None:
    copy = "712345678901234568"
    answer = {f"GET {API}/v1/statuses/{copy}": stored("pixelfed/status_remote.json")}
    scene = on_stage(CASE, answer)
    asked = scene.adapter.match(Url(f"{SITE}/i/web/post/{copy}"))
    assert asked is not None

    found = await scene.adapter.resolve(asked)

    assert found.url == "https://other.example/users/examplename/statuses/98"
    with pytest.raises(WrongAddressee):
        await scene.adapter.send(compose(found), KEY)
    assert scene.site.calls(CASE.report) == 0


@pytest.mark.parametrize(("locator", "kind"), [(POST, "post"), (ACCOUNT, "user")])
async def test_a_report_is_about_a_post_or_an_account(locator: Locator, kind: str) -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(replace(CASE.notice, items=(Item("r1", locator),)), KEY)

    assert json.loads(scene.site.seen[-1].content) == {
        "report_type": "abusive",
        "object_id": locator.parts["id"],
        "object_type": kind,
        "message": "[EF-7K2M9Q] Intimate images published without consent. "
        "Canary Centre, canary@centre.example",
    }


async def test_words_that_do_not_fit_keep_our_reference() -> None:
    scene = on_stage(CASE)

    await scene.adapter.send(compose(POST, subject="é" * 300), KEY)

    message = json.loads(scene.site.seen[-1].content)["message"]
    assert message.startswith("[EF-7K2M9Q] éé")
    assert 253 < len(message.encode()) <= 255
