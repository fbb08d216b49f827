"""The nightly scoring of many clinics, beside the least that any scoring must do.

    ./dev bench score_night              1,000,000 customers in 200 clinics
    ./dev bench score_night 100000       fewer customers, in fewer clinics

`least` is, in the same run and clinic by clinic: aggregate the purchase days per customer in
Postgres, `COPY` that out, and `COPY` one score row a customer into a plain table: the row the
product keeps, without keys, indexes or row security. `least of 4 columns` copies in the aggregate
alone. `night` is the whole run of every clinic: all scores, churn, reasons, stages since, the
finished run in its place; one sale of TOUCHED was written since the clinic's sales were read whole,
as after a fortnight. A twenty-eighth of the clinics learns in it, as in every night; the night
before, the first ever, everyone learns and reads everything. `without reasons` keeps nobody's.
`R, F, M, stage` reads the purchase days, scores these four and copies them into a bare table.
`bulk_update` is Django's, of the same columns.
Clinics are of very different size (log-normal), of twelve simulated years, ten purchase days a
customer. Ratios are of processor time, of this process and of Postgres together; nothing runs in
parallel. Only `two workers` is of the clock: how many times as much two processes do as one, each
with clinics of its own; it wants two processors and a quiet machine.
"""

import io
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from typing import Any

import numpy as np
import psutil
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.models import F
from django.utils import timezone

import bench._django  # noqa: F401  first: it loads the settings
from bench._copying import Copier, bare_tables
from bench._measuring import Report
from clinic_crm.simulator import SHANGHAI, generate
from clinic_crm.simulator.world import World
from customers.models import Customer, Sale, SaleLine, Treatment
from customers.services.bulk_rows import new_ids
from segmentation.models import CustomerScore, ScoreRun
from segmentation.scoring.intervals import expect_intervals
from segmentation.scoring.purchases import PurchaseDays, begins, order_history
from segmentation.scoring.rfm import score_rfm
from segmentation.scoring.stages import StageRules, stages_of
from segmentation.services import score_rows
from segmentation.services.copy_columns import read_packed, write_columns
from segmentation.services.sale_facts import places
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
MOST_TIMES, MOST_TIMES_PLAIN, MOST_TIMES_FOUR = 10.0, 6.0, 1.5
LEAST_TIMES_SLOWER, MOST_MB = 50.0, 1_500
TOUCHED = 200
LEAST_TWO_WORKERS = 1.7  # times the work of one
N_BULK = 2_000  # customers for Django's bulk_update, which takes milliseconds for each
PLAIN, AT_LEAST_TURNS = "least_score", 3
AGGREGATE = """
SELECT customer_id, max(counts_on) - DATE '1970-01-01', count(DISTINCT counts_on), sum(net_minor)
FROM customers_sale WHERE clinic_id = {clinic} GROUP BY customer_id
"""


_PURCHASES = """
SELECT customer_id, counts_on, net_minor FROM customers_sale
WHERE clinic_id = %(clinic)s AND occurred_on <= %(as_of)s
"""


def main(n_customers: int) -> int:
    sizes = _sizes(n_customers)
    clinics = _fill(sizes)
    report = Report()
    report.told("clinics", len(clinics))
    report.told("customers", sum(sizes))
    report.told("sales", _Rows.n_sales)
    watch = _Watch()
    first = watch.timed(lambda: [_night(clinic, days_ago=1) for clinic in clinics])
    _sell(clinics)
    night = watch.timed(lambda: [_night(clinic) for clinic in clinics])
    with _no_reasons():
        plain = watch.timed(lambda: [_night(clinic) for clinic in clinics])
    learned = sum(_learned_today(clinic) for clinic in clinics)
    peak_mb = watch.peak_mb()
    rows = _plain_rows(clinics)
    turns = range(AT_LEAST_TURNS)
    four, few, least = (
        min((watch.timed(lambda work=work: work(clinics, rows)) for _ in turns), key=_Took.of_cpu)
        for work in (_four, _least_of_four_columns, _least)
    )
    bulk, n_bulk = _bulk_update(clinics, watch)
    for name, took in (
        ("least", least), ("least of 4 columns", few), ("R, F, M, stage", four),
        ("first night", first), ("night", night), ("night without reasons", plain),
    ):  # fmt: skip
        report.told(f"{name}, CPU seconds", took.cpu)
        report.told(f"{name}, seconds", took.seconds)
    report.limited("night / least", night.cpu / least.cpu, MOST_TIMES)
    report.limited("night without reasons / least", plain.cpu / least.cpu, MOST_TIMES_PLAIN)
    report.told("clinics that learn in it", learned)
    report.told("night / least of 4 columns", night.cpu / few.cpu)
    report.told("first night / least", first.cpu / least.cpu)
    report.limited("R, F, M, stage / least", four.cpu / least.cpu, MOST_TIMES_FOUR)
    a_customer = night.cpu / sum(sizes)
    report.told("night, µs a customer", a_customer * 1e6)
    report.limited(
        "night, share of bulk_update alone",
        a_customer / (bulk.cpu / n_bulk),
        1 / LEAST_TIMES_SLOWER,
    )
    report.limited("memory of the worker, MB", peak_mb, MOST_MB)
    alone, together = _by_workers(clinics, 1), _by_workers(clinics, 2)
    report.limited("one worker's share of two's work", together / alone, 1 / LEAST_TWO_WORKERS)
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
    sizes: dict[int, int] = {}  # clinic: customers

    def __init__(self, clinic: Clinic, world: World) -> None:
        _Rows.n_sales += len(world.sales)
        _Rows.sizes[clinic.pk] = len(world.customers)
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


