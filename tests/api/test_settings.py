"""Settings: everything wrong at once, nothing secret in sight, and a page that is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from service import settings
from service.settings import WrongSettings

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    monkeypatch.delenv("LITESTAR_DEBUG", raising=False)
    monkeypatch.setenv("EFFACE_DATABASE_URL", "postgresql+asyncpg://app:s3cret-db@db/efface")
    monkeypatch.setenv("EFFACE_REDIS_URL", "redis://:s3cret-redis@redis/0")
    monkeypatch.setenv("EFFACE_KEY_FILE", str(key))


def test_what_must_be_set_is_enough() -> None:
    found = settings.load()

    assert found.undo_s == 300
    assert found.practice_speed == 1


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFACE_PORT", "81")

    assert settings.load().port == 81
    assert settings.load(port=82).port == 82


def test_everything_wrong_is_listed_at_once_and_no_value_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = {
        "EFFACE_DATABASE_URL": "mysql://s3cret",
        "EFFACE_REDIS_URL": "s3cret",
        "EFFACE_KEY_FILE": "/nowhere/s3cret",
        "EFFACE_PORT": "99999",
        "EFFACE_SWEEP_S": "s3cret",
        "EFFACE_EGRESS_ALLOW_CIDRS": "10.0.0.0/8,s3cret",
        "EFFACE_EGRESS_PROXY": "https://u:s3cret@proxy:3128",
        "EFFACE_VANTAGE_PROXY": "http://s3cret",
        "EFFACE_VANTAGE_COUNTRY": "s3cret",
        "EFFACE_SMTP_HOST": "relay.example",
        "EFFACE_SMTP_USERNAME": "s3cret",
        "EFFACE_PRACTICE_SPEED": "60",
        "EFFACE_LOG_LEVEL": "s3cret",
        "EFFACE_SWEEPS_S": "4",
        "LITESTAR_DEBUG": "1",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(WrongSettings) as caught:
        settings.load()

    said = str(caught.value)
    expected = {n for n in wrong if n not in ("EFFACE_SMTP_HOST", "EFFACE_SMTP_USERNAME")}
    assert {p.split(":")[0] for p in caught.value.problems} == expected | {
        "EFFACE_SMTP_TLS",
        "EFFACE_SMTP_PASSWORD",
    }
    assert "s3cret" not in said


def test_a_key_file_that_others_may_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").chmod(0o644)

    with pytest.raises(WrongSettings, match="others may read"):
        settings.load()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFACE_SMTP_USERNAME", "centre")
    monkeypatch.setenv("EFFACE_SMTP_PASSWORD", "s3cret-mail")

    assert "s3cret" not in repr(settings.load())
    assert "s3cret" not in str(settings.load())


def test_an_empty_setting_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFACE_PORT", "")

    assert settings.load().port == 8080


def test_a_file_among_the_secrets_counts_where_the_variable_is_not_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings, "SECRETS", tmp_path)
    monkeypatch.delenv("EFFACE_DATABASE_URL")
    monkeypatch.delenv("EFFACE_REDIS_URL")
    (tmp_path / "efface_database_url").write_text("postgresql+asyncpg://app:from-file@db/efface\n")
    (tmp_path / "efface_sweep_s").write_text("7")
    monkeypatch.setenv("EFFACE_SWEEP_S", "8")

    assert settings.missing() == ["EFFACE_REDIS_URL"]

    monkeypatch.setenv("EFFACE_REDIS_URL", "redis://redis/0")
    found = settings.load()

    assert found.database_url.get_secret_value() == "postgresql+asyncpg://app:from-file@db/efface"
    assert found.sweep_s == 8
    assert settings.missing() == []


def test_an_empty_file_among_the_secrets_names_no_proxy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings, "SECRETS", tmp_path)
    for name in ("efface_egress_proxy", "efface_vantage_proxy"):
        (tmp_path / name).write_text("\n")

    found = settings.load()

    assert not found.egress_proxy
    assert not found.vantage_proxy

    monkeypatch.setenv("EFFACE_VANTAGE_COUNTRY", "DE")
    with pytest.raises(WrongSettings, match="without EFFACE_VANTAGE_PROXY"):
        settings.load()


def test_networks_come_as_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFACE_EGRESS_ALLOW_CIDRS", "127.0.0.0/8, ::1/128")

    assert settings.load().egress_allow_cidrs == ("127.0.0.0/8", "::1/128")


def test_the_page_lists_every_setting() -> None:
    assert (ROOT / "docs/settings.md").read_text() == settings.table()


def test_only_named_proxies_are_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.load().trusted_proxies == ()

    monkeypatch.setenv("EFFACE_TRUSTED_PROXIES", "10.1.0.7, 10.2.0.0/24")
    assert settings.load().trusted_proxies == ("10.1.0.7", "10.2.0.0/24")

    monkeypatch.setenv("EFFACE_TRUSTED_PROXIES", "*")
    with pytest.raises(WrongSettings):
        settings.load()


PROXY = "http://centre:s3cret@proxy.example:3128"


def test_proxies_are_kept_as_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFFACE_EGRESS_PROXY", PROXY)
    monkeypatch.setenv("EFFACE_VANTAGE_PROXY", "http://u:s3cret@far.example:3128")
    monkeypatch.setenv("EFFACE_VANTAGE_COUNTRY", "DE")

    found = settings.load()

    assert found.egress_proxy is not None
    assert found.egress_proxy.get_secret_value() == PROXY
    assert found.vantage_country == "DE"
    assert "s3cret" not in f"{found!r} {found}"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"EFFACE_EGRESS_PROXY": "proxy:3128"}, "EFFACE_EGRESS_PROXY: it must be http://host:port"),
        (
            {"EFFACE_EGRESS_PROXY": PROXY, "EFFACE_VANTAGE_PROXY": PROXY},
            "EFFACE_VANTAGE_PROXY: the second vantage must be another proxy",
        ),
        ({"EFFACE_VANTAGE_COUNTRY": "DE"}, "EFFACE_VANTAGE_COUNTRY: without EFFACE_VANTAGE_PROXY"),
        (
            {"EFFACE_VANTAGE_PROXY": PROXY, "EFFACE_VANTAGE_COUNTRY": "de"},
            "EFFACE_VANTAGE_COUNTRY: it must be two capital letters",
        ),
    ],
)
def test_which_proxies_are_refused(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], problem: str
) -> None:
    for name, value in changes.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(WrongSettings) as caught:
        settings.load()

    (said,) = caught.value.problems
    assert said.startswith(problem)
