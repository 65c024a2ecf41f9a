"""Practice leaves the machine by no way: a real platform's address that somebody hands in calls
nobody.
"""

from __future__ import annotations

from pathlib import Path

from adapters.spec import Observation, Seen, Url
from service import settings, worker
from service.store.sealing import Vault


async def seen_in(tmp_path: Path, *, playground: bool) -> Observation:
    Vault.make_file(tmp_path / "seal.key")
    found = settings.load(
        database_url="postgresql+asyncpg://nobody@/none?host=/nonexistent",
        redis_url="unix:///nonexistent/redis.sock", key_file=tmp_path / "seal.key",
        playground=playground,
    )  # fmt: skip
    ctx = worker.build(found)
    try:
        adapter = ctx.platforms.classes["x"]({"oembed_url": "https://192.0.2.1.invalid/oembed"}, {},
                                             ctx.platforms._tools)  # fmt: skip
        locator = adapter.match(Url("https://x.com/examplename/status/1234567890123456789"))
        assert locator is not None
        return await adapter.look(locator)
    finally:
        await worker.close(ctx)


async def test_practice_asks_not_even_a_name_server(tmp_path: Path) -> None:
    observed = await seen_in(tmp_path, playground=True)

    assert (observed.seen, observed.rule) == (Seen.CANNOT_SEE, "egress_denied")


async def test_in_earnest_the_name_is_looked_up(tmp_path: Path) -> None:
    observed = await seen_in(tmp_path, playground=False)

    assert observed.seen is Seen.CANNOT_SEE
    assert observed.rule != "egress_denied"
