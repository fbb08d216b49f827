"""Scoring on demand: a job that the page can watch, safe to ask for and to deliver twice."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from segmentation.services.score_run import STEPS, run
from tenancy.clock import finished_day
from tenancy.exceptions import DomainError
from tenancy.models import Clinic, Job, Membership
from tenancy.queue import enqueue
from tenancy.scope import current_clinic_id
from tenancy.turns import wait_for_turn

KIND = "score"
SILENT_AFTER = timedelta(minutes=10)  # a worker says something at every step, in seconds
OPEN = (Job.State.QUEUED, Job.State.RUNNING)


@transaction.atomic
def ask_for_run(*, by: Membership | None) -> Job:
    """A job that scores the last finished day; the one already open when there is one."""
    wait_for_turn("segmentation.ask_for_run")  # a double click asks once
    if waiting := Job.objects.filter(kind=KIND, state__in=OPEN).first():
        return waiting
    job = Job.objects.create(kind=KIND, n_total=len(STEPS), started_by=by)
    enqueue("segmentation.score_now", job_id=job.pk)
    return job


def ask_again(*, at: datetime) -> int:
    """Nudge jobs whose nudge was lost or whose worker fell silent; how many."""
    lost = Job.objects.filter(kind=KIND).filter(_left_behind(at)).values_list("pk", flat=True)
    for job_id in lost:
        enqueue("segmentation.score_now", job_id=job_id)
    return len(lost)


def _left_behind(at: datetime) -> Q:
    silent_since = at - SILENT_AFTER
    return Q(state=Job.State.QUEUED, created_at__lt=silent_since) | Q(
        state=Job.State.RUNNING, heartbeat_at__lt=silent_since
    )


def work_job(*, job_id: int, at: datetime) -> None:
    """Do one job, step by step committed; a second delivery of the same job does nothing."""
    with transaction.atomic():
        free = Q(state=Job.State.QUEUED) | _left_behind(at)
        claimed = Job.objects.filter(free, pk=job_id, kind=KIND).update(
            state=Job.State.RUNNING, heartbeat_at=at, n_done=0
        )
        job = Job.objects.get(pk=job_id) if claimed else None
        clinic = Clinic.objects.get(pk=current_clinic_id())
    if job is None:
        return
    try:
        made = run(
            as_of=finished_day(clinic.zone, at),
            job=job,
            on_progress=lambda n_done: _tell(job, n_done=n_done, heartbeat_at=timezone.now()),
        )
    except Exception as error:  # whatever it was, the page must not wait for ever
        reason = error.message if isinstance(error, DomainError) else type(error).__name__
        _tell(job, state=Job.State.FAILED, error=reason[:500], finished_at=timezone.now())
        raise
    _tell(job, state=Job.State.DONE, result={"run": made.pk}, finished_at=timezone.now())


def _tell(job: Job, **changes) -> None:
    with transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**changes)
