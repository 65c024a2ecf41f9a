"""GoToSocial's world, as its source says that it answers."""

from __future__ import annotations

from adapters.errors import ContentGone, Misconfigured, Refused, Throttled
from adapters.gotosocial import GoToSocial
from adapters.spec import AnswerKind, Grade, Kind, Receipt, Seen
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import stored, told

SITE = "https://gotosocial.example"
API = f"{SITE}/api"
ID, AUTHOR = "01EXAMPEP0ST00000000000001", "01EXAMPEACC000000000000001"
NUMBER = "01EXAMPEREP000000000000001"
REPORT = f"POST {API}/v1/reports"
OWN = f"GET {API}/v1/reports"
READ = f"GET {API}/v1/reports/{NUMBER}"
LOOK = f"GET {API}/v1/statuses/{ID}"
ACCOUNT_LOOK = f"GET {API}/v1/accounts/{AUTHOR}"
BLOCKS = f"GET {API}/v1/accounts/relationships"
GONE = stored("gotosocial/status_not_found.json", 404)

POST = thing(
    "gotosocial",
    f"{SITE}/users/examplename/statuses/{ID}",
    f"{SITE}/@examplename/statuses/{ID}",
    host="gotosocial.example",
    id=ID,
    account_id=AUTHOR,
    remote="",
)
ACCOUNT = thing(
    "gotosocial",
    "@examplename@gotosocial.example",
    f"{SITE}/@examplename",
    Kind.ACCOUNT,
    host="gotosocial.example",
    id=AUTHOR,
    account_id=AUTHOR,
    remote="",
)

CASE = Case(
    adapter=GoToSocial,
    settings={"base_url": SITE},
    secrets={"token": "canary-token"},
    routes={
        REPORT: stored("gotosocial/reported.json"),
        OWN: stored("gotosocial/own.json"),
        READ: stored("gotosocial/reported.json"),
        LOOK: stored("gotosocial/status.json"),
        ACCOUNT_LOOK: stored("gotosocial/account.json"),
        BLOCKS: stored("gotosocial/relationship.json"),
        f"GET {API}/v2/search": stored("gotosocial/search_account.json"),
    },
    others=(
        f"{SITE}/",
        f"{SITE}/about",
        f"{SITE}/tags/example",
        f"{SITE}/@examplename/{ID}",
        f"{SITE}/@examplename/statuses/{ID}0",
        f"{SITE}/@examplename/statuses/{ID[:-1]}U",
        f"{SITE}/@examplename/statuses/{ID},",
        f"{SITE}/@examplename/feed.rss",
        f"{SITE}/@examplename,",
        f"{SITE}/users/examplename/collections/featured",
        f"tg://gotosocial.example/@examplename/statuses/{ID}",
        f"https://gotosocial.example:8443/@examplename/statuses/{ID}",
        f"https://someone@gotosocial.example/@examplename/statuses/{ID}",
        f"https://other.example/@examplename/statuses/{ID}",
    ),
    report=REPORT,
    locator=POST,
    receipt=Receipt(NUMBER, Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (stored("gotosocial/account_missing.json", 400), ContentGone),
        (stored("gotosocial/not_valid.json", 400), Refused),
        (stored("gotosocial/too_long.json", 400), Refused),
        (told("not found", 404), Refused),
        (stored("gotosocial/no_token.json", 401), Misconfigured),
        (stored("gotosocial/no_scope.json", 403), Misconfigured),
        (stored("gotosocial/rate_limited.json", 429), Throttled),
    ),
    polls=(
        ({}, (AnswerKind.ACKNOWLEDGED,), False),
        ({READ: stored("gotosocial/closed.json")}, (AnswerKind.UNSPECIFIED,), True),
        ({READ: stored("gotosocial/closed_with_words.json")}, (AnswerKind.UNSPECIFIED,), True),
        ({READ: stored("gotosocial/not_found.json", 404)}, (), True),
    ),
    unknown={READ: stored("gotosocial/unheard_of.json")},
    absent=(
        {OWN: stored("gotosocial/own_none.json")},
        {OWN: stored("gotosocial/own_others.json")},
    ),
    looks=(
        (POST, {}, Seen.UP),
        (POST, {LOOK: GONE}, Seen.GONE),
        (
            POST,
            {LOOK: GONE, BLOCKS: stored("gotosocial/relationship_blocked.json")},
            Seen.CANNOT_SEE,
        ),
        (POST, {LOOK: GONE, BLOCKS: stored("gotosocial/no_scope.json", 403)}, Seen.CANNOT_SEE),
        (POST, {LOOK: told("not found", 404)}, Seen.CANNOT_SEE),
        (POST, {LOOK: stored("gotosocial/no_token.json", 401)}, Seen.CANNOT_SEE),
        (ACCOUNT, {}, Seen.UP),
        (ACCOUNT, {ACCOUNT_LOOK: stored("gotosocial/not_found.json", 404)}, Seen.GONE),
    ),
    resolves=(
        (f"{SITE}/@examplename/statuses/{ID}", POST.key),
        (f"{SITE}/users/ExampleName/statuses/{ID.lower()}", POST.key),
        (f"{SITE}/@examplename", ACCOUNT.key),
    ),
    marks=(AUTHOR, ID),
)
