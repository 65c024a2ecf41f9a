"""Our sentences in Korean. The names of laws and kinds are those of the Korean statutes."""

from __future__ import annotations

from typing import Final

from adapters.spec import ContentClass, Office, Purpose, Regime
from service.domain.wording.words import Template, Wording

KOREAN: Final = Wording(
    language="ko",
    plural="",
    subject={
        ContentClass.NCII: "동의 없이 유포된 성적 촬영물 삭제 요청",
        ContentClass.DEEPFAKE: "성적 허위영상물(딥페이크) 삭제 요청",
        ContentClass.VOYEURISM: "몰래 촬영된 불법촬영물 삭제 요청",
        ContentClass.THREAT: "성적 촬영물 유포 협박 게시물 삭제 요청",
        ContentClass.PERSONAL_DETAILS: "피해를 주려고 공개된 개인정보 삭제 요청",
        ContentClass.OTHER: "사람에게 피해를 주는 게시물 삭제 요청",
    },
    subject_of={
        Purpose.REMINDER: "[재요청] ",
        Purpose.SUPPLEMENT: "[추가 사실] ",
        Purpose.COMPLAINT: "[이의신청] ",
        Purpose.REPLY: "[답변] ",
        Purpose.RETRACTION: "[요청 철회] ",
        Purpose.PRESERVE: "[자료 보존 요청] ",
    },
    what={
        ContentClass.NCII: (
            "해당 게시물은 사적이거나 성적인 상황에 있는 사람의 모습을 담고 있으며,"
            " 그 사람의 동의 없이 게시되었습니다."
        ),
        ContentClass.DEEPFAKE: (
            "해당 게시물은 실제 인물이 성적인 상황에 있는 것처럼 만들어 낸 이미지 또는 영상이며,"
            " 그 사람의 동의 없이 게시되었습니다."
        ),
        ContentClass.VOYEURISM: (
            "해당 게시물은 사적인 상황에 있는 사람을 몰래 촬영한 것이며,"
            " 그 사람의 동의 없이 게시되었습니다."
        ),
        ContentClass.THREAT: (
            "해당 게시물은 어떤 사람에게 강요하거나 겁을 주려고"
            " 성적인 촬영물을 유포하겠다고 협박하고 있습니다."
        ),
        ContentClass.PERSONAL_DETAILS: (
            "해당 게시물은 동의 없이 유포된 성적 콘텐츠에 나오는 사람이 누구인지 드러내는"
            " 개인정보를 공개하고 있습니다."
        ),
        ContentClass.OTHER: "해당 게시물은 당사자의 동의 없이 게시되었습니다.",
    },
    synthetic="이 이미지 또는 영상은 합성된 것입니다.",
    why=(
        "이러한 게시는 그 사람의 사생활과 초상에 관한 권리를 침해하며,"
        " 그러한 게시물을 금지하는 귀사의 규정에도 어긋납니다."
    ),
    minor="게시물에 나오는 사람은 18세 미만이거나 18세 미만으로 보아야 합니다.",
    ask={
        Purpose.FIRST: "아래 주소의 게시물을 지체 없이 삭제하여 주시기 바랍니다.",
        Purpose.REMINDER: (
            "아래 주소의 게시물을 삭제하여 주시기를 앞서 요청드렸습니다."
            " 이 글을 쓰는 지금도 그 요청은 끝나지 않은 상태입니다."
            " 어떻게 결정하셨는지 알려 주시기 바랍니다."
        ),
        Purpose.SUPPLEMENT: (
            "아래 주소의 게시물을 삭제하여 주시기를 앞서 요청드렸습니다."
            " 그 뒤에 새로 밝혀진 사실이 있으니, 아래 내용을 확인하여 주시기 바랍니다."
        ),
        Purpose.COMPLAINT: (
            "아래 주소에 관한 저희의 요청에 답변하셨으나 게시물은 삭제되지 않았습니다."
            " 담당자가 그 결정을 다시 검토하여 주시고, 결정 내용과 그 이유를 알려 주시기 바랍니다."
        ),
        Purpose.REPLY: "아래 주소에 관하여 문의하신 사항에 다음과 같이 답변드립니다.",
        Purpose.RETRACTION: (
            "아래 주소에 대하여 조치를 요청드린 바 있으나, 이는 저희의 착오였습니다."
            " 그 요청을 철회하오니, 그에 따라 하신 조치를 되돌려 주시기 바랍니다."
        ),
        Purpose.PRESERVE: (
            "이전에 아래 주소의 게시물에 대한 조치를 요청드린 바 있습니다. 수사기관 등이 법에 따라"
            " 요청할 경우에 대비하여 게시자와 게시 시각 등 보유하고 계신 자료를 보존하여 주시기"
            " 바랍니다. 보존은 공개 상태를 유지하라는 뜻이 아니며, 아직 삭제되지 않았다면 삭제하여"
            " 주시기 바랍니다."
        ),
    },
    tell={
        Office.HOTLINE: "아래 주소의 게시물을 신고합니다.",
        Office.REGULATOR: (
            "아래 주소의 게시물을 삭제하여 달라는 저희의 요청이 어떻게 처리되었는지 알려 드립니다."
            " 날짜는 저희 기록에 따른 것이며, 그 기록은 검증할 수 있습니다."
        ),
    },
    delist=(
        "아래 주소가 어떤 검색어로도 귀사의 검색 결과에 나타나지 않도록 조치하여 주시고, 그 결과를"
        " 알려 주시기 바랍니다."
    ),
    copyright_subject="허락 없이 이용된 저작물 삭제 요청",
    copyright_ask="아래 주소의 자료를 삭제하거나 접근할 수 없도록 조치하여 주시기 바랍니다.",
    copyright_what=(
        "해당 자료는 권리자의 허락 없이 이용된 사진 또는 영상이거나,"
        " 이를 바탕으로 만들어진 것입니다. 권리자의 진술은 아래에 있습니다."
        " 저작물의 사본은 보내지 않습니다."
    ),
    asked_on="{on} {who}에 요청함.",
    became={
        "asked": "답변 없음.",
        "no_answer": "{on}까지 답변 없음.",
        "acknowledged": "{on} 접수하였다고 답변함.",
        "in_review": "{on} 검토 중이라고 답변함.",
        "needs_info": "{on} 추가 정보를 요구함.",
        "already_reported": "{on} 이미 신고된 것이라고 답변함.",
        "forwarded": "{on} 다른 곳에 전달하였다고 답변함.",
        "says_removed": "{on} 삭제하였다고 답변함.",
        "says_restricted": "{on} 접근을 제한하였다고 답변함.",
        "refused": "{on} 거절함.",
        "wrong_addressee": "{on} 담당이 아니라고 답변함.",
        "removed_without_word": "{on} 게시물이 없음을 확인함. 답변 없음.",
    },
    still_up=(
        "아래 주소의 게시물을 삭제하였다고 답변하셨으나,"
        " 그 뒤에 확인하였을 때에도 게시물이 보였습니다."
        " 게시물을 삭제하여 주시고, 어떤 조치를 하셨는지 알려 주시기 바랍니다."
    ),
    may_complain={
        Regime.EU_DSA_16: (
            "유럽연합 규정 (EU) 2022/2065 제20조가 귀사에 적용되는 경우,"
            " 이 글은 같은 조에 따른 이의신청입니다."
        ),
    },
    replies={
        Template.NO_IDENTITY_DOCUMENT: (
            "저희는 당사자의 신분증명서를 누구에게도 보내지 않습니다."
            " 누구를 대신하여 요청하는지는 저희 기관이 직접 확인하였으며, 이에 대한 책임도"
            " 저희 기관이 집니다."
        ),
        Template.NO_PICTURE: (
            "저희는 해당 이미지나 영상을 누구에게도 보내지 않습니다."
            " 알려 드린 주소에서 확인하실 수 있습니다."
        ),
    },
    uncertain_first=(
        "저희의 첫 요청을 이미 받으셨을 수도 있으나, 저희는 이를 확인할 수 없었습니다."
    ),
    basis={
        Regime.TERMS: "이 요청은 귀사의 이용약관에 근거합니다.",
        Regime.EU_DSA_16: (
            "이 글은 유럽연합 규정 (EU) 2022/2065(디지털서비스법) 제16조에 따른 신고입니다."
        ),
        Regime.US_TAKE_IT_DOWN: (
            "이 글은 미국 TAKE IT DOWN Act(공법 119-12) 제3조(a)항에 따른 삭제 요청입니다."
        ),
        Regime.UK_20A: (
            "이 글은 영국 2023년 온라인안전법 제20A조에 따른 사적 이미지 콘텐츠 신고입니다."
            " 아래에 적은 곳에 사적 이미지 콘텐츠가 있습니다. 동의 없이 공개되었다는 점,"
            " 저희가 누구를 대신하는지, 이 신고가 선의로 이루어졌고 사실이라는 점은"
            " 아래 진술에 적혀 있습니다."
        ),
        Regime.KR_22_5: (
            "이 글은 전기통신사업법 제22조의5제1항 및 같은 법 시행령 제30조의5에 따른"
            " 불법촬영물등의 신고 및 삭제 요청입니다. 유형: {kind}."
        ),
        Regime.COPYRIGHT: (
            "이 글은 미국 저작권법(17 U.S.C.) 제512조(c)항(3)호에 따른 저작권 침해 통지입니다."
        ),
    },
    kinds={
        ContentClass.NCII: "불법촬영물",
        ContentClass.DEEPFAKE: "허위영상물",
        ContentClass.VOYEURISM: "불법촬영물",
    },
    addresses="주소:",
    statements="진술:",
    contact="연락처:",
    role="저희는 당사자를 대신하여 요청합니다.",
    signed="서명: ",
    quote="회신하실 때에는 저희 관리 번호({reference})를 적어 주시기 바랍니다.",
    no_publication=(
        "이 글을 공개하지 마시고, 이 글에 적힌 주소를 조치에 필요한 범위를 넘어"
        " 전달하지 말아 주시기 바랍니다."
    ),
)
