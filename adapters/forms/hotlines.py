"""Hotlines and hash services: no platforms, so no address is theirs.

Hotlines take reports of child abuse material; hash services are used by the depicted person on a
device of their own, so their packets explain and carry nothing.
"""

from __future__ import annotations

from typing import Final

from adapters.forms.filed import form
from adapters.forms.row import REPORTER, UNSEEN, Put, Row, Value
from adapters.report import INTIMATE
from adapters.spec import ContentClass, Office

__all__ = ["HASHES", "HOTLINES", "STOPNCII", "TAKEITDOWN"]

_FOR_MINORS: Final = Put(
    "Before you begin", "Stop: this hotline takes reports about minors alone.", of_minors=False
)
_CHILD_NEVER: Final = (
    "Never download, open again or pass on what is reported: the hotline looks at it, you do not.",
)
_CHILD: Final = INTIMATE | {ContentClass.THREAT, ContentClass.OTHER}

NCMEC: Final = form(
    Row(
        name="ncmec",
        office=Office.HOTLINE,
        title="NCMEC CyberTipline",
        form="https://report.cybertip.org/",
        sources=("https://report.cybertip.org/faqs",),
        classes=_CHILD,
        urls=20,
        country="US",
        travels_to=("law enforcement",),
        puts=(
            _FOR_MINORS,
            Put("What you report", "Nudes or sexual images or videos of a child", UNSEEN),
            Put("Where it is", Value.LINKS, UNSEEN),
            Put("What happened", Value.SUMMARY, UNSEEN),
            Put("Statements", Value.STATEMENTS, UNSEEN),
            Put(
                "The child",
                "Leave empty, unless the centre's policy and the guardian say otherwise.",
                "Names are not needed to report.",
            ),
            Put("Where you are", "The centre's country", "It decides which police is told."),
            *REPORTER,
        ),
        note=(
            "For minors alone. Anyone may report, a name is not needed; reports go to the police "
            "that can act. Giving the centre's contact helps when there are questions. The form's "
            "fields and their order could not be read; the machine's door is for providers alone."
        ),
        never=_CHILD_NEVER,
    )
)

IWF: Final = form(
    Row(
        name="iwf",
        office=Office.HOTLINE,
        title="Internet Watch Foundation",
        form="https://report.iwf.org.uk/",
        sources=(
            "https://www.iwf.org.uk/faqs/",
            "https://crystaline.uk/what-happens-when-you-report-an-inappropriate-image-online/",
        ),
        classes=_CHILD,
        country="GB",
        travels_to=("police", "hotlines abroad"),
        puts=(
            _FOR_MINORS,
            Put("What you report", "Images or videos of a child", UNSEEN),
            Put("URL", Value.LINKS, "All that is needed.", required=True),
            Put("Anything else", Value.SUMMARY, UNSEEN),
            Put("Statements", Value.STATEMENTS, "Only where there is a field for remarks."),
            *REPORTER,
        ),
        note=(
            "For minors alone; hosted anywhere. The address is all that is needed, and a report "
            "can be anonymous: with an e-mail address a number and the outcome come back. The form "
            "has five steps; the fields beside the address were not confirmed, nor that it takes "
            "more than one address."
        ),
        never=_CHILD_NEVER,
    )
)

INHOPE: Final = form(
    Row(
        name="inhope",
        office=Office.HOTLINE,
        title="INHOPE, the hotline of a country",
        form="https://www.inhope.org/what-we-do/how-to-report",
        sources=(
            "https://www.inhope.org/what-we-do/how-to-report",
            "https://www.betterinternetforkids.eu/practice/hotlines/article?id=5853080",
        ),
        classes=_CHILD,
        travels_to=("police", "hotlines abroad"),
        puts=(
            _FOR_MINORS,
            Put(
                "Country", "The depicted person's, or the centre's", "The map leads to the hotline."
            ),
            Put("URL", Value.LINKS, UNSEEN),
            Put("What it is", Value.SUMMARY, UNSEEN),
            Put("Statements", Value.STATEMENTS, "Only where there is a field for remarks."),
            *REPORTER,
        ),
        note=(
            "For minors alone. INHOPE itself takes no reports: its map leads to the hotline of a "
            "country, once, by that hotline's own form. Every hotline takes reports without a "
            "name. Each form is different, none was confirmed: the steps are what all of them ask. "
            "Never send files by mail."
        ),
        never=_CHILD_NEVER,
    )
)

_OWN_DEVICE: Final = (
    "Nothing is done here by the centre: no picture, link, name or reference goes out.",
    "Never ask for, take or keep the picture, not even to help.",
)

STOPNCII: Final = form(
    Row(
        name="stopncii",
        title="StopNCII.org",
        form="https://stopncii.org/",
        sources=("https://stopncii.org/how-it-works/", "https://stopncii.org/faq/"),
        urls=100,
        country="GB",
        answers=False,
        puts=(
            Put("Who does it", "The depicted person, on the device that holds the picture."),
            Put("Who may", "Whoever was 18 or older in the picture.", of_minors=False),
            Put("Who may", "Nobody: this person is sent to Take It Down.", of_minors=True),
            Put("1", "Open the address above and choose to make a case."),
            Put(
                "2",
                "Choose the pictures or videos: the page makes a fingerprint on the device.",
                "Only the fingerprint leaves it.",
            ),
            Put("3", "Write down case number and PIN at once: nobody can give them again."),
            Put("4", "Look at the case, or withdraw it, with both at any time."),
        ),
        note=(
            "Taking part are companies that compare fingerprints with what is put up on their own "
            "services; others are not reached, and what is up already should be reported as well. "
            "Explain it, leave the choice to the person, and note only that it was explained."
        ),
        never=_OWN_DEVICE,
    )
)

TAKEITDOWN: Final = form(
    Row(
        name="takeitdown",
        title="Take It Down (NCMEC)",
        form="https://takeitdown.ncmec.org/",
        sources=("https://takeitdown.ncmec.org/faq/",),
        urls=100,
        country="US",
        answers=False,
        puts=(
            Put("Who does it", "The person depicted, or a guardian, on the device that took it."),
            Put("Who may", "Whoever was under 18 in the picture, of any age now.", of_minors=True),
            Put("Who may", "Nobody: this person is sent to StopNCII.org.", of_minors=False),
            Put("1", "Open the address above and answer its questions; no name is asked for."),
            Put(
                "2",
                "Choose the pictures or videos: the page makes a fingerprint on the device.",
                "Only the fingerprint leaves it.",
            ),
            Put("3", "Keep the number that the page shows."),
            Put("If it is not on the device", "Never download it: report to the CyberTipline."),
        ),
        note=(
            "Works on public or unencrypted services of companies that take part. Nobody may load "
            "a child's picture onto a device for this. Explain it, leave the choice to the person "
            "and the guardian, and note only that it was explained."
        ),
        never=_OWN_DEVICE,
    )
)

HOTLINES: Final = (NCMEC, IWF, INHOPE)
HASHES: Final = (STOPNCII, TAKEITDOWN)
