"""What RDAP servers say, read: abuse desks out of entities and their cards, and IANA's lists.

Pure. Tolerant of all that registries do: nested entities, several addresses, capital letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from adapters.http import Json

__all__ = ["BY_GUESS", "Desk", "Found", "desk_in", "guessed", "label_of", "related", "services"]

BY_GUESS: Final = "rfc2142"

_MAX_DEPTH: Final = 6
_EMAIL: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,253}\Z)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
)
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}")
_NAME_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Desk:
    """An abuse desk. `found_by`: `rdap_ip`, `rdap_domain`, or `rfc2142`, which is a guess.

    `country` is where it sits, ISO 3166 alpha-2; "" when nobody says.
    """

    name: str
    email: str
    country: str
    found_by: str


@dataclass(frozen=True, slots=True)
class Found:
    """A desk, or why there is none. `lasting`: asking again later would tell the same.

    `label` is the network's own name for a number, and the registered domain for a name.
    """

    desk: Desk | None = None
    why_not: str = ""
    lasting: bool = True
    until: datetime | None = None  # not to be asked before
    label: str = ""
    statuses: frozenset[str] = frozenset()

    @property
    def on_hold(self) -> bool:
        """Whether registry or registrar has switched the domain off."""
        return not self.statuses.isdisjoint(("client hold", "server hold"))


def guessed(domain: str) -> Desk:
    """The mailbox that RFC 2142 asks every domain to have. It is the site's own, if it is there."""
    return Desk(domain, f"abuse@{domain}", "", BY_GUESS)


def desk_in(told: Mapping[str, Any], found_by: str) -> Found:
    """The abuse contact of a network or of a registrar. A registrant's own is not a registrar's."""
    contacts = list(_contacts(told))
    of_domain = found_by == "rdap_domain"
    able = [
        c for c in contacts if "abuse" in c.roles and not (of_domain and "registrant" in c.above)
    ]
    if of_domain:
        able.sort(key=lambda c: "registrar" not in c.above | c.roles)
    status = told.get("status")
    statuses = frozenset(map(_lower, status)) if isinstance(status, list) else frozenset()
    heads = [c for c in contacts if ("registrar" if of_domain else "registrant") in c.roles]
    for contact in able:
        if contact.email:
            desk = Desk(
                _first(contact.within, *(c.name for c in heads if c.is_org), contact.name),
                contact.email,
                _first(_country(told.get("country")), contact.country, *(c.country for c in heads)),
                found_by,
            )
            return Found(desk, statuses=statuses)
    why_not = "redacted" if told.get("redacted") else "no_abuse_contact"
    return Found(why_not=why_not, statuses=statuses)


def related(told: Mapping[str, Any]) -> str:
    """The registrar's own reply about the same domain."""
    links = told.get("links")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and _lower(link.get("rel")) == "related":
            href = _text(link.get("href"))
            if "rdap" in _lower(link.get("type")) and href.startswith("https://"):
                return href
    return ""


def services(told: Json) -> Iterator[tuple[str, str]]:
    """Key and base address, with a slash at its end, of all that one of IANA's files lists."""
    listed = told.get("services") if isinstance(told, dict) else None
    for service in listed if isinstance(listed, list) else ():
        if not (isinstance(service, list) and len(service) >= 2):
            continue
        keys, bases = service[0], service[1]
        if isinstance(keys, list) and isinstance(bases, list):
            base = next((b for b in map(_text, bases) if b.startswith("https://")), "")
            yield from ((_lower(key), f"{base.rstrip('/')}/") for key in keys if base and key)


def label_of(told: Mapping[str, Any]) -> str:
    """The network's own name."""
    return _text(told.get("name"))


@dataclass(frozen=True, slots=True)
class _Contact:
    """One entity. `above` are the roles of those that it stands in, `within` the nearest name."""

    roles: frozenset[str]
    above: frozenset[str]
    within: str
    name: str
    is_org: bool  # RIPE lists maintainers as registrants, too
    email: str
    country: str


def _contacts(
    told: Mapping[str, Any], above: frozenset[str] = frozenset(), within: str = "", depth: int = 0
) -> Iterator[_Contact]:
    """Every entity, also those that stand in another."""
    entities = told.get("entities")
    if not isinstance(entities, list) or depth > _MAX_DEPTH:
        return
    for entity in (e for e in entities if isinstance(e, dict)):
        given = entity.get("roles")
        roles = frozenset(map(_lower, given)) if isinstance(given, list) else frozenset()
        contact = _carded(entity, roles, above, within)
        yield contact
        yield from _contacts(entity, above | roles, contact.name or within, depth + 1)


def _carded(
    entity: Mapping[str, Any], roles: frozenset[str], above: frozenset[str], within: str
) -> _Contact:
    """An entity with what its jCard says. Of several addresses, the one they prefer."""
    card = entity.get("vcardArray")
    rows = card[1] if isinstance(card, list) and len(card) == 2 else None
    words: dict[str, str] = {}
    emails: list[tuple[tuple[bool, int, bool, int], str]] = []
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, list) or len(row) < 4:
            continue
        kind, parameters, value = _lower(row[0]), row[1], _text(row[3])
        parameters = parameters if isinstance(parameters, dict) else {}
        if kind == "email" and _EMAIL.fullmatch(value.removeprefix("mailto:")):
            email = value.removeprefix("mailto:")
            emails.append((_rank(parameters, email, len(emails)), email))
        words.setdefault(kind, _country(parameters.get("cc")) if kind == "adr" else value)
    return _Contact(
        roles=roles,
        above=above,
        within=within,
        name=_first(words.get("fn", ""), words.get("org", "")),
        is_org=words.get("kind") == "org",
        email=min(emails)[1] if emails else "",
        country=words.get("adr", ""),
    )


def _rank(parameters: Mapping[str, Any], email: str, place: int) -> tuple[bool, int, bool, int]:
    """RIPE marks the abuse mailbox by its type, APNIC by `pref`: RFC 6350 5.3, 1 comes first."""
    pref = str(parameters.get("pref", ""))
    return (
        _lower(parameters.get("type")) != "abuse",
        int(pref) if re.fullmatch(r"[0-9]{1,3}", pref, re.ASCII) else 100,
        not email.lower().startswith("abuse"),
        place,
    )


def _first(*words: str) -> str:
    return next(filter(None, words), "")


def _text(value: object) -> str:
    words = " ".join(value.split()) if isinstance(value, str) else ""
    return words[:_NAME_CHARS]


def _lower(value: object) -> str:
    return _text(value).lower()


def _country(value: object) -> str:
    words = _text(value)
    return words.upper() if _COUNTRY.fullmatch(words) else ""
