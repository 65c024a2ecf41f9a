"""Pleroma's world, as its source says that it answers."""

from __future__ import annotations

from adapters.errors import ContentGone, Misconfigured, Refused, Throttled
from adapters.pleroma import Pleroma
from adapters.spec import AnswerKind, Grade, Kind, Receipt, Seen
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import stored

SITE = "https://pleroma.example"
API = f"{SITE}/api"
ID, AUTHOR, NUMBER = "AExampLeN0ticeId01", "AExampLeAcc0untI01", "AExampLeRep0rtId01"
OBJECT = "0192f7a1-c0de-4c0d-abad-1deafacade00"
REPORT = f"POST {API}/v1/reports"
SEARCH = f"GET {API}/v2/search"
OWN = f"GET {API}/v0/pleroma/reports"
READ = f"GET {API}/v0/pleroma/reports/{NUMBER}"
LOOK = f"GET {API}/v1/statuses/{ID}"
ACCOUNT_LOOK = f"GET {API}/v1/accounts/{AUTHOR}"
GONE = stored("pleroma/not_found.json", 404)

POST = thing(
    "pleroma",
    f"{SITE}/objects/{OBJECT}",
    f"{SITE}/notice/{ID}",
    host="pleroma.example",
    id=ID,
    account_id=AUTHOR,
    remote="",
)
ACCOUNT = thing(
    "pleroma",
    "@examplename@pleroma.example",
    f"{SITE}/users/examplename",
    Kind.ACCOUNT,
    host="pleroma.example",
    id=AUTHOR,
    account_id=AUTHOR,
    remote="",
)

CASE = Case(
    adapter=Pleroma,
    settings={"base_url": SITE},
    secrets={"token": "canary-token"},
    routes={
        REPORT: stored("pleroma/reported.json"),
        SEARCH: stored("pleroma/search_object.json"),
        OWN: stored("pleroma/own.json"),
        READ: stored("pleroma/open.json"),
        LOOK: stored("pleroma/status.json"),
        ACCOUNT_LOOK: stored("pleroma/account.json"),
        f"GET {API}/v1/accounts/examplename": stored("pleroma/account.json"),
    },
    others=(
        f"{SITE}/",
        f"{SITE}/about",
        f"{SITE}/main/all",
        f"{SITE}/tag/example",
        f"{SITE}/manifest.json",
        f"{SITE}/notice/{ID}/embed_player",
        f"{SITE}/notice/{ID},",
        f"{SITE}/notice/{ID[:-1]}",
        f"{SITE}/objects/{OBJECT}0",
        f"{SITE}/activities/{OBJECT}",
        f"{SITE}/users/examplename/feed",
        f"{SITE}/users/examplename,",
        f"tg://pleroma.example/notice/{ID}",
        f"https://pleroma.example:8443/notice/{ID}",
        f"https://someone@pleroma.example/notice/{ID}",
        f"https://other.example/notice/{ID}",
    ),
    report=REPORT,
    locator=POST,
    receipt=Receipt(NUMBER, Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (stored("pleroma/account_missing.json", 400), ContentGone),
        (stored("pleroma/too_long.json", 400), Refused),
        (stored("pleroma/no_field.json", 400), Refused),
        (stored("pleroma/not_here.json", 404), Refused),
        (stored("pleroma/bad_token.json", 403), Misconfigured),
        (stored("pleroma/no_scope.json", 403), Misconfigured),
        (stored("pleroma/throttled.json", 429), Throttled),
    ),
    polls=(
        ({}, (AnswerKind.ACKNOWLEDGED,), False),
        ({READ: stored("pleroma/closed.json")}, (AnswerKind.UNSPECIFIED,), True),
        ({READ: stored("pleroma/resolved.json")}, (AnswerKind.UNSPECIFIED,), True),
        ({READ: GONE}, (), True),
    ),
    unknown={READ: stored("pleroma/unheard_of.json")},
    absent=(
        {OWN: stored("pleroma/own_none.json")},
        {OWN: stored("pleroma/own_others.json")},
    ),
    looks=(
        (POST, {}, Seen.UP),
        (POST, {LOOK: GONE}, Seen.GONE),
        (POST, {LOOK: stored("pleroma/not_here.json", 404)}, Seen.CANNOT_SEE),
        (ACCOUNT, {}, Seen.UP),
        (ACCOUNT, {ACCOUNT_LOOK: stored("pleroma/no_account.json", 404)}, Seen.GONE),
        (ACCOUNT, {ACCOUNT_LOOK: stored("pleroma/strangers.json", 401)}, Seen.CANNOT_SEE),
    ),
    resolves=(
        (f"{SITE}/notice/{ID}", POST.key),
        (f"{SITE}/objects/{OBJECT}", POST.key),
        (f"{SITE}/users/examplename", ACCOUNT.key),
    ),
    marks=(AUTHOR, ID),
)
