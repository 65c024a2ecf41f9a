"""The ground that everything is measured on: one Postgres as shipped (`fsync` and
`synchronous_commit` on), one Redis, one stub platform, all of this run's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import asyncpg

from adapters.base import Tools
from adapters.egress import Egress
from adapters.http import Http
from adapters.mail import Mail
from adapters.registry import ADAPTERS
from adapters.spec import Rate
from bench.processes import Stub, listening
from service.actions import organisations, platforms
from service.actions.context import Caller, Context, Platforms
from service.domain.pace import Pace
from service.domain.states import Actor
from service.embedded.postgres import EmbeddedPostgres
from service.embedded.redis import EmbeddedRedis
from service.store import schema
from service.store.ledger import Rules
from service.store.sealing import Vault
from service.store.unit import Store, make_engine

SITE: Final = "https://video.bench.test"
UNLIMITED: Final = Rate(per_minute=float("inf"), in_flight=100_000)
PROFILE: Final = {
    "legal_name": "Example Centre",
    "email": "notices@centre.example",
    "address": "1 Example Road",
    "signatory": "Example Centre, legal desk",
}
CASE: Final[dict[str, Any]] = {
    "depicted_as": "adult",
    "person_now": "adult",
    "jurisdictions": ["KR"],
    "content_class": "ncii",
    "synthetic": "real",
    "urgent": False,
    "mandate": {"kind": "centre_by_law"},
    "consent": [],
    "statements": [
        {"kind": "good_faith", "language": "en", "words": "We believe this is accurate."},
        {"kind": "no_consent", "language": "en", "words": "The person did not consent."},
        {"kind": "authority", "language": "en", "words": "We act with authority."},
    ],
}


@dataclass(frozen=True, slots=True)
class Ground:
    """Where everything is."""

    folder: Path
    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    stub: Stub

    @property
    def key_file(self) -> Path:
        return self.folder / "seal.key"

    @property
    def url(self) -> str:
        """The record, as the application's role."""
        return self.postgres.url("efface_app")

    def dsn(self, database: str = "efface") -> str:
        """A database as superuser, the way asyncpg reads it: to prepare and to count."""
        return plain(self.postgres.superuser_url(database))

    def postmaster(self) -> int:
        """The process that all of Postgres's are children of."""
        note = self.folder / "pg" / "cluster" / "postmaster.pid"
        return int(note.read_text().splitlines()[0])


@dataclass(frozen=True, slots=True)
class Centre:
    """An organisation that has set the stub up: its case worker, and the key that one has."""

    caller: Caller
    token: str


def plain(url: str) -> str:
    """SQLAlchemy's address as asyncpg reads it."""
    return url.replace("postgresql+asyncpg://", "postgresql://")


@contextlib.contextmanager
def open_ground(*, tables: bool = True, **stub: float) -> Iterator[Ground]:
    """Everything runs inside; nothing is left afterwards. `tables`: efface's, migrated."""
    with TemporaryDirectory(prefix="efface-bench-") as name, contextlib.ExitStack() as left:
        folder = Path(name)
        postgres, redis = EmbeddedPostgres(folder / "pg"), EmbeddedRedis(folder / "redis")
        for server in (postgres, redis):
            left.callback(server.stop)
            server.start()
        ground = Ground(folder, postgres, redis, left.enter_context(listening(**stub)))
        Vault.make_file(ground.key_file)
        if tables:
            asyncio.run(schema.migrate(postgres.url("efface_migrator"), app_role="efface_app"))
        yield ground


def quick() -> Pace:
    """Nobody waits for a person to change their mind, nor between two steps of a lifecycle.

    The poll's news bring the look: without them it would be made an hour later, and not twice.
    """
    none = timedelta()
    return dataclasses.replace(Pace(), undo=none, poll_first=none, look_soon=timedelta(hours=1))


def shipped() -> Pace:
    """Every wait as it ships, but for the time to change one's mind: it is a setting."""
    return dataclasses.replace(Pace(), undo=timedelta())


def tools() -> Tools:
    """What adapters reach the outside with; here that is the stub on loopback."""
    http = Http(Egress(allow_cidrs=("127.0.0.0/8",)))
    return Tools(http, Mail(host="127.0.0.1", port=1, tls="none"), lambda: datetime.now(UTC))


@contextlib.asynccontextmanager
async def acting(
    database_url: str, key_file: Path, pace: Pace, pool: int = 10
) -> AsyncIterator[Context]:
    """What actions need, as the product builds it, but for lanes that make nobody wait."""
    store = Store(make_engine(database_url, pool_size=pool), Vault.from_file(key_file))
    specs = {a.spec.name: dataclasses.replace(a.spec, lane=UNLIMITED) for a in ADAPTERS}
    reach = tools()
    ctx = Context(store, Rules(specs, pace), Platforms(ADAPTERS, reach), reach.now)
    try:
        yield ctx
    finally:
        await ctx.platforms.close()
        await store.close()


async def settle_in(ctx: Context, stub_url: str, name: str = "Bench") -> Centre:
    """A new organisation that asks nobody for approval and has the stub as its PeerTube."""
    organisation = await organisations.make_organisation(
        ctx, name, approval="none", profile=PROFILE
    )
    made = [
        await organisations.make_key(ctx, organisation, role)
        for role in (Actor.ADMIN, Actor.CASE_WORKER)
    ]
    admin, worker = [(await organisations.identify(ctx, m.token)).caller for m in made]
    settings = {"base_url": stub_url, "site_url": SITE}
    secrets = {"username": "bench", "password": "bench"}
    await platforms.change(ctx, admin, "peertube", 0, settings, secrets, enabled=True)
    return Centre(worker, made[1].token)


async def fetch(dsn: str, statement: str, *values: Any) -> Any:
    """One value, beside the product's own connections."""
    conn = await asyncpg.connect(dsn)
    try:
        return await conn.fetchval(statement, *values)
    finally:
        await conn.close()


async def wait_for(dsn: str, statement: str, count: int, within_s: float) -> None:
    """Return when the statement counts that many. Raises `TimeoutError`."""
    conn = await asyncpg.connect(dsn)
    try:
        async with asyncio.timeout(within_s):
            while await conn.fetchval(statement) < count:  # noqa: ASYNC110 - the database says when
                await asyncio.sleep(0.05)
    finally:
        await conn.close()