def _plain_rows(clinics: list[Clinic]) -> dict[int, bytes]:
    """The score rows of every clinic as COPY gives them, and a plain table to put them in."""
    table, role = CustomerScore._meta.db_table, settings.DATABASES["default"]["USER"]
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"CREATE TABLE {PLAIN} (LIKE {table})")
        cursor.execute(f"GRANT INSERT ON {PLAIN} TO {role}")
    rows = {}
    for clinic in clinics:
        with clinic_scope(clinic.pk), connection.cursor() as cursor:
            (run_id,) = ScoreRun.objects.filter(is_current=True).values_list("pk", flat=True)
            found = io.BytesIO()
            wanted = f"SELECT * FROM {table} WHERE clinic_id = {clinic.pk} AND run_id = {run_id}"
            cursor.copy_expert(f"COPY ({wanted}) TO STDOUT BINARY", found)
            rows[clinic.pk] = found.getvalue()
    return rows


def _least(clinics: list[Clinic], rows: dict[int, bytes]) -> None:
    for clinic in clinics:
        with clinic_scope(clinic.pk), connection.cursor() as cursor:
            _aggregate(cursor, clinic)
            cursor.copy_expert(f"COPY {PLAIN} FROM STDIN BINARY", io.BytesIO(rows[clinic.pk]))


def _least_of_four_columns(clinics: list[Clinic], _rows: dict[int, bytes]) -> None:
    for clinic in clinics:
        with clinic_scope(clinic.pk), connection.cursor() as cursor:
            found = _aggregate(cursor, clinic)
            cursor.execute("CREATE TEMPORARY TABLE least (customer_id bigint, last integer,"
                           " n integer, net bigint) ON COMMIT DROP")  # fmt: skip
            cursor.copy_expert("COPY least FROM STDIN", found)


def _aggregate(cursor: Any, clinic: Clinic) -> io.BytesIO:
    found = io.BytesIO()
    cursor.copy_expert(f"COPY ({AGGREGATE.format(clinic=clinic.pk)}) TO STDOUT", found)
    found.seek(0)
    return found


def _four(clinics: list[Clinic], _rows: dict[int, bytes]) -> None:
    """R, F, M and stage of everyone, from the purchase days in Postgres to rows in Postgres."""
    for clinic in clinics:
        as_of = finished_day(clinic.zone, timezone.now())
        with clinic_scope(clinic.pk), connection.cursor() as cursor:
            asked = {"clinic": clinic.pk, "as_of": as_of}
            buyer, day, net = read_packed(_PURCHASES, asked, ("bigint", "date", "bigint"))
            customer_id = np.unique(buyer[begins(buyer)])  # they come in order, mostly
            bought = PurchaseDays(places(customer_id, buyer), day, net)
            history = order_history(bought, n_customers=len(customer_id), as_of=as_of)
            rfm = score_rfm(history)
            interval = expect_intervals(history.standing(history.as_of))
            cursor.execute("CREATE TEMPORARY TABLE four (customer_id bigint, recency_days integer,"
                           " frequency integer, monetary_minor bigint, r smallint, f smallint,"
                           " m smallint, stage smallint) ON COMMIT DROP")  # fmt: skip
            write_columns("four", {
                "customer_id": customer_id, "recency_days": rfm.recency_days,
                "frequency": rfm.frequency, "monetary_minor": rfm.monetary_minor,
                "r": rfm.r.astype(np.int16), "f": rfm.f.astype(np.int16),
                "m": rfm.m.astype(np.int16),
                "stage": stages_of(history, interval.days, StageRules()).astype(np.int16),
            })  # fmt: skip


