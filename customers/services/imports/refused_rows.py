"""Refused rows, kept with every reason so that they can be corrected and sent again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from customers.files.rows import Row
from customers.models import ImportFile, ImportProblem
from customers.services.bulk_rows import insert_rows
from customers.services.imports.columns import texts_of
from customers.services.imports.refusing import Problem, Tally, in_words
from customers.tombstones import ERASED

MAX_MESSAGE = 500


class RefusedRows:
    """The refused rows of one chunk."""

    def __init__(self, import_file: ImportFile, tally: Tally) -> None:
        self._import_file, self._tally = import_file, tally
        self._rows: list[dict[str, Any]] = []

    def add(self, row: Row, problems: Sequence[Problem]) -> None:
        """Refuse a row for all of these problems, one a field."""
        self._tally.refuse([problem.code for problem in problems])
        is_erased = any(problem.code == ERASED for problem in problems)
        cells = [] if is_erased else texts_of(row)  # whom we forgot, a file does not tell us again
        one_a_field: dict[str, Problem] = {}
        for problem in problems:
            one_a_field.setdefault(problem.field, problem)
        for number, problem in enumerate(one_a_field.values()):
            self._rows.append(
                {
                    "import_file_id": self._import_file.pk,
                    "line": row.line,
                    "field": problem.field[:60],
                    "code": problem.code[:60],
                    "params": dict(problem.params),
                    "message": in_words(problem.code, problem.params, problem.message)[
                        :MAX_MESSAGE
                    ],
                    "row": cells if number == 0 else [],
                }
            )

    def write(self) -> None:
        insert_rows(ImportProblem, self._rows)
