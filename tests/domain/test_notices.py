"""What a notice says, what it must hold, and that its bytes come back as they went."""

from __future__ import annotations

import dataclasses
import json
import re
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
    Spec,
    Statement,
)
from service.domain import elements, notices, wording
from service.domain.elements import Element
from service.domain.notices import Frame, Matter
from service.domain.routing import INTIMATE
from service.domain.wording import ENGLISH, KOREAN, Wording
from tests.domain.worlds import NOW, spec

SENDER = Sender(
    "Example Centre", "desk@centre.example", "1 Example Road", "Legal desk", ("Trusted flagger 7",)
)
STATEMENTS = tuple(
    Statement(kind, f"We state: {kind}.", "en")
    for kind in ("good_faith", "no_consent", "authority", "accuracy", "rights")
)
PLACE = Locator("video", Kind.POST, "1", "https://video.example/1")
ALL_FIELDS = spec("open", discloses=tuple(Field))
READS_KOREAN = dataclasses.replace(ALL_FIELDS, name="korean", languages=("ko", "en"))
HANGUL = re.compile("[가-힣]")
LATIN = re.compile("[A-Za-z]{2,}")


def without(*kinds: str) -> tuple[Statement, ...]:
    return tuple(s for s in STATEMENTS if s.kind not in kinds)


def matter(**changes: object) -> Matter:
    plain = Matter(SENDER, STATEMENTS, ContentClass.NCII, depicted_minor=False, synthetic=False)
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def compose(its_spec: object = ALL_FIELDS, n: int = 1, **frame: object) -> Notice:
    values = {
        "purpose": Purpose.FIRST,
        "basis": Regime.TERMS,
        "reference": "EF-1",
        "mark": "secret",
        **frame,
    }
    items = [Item(str(i), PLACE) for i in range(n)]
    return notices.compose(its_spec, matter(), Frame(**values), items)  # type: ignore[arg-type]


# What must be there


@pytest.mark.parametrize("basis", Regime)
def test_a_complete_matter_misses_nothing(basis: Regime) -> None:
    assert notices.missing(matter(), basis, [PLACE]) == ()


@pytest.mark.parametrize("basis", Regime)
def test_an_empty_matter_misses_everything_that_its_basis_asks_for(basis: Regime) -> None:
    nothing = matter(sender=Sender(" ", "none"), statements=(Statement("good_faith", " ", "en"),))

    found = notices.missing(nothing, basis, [])

    of_its_class = (Element.EXPLANATION, Element.INTIMATE_CONTENT)
    assert found == tuple(e for e in elements.required(basis) if e not in of_its_class)


@pytest.mark.parametrize(
    ("change", "basis", "element"),
    [
        ({"statements": without("good_faith")}, Regime.EU_DSA_16, Element.GOOD_FAITH),
        ({"statements": without("no_consent")}, Regime.US_TAKE_IT_DOWN, Element.NO_CONSENT),
        ({"statements": without("authority")}, Regime.US_TAKE_IT_DOWN, Element.AUTHORITY),
        ({"content_class": ContentClass.THREAT}, Regime.UK_20A, Element.INTIMATE_CONTENT),
        ({"statements": without("no_consent")}, Regime.UK_20A, Element.NO_CONSENT),
        ({"statements": without("authority")}, Regime.UK_20A, Element.AUTHORITY),
        ({"statements": without("good_faith")}, Regime.UK_20A, Element.GOOD_FAITH),
        ({"statements": without("accuracy")}, Regime.UK_20A, Element.ACCURACY),
        (
            {"sender": dataclasses.replace(SENDER, email="")},
            Regime.UK_20A,
            Element.SENDER_EMAIL,
        ),
        ({"content_class": ContentClass.OTHER}, Regime.KR_22_5, Element.INTIMATE_CONTENT),
        ({"statements": without("authority")}, Regime.KR_22_5, Element.AUTHORITY),
        ({"sender": dataclasses.replace(SENDER, name="")}, Regime.KR_22_5, Element.SENDER_NAME),
        (
            {"sender": dataclasses.replace(SENDER, signatory="")},
            Regime.US_TAKE_IT_DOWN,
            Element.SIGNATURE,
        ),
        ({"statements": without("rights")}, Regime.COPYRIGHT, Element.RIGHTS),
        (
            {"sender": dataclasses.replace(SENDER, signatory="")},
            Regime.COPYRIGHT,
            Element.SIGNATURE,
        ),
        ({"sender": dataclasses.replace(SENDER, name="")}, Regime.COPYRIGHT, Element.SENDER_NAME),
        ({"sender": dataclasses.replace(SENDER, email="")}, Regime.COPYRIGHT, Element.SENDER_EMAIL),
        ({"sender": dataclasses.replace(SENDER, name="")}, Regime.EU_DSA_16, Element.SENDER_NAME),
        ({"sender": dataclasses.replace(SENDER, email="")}, Regime.TERMS, Element.SENDER_EMAIL),
    ],
)
def test_the_missing_element_is_named(
    change: dict[str, object], basis: Regime, element: Element
) -> None:
    assert notices.missing(matter(**change), basis, [PLACE]) == (element,)


