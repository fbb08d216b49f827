"""The next chunk is read and checked while Postgres still writes this one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """The items of a source in their order, the next one made as soon as there is time for it.

    source: asks nothing of the database.
    """

    def __init__(self, source: Iterator[T]) -> None:
        self._source = source
        self._made: list[T] = []
        self._error: Exception | None = None

    def look(self) -> None:
        """Make the next item. What goes wrong is raised when it is asked for: what comes before it
        is to be kept."""
        if self._made or self._error:
            return
        try:
            self._made.append(next(self._source))
        except Exception as error:
            self._error = error

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        self.look()
        if self._error:
            raise self._error
        return self._made.pop()
