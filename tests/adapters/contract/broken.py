"""Platforms that are each wrong in one way; `BREAKS` names the rule that must see it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar, Final

from adapters.errors import (
    ContentGone,
    NotSent,
    PlatformError,
    Refused,
    Throttled,
    Uncertain,
)
from adapters.http import Call, ask
from adapters.spec import (
    Ability,
    Answer,
    AnswerKind,
    Answers,
    Carries,
    Key,
    Locator,
    Notice,
    Observation,
    Receipt,
    Scope,
    Seen,
    Url,
)
from tests.adapters.contract.example import API, Example

__all__ = ["BREAKS"]


class PromisesTooMuch(Example):
    spec = replace(Example.spec, can=frozenset(Ability) - {Ability.POLL})


class HasNoSource(Example):
    spec = replace(Example.spec, sources=())


class StumblesOverPorts(Example):
    def match(self, url: Url) -> Locator | None:
        if url.host == "host.example" and not url.path.isascii():
            raise UnicodeError
        return super().match(url)


class NumbersItsAnswers(Example):
    asked = 0

    def match(self, url: Url) -> Locator | None:
        self.asked += 1
        return super().match(url)


class TakesWhatIsAnothers(Example):
    def match(self, url: Url) -> Locator | None:
        found = super().match(url)
        if found is None and url.host == "example.org":
            return Locator("example", self._some().kind, str(url), str(url))
        return found

    def _some(self) -> Locator:
        some = super().match(Url("https://host.example/p/1"))
        assert some is not None
        return some


class ForgetsTheReference(Example):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        return await super().send(replace(notice, reference=""), key)


class TellsSomebodyElse(Example):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        receipt = await super().send(notice, key)
        await self.tools.http.outcome(Call("GET", "https://stats.example/"))
        return receipt


class DoubtsARefusedConnection(Example):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        await self._session_headers()
        try:
            return await super().send(notice, key)
        except NotSent as failure:
            if failure.reason.startswith("http_"):
                raise
        raise Uncertain("who_knows")


class TriesAgainInDoubt(Example):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        try:
            return await super().send(notice, key)
        except Uncertain:
            return await super().send(notice, key)


class IsSureInDoubt(Example):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        try:
            return await super().send(notice, key)
        except Uncertain as failure:
            raise NotSent(failure.reason) from None


class AsksForeverWhatWasRefused(Example):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        try:
            return await super().send(notice, key)
        except Refused as failure:
            raise NotSent(failure.reason) from None


class CannotWait(Example):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        try:
            return await super().send(notice, key)
        except Throttled as failure:
            raise Throttled(failure.reason) from None


class DoubtsItsLogin(Example):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        try:
            await self._session_headers()
        except NotSent:
            raise Uncertain("login") from None
        return await super().send(notice, key)


class ForgetsTheirWords(Example):
    errors: ClassVar[Mapping[str, type[PlatformError]]] = MappingProxyType({})


class NeverSaysTheSameTwice(Example):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        return await super().send(replace(notice, text=secrets.token_hex()), key)


class WillNotBeCancelled(Example):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        try:
            return await super().send(notice, key)
        except asyncio.CancelledError:
            raise Uncertain("cancelled") from None


class LeavesATaskBehind(Example):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        try:
            return await super().send(notice, key)
        except asyncio.CancelledError:
            self.task = asyncio.create_task(asyncio.sleep(0.01))
            raise


class ResolvesToNothing(Example):
    async def resolve(self, locator: Locator) -> Locator:
        return replace(await super().resolve(locator), final=False)


class FindsNothingWhenBlind(Example):
    async def find(self, notice: Notice, key: Key) -> Receipt | None:
        try:
            return await super().find(notice, key)
        except PlatformError:
            return None


class InventsAnAnswer(Example):
    async def poll(self, receipt: Receipt) -> Answers:
        told = await super().poll(receipt)
        if told.answers[0].status == "sent to the moon":
            return Answers((Answer(Scope.ALL, AnswerKind.SAYS_REMOVED),))
        return told


class AnswersAboutSomeOfMany(Example):
    spec = replace(Example.spec, carries=Carries(urls=5))


class RaisesWhenBlind(Example):
    async def look(self, locator: Locator) -> Observation:
        await ask(self, f"{API}/post")
        return await super().look(locator)


class LooksPastAWait(Example):
    async def look(self, locator: Locator) -> Observation:
        try:
            return await super().look(locator)
        except Throttled as failure:
            return Observation(Seen.CANNOT_SEE, failure.reason, "api")


class ForgetsHowLongToWait(Example):
    async def look(self, locator: Locator) -> Observation:
        try:
            return await super().look(locator)
        except Throttled as failure:
            raise Throttled(failure.reason) from None


class TakesBlindForGone(Example):
    async def look(self, locator: Locator) -> Observation:
        observed = await super().look(locator)
        if observed.rule == "http_403":
            return replace(observed, seen=Seen.GONE)
        return observed


class RepeatsTheirWords(Example):
    def _failure(self, reply, *, write, posted):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        failure = super()._failure(reply, write=write, posted=posted)
        if isinstance(failure, Refused):
            failure.reason = reply.text
        return failure


class LogsWhatItSends(Example):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        logging.getLogger("adapters").debug("sending %s", notice.items[0].locator.url)
        return await super().send(notice, key)


class KeepsTheCause(Example):
    async def send(self, notice: Notice, key: Key) -> Receipt:
        try:
            return await super().send(notice, key)
        except Refused as failure:
            raise Refused(failure.reason) from ContentGone(notice.text)


BREAKS: Final = (
    (PromisesTooMuch, "R01_spec_is_true"),
    (HasNoSource, "R01_spec_is_true"),
    (StumblesOverPorts, "R02_match_is_pure_and_total"),
    (NumbersItsAnswers, "R02_match_is_pure_and_total"),
    (TakesWhatIsAnothers, "R03_samples_match_here_and_nowhere_else"),
    (ForgetsTheReference, "R04_send_happy"),
    (TellsSomebodyElse, "R04_send_happy"),
    (DoubtsARefusedConnection, "R05_before_a_byte_it_is_not_sent"),
    (TriesAgainInDoubt, "R06_after_a_byte_doubt_is_kept"),
    (IsSureInDoubt, "R06_after_a_byte_doubt_is_kept"),
    (AsksForeverWhatWasRefused, "R07_a_whole_answer_counts_by_its_status"),
    (CannotWait, "R08_slowing_down_is_never_undercut"),
    (DoubtsItsLogin, "R09_before_the_report_nothing_is_in_doubt"),
    (ForgetsTheirWords, "R10_documented_refusals_are_kept_apart"),
    (NeverSaysTheSameTwice, "R11_the_same_notice_gives_the_same_bytes"),
    (WillNotBeCancelled, "R12_cancelling_is_clean"),
    (LeavesATaskBehind, "R12_cancelling_is_clean"),
    (ResolvesToNothing, "R13_resolving_ends"),
    (FindsNothingWhenBlind, "R14_finding_is_sure"),
    (InventsAnAnswer, "R15_polling_never_invents"),
    (AnswersAboutSomeOfMany, "R15_polling_never_invents"),
    (RaisesWhenBlind, "R16_looking_never_guesses_and_keeps_a_wait"),
    (LooksPastAWait, "R16_looking_never_guesses_and_keeps_a_wait"),
    (ForgetsHowLongToWait, "R16_looking_never_guesses_and_keeps_a_wait"),
    (TakesBlindForGone, "R16_looking_never_guesses_and_keeps_a_wait"),
    (RepeatsTheirWords, "R17_nothing_leaks"),
    (LogsWhatItSends, "R17_nothing_leaks"),
    (KeepsTheCause, "R17_nothing_leaks"),
)
