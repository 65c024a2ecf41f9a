"""Our sentences in English."""

from __future__ import annotations

from typing import Final

from adapters.spec import ContentClass, Office, Purpose, Regime
from service.domain.wording.words import Template, Wording

ENGLISH: Final = Wording(
    language="en",
    plural="es",
    subject={
        ContentClass.NCII: "Removal of an intimate image published without consent",
        ContentClass.DEEPFAKE: "Removal of a sexual deepfake",
        ContentClass.VOYEURISM: "Removal of images recorded in secret",
        ContentClass.THREAT: "Removal of a threat to publish intimate images",
        ContentClass.PERSONAL_DETAILS: "Removal of personal details published to harm a person",
        ContentClass.OTHER: "Removal of content that harms a person",
    },
    subject_of={
        Purpose.REMINDER: "Reminder: ",
        Purpose.SUPPLEMENT: "Further information: ",
        Purpose.COMPLAINT: "Complaint: ",
        Purpose.REPLY: "Our answer: ",
        Purpose.RETRACTION: "Withdrawn: ",
        Purpose.PRESERVE: "Please keep for the authorities: ",
    },
    what={
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
    },
    synthetic="The image or video is synthetic.",
    why=(
        "Publishing it violates that person's rights to privacy and to their own image, and your"
        " own rules against such content."
    ),
    minor="The person shown is, or must be presumed to be, under 18 years old.",
    ask={
        Purpose.FIRST: (
            "We ask you to remove the content at the following address{s} without delay."
        ),
        Purpose.REMINDER: (
            "We asked you before to remove the content at the following address{s}."
            " It was still open when this was written. Please tell us what you decided."
        ),
        Purpose.SUPPLEMENT: (
            "We asked you before to remove the content at the following address{s}. Something has"
            " turned out since then: please read below what we say of it now."
        ),
        Purpose.COMPLAINT: (
            "You answered our notice about the following address{s} and did not remove the content."
            " We ask you to have a person review that decision, and to tell us what was decided and"
            " why."
        ),
        Purpose.REPLY: "You asked us something about the following address{s}. We answer:",
        Purpose.RETRACTION: (
            "We asked you to act on the following address{s}. That was a mistake of ours:"
            " we withdraw the request and ask you to undo what was done because of it."
        ),
        Purpose.PRESERVE: (
            "We asked you before to act on the content at the following address{s}. Please keep"
            " what you hold about it, such as who published it and when, so that authorities that"
            " may ask you for it by law find it. To keep it is not to leave it open: we still ask"
            " you to remove it, if you have not done so."
        ),
    },
    tell={
        Office.HOTLINE: "We report to you the content at the following address{s}.",
        Office.REGULATOR: (
            "We tell you what came of our requests to remove the content at the following"
            " address{s}. The dates are those of our record, which can be checked."
        ),
    },
    delist=(
        "We ask you to take the following address{s} out of the results of your search, whatever is"
        " searched for, and to tell us what you decided."
    ),
    copyright_subject="Copyright: removal of a work used without permission",
    copyright_ask=(
        "We ask you to remove, or to disable access to, what stands at the following address{s}."
    ),
    copyright_what=(
        "It is, or was made from, a photograph or video that is used there without permission of"
        " whoever holds the rights in it, who says so below. We send no copy of the work."
    ),
    asked_on="{who} was asked on {on}.",
    became={
        "asked": "It has not answered.",
        "no_answer": "It had not answered by {on}.",
        "acknowledged": "On {on} it said that it has our notice.",
        "in_review": "On {on} it said that it is looking at it.",
        "needs_info": "On {on} it asked us something.",
        "already_reported": "On {on} it said that it had been told before.",
        "forwarded": "On {on} it said that it passed our notice on.",
        "says_removed": "On {on} it said that the content was removed.",
        "says_restricted": "On {on} it said that access was restricted.",
        "refused": "On {on} it refused.",
        "wrong_addressee": "On {on} it said that it is not the right addressee.",
        "removed_without_word": "The content was gone on {on}; it had not answered.",
    },
    still_up=(
        "You told us that the content at the following address{s} was removed. It could still be"
        " seen when we looked afterwards. We ask you to remove it, and to tell us what was done."
    ),
    may_complain={
        Regime.EU_DSA_16: (
            "Where Article 20 of Regulation (EU) 2022/2065 applies to you, this is a complaint"
            " under it."
        ),
    },
    replies={
        Template.NO_IDENTITY_DOCUMENT: (
            "We do not send identity documents of the person concerned to anybody. We have checked"
            " ourselves on whose behalf we act, and we answer for it."
        ),
        Template.NO_PICTURE: (
            "We do not send the image or video to anybody. It is at the address that we gave."
        ),
    },
    uncertain_first="You may have received our first message; we could not tell.",
    basis={
        Regime.TERMS: "We rely on your terms of service.",
        Regime.EU_DSA_16: (
            "This is a notice under Article 16 of Regulation (EU) 2022/2065 (Digital Services Act)."
        ),
        Regime.US_TAKE_IT_DOWN: (
            "This is a request for removal under section 3(a) of the TAKE IT DOWN Act, Public Law"
            " 119-12."
        ),
        # nobody but a person declares: we say where their declarations stand
        Regime.UK_20A: (
            "This is an intimate image content report under section 20A of the Online Safety Act"
            " 2023 (United Kingdom). Intimate image content is present where we say below. That it"
            " is shown without consent, for whom we act, and that this report is made in good faith"
            " and is true, is declared in the statements below."
        ),
        Regime.KR_22_5: (
            "This is a report and a request for deletion under Article 22-5(1) of the"
            " Telecommunications Business Act (Republic of Korea) and Article 30-5 of its"
            " Enforcement Decree. Kind: {kind}."
        ),
        Regime.COPYRIGHT: (
            "This is a notification of claimed infringement under 17 U.S.C. § 512(c)(3)."
        ),
    },
    kinds={
        ContentClass.NCII: "illegally filmed or distributed material",
        ContentClass.DEEPFAKE: "false video or image material",
        ContentClass.VOYEURISM: "illegally filmed or distributed material",
    },
    addresses="Address{s}:",
    statements="Statements:",
    contact="Contact:",
    role="We act for the person concerned.",
    signed="Signed: ",
    quote="Please quote our reference {reference} when you answer.",
    no_publication=(
        "Please do not publish this message, nor pass on the addresses in it beyond what is needed"
        " to act."
    ),
)
