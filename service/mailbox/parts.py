"""The parts of a raw message, as spans of its bytes. Linear in its size, and bounded in depth.

The standard parser recurses and may raise; what a stranger sends must do neither.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Part", "decoded", "has_clear_head", "headers_of", "text_of", "unwrapped", "walk"]

Headers = Mapping[str, tuple[str, ...]]

_MAX_DEPTH: Final = 12  # what lies deeper is dropped whole, never read
_MAX_PARTS: Final = 200
_MAX_HEADER_BYTES: Final = 200_000
_BLANK: Final = re.compile(rb"\r?\n\r?\n|\r\r")
_RETURN: Final = re.compile(rb"\r(?!\n)")
_FIELD: Final = re.compile(r"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_PARAMETER: Final = re.compile(r';\s*([\w-]+)(?:\*\d{0,2})?\*?\s*=\s*(?:"([^"]{0,998})"|([^\s;]+))')
_WORD: Final = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]*)\?=")
_NOT_BASE64: Final = bytes(set(range(256)) - set(b"+/" + bytes(range(48, 58))) - set(
    bytes(range(65, 91)) + bytes(range(97, 123))))  # fmt: skip
_KOREAN: Final = re.compile(r"니다|니까|세요|삭제|신고|요청|접수|처리|게시")
_CHARSET: Final = re.compile(r"utf-?(8|16|32)|iso-|windows-|cp\d|euc-|gb|big5|shift|koi8|johab|hz")
_SHIFTING: Final = re.compile(r"utf-?(16|32)|iso-2022|hz")  # looks like plain ASCII or like noise
_LATIN: Final = re.compile(r"(us-)?ascii|iso-?8859-1|latin-?1|windows-1252|cp1252|unknown.*|8bit|")


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf: raw[start:end] is its body as it was sent. `inside`: it belongs to another message
    that this one carries, so nothing in it is new.
    """

    headers: Headers
    media_type: str
    start: int
    end: int
    inside: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def attached(self) -> bool:
        kind = first(self.headers, "content-disposition").partition(";")[0].strip().lower()
        return kind == "attachment" or bool(self.name)

    @property
    def name(self) -> str:
        named = _parameters(first(self.headers, "content-disposition")).get("filename", "")
        return unwrapped(named or self.parameters.get("name", ""))


def walk(raw: bytes) -> tuple[Headers, tuple[Part, ...]]:
    """The message's own headers, and its leaves in their order."""
    headers, body = _head(raw, _begin(raw), len(raw))
    left = [_MAX_PARTS]
    return headers, tuple(_leaves(raw, headers, (body, len(raw)), 0, left, inside=False))


def _begin(raw: bytes) -> int:
    start = len(raw) - len(raw.lstrip(b"\r\n"))
    if raw.startswith((b"From ", b">From "), start):  # an mbox's line
        start = raw.find(b"\n", start) + 1 or len(raw)
    return start


def has_clear_head(raw: bytes) -> bool:
    """Whether every reader finds the same headers: they end within sight, and no line of them ends
    in a return alone, which is a line's end to some and a letter to others.
    """
    start = _begin(raw)
    found = _BLANK.search(raw, start, start + _MAX_HEADER_BYTES)
    end = found.end() if found else len(raw)
    return end - start <= _MAX_HEADER_BYTES and not _RETURN.search(raw, start, end)


def _leaves(
    raw: bytes,
    headers: Headers,
    span: tuple[int, int],
    depth: int,
    left: list[int],
    *,
    inside: bool,
) -> Iterator[Part]:
    start, end = span
    declared = first(headers, "content-type")
    media_type = declared.partition(";")[0].strip().lower() or "text/plain"
    parameters = _parameters(declared)
    left[0] -= 1
    nested = media_type.startswith("multipart/") and parameters.get("boundary", "")
    carried = media_type in ("message/rfc822", "message/global") and not _is_encoded(headers)
    if (nested or carried) and (depth >= _MAX_DEPTH or left[0] <= 0):
        yield Part(headers, "application/x-too-deep", start, end, inside)
    elif carried:
        within, body = _head(raw, start, end)
        yield Part({}, "text/rfc822-headers", start, body, inside=True)
        yield from _leaves(raw, within, (body, end), depth + 1, left, inside=True)
    elif nested:
        mark = b"--" + nested.encode("utf-8", "surrogateescape")
        for begin, stop in _between(raw, start, end, mark):
            if left[0] <= 0:
                yield Part({}, "application/x-too-many", begin, end, inside)
                return
            within, body = _head(raw, begin, stop)
            yield from _leaves(raw, within, (body, stop), depth + 1, left, inside=inside)
    else:
        yield Part(headers, media_type, start, end, inside, parameters)


