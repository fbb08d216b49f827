"""Columns of values as the text of Postgres arrays, for `unnest(%s::type[], …)`.

Every row of a large load passes here once for each of its columns, so a column is written as a
whole where its values allow it, and value by value only where they do not.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

NOTHING = type(None)


class Written(str):
    """A column that somebody has written before: the text of its array."""


def arrays(columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """Each column as the text of a Postgres array. Raises TypeError for what is no value."""
    return [array(values) for values in columns.values()]


def array(values: Sequence[Any]) -> str:
    if isinstance(values, Written):
        return str(values)
    kinds = set(map(type, values))
    if kinds == {str} and (quick := _plain_texts(values)):
        return quick
    if kinds <= {int, NOTHING}:  # Postgres reads over the blanks
        return "{" + repr(list(values))[1:-1].replace("None", "NULL") + "}"
    if kinds == {datetime}:
        return '{"' + '","'.join(map(str, values)) + '"}'
    if kinds <= _REPEATING and len(values) > FEW:
        written = {value: _element(value) for value in set(values)}
        return "{" + ",".join([written[value] for value in values]) + "}"
    return "{" + ",".join(map(_element, values)) + "}"


def elements(values: Sequence[Any]) -> str:
    """A piece of an array, to be joined with others by commas."""
    return array(values)[1:-1]


def whole(pieces: Iterable[str]) -> Written:
    return Written("{" + ",".join(pieces) + "}")


def _plain_texts(values: Sequence[str]) -> str | None:
    """All texts at once; None when one of them holds a sign that must be escaped."""
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        return None
    return f'{{"{joined}"}}'


def _in_quotes(value: object) -> str:
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


_as_json = json.JSONEncoder(ensure_ascii=False).encode

_WRITERS: dict[type, Callable[[Any], str]] = {
    int: str,
    str: _in_quotes,
    bytes: lambda value: _in_quotes(f"\\x{value.hex()}"),
    NOTHING: lambda _: "NULL",
    bool: lambda value: "t" if value else "f",
    float: str,
    Decimal: str,
    date: str,
    datetime: _in_quotes,
    dict: lambda value: _in_quotes(_as_json(value)),
    list: lambda value: _in_quotes(_as_json(value)),
}


# Texts, days and quantities stand in many rows of a large load, and each is written once.
_REPEATING = {str, Decimal, date, datetime, NOTHING}
FEW = 1_000


def _element(value: object) -> str:
    writer = _WRITERS.get(type(value))
    if writer is None and isinstance(value, str):  # a member of TextChoices
        writer = _in_quotes
    if writer is None:
        raise TypeError(f"{type(value).__name__} is no value of a column.")
    return writer(value)
