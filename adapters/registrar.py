"""The registrar of an unknown site's domain, by mail: asked when the host would or could not act.

Its desk was found when the address was resolved, and stands in the locator's parts. ICANN binds
registrars to have an abuse contact; it does not bind them to act on what a site shows.
"""

from __future__ import annotations

from adapters.abuse_desk import AbuseDesk
from adapters.mail import REPLY_TAG
from adapters.report import LETTER
from adapters.site import SOURCES, Site
from adapters.spec import (
    IN_THREAD,
    MOST_PER_DAY,
    Ability,
    Carries,
    Channel,
    ContentClass,
    Every,
    Locator,
    Purpose,
    Rate,
    Settle,
    Spec,
    Url,
)

__all__ = ["Registrar"]


class Registrar(AbuseDesk):
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
        purposes=IN_THREAD | {Purpose.COMPLAINT},
        settings=(REPLY_TAG, MOST_PER_DAY),
        discloses=LETTER,
        travels_to=("the holder of the domain: registrars often pass a notice on",),
        sources=SOURCES,
        samples=Site.spec.samples,
        stands_behind=("site",),
    )
    part = "registrar_email"

    def match(self, url: Url) -> Locator | None:  # noqa: ARG002 - never first
        return None
