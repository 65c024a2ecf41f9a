"""The settings by themselves: what the loader refuses, and what is allowed and unwise."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, Final

from adapters import installed
from service import settings as settings_module
from service.doctor.chart import Chart
from service.settings import Settings, WrongSettings

_WIDEST: Final = {4: 8, 6: 16}
"""A shorter prefix than this is no network of anybody's, but a part of the Internet."""


def load(chart: Chart, given: Mapping[str, Any]) -> Settings | None:
    """The settings, or all that is wrong with them at once."""
    try:
        found = settings_module.load(**given)
    except WrongSettings as wrong:
        for problem in wrong.problems:
            chart.wrong("settings.values", f"{problem}.", "docs/settings.md lists every setting.")
        return None
    chart.close("settings.values", "Every setting fits.")
    return found


def examine(chart: Chart, settings: Settings) -> None:
    """Whom we believe, where calls may go, and how much practice is left in it."""
    _proxies(chart, settings)
    _egress(chart, settings)
    practice = is_practice(settings)
    if settings.undo_s == 0 and not practice:
        chart.warn(
            "settings.practice",
            "Nothing can be taken back after approval: EFFACE_UNDO_S is 0, as for practice.",
            "Unset it.",
        )


def adapters(chart: Chart) -> None:
    """Who brings which platform. Packages are named: they are code, and nothing of a centre's."""
    try:
        brought = installed.brought()
    except installed.WrongAdapters as wrong:
        for problem in wrong.problems:
            chart.wrong("adapters.installed", f"{problem}.", "Mend or uninstall the package.")
        return
    named = [f"{each.adapter.spec.name} by {each.package}" for each in brought]
    chart.close(
        "adapters.installed",
        f"Platforms that other packages bring: {', '.join(named) or 'none'}.",
    )


def is_practice(settings: Settings) -> bool:
    """Whether these settings are for practice platforms."""
    return settings.playground or settings.practice_speed != 1


def _proxies(chart: Chart, settings: Settings) -> None:
    if any(_is_wide(network) for network in settings.trusted_proxies):
        chart.wrong(
            "settings.proxies",
            "Half the Internet is believed about who calls.",
            "Name only your own proxies in EFFACE_TRUSTED_PROXIES.",
        )
    elif not settings.trusted_proxies and not is_loopback(settings.host):
        chart.warn(
            "settings.proxies",
            "The API listens to other machines without a proxy in front: keys travel in clear.",
            "Put a proxy with TLS in front of it and name that in EFFACE_TRUSTED_PROXIES.",
        )
    chart.close("settings.proxies", "Nobody is believed who should not be.")


def _egress(chart: Chart, settings: Settings) -> None:
    if any(_is_wide(network) for network in settings.egress_allow_cidrs):
        chart.wrong(
            "settings.egress",
            "Outgoing calls may reach every private network.",
            "Name only those in EFFACE_EGRESS_ALLOW_CIDRS that a platform of yours is in.",
        )
    near = any(_is_this_machine(network) for network in settings.egress_allow_cidrs)
    if near and not is_practice(settings):
        chart.warn(
            "settings.egress",
            "Outgoing calls may reach this machine itself.",
            "Take the loopback network out of EFFACE_EGRESS_ALLOW_CIDRS.",
        )
    chart.close("settings.egress", "Outgoing calls reach no private network but those allowed.")


def is_loopback(host: str) -> bool:
    """Whether this is this machine, and no other can be meant."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_wide(network: str) -> bool:
    found = ipaddress.ip_network(network)
    return found.prefixlen < _WIDEST[found.version]


def _is_this_machine(network: str) -> bool:
    found = ipaddress.ip_network(network)
    return found.is_loopback or found.is_link_local
