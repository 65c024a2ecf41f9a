"""What a person wrote anew, out of a body: HTML becomes text, quoted and signed text goes away.

Nothing is executed or fetched. Where in doubt, text stays: what is left over makes a reading
unclear, what was lost could make it wrong.
"""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser
from typing import Final

__all__ = ["MAX_CHARS", "MAX_HTML_CHARS", "new_text", "text_of_html"]

MAX_CHARS: Final = 40_000  # of one body: longer letters are for a person
MAX_HTML_CHARS: Final = 300_000
_DROPPED: Final = frozenset({"script", "style", "head", "title", "template", "noscript", "svg"})
_VOID: Final = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"]
)
_BLOCK: Final = re.compile(
    "address|article|blockquote|body|br|dd|div|dl|dt|footer|form|h[1-6]|header|hr|li|ol|p|pre"
    "|section|table|tr|ul"
)
_QUOTE: Final = re.compile(
    r"gmail_quote|gmail_attr|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg|protonmail_quote"
    r"|OutlookMessageHeader|zmail_extra|tutanota_quote|mail-quote|quoted-message",
    re.IGNORECASE,
)
_HIDDEN: Final = re.compile(r"display:none|visibility:hidden")
_AFTER: Final = re.compile(r"divRplyFwdMsg|appendonsend", re.IGNORECASE)  # all that follows is old
_INVISIBLE: Final = re.compile(
    r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_FIELDS: Final = (
    r"(?:From|Sent|Date|To|Cc|Subject|Reply-To|보낸\s?사람|보낸\s?날짜|보낸\s?시간|보낸\s?일시|받는\s?사람"
    r"|받은\s?날짜|수신자?|발신자?|참조|날짜|제목|Von|Gesendet|An|Betreff|De|Envoyé|À|Objet)"
)
_FIELD: Final = re.compile(rf"[*\s]*{_FIELDS}\s?[*]?\s?:[* ]", re.IGNORECASE)
_SEPARATOR: Final = re.compile(
    r"""\s*(?:
    -{2,}\s*(?:Original|Forwarded|Reply)\s+(?:Message|Mail|Email|Appointment)\s*-{2,}
    | -{2,}\s*(?:원본|전달된|이전|받은|보낸)\s?(?:메시지|메일|편지|이메일)\s*-{2,}
    | Begin\ forwarded\ message: | -{5,}\s*(?:Ursprüngliche|Message\ d'origine)[^\n]{0,40}
    | (?:On|Am|Le|El|Il|Op)\s[^\n]{3,250}(?:wrote|schrieb|a\ écrit|escribió|ha\ scritto|schreef)\s?:
    | \d{4}\s?[년./-]\s?\d{1,2}\s?[월./-]\s?\d{1,2}[^\n]{0,200}(?:작성|님이\ 쓴\ 글|wrote)\s?:
    | [^\n]{1,150}님(?:이|께서)\s(?:작성|쓴\ 글|쓰신\ 글)\s?:
    | .{0,80}<[^<>\s@]{1,64}@[^<>\s]{1,200}>\s?(?:wrote|님이\s작성|작성)\s?:
    )\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_OPENS: Final = re.compile(r"\s*(?:On|Am|Le|El|\d{4}\s?[년./-])\s?\S.{2,}", re.IGNORECASE)
_MARKER: Final = re.compile(
    r"##-.*-##|-*\s*(please )?(type|write) your reply above this line.*", re.IGNORECASE
)
_RULER: Final = re.compile(r"^\s*[_=*~#-]{5,}\s*$")
_NOTICE: Final = re.compile(
    r"(this|the information (contained )?in this) (e-?mail|message|communication)[^.]{0,80}"
    r"(confidential|intended (only|solely)|privileged)"
    r"|confidentiality notice|if you are not the intended recipient"
    r"|(본|이) (이?메일|메시지)(은|는|에는)[^.]{0,60}(기밀|비밀|지정된 수신|수신인만|법적으로)",
    re.IGNORECASE,
)
_SIGNATURE_LINES: Final = 12
_MARKS: Final = 30  # on one letter: UAX #15, 13. More are no writing, and sorting them takes long


def new_text(text: str) -> str:
    """The lines that are new, normalised; at most `MAX_CHARS`, and one more if there is more."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", _bearable(text[: 4 * MAX_CHARS])))
    lines = [" ".join(_RULER.sub("", line).split()) for line in text.splitlines()]
    lines = _before_signature(_unquoted(lines))
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines))
    kept = (p.strip() for p in paragraphs if p.strip() and not _NOTICE.search(p[:1000]))
    return "\n\n".join(kept)[: MAX_CHARS + 1]


