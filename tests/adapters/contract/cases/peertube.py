"""PeerTube's world, as its source says that it answers."""

from __future__ import annotations

from adapters.errors import ContentGone, Misconfigured, Refused
from adapters.peertube import PeerTube
from adapters.spec import AnswerKind, Grade, Receipt, Seen
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import stored, told

UUID = "9c9de5e8-0a1e-484a-b099-e80766180a6d"
SITE = "https://peertube.example"
API = f"{SITE}/api/v1"
REPORT = f"POST {API}/abuses"
OWN = f"GET {API}/users/me/abuses"
MESSAGES = f"GET {API}/abuses/31/messages"
LOOK = f"GET {API}/videos/{UUID}"
THREAD = f"GET {API}/videos/{UUID}/comment-threads/5"
ACCOUNT = f"GET {API}/accounts/examplename"
CHANNEL = f"GET {API}/video-channels/examplechannel@other.example"
REMOTE_ACCOUNT = f"GET {API}/accounts/examplename@other.example"
VIDEOS = f"GET {API}/search/videos"
CHANNELS = f"GET {API}/search/video-channels"

VIDEO = thing(
    "peertube", f"peertube.example/{UUID}", f"{SITE}/w/kkGMgK9ZtnKfYAgnEtQxbv", video=UUID
)
COPY = thing(
    "peertube",
    VIDEO.key,
    "https://other.example/w/kkGMgK9ZtnKfYAgnEtQxbv",
    video=UUID,
    remote="yes",
)
COMMENT = thing("peertube", f"{VIDEO.key}/5", f"{VIDEO.url};threadId=5", video=UUID, comment="5")

CASE = Case(
    adapter=PeerTube,
    settings={"base_url": SITE},
    secrets={"username": "canary-user", "password": "canary-password"},
    routes={
        f"GET {API}/oauth-clients/local": stored("peertube/client.json"),
        f"POST {API}/users/token": stored("peertube/token.json"),
        REPORT: stored("peertube/reported.json"),
        OWN: stored("peertube/pending.json"),
        MESSAGES: stored("peertube/messages.json"),
        f"POST {API}/abuses/31/messages": stored("peertube/written.json"),
        LOOK: stored("peertube/video.json"),
        f"GET {API}/videos/42": stored("peertube/video.json"),
        THREAD: stored("peertube/thread.json"),
        ACCOUNT: stored("peertube/account.json"),
        CHANNEL: stored("peertube/channel.json"),
        REMOTE_ACCOUNT: stored("peertube/account.json"),
        VIDEOS: stored("peertube/found_video.json"),
        CHANNELS: stored("peertube/found_channel.json"),
    },
    others=(
        f"{SITE}/",
        f"{SITE}/w/p/kkGMgK9ZtnKfYAgnEtQxbv",
        f"{SITE}/videos/watch/playlist/{UUID}",
        f"{SITE}/w/zzzzzzzzzzzzzzzzzzzzzz0",
        f"{SITE}/about/instance",
        f"{SITE}/w/{UUID},",
        f"{SITE}/w/{UUID}/x",
        f"{SITE}/w/{UUID};threadId=5,",
        f"{SITE}/w/{UUID};threadId=x",
        f"{SITE}/w/{UUID};threadId=5;threadId=6",
        f"{SITE}/a/examplename/x",
        f"{SITE}/a/examplename/videos/x",
        f"{SITE}/a/examplename,",
        f"{SITE}/c/examplechannel/videos,",
        f"tg://peertube.example/w/{UUID}",
        f"https://other.example/w/{UUID}",
        f"https://name@peertube.example/w/{UUID}",
        f"https://peertube.example:8443/w/{UUID}",
    ),
    report=REPORT,
    locator=VIDEO,
    receipt=Receipt("31", Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (stored("peertube/not_found.json", 404), ContentGone),
        (told("not found", 404), Refused),
        (stored("peertube/incorrect.json", 400), Refused),
        (stored("peertube/invalid_token.json", 401), Misconfigured),
        (stored("peertube/own_video.json", 403), Refused),
    ),
    polls=(
        ({}, (AnswerKind.ACKNOWLEDGED,), False),
        ({OWN: stored("peertube/rejected.json")}, (AnswerKind.REFUSED,), True),
        ({OWN: stored("peertube/accepted.json")}, (AnswerKind.UNSPECIFIED,), True),
        ({OWN: stored("peertube/accepted_deleted.json")}, (AnswerKind.UNSPECIFIED,), True),
        ({OWN: stored("peertube/accepted_blocked.json")}, (AnswerKind.UNSPECIFIED,), True),
        (
            {OWN: stored("peertube/pending_asked.json")},
            (AnswerKind.ACKNOWLEDGED, AnswerKind.UNSPECIFIED),
            False,
        ),
        ({OWN: stored("peertube/none.json")}, (), True),
    ),
    unknown={OWN: stored("peertube/unheard_of.json")},
    absent=({OWN: stored("peertube/none.json")}, {OWN: stored("peertube/others.json")}),
    looks=(
        (VIDEO, {}, Seen.UP),
        (VIDEO, {LOOK: stored("peertube/not_found.json", 404)}, Seen.GONE),
        (VIDEO, {LOOK: told("not found", 404)}, Seen.CANNOT_SEE),
        (VIDEO, {LOOK: stored("peertube/not_public.json", 401)}, Seen.CANNOT_SEE),
        (VIDEO, {LOOK: stored("peertube/needs_password.json", 401)}, Seen.CANNOT_SEE),
        (VIDEO, {LOOK: stored("peertube/not_followed.json", 403)}, Seen.CANNOT_SEE),
        (VIDEO, {LOOK: told({}, 451)}, Seen.RESTRICTED),
        (COPY, {}, Seen.UP),
        (COPY, {LOOK: stored("peertube/not_found.json", 404)}, Seen.CANNOT_SEE),
        (COMMENT, {}, Seen.UP),
        (COMMENT, {THREAD: stored("peertube/thread_deleted.json")}, Seen.GONE),
        (COMMENT, {THREAD: stored("peertube/not_found.json", 404)}, Seen.GONE),
    ),
    resolves=(
        (f"{SITE}/videos/watch/42", VIDEO.key),
        (f"{SITE}/a/examplename", "peertube.example/a/examplename"),
        (
            f"{SITE}/video-channels/examplechannel@other.example",
            "peertube.example/c/examplechannel@other.example",
        ),
    ),
    marks=("access-token-of-the-centre", "client-secret-of-the-instance", UUID),
)
