"""Which notice carries which request."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.spec import ContentClass, Every, Purpose
from service.domain import follow, mailing
from service.domain.mailing import MAY_CARRY
from service.domain.states import ENDED, LIVE, Actor, Event, NoticeState, RequestState
from service.domain.world import Request
from tests.domain.worlds import NOW, PACE, Play

DAY = timedelta(days=1)


@pytest.fixture
def play() -> Play:
    return Play()


def gathered(play: Play, n: int, platform: str = "mailed", every_s: float = 0) -> list[Request]:
    case = play.case()
    requests = []
    for _ in range(n):
        requests.append(play.request(play.opened(case, platform=platform)))
        play.later(seconds=every_s)
    return requests


def notices_of(play: Play, requests: list[Request]) -> list[int]:
    """How many each message carries, in the order in which they were made."""
    found = {play.notice(r).id: None for r in requests}
    return [len(play.world.by_notice[id_]) for id_ in found]


def test_one_mail_gathers_a_case_up_to_what_it_may_carry(play: Play) -> None:
    assert notices_of(play, gathered(play, 7)) == [3, 3, 1]


def test_a_channel_of_single_addresses_gathers_nothing(play: Play) -> None:
    assert notices_of(play, gathered(play, 3, "video")) == [1, 1, 1]


def test_a_message_for_one_host_mixes_none(play: Play) -> None:
    case = play.case()
    hosts = (b"near", b"far", b"near", b"near", b"far", b"near")
    found = [play.opened(case, platform="hosting", host_mac=host) for host in hosts]
    requests = [play.request(takedown) for takedown in found]

    assert notices_of(play, requests) == [3, 2, 1]
    for notice in {play.notice(r).id: play.notice(r) for r in requests}.values():
        play.arrives(notice)
    reminders = list(mailing.reminder(play.world, requests))
    assert len(reminders) == 3
    carried = [play.world.by_notice[move.id] for move in reminders]
    assert [len(links) for links in carried] == [3, 1, 2]


def test_a_message_is_about_one_class(play: Play) -> None:
    case = play.case()
    classes = (ContentClass.NCII, ContentClass.THREAT, ContentClass.NCII)
    found = [play.opened(case, platform="mailed", content_class=c) for c in classes]
    requests = [play.request(takedown) for takedown in found]

    assert notices_of(play, requests) == [2, 1]
    for notice in {play.notice(r).id: play.notice(r) for r in requests}.values():
        play.arrives(notice)
    reminders = list(mailing.reminder(play.world, requests))
    assert [len(play.world.by_notice[move.id]) for move in reminders] == [2, 1]


def test_what_has_no_known_host_shares_no_message_for_one(play: Play) -> None:
    case = play.case()
    requests = [play.request(play.opened(case, platform="hosting")) for _ in range(2)]

    assert notices_of(play, requests) == [1, 1]


def test_two_cases_never_share_a_mail(play: Play) -> None:
    requests = [*gathered(play, 1), *gathered(play, 1)]

    assert notices_of(play, requests) == [1, 1]


def test_who_joins_late_waits_its_whole_time_and_nobody_waits_for_ever(play: Play) -> None:
    requests = gathered(play, 3, every_s=200)
    notice = play.notice(requests[0])
    assert notice.due_at == NOW + timedelta(seconds=400) + PACE.undo - timedelta(seconds=200)

    play.later(seconds=300)
    late = play.request(play.opened(play.world.cases[notice.case_id], platform="mailed"))

    assert play.notice(late) is not notice
    assert notice.due_at <= NOW + 2 * PACE.undo + timedelta(seconds=1)


def test_a_notice_that_was_tried_takes_nobody_in(play: Play) -> None:
    case = play.case()
    first = play.request(play.opened(case, platform="mailed"))
    notice = play.notice(first)
    play.start(notice)
    play.does(notice, Event.NOT_SENT)

    second = play.request(play.opened(case, platform="mailed"))

    assert play.notice(second) is not notice


def test_the_most_urgent_sets_the_pace_of_all(play: Play) -> None:
    case = play.case()
    first = play.opened(case, platform="mailed", priority=2)
    play.opened(case, platform="mailed", priority=0)

    assert play.notice(play.request(first)).priority == 0


@pytest.mark.parametrize("state", RequestState)
@pytest.mark.parametrize("purpose", Purpose)
def test_what_each_purpose_may_carry(purpose: Purpose, state: RequestState) -> None:
    allowed = {
        Purpose.FIRST: state is RequestState.PENDING,
        Purpose.REMINDER: state.value in ("asked", "acknowledged", "in_review", "no_answer"),
        Purpose.SUPPLEMENT: state in LIVE,
        Purpose.REPLY: state is RequestState.NEEDS_INFO,
        Purpose.COMPLAINT: state.value in ("refused", "says_removed"),
        Purpose.RETRACTION: state is RequestState.WITHDRAWN,
        Purpose.PRESERVE: True,
    }[purpose]

    assert (state in MAY_CARRY[purpose]) is allowed


def test_a_first_notice_carries_only_who_carries_and_does_not_wait(play: Play) -> None:
    takedown = play.opened()
    request = play.request(takedown)
    notice = play.notice(request)
    assert mailing.may_carry(play.world, notice, request)

    takedown.waits_look = True
    assert not mailing.may_carry(play.world, notice, request)
    takedown.waits_look, request.carrying = False, False
    assert not mailing.may_carry(play.world, notice, request)
    request.carrying = True
    play.world.held[takedown.id].add("safety")
    assert not mailing.may_carry(play.world, notice, request)


@pytest.mark.parametrize("purpose", [p for p in Purpose if p is not Purpose.RETRACTION])
def test_nothing_is_carried_about_what_is_held(play: Play, purpose: Purpose) -> None:
    takedown = play.asked()
    request = play.request(takedown)
    notice = play.notice(request)
    notice.purpose, request.state = purpose, MAY_CARRY[purpose][0]
    assert mailing.may_carry(play.world, notice, request)

    play.world.held[takedown.id].add("safety")

    assert not mailing.may_carry(play.world, notice, request)


def test_a_retraction_leaves_whatever_holds(play: Play) -> None:
    takedown = play.asked()
    play.withdraw(takedown, "wrong_url")
    request = play.request(takedown)
    notice = play.notice(request, Purpose.RETRACTION)
    play.world.held[takedown.id].add("safety")

    assert (notice.state, notice.priority) == (NoticeState.DUE, 0)
    assert mailing.may_carry(play.world, notice, request)


# Reminders


def asked(play: Play, n: int = 1, platform: str = "mailed") -> list[Request]:
    requests = gathered(play, n, platform)
    for notice in {play.notice(r).id: play.notice(r) for r in requests}.values():
        play.arrives(notice)
    return requests


def remind(play: Play, requests: list[Request]) -> None:
    follow.apply(play.world, mailing.reminder(play.world, requests))


def test_one_reminder_for_all_open_items_as_many_messages_as_they_need(play: Play) -> None:
    requests = asked(play, 5)
    play.later(days=1)

    remind(play, requests)

    reminders = {play.notice(r, Purpose.REMINDER).id for r in requests}
    assert sorted(len(play.world.by_notice[id_]) for id_ in reminders) == [2, 3]
    assert [r.reminders for r in requests] == [1] * 5


def test_a_reminder_by_a_channel_without_one_is_left_to_a_person(play: Play) -> None:
    request = play.request(play.opened(platform="form"))
    notice = play.notice(request)
    notice.filed = True
    play.does(notice, Event.FILED, Actor.CASE_WORKER)

    remind(play, [request])

    assert play.notice(request, Purpose.REMINDER).state is NoticeState.BY_HAND


@pytest.mark.parametrize(("age", "wait"), [(0, 1), (6, 1), (7, 7), (34, 7), (35, 30), (200, 30)])
def test_reminders_are_daily_then_weekly_then_monthly(play: Play, age: int, wait: int) -> None:
    (request,) = asked(play)
    play.later(days=age)

    assert mailing.next_reminder(play.world, request) == play.now + wait * DAY


def test_a_channel_that_allows_fewer_reminders_gets_fewer(play: Play) -> None:
    (request,) = asked(play, platform="video")
    rare = replace(play.world.specs["video"], remind=Every(hours=72))
    play.world.specs = {**play.world.specs, "video": rare}

    assert mailing.next_reminder(play.world, request) == play.now + 3 * DAY


@pytest.mark.parametrize("state", [*ENDED, RequestState.ALREADY_REPORTED, RequestState.FORWARDED])
def test_an_answer_that_ends_the_asking_cancels_the_reminder_that_waits(
    play: Play, state: RequestState
) -> None:
    (request,) = asked(play)
    remind(play, [request])
    reminder = play.notice(request, Purpose.REMINDER)

    play.does(request, Event(state.value))

    assert (reminder.state, request.remind_at) == (NoticeState.CANCELLED, None)


# Retractions


def test_one_retraction_for_all_mistakes_of_a_case(play: Play) -> None:
    requests = asked(play, 2)
    for request in requests:
        play.withdraw(play.world.takedowns[request.takedown_id], "wrong_person")

    notices = {play.notice(r, Purpose.RETRACTION).id for r in requests}
    assert len(notices) == 1


def test_a_retraction_waits_as_long_as_a_first_notice_for_a_change_of_mind(play: Play) -> None:
    (request,) = asked(play, 1)

    play.withdraw(play.world.takedowns[request.takedown_id], "wrong_person")

    assert play.notice(request, Purpose.RETRACTION).due_at == play.world.now + PACE.undo


def test_a_mistake_that_joins_a_retraction_waits_its_whole_time_and_nobody_for_ever(
    play: Play,
) -> None:
    requests = asked(play, 3)
    first = play.world.now
    for request in requests:
        play.withdraw(play.world.takedowns[request.takedown_id], "wrong_person")
        play.later(seconds=200)

    early, joined, late = (play.notice(r, Purpose.RETRACTION) for r in requests)
    assert early is joined
    assert early.due_at == first + timedelta(seconds=200) + PACE.undo
    assert late.due_at == first + timedelta(seconds=400) + PACE.undo


def test_a_retraction_that_was_tried_takes_nobody_in(play: Play) -> None:
    """It may have arrived: then it has told of nobody else."""
    first, second = asked(play, 2)
    play.withdraw(play.world.takedowns[first.takedown_id], "wrong_person")
    notice = play.notice(first, Purpose.RETRACTION)
    play.start(notice)
    play.does(notice, Event.NOT_SENT)

    play.withdraw(play.world.takedowns[second.takedown_id], "wrong_person")

    assert play.notice(second, Purpose.RETRACTION) is not notice


def test_a_retraction_by_a_form_is_left_to_a_person(play: Play) -> None:
    takedown = play.opened(platform="form")
    notice = play.notice(play.request(takedown))
    notice.filed = True
    play.does(notice, Event.FILED, Actor.CASE_WORKER)

    play.withdraw(takedown, "lawful")

    assert play.notice(play.request(takedown), Purpose.RETRACTION).state is NoticeState.BY_HAND
