"""Copyright notices: for whoever holds the rights in a picture and says so, and for nobody else.

No address is theirs: they are asked about what stands on a platform beside that platform's own
desk, for an item that says `rights_holder`. The steps are the elements of 17 U.S.C. 512(c)(3)(A),
as the pages of X and YouTube list them. `travels_to` says who gets to read such a notice, which is
more than the desk; where a platform says nothing of it, the worst is said and marked so.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from adapters.forms.filed import Form, form
from adapters.forms.row import UNSEEN, Put, Row, Value
from adapters.spec import ContentClass

__all__ = ["COPYRIGHT"]

_READ: Final = date(2026, 11, 27)
_RECORDED: Final = "https://github.com/OpenTermsArchive"  # the platforms' own pages, as they stood
_PUTS: Final = (
    Put("You are", "An agent who may act for whoever holds the rights", UNSEEN),
    Put(
        "Name of whoever holds the rights",
        "Leave this to that person: the centre never gives it by itself.",
        "Most forms want it. Only that person decides, and must know first who reads it.",
    ),
    Put("Name of whoever reports", Value.CENTRE, UNSEEN),
    Put("Postal address", Value.ADDRESS, "The centre's, or a lawyer's; never the person's own."),
    Put("Telephone", "The centre's, or a lawyer's; never the person's own.", UNSEEN),
    Put("E-mail address", Value.EMAIL, "Whoever posted it may write there."),
    Put(
        "The work whose rights are held",
        Value.RIGHTS,
        "In that person's own words. No picture is sent, and no link to one.",
    ),
    Put("Links to what uses it", Value.LINKS, "To the very thing: a profile is not enough."),
    Put(
        "What is wrong",
        "That it is used without permission. Say nothing of what it shows or of whom.",
        UNSEEN,
    ),
    Put(
        "Good faith, accuracy, and authority under penalty of perjury",
        "Ticked by whoever signs, and only by them.",
        "Who is knowingly wrong here pays damages: 17 U.S.C. 512(f).",
    ),
    Put(
        "Signature",
        Value.SIGNATURE,
        "The full name of whoever files: for the centre, a lawyer, or that person themselves.",
    ),
    Put("Our reference", Value.REFERENCE, "In any field for remarks."),
)
_NEVER: Final = (
    (
        "Never file it for somebody who did not say that they hold the rights. Whoever took a "
        "photograph has them, not whoever is shown in it."
    ),
    "Never file it before that person knows who gets to read it.",
)
_NOTE: Final = (
    "The fields, their order and how many links it takes were not confirmed: the steps follow the "
    "elements that the law lists. Whoever posted it may answer with a counter-notice; then it "
    "comes back unless a court is asked in time."
)
_TOLD: Final = (
    "whoever posted it: the name of whoever holds the rights, the e-mail address and the report"
)
_ALL: Final = "whoever posted it: the whole notice (not confirmed: count on it)"


def _notice(platform: str, title: str, form_url: str, note: str, **more: Any) -> type[Form]:
    return form(
        Row(
            name=f"{platform}_copyright",
            title=f"{title}, copyright notice",
            form=form_url,
            rights_in=(platform,),
            classes=frozenset(ContentClass),
            puts=_PUTS,
            never=_NEVER,
            note=f"{note} {_NOTE}",
            read_on=_READ,
            **more,
        )
    )


X: Final = _notice(
    "x",
    "X",
    "https://help.x.com/forms/ipi",
    "X says: it sends the whole notice, with name, address, telephone and e-mail address, to "
    "whoever posted it; an agent may file instead, and then names whom they act for. The page "
    "speaks of no public archive.",
    sources=(
        "https://help.x.com/en/rules-and-policies/copyright-policy",
        f"{_RECORDED}/pga-versions/blob/021bacc45976b4711c8feaec138230f850df45ce/X/Copyright%20Claims%20Policy.md",
    ),
    travels_to=(
        "whoever posted it: the whole notice, with name, address, telephone and e-mail address",
    ),
    country="US",
)

FACEBOOK: Final = _notice(
    "facebook",
    "Facebook",
    "https://www.facebook.com/help/400287850027717",
    "The button on Meta's page leads to the form. Meta says: it regularly gives the name of "
    "whoever holds the rights, the e-mail address of whoever reports, and the report to whoever "
    "posted it. That it takes notices about Threads was not confirmed.",
    sources=("https://www.facebook.com/help/400287850027717",),
    travels_to=(_TOLD,),
    country="US",
)

INSTAGRAM: Final = _notice(
    "instagram",
    "Instagram",
    "https://help.instagram.com/454951664593304",
    "The button on Instagram's page leads to the form. It says: it regularly gives the name of "
    "whoever holds the rights, the e-mail address of whoever reports, and the report to whoever "
    "posted it.",
    sources=(
        "https://help.instagram.com/454951664593304",
        "https://help.instagram.com/746718085394495",
    ),
    travels_to=(_TOLD,),
    country="US",
)

TIKTOK: Final = _notice(
    "tiktok",
    "TikTok",
    "https://www.tiktok.com/legal/report/Copyright",
    "TikTok said on its page of 2021: it may give the contact, the e-mail address and the name of "
    "whoever holds the rights to whoever posted it.",
    sources=(
        f"{_RECORDED}/pga-versions/blob/148f7d2e19c12f814994b2831829eba6384549dd/TikTok/Copyright%20Claims%20Policy.md",
    ),
    travels_to=(_TOLD,),
)

YOUTUBE: Final = _notice(
    "youtube",
    "YouTube",
    "https://support.google.com/youtube/answer/2807622",
    "YouTube wants a sign-in, and an agent's own account. It says: the name of whoever holds the "
    "rights stands in place of the video, though it may accept that of a representative; whoever "
    "posted it may get the full name, e-mail address and description; address and telephone stay "
    "confidential but for a lawsuit. It takes several videos.",
    sources=(
        "https://support.google.com/youtube/answer/2807622",
        "https://support.google.com/youtube/answer/7580521",
        "https://support.google.com/youtube/answer/6005900",
    ),
    travels_to=(
        "the public: the name of whoever holds the rights, in place of the video",
        "whoever posted it: the full name, e-mail address and description",
    ),
    urls=10,
    country="US",
)

REDDIT: Final = _notice(
    "reddit",
    "Reddit",
    "https://redditinc.com/policies/user-agreement",
    "The agreement links Reddit's form for copyright, says a guide; the form's own address was not "
    "confirmed. In 2015 Reddit said that it publishes a shortened notice in an archive, now Lumen; "
    "whether it does today was not confirmed. Users write that Reddit tells the name of whoever "
    "reported where it must.",
    sources=(
        "https://www.bruqi.com/removals/reddit-dmca",
        "https://rareddit.com/u/weffey",
        "https://red.cult9.xyz/r/ModSupport/comments/1kbkkuv/how_do_users_successfully_appeal_copyright_claims",
    ),
    travels_to=(
        "whoever posted it: the name of whoever reported (not confirmed)",
        "Lumen, a public archive (so in 2015, not confirmed today)",
    ),
    country="US",
)

DISCORD: Final = _notice(
    "discord",
    "Discord",
    "https://support.discord.com/hc/articles/18924560042007",
    "Discord's page says how to name what is reported, and links its copyright policy, which leads "
    "to the form. Whom Discord shows a notice to was not confirmed.",
    sources=("https://support.discord.com/hc/articles/18924560042007",),
    travels_to=(_ALL,),
    country="US",
)

PORNHUB: Final = _notice(
    "pornhub",
    "Pornhub",
    "https://help.pornhub.com/hc/en-us/articles/4419861225107-Copyright",
    "Pornhub's page leads to the form. It passes a counter-notice on to whoever reported; whom it "
    "shows the notice to was not confirmed.",
    sources=(
        "https://help.pornhub.com/hc/en-us/articles/4419861225107-Copyright",
        "https://help.pornhub.com/hc/en-us/articles/4419868442643",
    ),
    travels_to=(_ALL,),
)

TELEGRAM: Final = _notice(
    "telegram",
    "Telegram",
    "https://telegram.org/faq",
    "There is no form: Telegram's FAQ says to write to dmca@telegram.org, from whoever holds the "
    "rights or an agent, about public channels, groups, bots and stickers alone. Write the steps "
    "into one mail. Whom Telegram shows it to was not confirmed.",
    sources=(
        "https://telegram.org/faq",
        f"{_RECORDED}/contrib-versions/blob/55b206b7d863c36e35e598e1691c3de57faba622/Telegram/Copyright%20Claims%20Policy.md",
    ),
    travels_to=(_ALL,),
    urls=20,
)

GOOGLE_SEARCH: Final = _notice(
    "google_search",
    "Google Search",
    "https://support.google.com/legal/answer/3110420",
    "Google's page asks for the product and the reason, then opens the form; it takes several "
    "addresses: those of the pages, not of a search. Google says: it shares such notices with "
    "Lumen, with the name of whoever made them in some cases, never with what stands in fields for "
    "contact. Whoever reads Lumen may find the addresses there. It takes results away, not the "
    "page.",
    sources=(
        "https://support.google.com/legal/answer/3110420",
        "https://support.google.com/legal/answer/12158374",
        "https://support.google.com/transparencyreport/answer/7347743",
    ),
    travels_to=("Lumen, a public archive: the notice with its addresses, the name in some cases",),
    urls=10,
    country="US",
)

BING: Final = _notice(
    "bing",
    "Bing",
    "https://www.bing.com/webmaster/contentremovalform/showcontentremovalform",
    "Bing says that it takes such notices by a form, after a sign-in, and shows whoever runs a "
    "site which pages were reported; who else reads them was not confirmed. The form's address "
    "comes from a guide. It takes results away, not the page.",
    sources=(
        "https://blogs.bing.com/webmaster/September-2016/Bing-Enhances-the-Copyright-Infringement-Claims-Pr",
        "https://blogs.bing.com/webmaster/april-2017/bing-refines-its-copyright-removals-process",
        "https://amp-docs-next.pages.dev/docs/educational-resources/search-engine-takedowns/bing-takedown",
    ),
    travels_to=(
        "whoever runs the site: which pages were reported",
        "a public archive (not confirmed: count on it)",
    ),
    country="US",
)

COPYRIGHT: Final = (
    *(X, FACEBOOK, INSTAGRAM, TIKTOK, YOUTUBE, REDDIT, DISCORD, PORNHUB, TELEGRAM),
    *(GOOGLE_SEARCH, BING),
)
