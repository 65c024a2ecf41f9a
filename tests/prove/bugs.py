"""Bugs that the tests must notice: one promise of the core broken in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Bug:
    """`old` stands once in the file `path`; `tests` must fail when `new` stands there instead."""

    name: str
    words: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


_SENDING: Final = (
    Bug("fencing_dropped",
        "A late answer of an attempt that was given up decides about the one that is out now.",
        "service/actions/send_notice.py",
        'if attempt.state == "intent" and row.state is N.SENDING:',
        "if row.state is N.SENDING:",
        (("tests/flow/test_engine.py::"
         "test_a_late_answer_to_one_attempt_decides_nothing_about_the_next"),)),
    Bug("called_too_late",
        "A worker that lay frozen since START calls, although somebody else may have sent again.",
        "service/actions/send_notice.py",
        "if ctx.now() > started.begin_by:",
        "if False:",
        (("tests/flow/test_engine.py::"
         "test_a_worker_that_froze_between_start_and_call_does_not_call"),)),
    Bug("lease_made_due",
        "A call whose lease ran out is due again, although it may have arrived.",
        "service/actions/upkeep.py",
        "n.id, E.LEASE_EXPIRED, Actor.ENGINE, now",
        "n.id, E.NOT_SENT, Actor.ENGINE, now",
        (("tests/flow/test_engine.py::"
         "test_22_a_worker_that_wakes_after_its_lease_settles_the_doubt_with_its_own_answer"),)),
    Bug("resend_by_anybody",
        "What nobody can tell about is sent again as if the platform knew our key.",
        "service/actions/settling.py",
        "if spec is None or spec.perhaps_sent is not Settle.SAME_KEY:",
        "if spec is None:",
        (("tests/flow/test_engine.py::"
         "test_a_ring_sends_no_doubt_again_where_the_platform_does_not_know_our_key"),)),
    Bug("doubt_taken_for_not_sent",
        "A call that may have arrived is taken for one that surely did not.",
        "service/actions/send_notice.py",
        "errors.Uncertain: E.UNCERTAIN,",
        "errors.Uncertain: E.NOT_SENT,",
        (("tests/flow/test_arrival.py::"
         "test_06_a_doubt_about_what_nobody_withdrew_is_sent_again_under_the_same_key"),)),
    Bug("repeat_forgets_the_doubt",
        "A repeat under the same key that did not leave is taken for word about the first one.",
        "service/actions/send_notice.py",
        "if attempt.repeats and result.event in (E.NOT_SENT, E.NEEDS_PERSON):",
        "if False:",
        (("tests/flow/test_arrival.py::"
         "test_a_repeat_that_did_not_leave_says_nothing_about_the_one_before"),)),
    Bug("called_before_its_intent",
        "A message goes out while the transaction that says so is still open.",
        "service/actions/send_notice.py",
        "        started.append(intend(ctx, world, desk, draft))\n",
        "        one = intend(ctx, world, desk, draft)\n"
        "        told = __import__('asyncio').get_running_loop().create_future()\n"
        "        told.set_result(await one.adapter.send(one.notice, one.key))\n"
        "        early = __import__('types').SimpleNamespace(send=lambda *_, told=told: told)\n"
        "        started.append(__import__('dataclasses').replace(one, adapter=early))\n",
        ("tests/flow/test_engine.py::test_when_a_message_leaves_its_intent_is_on_record",)),
    Bug("another_key",
        "A message that is sent again goes under another key.",
        "service/actions/send_notice.py",
        "key=key_of(row.id, draft.frozen),",
        "key=key_of(row.attempt_id, draft.frozen),",
        (("tests/flow/test_arrival.py::"
         "test_06_a_doubt_about_what_nobody_withdrew_is_sent_again_under_the_same_key"),)),
    Bug("other_bytes",
        "A message that is sent again is dated anew: the same key, but other bytes.",
        "service/actions/settling.py",
        "Draft(notice, notices.thaw(frozen[notice.id]), frozen[notice.id])",
        "Draft(notice, __import__('dataclasses').replace("
        "notices.thaw(frozen[notice.id]), composed_at=world.now), frozen[notice.id])",
        (("tests/flow/test_arrival.py::"
         "test_06_a_doubt_about_what_nobody_withdrew_is_sent_again_under_the_same_key"),)),
    Bug("withdrawn_resent",
        "What was withdrawn while its message was in doubt is sent again.",
        "service/actions/settling.py",
        "    if not all(mailing.may_carry(world, notice, request) for request in carried):",
        "    if False:",
        (("tests/flow/test_arrival.py::"
         "test_06_one_of_twenty_is_withdrawn_while_the_notice_is_out"),)),
    Bug("withdrawn_sent",
        "A first message still carries what was withdrawn.",
        "service/domain/mailing.py",
        "    Purpose.FIRST: (RequestState.PENDING,),",
        "    Purpose.FIRST: (RequestState.PENDING, RequestState.WITHDRAWN),",
        ("tests/domain/test_mailing.py::test_what_each_purpose_may_carry",)),
    Bug("hold_ignored_at_start",
        "What is held when a message starts is carried all the same.",
        "service/domain/mailing.py",
        "        return False\n"
        "    return world.may_leave(takedown)",
        "        return False\n"
        "    return True",
        (("tests/domain/test_mailing.py::"
         "test_a_first_notice_carries_only_who_carries_and_does_not_wait"),)),
    Bug("approval_of_other_words",
        "What a person approved stands for whatever leaves later.",
        "service/actions/composing.py",
        'return () if approved == found.digest else ("approval",)',
        "return ()",
        (("tests/flow/test_holds.py::"
         "test_what_would_leave_in_other_words_than_those_approved_waits_for_a_person_again"),)),
    Bug("asked_twice",
        "Two cases about one thing both ask the platform.",
        "service/domain/effects/requests.py",
        "    if holder is None:\n"
        "        request.carrying = True\n"
        "    return",
        "    if True:\n"
        "        request.carrying = True\n"
        "    return",
        ("tests/domain/test_follow.py::test_two_cases_about_one_thing_ask_once",)),
)  # fmt: skip

_WIRE: Final = (
    Bug("write_tried_again",
        "A report is sent once more although bytes of it had left.",
        "adapters/http.py",
        "return (asks or not outcome.sent) and outcome.reason not in _LASTING",
        "return outcome.reason not in _LASTING",
        (("tests/adapters/contract/test_contract.py::"
         "test_a_platform_keeps_the_contract[R06_after_a_byte_doubt_is_kept-bluesky]"),)),
    Bug("write_tried_again_after_5xx",
        "A report that was answered with a server's fault is sent once more.",
        "adapters/http.py",
        "return asks and outcome.status >= 500",
        "return outcome.status >= 500",
        ("tests/adapters/test_http.py::test_a_question_is_asked_again_and_a_report_is_not",)),
    Bug("doubt_of_the_wire_lost",
        "A connection that breaks after the report left counts as not sent.",
        "adapters/http.py",
        "raise (Uncertain if write and outcome.sent else NotSent)(outcome.reason)",
        "raise NotSent(outcome.reason)",
        (("tests/adapters/contract/test_contract.py::"
         "test_a_platform_keeps_the_contract[R06_after_a_byte_doubt_is_kept-bluesky]"),)),
    Bug("bytes_left_unnoticed",
        "The wire does not notice that bytes have left.",
        "adapters/wire.py",
        "context.trace_request_ctx.sent = True",
        "context.trace_request_ctx.sent = False",
        ("tests/adapters/test_transport.py::test_what_fails_after_bytes_left_is_told_as_sent",)),
    Bug("retry_after_seconds_undercut",
        "Seconds of a Retry-After are taken for tenths of a second.",
        "adapters/http.py",
        "return start + timedelta(seconds=int(words))",
        "return start + timedelta(seconds=int(words) / 10)",
        (("tests/adapters/contract/test_contract.py::"
         "test_a_platform_keeps_the_contract[R08_slowing_down_is_never_undercut-bluesky]"),)),
    Bug("retry_after_date_undercut",
        "The date of a Retry-After is not read.",
        "adapters/http.py",
        "moment = parsedate_to_datetime(words)",
        'moment = parsedate_to_datetime("")',
        (("tests/adapters/contract/test_contract.py::"
         "test_a_platform_keeps_the_contract[R08_slowing_down_is_never_undercut-bluesky]"),)),
    Bug("wait_shortened",
        "A shorter wait that is told later ends a longer one.",
        "service/actions/lanes.py",
        "SET not_before = GREATEST(not_before, :until)",
        "SET not_before = :until",
        (("tests/flow/test_waits.py::"
         "test_a_shorter_wait_that_is_told_later_does_not_end_a_longer_one"),)),
    Bug("private_address_called",
        "A name that leads into a private network is called.",
        "adapters/egress.py",
        "is_public = self._public and port == 443 and self.is_public(address)",
        "is_public = self._public and port == 443",
        ("tests/adapters/test_egress.py::test_every_address_of_a_name_must_be_fit",)),
    Bug("parameter_dropped",
        "The part of an address that says which content it is about is dropped.",
        "service/domain/urls.py",
        "return url.with_host(host) if url.host != host else url",
        "return (url.with_host(host) if url.host != host else url).with_query(None)",
        ("tests/domain/test_urls.py::test_what_may_differ_stays_different",)),
)  # fmt: skip

_LANES: Final = (
    Bug("pace_forgotten",
        "How far a lane's time has moved is not kept, so every START has a whole burst.",
        "service/domain/lanes.py",
        "        lane.tat = tat + granted * interval",
        "        lane.tat = tat",
        ("tests/domain/test_lanes.py::test_no_window_ever_holds_more_than_the_rate_allows",)),
    Bug("lane_holds_all_slots",
        "One platform that hangs may hold every slot of a worker.",
        "service/engine/slots.py",
        "self.most - self._used[lane],",
        "self.total - self._used[lane],",
        ("tests/engine/test_slots.py::test_one_lane_holds_a_quarter_at_most",)),
    Bug("circuit_never_opens",
        "A platform that does not answer is called as often as one that does.",
        "service/domain/lanes.py",
        "    lane.failures += 1\n",
        "    lane.failures = 1\n",
        (("tests/domain/test_lanes.py::"
         "test_a_platform_that_does_not_answer_is_left_alone_and_tried_with_one_call"),)),
    Bug("budget_not_shared",
        "What one worker spends of a day's budget is not on record for the others.",
        "service/actions/lanes.py",
        "spent = CAST(:spent AS jsonb)",
        "spent = COALESCE(spent, CAST(:spent AS jsonb))",
        (("tests/flow/test_limits.py::"
         "test_a_centre_s_own_limit_for_a_day_holds_until_it_is_raised"),)),
    Bug("lane_open_after_401",
        "A credential that was refused is used again and again.",
        "service/actions/lanes.py",
        "        if closes:\n",
        "        if False:\n",
        (("tests/flow/test_limits.py::"
         "test_a_credential_that_was_refused_once_is_not_used_again"),)),
    Bug("looks_taken_twice",
        "Two workers make the same look, for a lease keeps nobody away.",
        "service/actions/claims.py",
        'f" AND ({work.lease} IS NULL OR {work.lease} < :now) AND {work.where}"',
        'f" AND {work.where}"',
        (("tests/flow/test_upkeep.py::"
         "test_what_one_worker_looks_at_or_asks_about_others_leave_alone_until_its_lease_is_over"),)),
)  # fmt: skip

_RECORD: Final = (
    Bug("locked_unsorted",
        "Rows are locked in whatever order they come.",
        "service/store/ledger.py",
        "        \" ORDER BY id FOR NO KEY UPDATE\",\n"
        '        "ids",',
        "        \" ORDER BY random() FOR NO KEY UPDATE\",\n"
        '        "ids",',
        ("tests/store/test_ledger.py::test_overlapping_batches_in_any_order_never_deadlock",)),
    Bug("commit_repeated",
        "A transaction whose COMMIT got no reply is done again without asking whether it went "
        "through.",
        "service/store/unit.py",
        "                if not await self._was_committed(unit.txid):\n"
        "                    raise",
        "                raise",
        (("tests/store/test_unit.py::"
         "test_a_commit_whose_reply_was_lost_is_looked_up_and_not_repeated"),)),
    Bug("numbered_too_early",
        "Events are numbered although an older transaction is still open.",
        "service/engine/sequencer.py",
        " AND txid < pg_snapshot_xmin(pg_current_snapshot())",
        "",
        (("tests/store/test_sequencer.py::"
         "test_what_is_younger_than_an_open_transaction_waits_for_it"),)),
    Bug("chain_cut",
        "A line of the record does not hold the hash of the one before it.",
        "service/store/entries.py",
        'values["hash"] = leaf_hash(values, prev_hash)',
        'values["hash"] = leaf_hash(values, None)',
        ("tests/store/test_entries.py::test_every_chain_verifies_from_the_rows_alone",)),
    Bug("seal_moves",
        "A sealed value opens in another row.",
        "service/store/sealing.py",
        'return b"efface|1|" + place.encode() + b"|" + row.bytes',
        'return b"efface|1|" + place.encode()',
        ("tests/store/test_sealing.py::test_a_seal_opens_nowhere_else",)),
    Bug("silence_too_early",
        "A deadline ends with silence before it has come.",
        "service/actions/upkeep.py",
        'if clock.state != "running" or clock.due_at > now:',
        'if clock.state != "running":',
        ("tests/flow/test_answers.py::test_a_deadline_that_has_come_ends_no_other",)),
    Bug("silence_of_nobody_asked",
        "Silence is recorded of somebody who may never have been asked.",
        "service/domain/follow.py",
        "and (row.follows_id is not None or bool(world.notices_of(row, (N.SENT,))))",
        "and row.asked_at is not None",
        (("tests/domain/test_follow.py::"
         "test_silence_says_nothing_while_nobody_knows_whether_they_were_asked"),)),
)  # fmt: skip

_SIGHT: Final = (
    Bug("wall_taken_for_gone",
        "What could not be seen counts as gone.",
        "service/domain/sight.py",
        "if seen is Seen.OTHER_CONTENT and takedown.kind in REPLACED_MEANS_GONE:",
        "if seen is Seen.CANNOT_SEE or seen is Seen.OTHER_CONTENT:",
        ("tests/domain/test_sight.py::test_what_could_not_be_seen_proves_nothing",)),
    Bug("login_is_gone",
        "A page that only members see counts as gone.",
        "adapters/peertube.py",
        'return Observation(Seen.CANNOT_SEE, rule, "api")',
        'return Observation(Seen.GONE, rule, "api")',
        ("tests/adapters/test_peertube.py::test_a_look_says_which_wall_it_met",)),
    Bug("one_page_is_enough",
        "One page that does not show it is enough to call it gone.",
        "service/domain/sight.py",
        "LOOKS_NEEDED: Final = 2",
        "LOOKS_NEEDED: Final = 1",
        ("tests/domain/test_sight.py::test_a_page_must_say_it_twice_in_a_row",)),
    Bug("removed_believed",
        "What they say they removed is not looked at.",
        "service/domain/effects/requests.py",
        "takedown.look_at = min(takedown.look_at, soon)",
        "takedown.look_at = None",
        (("tests/flow/test_together.py::"
         "test_12_what_was_about_to_be_asked_waits_for_a_look_when_they_say_removed"),)),
    Bug("consent_lapsed_unnoticed",
        "Consent that was withdrawn or has ended holds nothing.",
        "service/domain/permission.py",
        'if consent != "given":',
        'if consent == "none":',
        ("tests/domain/test_permission.py::test_what_consent_age_and_mandate_hold",)),
)  # fmt: skip

_ENGINE: Final = (
    Bug("slot_given_back_early",
        "A slot is free while its result is in memory only: a crash leaves any number in doubt.",
        "service/engine/jobs.py",
        "            await self._recorders[name].put(result)\n        finally:\n",
        "            self._slots.give_back(lane)\n"
        "            await self._recorders[name].put(result)\n"
        "            self._slots.take(lane)\n        finally:\n",
        ("tests/engine/test_jobs.py::test_a_slot_is_taken_until_the_result_is_on_record",)),
    Bug("stop_cancels_calls",
        "A worker that stops cancels calls that are out.",
        "service/engine/jobs.py",
        "        self._slots.go_on()\n",
        "        self._slots.go_on()\n"
        "        for call in self._calls:\n"
        "            call.cancel()\n",
        ("tests/engine/test_jobs.py::test_draining_waits_for_calls_and_begins_no_more",)),
    Bug("sweep_forgets_doubts",
        "The sweep rings nobody for reports that are to be looked up.",
        "service/actions/due.py",
        "if row.has_poll or row.has_find:",
        "if row.has_poll:",
        ("tests/engine/test_sweep.py::test_a_doubt_is_rung_for_when_its_time_has_come",)),
    Bug("lost_ring_is_lost_work",
        "What nobody was rung for stays undone: the sweep rings for nothing.",
        "service/engine/sweep.py",
        "    return rings\n",
        "    return set()\n",
        ("tests/engine/test_sweep.py::test_every_lane_with_work_is_rung_and_no_shut_one",)),
    Bug("results_dropped",
        "What came of calls is thrown away while the database is away.",
        "service/engine/recorder.py",
        "await asyncio.sleep(RETRY_S)",
        "return",
        ("tests/engine/test_recorder.py::test_results_wait_for_a_database_that_is_away",)),
)  # fmt: skip

_API: Final = (
    Bug("key_ignored",
        "A call that is repeated under its Idempotency-Key is carried out again.",
        "service/api/front.py",
        'key = _idempotency_key(scope) if operation.keyed else None',
        "key = None",
        ("tests/api/test_keyed.py::test_the_same_call_gets_the_same_answer",)),
    Bug("lost_claim_goes_on",
        "A slow call whose key was taken over by a repetition still commits.",
        "service/actions/once.py",
        'AND key_mac = :mac AND created_at = :since AND steps < :step"',
        'AND key_mac = :mac AND (created_at = :since OR steps < :step OR true)"',
        ("tests/api/test_keyed.py::test_a_slow_call_that_lost_its_claim_does_nothing_more",)),
    Bug("anothers_is_readable",
        "A centre can read the cases of another.",
        "service/actions/matters.py",
        "c.id = ANY(:ids) AND c.organisation_id = :org ORDER",
        "c.id = ANY(:ids) AND (c.organisation_id = :org OR true) ORDER",
        ("tests/api/test_matrix.py::test_what_is_anothers_is_not_there",)),
    Bug("address_in_a_log",
        "A log line holds the path and the query of a call.",
        "service/api/front.py",
        "                route=template,\n",
        "                route=str(scope.get('raw_path')) + str(scope.get('query_string')),\n",
        ("tests/api/test_request_lines.py::test_a_call_is_one_line_by_its_route",)),
    Bug("address_in_an_error",
        "An error of the wire holds the address that was called.",
        "adapters/wire.py",
        "            raise WireError(reason, sent=wire.sent)\n"
        "        headers",
        "            raise WireError(f'{reason} {request.url}', sent=wire.sent)\n"
        "        headers",
        ("tests/adapters/test_transport.py::test_a_failure_holds_no_address_and_no_body",)),
)  # fmt: skip

BUGS: Final[tuple[Bug, ...]] = (*_SENDING, *_WIRE, *_LANES, *_RECORD, *_SIGHT, *_ENGINE, *_API)
