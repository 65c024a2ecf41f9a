"""What waits for a person, and the feed of events."""

from __future__ import annotations

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from service.actions import taking
from service.actions.queries import feed, todo
from service.api.guards import Permission
from service.api.routes import Here, answer, page, route
from service.api.schemas.todo import After, EventPage, FindTodo, TodoLine, TodoPage
from service.domain.errors import Taken

P = Permission


@route("GET", "/todo", may=P.READ_CASES, tag="work")
async def list_todo(
    call: Here, find: NamedDependency[SkipValidation[FindTodo]]
) -> Response[TodoPage]:
    """List what waits for a person.

    Most urgent first. Each line says what to do and which call does it.
    """
    items, cursor = await todo.page(
        call.ctx, call.caller, find.kind, find.limit, find.cursor, taken_by=find.taken_by
    )
    return page(call, TodoPage.model_validate({"items": items, "next_cursor": cursor}))


@route("POST", "/todo/{todo_id:str}/take", may=P.WRITE_CASES, tag="work", raises=(Taken,),
       repeatable=True)  # fmt: skip
async def take_todo(call: Here, todo_id: FromPath[str]) -> Response[TodoLine]:
    """Take a line, so that two do not work on the same.

    It is taken by this key for 30 minutes, or until the line is gone; taking it again begins anew.
    Others see until when it is taken, and not by whom. It holds nobody back from the work itself.
    What waits for a supervisor only a supervisor takes.
    """
    return answer(TodoLine.model_validate(await taking.take(call.ctx, call.caller, todo_id)))


@route("POST", "/todo/{todo_id:str}/return", may=P.WRITE_CASES, tag="work", repeatable=True)
async def return_todo(call: Here, todo_id: FromPath[str]) -> Response[TodoLine]:
    """Return a line to the others.

    By the key that took it, or a supervisor's. A line that nobody has taken stays as it is.
    """
    return answer(TodoLine.model_validate(await taking.give_back(call.ctx, call.caller, todo_id)))


@route("GET", "/events", may=P.READ_EVENTS, tag="work")
async def list_events(
    call: Here, find: NamedDependency[SkipValidation[After]]
) -> Response[EventPage]:
    """Follow what happens.

    Numbered without a gap for each organisation. Ask again with `after` set to `last_seq`.
    """
    items, more = await feed.events(call.ctx, call.caller, find.after, find.limit)
    last = items[-1]["seq"] if items else find.after
    values = {"items": items, "last_seq": last, "next_cursor": str(last) if more else None}
    return answer(EventPage.model_validate(values))


HANDLERS = (list_todo, take_todo, return_todo, list_events)
