"""Every setting of the product: one frozen class over `EFFACE_*`, for the composition roots only.

`python -m service.settings` prints the table of `docs/settings.md`.
"""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from adapters.proxy import Proxy

PREFIX: Final = "EFFACE_"
OF_THE_CLIENT: Final = {
    "EFFACE_URL": (
        "what the data folder says, or `http://127.0.0.1:8080`",
        "Where efface answers: `http://host:port` or `https://host`.",
    ),
    "EFFACE_API_KEY": (
        "the data folder's `case_worker.key`",
        "The key to call it with: a case worker's or a supervisor's.",
    ),
}
"""Read by `efface submit` and `efface status`, which need no settings of the server: what counts
unless they are set, and what they are."""
SECRETS: Final = Path("/run/secrets")
"""Where container engines lay files with secrets. One that is named like a variable, in small
letters, counts where the variable is not set."""
_FALSE: Final = frozenset({"", "0", "false", "off", "no"})


class WrongSettings(Exception):
    """The product cannot start. `problems` lists everything that is wrong, without any value."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        count = "One setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        super().__init__("\n".join([f"{count} wrong:", *(f"  {p}" for p in problems)]))


class Settings(BaseSettings):
    """What an operator may set. Read it by `load`, which reports all that is wrong at once."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True,
        hide_input_in_errors=True, validate_default=True,
    )  # fmt: skip

    database_url: SecretStr = Field(
        description="Where Postgres is, as the application's role:"
        " `postgresql+asyncpg://user:password@host/name`."
    )
    migrate_database_url: SecretStr | None = Field(
        default=None,
        description="The same database, as the role that may change its shape."
        " Only `efface migrate` needs it.",
    )
    redis_url: SecretStr = Field(
        description="Where Redis is: `redis://...`, `rediss://...` or `unix://...`."
        " It may be lost at any time."
    )
    key_file: Path = Field(
        description="The file with the key that wraps all others: 64 hexadecimal characters,"
        " readable by its owner alone, kept and backed up apart from the database."
    )
    host: str = Field(default="127.0.0.1", description="The address the API listens on.")
    port: int = Field(default=8080, ge=0, le=65535, description="The port the API listens on.")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Proxies in front of the API that are believed about who calls"
        " (`X-Forwarded-For`), with commas: `10.1.0.7,10.2.0.0/24`. Nobody else is.",
    )
    metrics_from: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.0/8", "::1/128"),
        description="Networks that may read `/metrics` without a key, with commas. It speaks of all"
        " organisations, by id. What a proxy hands on is refused unless the proxy is trusted.",
    )
    api_drain_s: float = Field(
        default=5, ge=0, le=300,
        description="Seconds for which an API that was told to stop still takes calls, while"
        " `/health/ready` says no: longer than the load balancer takes to notice.",
    )  # fmt: skip
    database_pool: int = Field(
        default=10, ge=2, le=200, description="The most connections to Postgres, for each process."
    )
    worker_slots: int = Field(
        default=64, ge=4, le=1000,
        description="The most calls to platforms at once, for each worker.",
    )  # fmt: skip
    sweep_s: float = Field(
        default=5, gt=0, le=300, description="Seconds between two searches for work that is due."
    )
    undo_s: float = Field(
        default=300, ge=0, le=86400,
        description="Seconds between approval and sending, in which withdrawing leaves no trace"
        " outside. Also how long an e-mail waits for more addresses of its case.",
    )  # fmt: skip
    egress_allow_cidrs: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Private networks that calls to platforms may reach all the same, with commas:"
        " `10.1.0.0/16,fd00::/8`. Only at addresses that stand in a platform's settings: a host"
        " that came with an address handed in, or with a reply, is never called there.",
    )
    egress_proxy: SecretStr | None = Field(
        default=None,
        description="A proxy through which every call to a platform goes, by CONNECT:"
        " `http://host:port` or `http://user:password@host:port`. Mail does not go through it."
        " Proxies that other variables name are never used.",
    )
    vantage_proxy: SecretStr | None = Field(
        default=None,
        description="A proxy elsewhere, written likewise, through which a look that found nothing"
        " is made a second time, to tell what is gone from what is hidden from here.",
    )
    vantage_country: str = Field(
        default="", description="The country that proxy is in, as two letters: `DE`."
    )
    smtp_host: str = Field(
        default="localhost", min_length=1, description="The mail relay that takes our notices."
    )
    smtp_port: int = Field(default=25, ge=1, le=65535, description="The mail relay's port.")
    smtp_tls: Literal["none", "starttls", "tls"] = Field(
        default="none",
        description="How mail travels to the relay; `none` only where the relay is this machine.",
    )
    smtp_username: str = Field(default="", description="Who we are to the mail relay.")
    smtp_password: SecretStr = Field(
        default=SecretStr(""), description="What proves it to the mail relay."
    )
    smtp_helo: str = Field(
        default="localhost", min_length=1, description="The name we greet the mail relay with."
    )
    imap_host: str = Field(
        default="",
        description="The mail server on which replies are read, by IMAP. Empty: nobody reads them"
        " by machine.",
    )
    imap_port: int = Field(default=993, ge=1, le=65535, description="Its port.")
    imap_tls: Literal["none", "starttls", "tls"] = Field(
        default="tls",
        description="How mail travels from there; `none` only where it is this machine.",
    )
    imap_username: str = Field(default="", description="Whose mailbox is read.")
    imap_password: SecretStr = Field(default=SecretStr(""), description="What opens it.")
    imap_folder: str = Field(
        default="INBOX", min_length=1, max_length=200, pattern=r"^[\x20-\x7e]+$",
        description="The folder that is read. Nothing in it is marked, moved or deleted.",
    )  # fmt: skip
    imap_auth_server: str = Field(
        default="", max_length=253, pattern=r"^[\x21-\x3a\x3c-\x7e]*$",
        description="The name at the head of the `Authentication-Results` that this mail server"
        " writes (RFC 8601). Empty: the topmost one counts as its own.",
    )  # fmt: skip
    imap_every_s: float = Field(
        default=30, gt=0, le=3600, description="Seconds between two looks into the mailbox."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least that is worth a line in the log."
    )
    playground: bool = Field(
        default=False, description="Practice platforms only. `efface up --playground` sets it."
    )
    practice_speed: float = Field(
        default=1, ge=1, le=1_000_000,
        description="How many times faster than real time deadlines and waits run:"
        " 1 everywhere but in the playground.",
    )  # fmt: skip

    @field_validator("database_url", "migrate_database_url")
    @classmethod
    def _is_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith("postgresql+asyncpg://"):
            raise ValueError("it must start with postgresql+asyncpg://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: SecretStr) -> SecretStr:
        if urlsplit(value.get_secret_value()).scheme not in ("redis", "rediss", "unix"):
            raise ValueError("it must start with redis://, rediss:// or unix://")
        return value

    @field_validator("key_file")
    @classmethod
    def _is_readable(cls, value: Path) -> Path:
        try:
            held = value.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise ValueError("the file cannot be read") from None
        if len(held) != 64 or any(c not in "0123456789abcdefABCDEF" for c in held):
            raise ValueError("the file must hold 64 hexadecimal characters and nothing else")
        if value.stat().st_mode & 0o077:
            raise ValueError("others may read the file; make it readable by its owner alone")
        return value

    @field_validator("egress_allow_cidrs", "trusted_proxies", "metrics_from", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("egress_allow_cidrs", "trusted_proxies", "metrics_from")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            try:
                ipaddress.ip_network(part)
            except ValueError:
                raise ValueError("each part must be a network such as 10.1.0.0/16") from None
        return value

    @field_validator("egress_proxy", "vantage_proxy")
    @classmethod
    def _is_a_proxy(cls, value: SecretStr | None, found: ValidationInfo) -> SecretStr | None:
        if value:
            Proxy.of(value.get_secret_value())
            if value == found.data.get("egress_proxy"):
                raise ValueError("the second vantage must be another proxy")
        return value

    @field_validator("vantage_country")
    @classmethod
    def _is_a_country(cls, value: str, found: ValidationInfo) -> str:
        if value and not re.fullmatch("[A-Z]{2}", value):
            raise ValueError("it must be two capital letters, such as DE")
        if value and not found.data.get("vantage_proxy", value):
            raise ValueError("without EFFACE_VANTAGE_PROXY there is nothing in that country")
        return value

    @field_validator("smtp_tls", "imap_tls")
    @classmethod
    def _is_private(cls, value: str, found: ValidationInfo) -> str:
        host = found.data.get(_beside(found, "host")) or "localhost"
        if value == "none" and not _is_this_machine(host):
            raise ValueError("mail to another machine must travel by starttls or tls")
        return value

    @field_validator("smtp_password", "imap_password")
    @classmethod
    def _is_whole(cls, value: SecretStr, found: ValidationInfo) -> SecretStr:
        if bool(value.get_secret_value()) != bool(found.data.get(_beside(found, "username"))):
            raise ValueError("user name and password: set both or neither")
        return value

    @field_validator("imap_password")
    @classmethod
    def _opens_a_mailbox(cls, value: SecretStr, found: ValidationInfo) -> SecretStr:
        if bool(value.get_secret_value()) != bool(found.data.get("imap_host")):
            raise ValueError("a mailbox needs a host, a user name and a password, or none of them")
        return value

    @field_validator("practice_speed")
    @classmethod
    def _is_practice(cls, value: float, found: ValidationInfo) -> float:
        if value != 1 and not found.data.get("playground", True):
            raise ValueError("only the playground may run faster than time")
        return value


def _beside(found: ValidationInfo, last: str) -> str:
    """The name of another setting of the same mail server."""
    return f"{str(found.field_name).partition('_')[0]}_{last}"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load(**given: object) -> Settings:
    """The settings of this process; what is `given` wins over the environment.

    Raises `WrongSettings`.
    """
    problems = [f"{name}: there is no such setting" for name in _unknown()]
    if os.environ.get("LITESTAR_DEBUG", "").lower() not in _FALSE:
        problems.append("LITESTAR_DEBUG: debugging shows what must not be shown; unset it")
    settings = None
    try:
        where = {"_secrets_dir": SECRETS} if SECRETS.is_dir() else {}
        settings = Settings(**where, **given)  # type: ignore[arg-type]
    except ValidationError as error:
        problems += [_said(found) for found in error.errors()]
    if settings is None or problems:
        raise WrongSettings(problems)
    return settings


def missing() -> list[str]:
    """What must be set in the environment or as a secret, and is not."""
    required = (n for n, field in Settings.model_fields.items() if field.is_required())
    needed = (PREFIX + name.upper() for name in required)
    return [n for n in needed if not os.environ.get(n) and not (SECRETS / n.lower()).is_file()]


def _unknown() -> list[str]:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | OF_THE_CLIENT.keys()
    return sorted(n for n in os.environ if n.upper().startswith(PREFIX) and n.upper() not in known)


def _said(found: ErrorDetails) -> str:
    words = str(found["msg"]).removeprefix("Value error, ")
    if found["type"] == "missing":
        words = "it must be set"
    name = PREFIX + str(found["loc"][0]).upper() if found["loc"] else "The settings"
    return f"{name}: {words[0].lower()}{words[1:]}"


def table() -> str:
    """The page that lists every setting."""
    lines = [
        "# Settings",
        "",
        "Every setting is an environment variable; an empty one counts as not set.",
        "A wrong, missing or unknown one keeps efface from starting; all are listed at once.",
        f"Where it is not set, a file of its name in small letters in `{SECRETS}` counts instead.",
        "`efface up` sets those that must be set by itself.",
        "",
        "| variable | unless set | what it is |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{PREFIX}{name.upper()}` | {_unless(field)} | {field.description} |")
    lines += [
        "",
        "`efface status` and `efface submit` read two others, and none of the above.",
        "",
        "| variable | unless set | what it is |",
        "|---|---|---|",
        *(f"| `{name}` | {unless} | {what} |" for name, (unless, what) in OF_THE_CLIENT.items()),
        "",
        "This page is made by `python -m service.settings > docs/settings.md`.",
        "",
    ]
    return "\n".join(lines)


def _unless(field: FieldInfo) -> str:
    if field.is_required():
        return "must be set"
    value = field.default
    value = value.get_secret_value() if isinstance(value, SecretStr) else value
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        value = ",".join(value)
    return "nothing" if value in (None, "", ()) else f"`{value}`"


if __name__ == "__main__":
    sys.stdout.write(table())
