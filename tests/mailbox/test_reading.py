"""What a letter means. Above all: nothing that is no removal is ever read as one."""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.mailbox import claims, letter, reading, rules
from service.mailbox.letter import Delivery, Letter
from service.mailbox.reading import Kind, Reading
from service.mailbox.words import MAX_CHARS

OURS = "EF-7K2M9Q"


def read(words: str, **more: object) -> Reading:
    given = {"sender": "abuse@host.example", "our_references": (OURS,), "words": words, **more}
    return reading.classify(Letter(**given))  # type: ignore[arg-type]


REMOVED = (
    "The content has been removed.",
    "Hello,\n\nThe reported content has been removed from our platform.\n\nBest regards,\nTeam",
    "We have removed the content you reported.",
    "We\u2019ve removed the video for violating our policies.",
    "Thank you for your report. We have reviewed the content and removed it.",
    "After reviewing your report, we have removed the post.",
    "The post at https://x.example/1 has been permanently deleted from our servers.",
    "The following posts have been removed:\nhttps://x.example/1\nhttps://x.example/2",
    "All 3 links you reported have been taken down.",
    "The images were deleted today. If you have any questions, do not hesitate to contact us.",
    "Dear Centre,\nwe confirm that the reported images have been deleted.\nKind regards\nJane",
    "We can confirm that the content was removed on 20 November 2026.",
    "We removed the content you reported on May 3.",
    "We removed the content you reported on 3 May, 2026.",
    "https://x.example/1 has been removed.\n\nYour ticket: AB-1234",
    "Hi,\nthe file is now deleted and can no longer be accessed.",
    "신고하신 게시물은 삭제 조치되었습니다.",
    "안녕하세요.\n요청하신 URL의 게시물을 삭제하였음을 알려드립니다.\n감사합니다.",
    "문의하신 영상은 당사 운영정책 위반으로 확인되어 삭제 처리 완료되었습니다.",
    "해당 게시물을 모두 삭제하였습니다. 추가 문의사항이 있으시면 언제든지 연락 주시기 바랍니다.",
    "신고하신 사진과 동영상을 서버에서 영구 삭제했습니다.",
    "귀 기관에서 요청하신 게시물 3건은 2026년 11월 25일 삭제되었습니다.",
)
NOT_REMOVED = (
    "All may 3 links you reported have been taken down.",
    "All 3 may links you reported have been taken down.",
    # no, not yet, not all, not there
    "The content has not been removed.",
    "The content will be removed within 24 hours.",
    "We have removed the content from search results.",
    "We have removed the content for you.",
    "We removed some of the posts.",
    "We have removed 2 of the 3 posts.",
    "The first link has been removed.",
    "The content has been removed in Germany.",
    "The content has been temporarily removed.",
    "The content was removed and later restored.",
    "We removed the content, but the copies are still up.",
    "The content has been removed. The other two links do not violate our rules.",
    "The content has been removed. However, it may reappear.",
    "All but one of the videos have been removed.",
    "None of the posts have been removed.",
    "The content has been scheduled for removal.",
    "The content has been removed from public view.",
    "The post has been removed by mistake and is back online.",
    "the content has nearly been removed",
    "The content should have been removed by now.",
    "https://x.example/1 removed\nhttps://x.example/2 kept online",
    "The content at https://x.example/1 has been removed. https://x.example/2 stays.",
    "The content has been removed. The images are fine.",
    "The content has been removed because it breaks our rules on nudity but only in Germany.",
    "The posts have been removed, 2 declined.",
    "We want to confirm that the content has been removed. Is that so?",
    # something else
    "The post link has been removed.",
    "접수된 건을 삭제하였습니다.",
    "게시물 링크를 삭제하였습니다.",
    "신고하신 게시물을 삭제하였습니다. 영상은 그대로 유지됩니다.",
    "Your post has been removed.",
    "Your report has been removed.",
    "The link to the content has been removed.",
    "The thumbnail of the video has been removed.",
    "The content was removed from this page.",
    "The age restriction has been removed from the video.",
    "The video has been removed from the album.",
    "The title of the video has been removed.",
    "The comments under the post have been removed.",
    "We removed the report on the post from our platform.",
    "We have removed the content report.",
    "The content you reported was reviewed and the report was removed.",
    "The link in the post was removed.",
    "We have removed the uploader of the content.",
    "We reviewed the content and removed your report.",
    "The mail has been deleted.",
    "It has been removed from the queue.",
    "The account has been suspended.",
    # somebody's word, a question, a wish
    "We have been told that the content has been removed.",
    "Our customer says the content has been removed.",
    'Our customer wrote: "the content has been removed".',
    "The content has been removed? Please confirm.",
    "Please confirm that the content has been removed.",
    "Once the content has been removed, we will tell you.",
    "If the content has been removed, please ignore this mail.",
    "You wrote:\nThe content has been removed.",
    "It is not true that\n\nthe content has been removed.",
    "The uploader has been asked to remove the content.",
    "The request to have the content removed has been received.",
    # Korean
    "신고하신 게시물은 삭제되지 않았습니다.",
    "신고하신 게시물은 삭제될 예정입니다.",
    "신고하신 게시물을 삭제하겠습니다.",
    "신고하신 게시물 중 일부를 삭제하였습니다.",
    "신고하신 게시물은 검색 결과에서 삭제하였습니다.",
    "게시물 작성자에게 삭제를 요청하였습니다.",
    "게시물이 삭제되었는지 확인해 주시기 바랍니다.",
    "신고하신 게시물은 임시 삭제되었습니다.",
    "신고를 삭제하였습니다.",
    "고객님의 계정을 삭제하였습니다.",
    "게시물이 삭제되었다는 답변을 받았습니다.",
    "삭제 요청이 완료되었습니다.",
    "작성자가 삭제하였다고 합니다.",
    "게시물이 삭제되면 안내드리겠습니다.",
    "첫 번째 게시물은 삭제되었습니다.",
    "게시물의 댓글을 삭제하였습니다.",
    "썸네일 이미지를 삭제하였습니다.",
    "게시물에서 사진을 제거하였습니다.",
    "보내신 메일을 삭제하였습니다.",
    "게시물 1건은 삭제하였으며, 나머지는 검토 중입니다.",
)
OTHERS = (
    (Kind.SAYS_REFUSED, "We found that it does not violate our community guidelines."),
    (Kind.SAYS_REFUSED, "After careful review we have decided not to remove the content."),
    (Kind.SAYS_REFUSED, "We will not be taking any action on this report."),
    (Kind.SAYS_REFUSED, "Unfortunately we are unable to remove this content."),
    (Kind.SAYS_REFUSED, "Your request has been denied."),
    (Kind.SAYS_REFUSED, "검토 결과 해당 게시물은 운영정책 위반에 해당하지 않습니다."),
    (Kind.SAYS_REFUSED, "요청하신 게시물은 삭제가 어렵습니다."),
    (Kind.NEEDS_INFO, "Please provide a copy of your government-issued ID."),
    (Kind.NEEDS_INFO, "Could you please send us the exact URLs of the posts?"),
    (Kind.NEEDS_INFO, "We cannot process this without a mandate: please send us one."),
    (Kind.NEEDS_INFO, "Please send us the following:\n- a copy of your passport"),
    (Kind.NEEDS_INFO, "게시물의 정확한 URL을 알려 주시기 바랍니다."),
    (Kind.FORWARDED, "We have forwarded your complaint to our customer."),
    (Kind.FORWARDED, "We cannot remove it. Please contact the hosting provider."),
    (Kind.UNCLEAR, "담당 부서로 이관되었습니다."),  # their own house
    (Kind.FORWARDED, "해당 내용을 고객사에 전달하였습니다."),
    (Kind.TICKET_OPENED, "Your request (#12345) has been received and will be looked at."),
    (Kind.TICKET_OPENED, "문의가 접수되었습니다. 접수번호: 20261120-33"),
    (Kind.AUTO_REPLY, "Thank you for contacting us. We will get back to you within 48 hours."),
    (Kind.AUTO_REPLY, "I am out of the office until Monday."),
    (Kind.AUTO_REPLY, f"We have received your mail ({OURS})."),
    (Kind.HOSTILE, "You will regret this."),
    (Kind.UNCLEAR, "Your report has been resolved."),
    (Kind.UNCLEAR, "We have deleted it and it does not violate our rules."),
    (Kind.UNCLEAR, "We forwarded it to our customer. We will not take action."),
    (Kind.UNCLEAR, ""),
)


