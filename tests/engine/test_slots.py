"""How many calls are out at once, and how many of them one lane may hold."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.slots import Slots


@pytest.mark.parametrize(("total", "most"), [(64, 16), (8, 2), (4, 1), (3, 1), (1, 1)])
def test_one_lane_holds_a_quarter_at_most(total: int, most: int) -> None:
    slots = Slots(total)

    assert slots.take("hung") == most
    assert slots.take("hung") == 0


def test_what_is_left_goes_to_whoever_asks() -> None:
    slots = Slots(8)

    assert [slots.take(lane) for lane in "abcde"] == [2, 2, 2, 2, 0]
    slots.give_back("a")
    assert [slots.take(lane) for lane in "ea"] == [1, 0]


@given(
    steps=st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 4))),
    total=st.integers(1, 12),
)
def test_slots_are_never_lost_nor_made(steps: list[tuple[str, int]], total: int) -> None:
    slots, held = Slots(total), dict.fromkeys("abcdef", 0)
    for lane, wanted in steps:
        held[lane] += slots.take(lane)
        back = min(wanted, held[lane])
        slots.give_back(lane, back)
        held[lane] -= back

        assert slots.used == sum(held.values()) <= total
        assert max(held.values()) <= slots.most


def test_all_lanes_of_one_organisation_leave_half_to_the_others() -> None:
    slots = Slots(64)
    slots.take("video/ours")
    slots.give_back("video/ours", 16)
    lanes = [f"{name}/{kind}theirs" for name in "abcde" for kind in ("", "look/")]

    assert sum(slots.take(lane) for lane in lanes) == 32
    assert [slots.take("video/ours"), slots.take("video/look/ours")] == [16, 16]


def test_an_organisation_that_is_alone_may_have_every_slot() -> None:
    slots = Slots(8)

    assert sum(slots.take(f"{name}/ours") for name in "abcd") == 8
    assert slots.take("a/theirs") == 0


async def test_who_waits_hears_of_a_slot_and_of_nothing_else() -> None:
    slots = Slots(4)
    slots.take("a")
    waiting = asyncio.ensure_future(slots.wait("a"))

    slots.give_back("b", 0)
    await asyncio.sleep(0)
    assert not waiting.done()

    slots.give_back("a")
    await asyncio.wait_for(waiting, 1)


async def _in_turn(slots: Slots, *lanes: str) -> list[str]:
    """Who takes the slots that are given back one by one, when these wait in this order."""
    came: list[str] = []

    async def wait(lane: str) -> None:
        while not slots.take(lane):
            await slots.wait(lane)
        came.append(lane)

    waiting = [asyncio.ensure_future(wait(lane)) for lane in lanes]
    await asyncio.sleep(0)
    for _ in lanes:
        slots.give_back("other")
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    return came


async def test_who_has_no_slot_comes_first_and_the_others_in_the_order_they_came() -> None:
    slots = Slots(16)
    assert [slots.take(lane) for lane in ("other", "x", "y")] == [4, 4, 4]
    slots.give_back("x", 1)
    slots.give_back("y", 1)
    for lane in "abcdef":
        slots.take(lane)
    slots.give_back("x", 0)

    assert slots.used == 16
    assert await _in_turn(slots, "x", "late", "y", "later") == ["late", "later", "x", "y"]


async def test_a_turn_that_is_cancelled_goes_to_the_next() -> None:
    slots = Slots(4)
    for lane in "abcd":
        slots.take(lane)
    first, second = (asyncio.ensure_future(slots.wait(lane)) for lane in ("x", "y"))
    await asyncio.sleep(0)

    slots.give_back("a")
    first.cancel()
    await asyncio.wait_for(second, 1)

    third = asyncio.ensure_future(slots.wait("z"))
    await asyncio.sleep(0)
    third.cancel()
    await asyncio.gather(first, third, return_exceptions=True)
    assert slots._waiting == []


async def test_all_go_on_when_told_to() -> None:
    slots = Slots(4)
    for lane in "abcd":
        slots.take(lane)
    waiting = [asyncio.ensure_future(slots.wait(lane)) for lane in "xyz"]
    await asyncio.sleep(0)

    slots.go_on()

    await asyncio.wait_for(asyncio.gather(*waiting), 1)
