"""Pixelfed's world, as its source says that it answers."""

from __future__ import annotations

from adapters.errors import AlreadyReported, ContentGone, Misconfigured, Refused
from adapters.pixelfed import Pixelfed
from adapters.spec import Grade, Kind, Receipt, Seen
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import stored, told

SITE = "https://pixelfed.example"
API = f"{SITE}/api"
ID, AUTHOR = "712345678901234567", "712345678901234000"
REPORT = f"POST {API}/v1.1/report"
LOOK = f"GET {API}/v1/statuses/{ID}"
ACCOUNT_LOOK = f"GET {API}/v1/accounts/{AUTHOR}"

POST = thing(
    "pixelfed",
    f"{SITE}/p/examplename/{ID}",
    f"{SITE}/p/examplename/{ID}",
    host="pixelfed.example",
    id=ID,
    account_id=AUTHOR,
    remote="",
)
ACCOUNT = thing(
    "pixelfed",
    "@examplename@pixelfed.example",
    f"{SITE}/examplename",
    Kind.ACCOUNT,
    host="pixelfed.example",
    id=AUTHOR,
    account_id=AUTHOR,
    remote="",
)

CASE = Case(
    adapter=Pixelfed,
    settings={"base_url": SITE},
    secrets={"token": "canary-token"},
    routes={
        REPORT: stored("pixelfed/reported.json"),
        LOOK: stored("pixelfed/status.json"),
        ACCOUNT_LOOK: stored("pixelfed/account.json"),
        f"GET {API}/v2/search": stored("pixelfed/search_account.json"),
    },
    others=(
        f"{SITE}/",
        f"{SITE}/about",
        f"{SITE}/discover/tags/example",
        f"{SITE}/robots.txt",
        f"{SITE}/p/examplename/{ID}/c",
        f"{SITE}/p/examplename/{ID},",
        f"{SITE}/p/examplename/0{ID}",
        f"{SITE}/p/AAAA",
        f"{SITE}/p/niwp7sMUuH%2C",
        f"{SITE}/c/{ID}",
        f"{SITE}/stories/examplename",
        f"{SITE}/i/web/profile/examplename",
        f"{SITE}/examplename/x",
        f"tg://pixelfed.example/p/examplename/{ID}",
        f"https://pixelfed.example:8443/p/examplename/{ID}",
        f"https://someone@pixelfed.example/p/examplename/{ID}",
        f"https://other.example/p/examplename/{ID}",
    ),
    report=REPORT,
    locator=POST,
    receipt=Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (stored("pixelfed/duplicate.json", 400), AlreadyReported),
        (stored("pixelfed/invalid_object.json", 400), ContentGone),
        (stored("pixelfed/invalid_params.json", 400), Refused),
        (stored("pixelfed/too_long.json", 400), Refused),
        (stored("pixelfed/self_report.json", 400), Refused),
        (stored("pixelfed/type_invalid.json", 400), Refused),
        (stored("pixelfed/object_type_invalid.json", 400), Refused),
        (stored("pixelfed/aborted.json", 403), Misconfigured),
        (stored("pixelfed/aborted.json", 404), Misconfigured),
        (stored("pixelfed/no_route.json", 404), Refused),
        (stored("pixelfed/no_token.json", 401), Misconfigured),
    ),
    looks=(
        (POST, {}, Seen.UP),
        (POST, {LOOK: stored("pixelfed/aborted.json", 404)}, Seen.GONE),
        (POST, {LOOK: stored("pixelfed/no_route.json", 404)}, Seen.CANNOT_SEE),
        (POST, {LOOK: stored("pixelfed/aborted.json", 403)}, Seen.CANNOT_SEE),
        (POST, {LOOK: told("not found", 404)}, Seen.CANNOT_SEE),
        (ACCOUNT, {}, Seen.UP),
        (ACCOUNT, {ACCOUNT_LOOK: stored("pixelfed/not_found.json", 404)}, Seen.GONE),
    ),
    resolves=(
        (f"{SITE}/p/examplename/{ID}", POST.key),
        (f"{SITE}/p/niwp7sMUuH", POST.key),
        (f"{SITE}/examplename", ACCOUNT.key),
        (f"{SITE}/i/web/profile/{AUTHOR}", ACCOUNT.key),
    ),
    marks=(AUTHOR, ID),
)
