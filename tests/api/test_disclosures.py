"""Who received what about a case: through the API, by interface and by form."""

from __future__ import annotations

import dataclasses
from typing import Any, Final
from uuid import uuid4

import pytest

from adapters.errors import Refused, Throttled, Uncertain
from adapters.spec import Field
from service.domain.states import Actor
from service.store.unit import Unit
from tests.api.house import PROFILE, Example, House

PLACE: Final = "c4n4ry-place"
SECRETS: Final = {
    "reference": "c4n4ry-reference",
    "who": "C4n4ry Name",
    "words": "c4n4ry-words",
    "checked_by": "C4n4ry Colleague",
    "number": "c4n4ry-number",
    "how": "c4n4ry-how",
}
STATEMENT: Final = {"kind": "good_faith", "words": SECRETS["words"], "who": SECRETS["who"]}


async def read(house: House, case: dict[str, Any], **more: Any) -> dict[str, Any]:
    reply = await house.get(f"/cases/{case['id']}/disclosures", **more)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


async def case_of_all(house: House) -> dict[str, Any]:
    """A case with every secret, three addresses at the interface and two at the form."""
    case = await house.case(
        SECRETS["reference"],
        statements=[STATEMENT],
        mandate={"kind": "self", "checked_by": SECRETS["checked_by"]},
    )
    urls = [f"https://example.com/{PLACE}/{n}" for n in range(3)]
    urls += [f"https://form.example/{PLACE}/{n}" for n in range(2)]
    reply = await house.post("/takedowns", {"case_id": case["id"], "items": urls})
    assert reply.status_code == 202
    return case


async def file(house: House, case: dict[str, Any]) -> str:
    """File the case's form; returns its notice."""

    async def waiting(u: Unit) -> Any:
        where = "SELECT id FROM notices WHERE case_id = :id AND state = 'by_hand'"
        return (await u.run(where, id=case["id"])).scalar_one()

    notice = str(await house.store.read(waiting))
    filed = {"notice_id": notice, "filed_at": house.now().isoformat(),
             "reference": SECRETS["number"], "how": SECRETS["how"]}  # fmt: skip
    assert (await house.post("/notices/filed", {"items": [filed]})).is_success
    return notice


async def test_each_addressee_has_one_line_with_what_it_was_told(house: House) -> None:
    await house.set_up()
    case = await case_of_all(house)
    before = house.now()
    await house.work()
    await file(house, case)

    found = await read(house, case)

    example, form = found["items"]
    times = {example.pop("first_at"), example.pop("last_at"), form.pop("first_at")}
    assert all(before.isoformat() < at for at in times)
    assert example == {
        "addressee": "example", "title": "Example", "channel": "api", "country": "",
        "sent_to": "example.com", "travels_to": [],
        "discloses": ["centre_email", "centre_name", "statements", "urls"],
        "addresses": 3, "messages": 3, "purposes": {"first": 3},
        "arrivals": [{"arrival": "sent", "messages": 3, "addresses": 3}],
    }  # fmt: skip
    assert (form["addressee"], form["channel"], form["addresses"]) == ("form", "form", 2)
    assert form["discloses"] == ["centre_email", "centre_name", "urls"]
    assert form["arrivals"] == [{"arrival": "stated_by_person", "messages": 1, "addresses": 2}]
    assert (found["case_id"], found["prepared"], found["by_other_cases"]) == (case["id"], [], [])


async def test_what_is_prepared_stands_apart_until_it_leaves(house: House) -> None:
    await house.set_up()
    case = await case_of_all(house)

    waits = await read(house, case)
    await house.work()
    after = await read(house, case)

    lines = [(line["addressee"], line["title"], line["messages"]) for line in waits["prepared"]]
    assert (waits["items"], lines) == ([], [("example", "Example", 3), ("form", "Form", 1)])
    assert [line["addressee"] for line in after["items"]] == ["example"]
    assert [line["addressee"] for line in after["prepared"]] == ["form"]


async def test_a_form_that_was_not_filed_after_all_told_nobody(house: House) -> None:
    case = await case_of_all(house)
    notice = await file(house, case)
    told = await read(house, case)
    decision = {"notice_id": notice, "decision": "not_filed"}
    assert (await house.post("/notices/decide", {"items": [decision]})).is_success

    found = await read(house, case)

    assert [line["addressee"] for line in told["items"]] == ["form"]
    assert found["items"] == []


async def test_no_address_no_words_and_no_name_are_in_it(house: House) -> None:
    await house.set_up()
    case = await case_of_all(house)
    await house.work()
    await file(house, case)

    text = (await house.get(f"/cases/{case['id']}/disclosures")).text

    assert [line for line in ("example", "form") if f'"addressee":"{line}"' in text]
    for secret in (PLACE, "://", "their-1", *SECRETS.values(), *PROFILE.values()):
        assert secret not in text


@pytest.mark.parametrize(
    ("error", "arrivals", "prepared"),
    [
        (Uncertain("read_timeout"), ["perhaps_sent"], []),
        (Refused("http_422"), ["rejected"], []),
        (Throttled("http_429"), [], ["example"]),
    ],
    ids=["doubtful", "read_and_refused", "surely_not_taken"],
)
async def test_it_says_how_sure_it_is_that_it_arrived(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    arrivals: list[str],
    prepared: list[str],
) -> None:
    async def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(Example, "send", fails)
    await house.set_up()
    case = await house.case()
    await house.takedown(case["id"])

    await house.work()

    found = await read(house, case)
    assert [a["arrival"] for line in found["items"] for a in line["arrivals"]] == arrivals
    assert [line["addressee"] for line in found["prepared"]] == prepared


async def test_the_preview_names_the_fields_that_then_go_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = dataclasses.replace(Example.spec, discloses=tuple(Field), travels_to=("Lumen",))
    monkeypatch.setattr(Example, "spec", every)
    monkeypatch.setitem(house.ctx.rules.specs, "example", every)
    await house.set_up()
    case = await house.case(depicted_as="adult", statements=[STATEMENT])
    body = {"case_id": case["id"], "items": ["https://example.com/1"]}

    shown = (await house.post("/takedowns/preview", body)).json()["items"][0]["preview"]
    assert (await house.post("/takedowns", body)).is_success
    await house.work()

    (before,), (after,) = shown["notices"], (await read(house, case))["items"]
    # the centre has neither address nor signatory, and the person shown is an adult
    expected = ["centre_email", "centre_name", "content_class", "statements", "urls"]
    assert before["discloses"] == after["discloses"] == expected
    assert before["travels_to"] == after["travels_to"] == ["Lumen"]


async def test_another_centres_case_is_not_there(house: House) -> None:
    case = await house.case()

    theirs = await house.get(f"/cases/{case['id']}/disclosures", centre=house.theirs)
    nobodys = await house.get(f"/cases/{uuid4()}/disclosures")

    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert theirs.json()["detail"] == nobodys.json()["detail"]


async def test_each_read_is_one_line_of_the_record(house: House) -> None:
    await house.set_up()
    case = await case_of_all(house)
    await house.work()
    before = await house.rows("entries")

    await read(house, case, role=Actor.SUPERVISOR)

    async def newest(u: Unit) -> Any:
        return (await u.run("SELECT * FROM entries ORDER BY recorded_at DESC, id DESC")).first()

    entry = await house.store.read(newest)
    assert (await house.rows("entries"))["entries"] == before["entries"] + 1
    assert (entry.event, entry.actor) == ("disclosures_read", "supervisor")
    assert str(entry.case_id) == case["id"]
