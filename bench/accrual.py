"""Points for imported sales against a bare COPY, and the nightly expiry against its bare statement.

    ./dev bench accrual [sales]

Sales of a clinic (default 1,000,000, as after an import) earn their points in one run: entry, lot
and balance of each. The bare side is a COPY of as many rows into a table shaped and indexed like
the ledger. Then all their lots end on one night: the bare side is one set-based statement that
writes as many entries, empties as many lots and lowers as many balances, in tables of the same
shape without references, triggers and row security. Times are wall-clock, each once, as a night;
beside them the processor time of Postgres, which knows nothing of what else the machine does.
"""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from time import perf_counter

from django.db import connections, transaction

import bench._django  # noqa: F401  first: it loads the settings
from bench._copying import bare_tables
from bench._measuring import BackendClock, Report
from customers.models import Customer, Sale
from customers.services.bulk_rows import new_ids
from loyalty.models import Account, LedgerEntry, LotUse, PointLot
from loyalty.services.accrual import accrue
from loyalty.services.expiry import expire_points
from loyalty.services.programme import Rung, Terms, create_programme
from tenancy.models import Clinic
from tenancy.scope import clinic_scope
from tenancy.services.clinics import create_clinic
from tenancy.statistics import refresh_statistics

N_SALES, SALES_EACH = 1_000_000, 10
MOST_TIMES = 3.0
FIRST, LASTS = date(2026, 1, 1), 365
NIGHT = FIRST + timedelta(days=LASTS + 200)

_BARE = """
DROP TABLE IF EXISTS bench_entry, bench_lot, bench_account;
CREATE TABLE bench_entry (LIKE loyalty_ledgerentry INCLUDING ALL);
CREATE TABLE bench_lot (LIKE loyalty_pointlot INCLUDING ALL);
CREATE TABLE bench_account (LIKE loyalty_account INCLUDING ALL);
"""
_ROWS = """
COPY (SELECT id, clinic_id, account_id, kind, points, posted_on, idempotency_key, sale_id, reason,
    rules, transfer_key, created_at FROM loyalty_ledgerentry) TO STDOUT
"""
_COPY = """
COPY bench_entry (id, clinic_id, account_id, kind, points, posted_on, idempotency_key, sale_id,
    reason, rules, transfer_key, created_at) FROM STDIN
"""
_BARE_EXPIRY = """
WITH due AS MATERIALIZED (
    SELECT id, clinic_id, account_id, remaining, expires_on FROM bench_lot
    WHERE remaining > 0 AND expires_on <= %(on)s
), entry AS (
    INSERT INTO bench_entry (id, clinic_id, account_id, kind, points, posted_on, idempotency_key,
        reason, created_at)
    SELECT nextval('loyalty_ledgerentry_id_seq'), clinic_id, account_id, 'expiry', -remaining,
        expires_on, 'expiry:' || id, '', now() FROM due
), emptied AS (
    UPDATE bench_lot SET remaining = 0 FROM due WHERE bench_lot.id = due.id
)
UPDATE bench_account SET balance = balance - gone.points
FROM (SELECT account_id, sum(remaining) AS points FROM due GROUP BY account_id) gone
WHERE bench_account.id = gone.account_id
"""


def make_sales(n_sales: int) -> Clinic:
    """Ten sales a customer, spread over half a year, as an import leaves them."""
    slug = f"bench-accrual-{perf_counter():.0f}"
    clinic = create_clinic(
        slug=slug, name="Bench", timezone="Asia/Shanghai", currency="CNY", country="CN"
    )
    with clinic_scope(clinic.pk):
        create_programme(
            terms=Terms("Points", 1, 1, points_expire_after_days=LASTS),
            ladder=[Rung("Member", 0)],
            starts_on=FIRST,
        )
        customers = new_ids(Customer, n_sales // SALES_EACH)
    now = "2026-08-01T00:00:00+00:00"
    with bare_tables(Customer, Sale) as copier:
        texts = ("gender", "occupation", "education", "city", "district", "address",
                 "acquisition_source", "language", "notes")  # fmt: skip
        copier.copy(
            Customer,
            ("clinic_id", "id", "name", "known_since_on", "created_at", "updated_at", *texts),
            ((clinic.pk, pk, f"C{pk}", FIRST, now, now, *[""] * len(texts)) for pk in customers),
        )
        columns = ("clinic_id", "source", "external_id", "kind", "customer_id", "occurred_at",
                   "occurred_on", "counts_on", "gross_minor", "discount_minor", "net_minor",
                   "currency", "created_at", "updated_at")  # fmt: skip
        copier.copy(Sale, columns, (
            (clinic.pk, "bench", number, "sale", customers[number // SALES_EACH], now,
             *[FIRST + timedelta(days=number % 180)] * 2, 10_000 + number % 977, 0,
             10_000 + number % 977, "CNY", now, now) for number in range(n_sales)
        ))  # fmt: skip
    return clinic


@dataclass(frozen=True)
class Took:
    """Seconds by the clock, and of the processor by Postgres."""

    wall: float
    cpu: float


def measured(alias: str, work: Callable[[], object]) -> Took:
    clock = BackendClock(alias)
    before, began = clock(), perf_counter()
    work()
    return Took(perf_counter() - began, clock() - before)


def committed(clinic: Clinic, work: Callable[[], object]) -> Took:
    def in_scope() -> None:
        with clinic_scope(clinic.pk):
            work()

    return measured("default", in_scope)


def main() -> int:
    n_sales = int(sys.argv[1]) if len(sys.argv) > 1 else N_SALES
    clinic, report = make_sales(n_sales), Report()
    took = committed(clinic, lambda: accrue(on=NIGHT))
    with clinic_scope(clinic.pk):
        assert LedgerEntry.objects.count() == n_sales
        refresh_statistics(Account, LedgerEntry, PointLot, LotUse, n_rows=n_sales)
    bare_copy, bare_night = bare_times(clinic)
    night = committed(clinic, lambda: expire_points(on=NIGHT))
    with clinic_scope(clinic.pk):
        assert LedgerEntry.objects.filter(kind="expiry").count() == n_sales
    for name, ours, bare in (
        ("accrual of {:,} sales", took, bare_copy), ("expiry of {:,} lots", night, bare_night),
    ):  # fmt: skip
        report.told(f"{name.format(n_sales)}, s", ours.wall)
        report.told("  the bare side, s", bare.wall)
        report.told("  times the bare side, processor time", ours.cpu / bare.cpu)
        report.limited("  times the bare side", ours.wall / bare.wall, MOST_TIMES)
    return report.exit_code


def bare_times(clinic: Clinic) -> tuple[Took, Took]:
    """(the COPY, the expiry), over copies of the clinic's own rows."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(_BARE)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('clinic_crm.clinic_id', %s, true)", [str(clinic.pk)])
        rows = io.StringIO()
        cursor.copy_expert(_ROWS, rows)
        for table, source in (("bench_lot", PointLot), ("bench_account", Account)):
            cursor.execute(f"INSERT INTO {table} SELECT * FROM {source._meta.db_table}")
    rows.seek(0)
    with connections["owner"].cursor() as cursor:
        copied = measured("owner", lambda: cursor.copy_expert(_COPY, rows))
        cursor.execute("ANALYZE bench_entry, bench_lot, bench_account")
        expired = measured("owner", lambda: cursor.execute(_BARE_EXPIRY, {"on": NIGHT}))
        cursor.execute("DROP TABLE bench_entry, bench_lot, bench_account")
    return copied, expired


if __name__ == "__main__":
    sys.exit(main())
