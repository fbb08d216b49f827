"""Taking an import back as a whole, while nothing newer touched what it made.

Customers and sales it made go, with all that hangs on them; rows that it changed are put back as
they were. A sale that a ledger names for ever
(points are never erased, only posted back) stays as an empty one: nothing bought, nothing paid; so
does a customer with an account. The same file imported again fills them anew. Who listens to
`sale.removed` does what follows: loyalty posts the points back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import models, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.files.refusals import Refusal
from customers.models import Customer, ImportedRows, ImportFile, Sale, SaleLine
from customers.newer_rows import newer_rows, references_to
from customers.services.imports.kinds import declared
from customers.services.imports.made_rows import made_by
from customers.services.imports.refusing import ImportRefused
from customers.services.imports.restoring import newer_changes, put_changes_back
from customers.services.intake.visits import recheck_visits
from customers.services.timeline import Event, record_events, take_back_events
from tenancy.models import Clinic, Job, Membership
from tenancy.queue import enqueue
from tenancy.scope import current_clinic_id
from tenancy.services import audit

REVERT = "import_revert"
AT_ONCE = 2_000
TOLD = ("sale.recorded", "sale.refunded")
Kind, State = ImportedRows.Kind, ImportFile.State


@transaction.atomic
def ask_for_revert(
    *, import_file: ImportFile, by: Membership | None, in_background: bool = True
) -> ImportFile:
    """Take it back in the background. Raises ImportRefused, naming all that is newer."""
    locked = ImportFile.objects.select_for_update(of=("self",)).get(pk=import_file.pk)
    check_revertible(locked)
    open_states = (Job.State.QUEUED, Job.State.RUNNING)
    if Job.objects.filter(pk=locked.job_id, state__in=open_states):
        raise ImportRefused.because("import_running")
    params = {**(locked.job.params if locked.job else {}), "import_file": locked.pk}
    locked.job = Job.objects.create(kind=REVERT, started_by=by, params=params)
    locked.save(update_fields=["job"])
    if in_background:
        enqueue("customers.run_import", import_id=locked.pk)
    return locked


def check_revertible(import_file: ImportFile) -> None:
    """Raises ImportRefused with one reason for every kind of row that is newer."""
    if import_file.state != State.DONE:
        raise ImportRefused.because("revert_not_done")
    if import_file.n_updated and not import_file.changes.exists():
        raise ImportRefused.because("revert_updated", n=import_file.n_updated)
    if import_file.n_created and not import_file.made_rows.exists():
        raise ImportRefused.because("revert_unknown")
    newer = [Refusal("revert_newer", {"what": str(w), "n": n}) for w, n in _newer(import_file)]
    if newer:
        raise ImportRefused(Refusal("revert_refused", {}), *newer)


def _newer(import_file: ImportFile) -> Iterator[tuple[Any, int]]:
    sales = made_by(import_file, Kind.SALE)
    if n := Sale.objects.filter(pk__in=sales, updated_at__gt=F("created_at")).count():
        yield _("Sales that were changed"), n
    yield from newer_rows(import_file, Sale, sales)
    yield from newer_rows(import_file, Customer, made_by(import_file, Kind.CUSTOMER))
    if n := _later_refunds(import_file).count():
        yield _("Other sales and refunds"), n
    yield from newer_changes(import_file)
    if kind := declared(import_file.kind):
        yield from kind.newer(import_file)


def _later_refunds(import_file: ImportFile) -> QuerySet[Sale]:
    """Of sales that the import changed: to what they were, the refunds might be too large."""
    came_at = datetime.fromisoformat(import_file.report.get("at", "9999-01-01T00:00:00+00:00"))
    changed = import_file.changes.filter(table=Sale._meta.label).order_by().values("row_id")
    return Sale.objects.filter(refund_of_id__in=changed, created_at__gt=came_at)


@transaction.atomic
def revert(*, import_id: int, at: datetime) -> None:
    """Do it, all or nothing. Raises ImportRefused when something newer has come meanwhile."""
    import_file = ImportFile.objects.select_for_update(of=("self",)).get(pk=import_id)
    if import_file.state == State.REVERTED:
        return
    check_revertible(import_file)
    sales = _Sales(import_file, at)
    sales.take_back()
    n_restored = put_changes_back(import_file, at)
    kind = declared(import_file.kind)
    more = kind.take_back(import_file, at) if kind else {}
    n_kept = _take_back_customers(import_file)
    sales.tell()
    counts = {"n_sales": sales.n, "n_kept_sales": sales.n_kept, "n_kept_customers": n_kept}
    counts |= {"n_restored": n_restored, **more}
    import_file.made_rows.all().delete()
    import_file.changes.all().delete()
    import_file.report["reverted"] = counts
    import_file.state = State.REVERTED
    import_file.save(update_fields=["state", "report"])
    by = import_file.job.started_by if import_file.job else None
    audit.record(
        action="import.reverted",
        by=by,
        label="" if by else "command",
        subject=import_file,
        detail=counts,
    )


class _Sales:
    """The sales an import made."""

    def __init__(self, import_file: ImportFile, at: datetime) -> None:
        self._at = at
        made = Sale.objects.filter(pk__in=made_by(import_file, Kind.SALE))
        columns = ("pk", "customer_id", "occurred_on", "net_minor", "kind", "currency")
        self._rows = list(made.order_by("pk").values_list(*columns))
        self.n = len(self._rows)
        self.n_kept = 0

    def take_back(self) -> None:
        take_back_events((f"sale:{pk}" for pk, *_more in self._rows), kinds=TOLD)
        for kind in (Sale.Kind.REFUND, Sale.Kind.SALE):  # a refund that stays holds its sale
            ids = [pk for pk, _customer, _day, _net, its_kind, _c in self._rows if its_kind == kind]
            for some in _batches(ids):
                self._remove(some)
        days = {(customer, day) for _pk, customer, day, *_more in self._rows}
        clinic = Clinic.objects.get(pk=current_clinic_id())
        for some_days in _batches(sorted(days)):
            recheck_visits(some_days, clinic=clinic, at=self._at)

    def _remove(self, ids: list[int]) -> None:
        """Delete them, or empty those that a row which stays refers to."""
        kept = _held(Sale, ids)
        SaleLine.objects.filter(sale_id__in=kept).delete()
        self.n_kept += Sale.objects.filter(pk__in=kept).update(
            gross_minor=0, discount_minor=0, net_minor=0, updated_at=self._at
        )
        Sale.objects.filter(pk__in=set(ids) - kept).delete()

    def tell(self) -> None:
        """On the timelines of customers who stay, and to whoever listens."""
        customers = {customer for _pk, customer, *_more in self._rows}
        here = set[int]()
        for some in _batches(sorted(customers)):
            here.update(Customer.objects.filter(pk__in=some).values_list("pk", flat=True))
        events = [
            Event("sale.removed", customer, self._at, f"sale:{pk}", -net, {"currency": currency})
            for pk, customer, _day, net, _kind, currency in self._rows
            if customer in here
        ]
        if events:
            record_events(events, at=self._at)


def _take_back_customers(import_file: ImportFile) -> int:
    """Delete the customers it made; how many stay because something refers to them for ever."""
    ids = list(made_by(import_file, Kind.CUSTOMER).values_list("made", flat=True))
    n_kept = 0
    for some in _batches(ids):
        kept = _held(Customer, some)
        kept.update(Sale.objects.filter(customer_id__in=some).values_list("customer_id", flat=True))
        Customer.objects.filter(pk__in=set(some) - kept).delete()
        n_kept += len(kept)
    return n_kept


def _held(target: type[Any], ids: Sequence[int]) -> set[int]:
    """Those of the ids that a row refers to which may not go with them."""
    held = set[int]()
    for model, field in references_to(target):
        if field.remote_field.on_delete is models.PROTECT:
            rows = model.objects.filter(**{f"{field.name}__in": ids}).order_by()
            held.update(rows.values_list(field.attname, flat=True).distinct())
    return held


def _batches(rows: Sequence[Any]) -> Iterator[list[Any]]:
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        yield some
