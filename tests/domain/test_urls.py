"""Addresses as people write them: read, never guessed, and nothing of them dropped."""

from __future__ import annotations

import re
import string
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.spec import Url
from service.domain.urls import BadUrl, defang, normal, parse, refang

GOOD = "https://example.com/a/b;c?v=1&v=2&list=x#t=3"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (GOOD, GOOD),
        ("hxxps://example[.]com/a", "https://example.com/a"),
        ("hXXp://example[dot]com", "http://example.com"),
        ("h**ps://example.com/a", "https://example.com/a"),
        ("hxxps[://]example.com/a", "https://example.com/a"),
        ("hxxps[:]//example(.)com/a", "https://example.com/a"),
        ("https:[//]example{dot}com[/]a", "https://example.com/a"),
        ("<https://example.com/a>", "https://example.com/a"),
        ("  example.com/a  ", "https://example.com/a"),
        ("example.com", "https://example.com"),
        ("example.com:8443/a", "https://example.com:8443/a"),
        ("HTTPS://EXAMPLE.com/A", "https://example.com/A"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://b\u00fccher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://\uc608\uc2dc.\ud55c\uad6d/a", "https://xn--vv4b11d.xn--3e0b707e/a"),
        ("https://under_score.example.com/a", "https://under_score.example.com/a"),
        ("https://example.com/%ED%95%9C", "https://example.com/%ED%95%9C"),
    ],
)
def test_what_people_write_is_understood(raw: str, clean: str) -> None:
    assert str(parse(raw)) == str(parse(clean))
    assert str(parse(raw)) == clean


INVISIBLE = "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff"


MARKS = ".,;:!?\"'”\u2019»。\uff0c、\uff01\uff1f\uff09)]}>#"
AND_MORE = ["?!", '."', ").", "。”", "\uff0c ", ".\u200b", "\u200b.", "),\u200e "]


@pytest.mark.parametrize("mark", [*MARKS, *AND_MORE])
@pytest.mark.parametrize("good", ["https://t.me/chan/98", "https://example.com", GOOD])
def test_a_mark_that_ends_a_sentence_is_no_part_of_an_address(mark: str, good: str) -> None:
    assert str(parse(good + mark)) == str(parse(good))


@pytest.mark.parametrize(
    "raw",
    [
        "https://example.com/a.b,c;d:e!f'g",
        "https://example.com/a/.b",
        "https://example.com/film_(2024)",
        "https://example.com/a[1]",
        "https://example.com/a?b={c}",
        "https://example.com/a,/",
        "https://example.com/a.-",
        "https://example.com/a?b=c.&d=e",
    ],
)
def test_a_mark_inside_an_address_stays(raw: str) -> None:
    assert str(parse(raw)) == str(Url(raw))


def test_a_bracket_that_was_opened_inside_stays_and_one_more_goes() -> None:
    assert str(parse("https://example.com/film_(2024)).")) == "https://example.com/film_(2024)"


def test_a_mark_that_does_belong_to_an_address_can_be_written_in_code() -> None:
    assert normal(parse("https://example.com/a%2C")) == "example.com/a,"


@pytest.mark.parametrize(
    "raw",
    [
        "https://t.me/chan/122,https://t.me/chan/123",
        "https://t.me/chan/122, https://t.me/chan/123",
        "https://t.me/chan/122;http://t.me/chan/123",
        "https://t.me/chan/122\uff0chttps://t.me/chan/123",
        "https://t.me/chan/122 https://t.me/chan/123",
        "https://t.me/chan/122\u200b https://t.me/chan/123",
        "https://t.me/chan/122\thxxps://t[.]me/chan/123",
        "t.me/chan/122,HXXPS[://]t[.]me/chan/123",
        "https://t.me/chan/122,h**ps://t.me/chan/123",
        "https://t.me/chan/122?single,https://t.me/chan/123",
        "https://t.me/chan/122#a,https://t.me/chan/123",
        "https://x.com/a/status/970?s=20,https://x.com/a/status/971",
        "https://t.me/chan/146에서",
        "https://t.me/chan/103入口",
        "https://t.me/chan/146에서.",
        "https://x.com/a/status/970입니다",
        "https://t.me/chan/146からです",
    ],
)
def test_a_line_that_goes_on_after_the_address_is_refused(raw: str) -> None:
    with pytest.raises(BadUrl) as caught:
        parse(raw)

    assert caught.value.code == "url_trailing"
    assert "one address a line" in caught.value.detail


