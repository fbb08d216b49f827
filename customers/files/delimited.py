"""Rows of a delimited text file, with the line each starts on; one broken row spoils no other."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from customers.files.encoding import TextEncoding, open_bytes
from customers.files.limits import DEFAULT_LIMITS, Limits
from customers.files.refusals import FileRefused, Refusal
from customers.files.rows import Row, rows_from
from customers.files.skimming import LAST_ROW, Skimmed, skim

FIRST_BLOCK_CHARS = 32 * 1024  # often only the head of a file is asked for
BLOCK_CHARS = 512 * 1024
PLAIN_CHARS = 100_000  # of a last line; a block with a longer one is read line by line
SURROGATE = re.compile("[\ud800-\udfff]")


def open_text(path: Path, encoding: TextEncoding, limits: Limits = DEFAULT_LIMITS) -> TextIO:
    """The file as text with its line ends untouched; they may stand inside quoted text."""
    file = open_bytes(path, limits)
    file.read(encoding.bom_bytes)
    return io.TextIOWrapper(file, encoding.name, encoding.errors, newline="")


class _RowTooLong(Exception):
    """One row has swallowed more lines than a row can have."""


class _Lines:
    """Hands out lines to the csv reader and remembers those of the row being read.

    So that a quotation mark that is never closed costs its own row only: the lines it swallowed
    are given back.
    """

    def __init__(self, file: TextIO, encoding: TextEncoding, delimiter: str, limits: Limits):
        self._file, self._encoding = file, encoding
        self.delimiter, self._limits = delimiter, limits
        self._waiting: deque[str] = deque()
        self._block = ""
        self.of_row: list[str] = []
        self.n_taken = 0  # lines of finished rows
        self.has_ended = False

    def fetch(self) -> bool:
        """Read the next lines, whole ones; False at the end of the file."""
        self._block = self._file.read(BLOCK_CHARS if self.n_taken else FIRST_BLOCK_CHARS)
        if self._block and not self._block.endswith("\n"):
            self._block += self._file.readline(self._limits.max_line_chars + 1)
        return bool(self._block)

    def skimmed(self, n_columns: int, indexes: Sequence[int]) -> Skimmed | None:
        """Some columns of the rows fetched; None where they have to be read as rows."""
        if self._is_unusual(self._block):
            return None
        found = skim(self._block, self.delimiter, n_columns=n_columns, indexes=indexes)
        if found is not None:
            self.n_taken += len(found)
            self._block = ""
        return found

    def plain_rows(self) -> list[list[str]] | None:
        """The rows fetched, where each of their lines is one, as they nearly always are.

        If not, the lines wait to be taken one by one.
        """
        rows = self._read_plainly(self._block)
        if rows is None:
            self._waiting.extend(io.StringIO(self._block, newline=""))
        else:
            self.n_taken += len(rows)
        self._block = ""
        return rows

    def _read_plainly(self, text: str) -> list[list[str]] | None:
        if self._is_unusual(text):
            return None
        end = "" if text.endswith(("\n", "\r")) else "\n"
        reader = csv.reader(
            io.StringIO(text + end + LAST_ROW, newline=""), delimiter=self.delimiter
        )
        try:
            rows = list(reader)
        except csv.Error:
            return None
        # Or a quoted text spans several lines, or is never closed.
        is_plain = reader.line_num == len(rows) and rows[-1] == [LAST_ROW]
        return rows[:-1] if is_plain else None

    def _is_unusual(self, text: str) -> bool:
        is_long = len(text) > BLOCK_CHARS + PLAIN_CHARS
        return is_long or bad_characters(text, self._encoding) is not None

    @property
    def are_waiting(self) -> bool:
        return bool(self._waiting)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = (
            self._waiting.popleft()
            if self._waiting
            else self._file.readline(self._limits.max_line_chars + 1)
        )
        if not line:
            self.has_ended = True
            raise StopIteration
        if len(line) > self._limits.max_line_chars:
            self._refuse_line(line)
        self.of_row.append(line)
        if len(self.of_row) > self._limits.max_row_lines:
            raise _RowTooLong
        return line

    def _refuse_line(self, line: str) -> None:
        n_columns = line.count(self.delimiter) + 1
        if n_columns > self._limits.max_columns:
            raise FileRefused(
                "file_too_many_columns", n_columns=n_columns, limit=self._limits.max_columns
            )
        raise FileRefused(
            "file_line_too_long",
            line=self.n_taken + len(self.of_row) + 1,
            limit=self._limits.max_line_chars,
        )

    def finish_row(self) -> None:
        self.n_taken += len(self.of_row)
        self.of_row.clear()

    def give_back(self) -> str:
        """The first line of the row; the lines it swallowed will be handed out again."""
        first, *swallowed = self.of_row
        self._waiting.extendleft(reversed(swallowed))
        self.of_row = [first]
        self.has_ended = False
        return first


def read_delimited(
    path: Path, encoding: TextEncoding, delimiter: str, limits: Limits = DEFAULT_LIMITS
) -> Iterator[list[Row]]:
    """Every row that is not an empty line, with its 1-based line and, if broken, its problem.

    Block by block, because a hundred thousand rows handed on one by one take their time.
    """
    broken_lines: list[int] = []
    with open_text(path, encoding, limits) as file:
        lines = _Lines(file, encoding, delimiter, limits)
        while lines.fetch():
            yield _rows(lines, encoding, broken_lines, limits)


def skim_delimited(
    path: Path,
    encoding: TextEncoding,
    delimiter: str,
    *,
    n_columns: int,
    header_line: int,
    indexes: Sequence[int],
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[list[Row] | Skimmed]:
    """The same blocks, of those below the header only these columns where that is possible."""
    broken_lines: list[int] = []
    with open_text(path, encoding, limits) as file:
        lines = _Lines(file, encoding, delimiter, limits)
        while lines.fetch():
            is_below = lines.n_taken >= header_line
            found = lines.skimmed(n_columns, indexes) if is_below else None
            yield _rows(lines, encoding, broken_lines, limits) if found is None else found


def _rows(
    lines: _Lines, encoding: TextEncoding, broken_lines: list[int], limits: Limits
) -> list[Row]:
    """What was fetched, as rows."""
    start = lines.n_taken + 1
    if (plain := lines.plain_rows()) is not None:
        return rows_from(start, plain)
    return list(_one_by_one(lines, encoding, broken_lines, limits))


def _one_by_one(
    lines: _Lines, encoding: TextEncoding, broken_lines: list[int], limits: Limits
) -> Iterator[Row]:
    """The rows of the waiting lines; the last one may reach beyond them."""
    reader = csv.reader(lines, delimiter=lines.delimiter)
    while lines.are_waiting:
        line, problem = lines.n_taken + 1, None
        try:
            cells = next(reader)
            if lines.has_ended:  # the file ended where a quotation mark was still open
                problem = Refusal("row_unclosed_quote")
        except (csv.Error, _RowTooLong):
            problem = _why_broken(lines)
        if problem:
            broken_lines.append(line)
            if len(broken_lines) > limits.max_unclosed_quotes:
                raise FileRefused(
                    "file_quotes_broken", limit=len(broken_lines) - 1, line=broken_lines[0]
                )
            cells = lines.give_back().rstrip("\r\n").split(lines.delimiter)
            reader = csv.reader(lines, delimiter=lines.delimiter)
        problem = problem or next(
            (bad for text in lines.of_row if (bad := bad_characters(text, encoding))), None
        )
        lines.finish_row()
        if cells:
            yield Row(line, cells, problem)


def _why_broken(lines: _Lines) -> Refusal:
    if len(lines.of_row) == 1:
        return Refusal("row_cell_too_long", {"limit": csv.field_size_limit()})
    return Refusal("row_unclosed_quote")


def bad_characters(text: str, encoding: TextEncoding) -> Refusal | None:
    """What no text may hold, if it is there."""
    if "\0" in text:
        return Refusal("row_nul")
    if encoding.is_damaged and SURROGATE.search(text):
        return Refusal("row_bad_bytes")
    return None
