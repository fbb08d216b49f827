"""Segments of a clinic with a million customers: counting ten conditions, and keeping members.

    ./dev bench segments

The clinic has three purchases with a line, three visits and an appointment a customer over two
years, scores, accounts and tags; its rows are made by the database. Counting is the statement the
builder runs, with its planner's check. Looks are timed whole: rule, difference, writing, figures.
What a look writes is read from the table's own counters, not from what our code says.
"""

import os
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

import bench._django  # noqa: F401  first: it loads the settings
from bench._copying import bare_tables
from bench._measuring import ProcessorClock, Report
from customers.models import (
    Appointment,
    Customer,
    CustomerTag,
    Sale,
    SaleLine,
    Tag,
    Treatment,
    Visit,
)
from customers.queries import count_and_value
from segmentation.limits import SETS, cost_of, rule_limits, settings
from segmentation.models import CustomerScore, ScoreRun, Segment, SegmentMembership, SegmentRefresh
from segmentation.queries import customers_matching
from segmentation.services.membership import refresh_segment
from tenancy.clock import local_day
from tenancy.models import Branch, Clinic
from tenancy.scope import clinic_scope
from tenancy.services.clinics import create_clinic

N = int(os.environ.get("N_CUSTOMERS", "1_000_000"))
MOST_SECONDS = 2.0
N_ROUNDS = 5
LOADED = (Customer, Sale, SaleLine, Visit, Appointment, CustomerTag, CustomerScore)
PEOPLE = """
INSERT INTO customers_customer (clinic_id, name, gender, occupation, education, city, district,
    address, language, acquisition_source, notes, birth_on, home_branch_id, known_since_on,
    last_visit_on, spent_minor, created_at, updated_at)
SELECT %(clinic)s, 'Customer ' || i, 'female', '', '', (ARRAY['Shanghai','Suzhou','Hangzhou'])
    [1 + i %% 3], '', '', '', 'walk-in', '', date '1960-01-01' + (i * 7919 %% 18000)::int,
    %(branch)s, %(today)s::date - 900, %(today)s::date - (i * 31 %% 700)::int,
    (i * 37 %% 1000) * 1000, now(), now()
FROM generate_series(1, %(n)s::bigint) AS i
"""
HISTORY = (
    """INSERT INTO customers_sale (clinic_id, source, external_id, kind, customer_id, branch_id,
        occurred_at, occurred_on, counts_on, gross_minor, discount_minor, net_minor, currency,
        created_at, updated_at)
    SELECT clinic_id, 'b', id || '-' || k, 'sale', id, %(branch)s, day, day, day, 50000, 0, 50000,
        'CNY', now(), now()
    FROM customers_customer, generate_series(1, 3) AS k,
        LATERAL (SELECT %(today)s::date - ((id * 31 + k * k * 97) %% 730)::int AS day) AS on_day
    WHERE clinic_id = %(clinic)s""",
    """INSERT INTO customers_saleline (clinic_id, sale_id, line_no, treatment_id, item_code,
        item_name, quantity, net_minor)
    SELECT clinic_id, id, 1, (%(treatments)s::bigint[])[1 + id %% 20], '', '', 1, 50000
    FROM customers_sale WHERE clinic_id = %(clinic)s""",
    """INSERT INTO customers_visit (clinic_id, customer_id, visited_on, branch_id)
    SELECT DISTINCT clinic_id, customer_id, counts_on, %(branch)s::bigint
    FROM customers_sale WHERE clinic_id = %(clinic)s""",
    """INSERT INTO customers_appointment (clinic_id, source, external_id, customer_id, starts_at,
        status, created_at, updated_at)
    SELECT clinic_id, 'b', id, id, %(today)s::date - (id * 13 %% 700)::int,
        CASE WHEN id %% 10 = 0 THEN 'no_show' ELSE 'attended' END, now(), now()
    FROM customers_customer WHERE clinic_id = %(clinic)s""",
    """INSERT INTO customers_customertag (clinic_id, customer_id, tag_id, added_at)
    SELECT clinic_id, id, %(tag)s, now() FROM customers_customer
    WHERE clinic_id = %(clinic)s AND id %% 5 = 0""",
    """INSERT INTO segmentation_customerscore (clinic_id, run_id, customer_id, frequency,
        monetary_minor, historical_value_minor, layer, r, f, m, stage, stage_since_on,
        churn_probability)
    SELECT clinic_id, %(run)s, id, 3, spent_minor, spent_minor, 'regular', 1 + id %% 5,
        1 + id / 5 %% 5, 1 + id / 25 %% 5,
        (ARRAY['active', 'loyal', 'dormant', 'churned'])[1 + id %% 4], %(today)s,
        (id %% 100) / 100.0
    FROM customers_customer WHERE clinic_id = %(clinic)s""",
)


def make_clinic() -> Clinic:
    clinic = create_clinic(
        slug="million", name="million", timezone="Asia/Shanghai", currency="CNY", country="CN"
    )
    now = timezone.now()
    with clinic_scope(clinic.pk):
        treatments = [
            Treatment.objects.create(
                code=f"T{i}", name=f"Treatment {i}", category="Filler" if i < 5 else "Other"
            ).pk
            for i in range(20)
        ]
        run = ScoreRun.objects.create(
            as_of=local_day(clinic.zone, now), is_current=True, started_at=now, finished_at=now
        )
        values = {
            "clinic": clinic.pk, "n": N, "today": local_day(clinic.zone, now), "run": run.pk,
            "branch": Branch.objects.create(code="A", name="A").pk, "treatments": treatments,
            "tag": Tag.objects.create(name="VIP").pk,
        }  # fmt: skip
    with bare_tables(*LOADED) as copier:
        copier.run(PEOPLE, values)
        for statement in HISTORY:
            copier.run(statement, values)
    return clinic


