"""What the columns of a file hold, from its first rows: how it writes dates and decimals."""

from __future__ import annotations

from collections.abc import Callable
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
    columns = {header: ColumnProfile(header) for header in table.headers}
    evidence: dict[str, set[bool]] = {header: set() for header in table.headers}
    judges = {header: _judge(header, mapping) for header in table.headers}
    n_seen = 0
    for row in islice((row for row in table if row.problem is None), n_rows):
        n_seen += 1
        for header, cell in zip(table.headers, row.cells, strict=True):
            _count(columns[header], cell)
            if (judge := judges[header]) and (says := judge(cell)) is not None:
                evidence[header].add(says)
    for header, column in columns.items():
        _decide(column, evidence[header], mapping)
    return Profile(n_seen, columns)


def _count(column: ColumnProfile, cell: str) -> None:
    if not cell or cell.isspace():
        column.n_blank += 1
        return
    column.n_filled += 1
    if len(column.samples) < N_SAMPLES and cell not in column.samples:
        column.samples.append(cell)


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