@pytest.mark.parametrize("basis", Regime)
def test_an_address_is_asked_for_by_every_basis(basis: Regime) -> None:
    assert notices.missing(matter(), basis, []) == (Element.LOCATION,)


def test_the_dsa_asks_for_no_sender_where_a_child_is_shown() -> None:
    nobody = matter(sender=Sender("", ""), depicted_minor=True)

    assert notices.missing(nobody, Regime.EU_DSA_16, [PLACE]) == ()
    assert Element.SENDER_NAME in notices.missing(nobody, Regime.TERMS, [PLACE])


# What it says


def test_a_notice_holds_what_its_reader_needs() -> None:
    notice = compose(basis=Regime.EU_DSA_16)

    for words in (
        ENGLISH.what[ContentClass.NCII], "Article 16", PLACE.url, "We state: good_faith.",
        "Example Centre", "desk@centre.example", "Signed: Legal desk", "Trusted flagger 7", "EF-1",
    ):  # fmt: skip
        assert words in notice.text
    assert notice.message_id == "<secret.ef-1@centre.example>"


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

    assert ENGLISH.contact not in notice.text


@pytest.mark.parametrize("told", [True, False])
def test_age_is_said_only_where_the_channel_discloses_it(told: bool) -> None:
    fields = tuple(Field) if told else (Field.URLS,)
    notice = notices.compose(
        spec("s", discloses=fields), matter(depicted_minor=True, synthetic=True),
        Frame(Purpose.FIRST, Regime.TERMS), [Item("1", PLACE)],
    )  # fmt: skip

    assert (ENGLISH.minor in notice.text) is told
    assert ENGLISH.synthetic in notice.text
    assert notice.message_id == ""


def test_one_address_is_one_address() -> None:
    assert "following address without" in compose(n=1).text
    assert "following addresses without" in compose(n=2).text


def test_a_reminder_says_when_nobody_knows_of_the_first() -> None:
    plain = compose(purpose=Purpose.REMINDER)
    doubtful = compose(purpose=Purpose.REMINDER, doubtful=True)

    assert plain.subject.startswith("Reminder: ")
    assert ENGLISH.uncertain_first not in plain.text
    assert ENGLISH.uncertain_first in doubtful.text


def test_a_retraction_repeats_nothing_about_the_person() -> None:
    notice = compose(purpose=Purpose.RETRACTION)

    assert notice.subject.startswith("Withdrawn: ")
    assert notice.summary == ""
    for words in (ENGLISH.what[ContentClass.NCII], ENGLISH.why, "We state"):
        assert words not in notice.text


def test_a_text_is_no_longer_than_the_channel_takes() -> None:
    short = spec("short", carries=Carries(urls=100, text_chars=300), discloses=tuple(Field))

    assert len(compose(short, n=50).text) <= 300


@pytest.mark.parametrize("less", [1, 20, 60])
def test_where_it_is_too_long_statements_are_cut_and_not_who_asks(less: int) -> None:
    whole = compose().text
    fits = Carries(urls=100, text_chars=len(whole) - less)

    text = compose(spec("short", carries=fits, discloses=tuple(Field))).text

    kept, cut = text.split("\u2026")
    assert len(text) == fits.text_chars
    assert whole.startswith(kept)
    assert whole.endswith(cut)
    assert STATEMENTS[0].words in kept
    assert SENDER.email in cut
    assert "EF-1" in cut


@pytest.mark.parametrize(
    ("basis", "words"),
    [
        (Regime.UK_20A, "intimate image content report under section 20A"),
        (Regime.KR_22_5, "Article 22-5(1) of the Telecommunications Business Act"),
    ],
)
def test_a_notice_names_the_process_that_it_goes_through(basis: Regime, words: str) -> None:
    assert words in compose(basis=basis).text
    assert words not in compose(basis=Regime.TERMS).text


# In which language


@pytest.mark.parametrize(
    ("reads", "language"),
    [
        (("en",), "en"), (("ko",), "ko"), (("ko", "en"), "ko"), (("en", "ko"), "en"),
        (("ko-KR",), "ko"), (("ja", "ko"), "ko"), (("ja",), "en"), ((), "en"),
    ],
)  # fmt: skip
def test_a_desk_is_written_to_in_the_first_language_that_it_reads_and_we_write(
    reads: tuple[str, ...], language: str
) -> None:
    notice = compose(dataclasses.replace(ALL_FIELDS, languages=reads))

    assert notice.language == language
    assert bool(HANGUL.search(notice.subject + notice.summary + notice.text)) is (language == "ko")


