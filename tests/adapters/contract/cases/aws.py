"""AWS's world, as the Abuse Signal API and its service model say that it answers."""

from __future__ import annotations

import json
from typing import Any

from adapters.aws import Aws
from adapters.errors import Misconfigured, Refused, Uncertain
from adapters.spec import AnswerKind, Grade, Receipt
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import REPLIES, Answer, stored, told

API = "https://abuse.us-east-1.amazonaws.com/v1"
ID = "a1B2c3D4e5F6g7H8i9J0k1L2"
REPORT = f"POST {API}/abuse"
STATUS = f"GET {API}/abuse/{ID}"
LIST = f"GET {API}/abusestatuses"
HOST = "example-bucket.s3.eu-west-1.amazonaws.com"
PAGE = thing("aws", "s3/example-bucket/p/1.html", f"https://{HOST}/p/1.html")
REASONS = {
    "ACTIONED": AnswerKind.UNSPECIFIED,
    "NOT_RESOLVABLE_TO_AWS": AnswerKind.WRONG_ADDRESSEE,
    "REVIEWED_NO_AWS_ACTION": AnswerKind.REFUSED,
    "CONTENT_DOWN_OR_INACCESSIBLE": AnswerKind.CONTENT_GONE,
    "NEED_MORE_INFORMATION": AnswerKind.NEEDS_INFO,
    "A_CODE_OF_LATER": AnswerKind.UNSPECIFIED,
}


def reply(name: str, **changes: object) -> dict[str, Any]:
    """A stored reply, in another state."""
    return {**json.loads((REPLIES / f"aws/{name}.json").read_bytes()), **changes}


def error(status: int, name: str, kind: str) -> Answer:
    """An error with its type where the protocol has it: in a header."""
    return told(reply(name), status, {"x-amzn-errortype": f"{kind}:http://internal.example/"})


CASE = Case(
    adapter=Aws,
    settings={"adults_as_exposed_data": "yes"},
    secrets={"key_id": "CANARYKEYID", "secret_key": "canary-secret-key"},
    routes={
        REPORT: stored("aws/reported.json", 202),
        STATUS: stored("aws/queued.json"),
        LIST: stored("aws/list.json"),
    },
    others=(
        "https://amazonaws.com/",
        "https://aws.amazon.com/s3/",
        f"https://{HOST}.cn/p/1.html",
        f"https://{HOST}:8443/p/1.html",
        "https://d111111abcdef8.cloudfront.net.example.org/",
        "https://name:word@d111111abcdef8.cloudfront.net/",
    ),
    report=REPORT,
    locator=PAGE,
    receipt=Receipt(ID, Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (error(400, "validation", "ValidationException"), Refused),
        (error(422, "unmet", "SubmissionRequirementException"), Refused),
        (error(409, "message", "ConflictException"), Refused),
        (error(403, "message", "AccessDeniedException"), Misconfigured),
        (error(400, "message", "IncompleteSignature"), Misconfigured),
        (error(400, "message", "NotAuthorized"), Misconfigured),
        (error(400, "message", "RequestExpired"), Misconfigured),
        (error(500, "message", "InternalServerException"), Uncertain),
    ),
    polls=(
        ({}, (AnswerKind.ACKNOWLEDGED,), False),
        ({STATUS: told(reply("queued", status="PROCESSING"))}, (AnswerKind.IN_REVIEW,), False),
        *(
            ({STATUS: told(reply("completed", reasonCode=reason))}, (kind,), True)
            for reason, kind in REASONS.items()
        ),
    ),
    unknown={STATUS: told(reply("queued", status="UNHEARD_OF"))},
    absent=(
        {LIST: stored("aws/list_none.json")},
        {LIST: told({"reports": [{**reply("list")["reports"][0], "correlationId": "another"}]})},
    ),
    marks=(ID,),
)
