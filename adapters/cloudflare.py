"""Cloudflare's abuse reports: for sites that it hosts, and for those that it stands before.

Open to accounts that Cloudflare has entitled: Enterprise accounts are, others ask for it. A
reporter may read its own reports. Their list could settle a doubt too, but nothing says that it
shows every report at once, nor that it shows those about children, whose type it does not name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Final

from adapters.errors import AlreadyReported, NeedsPerson, PlatformError, Refused, WrongAddressee
from adapters.hosting import host_of, on_hosts, receipt_of
from adapters.http import Api, Json, Method, Reply
from adapters.networks import CLOUDFLARE
from adapters.report import INTIMATE, REPORT
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
from adapters.told import text_at, word_at

__all__ = ["Cloudflare"]

_READ: Final = date(2026, 11, 26)
_DOCS: Final = "https://developers.cloudflare.com/api/resources/abuse_reports"
_OBSERVED: Final = "https://github.com/sokolnikov911/cloudflare-abuse-reports/blob/1e870d7"
_NAME_CHARS: Final = 255
_COMMENTS_CHARS: Final = 2000
_JUSTIFICATION_CHARS: Final = 5000


class Cloudflare(Api):
    spec = Spec(
        name="cloudflare",
        title="Cloudflare",
        channel=Channel.API,
        hosts=("*.pages.dev", "*.workers.dev", "*.r2.dev", "*.trycloudflare.com"),
        api_hosts=("api.cloudflare.com",),
        classes=frozenset(ContentClass),
        carries=Carries(urls=250, same_host=True),
        gathers=True,
        can=frozenset({Ability.POLL}),
        perhaps_sent=Settle.NOBODY,
        fronts=(CLOUDFLARE,),
        lane=Rate(per_minute=60, burst=10),  # 1200 calls in five minutes, all uses together
        country="US",
        needs=(
            Secret(
                "token",
                help="An API token of that account with the permission Trust and Safety Write",
            ),
        ),
        settings=(
            Setting("account_id", "The account that Cloudflare entitled to report", required=True),
            Setting("api_url", "Where the API answers", "https://api.cloudflare.com/client/v4"),
            MOST_PER_DAY,
        ),
        discloses=REPORT,
        travels_to=(
            "third parties such as the Lumen Database, as Cloudflare reserves",
            "the site's host, without the centre's name",
            "the site's owner, without the centre's name, where no intimate image is reported",
            "NCMEC, without the centre's name, where a minor is or may be shown",
        ),
        sources=(
            Source(f"{_DOCS}/methods/create/", _READ),
            Source(f"{_DOCS}/subresources/submitted/methods/get/", _READ),
            Source("https://developers.cloudflare.com/fundamentals/api/reference/limits/", _READ),
            Source(f"{_OBSERVED}/tests/AbuseReportClientTest.php", _READ),  # refusals, as met
            Source("https://publicsuffix.org/list/public_suffix_list.dat", _READ),  # its hosts
        ),
        samples=(
            "https://example-site.pages.dev/p/1",
            "https://1a2b3c.example-site.pages.dev/",
            "https://example.account.workers.dev/?id=2",
            "https://pub-0123456789abcdef.r2.dev/a.html",
        ),
    )
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        "dedupe": AlreadyReported,
        "url_not_orange": WrongAddressee,  # that host is not behind Cloudflare
    }

    def error_code(self, reply: Reply) -> str:
        return word_at(reply.json(), "err_code")

    def match(self, url: Url) -> Locator | None:
        return on_hosts(self.spec, url)

    async def send(self, notice: Notice, key: Key) -> Receipt:  # noqa: ARG002 - none is honoured
        for item in notice.items:
            if not _is_here(item.locator):
                raise WrongAddressee("not_on_cloudflare", ref=item.ref)
        host_of(notice)
        form = _form(notice)
        try:
            told = await self._ask("POST", form["act"], json=form)
        except AlreadyReported:
            if len(notice.items) == 1:
                raise
            raise NeedsPerson("dedupe_of_one") from None
        if word_at(told, "result") == "error":  # with status 200
            raise self._refusal(told, notice)
        return receipt_of(told, "abuse_rand")

    async def poll(self, receipt: Receipt) -> Answers:
        """What a reporter may see. `accepted` does not say what was done, or by whom."""
        told = await self._ask("GET", f"submitted/{receipt.reference}")
        status, reason = text_at(told, "result", "status"), word_at(told, "result", "denial_reason")
        kind = _STATUSES.get(status, AnswerKind.UNSPECIFIED)
        if status == "denied":
            kind = _DENIALS.get(reason, AnswerKind.REFUSED)
        said = f"{status}: {reason}" if reason else status
        return Answers((Answer(Scope.ALL, kind, status=said),), status in _ENDS)

    async def _ask(self, method: Method, path: object, json: object = None) -> Json:
        url = f"{self.base('api_url')}/accounts/{self.settings['account_id']}/abuse-reports/{path}"
        write, signed = method == "POST", self.bearer()
        return await self.call(method, url, write=write, json=json, headers=signed)

    def _refusal(self, told: Json, notice: Notice) -> PlatformError:
        """The address that was reported before stands at the end of their words."""
        code = word_at(told, "err_code")
        kind = self.errors.get(code, Refused)
        if kind is not AlreadyReported or len(notice.items) == 1:
            return kind(code if code in self.errors else "result_error")
        named = word_at(told, "msg").rpartition(": ")[2].strip().rstrip("/")
        refs = [item.ref for item in notice.items if item.locator.url.rstrip("/") == named]
        return AlreadyReported(code, ref=refs[0]) if refs else NeedsPerson("dedupe_of_one")


_ENDS: Final = frozenset({"accepted", "denied"})
_STATUSES: Final[Mapping[str, AnswerKind]] = {"submitted": AnswerKind.ACKNOWLEDGED}
# Other reasons, and none, are a refusal: `denied` says so.
_DENIALS: Final[Mapping[str, AnswerKind]] = {
    "not_on_cloudflare": AnswerKind.WRONG_ADDRESSEE,
    "duplicate_report": AnswerKind.ALREADY_REPORTED,
    "content_removed": AnswerKind.CONTENT_GONE,
    "content_unavailable": AnswerKind.CONTENT_GONE,
    "incomplete_report": AnswerKind.NEEDS_INFO,
    "report_details_mismatch": AnswerKind.NEEDS_INFO,
    "direct_url_required": AnswerKind.NEEDS_INFO,
    "wrong_report_category": AnswerKind.NEEDS_INFO,
}


def _is_here(locator: Locator) -> bool:
    """On a host of its own, or on a site that was found to be behind it."""
    name, fronts = Cloudflare.spec.name, Cloudflare.spec.fronts
    return locator.platform == name or locator.parts.get("network") in fronts


def _form(notice: Notice) -> dict[str, object]:
    """The report's fields. The host gets them without our name, so no text of ours holds it.

    Whoever put the images there is told nothing, where Cloudflare leaves us that choice.
    """
    said = (statement.words for statement in notice.statements)
    words = "\n\n".join((notice.summary, *said, f"[{notice.reference}]"))
    form: dict[str, object] = {
        "name": notice.sender.name[:_NAME_CHARS],
        "email": notice.sender.email,
        "email2": notice.sender.email,
        "urls": "\n".join(dict.fromkeys(item.locator.url for item in notice.items)),
        "host_notification": "send-anon",
        "owner_notification": "none",
    }
    if notice.depicted_minor:
        form |= {"act": "abuse_children", "ncmec_notification": "send-anon"}
    elif notice.content_class in INTIMATE:  # the reporter is not the person shown
        form |= {"act": "abuse_ncsei", "ncsei_subject_representation": False, "comments": words}
    else:
        form |= {"act": "abuse_general", "owner_notification": "send-anon"}
    if "comments" not in form:
        form["justification"] = words
    if len(words) > (_COMMENTS_CHARS if "comments" in form else _JUSTIFICATION_CHARS):
        raise Refused("text_too_long")
    return form
