"""The registrar of an unknown site's domain, by mail: asked when the host would or could not act.

Its desk was found when the address was resolved, and stands in the locator's parts. ICANN binds
registrars to have an abuse contact; it does not bind them to act on what a site shows.
"""

from __future__ import annotations

from typing import Final

from adapters.errors import NeedsPerson
from adapters.mail import REPLY_TAG, Mailbox
from adapters.site import DISCLOSES, PURPOSES, SOURCES, Site, desk_of, seen_by_head
from adapters.spec import (
    MOST_PER_DAY,
    Ability,
    Carries,
    Channel,
    ContentClass,
    Every,
    Key,
    Locator,
    Notice,
    Observation,
    Rate,
    Receipt,
    Settle,
    Spec,
    Url,
)

__all__ = ["Registrar"]

_NO_DESK: Final = "no_registrar_desk"


class Registrar(Mailbox):
    spec = Spec(
        name="registrar",
        title="The registrar of the site's domain",
        channel=Channel.MAIL,
        hosts=(),  # it claims no address: it stands behind whoever does
        api_hosts=("*",),
        classes=frozenset(ContentClass),
        carries=Carries(urls=1),
        can=frozenset({Ability.LOOK}),
        perhaps_sent=Settle.RECEIPT,
        gone_needs_up=True,
        lane=Rate(per_minute=20, burst=5),
        remind=Every(hours=72),
        purposes=PURPOSES,
        settings=(REPLY_TAG, MOST_PER_DAY),
        discloses=DISCLOSES,
        travels_to=("the holder of the domain: registrars often pass a notice on",),
        sources=SOURCES,
        samples=Site.spec.samples,
        stands_behind=("site",),
    )

    def match(self, url: Url) -> Locator | None:  # noqa: ARG002 - never first
        return None

    def recipient(self, notice: Notice) -> str:
        return desk_of(notice, "registrar_email")

    async def send(self, notice: Notice, key: Key) -> Receipt:
        if not self.recipient(notice):
            raise NeedsPerson(_NO_DESK)
        return await super().send(notice, key)

    async def look(self, locator: Locator) -> Observation:
        return await seen_by_head(self, locator)
