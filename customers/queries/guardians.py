"""Minors, and who answers for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q
from django.utils.functional import Promise

from customers.models import ContactPoint, Guardian
from customers.queries.contacts import masked
from customers.queries.gathering import THIS_CUSTOMER, gathered

ADULT_YEARS = 18


@dataclass(frozen=True)
class GuardianMark:
    """customer_id: where the guardian is a customer too; home_branch_id: theirs."""

    pk: int
    customer_id: int | None
    home_branch_id: int | None
    name: str
    phone: str
    relation: str | Promise


def adult_since(on: date) -> date:
    """Born on this day or before, somebody is of age: 18 years are complete.

    Born on 29 February, the birthday of a common year is 1 March.
    """
    year = on.year - ADULT_YEARS
    try:
        return on.replace(year=year)
    except ValueError:  # today is 29 February, that year had none
        return date(year, 2, 28)


def is_minor(birth_on: date | None, on: date) -> bool:
    """Under 18 on that day; unknown is no."""
    return birth_on is not None and birth_on > adult_since(on)


def minors(on: date) -> Q:
    """Customers under 18 on that day."""
    return Q(birth_on__gt=adult_since(on))


def minors_without_guardian(on: date) -> Q:
    """Minors nobody answers for: a work list."""
    return minors(on) & ~Q(pk__in=Guardian.objects.values("customer"))


def guardian_phones(customer_ids: Iterable[int]) -> dict[int, list[str]]:
    """{minor: phones of their guardians, E.164}, for apps that must ask somebody of age."""
    found: dict[int, list[str]] = {}
    rows = list(Guardian.objects.filter(customer__in=list(customer_ids)))
    people = [row.guardian_id for row in rows if row.guardian_id]
    points = ContactPoint.objects.filter(customer__in=people, kind="phone", is_primary=True)
    own = dict(points.values_list("customer_id", "value"))
    for row in rows:
        if phone := own.get(row.guardian_id or 0) or row.phone:
            found.setdefault(row.customer_id, []).append(phone)
    return found


def gathered_guardians() -> ArraySubquery:
    """A customer's guardians as an annotation for `read_guardians`."""
    rows = Guardian.objects.filter(customer=THIS_CUSTOMER).order_by("pk")
    return gathered(
        rows,
        pk="pk",
        customer_id="guardian",
        customer_name="guardian__name",
        home_branch_id="guardian__home_branch",
        name="name",
        phone="phone",
        relation="relation",
    )


def read_guardians(rows: Iterable[Mapping[str, Any]], *, in_clear: bool) -> list[GuardianMark]:
    """Rows of `gathered_guardians` as this reader may see them."""
    labels = dict(Guardian.Relation.choices)
    return [
        GuardianMark(
            pk=row["pk"],
            customer_id=row["customer_id"],
            home_branch_id=row["home_branch_id"],
            name=row["customer_name"] or row["name"],
            phone=row["phone"] if in_clear or not row["phone"] else masked("phone", row["phone"]),
            relation=labels.get(row["relation"], row["relation"]),
        )
        for row in rows
    ]
