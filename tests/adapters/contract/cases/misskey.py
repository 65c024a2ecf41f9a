"""Misskey's world, as its source and that of its forks say that it answers."""

from __future__ import annotations

import httpx

from adapters.errors import ContentGone, Misconfigured, Refused, Uncertain, WrongAddressee
from adapters.misskey import Misskey
from adapters.spec import Grade, Kind, Receipt, Seen
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import Answer, stored, told

SITE = "https://misskey.example"
API = f"{SITE}/api"
REPORT = f"POST {API}/users/report-abuse"
NOTE_LOOK = f"POST {API}/notes/show"
USER_LOOK = f"POST {API}/users/show"
AP_SHOW = f"POST {API}/ap/show"

AT = f"{SITE}/notes/9abcdefghi"
NOTE = thing("misskey", AT, AT, user="9author001", note="9abcdefghi", here="yes")
USER_KEY = f"{SITE}/users/9author001"
USER = thing("misskey", USER_KEY, USER_KEY, Kind.ACCOUNT, user="9author001", here="yes")
ELSEWHERE = "https://other.example/notes/8remote001"
COPY = thing("misskey", ELSEWHERE, ELSEWHERE, user="9author001", note="9abcdefghi")
USER_ELSEWHERE = "https://other.example/users/8author001"
USER_COPY = thing("misskey", USER_ELSEWHERE, USER_ELSEWHERE, Kind.ACCOUNT, user="9author001")


def says(code: str, status: int = 400, kind: str = "client") -> Answer:
    """An error as `ApiCallService` sends it."""
    error = {"message": "In words.", "code": code, "id": "an-id-of-this-error", "kind": kind}
    return told({"error": error}, status)


def nothing(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(204)


CASE = Case(
    adapter=Misskey,
    settings={"base_url": SITE},
    secrets={"token": "canary-token"},
    routes={
        REPORT: nothing,
        NOTE_LOOK: stored("misskey/note.json"),
        USER_LOOK: stored("misskey/user.json"),
    },
    others=(
        f"{SITE}/",
        f"{SITE}/explore",
        f"{SITE}/notes/9abcdefghi,",
        f"{SITE}/notes/9abcdefghi/x",
        f"{SITE}/notes/9abc-defghi",
        f"{SITE}/@examplename/pages/words",
        f"{SITE}/@examplename,",
        f"{SITE}/clips/9abcdefghi",
        f"{SITE}/files/example.webp",
        "https://misskey.example:8443/notes/9abcdefghi",
        "https://other.example/notes/9abcdefghi",
        "tg://misskey.example/notes/9abcdefghi",
    ),
    report=REPORT,
    locator=NOTE,
    receipt=Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (says("NO_SUCH_USER"), ContentGone),
        (says("CANNOT_REPORT_YOURSELF"), Refused),
        (says("CANNOT_REPORT_THE_ADMIN"), WrongAddressee),
        (says("INVALID_PARAM"), Refused),
        (says("CREDENTIAL_REQUIRED", 401), Misconfigured),
        (says("AUTHENTICATION_FAILED", 403), Misconfigured),
        (told({"code": "AUTHENTICATION_FAILED", "kind": "client"}, 403), Misconfigured),
        (says("YOUR_ACCOUNT_SUSPENDED", 403), Misconfigured),
        (says("PERMISSION_DENIED"), Misconfigured),
        (says("PERMISSION_DENIED", 403, "permission"), Misconfigured),
        (says("INTERNAL_ERROR", 500, "server"), Uncertain),
    ),
    looks=(
        (NOTE, {}, Seen.UP),
        (NOTE, {NOTE_LOOK: says("NO_SUCH_NOTE")}, Seen.GONE),
        (NOTE, {NOTE_LOOK: says("NO_SUCH_NOTE", 404)}, Seen.GONE),
        (NOTE, {NOTE_LOOK: says("SIGNIN_REQUIRED")}, Seen.CANNOT_SEE),
        (NOTE, {NOTE_LOOK: says("CREDENTIAL_REQUIRED", 401)}, Seen.CANNOT_SEE),
        (NOTE, {NOTE_LOOK: stored("misskey/note_hidden.json")}, Seen.CANNOT_SEE),
        (NOTE, {NOTE_LOOK: nothing}, Seen.CANNOT_SEE),
        (COPY, {NOTE_LOOK: stored("misskey/note_copy.json")}, Seen.UP),
        (COPY, {NOTE_LOOK: says("NO_SUCH_NOTE")}, Seen.CANNOT_SEE),
        (USER, {}, Seen.UP),
        (USER, {USER_LOOK: says("NO_SUCH_USER", 404)}, Seen.GONE),
        (USER_COPY, {USER_LOOK: says("NO_SUCH_USER", 404)}, Seen.CANNOT_SEE),
        (thing("misskey", AT, AT, id="9abcdefghi"), {}, Seen.CANNOT_SEE),
    ),
    resolves=(
        (AT, AT),
        (f"{SITE}/@examplename", USER_KEY),
        (f"{SITE}/users/9author001", USER_KEY),
    ),
    marks=("9abcdefghi", "9author001"),
)
