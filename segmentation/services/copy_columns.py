"""Columns between numpy and Postgres by COPY in its binary form, instead of an object a row.

The binary form (PostgreSQL manual, «COPY», File Formats) is a header, then for each row the number
of its fields and for each field its length and bytes. Where every field of a column has one length
the whole answer is one structured array, and nothing is parsed.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection

_HEADER = b"PGCOPY\n\xff\r\n\0" + b"\0" * 8
_TRAILER = b"\xff\xff"
SENT_AT_ONCE = 1 << 20  # bytes
_EPOCH = 10_957  # Postgres counts days from 2000-01-01, numpy from 1970-01-01
_ELEMENTS = {"int16": 21, "int64": 20}  # the catalogue's numbers of smallint and bigint
_READ = {
    "bigint": ">i8", "integer": ">i4", "boolean": ">i1", "date": ">i4", "timestamptz": ">i8",
}  # fmt: skip
_SENT = {
    "bigint": ("int8send", ">i8"), "date": ("date_send", ">i4"),
    "timestamptz": ("timestamptz_send", ">i8"), "boolean": ("boolsend", ">i1"),
}  # fmt: skip
UNKNOWN = {"int16": -(2**15), "int32": -(2**31), "int64": -(2**63)}  # stands for NULL


def read_whole_numbers(
    query: str,
    parameters: Sequence[Any] | Mapping[str, Any],
    *,
    n_columns: int,
    types: Mapping[int, str] | None = None,
) -> np.ndarray:
    """The answer of a query whose every column is a whole number, a day or an instant, never NULL.

    types: {place: name in _READ} of columns that are no bigint; spares the server a conversion.
    Returns int64, shape (n_columns, n_rows), so that unpacking gives the columns: days since
    1970-01-01, instants in microseconds since 2000. Raises ValueError where a NULL is among them.
    """
    names = [f"c{place}" for place in range(n_columns)]
    kinds = [(types or {}).get(place, "bigint") for place in range(n_columns)]
    wide = ", ".join(f"{name}::{kind}" for name, kind in zip(names, kinds, strict=True))
    answer = io.BytesIO()
    with connection.cursor() as cursor:
        asked = cursor.mogrify(query, parameters).decode()
        found = f"SELECT {wide} FROM ({asked}) AS found ({', '.join(names)})"  # noqa: S608
        cursor.copy_expert(f"COPY ({found}) TO STDOUT (FORMAT binary)", answer)
    row = [("n", ">i2")]
    for name, kind in zip(names, kinds, strict=True):
        row += [(f"{name}_length", ">i4"), (name, _READ[kind])]
    content = answer.getbuffer()[len(_HEADER) : -len(_TRAILER)]
    if len(content) % np.dtype(row).itemsize:
        raise ValueError("There is a NULL among the numbers.")
    rows = np.frombuffer(content, dtype=row)
    columns = np.empty((n_columns, len(rows)), np.int64)
    for place, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        columns[place] = rows[name]
        if kind == "date":
            columns[place] += _EPOCH
    return columns


Kind = str | tuple[str, ...]


def read_packed(
    query: str, parameters: Sequence[Any] | Mapping[str, Any], kinds: Sequence[Kind]
) -> list[np.ndarray]:
    """As `read_whole_numbers`, in half its time: each column comes as one string of bytes.

    kinds: of each column, in _SENT. With a question mark behind it: its NULLs are left out, so that
    the column is shorter than others. Several: the query has put them together (`int8send(a) ||
    date_send(b)`), which gives a column of each, without NULLs. For some millions of rows at a
    time: the server puts the whole answer together before it sends it, and a gigabyte is its end.
    """
    names = [f"c{place}" for place in range(len(kinds))]
    strings = ", ".join(
        f"string_agg({_bytes(name, kind)}, ''::bytea)"
        for name, kind in zip(names, kinds, strict=True)
    )
    wrapped = f"SELECT count(*), {strings} FROM ({query}) AS found ({', '.join(names)})"  # noqa: S608
    counted, *fields = read_row(wrapped, parameters)
    n_rows = int.from_bytes(counted, "big")
    columns = []
    for field, kind in zip(fields, kinds, strict=True):
        parts = _columns(field, kind)
        if isinstance(kind, str) and not kind.endswith("?") and len(parts[0]) != n_rows:
            raise ValueError("There is a NULL among the numbers.")
        columns += parts
    return columns


def _bytes(name: str, kind: Kind) -> str:
    return f"{_SENT[kind.rstrip('?')][0]}({name})" if isinstance(kind, str) else name


def _columns(field: memoryview, kind: Kind) -> list[np.ndarray]:
    """Of a string of bytes: one of whole numbers, or one of each that were put together."""
    kinds = [kind.rstrip("?")] if isinstance(kind, str) else list(kind)
    rows = np.frombuffer(field, [(str(place), _SENT[name][1]) for place, name in enumerate(kinds)])
    columns = [rows[name].astype(np.int64) for name in rows.dtype.names or ()]
    return [
        column + _EPOCH if name == "date" else column
        for name, column in zip(kinds, columns, strict=True)
    ]


def read_row(query: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[memoryview]:
    """The bytes of each field of a query's only row, none for a NULL; [] where there is no row."""
    answer = io.BytesIO()
    with connection.cursor() as cursor:
        asked = cursor.mogrify(query, parameters).decode()
        cursor.copy_expert(f"COPY ({asked}) TO STDOUT (FORMAT binary)", answer)
    return _fields(answer.getbuffer())


