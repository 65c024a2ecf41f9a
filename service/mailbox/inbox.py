"""Fetching mail by IMAP: read-only, one short connection at a time, oldest first.

Nothing is deleted, moved or marked: the mailbox stays the centre's own, and a person may read it
beside us.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

__all__ = ["Inbox", "InboxAway", "Mail", "Parcel"]

MOST_BYTES: Final = 30_000_000  # of one mail: what mail servers let through, and some room
HEAD_BYTES: Final = 200_000  # of the headers of one that is longer
AT_ONCE: Final = 25
AT_ONCE_BYTES: Final = 32_000_000  # they lie in memory until all are read
_NUMBER: Final = re.compile(rb"\d+")
_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)", re.IGNORECASE)
_UID: Final = re.compile(rb"\bUID (\d+)", re.IGNORECASE)
_TOO_LONG: Final = b"X-Efface-Left-Out: body\r\n"


class InboxAway(Exception):
    """The mailbox could not be read now. `reason` is a short code of ours."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it lies there. Of one that is too long only the headers are fetched."""

    uid: int
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parcel:
    """The next mails after a place. `more`: there are others behind them."""

    uid_validity: int
    mails: tuple[Mail, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """One folder of one account. `context` is for tests and private authorities."""

    host: str
    port: int
    tls: Literal["none", "starttls", "tls"]
    username: str = field(repr=False)
    password: str = field(repr=False)
    folder: str = "INBOX"
    timeout_s: float = 30.0
    context: ssl.SSLContext | None = field(default=None, repr=False)

    def fetch(self, uid_validity: int, after_uid: int) -> Parcel:
        """What came after this place, one at least, and no more than fits; from the start where the
        folder has been numbered anew. Blocks: call it in a thread. Raises `InboxAway`.
        """
        with self._open() as client:
            validity = _validity(client)
            first = after_uid + 1 if validity == uid_validity else 1
            found = _told(client.uid("SEARCH", f"UID {first}:*"), "search")
            # `n:*` names the last mail even where its number is below n
            uids = sorted(u for u in map(int, _NUMBER.findall(found[0] or b"")) if u >= first)
            fitting = _fitting(_sizes(client, uids[:AT_ONCE]))
            mails = tuple(_read(client, uid, whole=whole) for uid, whole in fitting)
        return Parcel(validity, mails, len(uids) > len(mails))

    def knock(self) -> None:
        """Sign in, see the folder, leave. Blocks: call it in a thread. Raises `InboxAway`."""
        with self._open() as client:
            _validity(client)

    @contextmanager
    def _open(self) -> Iterator[imaplib.IMAP4]:
        context = self.context or ssl.create_default_context()
        client: imaplib.IMAP4 | None = None
        try:
            if self.tls == "tls":
                client = imaplib.IMAP4_SSL(
                    self.host, self.port, ssl_context=context, timeout=self.timeout_s
                )
            else:
                client = imaplib.IMAP4(self.host, self.port, timeout=self.timeout_s)
            if self.tls == "starttls":
                _encrypt(client, context)
            _log_in(client, self.username, self.password)
            _told(client.select(_quoted(self.folder), readonly=True), "folder")
            yield client
        except ssl.SSLCertVerificationError:
            raise InboxAway("tls_certificate") from None
        except ssl.SSLError:
            raise InboxAway("tls_failed") from None
        except TimeoutError:
            raise InboxAway("timeout") from None
        except (OSError, UnicodeError):  # the name of a host may be none
            raise InboxAway("connect_failed") from None
        except imaplib.IMAP4.error:  # their words may hold anything
            raise InboxAway("unreadable") from None
        finally:
            if client is not None:
                with suppress(Exception):
                    client.logout()


def _encrypt(client: imaplib.IMAP4, context: ssl.SSLContext) -> None:
    if "STARTTLS" not in client.capabilities:
        raise InboxAway("starttls_not_offered")
    client.starttls(context)


def _log_in(client: imaplib.IMAP4, username: str, password: str) -> None:
    if "LOGINDISABLED" in client.capabilities:
        raise InboxAway("login_needs_tls")
    try:
        client.login(_quoted(username), password)  # imaplib quotes the password alone
    except UnicodeEncodeError:
        raise InboxAway("login_not_ascii") from None
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        raise InboxAway("login_refused") from None


def _told(reply: tuple[str, list[Any]], step: str) -> list[bytes]:
    status, found = reply
    if status != "OK":
        raise InboxAway(f"{step}_refused")
    return [line for line in found if line is not None] or [b""]


def _validity(client: imaplib.IMAP4) -> int:
    _, found = client.response("UIDVALIDITY")
    numbers = _NUMBER.findall(found[0]) if found and isinstance(found[0], bytes) else []
    if not numbers:
        raise InboxAway("unreadable")
    return int(numbers[0])


def _sizes(client: imaplib.IMAP4, uids: Sequence[int]) -> dict[int, int]:
    """The bytes of each; of one whose size is not told, more than are ever fetched."""
    sizes = dict.fromkeys(uids, MOST_BYTES + 1)
    if uids:
        for line in _lines(client.uid("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE)")):
            uid, size = _UID.search(line), _SIZE.search(line)
            if uid and size and int(uid[1]) in sizes:
                sizes[int(uid[1])] = int(size[1])
    return sizes


def _fitting(sizes: Mapping[int, int]) -> Iterator[tuple[int, bool]]:
    """The first of these that may be fetched at once, and whether the whole of each may."""
    left = AT_ONCE_BYTES
    for at, (uid, size) in enumerate(sizes.items()):
        whole = size <= MOST_BYTES
        left -= size if whole else HEAD_BYTES
        if at and left < 0:
            return
        yield uid, whole


def _read(client: imaplib.IMAP4, uid: int, *, whole: bool) -> Mail:
    what = "(BODY.PEEK[])" if whole else f"(BODY.PEEK[HEADER]<0.{HEAD_BYTES}>)"
    for part in client.uid("FETCH", str(uid), what)[1] or ():
        if isinstance(part, tuple):
            return Mail(uid, part[1] if whole else _TOO_LONG + part[1])
    return Mail(uid, b"")  # it was deleted meanwhile


def _lines(reply: tuple[str, list[Any]]) -> list[bytes]:
    return [b" ".join(p) if isinstance(p, tuple) else p for p in reply[1] if p is not None]


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
