"""Celery doors of analytics."""

from celery import shared_task
from django.utils import timezone

from analytics.services import figures, read_outs
from tenancy.clock import finished_day
from tenancy.models import Clinic
from tenancy.queue import enqueue
from tenancy.scope import clinic_scope


@shared_task(name="analytics.start_nights")
def start_nights() -> None:
    """Every few minutes: ask for the measuring of each clinic whose night is not done yet."""
    now = timezone.now()
    for clinic in Clinic.objects.filter(is_active=True).order_by("pk"):
        with clinic_scope(clinic.pk):
            if read_outs.is_due(clinic, at=now):
                enqueue("analytics.measure_campaigns")


@shared_task(name="analytics.measure_campaigns")
def measure_campaigns(*, clinic_id: int) -> None:
    """Once a night: what each campaign did so far."""
    with clinic_scope(clinic_id):
        read_outs.measure_night(Clinic.objects.get(pk=clinic_id), at=timezone.now())


@shared_task(name="analytics.refresh_figures")
def refresh_figures(*, clinic_id: int) -> None:
    """Rates and revenue up to yesterday, after every scoring."""
    with clinic_scope(clinic_id):
        clinic = Clinic.objects.get(pk=clinic_id)
        figures.refresh_figures(finished_day(clinic.zone, timezone.now()))