def _between(raw: bytes, start: int, end: int, mark: bytes) -> Iterator[tuple[int, int]]:
    """The spans between boundary lines. Without any, the whole body is one."""
    begin, found = -1, False
    for here in _marks(raw, start, end, mark):
        line_end = raw.find(b"\n", here, end) + 1 or end
        rest = raw[here + len(mark) : line_end].strip()
        if rest not in (b"", b"--"):
            continue
        found = True
        if begin >= 0:
            yield begin, max(begin, here - (2 if raw[here - 2 : here] == b"\r\n" else 1))
        begin = -1 if rest else line_end
        if rest:
            return
    if begin >= 0 or not found:
        yield (begin, end) if found else (start, end)


def _marks(raw: bytes, start: int, end: int, mark: bytes) -> Iterator[int]:
    """Where a line begins with the mark."""
    if raw.startswith(mark, start, end):
        yield start
    at = start
    while (at := raw.find(b"\n" + mark, at, end) + 1) > 0:
        yield at


def _head(raw: bytes, start: int, end: int) -> tuple[Headers, int]:
    """Headers by lower-case name, and where the body begins."""
    for blank in (b"\r\n", b"\n"):
        if raw.startswith(blank, start, end):
            return {}, start + len(blank)
    found = _BLANK.search(raw, start, min(end, start + _MAX_HEADER_BYTES))
    headers = headers_of(text_of(raw[start : found.start() if found else end][:_MAX_HEADER_BYTES]))
    if not headers:
        return {}, start
    return headers, found.end() if found else end


def headers_of(text: str) -> Headers:
    """Fields by lower-case name, unfolded. Nothing if the first line is none."""
    fields: dict[str, list[list[str]]] = {}
    name = ""
    for line in re.split(r"\r\n|\n|\r", text):
        if line[:1] in (" ", "\t") and name:
            fields[name][-1].append(line.strip())
        elif found := _FIELD.match(line):
            name = found[1].lower()
            fields.setdefault(name, []).append([found[2].strip()])
        elif not fields and line:
            return {}
    return {name: tuple(map(" ".join, values)) for name, values in fields.items()}


def first(headers: Headers, name: str) -> str:
    return headers.get(name, ("",))[0]


def _parameters(value: str) -> dict[str, str]:
    """The parameters of a header, the first of each name: continuations only add to a file name."""
    found: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(value[:4000]):
        found.setdefault(name.lower(), quoted or bare)
    return found


def _is_encoded(headers: Headers) -> bool:
    return first(headers, "content-transfer-encoding").lower() in ("base64", "quoted-printable")


def decoded(raw: bytes, part: Part) -> bytes:
    """The body without its transfer encoding, and no further."""
    return undone(raw[part.start : part.end], first(part.headers, "content-transfer-encoding"))


def undone(body: bytes, encoding: str) -> bytes:
    encoding = encoding.strip().lower()
    if encoding in ("base64", "b"):
        kept = body.translate(None, _NOT_BASE64)
        kept = kept[: len(kept) - (len(kept) % 4 == 1)]
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
    if encoding in ("quoted-printable", "q"):
        return binascii.a2b_qp(body, header=encoding == "q")
    return body


def text_of(body: bytes, charset: str = "") -> str:
    """Words of bytes whose charset may be named wrongly. UTF-8 is hardly ever so by accident."""
    charset = charset.strip().strip("'\"").lower().replace("_", "-")
    charset = "cp949" if charset.startswith(("ks-c-5601", "ksc5601", "euc-kr", "x-windows-949")) \
        else charset  # fmt: skip
    latin = bool(_LATIN.fullmatch(charset))
    tries = ["utf-8-sig", *(["euc-kr", "cp949"] if latin else [charset, "cp949"])]
    if _SHIFTING.match(charset):
        tries.insert(0, charset)
    for name in filter(_CHARSET.match, tries):
        try:
            text = body.decode(name)
        except (LookupError, ValueError):
            continue
        if name != "cp949" or charset == "cp949" or _KOREAN.search(text):
            return text
    return body.decode("cp949" if charset == "cp949" else "cp1252", "replace")


def unwrapped(value: str) -> str:
    """A header's words without RFC 2047. Neighbours of one charset are joined before they are
    decoded: mailers cut characters in half.
    """
    out: list[str] = []
    held: tuple[str, bytes] = ("", b"")
    end = 0
    for word in _WORD.finditer(value):
        between = value[end : word.start()]
        charset = word[1].partition("*")[0].lower()
        body = undone(word[3].encode("utf-8", "replace"), word[2])
        if held[0] == charset and not between.strip():
            held = (charset, held[1] + body)
        else:
            out += [text_of(held[1], held[0]), between if between.strip() or not held[0] else ""]
            held = (charset, body)
        end = word.end()
    return " ".join("".join([*out, text_of(held[1], held[0]), value[end:]]).split())
