"""Rows of an Excel workbook as the text a person sees in it.

A workbook is a ZIP of XML, so it is looked at before it is opened: the library that opens it
fastest holds a sheet as a full rectangle and would abort the process on a cell at XFD1048576.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from customers.files.limits import DEFAULT_LIMITS, MB, Limits
from customers.files.refusals import FileRefused
from customers.files.rows import Row

FILLED_CELL = re.compile(
    rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Z]{1,3})(\d{1,7})["'](?:[^>]*[^/>])?>"""
)
LOCAL_HEADER_BYTES = 30
BLOCK_ROWS = 5_000
OVERLAP_BYTES = 256  # longer than one cell's opening tag
MIDNIGHT = dt.time()


def check_workbook(path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
    """Refuse macros, archives that are no workbook, and bombs, before anything is opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise FileRefused("file_workbook_damaged") from error
    names = {part.filename.lower() for part in parts}
    if any(name.endswith("vbaproject.bin") for name in names):
        raise FileRefused("file_macros")
    if "xl/workbook.xml" not in names:
        raise FileRefused("file_zip")
    if sum(part.file_size for part in parts) > limits.max_workbook_bytes:
        raise FileRefused("file_workbook_too_big", limit_mb=limits.max_workbook_bytes // MB)
    left = limits.max_workbook_bytes
    with path.open("rb") as file:
        for part in parts:
            left -= _check_part(file, part, left, limits)


def _check_part(file, part: zipfile.ZipInfo, left: int, limits: Limits) -> int:
    """Unpack one part to nowhere: its true size, whatever the directory claims."""
    columns: set[bytes] = set()
    size, n_rows, tail = 0, 0, b""
    is_sheet = "worksheets/" in part.filename.lower()
    for chunk in _unpacked(file, part):
        size += len(chunk)
        if size > left:
            raise FileRefused("file_workbook_too_big", limit_mb=limits.max_workbook_bytes // MB)
        if is_sheet:
            found = FILLED_CELL.findall(tail + chunk)
            columns.update(column for column, _row in found)
            n_rows = max(n_rows, *(int(row) for row in {row for _column, row in found}), 0)
            tail = chunk[-OVERLAP_BYTES:]
    n_columns = max((_column_number(column) for column in columns), default=0)
    if n_columns > limits.max_columns:
        raise FileRefused("file_too_many_columns", n_columns=n_columns, limit=limits.max_columns)
    if n_columns * n_rows > limits.max_workbook_cells:
        raise FileRefused("file_workbook_too_big", limit_mb=limits.max_workbook_bytes // MB)
    return size


def _unpacked(file, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content by what the bytes are, not by the size the directory claims."""
    file.seek(part.header_offset)
    header = file.read(LOCAL_HEADER_BYTES)
    file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = part.compress_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0 and (packed := file.read(min(left, MB))):
        left -= len(packed)
        if part.compress_type == zipfile.ZIP_STORED:
            yield packed
            continue
        try:
            while packed:
                yield inflate.decompress(packed, MB)
                packed = inflate.unconsumed_tail
        except zlib.error as error:
            raise FileRefused("file_workbook_damaged") from error


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def sheet_names(path: Path) -> list[str]:
    """The visible sheets of a workbook that `check_workbook` has let through."""
    with _open(path) as book:
        return [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]


def choose_sheet(path: Path, wanted: str | None) -> tuple[str, list[str]]:
    """(the sheet named, or else the first that is not empty; all visible sheets)."""
    names = sheet_names(path)
    if wanted is not None:
        if wanted not in names:
            raise FileRefused("file_sheet_unknown", sheet=wanted, sheets=", ".join(names))
        return wanted, names
    with _open(path) as book:
        for name in names:
            if _sheet(book, name).height:
                return name, names
    raise FileRefused("file_empty")


def read_workbook(path: Path, sheet: str) -> Iterator[list[Row]]:
    """Every row of the sheet that has a value, with the row number Excel shows beside it."""
    with _open(path) as book:
        data = _sheet(book, sheet)
        if data.start is None:
            return
        lines = enumerate(data.iter_rows(), start=1)
        while some := list(islice(lines, BLOCK_ROWS)):
            yield [Row(line, [cell_text(value) for value in values]) for line, values in some]


def cell_text(value: object) -> str:
    """A value as a person reads it: ISO days, whole numbers without «.0», 15 digits as Excel."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == MIDNIGHT else str(value)
    return str(value)


def _open(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(path)
    except (CalamineError, OSError) as error:
        raise FileRefused("file_workbook_damaged") from error


def _sheet(book: CalamineWorkbook, name: str) -> CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except CalamineError as error:
        raise FileRefused("file_workbook_damaged") from error
