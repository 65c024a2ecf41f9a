"""Any bytes become a letter; only what is new is in its words; no picture is kept."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.mailbox import letter, words
from service.mailbox.parts import headers_of

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9
HEAD = b"From: Desk <Abuse@Host.example>\r\nSubject: Re: notice\r\n"
QUOTED = (
    "> We ask you to remove it",
    "On Mon, 23 Nov 2026 at 10:00, Example Centre <desk@centre.example> wrote:\n> old words",
    "On Mon, 23 Nov 2026 at 10:00, Example Centre\n<desk@centre.example> wrote:\nold words",
    "-----Original Message-----\nFrom: a\nold words",
    "________________\nFrom: C\nSent: Monday\nTo: Desk\nSubject: x\n\nold words",
    "-----원본 메시지-----\n보낸 사람: 센터\nold words",
    "2026년 11월 23일 (월) 오전 10:00, 센터 <desk@centre.example>님이 작성:\nold words",
    "보낸사람: 센터\n날짜: 2026-11-23\n받는사람: 담당\n제목: x\n\nold words",
    "---------- Forwarded message ---------\nold words",
    "-- \nJane Example\nold words",
    "This e-mail and any attachment are confidential and intended only for old words.",
)


def mail(body: bytes, kind: bytes = b"text/plain; charset=utf-8", head: bytes = HEAD) -> bytes:
    return head + b"Content-Type: " + kind + b"\r\n\r\n" + body


def parts(*inner: bytes, kind: bytes = b"multipart/mixed") -> bytes:
    body = b"".join(b"--b\r\n" + one + b"\r\n" for one in inner) + b"--b--\r\n"
    return mail(body, kind + b'; boundary="b"')


def picture(kind: bytes = b"image/png", more: bytes = b"") -> bytes:
    head = b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: base64\r\n" + more
    return head + b"\r\n" + base64.encodebytes(PICTURE)


TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nNew words."
HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>New <b>words</b>.</p>"


def test_headers_are_read() -> None:
    got = letter.read(
        mail(
            b"Hello",
            head=HEAD + b"Message-ID: <a@host.example>\r\n"
            b"To: Desk <desk+ef-abcd-ef23-jklm@c.example>,\r\n"
            b" other@c.example\r\nDelivered-To: Box@C.example\r\n"
            b"In-Reply-To: <x.EF-7K2M9Q@c.example>\r\n"
            b"References: <w@c.example>\r\n <x.EF-7K2M9Q@c.example>\r\n"
            b"Date: Thu, 26 Nov 2026 10:00:00 +0900\r\n",
        )
    )

    assert got.sender == "abuse@host.example"
    assert got.recipients == (
        "desk+ef-abcd-ef23-jklm@c.example",
        "other@c.example",
        "box@c.example",
    )
    assert got.tags == ("ef-abcd-ef23-jklm",)
    assert got.message_id == "<a@host.example>"
    assert got.in_reply_to == "<x.EF-7K2M9Q@c.example>"
    assert got.references == ("<w@c.example>", "<x.EF-7K2M9Q@c.example>")
    assert got.our_references == ("EF-ABCD-EF23-JKLM", "EF-7K2M9Q")
    assert got.date == datetime(2026, 11, 26, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("your reference EF-ABCD-EF23-JKLM.", ("EF-ABCD-EF23-JKLM",)),
        ("[ef-7k2m9q]", ("EF-7K2M9Q",)),
        ("EF\u20117K2M9Q", ("EF-7K2M9Q",)),  # a dash that a mailer made prettier
        ("관리번호EF-7K2M9Q입니다", ("EF-7K2M9Q",)),
        ("REF-ABCDEF EF-ABC EF-ABCDEFG", ()),
    ],
)
def test_our_references_are_found(text: str, found: tuple[str, ...]) -> None:
    assert letter.read(mail(text.encode())).our_references == found


def test_the_address_in_brackets_counts_and_not_the_name() -> None:
    raw = mail(b"x", head=b'From: "abuse@telegram.example" <someone@else.example>\r\n')

    assert letter.read(raw).sender == "someone@else.example"


@pytest.mark.parametrize("quoted", QUOTED)
def test_what_is_quoted_or_signed_is_not_new(quoted: str) -> None:
    got = letter.read(mail(f"New words.\n\n{quoted}\n".encode()))

    assert got.words == "New words."


@pytest.mark.parametrize(
    "old",
    [
        "<blockquote>old words</blockquote>",
        '<div class="gmail_quote"><div class="gmail_attr">On x</div>old words</div>',
        '<div id="divRplyFwdMsg">From: x</div><div>old words</div>',
        "<script>old words</script><style>old words</style>",
        '<div style="display: none">old words</div>',
        "<!-- old words -->",
    ],
)
def test_of_html_only_what_is_shown_and_new_stays(old: str) -> None:
    raw = mail(f"<body><p>New <b>words</b>.</p>{old}</body>".encode(), b"text/html; charset=utf-8")

    assert letter.read(raw).words == "New words."


def test_a_reply_between_the_lines_is_kept() -> None:
    got = letter.read(mail(b"> may we ask?\r\nYes.\r\n> and this?\r\nNo.\r\n"))

    assert got.words.split() == ["Yes.", "No."]


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("utf-8", "utf-8"),
        ("ks_c_5601-1987", "cp949"),
        ("euc-kr", "utf-8"),  # declared wrongly
        ("iso-8859-1", "utf-8"),
        ("us-ascii", "cp949"),
        ("utf-8", "cp949"),
        ("no-such-charset", "cp949"),
        ("", "cp949"),
        ("iso-2022-kr", "iso2022_kr"),
        ("utf-16", "utf-16"),
    ],
)
def test_wrong_charsets_are_mended(charset: str, codec: str) -> None:
    said = "신고하신 게시물을 삭제하였습니다."
    kind = f'text/plain; charset="{charset}"'.encode() if charset else b"text/plain"

    assert letter.read(mail(said.encode(codec), kind)).words == said


def test_western_letters_are_not_taken_for_korean() -> None:
    assert letter.read(mail("We don\u2019t know".encode("cp1252"), b"text/plain")).words == (
        "We don\u2019t know"
    )


def test_a_subject_cut_in_the_middle_of_a_character_is_whole() -> None:
    raw = "삭제 요청".encode()
    words = b" ".join(b"=?utf-8?B?" + base64.b64encode(half) + b"?=" for half in (raw[:4], raw[4:]))

    assert letter.read(b"Subject: Re: " + words + b"\r\n\r\n").subject == "Re: 삭제 요청"


def test_plain_text_is_read_and_html_kept_beside_it() -> None:
    got = letter.read(parts(TEXT, HTML, kind=b"multipart/alternative"))

    assert (got.words, got.other_words) == ("New words.", "New words.")


def test_a_carried_message_is_not_new() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\nMessage-ID: <old@c.example>\r\n\r\nold words"

    got = letter.read(parts(TEXT, inner))

    assert got.words == "New words."
    assert got.returned_ids == ("<old@c.example>",)


def test_a_delivery_report_is_read() -> None:
    report = (
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.host.example\r\n\r\n"
        b"Final-Recipient: rfc822; Abuse@host.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
    )
    returned = b"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <n.EF-7K2M9Q@c.example>\r\n"

    got = letter.read(parts(TEXT, report, returned, kind=b"multipart/report"))

    assert got.deliveries == (
        letter.Delivery("failed", "5.1.1", "abuse@host.example", "smtp; 550 5.1.1 no such user"),
    )
    assert got.returned_ids == ("<n.EF-7K2M9Q@c.example>",)
    assert got.our_references == ("EF-7K2M9Q",)


PICTURES = (
    picture(),
    picture(b"application/octet-stream", b'Content-Disposition: attachment; filename="a.jpg"\r\n'),
    picture(b"text/plain; name=a.jpg"),
    picture(b"text/plain"),  # called text: the zero bytes tell
    picture(b"message/rfc822"),  # an encoded message is not opened
    b"Content-Type: message/rfc822\r\n\r\n" + parts(TEXT, picture()),
    b"Content-Type: text/html\r\n\r\n<img src='data:image/png;base64,"
    + base64.b64encode(PICTURE)
    + b"'>",
    b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(
        b"<img src='data:image/png;base64," + base64.b64encode(PICTURE) + b"'>"
    ),
    b"Content-Type: text/plain\r\n\r\n" + base64.encodebytes(PICTURE).replace(b"\n", b"\r\n"),
)  # fmt: skip


@pytest.mark.parametrize("one", PICTURES)
def test_no_picture_is_kept(one: bytes) -> None:
    kept = letter.stripped(parts(TEXT, one))

    assert b"New words." in kept
    assert base64.b64encode(PICTURE)[100:140] not in kept.replace(b"\r\n", b"")
    assert b"dropped unopened" in kept or b"dropped unopened" in base64.b64decode(
        kept.rpartition(b"\r\n\r\n")[2].partition(b"--b")[0] + b"==", validate=False
    )


def test_what_stands_between_the_parts_is_no_hiding_place() -> None:
    lines = base64.encodebytes(PICTURE).replace(b"\n", b"\r\n")
    raw = parts(TEXT).replace(b"--b\r\n", lines + b"--b\r\n", 1) + lines

    assert lines[:40] not in letter.stripped(raw)


def test_an_attachment_leaves_its_hash() -> None:
    raw = parts(TEXT, picture())

    (gone,) = letter.read(raw).attachments

    assert gone == letter.Attachment(hashlib.sha256(PICTURE).hexdigest(), "image/png", len(PICTURE))
    assert gone.sha256.encode() in letter.stripped(raw)


def test_what_is_all_text_is_sealed_as_it_came() -> None:
    raw = parts(TEXT, HTML)

    assert letter.stripped(raw) == raw


@given(st.binary(max_size=3000))
@settings(deadline=None)
@example(b"")
@example(b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n")
@example(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b")
@example(b"Content-Type: text/html\r\n\r\n<![x")
def test_any_bytes_give_a_letter(raw: bytes) -> None:
    got = letter.read(raw)

    assert letter.read(raw) == got
    assert isinstance(letter.stripped(raw), bytes)


SHARDS = (
    *(b"\r\n", b"\n", b"\r\n\r\n", b"--b", b"--b--", b"--", b">", b"<", b"=?utf-8?b?", b"?="),
    b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"Content-Type: message/rfc822\r\n",
    b"Content-Type: text/html; charset=utf-16\r\n",
    b"Content-Type: text/plain; charset=idna\r\n",
    b"Content-Type: message/delivery-status\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    *(b"Action: failed\r\n", b"Status: 9.9.9\r\n", b"From: (((((\r\n", b"Date: 99 Foo\r\n"),
    *(b"<blockquote>", b"</div>", b"<script>", b"&#x110000;", b"&#xd800;", b"\xff", b"\x00"),
    *(b"On a@b wrote:", b"QUJD", b"=3D", b"EF-ABCDEF", b"data:image/png;base64,", b"\xbb\xe8"),
)
WILD = st.lists(st.sampled_from(SHARDS), max_size=40).map(b"".join)


@given(WILD)
@settings(deadline=None)
def test_any_wild_message_gives_a_letter(raw: bytes) -> None:
    got = letter.read(raw)

    letter.stripped(raw)
    f"{got.words}{got.subject}{got.from_line}".encode()  # as it is sealed


DEEP = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(20_000)
)
LARGE = 5_000_000
HUGE = (
    DEEP,
    b"Content-Type: message/rfc822\r\n\r\n" * (LARGE // 32),
    mail(b"Hello world\r\n" * (LARGE // 13)),
    mail(b"<p>Hello</p>" * (LARGE // 12), b"text/html"),
    mail(b"<a " * (LARGE // 3), b"text/html"),
    mail(b"<" * LARGE, b"text/html"),
    mail(b"On a\r\n" * (LARGE // 6)),
    mail(b"--b\r\n\r\n" * (LARGE // 7), b"multipart/mixed; boundary=b"),
    mail(b"data:image/" * (LARGE // 11), b"text/html"),
    parts(TEXT, b"Content-Type: image/png\r\n\r\n" + bytes(LARGE)),
)


@pytest.mark.parametrize("raw", HUGE, ids=range(len(HUGE)))
def test_five_megabytes_take_no_long_time(raw: bytes) -> None:
    began = time.process_time()

    letter.read(raw)

    assert time.process_time() - began < 5  # a second on an idle machine


def grows(work: Callable[[str], object], one: str, times: int) -> float:
    """How many times longer four times as much takes: 4 where the work is in proportion."""

    def took(text: str) -> float:
        began = time.process_time()
        work(text)
        return time.process_time() - began

    short, long = one * times, one * (4 * times)
    return min(took(long) for _ in range(5)) / min(took(short) for _ in range(5))


def test_a_folded_header_takes_as_long_as_it_is() -> None:
    assert grows(lambda lines: headers_of(f"a: b\n{lines}"), " c\n", 40_000) < 9


MARKS = ["\u0301\u0316", "\u0f73", "\u0344\u0316"]  # each pair is in the wrong order


@pytest.mark.parametrize("one", MARKS)
def test_a_pile_of_marks_takes_as_long_as_it_is(one: str) -> None:
    assert grows(lambda marks: words.new_text(f"e{marks}"), one, 10_000) < 9


@pytest.mark.parametrize("one", MARKS)
def test_of_a_pile_of_marks_thirty_stay(one: str) -> None:
    got = words.new_text(f"Caf{'e' + one * 500}, and {'o' + one * 500}.")

    assert len(got) < 200
    assert got.startswith("Caf")
    assert got.endswith(".")
    assert words.new_text("e" + "\u0301" * 10) == "\u00e9" + "\u0301" * 9


def test_what_is_too_long_to_be_read_says_so() -> None:
    assert not letter.read(mail(b"Hello world. " * 100_000)).is_whole
    assert not letter.read(DEEP).is_whole
    assert letter.read(mail(b"Hello world.")).is_whole
