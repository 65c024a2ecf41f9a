"""The words that leave the house, in English. Korean and United Kingdom wording follow.

Sentences only: who may say them, and when, is decided in `domain.notices`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.spec import ContentClass, Purpose, Regime

LANGUAGE: Final = "en"

SUBJECT: Final[Mapping[ContentClass, str]] = {
    ContentClass.NCII: "Removal of an intimate image published without consent",
    ContentClass.DEEPFAKE: "Removal of a sexual deepfake",
    ContentClass.VOYEURISM: "Removal of images recorded in secret",
    ContentClass.THREAT: "Removal of a threat to publish intimate images",
    ContentClass.PERSONAL_DETAILS: "Removal of personal details published to harm a person",
    ContentClass.OTHER: "Removal of content that harms a person",
}
SUBJECT_OF: Final[Mapping[Purpose, str]] = {
    Purpose.REMINDER: "Reminder: ",
    Purpose.RETRACTION: "Withdrawn: ",
}
WHAT: Final[Mapping[ContentClass, str]] = {
    ContentClass.NCII: (
        "It shows a person in an intimate or sexual situation and was published without that"
        " person's consent."
    ),
    ContentClass.DEEPFAKE: (
        "It is a manufactured image or video that makes a real person appear in a sexual"
        " situation, published without that person's consent."
    ),
    ContentClass.VOYEURISM: (
        "It was recorded in secret, shows a person in a private situation, and was published"
        " without that person's consent."
    ),
    ContentClass.THREAT: (
        "It threatens a person with the publication of intimate images in order to force or"
        " frighten that person."
    ),
    ContentClass.PERSONAL_DETAILS: (
        "It publishes personal details that identify and expose a person who is depicted in"
        " intimate content without consent."
    ),
    ContentClass.OTHER: "It was published without the consent of the person concerned.",
}
SYNTHETIC: Final = "The image or video is synthetic."
WHY: Final = (
    "Publishing it violates that person's rights to privacy and to their own image, and your own"
    " rules against such content."
)
MINOR: Final = "The person shown is, or must be presumed to be, under 18 years old."
ASK: Final[Mapping[Purpose, str]] = {
    Purpose.FIRST: "We ask you to remove the content at the following address{s} without delay.",
    Purpose.REMINDER: (
        "We asked you before to remove the content at the following address{s}."
        " It was still open when this was written. Please tell us what you decided."
    ),
    Purpose.RETRACTION: (
        "We asked you to act on the following address{s}. That was a mistake of ours:"
        " we withdraw the request and ask you to undo what was done because of it."
    ),
}
UNCERTAIN_FIRST: Final = "You may have received our first message; we could not tell."
BASIS: Final[Mapping[Regime, str]] = {
    Regime.TERMS: "We rely on your terms of service.",
    Regime.EU_DSA_16: (
        "This is a notice under Article 16 of Regulation (EU) 2022/2065 (Digital Services Act)."
    ),
    Regime.US_TAKE_IT_DOWN: (
        "This is a request for removal under section 3(a) of the TAKE IT DOWN Act, Public Law"
        " 119-12."
    ),
}
ROLE: Final = "We act for the person concerned."
QUOTE: Final = "Please quote our reference {reference} when you answer."
NO_PUBLICATION: Final = (
    "Please do not publish this message, nor pass on the addresses in it beyond what is needed"
    " to act."
)
HEADINGS: Final = {
    "addresses": "Address{s}:",
    "statements": "Statements:",
    "contact": "Contact:",
}
