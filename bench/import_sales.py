"""Import of 100,000 sales rows against a bare COPY of the same file, in one run.

    ./dev bench import_sales

The file is made up in the shape of a real shop's export: 21 rows an invoice in the mean, one row
in thirty of a refund, ids, times, names, prices. COPY puts the same bytes into a plain table with
one column each. The import reads, checks, groups, writes sales, lines, visits and events under row
security, and keeps its place. Beside the clock stands the processor time of Postgres and of this
process together. In an import the two work at the same time, so on a quiet machine the clock says
less. A second line tells of a till that writes two rows an invoice; it is printed for comparison
and decides nothing.
"""

import os
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_crm.settings")
django.setup()

from django.db import connections, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench._measuring import BackendClock  # noqa: E402
from customers.models import ImportFile, Sale  # noqa: E402
from customers.services import imports  # noqa: E402
from customers.services.imports import words  # noqa: E402
from tenancy.models import Clinic  # noqa: E402
from tenancy.scope import clinic_scope  # noqa: E402

N_ROWS = 100_000
LIMIT = 20.0
REPEATS = 2
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def make_file(path: Path, *, rows_an_invoice: float, seed: int = 7) -> None:
    """Invoices of geometric length over one year, in the order of their time."""
    rng = random.Random(seed)
    when, number, n_rows = datetime(2025, 1, 1, 8), 500_000, 0
    items = [
        (f"{20_000 + n}{rng.choice('ABC')}", f"TREATMENT OR PRODUCT {n}") for n in range(3_000)
    ]
    step = timedelta(days=360) * (rows_an_invoice / N_ROWS)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        while n_rows < N_ROWS:
            number, when = number + 1, when + step
            is_refund = rng.random() < 1 / 30
            invoice = f"C{number}" if is_refund else str(number)
            customer = 12_000 + int(4_400 * rng.random() ** 2)
            for _ in range(min(1 + int(rng.expovariate(1 / (rows_an_invoice - 0.5))), 400)):
                code, name = rng.choice(items)
                quantity = rng.choice((1, 1, 2, 3, 6, 12)) * (-1 if is_refund else 1)
                price = rng.choice((85, 125, 165, 295, 495, 1275)) / 100
                file.write(
                    f"{invoice},{code},{name},{quantity},{when:%Y-%m-%d %H:%M:%S},{price},"
                    f"{customer}.0,United Kingdom\n"
                )
                n_rows += 1
                if n_rows == N_ROWS:
                    return


@dataclass(frozen=True)
class Took:
    """Seconds by the clock; of the processor, by this process and by Postgres."""

    wall: float
    cpu: float


@contextmanager
def measured(alias: str, into: list[Took]) -> Iterator[None]:
    clock = BackendClock(alias)
    before, began = clock() + process_time(), perf_counter()
    yield
    wall = perf_counter() - began
    into.append(Took(wall, clock() + process_time() - before))


def copied_in(path: Path) -> Took:
    """The bare COPY, committed."""
    took: list[Took] = []
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_plain")
        cursor.execute(
            "CREATE TABLE bench_plain (invoice text, code text, name text, quantity integer,"
            " at timestamp, price numeric, customer text, country text)"
        )
        with measured("owner", took), path.open("rb") as file, transaction.atomic(using="owner"):
            cursor.copy_expert("COPY bench_plain FROM STDIN WITH (FORMAT csv, HEADER)", file)
        cursor.execute("DROP TABLE bench_plain")
    return took[0]


def imported(path: Path, slug: str) -> Took:
    """From the stored upload to the last commit."""
    took: list[Took] = []
    clinic = Clinic.objects.create(
        slug=slug, name=slug, timezone="Europe/London", currency="GBP", country="GB"
    )
    with clinic_scope(clinic.pk, atomic=False):
        with transaction.atomic(), path.open("rb") as file:
            stored = imports.store_upload(content=file, name=path.name, kind="sales")
            imports.ask_for_import(import_file=stored, by=None, in_background=False)
        with measured("default", took):
            imports.work(import_id=stored.pk, at=timezone.now())
        with transaction.atomic():
            done = ImportFile.objects.get(pk=stored.pk)
            n_sales = Sale.objects.count()
            assert done.state == ImportFile.State.DONE, words.failure(done.report)
            assert done.n_rows == N_ROWS and done.n_refused == 0, done.report
            assert n_sales == done.n_created
    return took[0]


def measure(folder: Path, name: str, rows_an_invoice: float) -> tuple[Took, Took]:
    """(the COPY, the import), the best of a few of each."""
    path = folder / f"{name}.csv"
    make_file(path, rows_an_invoice=rows_an_invoice)
    copied = _best(copied_in(path) for _ in range(REPEATS + 1))
    slugs = [f"bench-{name}-{os.getpid()}-{number}" for number in range(REPEATS)]
    return copied, _best(imported(path, slug) for slug in slugs)


def _best(turns: Iterable[Took]) -> Took:
    """The best of both, of whichever turn."""
    walls, cpus = zip(*((took.wall, took.cpu) for took in turns), strict=True)
    return Took(min(walls), min(cpus))


def _said(copied: Took, done: Took) -> str:
    return (
        f"COPY {copied.wall:.2f} s, import {done.wall:.2f} s, {done.wall / copied.wall:.1f} times;"
        f" of the processor {copied.cpu:.2f} s, {done.cpu:.2f} s, {done.cpu / copied.cpu:.1f} times"
    )


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        copied, done = measure(Path(folder), "shop", 21)
        ratio = done.wall / copied.wall
        verdict = "ok" if ratio <= LIMIT else "over"
        print(f"import_sales {ratio:.1f} {LIMIT:.0f} {verdict}")
        print(f"  21 rows an invoice: {_said(copied, done)}")
        copied, done = measure(Path(folder), "till", 2)
        print(f"  2 rows an invoice: {_said(copied, done)} (not limited)")
    return int(verdict == "over")


if __name__ == "__main__":
    sys.exit(main())
