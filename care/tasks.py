"""Celery doors of the staff's work."""

from celery import shared_task
from django.utils import timezone

from care.services.planning import plan_calls as plan
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import clinic_scope


@shared_task(name="care.plan_calls")
def plan_calls(*, clinic_id: int) -> None:
    """After new scores: put the day's calls on the staff's list."""
    with clinic_scope(clinic_id):
        clinic = Clinic.objects.get(pk=clinic_id)
        plan(local_day(clinic.zone, timezone.now()))
