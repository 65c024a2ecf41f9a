"""What each class of mail looks like: a table to be read from top to bottom.

A rule matches one sentence, in lower case. No rule here says "removed": that is held by `claims`.
"""

# ruff: noqa: E501 - a row of patterns is easier to read than to fold

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """What a mail is."""

    AUTO_REPLY = "auto_reply"  # a machine's receipt without a number, or nobody is there
    TICKET_OPENED = "ticket_opened"  # a receipt with their number
    BOUNCE_HARD = "bounce_hard"  # it will not be delivered
    BOUNCE_SOFT = "bounce_soft"  # not delivered for now: late, or a full mailbox
    NEEDS_INFO = "needs_info"  # they wait for something from us
    SAYS_REMOVED = "says_removed"  # they say that the content is gone
    SAYS_REFUSED = "says_refused"  # they will not, or cannot
    FORWARDED = "forwarded"  # passed on, or we are sent on
    HOSTILE = "hostile"  # threats, insults, extortion
    UNRELATED = "unrelated"  # another matter
    UNCLEAR = "unclear"  # a person must read it


class Rule(NamedTuple):
    name: str
    language: str
    kind: Kind
    detail: str
    pattern: re.Pattern[str]
    means: str


def _rule(name: str, language: str, kind: Kind, detail: str, means: str, *patterns: str) -> Rule:
    whole = "|".join(" ".join(one.split()) for one in patterns)
    return Rule(name, language, kind, detail, re.compile(whole), means)


_ASKS: Final = (
    r"(?:please|kindly|(?:could|can|would) (?:you|the person)|we (?:still |also |first |do )?(?:just )?"
    r"(?:need|require|have to know|must)|you (?:need|must|have) to|(?:send|provide|attach|supply) us"
    r"|reply to this mail with|(?:is|are) required|has been paid|\bno (?:letter|proof) .*attached)"
)
_GIVES: Final = (
    r"(?:(?:보내|제출|회신|첨부|알려|기재|작성|제공|송부|입금|납부)[^.]{0,25}(?:주시|주세요|주십시오|바랍니다|부탁"
    r"|하시|하신|하셔)|필요합니다|필요하오니|보완|부과됩|요청드립니다|요구됩)"
)


def _asked(detail: str, language: str, means: str, what: str) -> Rule:
    asks = _GIVES if language == "ko" else _ASKS
    return _rule(
        f"asks_{detail}", language, Kind.NEEDS_INFO, detail, means,
        rf"^(?!if |when )(?!.*(?:\bmay (?:ask|need|request|require)|요청(?:드릴|할) 수"
        rf"|(?:do not|don't|never|need not|not need|no need|not have) (?:\w+ )?(?:to )?(?:send|attach|provide|share|submit)"
        rf"|보내지 마|필요(?:하지|는) (?:않|없)))(?=.*{asks})"
        rf".*?(?:{what})",
    )  # fmt: skip


