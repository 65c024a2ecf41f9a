"""Where a mail comes from, and whether that may be believed."""

from __future__ import annotations

import email.policy
import re
from collections.abc import Iterable, Sequence
from email.parser import BytesHeaderParser
from typing import Final

__all__ = ["author", "is_forged", "is_from", "uncommented"]

_UNSEEN: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
_QUOTED: Final = r'"(?:[^"\\]|\\.)*+"'
_OUTSIDE: Final = re.compile(rf'{_QUOTED}|[^"\\()]++|\(')
_COMMENT: Final = re.compile(r"\\.|[^\\()]++|[()]")
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = rf"{_ATOM}(?:\.{_ATOM})*+@{_LABEL}(?:\.{_LABEL})*+"
# A name, of words, quotations and full stops, as bare as mailers write them. Nothing else of the
# syntax is read: no route, no group, no list, nothing inside of an address.
_FROM: Final = re.compile(
    rf"\s*(?:(?:{_QUOTED}|[^\s\"(),:;<>@\[\\\]]++|\s)*+<({_ADDRESS})>|({_ADDRESS}))\s*"
)
_FROM_CHARS: Final = 2000

ANYBODYS: Final = frozenset(
    re.findall(
        r"\S+",
        """gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com
        aol.com icloud.com me.com mac.com proton.me protonmail.com pm.me gmx.com gmx.net gmx.de
        web.de mail.com zoho.com fastmail.com tutanota.com yandex.ru yandex.com mail.ru bk.ru
        inbox.ru list.ru rambler.ru qq.com 163.com 126.com sina.com naver.com daum.net hanmail.net
        kakao.com nate.com yahoo.co.jp t-online.de orange.fr free.fr laposte.net libero.it wp.pl
        o2.pl interia.pl seznam.cz uol.com.br rediffmail.com""",
    )
)
"""Where anybody may have a mailbox: the same name after the @ says nothing there."""
_HEADER_BYTES: Final = 200_000


def author(values: Sequence[str]) -> str:
    """The one address that these `From` fields name to every reader, in lower case; "" when there
    is none, or others might read another.

    The mail server judged whom it read there. The standard parsers tell doubtful ones differently
    from one version of Python to the next, or take the first of many.
    """
    if len(values) != 1 or len(values[0]) > _FROM_CHARS:
        return ""
    found = _FROM.fullmatch(uncommented(values[0]) or "")
    return (found[1] or found[2]).lower() if found else ""


def uncommented(value: str) -> str | None:
    """A field without its comments (RFC 5322, 3.2.2). None where a comment or a quotation has no
    end, or a character is there that nobody sees.
    """
    kept: list[str] = []
    depth = at = 0
    while at < len(value):
        found = (_COMMENT if depth else _OUTSIDE).match(value, at)
        if found is None:
            return None
        at = found.end()
        if found[0] == "(":
            depth += 1
        elif not depth:
            kept.append(found[0])
        elif found[0] == ")":
            depth -= 1
            kept.append(" ")
    return None if depth or _UNSEEN.search(value) else "".join(kept)


def is_from(sender: str, desks: Iterable[str]) -> bool:
    """Whether this sender is one of these desks, or sits where they do: under the same name, unless
    that is a name under which anybody may have a mailbox.
    """
    sender = sender.lower()
    host = sender.rpartition("@")[2]
    for desk in map(str.lower, desks):
        place = desk.rpartition("@")[2]
        is_there = host == place or host.endswith(f".{place}")
        if sender == desk or (is_there and "." in place and place not in ANYBODYS):
            return True
    return False


def is_forged(raw: bytes) -> bool:
    """Whether the mail server that took it in says that its sender is not who it says."""
    headers = BytesHeaderParser(policy=email.policy.compat32).parsebytes(raw[:_HEADER_BYTES])
    found = str(headers.get("Authentication-Results", ""))  # the topmost is our own server's
    return "dmarc=fail" in "".join(found.lower().split())
