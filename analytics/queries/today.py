"""What the day asks for: who comes in, whose birthday it is, who slipped away."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    FloatField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Window,
)
from django.db.models.functions import Cast

from customers.models import Appointment, Customer
from customers.queries import visible_customers
from segmentation.models import CustomerScore, Stage
from segmentation.score_queries import AT_RISK_FROM
from segmentation.standard_attributes import current_run
from tenancy.clock import local_day, start_of_day
from tenancy.models import Branch, Clinic

SHOWN_BIRTHDAYS = 8
SHOWN_SLIPPED = 8
SHOWN_APPOINTMENTS = 60
DUE_DAYS = 7
COMING_DAYS = 7
SLIPPED_DAYS = 7
SLIPPED_STAGES = (Stage.DORMANT, Stage.CHURNED)


@dataclass(frozen=True)
class Coming:
    """One appointment of the day. stage: in the current run, "" when not scored.

    is_first_visit: never seen here before. is_at_risk: likelier than not to stay away from now on.
    """

    appointment: Appointment
    stage: str
    is_first_visit: bool
    is_at_risk: bool


def appointments_of_day(clinic: Clinic, branch: Branch | None, day: date) -> list[Coming]:
    """In order of time, cancelled ones left out; one query."""
    zone = clinic.zone
    scores = CustomerScore.objects.filter(run=current_run(), customer=OuterRef("customer"))
    listed = (
        Appointment.objects.filter(
            starts_at__gte=start_of_day(zone, day),
            starts_at__lt=start_of_day(zone, day + timedelta(days=1)),
        )
        .exclude(status=Appointment.Status.CANCELLED)
        .select_related("customer", "treatment", "branch", "consultant__user")
        .annotate(
            stage=Subquery(scores.values("stage")[:1]),
            churn=Subquery(scores.values("churn_probability")[:1]),
        )
        .order_by("starts_at", "pk")
    )
    if branch is not None:
        listed = listed.filter(customer__home_branch=branch)
    return [_coming(appointment, day) for appointment in listed[:SHOWN_APPOINTMENTS]]


def next_appointments(
    clinic: Clinic, branch: Branch | None, after: date
) -> tuple[date | None, list[Coming]]:
    """The first day after `after` that somebody is booked for, and who; (None, []) if nobody is."""
    booked = Appointment.objects.filter(
        starts_at__gte=start_of_day(clinic.zone, after + timedelta(days=1)),
        starts_at__lt=start_of_day(clinic.zone, after + timedelta(days=1 + COMING_DAYS)),
    ).exclude(status=Appointment.Status.CANCELLED)
    if branch is not None:
        booked = booked.filter(customer__home_branch=branch)
    first_at = booked.aggregate(first_at=Min("starts_at"))["first_at"]
    if first_at is None:
        return None, []
    day = local_day(clinic.zone, first_at)
    return day, appointments_of_day(clinic, branch, day)


def _coming(appointment: Any, day: date) -> Coming:
    seen_on = appointment.customer.last_visit_on
    churn = appointment.churn
    return Coming(
        appointment=appointment,
        stage=appointment.stage or "",
        is_first_visit=seen_on is None or seen_on >= day,
        is_at_risk=churn is not None
        and churn >= AT_RISK_FROM
        and appointment.stage != Stage.CHURNED,
    )


def birthday_condition(day: date) -> Q:
    """Born on this day of the year; who was born on 29 February celebrates on the 28th."""
    born = Q(birth_on__month=day.month, birth_on__day=day.day)
    if (day.month, day.day) == (2, 28) and not calendar.isleap(day.year):
        born |= Q(birth_on__month=2, birth_on__day=29)
    return born


def birthdays(branch: Branch | None, day: date) -> list[Customer]:
    """A few of those who celebrate, who were here last first."""
    born = visible_customers(branch).filter(birthday_condition(day), birth_on__lt=day)
    return list(born.order_by(F("last_visit_on").desc(nulls_last=True), "pk")[:SHOWN_BIRTHDAYS])


@dataclass(frozen=True)
class Standing:
    """The clinic by its current run. as_of: None before the first.

    at_stake_minor: Σ spend in the RFM window × churn probability, of those at risk.
    n_due: whose next treatment falls due within seven days from the day asked for.
    """

    as_of: date | None
    n_by_stage: dict[str, int]
    n_at_risk: int
    at_stake_minor: int
    n_due: int

    @property
    def n_customers(self) -> int:
        return sum(self.n_by_stage.values())

    @property
    def n_active(self) -> int:
        """New, active and loyal: bought as lately as we would expect."""
        return sum(self.n_by_stage[stage] for stage in (Stage.NEW, Stage.ACTIVE, Stage.LOYAL))


def scores_now(branch: Branch | None) -> QuerySet[CustomerScore]:
    """Scores of the current run, of one branch's customers where a branch is chosen."""
    scores = CustomerScore.objects.filter(run=current_run())
    return scores if branch is None else scores.filter(customer__home_branch=branch)


AT_RISK = Q(churn_probability__gte=AT_RISK_FROM) & ~Q(stage=Stage.CHURNED)


def due_condition(day: date) -> Q:
    return Q(next_due_on__gte=day, next_due_on__lt=day + timedelta(days=DUE_DAYS))


def standing(branch: Branch | None, day: date) -> Standing:
    """One grouped read of the current run."""
    at_stake = Cast(F("monetary_minor"), FloatField()) * F("churn_probability")
    rows = list(
        scores_now(branch)
        .order_by()
        .values("stage", as_of=F("run__as_of"))
        .annotate(
            n=Count("pk"),
            n_at_risk=Count("pk", filter=AT_RISK),
            at_stake=Sum(at_stake, filter=AT_RISK, default=0.0),
            n_due=Count("pk", filter=due_condition(day)),
        )
    )
    n_by_stage = dict.fromkeys(Stage.values, 0)
    return Standing(
        as_of=rows[0]["as_of"] if rows else None,
        n_by_stage=n_by_stage | {row["stage"]: row["n"] for row in rows},
        n_at_risk=sum(row["n_at_risk"] for row in rows),
        at_stake_minor=round(sum(row["at_stake"] for row in rows)),
        n_due=sum(row["n_due"] for row in rows),
    )


@dataclass(frozen=True)
class Slipped:
    """Who slipped away within the last seven days. scores: a few of them, the latest first, and of
    one day who spent most first. n: of all of them; n_now: of those with the current run.
    """

    scores: Sequence[CustomerScore]
    n: int
    n_now: int


def slipped_condition(days: int = 1) -> Q:
    """Dormant or churned in the current run, since one of the last `days` days, and not so before.

    Who is scored for the first time did not slip away: nobody saw them stand anywhere before.
    """
    earlier = CustomerScore.objects.filter(
        customer=OuterRef("customer"), run__as_of__lt=OuterRef("stage_since_on")
    )
    since = F("run__as_of") - timedelta(days=days)
    return Q(Exists(earlier), stage__in=SLIPPED_STAGES, stage_since_on__gt=since)


def slipped_away(branch: Branch | None) -> Slipped:
    """Who became dormant or churned within the last seven days; one query."""
    is_new = Q(stage_since_on=F("run__as_of"))
    scores = list(
        scores_now(branch)
        .filter(slipped_condition(SLIPPED_DAYS))
        .select_related("customer")
        .annotate(n_all=Window(Count("pk")), n_now=Window(Count("pk", filter=is_new)))
        .order_by("-stage_since_on", "-monetary_minor", "customer_id")[:SHOWN_SLIPPED]
    )
    return Slipped(scores, scores[0].n_all, scores[0].n_now) if scores else Slipped([], 0, 0)
