"""From a row to an adapter: matching, the packet, looks and short links, once for all rows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import ClassVar, Final, cast
from urllib.parse import quote, urlencode

from adapters.errors import PlatformError
from adapters.form import Packet, Step, WebForm, words_of
from adapters.forms.row import Link, Look, Put, Row, Sign, Value
from adapters.http import Reply, ask, cannot_see
from adapters.links import behind
from adapters.spec import (
    Ability,
    Carries,
    Channel,
    Field,
    Locator,
    Notice,
    Observation,
    Rate,
    Seen,
    Setting,
    Settle,
    Source,
    Spec,
    Url,
)

__all__ = ["Form", "form"]

_FORM_URL: Final = Setting("form_url", "The form that a person files")
_SAID: Final[Mapping[Value, Callable[[Notice], str]]] = {
    Value.LINKS: lambda notice: "\n".join(item.locator.url for item in notice.items),
    Value.SUMMARY: lambda notice: notice.summary,
    Value.NO_CONSENT: lambda notice: words_of(notice, "no_consent", "good_faith"),
    Value.AUTHORITY: lambda notice: "\n".join(
        filter(None, (words_of(notice, "authority", "accuracy"), *notice.sender.statuses))
    ),
    Value.STATEMENTS: lambda notice: words_of(
        notice, "no_consent", "good_faith", "authority", "accuracy"
    ),
    Value.RIGHTS: lambda notice: words_of(notice, "rights"),
    Value.CENTRE: lambda notice: notice.sender.name,
    Value.EMAIL: lambda notice: notice.sender.email,
    Value.ADDRESS: lambda notice: notice.sender.address,
    Value.SIGNATURE: lambda notice: notice.sender.signatory or notice.sender.name,
    Value.STATUSES: lambda notice: "\n".join(notice.sender.statuses),
    Value.REFERENCE: lambda notice: notice.reference,
    Value.HISTORY: lambda notice: "\n".join(notice.history),
}


def form(row: Row) -> type[Form]:
    """The adapter class of a row. It has `resolve` and `look` only where the row has them."""
    leads = any(link.leads for link in row.links)
    bases = (*([Leads] if leads else []), *([Looks] if row.look else []), Form)
    name = "".join(word.title() for word in row.name.split("_"))
    can = (leads and Ability.RESOLVE, row.look and Ability.LOOK)
    spec = _spec(row, frozenset(ability for ability in can if ability))
    parts = {"row": row, "spec": spec, "language": row.language, "note": row.note}
    return cast("type[Form]", type(name, bases, {**parts, "__module__": __name__}))


class Form(WebForm):
    row: ClassVar[Row]

    def match(self, url: Url) -> Locator | None:
        try:
            host, row = (url.host or "").lower().removesuffix("."), self.row
            if not host.endswith(row.sites) or url.scheme not in ("http", "https") or url.user:
                return None
            if url.port not in (80, 443):
                return None
            site, before = _place(row, host)
            read = (_read(row, link, site, before, url) for link in row.links)
            return next(filter(None, read), None)
        except ValueError:
            return None

    def packet(self, notice: Notice) -> Packet:
        packet, row = super().packet(notice), self.row
        more = row.never + (row.never_of_a_child if notice.depicted_minor else ())
        return replace(packet, never=packet.never + more)

    def steps(self, notice: Notice) -> tuple[Step, ...]:
        puts = (p for p in self.row.puts if p.of_minors in (None, notice.depicted_minor))
        return tuple(_step(put, notice) for put in puts)


class Leads(Form):
    async def resolve(self, locator: Locator) -> Locator:
        """Where a short link leads, from its Location alone: the target is never called."""
        if locator.final:
            return locator
        return await behind(self, locator.url)


class Looks(Form):
    async def look(self, locator: Locator) -> Observation:
        """What the row's signs say of the answer; what none of them fits was not seen."""
        look = cast("Look", self.row.look)
        place = locator.parts.get("look")
        if place is None:
            return Observation(Seen.CANNOT_SEE, "no_endpoint", look.method)
        known = defaultdict(str, {**locator.parts, "url": locator.url})
        params = {name: words.format_map(known) for name, words in look.params.items()}
        address = f"{self.settings['look_url'].rstrip('/')}{place}"
        try:
            reply = await ask(self, address, params=params or None)
        except PlatformError as failure:
            return cannot_see(failure, look.method)
        for sign in look.signs:
            if _fits(sign, reply, known):
                return Observation(sign.seen, sign.rule, look.method)
        rule = "other_answer" if reply.status == 200 else f"http_{reply.status}"
        return Observation(Seen.CANNOT_SEE, rule, look.method)


