"""A first look through the whole file: which rows belong together, and when each can be written.

A row is *due* at the position (0, 1, 2 … among the rows) of the last row of its invoice. So an
invoice is written when all of its rows have been seen, wherever they stand, and what was written
can be told from one number: everything due before it. A refund that names its sale is due after
the last row, because files are often sorted with the newest first. Positions and 64-bit hashes are
all that is kept: 40 bytes a row. Two invoices with one hash would only wait for each other.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from customers.files.rows import Row
from customers.files.skimming import Skimmed
from customers.services.imports.columns import Column
from customers.services.imports.opening import Opened
from customers.services.imports.refusing import ImportRefused

MAX_HELD_CHARS = 100_000_000
MAX_KEPT_CHARS = 45_000_000  # some 110,000 rows, 60 MB; larger files are read a second time
ROW_OVERHEAD_CHARS = 300  # a held row of short cells weighs about that much
IDENTIFYING = frozenset(
    ["card_number", "wechat", "phone", "email", "name", "family_name", "given_name"]
)
Positions = npt.NDArray[np.int64]
NOWHERE: Positions = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Plan:
    """due: one a row. customers: those a sales file names. refunded: sales refunds name.

    Of customers only: first: position of the first row with the same key; lines, contents: where
    each row starts and a hash of its cells. rows: the rows themselves where they are few enough to
    keep.
    """

    n_rows: int
    due: npt.NDArray[np.int32]
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
    chars: array = field(default_factory=lambda: array("i"))
    contents: array = field(default_factory=lambda: array("q"))
    rows: list[Row] | None = field(default_factory=list)
    n_chars: int = 0
    refunds: array = field(default_factory=lambda: array("q"))
    customers: set[str] = field(default_factory=set)
    refunded: set[str] = field(default_factory=set)

    def name(self, ids: Sequence[str]) -> None:
        """What the next rows are known by; a row without an id stands alone."""
        keys: Sequence[str | tuple[int, str]] = ids
        if "" in ids:
            start = len(self.keys)
            keys = [key or (start + position, "alone") for position, key in enumerate(ids)]
        self.keys.extend(map(hash, keys))

    def weigh(self, n_chars: Sequence[int]) -> None:
        self.chars.extend(n_chars)
        self.n_chars += sum(n_chars) + len(n_chars) * ROW_OVERHEAD_CHARS

    def keep(self, rows: Sequence[Row]) -> None:
        """Weigh the rows and keep them, unless the file turns out to be large."""
        self.weigh(_n_chars(rows))
        if self.rows is not None:
            self.rows += rows
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
    is_sales = opened.mapping.kind == "sales"
    due = last_of[group] if is_sales else np.arange(n_rows)
    _check_held(np.frombuffer(seen.chars, dtype=np.int32), due)
    return Plan(
        n_rows=n_rows,
        due=due.astype(np.int32),
        first=NOWHERE if is_sales else first_of[group],
        lines=np.frombuffer(seen.lines, dtype=np.int64),
        contents=np.frombuffer(seen.contents, dtype=np.int64),
        rows=seen.rows,
        customers=frozenset(seen.customers),
        refunded=frozenset(seen.refunded),
    )


def _look_through(opened: Opened) -> _Seen:
    return _look_at_sales(opened) if opened.mapping.kind == "sales" else _look_at_rows(opened)


def _look_at_sales(opened: Opened) -> _Seen:
    """Two or three columns tell all; the rows are read when their turn comes."""
    seen = _Seen(rows=None)
    of = opened.columns.of
    named, bought_by, refunds = of("external_id"), of("customer_external_id"), of("refund_of")
    wanted = [column.index for column in (named, bought_by, refunds) if column]
    for block in opened.table.skim(wanted):
        start = len(seen.keys)
        seen.weigh(block.n_chars if isinstance(block, Skimmed) else _n_chars(block))
        seen.name(_ids_in(block, named))
        seen.customers.update(_ids_in(block, bought_by) if bought_by else ())
        for position, target in enumerate(_ids_in(block, refunds) if refunds else ()):
            if target and (isinstance(block, Skimmed) or block[position].problem is None):
                seen.refunds.append(start + position)
                seen.refunded.add(target)
    seen.customers.discard("")
    return seen


def _look_at_rows(opened: Opened) -> _Seen:
    seen = _Seen()
    for block in opened.table.blocks():
        seen.keep(block)
        ids = _ids_in(block, opened.columns.of(opened.mapping.shape.named_by))
        seen.name(_known_by(block, ids, opened))
        seen.lines.extend(row.line for row in block)
        seen.contents.extend(hash(tuple(row.cells)) for row in block)
    return seen


def _n_chars(rows: Sequence[Row]) -> list[int]:
    return list(map(len, map("".join, [row.cells for row in rows])))


def _ids_in(rows: Sequence[Row] | Skimmed, column: Column | None) -> list[str]:
    """The id of every row, also of one that is broken further on; "" where there is none."""
    if column is None:
        return [""] * len(rows)
    index = column.index
    if isinstance(rows, Skimmed):
        texts = rows.texts[index]
    else:
        texts = [row.cells[index] if index < len(row.cells) else "" for row in rows]
    return [found or "" for found in column.values(texts)[0]]


def _known_by(rows: Sequence[Row], ids: list[str], opened: Opened) -> list[str]:
    """What a row without an id is known by: of a customer all cells that name or reach somebody,
    where nothing names a row all that is read of it."""
    shape, mapped = opened.mapping.shape, opened.columns.mapped
    telling = IDENTIFYING if shape.name == "customers" else frozenset[str]()
    indexes = [c.index for c in mapped if not shape.named_by or c.name in telling]
    return [
        key or ("" if row.problem else "\0".join(row.cells[index] for index in indexes))
        for key, row in zip(ids, rows, strict=True)
    ]


def _check_held(chars: npt.NDArray[np.int32], due: Positions) -> None:
    """Rows wait in memory until they are due; refuse a file in which too many wait at once."""
    n_rows = len(chars)
    weights = chars + float(ROW_OVERHEAD_CHARS)
    weights -= np.bincount(np.minimum(due, n_rows - 1), weights=weights, minlength=n_rows)
    held = np.cumsum(weights, out=weights)
    if n_rows and held.max() > MAX_HELD_CHARS:
        raise ImportRefused.because("import_scattered")
