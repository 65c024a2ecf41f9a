"""What the doctor says of each way in which a mail relay will not have us."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service import settings
from service.doctor import relay
from service.doctor.chart import Chart, Finding, Level
from service.store.sealing import Vault


def said(tmp_path: Path, reason: str, **given: Any) -> Finding:
    key = tmp_path / "seal.key"
    if not key.exists():
        Vault.make_file(key)
    chart = Chart()
    found = settings.load(
        database_url="postgresql+asyncpg://nobody@127.0.0.1:1/nothing",
        redis_url=f"unix://{tmp_path}/nobody.sock", key_file=key, **given,
    )  # fmt: skip
    relay._said(chart, found, reason)
    (finding,) = chart.findings
    return finding


@pytest.mark.parametrize(
    ("reason", "says", "do"),
    [
        ("connect_refused", "does not answer", "EFFACE_SMTP_HOST"),
        ("starttls_not_offered", "does not offer STARTTLS", "EFFACE_SMTP_TLS"),
        ("tls_certificate", "certificate that does not hold", "an authority"),
        ("tls_failed", "cannot agree with us on TLS", "EFFACE_SMTP_TLS"),
        ("auth_not_offered", "offers no way to log in", "Unset EFFACE_SMTP_USERNAME"),
        ("auth_needs_tls", "would read the password in clear", "EFFACE_SMTP_TLS"),
        ("auth_535", "does not let us in", "EFFACE_SMTP_PASSWORD"),
        ("ehlo_550", "does not like our greeting", "EFFACE_SMTP_HELO"),
        ("garbled", "does not talk to us as a relay should", "log"),
    ],
)
def test_each_reason_has_words_of_its_own(tmp_path: Path, reason: str, says: str, do: str) -> None:
    finding = said(tmp_path, reason, smtp_host="127.0.0.1")

    assert (finding.level, says in finding.says, do in finding.do) == (Level.WRONG, True, True)


@pytest.mark.parametrize("given", [{"smtp_host": "127.0.0.1"}, {"smtp_port": 2525}])
def test_a_relay_that_is_set_and_away_is_wrong(tmp_path: Path, given: dict[str, Any]) -> None:
    assert said(tmp_path, "connect_refused", **given).level is Level.WRONG


def test_without_a_relay_there_is_no_mail_and_that_may_be_meant(tmp_path: Path) -> None:
    finding = said(tmp_path, "connect_refused")

    assert (finding.level, "nothing can be sent by e-mail" in finding.says) == (Level.WARN, True)
    assert said(tmp_path, "ehlo_550").level is Level.WRONG, "one is there, by chance"
