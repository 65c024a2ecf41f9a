"""Results are written as they arrive, and none takes its neighbours along."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from service.engine import recorder
from service.engine.recorder import FLUSH_ROWS, FLUSH_S, Recorder
from service.store.unit import DatabaseAway


class Book:
    """What a recorder writes to."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.away = 0
        self.poisoned: set[int] = set()

    async def write(self, results: Sequence[int]) -> None:
        if self.away:
            self.away -= 1
            raise DatabaseAway
        if self.poisoned & set(results):
            raise KeyError("https://example.com/secret")
        self.batches.append(list(results))

    @property
    def lines(self) -> list[int]:
        return sorted(line for batch in self.batches for line in batch)


@pytest.fixture
def book() -> Book:
    return Book()


async def put(book: Book, *results: int) -> None:
    made = Recorder("send", book.write)
    await asyncio.wait_for(asyncio.gather(*(made.put(r) for r in results)), 5)


async def test_one_result_is_written_after_a_moment(book: Book) -> None:
    began = time.monotonic()

    await put(book, 1)

    assert book.batches == [[1]]
    assert FLUSH_S * 0.8 <= time.monotonic() - began < 1


async def test_a_full_batch_does_not_wait(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "FLUSH_S", 30)

    await put(book, *range(FLUSH_ROWS))

    assert [len(batch) for batch in book.batches] == [FLUSH_ROWS]


async def test_more_than_a_batch_go_in_several_batches_in_their_order(book: Book) -> None:
    await put(book, *range(2 * FLUSH_ROWS + 7))

    assert [len(batch) for batch in book.batches] == [FLUSH_ROWS, FLUSH_ROWS, 7]
    assert [line for batch in book.batches for line in batch] == book.lines


async def test_who_puts_a_result_waits_until_it_is_written(book: Book) -> None:
    made = Recorder("send", book.write)
    putting = asyncio.ensure_future(made.put(1))
    await asyncio.sleep(0)

    assert not putting.done()
    await asyncio.wait_for(putting, 1)
    assert book.lines == [1]


async def test_results_wait_for_a_database_that_is_away(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "RETRY_S", 0.01)
    book.away = 3

    await put(book, 1, 2)

    assert book.batches == [[1, 2]]


async def test_one_poisoned_result_does_not_take_its_neighbours(book: Book) -> None:
    book.poisoned = {2}

    with capture_logs() as lines:
        await put(book, 1, 2, 3)

    assert book.lines == [1, 3]
    assert [(line["event"], line["error"]) for line in lines] == [
        ("result.not_recorded", "KeyError")
    ]
    assert "secret" not in str(lines)


async def test_a_recorder_goes_on_after_a_pause(book: Book) -> None:
    made = Recorder("send", book.write)
    await made.put(1)
    await asyncio.sleep(0)

    await asyncio.wait_for(made.put(2), 1)

    assert book.batches == [[1], [2]]


async def test_who_stopped_waiting_does_not_stop_the_writing(book: Book) -> None:
    made = Recorder("send", book.write)
    gone = asyncio.ensure_future(made.put(1))
    stays = asyncio.ensure_future(made.put(2))
    await asyncio.sleep(0)

    gone.cancel()

    await asyncio.wait_for(stays, 1)
    assert book.lines == [1, 2]
