"""Korean platforms. They are asked for what the statutory form asks for.

Labels are in the forms' language; where the form was not open to us they are the words of the law
and of the operators' help pages, and the note says so.
"""

from __future__ import annotations

from typing import Final

from adapters.forms.filed import form
from adapters.forms.kr_statutory import LAW_NOTE, STATUTORY
from adapters.forms.row import NEVER, PAGES, UNSEEN, Link, Put, Row, Value
from adapters.spec import Kind, Regime

__all__ = ["KAKAO", "KOREA"]

_NAVER_ID: Final = r"[A-Za-z0-9_-]{2,40}"

NAVER: Final = form(
    Row(
        name="naver",
        title="Naver",
        form="https://help.naver.com/inquiry/input.help?categoryNo=5748&serviceNo=30001&lang=ko",
        sources=(
            "https://help.naver.com/inquiry/input.help?categoryNo=5748&serviceNo=30001&lang=ko",
            "https://donga.com/news/Society/article/all/20240829/126749097/2",
        ),
        sites=("blog.naver.com", "cafe.naver.com", "kin.naver.com", "tv.naver.com", "naver.me"),
        before=r"www|m",
        links=(
            Link(
                Kind.POST,
                rf"/(?P<blog>{_NAVER_ID})/(?P<number>[1-9]\d{{6,14}})/?",
                "blog/{blog}/{number}",
                "https://blog.naver.com/{blog}/{number}",
                sites=("blog.naver.com",),
                lower=("blog",),
            ),
            Link(
                Kind.POST,
                r"/PostView\.(?:naver|nhn)",
                "blog/{blogId}/{logNo}",
                "https://blog.naver.com/{blogId}/{logNo}",
                sites=("blog.naver.com",),
                needs={"blogId": _NAVER_ID, "logNo": r"[1-9]\d{6,14}"},
                lower=("blogId",),
            ),
            Link(
                Kind.POST,
                rf"/(?P<blog>{_NAVER_ID})/?",
                "blog/{blog}/{logNo}",
                "https://blog.naver.com/{blog}/{logNo}",
                sites=("blog.naver.com",),
                needs={"logNo": r"[1-9]\d{6,14}"},
                lower=("blog",),
            ),
            Link(
                Kind.ACCOUNT,
                rf"/{PAGES.format('PostView|PostList|section|api|prologue')}(?P<blog>{_NAVER_ID})/?",
                "blog/{blog}",
                "https://blog.naver.com/{blog}",
                sites=("blog.naver.com",),
                keeps={"logNo": NEVER},
                lower=("blog",),
            ),
            Link(
                Kind.POST,
                r"/(?:ca-fe|f-e)/(?:web/)?cafes/(?P<cafe>[1-9]\d{3,12})/articles/(?P<number>[1-9]\d{0,11})/?",
                "cafe/{cafe}/{number}",
                "https://cafe.naver.com/ca-fe/cafes/{cafe}/articles/{number}",
                sites=("cafe.naver.com",),
            ),
            Link(
                Kind.POST,
                r"/ArticleRead\.(?:naver|nhn)",
                "cafe/{clubid}/{articleid}",
                "https://cafe.naver.com/ca-fe/cafes/{clubid}/articles/{articleid}",
                sites=("cafe.naver.com",),
                needs={"clubid": r"[1-9]\d{3,12}", "articleid": r"[1-9]\d{0,11}"},
            ),
            Link(
                Kind.POST,
                rf"/(?P<cafe>(?!ca-fe/|f-e/){_NAVER_ID})/(?P<number>[1-9]\d{{0,11}})/?",
                "cafe/{cafe}/{number}",
                "https://cafe.naver.com/{cafe}/{number}",
                sites=("cafe.naver.com",),
                lower=("cafe",),
            ),
            Link(
                Kind.POST,
                rf"/{_NAVER_ID}/?",
                "cafe/{clubid}/{articleid}",
                "https://cafe.naver.com/ca-fe/cafes/{clubid}/articles/{articleid}",
                sites=("cafe.naver.com",),
                needs={
                    "iframe_url": r"/ArticleRead\.(?:naver|nhn)\?"
                    r"(?=(?:.*&)?clubid=(?P<clubid>[1-9]\d{3,12})(?:&|$))"
                    r"(?=(?:.*&)?articleid=(?P<articleid>[1-9]\d{0,11})(?:&|$)).{1,500}"
                },
            ),
            Link(
                Kind.GROUP,
                rf"/(?P<cafe>(?!(?:ca-fe|f-e)/?$){_NAVER_ID})/?",
                "cafe/{cafe}",
                "https://cafe.naver.com/{cafe}",
                sites=("cafe.naver.com",),
                keeps={"iframe_url": NEVER, "iframe_url_utf8": NEVER},
                lower=("cafe",),
            ),
            Link(
                Kind.POST,
                r"/qna/detail\.(?:naver|nhn)",
                "kin/{docId}",
                "https://kin.naver.com/qna/detail.naver?docId={docId}",
                sites=("kin.naver.com",),
                needs={"docId": r"[1-9]\d{3,14}"},
            ),
            Link(
                Kind.POST,
                r"/(?:v|embed|h)/(?P<number>[1-9]\d{2,12})/?",
                "tv/{number}",
                "https://tv.naver.com/v/{number}",
                sites=("tv.naver.com",),
            ),
            Link(
                Kind.POST,
                r"/(?P<code>[A-Za-z0-9]{5,20})/?",
                "naver.me/{code}",
                "https://naver.me/{code}",
                sites=("naver.me",),
                leads=True,
            ),
        ),
        samples=(
            "https://blog.naver.com/examplename/123456789012",
            "https://m.blog.naver.com/PostView.naver?blogId=examplename&logNo=123456789012",
            "https://cafe.naver.com/examplecafe/12345",
            "https://naver.me/AbCdEf12",
        ),
        country="KR",
        language="ko",
        puts=(
            Put("게시물 주소(URL)", Value.LINKS, "One a line.", required=True),
            Put("신고사유", Value.SUMMARY, required=True),
            Put("동의가 없었다는 사실 등", Value.STATEMENTS, UNSEEN),
            Put("기관·단체명", Value.CENTRE, UNSEEN),
            Put("답변받을 이메일", Value.EMAIL, UNSEEN),
            Put("서명", Value.SIGNATURE, "The centre signs, not the depicted person."),
            Put("관리 번호", Value.REFERENCE, "Our reference, in any field for remarks."),
        ),
        note=(
            "Naver's page for harmful content asks for the address and the reason, and promises no "
            "word about the outcome. It says that posts of Cafe, Blog and 지식iN are reported with "
            "the button on their own page. Naver has a channel for unlawful deepfakes and one "
            "under Article 22-5; their addresses and fields were not confirmed: choose them in "
            "Naver's customer centre where you see them, and use the same words. You may have to "
            "sign in."
        ),
    )
)

