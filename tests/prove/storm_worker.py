"""A worker as it ships, at the desks of the recording platform. Its process imports no more."""

from __future__ import annotations

import asyncio
from multiprocessing.connection import Connection

from tests.flow import worker
from tests.flow.worker import Orders
from tests.prove.desks import DESKS


def main(orders: Orders, says: Connection) -> None:
    """The whole life of the process."""
    says.send(asyncio.run(worker.work(orders, says, DESKS)))
