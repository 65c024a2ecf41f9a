"""The mail relay: as far as the door, and no mail through it."""

from __future__ import annotations

import ssl
from typing import Final

from adapters.errors import PlatformError
from adapters.mail import Mail
from service.doctor.chart import Chart
from service.settings import Settings

WAIT_S: Final = 10.0
_WORDS: Final = {
    "connect": ("does not answer", "Start it, or correct EFFACE_SMTP_HOST and EFFACE_SMTP_PORT."),
    "starttls_not_offered": (
        "does not offer STARTTLS",
        "Turn it on there, or set EFFACE_SMTP_TLS as the relay has it.",
    ),
    "tls_certificate": (
        "shows a certificate that does not hold",
        "Give it one for its name from an authority that this machine knows.",
    ),
    "tls_failed": ("cannot agree with us on TLS", "Check EFFACE_SMTP_TLS and EFFACE_SMTP_PORT."),
    "auth_not_offered": (
        "offers no way to log in",
        "Unset EFFACE_SMTP_USERNAME and EFFACE_SMTP_PASSWORD, or turn it on there.",
    ),
    "auth_needs_tls": ("would read the password in clear", "Set EFFACE_SMTP_TLS."),
    "auth": ("does not let us in", "Check EFFACE_SMTP_USERNAME and EFFACE_SMTP_PASSWORD."),
    "ehlo": ("does not like our greeting", "Set EFFACE_SMTP_HELO to this machine's full name."),
}


async def examine(chart: Chart, settings: Settings, context: ssl.SSLContext | None = None) -> None:
    """Connect, greet, encrypt, log in, leave."""
    try:
        mail = _mail(settings, context)
    except ValueError:
        chart.wrong("mail.relay", "EFFACE_SMTP_HELO is no name of a machine.", "Correct it.")
        return
    try:
        await mail.knock()
    except PlatformError as error:
        _said(chart, settings, error.reason)
    chart.close("mail.relay", "The mail relay lets us in.")


def _mail(settings: Settings, context: ssl.SSLContext | None) -> Mail:
    return Mail(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value(),
        helo=settings.smtp_helo,
        timeout_s=WAIT_S,
        context=context,
    )


def _said(chart: Chart, settings: Settings, reason: str) -> None:
    unset = not {"smtp_host", "smtp_port"} & settings.model_fields_set
    if unset and reason.startswith("connect"):
        chart.warn(
            "mail.relay",
            "No mail relay is set and none is on this machine: nothing can be sent by e-mail.",
            "Set EFFACE_SMTP_HOST.",
        )
        return
    words = ("does not talk to us as a relay should", "Look into its log.")
    for start, known in _WORDS.items():
        if reason.startswith(start):
            words = known
            break
    chart.wrong("mail.relay", f"The mail relay {words[0]}.", words[1])
