"""The bytes of a message: the same each time, readable, and with headers that nobody can break."""

from __future__ import annotations

import email.policy
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser, Parser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.errors import Misconfigured, NeedsPerson
from adapters.mail import compose
from adapters.spec import Sender
from tests.adapters.mail.notices import notice

DESK = "abuse@platform.example"
GOLDEN = Path(__file__).with_name("golden.eml")


def read(message: bytes) -> EmailMessage:
    parser = BytesParser(policy=email.policy.default)
    return parser.parsebytes(message)


def from_name(message: bytes) -> str:
    """As RFC 2047 has it; the newer parser of Python 3.11 keeps the space between two words."""
    raw = Parser(policy=email.policy.compat32).parsestr(message.decode("ascii"))["From"]
    return str(make_header(decode_header(raw.rpartition("<")[0]))).strip()


def lines_of(message: bytes) -> list[bytes]:
    return message.split(b"\r\n")


def test_the_bytes_are_those_that_we_agreed_on() -> None:
    assert compose(notice(), DESK) == GOLDEN.read_bytes()


def test_another_process_with_another_hash_seed_makes_the_same_bytes() -> None:
    code = (
        "import sys; from adapters.mail import compose; "
        "from tests.adapters.mail.notices import notice; "
        f"sys.stdout.buffer.write(compose(notice(subject='삭제 요청', text='가'*99), {DESK!r}))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ".", "TZ": zone, "LC_ALL": "C"},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "Asia/Seoul"), ("2", "UTC"))
    }

    assert len(outputs) == 1
    assert compose(notice(subject="삭제 요청", text="가" * 99), DESK) in outputs


def test_the_date_is_the_moment_of_composing_in_utc() -> None:
    seoul = datetime(2026, 11, 22, 18, 30, 15, tzinfo=timezone(timedelta(hours=9)))

    assert compose(notice(composed_at=seoul), DESK) == compose(
        notice(composed_at=datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)), DESK
    )


def test_headers_say_who_asks_whom_under_which_reference() -> None:
    message = read(compose(notice(), DESK))

    assert message["From"] == "Example Centre <reports@centre.example>"
    assert message["To"] == DESK
    assert message["Reply-To"] == "reports@centre.example"
    assert message["Subject"] == "[EF-7K2M9Q] Intimate images published without consent"
    assert message["Message-ID"] == "<0192f7a1.EF-7K2M9Q@centre.example>"
    assert message["In-Reply-To"] is None
    assert message["References"] is None
    assert message.get_content_type() == "text/plain"
    assert not message.is_multipart()


def test_a_reference_that_the_subject_has_already_is_not_repeated() -> None:
    message = read(compose(notice(subject="Reminder [EF-7K2M9Q]"), DESK))

    assert message["Subject"] == "Reminder [EF-7K2M9Q]"


def test_a_reminder_stands_in_the_thread_of_all_that_went_before() -> None:
    thread = tuple(f"<{n:032x}.EF-7K2M9Q@centre.example>" for n in range(12))

    raw = compose(notice(thread=thread), DESK)
    message = read(raw)

    assert message["In-Reply-To"] == thread[-1]
    assert tuple(str(message["References"]).split()) == thread
    assert max(map(len, lines_of(raw))) <= 998


def test_a_reference_that_is_no_message_id_stays_out_of_the_thread() -> None:
    thread = ("4711", "<a@b.example>\r\nBcc: x@y.example", "<first@centre.example>")

    message = read(compose(notice(thread=thread), DESK))

    assert message["References"] == "<first@centre.example>"
    assert message["Bcc"] is None


def test_replies_carry_the_reference_where_the_mail_server_can() -> None:
    raw = compose(notice(), DESK, "EF-7K2M9Q")

    assert b"\r\nReply-To: reports+ef-7k2m9q@centre.example\r\n" in raw


def test_a_reply_address_that_would_be_too_long_stays_as_it_is() -> None:
    raw = compose(notice(), DESK, "x" * 80)

    assert b"\r\nReply-To: reports@centre.example\r\n" in raw


def test_plain_ascii_goes_out_as_it_is() -> None:
    raw = compose(notice(text="See https://t.me/a/1?single&x=2\n.\nFrom here\n"), DESK)

    assert raw.endswith(b"\r\n\r\nSee https://t.me/a/1?single&x=2\r\n.\r\nFrom here\r\n")
    assert b"Content-Transfer-Encoding: 7bit" in raw


