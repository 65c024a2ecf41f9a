"""Deadlines on requests: which there are, by whose word, and how they end.

Three kinds that are never mixed: the centre's own, what the addressee promises in public, and what
a law sets. A clock ends `met`, `passed`, `not_seen` (nobody looked in time) or `void`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from adapters.spec import Ends, Purpose, Regime, Seen, Spec
from service.domain import ids, regimes, sight
from service.domain.states import NoticeState
from service.domain.world import Clock

if TYPE_CHECKING:
    from service.domain.world import Request, Takedown, World

OWN_ANSWER: Final = "own_answer_1"
OWN_REMOVAL: Final = "own_removal_1"


@dataclass(frozen=True, slots=True)
class Term:
    """One deadline as it would be set. `rule` names its row: a target, a promise or a law."""

    kind: Literal["legal", "promised", "own"]
    ends_on: Ends
    rule: str
    days: float


def own(answer_days: float | None, removal_days: float | None) -> Iterator[Term]:
    """The targets of the centre's profile; None: it set none."""
    if answer_days is not None:
        yield Term("own", "answer", OWN_ANSWER, answer_days)
    if removal_days is not None:
        yield Term("own", "removal", OWN_REMOVAL, removal_days)


def promised(spec: Spec, basis: Regime) -> Iterator[Term]:
    """What the addressee says of itself, about notices on this basis."""
    for promise in spec.promises:
        if promise.basis in (None, basis):
            rule = f"{spec.name}_{promise.ends_on}_{promise.version}"
            yield Term("promised", promise.ends_on, rule, promise.hours / 24)


def legal(spec: Spec, basis: Regime, at: datetime) -> Iterator[Term]:
    """What the law sets from a receipt at that time, if it binds this addressee and gives a
    number.
    """
    law = regimes.binding(spec, basis, at.date())
    if law and law.hours is not None:
        yield Term("legal", law.ends_on, law.name, law.hours / 24)


def start(world: World, request: Request, at: datetime) -> None:
    """Start the clocks of a request that was asked. Own ones that still run are left alone."""
    if request.is_beside:
        return
    case = world.cases[request.case_id]
    running = {c.rule for c in world.clocks_by_request[request.id] if c.state == "running"}
    for term in own(case.answer_days, case.removal_days):
        if term.rule not in running:
            _set(world, request, term, at)
    start_theirs(world, request, at)


def start_theirs(world: World, request: Request, at: datetime) -> None:
    """Start what was promised, once its first notice arrived, and what the law sets, once the
    receipt is proven. Each counts once, from the first time, unless it is void: nothing counts anew
    because we write again, and nothing while the police hold it.
    """
    if request.is_beside or "police" in world.held.get(request.takedown_id, ()):
        return
    arrived = [
        notice
        for notice in world.notices_of(request, (NoticeState.SENT,))
        if notice.purpose is Purpose.FIRST
    ]
    spec = world.spec(request.addressee)
    terms = list(promised(spec, request.basis)) if arrived else []
    if any(notice.grade in regimes.PROVEN for notice in arrived):
        terms += legal(spec, request.basis, at)
    known = {c.rule for c in world.clocks_by_request[request.id] if c.state != "void"}
    for term in terms:
        if term.rule not in known:
            _set(world, request, term, at)
    _look_in_time(world, request)


def _set(world: World, request: Request, term: Term, at: datetime) -> None:
    due_at = at + world.pace.day * term.days
    world.add(Clock(ids.new_id(), request.id, term.kind, term.ends_on, term.rule, at, due_at))


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


def correct(world: World, request: Request, at: datetime, *, proven: bool = True) -> None:
    """An earlier start was proven: what counted from the asking counts from there, and what had
    ended by the old count is judged anew. A person's word (`proven` false) moves no legal clock.
    """
    for clock in world.clocks_by_request[request.id]:
        is_anew = clock.starts_at != request.asked_at  # since our reply, or since a police hold
        if clock.state == "void" or is_anew or (clock.kind == "legal" and not proven):
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


def is_silence(clock: Clock) -> bool:
    """Whether its passing says `no_answer`: only the centre's own answer clock does."""
    return clock.state == "passed" and clock.kind == "own" and clock.ends_on == "answer"


def left(clock: Clock, now: datetime) -> timedelta:
    """The time until the deadline; negative behind it."""
    return clock.due_at - now
