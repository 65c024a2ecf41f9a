"""What the list of things that wait says can be done, by the calls and ids that it names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from service.actions import send_notice, upkeep
from service.actions.queries.todo import KINDS
from service.domain.states import Actor
from service.store.unit import Unit
from tests.api.house import House

URL: Final = "https://example.com/1"
FORM: Final = "https://form.example/1"
STATEMENTS: Final = [
    {"kind": kind, "words": "It is so.", "language": "en", "who": "a lawyer"}
    for kind in ("good_faith", "no_consent", "authority")
]
Made = Callable[[House], Awaitable[None]]
Call = tuple[Any, Actor]


async def todo(house: House, query: str = "?limit=500") -> list[dict[str, Any]]:
    reply = await house.get(f"/todo{query}", role=Actor.SUPERVISOR)
    assert reply.status_code == 200, reply.text
    return list(reply.json()["items"])


async def kinds(house: House) -> list[str]:
    return [line["kind"] for line in await todo(house)]


async def read(house: House, takedown: str) -> dict[str, Any]:
    return dict((await house.get(f"/takedowns/{takedown}")).json())


async def change(house: House, path: str, body: Any, role: Actor = Actor.CASE_WORKER) -> None:
    etag = (await house.get(path)).headers["etag"]
    reply = await house.call("PATCH", path, body, role=role, headers={"If-Match": etag})
    assert reply.status_code == 200, reply.text


async def say(house: House, body: Any) -> None:
    reply = await house.post("/answers", body)
    assert reply.status_code == 200, reply.text


async def decide(house: House, notice: str, decision: str) -> None:
    body = {"items": [{"notice_id": notice, "decision": decision}]}
    reply = await house.post("/notices/decide", body, role=Actor.SUPERVISOR)
    assert reply.json()["items"][0]["status"] == "done", reply.text


async def see(house: House, takedown: str, seen: str) -> None:
    house.ahead += timedelta(minutes=1)
    body = {"seen": seen, "seen_at": house.now().isoformat()}
    reply = await house.post(f"/takedowns/{takedown}/observations", body)
    assert reply.status_code == 200, reply.text


async def asked(house: House, *more: str) -> dict[str, Any]:
    """A takedown whose platform was asked."""
    await house.set_up()
    case = await house.case()
    takedown = await house.takedown(case["id"])
    for url in more:
        await house.takedown(case["id"], url)
    await house.work()
    return await read(house, takedown)


# How each kind comes about


async def police(house: House) -> None:
    takedown = await house.takedown((await house.case())["id"])
    await house.post(f"/takedowns/{takedown}/hold", until(house, 20), role=Actor.SUPERVISOR)


def until(house: House, hours: int) -> dict[str, str]:
    end = (house.now() + timedelta(hours=hours)).isoformat()
    return {"kind": "police", "authority": "KNPA", "file": "7", "until": end}


async def doubtful(house: House) -> None:
    lane = f"example/{house.ours.id}"
    await send_notice.start(house.ctx, lane, 50)
    house.ahead += timedelta(hours=6)
    await upkeep.expire_leases(house.ctx)


async def perhaps_sent(house: House) -> None:
    await house.set_up()
    await house.takedown((await house.case())["id"])
    await doubtful(house)


async def set_aside(house: House) -> None:
    await perhaps_sent(house)
    for _ in range(2):
        await decide(house, (await todo(house))[0]["notice_id"], "not_sent")
        house.ahead += timedelta(hours=6)
        await doubtful(house)
    await decide(house, (await todo(house))[0]["notice_id"], "not_sent")
    house.ahead += timedelta(hours=6)
    await send_notice.start(house.ctx, f"example/{house.ours.id}", 50)


async def approval(house: House) -> None:
    await change(house, "/organisation", {"approval": "every"}, Actor.ADMIN)
    await house.takedown((await house.case())["id"])


async def element_of_the_case(house: House) -> None:
    await house.takedown((await house.case(jurisdictions=["DE"]))["id"])


async def element_of_the_profile(house: House) -> None:
    await change(house, "/organisation", {"profile": {"email": ""}}, Actor.ADMIN)
    await house.takedown((await house.case())["id"])


async def consent_missing(house: House) -> None:
    await house.takedown((await house.case(consent=[]))["id"])


async def age(house: House) -> None:
    await house.takedown((await house.case(person_now="minor"))["id"])


async def by_hand(house: House) -> None:
    await house.takedown((await house.case())["id"], FORM)


async def needs_info(house: House) -> None:
    found = await asked(house)
    await say(house, {"request_ids": [found["requests"][0]["id"]], "answer": "needs_info"})


async def letter(house: House) -> None:
    await house.letter()


async def unspecified(house: House) -> None:
    found = await asked(house)
    notice = found["notices"][0]["id"]
    await say(house, {"notice_id": notice, "scope": "unspecified", "answer": "unspecified"})


async def contradicted(house: House) -> None:
    found = await asked(house)
    await say(house, {"request_ids": [found["requests"][0]["id"]], "answer": "says_removed"})
    await see(house, found["id"], "up")


async def unresolved(house: House) -> None:
    await house.takedown((await house.case())["id"], "https://example.com/short/1")
    house.ahead += timedelta(hours=3)


async def no_addressee(house: House) -> None:
    await house.takedown((await house.case())["id"], "https://nobody.example/")


async def not_reached(house: House) -> None:
    found = await asked(house)
    await decide(house, found["notices"][0]["id"], "bounced")


async def stuck(house: House) -> None:
    found = await asked(house)
    await say(house, {"request_ids": [found["requests"][0]["id"]], "answer": "refused"})


async def other_content(house: House) -> None:
    case = await house.case()
    items = [{"url": URL, "kind": "account"}]
    reply = await house.post("/takedowns", {"case_id": case["id"], "items": items})
    await see(house, reply.json()["items"][0]["takedown_id"], "other_content")


async def lane_closed(house: House) -> None:
    await house.takedown((await house.case())["id"])
    await house.work()


async def platform_down(house: House) -> None:
    await waits_at(house, "failures = 9, down_since = :at", -2)


async def daily_limit(house: House) -> None:
    await waits_at(house, "full_until = :at", 2)


async def waits_at(house: House, lane: str, hours: float) -> None:
    """A message that waits because its lane is like this."""
    await house.set_up()
    await house.takedown((await house.case())["id"])
    at = house.now() + timedelta(hours=hours)

    async def change(u: Unit) -> None:
        await u.run(f"UPDATE lanes SET {lane} WHERE id = :id", id=f"example/{house.ours.id}", at=at)

    await house.store.run(change)


MADE: Final[dict[str, Made]] = {
    "police_hold_ending": police,
    "set_aside": set_aside,
    "perhaps_sent": perhaps_sent,
    "approval": approval,
    "element_missing": element_of_the_case,
    "element_missing PATCH /api/v1/organisation": element_of_the_profile,
    "consent_missing": consent_missing,
    "age": age,
    "by_hand": by_hand,
    "needs_info": needs_info,
    "letter": letter,
    "unspecified_answer": unspecified,
    "contradicted": contradicted,
    "unresolved": unresolved,
    "no_addressee": no_addressee,
    "not_reached": not_reached,
    "stuck": stuck,
    "other_content": other_content,
    "lane_closed": lane_closed,
    "platform_down": platform_down,
    "daily_limit": daily_limit,
}


OF_PLATFORMS: Final = (lane_closed, platform_down, daily_limit)  # of no case


# What is said to do about it


async def body_of(house: House, line: dict[str, Any], call: str) -> Any:
    """What a person sends, made of nothing but the line, and what its ids lead to."""
    kind, what = line["kind"], call.rsplit("/", 1)[1]
    one = {"notice_id": line["notice_id"]}
    decisions = {
        "set_aside": "retry", "perhaps_sent": "sent", "by_hand": "cancel", "not_reached": "retry",
    }  # fmt: skip
    answers = {"needs_info": "in_review", "stuck": "says_removed"}
    if kind == "letter":
        return {"answer": "refused"}
    if what == "approve":
        preview = (await read(house, line["takedown_id"]))["preview"]
        return {"items": [{"takedown_id": line["takedown_id"], "digest": preview["digest"]}]}
    if call.startswith("PATCH /api/v1/cases"):
        is_age = kind == "age"
        return {"mandate": {"kind": "guardian"}} if is_age else {"statements": STATEMENTS}
    return {
        "hold": until(house, 70),
        "decide": {"items": [{**one, "decision": decisions.get(kind)}]},
        "withdraw": {"reason": "other"},
        "organisation": {"profile": {"email": "a@centre.example"}},
        "consent": {
            "what": "removal",
            "given_how": "on paper",
            "given_by": "guardian" if kind == "age" else "self",
        },
        "filed": {"items": [{**one, "filed_at": house.now().isoformat()}]},
        "answers": {"request_ids": line["request_ids"], "answer": answers.get(kind, "refused")},
        "observations": {
            "seen": "up" if kind == "other_content" else "gone",
            "seen_at": (house.now() + timedelta(minutes=2)).isoformat(),
        },
        "settings": {"secrets": {"token": "s3cret"}},
        "reply": {"templates": ["no_identity_document"]},
    }[what]


@pytest.mark.parametrize(
    ("kind", "n"),
    [
        pytest.param(kind, n, id=f"{kind.name}-{n}")
        for kind in KINDS
        for n in range(1 + len(kind.others))
    ],
)
async def test_what_a_line_says_can_be_done_by_its_call_and_ends_it(
    house: House, kind: Any, n: int
) -> None:
    named = (kind.call, *kind.others)[n]
    await MADE.get(f"{kind.name} {named}", MADE[kind.name])(house)
    (line,) = await todo(house, f"?kind={kind.name}")
    call = [line["call"], *line["other_calls"]][n]
    method, _, path = call.partition(" /api/v1")
    body = await body_of(house, line, call)
    house.ahead += timedelta(minutes=3)
    headers = {}
    if "If-Match" in line["what"] and method in ("PATCH", "PUT"):
        read_at = path.removesuffix("/settings")
        headers["If-Match"] = (await house.get(read_at)).headers["etag"]
    role = {"organisation": Actor.ADMIN}.get(path.rsplit("/", 1)[1], Actor(line["for_role"]))

    reply = await house.call(method, path, body, role=role, headers=headers)

    assert reply.status_code in (200, 202), reply.text
    assert "None" not in call
    assert '"failed"' not in reply.text
    assert line["id"] not in {other["id"] for other in await todo(house)}


async def test_an_unclear_answer_stays_until_each_address_has_one_of_its_own(house: House) -> None:
    case = await house.case()
    for n in range(3):
        await house.takedown(case["id"], f"https://form.example/{n}")
    (form,) = await todo(house)
    filed = {"notice_id": form["notice_id"], "filed_at": house.now().isoformat()}
    await house.post("/notices/filed", {"items": [filed]})
    unclear = {"notice_id": form["notice_id"], "scope": "unspecified", "answer": "unspecified"}
    await say(house, unclear)

    left = []
    for _ in range(3):
        (line,) = await todo(house)
        assert line["kind"] == "unspecified_answer"
        left.append(len(line["request_ids"]))
        await say(house, {"request_ids": line["request_ids"][:1], "answer": "in_review"})
    over = await todo(house)
    await say(house, unclear)

    assert (left, over) == ([3, 2, 1], [])
    assert await kinds(house) == ["unspecified_answer"]  # they wrote once more


async def test_an_unclear_answer_about_one_address_waits_for_that_one(house: House) -> None:
    case = await house.case()
    takedowns = [await house.takedown(case["id"], f"https://form.example/{n}") for n in range(2)]
    (form,) = await todo(house)
    filed = {"notice_id": form["notice_id"], "filed_at": house.now().isoformat()}
    await house.post("/notices/filed", {"items": [filed]})
    request = (await read(house, takedowns[0]))["requests"][0]["id"]

    await say(house, {"request_ids": [request], "answer": "unspecified"})

    (line,) = await todo(house)
    assert (line["notice_id"], line["request_ids"]) == (form["notice_id"], [request])


async def test_a_form_that_nobody_filed_in_time_waits_once(house: House) -> None:
    await by_hand(house)
    house.ahead += timedelta(days=30)
    assert await upkeep.miss_filings(house.ctx) == 1

    (line,) = await todo(house)

    assert line["kind"] == "by_hand"
    (found,) = (await house.get("/takedowns")).json()["items"]
    assert (found["answers"], found["derived"]["stuck"]) == (["not_reached"], False)


async def test_a_form_that_is_not_to_be_filed_leaves_nobody_asked(house: House) -> None:
    await by_hand(house)
    (line,) = await todo(house)

    await decide(house, line["notice_id"], "cancel")

    assert await kinds(house) == ["no_addressee"]


async def test_a_mistake_is_taken_back_by_form(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"], FORM)
    (form,) = await todo(house)
    filed = {"notice_id": form["notice_id"], "filed_at": house.now().isoformat()}
    await house.post("/notices/filed", {"items": [filed]})
    await house.post(f"/takedowns/{takedown}/withdraw", {"reason": "wrong_url"})
    (line,) = await todo(house)
    summary = (await house.get(f"/cases/{case['id']}/summary")).json()

    filed["notice_id"] = line["notice_id"]
    done = await house.post("/notices/filed", {"items": [filed]})

    assert line["kind"] == "by_hand"
    assert summary["counts"]["waiting_for_us"] == 1
    assert done.json()["items"][0]["state"] == "sent"
    assert await todo(house) == []


async def test_a_kind_that_there_is_not_is_refused(house: House) -> None:
    reply = await house.get("/todo?kind=by_hnd")

    problem = reply.json()
    assert (reply.status_code, problem["code"]) == (400, "invalid")
    assert problem["errors"][0]["pointer"] == "#/query/kind"
    assert "by_hand" in problem["errors"][0]["detail"]


# The summary counts the same


@pytest.mark.parametrize("made", [k for k in MADE if MADE[k] not in OF_PLATFORMS])
async def test_the_summary_counts_what_stands_in_the_list(house: House, made: str) -> None:
    await MADE[made](house)
    (line,) = await todo(house)

    path = f"/cases/{line['case_id']}/summary"
    english, korean = [(await house.get(f"{path}?lang={lang}")).json() for lang in ("en", "ko")]

    assert english["counts"]["waiting_for_us"] == korean["counts"]["waiting_for_us"] == 1
    assert "For one a colleague has to take the next step." in english["sentences"]
    assert "1건은 담당자가 다음 일을 해야 합니다." in korean["sentences"]


async def test_what_waits_is_counted_once_an_address(house: House) -> None:
    case = await house.case(consent=[], person_now="minor", jurisdictions=["DE"])
    for n in range(3):
        await house.takedown(case["id"], f"https://example.com/{n}")

    summary = (await house.get(f"/cases/{case['id']}/summary")).json()

    assert len(await todo(house)) == 9
    assert summary["counts"]["waiting_for_us"] == 3


async def test_what_came_back_was_not_asked(house: House) -> None:
    found = await asked(house)
    path = f"/cases/{found['case_id']}/summary"
    before = (await house.get(path)).json()["counts"]["asked"]
    notice = found["notices"][0]["id"]

    await decide(house, notice, "bounced")
    came_back = (await house.get(path)).json()["counts"]["asked"]
    await decide(house, notice, "retry")

    waits = (await house.get(path)).json()["counts"]["asked"]
    assert (before, came_back, waits) == (1, 0, 0)


async def test_one_for_whom_another_asked_counts_as_asked(house: House) -> None:
    await house.set_up()
    first, second = await house.case("r-1"), await house.case("r-2")
    for case in (first, second):
        await house.takedown(case["id"])
    path = f"/cases/{second['id']}/summary"
    before = (await house.get(path)).json()["counts"]["asked"]

    await house.work()

    english, korean = [(await house.get(f"{path}?lang={lang}")).json() for lang in ("en", "ko")]
    assert (before, english["counts"]["asked"]) == (0, 1)
    assert "We have asked about one." in english["sentences"]
    assert "1건에 대해 삭제를 요청했습니다." in korean["sentences"]
