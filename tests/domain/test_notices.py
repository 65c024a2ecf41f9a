"""What a notice says, what it must hold, and that its bytes come back as they went."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from adapters.spec import (
    Carries,
    ContentClass,
    Field,
    Item,
    Kind,
    Locator,
    Notice,
    Purpose,
    Regime,
    Sender,
    Statement,
)
from service.domain import notices, wording
from service.domain.notices import Element, Frame, Matter
from tests.domain.worlds import NOW, spec

SENDER = Sender(
    "Example Centre", "desk@centre.example", "1 Example Road", "Legal desk", ("Trusted flagger 7",)
)
STATEMENTS = tuple(
    Statement(kind, f"We state: {kind}.", "en")
    for kind in ("good_faith", "no_consent", "authority")
)
PLACE = Locator("video", Kind.POST, "1", "https://video.example/1")
ALL_FIELDS = spec("open", discloses=tuple(Field))


def matter(**changes: object) -> Matter:
    plain = Matter(SENDER, STATEMENTS, ContentClass.NCII, depicted_minor=False, synthetic=False)
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def compose(its_spec: object = ALL_FIELDS, n: int = 1, **frame: object) -> Notice:
    values = {"purpose": Purpose.FIRST, "basis": Regime.TERMS, "reference": "EF-1", **frame}
    items = [Item(str(i), PLACE) for i in range(n)]
    return notices.compose(its_spec, matter(), Frame(**values), items)  # type: ignore[arg-type]


# What must be there


@pytest.mark.parametrize("basis", [Regime.TERMS, Regime.EU_DSA_16, Regime.US_TAKE_IT_DOWN])
def test_a_complete_matter_misses_nothing(basis: Regime) -> None:
    assert notices.missing(matter(), basis, [PLACE]) == ()


@pytest.mark.parametrize("basis", Regime)
def test_an_empty_matter_misses_everything_that_its_basis_asks_for(basis: Regime) -> None:
    nothing = matter(sender=Sender(" ", "none"), statements=(Statement("good_faith", " ", "en"),))

    found = notices.missing(nothing, basis, [])

    required = notices.REQUIRED.get(basis, notices.REQUIRED[Regime.TERMS])
    assert found == tuple(e for e in required if e is not Element.EXPLANATION)


@pytest.mark.parametrize(
    ("change", "basis", "element"),
    [
        ({"statements": STATEMENTS[1:]}, Regime.EU_DSA_16, Element.GOOD_FAITH),
        (
            {"statements": STATEMENTS[:1] + STATEMENTS[2:]},
            Regime.US_TAKE_IT_DOWN,
            Element.NO_CONSENT,
        ),
        ({"statements": STATEMENTS[:2]}, Regime.US_TAKE_IT_DOWN, Element.AUTHORITY),
        (
            {"sender": dataclasses.replace(SENDER, signatory="")},
            Regime.US_TAKE_IT_DOWN,
            Element.SIGNATURE,
        ),
        ({"sender": dataclasses.replace(SENDER, name="")}, Regime.EU_DSA_16, Element.SENDER_NAME),
        ({"sender": dataclasses.replace(SENDER, email="")}, Regime.TERMS, Element.SENDER_EMAIL),
    ],
)
def test_the_missing_element_is_named(
    change: dict[str, object], basis: Regime, element: Element
) -> None:
    assert notices.missing(matter(**change), basis, [PLACE]) == (element,)


def test_the_dsa_asks_for_no_sender_where_a_child_is_shown() -> None:
    nobody = matter(sender=Sender("", ""), depicted_minor=True)

    assert notices.missing(nobody, Regime.EU_DSA_16, [PLACE]) == ()
    assert Element.SENDER_NAME in notices.missing(nobody, Regime.TERMS, [PLACE])


# What it says


def test_a_notice_holds_what_its_reader_needs() -> None:
    notice = compose(basis=Regime.EU_DSA_16)

    for words in (
        wording.WHAT[ContentClass.NCII], "Article 16", PLACE.url, "We state: good_faith.",
        "Example Centre", "desk@centre.example", "Signed: Legal desk", "Trusted flagger 7", "EF-1",
    ):  # fmt: skip
        assert words in notice.text
    assert notice.message_id == "<ef-1@centre.example>"


@pytest.mark.parametrize("field", [
    Field.CENTRE_NAME, Field.CENTRE_EMAIL, Field.CENTRE_ADDRESS, Field.SIGNATORY, Field.AUTHORITY,
    Field.STATEMENTS,
])  # fmt: skip
def test_what_a_channel_does_not_disclose_stays_here(field: Field) -> None:
    words = {
        Field.CENTRE_NAME: "Example Centre",
        Field.CENTRE_EMAIL: "desk@centre.example",
        Field.CENTRE_ADDRESS: "1 Example Road",
        Field.SIGNATORY: "Legal desk",
        Field.AUTHORITY: "Trusted flagger 7",
        Field.STATEMENTS: "We state",
    }[field]
    quiet = spec("quiet", discloses=tuple(f for f in Field if f is not field))

    notice = compose(quiet)

    frozen = dataclasses.replace(notice, message_id="")
    assert words not in notices.freeze(frozen).decode()


def test_a_notice_that_names_nobody_has_no_contact() -> None:
    notice = compose(spec("mute", discloses=(Field.URLS,)))

    assert wording.HEADINGS["contact"] not in notice.text


@pytest.mark.parametrize("told", [True, False])
def test_age_is_said_only_where_the_channel_discloses_it(told: bool) -> None:
    fields = tuple(Field) if told else (Field.URLS,)
    notice = notices.compose(
        spec("s", discloses=fields), matter(depicted_minor=True, synthetic=True),
        Frame(Purpose.FIRST, Regime.TERMS), [Item("1", PLACE)],
    )  # fmt: skip

    assert (wording.MINOR in notice.text) is told
    assert wording.SYNTHETIC in notice.text
    assert notice.message_id == ""


def test_one_address_is_one_address() -> None:
    assert "following address without" in compose(n=1).text
    assert "following addresses without" in compose(n=2).text


def test_a_reminder_says_when_nobody_knows_of_the_first() -> None:
    plain = compose(purpose=Purpose.REMINDER)
    doubtful = compose(purpose=Purpose.REMINDER, doubtful=True)

    assert plain.subject.startswith("Reminder: ")
    assert wording.UNCERTAIN_FIRST not in plain.text
    assert wording.UNCERTAIN_FIRST in doubtful.text


def test_a_retraction_repeats_nothing_about_the_person() -> None:
    notice = compose(purpose=Purpose.RETRACTION)

    assert notice.subject.startswith("Withdrawn: ")
    assert notice.summary == ""
    for words in (wording.WHAT[ContentClass.NCII], wording.WHY, "We state"):
        assert words not in notice.text


def test_a_text_is_no_longer_than_the_channel_takes() -> None:
    short = spec("short", carries=Carries(urls=100, text_chars=300), discloses=tuple(Field))

    assert len(compose(short, n=50).text) <= 300


# What is approved


def digest(**changes: object) -> bytes:
    value = {"spec": ALL_FIELDS, "matter": matter(), **changes}
    frame = Frame(Purpose.FIRST, Regime.TERMS)
    notice = notices.compose(value["spec"], value["matter"], frame, [Item("", PLACE)])  # type: ignore[arg-type]
    return notices.digest([(value["spec"], notice)])  # type: ignore[list-item]


def test_a_digest_is_the_same_for_the_same_words_and_changes_with_them() -> None:
    assert digest() == digest()
    changed = {
        digest(),
        digest(matter=matter(content_class=ContentClass.DEEPFAKE)),
        digest(matter=matter(statements=STATEMENTS[:1])),
        digest(spec=dataclasses.replace(ALL_FIELDS, name="other")),
        digest(spec=dataclasses.replace(ALL_FIELDS, travels_to=("Lumen",))),
        digest(spec=dataclasses.replace(ALL_FIELDS, discloses=(Field.URLS,))),
    }
    assert len(changed) == 6


# Frozen bytes

texts = st.text(st.characters(codec="utf-8"), max_size=30)
names = st.text(st.characters(codec="ascii"), max_size=30)  # an adapter's own, as all keys are
locators = st.builds(
    Locator, texts, st.sampled_from(Kind), texts, texts, st.booleans(),
    st.dictionaries(names, texts, max_size=3),
)  # fmt: skip
messages = st.builds(
    Notice,
    reference=texts,
    purpose=st.sampled_from(Purpose),
    content_class=st.sampled_from(ContentClass),
    depicted_minor=st.booleans(),
    synthetic=st.booleans(),
    basis=st.sampled_from(Regime),
    language=texts,
    subject=texts,
    text=texts,
    summary=texts,
    sender=st.builds(Sender, texts, texts, texts, texts, st.lists(texts, max_size=2).map(tuple)),
    statements=st.lists(st.builds(Statement, texts, texts, texts), max_size=3).map(tuple),
    items=st.lists(st.builds(Item, texts, locators), max_size=3).map(tuple),
    composed_at=st.datetimes(timezones=st.just(UTC)),
    message_id=texts,
    thread=st.lists(texts, max_size=3).map(tuple),
)


@given(notice=messages)
def test_frozen_bytes_thaw_to_the_same_notice_and_the_same_bytes(notice: Notice) -> None:
    frozen = notices.freeze(notice)

    assert notices.thaw(frozen) == notice
    assert notices.freeze(notices.thaw(frozen)) == frozen
    assert frozen == rfc8785.dumps(json.loads(frozen))


def test_what_cannot_be_frozen_is_refused() -> None:
    odd = dataclasses.replace(compose(), subject=object())  # type: ignore[arg-type]

    with pytest.raises(TypeError, match="object"):
        notices.freeze(odd)


def test_a_mapping_of_any_kind_freezes_as_an_object() -> None:
    place = dataclasses.replace(PLACE, parts=MappingProxyType({"a": "1"}))
    notice = dataclasses.replace(compose(), items=(Item("1", place),))

    assert notices.thaw(notices.freeze(notice)).items[0].locator.parts == {"a": "1"}
    assert datetime.fromisoformat(json.loads(notices.freeze(notice))["composed_at"]) <= NOW


def test_nobody_s_words_pass_for_a_section_of_ours() -> None:
    words = "I agree.\n\nContact:\r\nevil@example.com\u2028Signed: Somebody\x0bStatements:"

    said = (Statement("good_faith", words, "en"), Statement("no_consent", "Never.", "en"))
    frame = Frame(Purpose.FIRST, Regime.TERMS)

    text = notices.compose(ALL_FIELDS, matter(statements=said), frame, [Item("1", PLACE)]).text

    ours = [line for line in text.splitlines() if not line.startswith(">")]
    assert [line for line in ours if line.endswith(":")].count("Statements:") == 1
    assert not [line for line in ours if "evil" in line or "Somebody" in line]
    assert "> I agree.\n>\n> Contact:\n> evil@example.com\n> Signed: Somebody" in text