def _bearable(text: str) -> str:
    """The same with no more marks in a row than a letter bears."""
    marks = re.escape("".join(filter(_is_mark, sorted(set(text)))))
    return re.sub(rf"([{marks}]{{{_MARKS}}})[{marks}]+", r"\1", text) if marks else text


def _is_mark(char: str) -> bool:
    return unicodedata.combining(unicodedata.normalize("NFKD", char)[0]) != 0


def _unquoted(lines: list[str]) -> list[str]:
    kept: list[str] = []
    chars = 0
    for at, line in enumerate(lines):
        chars += len(line) + 1
        if chars > 2 * MAX_CHARS or _begins_original(lines, at):
            break
        is_quoted = line.startswith(">") or (line.startswith("|") and "|" not in line[1:])
        if not is_quoted and not _MARKER.fullmatch(line):
            kept.append(line)
        elif kept and kept[-1]:
            kept.append("")  # what stood on both sides of a quotation is not one sentence
    return kept


def _begins_original(lines: list[str], at: int) -> bool:
    line = lines[at]
    if not (":" in line or "--" in line or _OPENS.match(line)):
        return False
    if _SEPARATOR.fullmatch(line[:500]):
        return True
    after = " ".join(lines[at + 1 : at + 3])
    if _OPENS.match(line) and not line.endswith(":") and "@" in line + after and ":" in after:
        broken = (" ".join(lines[at : at + n])[:500] for n in (2, 3))  # over two or three lines
        return any(map(_SEPARATOR.fullmatch, broken))
    if not _FIELD.match(f"{line} "):
        return False
    fields = {
        f[0].strip(" *:").lower() for one in lines[at : at + 6] if (f := _FIELD.match(f"{one} "))
    }
    return len(fields) >= 3


def _before_signature(lines: list[str]) -> list[str]:
    left = 0
    for at in range(len(lines) - 1, 0, -1):
        if lines[at].strip() == "--" and any(lines[:at]):
            return lines[:at]
        left += bool(lines[at])
        if left > _SIGNATURE_LINES:
            break
    return lines


def text_of_html(markup: str) -> str:
    """The text as it would be read on the screen, without what is marked as quoted or hidden."""
    page = _Page()
    try:
        page.feed(_without_comments(markup[:MAX_HTML_CHARS]))
        page.close()
    except AssertionError:  # the parser's word for markup that it cannot follow
        page.lines.append("")
    return "".join(page.lines)


def _without_comments(markup: str) -> str:
    """Also without tags that end nowhere: the parser would look for their end each time."""
    kept: list[str] = []
    at = 0
    while (begin := markup.find("<!--", at)) >= 0:
        kept.append(markup[at:begin])
        end = markup.find("-->", begin)
        at = end + 3 if end >= 0 else begin + 4
        if end < 0:
            break
    kept.append(markup[at:])
    whole = "".join(kept)
    return whole[: whole.rfind(">") + 1] + whole[whole.rfind(">") + 1 :].replace("<", " ")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._open: list[tuple[str, bool]] = []  # tags that are open, and whether each hides
        self._hidden = 0
        self._old = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        marks = f"{named.get('class', '')} {named.get('id', '')}"
        style = named.get("style", "").replace(" ", "").lower()
        self._old = self._old or bool(_AFTER.search(named.get("id", "")))
        hides = (
            tag in _DROPPED
            or (tag == "blockquote")
            or bool(_QUOTE.search(marks))
            or bool(_HIDDEN.search(style))
            or "hidden" in named
        )
        if tag not in _VOID:
            self._open.append((tag, hides))
            self._hidden += hides
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._break(tag)
        near = self._open[-30:]  # an end without its start closes nothing
        if all(name != tag for name, _ in near):
            return
        while self._open:
            name, hides = self._open.pop()
            self._hidden -= hides
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._hidden and not self._old:
            self.lines.append(re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if _BLOCK.fullmatch(tag) and not self._hidden and not self._old:
            self.lines.append("\n\n" if tag in ("p", "table", "blockquote") else "\n")
        elif tag in ("td", "th"):
            self.lines.append(" ")
