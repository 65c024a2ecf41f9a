"""Mastodon's world, as its documentation and source say that it answers."""

from __future__ import annotations

from adapters.errors import ContentGone, Misconfigured, Refused, Throttled, Uncertain
from adapters.mastodon import Mastodon
from adapters.spec import Grade, Kind, Receipt, Seen
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import stored, told

SITE = "https://mastodon.example"
API = f"{SITE}/api"
ID, FAR_ID, AUTHOR = "112345678901234567", "112345678901234568", "112000000000000001"
REPORT = f"POST {API}/v1/reports"
SEARCH = f"GET {API}/v2/search"
LOOK = f"GET {API}/v1/statuses/{ID}"
LOOK_FAR = f"GET {API}/v1/statuses/{FAR_ID}"
ACCOUNT_LOOK = f"GET {API}/v1/accounts/{AUTHOR}"

POST = thing(
    "mastodon",
    f"{SITE}/users/examplename/statuses/{ID}",
    f"{SITE}/@examplename/{ID}",
    host="mastodon.example",
    id=ID,
    account_id=AUTHOR,
    remote="",
)
FAR = thing(
    "mastodon",
    "https://other.example/users/examplename/statuses/98",
    "https://other.example/@examplename/98",
    host="other.example",
    id=FAR_ID,
    account_id="112000000000000002",
    remote="yes",
)
ACCOUNT = thing(
    "mastodon",
    "@examplename@mastodon.example",
    f"{SITE}/@examplename",
    Kind.ACCOUNT,
    host="mastodon.example",
    id=AUTHOR,
    account_id=AUTHOR,
    remote="",
)

CASE = Case(
    adapter=Mastodon,
    settings={"base_url": SITE},
    secrets={"token": "canary-token"},
    routes={
        REPORT: stored("mastodon/reported.json"),
        SEARCH: stored("mastodon/search_account.json"),
        LOOK: stored("mastodon/status.json"),
        LOOK_FAR: stored("mastodon/status_remote.json"),
        ACCOUNT_LOOK: stored("mastodon/account.json"),
    },
    others=(
        f"{SITE}/",
        f"{SITE}/about",
        f"{SITE}/tags/example",
        f"{SITE}/@examplename/{ID}/x",
        f"{SITE}/@examplename/{ID},",
        f"{SITE}/@examplename/{ID}%2C",
        f"{SITE}/@examplename/0{ID}",
        f"{SITE}/@examplename/collections",
        f"{SITE}/@examplename/tagged/example",
        f"{SITE}/@examplename,",
        f"{SITE}/@/{ID}",
        f"{SITE}/web/statuses/{ID}",
        f"{SITE}/statuses/{ID}",
        f"tg://mastodon.example/@examplename/{ID}",
        f"https://mastodon.example:8443/@examplename/{ID}",
        f"https://someone@mastodon.example/@examplename/{ID}",
        f"https://other.example/@examplename/{ID}",
    ),
    report=REPORT,
    locator=POST,
    receipt=Receipt("48914", Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (stored("mastodon/not_found.json", 404), ContentGone),
        (told("not found", 404), Refused),
        (stored("mastodon/invalid_token.json", 401), Misconfigured),
        (stored("mastodon/wrong_scope.json", 403), Misconfigured),
        (stored("mastodon/no_user.json", 422), Misconfigured),
        (stored("mastodon/too_long.json", 422), Refused),
        (stored("mastodon/too_many.json", 429), Throttled),
        (stored("mastodon/remote_failed.json", 503), Uncertain),
    ),
    looks=(
        (POST, {}, Seen.UP),
        (POST, {LOOK: stored("mastodon/not_found.json", 404)}, Seen.GONE),
        (POST, {LOOK: stored("mastodon/status_not_found.json", 404)}, Seen.GONE),
        (POST, {LOOK: told("not found", 404)}, Seen.CANNOT_SEE),
        (POST, {LOOK: stored("mastodon/no_user.json", 401)}, Seen.CANNOT_SEE),
        (FAR, {}, Seen.UP),
        (FAR, {LOOK_FAR: stored("mastodon/not_found.json", 404)}, Seen.CANNOT_SEE),
        (ACCOUNT, {}, Seen.UP),
        (ACCOUNT, {ACCOUNT_LOOK: stored("mastodon/account_suspended.json")}, Seen.GONE),
        (ACCOUNT, {ACCOUNT_LOOK: stored("mastodon/not_found.json", 404)}, Seen.GONE),
    ),
    resolves=(
        (f"{SITE}/@examplename/{ID}", POST.key),
        (f"{SITE}/@examplename@other.example/{FAR_ID}", FAR.key),
        (f"{SITE}/@examplename", ACCOUNT.key),
        (f"{SITE}/ap/users/{AUTHOR}", ACCOUNT.key),
    ),
    marks=("112000000000000001", ID),
)
