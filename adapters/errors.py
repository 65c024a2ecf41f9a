"""What a platform can do to us, named by what the caller must do next.

Messages never hold an address, a name, a token or a platform's words: those travel in `Answer` or
`Receipt`.
"""

from __future__ import annotations

from datetime import datetime

__all__ = [
    "AlreadyReported",
    "ContentGone",
    "Misconfigured",
    "NeedsPerson",
    "NotSent",
    "PlatformError",
    "Refused",
    "Throttled",
    "Uncertain",
    "WrongAddressee",
]


class PlatformError(Exception):
    """Every way in which a call to a platform can fail to give a receipt.

    `reason` is a short code of ours (`connect_refused`, `http_503`), fit for logs and audit
    entries.
    `ref` names the one carried request it is about; None: the whole message.
    """

    def __init__(self, reason: str, *, ref: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.ref = ref


class NotSent(PlatformError):
    """Surely not taken: no byte left, or the platform documents that it took nothing. Try again
    later.
    """


class Throttled(PlatformError):
    """Not taken, and not to be called again before `until` (aware UTC; None: the platform gave no
    time).
    """

    def __init__(self, reason: str, until: datetime | None = None) -> None:
        super().__init__(reason)
        self.until = until


class Refused(PlatformError):
    """The platform read the message and will not take it. Sending it again changes nothing."""


class AlreadyReported(PlatformError):
    """The platform has this report already."""


class WrongAddressee(PlatformError):
    """The platform says that it cannot act on this."""


class ContentGone(PlatformError):
    """The platform says that there is nothing at this address. Look now."""


class NeedsPerson(PlatformError):
    """A person must do this step: a form, a captcha, a second factor."""


class Misconfigured(PlatformError):
    """The credential or a setting is wrong. Close the lane and tell the operator; charge nobody."""


class Uncertain(PlatformError):
    """It may have arrived. Never send it again before that is settled."""
