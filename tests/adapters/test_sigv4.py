"""Signatures, against the example that AWS's own documentation works out."""

from __future__ import annotations

from datetime import UTC, datetime

from adapters.sigv4 import Signer
from adapters.spec import Url

# https://docs.aws.amazon.com/general/latest/gr/sigv4_signing.html, its example of ListUsers.
EXAMPLE = Signer("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "iam")
SIGNATURE = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
NOW = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)


def test_the_documented_request_gets_the_documented_signature() -> None:
    headers = EXAMPLE.headers(
        "GET",
        Url("https://iam.amazonaws.com/"),
        NOW,
        {"Version": "2010-05-08", "Action": "ListUsers"},
        content_type="application/x-www-form-urlencoded; charset=utf-8",
    )

    assert headers == {
        "X-Amz-Date": "20150830T123600Z",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/"
        f"aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature={SIGNATURE}",
    }


def test_another_body_or_port_gets_another_signature() -> None:
    url = Url("https://iam.amazonaws.com/")

    signed = {
        EXAMPLE.headers("POST", url, NOW)["Authorization"],
        EXAMPLE.headers("POST", url, NOW, body=b"{}")["Authorization"],
        EXAMPLE.headers("POST", url.with_port(8443), NOW)["Authorization"],
    }

    assert len(signed) == 3


def test_a_signer_shows_no_credential() -> None:
    assert repr(EXAMPLE) == "Signer(region='us-east-1', service='iam')"