def _spec(row: Row, can: frozenset[Ability]) -> Spec:
    short = {_host(link, site) for link in row.links if link.leads for site in link.sites}
    asked = {Url(row.look.address).host or ""} if row.look else set()
    look = (Setting("look_url", "Where it is looked", row.look.address),) if row.look else ()
    shown = {field for put in row.puts if isinstance(put.value, Value) for field in put.value.shows}
    if shown and any(put.of_minors is not None for put in row.puts):
        shown.add(Field.DEPICTED_IS_MINOR)
    return Spec(
        languages=tuple(dict.fromkeys((row.language, "en"))),
        name=row.name,
        title=row.title,
        channel=Channel.FORM,
        hosts=tuple(host for site in row.sites for host in (site, f"*.{site}")),
        api_hosts=tuple(sorted(short | asked)),
        classes=row.classes,
        carries=Carries(urls=row.urls, same_host=row.same_host),
        can=can,
        perhaps_sent=Settle.NOBODY,
        gone_needs_up=True,  # no public endpoint tells "removed" from "hidden" for sure
        lane=Rate(per_minute=row.per_minute),
        regimes=row.regimes,
        answers=row.answers,
        country=row.country,
        office=row.office,
        delists=row.delists,
        rights_in=row.rights_in,
        publishes=bool(row.rights_in),  # whoever posted it reads who signed
        travels_to=row.travels_to,
        settings=(replace(_FORM_URL, default=row.form), *look),
        discloses=tuple(field for field in Field if field in shown),
        sources=tuple(Source(address, row.read_on) for address in row.sources),
        samples=row.samples,
    )


def _host(link: Link, site: str) -> str:
    return Url(link.url.format_map(defaultdict(str, site=site))).host or ""


def _place(row: Row, host: str) -> tuple[str, str]:
    """The row's site that this host is of, the longest one, and what stands before it."""
    of = [site for site in row.sites if host == site or host.endswith(f".{site}")]
    site = max(of, key=len, default="")
    return site, host.removesuffix(site).removesuffix(".") if site else ""


def _read(row: Row, link: Link, site: str, before: str, url: Url) -> Locator | None:
    """What the address stands for when it has this form. Raises `ValueError` for broken ones."""
    allowed = f"(?:{row.before})?" if link.before is None else link.before
    if site not in (link.sites or row.sites) or not _compiled(allowed).fullmatch(before):
        return None
    found = _compiled(link.path).fullmatch(url.path)
    query = None if found is None else _query(link, url)
    if found is None or query is None:
        return None
    groups = {name: text or "" for name, text in found.groupdict().items()}
    needed = {name: query.pop(name) for name in link.needs if name not in link.keeps}
    inner = {k: v or "" for name, text in needed.items() for k, v in _inside(link, name, text)}
    parts = {"site": site, "before": before, **groups, **needed, **inner}
    parts |= {name: parts[name].lower() for name in link.lower}
    written = {name: quote(text, safe="/@:+~") for name, text in parts.items()}
    kept = f"?{urlencode(query)}" if query else ""
    if link.anchor and _compiled(link.anchor).fullmatch(url.fragment):
        kept += f"#{url.fragment}"
    if link.look is not None:
        parts["look"] = link.look.format_map(written)
    key, address = link.key.format_map(parts) + kept, link.url.format_map(written)
    address += kept.replace("?", "&", 1) if "?" in address else kept
    return Locator(row.name, link.kind, key, address, final=not link.leads, parts=parts)


def _query(link: Link, url: Url) -> dict[str, str] | None:
    """The parameters that count, in the link's order; None where one is missing, given twice with
    two values, or not of its form.
    """
    counted = {}
    for name, form in {**link.needs, **link.keeps}.items():
        values = set(url.query.getall(name, []))
        if not values and name not in link.needs:
            continue
        if len(values) != 1 or not _compiled(form).fullmatch(value := values.pop()):
            return None
        counted[name] = value
    return counted


def _inside(link: Link, name: str, text: str) -> Iterable[tuple[str, str | None]]:
    """The groups of a parameter that was needed and fits."""
    found = _compiled(link.needs[name]).fullmatch(text)
    return found.groupdict().items() if found else ()


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def _step(put: Put, notice: Notice) -> Step:
    if not isinstance(put.value, Value):
        return Step(put.label, put.value, put.required, copyable=False, note=put.note)
    return Step(put.label, _SAID[put.value](notice), put.required, note=put.note)


def _fits(sign: Sign, reply: Reply, known: Mapping[str, str]) -> bool:
    if reply.status != sign.status:
        return False
    told = reply.json()
    return all(
        str(_at(told, place)).lower() == words.format_map(known).lower()
        for place, words in sign.tells.items()
    )


def _at(told: object, place: str) -> object:
    for name in place.split("."):
        told = told.get(name) if isinstance(told, dict) else None
    return told
