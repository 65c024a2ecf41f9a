"""What follows a move, one story for each consequence that matters."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.spec import AnswerKind, Purpose, Seen
from service.domain import follow, mailing, sight
from service.domain.states import (
    Actor,
    Event,
    Machine,
    NoticeState,
    RequestState,
    TakedownState,
    decide,
)
from service.domain.world import Notice, Request, Takedown
from tests.domain.worlds import NOW, PACE, Play, row

N, R, T, E = NoticeState, RequestState, TakedownState, Event
WORKER = Actor.CASE_WORKER


@pytest.fixture
def play() -> Play:
    return Play()


def filed(play: Play, request: Request) -> Notice:
    """A person has filed its form."""
    notice = play.notice(request)
    notice.filed = True
    assert play.does(notice, E.FILED, WORKER)
    return notice


def test_an_open_takedown_has_a_request_in_a_first_notice(play: Play) -> None:
    takedown = play.opened()

    request = play.request(takedown)
    notice = play.notice(request)
    assert (request.state, request.carrying, notice.state) == (R.PENDING, True, N.DUE)
    assert notice.due_at == NOW + PACE.undo
    assert takedown.look_at == NOW


def test_a_channel_of_forms_goes_to_a_person_at_once(play: Play) -> None:
    notice = play.notice(play.request(play.opened(platform="form")))

    assert notice.state is N.BY_HAND


def test_nobody_is_asked_about_an_unknown_site(play: Play) -> None:
    takedown = play.opened(platform=None)

    assert play.world.requests_of(takedown) == []


def test_nobody_is_asked_before_the_address_is_known(play: Play) -> None:
    takedown = play.opened(locator_mac=None)

    assert play.world.requests_of(takedown) == []


def test_an_arrived_notice_asks_starts_clocks_and_polls(play: Play) -> None:
    takedown = play.asked(play.case(removal_days=2.0))

    request = play.request(takedown)
    assert (request.state, request.asked_at) == (R.ASKED, NOW)
    assert [(c.ends_on, c.due_at) for c in play.clocks(request)] == [
        ("answer", NOW + timedelta(days=7)),
        ("removal", NOW + timedelta(days=2)),
    ]
    assert request.remind_at == NOW + timedelta(days=1)
    assert play.notice(request).poll_at is not None


def test_what_the_receipt_answers_follows_in_the_same_breath(play: Play) -> None:
    takedown = play.opened()
    request = play.request(takedown)
    notice = play.notice(request)
    play.start(notice)
    play.says(notice, request, AnswerKind.SAYS_REMOVED)

    play.does(notice, E.ACCEPTED)

    assert request.state is R.SAYS_REMOVED
    assert takedown.waits_look
    asked, said = play.world.moved[-2:]
    assert (asked.target, said.target) == (R.ASKED, R.SAYS_REMOVED)
    assert {asked.because, said.because} == {notice.entry_id}


@pytest.mark.parametrize("kind", [AnswerKind.UNSPECIFIED, AnswerKind.CONTENT_GONE])
def test_an_answer_that_names_no_removal_makes_us_look(play: Play, kind: AnswerKind) -> None:
    takedown = play.opened()
    request = play.request(takedown)
    notice = play.notice(request)
    play.start(notice)
    play.says(notice, request, kind)
    takedown.look_at = NOW + timedelta(days=1)

    play.does(notice, E.ACCEPTED)

    assert request.state is R.ASKED
    assert takedown.look_at == NOW


def test_an_earlier_proof_corrects_the_clocks(play: Play) -> None:
    request = play.request(play.opened(platform="mailed"))
    notice = play.notice(request)
    play.start(notice)
    play.does(notice, E.UNCERTAIN)
    play.does(notice, E.UNCONFIRM, at=NOW + timedelta(hours=2))

    play.does(notice, E.PROVEN, at=NOW)

    assert request.asked_at == NOW
    assert [c.due_at for c in play.clocks(request)] == [NOW + timedelta(days=7)]


@pytest.mark.parametrize("state", N)
def test_proof_that_it_arrived_settles_whatever_may_be_sent_again_or_is_in_doubt(
    state: NoticeState,
) -> None:
    tried, untried = (row(Machine.NOTICE, state, tries=tries) for tries in (1, 0))
    assert isinstance(tried, Notice)
    assert isinstance(untried, Notice)

    event = follow.proof_of(tried)

    assert follow.proof_of(untried) is None
    assert (event is not None) is (state in (N.DUE, N.SENDING, N.PERHAPS_SENT, N.UNCONFIRMED))
    if event:
        assert decide(Machine.NOTICE, state, event, Actor.ENGINE).target is N.SENT
        assert decide(Machine.NOTICE, state, event, WORKER).target is N.SENT


def test_a_bounce_voids_what_ran_and_hands_on(play: Play) -> None:
    takedown = play.asked()
    request = play.request(takedown)

    play.does(play.notice(request), E.BOUNCED, WORKER, "bounced")

    assert (request.state, request.reason) == (R.NOT_REACHED, "bounced")
    assert {c.state for c in play.clocks(request)} == {"void"}
    assert (request.carrying, request.remind_at) == (False, None)
    assert play.notice(request).poll_at is None


def test_a_bounced_reminder_unsays_nothing(play: Play) -> None:
    request = play.request(play.asked())
    play.later(days=2)
    for move in mailing.reminder(play.world, [request]):
        follow.apply(play.world, [move])
    reminder = play.notice(request, Purpose.REMINDER)
    play.arrives(reminder)

    play.does(reminder, E.BOUNCED, WORKER, "bounced")

    assert request.state is R.ASKED


def refused_for_one(play: Play, kind: AnswerKind) -> tuple[RequestState | None, ...]:
    """Three in one mail, which is refused because of the first."""
    case = play.case()
    requests = [play.request(play.opened(case, platform="mailed")) for _ in range(3)]
    notice = play.notice(requests[0])
    assert len(play.world.by_notice[notice.id]) == 3
    play.start(notice)
    play.says(notice, requests[0], kind)

    play.does(notice, E.REJECTED, reason="refused")

    again = play.notice(requests[1])
    assert again is play.notice(requests[2])
    assert (notice.state, again.state) == (N.REJECTED, N.DUE)
    return tuple(r.state for r in requests)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (AnswerKind.ALREADY_REPORTED, R.ALREADY_REPORTED),
        (AnswerKind.WRONG_ADDRESSEE, R.WRONG_ADDRESSEE),
        (AnswerKind.CONTENT_GONE, R.PENDING),
    ],
)
def test_one_bad_item_does_not_take_the_others_along(
    play: Play, kind: AnswerKind, state: RequestState
) -> None:
    assert refused_for_one(play, kind) == (state, R.PENDING, R.PENDING)


def test_a_refused_message_reached_nobody(play: Play) -> None:
    request = play.request(play.opened())
    notice = play.notice(request)
    play.start(notice)

    play.does(notice, E.REJECTED, reason="http_400")

    assert (request.state, request.reason) == (R.NOT_REACHED, "http_400")


def test_asking_anew_makes_another_notice(play: Play) -> None:
    request = play.request(play.opened())
    notice = play.notice(request)
    play.start(notice)
    play.does(notice, E.REJECTED)

    play.does(request, E.ASK_ANEW, WORKER)

    assert request.state is R.PENDING
    assert play.notice(request) is not notice


def test_a_person_who_cancels_asks_nobody(play: Play) -> None:
    request = play.request(play.opened())

    play.does(play.notice(request), E.CANCEL, WORKER)

    assert (request.state, request.reason) == (R.NOT_REACHED, "cancelled")


def test_filing_and_taking_it_back(play: Play) -> None:
    request = play.request(play.opened(platform="form"))
    notice = play.notice(request)
    assert not play.does(notice, E.UNFILED, WORKER)
    notice.filed = True
    play.does(notice, E.FILED, WORKER)
    assert request.state is R.ASKED

    play.does(notice, E.UNFILED, WORKER)

    assert (notice.state, notice.filed, request.state) == (N.BY_HAND, False, R.PENDING)
    assert request.asked_at is None
    assert {c.state for c in play.clocks(request)} == {"void"}


def test_a_form_that_was_answered_is_not_taken_back(play: Play) -> None:
    request = play.request(play.opened(platform="form"))
    notice = play.notice(request)
    notice.filed = True
    play.does(notice, E.FILED, WORKER)
    play.does(request, E.REFUSED, WORKER)

    assert not play.does(notice, E.UNFILED, WORKER)

    assert (request.state, notice.state) == (R.REFUSED, N.SENT)


def test_a_form_taken_back_after_it_was_seen_gone_asked_nobody(play: Play) -> None:
    takedown = play.opened(play.case(removal_days=3.0), platform="form")
    request = play.request(takedown)
    notice = filed(play, request)
    play.does(takedown, E.SEEN_GONE)
    assert {c.state for c in play.clocks(request)} == {"running", "met"}

    play.does(notice, E.UNFILED, WORKER)

    assert (notice.state, request.state) == (N.CANCELLED, R.REMOVED_WITHOUT_WORD)
    assert request.asked_at is None
    assert {c.state for c in play.clocks(request)} == {"void"}


def test_a_form_taken_back_after_the_withdrawal_asked_nobody(play: Play) -> None:
    takedown = play.opened(platform="form")
    request = play.request(takedown)
    notice = filed(play, request)
    play.withdraw(takedown, "consent")

    play.does(notice, E.UNFILED, WORKER)

    assert (notice.state, request.state) == (N.CANCELLED, R.WITHDRAWN)
    assert request.asked_at is None


def test_a_retraction_taken_back_leaves_what_was_asked(play: Play) -> None:
    takedown = play.opened(platform="form")
    request = play.request(takedown)
    first = filed(play, request)
    play.withdraw(takedown, "wrong_url")
    retraction = play.notice(request, Purpose.RETRACTION)
    retraction.filed = True
    play.does(retraction, E.FILED, WORKER)
    play.does(first, E.BOUNCED, WORKER)

    play.does(retraction, E.UNFILED, WORKER)

    assert request.asked_at is not None


@pytest.mark.parametrize("event", sorted(set(follow.ANSWER_EVENT.values())))
@pytest.mark.parametrize("by", [WORKER, Actor.ENGINE])
def test_what_was_never_asked_has_no_answer(play: Play, event: Event, by: Actor) -> None:
    takedown = play.opened()
    request = play.request(takedown)
    play.does(takedown, E.SEEN_GONE)

    assert not play.does(request, event, by)

    assert request.state is R.REMOVED_WITHOUT_WORD


def test_what_was_asked_before_it_was_seen_gone_may_be_answered(play: Play) -> None:
    takedown = play.asked()
    request = play.request(takedown)
    play.does(takedown, E.SEEN_GONE)

    assert play.does(request, E.SAYS_REMOVED, WORKER)

    assert request.state is R.SAYS_REMOVED


def test_a_reminder_taken_back_leaves_who_took_over_from_one_that_was_asked(play: Play) -> None:
    first = play.opened(platform="form", locator_mac=b"x")
    filed(play, play.request(first))
    play.hold(first)
    second = play.request(play.opened(platform="form", locator_mac=b"x"))
    follow.apply(play.world, list(mailing.reminder(play.world, [second])))
    reminder = play.notice(second, Purpose.REMINDER)
    reminder.filed = True
    assert play.does(reminder, E.FILED, WORKER)

    play.does(reminder, E.UNFILED, WORKER)

    assert (second.state, second.follows_id) == (R.ASKED, play.request(first).id)
    assert play.notices(second) == []


def test_what_was_seen_gone_and_is_held_makes_way_for_another_case(play: Play) -> None:
    first = play.opened(locator_mac=b"x")
    play.does(first, E.SEEN_GONE)
    play.hold(first)

    second = play.request(play.opened(locator_mac=b"x"))

    assert (second.state, second.carrying) == (R.PENDING, True)


def test_a_withdrawal_does_not_hide_that_they_let_a_deadline_pass(play: Play) -> None:
    takedown = play.asked()
    request = play.request(takedown)
    (clock,) = play.clocks(request)
    clock.state = "passed"

    play.withdraw(takedown, "consent")

    assert (request.state, clock.state) == (R.WITHDRAWN, "passed")


def test_only_what_a_person_filed_is_unfiled(play: Play) -> None:
    request = play.request(play.asked())

    assert not play.does(play.notice(request), E.UNFILED, WORKER)


@pytest.mark.parametrize(
    ("platform", "wait"),
    [
        ("keyed", PACE.retry_first),
        ("video", timedelta(minutes=2)),
        ("mailed", PACE.unconfirmed_after),
    ],
)
def test_a_doubt_is_looked_into_by_the_channel_s_own_means(
    play: Play, platform: str, wait: timedelta
) -> None:
    notice = play.notice(play.request(play.opened(platform=platform)))
    play.start(notice)

    play.does(notice, E.UNCERTAIN)

    assert notice.settle_at is not None
    assert wait <= notice.settle_at - NOW <= wait * 1.1


def test_what_did_not_leave_is_tried_later(play: Play) -> None:
    notice = play.notice(play.request(play.opened()))
    play.start(notice)

    play.does(notice, E.NOT_SENT)

    assert PACE.retry_first <= notice.due_at - NOW <= PACE.retry_first * 1.1
    assert notice.lease_until is None


def test_a_notice_that_was_set_aside_starts_fresh(play: Play) -> None:
    notice = play.notice(play.request(play.opened()))
    notice.starts = 3
    play.does(notice, E.SET_ASIDE)

    play.does(notice, E.RETRY, Actor.SUPERVISOR)

    assert (notice.state, notice.starts, notice.due_at) == (N.DUE, 0, NOW)


def test_a_notice_emptied_while_it_was_set_aside_is_cancelled_on_its_return(play: Play) -> None:
    takedown = play.opened()
    notice = play.notice(play.request(takedown))
    play.does(notice, E.SET_ASIDE)
    play.withdraw(takedown, "other")

    play.does(notice, E.RETRY, Actor.SUPERVISOR)

    assert notice.state is N.CANCELLED


def test_silence_says_nothing_while_nobody_knows_whether_they_were_asked(play: Play) -> None:
    request = play.request(play.opened(platform="mailed"))
    notice = play.notice(request)
    play.start(notice)
    play.does(notice, E.UNCERTAIN)
    play.does(notice, E.UNCONFIRM)

    assert not play.does(request, E.SILENCE)
    play.does(notice, E.PROVEN)
    assert play.does(request, E.SILENCE)


# Joined requests


def test_two_cases_about_one_thing_ask_once(play: Play) -> None:
    first = play.opened(locator_mac=b"x")
    second = play.opened(locator_mac=b"x")

    assert (play.request(first).state, play.request(second).state) == (R.PENDING, R.JOINED)
    assert play.notices(play.request(second)) == []


def test_the_oldest_joined_request_takes_over_from_a_withdrawn_one(play: Play) -> None:
    first, second, third = (play.opened(locator_mac=b"x") for _ in range(3))

    play.withdraw(first, "other")

    assert [play.request(t).state for t in (second, third)] == [R.PENDING, R.JOINED]
    assert play.notice(play.request(second)).state is N.DUE


def test_a_held_carrier_that_was_asked_hands_over_without_asking_twice(play: Play) -> None:
    first = play.asked(locator_mac=b"x")
    second = play.opened(locator_mac=b"x")
    play.later(hours=1)

    play.hold(first)

    heir = play.request(second)
    assert (heir.state, heir.asked_at, heir.carrying) == (R.ASKED, NOW, True)
    assert play.notices(heir) == []
    play.does(play.request(first), E.REFUSED)
    assert heir.state is R.REFUSED


def test_a_held_carrier_that_was_not_asked_changes_places(play: Play) -> None:
    first, second = play.opened(locator_mac=b"x"), play.opened(locator_mac=b"x")

    play.hold(first)

    assert [play.request(t).state for t in (first, second)] == [R.JOINED, R.PENDING]
    assert play.notice(play.request(second)).state is N.DUE


def test_who_comes_while_the_carrier_is_held_does_not_wait_for_it(play: Play) -> None:
    first = play.opened(locator_mac=b"x")
    play.hold(first)

    second = play.opened(locator_mac=b"x")

    assert [play.request(t).state for t in (first, second)] == [R.JOINED, R.PENDING]


def test_who_comes_while_a_held_one_was_asked_follows_it(play: Play) -> None:
    first = play.asked(locator_mac=b"x")
    play.hold(first)

    second = play.opened(locator_mac=b"x")

    assert play.request(second).state is R.ASKED
    assert play.request(second).follows_id == play.request(first).id


def test_a_notice_that_is_out_keeps_its_held_carrier_until_it_is_settled(play: Play) -> None:
    first = play.opened(locator_mac=b"x")
    second = play.opened(locator_mac=b"x")
    play.start(play.notice(play.request(first)))

    play.hold(first)
    assert play.request(second).state is R.JOINED

    play.does(play.notice(play.request(first)), E.ACCEPTED)
    assert play.request(second).state is R.ASKED
    assert play.notices(play.request(second)) == []


def test_a_held_one_that_was_reported_before_is_followed_as_if_it_had_asked(play: Play) -> None:
    first, second, notice = out_while_held(play)
    play.world.carried_by(notice)[0].outcome = AnswerKind.ALREADY_REPORTED

    play.does(notice, E.REJECTED)

    assert play.request(first).state is R.ALREADY_REPORTED
    assert play.request(second).state is R.ASKED
    assert play.request(second).carrying


def test_a_held_one_that_is_said_to_be_gone_lets_the_next_one_look_and_then_ask(
    play: Play,
) -> None:
    first, second, notice = out_while_held(play)
    play.world.carried_by(notice)[0].outcome = AnswerKind.CONTENT_GONE

    play.does(notice, E.REJECTED)

    assert [play.request(t).state for t in (first, second)] == [R.JOINED, R.PENDING]
    assert second.waits_look
    assert play.notices(play.request(second)) == []


def test_a_held_one_that_was_refused_for_another_lets_the_next_one_ask(play: Play) -> None:
    case = play.case()
    other = play.opened(case, platform="mailed", locator_mac=b"y")
    first = play.opened(case, platform="mailed", locator_mac=b"x")
    second = play.opened(platform="mailed", locator_mac=b"x")
    notice = play.notice(play.request(first))
    play.start(notice)
    play.hold(first)
    refused = next(
        c for c in play.world.carried_by(notice) if c.request_id == play.request(other).id
    )
    refused.outcome = AnswerKind.ALREADY_REPORTED

    play.does(notice, E.REJECTED)

    assert [play.request(t).state for t in (first, second)] == [R.JOINED, R.PENDING]
    assert play.notice(play.request(second)).state is N.DUE


def test_a_held_one_that_lives_again_is_followed_by_who_came_meanwhile(play: Play) -> None:
    first = play.asked(locator_mac=b"x")
    play.does(play.request(first), E.WRONG_ADDRESSEE, WORKER)
    play.hold(first)
    second = play.opened(locator_mac=b"x")
    assert play.request(second).state is R.JOINED

    play.does(play.request(first), E.ACKNOWLEDGED, WORKER)

    assert play.request(second).state is R.ASKED
    assert play.request(second).carrying


def out_while_held(play: Play) -> tuple[Takedown, Takedown, Notice]:
    """One whose notice was leaving when it was held, one that waits for its answer, the notice."""
    first, second = play.opened(locator_mac=b"x"), play.opened(locator_mac=b"x")
    notice = play.notice(play.request(first))
    play.start(notice)
    play.hold(first)
    return first, second, notice


def test_a_held_notice_that_did_not_leave_lets_the_next_one_ask(play: Play) -> None:
    first = play.opened(locator_mac=b"x")
    second = play.opened(locator_mac=b"x")
    notice = play.notice(play.request(first))
    play.start(notice)
    play.hold(first)

    play.does(notice, E.NOT_SENT)

    assert notice.state is N.CANCELLED
    assert [play.request(t).state for t in (first, second)] == [R.JOINED, R.PENDING]


def test_who_was_held_when_the_carrier_left_asks_when_released(play: Play) -> None:
    first, second = play.opened(locator_mac=b"x"), play.opened(locator_mac=b"x")
    play.hold(second)
    play.withdraw(first, "other")
    assert play.request(second).state is R.JOINED

    play.release(second)

    assert play.request(second).state is R.PENDING
    assert play.notice(play.request(second)).state is N.DUE


def test_a_thing_that_is_gone_for_one_case_is_looked_at_for_the_other(play: Play) -> None:
    first, second = play.asked(locator_mac=b"x"), play.opened(locator_mac=b"x")
    second.look_at = NOW + timedelta(days=1)

    play.does(first, E.SEEN_GONE)

    heir = play.request(second)
    assert (heir.state, heir.carrying, second.waits_look) == (R.PENDING, True, True)
    assert second.look_at == NOW
    assert play.notices(heir) == []


def test_who_comes_when_a_closed_case_had_the_same_thing_asks_anew(play: Play) -> None:
    first = play.asked(locator_mac=b"x")
    play.does(first, E.SEEN_GONE)
    play.does(first, E.STILL_GONE)

    second = play.opened(locator_mac=b"x")

    assert (play.request(second).state, play.request(second).carrying) == (R.PENDING, True)
    assert not play.request(first).carrying


# Holds


def test_a_hold_takes_requests_out_of_unsent_notices(play: Play) -> None:
    case = play.case()
    first, second = (play.opened(case, platform="mailed") for _ in range(2))
    notice = play.notice(play.request(first))

    play.hold(first)
    assert [link.request_id for link in play.world.carried_by(notice)] == [play.request(second).id]

    play.hold(second)
    assert notice.state is N.CANCELLED


def test_a_release_puts_them_back(play: Play) -> None:
    takedown = play.opened()
    play.hold(takedown)

    play.release(takedown)

    assert takedown.state is T.OPEN
    assert play.notice(play.request(takedown)).state is N.DUE


@pytest.mark.parametrize("out", [E.START, E.UNCERTAIN])
def test_a_release_does_not_ask_again_while_the_first_notice_is_out(play: Play, out: Event) -> None:
    takedown = play.opened()
    request = play.request(takedown)
    play.start(play.notice(request))
    if out is E.UNCERTAIN:
        play.does(play.notice(request), E.UNCERTAIN)
    play.hold(takedown)

    play.release(takedown)

    assert len(play.notices(request)) == 1


def test_a_hold_needs_a_reason_and_a_release_the_last_one(play: Play) -> None:
    takedown = play.opened()

    assert not play.does(takedown, E.HOLD, WORKER)
    play.hold(takedown)
    assert not play.does(takedown, E.RELEASE_OPEN, WORKER)


def test_what_is_held_from_the_start_is_planned_when_released(play: Play) -> None:
    takedown = play.takedown()
    play.world.held[takedown.id].add("approval")
    assert not play.does(takedown, E.RESOLVED)
    play.does(takedown, E.HOLD, WORKER)
    assert play.world.requests_of(takedown) == []

    play.release(takedown, "approval")

    assert play.request(takedown).state is R.PENDING


@pytest.mark.parametrize(
    ("seen", "state"), [(Seen.UP, T.OPEN), (Seen.RESTRICTED, T.RESTRICTED), (Seen.GONE, T.GONE)]
)
def test_a_release_leads_to_what_was_last_seen(
    play: Play, seen: Seen, state: TakedownState
) -> None:
    takedown = play.asked()
    play.hold(takedown)
    assert sight.judge(takedown, seen, play.now, PACE, proof=True) is None

    play.release(takedown)

    assert takedown.state is state
    if seen is Seen.GONE:
        assert play.request(takedown).state is R.REMOVED_WITHOUT_WORD


def test_what_came_back_while_it_was_held_is_asked_anew(play: Play) -> None:
    takedown = play.asked()
    sight.judge(takedown, Seen.GONE, play.now, PACE, proof=True)
    play.does(takedown, E.SEEN_GONE)
    play.hold(takedown)
    play.later(days=1)
    sight.judge(takedown, Seen.UP, play.now, PACE, proof=True)

    play.release(takedown)

    assert (takedown.state, takedown.round, takedown.reappeared) == (T.OPEN, 2, 1)
    assert play.request(takedown).state is R.PENDING
    assert takedown.gone_at is None


# A person is handed only what may still go


def test_a_withdrawn_request_is_not_handed_to_a_person(play: Play) -> None:
    case = play.case()
    first, second = (play.opened(case, platform="mailed") for _ in range(2))
    notice = play.notice(play.request(first))
    play.start(notice)
    play.withdraw(first, "consent")

    play.does(notice, E.NEEDS_PERSON)

    assert notice.state is N.BY_HAND
    assert [link.request_id for link in play.world.carried_by(notice)] == [play.request(second).id]


def test_a_notice_of_withdrawn_requests_alone_is_handed_to_nobody(play: Play) -> None:
    takedown = play.opened()
    notice = play.notice(play.request(takedown))
    play.start(notice)
    play.withdraw(takedown, "consent")

    play.does(notice, E.NEEDS_PERSON)

    assert notice.state is N.CANCELLED


# Gone, back, withdrawn


def test_what_is_seen_gone_ends_the_asking(play: Play) -> None:
    takedown = play.asked(play.case(removal_days=3.0))
    request = play.request(takedown)

    play.does(takedown, E.SEEN_GONE)

    assert (request.state, request.remind_at) == (R.REMOVED_WITHOUT_WORD, None)
    assert {c.ends_on: c.state for c in play.clocks(request)} == {
        "answer": "running",
        "removal": "met",
    }


def test_what_reappears_is_asked_about_in_a_new_round(play: Play) -> None:
    takedown = play.asked()
    first = play.request(takedown)
    play.does(takedown, E.SEEN_GONE)

    play.does(takedown, E.REAPPEARED)

    second = play.request(takedown)
    assert (takedown.round, takedown.reappeared, second.round) == (2, 1, 2)
    assert (first.carrying, second.carrying, second.state) == (False, True, R.PENDING)


@pytest.mark.parametrize("reason", ["wrong_url", "wrong_person", "lawful", "consent", "other"])
def test_our_mistakes_are_taken_back_from_all_who_may_have_been_asked(
    play: Play, reason: str
) -> None:
    takedown = play.asked()
    request = play.request(takedown)

    play.withdraw(takedown, reason)

    assert request.state is R.WITHDRAWN
    assert bool(play.notices(request, Purpose.RETRACTION)) is (reason in follow.OUR_MISTAKES)
    assert (takedown.look_at, takedown.withdrawn_because) == (None, reason)


def test_nobody_hears_of_a_mistake_that_never_left(play: Play) -> None:
    takedown = play.opened()

    play.withdraw(takedown, "wrong_url")

    request = play.request(takedown)
    assert play.notices(request, Purpose.RETRACTION) == []
    assert request.state is R.WITHDRAWN


def test_a_second_withdrawal_is_refused(play: Play) -> None:
    takedown = play.opened()
    play.withdraw(takedown, "other")

    assert not play.does(takedown, E.WITHDRAW, WORKER)


def test_events_name_the_takedown_they_are_about(play: Play) -> None:
    takedown = play.asked()

    told = {(t.machine.value, t.event.value): t.takedown_id for t in play.world.told}
    assert told["takedown", "resolved"] == takedown.id
    assert told["request", "asked"] == takedown.id
    assert told["notice", "accepted"] is None


def test_who_took_over_from_one_that_was_asked_is_not_reached_either(play: Play) -> None:
    first = play.asked(locator_mac=b"x")
    play.hold(first)
    second = play.request(play.opened(locator_mac=b"x"))
    assert second.state is R.ASKED

    play.does(play.notice(play.request(first)), E.BOUNCED)

    assert (second.state, second.follows_id) == (R.NOT_REACHED, None)
    assert {c.state for c in play.clocks(second)} == {"void"}


def test_who_took_over_from_a_form_that_was_not_filed_after_all_asks_itself(play: Play) -> None:
    first = play.opened(platform="form", locator_mac=b"x")
    notice = play.notice(play.request(first))
    notice.filed = True
    play.does(notice, E.FILED, WORKER)
    play.hold(first)
    second = play.request(play.opened(platform="form", locator_mac=b"x"))
    assert second.state is R.ASKED

    play.does(notice, E.UNFILED, WORKER)

    assert (second.state, second.asked_at, second.carrying) == (R.PENDING, None, True)
    assert play.notice(second).state is N.BY_HAND
    assert play.request(first).state is R.JOINED
    assert {c.state for c in play.clocks(second)} == {"void"}


def test_who_took_over_asks_itself_also_when_the_form_is_taken_back_after_it_was_seen_gone(
    play: Play,
) -> None:
    first = play.opened(platform="form", locator_mac=b"x")
    notice = filed(play, play.request(first))
    play.hold(first)
    second = play.request(play.opened(platform="form", locator_mac=b"x"))
    first.seen = Seen.GONE
    play.release(first)
    assert (play.request(first).state, second.state) == (R.REMOVED_WITHOUT_WORD, R.ASKED)

    play.does(notice, E.UNFILED, WORKER)

    assert (second.state, second.asked_at, second.follows_id) == (R.PENDING, None, None)
    assert play.notice(second).state is N.BY_HAND


def test_who_took_over_and_is_gone_too_was_not_asked_when_the_form_is_taken_back(
    play: Play,
) -> None:
    first = play.opened(platform="form", locator_mac=b"x")
    notice = filed(play, play.request(first))
    play.hold(first)
    other = play.opened(platform="form", locator_mac=b"x")
    second = play.request(other)
    play.does(other, E.SEEN_GONE)
    assert second.was_asked

    play.does(notice, E.UNFILED, WORKER)

    assert (second.state, second.asked_at) == (R.REMOVED_WITHOUT_WORD, None)
    assert {c.state for c in play.clocks(second)} == {"void"}
    assert not play.does(second, E.SAYS_REMOVED)
