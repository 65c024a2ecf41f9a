"""Telegram as an account reports to it. Everything that the data centre says is composed by us from
Telegram's schema, as Telethon 1.45 has it; the menus are as public clients wrote them down.
"""

from __future__ import annotations

from datetime import date

from telethon.tl import types

from adapters.errors import ContentGone, NeedsPerson, Refused
from adapters.spec import Grade, Kind, Receipt
from adapters.telegram_mtproto import TelegramAccount
from tests.adapters.contract.case import Case, Exemption, thing
from tests.adapters.contract.data_centre import MTPROTO, call, error, says, session

CHANNEL_ID, ACCESS = 1_234_567_890, 8_765_432_109_876
NAME = call("contacts.resolveUsername")
MENU = call("messages.report")
REPORT = call("messages.report", "53c")
PEER = call("account.reportPeer")


def menu(title: str, **options: str) -> types.ReportResultChooseOption:
    """A menu: texts by the option's bytes, after an `o`."""
    rows = [types.MessageReportOption(text, key[1:].encode()) for key, text in options.items()]
    return types.ReportResultChooseOption(title, rows)


THUMBNAIL = b"canary of a thumbnail"  # comes unasked with the answer about a name
CHANNEL = types.Channel(
    CHANNEL_ID,
    "Example Channel",
    types.ChatPhoto(5, 2, stripped_thumb=THUMBNAIL),
    None,
    access_hash=ACCESS,
)
ACCOUNT = types.User(77, access_hash=99, username="examplename")
TOP = menu(
    "Report",
    o1="I don\u2019t like it",
    o2="Child abuse",
    o3="Violence",
    o5="Illegal adult content",
    o6="Personal data",
    oa="Other",
)
ADULT = menu(
    "Illegal adult content",
    o56="Child abuse",
    o52="Illegal sexual services",
    o53="Non-consensual sexual imagery",
    o57="Pornography",
)
PRIVATE = menu("Personal data", o61="Private images", o65="Other personal information")
POST = thing(
    "telegram",
    "examplechannel/123",
    "https://t.me/examplechannel/123",
    channel="examplechannel",
    post="123",
    network="telegram",
)
WHOLE = thing(
    "telegram",
    "examplechannel",
    "https://t.me/examplechannel",
    Kind.CHANNEL,
    channel="examplechannel",
    network="telegram",
)


def comment(option: str) -> types.ReportResultAddComment:
    return types.ReportResultAddComment(option.encode(), optional=True)


ROUTES = {
    NAME: says(types.contacts.ResolvedPeer(types.PeerChannel(CHANNEL_ID), [CHANNEL], [])),
    MENU: says(TOP),
    call("messages.report", "5"): says(ADULT),
    call("messages.report", "53"): says(comment("53c")),
    call("messages.report", "6"): says(PRIVATE),
    call("messages.report", "65"): says(types.ReportResultReported()),
    REPORT: says(types.ReportResultReported()),
    PEER: says(b"\xb5\x75\x72\x99"),  # boolTrue
}

CASE = Case(
    adapter=TelegramAccount,
    secrets={"api_id": "12345", "session": session()},
    routes=ROUTES,
    others=("https://t.me/examplechannel/123", "https://t.me/examplechannel"),
    report=REPORT,
    locator=POST,
    receipt=Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (error(400, "MESSAGE_ID_INVALID"), ContentGone),
        (error(400, "CHANNEL_PRIVATE"), Refused),
        (error(406, "CHANNEL_PRIVATE"), Refused),
        (error(400, "CHANNEL_INVALID"), Refused),
        (error(400, "PEER_ID_INVALID"), Refused),
        (error(400, "OPTION_INVALID"), NeedsPerson),
    ),
    marks=("Example Channel", THUMBNAIL.decode(), "8765432109876", "Non-consensual"),
    exempt={
        "R09_before_the_report_nothing_is_in_doubt": Exemption(
            date(2026, 11, 27),
            "Telegram documents that any call of messages.report may answer that it was reported,"
            " so each may be the report; only the name is asked for before the first of them, and"
            " tests/adapters/test_telegram_mtproto.py holds that this is never in doubt.",
        )
    },
    wire=MTPROTO,
)
