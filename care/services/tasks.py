"""What the staff do with a task: answer it once, or put it off."""

from datetime import date, datetime

from django.db import transaction

from care.models import Task
from care.services.planning import plan_calls
from customers.models import Customer
from customers.services.timeline import record_event
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.services.audit import record

__all__ = [
    "OutcomeUnknown",
    "complete_task",
    "open_call",
    "plan_call",
    "plan_calls",
    "postpone_task",
]

ASKED = "asked"  # the intent of a call that somebody wants made

LONGEST_NOTE = Task._meta.get_field("outcome_note").max_length
LONGEST_STEP = Task._meta.get_field("next_step").max_length


class OutcomeUnknown(DomainError):
    code = "outcome_unknown"


@transaction.atomic
def complete_task(
    task: Task,
    outcome: str,
    note: str = "",
    *,
    by: Membership | None,
    at: datetime,
    next_step: str = "",
    n_minutes: int | None = None,
) -> bool:
    """Write down how a call went; False when somebody did already, and then nothing changes.

    outcome: a value of Task.Outcome. note: free words, cut at the length of the field.
    next_step: what was agreed. n_minutes: it took so long. Raises OutcomeUnknown.
    """
    if outcome not in Task.Outcome.values:
        raise OutcomeUnknown(f"{outcome!r} is none of {', '.join(Task.Outcome.values)}.")
    written = Task.objects.filter(pk=task.pk, done_at__isnull=True).update(
        outcome=outcome,
        outcome_note=note.strip()[:LONGEST_NOTE],
        next_step=next_step.strip()[:LONGEST_STEP],
        n_minutes=n_minutes,
        done_at=at,
        done_by=by,
    )
    task.refresh_from_db()
    if not written:
        return False
    record_event(
        kind="call.made",
        customer=task.customer,
        occurred_at=at,
        source_key=f"task:{task.pk}",
        at=at,
        payload={"outcome": outcome, "intent": task.intent, "by": str(by or "")},
    )
    return True


def postpone_task(task: Task, *, until: date, call_at: datetime | None = None) -> bool:
    """Show an open task again on a later day; False when it is done already.

    call_at: the hour somebody asked to be called at, shown with it.
    """
    written = Task.objects.filter(pk=task.pk, done_at__isnull=True).update(
        due_on=until, call_at=call_at
    )
    task.refresh_from_db()
    return bool(written)


@transaction.atomic
def plan_call(
    *, customer: Customer, due_on: date, why: str, assigned_to: Membership | None, by: Membership
) -> Task:
    """A call that somebody wants made; one that is planned already is changed instead."""
    reason = {"why": why.strip()[:LONGEST_NOTE], "asked_by": by.pk}
    task, _is_new = Task.objects.update_or_create(
        customer=customer,
        intent=ASKED,
        done_at=None,
        defaults={"due_on": due_on, "reason": reason, "assigned_to": assigned_to},
    )
    record(action="task.planned", by=by, subject=task)
    return task


@transaction.atomic
def open_call(
    *, customer_id: int, intent: str, why: str, script: str, due_on: date, campaign_id: int
) -> tuple[Task, bool]:
    """The call of a campaign's step, for the customer's own consultant: (task, is it new).

    One that is open for the same intent ("campaign:12:3") stays as it is: asked twice, called once.
    """
    consultant = Customer.objects.values_list("consultant", flat=True).filter(pk=customer_id)
    return Task.objects.get_or_create(
        customer_id=customer_id,
        intent=intent,
        done_at=None,
        defaults={
            "due_on": due_on,
            "script": script,
            "reason": {"why": why[:LONGEST_NOTE], "campaign": campaign_id},
            "assigned_to_id": consultant.first(),
        },
    )
