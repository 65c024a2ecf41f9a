"""Each call does what the contract says, over a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from service.actions import upkeep
from service.domain.states import Actor
from tests.api.house import House, previewed

URL = "https://example.com/1"


def now() -> str:
    """The time of the call: what happened before a thing began here is refused."""
    return datetime.now(UTC).isoformat()


async def notice_of(house: House, takedown: str) -> dict[str, Any]:
    found = (await house.get(f"/takedowns/{takedown}")).json()
    return dict(found["notices"][0])


# Cases


async def test_the_same_reference_again_returns_the_same_case(house: House) -> None:
    first = await house.post("/cases", {"reference": "r-1"})
    again = await house.post("/cases", {"reference": "r-1", "urgent": True})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.headers["etag"] == again.headers["etag"]


async def test_a_case_says_what_it_was_given(house: House) -> None:
    made = await house.case("r-2", urgent=True)

    read = (await house.get(f"/cases/{made['id']}")).json()

    assert read["reference"] == "r-2"
    assert read["class"] == "ncii"
    assert read["consent_state"] == "given"
    assert read["mandate"]["kind"] == "self"
    assert read["urgent"] is True


async def test_cases_are_found_by_reference_and_by_change(house: House) -> None:
    for n in range(3):
        await house.case(f"r-{n}")

    found = (await house.get("/cases?reference=r-1")).json()
    since = (await house.get("/cases")).json()["items"][1]["updated_at"]
    later = (await house.get(f"/cases?updated_since={since}")).json()

    assert [c["reference"] for c in found["items"]] == ["r-1"]
    assert [c["reference"] for c in later["items"]] == ["r-1", "r-2"]


async def test_a_change_needs_the_version_that_was_read(house: House) -> None:
    case = await house.case()
    path = f"/cases/{case['id']}"
    etag = (await house.get(path)).headers["etag"]

    missing = await house.call("PATCH", path, {"urgent": True})
    done = await house.call("PATCH", path, {"urgent": True}, headers={"If-Match": etag})
    stale = await house.call("PATCH", path, {"urgent": False}, headers={"If-Match": etag})

    assert (missing.status_code, missing.json()["code"]) == (428, "if_match_missing")
    assert done.json()["urgent"] is True
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (await house.get(path)).json()["urgent"] is True


async def test_a_change_leaves_what_it_does_not_name(house: House) -> None:
    case = await house.case()
    path = f"/cases/{case['id']}"
    etag = (await house.get(path)).headers["etag"]

    await house.call("PATCH", path, {"jurisdictions": ["DE"]}, headers={"If-Match": etag})

    read = (await house.get(path)).json()
    assert read["jurisdictions"] == ["DE"]
    assert read["depicted_as"] == "adult"
    assert read["consent"]


async def test_nothing_new_is_304(house: House) -> None:
    case = await house.case()
    path = f"/cases/{case['id']}"
    etag = (await house.get(path)).headers["etag"]

    same = await house.get(path, headers={"If-None-Match": etag})
    await house.post(f"{path}/pause", {"reason": "a call"})
    other = await house.get(path, headers={"If-None-Match": etag})

    assert (same.status_code, same.content) == (304, b"")
    assert other.status_code == 200


async def test_a_pause_holds_everything_and_a_resume_lets_it_go(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])

    paused = await house.post(f"/cases/{case['id']}/pause", {"reason": "she asked"})
    held = (await house.get(f"/takedowns/{takedown}")).json()
    resumed = await house.post(f"/cases/{case['id']}/resume", {})
    free = (await house.get(f"/takedowns/{takedown}")).json()

    assert paused.json()["paused"] is True
    assert [h["kind"] for h in held["holds"]] == ["paused"]
    assert held["holds"][0]["detail"] == {"reason": "she asked"}
    assert resumed.json()["paused"] is False
    assert (held["state"], free["state"]) == ("held", "open")


async def test_withdrawn_consent_holds_and_new_consent_frees(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])
    path = f"/cases/{case['id']}/consent"

    ended = await house.post(path, {"withdrawn_at": now()})
    held = (await house.get(f"/takedowns/{takedown}")).json()
    grant = {"what": "removal", "given_by": "self", "given_how": "by telephone"}
    given = await house.post(path, grant)
    free = (await house.get(f"/takedowns/{takedown}")).json()

    assert ended.json()["consent_state"] == "withdrawn"
    assert [h["kind"] for h in held["holds"]] == ["consent"]
    assert given.json()["consent_state"] == "given"
    assert free["state"] == "open"


async def test_two_grants_at_once_are_both_kept(house: House) -> None:
    import asyncio  # noqa: PLC0415 - here alone

    case = await house.case(consent=[])
    path = f"/cases/{case['id']}/consent"

    grants = [{"what": f"w{n}", "given_by": "self", "given_how": "on paper"} for n in range(4)]
    await asyncio.gather(*(house.post(path, grant) for grant in grants))

    read = (await house.get(f"/cases/{case['id']}")).json()
    assert {g["what"] for g in read["consent"]} == {"w0", "w1", "w2", "w3"}


async def test_a_case_closes_when_its_takedowns_are_over(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])

    early = await house.post(f"/cases/{case['id']}/close")
    await house.post(f"/takedowns/{takedown}/withdraw", {"reason": "other"})
    closed = await house.post(f"/cases/{case['id']}/close")
    added = await house.post("/takedowns", {"case_id": case["id"], "items": [URL]})

    assert early.json()["code"] == "case_still_open"
    assert closed.json()["state"] == "closed"
    assert (added.status_code, added.json()["code"]) == (409, "case_closed")


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_the_summary_is_the_sum_and_names_nothing(house: House, language: str) -> None:
    case = await house.case()
    items = [URL, "https://example.com/2", "https://form.example/3", "https://no.example/4"]
    await house.post("/takedowns", {"case_id": case["id"], "items": items})
    gone = await house.takedown(case["id"], items[1])
    await house.post(f"/takedowns/{gone}/observations", {"seen": "gone", "seen_at": now()})

    found = (await house.get(f"/cases/{case['id']}/summary?lang={language}")).json()

    parts = ("removed", "restricted", "online", "held", "being_identified", "withdrawn")
    assert found["counts"]["total"] == 4 == sum(found["counts"][p] for p in parts)
    assert (found["counts"]["removed"], found["counts"]["online"]) == (1, 3)
    said = " ".join(found["sentences"]).lower()
    assert not any(word in said for word in ("example", "form.", "http"))


# Takedowns


async def test_every_line_gets_its_own_result(house: House) -> None:
    case = await house.case()
    items = [
        {"url": URL, "external_id": "row-1", "seen_at": now()},
        "hxxps://example[.]com/1",
        "javascript:alert(1)",
        {"url": "https://form.example/2", "class": "deepfake"},
        "https://nobody.example/3",
    ]

    reply = await house.post("/takedowns", {"case_id": case["id"], "items": items})

    assert reply.status_code == 202
    body = reply.json()
    statuses = ["accepted", "repeated", "invalid", "by_hand", "by_hand"]
    assert [i["status"] for i in body["items"]] == statuses
    assert body["items"][0]["takedown_id"] == body["items"][1]["takedown_id"]
    assert body["items"][0]["external_id"] == "row-1"
    assert body["items"][2]["problem"]["code"] == "url_scheme"
    assert reply.headers["location"] == f"/api/v1/batches/{body['batch_id']}"
    batch = (await house.get(f"/batches/{body['batch_id']}")).json()
    assert batch["items"] == body["items"]


async def test_a_second_case_joins_and_sees_no_name(house: House) -> None:
    first, second = await house.case("r-1"), await house.case("r-2")
    await house.takedown(first["id"])

    reply = await house.post("/takedowns", {"case_id": second["id"], "items": [URL]})
    item = reply.json()["items"][0]
    shown = (await house.get(f"/takedowns/{item['takedown_id']}")).json()

    assert item["status"] == "joined"
    assert shown["requests"][0]["state"] == "joined"
    assert shown["requests"][0]["carrier"]["state"] == "pending"
    assert first["id"] not in str(shown)


async def test_a_preview_shows_what_would_leave_and_makes_nothing(house: House) -> None:
    case = await house.case()
    before = await house.rows("takedowns", "requests", "notices", "batches")

    reply = await house.post("/takedowns/preview", {"case_id": case["id"], "items": [URL, "x:"]})

    good, bad = previewed(reply.json())
    assert good["preview"]["notices"][0]["addressee"] == "example"
    assert URL in good["preview"]["notices"][0]["text"]
    assert good["preview"]["notices"][0]["discloses"]
    assert good["preview"]["notices"][0]["clocks"][0]["days"] == 7
    assert len(good["preview"]["digest"]) == 64
    assert "takedown_id" not in good
    assert bad["problem"]["code"]
    assert await house.rows("takedowns", "requests", "notices", "batches") == before


async def test_an_approval_names_what_was_looked_at(house: House) -> None:
    await set_policy(house, approval="every")
    case = await house.case()
    takedown = await house.takedown(case["id"])
    shown = (await house.get(f"/takedowns/{takedown}")).json()
    other = "00000000-0000-7000-8000-000000000000"

    reply = await house.post(
        "/takedowns/approve",
        {
            "items": [
                {"takedown_id": takedown, "digest": "0" * 64},
                {"takedown_id": other, "digest": "0" * 64},
                {"takedown_id": takedown, "digest": shown["preview"]["digest"]},
            ]
        },
    )

    items = reply.json()["items"]
    assert [i["status"] for i in items] == ["failed", "failed", "approved"]
    assert [i["problem"]["code"] for i in items[:2]] == ["digest_stale", "not_found"]
    freed = (await house.get(f"/takedowns/{takedown}")).json()
    assert (shown["state"], freed["state"]) == ("held", "open")
    assert freed["preview"] is None


async def test_an_approval_twice_is_one_and_what_waits_for_something_else_says_so(
    house: House,
) -> None:
    await set_policy(house, approval="every")
    case = await house.case()
    takedown = await house.takedown(case["id"])
    shown = (await house.get(f"/takedowns/{takedown}")).json()
    line = {"takedown_id": takedown, "digest": shown["preview"]["digest"]}
    reply = await house.post("/takedowns/approve", {"items": [line, line]})
    assert [i["status"] for i in reply.json()["items"]] == ["approved", "approved"]
    approvals = [line for line in await timeline(house, takedown) if "approved" in line["text"]]
    assert len(approvals) == 1
    await set_policy(house, approval="none")
    minor = await house.case("ref-minor", person_now="minor", mandate=None)
    held = await house.takedown(minor["id"], URL + "2")

    reply = await house.post(
        "/takedowns/approve", {"items": [{"takedown_id": held, "digest": "0" * 64}]}
    )

    (item,) = reply.json()["items"]
    assert item["problem"]["code"] == "conflict"
    assert "It is held for: age" in item["problem"]["detail"]


async def test_an_address_handed_in_again_as_seen_is_a_sight(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])
    seen_at = datetime.now(UTC).isoformat()

    reply = await house.post(
        "/takedowns", {"case_id": case["id"], "items": [{"url": URL, "seen_at": seen_at}] * 2}
    )

    assert [i["status"] for i in reply.json()["items"]] == ["repeated", "repeated"]
    found = (await house.get(f"/takedowns/{takedown}")).json()
    assert found["last_seen"]["seen"] == "up"
    assert found["last_seen"]["by"] == "case_worker"


async def test_a_line_says_why_it_is_held_and_that_nobody_can_be_asked(house: House) -> None:
    case = await house.case("ref-held", person_now="minor", mandate=None)

    reply = await house.post(
        "/takedowns", {"case_id": case["id"], "items": [URL, "https://nobody.example/z"]}
    )

    held, nobody = reply.json()["items"]
    assert (held["status"], held["holds"]) == ("held", ["age"])
    assert nobody["problem"]["code"] == "no_addressee"
    batch = (await house.get(f"/batches/{reply.json()['batch_id']}")).json()
    assert batch["items"] == reply.json()["items"]


async def test_of_a_line_that_is_no_address_only_the_beginning_is_kept(house: House) -> None:
    case = await house.case()

    reply = await house.post("/takedowns", {"case_id": case["id"], "items": ["x y" * 5000]})

    batch = (await house.get(f"/batches/{reply.json()['batch_id']}")).json()
    assert [len(i["url"]) for i in batch["items"]] == [2048]


async def timeline(house: House, takedown: str) -> list[dict[str, Any]]:
    return list((await house.get(f"/takedowns/{takedown}/timeline")).json()["items"])


async def set_policy(house: House, **changes: Any) -> None:
    etag = (await house.get("/organisation")).headers["etag"]
    reply = await house.call(
        "PATCH", "/organisation", changes, role=Actor.ADMIN, headers={"If-Match": etag}
    )
    assert reply.status_code == 200, reply.text


async def test_a_completed_profile_ends_the_holds_for_want_of_it(house: House) -> None:
    await set_policy(house, profile={"email": ""})
    case = await house.case()
    takedown = await house.takedown(case["id"])
    held = (await house.get(f"/takedowns/{takedown}")).json()

    await set_policy(house, profile={"email": "a@centre.example"})

    freed = (await house.get(f"/takedowns/{takedown}")).json()
    assert held["preview"]["missing"] == ["sender_email"]
    assert (held["state"], freed["state"]) == ("held", "open")
    assert freed["holds"] == []


async def test_lists_are_filtered_and_paged(house: House) -> None:
    case, other = await house.case("r-1"), await house.case("r-2")
    urls = [f"https://example.com/{n}" for n in range(5)]
    await house.post("/takedowns", {"case_id": case["id"], "items": urls})
    await house.takedown(other["id"], "https://form.example/1")

    path, seen, pages = f"/takedowns?case={case['id']}&limit=2", [], 0
    while path:
        reply = await house.get(path)
        seen += [i["id"] for i in reply.json()["items"]]
        link = reply.headers.get("link")
        path = link[1:].split(">")[0].removeprefix("/api/v1") if link else ""
        pages += 1

    assert (len(seen), len(set(seen)), pages) == (5, 5, 3)
    by_platform = (await house.get("/takedowns?platform=form")).json()["items"]
    assert [i["platform"] for i in by_platform] == ["form"]
    assert len((await house.get("/takedowns?state=open")).json()["items"]) == 6
    assert (await house.get("/takedowns?contradicted=true")).json()["items"] == []
    due = (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert len((await house.get(f"/takedowns?due={due}")).json()["items"]) == 6


async def test_a_cursor_is_good_for_one_list(house: House) -> None:
    case = await house.case()
    urls = [f"https://example.com/{n}" for n in range(3)]
    await house.post("/takedowns", {"case_id": case["id"], "items": urls})
    cursor = (await house.get("/takedowns?limit=1")).json()["next_cursor"]

    for path in (f"/takedowns?state=open&cursor={cursor}", f"/cases?cursor={cursor}",
                 f"/takedowns?cursor={cursor[:-4]}AAAA", "/takedowns?cursor=%F0"):  # fmt: skip
        reply = await house.get(path)
        assert (reply.status_code, reply.json()["code"]) == (400, "invalid"), path
    stolen = await house.get(f"/takedowns?cursor={cursor}", centre=house.theirs)
    assert stolen.status_code == 400


async def test_the_whole_path_of_one_address(house: House) -> None:
    await house.set_up()
    case = await house.case()
    takedown = await house.takedown(case["id"])
    await house.work()

    notice = await notice_of(house, takedown)
    answered = await house.post(
        "/answers",
        {"notice_id": notice["id"], "scope": "all", "answer": "says_removed", "words": "gone now",
         "how": "by telephone"},
    )  # fmt: skip
    request = (await house.get(f"/takedowns/{takedown}")).json()["requests"][0]
    await house.post(f"/takedowns/{takedown}/observations",
                     {"seen": "gone", "seen_at": now(), "how": "looked"})  # fmt: skip
    lines = (await house.get(f"/takedowns/{takedown}/timeline?limit=500")).json()["items"]

    assert notice["state"] == "sent"
    assert answered.json()["requests"][0] == {
        "id": request["id"], "state": "says_removed", "moved": True,
    }  # fmt: skip
    facts = [line["fact"] for line in lines]
    assert {"arrived", "answered", "seen", "ours"} == set(facts)
    said = next(line for line in lines if line["event"] == "says_removed")
    assert said["text"] == "Example says that it was removed."
    assert "gone now" in said["words"]
    assert next(line for line in lines if line["event"] == "gone")["words"] == "looked"
    assert sum(line["event"] == "says_removed" for line in lines) == 1
    assert lines == sorted(lines, key=lambda line: line["happened_at"])


async def test_an_auditor_reads_what_happened_and_no_words(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])
    await house.post(f"/takedowns/{takedown}/observations",
                     {"seen": "up", "seen_at": now(), "how": "looked at it"})  # fmt: skip

    reply = await house.get(f"/takedowns/{takedown}/timeline", role=Actor.AUDITOR)

    assert reply.status_code == 200
    assert len(reply.json()["items"]) > 3
    assert "looked at it" not in reply.text
    assert "example.com" not in reply.text


async def test_search_needs_a_reason_and_leaves_a_line(house: House) -> None:
    first, second = await house.case("r-1"), await house.case("r-2")
    for case in (first, second):
        await house.takedown(case["id"])
    before = await house.rows("entries")

    found = await house.post("/takedowns/search", {"url": "hxxps://example[.]com/1",
                                                   "reason": "the police asked"})  # fmt: skip
    without = await house.post("/takedowns/search", {"url": URL})
    theirs = await house.post("/takedowns/search", {"url": URL, "reason": "x"},
                              centre=house.theirs)  # fmt: skip

    assert {i["case_id"] for i in found.json()["items"]} == {first["id"], second["id"]}
    assert without.status_code == 400
    assert theirs.json()["items"] == []
    assert (await house.rows("entries"))["entries"] == before["entries"] + 2


async def test_a_letter_about_a_request_that_is_not_there_is_not_found(house: House) -> None:
    body = {"answer": "refused", "scope": "these", "request_ids": [str(uuid4())]}

    reply = await house.post(f"/letters/{await house.letter()}/decide", body)

    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


async def test_withdrawing_ends_it(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])

    done = await house.post(f"/takedowns/{takedown}/withdraw", {"reason": "wrong_url", "how": "x"})
    again = await house.post(f"/takedowns/{takedown}/withdraw", {"reason": "other"})

    assert (done.json()["state"], done.json()["withdrawn_because"]) == ("withdrawn", "wrong_url")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_holds_of_the_police_are_a_supervisors(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])
    until = (datetime.now(UTC) + timedelta(hours=20)).isoformat()
    wanted = {"kind": "police", "authority": "KNPA", "file": "7", "until": until}

    refused = await house.post(f"/takedowns/{takedown}/hold", wanted)
    incomplete = await house.post(f"/takedowns/{takedown}/hold", {"kind": "police"},
                                  role=Actor.SUPERVISOR)  # fmt: skip
    held = await house.post(f"/takedowns/{takedown}/hold", wanted, role=Actor.SUPERVISOR)
    todo = (await house.get("/todo?kind=police_hold_ending")).json()["items"]
    kept = await house.post(f"/takedowns/{takedown}/release", {"kind": "police"})
    freed = await house.post(f"/takedowns/{takedown}/release", {"kind": "police"},
                             role=Actor.SUPERVISOR)  # fmt: skip

    assert (refused.status_code, incomplete.status_code, kept.status_code) == (403, 400, 403)
    assert held.json()["holds"][0]["detail"] == {"authority": "KNPA", "file": "7"}
    assert [t["takedown_id"] for t in todo] == [takedown]
    assert freed.json()["state"] == "open"


async def test_a_recheck_is_due_at_once(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"])

    reply = await house.post(f"/takedowns/{takedown}/recheck")

    assert reply.status_code == 200
    assert datetime.fromisoformat(reply.json()["next_action_at"]) <= datetime.now(UTC)


# Requests, notices, what a person does


async def test_a_form_is_filed_by_a_person_with_its_packet(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"], "https://form.example/9")
    (todo,) = (await house.get("/todo?kind=by_hand")).json()["items"]
    notice = (await house.get(f"/notices/{todo['notice_id']}")).json()

    done = await house.post(
        "/notices/filed",
        {"items": [{"notice_id": notice["id"], "filed_at": now(), "reference": "F-1"}]},
    )
    again = await house.post(
        "/notices/filed", {"items": [{"notice_id": notice["id"], "filed_at": now()}]}
    )

    assert todo["id"] == f"by_hand:{notice['id']}"
    assert todo["call"] == "POST /api/v1/notices/filed"
    assert notice["packet"]["steps"][0]["value"] == "https://form.example/9"
    assert notice["frozen"] is False
    assert done.json()["items"][0] == {
        "notice_id": notice["id"], "status": "done", "state": "sent",
    }  # fmt: skip
    assert again.json()["items"][0]["problem"]["code"] == "conflict"
    filed = (await house.get(f"/notices/{notice['id']}")).json()
    assert filed["frozen"] is True
    assert filed["attempts"][0]["grade"] == "stated_by_person"
    assert filed["attempts"][0]["their_reference"] == "F-1"
    assert (await house.get("/todo?kind=by_hand")).json()["items"] == []
    request = (await house.get(f"/takedowns/{takedown}")).json()["requests"][0]
    assert request["state"] == "asked"
    assert request["clocks"][0]["state"] == "running"


async def test_of_a_packet_only_what_was_filed_counts(house: House) -> None:
    case = await house.case()
    found = [await house.takedown(case["id"], f"https://form.example/{n}") for n in range(3)]
    requests = [(await house.get(f"/takedowns/{one}")).json()["requests"][0]["id"] for one in found]
    (todo,) = (await house.get("/todo?kind=by_hand")).json()["items"]
    line = {"notice_id": todo["notice_id"], "filed_at": now(), "request_ids": requests[:2]}

    done = await house.post("/notices/filed", {"items": [line]})
    await upkeep.pick_up(house.ctx)

    assert done.json()["items"][0]["status"] == "done"
    states = [(await house.get(f"/requests/{one}")).json()["state"] for one in requests]
    assert states == ["asked", "asked", "pending"]
    (left,) = (await house.get("/todo?kind=by_hand")).json()["items"]
    assert left["notice_id"] != todo["notice_id"]
    packet = (await house.get(f"/notices/{left['notice_id']}")).json()
    assert [item["request_id"] for item in packet["items"]] == requests[2:]


async def test_a_person_settles_a_notice(house: House) -> None:
    case = await house.case()
    takedown = await house.takedown(case["id"], "https://form.example/9")
    notice = await notice_of(house, takedown)
    decide = {"items": [{"notice_id": notice["id"], "decision": "cancel", "how": "not needed"}]}

    done = await house.post("/notices/decide", decide)
    again = await house.post("/notices/decide", decide)

    assert done.json()["items"][0]["state"] == "cancelled"
    assert again.json()["items"][0]["status"] == "failed"


async def test_a_request_shows_what_was_said(house: House) -> None:
    await house.set_up()
    case = await house.case()
    takedown = await house.takedown(case["id"])
    await house.work()
    request = (await house.get(f"/takedowns/{takedown}")).json()["requests"][0]

    await house.post("/answers", {"request_ids": [request["id"]], "answer": "needs_info",
                                  "status": "open", "words": "which page?"})  # fmt: skip
    shown = (await house.get(f"/requests/{request['id']}")).json()
    (todo,) = (await house.get("/todo?kind=needs_info")).json()["items"]

    assert shown["state"] == "needs_info"
    assert shown["answers"][0]["words"] == "which page?"
    assert shown["notices"][0]["state"] == "sent"
    assert todo["takedown_id"] == takedown


async def test_an_answer_about_nobody_knows_what_asks_a_person(house: House) -> None:
    await house.set_up()
    case = await house.case()
    takedown = await house.takedown(case["id"])
    await house.work()
    notice = await notice_of(house, takedown)

    await house.post("/answers", {"notice_id": notice["id"], "scope": "unspecified",
                                  "answer": "unspecified"})  # fmt: skip
    (todo,) = (await house.get("/todo?kind=unspecified_answer")).json()["items"]
    request = (await house.get(f"/takedowns/{takedown}")).json()["requests"][0]
    await house.post("/answers", {"request_ids": [request["id"]], "answer": "refused"})

    assert todo["notice_id"] == notice["id"]
    assert request["state"] == "asked"
    assert (await house.get("/todo?kind=unspecified_answer")).json()["items"] == []


async def test_todo_comes_in_pages_most_urgent_first(house: House) -> None:
    await set_policy(house, approval="every")
    calm, urgent = await house.case("r-1"), await house.case("r-2", urgent=True)
    for n in range(3):
        await house.takedown(calm["id"], f"https://example.com/{n}")
    await house.takedown(urgent["id"], "https://example.com/u")
    await house.takedown(calm["id"], "https://nobody.example/")

    path, seen = "/todo?limit=2", []
    while path:
        reply = (await house.get(path)).json()
        seen += reply["items"]
        path = f"/todo?limit=2&cursor={reply['next_cursor']}" if reply["next_cursor"] else ""

    assert seen[0]["case_id"] == urgent["id"]
    assert seen[0]["urgent"] is True
    assert len({t["id"] for t in seen}) == len(seen) == 5
    assert {t["kind"] for t in seen} == {"approval", "no_addressee"}
    assert all(t["call"] and t["what"] for t in seen)


async def test_what_is_said_to_be_gone_and_is_seen_up_is_contradicted(house: House) -> None:
    await house.set_up()
    case = await house.case()
    takedown = await house.takedown(case["id"])
    await house.work()
    notice = await notice_of(house, takedown)
    await house.post("/answers", {"notice_id": notice["id"], "scope": "all",
                                  "answer": "says_removed"})  # fmt: skip
    house.ahead = timedelta(minutes=1)
    later = house.now().isoformat()

    await house.post(f"/takedowns/{takedown}/observations", {"seen": "up", "seen_at": later})

    shown = (await house.get(f"/takedowns/{takedown}")).json()
    assert shown["derived"] == {"contradicted": True, "stuck": True, "reappeared": False}
    kinds = {t["kind"] for t in (await house.get("/todo")).json()["items"]}
    assert "contradicted" in kinds
    assert "stuck" not in kinds


async def test_one_list_read_is_one_line_with_a_commitment(house: House) -> None:
    case = await house.case()
    urls = [f"https://example.com/{n}" for n in range(3)]
    await house.post("/takedowns", {"case_id": case["id"], "items": urls})
    before = await house.rows("entries")

    await house.get("/takedowns")

    async def last(u: Any) -> Any:
        return (
            await u.run("SELECT * FROM entries WHERE machine = 'fact' ORDER BY id DESC LIMIT 1")
        ).one()

    line = await house.store.read(last)
    assert (await house.rows("entries"))["entries"] == before["entries"] + 1
    assert line.event == "takedowns_listed"
    assert len(line.commitment) == 32


# Platforms, organisation, keys, events, health


async def test_a_platform_is_set_up_and_its_lane_opens_again(house: House) -> None:
    case = await house.case()
    await house.takedown(case["id"])
    await house.work()
    closed = (await house.get("/platforms/example")).json()
    (todo,) = (await house.get("/todo?kind=lane_closed")).json()["items"]

    await house.set_up()

    opened = (await house.get("/platforms/example")).json()
    assert todo["call"] == "PUT /api/v1/platforms/example/settings"
    assert (closed["missing"], opened["missing"]) == (["token"], [])
    assert (closed["lanes"][0]["state"], opened["lanes"][0]["state"]) == ("closed", "open")
    assert opened["secrets"] == [{"name": "token", "help": "Settings, API", "is_set": True}]
    assert "s3cret" not in str(opened)


@pytest.mark.parametrize("address", ["https://u:p4ss@example.com", "https://[p4ss]@"])
async def test_settings_that_do_not_fit_are_refused(house: House, address: str) -> None:
    await house.set_up()
    etag = (await house.get("/platforms/example")).headers["etag"]
    wrong = {
        "settings": {"base_url": address, "colour": "red"},
        "secrets": {"pin": "1"},
    }

    reply = await house.call("PUT", "/platforms/example/settings", wrong, role=Actor.ADMIN,
                             headers={"If-Match": etag})  # fmt: skip

    pointers = {e["pointer"] for e in reply.json()["errors"]}
    assert reply.status_code == 400
    assert pointers == {"#/settings/base_url", "#/settings/colour", "#/secrets/pin"}
    assert "p4ss" not in reply.text


async def test_the_kill_switch_and_a_kept_secret(house: House) -> None:
    await house.set_up()
    etag = (await house.get("/platforms/example")).headers["etag"]

    off = await house.call("PUT", "/platforms/example/settings", {"enabled": False},
                           role=Actor.ADMIN, headers={"If-Match": etag})  # fmt: skip
    bare = await house.call("PUT", "/platforms/example/settings",
                            {"secrets": {"token": None}}, role=Actor.ADMIN,
                            headers={"If-Match": off.headers["etag"]})  # fmt: skip

    assert (off.json()["enabled"], off.json()["missing"]) == (False, [])
    assert off.json()["lanes"][0]["state"] == "switched_off"
    assert (bare.json()["enabled"], bare.json()["missing"]) == (True, ["token"])


async def test_a_key_is_shown_once_and_ends_when_it_is_revoked(house: House) -> None:
    made = await house.post("/keys", {"role": "auditor", "label": "court", "days": 3},
                            role=Actor.ADMIN)  # fmt: skip
    token = {"Authorization": f"Bearer {made.json()['token']}"}
    works = await house.get("/events", role=None, headers=token)
    listed = await house.get("/keys", role=Actor.ADMIN)
    ended = await house.call("DELETE", f"/keys/{made.json()['id']}", role=Actor.ADMIN)
    after = await house.get("/events", role=None, headers=token)

    assert (made.status_code, works.status_code, ended.status_code) == (201, 200, 204)
    assert made.json()["token"] not in listed.text
    assert listed.json()["items"][0]["label"] == "court"
    assert (after.status_code, after.json()["code"]) == (401, "unauthenticated")
    assert after.headers["www-authenticate"] == "Bearer"


async def test_scopes_narrow_a_key(house: House) -> None:
    made = await house.post("/keys", {"role": "case_worker", "scopes": ["events:read"]},
                            role=Actor.ADMIN)  # fmt: skip
    token = {"Authorization": f"Bearer {made.json()['token']}"}

    assert (await house.get("/events", role=None, headers=token)).status_code == 200
    assert (await house.get("/cases", role=None, headers=token)).status_code == 403


async def test_events_come_without_a_gap(house: House) -> None:
    await house.set_up()
    case = await house.case()
    await house.takedown(case["id"])
    unnumbered = (await house.get("/events")).json()
    await house.work()
    await house.work()

    first = (await house.get("/events?limit=1")).json()
    rest = (await house.get(f"/events?after={first['last_seq']}&limit=500")).json()

    assert unnumbered["items"] == []
    assert first["next_cursor"] == "1"
    assert [e["seq"] for e in [*first["items"], *rest["items"]]] == list(
        range(1, rest["last_seq"] + 1)
    )
    assert rest["next_cursor"] is None
    assert "notice.sent" in {e["type"] for e in rest["items"]}
    assert (await house.get("/events", centre=house.theirs)).json()["items"] == []


async def test_whoever_has_read_all_events_goes_on_from_there(house: House) -> None:
    await house.set_up()
    await house.takedown((await house.case())["id"])
    await house.work()
    last = (await house.get("/events?limit=500")).json()["last_seq"]

    exact = (await house.get(f"/events?limit={last}")).json()
    none = (await house.get(f"/events?after={last}")).json()
    await house.takedown((await house.case("r-2"))["id"])
    await house.work()
    more = (await house.get(f"/events?after={last}")).json()

    assert (len(exact["items"]), exact["next_cursor"]) == (last, None)
    assert (none["items"], none["last_seq"], none["next_cursor"]) == ([], last, None)
    assert more["items"][0]["seq"] == last + 1
