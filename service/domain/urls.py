"""Taking in an address as people write it down, without ever dropping what identifies content.

The string as received is kept elsewhere, sealed. What comes out here is the same address, refanged
and parsed.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

import idna

from adapters.spec import Url, url_of

MAX_CHARS: Final = 4096
_CONTROL: Final = re.compile(
    r"[\x00-\x20\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]"
)
# Soft hyphen, zero-width characters, word joiner, marks of direction, byte order mark: copied along
# with an address, and nobody can see them.
_INVISIBLE: Final = "\xad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\ufeff" + "".join(
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2060, 0x2070))
)
# Marks that end a sentence, or the quotation or bracket that an address stood in. One that belongs
# to the address after all can be written in code: %2C. An empty `#` means nothing.
_MARKS: Final = ".,;:!?\"'”\u2019»>#…。\uff0c、\uff01\uff1f\uff09"
_OPENED_BY: Final = {")": "(", "]": "[", "}": "{"}
_CUT_OFF: Final = re.compile(r"…|\.\.\.")
_ANOTHER: Final = re.compile(r"[\s,;\uff0c\uff1b、]https?://([^/?#\s,;]*)", re.IGNORECASE)
# A number, then letters of a sentence up to the end. A single letter may count it: 2024년, 12화.
_SENTENCE: Final = re.compile(r"[^?#]*/\d+[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,}")
_FILE_NAME: Final = re.compile(
    r"[^/?#:@\\]+\.(?:jpe?g|png|gif|webp|bmp|tiff?|hei[cf]|avif|svg|mp[34]|m4[av]|mov|avi|mkv|webm"
    r"|wmv|flv|3gp|mpe?g|wav|pdf|zip|rar|7z|docx?|hwpx?|txt)",
    re.IGNORECASE,
)
_FANGS: Final = (
    (re.compile(r"^h(?:xx|\*\*|tt)p(s?)\b", re.IGNORECASE), r"http\1"),
    (re.compile(r"\[(?:\.|dot)\]|\((?:\.|dot)\)|\{(?:\.|dot)\}", re.IGNORECASE), "."),
    (re.compile(r"\[:\]"), ":"),
    (re.compile(r"\[:?//\]|:\[//\]"), "://"),
    (re.compile(r"\[/\]"), "/"),
    (re.compile(r"h(?:xx|\*\*)p(s?)(?=://)", re.IGNORECASE), r"http\1"),
)
_HTTP: Final = re.compile(r"(h)tt(ps?)(?=://)", re.IGNORECASE)
_OTHER_SCHEME: Final = re.compile(r"(?<!hxxp)(?<!hxxps)://", re.IGNORECASE)
_NO_HOST: Final = re.compile(r"\b(matrix):(?=(?:u|r|roomid)/)", re.IGNORECASE)
# Links that an app opens, read by the adapter that knows them, and what one must begin with.
_APPS: Final = {"tg": re.compile(r"[a-z]+"), "matrix": re.compile(r"(?:u|r|roomid)/.+", re.DOTALL)}
_SCHEME: Final = re.compile(r"^([a-z][a-z0-9+.-]*):", re.IGNORECASE)
# Each part without its dots, so that a line of a thousand dots is not tried at each of them.
_HOST_FIRST: Final = re.compile(r"^[^\s/:@?#\\.]+(?:\.+[^\s/:@?#\\.]+)+\.*(?::\d+)?(?:[/?#]|$)")
_NUMBERS: Final = re.compile(
    r"^(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}\.?$", re.IGNORECASE
)


class BadUrl(ValueError):
    """An address that cannot be acted on. `code` is stable, `detail` is for the person who pasted
    it.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def refang(raw: str) -> str:
    """Undo what people do to addresses so that nobody opens them: `hxxps://exa[.]mple`."""
    clean, before = raw, None
    while clean != before:
        clean, before = clean.strip().strip(_INVISIBLE).strip("<>"), clean
    for pattern, plain in _FANGS:
        clean = pattern.sub(plain, clean)
    return clean


def defang(url: str) -> str:
    """How an address is shown: nothing in it, and nothing that it names, opens by accident."""
    inert = _HTTP.sub(r"\1xx\2", refang(url)).replace(".", "[.]")
    return _NO_HOST.sub(r"\1[:]", _OTHER_SCHEME.sub("[://]", inert))


