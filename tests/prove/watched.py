"""An `efface` command as it ships, that logs how many asyncio tasks it has when SIGUSR1 comes."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from typing import Any

import structlog

from service import cli


def _count(*_: Any) -> None:
    structlog.get_logger().info("tasks.counted", count=len(asyncio.all_tasks()))


def main(arguments: Sequence[str]) -> None:
    """Run the command, watched."""
    signal.signal(signal.SIGUSR1, _count)
    cli.main(list(arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
