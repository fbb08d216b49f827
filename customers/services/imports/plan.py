"""A first look through the whole file: which rows belong together, and when each can be written.

A row is *due* at the position (0, 1, 2 … among the rows) of the last row of its invoice. So an
invoice is written when all of its rows have been seen, wherever they stand, and what was written
can be told from one number: everything due before it. A refund that names its sale is due after
the last row, because files are often sorted with the newest first. Positions and 64-bit hashes are
all that is kept: 40 bytes a row. Two invoices with one hash would only wait for each other.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from customers.files.refusals import CellRefused
from customers.files.rows import Row
from customers.services.imports.columns import Column
from customers.services.imports.opening import Opened
from customers.services.imports.refusing import ImportRefused

MAX_HELD_CHARS = 100_000_000
MAX_KEPT_CHARS = 60_000_000  # some 150,000 rows; larger files are read a second time
ROW_OVERHEAD_CHARS = 300  # a held row of short cells weighs about that much
IDENTIFYING = frozenset(
    ["card_number", "wechat", "phone", "email", "name", "family_name", "given_name"]
)
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """keys, due: one a row. names: of customers in a sales file. refunded: sales that refunds name.

    first: position of the first row with the same key. lines, contents: where each row starts and
    a hash of its cells (customers). rows: the rows themselves where they are few enough to keep.
    """

    n_rows: int
    keys: Positions
    due: Positions
    first: Positions
    lines: Positions
    contents: Positions
    rows: list[Row] | None = None
    customers: frozenset[str] = frozenset()
    refunded: frozenset[str] = frozenset()


@dataclass
class _Seen:
    keys: array = field(default_factory=lambda: array("q"))
    lines: array = field(default_factory=lambda: array("q"))
    chars: array = field(default_factory=lambda: array("q"))
    contents: array = field(default_factory=lambda: array("q"))
    rows: list[Row] | None = field(default_factory=list)
    n_chars: int = 0
    refunds: array = field(default_factory=lambda: array("q"))
    customers: set[str] = field(default_factory=set)
    refunded: set[str] = field(default_factory=set)

    def keep(self, row: Row) -> None:
        """Note the row's weight; keep it, too, unless the file turns out to be large."""
        weight = sum(map(len, row.cells)) + ROW_OVERHEAD_CHARS
        self.chars.append(weight)
        self.n_chars += weight
        if self.rows is not None:
            self.rows.append(row)
            if self.n_chars > MAX_KEPT_CHARS:
                self.rows = None


def plan_of(opened: Opened) -> Plan:
    """Read the file once. Raises ImportRefused when too much would have to be held in memory."""
    seen = _look_through(opened)
    keys = np.frombuffer(seen.keys, dtype=np.int64)
    n_rows = len(keys)
    _unique, first_of, group = np.unique(keys, return_index=True, return_inverse=True)
    last_of = np.zeros(len(first_of), dtype=np.int64)
    np.maximum.at(last_of, group, np.arange(n_rows))
    if seen.refunds:
        waits = np.zeros(len(first_of), dtype=bool)
        waits[group[np.frombuffer(seen.refunds, dtype=np.int64)]] = True
        last_of[waits] += n_rows
    due = last_of[group] if opened.mapping.kind == "sales" else np.arange(n_rows)
    _check_held(np.frombuffer(seen.chars, dtype=np.int64), due)
    return Plan(
        n_rows=n_rows,
        keys=keys,
        due=due,
        first=first_of[group],
        lines=np.frombuffer(seen.lines, dtype=np.int64),
        contents=np.frombuffer(seen.contents, dtype=np.int64),
        rows=seen.rows,
        customers=frozenset(seen.customers),
        refunded=frozenset(seen.refunded),
    )


def _look_through(opened: Opened) -> _Seen:
    seen = _Seen()
    is_sales = opened.mapping.kind == "sales"
    columns = opened.columns
    own_id, customer = columns.of("external_id"), columns.of("customer_external_id")
    refund_of = columns.of("refund_of")
    identifying = [column.index for column in columns.mapped if column.name in IDENTIFYING]
    for position, row in enumerate(opened.table):
        cells = row.cells
        key = _id_in(row, own_id)
        if key is None and not is_sales and not row.problem:
            key = "\0".join(cells[index] for index in identifying)
        seen.keys.append(hash(key if key is not None else (position, "alone")))
        seen.keep(row)
        if not is_sales:
            seen.lines.append(row.line)
            seen.contents.append(hash(tuple(cells)))
        elif row.problem is None:
            if named := _id_in(row, customer):
                seen.customers.add(named)
            if target := _id_in(row, refund_of):
                seen.refunds.append(position)
                seen.refunded.add(target)
    return seen


def _id_in(row: Row, column: Column | None) -> str | None:
    """The id in a column, also of a row that is broken further on; None when there is none."""
    if column is None or column.index >= len(row.cells):
        return None
    try:
        return column.value(row.cells[column.index])
    except CellRefused:
        return None


def _check_held(chars: Positions, due: Positions) -> None:
    """Rows wait in memory until they are due; refuse a file in which too many wait at once."""
    n_rows = len(chars)
    released = np.bincount(np.minimum(due, n_rows - 1), weights=chars, minlength=n_rows)
    held = np.cumsum(chars) - np.cumsum(released)
    if n_rows and held.max() > MAX_HELD_CHARS:
        raise ImportRefused.because("import_scattered")
