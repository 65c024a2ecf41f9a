"""How a route is declared: permission, tag, what can go wrong. The OpenAPI page reads the same.

`Call` is what every handler is given: the context, who calls, and the conditions of the request.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar, cast, get_type_hints
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post, put
from litestar.datastructures import MultiDict
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import SkipValidation
from pydantic import BaseModel, ValidationError

from service.actions import once
from service.actions.context import Caller, Context
from service.actions.once import Claim
from service.actions.organisations import Identity
from service.api import guards, problems, sheets
from service.api.guards import Permission
from service.domain.errors import ConditionMissing, Problem

M = TypeVar("M", bound=BaseModel)
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
SMALL_BYTES: Final = 256 * 1024
BATCH_BYTES: Final = 4 * 1024 * 1024  # 500 addresses of 4 kB, and what is around them
_TAG: Final = re.compile(r'"([0-9]{1,18})\.[0-9a-f]{16}"')
_TAG_FORM: Final = 'It takes one ETag exactly as it was read, such as "3.0123456789abcdef".'
_DECORATORS: Final[dict[str, Any]] = {
    "GET": get, "POST": post, "PUT": put, "PATCH": patch, "DELETE": delete,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """What is declared of one route.

    `keyed`: a POST whose repeat under one `Idempotency-Key` is not done again; what changes nothing
    is simply done again. `repeatable`: the action itself knows a repeat of it, so its steps need
    not be counted. `unkept`: why its answer is never given again from what was kept, for whoever
    repeats the call; "" when it is.
    `also`: further statuses that it answers with, with their description. `text`: it answers with
    plain text. `sheet`: also with a table in CSV, to whom asks for one.
    """

    method: Method
    path: str
    permission: Permission
    tag: str
    status: int
    raises: tuple[type[Problem], ...]
    largest_bytes: int
    keyed: bool
    unkept: str
    repeatable: bool
    tagged: bool
    changes_version: bool
    also: tuple[tuple[int, str], ...]
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    answer: type[BaseModel] | None
    text: bool
    sheet: bool
    summary: str
    description: str


def route(  # noqa: PLR0913 - one keyword for each thing that is declared
    method: Method,
    path: str,
    *,
    may: Permission,
    tag: str,
    status: int = 200,
    raises: tuple[type[Problem], ...] = (),
    largest_bytes: int = SMALL_BYTES,
    keyed: bool = True,
    unkept: str = "",
    repeatable: bool = False,
    tagged: bool = False,
    changes_version: bool = False,
    also: tuple[tuple[int, str], ...] = (),
    sheet: bool = False,
) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
    """Register a handler and declare it in one place."""

    def declare(handler: Callable[..., Any]) -> HTTPRouteHandler:
        hints = get_type_hints(handler)
        summary, _, rest = (handler.__doc__ or "").strip().partition("\n")
        query = hints.get("find")
        given = next(iter(getattr(hints["return"], "__args__", ())), None)
        operation = Operation(
            method=method,
            path=path,
            permission=may,
            tag=tag,
            status=status,
            raises=raises,
            largest_bytes=largest_bytes,
            keyed=keyed and method == "POST",
            unkept=unkept,
            repeatable=repeatable,
            tagged=tagged,
            changes_version=changes_version,
            also=also,
            body=hints.get("data"),
            query=query,
            answer=None if given is str else given,
            text=given is str,
            sheet=sheet,
            summary=summary.rstrip("."),
            description=" ".join(rest.split()) or summary,
        )
        made: HTTPRouteHandler = _DECORATORS[method](
            path,
            status_code=status,
            name=handler.__name__,
            operation_id=handler.__name__,
            opt={"operation": operation},
            dependencies={"find": Provide(_finder(query))} if query else None,
        )(handler)
        return made

    return declare


def _finder(model: type[M]) -> Callable[[Request[Any, Any, Any]], Any]:
    async def find(request: Request[Any, Any, Any]) -> M:
        given: MultiDict[Any] = MultiDict(request.query_params)
        repeated = [name for name in given if len(given.getall(name)) > 1]
        if repeated:
            raise problems.invalid((f"#/query/{_safe(n)}", "repeated", "Once.") for n in repeated)
        try:
            return model.model_validate(dict(given.items()))
        except ValidationError as error:
            names = (f.alias or name for name, f in model.model_fields.items())
            raise problems.of_validation(error, "#/query", allowed=sorted(names)) from None

    return find


def _safe(name: str) -> str:
    return name if name.isidentifier() and len(name) <= 40 else "?"


@dataclass(frozen=True, slots=True)
class Call:
    """One request: what its handler needs of it."""

    ctx: Context
    identity: Identity
    request: Request[Any, Any, Any]
    claim: Claim | None
    health: Any = None

    @property
    def caller(self) -> Caller:
        return self.identity.caller

    @property
    def batch_id(self) -> UUID | None:
        """The same for every repeat of a keyed call."""
        return self.claim.id if self.claim else None

    def may(self, permission: Permission) -> bool:
        """Whether the key may do that too."""
        return guards.permits(self.identity, permission)

    def version(self) -> int:
        """The version that If-Match names. Raises `ConditionMissing`, `Invalid`.

        Every change counts it up, so it alone says whether anything was changed. What stands behind
        it in a tag also tells what changes by itself, such as a lane that closes.
        """
        given = self.request.headers.get("if-match", "").strip()
        if not given:
            raise ConditionMissing("Read it first; its ETag is what If-Match takes.")
        found = _TAG.fullmatch(given)
        if found is None:
            raise problems.invalid([("#/header/If-Match", "form", _TAG_FORM)])
        return min(int(found[1]), 2**31 - 1)

    def tagged(self, model: M, version: int, status: int = 200) -> Response[M]:
        """An answer with its ETag: the version, and what else can be seen of the thing.

        304 and nothing else when If-None-Match already names it.
        """
        content = model.model_dump_json(by_alias=True).encode()
        etag = f'"{version}.{hashlib.sha256(content).hexdigest()[:16]}"'
        known = {t.strip() for t in self.request.headers.get("if-none-match", "").split(",")}
        if self.request.method == "GET" and ({etag, "W/" + etag, "*"} & known):
            return _response(b"", 304, {"ETag": etag})
        return _response(content, status, {"ETag": etag})


def answer(
    model: M, status: int = 200, *, sparse: bool = False, headers: dict[str, str] | None = None
) -> Response[M]:
    """An answer. `sparse`: what is null is left out."""
    content = model.model_dump_json(by_alias=True, exclude_none=sparse).encode()
    return _response(content, status, headers or {})


def page(call: Call, model: M) -> Response[M]:
    """One page of a list, with the link to the next."""
    cursor = getattr(model, "next_cursor", None)
    headers = {}
    if cursor:
        kept = [(k, v) for k, v in call.request.query_params.items() if k != "cursor"]
        url = call.request.url.with_replacements(query=MultiDict([*kept, ("cursor", cursor)]))
        headers = {"Link": f'<{url.path}?{url.query}>; rel="next"'}
    return answer(model, headers=headers)


def sheet(content: str, name: str) -> Response[Any]:
    """An answer as a table to keep, in CSV. `name` is what the file is called."""
    headers = {"Vary": "Accept", "Content-Disposition": f'attachment; filename="{name}"'}
    return _response(content.encode(), 200, headers, sheets.MEDIA_TYPE)


def _response(
    content: bytes, status: int, headers: dict[str, str], media_type: str = "application/json"
) -> Response[M]:
    made = Response(content, status_code=status, headers=headers, media_type=media_type)
    return cast("Response[M]", made)


async def call_of(request: Request[Any, Any, Any]) -> Call:
    """What the guard has found out, as handlers see it."""
    state = request.scope["state"]
    ctx, claim = state["ctx"], state.get("claim")
    operation: Operation = request.route_handler.opt["operation"]
    if claim and not operation.repeatable:
        ctx = once.bound(ctx, claim, operation.unkept)
    return Call(ctx, state["identity"], request, claim)


Here = NamedDependency[SkipValidation[Call]]
