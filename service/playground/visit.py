"""A practice case worker: sets platforms up, brings sample cases in, enters what comes by mail.

All of it goes through the REST API with the keys of the data folder, as a case system would do it.
Listening to a mailbox comes later; until then this is what a case worker does by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import structlog

from service.playground.serve import Playground
from service.playground.smtp import Reply

log = structlog.get_logger()

LOOK_EVERY_S: Final = 1.0
PROFILE: Final = {
    "legal_name": "Practice centre",
    "email": "notices@practice-centre.example",
    "address": "1 Practice Road",
    "signatory": "Practice centre, legal desk",
}
ANSWER_DAYS: Final = 2
STATEMENTS: Final = [
    {"kind": kind, "words": words, "language": "en", "version": "1"}
    for kind, words in (
        ("good_faith", "We believe in good faith that what we say here is accurate and complete."),
        ("no_consent", "The person shown has not consented to the publication."),
        ("authority", "We act with the authority of the person shown."),
    )
]
CASE: Final[Mapping[str, Any]] = {
    "depicted_as": "adult",
    "person_now": "adult",
    "jurisdictions": ["KR"],
    "class": "ncii",
    "synthetic": "real",
    "mandate": {"kind": "centre_by_law", "checked_how": "practice"},
    "consent": [{"what": "removal of all copies", "given_by": "self", "given_how": "practice"}],
    "statements": STATEMENTS,
}
CASES: Final[tuple[tuple[str, tuple[str, ...], Mapping[str, Any]], ...]] = (
    ("PRACTICE-1", ("peertube", "bluesky"), {}),
    ("PRACTICE-2", ("telegram", "x"), {"class": "deepfake", "synthetic": "synthetic"}),
    ("PRACTICE-3", (), {"depicted_as": "minor", "urgent": True}),
    ("PRACTICE-4", (), {"mandate": None, "consent": [], "statements": []}),
    ("PRACTICE-5", ("telegram",), {}),
)
"""Reference, the platforms whose samples it gets, and what differs. The third shares two addresses
with the first; the fourth lacks consent, so what it brings is held; the fifth's mail bounces."""
SHARED: Final = 2
BOUNCES: Final = "bounces"


async def visit(address: str, practice: Playground, data: Path) -> None:
    """Until cancelled. What is there from an earlier start is found again, not made twice."""
    keys = {r: (data / f"{r}.key").read_text().strip() for r in ("admin", "case_worker")}
    async with (
        _client(address, keys["admin"]) as admin,
        _client(address, keys["case_worker"]) as worker,
    ):
        try:
            await _set_up(admin, practice)
            await _bring_in(worker, practice)
            await _answer(worker, practice)
        except httpx.HTTPError as error:
            log.error("practice.failed", error=type(error).__name__)


def _client(address: str, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"{address}/api/v1",
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
        trust_env=False,
    )


async def _call(client: httpx.AsyncClient, method: str, path: str, **values: Any) -> Any:
    reply = await client.request(method, path, **values)
    if reply.is_error:
        code = reply.json().get("code") if "json" in reply.headers.get("content-type", "") else None
        log.warning("practice.refused", method=method, status=reply.status_code, code=code)
        reply.raise_for_status()
    return reply.json() if reply.content else None


async def _changed(client: httpx.AsyncClient, method: str, path: str, body: Any) -> Any:
    """A change of something that has a version: read it, and say which one is changed."""
    found = await client.get(path if method == "PATCH" else path.removesuffix("/settings"))
    match = {"If-Match": found.headers.get("etag", "*")}
    return await _call(client, method, path, json=body, headers=match)


