"""Whether anything may leave at all: consent, age, mandate, approval. Pure; each answer is a hold
or none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from adapters.spec import Field, Spec
from service.domain.states import Actor

BY_LAW: Final = frozenset({"police", "centre_by_law"})
"""Mandates that stand without the person's own consent; over consent that was withdrawn only when
a supervisor decided so.
"""
FOR_A_MINOR: Final = frozenset({"guardian", "lawyer", "police", "centre_by_law"})

Approval = Literal["every", "first_of_case", "none"]


@dataclass(frozen=True, slots=True)
class Permission:
    """What a case says about who agreed to what. Times are aware and in UTC.

    `over`: whether the mandate was decided on to stand although consent was withdrawn.
    """

    mandate: str | None
    mandate_until: datetime | None
    grants: Sequence[Mapping[str, Any]]
    person_now: str
    over: bool = False

    @classmethod
    def said(cls, details: Mapping[str, Any], person_now: str) -> Permission:
        """By the sealed part of a case, and how old it says the person is."""
        mandate = details.get("mandate") or {}
        return cls(
            mandate=mandate.get("kind"),
            mandate_until=_time(mandate.get("until")),
            grants=details.get("consent") or (),
            person_now=person_now,
            over=bool(details.get("over_withdrawal")),
        )


def stands_over_withdrawal(by: Actor, mandate: Mapping[str, Any] | None) -> bool:
    """Whether this mandate, set by this actor, permits what withdrawn consent forbids: one by law,
    set by a supervisor who says how it was checked.
    """
    if mandate is None or by is not Actor.SUPERVISOR:
        return False
    return mandate["kind"] in BY_LAW and bool((mandate.get("checked_how") or "").strip())


def consent_state(grants: Iterable[Mapping[str, Any]], now: datetime) -> str:
    """`none`, `given`, `lapsed` or `withdrawn`: the best that any grant says now."""
    states = {_grant_state(grant, now) for grant in grants}
    return next((s for s in ("given", "withdrawn", "lapsed") if s in states), "none")


def _grant_state(grant: Mapping[str, Any], now: datetime) -> str:
    if grant.get("withdrawn_at"):
        return "withdrawn"
    starts, ends = _time(grant.get("from")), _time(grant.get("until"))
    if starts and now < starts:
        return "none"
    return "lapsed" if ends and now >= ends else "given"


def consent_until(grants: Iterable[Mapping[str, Any]], now: datetime) -> datetime | None:
    """When the last grant that holds now ends; None when one has no end, or none holds."""
    ends = [_time(g.get("until")) for g in grants if _grant_state(g, now) == "given"]
    return max((e for e in ends if e), default=None) if ends and None not in ends else None


def changes_at(permission: Permission, now: datetime) -> datetime | None:
    """The next moment at which time alone may change what is permitted: a mandate or a grant ends,
    or a grant begins. None: no time does.
    """
    grants = [g for g in permission.grants if not g.get("withdrawn_at")]
    times = [_time(g.get(name)) for g in grants for name in ("from", "until")]
    return min((t for t in (permission.mandate_until, *times) if t and t > now), default=None)


def holds(permission: Permission, now: datetime) -> tuple[str, ...]:
    """The kinds of hold that consent, age and mandate ask for: none when everything is in order."""
    mandate = permission.mandate
    if permission.mandate_until and now >= permission.mandate_until:
        mandate = None
    consent = consent_state(permission.grants, now)
    if mandate in BY_LAW:
        return ("consent",) if consent == "withdrawn" and not permission.over else ()
    found: tuple[str, ...] = ()
    if consent != "given":
        found += ("consent",)
    if permission.person_now != "adult" and not _guarded(permission, mandate, now):
        found += ("age",)
    return found


def _guarded(permission: Permission, mandate: str | None, now: datetime) -> bool:
    """Whether somebody who may speak for a minor has agreed."""
    return mandate in FOR_A_MINOR or any(
        g.get("given_by") in FOR_A_MINOR and _grant_state(g, now) == "given"
        for g in permission.grants
    )


def _time(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


Approved = Collection[tuple[str, frozenset[Field]]]
"""What was approved in a case before: addressee and the fields that it learnt."""


def needs_approval(policy: str, approved: Approved, planned: Iterable[Spec]) -> bool:
    """Whether a person must look before this goes to these addressees.

    `first_of_case`: until one was approved; then only what discloses a field or uses an addressee
    that was not
    approved in this case yet.
    """
    if policy == "none":
        return False
    wanted = [(spec.name, frozenset(spec.discloses)) for spec in planned]
    if policy == "every":
        return bool(wanted)
    known: dict[str, set[Field]] = {}
    for name, fields in approved:
        known.setdefault(name, set()).update(fields)
    return any(name not in known or not fields <= known[name] for name, fields in wanted)
