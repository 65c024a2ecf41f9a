"""Telegram by an account: what is asked and chosen, what each answer means, and what was sent."""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from telethon.extensions import BinaryReader
from telethon.tl import types

from adapters.base import Tools
from adapters.contract.case import KEY, Scene, compose, on_stage
from adapters.contract.failing import error_of
from adapters.contract.site import NOW, Answer, Failure, Site
from adapters.dial import dialling
from adapters.egress import Egress
from adapters.errors import (
    ContentGone,
    Misconfigured,
    NeedsPerson,
    NotSent,
    PlatformError,
    Refused,
    Throttled,
    Uncertain,
)
from adapters.http import Http
from adapters.mtproto import NEEDS, PACKAGE
from adapters.spec import ContentClass, Locator, Notice, Receipt
from adapters.telegram_mtproto import TelegramAccount
from tests.adapters.contract.cases.telegram_mtproto import (
    ACCOUNT,
    CASE,
    CHANNEL,
    CHANNEL_ID,
    MENU,
    NAME,
    PEER,
    POST,
    REPORT,
    ROUTES,
    TOP,
    WHOLE,
    comment,
    menu,
)
from tests.adapters.contract.data_centre import (
    FAILURES,
    DataCentre,
    Line,
    Saying,
    call,
    error,
    fails,
    ignores,
    says,
    serving,
    session,
)

REPORTED = says(types.ReportResultReported())


def scene(changes: Mapping[str, Answer] | None = None) -> tuple[Scene, DataCentre]:
    made = on_stage(CASE, changes)
    assert isinstance(made.site, DataCentre)
    return made, made.site


def about(locator: Locator = POST, **changes: Any) -> Notice:
    return replace(compose(locator), **changes)


def asked(centre: DataCentre) -> list[Any]:
    """The requests that were taken in, as Telethon's own reader reads them."""
    found = []
    for seen in centre.seen:
        with BinaryReader(seen.content) as reader:
            found.append(reader.tgread_object())
    return found


def paths(centre: DataCentre) -> list[str]:
    return [seen.url.path.removeprefix("/") for seen in centre.seen]


# -- what is chosen --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({}, ["", "5", "53", "53c"]),
        ({"content_class": ContentClass.DEEPFAKE}, ["", "5", "53", "53c"]),
        ({"content_class": ContentClass.VOYEURISM}, ["", "5", "53", "53c"]),
        ({"content_class": ContentClass.PERSONAL_DETAILS}, ["", "6", "65"]),
    ],
)
async def test_options_are_chosen_by_what_is_shown(
    changes: dict[str, Any], options: list[str]
) -> None:
    made, centre = scene()

    receipt = await made.adapter.send(about(**changes), KEY)

    reports = asked(centre)[1:]
    assert [report.option.decode() for report in reports] == options
    assert {tuple(report.id) for report in reports} == {(123,)}
    assert {report.peer.channel_id for report in reports} == {CHANNEL_ID}
    assert receipt == CASE.receipt


async def test_only_the_words_of_an_option_count() -> None:
    """Its bytes are the server's, and so are capitals, spaces and the shape of an apostrophe."""
    top = menu("Report", ox="ILLEGAL  adult content", oy="Child abuse")
    inner = menu("Report", oz="Non-Consensual Sexual Imagery ")
    made, centre = scene(
        {
            MENU: says(top),
            call("messages.report", "x"): says(inner),
            call("messages.report", "z"): REPORTED,
        }
    )

    await made.adapter.send(about(), KEY)

    assert paths(centre)[1:] == ["messages.report", "messages.report/x", "messages.report/z"]


async def test_words_go_only_where_they_are_asked_for() -> None:
    made, centre = scene()

    await made.adapter.send(about(), KEY)

    said = [report.message for report in asked(centre)[1:]]
    assert said[:-1] == ["", "", ""]
    assert "Canary Text" in said[-1]
    assert "[EF-7K2M9Q]" in said[-1]


async def test_the_longest_text_that_is_composed_for_it_fits() -> None:
    made, centre = scene()
    text = "x" * TelegramAccount.spec.carries.text_chars

    await made.adapter.send(about(text=text, reference="EF-PPN7-GFHZ-GSPH"), KEY)

    assert 1000 < len(asked(centre)[-1].message) <= 1024


