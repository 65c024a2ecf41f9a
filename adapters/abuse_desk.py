"""Abuse desks that were looked up, of hosts and registrars: one mail to the address in the parts.

A XARF report is attached where XARF has a type for the matter. Looks are HEAD requests: no body is
ever read. Whether a host may be looked at, for the age of the depicted person, is for the caller.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Final

from adapters import xarf
from adapters.errors import NeedsPerson, PlatformError
from adapters.http import ask, cannot_see
from adapters.mail import Mailbox, compose
from adapters.spec import Key, Locator, Notice, Observation, Purpose, Receipt, Seen, Url

__all__ = ["AbuseDesk"]

_SEEN: Final[Mapping[int, Seen]] = {
    200: Seen.UP,  # not 202: some guards answer so while they test whether a browser asks
    404: Seen.GONE,
    410: Seen.GONE,
    451: Seen.RESTRICTED,
}


class AbuseDesk(Mailbox):
    """A subclass says in `part` which part of a locator holds its address."""

    part: ClassVar[str]

    def recipient(self, notice: Notice) -> str:
        """Raises `NeedsPerson` when the carried items have several desks."""
        desks = {item.locator.parts.get(self.part, "") for item in notice.items}
        if len(desks) != 1:
            raise NeedsPerson("several_desks")
        return desks.pop()

    async def send(self, notice: Notice, key: Key) -> Receipt:
        if not self.recipient(notice):
            raise self.without_desk(notice)
        return await super().send(notice, key)

    def without_desk(self, notice: Notice) -> PlatformError:  # noqa: ARG002 - a subclass looks
        """What it is when no desk was found."""
        return NeedsPerson("no_abuse_desk")

    def message(self, notice: Notice) -> bytes:
        return compose(notice, self.recipient(notice), self.reply_tag(notice), _reports(notice))

    async def look(self, locator: Locator) -> Observation:
        """What the host says of the address, without its content. Nothing here is a proof.

        A redirect is not followed: it may lead to a home page or a login. http is seen as https.
        No rule reads as if nobody answered: one dead site would stop the looks at all others.
        """
        url = Url(locator.url)
        if not url.is_default_port():
            return Observation(Seen.CANNOT_SEE, "other_port", "head")
        try:
            if not await self.tools.http.addresses(url.raw_host or ""):
                return Observation(Seen.GONE, "no_such_name", "dns")
            address = f"https://{url.raw_host}{url.raw_path_qs}"
            reply = await ask(self, address, headers={"Accept": "*/*"}, method="HEAD")
        except PlatformError as failure:
            unseen = cannot_see(failure, "head")
            return replace(unseen, rule=f"{unseen.rule}_at_site")
        seen = _SEEN.get(reply.status, Seen.CANNOT_SEE)
        return Observation(seen, f"http_{reply.status}", "head")


def _reports(notice: Notice) -> Mapping[str, bytes]:
    """One report for each item, by file name. Only a first notice is a report."""
    as_type = xarf.type_of(notice) if notice.purpose is Purpose.FIRST else None
    if as_type is None:
        return {}
    key = Key(notice.message_id)  # as steady as the notice's own key, which is not known here
    reports = [xarf.report(notice, key, item, as_type) for item in notice.items]
    return {
        f"xarf{number or ''}.json": json.dumps(report, indent=2, sort_keys=True).encode()
        for number, report in enumerate(reports)
    }
