"""A sales file of a million rows, one in a hundred bad in twenty-four ways, as a worker does it.

    ./dev bench import_million

The worker is a process of its own, as under Celery; its resident memory is read five times a
second. Told are its time, its peak, whether every kind of bad was counted exactly, and how many
rows a second import of the same file changes. Then a smaller file is imported by workers that are
killed without mercy twenty times, wherever they happen to be; what stands in the end must be what
an undisturbed import leaves.
"""

import random
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Sum
from django.utils import timezone

import bench._django  # noqa: F401  first: it loads the settings
from bench._bad_sales import write_file
from bench._measuring import Report
from customers.models import Customer, CustomerEvent, ImportFile, Sale, SaleLine, Visit
from customers.services import imports
from customers.services.imports import chunks
from tenancy.models import Clinic, Job
from tenancy.scope import clinic_scope

N_ROWS, N_ROWS_WITH_KILLS = 1_000_000, 60_000
SMALL_CHUNK = 2_000
N_KILLS = 20
LIMIT_SECONDS, LIMIT_MB = 600, 400
_OF_THE_RUN = frozenset({"seconds", "at"})  # when it was, not what came of it


def main() -> int:
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        _million(Path(folder), report)
        _killed(Path(folder), report)
    return report.exit_code


def _million(folder: Path, report: Report) -> None:
    path = folder / "million.csv"
    expected = write_file(path, n_rows=N_ROWS)
    clinic = _clinic("million")
    first, seconds, peak_mb = _watched(clinic, path)
    report.limited("import_million, seconds", seconds, LIMIT_SECONDS)
    report.limited("import_million, worker's peak RSS, MB", peak_mb, LIMIT_MB)
    wrong = _differences(first.report["reasons"], expected)
    report.limited("import_million, kinds of bad miscounted", wrong, 0)
    report.limited("import_million, rows unaccounted for", abs(first.n_rows - N_ROWS), 0)
    report.told("import_million, rows refused", first.n_refused)
    report.told("import_million, sales made", first.n_created)
    again, seconds, _peak = _watched(clinic, path)
    changed = again.n_created + again.n_updated + _differences(again.report["reasons"], expected)
    report.limited("import_million again, records changed", changed, 0)
    report.told("import_million again, seconds", seconds)


def _differences(found: dict[str, int], expected: dict[str, int]) -> int:
    return sum(found.get(code) != expected.get(code) for code in {*found, *expected})


def _killed(folder: Path, report: Report) -> None:
    path = folder / "killed.csv"
    write_file(path, n_rows=N_ROWS_WITH_KILLS, seed=5)
    undisturbed, killed = _clinic("undisturbed"), _clinic("killed")
    _watched(undisturbed, path, chunk=SMALL_CHUNK)
    n_kills = _import_with_kills(killed, path)
    report.told("import_million, workers killed", n_kills)
    report.limited(
        "import_million, differences after kills",
        sum(a != b for a, b in zip(_end_state(undisturbed), _end_state(killed), strict=True)),
        0,
    )


def _clinic(slug: str) -> Clinic:
    return Clinic.objects.create(
        slug=slug, name=slug, timezone="Europe/London", currency="GBP", country="GB"
    )


def _ask(clinic: Clinic, path: Path) -> int:
    with clinic_scope(clinic.pk), path.open("rb") as file:
        mapping = {"options": {"unknown_customers": "create"}}
        stored = imports.store_upload(content=file, name=path.name, kind="sales", mapping=mapping)
        imports.ask_for_import(import_file=stored, by=None, in_background=False)
    return stored.pk