@pytest.mark.parametrize("words", REMOVED)
def test_a_plain_word_of_removal_is_one(words: str) -> None:
    got = read(words)

    assert got.kind is Kind.SAYS_REMOVED
    assert got.certain
    assert got.line in words.replace("\n", " ") or got.line in words


@pytest.mark.parametrize("words", NOT_REMOVED)
def test_what_is_no_removal_is_never_read_as_one(words: str) -> None:
    assert read(words).kind is not Kind.SAYS_REMOVED


@pytest.mark.parametrize(("kind", "words"), OTHERS)
def test_other_answers(kind: Kind, words: str) -> None:
    assert read(words).kind is kind


NOT_SURE = (
    "We have received your report. To view the status of your ticket please click this link: https://x.example/t/1",
    "How did we do? Please fill in our short feedback form.",
    "Please do not send us the images themselves.",
    "You do not need to send us any identification.",
    "Please never send a copy of a passport by mail.",
    "We have forwarded your report to our Trust and Safety team.",
    "Your request has been passed on to the responsible department.",
    "I have sent your request to our legal team for review.",
    "Your report has been forwarded internally.",
    "담당 부서로 전달하였습니다. 검토 후 답변드리겠습니다.",
    "담당자에게 전달되었습니다.",
    "We did not take action because the content is no longer available.",
    "We did not remove it: it had already been deleted.",
    "해당 게시물은 이미 삭제되어 조치하지 않았습니다.",
    "해당 게시물이 존재하지 않아 조치하지 않았습니다.",
    "No action is required on your part.",
    "No further action is needed from you.",
    "We will not process your personal data for any other purpose.",
    "We will not take this lightly.",
    "Content that does not violate our policies stays up.",
    "The content does not violate our policies, but we have limited its visibility.",
    "We have taken the account down. The other posts do not violate our rules.",
    "We do not host this site. Its host is Example Hosting.",
    "We have notified our customer, who will not remove it.",
    "Please pay attention to our new office hours.",
    "Please see the link below for our form. Your report was already sent to us.",
    "We need more time.",
    "We need to review the link you sent.",
    "Please allow us to check the links you provided.",
    "You must have a valid URL to open our site.",
    "We have your passport copy, thank you; nothing else is required.",
    "We can no longer find the post at the link. Please check the link.",
    "Thank you for your report. Our technician wiped the machine this morning.",
    "We received your mail. Our client was informed and switched the site off.",
    "Thank you. The site is offline.",
    "We got your message and took the album offline.",
    "접수되었습니다. 해당 파일은 이미 지워졌습니다.",
    "문의 감사합니다. 접수되었고 해당 서버는 오늘 종료되었습니다.",
)


