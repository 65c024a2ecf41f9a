"""What Pixeldrain's machine needs of a mail, and what is never sent to it twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.contract.desks import opened
from adapters.pixeldrain import Pixeldrain
from adapters.spec import ContentClass, Notice, Purpose
from tests.adapters.contract.case import compose
from tests.adapters.contract.cases.pixeldrain import FILE

PURE = Pixeldrain({}, {}, None)


def letter(**changes: object) -> Notice:
    plain = compose(FILE, message_id="<0192f7a1.EF-7K2M9Q@centre.example>")
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "category"),
    [
        ({}, "Revenge porn"),
        ({"content_class": ContentClass.DEEPFAKE}, "Revenge porn"),
        ({"content_class": ContentClass.THREAT}, "Doxing"),
        ({"content_class": ContentClass.PERSONAL_DETAILS}, "Doxing"),
        ({"depicted_minor": True}, "Abuse of minors"),
    ],
)
def test_it_names_a_category_of_the_policy(changes: dict[str, object], category: str) -> None:
    words = opened(PURE.message(letter(**changes))).get_content()

    assert f"Category of your content policy: {category}" in words
    assert FILE.url in words


def test_it_goes_to_the_published_address_without_attachment() -> None:
    message = opened(PURE.message(letter(depicted_minor=True)))

    assert message["To"] == "abuse@pixeldrain.com"
    assert message["Message-ID"]
    assert message.get_content_type() == "text/plain"


def test_the_same_is_never_reported_again_by_machine() -> None:
    assert PURE.spec.purposes == {Purpose.FIRST}
    assert PURE.spec.remind is None