def _start(clinic: Clinic, import_id: int, chunk: int) -> subprocess.Popen:
    arguments = [str(clinic.pk), str(import_id), str(chunk)]
    command = [sys.executable, "-m", "bench.import_million", "--work", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _watched(
    clinic: Clinic, path: Path, *, chunk: int = chunks.CHUNK_ROWS
) -> tuple[ImportFile, float, float]:
    """(what became of it, seconds from the worker's readiness to its end, peak memory in MB)."""
    import_id = _ask(clinic, path)
    worker = _start(clinic, import_id, chunk)
    _wait_until_ready(worker)
    began, peak_kb = time.perf_counter(), 0
    while worker.poll() is None:
        peak_kb = max(peak_kb, _resident_kb(worker.pid))
        time.sleep(0.2)
    seconds = time.perf_counter() - began
    with clinic_scope(clinic.pk):
        done = ImportFile.objects.get(pk=import_id)
    assert done.state == ImportFile.State.DONE, done.report
    return done, seconds, peak_kb / 1024


def _wait_until_ready(worker: subprocess.Popen) -> None:
    assert worker.stdout is not None
    worker.stdout.readline()


def _resident_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # just gone
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


def _import_with_kills(clinic: Clinic, path: Path) -> int:
    rng, import_id, n_kills = random.Random(11), _ask(clinic, path), 0
    while not _is_done(clinic, import_id):
        _as_if_long_silent(clinic, import_id)
        worker = _start(clinic, import_id, SMALL_CHUNK)
        if n_kills < N_KILLS:
            _wait_until_ready(worker)
            time.sleep(rng.uniform(0.0, 0.8))
            n_kills += worker.poll() is None
            worker.kill()
        worker.wait()
    return n_kills


def _is_done(clinic: Clinic, import_id: int) -> bool:
    """An import given up after three deaths at one place is let go on, as a person would."""
    with clinic_scope(clinic.pk):
        found = ImportFile.objects.get(pk=import_id)
        if found.state == ImportFile.State.FAILED:
            imports.ask_for_import(import_file=found, by=None, in_background=False)
        return found.state == ImportFile.State.DONE


def _as_if_long_silent(clinic: Clinic, import_id: int) -> None:
    """What five minutes of silence would do: the next worker may take the run up."""
    with clinic_scope(clinic.pk):
        file = ImportFile.objects.get(pk=import_id)
        then = timezone.now() - timedelta(hours=1)
        Job.objects.filter(pk=file.job_id).update(heartbeat_at=then)


def _end_state(clinic: Clinic) -> list[Any]:
    """Everything an import leaves, ids and times apart."""
    with clinic_scope(clinic.pk):
        done = ImportFile.objects.order_by("-pk")[0]
        sales = Sale.objects.order_by("external_id").annotate(n=Count("lines"))
        sums = SaleLine.objects.aggregate(n=Count("pk"), net=Sum("net_minor"))
        events = CustomerEvent.objects.values("kind").annotate(n=Count("pk")).order_by("kind")
        people = Customer.objects.order_by("name")
        visits = Visit.objects.order_by("customer__name", "visited_on")
        return [
            [done.n_rows, done.n_created, done.n_updated, done.n_unchanged, done.n_refused],
            {name: value for name, value in done.report.items() if name not in _OF_THE_RUN},
            list(done.problems.values_list("line", "field", "code")),
            list(sales.values_list("external_id", "occurred_at", "net_minor", "kind", "n")),
            sums,
            list(events.values_list("kind", "n")),
            list(people.values_list("name", "known_since_on", "last_visit_on", "spent_minor")),
            list(visits.values_list("customer__name", "visited_on")),
        ]


def work(clinic_id: int, import_id: int, chunk: int) -> None:
    """The worker's side."""
    chunks.chunks_of.__kwdefaults__["size"] = chunk
    with clinic_scope(clinic_id, atomic=False):
        with transaction.atomic():
            connection.ensure_connection()
        print("ready", flush=True)
        imports.work(import_id=import_id, at=timezone.now())


if __name__ == "__main__":
    if "--work" in sys.argv:
        work(*map(int, sys.argv[2:]))
    else:
        sys.exit(main())