def _fields(answer: memoryview) -> list[memoryview]:
    at = len(_HEADER) + 2
    fields = []
    while at < len(answer) - len(_TRAILER):
        length = max(int.from_bytes(answer[at : at + 4], "big", signed=True), 0)
        fields.append(answer[at + 4 : at + 4 + length])
        at += 4 + length
    return fields


def write_columns(table: str, columns: Mapping[str, np.ndarray]) -> None:
    """COPY columns of equal length into a table without row security (a temporary one).

    int16, int32, int64 and float64 go into smallint, integer, bigint and double precision;
    datetime64[D] into date; two dimensions of int16 or int64 into an array. There is no NULL: NaT
    becomes '-infinity', other columns bring a value of their own for it (UNKNOWN, nan).
    """
    fields = [_field(column) for column in columns.values()]
    n_rows = len(next(iter(columns.values())))
    row = [("n", ">i2")]
    for place, (shape, _data) in enumerate(fields):
        row += [(f"length{place}", ">i4"), (f"value{place}", shape)]
    ends = len(_HEADER), len(_HEADER) + n_rows * np.dtype(row).itemsize
    content = bytearray(ends[1] + len(_TRAILER))
    content[: ends[0]], content[ends[1] :] = _HEADER, _TRAILER
    rows = np.frombuffer(content, row, n_rows, len(_HEADER))
    rows["n"] = len(fields)
    for place, (shape, data) in enumerate(fields):
        rows[f"length{place}"] = np.dtype(shape).itemsize
        rows[f"value{place}"] = data
    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        copy = f"COPY {table} ({names}) FROM STDIN (FORMAT binary)"
        cursor.copy_expert(copy, io.BytesIO(content), SENT_AT_ONCE)


def _field(column: np.ndarray) -> tuple[Any, np.ndarray]:
    """(big-endian type of one field, its values)."""
    if column.ndim == 2:
        return _array_field(column)
    if column.dtype.kind == "M":
        days = column.astype("datetime64[D]")
        since = days.astype(np.int64) - _EPOCH
        return ">i4", np.where(np.isnat(days), UNKNOWN["int32"], since)
    return column.dtype.newbyteorder(">"), column


def _array_field(column: np.ndarray) -> tuple[Any, np.ndarray]:
    """One-dimensional arrays without NULLs, all of one length."""
    n_rows, n_elements = column.shape
    element = [("length", ">i4"), ("value", column.dtype.newbyteorder(">"))]
    shape = [
        ("n_dimensions", ">i4"), ("has_null", ">i4"), ("type", ">i4"), ("size", ">i4"),
        ("first", ">i4"), ("elements", element, (n_elements,)),
    ]  # fmt: skip
    rows = np.zeros(n_rows, dtype=shape)
    rows["n_dimensions"], rows["type"] = 1, _ELEMENTS[column.dtype.name]
    rows["size"], rows["first"] = n_elements, 1
    rows["elements"]["length"] = column.dtype.itemsize
    rows["elements"]["value"] = column
    return shape, rows
