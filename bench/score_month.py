"""Thirty nights of one clinic: what the score table grows to, and whether its readers ever wait.

    ./dev bench score_month            5,000 customers
    ./dev bench score_month 1000       fewer

After every night the runs nobody needs are deleted, as the product does, and the table is vacuumed,
as autovacuum does within a minute of a real night. Meanwhile another connection reads the scores of
the current run over and over and refuses to wait for a lock for longer than LONGEST_WAIT.
"""

import sys
import threading
from datetime import timedelta
from time import perf_counter

from django.db import OperationalError, connection, connections, transaction
from django.utils import timezone

import bench._django  # noqa: F401  first: it loads the settings
from bench._measuring import Report
from bench.score_night import _fill
from segmentation.models import CustomerScore, ScoreRun
from segmentation.services.score_retention import prune_runs
from segmentation.services.score_run import run
from tenancy.clock import finished_day
from tenancy.models import Clinic
from tenancy.scope import clinic_scope

N_CUSTOMERS, N_NIGHTS, SETTLED_AFTER = 5_000, 30, 6
MOST_GROWTH = 1.7  # of thirty nights over six: a month-end more is kept, half of what there was
LONGEST_WAIT = "50ms"


def main(n_customers: int) -> int:
    (clinic,) = _fill([n_customers])
    report, reader = Report(), _Reader(clinic)
    reader.start()
    sizes = [_night(clinic, days_ago) for days_ago in reversed(range(N_NIGHTS))]
    reader.stop()
    per_row = sizes[-1] / n_customers
    report.told("score table, KB after 6 nights", sizes[SETTLED_AFTER - 1] // 1024)
    report.told("score table, KB after 30 nights", sizes[-1] // 1024)
    report.told("bytes a customer after 30 nights", per_row)
    report.limited("growth from night 6 to 30", sizes[-1] / sizes[SETTLED_AFTER - 1], MOST_GROWTH)
    report.told("reads meanwhile", reader.n_reads)
    report.told("slowest read, ms", reader.slowest * 1000)
    report.limited(f"reads that waited {LONGEST_WAIT} for a lock", reader.n_waited, 0)
    report.limited("reads of an unfinished run", reader.n_torn, 0)
    return report.exit_code


def _night(clinic: Clinic, days_ago: int) -> int:
    """Score, prune, vacuum; bytes of the table and its indexes."""
    with clinic_scope(clinic.pk, atomic=False):
        run(as_of=finished_day(clinic.zone, timezone.now()) - timedelta(days=days_ago))
        with transaction.atomic():
            prune_runs(at=timezone.now() + timedelta(days=3))  # nothing is kept as just made
    table = CustomerScore._meta.db_table
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"VACUUM {table}")
        cursor.execute("SELECT pg_total_relation_size(%s)", [table])
        return cursor.fetchone()[0]


class _Reader(threading.Thread):
    """n_torn: reads that saw a current run with other rows than it says it has."""

    def __init__(self, clinic: Clinic) -> None:
        super().__init__(daemon=True)
        self.clinic, self.is_done = clinic, threading.Event()
        self.n_reads = self.n_waited = self.n_torn = 0
        self.slowest = 0.0

    def run(self) -> None:
        while not self.is_done.wait(0.005):
            began = perf_counter()
            try:
                self._read()
            except OperationalError:
                self.n_waited += 1
            self.slowest = max(self.slowest, perf_counter() - began)
            self.n_reads += 1
        connection.close()

    def _read(self) -> None:
        with clinic_scope(self.clinic.pk), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LONGEST_WAIT}'")
            cursor.execute(
                f"SELECT run.n_customers, (SELECT count(*) FROM {CustomerScore._meta.db_table} AS"
                f" score WHERE score.run_id = run.id) FROM {ScoreRun._meta.db_table} AS run"
                " WHERE run.is_current"
            )
            self.n_torn += any(said != found for said, found in cursor.fetchall())

    def stop(self) -> None:
        self.is_done.set()
        self.join()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else N_CUSTOMERS))
