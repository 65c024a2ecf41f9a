"""X's world: oEmbed shows a post, short links lead to one, and nothing takes a report."""

from __future__ import annotations

import httpx

from adapters.spec import Kind, Seen
from adapters.x import X
from tests.adapters.contract.case import Case, thing
from tests.adapters.contract.site import stored, told

ID = "1234567890123456789"
OEMBED = "GET https://publish.x.com/oembed"
SHORT = "HEAD https://t.co/AbCdEf1234"
POST = thing("x", ID, f"https://x.com/examplename/status/{ID}", status=ID, user="examplename")
NAMELESS = thing("x", ID, f"https://x.com/i/status/{ID}", status=ID, user="")
ACCOUNT = thing("x", "@examplename", "https://x.com/examplename", Kind.ACCOUNT)
NOT_FOUND = stored("x/not_found.html", 404, "text/html")
TARGET = f"https://twitter.com/ExampleName/status/{ID}/photo/1"

CASE = Case(
    adapter=X,
    routes={
        OEMBED: stored("x/post.json"),
        SHORT: lambda _request: httpx.Response(301, headers={"location": TARGET}),
    },
    others=(
        "https://x.com/",
        "https://x.com/home",
        "https://x.com/i/spaces/1",
        "https://x.com/search?q=x",
        "https://help.x.com/examplename",
        "https://x.com:8443/examplename",
    ),
    locator=POST,
    looks=(
        (POST, {}, Seen.UP),
        (NAMELESS, {}, Seen.UP),
        (POST, {OEMBED: NOT_FOUND}, Seen.GONE),
        (NAMELESS, {OEMBED: NOT_FOUND}, Seen.CANNOT_SEE),
        (POST, {OEMBED: stored("x/not_authorised.json", 403)}, Seen.CANNOT_SEE),
        (
            POST,
            {OEMBED: told({"url": "https://twitter.com/ExampleName/status/1"})},
            Seen.CANNOT_SEE,
        ),
        (POST, {OEMBED: told({}, 451)}, Seen.RESTRICTED),
        (ACCOUNT, {}, Seen.CANNOT_SEE),
    ),
    resolves=(("https://t.co/AbCdEf1234", ID),),
    marks=("canary-author", "canary-words"),
)
