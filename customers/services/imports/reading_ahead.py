"""Reading the next chunk while the database writes this one."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
N_AHEAD = 1  # more of them would lie in memory
_END = object()


def read_ahead(source: Iterator[T]) -> Iterator[T]:
    """The same items in the same order, made in a thread of their own.

    source: pure work that asks nothing of the database. Its errors are raised here.
    """
    ready: Queue = Queue(maxsize=N_AHEAD)
    is_over = Event()

    def make() -> None:
        last: object = _END
        try:
            for item in source:
                ready.put(item)
                if is_over.is_set():
                    return
        except BaseException as error:  # whatever it was, it is the reader's to raise
            last = error
        ready.put(last)

    thread = Thread(target=make, name="read-ahead", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not _END:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        is_over.set()
        while thread.is_alive():  # let go of one that waits for room
            while not ready.empty():
                ready.get_nowait()
            thread.join(timeout=0.05)
