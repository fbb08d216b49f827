"""Celery doors of this app."""

from celery import shared_task
from django.utils import timezone

from tenancy.idempotency import forget_old_keys
from tenancy.models import Clinic
from tenancy.queue import send
from tenancy.scope import clinic_scope


@shared_task(name="tenancy.tidy_up")
def tidy_up() -> None:
    """One task a clinic, for what it no longer needs."""
    for clinic_id in Clinic.objects.values_list("pk", flat=True):
        send("tenancy.forget_answers", {"clinic_id": clinic_id})


@shared_task(name="tenancy.forget_answers")
def forget_answers(*, clinic_id: int) -> None:
    with clinic_scope(clinic_id):
        forget_old_keys(at=timezone.now())
