"""The files for containers name only what is there, settings, commands, addresses and secrets, and
hold to the rules that keep a centre's data its own.
"""

from __future__ import annotations

import itertools
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from service import app, settings
from service.api.application import declared
from service.cli import main
from service.embedded import binaries, postgres, roles
from service.engine import run
from service.settings import PREFIX, Settings

ROOT: Final = Path(__file__).parents[2]
FILE: Final[dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: Final[dict[str, dict[str, Any]]] = FILE["services"]
OURS: Final = [name for name, service in SERVICES.items() if "build" in service]
KEYS: Final = frozenset({
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "init",
    "logging", "mem_limit", "networks", "pids_limit", "ports", "read_only", "restart", "secrets",
    "security_opt", "shm_size", "stop_grace_period", "tmpfs", "user", "volumes",
})  # fmt: skip
"""Keys of a service that the compose specification knows, and that this file needs."""
EACH = pytest.mark.parametrize("name", SERVICES)
EACH_OF_OURS = pytest.mark.parametrize("name", OURS)
BOX: Final = (ROOT / "Dockerfile").read_text()


def seconds(text: str) -> int:
    found = re.fullmatch(r"(\d+)s", text)
    assert found, text
    return int(found[1])


def words(name: str) -> list[str]:
    command = SERVICES[name].get("command", [])
    assert isinstance(command, list), "a list is run as it is, without a shell"
    return command


def steps() -> list[tuple[str, str]]:
    """Every instruction of the Dockerfile, with its words."""
    whole = re.sub(r"\\\n\s*", "", "\n".join(x for x in BOX.splitlines() if not x.startswith("#")))
    return [(a, b) for a, _, b in (line.partition(" ") for line in whole.splitlines() if line)]


def test_there_are_two_of_each_and_what_they_stand_on() -> None:
    commands = [words(name)[0] for name in OURS]

    assert sorted(commands) == ["api", "api", "migrate", "worker", "worker"]
    assert {SERVICES[n]["image"].partition(":")[0] for n in SERVICES if n not in OURS} == {
        "postgres", "valkey/valkey",
    }  # fmt: skip
    assert SERVICES["postgres"]["image"].startswith("postgres:18.")


@EACH
def test_a_service_says_only_what_the_specification_knows(name: str) -> None:
    service = SERVICES[name]

    assert set(service) <= KEYS
    assert set(service["networks"]) <= set(FILE["networks"])
    assert set(service["secrets"]) <= set(FILE["secrets"])
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    for needed, how in service.get("depends_on", {}).items():
        done = how["condition"] == "service_completed_successfully"
        assert done == (needed == "migrate")
        assert done or SERVICES[needed]["healthcheck"].get("test")


@EACH
def test_a_service_is_locked_down(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["user"].partition(":")[0] not in ("0", "root", "")
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["restart"] in ("unless-stopped", "on-failure:3")
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    assert re.fullmatch(r"[\w/]+:\d+\.\d+[\w.-]*", service["image"]), "a version, never `latest`"
    assert service["healthcheck"]


def test_only_apis_are_published_and_only_to_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published.keys() == {name for name in OURS if words(name) == ["api"]}
    for (port,) in published.values():
        assert re.fullmatch(r"\$\{API_\d:-127\.0\.0\.1:\d+\}:8080", port)
    assert len({str(ports) for ports in published.values()}) == len(published)


def test_database_and_valkey_are_reached_from_inside_alone() -> None:
    assert FILE["networks"]["inside"]["internal"] is True
    for name in ("postgres", "valkey", "migrate"):
        assert SERVICES[name]["networks"] == ["inside"]
    assert all("inside" in SERVICES[name]["networks"] for name in OURS)
    assert {n for n in OURS if "out" in SERVICES[n]["networks"]} == {"worker-1", "worker-2"}


@EACH_OF_OURS
def test_every_setting_is_one_and_no_secret_is_a_variable(name: str) -> None:
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    hidden = {f for f, kind in Settings.model_fields.items() if "Secret" in str(kind.annotation)}
    given = SERVICES[name]["environment"]
    files = {each for each in SERVICES[name]["secrets"] if each.startswith(PREFIX.lower())}

    assert given.keys() <= known
    assert {f.upper() for f in files} <= known
    assert not {PREFIX + field.upper() for field in hidden} & given.keys()
    needed = {PREFIX + n.upper() for n, f in Settings.model_fields.items() if f.is_required()}
    assert needed <= given.keys() | {f.upper() for f in files}
    assert given["EFFACE_KEY_FILE"] == f"{settings.SECRETS}/seal_key"
    assert "seal_key" in SERVICES[name]["secrets"]


@EACH_OF_OURS
def test_what_it_is_told_starts_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {
        "efface_database_url": "postgresql+asyncpg://efface_app:x@postgres/efface",
        "efface_migrate_database_url": "postgresql+asyncpg://efface_migrator:x@postgres/efface",
        "efface_redis_url": "redis://:x@valkey:6379/0",
        "efface_smtp_password": "",
        "efface_imap_password": "",
        "efface_egress_proxy": "",
        "efface_vantage_proxy": "",
        "seal_key": "ab" * 32,
    }
    for secret in SERVICES[name]["secrets"]:
        (tmp_path / secret).write_text(values[secret])
        (tmp_path / secret).chmod(0o400)
    monkeypatch.setattr(settings, "SECRETS", tmp_path)
    monkeypatch.delenv("LITESTAR_DEBUG", raising=False)
    for variable, text in SERVICES[name]["environment"].items():
        unless_told = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
        inside = unless_told.replace(str(settings.SECRETS), "/run/secrets")
        monkeypatch.setenv(variable, inside.replace("/run/secrets", str(tmp_path)))

    found = settings.load()

    assert found.database_url.get_secret_value() == values["efface_database_url"]
    assert found.host == ("0.0.0.0" if words(name) == ["api"] else "127.0.0.1")


@EACH_OF_OURS
def test_every_command_is_one(name: str) -> None:
    assert words(name)[0] in main.commands


def test_nobody_is_killed_while_it_drains() -> None:
    drains = {
        "api": float(SERVICES["api-1"]["environment"]["EFFACE_API_DRAIN_S"]) + app.FINISH_S,
        "worker": run.DRAIN_S,
    }
    for name in OURS:
        grace = seconds(SERVICES[name]["stop_grace_period"])
        assert grace >= drains.get(words(name)[0], 0) + 15, name


def test_health_is_asked_where_it_is_told() -> None:
    addresses = {path for _, path, _ in declared()}
    asked = [SERVICES[n]["healthcheck"]["test"] for n in OURS if words(n) == ["api"]]

    assert asked
    for _, program, option, code in asked:
        assert (program, option) == ("python", "-c")
        compile(code, "healthcheck", "exec")
        found = re.search(r"http://127\.0\.0\.1:(\d+)(/[\w/]+)'", code)
        assert found
        assert found[1] == SERVICES["api-1"]["environment"]["EFFACE_PORT"]
        assert found[2] in addresses


def test_errors_of_the_database_quote_nothing() -> None:
    told = SERVICES["postgres"]["command"]
    options = dict(w.split("=", 1) for flag, w in itertools.pairwise(told) if flag == "-c")
    ours = {"log_min_messages", "log_min_error_statement", "log_error_verbosity", "max_connections"}

    assert options == {name: postgres.SETTINGS[name] for name in ours}


def test_every_pool_finds_room_in_the_database() -> None:
    pool = Settings.model_fields["database_pool"].default
    processes = len(OURS)

    assert processes * pool + 20 <= int(postgres.SETTINGS["max_connections"])


def test_the_roles_are_those_of_the_embedded_database() -> None:
    text = (ROOT / "deploy" / "1-roles.sql").read_text()

    assert text.endswith(roles.BOOTSTRAP.lstrip("\n"))
    mounted = [v.partition(":")[0] for v in SERVICES["postgres"]["volumes"] if v.startswith(".")]
    assert [ROOT / path for path in mounted] == sorted((ROOT / "deploy").iterdir())


def test_a_new_database_gets_roles_and_passwords(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ("app", "migrator"):
        (tmp_path / f"{role}_password").write_text(f"it's {role}\n")
    server = postgres.EmbeddedPostgres(tmp_path / "postgres", durable=False)
    server.start()
    try:
        psql = str(binaries.postgres_folder() / "psql")
        where = ["-h", str(server._sockets), "-U", "postgres", "-d", "postgres"]
        program = [psql, "-v", "ON_ERROR_STOP=1", "-XAtq", *where]
        for path in sorted((ROOT / "deploy").iterdir()):
            script = path.read_text().replace("/run/secrets", str(tmp_path))
            subprocess.run(program, input=script, text=True, check=True)
        query = (
            "SELECT rolname || ' ' || (rolpassword LIKE 'SCRAM-SHA-256$%') FROM pg_authid"
            " WHERE rolname LIKE 'efface%' AND rolcanlogin ORDER BY 1"
        )
        told = subprocess.run([*program, "-c", query], capture_output=True, text=True, check=True)
    finally:
        server.stop()

    assert told.stdout.split("\n")[:2] == ["efface_app true", "efface_migrator true"]


def test_the_image_installs_what_is_locked_and_nothing_else() -> None:
    installs = [given for step, given in steps() if step == "RUN" and "pip install" in given]

    assert len(installs) == 1
    given = shlex.split(installs[0])
    assert {"--require-hashes", "--only-binary=:all:"} <= set(given)
    assert given[given.index("-r") + 1] == "requirements.lock"


def test_the_image_is_no_root_and_runs_the_command_line() -> None:
    last = dict(steps())
    (copied,) = [set(g.split()[:-1]) for s, g in steps() if s == "COPY" and "pyproject" in g]
    folders = {g.split()[0] for s, g in steps() if s == "COPY" and not g.startswith("--")}

    assert last["USER"] == SERVICES["api-1"]["user"]
    assert last["STOPSIGNAL"] == "SIGTERM"
    assert last["ENTRYPOINT"] == '["python", "-P", "-m", "service.cli"]'
    assert last["EXPOSE"] == SERVICES["api-1"]["environment"]["EFFACE_PORT"]
    for path in copied | folders:
        assert (ROOT / path).exists(), path
    assert {"adapters", "migrations", "service"} <= folders
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"}
    assert copied | folders <= kept
    bases = {given.split()[0] for step, given in steps() if step == "FROM"}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.11-slim-\w+", bases.pop())
