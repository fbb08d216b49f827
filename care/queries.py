"""The staff's list: whose calls, in which order, and what to know before dialling."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, Q, QuerySet, Value, When
from django.utils import timezone

from care.models import Task
from customers.queries.contacts import Contact, contacts_of
from tenancy.clock import local_day, start_of_day
from tenancy.models import Branch, Membership

SHOWN_TODAY = 10
BY_VALUE = ("-priority", "due_on", "pk")


@dataclass(frozen=True)
class Call:
    """One row of the list. phone: the primary one that works, or "", to dial and (phone_shown) as
    people read it. The rest is why to call.

    days_since: days since the last purchase; at_stake_minor: spend × probability of leaving.
    """

    task: Task
    phone: str
    phone_shown: str
    days_since: int | None
    interval_days: int | None
    churn_probability: float | None

    @property
    def at_stake_minor(self) -> int:
        return 0 if "adverse_event" in self.task.reason else round(self.task.priority)


@dataclass(frozen=True)
class TodaysCalls:
    """calls: the first ten. n_open: all that wait for this member today. n_done: made today."""

    calls: list[Call]
    n_open: int
    n_done: int


def visible_tasks(branch: Branch | None) -> QuerySet[Task]:
    """Tasks about one branch's customers where a branch is chosen, else all."""
    tasks = Task.objects.select_related("customer", "assigned_to__user", "done_by__user")
    return tasks if branch is None else tasks.filter(customer__home_branch=branch)


def todays_calls(
    membership: Membership, branch: Branch | None, *, at: datetime | None = None
) -> TodaysCalls:
    """Calls due for this member: their own, and those of nobody in particular.

    branch: `request.branch`. at: now unless given. Four queries, however many calls.
    """
    at = at or timezone.now()
    today = local_day(membership.clinic.zone, at)
    mine = Q(assigned_to=membership) | Q(assigned_to__isnull=True)
    due = visible_tasks(branch).filter(mine, done_at__isnull=True, due_on__lte=today)
    # Whoever asked for an hour that has come is called before all others.
    asked_for = Case(When(call_at__lte=at, then=Value(0)), default=Value(1))
    first = due.order_by(asked_for, *BY_VALUE)[:SHOWN_TODAY]
    return TodaysCalls(calls_of(first, today), due.count(), n_done_today(membership, at=at))


def n_done_today(membership: Membership, *, at: datetime) -> int:
    """Calls this member made since midnight at the clinic."""
    zone = membership.clinic.zone
    since = start_of_day(zone, local_day(zone, at))
    return Task.objects.filter(done_by=membership, done_at__gte=since).count()


def calls_of(tasks: Iterable[Task], today: date) -> list[Call]:
    """Rows for these tasks, in their order; one query for all phones."""
    tasks = list(tasks)
    contacts = contacts_of({task.customer_id for task in tasks}, in_clear=True)
    return [call_of(task, contacts.get(task.customer_id, []), today) for task in tasks]


def call_of(task: Task, contacts: list[Contact], today: date) -> Call:
    """contacts: the customer's, primary first, unmasked."""
    phone = next((c for c in contacts if c.kind == "phone" and c.is_valid), None)
    last_on = task.reason.get("last_purchase_on")
    return Call(
        task=task,
        phone=phone.value if phone else "",
        phone_shown=phone.shown if phone else "",
        days_since=(today - date.fromisoformat(last_on)).days if last_on else None,
        interval_days=task.reason.get("expected_interval_days"),
        churn_probability=task.reason.get("churn_probability"),
    )


def listed_tasks(view: str, membership: Membership, branch: Branch | None) -> QuerySet[Task]:
    """view: "open" (everybody's), "mine", or "done" (newest first)."""
    tasks = visible_tasks(branch)
    if view == "done":
        return tasks.filter(done_at__isnull=False).order_by("-done_at", "-pk")
    waiting = tasks.filter(done_at__isnull=True).order_by(*BY_VALUE)
    return waiting.filter(assigned_to=membership) if view == "mine" else waiting
