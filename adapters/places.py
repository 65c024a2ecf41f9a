"""Where a web address is: its host, and what stands behind it. Pure: nothing here calls one."""

from __future__ import annotations

from adapters.spec import Url, url_of

__all__ = ["place", "rest_of", "steps"]


def place(address: Url | str) -> str:
    """The host of a web address, with its port where it is not the usual one; "" where it is none.

    http and https of one host are the same place. User names and IPv6 literals are refused.
    Never raises.
    """
    try:
        url = address if isinstance(address, Url) else url_of(address)
        host = (url.raw_host or "").lower().removesuffix(".")
        named = (url.raw_user, url.raw_password) != (None, None)
        if url.scheme not in ("http", "https") or named or ":" in host:
            return ""
        return host if url.is_default_port() or not host else f"{host}:{url.port}"
    except ValueError:
        return ""


def steps(url: Url) -> list[str]:
    """The words of a path, without empty ones."""
    return [step for step in url.path.split("/") if step]


def rest_of(url: Url) -> str:
    """All that stands behind the host, as it is written; "/" where nothing does."""
    query = f"?{url.raw_query_string}" if url.raw_query_string else ""
    fragment = f"#{url.raw_fragment}" if url.raw_fragment else ""
    return f"{url.raw_path or '/'}{query}{fragment}"
