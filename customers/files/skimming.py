"""Some columns of a block of delimited text, without making its rows.

A first look through a large file asks for two or three columns; to make every cell of every row
takes three times as long. Where a block is not as plain as nearly all of them are, the answer is
None, and its rows have to be read.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LAST_ROW = "."


@dataclass(frozen=True, slots=True)
class Skimmed:
    """texts: index of a column → its cell of every row. n_chars: of every row, about."""

    texts: Mapping[int, Sequence[str]]
    n_chars: Sequence[int]

    def __len__(self) -> int:
        return len(self.n_chars)


def skim(text: str, delimiter: str, *, n_columns: int, indexes: Sequence[int]) -> Skimmed | None:
    """Whole lines, each of them one row of that many cells, none blank in the first of `indexes`.

    text: without characters that no text may hold.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    lines = text.removesuffix("\n").split("\n")
    n_chars = list(map(len, lines))
    if "\r" in text or max(n_chars) > csv.field_size_limit():
        return None
    quoted = _rows_with_quotes(lines, delimiter) if '"' in text else {}
    if quoted is None or any(len(cells) != n_columns for cells in quoted.values()):
        return None
    for position in quoted:
        lines[position] = delimiter * (n_columns - 1)
    if {line.count(delimiter) for line in lines} != {n_columns - 1}:
        return None
    texts = {index: _column(lines, delimiter, index, n_columns) for index in indexes}
    for position, cells in quoted.items():
        for index in indexes:
            texts[index][position] = cells[index]
    return Skimmed(texts, n_chars) if all(map(str.strip, texts[indexes[0]])) else None


def _column(lines: Sequence[str], delimiter: str, index: int, n_columns: int) -> list[str]:
    """Cut from the nearer end."""
    if n_columns == 1:
        return list(lines)
    if 2 * index < n_columns:
        return [line.split(delimiter, index + 1)[index] for line in lines]
    back = n_columns - index
    return [line.rsplit(delimiter, back)[-back] for line in lines]


def _rows_with_quotes(lines: Sequence[str], delimiter: str) -> dict[int, list[str]] | None:
    """position → cells, of the lines that hold a quotation mark; None where one of them is not a
    row by itself."""
    positions = [position for position, line in enumerate(lines) if '"' in line]
    reader = csv.reader([*(f"{lines[p]}\n" for p in positions), LAST_ROW], delimiter=delimiter)
    try:
        rows = list(reader)
    except csv.Error:
        return None
    if reader.line_num != len(rows) or rows[-1] != [LAST_ROW]:
        return None
    return dict(zip(positions, rows, strict=False))
