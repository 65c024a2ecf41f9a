"""A site that nobody else knows: its host and its registrar have desks, and it runs Mastodon."""

from __future__ import annotations

from datetime import date
from typing import Final

from adapters.site import Site
from adapters.spec import Grade, Kind, Locator, Receipt, Seen
from tests.adapters.contract.case import Case, Exemption, Routes, thing
from tests.adapters.contract.site import stored, told

PAGE: Final = "https://www.iana.org/domains/reserved"
HEAD: Final = f"HEAD {PAGE}"
BOOTSTRAP: Final = "GET https://data.iana.org/rdap"
OF_ADDRESS: Final = "GET https://rdap.ripe.example/ip/93.184.215.14"
OF_WHOLE_NAME: Final = "GET https://rdap.org-registry.example/rdap/domain/iana.org"
NODEINFO: Final = "GET https://www.iana.org/.well-known/nodeinfo"
NAMES: Final = {"www.iana.org": ["93.184.215.14"], "private.iana.org": ["10.0.0.1"]}
THING: Final = thing(
    "site",
    "www.iana.org/domains/reserved",
    PAGE,
    host_email="abuse@host.example",
    registrar_email="abuse@registrar.example",
)
LOOKS: Final[tuple[tuple[Locator, Routes, Seen], ...]] = tuple(
    (THING, {HEAD: told(None, status)}, seen)
    for status, seen in (
        (200, Seen.UP),
        (202, Seen.CANNOT_SEE),
        (204, Seen.CANNOT_SEE),
        (302, Seen.CANNOT_SEE),
        (401, Seen.CANNOT_SEE),
        (403, Seen.CANNOT_SEE),
        (404, Seen.GONE),
        (405, Seen.CANNOT_SEE),
        (410, Seen.GONE),
        (451, Seen.RESTRICTED),
    )
)
MORE_LOOKS: Final[tuple[tuple[Locator, Routes, Seen], ...]] = (
    (thing("site", "nobody.iana.org/", "https://nobody.iana.org/", Kind.SITE), {}, Seen.GONE),
    (
        thing("site", "private.iana.org/", "https://private.iana.org/", Kind.SITE),
        {},
        Seen.CANNOT_SEE,
    ),
    (
        thing("site", "www.iana.org:8443/x", "https://www.iana.org:8443/x"),
        {},
        Seen.CANNOT_SEE,
    ),
)
ROUTES: Final[Routes] = {
    f"{BOOTSTRAP}/ipv4.json": stored("rdap/ipv4.json"),
    f"{BOOTSTRAP}/dns.json": stored("rdap/dns.json"),
    OF_ADDRESS: stored("rdap/ip_ripe.json", content_type="application/rdap+json"),
    OF_WHOLE_NAME: stored("rdap/domain.json", content_type="application/rdap+json"),
    NODEINFO: stored("nodeinfo/index.json"),
    "GET https://www.iana.org/nodeinfo/2.1": stored("nodeinfo/2.1.json"),
    HEAD: told(None),
}

CASE = Case(
    adapter=Site,
    routes=ROUTES,
    names=NAMES,
    others=(
        "https://localhost/x",
        "https://intranet/x",
        "https://127.0.0.1/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://93.184.215.14/x",
        "https://[2a00:1450:4001::1]/x",
        "https://host.example/x",
        "https://example.com/x",
        "https://www.example.net/x",
        "https://router.internal/x",
        "https://printer.local/x",
        "https://someletters.onion/x",
        "https://1.0.0.127.in-addr.arpa/x",
        "https://user@www.iana.org/x",
        "https://user:word@www.iana.org/x",
        "https://-host.iana.org/x",
        "https://iana.o1/x",
    ),
    locator=THING,
    receipt=Receipt("<0192f7a1.EF-7K2M9Q@centre.example>", Grade.HANDED_TO_RELAY),
    looks=(*LOOKS, *MORE_LOOKS),
    resolves=(
        (PAGE, "www.iana.org/domains/reserved"),
        ("http://WWW.iana.org.:80/", "www.iana.org/"),
    ),
    marks=("abuse@host.example", "abuse@registrar.example", "Example Hosting"),
    exempt={
        "R13_resolving_ends": Exemption(
            date(2026, 11, 26),
            "One lookup that fails leaves its part empty, so that the other desk is not waited for:"
            " test_site.py holds what becomes of each failure instead.",
        )
    },
)
