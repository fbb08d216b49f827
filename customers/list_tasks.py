"""Celery doors of the list's bulk work. `customers.tasks` brings them in."""

from celery import shared_task
from django.utils import timezone

from customers.services import list_export, list_jobs
from tenancy.models import Clinic
from tenancy.scope import clinic_scope


@shared_task(name="customers.work_list_job")
def work_list_job(*, clinic_id: int, job_id: int) -> None:
    with clinic_scope(clinic_id, atomic=False):
        list_jobs.work(job_id=job_id, at=timezone.now())


@shared_task(name="customers.sweep_lists")
def sweep_lists() -> None:
    """Every few minutes: work that stopped goes on, old exports are deleted."""
    now = timezone.now()
    for clinic in Clinic.objects.order_by("pk"):
        with clinic_scope(clinic.pk):
            list_jobs.take_up_again(at=now)
            list_export.sweep()
