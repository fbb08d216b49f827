"""Rows of a delimited text file, with the line each starts on; one broken row spoils no other."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from customers.files.encoding import TextEncoding, open_bytes
from customers.files.limits import DEFAULT_LIMITS, Limits
from customers.files.refusals import FileRefused, Refusal
from customers.files.rows import Row, rows_from

DELIMITERS = ",;\t|"
OTHER_SEPARATORS = "，；、^~:#\x01"
SAMPLE_CHARS = 64 * 1024
SAMPLE_ROWS = 200
BLOCK_CHARS = 512 * 1024
PLAIN_CHARS = 100_000  # of a last line; a block with a longer one is read line by line
LAST_ROW = "."
SURROGATE = re.compile("[\ud800-\udfff]")
SEP_LINE = re.compile(r"sep=(.)\r?\n?$", re.I)


def open_text(path: Path, encoding: TextEncoding, limits: Limits = DEFAULT_LIMITS) -> TextIO:
    """The file as text with its line ends untouched; they may stand inside quoted text."""
    file = open_bytes(path, limits)
    file.read(encoding.bom_bytes)
    return io.TextIOWrapper(file, encoding.name, encoding.errors, newline="")


def detect_delimiter(path: Path, encoding: TextEncoding, limits: Limits = DEFAULT_LIMITS) -> str:
    """The one of , ; tab | that gives most rows the same number of columns.

    A table of one column answers with a comma. Raises FileRefused when another sign separates.
    """
    with open_text(path, encoding, limits) as file:
        sample = file.read(SAMPLE_CHARS)
    first = sample.splitlines()[0] if sample else ""
    if said := SEP_LINE.match(first):
        return said.group(1)
    if len(sample) == SAMPLE_CHARS and (cut := max(sample.rfind("\n"), sample.rfind("\r"))) > 0:
        sample = sample[:cut]
    scores = [(_consistency(sample, d), -DELIMITERS.index(d), d) for d in DELIMITERS]
    (share, _n_columns), _order, best = max(scores)
    if share == 0:
        _refuse_other_separator(sample)
        return ","
    return best


def _consistency(sample: str, delimiter: str) -> tuple[float, int]:
    """(share of rows with the commonest number of columns, that number); (0, 1) for one column."""
    widths: Counter[int] = Counter()
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if row:
                widths[len(row)] += 1
            if widths.total() >= SAMPLE_ROWS:
                break
    except csv.Error:
        pass  # what was counted so far still tells
    if not widths:
        return 0.0, 1
    width, n_rows = max(widths.items(), key=lambda item: (item[1] if item[0] > 1 else 0, item[0]))
    return (n_rows / widths.total(), width) if width > 1 else (0.0, 1)


def _refuse_other_separator(sample: str) -> None:
    lines = [line for line in sample.splitlines() if line.strip()][:SAMPLE_ROWS]
    for sign in OTHER_SEPARATORS:
        if len(lines) > 1 and lines[0].count(sign) and len({x.count(sign) for x in lines}) == 1:
            raise FileRefused("file_delimiter_unknown", delimiter=sign)


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
        self._block = self._file.read(BLOCK_CHARS)
        if self._block and not self._block.endswith("\n"):
            self._block += self._file.readline(self._limits.max_line_chars + 1)
        return bool(self._block)

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
        if len(text) > BLOCK_CHARS + PLAIN_CHARS or bad_characters(text, self._encoding):
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
            start = lines.n_taken + 1
            if (plain := lines.plain_rows()) is not None:
                yield rows_from(start, plain)
            else:
                yield list(_one_by_one(lines, encoding, broken_lines, limits))


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
