"""The mailbox, as the doctor finds it: let in, kept out, or not there; nothing in it is changed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from service import settings
from service.doctor import box
from service.doctor.chart import Chart, Finding, Level
from service.store.sealing import Vault
from tests.adapters.mail.authority import Authority
from tests.doctor.patient import Patient
from tests.mailbox.server import PASSWORD, USER, MailServer, mail_server

CANARY = "c4n4ry"


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture
def given(tmp_path: Path) -> dict[str, Any]:
    """Settings of one installation. What they name beside the mailbox is asked by nobody."""
    Vault.make_file(tmp_path / "seal.key")
    return {
        "database_url": "postgresql+asyncpg://nobody@127.0.0.1:1/nothing",
        "redis_url": f"unix://{tmp_path}/nobody.sock",
        "key_file": tmp_path / "seal.key",
    }


def box_at(port: int, **changed: object) -> dict[str, Any]:
    """Settings under which this server's mailbox is read."""
    return {
        "imap_host": "127.0.0.1", "imap_port": port, "imap_tls": "none",
        "imap_username": USER, "imap_password": PASSWORD, **changed,
    }  # fmt: skip


async def found(given: dict[str, Any], context: ssl.SSLContext | None = None) -> Finding:
    chart = Chart()
    await box.examine(chart, settings.load(**given), context)
    (finding,) = chart.findings
    assert finding.check == "mail.box"
    assert [w for w in (PASSWORD, USER, CANARY, "127.0.0.1") if w in chart.lines()] == []
    return finding


async def test_a_mailbox_that_lets_us_in(given: dict[str, Any], server: MailServer) -> None:
    finding = await found(given | box_at(server.inbox.port))

    assert (finding.level, finding.says) == (
        Level.OK, "The mailbox lets us in, and its folder is there.",
    )  # fmt: skip


async def test_nothing_in_it_is_changed(given: dict[str, Any], server: MailServer) -> None:
    await server.deliver(b"Subject: one\r\n\r\nWords.\r\n")

    await found(given | box_at(server.inbox.port))

    assert await server.recent() == 1
    assert "Seen" not in str(await server.flags())


@pytest.mark.parametrize(
    ("read", "level", "says"),
    [
        (None, Level.OK, "No mailbox is set"),
        ("now() - interval '1 day'", Level.OK, "No mailbox is set"),
        ("now()", Level.WARN, "A worker reads a mailbox, and none is set here."),
    ],
    ids=["never", "formerly", "elsewhere"],
)
async def test_no_mailbox_is_no_fault_unless_a_worker_reads_one(
    patient: Patient, read: str | None, level: Level, says: str
) -> None:
    if read is not None:
        await patient.plant(
            f"INSERT INTO mailboxes (id, uid_validity, uid, read_at) VALUES (1, 1, 1, {read})"
        )

    chart = await patient.chart(replay=False)

    (finding,) = (f for f in chart.findings if f.check == "mail.box")
    assert (finding.level, finding.says.startswith(says)) == (level, True)


@pytest.mark.parametrize(
    ("changed", "says", "do"),
    [
        ({"imap_port": 1}, "cannot be reached", "EFFACE_IMAP_HOST"),
        ({"imap_tls": "starttls"}, "does not offer STARTTLS", "EFFACE_IMAP_TLS"),
        ({"imap_tls": "tls"}, "cannot agree with us on TLS", "EFFACE_IMAP_TLS"),
        ({"imap_password": CANARY}, "refuses this user name or password", "EFFACE_IMAP_PASSWORD"),
        ({"imap_password": f"{CANARY}-ä"}, "cannot be told", "ASCII"),
        ({"imap_folder": CANARY}, "shows no such folder", "EFFACE_IMAP_FOLDER"),
    ],
    ids=["not there", "no starttls", "no tls", "wrong password", "letters", "no such folder"],
)
async def test_a_mailbox_that_cannot_be_read(
    given: dict[str, Any], server: MailServer, changed: dict[str, object], says: str, do: str
) -> None:
    finding = await found(given | box_at(server.inbox.port, **changed))

    assert finding.level is Level.WRONG
    assert says in finding.says
    assert do in finding.do


async def test_a_server_that_lets_nobody_in_without_tls(given: dict[str, Any]) -> None:
    async with mail_server(clear=False) as server:
        finding = await found(given | box_at(server.inbox.port))

    assert (finding.level, finding.says) == (
        Level.WRONG, "The mail server of the mailbox lets nobody in without TLS.",
    )  # fmt: skip


async def test_by_starttls(given: dict[str, Any], authority: Authority) -> None:
    async with mail_server(tls=authority.server) as server:
        there = given | box_at(server.inbox.port, imap_tls="starttls")

        known = await found(there, authority.client)
        unknown = await found(there)

    assert known.level is Level.OK
    assert "certificate that does not hold" in unknown.says


async def test_a_server_that_speaks_otherwise(given: dict[str, Any]) -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    finding = await found(given | box_at(port))

    server.close()
    assert (finding.level, "does not talk to us" in finding.says) == (Level.WRONG, True)


async def test_a_server_that_says_nothing(
    given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(box, "WAIT_S", 0.3)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    finding = await found(given | box_at(port))

    server.close()
    assert "does not answer" in finding.says


async def test_the_whole_examination_looks_into_it(patient: Patient, server: MailServer) -> None:
    patient.changed |= box_at(server.inbox.port, imap_password=CANARY)

    assert await patient.ails() == {"mail.box"}
