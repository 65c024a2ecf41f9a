"""What a notice must hold, by the law or the terms that it relies on.

Source of the required elements: Regulation (EU) 2022/2065 Art. 16(2); TAKE IT DOWN Act, Public Law
119-12, section 3(a)(1)(B); both read 2026-11-22. Online Safety Act 2023 (UK) s.20A, in the
summaries that could be read, not in the words of the section; Telecommunications Business Act
(Korea) Art. 22-5(1) and Decree Art. 30-5, from a press report of the regulator's announcement and
an operator's page; both read 2026-11-26. The fields of the Korean form itself could not be read:
what only it may ask for is not required here. 17 U.S.C. 512(c)(3)(A), as the pages of X and YouTube
about copyright and public copies of the section give it; read 2026-11-27.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from adapters.spec import Field, Regime, Spec


class Element(StrEnum):
    """What a notice may be required to hold."""

    LOCATION = "location"
    EXPLANATION = "explanation"
    SENDER_NAME = "sender_name"
    SENDER_EMAIL = "sender_email"
    GOOD_FAITH = "good_faith"
    NO_CONSENT = "no_consent"
    AUTHORITY = "authority"
    SIGNATURE = "signature"
    ACCURACY = "accuracy"
    INTIMATE_CONTENT = "intimate_content"  # of a class that the law is about
    RIGHTS = "rights"  # what whoever holds them says of the work


REQUIRED: Final[Mapping[Regime, tuple[Element, ...]]] = {
    Regime.TERMS: (
        Element.LOCATION,
        Element.EXPLANATION,
        Element.SENDER_NAME,
        Element.SENDER_EMAIL,
    ),
    Regime.EU_DSA_16: (
        Element.EXPLANATION,  # (a)
        Element.LOCATION,  # (b)
        Element.SENDER_NAME,  # (c)
        Element.SENDER_EMAIL,  # (c)
        Element.GOOD_FAITH,  # (d)
    ),
    Regime.US_TAKE_IT_DOWN: (
        Element.SIGNATURE,  # (i) of the individual or an authorised person
        Element.AUTHORITY,  # (i)
        Element.LOCATION,  # (ii)
        Element.NO_CONSENT,  # (iii)
        Element.GOOD_FAITH,  # (iii)
        Element.SENDER_EMAIL,  # (iv)
    ),
    Regime.UK_20A: (
        Element.INTIMATE_CONTENT,  # that it is present is declared
        Element.NO_CONSENT,  # by a person: no machine declares anything
        Element.AUTHORITY,  # the reporter is its subject or acts for them
        Element.GOOD_FAITH,
        Element.ACCURACY,
        Element.LOCATION,  # enough to identify the content
        Element.SENDER_EMAIL,
    ),
    Regime.KR_22_5: (
        Element.INTIMATE_CONTENT,  # no other kinds are covered
        Element.LOCATION,  # what is not specified is sent back for a supplement
        Element.AUTHORITY,  # of the person, or an institution designated by public notice
        Element.EXPLANATION,  # this and what follows is what every notice of ours holds
        Element.SENDER_NAME,
        Element.SENDER_EMAIL,
    ),
    Regime.COPYRIGHT: (
        Element.SIGNATURE,  # (i) of a person authorised to act for the owner
        Element.RIGHTS,  # (ii) the work, (v) no permission, (vi) accuracy, on pain of perjury
        Element.LOCATION,  # (iii)
        Element.SENDER_NAME,  # (iv)
        Element.SENDER_EMAIL,  # (iv)
    ),
}
RIGHTS: Final = "rights"
"""The statement that copyright notices quote, and no others do."""
STATEMENT_OF: Final[Mapping[Element, str]] = {
    Element.GOOD_FAITH: "good_faith",
    Element.NO_CONSENT: "no_consent",
    Element.AUTHORITY: "authority",
    Element.ACCURACY: "accuracy",
    Element.RIGHTS: RIGHTS,
}
"""The statement of a person that an element is made of."""
_SHOWN_BY: Final[Mapping[Element, Field]] = {
    Element.LOCATION: Field.URLS,
    Element.EXPLANATION: Field.CONTENT_CLASS,
    Element.INTIMATE_CONTENT: Field.CONTENT_CLASS,
    Element.SENDER_NAME: Field.CENTRE_NAME,
    Element.SENDER_EMAIL: Field.CENTRE_EMAIL,
    Element.SIGNATURE: Field.SIGNATORY,
    **dict.fromkeys(STATEMENT_OF, Field.STATEMENTS),
}


def required(basis: Regime) -> tuple[Element, ...]:
    """What a notice on this basis must hold; where no law says so, what every notice of ours
    does.
    """
    return REQUIRED.get(basis, REQUIRED[Regime.TERMS])


def carried(spec: Spec, basis: Regime) -> bool:
    """Whether all of that goes out by this channel: what it does not disclose stays here."""
    return all(_SHOWN_BY[element] in spec.discloses for element in required(basis))
