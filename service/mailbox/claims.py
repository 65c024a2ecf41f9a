"""The closed words of a removal, in English and Korean.

Every single word of a sentence that speaks of an outcome has to be known: a negation, a condition,
a part or a place that nobody thought of makes a mail unclear and never a removal.
"""

# ruff: noqa: E501 - patterns

from __future__ import annotations

import re
from typing import Final

__all__ = ["STEM", "is_hedged", "says_removed"]

STEM: Final = re.compile(
    r"remov|delet|\bt(?:ake|aken|aking|ook)\b.{0,12}\b(?:down|off\w*)|takedown|eras|purg|wip(?:e|ing)|disabl"
    r"|expung|\bgone\b|no longer|삭제|제거|지웠|지워|파기|내렸|내려|폐기|차단"
)
"""A sentence with one of these says something about an outcome: all of its words must be known."""

_DONE: Final = r"(?:removed|deleted|erased|taken down|taken offline)"
_NOUN: Final = (
    r"(?:contents?|materials?|posts?|postings?|videos?|images?|photos?|pictures?|media|items?|files?"
    r"|clips?|albums?|listings?|uploads?|links?|urls?|pages?)"
)
_KNOWN: Final = frozenset(
    """we our team moderators have has been was were are is now already today yesterday since
    permanently completely successfully fully entirely immediately promptly and it them the this
    these those that all both of at on in from for by you your reported report notice request mail
    e-mail message mentioned listed referenced below above following question issue violating
    infringing offending non-consensual nonconsensual intimate explicit sexual illegal relevant
    violation breach policy policies rules terms service services use guidelines community standards
    platform site website server servers network system systems storage utc gmt kst user uploader reviewed
    investigated looked into checked confirmed down offline removed deleted erased taken as its
    content contents material materials post posts posting postings video videos image images photo
    photos picture pictures media item items file files clip clips album albums listing listings
    upload uploads link links url urls page pages""".split()  # noqa: SIM905 - a list of words
)
_OPENING: Final = re.compile(
    r"^(?:(?:hello|hi|good (?:morning|day|afternoon|evening)|dear [\w &]{1,40}|update)[,:\u2013-]+ *"
    r"|(?:we|i) (?:can |hereby |are writing to |am writing to |are pleased to )?(?:confirm|inform you)(?: that)? "
    r"|(?:we|i) (?:would like|want|wanted) to (?:inform you|let you know)(?: that)? |this is to (?:confirm|inform you)(?: that)? "
    r"|please (?:be (?:advised|informed)|note)(?: that)? |(?:as requested|thanks?|thank you), "
    r"|(?:following|after) (?:our|a|the|your) (?:review|report|notice|request|investigation),? "
    r"|(?:after|having) review(?:ing|ed) (?:your|the) (?:report|notice|request|content),? )+"
)
# `may` is a word of doubt, and a month only behind `on`: "all may 3 links have been removed"
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may(?:(?<=\bon may)|(?<=\bon \d may)|(?<=\bon \d\d may))|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DATE: Final = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?)(?:,? \d{{4}})?(?= |,|$)"
)
_CLOSING: Final = re.compile(
    r",? and (?:is|are|can) no longer (?:be )?(?:available|accessible|accessed|visible|reachable|online)$"
    r"|,? (?:because|as|since) (?:it|they) (?:goes|go|went|was found to go|violates?|violated|breaks?|broke"
    r"|breached|breaches) (?:against )?our (?:rules|terms|policy|policies|guidelines)"
    r"(?: on (?:(?:private|intimate|sexual|explicit|adult|non-consensual|nudity|images|content|media|privacy|harassment|and)"
    r"(?: |$))+)?$"
)
_NEUTRAL: Final = re.compile(
    r"\b(?:content )?(?:removal|take-?down|deletion) (?:request|notice|report|team|desk)s?\b"
    r"|\brequests? for (?:removal|deletion)\b|삭제\s?(?:요청|신고|지원|신청)"
    r"|재(?:업로드|게시) (?:방지|차단)"
)
_ELSEWHERE: Final = re.compile(
    r"\bfrom (?!(?:our|the) (?:platform|site|website|servers?|services?|network|systems?|storage)\b)"
    r"|\bfor (?!(?:a |the )?(?:violat|breach|infring)\w+)"
    r"|\b(?:contents?|posts?|videos?|images?|photos?|pictures?) (?:link|url|page|file)s?\b"
    r"|(?:게시물|게시글|글|콘텐츠|영상|동영상|사진|이미지)(?:의)? (?:링크|url|주소|페이지)"
    r"|\bin (?!question\b|(?:your|the|this) (?:report|notice|request|e-?mail|message)\b)"
)
_PAPER: Final = (
    r"(?:reports?|notices?|requests?|e?-?mails?|messages?|issues?|users?|uploaders?|polic\w+|violations?|questions?"
    r"|moderators?|teams?|communit\w+|standards|guidelines|rules|terms|services?)\b"
)
_ABOUT: Final = (
    rf"(?:(?:all|both) )?(?:of )?(?:(?:the|this|that|these|those|all|both)(?: (?!{_PAPER})[\w#-]+){{0,6}}? {_NOUN}\b|\#)"
    rf"(?! {_PAPER})(?!.*\byour {_NOUN}\b)"
)
CLAIMS: Final = (
    re.compile(rf"^{_ABOUT},?(?: (?!(?:was|were|has|have|is|are)\b)\S+)*? (?:has|have|was|were|is now|are now)"
               rf"(?: now| already| since)?(?: been)?(?: \w+ly)? {_DONE}\b"),
    re.compile(rf"^we(?: have)?(?: now| already| since)?(?: \w+ly)? (?:{_DONE}|took down) {_ABOUT}"),
    re.compile(rf"^we(?: have)? (?:reviewed|investigated|checked|looked at|looked into) (?:it|(?:your|the) (?:report|notice"
               rf"|request)|{_ABOUT}(?: you reported)?),? and (?:have )?(?:\w+ly )?(?:{_DONE}|took down) (?:it|them|{_ABOUT})$"),
)  # fmt: skip
BARE: Final = re.compile(
    rf"^(?:(?:it|this|they|these|both|all)(?: has|'s| have|'ve)(?: now| already)? been |now |all |both )?{_DONE}"
    r"(?:,? (?:now|today|thanks|thank you))?$|^(?:삭제|제거)\s?(?:처리|조치)?\s?(?:완료)?\s?(?:하였|했|되었|됐)?"
    r"(?:습니다|어요)?$|^지웠(?:습니다|어요)$"
    rf"|^(?:(?:status|decision|outcome|result|action taken|\#) ?[:-]? ?)?(?:{_NOUN} )?{_DONE}$|^# ?[:-]? ?삭제 ?완료$"
)
"""It says so of nothing named: it counts where an answer to us says no more, and is never certain."""

