"""Every failure as `application/problem+json` (RFC 9457), made by one function."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from litestar import Request, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.types import ExceptionHandlersMap
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from service import log
from service.domain.errors import (
    Away,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooLarge,
    TooSlow,
    UnsupportedMediaType,
)
from service.domain.states import IllegalMove
from service.store.unit import DatabaseAway, OutcomeUnknown

MEDIA_TYPE: Final = "application/problem+json"
TYPE: Final = "https://efface.invalid/problems/"
"""Names, not places: `.invalid` never resolves (RFC 2606), so nothing is fetched from anybody."""
RETRY_AFTER_S: Final = 5
_PERHAPS_DONE: Final = (
    "It may have been carried out. Send the same call again, with the Idempotency-Key it had."
)
_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def body(problem: Problem) -> dict[str, Any]:
    """The problem's members, the same for every class."""
    return {
        "type": TYPE + problem.code,
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "errors": list(problem.errors),
    }


def response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """The whole answer. `headers` are kept: `Allow` of a 405 is one."""
    kept = dict(headers or {})
    if problem.retry_after_s is not None:
        kept["Retry-After"] = str(problem.retry_after_s)
    if problem.status == 401:
        kept["WWW-Authenticate"] = "Bearer"
    if problem.status == TooSlow.status:
        kept["Connection"] = "close"  # what is left of the body would be read as the next call
    content = json.dumps(body(problem), ensure_ascii=False).encode()
    return Response(content, status_code=problem.status, media_type=MEDIA_TYPE, headers=kept)


def of(error: Exception) -> Problem:
    """The problem that an exception stands for. What is not known is ours, and tells nothing."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, OutcomeUnknown):
        return Away(_PERHAPS_DONE, retry_after_s=RETRY_AFTER_S)
    if isinstance(error, DatabaseAway):
        return Away("Nothing was changed. Send the same call again.", retry_after_s=RETRY_AFTER_S)
    if isinstance(error, HTTPException):
        return _of_http(error)
    return Problem("It is on record, and nothing was left half done.")


def _of_http(error: HTTPException) -> Problem:
    if isinstance(error, MethodNotAllowedException):
        return MethodNotAllowed("The header Allow lists the methods that it takes.")
    if isinstance(error, NotFoundException):
        return NotFound("There is no such path.")
    if isinstance(error, ValidationException):
        found = [f for f in error.extra or () if isinstance(f, Mapping)]
        return invalid((_pointer_of(f), "wrong", "It has the wrong form.") for f in found)
    if error.status_code == TooLarge.status:
        return TooLarge("Send less at once.")
    if error.status_code == UnsupportedMediaType.status:
        return UnsupportedMediaType("Send JSON, and say so in Content-Type.")
    if isinstance(error, ClientException) or error.status_code < 500:
        return Invalid("The body is not JSON that can be read.")
    return Problem("It is on record, and nothing was left half done.")


def _pointer_of(found: Mapping[str, Any]) -> str:
    key = str(found.get("key", ""))
    return "" if key in ("", "data") else f"#/{key}"


def invalid(errors: Iterable[tuple[str, str, str]]) -> Invalid:
    """A problem that names each wrong place: JSON pointer, code, sentence. Never a value."""
    listed = [{"pointer": p, "code": c, "detail": d} for p, c, d in errors]
    count = "One place is" if len(listed) == 1 else f"{len(listed)} places are"
    return Invalid(f"{count} not as the contract says.", errors=listed[:100])


def of_validation(
    error: ValidationError, root: str = "", allowed: Sequence[str] | None = None
) -> Invalid:
    """The same, from what pydantic found. `allowed`: the parameters that there are, of a query."""
    return invalid(
        (
            "/".join([root, *(_part(part) for part in found["loc"] if _is_place(part))]),
            str(found["type"]),
            _sentence(found, allowed),
        )
        for found in error.errors(include_input=False, include_url=False)
    )


def _is_place(part: object) -> bool:
    """Pydantic adds the names of union members and validators to a place."""
    return isinstance(part, int) or not str(part).startswith(
        ("function-", "NewItem", "str", "list")
    )


def _part(part: object) -> str:
    """A step of a pointer. A name that a caller made up is repeated only if it looks like one."""
    text = str(part)
    if len(text) > 40 or not set(text) <= _NAME:
        return "?"
    return text


_WORDS: Final[Mapping[str, str]] = {
    "missing": "It is missing.",
    "extra_forbidden": "There is no such field.",
    "model_type": "It must be an object.",
    "model_attributes_type": "It must be an object.",
    "dict_type": "It must be an object.",
    "list_type": "It must be a list.",
    "string_type": "It must be text.",
    "string_pattern_mismatch": "It has the wrong form.",
    "string_unicode": "It must be text in UTF-8.",
    "bool_type": "It must be true or false.",
    "bool_parsing": "It must be true or false.",
    "int_type": "It must be a whole number.",
    "int_parsing": "It must be a whole number.",
    "int_parsing_size": "It must be a smaller whole number.",
    "int_from_float": "It must be a whole number.",
    "float_type": "It must be a number.",
    "float_parsing": "It must be a number.",
    "finite_number": "It must be a number.",
    "uuid_type": "It must be an id (a UUID).",
    "uuid_parsing": "It must be an id (a UUID).",
    "datetime_type": "It must be a time such as 2026-11-22T09:30:00Z.",
    "datetime_parsing": "It must be a time such as 2026-11-22T09:30:00Z.",
    "datetime_from_date_parsing": "It must be a time such as 2026-11-22T09:30:00Z.",
    "datetime_object_invalid": "It must be a time such as 2026-11-22T09:30:00Z.",
    "timezone_aware": "It must be a time with its offset, such as 2026-11-22T09:30:00Z.",
    "literal_error": "It must be one of: {expected}.",
    "enum": "It must be one of: {expected}.",
    "greater_than_equal": "It must be {ge} at least.",
    "less_than_equal": "It must be {le} at most.",
}
"""What pydantic finds, in words for somebody who never heard of Python."""


def _sentence(found: ErrorDetails, allowed: Sequence[str] | None) -> str:
    kind, context = found["type"], found.get("ctx", {})
    if kind == "value_error":  # our own rules bring their own sentence
        return found["msg"].removeprefix("Value error, ").rstrip(".") + "."
    if kind == "extra_forbidden" and allowed is not None:
        return f"There is no such parameter. Those allowed: {', '.join(allowed)}."
    if kind.endswith(("too_short", "too_long")):
        many = context.get("field_type") in ("List", "Dictionary")
        return _length(context, "item" if many else "character")
    return _WORDS.get(kind, "It has the wrong form.").format_map(context)


def _length(context: Mapping[str, Any], what: str) -> str:
    least, most = context.get("min_length"), context.get("max_length")
    count = most if least is None else least
    if least == 1 and what == "character":
        return "It must not be empty."
    s = "" if count == 1 else "s"
    return f"It has {count} {what}{s} at {'most' if least is None else 'least'}."


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """What Litestar calls for every exception."""
    problem = of(error)
    if problem.status >= 500 and not isinstance(problem, Away):
        log.get().error("call.failed", route=request.scope.get("path_template"), exc_info=error)
    headers = getattr(error, "headers", None) if isinstance(error, HTTPException) else None
    return response(problem, headers)


HANDLERS: Final[ExceptionHandlersMap] = {
    Exception: handle,
    HTTPException: handle,
    IllegalMove: handle,
}
