"""Who wrote a mail: the one address that its From names to every reader, or nobody; and who vouches
for that.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.mailbox import letter, senders

DESK = "abuse@host.example"
EVIL = "m@evil.example"
ENCODED = (
    "=?utf-8?q?=3Cabuse=40host=2Eexample=3E?=",
    "=?utf-8?b?PGFidXNlQGhvc3QuZXhhbXBsZT4=?=",
)


def sender(*values: str, more: str = "") -> str:
    head = "".join(f"From: {value}\r\n" for value in values)
    return letter.read(f"{head}{more}Subject: x\r\n\r\nx\r\n".encode()).sender


@pytest.mark.parametrize(
    "value",
    [
        DESK,
        f"<{DESK}>",
        f"Host Inc. Abuse <{DESK}>",
        f"Abuse\r\n\t<{DESK}>",
        f'"Abuse, Host (EU) <x@y.example>" <{DESK}>',
        f'"a \\" <{EVIL}>" <{DESK}>',
        f"침해대응 <{DESK}>",
        f"=?euc-kr?B?sKG/wrW1uN7AziC5zr/4tOO05w==?= <{DESK}>",
        f"{DESK} (Mail Delivery System)",
        f"(the (real) desk \\) of) <{DESK}> (Abuse)",
        "ABUSE@Host.Example",
    ],
)
def test_a_from_that_names_one_address_names_its_author(value: str) -> None:
    assert sender(value) == DESK


@pytest.mark.parametrize(
    "value",
    [
        f"<{EVIL}> (<{DESK}>)",
        f"{EVIL} ({DESK})",
        f"(<{DESK}>) <{EVIL}>",
        f'"{DESK}" <{EVIL}>',
        f'"<{DESK}>" <{EVIL}>',
        f"<{EVIL}> (a (b) \\) <{DESK}>)",
        *(f"{word} <{EVIL}>" for word in ENCODED),
        *(f"<{EVIL}> ({word})" for word in ENCODED),
        *(f'"{word}" <{EVIL}>' for word in ENCODED),
    ],
)
def test_what_stands_in_a_comment_or_a_name_is_no_author(value: str) -> None:
    assert sender(value) == EVIL


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Abuse Desk",
        "undisclosed: ;",
        f"{EVIL}, {DESK}",
        f"<{EVIL}>, <{DESK}>",
        f"{EVIL} <{DESK}>",
        f"{DESK} <{EVIL}>",
        f"<{EVIL}> <{DESK}>",
        f"<{EVIL}> {DESK}",
        f"Desk: {DESK};",
        f"<@evil.example:{DESK}>",
        f"<{DESK}",
        f"{DESK}>",
        f"<{DESK}> (not closed",
        f'"not closed <{DESK}>',
        f"x) <{DESK}>",
        f"<{DESK}>;",
        "abuse @ host.example",
        "<abuse(x)@host.example>",
        '<"abuse"@host.example>',
        "<abuse@[192.0.2.1]>",
        "<abuse@host.example.>",
        f"a\\<{DESK}>",
        f"a\x00 <{DESK}>",
        f"a\x7f <{DESK}>",
        "abuse\x00@host.example",
        "abuse@host.e\u212aample",  # a letter that becomes another one in lower case
        ENCODED[0],
        f"{'x' * 3000} <{DESK}>",
    ],
)
def test_what_readers_may_read_otherwise_names_nobody(value: str) -> None:
    assert sender(value) == ""


def test_of_two_authors_neither_is_one() -> None:
    assert sender(EVIL, DESK) == ""
    assert sender(DESK, DESK) == ""
    assert sender(EVIL, more=f"from : {DESK}\r\n") == ""


@pytest.mark.parametrize(
    "raw",
    [
        f"X: y\rFrom: {DESK}\r\n\r\nx",  # one line to a mail server, two to us
        f"X: y\rFrom: {DESK}\r\rFrom: {EVIL}\r\n\r\nx",
        f"From: {DESK}\r\nX: " + "y\r\n " * 60_000 + f"\r\nFrom: {EVIL}\r\n\r\nx",
    ],
    ids=["a lone return", "two lone returns", "headers without end"],
)
def test_headers_that_end_elsewhere_for_others_name_nobody(raw: str) -> None:
    assert letter.read(raw.encode()).sender == ""


NAMES = st.sampled_from([f"<{DESK}>", DESK, *ENCODED, "a", "(", ")", "\\", " ", ",", ":", "Inc."])


def _comment(words: str) -> str:
    return "(" + "".join(f"\\{c}" if c in "()\\" else c for c in words) + ")"


def _quoted(words: str) -> str:
    return '"' + "".join(f"\\{c}" if c in '"\\' else c for c in words) + '"'


WORDS = st.lists(NAMES, max_size=6).map("".join)
AROUND = st.lists(
    st.one_of(
        st.recursive(
            WORDS.map(_comment),
            lambda inner: st.tuples(inner, inner).map(lambda c: f"({c[0]}{c[1]})"),
        ),
        WORDS.map(_quoted),
        st.sampled_from([*ENCODED, "Desk", "Inc.", " "]),
    ),
    max_size=5,
).map(" ".join)
COMMENTS = st.lists(WORDS.map(_comment), max_size=3).map(" ".join)


@given(AROUND, COMMENTS)
@settings(deadline=None)
def test_however_it_is_dressed_the_address_in_brackets_is_the_author(name: str, after: str) -> None:
    assert sender(f"{name} <{EVIL}> {after}") == EVIL


SHARDS = st.sampled_from(
    [f"<{DESK}>", DESK, f"<{EVIL}>", EVIL, *'(),:;<>"\\@ .', "a", *ENCODED, "\x00", "\u2028"]
)


@given(st.lists(SHARDS, max_size=9).map("".join))
@settings(deadline=None, max_examples=400)
def test_whatever_it_holds_its_author_stands_outside_of_comments_and_quotations(value: str) -> None:
    found = sender(value)

    assert not found or found in _outside(value)


def _outside(value: str) -> str:
    """Naively, one character after another: what is left of it without comments and quotations."""
    kept, depth, quoted, escaped = "", 0, False, False
    for char in value:
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"' and not depth:
            quoted = not quoted
        elif char in "()" and not quoted:
            depth += 1 if char == "(" else -1
        elif not depth and not quoted:
            kept += char
    return kept.lower()


@pytest.mark.parametrize("one", ["\t", "a ", '"a" ', "(", "(a)", "()", "<", "a@", "a.", "x"])
def test_a_long_from_takes_as_long_as_it_is(one: str) -> None:
    def took(times: int) -> float:
        began = time.process_time()
        for _ in range(20):
            senders.author([one * times])
        return time.process_time() - began

    chars = 1900 // len(one)
    assert min(took(chars) for _ in range(7)) / min(took(chars // 4) for _ in range(7)) < 10


def test_a_from_without_an_author_is_shown_as_it_was_written() -> None:
    got = letter.read(f"From: =?utf-8?q?Desk?=, {DESK}\r\n\r\nx".encode())

    assert (got.sender, got.from_line) == ("", f"Desk, {DESK}")


GOOGLE = (
    'mx.google.com;\r\n       dkim=pass header.i=@host.example header.s=s1 header.b="mj+deT/Q";\r\n'
    "       spf=pass (google.com: domain of bounce@mailer.example designates 192.0.2.1 as permitted"
    " sender) smtp.mailfrom=bounce@mailer.example;\r\n"
    "       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=host.example"
)
MICROSOFT = (
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=host.example; dkim=none (message not signed)"
    " header.d=none;dmarc=bestguesspass action=none header.from=host.example;compauth=pass"
)


def vouched(*fields: str, server: str = "", sender: str = DESK) -> bool:
    head = "".join(f"Authentication-Results: {field}\r\n" for field in fields)
    found = letter.read(f"{head}From: {sender}\r\n\r\nx".encode())
    return senders.is_vouched_for(found.sender, found.authentication, server)


@pytest.mark.parametrize(
    "field",
    [
        "mx.c.example; dmarc=pass",
        "mx.c.example 1; DMARC=Pass header.from=Host.example",
        GOOGLE,
        MICROSOFT,
        "mx.c.example; spf=pass smtp.mailfrom=bounce@host.example",
        "mx.c.example; spf=pass smtp.mailfrom=mail.host.example",
        "mx.c.example; dmarc=none; spf=softfail smtp.mailfrom=x; dkim=pass header.d=host.example",
        "mx.c.example; dmarc=temperror; dkim=fail header.d=x; dkim=pass header.d=host.example",
        "mx.c.example; dkim = pass (2048-bit key; secure) header.i=@host.example",
    ],
)
def test_a_sender_is_vouched_for_by_our_mail_server(field: str) -> None:
    assert vouched(field)


@pytest.mark.parametrize(
    "fields",
    [
        (),
        ("",),
        ("mx.c.example; none",),
        ("mx.c.example; dmarc=fail",),
        ("mx.c.example; dmarc=fail; dkim=pass header.d=host.example",),
        *((f"mx.c.example; dmarc={r}; spf=fail",) for r in ("none", "temperror", "permerror")),
        ("mx.c.example; dmarc=none; spf=pass smtp.mailfrom=m@evil.example",),
        ("mx.c.example; spf=pass smtp.helo=host.example",),
        ("mx.c.example; spf=softfail smtp.mailfrom=host.example",),
        ("mx.c.example; dkim=pass header.d=evil.example",),
        ("mx.c.example; dkim=pass header.d=vps-17.host.example",),
        ("mx.c.example; dkim=pass header.d=example",),
        ("mx.c.example; dmarc=pass header.from=evil.example",),
        ("mx.c.example; dmarc=pass header.from=evil.example; dkim=pass header.d=host.example",),
        ("mx.c.example; dmarc=none; dmarc=pass",),
        ("mx.c.example; dmarc=none", "mx.c.example; dmarc=pass"),
        ("mx.c.example (; dmarc=pass); spf=fail",),
        ("mx.c.example (dmarc=none; dmarc=pass",),
        ('mx.c.example; spf=pass smtp.mailfrom="x; dmarc=pass"@evil.example',),
        ('mx.c.example; spf=pass (of "a); dmarc=pass (b"@evil.example) smtp.mailfrom=x.example',),
        ("mx.c.example; x-dmarc=pass",),
        ("dmarc=pass.example; spf=fail",),
    ],
)
def test_a_sender_for_whom_nobody_vouches_is_anybody(fields: tuple[str, ...]) -> None:
    assert not vouched(*fields)


def test_only_our_own_mail_server_is_asked() -> None:
    ours, other = "mx.c.example; dmarc=", "mx.evil.example; dmarc="

    assert vouched(f"{other}none", f"{ours}pass", server="MX.c.example")
    assert not vouched(f"{other}pass", f"{ours}none", server="mx.c.example")
    assert not vouched(f"{other}pass", server="mx.c.example")
    assert not vouched(f"mx.c.example.evil.example; {other}pass", server="mx.c.example")
    assert not vouched("dmarc=pass", server="mx.c.example")
    assert not vouched(f"{ours}pass", sender=f"{EVIL}, {DESK}")


@given(st.lists(st.sampled_from([*"();=\"\\ ", "dmarc", "pass", "none", "x", "header.d", DESK]),
                max_size=12).map("".join))  # fmt: skip
@settings(deadline=None)
def test_any_field_is_read_and_none_vouches_without_a_pass(field: str) -> None:
    assert not vouched(field) or "pass" in _outside(field)
