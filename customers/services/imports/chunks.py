"""The rows of a file in groups that are written together, and the groups in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress, islice
from typing import Generic, TypeVar

import numpy as np

from customers.files.rows import Row
from customers.services.imports.opening import Opened
from customers.services.imports.plan import Plan
from customers.services.imports.refusing import Problem
from customers.services.intake import CustomerRecord, SaleRecord

Record = TypeVar("Record", CustomerRecord, SaleRecord)
CHUNK_ROWS = 20_000
# Parts of a chunk: until the first one is read Postgres has nothing to do, and while it writes a
# small one no large one can be read.
FIRST_CHUNKS = (4, 2)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that stand or fall together: all rows of an invoice, or one row of a customer.

    repeats_line: of a customers' row, the line in which the same customer stood before; None for
    a first one. is_same: whether that line said the very same.
    """

    rows: list[Row]
    repeats_line: int | None = None
    is_same: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """next_position: where a run goes on after this chunk."""

    groups: list[Group]
    n_rows: int
    next_position: int


@dataclass(slots=True)
class Prepared(Generic[Record]):
    """A chunk as it goes to the intake: read and checked, nothing asked of the database yet.

    taken: groups with what they tell of. refused: rows with all that is wrong with them.
    n_repeated: rows that say again what an earlier one said. normalised: see ReadRows.
    """

    n_rows: int
    next_position: int
    normalised: dict[str, int]
    taken: list[tuple[Group, Record]] = field(default_factory=list)
    refused: list[tuple[Row, list[Problem]]] = field(default_factory=list)
    n_repeated: int = 0

    def let_go(self) -> None:
        """What is written is needed no more; to free so much takes its time, and now there is."""
        self.taken.clear()
        self.refused.clear()


def chunks_of(opened: Opened, plan: Plan, *, start: int, size: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """Every group due at `start` or later, in the order in which they are due."""
    # Rows of one group keep the order of the file.
    order = np.argsort(plan.due, kind="stable").astype(np.int32)
    if start:
        order = order[plan.due[order] >= start]
    due = plan.due[order]
    ends = np.flatnonzero(np.append(due[1:] != due[:-1], len(due) > 0)) + 1  # one a group
    held = _HeldRows(opened, plan, start)
    n_done, parts = 0, iter(FIRST_CHUNKS)
    while n_done < len(order):
        wanted = -(-size // next(parts, 1))
        last = min(int(np.searchsorted(ends, n_done + wanted)), len(ends) - 1)
        end = int(ends[last])
        first = int(np.searchsorted(ends, n_done, side="right"))
        positions = order[n_done:end]
        rows = held.take(positions.tolist())
        sizes = np.diff(ends[first : last + 1], prepend=n_done).tolist()
        groups = _groups(rows, positions.tolist(), sizes, plan, opened.mapping.kind)
        yield Chunk(groups, end - n_done, int(due[end - 1]) + 1)
        n_done = end


class _HeldRows:
    """The rows by their position, read as far as they are asked for, kept until they are."""

    def __init__(self, opened: Opened, plan: Plan, start: int) -> None:
        self._kept = plan.rows
        self._blocks = opened.table.blocks()
        self._is_wanted = plan.due >= start
        self._waiting: dict[int, Row] = {}
        self._n_read = 0

    def take(self, positions: Sequence[int]) -> list[Row]:
        if self._kept is not None:
            return [self._kept[position] for position in positions]
        furthest = max(positions)
        while self._n_read <= furthest:
            block = next(self._blocks)
            found = range(self._n_read, self._n_read + len(block))
            is_wanted = self._is_wanted[found.start : found.stop].tolist()
            self._waiting.update(compress(zip(found, block, strict=True), is_wanted))
            self._n_read = found.stop
        return [self._waiting.pop(position) for position in positions]


def _groups(
    rows: list[Row], positions: list[int], sizes: list[int], plan: Plan, kind: str
) -> list[Group]:
    if kind != "sales":
        return [
            _customer(row, position, plan) for row, position in zip(rows, positions, strict=True)
        ]
    waiting = iter(rows)
    return [Group(list(islice(waiting, size))) for size in sizes]


def _customer(row: Row, position: int, plan: Plan) -> Group:
    first = plan.first[position]
    if first == position:
        return Group([row])
    is_same = bool(plan.contents[first] == plan.contents[position])
    return Group([row], int(plan.lines[first]), is_same)
