"""Cloudflare: which form is filled in for whom, and one refused address among many."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.errors import AlreadyReported, NeedsPerson, Refused, WrongAddressee
from adapters.spec import ContentClass, Item, Kind, Notice, Statement
from tests.adapters.contract.case import KEY, compose, on_stage, thing
from tests.adapters.contract.cases.cloudflare import API, CASE, PAGE, REPORT
from tests.adapters.contract.site import stored

HOST = "example-site.pages.dev"
DEDUPE = stored("cloudflare/dedupe.json")


def several(*numbers: int) -> Notice:
    things = (thing("cloudflare", f"{HOST}/p/{n}", f"https://{HOST}/p/{n}") for n in numbers)
    notice = compose(PAGE)
    return replace(notice, items=tuple(Item(f"r{i}", each) for i, each in enumerate(things)))


async def filled_in(notice: Notice, act: str) -> dict[str, Any]:
    scene = on_stage(CASE, {f"POST {API}/{act}": CASE.routes[REPORT]})
    await scene.adapter.send(notice, KEY)
    form = json.loads(scene.site.seen[0].content)
    assert form["act"] == act
    assert isinstance(form, dict)
    return form


async def test_an_adult_is_reported_without_our_name_to_the_host_and_not_to_the_owner() -> None:
    form = await filled_in(compose(PAGE), "abuse_ncsei")

    assert form["ncsei_subject_representation"] is False
    assert (form["host_notification"], form["owner_notification"]) == ("send-anon", "none")
    assert form["email"] == form["email2"] == "canary@centre.example"
    assert "Canary" not in form["comments"]
    assert "canary@" not in form["comments"]
    assert form.keys() <= {
        *("act", "name", "email", "email2", "urls", "host_notification", "owner_notification"),
        *("ncsei_subject_representation", "comments"),
    }


async def test_a_minor_is_reported_as_one_and_the_owner_is_not_told() -> None:
    form = await filled_in(compose(PAGE, depicted_minor=True), "abuse_children")

    assert (form["ncmec_notification"], form["owner_notification"]) == ("send-anon", "none")
    assert "[EF-7K2M9Q]" in form["justification"]


async def test_personal_details_are_a_general_report() -> None:
    details = compose(PAGE, content_class=ContentClass.PERSONAL_DETAILS)

    form = await filled_in(details, "abuse_general")

    assert form["owner_notification"] == "send-anon"
    assert "[EF-7K2M9Q]" in form["justification"]


async def test_addresses_stand_on_lines_each_once() -> None:
    form = await filled_in(several(1, 2, 1), "abuse_ncsei")

    assert form["urls"] == f"https://{HOST}/p/1\nhttps://{HOST}/p/2"


def of_site(number: int, **parts: str) -> Item:
    address = f"https://www.iana.org/p/{number}"
    key = address.removeprefix("https://")
    return Item(f"r{number}", thing("site", key, address, Kind.POST, **parts))


async def test_a_site_behind_it_is_reported_as_one_of_its_own_hosts_is() -> None:
    items = tuple(of_site(number, network="cloudflare") for number in (1, 2))

    form = await filled_in(replace(compose(PAGE), items=items), "abuse_ncsei")

    assert form["urls"] == "https://www.iana.org/p/1\nhttps://www.iana.org/p/2"
    assert (form["host_notification"], form["owner_notification"]) == ("send-anon", "none")


@pytest.mark.parametrize("parts", [{}, {"network": "EXAMPLE-HOSTING"}, {"network": ""}])
async def test_it_is_not_asked_about_a_site_that_is_not_behind_it(parts: dict[str, str]) -> None:
    scene = on_stage(CASE)
    items = (of_site(1, network="cloudflare"), of_site(2, **parts))

    with pytest.raises(WrongAddressee) as raised:
        await scene.adapter.send(replace(compose(PAGE), items=items), KEY)

    assert raised.value.ref == "r2"
    assert scene.site.seen == []


async def test_words_that_do_not_fit_are_refused_not_cut() -> None:
    scene = on_stage(CASE)
    long = (Statement("no_consent", "x" * 2000, "en"),)

    with pytest.raises(Refused, match="text_too_long"):
        await scene.adapter.send(compose(PAGE, statements=long), KEY)

    assert scene.site.seen == []


async def test_one_address_reported_before_is_not_said_of_the_others() -> None:
    scene = on_stage(CASE, {REPORT: DEDUPE})

    with pytest.raises(AlreadyReported) as raised:
        await scene.adapter.send(several(2, 1), KEY)

    assert raised.value.ref == "r1"


@pytest.mark.parametrize("answer", [DEDUPE, stored("cloudflare/dedupe.json", 409)])
async def test_which_address_was_reported_before_is_never_guessed(answer: Any) -> None:
    scene = on_stage(CASE, {REPORT: answer})

    with pytest.raises(NeedsPerson):
        await scene.adapter.send(several(2, 3), KEY)
