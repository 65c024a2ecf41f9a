"""Whether anything may leave at all, and whom it goes to on what basis."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from adapters.spec import ContentClass, Field, Regime
from service.domain import permission, routing
from service.domain.permission import Permission
from service.domain.states import Actor, Event, RequestState
from service.domain.world import Takedown
from tests.domain.worlds import NOW, SPECS, Play, spec

DAY = timedelta(days=1)
AGO, SOON = NOW - DAY, NOW + DAY


def grant(**changes: Any) -> dict[str, Any]:
    return {"given_by": "self", **changes}


@pytest.mark.parametrize(
    ("grants", "state"),
    [
        ([], "none"),
        ([grant()], "given"),
        ([grant(until=NOW)], "lapsed"),
        ([grant(until=SOON.isoformat())], "given"),
        ([grant(**{"from": SOON})], "none"),
        ([grant(**{"from": AGO.isoformat()})], "given"),
        ([grant(withdrawn_at=AGO)], "withdrawn"),
        ([grant(withdrawn_at=AGO), grant()], "given"),
        ([grant(until=AGO), grant(withdrawn_at=AGO)], "withdrawn"),
        ([grant(until=AGO), grant(**{"from": SOON})], "lapsed"),
    ],
)
def test_consent_is_the_best_that_any_grant_says(grants: list[Any], state: str) -> None:
    assert permission.consent_state(grants, NOW) == state


@pytest.mark.parametrize(
    ("grants", "until"),
    [
        ([], None),
        ([grant()], None),
        ([grant(until=SOON), grant(until=SOON + DAY)], SOON + DAY),
        ([grant(until=SOON), grant()], None),
        ([grant(until=SOON), grant(until=AGO)], SOON),
        ([grant(until=AGO)], None),
    ],
)
def test_consent_lasts_as_long_as_its_longest_grant(grants: list[Any], until: Any) -> None:
    assert permission.consent_until(grants, NOW) == until


@pytest.mark.parametrize(
    ("mandate", "grants", "person", "holds"),
    [
        ("self", [grant()], "adult", ()),
        ("self", [], "adult", ("consent",)),
        ("self", [grant(until=NOW)], "adult", ("consent",)),
        ("self", [grant(withdrawn_at=AGO)], "adult", ("consent",)),
        ("police", [], "minor", ()),
        ("centre_by_law", [], "not_known", ()),
        ("guardian", [grant()], "minor", ()),
        ("self", [grant()], "minor", ("age",)),
        ("self", [grant()], "not_known", ("age",)),
        ("self", [grant(given_by="guardian")], "minor", ()),
        ("self", [grant(given_by="guardian", until=AGO), grant()], "minor", ("age",)),
        (None, [], "minor", ("consent", "age")),
    ],
)
def test_what_consent_age_and_mandate_hold(
    mandate: str | None, grants: list[Any], person: str, holds: tuple[str, ...]
) -> None:
    assert permission.holds(Permission(mandate, None, grants, person), NOW) == holds


def test_a_mandate_that_ended_permits_nothing() -> None:
    over = Permission("police", NOW, [], "adult")

    assert permission.holds(over, NOW) == ("consent",)
    assert permission.holds(over, AGO) == ()


@pytest.mark.parametrize(
    ("mandate_until", "grants", "at"),
    [
        (None, [], None),
        (None, [grant()], None),
        (SOON, [], SOON),
        (AGO, [grant(until=SOON + DAY)], SOON + DAY),
        (NOW, [grant(until=NOW)], None),
        (SOON + DAY, [grant(until=SOON.isoformat()), grant()], SOON),
        (None, [grant(**{"from": SOON, "until": SOON + DAY})], SOON),
        (None, [grant(until=SOON, withdrawn_at=AGO)], None),
    ],
)
def test_when_time_alone_changes_what_is_permitted(
    mandate_until: Any, grants: list[Any], at: Any
) -> None:
    said = Permission("police", mandate_until, grants, "adult")

    assert permission.changes_at(said, NOW) == at


@pytest.mark.parametrize("mandate", ["police", "centre_by_law"])
def test_no_mandate_stands_over_withdrawn_consent_by_itself(mandate: str) -> None:
    ended = [grant(withdrawn_at=AGO)]

    assert permission.holds(Permission(mandate, None, ended, "minor"), NOW) == ("consent",)
    assert permission.holds(Permission(mandate, None, ended, "minor", over=True), NOW) == ()
    assert permission.holds(Permission("self", None, ended, "adult", over=True), NOW) == (
        "consent",
    )


@pytest.mark.parametrize(
    ("by", "mandate", "stands"),
    [
        (Actor.SUPERVISOR, {"kind": "police", "checked_how": "their letter"}, True),
        (Actor.CASE_WORKER, {"kind": "police", "checked_how": "their letter"}, False),
        (Actor.INTEGRATOR, {"kind": "centre_by_law", "checked_how": "x"}, False),
        (Actor.SUPERVISOR, {"kind": "police", "checked_how": " "}, False),
        (Actor.SUPERVISOR, {"kind": "police"}, False),
        (Actor.SUPERVISOR, {"kind": "self", "checked_how": "card"}, False),
        (Actor.SUPERVISOR, None, False),
    ],
)
def test_a_supervisor_who_says_how_it_was_checked_may_act_over_it(
    by: Actor, mandate: Any, stands: bool
) -> None:
    assert permission.stands_over_withdrawal(by, mandate) is stands


NAMED = frozenset({Field.CENTRE_NAME, Field.CENTRE_EMAIL, Field.URLS})


@pytest.mark.parametrize(
    ("policy", "approved", "needs"),
    [
        ("none", (), False),
        ("every", (), True),
        ("every", (("video", NAMED),), True),
        ("first_of_case", (), True),
        ("first_of_case", (("video", NAMED),), False),
        ("first_of_case", (("mailed", NAMED),), True),
        ("first_of_case", (("video", NAMED - {Field.URLS}),), True),
        ("first_of_case", (("video", NAMED - {Field.URLS}), ("video", NAMED)), False),
    ],
)
def test_when_a_person_must_look_first(policy: str, approved: Any, needs: bool) -> None:
    assert permission.needs_approval(policy, approved, [SPECS["video"]]) is needs


def test_nobody_approves_what_goes_nowhere() -> None:
    assert not permission.needs_approval("every", (), [])


# Routing


@pytest.mark.parametrize(
    ("regime", "where", "applies"),
    [
        (Regime.EU_DSA_16, "DE", True),
        (Regime.EU_DSA_16, "NO", True),
        (Regime.EU_DSA_16, "GB", False),
        (Regime.US_TAKE_IT_DOWN, "US", True),
        (Regime.US_TAKE_IT_DOWN, "DE", False),
        (Regime.UK_20A, "GB", True),
        (Regime.KR_22_5, "KR", True),
        (Regime.KR_22_5, "US", False),
        (Regime.TERMS, "US", False),
        (Regime.OTHER, "KR", False),
    ],
)
def test_where_a_regime_applies(regime: Regime, where: str, applies: bool) -> None:
    case = Play().case(jurisdictions=(where,))

    assert routing.applies(regime, case, ContentClass.NCII) is applies


@pytest.mark.parametrize("regime", [Regime.US_TAKE_IT_DOWN, Regime.UK_20A, Regime.KR_22_5])
def test_some_regimes_are_about_intimate_content_alone(regime: Regime) -> None:
    case = Play().case(jurisdictions=("US", "GB", "KR"))

    assert not routing.applies(regime, case, ContentClass.PERSONAL_DETAILS)


def test_the_channel_s_own_process_comes_first_then_the_dsa_then_their_terms() -> None:
    form = spec("form", regimes=(Regime.US_TAKE_IT_DOWN,))
    play = Play()

    def basis(*where: str) -> Regime:
        return routing.basis(form, play.case(jurisdictions=where), ContentClass.NCII)

    assert basis("US", "DE") is Regime.US_TAKE_IT_DOWN
    assert basis("DE") is Regime.EU_DSA_16
    assert basis("KR") is Regime.TERMS


def plan(takedown: Takedown, *specs: Any) -> list[tuple[str, int]]:
    found = routing.plan(takedown, Play().case(), {s.name: s for s in specs})
    return [(p.addressee, p.rung) for p in found]


def test_a_platform_is_asked_for_what_it_takes_down() -> None:
    takedown = Play().takedown()

    assert plan(takedown, spec("video")) == [("video", 1)]
    assert plan(takedown, spec("video", classes=frozenset({ContentClass.OTHER}))) == []
    assert plan(takedown, spec("other")) == []


def test_who_stands_behind_is_a_rung_above() -> None:
    takedown = Play().takedown()
    host = spec("host", stands_behind=("video",))
    carrier = spec("carrier", stands_behind=("host", "video"))

    found = plan(takedown, spec("video"), host, carrier)

    assert found[0] == ("video", 1)
    assert sorted(found[1:]) == [("carrier", 2), ("host", 2)]


def test_a_platform_that_takes_no_such_content_is_no_rung() -> None:
    takedown = Play().takedown()
    video = spec("video", classes=frozenset({ContentClass.OTHER}))

    assert plan(takedown, video, spec("host", stands_behind=("video",))) == [("host", 1)]


@pytest.mark.parametrize(
    ("event", "rung"),
    [(None, 1), (Event.REFUSED, 2), (Event.WRONG_ADDRESSEE, 2), (Event.ACKNOWLEDGED, 1),
     (Event.SILENCE, 2), (Event.SAYS_REMOVED, 1)],
)  # fmt: skip
def test_a_refusal_or_silence_leads_a_rung_up(event: Event | None, rung: int) -> None:
    play = Play()
    takedown = play.asked()
    if event:
        assert play.does(play.request(takedown), event)

    assert routing.climbed(play.world, takedown) == rung


def test_a_deadline_that_passed_leads_a_rung_up() -> None:
    play = Play()
    takedown = play.asked()
    (clock,) = play.clocks(play.request(takedown))
    clock.state = "passed"

    assert routing.climbed(play.world, takedown) == 2


def test_who_says_removed_and_is_contradicted_is_passed_by() -> None:
    play = Play()
    takedown = play.asked()
    request = play.request(takedown)
    play.does(request, Event.SAYS_REMOVED)
    request.said_at = play.now
    takedown.up_at = play.now - DAY
    assert routing.climbed(play.world, takedown) == 1

    takedown.up_at = play.now + DAY

    assert request.state is RequestState.SAYS_REMOVED
    assert routing.climbed(play.world, takedown) == 2
