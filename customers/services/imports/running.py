"""Doing an import: chunk by chunk, each committed with the place where the run goes on."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from time import perf_counter
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation

from customers.files.refusals import FileRefused, MappingRefused
from customers.models import (
    Consent,
    ContactPoint,
    Customer,
    CustomerEvent,
    CustomerTag,
    Identity,
    ImportFile,
    Sale,
    SaleLine,
    SearchToken,
    Visit,
)
from customers.services.before_images import keeping_images
from customers.services.imports.asking import CHECK, left_behind
from customers.services.imports.chunks import Prepared, chunks_of
from customers.services.imports.customer_rows import prepare_customers
from customers.services.imports.intake_of_customers import take_customers
from customers.services.imports.intake_of_sales import SalesIntake, knows_any
from customers.services.imports.kinds import declared, prepare_rows, take_rows
from customers.services.imports.looking_ahead import Ahead
from customers.services.imports.made_rows import MadeRows
from customers.services.imports.opening import Opened, open_with_mapping
from customers.services.imports.plan import Plan, plan_of
from customers.services.imports.refused_rows import RefusedRows
from customers.services.imports.refusing import ImportRefused, Tally
from customers.services.imports.reverting import REVERT, revert
from customers.services.imports.row_money import MoneyReader
from customers.services.imports.sale_rows import prepare_sales
from customers.services.imports.shapes import shape_in_clinic
from customers.services.imports.uploads import forget_after_erasure, stored_file
from customers.services.intake.catalogue import Catalogue
from tenancy.acting import acting
from tenancy.models import Clinic, Job
from tenancy.scope import current_clinic_id
from tenancy.statistics import refresh_grown
from tenancy.writing_behind import all_written, writing_behind

MAX_ATTEMPTS = 3  # at the same place; a killed worker is retried, a bug is not for ever
OBJECTS_BETWEEN_COLLECTIONS = (100_000, 50, 100)
SECONDS_A_TURN = 0.0005
COUNTS = ("n_rows", "n_created", "n_updated", "n_unchanged", "n_refused")
Progress = Callable[[int, int], None]  # rows done, rows in all


class Superseded(RuntimeError):
    """Another worker has taken this run up; what this one did last is rolled back."""


class _TakenBack(Exception):
    """Ends the part of a dry run that is not to stay."""


def work(*, import_id: int, at: datetime, on_progress: Progress | None = None) -> None:
    """Do what was asked of an upload, from where an earlier run stopped.

    In a scope that is not atomic: every chunk is a transaction of its own. A second delivery of
    the same work does nothing. A file refused as a whole ends as failed with its reason; any other
    error leaves the run to be taken up again.
    """
    with transaction.atomic():
        claimed = _claim(import_id, at)
    if claimed is None:
        return
    params = claimed.job.params if claimed.job else {}
    mine = acting(f"import:{claimed.pk}", claimed.original_name)
    with translation.override(params.get("language", "en")), _tuned_for_many_rows(), mine:
        try:
            if claimed.job and claimed.job.kind == REVERT:
                _take_back(claimed, at)
            else:
                _Run(claimed, on_progress).go()
        except (FileRefused, MappingRefused) as error:
            _fail(claimed, ImportRefused.of_file(error))
        except ImportRefused as error:
            _fail(claimed, error)


@contextmanager
def _tuned_for_many_rows() -> Iterator[None]:
    """Look for cyclic garbage less often: rows by the 100,000 are none, and looking through them
    again and again took a quarter of the time. And let whoever comes back from the database have
    the interpreter at once: the thread that reads ahead can wait, Postgres should not."""
    usual, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(*OBJECTS_BETWEEN_COLLECTIONS)
    sys.setswitchinterval(SECONDS_A_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*usual)


def _claim(import_id: int, at: datetime) -> ImportFile | None:
    """Take the run; None when it is another's, or done, or given up now."""
    import_file = ImportFile.objects.select_related("job").filter(pk=import_id).first()
    if import_file is None or import_file.job is None:
        return None
    job = import_file.job
    free = Q(state=Job.State.QUEUED) | left_behind(at)
    if not Job.objects.filter(free, pk=job.pk).update(state=Job.State.RUNNING, heartbeat_at=at):
        return None
    is_stuck = job.params.get("stopped_at") == import_file.next_line
    job.params["n_attempts"] = job.params.get("n_attempts", 0) + 1 if is_stuck else 1
    job.params["stopped_at"] = import_file.next_line
    Job.objects.filter(pk=job.pk).update(params=job.params)
    if job.params["n_attempts"] > MAX_ATTEMPTS:
        _fail(import_file, ImportRefused.because("import_stuck", n_attempts=MAX_ATTEMPTS))
        return None
    return import_file


