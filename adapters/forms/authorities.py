"""Regulators, hotlines and hash services: no platforms, so no address is theirs.

They are asked by a person's choice. Regulators hear how a platform acted; hotlines take reports of
child abuse material; hash services are used by the depicted person on a device of their own, so
their packets explain and carry nothing.
"""

from __future__ import annotations

from typing import Final

from adapters.forms.filed import form
from adapters.forms.row import UNSEEN, Put, Row, Value
from adapters.report import INTIMATE
from adapters.spec import ContentClass, Office

__all__ = ["AUTHORITIES", "STOPNCII"]

_REPORTER: Final = (
    Put("Organisation", Value.CENTRE, UNSEEN),
    Put("E-mail address", Value.EMAIL, "Where questions come."),
    Put("Signature", Value.SIGNATURE, "The centre signs, not the depicted person."),
    Put("Our reference", Value.REFERENCE, "In any field for remarks."),
)

FTC: Final = form(
    Row(
        name="ftc",
        office=Office.REGULATOR,
        title="FTC, complaints under the TAKE IT DOWN Act",
        form="https://takeitdown.ftc.gov/",
        sources=(
            "https://groundy.com/articles/ftcs-may-11-take-it-down-act-letters-set-may-19-deadline-48-hour-removal-53-088/",
            "https://dev-redesign.rainn.org/reporting-sexual-assault-to-law-enforcement/how-to-report-tech-enabled-sexual-abuse/",
        ),
        urls=20,
        same_host=True,
        country="US",
        puts=(
            Put("For whom you report", "For another person, with their consent", UNSEEN),
            Put("Which platform", "The one that was asked; a complaint for each platform.", UNSEEN),
            Put("Links that were reported to the platform", Value.LINKS, UNSEEN),
            Put("When it was asked, and what it did", Value.HISTORY, "48 hours must have passed."),
            Put("What is wrong", Value.SUMMARY, UNSEEN),
            Put("Statements", Value.STATEMENTS, UNSEEN),
            *_REPORTER,
        ),
        note=(
            "For a platform that has no process, or did not remove within 48 hours of a valid "
            "request. The FTC removes nothing itself and uses complaints for enforcement; it takes "
            "them from others with the person's consent. For a minor tell NCMEC first. The fields "
            "and their order could not be read."
        ),
    )
)

OFCOM: Final = form(
    Row(
        name="ofcom",
        office=Office.REGULATOR,
        title="Ofcom, complaints about online services",
        form="https://www.ofcom.org.uk/make-a-complaint/",
        sources=(
            "https://ofcom.org.uk/make-a-complaint/complain-about-a-video-sharing-platform-vsp/sites-and-apps/harmful-content",
        ),
        urls=20,
        same_host=True,
        country="GB",
        answers=False,
        puts=(
            Put(
                "What you complain about",
                "A site or app: its safety measures, or its content",
                UNSEEN,
            ),
            Put("Which service", "The one that was asked; a complaint for each service.", UNSEEN),
            Put("What happened", Value.SUMMARY, UNSEEN),
            Put("Links that were reported to the service", Value.LINKS, UNSEEN),
            Put("When it was asked, and what it did", Value.HISTORY, UNSEEN),
            Put("Statements", Value.STATEMENTS, UNSEEN),
            *_REPORTER,
        ),
        note=(
            "Ofcom asks that the service is told first. It does not answer or investigate single "
            "complaints, and orders no removal of one thing: it uses them to judge whether a "
            "service keeps its duties. The fields and their order could not be read."
        ),
    )
)

ESAFETY: Final = form(
    Row(
        name="esafety",
        office=Office.REGULATOR,
        title="eSafety Commissioner, image-based abuse",
        form="https://www.esafety.gov.au/report/forms",
        sources=(
            "https://www.esafety.gov.au/image-based-abuse/action/remove-images-video/report-to-us",
            "https://www.esafety.gov.au/report/image-based-abuse/making-a-report-faq",
            "https://www.esafety.gov.au/report/image-based-abuse/how-we-handle-reports",
        ),
        urls=20,
        country="AU",
        puts=(
            Put("What you report", "Image-based abuse", UNSEEN, of_minors=False),
            Put("What you report", "Illegal content: child abuse", UNSEEN, of_minors=True),
            Put(
                "You are", "Authorised by the person in the image to report on their behalf", UNSEEN
            ),
            Put(
                "How Australia is concerned",
                "The person lives there, whoever posted it lives there, or it is hosted there",
                "One of the three is needed.",
            ),
            Put("State or territory", "As the centre knows it; none is needed to report.", UNSEEN),
            Put("Where it is", Value.LINKS, UNSEEN),
            Put("What happened", Value.SUMMARY, UNSEEN),
            Put("No consent, and authority", Value.STATEMENTS, UNSEEN),
            *_REPORTER,
        ),
        note=(
            "eSafety can order removal. It takes reports by whom the person authorised; a name is "
            "not needed, a way to reach the reporter is. It gives a report number: enter it here. "
            "It asks for evidence such as screenshots: leave that out, links are enough to start. "
            "The form's fields and their order could not be read."
        ),
    )
)

KCSC: Final = form(
    Row(
        name="kcsc",
        office=Office.REGULATOR,
        title="Korean communications standards commission (방송미디어통신심의위원회)",
        form="https://www.kocsc.or.kr/",
        sources=(
            "https://zdnet.co.kr/view/?no=20190128181802",
            "https://m.ajunews.com/amp/20231005110112048",
            "https://yna.kr/AKR20190430141700017",
        ),
        urls=20,
        country="KR",
        language="ko",
        puts=(
            Put("민원 종류", "디지털성범죄 신고", "The menu stands on the first page."),
            Put("신고 대상 URL", Value.LINKS, "One a line."),
            Put("신고 내용", Value.SUMMARY),
            Put("동의가 없었다는 사실 등", Value.STATEMENTS, UNSEEN),
            Put("이전 요청과 결과", Value.HISTORY, UNSEEN),
            Put("기관·단체명", Value.CENTRE, UNSEEN),
            Put("전자우편", Value.EMAIL, UNSEEN),
            Put("서명", Value.SIGNATURE, "The centre signs, not the depicted person."),
            Put("관리 번호", Value.REFERENCE, "Our reference, in any field for remarks."),
        ),
        note=(
            "The commission has a menu of its own for digital sexual crime, and takes reports by "
            "telephone: 1377, then 3, day and night. For sites abroad it has access from Korea "
            "blocked, which is no removal. Its name changed in 2025; the site's address of today, "
            "the fields and their order were not confirmed."
        ),
    )
)

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
            *_REPORTER,
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
            *_REPORTER,
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
            *_REPORTER,
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

AUTHORITIES: Final = (FTC, OFCOM, ESAFETY, KCSC, NCMEC, IWF, INHOPE, STOPNCII, TAKEITDOWN)