@pytest.mark.parametrize(
    "raw",
    [
        "IMG_2041.jpg", "사진.jpg", "IMG_2041.JPG,", "\ufeffVID-20240101-WA0003.mp4", "a.b.heic",
        "사진 1.png", "clip(1).mov", "scan.pdf", "all.zip", "IMG_2041[.]jpg",
    ],
)  # fmt: skip
def test_a_file_name_is_no_address(raw: str) -> None:
    with pytest.raises(BadUrl) as caught:
        parse(raw)

    assert caught.value.code == "url_file_name"


@pytest.mark.parametrize(
    "raw", ["https://example.zip", "example.zip/a", "example.com/IMG_2041.jpg", "jpg.example.com"]
)
def test_an_address_that_holds_a_file_name_is_taken(raw: str) -> None:
    assert parse(raw).host is not None


@pytest.mark.parametrize(
    ("raw", "link"),
    [
        ("tg://resolve?domain=chan&post=98", "tg://resolve/?domain=chan&post=98"),
        ("TG://resolve?domain=chan&post=98,", "tg://resolve/?domain=chan&post=98"),
        ("tg[://]resolve?domain=chan", "tg://resolve/?domain=chan"),
        ("tg:join?invite=AbC", "tg:join?invite=AbC"),
        ("matrix:r/room:matrix.example", "matrix:r/room:matrix.example"),
        (
            "MATRIX:roomid/a:b.example/e/c?via=b.example,",
            "matrix:roomid/a:b.example/e/c?via=b.example",
        ),
        ("matrix[:]u/who:b[.]example", "matrix:u/who:b.example"),
    ],
)
def test_a_link_that_an_app_opens_is_taken_for_an_adapter_to_read(raw: str, link: str) -> None:
    assert str(parse(raw)) == link
    assert normal(parse(raw)) == normal(parse(link))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("tg://example.com/a", "url_scheme"),
        ("tg://127.0.0.1/a", "url_scheme"),
        ("tg://user@resolve?domain=chan", "url_userinfo"),
        ("tg://", "url_scheme"),
        ("tg://resolve:99999?a=b", "url_malformed"),
        ("tgx://resolve?domain=chan", "url_scheme"),
        ("matrix:e/event", "url_scheme"),
        ("matrix://example.com/u/who:b.example", "url_scheme"),
        ("matrix://user@u/who", "url_userinfo"),
        ("intent://resolve?domain=chan", "url_scheme"),
    ],
)
def test_no_other_scheme_and_no_host_of_the_internet_behind_an_app(raw: str, code: str) -> None:
    with pytest.raises(BadUrl) as caught:
        parse(raw)

    assert caught.value.code == code


@pytest.mark.parametrize("dots", ["…", "...", "……", "…,", "...\u200b", "….”"])
def test_an_address_that_looks_cut_off_is_refused_because_it_may_be_another(dots: str) -> None:
    with pytest.raises(BadUrl) as caught:
        parse(f"https://x.com/a/status/1234567{dots}")

    assert caught.value.code == "url_cut_off"


@pytest.mark.parametrize(
    "raw",
    [
        "https://example.com/save?url=https://t.me/chan/98",
        "https://example.com/save?urls=https://t.me/chan/98,https://t.me/chan/99",
        "https://example.com/save/https://t.me/chan/98",
        "https://example.com/2024년",
        "https://example.com/wiki/19금",
        "https://example.com/12화/",
        "https://example.com/2024년-사진",
        "https://example.com/3人/a",
        "https://example.com/사진",
        "https://example.com/a%EC%97%90%EC%84%9C",
        "https://example.com/146%EC%97%90%EC%84%9C",
        "https://example.com/a?q=146에서",
    ],
)
def test_what_can_belong_to_an_address_is_not_taken_for_the_rest_of_a_line(raw: str) -> None:
    assert str(parse(raw)) == str(Url(raw))


@pytest.mark.parametrize("mark", INVISIBLE)
@pytest.mark.parametrize("around", ["{0}{1}", "{1}{0}", " {0} {0}{1}{0} \n", "<{0}{1}{0}>"])
def test_what_nobody_sees_at_either_end_is_no_part_of_an_address(mark: str, around: str) -> None:
    assert str(parse(around.format(mark, GOOD))) == GOOD