def parse(raw: str) -> Url:
    """The address behind what somebody pasted. Raises `BadUrl`."""
    if len(raw) > MAX_CHARS:
        raise BadUrl("url_too_long", f"An address may have {MAX_CHARS} characters at most.")
    clean = _whole(refang(raw))
    if _FILE_NAME.fullmatch(clean):
        raise BadUrl(
            "url_file_name",
            "That is a file name, not an address. If it is a site, write https:// before it.",
        )
    if _CONTROL.search(clean) or "\\" in clean:
        raise BadUrl(
            "url_malformed", "The address holds spaces, control characters or backslashes."
        )
    clean = _with_scheme(clean)
    try:
        url = url_of(clean)
        port, _ = url.port, url.host
    except ValueError:
        raise BadUrl("url_malformed", "This is not an address that can be read.") from None
    if url.user is not None or url.password is not None or "@" in (url.raw_authority or ""):
        raise BadUrl("url_userinfo", "The address holds a user name or password before its host.")
    if url.scheme in _APPS:
        return _app_link(url)
    host = _checked_host(url)
    if port is None or port == 0:
        raise BadUrl("url_malformed", "The port is not a number between 1 and 65535.")
    return url.with_host(host) if url.host != host else url


def _whole(line: str) -> str:
    """The line without the marks after its address, when nothing else comes after it."""
    end = len(line)
    while end and _only_ends(line, end):
        end -= 1
    clean = line[:end]
    if not clean:
        raise BadUrl("url_empty", "There is no address in this line.")
    if _CUT_OFF.search(line, end):
        raise BadUrl(
            "url_cut_off", "The address ends in dots: it may be cut off. Hand in the whole address."
        )
    if _SENTENCE.fullmatch(clean) or _holds_another(clean):
        raise BadUrl(
            "url_trailing",
            "The line goes on after the address. Hand in one address a line. Letters that do belong"
            " to it are taken in code, as %EA%B0%80: copy it from the address bar of a browser.",
        )
    return clean


def _only_ends(line: str, end: int) -> bool:
    """Whether the last character before `end` ends a sentence, and no address."""
    last = line[end - 1]
    if last in _OPENED_BY:
        return line.count(last, 0, end) > line.count(_OPENED_BY[last], 0, end)
    return last in _MARKS or last in _INVISIBLE or last.isspace()


def _holds_another(clean: str) -> bool:
    """Whether a second address follows. The value of a parameter may name one of another host."""
    host = clean.split("://", 1)[-1]
    for found in _ANOTHER.finditer(clean):
        path, _, query = clean[: found.start()].partition("?")
        in_value = "=" in query.rpartition("&")[2] and "#" not in path + query
        same_host = re.split(r"[/?#]", host, maxsplit=1)[0].lower() == found[1].lower()
        if not in_value or same_host or found[0][0].isspace():
            return True
    return False


def _with_scheme(clean: str) -> str:
    found = _SCHEME.match(clean)
    if found and found[1].lower() in ("http", "https"):
        if not clean[found.end() :].startswith("//"):
            raise BadUrl("url_malformed", "After http: or https: two slashes must follow.")
        return found[1].lower() + clean[found.end() - 1 :]
    if found and found[1].lower() in _APPS:
        return found[1].lower() + clean[found.end() - 1 :]
    if _HOST_FIRST.match(clean):
        return "https://" + clean
    if found:
        raise BadUrl("url_scheme", "Only addresses that start with http or https can be taken.")
    raise BadUrl("url_malformed", "This is not an address: it has no host name.")


def _app_link(url: Url) -> Url:
    """A link without a host of the internet, which nothing could take for a site's."""
    if _APPS[url.scheme].fullmatch(url.host or url.path):
        return url
    raise BadUrl("url_scheme", "This link of an app names nothing that can be taken.")


def _checked_host(url: Url) -> str:
    host = (url.host or "").rstrip(".").lower()
    if not host:
        raise BadUrl("url_malformed", "The address has no host name.")
    if _is_literal(host):
        raise BadUrl("url_ip_literal", "The host is a number, not a name; hosts need a name.")
    if "." not in host:
        raise BadUrl("url_host", "The host name has no dot, so it is not on the public internet.")
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        if re.fullmatch(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+", host):
            return host
        raise BadUrl("url_host", "The host name is not a valid name.") from None


def _is_literal(host: str) -> bool:
    if _NUMBERS.match(host) or host.startswith("["):
        return True
    try:
        ipaddress.ip_address(host.strip("[]").split("%")[0])
    except ValueError:
        return False
    return True


def normal(url: Url) -> str:
    """One spelling for an address that no adapter knows: scheme, host and port folded, all else
    kept.
    """
    port = "" if url.is_default_port() or url.port is None else f":{url.port}"
    query = f"?{url.raw_query_string}" if url.raw_query_string else ""
    fragment = f"#{url.raw_fragment}" if url.raw_fragment else ""
    return f"{(url.raw_host or '').lower()}{port}{url.raw_path or '/'}{query}{fragment}"
