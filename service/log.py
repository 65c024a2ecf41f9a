"""Logs for operators: JSON lines on stderr, with listed keys only. The audit log is the record.

An event is named `noun.verb`. Never an address, a name or a token; of an exception its type, our
code and the place in our code, never its words. What a library says is kept as its template,
without the values.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from uuid import UUID

import structlog

KEYS: Final = frozenset({
    "at", "level", "event", "logger", "message", "dropped", "error", "code", "where", "reason",
    # calls
    "route", "method", "status", "ms", "request_id", "key_id", "organisation_id", "ip_count",
    # work
    "kind", "lane", "count", "slots", "platform", "worker", "case_id", "takedown_id", "notice_id",
    "attempt_id", "batch_id", "subject_id", "seq", "due", "left", "waited_ms", "tries",
    # processes
    "pid", "port", "version", "signal", "redis", "database", "speed", "head", "seconds",
})  # fmt: skip
"""What a line may hold. Any other key is left out, and its name is listed under `dropped`."""

QUIET: Final = ("httpx", "httpcore", "aiohttp", "arq", "sqlalchemy", "uvicorn", "asyncio")
_EVENT: Final = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LONGEST: Final = 300
_SCRUBS: Final = (
    (re.compile(r"\bef_[0-9a-f]{6,}_?[\w-]*", re.IGNORECASE), "[token]"),
    (re.compile(r"\b(?:bearer|basic)\s+\S+", re.IGNORECASE), "[token]"),
    (re.compile(r"\b[a-z][a-z0-9+.-]*:(?://|%2f%2f)\S*", re.IGNORECASE), "[address]"),
    (re.compile(r"[^\s@/]+@[^\s@/]+\.\w+"), "[mail]"),
    (re.compile(r"\b[\w-]+(?:(?:\.|\[\.\])[\w-]+)+(?:/|%2f)\S*", re.IGNORECASE), "[address]"),
    (re.compile(r"[A-Za-z0-9_+/=-]{40,}"), "[long]"),
)
_ROOT: Final = Path(__file__).parents[1]

Line = MutableMapping[str, Any]


def configure(level: str = "INFO") -> None:
    """Send everything this process logs to stderr, redacted. Safe to repeat."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[_level, _exception, _allowed, _render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _Stderr(),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Library()]
    root.setLevel(max(number, logging.WARNING))
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in (*QUIET, "litestar"):
            _quiet(logging.getLogger(name))
    for name in (*QUIET, "uvicorn.error", "uvicorn.access"):
        _quiet(logging.getLogger(name))
    logging.getLogger("uvicorn.access").disabled = True
    logging.captureWarnings(capture=True)


def _quiet(logger: logging.Logger) -> None:
    logger.handlers[:] = []
    logger.propagate = True
    logger.setLevel(logging.WARNING)


def get(**bound: object) -> Any:
    """A logger: `get().info("lane.closed", lane=..., reason=...)`."""
    return structlog.get_logger(**bound)


def scrub(value: str) -> str:
    """The last resort: addresses, mail addresses and tokens are replaced, long text is cut."""
    for pattern, instead in _SCRUBS:
        value = pattern.sub(instead, value)
    return value if len(value) <= _LONGEST else value[:_LONGEST] + "..."


def about(error: BaseException) -> dict[str, Any]:
    """What a log may say of an exception: types of it and its causes, our code, our place."""
    found: dict[str, Any] = {"error": " < ".join(type(e).__name__ for e in _chain(error))}
    code = getattr(error, "code", None)
    if isinstance(code, str) and _CODE.fullmatch(code):
        found["code"] = code
    where = _where(error.__traceback__)
    return {**found, "where": where} if where else found


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(seen) < 5:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )


def _where(traceback: TracebackType | None) -> str:
    """The innermost function and line of ours that the exception went through."""
    found = ""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        path = Path(code.co_filename)
        if path.is_relative_to(_ROOT / "service") or path.is_relative_to(_ROOT / "adapters"):
            module = ".".join(path.relative_to(_ROOT).with_suffix("").parts)
            found = f"{module}.{code.co_name}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return found


def _level(_: object, method: str, line: Line) -> Line:
    line["level"] = "error" if method == "exception" else method
    line["at"] = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return line


def _exception(_: object, __: str, line: Line) -> Line:
    error = line.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        line.update(about(error))
    return line


def _allowed(_: object, __: str, line: Line) -> Line:
    dropped = sorted(str(key) for key in line if key not in KEYS)
    kept: Line = {key: _plain(key, value) for key, value in line.items() if key in KEYS}
    if not _EVENT.fullmatch(str(kept.get("event", ""))):
        kept["event"] = "log.unnamed"
    if dropped:
        kept["dropped"] = [key if _CODE.fullmatch(key) else "?" for key in dropped]
    return kept


def _plain(key: str, value: object) -> object:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | int | float) or key in ("at", "level"):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain("", each) for each in list(value)[:20]]
    return type(value).__name__


def _render(_: object, __: str, line: Mapping[str, Any]) -> str:
    first = {key: line[key] for key in ("at", "level", "event") if key in line}
    return json.dumps({**first, **line}, ensure_ascii=False, default=lambda v: type(v).__name__)


class _Stderr:
    """Writes to what stderr is at that moment."""

    def msg(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    debug = info = warning = warn = error = exception = critical = fatal = log = msg


class _Library(logging.Handler):
    """Takes what libraries log. The values that they put into their sentences are left out."""

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname.lower()
        line: Line = {"event": "library.spoke", "logger": record.name, "message": str(record.msg)}
        if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
            line.update(about(record.exc_info[1]))
        _Stderr().msg(_render(None, level, _allowed(None, level, _level(None, level, line))))
