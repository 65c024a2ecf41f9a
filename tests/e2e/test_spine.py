"""The public contract, played over HTTP from the centre's profile to the last look."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from service.embedded.postgres import EmbeddedPostgres
from service.playground import behaviours as story
from tests.e2e.whole import Whole, call, change, running

PROFILE = {
    "legal_name": "Example Centre",
    "email": "notices@centre.example",
    "address": "1 Example Road",
    "signatory": "Example Centre, legal desk",
}
STATEMENTS = [
    {"kind": "good_faith", "words": "We believe in good faith that this is accurate."},
    {"kind": "no_consent", "words": "The person shown did not consent."},
    {"kind": "authority", "words": "We act with the authority of the person shown."},
]
CASE = {
    "depicted_as": "adult",
    "person_now": "adult",
    "jurisdictions": ["KR", "DE"],
    "class": "ncii",
    "synthetic": "real",
    "mandate": {"kind": "self", "checked_how": "identity card seen"},
    "consent": [{"what": "removal", "given_by": "self", "given_how": "on paper"}],
    "statements": STATEMENTS,
}
PLATFORMS = ("peertube", "bluesky", "telegram", "x")
BAD = (
    "javascript:alert(1)",
    "http://127.0.0.1/x",
    "https://user:secret@video.example/x",
    "https://video.example/" + "x" * 10_000,
    "not an address",
    "ftp://video.example/x",
)


async def test_two_hundred_addresses_go_all_the_way(
    migrated: EmbeddedPostgres, database: str, redis_url: str, tmp_path: Path
) -> None:
    url = migrated.url("efface_app", database)
    async with (
        running(url, redis_url, tmp_path) as whole,
        whole.client("admin") as admin,
        whole.client("case_worker") as worker,
        whole.client("supervisor") as supervisor,
    ):
        await set_up(admin, whole)
        other = await call(worker, "POST", "/cases", json={**CASE, "reference": "other"})
        shared = [
            whole.practice.add(p, story.ignored()) for p in ("peertube", "telegram", "bluesky")
        ]
        await hand_in_and_approve(worker, supervisor, other["id"], shared)
        case = await call(worker, "POST", "/cases", json={**CASE, "reference": "2026-0187"})
        same = await worker.post("/cases", json={**CASE, "reference": "2026-0187"})
        assert (same.status_code, same.json()["id"]) == (200, case["id"])
        first = [whole.practice.add(p, story.removed(3600)) for p in PLATFORMS]
        await hand_in_and_approve(worker, supervisor, case["id"], first)

        items = two_hundred(whole, shared, first)
        preview = await call(worker, "POST", "/takedowns/preview", json=body(case, items[:20]))
        before = await count(worker, case["id"])
        assert before == len(first), "a preview stores nothing"
        made = await call(worker, "POST", "/takedowns", json=body(case, items))

        statuses = Counter(item["status"] for item in made["items"])
        assert len(made["items"]) == 200
        assert [m["url"] for m in made["items"]] == [i["url"][:2048] for i in items]
        assert statuses["invalid"] == len(BAD)
        assert statuses["repeated"] == 4
        # an address that needs the network is joined once it is resolved
        assert statuses["joined"] == 2
        assert statuses["by_hand"] > 0
        assert statuses["held"] == 0
        shown = {p["url"]: p["status"] for p in preview["items"]}
        told = {m["url"]: m["status"] for m in made["items"]}
        assert shown == {url: told[url] for url in shown}
        assert await call(worker, "GET", f"/batches/{made['batch_id']}") | made

        await file_all_forms(worker, whole)
        await until_all_acted(worker, case["id"])
        await facts_stand_apart(worker, made)
        await everything_adds_up(worker, case["id"], len(first) + 200 - len(BAD) - 4)
        await joined_shows_nothing_of_the_other_case(worker, made, shared, other)
        assert whole.practice.world.media_bytes == 0
        assert whole.practice.world.early_calls == 0
        each_was_asked_about_once(whole)


async def set_up(admin: httpx.AsyncClient, whole: Whole) -> None:
    at = whole.practice.addresses
    account = whole.practice.world.account("peertube")
    session = {"identifier": account.name, "password": account.password}
    await change(admin, "PATCH", "/organisation", {"profile": PROFILE})
    for name, settings, secrets in (
        ("peertube", {"base_url": at.peertube_url, "site_url": whole.practice.peertube.site_url},
         {"username": account.name, "password": account.password}),
        ("bluesky", {"pds_url": at.pds_url, "appview_url": at.appview_url}, session),
        ("telegram", {"embed_url": at.embed_url}, {}),
        ("x", {"oembed_url": at.oembed_url, "short_url": at.short_url}, {}),
    ):  # fmt: skip
        body_ = {"settings": settings, "secrets": secrets}
        await change(admin, "PUT", f"/platforms/{name}/settings", body_)


async def hand_in_and_approve(
    worker: httpx.AsyncClient, supervisor: httpx.AsyncClient, case_id: str, urls: list[str]
) -> None:
    """The first of a case wait for a person, who sees what would leave and says yes to that."""
    made = await call(worker, "POST", "/takedowns", json={"case_id": case_id, "items": urls})
    assert {item["status"] for item in made["items"]} == {"held"}, made
    wanted = []
    for item in made["items"]:
        whole = await held(worker, item["takedown_id"])
        assert whole["preview"]["notices"][0]["text"]
        wanted.append({"takedown_id": item["takedown_id"], "digest": whole["preview"]["digest"]})
    done = await call(supervisor, "POST", "/takedowns/approve", json={"items": wanted})
    assert {item["status"] for item in done["items"]} == {"approved"}, done


async def held(worker: httpx.AsyncClient, takedown_id: str) -> Any:
    """A takedown once it is resolved and waits for approval."""
    for _ in range(200):
        found = await call(worker, "GET", f"/takedowns/{takedown_id}")
        if found["state"] == "held":
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(found)


def two_hundred(whole: Whole, shared: list[str], first: list[str]) -> list[dict[str, Any]]:
    """Mixed platforms, 6 bad lines, 4 repeats (each spelt in another way), 3 of another case."""
    stories: list[Callable[[], Any]] = [
        lambda: story.removed(1800), story.ignored, lambda: story.refused(900),
    ]  # fmt: skip
    fresh = [
        whole.practice.add(PLATFORMS[n % 4], stories[n % 3]())
        for n in range(200 - len(BAD) - 4 - len(shared))
    ]
    repeats = [url.replace("https://", "hxxps://") for url in first[:2]] + [
        first[2].replace("t.me", "telegram.me"), first[3].replace("x.com", "twitter.com") + "?s=20",
    ]  # fmt: skip
    urls = [*fresh[:60], *BAD, *fresh[60:], *repeats, *shared]
    return [{"url": url, "external_id": f"row-{n}"} for n, url in enumerate(urls)]


def body(case: Any, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"case_id": case["id"], "items": items}


async def count(worker: httpx.AsyncClient, case_id: str) -> int:
    return len(await everything(worker, case_id))


async def everything(worker: httpx.AsyncClient, case_id: str) -> list[Any]:
    page = await call(worker, "GET", "/takedowns", params={"case": case_id, "limit": 500})
    assert page["next_cursor"] is None
    items: list[Any] = page["items"]
    return items


async def file_all_forms(worker: httpx.AsyncClient, whole: Whole) -> None:
    """Each form's packet is read, filed, and said to be filed."""
    todo = await call(worker, "GET", "/todo", params={"kind": "by_hand", "limit": 500})
    lines = []
    for item in todo["items"]:
        notice = await call(worker, "GET", f"/notices/{item['notice_id']}")
        assert notice["packet"]["steps"]
        filed_at = datetime.now(UTC).isoformat()
        lines.append({"notice_id": item["notice_id"], "filed_at": filed_at})
    assert lines
    done = await call(worker, "POST", "/notices/filed", json={"items": lines})
    assert {line["status"] for line in done["items"]} == {"done"}


