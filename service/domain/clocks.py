"""Deadlines on requests: which there are, by whose word, and how they end.

A clock ends `met`, `passed`, `not_seen` (nobody looked in time) or `void`. Only the centre's own
run yet;
the others are listed with their source, so that what will run is on record before it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from adapters.spec import Regime, Seen
from service.domain import ids, sight
from service.domain.world import Clock

if TYPE_CHECKING:
    from service.domain.world import Request, Takedown, World

Ends = Literal["answer", "removal"]


@dataclass(frozen=True, slots=True)
class ClockRule:
    """One version of one deadline. `hours` is None where the law or the centre gives no fixed
    number.
    """

    name: str
    kind: Literal["legal", "promised", "own"]
    ends_on: Ends
    hours: float | None
    source: str
    read_on: date
    valid_from: date
    regime: Regime | None = None
    runs: bool = False


_READ: Final = date(2026, 11, 22)
RULES: Final[tuple[ClockRule, ...]] = (
    ClockRule(
        "own_answer_1", "own", "answer", None,
        "the organisation's profile: targets.answer_days, 7 unless it says otherwise",
        _READ, date(2026, 11, 22), runs=True,
    ),
    ClockRule(
        "own_removal_1", "own", "removal", None,
        "the organisation's profile: targets.removal_days, none unless it says so",
        _READ, date(2026, 11, 22), runs=True,
    ),
    ClockRule(
        "eu_dsa_16_1", "legal", "answer", None,
        "Regulation (EU) 2022/2065 Art. 16(4)-(6): without undue delay, no fixed number",
        _READ, date(2024, 2, 17), Regime.EU_DSA_16,
    ),
    ClockRule(
        "us_take_it_down_1", "legal", "removal", 48,
        "TAKE IT DOWN Act, Public Law 119-12, section 3(a)(3)",
        _READ, date(2026, 5, 19), Regime.US_TAKE_IT_DOWN,
    ),
    ClockRule(
        "uk_20a_1", "legal", "removal", 48,
        "Online Safety Act 2023 sections 10(3A)-(3B) and 20A",
        _READ, date(2026, 6, 29), Regime.UK_20A,
    ),
    ClockRule(
        "kr_22_5_1", "legal", "removal", None,
        "Telecommunications Business Act (Korea) Art. 22-5(1): no fixed number was found",
        _READ, date(2020, 12, 10), Regime.KR_22_5,
    ),
)  # fmt: skip


def start(world: World, request: Request, at: datetime) -> None:
    """Start the centre's own clocks of a request that was asked. Those that still run are left
    alone.
    """
    case = world.cases[request.case_id]
    wanted: list[tuple[str, Ends, float | None]] = [
        ("own_answer_1", "answer", case.answer_days),
        ("own_removal_1", "removal", case.removal_days),
    ]
    running = {c.rule for c in world.clocks_by_request[request.id] if c.state == "running"}
    for rule, ends_on, days in wanted:
        if days is not None and rule not in running:
            due_at = at + world.pace.day * days
            world.add(Clock(ids.new_id(), request.id, "own", ends_on, rule, at, due_at))
    _look_in_time(world, request)


def deadlines(world: World, takedown: Takedown) -> list[datetime]:
    """The deadlines beside which somebody has to look: those that run or were let pass."""
    return [
        clock.due_at
        for request in world.requests_of(takedown)
        for clock in world.clocks_by_request[request.id]
        if clock.state in ("running", "passed", "not_seen")
    ]


def _look_in_time(world: World, request: Request) -> None:
    takedown = world.takedowns[request.takedown_id]
    if takedown.look_at is not None:
        takedown.look_at = sight.in_time(
            takedown, takedown.look_at, world.now, world.pace, deadlines(world, takedown)
        )


def correct(world: World, request: Request, at: datetime) -> None:
    """An earlier start was proven: clocks count from there, and what had ended by the old count is
    judged anew.
    """
    for clock in world.clocks_by_request[request.id]:
        if clock.state == "void":
            continue
        clock.due_at += at - clock.starts_at
        clock.starts_at = at
        if clock.state in ("met", "passed") and clock.ended_at:
            clock.state = "met" if clock.ended_at <= clock.due_at else "passed"
    _look_in_time(world, request)


def stop(world: World, request: Request, ends_on: Ends, at: datetime) -> None:
    """What the clock waited for happened at `at`. One that had passed keeps that."""
    for clock in world.clocks_by_request[request.id]:
        if clock.state == "running" and clock.ends_on == ends_on:
            clock.state = "met" if at <= clock.due_at else "passed"
            clock.ended_at = at


def void(world: World, request: Request, at: datetime) -> None:
    """They never counted: the notice did not arrive."""
    for clock in world.clocks_by_request[request.id]:
        if clock.state in ("running", "passed"):
            clock.state, clock.ended_at = "void", at


def unstart(world: World, request: Request, at: datetime) -> None:
    """Nobody was asked: whatever they came to since, they never ran."""
    for clock in world.clocks_by_request[request.id]:
        if clock.state != "void":
            clock.state, clock.ended_at = "void", at


def abandon(world: World, request: Request, at: datetime) -> None:
    """Nothing is asked any more. What had passed by then was let pass, and stays so."""
    for clock in world.clocks_by_request[request.id]:
        if clock.state == "running":
            clock.state, clock.ended_at = "void", at


def expire(clock: Clock, takedown: Takedown) -> None:
    """The deadline has come. A removal clock that nobody looked behind says `not_seen`, not
    `passed`; one that was seen gone in time is `met` even while its takedown is held.
    """
    clock.state, clock.ended_at = "passed", clock.due_at
    if clock.ends_on != "removal":
        return
    if takedown.seen_at is None or takedown.seen_at < clock.starts_at:
        clock.state = "not_seen"
    elif takedown.seen is Seen.GONE and takedown.gone_at and takedown.gone_at <= clock.due_at:
        clock.state, clock.ended_at = "met", takedown.gone_at


def left(clock: Clock, now: datetime) -> timedelta:
    """The time until the deadline; negative behind it."""
    return clock.due_at - now