KAKAO: Final = form(
    Row(
        name="kakao",
        title="Kakao",
        form="https://clean-center.kakao.com/",
        sources=(
            "https://donga.com/news/Society/article/all/20240829/126749097/2",
            "https://cs.kakao.com/",
        ),
        sites=(
            "open.kakao.com",
            "pf.kakao.com",
            "story.kakao.com",
            "brunch.co.kr",
            "tistory.com",
            "cafe.daum.net",
            "kko.to",
        ),
        links=(
            Link(
                Kind.INVITE,
                r"/(?P<path>(?:o|me)/[\w가-힣-]{2,60})/?",
                "open/{path}",
                "https://open.kakao.com/{path}",
                sites=("open.kakao.com",),
            ),
            Link(
                Kind.POST,
                r"/(?P<who>_[A-Za-z0-9]{3,20})/(?P<number>[1-9]\d{0,14})/?",
                "channel/{who}/{number}",
                "https://pf.kakao.com/{who}/{number}",
                sites=("pf.kakao.com",),
            ),
            Link(
                Kind.CHANNEL,
                r"/(?P<who>_[A-Za-z0-9]{3,20})/?(?:(?:friend|chat|posts)/?)?",
                "channel/{who}",
                "https://pf.kakao.com/{who}",
                sites=("pf.kakao.com",),
            ),
            Link(
                Kind.POST,
                r"/(?P<who>_?[\w.-]{2,60})/(?P<id>[A-Za-z0-9._-]{6,60})/?",
                "story/{who}/{id}",
                "https://story.kakao.com/{who}/{id}",
                sites=("story.kakao.com",),
            ),
            Link(
                Kind.ACCOUNT,
                r"/(?P<who>_?[\w.-]{2,60})/?",
                "story/{who}",
                "https://story.kakao.com/{who}",
                sites=("story.kakao.com",),
            ),
            Link(
                Kind.POST,
                r"/@(?P<who>@?[\w.-]{2,60})/(?P<number>[1-9]\d{0,9})/?",
                "brunch/{who}/{number}",
                "https://brunch.co.kr/@{who}/{number}",
                sites=("brunch.co.kr",),
                lower=("who",),
            ),
            Link(
                Kind.ACCOUNT,
                r"/@(?P<who>@?[\w.-]{2,60})/?",
                "brunch/{who}",
                "https://brunch.co.kr/@{who}",
                sites=("brunch.co.kr",),
                lower=("who",),
            ),
            Link(
                Kind.POST,
                r"/(?:m/)?(?P<path>[1-9]\d{0,9}|entry/[^/%?#]{1,300})/?",
                "tistory/{before}/{path}",
                "https://{before}.tistory.com/{path}",
                sites=("tistory.com",),
                before=r"(?!www$|m$|notice$)[a-z0-9][a-z0-9-]{2,40}",
                anchor=r"comment[1-9]\d{0,14}",
            ),
            Link(
                Kind.SITE,
                r"/(?:m/?)?",
                "tistory/{before}",
                "https://{before}.tistory.com/",
                sites=("tistory.com",),
                before=r"(?!www$|m$|notice$)[a-z0-9][a-z0-9-]{2,40}",
            ),
            Link(
                Kind.POST,
                r"/(?P<cafe>[A-Za-z0-9_.-]{2,60})/(?P<board>[A-Za-z0-9]{2,10})/(?P<number>[1-9]\d{0,9})/?",
                "cafe/{cafe}/{board}/{number}",
                "https://cafe.daum.net/{cafe}/{board}/{number}",
                sites=("cafe.daum.net",),
                lower=("cafe",),
            ),
            Link(
                Kind.GROUP,
                r"/(?P<cafe>(?!_)[A-Za-z0-9_.-]{2,60})/?",
                "cafe/{cafe}",
                "https://cafe.daum.net/{cafe}",
                sites=("cafe.daum.net",),
                lower=("cafe",),
            ),
            Link(
                Kind.POST,
                r"/(?P<code>[\w-]{5,30})/?",
                "kko.to/{code}",
                "https://kko.to/{code}",
                sites=("kko.to",),
                leads=True,
            ),
        ),
        samples=(
            "https://open.kakao.com/o/gAbCdEf1",
            "https://cafe.daum.net/examplecafe/AbCd/123",
            "https://exampleblog.tistory.com/123",
            "https://brunch.co.kr/@examplename/12",
            "https://kko.to/AbCdEf1234",
        ),
        regimes=(Regime.KR_22_5,),
        country="KR",
        language="ko",
        puts=STATUTORY,
        note=(
            f"{LAW_NOTE}Kakao named this page in August 2024 as its channel for such reports "
            "about KakaoTalk, Daum Cafe and brunch; that it still takes those about Daum and "
            "Tistory was not confirmed, nor were the names and order of its fields. The page "
            "offers to attach a capture: leave that empty."
        ),
        never_of_a_child=(
            "Never give the child's name or resident number, though forms ask for one.",
        ),
    )
)

KOREA: Final = (NAVER, KAKAO)
