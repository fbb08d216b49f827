"""Scores of past month-ends, so that movement can be seen from the first day on."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from customers.models import Sale
from segmentation.models import ScoreRun
from segmentation.scores_pages.history import missing_month_ends
from segmentation.services.score_run import ScoreRefused, run
from tenancy.clock import local_day
from tenancy.models import Clinic

MOST_MONTHS = 60


def months_to_score(clinic: Clinic, *, n_months: int, at: datetime) -> list[date]:
    """Month-ends of the last n months that have no scores, from the first sale on.

    Raises ScoreRefused for a number of months that is none.
    """
    if not 1 <= n_months <= MOST_MONTHS:
        raise ScoreRefused(f"--months: {n_months} is not between 1 and {MOST_MONTHS}.")
    scored = ScoreRun.objects.filter(finished_at__isnull=False).values_list("as_of", flat=True)
    days = missing_month_ends(set(scored), today=local_day(clinic.zone, at), n_months=n_months)
    first_on = Sale.objects.aggregate(first_on=Min("occurred_on"))["first_on"]
    return [day for day in days if first_on is not None and day >= first_on]


def score_months(clinic: Clinic, *, n_months: int) -> Iterator[ScoreRun]:
    """Score them, the earliest first, each a run of its own; call without an open transaction."""
    with transaction.atomic():
        days = months_to_score(clinic, n_months=n_months, at=timezone.now())
    for day in days:
        yield run(as_of=day)
