"""The word of whoever holds the rights, through the API, with the desks that there are."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import pytest

from adapters.registry import ADAPTERS
from service.actions.context import Platforms
from service.domain.states import Actor
from service.store.ledger import Rules
from tests.api.house import House, moved, previewed

URL: Final = "https://x.com/examplename/status/1234567890123456789"
PROFILE: Final = {
    "legal_name": "Example Centre",
    "email": "notices@centre.example",
    "address": "1 Example Road",
    "signatory": "Legal desk",
}
WORDS: Final = "I took this photograph of myself."
ITEM: Final = {"url": URL, "rights_holder": True}


@pytest.fixture
async def real(house: House) -> House:
    """The house with every platform that there is, and without a way to the outside."""
    rules = Rules({a.spec.name: a.spec for a in ADAPTERS}, house.ctx.rules.pace)
    house.ctx = dataclasses.replace(house.ctx, rules=rules, platforms=Platforms(ADAPTERS, None))
    moved(house.app, house.ctx, house.readiness)
    tag = (await house.get("/organisation", role=Actor.ADMIN)).headers["etag"]
    changed = await house.call(
        "PATCH", "/organisation", {"profile": PROFILE},
        role=Actor.ADMIN, headers={"If-Match": tag},
    )  # fmt: skip
    assert changed.is_success, changed.text
    return house


async def case(house: House) -> dict[str, Any]:
    return await house.case(statements=[{"kind": "rights", "words": WORDS}])


async def test_a_preview_says_whom_it_goes_to_and_who_else_reads_it(real: House) -> None:
    asked = {"case_id": (await case(real))["id"], "items": [ITEM]}
    reply = await real.post("/takedowns/preview", asked)

    (item,) = previewed(reply.json())
    by_name = {each["addressee"]: each for each in item["preview"]["notices"]}
    platform, rights = by_name["x"], by_name["x_copyright"]
    assert (rights["rung"], rights["channel"], rights["basis"]) == (1, "form", "copyright")
    (reader,) = rights["travels_to"]
    assert reader.startswith("whoever posted it: the whole notice, with name, address")
    told = ["centre_address", "centre_email", "centre_name", "signatory", "statements", "urls"]
    assert rights["discloses"] == told
    assert WORDS in rights["text"]
    assert WORDS not in platform["text"]


async def test_from_the_item_to_what_was_disclosed(real: House) -> None:
    made = await case(real)
    reply = await real.post("/takedowns", {"case_id": made["id"], "items": [ITEM]})
    (item,) = reply.json()["items"]
    shown = (await real.get(f"/takedowns/{item['takedown_id']}")).json()
    (notice,) = [n["id"] for n in shown["notices"] if n["addressee"] == "x_copyright"]
    packet = (await real.get(f"/notices/{notice}")).json()["packet"]
    filing = {"notice_id": notice, "filed_at": real.now().isoformat()}

    (refused,) = (await real.post("/notices/filed", {"items": [filing]})).json()["items"]
    filing["rights_holder"] = True
    (done,) = (await real.post("/notices/filed", {"items": [filing]})).json()["items"]

    assert shown["rights_holder"] is True
    assert packet["form"] == "https://help.x.com/forms/ipi"
    assert WORDS in [step["value"] for step in packet["steps"]]
    assert (refused["status"], refused["problem"]["code"]) == ("failed", "conflict")
    assert (done["status"], done["state"]) == ("done", "sent")
    found = (await real.get(f"/cases/{made['id']}/disclosures")).json()["items"]
    (line,) = [line for line in found if line["addressee"] == "x_copyright"]
    assert line["travels_to"][0].startswith("whoever posted it")
    assert "statements" in line["discloses"]


async def test_a_line_says_why_there_is_no_copyright_notice(real: House) -> None:
    asked = {"case_id": (await real.case())["id"], "items": [ITEM]}
    (previewed,) = (await real.post("/takedowns/preview", asked)).json()["items"]
    (taken,) = (await real.post("/takedowns", asked)).json()["items"]

    for item in (previewed, taken):
        assert item["problem"]["code"] == "no_copyright_notice"
        assert "lacks: rights." in item["problem"]["detail"]
    assert taken["status"] in ("by_hand", "held")


async def test_a_platform_says_whose_content_its_notices_are_about(real: House) -> None:
    shown = (await real.get("/platforms/x_copyright")).json()

    assert shown["rights_in"] == ["x"]
    assert (await real.get("/platforms/x")).json()["rights_in"] == []
