"""What a customer's profile shows of the staff's work."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from care.models import Task
from care.queries import BY_VALUE, call_of
from customers.profile_actions import ProfileAction, register_action, to
from customers.queries.profile import Profile


def calls_on_profile(profile: Profile) -> Mapping[str, Any] | None:
    """The open calls about this customer, or None for nothing to show."""
    open_tasks = Task.objects.filter(customer=profile.customer, done_at__isnull=True)
    listed = open_tasks.select_related("customer", "assigned_to__user").order_by(*BY_VALUE)
    calls = [call_of(task, profile.contacts, profile.today) for task in listed]
    return {"calls": calls} if calls else None


def register_plan_action() -> None:
    register_action(
        ProfileAction(
            "plan-call",
            _("Plan a call"),
            "phone-outgoing",
            to("care:plan-call"),
            order=11,
            capability="tasks.work",
        )
    )
