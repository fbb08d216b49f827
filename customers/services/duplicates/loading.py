"""Customers as the columns that `customers.matching` compares."""

from collections import defaultdict
from collections.abc import Collection

from customers.matching import People
from customers.models import ContactPoint, Customer, CustomField, Identity

OWN_ID_SOURCES = ("card", "wechat", "wechat_openid", "wechat_unionid")  # one person's alone
COMPARED_KINDS = (CustomField.Kind.TEXT, CustomField.Kind.NUMBER, CustomField.Kind.DATE)
_COLUMNS = ("pk", "name", "birth_on", "gender", "address", "district", "city", "custom")


def load_people(only: Collection[int] | None = None) -> tuple[list[int], People]:
    """(ids in order, their columns). only: these customers; None: everybody who stands."""
    customers = Customer.objects.filter(erased_at__isnull=True).order_by("pk")
    if only is not None:
        customers = customers.filter(pk__in=list(only))
    rows = list(customers.values_list(*_COLUMNS))
    ids = [row[0] for row in rows]
    return ids, People(
        names=[row[1] for row in rows],
        births=[row[2] for row in rows],
        genders=[row[3] for row in rows],
        addresses=[f"{row[4]} {row[5]}".strip() if row[4] else "" for row in rows],
        cities=[row[6] or row[5] for row in rows],
        extras=_own_fields([row[7] for row in rows]),
        **_lists(ids, only),
    )


def _lists(ids: list[int], only: Collection[int] | None) -> dict[str, list[list[str]]]:
    """phones, emails and ids, one list a customer."""
    points = ContactPoint.objects.order_by("pk")
    identities = Identity.objects.filter(source__in=OWN_ID_SOURCES).order_by("pk")
    if only is not None:
        points = points.filter(customer__in=list(only))
        identities = identities.filter(customer__in=list(only))
    found: dict[str, dict[int, list[str]]] = {
        name: defaultdict(list) for name in ("phone", "email", "id")
    }
    for customer, kind, value in points.values_list("customer_id", "kind", "value").iterator():
        found[kind][customer].append(value)
    rows = identities.values_list("customer_id", "source", "external_id")
    for customer, source, external_id in rows.iterator():
        found["id"][customer].append(f"{source}:{external_id}")
    names = {"phones": "phone", "emails": "email", "ids": "id"}
    return {
        name: [found[kind].get(customer, []) for customer in ids] for name, kind in names.items()
    }


def _own_fields(values: list[dict]) -> dict[str, list[str]]:
    """The clinic's own fields that may tell people apart, such as a postcode."""
    fields = CustomField.objects.filter(is_active=True, kind__in=COMPARED_KINDS)
    keys = fields.values_list("key", flat=True)
    return {
        f"custom.{key}": ["" if (value := row.get(key)) is None else str(value) for row in values]
        for key in keys
    }
