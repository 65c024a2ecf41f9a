"""YouTube's world, as Google's reference says that it answers."""

from __future__ import annotations

import httpx

from adapters.errors import ContentGone, Misconfigured, Refused, Throttled
from adapters.spec import Grade, Receipt, Seen
from adapters.youtube import YouTube
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import stored

API = "https://www.googleapis.com/youtube/v3"
REPORT = f"POST {API}/videos/reportAbuse"
REASONS = f"GET {API}/videoAbuseReportReasons"
LOOK = f"GET {API}/videos"
SIGN_IN = "POST https://oauth2.googleapis.com/token"
ID = "ExampleVid0"
VIDEO = thing("youtube", ID, f"https://www.youtube.com/watch?v={ID}", video=ID)

CASE = Case(
    adapter=YouTube,
    secrets={
        "client_id": "canary-client",
        "client_secret": "canary-client-secret",
        "refresh_token": "canary-refresh-token",
    },
    routes={
        SIGN_IN: stored("youtube/token.json"),
        REASONS: stored("youtube/reasons.json"),
        REPORT: lambda _request: httpx.Response(204),
        LOOK: stored("youtube/video.json"),
    },
    others=(
        "https://www.youtube.com/",
        "https://www.youtube.com/@examplename",
        "https://www.youtube.com/channel/UCexampleexampleexample0",
        "https://www.youtube.com/playlist?list=PLexample",
        "https://www.youtube.com/embed/videoseries?list=PLexample",
        "https://www.youtube.com/embed/live_stream?channel=UCexample",
        f"https://www.youtube.com/watch?v={ID}&lc=UgExample",
        f"https://www.youtube.com/watch?v={ID}&v=AnotherVid0",
        f"https://www.youtube.com/watch?v={ID},",
        f"https://www.youtube.com/watch?list={ID}",
        f"https://www.youtube.com/shorts/{ID}0",
        f"https://www.youtube.com/post/{ID}",
        f"https://www.youtube.com/{ID}",
        f"https://youtu.be/{ID[:-1]}",
        "https://youtu.be/videoseries",
        f"https://studio.youtube.com/watch?v={ID}",
        f"https://youtube.com.example.org/watch?v={ID}",
        f"https://www.youtube.com:8443/watch?v={ID}",
        f"https://someone@www.youtube.com/watch?v={ID}",
    ),
    report=REPORT,
    locator=VIDEO,
    receipt=Receipt(None, Grade.ACCEPTED_BY_ADDRESSEE),
    refusals=(
        (stored("youtube/invalid_reason.json", 400), Refused),
        (stored("youtube/rate_limit.json", 400), Throttled),
        (stored("youtube/auth_error.json", 401), Misconfigured),
        (stored("youtube/forbidden.json", 403), Misconfigured),
        (stored("youtube/quota.json", 403), Throttled),
        (stored("youtube/not_found.json", 404), ContentGone),
    ),
    looks=(
        (VIDEO, {}, Seen.UP),
        (VIDEO, {LOOK: stored("youtube/none.json")}, Seen.GONE),
        (VIDEO, {LOOK: stored("youtube/other.json")}, Seen.CANNOT_SEE),
    ),
    marks=("access-token-of-the-centre", ID),
)
