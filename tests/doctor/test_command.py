"""`efface doctor` as an operator runs it: lines, JSON, exit codes, and no value in any of them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service import settings
from service.cli import main
from service.doctor import chart as charts
from service.doctor import database
from tests.doctor.patient import Patient

ROOT = Path(__file__).parents[2]


def given(patient: Patient) -> dict[str, str]:
    """The patient's settings as an environment has them."""
    return {f"EFFACE_{name.upper()}": str(value) for name, value in patient.settings().items()}


async def said(patient: Patient, *options: str) -> Result:
    """What the command says, in this process: another takes seconds to import everything."""
    cli = CliRunner(env=given(patient))
    return await asyncio.to_thread(cli.invoke, main, ["doctor", *options])


async def run(patient: Patient, *options: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own with the patient's settings in its environment."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("EFFACE_")} | given(patient)
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "service.cli", "doctor", *options],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


async def test_all_is_well(in_earnest: Patient) -> None:
    ran = await run(in_earnest)

    assert (ran.returncode, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    assert [line.split()[1] for line in lines] == list(charts.CHECKS)
    assert all(line.startswith("ok     ") for line in lines)
    assert re.search(r"Read: \d+ lines of \d+ chains, [\d,]+ a second", ran.stdout)


async def test_something_is_wrong(patient: Patient) -> None:
    await patient.plant("UPDATE entries SET reason = 'lawful' WHERE machine = 'notice'")

    ran = await run(patient, "--json")

    assert ran.returncode == 1
    found = json.loads(ran.stdout)
    wrong = {f["check"] for f in found["findings"] if f["level"] == "wrong"}
    assert (found["status"], wrong) == ("wrong", {"record.hashes", "database.durable"})
    assert found["figures"]["entries"] > 100
    assert found["not_examined"] == []


async def test_quick_leaves_the_lines_unread(patient: Patient) -> None:
    await patient.plant("UPDATE entries SET reason = 'lawful' WHERE machine = 'notice'")

    found = json.loads((await said(patient, "--json", "--quick")).stdout)

    assert {f["check"] for f in found["findings"] if f["level"] == "wrong"} == {"database.durable"}
    assert "record.hashes" in found["not_examined"]


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"smtp_port": "s3cret"}, "settings.values"),
        ({"database_url": "postgresql+asyncpg://s3cret:s3cret@127.0.0.1:1/s3cret"}, "database."),
        ({"database_url": "postgresql+asyncpg://a@b:s3cret/c"}, "database."),
    ],
)
async def test_the_record_cannot_be_examined(
    patient: Patient, changes: dict[str, str], check: str
) -> None:
    patient.changed |= changes

    ran = await said(patient)

    assert ran.exit_code == 2
    assert f"\nwrong  {check}" in f"\n{ran.stdout}"
    assert "\nnot examined: " in ran.stdout
    assert "s3cret" not in ran.stdout + ran.stderr


async def test_a_right_that_we_need_is_missing(patient: Patient) -> None:
    await patient.plant("REVOKE SELECT ON entries FROM efface_app")

    ran = await said(patient)

    assert ran.exit_code == 2
    assert "wrong  database.rights       Too little is granted: SELECT on entries." in ran.stdout
    assert "wrong  database.reachable    The database broke off the examination (" in ran.stdout


async def test_no_line_holds_a_value(patient: Patient) -> None:
    """Nothing of what a centre or an operator has entered."""
    await patient.plant(
        "UPDATE lanes SET closed_because = 'http_401', platform = 's3cret' WHERE platform = 'desk'",
        "UPDATE workers SET id = 's3cret'",
    )
    patient.changed |= {"smtp_username": "s3cret", "smtp_password": "s3cret", "smtp_port": 1}

    ran = await run(patient, "--json")

    hidden = ("s3cret", "Example Centre", "desk.example", str(patient.key_file), patient.database)
    assert [word for word in hidden if word in ran.stdout + ran.stderr] == []
    assert "lanes.open" in ran.stdout


async def test_it_can_write_nothing(patient: Patient) -> None:
    async with database.read_only(settings.load(**patient.settings())) as conn:
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await conn.execute(text("UPDATE lanes SET killed = true"))


def test_the_help_lists_every_check() -> None:
    page = CliRunner().invoke(main, ["doctor", "--help"]).output

    assert [check for check in charts.CHECKS if check not in page] == []
    assert all(check in charts.table() for check in charts.CHECKS)


def test_a_folder_where_nothing_runs(tmp_path: Path) -> None:
    ran = CliRunner().invoke(main, ["doctor", "--data", str(tmp_path)])

    assert ran.exit_code == 3