@pytest.mark.parametrize("words", NOT_SURE)
@pytest.mark.parametrize("auto", [(), ("generated",)])
def test_what_only_looks_like_an_outcome_is_never_certain(
    words: str, auto: tuple[str, ...]
) -> None:
    assert not read(words, auto=auto).certain


def test_a_bare_word_counts_only_as_the_whole_answer_to_us() -> None:
    assert read("Removed.") == Reading(
        Kind.SAYS_REMOVED, "", "Removed.", "removal_bare", certain=False
    )
    assert read("Removed.", our_references=()).kind is not Kind.SAYS_REMOVED
    assert read("Removed. Not sure which one you meant.").kind is Kind.UNCLEAR


def test_a_removal_that_answers_nothing_of_ours_names_an_address_and_is_not_certain() -> None:
    named = read("The content at https://x.example/1 has been removed.", our_references=())
    unnamed = read(REMOVED[0], our_references=())

    assert (named.kind, named.certain) == (Kind.SAYS_REMOVED, False)
    assert (unnamed.kind, unnamed.detail) == (Kind.UNCLEAR, "removed")


@pytest.mark.parametrize("sign", ["replied", "precedence_auto_reply", "no_return_path", "list"])
def test_what_a_machine_answers_is_no_removal(sign: str) -> None:
    assert read(REMOVED[0], auto=(sign,)).kind is Kind.UNCLEAR


