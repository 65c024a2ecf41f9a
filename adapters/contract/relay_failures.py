"""How a relay can fail, what that makes of the message, and the reason that is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from adapters.contract.relay import Act
from adapters.errors import Misconfigured, NotSent, PlatformError, Refused, Uncertain

E = TypeVar("E", bound=PlatformError | None)

PATIENCE_S: Final = (0.2, 3.0, 10.0)


async def judged(reason: str, attempt: Callable[[float], Awaitable[E]]) -> E:
    """The failure of an attempt that waits so many seconds for each reply: few where waiting is
    what fails, and more where a busy machine let an earlier step time out.
    """
    waits = PATIENCE_S if reason.endswith("_timeout") else PATIENCE_S[-1:]
    for wait_s in waits:
        error = await attempt(wait_s)
        if error is None or error.reason == reason or not error.reason.endswith("_timeout"):
            break
    return error


LONG = b"250-" + b"x" * 40_000 + b"\r\n250 ok\r\n"

FAILURES: list[tuple[str, Mapping[str, bytes | Act], type[PlatformError], str]] = [
    ("banner 554", {"banner": b"554 no service\r\n"}, Misconfigured, "connect_554"),
    ("banner 421", {"banner": b"421 later\r\n"}, NotSent, "connect_421"),
    ("banner 4xx", {"banner": b"450 later\r\n"}, NotSent, "connect_450"),
    ("banner garbage", {"banner": b"SSH-2.0-x\r\n"}, NotSent, "connect_unreadable"),
    ("banner never", {"banner": Act.HANG}, NotSent, "connect_timeout"),
    ("banner half", {"banner": b"220-half"}, NotSent, "connect_timeout"),
    ("banner closed", {"banner": Act.CLOSE}, NotSent, "connect_lost"),
    ("banner reset", {"banner": Act.RESET}, NotSent, "connect_lost"),
    (
        "banner too long",
        {"banner": b"220 " + b"x" * 9_000 + b"\r\n"},
        NotSent,
        "connect_unreadable",
    ),
    ("ehlo reset", {"ehlo": Act.RESET}, NotSent, "ehlo_lost"),
    ("ehlo closed", {"ehlo": Act.CLOSE}, NotSent, "ehlo_lost"),
    ("ehlo hang", {"ehlo": Act.HANG}, NotSent, "ehlo_timeout"),
    ("ehlo 421", {"ehlo": b"421 later\r\n"}, NotSent, "ehlo_421"),
    ("ehlo 550", {"ehlo": b"550 go away\r\n"}, Misconfigured, "ehlo_550"),
    (
        "ehlo and helo refused",
        {"ehlo": b"502 no\r\n", "helo": b"550 no\r\n"},
        Misconfigured,
        "ehlo_550",
    ),
    ("ehlo too long", {"ehlo": LONG}, NotSent, "ehlo_unreadable"),
    ("ehlo garbage", {"ehlo": b"hello\r\n"}, NotSent, "ehlo_unreadable"),
    ("mail 421", {"mail": b"421 later\r\n"}, NotSent, "mail_421"),
    ("mail 451", {"mail": b"451 later\r\n"}, NotSent, "mail_451"),
    ("mail 530", {"mail": b"530 5.7.0 log in first\r\n"}, Misconfigured, "mail_530"),
    ("mail 550", {"mail": b"550 not your address\r\n"}, Misconfigured, "mail_550"),
    ("mail 552", {"mail": b"552 too long\r\n"}, Refused, "mail_552"),
    ("mail reset", {"mail": Act.RESET}, NotSent, "mail_lost"),
    ("mail hang", {"mail": Act.HANG}, NotSent, "mail_timeout"),
    ("mail garbage", {"mail": b"what?\r\n"}, NotSent, "mail_unreadable"),
    ("mail 999", {"mail": b"999 hm\r\n"}, NotSent, "mail_unreadable"),
    ("rcpt 550", {"rcpt": b"550 5.1.1 no such desk\r\n"}, Refused, "rcpt_550"),
    ("rcpt 553", {"rcpt": b"553 bad name\r\n"}, Refused, "rcpt_553"),
    ("rcpt policy", {"rcpt": b"554 5.7.1 relay denied\r\n"}, Misconfigured, "rcpt_554"),
    ("rcpt 530", {"rcpt": b"530 log in first\r\n"}, Misconfigured, "rcpt_530"),
    ("rcpt 451", {"rcpt": b"451 greylisted\r\n"}, NotSent, "rcpt_451"),
    ("rcpt 452", {"rcpt": b"452 full\r\n"}, NotSent, "rcpt_452"),
    ("rcpt 421", {"rcpt": b"421 later\r\n"}, NotSent, "rcpt_421"),
    ("rcpt reset", {"rcpt": Act.RESET}, NotSent, "rcpt_lost"),
    ("rcpt hang", {"rcpt": Act.HANG}, NotSent, "rcpt_timeout"),
    ("data 421", {"data": b"421 later\r\n"}, NotSent, "data_421"),
    ("data 451", {"data": b"451 later\r\n"}, NotSent, "data_451"),
    ("data 554", {"data": b"554 no valid recipients\r\n"}, Refused, "data_554"),
    ("data 250 for 354", {"data": b"250 ok\r\n"}, NotSent, "data_unreadable"),
    ("data reset", {"data": Act.RESET}, NotSent, "data_lost"),
    ("data hang", {"data": Act.HANG}, NotSent, "data_timeout"),
    ("data and more", {"data": b"354 go\r\n250 queued\r\n"}, NotSent, "data_out_of_step"),
    ("one reply too many", {"rcpt": b"250 ok\r\n354 go\r\n"}, NotSent, "data_out_of_step"),
    ("reset in the body", {"body": Act.RESET}, Uncertain, "body_lost"),
    ("close in the body", {"body": Act.CLOSE}, Uncertain, "body_lost"),
    ("hang in the body", {"body": Act.HANG}, Uncertain, "body_timeout"),
    ("reset after the dot", {"end": Act.RESET}, Uncertain, "body_lost"),
    ("close after the dot", {"end": Act.CLOSE}, Uncertain, "body_lost"),
    ("hang after the dot", {"end": Act.HANG}, Uncertain, "body_timeout"),
    ("half a reply", {"end": b"250"}, Uncertain, "body_timeout"),
    ("half a long reply", {"end": b"250-queued\r\n"}, Uncertain, "body_timeout"),
    ("garbage after the dot", {"end": b"thanks!\r\n"}, Uncertain, "body_unreadable"),
    ("two digits", {"end": b"25 ok\r\n"}, Uncertain, "body_unreadable"),
    ("no such code", {"end": b"777 ok\r\n"}, Uncertain, "body_unreadable"),
    ("go ahead again", {"end": b"354 go\r\n"}, Uncertain, "body_unreadable"),
    ("too long", {"end": LONG}, Uncertain, "body_unreadable"),
    ("end 421", {"end": b"421 shutting down\r\n"}, NotSent, "body_421"),
    ("end 451", {"end": b"451 later\r\n"}, NotSent, "body_451"),
    ("end 550", {"end": b"550 spam\r\n"}, Refused, "body_550"),
    ("end 554", {"end": b"554 5.7.1 spam\r\n"}, Refused, "body_554"),
]
