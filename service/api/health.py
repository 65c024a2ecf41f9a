"""Signs of life, for load balancers and operators. They stand outside `/api/v1` and need no key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from litestar import Request, Response
from pydantic import ConfigDict

from service.actions.queries.health import Readiness
from service.api.guards import Permission
from service.api.routes import answer, route
from service.api.schemas.plain import Outgoing

Health = Callable[[], Awaitable[Readiness]]


class Alive(Outgoing):
    """The process answers."""

    status: Literal["alive"] = "alive"


class PartBody(Outgoing):
    """One thing that the work needs. `unknown`: what would tell cannot be asked."""

    name: str
    state: Literal["ok", "degraded", "away", "unknown"]
    detail: str


class ReadyBody(Outgoing):
    """Whether calls can be done. `degraded`: everything is taken in, some of it is done later.

    `reasons` are words that do not change; `parts` says the same and more in plain ones.
    """

    status: Literal["ready", "degraded", "away"]
    reasons: list[str]
    parts: list[PartBody]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "degraded",
                    "reasons": ["no_worker"],
                    "parts": [{"name": "workers", "state": "degraded", "detail": "None is alive."}],
                }
            ]
        }
    )


@route("GET", "/health/live", may=Permission.PUBLIC, tag="health")
async def live() -> Response[Alive]:
    """Whether the process answers.

    Touches nothing else.
    """
    return answer(Alive())


@route("GET", "/health/ready", may=Permission.PUBLIC, tag="health",
       also=((503, "Calls would fail."),))  # fmt: skip
async def ready(request: Request) -> Response[ReadyBody]:  # type: ignore[type-arg]
    """Whether calls can be done.

    Looks at the database, its migrations, Redis, the workers' signs of life, the last sweep, and
    the mailbox if one is set. Without Redis, a worker or the mailbox it is degraded: what comes in
    is kept, and done later.
    """
    health: Health = request.app.state.health
    found = await health()
    body = ReadyBody.model_validate(found)
    return answer(body, 503 if found.status == "away" else 200)


HANDLERS = (live, ready)
