"""Pixeldrain, a file host, by mail to its abuse address; looks through its public API.

It reads mail by machine: only mail in English that passes SPF and DKIM, with a Message-ID, in whose
text stand the links and the name of a category of its content policy. Who sends the same report
again is blocked, so nothing is ever repeated by machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from adapters.errors import PlatformError
from adapters.http import ask, cannot_see
from adapters.mail import REPLY_TAG, Mailbox
from adapters.places import place
from adapters.report import LETTER
from adapters.spec import (
    MOST_PER_DAY,
    Ability,
    Carries,
    Channel,
    ContentClass,
    Kind,
    Locator,
    Notice,
    Observation,
    Rate,
    Seen,
    Setting,
    Settle,
    Source,
    Spec,
    Url,
)
from adapters.told import word_at

__all__ = ["Pixeldrain"]

_READ: Final = date(2026, 11, 26)
_POLICY: Final = "https://docs.pixeldrain.com/content_policy"
_ID: Final = r"[A-Za-z0-9_-]{4,20}"
_FILE: Final = re.compile(rf"/(?:u|api/file)/({_ID})(?:/(?:info|thumbnail|download))?/?")
_ALBUM: Final = re.compile(rf"/(?:l|api/list)/({_ID})/?")
_IN_FOLDER: Final = re.compile(rf"/d/({_ID}(?:/[^/]+)*)/?")
_ONE_OF_ALBUM: Final = re.compile(r"item=(0|[1-9][0-9]{0,4})")
_CATEGORIES: Final[Mapping[ContentClass, str]] = {
    ContentClass.NCII: "Revenge porn",
    ContentClass.DEEPFAKE: "Revenge porn",
    ContentClass.VOYEURISM: "Revenge porn",
    ContentClass.THREAT: "Doxing",  # which takes in shaming and extortion
    ContentClass.PERSONAL_DETAILS: "Doxing",
}
_OF_MINORS: Final = "Abuse of minors"


class Pixeldrain(Mailbox):
    spec = Spec(
        name="pixeldrain",
        title="Pixeldrain",
        channel=Channel.MAIL,
        hosts=("pixeldrain.com", "www.pixeldrain.com"),
        api_hosts=("pixeldrain.com",),
        classes=frozenset(_CATEGORIES),
        carries=Carries(urls=50, text_chars=500_000),  # no address may be cut off
        can=frozenset({Ability.LOOK}),
        perhaps_sent=Settle.RECEIPT,
        lane=Rate(per_minute=20, burst=5),
        gathers=True,
        gone_needs_up=True,  # that a 404 cannot mean "hidden" is not documented
        settings=(
            Setting(
                "abuse_address", "Where files are reported", "abuse@pixeldrain.com", required=True
            ),
            Setting("api_url", "Where files are looked at", "https://pixeldrain.com/api"),
            REPLY_TAG,
            MOST_PER_DAY,
        ),
        discloses=LETTER,
        travels_to=("NCMEC, where a minor is or may be shown",),
        sources=(
            Source(f"{_POLICY}/reporting_abuse", _READ),
            Source("https://pixeldrain.com/abuse", _READ),
            Source("https://pixeldrain.com/api", _READ),
        ),
        samples=(
            "https://pixeldrain.com/u/AbCd1234",
            "https://pixeldrain.com/l/EfGh5678",
            "https://pixeldrain.com/d/IjKl9012/folder/file.jpg",
        ),
    )

    def match(self, url: Url) -> Locator | None:
        if place(url).removeprefix("www.") != "pixeldrain.com":
            return None
        if found := _FILE.fullmatch(url.path):
            return _locator(Kind.FILE, f"u/{found[1]}", look=f"file/{found[1]}/info", id=found[1])
        if found := _ALBUM.fullmatch(url.path):
            one = _ONE_OF_ALBUM.fullmatch(url.fragment)
            part, kind = (f"#item={one[1]}", Kind.FILE) if one else ("", Kind.POST)
            look = "" if one else f"list/{found[1]}"
            return _locator(kind, f"l/{found[1]}{part}", look=look, id=found[1])
        found = _IN_FOLDER.fullmatch(url.raw_path)
        return _locator(Kind.FILE, f"d/{found[1]}", look="", id="") if found else None

    def recipient(self, notice: Notice) -> str:  # noqa: ARG002 - one address takes all
        return self.settings["abuse_address"]

    def message(self, notice: Notice) -> bytes:
        """With the category, by which their machine sorts it."""
        name = _OF_MINORS if notice.depicted_minor else _CATEGORIES.get(notice.content_class, "")
        words = f"{notice.text}\n\nCategory of your content policy: {name}" if name else notice.text
        return super().message(replace(notice, text=words))

    async def look(self, locator: Locator) -> Observation:
        """What their API says of a file or an album; folders, and items of albums, have none."""
        if not locator.parts.get("look"):
            return Observation(Seen.CANNOT_SEE, "no_endpoint", "api")
        try:
            reply = await ask(
                self, f"{self.settings['api_url'].rstrip('/')}/{locator.parts['look']}"
            )
        except PlatformError as failure:
            return cannot_see(failure)
        if reply.status == 404:
            return Observation(Seen.GONE, "http_404", "api")
        if reply.status == 451:
            return Observation(Seen.RESTRICTED, "http_451", "api")
        told = reply.json() if reply.status == 200 else None
        if word_at(told, "id") != locator.parts["id"]:
            rule = "other_answer" if reply.status == 200 else f"http_{reply.status}"
            return Observation(Seen.CANNOT_SEE, rule, "api")
        if word_at(told, "abuse_type"):
            return Observation(Seen.GONE, "blocked_for_abuse", "api")
        if word_at(told, "availability"):
            return Observation(Seen.CANNOT_SEE, "not_available_now", "api")
        return Observation(Seen.UP, "api_200", "api", proof=True)


def _locator(kind: Kind, key: str, **parts: str) -> Locator:
    return Locator(Pixeldrain.spec.name, kind, key, f"https://pixeldrain.com/{key}", parts=parts)
