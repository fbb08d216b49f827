"""A row of a file, and the guess which row holds the column names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import count, repeat
from operator import itemgetter
from typing import NamedTuple

from customers.files.refusals import FileRefused, Refusal

HEADER_WITHIN_ROWS = 20
# A date, a phone number, an invoice number: what no column is called.
DATA_LIKE = re.compile(r"[\d\s\-/.:+,()¥￥年月日]{6,}$")
NUMBER = re.compile(r"[\d.,\-]+$")


class Row(NamedTuple):
    """line: where it starts in the source, from 1. problem: why it cannot be taken, if so."""

    line: int
    cells: list[str]
    problem: Refusal | None = None


cells_of, problem_of = itemgetter(1), itemgetter(2)
_row = partial(tuple.__new__, Row)  # Row(…) itself is Python and takes four times as long


def rows_from(line: int, many_cells: Iterable[list[str]]) -> list[Row]:
    """Sound rows, each on one line, the first on `line`; lines without a cell are none."""
    rows = list(map(_row, zip(count(line), many_cells, repeat(None))))
    return rows if all(map(cells_of, rows)) else [row for row in rows if row.cells]


def are_plain(rows: Sequence[Row], n_columns: int) -> bool:
    """Whether they all are sound, of that many cells and not blank in the first of them, as nearly
    all rows are. Looked at together, for one by one it takes as long as to read them."""
    if any(map(problem_of, rows)) or set(map(len, map(cells_of, rows))) != {n_columns}:
        return False
    return all(map(str.strip, map(itemgetter(0), map(cells_of, rows))))


def is_blank(cells: Sequence[str]) -> bool:
    if cells and cells[0].isalnum():  # nearly every row; the rest is slow
        return False
    return not any(cell and not cell.isspace() for cell in cells)


def n_filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip())


def guess_header(rows: Sequence[Row]) -> int:
    """Index of the row with the column names among the first rows of a file (none blank).

    Titles above it fill few cells; data has cells that look like dates or long numbers.
    Raises FileRefused when the first full row is already data.
    """
    commonest = Counter(len(row.cells) for row in rows).most_common()
    n_rows = commonest[0][1]
    width = max(n for n, count in commonest if count == n_rows)
    for index, row in enumerate(rows[:HEADER_WITHIN_ROWS]):
        if n_filled(row.cells) * 2 > width or width == 1:
            if looks_like_data(row.cells):
                raise FileRefused("file_no_header", line=row.line)
            return index
    return 0


def looks_like_data(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return any(DATA_LIKE.match(c) and any(map(str.isdigit, c)) for c in filled) or all(
        NUMBER.match(c) for c in filled
    )
