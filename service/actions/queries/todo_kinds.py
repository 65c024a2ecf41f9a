"""Every reason to wait for a person: one table says where it is found, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from service.actions import answering
from service.domain import mailing
from service.domain.states import LIVE, Actor, RequestState

_TAKEDOWN = "takedown_id = CAST(:subject AS uuid)"
_NOTICE = "notice_id = CAST(:subject AS uuid)"
_REQUEST = (
    "subject = :subject AND takedown_id ="
    " (SELECT r.takedown_id FROM requests r WHERE r.id = CAST(:subject AS uuid))"
)
_PLATFORM = "platform = :subject"
_SUBJECT = "subject = :subject"


class Kind(NamedTuple):
    """One reason to wait for a person: what to do, by which call, and where it is found.

    `finds` gives: subject, case, takedown, notice, platform, priority (0 is most urgent), since,
    due. Kinds stand in the order in which they come when all else is equal. `others` are calls that
    settle it too. `about` gives the requests of a line `w` that it is about. `one` finds the line
    of one subject by an index.
    """

    name: str
    what: str
    call: str
    finds: str
    role: Actor = Actor.CASE_WORKER
    others: tuple[str, ...] = ()
    about: str = "SELECT k.request_id FROM carried k WHERE k.notice_id = w.notice_id"
    one: str = _TAKEDOWN

    @property
    def takes_answers(self) -> bool:
        return _ANSWER in (self.call, *self.others)

    @property
    def is_of_platform(self) -> bool:
        return self.one == _PLATFORM


_DECIDE = "POST /api/v1/notices/decide"
_ANSWER = "POST /api/v1/answers"
_WITHDRAW = "POST /api/v1/takedowns/{id}/withdraw"
_OBSERVE = "POST /api/v1/takedowns/{id}/observations"
_CASE = "PATCH /api/v1/cases/{case_id}"
_CONSENT = "POST /api/v1/cases/{case_id}/consent"


def _states(states: Iterable[RequestState]) -> str:
    return ", ".join(f"'{state.value}'" for state in states)


def _hold(kind: str, more: str = "") -> str:
    return (
        "SELECT t.id::text, t.case_id, t.id, NULL::uuid, t.platform, t.priority, h.set_at, h.until"
        " FROM holds h JOIN takedowns t ON t.id = h.takedown_id"
        f" WHERE h.organisation_id = :org AND h.ended_at IS NULL AND h.kind = '{kind}'"
        f" AND t.state <> 'withdrawn'{more}"
    )


def _notices(where: str) -> str:
    return (
        "SELECT n.id::text, n.case_id, NULL::uuid, n.id, n.addressee, n.priority, n.updated_at,"
        f" n.settle_at FROM notices n WHERE n.organisation_id = :org AND {where}"
    )


def _takedowns(where: str, since: str, notice: str = "NULL::uuid") -> str:
    return (
        f"SELECT t.id::text, t.case_id, t.id, {notice}, t.platform, t.priority, {since},"
        " NULL::timestamptz FROM takedowns t JOIN takedown_facts f ON f.id = t.id"
        f" WHERE t.organisation_id = :org AND {where}"
    )


_NOT_TAKEN = (
    "(SELECT n.id FROM requests r JOIN carried k ON k.request_id = r.id"
    " JOIN notices n ON n.id = k.notice_id WHERE r.takedown_id = t.id AND r.round = t.round"
    " AND r.state = 'not_reached' AND n.state IN ('rejected', 'bounced')"
    " ORDER BY n.id DESC LIMIT 1)"
)
"""The notice by which somebody can be asked again."""
_ASKED = (
    "SELECT r.id FROM requests r JOIN takedowns t ON t.id = r.takedown_id AND t.round = r.round"
    " WHERE r.takedown_id = w.takedown_id AND r.asked_at IS NOT NULL"
    f" AND r.state IN ({_states(answering.ANSWERABLE)})"
)
_UNCLEAR = f"""
SELECT n.id, n.case_id, n.addressee, n.priority, a.recorded_at, r.id AS request_id
  FROM answers a
  JOIN notices n ON n.id = COALESCE(a.notice_id, (SELECT k.notice_id FROM carried k
         WHERE k.request_id = a.request_id ORDER BY k.notice_id LIMIT 1))
  JOIN carried k ON k.notice_id = n.id AND k.request_id = COALESCE(a.request_id, k.request_id)
  JOIN requests r ON r.id = k.request_id
  JOIN takedowns t ON t.id = r.takedown_id AND t.round = r.round
 WHERE a.organisation_id = :org AND (a.scope = 'unspecified' OR a.kind = 'unspecified')
   AND t.state IN ('open', 'restricted', 'held') AND r.state IN ({_states(LIVE)})
   AND NOT EXISTS (SELECT 1 FROM answers b WHERE b.request_id = r.id
        AND b.kind <> 'unspecified' AND b.recorded_at > a.recorded_at)
