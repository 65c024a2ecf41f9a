"""Search engines: they take a result away, not what it leads to.

Only their own addresses of results match. They are asked about all others too where the centre says
so.
"""

from __future__ import annotations

from typing import Final

from adapters.forms.filed import form
from adapters.forms.row import ELEMENTS, UNSEEN, Link, Put, Row, Value
from adapters.report import INTIMATE
from adapters.spec import ContentClass, Kind

__all__ = ["SEARCH"]

_WORDS: Final = r"(?s:.{1,2000})"
# Which results, and which page of them; all else in such an address is about the visit.
_RESULTS: Final = {
    "tbm": r"\w{1,10}",
    "udm": r"\d{1,4}",
    "tbs": r"[\w:,]{1,80}",
    "start": r"\d{1,6}",
}
_NAME_INSIDE: Final = (
    "An address of a search holds the words that were searched for, which are often the depicted "
    "person's name: the search engine learns it by the address. "
)

GOOGLE_SEARCH: Final = form(
    Row(
        name="google_search",
        title="Google Search",
        form="https://support.google.com/websearch/answer/6302812",
        sources=(
            "https://support.google.com/websearch/answer/6302812",
            "https://support.google.com/websearch/answer/9116649",
            "https://ncsei-support.org/articles/how-to-submit-a-ncsei-removal-request-on-google-search",
        ),
        sites=(
            *(
                f"google.{end}"
                for end in ("com", "ca", "de", "es", "fr", "ie", "it", "nl", "pl", "se")
            ),
            *(f"google.co.{end}" for end in ("id", "il", "in", "jp", "kr", "nz", "th", "uk", "za")),
            *(
                f"google.com.{end}"
                for end in ("ar", "au", "br", "hk", "mx", "ph", "sg", "tr", "tw", "vn")
            ),
        ),
        before=r"www|images|m",
        links=(
            Link(
                Kind.SEARCH_RESULT,
                r"/imgres",
                "{site}/imgres",
                "https://www.{site}/imgres",
                needs={"imgurl": _WORDS},
                keeps={"imgurl": _WORDS, "imgrefurl": _WORDS},
            ),
            Link(
                Kind.SEARCH_RESULT,
                r"/search/?",
                "{site}/search",
                "https://www.{site}/search",
                needs={"q": _WORDS},
                keeps={"q": _WORDS, **_RESULTS},
                anchor=r"(?:[\w-]{1,20}=[\w-]{1,60}&)*(?:imgrc|vhid|imgdii)=[\w-]{1,60}[\w=&-]{0,200}",
            ),
        ),
        samples=(
            "https://www.google.com/imgres?imgurl=https%3A%2F%2Fexample.com%2F1.jpg",
            "https://www.google.com/search?q=example+words&udm=2",
        ),
        classes=INTIMATE | {ContentClass.PERSONAL_DETAILS},
        urls=10,
        puts=(
            Put(
                "Type of content you want to remove",
                "Content contains nudity or sexual material",
                "Then the country of residence: the depicted person's, which the centre knows.",
            ),
            Put(
                "Describe the content",
                "Intimate or explicit, shared without consent; for deepfakes: falsely portrays a "
                "person in a sexual act, or in an intimate state",
                UNSEEN,
            ),
            Put("You are", "An authorised representative", UNSEEN),
            Put("How you have the authority", Value.AUTHORITY, "Google says that this is needed."),
            Put(
                "Addresses of the content and of the search results",
                Value.LINKS,
                "Google reviews only the addresses that are given here.",
            ),
            Put("What is wrong", Value.SUMMARY, UNSEEN),
            Put("Not consensual", Value.NO_CONSENT, UNSEEN),
            Put(
                "Screenshots",
                "Leave empty.",
                "The form asks for them; for minors they must never be made.",
            ),
            Put("Organisation", Value.CENTRE, UNSEEN),
            Put("E-mail address", Value.EMAIL, "Google confirms, asks and decides by mail."),
            Put("Signature", Value.SIGNATURE, "The centre signs, not the depicted person."),
            Put("Our reference", Value.REFERENCE, "In any field for remarks."),
        ),
        note=(
            f"{_NAME_INSIDE}The button on Google's page opens the form. Its first two choices are "
            "as Google's help page quotes them; the other fields, their order and how many "
            "addresses it takes were not confirmed, except that it takes several. Google asks that "
            "the person is identifiable, did not consent, and is not paid for it. The form offers "
            "to filter similar results: that is the depicted person's choice."
        ),
        never_of_a_child=(
            "Never send Google a screenshot of a minor, though the form asks for one.",
        ),
        country="US",
        delists=True,
    )
)

BING: Final = form(
    Row(
        name="bing",
        title="Bing",
        form="https://www.microsoft.com/en-us/concern/revengeporn",
        sources=(
            "https://searchengineland.com/microsofts-revenge-porn-reporting-page-aims-to-remove-explicit-content-from-search-results-225804",
            "https://neowin.net/amp/microsoft-partners-with-stopncii-to-remove-harmful-intimate-images-from-bing",
        ),
        sites=("bing.com",),
        before=r"www|m|cn|global",
        links=(
            Link(
                Kind.SEARCH_RESULT,
                r"/images/search",
                "images",
                "https://www.bing.com/images/search",
                needs={"mediaurl": _WORDS},
                keeps={"mediaurl": _WORDS, "q": _WORDS},
            ),
            Link(
                Kind.SEARCH_RESULT,
                r"/(?P<what>(?:(?:images|videos|news)/)?(?:search|riverview/relatedvideo))",
                "{what}",
                "https://www.bing.com/{what}",
                needs={"q": _WORDS},
                keeps={"q": _WORDS, "mid": r"\w{1,80}", "id": r"\w{1,80}", "first": r"\d{1,6}"},
            ),
        ),
        samples=(
            "https://www.bing.com/search?q=example+words",
            "https://www.bing.com/images/search?q=example&mediaurl=https%3A%2F%2Fexample.com%2F1.jpg",
        ),
        puts=(
            Put("Which service", "Bing", UNSEEN),
            Put("Type of concern", "Non-Consensual Intimate Imagery", UNSEEN),
            *ELEMENTS,
            Put(
                "Did the person ever agree to the distribution",
                "No, if that is what the statement says.",
                "Asked when the form began; today's wording was not confirmed.",
            ),
        ),
        note=(
            f"{_NAME_INSIDE}Press reports say that Microsoft's form asks for the service, the "
            "link, the concern, name and e-mail address, and whether the person agreed; the form "
            "itself, its address of today, order and how many links it takes were not confirmed. "
            "Microsoft says that results are removed everywhere in the world."
        ),
        country="US",
        delists=True,
    )
)

SEARCH: Final = (GOOGLE_SEARCH, BING)
