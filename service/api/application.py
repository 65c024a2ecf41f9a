"""All routes in one application: every one declares its permission, or nothing starts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from litestar import Litestar, Router
from litestar.config.app import AppConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.plugins import InitPluginProtocol
from litestar.plugins.pydantic import PydanticInitPlugin
from litestar.routes import HTTPRoute
from pydantic import ValidationError

from service.actions.context import Context
from service.api import (
    cases,
    compliance,
    front,
    health,
    letters,
    metrics,
    notices,
    openapi,
    organisation,
    platforms,
    problems,
    takedowns,
    todo,
)
from service.api.health import Health
from service.api.metrics import Metrics
from service.api.prometheus import Calls
from service.api.routes import Operation, call_of
from service.api.schemas.plain import Incoming

PREFIX: Final = "/api/v1"
VERSIONED: Final = (
    *cases.HANDLERS,
    *takedowns.HANDLERS,
    *notices.HANDLERS,
    *letters.HANDLERS,
    *todo.HANDLERS,
    *platforms.HANDLERS,
    *organisation.HANDLERS,
    *compliance.HANDLERS,
    *openapi.HANDLERS,
)
UNVERSIONED: Final = (*health.HANDLERS, *metrics.HANDLERS)
_PARAMETER: Final = re.compile(r"{(\w+):\w+}")
MOST_BYTES: Final = 16_000_000
"""Litestar's own limit; ours are smaller, and stand on each route."""


class Undeclared(Exception):
    """A route has no permission. Nothing starts."""


Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def make(
    ctx: Context,
    is_healthy: Health,
    *,
    lifespan: Sequence[Lifespan] = (),
    body_within_s: float = front.BODY_WITHIN_S,
    metrics_from: Sequence[str] = metrics.HERE,
    believes_proxies: bool = False,
) -> Litestar:
    """The application. Raises `Undeclared`.

    `metrics_from` are the networks that may read `/metrics`. `believes_proxies`: the server tells
    where a call really came from.
    """
    calls = Calls()
    read = Metrics(ctx, is_healthy, calls, metrics_from, believes_proxies)
    app = Litestar(
        route_handlers=[Router(PREFIX, route_handlers=VERSIONED), *UNVERSIONED],
        dependencies={"call": Provide(call_of)},
        middleware=[front.Gate(ctx, body_within_s)],
        exception_handlers=problems.HANDLERS,
        plugins=[PydanticInitPlugin(), _Bodies()],
        state=State({"health": is_healthy, "metrics": read}),
        request_max_body_size=MOST_BYTES,
        openapi_config=None,
        logging_config=None,
        lifespan=list(lifespan),
        debug=False,
        pdb_on_exception=False,
    )
    for _, _, handler in served(app):
        if not isinstance(handler.opt.get("operation"), Operation):
            raise Undeclared(str(handler))
    app.asgi_handler = front.Front(app.asgi_handler, calls)
    return app


def declared() -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Every route as it is declared: method, path as it is written in OpenAPI, handler."""
    for prefix, listed in ((PREFIX, VERSIONED), ("", UNVERSIONED)):
        for handler in listed:
            operation: Operation = handler.opt["operation"]
            yield operation.method, prefix + _PARAMETER.sub(r"{\1}", operation.path), handler


def served(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Every route that is really there, in the same form."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            raise Undeclared(route.path)
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods - {"OPTIONS"}):
                yield method, route.path_format, handler


class _Bodies(InitPluginProtocol):
    """Bodies are read by us. Stands behind Litestar's own reader of models, so as to come first."""

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        app_config.type_decoders = [(_is_incoming, _read), *(app_config.type_decoders or ())]
        return app_config


def _is_incoming(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Incoming)


def _read(kind: type[Incoming], value: object) -> Incoming:
    """A body as its model. Raises `Invalid` with every wrong place."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise problems.of_validation(error, "#") from None
