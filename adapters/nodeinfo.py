"""What a host runs, in its own words: NodeInfo, the document by which federated servers tell.

Only the host itself is asked, and only for that document: what it links to elsewhere is not read.
"""

from __future__ import annotations

import re
from typing import Final

from adapters.base import Adapter
from adapters.errors import PlatformError
from adapters.http import Json, ask
from adapters.spec import url_of

__all__ = ["software_at"]

_SCHEMA: Final = "http://nodeinfo.diaspora.software/ns/schema/"
_MAX_BYTES: Final = 65_536
_NAME: Final = re.compile(r"[a-z0-9-]{1,60}")  # as the schema has it


async def software_at(adapter: Adapter, host: str) -> str:
    """The name of the software, in lower case; "" when the host does not say. Never raises."""
    index = await _document(adapter, f"https://{host}/.well-known/nodeinfo")
    links = index.get("links") if isinstance(index, dict) else None
    named = [
        (str(link.get("rel")), str(link.get("href")))
        for link in (links if isinstance(links, list) else ())
        if isinstance(link, dict)
    ]
    own = [pair for pair in named if pair[0].startswith(_SCHEMA) and _is_at(pair[1], host)]
    told = await _document(adapter, max(own)[1]) if own else None
    software = told.get("software") if isinstance(told, dict) else None
    name = str(software.get("name")).lower() if isinstance(software, dict) else ""
    return name if _NAME.fullmatch(name) else ""


async def _document(adapter: Adapter, url: str) -> Json:
    try:
        reply = await ask(adapter, url, max_bytes=_MAX_BYTES)
    except PlatformError:
        return None
    return reply.json() if reply.status == 200 else None


def _is_at(address: str, host: str) -> bool:
    try:
        url = url_of(address)
        place = (url.scheme, url.host, url.port, url.raw_user)
    except ValueError:
        return False
    return place == ("https", host, 443, None)