_KO_WORD: Final = re.compile(
    r"(?:(?:불법\s?)?(?:게시물|게시글|글|콘텐츠|컨텐츠|영상물?|동영상|사진|이미지|촬영물|파일|첨부파일|자료|문서|댓글|건)"
    r"(?:들)?(?:은|는|이|가|을|를|과|와|및)?|(?:링크|url|주소|페이지|#)(?:들)?(?:은|는|이|가|을|를|의|에|과|와)?"
    r"|(?:신고|요청|문의|제보|접수|통보|안내)(?:하신|된|받은|주신)|(?:신고|요청|문의|제보)해|주신|보내주신|해당|상기|아래|위|위의"
    r"|말씀하신|귀|기관에서|센터에서|귀하께서|모두|모든|전부|전량|전체|즉시|금일|오늘|어제|현재|이미|총|영구|영구히|영구적으로|완전히"
    r"|\d+(?:건|개)(?:은|는|을|를|의)?|\d+년|\d+월|\d+일(?:에|자로)?|\d+시|[\d.:/-]+"
    r"|(?:당사|저희|자사)(?:는|가|의|에서)?|(?:서비스|플랫폼|사이트|서버|스토리지|시스템)(?:에서|의|내|에)?|내"
    r"|(?:운영|이용|커뮤니티)?\s?(?:정책|약관|규정|가이드라인|운영원칙|법령)(?:에|을|의|에서)?|운영|이용|관련|따라|의거|의거하여|근거하여"
    r"|위반(?:으로|이|하여|한|하는|사항이|됨을|한 것으로)?|확인(?:되어|하여|하고|하였고|한|됨에)?|판단(?:되어|하여)|것으로"
    r"|검토|심사|모니터링|결과|및|후|안녕하세요|영구삭제|본|이|그)"
)
_KO_END: Final = re.compile(
    r"(?:영구\s?)?(?:삭제|제거|파기)(?:를|가)?\s?(?:조치|처리)?(?:를|가)?\s?(?:완료)?\s?(?:(?:하였|했|되었|됐|드렸)(?:습니다|어요|음을"
    r" ?(?:알려|안내|확인해?) ?(?:드립니다|합니다))?|완료$)|(?:지웠|내렸)(?:습니다|어요)"
)
_KO_NOUN: Final = re.compile(
    r"게시물|게시글|글|콘텐츠|컨텐츠|영상|사진|이미지|촬영물|파일|자료|문서|댓글|#|url|링크"
)

