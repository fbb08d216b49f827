"""The nightly scoring of many clinics, beside the least that any scoring must do.

    ./dev bench score_night              1,000,000 customers in 200 clinics
    ./dev bench score_night 100000       fewer customers, in fewer clinics

`least` is, in the same run and clinic by clinic: aggregate the purchase days per customer in
Postgres, `COPY` that out, and `COPY` one bare row a customer in. `night` is the whole run of every
clinic: all scores, churn learned and tested, reasons, stages since, the finished run in its place.
Clinics are of very different size (log-normal), of ten simulated years. CPU is of this process and
of Postgres together; seconds go by the clock.
"""

import io
import resource
import sys
from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
import psutil
from django.db import connection, transaction
from django.utils import timezone

import bench._django  # noqa: F401  first: it loads the settings
from bench._copying import Copier, bare_tables
from bench._measuring import Report
from clinic_crm.simulator import SHANGHAI, generate
from clinic_crm.simulator.world import World
from customers.models import Customer, Sale, SaleLine, Treatment
from customers.services.bulk_rows import new_ids
from segmentation.models import ScoreRun
from segmentation.services.score_run import run as run_scores
from tenancy.clock import finished_day
from tenancy.models import Clinic
from tenancy.scope import clinic_scope
from tenancy.services.clinics import create_clinic

N_CUSTOMERS, CUSTOMERS_A_CLINIC, FEWEST = 1_000_000, 5_000, 50
SPREAD = 1.0
# Of such clinics a customer has ten purchase days in the mean.
HABITS: dict[str, float] = {
    "years": 12.0, "growth": 1.0, "leave_later_rate": 0.01, "leave_after_first_rate": 0.1,
    "moves_away_per_year": 0.02,
}  # fmt: skip
MOST_TIMES, MOST_MB = 10.0, 1_500
AGGREGATE = """
SELECT customer_id, max(counts_on) - DATE '1970-01-01', count(DISTINCT counts_on), sum(net_minor)
FROM customers_sale WHERE clinic_id = {clinic} GROUP BY customer_id
"""


def main(n_customers: int) -> int:
    sizes = _sizes(n_customers)
    clinics = _fill(sizes)
    report = Report()
    report.told("clinics", len(clinics))
    report.told("customers", sum(sizes))
    report.told("sales", _Rows.n_sales)
    watch = _Watch()
    least = watch.timed(lambda: [_least(clinic) for clinic in clinics])
    night = watch.timed(lambda: [_night(clinic) for clinic in clinics])
    report.told("least, seconds", least.seconds)
    report.told("night, seconds", night.seconds)
    report.told("least, CPU seconds", least.cpu)
    report.told("night, CPU seconds", night.cpu)
    report.limited("night / least", night.seconds / least.seconds, MOST_TIMES)
    report.limited("memory of the worker, MB", watch.peak_mb(), MOST_MB)
    return report.exit_code


