"""Celery doors of the list's bulk work. `customers.tasks` brings them in."""

from celery import shared_task
from django.utils import timezone

from customers.services import list_export, list_jobs, quality
from tenancy.models import Clinic
from tenancy.queue import enqueue
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


@shared_task(name="customers.start_quality_nights")
def start_quality_nights() -> None:
    """Every few minutes: ask for the figures of each clinic whose finished day has none yet."""
    now = timezone.now()
    for clinic in Clinic.objects.filter(is_active=True).order_by("pk"):
        with clinic_scope(clinic.pk):
            if quality.day_to_measure(clinic, at=now):
                enqueue("customers.measure_quality")


@shared_task(name="customers.measure_quality")
def measure_quality(*, clinic_id: int) -> None:
    with clinic_scope(clinic_id):
        quality.measure_finished_day(at=timezone.now())