def _bulk_update(clinics: list[Clinic], watch: "_Watch") -> tuple["_Took", int]:
    """(what it took, of how many customers): Django's own way to write scores that are reckoned."""
    clinic = min(clinics, key=lambda one: abs(_Rows.sizes[one.pk] - N_BULK))
    with clinic_scope(clinic.pk):
        scores = list(CustomerScore.objects.filter(run__is_current=True)[:N_BULK])
        keys = {"id", "clinic", "run", "customer"}
        fields = [one.name for one in CustomerScore._meta.concrete_fields if one.name not in keys]
        took = watch.timed(
            lambda: CustomerScore.objects.bulk_update(scores, fields, batch_size=500)
        )
        transaction.set_rollback(True)
    return took, len(scores)


def _night(clinic: Clinic, *, days_ago: int = 0) -> None:
    with clinic_scope(clinic.pk, atomic=False):
        run_scores(as_of=finished_day(clinic.zone, timezone.now()) - timedelta(days=days_ago))
        with transaction.atomic():
            if not ScoreRun.objects.filter(is_current=True).exists():
                raise RuntimeError(f"{clinic.slug} was not scored.")


def _sell(clinics: list[Clinic]) -> None:
    """Write one sale of TOUCHED, so that it is read anew."""
    for clinic in clinics:
        with clinic_scope(clinic.pk), transaction.atomic():
            sales = Sale.objects.annotate(place=F("pk") % TOUCHED).filter(place=0)
            sales.update(updated_at=timezone.now())


@contextmanager
def _no_reasons() -> Iterator[None]:
    told_from, score_rows.TOLD_FROM = score_rows.TOLD_FROM, 2.0  # nobody is that likely to go
    yield
    score_rows.TOLD_FROM = told_from


def _learned_today(clinic: Clinic) -> bool:
    with clinic_scope(clinic.pk), transaction.atomic():
        run = ScoreRun.objects.get(is_current=True)
        return run.report["learned_on"] == run.as_of.isoformat()


def _by_workers(clinics: list[Clinic], n_workers: int) -> float:
    """Seconds that so many processes need for a night of all, once they have started."""
    shares: list[list[Clinic]] = [[] for _ in range(n_workers)]
    for clinic in sorted(clinics, key=lambda one: -_Rows.sizes[one.pk]):
        min(shares, key=lambda share: sum(_Rows.sizes[one.pk] for one in share)).append(clinic)
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.score_night", "worker", *(str(one.pk) for one in share)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for share in shares
    ]  # fmt: skip
    for worker in workers:
        worker.stdout.readline()  # it is ready
    began = perf_counter()
    for worker in workers:
        worker.stdin.write(b"go\n")
        worker.stdin.close()
    codes = [worker.wait() for worker in workers]
    if any(codes):
        raise RuntimeError("A worker failed.")
    return perf_counter() - began


def _work(clinic_ids: list[int]) -> int:
    clinics = list(Clinic.objects.filter(pk__in=clinic_ids).order_by("pk"))
    _night(clinics[0])  # what a worker loads once
    print("ready", flush=True)
    sys.stdin.readline()
    for clinic in clinics:
        _night(clinic)
    return 0


class _Took:
    def __init__(self, seconds: float, cpu: float) -> None:
        self.seconds, self.cpu = seconds, cpu

    def of_cpu(self) -> float:
        return self.cpu


class _Watch:
    """CPU of this process and of the backend that works for it."""

    def __init__(self) -> None:
        self.me = psutil.Process()

    def timed(self, work: Any) -> _Took:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_backend_pid(), set_config('max_parallel_workers_per_gather', '0', false)"
            )
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
    if sys.argv[1:2] == ["worker"]:
        sys.exit(_work([int(pk) for pk in sys.argv[2:]]))
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else N_CUSTOMERS))