def test_the_other_form_of_a_mail_may_not_say_less() -> None:
    assert read(REMOVED[0], other_words=REMOVED[2]).kind is Kind.SAYS_REMOVED
    assert read(REMOVED[0], other_words="We have not removed it.").kind is Kind.UNCLEAR


def test_what_was_cut_is_for_a_person() -> None:
    assert read(REMOVED[0], is_whole=False).kind is Kind.UNCLEAR
    assert read(REMOVED[0] + " word" * 500).kind is Kind.UNCLEAR


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "5.1.1", Kind.BOUNCE_HARD),
        ("failed", "4.4.7", Kind.BOUNCE_HARD),  # they have given up
        ("failed", "5.2.2", Kind.BOUNCE_SOFT),
        ("delayed", "4.4.1", Kind.BOUNCE_SOFT),
        ("delivered", "2.0.0", Kind.AUTO_REPLY),
    ],
)
def test_a_delivery_report_is_believed_before_any_word(
    action: str, status: str, kind: Kind
) -> None:
    got = read(REMOVED[0], deliveries=(Delivery(action, status, "abuse@host.example"),))

    assert got.kind is kind


def test_whom_nobody_can_name_is_no_mail_system() -> None:
    assert read("We will try again to reach the uploader.", sender="").kind is Kind.UNCLEAR


OUR_WORDS = (
    "We ask you to remove the content at the following address",
    "We asked you before to remove the content",
    "We act for the person concerned.",
    "Please quote our reference",
    "아래 주소의 게시물을 지체 없이 삭제하여 주시기 바랍니다.",
    "저희는 당사자를 대신하여 요청합니다.",
)


@pytest.mark.parametrize("ours", OUR_WORDS)
def test_our_own_notice_come_back_says_nothing(ours: str) -> None:
    echo = f"{ours}\n\n{REMOVED[0]}"

    assert read(echo).kind is Kind.UNCLEAR
    assert not read(f"{REMOVED[0]}\n\n{echo}").certain


def test_our_own_words_are_still_ours() -> None:
    folder = Path(letter.__file__).parents[1] / "domain"
    said = " ".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))

    assert [ours for ours in OUR_WORDS[:4] if ours not in said] == []


# fmt: off
DOUBTS = (
    "not", "never", "no", "cannot", "if", "unless", "once", "when", "until", "will", "shall", "may",
    "would", "might", "could", "should", "soon", "shortly", "tomorrow", "partly", "partially", "to",
    "some", "most", "half", "except", "only", "almost", "nearly", "temporarily", "but", "though",
    "allegedly", "however", "hopefully", "reportedly", "pending", "being", "supposedly", "probably",
    "provided", "assuming", "whether", "barely", "hardly",
)
KO_DOUBTS = (
    "일부", "안", "못", "아직", "만약", "다만", "임시", "부분", "곧", "추후", "거의", "절반",
    "외", "대부분", "아마", "예정", "제외", "않고", "없이", "국내", "검색", "나머지",
    "내일", "혹시", "절대",
)
# fmt: on


def doubtful(words: str) -> Iterator[str]:
    """A removal into which one word was put that takes it back: every word, at every place."""
    korean = any("가" <= char <= "힣" for char in words)
    tokens = words.split(" ")
    claim = next(at for at, one in enumerate(tokens) if _speaks(one))
    breaks = [at for at in range(claim) if tokens[at].endswith((".", "?")) or "\n" in tokens[at]]
    for at in range(breaks[-1] + 1 if breaks else 0, claim + 1):
        for doubt in KO_DOUBTS if korean else DOUBTS:
            yield " ".join((*tokens[:at], doubt, *tokens[at:]))


