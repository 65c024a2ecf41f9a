"""docs/mail.md tells what the rules say and how well they read; the first blind result stays."""

from __future__ import annotations

import pytest

from service.mailbox.rules import Kind
from tests.mailbox import page


def test_the_committed_page_is_up_to_date() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page(), "run: python -m tests.mailbox.page"


def test_no_mail_of_any_set_is_wrongly_read_as_a_removal() -> None:
    rows = [row for name in page.SETS for row in page.measured(name)]

    assert len(rows) == 190
    assert [r.file for r in rows if r.read.kind is Kind.SAYS_REMOVED and not r.is_removal] == []


def test_what_is_certain_is_right_in_both_sets() -> None:
    rows = [*page.measured("open"), *page.measured("blind")]

    assert [r.file for r in rows if r.read.certain and r.read.kind != r.expected] == []


def test_each_mail_is_tied_to_ours_where_it_should_be() -> None:
    rows = [row for name in page.SETS for row in page.measured(name)]

    assert [r.file for r in rows if r.is_tied != r.is_threaded] == []


@pytest.mark.parametrize(("name", "mails", "right"), [("blind", 40, 26), ("second", 60, 35)])
def test_the_first_result_of_a_set_is_the_one_that_was_kept(
    name: str, mails: int, right: int
) -> None:
    first = page.first(name)

    assert len(first) == mails
    assert sum(is_ == was for is_, was, _, _ in first) == right
