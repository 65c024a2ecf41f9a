"""Cloudflare's world, as its API reference shows it, and as a public client met its refusals."""

from __future__ import annotations

import json
from typing import Any

from adapters.cloudflare import Cloudflare
from adapters.errors import AlreadyReported, Misconfigured, Refused, WrongAddressee
from adapters.spec import AnswerKind, Grade, Receipt
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import REPLIES, Answer, stored, told

ACCOUNT = "0123456789abcdef0123456789abcdef"
API = f"https://api.cloudflare.com/client/v4/accounts/{ACCOUNT}/abuse-reports"
REPORT = f"POST {API}/abuse_ncsei"
READ = f"GET {API}/submitted/0a1b2c3d4e5f6789"
PAGE = thing("cloudflare", "example-site.pages.dev/p/1", "https://example-site.pages.dev/p/1")
REASONS = {
    "unable_to_confirm": AnswerKind.REFUSED,
    "incomplete_report": AnswerKind.NEEDS_INFO,
    "not_on_cloudflare": AnswerKind.WRONG_ADDRESSEE,
    "duplicate_report": AnswerKind.ALREADY_REPORTED,
    "content_removed": AnswerKind.CONTENT_GONE,
    "report_details_mismatch": AnswerKind.NEEDS_INFO,
    "no_abuse_found": AnswerKind.REFUSED,
    "missing_original_work": AnswerKind.REFUSED,
    "direct_url_required": AnswerKind.NEEDS_INFO,
    "wrong_report_category": AnswerKind.NEEDS_INFO,
    "content_unavailable": AnswerKind.CONTENT_GONE,
    "law_enforcement_referral_required": AnswerKind.REFUSED,
    "domain_dispute_process_required": AnswerKind.REFUSED,
    None: AnswerKind.REFUSED,
}


def read(status: str, reason: str | None = None) -> Answer:
    """The stored report, in another state."""
    told_before: dict[str, Any] = json.loads((REPLIES / "cloudflare/submitted.json").read_bytes())
    result = {**told_before["result"], "status": status, "denial_reason": reason}
    return told({**told_before, "result": result})


CASE = Case(
    adapter=Cloudflare,
    settings={"account_id": ACCOUNT},
    secrets={"token": "canary-token"},
    routes={
        REPORT: stored("cloudflare/reported.json"),
        READ: stored("cloudflare/submitted.json"),
    },
    others=(
        "https://pages.dev/",
        "https://r2.dev/",
        "https://cloudflare.com/",
        "https://example-sitepages.dev/p/1",
        "https://example-site.pages.dev.example.org/p/1",
        "https://example-site.pages.dev:8443/p/1",
        "https://name:word@example-site.pages.dev/p/1",
        "ftp://example-site.pages.dev/p/1",
    ),
    report=REPORT,
    locator=PAGE,
    receipt=Receipt("0a1b2c3d4e5f6789", Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (stored("cloudflare/dedupe.json"), AlreadyReported),
        (stored("cloudflare/dedupe.json", 409), AlreadyReported),
        (stored("cloudflare/not_orange.json"), WrongAddressee),
        (stored("cloudflare/not_orange.json", 400), WrongAddressee),
        (stored("cloudflare/error.json"), Refused),
        (stored("cloudflare/invalid.json", 400), Refused),
        (stored("cloudflare/not_entitled.json", 401), Misconfigured),
    ),
    polls=(
        ({}, (AnswerKind.ACKNOWLEDGED,), False),
        ({READ: read("accepted")}, (AnswerKind.UNSPECIFIED,), True),
        *(({READ: read("denied", reason)}, (kind,), True) for reason, kind in REASONS.items()),
    ),
    unknown={READ: read("unheard_of")},
    marks=("0a1b2c3d4e5f6789", "desk@centre.example"),
)
