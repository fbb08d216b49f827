"""Which runs are kept. A run a night for a hundred thousand customers fills a disk otherwise."""

from datetime import datetime, timedelta

from segmentation.models import CustomerScore, ScoreRun
from segmentation.services.score_run import TURN
from tenancy.turns import wait_for_turn

KEPT_RUNS = 2  # the last ones made, whatever their day: pages may be reading the one before
KEPT_FOR = timedelta(days=2)  # a past day scored by hand stays long enough to be exported


def prune_runs(*, at: datetime) -> int:
    """Delete the runs nobody needs any more; how many.

    Kept: the current one, the last two made, and the newest version of each of these days: the
    last one scored of every month, and those scored within the last two days.
    """
    wait_for_turn(TURN)
    runs = list(ScoreRun.objects.filter(finished_at__isnull=False).order_by("as_of", "version"))
    newest_version = {run.as_of: run for run in runs}
    month_end = {(day.year, day.month): run for day, run in newest_version.items()}
    kept = {run.pk for run in sorted(runs, key=lambda run: run.pk)[-KEPT_RUNS:]}
    kept |= {run.pk for run in runs if run.is_current}
    kept |= {run.pk for run in month_end.values()}
    kept |= {run.pk for run in newest_version.values() if run.finished_at > at - KEPT_FOR}
    gone = [run.pk for run in runs if run.pk not in kept]
    CustomerScore.objects.filter(run_id__in=gone).delete()
    ScoreRun.objects.filter(pk__in=gone).delete()
    return len(gone)