"""
"""Requests that an answer about nobody knows what was perhaps about, and that got none of their own
since.
"""
_UNSPECIFIED = (
    "SELECT x.id::text, x.case_id, NULL::uuid, x.id, x.addressee, x.priority, max(x.recorded_at),"
    f" NULL::timestamptz FROM ({_UNCLEAR}) x GROUP BY x.id, x.case_id, x.addressee, x.priority"
)
_LANES = """
SELECT l.platform, NULL::uuid, NULL::uuid, NULL::uuid, l.platform, 1, min(l.closed_at),
       NULL::timestamptz
  FROM lanes l WHERE l.organisation_id = :org AND l.closed_because IS NOT NULL
 GROUP BY l.platform
"""
_DOWN = """
SELECT l.platform, NULL::uuid, NULL::uuid, NULL::uuid, l.platform, 1, min(l.down_since),
       NULL::timestamptz
  FROM lanes l WHERE l.organisation_id = :org AND l.closed_because IS NULL AND NOT l.killed
   AND l.down_since <= :patience
 GROUP BY l.platform
"""
_USED_UP = """
SELECT l.platform, NULL::uuid, NULL::uuid, NULL::uuid, l.platform, min(n.priority), min(n.due_at),
       l.full_until
  FROM lanes l JOIN notices n ON n.lane = l.id AND n.state = 'due' AND n.due_at <= :present
 WHERE l.organisation_id = :org AND l.closed_because IS NULL AND NOT l.killed
   AND l.full_until > :present
 GROUP BY l.platform, l.full_until
"""
_INFO = """
SELECT r.id::text, r.case_id, r.takedown_id, NULL::uuid, r.addressee, t.priority,
       COALESCE(r.said_at, r.asked_at, r.created_at), NULL::timestamptz
  FROM requests r JOIN takedowns t ON t.id = r.takedown_id
 WHERE r.organisation_id = :org AND r.state = 'needs_info' AND r.round = t.round
   AND t.state IN ('open', 'restricted')
   AND NOT EXISTS (
       SELECT 1 FROM carried k JOIN notices n ON n.id = k.notice_id
        WHERE k.request_id = r.id AND n.purpose = 'reply'
          AND n.state IN ('due', 'by_hand', 'sending', 'perhaps_sent', 'set_aside'))
"""
_LETTERS = """
SELECT l.id::text, l.case_id, NULL::uuid, l.notice_id, n.addressee, n.priority, l.received_at,
       NULL::timestamptz
  FROM letters l JOIN notices n ON n.id = l.notice_id
 WHERE l.organisation_id = :org AND l.state = 'waits'
"""
_UNRESOLVED = """
SELECT t.id::text, t.case_id, t.id, NULL::uuid, t.platform, t.priority, t.created_at,
       NULL::timestamptz
  FROM takedowns t
 WHERE t.organisation_id = :org AND t.state = 'resolving' AND t.created_at <= :unresolved
"""
_ONCE = ", ".join(f"'{purpose.value}'" for purpose in mailing.ONCE)
_RESTS = f"""
n.purpose IN ({_ONCE}) AND EXISTS (
    SELECT 1 FROM carried k JOIN requests r ON r.id = k.request_id
      JOIN takedowns t ON t.id = r.takedown_id WHERE k.notice_id = n.id AND t.state = 'held')
"""
"""What waits for the end of a hold is nobody's to file."""
_FILES = "('post', 'file', 'thumbnail')"
_LEFT = "f.stuck AND NOT f.contradicted"

