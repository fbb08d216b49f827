"""The one door for every kind of file: a table has column names and rows of text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from customers.files.delimited import read_delimited, skim_delimited
from customers.files.delimiters import detect_delimiter
from customers.files.encoding import ZIP_MAGIC, check_encoding, detect_encoding
from customers.files.limits import DEFAULT_LIMITS, Limits
from customers.files.refusals import FileRefused, Refusal
from customers.files.rows import Row, are_plain, guess_header, is_blank
from customers.files.skimming import Skimmed
from customers.files.workbook import check_workbook, choose_sheet, read_workbook

FIRST_ROWS = 50
INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\ufeff\s]+")


@dataclass(frozen=True)
class Table:
    """What a file holds. Iterate it for the rows beneath the column names; every time anew.

    name: the file name as its owner knows it. kind: «csv» or «xlsx».
    Rows are padded or cut to the number of headers unless they carry a problem.
    """

    name: str
    kind: str
    headers: tuple[str, ...]
    header_line: int
    warnings: tuple[Refusal, ...]
    source: Callable[[], Iterable[list[Row]]]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    skimmed: Callable[[Sequence[int]], Iterable[list[Row] | Skimmed]] | None = None

    def __iter__(self) -> Iterator[Row]:
        return chain.from_iterable(self.blocks())

    def blocks(self) -> Iterator[list[Row]]:
        """The same rows, some thousands at a time."""
        return map(self._rows_in, self.source())

    def skim(self, indexes: Sequence[int]) -> Iterator[list[Row] | Skimmed]:
        """Of the same blocks only these columns, wherever the rows need not be made for it.

        indexes: the first of them is blank in no row that is skimmed.
        """
        for block in self.skimmed(indexes) if self.skimmed else self.source():
            yield block if isinstance(block, Skimmed) else self._rows_in(block)

    def _rows_in(self, block: list[Row]) -> list[Row]:
        """Those beneath the column names that are not blank, as wide as the names are."""
        n_columns, is_workbook = len(self.headers), self.kind == "xlsx"
        if block and block[0].line > self.header_line and are_plain(block, n_columns):
            return block
        return [
            row
            if len(row.cells) == n_columns or row.problem
            else _fit(row, n_columns, is_workbook=is_workbook)
            for row in block
            if row.line > self.header_line and not is_blank(row.cells)
        ]


def open_table(
    path: Path | str,
    *,
    name: str,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header_line: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """Look at a file and find out how to read it; what is given is not guessed.

    Raises FileRefused, always with a reason that says what to do.
    """
    path = Path(path)
    if path.stat().st_size == 0:
        raise FileRefused("file_empty")
    with path.open("rb") as file:
        is_zip = file.read(4) == ZIP_MAGIC
    if is_zip:
        return _open_workbook(path, name, sheet, header_line, limits)
    found = check_encoding(path, encoding, limits) if encoding else detect_encoding(path, limits)
    delimiter = delimiter or detect_delimiter(path, found, limits)
    headers, line, warnings = _find_headers(
        lambda: read_delimited(path, found, delimiter, limits), header_line, limits
    )
    if found.is_damaged:
        warnings.append(Refusal("warning_damaged"))
    return Table(
        name=name,
        kind="csv",
        headers=headers,
        header_line=line,
        warnings=tuple(warnings),
        source=lambda: read_delimited(path, found, delimiter, limits),
        encoding=found.name,
        delimiter=delimiter,
        skimmed=lambda indexes: skim_delimited(
            path,
            found,
            delimiter,
            n_columns=len(headers),
            header_line=line,
            indexes=indexes,
            limits=limits,
        ),
    )


def _open_workbook(
    path: Path, name: str, sheet: str | None, header_line: int | None, limits: Limits
) -> Table:
    check_workbook(path, limits)
    sheet, sheets = choose_sheet(path, sheet)
    headers, line, warnings = _find_headers(lambda: read_workbook(path, sheet), header_line, limits)
    if others := [other for other in sheets if other != sheet]:
        params = {"sheet": sheet, "sheets": ", ".join(others)}
        warnings.append(Refusal("warning_other_sheets", params))
    return Table(
        name=name,
        kind="xlsx",
        headers=headers,
        header_line=line,
        warnings=tuple(warnings),
        source=lambda: read_workbook(path, sheet),
        sheet=sheet,
    )


def _find_headers(
    source: Callable[[], Iterable[list[Row]]], header_line: int | None, limits: Limits
) -> tuple[tuple[str, ...], int, list[Refusal]]:
    rows = (row for row in chain.from_iterable(source()) if not is_blank(row.cells))
    if header_line:
        rows = (row for row in rows if row.line >= header_line)
    first = list(islice(rows, FIRST_ROWS))
    if not first:
        if header_line:
            raise FileRefused("file_no_such_line", line=header_line)
        raise FileRefused("file_empty")
    index = 0 if header_line else guess_header(first)
    header, beneath = first[index], first[index + 1 :]
    if not beneath:
        raise FileRefused("file_header_only", line=header.line)
    if len(header.cells) > limits.max_columns:
        raise FileRefused(
            "file_too_many_columns", n_columns=len(header.cells), limit=limits.max_columns
        )
    headers, warnings = _name_columns(header.cells, beneath)
    if index:
        warnings.append(Refusal("warning_lines_above", {"n_lines": header.line - 1}))
    return headers, header.line, warnings


def _name_columns(cells: list[str], beneath: list[Row]) -> tuple[tuple[str, ...], list[Refusal]]:
    """One name a column, each once: a column without a name is «#3», a second «Note» «Note (2)»."""
    names = [INVISIBLE.sub(" ", cell).strip() for cell in cells]
    while names and not names[-1] and not any(_filled(row, len(names) - 1) for row in beneath):
        names.pop()
    headers: list[str] = []
    warnings = []
    for position, name in enumerate(names, start=1):
        unique, n = name or f"#{position}", 1
        while unique in headers:
            n += 1
            unique = f"{name} ({n})"
        if n > 1:
            params = {"header": name, "renamed": unique}
            warnings.append(Refusal("warning_duplicate_header", params))
        headers.append(unique)
    return tuple(headers), warnings


def _filled(row: Row, index: int) -> bool:
    return index < len(row.cells) and bool(row.cells[index].strip())


def _fit(row: Row, n_columns: int, *, is_workbook: bool) -> Row:
    """A row of another length than the headers: harmless, or its values have shifted."""
    n_cells = len(row.cells)
    if n_cells > n_columns:
        if is_blank(row.cells[n_columns:]):
            return row._replace(cells=row.cells[:n_columns])
        code = "row_too_many_cells"
    else:
        if is_workbook:
            return row._replace(cells=row.cells + [""] * (n_columns - n_cells))
        code = "row_too_few_cells"
    return row._replace(problem=Refusal(code, {"n_cells": n_cells, "n_columns": n_columns}))
