"""Amazon Web Services, by the Abuse Signal API, which takes one XARF v4 report for each address.

Documented on 2026-11-18. Our key is its `clientToken`: for 24 hours the same report cannot be made
twice. It is its `correlationId` too, by which a report is found for good, and that settles a doubt
of any age. AWS stores a report in its three regions and shows it to the customer it is about.

XARF has no type for intimate images of adults. The centre decides once, in a setting, whether they
are reported as exposed data; until then a person reports them as it is said at
https://repost.aws/knowledge-center/report-aws-abuse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import ClassVar, Final

import httpx

from adapters import xarf
from adapters.errors import Misconfigured, NeedsPerson, NotSent, PlatformError
from adapters.hosting import on_hosts, receipt_of
from adapters.http import Api, Json, Method, Reply
from adapters.report import INTIMATE, LETTER
from adapters.sigv4 import Signer
from adapters.spec import (
    MOST_PER_DAY,
    Ability,
    Answer,
    AnswerKind,
    Answers,
    Carries,
    Channel,
    ContentClass,
    Key,
    Kind,
    Locator,
    Notice,
    Rate,
    Receipt,
    Scope,
    Secret,
    Setting,
    Settle,
    Source,
    Spec,
    Url,
)
from adapters.told import rows_at, text_at, word_at

__all__ = ["Aws"]

_READ: Final = date(2026, 11, 26)
_DOCS: Final = "https://docs.aws.amazon.com/abuse-signal/latest"
_REGIONS: Final = ("us-east-1", "us-west-2", "eu-west-2")
_PAGES: Final = 20


class Aws(Api):
    spec = Spec(
        name="aws",
        title="Amazon Web Services",
        channel=Channel.API,
        hosts=(
            "*.amazonaws.com",
            "*.cloudfront.net",
            "*.amplifyapp.com",
            "*.awsapprunner.com",
            "*.awsglobalaccelerator.com",
            "*.elasticbeanstalk.com",
            "*.on.aws",
        ),
        api_hosts=tuple(f"abuse.{region}.amazonaws.com" for region in _REGIONS),
        classes=frozenset(ContentClass) - {ContentClass.OTHER},
        carries=Carries(urls=1),
        can=frozenset({Ability.FIND, Ability.POLL}),
        perhaps_sent=Settle.LOOK_UP,
        lane=Rate(per_minute=120, burst=10),  # 10 reports a second
        country="US",
        needs=(
            Secret(
                "key_id",
                help="An access key of an IAM user that may use the three actions of abuse:",
            ),
            Secret("secret_key", help="Shown once, with that access key"),
        ),
        settings=(
            Setting(
                "api_url",
                "Where reports are handed in; us-west-2 and eu-west-2 do too",
                "https://abuse.us-east-1.amazonaws.com",
            ),
            Setting(
                "adults_as_exposed_data",
                "`yes`: intimate images of adults are reported as exposed data, for which the"
                " format was not made; empty: a person reports them",
            ),
            MOST_PER_DAY,
        ),
        discloses=LETTER,
        travels_to=("the customer of AWS that the report is about",),
        sources=(
            Source(f"{_DOCS}/APIReference/API_CreateAbuseReport.html", _READ),
            Source(f"{_DOCS}/APIReference/API_GetAbuseReportStatus.html", _READ),
            Source(f"{_DOCS}/APIReference/API_ListAbuseReportStatuses.html", _READ),
            Source(f"{_DOCS}/userguide/report-format.html", _READ),
            Source("https://docs.aws.amazon.com/general/latest/gr/abuse-signal.html", _READ),
            Source(
                "https://www.repost.aws/articles/ARi420OrIGR0y_9pOOker1QQ/abuse-notice-faqs", _READ
            ),
            Source("https://publicsuffix.org/list/public_suffix_list.dat", _READ),  # its hosts
        ),
        samples=(
            "https://example-bucket.s3.eu-west-1.amazonaws.com/p/1.html",
            "http://example-bucket.s3-website-us-east-1.amazonaws.com/",
            "https://d111111abcdef8.cloudfront.net/?id=2",
            "https://main.d1example.amplifyapp.com/",
        ),
    )
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        "IncompleteSignature": Misconfigured,
        "NotAuthorized": Misconfigured,
        "RequestExpired": Misconfigured,  # a clock is wrong, theirs or ours
    }

    def error_code(self, reply: Reply) -> str:
        return reply.headers.get("x-amzn-errortype", "").partition(":")[0]

    def match(self, url: Url) -> Locator | None:
        found = on_hosts(self.spec, url)
        return _in_bucket(found) if found else None

    async def send(self, notice: Notice, key: Key) -> Receipt:
        as_type = xarf.type_of(notice)
        if as_type is None and notice.content_class in INTIMATE:
            decided = self.settings["adults_as_exposed_data"] == "yes"
            as_type = xarf.Type.EXPOSED_DATA if decided else None
        if as_type is None:
            raise NeedsPerson("no_xarf_type")
        report = xarf.report(notice, key, notice.items[0], as_type)
        body = {"clientToken": key, "correlationId": key, "report": {"xarf": report}}
        return receipt_of(await self._ask("POST", "abuse", body=body), "reportId")

    async def find(self, notice: Notice, key: Key) -> Receipt | None:  # noqa: ARG002 - the key is all
        params: dict[str, str] = {"correlationId": key}
        for _ in range(_PAGES):
            told = await self._ask("GET", "abusestatuses", params=params)
            for row in rows_at(told, "reports"):
                if word_at(row, "correlationId") == key:
                    return receipt_of(row, "reportId", NotSent)
            if not (token := word_at(told, "nextToken")):
                return None
            params["nextToken"] = token
        raise NotSent("too_many_reports")

    async def poll(self, receipt: Receipt) -> Answers:
        """`ACTIONED` means that AWS did something to the resource, which need not be removal."""
        told = await self._ask("GET", f"abuse/{receipt.reference}")
        status, reason = text_at(told, "status"), word_at(told, "reasonCode")
        kind = _KINDS.get(reason if status == "COMPLETED" else status, AnswerKind.UNSPECIFIED)
        said, words = f"{status}: {reason}" if reason else status, word_at(told, "description")
        answer = Answer(Scope.THESE, kind, status=said, words=words)
        return Answers((answer,), ended=status == "COMPLETED")

    async def _ask(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Json:
        url = Url(f"{self.base('api_url')}/v1/{path}")
        region = (*str(url.host).split("."), _REGIONS[0])[1]
        signer = Signer(self.secrets["key_id"], self.secrets["secret_key"], region, "abuse")
        leaves = httpx.Request(method, str(url), json=body)  # as `Http` will write it
        content_type = leaves.headers.get("content-type", "")
        headers = signer.headers(
            method, url, self.tools.now(), params, leaves.content, content_type
        )
        write = method == "POST"
        return await self.call(
            method, str(url), write=write, json=body, params=params, headers=headers
        )


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html, and older spellings.
_S3: Final = re.compile(
    r"((?P<bucket>.+)\.)?"
    r"(s3([.-](dualstack\.)?(?P<region>[a-z]{2}(-[a-z]+)+-\d))?|s3-accelerate(\.dualstack)?)"
    r"\.amazonaws\.com"
)
_STEPS: Final = re.compile(r"(?P<first>[^/?#]*)/?(?P<rest>.*)")
_KINDS: Final[Mapping[str, AnswerKind]] = {
    "QUEUED": AnswerKind.ACKNOWLEDGED,
    "PROCESSING": AnswerKind.IN_REVIEW,
    "ACTIONED": AnswerKind.UNSPECIFIED,
    "NOT_RESOLVABLE_TO_AWS": AnswerKind.WRONG_ADDRESSEE,
    "REVIEWED_NO_AWS_ACTION": AnswerKind.REFUSED,
    "CONTENT_DOWN_OR_INACCESSIBLE": AnswerKind.CONTENT_GONE,
    "NEED_MORE_INFORMATION": AnswerKind.NEEDS_INFO,
}


def _in_bucket(found: Locator) -> Locator:
    """A file of S3 has one name, however its bucket and region are addressed.

    Bucket names are unique, but the United States government's regions have their own.
    """
    host, _, rest = found.key.partition("/")
    place, steps = _S3.fullmatch(host), _STEPS.fullmatch(rest)
    if not place or not steps:
        return found
    bucket = place["bucket"] or steps["first"]
    rest = _unsigned(rest if place["bucket"] else steps["rest"])
    if not bucket:
        return found
    store = "s3-us-gov" if (place["region"] or "").startswith("us-gov-") else "s3"
    return replace(found, kind=Kind.POST if rest else Kind.SITE, key=f"{store}/{bucket}/{rest}")


def _unsigned(rest: str) -> str:
    """Without the parameters that sign a request. They let somebody in and name nothing:
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html.
    """
    asked, mark, part = rest.partition("#")
    path, _, query = asked.partition("?")
    kept = "&".join(item for item in query.split("&") if not item.startswith("X-Amz-"))
    return path + (f"?{kept}" if kept else "") + mark + part
