"""Figures on how platforms complied: who may read them, in which forms, and what they leave out."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from service.api import sheets
from service.domain.cells import FEWEST
from service.domain.figures import SENTENCE
from service.domain.states import Actor
from service.store.unit import Unit
from tests.api.house import House

PATH: Final = "/compliance/platforms"
AUDITOR: Final = Actor.AUDITOR
HIDDEN: Final = {"requests": None, "cases": None, "suppressed": True}


def cell(requests: int, cases: int) -> dict[str, Any]:
    return {"requests": requests, "cases": cases, "suppressed": False}


async def asked(house: House, cases: int, links: int = 1) -> list[str]:
    """Takedowns that the example platform was asked about: so many cases, and links of each."""
    await house.set_up()
    made = []
    for n in range(cases):
        case = await house.case(f"case-{n}")
        made += [
            await house.takedown(case["id"], f"https://example.com/{n}-{link}")
            for link in range(links)
        ]
    await house.work()
    return made


async def say(house: House, takedown: str, answer: str) -> None:
    request = (await house.get(f"/takedowns/{takedown}")).json()["requests"][0]
    reply = await house.post("/answers", {"request_ids": [request["id"]], "answer": answer})
    assert reply.json()["requests"][0]["moved"], reply.text


async def see(house: House, takedown: str, seen: str) -> None:
    body = {"seen": seen, "seen_at": house.now().isoformat()}
    reply = await house.post(f"/takedowns/{takedown}/observations", body)
    assert reply.is_success, reply.text


async def read(house: House, query: str = "") -> dict[str, dict[str, Any]]:
    reply = await house.get(f"{PATH}{query}", role=AUDITOR)
    assert reply.status_code == 200, reply.text
    return {item["platform"]: item for item in reply.json()["items"]}


async def lines(house: House) -> list[dict[str, str]]:
    reply = await house.get(f"{PATH}?format=csv", role=AUDITOR)
    return list(csv.DictReader(io.StringIO(reply.text, newline="")))


async def test_what_was_asked_said_and_seen_is_counted_apart(house: House) -> None:
    takedowns = await asked(house, 6, 2)
    for takedown in takedowns[:10]:
        await say(house, takedown, "says_removed")
        await see(house, takedown, "gone")

    found = (await read(house))["example"]

    assert found["asked"] == cell(12, 6)
    # the two that were not answered are about one case: what was answered would give them away
    assert found["answered"] == found["nothing_said"] == HIDDEN
    assert found["gone_after_word"] == found["not_seen"] == HIDDEN
    assert found["gone_without_word"] == found["withdrawn"] == found["not_reached"] == cell(0, 0)


async def test_what_all_did_is_shown_with_its_times(house: House) -> None:
    for takedown in await asked(house, 5):
        house.ahead = timedelta(hours=10)
        await say(house, takedown, "says_removed")
        await see(house, takedown, "up")
        house.ahead = timedelta(hours=30)
        await see(house, takedown, "gone")
        house.ahead = timedelta()
    house.ahead = timedelta(hours=31)

    found = (await read(house))["example"]

    assert found["answered"] == found["says_removed"] == found["gone_after_word"] == cell(5, 5)
    assert found["up"] == found["reappeared"] == found["no_answer"] == cell(0, 0)
    assert found["to_gone"] == {"lower_hours": 10.0, "upper_hours": 30.0, "suppressed": False}
    assert found["to_answer"] == {"lower_hours": 0.0, "upper_hours": 10.0, "suppressed": False}
    own = next(clock for clock in found["answer_clocks"] if clock["kind"] == "own")
    assert (own["met"], own["passed"]) == (cell(5, 5), cell(0, 0))


async def test_what_came_back_is_counted_as_gone_and_as_reappeared(house: House) -> None:
    for takedown in await asked(house, 5):
        await see(house, takedown, "gone")
        await see(house, takedown, "up")

    found = (await read(house))["example"]

    assert found["gone_without_word"] == found["reappeared"] == cell(5, 5)


async def test_what_is_withdrawn_is_neither_theirs_nor_gone(house: House) -> None:
    for takedown in await asked(house, 5):
        await see(house, takedown, "gone")
        assert (await house.post(f"/takedowns/{takedown}/withdraw", {"reason": "other"})).is_success

    found = (await read(house))["example"]

    assert found["withdrawn"] == cell(5, 5)
    assert found["gone_without_word"] == cell(0, 0)


async def test_few_cases_look_like_none(house: House) -> None:
    await asked(house, FEWEST - 1, 3)

    found = await read(house)

    assert all(v["suppressed"] for v in found["example"].values() if isinstance(v, dict))
    assert {k: v for k, v in found["form"].items() if isinstance(v, dict)} == {
        k: v for k, v in found["example"].items() if isinstance(v, dict)
    }


async def test_platforms_come_by_name_and_the_sentence_comes_along(house: House) -> None:
    await asked(house, 5)

    body = (await house.get(PATH, role=AUDITOR)).json()

    assert [item["platform"] for item in body["items"]] == ["example", "form"]
    assert [item["channel"] for item in body["items"]] == ["api", "form"]
    assert body["note"] == SENTENCE
    assert body["fewest_cases"] == FEWEST


async def test_the_window_is_by_when_it_was_asked(house: House) -> None:
    await asked(house, 5)
    today = house.now().date()
    behind, ahead = today + timedelta(days=1), today + timedelta(days=90)

    inside = await read(house, f"?from={today}&until={behind}")
    outside = await read(house, f"?from={behind}&until={ahead}")

    assert inside["example"]["asked"] == cell(5, 5)
    assert outside["example"]["asked"] == HIDDEN


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("from=2026-01-02&until=2026-01-02", "#/query/until"),
        ("from=2020-01-01&until=2026-01-01", "#/query/from"),
        ("from=yesterday", "#/query/from"),
        ("from=1764115200", "#/query/from"),
        ("until=2026-02-30", "#/query/until"),
        ("until=0001-01-01", "#/query/until"),
        ("format=xlsx", "#/query/format"),
        ("sort=rate", "#/query/sort"),
    ],
)
async def test_a_wrong_question_is_refused(house: House, query: str, place: str) -> None:
    reply = await house.get(f"{PATH}?{query}", role=AUDITOR)

    assert reply.status_code == 400, reply.text
    assert [e["pointer"] for e in reply.json()["errors"]] == [place]


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("", None, "application/json"),
        ("", "*/*", "application/json"),
        ("", "text/csv", "text/csv"),
        ("", "application/json;q=0.5, text/csv", "text/csv"),
        ("", "text/csv;q=0.5, application/json", "application/json"),
        ("?format=csv", "application/json", "text/csv"),
        ("?format=json", "text/csv", "application/json"),
        ("", "text/html", "application/json"),
        ("", ";;q=,", "application/json"),
    ],
)
async def test_the_form_is_what_is_asked_for(
    house: House, query: str, accept: str | None, kind: str
) -> None:
    headers = {"Accept": accept} if accept else {}

    reply = await house.get(f"{PATH}{query}", role=AUDITOR, headers=headers)

    assert reply.status_code == 200
    assert reply.headers["content-type"].split(";")[0] == kind
    assert reply.headers["vary"] == "Accept"


async def test_the_sheet_says_the_same_and_each_line_says_what_it_is(house: House) -> None:
    for takedown in await asked(house, 6):
        await say(house, takedown, "refused")

    sheet = await lines(house)

    found = {(line["platform"], line["figure"]): line for line in sheet}
    refused, gone = found["example", "refused"], found["form", "gone_after_word"]
    assert (refused["requests"], refused["cases"], refused["suppressed"]) == ("6", "6", "false")
    assert (gone["requests"], gone["cases"], gone["suppressed"]) == ("", "", "true")
    assert found["example", "answer_clock_own_met"]["requests"] == "6"
    assert found["example", "to_gone"]["lower_hours"] == "0.0"
    assert {line["note"] for line in sheet} == {SENTENCE}
    assert len(found) == len(sheet)


async def test_the_sheet_is_a_file_in_the_form_of_rfc_4180(house: House) -> None:
    reply = await house.get(f"{PATH}?from=2026-01-01&until=2026-02-01&format=csv", role=AUDITOR)

    assert reply.headers["content-disposition"] == (
        'attachment; filename="compliance-2026-01-01-2026-02-01.csv"'
    )
    assert reply.content.count(b"\n") == reply.content.count(b"\r\n") > 1
    assert reply.content.endswith(b"\r\n")


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d"])
def test_no_text_becomes_a_formula(first: str) -> None:
    made = sheets.text(["a"], [[f'{first}HYPERLINK("x","y")']])

    (_, (value,)) = csv.reader(io.StringIO(made, newline=""))
    assert value.startswith("'")


async def test_one_read_is_one_line_of_the_record_with_a_count(house: House) -> None:
    await asked(house, 5, 2)
    before = await house.rows("entries")

    await house.get(PATH, role=AUDITOR)

    async def newest(u: Unit) -> Any:
        return (await u.run("SELECT * FROM entries ORDER BY recorded_at DESC, id DESC")).first()

    entry = await house.store.read(newest)
    assert (await house.rows("entries"))["entries"] == before["entries"] + 1
    assert (entry.event, entry.actor, entry.case_id) == ("compliance_read", "auditor", None)
    assert entry.commitment
    assert entry.organisation_id == UUID(str(house.ours.id))


async def test_no_figure_is_of_another_centre(house: House) -> None:
    await asked(house, 6)

    theirs = await house.get(PATH, role=AUDITOR, centre=house.theirs)

    assert all(item["asked"] == HIDDEN for item in theirs.json()["items"])
