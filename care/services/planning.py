"""Which customers the staff should call, from the current scores."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import (
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Window,
)
from django.db.models.functions import RowNumber

from care.models import Task
from customers.models import AdverseEvent, Consent, ContactPoint
from segmentation.models import CustomerScore, Stage
from tenancy.clock import start_of_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id
from tenancy.turns import wait_for_turn

AT_RISK = "at_risk"
AT_RISK_FROM = 0.5
GIVEN_BY = "given_by"  # in a call's reason: who gave it by hand
CALLS_A_DAY = 20
REST_DAYS = 30
Desk = tuple[int | None, int | None]  # consultant, branch: who makes the calls


@transaction.atomic
def plan_calls(on: date, *, calls_a_day: int = CALLS_A_DAY) -> int:
    """Open a call for each customer at risk, most at stake first; how many were opened.

    At risk: dormant, or churn probability of at least 0.5, and not churned, by the current run.
    At stake: spend in the RFM window × churn probability. A customer is called with a phone that
    works, unless they took back their consent to calls, at most once in 30 days.
    calls_a_day: the most that one consultant (or, where a customer has none, one branch) gets,
    with what is still open and what was done that day. Safe to repeat.
    Calls nobody made yet to customers no longer at risk are taken off the list; those that
    somebody gave by hand stay, with their owner and day.
    """
    wait_for_turn("care.plan_calls")
    at_risk = _at_risk()
    planned = _open_calls().filter(**{f"reason__{GIVEN_BY}__isnull": True})
    planned.exclude(customer__in=at_risk.values("customer")).delete()
    _refresh(at_risk)
    taken = _taken(on)
    ranked = _callable(at_risk, on).annotate(
        rank=Window(
            RowNumber(),
            partition_by=[F("customer__consultant"), F("customer__home_branch")],
            order_by=[F("at_stake_minor").desc(), F("customer_id").asc()],
        )
    )
    chosen = ranked.filter(rank__lte=calls_a_day).select_related("customer")
    calls = [
        _call(score, on) for score in chosen if score.rank + taken[_desk(score)] <= calls_a_day
    ]
    Task.objects.bulk_create(calls, ignore_conflicts=True)
    return len(calls)


def _at_risk() -> QuerySet[CustomerScore]:
    """Scores of the current run, with `at_stake_minor`."""
    at_stake = ExpressionWrapper(
        F("monetary_minor") * F("churn_probability"), output_field=FloatField()
    )
    return (
        CustomerScore.objects.filter(run__is_current=True, last_purchase_on__isnull=False)
        .filter(Q(stage=Stage.DORMANT) | Q(churn_probability__gte=AT_RISK_FROM))
        .exclude(stage=Stage.CHURNED)
        .exclude(customer__died_on__isnull=False)
        .annotate(at_stake_minor=at_stake)
    )


def _open_calls() -> QuerySet[Task]:
    return Task.objects.filter(intent=AT_RISK, done_at__isnull=True)


def _refresh(at_risk: QuerySet[CustomerScore]) -> None:
    """Open calls follow the new scores: order, reason, and who is the consultant now."""
    scores = {
        score.customer_id: score
        for score in at_risk.filter(customer__in=_open_calls().values("customer")).select_related(
            "customer"
        )
    }
    tasks = list(_open_calls().order_by("pk").select_for_update())
    for task in tasks:
        score = scores.get(task.customer_id)
        if score is None:
            continue  # new scores came in between; their own planning follows
        given = {key: task.reason[key] for key in (GIVEN_BY,) if key in task.reason}
        task.priority, task.reason = at_stake_minor(score), reason_of(score) | given
        if not given:
            task.assigned_to_id = score.customer.consultant_id
    Task.objects.bulk_update(tasks, ["priority", "reason", "assigned_to"], batch_size=500)


def _callable(at_risk: QuerySet[CustomerScore], on: date) -> QuerySet[CustomerScore]:
    """Those who can and may be called, and have no call open or made lately."""
    clinic = Clinic.objects.get(pk=current_clinic_id())
    rested = start_of_day(clinic.zone, on - timedelta(days=REST_DAYS))
    same_customer = {"customer": OuterRef("customer")}
    calls = Task.objects.filter(**same_customer, intent=AT_RISK).filter(
        Q(done_at__isnull=True) | Q(done_at__gte=rested)
    )
    return at_risk.filter(may_be_called(OuterRef("customer")), ~Exists(calls))


def may_be_called(customer: OuterRef) -> Q:
    """Has a phone that works, did not say no, and no harm of a treatment is still open."""
    phone = ContactPoint.objects.filter(customer=customer, kind="phone", is_valid=True)
    harmed = AdverseEvent.objects.filter(customer=customer).still_open()
    return Q(Exists(phone), ~Exists(harmed)) & ~has_said_no(customer)


def has_said_no(customer: OuterRef) -> Q:
    """Took back their consent to calls and has given no new one."""
    consent = Consent.objects.filter(customer=customer, purpose="marketing", channel="phone")
    return Q(Exists(consent.filter(withdrawn_at__isnull=False))) & ~Q(
        Exists(consent.filter(withdrawn_at__isnull=True))
    )


def _taken(on: date) -> Counter[Desk]:
    """Calls of the day that each desk has already: due and open, or done today."""
    clinic = Clinic.objects.get(pk=current_clinic_id())
    today = Q(done_at__gte=start_of_day(clinic.zone, on))
    mine = Task.objects.filter(intent=AT_RISK).filter(
        today | Q(done_at__isnull=True, due_on__lte=on)
    )
    groups = mine.values_list("customer__consultant", "customer__home_branch").annotate(Count("pk"))
    return Counter({(consultant, branch): n for consultant, branch, n in groups.order_by()})


def _desk(score: CustomerScore) -> Desk:
    return score.customer.consultant_id, score.customer.home_branch_id


def _call(score: CustomerScore, on: date) -> Task:
    return Task(
        customer_id=score.customer_id,
        intent=AT_RISK,
        reason=reason_of(score),
        due_on=on,
        priority=at_stake_minor(score),
        assigned_to_id=score.customer.consultant_id,
    )


def at_stake_minor(score: CustomerScore) -> float:
    """As the database orders them, see `_at_risk`."""
    return score.monetary_minor * (score.churn_probability or 0.0)


def reason_of(score: CustomerScore) -> dict[str, Any]:
    """Plain facts for `care.reasons`."""
    interval, last_on = score.expected_interval_days, score.last_purchase_on
    return {
        "last_purchase_on": last_on.isoformat() if last_on else None,
        "expected_interval_days": None if interval is None else round(interval),
        "churn_probability": score.churn_probability,
        "monetary_minor": score.monetary_minor,
    }