def _take_back(import_file: ImportFile, at: datetime) -> None:
    revert(import_id=import_file.pk, at=at)
    with transaction.atomic():
        Job.objects.filter(pk=import_file.job_id).update(
            state=Job.State.DONE, finished_at=timezone.now()
        )


def _fail(import_file: ImportFile, reason: ImportRefused) -> None:
    """A file that could not be taken has failed; one that cannot be taken back stays done."""
    is_revert = import_file.job is not None and import_file.job.kind == REVERT
    state = ImportFile.State.DONE if is_revert else ImportFile.State.FAILED
    with transaction.atomic():
        refusals = [[refusal.code, refusal.params] for refusal in reason.refusals]
        ImportFile.objects.filter(pk=import_file.pk).update(
            state=state, report={**import_file.report, "failed": refusals}
        )
        Job.objects.filter(pk=import_file.job_id).update(
            state=Job.State.FAILED, error=reason.message[:500], finished_at=timezone.now()
        )


_LOADED = (
    Customer, Identity, ContactPoint, Consent, CustomerTag, SearchToken, Sale, SaleLine, Visit,
    CustomerEvent,
)  # fmt: skip


class _Run:
    """One worker's run over one file."""

    def __init__(self, import_file: ImportFile, on_progress: Progress | None) -> None:
        self.import_file, self.on_progress = import_file, on_progress
        assert import_file.job is not None  # claimed: a run has a job
        self.job: Job = import_file.job
        self.at = self.job.created_at  # the same for a run that is taken up again
        self.is_dry = self.job.kind == CHECK
        self.tally = _tally_of(import_file)
        self.began = perf_counter()

    def go(self) -> None:
        file = self.import_file
        path = stored_file(file)
        with transaction.atomic():
            self.clinic = Clinic.objects.get(pk=current_clinic_id())
            shape = shape_in_clinic(file.kind)
        opened = open_with_mapping(
            path,
            name=file.original_name,
            shape=shape,
            mapping=file.mapping,
            clinic=self.clinic,
            at=self.at,
        )
        plan = plan_of(opened)
        with transaction.atomic():
            self._begin(opened, plan)
            catalogue = Catalogue(opens_branches=True)
            catalogue.load_treatments()
        sales = self._sales_intake(plan)
        chunks = Ahead(self._prepared(opened, plan, catalogue))
        for chunk in chunks:
            with transaction.atomic(), writing_behind():
                self._do(chunk, sales, meanwhile=chunks.look)
            with transaction.atomic():
                refresh_grown(*_LOADED)
            if self.on_progress:
                self.on_progress(self.tally.n_rows, plan.n_rows)
        with transaction.atomic():
            self._end()

    def _begin(self, opened: Opened, plan: Plan) -> None:
        """Note what is decided once for the whole file, and how long it is."""
        report = self.import_file.report
        if "n_rows_in_all" not in report:
            report["n_rows_in_all"] = plan.n_rows
            report["at"] = self.at.isoformat()
            report["headers"] = list(opened.table.headers)
            report["warnings"] = [[w.code, w.params] for w in opened.table.warnings]
            if opened.mapping.kind == ImportFile.Kind.SALES:
                said = opened.mapping.options.unknown_customers
                report["unknown_customers"] = self._unknown_customers(said, plan)
        Job.objects.filter(pk=self.job.pk).update(
            n_total=plan.n_rows, n_done=self.tally.n_rows, heartbeat_at=timezone.now()
        )
        ImportFile.objects.filter(pk=self.import_file.pk).update(report=report)

    def _unknown_customers(self, said: str, plan: Plan) -> str:
        """«auto»: the sales file is the source of customers too when it knows none of ours."""
        if said != "auto":
            return said
        is_first = not knows_any(plan.customers, source=self.import_file.source)
        return "create" if is_first else "refuse"

    def _prepared(self, opened: Opened, plan: Plan, catalogue: Catalogue) -> Iterator[Prepared]:
        money_reader = MoneyReader(self.clinic.currency)
        for chunk in chunks_of(opened, plan, start=self.import_file.next_line):
            if opened.mapping.kind == ImportFile.Kind.SALES:
                yield prepare_sales(chunk, opened.columns, money_reader, catalogue)
            elif kind := declared(opened.mapping.kind):
                yield prepare_rows(chunk, opened.columns, kind)
            else:
                yield prepare_customers(chunk, opened.columns)

    def _sales_intake(self, plan: Plan) -> SalesIntake:
        return SalesIntake(
            source=self.import_file.source,
            at=self.at,
            creates_customers=self.import_file.report.get("unknown_customers") == "create",
            refunded=plan.refunded,
            kept={} if self.is_dry else None,
            n_created_before=self.tally.n_customers_created,
        )

    def _do(self, chunk: Prepared, sales: SalesIntake, *, meanwhile: Callable[[], None]) -> None:
        """meanwhile: what there is to do until all is written."""
        self._hold()
        refused = RefusedRows(self.import_file, self.tally)
        for row, problems in chunk.refused:
            refused.add(row, problems)
        made = MadeRows(self.import_file)
        with suppress(_TakenBack), transaction.atomic():
            with keeping_images() as images:
                self._take(chunk, sales, refused, made)
            made.write()
            chunk.let_go()
            meanwhile()
            images.write(self.import_file)
            if self.is_dry:
                all_written()
                raise _TakenBack
        refused.write()
        self.tally.n_rows += chunk.n_rows
        self.tally.add_normalised(chunk.normalised)
        self._keep_place(chunk.next_position)

    def _take(
        self, chunk: Prepared, sales: SalesIntake, refused: RefusedRows, made: MadeRows
    ) -> None:
        if self.import_file.kind == ImportFile.Kind.SALES:
            sales.take(chunk, self.tally, refused, made)
            return
        source, at, tally = self.import_file.source, self.at, self.tally
        if kind := declared(self.import_file.kind):
            take_rows(chunk, kind, source=source, at=at, tally=tally, refused=refused, made=made)
        else:
            take_customers(chunk, source=source, at=at, tally=tally, refused=refused, made=made)

    def _hold(self) -> None:
        """Make sure that nobody else has gone on from here; raises Superseded."""
        held = ImportFile.objects.select_for_update(of=("self",)).filter(
            pk=self.import_file.pk, next_line=self.import_file.next_line, job_id=self.job.pk
        )
        if not list(held.values_list("pk")):
            raise Superseded(f"Import {self.import_file.pk} is in another worker's hands.")

    def _keep_place(self, next_position: int) -> None:
        tally = asdict(self.tally)
        counts = {name: tally.pop(name) for name in COUNTS}
        self.import_file.report |= tally
        self.import_file.next_line = next_position
        ImportFile.objects.filter(pk=self.import_file.pk).update(
            next_line=next_position, report=self.import_file.report, **counts
        )
        Job.objects.filter(pk=self.job.pk).update(
            n_done=counts["n_rows"], heartbeat_at=timezone.now()
        )

    def _end(self) -> None:
        self._hold()
        report: dict[str, Any] = self.import_file.report
        report["seconds"] = round(perf_counter() - self.began, 1)
        state = ImportFile.State.CHECKED if self.is_dry else ImportFile.State.DONE
        ImportFile.objects.filter(pk=self.import_file.pk).update(state=state, report=report)
        Job.objects.filter(pk=self.job.pk).update(state=Job.State.DONE, finished_at=timezone.now())
        forget_after_erasure(self.import_file)


def _tally_of(import_file: ImportFile) -> Tally:
    """What was counted so far, also by a run that was killed."""
    names = Tally.__dataclass_fields__.keys() - set(COUNTS)
    kept = {name: import_file.report[name] for name in names if name in import_file.report}
    return Tally(**{name: getattr(import_file, name) for name in COUNTS}, **kept)
