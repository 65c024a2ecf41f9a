"""Signature Version 4, by which Amazon Web Services know who calls. Pure, standard library only.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, read
2026-11-26.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
from typing import Final
from urllib.parse import quote

from adapters.spec import Url

__all__ = ["Signer"]

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose calls, to which service where."""

    key_id: str = field(repr=False)
    secret: str = field(repr=False)
    region: str
    service: str

    def headers(
        self,
        method: str,
        url: Url,
        now: datetime,
        params: Mapping[str, str] | None = None,
        body: bytes = b"",
        content_type: str = "",
    ) -> dict[str, str]:
        """The headers that sign this very call. `url` has no query: it stands in `params`."""
        moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        host = url.host or "" if url.is_default_port() else f"{url.host}:{url.port}"
        signed = {"host": host, "x-amz-date": moment}
        signed |= {"content-type": content_type} if content_type else {}
        names = ";".join(sorted(signed))
        lines = [f"{name}:{signed[name]}\n" for name in sorted(signed)]
        query = "&".join(f"{_quoted(k)}={_quoted(v)}" for k, v in sorted((params or {}).items()))
        parts = (method, url.raw_path or "/", query, "".join(lines), names, _hex(body))
        scope = (moment[:8], self.region, self.service, "aws4_request")
        wanted = "\n".join((_ALGORITHM, moment, "/".join(scope), _hex("\n".join(parts).encode())))
        signing_key = reduce(_hmac, scope, f"AWS4{self.secret}".encode())
        signature = _hmac(signing_key, wanted).hex()
        credential = "/".join((self.key_id, *scope))
        return {
            "X-Amz-Date": moment,
            "Authorization": f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, "
            f"Signature={signature}",
        }


def _quoted(words: str) -> str:
    return quote(words, safe="-_.~")


def _hex(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _hmac(key: bytes, words: str) -> bytes:
    return hmac.digest(key, words.encode(), "sha256")
