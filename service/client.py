"""What `efface submit` and `efface status` need: a REST client like any other, with a key of the
caller's.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn, Self
from uuid import UUID

import httpx

from service import home
from service.domain import urls

ADDRESS: Final = "http://127.0.0.1:8080"
BATCH: Final = 500
WRONG_USE: Final = 2
OUT_OF_REACH: Final = 3
REFUSED: Final = 4


class Client:
    """One session with the API. Ends the program with a message and a code when that cannot be."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address
        self._http = httpx.Client(
            base_url=f"{address}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            trust_env=False,
        )

    @classmethod
    def of_this_machine(cls, data: Path) -> Self:
        """As `EFFACE_URL` and `EFFACE_API_KEY` say; else as the data folder does."""
        running = home.read_running(data)
        address = os.environ.get("EFFACE_URL") or (running.address if running else ADDRESS)
        token = os.environ.get("EFFACE_API_KEY", "").strip()
        if not token:
            try:
                token = (data / home.PRACTICE_KEY).read_text(encoding="ascii").strip()
            except (OSError, UnicodeDecodeError):
                _end(
                    f"There is no key in {data / home.PRACTICE_KEY}."
                    " Set EFFACE_API_KEY (`efface key --role case_worker` makes one),"
                    " or name a playground's data folder with --data.",
                    WRONG_USE,
                )
        return cls(_checked(address), token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, method: str, path: str, **values: Any) -> Any:
        """One call's JSON. A problem ends the program with its words."""
        try:
            reply = self._http.request(method, path, **values)
        except httpx.TransportError:
            _end(
                f"Nothing answers at {self._address}. Is efface running?"
                " For another address set EFFACE_URL=http://host:port.",
                OUT_OF_REACH,
            )
        if reply.is_error:
            _end(_refusal(reply), REFUSED)
        try:
            return reply.json()
        except ValueError:
            _end(f"What answers at {self._address} is not efface.", REFUSED)

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        """Every item of a list."""
        cursor = None
        while True:
            values = {**query, "limit": 500, **({"cursor": cursor} if cursor else {})}
            found = self.call("GET", path, params=values)
            yield from found["items"]
            cursor = found.get("next_cursor")
            if not cursor:
                return

    def case_of(self, reference: str) -> str:
        """A case's id by its reference. Ends the program when there is none."""
        found = next(self.pages("/cases", reference=reference), None)
        if found is None:
            _end(f"There is no case {reference}.", REFUSED)
        return str(found["id"])

    def submit(self, reference: str, urls: Sequence[str]) -> list[Any]:
        """Hand in addresses; results in the same order."""
        case_id = self.case_of(reference)
        results: list[Any] = []
        for start in range(0, len(urls), BATCH):
            body = {"case_id": case_id, "items": list(urls[start : start + BATCH])}
            results += self.call("POST", "/takedowns", json=body)["items"]
        return results

    def status(self, wanted: str | None) -> Any:
        """Everything, one case by id or reference, or one takedown with its requests and
        notices.
        """
        if wanted is None:
            return list(self.pages("/takedowns"))
        try:
            UUID(wanted)
        except ValueError:
            return list(self.pages("/takedowns", case=self.case_of(wanted)))
        found = list(self.pages("/takedowns", case=wanted))
        return found or self.call("GET", f"/takedowns/{wanted}")

    def timeline(self, wanted: str | None) -> list[Any]:
        """What happened to one takedown, by its id, oldest first."""
        try:
            takedown_id = UUID(wanted or "")
        except ValueError:
            _end("Name one takedown by its id; `efface status` lists them.", WRONG_USE)
        return list(self.pages(f"/takedowns/{takedown_id}/timeline"))


def _checked(address: str) -> str:
    """An address with a scheme and a host; others end the program."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host:
        _end("EFFACE_URL must look like http://host:port or https://host.", WRONG_USE)
    return address.rstrip("/")


def _refusal(reply: httpx.Response) -> str:
    """What went wrong, in the words of the problem."""
    try:
        problem = reply.json()
        title, detail = problem["title"], problem.get("detail")
    except (ValueError, KeyError, TypeError):
        return f"The answer was {reply.status_code}, without a reason."
    return f"{title}: {detail}" if detail else str(title)


def _end(message: str, code: int) -> NoReturn:
    sys.stderr.write(message + "\n")
    sys.exit(code)


COLUMNS: Final = (("state", 11), ("platform", 10), ("answers", 21), ("facts", 24), ("address", 0))


def page(found: Any) -> str:
    """Takedowns as lines for a person, with a count of each state first."""
    takedowns = found if isinstance(found, list) else [found]
    counts = Counter(t["state"] for t in takedowns)
    lines = ["  ".join(f"{state} {n}" for state, n in sorted(counts.items())) or "nothing yet", ""]
    lines += ["".join(_cell(name, width, name) for name, width in COLUMNS).rstrip()]
    for takedown in takedowns:
        shown = {
            "state": takedown["state"],
            "platform": takedown["platform"] or "-",
            "answers": ", ".join(sorted(set(takedown["answers"]))) or "-",
            "facts": ", ".join(name for name, true in takedown["derived"].items() if true),
            "address": takedown["shown"] or takedown["id"],
        }
        lines.append("".join(_cell(shown[name], width, name) for name, width in COLUMNS).rstrip())
    return "\n".join(lines)


def handed_in(results: Sequence[Any]) -> str:
    """What became of addresses, a line each. Nothing opens them by accident."""
    return "\n".join(_line(result) for result in results)


def _line(result: Any) -> str:
    holds = ", ".join(result.get("holds") or ())
    status = f"{result['status']} ({holds})" if holds else result["status"]
    problem = (result.get("problem") or {}).get("detail", "")
    return f"{status:10} {urls.defang(urls.refang(result['url']))}  {problem}".rstrip()


def history(lines: Sequence[Any]) -> str:
    """A timeline as lines for a person: when (in UTC), which of the questions, what."""
    return "\n".join(
        f"{line['happened_at'][:19].replace('T', ' ')}  {line['fact']:<8}  {line['text']}"
        for line in lines
    )


def _cell(value: str, width: int, _name: str) -> str:
    return f"{value:<{width}}  " if width else value
