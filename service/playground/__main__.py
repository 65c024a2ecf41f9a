"""`python -m service.playground [--json]`: the demo's practice platforms in a process of their own.

Prints its addresses, ends on SIGTERM or SIGINT, and on Linux with the thread that started it.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import json
import os
import signal
import sys
from dataclasses import asdict

from service.playground.front import NotLoopback
from service.playground.samples import DEMO_SPEED
from service.playground.serve import Playground

_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Exit 0 when told to stop, 2 for arguments that it refuses."""
    parser = argparse.ArgumentParser(prog="service.playground", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of text")
    parser.add_argument("--host", default="127.0.0.1", help="127.0.0.1 or ::1")
    parser.add_argument("--speed", type=float, default=DEMO_SPEED, help="story seconds a second")
    parser.add_argument("--peertube-site", help="base of video addresses, if not the API's own")
    options = parser.parse_args()
    die_with_parent(os.getppid())
    try:
        asyncio.run(_run(options))
    except NotLoopback as error:
        parser.error(str(error))
    return 0


def die_with_parent(parent: int) -> None:
    """SIGTERM to us when the thread that started us ends. Linux only."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(0)


async def _run(options: argparse.Namespace) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    playground = Playground(speed=options.speed, peertube_site=options.peertube_site)
    await playground.start(options.host)
    try:
        playground.add_samples()
        _print(playground, as_json=options.json)
        await told.wait()
    finally:
        await playground.stop()


def _print(playground: Playground, *, as_json: bool) -> None:
    items = [item.state(playground.world.clock.now()) for item in playground.world.items.values()]
    account = asdict(playground.world.account("peertube"))
    said = {"practice": True, **asdict(playground.addresses), "account": account}
    if as_json:
        shown = [{k: item[k] for k in ("platform", "name", "about", "url")} for item in items]
        lines = [json.dumps({**said, "samples": shown})]
    else:
        lines = [f"{name:14} {value}" for name, value in said.items()]
        lines += [f"{item['url']}  {item['about']}" for item in items]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
