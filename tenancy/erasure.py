"""What becomes of each table when a person asks to be erased. Every model that holds text says so:

    erasure = delete_rows("customer")                    # the person's rows go
    erasure = blank_columns("customer", name="—")        # they stay, without these
    erasure = forget_mentions(body="")                   # rows of anybody that may quote the person
    erasure = keep_rows("what we sell, nobody's")        # nothing of a person stands there

A path such as "note__customer" leads from a row to the customer. A system check asks for that word,
and a test plants a text in every column and looks for it afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import CharField, F, Func, JSONField, Value
from django.db.models.functions import Cast, Concat

Action = Literal["delete", "blank", "mentions", "keep"]


# Unique where a source's own id was unique.
PSEUDONYM = Concat(Value("erased-"), Cast("pk", CharField()))


def without(column: str, key: str) -> Func:
    """A JSON object without one of its keys."""
    return Func(F(column), Value(key), template="(%(expressions)s)", arg_joiner=" - ",
                output_field=JSONField())  # fmt: skip


@dataclass(frozen=True)
class Erasure:
    """by: paths to the customer. blank: column → what stands there afterwards, value or expression.

    stays: columns of text that are our own words, never a person's. why: of a table that keeps its
    rows. ours: columns of blank in the clinic's own words, which only a whole name, a phone or an
    e-mail empties: an id such as 2024 stands in many a tag.
    """

    action: Action
    by: tuple[str, ...] = ()
    blank: Mapping[str, Any] = field(default_factory=dict)
    stays: tuple[str, ...] = ()
    why: str = ""
    ours: tuple[str, ...] = ()


def delete_rows(*by: str) -> Erasure:
    return Erasure("delete", by)


def blank_columns(*by: str, stays: tuple[str, ...] = (), **blank: Any) -> Erasure:
    return Erasure("blank", by, blank, stays)


def forget_mentions(
    *, stays: tuple[str, ...] = (), ours: tuple[str, ...] = (), **blank: Any
) -> Erasure:
    """Rows in whose columns one of the person's own texts stands lose those columns."""
    return Erasure("mentions", blank=blank, stays=stays, ours=ours)


def keep_rows(why: str) -> Erasure:
    return Erasure("keep", why=why)