@pytest.mark.parametrize("purpose", [Purpose.FIRST, Purpose.REMINDER, Purpose.RETRACTION])
@pytest.mark.parametrize("basis", Regime)
def test_a_notice_in_korean_has_no_english_words_of_ours(purpose: Purpose, basis: Regime) -> None:
    notice = compose(READS_KOREAN, purpose=purpose, basis=basis, doubtful=True)

    ours = [line for line in notice.text.splitlines() if not line.startswith(">")]
    words = LATIN.findall(" ".join([notice.subject, *ours]))
    names = "https video example Example Centre Road Legal desk Trusted flagger centre EF EU"
    assert set(words) <= {*names.split(), "TAKE", "IT", "DOWN", "Act"}


def test_a_person_s_words_are_never_translated() -> None:
    said = (
        Statement("good_faith", "We believe it.", "en"),
        Statement("authority", "맡았음.", "ko"),
    )
    frame = Frame(Purpose.FIRST, Regime.TERMS)

    for its_spec in (ALL_FIELDS, READS_KOREAN):
        notice = notices.compose(its_spec, matter(statements=said), frame, [Item("1", PLACE)])
        assert notice.statements == said
        assert "> We believe it.\n\n> 맡았음." in notice.text


@pytest.mark.parametrize("words", wording.WORDINGS.values(), ids=lambda w: w.language)
def test_every_language_has_words_for_everything(words: Wording) -> None:
    assert words.subject.keys() == words.what.keys() == set(ContentClass)
    assert words.ask.keys() == ENGLISH.ask.keys()
    assert words.basis.keys() == set(Regime) - {Regime.OTHER}
    assert words.kinds.keys() == INTIMATE
    texts = [getattr(words, f.name) for f in dataclasses.fields(words)]
    assert all(t.strip() for t in texts if isinstance(t, str) and t is not words.plural)


@pytest.mark.parametrize(
    ("content_class", "kind"),
    [(ContentClass.NCII, "불법촬영물"), (ContentClass.DEEPFAKE, "허위영상물")],
)
def test_the_statutory_request_says_of_which_kind_it_is(
    content_class: ContentClass, kind: str
) -> None:
    notice = notices.compose(
        READS_KOREAN, matter(content_class=content_class),
        Frame(Purpose.FIRST, Regime.KR_22_5), [Item("1", PLACE)],
    )  # fmt: skip

    assert "전기통신사업법 제22조의5제1항" in notice.text
    assert f"유형: {kind}" in notice.text


def test_reminders_and_retractions_are_marked_in_korean() -> None:
    assert compose(READS_KOREAN, purpose=Purpose.REMINDER).subject.startswith("[재요청] ")
    assert compose(READS_KOREAN, purpose=Purpose.RETRACTION).subject.startswith("[요청 철회] ")
    assert (
        KOREAN.what[ContentClass.NCII] not in compose(READS_KOREAN, purpose=Purpose.RETRACTION).text
    )


# What is approved


def digest(**changes: object) -> bytes:
    value = {"spec": ALL_FIELDS, "matter": matter(), **changes}
    frame = Frame(Purpose.FIRST, Regime.TERMS)
    notice = notices.compose(value["spec"], value["matter"], frame, [Item("", PLACE)])  # type: ignore[arg-type]
    notice = dataclasses.replace(notice, goes_to=str(value.get("goes_to", "")))
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
        digest(spec=dataclasses.replace(ALL_FIELDS, languages=("ko",))),
        digest(goes_to="abuse@x.example"),
        digest(goes_to="https://x.example"),
    }
    assert len(changed) == 9


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


@pytest.mark.parametrize("its_spec", [ALL_FIELDS, READS_KOREAN], ids=lambda s: s.name)
def test_nobody_s_words_pass_for_a_section_of_ours(its_spec: Spec) -> None:
    words = "I agree.\n\nContact:\r\nevil@example.com\u2028Signed: Somebody\x0bStatements:"

    said = (Statement("good_faith", words, "en"), Statement("no_consent", "Never.", "en"))
    frame = Frame(Purpose.FIRST, Regime.TERMS)

    text = notices.compose(its_spec, matter(statements=said), frame, [Item("1", PLACE)]).text

    heading = wording.for_desk(its_spec.languages).statements
    ours = [line for line in text.splitlines() if not line.startswith(">")]
    assert [line for line in ours if line.endswith(":")].count(heading) == 1
    assert not [line for line in ours if "evil" in line or "Somebody" in line]
    assert "> I agree.\n>\n> Contact:\n> evil@example.com\n> Signed: Somebody" in text
