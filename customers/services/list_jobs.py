"""Work on everybody whom a list shows: tag, assign, export. A job, so it survives a closed tab.

The list's address is kept and not the customers: it is read again by the worker, with the eyes of
whoever asked (branch, phones) and on the same day. Doing a chunk twice changes nothing.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone, translation

from customers.list_address import Asked, customers_of, read_address
from customers.models import Customer
from customers.services import bulk, list_export
from tenancy.acting import acting
from tenancy.models import Branch, Clinic, Job, Membership
from tenancy.queue import enqueue
from tenancy.scope import current_clinic_id
from tenancy.services.audit import record

KIND = "customers.list"
CHUNK = 2_000
SILENT_AFTER = timedelta(minutes=5)
ACTIONS = {
    "tag": "customers.tagged",
    "assign": "customers.assigned",
    "export": "customers.exported",
}
MOST_SELECTED = 500


@transaction.atomic
def ask(
    *,
    action: str,
    query: str,
    ids: list[int] | None,
    branch: Branch | None,
    by: Membership,
    on: date,
    **more: Any,
) -> Job:
    """A job for the customers of an address, or for those selected among them.

    action: tag (tag_id), assign (consultant_id) or export. query: the list's address.
    ids: only these of them. Who asked, and for what, is on record before anything is done.
    """
    params = {
        "action": action,
        "query": query,
        "ids": ids,
        "branch": branch.pk if branch else None,
        "on": on.isoformat(),
        "language": translation.get_language(),
        **more,
    }
    job = Job.objects.create(kind=KIND, params=params, started_by=by)
    record(
        action=ACTIONS[action],
        by=by,
        subject=job,
        detail={"n_selected": len(ids) if ids is not None else None, **more},
    )
    enqueue("customers.work_list_job", job_id=job.pk)
    return job


def take_up_again(*, at: datetime) -> None:
    """Nudge jobs whose nudge was lost or whose worker fell silent."""
    for pk in Job.objects.filter(_left_behind(at), kind=KIND).values_list("pk", flat=True):
        enqueue("customers.work_list_job", job_id=pk)


def _left_behind(at: datetime) -> Q:
    silent_since = at - SILENT_AFTER
    return Q(state=Job.State.QUEUED, created_at__lt=silent_since) | Q(
        state=Job.State.RUNNING, heartbeat_at__lt=silent_since
    )


def work(*, job_id: int, at: datetime) -> None:
    """Do one job, chunk by chunk committed; a second delivery of it does nothing."""
    with transaction.atomic():
        free = Q(state=Job.State.QUEUED) | _left_behind(at)
        claimed = Job.objects.filter(free, pk=job_id, kind=KIND).update(
            state=Job.State.RUNNING, heartbeat_at=at, n_done=0, n_total=0
        )
        job = Job.objects.select_related("started_by__user").get(pk=job_id) if claimed else None
    if job is None:
        return
    try:
        with (
            acting(f"member:{job.started_by_id}", str(job.started_by)),
            translation.override(job.params["language"]),
        ):
            result = _export(job) if job.params["action"] == "export" else _change(job, at)
    except Exception as error:  # whatever it was, the page must not wait for ever
        _tell(job, state=Job.State.FAILED, error=type(error).__name__, finished_at=timezone.now())
        raise
    _tell(job, state=Job.State.DONE, result=result, finished_at=timezone.now())


def _change(job: Job, at: datetime) -> dict[str, int]:
    params, n_changed = job.params, 0
    for ids in _chunks(job):
        with transaction.atomic():
            if params["action"] == "tag":
                n_changed += bulk.tag_customers(ids, tag_id=params["tag_id"], at=at)
            else:
                n_changed += bulk.assign_customers(
                    ids, consultant_id=params["consultant_id"], at=at
                )
    return {"n_changed": n_changed}


def _export(job: Job) -> dict[str, Any]:
    with transaction.atomic():
        clinic = Clinic.objects.get(pk=current_clinic_id())
        columns = _asked(job).address.columns
    path = list_export.new_path(job.pk)
    rows = list_export.rows_of_chunks(
        _chunks(job), columns=columns, clinic=clinic, in_clear=job.params["in_clear"]
    )
    n_rows = list_export.write(path, rows)
    return {"n_rows": n_rows, "path": path.name}


def _chunks(job: Job) -> Iterator[list[int]]:
    """Ids of the customers, in the order of ids, told as they are worked through."""
    with transaction.atomic():
        n_total = _customers(job).count()
    _tell(job, n_total=n_total)
    last, n_done = 0, 0
    while True:
        with transaction.atomic():
            ids = list(
                _customers(job)
                .filter(pk__gt=last)
                .order_by("pk")
                .values_list("pk", flat=True)[:CHUNK]
            )
        if not ids:
            return
        yield ids
        last, n_done = ids[-1], n_done + len(ids)
        _tell(job, n_done=min(n_done, n_total), heartbeat_at=timezone.now())


def _customers(job: Job) -> Any:
    found = _asked(job).customers
    ids = job.params["ids"]
    chosen = found if ids is None else found.filter(pk__in=ids)
    return Customer.objects.filter(pk__in=chosen.values("pk"))


def _asked(job: Job) -> Asked:
    params, on = job.params, date.fromisoformat(job.params["on"])
    clinic = Clinic.objects.get(pk=current_clinic_id())
    address = read_address(QueryDict(params["query"]), on=on, currency=clinic.currency)
    branch = Branch.objects.get(pk=params["branch"]) if params["branch"] else None
    return customers_of(address, branch=branch, by_number=params["in_clear"], on=on)


def forget_asked() -> None:
    """Take from finished jobs what was searched for, and delete their files: somebody is erased.

    A search may hold a part of a name, or a phone, in any writing; so all go.
    """
    list_export.forget_all()
    finished = Job.objects.filter(kind=KIND, state__in=[Job.State.DONE, Job.State.FAILED])
    for job in finished:
        Job.objects.filter(pk=job.pk).update(params=job.params | {"query": ""})


def _tell(job: Job, **changes: Any) -> None:
    with transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**changes)
