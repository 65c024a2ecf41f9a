"""The house that the other tests live in: nothing of one test is found by the next."""

from __future__ import annotations

import gc
from collections import deque
from types import FunctionType, ModuleType
from typing import Any

from service.actions.context import Context
from service.api import application
from service.store.unit import Store
from tests.api.house import House, Ready


def held(root: Any) -> list[Context]:
    """Every context that can be reached from an object, other than by the names of a module."""
    found: dict[int, Any] = {}
    todo = deque([root])
    while todo:
        each = todo.popleft()
        if id(each) in found or isinstance(each, ModuleType | type):
            continue
        found[id(each)] = each
        inner = (each.__closure__, each.__dict__) if isinstance(each, FunctionType) else None
        todo.extend(gc.get_referents(each) if inner is None else inner)
    return [each for each in found.values() if isinstance(each, Context)]


def test_a_house_that_is_left_is_forgotten(store: Store, ready: Ready) -> None:
    first = House(store, ready)
    assert held(first.app) == [first.ctx]

    second = House(store, ready)

    assert second.app is first.app
    assert held(second.app) == [second.ctx]


async def test_calls_of_another_house_are_not_counted(store: Store, ready: Ready) -> None:
    async with House(store, ready) as first:
        await first.get("/cases")
        assert 'route="/api/v1/cases"' in (await first.get("/metrics", role=None)).text

    async with House(store, ready) as second:
        assert 'route="/api/v1/cases"' not in (await second.get("/metrics", role=None)).text


def test_an_application_of_its_own_holds_nothing_else(store: Store, ready: Ready) -> None:
    house = House(store, ready)
    assert held(application.make(house.ctx, house.readiness)) == [house.ctx]
