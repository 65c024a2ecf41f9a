"""Opening a case: what it and its organisation give to a notice, to a hold, and to an approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from adapters.spec import (
    ContentClass,
    Field,
    Item,
    Locator,
    Notice,
    Purpose,
    Regime,
    Sender,
    Spec,
    Statement,
)
from service.actions.context import Desk
from service.domain import notices, permission, routing
from service.domain.elements import Element
from service.domain.errors import NotFound
from service.domain.notices import Frame, Matter
from service.domain.permission import Permission
from service.domain.world import Case as CaseFacts
from service.domain.world import Takedown
from service.store.sealing import Key
from service.store.unit import Unit

DETAILS = "cases.details"


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case with its sealed parts opened, and its organisation."""

    row: Any
    organisation: Any
    key: Key
    organisation_key: Key
    details: Mapping[str, Any]
    approved: frozenset[tuple[str, frozenset[Field]]]
    outdated: frozenset[str]  # approved before, and only for an address of before

    @property
    def id(self) -> UUID:
        found: UUID = self.row.id
        return found

    def facts(self) -> CaseFacts:
        """What the rules need of it."""
        return CaseFacts(
            id=self.row.id,
            organisation_id=self.row.organisation_id,
            jurisdictions=tuple(self.row.jurisdictions),
            minor=self.row.depicted_as != "adult",
            answer_days=self.organisation.answer_days,
            removal_days=self.organisation.removal_days,
        )

    def permission(self) -> Permission:
        return Permission.said(self.details, self.row.person_now)

    def matter(self, content_class: ContentClass) -> Matter:
        profile = self.organisation.profile
        return Matter(
            sender=Sender(
                name=profile.get("legal_name", ""),
                email=profile.get("email", ""),
                address=profile.get("address", ""),
                signatory=profile.get("signatory", ""),
                statuses=tuple(profile.get("statuses", ())),
            ),
            statements=tuple(
                Statement(s["kind"], s["words"], s.get("language", "en"))
                for s in self.details.get("statements") or ()
            ),
            content_class=content_class,
            depicted_minor=self.row.depicted_as != "adult",
            synthetic=self.row.synthetic == "synthetic" or content_class is ContentClass.DEEPFAKE,
        )


_CASES: Final = """
SELECT c.*,
       (SELECT jsonb_agg(DISTINCT jsonb_build_array(s.moved_at >= a.at, a.addressee, a.discloses))
          FROM approvals a
          LEFT JOIN platform_settings s
            ON s.organisation_id = a.organisation_id AND s.platform = a.addressee
         WHERE a.case_id = c.id) AS approvals
  FROM cases c WHERE c.id = ANY(:ids) AND c.organisation_id = :org ORDER BY c.id"""


async def open_case(
    u: Unit, organisation_id: UUID, case_id: UUID, *, lock: bool = False
) -> OpenCase:
    """Raises `NotFound` also for a case of another organisation."""
    opened = await open_cases(u, organisation_id, [case_id], lock=lock)
    if case_id not in opened:
        raise NotFound("There is no such case.")
    return opened[case_id]


async def open_cases(
    u: Unit, organisation_id: UUID, case_ids: Sequence[UUID], *, lock: bool = False
) -> Mapping[UUID, OpenCase]:
    """Those of these cases that the organisation has, by id."""
    statement = _CASES + (" FOR NO KEY UPDATE OF c" if lock else "")
    rows = (await u.run(statement, ids=list(case_ids), org=organisation_id)).all()
    if not rows:
        return {}
    organisation = (
        await u.run("SELECT * FROM organisations WHERE id = :id", id=organisation_id)
    ).one()
    return {row.id: _opened(u, row, organisation) for row in rows}


def _opened(u: Unit, row: Any, organisation: Any) -> OpenCase:
    key = u.case_keys[row.id] = u.vault.open_key(row.id, row.key_wrapped)
    approvals = row.approvals or ()
    still = [
        (addressee, discloses) for has_moved, addressee, discloses in approvals if not has_moved
    ]
    return OpenCase(
        row=row,
        organisation=organisation,
        key=key,
        organisation_key=u.vault.open_key(organisation.id, organisation.key_wrapped),
        details=key.open_json(DETAILS, row.id, row.details_sealed),
        approved=frozenset((name, frozenset(map(Field, discloses))) for name, discloses in still),
        outdated=frozenset(name for _, name, _ in approvals) - {name for name, _ in still},
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be asked for one takedown, of whom, in which words, and what is missing."""

    parts: tuple[tuple[Spec, Notice], ...]
    rungs: tuple[int, ...]  # of the parts
    missing: tuple[Element, ...]

    @property
    def digest(self) -> bytes:
        return notices.digest(self.parts)

    @property
    def specs(self) -> tuple[Spec, ...]:
        return tuple(spec for spec, _ in self.parts)


def plan(
    case: OpenCase,
    takedown: Takedown,
    locator: Locator,
    specs: Mapping[str, Spec],
    desks: Mapping[str, Desk],
) -> Plan:
    """Compose what a takedown would send, and where, as if it went alone, without reference and
    time.
    """
    matter = case.matter(takedown.content_class)
    parts: list[tuple[Spec, Notice]] = []
    gaps: list[Element] = []
    ladder = routing.plan(takedown, case.facts(), specs)
    for planned in ladder:
        spec = specs[planned.addressee]
        frame = Frame(Purpose.FIRST, planned.basis)
        notice = notices.compose(spec, matter, frame, [Item("", locator)])
        parts.append((spec, desks[spec.name].addressed(notice)))
        if not spec.rights_in:  # a copyright notice that lacks something holds nobody else up
            gaps += notices.missing(matter, planned.basis, [locator])
    return Plan(tuple(parts), tuple(p.rung for p in ladder), tuple(dict.fromkeys(gaps)))


def wanted_holds(case: OpenCase, found: Plan, now: datetime) -> tuple[str, ...]:
    """The kinds of hold that a new takedown of this case starts with."""
    kinds = permission.holds(case.permission(), now)
    if found.missing:
        kinds += ("element_missing",)
    if permission.needs_approval(case.organisation.approval, case.approved, found.specs):
        kinds += ("approval",)
    if case.row.paused:
        kinds += ("paused",)
    return kinds


def regime(value: str) -> Regime:
    """The legal basis behind its stored name."""
    return Regime(value)


def content_class(carried: Sequence[Any], case: OpenCase) -> ContentClass:
    """The class of a message: that of its first item, else the case's."""
    return ContentClass(carried[0].content_class if carried else case.row.content_class)