KOREAN = "피해자의 동의 없이 유포된 촬영물입니다.\n\n  들여쓰기 \nhttps://t.me/예시/1?a=b\n끝"


def test_korean_arrives_whole() -> None:
    sender = Sender(
        name="디지털성범죄피해자지원센터 삭제지원팀 국제협력", email="reports@centre.example"
    )
    raw = compose(notice(subject="불법촬영물 삭제 요청 " * 6, text=KOREAN, sender=sender), DESK)
    message = read(raw)

    assert raw.isascii()
    assert message.get_content().splitlines() == KOREAN.splitlines()
    assert message["Subject"].strip() == ("[EF-7K2M9Q] " + "불법촬영물 삭제 요청 " * 6).strip()
    assert from_name(raw) == sender.name
    assert message["From"].addresses[0].addr_spec == sender.email
    assert max(map(len, lines_of(raw))) <= 78


def test_a_hundred_links_arrive_unchanged_one_to_a_line() -> None:
    urls = [f"https://t.me/examplechannel/{n}?single&comment={n * 7}" for n in range(1, 101)]

    content = read(compose(notice(urls=urls), DESK)).get_content()

    assert [line for line in content.splitlines() if line.startswith("http")] == urls


def test_a_link_longer_than_a_line_may_be_arrives_whole() -> None:
    url = "https://t.me/examplechannel/1?" + "x" * 3_000

    raw = compose(notice(urls=[url]), DESK)

    assert max(map(len, lines_of(raw))) <= 998
    assert url in read(raw).get_content()


@pytest.mark.parametrize(
    "break_", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]
)
def test_no_header_can_be_broken(break_: str) -> None:
    evil = f"x{break_}Bcc: everyone@else.example"

    for changes in (
        {"subject": evil},
        {"reference": evil},
        {"message_id": f"<a@b.example>{break_}Bcc: everyone@else.example"},
    ):
        with pytest.raises(NeedsPerson, match=r"^header_unsafe$"):
            compose(notice(**changes), DESK)
    for sender in (
        Sender(name=evil, email="reports@centre.example"),
        Sender(name="Centre", email=f"reports@centre.example{break_}Bcc: everyone@else.example"),
    ):
        with pytest.raises(Misconfigured, match=r"^header_unsafe$"):
            compose(notice(sender=sender), DESK)
    with pytest.raises(Misconfigured, match=r"^header_unsafe$"):
        compose(notice(), f"{DESK}{break_}Bcc: everyone@else.example")


@pytest.mark.parametrize("message_id", ["", "no-brackets@x", "<>", "<a@>", "<a b@c>", "<a@b><c@d>"])
def test_a_notice_without_a_message_id_does_not_go_out(message_id: str) -> None:
    with pytest.raises(NeedsPerson, match=r"^header_unsafe$"):
        compose(notice(message_id=message_id), DESK)


def test_a_name_with_quotes_and_commas_stays_one_name() -> None:
    sender = Sender(name='Centre "Hope", Unit <1> \\ x', email="reports@centre.example")

    (address,) = read(compose(notice(sender=sender), DESK))["From"].addresses

    assert address.display_name == sender.name
    assert address.addr_spec == sender.email


def test_a_centre_without_a_name_is_its_address() -> None:
    raw = compose(notice(sender=Sender(name="", email="reports@centre.example")), DESK)

    assert b"\r\nFrom: reports@centre.example\r\n" in raw


@given(text=st.text(max_size=2_000))
def test_any_text_becomes_short_ascii_lines_and_comes_back(text: str) -> None:
    raw = compose(notice(text=text), DESK)

    assert max(map(len, lines_of(raw))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    body = read(raw).get_payload(decode=True)
    assert isinstance(body, bytes)
    sent = text.encode("utf-8", "replace").decode()
    told = sent.rstrip().replace("\r\n", "\n").replace("\r", "\n")
    assert body.decode().replace("\r\n", "\n") == told + "\n"


@given(subject=st.text(max_size=300))
def test_any_subject_is_refused_or_stands_in_one_header(subject: str) -> None:
    try:
        raw = compose(notice(subject=subject), DESK)
    except NeedsPerson:
        return
    head = raw.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert names == [
        b"Date", b"From", b"To", b"Reply-To", b"Subject", b"Message-ID",
        b"MIME-Version", b"Content-Type", b"Content-Transfer-Encoding",
    ]  # fmt: skip
