"""A homeserver, as the Matrix specification and Synapse say that it answers."""

from __future__ import annotations

from adapters.errors import Misconfigured, NeedsPerson, Refused, Throttled
from adapters.matrix import Matrix
from adapters.spec import Grade, Kind, Receipt, Seen
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import stored, told

HOME = "https://matrix.example"
API = f"{HOME}/_matrix/client/v3"
ROOM, EVENT = "!jEsUZKDJdhlrceRyVU:example.org", "$143273582443PhrSn:example.org"
IN_PATH = "%21jEsUZKDJdhlrceRyVU%3Aexample.org"
EVENT_IN_PATH = "%24143273582443PhrSn%3Aexample.org"
REPORT = f"POST {API}/rooms/{IN_PATH}/report/{EVENT_IN_PATH}"
LOOK = f"GET {API}/rooms/{IN_PATH}/event/{EVENT_IN_PATH}"
ALIAS = f"GET {API}/directory/room/%23monkeys%3Amatrix.org"

TO = "https://matrix.to/#"
POST = thing("matrix", f"{ROOM}/{EVENT}", f"{TO}/{ROOM}/{EVENT}", room=ROOM, event=EVENT)
GROUP = thing("matrix", ROOM, f"{TO}/{ROOM}", Kind.GROUP, room=ROOM)

CASE = Case(
    adapter=Matrix,
    settings={"base_url": HOME, "server_name": "matrix.example"},
    secrets={"token": "canary-token"},
    routes={
        REPORT: stored("matrix/reported.json"),
        LOOK: stored("matrix/event.json"),
        ALIAS: stored("matrix/alias.json"),
    },
    others=(
        "https://matrix.to/",
        "https://matrix.to/#/",
        "https://matrix.to/#/room:matrix.example",
        "https://matrix.to/#/!",
        "https://matrix.to/#/@examplename",
        "https://matrix.to/#/@examplename:matrix.example/$event",
        "https://matrix.to/#/@examplename:matrix.example,",
        "https://matrix.to/#/+group:matrix.example",
        f"{TO}/{ROOM}/{EVENT}/x,",
        f"{TO}/{ROOM}/x",
        f"{TO}/{ROOM}?event=x",
        "https://matrix.to:8443/#/@examplename:matrix.example",
        "matrix:e/event",
        "matrix:roomid/opaque:matrix.example/e",
        "matrix:roomid/opaque:matrix.example/u/examplename:matrix.example",
        "matrix://authority/u/examplename:matrix.example",
        "tg://matrix.to/#/@examplename:matrix.example",
    ),
    report=REPORT,
    locator=POST,
    receipt=Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (stored("matrix/not_found.json", 404), NeedsPerson),
        (told({"errcode": "M_FORBIDDEN", "error": "x"}, 403), NeedsPerson),
        (told({"errcode": "M_UNRECOGNIZED", "error": "x"}, 404), Refused),
        (stored("matrix/too_long.json", 400), Refused),
        (stored("matrix/unknown_token.json", 401), Misconfigured),
        (stored("matrix/rate_limited.json", 429), Throttled),
    ),
    looks=(
        (POST, {}, Seen.UP),
        (POST, {LOOK: stored("matrix/event_redacted.json")}, Seen.GONE),
        (POST, {LOOK: stored("matrix/event_partly_redacted.json")}, Seen.CANNOT_SEE),
        (POST, {LOOK: stored("matrix/event_not_found.json", 404)}, Seen.CANNOT_SEE),
        (POST, {LOOK: stored("matrix/unknown_token.json", 401)}, Seen.CANNOT_SEE),
        (GROUP, {}, Seen.CANNOT_SEE),
    ),
    resolves=(
        (f"{TO}/%23monkeys:matrix.org", "!abnjk1jdasj98:capuchins.com"),
        ("matrix:r/monkeys:matrix.org/e/event", "!abnjk1jdasj98:capuchins.com/$event"),
    ),
    marks=("jEsUZKDJdhlrceRyVU", "PhrSn"),
)
