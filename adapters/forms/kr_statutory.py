"""The form that Korean law gives for all platforms, and its elements.

Labels are the words of the law, in Korean: no form was open to us, and the note says so.
"""

from __future__ import annotations

from typing import Final

from adapters.forms.filed import form
from adapters.forms.row import UNSEEN, Put, Row, Value
from adapters.spec import Regime

__all__ = ["KR_STATUTORY", "LAW_NOTE", "STATUTORY"]

STATUTORY: Final = (
    Put("신고·삭제요청인 구분", "기관·단체", "An institution; the other choice is a person."),
    Put("기관·단체명", Value.CENTRE, UNSEEN),
    Put("지정 번호 또는 근거", Value.STATUSES, "What designates the centre by public notice."),
    Put("주소", Value.ADDRESS, UNSEEN),
    Put("전자우편", Value.EMAIL, "Where a request for supplements comes."),
    Put(
        "유형",
        "불법촬영물 또는 허위영상물",
        "Filmed without consent, or made up: as the text says.",
        of_minors=False,
    ),
    Put("유형", "아동·청소년성착취물", "For minors, real or made up.", of_minors=True),
    Put("게재된 위치(URL)", Value.LINKS, "One a line. It must be open to the public."),
    Put("신고·삭제요청 사유", Value.SUMMARY),
    Put("동의가 없었다는 사실 등", Value.STATEMENTS, "In the exact words; add a translation."),
    Put("서명 또는 날인", Value.SIGNATURE, "The centre signs, not the depicted person."),
    Put("관리 번호", Value.REFERENCE, "Our reference, in any field for remarks."),
)
LAW_NOTE: Final = (
    "Article 22-5 of the Telecommunications Business Act and Article 30-5 of its decree: a request "
    "may come from the depicted person, or from an institution that is designated by public "
    "notice. A centre that is not designated asks one that is, or helps the person to file. "
    "What is missing, or not found by the address, leads to a request for supplements. Private "
    "chats are not covered. "
)

KR_STATUTORY: Final = form(
    Row(
        name="kr_statutory",
        title="Korean statutory form (불법촬영물등 유통 신고·삭제요청서)",
        form="https://safety.glam.am/15ef4819-4caa-8134-9354-e5fe1398e3c8",
        sources=(
            "https://safety.glam.am/15ef4819-4caa-8134-9354-e5fe1398e3c8",
            "https://donga.com/news/amp/all/20201231/104714142/1",
        ),
        urls=20,
        same_host=True,
        regimes=(Regime.KR_22_5,),
        country="KR",
        language="ko",
        puts=STATUTORY,
        note=(
            f"{LAW_NOTE}The form is a document that goes to the operator of the site, by its "
            "customer centre, a reporting menu, post or fax: the address here shows one operator's "
            "copy. One form for each operator. The names and order of its fields could not be read "
            "and follow the law."
        ),
        never_of_a_child=(
            "Never give the child's name or resident number, though forms ask for one.",
        ),
    )
)
