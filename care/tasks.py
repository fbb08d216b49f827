"""Celery doors of the staff's work."""

from celery import shared_task
from django.utils import timezone

from care.services.aftercare import follow_open_events
from care.services.planning import plan_calls as plan
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import clinic_scope


@shared_task(name="care.plan_calls")
def plan_calls(*, clinic_id: int) -> None:
    """After new scores: put the day's calls on the staff's list."""
    with clinic_scope(clinic_id):
        clinic = Clinic.objects.get(pk=clinic_id)
        today = local_day(clinic.zone, timezone.now())
        follow_open_events(today)
        plan(today)


@shared_task(name="care.follow_adverse_events")
def follow_adverse_events(*, clinic_id: int) -> None:
    """One was noted or is over: the list of whoever looks after it. `plan_calls` finds the rest."""
    with clinic_scope(clinic_id):
        clinic = Clinic.objects.get(pk=clinic_id)
        follow_open_events(local_day(clinic.zone, timezone.now()))
