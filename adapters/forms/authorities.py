"""Regulators, which hear how a platform acted. They are no platforms, so no address is theirs.

Hotlines and hash services have a file of their own, and the tuple of all of them is here.
"""

from __future__ import annotations

from typing import Final

from adapters.forms.filed import form
from adapters.forms.hotlines import HASHES, HOTLINES
from adapters.forms.row import REPORTER, UNSEEN, Put, Row, Value
from adapters.spec import Office

__all__ = ["AUTHORITIES"]

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
            *REPORTER,
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
            *REPORTER,
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
            *REPORTER,
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

AUTHORITIES: Final = (FTC, OFCOM, ESAFETY, KCSC, *HOTLINES, *HASHES)
