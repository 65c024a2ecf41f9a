"""Pixeldrain's world: its relay says yes, and its API says what is there."""

from __future__ import annotations

import json
from typing import Any

from adapters.pixeldrain import Pixeldrain
from adapters.spec import Grade, Kind, Receipt, Seen
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import REPLIES, Answer, stored, told

API = "https://pixeldrain.com/api"
FILE = thing(
    "pixeldrain",
    "u/AbCd1234",
    "https://pixeldrain.com/u/AbCd1234",
    Kind.FILE,
    look="file/AbCd1234/info",
    id="AbCd1234",
)
ALBUM = thing(
    "pixeldrain",
    "l/EfGh5678",
    "https://pixeldrain.com/l/EfGh5678",
    Kind.POST,
    look="list/EfGh5678",
    id="EfGh5678",
)
FOLDER = thing("pixeldrain", "d/IjKl9012", "https://pixeldrain.com/d/IjKl9012", Kind.FILE, id="")
OF_FILE = f"GET {API}/file/AbCd1234/info"
OF_ALBUM = f"GET {API}/list/EfGh5678"
NOT_FOUND = stored("pixeldrain/not_found.json", 404)


def file(**changes: str) -> Answer:
    """The stored file, in another state."""
    before: dict[str, Any] = json.loads((REPLIES / "pixeldrain/file.json").read_bytes())
    return told({**before, **changes})


CASE = Case(
    adapter=Pixeldrain,
    routes={
        OF_FILE: stored("pixeldrain/file.json"),
        OF_ALBUM: stored("pixeldrain/album.json"),
    },
    others=(
        "https://pixeldrain.com/",
        "https://pixeldrain.com/abuse",
        "https://pixeldrain.com/u/",
        "https://pixeldrain.com/u/AbCd1234,EfGh5678",
        "https://pixeldrain.com:8443/u/AbCd1234",
        "https://pixeldrain.com.example.org/u/AbCd1234",
        "https://name:word@pixeldrain.com/u/AbCd1234",
    ),
    locator=FILE,
    receipt=Receipt("<0192f7a1.EF-7K2M9Q@centre.example>", Grade.HANDED_TO_RELAY),
    looks=(
        (FILE, {}, Seen.UP),
        (FILE, {OF_FILE: NOT_FOUND}, Seen.GONE),
        (FILE, {OF_FILE: told({}, 451)}, Seen.RESTRICTED),
        (FILE, {OF_FILE: told({}, 403)}, Seen.CANNOT_SEE),
        (FILE, {OF_FILE: file(id="other567")}, Seen.CANNOT_SEE),
        (FILE, {OF_FILE: file(abuse_type="revenge_porn")}, Seen.GONE),
        (FILE, {OF_FILE: file(availability="captcha")}, Seen.CANNOT_SEE),
        (ALBUM, {}, Seen.UP),
        (ALBUM, {OF_ALBUM: NOT_FOUND}, Seen.GONE),
        (FOLDER, {}, Seen.CANNOT_SEE),
    ),
    marks=("example.jpg",),
)