_R: Final = Kind.SAYS_REFUSED
RULES: Final = (
    _rule("insult", "en", Kind.HOSTILE, "", "insults us",
          r"\b(?:idiots?|morons?|fuck\w*|bitch\w*|asshole\w*|scum|pathetic|cunts?|clowns?)\b|go to hell"),
    _rule("threat", "en", Kind.HOSTILE, "", "threatens us or the person",
          r"\b(?:will|'ll|gonna) (?:all )?regret|know (?:where (?:you|she|he) live|who you are)|be sorry\b(?! for)|watch your back",
          r"(?:will|'ll|gonna|going to) (?:sue|come (?:after|for)|find|expose|dox+) (?:you|her|him)\b|gets? published with",
          r"\bi(?:'ll| will| can)? (?:just )?(?:post|publish|upload|spread|share|send) (?:what|it|more"
          r"|them|everything|the rest)|tell (?:her|him|your client) to|legal action against you"),
    _rule("extortion", "en", Kind.HOSTILE, "", "sells the removal",
          r"\b(?:bitcoins?|btc|usdt|crypto\w*|monero|in coins?|wallet)\b"),
    _rule("insult", "ko", Kind.HOSTILE, "", "insults us",
          r"[씨시]발|개새끼|병신|꺼져|미친|닥쳐|쓰레기 같은|지랄"),
    _rule("threat", "ko", Kind.HOSTILE, "", "threatens us or the person",
          r"퍼뜨|유포(?:하겠|한다|해 버)|(?:고소|고발)(?:하고|하겠|할 것|한다)|후회하게|가만(?:히)? (?:안|두지)",
          r"(?:실명|신상|연락처)[^.]{0,8}공개하겠|법적 (?:조치|책임)[^.]{0,8}(?:취하겠|묻겠)|찾아가겠"),
    _rule("extortion", "ko", Kind.HOSTILE, "", "sells the removal",
          r"입금해라|보내라|코인|비트코인|만\s?원[^.]{0,12}(?:보내|입금|내)(?:라|면|시면 삭제)"),
    _rule("mailbox_scam", "en", Kind.UNRELATED, "", "threatens our own mailbox or account",
          r"\byour (?:mailbox|e-?mail account|password|domain name|account)\b.{0,60}"
          r"(?:expire|removed within|deactivat|space|suspend|verify|upgrade|renew)"),
    _rule("mass_mail", "en", Kind.UNRELATED, "", "invoices, offers, newsletters, machine reports",
          r"\b(?:unsubscribe|newsletter|webinar|dmarc|aggregate report|invoice|special offer|discount"
          r"|seo|backlinks?|guest post|rank(?:ing)? higher|conference programme|curriculum vitae)\b"),
    _rule("mass_mail", "ko", Kind.UNRELATED, "", "invoices, offers, newsletters",
          r"수신\s?거부|세금계산서|뉴스레터|\(광고\)|\[광고\]|청구서|견적|할인|세미나|입사 지원|채용|교육을 안내"),
    _asked("money", "en", "a fee before they act", r"\bfees?\b|payment|\bpay\b|invoice|tariff|deposit"),
    _asked("money", "ko", "a fee before they act", r"수수료|비용|입금|결제|요금|납부"),
    _asked("picture", "en", "a picture of the person, or the picture itself",
           r"selfie|(?:photo|photograph|picture|image|pic)s? of (?:you|the (?:person|face|victim)|your"
           r"|her|him|them)|(?:recent|current|clear|original) (?:photo|picture|image)|(?:send|attach|"
           r"upload|provide) (?:us )?(?:a |the |one |an )?(?:copy of the )?(?:photo|picture|image|video)"),
    _asked("picture", "ko", "a picture of the person, or the picture itself",
           r"사진(?:을|\s?\d|이| 원본|과)|얼굴|셀카|원본 (?:이미지|영상|파일)"),
    _asked("identity", "en", "proof of identity",
           r"passport|driv(?:ing|er'?s?) licen[cs]e|\b(?:photo|government|issued|valid|national|of) id\b"
           r"|\bid (?:card|document)|identi(?:ty|fication)\b|\bwho you are\b"),
    _asked("identity", "ko", "proof of identity", r"신분증|본인\s?(?:확인|인증)|주민등록|여권|운전면허|신원"),
    _asked("authority", "en", "proof that we may act for the person",
           r"power of attorney|letter of authori|authori[sz]ation|authori[sz]ed to|mandate|written consent"
           r"|(?:proof|evidence|confirm\w*) [^.]{0,40}(?:act|represent)|on (?:whose|her|his|their) behalf"),
    _asked("authority", "ko", "proof that we may act for the person",
           r"위임|대리(?:인|권)|동의서|권한을? (?:증명|확인|입증)|인감|재직증명"),
    _asked("other", "en", "a form, a police report, a court's order",
           r"\bforms?\b|police report|court order|sworn statement|affidavit|notari[sz]ed|under oath"),
    _asked("other", "ko", "a form, a police report, a court's order",
           r"양식|서식|신고서|신청서|사건\s?(?:접수|번호)|고소장|판결문|법원|수사기관|경찰"),
    _asked("location", "en", "where exactly it is",
           r"\burls?\b|\blinks?\b|(?:exact|full|direct|specific|its own|web) (?:address|location)"
           r"|which (?:post|picture|video|page|file|message|image)|screenshot|(?:time|date) of (?:the|each)"),
    _asked("location", "ko", "where exactly it is",
           r"url|링크|주소(?:를|를|와|가)|캡처|게시물 ?번호|위치를|특정(?:할|이|을)"),
    _rule("mailbox_closed", "en", Kind.NEEDS_INFO, "other", "this address is not read: use the form",
          r"(?:address|mailbox|inbox) (?:is|are) (?:no longer|not) (?:read|monitored|in use)"
          r"|(?:sent )?by e-?mail (?:are|is|will) (?:not|no longer) (?:be )?(?:processed|accepted|read)"),
    _rule("passes_on", "en", Kind.FORWARDED, "", "passed it on",
          r"^(?!.*(?:\bnot|n't|never|will|shall) (?:be )?(?:forward|relay|transfer|pass|sent|send|notif|inform))"
          r"(?!.*\b(?:internally|(?:to|with) (?:our|the|a|my) (?:[\w&-]+ ){0,4}(?:teams?|department|staff|colleagues?|desk|specialists?)))"
          r".*?\b(?:forwarded|relayed|transferred|re-?routed|handed (?:it |this )?(?:over|on)|passed (?:it |this"
          r"|your \w+ |the \w+ |them )?(?:on|along|to)|sent (?:it|this|them|your \w+|the \w+) (?:on )?to"
          r"|(?:notified|informed|alerted) (?:our|the) (?:customer|client|user|reseller|operator|owner))\b"),
    _rule("sends_us_on", "en", Kind.FORWARDED, "", "sends us to another",
          r"\b(?:contact|ask|write to|turn to|approach|reach out to|report (?:it|this) to|(?:send|direct|address"
          r"|submit) (?:your|the|this) (?:request|notice|complaint|report|message)s? (?:directly )?to)"
          r" (?:them|their|the (?:webmaster|owner|site|web ?site|host|hosting|operator|regist\w+|admin\w*"
          r"|provider|publisher|page|company|uploader))"),
    _rule("hosted_elsewhere", "en", Kind.FORWARDED, "", "names who hosts it",
          r"\b(?:is|are) (?:actually |currently )?hosted (?:by|at|with|on) (?!us|our)|(?:hosting )?provider is\b"),
    _rule("passes_on", "ko", Kind.FORWARDED, "", "passed it on",
          r"^(?!.*(?:담당\s?(?:부서|자|팀)|관련 부서|검토팀|내부)).*(?:전달|이관|이첩|통지|통보|송부)(?:을 |를 )?(?:하였|했|드렸|되었|됐|완료)"),
    _rule("sends_us_on", "ko", Kind.FORWARDED, "", "sends us to another",
          r"(?:측|운영자|업체|호스팅|관리자|기관|사이트|등록기관|본사)[^.]{0,12}(?:에|에게|으로|로)\s[^.]{0,14}"
          r"(?:요청|문의|신고|연락)(?:해|하여|을|하시)"),
    _rule("will_not", "en", _R, "", "they will not",
          r"(?<!that )(?<!which )(?:does|do|did)(?: not|n't) (?:\w+ )?(?:violate|breach|break|infringe|go against|contravene)",
          r"\b(?:no|not an?|n't an?) (?:\w+ )?(?:violation|breach|infringement)|not (?:in violation|violating)",
          r"(?:decided|chosen|determined|elected) (?:not to|against)|(?:will|shall|'re|are) not (?:going to |be )?"
          r"(?:remov\w*|delet\w*|tak(?:e|ing|en) (?:any |further |it |them |the \w+ )*(?:action|down|steps)|act(?:ing)? on|process (?:your"
          r"|this|the) (?:request|report|notice|complaint)|comply|honou?r)|won't (?:be )?(?:remov|delet|tak(?:e|ing) (?:it|any)|act)\w*",
          r"did(?: not|n't) (?:take|remove|delete)|(?:take|takes|took|taking) no action|no (?:further )?action"
          r" (?:will be|was|has been) taken|(?:we|i)(?: must| have to)? (?:decline|refuse|reject)",
          r"(?:request|complaint|report|notice) (?:has been |was |is |must be )(?:denied|rejected|declined|refused)",
          r"(?:will|does) (?:remain|stay)|remains? (?:up|online|active|available)|not a valid (?:notice|request|complaint)|found no (?:reason|ground|breach|violat)"),
    _rule("cannot", "en", _R, "cannot", "they cannot; less than a request, or than sending us on",
          r"(?:unable|not able|not in a position) to (?:remov|delet|tak|act|compl|process|help|assist|honou?r)",
          r"(?:can ?not|can't|could not|couldn't) (?:\w+ )?(?:remove|delete|take|act|comply|process|help|assist"
          r"|honou?r|do anything)|no control over|(?:do|does|are|is|am)(?: not|n't) (?:host|own|operate|control|store"
          r"|hosting|hosted|stored|registered|responsible)|not our customer"),
    _rule("will_not", "ko", _R, "", "they will not",
          r"해당(?:하|되)지 않|대상이 아(?:닌|니라|닙)|위반(?:이|으로|에|사항이|한 것으로)?\s?(?:아니라|아닌|아닙|볼 수 없"
          r"|보기 어렵|확인되지 않|해당하지 않|해당되지 않|판단되지 않|없)",
          r"(?:조치|삭제)(?:를 |는 )?하지 않|삭제되지 않습니다|삭제할 수 없|(?:반려|기각|거절|거부|각하)"
          r"(?:하였|했|되었|됐|합니다|처리)|받아들(?:일 수 없|이지 않)"),
    _rule("cannot", "ko", _R, "cannot", "they cannot; less than a request, or than sending us on",
          r"(?:처리|삭제|조치)\s?(?:가|는|이|할 수)?\s?(?:불가|어렵|어려|없)|권한이 없"),
    _rule("not_all", "en", Kind.UNCLEAR, "", "held back somewhere, or from somebody: not gone",
          r"\bwithheld\b|geo-?block|in your (?:country|region)|set to private|hidden from|on hold\b"
          r"|search results|restricted|suspended|(?:are|is|files?) still|(?:the )?other (?:one|link)s?"),
    _rule("not_all", "ko", Kind.UNCLEAR, "", "held back somewhere, or only in part: not gone",
          r"블라인드|비공개|임시\s?(?:조치|차단|제한)|국내에서|접속 차단|나머지|일부|중 \d+건"),
    _rule("speaks_of_removal", "en", Kind.UNCLEAR, "", "beside another outcome: contradictory",
          r"^(?!.*\b(?:if|once|when|whether|after|as soon as)\b).*(?:(?:has|have|had|'ve|'s) (?:now |already |since )?(?:been )?(?:\w+ly )?(?:removed|deleted|taken)\b"
          r"|\bwe (?:\w+ )?(?:removed|deleted)\b)"),
    _rule("speaks_of_removal", "ko", Kind.UNCLEAR, "", "beside another outcome: contradictory",
          r"(?:삭제|제거)(?:를|가)?\s?(?:조치|처리)?\s?(?:완료)?\s?(?:하였|했|되었|됐)(?!다는)"),
    _rule("nobody_there", "en", Kind.AUTO_REPLY, "out_of_office", "out of office",
          r"out of (?:the )?office|\bon (?:\w+ )?(?:leave|holiday|vacation)\b|away from (?:my|the) (?:desk|mail)"
          r"|(?:office is|we are) closed (?:until|from|for)|i(?:'m| am) away"),
    _rule("nobody_there", "ko", Kind.AUTO_REPLY, "out_of_office", "out of office",
          r"부재\s?중|휴가|출장|연차|휴무|자리를 비|(?:상담|업무|근무) 시간이 아"),
    _rule("receipt", "en", Kind.AUTO_REPLY, "received", "they have it; with a number a ticket",
          r"(?:we|i)(?: have|'ve)?(?: now)? (?:received|got|registered|logged|opened)|(?:has|have) been (?:\w+ )?"
          r"(?:received|created|opened|registered|logged|assigned)|automat(?:ed|ic|ically)[ -](?:reply|response"
          r"|message|generated)|thank(?:s| you) for (?:contacting|your|letting|getting|reaching|reporting|writing)",
          r"auto-?\s?(?:reply|response)|\b(?:ticket|case|request|complaint|report) (?:#?[\w-]+ )?(?:received|opened"
          r"|created)|your (?:ticket|case|report|request|reference) (?:number|id) is|received:|acknowledge"),
    _rule("receipt", "ko", Kind.AUTO_REPLY, "received", "they have it; with a number a ticket",
          r"접수(?:가)?\s?(?:되었|됐|하였|했|완료|안내)|등록되었|(?:잘|정상적으로) (?:받았|도착)|순차적으로|자동\s?(?:응답"
          r"|회신|발송|답장)|자동으로 (?:발송|회신)|신고해 주셔서"),
)  # fmt: skip

