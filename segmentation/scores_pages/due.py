"""Who is due for what, by week or by day; and who has booked already."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from customers.models import Appointment
from segmentation.models import CustomerScore, ScoreRun
from segmentation.scores_pages.people import for_rows, scores_shown, with_worth
from tenancy.models import Branch

OVERDUE_DAYS = 60  # who was due before is no longer waiting for this treatment
N_PERIODS = {"week": 12, "day": 21}
OPEN = (Appointment.Status.BOOKED, Appointment.Status.CONFIRMED)


@dataclass
class Period:
    """first to last, both included. by_treatment: (id, name) → customers. n_booked: of n."""

    first: date
    last: date
    is_overdue: bool = False
    n: int = 0
    n_booked: int = 0
    by_treatment: Counter[tuple[int, str]] = field(default_factory=Counter)

    def add(self, treatment: tuple[int, str], n: int, n_booked: int) -> None:
        self.n += n
        self.n_booked += n_booked
        self.by_treatment[treatment] += n

    @property
    def n_open(self) -> int:
        return self.n - self.n_booked


def periods_of(today: date, by: str) -> list[Period]:
    """What is overdue, then this week (from today on) and the next ones, or today and the days
    after it."""
    found = [Period(today - timedelta(days=OVERDUE_DAYS), today - timedelta(days=1), True)]
    first = today
    for _number in range(N_PERIODS[by]):
        last = first if by == "day" else first + timedelta(days=6 - first.weekday())
        found.append(Period(first, last))
        first = last + timedelta(days=1)
    return found


def due_scores(
    run: ScoreRun, branch: Branch | None, first: date, last: date, *, at: datetime
) -> QuerySet[CustomerScore]:
    """Due from one day to another, with `is_booked`: an appointment stands from `at` on."""
    ahead = Appointment.objects.filter(
        customer=OuterRef("customer"), starts_at__gte=at, status__in=OPEN
    )
    return (
        scores_shown(run, branch)
        .filter(next_due_on__range=(first, last), next_due_treatment__isnull=False)
        .annotate(is_booked=Exists(ahead))
    )


def calendar(
    run: ScoreRun, branch: Branch | None, *, today: date, by: str, at: datetime
) -> list[Period]:
    """Every period with its counts; one query."""
    periods = periods_of(today, by)
    scores = due_scores(run, branch, periods[0].first, periods[-1].last, at=at)
    groups = scores.order_by().values_list(
        "next_due_on", "next_due_treatment", "next_due_treatment__name"
    )
    counted = groups.annotate(n=Count("pk"), n_booked=Count("pk", filter=Q(is_booked=True)))
    for due_on, treatment_id, name, n, n_booked in counted:
        period = next(one for one in periods if one.first <= due_on <= one.last)
        period.add((treatment_id, name), n, n_booked)
    return periods


def people_due(
    scores: QuerySet[CustomerScore], *, treatment_id: int | None, only_open: bool
) -> QuerySet[CustomerScore]:
    """For their list, with `worth_minor`. only_open: who has not booked yet."""
    if treatment_id is not None:
        scores = scores.filter(next_due_treatment=treatment_id)
    if only_open:
        scores = scores.filter(is_booked=False)
    return for_rows(with_worth(scores))
