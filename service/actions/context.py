"""What every action is given: the store, the rules, the platforms, and the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from adapters.base import Adapter, Tools
from adapters.spec import Notice, Spec
from service.domain.states import Actor
from service.store import keys
from service.store.ledger import Rules
from service.store.unit import Store, Unit


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: one API key of one organisation, or the machine on its behalf, which has none."""

    organisation_id: UUID
    key_id: UUID | None
    actor: Actor


@dataclass(frozen=True, slots=True)
class Desk:
    """One platform as one organisation has set it up.

    `afar`: the same, looking from the second vantage; None without one. It knows no secret.
    """

    adapter: Adapter
    enabled: bool
    version: int
    afar: Adapter | None = None

    @property
    def ready(self) -> bool:
        """Whether it can be contacted: nothing is missing and nobody has switched it off."""
        return self.enabled and not self.adapter.missing()

    def addressed(self, notice: Notice) -> Notice:
        """The notice with where it goes as things are set; what is frozen keeps that."""
        return replace(notice, goes_to=self.adapter.goes_to(notice))


@dataclass(frozen=True, slots=True)
class Vantage:
    """A second place to look from. `country`: two letters, or "" when it was not named."""

    tools: Tools
    country: str


class Platforms:
    """Adapters by organisation and name, built from what the organisation has set. Kept while that
    is unchanged.
    """

    def __init__(
        self,
        registry: tuple[type[Adapter], ...],
        tools: Tools | None,
        vantage: Vantage | None = None,
    ) -> None:
        self.classes = {cls.spec.name: cls for cls in registry}
        self.vantage = vantage
        self._tools = tools
        self._built: dict[tuple[UUID, str], Desk] = {}

    async def close(self) -> None:
        """Give back what the adapters share."""
        if self._tools is not None:
            await self._tools.http.aclose()
        if self.vantage is not None:
            await self.vantage.tools.http.aclose()

    async def of(self, u: Unit, organisation_id: UUID) -> Mapping[str, Desk]:
        """All platforms for one organisation, in match order."""
        rows = await u.run(
            "SELECT platform, settings, secrets_sealed, enabled, version FROM platform_settings"
            " WHERE organisation_id = :id",
            id=organisation_id,
        )
        found = {row.platform: row for row in rows}
        desks = {}
        for name, cls in self.classes.items():
            row = found.get(name)
            desk = self._built.get((organisation_id, name))
            version = row.version if row else 0
            if desk is None or desk.version != version:
                settings: Mapping[str, str] = row.settings if row else {}
                secrets: Mapping[str, str] = {}
                if row:
                    key = await keys.organisation_key(u, organisation_id)
                    secrets = key.open_json(
                        f"platform_settings.secrets.{name}", organisation_id, row.secrets_sealed
                    )
                adapter = cls(settings, secrets, self._tools)
                afar = cls(settings, {}, self.vantage.tools) if self.vantage else None
                desk = Desk(adapter, row.enabled if row else True, version, afar)
                self._built[organisation_id, name] = desk
            desks[name] = desk
        return desks


@dataclass(frozen=True, slots=True)
class Context:
    """Everything an action needs from outside itself."""

    store: Store
    rules: Rules
    platforms: Platforms
    now: Callable[[], datetime]

    def spec_of(self, lane_id: str) -> Spec | None:
        """The platform of a lane. None when this process does not know it: a newer version's, or
        that of a ring that was meant for others. Then the lane is left to those who do.
        """
        return self.rules.specs.get(lane_id.partition("/")[0])
