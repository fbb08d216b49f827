"""Celery doors of rules and tiers; those of the ledger are in `tasks`."""

from celery import shared_task
from django.utils import timezone

from loyalty.services import what_if_jobs
from tenancy.scope import clinic_scope


@shared_task(name="loyalty.run_what_if")
def run_what_if(*, clinic_id: int, job_id: int) -> None:
    with clinic_scope(clinic_id, atomic=False):
        what_if_jobs.work_job(job_id=job_id, at=timezone.now())