_HEDGED: Final = re.compile(
    r"\b(?:not|no|never|none|nothing|nobody|cannot|unable|without|neither|nor|but|however|although|though|except"
    r"|only|some|part\w*|most|others?|rest|remain\w*|still|pending|until|unless|will|would|should|could|may|might"
    r"|if|once|when|whether|temporar\w*|countr\w*|regions?|search\w*|results?|cached?|restor\w*|reinstat\w*"
    r"|re-?upload\w*|again|back|suspen\w*|restrict\w*|limit\w*|hidden|hide|private|said|says?|told|claim\w*|alleg\w*"
    r"|according|wrote|writes|informed|false|wrong|untrue|mistake\w*|error|please|cop(?:y|ies)|mirrors?|soon|shortly"
    r"|yet|maybe|perhaps|seems?|appears?|first|second|third|unfortunately|sorry|refus\w*|reject\w*|declin\w*|den(?:y|ied)"
    r"|ask\w*|customers?|owner|webmaster|forward\w*|upstream|expect|plan\w*|try|trying|schedul\w*|progress"
    r"|under review|reviewing|almost|nearly|half|joke|lol|sure|promise\w*"
    r"|hope\w*|probabl\w*|likely|possibl\w*|kept|keeps?|left|stays?|stayed|retain\w*|maintain\w*|leav\w*"
    r"|visible|accessible|available|online|live|active|exists?|reachable|intact|undo\w*|reportedly|suppos\w*|assum\w*|think|believe|guess|understand)\b|n't\b|'ll\b|\?|[\"“”]"
    r"|않|못|없|아니|안 |아닌|불가|어렵|예정|겠|경우|으면|하면|되면|시면|일부|다만|하지만|그러나|단,|제외|나머지|임시|비공개|블라인드|제한|국내"
    r"|검색|중입니다|중이|진행|요청드|바랍니다|주세요|주십시오|복구|재게시|재업로드|추후|아직|다른|외부|고객|작성자|전달|이관|반려|거부|거절"
    r"|유지|남아|남은|그대로|존속|노출|보류|라고|다고|다는|한다|할 것|\b중 "
)
_OF_IT: Final = re.compile(
    rf"#|\b(?:{_NOUN}|it|they|them|these|those|ones?|both|accounts?)\b|{_KO_NOUN.pattern}"
)
_HARMLESS: Final = re.compile(
    r"(?:[\w' -]{1,30}: ?)?#(?:[ ,;]+#)*|\W*(?:your |our )?(?:report|ticket|case|reference|ref|id)[\w :.]{0,20}[#\w-]{0,20}"
    r"|(?:thanks|thank you) (?:for|again)[^:;]{0,120}|we(?:'ve| have)? (?:reviewed|received|looked|investigated|checked)"
    r" (?:at |into )?(?:it|(?:your|the) (?:\w+ )?(?:report|notice|request|\w+))(?: you reported)?"
    r"|[^.]{0,40}결과를? ?(?:를 )?(?:안내|알려) ?드립니다|신고해 주셔서 감사(?:합니다|드립니다|해요)"
    r"|귀 ?기관[^.]{0,10}번호[ :]*#|관리번호[ :]*#"
)
_COURTESY: Final = re.compile(
    r"(?:if|should) you (?:have|need) (?:any )?(?:further |more |other |additional )?(?:questions?|concerns?|information"
    r"|help|assistance)(?: (?:about|regarding|on) (?:this|your report|this matter))?,? ?(?:please )?(?:do not hesitate to"
    r" |don't hesitate to |feel free to |just )?(?:contact us|reply to this (?:e-?mail|message|mail)|let us know|reach out"
    r"(?: to us)?|write to us|get in touch)?"
    r"|(?:please )?(?:do not hesitate|feel free) to (?:contact us|reply|get in touch)(?: again)?"
    r"|(?:please )?(?:let us know|contact us|tell us|write to us) if you (?:see|find|come across|notice|discover|have|need)"
    r" (?:it again|any(?:thing)? (?:more|else)|any (?:other|further|more) \w+|more|similar \w+|others)"
    r"|please (?:do not|don't) reply to this (?:e-?mail|message)|we(?:'re| are) (?:very )?sorry (?:for|about) (?:the|any) \w+"
    r"|if you (?:believe|think|feel|disagree) [\w ,']{0,90},? (?:you (?:can|may)|please) [\w ,']{0,60}"
    r"|(?:추가 ?(?:로 )?|기타 )?(?:문의|궁금|도움)[^.]{0,20}(?:있으시면|있으면|필요하시면|있으신 경우|있으실 경우)[^.]{0,40}(?:바랍니다|주세요"
    r"|주십시오|드립니다)|처리 결과에 이의가 있으신 경우[^.]{0,30}(?:수 있습니다|바랍니다)"
)


