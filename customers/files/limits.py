"""How much we are willing to read. One object, so that tests and settings can make it smaller."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    max_text_bytes: int = 512 * MB  # of a text file, after unpacking gzip
    max_workbook_bytes: int = 256 * MB  # of all parts of a workbook, unpacked
    max_workbook_cells: int = 20_000_000  # the rectangle is held in memory, 24 bytes a cell
    max_columns: int = 500
    max_line_chars: int = 1_000_000
    max_row_lines: int = 1_000  # one quoted text may span so many lines
    max_unclosed_quotes: int = 1_000


DEFAULT_LIMITS = Limits()
