"""A worker in a process of its own, so that tests can kill it.

It is the worker as it ships. It works until SIGTERM, and says `ready` and then how many calls it
had to leave; where it is to die, the function of that moment is wrapped here. Tests of other
platforms than those that ship have a `main` of their own, which gives them to `work`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from adapters.base import Adapter, Tools
from adapters.egress import Egress
from adapters.http import Http
from adapters.mail import Mail
from adapters.registry import ADAPTERS
from adapters.spec import Rate, Spec
from service.actions import attempts
from service.actions.context import Context, Platforms
from service.domain.pace import Pace
from service.engine import jobs
from service.engine.run import EngineWorker
from service.store.ledger import Rules
from service.store.sealing import Vault
from service.store.unit import Store, make_engine

LEASE_S: Final = 3.0  # a third of it is for beginning a call, on a busy machine too
SLOTS: Final = 32
CALL_PART: Final = 0.8  # of the lease: a call is shorter than it, as everywhere
PACE: Final = dataclasses.replace(
    Pace(),
    undo=timedelta(),
    lease=timedelta(seconds=LEASE_S),
    retry_first=timedelta(seconds=0.2),
)
SETTLE: Final = timedelta(seconds=0.3)
UNLIMITED: Final = Rate(per_minute=float("inf"), in_flight=1000)


@dataclasses.dataclass(frozen=True, slots=True)
class Orders:
    """Where to work, and at which moment to die, if at any: a name of `MOMENTS`."""

    database_url: str
    redis_url: str
    key_file: str
    dies: str = ""
    smtp_port: int = 1
    lease_s: float = LEASE_S


def specs(adapters: Sequence[type[Adapter]] = ADAPTERS) -> dict[str, Spec]:
    """The platforms as they are, without limits, and doubts that are looked into soon."""
    return {
        a.spec.name: dataclasses.replace(a.spec, lane=UNLIMITED, settle_after=SETTLE)
        for a in adapters
    }


def die() -> None:
    """End here and now, as nothing but a kernel can."""
    os.kill(os.getpid(), signal.SIGKILL)


def dying_after(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def wrapped(*given: Any, **named: Any) -> Any:
        result = await original(*given, **named)
        die()
        return result

    return wrapped


async def _never_call(*_: Any) -> Any:
    die()


def _in_start() -> None:
    setattr(attempts, "begin", dying_after(attempts.begin))  # noqa: B010 - on purpose


def _after_start() -> None:
    jobs.KINDS["send"] = dataclasses.replace(jobs.KINDS["send"], call=_never_call)


def _after_call() -> None:
    send = jobs.KINDS["send"]
    jobs.KINDS["send"] = dataclasses.replace(send, call=dying_after(send.call))


def _in_record() -> None:
    setattr(attempts, "finish", dying_after(attempts.finish))  # noqa: B010 - on purpose


MOMENTS: Final[dict[str, Callable[[], None]]] = {
    "in_start": _in_start,  # the intent is written, not committed
    "after_start": _after_start,  # the intent is on record, the call was not made
    "after_call": _after_call,  # the answer is in memory, not written
    "in_record": _in_record,  # the answer is written, not committed
}


async def work(
    orders: Orders, says: Connection, adapters: tuple[type[Adapter], ...] = ADAPTERS
) -> int:
    """Work until SIGTERM. Returns how many calls had to be left."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    store = Store(make_engine(orders.database_url), Vault.from_file(Path(orders.key_file)))
    call_s = CALL_PART * orders.lease_s
    http = Http(Egress(allow_cidrs=("127.0.0.0/8",)), timeout_s=call_s)
    name = f"worker-{os.getpid()}.example"
    mail = Mail(host="127.0.0.1", port=orders.smtp_port, tls="none", timeout_s=call_s, helo=name)
    tools = Tools(http, mail, lambda: datetime.now(UTC))
    pace = dataclasses.replace(PACE, lease=timedelta(seconds=orders.lease_s))
    ctx = Context(store, Rules(specs(adapters), pace), Platforms(adapters, tools), tools.now)
    worker = EngineWorker(ctx, orders.redis_url, slots=SLOTS, sweep_s=0.5, drain_s=5)
    await worker.start()
    says.send("ready")
    await told.wait()
    left = await worker.stop()
    await http.aclose()
    await store.close()
    return left


def main(orders: Orders, says: Connection) -> None:
    """The whole life of the process."""
    if orders.dies:
        MOMENTS[orders.dies]()
    says.send(asyncio.run(work(orders, says)))