def _sizes(n_customers: int) -> list[int]:
    """Log-normal, the same every time, of about that sum."""
    n_clinics = max(n_customers // CUSTOMERS_A_CLINIC, 3)
    drawn = np.exp(SPREAD * np.random.default_rng(11).normal(size=n_clinics))
    return np.maximum((drawn / drawn.sum() * n_customers).astype(int), FEWEST).tolist()


def _fill(sizes: list[int]) -> list[Clinic]:
    clinics = []
    with bare_tables(Customer, Sale, SaleLine) as copier:
        for number, size in enumerate(sizes):
            clinic = create_clinic(
                slug=f"n{number}", name=f"n{number}", timezone="Asia/Shanghai", currency="CNY",
                country="CN",
            )  # fmt: skip
            until = finished_day(clinic.zone, timezone.now())
            config = replace(SHANGHAI.scaled(size), **HABITS)
            _Rows(clinic, generate(config, seed=number, until=until)).write(copier)
            clinics.append(clinic)
    return clinics


class _Rows:
    """What a scoring reads: customers, sales and lines, treatments."""

    n_sales = 0

    def __init__(self, clinic: Clinic, world: World) -> None:
        _Rows.n_sales += len(world.sales)
        self.clinic, self.world, self.now = clinic, world, timezone.now().isoformat()
        with clinic_scope(clinic.pk), transaction.atomic():
            self.customers = np.array(new_ids(Customer, len(world.customers)))
            self.sales = np.array(new_ids(Sale, len(world.sales)))
            table = world.treatments
            rows = [
                Treatment(code=code, name=code, interval_days=int(days) or None)
                for code, days in zip(table.code.tolist(), table.interval_days, strict=True)
            ]
            self.treatments = np.array([row.pk for row in Treatment.objects.bulk_create(rows)])

    def write(self, copier: Copier) -> None:
        people, sales, lines = self.world.customers, self.world.sales, self.world.sale_lines
        texts = dict.fromkeys(
            ("gender", "occupation", "education", "city", "district", "address",
             "language", "acquisition_source", "notes"), "",
        )  # fmt: skip
        stamps = {"created_at": self.now, "updated_at": self.now}
        self._copy(
            copier, Customer,
            {"id": self.customers, "name": people.name, "known_since_on": people.created_on},
            **texts, **stamps,
        )  # fmt: skip
        days = sales.occurred_at.astype("datetime64[D]")
        self._copy(
            copier, Sale,
            {
                "id": self.sales, "external_id": self.sales,
                "customer_id": self.customers[sales.customer],
                "occurred_at": np.datetime_as_string(sales.occurred_at, timezone="UTC"),
                "occurred_on": days, "counts_on": days, "gross_minor": sales.gross_minor,
                "discount_minor": sales.discount_minor, "net_minor": sales.net_minor,
            },
            source="booking", kind="sale", currency="CNY", **stamps,
        )  # fmt: skip
        self._copy(
            copier, SaleLine,
            {
                "sale_id": self.sales[lines.sale], "line_no": np.arange(len(lines)),
                "treatment_id": self.treatments[lines.treatment], "net_minor": lines.net_minor,
                "cost_minor": lines.cost_minor,
            },
            item_code="", item_name="", quantity=1,
        )  # fmt: skip

    def _copy(
        self, copier: Copier, model: type, columns: dict[str, np.ndarray], **same: Any
    ) -> None:
        names = ("clinic_id", *columns, *same)
        alike = tuple(same.values())
        values = [column.tolist() for column in columns.values()]
        rows: Iterator = ((self.clinic.pk, *row, *alike) for row in zip(*values, strict=True))
        copier.copy(model, names, rows)


def _least(clinic: Clinic) -> None:
    with clinic_scope(clinic.pk), connection.cursor() as cursor:
        found = io.BytesIO()
        query = AGGREGATE.format(clinic=clinic.pk)
        cursor.copy_expert(f"COPY ({query}) TO STDOUT", found)
        cursor.execute("CREATE TEMPORARY TABLE least (customer_id bigint, last integer, n integer,"
                       " net bigint) ON COMMIT DROP")  # fmt: skip
        found.seek(0)
        cursor.copy_expert("COPY least FROM STDIN", found)


def _night(clinic: Clinic) -> None:
    with clinic_scope(clinic.pk, atomic=False):
        run_scores(as_of=finished_day(clinic.zone, timezone.now()))
        with transaction.atomic():
            if not ScoreRun.objects.filter(is_current=True).exists():
                raise RuntimeError(f"{clinic.slug} was not scored.")


class _Took:
    def __init__(self, seconds: float, cpu: float) -> None:
        self.seconds, self.cpu = seconds, cpu


class _Watch:
    """CPU of this process and of the backend that works for it."""

    def __init__(self) -> None:
        self.me = psutil.Process()

    def timed(self, work: Any) -> _Took:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backend = psutil.Process(cursor.fetchone()[0])
        both = (self.me, backend)
        before, began = sum(map(_cpu, both)), perf_counter()
        work()
        return _Took(perf_counter() - began, sum(map(_cpu, both)) - before)

    def peak_mb(self) -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else N_CUSTOMERS))
