"""Where a mail comes from, and whether that may be believed."""

from __future__ import annotations

import email.policy
import re
from collections.abc import Iterable
from email.parser import BytesHeaderParser
from typing import Final

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
