"""Who was told what: which tries count, which fields stood in them, and how sure it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.spec import (
    ContentClass,
    Field,
    Grade,
    Item,
    Kind,
    Locator,
    Notice,
    Purpose,
    Regime,
    Sender,
    Statement,
)
from service.domain import disclosures
from service.domain.disclosures import Arrival, Message, Try
from service.domain.states import NoticeState

N = NoticeState
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
FULL = Sender("Centre", "desk@centre.example", "1 Road", "Legal desk", ("trusted_flagger",))


def item(name: str, ref: str = "1") -> Item:
    return Item(ref, Locator("p", Kind.POST, name, f"https://p.example/{name}"))


def notice(*items: Item, **changes: Any) -> Notice:
    whole = Notice(
        reference="R",
        purpose=Purpose.FIRST,
        content_class=ContentClass.NCII,
        depicted_minor=True,
        synthetic=False,
        basis=Regime.TERMS,
        language="en",
        subject="",
        text="",
        summary="It shows somebody.",
        sender=FULL,
        statements=(Statement("good_faith", "We believe it.", "en"),),
        items=items or (item("a"),),
        composed_at=START,
    )
    return dataclasses.replace(whole, **changes)


def one(state: str, hours: int = 0, sent: Notice | None = None, *, proven: bool = False) -> Try:
    return Try(state, START + timedelta(hours=hours), sent or notice(), proven)


def told(*tries: Try, to: str | None = None, **changes: Any) -> Message:
    message = Message("desk", to, Purpose.FIRST, Arrival.SENT, tries or (one("accepted"),))
    return dataclasses.replace(message, **changes)


ALL: Collection[Field] = tuple(Field)


def test_a_whole_message_discloses_every_declared_field() -> None:
    assert disclosures.fields_of(notice(), ALL) == frozenset(Field)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"sender": dataclasses.replace(FULL, name="")}, Field.CENTRE_NAME),
        ({"sender": dataclasses.replace(FULL, email="")}, Field.CENTRE_EMAIL),
        ({"sender": dataclasses.replace(FULL, address="")}, Field.CENTRE_ADDRESS),
        ({"sender": dataclasses.replace(FULL, signatory="")}, Field.SIGNATORY),
        ({"sender": dataclasses.replace(FULL, statuses=())}, Field.AUTHORITY),
        ({"statements": ()}, Field.STATEMENTS),
        ({"items": ()}, Field.URLS),
        ({"depicted_minor": False}, Field.DEPICTED_IS_MINOR),
    ],
)
def test_what_is_empty_is_not_disclosed(changes: dict[str, Any], missing: Field) -> None:
    assert disclosures.fields_of(notice(**changes), ALL) == set(Field) - {missing}


@pytest.mark.parametrize("field", [Field.CONTENT_CLASS, Field.DEPICTED_IS_MINOR])
def test_class_and_age_are_disclosed_only_where_that_is_declared(field: Field) -> None:
    declared = set(Field) - {field}

    assert disclosures.fields_of(notice(), declared) == declared


def test_a_retraction_repeats_neither_statements_nor_age() -> None:
    found = disclosures.fields_of(notice(summary=""), ALL)

    assert found == set(Field) - {Field.STATEMENTS, Field.DEPICTED_IS_MINOR}


@pytest.mark.parametrize(
    ("state", "tries", "counted"),
    [
        (N.SENT, [one("not_sent"), one("accepted", 1)], [1]),
        (N.SENT, [one("superseded"), one("accepted", 1)], [0, 1]),
        (N.SENDING, [one("intent")], [0]),
        (N.PERHAPS_SENT, [one("perhaps")], [0]),
        (N.CANCELLED, [one("perhaps")], [0]),
        (N.REJECTED, [one("rejected")], [0]),
        (N.BOUNCED, [one("bounced")], [0]),
        (N.DUE, [one("not_sent")], []),
        (N.DUE, [], []),
        # taken for lost, and then it turned out to have arrived
        (N.SENT, [one("not_sent"), one("not_sent", 1)], [1]),
        (N.SENT, [one("not_sent", proven=True), one("accepted", 1)], [0, 1]),
    ],
)
def test_what_surely_was_not_taken_is_not_counted(
    state: NoticeState, tries: list[Try], counted: list[int]
) -> None:
    assert list(disclosures.left(state, tries)) == [tries[n] for n in counted]


@pytest.mark.parametrize(
    ("evidence", "arrived"),
    [
        ({"answer": "acknowledged", "said_at": "2026-11-22T12:00:00+00:00"}, True),
        ({"event": "accepted", "receipt": {}, "reason": None}, True),
        ({"event": "rejected", "receipt": None, "reason": "http_422"}, True),
        ({"event": "not_sent", "receipt": None, "reason": "connect_refused"}, False),
        ({"event": "uncertain", "receipt": None, "reason": "read_timeout"}, False),
    ],
)
def test_a_late_word_shows_an_arrival_only_when_it_says_so(
    evidence: dict[str, Any], arrived: bool
) -> None:
    assert disclosures.shows_arrival(evidence) is arrived


@pytest.mark.parametrize(
    ("state", "grade", "arrival"),
    [
        (N.SENT, Grade.ACCEPTED_BY_ADDRESSEE, Arrival.SENT),
        (N.SENT, Grade.ACKNOWLEDGED, Arrival.SENT),
        (N.SENT, None, Arrival.SENT),
        (N.SENT, Grade.HANDED_TO_RELAY, Arrival.HANDED_TO_RELAY),
        (N.SENT, Grade.STATED_BY_PERSON, Arrival.STATED_BY_PERSON),
        (N.REJECTED, None, Arrival.REJECTED),
        (N.BOUNCED, Grade.HANDED_TO_RELAY, Arrival.BOUNCED),
        (N.UNCONFIRMED, None, Arrival.UNCONFIRMED),
        (N.PERHAPS_SENT, None, Arrival.PERHAPS_SENT),
        (N.SENDING, None, Arrival.PERHAPS_SENT),
        (N.CANCELLED, None, Arrival.PERHAPS_SENT),
    ],
)
def test_it_is_as_sure_as_its_proof(
    state: NoticeState, grade: Grade | None, arrival: Arrival
) -> None:
    assert disclosures.arrival(state, grade and grade.value) is arrival


def test_an_address_is_counted_once_however_often_it_was_told() -> None:
    first = one("accepted", 2, notice(item("a"), item("b")))
    again = one("accepted", 26, notice(item("a", ref="2")))

    (line,) = disclosures.by_addressee([told(again, purpose=Purpose.REMINDER), told(first)], {})

    assert len(line.addresses) == 2
    assert line.purposes == {Purpose.FIRST: 1, Purpose.REMINDER: 1}
    assert (line.first_at, line.last_at) == (first.started_at, again.started_at)


def test_two_desks_behind_one_name_are_two_lines() -> None:
    lines = disclosures.by_addressee([told(to="b@y"), told(to="a@x"), told(to="b@y")], {})

    assert [(line.sent_to, line.purposes.total()) for line in lines] == [("a@x", 1), ("b@y", 2)]


def test_of_a_platform_of_the_past_nothing_is_left_out() -> None:
    (of_known,) = disclosures.by_addressee([told()], {"desk": (Field.URLS,)})
    (of_unknown,) = disclosures.by_addressee([told()], {})

    assert of_unknown.discloses - of_known.discloses == {
        Field.CONTENT_CLASS, Field.DEPICTED_IS_MINOR,
    }  # fmt: skip


def test_bytes_that_are_no_longer_kept_still_count_as_a_message() -> None:
    (line,) = disclosures.by_addressee([told(Try("accepted", START, None))], {})

    assert (line.purposes.total(), line.addresses, line.discloses) == (1, set(), set())
