"""Telegram, by reports from the centre's own account, as its app makes them. Off until a centre
sets it up; then it is told first of what has a public name, and the mail desk (`telegram`) is next.
Where somebody is or may be a minor, the mail desk for that is written to at once instead.

A message is reported by choosing from the server's menus. Their options are known by their words
alone, which Telegram publishes nowhere: these are the English ones that several public clients
wrote down, not confirmed by Telegram. Where none of them is offered nothing is reported, and a
person decides. There is no number of a report, no answer, and no way to ask whether one is known.

With the answer about a name comes, unasked, a thumbnail of its picture, some hundred bytes long.
Nothing opens it: it goes with the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Final

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
from adapters.mtproto import NEEDS, Account, Talk
from adapters.report import INTIMATE, NOTE, words_of
from adapters.spec import (
    MOST_PER_DAY,
    Carries,
    Channel,
    ContentClass,
    Grade,
    Key,
    Locator,
    Notice,
    Rate,
    Receipt,
    Settle,
    Source,
    Spec,
    Url,
)
from adapters.telegram import PUBLIC

__all__ = ["TelegramAccount"]

_READ: Final = date(2026, 11, 27)
_CORE: Final = "https://core.telegram.org"
_COMMENT_CHARS: Final = 1024  # TDLib's td_api.tl says so of reportChat
_MOST_STEPS: Final = 6


class TelegramAccount(Account):
    spec = Spec(
        name="telegram_mtproto",
        title="Telegram, by an account of the centre",
        channel=Channel.API,
        hosts=(),
        api_hosts=(),  # the address that stands in the session
        classes=INTIMATE | {ContentClass.PERSONAL_DETAILS},  # those that its menus have words for
        carries=Carries(urls=1, text_chars=1000),
        can=frozenset(),
        perhaps_sent=Settle.NOBODY,
        # Our own pace: Telegram names none before it says FLOOD_WAIT. One at a time is its rule: a
        # session in use by two connections at once is ended for good (AUTH_KEY_DUPLICATED).
        lane=Rate(per_minute=2, burst=1, in_flight=1),
        remind=None,
        answers=False,
        adults_only=True,
        fronts=(PUBLIC,),
        needs=NEEDS,
        settings=(MOST_PER_DAY,),
        discloses=NOTE,
        sources=(
            Source(f"{_CORE}/method/messages.report", _READ),
            Source(f"{_CORE}/type/ReportResult", _READ),
            Source(f"{_CORE}/method/account.reportPeer", _READ),
            Source(f"{_CORE}/method/contacts.resolveUsername", _READ),
            Source(f"{_CORE}/api/errors", _READ),
            Source(f"{_CORE}/mtproto/service_messages_about_messages", _READ),
        ),
        samples=(),
    )
    errors: ClassVar[Mapping[str, type[PlatformError]]] = {
        **dict.fromkeys(("USERNAME_NOT_OCCUPIED", "USERNAME_INVALID"), ContentGone),
        "MESSAGE_ID_INVALID": ContentGone,
        **dict.fromkeys(("CHANNEL_PRIVATE", "CHANNEL_INVALID", "PEER_ID_INVALID"), Refused),
        "OPTION_INVALID": NeedsPerson,  # the menu changed while we read it
        **dict.fromkeys(("AUTH_KEY_DUPLICATED", "API_ID_INVALID", "PEER_FLOOD"), Misconfigured),
        **dict.fromkeys(("FROZEN_METHOD_INVALID", "transport_404"), Misconfigured),
        "transport_429": Throttled,
    }

    def match(self, url: Url) -> Locator | None:  # noqa: ARG002 - `telegram` reads addresses
        return None

    async def send(self, notice: Notice, key: Key) -> Receipt:  # noqa: ARG002 - none is honoured
        parts = notice.items[0].locator.parts
        if not parts.get("channel"):
            raise Refused("no_public_name")
        words = words_of(notice, _COMMENT_CHARS)
        async with self.talk() as talk:
            peer = await self._peer(talk, parts["channel"], post=bool(parts.get("post")))
            if parts.get("post"):
                await self._report(talk, peer, int(parts["post"]), notice, words)
            else:
                await self._report_peer(talk, peer, notice, words)
        return Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE)

    async def _peer(self, talk: Talk, name: str, *, post: bool) -> Any:
        """Who has this name now, as reports name them. A post needs a channel or a group."""
        from telethon.tl import functions, types  # noqa: PLC0415 - an extra

        request = functions.contacts.ResolveUsernameRequest(name)
        told = await self.call(talk, request, write=False)
        found = told.peer if isinstance(told, types.contacts.ResolvedPeer) else None
        if isinstance(found, types.PeerChannel):
            for chat in told.chats:
                if chat.id == found.channel_id and getattr(chat, "access_hash", None):
                    return types.InputPeerChannel(chat.id, chat.access_hash)
        if isinstance(found, types.PeerUser):
            if post:
                raise Refused("name_of_an_account")
            for user in told.users:
                if user.id == found.user_id and getattr(user, "access_hash", None):
                    return types.InputPeerUser(user.id, user.access_hash)
        raise NotSent("unreadable")

    async def _report(self, talk: Talk, peer: Any, post: int, notice: Notice, words: str) -> None:
        """Choose until it is reported. Any of these calls may be the one that is taken: each is
        documented to answer that it was.
        """
        from telethon.tl import functions, types  # noqa: PLC0415

        wanted, option, comment = list(_wanted(notice)), b"", ""
        for _ in range(_MOST_STEPS):
            request = functions.messages.ReportRequest(peer, [post], option, comment)
            told = await self.call(talk, request, write=True)
            if isinstance(told, types.ReportResultReported):
                return
            if isinstance(told, types.ReportResultAddComment):
                option, comment = told.option, words
            elif isinstance(told, types.ReportResultChooseOption):
                offered = {_plain(each.text): each.option for each in told.options}
                chosen = next((text for text in wanted if text in offered), None)
                if chosen is None:
                    raise NeedsPerson("option_not_known")
                wanted.remove(chosen)
                option, comment = offered[chosen], ""
            else:
                raise Uncertain("unreadable")
        raise NeedsPerson("too_many_menus")

    async def _report_peer(self, talk: Talk, peer: Any, notice: Notice, words: str) -> None:
        from telethon.tl import functions, types  # noqa: PLC0415

        reason = types.InputReportReasonPornography()
        if notice.content_class is ContentClass.PERSONAL_DETAILS:
            reason = types.InputReportReasonPersonalDetails()
        request = functions.account.ReportPeerRequest(peer, reason, words)
        told = await self.call(talk, request, write=True)
        if told is False:
            raise Refused("not_taken")
        if told is not True:
            raise Uncertain("unreadable")


def _wanted(notice: Notice) -> tuple[str, ...]:
    """The words of the options that fit, the narrowest first."""
    if notice.content_class is ContentClass.PERSONAL_DETAILS:
        return ("other personal information", "personal data")
    return ("non-consensual sexual imagery", "illegal adult content")


def _plain(text: str) -> str:
    return " ".join(text.replace("\u2019", "'").casefold().split())