async def test_too_long_a_text_is_not_cut_and_not_sent() -> None:
    made, centre = scene()

    failure = await error_of(made.adapter.send(about(text="x" * 1100), KEY))

    assert (type(failure), centre.dials) == (Refused, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {MENU: says(menu("Report", o1="Unerlaubte Inhalte", o2="Gewalt"))},
        {MENU: says(menu("Report"))},
        {call("messages.report", "5"): says(menu("Report", o9="Something new"))},
        {call("messages.report", "5"): says(TOP)},  # round in a ring
        {REPORT: says(comment("53c"))},  # asks for words again and again
    ],
)
async def test_what_is_not_known_is_left_to_a_person(changes: dict[str, Answer]) -> None:
    made, centre = scene(changes)

    failure = await error_of(made.adapter.send(about(), KEY))

    assert type(failure) is NeedsPerson
    assert len(centre.seen) <= 8


async def test_a_report_that_is_taken_at_once_is_taken() -> None:
    made, centre = scene({MENU: REPORTED})

    assert await made.adapter.send(about(), KEY) == CASE.receipt
    assert len(centre.seen) == 2


# -- accounts and channels -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, types.InputReportReasonPornography),
        (
            {"content_class": ContentClass.PERSONAL_DETAILS},
            types.InputReportReasonPersonalDetails,
        ),
    ],
)
async def test_a_whole_channel_is_reported_with_a_reason(
    changes: dict[str, Any], reason: type[Any]
) -> None:
    made, centre = scene()

    receipt = await made.adapter.send(about(WHOLE, **changes), KEY)

    report = asked(centre)[-1]
    assert paths(centre) == ["contacts.resolveUsername", "account.reportPeer"]
    assert type(report.reason) is reason
    assert "[EF-7K2M9Q]" in report.message
    assert (report.peer.channel_id, report.peer.access_hash) == (CHANNEL_ID, CHANNEL.access_hash)
    assert receipt == CASE.receipt


async def test_an_account_is_reported_as_one() -> None:
    named = says(types.contacts.ResolvedPeer(types.PeerUser(77), [], [ACCOUNT]))
    made, centre = scene({NAME: named})

    await made.adapter.send(about(WHOLE), KEY)

    peer = asked(centre)[-1].peer
    assert (type(peer), peer.user_id, peer.access_hash) == (types.InputPeerUser, 77, 99)


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (b"\x37\x97\x79\xbc", Refused),  # boolFalse
        (bytes(types.Pong(1, 2)), Uncertain),
        (b"\x15\xc4\xb5\x1c" + b"\0" * 4, Uncertain),  # an empty vector
    ],
)
async def test_only_yes_is_yes(told: bytes, kind: type[Exception]) -> None:
    made, _ = scene({PEER: says(told)})

    assert type(await error_of(made.adapter.send(about(WHOLE), KEY))) is kind


# -- before the first report -----------------------------------------------------------------------


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
@pytest.mark.parametrize("locator", [POST, WHOLE], ids=["post", "channel"])
async def test_asking_for_a_name_is_never_in_doubt(failure: Failure, locator: Locator) -> None:
    made, centre = scene()
    centre.failing[NAME] = failure.answer

    met = await error_of(made.adapter.send(about(locator), KEY))

    assert type(met) is failure.question
    assert not any("report" in path for path in paths(centre))


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
@pytest.mark.parametrize(
    ("locator", "route"),
    [(POST, MENU), (POST, call("messages.report", "5")), (WHOLE, PEER)],
    ids=["menu", "choice", "channel"],
)
async def test_any_report_that_is_not_answered_is_in_doubt_and_never_repeated(
    failure: Failure, locator: Locator, route: str
) -> None:
    made, centre = scene()
    centre.failing[route] = failure.answer

    met = await error_of(made.adapter.send(about(locator), KEY))

    assert type(met) is failure.report
    assert centre.calls(route) <= 1
    assert centre.dials == 1


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (error(400, "USERNAME_NOT_OCCUPIED"), ContentGone),
        (error(400, "USERNAME_INVALID"), ContentGone),
        (error(400, "CHANNEL_PRIVATE"), Refused),
        (error(406, "CHANNEL_PRIVATE"), Refused),
        (error(400, "API_ID_INVALID"), Misconfigured),
        (error(401, "SESSION_REVOKED"), Misconfigured),
        (error(401, "USER_DEACTIVATED_BAN"), Misconfigured),
        (error(420, "FLOOD_WAIT_5"), Throttled),
        (error(400, "SOMETHING_NEW"), NotSent),
        (says(types.contacts.ResolvedPeer(types.PeerUser(77), [], [ACCOUNT])), Refused),
        (says(types.contacts.ResolvedPeer(types.PeerChannel(5), [CHANNEL], [])), NotSent),
        (says(types.contacts.ResolvedPeer(types.PeerChat(5), [], [])), NotSent),
    ],
)
async def test_each_answer_about_a_name_means_one_thing(
    told: Answer, kind: type[Exception]
) -> None:
    made, centre = scene({NAME: told})

    assert type(await error_of(made.adapter.send(about(), KEY))) is kind
    assert paths(centre) == ["contacts.resolveUsername"]


