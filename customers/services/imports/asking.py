"""What a person may ask of an upload: another mapping, a dry run, the import, to forget it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import get_language

from customers.models import ImportFile, ImportProblem
from customers.services.imports.refusing import ImportRefused
from customers.services.imports.uploads import forget_upload
from tenancy.models import Job, Membership
from tenancy.queue import enqueue

State = ImportFile.State
CHECK, RUN = "import_check", "import"
KINDS = (CHECK, RUN, "import_revert")
OPEN = (Job.State.QUEUED, Job.State.RUNNING)
SILENT_AFTER = timedelta(minutes=5)  # a worker says something with every chunk, in seconds
KEPT_FOR = timedelta(days=30)  # uploads hold personal data; what was refused stays readable


@transaction.atomic
def save_mapping(*, import_file: ImportFile, mapping: dict[str, Any]) -> ImportFile:
    """Keep what the mapping page says, complete or not; a dry run made before no longer counts."""
    locked = _locked(import_file)
    locked.mapping, locked.state, locked.next_line = mapping, State.UPLOADED, 0
    locked.save(update_fields=["mapping", "state", "next_line"])
    return locked


@transaction.atomic
def ask_for_check(
    *, import_file: ImportFile, by: Membership | None, in_background: bool = True
) -> ImportFile:
    """A dry run: everything is tried and counted, nothing is kept but the problems."""
    locked = _locked(import_file)
    _begin_anew(locked)
    locked.state = State.UPLOADED
    return _ask(locked, CHECK, by, in_background)


@transaction.atomic
def ask_for_import(
    *, import_file: ImportFile, by: Membership | None, in_background: bool = True
) -> ImportFile:
    """The import itself; one that was given up goes on where it stopped."""
    locked = _locked(import_file)
    goes_on = locked.state == State.FAILED and locked.next_line > 0
    if not goes_on:
        _begin_anew(locked)
    locked.report.pop("failed", None)  # it is being mended
    locked.state = State.RUNNING
    return _ask(locked, RUN, by, in_background)


@transaction.atomic
def discard(*, import_file: ImportFile) -> None:
    """Forget an upload that was never imported, with its file."""
    locked = _locked(import_file)
    if locked.state == State.FAILED and locked.next_line > 0:
        raise ImportRefused.because("import_finished")
    forget_upload(locked)
    locked.delete()


def _locked(import_file: ImportFile) -> ImportFile:
    """The upload, held until the end of the transaction. Raises ImportRefused when it is busy."""
    locked = ImportFile.objects.select_for_update(of=("self",)).get(pk=import_file.pk)
    if locked.state in {State.DONE, State.REVERTED}:
        raise ImportRefused.because("import_finished")
    if locked.state == State.RUNNING or Job.objects.filter(pk=locked.job_id, state__in=OPEN):
        raise ImportRefused.because("import_running")
    return locked


def _begin_anew(import_file: ImportFile) -> None:
    ImportProblem.objects.filter(import_file=import_file).delete()
    import_file.next_line = import_file.n_rows = import_file.n_refused = 0
    import_file.n_created = import_file.n_updated = import_file.n_unchanged = 0
    import_file.report = {}


def _ask(
    import_file: ImportFile, kind: str, by: Membership | None, in_background: bool
) -> ImportFile:
    params = {"import_file": import_file.pk, "language": get_language() or "en"}
    import_file.job = Job.objects.create(kind=kind, started_by=by, params=params)
    import_file.save()
    if in_background:
        enqueue("customers.run_import", import_id=import_file.pk)
    return import_file


@transaction.atomic
def take_up_again(*, at: datetime) -> int:
    """Nudge runs whose nudge was lost or whose worker fell silent; how many. Clear old uploads."""
    lost = ImportFile.objects.filter(left_behind(at, "job__")).values_list("pk", flat=True)
    for pk in lost:
        enqueue("customers.run_import", import_id=pk)
    old = ImportFile.objects.exclude(stored_path="").exclude(state=State.RUNNING)
    for import_file in old.filter(created_at__lt=at - KEPT_FOR).exclude(job__state__in=OPEN):
        forget_upload(import_file)
    return len(lost)


def left_behind(at: datetime, prefix: str = "") -> Q:
    """Jobs of ours that nobody works on although somebody should."""
    silent_since = at - SILENT_AFTER
    return Q(**{f"{prefix}kind__in": KINDS}) & (
        Q(**{f"{prefix}state": Job.State.QUEUED, f"{prefix}created_at__lt": silent_since})
        | Q(**{f"{prefix}state": Job.State.RUNNING, f"{prefix}heartbeat_at__lt": silent_since})
    )