SURE: Final = {
    Kind.NEEDS_INFO: re.compile(
        r"^(?!.*\b(?:click|visit|see|view|check|below|survey|feedback|attention|already|nothing|not|n't|no|never|until|unless)\b)"
        r".*(?:send|provide|attach|submit|supply|share|reply to this mail with|upload|give us|fee\b|paid|fill (?:in|out)|complete)"
        r"|(?:보내|제출|첨부|회신|제공|작성|입금|알려)[^.]{0,20}(?:주시|주세요|주십시오|바랍니다|하시)"
    ),
    Kind.FORWARDED: re.compile(
        r"customer|client|owner|webmaster|\bhost|provider|reseller|regist|upstream|operator|publisher|\bthem\b"
        r"|고객|이용자|운영|사이트|호스팅|업체|본사|등록|측"
    ),
    Kind.SAYS_REFUSED: re.compile(
        r"^(?!.*\b(?:but|yet|because|since|until|as)\b)|violat|guideline|rules|terms|policy"
    ),
}
"""What the sentence of an outcome must say, for the outcome to be certain."""
GONE: Final = re.compile(
    r"no longer|already|\bgone\b|not (?:be )?found|not (?:be )?find|limited|restrict|taken? .{0,20}down|offline|suspend|disabled"
    r"|이미|존재하지 않|찾을 수 없|접속되지|삭제된|제한"
)
"""What stands against a refusal that is certain."""
DECIDES: Final = re.compile(
    r"\b(?:customers?|clients?|owners?|upstream|host\w*|refus\w*|reject\w*|declin\w*|violat\w*|unable|can ?not|can't"
    r"|don't|won't|block\w*|suspend\w*|terminat\w*|sent|passed|forward\w*)\b|고객|위반|거부|거절|반려|불가|어렵|전달|이관|정지|종료"
)
"""What makes a receipt more than one."""

