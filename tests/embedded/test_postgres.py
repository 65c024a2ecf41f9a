"""The embedded Postgres as the product uses it: who may do what, crashes, and warm starts."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from service.embedded.errors import EmbeddedError, FolderInUse, NotPrivate
from service.embedded.postgres import EmbeddedPostgres


async def ask(url: str, query: str) -> Any:
    line = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await line.fetchval(query)
    finally:
        await line.close()


async def test_it_is_postgres_18_or_newer_and_durable(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.start()
    try:
        url = server.url("efface_app")
        found = {
            name: await ask(url, f"SHOW {name}")
            for name in ("fsync", "data_checksums", "listen_addresses", "unix_socket_permissions")
        }
        major = int(await ask(url, "SHOW server_version_num")) // 10_000
        locale = await ask(
            url,
            "SELECT concat_ws(' ', datlocprovider, datlocale, pg_encoding_to_char(encoding))"
            " FROM pg_database WHERE datname = 'efface'",
        )
    finally:
        server.stop()

    assert major >= 18
    assert locale == "b C.UTF-8 UTF8"
    assert found == {
        "fsync": "on",
        "data_checksums": "on",
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
    }


async def test_the_product_is_no_superuser_and_owns_nothing(postgres: EmbeddedPostgres) -> None:
    url = postgres.url("efface_app")

    assert await ask(url, "SELECT current_user") == "efface_app"
    assert await ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'efface'"
    assert await ask(url, owner) == "efface_owner"


async def test_what_a_migration_makes_belongs_to_the_owner(postgres: EmbeddedPostgres) -> None:
    await ask(postgres.url("efface_migrator"), "CREATE TABLE made_by_migration ()")
    try:
        owner = await ask(
            postgres.url("efface_app"),
            "SELECT tableowner FROM pg_tables WHERE tablename = 'made_by_migration'",
        )
    finally:
        await ask(postgres.url("efface_migrator"), "DROP TABLE made_by_migration")

    assert owner == "efface_owner"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine ()",
        "CREATE TEMPORARY TABLE mine ()",
        "CREATE SCHEMA mine",
        "DO $$ BEGIN END $$",
        "CREATE ROLE mine",
        "SET ROLE efface_owner",
        "SET ROLE postgres",
        "SET session_replication_role = replica",
    ],
)
async def test_the_product_may_not(postgres: EmbeddedPostgres, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(postgres.url("efface_app"), statement)


@pytest.mark.parametrize("database", ["postgres", "template1"])
async def test_the_product_may_not_enter_other_databases(
    postgres: EmbeddedPostgres, database: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(postgres.url("efface_app", database), "SELECT 1")


async def test_a_function_of_the_owner_is_not_for_everybody(postgres: EmbeddedPostgres) -> None:
    migrator = postgres.url("efface_migrator")
    await ask(migrator, "CREATE FUNCTION secret() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ask(postgres.url("efface_app"), "SELECT secret()")
    finally:
        await ask(migrator, "DROP FUNCTION secret()")


async def test_the_owner_cannot_log_in(postgres: EmbeddedPostgres) -> None:
    url = postgres.url("efface_app").replace("efface_app", "efface_owner")

    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await ask(url, "SELECT 1")


async def test_a_committed_row_survives_a_crash(own_postgres: EmbeddedPostgres) -> None:
    own_postgres.start()
    migrator = own_postgres.url("efface_migrator")
    await ask(migrator, "CREATE TABLE kept AS SELECT 7 AS number")

    own_postgres.kill()
    own_postgres.start()

    assert await ask(migrator, "SELECT number FROM kept") == 7


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_second_start_is_quick(own_postgres: EmbeddedPostgres, end: str) -> None:
    own_postgres.start()
    getattr(own_postgres, end)()

    began = time.monotonic()
    own_postgres.start()

    assert time.monotonic() - began < 5  # 0.2 s on an idle machine
    assert await ask(own_postgres.url("efface_app"), "SELECT 1") == 1


def test_starting_and_stopping_twice_is_harmless(own_postgres: EmbeddedPostgres) -> None:
    own_postgres.start()
    own_postgres.start()
    own_postgres.stop()
    own_postgres.stop()


def test_two_never_share_a_folder(own_postgres: EmbeddedPostgres, home: Path) -> None:
    own_postgres.start()

    with pytest.raises(FolderInUse, match=re.escape(str(home))):
        EmbeddedPostgres(home).start()


def test_the_folder_is_free_again_after_stop(own_postgres: EmbeddedPostgres, home: Path) -> None:
    own_postgres.start()
    own_postgres.stop()

    again = EmbeddedPostgres(home, durable=False)
    again.start()
    again.stop()


def test_the_folder_is_private_and_its_ancestors_unchanged(
    own_postgres: EmbeddedPostgres, home: Path
) -> None:
    ancestors = {path: path.stat() for path in home.parents}

    own_postgres.start()

    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "cluster").stat().st_mode) == 0o700
    for path, before in ancestors.items():
        now = path.stat()
        assert (now.st_mode, now.st_uid, now.st_gid) == (
            before.st_mode,
            before.st_uid,
            before.st_gid,
        )


def test_parents_that_had_to_be_made_are_private_too(home: Path) -> None:
    deep = home / "a" / "b"
    server = EmbeddedPostgres(deep, durable=False)

    server.start()
    server.stop()

    assert {stat.S_IMODE(p.stat().st_mode) for p in (home, home / "a", deep)} == {0o700}


def test_a_folder_open_to_others_is_refused_and_left_alone(home: Path) -> None:
    home.mkdir()
    home.chmod(0o755)

    with pytest.raises(NotPrivate, match="chmod 700"):
        EmbeddedPostgres(home).start()

    assert stat.S_IMODE(home.stat().st_mode) == 0o755
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("name", ["long" * 40, "with space, comma and 한글"])
async def test_a_path_no_socket_can_have_gets_its_sockets_elsewhere(home: Path, name: str) -> None:
    server = EmbeddedPostgres(home / name, durable=False)
    server.start()
    sockets = Path(server.url("efface_app").split("host=")[1].split("&")[0])
    try:
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert await ask(server.url("efface_app"), "SELECT 1") == 1

        server.kill()
        server.start()

        assert await ask(server.url("efface_app"), "SELECT 1") == 1
        assert str(sockets) in server.url("efface_app")
    finally:
        server.stop()

    assert not sockets.exists()


async def test_after_a_crash_another_process_finds_the_same_sockets(home: Path) -> None:
    first = EmbeddedPostgres(home / ("long" * 40), durable=False)
    first.start()
    first.kill()
    first._lock.release()  # as the system does for a dead process

    second = EmbeddedPostgres(home / ("long" * 40), durable=False)
    second.start()
    url = second.url("efface_app")
    second.stop()

    assert url == first.url("efface_app")


def test_a_half_made_cluster_is_made_again(home: Path) -> None:
    home.mkdir(mode=0o700)
    (home / "cluster.unfinished").mkdir()
    (home / "cluster.unfinished" / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(home, durable=False)

    server.start()
    server.stop()

    assert (home / "cluster" / "PG_VERSION").exists()
    assert not (home / "cluster.unfinished").exists()


async def test_roles_half_made_are_made_whole(own_postgres: EmbeddedPostgres, home: Path) -> None:
    own_postgres.start()
    await ask(own_postgres.superuser_url("postgres"), "DROP DATABASE efface")
    own_postgres.stop()
    (home / "roles.made").unlink()

    own_postgres.start()

    assert await ask(own_postgres.url("efface_app"), "SELECT 1") == 1


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at /proc")
def test_a_note_that_names_a_stranger_does_not_stop_the_start(
    own_postgres: EmbeddedPostgres, home: Path
) -> None:
    own_postgres.start()
    note = (home / "cluster" / "postmaster.pid").read_text().splitlines()
    own_postgres.kill()
    (home / "cluster" / "postmaster.pid").write_text("\n".join([str(os.getpid()), *note[1:]]))

    own_postgres.start()


async def test_a_failed_statement_leaves_no_value_in_the_log(
    own_postgres: EmbeddedPostgres, home: Path
) -> None:
    own_postgres.start()
    migrator = own_postgres.url("efface_migrator")
    await ask(migrator, "CREATE TABLE once (word text PRIMARY KEY)")

    failures: list[tuple[type[Exception], Callable[[], Awaitable[Any]]]] = [
        (asyncpg.DataError, lambda: ask(migrator, "SELECT 'canary'::uuid")),
        (
            asyncpg.UniqueViolationError,
            lambda: ask(migrator, "INSERT INTO once VALUES ('canary'), ('canary')"),
        ),
        (asyncpg.PostgresSyntaxError, lambda: ask(migrator, "canary")),
    ]
    for expected, fail in failures:
        with pytest.raises(expected):
            await fail()

    assert "canary" not in (home / "postgres.log").read_text()


def test_a_server_that_cannot_start_says_why(own_postgres: EmbeddedPostgres, home: Path) -> None:
    own_postgres.start()
    own_postgres.stop()
    (home / "cluster" / "postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(EmbeddedError, match="no_such_setting"):
        own_postgres.start()

    with pytest.raises(EmbeddedError, match="no_such_setting"):  # and it let go of the folder
        EmbeddedPostgres(home).start()