def condition(attribute: str, operator: str, value: Any) -> dict[str, Any]:
    return {"attribute": attribute, "operator": operator, "value": value}


def event(key: str, count: tuple, period: tuple, **where: Any) -> dict[str, Any]:
    said = {"operator": count[0]} | ({"value": count[1]} if len(count) > 1 else {})
    return {
        "event": key, "count": said, "period": {"operator": period[0], "value": period[1]},
        "where": where,
    }  # fmt: skip


def ten(tag_id: int) -> list[dict[str, Any]]:
    return [
        condition("stage", "is", ["active", "loyal", "dormant"]),
        condition("m", "at_least", 2),
        condition("churn", "at_least", 0.1),
        condition("layer", "is_not", ["lost"]),
        condition("age", "between", [18, 65]),
        condition("city", "is", ["Shanghai", "Suzhou"]),
        condition("tags", "has_none", [tag_id]),
        event("purchase", ("at_least", 2), ("in_last_days", 600)),
        event("purchase", ("never",), ("in_last_days", 30), category=["Filler"]),
        event("no_show", ("at_most", 1), ("in_last_days", 365)),
    ]


def ten_attributes(tag_id: int) -> list[dict[str, Any]]:
    return [
        *ten(tag_id)[:7],
        condition("r", "at_least", 2),
        condition("frequency", "at_least", 1),
        condition("last_visit", "in_last_days", 600),
    ]


def rules(tag_id: int) -> dict[str, dict[str, Any]]:
    """Ten attributes; and seven with three events, put together in three ways."""
    parts = ten(tag_id)
    seldom = {"match": "any", "conditions": [parts[5], parts[6]], "not": True}
    often = {"match": "any", "conditions": [*parts[:5], *parts[7:]]}
    return {
        "ten attributes": {"match": "all", "conditions": ten_attributes(tag_id)},
        "seven, and three events": {"match": "all", "conditions": parts},
        "any of those ten": {"match": "any", "conditions": parts},
        "not any of two, any of eight": {"match": "all", "conditions": [seldom, often]},
    }  # fmt: skip


@transaction.atomic
def counted(rule: dict[str, Any]) -> int:
    found = customers_matching(rule)
    with rule_limits(found, most_ms=60_000, reads_all=True):
        return count_and_value(found, cap=None).n or 0


def least_seconds(work: Callable[[], Any], *, clock: Callable[[], float] = perf_counter) -> float:
    taken = []
    for _round in range(N_ROUNDS):
        began = clock()
        work()
        taken.append(clock() - began)
    return min(taken)


def processor_seconds(work: Callable[[], Any]) -> float:
    """What one process spends on it, without others to help."""
    with transaction.atomic(), settings({"max_parallel_workers_per_gather": "0"}):
        return least_seconds(work, clock=ProcessorClock())


def look(segment: Segment, customer_ids: list[int] | None = None) -> tuple[float, int]:
    """(seconds, rows that the table of memberships was written)."""
    before, began = _written(), perf_counter()
    refresh_segment(
        segment.pk, cause=SegmentRefresh.Cause.NIGHT, at=timezone.now(), customer_ids=customer_ids
    )
    seconds = perf_counter() - began
    return seconds, _written() - before


def _written() -> int:
    """Rows ever written to the table of memberships; each backend tells only when it is asked."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_all_tables WHERE relname = %s",
            [SegmentMembership._meta.db_table],
        )
        return cursor.fetchone()[0]


def change(n: int) -> list[int]:
    """Let n members grow too old for the rule."""
    with transaction.atomic():
        open_ones = SegmentMembership.objects.filter(left_at__isnull=True)
        ids = list(open_ones.order_by("customer").values_list("customer", flat=True)[:n])
        Customer.objects.filter(pk__in=ids).update(birth_on="1900-01-01")
    return ids


def report_looks(report: Report, rule: dict[str, Any]) -> None:
    with transaction.atomic():
        segment = Segment.objects.create(name="Ten", rule=rule)
    seconds, n_members = look(segment)
    report.told("segments.first look", seconds, f"s, {n_members} entered")
    seconds, n_written = look(segment)
    report.told("segments.look without a change", seconds, "s")
    report.limited("segments.rows written without a change", n_written, 0)
    n_changed = n_members // 100
    change(n_changed)
    seconds, n_written = look(segment)
    report.told("segments.look after 1 % changed", seconds, f"s, {n_changed} changed")
    report.limited("segments.rows written a change", n_written / max(n_changed, 1), 1.0)
    for n in (10, 1_000):
        ids = change(n)
        seconds, n_written = look(segment, ids)
        report.told(f"segments.look at {n} customers", seconds, f"s, {n_written} written")


def main() -> int:
    report = Report()
    began = perf_counter()
    clinic = make_clinic()
    report.told("segments.loading", perf_counter() - began, f"s, {N} customers")
    with clinic_scope(clinic.pk, atomic=False):
        with transaction.atomic():
            asked = rules(Tag.objects.get().pk)
        for name, rule in asked.items():
            n = counted(rule)
            seconds = least_seconds(lambda rule=rule: counted(rule))
            report.limited(f"segments.count, {name}", seconds, MOST_SECONDS)
            alone = processor_seconds(lambda rule=rule: counted(rule))
            report.told(f"segments.processor, {name}", alone, "s")
            with transaction.atomic(), settings(SETS):
                cost = cost_of(customers_matching(rule))
            report.told(f"segments.price, {name}", cost, f"planner's units, {n} found")
        report_looks(report, asked["seven, and three events"])
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
