"""The rows of a file in groups that are written together, and the groups in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from customers.files.rows import Row
from customers.services.imports.opening import Opened
from customers.services.imports.plan import Plan
from customers.services.imports.refusing import Problem
from customers.services.intake import CustomerRecord, SaleRecord

Record = TypeVar("Record", CustomerRecord, SaleRecord)
CHUNK_ROWS = 5_000


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


def chunks_of(opened: Opened, plan: Plan, *, start: int, size: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """Every group due at `start` or later, in the order in which they are due."""
    groups: list[Group] = []
    n_rows = 0
    for due, group in _due_groups(opened, plan, start):
        groups.append(group)
        n_rows += len(group.rows)
        if n_rows >= size:
            yield Chunk(groups, n_rows, due + 1)
            groups, n_rows = [], 0
    if groups:
        yield Chunk(groups, n_rows, due + 1)


def _due_groups(opened: Opened, plan: Plan, start: int) -> Iterator[tuple[int, Group]]:
    waiting: dict[int, list[Row]] = {}
    due_at = plan.due.tolist()
    keys = plan.keys.tolist()
    is_sales = opened.mapping.kind == "sales"
    for position, row in enumerate(plan.rows or opened.table):
        due = due_at[position]
        if due < start:
            continue
        if not is_sales:
            yield due, _customer(row, position, plan)
        elif due == position and keys[position] not in waiting:
            yield due, Group([row])
        else:
            waiting.setdefault(keys[position], []).append(row)
            if due == position:
                yield due, Group(waiting.pop(keys[position]))
    late = {key: due for key, due in zip(keys, due_at, strict=True) if due >= plan.n_rows}
    for key in sorted(waiting, key=late.__getitem__):
        yield late[key], Group(waiting[key])


def _customer(row: Row, position: int, plan: Plan) -> Group:
    first = plan.first[position]
    if first == position:
        return Group([row])
    is_same = bool(plan.contents[first] == plan.contents[position])
    return Group([row], int(plan.lines[first]), is_same)
