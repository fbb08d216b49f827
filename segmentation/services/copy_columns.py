"""Columns between numpy and Postgres by COPY, instead of an object a row."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection

NULL = "\\N"


def read_whole_numbers(
    query: str, parameters: Sequence[Any] | Mapping[str, Any], *, n_columns: int
) -> np.ndarray:
    """The answer of a query whose every column is a whole number and never NULL.

    Returns int64, shape (n_columns, n_rows), so that unpacking gives the columns.
    """
    text = io.BytesIO()
    with connection.cursor() as cursor:
        bound = cursor.mogrify(query, parameters).decode()
        cursor.copy_expert(f"COPY ({bound}) TO STDOUT", text)
    numbers = np.fromstring(text.getvalue().decode("ascii"), dtype=np.int64, sep=" ")
    return np.ascontiguousarray(numbers.reshape(-1, n_columns).T)


def write_columns(table: str, columns: dict[str, Iterable[Any]]) -> None:
    """COPY columns of equal length into a table without row security (a temporary one).

    None is written as NULL; values are numbers, days, or words without tabs and backslashes.
    """
    rows = zip(*columns.values(), strict=True)
    text = "\n".join("\t".join(NULL if v is None else str(v) for v in row) for row in rows)
    if not text:
        return
    with connection.cursor() as cursor:
        names = ", ".join(map(connection.ops.quote_name, columns))
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", io.StringIO(text + "\n"))
