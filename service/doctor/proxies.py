"""The proxies by which calls leave: as far as their door, and no tunnel through it."""

from __future__ import annotations

import asyncio
from typing import Final

from pydantic import SecretStr

from adapters.proxy import Proxy
from service.doctor.chart import Chart
from service.settings import Settings

WAIT_S: Final = 5.0


async def examine(chart: Chart, settings: Settings) -> None:
    """Connect to each and leave. Practice is run without them."""
    set_here = {
        "EFFACE_EGRESS_PROXY": settings.egress_proxy,
        "EFFACE_VANTAGE_PROXY": settings.vantage_proxy,
    }
    for name, address in set_here.items():
        if address and not settings.playground and not await _answers(address):
            chart.wrong(
                "egress.proxies",
                f"Nothing answers at {name}: no call leaves by it.",
                f"Start that proxy, or correct or unset {name}.",
            )
    chart.close("egress.proxies", "Each proxy that is set answers.")


async def _answers(address: SecretStr) -> bool:
    proxy = Proxy.of(address.get_secret_value())
    try:
        async with asyncio.timeout(WAIT_S):
            _, writer = await asyncio.open_connection(proxy.host, proxy.port)
    except OSError:  # a TimeoutError is one
        return False
    writer.close()
    return True