KINDS: Final[tuple[Kind, ...]] = (
    Kind(
        "police_hold_ending",
        "The hold for the police ends soon. Renew it with a new end, or let it end.",
        "POST /api/v1/takedowns/{id}/hold",
        _hold("police", " AND h.until <= :warn"),
        Actor.SUPERVISOR,
    ),
    Kind(
        "set_aside",
        "Sending ended badly three times. Let it be tried again, or cancel it.",
        _DECIDE,
        _notices("n.state = 'set_aside'"),
        Actor.SUPERVISOR,
        one=_NOTICE,
    ),
    Kind(
        "perhaps_sent",
        "Nobody knows whether it arrived, and no machine can tell. Ask them, and say so.",
        _DECIDE,
        _notices(
            "n.state = 'perhaps_sent' AND (n.addressee = ANY(:unsure)"
            # a repeat under the same key that was left: what it carries may not leave now
            " OR (n.addressee = ANY(:keyed) AND n.settle_step > 0))"
        ),
        one=_NOTICE,
    ),
    Kind(
        "approval",
        "Read the takedown, which shows what would leave. Approve it, or withdraw it.",
        "POST /api/v1/takedowns/approve",
        _hold("approval"),
        others=(_WITHDRAW,),
    ),
    Kind(
        "element_missing",
        "The notice lacks what the takedown's preview lists as missing. Complete the case, or have"
        " an admin complete the organisation's profile, each with If-Match.",
        _CASE,
        _hold("element_missing"),
        others=("PATCH /api/v1/organisation",),
    ),
    Kind(
        "consent_missing",
        "There is no consent that holds. Enter one, or withdraw the takedown.",
        _CONSENT,
        _hold("consent"),
        others=(_WITHDRAW,),
    ),
    Kind(
        "age",
        "The person is or may be a minor. Say with If-Match how old the person is, or by what"
        " mandate somebody speaks for them; or enter the consent of a guardian.",
        _CASE,
        _hold("age"),
        others=(_CONSENT,),
    ),
    Kind(
        "by_hand",
        "File it with the packet of the notice, then say so. If it is not to be filed, cancel it.",
        "POST /api/v1/notices/filed",
        _notices(f"n.state = 'by_hand' AND NOT ({_RESTS})"),
        others=(_DECIDE,),
        one=_NOTICE,
    ),
    Kind(
        "needs_info",
        "They ask something. Answer them; or, if you did so on their own channel, record what they"
        " said then.",
        "POST /api/v1/requests/{subject}/reply",
        _INFO,
        others=(_ANSWER,),
        about="SELECT w.subject::uuid",
        one=_REQUEST,
    ),
    Kind(
        "letter",
        "A mail came that no machine is sure of. Read it at the same address without /decide, and"
        " say what it says, or that it says nothing. Did our message come back in it? Then first"
        " decide its notice as bounced.",
        "POST /api/v1/letters/{subject}/decide",
        _LETTERS,
        one=_SUBJECT,
    ),
    Kind(
        "unspecified_answer",
        "They answered, but not about what. Look at each address, and record what is meant.",
        _ANSWER,
        _UNSPECIFIED,
        about=f"SELECT x.request_id FROM ({_UNCLEAR}) x WHERE x.id = w.notice_id",
        one=_NOTICE,
    ),
    Kind(
        "contradicted",
        "They say that it is removed, and it is seen up. Look at it, and record what you see. If it"
        " is up, tell them on their own channel, and record what they say then.",
        _OBSERVE,
        _takedowns("f.contradicted", "t.up_at"),
        others=(_ANSWER, _WITHDRAW),
        about=_ASKED,
    ),
    Kind(
        "unresolved",
        "What this address stands for could not be found out for hours, so nobody is asked. It is"
        " tried again now and then. See whether its platform is set up rightly; or withdraw this,"
        " and hand in the address of the thing itself.",
        _WITHDRAW,
        _UNRESOLVED,
    ),
    Kind(
        "no_addressee",
        "Nobody could be asked. Record what you see there, or withdraw it.",
        _OBSERVE,
        _takedowns(f"{_LEFT} AND f.asked = 0 AND {_NOT_TAKEN} IS NULL", "t.created_at"),
        others=(_WITHDRAW,),
    ),
    Kind(
        "not_reached",
        "The notice was not taken or came back, and nobody else is left to be asked. Let them be"
        " asked again, record what you see there, or withdraw it.",
        _DECIDE,
        _takedowns(f"{_LEFT} AND {_NOT_TAKEN} IS NOT NULL", "t.updated_at", _NOT_TAKEN),
        others=(_OBSERVE, _WITHDRAW),
    ),
    Kind(
        "stuck",
        "Everybody who could be asked was asked. Record what you see there or what they say to you,"
        " or withdraw it.",
        _OBSERVE,
        _takedowns(f"{_LEFT} AND f.asked > 0 AND {_NOT_TAKEN} IS NULL", "t.updated_at"),
        others=(_ANSWER, _WITHDRAW),
        about=_ASKED,
    ),
    Kind(
        "other_content",
        "Something else is seen there now. Look at it, and say what you see, or withdraw it.",
        _OBSERVE,
        _takedowns(
            "t.saw = 'other_content' AND t.state IN ('open', 'restricted')"
            f" AND t.kind NOT IN {_FILES}",
            "t.looked_at",
        ),
        others=(_WITHDRAW,),
    ),
    Kind(
        "lane_closed",
        "Nothing goes to this platform until an admin has set it up anew, with If-Match.",
        "PUT /api/v1/platforms/{platform}/settings",
        _LANES,
        Actor.ADMIN,
        one=_PLATFORM,
    ),
    Kind(
        "platform_down",
        "This platform has not answered for an hour. It is tried again now and then, and what waits"
        " leaves when it is back. Look whether its address is still right; setting it up anew, with"
        " If-Match, tries it at once.",
        "PUT /api/v1/platforms/{platform}/settings",
        _DOWN,
        Actor.ADMIN,
        one=_PLATFORM,
    ),
    Kind(
        "daily_limit",
        "As many messages as may go there in 24 hours have gone. What waits leaves by itself. If"
        " more may go, set the platform up with another limit, with If-Match.",
        "PUT /api/v1/platforms/{platform}/settings",
        _USED_UP,
        Actor.ADMIN,
        one=_PLATFORM,
    ),
)
NAMES: Final = tuple(kind.name for kind in KINDS)