async def until_all_acted(worker: httpx.AsyncClient, case_id: str) -> None:
    """Until every address was asked about, and what is scripted to go has gone."""
    for _ in range(120):
        found = await everything(worker, case_id)
        states = Counter(t["state"] for t in found)
        said = Counter(a for t in found for a in t["answers"])
        waiting = states["resolving"] + said["pending"]
        gone = states["gone"] + states["closed"]
        if not waiting and gone >= 45 and said["refused"] >= 10:
            return
        await asyncio.sleep(0.5)
    raise AssertionError((states, said))


async def facts_stand_apart(worker: httpx.AsyncClient, made: Any) -> None:
    """Arrived, answered and seen, each with its own times, for each platform that can tell."""
    seen: dict[str, set[str]] = {}
    for item in made["items"]:
        if item["status"] != "accepted" or len(seen.get(item["platform"], ())) >= 4:
            continue
        page = await call(worker, "GET", f"/takedowns/{item['takedown_id']}/timeline")
        for line in page["items"]:
            assert line["happened_at"] <= line["recorded_at"]
            assert line["text"]
            seen.setdefault(item["platform"], set()).add(line["fact"])
    assert seen["peertube"] >= {"arrived", "answered", "seen"}
    assert seen["bluesky"] >= {"arrived", "seen"}, "nobody answers there"
    assert seen["telegram"] >= {"arrived", "seen"}


