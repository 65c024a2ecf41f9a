"""What the servers share that speak Mastodon's client API. Each one's own file holds its spec, what
its addresses look like, and where it differs.

A centre has its account on one instance, its home. Home's moderators get the report; what lives
elsewhere is known there by a local id, and only a copy of it can be looked at: one that is missing
at home says nothing about the original.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar, Final, NamedTuple

from adapters.errors import ContentGone, Misconfigured, NotSent, PlatformError, Uncertain
from adapters.http import Api, Json, Reply, ask, cannot_see
from adapters.places import place
from adapters.report import mark, words_of
from adapters.spec import (
    MOST_PER_DAY,
    ContentClass,
    Grade,
    Key,
    Kind,
    Locator,
    Notice,
    Observation,
    Receipt,
    Seen,
    Setting,
    Url,
)
from adapters.told import at, moment, object_at, rows_at, text_at, word_at

__all__ = [
    "SETTINGS",
    "TEXT_CHARS",
    "TRAVELS_TO",
    "MastodonApi",
    "Named",
    "found_among",
]

_COMMENT_CHARS: Final = 1000  # by default on Pleroma, always elsewhere
TEXT_CHARS: Final = 950  # our mark follows; a text with statements would not fit
_CLOCKS_DIFFER: Final = timedelta(hours=1)
SETTINGS: Final = (
    Setting("base_url", "The instance, such as https://social.example", required=True),
    MOST_PER_DAY,
)
TRAVELS_TO: Final = ("the instance that the content comes from",)  # as a Flag


class Named(NamedTuple):
    """What a path names: `key` tells it from all else on its host, `path` is how the server writes
    it, `id` is what the host's own API calls it ("" where the path does not say).
    """

    kind: Kind
    key: str
    path: str
    id: str = ""


class MastodonApi(Api):
    """A subclass gives `spec` and `named`; the rest where its server differs."""

    said: ClassVar[Mapping[str, str]] = {}  # their sentences → the codes of `errors`
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        "not_found": ContentGone,
        "not_permitted": NotSent,  # this post, not our credential
        "no_user": Misconfigured,
    }
    categories: ClassVar[Mapping[ContentClass, str]] = {}
    search_also: ClassVar[Mapping[str, str]] = {}
    looks_signed: ClassVar[bool] = False  # the server shows nothing to strangers

    def named(self, path: str) -> Named | None:
        """What a path names on any host that runs this software. Pure and total. It has no slash
        at its ends, and no `@host` of the host itself.
        """
        raise NotImplementedError

    def error_code(self, reply: Reply) -> str:
        return self.said.get(super().error_code(reply), "")

    def match(self, url: Url) -> Locator | None:
        locator = self._read(url)
        return locator if locator and locator.parts["host"] == self._home else None

    def match_at(self, url: Url) -> Locator | None:
        locator = self._read(url)
        return locator if locator and ":" not in locator.parts["host"] else None

    async def resolve(self, locator: Locator) -> Locator:
        """What home calls it. Final keys are those that all instances agree on: a post's
        ActivityPub id, an account's handle.
        """
        if locator.final:
            return locator
        if locator.parts["host"] == self._home and locator.parts["id"]:
            row = await self.ask_signed(f"v1/{_THINGS[locator.kind]}/{locator.parts['id']}")
        else:
            row = await self.known_at_home(locator)
        return self._final(locator, row)

    async def send(self, notice: Notice, key: Key) -> Receipt:
        words = words_of(notice, _COMMENT_CHARS, signed=mark(notice, key))
        locator = await self.reported(notice)
        body: dict[str, object] = {
            "account_id": locator.parts["account_id"],
            "status_ids": [locator.parts["id"]] if locator.kind is Kind.POST else [],
            "comment": words,
            # Never for an account of home: Pleroma would address the report to whom it is about.
            "forward": locator.parts["remote"] == "yes",
        }
        if notice.content_class in self.categories:
            body["category"] = self.categories[notice.content_class]
        url = self.api("v1/reports")
        told = await self.call("POST", url, write=True, json=body, headers=self.bearer())
        if not (number := word_at(told, "id")):
            raise Uncertain("unreadable")
        return Receipt(number, Grade.ACCEPTED_BY_ADDRESSEE)

    async def look(self, locator: Locator) -> Observation:
        """What home shows. "Not found" is also said of what is not public, so it never proves."""
        number = locator.parts.get("id", "")
        if not number or "account_id" not in locator.parts:
            return Observation(Seen.CANNOT_SEE, "not_resolved", "api")
        try:
            url = self.api(f"v1/{_THINGS[locator.kind]}/{number}")
            reply = await ask(self, url, headers=self.bearer() if self.looks_signed else None)
        except PlatformError as failure:
            return cannot_see(failure)
        seen = object_at(reply.json())
        is_copy = locator.parts["remote"] == "yes"
        if reply.status == 404 and self.error_code(reply) == "not_found":
            gone = "not_found"
        elif reply.status == 200 and seen.get("id") == number:
            gone = "suspended" if seen.get("suspended") is True else ""
        else:
            rule = "unreadable" if reply.status == 200 else f"http_{reply.status}"
            return Observation(Seen.CANNOT_SEE, rule, "api")
        if not gone:
            return Observation(Seen.UP, "copy_shown" if is_copy else "shown", "api", not is_copy)
        if is_copy:
            return Observation(Seen.CANNOT_SEE, f"copy_{gone}", "api")
        return Observation(Seen.GONE, gone, "api", proof=gone == "suspended")

    def api(self, path: str) -> str:
        return f"{self.base('base_url')}/api/{path}"

    async def ask_signed(self, path: str, params: Mapping[str, str] | None = None) -> Json:
        url, signed = self.api(path), self.bearer()
        return await self.call("GET", url, write=False, params=params, headers=signed)

    async def own_report(self, path: str, receipt: Receipt) -> Json:
        """Our report as it stands now; None when it was deleted. Raises `NotSent`."""
        try:
            told = await self.ask_signed(f"{path}/{receipt.reference}")
        except ContentGone:
            return None
        if text_at(told, "id") != receipt.reference:
            raise NotSent("unreadable")
        return told

    async def known_at_home(self, locator: Locator) -> Json:
        """Home's own record of what stands at this address: it fetches what it does not have."""
        things = _THINGS[locator.kind]
        asked = {"q": locator.url, "resolve": "true", "type": things, **self.search_also}
        try:
            found = rows_at(await self.ask_signed("v2/search", asked), things)
        except ContentGone:
            found = []
        if len(found) == 1:
            return found[0]
        if not found and locator.kind is Kind.ACCOUNT and locator.parts["host"] == self._home:
            raise ContentGone("not_found")
        raise NotSent("cannot_resolve")

    async def reported(self, notice: Notice) -> Locator:
        """What the notice is about, as home calls it: asked again where it could not be told."""
        locator = notice.items[0].locator
        if "account_id" in locator.parts:
            return locator
        return await self.resolve(replace(locator, final=False))

    @property
    def _home(self) -> str:
        return place(self.settings["base_url"])

    def _read(self, url: Url) -> Locator | None:
        host = place(url)
        steps = (_without(f"@{host}", step) for step in url.raw_path.split("/") if step)
        named = self.named("/".join(steps)) if host else None
        if not named:
            return None
        site = self.settings["base_url"].rstrip("/") if host == self._home else f"https://{host}"
        key, address = f"{host}/{named.key}", f"{site}/{named.path}"
        parts = {"host": host, "id": named.id}
        return Locator(self.spec.name, named.kind, key, address, final=False, parts=parts)

    def _final(self, locator: Locator, row: Json) -> Locator:
        name, kind, host = self.spec.name, locator.kind, locator.parts["host"]
        row = object_at(row, "reblog") or row  # a boost has nothing of its own: its page leads on
        author = at(row, "account") if kind is Kind.POST else row
        handle = text_at(author, "acct")
        parts = {
            "host": host,
            "id": text_at(row, "id"),
            "account_id": text_at(author, "id"),
            "remote": "yes" if "@" in handle else "",
        }
        if kind is Kind.ACCOUNT:
            whole = handle if "@" in handle else f"{handle}@{self._home}"
            return Locator(name, kind, f"@{whole}".lower(), locator.url, parts=parts)
        uri = text_at(row, "uri")
        if not (origin := place(uri)):
            raise NotSent("unreadable")
        url = locator.url if origin == host else uri  # seen on another instance than its own
        return Locator(name, kind, uri, url, parts=parts)


_THINGS: Final[Mapping[Kind, str]] = {Kind.POST: "statuses", Kind.ACCOUNT: "accounts"}


def found_among(
    rows: Sequence[Json], said_in: str, notice: Notice, key: Key, *, is_all: bool
) -> Receipt | None:
    """Our report among these, newest first, by our mark in what it says; None when it is surely
    nowhere. Raises `NotSent` when there may be more that are as new as the notice.
    """
    for row in rows:
        if mark(notice, key) in str(row.get(said_in)):
            return Receipt(text_at(row, "id"), Grade.ACCEPTED_BY_ADDRESSEE)
    oldest = moment(rows[-1].get("created_at")) if rows else None
    if is_all or (oldest and oldest < notice.composed_at - _CLOCKS_DIFFER):
        return None
    raise NotSent("too_many_reports")


def _without(own: str, step: str) -> str:  # `@name@host` is `@name` on that host
    return step[: -len(own)] if len(step) > len(own) and step.lower().endswith(own) else step