def _speaks(token: str) -> bool:
    return any(stem in token for stem in ("remov", "delet", "taken", "삭제"))


@pytest.mark.parametrize("words", REMOVED)
def test_one_word_of_doubt_and_it_is_no_removal(words: str) -> None:
    assert [told for told in doubtful(words) if read(told).kind is Kind.SAYS_REMOVED] == []


@given(st.sampled_from(REMOVED), st.sampled_from(DOUBTS), st.booleans())
@settings(deadline=None)
def test_a_sentence_of_doubt_beside_it_and_it_is_no_removal(
    words: str, doubt: str, before: bool
) -> None:
    beside = f"The posts are {doubt} removed."
    told = f"{beside}\n\n{words}" if before else f"{words}\n\n{beside}"

    assert read(told).kind is not Kind.SAYS_REMOVED


QUOTES = (
    "\r\n\r\n> The content has been removed.\r\n> We will not remove it. Please send your ID.\r\n",
    "\r\n\r\nOn Mon, 23 Nov 2026 at 10:00, Desk <d@c.example> wrote:\r\nIt has been removed.\r\n",
    "\r\n\r\n-----Original Message-----\r\nFrom: x\r\n\r\nIt has been removed.\r\n",
    "\r\n\r\n-----원본 메시지-----\r\n보낸 사람: x\r\n\r\n게시물을 삭제했습니다.\r\n",
    "\r\n\r\nFrom: x\r\nSent: Monday\r\nTo: y\r\nSubject: z\r\n\r\nWe will not remove it.\r\n",
)
HEAD = (
    f"From: abuse@host.example\r\nSubject: Re: [{OURS}] x\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n"
)


@given(
    st.sampled_from([*REMOVED, *NOT_REMOVED, *(words for _, words in OTHERS)]),
    st.lists(st.sampled_from(QUOTES), min_size=1, max_size=3),
)
@settings(deadline=None)
def test_what_is_quoted_never_changes_the_class(words: str, quotes: list[str]) -> None:
    alone = (HEAD + words + "\r\n").encode()

    with_quotes = (HEAD + words + "".join(quotes)).encode()

    assert reading.classify(letter.read(with_quotes)) == reading.classify(letter.read(alone))


@given(st.text(max_size=400), st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_words_have_a_class(words: str, subject: str) -> None:
    got = read(words, subject=subject)

    assert got.kind is not Kind.SAYS_REMOVED or claims.STEM.search(words.lower())


@pytest.mark.parametrize(
    "one", ["a ", "the content ", "please ", "삭제 ", "http://a/ ", "1. ", "we have "]
)
def test_long_words_take_no_long_time(one: str) -> None:
    assert read(one * (MAX_CHARS // len(one))).kind is Kind.UNCLEAR


@pytest.mark.parametrize(
    "one", ["http://a, ", "the file, #, ", "please, send, ", "a: ", "url ", "\"'"]
)
def test_no_sentence_makes_a_pattern_go_round(one: str) -> None:
    began = time.process_time()

    read((one * 200)[:590], subject=(one * 200)[:590])

    assert time.process_time() - began < 1


def test_every_rule_has_a_name_of_its_own_and_says_what_it_means() -> None:
    with_bounces = (*rules.RULES, *rules.BOUNCES)
    names = [(rule.name, rule.language) for rule in with_bounces]

    assert len(set(names)) == len(names)
    assert all(rule.means for rule in with_bounces)


def test_it_imports_the_standard_library_and_nothing_else() -> None:
    folder = Path(letter.__file__).parent
    for name in (
        "letter",
        "parts",
        "reports",
        "senders",
        "words",
        "rules",
        "claims",
        "sentences",
        "reading",
    ):
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = getattr(node, "module", None) or node.names[0].name
                ours = module.startswith(("service.mailbox", "adapters.spec"))
                assert ours or module.split(".")[0] in sys.stdlib_module_names, f"{name}: {module}"
