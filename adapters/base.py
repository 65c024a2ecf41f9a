"""What every adapter inherits: construction, host matching, and which verbs it has.

Channel bases live beside it: `Api` in `adapters.http`, `Account` in `adapters.mtproto`, `Mailbox`
in `adapters.mail`, `WebForm` in `adapters.form`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from adapters.dial import Dial, nowhere
from adapters.spec import (
    Ability,
    Answers,
    Key,
    Locator,
    Notice,
    Observation,
    Receipt,
    Spec,
    Url,
)

if TYPE_CHECKING:
    from adapters.http import Http
    from adapters.mail import Mail

__all__ = ["Adapter", "Tools"]


@dataclass(frozen=True, slots=True)
class Tools:
    """What reaches the outside on an adapter's behalf: one set per process, shared by all."""

    http: Http
    mail: Mail
    now: Callable[[], datetime]
    dial: Dial = nowhere  # connections that are not HTTP; unless given, none can be made


class Adapter:
    """One platform, one channel. `settings` and `secrets` are those of one organisation, by name.

    `tools` may be None where only the pure verbs (`match`, `spec`) are used.
    An adapter object lives as long as its settings do, so it may keep session tokens in memory.
    """

    spec: ClassVar[Spec]

    def __init__(
        self, settings: Mapping[str, str], secrets: Mapping[str, str], tools: Tools | None
    ) -> None:
        defaults = {setting.name: setting.default for setting in self.spec.settings}
        self.settings: Mapping[str, str] = {**defaults, **settings}
        self.secrets = secrets
        self._tools = tools

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.spec.name}>"

    @property
    def tools(self) -> Tools:
        if self._tools is None:
            raise RuntimeError(
                f"{self.spec.name} was built without tools: only match() may be used"
            )
        return self._tools

    def missing(self) -> tuple[str, ...]:
        """The names of what is not set and must be: while there is any, it is `not set up`."""
        settings = [s.name for s in self.spec.settings if s.required and not self.settings[s.name]]
        secrets = [s.name for s in self.spec.needs if not self.secrets.get(s.name)]
        return (*settings, *secrets)

    def goes_to(self, notice: Notice) -> str:  # noqa: ARG002 - a mailbox may have two addresses
        """Where this message goes by these settings; "" where there is one place only."""
        return " ".join(filter(None, (self.settings[name] for name in self.spec.destinations)))

    def is_who_was_told(self, notice: Notice) -> bool:
        """Whether this message left for where these settings lead, as far as that was kept."""
        return notice.goes_to in ("", self.goes_to(notice))

    def match(self, url: Url) -> Locator | None:
        """What this address stands for here; None when it is not ours. Pure and total."""
        raise NotImplementedError

    def match_at(self, url: Url) -> Locator | None:  # noqa: ARG002 - federated software alone
        """What this address stands for on a host that runs our software (`spec.software`), whoever
        runs it; None where it is nothing that can be reported. Pure and total.

        Provisional: `resolve` asks the instance where the centre has its account. What that does
        not know is `NotSent("cannot_resolve")`: said often enough, the address goes to its host.
        """
        return None

    async def resolve(self, locator: Locator) -> Locator:
        """A final locator for a provisional one. Raises `ContentGone` when nothing is there."""
        raise NotImplementedError

    async def send(self, notice: Notice, key: Key) -> Receipt:
        """Deliver once. Raises exactly one `PlatformError` when there is no receipt."""
        raise NotImplementedError

    async def find(self, notice: Notice, key: Key) -> Receipt | None:
        """The receipt of an earlier `send` of this notice; None when they surely have none."""
        raise NotImplementedError

    async def poll(self, receipt: Receipt) -> Answers:
        """What the platform says now. Never guesses "removed"."""
        raise NotImplementedError

    async def look(self, locator: Locator) -> Observation:
        """What is seen there now. Raises `Throttled` alone: any other failure is `CANNOT_SEE`."""
        raise NotImplementedError

    @classmethod
    def verbs(cls) -> frozenset[Ability]:
        """The optional verbs that this class defines; a test holds it equal to `spec.can`."""
        return frozenset(
            a for a in Ability if getattr(cls, a.value) is not getattr(Adapter, a.value)
        )
