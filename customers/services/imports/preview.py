"""The first rows of an upload with our reading beneath, and what is wrong, in place."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from customers.files.cells import currency_exponent
from customers.files.fields import Field as FileField
from customers.files.fields import Kind
from customers.files.mapping import Mapping, Options, read_mapping, read_options
from customers.files.profile import ColumnProfile, Profile, profile_table
from customers.files.refusals import CellRefused, FileRefused, MappingRefused, Refusal
from customers.files.table import Table
from customers.models import Customer, ImportFile
from customers.services.imports.columns import Column, Columns
from customers.services.imports.opening import open_stored
from customers.services.imports.refusing import ImportRefused, in_words
from customers.services.imports.shapes import shape_in_clinic
from customers.services.imports.uploads import stored_file
from tenancy.models import Clinic

GENDERS = dict(Customer._meta.get_field("gender").flatchoices)
N_SHOWN = 6
N_TRIED = 500


@dataclass(frozen=True)
class Cell:
    """text: as written. reading: what we take it for. problem: why we cannot take it."""

    text: str
    reading: str = ""
    problem: str = ""


@dataclass
class PreviewColumn:
    """n_wrong: unreadable cells among the rows tried. day_first, is_mixed: see ColumnProfile."""

    header: str
    field: FileField | None
    cells: list[Cell] = dataclasses.field(default_factory=list)
    n_wrong: int = 0
    first_wrong: str = ""
    day_first: bool | None = None
    is_mixed: bool = False


@dataclass(frozen=True)
class Preview:
    """missing: why the file cannot be imported with this mapping yet; empty when it can."""

    table: Table
    columns: list[PreviewColumn]
    lines: list[int]
    n_tried: int
    warnings: list[str]
    missing: list[str]

    @property
    def is_complete(self) -> bool:
        return not self.missing

    @property
    def rows(self) -> list[tuple[Cell, ...]]:
        return list(zip(*(column.cells for column in self.columns), strict=True))

    @property
    def n_wrong(self) -> int:
        return sum(column.n_wrong for column in self.columns)


def preview_of(import_file: ImportFile, *, clinic: Clinic, at: datetime) -> Preview:
    """Read the first rows by the mapping as it stands. Raises ImportRefused for the whole file."""
    options, table = _open(import_file)
    shape = shape_in_clinic(import_file.kind)
    missing = _missing(import_file, table, shape)
    said = {
        header: name
        for header, name in import_file.mapping.get("columns", {}).items()
        if header in table.headers and shape.field(name or "")
    }
    mapping = Mapping(import_file.kind, said, options, shape)
    profile = profile_table(table, mapping)
    readers = Columns(table, mapping, profile, clinic=clinic, at=at)
    columns, lines, n_tried = _read_rows(table, mapping, profile, readers, clinic)
    warnings = [in_words(w.code, w.params) for w in table.warnings]
    return Preview(table, columns, lines, n_tried, warnings, missing)


def headers_of(import_file: ImportFile) -> tuple[str, ...]:
    """The column names in the file's own order. Raises ImportRefused."""
    return _open(import_file)[1].headers


def _open(import_file: ImportFile) -> tuple[Options, Table]:
    try:
        options = read_options(import_file.mapping.get("options", {}))
        return options, open_stored(stored_file(import_file), import_file.original_name, options)
    except (FileRefused, MappingRefused) as error:
        raise ImportRefused.of_file(error) from error


def _missing(import_file: ImportFile, table: Table, shape: Kind) -> list[str]:
    try:
        read_mapping(import_file.mapping, table.headers, shape)
    except MappingRefused as error:
        return [_in_labels(problem, shape) for problem in error.problems]
    return []


def _in_labels(problem: Refusal, shape: Kind) -> str:
    """The reason with fields called what the selects call them."""
    params = dict(problem.params)
    if names := params.get("fields" if problem.code == "mapping_required" else "field"):
        found = [shape.field(name) for name in names.split(" / ")]
        labels = " / ".join(str(one.label) for one in found if one)
        params |= {"fields": labels} if "fields" in params else {"field": labels}
    return in_words(problem.code, params)


def _read_rows(
    table: Table, mapping: Mapping, profile: Profile, readers: Columns, clinic: Clinic
) -> tuple[list[PreviewColumn], list[int], int]:
    by_index = {column.index: column for column in readers.mapped}
    columns = [_column(header, mapping, profile.columns[header]) for header in table.headers]
    lines: list[int] = []
    n_tried = 0
    for row in islice((row for row in table if row.problem is None), N_TRIED):
        n_tried += 1
        is_shown = len(lines) < N_SHOWN
        if is_shown:
            lines.append(row.line)
        for index, (column, text) in enumerate(zip(columns, row.cells, strict=True)):
            cell = _cell(text, by_index.get(index), clinic)
            if is_shown:
                column.cells.append(cell)
            if cell.problem:
                column.n_wrong += 1
                column.first_wrong = column.first_wrong or cell.problem
    return columns, lines, n_tried


def _column(header: str, mapping: Mapping, profile: ColumnProfile) -> PreviewColumn:
    found = mapping.shape.field(mapping.columns.get(header, ""))
    return PreviewColumn(header, found, day_first=profile.day_first, is_mixed=profile.is_mixed)


def _cell(text: str, column: Column | None, clinic: Clinic) -> Cell:
    if column is None or not text:
        return Cell(text)
    try:
        value = column.value(text)
    except CellRefused as refused:
        return Cell(text, problem=in_words(refused.code, refused.params))
    return Cell(text, "" if value is None else _shown(value, column.field.type, clinic))


def _shown(value: Any, type_: str, clinic: Clinic) -> str:
    """What we took the cell for, in a form that cannot be read in two ways."""
    if type_ == "phone":
        return ", ".join(phone.e164 for phone in value)
    if type_ == "tags":
        return " · ".join(value)
    if type_ == "boolean":
        return _("yes") if value else _("no")
    if type_ == "gender":
        return str(GENDERS[value])
    if type_ == "amount":
        return f"{clinic.currency} {Decimal(value).scaleb(-currency_exponent(clinic.currency))}"
    if isinstance(value, datetime):
        return value.astimezone(clinic.zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
