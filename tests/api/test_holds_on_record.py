"""Every hold leaves its lines, with what was said then: set, renewed, ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.spec import Grade, Receipt
from service.actions import send_notice, upkeep
from service.domain.states import Actor, Event
from service.store import entries, keys
from service.store.unit import Unit
from tests.api.house import House

ON_RECORD = ("hold_set", "hold_renewed", "hold_ended")


async def hold(house: House, takedown: str, **body: Any) -> Any:
    house.ahead += timedelta(minutes=1)
    reply = await house.post(f"/takedowns/{takedown}/hold", body, role=Actor.SUPERVISOR)
    assert reply.status_code == 200, reply.text
    return reply.json()["holds"]


def after(house: House, hours: int) -> str:
    return (house.now() + timedelta(hours=hours)).isoformat()


async def story(house: House, takedown: str, role: Actor = Actor.CASE_WORKER) -> Any:
    reply = await house.get(f"/takedowns/{takedown}/timeline?limit=500", role=role)
    lines = [
        line for line in reply.json()["items"] if line["event"] in (*ON_RECORD, "release_open")
    ]
    return [(line["text"], line["words"]) for line in lines]


async def test_a_hold_that_is_renewed_keeps_what_it_was_and_shows_what_it_is(house: House) -> None:
    takedown = await house.takedown((await house.case())["id"])
    police = {"kind": "police", "authority": "KNPA", "file": "7", "until": after(house, 20)}
    await hold(house, takedown, **police)
    later = {"authority": "Prosecutor", "file": "8", "until": after(house, 60)}

    (shown,) = await hold(house, takedown, **{**police, **later})

    assert shown["detail"] == {"authority": "Prosecutor", "file": "8"}
    assert datetime.fromisoformat(shown["until"]) > house.now() + timedelta(hours=50)
    first, second = await story(house, takedown)
    assert first[0].startswith("It is held: nothing leaves until ")
    assert second[0].startswith("The hold was renewed until ")
    assert (first[1], second[1]) == ("KNPA | 7", "Prosecutor | 8")


async def test_what_is_not_given_anew_stays(house: House) -> None:
    takedown = await house.takedown((await house.case())["id"])
    (before,) = await hold(
        house, takedown, kind="safety", until=after(house, 9), reason="she fears an attack"
    )

    (after_it,) = await hold(house, takedown, kind="safety")

    assert after_it["until"] == before["until"]
    assert after_it["detail"] == {"reason": "she fears an attack"}


async def test_the_record_commits_to_each(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])
    await hold(house, takedown, kind="safety", reason="one")
    await hold(house, takedown, kind="disputed", reason="two")
    await hold(house, takedown, kind="disputed", reason="three")
    await house.post(f"/takedowns/{takedown}/release", {"kind": "safety"})

    async def work(u: Unit) -> list[Any]:
        rows = await u.run(
            "SELECT * FROM entries WHERE event IN ('hold', 'hold_set', 'hold_renewed',"
            " 'hold_ended') ORDER BY recorded_at, id"
        )
        found = []
        for row in rows:
            key = await keys.case_key(u, row.case_id)
            facts = dict(entries.facts_of(key, row.id, row.sealed))
            assert facts.pop("takedown", takedown) == takedown
            found.append((row.event, row.reason, facts.get("detail"), row.actor))
        return found

    assert await house.store.read(work) == [
        ("hold", "safety", {"reason": "one"}, "supervisor"),
        ("hold_set", "disputed", {"reason": "two"}, "supervisor"),
        ("hold_renewed", "disputed", {"reason": "three"}, "supervisor"),
        ("hold_ended", "safety", None, "case_worker"),
    ]


async def test_each_of_two_holds_begins_and_ends_in_the_story(house: House) -> None:
    takedown = await house.takedown((await house.case())["id"])
    await hold(house, takedown, kind="safety", reason="one")
    await hold(house, takedown, kind="disputed")
    for kind in ("safety", "disputed"):
        house.ahead += timedelta(minutes=1)
        await house.post(f"/takedowns/{takedown}/release", {"kind": kind}, role=Actor.SUPERVISOR)

    assert await story(house, takedown) == [
        ("It is held: nothing leaves. (safety)", "one"),
        ("It is held: nothing leaves. (disputed)", None),
        ("The hold ended. (safety)", None),
        ("The last hold ended; it goes on. (disputed)", None),
    ]
    assert [words for _, words in await story(house, takedown, Actor.AUDITOR)] == [None] * 4


async def test_what_it_began_with_and_a_pause_are_lines_too(house: House) -> None:
    case = await house.case(consent=[], person_now="minor")
    takedown = await house.takedown(case["id"])
    house.ahead += timedelta(minutes=1)
    await house.post(f"/cases/{case['id']}/pause", {"reason": "she asked for time"})
    house.ahead += timedelta(minutes=1)
    await house.post(f"/takedowns/{takedown}/withdraw", {"reason": "consent", "how": "by phone"})

    lines = (await house.get(f"/takedowns/{takedown}/timeline")).json()["items"]

    said = [line["text"] for line in lines]
    for kind in ("consent", "age", "paused"):
        assert said.count(f"It is held: nothing leaves. ({kind})") == 1
        assert said.count(f"The hold ended. ({kind})") == 1
    assert [line["state"] for line in lines if line["event"] == "hold_set"].count("held") == 2
    words = {line["event"]: line["words"] for line in lines}
    assert words["withdraw"] == "by phone"
    assert "she asked for time" in {line["words"] for line in lines}
    assert len({line["id"] for line in lines}) == len(lines)


async def test_judging_a_case_again_is_no_news_and_takes_an_end_away(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])
    await hold(house, takedown, kind="consent", until=after(house, 9))
    path = f"/cases/{case['id']}"
    withdrawn = {"withdrawn_at": house.now().isoformat()}

    house.ahead += timedelta(minutes=1)
    await house.post(f"{path}/consent", withdrawn)
    for urgent in (True, False):
        house.ahead += timedelta(minutes=1)
        etag = (await house.get(path)).headers["etag"]
        await house.call("PATCH", path, {"urgent": urgent}, headers={"If-Match": etag})
    given_an_end = await house.post(
        f"/takedowns/{takedown}/hold", {"kind": "consent", "until": after(house, 1)}
    )
    house.ahead += timedelta(hours=20)
    await upkeep.end_holds(house.ctx)

    assert (given_an_end.status_code, given_an_end.json()["code"]) == (409, "conflict")
    assert (await house.get(f"/takedowns/{takedown}")).json()["state"] == "held"
    assert len(await story(house, takedown)) == 2


# What else the story says


async def texts(house: House, takedown: str) -> list[str]:
    reply = await house.get(f"/takedowns/{takedown}/timeline?limit=500")
    return [line["text"] for line in reply.json()["items"]]


async def test_a_message_is_called_what_it_is_for(house: House) -> None:
    takedown = await house.takedown((await house.case())["id"], "https://form.example/1")
    (form,) = (await house.get("/todo")).json()["items"]
    filed = {"notice_id": form["notice_id"], "filed_at": house.now().isoformat()}
    await house.post("/notices/filed", {"items": [filed]})
    await house.post(f"/takedowns/{takedown}/withdraw", {"reason": "wrong_url"})

    said = await texts(house, takedown)

    assert "A message to Form was prepared." in said
    assert "A message taking it back to Form was prepared." in said


async def test_nothing_is_said_to_be_clear_where_nobody_is_known(house: House) -> None:
    case = await house.case()
    known = await house.takedown(case["id"])
    unknown = await house.takedown(case["id"], "https://nobody.example/")

    assert "It is clear what the address stands for." in await texts(house, known)
    said = await texts(house, unknown)
    assert "It is not known who could be asked about the address." in said
    assert "It is clear what the address stands for." not in said


@pytest.mark.parametrize(
    ("grade", "sentence"),
    [
        (Grade.HANDED_TO_RELAY, "The message to Example was handed to the mail relay."),
        (Grade.ACCEPTED_BY_ADDRESSEE, "The message to Example arrived."),
    ],
)
async def test_a_relay_is_not_yet_the_addressee(house: House, grade: Grade, sentence: str) -> None:
    await house.set_up()
    takedown = await house.takedown((await house.case())["id"])
    (started,) = await send_notice.start(house.ctx, f"example/{house.ours.id}", 50)
    came = send_notice.Result(started, Event.ACCEPTED, house.now(), receipt=Receipt("<1@x>", grade))

    await send_notice.record_results(house.ctx, [came])

    assert [t for t in await texts(house, takedown) if "message to Example" in t][-1] == sentence
