"""docs/mail.md: the classes of incoming mail, the rules, and how they do on three sets of mails.

`python -m tests.mailbox.page` writes it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from service.mailbox import letter, reading, rules
from service.mailbox.rules import Kind, Rule

HERE: Final = Path(__file__).parent
SETS: Final = ("open", "blind", "second")
PAGE: Final = HERE.parents[1] / "docs" / "mail.md"
FOLLOWS: Final = {
    Kind.AUTO_REPLY: "Kept. It says that a machine, or nobody, is there: a notice in doubt has"
    " arrived. It decides nothing else.",
    Kind.TICKET_OPENED: "The request is `acknowledged`, and their number is kept.",
    Kind.BOUNCE_HARD: "The notice is `bounced`, if it came back; else a person reads it.",
    Kind.BOUNCE_SOFT: (
        "`delayed`: nothing yet, their mail system goes on trying. `full`: it came back, so a"
        " person decides whether to send it again."
    ),
    Kind.NEEDS_INFO: "The request is `needs_info`; a person answers. `detail` says what they ask.",
    Kind.SAYS_REMOVED: "The request is `says_removed`, and we look.",
    Kind.SAYS_REFUSED: "The request is `refused`.",
    Kind.FORWARDED: "The request is `forwarded`.",
    Kind.HOSTILE: "A person reads it.",
    Kind.UNRELATED: "Kept.",
    Kind.UNCLEAR: "A person reads it.",
}
HEAD: Final = """\
# Mail that comes back

<!-- Written by `python -m tests.mailbox.page` from service/mailbox and tests/mailbox. Do not edit.
-->

Each mail is read once, by rules that can be read here, into one class. The sentence that decided is
shown to the case worker.

**Nothing that is no removal is ever read as one.** A mail says "removed" only where it tells no
other outcome, every single word of its claim is one that `service/mailbox/claims.py` knows, and
nothing beside it speaks of the content or limits what was said. A negation, a condition, a future,
a part, a place, a question, somebody else's word, or an answer by a machine makes it `unclear`, and
what is quoted is not read. So most removals that are told in free words are left to a person: that
is the price.

What the rules are not certain of moves nothing by itself. It is proposed to a person as an answer
of one click, beside the sentence that it was taken from. Certain is only what is tied to a notice
of ours, tells one outcome, and is short. What they cannot do ("we are unable to") is never certain:
it may stand beside a word that sends us to another.