def says_removed(sentence: str) -> str:
    """`full` for a claim whose every word is known, `bare` for one that names nothing, or nothing.

    The sentence is in lower case, with `#` for addresses and references, without its full stop.
    """
    if BARE.fullmatch(sentence):
        return "bare"
    sentence = sentence.replace("we've ", "we have ").replace("it's been ", "it has been ")
    plain = _DATE.sub("1", _NEUTRAL.sub("request", sentence))
    plain = _CLOSING.sub("", _OPENING.sub("", plain))
    if re.search("[가-힣]", plain):
        end = _KO_END.search(plain)
        if not end or end.end() != len(plain) or not _KO_NOUN.search(plain[: end.start()]):
            return ""
        known = not _ELSEWHERE.search(plain) and all(
            map(_KO_WORD.fullmatch, re.split(r"[\s,()\[\]]+", plain[: end.start()].strip()))
        )
        return "full" if known else ""
    tokens = re.findall(r"[^\s,;:()\[\]]+", plain)
    known = all(t in _KNOWN or re.fullmatch(r"#|-|\d[\d.:/-]*(?:st|nd|rd|th)?", t) for t in tokens)
    claimed = any(claim.search(plain) for claim in CLAIMS)
    return "full" if known and claimed and not _ELSEWHERE.search(plain) else ""


def is_hedged(sentence: str) -> bool:
    """Whether a sentence beside a claim could take it back: whatever speaks of the content, and any
    word that limits. What is left are greetings, thanks, numbers, and names.
    """
    plain = _NEUTRAL.sub("request", sentence)
    if STEM.search(plain):
        return True
    if _COURTESY.fullmatch(plain):
        return False
    return bool(_HEDGED.search(plain) or (_OF_IT.search(plain) and not _HARMLESS.fullmatch(plain)))
