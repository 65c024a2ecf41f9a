"""ngrok's world, as its API reference and its own client say that it answers."""

from __future__ import annotations

import json

from adapters.errors import Misconfigured, NotSent, Refused
from adapters.ngrok import Ngrok
from adapters.spec import AnswerKind, Grade, Receipt
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import REPLIES, Answer, stored, told

API = "https://api.ngrok.com/abuse_reports"
ID = "abrp_2example0000000000000000"
REPORT = f"POST {API}"
READ = f"GET {API}/{ID}"
PAGE = thing("ngrok", "example-name.ngrok.app/p/1", "https://example-name.ngrok.app/p/1")


def read(status: str, host: str) -> Answer:
    """The stored report, in another state."""
    report = json.loads((REPLIES / "ngrok/pending.json").read_bytes())
    hosts = [{**report["hostnames"][0], "status": host}]
    return told({**report, "status": status, "hostnames": hosts})


CASE = Case(
    adapter=Ngrok,
    secrets={"token": "canary-token"},
    routes={
        REPORT: stored("ngrok/pending.json", 201),
        READ: stored("ngrok/pending.json"),
    },
    others=(
        "https://ngrok.app/",
        "https://ngrok.com/docs",
        "https://api.ngrok.com/abuse_reports",
        "https://notngrok.app/",
        "https://0.tcp.ngrok.io:12345/",
        "https://example-name.ngrok.app.example.org/",
    ),
    report=REPORT,
    locator=PAGE,
    receipt=Receipt(ID, Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (stored("ngrok/not_authorised.json", 400), Misconfigured),
        (stored("ngrok/not_authorised.json", 403), Misconfigured),
        (stored("ngrok/at_once.json", 400), NotSent),
        (stored("ngrok/too_many.json", 400), NotSent),
        (stored("ngrok/metadata.json", 400), Refused),
    ),
    polls=(
        ({}, (AnswerKind.ACKNOWLEDGED,), False),
        ({READ: read("PARTIALLY_PROCESSED", "PENDING")}, (AnswerKind.UNSPECIFIED,), False),
        *(
            ({READ: read("PROCESSED", host)}, (AnswerKind.UNSPECIFIED,), True)
            for host in ("BANNED", "UNBANNED", "IGNORE")
        ),
    ),
    unknown={READ: read("UNHEARD_OF", "PENDING")},
    marks=(ID,),
)
