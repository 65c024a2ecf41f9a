"""Who received what about a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from adapters.spec import Spec
from service.actions.queries.disclosures import Disclosures
from service.api.schemas.plain import At, Outgoing
from service.domain.disclosures import Arrival, Disclosure


def _says(description: str) -> Any:
    return Field(description=description)


class ArrivalLine(Outgoing):
    """Messages that arrived equally surely.

    `sent`: they have it. `handed_to_relay`: our mail relay took it, and nothing has come back.
    `stated_by_person`: a person says that it was filed or arrived. `rejected`: read and not taken.
    `bounced`: came back. `unconfirmed`: nobody can tell. `perhaps_sent`: nobody knows yet.
    """

    arrival: Arrival
    messages: int
    addresses: Annotated[int, _says("How many addresses stand in them.")]


class AddresseeLine(Outgoing):
    """One addressee. A platform of the past has its name as title, and channel `not_known`."""

    addressee: str
    title: str
    channel: str

    @classmethod
    def named(cls, addressee: str, spec: Spec | None, **more: Any) -> Self:
        return cls(
            addressee=addressee,
            title=spec.title if spec else addressee,
            channel=spec.channel.value if spec else "not_known",
            **more,
        )


class DisclosureLine(AddresseeLine):
    """What one addressee was told, or may have been."""

    sent_to: Annotated[
        str | None,
        _says(
            "Where these messages went, as it was set when they left: the mail address, or the host"
            " that was called. Null where a person sent them, and where there is one place only."
        ),
    ]
    country: str
    discloses: Annotated[
        list[str], _says("The fields that stood in these messages. An empty one is not disclosed.")
    ]
    travels_to: Annotated[list[str], _says("Who else may receive or publish it, as known today.")]
    addresses: Annotated[int, _says("How many addresses, each once.")]
    messages: int
    purposes: Annotated[dict[str, int], _says("How many of these messages were for what.")]
    arrivals: Annotated[list[ArrivalLine], _says("How sure it is, the surest first.")]
    first_at: Annotated[At, _says("When the first one began to leave.")]
    last_at: At

    @classmethod
    def of(cls, line: Disclosure, spec: Spec | None) -> Self:
        return cls.named(
            line.addressee,
            spec,
            sent_to=line.sent_to,
            country=spec.country if spec else "",
            discloses=sorted(each.value for each in line.discloses),
            travels_to=list(spec.travels_to) if spec else [],
            addresses=len(line.addresses),
            messages=line.purposes.total(),
            purposes={p.value: n for p, n in sorted(line.purposes.items())},
            arrivals=[
                ArrivalLine(
                    arrival=arrival, messages=share.messages, addresses=len(share.addresses)
                )
                for arrival in Arrival
                if (share := line.arrivals.get(arrival))
            ],
            first_at=line.first_at,
            last_at=line.last_at,
        )


class PreparedLine(AddresseeLine):
    """Messages that have not left, as far as anybody has said."""

    messages: int


class ElsewhereLine(AddresseeLine):
    """Addresses of this case that another case's messages told, with nothing of this case."""

    addresses: int


class DisclosuresBody(Outgoing):
    """Who received what, by name of the addressee. No address that was reported, and no text."""

    case_id: UUID
    as_of: At
    items: Annotated[list[DisclosureLine], _says("Received, or may have been.")]
    prepared: Annotated[
        list[PreparedLine],
        _says("Not told yet: what waits for its time, or for a person to file it and say so."),
    ]
    by_other_cases: Annotated[
        list[ElsewhereLine], _says("Where this case joined what was asked for another one.")
    ]

    @classmethod
    def of(cls, case_id: UUID, found: Disclosures) -> Self:
        specs: Mapping[str, Spec] = found.specs
        return cls(
            case_id=case_id,
            as_of=found.as_of,
            items=[DisclosureLine.of(line, specs.get(line.addressee)) for line in found.told],
            prepared=[
                PreparedLine.named(name, specs.get(name), messages=n)
                for name, n in found.prepared.items()
            ],
            by_other_cases=[
                ElsewhereLine.named(name, specs.get(name), addresses=n)
                for name, n in found.by_other_cases.items()
            ],
        )
