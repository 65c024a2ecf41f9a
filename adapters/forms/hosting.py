"""Places where files are kept and shared, with a form for reports."""

from __future__ import annotations

from typing import Final

from adapters.forms.filed import form
from adapters.forms.row import ELEMENTS, PAGES, UNSEEN, Link, Look, Put, Row, Sign, Value
from adapters.report import INTIMATE
from adapters.spec import ContentClass, Kind, Seen

__all__ = ["HOSTING"]

_GITHUB_PAGES: Final = PAGES.format(
    "about|account|apps|collections|contact|customer-stories|dashboard|enterprise|events|explore"
    "|features|issues|join|login|logout|marketplace|new|notifications|organizations|orgs|pricing"
    "|pulls|readme|search|security|sessions|settings|signup|site|sponsors|stars|team|topics"
    "|trending|user-attachments|users"
)
_OWNER: Final = rf"{_GITHUB_PAGES}(?P<owner>[A-Za-z0-9](?:[A-Za-z0-9-]{{0,38}}))"
_REPO: Final = rf"/{_OWNER}/(?P<repo>[\w.-]{{1,100}}?)(?:\.git)?"
_PATH: Final = r"(?P<path>[^%?#]{1,1000})"

GITHUB: Final = form(
    Row(
        name="github",
        title="GitHub",
        form="https://support.github.com/contact/report-abuse",
        sources=(
            "https://docs.github.com/en/communities/maintaining-your-safety-on-github/reporting-abuse-or-spam",
            "https://github.com/github/rest-api-description/issues/3314",
            "https://github.com/kulkansecurity/gitxray/issues/9",
        ),
        sites=(
            "github.com",
            "gist.github.com",
            "raw.githubusercontent.com",
            "user-images.githubusercontent.com",
        ),
        before=r"www|m",
        links=(
            Link(
                Kind.FILE,
                rf"{_REPO}/(?:blob|raw)/(?:refs/heads/)?{_PATH}",
                "{owner}/{repo}/{path}",
                "https://github.com/{owner}/{repo}/blob/{path}",
                sites=("github.com",),
                lower=("owner", "repo"),
            ),
            Link(
                Kind.FILE,
                rf"{_REPO}/(?:refs/heads/)?{_PATH}",
                "{owner}/{repo}/{path}",
                "https://github.com/{owner}/{repo}/blob/{path}",
                sites=("raw.githubusercontent.com",),
                lower=("owner", "repo"),
            ),
            Link(
                Kind.FILE,
                rf"{_REPO}/(?P<form>tree|releases|wiki|commit|assets)/{_PATH}",
                "{owner}/{repo}/{form}/{path}",
                "https://github.com/{owner}/{repo}/{form}/{path}",
                sites=("github.com",),
                anchor=r"commitcomment-\d{1,15}",
                lower=("owner", "repo"),
            ),
            Link(
                Kind.FILE,
                rf"/(?P<first>\d{{1,20}})/{_PATH}",
                "user-images/{first}/{path}",
                "https://user-images.githubusercontent.com/{first}/{path}",
                sites=("user-images.githubusercontent.com",),
            ),
            Link(
                Kind.FILE,
                rf"/user-attachments/{_PATH}",
                "user-attachments/{path}",
                "https://github.com/user-attachments/{path}",
                sites=("github.com",),
            ),
            Link(
                Kind.POST,
                rf"{_REPO}/(?:issues|pull|discussions)/(?P<number>[1-9]\d{{0,9}})/?",
                "{owner}/{repo}/{number}",
                "https://github.com/{owner}/{repo}/issues/{number}",
                sites=("github.com",),
                anchor=r"(?:issuecomment|discussioncomment|issue|pullrequestreview)-\d{1,15}"
                r"|discussion_r\d{1,15}",
                lower=("owner", "repo"),
            ),
            Link(
                Kind.FILE,
                r"/(?:[A-Za-z0-9-]{1,39}/)?(?P<id>[0-9a-f]{20,32})(?:/raw)?/?",
                "gist/{id}",
                "https://gist.github.com/{id}",
                sites=("gist.github.com",),
                anchor=r"gistcomment-\d{1,15}",
            ),
            Link(
                Kind.SITE,
                rf"{_REPO}/?(?:(?:issues|pulls|releases|wiki|actions)/?)?",
                "{owner}/{repo}",
                "https://github.com/{owner}/{repo}",
                sites=("github.com",),
                lower=("owner", "repo"),
                look="/repos/{owner}/{repo}",
            ),
            Link(
                Kind.ACCOUNT,
                rf"/{_OWNER}/?",
                "@{owner}",
                "https://github.com/{owner}",
                sites=("github.com",),
                lower=("owner",),
                look="/users/{owner}",
            ),
        ),
        samples=(
            "https://github.com/examplename/examplerepo",
            "https://github.com/examplename/examplerepo/blob/main/example.txt",
            "https://github.com/examplename",
        ),
        classes=INTIMATE | {ContentClass.PERSONAL_DETAILS},
        puts=(
            Put("What you report", "I want to report harmful content", UNSEEN),
            Put("Kind of harm", "Sexually explicit, shared without consent", UNSEEN),
            *ELEMENTS[1:],
        ),
        note=(
            "GitHub's contact form asks to prove that you are no machine, and may ask you to sign "
            "in. Its fields, their order and how many links it takes could not be read. Do not "
            "choose the report to a repository's own maintainers: the uploader may be one."
        ),
        country="US",
        per_minute=1,  # who does not sign in may ask 60 times an hour
        look=Look(
            "https://api.github.com",
            signs=(
                Sign(Seen.UP, "repository_shown", tells={"full_name": "{owner}/{repo}"}),
                Sign(Seen.UP, "account_shown", tells={"login": "{owner}"}),
                Sign(Seen.GONE, "not_found", 404, {"message": "Not Found", "status": "404"}),
                Sign(Seen.RESTRICTED, "http_451", 451, {"message": "Repository access blocked"}),
                Sign(
                    Seen.RESTRICTED, "access_blocked", 403, {"message": "Repository access blocked"}
                ),
            ),
        ),
    )
)