async def everything_adds_up(worker: httpx.AsyncClient, case_id: str, total: int) -> None:
    """The summary is the sum of the takedowns, in both languages, and names no place."""
    found = await everything(worker, case_id)
    states = Counter(t["state"] for t in found)
    withdrawn = states["withdrawn"]
    assert len(found) == total
    assert withdrawn == 0
    for lang in ("en", "ko"):
        summary = await call(worker, "GET", f"/cases/{case_id}/summary", params={"lang": lang})
        counts = summary["counts"]
        assert counts["total"] == total
        parts = ("removed", "restricted", "online", "held", "being_identified", "withdrawn")
        assert sum(counts[part] for part in parts) == total
        text = " ".join(summary["sentences"])
        assert "http" not in text
        assert not [p for p in ("peertube", "bluesky", "telegram", "x.com") if p in text.lower()]
    todo = await call(worker, "GET", "/todo", params={"limit": 500})
    mine = [t for t in todo["items"] if t["case_id"] == case_id]
    kinds = Counter(t["kind"] for t in mine)
    packets = {t["platform"] for t in mine if t["kind"] == "by_hand"}
    assert packets == {"kcsc"}, "where all refuse, the regulator of the case's country"
    assert kinds["stuck"] == sum(t["derived"]["stuck"] for t in found)


async def joined_shows_nothing_of_the_other_case(
    worker: httpx.AsyncClient, made: Any, shared: list[str], other: Any
) -> None:
    mine = {i["url"]: i["takedown_id"] for i in made["items"] if i["url"] in shared}
    for takedown_id in mine.values():
        reply = await worker.get(f"/takedowns/{takedown_id}")
        assert other["id"] not in reply.text
        assert "other" not in {r["state"] for r in reply.json()["requests"]}
        assert [r["state"] for r in reply.json()["requests"]] == ["joined"]
        assert reply.json()["requests"][0]["carrier"]["state"] in (
            "asked", "acknowledged", "no_answer"
        )  # fmt: skip


def each_was_asked_about_once(whole: Whole) -> None:
    """As the platforms count it. A reminder is a mail in the thread of the first."""
    reports = Counter(
        len(item.reports)
        for item in whole.practice.world.items.values()
        if item.platform in ("peertube", "bluesky")
    )
    assert set(reports) == {1}, reports
    firsts = [mail for mail in whole.practice.mail.mails if not mail.thread]
    named = Counter(url for mail in firsts for url in mail.urls if url.startswith("https://t.me/"))
    assert set(named.values()) == {1}
    assert len(firsts) <= 4, "one mail a case, but for what was approved on its own"
