"""The refused rows as a file to correct and send again: the row, then line, field and reasons."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import IO

from django.utils.translation import gettext as _

from customers.files.fields import Kind
from customers.models import ImportFile, ImportProblem
from customers.services.imports.refusing import in_words
from customers.services.imports.shapes import shape_in_clinic

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it Excel takes UTF-8 for something else
PLAIN_NUMBER = re.compile(r"[+-]?[\d.,()\s-]+$")
READ_AT_ONCE = 2_000


def write_error_file(import_file: ImportFile, file: IO[str]) -> int:
    """Write CSV in UTF-8 to an open text file (newline=""); the number of rows.

    Sorted by line. A cell that a spreadsheet would run as a formula begins with an apostrophe.
    """
    file.write(BOM)
    writer = csv.writer(file)
    headers = import_file.report.get("headers", [])
    writer.writerow([*map(safe_cell, headers), _("Line"), _("Column"), _("What to do")])
    labels = {name: header for header, name in import_file.mapping.get("columns", {}).items()}
    shape, n_rows = shape_in_clinic(import_file.kind), 0
    for line, cells, problems in _by_line(import_file):
        padded = [*cells, *[""] * (len(headers) - len(cells))]
        columns = "; ".join(dict.fromkeys(label_of(p, shape, labels) for p in problems))
        reasons = " ".join(dict.fromkeys(reason_of(problem) for problem in problems))
        writer.writerow([*map(safe_cell, [*padded[: len(headers)], line, columns, reasons])])
        n_rows += 1
    return n_rows


def reason_of(problem: ImportProblem) -> str:
    """In the language of whoever reads it now."""
    return in_words(problem.code, problem.params, problem.message)


def label_of(problem: ImportProblem, shape: Kind, headers: dict[str, str]) -> str:
    """The column's own name in the file, else our name of the field."""
    if problem.field in headers:
        return headers[problem.field]
    field = shape.field(problem.field)
    return str(field.label) if field else problem.field


def problem_lines(
    import_file: ImportFile, problems: Iterable[ImportProblem]
) -> list[tuple[int, str, str]]:
    """(line, column, what to do) as the reader sees them."""
    headers = {name: header for header, name in import_file.mapping.get("columns", {}).items()}
    shape = shape_in_clinic(import_file.kind)
    return [(p.line, label_of(p, shape, headers), reason_of(p)) for p in problems]


def safe_cell(value: object) -> str:
    """OWASP's advice against formula injection; numbers and phones stay as they are."""
    text = str(value)
    is_risky = text[:1] in ("=", "+", "-", "@", "\t", "\r") and not PLAIN_NUMBER.match(text)
    return f"'{text}" if is_risky else text


def _by_line(import_file: ImportFile) -> Iterator[tuple[int, list[str], list[ImportProblem]]]:
    rows: Iterable[ImportProblem] = (
        ImportProblem.objects.filter(import_file=import_file)
        .order_by("line", "pk")
        .iterator(chunk_size=READ_AT_ONCE)
    )
    for line, group in groupby(rows, key=lambda problem: problem.line):
        problems = list(group)
        yield line, next((p.row for p in problems if p.row), []), problems
