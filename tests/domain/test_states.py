"""The three tables themselves: complete, reachable, and nothing in them that nobody uses."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from enum import StrEnum
from itertools import product
from typing import Final

import pytest

from service.domain import follow, states
from service.domain.states import (
    STATES,
    TABLES,
    Actor,
    Effect,
    Event,
    IllegalMove,
    Machine,
    NoticeState,
    RequestState,
    Rule,
    State,
    TakedownState,
    allowed,
    decide,
)

ENDS: Final = {
    Machine.NOTICE: {NoticeState.REJECTED, NoticeState.BOUNCED, NoticeState.CANCELLED},
    Machine.REQUEST: {RequestState.WITHDRAWN},
    Machine.TAKEDOWN: {TakedownState.WITHDRAWN},
}
RULES: Final = [(m, rule) for m, table in TABLES.items() for rule in table]


def states_of(machine: Machine) -> list[State]:
    return list(STATES[machine])


def rules(machine: Machine, source: State | None) -> list[Rule]:
    return [r for r in TABLES[machine] if r.source is source]


@pytest.mark.parametrize("machine", Machine)
def test_a_state_and_an_event_have_one_line(machine: Machine) -> None:
    lines = Counter((r.source, r.event) for r in TABLES[machine])

    assert [line for line, n in lines.items() if n > 1] == []


@pytest.mark.parametrize("machine", Machine)
def test_every_line_leads_to_a_state_of_its_own_machine(machine: Machine) -> None:
    for rule in TABLES[machine]:
        assert isinstance(rule.target, STATES[machine])
        assert rule.source is None or isinstance(rule.source, STATES[machine])


@pytest.mark.parametrize("machine", Machine)
def test_a_life_begins_in_one_way(machine: Machine) -> None:
    assert len(rules(machine, None)) == 1


@pytest.mark.parametrize("machine", Machine)
def test_every_state_can_be_reached(machine: Machine) -> None:
    reached: set[State | None] = {None}
    while more := {r.target for s in reached for r in rules(machine, s)} - reached:
        reached |= more

    assert reached - {None} == set(STATES[machine])


@pytest.mark.parametrize("machine", Machine)
def test_only_the_named_ends_lead_nowhere(machine: Machine) -> None:
    assert {s for s in states_of(machine) if not rules(machine, s)} == ENDS[machine]


@pytest.mark.parametrize("machine", Machine)
def test_no_line_leads_to_where_it_started(machine: Machine) -> None:
    assert [r for r in TABLES[machine] if r.source is r.target] == []


def test_every_event_is_used() -> None:
    assert {rule.event for _, rule in RULES} == set(Event)


def test_every_effect_is_used_and_has_its_function() -> None:
    assert {effect for _, rule in RULES for effect in rule.effects} == set(Effect)
    assert set(follow.EFFECTS) == set(Effect)


@pytest.mark.parametrize(("machine", "rule"), RULES)
def test_no_line_does_the_same_thing_twice(machine: Machine, rule: Rule) -> None:
    assert len(set(rule.effects)) == len(rule.effects)


@pytest.mark.parametrize(("machine", "rule"), RULES)
def test_somebody_may_do_what_a_line_says(machine: Machine, rule: Rule) -> None:
    assert rule.by
    assert rule.by <= set(Actor)


@pytest.mark.parametrize("machine", Machine)
def test_what_is_not_in_the_table_is_refused(machine: Machine) -> None:
    listed = {(r.source, r.event): r for r in TABLES[machine]}
    for state, event, by in product([None, *STATES[machine]], Event, Actor):
        rule = listed.get((state, event))
        if rule is not None and by in rule.by:
            assert decide(machine, state, event, by) is rule
        else:
            with pytest.raises(IllegalMove):
                decide(machine, state, event, by)


@pytest.mark.parametrize("machine", Machine)
def test_what_a_console_offers_is_what_may_be_done(machine: Machine) -> None:
    for state, by in product(states_of(machine), Actor):
        for event in Event:
            offered = event in allowed(machine, state, by)
            legal = any(r.event is event and by in r.by for r in rules(machine, state))
            assert offered is legal


@pytest.mark.parametrize("nobody", [Actor.AUDITOR, Actor.ADMIN])
def test_auditors_and_admins_move_nothing(nobody: Actor) -> None:
    assert [rule for _, rule in RULES if nobody in rule.by] == []


def test_an_integrator_neither_releases_nor_decides() -> None:
    may = {rule.event for _, rule in RULES if Actor.INTEGRATOR in rule.by}

    assert not may & {
        Event.RELEASE_OPEN, Event.RELEASE_RESTRICTED, Event.RELEASE_GONE, Event.FILED,
        Event.UNFILED, Event.PROVEN, Event.ACCEPTED, Event.NOT_SENT, Event.BOUNCED, Event.RETRY,
        Event.CANCEL,
    }  # fmt: skip


def test_only_a_supervisor_settles_what_was_set_aside() -> None:
    assert {r.by for r in rules(Machine.NOTICE, NoticeState.SET_ASIDE)} == {states.supervisor}


def test_a_machine_never_says_that_a_form_was_filed() -> None:
    who = {rule.by for _, rule in RULES if rule.event in (Event.FILED, Event.UNFILED)}

    assert who == {states.worker}


def test_a_doubtful_delivery_never_becomes_due_by_a_lease_that_ran_out() -> None:
    rule = decide(Machine.NOTICE, NoticeState.SENDING, Event.LEASE_EXPIRED, Actor.ENGINE)

    assert rule.target is NoticeState.PERHAPS_SENT


@pytest.mark.parametrize("state", [*states.ENDED, RequestState.NEEDS_INFO])
def test_a_machine_s_word_that_they_have_it_takes_no_answer_back(state: RequestState) -> None:
    """Receipts come late and twice; they decide nothing and answer no question."""
    with pytest.raises(IllegalMove):
        decide(Machine.REQUEST, state, Event.ACKNOWLEDGED, Actor.ENGINE)

    assert Event.ACKNOWLEDGED in allowed(Machine.REQUEST, state, Actor.CASE_WORKER)


def test_a_refusal_names_what_was_tried() -> None:
    with pytest.raises(IllegalMove, match="withdraw by engine is not allowed in withdrawn"):
        decide(Machine.TAKEDOWN, TakedownState.WITHDRAWN, Event.WITHDRAW, Actor.ENGINE)


@pytest.mark.parametrize("machine", Machine)
def test_every_state_is_explained_in_two_to_eight_words(machine: Machine) -> None:
    comments = comments_of(STATES[machine])

    assert set(comments) == {s.name for s in STATES[machine]}
    assert [name for name, words in comments.items() if not 2 <= len(words.split()) <= 8] == []


def comments_of(enum: type[StrEnum]) -> dict[str, str]:
    """The comment behind each member, read from the source."""
    source = inspect.getsource(enum)
    names = [
        target.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    lines = {line.split(" = ")[0].strip(): line for line in source.splitlines() if " = " in line}
    return {n: lines[n].split("#")[1].strip() for n in names if "#" in lines[n]}
