"""A replay of a draft as a job: asked for once, done once, with progress to look at."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from loyalty.models import LadderDraft
from loyalty.services.ladder_checks import refuse_closed
from loyalty.services.what_if import N_STEPS, run
from tenancy.clock import local_day
from tenancy.exceptions import DomainError
from tenancy.models import Clinic, Job, Membership
from tenancy.queue import enqueue
from tenancy.scope import current_clinic_id

KIND = "what_if"
SILENT_AFTER = timedelta(minutes=10)
OPEN = (Job.State.QUEUED, Job.State.RUNNING)


@transaction.atomic
def ask(*, draft: LadderDraft, by: Membership | None) -> Job:
    """Start a replay of this draft; the one already open when there is one.

    Raises LadderRefused: the programme is closed, so its tiers stand still.
    """
    clinic = Clinic.objects.get(pk=current_clinic_id())
    refuse_closed(draft.programme, local_day(clinic.zone, timezone.now()))
    LadderDraft.objects.select_for_update(no_key=True).get(pk=draft.pk)
    draft.refresh_from_db()
    if draft.job and draft.job.state in OPEN and not _is_silent(draft.job, timezone.now()):
        return draft.job
    job = Job.objects.create(kind=KIND, n_total=N_STEPS, params={"draft": draft.pk}, started_by=by)
    draft.job = job
    draft.save(update_fields=["job", "updated_at"])
    enqueue("loyalty.run_what_if", job_id=job.pk)
    return job


def _is_silent(job: Job, at: datetime) -> bool:
    return (job.heartbeat_at or job.created_at) < at - SILENT_AFTER


def work_job(*, job_id: int, at: datetime) -> None:
    """Do one job; a second delivery of the same job does nothing."""
    with transaction.atomic():
        silent = Q(state=Job.State.RUNNING, heartbeat_at__lt=at - SILENT_AFTER)
        free = Q(state=Job.State.QUEUED) | silent
        claimed = Job.objects.filter(free, pk=job_id, kind=KIND).update(
            state=Job.State.RUNNING, heartbeat_at=at, n_done=0
        )
        if not claimed:
            return
        draft = LadderDraft.objects.select_related("programme").filter(job=job_id).first()
        clinic = Clinic.objects.get(pk=current_clinic_id())
    if draft is None:  # its rules were changed meanwhile: nobody waits for this one
        _tell(job_id, state=Job.State.DONE, finished_at=timezone.now())
        return
    try:
        run(draft=draft, as_of=local_day(clinic.zone, at), on_progress=lambda n: _step(job_id, n))
    except Exception as error:  # whatever it was, the page must not wait for ever
        reason = error.message if isinstance(error, DomainError) else type(error).__name__
        _tell(job_id, state=Job.State.FAILED, error=reason[:500], finished_at=timezone.now())
        raise
    _tell(job_id, state=Job.State.DONE, n_done=N_STEPS, finished_at=timezone.now())


def _step(job_id: int, n_done: int) -> None:
    _tell(job_id, n_done=min(n_done, N_STEPS), heartbeat_at=timezone.now())


def _tell(job_id: int, **changes: Any) -> None:
    with transaction.atomic():
        Job.objects.filter(pk=job_id).update(**changes)