_IMGUR_ID: Final = r"(?P<id>[A-Za-z0-9]{5}(?:[A-Za-z0-9]{2})?)"

IMGUR: Final = form(
    Row(
        name="imgur",
        title="Imgur",
        form="https://imgur.com/removalrequest",
        sources=(
            "https://help.imgur.com/hc/en-us/articles/115001147411",
            "https://github.com/yt-dlp/yt-dlp/blob/81ecd58/yt_dlp/extractor/imgur.py",
        ),
        sites=("imgur.com", "i.imgur.com"),
        before=r"www|m|i|s",
        links=(
            Link(
                Kind.POST,
                r"/a/(?:[\w-]{1,200}-)?(?P<id>[A-Za-z0-9]{5,7})/?",
                "a/{id}",
                "https://imgur.com/a/{id}",
                sites=("imgur.com",),
            ),
            Link(
                Kind.POST,
                r"/(?:gallery|t/[\w-]{1,80}|topic/[\w-]{1,80}|r/\w{1,80})/(?:[\w-]{1,200}-)?"
                r"(?P<id>[A-Za-z0-9]{5,7})/?",
                "gallery/{id}",
                "https://imgur.com/gallery/{id}",
                sites=("imgur.com",),
            ),
            Link(
                Kind.ACCOUNT,
                r"/user/(?P<who>\w{1,80})/?(?:\w+/?)?",
                "@{who}",
                "https://imgur.com/user/{who}",
                sites=("imgur.com",),
                lower=("who",),
            ),
            Link(
                Kind.FILE,
                # a letter behind the id is a size: api.imgur.com/models/image
                rf"/{_IMGUR_ID}[sbtmlhrg]?\.(?:jpe?g|png|gifv?|webp|mp4|webm)",
                "{id}",
                "https://imgur.com/{id}",
            ),
            Link(
                Kind.FILE,
                rf"/(?!about|apps|search|users?/?$|terms|random|signin){_IMGUR_ID}/?",
                "{id}",
                "https://imgur.com/{id}",
            ),
        ),
        samples=(
            "https://i.imgur.com/AbCdEf1.jpg",
            "https://imgur.com/AbCdEf1",
            "https://imgur.com/a/AbCdEf1",
        ),
        puts=(
            Put("Reason", "Nude or sexual content of a person without consent", UNSEEN),
            Put("Link to the image or album", Value.LINKS, UNSEEN),
            *ELEMENTS[2:],
        ),
        note=(
            "Neither the form's address nor its fields could be confirmed with Imgur: the address "
            "is remembered by others. Where it is not there, write through Imgur's help page and "
            "use the same words. Give every image of an album of its own; a post in the gallery "
            "can be reported beside it, too."
        ),
        country="US",
    )
)

HOSTING: Final = (GITHUB, IMGUR)
