"""A stored file opened with its mapping: the table, what its columns hold, how to read a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from customers.files.fields import Kind
from customers.files.headers import guess_mapping
from customers.files.mapping import Mapping, Options, read_mapping, read_options
from customers.files.profile import profile_table
from customers.files.table import Table, open_table
from customers.services.imports.columns import Columns
from customers.services.imports.refusing import ImportRefused
from tenancy.models import Clinic


@dataclass(frozen=True)
class Opened:
    """columns: reads the cells of a row by the mapping."""

    table: Table
    mapping: Mapping
    columns: Columns


def open_stored(path: Path, name: str, options: Options) -> Table:
    """Raises FileRefused."""
    return open_table(
        path,
        name=name,
        encoding=options.encoding,
        delimiter=options.delimiter,
        sheet=options.sheet,
        header_line=options.header_line,
    )


def guess(table: Table, shape: Kind, options: Options) -> dict[str, Any]:
    """A mapping by headers, as JSON; it may lack required fields, the mapping page asks for them.

    Every column stands in it, those left out with "".
    """
    guesses = guess_mapping(table.headers, shape)
    return {
        "columns": {guess.header: guess.field or "" for guess in guesses},
        "options": Mapping(shape.name, {}, options).as_json()["options"],
    }


def open_with_mapping(
    path: Path, *, name: str, shape: Kind, mapping: dict[str, Any], clinic: Clinic, at: datetime
) -> Opened:
    """Open a file for reading. at: now, aware; nothing may lie behind it. shape: see `shapes.py`.

    Raises FileRefused, MappingRefused, and ImportRefused for another currency than the clinic's.
    """
    table = open_stored(path, name, read_options(mapping.get("options", {})))
    checked = read_mapping(mapping, table.headers, shape)
    said = checked.options.currency
    if said is not None and said != clinic.currency:
        raise ImportRefused.because("import_currency", own=clinic.currency, said=said)
    profile = profile_table(table, checked)
    return Opened(table, checked, Columns(table, checked, profile, clinic=clinic, at=at))
