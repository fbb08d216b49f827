"""Reading a row by its mapping: one reader a column, each answer remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from customers.files import cells
from customers.files.cells import Read
from customers.files.fields import KINDS, Field
from customers.files.mapping import Mapping
from customers.files.profile import ColumnProfile, Profile
from customers.files.refusals import CellRefused
from customers.files.rows import Row
from customers.files.table import Table
from customers.services.imports.refusing import Problem
from tenancy.clock import local_day
from tenancy.models import Clinic

CLOCK_TOLERANCE = timedelta(days=1)  # a till's clock may be wrong
MAX_REMEMBERED = 20_000  # cells a column; names, codes and prices repeat, times hardly
NORMALISED = {
    "date": "dates", "instant": "dates", "amount": "amounts", "price": "amounts", "phone": "phones",
    "identifier": "texts", "name": "texts", "text": "texts", "email": "texts", "tags": "texts",
}  # fmt: skip


class Column:
    """The cells of one column → values."""

    def __init__(self, index: int, header: str, field: Field, read: Callable[[str], Read]) -> None:
        self.index, self.header, self.field = index, header, field
        self.name = field.name
        self.counts_as = NORMALISED.get(field.type, "")  # «女» → female is no correction
        self._read = read
        self._known: dict[str, tuple[Any, bool]] = {}

    def value(self, text: str) -> tuple[Any, bool]:
        """(value or None, whether it is kept otherwise than written). Raises CellRefused."""
        if (known := self._known.get(text)) is not None:
            return known
        found = self._read(text)
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        answer = self._known[text] = (found.value, found.is_normalised)
        return answer


class Columns:
    """The mapped columns of a file."""

    def __init__(
        self, table: Table, mapping: Mapping, profile: Profile, *, clinic: Clinic, at: datetime
    ) -> None:
        readers = _Readers(clinic, at)
        kind = KINDS[mapping.kind]
        self.mapped: list[Column] = []
        for index, header in enumerate(table.headers):
            field = kind.field(mapping.columns.get(header, ""))
            if field is not None:
                read = readers.of(field, profile.columns[header])
                self.mapped.append(Column(index, header, field, read))
        self.normalised: dict[str, int] = {}
        self.headers = {column.name: column.header for column in self.mapped}

    def of(self, name: str) -> Column | None:
        return next((column for column in self.mapped if column.name == name), None)

    def read(self, row: Row) -> tuple[dict[str, Any], list[Problem]]:
        """(field → value without the blank ones, everything that is wrong with the row)."""
        if row.problem is not None:
            return {}, [Problem("", row.problem.code, row.problem.params)]
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        texts = row.cells
        for column in self.mapped:
            text = texts[column.index]
            if not text:
                continue
            try:
                value, is_normalised = column.value(text)
            except CellRefused as refused:
                problems.append(Problem(column.name, refused.code, refused.params))
                continue
            if value is not None:
                values[column.name] = value
            if is_normalised and (counts_as := column.counts_as):
                self.normalised[counts_as] = self.normalised.get(counts_as, 0) + 1
        return values, problems

    def take_normalised(self) -> dict[str, int]:
        """What was counted since the last time."""
        counts, self.normalised = self.normalised, {}
        return counts


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
            "phone": partial(cells.read_phones, region=self.country),
            "currency": self._currency,
        }
        if field.type in simple:
            return simple[field.type]
        if field.type == "instant":
            return partial(
                cells.read_instant,
                tz=self.zone,
                day_first=profile.day_first,
                not_after=self.not_after,
            )
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
