"""Celery doors of scoring; those of segments are in `segment_tasks`."""

from celery import shared_task
from django.utils import timezone

from segmentation import segment_tasks  # noqa: F401  so that workers know them
from segmentation.services import nightly, score_jobs, score_retention
from tenancy.models import Clinic
from tenancy.queue import enqueue
from tenancy.scope import clinic_scope


@shared_task(name="segmentation.start_nightly_runs")
def start_nightly_runs() -> None:
    """Every few minutes: ask for the run of each clinic whose finished day is not scored yet."""
    now = timezone.now()
    for clinic in Clinic.objects.filter(is_active=True).order_by("pk"):
        with clinic_scope(clinic.pk):
            score_jobs.ask_again(at=now)
            if nightly.day_to_score(clinic, at=now):
                enqueue("segmentation.score_clinic")


@shared_task(name="segmentation.score_clinic")
def score_clinic(*, clinic_id: int) -> None:
    with clinic_scope(clinic_id):
        nightly.score_finished_day(at=timezone.now())


@shared_task(name="segmentation.score_now")
def score_now(*, clinic_id: int, job_id: int) -> None:
    with clinic_scope(clinic_id, atomic=False):
        score_jobs.work_job(job_id=job_id, at=timezone.now())


@shared_task(name="segmentation.prune_runs")
def prune_runs(*, clinic_id: int) -> None:
    with clinic_scope(clinic_id):
        score_retention.prune_runs(at=timezone.now())