@pytest.mark.parametrize("mark", INVISIBLE)
def test_what_nobody_sees_inside_is_refused(mark: str) -> None:
    for raw in (f"https://exam{mark}ple.com/a", f"https://example.com/a{mark}b"):
        with pytest.raises(BadUrl, match="url_malformed"):
            parse(raw)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "url_empty"),
        (INVISIBLE, "url_empty"),
        ("   ", "url_empty"),
        ("<>", "url_empty"),
        ("https://example.com/a b", "url_malformed"),
        ("https://example.com/\x00", "url_malformed"),
        ("https://example.com/\u202egnp", "url_malformed"),
        ("https://exam\u200bple.com/", "url_malformed"),
        ("https:\\\\example.com", "url_malformed"),
        ("https:/example.com", "url_malformed"),
        ("https:example.com", "url_malformed"),
        ("just words", "url_malformed"),
        ("words", "url_malformed"),
        ("https://", "url_malformed"),
        ("https:///a", "url_malformed"),
        ("https://example.com:0/", "url_malformed"),
        ("https://example.com:99999/", "url_malformed"),
        ("https://[::1/", "url_malformed"),
        ("https://[]@/a", "url_malformed"),
        ("javascript:alert(1)", "url_scheme"),
        ("data:text/html,x", "url_scheme"),
        ("ftp://example.com/", "url_scheme"),
        ("mailto:a@example.com", "url_scheme"),
        ("https://user@example.com/", "url_userinfo"),
        ("https://user:secret@example.com/", "url_userinfo"),
        ("https://:secret@example.com/", "url_userinfo"),
        ("https://xn--a.example/", "url_malformed"),
        ("https://localhost/", "url_host"),
        ("https://exam!ple.com/", "url_host"),
        ("https://exa mple.com/", "url_malformed"),
        ("https://ex\u2100mple.com/", "url_malformed"),
    ],
)
def test_what_cannot_be_acted_on_says_why(raw: str, code: str) -> None:
    with pytest.raises(BadUrl) as caught:
        parse(raw)

    assert caught.value.code == code
    assert caught.value.detail.endswith(".")
    assert str(caught.value) == code


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "0", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "10.0.0.1.",
        "[::1]", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]", "1.2.3.4", "0x7f.0x0.0x0.0x1",
        "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021",
    ],
)  # fmt: skip
def test_a_number_is_no_host_however_it_is_spelled(host: str) -> None:
    with pytest.raises(BadUrl) as caught:
        parse(f"https://{host}/a")

    assert caught.value.code in ("url_ip_literal", "url_host")


def test_an_address_of_ten_kilobytes_is_refused_at_once() -> None:
    with pytest.raises(BadUrl, match="url_too_long"):
        parse("https://example.com/" + "a" * 10_000)

    assert parse("https://example.com/" + "a" * 4000).host == "example.com"


@given(st.text(max_size=200))
@example("https://\ud800.example/")
@example("http://[")
@example("hxxp[:]//a.b:c")
@example("https://a.b:\u0661/")
@example("https://a.b%00.c/")
@example("https://xn--a.example/")
@example("tg:")
@example("tg://[::1]/")
@example("tg://a.b/")
@example("tg:resolve")
def test_no_line_makes_it_fail(raw: str) -> None:
    refang(raw)
    try:
        url = parse(raw)
    except BadUrl:
        return
    assert url.scheme in ("http", "https", "tg")
    assert ("." in (url.host or "")) is (url.scheme != "tg")
    normal(url)


@given(st.text(alphabet="hxtps*:/[].(){}dotDOT@?#&=% abc", max_size=60))
def test_refanging_a_clean_line_changes_nothing(raw: str) -> None:
    clean = refang(refang(refang(raw)))

    try:
        url = parse(clean)
    except BadUrl:
        return
    assert str(parse(str(url))) == str(url)


words = st.text(string.ascii_letters + string.digits + "-_~", min_size=1, max_size=8)
pairs = st.lists(st.tuples(words, words), min_size=1, max_size=5)