async def test_what_has_no_public_name_is_not_asked_for() -> None:
    made, centre = scene()

    failure = await error_of(made.adapter.send(about(replace(POST, parts={})), KEY))

    assert (type(failure), centre.dials) == (Refused, 0)


# -- what the server ignored -----------------------------------------------------------------------


async def test_a_question_that_was_ignored_is_asked_again() -> None:
    made, centre = scene()

    await made.adapter.send(about(), KEY)

    assert centre.ignored == 1, "the first one cannot know the server's salt"
    assert centre.calls(NAME) == 1


@pytest.mark.parametrize("ahead_s", [-4000, 4000])
async def test_a_clock_that_is_wrong_is_set_by_theirs(ahead_s: int) -> None:
    made, centre = scene()
    centre.ahead_s = ahead_s

    assert await made.adapter.send(about(), KEY) == CASE.receipt


async def test_a_report_that_was_ignored_is_not_sent_again_by_itself() -> None:
    def another_salt(line: Any, number: int) -> None:
        told = says(TOP)
        assert isinstance(told, Saying)
        told.act(line, number)
        line.centre.salt += 1

    made, centre = scene({MENU: fails(another_salt)})

    failure = await error_of(made.adapter.send(about(), KEY))

    assert (type(failure), failure.reason) == (NotSent, "ignored_salt")
    assert centre.ignored == 2, "the first question, and one report"


@pytest.mark.parametrize("code", [20, 64, 65])
async def test_a_report_that_perhaps_was_taken_before_is_in_doubt(code: int) -> None:
    """The server says that it cannot verify it, or what nobody has heard of."""
    made, centre = scene({REPORT: ignores(code)})

    failure = await error_of(made.adapter.send(about(), KEY))

    assert (type(failure), failure.reason) == (Uncertain, "not_verified")
    assert centre.calls(REPORT) == 1


async def test_messages_of_the_server_are_acknowledged() -> None:
    made, centre = scene()

    await made.adapter.send(about(), KEY)

    assert centre.acknowledged == centre.told[:-1], "all but the last, after which nothing is said"


# -- over real sockets -----------------------------------------------------------------------------


async def sent_over_loopback(
    centre: DataCentre, timeout_s: float = 30.0, *, egress: Egress | None = None, port: int = 0
) -> Receipt:
    """A notice of which every byte goes through the product's own connections."""
    async with serving(centre) as there:
        http = Http(Egress(), transport=Site({}), timeout_s=timeout_s)
        dial = dialling(egress or Egress(["127.0.0.0/8"]), timeout_s=10)
        tools = Tools(http, None, lambda: NOW, dial)  # type: ignore[arg-type]
        secrets = {**CASE.secrets, "session": session("127.0.0.1", port or there)}
        adapter = TelegramAccount({}, secrets, tools)
        try:
            return await adapter.send(about(), KEY)
        finally:
            await asyncio.sleep(0.05)  # what was written has arrived by now


async def test_over_a_socket_it_goes_as_in_memory() -> None:
    centre = DataCentre(ROUTES)

    assert await sent_over_loopback(centre) == CASE.receipt
    assert centre.calls(REPORT) == 1
    assert centre.dials == 1


async def test_without_a_connection_nothing_is_sent() -> None:
    async with serving(DataCentre(ROUTES)) as port:
        pass
    centre = DataCentre(ROUTES)

    failure = await error_of(sent_over_loopback(centre, port=port))

    assert (type(failure), failure.reason) == (NotSent, "connect_refused")


async def test_where_it_may_not_go_no_connection_is_made() -> None:
    for egress in (Egress(), Egress(public=False)):
        centre = DataCentre(ROUTES)

        failure = await error_of(sent_over_loopback(centre, egress=egress))

        assert (type(failure), failure.reason) == (Misconfigured, "egress_denied")
        assert centre.dials == 0


async def test_who_hangs_up_before_the_report_was_sent_none() -> None:
    """The answer about the name comes with the end of the connection: nothing is written to it."""

    def last_words(line: Any, number: int) -> None:
        told = ROUTES[NAME]
        assert isinstance(told, Saying)
        told.act(line, number)
        line.end()

    made, centre = scene({NAME: fails(last_words)})

    failure = await error_of(made.adapter.send(about(), KEY))

    assert (type(failure), failure.reason) == (NotSent, "closed")
    assert paths(centre) == ["contacts.resolveUsername"]


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda _line, _number: None, "read_timeout"),
        (lambda line, _number: line.end(), "closed"),
        (lambda line, _number: line.end(ConnectionResetError()), "closed|reset"),
    ],
)
async def test_a_report_that_left_and_got_no_answer_is_perhaps_sent(act: Any, reason: str) -> None:
    failure, centre = await _late_at(REPORT, {REPORT: lambda _wait_s: fails(act)})

    assert type(failure) is Uncertain
    assert failure.reason in reason.split("|")
    assert (centre.calls(REPORT), centre.dials) == (1, 1)