SUPPOSED: Final = re.compile(
    r"\b(?:if|unless|until|once|whether|where a|may|might|in (?:some|many|most) cases)\b|경우|[으하되니]면|[ 될할] 수 있습"
)
"""What is only supposed is no outcome."""

BOUNCES: Final = (
    _rule("full", "en", Kind.BOUNCE_SOFT, "full", "the mailbox is full: sent back, worth another try",
          r"(?:mailbox|quota|storage)[^.]{0,40}(?:full|exceeded|over)|over (?:its )?(?:quota|limit)|\b[45]\.2\.2\b"),
    _rule("full", "ko", Kind.BOUNCE_SOFT, "full", "the mailbox is full: sent back, worth another try",
          r"용량\s?(?:을|이|의)?\s?(?:초과|부족)|(?:편지함|메일함)[^.]{0,10}(?:가득|꽉|초과)"),
    _rule("failed", "en", Kind.BOUNCE_HARD, "", "it will not be delivered",
          r"\b5\.\d{1,3}\.\d{1,3}\b|\b55[0-4]\b|permanent|undeliver(?:able|ed)|address not found|user unknown"
          r"|no such (?:user|address|mailbox)|(?:could|was|has) ?(?:not|n't) (?:be |been )?delivered|delivery "
          r"(?:has )?failed|delivery failure|returned mail|does(?: not|n't) exist|failure notice|given up"),
    _rule("failed", "ko", Kind.BOUNCE_HARD, "", "it will not be delivered",
          r"반송|존재하지 않는|(?:전송|배달|전달)(?:에|을|하지|되지)?\s?(?:실패|못했|못하였|않았)|영구적"),
    _rule("late", "en", Kind.BOUNCE_SOFT, "delayed", "still being tried",
          r"delayed|not (?:yet )?(?:been |be )?delivered yet|not yet been delivered|will (?:be )?(?:try|tried|retr)"
          r"|will continue|temporar|\b4\.\d{1,3}\.\d{1,3}\b|is waiting"),
    _rule("late", "ko", Kind.BOUNCE_SOFT, "delayed", "still being tried", r"지연|재시도|일시적"),
)  # fmt: skip