async def _set_up(admin: httpx.AsyncClient, practice: Playground) -> None:
    at = asdict(practice.addresses)
    account = practice.world.account("peertube")
    await _changed(
        admin, "PATCH", "/organisation", {"profile": PROFILE, "answer_days": ANSWER_DAYS}
    )
    secrets = {"username": account.name, "password": account.password}
    site = practice.peertube.site_url
    session = {"identifier": account.name, "password": account.password}
    for name, settings, secret in (
        ("peertube", {"base_url": at["peertube_url"], "site_url": site}, secrets),
        ("bluesky", {"pds_url": at["pds_url"], "appview_url": at["appview_url"]}, session),
        ("telegram", {"embed_url": at["embed_url"]}, {}),
        ("x", {"oembed_url": at["oembed_url"], "short_url": at["short_url"],
               "form_url": at["form_url"]}, {}),
    ):  # fmt: skip
        body = {"settings": settings, "secrets": secret}
        await _changed(admin, "PUT", f"/platforms/{name}/settings", body)


async def _bring_in(worker: httpx.AsyncClient, practice: Playground) -> None:
    items = list(practice.world.items.values())
    shared = [item.url for item in items if item.platform == "bluesky"][:SHARED]
    for reference, platforms, changes in CASES:
        case = await _call(
            worker, "POST", "/cases", json={"reference": reference, **CASE, **changes}
        )
        bounces = reference == "PRACTICE-5"
        mine = (i for i in items if i.platform in platforms and (i.name == BOUNCES) is bounces)
        urls = [item.url for item in mine] or shared
        await _call(worker, "POST", "/takedowns", json={"case_id": case["id"], "items": urls})


async def _answer(worker: httpx.AsyncClient, practice: Playground) -> None:
    """Enter each reply of the practice help desk once, and file half of the forms."""
    entered: set[str] = set()
    filed = False
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        replies = [r for r in practice.mail.replies_due() if r.reply_id not in entered]
        if replies or not filed:
            details = await _details(worker)
            filed = filed or await _file(worker, details)
            for reply in replies:
                if await _enter(worker, details, reply):
                    entered.add(reply.reply_id)


async def _details(worker: httpx.AsyncClient) -> list[Any]:
    """Every takedown that goes by mail or form, with its requests and notices."""
    found = []
    cursor = None
    while True:
        query = {"limit": 500, **({"cursor": cursor} if cursor else {})}
        page = await _call(worker, "GET", "/takedowns", params=query)
        found += [t for t in page["items"] if t["platform"] in ("telegram", "x")]
        cursor = page["next_cursor"]
        if not cursor:
            return [await _call(worker, "GET", f"/takedowns/{t['id']}") for t in found]


async def _enter(worker: httpx.AsyncClient, details: Sequence[Any], reply: Reply) -> bool:
    notices = {n["reference"]: n["id"] for t in details for n in t["notices"]}
    notice_id = notices.get(reply.reference)
    if notice_id is None:
        return False
    if reply.kind == "bounced":
        line = {"notice_id": notice_id, "decision": "bounced", "how": "practice mail"}
        await _call(worker, "POST", "/notices/decide", json={"items": [line]})
        return True
    carried = (await _call(worker, "GET", f"/notices/{notice_id}"))["items"]
    about = [item["request_id"] for item in carried if item["url"] in reply.urls]
    names_them = bool(about) and reply.kind != "unspecified"
    body = {
        "notice_id": notice_id,
        "request_ids": about if names_them else [],
        "scope": "these" if names_them else "unspecified",
        "answer": reply.kind,
        "said_at": datetime.now(UTC).isoformat(),
        "words": reply.words,
        "how": "practice mail",
    }
    await _call(worker, "POST", "/answers", json=body)
    return True


async def _file(worker: httpx.AsyncClient, details: Sequence[Any]) -> bool:
    """File every other form, as a person would; the others wait."""
    waiting = sorted({n["id"] for t in details for n in t["notices"] if n["state"] == "by_hand"})
    lines = [
        {"notice_id": id_, "filed_at": datetime.now(UTC).isoformat(), "how": "practice form"}
        for id_ in waiting[::2]
    ]
    if lines:
        await _call(worker, "POST", "/notices/filed", json={"items": lines})
    return bool(lines)
