"""XARF v4 reports, held to the rules of the published schemas, 4.2.0."""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from datetime import datetime
from typing import Any

import pytest

from adapters import xarf
from adapters.spec import ContentClass, Item
from tests.adapters.contract.case import KEY, compose, thing

PAGE = thing("site", "www.example.com/p/1", "https://www.example.com/p/1?q=%20#x")
OTHER = thing("site", "www.example.com/p/2", "https://www.example.com/p/2")
CONTACT = {"org", "contact", "domain"}
# What the schemas require, and from what they let one choose: core, content base, and each type.
REQUIRED = {
    *("xarf_version", "report_id", "timestamp", "reporter", "sender", "source_identifier"),
    *("category", "type", "url"),
}
CHOICES: dict[str, dict[str, set[str]]] = {
    "csam": {
        "classification": {"baseline", "A1", "A2", "B1", "B2"},
        "detection_method": {
            *("hash_match", "ai_detection", "manual_review", "user_report", "automated_scan")
        },
    },
    "csem": {
        "exploitation_type": {
            *("grooming", "solicitation", "sextortion", "trafficking", "distribution"),
            *("production", "possession"),
        },
        "detection_method": {
            *("behavioral_analysis", "keyword_detection", "user_report", "ai_detection"),
            *("manual_review", "law_enforcement_referral"),
        },
        "victim_age_range": {"infant", "toddler", "prepubescent", "pubescent", "unknown"},
    },
    "exposed_data": {
        "exposure_method": {
            *("misconfigured_server", "open_directory", "database_exposure", "git_repository"),
            *("backup_file", "log_file", "cloud_storage", "paste_site", "forum_post"),
            *("ransomware_leak", "intentional_leak", "other"),
        },
        "discovery_source": {
            *("security_researcher", "automated_scan", "breach_monitoring", "user_report"),
            *("law_enforcement", "threat_intelligence", "other"),
        },
    },
}
METHODS = {"manual", "automated_crawler", "user_report", "honeypot", "threat_intelligence"}
DOMAIN = re.compile(r"([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,}")


def report(as_type: xarf.Type, **changes: Any) -> dict[str, Any]:
    notice = compose(PAGE, **changes)
    return xarf.report(notice, KEY, notice.items[0], as_type)


@pytest.mark.parametrize("as_type", xarf.Type)
def test_a_report_keeps_the_rules_of_its_schema(as_type: xarf.Type) -> None:
    made = report(as_type)

    assert made.keys() >= REQUIRED
    assert re.fullmatch(r"4\.[0-9]+\.[0-9]+", made["xarf_version"])
    assert uuid.UUID(made["report_id"]).version == 4
    assert datetime.fromisoformat(made["timestamp"]).tzinfo is not None
    assert made["reporter"].keys() == made["sender"].keys() == CONTACT
    assert (made["category"], made["type"]) == ("content", as_type.value)
    assert made["verification_method"] in METHODS
    assert made["url"] == PAGE.url
    assert made["domain"] == made["source_identifier"] == "www.example.com"
    for name, choices in CHOICES[as_type.value].items():
        assert made[name] in choices, name
    if as_type is xarf.Type.EXPOSED_DATA:
        assert made["data_types"] == ["personal_information"]


def test_the_evidence_is_our_text_and_nothing_else() -> None:
    (item,) = report(xarf.Type.CSAM, text="Words of the notice")["evidence"]

    payload = base64.b64decode(item["payload"])
    assert item["content_type"] == "text/plain"
    assert payload == b"Words of the notice"
    assert item["hash"] == f"sha256:{hashlib.sha256(payload).hexdigest()}"
    assert item["size"] == len(payload)


def test_a_long_summary_is_cut_and_the_reference_stays() -> None:
    made = report(xarf.Type.CSAM, summary="x" * 2000)

    assert len(made["description"]) == 1000
    assert made["description"].startswith("[EF-7K2M9Q] ")


def test_each_item_has_its_own_number_the_same_each_time() -> None:
    notice = compose(PAGE)
    items = (*notice.items, Item("r2", OTHER))

    first, second = (
        [xarf.report(notice, KEY, item, xarf.Type.CSAM)["report_id"] for item in items]
        for _ in range(2)
    )

    assert first == second
    assert len(set(first)) == 2


def test_a_name_that_the_schema_does_not_take_is_no_domain() -> None:
    idn = thing("site", "xn--9n2bp8q.example/1", "https://xn--9n2bp8q.example/1")
    notice = compose(idn)

    made = xarf.report(notice, KEY, notice.items[0], xarf.Type.CSAM)

    assert made["source_identifier"] == "xn--9n2bp8q.example"
    assert "domain" not in made
    assert not DOMAIN.fullmatch(made["source_identifier"])


@pytest.mark.parametrize("content_class", ContentClass)
def test_only_a_minor_is_reported_as_one(content_class: ContentClass) -> None:
    of_an_adult = xarf.type_of(compose(PAGE, content_class=content_class))
    of_a_minor = xarf.type_of(compose(PAGE, content_class=content_class, depicted_minor=True))

    details = content_class is ContentClass.PERSONAL_DETAILS
    assert of_an_adult is (xarf.Type.EXPOSED_DATA if details else None)
    assert of_a_minor in {None, *xarf.Type}
    assert (of_a_minor is xarf.Type.CSAM) is (content_class in list(ContentClass)[:3])
