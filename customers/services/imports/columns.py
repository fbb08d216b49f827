"""Reading rows by their mapping: one reader a column, each answer remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from customers.files import cells
from customers.files.cells import Read
from customers.files.fields import Field
from customers.files.mapping import Mapping
from customers.files.profile import ColumnProfile, Profile
from customers.files.refusals import CellRefused
from customers.files.rows import Row
from customers.files.table import Table
from customers.services.imports.refusing import Problem
from tenancy.clock import local_day
from tenancy.models import Clinic

CLOCK_TOLERANCE = timedelta(days=1)  # a till's clock may be wrong
MAX_REMEMBERED = 10_000  # cells a column; names, codes and prices repeat, times hardly
NORMALISED = {
    "date": "dates", "instant": "dates", "moment": "dates", "day": "dates",
    "amount": "amounts", "price": "amounts", "phone": "phones",
}  # fmt: skip


class Column:
    """The cells of one column → values."""

    def __init__(self, index: int, header: str, field: Field, read: Callable[[str], Read]) -> None:
        self.index, self.header, self.field = index, header, field
        self.name = field.name
        self.counts_as = NORMALISED.get(field.type, "")  # a trimmed name is not worth a word
        self._read = read
        self._known: dict[str, Any] = {"": None}
        self._normalised: set[str] = set()
        self._refused: dict[str, CellRefused] = {}

    def value(self, text: str) -> Any:
        """None for a blank cell. Raises CellRefused."""
        if text not in self._known:
            self._learn([text])
        if text in self._refused:
            raise self._refused[text]
        return self._known[text]

    def values(self, texts: Sequence[str]) -> tuple[list[Any], int]:
        """(a value a cell, None for those refused; how many are kept otherwise than written).

        The number is 0 where it does not count as anything.
        """
        if len(self._known) > MAX_REMEMBERED:
            self._known = {"": None}
            self._normalised.clear()
            self._refused.clear()
        known, normalised = self._known, self._normalised
        try:
            values = list(map(known.__getitem__, texts))
        except KeyError:
            self._learn(set(texts).difference(known))
            values = list(map(known.__getitem__, texts))
        is_told = normalised and self.counts_as
        return values, sum(map(normalised.__contains__, texts)) if is_told else 0

    def refused(self, texts: Sequence[str]) -> Iterator[tuple[int, CellRefused]]:
        """(position, why) of the cells that cannot be taken, after `values` has read them."""
        if self._refused:
            for position, text in enumerate(texts):
                if text in self._refused:
                    yield position, self._refused[text]

    def _learn(self, texts: Iterable[str]) -> None:
        for text in texts:
            try:
                self._known[text], is_normalised = self._read(text)
            except CellRefused as refused:
                self._known[text], self._refused[text] = None, refused
                continue
            if is_normalised:
                self._normalised.add(text)


@dataclass
class ReadRows:
    """values: field → one value a row. problems: row → everything wrong with it.

    normalised: "dates", "amounts", "phones" → cells kept otherwise than written.
    """

    values: dict[str, list[Any]]
    problems: dict[int, list[Problem]]
    normalised: dict[str, int]


class Columns:
    """The mapped columns of a file."""

    def __init__(
        self, table: Table, mapping: Mapping, profile: Profile, *, clinic: Clinic, at: datetime
    ) -> None:
        readers = _Readers(clinic, at)
        kind = mapping.shape
        self.mapped: list[Column] = []
        for index, header in enumerate(table.headers):
            field = kind.field(mapping.columns.get(header, ""))
            if field is not None:
                read = readers.of(field, profile.columns[header])
                self.mapped.append(Column(index, header, field, read))
        self.names = frozenset(column.name for column in self.mapped)
        self._blank = [""] * len(table.headers)

    def of(self, name: str) -> Column | None:
        return next((column for column in self.mapped if column.name == name), None)

    def read(self, rows: Sequence[Row]) -> ReadRows:
        """Read rows column by column: codes, names and prices repeat and are read once."""
        problems: dict[int, list[Problem]] = {}
        for position, row in enumerate(rows):
            if row.problem is not None:
                why = row.problem
                problems[position] = [Problem("", why.code, why.params)]
        cells = [self._blank if row.problem else row.cells for row in rows]
        by_column = list(zip(*cells, strict=True))
        read = ReadRows({}, problems, {})
        for column in self.mapped:
            texts = by_column[column.index]
            read.values[column.name], n_normalised = column.values(texts)
            if n_normalised and (counts_as := column.counts_as):
                read.normalised[counts_as] = read.normalised.get(counts_as, 0) + n_normalised
            for position, refusal in column.refused(texts):
                problem = Problem(column.name, refusal.code, refusal.params)
                problems.setdefault(position, []).append(problem)
        return read


class _Readers:
    """The reader of every type of field, at home in one clinic."""

    def __init__(self, clinic: Clinic, at: datetime) -> None:
        self.zone, self.currency, self.country = clinic.zone, clinic.currency, clinic.country
        self.today = local_day(self.zone, at)
        self.not_after = at + CLOCK_TOLERANCE

    def of(self, field: Field, profile: ColumnProfile) -> Callable[[str], Read]:
        simple: dict[str, Callable[[str], Read]] = {
            "identifier": cells.read_identifier,
            "name": cells.read_name,
            "text": cells.read_text,
            "email": cells.read_email,
            "gender": cells.read_gender,
            "tags": cells.read_tags,
            "boolean": cells.read_boolean,
            "integer": cells.read_integer,
            "number": cells.read_number,
            "word": partial(cells.read_word, words=field.words),
            "phone": partial(cells.read_phones, region=self.country),
            "currency": self._currency,
        }
        if field.type in simple:
            return simple[field.type]
        if field.type in {"instant", "moment"}:  # a fact lies behind us, a booking need not
            return partial(
                cells.read_instant,
                tz=self.zone,
                day_first=profile.day_first,
                not_after=self.not_after if field.type == "instant" else None,
            )
        if field.type == "day":
            return partial(cells.read_date, day_first=profile.day_first, tz=self.zone)
        if field.type == "date":
            return partial(
                cells.read_birth_on, on=self.today, day_first=profile.day_first, tz=self.zone
            )
        read = cells.read_price if field.type == "price" else cells.read_amount
        return partial(read, currency=self.currency, decimal_comma=profile.decimal_comma)

    def _currency(self, text: str) -> Read[str]:
        found = cells.read_currency(text)
        if found.value not in (None, self.currency):
            raise CellRefused("amount_currency", value=text, currency=self.currency)
        return found


def texts_of(row: Row) -> Sequence[str]:
    """The cells as they may be kept: without what no database text can hold."""
    return [_storable(cell) for cell in row.cells]


def _storable(cell: str) -> str:
    if cell.isascii() and "\0" not in cell:
        return cell
    return cell.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
