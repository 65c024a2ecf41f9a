"""X, by its TAKE IT DOWN form, which a person files; looks through the public oEmbed endpoint.

X has no interface for reports. Its help page names the form, says that no account is needed (of
people in the US), promises removal within 48 hours and a notice of the outcome. The form's fields
could not be read: the steps follow the elements of the law it serves, and say so.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from adapters.errors import PlatformError
from adapters.form import Step, WebForm, words_of
from adapters.http import ask, cannot_see
from adapters.links import behind
from adapters.places import place
from adapters.spec import (
    Ability,
    Carries,
    Channel,
    ContentClass,
    Field,
    Kind,
    Locator,
    Notice,
    Observation,
    Promise,
    Rate,
    Regime,
    Seen,
    Setting,
    Settle,
    Source,
    Spec,
    Url,
)

__all__ = ["X"]

_READ: Final = date(2026, 11, 22)
_PAGE: Final = "https://help.x.com/en/rules-and-policies/us-tida"
_FORM: Final = "https://help.x.com/forms/safety-and-sensitive-content/take-it-down"
_SITES: Final = frozenset({"x.com", "twitter.com"})
_PREFIXES: Final = ("www.", "mobile.", "m.")
_STATUS: Final = re.compile(
    r"/(?:(?P<user>\w{1,20})|i(?:/web)?)/status(?:es)?/0*(?P<id>[1-9]\d{0,18})"
    # what X shows of the same post; anything else may name another one
    r"(?:/(?:photo|video)/\d{1,2}|/mediaviewer|/likes|/quotes|/analytics|/history"
    r"|/re(?:posts|tweets)(?:/with_comments)?)?/?",
    re.ASCII | re.IGNORECASE,
)
_ACCOUNT: Final = re.compile(r"/@?(?P<user>\w{1,20})/?", re.ASCII)
_SHORT: Final = re.compile(r"/(?P<code>[A-Za-z0-9]{1,40})/?")
_STATUS_AT_END: Final = re.compile(r"/status(?:es)?/(\d+)/?$", re.ASCII)
# First words of a path that are pages of X, never an account.
_PAGES: Final = frozenset(
    re.findall(
        r"\w+",
        """about account compose download explore hashtag home i intent jobs login logout messages
        notifications oauth privacy search settings share signup tos who_to_follow""",
    )
)
# Pictures and short links to them are X's too, but do not say of which post they are.
_OTHERS: Final = ("t.co", "pic.twitter.com", "pbs.twimg.com", "video.twimg.com")
_UNSEEN: Final = "This field's name could not be confirmed: use the one that fits."


class X(WebForm):
    spec = Spec(
        name="x",
        title="X",
        channel=Channel.FORM,
        hosts=(*(p + s for s in ("x.com", "twitter.com") for p in ("", *_PREFIXES)), *_OTHERS),
        api_hosts=("publish.x.com", "t.co"),
        classes=frozenset({ContentClass.NCII, ContentClass.DEEPFAKE, ContentClass.VOYEURISM}),
        carries=Carries(urls=1),  # how many links one form takes could not be confirmed
        can=frozenset({Ability.RESOLVE, Ability.LOOK}),
        perhaps_sent=Settle.NOBODY,
        gone_needs_up=True,  # oEmbed may answer 404 for a post that X shows only to some
        lane=Rate(per_minute=30),
        remind=None,
        regimes=(Regime.US_TAKE_IT_DOWN,),
        promises=(Promise("removal", 48, Source(_PAGE, _READ), basis=Regime.US_TAKE_IT_DOWN),),
        country="US",
        settings=(
            Setting("form_url", "The form that a person files", _FORM),
            Setting("oembed_url", "Where posts are looked at", "https://publish.x.com/oembed"),
            Setting("short_url", "Where short links are resolved", "https://t.co"),
        ),
        discloses=(
            Field.CENTRE_NAME,
            Field.CENTRE_EMAIL,
            Field.SIGNATORY,
            Field.AUTHORITY,
            Field.STATEMENTS,
            Field.URLS,
            Field.CONTENT_CLASS,
        ),
        sources=(
            Source(_PAGE, _READ),
            Source("https://docs.x.com/x-for-websites/oembed-api", _READ),
        ),
        samples=(
            "https://x.com/examplename/status/1234567890123456789",
            "https://twitter.com/i/web/status/1234567890123456789",
            "https://x.com/examplename",
            "https://t.co/AbCdEf1234",
        ),
    )
    note = (
        "The form was not open to us: its fields, their order, and how many links it takes are not "
        "confirmed. The steps are what the TAKE IT DOWN Act asks of a request. X says that people "
        "in the US need no account; elsewhere it may ask you to sign in. Keep the date and hour of "
        "filing, and any number that X shows."
    )

    def match(self, url: Url) -> Locator | None:
        host = place(url)
        is_old = url.fragment.startswith("!/") and url.path in ("", "/")
        path = url.fragment[1:] if is_old else url.path
        if host == "t.co":
            return _short(path)
        for prefix in _PREFIXES:
            host = host.removeprefix(prefix)
        return (_status(path) or _account(path)) if host in _SITES else None

    async def resolve(self, locator: Locator) -> Locator:
        """Where a short link leads, from its Location alone: the target is never called."""
        if locator.final:
            return locator
        base = self.settings["short_url"].rstrip("/")
        return await behind(self, f"{base}/{locator.parts['code']}")

    def steps(self, notice: Notice) -> tuple[Step, ...]:
        """The elements of TAKE IT DOWN section 3(a)(1)(B), in the order of the law."""
        sender = notice.sender
        signed = sender.signatory or sender.name
        authority = "\n".join(
            filter(None, (words_of(notice, "authority", "accuracy"), *sender.statuses))
        )
        reporter = "A person or organisation authorised to act for the depicted person"
        return (
            Step("Who is reporting", reporter, copyable=False, note=_UNSEEN),
            *(Step("Link to the post", i.locator.url, note=_UNSEEN) for i in notice.items),
            Step("What is wrong", notice.summary, note=_UNSEEN),
            Step("Not consensual, in good faith", words_of(notice, "no_consent", "good_faith")),
            Step("Authority to act", authority, note=_UNSEEN),
            Step("Electronic signature", signed, note="The centre signs, not the depicted person."),
            Step("Organisation", sender.name, note=_UNSEEN),
            Step("E-mail address", sender.email, note="Where X is to tell the outcome."),
            Step("Our reference", notice.reference, note="In any field for remarks."),
        )

    async def look(self, locator: Locator) -> Observation:
        """Shown in oEmbed: up. 404: gone, but no proof. 403: protected or closed, so not seen."""
        user, status = locator.parts.get("user", ""), locator.parts.get("status", "")
        if not status:
            return Observation(Seen.CANNOT_SEE, "not_a_post", "oembed")
        post = f"https://twitter.com/{user or 'i'}/status/{status}"
        params = {"url": post, "omit_script": "1", "dnt": "true"}
        try:
            reply = await ask(self, self.settings["oembed_url"], params=params)
        except PlatformError as failure:
            return cannot_see(failure, "oembed")
        if reply.status == 404 and user:  # without a name we cannot tell that X read our address
            return Observation(Seen.GONE, "http_404", "oembed")
        if reply.status == 451:
            return Observation(Seen.RESTRICTED, "http_451", "oembed")
        told = reply.json() if reply.status == 200 else None
        shown = _STATUS_AT_END.search(str(told.get("url"))) if isinstance(told, dict) else None
        if shown and shown[1] == status:
            return Observation(Seen.UP, "post_shown", "oembed")
        rule = "other_answer" if reply.status == 200 else f"http_{reply.status}"
        return Observation(Seen.CANNOT_SEE, rule, "oembed")


def _status(path: str) -> Locator | None:
    """A post is its number: whatever name stands before it, X shows the same one."""
    if not (found := _STATUS.fullmatch(path)):
        return None
    user = "" if (found["user"] or "").lower() in _PAGES else (found["user"] or "")
    url = f"https://x.com/{user or 'i'}/status/{found['id']}"
    parts = {"status": found["id"], "user": user}
    return Locator(X.spec.name, Kind.POST, found["id"], url, parts=parts)


def _account(path: str) -> Locator | None:
    found = _ACCOUNT.fullmatch(path)
    if found is None or found["user"].lower() in _PAGES:
        return None
    user = found["user"].lower()
    return Locator(X.spec.name, Kind.ACCOUNT, f"@{user}", f"https://x.com/{user}")


def _short(path: str) -> Locator | None:
    found = _SHORT.fullmatch(path)
    if found is None:
        return None
    code = found["code"]  # capitals count
    url = f"https://t.co/{code}"
    return Locator(X.spec.name, Kind.POST, f"t.co/{code}", url, final=False, parts={"code": code})
