"""Customers as the columns that `customers.matching` compares.

Column by column and row by row, straight into codes: of a million customers nothing lies in memory
but what the comparison itself needs.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Concat

from customers.matching import People
from customers.models import ContactPoint, Customer, CustomField, Identity

OWN_ID_SOURCES = ("card", "wechat", "wechat_openid", "wechat_unionid")  # one person's alone
COMPARED_KINDS = (CustomField.Kind.TEXT, CustomField.Kind.NUMBER, CustomField.Kind.DATE)
AT_ONCE = 10_000  # rows fetched
Row = tuple[Any, ...]  # a customer's id, then what is asked for


def load_people(only: Collection[int] | None = None) -> tuple[list[int], People]:
    """(ids in order, their columns). only: these customers; None: everybody who stands.

    Columns are asked for when they are read, so read them before the transaction ends.
    """
    customers = Customer.objects.filter(erased_at__isnull=True)
    points, identities = ContactPoint.objects.all(), Identity.objects.all()
    if only is not None:
        chosen = list(only)
        customers = customers.filter(pk__in=chosen)
        points, identities = (
            points.filter(customer__in=chosen),
            identities.filter(customer__in=chosen),
        )
    ids = list(customers.order_by("pk").values_list("pk", flat=True))

    def column(*names: Any) -> Iterator[Row]:
        nothing = (None,) * len(names)
        for found in _listed(ids, _rows(customers.order_by("pk"), "pk", *names)):
            yield found[0] if found else nothing

    return ids, People(
        names=(name or "" for (name,) in column("name")),
        births=(born for (born,) in column("birth_on")),
        genders=(gender for (gender,) in column("gender")),
        addresses=(
            f"{address} {district}".strip() if address else ""
            for address, district in column("address", "district")
        ),
        cities=(city or district for city, district in column("city", "district")),
        extras={
            f"custom.{key}": _texts(column(KeyTransform(key, "custom"))) for key in _own_fields()
        },
        phones=_values(ids, points.filter(kind=ContactPoint.Kind.PHONE), "value"),
        emails=_values(ids, points.filter(kind=ContactPoint.Kind.EMAIL), "value"),
        ids=_values(
            ids,
            identities.filter(source__in=OWN_ID_SOURCES),
            Concat("source", Value(":"), "external_id"),
        ),
    )


def _texts(column: Iterable[Row]) -> Iterator[str]:
    return ("" if value is None else str(value) for (value,) in column)


def _rows(query: QuerySet, *names: Any) -> Iterable[Row]:
    return query.values_list(*names).iterator(chunk_size=AT_ONCE)


def _values(ids: list[int], query: QuerySet, value: Any) -> Iterator[list[str]]:
    """Of another table, several a customer."""
    rows = _rows(query.order_by("customer_id", "pk"), "customer_id", value)
    for found in _listed(ids, rows):
        yield [text for (text,) in found]


def _listed(ids: list[int], rows: Iterable[Row]) -> Iterator[list[Row]]:
    """For each id, in order, its rows without the id.

    Rows of others are passed over: each column is a statement of its own, and somebody may have
    come in between.
    """
    waiting = iter(rows)
    row = next(waiting, None)
    for pk in ids:
        found = []
        while row is not None and row[0] <= pk:
            if row[0] == pk:
                found.append(row[1:])
            row = next(waiting, None)
        yield found


def _own_fields() -> list[str]:
    """Keys of the clinic's own fields that may tell people apart, such as a postcode."""
    fields = CustomField.objects.filter(is_active=True, kind__in=COMPARED_KINDS)
    return list(fields.values_list("key", flat=True))
