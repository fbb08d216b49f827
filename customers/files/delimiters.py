"""Which sign separates the columns of a text file."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path

from customers.files.delimited import open_text
from customers.files.encoding import TextEncoding
from customers.files.limits import DEFAULT_LIMITS, Limits
from customers.files.refusals import FileRefused

DELIMITERS = ",;\t|"
OTHER_SEPARATORS = "，；、^~:#\x01"
SAMPLE_CHARS = 64 * 1024
SAMPLE_ROWS = 200
SEP_LINE = re.compile(r"sep=(.)\r?\n?$", re.I)


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
