"""How a call ended, and everything that its end would tell to whoever prints or logs it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager

from adapters import errors
from adapters.contract.case import KEY, Case, on_stage
from adapters.contract.site import CANARY, route_of
from adapters.errors import PlatformError

__all__ = ["PUBLIC", "error_of", "nothing_leaks", "overheard", "told_by"]

PUBLIC = frozenset(
    kind for kind in vars(errors).values() if isinstance(kind, type) and kind.__module__
)


async def error_of(doing: Awaitable[object]) -> PlatformError:
    """The platform error that this ends in. Anything else is the rule broken."""
    try:
        await doing
    except PlatformError as error:
        raised = error
    except Exception as error:
        raise AssertionError(f"raised {type(error).__name__}") from error
    else:
        raise AssertionError("succeeded")
    assert type(raised) in PUBLIC, f"a private error: {type(raised).__name__}"
    return raised


async def nothing_leaks(case: Case) -> None:
    assert case.locator is not None
    secrets = [*case.secrets.values(), *case.marks, CANARY, "Canary", case.locator.url]
    with overheard() as lines:
        errors = [error async for error in _everything_that_fails(case)]
    said = [told_by(error) for error in errors]
    said += [*lines, repr(case.adapter(case.settings, case.secrets, None))]
    for words in said:
        for secret in secrets:
            assert secret not in words, f"leaked: {words[:60]!r}"


async def _everything_that_fails(case: Case) -> AsyncIterator[BaseException]:
    happy = on_stage(case)
    await happy.adapter.send(case.notice, KEY)
    for route in {route_of(request) for request in happy.site.seen}:
        for failure in case.wire.failures:
            scene = on_stage(case)
            scene.site.failing[route] = failure.answer
            try:
                await scene.adapter.send(case.notice, KEY)
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not tell
                yield error


def told_by(error: BaseException) -> str:
    """All that printing this error, or anything it holds on to, would show."""
    parts, chain = [], [error]
    while chain:
        each = chain.pop()
        parts += [str(each), repr(each), repr(vars(each)), *traceback.format_exception(each)]
        chain += [other for other in (each.__cause__, each.__context__) if other is not None]
    return "\n".join(parts)


@contextmanager
def overheard() -> Iterator[list[str]]:
    """Everything that is logged meanwhile, by whomever, at any level."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.getMessage()} {vars(record)!r}")

    root, ear = logging.getLogger(), Ear(level=0)
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(ear)
        root.setLevel(level)
