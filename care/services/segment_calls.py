"""A segment as a work list: a call to each of its customers, given to a person."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from care.models import Task
from care.services.planning import GIVEN_BY, at_stake_minor, may_be_called, reason_of
from customers.models import Customer
from segmentation.limits import REFRESH_MS, rule_limits
from segmentation.models import CustomerScore, Segment
from segmentation.queries import segment_customers
from tenancy.models import Branch, Membership
from tenancy.services.audit import record
from tenancy.turns import wait_for_turn

MOST_CALLS = 500


@dataclass(frozen=True)
class Opened:
    """n_left: customers who could be called, too, beyond the number that was wanted."""

    n_opened: int
    n_left: int


def intent_of(segment: Segment) -> str:
    return f"segment:{segment.pk}"


def callable_members(segment: Segment, branch: Branch | None) -> QuerySet[Customer]:
    """Who meets the rule now, can and may be called, and has no call open because of the segment.

    Raises RuleRefused.
    """
    found = segment_customers(segment)
    if branch is not None:
        found = found.filter(home_branch=branch)
    open_calls = open_calls_of(segment).filter(customer=OuterRef("pk"))
    return found.filter(may_be_called(OuterRef("pk")), ~Exists(open_calls), died_on__isnull=True)


def open_calls_of(segment: Segment) -> QuerySet[Task]:
    return Task.objects.filter(intent=intent_of(segment), done_at__isnull=True)


@transaction.atomic
def call_members(
    segment: Segment,
    *,
    to: Membership | None,
    due_on: date,
    why: str,
    most: int,
    branch: Branch | None,
    by: Membership,
) -> Opened:
    """Open a call to each customer of the segment, those who spent most first. Safe to repeat.

    to: None for each one's own consultant. most: at most so many calls, up to MOST_CALLS.
    branch: only this branch's customers. Raises RuleRefused.
    """
    wait_for_turn("care.plan_calls")
    found = callable_members(segment, branch)
    with rule_limits(found, most_ms=REFRESH_MS):
        n_callable = found.count()
        chosen = list(found.order_by("-spent_minor", "pk")[: min(most, MOST_CALLS)])
    scores = _scores_of(chosen)
    Task.objects.bulk_create(
        Task(
            customer=customer,
            intent=intent_of(segment),
            reason=_facts(scores.get(customer.pk)) | {"why": why.strip(), GIVEN_BY: by.pk},
            due_on=due_on,
            priority=at_stake_minor(scores[customer.pk]) if customer.pk in scores else 0.0,
            assigned_to_id=to.pk if to else customer.consultant_id,
        )
        for customer in chosen
    )
    told = {"n": len(chosen), "to": to.pk if to else None}
    record(action="task.given", by=by, subject=segment, detail=told)
    return Opened(len(chosen), n_callable - len(chosen))


def _scores_of(customers: list[Customer]) -> dict[int, CustomerScore]:
    scores = CustomerScore.objects.filter(run__is_current=True, customer__in=customers)
    return {score.customer_id: score for score in scores}


def _facts(score: CustomerScore | None) -> dict[str, object]:
    return reason_of(score) if score else {}
