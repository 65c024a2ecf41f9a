"""How many calls one worker has out at once, and how many of them may be for the same."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

SHARE: Final = 4
"""One lane holds at most this part of all slots: what hangs leaves the rest to the others."""
OF_ORGANISATION: Final = 2
"""One of several organisations holds at most this part, with as many lanes as it likes."""


class Slots:
    """Counted, not locked: everything happens on one event loop.

    The last part of a lane's name is whose it is. An organisation that is alone has all slots.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.most = max(1, total // SHARE)
        self._used: Counter[str] = Counter()
        self._used_by: Counter[str] = Counter()
        self._known: set[str] = set()  # organisations that ever had work here
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []  # in the order they came

    @property
    def used(self) -> int:
        return self._used.total()

    def take(self, lane: str) -> int:
        """Reserve what this lane may have now; give back what is not needed."""
        self._known.add(_whose(lane))
        free = self._room(lane)
        if free:
            self._used[lane] += free
            self._used_by[_whose(lane)] += free
        return free

    def holds(self, lane: str) -> bool:
        """Whether this lane has slots now."""
        return lane in self._used

    async def wait(self, lane: str) -> None:
        """Return when there may be a slot for this lane, or when all are told to go on. A lane that
        has none comes before those that have some.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((lane, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn in (waiting := [t for _, t in self._waiting]):
                del self._waiting[waiting.index(turn)]
            else:  # it was our turn: somebody else's, then
                self._call_next()
            raise

    def give_back(self, lane: str, n: int = 1) -> None:
        """Return reserved slots."""
        self._used[lane] -= n
        self._used_by[_whose(lane)] -= n
        if not self._used[lane]:
            del self._used[lane]
        if n:
            self._call_next()

    def go_on(self) -> None:
        """Let nobody wait any longer."""
        waiting, self._waiting = self._waiting, []
        for _, turn in waiting:
            if not turn.done():
                turn.set_result(None)

    def _room(self, lane: str) -> int:
        whose = _whose(lane)
        alone = len(self._known | {whose}) == 1
        theirs = self.total if alone else max(1, self.total // OF_ORGANISATION)
        left = (
            self.total - self.used,
            self.most - self._used[lane],
            theirs - self._used_by[whose],
        )
        return max(0, min(left))

    def _call_next(self) -> None:
        """Call whoever comes next and has room."""
        ready = [i for i, (lane, _) in enumerate(self._waiting) if self._room(lane)]
        if ready:
            next_ = min(ready, key=lambda i: bool(self._used[self._waiting[i][0]]))
            _, turn = self._waiting.pop(next_)
            if turn.done():  # cancelled meanwhile
                self._call_next()
            else:
                turn.set_result(None)


def _whose(lane: str) -> str:
    return lane.rpartition("/")[2]
