"""Copyright desks: asked only for whoever holds the rights and says so, beside the others, in words
of their own.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from adapters.spec import (
    Channel,
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
from service.domain import notices, routing
from service.domain.notices import Frame, Matter
from service.domain.states import Actor, Event
from service.domain.wording import ENGLISH, WORDINGS, Wording
from service.domain.world import Request, Takedown
from tests.domain.worlds import SPECS, Play, spec

PLACE: Final = Locator("video", Kind.POST, "1", "https://video.example/1")
SAID: Final = tuple(
    Statement(kind, f"We state: {kind}.", "en") for kind in ("good_faith", "no_consent", "rights")
)


def desk(name: str, *platforms: str, **changes: Any) -> Spec:
    return spec(
        name, channel=Channel.FORM, can=frozenset(), remind=None, publishes=True,
        purposes=frozenset({Purpose.FIRST}), rights_in=platforms, **changes,
    )  # fmt: skip


ENGINE: Final = spec("engine", delists=True)
KNOWN: Final = {
    s.name: s
    for s in (
        *(SPECS["video"], spec("host", stands_behind=("video",)), ENGINE),
        *(desk("video_rights", "video"), desk("engine_rights", "engine")),
        desk("other_rights", "other"),
    )
}


def plan(*, minor: bool = False, **takedown: Any) -> list[tuple[str, Regime, int]]:
    play = Play()
    wanted = play.takedown(**takedown)
    found = routing.plan(wanted, play.case(minor=minor), KNOWN)
    return [(p.addressee, p.basis, p.rung) for p in found if p.addressee.endswith("_rights")]


def test_nobody_is_asked_for_copyright_unless_whoever_holds_the_rights_says_so() -> None:
    assert plan() == []
    assert plan(rights_holder=True) == [("video_rights", Regime.COPYRIGHT, 1)]


def test_others_are_asked_as_always() -> None:
    play = Play()
    without, claimed = (play.takedown(rights_holder=said) for said in (False, True))

    plans = [routing.plan(each, play.case(), KNOWN) for each in (without, claimed)]

    assert [p for p in plans[1] if p.addressee != "video_rights"] == list(plans[0])
    assert [p.addressee for p in plans[0]] == ["video", "host"]


def test_a_minor_s_picture_goes_to_no_copyright_desk() -> None:
    assert plan(minor=True, rights_holder=True) == []


def test_only_the_desk_of_that_platform_is_asked() -> None:
    assert plan(rights_holder=True, platform="host") == []
    assert plan(rights_holder=True, platform=None) == []


def test_a_search_engine_s_desk_is_asked_beside_where_the_centre_asks_that_engine() -> None:
    assert plan(rights_holder=True, engines="engine") == [
        ("video_rights", Regime.COPYRIGHT, 1),
        ("engine_rights", Regime.OTHER, 1),
    ]


def test_a_search_result_is_reported_to_no_copyright_desk() -> None:
    assert plan(rights_holder=True, platform="engine", engines="engine") == []


def test_a_desk_is_asked_about_what_it_takes_down() -> None:
    no_threats = {**KNOWN, "video_rights": desk("video_rights", "video", classes=frozenset())}

    assert routing.copyright_desks(Play().takedown(rights_holder=True), no_threats) == []


# What follows


@pytest.fixture
def play() -> Play:
    made = Play()
    made.world.specs = KNOWN
    return made


def asked(play: Play) -> tuple[Takedown, Request, Request]:
    """The platform and its copyright desk have been asked about it."""
    takedown = play.opened(rights_holder=True)
    platform, rights = play.world.requests_of(takedown)
    play.arrives(play.notice(platform))
    play.does(play.notice(rights), Event.FILED, by=Actor.CASE_WORKER)
    return takedown, platform, rights


def test_what_they_say_of_the_rights_leads_to_nobody_else(play: Play) -> None:
    takedown, platform, rights = asked(play)

    assert play.does(rights, Event.REFUSED)
    assert routing.climbed(play.world, takedown) == 1
    assert play.does(platform, Event.REFUSED)
    assert routing.climbed(play.world, takedown) == 2


def test_what_they_say_of_the_content_is_looked_at_and_contradicted(play: Play) -> None:
    takedown, _, rights = asked(play)

    assert play.does(rights, Event.SAYS_REMOVED)
    assert takedown.waits_look
    rights.said_at = play.now
    play.later(days=1)
    takedown.up_at = play.now
    assert routing.contradicts(takedown, rights)
    assert routing.climbed(play.world, takedown) == 1


def test_no_machine_sends_it(play: Play) -> None:
    takedown = play.opened(rights_holder=True)
    _, rights = play.world.requests_of(takedown)

    assert play.notice(rights).state == "by_hand"


# What it says


def compose(its_spec: Spec, basis: Regime = Regime.COPYRIGHT, **frame: Any) -> Notice:
    sender = Sender("Example Centre", "desk@centre.example", "", "Legal desk")
    matter = Matter(sender, SAID, ContentClass.NCII, depicted_minor=False, synthetic=True)
    said = Frame(**{"purpose": Purpose.FIRST, "basis": basis, "reference": "EF-1", **frame})
    return notices.compose(its_spec, matter, said, [Item("1", PLACE)])


EVERY: Final = tuple(Field)


@pytest.mark.parametrize("words", WORDINGS.values(), ids=lambda w: w.language)
@pytest.mark.parametrize("basis", [Regime.COPYRIGHT, Regime.OTHER])
def test_a_copyright_notice_speaks_of_the_work_and_of_nobody(words: Wording, basis: Regime) -> None:
    its_desk = desk("d", "video", discloses=EVERY, languages=(words.language,))

    notice = compose(its_desk, basis)

    told = f"{notice.subject}\n{notice.summary}\n{notice.text}"
    assert words.copyright_what in notice.text
    assert words.basis[Regime.COPYRIGHT] in notice.text
    assert notice.subject == words.copyright_subject
    for each in ContentClass:
        assert words.what[each] not in told
        assert words.subject[each] not in told
    assert not [w for w in (words.why, words.synthetic, words.minor) if w in told]
    for intimate in ("intimate", "sexual", "consent", "성적", "동의"):
        assert intimate not in told


def test_it_quotes_what_was_said_of_the_rights_and_others_all_but_that() -> None:
    of_rights = compose(desk("d", "video", discloses=EVERY))
    of_consent = compose(spec("s", discloses=EVERY), Regime.TERMS)

    assert [s.kind for s in of_rights.statements] == ["rights"]
    assert "We state: rights." in of_rights.text
    assert [s.kind for s in of_consent.statements] == ["good_faith", "no_consent"]
    assert "We state: rights." not in of_consent.text


def test_a_desk_that_takes_no_statements_gets_none() -> None:
    assert compose(desk("d", "video", discloses=(Field.URLS,))).statements == ()


def test_taking_it_back_repeats_nothing() -> None:
    notice = compose(desk("d", "video", discloses=EVERY), purpose=Purpose.RETRACTION)

    assert notice.subject == ENGLISH.subject_of[Purpose.RETRACTION] + ENGLISH.copyright_subject
    assert ENGLISH.copyright_what not in notice.text
    assert "We state" not in notice.text
