"""What can be wrong with a call, as classes: status, code and title are data, the detail is for who
must act.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class Problem(Exception):
    """A call that cannot be done. `detail` never holds an address, a name or a token."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[dict[str, str]] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(self.code)
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after_s = retry_after_s


class Invalid(Problem):
    """The body or a parameter is not what the contract says. `errors` names each place."""

    status, code, title = 400, "invalid", "The request is not valid"


class Unauthenticated(Problem):
    status, code, title = 401, "unauthenticated", "A valid API key is needed"


class Forbidden(Problem):
    status, code, title = 403, "forbidden", "This key may not do that"


class NotFound(Problem):
    """Also what belongs to another organisation."""

    status, code, title = 404, "not_found", "There is nothing here"


class MethodNotAllowed(Problem):
    status, code, title = 405, "method_not_allowed", "This path does not take that method"


class TooSlow(Problem):
    """The body did not come in time. The connection is closed."""

    status, code, title = 408, "too_slow", "The body did not arrive in time"


class Conflict(Problem):
    """The thing is in a state that does not allow it."""

    status, code, title = 409, "conflict", "The present state does not allow this"


class DigestStale(Problem):
    """What was approved is not what would be sent."""

    status, code, title = 409, "digest_stale", "What would be sent has changed; look at it again"


class InFlight(Problem):
    """The first call with this Idempotency-Key has not ended."""

    status, code, title = 409, "in_flight", "The same call is being worked on"


class AlreadyDone(Problem):
    """The first call with this Idempotency-Key had its effect; what it answered was lost."""

    status, code, title = 409, "already_done", "This call was carried out before"


class Taken(Problem):
    """A colleague works on this line. The detail says until when, and never who."""

    status, code, title = 409, "taken", "Somebody else has taken this"


class CaseClosed(Problem):
    status, code, title = 409, "case_closed", "The case is closed"


class CaseStillOpen(Problem):
    status, code, title = 409, "case_still_open", "Some takedowns of this case are not over"


class Stale(Problem):
    """If-Match names an older version."""

    status, code, title = 412, "stale", "It was changed since you read it"


class TooLarge(Problem):
    status, code, title = 413, "too_large", "The body is too large"


class UnsupportedMediaType(Problem):
    status, code, title = 415, "unsupported_media_type", "The body must be application/json"


class KeyReused(Problem):
    """The same Idempotency-Key came with another body."""

    status, code, title = 422, "key_reused", "This Idempotency-Key belongs to another request"


class ConditionMissing(Problem):
    status, code, title = (
        428,
        "if_match_missing",
        "Say which version you change: If-Match is missing",
    )


class TooMany(Problem):
    """Too many failed tries to authenticate."""

    status, code, title = 429, "too_many_failures", "Too many calls with a wrong key"


class Away(Problem):
    """The database cannot be reached. Nothing was changed; the same call may be sent again."""

    status, code, title = 503, "unavailable", "The service cannot be reached now"
