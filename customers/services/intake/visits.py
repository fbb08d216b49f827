"""Visits follow from sales and attended appointments: one a customer and local day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from customers.models import Visit
from customers.services.array_texts import arrays
from customers.services.bulk_rows import insert_rows
from tenancy.acting import untracked
from tenancy.models import Clinic
from tenancy.writing_behind import write

Day = tuple[int, date]  # customer, local day

_KEEP_A_KNOWN_BRANCH = (
    "(clinic_id, customer_id, visited_on) DO UPDATE SET branch_id = EXCLUDED.branch_id"
    " WHERE customers_visit.branch_id IS NULL AND EXCLUDED.branch_id IS NOT NULL"
)

# The clinic comes in by row security alone: of a number the planner would know that it has seen
# no row of it yet, and would compare all with all when a new clinic's file comes in.
_LATER_LAST_VISIT = """
WITH r AS MATERIALIZED (
    SELECT * FROM unnest(%s::bigint[], %s::date[]) AS r(id, last_visit_on)
), late AS (
    SELECT r.* FROM customers_customer c JOIN r USING (id)
    WHERE c.last_visit_on IS NULL OR c.last_visit_on < r.last_visit_on
    ORDER BY c.id FOR NO KEY UPDATE OF c
)
UPDATE customers_customer c
SET last_visit_on = late.last_visit_on, updated_at = greatest(c.updated_at, %s)
FROM late WHERE c.id = late.id
"""

# A visit nobody bought anything in and nobody attended any more.
_WITHOUT_REASON = """
WITH gone AS MATERIALIZED (
    SELECT * FROM unnest(%(day_customers)s::bigint[], %(days)s::date[])
        AS r(customer_id, visited_on)
)
DELETE FROM customers_visit v USING gone
WHERE v.clinic_id = %(clinic)s
  AND v.customer_id = gone.customer_id AND v.visited_on = gone.visited_on
  AND NOT EXISTS (
    SELECT 1 FROM customers_sale s
    WHERE s.clinic_id = %(clinic)s AND s.customer_id = v.customer_id
      AND s.kind = 'sale' AND s.occurred_on = v.visited_on
      AND (s.gross_minor <> 0 OR EXISTS (  -- an empty one was taken back with its import
        SELECT 1 FROM customers_saleline l WHERE l.clinic_id = %(clinic)s AND l.sale_id = s.id)))
  AND NOT EXISTS (
    SELECT 1 FROM customers_appointment a
    WHERE a.clinic_id = %(clinic)s AND a.customer_id = v.customer_id AND a.status = 'attended'
      AND (a.starts_at AT TIME ZONE %(zone)s)::date = v.visited_on)
"""

_LAST_VISIT_AGAIN = """
WITH touched AS MATERIALIZED (
    SELECT id FROM customers_customer WHERE clinic_id = %(clinic)s AND id = ANY(%(customers)s)
    ORDER BY id FOR NO KEY UPDATE
), last AS (
    SELECT id, (SELECT max(v.visited_on) FROM customers_visit v
                WHERE v.clinic_id = %(clinic)s AND v.customer_id = touched.id) AS visited_on
    FROM touched
)
UPDATE customers_customer c
SET last_visit_on = last.visited_on, updated_at = greatest(c.updated_at, %(at)s)
FROM last WHERE c.clinic_id = %(clinic)s AND c.id = last.id
  AND c.last_visit_on IS DISTINCT FROM last.visited_on
"""


@dataclass(frozen=True, slots=True)
class Fact:
    """Somebody was here on this local day."""

    customer_id: int
    visited_on: date
    branch_id: int | None


def add_visits(facts: Sequence[Fact], *, at: datetime) -> None:
    """Write the visits these facts make, and move last_visit_on on where they are later."""
    write_visits(facts)
    move_last_visits(facts, at=at)


def write_visits(facts: Sequence[Fact]) -> None:
    """The visits alone: whoever writes sales next brings last_visit_on along (`0008`)."""
    visits: dict[Day, dict] = {}
    for fact in facts:
        row = visits.setdefault(
            (fact.customer_id, fact.visited_on),
            {
                "customer_id": fact.customer_id,
                "visited_on": fact.visited_on,
                "branch_id": fact.branch_id,
            },
        )
        row["branch_id"] = row["branch_id"] or fact.branch_id
    insert_rows(Visit, list(visits.values()), on_conflict=_KEEP_A_KNOWN_BRANCH)


def move_last_visits(facts: Sequence[Fact], *, at: datetime) -> None:
    """Move last_visit_on on, for those for whom it is earlier than these facts."""
    if not facts:
        return
    last: dict[int, date] = {}
    for fact in facts:
        last[fact.customer_id] = max(fact.visited_on, last.get(fact.customer_id, fact.visited_on))
    rows = arrays({"id": list(last), "last_visit_on": list(last.values())})
    with untracked():  # the trail does not tell of it
        write(_LATER_LAST_VISIT, [*rows, at])


def recheck_visits(days: Collection[Day], *, clinic: Clinic, at: datetime) -> None:
    """After a sale or appointment moved or was taken back: drop visits that have no reason left."""
    if not days:
        return
    customers, on = zip(*days, strict=True)
    parameters: dict[str, Any] = {
        "day_customers": list(customers),
        "days": list(on),
        "clinic": clinic.pk,
        "zone": clinic.timezone,
        "customers": sorted(set(customers)),
        "at": at,
    }
    write(_WITHOUT_REASON, parameters)
    write(_LAST_VISIT_AGAIN, parameters)
