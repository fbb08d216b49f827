"""What the columns of a file hold, from its first rows: how it writes dates and decimals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from customers.files.cells.amounts import decimal_sign
from customers.files.cells.dates import date_order
from customers.files.mapping import Mapping
from customers.files.refusals import CellRefused
from customers.files.table import Table

FIRST_ROWS = 5_000
N_SAMPLES = 5
DATE_TYPES = ("date", "instant", "moment", "day")
MONEY_TYPES = ("amount", "price")


@dataclass
class ColumnProfile:
    """day_first, decimal_comma: what the column writes; None when nothing in it tells, or when
    its cells contradict each other (`is_mixed`)."""

    header: str
    n_filled: int = 0
    n_blank: int = 0
    samples: list[str] = field(default_factory=list)  # the first different values, as written
    day_first: bool | None = None
    decimal_comma: bool | None = None
    is_mixed: bool = False


@dataclass(frozen=True)
class Profile:
    """n_rows: rows looked at. columns: by header, every column of the file."""

    n_rows: int
    columns: dict[str, ColumnProfile]


def profile_table(table: Table, mapping: Mapping, n_rows: int = FIRST_ROWS) -> Profile:
    """Look at the first rows; what the mapping says about dates and decimals outranks the rows."""
    rows = list(islice((row.cells for row in table if row.problem is None), n_rows))
    by_column = zip(*rows, strict=True) if rows else [()] * len(table.headers)
    columns = {
        header: _column(header, cells, mapping)
        for header, cells in zip(table.headers, by_column, strict=True)
    }
    return Profile(len(rows), columns)


def _column(header: str, cells: Sequence[str], mapping: Mapping) -> ColumnProfile:
    filled = [cell for cell in cells if cell and not cell.isspace()]
    different = list(dict.fromkeys(filled))
    column = ColumnProfile(
        header,
        n_filled=len(filled),
        n_blank=len(cells) - len(filled),
        samples=different[:N_SAMPLES],
    )
    if judge := _judge(header, mapping):
        says = set(map(judge, different))
        _decide(column, {found for found in says if found is not None}, mapping)
    return column


def _type_of(header: str, mapping: Mapping) -> str | None:
    name = mapping.columns.get(header)
    found = mapping.shape.field(name) if name else None
    return found.type if found else None


def _judge(header: str, mapping: Mapping) -> Callable[[str], bool | None] | None:
    type_ = _type_of(header, mapping)
    if type_ in DATE_TYPES:
        return _date_evidence
    return decimal_sign if type_ in MONEY_TYPES else None


def _date_evidence(cell: str) -> bool | None:
    try:
        return date_order(cell)
    except CellRefused:  # no date at all: refused when its row is read, no evidence here
        return None


def _decide(column: ColumnProfile, evidence: set[bool], mapping: Mapping) -> None:
    column.is_mixed = len(evidence) > 1
    found = next(iter(evidence)) if len(evidence) == 1 else None
    type_ = _type_of(column.header, mapping)
    if type_ in DATE_TYPES:
        said = mapping.options.day_first
        column.day_first = found if said is None else said
    elif type_ in MONEY_TYPES:
        said = mapping.options.decimal_comma
        column.decimal_comma = found if said is None else said
