"""GoDaddy's world, as its own description of the abuse API says that it answers."""

from __future__ import annotations

import json

from adapters.errors import Misconfigured, Refused
from adapters.godaddy import GoDaddy
from adapters.spec import AnswerKind, Grade, Receipt
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import REPLIES, Answer, stored, told

API = "https://api.godaddy.com"
REPORT = f"POST {API}/v1/abuse/tickets"
TICKET = f"GET {API}/v2/abuse/tickets/DCU000012345"
SITE = "https://example-site.godaddysites.com"
PAGE = thing("godaddy", "example-site.godaddysites.com/p/1", f"{SITE}/p/1")
REASONS = {
    "ACTIONED": AnswerKind.UNSPECIFIED,
    "FALSE_POSITIVE": AnswerKind.REFUSED,
    "FORWARDED_COMPLAINT": AnswerKind.FORWARDED,
    "RECLASSIFIED": AnswerKind.UNSPECIFIED,
    "NOT_REGISTERED_HOSTED_HERE": AnswerKind.WRONG_ADDRESSEE,
    None: AnswerKind.UNSPECIFIED,
}


def closed(reason: str | None) -> Answer:
    """The stored ticket, closed for another reason."""
    ticket = json.loads((REPLIES / "godaddy/closed.json").read_bytes())
    return told({**ticket, "closeReason": reason})


CASE = Case(
    adapter=GoDaddy,
    secrets={"key": "canary-key", "secret": "canary-secret"},
    routes={
        REPORT: stored("godaddy/created.json", 201),
        TICKET: stored("godaddy/open.json"),
    },
    others=(
        "https://godaddysites.com/",
        "https://www.godaddy.com/",
        f"{SITE}:8443/p/1",
        f"{SITE}.example.org/p/1",
    ),
    report=REPORT,
    locator=PAGE,
    receipt=Receipt("DCU000012345", Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (stored("godaddy/unauthenticated.json", 401), Misconfigured),
        (stored("godaddy/not_allowed.json", 403), Misconfigured),
        (stored("godaddy/invalid.json", 422), Refused),
    ),
    polls=(
        ({}, (AnswerKind.ACKNOWLEDGED,), False),
        *(({TICKET: closed(reason)}, (kind,), True) for reason, kind in REASONS.items()),
    ),
    unknown={TICKET: closed("UNHEARD_OF")},
    marks=("DCU000012345",),
)