async def test_all_of_it_may_take_as_long_as_one_call() -> None:
    """Each answer comes in time, all of them together do not."""
    loop = asyncio.get_running_loop()

    def slowly(route: str) -> Callable[[float], Answer]:
        told = ROUTES[route]
        assert isinstance(told, Saying)
        act = told.act

        def later(wait_s: float) -> Answer:
            def act_late(line: Line, number: int) -> None:
                loop.call_later(0.6 * wait_s, act, line, number)

            return fails(act_late)

        return later

    failure, centre = await _late_at(MENU, {NAME: slowly(NAME), MENU: slowly(MENU)})

    assert (type(failure), failure.reason) == (Uncertain, "read_timeout")
    assert centre.calls(call("messages.report", "5")) == 0


async def _late_at(
    route: str, failing: Mapping[str, Callable[[float], Answer]]
) -> tuple[PlatformError, DataCentre]:
    """How it ends, with a patience that is long enough to get as far as this route."""
    for wait_s in (1.5, 10.0, 60.0):
        centre = DataCentre(ROUTES)
        centre.failing.update({each: made(wait_s) for each, made in failing.items()})
        failure = await error_of(sent_over_loopback(centre, wait_s))
        if centre.calls(route):
            return failure, centre
    raise AssertionError("it never came so far")


# -- setting it up ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secrets", "reason"),
    [
        ({"session": "1"}, "session_invalid"),
        ({"session": "2" + session()[1:]}, "session_invalid"),
        ({"session": "1" + "!" * 352}, "session_invalid"),
        ({"session": session()[:-4]}, "session_invalid"),
        ({"session": "1" + "A" * 352}, "session_invalid"),  # without a key
        ({"api_id": "my app"}, "api_id_invalid"),
        ({"api_id": "1" * 20}, "api_id_invalid"),
        ({"api_id": "\u0661\u0662"}, "api_id_invalid"),
    ],
)
async def test_what_was_entered_wrongly_closes_the_lane(
    secrets: dict[str, str], reason: str
) -> None:
    made = on_stage(replace(CASE, secrets={**CASE.secrets, **secrets}))

    failure = await error_of(made.adapter.send(about(), KEY))

    assert (type(failure), failure.reason) == (Misconfigured, reason)
    assert made.site.seen == []


def test_until_it_is_set_up_it_says_what_is_missing() -> None:
    assert TelegramAccount({}, {}, None).missing() == ("api_id", "session")
    assert TelegramAccount({}, CASE.secrets, None).missing() == ()


def test_without_the_extra_all_else_is_there_and_it_says_so() -> None:
    """`registry` and whatever serves load no Telethon; without it the platform is not set up."""
    program = (
        "import sys; sys.modules['telethon'] = None\n"
        "import service.worker, service.app\n"
        "from adapters.registry import ADAPTERS\n"
        "(made,) = [a for a in ADAPTERS if a.spec.name == 'telegram_mtproto']\n"
        "print(made({}, {'api_id': '1', 'session': '1'}, None).missing())\n"
    )
    whole = "import sys, adapters.registry, service.worker; print('telethon' in sys.modules)"

    told = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for code in (program, whole)
    ]

    assert [each.stdout.strip() for each in told] == ["('package_telethon',)", "False"]


async def test_an_extra_that_is_broken_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there, and cannot be loaded: a part of it is missing."""
    monkeypatch.setitem(sys.modules, "adapters.mtproto_wire", None)
    made, centre = scene()

    failure = await error_of(made.adapter.send(about(), KEY))

    assert (type(failure), failure.reason) == (Misconfigured, PACKAGE)
    assert centre.dials == 0


async def test_telethon_logs_nothing_of_a_conversation(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made, centre = scene()
    centre.failing[REPORT] = ignores(34)

    await error_of(made.adapter.send(about(), KEY))

    assert not [r for r in caplog.records if "telethon" in r.name or "mtproto" in r.name]


def test_the_page_says_what_is_there() -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs" / "telegram.md").read_text(encoding="utf-8")
    (program,) = re.findall(r'python -c "\n(.*?)"\n\n', page, re.DOTALL)
    links = re.findall(r"\]\(([^)#]+)", page)

    compile(textwrap.dedent(program), "docs/telegram.md", "exec")
    assert all((root / "docs" / link).exists() for link in links)
    assert "requirements-mtproto.lock" in page
    assert PACKAGE in page
    assert all(f'"{need.name}"' in page for need in NEEDS)
