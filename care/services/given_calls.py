"""Giving calls to somebody by hand, to many customers at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from care.models import Task
from care.services.planning import AT_RISK, GIVEN_BY, at_stake_minor, reason_of
from tenancy.models import Membership
from tenancy.services.audit import record
from tenancy.turns import wait_for_turn


@dataclass(frozen=True)
class Given:
    """n_refused: customers who do not want to be called."""

    n_opened: int
    n_changed: int
    n_refused: int


@transaction.atomic
def give_calls(
    scores: Iterable[Any], *, to: Membership | None, due_on: date, by: Membership
) -> Given:
    """A call about staying away to each of these customers; an open one changes hands instead.

    scores: CustomerScore annotated with `said_no`, with their customer. to: None for each one's own
    consultant.
    The nightly planning leaves owner and day of such a call alone.
    """
    wait_for_turn("care.plan_calls")
    asked = list(scores)
    wanted = {score.customer_id: score for score in asked if not score.said_no}
    open_calls = Task.objects.filter(intent=AT_RISK, done_at__isnull=True, customer__in=wanted)
    changed = list(open_calls.order_by("pk").select_for_update())
    taken = {task.customer_id for task in changed}
    opened = [Task(customer_id=pk, intent=AT_RISK) for pk in wanted if pk not in taken]
    for task in (*changed, *opened):
        score = wanted[task.customer_id]
        task.assigned_to_id = to.pk if to else score.customer.consultant_id
        task.due_on, task.priority = due_on, at_stake_minor(score)
        task.reason = reason_of(score) | {GIVEN_BY: by.pk}
    Task.objects.bulk_update(changed, ["assigned_to", "due_on", "priority", "reason"])
    Task.objects.bulk_create(opened)
    given = Given(len(opened), len(changed), len(asked) - len(wanted))
    record(action="task.given", by=by, detail={"n": len(wanted), "to": to.pk if to else None})
    return given
