"""A call for whoever looks after an adverse event, as long as it is open."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max

from care.models import Task
from customers.models import AdverseEvent
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id

PREFIX = "adverse_event:"
CALL_AFTER_DAYS = 1  # after it was noted
CALL_AGAIN_DAYS = 3  # after a call, while it is open
URGENT = 1e12  # before any call that is about money


@transaction.atomic
def follow_open_events(on: date) -> int:
    """Open a call for each open event, take off those of events that are over; how many opened.

    Whose call was made and whose event is still open is called again. Safe to repeat.
    """
    zone = Clinic.objects.get(pk=current_clinic_id()).zone
    events = {
        f"{PREFIX}{event.pk}": event
        for event in AdverseEvent.objects.still_open().select_related("treatment").order_by("pk")
    }
    calls = Task.objects.filter(intent__startswith=PREFIX)
    calls.filter(done_at__isnull=True).exclude(intent__in=events).delete()
    has_call = set(calls.filter(done_at__isnull=True).values_list("intent", flat=True))
    made = calls.filter(intent__in=events).order_by().values_list("intent")
    last_at = dict(made.annotate(last_at=Max("done_at")))
    new = []
    for intent, event in events.items():
        if intent in has_call:
            continue
        last = last_at.get(intent)
        days = CALL_AGAIN_DAYS if last else CALL_AFTER_DAYS
        since_on = local_day(zone, last or event.noted_at)
        new.append(_call(event, intent, max(on, since_on + timedelta(days=days))))
    return len(Task.objects.bulk_create(new, ignore_conflicts=True))


def _call(event: AdverseEvent, intent: str, due_on: date) -> Task:
    """That something went wrong after which treatment: the words stay sealed."""
    treatment = event.treatment.name if event.treatment else ""
    return Task(
        customer_id=event.customer_id,
        intent=intent,
        reason={"adverse_event": event.pk, "treatment": treatment},
        due_on=due_on,
        priority=URGENT,
        assigned_to_id=event.follower_id,
    )
