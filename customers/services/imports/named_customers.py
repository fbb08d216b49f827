"""Rows that say something of a customer who stands here already, named by number or phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from customers.services.intake import Outcome
from customers.services.intake.batch import Refused
from customers.services.intake.lookups import CustomerFinder
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id
from tenancy.turns import wait_for_turn


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a row tells of."""

    customer_external_id: str | None
    customer_phone: str | None


def who_in(values: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """(customer number, phone) of a row."""
    phones = values.get("customer_phone")
    return values.get("customer_external_id"), phones[0].e164 if phones else None


def find_customers(rows: Sequence[Named], source: str) -> tuple[dict[int, int], dict[int, Outcome]]:
    """(index → customer, index → why there is none). A number unknown to the source, a phone that
    nobody or more than one person has: refused."""
    wait_for_turn(f"intake:{source}")  # a booking system may just be bringing the same person
    clinic = Clinic.objects.get(pk=current_clinic_id())
    finder = CustomerFinder(source, rows, country=clinic.country)
    customers: dict[int, int] = {}
    refused: dict[int, Outcome] = {}
    for index, row in enumerate(rows):
        try:
            customers[index] = finder.customer_id(row) or 0
        except Refused as why:
            refused[index] = Outcome(index, "refused", None, why.field, why.code, why.message)
    return customers, refused
