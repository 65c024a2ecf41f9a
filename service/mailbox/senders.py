"""Where a mail comes from, and whether that may be believed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

__all__ = ["author", "is_forged", "is_from", "is_vouched_for"]

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
    rf"\s*+(?:(?:{_QUOTED}|[^\s\"(),:;<>@\[\\\]]++|\s)*+<({_ADDRESS})>|({_ADDRESS}))\s*+"
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
FOR_MAIL: Final = frozenset(
    re.findall(
        r"\S+",
        """abuse email help helpdesk mail mailer no-reply noreply notifications notify reply smtp
        support tickets""",
    )
)
"""Names under which a domain keeps a mail system of its own. Of any other name below it nobody
knows whose it is: hosts and help desks give theirs to customers.
"""
_VERDICT: Final = re.compile(r"\s*([a-z0-9-]+)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)(?!\S)")
_PROPERTY: Final = re.compile(r"\b((?:smtp|header)\.[a-z-]+)\s*=\s*(\S+)")
_VERDICT_CHARS: Final = 10_000


class _Verdict(NamedTuple):
    method: str
    result: str
    about: Mapping[str, str]


def author(values: Sequence[str]) -> str:
    """The one address that these `From` fields name to every reader, in lower case; "" when there
    is none, or others might read another.

    The mail server judged whom it read there. The standard parsers tell doubtful ones differently
    from one version of Python to the next, or take the first of many.
    """
    if len(values) != 1 or len(values[0]) > _FROM_CHARS:
        return ""
    found = _FROM.fullmatch(_uncommented(values[0]) or "")
    return (found[1] or found[2]).lower() if found else ""


def _uncommented(value: str) -> str | None:
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
    """Whether this sender is one of these desks, or sits where they do: at the same domain, or one
    of both at a name for mail below the other's. Not where anybody may have a mailbox.
    """
    sender = sender.lower()
    host = sender.rpartition("@")[2]
    for desk in map(str.lower, desks):
        place = desk.rpartition("@")[2]
        known = "." in place and {host, place}.isdisjoint(ANYBODYS)
        if sender == desk or (known and _sits(host, place)):
            return True
    return False


def _sits(host: str, place: str) -> bool:
    """Two names for mail beside each other are no sign: `mail.co.kr` is anybody's to have."""
    if host == place:
        return bool(host)
    below, _, above = host.partition(".")
    if above == place:
        return below in FOR_MAIL
    below, _, above = place.partition(".")
    return below in FOR_MAIL and above == host and "." in host


def is_forged(fields: Sequence[str]) -> bool:
    """Whether a mail server says, in any of these `Authentication-Results`, that the sender is not
    who it says.
    """
    return any("dmarc=fail" in "".join(field.lower().split()) for field in fields)


def is_vouched_for(sender: str, fields: Sequence[str], server: str = "") -> bool:
    """Whether our own mail server says in its `Authentication-Results` (RFC 8601) that this sender
    is who it says: by DMARC, or by SPF or DKIM of the sender's own domain.

    `server` is the name that it writes there; without one the topmost field counts as its own. Two
    results that are at odds, or a field that may be read in two ways, vouch for nobody.
    """
    told = (_told(field) for field in fields)
    ours = next((one for one in told if not one or not server or one[0] == server.lower()), None)
    domain = sender.rpartition("@")[2]
    if not ours or not domain:
        return False
    by_dmarc = [one for one in ours[1] if one.method == "dmarc"]
    if any(
        one.result == "fail" or one.about.get("header.from", domain) != domain for one in by_dmarc
    ):
        return False
    passed = [one for one in ours[1] if one.result == "pass"]
    if by_dmarc and all(one in passed for one in by_dmarc):
        return True
    return any(_sits(_vouching(one), domain) for one in passed)


def _vouching(one: _Verdict) -> str:
    """The domain that SPF or DKIM speaks for; "" for any other."""
    names = {"spf": ("smtp.mailfrom",), "dkim": ("header.d", "header.i")}.get(one.method, ())
    found = next((one.about[name] for name in names if name in one.about), "")
    return found.strip("<>").rpartition("@")[2]


def _told(field: str) -> tuple[str, list[_Verdict]] | None:
    """Who says it, and what. None where it may be read in two ways: strangers' words stand in it,
    and a quotation mark inside of a comment is a try to get out of there.
    """
    line = _uncommented(field[:_VERDICT_CHARS]) or ""
    if not line or line.count('"') != field.count('"'):
        return None
    server, *rest = re.sub(_QUOTED, '""', line).lower().split(";")
    if "=" in server:  # Microsoft's names none
        server, rest = "", [server, *rest]
    found = ((_VERDICT.match(one), _PROPERTY.findall(one)) for one in rest)
    verdicts = [_Verdict(how[1], how[2], dict(about)) for how, about in found if how]
    return server.partition(" ")[0].strip(), verdicts
