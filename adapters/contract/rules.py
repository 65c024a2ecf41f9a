"""The contract, one function for each rule: it takes a case and raises `AssertionError` only.

Functions, not tests, so that the suite's own test can hold them against platforms that break one.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from adapters.contract import asking, failing, matching, sending
from adapters.contract.case import Case
from adapters.spec import Ability, Channel

__all__ = ["RULES", "Rule"]

Check = Callable[[Case], Coroutine[Any, Any, None]]
ANY = frozenset(Channel)
API = frozenset({Channel.API})


@dataclass(frozen=True)
class Rule:
    """`channels`: for whom it holds. `needs`: only where the platform can do this."""

    name: str
    channels: frozenset[Channel]
    check: Check
    needs: Ability | None = None

    def spares(self, case: Case) -> str:
        """Why this rule says nothing about this platform; "" when it does."""
        spec = case.adapter.spec
        if spec.channel not in self.channels:
            return f"{self.name} is about {', '.join(sorted(self.channels))}, not {spec.channel}"
        if self.needs and self.needs not in spec.can:
            return f"{self.name} is about what can {self.needs}: {spec.name} cannot"
        return ""


RULES = (
    Rule("R01_spec_is_true", ANY, matching.spec_is_true),
    Rule("R02_match_is_pure_and_total", ANY, matching.match_is_pure_and_total),
    Rule(
        "R03_samples_match_here_and_nowhere_else", ANY, matching.samples_match_here_and_nowhere_else
    ),
    Rule("R04_send_happy", API, sending.send_happy),
    Rule("R05_before_a_byte_it_is_not_sent", API, sending.before_a_byte_it_is_not_sent),
    Rule("R06_after_a_byte_doubt_is_kept", API, sending.after_a_byte_doubt_is_kept),
    Rule(
        "R07_a_whole_answer_counts_by_its_status", API, sending.a_whole_answer_counts_by_its_status
    ),
    Rule("R08_slowing_down_is_never_undercut", API, sending.slowing_down_is_never_undercut),
    Rule(
        "R09_before_the_report_nothing_is_in_doubt",
        API,
        sending.before_the_report_nothing_is_in_doubt,
    ),
    Rule("R10_documented_refusals_are_kept_apart", API, sending.documented_refusals_are_kept_apart),
    Rule(
        "R11_the_same_notice_gives_the_same_bytes",
        API,
        sending.the_same_notice_gives_the_same_bytes,
    ),
    Rule("R12_cancelling_is_clean", API, sending.cancelling_is_clean),
    Rule("R13_resolving_ends", ANY, asking.resolving_ends, Ability.RESOLVE),
    Rule("R14_finding_is_sure", API, asking.finding_is_sure, Ability.FIND),
    Rule("R15_polling_never_invents", API, asking.polling_never_invents, Ability.POLL),
    Rule(
        "R16_looking_never_guesses_and_keeps_a_wait",
        ANY,
        asking.looking_never_guesses_and_keeps_a_wait,
        Ability.LOOK,
    ),
    Rule("R17_nothing_leaks", API, failing.nothing_leaks),
)
