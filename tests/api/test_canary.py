"""Marks in every sensitive field are found nowhere that a thief or an operator could read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from service import log
from service.domain.states import Actor
from service.store.unit import Unit
from tests.api.house import House

FIELDS = (
    "reference", "external", "path", "checked_how", "checked_by", "what", "given_how", "words",
    "who", "pause", "authority", "file", "hold", "how_seen", "how_answered", "said", "status",
    "filed_reference", "how_filed", "how_decided", "how_withdrawn", "secret", "searched", "reason",
    "replied",
)  # fmt: skip
MARKS = {field: f"c4n4ry{n:02}x" for n, field in enumerate(FIELDS)}


def now() -> str:
    return datetime.now(UTC).isoformat()


async def test_no_mark_is_found_in_logs_problems_entries_or_in_clear(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    log.configure("DEBUG")
    said = await a_days_work(house)
    refused = await everything_refused(house)
    figures = (await house.get("/metrics", role=None)).text

    heard = capfd.readouterr()
    kept = await everything_stored(house)

    assert len(said) == len(MARKS), sorted(set(MARKS.values()) - set(said))
    tokens = [t.split("_", 2)[2] for t in house.ours.tokens.values()]
    for mark in (*MARKS.values(), *tokens):
        assert mark not in heard.err
        assert mark not in heard.out
        assert mark not in refused
        assert mark not in figures
        for table, text in kept.items():
            assert mark not in text, table
    lines = [json.loads(line) for line in heard.err.splitlines()]
    assert {"request.done"} <= {line["event"] for line in lines}
    assert not any("dropped" in line for line in lines)


async def a_days_work(house: House) -> set[str]:
    """Plant every mark through the API; returns those that the API itself shows again."""
    m = MARKS
    shown = ""

    async def call(method: str, path: str, body: Any = None, **more: Any) -> Any:
        nonlocal shown
        reply = await house.call(method, path, body, **more)
        assert reply.status_code < 300, (path, reply.text)
        shown += reply.text + str(body)
        return reply.json()

    await house.set_up(m["secret"])
    shown += m["secret"]
    case = await call(
        "POST", "/cases",
        {
            "reference": m["reference"], "depicted_as": "adult", "person_now": "adult",
            "mandate": {"kind": "self", "checked_how": m["checked_how"],
                        "checked_by": m["checked_by"]},
            "consent": [{"what": m["what"], "given_by": "self", "given_how": m["given_how"]}],
            "statements": [{"kind": "good_faith", "words": m["words"], "who": m["who"]}],
        },
        headers={"Idempotency-Key": "k1"},
    )  # fmt: skip
    urls = [f"https://{host}/{m['path']}" for host in ("example.com", "form.example", "no.example")]
    batch = await call(
        "POST", "/takedowns",
        {"case_id": case["id"],
         "items": [{"url": u, "external_id": m["external"], "seen_at": now()} for u in urls]},
        headers={"Idempotency-Key": "k2"},
    )  # fmt: skip
    one, form, third = (i["takedown_id"] for i in batch["items"])
    await house.work()
    notice = (await call("GET", f"/takedowns/{one}"))["notices"][0]["id"]
    await call("POST", "/answers", {"notice_id": notice, "scope": "all", "answer": "needs_info",
                                    "words": m["said"], "status": m["status"],
                                    "how": m["how_answered"]})  # fmt: skip
    asked = (await call("GET", f"/takedowns/{one}"))["requests"][0]["id"]
    await call("POST", f"/requests/{asked}/reply", {"words": m["replied"]})
    paper = (await call("GET", f"/takedowns/{form}"))["notices"][0]["id"]
    await call("GET", f"/notices/{paper}")
    await call("POST", "/notices/filed",
               {"items": [{"notice_id": paper, "filed_at": now(), "reference": m["filed_reference"],
                           "how": m["how_filed"]}]})  # fmt: skip
    await call("POST", "/notices/decide",
               {"items": [{"notice_id": paper, "decision": "not_filed",
                           "how": m["how_decided"]}]})  # fmt: skip
    await call("POST", f"/takedowns/{one}/observations",
               {"seen": "up", "seen_at": now(), "how": m["how_seen"]})  # fmt: skip
    until = (datetime.now(UTC) + timedelta(hours=9)).isoformat()
    await call("POST", f"/takedowns/{one}/hold",
               {"kind": "police", "authority": m["authority"], "file": m["file"],
                "reason": m["hold"], "until": until}, role=Actor.SUPERVISOR)  # fmt: skip
    await call("POST", f"/cases/{case['id']}/pause", {"reason": m["pause"]})
    await call("POST", f"/takedowns/{third}/withdraw",
               {"reason": "other", "how": m["how_withdrawn"]})  # fmt: skip
    await call("POST", "/takedowns/search",
               {"url": f"https://example.com/{m['searched']}", "reason": m["reason"]})  # fmt: skip
    own = (f"/batches/{batch['batch_id']}", f"/cases/{case['id']}/summary",
           f"/cases/{case['id']}/disclosures")  # fmt: skip
    for path in (*own, "/cases", "/takedowns", f"/takedowns/{one}/timeline", "/todo", "/events"):
        await call("GET", path)
    line = (await call("GET", "/todo"))["items"][0]["id"]
    for word in ("take", "return"):
        await call("POST", f"/todo/{line}/{word}", role=Actor.SUPERVISOR)
    await call("GET", "/health/ready")
    return {mark for mark in m.values() if mark in shown}


async def everything_refused(house: House) -> str:
    """The bodies of problems about calls that carry every mark in wrong places."""
    told = ""
    for path in (
        "/cases",
        "/takedowns",
        "/answers",
        "/notices/filed",
        "/takedowns/search",
        "/keys",
    ):
        for mark in MARKS.values():
            for body in ({mark: mark}, {"reference": [mark]}, mark, {"case_id": mark, "url": mark}):
                reply = await house.post(path, body)
                assert reply.status_code >= 400
                told += reply.text.replace(f"#/{mark}", "")
    for mark in MARKS.values():
        reply = await house.post(f"/requests/{uuid4()}/reply", {"words": mark, mark: mark})
        told += reply.text.replace(f"#/{mark}", "")
        for path in (
            f"/cases/{mark}",
            f"/takedowns?case={mark}",
            f"/{mark}",
            f"/todo/{mark}/take",
            f"/todo?taken_by={mark}",
            "/todo?limit=x",
        ):
            reply = await house.get(path)
            told += reply.text
        reply = await house.get("/cases", role=None, headers={"Authorization": f"Bearer {mark}"})
        told += reply.text
    return told


async def everything_stored(house: House) -> dict[str, str]:
    """Every row of every table as text; bytes both as they are and as hexadecimal."""

    async def work(u: Unit) -> dict[str, str]:
        names = (
            await u.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()
        found = {}
        for name in names:
            rows = (await u.run(f"SELECT t::text FROM {name} t")).scalars().all()
            text = "\n".join(rows)
            raw = (await u.run(f"SELECT * FROM {name}")).all()
            clear = " ".join(
                bytes(v).decode("latin-1")
                for row in raw
                for v in row
                if isinstance(v, bytes | memoryview)
            )
            found[name] = text + clear
        return found

    return await house.store.read(work)