@given(path=st.lists(words, max_size=4), query=pairs, fragment=words)
def test_nothing_that_identifies_is_ever_dropped(
    path: list[str], query: list[tuple[str, str]], fragment: str
) -> None:
    raw_query = "&".join(f"{k}={v}" for k, v in query)
    raw = f"example.com/{'/'.join(path)}?{raw_query}#{fragment}"

    url = parse(f"hxxps://{raw.replace('.', '[.]', 1)}")

    assert str(url) == f"https://{raw}"
    assert url.raw_query_string == raw_query
    assert normal(url) == raw


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/a?x=1", "https://example.com/a?x=2"),
        ("https://example.com/a#1", "https://example.com/a#2"),
        ("https://example.com/a", "https://example.com/A"),
        ("https://example.com/a", "https://example.com:8443/a"),
        ("https://example.com/a?x=1&y=2", "https://example.com/a?y=2&x=1"),
        ("https://example.com/a", "https://example.com/a/"),
    ],
)
def test_what_may_differ_stays_different(one: str, other: str) -> None:
    assert normal(parse(one)) != normal(parse(other))


@pytest.mark.parametrize(
    "other",
    [
        "http://example.com/a",
        "https://EXAMPLE.com:443/a",
        "hxxps://example[.]com/a",
        "example.com/a",
    ],
)
def test_what_cannot_differ_is_one(other: str) -> None:
    assert normal(parse("https://example.com/a")) == normal(parse(other))


@given(host=st.lists(words.map(str.lower), min_size=2, max_size=4), path=words)
def test_a_shown_address_cannot_be_opened_and_can_be_read_back(host: list[str], path: str) -> None:
    url = f"https://{'.'.join(host)}/{path}.jpg"

    shown = defang(url)

    assert "http" not in shown.partition("/")[0]
    assert "[.]" in shown
    assert refang(shown) == url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://t.me/chan/98", "hxxps://t[.]me/chan/98"),
        ("HTTP://t.me/a.jpg", "hxxp://t[.]me/a[.]jpg"),
        ("t.me/chan/98", "t[.]me/chan/98"),
        ("t(.)me/chan/98", "t[.]me/chan/98"),
        ("hxxps://t[.]me/chan/98", "hxxps://t[.]me/chan/98"),
        ("hxxps[://]t{dot}me/chan/98", "hxxps://t[.]me/chan/98"),
        ("\ufeffhttps://t.me/chan/98\u202e", "hxxps://t[.]me/chan/98"),
        (
            "google.com/url?q=https://t.me/chan/98&r=http://a.example",
            "google[.]com/url?q=hxxps://t[.]me/chan/98&r=hxxp://a[.]example",
        ),
        ("https://a.example/t.me/98", "hxxps://a[.]example/t[.]me/98"),
        ("tg://resolve?domain=chan", "tg[://]resolve?domain=chan"),
        ("https://a.example/?u=tg://resolve", "hxxps://a[.]example/?u=tg[://]resolve"),
        ("matrix:u/who:b.example", "matrix[:]u/who:b[.]example"),
        ("matrix:roomid/opaque", "matrix[:]roomid/opaque"),
    ],
)
def test_nothing_in_a_shown_address_is_live(url: str, shown: str) -> None:
    assert defang(url) == shown
    assert defang(shown) == shown


@given(inner=st.lists(words, min_size=1, max_size=3), scheme=st.sampled_from(["http", "https"]))
def test_an_address_within_an_address_is_inert_and_can_be_read_back(
    inner: list[str], scheme: str
) -> None:
    url = f"https://example.com/{inner[0]}?u={scheme}://{'.'.join(inner)}.example/a.jpg"

    shown = defang(url)

    assert not re.search(r"(?i)http(s?)://", shown)
    assert shown.count("[.]") == shown.count(".") == url.count(".")
    assert refang(shown) == url


@pytest.mark.parametrize("end", ["a@", "a\\", "(x"])
def test_a_line_four_times_as_long_takes_about_four_times_as_long(end: str) -> None:
    assert taken("a." * 2000 + end) < 10 * taken("a." * 500 + end)  # squared, it were 16 times


def taken(raw: str) -> float:
    """Seconds of the processor for one line, the best of some."""
    times = []
    for _ in range(7):
        began = time.process_time()
        for _ in range(5):
            with pytest.raises(BadUrl):
                parse(raw)
        times.append(time.process_time() - began)
    return min(times)
