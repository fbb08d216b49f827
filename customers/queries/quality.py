"""How good the records are: figures of a branch, customers who need mending, the trend."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import Consent, ContactPoint, Customer, QualityDay
from tenancy.models import Branch
from tenancy.scope import current_clinic_id

STALE_AFTER = timedelta(days=730)  # not seen and not changed for two years
TREND_DAYS = 90
# What a clinic of this kind agrees to know of everybody. glossary.md: completeness.
AGREED = (
    "phone", "email", "birth_on", "gender", "city", "acquisition_source", "home_branch",
    "consultant", "consent",
)  # fmt: skip

# One pass over the customers; contacts and consents are gathered once beside them.
FIGURES = """
WITH contact AS (
    SELECT customer_id, bool_or(kind = 'phone') AS phone, bool_or(kind = 'email') AS email,
           bool_or(kind = 'phone' AND is_primary AND NOT is_valid) AS invalid_phone
    FROM customers_contactpoint WHERE clinic_id = %(clinic)s GROUP BY customer_id
), consent AS (
    SELECT DISTINCT customer_id FROM customers_consent
    WHERE clinic_id = %(clinic)s AND withdrawn_at IS NULL
), doubled AS (
    SELECT first_id AS customer_id FROM customers_duplicatepair
    WHERE clinic_id = %(clinic)s AND state = 'open'
), pairs AS (
    SELECT customer_id, count(*) AS n FROM doubled GROUP BY customer_id
)
SELECT c.home_branch_id, count(*),
    sum(coalesce(contact.phone, false)::int + coalesce(contact.email, false)::int
        + (c.birth_on IS NOT NULL)::int + (c.gender <> '')::int + (c.city <> '')::int
        + (c.acquisition_source <> '')::int + (c.home_branch_id IS NOT NULL)::int
        + (c.consultant_id IS NOT NULL)::int + (consent.customer_id IS NOT NULL)::int),
    count(*) FILTER (WHERE NOT coalesce(contact.phone, false)),
    count(*) FILTER (WHERE contact.invalid_phone),
    count(*) FILTER (WHERE c.birth_on IS NULL),
    count(*) FILTER (WHERE consent.customer_id IS NULL),
    count(*) FILTER (WHERE c.updated_at < %(stale_at)s
        AND coalesce(c.last_visit_on, c.known_since_on) < %(stale_on)s),
    coalesce(sum(pairs.n), 0)
FROM customers_customer c
LEFT JOIN contact ON contact.customer_id = c.id
LEFT JOIN consent ON consent.customer_id = c.id
LEFT JOIN pairs ON pairs.customer_id = c.id
WHERE c.clinic_id = %(clinic)s AND c.merged_into_id IS NULL AND c.erased_at IS NULL
GROUP BY c.home_branch_id
"""
COLUMNS = (
    "branch_id", "n_customers", "n_known", "n_no_phone", "n_invalid_phone", "n_no_birthday",
    "n_no_consent", "n_stale", "n_possible_duplicates",
)  # fmt: skip


def figures(*, on: date) -> list[dict[str, int | None]]:
    """What `QualityDay` keeps, one dict a branch, as the records stand now. on: today."""
    stale_on = on - STALE_AFTER
    with connection.cursor() as cursor:
        cursor.execute(
            FIGURES,
            {"clinic": current_clinic_id(), "stale_on": stale_on, "stale_at": stale_on},
        )
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]


@dataclass(frozen=True)
class WorkList:
    """Customers with one thing to mend. form: which field mends it, in the row."""

    key: str
    label: str | Promise
    figure: str  # of QualityDay
    condition: Callable[[], Q]
    form: str


def _has(model: type, **which: Any) -> Exists:
    return Exists(model.objects.filter(customer=OuterRef("pk"), **which))


WORK_LISTS = {
    one.key: one
    for one in (
        WorkList(
            "no_phone", _("No phone"), "n_no_phone",
            lambda: ~Q(_has(ContactPoint, kind="phone")), "phone",
        ),
        WorkList(
            "invalid_phone", _("Phone does not work"), "n_invalid_phone",
            lambda: Q(_has(ContactPoint, kind="phone", is_primary=True, is_valid=False)), "phone",
        ),
        WorkList(
            "no_birthday", _("No date of birth"), "n_no_birthday",
            lambda: Q(birth_on__isnull=True), "birth_on",
        ),
        WorkList(
            "no_consent", _("No consent"), "n_no_consent",
            lambda: ~Q(_has(Consent, withdrawn_at__isnull=True)), "consent",
        ),
    )
}  # fmt: skip


def to_mend(customers: QuerySet[Customer], key: str) -> QuerySet[Customer]:
    """Those of a work list among these customers. Raises KeyError."""
    return customers.filter(WORK_LISTS[key].condition())


def days_of(branch: Branch | None, *, since: date) -> list[dict[str, Any]]:
    """A dict a night, oldest first: the sums over the branches the reader sees."""
    rows = QualityDay.objects.filter(day_on__gte=since)
    rows = rows.filter(branch=branch) if branch else rows
    sums = {name: Sum(name) for name in COLUMNS[1:]}
    n_fields = Sum(F("n_customers") * F("n_agreed"))
    found = rows.order_by("day_on").values("day_on").annotate(n_fields=n_fields, **sums)
    return [with_rates(row) for row in found]


def branches_on(day: date, branch: Branch | None) -> list[dict[str, Any]]:
    """A dict a branch for one night, by the branch's name; who is at home nowhere comes last."""
    rows = QualityDay.objects.filter(day_on=day)
    rows = rows.filter(branch=branch) if branch else rows
    found = rows.annotate(n_fields=F("n_customers") * F("n_agreed"), name=F("branch__name"))
    ordered = found.order_by(F("name").asc(nulls_last=True), "pk")
    return [with_rates(row) for row in ordered.values("name", "n_fields", *COLUMNS)]


def with_rates(row: dict[str, Any]) -> dict[str, Any]:
    """completeness: share of agreed fields that are known, 0–1; None without customers."""
    completeness = row["n_known"] / row["n_fields"] if row["n_fields"] else None
    return row | {"completeness": completeness}
