"""What makes a declaration true: what holds of every spec, at boot and in the contract. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.base import Adapter
from adapters.http import Api
from adapters.mtproto import Account
from adapters.spec import Ability, Channel, Purpose, Secret, Setting, Settle, Spec

__all__ = ["wrong"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_HOST = re.compile(r"([a-z0-9-]+\.)+[a-z][a-z0-9-]*")


def wrong(adapter: type[Adapter]) -> list[str]:
    """What this class says of itself and is not so, in sentences; empty when all is true."""
    spec = getattr(adapter, "spec", None)
    if not isinstance(spec, Spec):
        return ["it has no `spec`"]
    return [words for holds, words in (*_who(adapter, spec), *_what(adapter, spec)) if not holds]


def _who(adapter: type[Adapter], spec: Spec) -> Iterator[tuple[object, str]]:
    own_hosts = any(setting.required for setting in spec.settings)
    place = bool(spec.hosts or own_hosts or spec.stands_behind)
    hosts = (*(host.removeprefix("*.") for host in spec.hosts), *spec.api_hosts)
    yield _NAME.fullmatch(spec.name), "`name` is not 1 to 31 small letters, digits and underscores"
    yield spec.title, "`title` is empty"
    api = issubclass(adapter, Api | Account)
    yield (spec.channel is Channel.API) == api, "`channel` is not that of the class it builds on"
    yield spec.sources, "`sources` names no page that this was read in"
    https = all(source.address.startswith("https://") for source in spec.sources)
    yield https, "`sources` holds what is no https address"
    somewhere = place or spec.fronts or spec.channel is Channel.FORM
    yield somewhere, "`hosts` is empty, and no setting names one"
    for host in hosts:
        yield host == "*" or _HOST.fullmatch(host), f"{host!r} is no host"
    yield bool(spec.samples) == place, "`samples` shows no address, or one of nowhere"
    yield re.fullmatch(r"([A-Z]{2})?", spec.country), "`country` is not two capital letters"


def _what(adapter: type[Adapter], spec: Spec) -> Iterator[tuple[object, str]]:
    verbs = ", ".join(sorted(adapter.verbs())) or "none"
    yield adapter.verbs() == spec.can, f"`can` is not what the class defines: {verbs}"
    yield spec.classes, "`classes` is empty"
    yield spec.carries.urls >= 1 and spec.carries.text_chars >= 1, "`carries` carries nothing"
    looks_up = spec.perhaps_sent is Settle.LOOK_UP
    yield looks_up == (Ability.FIND in spec.can), "`perhaps_sent` is LOOK_UP exactly with `find`"
    reminds = Purpose.REMINDER in spec.purposes
    yield (spec.remind is not None) == reminds, "`remind` is set exactly with Purpose.REMINDER"
    yield Purpose.FIRST in spec.purposes, "`purposes` lacks Purpose.FIRST"
    yield spec.answers or Ability.POLL not in spec.can, "`answers` is False, and it can poll"
    entered: tuple[Secret | Setting, ...] = (*spec.needs, *spec.settings)
    names = [each.name for each in entered]
    yield len(names) == len(set(names)), "two of `needs` and `settings` have one name"
    yield all(each.help for each in entered), "something in `needs` or `settings` has no `help`"