**Who may be believed** is no matter of words. A reply counts where its sender sits at the place
that the notice went to, and our own mail server vouches for that sender
(`service/mailbox/senders.py`). The sender is the one address that `From` names to every reader; of
two, in a group, or where it can be read in two ways, it is nobody. A message came back only where
it went by mail, a mail system gave up on the very address that it went to, and returned it with its
Message-ID (`service/mailbox/reports.py`): a reference alone is known to whoever was shown our mail.
Everything else waits for a person, and so does a mail that could not be read.
"""


class Row(NamedTuple):
    """One mail of a set: what a careful case worker would record, and what was read."""

    file: str
    language: str
    expected: str
    detail: str
    is_removal: bool
    is_threaded: bool
    read: reading.Reading
    is_tied: bool


@cache
def measured(name: str) -> list[Row]:
    """Every mail of the set, read."""
    out = []
    for row in _labels(name):
        got = letter.read((HERE / "fixtures" / row["file"]).read_bytes())
        said = (row["file"], row["language"], row["class"], row["detail"])
        removal, threaded = row["removal"] == "yes", row["threaded"] == "yes"
        tied = bool(got.our_references)
        out.append(Row(*said, removal, threaded, reading.classify(got), tied))
    return out


def _labels(name: str) -> list[dict[str, str]]:
    with (HERE / "fixtures" / "labels.csv").open(encoding="utf-8", newline="") as labels:
        return [row for row in csv.DictReader(labels) if row["set"] == name]


def first(name: str) -> list[tuple[str, str, bool, bool]]:
    """Of a set when it was first read: is, was read as, was certain, is a removal."""
    with (HERE / f"{name}_first.csv").open(encoding="utf-8", newline="") as kept:
        by_file = {row["file"]: row for row in csv.DictReader(kept)}
    return [
        (row["class"], was["kind"], was["certain"] == "yes", row["removal"] == "yes")
        for row in _labels(name)
        if (was := by_file[row["file"]])
    ]


def now(name: str) -> list[tuple[str, str, bool, bool]]:
    return [
        (row.expected, row.read.kind.value, row.read.certain, row.is_removal)
        for row in measured(name)
    ]


def page() -> str:
    """The whole of docs/mail.md."""
    return "\n".join([HEAD, *_classes(), *_rules(), *_tables()])


def _classes() -> Iterable[str]:
    yield "## The classes\n"
    yield "| class | what follows | read in the sets |"
    yield "|---|---|---|"
    counted = Counter(row.read.kind for name in SETS for row in measured(name))
    yield from (f"| `{kind}` | {FOLLOWS[kind]} | {counted[kind]} |" for kind in Kind)
    yield ""


def _rules() -> Iterable[str]:
    yield "## The rules\n"
    yield (
        "In the order in which they are tried. Each is a pattern for one sentence. The subject of a"
        " mail that answers ours is not read: it is our own. What is only supposed (`if`, `may`,"
        " `경우`) is no outcome."
    )
    yield "A report of a mail system (RFC 3464) is believed before any word.\n"
    yield from _table((*rules.BOUNCES, *rules.RULES))
    yield ""


def _table(table: Iterable[Rule]) -> Iterable[str]:
    yield "| rule | language | class | what the mail does | pattern |"
    yield "|---|---|---|---|---|"
    for rule in table:
        kind = rule.kind.value + (f" ({rule.detail})" if rule.detail else "")
        pattern = rule.pattern.pattern.replace("|", "\\|").replace("`", "'")
        yield f"| {rule.name} | {rule.language} | {kind} | {rule.means} | `{pattern}` |"


def _tables() -> Iterable[str]:
    yield "## How well it reads\n"
    yield (
        "Three sets of invented mails, each written by somebody who had seen no rule"
        " (`tests/mailbox/fixtures/README.md`). The rules were made with the *open* set. The"
        " *blind* set was opened when they were finished, the *second* one, written to mislead,"
        " later; the first result of both is kept as it was."
    )
    yield (
        "After the blind set, rules were made stricter only: four readings of it had been certain"
        " and wrong, none of them a removal. After the second, one more: what was removed has to be"
        ' named by our reference or by an address (a mail that answers nothing said that "the'
        ' content" had been removed; it was not certain). A reference is found in a quoted HTML'
        " original now. So the later tables of both are no measure of their own. Rows are what a"
        " mail is, columns what was read.\n"
    )
    for title, rows in (
        ("The blind set, at first sight", first("blind")),
        ("The blind set, now", now("blind")),
        ("The second set, at first sight", first("second")),
        ("The second set, now", now("second")),
        ("The open set, now", now("open")),
    ):
        yield f"### {title}\n"
        yield _summary(rows)
        yield ""
        yield confusion(rows)
        yield ""


def _summary(rows: Sequence[tuple[str, str, bool, bool]]) -> str:
    right = sum(is_ == was for is_, was, _, _ in rows)
    certain = [(is_, was) for is_, was, sure, _ in rows if sure]
    wrong = sum(is_ != was for is_, was in certain)
    removed = Kind.SAYS_REMOVED.value
    found = sum(was == removed for _, was, _, removal in rows if removal)
    false = sum(was == removed for _, was, _, removal in rows if not removal)
    removals = sum(removal for *_, removal in rows)
    return (
        f"{right} of {len(rows)} read right; {len(certain)} certain, {wrong} of those wrong."
        f" Removals: {found} of {removals} found, **{false} falsely read**."
    )


def confusion(rows: Sequence[tuple[str, str, bool, bool]]) -> str:
    """Rows are what the mail is, columns what was read."""
    counted = Counter((is_, was) for is_, was, _, _ in rows)
    names = [kind.value for kind in Kind]
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for one in names:
        cells = (str(counted[one, other] or "·") for other in names)
        lines.append(f"| **{one}** | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
