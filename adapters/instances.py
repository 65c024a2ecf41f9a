"""Which instance an address of federated software names. Addresses only: nothing here calls one."""

from __future__ import annotations

from adapters.spec import Url

__all__ = ["place", "steps"]


def place(address: Url | str) -> str:
    """The host of a web address, with its port where it is not the usual one; "" where it is none.

    http and https of one instance are the same place. User names and IPv6 literals are refused.
    Never raises.
    """
    try:
        url = Url(address)
        host = (url.raw_host or "").lower().removesuffix(".")
        if url.scheme not in ("http", "https") or url.raw_user is not None or ":" in host:
            return ""
        return host if url.is_default_port() or not host else f"{host}:{url.port}"
    except ValueError:
        return ""


def steps(url: Url) -> list[str]:
    """The words of a path, without empty ones."""
    return [step for step in url.path.split("/") if step]