ECHO: Final = re.compile(
    r"we ask you to remove the|we asked you (?:before to remove|to act on)|we act for the person|please quote our reference"
    r"|아래 주소의 게시물을|저희는 당사자를 대신하여|저희 관리 번호"
    r"|we write for a person|삭제를 요청드립니다"
)
"""Our own sentences: from there on it is our notice, come back without any mark of a quotation."""

NUMBER: Final = re.compile(
    r"(?:ticket|case|request|complaint|report|incident|tracking|reference)(?: (?:id|no\.?|number|ref))?\b"
    r"(?: (?:of|is|as))? ?[:#]{0,2} ?[\[(]?#?(?P<en>[a-z]{0,6}-?\d[\w-]{2,30})"
    r"|(?:접수|신고|티켓|문의|요청|민원|사건|처리|상담)\s?번호\s?[:은는이]{0,2}\s?#?(?P<ko>[a-z0-9][\w-]{3,30})"
    r"|[\[(#]#?(?P<mark>(?!20\d\d-\d\d-)[a-z]{0,6}[-#]?\d[\d-]{2,30})[\])]?",
)
TOPIC: Final = re.compile(
    r"\b(?:report\w*|complain\w*|notices?|content|abuse|takedown|removal|tickets?|videos?|posts?)\b"
    r"|신고|민원|게시|접수|삭제|촬영|영상"
)
"""What a mail that is not tied to one of ours must speak of, to be about our work."""
