"""Desks that are each wrong in one way. The rule that must see it stands beside each."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Final

from adapters.base import Adapter
from adapters.errors import PlatformError, Uncertain
from adapters.form import Packet, Step
from adapters.forms.filed import Form
from adapters.forms.hotlines import STOPNCII
from adapters.spec import Field, Grade, Key, Notice, Receipt
from adapters.telegram import Telegram
from adapters.x import X

__all__ = ["BREAKS"]

_runs = count()


class WritesToAnother(Telegram):
    def recipient(self, notice: Notice) -> str:
        return "someone@else.example"


class TriesAgainInDoubt(Telegram):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        with suppress(Uncertain):
            return await super().send(notice, key)
        return await super().send(notice, key)


class BelievesInDoubt(Telegram):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        with suppress(Uncertain):
            return await super().send(notice, key)
        return Receipt(notice.message_id, Grade.HANDED_TO_RELAY)


class NumbersItsRuns(Telegram):
    def message(self, notice: Notice) -> bytes:
        return b"X-Run: %d\r\n" % next(_runs) + super().message(notice)


class ForgetsTheThread(Telegram):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        return await super().send(replace(notice, thread=()), key)


class MendsHeaders(Telegram):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        return await super().send(replace(notice, subject=" ".join(notice.subject.split())), key)


class TellsTheAddress(Telegram):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        try:
            return await super().send(notice, key)
        except PlatformError as error:
            if error.reason.endswith("_timeout"):  # by which a busy machine is told
                raise
            raise type(error)(f"{error.reason} for {self.recipient(notice)}") from None


class WaitsInVain(Telegram):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        try:
            return await super().send(notice, key)
        except asyncio.CancelledError:
            raise Uncertain("cancelled") from None


class FilesItself(X):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        return Receipt(None, Grade.STATED_BY_PERSON)


class DropsALink(X):
    def packet(self, notice: Notice) -> Packet:
        return super().packet(replace(notice, items=notice.items[:1]))


class ForgetsTheChild(X):
    def packet(self, notice: Notice) -> Packet:
        return super().packet(replace(notice, depicted_minor=False))


class TellsMoreThanItSays(X):
    spec = replace(X.spec, discloses=tuple(f for f in X.spec.discloses if f is not Field.URLS))


class AsksForALinkAllTheSame(Form):
    row, spec = STOPNCII.row, STOPNCII.spec

    def steps(self, notice: Notice) -> tuple[Step, ...]:
        return (*super().steps(notice), Step("Link", notice.items[0].locator.url))


class ShowsNoSample(X):
    spec = replace(X.spec, samples=())


class HasASampleOfNowhere(Form):
    row, spec = STOPNCII.row, replace(STOPNCII.spec, samples=("https://example.com/1",))


class ClaimsWithoutHosts(X):
    spec = replace(X.spec, hosts=(), samples=())


BREAKS: Final[tuple[tuple[type[Adapter], str], ...]] = (
    (WritesToAnother, "M01_one_message_to_a_published_address"),
    (TriesAgainInDoubt, "M02_certainty_comes_from_the_dialogue"),
    (BelievesInDoubt, "M02_certainty_comes_from_the_dialogue"),
    (NumbersItsRuns, "M03_same_notice_same_message"),
    (ForgetsTheThread, "M04_what_follows_stands_in_the_thread"),
    (MendsHeaders, "M05_no_header_can_be_broken"),
    (TellsTheAddress, "M06_no_mail_leaks"),
    (WaitsInVain, "M07_cancelling_a_mail_is_clean"),
    (FilesItself, "F01_no_machine_files_a_form"),
    (DropsALink, "F02_a_packet_is_whole_and_shows_nothing"),
    (ForgetsTheChild, "F02_a_packet_is_whole_and_shows_nothing"),
    (TellsMoreThanItSays, "F02_a_packet_is_whole_and_shows_nothing"),
    (AsksForALinkAllTheSame, "F02_a_packet_is_whole_and_shows_nothing"),
    (ShowsNoSample, "R01_spec_is_true"),
    (HasASampleOfNowhere, "R01_spec_is_true"),
    (ClaimsWithoutHosts, "R02_match_is_pure_and_total"),
)
