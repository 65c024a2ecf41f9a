"""The mailbox in which replies are read: as far as its folder, and no mail in it is touched."""

from __future__ import annotations

import asyncio
import ssl
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.doctor.chart import Chart
from service.mailbox.inbox import Inbox, InboxAway
from service.settings import Settings

WAIT_S: Final = 10.0
_PLACE: Final = "Start it, or correct EFFACE_IMAP_HOST and EFFACE_IMAP_PORT."
_WORDS: Final = {
    "connect_failed": ("cannot be reached", _PLACE),
    "timeout": ("does not answer", _PLACE),
    "starttls_not_offered": (
        "does not offer STARTTLS",
        "Turn it on there, or set EFFACE_IMAP_TLS as the server has it.",
    ),
    "tls_certificate": (
        "shows a certificate that does not hold",
        "Give it one for its name from an authority that this machine knows.",
    ),
    "tls_failed": ("cannot agree with us on TLS", "Check EFFACE_IMAP_TLS and EFFACE_IMAP_PORT."),
    "login_needs_tls": ("lets nobody in without TLS", "Set EFFACE_IMAP_TLS."),
    "login_refused": (
        "refuses this user name or password",
        "Check EFFACE_IMAP_USERNAME and EFFACE_IMAP_PASSWORD.",
    ),
    "login_not_ascii": (
        "cannot be told this user name or password",
        "Choose others for EFFACE_IMAP_USERNAME and EFFACE_IMAP_PASSWORD: ASCII alone.",
    ),
    "folder_refused": (
        "shows no such folder",
        "Correct EFFACE_IMAP_FOLDER, or let this user read the folder.",
    ),
}
_READ: Final = text("SELECT read_at > :since FROM mailboxes")
LATELY: Final = timedelta(hours=2)  # twice the longest time between two looks


async def examine(chart: Chart, settings: Settings, context: ssl.SSLContext | None = None) -> None:
    """Connect, encrypt, log in, see the folder, leave. Nothing, where no mailbox is set."""
    if not settings.imap_host:
        return
    try:
        await asyncio.to_thread(_inbox(settings, context).knock)
    except InboxAway as away:
        unknown = ("does not talk to us as it should", "Look into its log.")
        says, do = _WORDS.get(away.reason, unknown)
        chart.wrong("mail.box", f"The mail server of the mailbox {says}.", do)
    chart.close("mail.box", "The mailbox lets us in, and its folder is there.")


def _inbox(settings: Settings, context: ssl.SSLContext | None) -> Inbox:
    return Inbox(
        host=settings.imap_host,
        port=settings.imap_port,
        tls=settings.imap_tls,
        username=settings.imap_username,
        password=settings.imap_password.get_secret_value(),
        folder=settings.imap_folder,
        timeout_s=WAIT_S,
        context=context,
    )


async def elsewhere(conn: AsyncConnection, chart: Chart, now: datetime) -> None:
    """Where none is set here: whether a worker reads one all the same."""
    if await conn.scalar(_READ, {"since": now - LATELY}):
        chart.warn(
            "mail.box",
            "A worker reads a mailbox, and none is set here.",
            "Set EFFACE_IMAP_HOST and its neighbours as that worker has them, and ask again.",
        )
    chart.close("mail.box", "No mailbox is set: no machine reads replies that come by e-mail.")
